//! The program. Its end: 0, or 1 for what failed, or 2 for what it was started with.

use clap::Parser;
use keeper::cli::{Cli, Command};
use keeper::run::Refused;
use std::io::IsTerminal;
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = Cli::parse();
    // The log is for people; standard output is for what was asked for.
    let log = tracing_subscriber::fmt().with_ansi(false).without_time();
    // The view has the terminal for itself: what is wrong is counted there.
    if matches!(&cli.command, Command::Run(args) if args.view && std::io::stderr().is_terminal()) {
        log.with_writer(std::io::sink).init();
    } else {
        log.with_writer(std::io::stderr).init();
    }
    let result = match cli.command {
        Command::Run(args) => start(&args),
        Command::Bench { most } => keeper::bench::run(most),
        Command::Sample { out, seed, positions, blocks } => keeper::sample::write(&out, seed, positions, blocks),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("keeper: {error:#}");
            ExitCode::from(if error.is::<Refused>() { 2 } else { 1 })
        }
    }
}

fn start(args: &keeper::cli::RunArgs) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let result = runtime.block_on(keeper::run::run(args));
    // A read of standard input cannot be called off; the process does not wait for it.
    runtime.shutdown_background();
    result
}
