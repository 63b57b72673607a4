#!/usr/bin/env bash
# Checks the proofs and what ties them to the code: compiles every file of this folder, demands that no proof rests on
# anything assumed, and demands that the vectors in tests/vectors are those of the models.
# Usage: tests/proofs/run.sh [--write]     --write puts the vectors there instead of comparing.
# Needs Debian's coq, ocaml-findlib and zarith; installs them where they are missing. Builds in target/proofs.
set -euo pipefail
cd "$(dirname "$0")/../.."
fail() { echo "proofs: $*" >&2; exit 1; }
write=0
case "${1:-}" in
    --write) write=1 ;;
    '') ;;
    *) fail "unknown argument $1" ;;
esac

.ci/packages coq libcoq-stdlib ocaml-findlib libzarith-ocaml-dev make
coqc --version | head -n 1

source=$PWD/tests/proofs
build=$PWD/target/proofs
mkdir -p "$build"

# The text of a file without comments, which nest, and with every string empty.
bare() { # FILE
    perl -0777 -ne '
        my ($depth, $out) = (0, "");
        while (/\G(\(\*|\*\)|"(?:[^"]|"")*"|.)/gs) {
            if ($1 eq "(*") { $depth++ }
            elsif ($1 eq "*)" && $depth) { $depth--; $out .= " " }
            elsif (!$depth) { $out .= substr($1, 0, 1) eq "\"" && length $1 > 1 ? "\"\"" : $1 }
        }
        die "$ARGV: a comment is not closed\n" if $depth;
        print $out' "$1"
}

# Fails on the words by which something is assumed or a check of the kernel is switched off.
refuse_assumptions() { # FILE...
    local file text found
    for file in "$@"; do
        text=$(bare "$file") || return 1
        if found=$(grep -nwE 'Admitted|admit|give_up|Axioms?|Parameters?|Conjecture|bypass_check|Unset +(Guard|Positivity|Universe) +Checking' \
            <<< "$text"); then
            echo "proofs: $(basename "$file") assumes: $found" >&2
            return 1
        fi
    done
}

# The full names of what the files state and prove, after its keyword; a module in a file is part of the name.
statements() { # FILE...
    local file text
    for file in "$@"; do
        text=$(bare "$file") || return 1
        FILE=$(basename "$file" .v) perl -0777 -ne '
            # What is open: modules, which are part of a name, and sections, which are not.
            my @open;
            my ($found, $theorems) = (0, scalar(() = /\bTheorem\b/g));
            for (split /\.(?=\s)/) {
                s/^\s*(?:[-+*{}]+\s*)*//;
                s/^#\[[^\]]*\]\s*//;
                s/^(?:Local|Global|Polymorphic|Program)\s+//;
                if (/^Module\s+(?:Import\s+|Export\s+)?([\w\x27]+)\s*$/) { push @open, [$1, "$1."] }
                elsif (/^Section\s+([\w\x27]+)\s*$/) { push @open, [$1, ""] }
                elsif (/^End\s+([\w\x27]+)\s*$/ && @open && $open[-1][0] eq $1) { pop @open }
                elsif (/^(Theorem|Lemma|Corollary|Proposition|Fact|Remark|Example)\s+([\w\x27]+)/) {
                    print "$1 Damper.$ENV{FILE}.", join("", map { $_->[1] } @open), "$2\n";
                    $found++ if $1 eq "Theorem";
                }
            }
            die "$ENV{FILE}: $theorems theorems, but $found were read\n" if $theorems != $found;' <<< "$text" || return 1
    done
}

# Demands of the statements of the files, compiled in a folder, that they rest on nothing but the logic: of each theorem by
# itself, and of all the rest together, which is quicker.
demand_closed() { # FOLDER FILE...
    local folder=$1 list theorems rest modules asked closed
    shift
    list=$(statements "$@") || return 1
    mapfile -t theorems < <(sed -n 's/^Theorem //p' <<< "$list")
    mapfile -t rest < <(sed -n '/^Theorem /!s/^[^ ]* //p' <<< "$list")
    mapfile -t modules < <(for file in "$@"; do basename "$file" .v; done)
    mkdir -p "$folder/asked"
    printf 'From Damper Require %s.\n' "${modules[*]}" > "$folder/asked/names"
    {
        cat "$folder/asked/names"
        echo 'Definition rest :='
        printf 'let _ := @%s in\n' "${rest[@]:-eq}"
        echo 'tt.'
        printf 'Print Assumptions %s.\n' rest "${theorems[@]}"
    } > "$folder/asked/Asked.v"
    (cd "$folder" && coqc -q -R . Damper asked/Asked.v) > "$folder/asked/answers" || return 1
    closed=$(grep -cx 'Closed under the global context' "$folder/asked/answers") || true
    asked=$((1 + ${#theorems[@]}))
    if [ "$closed" -ne "$asked" ] || grep -qvx 'Closed under the global context' "$folder/asked/answers"; then
        echo "proofs: $closed of $asked answers are that nothing is assumed" >&2
        while read -r _ name; do
            { cat "$folder/asked/names"; echo "Print Assumptions $name."; } > "$folder/asked/Asked.v"
            (cd "$folder" && coqc -q -R . Damper asked/Asked.v) | grep -qx 'Closed under the global context' \
                || echo "proofs: $name assumes something" >&2
        done <<< "$list"
        return 1
    fi
}

step() { printf '\n== %s\n' "$*"; }

step "the checks see what is planted"
plant=$build/planted
rm -rf "$plant"
mkdir -p "$plant"
planted() { cat > "$plant/Planted.v" && (cd "$plant" && coqc -q -R . Damper Planted.v); }
planted <<< '(* No Axiom (* nested: Admitted *) here. *)
Module M. Section Planted. Variable n : nat. Theorem one : n = n. Proof. reflexivity. Qed. End Planted. End M.
Section Planted. End Planted. Lemma two : 1 = 1. Proof. reflexivity. Qed.'
refuse_assumptions "$plant/Planted.v" || fail "a comment is taken for an assumption"
demand_closed "$plant" "$plant/Planted.v" || fail "a proof without assumptions is refused"
[ "$(statements "$plant/Planted.v" | tr '\n' ' ')" = "Theorem Damper.Planted.M.one Lemma Damper.Planted.two " ] \
    || fail "a statement in a module has a wrong name"
for text in \
    'Variable all : forall n : nat, n = 0. Lemma one : 1 = 0. Proof. apply all. Qed. Theorem two : 1 = 0. Proof. apply one. Qed.' \
    'Theorem one : 1 = 1. Proof. reflexivity. Qed. Variable no : False. Lemma two : 1 = 0. Proof. destruct no. Qed.' \
    'Theorem one : 1 = 1. Proof. reflexivity. Qed. Axiom no : False. Theorem two : 1 = 0. Proof. destruct no. Qed.' \
    'Module M. Theorem one : 1 = 0. Admitted. End M.'; do
    planted <<< "$text" 2> /dev/null || fail "planted text does not compile: $text"
    if said=$(demand_closed "$plant" "$plant/Planted.v" 2>&1); then fail "not seen: $text"; fi
    grep -q 'Planted[.A-Za-z]* assumes something' <<< "$said" || fail "refused for another reason: $said"
done
for text in 'Axiom a : 1 = 0.' 'Theorem t : 1 = 0. Proof. admit. Admitted.' 'Module M. Parameter p : 1 = 0. End M.' \
    'Conjecture c : 1 = 0.' 'Unset Guard Checking.'; do
    echo "$text" > "$plant/Planted.v"
    if refuse_assumptions "$plant/Planted.v" 2> /dev/null; then fail "not seen: $text"; fi
done
echo "(* (* *) Axiom a : 1 = 0." > "$plant/Planted.v"
if refuse_assumptions "$plant/Planted.v" 2> /dev/null; then fail "a comment that is not closed is taken for one"; fi

step "no word of an assumption"
shopt -s nullglob
files=("$source"/*.v)
[ ${#files[@]} -gt 0 ] || fail "no proofs in $source"
refuse_assumptions "${files[@]}" || fail "see above"

step "every file compiles"
# What is gone from the folder goes from the build; what is unchanged is not compiled again.
for old in "$build"/*.v; do
    [ -e "$source/$(basename "$old")" ] || rm -f "${old%.v}".*
done
for file in "${files[@]}"; do
    cmp -s "$file" "$build/$(basename "$file")" || cp "$file" "$build/"
done
# What is extracted is written anew each time.
rm -f "$build"/Extract.vo "$build"/*.ml "$build"/*.mli
(
    cd "$build"
    coq_makefile -R . Damper $(cd "$source" && printf '%s\n' *.v) -o Makefile.coq > /dev/null
    make --no-print-directory -f Makefile.coq -j"$(nproc)" TIMED=
) || fail "a proof does not compile"

step "no statement rests on an assumption"
demand_closed "$build" "${files[@]}" || fail "see above"
statements "${files[@]}" | cut -d' ' -f1 | sort | uniq -c

step "the vectors are those of the models"
rm -rf "$build/vectors"
mkdir -p "$build/vectors"
cp "$source/vectors.ml" "$build/"
(
    cd "$build"
    # shellcheck disable=SC2046
    ocamlfind ocamlopt -package zarith -linkpkg -w -a $(ocamlfind ocamldep -sort ./*.mli ./*.ml) -o vectors.exe
    ./vectors.exe vectors
) || fail "the models do not run"
if [ "$write" = 1 ]; then
    rm -rf tests/vectors
    cp -r "$build/vectors" tests/vectors
else
    diff -rq "$build/vectors" tests/vectors || fail "tests/vectors is not what the models give: run tests/proofs/run.sh --write"
fi
wc -lc tests/vectors/*.txt

printf '\n%s theorems, none rests on an assumption\n' "$(statements "${files[@]}" | grep -c '^Theorem ')"
