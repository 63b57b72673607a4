//! Structure of the source: one-way imports, no float, no allocation, no unsafe code, short files, an example for each item.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// Lines of code that a file may have.
const CODE_LINES: usize = 400;
/// Words that may not occur in code, and what they would bring in.
const FORBIDDEN: [(&str, &str); 5] = [
    ("f32", "a float"),
    ("f64", "a float"),
    ("alloc", "an allocation"),
    ("std", "the standard library"),
    ("unsafe", "unsafe code"),
];

/// Modules that may use floats: off chain, behind the feature `calibrate`, and nothing else imports them.
const OFF_CHAIN: [&str; 4] = ["history", "refusal", "proposal", "calibrate"];
/// What a feature brings in, and the file and the text that may do so: no build without the feature has it.
const BEHIND_A_FEATURE: [(&str, &str, &str); 2] = [
    ("lib", "std", "#[cfg(feature = )]\nextern crate std;"),
    ("schema", "alloc", "schemars::_private::alloc::borrow::Cow<"),
];

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Whether `lib.rs` declares the module behind the feature `calibrate`, among its attributes.
fn is_behind_the_feature(lib: &str, module: &str) -> bool {
    let lines: Vec<&str> = lib.lines().map(str::trim).collect();
    let declared = |line: &&str| line.ends_with(&format!("mod {module};")) && !line.starts_with("//");
    let Some(at) = lines.iter().position(declared) else { return false };
    let mut attributes = lines[..at].iter().rev().take_while(|line| line.starts_with("#["));
    attributes.any(|line| *line == "#[cfg(feature = \"calibrate\")]")
}

/// The code of a source text: comments, strings and character literals blanked, lines kept.
fn code(source: &str) -> String {
    let mut code = String::new();
    let mut rest = source;
    while let Some(first) = rest.chars().next() {
        let skipped = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if first == '"' {
            string_length(rest)
        } else if first == '\'' {
            character_length(rest)
        } else {
            0
        };
        if skipped == 0 {
            code.push(first);
            rest = &rest[first.len_utf8()..];
        } else {
            code.extend(rest[..skipped].chars().filter(|&c| c == '\n'));
            code.push(' ');
            rest = &rest[skipped..];
        }
    }
    code
}

/// The length of the string literal that the text starts with.
fn string_length(text: &str) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// The length of the character literal that the text starts with; zero for a lifetime.
fn character_length(text: &str) -> usize {
    let mut chars = text.char_indices().skip(1);
    match (chars.next(), chars.next(), chars.next()) {
        (Some((_, '\\')), Some(_), Some((from, _))) => text[from..].find('\'').map_or(0, |end| from + end + 1),
        (Some(_), Some((at, '\'')), _) => at + 1,
        _ => 0,
    }
}

/// The modules that `lib.rs` declares, in order.
fn modules(lib: &str) -> Vec<String> {
    let words: Vec<String> = code(lib).split(|c: char| !is_word(c) && c != ';').map(str::to_owned).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).filter(|word| !word.is_empty()).collect();
    let declared = words.windows(2).filter(|pair| pair[0] == "mod").map(|pair| pair[1]);
    declared.filter_map(|name| name.strip_suffix(';')).map(str::to_owned).collect()
}

/// The modules that a source text names by a path through the crate or through its parent.
fn imports(source: &str) -> Vec<String> {
    // A path in a macro is that of the place where it is used, which names the macro.
    let code = code(source).replace("$crate", "");
    let mut found = Vec::new();
    for root in ["crate", "super"] {
        for (start, _) in code.match_indices(root) {
            if code[..start].chars().next_back().is_some_and(is_word) {
                continue;
            }
            let rest = code[start + root.len()..].trim_start();
            let Some(path) = rest.strip_prefix("::") else { continue };
            let path = path.trim_start();
            match path.strip_prefix('{') {
                Some(group) => found.extend(heads(group)),
                None => found.push(path.chars().take_while(|&c| is_word(c)).collect()),
            }
        }
    }
    found
}

/// The first word of each entry of a group of imports, up to its closing brace.
fn heads(group: &str) -> Vec<String> {
    let (mut depth, mut heads, mut head) = (0_u32, Vec::new(), Some(String::new()));
    for c in group.chars() {
        match c {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            '}' => break,
            ',' if depth == 0 => heads.extend(head.replace(String::new())),
            _ if depth > 0 => {}
            _ if is_word(c) => head.iter_mut().for_each(|head| head.push(c)),
            _ if c.is_whitespace() => {}
            _ => heads.extend(head.take()),
        }
    }
    heads.extend(head);
    heads.retain(|head| !head.is_empty());
    heads
}

/// Every breach of the rules, in words, of a crate given as `lib.rs` and the files of its modules.
fn breaches(lib: &str, files: &BTreeMap<String, String>) -> Vec<String> {
    let order = modules(lib);
    let mut breaches = Vec::new();
    for name in files.keys().filter(|name| !order.contains(name)) {
        breaches.push(format!("{name} is not declared in lib.rs"));
    }
    for (place, name) in order.iter().enumerate() {
        let Some(source) = files.get(name) else {
            breaches.push(format!("{name} has no file"));
            continue;
        };
        for import in imports(source) {
            match order.iter().position(|module| *module == import) {
                Some(_) if OFF_CHAIN.contains(&import.as_str()) && !OFF_CHAIN.contains(&name.as_str()) => {
                    breaches.push(format!("{name} imports {import}, which is off chain"));
                }
                Some(other) if other < place => {}
                Some(_) => breaches.push(format!("{name} imports {import}, which is not above it")),
                None => breaches.push(format!("{name} imports {import}, which is no module")),
            }
        }
    }
    for (name, source) in files.iter().map(|(name, source)| (name.as_str(), source.as_str())).chain([("lib", lib)]) {
        let code = code(source);
        if OFF_CHAIN.contains(&name) && !is_behind_the_feature(lib, name) {
            breaches.push(format!("{name} is not behind the feature"));
        }
        let mut searched = code.clone();
        for (_, _, text) in BEHIND_A_FEATURE.iter().filter(|(file, ..)| *file == name) {
            searched = searched.replacen(&text.replace("= )", "=  )"), "", 1);
        }
        for (word, meaning) in FORBIDDEN {
            if word.starts_with('f') && OFF_CHAIN.contains(&name) {
                continue;
            }
            let code = &searched;
            let found = code.split(|c: char| !is_word(c)).any(|found| found == word);
            if found {
                breaches.push(format!("{name} brings in {meaning}: {word}"));
            }
        }
        let lines = code.lines().filter(|line| !line.trim().is_empty()).count();
        if lines > CODE_LINES {
            breaches.push(format!("{name} has {lines} lines of code"));
        }
    }
    breaches
}

fn sources() -> (String, BTreeMap<String, String>) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(folder).expect("the sources") {
        let path = entry.expect("an entry").path();
        // What may be in it: `the_guide_is_its_pages`.
        if path.ends_with("guide") && path.is_dir() {
            continue;
        }
        assert!(path.extension().is_some_and(|end| end == "rs"), "{} is no module of the one level", path.display());
        let name = path.file_stem().and_then(|stem| stem.to_str()).expect("a name").to_owned();
        files.insert(name, fs::read_to_string(&path).expect("a source"));
    }
    (files.remove("lib").expect("lib.rs"), files)
}

#[test]
fn the_source_keeps_the_rules() {
    let (lib, files) = sources();
    assert!(modules(&lib).len() >= 18, "{:?}", modules(&lib));
    assert_eq!(modules(&lib).len(), files.len());
    // The scan sees imports at all.
    assert!(imports(&files["ledger"]).contains(&"window".to_owned()), "{:?}", imports(&files["ledger"]));
    assert_eq!(breaches(&lib, &files), Vec::<String>::new());
    assert!(lib.contains("#![no_std]"));
    // There are floats where they may be, and the exception is of nothing else.
    assert!(OFF_CHAIN.iter().all(|module| files.contains_key(*module)));
    assert!(files["history"].contains("f64") && files["proposal"].contains("f64"));
}

/// What is wrong with the guide, in words: its module is a list of pages, each of texts and pictures of its folder, the first of
/// which has its name, and no more.
fn misplaced(module: &str, folder: &[String]) -> Vec<String> {
    let (mut wrong, mut listed, mut parts) = (Vec::new(), Vec::new(), Vec::<&str>::new());
    for line in module.lines().filter(|line| !line.is_empty() && !line.starts_with("//!")) {
        if let Some(part) =
            line.strip_prefix("#[doc = include_str!(\"guide/").and_then(|rest| rest.strip_suffix("\")]"))
        {
            parts.push(part);
            continue;
        }
        let page = line.strip_prefix("pub mod ").and_then(|rest| rest.strip_suffix(" {}"));
        match (page, parts.first()) {
            (Some(page), Some(first)) if *first == format!("{page}.md") => {}
            (Some(page), Some(_)) => wrong.push(format!("the first part of {page} is not of its name")),
            _ => wrong.push(format!("no page: {line}")),
        }
        listed.append(&mut parts);
    }
    let is_part = |file: &str| file.ends_with(".md") || file.ends_with(".svg");
    let unlisted = folder.iter().filter(|file| !listed.contains(&file.as_str()) || !is_part(file));
    wrong.extend(unlisted.map(|file| format!("{file} is not in the guide")));
    let missing = listed.iter().filter(|part| !folder.iter().any(|file| file == *part));
    wrong.extend(missing.map(|part| format!("{part} has no file")));
    wrong
}

#[test]
fn the_guide_is_its_pages() {
    let (lib, files) = sources();
    assert!(lib.contains("#[cfg(any(doc, doctest))]\npub mod guide;"));
    let folder = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/guide")).expect("the pages");
    let name =
        |entry: std::io::Result<fs::DirEntry>| entry.expect("an entry").file_name().into_string().expect("a name");
    let folder: Vec<String> = folder.map(name).collect();
    assert!(folder.len() >= 4, "{folder:?}");
    assert_eq!(misplaced(&files["guide"], &folder), Vec::<String>::new());

    // Code in the module, a page under another's name, a file beside the pages, a page without a file.
    let page = "#[doc = include_str!(\"guide/bot.md\")]\npub mod bot {}\n";
    let pages = ["bot.md".to_owned()];
    assert_eq!(misplaced(&format!("//! Words.\n\n{page}"), &pages), Vec::<String>::new());
    assert_eq!(misplaced(&format!("{page}pub fn f() {{}}"), &pages), ["no page: pub fn f() {}"]);
    let other = page.replace("mod bot", "mod keeper");
    assert_eq!(misplaced(&other, &pages), ["the first part of keeper is not of its name"]);
    let drawn = page.replace("pub mod", "#[doc = include_str!(\"guide/1987.svg\")]\npub mod");
    assert_eq!(misplaced(&drawn, &[pages[0].clone(), "1987.svg".to_owned()]), Vec::<String>::new());
    assert_eq!(misplaced(&drawn, &pages), ["1987.svg has no file"]);
    assert_eq!(misplaced(page, &[pages[0].clone(), "rule.rs".to_owned()]), ["rule.rs is not in the guide"]);
    assert_eq!(misplaced(page, &[]), ["bot.md has no file"]);
}

/// A crate of three modules that keeps the rules, for doctoring.
fn sound() -> (String, BTreeMap<String, String>) {
    let lib = "#![no_std]\n// mod ghost;\nmod error;\npub mod num;\npub mod price;\npub use error::Error;\n";
    let files = [
        ("error", "/// std::fmt and f64 in a comment.\npub enum Error {}\nconst TEXT: &str = \"unsafe \\\" f32\";\n"),
        ("num", "use crate::error::Error;\nconst QUOTE: char = '\"';\nfn f<'a>(x: &'a u8) -> &'a u8 { x }\n"),
        ("price", "use crate::{error::Error, num::{self, shr}};\nuse core::fmt;\nfn alloc_free() {}\n"),
    ];
    (lib.to_owned(), files.map(|(name, source)| (name.to_owned(), source.to_owned())).into())
}

/// What is found when a line is added to a file of the sound crate.
fn doctored(name: &str, line: &str) -> Vec<String> {
    let (mut lib, mut files) = sound();
    match files.get_mut(name) {
        Some(source) => source.push_str(line),
        None => lib.push_str(line),
    }
    breaches(&lib, &files)
}

#[test]
fn the_checker_bites() {
    let (lib, files) = sound();
    assert_eq!(breaches(&lib, &files), Vec::<String>::new());
    assert_eq!(modules(&lib), ["error", "num", "price"]);
    assert_eq!(imports(&files["price"]), ["error", "num"]);

    // Imports: upward, sideways, grouped, inline, by the parent, of nothing.
    for line in [
        "use crate::price::Price;",
        "use crate::{price::Price};",
        "use crate::{error::{self, Error}, price};",
        "use super::price::Price;",
        "fn f() { crate::price::g() }",
        "use crate ::\n    price::Price;",
    ] {
        assert_eq!(doctored("num", line), ["num imports price, which is not above it"], "{line}");
    }
    assert_eq!(doctored("num", "use crate::num::x;"), ["num imports num, which is not above it"]);
    assert_eq!(doctored("price", "use crate::ghost::x;"), ["price imports ghost, which is no module"]);
    assert_eq!(doctored("price", "use crate::Error;"), ["price imports Error, which is no module"]);
    assert_eq!(doctored("price", "// use crate::ghost::x;"), Vec::<String>::new());

    // Words, in the modules and in lib.rs.
    for (line, found) in [
        ("const X: f64 = 0.0;", "a float: f64"),
        ("fn f(x: f32) {}", "a float: f32"),
        ("extern crate alloc;", "an allocation: alloc"),
        ("use std::fmt;", "the standard library: std"),
        ("fn f() { unsafe {} }", "unsafe code: unsafe"),
        ("const A: char = '\"'; const X: f64 = 0.0;", "a float: f64"),
        ("const A: &str = \"\\\\\"; const X: f64 = 0.0;", "a float: f64"),
        ("const A: char = '\\''; const X: f64 = 0.0;", "a float: f64"),
        ("/* f32 */ const X: f64 = 0.0;", "a float: f64"),
    ] {
        assert_eq!(doctored("price", line), [format!("price brings in {found}")], "{line}");
        assert_eq!(doctored("lib", line), [format!("lib brings in {found}")], "{line}");
    }

    // What a feature brings in is let through once, in its place.
    let behind = "#[cfg(feature = \"arbitrary\")]\nextern crate std;";
    assert_eq!(doctored("lib", behind), Vec::<String>::new());
    assert_eq!(doctored("lib", &format!("{behind}\n{behind}")), ["lib brings in the standard library: std"]);
    assert_eq!(doctored("price", behind), ["price brings in the standard library: std"]);
    assert_eq!(doctored("lib", "#[cfg(unix)]\nextern crate std;"), ["lib brings in the standard library: std"]);

    // Length: comments and blank lines do not count.
    let spare = CODE_LINES - 3;
    assert_eq!(doctored("price", &"const X: u8 = 0;\n\n// Words.\n".repeat(spare)), Vec::<String>::new());
    assert_eq!(doctored("price", &"const X: u8 = 0;\n".repeat(spare + 1)), ["price has 401 lines of code"]);

    // Floats off chain: behind the feature, and imported by none that is not.
    let off_chain = |lib_line: &str, source: &str, importer: &str| {
        let (mut lib, mut files) = sound();
        lib.push_str(lib_line);
        files.insert("history".to_owned(), source.to_owned());
        files.get_mut("price").expect("a module").push_str(importer);
        breaches(&lib, &files)
    };
    let behind = "#[cfg(feature = \"calibrate\")]\n#[allow(x)]\npub mod history;\n";
    assert_eq!(off_chain(behind, "const X: f64 = 0.0;", ""), Vec::<String>::new());
    assert_eq!(off_chain(behind, "use std::f64;", ""), ["history brings in the standard library: std"]);
    for open in ["pub mod history;\n", "#[cfg(feature = \"defmt\")]\npub mod history;\n"] {
        assert_eq!(off_chain(open, "", ""), ["history is not behind the feature"]);
    }
    let separated = "#[cfg(feature = \"calibrate\")]\nuse x;\npub mod history;\n";
    assert_eq!(off_chain(separated, "", ""), ["history is not behind the feature"]);
    let imports = off_chain(behind, "", "use crate::history::History;");
    assert_eq!(imports, ["price imports history, which is off chain"]);

    // Files and declarations.
    assert_eq!(doctored("lib", "mod ghost;"), ["ghost has no file"]);
    let (lib, mut files) = sound();
    files.insert("ghost".to_owned(), String::new());
    assert_eq!(breaches(&lib, &files), ["ghost is not declared in lib.rs"]);
}

/// How a public item begins, without visibility to a part of the crate.
const PUBLIC: [&str; 7] =
    ["pub fn ", "pub const ", "pub enum ", "pub struct ", "pub trait ", "pub type ", "pub static "];

/// The public items of a source text that have neither an example nor the name of the item whose example shows them.
fn without_example(source: &str) -> Vec<&str> {
    let lines: Vec<&str> = source.lines().map(str::trim).collect();
    let is_public = |line: &str| PUBLIC.iter().any(|start| line.starts_with(start));
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate().filter(|(_, line)| is_public(line)) {
        let mut above = lines[..at].iter().rev().take_while(|line| line.starts_with("//") || line.starts_with('#'));
        // What a macro puts on an item is that of the place where it is used, which is looked at by itself.
        let from_a_macro = lines[..at].last().is_some_and(|line| line.starts_with("$(#["));
        if !from_a_macro && !above.any(|line| *line == "/// # Examples") {
            found.push(*line);
        }
    }
    found
}

#[test]
fn each_public_item_has_an_example() {
    let (_, files) = sources();
    let mut without: Vec<String> = Vec::new();
    let mut items = 0;
    for (name, source) in &files {
        items += source.lines().filter(|line| PUBLIC.iter().any(|start| line.trim().starts_with(start))).count();
        without.extend(without_example(source).into_iter().map(|line| format!("{name}: {line}")));
    }
    assert!(items > 600, "{items} items were looked at");
    // The trait that keeps others from being implemented elsewhere is in a module of its own, which is not public.
    assert_eq!(without, ["packed: pub trait Sealed {}"]);

    let shown = "/// Words.\n///\n/// # Examples\n/// See [`x`].\n#[must_use]\n";
    assert_eq!(without_example(&format!("{shown}pub const fn x() {{}}\n")), Vec::<&str>::new());
    assert_eq!(without_example(&format!("{shown}fn x() {{}}\npub fn y() {{}}\n")), ["pub fn y() {}"]);
    assert_eq!(
        without_example("/// Words.\n    pub const X: u8 = 0;\npub(crate) fn y() {}\n"),
        ["pub const X: u8 = 0;"]
    );
}
