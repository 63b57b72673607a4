//! A market with a wick filter, its prices and a loan, for tests of what one price may do. Beside it the test has `market`.
#![allow(dead_code, reason = "each test that includes this file uses its own part of it")]

use crate::market::{Market, bps};
use damper::book::{Shape, Snapshot};
use damper::depth::DepthObservation;
use damper::guard::{Decision, Guard, GuardState, Observation, WaitReason};
use damper::health::Position;
use damper::oracle::PriceObservation;
use damper::price::{Price, PriceBand};
use damper::ratio::Ratio;
use damper::units::{Amount, Rate, Seconds, Timestamp, Value};

pub(crate) const START: u64 = 1_000_000;
pub(crate) const RESERVE: u128 = 1_000_000_000_000;
pub(crate) const WICK: u64 = 60;
pub(crate) const HELD: u128 = 1_000_000;

pub(crate) fn at(seconds: u64) -> Timestamp {
    Timestamp::new(START + seconds)
}

pub(crate) fn market(wick: u64) -> Market<1> {
    Market {
        shape: Shape::ConstantProduct,
        haircut: Ratio::ZERO,
        burst: bps(100),
        leak: Rate::from_ratio_over_floor(bps(100), Seconds::new(3_600)).expect("an hour"),
        own_share: bps(1_250),
        kappa: Ratio::ONE,
        share: Ratio::ONE,
        wick: Seconds::new(wick),
    }
}

pub(crate) fn guard(wick: u64) -> Guard<1> {
    market(wick).guard()
}

/// `thousandths` of one quote atom per base atom.
pub(crate) fn exact(thousandths: u128) -> PriceBand {
    PriceBand::exact(Price::from_fraction_floor(thousandths, 1_000).expect("positive"))
}

pub(crate) fn opened(guard: &Guard<1>) -> GuardState<1> {
    let depth =
        DepthObservation { source_time: at(0), snapshot: Snapshot::ConstantProduct { reserve: Amount::new(RESERVE) } };
    guard
        .open(at(0), PriceObservation { source_time: at(0), band: exact(1_000) }, depth)
        .expect("a first price and depth")
}

pub(crate) fn see(guard: &Guard<1>, state: GuardState<1>, seconds: u64, band: PriceBand) -> GuardState<1> {
    let price = PriceObservation { source_time: at(seconds), band };
    guard.observe(state, &Observation { now: at(seconds), price: Some(price), depth: None }).expect("a good price")
}

/// A million base atoms, and so many thousandths of a million quote atoms of debt.
pub(crate) fn owing(part: u128) -> Position<0, 0> {
    Position::new(Amount::new(HELD), Value::new(HELD * part / 1_000))
}

pub(crate) fn decide(guard: &Guard<1>, state: &GuardState<1>, position: &Position<0, 0>) -> Decision {
    guard.assess(state, state.at(), position).expect("a fresh price")
}

pub(crate) fn waits_for(decision: &Decision) -> Option<WaitReason> {
    match decision {
        Decision::Unconfirmed { reason, .. } => Some(*reason),
        Decision::Healthy | Decision::Liquidate { .. } | Decision::Wait { .. } | Decision::Backstop(_) => None,
    }
}
