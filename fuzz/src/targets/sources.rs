//! Many sources into one observation: against sorted lists, and a true price that no lie may move the band off.

use crate::exact::{Q, q};
use crate::source::Source as Bytes;
use damper::Error;
use damper::oracle::{OracleConfig, PriceObservation};
use damper::price::{Price, PriceBand};
use damper::ratio::Ratio;
use damper::sources::{Emission, Outcome, Source, SourcesConfig, SourcesParams, SourcesState, Standing};
use damper::units::Timestamp;

pub(crate) const S: usize = 5;

pub(crate) fn params(bytes: &mut Bytes<'_>) -> SourcesParams<S> {
    let sources = [(); S].map(|()| {
        let limits = OracleConfig::new(bytes.seconds_within(0, 255), bytes.bps(0, 300)).expect("below one");
        Source { limits, update_band: bytes.bps(0, 100) }
    });
    let faulty = bytes.any::<u8>() % 3;
    let quorum = bytes.any::<u8>() % 4 + 2 * faulty + 1;
    let (divergence, max_width) = (bytes.bps(100, 1_000), bytes.bps(100, 2_500));
    SourcesParams { sources, faulty, quorum, divergence, max_width }
}

pub(crate) fn run(bytes: &mut Bytes<'_>) {
    let params = params(bytes);
    let Ok(config) = SourcesConfig::new(params) else { return };
    let (truth, mut now) = (bytes.ordinary(), Timestamp::new(1_000));
    let mut state = SourcesState::open(now);
    // The last sources lie; the others have the true price within what they reported and their update band.
    let liars = bytes.below(usize::from(params.faulty) + 1);
    for _ in 0..12 {
        let then = bytes.after(now);
        let mut reports = [None; S];
        for (at, (report, source)) in reports.iter_mut().zip(&params.sources).enumerate() {
            if bytes.rarely(4) {
                continue;
            }
            let mut seen = bytes.observation(truth, then);
            if at < S - liars {
                let left = Ratio::ONE.excess_over(source.update_band);
                let low = seen.band.low().min(truth.div_floor(left).expect("ordinary"));
                let high = seen.band.high().max(truth.scale_ceil(left).expect("ordinary")).max(low);
                seen.band = PriceBand::new(low, high).expect("in order");
            }
            *report = Some(seen);
        }
        let before = state;
        let outcome = match config.aggregate(state, &reports, then) {
            Ok((after, outcome)) => {
                state = after;
                outcome
            }
            Err(error) => {
                assert!(error == Error::ClockReversed && then < now);
                continue;
            }
        };
        assert!(then >= now);
        now = then;
        verdicts(&params, (&before, &state), &reports, &outcome, now);
        ranks(&params, (&before, &state), &outcome, now);
        if let Ok(aggregate) = outcome.aggregate {
            let band = aggregate.band;
            assert!(band.low() <= truth && truth <= band.high(), "the true price is outside");
        }
    }
}

/// What is accepted and what stands, source by source.
fn verdicts(
    params: &SourcesParams<S>,
    (before, after): (&SourcesState<S>, &SourcesState<S>),
    reports: &[Option<PriceObservation>; S],
    outcome: &Outcome<S>,
    now: Timestamp,
) {
    for (at, report) in reports.iter().enumerate() {
        let limits = &params.sources[at].limits;
        let (last, verdict) = (before.last()[at], outcome.verdicts[at]);
        let accepted = report.map(|report| match last {
            Some(last) => limits.accept(&last, &report, now),
            None => limits.check(&report, now),
        });
        let expected = if accepted == Some(Ok(())) { *report } else { last };
        assert_eq!((after.last()[at], verdict.refused), (expected, accepted.and_then(Result::err)));
        let stands = expected.map(|report| limits.fresh(&report, now).is_ok());
        match verdict.standing {
            Standing::Absent => assert_eq!(stands, None),
            Standing::Stale => assert_eq!(stands, Some(false)),
            Standing::Used | Standing::Divergent => assert_eq!(stands, Some(true)),
        }
    }
}

/// The aggregate from sorted lists, and the divergence in exact arithmetic.
fn ranks(
    params: &SourcesParams<S>,
    (before, after): (&SourcesState<S>, &SourcesState<S>),
    outcome: &Outcome<S>,
    now: Timestamp,
) {
    let usable = |standing| matches!(standing, Standing::Used | Standing::Divergent);
    let used: Vec<_> = (0..S).filter(|&at| usable(outcome.verdicts[at].standing)).collect();
    let report = |at: usize| after.last()[at].expect("it stands");
    let sorted = |of: &dyn Fn(usize) -> Price| {
        let mut all: Vec<_> = used.iter().map(|&at| of(at)).collect();
        all.sort();
        all
    };
    let (n, f) = (used.len(), usize::from(params.faulty));
    if n < usize::from(params.quorum) {
        assert_eq!((outcome.aggregate, after.emitted()), (Err(Error::QuorumLost), before.emitted()));
        return;
    }
    let left = |at: usize| Ratio::ONE.excess_over(params.sources[at].update_band);
    let grow = |at: usize| Ratio::ONE.div_ceil(left(at)).expect("a band below one");
    let lows = sorted(&|at| report(at).band.low());
    let highs = sorted(&|at| report(at).band.high());
    let wide_lows = sorted(&|at| report(at).band.low().scale_floor(left(at)).unwrap_or(Price::MIN));
    let wide_highs = sorted(&|at| report(at).band.high().scale_ceil(grow(at)).unwrap_or(Price::MAX));
    let centre = (lows[(n - 1) / 2], highs[n / 2]);
    let nearest = Q::one() - params.divergence;
    let far = |low: Price, high: Price| low < high && q(low) < q(high) * nearest.clone();
    let diverges = |at: &usize| {
        let band = report(*at).band;
        far(band.high(), centre.0) || far(centre.1, band.low())
    };
    let divergent: Vec<_> = used.iter().copied().filter(diverges).collect();
    let named: Vec<_> =
        used.iter().copied().filter(|&at| outcome.verdicts[at].standing == Standing::Divergent).collect();
    assert_eq!(named, divergent);
    let mut times: Vec<_> = used.iter().map(|&at| report(at).source_time).collect();
    times.sort();
    let band = PriceBand::new(wide_lows[f], wide_highs[n - 1 - f]).expect("the widened band holds the centre");
    let is_wide = Q::one() - q(band.low()) / band.high() > q(params.max_width);
    match outcome.aggregate {
        Err(Error::SourcesDiverge) => assert!(divergent.len() > f),
        Err(Error::BandTooWide) => assert!(divergent.len() <= f && is_wide),
        Err(error) => panic!("{error:?}"),
        Ok(aggregate) => {
            assert!(divergent.len() <= f && !is_wide && aggregate.band == band);
            assert_eq!((aggregate.centre.low(), aggregate.centre.high()), centre);
            let time = times[(n - 1) / 2];
            let seen = aggregate.observation;
            match aggregate.emission {
                Emission::New => assert!(
                    seen.band == band
                        && seen.source_time == time
                        && before.emitted().is_none_or(|last| last.source_time < time)
                ),
                Emission::Repeated => assert!(Some(seen) == before.emitted() && seen.source_time >= time),
            }
            assert!(seen.source_time <= now && after.emitted() == Some(seen));
            let mid = aggregate.mid_floor();
            assert!(centre.0 <= mid && mid <= centre.1);
        }
    }
    assert!(outcome.aggregate.is_ok() || (outcome.quality == Ratio::ZERO && after.emitted() == before.emitted()));
    assert!(outcome.quality <= Ratio::ONE);
}
