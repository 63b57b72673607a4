//! From what is known of a market to a configuration, what that promises, and what it may cost.
//!
//! Off chain, feature `calibrate`. Floats propose the parameters; every condition is decided on the finished configuration, in
//! exact arithmetic, by the functions that the theorems are about, and each number is rounded so that the promise is the
//! weaker one. What cannot be met is refused, with the condition that fails. Spec: D30.

pub use crate::proposal::{Field, Known, Refusal, Wanted, even_depth};

use crate::book::{Book, Shape};
use crate::clearing::{PaceConfig, PaceParams, relative_fall_ceil, safe_ltv_floor, threshold_slack_floor};
use crate::error::Error;
use crate::guard::{Guard, GuardParams};
use crate::keeper::RewardConfig;
use crate::ledger::LedgerConfig;
use crate::preset::{Site, lending};
use crate::price::Price;
use crate::proposal::{self, Falls};
use crate::ratio::Ratio;
use crate::solvency::{AtThreshold, Crash, charged_in_time_floor};
use crate::units::{Amount, Seconds, Value};

/// A configuration and what it promises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Calibration<const N: usize> {
    /// For [`Guard::new`].
    pub params: GuardParams<N>,
    /// For keepers.
    pub reward: RewardConfig,
    /// The seller that the promise assumes: for borrow caps and deadlines.
    pub pace: PaceConfig,
    /// What holds of it.
    pub promise: Promise,
}

/// What a configuration promises under the hypotheses of T-A, T8 and T18 if no fall is worse than those known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Promise {
    /// The bound of T-A over the time of the longest fall known, in log-price, and as a relative fall.
    pub bound: Ratio,
    /// `D*`: the same as a relative fall.
    pub fall: Ratio,
    /// The loan-to-value ratio that leaves no bad debt at that fall though nothing is sold in time (T8).
    pub safe_ltv: Ratio,
    /// The seller's lag (T18), and what the price may fall within it, in log-price.
    pub lag: Seconds,
    /// See `lag`.
    pub step: Ratio,
    /// What is charged before positions at the threshold are under water.
    pub charge: Ratio,
    /// Base atoms that it sells on the shallowest book known.
    pub sale: Amount,
    /// Debt that is relieved in time.
    pub relieved: Value,
    /// The most bad debt of the debt asked for.
    pub bad_debt: Value,
    /// The most debt whose bad debt is tolerated; `None` if any is.
    pub most_debt: Option<Value>,
    /// The least lot that pays a keeper.
    pub least_lot: Value,
}

/// A configuration for the market, or the condition that fails.
///
/// | parameter | from |
/// |---|---|
/// | `kappa` | `collapse`: depth that was read may be so many times too deep |
/// | own share `h` | `(1 - 1 / amplification) / kappa` |
/// | burst `B`, leak `r` | `unexplained`, `unexplained_daily` by T-A: `-ln(1 - u) / (kappa * amplification)` |
/// | wick, ages, depth rise time | the heartbeat, twice it, 6 h |
/// | volatility | half-lives of `half_life`, and of a 24th of it for a rise; starts at the stressed one |
/// | schedule | calm up to the calm volatility, stressed from the stressed one on; thresholds fall to 7/8, max LTV leaves two standard deviations of a day to the threshold |
/// | auction | steps of 1 %, of such a length that a stressed start is at the bonus's discount in half a round |
/// | keepers | twice the gas, out of half of the penalty; the least sale is the least lot that pays it |
/// | breaker | stops borrowing as the preset does; kicks and takes for `halt` |
/// | threshold | the one asked for, or the highest in basis points whose bad debt is tolerated |
/// | the rest | [`lending`] |
///
/// # Errors
/// [`Refusal`].
pub fn calibrate<const N: usize>(known: &Known<'_, N>, wanted: &Wanted) -> Result<Calibration<N>, Refusal> {
    if wanted.round == Seconds::ZERO {
        return Err(Refusal::Field(Field::Round));
    }
    let falls = Falls::new(known.falls)?;
    let ledger = proposal::ledger(known, wanted)?;
    let reward = proposal::reward(known, wanted)?;
    let min_sale = proposal::least_lot(&reward, wanted)?;
    // An atom for each second of the rise time, and a thousandth of the depth.
    let rise_base = known.depth.first().map_or(0, |depth| depth.get() >> 10).max(21_600);
    let rise_base = Amount::new(rise_base);
    let site =
        Site { shape: known.shape, heartbeat: known.heartbeat, min_sale, rise_base, depth_norm: Some(known.depth) };
    let base = lending(&site)?;
    // The shallowest book that is known of.
    let book = Book::of(known.shape, known.depth).scaled_floor(proposal::credible(known, wanted)?)?;
    let least = min_sale.checked_add(min_sale)?;
    let permitted = known.price.value_floor(book.capacity_floor(ledger.params().burst))?;
    if permitted < least {
        return Err(Refusal::LotTooLarge { least, permitted });
    }
    let lag = proposal::lag(known, wanted)?;
    let noise = proposal::log_fall(known.noise, Field::Noise)?;
    let piece = piece(&book, known.price.amount_ceil(least)?)?;
    let [_, bonus] = proposal::bonuses(wanted)?;
    let bound = falls.bound(&ledger, noise)?;
    let market = Crashing {
        ledger,
        book,
        price: known.price,
        crash: Crash { slack: Ratio::ZERO, step: falls.step(lag)?, noise, held: Ratio::ZERO, piece },
        bound,
        fall: relative_fall_ceil(bound)?,
        bonus,
        debt: wanted.debt,
        tolerated: wanted.bad_debt,
    };
    let sets = |threshold: Ratio| proposal::sets(base.schedule.params(), known, wanted, threshold);
    let threshold = match wanted.threshold {
        Some(asked) => market.check(proposal::threshold(asked)?)?,
        None => {
            market.highest(|threshold| sets(threshold).is_ok_and(|sets| sets.iter().all(|set| set.check().is_ok())))?
        }
    };
    let promise = Promise { lag, least_lot: min_sale, ..market.promise(threshold)? };
    let buffer = base.schedule.params().stressed.auction_buffer;
    let params = GuardParams {
        depth: proposal::depth(&base, known, wanted, rise_base)?,
        ledger,
        volatility: proposal::volatility(known)?,
        schedule: proposal::schedule(base.schedule.params(), known, wanted, threshold)?,
        appetite: proposal::appetite(base.appetite.params(), known)?,
        breaker: proposal::breaker(base.breaker.params(), wanted.halt)?,
        auction: proposal::auction(base.auction.params(), wanted, buffer)?,
        ..base
    };
    Guard::new(params)?;
    let pace = PaceConfig::new(PaceParams { round: wanted.round, piece })?;
    Ok(Calibration { params, reward, pace, promise })
}

/// The largest step of a grid, or the charge of what no appetite cuts where that is more: as the guard takes it.
fn piece<const N: usize>(book: &Book<N>, least: Amount) -> Result<Ratio, Error> {
    let mut piece = book.impact_ceil(least)?;
    if let Shape::Grid(points) = book.shape() {
        let mut last = Ratio::ZERO;
        for &point in points {
            piece = piece.max(point.excess_over(last));
            last = point;
        }
    }
    Ok(piece)
}

/// A crash of which all but the slack is known.
struct Crashing<const N: usize> {
    ledger: LedgerConfig,
    book: Book<N>,
    price: Price,
    crash: Crash,
    bound: Ratio,
    fall: Ratio,
    bonus: Ratio,
    debt: Value,
    tolerated: Value,
}

impl<const N: usize> Crashing<N> {
    /// What holds at this threshold.
    fn promise(&self, threshold: Ratio) -> Result<Promise, Error> {
        let crash = Crash { slack: threshold_slack_floor(threshold, self.bonus)?, ..self.crash };
        let charge = charged_in_time_floor(&self.ledger, &crash)?;
        let sale = self.book.capacity_floor(charge);
        let relieved = AtThreshold::relieved_floor(self.price, sale, threshold)?;
        let positions = AtThreshold { threshold, relieved, fall: self.fall };
        Ok(Promise {
            bound: self.bound,
            fall: self.fall,
            safe_ltv: safe_ltv_floor(self.fall, self.bonus)?,
            lag: Seconds::ZERO,
            step: self.crash.step,
            charge,
            sale,
            relieved,
            bad_debt: positions.bad_debt_ceil(self.debt)?,
            most_debt: positions.debt_floor(self.tolerated)?,
            least_lot: Value::ZERO,
        })
    }

    /// The threshold itself, if its bad debt is tolerated.
    fn check(&self, threshold: Ratio) -> Result<Ratio, Refusal> {
        let Promise { bad_debt, most_debt, .. } = self.promise(threshold)?;
        match most_debt {
            Some(most_debt) if bad_debt > self.tolerated => Err(Refusal::BadDebt { threshold, bad_debt, most_debt }),
            _ => Ok(threshold),
        }
    }

    /// The highest threshold, in basis points, that is `sound` and whose bad debt is tolerated. 10,000 steps.
    fn highest(&self, sound: impl Fn(Ratio) -> bool) -> Result<Ratio, Refusal> {
        let mut refused = None;
        for bps in (1..10_000).rev() {
            let threshold = Ratio::from_bps_floor(bps)?;
            if !sound(threshold) {
                continue;
            }
            match self.check(threshold) {
                Err(Refusal::BadDebt { threshold, bad_debt, most_debt }) => {
                    // The threshold at which the most debt fits is told.
                    if refused.is_none_or(|(_, _, most)| most < most_debt) {
                        refused = Some((threshold, bad_debt, most_debt));
                    }
                }
                other => return other,
            }
        }
        let (threshold, bad_debt, most_debt) = refused.ok_or(Refusal::Config(Error::BonusLeavesNoMargin))?;
        Err(Refusal::BadDebt { threshold, bad_debt, most_debt })
    }
}
