//! Shadow mode: what an engine sells beyond the rule is counted, what it sells within it is booked as an enforced guard would.

#[path = "support/market.rs"]
mod market;

use damper::Error;
use damper::book::{Shape, Snapshot};
use damper::depth::DepthObservation;
use damper::guard::{Decision, Guard, GuardState, Observation};
use damper::health::Position;
use damper::oracle::PriceObservation;
use damper::price::{Price, PriceBand};
use damper::ratio::Ratio;
use damper::selling::Kick;
use damper::shadow::{Shadow, Tally};
use damper::units::{Amount, Rate, Seconds, Timestamp, Value};
use market::{Market, bps, breaker};
use proptest::prelude::*;
use std::cell::Cell;

const RESERVE: u128 = 1 << 60;

fn market() -> Market<1> {
    Market {
        shape: Shape::ConstantProduct,
        haircut: Ratio::ZERO,
        burst: bps(50),
        leak: Rate::from_ratio_over_floor(bps(100), Seconds::new(86_400)).expect("a day"),
        own_share: bps(1_250),
        kappa: bps(20_000),
        share: Ratio::ONE,
        wick: Seconds::ZERO,
    }
}

fn price(thousandths: u128, at: u64) -> PriceObservation {
    let band = PriceBand::exact(Price::from_fraction_floor(thousandths, 1_000).expect("positive"));
    PriceObservation { source_time: Timestamp::new(at), band }
}

fn pool(at: u64) -> DepthObservation<'static> {
    let snapshot = Snapshot::ConstantProduct { reserve: Amount::new(RESERVE) };
    DepthObservation { source_time: Timestamp::new(at), snapshot }
}

fn open(guard: &Guard<1>) -> GuardState<1> {
    guard.open(Timestamp::new(0), price(100_000, 0), pool(0)).expect("a price and a depth")
}

fn seen(guard: &Guard<1>, state: GuardState<1>, thousandths: u128, at: u64) -> GuardState<1> {
    let (price, depth) = (Some(price(thousandths, at)), Some(pool(at)));
    guard.observe(state, &Observation { now: Timestamp::new(at), price, depth }).expect("in order")
}

/// One second of a market and of an engine in it: the price, in thousandths of that before, and what the engine sells.
fn life() -> impl Strategy<Value = Vec<(u128, Option<u128>)>> {
    let sale = prop_oneof![1_u128..1 << 50, 1_u128..1 << 62];
    prop::collection::vec((930_u128..1_030, prop::option::of(sale)), 1..40)
}

#[test]
fn the_permitted_part_is_what_an_enforced_guard_sells() {
    let (refused, whole) = (Cell::new(0_u32), Cell::new(0_u32));
    proptest!(|(life in life())| {
        let guard = market().guard();
        let (mut shadow, mut enforced) = (Shadow::new(open(&guard)), open(&guard));
        let (mut thousandths, mut sold) = (100_000_u128, 0_u128);
        for (at, (moved, sale)) in (1_u64..).zip(life) {
            thousandths = (thousandths * moved / 1_000).max(1_000);
            shadow.state = seen(&guard, shadow.state, thousandths, at);
            enforced = seen(&guard, enforced, thousandths, at);
            let Some(sale) = sale else { continue };
            let (now, sale) = (Timestamp::new(at), Amount::new(sale));
            let permitted = guard.limits(&enforced, now).expect("in order").permitted.min(sale);
            let (next, compared) = guard.shadow_sale(shadow, now, sale).expect("never refused");
            shadow = next;
            sold += sale.get();
            prop_assert_eq!(compared.permitted, permitted);
            prop_assert_eq!(compared.permitted.checked_add(compared.excess), Ok(sale));
            if permitted < sale {
                prop_assert_eq!(compared.reason, Some(Error::NotPermitted));
                prop_assert_eq!(guard.sell(enforced, now, sale), Err(Error::NotPermitted));
                refused.set(refused.get() + 1);
            } else {
                prop_assert_eq!(compared.reason, None);
                whole.set(whole.get() + 1);
            }
            if !permitted.is_zero() {
                enforced = guard.sell(enforced, now, permitted).expect("permitted");
            }
            // The same ledger to the step, and the same depth; nothing stays reserved or pending.
            prop_assert_eq!(shadow.state.ledger(), enforced.ledger());
            prop_assert_eq!(shadow.state.depth(), enforced.depth());
            prop_assert!(shadow.state.pending().is_zero());
        }
        let Tally { permitted, excess, sales, refused } = shadow.tally;
        prop_assert_eq!(permitted.get() + excess.get(), sold);
        prop_assert!(refused <= sales);
    });
    assert!(refused.get() > 100 && whole.get() > 100, "{} refused, {} permitted", refused.get(), whole.get());
}

/// The engine without a rule is seen: what a close factor sells in a crash, the rule would have refused for the most part.
#[test]
fn a_close_factor_is_found_out() {
    let guard = market().guard();
    let mut shadow = Shadow::new(open(&guard));
    // 200 positions of a thousandth of the pool each, all at 82 % at the start.
    let collateral = RESERVE / 1_000;
    let mut debts = vec![collateral * 82; 200];
    let mut thousandths = 100_000;
    for at in 1..=20 {
        thousandths = thousandths * 99 / 100;
        shadow.state = seen(&guard, shadow.state, thousandths, at * 60);
        let now = Timestamp::new(at * 60);
        for debt in &mut debts {
            let position = Position::<0, 0>::new(Amount::new(collateral), Value::new(*debt));
            let before = shadow.state;
            let decision = guard.assess(&shadow.state, now, &position).expect("fresh");
            assert_eq!(shadow.state, before, "a decision that is logged changes nothing");
            if decision != Decision::Healthy {
                // Half of the debt at once, whatever the market takes.
                let half = *debt / 2;
                *debt -= half;
                let sale = Amount::new(half * 1_000 / thousandths);
                shadow = guard.shadow_sale(shadow, now, sale).expect("never refused").0;
            }
        }
    }
    let Tally { permitted, excess, refused, .. } = shadow.tally;
    assert!(refused >= 100, "{refused} were refused in part");
    assert!(excess.get() > 4 * permitted.get(), "{permitted:?} permitted, {excess:?} in excess");
}

#[test]
fn reasons_are_named() {
    let mut params = market().params();
    params.breaker = breaker([1_000, 2_000, 3_000], Seconds::new(900));
    let guard = Guard::new(params).expect("sound");
    let sale = Amount::new(1 << 40);
    let reason = |state: GuardState<1>, at: u64| {
        let (shadow, compared) =
            guard.shadow_sale(Shadow::new(state), Timestamp::new(at), sale).expect("never refused");
        assert_eq!(shadow.tally.refused, u64::from(compared.reason.is_some()));
        assert_eq!(compared.permitted.is_zero(), compared.reason.is_some());
        compared.reason
    };
    let state = open(&guard);
    assert_eq!(reason(state, 1), None);
    let kicks = seen(&guard, state, 75_000, 10);
    assert_eq!(reason(kicks, 11), Some(Error::KickStopped));
    let takes = seen(&guard, state, 65_000, 10);
    assert_eq!(reason(takes, 11), Some(Error::TakeStopped));
    assert_eq!(reason(state, (1 << 40) + 1), Some(Error::PriceStale));
    let price_only = Observation { now: Timestamp::new(1 << 39), price: Some(price(100_000, 1 << 39)), depth: None };
    let late = guard.observe(state, &price_only).expect("in order");
    assert_eq!(reason(late, (1 << 40) + 1), Some(Error::DepthStale));
}

#[test]
fn refusals() {
    let guard = market().guard();
    let shadow = Shadow::new(seen(&guard, open(&guard), 100_000, 10));
    assert_eq!(guard.shadow_sale(shadow, Timestamp::new(10), Amount::ZERO), Err(Error::LotEmpty));
    assert_eq!(guard.shadow_sale(shadow, Timestamp::new(9), Amount::new(1)), Err(Error::ClockReversed));
    let most = Tally { excess: Amount::new(u128::MAX), refused: 1, sales: 1, ..Tally::NONE };
    let full = Shadow { tally: most, ..shadow };
    assert_eq!(guard.shadow_sale(full, Timestamp::new(10), Amount::new(u128::MAX)), Err(Error::Overflow));
    let counted = Shadow { tally: Tally { sales: u64::MAX, ..Tally::NONE }, ..shadow };
    assert_eq!(guard.shadow_sale(counted, Timestamp::new(10), Amount::new(1)), Err(Error::Overflow));
}

/// A shadow that is enforced in part has lots; what they have reserved stays theirs.
#[test]
fn open_lots_keep_their_reservation() {
    let guard = market().guard();
    let now = Timestamp::new(1);
    let state = open(&guard);
    let (state, lot) =
        guard.kick(state, now, Kick { sell: Amount::new(1 << 50), raise: Value::new(1) }).expect("permitted");
    let most = guard.limits(&state, now).expect("in order").permitted;
    let (shadow, compared) = guard.shadow_sale(Shadow::new(state), now, Amount::new(u128::MAX)).expect("never refused");
    assert_eq!(compared.permitted, most);
    assert_eq!(shadow.state.pending(), lot.remaining());
    let limits = guard.limits(&shadow.state, now).expect("in order");
    assert!(limits.reserved > Ratio::ZERO);
    assert!(limits.level.checked_add(limits.reserved).is_ok_and(|used| used <= limits.cap));
}

#[test]
fn the_stored_form() {
    let guard = market().guard();
    let (shadow, _) =
        guard.shadow_sale(Shadow::new(open(&guard)), Timestamp::new(5), Amount::new(1 << 59)).expect("compared");
    assert!(shadow.tally.refused == 1 && shadow.tally.sales == 1);
    let mut bytes = [0; Shadow::<1>::BYTES];
    assert_eq!(bytes.len(), GuardState::<1>::BYTES + 48);
    shadow.write_to(&mut bytes).expect("the right length");
    assert_eq!(bytes[..4], [22, 1, 1, 0]);
    assert_eq!(Shadow::read_from(&bytes), Ok(shadow));
    assert_eq!(Shadow::<1>::read_from(&bytes[1..]), Err(Error::StoredLength));
    // A state is not a shadow.
    let mut kind = bytes;
    kind[0] = 1;
    assert_eq!(Shadow::<1>::read_from(&kind), Err(Error::StoredHeader));
    // More refused than compared; an excess of nothing refused.
    let counts = bytes.len() - 48;
    for (place, value) in [(counts, 0), (counts + 8, 0)] {
        let mut wrong = bytes;
        wrong[place] = value;
        assert_eq!(Shadow::<1>::read_from(&wrong), Err(Error::StoredValue), "byte {place}");
    }
}
