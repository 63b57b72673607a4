//! A run: lines in, blocks out, the state kept, until the stream or the operator ends it.

use crate::channel::{Channel, Entry, Message, Place};
use crate::cli::RunArgs;
use crate::engine::Engine;
use crate::execute::{DryRun, Executor, FileSink, LineSink, TcpSink};
use crate::json;
use crate::outbox::{Outbox, Retry};
use crate::report::Report;
use crate::setup::File;
use crate::source::{Patience, Reader, Source};
use crate::state;
use crate::view::Screen;
use anyhow::{Context, Result};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::{interval, sleep};

/// Why a run does not start, as opposed to one that fails.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Refused(pub String);

/// Everything that a run holds.
struct Run<'a> {
    args: &'a RunArgs,
    engine: Engine,
    outbox: Outbox,
    place: Place,
    /// Lines since the state was written, and whether the last writing failed.
    unsaved: u64,
    save_failed: bool,
    last: Option<Box<Report>>,
    /// Why the stream ended before its end.
    broken: Option<std::io::Error>,
    heard: Instant,
}

fn source(args: &RunArgs) -> Source {
    match (&args.replay, &args.connect, &args.websocket) {
        (Some(path), ..) => Source::File(path.clone()),
        (None, Some(address), _) => Source::Tcp(address.clone()),
        (None, None, Some(url)) => Source::WebSocket(url.clone()),
        (None, None, None) => Source::Stdin,
    }
}

fn executor(args: &RunArgs) -> Result<Box<dyn Executor>> {
    Ok(match args.act.as_deref() {
        None => Box::new(DryRun),
        Some("-") => Box::new(LineSink(std::io::stdout())),
        Some(sink) => match sink.strip_prefix("tcp:") {
            Some(address) => Box::new(TcpSink::new(address.to_owned(), Duration::from_millis(args.stall_ms))),
            None => {
                let file = FileSink::open(Path::new(sink));
                Box::new(file.map_err(|error| Refused(format!("SinkUnusable: {sink}: {error}")))?)
            }
        },
    })
}

fn log_of(state: &Path) -> PathBuf {
    let mut name = state.as_os_str().to_owned();
    name.push(".sent");
    PathBuf::from(name)
}

fn open(args: &RunArgs) -> Result<Run<'_>> {
    let market = &args.market;
    let text = std::fs::read_to_string(market).with_context(|| format!("{} cannot be read", market.display()))?;
    let file = File::parse(&text).map_err(|error| Refused(format!("{}: {error}", market.display())))?;
    let saved = match &args.state {
        Some(path) if !args.fresh => state::load(path, &file)
            .map_err(|error| Refused(format!("{}: {error}; --fresh starts anew", path.display())))?,
        _ => None,
    };
    let log = args.state.as_deref().map(log_of);
    let (engine, place, waiting) = match saved {
        Some(saved) => (saved.engine, saved.place, saved.outbox),
        None => {
            if let Some(log) = log.as_ref().filter(|log| log.exists()) {
                std::fs::remove_file(log)?;
            }
            let engine = Engine::open(&file).map_err(|error| Refused(format!("{}: {error}", market.display())))?;
            (engine, Place::default(), Vec::new())
        }
    };
    let retry =
        Retry { first: Duration::from_millis(args.backoff_ms), most: Duration::from_millis(args.backoff_most_ms) };
    let outbox = Outbox::open(executor(args)?, retry, args.outbox, waiting, log)?;
    let mut run = Run {
        args,
        engine,
        outbox,
        place,
        unsaved: 0,
        save_failed: false,
        last: None,
        broken: None,
        heard: Instant::now(),
    };
    // A state that cannot be written is better known now than at the first failure.
    run.save().map_err(|error| Refused(format!("StateUnwritable: {error}")))?;
    Ok(run)
}

/// Runs until the stream ends, or the process is told to.
///
/// # Errors
/// [`Refused`] for what it is started with; others for what fails at the end.
pub async fn run(args: &RunArgs) -> Result<()> {
    let mut run = open(args)?;
    let source = source(args);
    let live = matches!(source, Source::Tcp(_) | Source::WebSocket(_));
    let channel = Arc::new(Channel::new(args.queue, live));
    let patience = Patience {
        backoff: Duration::from_millis(args.backoff_ms),
        most: Duration::from_millis(args.backoff_most_ms),
        stall: Duration::from_millis(args.stall_ms),
        once: args.once,
    };
    let (scale, last) = (run.engine.setup.scale, run.engine.feed.last);
    let reader = Reader { source, patience, scale, channel: Arc::clone(&channel), place: run.place, last };
    let reader = tokio::spawn(reader.run());
    let (mut term, mut int) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let mut screen = if args.view { Some(Screen::open()?) } else { None };
    let mut frame = interval(Duration::from_millis(100));
    loop {
        tokio::select! {
            biased;
            _ = term.recv() => break,
            _ = int.recv() => break,
            _ = frame.tick(), if screen.is_some() => {
                if let Some(screen) = &mut screen {
                    if screen.wants_to_quit()? {
                        break;
                    }
                    if let Some(report) = &run.last {
                        screen.draw(&run.frame(report, &channel))?;
                    }
                }
            }
            // A sink that does not keep up holds the keeper up, and it the reader.
            () = sleep(Duration::from_millis(2)), if run.outbox.is_full() => {}
            entry = channel.receive(), if !run.outbox.is_full() => {
                if !run.take(entry)? {
                    break;
                }
            }
        }
    }
    reader.abort();
    drop(screen);
    run.close()
}

impl Run<'_> {
    /// Takes a message in; false at the end.
    fn take(&mut self, entry: Entry) -> Result<bool> {
        let Entry { message, place, passed } = entry;
        self.engine.pass_over(&passed);
        self.heard = Instant::now();
        let line = place.line;
        match message {
            Message::Ended => return Ok(false),
            Message::Failed(error) => {
                self.broken = Some(error);
                return Ok(false);
            }
            Message::Reconnected => self.engine.feed.reconnects += 1,
            Message::Bad(error) => {
                tracing::warn!(line, reason = error.name(), %error, "skipped");
                self.engine.skip(&error);
            }
            Message::Item(item) => {
                let applied = self.engine.apply(*item);
                for note in applied.notes {
                    tracing::warn!(line, reason = note.name(), "noted");
                }
                if let Some(report) = applied.report {
                    if self.args.json {
                        let mut out = std::io::stdout().lock();
                        writeln!(out, "{}", json::block(&report, self.engine.setup.scale))?;
                        out.flush()?;
                    }
                    self.outbox.add(report.actions.iter().cloned());
                    self.last = Some(report);
                }
            }
        }
        self.place = place;
        self.unsaved += 1;
        if self.unsaved >= self.args.save_every {
            match self.save() {
                Ok(()) => self.save_failed = false,
                // Who is to be sold is more urgent than a restart that loses nothing; it is tried again.
                Err(error) => {
                    self.save_failed = true;
                    tracing::error!(%error, reason = "StateUnwritable", "the state cannot be written");
                }
            }
            self.unsaved = 0;
        }
        Ok(true)
    }

    fn save(&mut self) -> Result<()> {
        let Some(path) = &self.args.state else { return Ok(()) };
        let (waiting, _) = self.outbox.waiting();
        let bytes = state::encode(&self.engine, self.place, &waiting)?;
        state::save(path, &bytes).with_context(|| path.display().to_string())?;
        self.outbox.checkpoint(&waiting)?;
        Ok(())
    }

    fn frame<'a>(&'a self, report: &'a Report, channel: &Channel) -> crate::view::Frame<'a> {
        let (waiting, failures) = self.outbox.waiting();
        crate::view::Frame {
            report,
            scale: self.engine.setup.scale,
            tally: self.engine.tally,
            silent: self.heard.elapsed(),
            queued: channel.len(),
            waiting: waiting.len(),
            failures,
            save_failed: self.save_failed,
        }
    }

    /// Gives actions that wait some time, writes the state, and says what the run came to.
    fn close(self) -> Result<()> {
        let Run { args, engine, outbox, place, broken, .. } = self;
        let waiting = outbox.close(Duration::from_millis(args.close_ms));
        let saved = args.state.as_ref().map_or(Ok(()), |path| {
            let bytes = state::encode(&engine, place, &waiting)?;
            state::save(path, &bytes).with_context(|| format!("StateUnwritable: {}", path.display()))?;
            // What waits is in the state, and nothing else can come again.
            let log = log_of(path);
            if log.exists() { std::fs::remove_file(&log).map_err(anyhow::Error::from) } else { Ok(()) }
        });
        if args.summary {
            let mut out = std::io::stdout().lock();
            write!(out, "{}", json::summary(&engine, waiting.len()))?;
            out.flush()?;
        }
        saved?;
        broken.map_or(Ok(()), |error| Err(anyhow::Error::new(error).context("StreamUnreadable")))
    }
}
