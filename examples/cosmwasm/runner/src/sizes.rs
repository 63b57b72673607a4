//! Bytes of code.

use std::collections::BTreeSet;
use wasmparser::{FunctionBody, KnownCustom, Name, Parser, Payload, TypeRef, ValType};

/// A module as it is stored on a chain, and where its code comes from.
pub struct Module {
    /// Without names and other notes.
    pub stored: Vec<u8>,
    /// Bytes of the functions of each crate, by its name.
    pub crates: Vec<(String, u64)>,
    /// Crates with functions that have floating-point instructions.
    pub floats: BTreeSet<String>,
}

/// Reads a module with names.
pub fn read(wasm: &[u8]) -> Result<Module, String> {
    let fail = |error: wasmparser::BinaryReaderError| error.to_string();
    // Magic number and version.
    let mut stored = wasm.get(..8).ok_or("no module")?.to_vec();
    let (mut imported, mut bodies, mut names) = (0, Vec::new(), Vec::new());
    for payload in Parser::new(0).parse_all(wasm) {
        let payload = payload.map_err(fail)?;
        match &payload {
            Payload::ImportSection(imports) => {
                for import in imports.clone() {
                    imported += usize::from(matches!(import.map_err(fail)?.ty, TypeRef::Func(_)));
                }
            }
            Payload::CodeSectionEntry(body) => {
                bodies.push((body.range().len() as u64, has_floats(body).map_err(fail)?))
            }
            Payload::CustomSection(section) => {
                if let KnownCustom::Name(all) = section.as_known() {
                    for name in all {
                        if let Name::Function(functions) = name.map_err(fail)? {
                            for function in functions {
                                let function = function.map_err(fail)?;
                                names.push((function.index as usize, function.name.to_string()));
                            }
                        }
                    }
                }
            }
            _ => {}
        }
        if !matches!(payload, Payload::CustomSection(_))
            && let Some((id, range)) = payload.as_section()
        {
            stored.push(id);
            let mut length = range.len();
            loop {
                let byte = (length & 127) as u8;
                length >>= 7;
                if length == 0 {
                    stored.push(byte);
                    break;
                }
                stored.push(byte | 128);
            }
            stored.extend(&wasm[range]);
        }
    }
    let mut crates: Vec<(String, u64)> = Vec::new();
    let mut floats = BTreeSet::new();
    for (index, (bytes, float)) in bodies.iter().enumerate() {
        let name = names.iter().find(|(known, _)| *known == index + imported).map_or("", |(_, name)| name);
        let name = of(name);
        if *float {
            floats.insert(name.clone());
        }
        match crates.iter_mut().find(|(known, _)| *known == name) {
            Some((_, sum)) => *sum += bytes,
            None => crates.push((name, *bytes)),
        }
    }
    crates.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    Ok(Module { stored, crates, floats })
}

/// Whether a function has floating-point variables or instructions.
fn has_floats(body: &FunctionBody<'_>) -> Result<bool, wasmparser::BinaryReaderError> {
    for local in body.get_locals_reader()? {
        if matches!(local?.1, ValType::F32 | ValType::F64) {
            return Ok(true);
        }
    }
    for operator in body.get_operators_reader()? {
        // F64Load, I32TruncF64S and the like.
        let name = format!("{:?}", operator?);
        let name = name.split_whitespace().next().unwrap_or_default();
        if name.contains("F32") || name.contains("F64") {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The crate that a function is of.
fn of(symbol: &str) -> String {
    let name = format!("{:#}", rustc_demangle::demangle(symbol));
    let start =
        name.trim_start_matches(['<', '&', '[', '(', '*']).trim_start_matches("mut ").trim_start_matches("dyn ");
    let end = start.find(|character: char| !(character.is_alphanumeric() || character == '_')).unwrap_or(start.len());
    let first = start[..end].to_string();
    if start[end..].starts_with("::") { first } else { "no crate".to_string() }
}
