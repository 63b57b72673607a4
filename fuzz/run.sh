#!/usr/bin/env bash
# Fuzzes every module and the life of a guard. Sets up from nothing on Debian 12 or 13 with rustup; run again, it only
# builds what has changed. Tools and builds go to target/fuzz.
# Usage: fuzz/run.sh [--smoke]
#        fuzz/run.sh --long SECONDS [TARGET...]
#        fuzz/run.sh --list
#   --smoke  (the default) two seconds for each target, from the seeds alone
#   --long   on fuzz/corpus, which grows: each target, or each of those named, until fuzz/record.md says that it has run for
#            SECONDS of processor time; stopped at any time and called again, it goes on
#   --list   the names of the targets, and the modules that each is for
# A finding is written to fuzz/artifacts/TARGET. To run it again, with stable Rust and no fuzzer:
#   cargo run --manifest-path fuzz/Cargo.toml -- TARGET FILE
set -euo pipefail
cd "$(dirname "$0")"
unset RUSTC RUSTFLAGS CARGO_ENCODED_RUSTFLAGS CARGO_BUILD_TARGET CARGO_TARGET_DIR RUSTUP_TOOLCHAIN TARGET
started=$SECONDS

cargo_fuzz=0.13.2

step() { printf '\n== %s\n' "$*"; }
fail() { printf 'FAILED: %s\n' "$*" >&2; exit 1; }
usage() { sed -n '4,6s/^# *//p' "$0" >&2; exit 2; }

mode=--smoke seconds=2
case "${1:-}" in
    '' | --smoke) [ $# -le 1 ] || usage ;;
    --list) [ $# -eq 1 ] || usage; mode=$1 ;;
    --long)
        mode=$1 seconds=${2:-}
        [[ "$seconds" =~ ^[1-9][0-9]*$ ]] || usage
        shift 2 ;;
    *) usage ;;
esac

target=$PWD/../target/fuzz
mkdir -p "$target"
target=$(cd "$target" && pwd)

step "tools"
command -v rustup > /dev/null || fail "rustup is not in PATH"
../.ci/packages g++ libc6-dev
rustup run stable rustc --version
tools=$target/cargo-fuzz-$cargo_fuzz
if ! [ -x "$tools/bin/cargo-fuzz" ]; then
    echo "installing cargo-fuzz $cargo_fuzz"
    rustup run stable cargo install --quiet --debug --locked "cargo-fuzz@$cargo_fuzz" --root "$tools"
fi

step "format; with stable Rust: every module has a target, and every target holds on its seeds"
rustup run stable cargo fmt -- --check
CARGO_TARGET_DIR=$target/stable rustup run stable cargo test --quiet --locked
if [ "$mode" = --list ]; then
    CARGO_TARGET_DIR=$target/stable rustup run stable cargo run --quiet --locked
    exit 0
fi

# No sanitizer of addresses: the crate forbids unsafe code, and without it a build takes half the time and a run is twice
# as fast. Overflow checks and debug assertions are on.
step "building (one to two minutes from nothing)"
built_from=$SECONDS
# The coverage that a fuzzer needs is a pass of the stable compiler; cargo-fuzz asks for a nightly one by habit.
RUSTC_BOOTSTRAP=1 CARGO_TARGET_DIR=$target/fuzzer PATH="$tools/bin:$PATH" rustup run stable \
    cargo fuzz build --fuzz-dir . --sanitizer none all 2> "$target/build.log" \
    || { cat "$target/build.log" >&2; fail "the targets are not built"; }
program=$(find "$target/fuzzer" -path '*/release/all' -type f -perm -u+x)
[ -x "$program" ] || fail "there is no program"
echo "built in $((SECONDS - built_from)) s"

CARGO_TARGET_DIR=$target/stable rustup run stable cargo run --quiet --locked > "$target/list"
mapfile -t all < <(cut -d ' ' -f 1 "$target/list")
[ ${#all[@]} -gt 0 ] || fail "there are no targets"
chosen=("${all[@]}")
if [ "$mode" = --long ] && [ $# -gt 0 ]; then
    chosen=("$@")
    for name in "${chosen[@]}"; do
        [[ " ${all[*]} " = *" $name "* ]] || fail "no target is called $name"
    done
fi

logs=$target/logs TIMEFORMAT='%U %S'
rm -rf "$logs" "$target/smoke"
mkdir -p "$logs"
# One target for some seconds: its log, and in a file the exit status.
fuzz() { # TARGET SECONDS
    local name=$1 corpus=corpus/$1 status=0
    [ "$mode" = --long ] || corpus=$target/smoke/$name
    mkdir -p "$corpus" "artifacts/$name"
    { time TARGET=$name "$program" -max_total_time="$2" -max_len=2048 -timeout=20 -rss_limit_mb=2048 \
        -print_final_stats=1 -artifact_prefix="artifacts/$name/" "$corpus" "seeds/$name" > "$logs/$name" 2>&1; } \
        2> "$logs/$name.time" || status=$?
    echo "$status" > "$logs/$name.status"
}
# Of a log: executions, edges covered of those in the program.
executed() { sed -n 's/^stat::number_of_executed_units: *//p' "$logs/$1"; }
edges() { grep -oP '\bcov: \K[0-9]+' "$logs/$1" | tail -1 || true; }

# The record of the long runs: a row for each target, which starts anew when its code has changed.
record=record.md
# The code of a target and of its modules, without lines of comments, as a number.
code() { # TARGET
    local module
    {
        cat "src/targets/$1.rs"
        for module in $(sed -n "s/^$1 //p" "$target/list"); do cat "../src/$module.rs"; done
    } | grep -vE '^ *//' | sha256sum | cut -c 1-8
}
# What the row of a target says: seconds, executions, edges, findings; zeros when its code has changed.
recorded() { # TARGET
    awk -F ' *[|] *' -v name="$1" -v code="$(code "$1")" '
        $2 == name && $3 == code { print $4, $5, $6, $7; found = 1 }
        END { if (!found) print 0, 0, 0, 0 }' "$record"
}
# Adds the last run of a target to its row.
add() { # TARGET
    local name=$1 before took inputs now
    read -r -a before <<< "$(recorded "$name")"
    inputs=$(executed "$name")
    took=$(awk '{ printf "%d", $1 + $2 }' "$logs/$name.time")
    now=$(edges "$name")
    [ "${before[2]}" -lt "${now:-0}" ] || now=${before[2]}
    printf '| %s | %s | %d | %d | %d | %d |\n' "$name" "$(code "$name")" $((before[0] + took)) \
        $((before[1] + ${inputs:-0})) "$now" $((before[3] + ($(cat "$logs/$name.status") != 0))) > "$target/row"
    {
        sed '/^|--/q' "$record"
        sed '1,/^|--/d' "$record" | awk -F ' *[|] *' -v name="$name" '$2 != name' | LC_ALL=C sort - "$target/row"
    } > "$target/record"
    cp "$target/record" "$record"
}
# A target until its row says that it has run for so many seconds, or there is a finding. Its turns are short, and each is
# recorded when it ends: little is lost when all is stopped.
until_recorded() { # TARGET SECONDS
    local name=$1 left
    while left=$(($2 - $(recorded "$name" | cut -d ' ' -f 1))) && [ "$left" -gt 0 ]; do
        fuzz "$name" $((left > 300 ? 300 : left < 5 ? 5 : left))
        # Done, or a finding: out of time, of memory, a panic. Whatever else it is, it was stopped from without.
        case $(cat "$logs/$name.status") in 0 | 70 | 71 | 77) ;; *) return 0 ;; esac
        (flock 9 && add "$name") 9> "$target/lock"
        [ "$(cat "$logs/$name.status")" = 0 ] || return 0
    done
}

# A target for some seconds; for twenty times as many if it has run too few inputs, as a slow one does on a busy machine.
least=100
smoke() { # TARGET
    local inputs
    fuzz "$1" "$seconds"
    inputs=$(executed "$1")
    if [ "$(cat "$logs/$1.status")" = 0 ] && ! [ "${inputs:-0}" -gt "$least" ]; then fuzz "$1" $((seconds * 20)); fi
}

step "fuzzing ${#chosen[@]} targets for $seconds s each"
jobs_at_once=$(nproc)
for name in "${chosen[@]}"; do
    while [ "$(jobs -rp | wc -l)" -ge "$jobs_at_once" ]; do wait -n || true; done
    if [ "$mode" = --long ]; then
        until_recorded "$name" "$seconds" &
    else
        smoke "$name" &
    fi
done
wait

failed=()
printf '\n%-14s %12s %10s %9s\n' target executions edges findings
for name in "${chosen[@]}"; do
    # Recorded already for as long as was asked.
    [ -e "$logs/$name.status" ] || continue
    inputs=$(executed "$name") covered=$(edges "$name") findings=0
    if [ "$(cat "$logs/$name.status")" != 0 ]; then
        findings=1
        failed+=("$name")
    fi
    printf '%-14s %12s %10s %9s\n' "$name" "${inputs:-?}" "${covered:-?}" "$findings"
    if [ "$findings" = 0 ] && ! [ "${inputs:-0}" -gt "$least" ]; then
        failed+=("$name")
        echo "$name ran ${inputs:-no} inputs" >&2
    fi
done
for name in "${failed[@]}"; do
    printf '\n== %s\n' "$name"
    grep -vE '^(#|INFO:|stat::)' "$logs/$name" | tail -40
done
[ ${#failed[@]} -eq 0 ] || fail "findings in ${failed[*]}"
printf '\nfuzz: done in %d s\n' $((SECONDS - started))
