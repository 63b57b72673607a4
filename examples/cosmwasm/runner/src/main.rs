//! Runs the compiled contract and the cases in cosmwasm-vm, compares with the host, and writes or checks GAS.md.

mod cases;
#[path = "../../../costs/runner/src/figures.rs"]
mod figures;
mod life;
mod machine;
mod sizes;
mod table;

use std::process::ExitCode;

/// On the host a call is not marked.
pub fn mark(_arguments: *const u8, _result: *mut u8) {}

/// Room that is never given back.
pub fn place(size: usize) -> *mut u8 {
    Box::leak(vec![0_u128; size.div_ceil(16)].into_boxed_slice()).as_mut_ptr().cast()
}

/// The machine refers to a routine that Rust's own library no longer has.
#[unsafe(no_mangle)]
extern "C" fn __rust_probestack() {}

fn go() -> Result<(), String> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [mode, contract, cases, callgrind, stored] = &arguments[..] else {
        return Err("usage: cosmwasm-runner --check|--write CONTRACT.wasm CASES.wasm CALLGRIND.out STORED.wasm".into());
    };
    let load = |path: &str| sizes::read(&std::fs::read(path).map_err(|error| format!("{path}: {error}"))?);
    let (contract, cases) = (load(contract)?, load(cases)?);
    machine::check("the contract", &contract, &["damper", "market"])?;
    machine::check("the cases", &cases, &[])?;
    println!("a chain takes both modules; floating-point instructions are in {:?} alone", contract.floats);
    std::fs::write(stored, &contract.stored).map_err(|error| format!("{stored}: {error}"))?;
    let messages = life::costs(&contract.stored)?;
    let callgrind = std::fs::read_to_string(callgrind).map_err(|error| format!("{callgrind}: {error}"))?;
    let functions = cases::costs(&cases.stored, &callgrind)?;
    let table = table::render(&messages, &functions, &contract, &cases);
    let committed = concat!(env!("CARGO_MANIFEST_DIR"), "/../GAS.md");
    match mode.as_str() {
        "--write" => std::fs::write(committed, table).map_err(|error| format!("{committed}: {error}")),
        "--check" => {
            let old = std::fs::read_to_string(committed).map_err(|error| format!("{committed}: {error}"))?;
            figures::check("GAS.md", "examples/cosmwasm/run.sh", &old, &table)
        }
        _ => Err(format!("unknown mode {mode}")),
    }
}

fn main() -> ExitCode {
    match go() {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}
