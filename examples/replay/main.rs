//! Replays twelve crashes, or a user's own prices, under damper and naive sellers side by side.
//!
//! `cargo run --release --example replay` prints a summary and three tables, and draws a chart for each. The market
//! reacts: what is sold moves the price, and the moved price triggers the next sales. Each module says what it
//! assumes.

mod auctions;
mod chart;
mod config;
mod damped;
#[path = "../../tests/support/exact.rs"]
mod exact;
mod feed;
mod figures;
mod insurers;
mod lending;
mod market;
mod naive;
mod path;
mod population;
mod prices;
mod program;
mod replay;
mod rng;
mod run;
mod scenario;
mod scenarios;
mod sketch;
mod summary;
mod sweep;
mod sweep_chart;
mod sweep_table;
mod table;
mod venue;
mod words;
#[path = "../../tests/support/world.rs"]
mod world;

use clap::Parser;
use indicatif::{ProgressBar, ProgressStyle};
use replay::Replay;
use scenario::Scenario;
use scenarios::{DETAILED, TWELVE, named, names};
use std::error::Error;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// The scenario of a sweep unless others are named.
const SWEPT: &str = "maker";

/// Replays twelve crashes under damper and naive sellers, and three of them in full.
#[derive(Parser)]
#[command(name = "replay")]
struct Arguments {
    /// Replay this file instead: rows of `time,price`, time as RFC 3339, date or Unix seconds, `#` for comments.
    #[arg(long, value_name = "FILE", conflicts_with = "scenario")]
    csv: Option<PathBuf>,
    /// Replay this scenario, in full; may be given several times.
    #[arg(long, value_name = "NAME")]
    scenario: Vec<String>,
    /// Instead, vary damper's own share, burst, leak and haircut: on the scenarios named, or on `maker`.
    #[arg(long, conflicts_with = "csv")]
    sweep: bool,
    /// List the scenarios.
    #[arg(long)]
    list: bool,
    /// Draw small charts too, as the guide of the crate's documentation has them.
    #[arg(long, requires = "scenario")]
    sketch: bool,
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
    let out = &mut std::io::stdout().lock();
    let seed = arguments.seed;
    if arguments.list {
        return list(out, seed);
    }
    std::fs::create_dir_all(&arguments.out).map_err(|error| format!("{}: {error}", arguments.out.display()))?;
    if arguments.sweep {
        return sweep_all(out, arguments);
    }
    let mut rows = Vec::new();
    if let Some(file) = &arguments.csv {
        in_full(out, &own(file, seed)?, &arguments.out)?;
    } else if arguments.scenario.is_empty() {
        for (name, _) in DETAILED {
            in_full(out, &named(name, seed)?, &arguments.out)?;
        }
        for (name, _) in TWELVE {
            let scenario = named(name, seed)?;
            let replay = replayed(&scenario, &arguments.out)?;
            summary::print_words(out, &scenario, &replay)?;
            rows.push((scenario, replay));
        }
        writeln!(out, "Charts: {}\n", arguments.out.display())?;
    } else {
        let scenarios: Result<Vec<Scenario>, String> =
            arguments.scenario.iter().map(|name| named(name, seed)).collect();
        for scenario in scenarios? {
            let replay = in_full(out, &scenario, &arguments.out)?;
            if arguments.sketch {
                let file = arguments.out.join(format!("{}-sketch.svg", scenario.slug));
                sketch::draw(&file, &scenario, &replay).map_err(|error| format!("{}: {error}", file.display()))?;
            }
            rows.push((scenario, replay));
        }
    }
    summary::print(out, &rows)?;
    Ok(())
}

/// The scenarios named under every setting of the grid.
fn sweep_all(out: &mut dyn Write, arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let default = [SWEPT.to_string()];
    let names = if arguments.scenario.is_empty() { &default[..] } else { &arguments.scenario };
    for name in names {
        let scenario = named(name, arguments.seed)?;
        let replay = Replay::of(&scenario, &|| {})?;
        let grid = sweep::grid();
        let progress = bar(u64::try_from(grid.len()).unwrap_or(u64::MAX), &scenario);
        let points = sweep::run(&scenario, &grid, &|| progress.inc(1))?;
        progress.finish_and_clear();
        sweep_table::print(out, &scenario, &replay, &points)?;
        let file = arguments.out.join(format!("sweep-{}.svg", scenario.slug));
        sweep_chart::draw(&file, &scenario, &replay, &points)
            .map_err(|error| format!("{}: {error}", file.display()))?;
        writeln!(out, "  Chart: {}\n", file.display())?;
    }
    Ok(())
}

/// The names, and what each is.
fn list(out: &mut dyn Write, seed: u64) -> Result<(), Box<dyn Error>> {
    let names = names();
    let width = names.iter().map(|name| name.len()).max().unwrap_or(0);
    for name in names {
        let scenario = named(name, seed)?;
        writeln!(out, "{name:<width$}  {} ({})", scenario.title, scenario.origin.word())?;
    }
    Ok(())
}

/// Replays a scenario, and draws its chart.
fn replayed(scenario: &Scenario, charts: &Path) -> Result<Replay, Box<dyn Error>> {
    let progress = progress(scenario);
    let replay = Replay::of(scenario, &|| progress.inc(1))?;
    progress.finish_and_clear();
    let file = charts.join(format!("{}.svg", scenario.slug));
    chart::draw(&file, scenario, &replay).map_err(|error| format!("{}: {error}", file.display()))?;
    Ok(replay)
}

/// The same, with its table and words.
fn in_full(out: &mut dyn Write, scenario: &Scenario, charts: &Path) -> Result<Replay, Box<dyn Error>> {
    let replay = replayed(scenario, charts)?;
    table::print(out, scenario, &replay)?;
    words::print(out, scenario, &replay)?;
    writeln!(out, "  Chart: {}\n", charts.join(format!("{}.svg", scenario.slug)).display())?;
    Ok(replay)
}

fn own(file: &Path, seed: u64) -> Result<Scenario, String> {
    let named = |error: &dyn std::fmt::Display| format!("{}: {error}", file.display());
    let bytes = std::fs::read(file).map_err(|error| named(&error))?;
    let name = file.file_stem().map_or("own".into(), |stem| stem.to_string_lossy().into_owned());
    Scenario::own(&name, &bytes, seed).map_err(|error| named(&error))
}

/// A bar over the steps of all runs.
fn progress(scenario: &Scenario) -> ProgressBar {
    let steps = scenario.path.steps.len() * (scenario.naive.len() + 1);
    bar(u64::try_from(steps).unwrap_or(u64::MAX), scenario)
}

/// A bar, on a terminal only.
fn bar(steps: u64, scenario: &Scenario) -> ProgressBar {
    let style = ProgressStyle::with_template("{msg} [{bar:40}] {pos}/{len} steps, {eta} left");
    let bar = ProgressBar::new(steps).with_message(scenario.slug.clone());
    match style {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
