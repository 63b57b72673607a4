//! What the keeper wants done on chain, and how often it has asked for it.

use crate::scale::Scale;
use damper::price::Price;
use damper::units::{Amount, Seconds, Timestamp, Value};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One action, as it is sent: a JSON object on a line. Who carries it out does so once for each key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Action {
    /// What it is the same action by.
    pub key: String,
    /// The time it was decided at.
    pub time: u64,
    /// What is to be done.
    #[serde(flatten)]
    pub what: What,
}

/// What is to be done; numbers in whole tokens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum What {
    /// Offer a part of a position.
    Kick { position: String, sell: String, raise: String, reward: String },
    /// Buy from a lot.
    Bid { lot: String, want: String, max_price: String, paid: String, profit: String },
    /// Start a lot's auction anew.
    Restart { lot: String, reward: String },
    /// Close a lot.
    Settle { lot: String, reward: String },
}

/// What has been sent and not been seen on chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sent {
    /// When it was sent last.
    pub at: Timestamp,
    /// How often it was sent.
    pub times: u32,
    /// What it holds in reserve.
    pub claim: Claim,
}

/// What an action in flight holds in reserve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// A lot to be opened.
    Lot { sell: Amount, raise: Value },
    /// Money for a bid.
    Money(Value),
    /// Nothing.
    Nothing,
}

/// Whether an action is to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// Now, for the so many-th time, from one.
    Now(u32),
    /// It was sent so many times, and the chain may still show it.
    Awaited(u32),
}

/// What is in flight, by topic.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Flight {
    /// By topic: the key without the count of times it was sent.
    pub sent: BTreeMap<String, Sent>,
}

impl Flight {
    /// Whether it is a topic's turn: it was not sent, or so long ago that it is taken for lost. The wait doubles each time.
    #[must_use]
    pub fn turn(&self, topic: &str, now: Timestamp, confirm: &Confirm) -> Turn {
        match self.sent.get(topic) {
            None => Turn::Now(1),
            Some(sent) if confirm.is_over(sent, now) => Turn::Now(sent.times.saturating_add(1)),
            Some(sent) => Turn::Awaited(sent.times),
        }
    }

    /// What may still be shown by the chain.
    pub fn claims(&self, now: Timestamp, confirm: Confirm) -> impl Iterator<Item = Claim> {
        self.sent.values().filter(move |sent| !confirm.is_over(sent, now)).map(|sent| sent.claim)
    }

    /// Forgets every topic that starts so, and tells whether there was one.
    pub fn forget(&mut self, prefix: &str) -> bool {
        let before = self.sent.len();
        self.sent.retain(|topic, _| !topic.starts_with(prefix));
        self.sent.len() < before
    }
}

/// How long the chain is waited for.
#[derive(Clone, Copy, Debug)]
pub struct Confirm {
    /// After the first time.
    pub first: Seconds,
    /// At most.
    pub most: Seconds,
}

impl Confirm {
    fn is_over(&self, sent: &Sent, now: Timestamp) -> bool {
        let wait = self.first.get().saturating_mul(1 << sent.times.saturating_sub(1).min(20)).min(self.most.get());
        now.get() >= sent.at.get().saturating_add(wait)
    }
}

/// Numbers of an action in whole tokens.
impl What {
    /// A kick.
    #[must_use]
    pub fn kick(scale: Scale, position: &str, sell: Amount, raise: Value, reward: Value) -> What {
        What::Kick {
            position: position.to_owned(),
            sell: scale.amount(sell).to_string(),
            raise: scale.value(raise).to_string(),
            reward: scale.value(reward).to_string(),
        }
    }

    /// A bid.
    #[must_use]
    pub fn bid(scale: Scale, lot: &str, want: Amount, price: Price, [paid, profit]: [Value; 2]) -> What {
        What::Bid {
            lot: lot.to_owned(),
            want: scale.amount(want).to_string(),
            max_price: scale.price_ceil(price).to_string(),
            paid: scale.value(paid).to_string(),
            profit: scale.value(profit).to_string(),
        }
    }
}
