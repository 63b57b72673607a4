//! What is known and wanted of a market, and the parts of a configuration that floats propose from it.
//!
//! Off chain, feature `calibrate`; public through [`crate::calibrate`]. Every number is rounded toward the safer side: burst,
//! leak, share, depth and loan-to-value ratios down, `kappa`, volatility, falls, noise, haircut and bonuses up. Spec: D30.

use crate::appetite::{AppetiteConfig, AppetiteParams};
use crate::auction::{AuctionConfig, AuctionParams};
use crate::book::{Book, Shape};
use crate::breaker::{BreakerConfig, BreakerParams, Level};
use crate::curve::Curve;
use crate::depth::{DepthConfig, DepthParams};
use crate::error::Error;
use crate::guard::GuardParams;
use crate::history::{Fall, span};
use crate::keeper::{Payment, RewardConfig, RewardParams, Work};
use crate::ledger::{Exposure, LedgerConfig, LedgerParams};
use crate::parameters::Parameters;
use crate::price::Price;
use crate::ratio::Ratio;
use crate::refusal::{Field, Refusal};
use crate::schedule::{ScheduleConfig, ScheduleParams};
use crate::solvency::bound_ceil;
use crate::stress::{Signal, StressConfig, StressParams};
use crate::units::{Amount, Decay, Rate, Seconds, Value};
use crate::volatility::{VolatilityConfig, VolatilityParams};
use libm::{ceil, exp, floor, log, log1p};

/// What is known of a market. Volatilities are standard deviations of the logarithm of the price over a day.
///
/// # Examples
/// See [`crate::calibrate::calibrate`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Known<'a, const N: usize> {
    /// Volatility of an ordinary day, up to which the calm parameters hold.
    pub calm_volatility: f64,
    /// Volatility of the worst days, from which the stressed ones hold.
    pub stressed_volatility: f64,
    /// Seconds in which half of a volatility is forgotten.
    pub half_life: f64,
    /// The worst falls known, by rising time: within an hour, a day, a week. The first that is for at least the seller's lag counts
    /// as what can happen within it; there must be one.
    pub falls: &'a [Fall],
    /// Largest relative distance between an observed price and the true one.
    pub noise: f64,
    /// The low side of the price when the crash begins.
    pub price: Price,
    /// Kind of depth, and the impacts it is measured at.
    pub shape: Shape<N>,
    /// Depth of an ordinary day at each of them, not falling, or the reserve of the pool in the first place.
    pub depth: [Amount; N],
    /// By how many times depth fell in the worst hours, at least one.
    pub collapse: f64,
    /// Longest interval between two updates of price or depth that are taken in, by the times of their arrival or of their sources.
    pub heartbeat: Seconds,
    /// What a keeper's transaction costs when it costs most.
    pub gas: Value,
}

/// A book of which one number is known, `amount` within an impact of `impact`, taken to be even: `N` steps of the same impact and
/// depth, rounded up and down. Beyond `impact` nothing counts.
///
/// It is an assumption: a book that is empty near the price and deep behind it has the same number. Of a price distance `w` the
/// impact is `w / (1 - w)`.
///
/// # Errors
/// An impact that is not above zero and below 65,536, or of fewer than `N` steps: [`Field::Depth`].
///
/// # Examples
/// ```
/// use damper::book::Shape;
/// use damper::calibrate::even_depth;
/// use damper::{ratio::Ratio, units::Amount};
/// let part = Ratio::from_fraction_floor;
/// // 4,000 within an impact of 1/32.
/// let (shape, depth) = even_depth::<4>(0.03125, Amount::new(4_000))?;
/// assert_eq!(shape, Shape::Grid([part(1, 128)?, part(1, 64)?, part(3, 128)?, part(1, 32)?]));
/// assert_eq!(depth, [1_000, 2_000, 3_000, 4_000].map(Amount::new));
/// # Ok::<(), damper::calibrate::Refusal>(())
/// ```
pub fn even_depth<const N: usize>(impact: f64, amount: Amount) -> Result<(Shape<N>, [Amount; N]), Refusal> {
    let whole = up(impact, Field::Depth)?;
    let (mut points, mut depth) = ([Ratio::ZERO; N], [Amount::ZERO; N]);
    let count = u128::try_from(N).map_err(|_| Refusal::Field(Field::Depth))?;
    for (place, (point, amount_within)) in (1_u128..).zip(points.iter_mut().zip(&mut depth)) {
        *point = whole.mul_ceil(Ratio::from_fraction_ceil(place, count)?)?;
        *amount_within = amount.mul_floor(Ratio::from_fraction_floor(place, count)?)?;
    }
    let shape = Shape::Grid(points);
    shape.check().map_err(|_| Refusal::Field(Field::Depth))?;
    Ok((shape, depth))
}

/// What is wanted of a configuration. [`Wanted::usual`] has a choice for all but the debts.
///
/// # Examples
/// See [`crate::calibrate::calibrate`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Wanted {
    /// Own sales multiply a fall of the log-price that others made by at most so much; one for no sales because of a fall.
    pub amplification: f64,
    /// The relative fall that own sales may make in a market that stands still.
    pub unexplained: f64,
    /// The same, added by each day.
    pub unexplained_daily: f64,
    /// Part of the depth that is shown that is not believed.
    pub haircut: f64,
    /// Liquidation bonus of calm and of stressed days.
    pub bonus: [f64; 2],
    /// Part of what takers pay that is kept beyond the debt, to pay keepers from.
    pub penalty: f64,
    /// Time in which a lot is offered, taken and settled.
    pub round: Seconds,
    /// How long the breaker stops kicks at a fall of 13 %, and takes too at one of 20 %; zero for never.
    pub halt: Seconds,
    /// The largest relative fall from the ledger's reference that it may count when the crash begins: zero if the guard is opened
    /// or re-anchored there, one for any.
    pub earlier: f64,
    /// Open debt, all of it taken to be at the liquidation threshold when the crash begins, or to reach it later.
    pub debt: Value,
    /// Bad debt that is tolerated in the worst fall known.
    pub bad_debt: Value,
    /// The liquidation threshold of calm days, rounded down to a basis point; `None` for the highest that fits. Within half of a
    /// millionth of a basis point below one counts as it.
    pub threshold: Option<f64>,
}

impl Wanted {
    /// Twice the fall of others; 2 % in a market that stands still and 2 % a day; half of the depth; bonuses of 5 and 8 %;
    /// a penalty of 2 %; lots in ten minutes; no halts; a ledger that may count any earlier fall; the highest threshold.
    ///
    /// # Examples
    /// ```
    /// use damper::{calibrate::Wanted, units::{Seconds, Value}};
    /// let wanted = Wanted::usual(Value::new(1_000), Value::new(10));
    /// assert_eq!((wanted.amplification, wanted.round, wanted.threshold), (2.0, Seconds::new(600), None));
    /// ```
    #[must_use]
    pub const fn usual(debt: Value, bad_debt: Value) -> Wanted {
        Wanted {
            amplification: 2.0,
            unexplained: 0.02,
            unexplained_daily: 0.02,
            haircut: 0.5,
            bonus: [0.05, 0.08],
            penalty: 0.02,
            round: Seconds::new(600),
            halt: Seconds::ZERO,
            earlier: 1.0,
            debt,
            bad_debt,
            threshold: None,
        }
    }
}

/// Steps of a ratio in one.
const STEPS: f64 = 281_474_976_710_656.0;

/// A number in `low` to `high`, both included.
fn within(number: f64, low: f64, high: f64, field: Field) -> Result<f64, Refusal> {
    if (low..=high).contains(&number) { Ok(number) } else { Err(Refusal::Field(field)) }
}

/// A part: in zero to below one.
pub(crate) fn part(number: f64, field: Field) -> Result<f64, Refusal> {
    if number < 1.0 { within(number, 0.0, 1.0, field) } else { Err(Refusal::Field(field)) }
}

/// A whole number of steps of a ratio. The number of a float below 2^64 is exact.
#[allow(clippy::as_conversions, reason = "there is no other conversion, and a number within the range is exact")]
fn steps(number: f64, field: Field) -> Result<Ratio, Refusal> {
    let largest = 18_446_744_073_709_549_568.0;
    within(number, 0.0, largest, field).map(|number| Ratio::from_bits(number as u64))
}

/// A number as a ratio, rounded down.
pub(crate) fn down(number: f64, field: Field) -> Result<Ratio, Refusal> {
    steps(floor(number * STEPS), field)
}

/// A number as a ratio, rounded up.
pub(crate) fn up(number: f64, field: Field) -> Result<Ratio, Refusal> {
    steps(ceil(number * STEPS), field)
}

/// A relative fall as one of the log-price. The logarithm is within 2^-52 of itself, far less than what is added.
fn log_of(fall: f64) -> f64 {
    -log1p(-fall)
}

/// A relative fall as one of the log-price, rounded up.
pub(crate) fn log_fall(fall: f64, field: Field) -> Result<Ratio, Refusal> {
    up(log_of(part(fall, field)?) * (1.0 + SPARE), field)
}

/// Part of a number that is more than the errors of the floats that it is made of, a few times 2^-53.
const SPARE: f64 = 1e-12;

/// A number rounded down to a whole number of basis points.
fn bps_down(number: f64, field: Field) -> Result<u32, Refusal> {
    let whole = within(floor(number), 0.0, 65_535.0, field).and_then(|number| steps(number, field))?;
    u32::try_from(whole.to_bits()).map_err(|_| Refusal::Field(field))
}

/// The falls known, in log-price.
pub(crate) struct Falls<'a>(&'a [Fall]);

impl<'a> Falls<'a> {
    pub(crate) fn new(falls: &'a [Fall]) -> Result<Falls<'a>, Refusal> {
        let mut last = Seconds::ZERO;
        for Fall { within, fall } in falls {
            if *within <= last {
                return Err(Refusal::Field(Field::Falls));
            }
            part(*fall, Field::Falls)?;
            last = *within;
        }
        if falls.is_empty() { Err(Refusal::Field(Field::Falls)) } else { Ok(Falls(falls)) }
    }

    /// The most that the price falls within `lag`: the first fall known for as long a time, and no less than a shorter one.
    pub(crate) fn step(&self, lag: Seconds) -> Result<Ratio, Refusal> {
        let mut worst = 0.0_f64;
        for Fall { within, fall } in self.0 {
            worst = worst.max(*fall);
            if *within >= lag {
                return log_fall(worst, Field::Falls);
            }
        }
        Err(Refusal::NoFallKnown { lag })
    }

    /// The largest bound over the falls known, none of them less than a shorter one, of a ledger that counts `earlier` from before.
    pub(crate) fn bound(&self, ledger: &LedgerConfig, noise: Ratio, earlier: Ratio) -> Result<Ratio, Refusal> {
        let (mut bound, mut worst) = (Ratio::ZERO, 0.0_f64);
        for Fall { within, fall } in self.0 {
            worst = worst.max(*fall);
            let exogenous = log_fall(worst, Field::Falls)?;
            bound = bound.max(bound_ceil(ledger, Exposure { exogenous, noise, elapsed: *within }, earlier)?);
        }
        Ok(bound)
    }
}

/// `kappa` is the collapse; `h = (1 - 1/m) / kappa`, so that `1 / (1 - kappa h)` is at most `m`; and `B` such that
/// `kappa B / (1 - kappa h)` is the fall that own sales may make in a market that stands still, `r` likewise.
pub(crate) fn ledger<const N: usize>(known: &Known<'_, N>, wanted: &Wanted) -> Result<LedgerConfig, Refusal> {
    let collapse = within(known.collapse, 1.0, 16_384.0, Field::Collapse)?;
    let most = within(wanted.amplification, 1.0, 65_536.0, Field::Amplification)?;
    let own =
        |fall: f64| Ok::<f64, Refusal>(log_of(part(fall, Field::Unexplained)?) / (collapse * most) * (1.0 - SPARE));
    Ok(LedgerConfig::new(LedgerParams {
        burst: down(own(wanted.unexplained)?, Field::Unexplained)?,
        leak: daily(down(own(wanted.unexplained_daily)?, Field::Unexplained)?)?,
        own_share: down((most - 1.0) / most / collapse * (1.0 - SPARE), Field::Amplification)?,
        kappa: up(collapse, Field::Collapse)?,
    })?)
}

fn daily(ratio: Ratio) -> Result<Rate, Error> {
    Rate::from_ratio_over_floor(ratio, Seconds::new(86_400))
}

/// Keepers are paid twice the gas for a kick, and again for a settlement, out of half of the penalty.
pub(crate) fn reward<const N: usize>(known: &Known<'_, N>, wanted: &Wanted) -> Result<RewardConfig, Refusal> {
    let tip = known.gas.checked_add(known.gas)?;
    Ok(RewardConfig::new(RewardParams {
        tip,
        chip: Ratio::ZERO,
        growth: Rate::from_ratio_over_floor(Ratio::ONE, wanted.round)?,
        most_growth: Ratio::ONE,
        cap: tip.checked_add(tip)?,
        share: Ratio::from_fraction_floor(1, 2)?,
    })?)
}

/// The least lot whose penalty has room for both rewards.
pub(crate) fn least_lot(reward: &RewardConfig, wanted: &Wanted) -> Result<Value, Refusal> {
    let tip = reward.params().tip;
    let penalty = down(penalty(wanted)?, Field::Penalty)?;
    let work = Work { size: Value::ZERO, penalty, paid: tip, waited: Seconds::ZERO, boost: Ratio::ONE };
    match reward.payment(&work, tip)? {
        Payment::Pay { .. } => Ok(Value::ZERO),
        Payment::TooSmall { least } => least.ok_or(Refusal::NoLotPays),
    }
}

fn penalty(wanted: &Wanted) -> Result<f64, Refusal> {
    within(wanted.penalty, 0.0, 1.0, Field::Penalty)
}

/// What collateral that is sold must bring beyond the debt: the stressed bonus, on the debt with the penalty.
pub(crate) fn beyond_debt(wanted: &Wanted) -> Result<Ratio, Refusal> {
    let [_, bonus] = bonuses(wanted)?;
    let penalty = up(penalty(wanted)?, Field::Penalty)?;
    Ok(bonus.checked_add(penalty)?.checked_add(bonus.mul_ceil(penalty)?)?)
}

/// The largest fall that the ledger may count from before.
pub(crate) fn earlier(wanted: &Wanted) -> Result<Ratio, Refusal> {
    up(within(wanted.earlier, 0.0, 1.0, Field::Earlier)?, Field::Earlier)
}

/// Two rounds, two widths of the window, the longest gap, the largest age; both halts, and a round more if there are any: a stop
/// of takes begins an auction anew. The gap is a heartbeat between arrivals, and the age, by which one source time may be older at
/// its arrival than the next.
pub(crate) fn lag<const N: usize>(known: &Known<'_, N>, wanted: &Wanted) -> Result<Seconds, Refusal> {
    let rounds = if wanted.halt == Seconds::ZERO { 2 } else { 3 };
    let times = [(wanted.round, rounds), (wanted.halt, 2), (known.heartbeat, 7)];
    let sum = times.iter().try_fold(0_u64, |sum, (time, count)| sum.checked_add(time.get().checked_mul(*count)?));
    Ok(sum.map(Seconds::new).ok_or(Error::Overflow)?)
}

/// Steps of 1 % of such a length that a stressed start comes down to the bonus's discount in half a round.
pub(crate) fn auction(base: AuctionParams, wanted: &Wanted, buffer: Ratio) -> Result<AuctionConfig, Refusal> {
    let [_, bonus] = bonuses(wanted)?;
    let part = |ratio: Ratio| log(1.0 + bits(ratio) / STEPS);
    let falls = ceil((part(buffer) + part(bonus)) / -log(0.99));
    let seconds = floor(span(wanted.round) / 2.0 / falls);
    if seconds < 1.0 {
        let least = whole(2.0 * falls).ok_or(Error::Overflow)?;
        return Err(Refusal::RoundTooShort { least });
    }
    let step = whole(seconds).ok_or(Error::Overflow)?;
    let cut = Decay::from_ratio(Ratio::from_bps_floor(9_900)?)?;
    Ok(AuctionConfig::new(AuctionParams { curve: Curve::StairExponential { cut, step }, ..base })?)
}

const fn bits(ratio: Ratio) -> f64 {
    span(Seconds::new(ratio.to_bits()))
}

/// A whole number of seconds; `None` beyond the range.
fn whole(seconds: f64) -> Option<Seconds> {
    steps(seconds, Field::Round).ok().map(|steps| Seconds::new(steps.to_bits()))
}

pub(crate) fn bonuses(wanted: &Wanted) -> Result<[Ratio; 2], Refusal> {
    let [calm, stressed] = wanted.bonus;
    let one = |bonus: f64| up(within(bonus, 0.0, 1.0, Field::Bonus)?, Field::Bonus);
    Ok([one(calm)?, one(stressed)?])
}

pub(crate) fn volatility<const N: usize>(known: &Known<'_, N>) -> Result<VolatilityConfig, Refusal> {
    let [calm, stressed] = volatilities(known)?;
    let half_life = within(known.half_life, 24.0, 1e15, Field::HalfLife)?;
    let time = |seconds: f64| whole(floor(seconds)).ok_or(Error::Overflow);
    Ok(VolatilityConfig::new(VolatilityParams {
        horizon: Seconds::new(86_400),
        rise_half_life: time(half_life / 24.0)?,
        fall_half_life: time(half_life)?,
        max_gap: Seconds::new(3_600),
        floor: Ratio::from_bits(calm.to_bits() >> 2),
        cap: Ratio::ONE,
        start: stressed,
    })?)
}

fn volatilities<const N: usize>(known: &Known<'_, N>) -> Result<[Ratio; 2], Refusal> {
    let stressed = within(known.stressed_volatility, 0.0, 1.0, Field::StressedVolatility)?;
    let calm = within(known.calm_volatility, 1e-9, stressed, Field::CalmVolatility)?;
    if calm >= stressed {
        return Err(Refusal::Field(Field::CalmVolatility));
    }
    Ok([up(calm, Field::CalmVolatility)?, up(stressed, Field::StressedVolatility)?])
}

/// The threshold of stressed days, for one of calm days.
pub(crate) const fn lowered(threshold: u32) -> u32 {
    threshold.saturating_mul(7) >> 3
}

/// Both sets of parameters at a threshold of calm days, in basis points. Max LTV leaves two standard deviations of a day to the
/// threshold, which falls to 7/8, all rounded down to basis points; margins and buffers are those of `base`.
pub(crate) fn sets<const N: usize>(
    base: &ScheduleParams,
    known: &Known<'_, N>,
    wanted: &Wanted,
    threshold: u32,
) -> Result<[Parameters; 2], Refusal> {
    let set = |base: Parameters, threshold: u32, sigma: f64, bonus: Ratio| {
        let max_ltv = bps_down(f64::from(threshold) * exp(-2.0 * sigma) * (1.0 - SPARE), Field::Threshold)?;
        Ok::<_, Refusal>(Parameters {
            max_ltv: Ratio::from_bps_floor(max_ltv)?,
            liquidation_threshold: Ratio::from_bps_floor(threshold)?,
            bonus,
            ..base
        })
    };
    let [calm, stressed] = bonuses(wanted)?;
    Ok([
        set(base.calm, threshold, known.calm_volatility, calm)?,
        set(base.stressed, lowered(threshold), known.stressed_volatility, stressed)?,
    ])
}

pub(crate) fn schedule<const N: usize>(
    base: &ScheduleParams,
    known: &Known<'_, N>,
    wanted: &Wanted,
    threshold: u32,
) -> Result<ScheduleConfig, Refusal> {
    let [sigma_calm, sigma_stressed] = volatilities(known)?;
    let [calm, stressed] = sets(base, known, wanted, threshold)?;
    Ok(ScheduleConfig::new(ScheduleParams { calm, stressed, sigma_calm, sigma_stressed, ..*base })?)
}

/// Stress by volatility begins where the schedule ends, and is full at four times that, or at the cap.
pub(crate) fn appetite<const N: usize>(base: &AppetiteParams, known: &Known<'_, N>) -> Result<AppetiteConfig, Refusal> {
    let [_, calm] = volatilities(known)?;
    let stressed = calm.checked_add(calm).and_then(|two| two.checked_add(two))?.min(Ratio::ONE);
    let volatility = if calm < stressed { Signal::Between { calm, stressed } } else { Signal::Absent };
    let stress = StressConfig::new(StressParams { volatility, ..*base.stress.params() })?;
    Ok(AppetiteConfig::new(AppetiteParams { stress, ..*base })?)
}

/// The breaker of `base` with halts of kicks and takes of this length, and none longer, or without.
pub(crate) fn breaker(base: &BreakerParams, halt: Seconds) -> Result<BreakerConfig, Refusal> {
    let levels = base.levels.map(|level| {
        let mut stops = level.stops;
        if !(stops.kick || stops.take) {
            // A halt is no shorter than that of the level below.
            let shorter = if halt == Seconds::ZERO { level.halt } else { level.halt.min(halt) };
            return Level { halt: shorter, ..level };
        }
        if halt == Seconds::ZERO {
            (stops.kick, stops.take) = (false, false);
            return Level { stops, ..level };
        }
        Level { halt, ..level }
    });
    Ok(BreakerConfig::new(BreakerParams { levels, ..*base })?)
}

/// The part of the depth that is shown that is not believed.
fn haircut(wanted: &Wanted) -> Result<Ratio, Refusal> {
    up(within(wanted.haircut, 0.0, 1.0, Field::Haircut)?, Field::Haircut)
}

pub(crate) fn depth<const N: usize>(
    base: &GuardParams<N>,
    known: &Known<'_, N>,
    wanted: &Wanted,
    rise_base: Amount,
) -> Result<DepthConfig<N>, Refusal> {
    Ok(DepthConfig::new(DepthParams {
        shape: known.shape,
        haircut: haircut(wanted)?,
        max_age: base.oracle.max_age(),
        rise_time: Seconds::new(21_600),
        rise_base,
    })?)
}

/// What is credible, when it has collapsed, of the depth of an ordinary day, which must not fall from one impact to the next.
pub(crate) fn shallowest<const N: usize>(
    known: &Known<'_, N>,
    wanted: &Wanted,
    kappa: Ratio,
) -> Result<Book<N>, Refusal> {
    let rising = known.depth.iter().zip(known.depth.iter().skip(1)).all(|(near, far)| near <= far);
    if matches!(known.shape, Shape::Grid(_)) && !rising {
        return Err(Refusal::Field(Field::Depth));
    }
    let credible = Ratio::ONE.checked_sub(haircut(wanted)?)?.div_floor(kappa)?;
    Ok(Book::of(known.shape, known.depth).scaled_floor(credible)?)
}

/// The threshold that was asked for, in basis points.
pub(crate) fn threshold(asked: f64) -> Result<u32, Refusal> {
    // For the product's own error: 0.7 is 7,000 of them.
    match bps_down(part(asked, Field::Threshold)? * 1e4 + 5e-7, Field::Threshold)? {
        bps @ 1..10_000 => Ok(bps),
        _ => Err(Refusal::Field(Field::Threshold)),
    }
}
