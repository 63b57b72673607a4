//! From what is known of a market to a configuration: its promise in whole numbers of any size, what is refused, and crashes in
//! a closed loop with the seller that it assumes.
#![cfg(feature = "calibrate")]

#[path = "support/exact.rs"]
mod exact;
#[path = "support/rational.rs"]
mod rational;
#[path = "support/world.rs"]
mod world;

use damper::Error;
use damper::auction::{Lot, Terms};
use damper::book::{Level, Shape, Snapshot};
use damper::calibrate::{Calibration, Field, Known, Promise, Refusal, Wanted, calibrate, even_depth};
use damper::clearing::{relative_fall_ceil, threshold_slack_floor, unused_ceil};
use damper::depth::DepthObservation;
use damper::guard::{Decision, Guard, GuardParams, GuardState, Observation};
use damper::health::Position;
use damper::history::{Fall, History, Sample};
use damper::keeper::{Payment, Work};
use damper::ledger::Exposure;
use damper::oracle::PriceObservation;
use damper::plan;
use damper::preset::{Site, lending};
use damper::price::{Price, PriceBand};
use damper::ratio::Ratio;
use damper::selling::{Bid, Kick};
use damper::solvency::{Crash as Falling, charged_in_time_floor};
use damper::stress::Signal;
use damper::units::{Amount, Seconds, Timestamp, Value};
use exact::{Log, exp_times};
use num_bigint::BigUint;
use num_traits::{One, Zero};
use proptest::prelude::*;
use rational::Frac;
use std::cell::Cell;
use world::{TrueBook, World};

const ONE: u64 = 1 << 48;
/// Base atoms of a whole one, and quote atoms.
const ETH: u128 = 1_000_000_000;
const USD: u128 = 1_000_000;
/// Price ticks: 10^-12 quote atoms per base atom. 200 dollars are 0.2 quote atoms per base atom.
const TICKS: u128 = 1_000_000_000_000;
const START: u64 = 200_000_000_000;
const BEAT: u64 = 60;
const HOUR: u64 = 3_600;

fn usd(whole: u128) -> Value {
    Value::new(whole * USD)
}

fn price(ticks: u64) -> Price {
    Price::from_fraction_floor(u128::from(ticks), TICKS).expect("positive")
}

fn within(time: u64, fall: f64) -> Fall {
    Fall { within: Seconds::new(time), fall }
}

const FALLS: [Fall; 2] =
    [Fall { within: Seconds::new(HOUR), fall: 0.14 }, Fall { within: Seconds::new(24 * HOUR), fall: 0.43 }];

/// A pool of this many ETH, which fell to a quarter.
fn pool(falls: &[Fall], reserve: u128) -> Known<'_, 1> {
    Known {
        calm_volatility: 0.04,
        stressed_volatility: 0.2,
        half_life: 86_400.0,
        falls,
        noise: 0.0,
        price: price(START),
        shape: Shape::ConstantProduct,
        depth: [Amount::new(reserve * ETH)],
        collapse: 4.0,
        heartbeat: Seconds::new(BEAT),
        gas: usd(20),
    }
}

/// A book of this many ETH within an impact of 2 %, in sixteen steps.
fn grid(falls: &[Fall], eth: u128) -> Known<'_, 16> {
    let (shape, depth) = even_depth(0.02, Amount::new(eth * ETH)).expect("sixteen steps");
    let Known { calm_volatility, stressed_volatility, half_life, noise, price, collapse, heartbeat, gas, .. } =
        pool(falls, 0);
    Known {
        calm_volatility,
        stressed_volatility,
        half_life,
        falls,
        noise,
        price,
        shape,
        depth,
        collapse,
        heartbeat,
        gas,
    }
}

fn usual() -> Wanted {
    Wanted::usual(usd(10_000_000), usd(4_000_000))
}

/// What is refused of the ordinary case with one thing changed.
fn refused(change: impl Fn(&mut Known<'_, 1>, &mut Wanted)) -> Refusal {
    let (mut known, mut wanted) = (pool(&FALLS, 1_600_000), usual());
    assert!(calibrate(&known, &wanted).is_ok());
    change(&mut known, &mut wanted);
    calibrate(&known, &wanted).expect_err("refused")
}

/// Numbers that are none, or beyond every range.
const WILD: [f64; 6] = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -1.0, 1e300, -f64::MIN_POSITIVE];

#[test]
fn every_field_out_of_range_is_named() {
    type Change = fn(&mut Known<'_, 1>, &mut Wanted, f64);
    let cases: [(Field, Change, &[f64]); 13] = [
        (Field::CalmVolatility, |known, _, x| known.calm_volatility = x, &[0.0, 0.9e-9, 0.2, 0.3]),
        (Field::StressedVolatility, |known, _, x| known.stressed_volatility = x, &[1.1]),
        (Field::HalfLife, |known, _, x| known.half_life = x, &[0.0, 23.9, 1.1e15]),
        (Field::Noise, |known, _, x| known.noise = x, &[1.0]),
        (Field::Collapse, |known, _, x| known.collapse = x, &[0.0, 0.9, 16_385.0]),
        (Field::Amplification, |_, wanted, x| wanted.amplification = x, &[0.0, 0.9, 65_537.0]),
        (Field::Unexplained, |_, wanted, x| wanted.unexplained = x, &[1.0]),
        (Field::Unexplained, |_, wanted, x| wanted.unexplained_daily = x, &[1.0]),
        (Field::Haircut, |_, wanted, x| wanted.haircut = x, &[1.1]),
        (Field::Bonus, |_, wanted, x| wanted.bonus[0] = x, &[1.1]),
        (Field::Bonus, |_, wanted, x| wanted.bonus[1] = x, &[1.1]),
        (Field::Penalty, |_, wanted, x| wanted.penalty = x, &[1.1]),
        (Field::Earlier, |_, wanted, x| wanted.earlier = x, &[1.1]),
    ];
    for (field, change, more) in cases {
        for &x in WILD.iter().chain(more) {
            assert_eq!(refused(|known, wanted| change(known, wanted, x)), Refusal::Field(field), "{field:?} {x}");
        }
    }
    for x in WILD.iter().chain(&[0.0, 1.0, 0.9e-4]) {
        assert_eq!(refused(|_, wanted| wanted.threshold = Some(*x)), Refusal::Field(Field::Threshold), "{x}");
    }
    assert_eq!(refused(|_, wanted| wanted.round = Seconds::ZERO), Refusal::Field(Field::Round));
    let falls: [&[Fall]; 6] = [
        &[],
        &[Fall { within: Seconds::ZERO, fall: 0.1 }],
        &[FALLS[1], FALLS[0]],
        &[FALLS[0], FALLS[0]],
        &[Fall { within: Seconds::new(HOUR), fall: 1.0 }],
        &[Fall { within: Seconds::new(HOUR), fall: f64::NAN }],
    ];
    for falls in falls {
        assert_eq!(calibrate(&pool(falls, 1_600_000), &usual()), Err(Refusal::Field(Field::Falls)), "{falls:?}");
    }
    // Depth.
    for impact in WILD.iter().chain(&[0.0, 65_537.0, 1e-14]) {
        assert_eq!(even_depth::<16>(*impact, Amount::new(1)), Err(Refusal::Field(Field::Depth)), "{impact}");
    }
    assert_eq!(even_depth::<0>(0.02, Amount::new(1)), Err(Refusal::Field(Field::Depth)));
    let mut known = grid(&FALLS, 40_000);
    known.depth.swap(3, 4);
    assert_eq!(calibrate(&known, &usual()), Err(Refusal::Field(Field::Depth)));
}

#[test]
fn every_condition_that_fails_is_named() {
    // No fall is known for two rounds and seven heartbeats.
    let falls = [within(1_619, 0.1)];
    assert_eq!(calibrate(&pool(&falls, 1_600_000), &usual()), Err(Refusal::NoFallKnown { lag: Seconds::new(1_620) }));
    let falls = [within(1_620, 0.1)];
    assert!(calibrate(&pool(&falls, 1_600_000), &usual()).is_ok());
    let halts = Wanted { halt: Seconds::new(1), ..usual() };
    assert_eq!(calibrate(&pool(&falls, 1_600_000), &halts), Err(Refusal::NoFallKnown { lag: Seconds::new(2_222) }));

    // The auction: ln(1.2 * 1.08) / -ln(0.99) = 25.8 steps, in half a round.
    let least = Seconds::new(52);
    assert_eq!(refused(|_, wanted| wanted.round = Seconds::new(51)), Refusal::RoundTooShort { least });
    let short = Wanted { round: least, ..usual() };
    assert!(calibrate(&pool(&FALLS, 1_600_000), &short).is_ok());

    assert_eq!(refused(|_, wanted| wanted.penalty = 0.0), Refusal::NoLotPays);
    // Without gas every lot does.
    let mut free = pool(&FALLS, 1_600_000);
    free.gas = Value::ZERO;
    let found = calibrate(&free, &Wanted { penalty: 0.0, ..usual() }).expect("nothing to pay");
    assert_eq!(found.promise.least_lot, Value::ZERO);

    // Twice 20 dollars, twice, out of half of 2 %: 8,000 dollars; two of them.
    let Refusal::LotTooLarge { least, permitted } = refused(|known, _| known.depth = [Amount::new(10_000 * ETH)])
    else {
        panic!("two lots of 8,000 dollars are more than a quarter of a per cent of the book")
    };
    assert!(least >= usd(16_000) && least < usd(16_001), "{least:?}");
    // sqrt(1.0025) - 1 of 1,250 ETH of 200 dollars.
    assert!(permitted > usd(300) && permitted < usd(320), "{permitted:?}");

    let Refusal::BadDebt { threshold, bad_debt, most_debt } = refused(|_, wanted| wanted.threshold = Some(0.8)) else {
        panic!("more than is tolerated")
    };
    assert_eq!(threshold, Ratio::from_bps_floor(8_000).expect("small"));
    assert!(bad_debt > usd(4_000_000) && most_debt < usd(10_000_000));
    // So much is accepted at this threshold, and a dollar more is not.
    let at = |debt| Wanted { threshold: Some(0.8), debt, ..usual() };
    let known = pool(&FALLS, 1_600_000);
    assert!(calibrate(&known, &at(most_debt)).is_ok());
    let more = most_debt.checked_add(Value::new(1)).expect("small");
    assert!(matches!(calibrate(&known, &at(more)), Err(Refusal::BadDebt { .. })));
    // No threshold will do: that at which the most debt fits is told, and it does fit there.
    let much = Wanted { debt: usd(1_000_000_000_000), bad_debt: Value::new(1), ..usual() };
    let crash = [within(HOUR, 0.9), within(24 * HOUR, 0.9999)];
    let Err(Refusal::BadDebt { threshold, most_debt, .. }) = calibrate(&pool(&crash, 1_600_000), &much) else {
        panic!("more than is tolerated")
    };
    let bps = f64::from(threshold.checked_add(Ratio::ULP).expect("small").to_bps_floor());
    let there = Wanted { debt: most_debt, threshold: Some(bps / 1e4), ..much };
    assert!(calibrate(&pool(&crash, 1_600_000), &there).is_ok());
    // Where it fits as well at several, the highest of them: a basis point more leaves no margin.
    let above = Wanted { threshold: Some((bps + 1.0) / 1e4), ..much };
    assert_eq!(calibrate(&pool(&crash, 1_600_000), &above), Err(Refusal::Config(Error::BonusLeavesNoMargin)));

    // Errors of the parts.
    let reversed = refused(|_, wanted| wanted.bonus = [0.08, 0.05]);
    assert_eq!(reversed, Refusal::Config(Error::ScheduleLoosens));
    let high = refused(|_, wanted| (wanted.threshold, wanted.bad_debt) = (Some(0.95), wanted.debt));
    assert_eq!(high, Refusal::Config(Error::BonusLeavesNoMargin));
    assert_eq!(refused(|known, _| known.depth = [Amount::ZERO]), Refusal::Config(Error::StressNorm));
    let long = refused(|_, wanted| wanted.halt = Seconds::new(604_801));
    assert!(matches!(long, Refusal::NoFallKnown { .. }), "{long:?}");
    let months = [within(HOUR, 0.01), within(2_000_000, 0.02)];
    let wanted = Wanted { halt: Seconds::new(604_801), ..usual() };
    assert_eq!(calibrate(&pool(&months, 1_600_000), &wanted), Err(Refusal::Config(Error::BreakerHaltRange)));
    let wanted = Wanted { round: Seconds::new(6 * HOUR), ..usual() };
    assert_eq!(calibrate(&pool(&months, 1_600_000), &wanted), Err(Refusal::Config(Error::AuctionNeverClears)));
    assert_eq!(refused(|known, _| known.gas = Value::new(u128::MAX)), Refusal::Config(Error::Overflow));
    assert_eq!(refused(|known, _| known.heartbeat = Seconds::new(u64::MAX)), Refusal::Config(Error::Overflow));
}

#[test]
fn a_refusal_is_a_sentence() {
    let seven = Ratio::from_bps_floor(7_000).expect("small");
    let debt = Refusal::BadDebt { threshold: seven, bad_debt: Value::new(5), most_debt: Value::new(7) };
    let sentences = [
        (Refusal::Field(Field::Noise), "`noise` is to be from 0 to below 1 of the price"),
        (Refusal::Config(Error::ThresholdZero), ""),
        (Refusal::NoFallKnown { lag: Seconds::new(9) }, "no fall is known for the seller's lag of 9 s"),
        (Refusal::RoundTooShort { least: Seconds::new(52) }, "an auction takes a round of at least 52 s"),
        (Refusal::NoLotPays, "no lot pays for the gas out of the penalty"),
        (
            Refusal::LotTooLarge { least: Value::new(2), permitted: Value::new(1) },
            "two lots that pay for gas are 2 quote atoms, the burst permits 1",
        ),
        (debt, "at a threshold of 7000 bp bad debt may be 5 quote atoms; at most 7 of debt fits"),
    ];
    for (refusal, sentence) in sentences {
        let text = refusal.to_string();
        assert!(text.contains(sentence) && !text.is_empty(), "{text}");
    }
    assert_eq!(Refusal::from(Error::Overflow), Refusal::Config(Error::Overflow));
}

/// Basis points that a ratio was made of.
fn bps(ratio: Ratio) -> u32 {
    ratio.checked_add(Ratio::ULP).expect("small").to_bps_floor()
}

#[test]
fn thresholds_are_whole_basis_points() {
    let all = Wanted { bad_debt: usd(10_000_000), ..usual() };
    for whole in (100..=8_600).step_by(50) {
        let asked = f64::from(whole) / 1e4;
        let found = calibrate(&pool(&FALLS, 1_600_000), &Wanted { threshold: Some(asked), ..all }).expect("tolerated");
        let schedule = *found.params.schedule.params();
        let exact = |bps| Ratio::from_bps_floor(bps).expect("small");
        assert_eq!(schedule.calm.liquidation_threshold, exact(whole), "{asked}");
        assert_eq!(found.promise.threshold, exact(whole));
        assert_eq!(schedule.stressed.liquidation_threshold, exact(whole * 7 / 8));
        // exp(-0.08) and exp(-0.4), and a basis point less at most.
        for (set, sigma, threshold) in [(schedule.calm, 0.04, whole), (schedule.stressed, 0.2, whole * 7 / 8)] {
            let ltv = f64::from(threshold) * f64::exp(-2.0 * sigma);
            assert!(f64::from(bps(set.max_ltv)) <= ltv && f64::from(bps(set.max_ltv)) > ltv - 1.000_001);
            assert_eq!(set.max_ltv, exact(bps(set.max_ltv)));
        }
        // A little more is rounded down to it, a little less to the one below.
        let near = |by: f64| {
            let wanted = Wanted { threshold: Some(asked + by), ..all };
            calibrate(&pool(&FALLS, 1_600_000), &wanted).expect("tolerated").promise.threshold
        };
        assert_eq!((near(0.99e-4), near(-1e-9)), (exact(whole), exact(whole - 1)));
    }
}

/// Where the loan-to-value ratio would be a whole basis point, but for the rounding of floats, it is the one below.
#[test]
fn no_loan_to_value_ratio_is_rounded_up() {
    for (threshold, whole) in
        [(5_000, 4_500), (6_000, 5_700), (7_000, 5_950), (8_000, 7_600), (8_000, 6_400), (8_500, 8_075)]
    {
        let (asked, ltv) = (f64::from(threshold) / 1e4, f64::from(whole) / 1e4);
        let known = Known { calm_volatility: f64::ln(asked / ltv) / 2.0, ..pool(&FALLS, 1_600_000) };
        let wanted = Wanted { threshold: Some(asked), bad_debt: usd(10_000_000), ..usual() };
        let found = calibrate(&known, &wanted).expect("tolerated");
        assert_eq!(bps(found.params.schedule.params().calm.max_ltv), whole - 1, "{threshold}");
    }
}

/// Kicks and takes are stopped for the halt that is asked for, and not at all without one.
#[test]
fn the_breaker_stops_sales_for_the_halts_asked_for_alone() {
    let known = pool(&FALLS, 1_600_000);
    for (halt, borrowing) in [(0, 900), (600, 600), (1_000, 900)] {
        let found = calibrate(&known, &Wanted { halt: Seconds::new(halt), ..usual() }).expect("tolerated");
        let levels = found.params.breaker.params().levels;
        let stops = levels.map(|level| (level.stops.borrow, level.stops.kick, level.stops.take));
        let some = halt > 0;
        assert_eq!(stops, [(true, false, false), (true, some, false), (true, some, some)], "{halt}");
        assert_eq!(levels[0].halt, Seconds::new(borrowing));
        if some {
            assert_eq!([levels[1].halt, levels[2].halt], [Seconds::new(halt); 2]);
        }
    }
}

/// What volatility is used for: the schedule's two ends and its largest loan-to-value ratios, the estimate, the appetite.
#[test]
fn volatilities_are_where_the_text_says() {
    let ratio = |eighths: u32| Ratio::from_fraction_floor(u128::from(eighths), 64).expect("exact");
    for (calm, stressed, full) in [(2, 8, 32), (2, 20, 64), (3, 64, 64)] {
        let (calm, stressed) = (ratio(calm), ratio(stressed));
        let falls = [within(HOUR, 0.03), within(24 * HOUR, 0.1)];
        let days = |ratio: Ratio| ratio.to_bits() as f64 / 2.0_f64.powi(48);
        let known =
            Known { calm_volatility: days(calm), stressed_volatility: days(stressed), ..pool(&falls, 1_600_000_000) };
        let found = calibrate(&known, &usual()).expect("tolerated");
        let schedule = found.params.schedule.params();
        assert_eq!((schedule.sigma_calm, schedule.sigma_stressed), (calm, stressed));
        // Two standard deviations of a day below the threshold, to a basis point.
        let room = [(schedule.calm, calm), (schedule.stressed, stressed)].map(|(set, sigma)| {
            let most = f64::from(bps(set.liquidation_threshold)) * (-2.0 * days(sigma)).exp();
            (bps(set.max_ltv), most)
        });
        assert!(room.iter().all(|(ltv, most)| f64::from(*ltv) <= *most && f64::from(*ltv) > most - 1.001), "{room:?}");
        let volatility = found.params.volatility.params();
        assert_eq!((volatility.floor, volatility.start), (Ratio::from_bits(calm.to_bits() / 4), stressed));
        let stress = found.params.appetite.params().stress.params();
        let between = Signal::Between { calm: stressed, stressed: ratio(full) };
        assert_eq!(stress.volatility, if full == 64 && stressed == Ratio::ONE { Signal::Absent } else { between });
    }
}

/// A basis point more is refused for its bad debt; and where none will do, the threshold at which the most debt fits is told.
#[test]
fn the_threshold_is_the_highest_and_the_debt_that_fits_the_most() {
    let known = pool(&FALLS, 1_600_000);
    let at = |bps: u32| Wanted { threshold: Some(f64::from(bps) / 1e4), ..usual() };
    let found = bps(calibrate(&known, &usual()).expect("tolerated").promise.threshold);
    assert!(calibrate(&known, &at(found)).is_ok());
    assert!(matches!(calibrate(&known, &at(found + 1)), Err(Refusal::BadDebt { .. })));

    let crash = [within(HOUR, 0.1), within(24 * HOUR, 0.9999)];
    let known = pool(&crash, 1_600_000);
    let much = Wanted { debt: usd(1_000_000_000_000), bad_debt: usd(1_000), ..usual() };
    let fits = |wanted: &Wanted| match calibrate(&known, wanted) {
        Err(Refusal::BadDebt { most_debt, .. }) => most_debt,
        other => panic!("{other:?}"),
    };
    let told = fits(&much);
    assert!(told > usd(1_000));
    for percent in (5..85).step_by(5) {
        assert!(fits(&Wanted { threshold: Some(f64::from(percent) / 100.0), ..much }) <= told, "{percent}");
    }
    // A burst that permits one least lot, and not two.
    let refusal = calibrate(&pool(&FALLS, 400_000), &usual());
    let Err(Refusal::LotTooLarge { least, permitted }) = refusal else { panic!("{refusal:?}") };
    assert!(permitted > usd(8_001) && permitted < least);
}

/// The promise counts on sales up to its slack. By bonus and penalty alone it would count on sales at prices at which no sale
/// helps (D11): there the plan of a position that was at the threshold is a shortfall.
#[test]
fn naive_slack_up_to_the_penalty_breaks_where_no_sale_helps() {
    let known = pool(&FALLS, 1_600_000);
    let wanted = Wanted { threshold: Some(0.5), ..usual() };
    let found = calibrate(&known, &wanted).expect("tolerated");
    let (params, ledger) = (&found.params, found.params.ledger.params());
    let stressed = params.schedule.params().stressed;
    let impact = ledger.burst.checked_add(ledger.own_share).expect("small");
    let one = Value::new(1_000_000_000_000);
    // A position whose threshold price is one, of which a debt of half of the collateral is owed, after a fall by its slack.
    let owed = one.mul_floor(found.promise.threshold).expect("small");
    let after = |left: Ratio| {
        let worth = one.mul_ceil(left).expect("small");
        let market = plan::Market {
            parameters: stressed,
            band: PriceBand::exact(Price::from_fraction_floor(1, 1).expect("one")),
            impact,
        };
        let amount = market.band.low().amount_ceil(worth).expect("small");
        plan::assess(&params.plan, &market, &Position::<0, 0>::new(amount, owed)).expect("small")
    };
    let penalty = Ratio::from_bps_ceil(200).expect("small");
    let beyond = stressed.bonus.checked_add(penalty).and_then(|sum| sum.checked_add(stressed.bonus.mul_ceil(penalty)?));
    let naive = threshold_slack_floor(found.promise.threshold, beyond.expect("small")).expect("small");
    let base = stressed.bonus.mul_ceil(params.plan.params().base_bonus).and_then(|base| base.checked_add(Ratio::ONE));
    let give = impact.checked_add(Ratio::ONE).and_then(|moved| base.expect("small").mul_ceil(moved)).expect("small");
    let rule =
        threshold_slack_floor(found.promise.threshold, give.checked_sub(Ratio::ONE).expect("above")).expect("small");
    let left = |slack: Ratio| Ratio::ONE.checked_sub(relative_fall_ceil(slack).expect("small")).expect("below one");
    assert!(naive > rule);
    assert!(matches!(after(left(naive)), plan::Assessment::Backstop(_)), "{:?}", after(left(naive)));
    assert!(matches!(after(left(rule)), plan::Assessment::Liquidate(_)), "{:?}", after(left(rule)));
    // What is charged in time is that of the shorter one, and less than by the longer.
    let crash = |slack: Ratio| Falling {
        slack,
        step: found.promise.step,
        noise: Ratio::ZERO,
        held: Ratio::ZERO,
        piece: found.pace.params().piece,
    };
    let of = |slack| charged_in_time_floor(&params.ledger, &crash(slack)).expect("small");
    assert!(found.promise.charge <= of(rule) && of(rule) < of(naive));
}

/// The least reserve whose burst permits two least lots: an atom less permits one quote atom less than these.
#[test]
fn a_burst_of_two_least_lots_is_enough() {
    let wanted = Wanted { threshold: Some(0.5), ..usual() };
    let too_large = |reserve: u128| {
        let known = Known { depth: [Amount::new(reserve)], ..pool(&FALLS, 0) };
        match calibrate(&known, &wanted) {
            Err(Refusal::LotTooLarge { least, permitted }) => Some((least, permitted)),
            _ => None,
        }
    };
    let (mut refused, mut enough) = (400_000 * ETH, 1_600_000 * ETH);
    assert!(too_large(refused).is_some() && too_large(enough).is_none());
    while enough - refused > 1 {
        let middle = refused.midpoint(enough);
        *(if too_large(middle).is_some() { &mut refused } else { &mut enough }) = middle;
    }
    let (least, permitted) = too_large(refused).expect("refused");
    assert_eq!(permitted.checked_add(Value::new(1)), Ok(least));
}

/// The depth that is believed is that of the market and of what was asked for, and not of the preset.
#[test]
fn depth_is_believed_as_was_asked_for() {
    let wanted = Wanted { haircut: 0.375, ..usual() };
    let depth = |reserve| calibrate(&pool(&FALLS, reserve), &wanted).expect("tolerated").params.depth.params();
    let found = depth(3_200_000);
    assert_eq!((found.shape, found.haircut), (Shape::ConstantProduct, Ratio::from_bits(ONE / 8 * 3)));
    assert_eq!(found.rise_base, Amount::new(3_125_000 * ETH / 1_000));
    let known = Known { depth: [Amount::new(21_600 << 10)], gas: Value::ZERO, ..pool(&FALLS, 0) };
    let wanted = Wanted { debt: Value::ZERO, ..wanted };
    assert_eq!(calibrate(&known, &wanted).expect("nothing owed").params.depth.params().rise_base, Amount::new(21_600));
}

/// A grid: what stays unused, by every room up to `B + h` and every sale that leaves less than two least lots; what is sold,
/// by every point.
#[test]
fn the_promise_on_a_grid_counts_every_point() {
    let thin: [u128; 16] = std::array::from_fn(|place| 200 * (place as u128 + 1) * (place as u128 + 1));
    let even: [u128; 16] = std::array::from_fn(|place| 3_000 * (place as u128 + 1));
    let small: [u128; 16] = std::array::from_fn(|place| 700 * (place as u128 + 1));
    let mut at_the_end = 0;
    for (depth, asked) in [(even, 0.2), (even, 0.7), (thin, 0.3), (thin, 0.6), (small, 0.4), (small, 0.72)] {
        let mut known = grid(&FALLS, 40_000);
        known.depth = depth.map(|eth| Amount::new(eth * ETH));
        known.gas = usd(5);
        // A price that may be seen too low may be higher when a position is sold.
        known.noise = if asked == 0.3 { 0.05 } else { 0.0 };
        let wanted = Wanted { threshold: Some(asked), unexplained: 0.05, bad_debt: usd(10_000_000), ..usual() };
        let found = calibrate(&known, &wanted).expect("tolerated");
        let Shape::Grid(points) = known.shape else { panic!("a grid") };
        let (params, promise, piece) = (found.params.ledger.params(), found.promise, found.pace.params().piece);
        // Half of a quarter of it is credible.
        let book = depth.map(|eth| eth * ETH / 8);
        let impact = |sold: u128| match sold {
            0 => 0,
            _ => points[book.iter().position(|&sum| sold < sum).expect("shown")].to_bits(),
        };
        let leaked = params.leak.over(promise.lag).expect("small").to_bits();
        let most = params.burst.to_bits() + params.own_share.to_bits() + leaked;
        let lowest = 1.0 - promise.fall.to_bits() as f64 / ONE as f64;
        // At what the auction asks at least.
        let least = (2.0 * promise.least_lot.get() as f64 * 5.0 / lowest / 0.65) as u128;
        for (place, point) in points.iter().enumerate() {
            let (room, shown) = (point.to_bits() - 1, if place == 0 { 0 } else { book[place - 1] - 1 });
            if room <= most {
                let used = impact(shown.saturating_sub(least + 1_000));
                assert!(room - used <= piece.to_bits(), "{asked}: at point {place}");
            }
        }
        let (last, charge) = (points[15].to_bits(), promise.charge.to_bits());
        assert!(charge + piece.to_bits() <= last, "{asked}: nothing is offered beyond the book");
        at_the_end += u32::from(charge + piece.to_bits() == last);
        // Twice what is sold at most charge / point times a least take, or what is shown before the point if that is more. That
        // pays what is owed on what was worth a least lot at 8/7 of the price at the start and a fifth more; seen too low at the
        // start, and too high and too low then.
        let least = promise.least_take.get();
        let sets = found.params.schedule.params();
        let held = promise.least_lot.get() as f64 * 5.0 * 7.0 / 8.0 / 1.2 * (1.0 - known.noise).powi(3);
        let owed =
            sets.stressed.liquidation_threshold.to_bits() as f64 / ONE as f64 / 1.2 * (1.0 - known.noise).powi(2);
        let exact = held * owed;
        assert!((least as f64 / exact - 1.0).abs() < 1e-4, "{asked}: {least} for {exact}");
        let sale = BigUint::from(2 * promise.sale.get());
        let mut rate = 0;
        for (place, point) in points.iter().enumerate().filter(|(place, _)| book[*place] > least || *place == 15) {
            let sold = if place == 0 { least } else { book[place - 1].max(least) };
            assert!(&sale * point.to_bits() <= BigUint::from(sold) * charge, "{asked}: more than point {place} says");
            rate = rate.max(
                (&sale * point.to_bits() * 1_000_u32 / (BigUint::from(sold) * charge.max(1)))
                    .try_into()
                    .expect("small"),
            );
        }
        // The worst of them says it, to a part in a hundred: rounding of the threshold, and of atoms.
        assert!(charge == 0 || rate > 990_u32, "{asked}: {rate}");
    }
    assert!(at_the_end >= 2, "{at_the_end}");
}

/// A position through up to four sales at falling prices, in parts and whole, with whatever takers want at whatever time: none takes
/// less than `least_take`, which some do nearly. The naive numbers break: what is worth a least lot at the highest price at which a
/// position is sold, and what pays a least lot's tab, because a part leaves what owes less.
#[test]
fn no_take_is_less_than_the_promise_counts() {
    let mut known = grid(&FALLS, 40_000);
    (known.gas, known.noise) = (usd(5), 0.02);
    known.depth = known.depth.map(|depth| Amount::new(depth.get() * 10));
    let wanted = Wanted { threshold: Some(0.6), bad_debt: usd(10_000_000), ..usual() };
    let Calibration { params, promise, .. } = calibrate(&known, &wanted).expect("tolerated");
    let (schedule, auction) = (params.schedule.params(), params.auction);
    let cap = params.ledger.params().burst.checked_add(params.ledger.params().own_share).expect("small");
    let least = promise.least_lot.get();
    let impact = cap.to_bits() as f64 / ONE as f64;
    let naive = (least as f64 * 5.0 * 7.0 / 8.0 * 0.98 / 1.2 * 0.98 * 0.98 / 1.08 / (1.0 + impact)) as u128;
    let (fewest, sales) = (Cell::new(u128::MAX), Cell::new(0_u32));
    let part = |of: u128, n: u32| of * u128::from(n) / (1 << 20);
    let share = || prop_oneof![2 => 0_u32..=1 << 20, 1 => Just(1 << 20), 1 => Just(0)];
    let takes = prop::collection::vec((share(), 0..2_u64, any::<bool>()), 1..4);
    let round = (share(), any::<[bool; 2]>(), share(), share(), takes);
    let case = (share(), any::<bool>(), share(), prop::collection::vec(round, 1..5));
    // The price at the start, which was seen too low, times what the ramp may do.
    let highest = u128::from(START) * 800 / 686;
    let many = ProptestConfig { cases: 20_000, failure_persistence: None, ..ProptestConfig::default() };
    proptest!(many, |((owes, little, holds, rounds) in case)| {
        // Owes up to twice a least sale, at its threshold of calm days at the highest price of the start or below that.
        let mut debt = least + part(if little { least / 4 } else { least }, owes);
        let worth = (debt as f64 / 0.6 * 5.0 * 0.98) as u128;
        let mut collateral = worth + 2 + part(worth / 2, holds);
        let mut low = highest;
        for (fall, [calm, edge], impact, permitted, takes) in rounds {
            // Any fall, or to where it is just unhealthy.
            let at_edge = (debt as f64 / collateral as f64 / if calm { 0.6 } else { 0.525 } * TICKS as f64) as u128;
            low = if edge { low.min(at_edge - 1) } else { low - part(low * 3 / 5, fall) };
            // The band as wide as may be.
            let band = PriceBand::new(price(low as u64), price((low * 10_000 / 9_604) as u64)).expect("ordered");
            let parameters = if calm { schedule.calm } else { schedule.stressed };
            let impact = Ratio::from_bits(part(u128::from(cap.to_bits()), impact) as u64);
            let position = Position::<0, 0>::new(Amount::new(collateral), Value::new(debt));
            let market = plan::Market { parameters, band, impact };
            let plan::Assessment::Liquidate(whole) = plan::assess(&params.plan, &market, &position).expect("in range")
            else {
                continue;
            };
            let permitted = Amount::new(part(whole.sell.get(), permitted).max(whole.least().get()));
            let Some(plan) = whole.partial(permitted).expect("in range") else { continue };
            let terms = Terms::freeze(&auction, band, parameters.auction_buffer, Timestamp::new(0)).expect("in range");
            let mut lot = Lot::open(terms, plan.sell, plan.repay).expect("a lot");
            let mut now = 0;
            for (want, wait, small) in takes {
                now += wait * 60;
                let [few, all] = [promise.least_take.get(), lot.remaining().get()];
                let want = if small { few / 2 + part(few * 4, want) } else { part(all, want) };
                if let Ok(take) = lot.take(Amount::new(want), Price::MAX, Timestamp::new(now)) {
                    prop_assert!(take.sold >= promise.least_take, "{:?} of {lot:?}", take.sold);
                    fewest.set(fewest.get().min(take.sold.get()));
                    more(&sales, true);
                    lot = take.lot;
                }
            }
            let returned = lot.close();
            collateral -= plan.sell.get() - returned.unsold.get();
            debt -= plan.repay.get() - returned.unraised.get();
            if debt == 0 {
                break;
            }
        }
    });
    assert!(sales.get() > 1_000, "{sales:?}");
    assert!(fewest.get() < naive, "the naive number holds");
    let [fewest, promised] = [fewest.get(), promise.least_take.get()];
    assert!(fewest < promised * 3, "{fewest} where {promised} is promised");
}

/// The fewest that a lot refuses to sell, or one less than all of one that is taken whole or not at all, is less than stays unused
/// by the promise, at the lowest price that an auction asks. Counted at the market's price, the naive rule, it is not.
#[test]
fn a_lot_that_is_all_or_nothing_leaves_no_more_than_is_counted() {
    let known = pool(&FALLS, 1_600_000);
    let found = calibrate(&known, &Wanted { threshold: Some(0.5), ..usual() }).expect("tolerated");
    let (promise, params) = (found.promise, found.params.ledger.params());
    let lowest = known.price.scale_floor(Ratio::ONE.excess_over(promise.fall)).expect("positive");
    let buffer = found.params.schedule.params().calm.auction_buffer;
    let terms =
        Terms::freeze(&found.params.auction, PriceBand::exact(lowest), buffer, Timestamp::new(0)).expect("in range");
    let last = (0..20_000).rev().find(|&second| terms.price(Timestamp::new(second)).is_ok()).expect("asked");
    let asked = terms.price(Timestamp::new(last)).expect("asked");
    let dust = promise.least_lot;
    // The most that pays less than the dust, and what is worth the dust.
    let less = asked.amount_floor(dust.checked_sub(Value::new(1)).expect("above zero")).expect("small").get();
    let all = less + asked.amount_ceil(dust).expect("small").get();
    let lot = Lot::open(terms, Amount::new(all), Value::new(dust.get() * 100)).expect("a lot");
    let refused = lot.take(Amount::new(all - 1), Price::MAX, Timestamp::new(last));
    assert_eq!(refused, Err(Error::TakeLeavesDust));
    let credible = Snapshot::ConstantProduct { reserve: Amount::new(1_600_000 * ETH / 8) };
    let book = Shape::<1>::ConstantProduct.measure_floor(&credible).expect("sound");
    let leaked = params.leak.over(promise.lag).expect("small");
    let most =
        [params.own_share, leaked].iter().try_fold(params.burst, |sum, &more| sum.checked_add(more)).expect("small");
    let left = |sale: u128| unused_ceil(&book, most, Amount::new(sale));
    assert!(left(all - 1) <= found.pace.params().piece);
    let naive = 2 * lowest.amount_ceil(dust).expect("small").get() + 1;
    assert!(left(all - 1) > left(naive), "the market's price is enough");
}

/// The sum that the ledger's bound divides: exact numbers.
fn two_sides(found: &Calibration<1>) -> [Frac; 4] {
    let params = found.params.ledger.params();
    [Frac::of(params.burst), Frac::of(params.leak.get()), Frac::of(params.own_share), Frac::of(params.kappa)]
}

/// `-ln(1 - part)` of a float below one, from below.
fn log_of_part_lo(part: f64) -> i128 {
    // A float below one is a multiple of 2^-1074; those that are tried here, of 2^-60.
    let num = (part * 2.0_f64.powi(60)) as u128;
    let den = 1_u128 << 60;
    Log::of_ratio(den, den - num).lo()
}

/// A fraction in units of 2^-100, rounded down.
fn units(frac: &Frac) -> BigUint {
    frac.floor(100)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// `1 / (1 - kappa h) <= amplification`, and the fall that own sales make in a market that stands still at most that asked
    /// for, at once and with each day: decided in whole numbers. They are not less by more than rounding.
    #[test]
    fn the_ledger_is_what_was_asked_for(
        amplification in prop_oneof![Just(1.0), 1.0..1.01, 1.0..4.0, 1.0..65_536.0],
        unexplained in 0.001..0.5_f64, daily in 0.0..0.5_f64, collapse in prop_oneof![Just(1.0), 1.0..8.0, 1.0..16_384.0],
    ) {
        let mut known = pool(&FALLS, 1_600_000_000_000_000);
        known.collapse = collapse;
        known.gas = Value::ZERO;
        let threshold = Some(0.5);
        let wanted = Wanted { amplification, unexplained, unexplained_daily: daily, threshold, bad_debt: usd(10_000_000), ..usual() };
        let found = match calibrate(&known, &wanted) {
            Ok(found) => found,
            Err(refusal) => return Err(TestCaseError::fail(format!("{refusal:?}"))),
        };
        let [burst, leak, own_share, kappa] = two_sides(&found);
        let float = |number: f64| Frac::new((number * 2.0_f64.powi(60)) as u128, 1_u128 << 60);
        prop_assert!(kappa >= float(collapse));
        let left = Frac::one().sub(&kappa.mul(&own_share));
        // m (1 - kappa h) >= 1, m being the float itself.
        let m = Frac::new((amplification * 2.0_f64.powi(52)) as u128, 1_u128 << 52);
        prop_assert!(m.mul(&left) >= Frac::one(), "sales amplify by more");
        let much_less = Frac::new(999_999_u32, 1_000_000_u32);
        prop_assert!(m.mul(&much_less).mul(&left) < Frac::one().add(&Frac::new(collapse.ceil() as u128 * amplification.ceil() as u128, ONE)));
        // kappa B / (1 - kappa h) <= -ln(1 - u); a day of the leak likewise.
        let log = |part: f64| BigUint::try_from(log_of_part_lo(part)).expect("positive");
        let made = |own: &Frac| units(&kappa.mul(own).div(&left));
        prop_assert!(made(&burst) <= log(unexplained), "more than is unexplained");
        let day = leak.mul(&Frac::int(86_400));
        prop_assert!(made(&day) <= log(daily));
        // The bound that is computed is that, rounded up by few steps of each product.
        let still = Exposure { exogenous: Ratio::ZERO, noise: Ratio::ZERO, elapsed: Seconds::ZERO };
        let bound = Frac::of(found.params.ledger.bound_ceil(still).expect("small"));
        let spare = Frac::new(8_u32, ONE).div(&left);
        prop_assert!(units(&bound) <= log(unexplained) + units(&spare));
    }

    /// More debt, worse falls, thinner depth or a lower tolerance never give a higher threshold.
    #[test]
    fn nothing_worse_raises_the_threshold(
        debt in 100_000..20_000_000_u128, part in 1..60_u128, hour in 0.02..0.2_f64, day in 0.2..0.6_f64, worse in 0..4_u32,
        by in 0.01..0.5_f64, eth in 200_000..4_000_000_u128,
    ) {
        let falls = [within(HOUR, hour), within(24 * HOUR, day)];
        let known = pool(&falls, eth);
        let wanted = Wanted::usual(usd(debt), usd(debt * part / 100));
        let threshold = |known: &Known<'_, 1>, wanted: &Wanted| match calibrate(known, wanted) {
            Ok(found) => bps(found.promise.threshold),
            Err(Refusal::BadDebt { .. } | Refusal::LotTooLarge { .. }) => 0,
            Err(refusal) => panic!("{refusal:?}"),
        };
        let before = threshold(&known, &wanted);
        let more = |amount: u128| amount + (amount as f64 * by) as u128;
        let less = |amount: u128| amount - (amount as f64 * by) as u128;
        let after = match worse {
            0 => threshold(&known, &Wanted { debt: Value::new(more(wanted.debt.get())), ..wanted }),
            1 => {
                let falls = [within(HOUR, hour + 0.1 * by), within(24 * HOUR, day + 0.1 * by)];
                threshold(&pool(&falls, eth), &wanted)
            }
            2 => threshold(&pool(&falls, less(eth)), &wanted),
            _ => threshold(&known, &Wanted { bad_debt: Value::new(less(wanted.bad_debt.get())), ..wanted }),
        };
        prop_assert!(after <= before, "{before} bp, then {after} bp");
    }
}

/// `max(0, x - y)`.
fn excess(x: &Frac, y: &Frac) -> Frac {
    if x > y { x.sub(y) } else { Frac::new(0_u32, 1_u32) }
}

/// The promise from the emitted parameters alone, in whole numbers of any size, on a pool.
fn recomputed(known: &Known<'_, 1>, wanted: &Wanted, found: &Calibration<1>) {
    let promise = found.promise;
    let Promise { bound, fall, safe_ltv, threshold, lag, step, charge, sale, .. } = promise;
    let Promise { relieved, bad_debt, most_debt, least_lot, least_take, .. } = promise;
    let params = found.params.ledger.params();
    let one = Frac::one();
    assert_eq!(found.params.schedule.params().calm.liquidation_threshold, threshold);
    let rounds = if wanted.halt.get() == 0 { 2 } else { 3 };
    assert_eq!(lag.get(), rounds * wanted.round.get() + 7 * known.heartbeat.get() + 2 * wanted.halt.get());
    // The bound: at least the exact one of each fall, `v` at least that of the first long enough.
    let noise_log = Log::of_ratio(1 << 60, (1 << 60) - (known.noise * 2.0_f64.powi(60)) as u128).lo();
    let fallen = (i128::from(bound.to_bits()) << 52) + 2 * noise_log;
    let (_, after) = exp_times(1 << 60, Log::from_units(-fallen, -fallen));
    let kept = one.sub(&Frac::new((wanted.earlier * 2.0_f64.powi(60)) as u128, 1_u128 << 60));
    let mut worst = 0.0_f64;
    let (mut exact, mut first) = (BigUint::zero(), None);
    for one_fall in known.falls {
        worst = worst.max(one_fall.fall);
        let exogenous = Frac::new(BigUint::try_from(log_of_part_lo(worst)).expect("positive"), BigUint::one() << 100);
        if one_fall.within >= lag && first.is_none() {
            first = Some(units(&exogenous));
        }
        let leaked = Frac::of(params.leak.get()).mul(&Frac::int(u128::from(one_fall.within.get())));
        // What the ledger may count: 1 - (1 - earlier) exp(-(M + 2 eps)), at the bound M that is stated.
        let drawdown = one.sub(&kept.mul(&Frac::new(after, 1_u64 << 60)));
        let own = Frac::of(params.burst).add(&leaked).add(&Frac::of(params.own_share).mul(&drawdown));
        exact = exact.max(units(&exogenous.add(&Frac::of(params.kappa).mul(&own))));
    }
    assert!(units(&Frac::of(bound)) >= exact, "the bound is under-stated");
    assert!(units(&Frac::of(step)) >= first.expect("a fall for the lag"));
    assert_eq!(Ok(fall), relative_fall_ceil(bound));

    // `exp(-bound) >= 1 - fall`, in certified logarithms: -ln(1 - fall) >= bound.
    let rest = ONE - fall.to_bits();
    assert!(rest > 0 && Log::of_ratio(u128::from(ONE), u128::from(rest)).hi() >= i128::from(bound.to_bits()) << 52);

    // Safe LTV: LTV (1 + b) (1 + p) <= 1 - fall.
    let bonus = Frac::of(found.params.schedule.params().stressed.bonus);
    let penalty = Frac::new((wanted.penalty * 2.0_f64.powi(48)) as u128, 1_u128 << 48);
    let beyond = one.add(&bonus).mul(&one.add(&penalty));
    assert!(Frac::of(safe_ltv).mul(&beyond) <= Frac::new(rest, ONE));

    // The slack: exp(-S) >= threshold (1 + b) (1 + p), and no less than what a sale at the base bonus and the whole cap takes, so
    // any S up to -ln of that; the charge satisfies its inequality.
    let base = one.add(&bonus.mul(&Frac::of(found.params.plan.params().base_bonus)));
    let sellable = base.mul(&one.add(&Frac::of(params.burst)).add(&Frac::of(params.own_share)));
    let covered = Frac::of(threshold).mul(&beyond);
    let of = |covered: &Frac| if *covered < one { Log::of_big_ratio(&covered.den, &covered.num).hi() } else { 0 };
    let helped = Frac::of(threshold).mul(&sellable);
    let slack = of(&covered).min((of(&helped) - noise_log).max(0));
    let kappa = u128::from(params.kappa.to_bits());
    let own = (kappa * u128::from(charge.to_bits())).div_ceil(u128::from(ONE));
    let spent = (i128::from(step.to_bits()) + i128::try_from(own).expect("small")) << 52;
    let left = slack - spent - 2 * noise_log;
    let piece = found.pace.params().piece;
    if charge > Ratio::ZERO {
        assert!(left > 0, "no time is left");
        // charge + piece <= B + h (1 - exp(-left)): -ln(1 - (charge + piece - B) / h) <= left.
        let asked = (charge.to_bits() + piece.to_bits()).saturating_sub(params.burst.to_bits());
        if asked > 0 {
            let share = params.own_share.to_bits();
            assert!(asked < share && Log::of_ratio(u128::from(share), u128::from(share - asked)).lo() <= left);
        }
    }

    // The shallowest credible book: R (1 - haircut) / collapse at most. What is sold moves it by at most the charge.
    let haircut = Frac::new((wanted.haircut * 2.0_f64.powi(60)) as u128, 1_u128 << 60);
    let credible = Frac::new(known.depth[0].get(), 1_u32).mul(&one.sub(&haircut)).div(&Frac::of(params.kappa));
    // Each may be charged twice.
    let grown = one.add(&Frac::new(2 * sale.get(), 1_u32).div(&credible));
    assert!(grown.mul(&grown) <= one.add(&Frac::of(charge)), "more is sold than is charged");
    // What stays unused is no less than two least lots behind all that may be sold, at the bottom.
    let leaked = Frac::of(params.leak.over(lag).expect("small"));
    let most = one.add(&Frac::of(params.burst)).add(&Frac::of(params.own_share)).add(&leaked);
    let lowest = Frac::new(after, 1_u64 << 60);
    let auction = found.params.auction.params();
    let asked = Frac::price(known.price).mul(&lowest).mul(&Frac::of(auction.floor.max(auction.cusp)));
    let least = Frac::int(least_lot.get()).mul(&Frac::int(2)).div(&asked).add(&one);
    let part = least.div(&credible);
    // (g + x)^2 - g^2 = x (2 g + x) with g^2 = 1 + B + h + r lag.
    let g = Frac::new(units(&most).sqrt(), 1_u64 << 50);
    let cap = most.sub(&one);
    let unused = part.mul(&g.mul(&Frac::int(2)).add(&part));
    assert!(Frac::of(piece) >= unused || Frac::of(piece) >= cap, "more may stay unused");

    // The fewest atoms that pay `z'` at `p'`: one less pays less. And those that a debt takes, which what a take leaves may owe.
    let schedule = found.params.schedule.params();
    let whole_units = least_lot.get().saturating_sub(1).max(1);
    let give = one.add(&bonus).mul(&one.add(&Frac::of(params.burst)).add(&Frac::of(params.own_share)));
    let tab = Frac::int(least_lot.get()).div(&give).ceil(0);
    let seen = one.sub(&Frac::new((known.noise * 2.0_f64.powi(60)) as u128, 1_u128 << 60));
    let stressed = Frac::of(schedule.stressed.liquidation_threshold);
    let buffer = one.add(&Frac::of(schedule.stressed.auction_buffer));
    let unit = Frac::new(least_lot.get().max(1), whole_units);
    let [twice, ramp] = [seen.mul(&seen), Frac::of(threshold).div(&stressed).mul(&unit)];
    let asked = Frac::price(known.price).mul(&ramp).mul(&buffer).div(&twice.mul(&seen));
    let least_take = Frac::int(least_take.get());
    let fewer = least_take.sub(&one).mul(&asked);
    assert!(fewer <= excess(&Frac::new(tab.clone(), 1_u32), &one), "fewer atoms are paid for");
    let cheapest = one.div(&Frac::price(known.price).mul(&Frac::new(after, 1_u64 << 60)));
    let held = excess(&Frac::int(least_lot.get()).div(&asked), &cheapest);
    let owed = excess(&held.mul(&stressed).mul(&twice).div(&buffer), &cheapest);
    assert!(least_take <= owed || least_take == one, "fewer atoms pay a debt");
    // And no more is given away than roundings are.
    let more = least_take.mul(&Frac::new(1_000_001_u32, 1_000_000_u32)).add(&Frac::int(4));
    assert!(more >= owed || more.mul(&asked) >= Frac::new(tab, 1_u32), "more atoms than that are taken");

    // Relieved, at the stressed threshold and the price at which the slack is used up: exp(-S), with the S of D20, which is
    // below the logarithm: 2 (1 - c) / (1 + c).
    let of = |covered: &Frac| {
        let half = excess(&one, covered).div(&one.add(covered));
        i128::try_from(half.mul(&Frac::int(2)).floor(100)).expect("at most two")
    };
    // What is taken off for the noise is rounded up.
    let helped = (of(&helped) - noise_log - (noise_log >> 30) - (64 << 52)).max(0);
    let used = of(&covered).min(helped) - (16 << 52) + 2 * noise_log;
    let (_, late) = exp_times(1 << 60, Log::from_units(-used, -used));
    let stressed = Frac::of(found.params.schedule.params().stressed.liquidation_threshold);
    let price = Frac::price(known.price).mul(&Frac::new(late, 1_u64 << 60));
    assert!(Frac::new(relieved.get(), 1_u32) <= price.mul(&Frac::new(sale.get(), 1_u32)).mul(&stressed));
    // Bad debt, the most debt: at every start price.
    let lost = |debt: Value, x: u32| {
        let x = Frac::new(x, 64_u32);
        let loss = excess(&one, &Frac::new(rest, ONE).div(&Frac::of(threshold).mul(&x)));
        excess(&Frac::int(debt.get()), &Frac::int(relieved.get()).mul(&x)).mul(&loss)
    };
    for x in 1..=64 {
        assert!(Frac::int(bad_debt.get()) >= lost(wanted.debt, x), "bad debt is under-stated");
        if let Some(most) = most_debt {
            assert!(lost(most, x) <= Frac::int(wanted.bad_debt.get()));
        }
    }
    assert!(bad_debt <= wanted.bad_debt || most_debt.is_none());
    assert!(most_debt.is_none_or(|most| most >= wanted.debt), "what is accepted fits");
    // The least lot pays a kick and a settlement of twice the gas each out of half of the penalty.
    let tip = known.gas.checked_add(known.gas).expect("small");
    let work = Work {
        size: least_lot,
        penalty: Ratio::from_bits((wanted.penalty * 2.0_f64.powi(48)) as u64),
        paid: tip,
        waited: Seconds::ZERO,
        boost: Ratio::ONE,
    };
    assert!(matches!(found.reward.payment(&work, tip), Ok(Payment::Pay { .. })));
    let share = Frac::of(work.penalty).mul(&Frac::new(1_u32, 2_u32));
    let room = Frac::new(least_lot.get(), 1_u32).mul(&share);
    assert!(room >= Frac::new(tip.get(), 1_u32).mul(&Frac::int(2)));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn the_promise_is_what_the_parameters_say(
        debt in 10_000..100_000_000_u128, part in 0..80_u128, eth in 400_000..40_000_000_u128,
        falls in [0.0..0.3_f64, 0.0..0.7, 0.0..0.8], times in [600..7_200_u64, 7_300..100_000, 100_100..700_000],
        noise in prop_oneof![Just(0.0), 0.0..0.01_f64], collapse in prop_oneof![Just(1.0), 1.0..8.0_f64],
        gas in 0..100_u128, bonus in 0.0..0.1_f64, penalty in 0.005..0.05_f64, asked in prop::option::of(0.1..0.85_f64),
        haircut in prop_oneof![Just(0.5), 0.0..0.9_f64], earlier in prop_oneof![Just(1.0), Just(0.0), 0.0..1.0_f64],
        unexplained_daily in prop_oneof![Just(0.02), 0.0..0.5_f64],
    ) {
        let falls = [0, 1, 2].map(|place| within(times[place], falls[place]));
        let known = Known { noise, collapse, gas: usd(gas), ..pool(&falls, eth) };
        let wanted = Wanted {
            bonus: [bonus / 2.0, bonus], penalty, haircut, threshold: asked, earlier, unexplained_daily,
            ..Wanted::usual(usd(debt), usd(debt * part / 100))
        };
        match calibrate(&known, &wanted) {
            Ok(found) => recomputed(&known, &wanted, &found),
            Err(Refusal::BadDebt { bad_debt, most_debt, .. }) => {
                prop_assert!(bad_debt > wanted.bad_debt && most_debt < wanted.debt);
            }
            Err(Refusal::LotTooLarge { least, permitted }) => prop_assert!(permitted < least),
            Err(refusal) => return Err(TestCaseError::fail(format!("{refusal:?}"))),
        }
    }
}

// A crash in a closed loop.

/// The book as it truly is at a part of its depth, for each shape.
trait Books<const N: usize> {
    fn at(&self, part: f64) -> TrueBook;
}

impl<const N: usize> Books<N> for Known<'_, N> {
    fn at(&self, part: f64) -> TrueBook {
        let of = |amount: Amount| (amount.get() as f64 * part).ceil() as u128;
        match self.shape {
            Shape::ConstantProduct => TrueBook::ConstantProduct { reserve: of(self.depth[0]) },
            Shape::Grid(points) => {
                let mut last = 0;
                let levels = points.iter().zip(&self.depth).map(|(point, &sum)| {
                    // The price at which the impact is at most the point.
                    let price = (world::PPM * u128::from(ONE)).div_ceil(u128::from(ONE) + u128::from(point.to_bits()));
                    let quantity = of(sum) - last;
                    last = of(sum);
                    (price, quantity)
                });
                TrueBook::Ladder(levels.collect())
            }
        }
    }
}

/// A crash: what others make of the price and the depth at each heartbeat, and what is seen of it.
#[derive(Clone, Debug)]
struct Crash {
    /// Prices without own sales.
    ticks: Vec<u64>,
    /// Depth, as a part of that of an ordinary day.
    depth: Vec<f64>,
    /// By how much what is seen of the price is off, in parts of the noise: -1 to 1.
    off: Vec<f64>,
}

/// What a crash has cost.
#[derive(Clone, Copy, Debug)]
struct Cost {
    bad_debt: Value,
    /// Lots and positions: each may be off by an atom.
    rounded: u128,
    sold: u128,
}

/// What the crash is to be promised for whatever it is.
#[derive(Clone, Copy, Debug, Default)]
struct Adverse {
    /// By how much below the first price each position reaches its threshold, in parts of 512.
    late: [u16; 9],
    /// A fall that the ledger counts from before, in log-price.
    before: f64,
    /// A snapshot in the second of each take.
    apart: bool,
    /// The last position is sold first.
    reversed: bool,
}

/// Positions at the threshold, now or later, a seller of the pace, a guard, and a market that his sales move.
struct Loop<'a, const N: usize> {
    known: &'a Known<'a, N>,
    crash: &'a Crash,
    guard: Guard<N>,
    round: usize,
    penalty: Ratio,
    world: World,
    state: GuardState<N>,
    now: Timestamp,
    adverse: Adverse,
    /// Depth at present, as a part of that of an ordinary day.
    part: f64,
    positions: Vec<(Amount, Value)>,
    /// Open lots: whose, and what its plan repays.
    lots: Vec<(usize, Value, Lot)>,
    cost: Cost,
}

impl<'a, const N: usize> Loop<'a, N> {
    fn run(
        known: &'a Known<'a, N>,
        wanted: &Wanted,
        params: GuardParams<N>,
        threshold: Ratio,
        crash: &'a Crash,
        adverse: Adverse,
    ) -> Cost {
        let guard = Guard::new(params).expect("a configuration");
        let world = World::new(crash.ticks[0], known.at(1.0));
        let now = Timestamp::new(1 << 30);
        // Nine positions of different size, of the whole debt, at the threshold or above it.
        let mut left = wanted.debt.get();
        let positions: Vec<(Amount, Value)> = (0..9)
            .map(|place| {
                let debt = if place == 8 { left } else { left / 3 };
                left -= debt;
                let worth = Value::new(debt).div_by(threshold);
                let late = Ratio::from_fraction_ceil(512 - u128::from(adverse.late[place]), 512).expect("small");
                let price = known.price.scale_ceil(late).expect("in range");
                (price.amount_ceil(worth).expect("small"), Value::new(debt))
            })
            .collect();
        // The price before: higher for a beat, and then that at the start for as long as the window asks.
        let mut state = with_depth(known, &world, |depth| {
            let source_time = Timestamp::new(now.get() - 6 * BEAT);
            let before = price((START as f64 * f64::exp(adverse.before)) as u64);
            let seen = PriceObservation { source_time, band: PriceBand::exact(before) };
            guard.open(source_time, seen, DepthObservation { source_time, snapshot: depth })
        })
        .expect("a first observation");
        for beat in (0..6).rev() {
            let now = Timestamp::new(now.get() - beat * BEAT);
            state = with_depth(known, &world, |snapshot| {
                let depth = DepthObservation { source_time: now, snapshot };
                let price = seen(known, &world, 0.0, now);
                guard.observe(state, &Observation { now, price: Some(price), depth: Some(depth) })
            })
            .expect("a price and a depth");
        }
        let part = 1.0;
        let cost = Cost { bad_debt: Value::ZERO, rounded: 9, sold: 0 };
        let round = usize::try_from(wanted.round.get() / BEAT).expect("small");
        let penalty = Ratio::from_bits((wanted.penalty * 2.0_f64.powi(48)).ceil() as u64);
        let lots = Vec::new();
        let mut run =
            Loop { known, crash, guard, round, penalty, world, state, now, adverse, part, positions, lots, cost };
        for beat in 1..crash.ticks.len() {
            run.beat(beat);
        }
        run.cost
    }

    fn beat(&mut self, beat: usize) {
        self.now = Timestamp::new((1 << 30) + beat as u64 * BEAT);
        self.world.move_to(self.crash.ticks[beat]);
        self.world.refresh(self.known.at(self.crash.depth[beat]));
        let price = seen(self.known, &self.world, self.crash.off[beat], self.now);
        let (now, guard, state) = (self.now, &self.guard, self.state);
        self.state = with_depth(self.known, &self.world, |snapshot| {
            let depth = DepthObservation { source_time: now, snapshot };
            guard.observe(state, &Observation { now, price: Some(price), depth: Some(depth) })
        })
        .expect("a price and a depth");
        // What was seen is at once too deep, where depth falls.
        let next = self.crash.depth.get(beat + 1).copied().unwrap_or(self.crash.depth[beat]);
        self.world.refresh(self.known.at(next));
        self.part = next;
        if beat.is_multiple_of(self.round) {
            self.settle();
            self.value();
            self.kick();
        }
        self.take();
    }

    /// Takers take each lot as soon as it is no dearer than the true price, before the next heartbeat.
    fn take(&mut self) {
        let next = Timestamp::new(self.now.get() + BEAT);
        // The time, in seconds, and the place of each lot that falls to the price in this beat.
        let market = price(self.world.ticks());
        let mut due: Vec<(Timestamp, usize)> = self
            .lots
            .iter()
            .enumerate()
            .filter(|(_, (_, _, lot))| !lot.is_done())
            .filter_map(|(place, (_, _, lot))| {
                let falls = lot.terms().time_to(market)?;
                Some((lot.terms().opened().checked_add(falls).expect("small").max(self.now), place))
            })
            .filter(|(time, _)| *time < next)
            .collect();
        due.sort_unstable();
        for (time, place) in due {
            let (owner, repay, lot) = self.lots[place];
            // The price after the sales before it: a lot that is too dear now waits for the next beat.
            let max_price = price(self.world.ticks());
            match self.guard.take(self.state, time, lot, Bid { want: lot.remaining(), max_price }) {
                Ok((state, take)) => {
                    self.state = state;
                    self.lots[place] = (owner, repay, take.lot);
                    self.cost.sold += take.sold.get();
                    self.world.sell(take.sold.get());
                    self.snapshot(time);
                }
                Err(Error::AuctionResetDue) => {
                    if let Ok(lot) = self.guard.restart(&self.state, time, lot) {
                        self.lots[place] = (owner, repay, lot);
                    }
                }
                // Too dear yet, or a halt.
                Err(_) => {}
            }
        }
    }

    /// The book as it is, dated in the second of a sale, if that is to be.
    fn snapshot(&mut self, time: Timestamp) {
        if !self.adverse.apart {
            return;
        }
        self.world.refresh(self.known.at(self.part));
        let (guard, state) = (&self.guard, self.state);
        self.state = with_depth(self.known, &self.world, |snapshot| {
            let depth = DepthObservation { source_time: time, snapshot };
            guard.observe(state, &Observation { now: time, price: None, depth: Some(depth) })
        })
        .expect("a depth");
    }

    fn settle(&mut self) {
        for (owner, repay, lot) in std::mem::take(&mut self.lots) {
            let (state, returned) = self.guard.settle(self.state, self.now, lot).expect("open");
            self.state = state;
            let position = &mut self.positions[owner];
            position.0 = position.0.checked_add(returned.unsold).expect("small");
            // The penalty comes last: what was raised repays the debt first.
            position.1 = position.1.checked_add(returned.unraised.min(repay)).expect("small");
        }
    }

    /// Bad debt at the present price, which is no higher than at the bottom.
    fn value(&mut self) {
        let now = price(self.world.ticks());
        let lost = self
            .positions
            .iter()
            .map(|&(collateral, debt)| debt.excess_over(now.value_floor(collateral).expect("small")).get());
        self.cost.bad_debt = self.cost.bad_debt.max(Value::new(lost.sum()));
    }

    /// All that the ledger permits, in as many lots as that takes.
    fn kick(&mut self) {
        loop {
            let mut any = false;
            for place in 0..self.positions.len() {
                let owner = if self.adverse.reversed { self.positions.len() - 1 - place } else { place };
                let (collateral, debt) = self.positions[owner];
                if collateral.is_zero() || debt.is_zero() {
                    continue;
                }
                let position = Position::<0, 0>::new(collateral, debt);
                let decision = self.guard.assess(&self.state, self.now, &position).expect("fresh");
                let Decision::Liquidate { plan, .. } = decision else { continue };
                let penalty = plan.repay.mul_ceil(self.penalty).expect("small");
                let raise = plan.repay.checked_add(penalty).expect("small");
                let kicked = self.guard.kick(self.state, self.now, Kick { sell: plan.sell, raise });
                let Ok((state, lot)) = kicked else { continue };
                self.state = state;
                self.positions[owner] = (
                    collateral.checked_sub(plan.sell).expect("held"),
                    debt.checked_sub(plan.repay).expect("at most the debt"),
                );
                self.lots.push((owner, plan.repay, lot));
                self.cost.rounded += 4;
                any = true;
            }
            if !any || self.lots.len() > 400 {
                break;
            }
        }
    }
}

trait DivBy {
    fn div_by(self, ratio: Ratio) -> Value;
}

impl DivBy for Value {
    fn div_by(self, ratio: Ratio) -> Value {
        Value::new((self.get() * u128::from(ONE)).div_ceil(u128::from(ratio.to_bits())))
    }
}

/// What is seen of the price.
fn seen<const N: usize>(known: &Known<'_, N>, world: &World, off: f64, now: Timestamp) -> PriceObservation {
    let ticks = (world.ticks() as f64 * (1.0 + off * known.noise * 0.999)) as u64;
    PriceObservation { source_time: now, band: PriceBand::exact(price(ticks)) }
}

/// Calls with a snapshot of the true book.
fn with_depth<const N: usize, T>(known: &Known<'_, N>, world: &World, call: impl Fn(Snapshot<'_>) -> T) -> T {
    match (&world.book, known.shape) {
        (TrueBook::ConstantProduct { reserve }, _) => {
            call(Snapshot::ConstantProduct { reserve: Amount::new(*reserve) })
        }
        (TrueBook::Ladder(levels), _) => {
            let whole = |ppm: u128| Price::from_fraction_floor(ppm, 1).expect("positive");
            let levels: Vec<Level> = levels
                .iter()
                .map(|&(price, quantity)| Level { price: whole(price), amount: Amount::new(quantity) })
                .collect();
            call(Snapshot::Ladder { reference: whole(world::PPM), levels: &levels })
        }
    }
}

/// The worst falls of the path, and a little more than the errors of floats.
fn falls(ticks: &[u64]) -> [Fall; 2] {
    let samples: Vec<Sample> = ticks
        .iter()
        .enumerate()
        .map(|(beat, &ticks)| Sample { at: Timestamp::new(beat as u64 * BEAT), value: ticks as f64 })
        .collect();
    let history = History::new(&samples).expect("a path");
    let mut scratch = vec![0; samples.len()];
    [HOUR, ticks.len() as u64 * BEAT].map(|time| {
        let fall = history.worst_fall(Seconds::new(time), &mut scratch).expect("enough room");
        Fall { fall: fall.fall + 1e-12, ..fall }
    })
}

/// Crashes of seven hours and more: a calm, then a fall that is steady, in steps, or neither, with bounces.
fn crash() -> impl Strategy<Value = Crash> {
    let one = prop_oneof![
        (1..12_i32).prop_map(|steady| vec![-steady; 420]),
        prop::collection::vec(prop_oneof![8 => Just(0), 1 => -500..-50_i32], 420),
        prop::collection::vec(prop_oneof![6 => -20..6_i32, 1 => -120..60_i32], 420),
        // Slowly nearly to the edge, and then all at once.
        (0..9_i32, 60..300_usize, 200..1_400_i32).prop_map(|(slow, when, jump)| {
            let step = |place| {
                if place == when {
                    -jump
                } else if place < when {
                    -slow
                } else {
                    -1
                }
            };
            (0..420).map(step).collect()
        }),
    ];
    let fades = (0..420_usize, 1..60_usize, 1.0..4.0_f64);
    let off = prop::collection::vec(-1.0..=1.0_f64, 440);
    (one, 0.5..2.5_f64, fades, off).prop_map(|(moves, scale, (when, time, times), off)| {
        let mut level = 0.0;
        let mut ticks = vec![START; 11];
        for step in moves {
            level += f64::from(step) * scale * 1e-4;
            ticks.push((START as f64 * f64::exp(level)) as u64);
        }
        let part = |beat: usize| {
            let gone = beat.saturating_sub(when).min(time) as f64 / time as f64;
            1.0 / (1.0 + gone * (times - 1.0))
        };
        let depth = (0..ticks.len()).map(part).collect();
        Crash { ticks, depth, off }
    })
}

/// What of a crash the test knows when it calibrates.
#[derive(Clone, Copy, Debug)]
struct Case {
    eth: u128,
    debt: u128,
    part: u128,
    noise: f64,
    halt: u64,
    asked: Option<f64>,
    adverse: Adverse,
}

fn case() -> impl Strategy<Value = Case> {
    let noise = prop_oneof![Just(0.0), Just(0.002), 0.0..0.01_f64];
    let asked = prop::option::weighted(0.7, 0.5..0.85_f64);
    let debt = prop_oneof![30_000..300_000_u128, 300_000..6_000_000_u128];
    let late = prop_oneof![1 => Just([0_u16; 9]), 2 => prop::array::uniform9(prop_oneof![Just(0_u16), 0..160_u16])];
    let before = prop_oneof![Just(0.0), 0.0..1.5_f64];
    let adverse = (late, before, any::<bool>(), any::<bool>()).prop_map(|(late, before, apart, reversed)| Adverse {
        late,
        before,
        apart,
        reversed,
    });
    (400_000..4_000_000_u128, debt, 1..100_u128, noise, prop_oneof![3 => Just(0), 1 => 1..900_u64], asked, adverse)
        .prop_map(|(eth, debt, part, noise, halt, asked, adverse)| {
            // A fall before would start a halt before.
            let adverse = if halt > 0 { Adverse { before: 0.0, ..adverse } } else { adverse };
            Case { eth, debt, part, noise, halt, asked, adverse }
        })
}

/// What came of a run, for counting.
#[derive(Default)]
struct Counts {
    ran: Cell<u32>,
    sold: Cell<u32>,
    relieved: Cell<u32>,
}

fn more(count: &Cell<u32>, by: bool) {
    count.set(count.get() + u32::from(by));
}

/// Calibrates for the falls of the crash, and runs it with what came out.
fn closed<const N: usize>(
    known: &Known<'_, N>,
    case: &Case,
    crash: &Crash,
    counts: &Counts,
) -> Result<(), TestCaseError> {
    let wanted = Wanted {
        halt: Seconds::new(case.halt),
        threshold: case.asked,
        ..Wanted::usual(usd(case.debt), usd(case.debt * case.part / 100))
    };
    let found = match calibrate(known, &wanted) {
        Ok(found) => found,
        Err(Refusal::BadDebt { .. } | Refusal::LotTooLarge { .. } | Refusal::Config(Error::BonusLeavesNoMargin)) => {
            return Ok(());
        }
        Err(refusal) => return Err(TestCaseError::fail(format!("{refusal:?}"))),
    };
    let Promise { threshold, bad_debt, relieved, fall, .. } = found.promise;
    let cost = Loop::run(known, &wanted, found.params, threshold, crash, case.adverse);
    prop_assert!(
        cost.bad_debt.get() <= bad_debt.get() + cost.rounded,
        "{:?} of bad debt, {bad_debt:?} is promised, threshold {threshold:?}, D* {fall:?}",
        cost.bad_debt
    );
    more(&counts.ran, true);
    more(&counts.sold, cost.sold > 0);
    more(&counts.relieved, !relieved.is_zero() && !bad_debt.is_zero());
    Ok(())
}

#[test]
fn no_crash_that_is_no_worse_than_those_known_leaves_more_bad_debt_than_promised() {
    let counts = Counts::default();
    let cases = ProptestConfig { cases: 60, max_shrink_iters: 60, ..ProptestConfig::default() };
    proptest!(cases, |(crash in crash(), case in case(), on_grid in any::<bool>())| {
        let falls = falls(&crash.ticks);
        if on_grid {
            closed(&Known { noise: case.noise, ..grid(&falls, case.eth / 20) }, &case, &crash, &counts)?;
        } else {
            closed(&Known { noise: case.noise, ..pool(&falls, case.eth) }, &case, &crash, &counts)?;
        }
    });
    let Counts { ran, sold, relieved } = counts;
    let all = [ran, sold, relieved].map(Cell::into_inner);
    assert!(all[0] >= 20 && all[1] >= 20 && all[2] >= 3, "{all:?}");
}

/// A crash without end of a seven-hundredth each minute; depth falls to a quarter within the first hour.
fn steady() -> Crash {
    let ticks = (0..430).map(|beat| (START as f64 * f64::exp(-f64::from(beat) / 700.0)) as u64).collect();
    let depth = (0..430).map(|beat| 1.0 / (1.0 + f64::from(beat.min(60)) / 20.0)).collect();
    Crash { ticks, depth, off: vec![0.0; 430] }
}

/// The naive choices: the preset as it is, and the threshold that leaves no bad debt after half of the worst fall. Both leave
/// more than the calibrated configuration promises, which keeps its word, and more than is tolerated.
#[test]
fn naive_choices_leave_more() {
    let crash = steady();
    let falls = falls(&crash.ticks);
    let known = pool(&falls, 1_600_000);
    let wanted = Wanted::usual(usd(8_000_000), usd(1_500_000));
    let found = calibrate(&known, &wanted).expect("a threshold");
    let cost = Loop::run(&known, &wanted, found.params, found.promise.threshold, &crash, Adverse::default());
    assert!(cost.bad_debt.get() <= found.promise.bad_debt.get() + cost.rounded, "{:?}", cost.bad_debt);
    assert!(cost.sold > 0);

    let average = falls[1].fall / 2.0;
    let asked = Wanted { threshold: Some((1.0 - average) / 1.08), bad_debt: wanted.debt, ..wanted };
    let naive = calibrate(&known, &asked).expect("all is tolerated");
    assert!(naive.promise.threshold > found.promise.threshold);
    let of_average = Loop::run(&known, &wanted, naive.params, naive.promise.threshold, &crash, Adverse::default());
    assert!(of_average.bad_debt > wanted.bad_debt, "{:?}", of_average.bad_debt);
    // What is promised of that threshold holds of it.
    assert!(of_average.bad_debt.get() <= naive.promise.bad_debt.get() + of_average.rounded);

    let site = Site {
        shape: known.shape,
        heartbeat: known.heartbeat,
        min_sale: found.promise.least_lot,
        rise_base: Amount::new(ETH),
        depth_norm: Some(known.depth),
    };
    let preset = lending(&site).expect("a site");
    let threshold = preset.schedule.params().calm.liquidation_threshold;
    let of_preset = Loop::run(&known, &wanted, preset, threshold, &crash, Adverse::default());
    assert!(of_preset.bad_debt > wanted.bad_debt, "{:?}", of_preset.bad_debt);
}
