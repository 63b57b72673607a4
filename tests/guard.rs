//! The guard: each rule reaches the integrator who calls nothing else, and each refusal has its name.

#[path = "support/market.rs"]
mod market;

use damper::Error;
use damper::auction::{AuctionConfig, AuctionParams, Lot, Terms};
use damper::book::{Shape, Snapshot};
use damper::curve::Curve;
use damper::depth::{DepthConfig, DepthObservation, DepthParams};
use damper::guard::{Decision, Guard, GuardParams, GuardState, Limits, Observation, WaitReason};
use damper::health::Position;
use damper::oracle::{OracleConfig, PriceObservation};
use damper::parameters::Parameters;
use damper::plan::{self as rule, Reason};
use damper::price::{Price, PriceBand};
use damper::ratio::Ratio;
use damper::schedule::{ScheduleConfig, ScheduleParams};
use damper::selling::{Bid, Kick};
use damper::units::{Amount, Decay, Rate, Seconds, Timestamp, Value};
use damper::volatility::{VolatilityConfig, VolatilityParams};
use market::{Market, bps, breaker, plan};
use proptest::prelude::*;

const START: u64 = 1_000_000;
const RESERVE: u128 = 1_000_000_000_000;

fn at(seconds: u64) -> Timestamp {
    Timestamp::new(START + seconds)
}

/// `B` = 1 %, `h` = 1/8, one per cent an hour leaks, alone on a constant product.
fn market() -> Market<1> {
    Market {
        shape: Shape::ConstantProduct,
        haircut: Ratio::ZERO,
        burst: bps(100),
        leak: Rate::from_ratio_over_floor(bps(100), Seconds::new(3_600)).expect("an hour"),
        own_share: bps(1_250),
        kappa: Ratio::ONE,
        share: Ratio::ONE,
        wick: Seconds::ZERO,
    }
}

/// Halts at 7, 13 and 20 %, prices and depth good for ten minutes, sales of at least 1,000 quote atoms.
fn params() -> GuardParams<1> {
    let minutes = Seconds::new(600);
    GuardParams {
        oracle: OracleConfig::new(minutes, bps(200)).expect("a width"),
        depth: DepthConfig::new(DepthParams {
            shape: Shape::ConstantProduct,
            haircut: Ratio::ZERO,
            max_age: minutes,
            rise_time: Seconds::new(1),
            rise_base: Amount::new(RESERVE),
        })
        .expect("sound"),
        breaker: breaker([700, 1_300, 2_000], Seconds::new(900)),
        plan: plan(1_000),
        ..market().params()
    }
}

fn guard() -> Guard<1> {
    Guard::new(params()).expect("a share of one")
}

/// `thousandths` of one quote atom per base atom.
fn price(thousandths: u128, seconds: u64) -> PriceObservation {
    let price = Price::from_fraction_floor(thousandths, 1_000).expect("positive");
    PriceObservation { source_time: at(seconds), band: PriceBand::exact(price) }
}

fn pool(reserve: u128, seconds: u64) -> DepthObservation<'static> {
    DepthObservation { source_time: at(seconds), snapshot: Snapshot::ConstantProduct { reserve: Amount::new(reserve) } }
}

/// A guard's state after `price` and the usual pool at each of the given times.
fn observed(guard: &Guard<1>, prices: &[(u64, u128)]) -> (GuardState<1>, Limits) {
    let mut state = guard.open(at(0), price(1_000, 0), pool(RESERVE, 0)).expect("a first price and depth");
    for &(seconds, thousandths) in prices {
        state = see(guard, state, seconds, thousandths).0;
    }
    let last = prices.last().map_or(0, |&(seconds, _)| seconds);
    (state, guard.limits(&state, at(last)).expect("the present"))
}

fn see(guard: &Guard<1>, state: GuardState<1>, seconds: u64, thousandths: u128) -> (GuardState<1>, Limits) {
    let seen =
        Observation { now: at(seconds), price: Some(price(thousandths, seconds)), depth: Some(pool(RESERVE, seconds)) };
    let state = guard.observe(state, &seen).expect("a good observation");
    (state, guard.limits(&state, at(seconds)).expect("the present"))
}

fn kick_of(sell: u128) -> Kick {
    Kick { sell: Amount::new(sell), raise: Value::new(u128::MAX) }
}

fn bid(want: u128) -> Bid {
    Bid { want: Amount::new(want), max_price: Price::MAX }
}

/// Holds `collateral` and owes `part` thousandths of it at a price of one.
fn position(collateral: u128, part: u128) -> Position<0, 0> {
    Position::new(Amount::new(collateral), Value::new(collateral * part / 1_000))
}

#[test]
fn the_permission_is_the_ledgers() {
    let (state, limits) = observed(&guard(), &[]);
    // sqrt(1.01) - 1 of the reserve.
    assert_eq!(limits.permitted, Amount::new(4_987_562_112));
    assert_eq!((limits.cap, limits.level, limits.reserved), (bps(100), Ratio::ZERO, Ratio::ZERO));
    assert_eq!(guard().kick(state, at(0), kick_of(limits.permitted.get() + 1)).err(), Some(Error::NotPermitted));
    let (state, lot) = guard().kick(state, at(0), kick_of(limits.permitted.get())).expect("what is permitted");
    let after = guard().limits(&state, at(0)).expect("the present");
    assert_eq!(after.permitted, Amount::ZERO);
    assert!(after.reserved <= bps(100) && after.reserved.to_bits() > bps(100).to_bits() - 1_000);
    assert_eq!((state.pending(), state.lots()), (lot.remaining(), 1));

    // Half is sold, the rest returned: the reservation of the rest is released, the charge stays.
    let half = lot.remaining().get() / 2;
    let (state, take) = guard().take(state, at(0), lot, bid(half)).expect("reserved");
    let (state, returned) = guard().settle(state, at(0), take.lot).expect("open");
    assert_eq!(take.sold.get() + returned.unsold.get(), lot.remaining().get());
    let end = guard().limits(&state, at(0)).expect("the present");
    assert_eq!(end.reserved, Ratio::ZERO);
    assert_eq!((state.pending(), state.lots()), (Amount::ZERO, 0));
    // The permission that is left is behind what was sold.
    assert_eq!(end.permitted.get() + half, 4_987_562_112);
}

#[test]
fn a_lot_that_leaks_away_is_not_permitted_twice() {
    // Reservations do not leak: an hour later the whole burst is still reserved.
    let (state, limits) = observed(&guard(), &[]);
    let (state, _) = guard().kick(state, at(0), kick_of(limits.permitted.get())).expect("permitted");
    let mut state = state;
    for minute in 1..=60 {
        state = see(&guard(), state, minute * 60, 1_000).0;
    }
    let later = guard().limits(&state, at(3_600)).expect("the present");
    assert_eq!(later.permitted, Amount::ZERO);
}

#[test]
fn zero_means_zero() {
    let none = Market { burst: Ratio::ZERO, own_share: Ratio::ZERO, ..market() };
    let guard = none.guard();
    let (state, limits) = observed(&guard, &[(60, 700), (120, 500)]);
    assert_eq!(limits.permitted, Amount::ZERO);
    assert_eq!(guard.kick(state, at(120), kick_of(1)).err(), Some(Error::NotPermitted));
    assert_eq!(guard.sell(state, at(120), Amount::new(1)).err(), Some(Error::NotPermitted));

    let share = Market { share: Ratio::ZERO, ..market() }.guard();
    let (state, limits) = observed(&share, &[(60, 700)]);
    assert_eq!(limits.permitted, Amount::ZERO);
    assert_eq!(share.kick(state, at(60), kick_of(1)).err(), Some(Error::NotPermitted));

    let guard = self::guard();
    let empty = guard.open(at(0), price(1_000, 0), pool(0, 0)).expect("an empty pool is a pool");
    assert_eq!(guard.limits(&empty, at(0)).expect("the present").permitted, Amount::ZERO);
    assert_eq!(guard.kick(empty, at(0), kick_of(1)).err(), Some(Error::DepthExhausted));

    let above = GuardParams { book_share: Ratio::from_bits(Ratio::ONE.to_bits() + 1), ..params() };
    assert_eq!(Guard::new(above).err(), Some(Error::BookShareRange));
}

#[test]
fn halts_stop_what_their_level_names_and_end() {
    let guard = guard();
    let (open, lot) = {
        let (state, _) = observed(&guard, &[]);
        guard.kick(state, at(0), kick_of(1_000_000)).expect("permitted")
    };
    let healthy = position(1_000_000_000, 100);
    let borrow = |state: &GuardState<1>, now| guard.may_borrow(state, now, &healthy, Value::new(1_000));

    // 7 %: borrowing.
    let first = see(&guard, open, 60, 930).0;
    assert_eq!(borrow(&first, at(60)), Ok(false));
    assert!(guard.kick(first, at(60), kick_of(1)).is_ok());
    assert_eq!(borrow(&first, at(60 + 900)), Err(Error::PriceStale));
    let calm = see(&guard, first, 960, 930).0;
    assert_eq!(borrow(&calm, at(960)), Ok(true), "the halt is over, the price is still down");

    // 13 %: kicks.
    let second = see(&guard, open, 60, 870).0;
    assert_eq!(guard.kick(second, at(60), kick_of(1)).err(), Some(Error::KickStopped));
    assert_eq!(guard.limits(&second, at(60)).expect("the present").permitted, Amount::ZERO);
    assert!(guard.take(second, at(60), lot, bid(10)).is_ok());
    assert_eq!(guard.restart(&second, at(60), lot).err(), Some(Error::KickStopped));
    let decision = guard.assess(&second, at(60), &position(1_000_000, 800)).expect("fresh");
    match decision {
        Decision::Backstop(_) | Decision::Unconfirmed { .. } | Decision::Healthy | Decision::Liquidate { .. } => {
            panic!("{decision:?}")
        }
        Decision::Wait { reason, until, .. } => assert_eq!((reason, until), (WaitReason::Halted, Some(at(960)))),
    }

    // 20 %: takes and sales at market. Settling is never stopped.
    let third = see(&guard, open, 60, 800).0;
    assert_eq!(guard.take(third, at(60), lot, bid(10)).err(), Some(Error::TakeStopped));
    assert_eq!(guard.sell(third, at(60), Amount::new(10)).err(), Some(Error::TakeStopped));
    assert!(guard.settle(third, at(60), lot).is_ok());
    let over = see(&guard, third, 960, 800).0;
    // The price of the lot fell while nobody could take: it is offered anew, at the present price.
    assert_eq!(guard.take(over, at(960), lot, bid(10)).err(), Some(Error::AuctionResetDue));
    let again = guard.restart(&over, at(960), lot).expect("due");
    assert_eq!(again.terms().opened(), at(960));
    assert!(guard.take(over, at(960), again, bid(10)).is_ok());
    assert_eq!(guard.restart(&over, at(960), again).err(), Some(Error::AuctionResetNotDue));
    // A lesser halt leaves the terms alone.
    let second = see(&guard, second, 960, 870).0;
    assert!(guard.take(second, at(960), lot, bid(10)).is_ok());
}

/// T3: a halt earns the leak of its length, at most the level, and releases nothing else.
#[test]
fn no_burst_after_a_halt() {
    let guard = guard();
    let (state, limits) = observed(&guard, &[]);
    let state = guard.sell(state, at(0), limits.permitted).expect("permitted");
    let halted = see(&guard, state, 60, 800).0;
    let after = see(&guard, halted, 960, 800);
    // 1 % + h * 20 %, less the level, which 960 s at 1 % an hour have lowered from 1 % to 0.733 %.
    let headroom = after.1.cap.excess_over(after.1.level);
    assert!(headroom <= bps(350 - 73) && headroom > bps(350 - 74));
    let sold = guard.sell(after.0, at(960), after.1.permitted).expect("permitted");
    assert_eq!(guard.limits(&sold, at(960)).expect("the present").permitted, Amount::ZERO);
}

#[test]
fn a_position_is_healthy_sold_in_part_waits_or_is_handed_over() {
    let guard = guard();
    let (state, limits) = observed(&guard, &[]);
    let decide = |position: &Position<0, 0>| guard.assess(&state, at(0), position).expect("fresh");
    // The calm threshold is 83 %.
    assert_eq!(decide(&position(1_000_000_000, 829)), Decision::Healthy);
    let small = position(1_000_000, 900);
    match decide(&small) {
        Decision::Liquidate { plan, deferred } => {
            assert!(deferred.is_zero() && plan.sell <= Amount::new(1_000_000));
            let kick = Kick { sell: plan.sell, raise: plan.repay };
            assert!(guard.kick(state, at(0), kick).is_ok(), "what is decided is permitted");
        }
        other => panic!("{other:?}"),
    }
    let whale = position(100 * RESERVE, 900);
    match decide(&whale) {
        Decision::Liquidate { plan, deferred } => {
            assert_eq!(plan.sell, limits.permitted);
            assert!(deferred > plan.sell);
        }
        other => panic!("{other:?}"),
    }
    match decide(&position(1_000_000, 1_001)) {
        Decision::Backstop(shortfall) => assert_eq!(shortfall.reason, Reason::Insolvent),
        other => panic!("{other:?}"),
    }
    match decide(&position(1_000_000, 990)) {
        Decision::Backstop(shortfall) => assert_eq!(shortfall.reason, Reason::Toxic),
        other => panic!("{other:?}"),
    }

    // With the budget spent it waits, until the second in which a lot of this size is permitted again.
    let spent = guard.sell(state, at(0), limits.permitted).expect("permitted");
    let Decision::Wait { plan, reason, until } = guard.assess(&spent, at(0), &small).expect("fresh") else {
        panic!("not permitted")
    };
    assert_eq!(reason, WaitReason::Ledger);
    let until = until.expect("the ledger leaks").get() - START;
    let kick = Kick { sell: plan.sell, raise: plan.repay };
    assert!(until > 0 && until < 600);
    assert_eq!(guard.kick(spent, at(until - 1), kick).err(), Some(Error::NotPermitted));
    assert!(guard.kick(spent, at(until), kick).is_ok());

    // A book that is empty, or too old, gives no time.
    let seen = Observation { now: at(0), price: None, depth: Some(pool(0, 0)) };
    let empty = guard.observe(state, &seen).expect("in order");
    match guard.assess(&empty, at(0), &small).expect("fresh") {
        Decision::Wait { reason: WaitReason::Ledger, until: None, .. } => {}
        other => panic!("{other:?}"),
    }
    let seen = Observation { now: at(601), price: Some(price(1_000, 601)), depth: None };
    let old = guard.observe(state, &seen).expect("in order");
    match guard.assess(&old, at(601), &small).expect("fresh") {
        Decision::Wait { reason: WaitReason::DepthStale, until: None, .. } => {}
        other => panic!("{other:?}"),
    }
    assert_eq!(guard.kick(old, at(601), kick).err(), Some(Error::DepthStale));
    assert_eq!(guard.assess(&state, at(601), &small).err(), Some(Error::PriceStale));
    assert_eq!(guard.may_borrow(&state, at(601), &small, Value::ZERO).err(), Some(Error::PriceStale));
    assert_eq!(guard.kick(state, at(601), kick).err(), Some(Error::PriceStale));
}

#[test]
fn refusals_by_name_change_nothing() {
    let guard = guard();
    let state = observed(&guard, &[(60, 1_000)]).0;
    let seen = |now: u64, price, depth| guard.observe(state, &Observation { now: at(now), price, depth }).err();
    assert_eq!(seen(59, None, None), Some(Error::ClockReversed));
    assert_eq!(seen(60, Some(price(1_000, 61)), None), Some(Error::PriceFromFuture));
    assert_eq!(seen(120, Some(price(1_000, 59)), None), Some(Error::PriceOutOfOrder));
    assert_eq!(seen(60, Some(price(999, 60)), None), Some(Error::PriceContradicts));
    assert_eq!(seen(900, Some(price(999, 200)), None), Some(Error::PriceStale));
    let wide = PriceObservation {
        source_time: at(70),
        band: PriceBand::new(price(970, 0).band.low(), price(1_000, 0).band.low()).expect("in order"),
    };
    assert_eq!(seen(70, Some(wide), None), Some(Error::BandTooWide));
    assert_eq!(seen(60, None, Some(pool(RESERVE, 61))), Some(Error::DepthFromFuture));
    assert_eq!(seen(60, None, Some(pool(RESERVE, 59))), Some(Error::DepthOutOfOrder));
    assert_eq!(seen(900, None, Some(pool(RESERVE, 200))), Some(Error::DepthStale));
    let bands = DepthObservation { source_time: at(60), snapshot: Snapshot::Bands(&[]) };
    assert_eq!(seen(60, None, Some(bands)), Some(Error::DepthKind));
    assert_eq!(seen(60, Some(price(1_000, 60)), None), None, "a repetition is no error");
    assert_eq!(guard.open(at(601), price(1_000, 601), pool(1, 0)).err(), Some(Error::DepthStale));
    assert_eq!(guard.open(at(601), price(1_000, 0), pool(1, 601)).err(), Some(Error::PriceStale));

    let kick = |sell, raise| Kick { sell: Amount::new(sell), raise: Value::new(raise) };
    assert_eq!(guard.kick(state, at(60), kick(0, 1)).err(), Some(Error::LotEmpty));
    assert_eq!(guard.kick(state, at(60), kick(1, 0)).err(), Some(Error::LotEmpty));
    assert_eq!(guard.kick(state, at(59), kick(1, 1)).err(), Some(Error::ClockReversed));
    // A lot of nothing is named before anything about the market.
    assert_eq!(guard.kick(state, at(661), kick(1, 1)).err(), Some(Error::PriceStale));
    assert_eq!(guard.kick(state, at(661), kick(0, 1)).err(), Some(Error::LotEmpty));
    assert_eq!(guard.kick(state, at(661), kick(1, 0)).err(), Some(Error::LotEmpty));
    assert_eq!(guard.sell(state, at(60), Amount::ZERO).err(), Some(Error::LotEmpty));

    let (open, lot) = guard.kick(state, at(60), kick(1_000, 1_000)).expect("permitted");
    assert_eq!(guard.take(state, at(60), lot, bid(1)).err(), Some(Error::LotUnknown));
    assert_eq!(guard.settle(state, at(60), lot).err(), Some(Error::LotUnknown));
    assert_eq!(guard.restart(&state, at(60), lot).err(), Some(Error::LotUnknown));
    assert_eq!(guard.restart(&open, at(60), lot).err(), Some(Error::AuctionResetNotDue));
    assert_eq!(guard.take(open, at(59), lot, bid(1)).err(), Some(Error::ClockReversed));
    assert_eq!(guard.settle(open, at(59), lot).err(), Some(Error::ClockReversed));
    assert_eq!(guard.take(open, at(661), lot, bid(1)).err(), Some(Error::DepthStale));
    let low = Bid { want: Amount::new(1), max_price: price(1_000, 0).band.low() };
    assert_eq!(guard.take(open, at(60), lot, low).err(), Some(Error::PriceAboveLimit));
    // A lot larger than what is pending is not one of ours.
    let big = guard.kick(open, at(60), kick(5_000, 1_000)).expect("permitted").1;
    assert_eq!(guard.take(open, at(60), big, bid(1)).err(), Some(Error::LotUnknown));
    assert_eq!(guard.settle(open, at(60), big).err(), Some(Error::LotUnknown));
    assert_eq!(guard.restart(&open, at(60), big).err(), Some(Error::LotUnknown));
    // One that is smaller than what is pending may be.
    let both = guard.kick(open, at(60), kick(2_000, 1_000)).expect("permitted").0;
    assert_eq!(guard.restart(&both, at(60), lot).err(), Some(Error::AuctionResetNotDue));
    // Nothing is left of the depth: what is pending can wait, it cannot be sold.
    let dry = Observation { now: at(61), price: None, depth: Some(pool(0, 61)) };
    let dry = guard.observe(open, &dry).expect("in order");
    assert_eq!(guard.take(dry, at(61), lot, bid(1)).err(), Some(Error::NotPermitted));
    assert!(guard.settle(dry, at(61), lot).is_ok());
}

/// What the ledger permits may be dust, or leave only dust of a lot: then it permits nothing, whatever was wanted.
#[test]
fn a_permission_of_dust_permits_nothing() {
    let auction =
        AuctionConfig::new(AuctionParams { dust: Value::new(1_000), ..params().auction.params() }).expect("sound");
    let guard = Guard::new(GuardParams { auction, ..params() }).expect("sound");
    let open = guard.open(at(0), price(1_000, 0), pool(RESERVE, 0)).expect("a first price and depth");
    let taken = |sell: u128, reserve: u128, want: u128| {
        let kick = Kick { sell: Amount::new(sell), raise: Value::new(sell) };
        let (kicked, lot) = guard.kick(open, at(0), kick).expect("permitted");
        let thin = Observation { now: at(1), price: None, depth: Some(pool(reserve, 1)) };
        let thin = guard.observe(kicked, &thin).expect("in order");
        let bid = Bid { want: Amount::new(want), max_price: Price::MAX };
        guard.take(thin, at(1), lot, bid).map(|(_, take)| take.sold.get())
    };
    // `100,000 (sqrt(1.01) - 1)` = 498 atoms, and 1,496 on thrice the depth, are permitted of 10,000.
    assert_eq!(taken(10_000, 300_000, 10_000), Ok(1_496));
    assert_eq!(taken(10_000, 100_000, 10_000), Err(Error::NotPermitted));
    // 1,900 are taken whole or not at all.
    assert_eq!(taken(1_900, 300_000, 1_900), Err(Error::NotPermitted));
    assert_eq!(taken(1_900, 400_000, 1_900), Ok(1_727), "at 11/10");
    // Too little wanted is another matter.
    assert_eq!(taken(10_000, 300_000, 900), Err(Error::TakeBelowDust));
    assert_eq!(taken(1_900, 300_000, 1_200), Err(Error::TakeLeavesDust));
}

#[test]
fn a_stale_price_stops_every_sale() {
    let guard = guard();
    let (state, _) = observed(&guard, &[]);
    let fresh_depth = Observation { now: at(601), price: None, depth: Some(pool(RESERVE, 601)) };
    let state = guard.observe(state, &fresh_depth).expect("in order");
    let limits = guard.limits(&state, at(601)).expect("the present");
    assert_eq!(limits.permitted, Amount::ZERO);
    assert_eq!(guard.sell(state, at(601), Amount::new(1)).err(), Some(Error::PriceStale));
    assert_eq!(guard.kick(state, at(601), kick_of(1)).err(), Some(Error::PriceStale));
}

#[test]
fn no_call_accepts_a_clock_that_runs_backwards() {
    let guard = guard();
    let (state, lot) = guard.kick(observed(&guard, &[(60, 1_000)]).0, at(60), kick_of(1_000)).expect("permitted");
    let small = position(1_000_000, 900);
    assert_eq!(guard.kick(state, at(59), kick_of(1)).err(), Some(Error::ClockReversed));
    assert_eq!(guard.restart(&state, at(59), lot).err(), Some(Error::ClockReversed));
    assert_eq!(guard.sell(state, at(59), Amount::new(1)).err(), Some(Error::ClockReversed));
    assert_eq!(guard.reanchor(state, at(59)).err(), Some(Error::ClockReversed));
    assert_eq!(guard.limits(&state, at(59)).err(), Some(Error::ClockReversed));
    assert_eq!(guard.assess(&state, at(59), &small).err(), Some(Error::ClockReversed));
    assert_eq!(guard.may_borrow(&state, at(59), &small, Value::ZERO).err(), Some(Error::ClockReversed));
}

#[test]
fn parts_that_defeat_each_other_are_refused() {
    let capped = |cap| {
        let volatility = VolatilityParams { cap, start: cap, ..*params().volatility.params() };
        Guard::new(GuardParams { volatility: VolatilityConfig::new(volatility).expect("sound"), ..params() })
    };
    let stressed = params().schedule.params().sigma_stressed;
    assert!(capped(stressed).is_ok());
    assert_eq!(capped(Ratio::from_bits(stressed.to_bits() - 1)).err(), Some(Error::VolatilityNeverStressed));

    let auctions =
        |auction| Guard::new(GuardParams { auction: AuctionConfig::new(auction).expect("sound"), ..params() });
    let usual = params().auction.params();
    // The buffer is 10 %: a floor of 10/11 of the start or more never reaches the price, nor does a tail of a minute.
    assert!(auctions(AuctionParams { floor: bps(9_090), ..usual }).is_ok());
    assert_eq!(auctions(AuctionParams { floor: bps(9_092), ..usual }).err(), Some(Error::AuctionNeverClears));
    let short = AuctionParams { tail: Seconds::new(60), ..usual };
    assert_eq!(auctions(short).err(), Some(Error::AuctionNeverClears));
    let cusp = AuctionParams { cusp: bps(9_500), ..usual };
    assert_eq!(auctions(cusp).err(), Some(Error::AuctionNeverClears));

    // A floor, and a cusp, of just the part of the start at which the price is asked; a step above it, it never is.
    let start = Ratio::ONE.checked_add(params().schedule.params().stressed.auction_buffer).expect("small");
    let asked = Ratio::ONE.div_floor(start).expect("not zero");
    let above = asked.checked_add(Ratio::ULP).expect("below one");
    let curve = Curve::Linear { duration: Seconds::new(60) };
    let edge = AuctionParams { curve, floor: asked, cusp: asked, ..usual };
    assert!(auctions(edge).is_ok() && auctions(AuctionParams { cusp: Ratio::ZERO, ..edge }).is_ok());
    assert_eq!(auctions(AuctionParams { floor: above, ..edge }).err(), Some(Error::AuctionNeverClears));
    assert_eq!(auctions(AuctionParams { cusp: above, ..edge }).err(), Some(Error::AuctionNeverClears));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// What is decided from the fall of one step is what the search over all times finds.
    #[test]
    fn an_auction_is_accepted_exactly_when_it_asks_the_price_before_its_reset(
        buffer in 1_000_u32..4_000,
        kind in 0..3,
        time in 1_u64..400,
        cut in 9_000_u32..10_000,
        tail in 1_u64..8_000,
        floor in prop_oneof![Just(0_u64), 0_u64..200_000, (0_u64..1 << 48)],
        cusp in prop_oneof![Just(0_u64), 0_u64..40, 0_u64..1 << 42, (0_u64..1 << 48)],
        below: bool,
    ) {
        let schedule = *params().schedule.params();
        let stressed = Parameters { auction_buffer: bps(buffer), ..schedule.stressed };
        let schedule = ScheduleConfig::new(ScheduleParams { stressed, ..schedule }).expect("not looser");
        // Floors and cusps near the part at which the price is asked, and anywhere.
        let par = Ratio::ONE.div_floor(Ratio::ONE.checked_add(bps(buffer)).expect("small")).expect("not zero").to_bits();
        let near = |offset: u64| if below { par.saturating_sub(offset) } else { (par + offset).min((1 << 48) - 1) };
        let curve = match kind {
            0 => Curve::Linear { duration: Seconds::new(time * 20) },
            1 => Curve::StairExponential { cut: Decay::from_ratio(bps(cut)).expect("below one"), step: Seconds::new(time) },
            _ => Curve::Exponential { decay: Decay::from_half_life_floor(Seconds::new(time)).expect("not zero") },
        };
        let usual = params().auction.params();
        let (floor, cusp) = (Ratio::from_bits(near(floor).max(1)), Ratio::from_bits(near(cusp)));
        let auction = AuctionConfig::new(AuctionParams { curve, floor, cusp, tail: Seconds::new(tail), ..usual });
        let auction = auction.expect("sound");
        let par = PriceBand::exact(Price::from_decimal_floor(1, 0).expect("in range"));
        let terms = Terms::freeze(&auction, par, bps(buffer), Timestamp::new(0)).expect("in range");
        let accepted = Guard::new(GuardParams { schedule, auction, ..params() });
        match terms.time_to(par.low()) {
            Some(_) => prop_assert!(accepted.is_ok()),
            None => prop_assert_eq!(accepted.err(), Some(Error::AuctionNeverClears)),
        }
    }
}

/// A new configuration of the volatility is in force with the next call, whatever it brings.
#[test]
fn another_floor_of_the_volatility_counts_without_a_new_price() {
    let (state, before) = observed(&guard(), &[(60, 1_000), (120, 1_000)]);
    let floor = bps(20_000);
    let volatility = VolatilityParams { floor, cap: bps(30_000), start: floor, ..*params().volatility.params() };
    let volatility = VolatilityConfig::new(volatility).expect("sound");
    let guard = Guard::new(GuardParams { volatility, ..params() }).expect("sound");
    assert!(before.sigma < floor);
    for depth in [None, Some(pool(RESERVE, 180))] {
        let next = guard.observe(state, &Observation { now: at(180), price: None, depth }).expect("in order");
        assert!(guard.limits(&next, at(180)).expect("the present").sigma >= floor);
    }
}

/// One faulty part of an observation, the rest new and good: nothing of it is taken in, in place either.
#[test]
fn a_refused_observation_leaves_the_state_as_it_was() {
    let guard = guard();
    let (before, _) = observed(&guard, &[(60, 990), (120, 700)]);
    let (good, deep) = (Some(price(650, 300)), Some(pool(RESERVE / 2, 300)));
    let ladder = DepthObservation { source_time: at(300), snapshot: Snapshot::Bands(&[]) };
    let refused = |now, price, depth| {
        let mut state = before;
        let error = guard.update(&mut state, &Observation { now: at(now), price, depth }).expect_err("faulty");
        assert_eq!(state, before, "{error:?}");
        error
    };
    assert_eq!(refused(300, good, Some(pool(RESERVE, 301))), Error::DepthFromFuture);
    assert_eq!(refused(300, good, Some(pool(RESERVE, 119))), Error::DepthOutOfOrder);
    assert_eq!(refused(300, good, Some(ladder)), Error::DepthKind);
    assert_eq!(refused(300, Some(price(650, 301)), deep), Error::PriceFromFuture);
    assert_eq!(refused(300, Some(price(650, 119)), deep), Error::PriceOutOfOrder);
    assert_eq!(refused(300, Some(price(650, 120)), deep), Error::PriceContradicts);
    assert_eq!(refused(119, None, None), Error::ClockReversed);
    // A sale has moved the ledger's clock beyond the last observation's.
    let calm = observed(&guard, &[(60, 1_000)]).0;
    let sold = guard.sell(calm, at(200), Amount::new(1)).expect("permitted");
    let mut state = sold;
    let late = Observation { now: at(199), price: None, depth: Some(pool(RESERVE / 2, 199)) };
    assert_eq!(guard.update(&mut state, &late), Err(Error::ClockReversed));
    assert_eq!(state, sold);
    let late = u64::MAX - START - 604_799;
    assert_eq!(refused(late, Some(price(650, late)), None), Error::Overflow);
    let mut state = before;
    assert!(
        guard
            .update(&mut state, &Observation { now: at(late - 1), price: Some(price(650, late - 1)), depth: None })
            .is_ok()
    );
}

/// The last open lot holds all that is pending: a copy of another, of less, is known to be none, and is neither sold from,
/// restarted nor settled. With others open, or finished beside it, a lot may hold as much as is pending, and less.
#[test]
fn a_copy_that_cannot_be_the_only_open_lot_is_refused() {
    let guard = guard();
    let (state, _) = observed(&guard, &[]);
    let kick = |state, now, sell| guard.kick(state, at(now), kick_of(sell)).expect("permitted");
    let (state, small) = kick(state, 0, 100_000);
    let (state, large) = kick(state, 0, 900_000);
    let (state, _) = guard.settle(state, at(1), small).expect("open");
    assert_eq!((state.lots(), state.pending()), (1, Amount::new(900_000)));
    assert_eq!(guard.settle(state, at(1), small).err(), Some(Error::LotUnknown));
    assert_eq!(guard.take(state, at(1), small, bid(100_000)).err(), Some(Error::LotUnknown));
    assert_eq!(guard.restart(&state, at(1), small).err(), Some(Error::LotUnknown));
    // Part of the last one is taken: its copy from before has more left than is pending, and its rest is all of it.
    let (taken, take) = guard.take(state, at(1), large, bid(300_000)).expect("reserved");
    assert_eq!(guard.take(taken, at(1), large, bid(1)).err(), Some(Error::LotUnknown));
    assert!(guard.take(taken, at(1), take.lot, bid(300_000)).is_ok());
    let (none, returned) = guard.settle(taken, at(2), take.lot).expect("open");
    assert_eq!((returned.unsold, none.lots(), none.pending()), (Amount::new(600_000), 0, Amount::ZERO));
    // A lot that is taken whole stays open until it is settled, and the other holds all that is pending beside it.
    let (state, first) = kick(state, 2, 50_000);
    let (state, take) = guard.take(state, at(2), first, bid(50_000)).expect("reserved");
    assert!(take.lot.is_done() && state.lots() == 2 && state.pending() == large.remaining());
    assert!(guard.take(state, at(2), large, bid(900_000)).is_ok());
    assert!(guard.settle(state, at(2), large).is_ok() && guard.settle(state, at(2), take.lot).is_ok());
}

/// What was reserved in a fall that is forgotten is above the cap, and may still be charged: a plan counts it as the impact of
/// own sales, as the permission does. By `B + h D - L` alone it would count on the burst.
#[test]
fn what_was_reserved_in_a_fall_that_is_forgotten_is_in_the_plan() {
    let guard = guard();
    let (state, limits) = observed(&guard, &[(60, 940)]);
    let (state, _) = guard.kick(state, at(60), kick_of(limits.permitted.get())).expect("permitted");
    let state = guard.reanchor(state, at(60)).expect("below the reference");
    let limits = guard.limits(&state, at(60)).expect("the present");
    let naive = limits.cap.excess_over(limits.level);
    assert!(limits.reserved > bps(170) && naive == bps(100), "{limits:?}");
    let sick = Position::<0, 0>::new(Amount::new(1_000_000), Value::new(800_000));
    let Decision::Wait { plan, .. } = guard.assess(&state, at(60), &sick).expect("fresh") else {
        panic!("all is reserved")
    };
    let planned = |impact: Ratio| {
        let market = rule::Market { parameters: limits.parameters, band: limits.band, impact };
        match rule::assess(&guard.params().plan, &market, &sick).expect("small") {
            rule::Assessment::Liquidate(plan) => plan,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(plan, planned(limits.reserved));
    assert!(plan.sell > planned(naive).sell, "an impact that is counted sells more");
}

#[test]
fn more_lots_than_can_be_counted_are_refused() {
    let guard = guard();
    let mut state = observed(&guard, &[]).0;
    for _ in 0..u16::MAX {
        state = guard.kick(state, at(0), kick_of(1)).expect("a small lot").0;
    }
    assert_eq!(guard.kick(state, at(0), kick_of(1)).err(), Some(Error::LotCount));
}

#[test]
fn reanchoring_forgets_the_drawdown_and_only_tightens() {
    let guard = guard();
    let (state, limits) = observed(&guard, &[(60, 950)]);
    assert_eq!(limits.drawdown, price(950, 0).band.low().drawdown_floor(price(1_000, 0).band.low()));
    let anchored = guard.reanchor(state, at(60)).expect("the price is below the reference");
    let after = guard.limits(&anchored, at(60)).expect("the present");
    assert_eq!((after.drawdown, after.cap), (Ratio::ZERO, bps(100)));
    // With a wick filter the reference may be below the last price: then there is nothing to forget.
    let slow = Market { wick: Seconds::new(600), ..market() }.guard();
    let risen = observed(&slow, &[(60, 1_100)]).0;
    assert_eq!(slow.reanchor(risen, at(60)).err(), Some(Error::NotPermitted));
}

/// A wick shorter than the window earns nothing; without the window it would.
#[test]
fn a_wick_earns_nothing() {
    let filtered = Market { wick: Seconds::new(300), ..market() }.guard();
    let path = [(60, 1_000), (120, 400), (180, 999), (240, 999)];
    assert_eq!(observed(&filtered, &path).1.drawdown, Ratio::ZERO, "the high side of the window is the reference");
    assert!(observed(&market().guard(), &path).1.drawdown > bps(5_900));
}

/// T7 through the guard: a jump of volatility tightens borrowing in the same call, moves the threshold only at the
/// ramp's rate, and not at all while the breaker is up.
#[test]
fn borrowing_tightens_at_once_and_thresholds_ramp() {
    let guard = market().guard();
    let mut state = guard.open(at(0), price(1_000, 0), pool(RESERVE, 0)).expect("a first price");
    let mut before = guard.limits(&state, at(0)).expect("the present");
    // The start is the cap of the volatility: borrowing is tight from the first second, positions are not touched.
    assert_eq!(before.parameters.max_ltv, bps(5_000));
    assert_eq!(before.parameters.liquidation_threshold, bps(8_300));
    for hour in 1..=48 {
        let (next, limits) = see(&guard, state, hour * 3_600, 1_000);
        let fallen = before.parameters.liquidation_threshold.excess_over(limits.parameters.liquidation_threshold);
        // 1 % of the threshold a day.
        assert!(fallen.to_bits() <= bps(8_300).to_bits() / 100 / 24 + 4);
        limits.parameters.check().expect("always sound");
        (state, before) = (next, limits);
    }
    let guard = self::guard();
    let halted = see(&guard, observed(&guard, &[]).0, 60, 870).0;
    let threshold = |state: &GuardState<1>, now| {
        guard.limits(state, at(now)).expect("the present").parameters.liquidation_threshold
    };
    let later = see(&guard, halted, 900, 870).0;
    assert_eq!(threshold(&later, 900), threshold(&halted, 60), "frozen while the breaker is up");
    // A settlement after the halt moves the ledger's clock; the halted time still does not count for the ramp.
    let (open, lot) = guard.kick(observed(&guard, &[]).0, at(0), kick_of(1_000)).expect("permitted");
    let settled = guard.settle(see(&guard, open, 60, 870).0, at(970), lot).expect("open").0;
    assert_eq!(threshold(&see(&guard, settled, 1_000, 870).0, 1_000), threshold(&halted, 60));
    let freed = see(&guard, see(&guard, later, 1_000, 870).0, 1_900, 870).0;
    assert!(threshold(&freed, 1_900) < threshold(&later, 900), "and moves again after it");
}

/// One step of a random life.
#[derive(Clone, Debug)]
enum Step {
    See { elapsed: u64, thousandths: u128, reserve: u128 },
    Kick(u128),
    Take(usize, u128),
    Settle(usize),
    Sell(u128),
}

fn step() -> impl Strategy<Value = Step> {
    let amount = prop_oneof![0_u128..100, 0_u128..10_000_000_000];
    prop_oneof![
        3 => (0_u64..400, 200_u128..2_000, prop_oneof![Just(0), 0..3 * RESERVE])
            .prop_map(|(elapsed, thousandths, reserve)| Step::See { elapsed, thousandths, reserve }),
        2 => amount.clone().prop_map(Step::Kick),
        2 => (0_usize..4, amount.clone()).prop_map(|(index, want)| Step::Take(index, want)),
        1 => (0_usize..4).prop_map(Step::Settle),
        1 => amount.prop_map(Step::Sell),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    /// I1, I3 and bookkeeping over arbitrary sequences: the committed impact rises only within the cap, what is pending
    /// is what the open lots offer, and every lot is accounted for to the atom.
    #[test]
    fn the_books_balance(steps in prop::collection::vec(step(), 1..80)) {
        let guard = guard();
        let mut state = observed(&guard, &[]).0;
        let mut now = 0_u64;
        let (mut lots, mut kicked, mut sold, mut returned): (Vec<Lot>, u128, u128, u128) = (Vec::new(), 0, 0, 0);
        for step in steps {
            let before = guard.limits(&state, at(now)).expect("the present");
            let committed = before.level.checked_add(before.reserved).expect("small");
            match step {
                Step::See { elapsed, thousandths, reserve } => {
                    now += elapsed;
                    let seen = Observation {
                        now: at(now),
                        price: Some(price(thousandths, now)),
                        depth: Some(pool(reserve, now)),
                    };
                    let mut place = state;
                    let updated = guard.update(&mut place, &seen);
                    let observed = guard.observe(state, &seen);
                    prop_assert_eq!(updated.map(|()| place), observed, "in place and by value");
                    if updated.is_err() {
                        prop_assert_eq!(place, state);
                    }
                    if let Ok(next) = observed { state = next }
                    continue;
                }
                Step::Kick(sell) => {
                    if let Ok((next, lot)) = guard.kick(state, at(now), kick_of(sell)) {
                        prop_assert!(sell <= before.permitted.get());
                        kicked += sell;
                        lots.push(lot);
                        state = next;
                    }
                }
                Step::Take(index, want) => {
                    let Some(lot) = lots.get_mut(index) else { continue };
                    if let Ok((next, take)) = guard.take(state, at(now), *lot, bid(want)) {
                        prop_assert!(take.sold.get() <= want);
                        sold += take.sold.get();
                        *lot = take.lot;
                        state = next;
                    }
                }
                Step::Settle(index) => {
                    if index >= lots.len() { continue }
                    let (next, back) = guard.settle(state, at(now), lots.remove(index)).expect("always possible");
                    returned += back.unsold.get();
                    state = next;
                }
                Step::Sell(amount) => {
                    if let Ok(next) = guard.sell(state, at(now), Amount::new(amount)) {
                        kicked += amount;
                        sold += amount;
                        state = next;
                    }
                }
            }
            let after = guard.limits(&state, at(now)).expect("the present");
            let risen = after.level.checked_add(after.reserved).expect("small");
            prop_assert!(risen <= committed.max(after.cap), "{risen:?} above {committed:?} and {:?}", after.cap);
            let open: u128 = lots.iter().map(|lot| lot.remaining().get()).sum();
            prop_assert_eq!(state.pending().get(), open);
            prop_assert_eq!(usize::from(state.lots()), lots.len());
            prop_assert_eq!(kicked, open + sold + returned);
        }
    }

    /// Whatever the assessment decides to sell can be kicked at once, and what it defers was not.
    #[test]
    fn decisions_are_permitted(
        prices in prop::collection::vec((1_u64..400, 600_u128..1_200), 0..20),
        collateral in 1_u128..1 << 60, part in 500_u128..1_100, spend in 0_u128..=100,
    ) {
        let guard = guard();
        let mut state = observed(&guard, &[]).0;
        let mut now = 0;
        for (elapsed, thousandths) in prices {
            now += elapsed;
            state = see(&guard, state, now, thousandths).0;
        }
        let permitted = guard.limits(&state, at(now)).expect("the present").permitted.get();
        if let Ok(next) = guard.sell(state, at(now), Amount::new(permitted * spend / 100)) { state = next }
        match guard.assess(&state, at(now), &position(collateral, part)).expect("fresh") {
            Decision::Liquidate { plan, deferred } => {
                let kick = Kick { sell: plan.sell, raise: plan.repay };
                prop_assert!(guard.kick(state, at(now), kick).is_ok());
                prop_assert!(plan.sell.get() + deferred.get() <= collateral);
            }
            Decision::Wait { plan, until, .. } => {
                let kick = Kick { sell: plan.sell, raise: plan.repay };
                prop_assert!(guard.kick(state, at(now), kick).is_err());
                prop_assert!(until.is_none_or(|until| until > at(now)));
            }
            Decision::Healthy | Decision::Backstop(_) | Decision::Unconfirmed { .. } => {}
        }
    }
}
