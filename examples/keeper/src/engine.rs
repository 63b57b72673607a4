//! The keeper's state, and what each line does to it. No clock of its own and no input but the lines: the same lines give
//! the same actions.

use crate::action::{Action, Flight, What};
use crate::channel::Passed;
use crate::feed::{Feed, Order};
use crate::lots::{Mirror, Oddity, OpenLot};
use crate::news::{Item, Malformed, News};
use crate::positions::{Entry, Positions};
use crate::report::Report;
use crate::setup::{File, POINTS, Setup, SetupError};
use crate::venue::Venue;
use damper::Error;
use damper::depth::DepthObservation;
use damper::guard::{GuardState, Observation};
use damper::selling::Kick;
use damper::units::{Timestamp, Value};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The state.
#[derive(Clone, Debug)]
pub struct Engine {
    pub setup: Setup,
    /// The bot's copy of the guard's state.
    pub state: GuardState<POINTS>,
    /// The last book.
    pub venue: Venue,
    /// What a million units of gas cost.
    pub gas: Value,
    /// The latest time of the stream.
    pub clock: Timestamp,
    pub positions: Positions,
    /// Positions that were removed while a line may still come late, and when.
    pub removed: BTreeMap<String, Timestamp>,
    pub lots: BTreeMap<String, OpenLot>,
    /// What is in flight.
    pub flight: Flight,
    /// How many lots each position has had, or times that it went with a kick in flight.
    pub rounds: BTreeMap<String, u64>,
    /// Since when each due position is.
    pub due_since: BTreeMap<String, Timestamp>,
    pub feed: Feed,
    /// Blocks, and actions by kind.
    pub tally: Tally,
}

/// What was done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    pub blocks: u64,
    pub kicks: u64,
    pub bids: u64,
    pub restarts: u64,
    pub settlements: u64,
}

/// What is to be said about a line that was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Note {
    /// Numbers are missing before it.
    Gap(u64),
    /// It was seen before: skipped.
    Duplicate,
    /// Its time is too far ahead: skipped.
    TimeJump,
    /// Its number is too far ahead: skipped.
    NumberJump,
    /// There is a later one of that position: skipped.
    PositionStale,
    /// The library refuses it: skipped.
    Refused(Error),
    /// The chain did what the bot's copy of the guard would have refused; the event counts.
    Mirror(Error),
    /// The chain's numbers are not those of the copy; the chain's count.
    Differs,
    /// No such lot, or one of that name is open: skipped.
    LotName,
}

impl Note {
    /// The name that it is counted under.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Note::Gap(_) => "Gap".into(),
            Note::Refused(error) => format!("{error:?}"),
            Note::Mirror(error) => format!("Mirror{error:?}"),
            other => format!("{other:?}"),
        }
    }
}

/// What a line did.
#[derive(Debug, Default)]
pub struct Applied {
    /// A block's report.
    pub report: Option<Box<Report>>,
    /// What is to be logged.
    pub notes: Vec<Note>,
}

impl Tally {
    fn count(&mut self, actions: &[Action]) {
        self.blocks += 1;
        for action in actions {
            *match action.what {
                What::Kick { .. } => &mut self.kicks,
                What::Bid { .. } => &mut self.bids,
                What::Restart { .. } => &mut self.restarts,
                What::Settle { .. } => &mut self.settlements,
            } += 1;
        }
    }
}

/// Why a market cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error(transparent)]
    Setup(#[from] SetupError),
    #[error("the market does not open: {0:?}")]
    Refused(Error),
}

impl Engine {
    /// The state after a snapshot.
    ///
    /// # Errors
    /// A snapshot that is refused.
    pub fn open(file: &File) -> Result<Engine, OpenError> {
        let setup = file.setup()?;
        let (now, venue) = (Timestamp::new(file.time), file.venue()?);
        let source_time = Timestamp::new(file.depth.source_time);
        let depth = DepthObservation { source_time, snapshot: venue.snapshot() };
        let state = setup.guard.open(now, file.price()?, depth).map_err(OpenError::Refused)?;
        let scale = setup.scale;
        let number = |error| OpenError::Setup(SetupError::Number("positions", error));
        let mut positions = Positions::default();
        for position in &file.positions {
            let holding = damper::clearing::Holding {
                collateral: damper::units::Amount::new(position.collateral.atoms_floor(scale.base).map_err(number)?),
                debt: Value::new(position.debt.atoms_ceil(scale.quote).map_err(number)?),
            };
            positions.put(&position.id, Entry { holding, time: now }).map_err(OpenError::Refused)?;
        }
        let gas = Value::new(file.gas.per_million.atoms_ceil(scale.quote).map_err(number)?);
        Ok(Engine {
            setup,
            state,
            venue,
            gas,
            clock: now,
            positions,
            removed: BTreeMap::new(),
            lots: BTreeMap::new(),
            flight: Flight::default(),
            rounds: BTreeMap::new(),
            due_since: BTreeMap::new(),
            feed: Feed::default(),
            tally: Tally::default(),
        })
    }

    /// Takes note of lines that gave way to newer ones before they came here.
    pub fn pass_over(&mut self, passed: &Passed) {
        self.feed.lines += passed.lines;
        self.feed.coalesced += passed.lines;
        for &(first, last) in &passed.numbers {
            for number in first..=last {
                if let Order::Gap(_) = self.feed.number(Some(number)) {
                    self.feed.refuse("Gap");
                }
            }
        }
    }

    /// Takes note of a line that could not be read.
    pub fn skip(&mut self, error: &Malformed) {
        self.feed.lines += 1;
        self.feed.malformed += 1;
        self.feed.refuse(&error.name());
    }

    /// Takes a line in.
    pub fn apply(&mut self, item: Item) -> Applied {
        let mut applied = Applied::default();
        self.feed.lines += 1;
        self.take_in(item, &mut applied);
        for note in &applied.notes {
            self.feed.refuse(&note.name());
        }
        applied
    }

    fn take_in(&mut self, item: Item, applied: &mut Applied) {
        let Item { seq, time, news } = item;
        // A time far ahead would make every later line one from the past. Asked before the number is taken, so that the
        // line may come again with a right one.
        if !self.feed.plausible(self.clock.get(), time.get(), self.setup.keeper.max_jump.get()) {
            return applied.notes.push(Note::TimeJump);
        }
        match self.feed.number(seq) {
            Order::Next | Order::Late => {}
            Order::Gap(missing) => applied.notes.push(Note::Gap(missing)),
            Order::Duplicate => return applied.notes.push(Note::Duplicate),
            Order::Jump => return applied.notes.push(Note::NumberJump),
        }
        self.clock = self.clock.max(time);
        match self.hear(time, news, applied) {
            Ok(()) => {}
            Err(error) => applied.notes.push(Note::Refused(error)),
        }
        if !self.feed.awaits() {
            self.removed.clear();
        }
    }

    fn hear(&mut self, time: Timestamp, news: News, applied: &mut Applied) -> Result<(), Error> {
        match news {
            News::Price(price) => self.see(&Observation { now: time, price: Some(price), depth: None }),
            News::Depth { source_time, venue } => {
                let depth = DepthObservation { source_time, snapshot: venue.snapshot() };
                self.see(&Observation { now: time, price: None, depth: Some(depth) })?;
                self.venue = *venue;
                Ok(())
            }
            News::Position { id, holding } => {
                let last = self.positions.get(&id).map(|entry| entry.time);
                if last.max(self.removed.get(&id).copied()).is_some_and(|last| time < last) {
                    applied.notes.push(Note::PositionStale);
                    return Ok(());
                }
                self.positions.put(&id, Entry { holding, time })
            }
            News::Removed { id } => {
                if self.positions.get(&id).is_some_and(|entry| time < entry.time) {
                    applied.notes.push(Note::PositionStale);
                    return Ok(());
                }
                self.positions.remove(&id);
                if self.flight.forget(&format!("kick/{id}/")) {
                    // Should the name come again, its kicks are others.
                    *self.rounds.entry(id.clone()).or_default() += 1;
                }
                if self.feed.awaits() {
                    self.removed.insert(id, time);
                }
                Ok(())
            }
            News::Gas(gas) => {
                self.gas = gas;
                Ok(())
            }
            News::State(state) => {
                // A state that is ahead of its line would refuse what comes next.
                if state.ledger().at() > time {
                    return Err(Error::ClockReversed);
                }
                self.state = *state;
                Ok(())
            }
            News::Tick => {
                self.see(&Observation { now: time, price: None, depth: None })?;
                let report = self.decide(time)?;
                self.tally.count(&report.actions);
                applied.report = Some(Box::new(report));
                Ok(())
            }
            News::Opened { .. } | News::Taken { .. } | News::Restarted { .. } | News::Settled { .. } => {
                self.hear_lot(time, news, applied)
            }
        }
    }

    fn see(&mut self, seen: &Observation<'_>) -> Result<(), Error> {
        self.setup.guard.update(&mut self.state, seen)
    }

    /// Events of lots are never dropped: one that comes late is played at the state's own time.
    fn hear_lot(&mut self, time: Timestamp, news: News, applied: &mut Applied) -> Result<(), Error> {
        let now = time.max(self.state.ledger().at());
        let is_open = |name: &str| self.lots.contains_key(name);
        let known = match &news {
            News::Opened { lot, .. } => !is_open(lot),
            News::Taken { lot, .. } | News::Restarted { lot, .. } | News::Settled { lot } => is_open(lot),
            _ => true,
        };
        if !known {
            applied.notes.push(Note::LotName);
            return Ok(());
        }
        let mut mirror = Mirror { guard: &self.setup.guard, state: &mut self.state, lots: &mut self.lots };
        let odd = match news {
            News::Opened { lot, position, sell, raise, start } => {
                // Whoever kicked it: the next lot of this position has another number.
                self.flight.forget(&format!("kick/{position}/"));
                *self.rounds.entry(position.clone()).or_default() += 1;
                mirror.opened(now, lot, position, Kick { sell, raise }, start)?
            }
            News::Taken { lot, sold, paid } => {
                self.flight.forget(&format!("bid/{lot}/"));
                mirror.taken(now, &lot, sold, paid)?
            }
            News::Restarted { lot, start } => {
                self.flight.forget(&format!("restart/{lot}/"));
                mirror.restarted(now, &lot, start)?
            }
            News::Settled { lot } => {
                for kind in ["bid", "restart", "settle"] {
                    self.flight.forget(&format!("{kind}/{lot}/"));
                }
                mirror.settled(now, &lot)?
            }
            _ => None,
        };
        applied.notes.extend(odd.map(|odd| match odd {
            Oddity::Mirror(error) => Note::Mirror(error),
            Oddity::Differs => Note::Differs,
        }));
        Ok(())
    }
}
