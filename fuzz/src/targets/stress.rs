//! The stress of the signals against the exact straight line of each.

use crate::exact::{Q, q};
use crate::source::Source;
use damper::ratio::Ratio;
use damper::stress::{External, Fill, Internal, Signal, StressConfig, StressParams};
use damper::units::{Amount, Timestamp};

/// A signal, and nearly always bounds in their order.
fn signal(source: &mut Source<'_>, rising: bool, most: Ratio) -> Signal {
    if source.rarely(4) {
        return Signal::Absent;
    }
    let (a, b) = (source.ratio_within(Ratio::ZERO, most), source.ratio_within(Ratio::ZERO, most));
    let (low, high) = (a.min(b), a.max(b));
    if rising { Signal::Between { calm: low, stressed: high } } else { Signal::Between { calm: high, stressed: low } }
}

pub(crate) fn params(source: &mut Source<'_>) -> StressParams {
    StressParams {
        volatility: signal(source, true, Ratio::MAX),
        depth: signal(source, false, Ratio::ONE),
        depth_norm: source.amount_of(100),
        fill: signal(source, true, Ratio::ONE),
        backlog: signal(source, true, Ratio::MAX),
        oracle: signal(source, false, Ratio::ONE),
        keepers: signal(source, false, Ratio::ONE),
        neighbours: signal(source, false, Ratio::ONE),
        max_age: source.seconds_within(0, 128),
    }
}

fn maybe<'a, T>(source: &mut Source<'a>, value: fn(&mut Source<'a>) -> T) -> Option<T> {
    if source.rarely(6) { None } else { Some(value(source)) }
}

pub(crate) fn internal(source: &mut Source<'_>) -> Internal {
    let fill: fn(&mut Source<'_>) -> Fill = |source| Fill { used: source.share(), cap: source.share() };
    let volatility = maybe(source, Source::ratio);
    Internal { volatility, depth: maybe(source, |source| source.amount_of(100)), fill: maybe(source, fill) }
}

pub(crate) fn external(source: &mut Source<'_>, source_time: Timestamp) -> External {
    External {
        source_time,
        backlog: maybe(source, Source::ratio),
        oracle: maybe(source, Source::share),
        keepers: maybe(source, Source::share),
        neighbours: maybe(source, Source::share),
    }
}

/// The exact stress of a value between two bounds, in either order.
fn line(signal: Signal, value: Option<Q>) -> Q {
    match (signal, value) {
        (Signal::Absent, _) => Q::zero(),
        (Signal::Between { .. }, None) => Q::one(),
        (Signal::Between { calm, stressed }, Some(value)) => {
            ((value - calm) / (q(stressed) - calm)).excess().min(Q::one())
        }
    }
}

pub(crate) fn run(source: &mut Source<'_>) {
    let params = params(source);
    let Ok(config) = StressConfig::new(params) else { return };
    let (seen, report) = (internal(source), external(source, Timestamp::new(0)));
    let mut worst = [
        line(params.backlog, report.backlog.map(q)),
        line(params.oracle, report.oracle.map(q)),
        line(params.keepers, report.keepers.map(q)),
        line(params.neighbours, report.neighbours.map(q)),
    ];
    worst.sort();
    assert_eq!(Ok(config.external_ceil(&report)), worst[3].ratio_ceil());
    // The fill is rounded up to the ratio scale first, and so are the depth bounds to atoms.
    let fill = seen.fill.map(|Fill { used, cap }| match cap {
        _ if used >= cap => Q::one(),
        cap => q((q(used) / cap).ratio_ceil().expect("below one")),
    });
    let depth = match params.depth {
        Signal::Between { calm, stressed } => {
            let atoms = |bound: Ratio| params.depth_norm.mul_ceil(bound).expect("100 bits");
            let (calm, stressed) = (atoms(calm), atoms(stressed));
            let exact = |depth: Amount| ((q(calm) - depth) / (q(calm) - stressed)).excess().min(Q::one());
            (seen.depth.map_or(Q::one(), exact), calm.get() >> 64 == 0)
        }
        Signal::Absent => (Q::zero(), true),
    };
    let others = line(params.volatility, seen.volatility.map(q)).max(line(params.fill, fill));
    let stated = config.internal_ceil(&seen);
    let least = others.clone().max(depth.0.clone()).ratio_ceil().expect("at most one");
    assert!(stated >= least, "stress is under-stated");
    // Longer bounds are cut to 63 bits.
    if depth.1 {
        assert_eq!(stated, least);
    } else {
        assert!(stated == least || stated > others.ratio_ceil().expect("at most one"));
    }
    assert!(stated <= Ratio::ONE);
}
