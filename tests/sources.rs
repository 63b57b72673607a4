//! Many sources into one: every choice of liars, every order of times, read through the guard; and the rules that fail.

#[path = "support/market.rs"]
mod market;
#[path = "support/rational.rs"]
mod rational;

use damper::Error;
use damper::book::{Shape, Snapshot};
use damper::depth::DepthObservation;
use damper::guard::{Guard, GuardState, Observation};
use damper::oracle::{OracleConfig, PriceObservation};
use damper::price::{Price, PriceBand};
use damper::ratio::Ratio;
use damper::sources::{
    Aggregate, Emission, Outcome, Source, SourcesConfig, SourcesParams, SourcesState, Standing, Verdict,
};
use damper::units::{Amount, Rate, Seconds, Timestamp};
use market::{Market, bps};
use proptest::prelude::*;
use rational::Frac;

type Report = Option<PriceObservation>;

fn at(seconds: u64) -> Timestamp {
    Timestamp::new(seconds)
}

/// An integer price is exact.
fn price(n: u64) -> Price {
    Price::from_fraction_floor(n.into(), 1).expect("positive")
}

fn says(low: u64, high: u64, time: u64) -> Report {
    let band = PriceBand::new(price(low), price(high)).expect("in order");
    Some(PriceObservation { source_time: at(time), band })
}

fn exactly(n: u64, time: u64) -> Report {
    says(n, n, time)
}

fn limits(max_age: u64, max_width: Ratio) -> OracleConfig {
    OracleConfig::new(Seconds::new(max_age), max_width).expect("a width below one")
}

fn below_one() -> Ratio {
    Ratio::from_bits(Ratio::ONE.to_bits() - 1)
}

/// Sources with this age limit and update band that may differ by nearly everything.
fn loose<const S: usize>(max_age: u64, update_band: Ratio, faulty: u8, quorum: u8) -> SourcesParams<S> {
    let source = Source { limits: limits(max_age, bps(5_000)), update_band };
    SourcesParams { sources: [source; S], faulty, quorum, divergence: below_one(), max_width: below_one() }
}

fn checked<const S: usize>(params: SourcesParams<S>) -> SourcesConfig<S> {
    SourcesConfig::new(params).expect("sound")
}

fn call<const S: usize>(
    config: &SourcesConfig<S>,
    state: &mut SourcesState<S>,
    reports: [Report; S],
    now: u64,
) -> Outcome<S> {
    config.update(state, &reports, at(now)).expect("a clock that runs forward")
}

fn standings<const S: usize>(outcome: &Outcome<S>) -> [Standing; S] {
    outcome.verdicts.map(|verdict| verdict.standing)
}

fn refusals<const S: usize>(outcome: &Outcome<S>) -> [Option<Error>; S] {
    outcome.verdicts.map(|verdict| verdict.refused)
}

// The constructor.

/// Three push feeds, 0.5 % and twice 0.2 %, confidence 0.1 % either side, an hour.
fn push() -> SourcesParams<3> {
    let source = |band| Source { limits: limits(3_600, bps(20)), update_band: bps(band) };
    SourcesParams {
        sources: [source(50), source(20), source(20)],
        faulty: 1,
        quorum: 3,
        divergence: bps(100),
        max_width: bps(300),
    }
}

#[test]
fn fewer_than_half_may_lie_and_the_quorum_outnumbers_them() {
    let with = |faulty, quorum| SourcesConfig::new(SourcesParams { faulty, quorum, ..push() }).err();
    assert_eq!(with(2, 3), Some(Error::FaultyRange));
    assert_eq!(with(255, 3), Some(Error::FaultyRange));
    assert_eq!((with(1, 2), with(1, 4), with(1, 3)), (Some(Error::QuorumRange), Some(Error::QuorumRange), None));
    assert_eq!((with(0, 0), with(0, 1), with(0, 3)), (Some(Error::QuorumRange), None, None));
    assert_eq!(SourcesConfig::new(loose::<2>(1, Ratio::ZERO, 1, 2)).err(), Some(Error::FaultyRange));
    assert_eq!(SourcesConfig::new(loose::<0>(1, Ratio::ZERO, 0, 0)).err(), Some(Error::FaultyRange));
}

#[test]
fn an_update_band_leaves_something() {
    let with = |bits| {
        let mut params = SourcesParams { divergence: below_one(), max_width: below_one(), ..push() };
        params.sources[1].update_band = Ratio::from_bits(bits);
        SourcesConfig::new(params).err()
    };
    let one = Ratio::ONE.to_bits();
    assert_eq!(with(one), Some(Error::UpdateBandRange));
    assert_eq!(with(u64::MAX), Some(Error::UpdateBandRange));
    assert_eq!(with(one - (1 << 32)), Some(Error::UpdateBandRange), "1 / (1 - b) is 65,536");
    assert_ne!(with(one - (1 << 33)), Some(Error::UpdateBandRange));
}

#[test]
fn the_alarm_lies_outside_what_honest_sources_differ_by() {
    // 1 - (1 - 0.5 %) (1 - 0.2 %), to the bit, with four steps for the roundings.
    let left = |band: u32| Ratio::from_bits(Ratio::ONE.to_bits() - bps(band).to_bits());
    let both = left(50).mul_floor(left(20)).expect("below one");
    let least = Ratio::ONE.to_bits() - both.to_bits() + 4;
    let with = |bits| SourcesConfig::new(SourcesParams { divergence: Ratio::from_bits(bits), ..push() }).err();
    assert_eq!((with(least - 1), with(least)), (Some(Error::DivergenceRange), None));
    assert_eq!(with(bps(60).to_bits()), Some(Error::DivergenceRange), "above each band, below the two together");
    assert_eq!((with(below_one().to_bits()), with(Ratio::ONE.to_bits())), (None, Some(Error::DivergenceRange)));
}

#[test]
fn the_width_limit_admits_honest_sources() {
    let with = |max_width| SourcesConfig::new(SourcesParams { max_width, ..push() }).err();
    assert_eq!(with(Ratio::ONE), Some(Error::BandLimitRange));
    // 1 - 0.998^2 0.995^2 0.998^2 = 1.79 %.
    assert_eq!((with(bps(178)), with(bps(180))), (Some(Error::WidthInsideBands), None));
    // To the bit, with four steps for the roundings.
    let part = |source: &Source| {
        let left = Ratio::ONE.excess_over(source.update_band);
        let narrow = Ratio::ONE.excess_over(source.limits.max_width());
        narrow.mul_floor(left).and_then(|part| part.mul_floor(left)).expect("below one")
    };
    let [first, second, _] = push().sources.map(|source| part(&source));
    let least = Ratio::ONE.to_bits() - first.mul_floor(second).expect("below one").to_bits() + 4;
    let with = |bits| with(Ratio::from_bits(bits));
    assert_eq!((with(least - 1), with(least)), (Some(Error::WidthInsideBands), None));
    // Exact prices of sources that are asked need no width at all.
    let none = Source { limits: limits(60, Ratio::ZERO), update_band: Ratio::ZERO };
    let params = SourcesParams { sources: [none; 3], max_width: Ratio::ZERO, divergence: Ratio::ZERO, ..push() };
    let config = checked(params);
    let mut state = SourcesState::open(at(0));
    let outcome = call(&config, &mut state, [exactly(7, 1); 3], 1);
    assert_eq!(outcome.aggregate.map(|aggregate| aggregate.band), Ok(PriceBand::exact(price(7))));
    assert_eq!(outcome.quality, Ratio::ONE);
    let outcome = call(&config, &mut state, [exactly(7, 2), exactly(7, 2), exactly(8, 2)], 2);
    assert_eq!(standings(&outcome), [Standing::Used, Standing::Used, Standing::Divergent], "zero means zero");
}

#[test]
fn a_guard_must_fit() {
    let config = checked(push());
    let fits = |age, width, wick| config.fits(&limits(age, bps(width)), Seconds::new(wick));
    assert_eq!(fits(3_600, 300, 7_201), Ok(()));
    assert_eq!(fits(3_600, 299, 7_201), Err(Error::GuardWidthBelowSources));
    assert_eq!(fits(3_599, 300, 7_201), Err(Error::GuardAgeBelowSources));
    assert_eq!(fits(3_600, 300, 7_200), Err(Error::WickBelowSources));
    // With 4 f + 1 the ages do not matter, but a filter there must be.
    let ordered = checked(loose::<5>(3_600, Ratio::ZERO, 1, 5));
    let wide = limits(3_600, below_one());
    assert_eq!(ordered.fits(&wide, Seconds::new(1)), Ok(()));
    assert_eq!(ordered.fits(&wide, Seconds::ZERO), Err(Error::WickBelowSources));
    let four = checked(loose::<5>(3_600, Ratio::ZERO, 1, 4));
    assert_eq!(four.fits(&wide, Seconds::new(7_200)), Err(Error::WickBelowSources));
    // The longest age of any source counts.
    let mut params = loose::<3>(60, Ratio::ZERO, 1, 3);
    params.sources[1].limits = limits(u64::MAX, bps(10));
    let endless = checked(params);
    assert_eq!(endless.fits(&wide, Seconds::new(121)), Err(Error::GuardAgeBelowSources));
    assert_eq!(endless.fits(&limits(u64::MAX, below_one()), Seconds::new(u64::MAX)), Err(Error::WickBelowSources));
}

// One call.

#[test]
fn each_source_is_refused_by_name_and_stops_no_other() {
    let config = checked(loose::<7>(60, Ratio::ZERO, 1, 3));
    let mut state = SourcesState::open(at(0));
    let first = [exactly(100, 50), exactly(101, 50), exactly(102, 50), exactly(103, 50), None, None, exactly(103, 45)];
    let outcome = call(&config, &mut state, first, 50);
    assert_eq!(refusals(&outcome), [None; 7]);
    let second =
        [exactly(99, 49), exactly(99, 50), exactly(99, 101), says(1, 9, 100), exactly(99, 39), exactly(90, 100), None];
    let outcome = call(&config, &mut state, second, 100);
    let refused = [
        Some(Error::PriceOutOfOrder),
        Some(Error::PriceContradicts),
        Some(Error::PriceFromFuture),
        Some(Error::BandTooWide),
        Some(Error::PriceStale),
        None,
        None,
    ];
    assert_eq!(refusals(&outcome), refused);
    // The reports before stand.
    let used = Standing::Used;
    assert_eq!(standings(&outcome), [used, used, used, used, Standing::Absent, used, used]);
    assert_eq!(state.last()[..4], first[..4]);
    let outcome = call(&config, &mut state, [None; 7], 106);
    assert_eq!(standings(&outcome)[6], Standing::Stale, "one second beyond its age");
    assert_eq!(standings(&outcome)[0], Standing::Used);
    // A repetition changes nothing.
    let before = state;
    let outcome = call(&config, &mut state, [first[0], None, None, None, None, second[5], None], 106);
    assert_eq!((state, refusals(&outcome)), (before, [None; 7]));
    assert_eq!(config.update(&mut state, &[None; 7], at(105)), Err(Error::ClockReversed));
    assert_eq!(config.aggregate(before, &[exactly(1, 105); 7], at(105)), Err(Error::ClockReversed));
    assert_eq!(state, before);
}

/// What was accepted while the quorum failed counts later.
#[test]
fn reports_are_kept_without_a_quorum() {
    let config = checked(loose::<3>(60, Ratio::ZERO, 1, 3));
    let mut state = SourcesState::open(at(0));
    let outcome = call(&config, &mut state, [exactly(100, 1), None, None], 1);
    assert_eq!((outcome.aggregate, outcome.quality), (Err(Error::QuorumLost), Ratio::ZERO));
    assert_eq!(state.emitted(), None);
    call(&config, &mut state, [None, exactly(101, 2), None], 2);
    let outcome = call(&config, &mut state, [None, None, exactly(102, 3)], 3);
    let aggregate = outcome.aggregate.expect("three");
    assert_eq!((Some(aggregate.observation), aggregate.emission), (exactly(101, 2), Emission::New));
    assert_eq!((state.emitted(), state.at()), (Some(aggregate.observation), at(3)));
    assert_eq!(aggregate.mid_floor(), price(101));
    // One more print moves the median of the times: not before.
    let outcome = call(&config, &mut state, [None, None, exactly(104, 4)], 4);
    assert_eq!(
        outcome.aggregate.map(|next| (next.observation, next.emission)),
        Ok((aggregate.observation, Emission::Repeated))
    );
    let outcome = call(&config, &mut state, [exactly(103, 4), None, None], 4);
    assert_eq!(
        outcome.aggregate.map(|next| (Some(next.observation), next.emission)),
        Ok((exactly(103, 4), Emission::New))
    );
}

#[test]
fn more_divergent_than_faulty_is_refused_as_a_whole() {
    let params = SourcesParams { divergence: bps(1_000), ..loose::<5>(60, Ratio::ZERO, 1, 3) };
    let config = checked(params);
    let mut state = SourcesState::open(at(0));
    // Exactly a tenth below and above the median is no divergence; one step more is.
    let edge = SourcesParams { divergence: Ratio::from_bits(Ratio::ONE.to_bits() >> 2), ..params };
    let edge = checked(edge);
    let step = |reports| standings(&call(&edge, &mut state.clone(), reports, 1));
    let near = [exactly(300, 1), exactly(400, 1), exactly(400, 1), exactly(400, 1), None];
    assert_eq!(step(near), [Standing::Used, Standing::Used, Standing::Used, Standing::Used, Standing::Absent]);
    let far = [exactly(299, 1), exactly(400, 1), exactly(400, 1), exactly(400, 1), None];
    assert_eq!(step(far)[0], Standing::Divergent);
    let up = |n| [exactly(300, 1), exactly(300, 1), exactly(300, 1), exactly(n, 1), None];
    assert_eq!((step(up(400))[3], step(up(401))[3]), (Standing::Used, Standing::Divergent));

    let one = [exactly(100, 1), exactly(100, 1), exactly(100, 1), exactly(50, 1), None];
    let outcome = call(&config, &mut state, one, 1);
    assert!(outcome.aggregate.is_ok());
    // (3 + 1 - 3) / (5 + 1 - 3): the divergent one does not count.
    assert_eq!(outcome.quality, Ratio::from_fraction_floor(1, 3).expect("a third"));
    let kept = state.emitted();
    let two = [None, None, exactly(101, 2), None, exactly(200, 2)];
    let outcome = call(&config, &mut state, two, 2);
    assert_eq!((outcome.aggregate, outcome.quality), (Err(Error::SourcesDiverge), Ratio::ZERO));
    assert_eq!(standings(&outcome)[3..], [Standing::Divergent, Standing::Divergent]);
    assert_eq!(state.emitted(), kept);
    assert_eq!(state.last()[2], two[2]);
}

#[test]
fn a_band_wider_than_the_limit_is_refused() {
    let source = Source { limits: limits(60, bps(100)), update_band: bps(100) };
    let params =
        SourcesParams { sources: [source; 4], faulty: 1, quorum: 3, divergence: bps(5_000), max_width: bps(600) };
    let config = checked(params);
    let mut state = SourcesState::open(at(0));
    // Two of four are 5 % above: the band is from 0.99 of the lower to 1.05 / 0.99.
    let apart = [exactly(1_000, 1), exactly(1_000, 1), exactly(1_050, 1), exactly(1_050, 1)];
    let outcome = call(&config, &mut state, apart, 1);
    assert_eq!((outcome.aggregate, outcome.quality), (Err(Error::BandTooWide), Ratio::ZERO));
    assert_eq!(state.emitted(), None);
    let nearer = [None, None, exactly(1_042, 2), exactly(1_042, 2)];
    let outcome = call(&config, &mut state, nearer, 2);
    let emitted = outcome.aggregate.expect("5.94 %").observation;
    assert_eq!(emitted.source_time, at(1));
    assert!(outcome.quality > Ratio::ZERO && outcome.quality < bps(200));
    // Nor is the last one repeated while the sources are too far apart.
    let far = [None, None, exactly(1_050, 3), exactly(1_050, 3)];
    let outcome = config.aggregate(state, &far, at(3)).expect("forward").1;
    assert_eq!(outcome.aggregate, Err(Error::BandTooWide));
    // A present band within the limits does not excuse one that was emitted under wider ones.
    let tight = checked(SourcesParams { max_width: bps(586), ..params });
    let back = [None, None, exactly(1_000, 3), None];
    let (after, outcome) = tight.aggregate(state, &back, at(3)).expect("forward");
    assert_eq!((outcome.aggregate, after.emitted()), (Err(Error::BandTooWide), Some(emitted)));
    let outcome = config.aggregate(state, &back, at(3)).expect("forward").1;
    assert_eq!(outcome.aggregate.map(|aggregate| aggregate.observation), Ok(emitted));
}

#[test]
fn the_mid_is_between_the_medians() {
    let config = checked(loose::<4>(60, Ratio::ZERO, 1, 3));
    let mid = |prices: [u64; 4]| {
        let outcome = call(&config, &mut SourcesState::open(at(0)), prices.map(|n| exactly(n, 1)), 1);
        outcome.aggregate.map(|aggregate| (aggregate.centre.low(), aggregate.mid_floor(), aggregate.centre.high()))
    };
    assert_eq!(mid([400, 100, 200, 50]), Ok((price(100), price(150), price(200))));
    // Sides that are too far apart for a quotient.
    assert_eq!(mid([1, 1, 1 << 20, 1 << 20]), Ok((price(1), price(1), price(1 << 20))));
}

/// `1 / (1 - b)` is off by one part in 2^96 only, so that nothing but the rounding of the price is left: up.
#[test]
fn the_high_side_is_rounded_up_twice() {
    let left = (1_u64 << 32) + 1;
    let update_band = Ratio::from_bits(Ratio::ONE.to_bits() - left);
    let config = checked(loose::<1>(60, update_band, 0, 1));
    for step in 0..64 {
        let high = Price::from_parts(0, (1 << 63) + 12_345_678_901 * step + 1).expect("normalised");
        let report = PriceObservation { source_time: at(1), band: PriceBand::exact(high) };
        let outcome = call(&config, &mut SourcesState::open(at(0)), [Some(report)], 1);
        let band = outcome.aggregate.expect("one").band;
        let left = Frac::new(left, 1_u64 << 48);
        assert!(Frac::price(band.high()) >= Frac::price(high).div(&left));
        assert!(Frac::price(band.low()) <= Frac::price(high).mul(&left));
    }
}

#[test]
fn sides_stay_inside_the_type() {
    let config = checked(loose::<3>(60, bps(1_000), 1, 3));
    let report = |price| Some(PriceObservation { source_time: at(1), band: PriceBand::exact(price) });
    let mut state = SourcesState::open(at(0));
    let outcome = call(&config, &mut state, [report(Price::MIN), report(Price::MIN), report(Price::MAX)], 1);
    let aggregate = outcome.aggregate.expect("one is far");
    assert_eq!(aggregate.band.low(), Price::MIN);
    let mut state = SourcesState::open(at(0));
    let outcome = call(&config, &mut state, [report(Price::MAX), report(Price::MAX), report(Price::MIN)], 1);
    assert_eq!(outcome.aggregate.expect("one is far").band.high(), Price::MAX);
}

// Every choice of liars.

/// What the ranks give, from the definitions, on exact numbers.
struct Model {
    used: Vec<usize>,
    lows: Vec<Frac>,
    highs: Vec<Frac>,
}

impl Model {
    fn new<const S: usize>(params: &SourcesParams<S>, reports: &[Report; S], now: u64) -> Model {
        let mut model = Model { used: Vec::new(), lows: Vec::new(), highs: Vec::new() };
        for (index, (report, source)) in reports.iter().zip(&params.sources).enumerate() {
            let Some(report) = report else { continue };
            if now - report.source_time.get() > source.limits.max_age().get() {
                continue;
            }
            let left = Frac::one().sub(&Frac::of(source.update_band));
            model.used.push(index);
            model.lows.push(Frac::price(report.band.low()).mul(&left));
            model.highs.push(Frac::price(report.band.high()).div(&left));
        }
        model
    }

    /// The subsets of what is used with at least all but `faulty` members: each may be the honest ones.
    fn honest(&self, faulty: u32) -> impl Iterator<Item = Vec<usize>> + '_ {
        let count = u32::try_from(self.used.len()).expect("few");
        (0_u32..1 << count)
            .filter(move |set| set.count_ones() + faulty >= count && *set != 0)
            .map(move |set| (0..self.used.len()).filter(|&place| set >> place & 1 == 1).collect())
    }
}

/// Two numbers whose quotient is within one part in 2^46 of one.
fn near(a: &Frac, b: &Frac) -> bool {
    let slack = Frac::new((1_u64 << 46) + 1, 1_u64 << 46);
    a.mul(&slack) >= *b && b.mul(&slack) >= *a
}

fn any_report(now: u64) -> impl Strategy<Value = Report> {
    let n = prop_oneof![900_u64..1_100, 1_u64..1 << 20, prop::sample::select(vec![1_000, 1, 1 << 40])];
    let report = (n, 0_u64..100, 0..=now).prop_map(|(low, parts, time)| says(low, low + low * parts / 200, time));
    prop_oneof![8 => report, 1 => Just(None)]
}

/// An update band: of a few steps, or of anything up to a sixteenth.
fn any_band() -> impl Strategy<Value = Ratio> {
    prop_oneof![(0_u64..6).prop_map(Ratio::from_bits), (0_u64..1 << 44).prop_map(Ratio::from_bits)]
}

fn left_of(band: Ratio) -> Ratio {
    Ratio::ONE.excess_over(band)
}

/// The lowest high side of a source of the first update band, and the highest low side of one of the second, whose widened
/// bands as the rule rounds them still hold a price; and that price.
fn extremes(place: u64, bands: [Ratio; 2]) -> [Price; 3] {
    let truth = Price::from_parts(0, (3 << 62) + place).expect("normalised");
    let near = |factor: Ratio| {
        let (exponent, bits) = truth.div_floor(factor).expect("in range").to_parts();
        (bits - 4..=bits + 4).map(move |bits| Price::from_parts(exponent, bits).expect("normalised"))
    };
    let grow = Ratio::ONE.div_ceil(left_of(bands[0])).expect("small");
    let high = near(grow).find(|high| high.scale_ceil(grow).expect("in range") >= truth);
    let low = near(left_of(bands[1])).rfind(|low| low.scale_floor(left_of(bands[1])).expect("in range") <= truth);
    let (high, low) = (high.expect("within four steps"), low.expect("within four steps"));
    // One step further the price is outside.
    let (exponent, bits) = high.to_parts();
    assert!(Price::from_parts(exponent, bits - 1).expect("normalised").scale_ceil(grow).expect("in range") < truth);
    [high, low, truth]
}

/// Three reports of exact prices widened to what the width limit allows: of the source with the larger update band one, so
/// that the median is that of the other. And the places of the update bands.
fn standing([high, low]: [Price; 2], bands: [Ratio; 2], width: Ratio) -> ([Report; 3], [usize; 3]) {
    let (wide, narrow) = (left_of(width), |low, high| PriceBand::new(low, high).expect("in order"));
    let of_high = narrow(high.scale_ceil(wide).expect("in range"), high);
    let of_low = narrow(low, low.div_floor(wide).expect("in range"));
    let order = if bands[0] < bands[1] { [0, 0, 1] } else { [1, 1, 0] };
    (order.map(|which| Some(PriceObservation { source_time: at(1), band: [of_high, of_low][which] })), order)
}

/// The tightest limits with this many steps for the roundings: of divergence, and of the width of the band.
fn tightest(bands: [Ratio; 2], width: Ratio, rounded: u64) -> [Ratio; 2] {
    let left = bands.map(left_of);
    let span = left.map(|left| {
        let narrow = left_of(width).mul_floor(left).expect("small");
        narrow.mul_floor(left).expect("small")
    });
    [left, span].map(|[first, second]| {
        let both = first.mul_floor(second).expect("small");
        let rounded = if first < Ratio::ONE || second < Ratio::ONE { rounded } else { 0 };
        Ratio::from_bits(left_of(both).to_bits() + rounded)
    })
}

/// Without the steps for the roundings an honest source is named divergent, and an honest band is too wide: in the exact
/// numbers of sources whose widened bands hold one price. With two steps the widths of some are still too wide.
#[test]
fn naive_limits_without_the_roundings_break() {
    let (mut named, mut refused, mut barely) = (0, 0, 0);
    for draw in 0_u64..2_000 {
        let word = |n: u64| (draw * 3 + n).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 4;
        let small = draw % 2 == 0;
        let bands = [1, 2].map(|n| Ratio::from_bits(if small { 1 + word(n) % 5 } else { 1 + word(n) % (1 << 44) }));
        let [high, low, _] = extremes(word(0), bands);
        let [divergence, narrow] = tightest(bands, Ratio::ZERO, 0);
        let near = Frac::of(left_of(divergence)).mul(&Frac::price(low));
        named += u32::from(Frac::price(high) < near);
        let grow = Ratio::ONE.div_ceil(left_of(bands[1])).expect("small");
        let least = Frac::price(high.scale_floor(left_of(bands[0])).expect("in range"));
        let most = Frac::price(low.scale_ceil(grow).expect("in range"));
        let wide = |limit: Ratio| least < Frac::of(left_of(limit)).mul(&most);
        refused += u32::from(wide(narrow));
        barely += u32::from(wide(tightest(bands, Ratio::ZERO, 2)[1]));
        let [divergence, narrow] = tightest(bands, Ratio::ZERO, 4);
        assert!(Frac::price(high) >= Frac::of(left_of(divergence)).mul(&Frac::price(low)) && !wide(narrow));
    }
    assert!(named > 100 && refused > 100 && barely > 100, "{named} {refused} {barely}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]

    /// T13 (i), (ii) and the time: for every set of at most `f` liars among the usable sources, whatever all of them say.
    #[test]
    fn no_choice_of_liars_moves_the_ranks(
        reports in prop::array::uniform7(any_report(100)),
        bands in prop::array::uniform7(prop::sample::select(vec![0_u32, 10, 50, 200])),
        max_age in 30_u64..=100, faulty in 0_u8..=3, more in 0_u8..3,
    ) {
        let quorum = (2 * faulty + 1 + more).min(7);
        let mut params = loose::<7>(max_age, Ratio::ZERO, faulty, quorum);
        for (source, band) in params.sources.iter_mut().zip(bands) {
            source.update_band = bps(band);
        }
        let config = checked(params);
        let model = Model::new(&params, &reports, 100);
        let count = model.used.len();
        let outcome = call(&config, &mut SourcesState::open(at(0)), reports, 100);
        if count < usize::from(quorum) {
            prop_assert_eq!(outcome.aggregate, Err(Error::QuorumLost));
            return Ok(());
        }
        let aggregate = outcome.aggregate.expect("no limit stands in the way");
        let (low, high) = (Frac::price(aggregate.band.low()), Frac::price(aggregate.band.high()));

        // The ranks themselves.
        let (mut lows, mut highs) = (model.lows.clone(), model.highs.clone());
        lows.sort();
        highs.sort();
        let (exact_low, exact_high) = (&lows[usize::from(faulty)], &highs[count - 1 - usize::from(faulty)]);
        prop_assert!(low <= *exact_low && near(&low, exact_low));
        prop_assert!(high >= *exact_high && near(&high, exact_high));
        let mut times: Vec<u64> =
            model.used.iter().map(|&index| reports[index].expect("used").source_time.get()).collect();
        times.sort_unstable();
        prop_assert_eq!(aggregate.observation.source_time.get(), times[(count - 1) / 2]);

        // (i), by the bands as the rule rounds them: outward.
        for honest in model.honest(faulty.into()) {
            let least = honest.iter().map(|&place| &model.lows[place]).min().expect("not empty");
            let most = honest.iter().map(|&place| &model.highs[place]).max().expect("not empty");
            prop_assert!(low >= *least || near(&low, least));
            prop_assert!(high <= *most || near(&high, most));
            let times = || honest.iter().map(|&place| reports[model.used[place]].expect("used").source_time);
            let time = aggregate.observation.source_time;
            prop_assert!(times().min() <= Some(time) && times().max() >= Some(time));
        }
        // (ii): what any f + 1 bands contain.
        for at in model.lows.iter().chain(&model.highs) {
            let holders = model.lows.iter().zip(&model.highs).filter(|(low, high)| *low <= at && at <= *high).count();
            if holders > usize::from(faulty) {
                prop_assert!(low <= *at && *at <= high);
            }
        }
        // The centre is of the medians as reported, and the mid is inside.
        let (centre, mid) = (aggregate.centre, aggregate.mid_floor());
        let side = |of: fn(PriceBand) -> Price| {
            let mut sides: Vec<Price> =
                model.used.iter().map(|&index| of(reports[index].expect("used").band)).collect();
            sides.sort();
            sides
        };
        prop_assert_eq!(centre.low(), side(PriceBand::low)[(count - 1) / 2]);
        prop_assert_eq!(centre.high(), side(PriceBand::high)[count / 2]);
        prop_assert!(aggregate.band.low() <= centre.low() && centre.high() <= aggregate.band.high());
        prop_assert!(centre.low() <= mid && mid <= centre.high());
    }

    /// T13 (iii): whatever `f` sources do, honest ones whose widened bands hold one price are never named divergent, and
    /// their aggregate is not refused, at the tightest limits that the constructor takes.
    #[test]
    fn honest_sources_are_heard(
        offsets in prop::array::uniform5((-10_000_i64..=10_000, 0_u64..=2_000)),
        bands in prop::array::uniform5(prop::sample::select(vec![0_u32, 10, 50, 200, 1_000])),
        edge in prop::array::uniform5(any::<bool>()),
        lies in prop::array::uniform2(any_report(100)), first in 0_usize..5, second in 0_usize..5,
    ) {
        const TRUE: u64 = 1_000_000_000_000;
        let source = |band| Source { limits: limits(100, bps(100)), update_band: bps(band) };
        let sources = bands.map(source);
        // The tightest limits that the constructor takes.
        let left = |source: &Source| Ratio::from_bits(Ratio::ONE.to_bits() - source.update_band.to_bits());
        let mut lefts = sources.map(|source| left(&source));
        lefts.sort();
        let both = lefts[0].mul_floor(lefts[1]).expect("below one");
        let rounded = if lefts[0] < Ratio::ONE { 4 } else { 0 };
        let divergence = Ratio::from_bits(Ratio::ONE.to_bits() - both.to_bits() + rounded);
        let with = |bits| SourcesConfig::new(SourcesParams {
            sources, faulty: 2, quorum: 5, divergence, max_width: Ratio::from_bits(bits),
        });
        let (mut no, mut yes) = (0, Ratio::ONE.to_bits() - 1);
        while yes - no > 1 {
            let middle = no.midpoint(yes);
            if with(middle).is_ok() { yes = middle } else { no = middle }
        }
        let config = with(yes).expect("the narrowest");
        let mut reports = [None; 5];
        for (((report, (offset, width)), source), edge) in reports.iter_mut().zip(offsets).zip(&sources).zip(edge) {
            // As far as the band lets a true price be from the near side, in either direction.
            let left = left(source).to_bits();
            let least = (u128::from(TRUE) * u128::from(left)).div_ceil(1 << 48);
            let most = (u128::from(TRUE) << 48) / u128::from(left);
            let spread = u128::from(TRUE) * u128::from(width) / 1_000_000;
            let place = u128::from(offset.unsigned_abs());
            let (low, high) = match (offset < 0, edge) {
                (true, true) => (least - least * 99 / 10_000, least),
                (false, true) => (most, most + most / 100),
                (true, false) => { let high = TRUE as u128 - (TRUE as u128 - least) * place / 10_000; (high - spread, high) }
                (false, false) => { let low = TRUE as u128 + (most - TRUE as u128) * place / 10_000; (low, low + spread) }
            };
            *report = says(u64::try_from(low).expect("small"), u64::try_from(high).expect("small"), 50);
        }
        let liars = if first == second { vec![first] } else { vec![first, second] };
        for (&liar, lie) in liars.iter().zip(lies) {
            let lie = lie.map(|lie| PriceObservation { band: PriceBand::exact(lie.band.low()), ..lie });
            reports[liar] = lie.or(reports[liar]);
        }
        let outcome = call(&config, &mut SourcesState::open(at(0)), reports, 100);
        for (index, standing) in standings(&outcome).into_iter().enumerate() {
            prop_assert!(liars.contains(&index) || standing == Standing::Used);
        }
        let aggregate = outcome.aggregate.expect("heard");
        prop_assert!(aggregate.band.low() <= price(TRUE) && price(TRUE) <= aggregate.band.high());
    }

    /// T13 (iii) as implemented: honest sources whose widened bands, as the rule rounds them, hold one price to its last bit,
    /// each as far from it as they let it be, at the tightest limits. With limits that are exact, and nothing for the roundings,
    /// one of them is named divergent, or the band is too wide: `naive_limits_without_the_roundings_break`.
    #[test]
    fn what_holds_the_price_as_rounded_is_heard(
        place in 0_u64..1 << 60, bands in prop::array::uniform2(any_band()), width in prop_oneof![Just(0_u32), 1_u32..300],
    ) {
        let [high, low, truth] = extremes(place, bands);
        let width = bps(width);
        let (reports, order) = standing([high, low], bands, width);
        let sources = order.map(|which| Source { limits: limits(60, width), update_band: bands[which] });
        let [divergence, max_width] = tightest(bands, width, 4);
        let params = SourcesParams { sources, faulty: 0, quorum: 3, divergence, max_width };
        let config = checked(params);
        // No limit is looser than it must be.
        let less = |limit: Ratio| Ratio::from_bits(limit.to_bits().saturating_sub(1));
        if divergence > Ratio::ZERO {
            let divergence = less(divergence);
            let tighter = SourcesConfig::new(SourcesParams { divergence, ..params }).err();
            prop_assert_eq!(tighter, Some(Error::DivergenceRange));
        }
        if max_width > Ratio::ZERO {
            let max_width = less(max_width);
            let tighter = SourcesConfig::new(SourcesParams { max_width, ..params }).err();
            prop_assert_eq!(tighter, Some(Error::WidthInsideBands));
        }
        let outcome = call(&config, &mut SourcesState::open(at(0)), reports, 1);
        prop_assert_eq!(standings(&outcome), [Standing::Used; 3]);
        let band = outcome.aggregate.expect("heard").band;
        prop_assert!(band.low() <= truth && truth <= band.high());
    }

    /// A divergent source never sets the side that it diverges away from.
    #[test]
    fn a_divergent_source_sets_no_far_side(reports in prop::array::uniform5(any_report(50)), band in 0_u32..300) {
        let params = SourcesParams { divergence: bps(600), ..loose::<5>(50, bps(band), 2, 5) };
        let outcome = call(&checked(params), &mut SourcesState::open(at(0)), reports, 50);
        let Ok(aggregate) = outcome.aggregate else { return Ok(()) };
        for (verdict, report) in outcome.verdicts.iter().zip(reports) {
            let (Standing::Divergent, Some(report)) = (verdict.standing, report) else { continue };
            if report.band.high() < aggregate.centre.low() {
                prop_assert!(aggregate.band.high() > report.band.high());
            } else {
                prop_assert!(aggregate.band.low() < report.band.low());
            }
        }
    }

    /// Never raised by fewer sources or by more width.
    #[test]
    fn quality_is_monotone(used in 0_usize..9, width in 0_u64..1 << 49, step in 0_u64..1 << 40, quorum in 3_u8..=7) {
        let config = checked(SourcesParams { max_width: bps(9_000), ..loose::<7>(60, Ratio::ZERO, 1, quorum) });
        let quality = |used, width| config.quality_floor(used, Ratio::from_bits(width));
        prop_assert!(quality(used, width) <= quality(used + 1, width));
        prop_assert!(quality(used, width + step) <= quality(used, width));
        prop_assert!(quality(used, 0) <= Ratio::ONE);
        // From below, and within two steps.
        let (spare, all) = ((used.min(7) + 1).saturating_sub(quorum.into()), 8 - usize::from(quorum));
        let wide = Frac::of(Ratio::from_bits(width)).div(&Frac::of(bps(9_000)));
        if wide <= Frac::one() {
            let exact = Frac::new(spare, all).mul(&Frac::one().sub(&wide));
            prop_assert!(Frac::of(quality(used, width)) <= exact);
            prop_assert!(Frac::of(quality(used, width)).add(&Frac::of(Ratio::from_bits(3))) > exact);
        }
        prop_assert_eq!(quality(usize::from(quorum) - 1, 0), Ratio::ZERO);
        prop_assert_eq!(quality(7, 0), Ratio::ONE);
        prop_assert_eq!(quality(7, bps(9_000).to_bits()), Ratio::ZERO);
    }
}

/// Where no width is allowed, none is whole quality and any is none, beyond the range of the quotient too.
#[test]
fn quality_without_an_allowed_width() {
    let none = Source { limits: limits(60, Ratio::ZERO), update_band: Ratio::ZERO };
    let exact = SourcesParams { sources: [none; 3], max_width: Ratio::ZERO, divergence: Ratio::ZERO, ..push() };
    let quality = |width| checked(exact).quality_floor(3, width);
    assert_eq!([Ratio::ZERO, Ratio::ULP, Ratio::MAX].map(quality), [Ratio::ONE, Ratio::ZERO, Ratio::ZERO]);
    // A width 2^48 times the allowed one, which is no ratio.
    let narrow = checked(SourcesParams { max_width: Ratio::ULP, ..exact });
    assert_eq!(narrow.quality_floor(3, Ratio::ONE), Ratio::ZERO);
}

// The naive rules.

/// One liar moves a mean anywhere; the ranks stay among the honest.
#[test]
fn a_mean_follows_one_liar() {
    let mean = |prices: [u64; 3]| prices.iter().sum::<u64>() / 3;
    assert!(mean([1_000, 1_000, 1]) < 700, "a fall of a third that nobody honest saw");
    let config = checked(loose::<3>(60, Ratio::ZERO, 1, 3));
    let outcome =
        call(&config, &mut SourcesState::open(at(0)), [exactly(1_000, 1), exactly(1_000, 1), exactly(1, 1)], 1);
    assert_eq!(outcome.aggregate.map(|aggregate| aggregate.band), Ok(PriceBand::exact(price(1_000))));
}

/// Two honest sources go silent; without a quorum the liar is the median of what is left.
#[test]
fn a_median_without_a_quorum_is_a_liars() {
    let median = |mut fresh: Vec<u64>| {
        fresh.sort_unstable();
        fresh[(fresh.len() - 1) / 2]
    };
    assert_eq!(median(vec![1]), 1);
    assert_eq!(median(vec![1, 1_000]), 1);
    let config = checked(loose::<3>(60, Ratio::ZERO, 1, 3));
    let mut state = SourcesState::open(at(0));
    call(&config, &mut state, [exactly(1_000, 1), exactly(1_000, 1), exactly(1_000, 1)], 1);
    let outcome = call(&config, &mut state, [None, None, exactly(1, 100)], 100);
    assert_eq!(outcome.aggregate, Err(Error::QuorumLost));
    let outcome = call(&config, &mut state, [None, exactly(1_000, 101), exactly(1, 101)], 101);
    assert_eq!(outcome.aggregate, Err(Error::QuorumLost));
}

/// The first fresh source is the liar's whenever it comes first.
#[test]
fn the_first_fresh_source_may_be_the_liar() {
    let reports = [exactly(1, 10), exactly(1_000, 10), exactly(1_000, 10)];
    let first = reports.iter().flatten().find(|report| report.source_time >= at(5)).map(|report| report.band.high());
    assert_eq!(first, Some(price(1)));
    let config = checked(loose::<3>(60, Ratio::ZERO, 1, 3));
    let outcome = call(&config, &mut SourcesState::open(at(0)), reports, 10);
    assert_eq!(outcome.aggregate.map(|aggregate| aggregate.band.high()), Ok(price(1_000)));
}

/// LUNA, May 2022: a feed stood still at 0.107 while the market was at 0.01 (Venus Protocol and Blizz Finance;
/// Cryptonews Australia, 17 May 2022).
#[test]
fn a_frozen_feed_dies_by_its_age_and_a_frozen_aggregate_is_refused() {
    // In thousandths: 107 and 10. The first feed is the frozen one.
    let source = |age| Source { limits: limits(age, bps(10)), update_band: bps(50) };
    let sources = [source(120), source(3_600), source(3_600), source(3_600)];
    let params = SourcesParams { sources, faulty: 1, quorum: 3, divergence: bps(300), max_width: bps(300) };
    let config = checked(params);
    let mut state = SourcesState::open(at(0));
    call(&config, &mut state, [exactly(107, 1); 4], 1);
    let market = |time| [None, exactly(10, time), exactly(10, time), exactly(10, time)];
    let outcome = call(&config, &mut state, market(60), 60);
    assert_eq!(standings(&outcome)[0], Standing::Divergent, "while it is fresh");
    let aggregate = outcome.aggregate.expect("three agree");
    assert!(aggregate.band.high() < price(11));
    // 99.9 % wrong the other way.
    let outcome = call(&config, &mut state.clone(), [exactly(10_000, 61), None, None, None], 61);
    assert_eq!(standings(&outcome)[0], Standing::Divergent);
    assert!(outcome.aggregate.expect("three agree").band.high() < price(11));
    let outcome = call(&config, &mut state, market(122), 122);
    assert_eq!(standings(&outcome)[0], Standing::Stale);
    assert!(outcome.aggregate.is_ok());
    // Had it been the only one, the market would read ten times its price.
    assert_eq!(state.last()[0], exactly(107, 1));

    // All of them stand still: the aggregate repeats itself for their age, and is then refused, by the sources and by a
    // guard that fits them.
    let outcome = call(&config, &mut state, [None; 4], 122 + 3_600);
    let last = outcome.aggregate.expect("fresh to the second");
    assert_eq!((last.emission, last.observation.source_time), (Emission::Repeated, at(122)));
    let oracle = limits(3_600, bps(300));
    assert_eq!(config.fits(&oracle, Seconds::new(7_201)), Ok(()));
    assert_eq!(oracle.check(&last.observation, at(122 + 3_600)), Ok(()));
    let outcome = call(&config, &mut state, [None; 4], 122 + 3_601);
    assert_eq!((outcome.aggregate, outcome.quality), (Err(Error::QuorumLost), Ratio::ZERO));
    assert_eq!(standings(&outcome), [Standing::Stale; 4]);
    assert_eq!(oracle.check(&last.observation, at(122 + 3_601)), Err(Error::PriceStale));
}

// Through the guard.

/// A guard and the sources before it.
struct Chain<const S: usize> {
    config: SourcesConfig<S>,
    sources: SourcesState<S>,
    guard: Guard<1>,
    state: Option<GuardState<1>>,
    emitted: Vec<PriceObservation>,
}

impl<const S: usize> Chain<S> {
    fn new(params: SourcesParams<S>, wick: u64) -> Chain<S> {
        let market = Market {
            shape: Shape::ConstantProduct,
            haircut: Ratio::ZERO,
            burst: bps(100),
            leak: Rate::ZERO,
            own_share: bps(1_250),
            kappa: Ratio::ONE,
            share: Ratio::ONE,
            wick: Seconds::new(wick),
        };
        let sources = SourcesState::open(at(0));
        Chain { config: checked(params), sources, guard: market.guard(), state: None, emitted: Vec::new() }
    }

    /// What the sources say goes into the guard, which must take it; the drawdown after it.
    fn step(&mut self, now: u64, reports: [Report; S]) -> Ratio {
        let outcome = call(&self.config, &mut self.sources, reports, now);
        if let Ok(Aggregate { observation, emission, .. }) = outcome.aggregate {
            let last = self.emitted.last().copied();
            match emission {
                Emission::Repeated => assert_eq!(last, Some(observation)),
                Emission::New => {
                    assert!(last.is_none_or(|last| last.source_time < observation.source_time));
                    self.emitted.push(observation);
                }
            }
            self.see(now, observation);
        }
        self.drawdown(now)
    }

    fn see(&mut self, now: u64, price: PriceObservation) {
        let snapshot = Snapshot::ConstantProduct { reserve: Amount::new(1_000_000_000) };
        let pool = DepthObservation { source_time: at(now), snapshot };
        self.state = Some(match self.state {
            None => self.guard.open(at(now), price, pool).expect("a first price"),
            Some(state) => {
                let seen = Observation { now: at(now), price: Some(price), depth: None };
                self.guard.observe(state, &seen).expect("in order")
            }
        });
    }

    fn drawdown(&self, now: u64) -> Ratio {
        let limits = self.state.map(|state| self.guard.limits(&state, at(now)).expect("the present"));
        limits.map_or(Ratio::ZERO, |limits| limits.drawdown)
    }
}

/// How a corrupted source times a report, given its last time and the present.
fn timed(choice: u8, last: u64, now: u64, max_age: u64) -> u64 {
    let oldest = last.max(now.saturating_sub(max_age));
    match choice % 4 {
        0 => now,
        1 => oldest,
        2 => (oldest + 1).min(now),
        _ => oldest.midpoint(now),
    }
}

/// One second of the world: what the price does, which source publishes, what is delivered, what the liars say.
#[derive(Clone, Debug)]
struct Second {
    skip: u64,
    climb: u64,
    publish: [bool; 5],
    deliver: [bool; 5],
    lies: [(u8, u8); 2],
}

fn seconds() -> impl Strategy<Value = Vec<Second>> {
    let lies = prop::array::uniform2((0_u8..6, any::<u8>()));
    let (often, seldom) = (|| prop::array::uniform5(prop::bool::weighted(0.5)), 0_u64..60);
    let second = (1_u64..30, seldom, prop::array::uniform5(prop::bool::weighted(0.3)), often(), lies)
        .prop_map(|(skip, climb, publish, deliver, lies)| Second { skip, climb, publish, deliver, lies });
    prop::collection::vec(second, 1..120)
}

/// The prices that a liar names: around the market, or far from it.
fn lie(choice: u8, now: u64, oldest: u64) -> u64 {
    match choice {
        0 => oldest,
        1 => now,
        2 => 1,
        3 => now * 1_000,
        4 => oldest - oldest / 100,
        _ => now + now / 100,
    }
}

/// A market that only rises, honest sources that are asked and delivered late, and liars that say anything at any time.
fn rising(params: SourcesParams<5>, wick: u64, liars: usize, world: &[Second]) -> Ratio {
    const AGE: u64 = 100;
    let mut chain = Chain::new(params, wick);
    let (mut now, mut market) = (1_000_u64, 1_000_000_u64);
    let mut waiting: [Vec<Report>; 5] = Default::default();
    let mut worst = Ratio::ZERO;
    for second in world {
        now += second.skip;
        market += market * second.climb / 1_000;
        let mut reports = [None; 5];
        let last = chain.sources.last();
        let oldest = last.iter().flatten().map(|report| report.band.low()).min();
        let oldest =
            oldest.map_or(market, |low| low.value_floor(Amount::new(1)).expect("small").get() as u64).max(1_000);
        for index in 0..5 {
            if index < liars {
                let (what, when) = second.lies[index];
                let time = timed(when, last[index].map_or(0, |last| last.source_time.get()), now, AGE);
                reports[index] = exactly(lie(what, market, oldest), time);
                continue;
            }
            if second.publish[index] {
                waiting[index].push(exactly(market, now));
            }
            if second.deliver[index] {
                // In the order of publishing; what was overtaken is never delivered.
                let keep = waiting[index].len().div_ceil(2);
                reports[index] = waiting[index].drain(..keep).next_back().flatten();
            }
        }
        worst = worst.max(chain.step(now, reports));
    }
    worst
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_500))]

    /// T13 (v), a quorum of 4 f + 1: no wick filter is needed for the order of times.
    #[test]
    fn a_rising_market_earns_nothing_with_many_sources(world in seconds(), wick in 0_u64..50) {
        prop_assert_eq!(rising(loose::<5>(100, Ratio::ZERO, 1, 5), wick, 1, &world), Ratio::ZERO);
    }

    /// T13 (v), a quorum of 2 f + 1: the filter is as long as the longest age.
    #[test]
    fn a_rising_market_earns_nothing_with_few_sources(world in seconds(), more in 0_u64..50) {
        prop_assert_eq!(rising(loose::<5>(100, Ratio::ZERO, 2, 5), 100 + more, 2, &world), Ratio::ZERO);
    }

    /// T13 (iv): push feeds that keep to their update band; the drawdown read is at most the true one, without a filter.
    #[test]
    fn push_feeds_read_no_more_than_the_fall(
        moves in prop::collection::vec((1_u64..20, -40_i64..=40, prop::array::uniform2((0_u8..6, any::<u8>()))), 1..150),
        band in prop::sample::select(vec![10_u32, 50, 200]), liars in 0_usize..=2,
        wick in prop_oneof![Just(0_u64), 1_u64..60],
    ) {
        let band = bps(band);
        let left = u128::from(Ratio::ONE.to_bits() - band.to_bits());
        let holds = |said: u64, price: u64| {
            let (said, price) = (u128::from(said), u128::from(price));
            price << 48 >= said * left && said << 48 >= price * left
        };
        let mut chain = Chain::new(loose::<5>(100, band, 2, 5), wick);
        let (mut now, mut market, mut peak) = (1_000_u64, 1_000_000_u64, 0_u64);
        let mut said = [(0_u64, 0_u64); 5];
        let mut deepest = Frac::int(0);
        for (skip, change, lies) in moves {
            now += skip;
            market = market.saturating_add_signed(i64::try_from(market).expect("small") * change / 1_000);
            peak = peak.max(market);
            let fall = Frac::one().sub(&Frac::new(market, peak));
            deepest = deepest.max(fall);
            let mut reports = [None; 5];
            for index in 0..5 {
                let last = chain.sources.last()[index].map_or(0, |last| last.source_time.get());
                if index < liars {
                    let (what, when) = lies[index];
                    reports[index] = exactly(lie(what, market, market - market / 50), timed(when, last, now, 100));
                } else if !holds(said[index].0, market) || now - said[index].1 > 40 + 10 * index as u64 {
                    said[index] = (market, now);
                    reports[index] = exactly(market, now);
                }
            }
            let drawdown = chain.step(now, reports);
            prop_assert!(Frac::of(drawdown) <= deepest);
        }
    }

    /// A wick of all sources, however often it is read, with one liar that calls it on: nothing, if the filter is longer.
    #[test]
    fn a_wick_of_all_sources_earns_nothing(
        lasts in 0_u64..40, prints in prop::array::uniform5((0_u64..40, 0_u64..100)),
        silent in prop::array::uniform5(any::<bool>()),
        few in any::<bool>(), whens in prop::collection::vec(any::<u8>(), 1..8), before in 0_u64..100,
    ) {
        const AGE: u64 = 100;
        let (quorum, wick) = if few { (4, lasts + 2 * AGE + 1) } else { (5, lasts + 1) };
        let mut chain = Chain::new(loose::<5>(AGE, Ratio::ZERO, 1, quorum), wick);
        let mut worst = Ratio::ZERO;
        // The wick is from 1,000 to 1,000 + lasts; in it each source prints once or twice, and again after it or never.
        for now in 600..1_400 {
            let mut reports = [None; 5];
            for index in 1..5 {
                let (start, end) = (1_000 + prints[index].0.min(lasts), 1_000 + lasts + 1 + prints[index].1);
                reports[index] = match now {
                    ..900 if now % 50 == 0 => exactly(1_000, now),
                    900..1_000 if now == 900 + before.min(99) => exactly(1_000, now),
                    1_000.. if now == start || now == 1_000 + lasts && index % 2 == 0 => exactly(500, now),
                    1_000.. if now >= end && (now - end) % 50 == 0 && !silent[index] => exactly(1_000, now),
                    _ => None,
                };
            }
            let last = chain.sources.last()[0].map_or(0, |last| last.source_time.get());
            let when = whens[usize::try_from(now).expect("small") % whens.len()];
            reports[0] = exactly(if now < 1_000 { 1_000 } else { 500 }, timed(when, last, now, AGE));
            worst = worst.max(chain.step(now, reports));
        }
        prop_assert_eq!(worst, Ratio::ZERO);
    }
}

/// The filter filters wicks, not falls: what all sources hold for its length counts.
#[test]
fn a_fall_that_is_held_counts() {
    let mut chain = Chain::new(loose::<5>(100, Ratio::ZERO, 1, 5), 40);
    chain.step(1_000, [exactly(1_000, 1_000); 5]);
    chain.step(1_050, [exactly(500, 1_050); 5]);
    assert_eq!(chain.step(1_089, [exactly(500, 1_089); 5]), Ratio::ZERO);
    assert_eq!(chain.step(1_090, [exactly(500, 1_090); 5]), bps(5_000));
}

/// Naive: the present as the source time. The wick that is read twice is a fall; by publish times it is none.
#[test]
fn a_wick_labelled_with_the_present_is_earned_by_reading_it_again() {
    let mut naive = Chain::new(loose::<5>(600, Ratio::ZERO, 1, 5), 60);
    let mut rule = Chain::new(loose::<5>(600, Ratio::ZERO, 1, 5), 60);
    for chain in [&mut naive, &mut rule] {
        chain.step(1_000, [exactly(1_000, 1_000); 5]);
    }
    let wick = [1, 2, 3, 4, 5].map(|after| exactly(500, 1_060 + after));
    let (mut earned, mut kept) = (Ratio::ZERO, Ratio::ZERO);
    for now in 1_070..1_300 {
        let band = PriceBand::exact(price(500));
        naive.see(now, PriceObservation { source_time: at(now), band });
        earned = earned.max(naive.drawdown(now));
        kept = kept.max(rule.step(now, wick));
    }
    assert_eq!((earned, kept), (bps(5_000), Ratio::ZERO));
    assert_eq!(rule.emitted.len(), 2);
}

/// Three sources, one of which lies about times: what the filter must exceed, to within two seconds.
fn one_print(wick: u64) -> Ratio {
    const AGE: u64 = 100;
    let mut chain = Chain::new(loose::<3>(AGE, Ratio::ZERO, 1, 3), wick);
    // The last second of the liar is the first: its times are free.
    chain.step(500, [exactly(1_000, 500), exactly(1_000, 500), exactly(1_000, 500)]);
    chain.step(900, [None, exactly(1_000, 900), None]);
    chain.step(999, [None, exactly(1_000, 900), None]);
    // One honest print of a wick, called on by the liar as of the time of the other honest one.
    chain.step(1_000, [exactly(500, 1_000), None, exactly(500, 901)]);
    // The other has recovered; the first is silent, to the last second of its age.
    chain.step(1_001, [None, exactly(1_000, 1_001), None]);
    chain.step(1_100, [None, exactly(1_000, 1_100), exactly(500, 1_099)])
}

#[test]
fn a_single_print_is_worth_twice_the_age() {
    assert_eq!(one_print(198), bps(5_000));
    assert_eq!(one_print(201), Ratio::ZERO);
    let config = checked(loose::<3>(100, Ratio::ZERO, 1, 3));
    assert_eq!(config.fits(&limits(100, below_one()), Seconds::new(198)), Err(Error::WickBelowSources));
    assert_eq!(config.fits(&limits(100, below_one()), Seconds::new(201)), Ok(()));
}

/// A market that only rises, from 1,000 to 1,100 at 200 and 1,200 at 299: three sources of which one lies.
fn rise(wick: u64) -> Ratio {
    let mut chain = Chain::new(loose::<3>(100, Ratio::ZERO, 1, 3), wick);
    let none = chain.step(200, [exactly(1_100, 200), exactly(1_000, 100), exactly(1_100, 100)]);
    assert_eq!(
        (none, chain.emitted.last().map(|seen| (seen.source_time, seen.band.low()))),
        (Ratio::ZERO, Some((at(100), price(1_100))))
    );
    // The second honest source is heard of late: what it said at 199 was true.
    chain.step(200, [None, exactly(1_000, 199), exactly(1_000, 101)]);
    chain.step(299, [exactly(1_200, 299), None, exactly(1_000, 298)])
}

#[test]
fn a_filter_shorter_than_the_age_earns_in_a_rising_market() {
    assert!(rise(99) > bps(900));
    assert_eq!(rise(100), Ratio::ZERO);
}

// The stored form.

fn stored<const S: usize>(state: &SourcesState<S>) -> Vec<u8> {
    let mut bytes = vec![0; SourcesState::<S>::BYTES];
    state.write_to(&mut bytes).expect("the right length");
    bytes
}

fn lived() -> (SourcesConfig<5>, SourcesState<5>) {
    let config = checked(loose::<5>(60, bps(50), 1, 3));
    let mut state = SourcesState::open(at(0));
    call(&config, &mut state, [exactly(1_000, 3), says(999, 1_001, 5), None, exactly(1_002, 7), None], 9);
    (config, state)
}

#[test]
fn the_layout_is_pinned() {
    let (_, state) = lived();
    let bytes = stored(&state);
    assert_eq!((bytes.len(), &bytes[..4]), (4 + 8 + 27 * 6, &[4, 1, 5, 0][..]));
    assert_eq!(bytes[4..12], 9_u64.to_le_bytes(), "clock");
    assert_eq!((bytes[12], &bytes[13..21]), (1, &3_u64.to_le_bytes()[..]), "first report");
    assert_eq!((bytes[12 + 54], bytes[12 + 54 + 1]), (0, 0), "none of the third");
    assert_eq!(bytes[12 + 135 + 1..][..8], 5_u64.to_le_bytes(), "emitted");
    assert_eq!(SourcesState::<5>::read_from(&bytes), Ok(state));
    assert_eq!(SourcesState::<5>::read_from(&bytes[1..]), Err(Error::StoredLength));
    assert_eq!(state.write_to(&mut []), Err(Error::StoredLength));
    let doctored = |place: usize, value: u8| {
        let mut other = bytes.clone();
        other[place] = value;
        SourcesState::<5>::read_from(&other).err()
    };
    for place in 0..4 {
        assert_eq!(doctored(place, 9), Some(Error::StoredHeader), "{place}");
    }
    assert_eq!(doctored(4, 6), Some(Error::StoredValue), "a report dated after the clock");
    assert_eq!(doctored(12, 2), Some(Error::StoredValue), "neither there nor not");
    assert_eq!(doctored(12, 0), Some(Error::StoredValue), "not there, and yet something");
    assert_eq!(doctored(12 + 54, 1), None, "the smallest price, at time zero");
    assert_eq!(doctored(12 + 135 + 1, 10), Some(Error::StoredValue), "emitted after the clock");
    assert_eq!(doctored(12 + 1 + 8 + 8, 0), Some(Error::PriceNotNormalised));
}

proptest! {
    /// Tampered bytes are refused, or give a state that no call panics on and that writes to what was read.
    #[test]
    fn tampered_bytes_are_refused_or_harmless(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
        now in prop_oneof![0_u64..100, any::<u64>()], reports in prop::array::uniform5(any_report(90)),
    ) {
        let (config, state) = lived();
        let mut bytes = stored(&state);
        for (index, value) in changes {
            let place = 4 + index.index(bytes.len() - 4);
            bytes[place] = value;
        }
        if let Ok(mut read) = SourcesState::<5>::read_from(&bytes) {
            prop_assert_eq!(stored(&read), bytes);
            if let Ok(outcome) = config.update(&mut read, &reports, at(now)) {
                let named = |verdict: &Verdict| verdict.refused.is_none_or(|error| error.code() >= 200);
                prop_assert!(outcome.verdicts.iter().all(named));
            }
        }
    }
}
