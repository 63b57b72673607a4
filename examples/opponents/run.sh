#!/usr/bin/env bash
# The five jobs in every opponent's numbers: tests that all agree, then instructions per call on the host, counted by callgrind.
# Usage: examples/opponents/run.sh [--check]
# Writes examples/opponents/RATIOS.md; with --check compares it with what is measured, and fails beyond 2 %.
set -euo pipefail
cd "$(dirname "$0")"
check=0
case "${1:-}" in
    "") ;;
    --check) check=1 ;;
    *) echo "usage: $0 [--check]" >&2; exit 2 ;;
esac
export CARGO_TARGET_DIR="$PWD/../../target/opponents"
work="$CARGO_TARGET_DIR/ratios"

if ! command -v valgrind > /dev/null; then
    echo "opponents: installing valgrind"
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends valgrind > /dev/null
fi

echo "opponents: testing that they agree"
cargo test --locked --release

echo "opponents: without std and without the opponents that need it"
cargo build --locked --release --lib --no-default-features

echo "opponents: counting instructions"
cargo build --locked --release --bin measure
mkdir -p "$work"
for range in narrow wide; do
    valgrind --tool=callgrind --callgrind-out-file="$work/$range.callgrind" \
        "$CARGO_TARGET_DIR/release/measure" "$range" > "$work/$range.jobs" 2> "$work/$range.log" \
        || { cat "$work/$range.log" >&2; exit 1; }
    callgrind_annotate --inclusive=yes --threshold=100 "$work/$range.callgrind" > "$work/$range.counts"
done

# The instructions of a function with all that it calls, over eight calls; then the tables.
table() {
    awk -v range="$1" '
        FNR == NR {
            if (match($0, /measure::[a-z0-9_]+::[a-z]+/)) {
                name = substr($0, RSTART + 9, RLENGTH - 9)
                count = $1; gsub(/,/, "", count)
                if (name in total) { print name " is counted twice" > "/dev/stderr"; failed = 1; exit 1 }
                total[name] = count / 8
            }
            next
        }
        {
            split($1, part, "::"); who = part[1]; job = part[2]
            if (!($1 in total)) { print $1 " is not counted" > "/dev/stderr"; failed = 1; exit 1 }
            status[who, job] = $2; digits[who, job] = $3
            name = $4; for (i = 5; i <= NF; i++) name = name " " $i
            if (!(who in title) && who != "damper_own") { title[who] = name; order[++many] = who }
        }
        function cell(who, job, own) {
            if (status[who, job] == "overflow") return "overflow"
            return sprintf("%.0f (%.1f)", total[who "::" job], total[who "::" job] / own)
        }
        # One row; returns damper over the best opponent that takes all inputs and keeps 12 digits.
        function row(label, job, mine, myjob,    i, who, own, best, line, kept) {
            own = total[mine "::" myjob]; line = "| " label " |"; kept = line
            for (i = 1; i < many; i++) {
                who = order[i]
                line = line " " cell(who, job, own) " |"
                if (status[who, job] == "ok" && digits[who, job] >= 12 && (best == "" || total[who "::" job] < total[best "::" job])) best = who
                kept = kept " " digits[who, job] (status[who, job] == "overflow" ? ", overflow" : "") " |"
            }
            if (status[mine, myjob] != "ok") { print "damper refuses an input of " myjob > "/dev/stderr"; failed = 1; exit 1 }
            if (best == "") { print "no opponent is left in " job > "/dev/stderr"; failed = 1; exit 1 }
            print line sprintf(" %.0f | %s | %.2f |", own, title[best], own / total[best "::" job])
            precision = precision kept " " digits[mine, myjob] " |\n"
            return own / total[best "::" job]
        }
        function median(a, b, c, d, e,    v, i, j, t) {
            v[1] = a; v[2] = b; v[3] = c; v[4] = d; v[5] = e
            for (i = 1; i < 5; i++) for (j = i + 1; j <= 5; j++) if (v[j] < v[i]) { t = v[i]; v[i] = v[j]; v[j] = t }
            return v[3]
        }
        END {
            if (failed) exit 1
            if (many != 7) { print "expected seven number types" > "/dev/stderr"; exit 1 }
            head = "| job |"; rule = "|---|"
            for (i = 1; i < many; i++) { head = head " " title[order[i]] " |"; rule = rule "--:|" }
            print "## " range "\n"
            print "Instructions per call (in brackets: times damper)\n"
            print head " damper | best with 12 digits | damper / best |"
            print rule "--:|---|--:|"
            health = row("health", "health", "damper", "health")
            plan = row("plan, klend'"'"'s rule", "plan", "damper", "plan")
            assess = row("plan, damper'"'"'s own rule", "plan", "damper_own", "assess")
            auction = row("auction", "auction", "damper", "auction")
            impact = row("impact", "impact", "damper", "impact")
            ewma = row("ewma", "ewma", "damper", "ewma")
            printf "\nMedian of damper / best: %.2f with klend'"'"'s plan, %.2f with damper'"'"'s own.\n", \
                median(health, plan, auction, impact, ewma), median(health, assess, auction, impact, ewma)
            print "\nDecimal digits kept\n"
            print head " damper |"
            print rule "--:|"
            printf "%s", precision
        }' "$work/$2.counts" "$work/$2.jobs"
}

new="$work/RATIOS.md"
{
    echo "# The same jobs in other number types"
    echo
    echo "Written by \`examples/opponents/run.sh\` with $(rustc --version | cut -d' ' -f1-2) on $(uname -m), release with fat LTO; means over"
    echo "the eight inputs of \`src/cases.rs\`, from what an account holds to the answer. The jobs are defined in \`src/lib.rs\`; what is kept is"
    echo "stated in \`src/table.rs\` and tested in \`tests/agreement.rs\`. damper's ewma also computes the weight from the time elapsed; its own"
    echo "plan has another rule, with more to compute. \"overflow\": at least one of the inputs is refused."
    echo
    table "Amounts that fit 64 bits: 9 and 6 decimals" narrow
    echo
    table "Amounts that do not: 18 and 6 decimals" wide
} > "$new"

if [ "$check" = 0 ]; then
    cp "$new" RATIOS.md
    cat RATIOS.md
    echo "opponents: done, written to examples/opponents/RATIOS.md"
    exit 0
fi
cat "$new"
# Counts within 2 %, the rest of a table exactly; ratios follow from the counts.
awk '
    !/^\|/ { next }
    FNR == NR { line[++have] = $0; next }
    {
        seen++
        n = split(line[seen], old, /\|/); m = split($0, now, /\|/)
        if (n != m) { print "another table: " $0; bad = 1; next }
        for (i = 1; i <= n; i++) {
            a = old[i]; b = now[i]
            sub(/\([0-9.]+\)/, "", a); sub(/\([0-9.]+\)/, "", b)
            if (a ~ /^ [0-9]+\.[0-9]+ $/) continue
            if (a ~ /^ [0-9]+ *$/ && b ~ /^ [0-9]+ *$/) {
                if (b - a > 0.02 * a || a - b > 0.02 * a) { print now[2] ":" a "is now" b; bad = 1 }
            } else if (a != b) { print now[2] ":" a "is now" b; bad = 1 }
        }
    }
    END { if (seen != have || have == 0) { print "another number of rows"; bad = 1 } exit bad }' RATIOS.md "$new" \
    || { echo "opponents: RATIOS.md is out of date; run examples/opponents/run.sh and commit it if the change is meant" >&2; exit 1; }
echo "opponents: done, RATIOS.md holds within 2 %"
