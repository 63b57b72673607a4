//! What of the check needs a program: whether every public function is called, and what an SBF image can call.
//!
//! `check names SOURCE CALLS` reads damper's source and the files of calls, and fails on a public function that is not called
//! in the function of its module. `check symbols IMAGE` fails if an image for the bare machine holds a function that only
//! panics, formatting or allocations need, and says who calls it. `check calls IMAGE` fails if an SBF image calls anything of
//! its system but memory.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::ExitCode;

/// Traits whose implementations are not called, and why.
const NOT_CALLED: [(&str, &str); 7] = [
    ("core::fmt::Display", "formatting, by its nature"),
    ("core::error::Error", "it has no function of its own"),
    ("defmt::Format", "formatting, and in no build without the feature"),
    ("Stored", "not public; `write_to` and `read_from` call it"),
    ("Store", "`Packed::of` and `Packed::get` call it"),
    ("forms::Field", "not public, and in no build without a feature"),
    ("forms::Checked", "not public, and in no build without a feature"),
];

/// Modules whose functions are not called: floats of a configuration's author, behind the feature `calibrate`, which no
/// program that is linked for a machine without an operating system has. They are fuzzed and tested on the host.
const OFF_CHAIN: [&str; 3] = ["history", "proposal", "calibrate"];

/// A public function: the name of its type, or nothing, and its own.
type Function = (String, String);

/// The functions that a macro gives to the type that it is called with.
struct Macro {
    functions: BTreeSet<String>,
    /// The type, if it is not the macro's argument.
    fixed: Option<String>,
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn word(text: &str) -> &str {
    &text[..text.find(|c| !is_word(c)).unwrap_or(text.len())]
}

/// Source without comments, line by line.
fn lines(source: &str) -> impl Iterator<Item = &str> {
    source.lines().map(|line| line.split("//").next().unwrap_or("")).filter(|line| !line.trim().is_empty())
}

/// The name of a function that a line declares, and whether it is public.
fn function(line: &str) -> Option<(String, bool)> {
    let mut rest = line.trim_start();
    let public = rest.starts_with("pub ");
    loop {
        let (first, after) = rest.split_once(' ')?;
        match first {
            "fn" => return Some((word(after).to_owned(), public)),
            "pub" | "const" | "async" | "unsafe" | "extern" | "\"C\"" => rest = after,
            _ => return None,
        }
    }
}

/// The type of an `impl`, and its trait if it has one.
fn implemented(line: &str) -> (String, Option<String>) {
    let mut rest = line.trim_start().strip_prefix("impl").expect("an impl");
    let mut depth = 0;
    if rest.starts_with('<') {
        let end = rest.find(|c| {
            depth += i32::from(c == '<') - i32::from(c == '>');
            depth == 0
        });
        rest = &rest[end.expect("a closed list of generics") + 1..];
    }
    let rest = rest.trim_start();
    match rest.split_once(" for ") {
        None => (word(rest).to_owned(), None),
        Some((of, on)) => (word(on.trim_start_matches('$')).to_owned(), Some(of.to_owned())),
    }
}

/// The functions of one module that its callers can reach, with those that a macro gives.
fn declared(source: &str, macros: &mut BTreeMap<String, Macro>) -> Result<BTreeSet<Function>, String> {
    let mut found = BTreeSet::new();
    let mut types = Vec::new();
    let (mut within_macro, mut invoked) = (None, None::<(String, String)>);
    let mut within: Option<(String, Option<String>)> = None;
    for line in lines(source) {
        let top = !line.starts_with(char::is_whitespace);
        if let Some((name, text)) = &mut invoked {
            if line.starts_with('}') {
                types.push((name.clone(), text.clone()));
                invoked = None;
            } else if !line.trim_start().starts_with('#') {
                text.push_str(line.trim());
            }
            continue;
        }
        if top && line.starts_with("macro_rules! ") {
            within_macro = Some(word(&line["macro_rules! ".len()..]).to_owned());
        } else if line.starts_with('}') {
            (within_macro, within) = (None, None);
        } else if let Some(name) = &within_macro {
            if line.trim_start().starts_with("impl") {
                within = Some(implemented(line));
            }
            let Some((function, public)) = function(line) else { continue };
            let of = within.as_ref().and_then(|(_, of)| of.as_deref());
            let called = of.is_some_and(|of| !NOT_CALLED.iter().any(|(not, _)| of.ends_with(not)));
            if public || called {
                let fixed = within.as_ref().map(|(on, _)| on.clone()).filter(|on| !on.is_empty() && on != "name");
                let known = macros.entry(name.clone()).or_insert(Macro { functions: BTreeSet::new(), fixed });
                known.functions.insert(function);
            }
        } else if top && line.starts_with("impl") {
            within = Some(implemented(line));
        } else if let Some((name, public)) = function(line) {
            match &within {
                Some((_, Some(of))) if NOT_CALLED.iter().any(|(not, _)| of == not) => {}
                Some((on, Some(_))) => drop(found.insert((on.clone(), name))),
                Some((on, None)) if public => drop(found.insert((on.clone(), name))),
                None if public && top => drop(found.insert((String::new(), name))),
                _ if public => return Err(format!("cannot say whose function {name} is: {line}")),
                _ => {}
            }
        } else if top && (line.contains("! {") || line.contains("!(")) {
            let (name, text) = line.split_once('!').unwrap_or((line, ""));
            let name = name.rsplit("::").next().unwrap_or(name).to_owned();
            let text = text.trim_start_matches([' ', '(', '{']).to_owned();
            if line.trim_end().ends_with('{') { invoked = Some((name, text)) } else { types.push((name, text)) }
        } else if line.trim_start().starts_with("pub trait S") {
            // The traits of packed forms, whose implementations are not called by their own names.
        } else if line.trim_start().starts_with("pub mod") || line.trim_start().starts_with("pub trait") {
            return Err(format!("not known to this check: {line}"));
        }
    }
    for (name, text) in types {
        let Some(Macro { functions, fixed }) = macros.get(&name) else { continue };
        // `@[const K: usize] Queue<K>: Queue, K` and `Amount, "base atoms"`.
        let argument = text.split_once(']').filter(|_| text.starts_with('@')).map_or(text.as_str(), |(_, rest)| rest);
        let on = fixed.clone().unwrap_or_else(|| word(argument.trim_start()).to_owned());
        found.extend(functions.iter().map(|function| (on.clone(), function.clone())));
    }
    Ok(found)
}

/// Every function of the public modules, by module.
fn public(directory: &str) -> Result<BTreeMap<String, BTreeSet<Function>>, String> {
    let read = |module: &str| {
        let path = format!("{directory}/{module}.rs");
        fs::read_to_string(&path).map_err(|error| format!("{path}: {error}"))
    };
    let lib = read("lib")?;
    let mut macros = BTreeMap::new();
    let mut modules = BTreeMap::new();
    // The macros of a module are those of the modules below it.
    for line in lines(&lib) {
        let Some((visibility, module)) = line.split_once("mod ") else { continue };
        let module = word(module);
        // Pages are in no build but the documentation's.
        if module == "guide" || OFF_CHAIN.contains(&module) {
            continue;
        }
        let functions = declared(&read(module)?, &mut macros)?;
        // `pub use error::Error`.
        if visibility == "pub " || lib.contains(&format!("pub use {module}::")) {
            modules.insert(module.to_owned(), functions);
        }
    }
    Ok(modules)
}

/// What a text names: generics taken out, `<Amount as From<u64>>::from` as `Amount::from`.
fn named(body: &str) -> BTreeSet<Function> {
    let mut text = String::new();
    let mut rest = body;
    while let Some(c) = rest.chars().next() {
        if rest.starts_with("::<") {
            let mut depth = 0;
            let end = rest.find(|c| {
                depth += i32::from(c == '<') - i32::from(c == '>');
                c == '>' && depth == 0
            });
            rest = &rest[end.map_or(rest.len(), |end| end + 1)..];
        } else if let Some((on, after)) = rest.strip_prefix('<').and_then(|rest| rest.split_once(" as ")) {
            text.push_str(on);
            rest = after.split_once(">::").map_or("", |(_, method)| method);
            text.push_str("::");
        } else {
            text.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    let mut names = BTreeSet::new();
    for path in text.split(|c: char| !is_word(c) && c != ':').filter(|path| !path.is_empty()) {
        let mut parts = path.rsplit("::");
        let last = parts.next().unwrap_or_default().to_owned();
        names.insert((parts.next().unwrap_or_default().to_owned(), last));
    }
    names
}

/// What the function of each module names.
fn called(directory: &str) -> Result<BTreeMap<String, BTreeSet<Function>>, String> {
    let mut modules = BTreeMap::new();
    for entry in fs::read_dir(directory).map_err(|error| format!("{directory}: {error}"))? {
        let path = entry.map_err(|error| error.to_string())?.path();
        let source = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let source: String = lines(&source).flat_map(|line| [line, "\n"]).collect();
        for part in source.split("\nfn ").skip(1) {
            let body = &part[..part.find("\n}").ok_or("a function without an end")?];
            // The first lines import; they call nothing.
            let calls: String =
                body.split_inclusive('\n').filter(|line| !line.trim_start().starts_with("use ")).collect();
            modules.insert(word(part).to_owned(), named(&calls));
        }
    }
    Ok(modules)
}

fn names(source: &str, calls: &str) -> Result<(), String> {
    let (public, called) = (public(source)?, called(calls)?);
    let empty = BTreeSet::new();
    let mut forgotten = Vec::new();
    let mut count = 0;
    for (module, functions) in &public {
        let names = called.get(module).unwrap_or(&empty);
        count += functions.len();
        for (on, name) in functions.difference(names) {
            forgotten.push(format!("{module}::{on}{}{name}", if on.is_empty() { "" } else { "::" }));
        }
    }
    if !forgotten.is_empty() {
        return Err(format!("not called: {}", forgotten.join(", ")));
    }
    let with = public.values().filter(|functions| !functions.is_empty()).count();
    println!("{count} public functions of {with} modules, each called");
    Ok(())
}

/// Parts of the names of functions that are linked only for panics, formatting and allocations, as they are mangled.
const REFUSED: [&str; 22] = [
    "panic_is_reachable",
    "allocation_is_reachable",
    "4core9panicking",
    "4core3fmt",
    "4core9unwinding",
    "4core5alloc",
    "5alloc",
    "begin_unwind",
    "rust_panic",
    "panic_fmt",
    "panic_bounds_check",
    "panic_const",
    "panic_nounwind",
    "unwrap_failed",
    "expect_failed",
    "slice_index_fail",
    "len_mismatch_fail",
    "copy_from_slice_impl",
    "__rust_alloc",
    "__rust_dealloc",
    "__rdl_",
    "__rg_",
];

fn refused(name: &str) -> bool {
    REFUSED.iter().any(|part| name.contains(part))
}

/// An ELF file of 32 bits, little-endian, that was linked with `--emit-relocs`.
struct Elf<'a>(&'a [u8]);

impl<'a> Elf<'a> {
    fn word(&self, at: usize) -> usize {
        u32::from_le_bytes(self.0[at..at + 4].try_into().expect("four bytes")) as usize
    }

    fn half(&self, at: usize) -> usize {
        usize::from(u16::from_le_bytes([self.0[at], self.0[at + 1]]))
    }

    /// Type, contents and link of each section.
    fn sections(&self) -> Vec<(usize, &'a [u8], usize)> {
        let (headers, size, count) = (self.word(32), self.half(46), self.half(48));
        let header = |number| headers + number * size;
        (0..count)
            .map(|number| {
                let at = header(number);
                let (kind, from, length) = (self.word(at + 4), self.word(at + 16), self.word(at + 20));
                (kind, if kind == 8 { &[] } else { &self.0[from..from + length] }, self.word(at + 24))
            })
            .collect()
    }
}

fn text(bytes: &[u8], from: usize) -> String {
    bytes[from..].iter().take_while(|&&byte| byte != 0).map(|&byte| char::from(byte)).collect()
}

/// Symbols of functions, and who of them refers to a refused one.
fn symbols(path: &str) -> Result<(), String> {
    let bytes = fs::read(path).map_err(|error| format!("{path}: {error}"))?;
    let sections = Elf(&bytes).sections();
    let (_, table, strings) = *sections.iter().find(|(kind, ..)| *kind == 2).ok_or("no symbols")?;
    let strings = sections[strings].1;
    let (mut all, mut functions) = (Vec::new(), BTreeMap::new());
    for entry in table.chunks_exact(16) {
        let symbol = Elf(entry);
        let name = text(strings, symbol.word(0));
        if entry[12] & 15 == 2 {
            functions.insert(symbol.word(4) & !1, name.clone());
        }
        all.push(name);
    }
    let calls = functions.values().filter(|name| name.contains("8no_panic") && name.contains("4Call")).count();
    if calls < 100 {
        return Err(format!("{path} has {calls} calls: it is not the image"));
    }
    let found: BTreeSet<_> = all.iter().filter(|name| refused(name)).collect();
    if found.is_empty() {
        println!("{} functions, {calls} of them calls; none for panics, formatting or allocations", functions.len());
        return Ok(());
    }
    let mut callers = BTreeSet::new();
    for (_, relocations, _) in sections.iter().filter(|(kind, ..)| *kind == 9) {
        for entry in relocations.chunks_exact(8) {
            let (at, info) = (Elf(entry).word(0), Elf(entry).word(4));
            let caller = functions.range(..=at).next_back().map_or("", |(_, name)| name);
            if all.get(info >> 8).is_some_and(|name| refused(name)) && !refused(caller) {
                callers.insert(caller);
            }
        }
    }
    let lines = |names: &mut dyn Iterator<Item = &str>| names.map(|name| format!("\n  {name}")).collect::<String>();
    let (linked, by) = (lines(&mut found.iter().map(|name| name.as_str())), lines(&mut callers.into_iter()));
    Err(format!("{path} links{linked}\ncalled by{by}"))
}

/// System calls that only touch memory: memcpy, memmove, memset, memcmp.
const MEMORY: [u32; 4] = [0x717c_c4a3, 0x4343_71f8, 0x3770_fb22, 0x5fdc_de31];

/// System calls of the image's instructions, and how many instructions there are.
fn calls(path: &str) -> Result<(), String> {
    let elf = fs::read(path).map_err(|error| format!("{path}: {error}"))?;
    let word = |at: usize| u64::from_le_bytes(elf[at..at + 8].try_into().expect("eight bytes")) as usize;
    let half = |at: usize| usize::from(u16::from_le_bytes([elf[at], elf[at + 1]]));
    let (headers, size, count) = (word(32), half(54), half(56));
    let header = (0..count).map(|number| headers + number * size).find(|at| elf[at + 4] & 1 == 1);
    let at = header.ok_or("no executable segment")?;
    let text = &elf[word(at + 8)..][..word(at + 32)];
    // A call whose source is zero is one of the system; within the program it is one.
    let system: BTreeSet<u32> = text
        .chunks_exact(8)
        .filter(|insn| insn[0] == 0x85 && insn[1] >> 4 == 0)
        .map(|insn| u32::from_le_bytes([insn[4], insn[5], insn[6], insn[7]]))
        .collect();
    let within = text.chunks_exact(8).filter(|insn| insn[0] == 0x85 && insn[1] >> 4 == 1).count();
    if within < 100 {
        return Err(format!("{path} has {within} calls: it is not the image"));
    }
    for hash in &system {
        match hash {
            0xb6fc_1a11 => return Err(format!("{path} calls abort: something can panic")),
            hash if !MEMORY.contains(hash) => return Err(format!("{path} calls the system's {hash:#010x}")),
            _ => {}
        }
    }
    println!("{} instructions, {within} calls within, system calls for memory only", text.len() / 8);
    Ok(())
}

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let result = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["names", source, directory] => names(source, directory),
        ["symbols", image] => symbols(image),
        ["calls", image] => calls(image),
        _ => Err("usage: check names SOURCE CALLS | check symbols IMAGE | check calls IMAGE".to_owned()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
