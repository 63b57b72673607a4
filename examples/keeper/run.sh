#!/usr/bin/env bash
# Builds the keeper, tests it, runs it on the bundled crash and compares with data/expected.txt what it came to. Sets up from
# nothing on Debian 12 or 13 with rustup; run again, it only builds what has changed.
# Usage: examples/keeper/run.sh [--write | --bench]
#   --write    makes the bundled crash and data/expected.txt anew, and the picture of the view that a test compares with
#   --bench    builds with optimisation and prints the table of README.md
set -euo pipefail
cd "$(dirname "$0")"
unset RUSTC RUSTFLAGS CARGO_ENCODED_RUSTFLAGS CARGO_BUILD_TARGET CARGO_TARGET_DIR RUSTUP_TOOLCHAIN WRITE_VIEW
started=$SECONDS

mode=${1:---check}
case "$mode" in
    --check | --write | --bench) ;;
    *) echo "usage: $0 [--write | --bench]" >&2; exit 2 ;;
esac

step() { printf '\n== %s\n' "$*"; }
fail() { printf 'FAILED: %s\n' "$*" >&2; exit 1; }

step "tools"
command -v rustup > /dev/null || fail "rustup is not in PATH"
../../.ci/packages gcc libc6-dev procps
rustup run stable rustc --version

mkdir -p ../../target/keeper
target=$(cd ../../target/keeper && pwd)
export CARGO_TARGET_DIR=$target
cargo() { rustup run stable cargo "$@"; }

if [ "$mode" = --bench ]; then
    step "what updates, prices and blocks cost (two to four minutes from nothing)"
    cargo run --quiet --release --locked -- bench
    exit
fi

step "format"
cargo fmt --check

step "build (one to three minutes from nothing)"
cargo build --quiet --locked
keeper=$target/debug/keeper
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

step "the bundled crash is what the program makes"
"$keeper" sample "$out"
if [ "$mode" = --write ]; then
    mkdir -p data
    cp "$out/market.json" "$out/crash.jsonl" data/
fi
cmp "$out/market.json" data/market.json && cmp "$out/crash.jsonl" data/crash.jsonl || fail "data/ is not what it makes: --write"

step "a run on it"
"$keeper" run --market data/market.json --replay data/crash.jsonl --state "$out/state" --act "$out/actions.jsonl" --summary \
    --close-ms 60000 2> "$out/log" > "$out/summary" || { cat "$out/log" >&2; fail "the run"; }
{
    cat "$out/summary"
    echo "sha256       $(sha256sum < "$out/actions.jsonl" | cut -d' ' -f1) of the actions"
} > "$out/expected.txt"
cat "$out/expected.txt"
[ "$mode" = --write ] && cp "$out/expected.txt" data/expected.txt
diff -u data/expected.txt "$out/expected.txt" || fail "the run came to something else: --write"

step "lints, and tests"
cargo clippy --quiet --locked --all-targets -- -D warnings
if [ "$mode" = --write ]; then export WRITE_VIEW=1; fi
cargo test --quiet --locked

printf '\nkeeper: done in %d s\n' $((SECONDS - started))
