//! Runs every case on the machine and on the host, compares the results, and writes or checks the table.

#[path = "../../cases/mod.rs"]
mod cases;
mod figures;
mod machine;
mod profile;
mod rows;
mod table;

use machine::Machine;
use profile::Functions;
use std::process::ExitCode;

/// On the host a call is not marked.
pub fn mark(_arguments: *const u8, _result: *mut u8) {}

/// Room that is never given back.
pub fn place(size: usize) -> *mut u8 {
    Box::leak(vec![0_u128; size.div_ceil(16)].into_boxed_slice()).as_mut_ptr().cast()
}

/// Group and number of a case.
fn find(name: &str) -> Result<(u64, u64), String> {
    for (group, (_, names, _)) in (0..).zip(cases::GROUPS) {
        if let Some((case, _)) = (0..).zip(names).find(|(_, known)| **known == name) {
            return Ok((group, case));
        }
    }
    Err(format!("no case is called {name}"))
}

/// Inputs as words, low word first.
fn words(inputs: &[u128]) -> Vec<u64> {
    inputs.iter().flat_map(|input| [*input as u64, (*input >> 64) as u64]).collect()
}

/// Runs one case on both sides and returns its compute units, those of the empty call included.
fn both(machine: &Machine, name: &str, inputs: &[u128]) -> Result<(Option<u64>, Vec<u64>), String> {
    let (group, case) = find(name)?;
    let inputs = words(inputs);
    let run = machine.run(group, case, &inputs).map_err(|error| format!("{name}: {error}"))?;
    let mut expected = vec![0; 96];
    let mut io = cases::Io::new(&inputs, &mut expected);
    cases::GROUPS[group as usize].2(case, &mut io).map_err(|error| format!("{name}: the host refuses: {error}"))?;
    let length = io.len();
    expected.truncate(length);
    if expected != run.words {
        return Err(format!("{name} {inputs:?}: the machine says {:?}, the host {expected:?}", run.words));
    }
    Ok((run.between, expected))
}

/// xorshift64*, so that every run has the same inputs.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// A number of random length, often near a power of two.
    fn wide(&mut self) -> u128 {
        let x = u128::from(self.next()) << 64 | u128::from(self.next());
        let x = x >> (self.next() % 128);
        match self.next() % 4 {
            0 => x.next_power_of_two().wrapping_sub(u128::from(self.next() % 3)),
            _ => x,
        }
    }
}

/// The 128-bit library calls and the memory calls, machine against host.
fn library(machine: &Machine) -> Result<(), String> {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    for _ in 0..20_000 {
        let inputs = [random.wide(), random.wide(), u128::from(random.next() % 128)];
        both(machine, "library", &inputs)?;
    }
    for _ in 0..500 {
        let (from, to) = (random.next() % 256, random.next() % 256);
        let length = random.next() % (257 - from.max(to));
        both(machine, "memory", &[from, to, length, random.next()].map(u128::from))?;
    }
    println!("library calls: 20,000 random inputs and 500 copies, machine and host agree");
    Ok(())
}

fn go() -> Result<(), String> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [mode, path, plain, module, others @ ..] = &arguments[..] else {
        return Err(
            "usage: costs-runner --check|--write|--profile PROGRAM.so PLAIN.so MODULE.ll [GROUP=PROGRAM.so ...]".into(),
        );
    };
    let machine = Machine::load(path, false)?;
    let functions = Functions::read(&machine, &Machine::load(plain, false)?, module)?;
    if mode == "--profile" {
        return profile(&Machine::load(path, true)?, &functions);
    }
    library(&machine)?;
    let (Some(empty), _) = both(&machine, "empty", &[])? else { return Err("the empty call was not marked".into()) };
    let (traced, frames) = (Machine::load(path, true)?, functions.frame_sizes(&machine));
    let mut measured = Vec::new();
    for row in rows::rows() {
        let (mut units, mut stack) = (Vec::new(), 0);
        for set in &row.sets {
            let (between, words) = both(&machine, row.name, &set.inputs)?;
            let between = between.ok_or_else(|| format!("{}: nothing was marked", row.name))?;
            if !words.starts_with(&set.expect) {
                return Err(format!("{}, {}: the result is {words:?}", row.name, set.label));
            }
            units.push(between - empty);
            let (group, case) = find(row.name)?;
            let run = traced.run(group, case, &self::words(&set.inputs))?;
            stack = stack.max(functions.stack(&traced, &frames, &run.trace));
        }
        measured.push(table::Measured { row, units, stack });
    }
    let inputs: usize = measured.iter().map(|one| one.units.len()).sum();
    println!("decisions: {} rows, {inputs} inputs, machine and host agree", measured.len());
    let (_, sizes) = both(&machine, "sizes", &[])?;
    let mut text = Vec::new();
    for other in others {
        let (group, path) = other.split_once('=').ok_or("GROUP=PROGRAM.so")?;
        text.push((group.to_string(), Machine::load(path, false)?.text().len()));
    }
    // A program of one group that is no smaller than the whole holds others too, and its size says nothing.
    if let Some(((_, whole), groups)) = text.split_last()
        && let Some((group, bytes)) = groups.iter().find(|(_, bytes)| bytes >= whole)
    {
        return Err(format!("{group}: {bytes} bytes alone, {whole} with all groups"));
    }
    let table = table::render(&measured, &sizes, &text, &machine, &functions);
    let committed = concat!(env!("CARGO_MANIFEST_DIR"), "/../COSTS.md");
    match mode.as_str() {
        "--write" => {
            print!("{table}");
            std::fs::write(committed, table).map_err(|error| error.to_string())
        }
        "--check" => {
            let old = std::fs::read_to_string(committed).map_err(|error| error.to_string())?;
            figures::check("COSTS.md", "examples/costs/run.sh", &old, &table)
        }
        _ => Err(format!("unknown mode {mode}")),
    }
}

/// Prints for each row, on its typical inputs, the functions that its compute units go to.
fn profile(machine: &Machine, functions: &Functions) -> Result<(), String> {
    for (frame, name) in functions.frames(machine).iter().take(25) {
        println!("frame {frame:5}  {name}");
    }
    for row in rows::rows() {
        let (group, case) = find(row.name)?;
        let inputs = words(&row.sets[0].inputs);
        let run = machine.run(group, case, &inputs)?;
        println!("\n{}, {}\n    own    all  calls", row.name, row.sets[0].label);
        for (own, all, calls, name) in functions.profile(machine, &run.trace) {
            println!("  {own:5}  {all:5}  {calls:5}  {name}");
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
