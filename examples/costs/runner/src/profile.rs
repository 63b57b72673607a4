//! Where the compute units of a case go, by function of the program; and the frames of those functions.
//!
//! The program has no symbols. Its functions stand in the order of the module that the linker writes before it
//! generates code.

use crate::machine::Machine;
use std::collections::{BTreeMap, BTreeSet};

/// The functions of a program: first instruction and name.
pub struct Functions {
    starts: Vec<usize>,
    names: Vec<String>,
    /// Instructions in all.
    length: usize,
}

/// Whether a function is the crate's, or one of the calls under test, and not what surrounds them.
pub fn of_crate(name: &str) -> bool {
    !name.contains("costs_program") && name.contains("damper::") || name.contains("cases::io::measured")
}

fn imm(insn: &[u8]) -> i64 {
    i64::from(i32::from_le_bytes([insn[4], insn[5], insn[6], insn[7]]))
}

/// A call of another function of the program: its first instruction.
fn target(at: usize, insn: &[u8]) -> Option<usize> {
    (insn[0] == 0x85 && insn[1] >> 4 == 1).then(|| (at as i64 + 1 + imm(insn)) as usize)
}

/// Where a jump may lead.
fn jump(at: usize, insn: &[u8]) -> Option<usize> {
    let offset = i64::from(i16::from_le_bytes([insn[2], insn[3]]));
    let jumps = matches!(insn[0] & 7, 5 | 6) && !matches!(insn[0], 0x85 | 0x8d | 0x95);
    jumps.then(|| (at as i64 + 1 + if insn[0] == 0x06 { imm(insn) } else { offset }) as usize)
}

/// The functions that are called, and the entry point.
fn called(machine: &Machine) -> BTreeSet<usize> {
    let calls = machine.text().chunks_exact(8).enumerate().filter_map(|(at, insn)| target(at, insn));
    calls.chain([machine.entry()]).collect()
}

/// All functions: one that nothing calls starts after the end of another, where no jump leads.
fn starts(machine: &Machine) -> BTreeSet<usize> {
    let text: Vec<&[u8]> = machine.text().chunks_exact(8).collect();
    let jumps: BTreeSet<usize> = text.iter().enumerate().filter_map(|(at, insn)| jump(at, insn)).collect();
    let mut starts = called(machine);
    starts.insert(0);
    starts.extend((1..text.len()).filter(|at| matches!(text[at - 1][0], 0x05 | 0x06 | 0x95) && !jumps.contains(at)));
    starts
}

impl Functions {
    /// Finds the functions of a program. `plain` is the same program before the linker has left out the functions that
    /// nothing calls, `module` what both were generated from, in the same order.
    pub fn read(machine: &Machine, plain: &Machine, module: &str) -> Result<Functions, String> {
        let text = std::fs::read_to_string(module).map_err(|error| format!("{module}: {error}"))?;
        let (called, all) = (called(plain), starts(plain));
        let mut names = Vec::new();
        for (before, line) in text.lines().zip(text.lines().skip(1)).filter(|(_, line)| line.starts_with("define ")) {
            let name = line.split_once('@').and_then(|(_, rest)| rest.split_once('(')).map_or(line, |(name, _)| name);
            let cold = before.starts_with("; Function Attrs: cold ");
            names.push((cold, format!("{:#}", rustc_demangle::demangle(name.trim_matches('"')))));
        }
        // What is cold is put last.
        names.sort_by_key(|(cold, _)| *cold);
        if names.len() != all.len() {
            return Err(format!("{} functions in the program, {} in {module}", all.len(), names.len()));
        }
        let kept = all.iter().zip(names).filter(|(start, _)| called.contains(start)).map(|(_, (_, name))| name);
        let functions = Functions {
            starts: self::called(machine).into_iter().collect(),
            names: kept.collect(),
            length: machine.text().len() / 8,
        };
        if functions.names.len() != functions.starts.len() {
            return Err("the linker has left out a function that is called".into());
        }
        Ok(functions)
    }

    fn of(&self, at: usize) -> usize {
        self.starts.partition_point(|start| *start <= at).saturating_sub(1)
    }

    /// How far below its frame pointer each function reaches, the furthest first.
    pub fn frames(&self, machine: &Machine) -> Vec<(u64, &str)> {
        let mut frames: Vec<_> = self
            .frame_sizes(machine)
            .into_iter()
            .zip(&self.names)
            .map(|(frame, name)| (frame, name.as_str()))
            .collect();
        frames.sort_by_key(|(frame, _)| std::cmp::Reverse(*frame));
        frames
    }

    /// How far below its frame pointer each function reaches, in their order.
    pub fn frame_sizes(&self, machine: &Machine) -> Vec<u64> {
        let text: Vec<&[u8]> = machine.text().chunks_exact(8).collect();
        let mut frames = Vec::new();
        for (number, start) in self.starts.iter().enumerate() {
            let end = self.starts.get(number + 1).copied().unwrap_or(text.len());
            let mut frame = 0;
            // Registers that hold the frame pointer.
            let mut pointers = 0_u16;
            for insn in &text[*start..end] {
                let (to, from) = (insn[1] & 15, insn[1] >> 4);
                // What lies at the other end of the room for a frame are arguments that no register holds.
                let offset = i64::from(i16::from_le_bytes([insn[2], insn[3]]));
                let offset = if offset < 128 - 4096 { 0 } else { offset };
                match insn[0] {
                    // mov64 to, r10
                    0xbf if from == 10 => pointers |= 1 << to,
                    // add64 to, imm
                    0x07 if pointers >> to & 1 == 1 => {
                        frame = frame.max(-imm(insn));
                        pointers &= !(1 << to);
                    }
                    // Loads from the frame, stores of registers and of constants to it, in the encoding of version 3.
                    0x61 | 0x69 | 0x71 | 0x79 if from == 10 => frame = frame.max(-offset),
                    0x62 | 0x63 | 0x6a | 0x6b | 0x72 | 0x73 | 0x7a | 0x7b if to == 10 => frame = frame.max(-offset),
                    _ => {}
                }
            }
            frames.push(frame as u64);
        }
        frames
    }

    /// The most that the frames of the functions between the marks take together, one within the other.
    #[allow(dead_code, reason = "one of the two users of this file does not ask")]
    pub fn stack(&self, machine: &Machine, frames: &[u64], trace: &[usize]) -> u64 {
        let (mut stack, mut used, mut most): (Vec<u64>, u64, u64) = (Vec::new(), 0, 0);
        for (at, insn) in self.between_marks(machine, trace) {
            let function = self.of(at);
            if self.starts[function] == at {
                stack.push(frames[function]);
                used += frames[function];
                most = most.max(used);
            }
            if matches!(insn[0], 0x95 | 0x9d) {
                used -= stack.pop().unwrap_or(0);
            }
        }
        most
    }

    /// What ran between the marks: place and instruction.
    fn between_marks<'a>(&self, machine: &'a Machine, trace: &'a [usize]) -> Vec<(usize, &'a [u8])> {
        let text = machine.text();
        let insn = |at: usize| &text[at * 8..at * 8 + 8];
        let mark = |at: &&usize| insn(**at)[0] == 0x85 && imm(insn(**at)) as u32 == 0x30d2_b7a8;
        let from = trace.iter().position(|at| mark(&at)).map_or(trace.len(), |first| first + 1);
        let run = trace[from..].iter().take_while(|at| !mark(at));
        run.map(|at| (*at, insn(*at))).collect()
    }

    /// Bytes of all functions of the crate, and of the calls under test that others of them are inlined into.
    pub fn crate_bytes(&self) -> u64 {
        let ends = self.starts.iter().skip(1).chain([&self.length]);
        let sizes = self.starts.iter().zip(ends).map(|(start, end)| (end - start) as u64 * 8);
        sizes.zip(&self.names).filter(|(_, name)| of_crate(name)).map(|(size, _)| size).sum()
    }

    /// For each function that ran between the marks: compute units of its own, with all it calls, and how often it was
    /// called.
    pub fn profile(&self, machine: &Machine, trace: &[usize]) -> Vec<(u64, u64, u64, &str)> {
        let mut counts: BTreeMap<usize, (u64, u64, u64)> = BTreeMap::new();
        let mut stack: Vec<usize> = Vec::new();
        for (at, insn) in self.between_marks(machine, trace) {
            let function = self.of(at);
            if self.starts[function] == at {
                counts.entry(function).or_default().2 += 1;
                stack.push(function);
            }
            counts.entry(function).or_default().0 += 1;
            for caller in stack.iter().collect::<BTreeSet<_>>() {
                counts.entry(*caller).or_default().1 += 1;
            }
            if matches!(insn[0], 0x95 | 0x9d) {
                stack.pop();
            }
        }
        let mut list: Vec<_> = counts
            .iter()
            .map(|(function, (own, all, calls))| (*own, *all, *calls, self.names[*function].as_str()))
            .collect();
        list.sort_by_key(|(own, ..)| std::cmp::Reverse(*own));
        list
    }
}
