#!/usr/bin/env bash
# Builds the market program for Solana's machine, runs its tests in the machine, and compares what it costs with COSTS.md.
# Sets up from nothing on Debian 12 or 13 with rustup; run again, it only builds and tests.
# Usage: examples/solana/run.sh [--write]
#   --write  writes COSTS.md instead of comparing
set -euo pipefail
cd "$(dirname "$0")"

mode=--check
case "${1:-}" in
    '') ;;
    --write) mode=$1 ;;
    *) echo "usage: $0 [--write]" >&2; exit 2 ;;
esac

source ../sbf/setup.sh
step "format"
for package in ../market program tests; do
    cargo fmt --manifest-path "$package/Cargo.toml" -- --check
done
sbf_setup

target=$PWD/../../target/solana
step "building the program"
sbf_build program/Cargo.toml "$sbf_shared"
export SOLANA_MARKET_SO=$sbf_shared/bpfel-unknown-none/release/libsolana_market.so
printf '%s bytes\n' "$(stat -c %s "$SOLANA_MARKET_SO")"

# The machine itself, from the committed lock file: some minutes the first time.
export CARGO_TARGET_DIR=$target RUST_LOG=off
step "testing the market on the host"
cargo test --quiet --locked --manifest-path ../market/Cargo.toml
step "testing the program in the machine (building the machine takes some minutes, once)"
cargo test --quiet --locked --release --manifest-path tests/Cargo.toml
step "what it costs"
cargo run --quiet --locked --release --manifest-path tests/Cargo.toml --bin costs -- "$mode" "$PWD/COSTS.md"
step "done"
