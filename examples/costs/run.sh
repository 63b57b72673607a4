#!/usr/bin/env bash
# Measures the compute units of every public decision function on Solana's virtual machine, and compares them with
# COSTS.md. Sets up from nothing on Debian 12 or 13 with rustup; run again, it only builds and measures.
# Usage: examples/costs/run.sh [--write | --profile]
#   --write    writes COSTS.md instead of comparing
#   --profile  prints, for each case, the functions that its compute units go to
set -euo pipefail
cd "$(dirname "$0")"

mode=--check
case "${1:-}" in
    '') ;;
    --write | --profile) mode=$1 ;;
    *) echo "usage: $0 [--write | --profile]" >&2; exit 2 ;;
esac

source ../sbf/setup.sh
sbf_setup

step "format"
for package in program runner; do
    cargo fmt --manifest-path "$package/Cargo.toml" -- --check
done

# The program: whole, whole without the linker's own optimisation (for the names of its functions), and by group.
target=$PWD/../../target/costs
programs=$target/programs
mkdir -p "$programs"
build() { sbf_build program/Cargo.toml "$sbf_shared" "$@"; }
so=$sbf_shared/bpfel-unknown-none/release/libcosts_program.so
step "building the program"
build --sbpf-optimize=false "--dump-module=$target/module"
cp "$so" "$programs/plain.so"
arguments=()
for group in probe numbers observations sources budgets decisions keepers hedging clearing prediction coordination appetite guard ahead; do
    COSTS_GROUP=$group build
    cp "$so" "$programs/$group.so"
    arguments+=("$group=$programs/$group.so")
done
build
arguments+=("all groups=$so")

step "running it"
CARGO_TARGET_DIR=$target cargo run --quiet --locked --release --manifest-path runner/Cargo.toml -- \
    "$mode" "$so" "$programs/plain.so" "$target/module/post-opt.ll" "${arguments[@]}"
step "done"
