//! Early sales: large positions before small ones, nothing that need not be sold, and less bad debt than without.

#[path = "support/market.rs"]
mod market;
#[path = "support/rational.rs"]
mod rational;

use damper::Error;
use damper::book::{Band, Shape, Snapshot};
use damper::clearing::{Backlog, Clearing, PaceConfig, PaceParams, Throttle, slack_floor, unused_ceil};
use damper::depth::DepthObservation;
use damper::early::{EarlyRule, Start};
use damper::guard::{Decision, Guard, GuardParams, GuardState, Observation};
use damper::health::{Collateral, Position};
use damper::ledger::{LedgerConfig, LedgerParams};
use damper::oracle::PriceObservation;
use damper::parameters::Parameters;
use damper::plan::{Plan, PlanConfig, PlanParams, Reason, Shortfall};
use damper::price::{Price, PriceBand};
use damper::ratio::Ratio;
use damper::risk::{Law, Peril, RiskConfig, RiskParams};
use damper::schedule::{ScheduleConfig, ScheduleParams};
use damper::selling::{Bid, Kick};
use damper::units::{Amount, Rate, Seconds, Timestamp, Value};
use damper::volatility::{VolatilityConfig, VolatilityParams};
use market::{Market, appetite, bps, parameters, plan};
use proptest::prelude::*;
use rational::Frac;

const START: u64 = 1_000_000;
const RESERVE: u128 = 1_000_000_000_000;
const ROUND: u64 = 600;
const MIN_SALE: u128 = 1_000_000;
/// The threshold in basis points while nothing has moved it.
const THRESHOLD: u128 = 8_300;

fn at(seconds: u64) -> Timestamp {
    Timestamp::new(START + seconds)
}

fn by_chance(tolerance: u32, horizon: u64) -> Start {
    let risk = RiskParams {
        horizon: Seconds::new(horizon),
        drift: Rate::ZERO,
        law: Law::SubGaussian,
        tolerance: bps(tolerance),
    };
    let pace = PaceParams { round: Seconds::new(ROUND), piece: Ratio::ZERO };
    Start::ByChance(EarlyRule {
        risk: RiskConfig::new(risk).expect("sound"),
        pace: PaceConfig::new(pace).expect("a round"),
    })
}

/// `B` = 1 %, `h` = 1/8, one per cent of impact an hour, a volatility held at `sigma`, sales of at least a millionth.
fn params(start: Start, sigma: u32) -> GuardParams<1> {
    let market = Market {
        shape: Shape::ConstantProduct,
        haircut: Ratio::ZERO,
        burst: bps(100),
        leak: Rate::from_ratio_over_floor(bps(100), Seconds::new(3_600)).expect("an hour"),
        own_share: bps(1_250),
        kappa: Ratio::ONE,
        share: Ratio::ONE,
        wick: Seconds::ZERO,
    };
    let usual = market.params();
    let volatility = VolatilityParams { floor: bps(sigma), start: bps(sigma), ..*usual.volatility.params() };
    let volatility = VolatilityConfig::new(volatility).expect("sound");
    // The bonus rises from 5 to 8 %, and the highest threshold is that of calm days.
    let of = usual.schedule.params();
    let stressed = Parameters { bonus: bps(800), ..of.stressed };
    let schedule = ScheduleConfig::new(ScheduleParams { stressed, ..*of }).expect("sound");
    GuardParams { start, volatility, schedule, plan: plan(MIN_SALE), ..usual }
}

fn guard(start: Start, sigma: u32) -> Guard<1> {
    Guard::new(params(start, sigma)).expect("sound")
}

fn price(millionths: u128, seconds: u64) -> PriceObservation {
    let price = Price::from_fraction_floor(millionths, 1_000_000).expect("positive");
    PriceObservation { source_time: at(seconds), band: PriceBand::exact(price) }
}

fn pool(reserve: u128, seconds: u64) -> DepthObservation<'static> {
    DepthObservation { source_time: at(seconds), snapshot: Snapshot::ConstantProduct { reserve: Amount::new(reserve) } }
}

fn opened(guard: &Guard<1>, reserve: u128) -> GuardState<1> {
    guard.open(at(0), price(1_000_000, 0), pool(reserve, 0)).expect("a first price and depth")
}

fn position(collateral: u128, ltv_bps: u128) -> Position<0, 0> {
    Position::new(Amount::new(collateral), Value::new(collateral * ltv_bps / 10_000))
}

fn sold_early(guard: &Guard<1>, reserve: u128, collateral: u128, ltv_bps: u128) -> Option<Plan> {
    let state = opened(guard, reserve);
    match guard.assess(&state, at(0), &position(collateral, ltv_bps)).expect("fresh") {
        Decision::Liquidate { plan, .. } | Decision::Wait { plan, .. } => Some(plan),
        Decision::Healthy => None,
        Decision::Backstop(shortfall) | Decision::Unconfirmed { shortfall, .. } => {
            panic!("a healthy position: {shortfall:?}")
        }
    }
}

/// A step of a grid that is wider than the cap is never paid: what lies behind it cannot be cleared in any time, and starts at
/// once. With a cap as wide as the step it is cleared in hours, and does not.
#[test]
fn what_lies_behind_a_step_above_the_cap_starts_at_once() {
    let start = |burst: u32| {
        let market = Market {
            shape: Shape::Grid([bps(100), bps(400)]),
            haircut: Ratio::ZERO,
            burst: bps(burst),
            leak: Rate::from_ratio_over_floor(bps(100), Seconds::new(3_600)).expect("an hour"),
            own_share: Ratio::ZERO,
            kappa: Ratio::ONE,
            share: Ratio::ONE,
            wick: Seconds::ZERO,
        };
        let usual = market.params();
        let volatility = VolatilityParams { floor: bps(300), start: bps(300), ..*usual.volatility.params() };
        let volatility = VolatilityConfig::new(volatility).expect("sound");
        let start = by_chance(100, 86_400);
        let guard = Guard::new(GuardParams { start, volatility, plan: plan(MIN_SALE), ..usual }).expect("sound");
        let bands = [(90, RESERVE / 1_000), (380, RESERVE)]
            .map(|(width, amount)| Band { width: bps(width), amount: Amount::new(amount) });
        let depth = DepthObservation { source_time: at(0), snapshot: Snapshot::Bands(&bands) };
        let state = guard.open(at(0), price(1_000_000, 0), depth).expect("a first price and depth");
        guard.assess(&state, at(0), &position(RESERVE / 10, 7_000)).expect("fresh")
    };
    assert!(matches!(start(200), Decision::Liquidate { .. }), "{:?}", start(200));
    assert_eq!(start(900), Decision::Healthy);
}

#[test]
fn a_whale_is_sold_early_in_small_lots_and_a_small_position_late() {
    let guard = guard(by_chance(100, 86_400), 500);
    // 70 %, with a threshold of 83 %.
    assert_eq!(sold_early(&guard, RESERVE, RESERVE / 10_000, 7_000), None);
    let plan = sold_early(&guard, RESERVE, RESERVE / 5, 7_000).expect("it could not be cleared in time");
    // What leaks in a round, 1/6 %, is the lot: sqrt(1 + 1/600) - 1 of the reserve.
    assert!(plan.sell.get() > RESERVE / 1_202 && plan.sell.get() < RESERVE / 1_200, "{plan:?}");
    // The small one is sold when it is unhealthy, and in one lot.
    let small = sold_early(&guard, RESERVE, RESERVE / 10_000, THRESHOLD + 20).expect("unhealthy");
    assert!(small.sell.get() < RESERVE / 10_000 / 10);
    // Both are left alone without the rule.
    let late = self::guard(Start::AtThreshold, 500);
    assert_eq!(sold_early(&late, RESERVE, RESERVE / 5, 7_000), None);
    assert_eq!(sold_early(&late, RESERVE, RESERVE / 5, THRESHOLD - 1), None);
}

/// However large the collateral, what a small debt takes is soon sold: the position is left alone.
#[test]
fn a_small_debt_on_more_than_the_book_is_left_alone() {
    let guard = guard(by_chance(100, 86_400), 500);
    for collateral in [RESERVE, 1_000 * RESERVE, 1 << 100] {
        let state = opened(&guard, RESERVE);
        let position = Position::<0, 0>::new(Amount::new(collateral), Value::new(10 * MIN_SALE));
        assert_eq!(guard.assess(&state, at(0), &position), Ok(Decision::Healthy), "{collateral}");
    }
    // And where other collateral covers the debt.
    let (state, other) = (
        opened(&guard, 0),
        Collateral::new(Amount::new(2 * RESERVE), price(1_000_000, 0).band, &parameters(7_500, 8_300)),
    );
    let beside =
        Position::<1, 0>::new(Amount::new(RESERVE), Value::new(RESERVE)).with_collateral(other.expect("sound"));
    assert_eq!(guard.assess(&state, at(0), &beside.expect("room")), Ok(Decision::Healthy));
}

#[test]
fn nothing_is_sold_early_without_debt_or_collateral_or_worth() {
    let guard = guard(by_chance(0, 86_400), 20_000);
    assert_eq!(sold_early(&guard, RESERVE, RESERVE, 0), None);
    assert_eq!(sold_early(&guard, RESERVE, 0, 0), None);
    assert_eq!(sold_early(&guard, RESERVE, MIN_SALE - 1, 8_000), None, "less than the least sale");
    assert!(sold_early(&guard, RESERVE, MIN_SALE, 8_000).is_some(), "a tolerance of zero starts all that takes time");
}

/// Who holds none of this market's collateral has nothing to sell in it, whatever the least sale, and however near other
/// collateral is to its threshold.
#[test]
fn nothing_is_sold_early_of_no_collateral_where_any_sale_is_large_enough() {
    let any = GuardParams { plan: plan(0), ..params(by_chance(0, 86_400), 20_000) };
    let guard = Guard::new(any).expect("sound");
    let state = opened(&guard, RESERVE);
    let near = |own: u128| {
        let other = Collateral::new(Amount::new(1_000_000), price(1_000_000, 0).band, &parameters(9_000, 9_990));
        let position = Position::<1, 0>::new(Amount::new(own), Value::new(960_000));
        let position = position.with_collateral(other.expect("sound")).expect("room");
        guard.assess(&state, at(0), &position).expect("fresh")
    };
    assert_eq!(near(0), Decision::Healthy);
}

#[test]
fn a_rule_over_another_horizon_is_refused() {
    assert_eq!(Guard::new(params(by_chance(100, 86_401), 500)).err(), Some(Error::StartHorizon));
    assert_eq!(Guard::new(params(by_chance(100, 3_600), 500)).err(), Some(Error::StartHorizon));
}

/// `B` = 20 %: what is paid on a thin book may be more than a deeper one asks for all that follows.
fn generous(start: Start) -> Guard<1> {
    let usual = params(start, 500);
    let ledger = LedgerConfig::new(LedgerParams { burst: bps(2_000), ..usual.ledger.params() }).expect("sound");
    Guard::new(GuardParams { ledger, ..usual }).expect("sound")
}

/// The whole permission is sold on a tenth of the pool. A snapshot that was taken before, and arrives after, shows all of it.
/// Then the charge of a whale's sale is zero, and still the sale alone moves the price by more than its slack, on a pool that
/// is exactly as deep as it was shown and that nobody else moves: the event has chance one, and by charges the bound of T14
/// is below a millionth.
#[test]
fn naive_charges_as_own_fall_break_under_a_deeper_snapshot() {
    let start = by_chance(100, 86_400);
    let (guard, Start::ByChance(rule)) = (generous(start), start) else { panic!("by chance") };
    let state = opened(&guard, RESERVE / 10);
    let sold = guard.limits(&state, at(10)).expect("the present").permitted;
    let state = guard.sell(state, at(10), sold).expect("permitted");
    let seen = Observation { now: at(11), price: Some(price(1_000_000, 11)), depth: Some(pool(RESERVE, 5)) };
    let state = guard.observe(state, &seen).expect("in order");
    assert_eq!(state.depth().sold(), sold);

    let (held, ltv) = (RESERVE / 1_000 * 85, 8_200);
    let whale = position(held, ltv);
    let limits = guard.limits(&state, at(11)).expect("the present");
    assert!(whale.is_healthy(&limits.parameters, limits.band).expect("small"));
    let slack = slack_floor(Value::new(held), Value::ZERO, Value::new(held * ltv / 10_000), limits.parameters.bonus)
        .expect("small");
    // The fall of the log-price is above 2 (f - 1) / (f + 1), f the quotient of the prices before and after.
    let root = Frac::new(RESERVE + sold.get() + held, RESERVE + sold.get());
    let factor = root.mul(&root);
    let fall = Frac::int(2).mul(&factor.sub(&Frac::one())).div(&factor.add(&Frac::one()));
    assert!(fall > Frac::of(slack));

    let backlog =
        Backlog { config: &guard.params().depth, depth: state.depth(), ahead: state.pending(), least: Amount::ZERO };
    let charge = backlog.charge_ceil(Amount::new(held)).expect("small").expect("the book shows it");
    assert_eq!(charge, Ratio::ZERO);
    let clearing = Throttle::of(state.ledger(), &guard.params().ledger).clearing_ceil(&rule.pace, charge);
    let naive = Peril { sigma: limits.sigma, own: charge, clearing };
    assert!(
        rule.risk.chance_ceil(&naive, slack).expect("small") < Ratio::from_fraction_floor(1, 1_000_000).expect("small")
    );
    assert!(!rule.risk.starts(&naive, slack).expect("small"), "the naive rule was meant to wait");
    assert_ne!(guard.assess(&state, at(11), &whale).expect("fresh"), Decision::Healthy);
}

/// A lot that the ledger permits in part names the rest of that lot, and the rest alone.
#[test]
fn what_is_deferred_is_of_the_lot() {
    let guard = guard(by_chance(100, 86_400), 500);
    let state = opened(&guard, RESERVE);
    let permitted = guard.limits(&state, at(0)).expect("the present").permitted.get();
    let lot = sold_early(&guard, RESERVE, RESERVE / 5, 7_000).expect("early").sell.get();
    let state = guard.sell(state, at(0), Amount::new(permitted - lot / 2)).expect("permitted");
    let Decision::Liquidate { plan, deferred } =
        guard.assess(&state, at(0), &position(RESERVE / 5, 7_000)).expect("fresh")
    else {
        panic!("half a lot is left")
    };
    assert!(plan.sell.get() >= lot / 2 - 1 && plan.sell.get() + deferred.get() <= lot);
    let spent = guard.sell(state, at(0), plan.sell).expect("permitted");
    match guard.assess(&spent, at(0), &position(RESERVE / 5, 7_000)).expect("fresh") {
        Decision::Wait { plan, until: Some(until), .. } => {
            assert!(until.get() - START <= ROUND + 10 && guard.kick(spent, until, kick(&plan)).is_ok());
        }
        other => panic!("{other:?}"),
    }
}

fn kick(plan: &Plan) -> Kick {
    Kick { sell: plan.sell, raise: plan.repay }
}

/// A position and its market.
#[derive(Clone, Copy, Debug)]
struct Case {
    collateral: u128,
    debt: u128,
    /// Worth of other collateral, and its threshold in basis points.
    others: (u128, u32),
    sigma: u32,
    tolerance: u32,
    /// What was sold on a thinner book, and is in open lots, in per cent of what was permitted.
    before: u128,
    open: u128,
    thin: u128,
    /// The low side of the price, in millionths; the high side is a part in 300 above it.
    at_price: u128,
    min_sale: u128,
}

/// The decision on a position, and the rule of D28 from its parts: whether each of the two chances is above the tolerance.
fn by_its_parts(case: Case) -> (Decision, [bool; 2]) {
    let Case { collateral, debt, others: (other, threshold), sigma, tolerance, before, open, thin, at_price, min_sale } =
        case;
    let start = by_chance(tolerance, 86_400);
    let guard = Guard::new(GuardParams { plan: plan(min_sale), ..params(start, sigma) }).expect("sound");
    // Sold on a thinner book than the present one, whose snapshot does not show it.
    let seen = |seconds| {
        let low = price(at_price, seconds).band.low();
        let high = low.scale_ceil(Ratio::from_fraction_ceil(301, 300).expect("small")).expect("small");
        PriceObservation { source_time: at(seconds), band: PriceBand::new(low, high).expect("in order") }
    };
    let state = guard.open(at(0), seen(0), pool(RESERVE / thin, 0)).expect("a first price and depth");
    let some = guard.limits(&state, at(10)).expect("the present").permitted.get() * before / 100;
    let state = guard.sell(state, at(10), Amount::new(some)).unwrap_or(state);
    let low = seen(0).band.low();
    let seen = Observation { now: at(11), price: Some(seen(11)), depth: Some(pool(RESERVE, 5)) };
    let state = guard.observe(state, &seen).expect("in order");
    let some = guard.limits(&state, at(11)).expect("the present").permitted.get() * open / 100;
    let lot = Kick { sell: Amount::new(some), raise: Value::new(u128::MAX) };
    let state = guard.kick(state, at(11), lot).map_or(state, |(state, _)| state);
    let limits = guard.limits(&state, at(11)).expect("the present");
    let Start::ByChance(rule) = start else { panic!("by chance") };
    let backlog =
        Backlog { config: &guard.params().depth, depth: state.depth(), ahead: state.pending(), least: Amount::ZERO };
    let throttle = Throttle::of(state.ledger(), &guard.params().ledger);
    let book = guard.params().depth.book(state.depth()).expect("small");
    // The bonus and the most that may be charged when the price has fallen; a quarter of the bonus is paid at the threshold.
    let (bonus, ledger) = (guard.params().schedule.params().stressed.bonus, guard.params().ledger.params());
    let most = ledger.burst.checked_add(ledger.own_share).expect("small").max(limits.reserved);
    let give = |bonus: Ratio| {
        let [bonus, most] = [bonus, most].map(|part| part.checked_add(Ratio::ONE).expect("small"));
        bonus.mul_ceil(most).expect("small")
    };
    // Other collateral covers its worth, and by its weight what this market's threshold leaves of that; in calm markets most.
    let covers = (((other * u128::from(bps(threshold).to_bits())) >> 48) << 48) / u128::from(bps(8_300).to_bits());
    let worth = low.value_floor(Amount::new(collateral)).expect("small");
    let base = give(bonus.mul_ceil(bps(2_500)).expect("small"));
    let takes = Value::new(debt).mul_ceil(base).expect("small").get().saturating_sub(covers.min(other));
    // Beside others, less than the least sale is not sold.
    let ends = if other == 0 { takes } else { takes.max(min_sale) };
    let slack = slack_floor(worth, Value::ZERO, Value::new(ends), Ratio::ZERO).expect("small");
    // What the debt takes at half of the price, with what its last part may be lifted to, and there the least left.
    let half = low.scale_floor(Ratio::from_fraction_floor(1, 2).expect("a half")).expect("small");
    let given = Value::new(debt).mul_ceil(give(bonus)).expect("small").get() + min_sale.max(1);
    let by_half = half.amount_ceil(Value::new(given)).expect("small").get().min(collateral);
    let left = half.value_floor(Amount::new(collateral - by_half)).expect("small");
    let by_half = if left < Value::new(min_sale) { collateral } else { by_half };
    // At the end of a fall a least sale is of more atoms; twice as many are never cut, and all may be sold.
    let end = Value::new(ends).ratio_floor(worth).map_or(Ratio::ONE, |end| end.min(Ratio::ONE));
    let least = [low.scale_floor(end), Ok(half)].map(|price| {
        let twice = |price: Price| (2 * price.amount_ceil(Value::new(min_sale)).expect("small").get()).max(1);
        price.map_or(collateral, twice).min(collateral)
    });
    let two_thirds = Ratio::from_fraction_floor(2, 3).expect("below one");
    let sales = [(collateral, slack, least[0]), (by_half, slack.min(two_thirds), least[1])];
    let starts = sales.map(|(sale, slack, least)| {
        let least_charge = guard.params().depth.charge_ceil(state.depth(), Amount::new(least));
        let charge = backlog.charge_ceil(Amount::new(sale)).expect("small");
        // Or all of it on a new snapshot of the same book.
        let anew = book.impact_ceil(Amount::new(state.pending().get() + sale)).unwrap_or(Ratio::MAX);
        let charge = charge.map(|charge| charge.max(anew));
        // The impact of all that is not shown or to be sold: what was paid is no part of the fall.
        let all = state.depth().sold().get() + state.pending().get() + sale;
        let own = book.impact_ceil(Amount::new(all)).unwrap_or(Ratio::MAX);
        // What may stay unused in a round: the charge of a least sale now, or behind all that is to be sold.
        let piece = rule.pace.params().piece.max(least_charge.unwrap_or(Ratio::MAX)).max(unused_ceil(
            &book,
            own,
            Amount::new(least),
        ));
        let pace = PaceConfig::new(PaceParams { piece, ..rule.pace.params() }).expect("a round");
        let clearing = charge.map_or(Clearing::Never, |charge| throttle.clearing_ceil(&pace, charge));
        rule.risk.starts(&Peril { sigma: limits.sigma, own, clearing }, slack).expect("small")
    });
    let position = Position::<1, 0>::new(Amount::new(collateral), Value::new(debt));
    let beside = Collateral::new(Amount::new(other), price(1_000_000, 0).band, &parameters(threshold - 1, threshold));
    let position = if other == 0 { position } else { position.with_collateral(beside.expect("sound")).expect("room") };
    let starts = if takes == 0 { [false; 2] } else { starts };
    (guard.assess(&state, at(11), &position).expect("fresh"), starts)
}

/// Two rounds more or less decide here: what may stay unused in a round is what a least sale costs behind all that is to be sold,
/// which is more than the first costs.
#[test]
fn what_stays_unused_is_that_behind_all_of_the_sale() {
    let case = Case {
        collateral: 7_487_281_018,
        debt: 7_487_281_018 * 2_909 / 10_000,
        others: (0, 2),
        sigma: 17_472,
        tolerance: 1_166,
        before: 96,
        open: 23,
        thin: 8,
        at_price: 1_000_000,
        min_sale: MIN_SALE,
    };
    let (decision, starts) = by_its_parts(case);
    assert!(matches!(decision, Decision::Liquidate { .. }), "{decision:?}");
    assert_eq!(starts, [true, true]);
}

/// A debt of 40 % that is repaid while the price is just above half: in lots each of which raises what it is to, at the bonus
/// and the impact that are in force by then. Twice of what it takes before the fall is not enough; what the rule counts is.
#[test]
fn naive_twice_of_what_a_debt_takes_now_breaks_in_a_fall() {
    let guard = guard(by_chance(0, 86_400), 500);
    let mut state = opened(&guard, RESERVE);
    let (held, owed) = (RESERVE / 5, RESERVE / 5 * 4_000 / 10_000);
    let limits = guard.limits(&state, at(0)).expect("the present");
    let before = |bonus: Ratio, impact: Ratio| {
        let [bonus, impact] = [bonus, impact].map(|part| part.checked_add(Ratio::ONE).expect("small"));
        Value::new(owed).mul_ceil(bonus.mul_ceil(impact).expect("small")).expect("small").get()
    };
    let naive = 2 * before(limits.parameters.bonus.mul_floor(bps(2_500)).expect("small"), limits.cap);
    let ledger = guard.params().ledger.params();
    let most = ledger.burst.checked_add(ledger.own_share).expect("small");
    let rule = 2 * before(guard.params().schedule.params().stressed.bonus, most);
    // The price falls to 0.51, which is held, and a year goes by.
    for seconds in (1..400).map(|day| day * 86_400) {
        let seen =
            Observation { now: at(seconds), price: Some(price(510_000, seconds)), depth: Some(pool(RESERVE, seconds)) };
        state = guard.observe(state, &seen).expect("in order");
    }
    let now = at(399 * 86_400);
    let (mut collateral, mut debt, mut sold) = (held, owed, 0);
    while debt > 0 {
        let position = Position::<0, 0>::new(Amount::new(collateral), Value::new(debt));
        let Decision::Liquidate { plan, .. } = guard.assess(&state, now, &position).expect("fresh") else {
            panic!("{debt} is owed on {collateral}")
        };
        // What the lot reserves leaks before the next.
        sold += plan.sell.get();
        (collateral, debt) = (collateral - plan.sell.get(), debt - plan.repay.get());
    }
    assert!(sold > naive, "{sold} {naive}");
    assert!(sold <= rule && rule < held, "{sold} {rule}");
}

/// The least sale is of more atoms when the price has fallen. Counted at the price of now, a position of 24 atoms is cleared in
/// 448 s and waits; at 0.55 it may not be cut, all of it is more than the cap, and it waits for ever.
#[test]
fn naive_least_sale_of_now_breaks_in_a_fall() {
    let part = |n: u128, d: u128| Ratio::from_fraction_floor(n, d).expect("small");
    let market = Market {
        shape: Shape::<1>::ConstantProduct,
        haircut: Ratio::ZERO,
        burst: part(1, 25),
        leak: Rate::per_second(part(1, 4_096)),
        own_share: Ratio::ZERO,
        kappa: Ratio::ONE,
        share: Ratio::ONE,
        wick: Seconds::ZERO,
    };
    let usual = market.params();
    let both = Parameters {
        max_ltv: part(5, 8),
        liquidation_threshold: part(3, 4),
        bonus: part(1, 4),
        margin: part(1, 16),
        auction_buffer: part(1, 10),
    };
    let schedule = ScheduleParams { calm: both, stressed: both, ..*usual.schedule.params() };
    let (horizon, sigma) = (Seconds::new(2_048), part(1, 16));
    let volatility = VolatilityParams { horizon, floor: sigma, start: sigma, ..*usual.volatility.params() };
    let risk = RiskParams { horizon, drift: Rate::ZERO, law: Law::FiniteVariance, tolerance: part(1, 64) };
    let pace = PaceParams { round: Seconds::new(32), piece: Ratio::ZERO };
    let rule = EarlyRule { risk: RiskConfig::new(risk).expect("sound"), pace: PaceConfig::new(pace).expect("a round") };
    let plan = PlanParams { base_bonus: part(1, 2), min_sale: Value::new(8), ..usual.plan.params() };
    let guard = Guard::new(GuardParams {
        schedule: ScheduleConfig::new(schedule).expect("sound"),
        volatility: VolatilityConfig::new(volatility).expect("sound"),
        plan: PlanConfig::new(plan).expect("sound"),
        start: Start::ByChance(rule),
        ..usual
    })
    .expect("sound");
    let state = guard.open(at(0), price(1_000_000, 0), pool(1_024, 0)).expect("a first price and depth");
    let position = Position::<0, 0>::new(Amount::new(24), Value::new(10));

    // By the least sale of now, twice 8 atoms: the fall of own sales, what may stay unused, and the time.
    let book = guard.params().depth.book(state.depth()).expect("small");
    let own = book.impact_ceil(Amount::new(24)).expect("small");
    let piece = unused_ceil(&book, own, Amount::new(16)).max(book.impact_ceil(Amount::new(16)).expect("small"));
    let pace = PaceConfig::new(PaceParams { piece, ..pace }).expect("a round");
    let clearing = Throttle::of(state.ledger(), &guard.params().ledger).clearing_ceil(&pace, own);
    assert_eq!(clearing, Clearing::Takes(Seconds::new(448)));
    let slack = slack_floor(Value::new(24), Value::ZERO, Value::new(12), Ratio::ZERO).expect("small");
    assert!(
        !rule.risk.starts(&Peril { sigma, own, clearing }, slack).expect("small"),
        "the naive rule was meant to wait"
    );

    let seen = Observation { now: at(1), price: Some(price(550_000, 1)), depth: None };
    let fallen = guard.observe(state, &seen).expect("in order");
    let decision = guard.assess(&fallen, at(1), &position).expect("fresh");
    assert!(matches!(decision, Decision::Wait { until: None, .. }), "{decision:?}");
    // The rule starts, with what the debt takes.
    let Decision::Liquidate { plan, .. } = guard.assess(&state, at(0), &position).expect("fresh") else {
        panic!("it waits")
    };
    assert_eq!(plan.sell, Amount::new(12));
    // Of 16 atoms all may be sold in one lot, though twice the least sale at half of the price is more than the cap.
    let small = Position::<0, 0>::new(Amount::new(16), Value::new(6));
    assert_eq!(guard.assess(&state, at(0), &small), Ok(Decision::Healthy));
}

/// What a debt takes is counted with a least sale more than its value: a lot that is cut may leave less of the debt than that, to
/// which the last sale is lifted.
#[test]
fn naive_debt_without_what_its_rest_is_lifted_to_breaks() {
    let guard = guard(by_chance(0, 86_400), 500);
    let state = opened(&guard, RESERVE);
    let limits = guard.limits(&state, at(0)).expect("the present");
    // Three lots, and a hundred of the debt.
    let mut collateral = RESERVE / 5;
    let lot = sold_early(&guard, RESERVE, collateral, 7_000).expect("early");
    let (mut debt, mut sold) = (3 * lot.repay.get() + 100, 0);
    let base = limits.parameters.bonus.mul_floor(bps(2_500)).expect("small");
    let [bonus, impact] = [base, limits.cap].map(|part| part.checked_add(Ratio::ONE).expect("small"));
    let naive = Value::new(debt).mul_ceil(bonus.mul_ceil(impact).expect("small")).expect("small").get();
    while debt > 0 {
        let position = Position::<0, 0>::new(Amount::new(collateral), Value::new(debt));
        let Decision::Liquidate { plan, .. } = guard.assess(&state, at(0), &position).expect("fresh") else {
            panic!("{debt} is owed on {collateral}")
        };
        sold += plan.sell.get();
        (collateral, debt) = (collateral - plan.sell.get(), debt - plan.repay.get());
    }
    assert!(sold > naive + MIN_SALE * 9 / 10 && sold <= naive + MIN_SALE, "{sold} {naive}");
}

/// Up to the slack the position is to be sold. By the bonus alone there is some left where D11 says that no sale helps.
#[test]
fn naive_slack_up_to_the_bonus_breaks_where_no_sale_helps() {
    let guard = guard(by_chance(0, 86_400), 500);
    let mut state = opened(&guard, RESERVE);
    let (held, owed) = (RESERVE / 100, RESERVE / 100 * 4_750 / 10_000);
    let bonus = guard.params().schedule.params().stressed.bonus;
    for seconds in 1..3 {
        let seen =
            Observation { now: at(seconds), price: Some(price(510_000, seconds)), depth: Some(pool(RESERVE, seconds)) };
        state = guard.observe(state, &seen).expect("in order");
    }
    let position = Position::<0, 0>::new(Amount::new(held), Value::new(owed));
    let decision = guard.assess(&state, at(2), &position).expect("fresh");
    assert!(matches!(decision, Decision::Backstop(Shortfall { reason: Reason::Toxic, .. })), "{decision:?}");
    let in_force = guard.limits(&state, at(2)).expect("the present").parameters.bonus;
    let naive = slack_floor(Value::new(held / 100 * 51), Value::ZERO, Value::new(owed), in_force).expect("small");
    assert!(naive > bps(100), "by the bonus some is left: {naive:?}");
    // With what a sale at the base bonus takes at a whole cap, the slack ends before.
    let ledger = guard.params().ledger.params();
    let whole = ledger.burst.checked_add(ledger.own_share).and_then(|cap| cap.checked_add(Ratio::ONE)).expect("small");
    let base = bonus.mul_ceil(bps(2_500)).and_then(|base| base.checked_add(Ratio::ONE)).expect("small");
    let ends = base.mul_ceil(whole).and_then(|give| give.checked_sub(Ratio::ONE)).expect("above one");
    let of = |price: u128| slack_floor(Value::new(held / 10_000 * price), Value::ZERO, Value::new(owed), ends);
    assert_eq!(of(5_100), Ok(Ratio::ZERO));
    // And where it has not ended there is a plan.
    assert!(of(5_500).expect("small") > Ratio::ZERO);
    let seen = Observation { now: at(3), price: Some(price(550_000, 3)), depth: Some(pool(RESERVE, 3)) };
    let state = guard.observe(state, &seen).expect("in order");
    let decision = guard.assess(&state, at(3), &position).expect("fresh");
    assert!(matches!(decision, Decision::Liquidate { .. }), "{decision:?}");
}

/// Beside other collateral what is worth less than the least sale is not sold: of just that no fall is left to wait for.
#[test]
fn the_slack_ends_with_the_least_sale_beside_other_collateral() {
    let case = |collateral| Case {
        collateral,
        debt: 5_600_000,
        others: (10 * MIN_SALE, 5_000),
        sigma: 0,
        tolerance: 0,
        before: 0,
        open: 0,
        thin: 1,
        at_price: 1_000_000,
        min_sale: MIN_SALE,
    };
    let (decision, starts) = by_its_parts(case(MIN_SALE));
    assert!(starts == [true, true] && decision != Decision::Healthy, "{decision:?}");
    let (decision, starts) = by_its_parts(case(2 * MIN_SALE));
    assert!(starts == [false, false] && decision == Decision::Healthy, "{decision:?}");
}

/// The decision at the smallest debt that starts, and at those around it, is that of the rule from its parts. The volatility
/// is zero and so is the tolerance: a sale starts exactly when own sales alone use up the slack.
fn exact_at_its_boundary(case: Case) -> Result<bool, TestCaseError> {
    let decided = |debt: u128| {
        let (decision, starts) = by_its_parts(Case { debt, ..case });
        (decision, starts == [true, true])
    };
    // Up to the threshold the position is healthy.
    let worth = case.collateral * case.at_price / 1_000_000;
    let most = worth * THRESHOLD / 10_000 + case.others.0 * u128::from(case.others.1) / 10_000 - 3;
    let (mut below, mut above) = (1, most);
    while above - below > 1 {
        let middle = below.midpoint(above);
        if decided(middle).0 == Decision::Healthy { below = middle } else { above = middle }
    }
    for debt in below.saturating_sub(2).max(1)..(above + 2).min(most) {
        let (decision, starts) = decided(debt);
        prop_assert_eq!(decision != Decision::Healthy, starts, "{} {:?}", debt, decision);
    }
    Ok(above < most)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_500, failure_persistence: None, ..ProptestConfig::default() })]

    /// A larger position, a thinner book, a higher volatility or a lower tolerance never starts later.
    #[test]
    fn starting_is_monotone(
        collateral in 100_u128..RESERVE, more in 1_u128..8, ltv in 100_u128..THRESHOLD, reserve in 1_000_000_000_u128..4 * RESERVE,
        sigma in 100_u32..18_000, tolerance in 1_u32..9_000, by in 2_u32..5,
    ) {
        let rule = |tolerance, sigma| guard(by_chance(tolerance, 86_400), sigma);
        let starts = |tolerance, sigma, reserve, collateral| {
            sold_early(&rule(tolerance, sigma), reserve, collateral * 10_000, ltv).is_some()
        };
        if starts(tolerance, sigma, reserve, collateral) {
            prop_assert!(starts(tolerance, sigma, reserve, collateral * more), "larger");
            prop_assert!(starts(tolerance, sigma, reserve / u128::from(by), collateral), "thinner");
            prop_assert!(starts(tolerance / by, sigma, reserve, collateral), "less tolerance");
            prop_assert!(starts(tolerance, (sigma * by).min(20_000), reserve, collateral), "more volatility");
        }
    }

    /// [`by_its_parts`].
    #[test]
    fn it_starts_when_both_chances_are_above_the_tolerance(
        collateral in prop_oneof![10 * MIN_SALE..RESERVE / 50, 10 * MIN_SALE..2 * RESERVE], ltv in 100_u128..THRESHOLD,
        sigma in 100_u32..=20_000, tolerance in 0_u32..3_000, open in 0_u128..=100, before in 0_u128..=100,
        thin in 1_u128..=10, other in prop_oneof![Just(0), 0_u128..100], threshold in 2_u32..9_900,
        at_price in 300_000_u128..3_000_000,
    ) {
        let debt = collateral * ltv / 10_000;
        let others = (collateral * other / 100, threshold);
        let (decision, starts) = by_its_parts(Case { collateral, debt, others, sigma, tolerance, before, open, thin, at_price, min_sale: MIN_SALE });
        prop_assert_eq!(decision != Decision::Healthy, starts == [true, true], "{:?} {:?}", decision, starts);
    }

    /// T10 and the dust rule for each early lot, and what is decided is permitted.
    #[test]
    fn an_early_lot_does_not_worsen_and_leaves_no_dust(
        collateral in prop_oneof![MIN_SALE..10 * MIN_SALE, MIN_SALE..RESERVE], ltv in 1_u128..THRESHOLD,
        floor in 0_u32..=10_000, burst in prop_oneof![Just(100_u32), 0_u32..6_000], sigma in 100_u32..=20_000, spent in 0_u128..=100, edge: bool, reserve in RESERVE / 1_000..RESERVE, at_price in 900_000_u128..1_100_000,
    ) {
        let appetite = appetite(bps(floor));
        let usual = params(by_chance(0, 86_400), sigma);
        let ledger = LedgerConfig::new(LedgerParams { burst: bps(burst), ..usual.ledger.params() }).expect("sound");
        let guard = Guard::new(GuardParams { appetite, ledger, ..usual }).expect("sound");
        let state = guard.open(at(0), price(at_price, 0), pool(reserve, 0)).expect("a first price and depth");
        let permitted = guard.limits(&state, at(0)).expect("the present").permitted.get();
        let state = guard.sell(state, at(0), Amount::new(permitted * spent / 100)).unwrap_or(state);
        let worth = collateral * at_price / 1_000_000;
        // Or the largest debt at which a sale on these terms does not worsen the position, near the edge of T10.
        let limits = guard.limits(&state, at(0)).expect("the present");
        let base = limits.parameters.bonus.mul_floor(bps(2_500)).expect("small").checked_add(Ratio::ONE).expect("small");
        let impact = limits.cap.excess_over(limits.level).max(limits.reserved).checked_add(Ratio::ONE).expect("small");
        let give = base.mul_ceil(impact).expect("small");
        let debt = if edge { (worth << 48) / u128::from(give.to_bits()) } else { worth * ltv / 10_000 };
        let position = Position::<0, 0>::new(Amount::new(collateral), Value::new(debt));
        let limits = guard.limits(&state, at(0)).expect("the present");
        if !position.is_healthy(&limits.parameters, limits.band).expect("small") { return Ok(()) }
        let Decision::Liquidate { plan, .. } = guard.assess(&state, at(0), &position).expect("fresh") else { return Ok(()) };
        prop_assert!(guard.kick(state, at(0), kick(&plan)).is_ok());
        prop_assert!(plan.repay <= Value::new(debt) && plan.sell <= Amount::new(collateral));
        let price = Frac::price(limits.band.low());
        let of = |amount: u128| Frac::int(amount).mul(&price);
        let (sold, left) = (of(plan.sell.get()), of(collateral - plan.sell.get()));
        prop_assert!(sold >= Frac::int(MIN_SALE) || plan.sell.get() == collateral, "a shard");
        prop_assert!(left >= Frac::int(MIN_SALE) || plan.sell.get() == collateral, "dust");
        // LTV: r V >= d v, and so health too, the threshold being on both sides. Exact.
        let (r, d) = (Frac::int(plan.repay.get()), Frac::int(debt));
        prop_assert!(plan.repay.get() == debt || r.mul(&of(collateral)) >= d.mul(&sold), "worse");
        prop_assert_eq!(plan.target_health, Ratio::ONE);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    /// The second sale is what the debt takes at half of the price, at the stressed bonus and the most impact: of a collateral that
    /// the book could never take.
    #[test]
    fn the_second_sale_is_what_the_debt_takes_at_half_of_the_price(
        collateral in 3 * RESERVE..9 * RESERVE, open in 0_u128..=100, before in 0_u128..=100, thin in 1_u128..=10,
        at_price in 300_000_u128..3_000_000, min_sale in prop_oneof![Just(0), Just(MIN_SALE)],
    ) {
        let case = Case { collateral, debt: 0, others: (0, 2), sigma: 0, tolerance: 0, before, open, thin, at_price, min_sale };
        prop_assert!(exact_at_its_boundary(case)?);
    }

    /// The slack ends where a sale at the base bonus does not help: of a collateral whose sale moves the price by less.
    #[test]
    fn the_slack_ends_where_no_sale_helps(
        collateral in RESERVE / 30..RESERVE / 12, open in 0_u128..=100, other in prop_oneof![Just(0), 1_u128..60],
        threshold in 5_000_u32..9_900, at_price in 300_000_u128..3_000_000,
    ) {
        let others = (collateral * other / 100, threshold);
        let case = Case { collateral, debt: 0, others, sigma: 0, tolerance: 0, before: 0, open, thin: 1, at_price, min_sale: MIN_SALE };
        prop_assert!(exact_at_its_boundary(case)? || other > 0);
    }
}

/// One life of a whale on a path of returns in parts per million a round: sold as the guard says, each lot taken at once at
/// the price that the book has behind it. What is owed beyond what is held at the end.
fn bad_debt(start: Start, path: &[i64]) -> (u128, u32) {
    let guard = guard(start, 500);
    let mut state = opened(&guard, RESERVE);
    // A fifth of the pool at 70 %: its sale takes days.
    let (mut collateral, mut debt) = (RESERVE / 5, RESERVE / 5 * 7_000 / 10_000);
    let (mut exogenous, mut displaced, mut lots) = (1_000_000_u128, 1_000_000_000_u128, 0);
    for (step, &moved) in path.iter().enumerate() {
        let seconds = (u64::try_from(step).expect("short") + 1) * ROUND;
        exogenous = exogenous * u128::try_from(1_000_000 + moved).expect("a fall of less than all") / 1_000_000;
        let now = exogenous * displaced / 1_000_000_000;
        let seen =
            Observation { now: at(seconds), price: Some(price(now, seconds)), depth: Some(pool(RESERVE, seconds)) };
        state = guard.observe(state, &seen).expect("in order");
        if debt == 0 || collateral == 0 {
            break;
        }
        let whale = Position::<0, 0>::new(Amount::new(collateral), Value::new(debt));
        let Decision::Liquidate { plan, .. } = guard.assess(&state, at(seconds), &whale).expect("fresh") else {
            continue;
        };
        let (next, lot) = guard.kick(state, at(seconds), kick(&plan)).expect("permitted");
        let (next, take) =
            guard.take(next, at(seconds), lot, Bid { want: plan.sell, max_price: Price::MAX }).expect("reserved");
        state = guard.settle(next, at(seconds), take.lot).expect("open").0;
        let sold = take.sold.get();
        // Sold into the pool: what comes in is x P / (x + q) for each of q, and the price falls for good.
        let raised = sold * now / 1_000_000 * RESERVE / (RESERVE + sold);
        displaced = displaced * RESERVE / (RESERVE + sold) * RESERVE / (RESERVE + sold);
        collateral -= sold;
        debt = debt.saturating_sub(raised);
        lots += 1;
    }
    (debt.saturating_sub(collateral * (exogenous * displaced / 1_000_000_000) / 1_000_000), lots)
}

/// A fall with noise: 500 rounds of 10 minutes, down by some 40 %, each step by a linear congruence from the seed.
fn falling(seed: u64) -> Vec<i64> {
    let mut state = seed.wrapping_mul(2).wrapping_add(1);
    (0..500)
        .map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            i64::try_from(state >> 51).expect("13 bits") - 4_096 - 1_000
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    /// The threshold alone starts a whale too late: with the rule there is less bad debt on every such path.
    #[test]
    fn naive_threshold_alone_breaks_for_a_whale(seed: u64) {
        let path = falling(seed);
        let (late, early) = (bad_debt(Start::AtThreshold, &path), bad_debt(by_chance(100, 86_400), &path));
        prop_assert!(late.0 > RESERVE / 1_000, "the naive rule leaves {} after {} lots", late.0, late.1);
        prop_assert!(early.0 < late.0 / 2, "{early:?} against {late:?}");
        prop_assert!(early.1 > late.1);
    }
}
