//! The bounded channel between the reader and the keeper. When it is full, a price or a book takes the place of the last
//! one of its kind that still waits; anything else waits for room, and with it the reader. Nothing but prices and books is
//! ever left out.

use crate::news::{Item, Malformed, News};
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// Where a line ends in its stream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Place {
    /// Lines up to it.
    pub line: u64,
    /// Bytes up to it, in a file.
    pub offset: u64,
}

/// What the reader has to say.
#[derive(Debug)]
pub enum Message {
    /// A line.
    Item(Box<Item>),
    /// A line that cannot be read.
    Bad(Malformed),
    /// The connection was made again.
    Reconnected,
    /// There is no more.
    Ended,
    /// The stream cannot be read.
    Failed(std::io::Error),
}

/// Lines that were left out just before a message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Passed {
    /// Their sequence numbers, first and last of each run.
    pub numbers: Vec<(u64, u64)>,
    /// How many.
    pub lines: u64,
}

impl Passed {
    /// These, then that line, then those which were left out after it.
    fn and(mut self, seq: Option<u64>, after: Passed) -> Passed {
        let own = seq.map(|seq| (seq, seq));
        for (first, last) in own.into_iter().chain(after.numbers) {
            match self.numbers.last_mut() {
                Some(run) if run.1.checked_add(1) == Some(first) => run.1 = last,
                _ => self.numbers.push((first, last)),
            }
        }
        Passed { numbers: self.numbers, lines: self.lines + 1 + after.lines }
    }
}

/// A message, its place, and what was left out before it.
#[derive(Debug)]
pub struct Entry {
    pub message: Message,
    pub place: Place,
    pub passed: Passed,
}

/// The channel, for one reader and one keeper.
#[derive(Debug)]
pub struct Channel {
    queue: Mutex<VecDeque<Entry>>,
    room: Notify,
    news: Notify,
    capacity: usize,
    coalesce: bool,
}

/// Prices and books, of which only the last counts.
fn kind(message: &Message) -> Option<u8> {
    let Message::Item(item) = message else { return None };
    match item.news {
        News::Price(_) => Some(0),
        News::Depth { .. } => Some(1),
        _ => None,
    }
}

impl Channel {
    /// A channel of so many places, at least two. `coalesce`: whether prices and books give way when it is full.
    #[must_use]
    pub fn new(capacity: usize, coalesce: bool) -> Channel {
        let queue = Mutex::new(VecDeque::new());
        Channel { queue, room: Notify::new(), news: Notify::new(), capacity: capacity.max(2), coalesce }
    }

    fn queue(&self) -> MutexGuard<'_, VecDeque<Entry>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a message in, as soon as there is room for it.
    pub async fn send(&self, message: Message, place: Place) {
        let mut entry = Entry { message, place, passed: Passed::default() };
        loop {
            match self.try_send(entry) {
                None => break,
                Some(back) => entry = back,
            }
            self.room.notified().await;
        }
        self.news.notify_one();
    }

    /// Puts a message in, or gives it back.
    fn try_send(&self, entry: Entry) -> Option<Entry> {
        let mut queue = self.queue();
        if queue.len() >= self.capacity {
            let kind = kind(&entry.message).filter(|_| self.coalesce);
            let old = kind.and_then(|kind| queue.iter().rposition(|other| self::kind(&other.message) == Some(kind)));
            let Some(old) = old.and_then(|at| queue.remove(at).map(|old| (at, old))) else { return Some(entry) };
            queue.push_back(entry);
            let (at, old) = old;
            let seq = if let Message::Item(item) = &old.message { item.seq } else { None };
            // What stands in its place now, which may be the new one.
            if let Some(next) = queue.get_mut(at) {
                let after = std::mem::take(&mut next.passed);
                next.passed = old.passed.and(seq, after);
            }
            return None;
        }
        queue.push_back(entry);
        None
    }

    /// Takes the next message out, as soon as there is one.
    pub async fn receive(&self) -> Entry {
        loop {
            let entry = self.queue().pop_front();
            if let Some(entry) = entry {
                self.room.notify_one();
                return entry;
            }
            self.news.notified().await;
        }
    }

    /// How many wait.
    #[must_use]
    pub fn len(&self) -> usize {
        self.queue().len()
    }

    /// Whether none waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.queue().is_empty()
    }
}
