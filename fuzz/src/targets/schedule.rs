//! Parameters in force: the exact interpolation, always sound, never moved faster than the ramp.

use crate::exact::{Q, part, q};
use crate::source::Source;
use damper::Error;
use damper::parameters::Parameters;
use damper::ratio::Ratio;
use damper::schedule::{Ramp, Schedule, ScheduleConfig, ScheduleParams};
use damper::units::{Rate, Timestamp};

fn parameters(source: &mut Source<'_>, tight: bool) -> Parameters {
    let (low, high) = if tight { (4_000, 6_500) } else { (6_500, 8_500) };
    let liquidation_threshold = source.bps(low, high);
    Parameters {
        max_ltv: source.ratio_within(Ratio::ZERO, liquidation_threshold),
        liquidation_threshold,
        bonus: if tight { source.bps(500, 3_000) } else { source.bps(0, 500) },
        margin: if tight { source.bps(300, 1_500) } else { source.bps(0, 300) },
        auction_buffer: if tight { source.bps(100, 100_000) } else { source.bps(0, 100) },
    }
}

pub(crate) fn params(source: &mut Source<'_>) -> ScheduleParams {
    let (calm, stressed) = (parameters(source, false), parameters(source, true));
    let sigma_calm = source.bps(0, 1_000);
    let ramp = Rate::per_second(Ratio::from_bits(source.word() >> 24));
    let sigma_stressed = sigma_calm.checked_add(source.bps(0, 2_000)).expect("small");
    ScheduleParams { calm, stressed, sigma_calm, sigma_stressed, ramp, max_step: source.seconds_within(0, 256) }
}

pub(crate) fn run(source: &mut Source<'_>) {
    let params = params(source);
    let ScheduleParams { calm, sigma_calm, .. } = params;
    let Ok(config) = ScheduleConfig::new(params) else { return };
    let mut now = Timestamp::new(1_000);
    let (mut state, mut moving) = (Schedule::open(now), 0_u64);
    let mut last = config.in_force(&state, sigma_calm).expect("of this crate");
    for _ in 0..24 {
        if !source.more() {
            break;
        }
        let (sigma, then) = (source.bps(0, 4_000), source.after(now));
        let ramp = if source.rarely(5) { Ramp::Frozen } else { Ramp::Moving };
        if then < now {
            assert_eq!(config.step(state, sigma, then, ramp), Err(Error::ClockReversed));
            continue;
        }
        let elapsed = (then.get() - now.get()).min(params.max_step.get());
        let before = state.stress_bits();
        state = config.step(state, sigma, then, ramp).expect("the clock runs forward");
        now = then;
        let target = target(&params, sigma);
        let (old, new) = (part(before, 1_u64 << 63), part(state.stress_bits(), 1_u64 << 63));
        let frozen = ramp == Ramp::Frozen;
        assert!(!frozen || old == new, "moved while frozen");
        assert!(
            (old.clone().min(target.clone()) <= new) && (new <= old.max(target.clone())),
            "moved away from its target"
        );
        let parameters = config.in_force(&state, sigma).expect("of this crate");
        interpolated(&params, &parameters, new, target);
        // Relative to any threshold that was in force the fall is within the ramp, but for one step in all.
        let counted = if frozen { 0 } else { elapsed };
        moving += counted;
        let (from, to) = (last.liquidation_threshold, parameters.liquidation_threshold);
        let fall = q(from) * params.ramp * part(counted, 1);
        assert!(
            q(to) >= q((q(from) - fall).excess().ratio_floor().expect("below one")),
            "the threshold falls too fast"
        );
        let first = q(calm.liquidation_threshold);
        let fallen = (first.clone() - first * params.ramp * part(moving, 1)).excess();
        assert!(q(to) >= q(fallen.ratio_floor().expect("below one")), "the threshold fell too far in all");
        last = parameters;
    }
}

/// `s*`, rounded up to its step.
fn target(params: &ScheduleParams, sigma: Ratio) -> Q {
    let exact = (q(sigma) - params.sigma_calm) / (q(params.sigma_stressed) - params.sigma_calm);
    part(exact.excess().min(Q::one()).ceil(63), 1_u64 << 63)
}

fn interpolated(params: &ScheduleParams, now: &Parameters, s: Q, target: Q) {
    let (calm, stressed) = (&params.calm, &params.stressed);
    let at = |from: Ratio, to: Ratio, s: &Q| q(from) + (q(to) - from) * s.clone();
    assert_eq!(now.check(), Ok(()));
    let tight = s.clone().max(target);
    assert_eq!(Ok(now.max_ltv), at(calm.max_ltv, stressed.max_ltv, &tight).ratio_floor());
    assert_eq!(
        Ok(now.liquidation_threshold),
        at(calm.liquidation_threshold, stressed.liquidation_threshold, &s).ratio_floor()
    );
    assert_eq!(Ok(now.margin), at(calm.margin, stressed.margin, &s).ratio_ceil());
    assert_eq!(Ok(now.auction_buffer), at(calm.auction_buffer, stressed.auction_buffer, &s).ratio_ceil());
    let full = at(calm.bonus, stressed.bonus, &s).ratio_floor().expect("between two ratios");
    if now.bonus != full {
        // The largest that leaves the margin.
        assert!(now.bonus < full);
        let more = Parameters { bonus: Ratio::from_bits(now.bonus.to_bits() + 1), ..*now };
        assert_eq!(more.check(), Err(Error::BonusLeavesNoMargin));
    }
}
