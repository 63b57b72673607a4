//! The volatility estimate: examples, boundaries, every error, and an exact rational reference with an error ledger.

use damper::Error;
use damper::price::Price;
use damper::ratio::Ratio;
use damper::units::{Decay, Seconds, Timestamp};
use damper::volatility::{Volatility, VolatilityConfig, VolatilityParams};
use num_bigint::BigUint;
use num_integer::Integer;
use num_traits::{One, Zero};
use proptest::prelude::*;

const DAY: u64 = 86_400;
const HOUR: u64 = 3_600;

fn bps(n: u32) -> Ratio {
    Ratio::from_bps_floor(n).unwrap()
}

fn price(n: u128) -> Price {
    Price::from_decimal_floor(n, 0).unwrap()
}

fn at(n: u64) -> Timestamp {
    Timestamp::new(n)
}

fn params() -> VolatilityParams {
    VolatilityParams {
        horizon: Seconds::new(DAY),
        rise_half_life: Seconds::new(HOUR),
        fall_half_life: Seconds::new(DAY),
        max_gap: Seconds::new(2 * HOUR),
        floor: Ratio::ZERO,
        cap: bps(20_000),
        start: bps(20_000),
    }
}

fn config(params: VolatilityParams) -> VolatilityConfig {
    VolatilityConfig::new(params).unwrap()
}

fn square(ratio: Ratio) -> u128 {
    u128::from(ratio.to_bits()).pow(2)
}

// ---- the exact reference

/// A non-negative rational.
#[derive(Clone)]
struct Frac(BigUint, BigUint);

impl Frac {
    fn int(n: impl Into<BigUint>) -> Frac {
        Frac(n.into(), BigUint::one())
    }
    fn le(&self, other: &Frac) -> bool {
        &self.0 * &other.1 <= &other.0 * &self.1
    }
    fn add(&self, other: &Frac) -> Frac {
        Frac(&self.0 * &other.1 + &other.0 * &self.1, &self.1 * &other.1)
    }
    /// `self - other`, which must not be negative.
    fn sub(&self, other: &Frac) -> Frac {
        Frac(&self.0 * &other.1 - &other.0 * &self.1, &self.1 * &other.1)
    }
    fn mul(&self, other: &Frac) -> Frac {
        Frac(&self.0 * &other.0, &self.1 * &other.1)
    }
    fn ceil(&self) -> BigUint {
        Integer::div_ceil(&self.0, &self.1)
    }
}

/// Quotient of two prices, exact.
fn quotient(above: Price, below: Price) -> Frac {
    let ((e1, s1), (e2, s2)) = (above.to_parts(), below.to_parts());
    let gap = u32::from(e1.abs_diff(e2));
    let (up, down) = if e1 >= e2 { (gap, 0) } else { (0, gap) };
    Frac(BigUint::from(s1) << up, BigUint::from(s2) << down)
}

/// What the module's documentation defines, in steps of 2^-96, with the distance that rounding may put between.
struct Reference {
    params: VolatilityParams,
    rise: u64,
    fall: u64,
    variance: Frac,
    ledger: BigUint,
    price: Price,
    time: u64,
}

impl Reference {
    fn cold(params: VolatilityParams, price: Price, time: u64) -> Reference {
        Reference {
            params,
            rise: Decay::from_half_life_floor(params.rise_half_life).unwrap().to_bits(),
            fall: Decay::from_half_life_floor(params.fall_half_life).unwrap().to_bits() + 6,
            variance: Frac::int(square(params.start)),
            ledger: BigUint::zero(),
            price,
            time,
        }
    }

    fn observe(&mut self, price: Price, time: u64) {
        let (last, same) = (self.price, price == self.price);
        let elapsed = time - self.time;
        (self.price, self.time) = (price, time);
        if elapsed == 0 && same {
            return;
        }
        let cap = Frac::int(square(self.params.cap));
        let ratio = quotient(last.max(price), last.min(price));
        let counted = elapsed.max(1);
        let one_decay = BigUint::one() << 63_u32;
        let move_ = ratio.sub(&Frac::int(1_u8));
        // m = M 2^-48 and m^2 = M^2 2^-96: in the steps of the variance the square needs no factor.
        let bits = move_.mul(&Frac::int(BigUint::one() << 48));
        let span = Frac(self.params.horizon.get().into(), counted.into());
        let sample = bits.mul(&bits).mul(&span);
        if !ratio.le(&Frac(BigUint::from(u64::MAX), BigUint::one() << 48_u32))
            || Frac::int(BigUint::one() << 128).le(&sample)
        {
            (self.variance, self.ledger) = (cap, BigUint::zero());
            return;
        }
        // The move is rounded up by less than one: M^2 by less than 2 M + 1; the sample once more.
        let sample_slack = Frac::int(bits.ceil() * 2_u8 + 1_u8).mul(&span).ceil() + 1_u8;
        let gone = &one_decay - BigUint::from(self.rise);
        if elapsed == 0 {
            let weight = Frac(gone, self.rise.into());
            self.variance = self.variance.add(&weight.mul(&sample));
            self.ledger += weight.mul(&Frac::int(sample_slack)).ceil() + 1_u8;
        } else {
            let up = self.variance.le(&sample);
            let (decay, dt) =
                if up { (self.rise, elapsed) } else { (self.fall, elapsed.min(self.params.max_gap.get())) };
            let exponent = u32::try_from(dt).unwrap();
            let whole = BigUint::one() << (63_u32 * exponent);
            let weight = Frac(&whole - BigUint::from(decay).pow(exponent), whole);
            // The weight is off by at most 2 dt 2^-63, whichever of the two it is, and at most dt (1 - rise).
            let largest = if up { &sample } else { &self.variance };
            let weight_slack = Frac::int(2 * elapsed).mul(largest).mul(&Frac(BigUint::one(), one_decay.clone()));
            let largest_weight = Frac(gone * elapsed, one_decay.clone());
            self.ledger += weight_slack.ceil() + largest_weight.mul(&Frac::int(sample_slack)).ceil() + 1_u8;
            self.variance = if up {
                self.variance.add(&weight.mul(&sample.sub(&self.variance)))
            } else {
                self.variance.sub(&weight.mul(&self.variance.sub(&sample)))
            };
        }
        if cap.le(&self.variance) {
            (self.variance, self.ledger) = (cap, BigUint::zero());
        }
    }
}

/// A price path: multiplier in steps of 2^-40 on the last price, up or down, and seconds elapsed.
fn next_price(last: Price, (kind, size, down): (u8, u64, bool)) -> Price {
    let (exponent, significand) = last.to_parts();
    let factor = match kind {
        0 => return last,
        1 => return Price::from_parts(exponent, significand ^ 1).unwrap(),
        2 => Ratio::from_bits((1 << 48) + (size >> 40)),
        3 => Ratio::from_bits((1 << 48) + (size >> 20)),
        4 => Ratio::from_bits((1 << 48) + (size >> 14)),
        _ => Ratio::from_bits((1 << 48) + (size >> 1)),
    };
    let moved = if down {
        last.scale_floor(Ratio::from_fraction_floor(1 << 48, u128::from(factor.to_bits())).unwrap().max(Ratio::ULP))
    } else {
        last.scale_ceil(factor)
    };
    moved.unwrap_or(last)
}

fn any_params() -> impl Strategy<Value = VolatilityParams> {
    let lengths = (1_u64..200_000, 1_u64..5_000, 1_u64..100_000, 1_u64..40);
    (lengths, 1_u64..=255 << 48, any::<u64>(), 0_u32..60).prop_map(|((horizon, rise, more, gap), cap, start, shift)| {
        let cap = (cap >> shift).max(1);
        VolatilityParams {
            horizon: Seconds::new(horizon),
            rise_half_life: Seconds::new(rise),
            fall_half_life: Seconds::new(rise + more),
            max_gap: Seconds::new(gap),
            floor: Ratio::ZERO,
            cap: Ratio::from_bits(cap),
            start: Ratio::from_bits(start % (cap + 1)),
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Never below the exact value; above it by at most the ledger, and the ledger is small.
    #[test]
    fn error_ledger(
        params in any_params(),
        start in any::<u64>(),
        path in prop::collection::vec(((0_u8..6, any::<u64>(), any::<bool>()), prop_oneof![0_u64..3, 0_u64..60]), 1..8),
    ) {
        let config = config(params);
        let mut price = Price::from_parts(0, start | 1 << 63).unwrap();
        let mut time = 1_000;
        let mut state = Volatility::cold(&config, price, at(time));
        let mut exact = Reference::cold(params, price, time);
        for (step, elapsed) in path {
            price = next_price(price, step);
            time += elapsed;
            state = config.observe(state, price, at(time)).unwrap();
            exact.observe(price, time);
            let found = Frac::int(state.variance_bits());
            prop_assert!(exact.variance.le(&found), "below the exact value");
            prop_assert!(found.le(&exact.variance.add(&Frac::int(exact.ledger.clone()))), "above the ledger");
            // The sum of at most 8 steps: 2^-34 of what can be in the variance, and the move's own rounding.
            let sigma = config.sigma_ceil(&state).unwrap();
            prop_assert!(square(sigma) >= state.variance_bits());
            prop_assert!(sigma == Ratio::ZERO || square(Ratio::from_bits(sigma.to_bits() - 1)) < state.variance_bits());
        }
    }

    /// A quiet interval counts the same however it is cut.
    #[test]
    fn splitting_a_quiet_interval(
        params in any_params(),
        pieces in prop::collection::vec(1_u64..20, 1..30),
    ) {
        let longest = Seconds::new(pieces.iter().sum::<u64>());
        let params = VolatilityParams { max_gap: longest, ..params };
        let config = config(params);
        let open = Volatility::cold(&config, price(7), at(0));
        let whole = config.observe(open, price(7), at(longest.get())).unwrap().variance_bits();
        let (mut split, mut time) = (open, 0);
        for piece in &pieces {
            time += piece;
            split = config.observe(split, price(7), at(time)).unwrap();
        }
        // Each is above the exact value by at most: one step per observation, 2 * 2^-63 of the variance per second.
        let slack = (square(params.start) >> 61) * u128::from(longest.get()) + 64;
        prop_assert!(split.variance_bits().abs_diff(whole) <= slack);
    }

    /// A larger move, or a larger variance before it, never makes a smaller variance.
    #[test]
    fn monotone(
        params in any_params(),
        elapsed in 0_u64..100,
        sizes in (any::<u64>(), any::<u64>()),
        shift in 0_u32..50,
        starts in (any::<u64>(), any::<u64>()),
    ) {
        let limit = params.cap.to_bits() + 1;
        let (low, high) = (sizes.0.min(sizes.1) >> shift, sizes.0.max(sizes.1) >> shift);
        let (calm, wild) = ((starts.0 % limit).min(starts.1 % limit), (starts.0 % limit).max(starts.1 % limit));
        let run = |start: u64, size: u64| {
            let config = config(VolatilityParams { start: Ratio::from_bits(start), ..params });
            let open = Volatility::cold(&config, price(1), at(0));
            let moved = price(1).scale_ceil(Ratio::from_bits((size >> 1) + (1 << 48))).unwrap();
            config.observe(open, moved, at(elapsed)).unwrap().variance_bits()
        };
        prop_assert!(run(calm, low) <= run(calm, high));
        prop_assert!(run(calm, high) <= run(wild, high));
    }

    /// Any two prices, any times in order: no error, and nothing above the cap.
    #[test]
    fn no_overflow(
        params in any_params(),
        prices in prop::collection::vec((any::<i8>(), any::<u64>(), any::<u64>()), 2..6),
        ends in (any::<u64>(), 0_u32..64),
    ) {
        let (horizon, max_gap) = (Seconds::new(ends.0.max(1)), Seconds::new((ends.0 >> ends.1).max(1)));
        let config = config(VolatilityParams { horizon, max_gap, ..params });
        let mut times: Vec<u64> = prices.iter().map(|p| p.2).collect();
        times.sort_unstable();
        let mut state = Volatility::cold(&config, Price::MAX, at(0));
        for ((exponent, significand, _), time) in prices.iter().zip(times) {
            let price = Price::from_parts(*exponent, significand | 1 << 63).unwrap();
            state = config.observe(state, price, at(time)).unwrap();
            prop_assert!(state.variance_bits() <= square(params.cap));
            prop_assert!(config.sigma_ceil(&state).unwrap() <= params.cap);
        }
    }
}

#[test]
fn the_ledger_is_small() {
    // 10 % in an hour from a sigma of 1 %: the ledger is below 2^-40 of the variance, so that a test that stays inside
    // it tells an error of the formula from a rounding.
    let params = VolatilityParams { start: bps(100), ..params() };
    let mut exact = Reference::cold(params, price(100), 0);
    exact.observe(price(110), HOUR);
    assert!(Frac(exact.ledger << 40_u32, BigUint::one()).le(&exact.variance));
}

#[test]
fn each_rounding_alone_is_upward() {
    // The price doubles: the move is one, exactly, so no rounding of it hides those of the sample, weight and product.
    for rise_half_life in [1, 2, 3, 7, 1_000] {
        for elapsed in 0..60 {
            for start in [Ratio::ZERO, Ratio::ULP, bps(777)] {
                let params = VolatilityParams {
                    horizon: Seconds::new(60_001),
                    rise_half_life: Seconds::new(rise_half_life),
                    cap: Ratio::from_fraction_floor(255, 1).unwrap(),
                    start,
                    ..params()
                };
                let config = config(params);
                let open = Volatility::cold(&config, price(1), at(0));
                let mut exact = Reference::cold(params, price(1), 0);
                exact.observe(price(2), elapsed);
                let found = config.observe(open, price(2), at(elapsed)).unwrap();
                assert!(exact.variance.le(&Frac::int(found.variance_bits())), "{rise_half_life} {elapsed} {start:?}");
            }
        }
    }
}

// ---- speed

#[test]
fn half_the_way_up_after_the_rise_half_life() {
    let config = config(VolatilityParams { start: Ratio::ZERO, ..params() });
    let open = Volatility::cold(&config, price(100), at(0));
    // One step: s = 0.1^2 * 24, half of it is 0.12.
    let one = config.observe(open, price(110), at(HOUR)).unwrap().variance_bits();
    let half = (12_u128 << 96) / 100;
    assert!(one >= half && one - half < half >> 40, "{one} against {half}");
    // Sixty steps with the same sample: the price goes back and forth between 100 and 101.
    let mut state = open;
    for minute in 1..=60_u64 {
        state = config.observe(state, price(100 + u128::from(minute % 2)), at(60 * minute)).unwrap();
    }
    let half = ((1_u128 << 96) / 10_000) * 1_440 / 2;
    assert!(state.variance_bits() >= half && state.variance_bits() - half < half >> 30);
}

#[test]
fn half_the_way_down_after_the_fall_half_life() {
    for half_life in [1, 2, 3, 59, 3_599, 3_600, 86_400, 604_800, 31_536_000, 1 << 40] {
        let length = Seconds::new(half_life);
        let config = config(VolatilityParams {
            rise_half_life: Seconds::new(1),
            fall_half_life: length,
            max_gap: length,
            ..params()
        });
        let open = Volatility::cold(&config, price(100), at(5));
        let half = square(bps(20_000)) / 2;
        let left = config.observe(open, price(100), at(5 + half_life)).unwrap().variance_bits();
        // With u = 2^-63 the decay is at most 6 u above the exact one, which is at least 1/2: 12 n u of the half; the
        // power at most 2 n u above its exact value: 4 n u of the half.
        let slack = (half >> 59) * u128::from(half_life) + 1;
        assert!(left >= half && left - half <= slack, "half-life {half_life}");
    }
}

#[test]
fn fast_up_slow_down() {
    let config = config(VolatilityParams { start: Ratio::ZERO, ..params() });
    let open = Volatility::cold(&config, price(100), at(0));
    let up = config.observe(open, price(110), at(HOUR)).unwrap();
    // The same hour, without a move: what went up by half comes down by 1 - 2^(-1/24) = 2.85 %.
    let down = config.observe(up, price(110), at(2 * HOUR)).unwrap();
    let lost = up.variance_bits() - down.variance_bits();
    assert!(lost * 1_000 / up.variance_bits() == 28);
}

#[test]
fn a_quiet_second_of_a_stable_asset_is_seen() {
    // 0.02 % a day, seen every second: 6.8e-7 a move. The estimate settles at it, to within one part in a million.
    let config =
        config(VolatilityParams { rise_half_life: Seconds::new(300), fall_half_life: Seconds::new(600), ..params() });
    let (low, high) = (price(1_000_000_000), price(1_000_000_680));
    let mut state = Volatility::cold(&config, low, at(0));
    for second in 1..=60_000 {
        state = config.observe(state, if second % 2 == 0 { low } else { high }, at(second)).unwrap();
    }
    let exact = u64::try_from(((680_u128 << 48) * 293_938_769 / 1_000_000_000 + 500_000) / 1_000_000).unwrap();
    let sigma = config.sigma_ceil(&state).unwrap().to_bits();
    assert!(sigma.abs_diff(exact) <= exact / 1_000_000, "{sigma} against {exact}");
}

#[test]
fn rounding_up_leaves_next_to_nothing() {
    // No move for 150 half-lives, seen every second: what remains is at most 1 / w steps of 2^-96.
    let config = config(VolatilityParams { fall_half_life: Seconds::new(HOUR), ..params() });
    let mut state = Volatility::cold(&config, price(1), at(0));
    for second in 1..=150 * HOUR {
        state = config.observe(state, price(1), at(second)).unwrap();
    }
    assert!(state.variance_bits() <= 5_195, "{}", state.variance_bits());
}

// ---- gaps, equal times, boundaries

#[test]
fn silence_counts_as_the_longest_gap() {
    let config = config(params());
    let open = Volatility::cold(&config, price(100), at(0));
    let seen = |price, time| config.observe(open, price, at(time)).unwrap().variance_bits();
    assert_eq!(seen(price(100), 2 * HOUR), seen(price(100), u64::MAX));
    assert!(seen(price(100), 2 * HOUR) < seen(price(100), 2 * HOUR - 1));
    // A rise is not limited by it: ten hours at a rise half-life of one hour take up all but 2^-10.
    let quiet = config_quiet();
    let open = Volatility::cold(&quiet, price(100), at(0));
    let up = quiet.observe(open, price(200), at(10 * HOUR)).unwrap().variance_bits();
    let sample = (24_u128 << 96) / 10;
    assert!(up >= sample - (sample >> 10) && up <= sample - (sample >> 10) + (sample >> 30));
}

fn config_quiet() -> VolatilityConfig {
    config(VolatilityParams { start: Ratio::ZERO, ..params() })
}

#[test]
fn no_time_elapsed() {
    let config = config_quiet();
    let open = Volatility::cold(&config, price(100), at(50));
    let some = config.observe(open, price(110), at(HOUR)).unwrap();
    assert_eq!(config.observe(some, price(110), at(HOUR)), Ok(some));
    // Another price adds m^2 * horizon * (1 - d) / d, which is at least m^2 * horizon * ln(1/d) = 0.01 * 24 * ln 2, and
    // above it by ln 2 / 7200 of it, one part in 10,387.
    let jumped = config.observe(some, price(121), at(HOUR)).unwrap();
    let added = jumped.variance_bits() - some.variance_bits();
    let limit = (24_u128 << 96) / 100 / 1_000_000_000_000_000 * 693_147_180_559_945;
    assert!(added > limit && added - limit < limit / 5_000, "{added} against {limit}");
    // It is at least what the same move in one second adds to the same variance.
    let second = config.observe(some, price(121), at(HOUR + 1)).unwrap();
    assert!(second.variance_bits() <= jumped.variance_bits());
    // A small move does not let it fall, as no time has passed; the time is kept, and the new price is the last.
    let hair = Price::from_decimal_floor(11_000_000_001, -8).unwrap();
    let barely = config.observe(some, hair, at(HOUR)).unwrap();
    assert!(barely.variance_bits() > some.variance_bits());
    assert_eq!(config.observe(barely, hair, at(HOUR)), Ok(barely));
    assert_eq!(config.observe(barely, hair, at(HOUR - 1)), Err(Error::PriceOutOfOrder));
}

#[test]
fn cold_start() {
    let params = params();
    let config = config(params);
    let open = Volatility::cold(&config, price(3), at(9));
    assert_eq!(config.sigma_ceil(&open), Ok(params.start));
    assert_eq!(open.variance_bits(), square(params.start));
    assert_eq!(config.params(), &params);
    // It stays high until the market has been seen calm: after a day of hourly prices still above 0.7 of the start.
    let mut state = open;
    for hour in 1..=24 {
        state = config.observe(state, price(3), at(9 + hour * HOUR)).unwrap();
    }
    assert_eq!(config.sigma_ceil(&state).unwrap().to_bps_floor(), 14_142);
}

#[test]
fn another_start_is_the_same_as_one_built_with_it() {
    let params = VolatilityParams { floor: bps(100), ..params() };
    for start in [params.floor, bps(777), params.cap] {
        let built = VolatilityConfig::new(VolatilityParams { start, ..params });
        assert_eq!(config(params).starting_at(start), built);
    }
    for outside in [params.floor.to_bits() - 1, params.cap.to_bits() + 1] {
        assert_eq!(config(params).starting_at(Ratio::from_bits(outside)), Err(Error::VolatilityStartRange));
    }
}

#[test]
fn the_cap_holds_for_any_two_prices() {
    let config = config_quiet();
    let cap = config.params().cap;
    for (before, after) in [(Price::MIN, Price::MAX), (Price::MAX, Price::MIN), (price(1), price(65_536))] {
        for elapsed in [0, 1, DAY, 30 * DAY] {
            let open = Volatility::cold(&config, before, at(0));
            let state = config.observe(open, after, at(elapsed)).unwrap();
            assert_eq!(config.sigma_ceil(&state), Ok(cap));
            assert_eq!(state.variance_bits(), square(cap));
        }
    }
    // From the cap it falls like from any other value.
    let open = Volatility::cold(&config, Price::MIN, at(0));
    let high = config.observe(open, Price::MAX, at(1)).unwrap();
    let later = config.observe(high, Price::MAX, at(1 + HOUR)).unwrap();
    assert!(config.sigma_ceil(&later).unwrap() < cap);
}

#[test]
fn the_cap_limits_the_variance_and_not_the_sample() {
    // A sample of 100 with a weight of 1/2 on a cap of 4: the exact average is 50, above the cap.
    let config = config_quiet();
    let open = Volatility::cold(&config, price(10), at(0));
    let state = config.observe(open, price(31), at(HOUR)).unwrap();
    assert_eq!(state.variance_bits(), square(config.params().cap));
}

#[test]
fn the_floor_is_read_and_not_stored() {
    let floor = bps(300);
    let config = config(VolatilityParams { floor, start: floor, ..params() });
    let open = Volatility::cold(&config, price(1), at(0));
    let calm = config.observe(open, price(1), at(HOUR)).unwrap();
    assert!(calm.variance_bits() < square(floor));
    assert_eq!(config.sigma_ceil(&calm), Ok(floor));
}

#[test]
fn reading_rounds_up() {
    // A variance of 2^-96 has the root 2^-48; the next root starts above.
    let config = config(VolatilityParams { start: Ratio::ULP, ..params() });
    let open = Volatility::cold(&config, price(1), at(0));
    assert_eq!(config.sigma_ceil(&open), Ok(Ratio::ULP));
    let jumped = config.observe(open, Price::from_parts(0, (1 << 63) + 1).unwrap(), at(0)).unwrap();
    assert!(jumped.variance_bits() > 1);
    assert!(config.sigma_ceil(&jumped).unwrap() > Ratio::ULP);
}

// ---- errors

#[test]
fn errors() {
    let good = params();
    let refused = |params| VolatilityConfig::new(params).unwrap_err();
    assert_eq!(refused(VolatilityParams { horizon: Seconds::ZERO, ..good }), Error::VolatilityHorizonZero);
    assert_eq!(refused(VolatilityParams { max_gap: Seconds::ZERO, ..good }), Error::VolatilityHorizonZero);
    assert_eq!(refused(VolatilityParams { rise_half_life: Seconds::ZERO, ..good }), Error::HalfLifeZero);
    assert_eq!(refused(VolatilityParams { fall_half_life: Seconds::ZERO, ..good }), Error::HalfLifeZero);
    let slower = VolatilityParams { rise_half_life: Seconds::new(DAY + 1), ..good };
    assert_eq!(refused(slower), Error::VolatilityRisesSlower);
    assert!(VolatilityConfig::new(VolatilityParams { rise_half_life: Seconds::new(DAY), ..good }).is_ok());
    assert_eq!(refused(VolatilityParams { floor: bps(20_001), ..good }), Error::VolatilityFloorAboveCap);
    // A floor at the cap is an estimate that never moves.
    assert!(VolatilityConfig::new(VolatilityParams { floor: good.cap, start: good.cap, ..good }).is_ok());
    let edge = Ratio::from_fraction_floor(255, 1).unwrap();
    assert!(VolatilityConfig::new(VolatilityParams { cap: edge, ..good }).is_ok());
    let above = Ratio::from_bits(edge.to_bits() + 1);
    assert_eq!(refused(VolatilityParams { cap: above, ..good }), Error::VolatilityCapRange);
    let floor = bps(100);
    assert!(VolatilityConfig::new(VolatilityParams { floor, start: floor, ..good }).is_ok());
    let low = Ratio::from_bits(floor.to_bits() - 1);
    assert_eq!(refused(VolatilityParams { floor, start: low, ..good }), Error::VolatilityStartRange);
    let high = Ratio::from_bits(good.cap.to_bits() + 1);
    assert_eq!(refused(VolatilityParams { start: high, ..good }), Error::VolatilityStartRange);
    let config = config(good);
    let open = Volatility::cold(&config, price(1), at(10));
    assert_eq!(config.observe(open, price(1), at(9)), Err(Error::PriceOutOfOrder));
    assert_eq!(config.observe(open, price(1), at(10)), Ok(open));
}
