//! Writes or checks the tables of `RATIOS.md` from what was counted.
//!
//! `ratios --write|--check RATIOS.md DIRECTORY HOST COMPILER`: in the directory are `narrow.jobs` and `wide.jobs` (from
//! `measure`), `narrow.counts` and `wide.counts` (from `callgrind_annotate`), and `machine` (from the runner).

use opponents::table::{ASSESS_NARROW, ASSESS_WIDE, Kept, OPPONENTS, Precision};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::process::ExitCode;

/// What the two may differ by: a change beyond it is committed on purpose.
const TOLERANCE: f64 = 0.02;

/// An opponent that keeps fewer digits is not compared with.
const DIGITS: u32 = 12;

/// Keys of the number types, in the order of [`OPPONENTS`]: damper last.
const KEYS: [&str; 7] = ["u68f60", "i80f48", "spl", "decimal96", "cosmwasm", "cosmwasm256", "damper"];

/// Label, job of the opponents, key and job of damper.
const ROWS: [(&str, &str, &str, &str); 6] = [
    ("health", "health", "damper", "health"),
    ("plan, klend's rule", "plan", "damper", "plan"),
    ("plan, damper's own rule", "plan", "damper_own", "assess"),
    ("auction", "auction", "damper", "auction"),
    ("impact", "impact", "damper", "impact"),
    ("ewma", "ewma", "damper", "ewma"),
];

/// A mean over the eight inputs, and whether all were taken.
#[derive(Clone, Copy)]
struct Count {
    mean: f64,
    fits: bool,
}

/// By `TYPE::JOB`.
type Counts = BTreeMap<String, Count>;

fn read(path: &str) -> Result<String, String> {
    std::fs::read_to_string(path).map_err(|error| format!("{path}: {error}"))
}

/// The function counted in a line of `callgrind_annotate`, and its instructions with all that it calls.
fn annotated(line: &str) -> Option<(&str, f64)> {
    let (_, rest) = line.split_once("measure::")?;
    let name = rest.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == ':')).next()?;
    let digits: String = line.split_whitespace().next()?.chars().filter(|c| *c != ',').collect();
    let known = name.split_once("::").is_some_and(|(key, job)| !key.is_empty() && !job.contains(':'));
    known.then_some((name, digits.parse().ok()?))
}

/// Instructions per call on the host.
fn host(directory: &str, range: &str) -> Result<Counts, String> {
    let mut totals = BTreeMap::new();
    for (name, total) in read(&format!("{directory}/{range}.counts"))?.lines().filter_map(annotated) {
        if totals.insert(name.to_string(), total).is_some() {
            return Err(format!("{name} is counted twice"));
        }
    }
    let mut counts = Counts::new();
    for line in read(&format!("{directory}/{range}.jobs"))?.lines() {
        let (name, status) = line.split_once(' ').ok_or("a line of another form")?;
        let total = totals.get(name).ok_or_else(|| format!("{name} is not counted"))?;
        counts.insert(name.into(), Count { mean: total / 8.0, fits: status == "ok" });
    }
    Ok(counts)
}

/// Compute units per call on the machine.
fn machine(directory: &str, range: &str) -> Result<Counts, String> {
    let mut counts = Counts::new();
    for line in read(&format!("{directory}/machine"))?.lines() {
        if let [label, name, status, mean] = line.split(' ').collect::<Vec<_>>()[..]
            && label == range
        {
            let mean = mean.parse().map_err(|_| format!("no count: {line}"))?;
            counts.insert(name.into(), Count { mean, fits: status == "ok" });
        }
    }
    Ok(counts)
}

/// The digits that a type keeps in a job.
fn kept(precision: &Precision, job: &str) -> Result<Kept, String> {
    Ok(match job {
        "health" => precision.health,
        "plan" => precision.plan,
        "auction" => precision.auction,
        "impact" => precision.impact,
        "ewma" => precision.ewma,
        _ => return Err(format!("no job is called {job}")),
    })
}

fn head(out: &mut String, last: &[&str]) {
    let names: Vec<&str> = OPPONENTS.iter().map(|opponent| opponent.name).chain(last.iter().copied()).collect();
    let _ = writeln!(out, "| job | {} |", names.join(" | "));
    let rule: Vec<&str> = names.iter().map(|name| if name.starts_with("best") { "---" } else { "--:" }).collect();
    let _ = writeln!(out, "|---|{}|", rule.join("|"));
}

/// The table of one machine and range, and the medians of damper over the best opponent.
fn table(out: &mut String, wide: bool, counts: &Counts) -> Result<(), String> {
    let get = |key: &str, job: &str| {
        let name = format!("{key}::{job}");
        counts.get(&name).copied().ok_or_else(|| format!("{name} is not counted"))
    };
    head(out, &["best with 12 digits", "damper / best"]);
    let mut ratios = Vec::new();
    for (label, job, mine, my_job) in ROWS {
        let own = get(mine, my_job)?;
        if !own.fits {
            return Err(format!("damper refuses an input of {my_job}"));
        }
        let mut best: Option<(&str, f64)> = None;
        let _ = write!(out, "| {label} |");
        for (opponent, key) in OPPONENTS.iter().zip(KEYS).take(KEYS.len() - 1) {
            let count = get(key, job)?;
            if !count.fits {
                out.push_str(" overflow |");
                continue;
            }
            let _ = write!(out, " {:.0} ({:.1}) |", count.mean, count.mean / own.mean);
            let digits = kept(if wide { &opponent.wide } else { &opponent.narrow }, job)?.digits;
            if digits >= DIGITS && best.is_none_or(|(_, mean)| count.mean < mean) {
                best = Some((opponent.name, count.mean));
            }
        }
        let (best, mean) = best.ok_or_else(|| format!("no opponent is left in {job}"))?;
        let _ = writeln!(out, " {:.0} | {best} | {:.2} |", own.mean, own.mean / mean);
        ratios.push(own.mean / mean);
    }
    let [health, plan, assess, auction, impact, ewma] = ratios[..] else { return Err("another number of rows".into()) };
    let median = |plan: f64| {
        let mut five = [health, plan, auction, impact, ewma];
        five.sort_by(f64::total_cmp);
        five[2]
    };
    let _ = writeln!(
        out,
        "\nMedian of damper / best: {:.2} with klend's plan, {:.2} with damper's own.\n",
        median(plan),
        median(assess)
    );
    Ok(())
}

fn digits(out: &mut String, wide: bool) -> Result<(), String> {
    head(out, &[]);
    for (label, job, mine, _) in ROWS {
        let _ = write!(out, "| {label} |");
        for opponent in OPPONENTS {
            let mut kept = kept(if wide { &opponent.wide } else { &opponent.narrow }, job)?;
            if mine == "damper_own" && opponent.name == "damper" {
                kept = if wide { ASSESS_WIDE } else { ASSESS_NARROW };
            }
            let _ = write!(out, " {}{} |", kept.digits, if kept.overflows { ", overflow" } else { "" });
        }
        out.push('\n');
    }
    out.push('\n');
    Ok(())
}

/// What the calls of each type add to a program.
fn sizes(out: &mut String, directory: &str) -> Result<(), String> {
    let text = read(&format!("{directory}/machine"))?;
    let mut bytes = BTreeMap::new();
    for line in text.lines().filter_map(|line| line.strip_prefix("bytes ")) {
        let (key, size) = line.split_once(' ').ok_or("a line of another form")?;
        bytes.insert(key, size.parse::<u64>().map_err(|_| format!("no size: {line}"))?);
    }
    let get = |key: &str| bytes.get(key).copied().ok_or_else(|| format!("no size of {key}"));
    let probe = get("probe")?;
    out.push_str("| program | bytes |\n|---|--:|\n");
    for (opponent, key) in OPPONENTS.iter().zip(KEYS) {
        let _ = writeln!(out, "| {} | {} |", opponent.name, get(key)?.saturating_sub(probe));
    }
    let _ = writeln!(out, "| damper, its own plan alone | {} |", get("damper_own")?.saturating_sub(probe));
    Ok(())
}

fn render(directory: &str, host_name: &str, compiler: &str) -> Result<String, String> {
    if OPPONENTS.len() != KEYS.len() {
        return Err("another number of types".into());
    }
    let mut out = HEAD.replace("HOST", host_name).replace("COMPILER", compiler);
    for (range, title, wide) in [
        ("narrow", "Amounts that fit 64 bits: 9 and 6 decimals", false),
        ("wide", "Amounts that do not: 18 and 6 decimals", true),
    ] {
        let (machine, host) = (machine(directory, range)?, host(directory, range)?);
        for (name, count) in &host {
            if machine.get(name).is_none_or(|other| other.fits != count.fits) {
                return Err(format!("{range} {name}: machine and host differ in whether all inputs fit"));
            }
        }
        let _ = writeln!(out, "## {title}\n\nCompute units per call on Solana's machine (in brackets: times damper)\n");
        table(&mut out, wide, &machine)?;
        out.push_str("Instructions per call on the host (in brackets: times damper)\n\n");
        table(&mut out, wide, &host)?;
        out.push_str("Decimal digits kept\n\n");
        digits(&mut out, wide)?;
    }
    out.push_str(SIZES);
    sizes(&mut out, directory)?;
    Ok(out)
}

/// A cell without the number in brackets: that, and what has two decimals, follows from the others.
fn number(cell: &str) -> Option<f64> {
    cell.trim().split(" (").next()?.parse().ok()
}

fn differ(old: &str, new: &str) -> bool {
    match (number(old), number(new)) {
        (Some(_), Some(_)) if old.contains('.') && !old.contains('(') => false,
        (Some(old), Some(new)) => (new - old).abs() > TOLERANCE * old,
        _ => old != new,
    }
}

/// Counts within the tolerance, the rest of the tables exactly.
fn check(old: &str, new: &str) -> Result<(), String> {
    let rows = |text: &str| text.lines().filter(|line| line.starts_with('|')).map(String::from).collect::<Vec<_>>();
    let (old, new) = (rows(old), rows(new));
    if old.len() != new.len() || old.is_empty() {
        return Err("another number of rows".into());
    }
    let mut wrong = String::new();
    for (old, new) in old.iter().zip(&new) {
        let (cells, others): (Vec<_>, Vec<_>) = (old.split('|').collect(), new.split('|').collect());
        if cells.len() != others.len() || cells.iter().zip(&others).any(|(old, new)| differ(old, new)) {
            let _ = writeln!(wrong, "committed {old}\n      now {new}");
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(format!("RATIOS.md does not hold:\n{wrong}")) }
}

fn go() -> Result<(), String> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [mode, path, directory, host, compiler] = &arguments[..] else {
        return Err("usage: ratios --write|--check RATIOS.md DIRECTORY HOST COMPILER".into());
    };
    let text = render(directory, host, compiler)?;
    print!("{text}");
    match mode.as_str() {
        "--write" => std::fs::write(path, text).map_err(|error| format!("{path}: {error}")),
        "--check" => check(&read(path)?, &text),
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

const HEAD: &str = "# The same jobs in other number types

Written by `examples/opponents/run.sh`: means over the eight inputs of `src/cases.rs`, from what an account holds to the
answer. The jobs are defined in `src/lib.rs`; what is kept is stated in `src/table.rs` and tested in
`tests/agreement.rs` against exact rational numbers. damper's ewma also computes the weight from the time elapsed; its own
plan has another rule, with more to compute. \"overflow\": at least one of the inputs is refused. Compared with is the cheapest
opponent that takes all inputs and keeps 12 digits.

Compute units are those of `solana-sbpf` 0.21.1, which charges 1 for an instruction, for a program of version 3 built by
COMPILER (opt-level 3, fat LTO, overflow checks off, for all types alike) with the 128-bit library calls of
`examples/sbf/calls.rs`; the empty call is subtracted. On these inputs and on 250 random ones for each job,
type and range the machine gives the answers of the host to the last bit, refusals included, or nothing is written.
klend builds with overflow checks, which cost more inside its number type; marginfi's default profile has them off. All types
compile for the machine. `cosmwasm-std` as published needs std: its modules of numbers are compiled from the published
source, unchanged, without the rest of the crate (`program/cosmwasm-std`); the host has the whole of it.

Instructions on the host are counted by callgrind on HOST, release with fat LTO. Bytes are copied by plain string
instructions (`examples/costs/copies.rs`), eight bytes counted as one: the C library chooses its own by the processor.

";

const SIZES: &str = "## Bytes of instructions

What the five jobs of a type, the reading of their inputs and the writing of their answers add to an empty program.

";
