//! Runs the cases of `examples/costs` on the host, for callgrind to count the instructions of each call: first the empty
//! one, then those of the rows in their order. After each, callgrind writes what it counted.

#[path = "../../../costs/cases/mod.rs"]
mod cases;
#[path = "../../../costs/copies.rs"]
mod copies;
#[path = "../../../costs/runner/src/rows/mod.rs"]
#[allow(dead_code, reason = "the goals are those of another machine, and the results are compared elsewhere")]
mod rows;

use std::arch::asm;
use std::process::ExitCode;

/// A request to valgrind, in its letters: instructions that do nothing without it.
#[inline(always)]
fn request(number: u64) {
    let request = [(u64::from(b'C') << 24) | (u64::from(b'T') << 16) | number, 0, 0, 0, 0, 0];
    // SAFETY: the rotations add up to none, and the exchange is of a register with itself; valgrind reads the words.
    unsafe {
        asm!("rol rdi, 3", "rol rdi, 13", "rol rdi, 61", "rol rdi, 51", "xchg rbx, rbx",
            in("rax") request.as_ptr(), inout("rdx") 0_u64 => _, out("rdi") _);
    }
}

/// A call begins or ends: counting begins or ends. The two addresses are given away, so that what lies there is read and
/// written between two marks and not before or after.
#[inline(always)]
pub fn mark(arguments: *const u8, result: *mut u8) {
    const TOGGLE_COLLECT: u64 = 2;
    std::hint::black_box((arguments, result));
    request(TOGGLE_COLLECT);
    std::hint::black_box((arguments, result));
}

/// Room that is never given back.
pub fn place(size: usize) -> *mut u8 {
    Box::leak(vec![0_u128; size.div_ceil(16)].into_boxed_slice()).as_mut_ptr().cast()
}

fn run(name: &str, inputs: &[u128]) -> bool {
    const DUMP_STATS: u64 = 0;
    let words: Vec<u64> = inputs.iter().flat_map(|input| [*input as u64, (*input >> 64) as u64]).collect();
    for (_, names, group) in cases::GROUPS {
        if let Some((case, _)) = (0..).zip(names).find(|(_, known)| **known == name) {
            let mut out = [0; 96];
            let mut io = cases::Io::new(&words, &mut out);
            let done = group(case, &mut io).is_ok();
            request(DUMP_STATS);
            return done && (io.len() > 0 || name == "empty");
        }
    }
    false
}

fn main() -> ExitCode {
    let rows = rows::rows();
    let all = rows.iter().flat_map(|row| row.sets.iter().map(|set| (row.name, &set.inputs[..])));
    for (name, inputs) in std::iter::once(("empty", &[][..])).chain(all) {
        if !run(name, inputs) {
            eprintln!("{name} {inputs:?} does not run");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}
