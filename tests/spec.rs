//! SPEC.md and the code name each other: error codes, modules, tests, and the entries that documentation cites.

use damper::Error;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

fn spec() -> String {
    read("SPEC.md")
}

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn files(folder: &str) -> Vec<(String, String)> {
    let entries = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)).expect("a folder");
    let names = entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("a plain name"));
    names.filter(|name| name.ends_with(".rs")).map(|name| (name.clone(), read(&format!("{folder}/{name}")))).collect()
}

/// What stands between backticks, after `word` and up to the end of the sentence, in each entry.
fn named(spec: &str, word: &str) -> BTreeSet<String> {
    let joined = spec.replace('\n', " ");
    let mut names = BTreeSet::new();
    for part in joined.split(word).skip(1) {
        let end = part.find(". ").unwrap_or(part.len());
        names.extend(part[..end].split('`').skip(1).step_by(2).map(str::to_string));
    }
    names
}

/// Names of entries that SPEC.md defines: N1, A1, D1, I1, T0, T-A ...
fn entries(spec: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for line in spec.lines() {
        let line = line.trim_start_matches("### ").trim_start_matches("| ");
        let word: String = line.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
        let rest = &line[word.len()..];
        let (letter, number) = word.split_at(word.len().min(1));
        let numbered = !number.is_empty() && number.chars().all(|c| c.is_ascii_digit());
        if "NADIT".contains(letter) && (numbered || number == "-A") && (rest.starts_with('.') || rest.starts_with(" |"))
        {
            found.insert(word);
        }
    }
    found
}

/// Complaints about a SPEC text: what it names and the project lacks, and what the project cites and it lacks.
fn complaints(spec: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    for error in Error::ALL {
        let row = format!("| {} | `{error:?}` |", error.code());
        if spec.matches(&row).count() != 1 {
            wrong.push(format!("no row {row}"));
        }
    }
    let rows = spec.lines().filter(|line| {
        line.strip_prefix("| ")
            .is_some_and(|rest| rest.split(' ').next().is_some_and(|code| code.parse::<u16>().is_ok()))
    });
    if rows.count() != Error::ALL.len() {
        wrong.push("the error table has a row too many or too few".to_string());
    }
    let sources = files("src");
    let tests = files("tests");
    for name in named(spec, "Code: ") {
        let module = name.split("::").next().expect("a first part");
        let is_module = sources.iter().any(|(file, _)| file.strip_suffix(".rs") == Some(module));
        let is_type = sources.iter().any(|(_, text)| text.contains(&format!("struct {module}")));
        if !is_module && !is_type {
            wrong.push(format!("Code: `{name}` is not there"));
        }
    }
    for name in named(spec, "Tests: ") {
        let (file, test) = name.split_once("::").unwrap_or((&name, ""));
        let found = tests.iter().find(|(path, _)| path.strip_suffix(".rs") == Some(file));
        if !found.is_some_and(|(_, text)| test.is_empty() || text.contains(&format!("fn {test}("))) {
            wrong.push(format!("Tests: `{name}` is not there"));
        }
    }
    let known = entries(spec);
    for (file, text) in sources {
        let joined = text.replace("\n    ///", " ").replace("\n///", " ").replace("\n//!", " ");
        for part in joined.split("Spec: ").skip(1) {
            let cited = &part[..part.find('.').unwrap_or(part.len())];
            for name in cited.split(',').map(str::trim) {
                if !known.contains(name) {
                    wrong.push(format!("{file} cites {name}"));
                }
            }
        }
    }
    wrong
}

#[test]
fn the_spec_and_the_project_name_each_other() {
    assert_eq!(complaints(&spec()), Vec::<String>::new());
}

#[test]
fn the_checker_bites() {
    let doctored = [
        ("| 101 | `DivisionByZero` |", "| 102 | `DivisionByZero` |"),
        ("| 101 | `DivisionByZero` |", "| 101 | `DivideByZero` |"),
        ("Code: `plan`", "Code: `plans`"),
        ("Tests: `window`", "Tests: `windows`"),
        ("Tests: `plan::a_plan_never", "Tests: `plan::a_plan_always"),
        ("\nD5. ", "\nD55. "),
        ("### T10. ", "### On T10. "),
    ];
    for (from, to) in doctored {
        let spec = spec();
        assert!(spec.contains(from), "nothing to doctor: {from}");
        assert_ne!(complaints(&spec.replacen(from, to, 1)), Vec::<String>::new(), "{from} -> {to}");
    }
    let longer = spec() + "\n| 1999 | `Unheard` | nothing |\n";
    assert_ne!(complaints(&longer), Vec::<String>::new());
}
