//! What pushing the price costs, and what the rules let an attacker collect.
//!
//! An attacker sells into the book until positions can be liquidated, takes them at a discount, and sells what he took
//! once the price is back. The push costs him at least the area of the book over the fall; the ledger, the clearing price
//! and the limit on rewards bound what he collects. Where the second never exceeds the first, no push pays.

use crate::book::{Book, Shape};
use crate::error::Error;
use crate::forms::form;
use crate::ledger::LedgerConfig;
use crate::num::{isqrt_ceil, isqrt_floor, mul_div_ceil, mul_div_floor};
use crate::price::Price;
use crate::ratio::Ratio;
use crate::units::{Amount, Seconds, Value};
use crate::word::product;

/// A move of the price, as a part of the price before it.
///
/// # Examples
/// See [`least_cost_floor`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case", deny_unknown_fields))]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema), schemars(transform = crate::forms::described))]
#[cfg_attr(feature = "borsh", derive(borsh::BorshSerialize, borsh::BorshDeserialize))]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub enum Push {
    /// From `P` to `P (1 - fall)`, on a book of bids.
    Down(Ratio),
    /// From `P` to `P (1 + rise)`, on a book of asks: a grid point is then `p / P - 1`.
    Up(Ratio),
}

/// What an attacker can collect after a push down.
///
/// # Examples
/// See [`no_profitable_push`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Spoils<const N: usize> {
    /// The ledger, after its share.
    pub ledger: LedgerConfig,
    /// The book that sales are certified on, at its deepest while the attacker collects.
    pub credible: Book<N>,
    /// The price before the push.
    pub price: Price,
    /// Drawdown before the push that the ledger counts, or will count once the window has seen the present price.
    pub fallen: Ratio,
    /// How long the attacker collects, from a time at which no lot was open and no sale unshown to the last take.
    pub lasting: Seconds,
    /// Time that a price must have been held before the ledger counts it; a shorter push earns no drawdown. Less twice the
    /// longest age of a source where the price is one of few sources (T13 (vi)); zero if in doubt.
    pub wick: Seconds,
    /// Largest bonus, relative to the debt repaid; zero where lots are sold by auction alone.
    pub bonus: Ratio,
    /// Least part of the pushed price that a lot brings ([`crate::auction::Terms::clearing_price_floor`]), at most one.
    pub clearing: Ratio,
    /// Most that keepers are paid, as a part of what is sold: `share * penalty` of [`crate::keeper`].
    pub reward: Ratio,
}

/// What can be liquidated from a fall on.
///
/// # Examples
/// See [`push_verdict`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Reach {
    /// The fall, above zero.
    pub from: Ratio,
    /// Collateral that can be sold at this fall and up to the next, in all, at the price before the push.
    pub value: Value,
}

/// A push with bounds on what it costs and what it collects.
///
/// # Examples
/// See [`push_verdict`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Case {
    /// The fall or the rise.
    pub by: Ratio,
    /// The least it costs.
    pub costs: Value,
    /// The most it collects.
    pub collects: Value,
}

/// Whether a push can pay.
///
/// # Examples
/// See [`push_verdict`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case", deny_unknown_fields))]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema), schemars(transform = crate::forms::described))]
#[cfg_attr(feature = "borsh", derive(borsh::BorshSerialize, borsh::BorshDeserialize))]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[must_use = "a market in which a push pays will be pushed"]
pub enum Verdict {
    /// None does. The case with the least difference, of equal ones the first.
    Never(Case),
    /// The first case in which the bounds do not exclude it.
    Pays(Case),
}

/// Parts that the rises of a pump are cut into.
const STEPS: u64 = 16;
/// Fractional bits of a root of a price factor: a factor of 48 bits, times 2^60, has a root of 54.
const ROOT_BITS: u32 = 54;
const ROOT_ONE: u128 = 1 << ROOT_BITS;

/// The least cost of a push: the area of the book between the price and the pushed one, rounded down, in quote atoms.
///
/// It is what was sold times the price, less its proceeds (for a push up: what was spent less the price of what it
/// bought): the loss of an attacker whose trades others answer at the price before the push, so that he restores his
/// holding at that price. Whoever can trade back along the same book before anybody else trades pays the fees alone;
/// of him this says nothing. With `F = 1 - fall` or `1 + rise`, `x` the reserve, `Q_k` the grid's quantities:
///
/// ```text
/// constant product:  x P (1 - sqrt F)^2 / sqrt F
/// grid, down:        sum over k with g_k < fall / (1 - fall) of  (Q_k - Q_(k-1)) P g_(k-1) / (1 + g_(k-1)),   g_0 = 0
/// grid, up:          sum over k with g_k < rise              of  (Q_k - Q_(k-1)) P g_(k-1)
/// ```
///
/// Exact but for the rounding on a constant product; on a grid each quantity counts at the near end of its interval, so
/// what lies within the first point counts as nothing. It never falls with the push. Loop bound: `N`. Spec: D27, T12.
///
/// # Errors
/// A fall of one or more, or a rise of 65,535 or more: [`Error::PushRange`]. A book worth 2^128 or more: [`Error::Overflow`].
///
/// # Examples
/// ```
/// use damper::attack::{Push, least_cost_floor};
/// use damper::book::{Shape, Snapshot};
/// use damper::{price::Price, ratio::Ratio, units::{Amount, Value}};
/// let pool = Snapshot::ConstantProduct { reserve: Amount::new(1_000_000) };
/// let book = Shape::<1>::ConstantProduct.measure_floor(&pool)?;
/// let price = Price::from_fraction_floor(1, 1)?;
/// // Down to 1/4: a million base atoms sold for half a million.
/// let quarter = Push::Down(Ratio::from_fraction_floor(3, 4)?);
/// assert_eq!(least_cost_floor(&book, price, quarter)?, Value::new(500_000));
/// // Up to 4: half a million bought for a million.
/// let four = Push::Up(Ratio::from_fraction_floor(3, 1)?);
/// assert_eq!(least_cost_floor(&book, price, four)?, Value::new(500_000));
/// # Ok::<(), damper::Error>(())
/// ```
pub fn least_cost_floor<const N: usize>(book: &Book<N>, price: Price, push: Push) -> Result<Value, Error> {
    let factor = match push {
        Push::Down(fall) if fall < Ratio::ONE => Ratio::ONE.checked_sub(fall)?,
        Push::Down(_) => return Err(Error::PushRange),
        Push::Up(rise) => Ratio::ONE.checked_add(rise).map_err(|_| Error::PushRange)?,
    };
    match book.shape() {
        Shape::ConstantProduct => {
            let reserve = book.quantity().first().copied().ok_or(Error::GridNotRising)?;
            let area = pool_area_floor(factor, push)?;
            mul_div_floor(price.value_floor(reserve)?.get(), area, ROOT_ONE).map(Value::new)
        }
        Shape::Grid(points) => {
            let (mut near, mut counted, mut area) = (Ratio::ZERO, Amount::ZERO, Value::ZERO);
            for (&point, &quantity) in points.iter().zip(book.quantity()) {
                let passed = match push {
                    // g < fall / (1 - fall), exact.
                    Push::Down(fall) => {
                        product(point.to_bits(), factor.to_bits()) < product(fall.to_bits(), Ratio::ONE.to_bits())
                    }
                    Push::Up(rise) => point < rise,
                };
                if !passed {
                    break;
                }
                let worth = price.value_floor(quantity.excess_over(counted))?;
                let lost = match push {
                    Push::Down(_) => near.div_floor(Ratio::ONE.checked_add(near)?)?,
                    Push::Up(_) => near,
                };
                area = area.checked_add(worth.mul_floor(lost)?)?;
                (near, counted) = (point, quantity.max(counted));
            }
            Ok(area)
        }
    }
}

/// `(1 - sqrt F)^2 / sqrt F` for the factor `F` on the price, on 54 fractional bits, rounded down.
///
/// It falls with the root below one and rises above it: the root is rounded toward one.
fn pool_area_floor(factor: Ratio, push: Push) -> Result<u128, Error> {
    // Below 2^64 * 2^60; the root is at least 2^30, and at most 2^62.
    let wide = product(factor.to_bits(), 1 << 60);
    let root = match push {
        Push::Down(_) => isqrt_ceil(wide),
        Push::Up(_) => isqrt_floor(wide),
    };
    let away = ROOT_ONE.abs_diff(root);
    mul_div_floor(away, away, root)
}

impl<const N: usize> Spoils<N> {
    /// Whether the parts are in range.
    ///
    /// # Errors
    /// `clearing` above one: [`Error::PushClearing`].
    ///
    /// # Examples
    /// ```
    /// use damper::attack::Spoils;
    /// use damper::book::{Shape, Snapshot};
    /// use damper::ledger::{LedgerConfig, LedgerParams};
    /// use damper::{Error, price::Price, ratio::Ratio, units::{Amount, Rate, Seconds}};
    /// let burst = Ratio::from_fraction_floor(1, 4)?;
    /// let ledger = LedgerParams { burst, leak: Rate::ZERO, own_share: Ratio::ZERO, kappa: Ratio::ONE };
    /// let pool = Snapshot::ConstantProduct { reserve: Amount::new(1_000) };
    /// let spoils = Spoils {
    ///     ledger: LedgerConfig::new(ledger)?, credible: Shape::<1>::ConstantProduct.measure_floor(&pool)?,
    ///     price: Price::from_fraction_floor(1, 1)?, fallen: Ratio::ZERO, lasting: Seconds::ZERO, wick: Seconds::ZERO,
    ///     bonus: Ratio::ZERO, clearing: Ratio::ONE, reward: Ratio::ZERO,
    /// };
    /// assert_eq!(spoils.check(), Ok(()));
    /// let above = Ratio::ONE.checked_add(Ratio::ULP)?;
    /// assert_eq!(Spoils { clearing: above, ..spoils }.check(), Err(Error::PushClearing));
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn check(&self) -> Result<(), Error> {
        if self.clearing > Ratio::ONE { Err(Error::PushClearing) } else { Ok(()) }
    }

    /// The most that is collected after a fall, if collateral worth at most `reach` can be liquidated, in quote atoms.
    ///
    /// ```text
    /// A      = B + r lasting + h (fallen + fall)            h fallen alone if lasting < wick
    /// sold   = min(reach, A / slope),   slope = 2 / (x P) for a constant product, min_k g_k / (Q_k P) for a grid
    /// rho    = min(clearing, 1 / (1 + bonus))
    /// sold (1 - rho (1 - fall) + reward)
    /// ```
    ///
    /// `A` bounds the charges of any interval of that length (T-A, A1), and no sale of quantity `q` is charged less than
    /// `slope q P`, on however many snapshots. Whoever pays `rho` of the pushed price and sells at the price before the
    /// push keeps `1 - rho (1 - fall)`. Rounded up. Loop bound: `N`. Spec: D27, T12.
    ///
    /// # Errors
    /// As [`Spoils::check`]. A fall of one or more: [`Error::PushRange`]. Values of 2^128 or more, or impacts beyond the
    /// type: [`Error::Overflow`].
    ///
    /// # Examples
    /// See [`push_verdict`].
    pub fn collected_ceil(&self, fall: Ratio, reach: Value) -> Result<Value, Error> {
        self.check()?;
        let kept = Ratio::ONE.checked_sub(fall).map_err(|_| Error::PushRange)?;
        let most_sold = self.sold_ceil(fall)?.min(reach);
        let by_bonus = Ratio::ONE.div_floor(Ratio::ONE.checked_add(self.bonus)?)?;
        let paid = self.clearing.min(by_bonus).mul_floor(kept)?;
        most_sold.mul_ceil(Ratio::ONE.excess_over(paid).checked_add(self.reward)?)
    }

    /// What the ledger lets be sold in all, at the price before the push.
    fn sold_ceil(&self, fall: Ratio) -> Result<Value, Error> {
        let params = self.ledger.params();
        let earned = if self.lasting < self.wick { Ratio::ZERO } else { fall };
        let drawdown = self.fallen.checked_add(earned)?.min(Ratio::ONE);
        let leaked = params.leak.over(self.lasting)?;
        let impact = params.burst.checked_add(leaked)?.checked_add(params.own_share.mul_ceil(drawdown)?)?;
        let mut most = Value::ZERO;
        let two = Ratio::ONE.checked_add(Ratio::ONE)?;
        for (index, &quantity) in self.credible.quantity().iter().enumerate() {
            let point = match self.credible.shape() {
                Shape::ConstantProduct if index == 0 => two,
                Shape::ConstantProduct => break,
                Shape::Grid(points) => points.get(index).copied().ok_or(Error::GridNotRising)?,
            };
            let worth = self.price.value_ceil(quantity)?;
            most = most.max(mul_div_ceil(worth.get(), impact.wide(), point.wide()).map(Value::new)?);
        }
        Ok(most)
    }
}

/// Whether some push down pays, of any fall from the first of `reach` to `most`.
///
/// `market` is the book that the attacker sells into: at most what is really bid for in each interval of its grid (a
/// measured book over `kappa`, for one). Below the first `from` nothing can be liquidated, and a push collects nothing. Worst case: one entry
/// with the least push that is looked at and all that a [`Value`] holds.
///
/// No fall between is left out: on a constant product the quotient of what is collected and what it costs does not rise
/// within an entry, so that its first fall decides; on a grid the cost stands still between the points, and what is
/// collected rises, so that the last fall before each point decides. Loop bound: entries times `(N + 1)^2`. Spec: D27, T12.
///
/// # Errors
/// `most` one or more, or below the last `from`: [`Error::PushRange`]. No entry, a first fall of zero, falls that do not rise
/// strictly, or values that fall: [`Error::PushReachOrder`]. Otherwise as [`least_cost_floor`] and
/// [`Spoils::collected_ceil`].
///
/// # Examples
/// ```
/// use damper::attack::{Case, Reach, Spoils, Verdict, push_verdict};
/// use damper::book::{Shape, Snapshot};
/// use damper::ledger::{LedgerConfig, LedgerParams};
/// use damper::{price::Price, ratio::Ratio, units::{Amount, Rate, Seconds, Value}};
/// let part = Ratio::from_fraction_floor;
/// let pool = |reserve| Shape::<1>::ConstantProduct.measure_floor(&Snapshot::ConstantProduct { reserve: Amount::new(reserve) });
/// let ledger = LedgerConfig::new(LedgerParams {
///     burst: part(1, 4)?, leak: Rate::ZERO, own_share: Ratio::ZERO, kappa: Ratio::ONE,
/// })?;
/// let spoils = Spoils {
///     ledger, credible: pool(1_000)?, price: Price::from_fraction_floor(1, 1)?, fallen: Ratio::ZERO,
///     lasting: Seconds::ZERO, wick: Seconds::ZERO, bonus: Ratio::ZERO, clearing: part(1, 2)?, reward: Ratio::ZERO,
/// };
/// // From a fall to 1/4 on, collateral worth 100 can be sold, in lots that bring half of the pushed price: of 100 an attacker
/// // pays at least 1/4 * 1/2, and keeps 87.5. The push costs him half of the reserve.
/// let reach = [Reach { from: part(3, 4)?, value: Value::new(100) }];
/// let case = |costs, collects| Case { by: reach[0].from, costs: Value::new(costs), collects: Value::new(collects) };
/// let verdict = |reserve| push_verdict(&pool(reserve)?, &spoils, &reach, part(3, 4)?);
/// assert_eq!(verdict(200)?, Verdict::Never(case(100, 88)));
/// assert_eq!(verdict(100)?, Verdict::Pays(case(50, 88)));
/// # Ok::<(), damper::Error>(())
/// ```
pub fn push_verdict<const M: usize, const N: usize>(
    market: &Book<M>,
    spoils: &Spoils<N>,
    reach: &[Reach],
    most: Ratio,
) -> Result<Verdict, Error> {
    check_reach(reach, most)?;
    let mut worst = Worst(None);
    let ends = reach.iter().skip(1).map(|next| next.from).chain([most]);
    for (entry, end) in reach.iter().zip(ends) {
        let mut decide = |cost_at: Ratio, by: Ratio| -> Result<bool, Error> {
            let costs = least_cost_floor(market, spoils.price, Push::Down(cost_at))?;
            Ok(worst.see(Case { by, costs, collects: spoils.collected_ceil(by, entry.value)? }))
        };
        let pays = match market.shape() {
            Shape::ConstantProduct => decide(entry.from, entry.from)?,
            Shape::Grid(points) => {
                let mut pays = false;
                for &point in points {
                    // The point is passed by falls above g / (1 + g).
                    let whole = Ratio::ONE.checked_add(point)?;
                    let (before, after) = (point.div_floor(whole)?, point.div_ceil(whole)?);
                    if before >= entry.from && before < end {
                        pays = pays || decide(before, after.min(end))?;
                    }
                }
                pays || decide(end, end)?
            }
        };
        if pays {
            break;
        }
    }
    worst.verdict()
}

/// Refuses a configuration under which [`push_verdict`] does not exclude that a push pays; otherwise the case with the
/// least difference of cost and what is collected.
///
/// # Errors
/// A push can pay: [`Error::AttackPays`]; [`push_verdict`] names the fall. Otherwise as [`push_verdict`].
///
/// # Examples
/// A pool of 10,000,000 a side; a ledger of `B` = 1/4 %, `h` = 1/8 on half of it; lots that bring 98 % of the price.
/// ```
/// use damper::attack::{Reach, Spoils, no_profitable_push};
/// use damper::book::{Shape, Snapshot};
/// use damper::ledger::{LedgerConfig, LedgerParams};
/// use damper::{Error, price::Price, ratio::Ratio, units::{Amount, Rate, Seconds, Value}};
/// let pool = |reserve| Shape::<1>::ConstantProduct.measure_floor(&Snapshot::ConstantProduct { reserve: Amount::new(reserve) });
/// let bps = Ratio::from_bps_floor;
/// let ledger = LedgerConfig::new(LedgerParams {
///     burst: bps(25)?, leak: Rate::ZERO, own_share: bps(1_250)?, kappa: Ratio::ONE,
/// })?;
/// let spoils = Spoils {
///     ledger, credible: pool(5_000_000)?, price: Price::from_fraction_floor(1, 1)?, fallen: Ratio::ZERO,
///     lasting: Seconds::ZERO, wick: Seconds::ZERO, bonus: Ratio::ZERO, clearing: bps(9_800)?, reward: Ratio::ZERO,
/// };
/// // Whatever can be liquidated from a fall of 2 % on, no push pays.
/// let reach = |from| Ok::<_, Error>([Reach { from: bps(from)?, value: Value::new(u128::MAX) }]);
/// let margin = no_profitable_push(&pool(10_000_000)?, &spoils, &reach(200)?, bps(9_000)?)?;
/// // 1,020 at least for 496 at most.
/// assert_eq!((margin.costs, margin.collects), (Value::new(1_020), Value::new(496)));
/// // A push of 1 % would.
/// assert_eq!(no_profitable_push(&pool(10_000_000)?, &spoils, &reach(100)?, bps(9_000)?), Err(Error::AttackPays));
/// # Ok::<(), damper::Error>(())
/// ```
pub fn no_profitable_push<const M: usize, const N: usize>(
    market: &Book<M>,
    spoils: &Spoils<N>,
    reach: &[Reach],
    most: Ratio,
) -> Result<Case, Error> {
    refuse(push_verdict(market, spoils, reach, most)?)
}

/// What is borrowed against collateral at a raised price beyond what the collateral is worth at the true one, rounded up:
/// `max(0, max_ltv (1 + rise) value - value)`. Whoever borrows it leaves the collateral behind. Spec: D27, T12.
///
/// # Errors
/// A rise of 65,535 or more: [`Error::PushRange`]. A product of 2^128 or more: [`Error::Overflow`].
///
/// # Examples
/// ```
/// use damper::{attack::borrowed_ceil, ratio::Ratio, units::Value};
/// let part = Ratio::from_fraction_floor;
/// // Three quarters of twice 1,000 are 1,500, 500 more than the collateral is worth.
/// assert_eq!(borrowed_ceil(Value::new(1_000), Ratio::ONE, part(3, 4)?)?, Value::new(500));
/// assert_eq!(borrowed_ceil(Value::new(1_000), part(1, 4)?, part(3, 4)?)?, Value::ZERO);
/// # Ok::<(), damper::Error>(())
/// ```
pub fn borrowed_ceil(collateral: Value, rise: Ratio, max_ltv: Ratio) -> Result<Value, Error> {
    let factor = Ratio::ONE.checked_add(rise).map_err(|_| Error::PushRange)?;
    Ok(collateral.mul_ceil(factor)?.mul_ceil(max_ltv)?.excess_over(collateral))
}

/// Whether raising the price pays, by any rise up to `most`, for whoever borrows at `max_ltv` against `collateral`.
///
/// `market` is the book of asks, or the pool; `collateral` the most that one may borrow against, at the price before.
/// Nothing is gained up to a rise of `1 / max_ltv - 1`; from there to `most` the rises are cut into 16 parts, and what is
/// borrowed at the end of each is compared with what its beginning costs: both rise, so no rise between is left out.
/// Loop bound: 16. Spec: D27, T12.
///
/// # Errors
/// As [`least_cost_floor`] and [`borrowed_ceil`].
///
/// # Examples
/// ```
/// use damper::attack::{Case, Verdict, pump_verdict};
/// use damper::book::{Shape, Snapshot};
/// use damper::{Error, price::Price, ratio::Ratio, units::{Amount, Value}};
/// let pool = Snapshot::ConstantProduct { reserve: Amount::new(1_000_000) };
/// let book = Shape::<1>::ConstantProduct.measure_floor(&pool)?;
/// let (price, part) = (Price::from_fraction_floor(1, 1)?, Ratio::from_fraction_floor);
///
/// // Up to four times the price, at a loan-to-value ratio of one half, against collateral worth 100,000. Nothing is gained
/// // below a rise of one; from there to three there are 16 steps. The first has a cost of 1,000,000 (sqrt 2 - 1)^2 / sqrt 2, and
/// // 100,000 (1/2 (2 + 1/8) - 1) borrowed at its end.
/// let Verdict::Never(first) = pump_verdict(&book, price, Value::new(100_000), part(1, 2)?, part(3, 1)?)? else {
///     panic!("a pump pays")
/// };
/// assert_eq!(first, Case { by: part(9, 8)?, costs: Value::new(121_320), collects: Value::new(6_250) });
/// // Against 10,000,000 it pays.
/// let Verdict::Pays(case) = pump_verdict(&book, price, Value::new(10_000_000), part(1, 2)?, part(3, 1)?)? else {
///     panic!("no pump pays")
/// };
/// assert_eq!((case.by, case.collects), (part(9, 8)?, Value::new(625_000)));
/// # Ok::<(), damper::Error>(())
/// ```
pub fn pump_verdict<const N: usize>(
    market: &Book<N>,
    price: Price,
    collateral: Value,
    max_ltv: Ratio,
    most: Ratio,
) -> Result<Verdict, Error> {
    // A quotient beyond the type, or by zero, is beyond every rise.
    let first = Ratio::ONE.div_floor(max_ltv).map_or(most, |least| least.excess_over(Ratio::ONE).min(most));
    let (mut from, mut worst) = (first, Worst(None));
    let width = most.excess_over(first).to_bits().div_ceil(STEPS);
    for _ in 0..STEPS {
        let to = from.checked_add(Ratio::from_bits(width)).map_or(most, |to| to.min(most));
        let costs = least_cost_floor(market, price, Push::Up(from))?;
        if worst.see(Case { by: to, costs, collects: borrowed_ceil(collateral, to, max_ltv)? }) {
            break;
        }
        from = to;
    }
    worst.verdict()
}

/// Refuses what [`pump_verdict`] does not exclude.
///
/// # Errors
/// A rise can pay: [`Error::AttackPays`]. Otherwise as [`pump_verdict`].
///
/// # Examples
/// ```
/// use damper::attack::{no_profitable_pump};
/// use damper::book::{Shape, Snapshot};
/// use damper::{Error, price::Price, ratio::Ratio, units::{Amount, Value}};
/// let pool = Snapshot::ConstantProduct { reserve: Amount::new(1_000_000) };
/// let book = Shape::<1>::ConstantProduct.measure_floor(&pool)?;
/// let (price, part) = (Price::from_fraction_floor(1, 1)?, Ratio::from_fraction_floor);
///
/// // The cases of [`damper::attack::pump_verdict`]: 121,320 for 6,250 at the first step, and for 625,000.
/// let most = part(3, 1)?;
/// let margin = no_profitable_pump(&book, price, Value::new(100_000), part(1, 2)?, most)?;
/// assert_eq!((margin.costs, margin.collects), (Value::new(121_320), Value::new(6_250)));
/// assert_eq!(no_profitable_pump(&book, price, Value::new(10_000_000), part(1, 2)?, most), Err(Error::AttackPays));
/// # Ok::<(), damper::Error>(())
/// ```
pub fn no_profitable_pump<const N: usize>(
    market: &Book<N>,
    price: Price,
    collateral: Value,
    max_ltv: Ratio,
    most: Ratio,
) -> Result<Case, Error> {
    refuse(pump_verdict(market, price, collateral, max_ltv, most)?)
}

/// The case with the least difference of cost and what is collected, of those seen.
struct Worst(Option<Case>);

impl Worst {
    /// Keeps the worse one; whether it pays.
    fn see(&mut self, case: Case) -> bool {
        let pays = case.collects > case.costs;
        let spare = |case: Case| case.costs.excess_over(case.collects);
        if pays || self.0.is_none_or(|worst| spare(case) < spare(worst)) {
            self.0 = Some(case);
        }
        pays
    }

    fn verdict(self) -> Result<Verdict, Error> {
        let case = self.0.ok_or(Error::PushReachOrder)?;
        Ok(if case.collects > case.costs { Verdict::Pays(case) } else { Verdict::Never(case) })
    }
}

fn refuse(verdict: Verdict) -> Result<Case, Error> {
    match verdict {
        Verdict::Never(case) => Ok(case),
        Verdict::Pays(_) => Err(Error::AttackPays),
    }
}

fn check_reach(reach: &[Reach], most: Ratio) -> Result<(), Error> {
    let mut last = Reach { from: Ratio::ZERO, value: Value::ZERO };
    for entry in reach {
        if entry.from <= last.from || entry.value < last.value {
            return Err(Error::PushReachOrder);
        }
        last = *entry;
    }
    if last.from == Ratio::ZERO {
        return Err(Error::PushReachOrder);
    }
    if most >= Ratio::ONE || most < last.from { Err(Error::PushRange) } else { Ok(()) }
}

form!(@[const N: usize] Spoils<N> {
    ledger: LedgerConfig,
    credible: Book<N>,
    price: Price,
    fallen: Ratio,
    lasting: Seconds,
    wick: Seconds,
    bonus: Ratio,
    clearing: Ratio,
    reward: Ratio,
});
form!(Reach { from: Ratio, value: Value });
form!(Case { by: Ratio, costs: Value, collects: Value });
