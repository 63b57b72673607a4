//! Actions on their way: in order, one at a time, again after a wait that doubles when it fails.

use crate::action::Action;
use crate::atomic;
use crate::execute::Executor;
use std::collections::{HashMap, HashSet, VecDeque};
use std::fs::OpenOptions;
use std::io::Write;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Waits between tries.
#[derive(Clone, Copy, Debug)]
pub struct Retry {
    pub first: Duration,
    pub most: Duration,
}

#[derive(Debug, Default)]
struct Shared {
    waiting: VecDeque<Action>,
    /// Keys that were carried out since the last checkpoint, for an executor that does not remember; and whether this run has
    /// decided them, or an earlier one did beyond its last checkpoint, so that they are still to come again.
    carried_out: HashMap<String, bool>,
    log: Option<PathBuf>,
    failures: u64,
    stop: bool,
}

/// The outbox, and the thread that empties it.
#[derive(Debug)]
pub struct Outbox {
    shared: Arc<(Mutex<Shared>, Condvar)>,
    thread: Option<JoinHandle<()>>,
    capacity: usize,
}

fn lock(shared: &Mutex<Shared>) -> MutexGuard<'_, Shared> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether an action that was decided just now has been carried out already.
fn is_known(carried_out: &mut HashMap<String, bool>, key: &str) -> bool {
    carried_out.get_mut(key).map(|decided| *decided = true).is_some()
}

impl Outbox {
    /// Opens an outbox with what waited when the state was written. `log` is where keys are noted that were carried out
    /// since then, so that none of them is sent again; not needed for an executor that remembers.
    ///
    /// # Errors
    /// The log cannot be read.
    pub fn open(
        mut executor: Box<dyn Executor>,
        retry: Retry,
        capacity: usize,
        waiting: Vec<Action>,
        log: Option<PathBuf>,
    ) -> std::io::Result<Outbox> {
        let log = log.filter(|_| !executor.remembers());
        let mut carried_out = HashMap::new();
        if let Some(path) = &log
            && path.exists()
        {
            let text = String::from_utf8_lossy(&std::fs::read(path)?).into_owned();
            // A last line without an end is a key that may have been sent: it counts, if it is whole, by its own end mark.
            carried_out =
                text.lines().filter_map(|line| line.strip_suffix(" .")).map(|key| (key.to_owned(), false)).collect();
        }
        let waiting = waiting.into_iter().filter(|action| !is_known(&mut carried_out, &action.key)).collect();
        let shared = Shared { waiting, carried_out, log, failures: 0, stop: false };
        let shared = Arc::new((Mutex::new(shared), Condvar::new()));
        let own = Arc::clone(&shared);
        let thread = std::thread::spawn(move || work(&own, executor.as_mut(), retry));
        Ok(Outbox { shared, thread: Some(thread), capacity: capacity.max(1) })
    }

    /// Adds actions, but for those that are known to have been carried out.
    pub fn add(&self, actions: impl IntoIterator<Item = Action>) {
        let mut shared = lock(&self.shared.0);
        for action in actions {
            if !is_known(&mut shared.carried_out, &action.key) {
                shared.waiting.push_back(action);
            }
        }
        self.shared.1.notify_all();
    }

    /// Whether no more should be decided until some are carried out.
    #[must_use]
    pub fn is_full(&self) -> bool {
        lock(&self.shared.0).waiting.len() >= self.capacity
    }

    /// What waits, and how often it failed.
    #[must_use]
    pub fn waiting(&self) -> (Vec<Action>, u64) {
        let shared = lock(&self.shared.0);
        (shared.waiting.iter().cloned().collect(), shared.failures)
    }

    /// How many wait.
    #[must_use]
    pub fn len(&self) -> usize {
        lock(&self.shared.0).waiting.len()
    }

    /// Whether none waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// After a state with `waiting` in it was made durable: what this run decided before cannot come again, and is forgotten.
    ///
    /// # Errors
    /// The log cannot be written; it is then longer than it need be.
    pub fn checkpoint(&self, waiting: &[Action]) -> std::io::Result<()> {
        let mut shared = lock(&self.shared.0);
        let keys: HashSet<&str> = waiting.iter().map(|action| action.key.as_str()).collect();
        let before = shared.carried_out.len();
        shared.carried_out.retain(|key, decided| !*decided || keys.contains(key.as_str()));
        if let Some(path) = &shared.log
            && shared.carried_out.len() < before
        {
            let text: String = shared.carried_out.keys().map(|key| format!("{key} .\n")).collect();
            atomic::replace(path, text.as_bytes())?;
        }
        Ok(())
    }

    /// Waits until all is carried out or the time is over, ends the thread, and gives back what is left.
    pub fn close(mut self, patience: Duration) -> Vec<Action> {
        let end = Instant::now() + patience;
        let mut shared = lock(&self.shared.0);
        while !shared.waiting.is_empty() {
            let Some(left) = end.checked_duration_since(Instant::now()).filter(|left| !left.is_zero()) else { break };
            shared = self.shared.1.wait_timeout(shared, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        shared.stop = true;
        self.shared.1.notify_all();
        let busy = !shared.waiting.is_empty();
        drop(shared);
        // A thread that is stuck in a call is left to the end of the process.
        if let Some(thread) = self.thread.take().filter(|_| !busy) {
            drop(thread.join());
        }
        self.waiting().0
    }
}

/// Carries out what waits until it is told to stop.
fn work(shared: &(Mutex<Shared>, Condvar), executor: &mut dyn Executor, retry: Retry) {
    let (state, changed) = shared;
    let mut wait = retry.first;
    let mut guard = lock(state);
    while !guard.stop {
        let Some(action) = guard.waiting.front().cloned() else {
            guard = changed.wait(guard).unwrap_or_else(PoisonError::into_inner);
            continue;
        };
        drop(guard);
        let result = executor.execute(&action);
        guard = lock(state);
        match result {
            Ok(()) => {
                wait = retry.first;
                guard.waiting.pop_front();
                if let Some(path) = guard.log.clone() {
                    guard.carried_out.insert(action.key.clone(), true);
                    if let Err(error) = note(&path, &action.key) {
                        tracing::error!(%error, "cannot note that an action was carried out");
                    }
                }
                changed.notify_all();
            }
            Err(error) => {
                guard.failures += 1;
                tracing::warn!(key = action.key, %error, "an action failed: it is tried again");
                let end = Instant::now() + wait;
                while let Some(left) = end.checked_duration_since(Instant::now()).filter(|left| !left.is_zero()) {
                    if guard.stop {
                        return;
                    }
                    guard = changed.wait_timeout(guard, left).unwrap_or_else(PoisonError::into_inner).0;
                }
                wait = wait.saturating_mul(2).min(retry.most);
            }
        }
    }
}

fn note(path: &PathBuf, key: &str) -> std::io::Result<()> {
    let mut file = OpenOptions::new().append(true).create(true).open(path)?;
    file.write_all(format!("{key} .\n").as_bytes())?;
    file.sync_data()
}
