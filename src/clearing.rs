//! The price of throttling: time to clear, bad debt, and how much may be open.
//!
//! A throttle charges at most `cap - level` at once and `leak` a second after that, so a backlog takes time. The time is
//! told from both sides: [`Throttle::clearing_floor`] is what no seller can undercut, [`Throttle::clearing_ceil`] what a
//! seller that offers a lot each round needs at most. The market stands still in both: the drawdown, and with it the cap,
//! and the book are those of the call. In the first what was sold stays in the price; the second holds while the snapshot of
//! the call stays, and when new ones show the same book again. `SPEC.md`, D20 and T8.

use crate::book::{Book, Shape};
use crate::bytes::{on_its_own, stored, stored_as};
use crate::depth::{Depth, DepthConfig};
use crate::error::Error;
use crate::exponential::exp_neg_ceil;
use crate::forms::{field, form};
use crate::ledger::{Ledger, LedgerConfig};
use crate::num::{mul_div_ceil, mul_div_floor};
use crate::price::Price;
use crate::ratio::Ratio;
use crate::units::{Amount, Decay, Rate, Seconds, Value};
use crate::wide::U256;

/// The relative fall `1 - exp(-x)` of a fall `x` of the log-price, rounded up: by less than 2^-48 + 2^-56, never above
/// `x` or one, never falling with `x`. Spec: T8.
///
/// # Errors
/// None in fact; [`Error::DecayAboveOne`] is the type's.
///
/// # Examples
/// ```
/// use damper::clearing::relative_fall_ceil;
/// use damper::ratio::Ratio;
/// // 1 - exp(-0.5) = 0.39346934028...
/// let fall = relative_fall_ceil(Ratio::from_fraction_floor(1, 2)?)?;
/// assert_eq!(fall.to_wad_ceil() / 10_u128.pow(8), 3_934_693_402);
/// assert_eq!(relative_fall_ceil(Ratio::ZERO)?, Ratio::ZERO);
/// # Ok::<(), damper::Error>(())
/// ```
pub fn relative_fall_ceil(log_fall: Ratio) -> Result<Ratio, Error> {
    // Less the most that it is above the exact power, 2^-56.
    let left = exp_neg_ceil(log_fall.to_bits()).saturating_sub(1 << 7);
    Ok(Ratio::ONE.excess_over(Decay::from_bits(left)?.to_ratio_floor()).min(log_fall))
}

/// What a position holds of the market's asset, and what it owes.
///
/// # Examples
/// See [`bad_debt_ceil`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Holding {
    /// Collateral, base atoms.
    pub collateral: Amount,
    /// Debt, quote atoms.
    pub debt: Value,
}

/// The most bad debt at a fall: the sum of `max(0, debt - collateral * price * (1 - fall))` over all positions, rounded up.
///
/// One pass over `positions`. With `fall` from [`relative_fall_ceil`] of [`LedgerConfig::bound_ceil`] and `price` the low
/// side at time 0 of theorem A, it bounds the bad debt of positions sold or valued at the bottom or above. Spec: T8.
///
/// # Errors
/// `fall` above one: [`Error::FallAboveOne`]. A value or the sum at or above 2^128 quote atoms: [`Error::Overflow`].
///
/// # Examples
/// ```
/// use damper::clearing::{Holding, bad_debt_ceil};
/// use damper::{price::Price, ratio::Ratio, units::{Amount, Value}};
/// let all = [(10, 600), (10, 400)].map(|(c, d)| Holding { collateral: Amount::new(c), debt: Value::new(d) });
/// let half = Ratio::from_fraction_ceil(1, 2)?;
/// // 10 at 100 are worth 500 after a fall by half: the first lacks 100, the second nothing.
/// assert_eq!(bad_debt_ceil(all, Price::from_decimal_floor(100, 0)?, half)?, Value::new(100));
/// # Ok::<(), damper::Error>(())
/// ```
pub fn bad_debt_ceil(positions: impl IntoIterator<Item = Holding>, price: Price, fall: Ratio) -> Result<Value, Error> {
    let left = Ratio::ONE.checked_sub(fall).map_err(|_| Error::FallAboveOne)?;
    let mut sum = Value::ZERO;
    for Holding { collateral, debt } in positions {
        let worth = price.value_floor(collateral)?.mul_floor(left)?;
        sum = sum.checked_add(debt.excess_over(worth))?;
    }
    Ok(sum)
}

/// The largest loan-to-value ratio that leaves no bad debt at a fall when the taker gets `bonus`: the largest `x` with
/// `x * (1 + bonus) <= 1 - fall`, rounded down. Spec: T8.
///
/// # Errors
/// `fall` above one: [`Error::FallAboveOne`]. A bonus of 65,535 or more: [`Error::Overflow`].
///
/// # Examples
/// ```
/// use damper::clearing::safe_ltv_floor;
/// use damper::ratio::Ratio;
/// let percent = |n: u32| Ratio::from_bps_floor(n * 100);
/// assert_eq!(safe_ltv_floor(Ratio::from_fraction_floor(1, 4)?, Ratio::from_fraction_floor(1, 2)?)?, percent(50)?);
/// # Ok::<(), damper::Error>(())
/// ```
pub fn safe_ltv_floor(fall: Ratio, bonus: Ratio) -> Result<Ratio, Error> {
    let left = Ratio::ONE.checked_sub(fall).map_err(|_| Error::FallAboveOne)?;
    left.div_floor(Ratio::ONE.checked_add(bonus)?)
}

/// How far the log-price may fall until the collateral no longer covers the debt with the bonus, rounded down.
///
/// With `own` the value of the market's asset and `g = ceil(debt * (1 + bonus)) - others` what it must cover, a lower
/// bound of `ln(own / g)`: `2 * (own - g) / (own + g)`, within 1 % of it for slacks up to 0.34. Zero if `own <= g`,
/// [`Ratio::MAX`] if nothing is to be covered. `others` is the value of other collateral, taken to stand still; zero is
/// the safe choice. Spec: D20.
///
/// # Errors
/// A value or a sum at or above 2^128 quote atoms, or a bonus of 65,535 or more: [`Error::Overflow`].
///
/// # Examples
/// ```
/// use damper::clearing::slack_floor;
/// use damper::{ratio::Ratio, units::Value};
/// let slack = slack_floor(Value::new(1_100), Value::ZERO, Value::new(900), Ratio::ZERO)?;
/// // 2 * 200 / 2,000 = 0.2; ln(11/9) = 0.20067.
/// assert!(slack.to_bits().abs_diff(Ratio::from_fraction_floor(1, 5)?.to_bits()) <= 1);
/// # Ok::<(), damper::Error>(())
/// ```
pub fn slack_floor(own: Value, others: Value, debt: Value, bonus: Ratio) -> Result<Ratio, Error> {
    let covered = debt.mul_ceil(Ratio::ONE.checked_add(bonus)?)?.excess_over(others);
    if covered.is_zero() {
        return Ok(Ratio::MAX);
    }
    double(own.excess_over(covered).ratio_floor(own.checked_add(covered)?)?)
}

/// The slack of a position at its liquidation threshold, a lower bound of `ln(1 / (threshold * (1 + bonus)))`; zero if
/// threshold and bonus leave no margin. Spec: D20.
///
/// # Errors
/// A threshold or a bonus so large that a sum or product is above [`Ratio::MAX`]: [`Error::Overflow`].
///
/// # Examples
/// ```
/// use damper::clearing::threshold_slack_floor;
/// use damper::ratio::Ratio;
/// let part = Ratio::from_fraction_floor;
/// // 3/4 times 1, and 1/2 times 3/2: 2 (1 - 3/4) / (1 + 3/4), rounded down; ln(4/3) = 0.28768 is more.
/// assert_eq!(threshold_slack_floor(part(3, 4)?, Ratio::ZERO)?, part(2, 7)?);
/// assert_eq!(threshold_slack_floor(part(1, 2)?, part(1, 2)?)?, part(2, 7)?);
/// // A bonus that takes all the collateral leaves no margin.
/// assert_eq!(threshold_slack_floor(part(1, 2)?, Ratio::ONE)?, Ratio::ZERO);
/// # Ok::<(), damper::Error>(())
/// ```
pub fn threshold_slack_floor(threshold: Ratio, bonus: Ratio) -> Result<Ratio, Error> {
    let covered = threshold.mul_ceil(Ratio::ONE.checked_add(bonus)?)?;
    double(Ratio::ONE.excess_over(covered).div_floor(Ratio::ONE.checked_add(covered)?)?)
}

fn double(half: Ratio) -> Result<Ratio, Error> {
    half.checked_add(half)
}

/// The time in which a log-price that falls by `fall` a second uses up `slack`, rounded down; `None` if it does not fall.
///
/// # Examples
/// ```
/// use damper::clearing::slack_time_floor;
/// use damper::{ratio::Ratio, units::{Rate, Seconds}};
/// let part = Ratio::from_fraction_floor;
/// // 16/64 at 3/64 a second last 5.33 seconds.
/// assert_eq!(slack_time_floor(part(1, 4)?, Rate::per_second(part(3, 64)?)), Some(Seconds::new(5)));
/// assert_eq!(slack_time_floor(part(1, 4)?, Rate::ZERO), None);
/// # Ok::<(), damper::Error>(())
/// ```
#[must_use]
pub fn slack_time_floor(slack: Ratio, fall: Rate) -> Option<Seconds> {
    slack.to_bits().checked_div(fall.get().to_bits()).map(Seconds::new)
}

/// A lower bound of `ln(1 + impact)`, `2 * impact / (2 + impact)`, rounded down.
///
/// With permanent impact, selling a quantity of this impact is charged at least so much in all, however it is split and
/// on whichever snapshots: each charge is at least the fall of the log-price that it pays for. Spec: T8.
///
/// # Errors
/// None in fact, the quotient being below two; [`Error::Overflow`] is the type's.
///
/// # Examples
/// ```
/// use damper::clearing::log_impact_floor;
/// use damper::ratio::Ratio;
/// // 2 * 1/2 / (2 + 1/2) = 0.4, rounded down; ln(3/2) = 0.40547.
/// let charged = log_impact_floor(Ratio::from_fraction_floor(1, 2)?)?;
/// assert_eq!(charged, Ratio::from_fraction_floor(2, 5)?);
/// assert!(charged < Ratio::from_fraction_ceil(2, 5)?);
/// # Ok::<(), damper::Error>(())
/// ```
pub fn log_impact_floor(impact: Ratio) -> Result<Ratio, Error> {
    let two = Ratio::ONE.wide().saturating_mul(2);
    Ratio::from_fraction_floor(impact.wide().saturating_mul(2), impact.wide().saturating_add(two))
}

/// The impact that may stay unused of `limit`, or of any part of it, because less is left than a sale of `least` takes, rounded
/// up; what was sold and paid for on this book is in both.
///
/// On a constant product `I(y + least) - I(y)` behind all that the limit permits, which is more than `I(least)`: a book is
/// thinner behind a sale. On a grid the room from the first sale behind which `least` does not fit below a point, up to that
/// point, the largest over the points below the limit and the limit itself. All of the limit if the pool is at its end.
/// Spec: D20.
///
/// # Examples
/// ```
/// use damper::{book::{Shape, Snapshot}, clearing::unused_ceil, ratio::Ratio, units::Amount};
/// let part = |n: u128| Ratio::from_fraction_ceil(n, 65_536);
/// let book = Shape::<1>::ConstantProduct.measure_floor(&Snapshot::ConstantProduct { reserve: Amount::new(256) })?;
/// // `I(q) = (1 + q/256)^2 - 1`: 5/4 permits 128, and 16 more take `(400^2 - 384^2) / 256^2`; ten steps for roundings.
/// let unused = unused_ceil(&book, Ratio::from_fraction_floor(5, 4)?, Amount::new(16));
/// assert_eq!(unused, part(400 * 400 - 384 * 384)?.checked_add(Ratio::from_bits(10))?);
/// // The first 16 take `(272^2 - 256^2) / 256^2`.
/// assert_eq!(book.impact_ceil(Amount::new(16))?, part(272 * 272 - 256 * 256)?);
/// # Ok::<(), damper::Error>(())
/// ```
#[must_use]
pub fn unused_ceil<const N: usize>(book: &Book<N>, limit: Ratio, least: Amount) -> Ratio {
    let unused = match book.shape() {
        Shape::ConstantProduct => {
            let all = book.capacity_floor(limit);
            let behind = all.checked_add(least).and_then(|all| book.impact_ceil(all));
            match (behind, book.impact_ceil(all)) {
                // What is taken off, and the room of a round, are each rounded by up to three steps and the impact in units of one.
                (Ok(charge), Ok(before)) => {
                    let steps = charge.to_bits().wrapping_shr(48).saturating_mul(2).saturating_add(8);
                    charge.excess_over(before).checked_add(Ratio::from_bits(steps)).unwrap_or(limit)
                }
                _ => return limit,
            }
        }
        Shape::Grid(points) => {
            let (mut unused, mut shown) = (Ratio::ZERO, Amount::ZERO);
            // Behind the last point there is nothing, and a limit above it is not used up.
            let end = (Ratio::MAX, Amount::ZERO);
            for (point, quantity) in points.iter().copied().zip(book.quantity().iter().copied()).chain([end]) {
                // Just below this point all that is shown up to the last one may be sold, but for the least.
                let sold = shown.excess_over(Amount::new(1)).excess_over(least);
                let Ok(impact) = book.impact_ceil(sold) else { return limit };
                unused = unused.max(point.min(limit).excess_over(impact));
                if point > limit {
                    break;
                }
                shown = quantity;
            }
            unused
        }
    };
    unused.min(limit)
}

/// How long a backlog takes. A longer time is the larger.
///
/// # Examples
/// See [`Throttle::clearing_floor`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case", deny_unknown_fields))]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema), schemars(transform = crate::forms::described))]
#[cfg_attr(feature = "borsh", derive(borsh::BorshSerialize, borsh::BorshDeserialize))]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub enum Clearing {
    /// So many seconds.
    Takes(Seconds),
    /// Waiting alone does not clear it: the cap is too small, nothing leaks, or the book does not show as much.
    Never,
}

/// What the ledger permits over time, the market standing still.
///
/// # Examples
/// See [`Throttle::clearing_ceil`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Throttle {
    /// `L`: impact caused and not yet leaked.
    pub level: Ratio,
    /// `R`: impact reserved for open lots.
    pub reserved: Ratio,
    /// `B + h * D`.
    pub cap: Ratio,
    /// `r`.
    pub leak: Rate,
}

/// What [`PaceConfig::new`] checks.
///
/// # Examples
/// See [`PaceConfig::new`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct PaceParams {
    /// Time in which a lot is offered, taken and settled, the wait for the next offer included.
    pub round: Seconds,
    /// Impact that may stay unused in a round because no smaller sale fits it: the largest step of a depth grid, or the
    /// charge of the least sale where that is more.
    pub piece: Ratio,
}

/// How a seller works: a lot each round, as large as the ledger permits.
///
/// # Examples
/// See [`PaceConfig::new`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct PaceConfig(PaceParams);

impl PaceConfig {
    /// Checks the parameters.
    ///
    /// # Errors
    /// `round` zero: [`Error::PaceRoundZero`].
    ///
    /// # Examples
    /// ```
    /// use damper::clearing::{PaceConfig, PaceParams};
    /// use damper::{Error, ratio::Ratio, units::Seconds};
    /// let params = PaceParams { round: Seconds::new(1), piece: Ratio::ZERO };
    /// assert_eq!(PaceConfig::new(params)?.params(), params);
    /// assert_eq!(PaceConfig::new(PaceParams { round: Seconds::ZERO, ..params }), Err(Error::PaceRoundZero));
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn new(params: PaceParams) -> Result<PaceConfig, Error> {
        if params.round == Seconds::ZERO { Err(Error::PaceRoundZero) } else { Ok(PaceConfig(params)) }
    }

    /// The parameters.
    ///
    /// # Examples
    /// See [`PaceConfig::new`].
    #[must_use]
    pub const fn params(&self) -> PaceParams {
        self.0
    }

    /// The same round, in which at least so much may stay unused.
    pub(crate) fn leaving(self, unused: Ratio) -> PaceConfig {
        PaceConfig(PaceParams { piece: self.0.piece.max(unused), ..self.0 })
    }
}

impl Throttle {
    /// The throttle of a ledger at its own time.
    ///
    /// # Examples
    /// ```
    /// use damper::clearing::{Clearing, Throttle};
    /// use damper::ledger::{Ledger, LedgerConfig, LedgerParams};
    /// use damper::{price::{Price, PriceBand}, ratio::Ratio, units::{Rate, Seconds, Timestamp}};
    /// let (part, leak) = (Ratio::from_fraction_floor, Rate::per_second(Ratio::from_fraction_floor(1, 1_024)?));
    /// let config = LedgerConfig::new(LedgerParams { burst: part(1, 64)?, leak, own_share: Ratio::ZERO, kappa: Ratio::ONE })?;
    /// let ledger = Ledger::open(PriceBand::exact(Price::from_decimal_floor(100, 0)?), Timestamp::new(0));
    /// let throttle = Throttle::of(&ledger.reserve(&config, part(1, 128)?)?, &config);
    /// assert_eq!(throttle, Throttle { level: Ratio::ZERO, reserved: part(1, 128)?, cap: part(1, 64)?, leak });
    /// // 40/2,048 are 8 more than the cap, which take four seconds; with a step of 2^-48 more they take five.
    /// assert_eq!(throttle.clearing_floor(part(40, 2_048)?), Clearing::Takes(Seconds::new(4)));
    /// assert_eq!(throttle.clearing_floor(part(40, 2_048)?.checked_add(Ratio::ULP)?), Clearing::Takes(Seconds::new(5)));
    /// # Ok::<(), damper::Error>(())
    /// ```
    #[must_use]
    pub fn of(ledger: &Ledger, config: &LedgerConfig) -> Throttle {
        Throttle {
            level: ledger.level(),
            reserved: ledger.reserved(),
            cap: ledger.cap(config),
            leak: config.params().leak,
        }
    }

    /// The time before which charges of `charge` in all cannot have been made: zero if `charge <= R`, otherwise
    /// `ceil(max(0, L + charge - cap) / r)`; [`Clearing::Never`] if the cap is zero, or nothing leaks and `L + charge > cap`.
    ///
    /// For a statement that clearing takes at least so long. No seller undercuts it, because the charges of `t` seconds
    /// sum to at most `max(R, cap - L + r * t)`: what was reserved in a fall that is forgotten since may be above `cap - L`,
    /// and may be charged at once. What is reserved is part of `charge`, if it is to be sold too. A time beyond
    /// 2^64 - 1 seconds counts as that. Spec: D20, T8.
    ///
    /// # Examples
    /// ```
    /// use damper::clearing::{Clearing, Throttle};
    /// use damper::{ratio::Ratio, units::{Rate, Seconds}};
    /// let bps = Ratio::from_bits(1 << 34);
    /// let throttle = Throttle {
    ///     level: Ratio::ZERO,
    ///     reserved: Ratio::ZERO,
    ///     cap: Ratio::from_bits(50 << 34),
    ///     leak: Rate::per_second(bps),
    /// };
    /// assert_eq!(throttle.clearing_floor(Ratio::from_bits(80 << 34)), Clearing::Takes(Seconds::new(30)));
    /// // What is reserved is not waited for.
    /// let reserved = Throttle { reserved: Ratio::from_bits(80 << 34), ..throttle };
    /// assert_eq!(reserved.clearing_floor(Ratio::from_bits(80 << 34)), Clearing::Takes(Seconds::ZERO));
    /// ```
    #[must_use]
    pub fn clearing_floor(&self, charge: Ratio) -> Clearing {
        if charge <= self.reserved {
            return Clearing::Takes(Seconds::ZERO);
        }
        let missing = self.missing(charge, self.cap);
        if self.cap == Ratio::ZERO || (missing > 0 && self.leak == Rate::ZERO) {
            return Clearing::Never;
        }
        let seconds = missing.div_ceil(self.leak.get().wide().max(1));
        Clearing::Takes(Seconds::new(u64::try_from(seconds).unwrap_or(u64::MAX)))
    }

    /// The time in which a seller of this pace has made charges of `charge` in all, at most.
    ///
    /// For a decision to start early. Let `c = cap - piece` and `w` the round. Open lots are waited for first, one round.
    /// Then `charge <= c - L` takes one round, and more takes `2 w (1 + ceil((L + charge - c) / min(c, 2 r w)))`: two
    /// rounds for what fits at once and for a level that leaks late, and of any two further rounds at least
    /// `min(c, 2 r w)` is charged, whenever in its round a lot is taken. A time beyond 2^64 - 1 seconds is
    /// [`Clearing::Never`]. `charge` includes that of the open lots. Spec: D20, T8.
    ///
    /// # Examples
    /// ```
    /// use damper::clearing::{Clearing, PaceConfig, PaceParams, Throttle};
    /// use damper::{ratio::Ratio, units::{Rate, Seconds}};
    /// let bps = |n: u64| Ratio::from_bits(n << 34);
    /// let throttle =
    ///     Throttle { level: Ratio::ZERO, reserved: Ratio::ZERO, cap: bps(50), leak: Rate::per_second(bps(1)) };
    /// let pace = PaceConfig::new(PaceParams { round: Seconds::new(10), piece: Ratio::ZERO })?;
    /// // The cap takes one round; 40 beyond it `2 * 10 (1 + 40/20)`, as two rounds leak 20.
    /// assert_eq!(throttle.clearing_ceil(&pace, bps(50)), Clearing::Takes(Seconds::new(10)));
    /// assert_eq!(throttle.clearing_ceil(&pace, bps(90)), Clearing::Takes(Seconds::new(60)));
    /// // And the other way round.
    /// assert_eq!(throttle.largest_charge_floor(&pace, Seconds::new(60)), Some(bps(90)));
    /// assert_eq!(throttle.largest_charge_floor(&pace, Seconds::new(9)), None);
    /// assert_eq!(throttle.steady_lot_floor(&pace), bps(10));
    /// # Ok::<(), damper::Error>(())
    /// ```
    #[must_use]
    pub fn clearing_ceil(&self, pace: &PaceConfig, charge: Ratio) -> Clearing {
        let (usable, gain) = self.gain(pace);
        let missing = self.missing(charge, usable);
        let round = u128::from(pace.0.round.get());
        let rounds = match (missing, gain) {
            _ if charge == Ratio::ZERO => 1,
            _ if usable == Ratio::ZERO => return Clearing::Never,
            (0, _) => 1,
            (_, 0) => return Clearing::Never,
            // At most 2 * (1 + 2^65).
            (missing, gain) => missing.div_ceil(gain).saturating_add(1).saturating_mul(2),
        };
        let lead = if self.reserved == Ratio::ZERO { 0 } else { 1 };
        match round.checked_mul(rounds.saturating_add(lead)).map(u64::try_from) {
            Some(Ok(seconds)) => Clearing::Takes(Seconds::new(seconds)),
            _ => Clearing::Never,
        }
    }

    /// The largest charge in all with [`Throttle::clearing_ceil`] at most `slack`, at most [`Ratio::MAX`]; `None` if there
    /// is no time for a round.
    ///
    /// # Examples
    /// See [`Throttle::clearing_ceil`].
    #[must_use]
    pub fn largest_charge_floor(&self, pace: &PaceConfig, slack: Seconds) -> Option<Ratio> {
        let (usable, gain) = self.gain(pace);
        let lead = if self.reserved == Ratio::ZERO { 0 } else { 1 };
        let rounds = slack.get().checked_div(pace.0.round.get())?.checked_sub(lead)?;
        if rounds == 0 {
            return None;
        }
        let pairs = u128::from((rounds >> 1).saturating_sub(1));
        let most = usable.wide().saturating_add(gain.saturating_mul(pairs)).saturating_sub(self.level.wide());
        Some(Ratio::narrow(most).unwrap_or(Ratio::MAX))
    }

    /// The lot that can be offered each round for as long as there is a backlog: half of what two rounds charge at least,
    /// rounded down.
    ///
    /// # Examples
    /// See [`Throttle::clearing_ceil`].
    #[must_use]
    pub fn steady_lot_floor(&self, pace: &PaceConfig) -> Ratio {
        Ratio::narrow(self.gain(pace).1 >> 1).unwrap_or(Ratio::ZERO)
    }

    /// What a first round charges, at least: `c - L`; `None` if that is nothing or `c` is.
    fn room_at_once(&self, pace: &PaceConfig) -> Option<Ratio> {
        let usable = self.cap.excess_over(pace.0.piece);
        if usable == Ratio::ZERO { None } else { usable.checked_sub(self.level).ok() }
    }

    /// `max(0, L + charge - cap)`.
    fn missing(&self, charge: Ratio, cap: Ratio) -> u128 {
        self.level.wide().saturating_add(charge.wide()).saturating_sub(cap.wide())
    }

    /// `c = cap - piece`, and `min(c, 2 r w)`: what two rounds charge at least.
    fn gain(&self, pace: &PaceConfig) -> (Ratio, u128) {
        let usable = self.cap.excess_over(pace.0.piece);
        let leaked = self.leak.over_at_most(pace.0.round, usable).wide().saturating_mul(2);
        (usable, leaked.min(usable.wide()))
    }
}

/// The book that a backlog is sold into, and what is sold before it.
///
/// # Examples
/// See [`Backlog::band_caps_floor`].
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Backlog<'a, const N: usize> {
    /// Parameters of credible depth, with this seller's share.
    pub config: &'a DepthConfig<N>,
    /// Credible depth and own consumption.
    pub depth: &'a Depth<N>,
    /// Base atoms in open lots, and others that go first.
    pub ahead: Amount,
    /// Less than this may stay unsold in a round of what is permitted. Counts on a grid, where each new snapshot begins at its
    /// first point again; what the guard takes for it is twice its least sale, an atom at least.
    pub least: Amount,
}

/// What an amount costs in charges on a grid, at most, on whatever snapshots of one book it is sold: a total of the charge
/// `point` on one snapshot sells `made` at least.
#[derive(Clone, Copy)]
struct Dearest {
    point: Ratio,
    made: Amount,
}

impl Dearest {
    /// With one point more: `made` is what it shows but for the least, or what the point before shows, which is less than what
    /// is sold there. `None` where that is nothing.
    fn with(last: Option<Dearest>, point: Ratio, shown: Amount, before: Amount, least: Amount) -> Option<Dearest> {
        // Of what is permitted an atom stays unsold at least: a grid shows less than its point's quantity below it.
        let next = Dearest { point, made: shown.excess_over(least.max(Amount::new(1))).max(before) };
        if next.made.is_zero() {
            return None;
        }
        Some(match last {
            Some(last) if !next.is_dearer_than(last) => last,
            _ => next,
        })
    }

    fn is_dearer_than(self, other: Dearest) -> bool {
        U256::mul(other.made.get(), self.point.wide()) > U256::mul(self.made.get(), other.point.wide())
    }

    /// The charges of `amount`, rounded up.
    fn charges_ceil(self, amount: Amount) -> Result<Ratio, Error> {
        mul_div_ceil(amount.get(), self.point.wide(), self.made.get()).and_then(Ratio::narrow)
    }

    /// What charges of `charge` sell, rounded down; all if it is beyond the type.
    fn sold_floor(self, charge: u128) -> Amount {
        Amount::new(mul_div_floor(charge, self.made.get(), self.point.wide()).unwrap_or(u128::MAX))
    }
}

impl<const N: usize> Backlog<'_, N> {
    /// The charge, in all, of what is ahead and of `sale` behind it, rounded up; `None` if the book does not show as much.
    ///
    /// On one snapshot the charges of the parts of an order sum to that of the whole, so it does not matter how it is
    /// split. Spec: T0.
    ///
    /// # Errors
    /// Amounts beyond 2^128: [`Error::Overflow`].
    ///
    /// # Examples
    /// See [`Backlog::band_caps_floor`].
    pub fn charge_ceil(&self, sale: Amount) -> Result<Option<Ratio>, Error> {
        match self.config.charge_ceil(self.depth, self.ahead.checked_add(sale)?) {
            Ok(charge) => Ok(Some(charge)),
            Err(Error::DepthExhausted) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// [`Throttle::clearing_floor`] of `sale` behind what is ahead.
    ///
    /// # Errors
    /// As [`Backlog::charge_ceil`].
    ///
    /// # Examples
    /// See [`Backlog::band_caps_floor`].
    pub fn clearing_floor(&self, throttle: &Throttle, sale: Amount) -> Result<Clearing, Error> {
        Ok(self.charge_ceil(sale)?.map_or(Clearing::Never, |charge| throttle.clearing_floor(charge)))
    }

    /// The charges in which `sale` is made behind what is ahead, at most, rounded up: on the present snapshot, or on any number
    /// of new ones of the same book, in each of which the seller uses the permission up. `None` if the book does not show as
    /// much, or, on a grid, no more at its first point than the least. Loop bound: `N`. Spec: D20.
    pub(crate) fn charges_ceil(
        &self,
        throttle: &Throttle,
        pace: &PaceConfig,
        sale: Amount,
    ) -> Result<Option<Ratio>, Error> {
        let book = self.config.book(self.depth)?;
        let (sold, paid, ahead) = (self.depth.sold(), self.depth.paid(), self.ahead);
        let all = ahead.checked_add(sale)?;
        let shown = sold.checked_add(all)?;
        let impact = match book.impact_ceil(shown) {
            Ok(impact) => impact,
            Err(Error::DepthExhausted) => return Ok(None),
            Err(error) => return Err(error),
        };
        let anew = if paid == Ratio::ZERO { Ratio::ZERO } else { book.impact_ceil(all)? };
        let whole = impact.excess_over(paid).max(anew);
        let Shape::Grid(points) = book.shape() else {
            // Impact is convex: parts on new snapshots cost less, but that what was paid for counts on the present one alone.
            return Ok(Some(whole));
        };
        let first = self.charged_ahead_ceil(&book)?;
        // What is ahead may be taken on one snapshot, and the sale offered on a new one.
        let apart = if ahead.is_zero() { Ok(Ratio::ZERO) } else { first.checked_add(book.impact_ceil(sale)?) };
        let apart = apart.unwrap_or(Ratio::MAX);
        if throttle.room_at_once(pace).is_some_and(|room| whole.max(apart) <= room) {
            return Ok(Some(whole));
        }
        let (mut dearest, mut before) = (None, Amount::ZERO);
        for (&point, &quantity) in points.iter().zip(book.quantity()).take_while(|&(&point, _)| point <= impact) {
            if quantity > before {
                dearest = Dearest::with(dearest, point, quantity, before, self.least);
                if dearest.is_none() {
                    return Ok(None);
                }
            }
            before = quantity;
        }
        let Some(dearest) = dearest else { return Ok(Some(Ratio::ZERO)) };
        // Beyond the type is beyond every throttle.
        let charges = || -> Result<Ratio, Error> {
            let most = first.checked_add(dearest.charges_ceil(sale)?)?;
            Ok(most.max(dearest.charges_ceil(all)?).max(dearest.charges_ceil(shown)?.excess_over(paid)))
        };
        Ok(charges().ok())
    }

    /// What open lots are charged, at most, if they are taken on one snapshot: on the present one or on a new one.
    pub(crate) fn charged_ahead_ceil(&self, book: &Book<N>) -> Result<Ratio, Error> {
        if self.ahead.is_zero() {
            return Ok(Ratio::ZERO);
        }
        let present = book.impact_ceil(self.depth.sold().checked_add(self.ahead)?)?.excess_over(self.depth.paid());
        Ok(present.max(book.impact_ceil(self.ahead)?))
    }

    /// On a grid the largest sale behind what is ahead whose [`Backlog::charges_ceil`] are made within `slack` at the pace for the
    /// last point that it needs, rounded down: the largest over the points. Loop bound: `N`.
    pub(crate) fn spread_sale_floor(
        &self,
        book: &Book<N>,
        points: &[Ratio; N],
        throttle: &Throttle,
        slack: Seconds,
        pace: impl Fn(Ratio) -> PaceConfig,
    ) -> Amount {
        let (sold, paid, ahead) = (self.depth.sold(), self.depth.paid(), self.ahead);
        let Ok(first) = self.charged_ahead_ceil(book) else { return Amount::ZERO };
        let (mut dearest, mut before, mut most) = (None, Amount::ZERO, Amount::ZERO);
        for (&point, &quantity) in points.iter().zip(book.quantity()) {
            if quantity > before {
                dearest = Dearest::with(dearest, point, quantity, before, self.least);
                let pace = pace(point);
                let (Some(dearest), Some(charge)) = (dearest, throttle.largest_charge_floor(&pace, slack)) else {
                    break;
                };
                let behind = dearest.sold_floor(charge.excess_over(first).wide());
                let anew = dearest.sold_floor(charge.wide()).excess_over(ahead);
                let present = dearest.sold_floor(charge.wide().saturating_add(paid.wide()));
                let present = present.excess_over(sold).excess_over(ahead);
                // One less than is shown, of which what is sold and ahead comes first.
                let shown = quantity.excess_over(Amount::new(1)).excess_over(sold).excess_over(ahead);
                let spread = behind.min(anew).min(present);
                most = most.max(spread.min(shown));
                // In one piece, and behind what is ahead on a new snapshot.
                if let Some(room) = throttle.room_at_once(&pace).filter(|room| point <= *room) {
                    let apart = room.checked_sub(first).map_or(Amount::ZERO, |room| book.capacity_floor(room));
                    most = most.max(if ahead.is_zero() { shown } else { shown.min(apart) });
                }
            }
            before = quantity;
        }
        most
    }

    /// [`Throttle::clearing_ceil`] of `sale` behind what is ahead, in charges as [`Backlog`] says; no time for no sale.
    ///
    /// # Errors
    /// As [`Backlog::charge_ceil`].
    ///
    /// # Examples
    /// See [`Backlog::band_caps_floor`].
    pub fn clearing_ceil(&self, throttle: &Throttle, pace: &PaceConfig, sale: Amount) -> Result<Clearing, Error> {
        if sale.is_zero() {
            return Ok(Clearing::Takes(Seconds::ZERO));
        }
        let charges = self.charges_ceil(throttle, pace, sale)?;
        Ok(charges.map_or(Clearing::Never, |charges| throttle.clearing_ceil(pace, charges)))
    }

    /// The largest sale behind what is ahead that is cleared within `slack`: a borrow cap indexed to depth.
    ///
    /// The inverse of [`Backlog::clearing_ceil`], rounded down; no depth, or less time than a round, gives zero.
    /// Spec: D20.
    ///
    /// # Errors
    /// None in fact; [`Error::Overflow`] is the type's.
    ///
    /// # Examples
    /// See [`Backlog::band_caps_floor`].
    pub fn largest_sale_floor(&self, throttle: &Throttle, pace: &PaceConfig, slack: Seconds) -> Result<Amount, Error> {
        let Some(charge) = throttle.largest_charge_floor(pace, slack) else { return Ok(Amount::ZERO) };
        let book = self.config.book(self.depth)?;
        match book.shape() {
            Shape::ConstantProduct => {
                let present = self.config.largest_sale_floor(self.depth, charge)?;
                // As in `charges_ceil`.
                let paid = self.depth.paid() > Ratio::ZERO;
                let all = if paid { present.min(book.capacity_floor(charge)) } else { present };
                Ok(all.excess_over(self.ahead))
            }
            Shape::Grid(points) => Ok(self.spread_sale_floor(&book, points, throttle, slack, |_| *pace)),
        }
    }

    /// The steady lot in base atoms, were nothing else sold: [`Throttle::steady_lot_floor`] on this book, rounded down.
    ///
    /// # Errors
    /// None in fact; [`Error::Overflow`] is the type's.
    ///
    /// # Examples
    /// See [`Backlog::band_caps_floor`].
    pub fn steady_lot_floor(&self, throttle: &Throttle, pace: &PaceConfig) -> Result<Amount, Error> {
        let ahead = self.charge_ceil(Amount::ZERO)?.unwrap_or(Ratio::MAX);
        let limit = ahead.checked_add(throttle.steady_lot_floor(pace)).unwrap_or(Ratio::MAX);
        Ok(self.config.largest_sale_floor(self.depth, limit)?.excess_over(self.ahead))
    }

    /// How much each of `K` price bands may hold so that all of them, triggered together, are cleared in time: base atoms,
    /// rounded down, so that what is within the caps is cleared.
    ///
    /// Band `i` triggers at its threshold and has `slack[i]` from then on; `open[i]` is what it would sell now. Bands are
    /// served in the order of their slack, so the first `i` share what can be cleared within the slack of band `i`. The
    /// cap of band `j` is the least, over `i >= j`, of that less what the other bands up to `i` hold, and zero where they
    /// hold more: it is the largest `open[j]` that leaves band `j` and every later one in time, if there is one.
    /// `K^2` steps. Spec: D20.
    ///
    /// # Errors
    /// A slack below the one before it: [`Error::BandSlackOrder`]. Open interest of 2^128 or more: [`Error::Overflow`].
    ///
    /// # Examples
    /// ```
    /// use damper::book::{Shape, Snapshot};
    /// use damper::clearing::{Backlog, Clearing, PaceConfig, PaceParams, Throttle};
    /// use damper::depth::{DepthConfig, DepthObservation, DepthParams};
    /// use damper::{ratio::Ratio, units::{Amount, Rate, Seconds, Timestamp}};
    /// let config = DepthConfig::new(DepthParams {
    ///     shape: Shape::<1>::ConstantProduct, haircut: Ratio::ZERO, max_age: Seconds::new(60),
    ///     rise_time: Seconds::new(1), rise_base: Amount::new(1),
    /// })?;
    /// let snapshot = Snapshot::ConstantProduct { reserve: Amount::new(1_000_000) };
    /// let depth = config.open(&DepthObservation { source_time: Timestamp::new(0), snapshot }, Timestamp::new(0))?;
    /// let backlog = Backlog { config: &config, depth: &depth, ahead: Amount::ZERO, least: Amount::ZERO };
    /// // `(1 + 1/32)^2 - 1`.
    /// let charge = backlog.charge_ceil(Amount::new(31_250))?;
    /// assert_eq!(charge, Some(Ratio::from_fraction_ceil(65, 1_024)?));
    /// let part = |n: u128| Ratio::from_fraction_floor(n, 10_000);
    /// let throttle =
    ///     Throttle { level: Ratio::ZERO, reserved: Ratio::ZERO, cap: part(50)?, leak: Rate::per_second(part(1)?) };
    /// let pace = PaceConfig::new(PaceParams { round: Seconds::new(10), piece: Ratio::ZERO })?;
    /// // 90 basis points in 60 s, `1,000,000 (sqrt(1.009) - 1)` = 4,489; 130 in 100 s, 6,479.
    /// let slack = [60, 100].map(Seconds::new);
    /// assert_eq!(backlog.clearing_ceil(&throttle, &pace, Amount::new(4_489))?, Clearing::Takes(slack[0]));
    /// assert_eq!(backlog.largest_sale_floor(&throttle, &pace, slack[0])?, Amount::new(4_489));
    /// // No seller is done before 40 seconds, in which 90 may be charged; an atom more takes another second.
    /// assert_eq!(backlog.clearing_floor(&throttle, Amount::new(4_489))?, Clearing::Takes(Seconds::new(40)));
    /// assert_eq!(backlog.clearing_floor(&throttle, Amount::new(4_490))?, Clearing::Takes(Seconds::new(41)));
    /// // Ten basis points a round: `1,000,000 (sqrt(1.001) - 1)` = 499.9.
    /// assert_eq!(backlog.steady_lot_floor(&throttle, &pace)?, Amount::new(499));
    /// // The first band may hold 4,489, and what the second leaves of 6,479; the second what the first leaves.
    /// let caps = backlog.band_caps_floor(&throttle, &pace, &slack, &[1_000, 2_000].map(Amount::new))?;
    /// assert_eq!(caps, [4_479, 5_479].map(Amount::new));
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn band_caps_floor<const K: usize>(
        &self,
        throttle: &Throttle,
        pace: &PaceConfig,
        slack: &[Seconds; K],
        open: &[Amount; K],
    ) -> Result<[Amount; K], Error> {
        // What may be cleared within each slack, and what is open up to it.
        let mut bands = [(Amount::ZERO, Amount::ZERO); K];
        let (mut last, mut sum) = (Seconds::ZERO, Amount::ZERO);
        for ((band, slack), open) in bands.iter_mut().zip(slack).zip(open) {
            if *slack < last {
                return Err(Error::BandSlackOrder);
            }
            (last, sum) = (*slack, sum.checked_add(*open)?);
            *band = (self.largest_sale_floor(throttle, pace, *slack)?, sum);
        }
        let mut caps = [Amount::ZERO; K];
        for ((at, cap), own) in caps.iter_mut().enumerate().zip(open) {
            let later = bands.iter().skip(at).map(|(room, sum)| room.excess_over(sum.excess_over(*own)));
            *cap = later.min().unwrap_or(Amount::ZERO);
        }
        Ok(caps)
    }
}

field!(Clearing);
form!(Holding { collateral: Amount, debt: Value });
form!(Throttle { level: Ratio, reserved: Ratio, cap: Ratio, leak: Rate });
stored!(PaceParams { round: Seconds, piece: Ratio });
stored_as!(PaceConfig as PaceParams, |config| config.0, PaceConfig::new);

on_its_own! {
    /// Bytes of the stored form: 20.
    PaceConfig: Pace, 0
}
