#!/usr/bin/env bash
# The five jobs in every opponent's numbers: tests that all agree, then compute units per call on Solana's machine, and
# instructions per call on the host, counted by callgrind. Sets up from nothing on Debian 12 or 13 with rustup.
# Usage: examples/opponents/run.sh [--check | --profile]
# Writes examples/opponents/RATIOS.md.
#   --check    compares it with what is measured instead, and fails beyond 2 %
#   --profile  prints, for each job, the functions that its compute units go to
set -euo pipefail
cd "$(dirname "$0")"
mode=--write
case "${1:-}" in
    "") ;;
    --check | --profile) mode=$1 ;;
    *) echo "usage: $0 [--check | --profile]" >&2; exit 2 ;;
esac

source ../sbf/setup.sh
sbf_setup
../../.ci/packages valgrind

target=$PWD/../../target/opponents
work=$target/ratios
mkdir -p "$work"
export CARGO_TARGET_DIR=$target

so=$sbf_shared/bpfel-unknown-none/release/libopponents_program.so
# The machine does not have the instruction that swaps bytes without condition.
build() { sbf_build program/Cargo.toml "$sbf_shared" --llvm-args=--disable-bswap "$@"; }
runner() { cargo run --quiet --locked --release --manifest-path runner/Cargo.toml -- "$@"; }

if [ "$mode" = --profile ]; then
    step "building for Solana's machine"
    build --sbpf-optimize=false "--dump-module=$work/module"
    cp "$so" "$work/plain.so"
    build
    step "where the compute units go"
    runner --profile "$so" "$work/plain.so" "$work/module/post-opt.ll"
    step "done"
    exit 0
fi

step "testing that they agree"
cargo test --locked --release

step "building without std and without the opponents that need it"
cargo build --locked --release --lib --no-default-features

# All types in one program, in which they are measured; each in its own, for its size.
step "building for Solana's machine"
programs=()
for type in probe u68f60 i80f48 spl decimal96 cosmwasm cosmwasm256 damper damper_own; do
    OPPONENT=$type build
    cp "$so" "$work/$type.so"
    programs+=("$type=$work/$type.so")
done
build

step "running on Solana's machine and on the host"
runner "$so" "${programs[@]}" > "$work/machine"
echo "machine and host agree"

step "counting instructions on the host"
cargo build --locked --release --bins
for range in narrow wide; do
    valgrind --tool=callgrind --callgrind-out-file="$work/$range.callgrind" \
        "$target/release/measure" "$range" > "$work/$range.jobs" 2> "$work/$range.log" \
        || { cat "$work/$range.log" >&2; exit 1; }
    callgrind_annotate --inclusive=yes --threshold=100 "$work/$range.callgrind" > "$work/$range.counts"
done

step "the tables"
"$target/release/ratios" "$mode" RATIOS.md "$work" "$(uname -m), rustc $(rustc --version | cut -d' ' -f2)" \
    "rustc $(/usr/bin/rustc --version | cut -d' ' -f2)" \
    || { echo "opponents: if the change is meant, run examples/opponents/run.sh and commit RATIOS.md" >&2; exit 1; }
if [ "$mode" = --check ]; then
    step "done, RATIOS.md holds within 2 %"
else
    step "done, written to examples/opponents/RATIOS.md"
fi
