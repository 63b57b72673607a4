//! The command line.

use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

/// A keeper bot for a market that damper guards.
#[derive(Debug, Parser)]
#[command(name = "keeper", about)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

/// What is to be done.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Watch a market, and act in it.
    Run(Box<RunArgs>),
    /// Print what updates and prices cost, from 1,000 to 1,000,000 positions.
    Bench {
        /// The most positions.
        #[arg(long, default_value_t = 1_000_000)]
        most: usize,
    },
    /// Write a snapshot and a stream of a made-up crash.
    Sample {
        /// Folder for market.json and crash.jsonl.
        out: PathBuf,
        /// Of the random numbers.
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// Positions.
        #[arg(long, default_value_t = 200)]
        positions: usize,
        /// Blocks of 60 seconds.
        #[arg(long, default_value_t = 180)]
        blocks: u64,
    },
}

/// How a market is watched.
#[derive(Debug, Args)]
pub struct RunArgs {
    /// The market snapshot.
    #[arg(long)]
    pub market: PathBuf,
    /// Lines from a file, read to its end.
    #[arg(long, group = "source")]
    pub replay: Option<PathBuf>,
    /// Lines from standard input, read to its end: the default.
    #[arg(long, group = "source")]
    pub stdin: bool,
    /// Lines from a server at HOST:PORT.
    #[arg(long, group = "source")]
    pub connect: Option<String>,
    /// Lines from a server at ws://HOST:PORT/PATH.
    #[arg(long, group = "source")]
    pub websocket: Option<String>,
    /// End when the stream ends for the first time: connections are not made again.
    #[arg(long)]
    pub once: bool,

    /// Where actions go: `-` for standard output, `tcp:HOST:PORT`, or a file. Without it nothing is done but logged.
    #[arg(long)]
    pub act: Option<String>,
    /// Keep the state in this file, and go on from it.
    #[arg(long)]
    pub state: Option<PathBuf>,
    /// Start anew, whatever the state file says.
    #[arg(long, requires = "state")]
    pub fresh: bool,
    /// Lines between two writings of the state.
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u64).range(1..))]
    pub save_every: u64,

    /// Show the market in the terminal.
    #[arg(long, conflicts_with = "json")]
    pub view: bool,
    /// Print an object for each block.
    #[arg(long)]
    pub json: bool,
    /// Print what the run came to.
    #[arg(long)]
    pub summary: bool,

    /// Places between the reader and the keeper.
    #[arg(long, default_value_t = 1_024)]
    pub queue: usize,
    /// Actions that may wait to be carried out before the keeper waits too.
    #[arg(long, default_value_t = 1_024)]
    pub outbox: usize,
    /// First wait before a connection is made, or an action tried, again: milliseconds.
    #[arg(long, default_value_t = 250, value_parser = clap::value_parser!(u64).range(1..))]
    pub backoff_ms: u64,
    /// Longest such wait: milliseconds.
    #[arg(long, default_value_t = 30_000, value_parser = clap::value_parser!(u64).range(1..))]
    pub backoff_most_ms: u64,
    /// Silence after which a connection is given up: milliseconds.
    #[arg(long, default_value_t = 30_000, value_parser = clap::value_parser!(u64).range(1..))]
    pub stall_ms: u64,
    /// How long actions that wait are given at the end: milliseconds.
    #[arg(long, default_value_t = 10_000, overrides_with = "close_ms")]
    pub close_ms: u64,
}
