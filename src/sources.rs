//! Many price sources into one observation: of `n` usable ones, at most `f` of which lie, the ranks that no lie can move
//! out of what the honest ones say.
//!
//! ```text
//! widened    low_i = floor(lo_i (1 - b_i)),  high_i = ceil(hi_i / (1 - b_i))      b_i the update band of source i
//! band       [the (f+1)-th lowest low_i, the (f+1)-th highest high_i]
//! time       the lower median of the publish times
//! emitted    when the time is later than that of the last one; otherwise the last one is repeated unchanged
//! ```
//!
//! A push feed stays silent while the price is within its update band of what it published, so what it said holds up to
//! that band. `1 / (1 - b)` is above both `1 + b` and `exp(b)`, and `1 - b` is below `exp(-b)`: the widened band holds for a
//! threshold on the relative change as for one on the logarithm.

use crate::bytes::{on_its_own, stored, stored_array, stored_as, stored_bytes, stored_bytes_as};
use crate::error::Error;
use crate::forms::{field, form, form_through};
use crate::oracle::{OracleConfig, PriceObservation};
use crate::price::{Price, PriceBand};
use crate::ratio::Ratio;
use crate::units::{Seconds, Timestamp};
use core::cmp::Ordering;

/// One source.
///
/// # Examples
/// See [`SourcesConfig::new`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Source {
    /// Its age limit (the heartbeat, with what its delivery may take), and the widest band that it may report (twice the
    /// confidence, relative to the high side).
    pub limits: OracleConfig,
    /// The relative change up to which it does not publish: 0.5 % for many push feeds, zero for one that is asked.
    pub update_band: Ratio,
}

/// What [`SourcesConfig::new`] checks.
///
/// # Examples
/// See [`SourcesConfig::new`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct SourcesParams<const S: usize> {
    /// The sources, in the order of the reports.
    pub sources: [Source; S],
    /// `f`: how many of them may be corrupted.
    pub faulty: u8,
    /// The fewest usable sources, at least `2 f + 1`. From `4 f + 1` on the order of times needs no help of the wick
    /// filter ([`SourcesConfig::fits`]).
    pub quorum: u8,
    /// How far from the median a reported band may lie: one less the quotient of the near sides, smaller over larger.
    pub divergence: Ratio,
    /// The widest band emitted, relative to its high side.
    pub max_width: Ratio,
}

/// Checked parameters of many sources.
///
/// # Examples
/// See [`SourcesConfig::new`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct SourcesConfig<const S: usize> {
    params: SourcesParams<S>,
    /// `ceil(1 / (1 - b))` of each source.
    grow: [Ratio; S],
    /// The longest age limit of a source, and the widest band emitted.
    emitted: OracleConfig,
}

/// A report that may not have been made yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
struct Slot(Option<PriceObservation>);

/// The state: the last accepted report of each source, the last emitted observation, and the clock. Plain data, in and
/// out by value.
///
/// # Examples
/// See [`SourcesConfig::update`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct SourcesState<const S: usize> {
    at: Timestamp,
    last: [Slot; S],
    emitted: Slot,
}

/// What the roundings of two widened bands come to at most, in parts of the price: 2^-46. By T13 (iii) it is less than 2^-48 and
/// 2^-62 for the near sides, and less than 2^-47 and 2^-60 for the width.
const ROUNDED: Ratio = Ratio::from_bits(4);

/// Why a source's last accepted report counts, or does not.
///
/// # Examples
/// See [`SourcesConfig::update`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case", deny_unknown_fields))]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema), schemars(transform = crate::forms::described))]
#[cfg_attr(feature = "borsh", derive(borsh::BorshSerialize, borsh::BorshDeserialize))]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub enum Standing {
    /// It counts.
    Used,
    /// It is farther from the median than the threshold. It keeps its place in the ranks, so that those of the others do
    /// not move, and is one of the `f` that may be faulty.
    Divergent,
    /// It is older than the age limit of its source.
    Stale,
    /// None was accepted yet.
    Absent,
}

/// What became of one source in one call.
///
/// # Examples
/// See [`SourcesConfig::update`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Verdict {
    /// Whether the last accepted report of the source counts.
    pub standing: Standing,
    /// Why the report given in this call was refused; the last accepted one then stands. [`Error::PriceFromFuture`],
    /// [`Error::PriceStale`], [`Error::BandTooWide`], [`Error::PriceOutOfOrder`] or [`Error::PriceContradicts`], as
    /// [`OracleConfig::accept`] decides them.
    pub refused: Option<Error>,
}

/// Whether an observation is a new one.
///
/// # Examples
/// See [`SourcesConfig::aggregate`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case", deny_unknown_fields))]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema), schemars(transform = crate::forms::described))]
#[cfg_attr(feature = "borsh", derive(borsh::BorshSerialize, borsh::BorshDeserialize))]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub enum Emission {
    /// It is later than the last one.
    New,
    /// The median of the publish times is no later: the last observation, unchanged.
    Repeated,
}

/// What the sources say together.
///
/// # Examples
/// See [`SourcesConfig::aggregate`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Aggregate {
    /// For [`crate::guard::Guard::observe`]: its source time never falls, and no two bands have one source time.
    pub observation: PriceObservation,
    /// Whether it is new.
    pub emission: Emission,
    /// The present band, which is that of the observation if it is new.
    pub band: PriceBand,
    /// The median band, before widening: the lower median of the low sides, the upper median of the high sides.
    pub centre: PriceBand,
}

/// What one call came to.
///
/// # Examples
/// See [`SourcesConfig::update`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Outcome<const S: usize> {
    /// One for each source, in the order of the config.
    pub verdicts: [Verdict; S],
    /// The aggregate, or why there is none: [`Error::QuorumLost`], [`Error::SourcesDiverge`] or [`Error::BandTooWide`].
    pub aggregate: Result<Aggregate, Error>,
    /// [`SourcesConfig::quality_floor`] of the sources that count and the present width; zero without an aggregate.
    pub quality: Ratio,
}

impl<const S: usize> SourcesConfig<S> {
    /// Checks the parameters against each other.
    ///
    /// Two honest sources may report sides that differ by both update bands: one published before the price rose by
    /// its band, the other before it fell. So the threshold of divergence must satisfy `1 - divergence <= (1 - b_i)
    /// (1 - b_j) - 2^-46` for any two sources, the last for the roundings of the widened bands; without update bands nothing
    /// is rounded, and zero will do. Confidences need no allowance, because the near side of a band is compared.
    /// With `q_i = (1 - width_i) (1 - b_i)^2`, honest sources span a band of width up to `1 - q_i q_j`, which the
    /// width limit must admit, and 2^-46 for roundings. All comparisons exact or against the config. Spec: D15, T13.
    ///
    /// # Errors
    /// `2 faulty >= S`: [`Error::FaultyRange`]. `quorum` below `2 faulty + 1` or above `S`: [`Error::QuorumRange`].
    /// An update band of `1 - 2^-16` or more: [`Error::UpdateBandRange`]. `divergence` one or more, or below the two
    /// largest update bands together: [`Error::DivergenceRange`]. `max_width` one or more: [`Error::BandLimitRange`];
    /// below what honest sources may span: [`Error::WidthInsideBands`].
    ///
    /// # Examples
    /// ```
    /// use damper::{Error, oracle::OracleConfig, ratio::Ratio, units::Seconds};
    /// use damper::sources::{Source, SourcesConfig, SourcesParams};
    /// let bps = Ratio::from_bps_ceil;
    /// let source = Source { limits: OracleConfig::new(Seconds::new(3_600), bps(20)?)?, update_band: bps(50)? };
    /// let (divergence, max_width) = (bps(100)?, bps(240)?);
    /// let params = SourcesParams { sources: [source; 3], faulty: 1, quorum: 3, divergence, max_width };
    /// assert!(SourcesConfig::new(params).is_ok());
    /// assert_eq!(SourcesConfig::new(SourcesParams { faulty: 2, ..params }), Err(Error::FaultyRange));
    /// assert_eq!(SourcesConfig::new(SourcesParams { divergence: bps(99)?, ..params }), Err(Error::DivergenceRange));
    /// assert_eq!(SourcesConfig::new(SourcesParams { max_width: bps(230)?, ..params }), Err(Error::WidthInsideBands));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn new(params: SourcesParams<S>) -> Result<SourcesConfig<S>, Error> {
        let (faulty, quorum) = (usize::from(params.faulty), usize::from(params.quorum));
        if faulty.wrapping_mul(2) >= S {
            return Err(Error::FaultyRange);
        }
        if quorum <= faulty.wrapping_mul(2) || quorum > S {
            return Err(Error::QuorumRange);
        }
        let (mut grow, mut max_age) = ([Ratio::ONE; S], Seconds::ZERO);
        // The two smallest of what an update band leaves, and of what it and the width leave.
        let (mut apart, mut span) = ([Ratio::ONE; 2], [Ratio::ONE; 2]);
        for (source, grow) in params.sources.iter().zip(&mut grow) {
            let left = Ratio::ONE.excess_over(source.update_band);
            *grow = Ratio::ONE.div_ceil(left).map_err(|_| Error::UpdateBandRange)?;
            insert(&mut apart, left);
            let narrow = Ratio::ONE.excess_over(source.limits.max_width());
            insert(&mut span, narrow.mul_floor(left)?.mul_floor(left)?);
            max_age = max_age.max(source.limits.max_age());
        }
        let [first, second] = apart;
        let nearest = Ratio::ONE.excess_over(params.divergence);
        let rounded = if first < Ratio::ONE { ROUNDED } else { Ratio::ZERO };
        if nearest == Ratio::ZERO || nearest > first.mul_floor(second)?.excess_over(rounded) {
            return Err(Error::DivergenceRange);
        }
        let emitted = OracleConfig::new(max_age, params.max_width)?;
        let [first, second] = span;
        let least = first.mul_floor(second)?.excess_over(ROUNDED);
        // Without bands and widths every side is the price, and nothing is rounded.
        if first < Ratio::ONE && params.max_width < Ratio::ONE.excess_over(least) {
            return Err(Error::WidthInsideBands);
        }
        Ok(SourcesConfig { params, grow, emitted })
    }

    /// The parameters.
    ///
    /// # Examples
    /// See [`SourcesState::last`].
    #[must_use]
    pub const fn params(&self) -> &SourcesParams<S> {
        &self.params
    }

    /// Whether a guard with these limits of prices and this wick filter can work with the sources. Spec: D15, T13.
    ///
    /// With `A` the longest age limit of a source and a quorum up to `4 faulty`, the wick filter must be longer than `2 A`:
    /// a corrupted source can label a print with the time of an honest report that is `A` old, and call on it until the
    /// print is `A` old itself. A wick that lasts `w` then earns nothing if the filter is longer than `w + 2 A`. With a
    /// larger quorum the median of the times lies between two honest reports of the side that it labels; there a filter
    /// longer than the wick will do, and only zero is refused, with which a single print counts.
    ///
    /// # Errors
    /// The guard refuses bands that the sources may give: [`Error::GuardWidthBelowSources`]. It holds prices for stale
    /// that the sources do not: [`Error::GuardAgeBelowSources`]. The wick filter is zero, or at most `2 A` with a quorum up
    /// to `4 faulty`: [`Error::WickBelowSources`].
    ///
    /// # Examples
    /// ```
    /// use damper::oracle::OracleConfig;
    /// use damper::sources::{Source, SourcesConfig, SourcesParams};
    /// use damper::{Error, ratio::Ratio, units::Seconds};
    /// let percent = |n: u32| Ratio::from_bps_floor(n * 100);
    /// let source = Source { limits: OracleConfig::new(Seconds::new(60), Ratio::ZERO)?, update_band: Ratio::ZERO };
    /// let params = SourcesParams { sources: [source; 3], faulty: 1, quorum: 3, divergence: percent(5)?, max_width: percent(1)? };
    /// let sources = SourcesConfig::new(params)?;
    /// let limits = |age, width| OracleConfig::new(Seconds::new(age), width);
    /// // Three of three is at most four times one: the filter must be longer than twice the 60 seconds.
    /// assert_eq!(sources.fits(&limits(60, percent(1)?)?, Seconds::new(121)), Ok(()));
    /// assert_eq!(sources.fits(&limits(60, percent(1)?)?, Seconds::new(120)), Err(Error::WickBelowSources));
    /// assert_eq!(sources.fits(&limits(59, percent(1)?)?, Seconds::new(121)), Err(Error::GuardAgeBelowSources));
    /// assert_eq!(sources.fits(&limits(60, Ratio::ZERO)?, Seconds::new(121)), Err(Error::GuardWidthBelowSources));
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn fits(&self, oracle: &OracleConfig, wick: Seconds) -> Result<(), Error> {
        if oracle.max_width() < self.emitted.max_width() {
            return Err(Error::GuardWidthBelowSources);
        }
        if oracle.max_age() < self.emitted.max_age() {
            return Err(Error::GuardAgeBelowSources);
        }
        let ordered = usize::from(self.params.quorum) > usize::from(self.params.faulty).wrapping_mul(4);
        // Twice an age of 2^63 or more is above any filter.
        let least = if ordered { 0 } else { self.emitted.max_age().get().saturating_mul(2) };
        if wick.get() <= least { Err(Error::WickBelowSources) } else { Ok(()) }
    }

    /// How good an aggregate of `used` sources and of this width is, from zero to one, for an index of stress:
    ///
    /// ```text
    /// (used + 1 - quorum) / (S + 1 - quorum)  *  (1 - width / max_width)
    /// ```
    ///
    /// both factors limited to zero and one, and rounded down. With the other the same, fewer sources or a wider band never
    /// raise it. It is zero below the quorum and at the width limit, one with all sources and no width.
    ///
    /// # Examples
    /// ```
    /// use damper::oracle::OracleConfig;
    /// use damper::sources::{Source, SourcesConfig, SourcesParams};
    /// use damper::{ratio::Ratio, units::Seconds};
    /// let part = Ratio::from_fraction_floor;
    /// let source = Source { limits: OracleConfig::new(Seconds::new(60), Ratio::ZERO)?, update_band: Ratio::ZERO };
    /// let (divergence, max_width) = (part(1, 8)?, part(1, 16)?);
    /// let config = SourcesConfig::new(SourcesParams { sources: [source; 6], faulty: 1, quorum: 3, divergence, max_width })?;
    /// // Of six with a quorum of three there are four steps; half of the width limit takes half.
    /// assert_eq!(config.quality_floor(6, Ratio::ZERO), Ratio::ONE);
    /// assert_eq!(config.quality_floor(5, part(1, 32)?), part(3, 8)?);
    /// assert_eq!((config.quality_floor(2, Ratio::ZERO), config.quality_floor(6, max_width)), (Ratio::ZERO, Ratio::ZERO));
    /// # Ok::<(), damper::Error>(())
    /// ```
    #[must_use]
    pub fn quality_floor(&self, used: usize, width: Ratio) -> Ratio {
        let spare = |sources: usize| sources.saturating_add(1).saturating_sub(usize::from(self.params.quorum));
        let (have, all) = (u128::try_from(spare(used.min(S))), u128::try_from(spare(S)));
        let (Ok(have), Ok(all)) = (have, all) else { return Ratio::ZERO };
        let taken = match width.div_ceil(self.emitted.max_width()) {
            Ok(taken) => taken,
            Err(_) if width == Ratio::ZERO => Ratio::ZERO,
            Err(_) => Ratio::ONE,
        };
        // Both at most one.
        let present = Ratio::from_fraction_floor(have, all);
        present.and_then(|part| part.mul_floor(Ratio::ONE.excess_over(taken))).unwrap_or(Ratio::ZERO)
    }

    /// The state after one call, and what it came to: [`SourcesConfig::update`] by value.
    ///
    /// # Errors
    /// As [`SourcesConfig::update`].
    ///
    /// # Examples
    /// ```
    /// use damper::oracle::{OracleConfig, PriceObservation};
    /// use damper::price::{Price, PriceBand};
    /// use damper::sources::{Emission, Source, SourcesConfig, SourcesParams, SourcesState};
    /// use damper::{Error, ratio::Ratio, units::{Seconds, Timestamp}};
    ///
    /// let percent = |n: u32| Ratio::from_bps_floor(n * 100);
    /// let source = Source { limits: OracleConfig::new(Seconds::new(60), Ratio::ZERO)?, update_band: Ratio::ZERO };
    /// let params = SourcesParams { sources: [source; 3], faulty: 1, quorum: 3, divergence: percent(5)?, max_width: percent(1)? };
    /// let config = SourcesConfig::new(params)?;
    /// let says = |whole: u128, at: u64| -> Result<Option<PriceObservation>, Error> {
    ///     let band = PriceBand::exact(Price::from_decimal_floor(whole, 0)?);
    ///     Ok(Some(PriceObservation { source_time: Timestamp::new(at), band }))
    /// };
    /// // With one faulty source of three the band is the middle price, and the time the middle time.
    /// let reports = [says(1_000, 7)?, says(1_001, 9)?, says(1_004, 8)?];
    /// let (state, outcome) = config.aggregate(SourcesState::open(Timestamp::new(0)), &reports, Timestamp::new(10))?;
    /// let first = outcome.aggregate?;
    /// assert_eq!((Some(first.observation), first.emission), (says(1_001, 8)?, Emission::New));
    /// // All three are used, and the band has no width.
    /// assert_eq!(outcome.quality, Ratio::ONE);
    /// // The first source moves: the middle of 1,001, 1,003 and 1,004 at the middle of 8, 9 and 12.
    /// let (state, outcome) = config.aggregate(state, &[says(1_003, 12)?, None, None], Timestamp::new(12))?;
    /// assert_eq!(Some(outcome.aggregate?.observation), says(1_003, 9)?);
    /// // Without a new report the last observation is repeated.
    /// let (state, outcome) = config.aggregate(state, &[None; 3], Timestamp::new(13))?;
    /// assert_eq!(outcome.aggregate?.emission, Emission::Repeated);
    /// assert_eq!(state.emitted(), says(1_003, 9)?);
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn aggregate(
        &self,
        mut state: SourcesState<S>,
        reports: &[Option<PriceObservation>; S],
        now: Timestamp,
    ) -> Result<(SourcesState<S>, Outcome<S>), Error> {
        let outcome = self.update(&mut state, reports, now)?;
        Ok((state, outcome))
    }

    /// Takes in the latest report of each source, `None` where there is none to give, and aggregates the last accepted
    /// ones that are not stale.
    ///
    /// A report that is refused stops neither the others nor the last accepted one of its source: who may pass reports in
    /// cannot silence a source by passing an old one. What was accepted is kept when there is no aggregate, and the
    /// last emitted observation stands. Five insertion sorts, at most `5 S^2` comparisons. Spec: D15.
    ///
    /// # Errors
    /// `now` before that of the last call: [`Error::ClockReversed`], and nothing is changed. Everything else is in the
    /// outcome.
    ///
    /// # Examples
    /// ```
    /// use damper::oracle::{OracleConfig, PriceObservation};
    /// use damper::price::{Price, PriceBand};
    /// use damper::sources::{Emission, Source, SourcesConfig, SourcesParams, SourcesState, Standing};
    /// use damper::{Error, ratio::Ratio, units::{Seconds, Timestamp}};
    /// let percent = |n: u32| Ratio::from_bps_floor(n * 100);
    /// let source = Source { limits: OracleConfig::new(Seconds::new(60), Ratio::ZERO)?, update_band: Ratio::ZERO };
    /// let (divergence, max_width) = (percent(5)?, percent(1)?);
    /// let params = SourcesParams { sources: [source; 3], faulty: 1, quorum: 3, divergence, max_width };
    /// let config = SourcesConfig::new(params)?;
    /// let says = |cents: u128, at: u64| -> Result<Option<PriceObservation>, Error> {
    ///     let band = PriceBand::exact(Price::from_decimal_floor(cents, -14)?);
    ///     Ok(Some(PriceObservation { source_time: Timestamp::new(at), band }))
    /// };
    /// // The third source is 99.9 % wrong.
    /// let reports = [says(20_000, 7)?, says(20_010, 9)?, says(20, 10)?];
    /// let (state, outcome) = config.aggregate(SourcesState::open(Timestamp::new(0)), &reports, Timestamp::new(10))?;
    /// let aggregate = outcome.aggregate?;
    /// assert_eq!(Some(aggregate.observation), says(20_000, 9)?);
    /// assert_eq!(outcome.verdicts.map(|verdict| verdict.standing), [Standing::Used, Standing::Used, Standing::Divergent]);
    /// // A minute after the first print the first source is stale, and one that may lie could outvote the other.
    /// let (_, outcome) = config.aggregate(state, &[None; 3], Timestamp::new(68))?;
    /// assert_eq!(outcome.aggregate, Err(Error::QuorumLost));
    /// # Ok::<(), Error>(())
    /// ```
    #[inline(never)]
    pub fn update(
        &self,
        state: &mut SourcesState<S>,
        reports: &[Option<PriceObservation>; S],
        now: Timestamp,
    ) -> Result<Outcome<S>, Error> {
        if now < state.at {
            return Err(Error::ClockReversed);
        }
        state.at = now;
        let mut verdicts = [Verdict { standing: Standing::Absent, refused: None }; S];
        let each = state.last.iter_mut().zip(reports).zip(&self.params.sources).zip(&mut verdicts);
        for (((slot, report), Source { limits, .. }), verdict) in each {
            if let Some(report) = report {
                let accepted = match &slot.0 {
                    Some(last) => limits.accept(last, report, now),
                    None => limits.check(report, now),
                };
                match accepted {
                    Ok(()) => slot.0 = Some(*report),
                    Err(error) => verdict.refused = Some(error),
                }
            }
            verdict.standing = match &slot.0 {
                None => Standing::Absent,
                Some(last) if limits.fresh(last, now).is_err() => Standing::Stale,
                Some(_) => Standing::Used,
            };
        }
        Ok(match self.join(state, &mut verdicts) {
            Ok((aggregate, quality)) => {
                state.emitted.0 = Some(aggregate.observation);
                Outcome { verdicts, aggregate: Ok(aggregate), quality }
            }
            Err(error) => Outcome { verdicts, aggregate: Err(error), quality: Ratio::ZERO },
        })
    }

    /// Aggregates the reports that are not stale; names the divergent ones.
    fn join(&self, state: &SourcesState<S>, verdicts: &mut [Verdict; S]) -> Result<(Aggregate, Ratio), Error> {
        let (mut times, mut count) = ([Timestamp::new(u64::MAX); S], 0_usize);
        let (mut low, mut high) = ([Price::MAX; S], [Price::MAX; S]);
        let (mut widened_low, mut widened_high) = (low, high);
        let each = state.last.iter().zip(&*verdicts).zip(&self.params.sources).zip(&self.grow);
        for (((slot, verdict), source), grow) in each {
            let (Some(report), Standing::Used) = (slot.0, verdict.standing) else { continue };
            count = count.saturating_add(1);
            insert(&mut times, report.source_time);
            insert(&mut low, report.band.low());
            insert(&mut high, report.band.high());
            // No price is outside the range of the type.
            let shrink = Ratio::ONE.excess_over(source.update_band);
            insert(&mut widened_low, report.band.low().scale_floor(shrink).unwrap_or(Price::MIN));
            insert(&mut widened_high, report.band.high().scale_ceil(*grow).unwrap_or(Price::MAX));
        }
        if count < usize::from(self.params.quorum) {
            return Err(Error::QuorumLost);
        }
        let faulty = usize::from(self.params.faulty);
        // Places from zero: the lower median, the upper median, and what is left when `f` are dropped from either end.
        let lower = count.saturating_sub(1) >> 1;
        let (upper, last) = (count >> 1, count.saturating_sub(1).saturating_sub(faulty));
        let centre = PriceBand::new(place(&low, lower)?, place(&high, upper)?)?;
        let divergent = self.diverging(state, verdicts, centre);
        if divergent > faulty {
            return Err(Error::SourcesDiverge);
        }
        let band = PriceBand::new(place(&widened_low, faulty)?, place(&widened_high, last)?)?;
        let present = PriceObservation { source_time: place(&times, lower)?, band };
        self.emitted.check(&present, state.at)?;
        let (observation, emission) = match state.emitted.0 {
            Some(last) if last.source_time >= present.source_time => (last, Emission::Repeated),
            _ => (present, Emission::New),
        };
        // The configuration may be another than when it was emitted.
        self.emitted.check(&observation, state.at)?;
        let quality = self.quality_floor(count.saturating_sub(divergent), band.width_ceil());
        Ok((Aggregate { observation, emission, band, centre }, quality))
    }

    /// How many bands lie farther from the median than the threshold; they are named.
    fn diverging(&self, state: &SourcesState<S>, verdicts: &mut [Verdict; S], centre: PriceBand) -> usize {
        let nearest = Ratio::ONE.excess_over(self.params.divergence);
        let far = |low: Price, high: Price| low < high && low.cmp_times(high, nearest) == Ordering::Less;
        let mut count = 0_usize;
        for (slot, verdict) in state.last.iter().zip(verdicts) {
            let (Some(PriceObservation { band, .. }), Standing::Used) = (slot.0, verdict.standing) else { continue };
            if far(band.high(), centre.low()) || far(centre.high(), band.low()) {
                verdict.standing = Standing::Divergent;
                count = count.saturating_add(1);
            }
        }
        count
    }
}

impl Aggregate {
    /// The middle of the median band, rounded down, for display; within the band emitted if it is new. The low side, if
    /// the sides are 65,536 times apart.
    ///
    /// # Examples
    /// ```
    /// use damper::oracle::PriceObservation;
    /// use damper::price::{Price, PriceBand};
    /// use damper::sources::{Aggregate, Emission};
    /// use damper::units::Timestamp;
    /// let price = |whole: u128| Price::from_decimal_floor(whole, 0);
    /// let centre = PriceBand::new(price(96)?, price(120)?)?;
    /// let observation = PriceObservation { source_time: Timestamp::new(0), band: centre };
    /// let aggregate = Aggregate { observation, emission: Emission::New, band: centre, centre };
    /// assert_eq!(aggregate.mid_floor(), price(108)?);
    /// # Ok::<(), damper::Error>(())
    /// ```
    #[must_use]
    pub fn mid_floor(&self) -> Price {
        let (low, high) = (self.centre.low(), self.centre.high());
        // The mean of one and the quotient of the sides is at least one and not above the quotient.
        let mean = high.ratio_floor(low).map(|apart| Ratio::from_bits(apart.to_bits().midpoint(Ratio::ONE.to_bits())));
        mean.and_then(|mean| low.scale_floor(mean)).unwrap_or(low)
    }
}

impl<const S: usize> SourcesState<S> {
    /// No report, and nothing emitted.
    ///
    /// # Examples
    /// See [`SourcesConfig::update`].
    #[must_use]
    pub const fn open(now: Timestamp) -> SourcesState<S> {
        SourcesState { at: now, last: [Slot(None); S], emitted: Slot(None) }
    }

    /// The time of the last call.
    ///
    /// # Examples
    /// See [`SourcesState::last`].
    #[must_use]
    pub const fn at(&self) -> Timestamp {
        self.at
    }

    /// The last emitted observation.
    ///
    /// # Examples
    /// See [`SourcesConfig::aggregate`].
    #[must_use]
    pub const fn emitted(&self) -> Option<PriceObservation> {
        self.emitted.0
    }

    /// The last accepted report of each source.
    ///
    /// # Examples
    /// ```
    /// use damper::oracle::{OracleConfig, PriceObservation};
    /// use damper::price::{Price, PriceBand};
    /// use damper::sources::{Source, SourcesConfig, SourcesParams, SourcesState};
    /// use damper::{ratio::Ratio, units::{Seconds, Timestamp}};
    /// let source = Source { limits: OracleConfig::new(Seconds::new(60), Ratio::ZERO)?, update_band: Ratio::ZERO };
    /// let (divergence, max_width) = (Ratio::from_bps_floor(500)?, Ratio::from_bps_floor(100)?);
    /// let config = SourcesConfig::new(SourcesParams { sources: [source; 3], faulty: 1, quorum: 3, divergence, max_width })?;
    /// assert_eq!((config.params().faulty, config.params().quorum), (1, 3));
    /// let band = PriceBand::exact(Price::from_decimal_floor(200, 0)?);
    /// let says = |at: u64| Some(PriceObservation { source_time: Timestamp::new(at), band });
    /// let state = SourcesState::open(Timestamp::new(0));
    /// assert_eq!(state.last(), [None; 3]);
    /// let (state, _) = config.aggregate(state, &[says(7), says(8), None], Timestamp::new(10))?;
    /// assert_eq!(state.at(), Timestamp::new(10));
    /// // A report older than the last one is refused, and that one stays.
    /// let (state, _) = config.aggregate(state, &[says(6), None, None], Timestamp::new(11))?;
    /// assert_eq!(state.last(), [says(7), says(8), None]);
    /// # Ok::<(), damper::Error>(())
    /// ```
    #[must_use]
    pub fn last(&self) -> [Option<PriceObservation>; S] {
        self.last.map(|slot| slot.0)
    }
}

/// Puts a value into its place and drops the largest: sorting by insertion, with the largest value of the type for what is
/// not there yet. At most `K` comparisons. Not inlined: a contract machine takes functions of at most 100 locals.
#[inline(never)]
fn insert<T: Copy + Ord, const K: usize>(sorted: &mut [T; K], value: T) {
    let mut carried = value;
    for place in sorted {
        if carried < *place {
            core::mem::swap(place, &mut carried);
        }
    }
}

/// What stands at a place, counted from zero; the places asked for are below the number of usable sources.
fn place<T: Copy, const K: usize>(sorted: &[T; K], at: usize) -> Result<T, Error> {
    sorted.get(at).copied().ok_or(Error::QuorumLost)
}

/// The stored form of a slot: whether there is a report, and the report, or one that stands for none.
struct Flagged {
    there: bool,
    report: PriceObservation,
}

const NOTHING: PriceObservation =
    PriceObservation { source_time: Timestamp::new(0), band: PriceBand::exact(Price::MIN) };

field!(Standing);
field!(Emission);
form!(Verdict { standing: Standing, refused: Option<Error> });
form!(Aggregate { observation: PriceObservation, emission: Emission, band: PriceBand, centre: PriceBand });
form!(@[const S: usize] Outcome<S> { verdicts: [Verdict; S], aggregate: Result<Aggregate, Error>, quality: Ratio });
stored_bytes!(Flagged { there: bool, report: PriceObservation } if |slot| slot.there || slot.report == NOTHING);
form_through!(Slot as Option<PriceObservation>, |slot| slot.0, |report| Ok(Slot(report)));
stored_bytes_as!(
    Slot as Flagged,
    |slot| Flagged { there: slot.0.is_some(), report: slot.0.unwrap_or(NOTHING) },
    |stored| Ok(Slot(if stored.there { Some(stored.report) } else { None }))
);
stored_array!(Slot, Slot(None));
stored!(@[const S: usize] SourcesState<S> { at: Timestamp, last: [Slot; S], emitted: Slot } if |state| {
    let mut slots = state.last.iter().chain([&state.emitted]);
    slots.all(|slot| slot.0.is_none_or(|report| report.source_time <= state.at))
});

stored!(Source { limits: OracleConfig, update_band: Ratio });
stored_array!(Source, Source { limits: OracleConfig::new(Seconds::ZERO, Ratio::ZERO)?, update_band: Ratio::ZERO });
stored!(@[const S: usize] SourcesParams<S> {
    sources: [Source; S],
    faulty: u8,
    quorum: u8,
    divergence: Ratio,
    max_width: Ratio,
}, drawn);
stored_as!(@[const S: usize] SourcesConfig<S> as SourcesParams<S>, |config| config.params, SourcesConfig::new);

on_its_own! {
    /// Bytes of the stored form, `39 + 27 S`.
    ///
    /// # Examples
    /// ```
    /// use damper::sources::SourcesState;
    /// assert_eq!((SourcesState::<3>::BYTES, SourcesState::<7>::BYTES), (120, 228));
    /// ```
    @[const S: usize] SourcesState<S>: Sources, S
}
on_its_own! {
    /// Bytes of the stored form, `22 + 24 S`; the parameters alone, as [`SourcesConfig::new`] takes them.
    @[const S: usize] SourcesConfig<S>: SourcesConfig, S
}
