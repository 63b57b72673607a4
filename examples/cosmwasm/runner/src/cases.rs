//! The public decision functions of the crate: each case in the machine and on the host, the results compared.

#[path = "../../../costs/cases/mod.rs"]
mod host;
#[path = "../../../costs/runner/src/rows/mod.rs"]
#[allow(dead_code, reason = "the goals are those of another machine")]
mod rows;

use crate::machine::{self, Code, Machine};
use cosmwasm_vm::call_query_raw;
use std::cell::RefCell;
use std::rc::Rc;

/// What one set of inputs costs.
pub struct Cost {
    pub name: String,
    pub inputs: &'static str,
    pub gas: u64,
    /// Of the host.
    pub instructions: u64,
}

/// Instructions of each call on the host as callgrind wrote them, those of the empty call subtracted.
fn counted(callgrind: &str) -> Result<Vec<u64>, String> {
    let totals: Option<Vec<u64>> = callgrind
        .lines()
        .filter_map(|line| line.strip_prefix("totals: "))
        .map(|total| total.trim().parse().ok())
        .collect();
    // The last part is what was counted after the last call: nothing.
    match totals.as_deref() {
        Some([empty, calls @ .., 0]) if calls.iter().all(|call| call >= empty) => {
            Ok(calls.iter().map(|call| call - empty).collect())
        }
        _ => Err("callgrind wrote something else".into()),
    }
}

/// The machine with the cases in it.
struct Cases {
    machine: Machine,
    marks: Rc<RefCell<Vec<u64>>>,
}

/// Group and number of a case.
fn find(name: &str) -> Result<(u64, u64), String> {
    for (group, (_, names, _)) in (0..).zip(host::GROUPS) {
        if let Some((case, _)) = (0..).zip(names).find(|(_, known)| **known == name) {
            return Ok((group, case));
        }
    }
    Err(format!("no case is called {name}"))
}

impl Cases {
    fn load(wasm: &[u8]) -> Result<Cases, String> {
        let mut machine = Code::compile(wasm)?.load(machine::empty())?;
        let marks = Rc::new(RefCell::new(Vec::new()));
        let noted = marks.clone();
        machine.set_debug_handler(move |_, info| noted.borrow_mut().push(info.gas_remaining));
        Ok(Cases { machine, marks })
    }

    /// Runs one case on both sides: its gas, that of the empty call included, and its results.
    fn both(&mut self, name: &str, inputs: &[u128]) -> Result<(Option<u64>, Vec<u64>), String> {
        let (group, case) = find(name)?;
        let inputs: Vec<u64> = inputs.iter().flat_map(|input| [*input as u64, (*input >> 64) as u64]).collect();
        let message: Vec<u8> = [group, case].iter().chain(&inputs).flat_map(|word| word.to_le_bytes()).collect();
        self.marks.borrow_mut().clear();
        let answer = call_query_raw(&mut self.machine, b"", &message).map_err(|error| format!("{name}: {error}"))?;
        let words: Vec<u64> = answer
            .chunks_exact(8)
            .map(|word| word.iter().rev().fold(0, |sum, byte| sum << 8 | u64::from(*byte)))
            .collect();
        let mut expected = vec![0; 96];
        let mut io = host::Io::new(&inputs, &mut expected);
        host::GROUPS[group as usize].2(case, &mut io).map_err(|error| format!("{name}: the host refuses: {error}"))?;
        let length = io.len();
        expected.truncate(length);
        if words.first() != Some(&0) || words[1..] != expected {
            return Err(format!("{name} {inputs:?}: the machine says {words:?}, the host {expected:?}"));
        }
        let gas = match self.marks.borrow()[..] {
            [before, after] => Some(before - after),
            _ => None,
        };
        Ok((gas, expected))
    }
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

    /// A number of random length.
    fn wide(&mut self) -> u128 {
        let x = u128::from(self.next()) << 64 | u128::from(self.next());
        x >> (self.next() % 128)
    }
}

/// Gas of every set of inputs of every row, the empty call subtracted, and instructions on the host.
pub fn costs(wasm: &[u8], callgrind: &str) -> Result<Vec<Cost>, String> {
    let mut counted = counted(callgrind)?.into_iter();
    let mut cases = Cases::load(wasm)?;
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    for _ in 0..2_000 {
        cases.both("library", &[random.wide(), random.wide(), u128::from(random.next() % 128)])?;
    }
    let (Some(empty), _) = cases.both("empty", &[])? else { return Err("the empty call was not marked".into()) };
    let mut costs = Vec::new();
    for row in rows::rows() {
        for set in &row.sets {
            let (gas, words) = cases.both(row.name, &set.inputs)?;
            let gas = gas.ok_or_else(|| format!("{}: the call was not marked", row.name))?;
            if !words.starts_with(&set.expect) {
                return Err(format!("{}, {}: the result is {words:?}", row.name, set.label));
            }
            let name =
                if row.note.is_empty() { format!("`{}`", row.name) } else { format!("`{}`, {}", row.name, row.note) };
            let instructions = counted.next().ok_or("callgrind counted fewer calls")?;
            costs.push(Cost { name, inputs: set.label, gas: gas - empty, instructions });
        }
    }
    if counted.next().is_some() {
        return Err("callgrind counted more calls".into());
    }
    println!(
        "2,000 random inputs of the 128-bit operations and {} inputs of the functions: the host's results",
        costs.len()
    );
    Ok(costs)
}
