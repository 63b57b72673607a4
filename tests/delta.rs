//! Delta hedging of short gamma: the target from the reference, the limit on gamma, and trades that the ledgers defer.

#[path = "support/rational.rs"]
mod rational;

use damper::Error;
use damper::delta::{DeltaConfig, DeltaParams, Trade, largest_gamma_floor};
use damper::hedge::split;
use damper::ledger::LedgerParams;
use damper::price::{Price, PriceBand};
use damper::ratio::Ratio;
use damper::two_sided::{Side, TwoSided, TwoSidedConfig, TwoSidedParams};
use damper::units::{Amount, Rate, Timestamp, Value};
use damper::window::Window;
use proptest::prelude::*;
use rational::{Frac, any_price, any128, pow2, share};

fn of(numerator: u128, denominator: u128) -> Ratio {
    Ratio::from_fraction_floor(numerator, denominator).expect("small")
}

fn price(ticks: u128) -> Price {
    Price::from_fraction_floor(ticks, 1).expect("positive")
}

/// A hedge that no limit refuses.
fn hedge(reference: Price, gamma: u128, tolerance: u128) -> DeltaConfig {
    let params = DeltaParams { reference, gamma: Amount::new(gamma), tolerance: Amount::new(tolerance) };
    DeltaConfig::new(params, Value::new(u128::MAX), of(1, 2)).expect("a deep book")
}

#[test]
fn every_refusal_by_its_name() {
    let params = DeltaParams { reference: price(10), gamma: Amount::new(50), tolerance: Amount::ZERO };
    let (half, one) = (of(1, 2), Ratio::ONE);
    assert!(DeltaConfig::new(params, Value::new(1_000), half).is_ok());
    let more = DeltaParams { gamma: Amount::new(51), ..params };
    assert_eq!(DeltaConfig::new(more, Value::new(1_000), half), Err(Error::GammaAboveLimit));
    assert_eq!(DeltaConfig::new(params, Value::new(999), half), Err(Error::GammaAboveLimit));
    assert_eq!(DeltaConfig::new(params, Value::new(1_000), one), Err(Error::GainLimitRange));
    assert_eq!(largest_gamma_floor(price(10), Value::new(1_000), one), Err(Error::GainLimitRange));
    // Zero means zero: no depth and no limit permit no gamma.
    let none = DeltaParams { gamma: Amount::new(1), ..params };
    assert_eq!(DeltaConfig::new(none, Value::ZERO, half), Err(Error::GammaAboveLimit));
    assert_eq!(DeltaConfig::new(none, Value::new(u128::MAX), Ratio::ZERO), Err(Error::GammaAboveLimit));
    let hedge = DeltaConfig::new(params, Value::new(1_000), half).expect("at the limit");
    assert_eq!(hedge.gain_ceil(price(10), Value::ZERO), Err(Error::DivisionByZero));
    // Twice the price is four times the gain.
    assert_eq!(hedge.gain_ceil(price(10), Value::new(1_000)), Ok(half));
    assert_eq!(hedge.gain_ceil(price(20), Value::new(1_000)), Ok(of(2, 1)));
    let far = Price::from_parts(100, 1 << 63).expect("normalised");
    assert_eq!(hedge.target(far), Err(Error::Overflow));
}

/// One atom at 3/2 on a book of 100: the exact gain is 3/200, and its notional is rounded up to 2 before the quotient.
#[test]
fn the_notional_of_a_gain_is_rounded_up() {
    let reference = Price::from_fraction_floor(3, 2).expect("positive");
    let gain = hedge(reference, 1, 0).gain_ceil(reference, Value::new(100)).expect("small");
    assert_eq!(gain, Ratio::from_fraction_ceil(2, 100).expect("small"));
}

#[test]
fn the_tolerance_itself_is_not_traded() {
    let rule = hedge(price(1_024), 1_024, 8);
    assert_eq!(rule.trade(Trade::NONE, price(1_016)), Ok(Trade::NONE));
    assert_eq!(rule.trade(Trade::NONE, price(1_015)), Ok(Trade::sell(Amount::new(9))));
}

#[test]
fn the_tolerance_holds_small_trades_back() {
    let rule = hedge(price(1_000), 10_000, 50);
    // 6/1000 is no binary fraction: 60 less a step is 59.
    let traded = |done, at| rule.trade(done, price(at)).expect("small");
    assert_eq!(traded(Trade::NONE, 995), Trade::NONE);
    assert_eq!(traded(Trade::NONE, 994), Trade::sell(Amount::new(59)));
    assert_eq!(traded(Trade::NONE, 1_006), Trade::buy(Amount::new(59)));
    // To and fro within it: one trade at most.
    let mut done = Trade::NONE;
    let mut trades = 0;
    for turn in 0..100 {
        let trade = traded(done, if turn % 2 == 0 { 994 } else { 998 });
        trades += u32::from(trade != Trade::NONE);
        done = done.and(trade).expect("small");
    }
    assert_eq!(trades, 1);
    let eager = hedge(price(1_000), 10_000, 0);
    assert_eq!(eager.trade(done, price(998)), Ok(Trade::buy(Amount::new(40))));
    assert_eq!(eager.trade(done, price(994)), Ok(Trade::NONE));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Exact inverse: the largest gamma has a gain of at most the limit, and an atom more is refused for a reason: its
    /// gain is above the limit, but for the floor on `limit * V`.
    #[test]
    fn the_gamma_limit_is_the_exact_inverse(reference in any_price(), per_move in any128(), limit in share()) {
        let limit = limit.min(Ratio::from_bits((1 << 48) - 1));
        let Ok(largest) = largest_gamma_floor(reference, Value::new(per_move), limit) else { return Ok(()) };
        let params = DeltaParams { reference, gamma: largest, tolerance: Amount::ZERO };
        let rule = DeltaConfig::new(params, Value::new(per_move), limit).expect("the largest");
        let notional = |gamma: u128| Frac::price(reference).mul(&Frac::int(gamma));
        let most = Frac::of(limit).mul(&Frac::int(per_move));
        prop_assert!(notional(largest.get()) <= most);
        if let Some(next) = largest.get().checked_add(1) {
            prop_assert!(notional(next).add(&Frac::one()) > most);
        }
        if let (true, Ok(gain)) = (per_move > 0, rule.gain_ceil(reference, Value::new(per_move))) {
            prop_assert!(gain <= limit);
        }
    }

    #[test]
    fn the_gain_is_rounded_up(reference in any_price(), factor in 1_u64..8 << 48, gamma in any128(), per_move in 1_u128..) {
        let rule = hedge_any(reference, gamma);
        let (Some(rule), Ok(at)) = (rule, reference.scale_floor(Ratio::from_bits(factor))) else { return Ok(()) };
        let Ok(gain) = rule.gain_ceil(at, Value::new(per_move)) else { return Ok(()) };
        let exact = Frac::price(at).mul(&Frac::price(at)).div(&Frac::price(reference)).mul(&Frac::int(gamma));
        prop_assert!(Frac::of(gain).mul(&Frac::int(per_move)) >= exact);
    }

    /// The target is `gamma * |S - S0| / S0`, toward zero by less than an atom and `gamma 2^-48`, with the right sign.
    #[test]
    fn the_target_is_exact(reference in any_price(), factor in 1_u64..1 << 56, gamma in 0_u128..1 << 100) {
        let Ok(at) = reference.scale_floor(Ratio::from_bits(factor)) else { return Ok(()) };
        let Some(rule) = hedge_any(reference, gamma) else { return Ok(()) };
        let Ok(target) = rule.target(at) else { return Ok(()) };
        let (high, low, side) = if at < reference { (reference, at, Side::Sell) } else { (at, reference, Side::Buy) };
        let exact = Frac::price(high).sub(&Frac::price(low)).div(&Frac::price(reference)).mul(&Frac::int(gamma));
        prop_assert_eq!(target.side, side);
        prop_assert!(Frac::int(target.amount.get()) <= exact);
        let step = Frac::new(gamma, pow2(48)).add(&Frac::one());
        prop_assert!(Frac::int(target.amount.get()).add(&step) > exact);
    }

    /// No path dependence: however the price moved and whatever was deferred on the way, once all is permitted the sum of
    /// the trades is the target.
    #[test]
    fn what_is_deferred_is_wanted_again(
        path in prop::collection::vec((1_u128..4_000, 0_u128..2_000_000), 1..30),
        gamma in 0_u128..1_000_000_000,
    ) {
        let rule = hedge(price(1_000), gamma, 0);
        let mut done = Trade::NONE;
        for &(at, permitted) in &path {
            let trade = rule.trade(done, price(at)).expect("small");
            let parts = split(trade.amount, Amount::new(permitted));
            done = done.and(Trade { amount: parts.now, ..trade }).expect("small");
            let rest = rule.trade(done, price(at)).expect("small");
            prop_assert_eq!(rest.amount, parts.deferred);
        }
        let last = price(path[path.len() - 1].0);
        let trade = rule.trade(done, last).expect("small");
        let (sum, target) = (done.and(trade).expect("small"), rule.target(last).expect("small"));
        prop_assert_eq!(sum.amount, target.amount);
        prop_assert!(sum.amount.is_zero() || sum.side == target.side);
    }
}

/// The hedge, if the book can be deep enough for it.
fn hedge_any(reference: Price, gamma: u128) -> Option<DeltaConfig> {
    let params = DeltaParams { reference, gamma: Amount::new(gamma), tolerance: Amount::ZERO };
    DeltaConfig::new(params, Value::new(u128::MAX), Ratio::from_bits((1 << 48) - 1)).ok()
}

/// A book on which value `V` moves the price by 100 % of the start, and a hedger alone on it: the fall in parts per
/// billion after an exogenous one of 1 %.
fn alone(gamma: u128, per_move: u128) -> u128 {
    const START: u128 = 1_000_000_000;
    let rule = hedge(price(START), gamma, 0);
    let (mut done, mut ticks) = (Trade::NONE, START - START / 100);
    for _ in 0..2_000 {
        let trade = rule.trade(done, price(ticks)).expect("small");
        let moved = START * START * trade.amount.get() / per_move;
        if trade.side == Side::Buy || moved == 0 {
            break;
        }
        done = done.and(trade).expect("small");
        ticks = ticks.saturating_sub(moved).max(1);
    }
    START - ticks
}

/// T5 (iii): a fall of `d` becomes at most `d / (1 - G)`; above the limit the price falls to nothing.
#[test]
fn the_loop_gain_bounds_the_fall() {
    let per_move = 1_u128 << 90;
    let largest = largest_gamma_floor(price(1_000_000_000), Value::new(per_move), of(1, 2)).expect("small").get();
    let fall = alone(largest, per_move);
    assert!(fall <= 20_000_000 && fall > 19_900_000, "{fall}");
    let fall = alone(largest * 5 / 2, per_move);
    assert!(fall > 900_000_000, "a gain of 5/4 was meant to feed itself: {fall}");
}

/// Both budgets in the loop: sales and purchases of the hedger stay within them, and what is deferred is done later.
#[test]
fn a_hedger_within_both_budgets() {
    let side = LedgerParams { burst: of(1, 1_000), leak: Rate::ZERO, own_share: of(1, 4), kappa: Ratio::ONE };
    let config = TwoSidedConfig::new(TwoSidedParams { sell: side, buy: side }).expect("half in all");
    let rule = hedge(price(1_000), 1 << 40, 0);
    let mut state = TwoSided::open(PriceBand::exact(price(1_000)), Timestamp::new(0));
    let (mut done, mut deferred) = (Trade::NONE, 0);
    // An atom moves the price by 2^-42 either way.
    for (now, seen) in (1..).zip([990, 980, 900, 950, 1_000, 1_100, 1_050, 1_200, 1_200]) {
        let now = Timestamp::new(now);
        state = state.advance(&config, now).expect("forward").observe(Window::open(price(seen), now));
        let trade = rule.trade(done, price(seen)).expect("small");
        let permitted = state.headroom(&config, trade.side).to_bits() >> 6;
        let parts = split(trade.amount, Amount::new(u128::from(permitted)));
        deferred += u32::from(!parts.deferred.is_zero());
        if !parts.now.is_zero() {
            let impact = Ratio::from_bits(u64::try_from(parts.now.get()).expect("small") << 6);
            state = state.charge(&config, trade.side, impact, now).expect("permitted");
            done = done.and(Trade { amount: parts.now, ..trade }).expect("small");
        }
        for side in [Side::Sell, Side::Buy] {
            assert!(state.level(side) <= state.cap(&config, side) || state.headroom(&config, side) == Ratio::ZERO);
        }
    }
    assert!(deferred > 0 && done.amount > Amount::ZERO);
}
