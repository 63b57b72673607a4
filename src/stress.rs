//! The stress of a market: one number in 0 (calm) to 1 (stressed), the largest of what its signals say.
//!
//! Each signal has a calm and a stressed bound; between them its stress is the straight line, rounded up:
//!
//! ```text
//! more is stress (volatility, fill, backlog):              (v - calm) / (stressed - calm), limited to 0..1
//! less is stress (depth, oracle, keepers, neighbours):     (calm - v) / (calm - stressed), limited to 0..1
//! x = the largest of them
//! ```
//!
//! The largest and not a weighted sum: both rise with every signal, but in a sum one signal that is stressed in full
//! counts for its weight only, so calm signals average it away, and a signal that can be held calm by somebody buys
//! appetite whatever the others say. A signal that is missing is stressed in full, unless the configuration says that the
//! market has none.

use crate::bytes::{Reader, Stored, Writer, stored, stored_as};
use crate::digits::share_ceil;
use crate::error::Error;
use crate::forms::{field, form, form_text};
use crate::num::shr_ceil;
use crate::ratio::Ratio;
use crate::units::{Amount, Seconds, Timestamp};
use crate::word::{product, shr, split};

/// Where the stress of a signal begins and where it is full.
///
/// # Examples
/// See [`StressConfig::internal_ceil`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case", deny_unknown_fields))]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema), schemars(transform = crate::forms::described))]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub enum Signal {
    /// The market has no such source: it never counts, and what is given for it is not read.
    Absent,
    /// It has one, and a value that is missing is stressed in full.
    Between {
        /// No stress up to here.
        calm: Ratio,
        /// Full stress from here on.
        stressed: Ratio,
    },
}

/// What [`StressConfig::new`] checks.
///
/// # Examples
/// See [`StressConfig::internal_ceil`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct StressParams {
    /// Standard deviation of the price over the volatility horizon; more is stress.
    pub volatility: Signal,
    /// Depth over [`StressParams::depth_norm`], on a grid at its worst point ([`DepthProfile`]); less is stress.
    pub depth: Signal,
    /// Depth of an ordinary day, measured as the depth that is observed: at the last point of a grid, or the reserve of a
    /// pool.
    pub depth_norm: Amount,
    /// `(L + R) / (B + h D)` of the ledger; more is stress. Bounds of at most one.
    pub fill: Signal,
    /// What should be sold and may not, over what may; more is stress.
    pub backlog: Signal,
    /// Quality of the oracle, one is good; less is stress.
    pub oracle: Signal,
    /// Health of the keepers, one is good; less is stress.
    pub keepers: Signal,
    /// Factor that neighbours on the same book agree on, one is unrestrained; less is stress.
    pub neighbours: Signal,
    /// The greatest age at which a report of the last four counts; an older one counts as missing.
    pub max_age: Seconds,
}

/// Checked bounds of the signals.
///
/// # Examples
/// See [`StressConfig::internal_ceil`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct StressConfig {
    params: StressParams,
    /// Depth bounds in base atoms, `None` if the signal is absent.
    depth: Option<DepthBounds>,
    /// Whether any signal comes by report.
    reported: bool,
}

/// Bounds in steps of `2^shift` base atoms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
struct DepthBounds {
    calm: u64,
    range: u64,
    shift: u32,
}

/// The shape of an ordinary day's depth on a grid: how many times the norm of each point goes into that of the last.
///
/// A book is as thin as it is at its worst point: one that is intact far from the price and empty near it serves no sale at a
/// small impact. A point with a norm of zero is not looked at: leave out points that hold little on any day, as a few bids
/// withdrawn there would press the appetite. A pool has one quantity, and its profile is not read.
///
/// # Examples
/// See [`DepthProfile::thinnest_floor`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct DepthProfile<const N: usize>([Ratio; N]);

impl<const N: usize> DepthProfile<N> {
    /// The profile of these depths of an ordinary day. Spec: D26.
    ///
    /// # Errors
    /// The last norm zero, another above it, or another above zero and so far below it that it goes into it 65,536 times:
    /// [`Error::StressProfile`].
    ///
    /// # Examples
    /// See [`DepthProfile::thinnest_floor`].
    pub fn new(norm: &[Amount; N]) -> Result<DepthProfile<N>, Error> {
        let last = norm.last().copied().unwrap_or(Amount::ZERO);
        let mut times = [Ratio::ZERO; N];
        for (times, norm) in times.iter_mut().zip(norm) {
            if *norm > last {
                return Err(Error::StressProfile);
            }
            if !norm.is_zero() {
                *times = last.ratio_floor(*norm).map_err(|_| Error::StressProfile)?;
            }
        }
        if last.is_zero() { Err(Error::StressProfile) } else { Ok(DepthProfile(times)) }
    }

    /// The last point alone is looked at: for a pool. On a grid a book that is empty near the price then counts as whole.
    ///
    /// # Examples
    /// ```
    /// use damper::{stress::DepthProfile, units::Amount};
    /// let pool = DepthProfile::<3>::last_point();
    /// assert_eq!(pool.thinnest_floor(&[0, 0, 900].map(Amount::new)), Amount::new(900));
    /// ```
    #[must_use]
    pub const fn last_point() -> DepthProfile<N> {
        let mut times = [Ratio::ZERO; N];
        if let Some(last) = times.last_mut() {
            *last = Ratio::ONE;
        }
        DepthProfile(times)
    }

    /// The depth at the last point that would be as thin, in parts of its norm, as the worst point is in parts of its own.
    ///
    /// `min over i of depth_i * norm_N / norm_i`; quotient and product are rounded down, toward stress. A product beyond the
    /// type is above every bound. Spec: D26.
    ///
    /// # Examples
    /// ```
    /// use damper::{stress::DepthProfile, units::Amount};
    /// let ordinary = DepthProfile::new(&[100, 250, 1_000].map(Amount::new))?;
    /// // Nine tenths at the last point, half at the first.
    /// assert_eq!(ordinary.thinnest_floor(&[50, 240, 900].map(Amount::new)), Amount::new(500));
    /// # Ok::<(), damper::Error>(())
    /// ```
    #[must_use]
    pub fn thinnest_floor(&self, depth: &[Amount; N]) -> Amount {
        let mut thinnest = None;
        for (depth, times) in depth.iter().zip(&self.0) {
            if *times != Ratio::ZERO {
                let scaled = depth.mul_floor(*times).unwrap_or(Amount::new(u128::MAX));
                thinnest = Some(thinnest.map_or(scaled, |least: Amount| least.min(scaled)));
            }
        }
        thinnest.unwrap_or(Amount::ZERO)
    }
}

/// What the market itself knows at each observation.
///
/// # Examples
/// See [`StressConfig::internal_ceil`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Internal {
    /// Volatility, `sigma`.
    pub volatility: Option<Ratio>,
    /// Depth, measured as [`StressParams::depth_norm`], on a grid [`DepthProfile::thinnest_floor`]; `None` if the snapshot
    /// is too old.
    pub depth: Option<Amount>,
    /// Use of the ledger.
    pub fill: Option<Fill>,
}

/// Use of the ledger.
///
/// # Examples
/// See [`StressConfig::internal_ceil`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Fill {
    /// `L + R`: impact caused and reserved.
    pub used: Ratio,
    /// `B + h D`: what it may be.
    pub cap: Ratio,
}

/// What is reported from outside.
///
/// # Examples
/// See [`StressConfig::external_ceil`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct External {
    /// The time of the oldest of the four.
    pub source_time: Timestamp,
    /// What should be sold and may not, over what may.
    pub backlog: Option<Ratio>,
    /// Quality of the oracle.
    pub oracle: Option<Ratio>,
    /// Health of the keepers.
    pub keepers: Option<Ratio>,
    /// Factor of the neighbours.
    pub neighbours: Option<Ratio>,
}

impl StressConfig {
    /// Checks the bounds.
    ///
    /// Spec: D26.
    ///
    /// # Errors
    /// Two bounds of a signal equal or in the wrong order, or a bound of the fill above one: [`Error::StressBounds`].
    /// Every signal absent: [`Error::StressNoSignal`]. A depth norm at which the two bounds are the same count of atoms:
    /// [`Error::StressNorm`]. A depth bound of 2^128 atoms or more: [`Error::Overflow`].
    ///
    /// # Examples
    /// See [`StressConfig::internal_ceil`].
    pub fn new(params: StressParams) -> Result<StressConfig, Error> {
        let StressParams { volatility, depth, fill, backlog, oracle, keepers, neighbours, .. } = params;
        for rising in [volatility, fill, backlog] {
            rising.check(Ratio::lt)?;
        }
        for falling in [depth, oracle, keepers, neighbours] {
            falling.check(Ratio::gt)?;
        }
        if let Signal::Between { stressed, .. } = fill
            && stressed > Ratio::ONE
        {
            return Err(Error::StressBounds);
        }
        let present = |signals: &[Signal]| signals.iter().any(|signal| *signal != Signal::Absent);
        let reported = present(&[backlog, oracle, keepers, neighbours]);
        if !reported && !present(&[volatility, depth, fill]) {
            return Err(Error::StressNoSignal);
        }
        Ok(StressConfig { params, depth: DepthBounds::new(depth, params.depth_norm)?, reported })
    }

    /// The parameters.
    ///
    /// # Examples
    /// See [`StressConfig::external_ceil`].
    #[must_use]
    pub const fn params(&self) -> &StressParams {
        &self.params
    }

    /// Whether any signal comes by report.
    ///
    /// # Examples
    /// See [`StressConfig::external_ceil`].
    #[must_use]
    pub const fn is_reported(&self) -> bool {
        self.reported
    }

    /// The largest stress of volatility, depth and fill, at most one.
    ///
    /// The exact value is rounded up. Before that the fill is rounded up to the ratio scale; the depth bounds are rounded up
    /// to whole atoms and, if the calm one is 2^64 or more, to its first 63 bits, and the depth down to the same: toward
    /// stress. A ledger whose cap is zero is full, and so is one that is
    /// used beyond its cap. Spec: D26.
    ///
    /// # Examples
    /// ```
    /// use damper::stress::{Fill, Internal, Signal, StressConfig, StressParams};
    /// use damper::{ratio::Ratio, units::{Amount, Seconds}};
    /// let percent = |n: u32| Ratio::from_bps_floor(n * 100);
    /// let between = |calm, stressed| -> Result<Signal, damper::Error> {
    ///     Ok(Signal::Between { calm: percent(calm)?, stressed: percent(stressed)? })
    /// };
    /// let config = StressConfig::new(StressParams {
    ///     volatility: between(5, 20)?,
    ///     depth: between(75, 25)?,
    ///     depth_norm: Amount::new(1_000),
    ///     fill: between(50, 100)?,
    ///     backlog: Signal::Absent,
    ///     oracle: Signal::Absent,
    ///     keepers: Signal::Absent,
    ///     neighbours: Signal::Absent,
    ///     max_age: Seconds::ZERO,
    /// })?;
    /// let used = |used| -> Result<Fill, damper::Error> { Ok(Fill { used: percent(used)?, cap: percent(4)? }) };
    /// let calm = Internal { volatility: Some(percent(5)?), depth: Some(Amount::new(750)), fill: Some(used(2)?) };
    /// assert_eq!(config.internal_ceil(&calm), Ratio::ZERO);
    /// // Half of the way from 750 to 250 atoms counts, whatever the others say; no depth is full stress.
    /// let thin = Internal { depth: Some(Amount::new(500)), ..calm };
    /// assert_eq!(config.internal_ceil(&thin), percent(50)?);
    /// assert_eq!(config.internal_ceil(&Internal { depth: None, ..calm }), Ratio::ONE);
    /// # Ok::<(), damper::Error>(())
    /// ```
    #[must_use]
    pub fn internal_ceil(&self, seen: &Internal) -> Ratio {
        let volatility = rising_ceil(self.params.volatility, seen.volatility);
        let depth = match &self.depth {
            Some(bounds) => seen.depth.map_or(Ratio::ONE, |depth| bounds.stress_ceil(depth)),
            None => Ratio::ZERO,
        };
        volatility.max(depth).max(fill_ceil(self.params.fill, seen.fill))
    }

    /// The largest stress of what is reported, at most one, rounded up. Spec: D26.
    ///
    /// # Examples
    /// ```
    /// use damper::stress::{External, Signal, StressConfig, StressParams};
    /// use damper::{ratio::Ratio, units::{Amount, Seconds, Timestamp}};
    /// let part = Ratio::from_fraction_floor;
    /// let config = StressConfig::new(StressParams {
    ///     volatility: Signal::Absent,
    ///     depth: Signal::Absent,
    ///     depth_norm: Amount::ZERO,
    ///     fill: Signal::Absent,
    ///     backlog: Signal::Between { calm: Ratio::ZERO, stressed: part(2, 1)? },
    ///     oracle: Signal::Absent,
    ///     keepers: Signal::Between { calm: Ratio::ONE, stressed: part(1, 2)? },
    ///     neighbours: Signal::Absent,
    ///     max_age: Seconds::new(600),
    /// })?;
    /// let report = External {
    ///     source_time: Timestamp::new(0), backlog: Some(part(1, 2)?), oracle: None, keepers: Some(part(7, 8)?), neighbours: None,
    /// };
    /// // A backlog of 1/2 is a quarter of the way to two, keepers at 7/8 a quarter of the way from one to 1/2.
    /// assert_eq!(config.external_ceil(&report), part(1, 4)?);
    /// assert!(config.is_reported() && config.params().max_age == Seconds::new(600));
    /// assert_eq!(config.external_ceil(&External { keepers: Some(part(5, 8)?), ..report }), part(3, 4)?);
    /// // What is asked for and not reported is full stress; the oracle is not asked for.
    /// assert_eq!(config.external_ceil(&External { backlog: None, ..report }), Ratio::ONE);
    /// # Ok::<(), damper::Error>(())
    /// ```
    #[must_use]
    pub fn external_ceil(&self, report: &External) -> Ratio {
        let StressParams { backlog, oracle, keepers, neighbours, .. } = self.params;
        rising_ceil(backlog, report.backlog)
            .max(falling_ceil(oracle, report.oracle))
            .max(falling_ceil(keepers, report.keepers))
            .max(falling_ceil(neighbours, report.neighbours))
    }
}

impl Signal {
    /// Whether the calm bound stands to the stressed one as it must.
    fn check(self, in_order: fn(&Ratio, &Ratio) -> bool) -> Result<(), Error> {
        match self {
            Signal::Between { calm, stressed } if !in_order(&calm, &stressed) => Err(Error::StressBounds),
            Signal::Absent | Signal::Between { .. } => Ok(()),
        }
    }
}

impl DepthBounds {
    /// With `C >= norm * calm` and `S >= norm * stressed`, `(C - m) / (C - S)` rises with `C`, with `S`, and as `m` falls:
    /// all three roundings are toward stress.
    fn new(signal: Signal, norm: Amount) -> Result<Option<DepthBounds>, Error> {
        let Signal::Between { calm, stressed } = signal else {
            return Ok(None);
        };
        let (calm, stressed) = (norm.mul_ceil(calm)?.get(), norm.mul_ceil(stressed)?.get());
        // A calm bound of up to 64 bits is kept; a longer one is shifted down to 63, so that rounded up it fits.
        let shift = match split(calm) {
            (0, _) => 0,
            (high, _) => 65_u32.wrapping_sub(high.leading_zeros()),
        };
        let word = |atoms| u64::try_from(shr_ceil(atoms, shift)).map_err(|_| Error::Overflow);
        let (calm, stressed) = (word(calm)?, word(stressed)?);
        match calm.saturating_sub(stressed) {
            0 => Err(Error::StressNorm),
            range => Ok(Some(DepthBounds { calm, range, shift })),
        }
    }

    fn stress_ceil(&self, depth: Amount) -> Ratio {
        match split(shr(depth.get(), self.shift)) {
            (0, depth) => part_ceil(self.calm.saturating_sub(depth), self.range),
            // Above every bound.
            _ => Ratio::ZERO,
        }
    }
}

/// Stress of a signal of which more is stress.
fn rising_ceil(signal: Signal, value: Option<Ratio>) -> Ratio {
    match (signal, value) {
        (Signal::Absent, _) => Ratio::ZERO,
        (Signal::Between { .. }, None) => Ratio::ONE,
        (Signal::Between { calm, stressed }, Some(value)) => {
            part_ceil(value.excess_over(calm).to_bits(), stressed.excess_over(calm).to_bits())
        }
    }
}

/// Stress of a signal of which less is stress.
fn falling_ceil(signal: Signal, value: Option<Ratio>) -> Ratio {
    match (signal, value) {
        (Signal::Absent, _) => Ratio::ZERO,
        (Signal::Between { .. }, None) => Ratio::ONE,
        (Signal::Between { calm, stressed }, Some(value)) => {
            part_ceil(calm.excess_over(value).to_bits(), calm.excess_over(stressed).to_bits())
        }
    }
}

/// Stress of the ledger's use. Below the calm bound, as a rule, a product decides and nothing is divided.
fn fill_ceil(signal: Signal, fill: Option<Fill>) -> Ratio {
    match (signal, fill) {
        (Signal::Absent, _) => Ratio::ZERO,
        (Signal::Between { .. }, None) => Ratio::ONE,
        // The stressed bound is at most one.
        (Signal::Between { .. }, Some(Fill { used, cap })) if used >= cap => Ratio::ONE,
        (Signal::Between { calm, .. }, Some(Fill { used, cap }))
            if product(used.to_bits(), Ratio::ONE.to_bits()) <= product(calm.to_bits(), cap.to_bits()) =>
        {
            Ratio::ZERO
        }
        (Signal::Between { .. }, Some(Fill { used, cap })) => {
            let fill = share_ceil(used.to_bits(), cap.to_bits(), Ratio::FRAC_BITS);
            rising_ceil(signal, Some(Ratio::from_bits(fill)))
        }
    }
}

/// `min(1, ceil(part / whole))` on the ratio scale, for a whole above zero.
fn part_ceil(part: u64, whole: u64) -> Ratio {
    if part == 0 {
        Ratio::ZERO
    } else if part >= whole {
        Ratio::ONE
    } else {
        Ratio::from_bits(share_ceil(part, whole, Ratio::FRAC_BITS))
    }
}

impl Stored for Signal {
    /// A tag and two bounds, zeros for an absent one.
    const BYTES: usize = 17;
    fn put(&self, to: &mut Writer<'_>) -> Result<(), Error> {
        let (tag, calm, stressed) = match *self {
            Signal::Absent => (0_u8, Ratio::ZERO, Ratio::ZERO),
            Signal::Between { calm, stressed } => (1, calm, stressed),
        };
        tag.put(to)?;
        calm.put(to)?;
        stressed.put(to)
    }
    fn get(from: &mut Reader<'_>) -> Result<Self, Error> {
        match (u8::get(from)?, Ratio::get(from)?, Ratio::get(from)?) {
            (0, calm, stressed) if calm == Ratio::ZERO && stressed == Ratio::ZERO => Ok(Signal::Absent),
            (1, calm, stressed) => Ok(Signal::Between { calm, stressed }),
            _ => Err(Error::StoredValue),
        }
    }
}

/// All points, the last of which is one.
#[cfg(any(feature = "serde", feature = "borsh", feature = "arbitrary"))]
impl<const N: usize> DepthProfile<N> {
    pub(crate) fn times(&self) -> [Ratio; N] {
        self.0
    }

    pub(crate) fn from_times(times: [Ratio; N]) -> Result<DepthProfile<N>, Error> {
        let known = times.iter().all(|times| *times == Ratio::ZERO || *times >= Ratio::ONE);
        let last = times.last().is_none_or(|last| *last == Ratio::ONE);
        if known && last { Ok(DepthProfile(times)) } else { Err(Error::StressProfile) }
    }
}

impl<const N: usize> Stored for DepthProfile<N> {
    /// All but the last, which is one.
    const BYTES: usize = <Ratio as Stored>::BYTES.wrapping_mul(N.saturating_sub(1));
    fn put(&self, to: &mut Writer<'_>) -> Result<(), Error> {
        self.0.iter().take(N.saturating_sub(1)).try_for_each(|times| times.put(to))
    }
    fn get(from: &mut Reader<'_>) -> Result<Self, Error> {
        let DepthProfile(mut all) = DepthProfile::last_point();
        for times in all.iter_mut().take(N.saturating_sub(1)) {
            *times = Ratio::get(from)?;
            if *times != Ratio::ZERO && *times < Ratio::ONE {
                return Err(Error::StoredValue);
            }
        }
        Ok(DepthProfile(all))
    }
}

form!(Internal { volatility: Option<Ratio>, depth: Option<Amount>, fill: Option<Fill> });
form!(Fill { used: Ratio, cap: Ratio });
form!(External {
    source_time: Timestamp,
    backlog: Option<Ratio>,
    oracle: Option<Ratio>,
    keepers: Option<Ratio>,
    neighbours: Option<Ratio>,
});
field!(Signal);
field!(@[const N: usize] DepthProfile<N>);
form_text!(@[const N: usize] DepthProfile<N> as [Ratio; N], DepthProfile::times, DepthProfile::from_times);
stored!(
    StressParams {
        volatility: Signal,
        depth: Signal,
        depth_norm: Amount,
        fill: Signal,
        backlog: Signal,
        oracle: Signal,
        keepers: Signal,
        neighbours: Signal,
        max_age: Seconds,
    },
    drawn
);
stored_as!(StressConfig as StressParams, |config| config.params, StressConfig::new);
