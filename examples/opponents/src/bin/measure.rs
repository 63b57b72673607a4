//! Runs every job of every opponent on each of the eight fixed inputs of a range, for an instruction counter to watch.
//!
//! Each job is called in a function of its own, `measure::OPPONENT::JOB`, that is never inlined; what an account holds
//! is built outside it. `measure narrow` and `measure wide` print one line for each: `OPPONENT::JOB`, then `ok`, or
//! `overflow` if one of the inputs is refused.

#[path = "../../../costs/copies.rs"]
#[allow(unsafe_code, reason = "stands for functions of the C library")]
mod copies;

use opponents::cases::{Cases, NARROW, WIDE};
use std::hint::black_box;
use std::process::ExitCode;

macro_rules! jobs {
    ($name:ident, $module:ident: $($job:ident, $stored:ident, $inputs:ident;)*) => {
        mod $name {
            use super::{Cases, black_box};
            use opponents::$module;

            $(
                #[inline(never)]
                fn $job(stored: &$module::$stored) -> bool {
                    black_box($module::$job(stored)).is_some()
                }
            )*

            /// Name of the function, and whether it took all inputs.
            pub(super) fn all(cases: &Cases) -> Vec<(&'static str, bool)> {
                vec![$((
                    concat!(stringify!($name), "::", stringify!($job)),
                    // Not short-circuited: each input is run.
                    cases.$inputs.iter().fold(true, |fits, input| {
                        $module::$stored::store(input).is_some_and(|stored| $job(black_box(&stored))) && fits
                    }),
                )),*]
            }
        }
    };
    ($name:ident, $module:ident) => {
        jobs! {
            $name, $module:
            health, Health, health;
            plan, Plan, plan;
            auction, Auction, auction;
            impact, Impact, impact;
            ewma, Ewma, ewma;
        }
    };
}

jobs!(u68f60, fixed_u68f60);
jobs!(i80f48, fixed_i80f48);
jobs!(spl, spl_decimal);
jobs!(decimal96, decimal96);
jobs!(cosmwasm, cosmwasm_decimal);
jobs!(cosmwasm256, cosmwasm_decimal256);
jobs!(damper, damper_side);
jobs! {
    damper_own, damper_side:
    assess, Assess, plan;
}

fn main() -> ExitCode {
    let cases = match std::env::args().nth(1).as_deref() {
        Some("narrow") => &NARROW,
        Some("wide") => &WIDE,
        _ => {
            eprintln!("usage: measure narrow|wide");
            return ExitCode::FAILURE;
        }
    };
    let types = [
        u68f60::all,
        i80f48::all,
        spl::all,
        decimal96::all,
        cosmwasm::all,
        cosmwasm256::all,
        damper::all,
        damper_own::all,
    ];
    for all in types {
        for (function, fits) in all(cases) {
            println!("{function} {}", if fits { "ok" } else { "overflow" });
        }
    }
    ExitCode::SUCCESS
}
