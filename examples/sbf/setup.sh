# Sourced by the scripts that build programs for Solana's machine: installs what is missing, and builds.
#
# The machine is Debian 12 or 13 with rustup. `rustc-web` brings the target's core library, which rustup does not have; the
# linker is built once against a static LLVM and kept under ~/.cache/sbpf.

step() { printf '\n== %s\n' "$*"; }

sbf_cache=${XDG_CACHE_HOME:-$HOME/.cache}/sbpf
sbf_linker=$sbf_cache/bin/sbpf-linker
sbf_shared=$PWD/../../target/sbf
sbf_llvm='mlc-llvm-static[all]==23.1.1.post0'

sbf_setup() {
    local prefix package optimised
    ../../.ci/packages rustc-web libstd-rust-web-dev-bpf gcc g++ python3-venv

    # One installation at a time: the linker is shared by all clones on a machine.
    mkdir -p "$sbf_cache"
    exec 9> "$sbf_cache/lock"
    flock 9
    if ! { [ -x "$sbf_linker" ] && grep -q '^"sbpf-linker 0\.2\.6 ' "$sbf_cache/.crates.toml"; }; then
        step "building sbpf-linker 0.2.6 into $sbf_cache (one to two minutes, once)"
        python3 -m venv "$sbf_cache/llvm"
        "$sbf_cache/llvm/bin/pip" install -q "$sbf_llvm"
        prefix=$("$sbf_cache/llvm/bin/python" -m mlc_llvm_static.config --prefix)
        # Optimised is what goes over a program's instructions, and nothing else: half the time to build, and as fast a linker.
        optimised=()
        for package in analyze assembler common ir linker; do
            optimised+=(--config "profile.release.package.sbpf-$package.opt-level=1")
        done
        LLVM_PREFIX=$prefix ZLIB_PATH=$prefix/lib LIBZSTD_PATH=$prefix/lib \
            CXXSTDLIB_PATH=$(dirname "$(g++ -print-file-name=libstdc++.a)") \
            CARGO_PROFILE_RELEASE_OPT_LEVEL=0 CARGO_PROFILE_RELEASE_LTO=off \
            cargo install --quiet sbpf-linker@0.2.6 --locked --no-default-features "${optimised[@]}" \
            --features bpf-linker/llvm-23,bpf-linker/llvm-link-static --root "$sbf_cache"
    fi
    flock -u 9
}

# Builds a program into $2/bpfel-unknown-none/release. $1: its manifest, $2: target directory, the rest: further arguments
# of the linker; further flags of the compiler are in `sbf_flags`. What a program is made of has no linker's arguments, so that
# programs that are linked otherwise share it, as do those of all scripts in `sbf_shared`. Fails loudly: a link that fails
# would leave the last program behind.
sbf_build() {
    local manifest=$1 directory=$2 flags argument arguments=()
    shift 2
    flags="-Clinker=$sbf_linker -Ctarget-cpu=v4 -Cpanic=abort -Crelocation-model=static"
    flags+=" -Ctarget-feature=+allows-misaligned-mem-access ${sbf_flags:-}"
    for argument in --arch=v3 --llvm-args=--bpf-stack-size=4096 --llvm-args=--disable-movsx --llvm-args=--disable-ldsx \
        --llvm-args=--bpf-min-jump-table-entries=1000000 --deploy=false --export=entrypoint "$@"; do
        arguments+=("-Clink-arg=$argument")
    done
    mkdir -p "$directory"
    RUSTFLAGS=$flags RUSTC_BOOTSTRAP=1 RUSTC=/usr/bin/rustc CARGO_TARGET_DIR=$directory \
        cargo rustc --quiet --locked --release --manifest-path "$manifest" --target bpfel-unknown-none --lib \
        -- "${arguments[@]}" 2> "$directory/log.$$" || { cat "$directory/log.$$" >&2; exit 1; }
    rm -f "$directory/log.$$"
}
