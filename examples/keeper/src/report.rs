//! What a block looks like: everything that the views show.

use crate::action::Action;
use crate::bids::Verdict;
use crate::feed::Feed;
use crate::outlook::Outlook;
use crate::positions::Map;
use damper::Error;
use damper::guard::{Limits, WaitReason};
use damper::plan::Reason;
use damper::price::Price;
use damper::queue::Missed;
use damper::ratio::Ratio;
use damper::units::{Amount, Seconds, Timestamp, Value};

/// A block.
#[derive(Clone, Debug)]
pub struct Report {
    /// Its time.
    pub now: Timestamp,
    /// What the guard permits.
    pub limits: Limits,
    /// Age of the price by its source, and of the line before this one that had a price.
    pub price_age: Seconds,
    /// Positions, those near or beyond their triggers, and collateral of those with debt.
    pub positions: u64,
    pub due_about: u64,
    pub collateral: Amount,
    /// What would be sold at which price, if the price is within its range.
    pub map: Result<Map, Error>,
    /// What may come, or why it cannot be told.
    pub outlook: Result<Outlook, Error>,
    /// Positions that are due, the earliest deadline first.
    pub due: Vec<Due>,
    /// The first of them that cannot be sold in time.
    pub missed: Result<Option<Missed>, Error>,
    /// Healthy positions, the nearest first.
    pub near: Vec<Near>,
    /// Open lots.
    pub lots: Vec<LotReport>,
    /// Gas for a bid.
    pub bid_gas: Value,
    /// What was decided in this block.
    pub actions: Vec<Action>,
    /// Health of the feed.
    pub feed: Feed,
}

/// A position that is due.
#[derive(Clone, Debug)]
pub struct Due {
    pub id: String,
    /// When its slack is used up.
    pub deadline: Timestamp,
    /// What it should sell.
    pub sell: Amount,
    pub call: Call,
}

/// What is to be done with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    /// Kicked now, for this reward; so much more is not permitted yet.
    Kick { reward: Value, deferred: Amount },
    /// A kick was sent so many times, and the chain may still show it.
    Awaited(u32),
    /// A lot of it is open.
    LotOpen,
    /// The reward does not pay for the gas; it would from a lot that raises so much.
    Unpaid { least: Option<Value> },
    /// The guard says wait.
    Wait { reason: WaitReason, until: Option<Timestamp> },
    /// The guard refuses.
    Refused(Error),
    /// The backstop's: a sale does not help, and so much is missing.
    Backstop { reason: Reason, gap: Value },
    /// The backstop's if the last price is right: so much would be missing, and this is what it waits for.
    Unconfirmed { reason: Reason, gap: Value, waits: WaitReason },
}

impl Call {
    /// Whether a sale does not help at the last price.
    pub(crate) const fn is_beyond_help(&self) -> bool {
        matches!(self, Call::Backstop { .. } | Call::Unconfirmed { .. })
    }
}

/// A healthy position.
#[derive(Clone, Debug)]
pub struct Near {
    pub id: String,
    /// The price below which it is due.
    pub trigger: Price,
    /// The fall to it.
    pub fall: Ratio,
}

/// An open lot.
#[derive(Clone, Debug)]
pub struct LotReport {
    pub name: String,
    pub position: String,
    pub remaining: Amount,
    pub raise: Value,
    /// The price asked, unless it is out of date.
    pub price: Option<Price>,
    pub verdict: Verdict,
}
