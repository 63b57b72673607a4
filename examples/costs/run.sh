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

step() { printf '\n== %s\n' "$*"; }

cache=${XDG_CACHE_HOME:-$HOME/.cache}/sbpf
linker=$cache/bin/sbpf-linker
llvm='mlc-llvm-static[all]==23.1.1.post0'

# A compiler with the standard library of the target, which rustup does not have.
packages=()
for package in rustc-web libstd-rust-web-dev-bpf gcc g++ python3-venv; do
    dpkg-query -W -f '${Status}' "$package" 2> /dev/null | grep -q 'ok installed' || packages+=("$package")
done
if [ ${#packages[@]} -gt 0 ]; then
    step "installing ${packages[*]}"
    apt-get update -q
    DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends "${packages[@]}"
fi

# One installation at a time: the linker is shared by all clones on a machine.
mkdir -p "$cache"
exec 9> "$cache/lock"
flock 9
if ! { [ -x "$linker" ] && grep -q '^"sbpf-linker 0\.2\.6 ' "$cache/.crates.toml"; }; then
    step "building sbpf-linker 0.2.6 into $cache (two to four minutes, once)"
    python3 -m venv "$cache/llvm"
    "$cache/llvm/bin/pip" install -q "$llvm"
    prefix=$("$cache/llvm/bin/python" -m mlc_llvm_static.config --prefix)
    LLVM_PREFIX=$prefix ZLIB_PATH=$prefix/lib LIBZSTD_PATH=$prefix/lib \
        CXXSTDLIB_PATH=$(dirname "$(g++ -print-file-name=libstdc++.a)") \
        cargo install --quiet sbpf-linker@0.2.6 --locked --no-default-features \
        --features bpf-linker/llvm-23,bpf-linker/llvm-link-static --root "$cache"
fi
flock -u 9

# The program: whole, whole without the linker's own optimisation (for the names of its functions), and by group.
target=$PWD/../../target/costs
programs=$target/programs
mkdir -p "$programs"
build() {
    # $1: directory, the rest: further arguments of the linker
    local directory=$1 flags
    shift
    flags="-Clinker=$linker -Ctarget-cpu=v4 -Cpanic=abort -Crelocation-model=static"
    flags+=" -Ctarget-feature=+allows-misaligned-mem-access"
    for argument in --arch=v3 --llvm-args=--bpf-stack-size=4096 --llvm-args=--disable-movsx --llvm-args=--disable-ldsx \
        --llvm-args=--bpf-min-jump-table-entries=1000000 --deploy=false --export=entrypoint "$@"; do
        flags+=" -Clink-arg=$argument"
    done
    RUSTFLAGS=$flags RUSTC_BOOTSTRAP=1 RUSTC=/usr/bin/rustc CARGO_TARGET_DIR=$directory \
        cargo build --quiet --locked --release --manifest-path program/Cargo.toml --target bpfel-unknown-none 2> "$programs/log" ||
        { cat "$programs/log" >&2; exit 1; }
}
so=bpfel-unknown-none/release/libcosts_program.so
step "building the program"
build "$target/plain" --sbpf-optimize=false "--dump-module=$target/module"
arguments=()
for group in probe numbers observations budgets decisions guard; do
    COSTS_GROUP=$group build "$target"
    cp "$target/$so" "$programs/$group.so"
    arguments+=("$group=$programs/$group.so")
done
build "$target"
arguments+=("all groups=$target/$so")

step "running it"
CARGO_TARGET_DIR=$target cargo run --quiet --locked --release --manifest-path runner/Cargo.toml -- \
    "$mode" "$target/$so" "$target/plain/$so" "$target/module/post-opt.ll" "${arguments[@]}"
step "done"
