//! The breaker: what it stops is bounded in time, and it trips exactly at its drawdowns.

use crate::exact::{Q, q};
use crate::source::Source;
use damper::Error;
use damper::breaker::{Breaker, BreakerConfig, BreakerParams, LEVELS, Level, Stops};
use damper::price::Price;
use damper::units::{Seconds, Timestamp};

fn params(source: &mut Source<'_>) -> BreakerParams {
    let (mut trip, mut release, mut halt) = (0_u32, 1_u32, 1_u64);
    let levels = [0_u8; LEVELS].map(|_| {
        trip += u32::try_from(source.within(10, 2_000)).expect("small");
        release = release.max(trip.saturating_sub(u32::try_from(source.within(1, 600)).expect("small")));
        halt += source.within(0, 40);
        Level { trip: bps(trip), release: bps(release), stops: Stops::NONE, halt: Seconds::new(halt) }
    });
    let [mut low, mut middle, mut high] = levels;
    low.stops.borrow = source.flag();
    middle.stops = Stops { borrow: true, kick: source.flag(), take: false };
    high.stops = Stops { borrow: true, kick: true, take: source.flag() };
    BreakerParams {
        levels: [low, middle, high],
        window: source.seconds_within(0, 200),
        rest: source.seconds_within(0, 100),
    }
}

fn bps(n: u32) -> damper::ratio::Ratio {
    damper::ratio::Ratio::from_bps_floor(n).expect("small")
}

pub(crate) fn run(source: &mut Source<'_>) {
    let params = params(source);
    let Ok(config) = BreakerConfig::new(params) else { return };
    let sum: u64 = params.levels.iter().map(|level| level.halt.get()).sum();
    let (mut now, top) = (Timestamp::new(1_000), source.ordinary());
    let mut price = top;
    let mut state = Breaker::open(price, now);
    let mut tripped = [None::<Timestamp>; LEVELS];
    // All prices, and for each second whether a level was in force.
    let (mut prices, mut halted): (Vec<(Timestamp, Price)>, Vec<bool>) = (vec![(now, price)], Vec::new());
    for _ in 0..96 {
        if !source.more() {
            break;
        }
        // Up and down between the levels, a few seconds apart.
        let then =
            Timestamp::new(now.get().saturating_add(source.within(0, 63)).saturating_sub(u64::from(source.rarely(16))));
        price = top.scale_floor(source.bps(7_500, 10_000)).expect("ordinary");
        if then < now {
            assert_eq!(config.observe(state, price, then), Err(Error::ClockReversed));
            continue;
        }
        let before = state;
        let seconds = now.get()..then.get();
        halted.extend(seconds.map(|second| config.is_up(&state, Timestamp::new(second))));
        now = then;
        state = config.observe(state, price, now).expect("far from the end of time");
        prices.push((now, price));
        trips(&params, &prices, (&before, &state), now);
        if state.level() > before.level() {
            // Tripped: again only after the halt and the rest.
            let level = usize::from(state.level()) - 1;
            let free = params.levels[level].halt.get() + params.rest.get();
            let again = tripped[level].replace(now).is_none_or(|last| now.get() >= last.get() + free);
            assert!(again, "a level trips again before its rest");
        }
        consistent(&params, &config, &state, now);
    }
    // Of any stretch of time at most `H (T + rest) / (H + rest)` is halted.
    let rest = params.rest.get();
    for from in 0..halted.len().min(64) {
        let mut stopped = 0;
        for (t, is_up) in (1_u64..).zip(&halted[from..]) {
            stopped += u64::from(*is_up);
            assert!(stopped * (sum + rest) <= sum * (t + rest), "halted for {stopped} of {t} s");
        }
    }
}

/// A level that is newly in force is one whose drawdown is reached, from a high of the time that the window may cover.
fn trips(params: &BreakerParams, prices: &[(Timestamp, Price)], (before, after): (&Breaker, &Breaker), now: Timestamp) {
    let price = q(prices.last().expect("not empty").1);
    let gaps = prices.windows(2).map(|pair| pair[1].0.get() - pair[0].0.get()).max().unwrap_or(0);
    let high = |age: u64| {
        let seen = prices.iter().filter(|(time, _)| now.get() - time.get() <= age);
        q(seen.map(|(_, price)| *price).max().expect("the last one"))
    };
    let reached = |high: Q, point: damper::ratio::Ratio| price <= high * (Q::one() - point);
    if after.level() > before.level() {
        let level = &params.levels[usize::from(after.level()) - 1];
        assert!(reached(high(2 * params.window.get() + gaps), level.trip), "it trips too early");
    }
    // A fresh breaker misses nothing in its window.
    if prices.len() == 2 {
        let deepest = params.levels.iter().filter(|level| reached(high(params.window.get()), level.trip)).count();
        assert!(usize::from(after.level()) >= deepest, "it does not trip");
    }
}

fn consistent(params: &BreakerParams, config: &BreakerConfig, state: &Breaker, now: Timestamp) {
    let stops = config.stops(state, now);
    let expected = match usize::from(state.level()).checked_sub(1) {
        Some(level) if config.is_up(state, now) => params.levels[level].stops,
        _ => Stops::NONE,
    };
    assert_eq!(stops, expected);
    let (kick, take) = (config.kick_resumes(state, now), config.take_resumes(state, now));
    for (resumes, stopped) in [(kick, stops.kick), (take, stops.take)] {
        assert_eq!(resumes > now, stopped);
        assert!(resumes.get() - now.get() <= params.levels[LEVELS - 1].halt.get(), "a halt is too long");
        assert!(!config.is_up(state, resumes) || !stopped, "it does not resume");
    }
}
