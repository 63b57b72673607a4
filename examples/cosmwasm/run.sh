#!/usr/bin/env bash
# Builds the contract, tests it under cw-multi-test, runs its compiled form in cosmwasm-vm step by step with the host, and
# compares with GAS.md the gas of every message and the gas and host instructions of every decision function. Sets up from
# nothing on Debian 12 or 13 with rustup; run again, it only builds what has changed.
# Usage: examples/cosmwasm/run.sh [--write]
#   --write    writes GAS.md and schema.json instead of comparing
set -euo pipefail
cd "$(dirname "$0")"
unset RUSTC RUSTFLAGS CARGO_ENCODED_RUSTFLAGS CARGO_BUILD_TARGET CARGO_TARGET_DIR RUSTUP_TOOLCHAIN SCHEMA
started=$SECONDS

mode=--check
case "${1:-}" in
    '') ;;
    --write) mode=--write ;;
    *) echo "usage: $0 [--write]" >&2; exit 2 ;;
esac

step() { printf '\n== %s\n' "$*"; }
fail() { printf 'FAILED: %s\n' "$*" >&2; exit 1; }

step "tools"
command -v rustup > /dev/null || fail "rustup is not in PATH"
../../.ci/packages rustc-web cargo-web rust-web-src lld-19 gcc libc6-dev valgrind
/usr/bin/rustc --version
rustup run stable rustc --version

target=$PWD/../../target/cosmwasm
mkdir -p "$target"
target=$(cd "$target" && pwd)

# Debian's compiler, for the first version of WebAssembly, with the standard library built from its sources: rustup has
# neither. What the host provides is left undefined. As a module alone, and no library beside it: what it is made of is then
# optimised once, when all is linked, and costs less gas; and the two share it.
module() {
    env PATH="/usr/bin:$PATH" RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1 CARGO_TARGET_DIR="$target/wasm" \
        CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER=wasm-ld-19 \
        RUSTFLAGS="-C link-arg=--allow-undefined -C target-cpu=mvp" \
        /usr/bin/cargo rustc --quiet --release --locked -Zbuild-std=std,panic_abort --target wasm32-unknown-unknown \
        --manifest-path "$1/Cargo.toml" --lib --crate-type cdylib \
        2> "$target/$1.log" || { cat "$target/$1.log" >&2; fail "$1 is not built"; }
}
step "modules for the machine (one to two minutes from nothing)"
built=$target/wasm/wasm32-unknown-unknown/release
rm -f "$built"/*.wasm
module contract
module cases
ls -l "$built"/*.wasm | awk '{ print $5, "bytes, with names:", $NF }'

step "the contract under cw-multi-test (one to two minutes from nothing)"
schema=check
[ "$mode" = --write ] && schema=write
SCHEMA=$schema CARGO_TARGET_DIR=$target rustup run stable cargo test --quiet --locked --manifest-path contract/Cargo.toml

step "instructions on the host"
[ "$(uname -m)" = x86_64 ] || fail "instructions are counted on x86-64 alone"
CARGO_TARGET_DIR=$target/count rustup run stable cargo build --quiet --release --locked --manifest-path count/Cargo.toml
rm -f "$target/callgrind.out"
valgrind --tool=callgrind --collect-atstart=no --combine-dumps=yes --callgrind-out-file="$target/callgrind.out" \
    "$target/count/release/cosmwasm-count" 2> "$target/callgrind.log" || { cat "$target/callgrind.log" >&2; fail "callgrind"; }
echo "$(grep -c '^totals: ' "$target/callgrind.out") counts"

step "the modules in cosmwasm-vm (four minutes from nothing)"
CARGO_TARGET_DIR=$target rustup run stable cargo run --quiet --release --locked --manifest-path runner/Cargo.toml -- \
    "$mode" "$built/damper_market.wasm" "$built/cosmwasm_cases.wasm" "$target/callgrind.out" "$target/damper_market.wasm"
echo "the contract as it is stored on a chain: $target/damper_market.wasm"

printf '\ncosmwasm: done in %d s\n' $((SECONDS - started))
