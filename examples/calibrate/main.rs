//! From a price history and what is known of a market to a configuration, what it promises and what it may cost.
//!
//! `cargo run --release --features calibrate --example calibrate` fits the prices of ETH in March 2020, prints the
//! configuration with its reasons and its guarantees, and draws what other thresholds would cost. `-- --help` lists what can be
//! given instead. What cannot be met is refused with the condition that fails.

mod arguments;
mod book;
mod curve;
mod fit;
mod plot;
#[path = "../replay/prices.rs"]
mod prices;
mod report;

use arguments::{Arguments, Decimal};
use clap::Parser;
use damper::book::Shape;
use damper::calibrate::{Known, Wanted, calibrate};
use damper::price::Price;
use damper::units::{Amount, Value};
use fit::{Depth, Fitted};
use report::Units;
use std::error::Error;
use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        // The reader has seen enough.
        Err(error) if error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == ErrorKind::BrokenPipe) => {
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let fitted = fit::prices(arguments)?;
    let depth = fit::depth(arguments)?;
    report::fit(&mut io::stdout().lock(), &fitted, &depth)?;
    match depth.pool {
        Some(reserve) => {
            let atoms = match arguments.pool {
                Some(pool) => atoms(pool, arguments.decimals.0, "--pool")?,
                None => (reserve * 10_f64.powi(i32::try_from(arguments.decimals.0)?)) as u128,
            };
            calibrated(arguments, &fitted, &depth, (Shape::ConstantProduct, [Amount::new(atoms)]))
        }
        None => calibrated(arguments, &fitted, &depth, book::grid(arguments)?),
    }
}

fn atoms(decimal: Decimal, decimals: u32, option: &str) -> Result<u128, String> {
    decimal.atoms(decimals).ok_or_else(|| format!("{option}: more than 2^128 atoms"))
}

fn calibrated<const N: usize>(
    arguments: &Arguments,
    fitted: &Fitted,
    depth: &Depth,
    (shape, amounts): (Shape<N>, [Amount; N]),
) -> Result<(), Box<dyn Error>> {
    let (base, quote) = arguments.decimals;
    let price = arguments.price.unwrap_or(fitted.last_price);
    let exponent = i32::try_from(quote)? - i32::try_from(base)? - i32::try_from(price.decimals)?;
    let value = |decimal, option| atoms(decimal, quote, option).map(Value::new);
    let known = Known {
        calm_volatility: fitted.calm,
        stressed_volatility: fitted.stressed,
        half_life: fitted.half_life,
        falls: &fitted.falls,
        noise: arguments.noise,
        price: Price::from_decimal_floor(price.digits, exponent).map_err(|error| format!("--price: {error}"))?,
        shape,
        depth: amounts,
        collapse: depth.collapse,
        heartbeat: arguments.heartbeat,
        gas: value(arguments.gas, "--gas")?,
    };
    let wanted = Wanted {
        amplification: arguments.amplification,
        unexplained: arguments.unexplained,
        unexplained_daily: arguments.unexplained_daily,
        haircut: arguments.haircut,
        bonus: arguments.bonus,
        penalty: arguments.penalty,
        round: arguments.round,
        halt: arguments.halt,
        earlier: arguments.earlier,
        debt: value(arguments.debt, "--debt")?,
        bad_debt: value(arguments.bad_debt, "--bad-debt")?,
        threshold: arguments.threshold,
    };
    let units = Units { base, quote };
    let found = calibrate(&known, &wanted);
    let curve = curve::of(&known, &wanted);
    if let Some(file) = &arguments.csv {
        curve::write(file, &curve, wanted.bad_debt)?;
    }
    std::fs::create_dir_all(&arguments.out).map_err(|error| format!("{}: {error}", arguments.out.display()))?;
    let chart = |name: &str| arguments.out.join(name);
    let chosen = found.as_ref().ok().map(|found| &found.promise);
    plot::trade_off(&chart("bad-debt.svg"), units, &curve, wanted.bad_debt, chosen)?;
    let out = &mut io::stdout().lock();
    match &found {
        Ok(found) => {
            report::configuration(out, units, &known, &wanted, found)?;
            report::guarantees(out, units, &known, &wanted, found)?;
            plot::falls(&chart("falls.svg"), &known, found)?;
            writeln!(out, "\nCharts: {}", arguments.out.display())?;
            Ok(())
        }
        Err(refusal) => Err(report::refusal(units, refusal).into()),
    }
}
