//! The measured calls. One source, compiled for the machine and for the host: both must give the same words.
//!
//! Each case reads its inputs from the instruction data, builds what the call needs, and measures the call alone. What
//! the call reads lies in memory whose address was given away, so that nothing of it is known when it is compiled.

use core::mem::MaybeUninit;
use damper::Error;

/// `io` is read for the arguments first.
macro_rules! call {
    ($io:ident, $arguments:expr, $function:expr) => {{
        let arguments = $arguments;
        $io.call(arguments, $function);
    }};
}

/// The cases of a group: their names, and the function that runs one by its number.
macro_rules! group {
    (($io:ident) $($name:literal => $body:block)+) => {
        pub const NAMES: &[&str] = &[$($name),+];

        pub fn run(case: u64, $io: &mut super::Io<'_>) -> Result<(), damper::Error> {
            let mut at = 0;
            $(
                if case == at {
                    #[inline(never)]
                    fn one($io: &mut super::Io<'_>) -> Result<(), damper::Error> {
                        $body
                        Ok(())
                    }
                    return one($io);
                }
                at += 1;
            )+
            let _ = at;
            Ok(())
        }
    };
}

mod budgets;
mod decisions;
mod machine;
mod numbers;
mod observations;
mod scene;
mod whole;
mod words;

use words::Words;

/// Runs the case of a number; an error is one of building its inputs.
type Run = fn(u64, &mut Io<'_>) -> Result<(), Error>;

/// Name, names of the cases, and function of each group. The first is the probe's own.
pub const GROUPS: [(&str, &[&str], Run); 6] = [
    ("probe", machine::NAMES, machine::run),
    ("numbers", numbers::NAMES, numbers::run),
    ("observations", observations::NAMES, observations::run),
    ("budgets", budgets::NAMES, budgets::run),
    ("decisions", decisions::NAMES, decisions::run),
    ("guard", whole::NAMES, whole::run),
];

/// Words in, words out.
pub struct Io<'a> {
    words: &'a [u64],
    at: usize,
    out: &'a mut [u64],
    len: usize,
}

impl<'a> Io<'a> {
    pub fn new(words: &'a [u64], out: &'a mut [u64]) -> Io<'a> {
        Io { words, at: 0, out, len: 0 }
    }

    fn word(&mut self) -> u64 {
        let word = self.words.get(self.at);
        self.at += 1;
        // SAFETY: a reference is valid for a read.
        word.map_or(0, |word| unsafe { core::ptr::read_volatile(word) })
    }

    /// The next input, two words, low word first.
    fn next(&mut self) -> u128 {
        let low = self.word();
        u128::from(low) | u128::from(self.word()) << 64
    }

    fn small(&mut self) -> u64 {
        self.next() as u64
    }

    fn put(&mut self, word: u64) {
        if let Some(slot) = self.out.get_mut(self.len) {
            *slot = word;
        }
        self.len += 1;
    }

    /// How many words were written.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Measures one call and writes its result.
    fn call<A, R: Words>(&mut self, arguments: A, function: impl Fn(&A) -> R) {
        let result = measure(&arguments, function);
        result.put(self);
    }
}

fn measure<A, R>(arguments: &A, function: impl Fn(&A) -> R) -> R {
    let mut result = MaybeUninit::uninit();
    crate::mark((&raw const *arguments).cast(), (&raw mut result).cast());
    measured(arguments, &mut result, function);
    crate::mark((&raw const *arguments).cast(), (&raw mut result).cast());
    // SAFETY: `measured` has written it.
    unsafe { result.assume_init() }
}

#[inline(never)]
fn measured<A, R>(arguments: &A, result: &mut MaybeUninit<R>, function: impl Fn(&A) -> R) {
    result.write(function(arguments));
}
