//! The circuit breaker: examples, boundaries, every error, an independent model, and the bound on halted time.

use damper::Error;
use damper::breaker::{Breaker, BreakerConfig, BreakerParams, LEVELS, Level, MAX_HALT, MAX_REST, Stops};
use damper::price::Price;
use damper::ratio::Ratio;
use damper::units::{Seconds, Timestamp};
use damper::window::Window;
use num_bigint::BigUint;
use proptest::prelude::*;

const BORROW: Stops = Stops { borrow: true, kick: false, take: false };
const KICK: Stops = Stops { borrow: true, kick: true, take: false };
const ALL: Stops = Stops { borrow: true, kick: true, take: true };

fn bps(n: u32) -> Ratio {
    Ratio::from_bps_floor(n).unwrap()
}

fn at(n: u64) -> Timestamp {
    Timestamp::new(n)
}

/// In hundredths: the reference is 10,000.
fn price(n: u128) -> Price {
    Price::from_decimal_floor(n, -2).unwrap()
}

fn level(trip: u32, release: u32, stops: Stops, halt: u64) -> Level {
    Level { trip: bps(trip), release: bps(release), stops, halt: Seconds::new(halt) }
}

/// 7, 13 and 20 %.
fn params() -> BreakerParams {
    BreakerParams {
        levels: [level(700, 500, BORROW, 900), level(1_300, 1_000, KICK, 900), level(2_000, 1_600, ALL, 3_600)],
        window: Seconds::new(86_400),
        rest: Seconds::new(600),
    }
}

fn config(params: BreakerParams) -> BreakerConfig {
    BreakerConfig::new(params).unwrap()
}

fn open() -> Breaker {
    Breaker::open(price(10_000), at(0))
}

/// The state after prices at times.
fn run(config: &BreakerConfig, start: Breaker, path: &[(u64, u128)]) -> Breaker {
    path.iter().fold(start, |state, &(time, n)| config.observe(state, price(n), at(time)).unwrap())
}

// ---- what each level stops, boundaries

/// The comparison where the price is 2^48 times below the peak, to the last bit of its significand.
#[test]
fn the_last_step_before_nothing_trips_at_its_price_and_not_above() {
    let last = Ratio::from_bits((1 << 48) - 1);
    let stops = Stops { borrow: true, ..Stops::NONE };
    let one = |trip, release| level(trip, release, stops, 60);
    let levels = [one(50, 40), one(60, 50), Level { trip: last, ..one(70, 60) }];
    let config = BreakerConfig::new(BreakerParams { levels, ..params() }).expect("sound");
    let significand = (3 << 62) + 5;
    let peak = Price::from_parts(20, significand).expect("normalised");
    let after = |exponent: i8, significand: u64| {
        let price = Price::from_parts(exponent, significand).expect("normalised");
        config.observe(Breaker::open(peak, at(0)), price, at(1)).expect("in order").level()
    };
    assert_eq!(after(20 - 48, significand), 3);
    assert_eq!(after(20 - 48, significand + 1), 2);
    assert_eq!(after(20 - 49, u64::MAX), 3);
}

#[test]
fn each_level_stops_what_it_names() {
    let config = config(params());
    for (n, level, stops, halt) in [
        (9_301, 0, Stops::NONE, 0),
        (9_300, 1, BORROW, 900),
        (8_701, 1, BORROW, 900),
        (8_700, 2, KICK, 900),
        (8_001, 2, KICK, 900),
        (8_000, 3, ALL, 3_600),
        (1, 3, ALL, 3_600),
    ] {
        let state = run(&config, open(), &[(50, n)]);
        assert_eq!((state.level(), config.stops(&state, at(50))), (level, stops), "{n}");
        assert_eq!(config.is_up(&state, at(50)), level > 0);
        let resumes = if stops.kick { 50 + halt } else { 50 };
        assert_eq!(config.kick_resumes(&state, at(50)), at(resumes));
        if halt > 0 {
            assert_eq!(config.stops(&state, at(50 + halt - 1)), stops);
        }
        // From the end on nothing is stopped, whatever the price, observed or not.
        assert_eq!(config.stops(&state, at(50 + halt)), Stops::NONE);
        assert!(!config.is_up(&state, at(50 + halt)));
        assert_eq!(config.kick_resumes(&state, at(50 + halt)), at(50 + halt));
        let later = run(&config, state, &[(50 + halt, n)]);
        assert!(!config.is_up(&later, at(50 + halt)) && later.level() == 0);
    }
}

#[test]
fn the_exact_boundary_trips() {
    // 1/8 of a power of two: the boundary is a price.
    let eighth = Ratio::from_fraction_floor(1, 8).unwrap();
    let first = Level { trip: eighth, release: Ratio::ULP, ..params().levels[0] };
    let levels = [first, params().levels[1], params().levels[2]];
    let config = config(BreakerParams { levels, ..params() });
    for exponent in [-128_i8, -127, -1, 0, 100, 127] {
        let high = Price::from_parts(exponent, 1 << 63).unwrap();
        let start = Breaker::open(high, at(0));
        let Some(below) = exponent.checked_sub(1) else {
            // The boundary lies below the smallest price: no price reaches it.
            assert_eq!(config.observe(start, Price::MIN, at(1)).unwrap().level(), 0);
            continue;
        };
        let boundary = Price::from_parts(below, 7 << 61).unwrap();
        let above = Price::from_parts(below, (7 << 61) + 1).unwrap();
        assert_eq!(config.observe(start, boundary, at(1)).unwrap().level(), 1);
        assert_eq!(config.observe(start, above, at(1)).unwrap().level(), 0);
    }
}

#[test]
fn a_fall_is_counted_from_the_highest_price_of_the_window() {
    let config = config(BreakerParams { window: Seconds::new(100), ..params() });
    // The first time at which a slide by `fall` every `gap` seconds trips something, within 40 % in all.
    let trips = |gap: u64, fall: u64| {
        let mut state = open();
        (1..=4_000 / fall).map(|step| gap * step).find(|&now| {
            state = run(&config, state, &[(now, u128::from(10_000 - now / gap * fall))]);
            config.is_up(&state, at(now))
        })
    };
    // The two buckets reach back 100 to 200 seconds: 4 % to 6.25 % at 2 a second, 7 % at 8 a second.
    assert_eq!(trips(1, 2), None);
    assert_eq!(trips(1, 8), Some(88));
    // With gaps wider than the window the price before is still there, and no other.
    assert_eq!(trips(250, 400), None);
    assert_eq!(trips(250, 700), Some(250));
}

#[test]
fn a_gap_in_the_observations() {
    let config = config(params());
    // What was seen before a gap of a year is what the next price is compared with.
    let state = run(&config, open(), &[(31_536_000, 8_000)]);
    assert_eq!(state.level(), 3);
    // A halt ends with no observation at all, and the next price starts nothing.
    assert!(!config.is_up(&state, at(31_536_000 + 3_600)));
    let later = run(&config, state, &[(2 * 31_536_000, 8_000)]);
    assert!(!config.is_up(&later, at(2 * 31_536_000)));
    // A fall while halted and unseen escalates when it is seen.
    let first = run(&config, open(), &[(10, 9_300)]);
    let seen = run(&config, first, &[(909, 7_000)]);
    assert_eq!(config.kick_resumes(&seen, at(909)), at(909 + 3_600));
}

// ---- escalation, hysteresis, re-arming

#[test]
fn a_higher_level_escalates_and_restarts_the_time() {
    let config = config(params());
    let state = run(&config, open(), &[(10, 9_200), (500, 8_600)]);
    assert_eq!((state.level(), config.kick_resumes(&state, at(500))), (2, at(1_400)));
    let state = run(&config, state, &[(1_399, 7_900)]);
    assert_eq!((state.level(), config.kick_resumes(&state, at(1_399))), (3, at(4_999)));
    // Deeper still is no new trip.
    let state = run(&config, state, &[(4_998, 100)]);
    assert_eq!(config.kick_resumes(&state, at(4_998)), at(4_999));
    assert_eq!(config.stops(&state, at(4_999)), Stops::NONE);
}

#[test]
fn after_a_halt_a_higher_level_may_still_trip() {
    let config = config(params());
    let state = run(&config, open(), &[(10, 9_200), (920, 8_600)]);
    assert_eq!(config.kick_resumes(&state, at(920)), at(1_820));
}

#[test]
fn a_recovery_lets_go_early() {
    let config = config(params());
    let top = run(&config, open(), &[(10, 7_900)]);
    let released = |n| {
        let state = run(&config, top, &[(20, n)]);
        (state.level(), config.stops(&state, at(20)), config.is_up(&state, at(20)))
    };
    // 16 % down is not below the release of 16 %: level 3 holds. Above, the level is the highest that still holds.
    assert_eq!(released(8_400), (3, ALL, true));
    assert_eq!(released(8_401), (2, KICK, true));
    assert_eq!(released(9_000), (2, KICK, true));
    assert_eq!(released(9_001), (1, BORROW, true));
    assert_eq!(released(9_500), (1, BORROW, true));
    assert_eq!(released(9_501), (0, Stops::NONE, false));
    // It does not rise again within the halt, and the end stays.
    let state = run(&config, top, &[(20, 8_700), (30, 7_000)]);
    assert_eq!(state.level(), 2);
    assert_eq!(config.kick_resumes(&state, at(30)), at(3_610));
}

#[test]
fn the_magnet_finds_one_halt() {
    // The price swings around the first level for a day, down to 8 % and up to 6 %: it never recovers below the release.
    let config = config(params());
    let mut state = open();
    let halted = (1..86_400_u64)
        .filter(|second| {
            state = run(&config, state, &[(*second, if second % 2 == 0 { 9_200 } else { 9_400 })]);
            config.is_up(&state, at(*second))
        })
        .count();
    assert_eq!(halted, 900);
}

#[test]
fn re_arming_needs_a_recovery_and_a_rest() {
    let config = config(params());
    // Tripped at 10, halted until 910, rested at 1,510.
    let tripped = run(&config, open(), &[(10, 9_200)]);
    let again = |time, n| {
        let state = run(&config, tripped, &[(time, n), (time, 9_200)]);
        config.is_up(&state, at(time)).then(|| state.level())
    };
    assert_eq!(again(910, 10_000), None);
    assert_eq!(again(1_509, 9_900), None);
    assert_eq!(again(1_510, 9_500), None, "5 % down is not below the release of 5 %");
    assert_eq!(again(1_510, 9_501), Some(1));
    // A recovery before the rest is over does not count: it must be seen at its end.
    let state = run(&config, tripped, &[(1_509, 10_000), (1_510, 9_200)]);
    assert!(!config.is_up(&state, at(1_510)));
}

#[test]
fn each_level_is_armed_again_by_its_own_release() {
    let config = config(params());
    // Level 3 at 10, until 3,610, rested at 4,210. 15 % down is below the release of level 3 alone.
    let rested = run(&config, open(), &[(10, 7_900), (4_210, 8_500)]);
    let state = run(&config, rested, &[(4_211, 8_450)]);
    assert!(!config.is_up(&state, at(4_211)));
    let state = run(&config, state, &[(4_212, 8_000)]);
    assert_eq!((state.level(), config.is_up(&state, at(4_212))), (3, true));
    // 9 % down re-arms level 2 as well: 13 % trips it, 8 % does not trip level 1.
    let rested = run(&config, open(), &[(10, 7_900), (4_210, 9_100)]);
    assert_eq!(run(&config, rested, &[(4_211, 9_200)]).level(), 0);
    assert_eq!(run(&config, rested, &[(4_211, 8_700)]).level(), 2);
}

// ---- the independent model

/// As the module's documentation states it, level by level, with exact fractions.
struct Model {
    params: BreakerParams,
    window: Window,
    armed: [bool; LEVELS],
    level: usize,
    until: u64,
}

/// `(high - price) / high >= point`, in integers.
fn fallen(price: Price, high: Price, point: Ratio) -> bool {
    let ((e1, s1), (e2, s2)) = (price.to_parts(), high.to_parts());
    let wide = |exponent: i8, significand: u64| BigUint::from(significand) << u32::from(exponent.abs_diff(i8::MIN));
    let (price, high) = (wide(e1, s1), wide(e2, s2));
    price <= high && (&high - &price) << 48_u32 >= high * point.to_bits()
}

impl Model {
    fn observe(&mut self, price: Price, now: u64) {
        self.window = self.window.observe(price, at(now), self.params.window).unwrap();
        let high = self.window.high();
        let levels = self.params.levels;
        let trip = (0..LEVELS).rev().find(|&k| self.armed[k] && fallen(price, high, levels[k].trip));
        if now >= self.until + self.params.rest.get() {
            for (armed, level) in self.armed.iter_mut().zip(&levels) {
                *armed |= !fallen(price, high, level.release);
            }
        }
        if let Some(k) = trip {
            self.armed[..=k].fill(false);
            (self.level, self.until) = (k + 1, now + levels[k].halt.get());
        } else if now >= self.until {
            self.level = 0;
        } else {
            while self.level > 0 && !fallen(price, high, levels[self.level - 1].release) {
                self.level -= 1;
            }
        }
    }

    fn stops(&self, now: u64) -> Stops {
        if self.level > 0 && now < self.until { self.params.levels[self.level - 1].stops } else { Stops::NONE }
    }
}

fn any_params() -> impl Strategy<Value = BreakerParams> {
    let stops = (0_usize..4, 0_usize..4, 0_usize..4);
    let halts = prop::array::uniform3(1_u64..12);
    let releases = prop::array::uniform3(1_u64..1 << 48);
    let trips = prop::array::uniform3(1_u32..3_000);
    (stops, halts, releases, trips, 1_u64..30, 1_u64..15).prop_filter_map(
        "equal trips",
        |((borrow, kick, take), mut halts, releases, mut trips, window, rest)| {
            halts.sort_unstable();
            trips.sort_unstable();
            let mut least = 1;
            let levels = core::array::from_fn(|k| {
                // Between the release below and the own trip, near either end or anywhere.
                let trip = bps(trips[k]);
                let room = trip.to_bits().saturating_sub(least).max(1);
                least += match releases[k] % 4 {
                    0 => 0,
                    1 => room - 1,
                    _ => releases[k] % room,
                };
                let stops = Stops { borrow: k >= borrow, kick: k >= kick, take: k >= take };
                Level { trip, release: Ratio::from_bits(least), stops, halt: Seconds::new(halts[k]) }
            });
            let params = BreakerParams { levels, window: Seconds::new(window), rest: Seconds::new(rest) };
            BreakerConfig::new(params).ok().map(|_| params)
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn as_the_model(
        params in any_params(),
        path in prop::collection::vec((0_u64..12, 6_500_u128..10_500, 0_u8..8), 1..60),
    ) {
        let config = config(params);
        let mut state = open();
        let mut model =
            Model { params, window: Window::open(price(10_000), at(0)), armed: [true; LEVELS], level: 0, until: 0 };
        let mut now = 0;
        for (elapsed, n, exact) in path {
            now += elapsed;
            // Sometimes exactly at, or one step above, a boundary of the present window.
            let seen = model.window.high();
            let points = params.levels.map(|level| [level.trip, level.release]);
            let next = match points.as_flattened().get(usize::from(exact)) {
                Some(point) => {
                    let limit = seen.scale_floor(Ratio::from_bits((1 << 48) - point.to_bits())).unwrap();
                    let (exponent, significand) = limit.to_parts();
                    if n % 2 == 0 { limit } else { Price::from_parts(exponent, significand.saturating_add(1)).unwrap() }
                }
                None => price(n),
            };
            state = config.observe(state, next, at(now)).unwrap();
            model.observe(next, now);
            for later in now..now + 15 {
                prop_assert_eq!(config.stops(&state, at(later)), model.stops(later));
                prop_assert_eq!(config.is_up(&state, at(later)), model.level > 0 && later < model.until);
                let resumes = if model.stops(later).take { model.until } else { later };
                prop_assert_eq!(config.take_resumes(&state, at(later)), at(resumes));
                let resumes = if model.stops(later).kick { model.until } else { later };
                prop_assert_eq!(config.kick_resumes(&state, at(later)), at(resumes));
            }
        }
    }

    /// Against any path, and against one that trips whenever it can: in every interval of `T` seconds at most
    /// `H * (T + rest) / (H + rest)` are halted, for all halts, for each operation and for each level.
    #[test]
    fn halted_time_is_bounded(
        params in any_params(),
        path in prop::collection::vec((0_u8..8, 6_000_u128..10_500), 150..250),
        greedy in any::<bool>(),
    ) {
        let config = config(params);
        let mut state = open();
        let halts = params.levels.map(|level| level.halt.get());
        let of = |stops: fn(Stops) -> bool| {
            params.levels.iter().filter(|level| stops(level.stops)).map(|level| level.halt.get()).sum::<u64>()
        };
        let budgets = [
            halts.iter().sum::<u64>(), of(|s| s.borrow), of(|s| s.kick), of(|s| s.take), halts[0], halts[1], halts[2],
        ];
        let mut halted = vec![[false; 7]; path.len()];
        let mut halt_of_level = [0_u64; LEVELS];
        for (second, &(kind, n)) in path.iter().enumerate() {
            let now = at(second as u64);
            let prices: &[u128] = match (greedy, kind) {
                // Recover in full, then fall by as little as trips something, again and again.
                (true, _) => &[10_000, 9_900, 9_300, 8_700, 8_000, 7_000][..=usize::from(kind % 6)],
                (false, 0) => &[],
                (false, _) => &[n],
            };
            for &n in prices {
                let was = if config.is_up(&state, now) { state.level() } else { 0 };
                state = config.observe(state, price(n), now).unwrap();
                if config.is_up(&state, now) && state.level() > was {
                    let k = usize::from(state.level()) - 1;
                    halt_of_level[k] = second as u64 + halts[k];
                }
            }
            let stops = config.stops(&state, now);
            let running = halt_of_level.map(|end| (second as u64) < end);
            halted[second] =
                [config.is_up(&state, now), stops.borrow, stops.kick, stops.take, running[0], running[1], running[2]];
        }
        // `sum (H + rest) - H elapsed <= H rest` for every interval: of all that end in a second, for the one with the most.
        let rest = params.rest.get() as i64;
        let mut most = [0_i64; 7];
        for row in halted {
            for ((most, halted), budget) in most.iter_mut().zip(row).zip(budgets) {
                let budget = budget as i64;
                *most = (*most).max(0) + i64::from(halted) * (budget + rest) - budget;
                prop_assert!(*most <= budget * rest);
            }
        }
    }
}

#[test]
fn the_bound_on_halted_time_is_attained() {
    // Each level in turn at the end of the halt before, a full recovery at the end of the rest, and again: after n
    // rounds of H halted and `rest` open seconds, less the last rest, halted = n * H = H * (T + rest) / (H + rest).
    let config = config(params());
    let (sum, rest) = (900 + 900 + 3_600, 600);
    let mut state = open();
    let (mut halted, mut now) = (0, 0);
    for _round in 0..5 {
        state = run(&config, state, &[(now, 10_000)]);
        for (n, halt) in [(9_300, 900), (8_700, 900), (8_000, 3_600)] {
            state = run(&config, state, &[(now, n)]);
            let end = now + halt;
            halted += (now..end).filter(|second| config.is_up(&state, at(*second))).count() as u64;
            assert!(!config.is_up(&state, at(end)));
            now = end;
        }
        now += rest;
    }
    let elapsed = now - rest;
    assert_eq!(halted, 5 * sum);
    assert_eq!(halted * (sum + rest), sum * (elapsed + rest));
}

// ---- errors

#[test]
fn the_end_of_a_halt_must_be_representable() {
    let config = config(params());
    let last = u64::MAX - 900;
    let state = run(&config, open(), &[(last, 9_300)]);
    assert!(config.is_up(&state, at(u64::MAX - 1)) && !config.is_up(&state, at(u64::MAX)));
    assert_eq!(config.observe(open(), price(9_300), at(last + 1)), Err(Error::Overflow));
    // A price that trips nothing is no error at any time.
    assert!(config.observe(open(), price(9_301), at(u64::MAX)).is_ok());
}

#[test]
fn time_may_stand_still_and_not_go_back() {
    let config = config(params());
    let state = run(&config, open(), &[(100, 9_900), (100, 9_800)]);
    assert_eq!(config.observe(state, price(9_900), at(99)), Err(Error::ClockReversed));
    let opened_late = Breaker::open(price(1), at(5));
    assert_eq!(config.observe(opened_late, price(1), at(4)), Err(Error::ClockReversed));
}

#[test]
fn config_errors() {
    let good = params();
    assert_eq!(config(good).params(), &good);
    let result = |k: usize, change: &dyn Fn(&mut Level)| {
        let mut levels = good.levels;
        change(&mut levels[k]);
        BreakerConfig::new(BreakerParams { levels, ..good }).err()
    };
    let ulp = |ratio: Ratio, by: i64| Ratio::from_bits(ratio.to_bits().wrapping_add_signed(by));
    let [first, second, _] = good.levels;

    assert_eq!(result(0, &|level| level.trip = Ratio::ZERO), Some(Error::BreakerLevelOrder));
    assert_eq!(result(1, &|level| level.trip = first.trip), Some(Error::BreakerLevelOrder));
    assert_eq!(result(2, &|level| level.trip = second.trip), Some(Error::BreakerLevelOrder));
    assert_eq!(result(2, &|level| level.trip = Ratio::ONE), Some(Error::BreakerLevelOrder));
    assert_eq!(result(2, &|level| level.trip = ulp(Ratio::ONE, -1)), None);
    assert_eq!(result(1, &|level| level.trip = ulp(first.trip, 1)), Some(Error::BreakerReleaseOrder));

    assert_eq!(result(0, &|level| level.release = Ratio::ZERO), Some(Error::BreakerReleaseOrder));
    assert_eq!(result(0, &|level| level.release = Ratio::ULP), None);
    assert_eq!(result(0, &|level| level.release = level.trip), Some(Error::BreakerReleaseOrder));
    assert_eq!(result(0, &|level| level.release = ulp(level.trip, -1)), None);
    assert_eq!(result(1, &|level| level.release = first.release), None);
    assert_eq!(result(1, &|level| level.release = ulp(first.release, -1)), Some(Error::BreakerReleaseOrder));

    assert_eq!(result(1, &|level| level.stops = Stops::NONE), Some(Error::BreakerStopsShrink));
    assert_eq!(result(2, &|level| level.stops = Stops { kick: false, ..ALL }), Some(Error::BreakerStopsShrink));
    assert_eq!(result(0, &|level| level.stops = Stops { take: true, ..BORROW }), Some(Error::BreakerStopsShrink));
    assert_eq!(result(0, &|level| level.stops = Stops::NONE), None);

    assert_eq!(result(0, &|level| level.halt = Seconds::ZERO), Some(Error::BreakerHaltRange));
    assert_eq!(result(0, &|level| level.halt = Seconds::new(1)), None);
    assert_eq!(result(2, &|level| level.halt = MAX_HALT), None);
    let longer = Seconds::new(MAX_HALT.get() + 1);
    assert_eq!(result(2, &|level| level.halt = longer), Some(Error::BreakerHaltRange));
    assert_eq!(result(1, &|level| level.halt = Seconds::new(899)), Some(Error::BreakerHaltRange));

    let refused = |params| BreakerConfig::new(params).unwrap_err();
    assert_eq!(refused(BreakerParams { window: Seconds::ZERO, ..good }), Error::BreakerWindowRange);
    assert_eq!(refused(BreakerParams { rest: Seconds::ZERO, ..good }), Error::BreakerWindowRange);
    assert!(BreakerConfig::new(BreakerParams { rest: MAX_REST, ..good }).is_ok());
    let longer = Seconds::new(MAX_REST.get() + 1);
    assert_eq!(refused(BreakerParams { rest: longer, ..good }), Error::BreakerWindowRange);
}
