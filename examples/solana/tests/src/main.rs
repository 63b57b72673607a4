//! Compute units of every instruction over the life, against the committed table. `costs --write FILE` writes it,
//! `costs --check FILE` compares.

use damper::units::Timestamp;
use market::life::{Act, Life};
use market::{Backstop, Guard, GuardState, House, Loan, Lot, SourcesState, Terms};
use solana_tests::layout::{CONFIG, CONFIG_KEY, LOAN, LOT, SAID, STATE, STATE_KEY, loan, time};
use solana_tests::machine::{Accounts, Machine, created, program_path};
use solana_tests::{frames, instruction};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::process::ExitCode;

#[path = "../../../costs/runner/src/figures.rs"]
mod figures;
use figures::thousands;

const HEAD: &str = "# What the program costs on Solana's machine

Compute units (CU) of each instruction, over the steps of the life (`examples/market/src/life/steps.rs`) that succeed: all
that an instruction takes, from the entry point to the answer, accounts read and written. Written by
`examples/solana/run.sh --write`, compared by `examples/solana/run.sh`: a figure that differs by more than 2 % from the
one committed fails.

Built as `examples/costs` is, with the library calls of `examples/sbf/calls.rs`; the token has 9 decimals and all amounts
fit 64 bits. An instruction's price in the transaction's own budget (signatures, accounts loaded) is not in these figures.

";

fn units(machine: &mut Machine) -> BTreeMap<usize, Vec<u64>> {
    let mut accounts = created();
    let mut units: BTreeMap<usize, Vec<u64>> = BTreeMap::new();
    for after in Life::new() {
        let instruction = instruction::of(&after.step.act);
        let ran = machine.run(&instruction, &accounts, time(after.step.after).get().cast_signed());
        if ran.outcome.is_ok() {
            units.entry(usize::from(instruction.data[0])).or_default().push(ran.units);
        }
        accounts = ran.accounts;
    }
    units
}

/// What an assessment of a healthy loan takes, part by part: by what it takes until an account turns out to be missing.
fn parts(machine: &mut Machine) -> [(&'static str, u64); 4] {
    let mut accounts: Accounts = created();
    let mut now = Timestamp::new(0);
    let healthy = Life::new().position(|after| {
        now = time(after.step.after);
        let found = matches!(after.step.act, Act::Assess { .. }) && after.outcome.is_ok();
        if !found {
            accounts = machine.run(&instruction::of(&after.step.act), &accounts, now.get().cast_signed()).accounts;
        }
        found
    });
    assert!(healthy.is_some());
    let assess = instruction::of(&Act::Assess { loan: 1 });
    let mut without = |key: Option<solana_pubkey::Pubkey>| {
        let mut accounts = accounts.clone();
        if let Some(key) = key {
            accounts.get_mut(&key).expect("there").data.fill(0);
        }
        machine.run(&assess, &accounts, now.get().cast_signed()).units
    };
    let (state, loan, config, all) =
        (without(Some(STATE_KEY)), without(Some(loan(1))), without(Some(CONFIG_KEY)), without(None));
    [
        ("entry point, accounts, instruction", state),
        ("state read", loan - state),
        ("loan read", config - loan),
        ("clock, configuration read, decision, answer", all - config),
    ]
}

fn render(machine: &mut Machine, elf: &[u8]) -> String {
    let mut out = String::from(HEAD);
    out.push_str("| instruction | steps | least | median | most |\n|---|--:|--:|--:|--:|\n");
    for (tag, mut units) in units(machine) {
        units.sort_unstable();
        let [least, median, most] = [0, units.len() / 2, units.len() - 1].map(|at| thousands(units[at]));
        let _ = writeln!(out, "| {} | {} | {least} | {median} | {most} |", instruction::NAMES[tag], units.len());
    }
    out.push_str("\n| `assess` of a healthy loan, by parts | CU |\n|---|--:|\n");
    for (name, units) in parts(machine) {
        let _ = writeln!(out, "| {name} | {} |", thousands(units));
    }
    out.push_str("\n| size | bytes |\n|---|--:|\n");
    for (name, bytes) in [
        ("program", elf.len()),
        ("its instructions", frames::instructions(elf) * 8),
        ("its largest stack frame", frames::largest(elf) as usize),
        ("account of the configuration", CONFIG),
        ("stored configuration of the guard in it", Guard::BYTES),
        ("stored terms in it", Terms::BYTES),
        ("account of the state", STATE),
        ("stored state of the guard in it", GuardState::BYTES),
        ("stored house in it", House::BYTES),
        ("stored backstop in it", Backstop::BYTES),
        ("account of what sources said", SAID),
        ("what they said in it", SourcesState::BYTES),
        ("account of a loan", LOAN),
        ("stored loan in it", Loan::BYTES),
        ("account of a lot", LOT),
        ("stored lot in it", Lot::BYTES),
    ] {
        let _ = writeln!(out, "| {name} | {} |", thousands(bytes as u64));
    }
    out
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [mode, file] = arguments.as_slice() else { panic!("usage: costs --write | --check FILE") };
    let elf = std::fs::read(program_path()).expect("the program is built");
    let table = render(&mut Machine::new(), &elf);
    println!("{}", &table[HEAD.len()..]);
    if mode == "--write" {
        std::fs::write(file, table).expect("COSTS.md can be written");
        return ExitCode::SUCCESS;
    }
    match figures::check(
        "COSTS.md",
        "examples/solana/run.sh",
        &std::fs::read_to_string(file).unwrap_or_default(),
        &table,
    ) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}
