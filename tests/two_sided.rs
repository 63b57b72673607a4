//! Two budgets that are never netted: the mirrored ledger, the joint bound, and the rules that break it.

#[path = "support/exact.rs"]
mod exact;
#[path = "support/rational.rs"]
mod rational;

use damper::Error;
use damper::book::{Shape, Snapshot};
use damper::ledger::{Exposure, LedgerConfig, LedgerParams};
use damper::price::{Price, PriceBand};
use damper::ratio::Ratio;
use damper::two_sided::{Side, Swing, TwoSided, TwoSidedConfig, TwoSidedParams};
use damper::units::{Amount, Rate, Seconds, Timestamp};
use damper::window::Window;
use exact::{Drawdown, Log, exp_times};
use proptest::prelude::*;
use rational::{Frac, any_price, any_ratio, any64, share};

const PPM: u128 = 1_000_000;
const SIDES: [Side; 2] = [Side::Sell, Side::Buy];

fn bits(n: u64) -> Ratio {
    Ratio::from_bits(n)
}

fn ppm(n: u128) -> Ratio {
    Ratio::from_fraction_floor(n, PPM).expect("small")
}

fn price(n: u128) -> Price {
    Price::from_fraction_floor(n, 1).expect("positive")
}

fn at(seconds: u64) -> Timestamp {
    Timestamp::new(seconds)
}

fn held(n: u128) -> Window {
    Window::open(price(n), at(0))
}

fn open(n: u128) -> TwoSided {
    TwoSided::open(PriceBand::exact(price(n)), at(0))
}

const SELL: LedgerParams = LedgerParams {
    burst: Ratio::from_bits(1 << 40),
    leak: Rate::per_second(Ratio::from_bits(1 << 30)),
    own_share: Ratio::from_bits(1 << 45),
    kappa: Ratio::ONE,
};
const BUY: LedgerParams = LedgerParams {
    burst: Ratio::from_bits(1 << 41),
    leak: Rate::per_second(Ratio::from_bits(1 << 31)),
    own_share: Ratio::from_bits(1 << 46),
    ..SELL
};

fn config(sell: LedgerParams, buy: LedgerParams) -> TwoSidedConfig {
    TwoSidedConfig::new(TwoSidedParams { sell, buy }).expect("sound parameters")
}

fn share_of(own_share: Ratio, kappa: Ratio) -> LedgerParams {
    LedgerParams { own_share, kappa, ..SELL }
}

#[test]
fn both_own_shares_count_against_one() {
    let new = |sell, buy| TwoSidedConfig::new(TwoSidedParams { sell, buy });
    let half = share_of(bits(1 << 47), Ratio::ONE);
    assert_eq!(new(half, half), Err(Error::TwoSidedGain));
    let less = share_of(bits((1 << 47) - 1), Ratio::ONE);
    assert!(new(half, less).is_ok() && new(less, half).is_ok());
    // One side alone is the ledger of T-A.
    let most = share_of(bits((1 << 48) - 1), Ratio::ONE);
    let none = share_of(Ratio::ZERO, Ratio::ONE);
    assert!(new(most, none).is_ok() && new(none, most).is_ok());
    assert_eq!(new(most, share_of(Ratio::ULP, Ratio::ONE)), Err(Error::TwoSidedGain));
    // Each side has a kappa of its own.
    let quarter = bits(1 << 46);
    assert_eq!(new(share_of(quarter, bits(3 << 48)), share_of(quarter, Ratio::ONE)), Err(Error::TwoSidedGain));
    assert!(new(share_of(quarter, bits(2 << 48)), share_of(quarter, Ratio::ONE)).is_ok());
    // What a side alone refuses.
    assert_eq!(new(share_of(Ratio::ONE, Ratio::ONE), none), Err(Error::KappaTimesOwnShare));
    assert_eq!(new(none, share_of(Ratio::ZERO, Ratio::ZERO)), Err(Error::KappaBelowOne));
    assert_eq!(new(none, LedgerParams { burst: bits((1 << 48) + 1), ..none }), Err(Error::BurstRange));
    assert_eq!(config(SELL, BUY).shared(bits((1 << 48) + 1)), Err(Error::BookShareRange));
    let shared = config(SELL, BUY).shared(bits(1 << 47)).expect("a half");
    assert_eq!(shared.side(Side::Buy).params().burst, bits(1 << 40));
    assert_eq!(shared.side(Side::Sell).params().own_share, bits(1 << 44));
}

/// Each cap at one step, by both ways in, and a trade of one side moves nothing of the other.
#[test]
fn the_caps_are_exact_and_apart() {
    let rule = config(SELL, BUY);
    // A fall to a half, then a rise by three quarters of the top: D = 1/2, U = 3/4.
    let state = open(100).observe(held(50)).observe(held(99)).observe(held(25)).observe(held(99));
    assert_eq!(state.earned_on(Side::Sell), Ratio::from_fraction_floor(3, 4).expect("small"));
    assert_eq!(state.earned_on(Side::Buy), Ratio::from_fraction_floor(74, 99).expect("small"));
    let caps = SIDES.map(|side| state.cap(&rule, side));
    assert_eq!(caps[0], bits((1 << 40) + 3 * (1 << 43)));
    assert_eq!(caps[1], bits((1 << 41) + (74 * (1 << 46) / 99)));
    for side in SIDES {
        let other = if side == Side::Sell { Side::Buy } else { Side::Sell };
        let cap = state.cap(&rule, side);
        let above = bits(cap.to_bits() + 1);
        assert_eq!(state.reserve(&rule, side, above), Err(Error::NotPermitted));
        assert_eq!(state.charge(&rule, side, above, at(1)), Err(Error::NotPermitted));
        let full = state.charge(&rule, side, cap, at(1)).expect("at the cap");
        assert_eq!((full.level(side), full.headroom(&rule, side)), (cap, Ratio::ZERO));
        assert_eq!(full.level(other), Ratio::ZERO);
        assert_eq!(full.headroom(&rule, other), state.headroom(&rule, other), "nothing is earned, nothing is lost");
        let lot = state.reserve(&rule, side, cap).expect("at the cap");
        assert_eq!((lot.reserved(side), lot.reserved(other)), (cap, Ratio::ZERO));
        assert_eq!(lot.release_to(side, Ratio::ULP).reserved(side), Ratio::ULP);
        assert_eq!(lot.release_to(other, Ratio::ZERO), lot);
        assert!(lot.charge(&rule, side, cap, at(1)).is_ok());
        let later = full.advance(&rule, at(1)).expect("forward");
        let leak = rule.side(side).params().leak.get();
        assert_eq!(later.headroom(&rule, side), leak, "a second of the side's own leak");
        assert_eq!(full.permitted_at(&rule, side, leak), Ok(Some(at(1))));
        assert_eq!(full.permitted_at(&rule, side, above), Ok(None));
    }
    let late = state.advance(&rule, at(5)).expect("forward");
    assert_eq!(late.at(), at(5));
    assert_eq!(late.advance(&rule, at(4)), Err(Error::ClockReversed));
}

#[test]
fn zero_means_zero() {
    let none = LedgerParams { burst: Ratio::ZERO, own_share: Ratio::ZERO, ..SELL };
    let rule = config(none, none);
    let state = open(100).observe(held(1)).observe(held(1 << 100)).advance(&rule, at(u64::MAX)).expect("forward");
    for side in SIDES {
        assert_eq!(state.headroom(&rule, side), Ratio::ZERO);
        assert_eq!(state.charge(&rule, side, Ratio::ULP, at(1)), Err(Error::NotPermitted));
    }
}

/// A wick, up or down, that the window has not confirmed moves neither what rises are counted from nor the highest price.
#[test]
fn a_wick_earns_nothing() {
    let width = Seconds::new(60);
    for wick in [1, 50, 99, 101, 200, 1 << 90] {
        let mut window = held(100);
        let mut state = open(100);
        for (time, seen) in [(100, 100), (130, wick), (131, 100), (170, 100), (200, 100), (280, 100)] {
            window = window.observe(price(seen), at(time), width).expect("forward");
            state = state.observe(window);
            assert_eq!(SIDES.map(|side| state.earned_on(side)), [Ratio::ZERO; 2], "wick to {wick} at {time}");
        }
    }
    // The rise is counted from the high side of the first band, up to the low side of the later one.
    let band = |low, high| PriceBand::new(price(low), price(high)).expect("ordered");
    let state = TwoSided::open(band(90, 110), at(0));
    let same = state.observe(Window::open_band(band(105, 140), at(1)));
    assert_eq!(same.earned_on(Side::Buy), Ratio::ZERO);
    let up = state.observe(Window::open_band(band(220, 300), at(1)));
    assert_eq!(up.earned_on(Side::Buy), bits(1 << 47));
    // A fall below the trough starts the count anew, at its high side.
    let down = up.observe(Window::open_band(band(40, 50), at(2)));
    assert_eq!(down.earned_on(Side::Buy), Ratio::ZERO);
    assert_eq!(down.observe(held(100)).earned_on(Side::Buy), bits(1 << 47));
}

/// The reserve of a constant product stands for both sides, so a trade on a snapshot that does not show the other side's
/// last trade is under-charged: the reason for the refusal.
#[test]
fn a_trade_on_depth_that_does_not_show_the_other_side_is_refused() {
    let rule = config(LedgerParams { burst: Ratio::ONE, ..SELL }, LedgerParams { burst: Ratio::ONE, ..BUY });
    let state = open(100).advance(&rule, at(10)).expect("forward");
    let bought = state.charge(&rule, Side::Buy, ppm(1_000), at(0)).expect("nothing was sold");
    for shown in [0, 9, 10] {
        assert_eq!(bought.charge(&rule, Side::Sell, Ratio::ULP, at(shown)), Err(Error::OtherSideUnshown), "{shown}");
        assert!(bought.charge(&rule, Side::Buy, Ratio::ULP, at(shown)).is_ok(), "the same side goes on");
    }
    let sold = bought.charge(&rule, Side::Sell, Ratio::ULP, at(11)).expect("dated after the purchase");
    assert_eq!(sold.charge(&rule, Side::Buy, Ratio::ULP, at(10)), Err(Error::OtherSideUnshown));
    // A refusal by the budget does not count as a trade.
    assert!(state.charge(&rule, Side::Buy, Ratio::MAX, at(0)).is_err());
    assert!(state.charge(&rule, Side::Sell, Ratio::ULP, at(0)).is_ok());

    // A pool of 1,000,000: 300,000 are bought, then 300,000 are sold. On the first snapshot the sale would be charged
    // 69 % for a move by a factor of 2.04; on a snapshot that shows the purchase, the charge covers the move.
    let charge = |reserve: u128| {
        let pool = Snapshot::ConstantProduct { reserve: Amount::new(reserve) };
        let book = Shape::<1>::ConstantProduct.measure_floor(&pool).expect("a pool");
        book.impact_ceil(Amount::new(300_000)).expect("in range")
    };
    let root = Log::of_ratio(1_000_000, 700_000);
    let moved = root.add(root);
    let log_of = |charge: Ratio| Log::from_fraction(i128::from(charge.to_bits()), 1 << 48);
    assert!(moved.certainly_gt(log_of(charge(1_000_000))));
    assert!(moved.certainly_le(log_of(charge(700_000))));
}

/// What a hedger may do in a step of the world.
#[derive(Clone, Copy, Debug)]
struct Step {
    /// The exogenous move in parts per million.
    drift: i32,
    /// The part of the displacement by all sales, and by all purchases, that stands, in thousandths.
    shown: [u16; 2],
    /// Parts of what is permitted, in thousandths, and which side goes first.
    parts: [u16; 2],
    buys_first: bool,
}

/// A market in which all that is charged displaces the price by `ln (1 + charge)`, and a part of that stands.
struct World {
    exogenous: u64,
    displaced: [Log; 2],
    shown: [u16; 2],
    falls: [Drawdown; 2],
    rises: [Drawdown; 2],
    eps: Log,
}

const START: u64 = 1_000_000_000_000;

impl World {
    fn new() -> World {
        let mut world = World {
            exogenous: START,
            displaced: [Log::zero(); 2],
            shown: [1_000; 2],
            falls: [Drawdown::new(); 2],
            rises: [Drawdown::new(); 2],
            eps: Log::zero(),
        };
        world.record();
        world
    }

    fn free(&self) -> Log {
        Log::of_ratio(u128::from(self.exogenous), u128::from(START))
    }

    fn log_price(&self) -> Log {
        let stands = |side: usize| self.displaced[side].mul_fraction(u128::from(self.shown[side]), 1_000);
        self.free().sub(stands(0)).add(stands(1))
    }

    fn record(&mut self) {
        for (at, log) in [self.free(), self.log_price()].into_iter().enumerate() {
            self.falls[at].push(log);
            self.rises[at].push(log.neg());
        }
    }

    fn see(&mut self) -> Window {
        let (ticks, _) = exp_times(u128::from(START), self.log_price());
        let gap = self.log_price().sub(Log::of_ratio(ticks.max(1), u128::from(START)));
        self.eps = self.eps.max(gap).max(gap.neg());
        held(ticks.max(1))
    }

    fn trade(&mut self, side: Side, charge: Ratio) {
        let at = usize::from(side == Side::Buy);
        let moved = Log::of_ratio((1 << 48) + u128::from(charge.to_bits()), 1 << 48);
        self.displaced[at] = self.displaced[at].add(moved);
        self.record();
    }

    fn step(&mut self, drift: i32, shown: [u16; 2]) {
        let moved = u128::from(self.exogenous) * PPM.saturating_add_signed(i128::from(drift)) / PPM;
        self.exogenous = u64::try_from(moved).expect("in range").clamp(1_000_000, 1 << 55);
        self.shown = shown;
        self.record();
    }

    /// The bounds on fall and rise with `kappa = 1` and no leak, budgets in parts per million, exact.
    fn bounds(&self, [sell, buy]: [(i128, u128); 2]) -> [Log; 2] {
        let (x, y) = (self.falls[0].mdd(), self.rises[0].mdd());
        let noise = self.eps.add(self.eps);
        let part = |(burst, own): (i128, u128), exogenous: Log| {
            Log::from_fraction(burst, 1_000_000).add(exogenous.add(noise).mul_fraction(own, PPM))
        };
        let displaced = part(sell, x).add(part(buy, y)).mul_fraction(PPM, PPM - sell.1 - buy.1);
        [x.add(displaced), y.add(displaced)]
    }
}

fn budget((burst, own_share): (i128, u128)) -> LedgerParams {
    let burst = ppm(burst.unsigned_abs());
    LedgerParams { burst, own_share: ppm(own_share), leak: Rate::ZERO, kappa: Ratio::ONE }
}

/// Runs the crate's rule; gives the world and what was charged by each side.
fn run(budgets: [(i128, u128); 2], steps: &[Step]) -> (World, [u64; 2]) {
    let rule = config(budget(budgets[0]), budget(budgets[1]));
    let mut world = World::new();
    let mut state = open(u128::from(START));
    let mut charged = [0; 2];
    let mut clock = 0;
    for step in steps {
        world.step(step.drift, step.shown);
        let order = if step.buys_first { [Side::Buy, Side::Sell] } else { SIDES };
        for side in order {
            clock += 1;
            state = state.observe(world.see()).advance(&rule, at(clock)).expect("forward");
            let at_side = usize::from(side == Side::Buy);
            let permitted = u128::from(state.headroom(&rule, side).to_bits());
            let charge = permitted * u128::from(step.parts[at_side]) / 1_000;
            let charge = bits(u64::try_from(charge).expect("a part"));
            let Ok(after) = state.charge(&rule, side, charge, at(clock)) else { continue };
            state = after;
            charged[at_side] += charge.to_bits();
            world.trade(side, charge);
        }
    }
    (world, charged)
}

fn step() -> impl Strategy<Value = Step> {
    let drift = prop_oneof![3 => -40_000_i32..40_000, 2 => -1_000_i32..1_000, 1 => -300_000_i32..400_000];
    let stands = || prop_oneof![Just(1_000_u16), Just(0_u16), 0_u16..=1_000];
    let part = || prop_oneof![2 => Just(1_000_u16), 1 => Just(0_u16), 1 => 0_u16..1_200];
    (drift, (stands(), stands()), (part(), part()), any::<bool>()).prop_map(|(drift, shown, parts, buys_first)| Step {
        drift,
        shown: shown.into(),
        parts: parts.into(),
        buys_first,
    })
}

fn budgets() -> impl Strategy<Value = [(i128, u128); 2]> {
    let burst = || prop_oneof![Just(0_i128), 0_i128..30_000];
    (burst(), burst(), 0_u128..=1_000, 0_u128..990_000).prop_map(|(sell, buy, split, sum)| {
        let own = sum * split / 1_000;
        [(sell, own), (buy, sum - own)]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_500, failure_persistence: None, ..ProptestConfig::default() })]

    /// T5 (iv): whatever stands of either displacement, and comes back of it, at any time.
    #[test]
    fn the_joint_bound_holds(budgets in budgets(), steps in prop::collection::vec(step(), 1..40)) {
        let (world, _) = run(budgets, &steps);
        let [fall, rise] = world.bounds(budgets);
        prop_assert!(!world.falls[1].mdd().certainly_gt(fall), "{:?} {:?}", world.falls[1].mdd(), fall);
        prop_assert!(!world.rises[1].mdd().certainly_gt(rise), "{:?} {:?}", world.rises[1].mdd(), rise);
    }

    /// Corollary: where purchases never recover, the budget of sales alone bounds the fall, whatever is bought.
    #[test]
    fn lasting_purchases_add_nothing_to_a_fall(budgets in budgets(), mut steps in prop::collection::vec(step(), 1..40)) {
        steps.iter_mut().for_each(|step| step.shown[1] = 1_000);
        let (world, _) = run(budgets, &steps);
        let alone = world.bounds([budgets[0], (0, 0)]);
        prop_assert!(!world.falls[1].mdd().certainly_gt(alone[0]));
    }

    /// The measure of a rise is `1 - ref'/max`, rounded down, in exact arithmetic, on any prices.
    #[test]
    fn the_rise_is_exact(prices in prop::collection::vec(any_price(), 1..12)) {
        let mut state = TwoSided::open(PriceBand::exact(prices[0]), at(0));
        let (mut trough, mut top) = (prices[0], prices[0]);
        for &seen in &prices {
            state = state.observe(Window::open(seen, at(0)));
            if seen <= trough {
                (trough, top) = (seen, seen);
            }
            top = top.max(seen);
            let share = Frac::price(trough).div(&Frac::price(top)).ceil(48);
            let exact = rational::pow2(48) - share;
            prop_assert_eq!(rational::big(u128::from(state.earned_on(Side::Buy).to_bits())), exact);
        }
    }

    /// Exact inverse: on powers of two, a buyer is a seller in the inverse prices, to the last bit.
    #[test]
    fn a_buyer_is_a_seller_upside_down(
        bands in prop::collection::vec((-60_i8..60, 0_i8..3), 1..20),
        wants in prop::collection::vec(any64(), 1..20),
    ) {
        let power = |exponent: i8| Price::from_parts(exponent, 1 << 63).expect("normalised");
        let band = |(low, width): (i8, i8), up: bool| {
            let (low, high) = if up { (low, low + width) } else { (-low - width, -low) };
            PriceBand::new(power(low), power(high)).expect("ordered")
        };
        let rule = config(SELL, SELL);
        let mut states = [true, false].map(|up| TwoSided::open(band(bands[0], up), at(0)));
        for (index, (&seen, &want)) in bands.iter().zip(&wants).enumerate() {
            let now = at(u64::try_from(index).expect("small"));
            for (state, up) in states.iter_mut().zip([true, false]) {
                *state = state.observe(Window::open_band(band(seen, up), now)).advance(&rule, now).expect("forward");
            }
            let [plain, inverse] = states;
            for (side, other) in [(Side::Sell, Side::Buy), (Side::Buy, Side::Sell)] {
                prop_assert_eq!(plain.earned_on(side), inverse.earned_on(other));
                prop_assert_eq!(plain.headroom(&rule, side), inverse.headroom(&rule, other));
            }
            let impact = bits(want).min(plain.headroom(&rule, Side::Buy));
            states = [
                plain.charge(&rule, Side::Buy, impact, now).expect("permitted"),
                inverse.charge(&rule, Side::Sell, impact, now).expect("permitted"),
            ];
        }
    }

    /// At a standing price no order of trades earns anything: each side's charges stay within its burst and leak.
    #[test]
    fn a_round_trip_earns_nothing(trades in prop::collection::vec((any::<bool>(), 0_u64..100, 0_u64..1_300), 1..80)) {
        let rule = config(SELL, BUY);
        let mut state = open(100);
        let (mut clock, mut charged) = (0, [0_u64; 2]);
        for (buys, wait, part) in trades {
            let (side, at_side) = if buys { (Side::Buy, 1) } else { (Side::Sell, 0) };
            clock += wait + 1;
            state = state.advance(&rule, at(clock)).expect("forward").observe(held(100));
            let burst = [SELL, BUY][at_side].burst.to_bits();
            let want = burst / 1_000 * part;
            if let Ok(after) = state.charge(&rule, side, bits(want), at(clock)) {
                state = after;
                charged[at_side] += want;
            }
            prop_assert!(charged[at_side] <= burst + (clock << (30 + at_side)));
        }
    }

    #[test]
    fn the_stated_bounds_are_rounded_up(
        parts in [share(), share(), share(), share()],
        kappas in [(1_u64 << 48)..(4 << 48), (1_u64 << 48)..(4 << 48)],
        leaks in [0_u64..1 << 30, 0_u64..1 << 30],
        swing in (any_ratio(), any_ratio(), share(), 0_u64..100_000),
    ) {
        let side = |at: usize| LedgerParams {
            burst: parts[at],
            leak: Rate::per_second(bits(leaks[at])),
            own_share: parts[at + 2],
            kappa: bits(kappas[at]),
        };
        let rule = TwoSidedConfig::new(TwoSidedParams { sell: side(0), buy: side(1) });
        let gain = |at: usize| Frac::of(side(at).kappa).mul(&Frac::of(side(at).own_share));
        let sum = gain(0).add(&gain(1));
        let Ok(rule) = rule else {
            // Refused within the rounding of two products, or rightly.
            prop_assert!(sum.add(&Frac::new(2_u32, rational::pow2(48))) >= Frac::one());
            return Ok(());
        };
        let (fall, rise, noise, seconds) = swing;
        let swing = Swing { fall, rise, noise, elapsed: Seconds::new(seconds) };
        let part = |at: usize, exogenous: Ratio| {
            let own = Frac::of(side(at).own_share);
            let earned = own.mul(&Frac::of(exogenous).add(&Frac::of(noise)).add(&Frac::of(noise)));
            let leaked = Frac::of(bits(leaks[at])).mul(&Frac::int(u128::from(seconds)));
            Frac::of(side(at).kappa).mul(&Frac::of(parts[at]).add(&leaked).add(&earned))
        };
        let displaced = part(0, fall).add(&part(1, rise)).div(&Frac::one().sub(&sum));
        for (stated, exogenous) in [(rule.bound_fall_ceil(swing), fall), (rule.bound_rise_ceil(swing), rise)] {
            let exact = Frac::of(exogenous).add(&displaced);
            match stated {
                Ok(stated) => prop_assert!(Frac::of(stated) >= exact),
                // The roundings alone never make an overflow of a bound that is far within the type.
                Err(error) => {
                    prop_assert_eq!(error, Error::Overflow);
                    let margin = Frac::one().sub(&sum).mul(&Frac::int(1 << 20)) < Frac::one();
                    prop_assert!(margin || exact > Frac::int(60_000));
                }
            }
        }
        // With no purchases it is the bound of T-A, but for a rounding.
        let alone = TwoSidedParams { sell: side(0), buy: LedgerParams { burst: Ratio::ZERO, leak: Rate::ZERO, own_share: Ratio::ZERO, kappa: Ratio::ONE } };
        let exposure = Exposure { exogenous: fall, noise, elapsed: Seconds::new(seconds) };
        let alone = TwoSidedConfig::new(alone).expect("less than both");
        if let (Ok(both), Ok(one)) = (alone.bound_fall_ceil(swing), alone.side(Side::Sell).bound_ceil(exposure)) {
            prop_assert!(both.to_bits().abs_diff(one.to_bits()) <= 1_000_000 + one.to_bits() / 1_000_000);
        }
    }

    #[test]
    fn what_is_read_is_what_was_written_or_harmless(
        seed in prop::collection::vec((1_u128..1_000, 0_u64..1 << 39, any::<bool>()), 0..6),
        tampered in prop::collection::vec((0_usize..TwoSided::BYTES, any::<u8>()), 0..3),
    ) {
        let rule = config(SELL, BUY);
        let mut state = open(100);
        for (index, (seen, want, buys)) in seed.into_iter().enumerate() {
            let now = at(u64::try_from(index).expect("small") + 1);
            state = state.advance(&rule, now).expect("forward").observe(held(seen));
            let side = if buys { Side::Buy } else { Side::Sell };
            state = state.charge(&rule, side, bits(want), now).unwrap_or(state);
        }
        let mut bytes = vec![0; TwoSided::BYTES];
        state.write_to(&mut bytes).expect("the right length");
        prop_assert_eq!(TwoSided::read_from(&bytes), Ok(state));
        for (place, byte) in tampered {
            bytes[place] = byte;
        }
        if let Ok(read) = TwoSided::read_from(&bytes) {
            let mut again = vec![0; TwoSided::BYTES];
            read.write_to(&mut again).expect("the right length");
            prop_assert_eq!(&again, &bytes, "one form for each state");
            for side in SIDES {
                prop_assert!(read.earned_on(side) <= Ratio::ONE);
                let _ = read.observe(held(7)).headroom(&rule, side);
                let _ = read.charge(&rule, side, Ratio::ULP, at(9));
            }
        }
    }
}

/// The last step of each rounding of the bound, upward.
#[test]
fn each_rounding_of_the_bound_is_upward() {
    let none = LedgerParams { burst: Ratio::ZERO, leak: Rate::ZERO, own_share: Ratio::ZERO, kappa: Ratio::ONE };
    let swing = |fall, noise| Swing { fall, rise: Ratio::ZERO, noise, elapsed: Seconds::ZERO };
    let bound = |sell, buy, swing| config(sell, buy).bound_fall_ceil(swing).map(Ratio::to_bits);
    // kappa * B: 3/2 of a step.
    let half_more = LedgerParams { burst: Ratio::ULP, kappa: bits(3 << 47), ..none };
    assert_eq!(bound(half_more, none, swing(Ratio::ZERO, Ratio::ZERO)), Ok(2));
    assert_eq!(bound(none, half_more, swing(Ratio::ZERO, Ratio::ZERO)), Ok(2));
    // B / (1 - h): 4/3 of a step.
    let quarter = LedgerParams { burst: Ratio::ULP, own_share: bits(1 << 46), ..none };
    assert_eq!(bound(quarter, none, swing(Ratio::ZERO, Ratio::ZERO)), Ok(2));
    // h X and 2 h eps, each less than a step; the denominator is below one by a step only.
    let least = LedgerParams { own_share: Ratio::ULP, ..none };
    assert_eq!(bound(least, none, swing(Ratio::ULP, Ratio::ZERO)), Ok(3));
    assert_eq!(bound(least, none, swing(Ratio::ZERO, Ratio::ULP)), Ok(2));
    // kappa h: just above a quarter, so the denominator is just below three quarters.
    let above = LedgerParams { burst: bits(3 << 40), own_share: bits(1 << 46), kappa: bits((1 << 48) + 1), ..none };
    assert!(bound(above, none, swing(Ratio::ZERO, Ratio::ZERO)).expect("small") > 1 << 42);
}

#[test]
fn stored_refusals() {
    let mut bytes = vec![0; TwoSided::BYTES];
    assert_eq!(open(100).write_to(&mut bytes[1..]), Err(Error::StoredLength));
    open(100).write_to(&mut bytes).expect("the right length");
    assert_eq!(bytes[..4], [7, 1, 0, 0]);
    assert_eq!(TwoSided::read_from(&bytes[1..]), Err(Error::StoredLength));
    assert_eq!(TwoSided::read_from(&[0; TwoSided::BYTES]), Err(Error::StoredHeader));
    // A trade later than the state, and two ledgers at different times.
    let last = TwoSided::BYTES - 8;
    let other = (TwoSided::BYTES - 4 - 18) / 2 + 4 - 8;
    for place in [last, last - 9, other] {
        let mut bytes = bytes.clone();
        bytes[place] = 1;
        assert_eq!(TwoSided::read_from(&bytes), Err(Error::StoredValue), "at {place}");
    }
}

/// The exogenous price swings between two values; at each peak what was sold has recovered and all may be bought, at each
/// trough the other way round, and the displacement of the past comes back: the hypotheses permit it (A8).
fn swings(drift: i32, count: usize) -> Vec<Step> {
    let peak = Step { drift, shown: [0, 1_000], parts: [0, 1_000], buys_first: true };
    let trough = Step { drift: back_down(drift), shown: [1_000, 0], parts: [1_000, 0], buys_first: false };
    (0..count).flat_map(|_| [peak, trough]).collect()
}

/// The move that undoes another, rounded.
fn back_down(drift: i32) -> i32 {
    let up = PPM.saturating_add_signed(i128::from(drift));
    let back = i128::try_from(PPM * PPM / up).expect("small") - 1_000_000;
    i32::try_from(back).expect("small")
}

/// A bound that nothing approaches is a bound that nobody checked.
#[test]
fn the_joint_bound_is_attained() {
    for budgets in [[(100, 250_000), (100, 250_000)], [(100, 100_000), (0, 400_000)], [(0, 600_000), (40, 200_000)]] {
        let (world, charged) = run(budgets, &swings(200, 60));
        let [fall, rise] = world.bounds(budgets);
        assert!(charged[0] > 0 && charged[1] > 0);
        assert!(!world.falls[1].mdd().certainly_gt(fall) && !world.rises[1].mdd().certainly_gt(rise));
        assert!(world.falls[1].mdd().certainly_gt(fall.mul_fraction(98, 100)), "{budgets:?}");
        assert!(world.rises[1].mdd().certainly_gt(rise.mul_fraction(98, 100)), "{budgets:?}");
    }
}

/// Two statements that are false. A rise without any fall (`X = 0`) permits purchases; when they have recovered the price
/// has fallen. So neither the bound of the sales alone holds, nor one in `X` that adds the bursts and twice the own share.
#[test]
fn the_fall_is_not_bounded_without_the_rise() {
    let budgets = [(1_000, 200_000), (1_000, 200_000)];
    let rise = Step { drift: 400_000, shown: [1_000, 1_000], parts: [0, 1_000], buys_first: true };
    let back = Step { drift: 0, shown: [1_000, 0], parts: [1_000, 0], buys_first: false };
    let (world, _) = run(budgets, &[rise, rise, back]);
    assert!(world.falls[0].mdd().hi() <= 4, "the exogenous price does not fall: units of 2^-100");
    let fall = world.falls[1].mdd();
    assert!(fall.certainly_gt(world.bounds([budgets[0], (0, 0)])[0]));
    // (X + B_s + B_b + 4 h eps) / (1 - 2 h)
    let claimed = Log::from_fraction(2_000, 1_000_000).add(world.eps).mul_fraction(10, 6);
    assert!(fall.certainly_gt(claimed));
    assert!(fall.certainly_le(world.bounds(budgets)[0]));
}

/// A ledger with one level, to which sales add and from which purchases take.
struct Netting {
    level: u64,
    burst: u64,
}

/// The same adversary on both rules: sales last, purchases recover at once, the exogenous price stands still.
#[test]
fn a_netting_ledger_sells_without_end() {
    let budgets = [(10_000, 0), (10_000, 0)];
    let mut world = World::new();
    world.step(0, [1_000, 0]);
    let mut naive = Netting { level: 0, burst: ppm(10_000).to_bits() };
    for _ in 0..50 {
        let sale = naive.burst - naive.level;
        naive.level += sale;
        world.trade(Side::Sell, bits(sale));
        let purchase = naive.burst;
        naive.level -= purchase.min(naive.level);
        world.trade(Side::Buy, bits(purchase));
    }
    let [bound, _] = world.bounds(budgets);
    assert!(
        world.falls[1].mdd().certainly_gt(bound.mul_fraction(20, 1)),
        "the naive rule was meant to break the bound"
    );

    let trip = Step { drift: 0, shown: [1_000, 0], parts: [1_000, 1_000], buys_first: false };
    let (world, charged) = run(budgets, &[trip; 50]);
    assert!(world.falls[1].mdd().certainly_le(world.bounds(budgets)[0]));
    assert_eq!(charged, [ppm(10_000).to_bits(); 2], "each side sells its burst once");
}

/// Two ledgers that T-A accepts one by one, with own shares that sum to more than one: a tremor grows until the drawdowns near one.
#[test]
fn own_shares_above_one_together_amplify_a_tremor_fiftyfold() {
    let own_share = ppm(600_000);
    let params = LedgerParams { own_share, burst: Ratio::ZERO, leak: Rate::ZERO, kappa: Ratio::ONE };
    let alone = LedgerConfig::new(params).expect("T-A bounds a seller with this share");
    assert_eq!(TwoSidedConfig::new(TwoSidedParams { sell: params, buy: params }), Err(Error::TwoSidedGain));
    // The sale budget of one rule and the purchase budget of another, which do not know of each other.
    let none = LedgerParams { own_share: Ratio::ZERO, ..params };
    let rules = [config(params, none), config(none, params)];
    let mut world = World::new();
    let mut states = [open(u128::from(START)); 2];
    for (index, step) in swings(1_000, 60).into_iter().enumerate() {
        world.step(step.drift, step.shown);
        let seen = world.see();
        states = states.map(|state| state.observe(seen));
        let at_side = usize::from(step.buys_first);
        let side = SIDES[at_side];
        let now = at(u64::try_from(index).expect("small"));
        let state = states[at_side].advance(&rules[at_side], now).expect("forward");
        let charge = state.headroom(&rules[at_side], side);
        states[at_side] = state.charge(&rules[at_side], side, charge, now).expect("the headroom");
        world.trade(side, charge);
    }
    let exogenous = Exposure { exogenous: ppm(1_001), noise: ppm(1), elapsed: Seconds::ZERO };
    let one = alone.bound_ceil(exogenous).expect("small");
    let one = Log::from_fraction(i128::from(one.to_bits()), 1 << 48);
    assert!(world.falls[1].mdd().certainly_gt(one.mul_fraction(50, 1)), "{}", world.falls[1].mdd().to_f64_hi());
}
