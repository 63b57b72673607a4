//! The estimate lies between the exact average and what its stated roundings allow.

use crate::exact::{Q, part, q};
use crate::source::Source;
use damper::Error;
use damper::price::Price;
use damper::ratio::Ratio;
use damper::units::{Decay, Seconds, Timestamp};
use damper::volatility::{Volatility, VolatilityConfig, VolatilityParams};

/// Longest time that an exact power is taken over.
const LONGEST: u64 = 40;

pub(crate) fn run(source: &mut Source<'_>) {
    let (floor, cap) = (source.bps(0, 100), source.bps(100, 40_000));
    let params = VolatilityParams {
        horizon: source.seconds_within(0, 1 << 18),
        rise_half_life: source.seconds_within(0, 1 << 10),
        fall_half_life: source.seconds_within(1 << 9, 1 << 16),
        max_gap: source.seconds_within(1, LONGEST),
        floor,
        cap,
        start: source.ratio_within(floor, cap),
    };
    let Ok(config) = VolatilityConfig::new(params) else { return };
    let rise = Decay::from_half_life_floor(params.rise_half_life).expect("not zero");
    let fall = Decay::from_half_life_floor(params.fall_half_life).expect("not zero");
    let fall = Decay::from_bits(fall.to_bits() + 6).expect("below one");
    let (mut now, mut price) = (Timestamp::new(5_000), source.ordinary());
    let mut state = Volatility::cold(&config, price, now);
    for _ in 0..16 {
        if !source.more() {
            break;
        }
        let (next, then) = (source.near(price), source.after(now));
        if then < now {
            assert_eq!(config.observe(state, next, then), Err(Error::PriceOutOfOrder));
            continue;
        }
        let elapsed = then.get() - now.get();
        let before = state;
        state = config.observe(state, next, then).expect("in order");
        if elapsed <= LONGEST {
            average(&params, (rise, fall), (&before, price), (&state, next), elapsed);
        }
        (price, now) = (next, then);
        let sigma = q(config.sigma_ceil(&state).expect("at most the cap"));
        assert!(sigma >= q(floor) && sigma <= q(cap));
        assert!(sigma == q(cap) || sigma.pow(2) >= variance(&state), "sigma is under-stated");
    }
}

fn variance(state: &Volatility) -> Q {
    q(state.variance_bits()) / (1_u128 << 96)
}

fn average(
    params: &VolatilityParams,
    (rise, fall): (Decay, Decay),
    (before, old): (&Volatility, Price),
    (after, new): (&Volatility, Price),
    elapsed: u64,
) {
    let (low, high) = (old.min(new), old.max(new));
    let (v, stated, most) = (variance(before), variance(after), q(params.cap).pow(2));
    let step = part(1, 1_u64 << 48);
    // With the move as it is, and rounded up.
    let next = |exact: bool| {
        let moved = q(high) / low - Q::one();
        let moved = if exact || low == high { moved } else { moved + step.clone() };
        let sample = moved.pow(2) * params.horizon / Seconds::new(elapsed.max(1));
        let slack = if exact { Q::zero() } else { part(2 * elapsed, 1_u64 << 63) };
        let next = if elapsed == 0 {
            v.clone() + sample * (Q::one() - rise) / rise
        } else if sample > v {
            let weight = Q::one() - q(rise).pow(u32::try_from(elapsed).expect("small")) + slack;
            v.clone() + (sample - v.clone()) * weight
        } else {
            let counted = elapsed.min(params.max_gap.get());
            let weight = Q::one() - q(fall).pow(u32::try_from(counted).expect("small")) - slack;
            v.clone() - (v.clone() - sample) * weight
        };
        next.min(most.clone())
    };
    let (least, largest) = (next(true), next(false) + q(4_u128) / (1_u128 << 96));
    let far = q(high) / low >= q(Ratio::MAX);
    assert!(stated >= least || far, "the variance is under-stated");
    assert!(stated <= largest || far, "the variance is over-stated");
    assert!(!far || stated <= most);
}
