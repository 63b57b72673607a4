//! What is sold before positions are under water: a seller in a crash against the stated charges, and the cost of the rest
//! in exact arithmetic.

#[path = "support/exact.rs"]
mod exact;
#[path = "support/rational.rs"]
mod rational;

use damper::Error;
use damper::clearing::{Holding, bad_debt_ceil, relative_fall_ceil};
use damper::ledger::{Ledger, LedgerConfig, LedgerParams};
use damper::price::{Price, PriceBand};
use damper::ratio::Ratio;
use damper::solvency::{AtThreshold, Crash, charged_in_time_floor, relative_fall_floor};
use damper::units::{Amount, Rate, Seconds, Timestamp, Value};
use damper::window::Window;
use exact::Log;
use proptest::prelude::*;
use rational::{Frac, any_ratio, share};
use std::cell::Cell;

/// One, in steps of 2^-48.
const ONE: u64 = 1 << 48;

fn bits(n: u64) -> Ratio {
    Ratio::from_bits(n)
}

fn config(burst: u64, leak: u64, own_share: u64, kappa: u64) -> Option<LedgerConfig> {
    let leak = Rate::per_second(bits(leak));
    let params = LedgerParams { burst: bits(burst), leak, own_share: bits(own_share), kappa: bits(kappa) };
    LedgerConfig::new(params).ok()
}

/// `-ln(1 - part)` for a part below one, in units of 2^-100; `None` from one on.
fn log_of_part(part: &Frac) -> Option<Log> {
    (part.num < part.den).then(|| Log::of_big_ratio(&part.den, &(&part.den - &part.num)))
}

/// A ratio in units of 2^-100.
fn units(ratio: Ratio) -> i128 {
    i128::from(ratio.to_bits()) << 52
}

proptest! {
    /// The answer satisfies the inequality of the definition, and what is a little more does not.
    #[test]
    fn the_charge_is_the_largest_that_is_made_in_time(
        burst in 0..ONE / 16, own_share in 0..ONE / 4, kappa in ONE..=4 * ONE,
        slack in 0..ONE, step in 0..ONE / 2, noise in 0..ONE / 64, held in 0..ONE / 64, piece in 0..ONE / 64,
    ) {
        let Some(config) = config(burst, 0, own_share, kappa) else { return Ok(()) };
        let crash = Crash { slack: bits(slack), step: bits(step), noise: bits(noise), held: bits(held), piece: bits(piece) };
        let charge = charged_in_time_floor(&config, &crash).expect("in range").to_bits();
        // By how far `y` exceeds what the charge asks of the fall; `None` if no fall permits as much.
        let exceeds = |charge: u64| -> Option<i128> {
            let own = (u128::from(kappa) * u128::from(charge)).div_ceil(u128::from(ONE));
            let spent = u128::from(step) + 2 * u128::from(noise) + own;
            let left = u128::from(slack).checked_sub(spent).filter(|left| *left > 0)?;
            let asked = (charge + held + piece).saturating_sub(burst);
            let least = match (asked, own_share) {
                (0, _) => Log::zero(),
                (_, 0) => return None,
                (asked, share) => log_of_part(&Frac::new(asked, share))?,
            };
            Some((i128::try_from(left).expect("small") << 52) - least.hi())
        };
        if charge > 0 {
            prop_assert!(exceeds(charge).is_some_and(|by| by >= 0), "it is not made in time");
        }
        // One step more is refused by a cap that is rounded down: a step for the product, two for the fall, of it less than one.
        let more = charge + 3;
        prop_assert!(exceeds(more).is_none_or(|by| by < 0), "{more} is made in time too");
    }

    #[test]
    fn the_two_sides_of_a_relative_fall(log_fall in any_ratio()) {
        let (low, high) = (relative_fall_floor(log_fall).expect("in range"), relative_fall_ceil(log_fall).expect("in range"));
        prop_assert!(low <= high && high.to_bits() - low.to_bits() <= 2);
        if low > Ratio::ZERO {
            let log = log_of_part(&Frac::new(low.to_bits(), ONE)).expect("below one");
            prop_assert!(log.lo() <= units(log_fall), "the fall is over-stated");
        }
    }

    /// Every position at the threshold, what is unsold valued at the bottom.
    #[test]
    fn no_positions_at_the_threshold_lose_more(
        collaterals in prop::collection::vec(0..1_u128 << 80, 1..8), sold in 0..8_usize,
        threshold in 1..ONE, fall in 0..=ONE, price in 1..1_u128 << 20,
    ) {
        let (threshold, fall) = (bits(threshold), bits(fall));
        let price = Price::from_fraction_floor(price, 1 << 10).expect("positive");
        let of = |collateral: u128| Holding {
            collateral: Amount::new(collateral),
            debt: price.value_floor(Amount::new(collateral)).and_then(|value| value.mul_floor(threshold)).expect("small"),
        };
        let all: Vec<Holding> = collaterals.iter().map(|&collateral| of(collateral)).collect();
        let sold = sold.min(all.len());
        let sale: u128 = collaterals[..sold].iter().sum();
        let debt: u128 = all.iter().map(|one| one.debt.get()).sum();
        // Of the sum at least the sum of the parts, by less than one a part and one a product.
        let relieved = AtThreshold::relieved_floor(price, Amount::new(sale), threshold).expect("small");
        let parts: u128 = all[..sold].iter().map(|one| one.debt.get()).sum();
        prop_assert!(relieved.get() >= parts && relieved.get() - parts <= 2 * 8);
        let positions = AtThreshold { threshold, relieved: Value::new(parts), fall };
        let stated = positions.bad_debt_ceil(Value::new(debt)).expect("small");
        let lost = bad_debt_ceil(all[sold..].iter().copied(), price, fall).expect("small");
        // The value at the bottom is rounded down twice for each position, which may overstate the loss by as much.
        prop_assert!(stated.get() + 2 * 8 >= lost.get(), "{stated:?} is stated, {lost:?} is lost");
    }

    #[test]
    fn the_debt_of_a_tolerance_is_the_largest(
        threshold in 1..ONE, relieved in 0..1_u128 << 90, fall in 0..=ONE, tolerated in 0..1_u128 << 90,
    ) {
        let positions = AtThreshold { threshold: bits(threshold), relieved: Value::new(relieved), fall: bits(fall) };
        match positions.debt_floor(Value::new(tolerated)).expect("in range") {
            None => {
                let most = positions.bad_debt_ceil(Value::new(u128::MAX)).expect("in range");
                prop_assert!(most <= Value::new(tolerated));
            }
            Some(debt) => {
                prop_assert!(positions.bad_debt_ceil(debt).expect("in range") <= Value::new(tolerated));
                let more = Value::new(debt.get() + 1);
                prop_assert!(positions.bad_debt_ceil(more).expect("in range") > Value::new(tolerated));
            }
        }
    }

    #[test]
    fn the_loss_is_exact(threshold in 1..=ONE, fall in share()) {
        let positions = AtThreshold { threshold: bits(threshold), relieved: Value::ZERO, fall };
        let left = Frac::new(ONE - fall.to_bits(), threshold);
        let loss = positions.loss_ceil().expect("in range");
        let exact = Frac::new(left.den.clone() - left.num.clone().min(left.den.clone()), left.den);
        prop_assert!(Frac::new(loss.to_bits(), ONE) >= exact);
        prop_assert!(loss == Ratio::ZERO || Frac::new(loss.to_bits() - 1, ONE) < exact);
    }
}

#[test]
fn refusals() {
    let positions = AtThreshold { threshold: Ratio::ZERO, relieved: Value::ZERO, fall: Ratio::ZERO };
    assert_eq!(positions.loss_ceil(), Err(Error::ThresholdZero));
    assert_eq!(positions.bad_debt_ceil(Value::new(1)), Err(Error::ThresholdZero));
    assert_eq!(positions.debt_floor(Value::new(1)), Err(Error::ThresholdZero));
    let deep = AtThreshold { threshold: Ratio::ONE, fall: bits(ONE + 1), ..positions };
    assert_eq!(deep.loss_ceil(), Err(Error::FallAboveOne));
    let (price, most) = (Price::from_fraction_floor(2, 1).expect("two"), Amount::new(u128::MAX));
    assert_eq!(AtThreshold::relieved_floor(price, most, Ratio::ONE), Err(Error::Overflow));
    // Inputs beyond every sum are no time and no charge, and no error.
    let config = config(ONE, u64::MAX, ONE / 2, ONE).expect("sound");
    let most = Ratio::MAX;
    let crash = Crash { slack: most, step: most, noise: most, held: most, piece: most };
    assert_eq!(charged_in_time_floor(&config, &crash), Ok(Ratio::ZERO));
    let still = Crash { slack: most, step: Ratio::ZERO, noise: Ratio::ZERO, held: Ratio::ZERO, piece: Ratio::ZERO };
    let all = charged_in_time_floor(&config, &still).expect("in range");
    assert!(all <= bits(ONE + ONE / 2) && all >= bits(ONE + ONE / 2 - 2), "all of B + h");
}

/// A crash: the price without the seller's sales, what he does and when, and what his sales do.
#[derive(Debug)]
struct Run {
    config: LedgerConfig,
    round: u64,
    wick: u64,
    piece: Ratio,
    held: Ratio,
    /// Steps of `ln F` from one second to the next, in parts of 2^-32.
    moves: Vec<i64>,
    /// For each second: how long a lot that is offered then is open, below the round; whether own sales are in the price.
    habits: Vec<(u64, bool)>,
}

/// What was charged when the price had fallen by the slack, and the most that it fell without sales within the lag.
struct Ran {
    charged: Ratio,
    step: Ratio,
}

impl Run {
    fn lag(&self) -> u64 {
        2 * self.round + 2 * self.wick + 1
    }

    /// Floats make the path; what is stated of it is measured on the prices that came out, in certified logarithms.
    fn run(&self, slack: Ratio) -> Option<Ran> {
        let price = |p: u128| Price::from_fraction_floor(p, 1 << 40).expect("positive");
        let start = 1_u128 << 60;
        let open = PriceBand::exact(price(start));
        let mut ledger =
            Ledger::open(open, Timestamp::new(0)).charge(&self.config, self.held).expect("within the burst");
        let mut window = Window::open(price(start), Timestamp::new(0));
        let (mut log_f, mut charged, mut lot) = (0.0_f64, Ratio::ZERO, None::<(u64, Ratio)>);
        let kappa = self.config.params().kappa;
        // `ln(F / F(0))` at each second, certified.
        let mut exogenous = vec![Log::zero()];
        for (second, (step, (open_for, shown))) in self.moves.iter().zip(&self.habits).enumerate() {
            let second = second as u64 + 1;
            let now = Timestamp::new(second);
            log_f += *step as f64 / 2.0_f64.powi(32);
            let own = if *shown { kappa.mul_floor(charged).expect("small") } else { Ratio::ZERO };
            let level = log_f - own.to_bits() as f64 / ONE as f64;
            let p = (level.exp() * start as f64) as u128;
            if p < 1 << 20 {
                return None;
            }
            let log_p = Log::of_ratio(p, start);
            exogenous.push(log_p.add(Log::from_units(units(own), units(own))));
            ledger = ledger.advance(&self.config, now).expect("forward");
            if -log_p.hi() >= units(slack) {
                let lag = usize::try_from(self.lag()).expect("small");
                let falls = exogenous.iter().enumerate().flat_map(|(from, &high)| {
                    exogenous[from..].iter().take(lag + 1).map(move |&low| high.hi() - low.lo())
                });
                let step = falls.max().unwrap_or(0).max(0);
                let step = bits(u64::try_from((step + (1 << 52) - 1) >> 52).expect("small"));
                return Some(Ran { charged, step });
            }
            window = window.observe(price(p), now, Seconds::new(self.wick)).expect("forward");
            ledger = ledger.observe(window);
            if let Some((_, impact)) = lot.filter(|(taken, _)| *taken <= second) {
                ledger = ledger.charge(&self.config, impact).expect("reserved");
                charged = charged.checked_add(impact).expect("small");
                lot = None;
            }
            if second.is_multiple_of(self.round) && lot.is_none() {
                let impact = ledger.headroom(&self.config).excess_over(self.piece);
                ledger = ledger.reserve(&self.config, impact).expect("headroom");
                lot = Some((second + open_for % self.round, impact));
            }
        }
        None
    }
}

/// Crashes of every shape: drifts, steps, bounces, and a calm before the end.
fn run() -> impl Strategy<Value = Run> {
    let unit = 1_i64 << 32;
    let moves = (1..unit / 400, 1..unit / 8, 1..60_u32).prop_flat_map(move |(drift, jump, often)| {
        let one = prop_oneof![
            often => (0..=drift).prop_map(|fall| -fall),
            2 => 0..=drift / 2,
            1 => (0..=jump).prop_map(|fall| -fall),
        ];
        prop::collection::vec(one, 400)
    });
    let habits = prop::collection::vec((0..16_u64, prop::bool::weighted(0.9)), 400);
    let ledger = (0..ONE / 64, 0..ONE >> 16, 0..ONE / 3, ONE..=5 * ONE / 2);
    (ledger, 1..8_u64, 0..8_u64, 0..ONE / 512, 0..ONE / 128, moves, habits).prop_filter_map(
        "kappa h below one",
        |((burst, leak, own_share, kappa), round, wick, piece, held, moves, habits)| {
            let config = config(burst, leak, own_share, kappa)?;
            Some(Run { config, round, wick, piece: bits(piece), held: bits(held.min(burst)), moves, habits })
        },
    )
}

#[test]
fn a_seller_has_charged_as_much_before_the_slack_is_used_up() {
    // The seller is at work in many of the crashes, and beyond the burst in some.
    let (worked, beyond, naive) = (Cell::new(0), Cell::new(0), Cell::new(0));
    let cases = ProptestConfig { cases: 2_000, ..ProptestConfig::default() };
    proptest!(cases, |(run in run(), slack in ONE / 64..ONE / 3)| {
        let slack = bits(slack);
        let Some(ran) = run.run(slack) else { return Ok(()) };
        let crash = Crash { slack, step: ran.step, noise: Ratio::ZERO, held: run.held, piece: run.piece };
        let stated = charged_in_time_floor(&run.config, &crash).expect("in range");
        prop_assert!(ran.charged >= stated, "{stated:?} is stated, {:?} was charged, lag {}", ran.charged, run.lag());
        worked.set(worked.get() + u32::from(stated > Ratio::ZERO));
        beyond.set(beyond.get() + u32::from(stated > run.config.params().burst));
        // The naive rule: what the ledger permits at the slack is what is sold until then.
        let at_once = charged_in_time_floor(&run.config, &Crash { step: Ratio::ZERO, ..crash }).expect("in range");
        naive.set(naive.get() + u32::from(ran.charged < at_once));
    });
    assert!(worked.get() >= 200 && beyond.get() >= 50, "{} worked, {} beyond the burst", worked.get(), beyond.get());
    assert!(naive.get() >= 20, "the naive rule held but for {}", naive.get());
}

/// The lag is not larger than it must be by much: a seller who takes all of it falls short of what a shorter one states.
#[test]
fn a_lag_of_half_as_long_promises_too_much() {
    let config = config(0, 0, ONE / 4, ONE).expect("sound");
    // Calm, then a steady fall; lots are taken late.
    let (round, wick) = (8, 8);
    let moves = vec![-(1_i64 << 32) / 400; 400];
    let run = Run { config, round, wick, piece: Ratio::ZERO, held: Ratio::ZERO, moves, habits: vec![(7, true); 400] };
    let slack = bits(ONE / 8);
    let ran = run.run(slack).expect("it falls");
    let crash = Crash { slack, step: ran.step, noise: Ratio::ZERO, held: Ratio::ZERO, piece: Ratio::ZERO };
    let stated = charged_in_time_floor(&config, &crash).expect("in range");
    assert!(ran.charged >= stated && stated > Ratio::ZERO);
    let half = Crash { step: bits(ran.step.to_bits() / 3), ..crash };
    assert!(charged_in_time_floor(&config, &half).expect("in range") > ran.charged);
}
