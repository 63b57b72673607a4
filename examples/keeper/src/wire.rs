//! The lines of the stream, as they are written: one JSON object each. Numbers are decimal strings or integers, in whole
//! tokens; times are seconds.

use crate::decimal::Decimal;
use serde::{Deserialize, Serialize};

/// One line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Line {
    /// A price: both sides of it, or one with a confidence either side.
    Price {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seq: Option<u64>,
        time: u64,
        source_time: u64,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        low: Option<Decimal>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        high: Option<Decimal>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        price: Option<Decimal>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        confidence: Option<Decimal>,
    },
    /// The book.
    Depth {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seq: Option<u64>,
        time: u64,
        source_time: u64,
        book: Book,
    },
    /// A position as it is now, without what is on offer in open lots.
    Position {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seq: Option<u64>,
        time: u64,
        id: String,
        collateral: Decimal,
        debt: Decimal,
    },
    /// A position that is no more.
    PositionRemoved {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seq: Option<u64>,
        time: u64,
        id: String,
    },
    /// A lot was kicked.
    LotOpened {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seq: Option<u64>,
        time: u64,
        lot: String,
        position: String,
        sell: Decimal,
        raise: Decimal,
        start: Decimal,
    },
    /// A part of a lot, or all of it, was sold.
    LotTaken {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seq: Option<u64>,
        time: u64,
        lot: String,
        sold: Decimal,
        paid: Decimal,
    },
    /// A lot's auction was started anew.
    LotRestarted {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seq: Option<u64>,
        time: u64,
        lot: String,
        start: Decimal,
    },
    /// A lot was closed.
    LotSettled {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seq: Option<u64>,
        time: u64,
        lot: String,
    },
    /// What a million units of gas cost, in quote tokens.
    Gas {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seq: Option<u64>,
        time: u64,
        per_million: Decimal,
    },
    /// The guard's state as the chain stores it, in hexadecimal: it replaces the bot's own.
    GuardState {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seq: Option<u64>,
        time: u64,
        state: String,
    },
    /// A block: decisions are taken here.
    Tick {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seq: Option<u64>,
        time: u64,
    },
}

/// Depth as a source reports it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "shape", rename_all = "snake_case", deny_unknown_fields)]
pub enum Book {
    /// A constant-product pool.
    Pool {
        /// Base tokens in it.
        reserve: Decimal,
    },
    /// Bids from the best down, and the price that impacts are counted from.
    Ladder {
        /// Mid or best bid.
        reference: Decimal,
        /// `[price, amount]`.
        levels: Vec<(Decimal, Decimal)>,
    },
    /// What can be sold within distances of the mid.
    Bands {
        /// `[width, amount in all]`.
        bands: Vec<(Decimal, Decimal)>,
    },
}

impl Line {
    /// The sequence number and the time.
    #[must_use]
    pub const fn stamp(&self) -> (Option<u64>, u64) {
        match self {
            Line::Price { seq, time, .. }
            | Line::Depth { seq, time, .. }
            | Line::Position { seq, time, .. }
            | Line::PositionRemoved { seq, time, .. }
            | Line::LotOpened { seq, time, .. }
            | Line::LotTaken { seq, time, .. }
            | Line::LotRestarted { seq, time, .. }
            | Line::LotSettled { seq, time, .. }
            | Line::Gas { seq, time, .. }
            | Line::GuardState { seq, time, .. }
            | Line::Tick { seq, time } => (*seq, *time),
        }
    }

    /// The same line with a sequence number.
    #[must_use]
    pub fn numbered(mut self, number: u64) -> Line {
        match &mut self {
            Line::Price { seq, .. }
            | Line::Depth { seq, .. }
            | Line::Position { seq, .. }
            | Line::PositionRemoved { seq, .. }
            | Line::LotOpened { seq, .. }
            | Line::LotTaken { seq, .. }
            | Line::LotRestarted { seq, .. }
            | Line::LotSettled { seq, .. }
            | Line::Gas { seq, .. }
            | Line::GuardState { seq, .. }
            | Line::Tick { seq, .. } => *seq = Some(number),
        }
        self
    }
}
