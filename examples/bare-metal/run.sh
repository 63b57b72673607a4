#!/usr/bin/env bash
# Builds damper with `defmt` for four bare-metal targets, runs the life of a guard on a Cortex-M4 and on a Cortex-M0 in
# qemu, and compares every number and every logged state with the host's, byte for byte.
#
# Needs Debian, root for apt-get, and rustup's stable toolchain for the host. No rustup target is needed: the standard
# library's core is built from Debian's sources by Debian's compiler.
set -euo pipefail
cd "$(dirname "$0")"
unset RUSTC RUSTFLAGS CARGO_ENCODED_RUSTFLAGS CARGO_BUILD_TARGET CARGO_TARGET_DIR RUSTUP_TOOLCHAIN
started=$SECONDS
out=../../target/bare-metal
results=$out/results

step() { printf '\n== %s\n' "$*"; }
fail() { printf 'FAILED: %s\n' "$*" >&2; exit 1; }

step "tools"
command -v rustup > /dev/null || fail "rustup is not in PATH"
../../.ci/packages rustc-web cargo-web rust-web-src lld-19 qemu-system-arm gcc libc6-dev binutils
/usr/bin/rustc --version
qemu-system-arm --version | head -1

# Cargo of Debian, with core built from source.
device_cargo() {
    env PATH="/usr/bin:$PATH" RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1 \
        CARGO_TARGET_THUMBV6M_NONE_EABI_LINKER=ld.lld-19 CARGO_TARGET_THUMBV7EM_NONE_EABI_LINKER=ld.lld-19 \
        /usr/bin/cargo "$1" --quiet --release --locked -Zbuild-std=core "${@:2}"
}

rm -rf "$results"
mkdir -p "$results"

step "host"
rustup run stable cargo build --quiet --locked --features host --bin host
host=$out/debug/host
"$host" > "$results/host.numbers" 2> "$results/host.events"
numbers=$(wc -l < "$results/host.numbers")
events=$(wc -l < "$results/host.events")
[ "$numbers" -gt 100 ] && [ "$events" -gt 20 ] || fail "the host printed $numbers numbers and $events events"
echo "$numbers numbers, $events events; the main ones:"
grep -E '^(plan|kick|take|settle|wait|backstop|digest)' "$results/host.numbers" | sed 's/^/  /'

# Bytes of a program's .text.
text_bytes() {
    local size
    size=$(readelf -SW "$1" | sed -n 's/^ *\[ *[0-9]*\] \.text  *PROGBITS  *[0-9a-f]* [0-9a-f]* \([0-9a-f]*\) .*/\1/p')
    [ -n "$size" ] || fail "$1 has no .text"
    echo $((16#$size))
}

# Runs a program: numbers from its standard output, frames from its standard error.
run() {
    local machine=$1 elf=$2 result=$3 status=0
    timeout 30 qemu-system-arm -machine "$machine" -display none -monitor none -serial none \
        -semihosting-config enable=on,target=native -kernel "$elf" \
        < /dev/null > "$result.numbers" 2> "$result.frames" || status=$?
    "$host" "$elf" < "$result.frames" > "$result.events" || fail "$elf logged frames that cannot be decoded"
    [ "$status" = 0 ] || { tail -3 "$result.events" >&2; fail "$elf ended with $status on $machine"; }
}

equal() {
    cmp "$1" "$2" && return
    { diff "$1" "$2" || true; } | cut -c 1-200 | head -20 >&2
    fail "$3"
}

table=$(printf '%-20s %-11s %10s %10s %10s %16s' target machine nothing damper defmt 'stack of damper')
for board in thumbv7em-none-eabi:mps2-an386 thumbv6m-none-eabi:microbit; do
    target=${board%:*} machine=${board#*:}
    step "$target on $machine"
    device_cargo build --target "$target" --features device --bin guard --bin quiet --bin empty
    row=$(printf '%-20s %-11s' "$target" "$machine")
    for program in empty quiet guard; do
        elf=$out/$target/release/$program result=$results/$target.$program
        # A program that can panic has linked the handler.
        symbols=$(readelf -sW "$elf")
        if grep -q panic_is_reachable <<< "$symbols"; then fail "$elf can panic"; fi
        run "$machine" "$elf" "$result"
        stack=$(grep -oP '^stack: \K[0-9]+(?= of [0-9]+ bytes$)' "$result.events") || fail "$elf did not log its stack"
        row+=$(printf ' %10s' "$(text_bytes "$elf")")
        case $program in
            empty) ;;
            quiet)
                equal "$results/host.numbers" "$result.numbers" "$elf computes other numbers than the host"
                quiet_stack=$stack ;;
            guard)
                equal "$results/host.numbers" "$result.numbers" "$elf computes other numbers than the host"
                grep -v '^stack: ' "$result.events" > "$result.compared"
                equal "$results/host.events" "$result.compared" "$elf logs other events than the host" ;;
        esac
    done
    row+=$(printf ' %16s' "$quiet_stack")
    table+=$'\n'$row
    echo "$numbers numbers and $events events are the host's, byte for byte; no panic is linked"
done

# The library holds the same life, so that every generic function of it is compiled; without LTO, to machine code. Nobody reads
# its lines.
for target in riscv32imc-unknown-none-elf wasm32v1-none; do
    step "$target"
    CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_DEBUG=0 device_cargo build --target "$target" --features log --lib
    library=$out/$target/release/libbare_metal.rlib
    [ -s "$library" ] || fail "no $library"
    echo "built $(basename "$library")"
done

step "sizes: bytes of .text with nothing, with damper and the life, and with both and their defmt formats"
printf '%s\n' "$table"

printf '\nbare metal: done in %d s\n' $((SECONDS - started))
