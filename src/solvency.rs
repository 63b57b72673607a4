//! What a crash leaves unsold: how much is sold before positions at their threshold are under water, and what the rest may
//! cost.
//!
//! A throttle sells against the fall: the deeper the price, the more it permits. So a position that is kicked at its
//! threshold is sold in time if, by the time at which its collateral no longer covers its debt, the ledger has permitted as
//! much. That does not depend on the path, only on how far the price can fall within the time that observing and selling
//! take. Nor does it depend on when positions reach their threshold, on what the ledger counted before, or on how a charge was
//! cut into lots: each of these is taken at its worst. Spec: D29, T18.

use crate::book::{Book, Shape};
use crate::clearing::relative_fall_ceil;
use crate::error::Error;
use crate::exponential::exp_neg_ceil;
use crate::forms::form;
use crate::ledger::{Exposure, LedgerConfig};
use crate::num::{isqrt_floor, mul_div_floor, shl_div_floor};
use crate::price::Price;
use crate::ratio::Ratio;
use crate::units::{Amount, Decay, Value};

/// What is assumed of a crash and of the seller in it; falls in log-price.
///
/// # Examples
/// See [`charged_in_time_floor`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Crash {
    /// How far the price may fall until the debt is not covered with the bonus, or no sale helps (D11), whichever is first: the
    /// smaller of [`crate::clearing::threshold_slack_floor`] with the bonus, and of that less `noise` with what is beyond one of
    /// `(1 + bonus * base_bonus) (1 + B + h)`, rounded up, as what is looked at may be seen too low (S8).
    pub slack: Ratio,
    /// The most that the price falls, without own sales, within the seller's lag: two rounds of the pace, two widths of the
    /// window, the longest gap between source times, and the largest age of a price when a lot is offered; halts of the breaker
    /// too, if they stop sales. Where a longest gap between arrivals is known, source times are apart by that and the age.
    pub step: Ratio,
    /// The largest distance between an observed price and the true one of its time.
    pub noise: Ratio,
    /// Level and reservations of the ledger when the crash begins.
    pub held: Ratio,
    /// Impact that may stay unused in a round ([`crate::clearing::PaceParams::piece`]).
    pub piece: Ratio,
}

/// The charges that are made, at least, before the price has fallen by `slack`, if there is so much to sell: the largest `a`
/// with
///
/// ```text
/// a + held + piece <= B + h * (1 - exp(-y)),   y = slack - step - 2 noise - kappa * a > 0
/// ```
///
/// `1 - exp(-y)` and the product rounded down, `kappa * a` up; zero if there is none. What it sells is [`sold_floor`] of it, on
/// the shallowest book that the crash may leave. Leaks are not counted. It holds for positions that reach their threshold later
/// too, at a lower price, when more is permitted. Bisection in 64 steps. Spec: D29, T18.
///
/// # Errors
/// None in fact; [`Error::DecayAboveOne`] is the type's.
///
/// # Examples
/// ```
/// use damper::ledger::{LedgerConfig, LedgerParams};
/// use damper::solvency::{Crash, charged_in_time_floor};
/// use damper::{ratio::Ratio, units::Rate};
/// let part = Ratio::from_fraction_floor;
/// let config = LedgerConfig::new(LedgerParams {
///     burst: part(1, 64)?, leak: Rate::ZERO, own_share: Ratio::ZERO, kappa: part(2, 1)?,
/// })?;
/// let crash = Crash {
///     slack: part(1, 4)?, step: part(1, 8)?, noise: Ratio::ZERO, held: Ratio::ZERO, piece: part(1, 256)?,
/// };
/// // With no share of the fall the burst is charged, but for the piece.
/// assert_eq!(charged_in_time_floor(&config, &crash)?, part(3, 256)?);
/// // A price that can fall through the slack within the lag leaves no time.
/// assert_eq!(charged_in_time_floor(&config, &Crash { step: part(1, 4)?, ..crash })?, Ratio::ZERO);
/// # Ok::<(), damper::Error>(())
/// ```
pub fn charged_in_time_floor(config: &LedgerConfig, crash: &Crash) -> Result<Ratio, Error> {
    let (mut sold, mut bit) = (0_u64, 1_u64 << 63);
    // The largest that holds, bit by bit from the top: what holds for a charge holds for a smaller one.
    while bit > 0 {
        if crash.permits(config, Ratio::from_bits(sold | bit))? {
            sold |= bit;
        }
        bit >>= 1;
    }
    Ok(Ratio::from_bits(sold))
}

impl Crash {
    /// Whether charges of `charge` are made before the price has fallen by the slack.
    fn permits(&self, config: &LedgerConfig, charge: Ratio) -> Result<bool, Error> {
        let params = config.params();
        // What does not fit is more than any slack, or any cap.
        let spent = params
            .kappa
            .mul_ceil(charge)
            .and_then(|own| self.noise.checked_add(self.noise)?.checked_add(self.step)?.checked_add(own));
        let Ok(Ok(left)) = spent.map(|spent| self.slack.checked_sub(spent)) else { return Ok(false) };
        if left == Ratio::ZERO {
            return Ok(false);
        }
        let asked = charge.checked_add(self.held).and_then(|sum| sum.checked_add(self.piece));
        // At most B + h, which fits: h is below one.
        let cap = params.burst.checked_add(params.own_share.mul_floor(relative_fall_floor(left)?)?)?;
        Ok(asked.is_ok_and(|asked| asked <= cap))
    }
}

/// The relative fall `1 - exp(-x)` of a fall `x` of the log-price, rounded down: by less than 2^-47, never below zero, never
/// falling with `x`. [`crate::clearing::relative_fall_ceil`] is the other side.
///
/// # Errors
/// None in fact; [`Error::DecayAboveOne`] is the type's.
///
/// # Examples
/// ```
/// use damper::{clearing::relative_fall_ceil, ratio::Ratio, solvency::relative_fall_floor};
/// let half = Ratio::from_fraction_floor(1, 2)?;
/// // 1 - exp(-0.5) = 0.39346934028...; the other side is a step of 2^-48 above.
/// let fall = relative_fall_floor(half)?;
/// assert_eq!(fall.to_wad_floor() / 10_u128.pow(8), 3_934_693_402);
/// assert_eq!(relative_fall_ceil(half)?, fall.checked_add(Ratio::ULP)?);
/// # Ok::<(), damper::Error>(())
/// ```
pub fn relative_fall_floor(log_fall: Ratio) -> Result<Ratio, Error> {
    Ok(Ratio::ONE.excess_over(Decay::from_bits(exp_neg_ceil(log_fall.to_bits()))?.to_ratio_ceil()))
}

/// The fall of the market, in log-price, whatever fall the ledger still counts from before: the least `M` with
///
/// ```text
/// M >= X + kappa * (B + r * n + h * (1 - (1 - earlier) * exp(-(M + 2 eps))))
/// ```
///
/// every rounding up. `earlier` is the larger of the drawdown that the ledger counts at the start and the fall from its reference
/// to the price then: zero if it was opened, or re-anchored with no lot open, there; one for any ledger, which gives `X + kappa (B + r n + h)`.
/// For zero it is at most [`LedgerConfig::bound_ceil`] but for roundings, because a relative fall is at most that of the
/// log-price. Bisection in 64 steps. Spec: D29, T18.
///
/// # Errors
/// `earlier` above one: [`Error::FallAboveOne`]. `X + kappa (B + r n + h)` above [`Ratio::MAX`]: [`Error::Overflow`].
///
/// # Examples
/// ```
/// use damper::ledger::{Exposure, LedgerConfig, LedgerParams};
/// use damper::solvency::bound_ceil;
/// use damper::{ratio::Ratio, units::{Rate, Seconds}};
/// let part = Ratio::from_fraction_floor;
/// let config = LedgerConfig::new(LedgerParams {
///     burst: part(1, 256)?, leak: Rate::ZERO, own_share: part(1, 8)?, kappa: part(2, 1)?,
/// })?;
/// let crash = Exposure { exogenous: part(1, 4)?, noise: Ratio::ZERO, elapsed: Seconds::new(86_400) };
/// // 1/4 + 2 (1/256 + 1/8).
/// assert_eq!(bound_ceil(&config, crash, Ratio::ONE)?, part(65, 128)?);
/// // The bound of theorem A is (1/4 + 1/128) / (3/4) = 0.3437; this one solves M = 33/128 + (1 - exp(-M)) / 4.
/// assert_eq!(bound_ceil(&config, crash, Ratio::ZERO)?.to_bps_floor(), 3_276);
/// # Ok::<(), damper::Error>(())
/// ```
pub fn bound_ceil(config: &LedgerConfig, exposure: Exposure, earlier: Ratio) -> Result<Ratio, Error> {
    let params = config.params();
    let kept = Ratio::ONE.checked_sub(earlier).map_err(|_| Error::FallAboveOne)?;
    let noise = exposure.noise.checked_add(exposure.noise);
    let steady = params.burst.checked_add(params.leak.over(exposure.elapsed)?)?;
    let bound = |fall: Ratio| {
        // A fall beyond the type leaves nothing of the price.
        let left = match noise.and_then(|noise| fall.checked_add(noise)) {
            Ok(fall) => kept.mul_floor(Ratio::ONE.excess_over(relative_fall_ceil(fall)?))?,
            Err(_) => Ratio::ZERO,
        };
        let own = steady.checked_add(params.own_share.mul_ceil(Ratio::ONE.excess_over(left))?)?;
        exposure.exogenous.checked_add(params.kappa.mul_ceil(own)?)
    };
    let (mut below, mut bit) = (0_u64, 1_u64 << 63);
    // The largest that is less than its bound, bit by bit from the top. The next was tried, and is not.
    while bit > 0 {
        let fall = Ratio::from_bits(below | bit);
        if bound(fall)? > fall {
            below |= bit;
        }
        bit >>= 1;
    }
    let below = Ratio::from_bits(below);
    if bound(below)? > below { below.checked_add(Ratio::ULP) } else { Ok(below) }
}

/// What charges of `charge` or more in all sell at least, base atoms, on `book` and any that are deeper at every impact, whichever
/// snapshots each is made on, and however they are cut into sales of `least` atoms or more.
///
/// A snapshot that is dated in the second of a sale charges it again (D2), so what is sold may be charged twice:
///
/// ```text
/// grid:               charge / 2 * min over i of max(least, Q_(i-1)) / g_i,   i = N, and each i with Q_i > least
/// constant product:   1/2 of what one sale of the charge sells, less the roundings of as many sales of the least size
/// ```
///
/// all rounded down. A least sale of nothing counts as an atom. Spec: D29, T18.
///
/// # Examples
/// ```
/// use damper::book::{Band, Shape, Snapshot};
/// use damper::solvency::sold_floor;
/// use damper::{ratio::Ratio, units::Amount};
/// let part = Ratio::from_fraction_floor;
/// let bands = [Band { width: part(1, 65)?, amount: Amount::new(1_000) }];
/// let book = Shape::Grid([part(1, 64)?]).measure_floor(&Snapshot::Bands(&bands))?;
/// // Charges of 1/8 are eight sales at 1/64: of 100 atoms each, if no sale is less, and each may be charged twice.
/// assert_eq!(sold_floor(&book, part(1, 8)?, Amount::new(100)), Amount::new(400));
/// # Ok::<(), damper::Error>(())
/// ```
#[must_use]
pub fn sold_floor<const N: usize>(book: &Book<N>, charge: Ratio, least: Amount) -> Amount {
    let least = least.max(Amount::new(1));
    let half = |amount: Amount| Amount::new(amount.get() >> 1);
    match book.shape() {
        Shape::ConstantProduct => {
            let most = book.capacity_floor(charge);
            // An impact of at most `charge` is rounded up by less than `3 + charge` steps, rounded up.
            let each = (charge.wide() >> Ratio::FRAC_BITS).saturating_add(4);
            let sales = half(most).get().checked_div(least.get()).unwrap_or(u128::MAX);
            let rounded = Ratio::narrow(sales.saturating_mul(each)).unwrap_or(Ratio::MAX);
            half(book.capacity_floor(charge.excess_over(rounded)))
        }
        Shape::Grid(points) => {
            let mut sold = Amount::new(u128::MAX);
            let (mut before, mut left) = (Amount::ZERO, N);
            for (&point, &quantity) in points.iter().zip(book.quantity()) {
                // Counted down: an enumeration would add, and could overflow for all that the compiler knows.
                left = left.saturating_sub(1);
                if quantity > least || left == 0 {
                    // Beyond the type is no less.
                    let sale = mul_div_floor(charge.wide(), before.max(least).get(), point.wide().max(1));
                    sold = sale.map_or(sold, |sale| sold.min(Amount::new(sale)));
                }
                before = quantity;
            }
            half(sold)
        }
    }
}

/// Positions that are at their liquidation threshold when a crash begins or reach it later, as one.
///
/// # Examples
/// See [`AtThreshold::bad_debt_ceil`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct AtThreshold {
    /// The loan-to-value ratio that they are at, above zero.
    pub threshold: Ratio,
    /// Debt of what is sold in time if all are at their threshold when the crash begins, quote atoms
    /// ([`AtThreshold::relieved_floor`]). Of positions that reach it at a lower price it is less, in proportion.
    pub relieved: Value,
    /// Relative fall to the bottom ([`crate::clearing::relative_fall_ceil`] of [`bound_ceil`]).
    pub fall: Ratio,
}

impl AtThreshold {
    /// The debt that a sale of `sale` base atoms relieves when all the positions are at `threshold` at `price`:
    /// `price * sale * threshold`, each step rounded down. Positions that owe less than that for their collateral, by up to a quote
    /// atom each, are relieved of that much less.
    ///
    /// What is sold in time may be of positions that reach the threshold as late as that, so `price` is the one at which the slack
    /// of the first is used up, and `threshold` the least that may be in force. Spec: D29, T18.
    ///
    /// # Errors
    /// A value of 2^128 or more: [`Error::Overflow`].
    ///
    /// # Examples
    /// ```
    /// use damper::solvency::AtThreshold;
    /// use damper::{price::Price, ratio::Ratio, units::{Amount, Value}};
    /// let (price, threshold) = (Price::from_fraction_floor(5, 2)?, Ratio::from_fraction_floor(3, 4)?);
    /// // 7 at 2.5 are 17.5, of which 17 count; 3/4 of it are 12.75.
    /// assert_eq!(AtThreshold::relieved_floor(price, Amount::new(7), threshold)?, Value::new(12));
    /// assert_eq!(AtThreshold::relieved_floor(price, Amount::new(8), threshold)?, Value::new(15));
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn relieved_floor(price: Price, sale: Amount, threshold: Ratio) -> Result<Value, Error> {
        price.value_floor(sale)?.mul_floor(threshold)
    }

    /// The part of an unsold debt that the collateral of positions at the threshold when the crash begins does not cover at the
    /// bottom, `max(0, 1 - (1 - fall) / threshold)`, rounded up. Of any that reach it later it is less.
    ///
    /// # Errors
    /// `threshold` zero: [`Error::ThresholdZero`]. `fall` above one: [`Error::FallAboveOne`].
    ///
    /// # Examples
    /// ```
    /// use damper::solvency::AtThreshold;
    /// use damper::{Error, ratio::Ratio, units::Value};
    /// let part = Ratio::from_fraction_floor;
    /// let positions = AtThreshold { threshold: part(3, 4)?, relieved: Value::ZERO, fall: part(1, 2)? };
    /// // Half of 4/3 covers two thirds.
    /// assert_eq!(positions.loss_ceil()?, Ratio::from_fraction_ceil(1, 3)?);
    /// assert_eq!(AtThreshold { fall: part(1, 4)?, ..positions }.loss_ceil()?, Ratio::ZERO);
    /// assert_eq!(AtThreshold { threshold: Ratio::ZERO, ..positions }.loss_ceil(), Err(Error::ThresholdZero));
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn loss_ceil(&self) -> Result<Ratio, Error> {
        Ok(Ratio::ONE.excess_over(self.covered_floor()?))
    }

    /// `(1 - fall) / threshold`, or the largest ratio where that is less.
    fn covered_floor(&self) -> Result<Ratio, Error> {
        if self.threshold == Ratio::ZERO {
            return Err(Error::ThresholdZero);
        }
        let left = Ratio::ONE.checked_sub(self.fall).map_err(|_| Error::FallAboveOne)?;
        Ok(left.div_floor(self.threshold).unwrap_or(Ratio::MAX))
    }

    /// The most bad debt of `debt`, at whatever prices the positions reach their threshold: with `k = (1 - fall) / threshold`
    /// and `x` the highest price of any that lose, as a part of that at the start, the maximum over `x` of
    ///
    /// ```text
    /// max(0, debt - relieved * x) * max(0, 1 - k / x),   x <= 1
    /// ```
    ///
    /// which is at `x = 1` if `relieved <= k * debt`, and else `debt * (1 - sqrt(k * relieved / debt))^2`, zero where the root
    /// is above one; rounded up, never falling with the debt. Spec: D29, T18.
    ///
    /// # Errors
    /// As [`AtThreshold::loss_ceil`].
    ///
    /// # Examples
    /// ```
    /// use damper::solvency::AtThreshold;
    /// use damper::{ratio::Ratio, units::Value};
    /// let part = Ratio::from_fraction_floor;
    /// let positions = AtThreshold { threshold: part(3, 4)?, relieved: Value::new(400), fall: part(1, 2)? };
    /// // 1,000 of debt on 1,333 of collateral; 600 stay, on 800 that are worth 400 at the bottom.
    /// assert_eq!(positions.bad_debt_ceil(Value::new(1_000))?, Value::new(201));
    /// assert_eq!(positions.debt_floor(Value::new(201))?, Some(Value::new(1_002)));
    /// // 400 of debt are all relieved at the first price. At 0.8165 of it 73 stay of those that reach their threshold there,
    /// // and lose 0.1835 of themselves.
    /// assert_eq!(positions.bad_debt_ceil(Value::new(400))?, Value::new(14));
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn bad_debt_ceil(&self, debt: Value) -> Result<Value, Error> {
        let covered = self.covered_floor()?;
        let loss = Ratio::ONE.excess_over(covered);
        let at_first = |debt: Value| debt.excess_over(self.relieved).mul_ceil(loss);
        // For an integer: above the product exactly when above its floor. A product beyond the type is above it.
        if loss == Ratio::ZERO || debt.mul_floor(covered).map_or(true, |most| self.relieved <= most) {
            return at_first(debt);
        }
        let saved = self.relieved.mul_floor(covered)?;
        if saved >= debt {
            return Ok(Value::ZERO);
        }
        let part = saved.ratio_floor(debt)?;
        let rest = Ratio::ONE.excess_over(Ratio::narrow(isqrt_floor(part.wide() << Ratio::FRAC_BITS))?);
        let later = debt.mul_ceil(rest)?.mul_ceil(rest)?;
        // The least debt whose maximum is at the first price has no less.
        match self.relieved.div_ceil(covered) {
            Ok(debt) => Ok(later.min(at_first(debt)?)),
            Err(_) => Ok(later),
        }
    }

    /// The largest debt whose [`AtThreshold::bad_debt_ceil`] is at most `tolerated`; `None` if any is. A debt of 2^128 or more
    /// counts as any. At most 129 trials.
    ///
    /// # Errors
    /// As [`AtThreshold::loss_ceil`].
    ///
    /// # Examples
    /// See [`AtThreshold::bad_debt_ceil`].
    pub fn debt_floor(&self, tolerated: Value) -> Result<Option<Value>, Error> {
        let loss = self.loss_ceil()?;
        if self.bad_debt_ceil(Value::new(u128::MAX))? <= tolerated {
            return Ok(None);
        }
        // ceil(rest * loss) <= tolerated iff rest * loss <= tolerated, an integer: the answer if its maximum is at the first price.
        let rest = shl_div_floor(tolerated.get(), Ratio::FRAC_BITS, loss.wide()).map(Value::new);
        if let Ok(debt) = rest.and_then(|rest| rest.checked_add(self.relieved))
            && self.bad_debt_ceil(debt)? <= tolerated
        {
            return Ok(Some(debt));
        }
        let (mut most, mut bit) = (0_u128, 1_u128 << 127);
        while bit > 0 {
            if self.bad_debt_ceil(Value::new(most | bit))? <= tolerated {
                most |= bit;
            }
            bit >>= 1;
        }
        Ok(Some(Value::new(most)))
    }
}

form!(Crash { slack: Ratio, step: Ratio, noise: Ratio, held: Ratio, piece: Ratio });
form!(AtThreshold { threshold: Ratio, relieved: Value, fall: Ratio });
