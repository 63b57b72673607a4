//! Runs the five jobs of every number type on the machine and on the host, compares the answers, and prints the compute
//! units: for each range and job a line `RANGE TYPE::JOB ok|overflow UNITS`, means over the eight inputs of
//! `opponents::cases`; for each program of one type a line `bytes TYPE BYTES`. Or prints, for the first input of each, the
//! functions that its compute units go to.

mod inputs;
#[path = "../../jobs/mod.rs"]
mod jobs;
#[allow(dead_code, reason = "shared with the runner of the costs")]
#[path = "../../../costs/runner/src/machine.rs"]
mod machine;
#[allow(dead_code, reason = "shared with the runner of the costs")]
#[path = "../../../costs/runner/src/profile.rs"]
mod profile;

use inputs::Random;
use machine::Machine;
use opponents::cases::{NARROW, WIDE};
use std::process::ExitCode;

/// On the host a call is not marked.
pub fn mark(_arguments: *const u8, _result: *mut u8) {}

/// How many random inputs each job of each type is compared on, per range.
const RANDOM: usize = 250;

/// Inputs as words, low word first.
fn words(inputs: &[u128]) -> Vec<u64> {
    inputs.iter().flat_map(|input| [*input as u64, (*input >> 64) as u64]).collect()
}

/// Runs one job on both sides; its compute units, those of the empty call included, unless the input was refused.
fn both(machine: &Machine, number: usize, job: usize, inputs: &[u128]) -> Result<Option<u64>, String> {
    let (name, run) = jobs::TYPES[number];
    let inputs = words(inputs);
    let got = machine.run(number as u64, job as u64, &inputs).map_err(|error| format!("{name} {job}: {error}"))?;
    let mut expected = vec![0; 96];
    let mut io = jobs::Io::new(&inputs, &mut expected);
    run(job as u64, &mut io);
    let length = io.len();
    expected.truncate(length);
    if expected != got.words {
        return Err(format!("{name} {job} {inputs:?}: the machine says {:?}, the host {expected:?}", got.words));
    }
    if expected[0] == jobs::REFUSED {
        return Ok(None);
    }
    got.between.map(Some).ok_or_else(|| format!("{name} {job}: nothing was marked"))
}

fn go() -> Result<(), String> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (path, others) = match &arguments[..] {
        [mode, path, plain, module] if mode == "--profile" => return profile(path, plain, module),
        [path, others @ ..] => (path, others),
        [] => {
            let programs = "PROGRAM.so [TYPE=PROGRAM.so ...] | --profile PROGRAM.so PLAIN.so MODULE.ll";
            return Err(format!("usage: opponents-runner {programs}"));
        }
    };
    let machine = Machine::load(path, false)?;
    let empty = both(&machine, 0, 0, &[])?.ok_or("the empty call was not marked")?;
    let mut random = Random::new();
    for (range, cases) in [("narrow", &NARROW), ("wide", &WIDE)] {
        for (number, (name, _)) in jobs::TYPES.iter().enumerate().skip(1) {
            for (number_of_job, (job, kind)) in inputs::jobs(name).iter().enumerate() {
                let mut units = Vec::new();
                for inputs in kind.fixed(cases) {
                    units.push(both(&machine, number, number_of_job, &inputs)?);
                }
                for _ in 0..RANDOM {
                    both(&machine, number, number_of_job, &kind.random(cases, &mut random))?;
                }
                let taken: Vec<u64> = units.iter().flatten().map(|units| units - empty).collect();
                let fits = if taken.len() == units.len() { "ok" } else { "overflow" };
                let mean = taken.iter().sum::<u64>() as f64 / taken.len().max(1) as f64;
                println!("{range} {name}::{job} {fits} {mean:.3}");
            }
        }
    }
    for other in others {
        let (name, path) = other.split_once('=').ok_or("TYPE=PROGRAM.so")?;
        println!("bytes {name} {}", Machine::load(path, false)?.text().len());
    }
    Ok(())
}

/// The functions that the compute units of a job go to, on the first of its inputs.
fn profile(path: &str, plain: &str, module: &str) -> Result<(), String> {
    let machine = Machine::load(path, true)?;
    let functions = profile::Functions::read(&machine, &Machine::load(plain, false)?, module)?;
    for (range, cases) in [("narrow", &NARROW), ("wide", &WIDE)] {
        for (number, (name, _)) in jobs::TYPES.iter().enumerate().skip(1) {
            for (number_of_job, (job, kind)) in inputs::jobs(name).iter().enumerate() {
                let inputs = kind.fixed(cases).into_iter().next().ok_or("no inputs")?;
                let run = machine.run(number as u64, number_of_job as u64, &words(&inputs))?;
                println!("\n{range} {name}::{job}\n    own    all  calls");
                for (own, all, calls, function) in functions.profile(&machine, &run.trace) {
                    println!("  {own:5}  {all:5}  {calls:5}  {function}");
                }
            }
        }
    }
    Ok(())
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
