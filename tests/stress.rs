//! The stress index: examples, every error, each signal in exact rationals, order, and why it is no weighted sum.

#[path = "support/rational.rs"]
mod rational;

use damper::Error;
use damper::ratio::Ratio;
use damper::stress::{DepthProfile, External, Fill, Internal, Signal, StressConfig, StressParams};
use damper::units::{Amount, Seconds, Timestamp};
use num_bigint::BigUint;
use proptest::prelude::*;
use rational::{Frac, any_ratio, any128, pow2, share};

fn percent(n: u32) -> Ratio {
    Ratio::from_bps_floor(n * 100).unwrap()
}

fn between(calm: Ratio, stressed: Ratio) -> Signal {
    Signal::Between { calm, stressed }
}

const NONE: StressParams = StressParams {
    volatility: Signal::Absent,
    depth: Signal::Absent,
    depth_norm: Amount::ZERO,
    fill: Signal::Absent,
    backlog: Signal::Absent,
    oracle: Signal::Absent,
    keepers: Signal::Absent,
    neighbours: Signal::Absent,
    max_age: Seconds::ZERO,
};

fn full() -> StressParams {
    StressParams {
        volatility: between(percent(5), percent(20)),
        depth: between(percent(75), percent(25)),
        depth_norm: Amount::new(1_000),
        fill: between(percent(50), percent(100)),
        backlog: between(Ratio::ZERO, percent(100)),
        oracle: between(percent(100), percent(50)),
        keepers: between(percent(90), percent(50)),
        neighbours: between(percent(100), Ratio::ZERO),
        max_age: Seconds::new(60),
    }
}

const BLIND: Internal = Internal { volatility: None, depth: None, fill: None };
const SILENT: External =
    External { source_time: Timestamp::new(0), backlog: None, oracle: None, keepers: None, neighbours: None };

fn config(params: StressParams) -> StressConfig {
    StressConfig::new(params).unwrap()
}

#[test]
fn a_missing_signal_is_stressed_and_an_absent_one_is_not() {
    let calm = Internal {
        volatility: Some(percent(5)),
        depth: Some(Amount::new(750)),
        fill: Some(Fill { used: percent(1), cap: percent(2) }),
    };
    let good = External {
        source_time: Timestamp::new(0),
        backlog: Some(Ratio::ZERO),
        oracle: Some(percent(100)),
        keepers: Some(percent(90)),
        neighbours: Some(percent(100)),
    };
    let all = config(full());
    assert_eq!((all.internal_ceil(&calm), all.external_ceil(&good)), (Ratio::ZERO, Ratio::ZERO));
    type Cut = fn(&mut StressParams, &mut Internal, &mut External);
    let cuts: [(Cut, Cut); 7] = [
        (|_, seen, _| seen.volatility = None, |params, _, _| params.volatility = Signal::Absent),
        (|_, seen, _| seen.depth = None, |params, _, _| params.depth = Signal::Absent),
        (|_, seen, _| seen.fill = None, |params, _, _| params.fill = Signal::Absent),
        (|_, _, report| report.backlog = None, |params, _, _| params.backlog = Signal::Absent),
        (|_, _, report| report.oracle = None, |params, _, _| params.oracle = Signal::Absent),
        (|_, _, report| report.keepers = None, |params, _, _| params.keepers = Signal::Absent),
        (|_, _, report| report.neighbours = None, |params, _, _| params.neighbours = Signal::Absent),
    ];
    for (number, (missing, absent)) in cuts.into_iter().enumerate() {
        let (mut params, mut seen, mut report) = (full(), calm, good);
        missing(&mut params, &mut seen, &mut report);
        let (inside, outside) = (all.internal_ceil(&seen), all.external_ceil(&report));
        assert_eq!(inside.max(outside), Ratio::ONE, "{number}");
        assert_eq!(inside.min(outside), Ratio::ZERO, "{number}");
        absent(&mut params, &mut seen, &mut report);
        let without = config(params);
        assert_eq!(without.internal_ceil(&seen).max(without.external_ceil(&report)), Ratio::ZERO, "{number}");
    }
    // What is given for an absent signal is not read.
    let only = config(StressParams { keepers: full().keepers, ..NONE });
    let wild = Internal { volatility: Some(Ratio::MAX), depth: Some(Amount::ZERO), ..BLIND };
    assert_eq!(only.internal_ceil(&wild), Ratio::ZERO);
    assert_eq!(only.external_ceil(&External { keepers: Some(percent(70)), ..SILENT }), percent(50));
    assert!(only.is_reported());
    assert!(!config(StressParams { fill: full().fill, ..NONE }).is_reported());
}

#[test]
fn bounds_are_checked() {
    let refused = |params| assert_eq!(StressConfig::new(params), Err(Error::StressBounds), "{params:?}");
    let (one, half, bit) = (Ratio::ONE, percent(50), Ratio::ULP);
    for wrong in [between(half, half), between(one, half)] {
        refused(StressParams { volatility: wrong, ..full() });
        refused(StressParams { fill: wrong, ..full() });
        refused(StressParams { backlog: wrong, ..full() });
    }
    for wrong in [between(half, half), between(half, one)] {
        refused(StressParams { depth: wrong, ..full() });
        refused(StressParams { oracle: wrong, ..full() });
        refused(StressParams { keepers: wrong, ..full() });
        refused(StressParams { neighbours: wrong, ..full() });
    }
    refused(StressParams { fill: between(half, one.checked_add(bit).unwrap()), ..full() });
    config(StressParams { fill: between(Ratio::ZERO, one), volatility: between(half, Ratio::MAX), ..full() });
    assert_eq!(StressConfig::new(NONE), Err(Error::StressNoSignal));
    // A norm of one atom has no step between three quarters and a quarter of it; four have two.
    let norm = |norm| StressConfig::new(StressParams { depth_norm: Amount::new(norm), ..full() });
    assert_eq!(norm(0), Err(Error::StressNorm));
    assert_eq!(norm(1), Err(Error::StressNorm));
    assert!(norm(4).is_ok());
    // Rounded up, the longest bound still fits.
    let whole = StressParams { depth: between(percent(100), percent(99)), ..full() };
    config(StressParams { depth_norm: Amount::new(u128::MAX), ..whole });
    let beyond = StressParams { depth: between(percent(101), half), depth_norm: Amount::new(u128::MAX), ..full() };
    assert_eq!(StressConfig::new(beyond), Err(Error::Overflow));
}

#[test]
fn a_profile_is_checked() {
    let new = |norm: [u128; 3]| DepthProfile::new(&norm.map(Amount::new));
    let refused = |norm| assert_eq!(new(norm), Err(Error::StressProfile), "{norm:?}");
    refused([0, 0, 0]);
    refused([1, 2, 0]);
    refused([3, 1, 2]);
    refused([1, 65_536, 65_536]);
    refused([1, 1, u128::MAX]);
    assert!(new([1, 2, 65_535]).is_ok());
    assert!(new([u128::MAX; 3]).is_ok());
    assert_eq!(new([0, 0, 7]), Ok(DepthProfile::last_point()));
    assert_eq!(DepthProfile::<0>::new(&[]), Err(Error::StressProfile));
    assert_eq!(DepthProfile::<1>::new(&[Amount::new(5)]), Ok(DepthProfile::last_point()));
    // Norms of zero are not looked at, and a product beyond the type is above every bound.
    let some = new([0, 1, 60_000]).unwrap();
    assert_eq!(some.thinnest_floor(&[0, 1 << 120, 9].map(Amount::new)), Amount::new(9));
    assert_eq!(some.thinnest_floor(&[0, 0, u128::MAX].map(Amount::new)), Amount::ZERO);
    assert_eq!(DepthProfile::<3>::last_point().thinnest_floor(&[0, 0, 9].map(Amount::new)), Amount::new(9));
}

/// The largest is what it is for each signal; a mean of equal weights is not.
#[test]
fn no_stress_is_averaged_away() {
    let all = config(full());
    let calm = Internal {
        volatility: Some(Ratio::ZERO),
        depth: Some(Amount::new(1_000)),
        fill: Some(Fill { used: Ratio::ZERO, cap: percent(1) }),
    };
    let burning = Internal { volatility: Some(percent(20)), ..calm };
    assert_eq!(all.internal_ceil(&burning), Ratio::ONE);
    let alone = |params: StressParams| config(params).internal_ceil(&burning).to_bits();
    let full = full();
    let sum = alone(StressParams { volatility: full.volatility, ..NONE })
        + alone(StressParams { depth: full.depth, depth_norm: full.depth_norm, ..NONE })
        + alone(StressParams { fill: full.fill, ..NONE });
    assert!(sum / 3 < Ratio::ONE.to_bits() / 2, "two calm signals out of three hide a market on fire");
}

/// `min(1, max(0, (from - to) / range))`.
fn line(over: Option<Frac>, range: &Frac) -> Frac {
    let part = over.map_or_else(|| Frac::int(0), |over| over.div(range));
    if part > Frac::one() { Frac::one() } else { part }
}

fn over(high: &Frac, low: &Frac) -> Option<Frac> {
    (high > low).then(|| high.sub(low))
}

fn is_ceil_of(found: Ratio, exact: &Frac) -> bool {
    BigUint::from(found.to_bits()) == exact.ceil(48)
}

/// Two different ratios in order, neighbours often.
fn ordered<S: Strategy<Value = Ratio>>(any: fn() -> S) -> impl Strategy<Value = (Ratio, Ratio)> {
    let near = (any(), 1_u64..5).prop_map(|(a, by)| (a, Ratio::from_bits(a.to_bits().saturating_sub(by))));
    prop_oneof![3 => (any(), any()), 1 => near]
        .prop_map(|(a, b)| if a < b { (a, b) } else { (b, a) })
        .prop_filter("equal", |(a, b)| a < b)
}

/// A value that often lies between two.
fn about(low: Ratio, high: Ratio, (kind, draw): (u8, u64)) -> Ratio {
    let (low, high) = (low.to_bits(), high.to_bits());
    Ratio::from_bits(match kind {
        0 => low,
        1 => high,
        2 => high - 1,
        3 => low + 1,
        4 => draw,
        _ => low + draw % (high - low),
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn each_line_is_the_exact_one_rounded_up((low, high) in ordered(any_ratio), draw in (0_u8..9, any::<u64>())) {
        let value = about(low, high, draw);
        let (l, h, v) = (Frac::of(low), Frac::of(high), Frac::of(value));
        let (range, rising, falling) = (h.sub(&l), over(&v, &l), over(&h, &v));
        let (rising, falling) = (line(rising, &range), line(falling, &range));
        let up = between(low, high);
        let down = between(high, low);
        let volatility = config(StressParams { volatility: up, ..NONE });
        let found = volatility.internal_ceil(&Internal { volatility: Some(value), ..BLIND });
        prop_assert!(is_ceil_of(found, &rising));
        let backlog = config(StressParams { backlog: up, ..NONE });
        let found = backlog.external_ceil(&External { backlog: Some(value), ..SILENT });
        prop_assert!(is_ceil_of(found, &rising));
        let oracle = config(StressParams { oracle: down, ..NONE });
        let found = oracle.external_ceil(&External { oracle: Some(value), ..SILENT });
        prop_assert!(is_ceil_of(found, &falling));
        let keepers = config(StressParams { keepers: down, ..NONE });
        let found = keepers.external_ceil(&External { keepers: Some(value), ..SILENT });
        prop_assert!(is_ceil_of(found, &falling));
        let neighbours = config(StressParams { neighbours: down, ..NONE });
        let found = neighbours.external_ceil(&External { neighbours: Some(value), ..SILENT });
        prop_assert!(is_ceil_of(found, &falling));
    }

    /// Never less than exact, and no more than a step of the fill above it; zero exactly up to the calm bound.
    #[test]
    fn the_fill_is_rounded_toward_stress(
        (calm, stressed) in ordered(share),
        cap in any_ratio(),
        part in share(),
        beyond in 0_u8..8,
    ) {
        let used = if beyond == 0 { cap } else { cap.mul_floor(part).unwrap() };
        let found = config(StressParams { fill: between(calm, stressed), ..NONE })
            .internal_ceil(&Internal { fill: Some(Fill { used, cap }), ..BLIND });
        if cap == Ratio::ZERO || used >= cap {
            prop_assert_eq!(found, Ratio::ONE);
            return Ok(());
        }
        let fill = Frac::of(used).div(&Frac::of(cap));
        let (low, range) = (Frac::of(calm), Frac::of(stressed).sub(&Frac::of(calm)));
        let exact = line(over(&fill, &low), &range);
        prop_assert!(Frac::of(found) >= exact);
        prop_assert_eq!(found == Ratio::ZERO, fill <= low);
        let step = line(over(&fill.add(&Frac::of(Ratio::ULP)), &low), &range).add(&Frac::of(Ratio::ULP));
        prop_assert!(Frac::of(found) <= step);
    }

    /// Never less than exact; above it by two steps of the range that is left of 63 bits, at most.
    #[test]
    fn depth_is_rounded_toward_stress(
        (stressed, calm) in ordered(share),
        norm in any128(),
        depth in any128(),
        part in prop::option::weighted(0.9, share()),
    ) {
        // As a rule between the bounds, however near they are.
        let depth = part.map_or(depth, |part| {
            let low = Amount::new(norm).mul_floor(stressed).unwrap();
            let range = Amount::new(norm).mul_ceil(calm).unwrap().excess_over(low);
            low.checked_add(range.mul_floor(part).unwrap()).unwrap().get()
        });
        let params = StressParams { depth: between(calm, stressed), depth_norm: Amount::new(norm), ..NONE };
        let built = match StressConfig::new(params) {
            Err(Error::StressNorm) => {
                let range = Frac::of(calm).sub(&Frac::of(stressed)).mul(&Frac::int(norm));
                let bits = Frac::of(calm).mul(&Frac::int(norm)).ceil(0).bits();
                let step = Frac::new(pow2(u32::try_from(bits.saturating_sub(63)).unwrap()), 1_u32);
                prop_assert!(range <= step.add(&step), "a range of two steps has one between its bounds");
                return Ok(());
            }
            built => built.unwrap(),
        };
        let found = Frac::of(built.internal_ceil(&Internal { depth: Some(Amount::new(depth)), ..BLIND }));
        let (from, to) = (Frac::of(calm).mul(&Frac::int(norm)), Frac::of(stressed).mul(&Frac::int(norm)));
        let (range, short) = (from.sub(&to), over(&from, &Frac::int(depth)));
        prop_assert!(found >= line(short.clone(), &range));
        let bits = u32::try_from(from.ceil(0).bits()).unwrap();
        let step = Frac::new(pow2(if bits > 64 { bits - 63 } else { 0 }), 1_u32);
        // The calm bound may be a step higher, and depth a step lower: without either there is no stress.
        let reach = from.add(&step).add(&step);
        let most = match (over(&range, &step), over(&reach, &Frac::int(depth))) {
            (_, None) => Frac::int(0),
            (None, Some(_)) => Frac::one(),
            (Some(less), short) => line(short, &less).add(&Frac::of(Ratio::ULP)),
        };
        prop_assert!(found <= most);
        // In atoms below 2^64 bounds that are whole are exact.
        if bits <= 64 && from.floor(0) == from.ceil(0) && to.floor(0) == to.ceil(0) {
            prop_assert_eq!(found.ceil(48), line(short, &range).ceil(48));
        }
    }

    /// The stress of a grid is that of its worst point, never less; and no thinner than that by more than the roundings, a
    /// part of 2^-48 and an atom.
    #[test]
    fn a_grid_is_as_thin_as_its_worst_point(
        norms in prop::array::uniform4((1_u128..1 << 60, 0_u8..6)), parts in prop::array::uniform4(0_u128..3_000),
        (stressed, calm) in ordered(share), scale in 0_u32..60,
    ) {
        let mut norm = norms.map(|(norm, _)| norm << scale);
        norm.sort();
        for (norm, (_, kind)) in norm.iter_mut().take(3).zip(norms) {
            if kind == 0 { *norm = 0 }
        }
        let depth = [0, 1, 2, 3].map(|i: usize| norm[i] / 1_000 * parts[i] + parts[3]);
        let Ok(profile) = DepthProfile::new(&norm.map(Amount::new)) else {
            prop_assert!(norm.iter().any(|&n| n > 0 && norm[3] / n >= 65_536));
            return Ok(());
        };
        let found = profile.thinnest_floor(&depth.map(Amount::new));
        let ratios = norm.iter().zip(depth).filter(|(norm, _)| **norm > 0).map(|(&norm, depth)| Frac::new(depth, norm));
        let worst = ratios.min().unwrap();
        let exact = worst.mul(&Frac::int(norm[3]));
        prop_assert!(Frac::int(found.get()) <= exact);
        let least = exact.mul(&Frac::new((1_u64 << 48) - 1, 1_u64 << 48));
        prop_assert!(Frac::int(found.get()).add(&Frac::one()) >= least);
        // The line of the worst point, in parts of its norm.
        let params = StressParams { depth: between(calm, stressed), depth_norm: Amount::new(norm[3]), ..NONE };
        let Ok(built) = StressConfig::new(params) else { return Ok(()) };
        let range = Frac::of(calm).sub(&Frac::of(stressed));
        let stress = built.internal_ceil(&Internal { depth: Some(found), ..BLIND });
        prop_assert!(Frac::of(stress) >= line(over(&Frac::of(calm), &worst), &range));
    }

    /// More of what is stress, or less of what is not, never lowers the index; and the whole is the largest of the parts.
    #[test]
    fn the_index_rises_with_each_signal(
        values in prop::array::uniform7(share()),
        worse in prop::array::uniform7(share()),
        which in 0_usize..7,
    ) {
        let all = config(full());
        let index = |v: [Ratio; 7]| {
            let depth = Amount::new(1_000).mul_floor(v[1]).unwrap();
            let fill = Some(Fill { used: v[2], cap: Ratio::ONE });
            let seen = Internal { volatility: Some(v[0]), depth: Some(depth), fill };
            let report = External {
                backlog: Some(v[3]), oracle: Some(v[4]), keepers: Some(v[5]), neighbours: Some(v[6]), ..SILENT
            };
            (all.internal_ceil(&seen), all.external_ceil(&report))
        };
        let (low, high) = (values[which].min(worse[which]), values[which].max(worse[which]));
        let (mut better, mut worse) = (values, values);
        (better[which], worse[which]) = if [0, 2, 3].contains(&which) { (low, high) } else { (high, low) };
        let (better, worse) = (index(better), index(worse));
        prop_assert!(better.0 <= worse.0 && better.1 <= worse.1);
        let full = full();
        let alone = [
            StressParams { volatility: full.volatility, ..NONE },
            StressParams { depth: full.depth, depth_norm: full.depth_norm, ..NONE },
            StressParams { fill: full.fill, ..NONE },
        ].map(|params| {
            let depth = Amount::new(1_000).mul_floor(values[1]).unwrap();
            let fill = Some(Fill { used: values[2], cap: Ratio::ONE });
            config(params).internal_ceil(&Internal { volatility: Some(values[0]), depth: Some(depth), fill })
        });
        prop_assert_eq!(index(values).0, alone.into_iter().max().unwrap());
    }
}
