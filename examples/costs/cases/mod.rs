//! The measured calls. One source, compiled for the machine and for the host: both must give the same words.
//!
//! Each case reads its inputs from the instruction data, builds what the call needs, and measures the call alone. What
//! the call reads lies in memory whose address was given away, so that nothing of it is known when it is compiled.

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

mod ahead;
mod appetite;
mod budgets;
mod clearing;
mod coordination;
mod decisions;
mod hedging;
mod io;
mod keepers;
mod machine;
mod numbers;
mod observations;
mod prediction;
mod scene;
mod sources;
mod whole;
mod words;

pub use io::Io;
use io::measure;
use words::Words;

/// Runs the case of a number; an error is one of building its inputs.
pub type Run = fn(u64, &mut Io<'_>) -> Result<(), Error>;

/// Name, names of the cases, and function of each group. The first is the probe's own.
pub const GROUPS: [(&str, &[&str], Run); 14] = [
    ("probe", machine::NAMES, machine::run),
    ("numbers", numbers::NAMES, numbers::run),
    ("observations", observations::NAMES, observations::run),
    ("sources", sources::NAMES, sources::run),
    ("budgets", budgets::NAMES, budgets::run),
    ("decisions", decisions::NAMES, decisions::run),
    ("clearing", clearing::NAMES, clearing::run),
    ("prediction", prediction::NAMES, prediction::run),
    ("keepers", keepers::NAMES, keepers::run),
    ("hedging", hedging::NAMES, hedging::run),
    ("guard", whole::NAMES, whole::run),
    ("ahead", ahead::NAMES, ahead::run),
    ("appetite", appetite::NAMES, appetite::run),
    ("coordination", coordination::NAMES, coordination::run),
];

impl Io<'_> {
    /// Measures one call and writes its result.
    fn call<A, R: Words>(&mut self, arguments: A, function: impl Fn(&A) -> R) {
        let result = measure(&arguments, function);
        result.put(self);
    }
}
