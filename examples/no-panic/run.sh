#!/usr/bin/env bash
# Links a call of every public function of damper for a bare machine and for Solana's, with overflow checks and debug
# assertions on, and fails if what is linked can panic, format or allocate. Before that it does the same with panics planted,
# and fails if one is not found.
#
# Needs Debian 12 or 13, root for apt-get, and rustup's stable toolchain for the host; sets up the rest.
set -euo pipefail
cd "$(dirname "$0")"
unset RUSTC RUSTFLAGS CARGO_ENCODED_RUSTFLAGS CARGO_BUILD_TARGET CARGO_TARGET_DIR RUSTUP_TOOLCHAIN
started=$SECONDS
source ../sbf/setup.sh
out=$PWD/../../target/no-panic
fail() { printf 'FAILED: %s\n' "$*" >&2; exit 1; }

step "tools"
../../.ci/packages rustc-web cargo-web rust-web-src lld-19 gcc libc6-dev binutils
sbf_setup
/usr/bin/rustc --version

# The preconditions of core's unsafe functions are not checked; everything else is, in core too where it is built here.
sbf_flags=-Zub-checks=no
target=thumbv7em-none-eabi

# $1: directory of the workspace, $2: profile, the rest: further arguments.
bare_build() {
    local workspace=$1 profile=$2
    shift 2
    rm -f "$out/$target/$profile/image"
    env -C "$workspace" PATH="/usr/bin:$PATH" RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1 CARGO_TARGET_DIR="$out" \
        CARGO_TARGET_THUMBV7EM_NONE_EABI_LINKER=ld.lld-19 RUSTFLAGS="-Zub-checks=no -Clink-arg=--emit-relocs" \
        /usr/bin/cargo build --quiet --locked --profile "$profile" -Zbuild-std=core,alloc --target "$target" \
        --package no-panic --bin image --features image "$@"
}
bare() { echo "$out/$target/$1/image"; }
sbf=$out/sbf/bpfel-unknown-none/release/libno_panic_sbf.so
check() { "$out/debug/no-panic-check" "$@"; }
# The check must fail, and its message must name what is asked for.
refuses() {
    local what=$1 message
    shift
    if message=$(check "$@" 2>&1); then fail "not found: $what"; fi
    grep -qE "$what" <<< "$message" || { c++filt <<< "$message" >&2; fail "another failure than $what"; }
}

step "every public function is called"
CARGO_TARGET_DIR=$out cargo build --quiet --locked --package no-panic-check
planted=$out/planted
rm -rf "$planted"
mkdir -p "$planted/examples/no-panic"
cp -r ../../Cargo.toml ../../src "$planted"
cp -r Cargo.toml Cargo.lock src check sbf "$planted/examples/no-panic"
cp -r ../sbf "$planted/examples"
sed -i '/call(Ledger::charge);/d' "$planted/examples/no-panic/src/calls/budgets.rs"
refuses '^not called: ledger::Ledger::charge$' names ../../src "$planted/examples/no-panic/src/calls"
sed -i '0,/^    pub const fn open/s//    pub fn planted() {}\n&/' "$planted/src/queue.rs"
refuses '^not called: queue::Queue::planted$' names "$planted/src" src/calls
cp src/calls/budgets.rs "$planted/examples/no-panic/src/calls"
cp ../../src/queue.rs "$planted/src"
echo "a call left out and a function more are found"
check names ../../src src/calls

# In a copy of damper: a sum without a check, and an assertion.
sed -i 's/self\.0\.checked_add(later\.0)\.map(Timestamp)\.ok_or(Error::Overflow)/Ok(Timestamp(self.0 + later.0))/
    /pub const fn get(self) -> Ratio {/a debug_assert!(self.0.to_bits() > 7);' "$planted/src/units.rs"
[ "$(diff ../../src/units.rs "$planted/src/units.rs" | grep -c '^>')" = 2 ] || fail "units.rs has changed: plant elsewhere"

step "bare machine, with panics planted"
bare_build "$planted/examples/no-panic" release --features planted
for function in index overflow division copy unwrap format fixed heapless assertion allocation; do
    refuses "^  .*planted_$function" symbols "$(bare release)"
done
refuses '^  .*Timestamp.*checked_add' symbols "$(bare release)"
refuses '^  .*Rate.*3get' symbols "$(bare release)"
echo "all twelve are found, each by its caller's name"

report=''
for profile in release small; do
    step "bare machine, profile $profile"
    bare_build . "$profile"
    check symbols "$(bare "$profile")" 2> >(c++filt >&2) || fail "the image can panic, format or allocate"
    report+=$(printf '%-22s %-9s %8d bytes of code' "$target" "$profile" "$(size "$(bare "$profile")" | awk 'NR == 2 { print $1 }')")$'\n'
done

step "bare machine, profile release, feature defmt"
bare_build . release --features damper/defmt
check symbols "$(bare release)" 2> >(c++filt >&2) || fail "the image can panic, format or allocate"

step "Solana's machine, with a sum without a check planted in damper"
sed -i '/debug_assert!/d' "$planted/src/units.rs"
rm -f "$sbf"
sbf_build "$planted/examples/no-panic/sbf/Cargo.toml" "$out/sbf"
refuses 'calls abort' calls "$sbf"
echo "found"

step "Solana's machine"
rm -f "$sbf"
sbf_build sbf/Cargo.toml "$out/sbf"
check calls "$sbf" || fail "the image can panic"
report+=$(printf '%-22s %-9s %8d bytes' sbf release "$(stat -c %s "$sbf")")$'\n'

step "sizes"
printf '%s' "$report"
printf '\nno panic: done in %d s\n' $((SECONDS - started))
