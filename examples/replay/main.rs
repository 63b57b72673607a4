//! Replays three crashes, or a user's own prices, under four sellers side by side.
//!
//! `cargo run --release --example replay` prints a table and draws a chart for each. The market reacts: what is sold
//! moves the price, and the moved price triggers the next sales. Each module says what it assumes.

mod auctions;
mod chart;
mod config;
mod damped;
#[path = "../../tests/support/exact.rs"]
mod exact;
mod insurers;
mod lending;
mod market;
mod naive;
mod path;
mod population;
mod prices;
mod replay;
mod rng;
mod run;
mod scenario;
mod table;
mod words;
#[path = "../../tests/support/world.rs"]
mod world;

use clap::Parser;
use indicatif::{ProgressBar, ProgressStyle};
use replay::Replay;
use scenario::Scenario;
use std::error::Error;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Replays S&P 500 October 1987, ETH March 2020 and ETH May 2021 under four sellers, one of them damper.
#[derive(Parser)]
#[command(name = "replay")]
struct Arguments {
    /// Replay this file instead: rows of `time,price`, time as RFC 3339, date or Unix seconds, `#` for comments.
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    /// Where the charts are written.
    #[arg(long, value_name = "DIR", default_value = "target/replay")]
    out: PathBuf,
    /// Seed of the populations.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
}

fn main() -> ExitCode {
    match replay_all(&Arguments::parse()) {
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

fn replay_all(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let scenarios = match &arguments.csv {
        Some(file) => vec![own(file, arguments.seed)?],
        None => Scenario::carried(arguments.seed).map_err(|error| error.to_string())?.into(),
    };
    std::fs::create_dir_all(&arguments.out).map_err(|error| format!("{}: {error}", arguments.out.display()))?;
    for scenario in &scenarios {
        let progress = progress(scenario);
        let replay = Replay::of(scenario, &|| progress.inc(1))?;
        progress.finish_and_clear();
        let out = &mut std::io::stdout().lock();
        table::print(out, scenario, &replay)?;
        words::print(out, scenario, &replay)?;
        let file = arguments.out.join(format!("{}.svg", scenario.slug));
        chart::draw(&file, scenario, &replay).map_err(|error| format!("{}: {error}", file.display()))?;
        writeln!(out, "  Chart: {}\n", file.display())?;
    }
    Ok(())
}

fn own(file: &Path, seed: u64) -> Result<Scenario, String> {
    let named = |error: &dyn std::fmt::Display| format!("{}: {error}", file.display());
    let bytes = std::fs::read(file).map_err(|error| named(&error))?;
    let name = file.file_stem().map_or("own".into(), |stem| stem.to_string_lossy().into_owned());
    Scenario::own(&name, &bytes, seed).map_err(|error| named(&error))
}

/// A bar over the steps of the four runs, on a terminal only.
fn progress(scenario: &Scenario) -> ProgressBar {
    let steps = u64::try_from(scenario.path.steps.len() * 4).unwrap_or(u64::MAX);
    let style = ProgressStyle::with_template("{msg} [{bar:40}] {pos}/{len} steps, {eta} left");
    let bar = ProgressBar::new(steps).with_message(scenario.slug.clone());
    match style {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
