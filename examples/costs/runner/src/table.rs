//! The table.

use crate::figures::thousands;
use crate::machine::Machine;
use crate::profile::{self, Functions};
use crate::rows::Row;
use std::fmt::Write;

fn title(row: &Row) -> String {
    if row.note.is_empty() { format!("`{}`", row.name) } else { format!("`{}`, {}", row.name, row.note) }
}

/// What a row's sets took: the compute units of each, and the most stack of all.
pub struct Measured {
    pub row: Row,
    pub units: Vec<u64>,
    pub stack: u64,
}

pub fn render(
    measured: &[Measured],
    sizes: &[u64],
    text: &[(String, usize)],
    machine: &Machine,
    functions: &Functions,
) -> String {
    let mut out = String::from(HEAD);
    out.push_str("## Summary\n\n| function | typical inputs | CU | worst inputs tried | CU | goal | stack, bytes |\n");
    out.push_str("|---|---|--:|---|--:|--:|--:|\n");
    for Measured { row, units, stack } in measured {
        let (worst, most) = row
            .sets
            .iter()
            .zip(units)
            .max_by_key(|(_, units)| **units)
            .map_or(("", 0), |(set, units)| (set.label, *units));
        let name = title(row);
        let goal = row.goal.map_or(String::new(), thousands);
        let _ = writeln!(
            out,
            "| {name} | {} | {} | {worst} | {} | {goal} | {} |",
            row.sets[0].label,
            thousands(units[0]),
            thousands(most),
            thousands(*stack)
        );
    }
    out.push_str("\n## Every input\n\n| function | inputs | CU |\n|---|---|--:|\n");
    for Measured { row, units, .. } in measured {
        let name = title(row);
        for (set, units) in row.sets.iter().zip(units) {
            let _ = writeln!(out, "| {name} | {} | {} |", set.label, thousands(*units));
        }
    }
    out.push_str(
        "\n## Sizes\n\nThe probe alone holds the library calls and compares them; each group adds the functions it measures, the preset\n\
         that builds its inputs, and what writes its results. A stack frame is counted as it lies in the program; functions\n\
         that the compiler has inlined are in their caller's.\n\n| what | bytes |\n|---|--:|\n");
    let whats = [
        "`Guard<1>`",
        "`GuardState<1>`",
        "`Guard<8>`",
        "`GuardState<8>`",
        "`Lot`",
        "`Position<0, 0>`",
        "`Position<4, 0>`",
    ];
    for (what, size) in whats.iter().zip(sizes) {
        let _ = writeln!(out, "| {what} in memory | {} |", thousands(*size));
    }
    for (group, bytes) in text {
        let _ = writeln!(out, "| instructions, probe with {group} | {} |", thousands(*bytes as u64));
    }
    let _ = writeln!(
        out,
        "| instructions of the crate's functions in the probe, calls under test included | {} |",
        thousands(functions.crate_bytes())
    );
    // What is of the probe builds the inputs and writes the results; the rest is the crate, or calls it alone.
    let frames = functions.frames(machine);
    let of_crate = || frames.iter().filter(|(_, name)| profile::of_crate(name));
    for (frame, name) in of_crate().filter(|(_, name)| !name.contains("measured")).take(6) {
        let _ = writeln!(out, "| stack frame of `{}` | {} |", short(name), thousands(*frame));
    }
    for (frame, name) in of_crate().filter(|(_, name)| name.contains("measured")).take(2) {
        let what = "with the caller's copy of the state and its result, stack frame of";
        let _ = writeln!(out, "| {what} `{}` | {} |", short(name), thousands(*frame));
    }
    out.push_str(FLOORS);
    out
}

/// A name without the paths of its parts; what is measured and inlined goes by the types of its arguments and result.
fn short(name: &str) -> String {
    let mut out = String::new();
    let mut word = String::new();
    for character in name.replace("::<", "<").chars().chain([' ']) {
        match character {
            ':' => word.clear(),
            _ if character.is_alphanumeric() || character == '_' => word.push(character),
            _ => {
                out.push_str(&word);
                word.clear();
                out.push(character);
            }
        }
    }
    out.split(", {").next().unwrap_or_default().trim().to_string()
}

const FLOORS: &str = "
## Goals that are not met, and why

A product of two words takes 22 to 27 CU, a quotient of words 45 to 65.

- `Guard::assess` with a plan, goal 800: the rule (SPEC.md, D11) forms 16 products and 6 quotients when the whole plan is
  permitted: value and weighted value; fall, target and bonus; `g` and `t g` and both checks of T10; the repayment, what it
  takes, what that is worth and repays, what is left; the cap, the depth and the charge. That is about 750 before any number
  is rounded, compared, read or written. The health check that comes before it, and ends it for a healthy position, is the
  part that runs most.
- `Guard::update` with a price, goal 1,500: without the appetite a price took 1,431, depth 770, both 1,676. A signal of stress
  between its bounds takes a quotient of two words on the ratio scale, and so does the demand that it makes; in these scenes
  the volatility after the fall is between its bounds. A new price forms 20 products and 11
  quotients of words: the power of the decay (8 products for 60 seconds), the move and its square, the sample over the
  horizon, the root of the variance, the drawdown, the width, up to 3 levels of the breaker, the target of the schedule and 6
  interpolations. A level of the breaker that trips adds its comparisons. By value, `Guard::observe` copies the state twice.
- `Terms::price` of an exponential curve, goal 300: 1,800 seconds are 10 squares and 3 products, about 300. Stairs need as
  many as their steps have binary digits; up to 20 steps they are below the goal.
- `AppetiteConfig::update`, goal 400: met while every signal is calm; three signals between their bounds are four quotients.
- State and configuration together in 512 bytes: they are 1,164 stored, of which the appetite is 41 and 191 and the rule for
  early sales 42. Of the rest, 890, the configuration is 38 numbers of 64 bits, 16 times, 3
  quantities of 128 bits and 15 bytes of flags and header; the state 11 prices of 9 bytes, 14 times, 4 quantities, a
  variance, 12 numbers and 8 bytes. With times of 32 bits, numbers of 48 and nothing kept that could be computed again they
  would be 621, and volatility, parameters and drawdown would cost their root and quotients again in each call.
- Frames: no function of the crate has one above 1 KiB. A state that goes in and out by value lies in the caller's frame;
  `Guard::update` needs none.
";

const HEAD: &str = "# Compute units on Solana

What the public decision functions cost on Solana's virtual machine, in compute units (CU). Written by
`examples/costs/run.sh --write`, compared by `examples/costs/run.sh`: a figure that differs by more than 2 % from the one
committed fails, and is committed on purpose or not at all.

How it is measured:

- One instruction is one CU; a memory system call (`memcpy` and the like) is 10 and its wrapper's instructions. A system
  call before and after the call under test reads the meter; what an empty call takes is subtracted. Reading the arguments
  from memory and writing the result are included, what builds the arguments is not.
- The program is built with opt-level 3, fat link-time optimisation, one codegen unit, overflow checks off, for version 3
  of the machine. All cases are in one program, so what several of them call is called and not inlined.
- The 128-bit library calls (`__multi3`, `__udivti3`) are those of `examples/sbf/calls.rs`: multiplication by four products
  of 32 bits; division by Knuth's algorithm D with digits of 32 bits, by one or two machine divisions where the operands
  are short. Remainders are computed from the quotient by the compiler. The first rows below say what they cost; with
  other calls every figure changes.
- The stack is the most that the frames of a call and of all that it calls take together over all inputs, each frame as far
  as its function reaches below its frame pointer. The frame of the caller that the probe is, with the copy of a state
  that goes in by value and with the result, is included; the machine keeps 4,096 bytes for each frame, and 64 of them.
- The result of each call on the machine is compared with the host's, from one source, and the library calls with the
  host's over 20,000 random inputs.
- Inputs: *64 bits* is a token of 9 decimals, a quote of 6, a price of 188 that was 200, and a pool of 50,000 tokens;
  *wider* is a token of 18 decimals and a thousand to a million times as many of them. The configuration is the preset.

";
