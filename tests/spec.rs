//! SPEC.md and the code name each other: error codes, modules, tests, and the entries that documentation cites.

use damper::Error;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

fn spec() -> String {
    read("SPEC.md")
}

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn files(folder: &str, ending: &str) -> Vec<(String, String)> {
    let entries = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)).expect("a folder");
    let names = entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("a plain name"));
    names.filter(|name| name.ends_with(ending)).map(|name| (name.clone(), read(&format!("{folder}/{name}")))).collect()
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

/// The text of each entry, by its name.
fn texts(spec: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut name = None;
    for line in spec.lines() {
        if line.starts_with("## ") {
            name = None;
        }
        let head = line.trim_start_matches("### ");
        let word = head.split('.').next().unwrap_or_default();
        let (letter, number) = word.split_at(word.len().min(1));
        let numbered = !number.is_empty() && number.chars().all(|c| c.is_ascii_digit());
        if !head.starts_with('|') && "NDIT".contains(letter) && (numbered || word == "T-A") {
            name = Some(word.to_string());
        } else if line.starts_with("### ") {
            name = None;
        }
        if let Some(name) = &name {
            let text: &mut String = found.entry(name.clone()).or_default();
            text.push_str(line);
            text.push(' ');
        }
    }
    found
}

/// Names of the theorems that are checked by machine.
fn theorems() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for (_, text) in files("tests/proofs", ".v") {
        for line in text.lines() {
            if let Some(rest) = line.trim_start().strip_prefix("Theorem ") {
                let name: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                assert!(names.insert(name.clone()), "two theorems {name}");
            }
        }
    }
    names
}

/// Tests of the project itself and of its example, which no entry is about.
const OF_THE_PROJECT: [&str; 6] = ["errors", "replay", "replay_scenarios", "spec", "structure", "worked"];

/// Modules without a rule of their own: the list of errors, the guide's pages, and the list of modules.
const WITHOUT_RULES: [&str; 3] = ["error", "guide", "lib"];

/// What an entry lacks, and where entry and module do not name each other.
fn untraced(spec: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    let texts = texts(spec);
    let sources = files("src", ".rs");
    let module = |file: &str| file.trim_end_matches(".rs").to_string();
    let mut cited: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (file, text) in &sources {
        let joined = text.replace("\n    ///", " ").replace("\n///", " ").replace("\n//!", " ");
        for part in joined.split("Spec: ").skip(1) {
            for name in part[..part.find('.').unwrap_or(part.len())].split(',') {
                cited.entry(name.trim().to_string()).or_default().insert(module(file));
            }
        }
    }
    let (mut modules, mut tests) = (BTreeSet::new(), BTreeSet::new());
    for (name, text) in &texts {
        // Notation and theorems are about more than one place.
        let needed: &[&str] = if name.starts_with(['D', 'I']) { &["Code: ", "Tests: "] } else { &["Tests: "] };
        for word in needed {
            if !text.contains(word) {
                wrong.push(format!("{name} names nothing after {word}"));
            }
        }
        let first = |name: &String| name.split("::").next().unwrap_or_default().to_string();
        let code: BTreeSet<String> = named(text, "Code: ").iter().map(first).collect();
        let code: BTreeSet<String> = code.into_iter().filter(|name| name.starts_with(char::is_lowercase)).collect();
        let citing = cited.remove(name).unwrap_or_default();
        for module in citing.difference(&code) {
            wrong.push(format!("{module} cites {name}, which does not name it"));
        }
        for module in code.difference(&citing) {
            wrong.push(format!("{name} names {module}, which does not cite it"));
        }
        modules.extend(code);
        tests.extend(named(text, "Tests: ").iter().map(first));
    }
    for (file, _) in &sources {
        let module = module(file);
        if !modules.contains(&module) && !WITHOUT_RULES.contains(&module.as_str()) {
            wrong.push(format!("no entry names the module {module}"));
        }
    }
    for (file, _) in files("tests", ".rs") {
        let test = module(&file);
        if !tests.contains(&test) && !OF_THE_PROJECT.contains(&test.as_str()) {
            wrong.push(format!("no entry names the tests {test}"));
        }
    }
    let proofs = named(spec, "Proofs: ");
    let theorems = theorems();
    wrong.extend(proofs.difference(&theorems).map(|name| format!("Proofs: `{name}` is not there")));
    wrong.extend(theorems.difference(&proofs).map(|name| format!("no entry names the theorem {name}")));
    wrong
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
    let sources = files("src", ".rs");
    let tests = files("tests", ".rs");
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
fn entries_modules_tests_and_theorems_trace_each_other() {
    assert_eq!(untraced(&spec()), Vec::<String>::new());
}

#[test]
fn the_trace_bites() {
    let spec = spec();
    let theorem = theorems().into_iter().next().expect("there are proofs");
    let doctored = [
        // An entry without tests, without code.
        (spec.replacen("Tests: `breaker`, `worked", "`worked", 1), "D9 names nothing after Tests: "),
        (spec.replacen("Code: `breaker`", "`breaker`", 1), "D9 names nothing after Code: "),
        // A module that cites an entry, and the other way round.
        (spec.replacen("Code: `breaker`", "Code: `hedge`", 1), "cites D9, which does not name it"),
        (spec.replacen("Code: `breaker`", "Code: `breaker`, `num`", 1), "names num, which does not cite it"),
        // A theorem that nobody names, and one that is not there.
        (spec.replace(&format!("`{theorem}`"), "`no_such_theorem`"), "no entry names the theorem"),
        (spec.replace(&format!("`{theorem}`"), "`no_such_theorem`"), "`no_such_theorem` is not there"),
        // A file of tests that nobody names.
        (spec.replace("`naive_rules", "`window"), "no entry names the tests naive_rules"),
    ];
    for (number, (text, complaint)) in doctored.iter().enumerate() {
        assert_ne!(*text, spec, "nothing to doctor: {number}");
        assert!(untraced(text).iter().any(|wrong| wrong.contains(complaint)), "{number}: {:?}", untraced(text));
    }
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
