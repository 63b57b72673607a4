//! What is sold before positions are under water: a seller in a crash against the stated charges, what charges sell however they
//! are cut, the fall with a ledger of any past, and the cost of the rest in exact arithmetic. All of it together: `bad_debt`.

#[path = "support/exact.rs"]
mod exact;
#[path = "support/rational.rs"]
mod rational;

use damper::Error;
use damper::auction::{AuctionConfig, AuctionParams, Lot, Terms};
use damper::book::{Band, Book, Shape, Snapshot};
use damper::clearing::{Holding, bad_debt_ceil, relative_fall_ceil};
use damper::curve::Curve;
use damper::depth::{DepthConfig, DepthObservation, DepthParams};
use damper::ledger::{Exposure, Ledger, LedgerConfig, LedgerParams};
use damper::price::{Price, PriceBand};
use damper::ratio::Ratio;
use damper::solvency::{AtThreshold, Crash, bound_ceil, charged_in_time_floor, relative_fall_floor, sold_floor};
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

/// `max(0, debt - relieved x) max(0, 1 - k / x)`, with `x` in parts of 2^32.
fn lost_at(positions: &AtThreshold, debt: Value, x: u64) -> Frac {
    let excess = |from: &Frac, less: &Frac| if from > less { from.sub(less) } else { Frac::int(0) };
    let x = Frac::new(x, 1_u64 << 32);
    let k = Frac::new(ONE - positions.fall.to_bits(), positions.threshold.to_bits());
    let rest = excess(&Frac::int(debt.get()), &Frac::int(positions.relieved.get()).mul(&x));
    rest.mul(&excess(&Frac::one(), &k.div(&x)))
}

proptest! {
    /// Positions that reach their threshold at any price, and the price at which they lose most.
    #[test]
    fn no_start_price_loses_more(
        threshold in ONE / 4..ONE, fall in ONE / 4..=ONE, relieved in 0..1_u128 << 60, debt in 1..1_u128 << 60,
        xs in prop::collection::vec(1..=1_u64 << 32, 8), near in prop::bool::ANY,
    ) {
        // Half of the debts are near what is relieved, where later positions are the worst.
        let debt = Value::new(if near { relieved / 2 + debt % relieved.max(1) + 1 } else { debt });
        let positions = AtThreshold { threshold: bits(threshold), relieved: Value::new(relieved), fall: bits(fall) };
        let stated = positions.bad_debt_ceil(debt).expect("in range");
        let k = (ONE - fall) as f64 / threshold as f64;
        let worst = (k * debt.get() as f64 / relieved.max(1) as f64).sqrt().min(1.0);
        let worst = ((worst * 2.0_f64.powi(32)) as u64).clamp(1, 1 << 32);
        let mut largest = lost_at(&positions, debt, worst);
        for x in xs.into_iter().chain([1 << 32]) {
            let lost = lost_at(&positions, debt, x);
            prop_assert!(Frac::int(stated.get()) >= lost, "more is lost at {x}");
            largest = if lost > largest { lost } else { largest };
        }
        prop_assert!(Frac::int(stated.get()) >= largest);
        // Not above it by more than the roundings, and the distance of the float from the maximum.
        let spare = Frac::int(4 + (debt.get() >> 24));
        prop_assert!(Frac::int(stated.get()) <= largest.add(&spare), "{stated:?} is too much");
        let more = positions.bad_debt_ceil(Value::new(debt.get() + 1)).expect("in range");
        prop_assert!(more >= stated, "it falls with the debt");
        // Nor where the maximum comes to the first price: at the debt `relieved / k`.
        let k = ((u128::from(ONE - fall) << 48) / u128::from(threshold)).min(u128::from(ONE));
        if let Some(edge) = (relieved << 48).checked_div(k) {
            let at = |debt: u128| positions.bad_debt_ceil(Value::new(debt)).expect("in range");
            prop_assert!(at(edge) <= at(edge + 1) && at(edge.saturating_sub(1)) <= at(edge), "it falls at the edge");
        }
    }
}

/// The naive rule: positions at the threshold at the start are the worst. A debt that is all relieved there loses a thirtieth of
/// itself when it is reached at four fifths of the price.
#[test]
fn the_first_price_is_not_the_worst() {
    let part = |n, d| Ratio::from_fraction_floor(n, d).expect("small");
    let positions = AtThreshold { threshold: part(3, 4), relieved: Value::new(30_000), fall: part(1, 2) };
    let debt = Value::new(30_000);
    assert_eq!(debt.excess_over(positions.relieved), Value::ZERO, "nothing, says the naive rule");
    let lost = lost_at(&positions, debt, (1 << 32) / 5 * 4);
    assert!(lost > Frac::int(999) && lost < Frac::int(1_001), "{lost:?}");
    // The worst price is the root of 2/3: `30,000 (1 - sqrt(2/3))^2` = 1,010.2.
    assert_eq!(positions.bad_debt_ceil(debt), Ok(Value::new(1_011)));
}

proptest! {
    /// The least `M` of its inequality: what is stated satisfies it, in certified logarithms, and a little less does not.
    #[test]
    fn the_bound_is_the_least_that_holds(
        burst in 0..ONE / 16, leak in 0..ONE >> 20, own_share in 0..ONE / 2, kappa in ONE..=4 * ONE, exogenous in 0..ONE,
        noise in 0..ONE / 64, elapsed in 0..100_000_u64, earlier in prop_oneof![Just(0), Just(ONE), 0..=ONE],
    ) {
        let Some(config) = config(burst, leak, own_share, kappa) else { return Ok(()) };
        let exposure = Exposure { exogenous: bits(exogenous), noise: bits(noise), elapsed: Seconds::new(elapsed) };
        let bound = bound_ceil(&config, exposure, bits(earlier)).expect("small").to_bits();
        // What is left of `h` for `M` to satisfy the inequality: X + kappa (B + r n + h D) <= M.
        let needs = |fall: u64| -> Option<Frac> {
            let room = Frac::new(fall.checked_sub(exogenous)?, 1_u32).mul(&Frac::new(ONE, kappa));
            let used = Frac::int(u128::from(burst) + u128::from(leak) * u128::from(elapsed));
            if room < used { None } else { Some(room.sub(&used)) }
        };
        let drawdown_at_most = |fall: u64, share: &Frac| {
            // h (1 - (1 - earlier) exp(-(fall + 2 noise))) <= share, by -ln of what must be left.
            let least = Frac::int(u128::from(own_share)).sub(&Frac::int(0));
            if share >= &least || earlier == ONE { return share >= &least; }
            let left = least.sub(share).div(&least).mul(&Frac::new(ONE, ONE - earlier));
            if left.num > left.den { return false; }
            let log = Log::of_big_ratio(&left.den, &left.num);
            log.hi() >= (i128::from(fall) + 2 * i128::from(noise)) << 52
        };
        let holds = |fall: u64| needs(fall).is_some_and(|share| drawdown_at_most(fall, &share));
        prop_assert!(holds(bound), "it does not hold");
        // Four products and an exponential of at most eight steps in all, times kappa and 1 / (1 - kappa h).
        let left = ONE - ((u128::from(kappa) * u128::from(own_share)) >> 48) as u64;
        let spare = (u128::from(64_u32) * u128::from(ONE) / u128::from(left)) as u64;
        prop_assert!(bound <= spare || !holds(bound - spare), "a smaller one holds");
        // For a ledger without a past at most that of theorem A, and for any at most X + kappa (B + r n + h).
        let of_any = bound_ceil(&config, exposure, Ratio::ONE).expect("small").to_bits();
        prop_assert!(bound <= of_any);
        if earlier == 0 {
            prop_assert!(bound <= config.bound_ceil(exposure).expect("small").to_bits() + spare);
        }
    }
}

/// A ledger that is saturated in a crash, after a fall that it still counts.
struct Past {
    /// Fall that was counted before, in log-price, and that of others in the crash.
    before: f64,
    crash: f64,
    config: LedgerConfig,
}

impl Past {
    /// The fall of the price, own sales included, and `earlier`, on ticks of 2^-60; exact logarithms of what came out.
    fn run(&self) -> (Log, Log, Ratio) {
        let price = |p: u128| Price::from_fraction_floor(p, 1 << 40).expect("positive");
        let (top, kappa) = (1_u128 << 60, self.config.params().kappa);
        let start = (top as f64 * f64::exp(-self.before)) as u128;
        let mut ledger = Ledger::open(PriceBand::exact(price(top)), Timestamp::new(0));
        ledger = ledger.observe(Window::open(price(start), Timestamp::new(0)));
        let earlier = Ratio::from_fraction_ceil(top - start, top).expect("below one");
        let (mut own, mut lowest, mut free) = (Ratio::ZERO, start, start);
        for step in 1..=4_000_u32 {
            let others = self.crash * f64::from(step.min(1_000)) / 1_000.0;
            free = (start as f64 * f64::exp(-others)) as u128;
            let level = f64::exp(-others - own.to_bits() as f64 / ONE as f64);
            lowest = lowest.min((start as f64 * level) as u128);
            ledger = ledger.observe(Window::open(price(lowest), Timestamp::new(0)));
            let charge = ledger.headroom(&self.config);
            ledger = ledger.charge(&self.config, charge).expect("headroom");
            own = own.checked_add(kappa.mul_floor(charge).expect("small")).expect("small");
        }
        (Log::of_ratio(start, lowest), Log::of_ratio(start, free), earlier)
    }
}

fn up_to_a_step(log: Log) -> Ratio {
    bits(u64::try_from((log.hi() + (1 << 52) - 1) >> 52).expect("positive"))
}

/// The naive rule: theorem A, with the start of the crash as its time 0.
#[test]
fn a_ledger_that_counts_an_earlier_fall_goes_beyond_theorem_a() {
    let (beyond, tight) = (Cell::new(0), Cell::new(0));
    proptest!(ProptestConfig { cases: 100, ..ProptestConfig::default() }, |(
        before in 0.0..2.0_f64, crash in 0.0..0.5_f64, burst in 0..ONE / 64, own_share in 0..ONE / 3, kappa in ONE..=2 * ONE,
    )| {
        let Some(config) = config(burst, 0, own_share, kappa) else { return Ok(()) };
        let (fell, free, earlier) = Past { before, crash, config }.run();
        let exposure = Exposure { exogenous: up_to_a_step(free), noise: Ratio::ZERO, elapsed: Seconds::new(0) };
        let stated = bound_ceil(&config, exposure, earlier).expect("small");
        // The floats of the path put the price a little beside its displacement.
        prop_assert!(fell.lo() <= units(stated) + (1 << 60), "it fell by more than the bound");
        beyond.set(beyond.get() + u32::from(fell.lo() > units(config.bound_ceil(exposure).expect("small")) + (1 << 60)));
        tight.set(tight.get() + u32::from(fell.hi() >= units(stated) / 100 * 98));
    });
    assert!(beyond.get() >= 15, "theorem A held but for {}", beyond.get());
    assert!(tight.get() >= 50, "the bound is attained within 2 % in {}", tight.get());
}

/// A book whose depth is never below this one, sold into by sales of any cut.
#[derive(Debug)]
struct Cuts {
    shape: Shape<3>,
    /// The shallowest book.
    quantity: [u128; 3],
    least: u128,
    /// For each: seconds since the last; whether a snapshot comes first, how much deeper it is, and whether one comes after in the
    /// second of the sale; the size of the sale.
    events: Vec<(u64, bool, [u32; 3], bool, u128)>,
}

/// What open lots reserved under a fall is charged after the price has come back, when the ledger counts none of it: the bound
/// needs an `earlier` of which the cap is at least what the ledger holds at the start.
#[test]
fn reservations_of_a_fall_that_is_forgotten_go_beyond_the_bound() {
    let (burst, own_share) = (1 << 40, 1 << 46);
    let config = config(burst, 0, own_share, 1 << 48).expect("a share of a quarter");
    let seen = |whole: u128, second: u64| {
        let price = Price::from_decimal_floor(whole, 0).expect("positive");
        Window::open(price, Timestamp::new(second))
    };
    let first = PriceBand::exact(Price::from_decimal_floor(100, 0).expect("positive"));
    let fallen = Ledger::open(first, Timestamp::new(0)).observe(seen(50, 1));
    // A half is counted: all that is permitted is reserved for lots.
    let most = fallen.headroom(&config);
    assert_eq!(most, bits(burst + own_share / 2));
    let open = fallen.reserve(&config, most).expect("the headroom");
    // Back, or re-anchored: nothing is counted when the crash begins, and the lots are sold.
    let anchored = open.reanchor(seen(50, 2).low()).expect("lower");
    for begins in [open.observe(seen(100, 2)), anchored] {
        assert_eq!(begins.drawdown(), Ratio::ZERO);
        assert_eq!(begins.charge(&config, most).expect("reserved").level(), most);
    }
    // `kappa` is one, and nothing else moves the price.
    let alone = Exposure { exogenous: Ratio::ZERO, noise: Ratio::ZERO, elapsed: Seconds::ZERO };
    let bound = |earlier: Ratio| bound_ceil(&config, alone, earlier).expect("in range");
    assert!(bound(Ratio::ZERO) < bits(burst * 2) && most > bits(burst * 32));
    assert!(bound(bits(1 << 47)) >= most);
}

fn measured(shape: Shape<3>, quantity: [u128; 3]) -> Book<3> {
    with_snapshot(shape, quantity, |snapshot| shape.measure_floor(snapshot).expect("a snapshot"))
}

fn with_snapshot<T>(shape: Shape<3>, quantity: [u128; 3], call: impl Fn(&Snapshot<'_>) -> T) -> T {
    let Shape::Grid(points) = shape else {
        return call(&Snapshot::ConstantProduct { reserve: Amount::new(quantity[0]) });
    };
    let bands: Vec<Band> = points
        .iter()
        .zip(quantity)
        .map(|(point, amount)| {
            // The widest with w / (1 - w) at most the point.
            let one = Ratio::ONE.checked_add(*point).expect("small");
            Band { width: point.div_floor(one).expect("below one"), amount: Amount::new(amount) }
        })
        .collect();
    call(&Snapshot::Bands(&bands))
}

fn depth_config(shape: Shape<3>) -> DepthConfig<3> {
    DepthConfig::new(DepthParams {
        shape,
        haircut: Ratio::ZERO,
        max_age: Seconds::new(1_000),
        rise_time: Seconds::new(1),
        rise_base: Amount::new(1 << 100),
    })
    .expect("sound")
}

impl Cuts {
    /// All that was charged, and sold.
    fn run(&self) -> (Ratio, u128) {
        let config = depth_config(self.shape);
        let see = |deeper: [u32; 3], at: u64| {
            let mut seen: [u128; 3] = std::array::from_fn(|place| {
                self.quantity[place] + self.quantity[place] * u128::from(deeper[place]) / (1 << 20)
            });
            if matches!(self.shape, Shape::Grid(_)) {
                seen.sort_unstable();
            }
            (seen, Timestamp::new(at))
        };
        let observe = |state, (seen, at): ([u128; 3], Timestamp)| {
            with_snapshot(self.shape, seen, |snapshot| {
                let seen = DepthObservation { source_time: at, snapshot: *snapshot };
                match state {
                    None => config.open(&seen, at).expect("first"),
                    Some(state) => config.accept(state, &seen, at).expect("in order"),
                }
            })
        };
        let mut now = 1;
        let mut state = observe(None, see([0; 3], now));
        let (mut charged, mut sold) = (Ratio::ZERO, 0);
        for &(wait, before, deeper, after, size) in &self.events {
            now += wait;
            if before {
                state = observe(Some(state), see(deeper, now));
            }
            let Ok(charge) = config.charge_ceil(&state, Amount::new(size)) else { continue };
            state = state.sell(Amount::new(size), charge, Timestamp::new(now)).expect("small");
            (charged, sold) = (charged.checked_add(charge).expect("small"), sold + size);
            if after {
                state = observe(Some(state), see(deeper, now));
            }
        }
        (charged, sold)
    }

    /// The naive rule: one sale of the whole charge; on a grid the least that full sales at a point make of it.
    fn naive(&self, charge: Ratio) -> u128 {
        let Shape::Grid(points) = self.shape else {
            return measured(self.shape, self.quantity).capacity_floor(charge).get();
        };
        let each = |(point, quantity): (&Ratio, u128)| {
            (u128::from(charge.to_bits()) * (quantity - 1)) / u128::from(point.to_bits())
        };
        points.iter().zip(self.quantity).filter(|(point, _)| **point <= charge).map(each).min().unwrap_or(0)
    }
}

fn cuts() -> impl Strategy<Value = Cuts> {
    let shape = prop_oneof![
        Just(Shape::ConstantProduct),
        [1..ONE / 64, 1..ONE / 64, 1..ONE / 64].prop_map(|[a, b, c]| Shape::Grid([
            bits(a),
            bits(a + b),
            bits(a + b + c)
        ])),
    ];
    let dust = prop_oneof![Just(1_u128), 1..1_000_u128, 1_000..1_000_000_u128];
    (shape, prop::collection::vec(1_000..1_u128 << 40, 3), dust, 0..4_usize).prop_flat_map(
        |(shape, mut quantity, least, kind)| {
            quantity.sort_unstable();
            let quantity =
                [quantity[0], quantity[1].max(quantity[0] + 1), quantity[2].max(quantity[0] + 2).max(quantity[1] + 1)];
            // Least sales, sales at the edge of a point, halves of those, and any.
            let edges = [least, quantity[0], quantity[0] / 2, quantity[1], quantity[1] / 2];
            let size = prop_oneof![
                2 => Just(edges[kind].max(least)),
                1 => (0..5_usize).prop_map(move |place| edges[place].max(least)),
                1 => (0..quantity[1]).prop_map(move |size| size.max(least)),
            ];
            let deeper = prop_oneof![3 => Just([0; 3]), 1 => [0..1_u32 << 20, 0..1_u32 << 20, 0..1_u32 << 20]];
            let event = (0..3_u64, prop::bool::weighted(0.3), deeper, prop::bool::weighted(0.7), size);
            (prop::collection::vec(event, 1..40), 0..24_u32).prop_map(move |(events, deep)| {
                // A pool is deeper than the largest sale.
                let reserve = [(quantity[1] + least) << 3 << deep, 0, 0];
                let quantity = if matches!(shape, Shape::ConstantProduct) { reserve } else { quantity };
                Cuts { shape, quantity, least, events }
            })
        },
    )
}

#[test]
fn charges_sell_as_much_however_they_are_cut() {
    let (naive, once, tight) = (Cell::new(0), Cell::new(0), Cell::new(0));
    proptest!(ProptestConfig { cases: 5_000, ..ProptestConfig::default() }, |(cuts in cuts())| {
        let (charged, sold) = cuts.run();
        let book = measured(cuts.shape, cuts.quantity);
        let stated = sold_floor(&book, charged, Amount::new(cuts.least)).get();
        prop_assert!(sold >= stated, "{stated} is stated, {sold} was sold for {charged:?}");
        // It never rises with a smaller least sale; a smaller charge sells no more, the roundings of a pool apart.
        let fewer = sold_floor(&book, bits(charged.to_bits() / 2), Amount::new(cuts.least)).get();
        prop_assert!(fewer <= sold && (fewer <= stated || matches!(cuts.shape, Shape::ConstantProduct)));
        prop_assert!(sold_floor(&book, charged, Amount::new(cuts.least / 2)).get() <= stated);
        naive.set(naive.get() + u32::from(sold < cuts.naive(charged)));
        once.set(once.get() + u32::from(sold < 2 * stated));
        tight.set(tight.get() + u32::from(sold - stated <= sold / 10));
    });
    assert!(naive.get() >= 200, "the naive rule held but for {}", naive.get());
    assert!(once.get() >= 50, "charges that count once held but for {}", once.get());
    assert!(tight.get() >= 10, "within a tenth in {}", tight.get());
}

/// The least sales of a pool are many roundings: what they take off is counted.
#[test]
fn roundings_of_least_sales_are_counted() {
    let shape = Shape::ConstantProduct;
    let (least, quantity) = (1, [1 << 80, 0, 0]);
    let events = vec![(1, true, [0; 3], false, least); 1_000];
    let cuts = Cuts { shape, quantity, least, events };
    let (charged, sold) = cuts.run();
    assert!(charged.to_bits() >= 3_000 && sold == 1_000);
    let book = measured(shape, quantity);
    assert!(book.capacity_floor(charged).get() / 2 > sold, "one sale sells more");
    assert!(sold_floor(&book, charged, Amount::new(least)).get() <= sold);
    assert_eq!(sold_floor(&book, charged, Amount::ZERO), sold_floor(&book, charged, Amount::new(1)));
}

/// The hypothesis on snapshots: one that is taken in between two sales of a second, and dated before it, and one of that second
/// after them, have the sales charged three times.
#[test]
fn a_snapshot_between_two_sales_of_a_second_charges_thrice() {
    let shape = Shape::ConstantProduct;
    let (config, x, small, large) = (depth_config(shape), 1_u128 << 40, 1_000_u128, 1_000_000_u128);
    let seen = |at: u64| {
        with_snapshot(shape, [x, 0, 0], |snapshot| DepthObservation {
            source_time: Timestamp::new(at),
            // The reserve alone: the snapshot borrows nothing.
            snapshot: match snapshot {
                Snapshot::ConstantProduct { reserve } => Snapshot::ConstantProduct { reserve: *reserve },
                _ => unreachable!(),
            },
        })
    };
    let mut state = config.open(&seen(1), Timestamp::new(1)).expect("first");
    let mut charged = Ratio::ZERO;
    let sell = |state: &mut damper::depth::Depth<3>, charged: &mut Ratio, size: u128, at: u64| {
        let charge = config.charge_ceil(state, Amount::new(size)).expect("shown");
        *state = state.sell(Amount::new(size), charge, Timestamp::new(at)).expect("small");
        *charged = charged.checked_add(charge).expect("small");
    };
    let take_in = |state, dated, at| config.accept(state, &seen(dated), Timestamp::new(at)).expect("in order");
    sell(&mut state, &mut charged, small, 10);
    state = take_in(state, 7, 10);
    sell(&mut state, &mut charged, large, 10);
    state = take_in(state, 10, 10);
    sell(&mut state, &mut charged, small, 11);
    state = take_in(state, 11, 11);
    sell(&mut state, &mut charged, small, 12);
    let sold = 3 * small + large;
    let stated = sold_floor(&measured(shape, [x, 0, 0]), charged, Amount::new(small)).get();
    assert!(stated > sold && stated * 2 > 2 * sold + large / 2, "{stated} is stated, {sold} was sold");
}

/// The hypothesis on sales: on a grid an atom on a snapshot of its own is charged to a point. A lot refuses so small a take.
#[test]
fn takes_of_an_atom_sell_less_on_a_grid() {
    let shape = Shape::Grid([ONE / 64, ONE / 32, ONE / 16].map(bits));
    let (least, quantity) = (100, [1_000, 2_000, 4_000]);
    let taken = Cuts { shape, quantity, least, events: vec![(1, true, [0; 3], false, 1); 8] };
    let (charged, sold) = taken.run();
    assert_eq!((charged, sold), (bits(ONE / 8), 8));
    let stated = |least| sold_floor(&measured(shape, quantity), charged, Amount::new(least)).get();
    assert!(stated(least) > sold, "with takes of whole lots it sells more");
    assert!(stated(1) <= sold);
    assert_eq!((stated(0), stated(1)), (4, 4), "a sale of nothing counts as an atom");
    let config = AuctionConfig::new(AuctionParams {
        curve: Curve::Linear { duration: Seconds::new(100) },
        floor: Ratio::from_bps_ceil(5_000).expect("small"),
        tail: Seconds::new(100),
        cusp: Ratio::ZERO,
        dust: Value::new(100),
    })
    .expect("sound");
    let band = PriceBand::exact(Price::from_fraction_floor(1, 1).expect("one"));
    let terms = Terms::freeze(&config, band, Ratio::ZERO, Timestamp::new(0)).expect("in range");
    let lot = Lot::open(terms, Amount::new(1_000), Value::new(1_000)).expect("a lot");
    let take = |want| lot.take(Amount::new(want), band.high(), Timestamp::new(0)).map(|take| take.sold);
    assert_eq!((take(99), take(100)), (Err(Error::TakeBelowDust), Ok(Amount::new(100))));
}

/// Positions of less than a least sale are the other side of it: the last one must hold as much.
#[test]
fn a_point_that_sells_less_than_the_one_before_counts() {
    // 1,000 within the first point, and hardly more within the second, which is a hundred times as far.
    let shape = Shape::Grid([bits(ONE / 1_024), bits(100 * ONE / 1_024), bits(101 * ONE / 1_024)]);
    let book = measured(shape, [1_000, 1_001, 1_002]);
    let sold = |charge, least| sold_floor(&book, bits(charge), Amount::new(least)).get();
    assert_eq!(sold(100 * ONE / 1_024, 1), 50);
    // 999 at the first point each time, but 1,000 are charged for the second, and 1,001 for the last.
    assert_eq!(sold(100 * ONE / 1_024, 999), 1_001 * 100 / 101 / 2);
    // No sale of as much is shown at the first two: it counts at the last.
    assert_eq!(sold(101 * ONE / 1_024, 2_000), 1_000);
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
    let exposure = Exposure { exogenous: most, noise: Ratio::ZERO, elapsed: Seconds::new(0) };
    assert_eq!(bound_ceil(&config, exposure, Ratio::ONE), Err(Error::Overflow));
    assert_eq!(bound_ceil(&config, exposure, bits(ONE + 1)), Err(Error::FallAboveOne));
    let still_noisy = Exposure { exogenous: Ratio::ZERO, noise: most, elapsed: Seconds::new(0) };
    assert_eq!(bound_ceil(&config, still_noisy, Ratio::ZERO), Ok(bits(ONE + ONE / 2)), "all of B + h");
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
    /// The longest time between arrivals of prices.
    gap: u64,
    /// For each second: by how long the source of a price is older than its arrival; whether one comes though none is due.
    arrivals: Vec<(u64, bool)>,
}

/// What was charged when the price had fallen by the slack, and the most that it fell without sales within the lag.
struct Ran {
    charged: Ratio,
    step: Ratio,
    /// The same with the time between arrivals as that between source times.
    by_arrival: Ratio,
}

impl Run {
    fn lag(&self) -> u64 {
        2 * self.round + 2 * self.wick + 2 * self.age()
    }

    /// The largest age of a price when a lot is offered, and the longest time between two source times.
    fn age(&self) -> u64 {
        self.gap + self.arrivals.iter().map(|(late, _)| *late).max().unwrap_or(0)
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
        let (mut prices, mut arrived, mut source) = (vec![start], 0_u64, 0_u64);
        for (second, (step, (open_for, shown))) in self.moves.iter().zip(&self.habits).enumerate() {
            let (late, extra) = self.arrivals[second];
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
                let within = |lag: u64| {
                    let lag = usize::try_from(lag).expect("small");
                    let falls = exogenous.iter().enumerate().flat_map(|(from, &high)| {
                        exogenous[from..].iter().take(lag + 1).map(move |&low| high.hi() - low.lo())
                    });
                    up_to_a_step(Log::from_units(0, falls.max().unwrap_or(0).max(0)))
                };
                let by_arrival = within(self.lag() - self.age() + self.gap);
                return Some(Ran { charged, step: within(self.lag()), by_arrival });
            }
            prices.push(p);
            if second - arrived >= self.gap || extra {
                (arrived, source) = (second, source.max(second.saturating_sub(late)));
                let seen = price(prices[usize::try_from(source).expect("small")]);
                window = window.observe(seen, Timestamp::new(source), Seconds::new(self.wick)).expect("forward");
                ledger = ledger.observe(window);
            }
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
    let arrivals = (1..6_u64, prop_oneof![Just(0_u64), 0..10_u64])
        .prop_flat_map(|(gap, late)| (Just(gap), prop::collection::vec((0..=late, prop::bool::weighted(0.2)), 400)));
    let ledger = (0..ONE / 64, 0..ONE >> 16, 0..ONE / 3, ONE..=5 * ONE / 2);
    (ledger, 1..8_u64, 0..8_u64, 0..ONE / 512, 0..ONE / 128, moves, (habits, arrivals)).prop_filter_map(
        "kappa h below one",
        |((burst, leak, own_share, kappa), round, wick, piece, held, moves, (habits, (gap, arrivals)))| {
            let config = config(burst, leak, own_share, kappa)?;
            let (piece, held) = (bits(piece), bits(held.min(burst)));
            Some(Run { config, round, wick, piece, held, moves, habits, gap, arrivals })
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
    let (habits, arrivals) = (vec![(7, true); 400], vec![(0, false); 400]);
    let (piece, held) = (Ratio::ZERO, Ratio::ZERO);
    let run = Run { config, round, wick, piece, held, moves, habits, gap: 1, arrivals };
    let slack = bits(ONE / 8);
    let ran = run.run(slack).expect("it falls");
    let crash = Crash { slack, step: ran.step, noise: Ratio::ZERO, held: Ratio::ZERO, piece: Ratio::ZERO };
    let stated = charged_in_time_floor(&config, &crash).expect("in range");
    assert!(ran.charged >= stated && stated > Ratio::ZERO);
    let half = Crash { step: bits(ran.step.to_bits() / 3), ..crash };
    assert!(charged_in_time_floor(&config, &half).expect("in range") > ran.charged);
}

/// The naive lag counts the time between arrivals as that between source times. A price that comes at once after those that came
/// late, and is the last for as long, keeps the window open to twice the delay.
#[test]
fn a_lag_by_arrivals_promises_too_much() {
    let config = config(0, 0, ONE / 256, ONE).expect("sound");
    let (round, wick, late) = (1, 1, 20_usize);
    let moves = vec![-(1_i64 << 32) / 800; 400];
    let (habits, piece, held) = (vec![(0, false); 400], Ratio::ZERO, Ratio::ZERO);
    let mut naive = 0;
    for phase in 0..=late {
        let delay = |second| if (second + phase) % (late + 1) == 0 { 0 } else { late as u64 };
        let arrivals = (0..400).map(|second| (delay(second), false)).collect();
        let run =
            Run { config, round, wick, piece, held, moves: moves.clone(), habits: habits.clone(), gap: 1, arrivals };
        let slack = bits(ONE / 8);
        let ran = run.run(slack).expect("it falls");
        let stated = |step| {
            let crash = Crash { slack, step, noise: Ratio::ZERO, held, piece };
            charged_in_time_floor(&config, &crash).expect("in range")
        };
        assert!(ran.charged >= stated(ran.step) && stated(ran.step) > Ratio::ZERO);
        naive += u32::from(ran.charged < stated(ran.by_arrival));
    }
    assert!(naive >= 10, "{naive}");
}

/// A ledger that permits nothing, in a market where nobody sells: no fall, and not a step of one.
#[test]
fn the_bound_of_nothing_is_nothing() {
    let none = LedgerParams { burst: Ratio::ZERO, leak: Rate::ZERO, own_share: Ratio::ZERO, kappa: Ratio::ONE };
    let still = Exposure { exogenous: Ratio::ZERO, noise: Ratio::ZERO, elapsed: Seconds::new(86_400) };
    let config = LedgerConfig::new(none).expect("sound");
    assert_eq!(bound_ceil(&config, still, Ratio::ZERO), Ok(Ratio::ZERO));
}
