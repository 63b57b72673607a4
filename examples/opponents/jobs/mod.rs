//! The measured calls: five jobs of each number type. One source, compiled for the machine and for the host: both must
//! give the same words.
//!
//! What an account holds is built outside the measured call, which is the function of `opponents` alone.

#[path = "../../costs/cases/io.rs"]
mod io;

pub use io::Io;
use io::measure;
use opponents::input::{self, Decimals, Price};
use opponents::output::{Health, Number, Verdict};

/// What a case writes first.
pub const REFUSED: u64 = 0;
const ANSWERED: u64 = 1;

trait Input {
    fn read(io: &mut Io<'_>) -> Self;
}

impl Input for Price {
    fn read(io: &mut Io<'_>) -> Price {
        Price { mantissa: io.small(), exponent: -(io.small() as i32) }
    }
}

impl Input for Decimals {
    fn read(io: &mut Io<'_>) -> Decimals {
        Decimals { base: io.small() as u32, quote: io.small() as u32 }
    }
}

impl Input for input::Health {
    fn read(io: &mut Io<'_>) -> input::Health {
        let (collateral, debt) = (io.next(), io.next());
        let (price, decimals) = (Price::read(io), Decimals::read(io));
        input::Health { collateral, debt, price, decimals, threshold_bps: io.small() as u16 }
    }
}

impl Input for input::Plan {
    fn read(io: &mut Io<'_>) -> input::Plan {
        input::Plan {
            position: input::Health::read(io),
            close_factor_bps: io.small() as u16,
            cap: io.small(),
            least_bonus_bps: io.small() as u16,
            most_bonus_bps: io.small() as u16,
        }
    }
}

impl Input for input::Auction {
    fn read(io: &mut Io<'_>) -> input::Auction {
        let (start, decimals) = (Price::read(io), Decimals::read(io));
        input::Auction { start, decimals, cut_bps: io.small() as u16, step: io.small(), elapsed: io.small() }
    }
}

impl Input for input::Impact {
    fn read(io: &mut Io<'_>) -> input::Impact {
        input::Impact { reserve: io.next(), sold: io.next() }
    }
}

impl Input for input::Ewma {
    fn read(io: &mut Io<'_>) -> input::Ewma {
        let sigma = io.small() as u32;
        let (before, after, decimals) = (Price::read(io), Price::read(io), Decimals::read(io));
        let (weight_wad, elapsed) = (io.small(), io.small());
        input::Ewma {
            sigma,
            before,
            after,
            decimals,
            weight_wad,
            elapsed,
            periods: io.small() as u32,
            half_life: io.small(),
        }
    }
}

fn put_wide(io: &mut Io<'_>, word: u128) {
    io.put(word as u64);
    io.put((word >> 64) as u64);
}

fn put_number(io: &mut Io<'_>, number: impl Into<Number>) {
    let Number { mantissa, binary, decimal } = number.into();
    put_wide(io, mantissa);
    io.put(binary as u64);
    io.put(decimal as u64);
}

fn put_health(io: &mut Io<'_>, health: Health<impl Into<Number>>) {
    io.put(u64::from(health.healthy));
    put_number(io, health.used);
    put_number(io, health.limit);
}

fn put_verdict(io: &mut Io<'_>, verdict: Verdict) {
    match verdict {
        Verdict::Healthy => io.put(0),
        Verdict::Sell { sell, repay } => {
            io.put(1);
            put_wide(io, sell);
            put_wide(io, repay);
        }
    }
}

/// The jobs of a number type, in the order in which the runner names them.
macro_rules! jobs {
    ($name:ident, $module:ident: $($job:ident, $stored:ident, $input:ident, $put:ident;)*) => {
        mod $name {
            use super::{ANSWERED, Input, Io, REFUSED, input, measure};
            use opponents::$module;

            $(
                #[inline(never)]
                fn $job(io: &mut Io<'_>) {
                    let input = input::$input::read(io);
                    match $module::$stored::store(&input).and_then(|stored| measure(&stored, $module::$job)) {
                        Some(answer) => {
                            io.put(ANSWERED);
                            super::$put(io, answer);
                        }
                        None => io.put(REFUSED),
                    }
                }
            )*

            pub(super) fn run(job: u64, io: &mut Io<'_>) {
                let mut at = 0;
                $(
                    if job == at {
                        return $job(io);
                    }
                    at += 1;
                )*
                let _ = at;
            }
        }
    };
    ($name:ident, $module:ident) => {
        jobs! {
            $name, $module:
            health, Health, Health, put_health;
            plan, Plan, Plan, put_verdict;
            auction, Auction, Auction, put_number;
            impact, Impact, Impact, put_number;
            ewma, Ewma, Ewma, put_number;
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
    assess, Assess, Plan, put_verdict;
}

/// The empty call.
fn empty(_: u64, io: &mut Io<'_>) {
    measure(&(), |()| ());
    io.put(ANSWERED);
}

/// Runs the job of a number.
type Run = fn(u64, &mut Io<'_>);

/// Key and function of each number type, in the order of `opponents::table::OPPONENTS`, between the probe's own empty
/// call and damper's own plan.
pub const TYPES: [(&str, Run); 9] = [
    ("probe", empty),
    ("u68f60", u68f60::run),
    ("i80f48", i80f48::run),
    ("spl", spl::run),
    ("decimal96", decimal96::run),
    ("cosmwasm", cosmwasm::run),
    ("cosmwasm256", cosmwasm256::run),
    ("damper", damper::run),
    ("damper_own", damper_own::run),
];
