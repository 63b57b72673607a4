//! Time to clear, bad debt, slack, and what may be open: against sellers that sell, and in exact arithmetic.

#[path = "support/exact.rs"]
mod exact;
#[path = "support/rational.rs"]
mod rational;

use damper::Error;
use damper::book::{Band, Book, Shape, Snapshot};
use damper::clearing::{
    Backlog, Clearing, Holding, PaceConfig, PaceParams, Throttle, bad_debt_ceil, log_impact_floor, relative_fall_ceil,
    safe_ltv_floor, slack_floor, slack_time_floor, threshold_slack_floor, unused_ceil,
};
use damper::depth::{Depth, DepthConfig, DepthObservation, DepthParams};
use damper::ledger::{Ledger, LedgerConfig, LedgerParams};
use damper::price::{Price, PriceBand};
use damper::ratio::Ratio;
use damper::units::{Amount, Rate, Seconds, Timestamp, Value};
use damper::window::Window;
use exact::{Log, exp_times};
use proptest::prelude::*;
use rational::{Frac, any_price, any_ratio, any64, any128, big, fits64, fits128, share};

fn bits(n: u64) -> Ratio {
    Ratio::from_bits(n)
}

fn secs(n: u64) -> Seconds {
    Seconds::new(n)
}

fn at(n: u64) -> Timestamp {
    Timestamp::new(n)
}

fn takes(n: u64) -> Clearing {
    Clearing::Takes(secs(n))
}

fn pace(round: u64, piece: u64) -> PaceConfig {
    PaceConfig::new(PaceParams { round: secs(round), piece: bits(piece) }).expect("a round")
}

fn throttle(level: u64, reserved: u64, cap: u64, leak: u64) -> Throttle {
    Throttle { level: bits(level), reserved: bits(reserved), cap: bits(cap), leak: Rate::per_second(bits(leak)) }
}

/// A ratio as a logarithm, exact.
fn log(ratio: Ratio) -> Log {
    let units = i128::from(ratio.to_bits()) << 52;
    Log::from_units(units, units)
}

const NOW: Timestamp = Timestamp::new(0);

/// A ledger with this cap and leak that has made these charges and reservations.
fn ledger(of: &Throttle) -> (LedgerConfig, Ledger) {
    let params = LedgerParams { burst: of.cap, leak: of.leak, own_share: Ratio::ZERO, kappa: Ratio::ONE };
    let config = LedgerConfig::new(params).expect("a burst of at most one");
    let band = PriceBand::exact(Price::from_fraction_floor(1, 1).expect("one"));
    let ledger = Ledger::open(band, NOW).charge(&config, of.level).expect("level within the cap");
    (config, ledger.reserve(&config, of.reserved).expect("reserved within the cap"))
}

/// A ledger with this cap, level and leak that reserved more in a fall which it has forgotten since.
fn anchored(of: &Throttle, reserved: Ratio) -> (LedgerConfig, Ledger) {
    let share = Ratio::from_bits((1 << 48) - 1);
    let params = LedgerParams { burst: of.cap, leak: of.leak, own_share: share, kappa: Ratio::ONE };
    let config = LedgerConfig::new(params).expect("a share below one");
    let band = |price: u128| PriceBand::exact(Price::from_fraction_floor(price, 2).expect("positive"));
    // The level first, under the cap of no drawdown; then a fall by half.
    let ledger = Ledger::open(band(2), NOW).charge(&config, of.level).expect("level within the cap");
    let ledger = ledger.observe(Window::open_band(band(1), NOW)).reserve(&config, reserved).expect("within half");
    (config, ledger.reanchor(band(1).low()).expect("below the reference"))
}

/// A depth of face value, from a reserve or from bands of these widths (in parts of 2^-48) and amounts.
fn depth<const N: usize>(shape: Shape<N>, snapshot: Snapshot<'_>) -> (DepthConfig<N>, Depth<N>) {
    let config = DepthConfig::new(DepthParams {
        shape,
        haircut: Ratio::ZERO,
        max_age: secs(u64::MAX),
        rise_time: secs(1),
        rise_base: Amount::new(1),
    })
    .expect("sound");
    (config, config.open(&DepthObservation { source_time: NOW, snapshot }, NOW).expect("a snapshot"))
}

fn pool(reserve: u128) -> (DepthConfig<1>, Depth<1>) {
    depth(Shape::ConstantProduct, Snapshot::ConstantProduct { reserve: Amount::new(reserve) })
}

/// Grid points at multiples of `step`, with so many atoms within each.
fn shown<const N: usize>(step: u64, within: [u128; N]) -> (DepthConfig<N>, Depth<N>) {
    let (mut points, mut bands) = ([Ratio::ZERO; N], Vec::new());
    for ((k, point), amount) in (1..).zip(&mut points).zip(within) {
        *point = bits(k * step);
        // A width of w is an impact of w / (1 - w): w = g / (1 + g), rounded down.
        let width = point.div_floor(Ratio::ONE.checked_add(*point).expect("small")).expect("below one");
        bands.push(Band { width, amount: Amount::new(amount) });
    }
    depth(Shape::Grid(points), Snapshot::Bands(&bands))
}

/// Four grid points at multiples of `step`, with `each` more atoms within each.
fn steps(step: u64, each: u128) -> (DepthConfig<4>, Depth<4>) {
    shown(step, [1, 2, 3, 4].map(|k| k * each))
}

#[test]
fn relative_fall_of_known_values() {
    assert_eq!(relative_fall_ceil(Ratio::ZERO), Ok(Ratio::ZERO));
    assert_eq!(relative_fall_ceil(Ratio::ULP), Ok(Ratio::ULP));
    assert_eq!(relative_fall_ceil(Ratio::MAX), Ok(Ratio::ONE));
}

#[test]
fn fall_above_one() {
    let above = bits((1 << 48) + 1);
    let price = Price::from_fraction_floor(1, 1).expect("one");
    assert_eq!(bad_debt_ceil([], price, above), Err(Error::FallAboveOne));
    assert_eq!(safe_ltv_floor(above, Ratio::ZERO), Err(Error::FallAboveOne));
    assert_eq!(bad_debt_ceil([], price, Ratio::ONE), Ok(Value::ZERO));
    assert_eq!(safe_ltv_floor(Ratio::ONE, Ratio::ZERO), Ok(Ratio::ZERO));
    assert_eq!(safe_ltv_floor(Ratio::ONE, Ratio::MAX), Err(Error::Overflow));
}

#[test]
fn bad_debt_overflow_is_an_error() {
    let owes = |debt| Holding { collateral: Amount::ZERO, debt: Value::new(debt) };
    let price = Price::from_fraction_floor(2, 1).expect("two");
    assert_eq!(bad_debt_ceil([owes(u128::MAX)], price, Ratio::ZERO), Ok(Value::new(u128::MAX)));
    assert_eq!(bad_debt_ceil([owes(u128::MAX), owes(1)], price, Ratio::ZERO), Err(Error::Overflow));
    let rich = Holding { collateral: Amount::new(u128::MAX), debt: Value::ZERO };
    assert_eq!(bad_debt_ceil([rich], price, Ratio::ZERO), Err(Error::Overflow));
}

#[test]
fn pace_round_zero() {
    let params = PaceParams { round: Seconds::ZERO, piece: Ratio::ZERO };
    assert_eq!(PaceConfig::new(params), Err(Error::PaceRoundZero));
    assert_eq!(pace(5, 7).params(), PaceParams { round: secs(5), piece: bits(7) });
}

#[test]
fn slack_edges() {
    let (hundred, zero) = (Value::new(100), Value::ZERO);
    // Nothing to cover; covered by others; covered by nothing; too much to say.
    assert_eq!(slack_floor(hundred, zero, zero, Ratio::ZERO), Ok(Ratio::MAX));
    assert_eq!(slack_floor(zero, zero, zero, Ratio::ZERO), Ok(Ratio::MAX));
    assert_eq!(slack_floor(hundred, hundred, hundred, Ratio::ZERO), Ok(Ratio::MAX));
    assert_eq!(slack_floor(hundred, zero, hundred, Ratio::ZERO), Ok(Ratio::ZERO));
    assert_eq!(slack_floor(zero, zero, hundred, Ratio::ZERO), Ok(Ratio::ZERO));
    assert_eq!(slack_floor(Value::new(u128::MAX), zero, hundred, Ratio::ZERO), Err(Error::Overflow));
    assert_eq!(slack_floor(hundred, zero, hundred, Ratio::MAX), Err(Error::Overflow));
    assert_eq!(threshold_slack_floor(Ratio::ONE, Ratio::ZERO), Ok(Ratio::ZERO));
    assert_eq!(threshold_slack_floor(Ratio::ZERO, Ratio::ZERO).map(Ratio::to_bits), Ok(2 << 48));
    assert_eq!(threshold_slack_floor(Ratio::ONE, Ratio::MAX), Err(Error::Overflow));
    assert_eq!(slack_time_floor(bits(100), Rate::per_second(bits(3))), Some(secs(33)));
    assert_eq!(slack_time_floor(bits(100), Rate::ZERO), None);
}

#[test]
fn never_is_named() {
    let plain = pace(10, 0);
    // Nothing leaks, and the charge is beyond the cap; at the cap it fits.
    let still = throttle(40, 0, 100, 0);
    assert_eq!((still.clearing_floor(bits(60)), still.clearing_ceil(&plain, bits(60))), (takes(0), takes(10)));
    let beyond = (still.clearing_floor(bits(61)), still.clearing_ceil(&plain, bits(61)));
    assert_eq!(beyond, (Clearing::Never, Clearing::Never));
    // No cap: not even a step, whatever leaks.
    let shut = throttle(0, 0, 0, 5);
    assert_eq!((shut.clearing_floor(bits(1)), shut.clearing_ceil(&plain, bits(1))), (Clearing::Never, Clearing::Never));
    // A piece as large as the cap: a sale may fit never.
    let open = throttle(0, 0, 100, 5);
    assert_eq!(open.clearing_ceil(&pace(10, 100), bits(1)), Clearing::Never);
    assert_eq!(open.clearing_ceil(&pace(10, 99), bits(1)), takes(10));
    // Nothing to charge takes no time, or a round to be offered in.
    assert_eq!((open.clearing_floor(Ratio::ZERO), shut.clearing_ceil(&plain, Ratio::ZERO)), (takes(0), takes(10)));
    // A time beyond what can be told.
    let slow = throttle(0, 0, 1, 1);
    assert_eq!(slow.clearing_floor(Ratio::MAX), takes(u64::MAX - 1));
    assert_eq!(slow.clearing_ceil(&pace(10, 0), Ratio::MAX), Clearing::Never);
    assert_eq!(throttle(u64::MAX, 0, 1, 1).clearing_floor(Ratio::MAX), takes(u64::MAX));
    assert!(takes(u64::MAX) < Clearing::Never);
    // The book does not show as much.
    let (config, state) = steps(1 << 30, 1_000);
    let backlog = Backlog { config: &config, depth: &state, ahead: Amount::new(3_000), least: Amount::ZERO };
    let wide = throttle(0, 0, 1 << 40, 1);
    assert!(matches!(backlog.clearing_ceil(&wide, &plain, Amount::new(999)), Ok(Clearing::Takes(_))));
    assert_eq!(backlog.clearing_ceil(&wide, &plain, Amount::new(1_000)), Ok(Clearing::Never));
    assert_eq!(backlog.clearing_floor(&wide, Amount::new(1_000)), Ok(Clearing::Never));
    assert_eq!(backlog.charge_ceil(Amount::new(u128::MAX)), Err(Error::Overflow));
    assert_eq!(backlog.clearing_ceil(&wide, &plain, Amount::ZERO), Ok(takes(0)));
}

#[test]
fn no_depth_or_no_budget_clears_nothing() {
    let (config, empty) = pool(0);
    let backlog = Backlog { config: &config, depth: &empty, ahead: Amount::ZERO, least: Amount::ZERO };
    let wide = throttle(0, 0, 1 << 40, 1 << 40);
    assert_eq!(backlog.largest_sale_floor(&wide, &pace(1, 0), secs(1 << 40)), Ok(Amount::ZERO));
    let (config, full) = pool(1 << 60);
    let backlog = Backlog { config: &config, depth: &full, ahead: Amount::ZERO, least: Amount::ZERO };
    assert_eq!(backlog.largest_sale_floor(&throttle(0, 0, 0, 9), &pace(1, 0), secs(1 << 40)), Ok(Amount::ZERO));
    assert_eq!(backlog.largest_sale_floor(&wide, &pace(60, 0), secs(59)), Ok(Amount::ZERO));
    assert!(backlog.largest_sale_floor(&wide, &pace(60, 0), secs(60)).expect("in range") > Amount::ZERO);
    // Open lots take a round of their own.
    let busy = Throttle { reserved: Ratio::ULP, ..wide };
    assert_eq!(backlog.largest_sale_floor(&busy, &pace(60, 0), secs(119)), Ok(Amount::ZERO));
}

#[test]
fn band_slack_order() {
    let (config, state) = pool(1 << 60);
    let backlog = Backlog { config: &config, depth: &state, ahead: Amount::ZERO, least: Amount::ZERO };
    let wide = throttle(0, 0, 1 << 40, 1 << 20);
    let none = [Amount::ZERO; 2];
    let caps = |slack: [u64; 2]| backlog.band_caps_floor(&wide, &pace(1, 0), &slack.map(secs), &none);
    assert!(caps([600, 600]).is_ok());
    assert_eq!(caps([601, 600]), Err(Error::BandSlackOrder));
    let full = [Amount::new(u128::MAX); 2];
    assert_eq!(backlog.band_caps_floor(&wide, &pace(1, 0), &[600, 600].map(secs), &full), Err(Error::Overflow));
}

/// Bands that are each within what can be cleared in their own time, and all trigger together, are not cleared in time.
#[test]
fn naive_caps_that_do_not_share_the_budget_break() {
    let (config, state) = pool(1 << 60);
    let backlog = Backlog { config: &config, depth: &state, ahead: Amount::ZERO, least: Amount::ZERO };
    let (wide, pace) = (throttle(0, 0, 1 << 40, 1 << 30), pace(60, 0));
    let slack = [secs(600), secs(900)];
    let alone = slack.map(|slack| backlog.largest_sale_floor(&wide, &pace, slack).expect("in range"));
    let both = alone[0].checked_add(alone[1]).expect("small");
    assert!(backlog.clearing_ceil(&wide, &pace, both).expect("in range") > Clearing::Takes(slack[1]));
    assert!(backlog.clearing_floor(&wide, both).expect("in range") > Clearing::Takes(slack[1]), "for any seller");
    // The rule gives the second band what the first leaves.
    let caps = backlog.band_caps_floor(&wide, &pace, &slack, &[alone[0], Amount::ZERO]).expect("in order");
    assert_eq!(caps, [alone[0], alone[1].excess_over(alone[0])]);
}

/// A round is late by its lot: the bucket's own time, taken as the time that a seller of lots needs, is too short.
#[test]
fn naive_bucket_time_breaks_for_a_seller_of_lots() {
    let of = throttle(0, 0, 1_000, 7);
    let charge = 5_000;
    let Clearing::Takes(naive) = of.clearing_floor(bits(charge)) else { panic!("it leaks") };
    let run = sold_in_rounds(&of, 60, naive.get(), |_| 60, |room| room);
    assert!(run < charge, "{run}");
    let Clearing::Takes(rule) = of.clearing_ceil(&pace(60, 0), bits(charge)) else { panic!("it leaks") };
    assert!(sold_in_rounds(&of, 60, rule.get(), |_| 60, |room| room) >= charge);
}

/// What was reserved in a fall is charged at once when the price is back, though it is more than the cap: who waits for the cap
/// and the leak alone is undercut. By the formula 256 s, or never.
#[test]
fn naive_time_without_the_reservations_breaks() {
    let part = |n: u128, d: u128| Ratio::from_fraction_floor(n, d).expect("small");
    for (leak, naive) in [(part(1, 4_096), takes(256)), (Ratio::ZERO, Clearing::Never)] {
        let leak = Rate::per_second(leak);
        let params = LedgerParams { burst: part(1, 64), leak, own_share: part(1, 4), kappa: Ratio::ONE };
        let config = LedgerConfig::new(params).expect("sound");
        let band = |price: u128| PriceBand::exact(Price::from_fraction_floor(price, 1).expect("positive"));
        // From 4 to 3 the drawdown is 1/4 and the cap 5/64, all of which is reserved. Then the reference is 3.
        let fallen = Ledger::open(band(4), NOW).observe(Window::open_band(band(3), NOW));
        let reserved = fallen.reserve(&config, part(5, 64)).expect("within the cap");
        let back = reserved.reanchor(band(3).low()).expect("below the reference");
        let of = Throttle::of(&back, &config);
        assert_eq!((of.cap, of.level, of.reserved), (part(1, 64), Ratio::ZERO, part(5, 64)));
        // Without the reservations.
        assert_eq!(Throttle { reserved: Ratio::ZERO, ..of }.clearing_floor(part(5, 64)), naive);
        assert_eq!(back.charge(&config, part(5, 64)).map(|ledger| ledger.level()), Ok(part(5, 64)));
        assert_eq!(of.clearing_floor(part(5, 64)), takes(0));
        // A step more is charged when it has leaked, behind all that was reserved.
        let more = part(5, 64).checked_add(Ratio::ULP).expect("small");
        assert!(of.clearing_floor(more) > takes(256) && back.charge(&config, more).is_err());
    }
}

/// Charges made within `time` by a seller that kicks a lot at the start of each round of `round` seconds and has it taken
/// `when` seconds into it; what is reserved at first is taken at the end of the first round. `part` is what the seller uses
/// of the headroom.
fn sold_in_rounds(
    of: &Throttle,
    round: u64,
    time: u64,
    mut when: impl FnMut(u64) -> u64,
    mut part: impl FnMut(u64) -> u64,
) -> u64 {
    let (config, mut ledger) = ledger(of);
    let (mut sold, mut start, mut early) = (0, 0, ledger.reserved());
    while start + round <= time {
        let lot = bits(part(ledger.headroom(&config).to_bits()));
        ledger = ledger.reserve(&config, lot).expect("within the headroom");
        let now = at(start + when(start / round).min(round));
        ledger = ledger.advance(&config, now).expect("forward").charge(&config, lot).expect("reserved");
        ledger = ledger.advance(&config, at(start + round)).expect("forward").charge(&config, early).expect("reserved");
        (sold, early, start) = (sold + lot.to_bits() + early.to_bits(), Ratio::ZERO, start + round);
    }
    sold
}

/// Level and reserve within the cap.
fn any_throttle() -> impl Strategy<Value = Throttle> {
    let cap = prop_oneof![1_u64..100, 1_u64..1_000_000, 1_u64..1 << 40];
    // Nothing, a part of the cap, or any number.
    let leak = prop_oneof![1 => Just((0_u64, 1_u64)), 6 => (Just(0_u64), 1_u64..3_000), 2 => (0_u64..1 << 30, Just(1))];
    (cap, leak, any::<u64>(), any::<u64>(), any::<bool>()).prop_map(|(cap, (more, over), level, reserved, open)| {
        let leak = if over == 1 { more } else { cap.div_ceil(over) };
        let level = level % (cap + 1);
        let reserved = if open { reserved % (cap - level + 1) } else { 0 };
        throttle(level, reserved, cap, leak)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    /// Above the exact fall by less than a step and 2^-56, and not falling, against certified exponentials.
    #[test]
    fn relative_fall_is_rounded_up(x in prop_oneof![any64(), 0_u64..64 << 48]) {
        let fall = relative_fall_ceil(bits(x)).expect("in range");
        // exp(-x) 2^120 between these.
        let (low, high) = exp_times(1 << 120, log(bits(x)).neg());
        let stated = u128::from(fall.to_bits()) << 72;
        prop_assert!(stated >= (1 << 120) - low, "below the exact fall");
        prop_assert!(stated <= (1 << 120) - low.min(high) + (1 << 72) + (1 << 64) + 2, "too far above it");
        prop_assert!(fall <= bits(x) && fall <= Ratio::ONE);
        let next = relative_fall_ceil(bits(x.saturating_add(1))).expect("in range");
        prop_assert!(fall <= next);
    }

    /// The sum in exact rationals is never above the stated one.
    #[test]
    fn bad_debt_is_rounded_up(
        positions in prop::collection::vec((any128(), any128()), 0..6),
        price in any_price(),
        fall in share(),
    ) {
        let all = positions.iter().map(|&(c, d)| Holding { collateral: Amount::new(c), debt: Value::new(d) });
        let left = Frac::one().sub(&Frac::of(fall));
        let exact = positions.iter().fold(Frac::int(0), |sum, &(c, d)| {
            let (worth, debt) = (Frac::int(c).mul(&Frac::price(price)).mul(&left), Frac::int(d));
            if debt > worth { sum.add(&debt.sub(&worth)) } else { sum }
        });
        match bad_debt_ceil(all, price, fall) {
            Ok(stated) => {
                let stated = Frac::int(stated.get());
                prop_assert!(stated >= exact);
                // Two floors a position.
                prop_assert!(stated <= exact.add(&Frac::int(2 * 6)));
            }
            Err(error) => {
                prop_assert_eq!(error, Error::Overflow);
                let worth = positions.iter().any(|&(c, _)| fits128(&Frac::int(c).mul(&Frac::price(price)).floor(0)).is_none());
                prop_assert!(worth || fits128(&exact.add(&Frac::int(12)).floor(0)).is_none());
            }
        }
    }

    #[test]
    fn safe_ltv_is_the_largest(fall in share(), bonus in prop_oneof![share(), any_ratio()]) {
        let grown = Frac::one().add(&Frac::of(bonus));
        let left = Frac::one().sub(&Frac::of(fall));
        match safe_ltv_floor(fall, bonus) {
            Ok(ltv) => {
                prop_assert!(Frac::of(ltv).mul(&grown) <= left);
                prop_assert!(Frac::of(ltv).add(&Frac::of(Ratio::ULP)).mul(&grown) > left);
            }
            Err(error) => prop_assert!(error == Error::Overflow && bonus >= bits(65_535 << 48)),
        }
    }

    /// A slack is never above the exact logarithm, and within 1 % of it up to 0.34.
    #[test]
    fn slack_is_rounded_down(
        own in prop_oneof![1_u128..1 << 100, 1_u128..1_000],
        others in prop_oneof![Just(0_u128), 0_u128..1 << 100],
        debt in 1_u128..1 << 100,
        near in prop_oneof![Just(None), (1_u64..1 << 47).prop_map(Some)],
        bonus in share(),
    ) {
        // Often a debt that is a little below what is held.
        let debt = match near {
            Some(part) => Value::new(own).mul_floor(bits((1 << 47) + part)).expect("smaller").get().max(1),
            None => debt,
        };
        let slack = slack_floor(Value::new(own), Value::new(others), Value::new(debt), bonus).expect("in range");
        let due = Frac::int(debt).mul(&Frac::one().add(&Frac::of(bonus)));
        // The formula, exactly.
        let g = due.ceil(0);
        if g > big(others) && big(own) > &g - big(others) {
            let g = g - big(others);
            let half = Frac::new(big(own) - &g, big(own) + &g).floor(48);
            prop_assert_eq!(Some(slack.to_bits()), fits64(&(half * 2_u32)));
        }
        if due <= Frac::int(others) {
            prop_assert_eq!(slack, Ratio::MAX);
        } else if slack == Ratio::MAX {
            prop_assert!(due.ceil(0) <= big(others), "nothing to cover");
        } else if slack > Ratio::ZERO {
            let g = due.sub(&Frac::int(others));
            let exact = Log::of_big_ratio(&(big(own) * &g.den), &g.num);
            prop_assert!(log(slack).certainly_le(exact));
            let small = Log::from_fraction(34, 100);
            if exact.certainly_le(small) && own > 1 << 90 {
                let close = log(slack).add(Log::from_fraction(1, 1 << 46));
                prop_assert!(exact.mul_fraction(99, 100).certainly_le(close));
            }
        }
    }

    #[test]
    fn threshold_slack_is_rounded_down(threshold in share(), bonus in share()) {
        let slack = threshold_slack_floor(threshold, bonus).expect("in range");
        let covered = Frac::of(threshold).mul(&Frac::one().add(&Frac::of(bonus)));
        let (g, one) = (covered.ceil(48), big(1 << 48));
        let half = if g < one { Frac::new(&one - &g, &one + &g).floor(48) } else { big(0) };
        prop_assert_eq!(Some(slack.to_bits()), fits64(&(half * 2_u32)));
        if slack > Ratio::ZERO && threshold > Ratio::ZERO {
            let exact = Log::of_big_ratio(&covered.den, &covered.num);
            prop_assert!(log(slack).certainly_le(exact));
        }
    }

    #[test]
    fn log_impact_is_rounded_down(impact in any_ratio()) {
        let stated = log_impact_floor(impact).expect("below two");
        let one = u128::from(Ratio::ONE.to_bits());
        let exact = Log::of_ratio(one + u128::from(impact.to_bits()), one);
        prop_assert!(log(stated).certainly_le(exact) || impact == Ratio::ZERO);
        let formula = Frac::of(impact).mul(&Frac::int(2)).div(&Frac::int(2).add(&Frac::of(impact)));
        prop_assert_eq!(Some(stated.to_bits()), fits64(&formula.floor(48)));
    }

    /// The greediest seller there can be, each second, needs exactly `clearing_floor` where the cap holds a second's leak,
    /// and never less.
    #[test]
    fn no_seller_undercuts_the_floor(of in any_throttle(), charge in 1_u64..1 << 41, beyond in 0_u64..3) {
        let of = Throttle { leak: Rate::per_second(of.leak.get().max(bits(of.cap.to_bits() / 300))), ..of };
        let charge = charge % (20 * of.cap.to_bits()) + 1;
        // What is reserved under a cap that was higher then.
        let reserved = bits(of.reserved.to_bits() * (1 + 2 * beyond));
        let (config, mut ledger) = anchored(&of, reserved);
        let of = Throttle { reserved, ..of };
        let (mut sold, mut time) = (0, 0);
        loop {
            ledger = ledger.advance(&config, at(time)).expect("forward");
            let all = bits(ledger.reserved().to_bits() + ledger.headroom(&config).to_bits());
            ledger = ledger.charge(&config, all).expect("the headroom");
            sold += all.to_bits();
            if sold >= charge || time >= 10_000 {
                break;
            }
            time += 1;
        }
        match of.clearing_floor(bits(charge)) {
            Clearing::Takes(least) if sold >= charge => {
                prop_assert!(least <= secs(time), "{least:?} {time}");
                if of.leak.get() <= of.cap {
                    prop_assert_eq!(least, secs(time));
                }
            }
            Clearing::Takes(least) => prop_assert!(least > secs(10_000)),
            Clearing::Never => prop_assert!(sold < charge),
        }
    }

    /// A seller of lots on the real ledger is done in `clearing_ceil`: takes early or late in the round, lots at first open,
    /// and up to `piece` of each headroom unused.
    #[test]
    fn a_seller_of_lots_is_done_in_time(
        of in any_throttle(),
        round in 1_u64..200,
        piece in 0_u64..100,
        charge in 1_u64..1 << 41,
        takes in prop::collection::vec(0_u64..200, 1..9),
        unused in prop::collection::vec(0_u64..100, 1..9),
        late in any::<bool>(),
    ) {
        let piece = piece * of.cap.to_bits() / 110;
        let pace = pace(round, piece);
        let charge = charge % (12 * of.cap.to_bits()) + 1;
        if let Clearing::Takes(time) = of.clearing_ceil(&pace, bits(charge)) {
            if time.get() / round > 10_000 {
                return Ok(());
            }
            let (mut i, mut j) = (0, 0);
            let when = |_| { i += 1; if late { round } else { takes[i % takes.len()] } };
            let part = |room: u64| { j += 1; room - (piece * unused[j % unused.len()] / 99).min(room) };
            let sold = sold_in_rounds(&of, round, time.get(), when, part);
            prop_assert!(sold >= charge, "{} of {} in {:?}", sold, charge, time);
        } else {
            prop_assert!(of.leak == Rate::ZERO || of.cap <= bits(piece));
        }
    }

    /// The stated time is not idle: a seller whose lots are always taken late is not done three rounds before it, or the
    /// rounds charge half of the cap and more.
    #[test]
    fn the_time_of_lots_is_nearly_attained(of in any_throttle(), round in 1_u64..100, charge in 1_u64..1 << 41) {
        let leak = of.cap.to_bits() / (2 * round) * (charge % 100) / 100;
        let of = Throttle { reserved: Ratio::ZERO, leak: Rate::per_second(bits(leak.max(1))), ..of };
        let charge = charge % (12 * of.cap.to_bits()) + 1;
        let Clearing::Takes(time) = of.clearing_ceil(&pace(round, 0), bits(charge)) else { panic!("it leaks") };
        if time.get() / round > 40_000 || time.get() <= 4 * round || 2 * leak.max(1) * round > of.cap.to_bits() {
            return Ok(());
        }
        prop_assert!(sold_in_rounds(&of, round, time.get() - 4 * round, |_| round, |room| room) < charge);
    }

    /// A steady lot is never refused after one round, at any level to begin with and however late the takes.
    #[test]
    fn steady_lots_go_on(of in any_throttle(), round in 1_u64..200, late in any::<bool>()) {
        let of = Throttle { reserved: Ratio::ZERO, ..of };
        let lot = of.steady_lot_floor(&pace(round, 0));
        let (config, mut ledger) = ledger(&of);
        for k in 1..40 {
            ledger = ledger.advance(&config, at(k * round)).expect("forward");
            ledger = ledger.reserve(&config, lot).expect("a steady lot");
            let taken = at(k * round + if late { round } else { round / 2 });
            ledger = ledger.advance(&config, taken).expect("forward").charge(&config, lot).expect("reserved");
        }
        // Not far below the most that can go on: a step more is refused at some time, if it is not for want of cap.
        let twice = 2 * u128::from(of.leak.get().to_bits()) * u128::from(round);
        prop_assert_eq!(u128::from(lot.to_bits()), twice.min(u128::from(of.cap.to_bits())) / 2);
    }

    /// The largest sale is cleared in time and one atom more is not; on a constant product and on a grid.
    #[test]
    fn the_largest_sale_is_the_largest(
        of in any_throttle(),
        round in 1_u64..200,
        piece in 0_u64..100,
        slack in 0_u64..20_000,
        reserve in 1_u128..1 << 90,
        ahead in 0_u128..1_000,
        past in 0_u128..1_000,
    ) {
        let pace = pace(round, piece * of.cap.to_bits() / 110);
        let (config, state) = pool(reserve);
        let sold = config.largest_sale_floor(&state, bits(1 << 40)).expect("in range").get() * past / 1_000;
        let charge = config.charge_ceil(&state, Amount::new(sold)).expect("shown");
        let state = state.sell(Amount::new(sold), charge, NOW).expect("in range");
        let ahead = Amount::new(ahead * (reserve >> 30) / 1_000);
        inverse(&Backlog { config: &config, depth: &state, ahead, least: Amount::ZERO }, &of, &pace, secs(slack))?;
        let (config, state) = steps((of.cap.to_bits() / 3).max(16), 1 << 20);
        inverse(&Backlog { config: &config, depth: &state, ahead: Amount::new(past), least: Amount::ZERO }, &of, &pace, secs(slack))?;
    }

    /// The cap of a band is the largest open interest with which it and every later band are in time.
    #[test]
    fn band_caps_are_the_largest(
        of in any_throttle(),
        round in 1_u64..200,
        slacks in prop::collection::vec(0_u64..20_000, 4),
        parts in prop::collection::vec(0_u128..500, 4),
    ) {
        let (config, state) = pool(1 << 70);
        let backlog = Backlog { config: &config, depth: &state, ahead: Amount::ZERO, least: Amount::ZERO };
        let pace = pace(round, 0);
        let mut slacks = slacks;
        slacks.sort_unstable();
        let slack: [Seconds; 4] = [0, 1, 2, 3].map(|i| secs(slacks[i]));
        let room = slack.map(|slack| backlog.largest_sale_floor(&of, &pace, slack).expect("in range").get());
        let open: [u128; 4] = [0, 1, 2, 3].map(|i| room[3] * parts[i] / 1_000);
        let caps = backlog.band_caps_floor(&of, &pace, &slack, &open.map(Amount::new)).expect("in order");
        for (j, cap) in caps.iter().enumerate() {
            let in_time = |own: u128| (j..4).all(|i| {
                let sum: u128 = (0..=i).map(|k| if k == j { own } else { open[k] }).sum();
                sum <= room[i]
            });
            let cap = cap.get();
            prop_assert!(cap == 0 || in_time(cap));
            prop_assert!(!in_time(cap + 1));
        }
    }
}

/// On each new snapshot at least what the point before the last shows is sold, however large the least sale is.
#[test]
fn what_the_point_before_shows_is_counted_as_sold() {
    let step = 1_u64 << 40;
    let (config, state) = shown(step, [100, 102]);
    // A step at once, and a hundredth of one more in each round.
    let (of, pace) = (throttle(0, 0, step, step / 100), pace(1, 0));
    for least in [0, 1, 2, 10, 60] {
        let backlog = Backlog { config: &config, depth: &state, ahead: Amount::ZERO, least: Amount::new(least) };
        // 101 need the second point: two steps for all that it shows but the least, and for 100 at least. The first one sells
        // all but the least for a step. Of both an atom is left at least.
        let least = least.max(1);
        let charges = |steps: u64, made: u128| (101 * u128::from(steps * step)).div_ceil(made);
        let dearest = charges(2, (102 - least).max(100)).max(charges(1, 100 - least));
        let charges = bits(u64::try_from(dearest).expect("small"));
        let time = backlog.clearing_ceil(&of, &pace, Amount::new(101));
        assert_eq!(time, Ok(of.clearing_ceil(&pace, charges)), "{least}");
        assert!(time.is_ok_and(|time| time < Clearing::Never), "{least}");
    }
}

/// A point that shows no more than the one before it is never sold at: what is permitted up to it sells that one's, at its price.
#[test]
fn a_point_without_depth_of_its_own_costs_nothing() {
    let step = 1_u64 << 40;
    let (config, state) = shown(step, [100, 100, 1_000]);
    let backlog = Backlog { config: &config, depth: &state, ahead: Amount::ZERO, least: Amount::ZERO };
    let (of, pace) = (throttle(0, 0, step, step / 100), pace(1, 0));
    for sale in [101, 150, 600] {
        // A step for 99, all but an atom of what the first point shows; the third sells 999 for three.
        let charges = bits(u64::try_from((sale * u128::from(step)).div_ceil(99)).expect("small"));
        let takes = of.clearing_ceil(&pace, charges);
        assert_eq!(backlog.clearing_ceil(&of, &pace, Amount::new(sale)), Ok(takes), "{sale}");
        let Clearing::Takes(slack) = takes else { panic!("{sale} is never sold") };
        let most = backlog.largest_sale_floor(&of, &pace, slack).expect("in range");
        let all = of.largest_charge_floor(&pace, slack).expect("a round");
        assert_eq!(most, Amount::new(u128::from(all.to_bits()) * 99 / u128::from(step)), "{sale}");
    }
}

/// The largest room that is left of `limit` by a sale behind which `least` does not fit; every sale is tried.
fn left_unused<const N: usize>(book: &Book<N>, limit: Ratio, least: u128, shown: u128) -> Ratio {
    let fits = |sale: u128| book.impact_ceil(Amount::new(sale)).is_ok_and(|impact| impact <= limit);
    let unused = (0..=shown)
        .filter(|&sale| fits(sale) && !fits(sale + least))
        .map(|sale| limit.excess_over(book.impact_ceil(Amount::new(sale)).expect("it fits")));
    unused.max().unwrap_or(Ratio::ZERO)
}

/// The charge of a least sale at the front of a book is less than what one leaves behind all others.
#[test]
fn naive_first_charge_as_unused_breaks() {
    let book = Shape::<1>::ConstantProduct
        .measure_floor(&Snapshot::ConstantProduct { reserve: Amount::new(1_000) })
        .expect("a pool");
    let (limit, least) = (Ratio::from_fraction_floor(1, 1).expect("one"), 40);
    let unused = left_unused(&book, limit, least, 1_000);
    assert!(unused > book.impact_ceil(Amount::new(least)).expect("shown"));
    assert!(unused <= unused_ceil(&book, limit, Amount::new(least)));
    // On a grid a sale that spans two points leaves more than the largest step.
    let shape = Shape::Grid([1_u32, 2, 3].map(|n| Ratio::from_fraction_floor(u128::from(n), 64).expect("small")));
    let bands = [1_u32, 2, 3].map(|n| Band {
        width: Ratio::from_fraction_floor(u128::from(n), 64).expect("small"),
        amount: Amount::new(u128::from(n) * 100),
    });
    let book = shape.measure_floor(&Snapshot::Bands(&bands)).expect("in order");
    let (limit, least) = (Ratio::from_fraction_floor(5, 128).expect("small"), 150);
    let (unused, step) = (left_unused(&book, limit, least, 300), Ratio::from_fraction_ceil(1, 64).expect("small"));
    assert!(unused > step, "{unused:?}");
    assert!(unused <= unused_ceil(&book, limit, Amount::new(least)));
}

/// The first sale behind which no least sale fits may end just before a point: an atom further on and the rest would look smaller.
#[test]
fn a_rest_that_ends_before_a_point_is_counted() {
    let part = |n: u128| Ratio::from_fraction_floor(n, 128).expect("small");
    let shape = Shape::Grid([2, 4, 6].map(part));
    let bands =
        [(1, 100), (3, 149), (5, 1_000)].map(|(n, amount)| Band { width: part(n), amount: Amount::new(amount) });
    let book = shape.measure_floor(&Snapshot::Bands(&bands)).expect("in order");
    // Up to 5/128 less than 149 are permitted: 99, at 2/128, are the first behind which 50 are too many.
    let (limit, least) = (part(5), 50);
    assert_eq!(left_unused(&book, limit, least, 1_000), part(3));
    assert_eq!(unused_ceil(&book, limit, Amount::new(least)), part(3));
}

/// At an impact of 29 the roundings are of more than the four steps that do at small ones: what is left here was found by search.
#[test]
fn roundings_at_large_impacts_are_in_what_stays_unused() {
    let book = Shape::<1>::ConstantProduct
        .measure_floor(&Snapshot::ConstantProduct { reserve: Amount::new(1_787_514_761_186) })
        .expect("a pool");
    let (limit, round) = (bits(8_233_143_069_533_248), bits(8_233_143_069_491_678));
    let (sold, least) = (8_043_816_425_741, 3);
    let left = round.excess_over(book.impact_ceil(Amount::new(sold)).expect("shown"));
    assert!(book.impact_ceil(Amount::new(sold + least)).expect("shown") > round, "no more fits");
    let said = unused_ceil(&book, limit, Amount::new(least));
    assert!(left <= said, "{left:?} {said:?}");
    // `8 + 2 * 29` steps; with four less than are missing it would be too little.
    assert!(said.excess_over(bits(8 + 2 * 29 - 4)) < left);
}

proptest! {
    /// D20: nothing more is left of a limit than is said, on pools and grids, whatever was sold before.
    #[test]
    fn nothing_more_stays_unused(
        reserve in 1_u128..400,
        quantities in prop::array::uniform3(0_u128..100),
        points in prop::array::uniform3(1_u64..1 << 47),
        limit in 0_u64..1 << 49,
        part in 0_u64..=16,
        least in 1_u128..200,
    ) {
        // A round may have any part of the limit left.
        let (limit, round) = (bits(limit), bits(limit / 16 * part));
        let pool = Shape::<1>::ConstantProduct
            .measure_floor(&Snapshot::ConstantProduct { reserve: Amount::new(reserve) })
            .expect("a pool");
        let said = unused_ceil(&pool, limit, Amount::new(least));
        prop_assert!(left_unused(&pool, round, least, 400) <= said, "{said:?}");
        let [a, b, c] = points;
        let shape = Shape::Grid([a, a + b, a + b + c].map(bits));
        let [x, y, z] = quantities;
        let amounts = [x, x + y, x + y + z];
        let bands = [0, 1, 2].map(|i| Band { width: bits([a, a + b, a + b + c][i] / 2), amount: Amount::new(amounts[i]) });
        let Ok(book) = shape.measure_floor(&Snapshot::Bands(&bands)) else { return Ok(()) };
        let said = unused_ceil(&book, limit, Amount::new(least));
        prop_assert!(left_unused(&book, round, least, 300) <= said, "{said:?} of {book:?}");
    }
}

fn inverse<const N: usize>(
    backlog: &Backlog<'_, N>,
    of: &Throttle,
    pace: &PaceConfig,
    slack: Seconds,
) -> Result<(), TestCaseError> {
    let most = backlog.largest_sale_floor(of, pace, slack).expect("in range");
    let time = |sale| backlog.clearing_ceil(of, pace, sale).expect("in range");
    prop_assert!(time(most) <= Clearing::Takes(slack), "{:?} takes {:?}", most, time(most));
    let more = most.checked_add(Amount::new(1)).expect("in range");
    prop_assert!(time(more) > Clearing::Takes(slack), "{:?} takes {:?}", more, time(more));
    Ok(())
}
