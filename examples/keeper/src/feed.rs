//! Health of the feed: sequence numbers, and what was refused, by name.

use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// How many missing numbers are remembered, so that they are taken when they come late.
const REMEMBERED: usize = 4_096;
/// How far a number may be ahead.
const FARTHEST: u64 = 1_000_000;
/// How many lines in a row must agree on a time that is far ahead.
const AGREEING: u32 = 3;

/// What was seen of the stream.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Feed {
    /// Lines in all, empty ones left out.
    pub lines: u64,
    /// Lines that could not be read.
    pub malformed: u64,
    /// The highest sequence number.
    pub last: Option<u64>,
    /// Numbers that were skipped, and how many of them came late.
    pub skipped: u64,
    pub late: u64,
    /// Numbers that came again, or too late to be remembered.
    pub duplicates: u64,
    /// Prices and books that gave way to newer ones.
    pub coalesced: u64,
    /// Times that the connection was made again.
    pub reconnects: u64,
    /// Everything that was refused, by name.
    pub refused: BTreeMap<String, u64>,
    missing: BTreeSet<u64>,
    /// A time far ahead, and how many lines in a row were near it; the same of numbers.
    ahead: Option<(u64, u32)>,
    jumped: Option<(u64, u32)>,
}

/// What a sequence number says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// The next one, or a line without a number.
    Next,
    /// So many are missing before it.
    Gap(u64),
    /// One that was missing.
    Late,
    /// One that was there.
    Duplicate,
    /// One that is too far ahead to be believed.
    Jump,
}

impl Feed {
    /// Counts a refusal.
    pub fn refuse(&mut self, name: &str) {
        match self.refused.get_mut(name) {
            Some(count) => *count += 1,
            None => drop(self.refused.insert(name.to_owned(), 1)),
        }
    }

    /// Takes a line's number in.
    pub fn number(&mut self, seq: Option<u64>) -> Order {
        let Some(seq) = seq else { return Order::Next };
        let Some(last) = self.last else {
            self.last = Some(seq);
            return Order::Next;
        };
        // A number far ahead would make every later line an earlier one.
        if !agrees(&mut self.jumped, last, seq, FARTHEST) {
            return Order::Jump;
        }
        if seq > last {
            self.last = Some(seq);
            let gap = seq - last - 1;
            if gap == 0 {
                return Order::Next;
            }
            self.skipped = self.skipped.saturating_add(gap);
            let room = REMEMBERED.saturating_sub(self.missing.len());
            self.missing.extend((last + 1..seq).rev().take(room));
            return Order::Gap(gap);
        }
        if self.missing.remove(&seq) {
            self.late += 1;
            return Order::Late;
        }
        self.duplicates += 1;
        Order::Duplicate
    }

    /// Whether a line may still come late.
    #[must_use]
    pub fn awaits(&self) -> bool {
        !self.missing.is_empty()
    }

    /// Whether a time may be taken for the present: at most `most` ahead of the clock, or three lines in a row are so far
    /// ahead and within `most` of each other.
    pub fn plausible(&mut self, clock: u64, time: u64, most: u64) -> bool {
        agrees(&mut self.ahead, clock, time, most)
    }
}

/// Whether a number is at most `most` ahead of the present one, or three in a row agree on one that is.
fn agrees(ahead: &mut Option<(u64, u32)>, present: u64, number: u64, most: u64) -> bool {
    if number <= present.saturating_add(most) {
        *ahead = None;
        return true;
    }
    let agreeing = match *ahead {
        Some((before, count)) if before.abs_diff(number) <= most => count + 1,
        _ => 1,
    };
    *ahead = (agreeing < AGREEING).then_some((number, agreeing));
    agreeing >= AGREEING
}
