//! Several markets that move each other: the matrix of cross impacts.
//!
//! A sale charged `a` in market `j` moves the log-price of market `i` by at most `c_ij * a`; `c_jj` is the `kappa` of market
//! `j`. With a ledger `(B_j, r_j, h_j)` for each market, `X` and `MDD` vectors and `b_j = B_j + r_j * n + 2 * h_j * eps_j`,
//!
//! ```text
//! MDD <= X + C (b + h MDD)        componentwise
//! ```
//!
//! If every row of `C diag(h)` sums to less than one, all drawdowns are bounded. That each market alone has
//! `kappa_j * h_j < 1` is not enough: two markets can drive each other down.

use crate::bytes::{on_its_own, stored, stored_array, stored_as};
use crate::coordination::Budget;
use crate::error::Error;
use crate::ledger::Exposure;
use crate::num::{mul_div_floor, shr_ceil};
use crate::ratio::Ratio;
use crate::word::product;

/// What [`CrossImpact::new`] checks.
///
/// # Examples
/// See [`CrossImpact::new`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct CrossImpactParams<const M: usize> {
    /// `impacts[i][j]` is `c_ij`: how far a charge in market `j` moves the log-price of market `i`, at most. The diagonal
    /// is the `kappa` of each market, at least one.
    pub impacts: [[Ratio; M]; M],
    /// The budgets of the ledger in each market; of all sellers together, if there are several.
    pub budgets: [Budget; M],
}

/// Checked cross impacts: every row of `C diag(h)` sums to less than one.
///
/// # Examples
/// See [`CrossImpact::new`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct CrossImpact<const M: usize> {
    params: CrossImpactParams<M>,
    /// The largest row sum of `C diag(h)`, rounded up, below one.
    gain: Ratio,
}

impl<const M: usize> CrossImpact<M> {
    /// Checks the matrix with the own shares. `M^2` products, exact; each row sum is rounded up once. Spec: D19.
    ///
    /// # Errors
    /// A diagonal entry below one: [`Error::KappaBelowOne`]. A row of `C diag(h)` that sums to one or more, rounded up:
    /// [`Error::CrossImpactGain`].
    ///
    /// # Examples
    /// ```
    /// use damper::assets::{CrossImpact, CrossImpactParams};
    /// use damper::coordination::Budget;
    /// use damper::ledger::Exposure;
    /// use damper::{Error, ratio::Ratio, units::{Rate, Seconds}};
    /// let part = |n: u128, d: u128| Ratio::from_fraction_floor(n, d);
    /// let budget = Budget { burst: part(1, 128)?, leak: Rate::ZERO, own_share: part(1, 4)? };
    /// // A sale in one market moves the other by half as much.
    /// let impacts = [[Ratio::ONE, part(1, 2)?], [part(1, 2)?, Ratio::ONE]];
    /// let markets = CrossImpact::new(CrossImpactParams { impacts, budgets: [budget; 2] })?;
    /// assert_eq!(markets.params().impacts, impacts);
    /// let calm = Exposure { exogenous: Ratio::ZERO, noise: Ratio::ZERO, elapsed: Seconds::new(60) };
    /// let falls = [Exposure { exogenous: part(1, 8)?, ..calm }, calm];
    /// // Largest: (1/8 + 3/256) / (1 - 3/8). Then by rounds of m = X + C (b + h m) towards 0.202 and 0.049.
    /// assert_eq!(markets.bound_ceil(&falls, 0)?, [Ratio::from_fraction_ceil(35 * 8, 256 * 5)?; 2]);
    /// let [first, second] = markets.bound_ceil(&falls, 20)?;
    /// assert!(first < part(203, 1_000)? && second < part(50, 1_000)?);
    ///
    /// // Each alone passes (3/4 < 1), together they do not (3/4 + 3/8 > 1).
    /// let steep = Budget { own_share: part(3, 4)?, ..budget };
    /// let refused = CrossImpact::new(CrossImpactParams { impacts, budgets: [steep; 2] });
    /// assert_eq!(refused, Err(Error::CrossImpactGain));
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn new(params: CrossImpactParams<M>) -> Result<CrossImpact<M>, Error> {
        check_diagonal(&params.impacts)?;
        let shares = params.budgets.map(|budget| budget.own_share);
        let gain = largest_row(&params.impacts, &shares).ok_or(Error::CrossImpactGain)?;
        match Ratio::narrow(shr_ceil(gain, Ratio::FRAC_BITS)) {
            Ok(gain) if gain < Ratio::ONE => Ok(CrossImpact { params, gain }),
            _ => Err(Error::CrossImpactGain),
        }
    }

    /// The parameters.
    ///
    /// # Examples
    /// See [`CrossImpact::new`].
    #[must_use]
    pub const fn params(&self) -> CrossImpactParams<M> {
        self.params
    }

    /// Bounds on the drawdown of each market, rounded up.
    ///
    /// With `y = X + C b` and `rho` the largest row sum: first `max(y) / (1 - rho)` for all, then in each of `rounds` rounds,
    /// market by market, the smaller of what is there and `X_i + sum_j c_ij (b_j + h_j m_j)`. What every round leaves is a
    /// bound; more rounds never raise it, and each brings it closer to the least one by a factor of `rho` or better. Units:
    /// log-price. `M^2 * (rounds + 1)` products. Spec: D19, T4.
    ///
    /// # Errors
    /// A result or a sum above [`Ratio::MAX`]: [`Error::Overflow`].
    ///
    /// # Examples
    /// See [`CrossImpact::new`].
    pub fn bound_ceil(&self, exposures: &[Exposure; M], rounds: u8) -> Result<[Ratio; M], Error> {
        let CrossImpactParams { impacts, budgets } = &self.params;
        let mut permitted = [Ratio::ZERO; M];
        for ((own, budget), exposure) in permitted.iter_mut().zip(budgets).zip(exposures) {
            *own = budget.additive_ceil(exposure.noise, exposure.elapsed)?;
        }
        let mut largest = Ratio::ZERO;
        for (row, exposure) in impacts.iter().zip(exposures) {
            largest = largest.max(moved_ceil(exposure.exogenous, row, permitted.iter().copied().map(Ok))?);
        }
        let mut bounds = [largest.div_ceil(Ratio::ONE.checked_sub(self.gain)?)?; M];
        for _ in 0..rounds {
            // A bound that this round has lowered is used at once.
            for (market, (row, exposure)) in (0..M).zip(impacts.iter().zip(exposures)) {
                let charges = permitted.iter().zip(budgets).zip(&bounds).map(|((own, budget), bound)| {
                    budget.own_share.mul_ceil(*bound).and_then(|earned| own.checked_add(earned))
                });
                let next = moved_ceil(exposure.exogenous, row, charges)?;
                if let Some(bound) = bounds.get_mut(market) {
                    *bound = next.min(*bound);
                }
            }
        }
        Ok(bounds)
    }
}

/// The largest common scale `s` of the own shares with which every row of `C diag(s h)` sums to less than one, rounded down:
/// `(1 - 2^-48) / rho`, `rho` the exact largest row sum of `C diag(h)`; [`Ratio::MAX`] at most.
///
/// Shares `floor(s h_j)` pass [`CrossImpact::new`]. Spec: D19.
///
/// # Errors
/// A diagonal entry below one: [`Error::KappaBelowOne`]. A share so large that a row sum is 2^32 or more:
/// [`Error::Overflow`].
///
/// # Examples
/// ```
/// use damper::{assets::largest_scale_floor, ratio::Ratio};
/// let part = |n: u128, d: u128| Ratio::from_fraction_floor(n, d);
/// let impacts = [[Ratio::ONE, part(1, 4)?], [part(1, 2)?, Ratio::ONE]];
/// let scale = largest_scale_floor(&impacts, &[part(1, 2)?, part(1, 2)?])?;
/// assert_eq!(scale, Ratio::from_bits((((1 << 48) - 1) * 4) / 3), "the second row sums to 3/4");
/// # Ok::<(), damper::Error>(())
/// ```
pub fn largest_scale_floor<const M: usize>(impacts: &[[Ratio; M]; M], own_shares: &[Ratio; M]) -> Result<Ratio, Error> {
    check_diagonal(impacts)?;
    let sum = largest_row(impacts, own_shares).ok_or(Error::Overflow)?;
    let below_one = Ratio::ONE.excess_over(Ratio::ULP).wide();
    // No own share at all, and a quotient of 2^64 or more, whether or not it fits 128 bits: the largest ratio.
    Ok(mul_div_floor(below_one, SQUARE, sum).and_then(Ratio::narrow).unwrap_or(Ratio::MAX))
}

/// One on the scale of a product of two ratios.
const SQUARE: u128 = 1 << 96;

fn check_diagonal<const M: usize>(impacts: &[[Ratio; M]; M]) -> Result<(), Error> {
    let sound = impacts.iter().enumerate().all(|(market, row)| row.get(market).is_some_and(|own| *own >= Ratio::ONE));
    if sound { Ok(()) } else { Err(Error::KappaBelowOne) }
}

/// The largest row sum of `C diag(h)`, exact, in steps of 2^-96; `None` from 2^32 on.
fn largest_row<const M: usize>(impacts: &[[Ratio; M]; M], own_shares: &[Ratio; M]) -> Option<u128> {
    impacts.iter().try_fold(0_u128, |largest, row| {
        let sum = row.iter().zip(own_shares).try_fold(0_u128, |sum, (impact, own_share)| {
            sum.checked_add(product(impact.to_bits(), own_share.to_bits()))
        })?;
        Some(largest.max(sum))
    })
}

/// `X_i + sum_j c_ij a_j`, each product rounded up.
fn moved_ceil(
    exogenous: Ratio,
    row: &[Ratio],
    charges: impl Iterator<Item = Result<Ratio, Error>>,
) -> Result<Ratio, Error> {
    row.iter().zip(charges).try_fold(exogenous, |sum, (impact, charge)| sum.checked_add(impact.mul_ceil(charge?)?))
}

stored_array!(@[const M: usize] [Ratio; M], [Ratio::ZERO; M]);
stored!(@[const M: usize] CrossImpactParams<M> { impacts: [[Ratio; M]; M], budgets: [Budget; M] }; mend |params| {
    // Impacts of up to one, one on the own market, and own shares below a 256th.
    let budgets = params.budgets.map(|budget| Budget {
        burst: budget.burst.min(Ratio::ONE),
        own_share: Ratio::from_bits(budget.own_share.to_bits() >> 24),
        ..budget
    });
    let mut impacts = params.impacts.map(|row| row.map(|impact| impact.min(Ratio::ONE)));
    for (market, row) in impacts.iter_mut().enumerate() {
        if let Some(own) = row.get_mut(market) {
            *own = Ratio::ONE;
        }
    }
    CrossImpactParams { impacts, budgets }
});
stored_as!(@[const M: usize] CrossImpact<M> as CrossImpactParams<M>, |markets| markets.params, CrossImpact::new);

on_its_own! {
    /// Bytes of the stored form, `4 + 8 M^2 + 24 M`; the parameters alone, as [`CrossImpact::new`] takes them.
    @[const M: usize] CrossImpact<M>: CrossImpact, M
}
