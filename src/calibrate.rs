//! From what is known of a market to a configuration, what that promises, and what it may cost.
//!
//! Off chain, feature `calibrate`. Floats propose the parameters; every condition is decided on the finished configuration, in
//! exact arithmetic, by the functions that the theorems are about, and each number is rounded so that the promise is the
//! weaker one. What cannot be met is refused, with the condition that fails. Spec: D30.

pub use crate::proposal::{Known, Wanted, even_depth};
pub use crate::refusal::{Field, Refusal};

use crate::book::{Book, Shape};
use crate::clearing::{PaceConfig, PaceParams, relative_fall_ceil, safe_ltv_floor, threshold_slack_floor, unused_ceil};
use crate::error::Error;
use crate::guard::{Guard, GuardParams};
use crate::keeper::RewardConfig;
use crate::ledger::LedgerConfig;
use crate::plan;
use crate::preset::{Site, lending};
use crate::price::Price;
use crate::proposal::{self, Falls};
use crate::ratio::Ratio;
use crate::solvency::{AtThreshold, Crash, charged_in_time_floor, sold_floor};
use crate::units::{Amount, Seconds, Value};

/// A configuration and what it promises.
///
/// # Examples
/// See [`calibrate`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Calibration<const N: usize> {
    /// For [`Guard::new`].
    pub params: GuardParams<N>,
    /// For keepers.
    pub reward: RewardConfig,
    /// The seller that the promise assumes: for borrow caps and deadlines. In each round it offers, in as many lots as that
    /// takes, all that the ledger permits but for two least sales, and all of them are taken in the round.
    pub pace: PaceConfig,
    /// What holds of it.
    pub promise: Promise,
}

/// What a configuration promises under the hypotheses of T-A, T8 and T18 if no fall is worse than those known.
///
/// Among them: no position is beyond its threshold when the crash begins, and then no lot is open, the ledger holds no charge, and
/// the snapshot shows what was sold; no position owes less than a least sale then; after it nobody borrows or moves collateral, no
/// debt grows, no lot is opened at a price that rose, or offered anew at a higher one, and none of all that a position holds while
/// another of it is open, so that no take is less than `least_take` (D30); no snapshot is taken in between two sales of a second
/// before which it is dated. Not among them: when positions reach their threshold, how they are cut into lots, how much of a lot a
/// taker takes, and, with [`Wanted::earlier`] at one, what fall the ledger counts.
///
/// # Examples
/// See [`calibrate`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Promise {
    /// The bound of T18 within the longest time that a fall is known for, in log-price, rounded up.
    pub bound: Ratio,
    /// `D*`: the same as a relative fall, rounded up.
    pub fall: Ratio,
    /// The loan-to-value ratio that leaves no bad debt at that fall though nothing is sold in time (T8), rounded down.
    pub safe_ltv: Ratio,
    /// The liquidation threshold of calm days, that positions are at when the crash begins, or later.
    pub threshold: Ratio,
    /// The seller's lag (T18): two rounds and seven heartbeats; with halts three rounds and both of them.
    pub lag: Seconds,
    /// What the price may fall within the lag without own sales, in log-price, rounded up.
    pub step: Ratio,
    /// What is charged before positions at the threshold are under water, rounded down.
    pub charge: Ratio,
    /// Base atoms that charges of so much sell at least, on the shallowest book known, in takes of `least_take` or more, rounded down.
    pub sale: Amount,
    /// Debt that is relieved in time, if positions are at the threshold when the crash begins, rounded down.
    pub relieved: Value,
    /// The most bad debt of the debt asked for, rounded up.
    pub bad_debt: Value,
    /// The most debt whose bad debt is tolerated, rounded down; `None` if any is.
    pub most_debt: Option<Value>,
    /// The least lot that pays a keeper.
    pub least_lot: Value,
    /// Base atoms that no take is less than, rounded down (D30): what the least lot is to raise, or the debt of what a lot left of a
    /// position, at the highest price asked.
    pub least_take: Amount,
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
/// | breaker | stops borrowing as the preset does, kicks and takes for `halt`; if that is shorter, borrowing too |
/// | threshold | the one asked for, or the highest in basis points whose bad debt is tolerated |
/// | the rest | [`lending`] |
///
/// The promise is D29 with positions at the threshold or that reach it later; the stressed bonus on the debt with the penalty as
/// what their collateral must bring; `(1 + bonus * base_bonus) (1 + B + h)`, rounded up, as what it must be worth, for each unit of
/// debt, at a price that may be seen too low; and the shallowest credible book: `(1 - haircut) / kappa` of the depth known. Unused in a
/// round stays what two least sales are charged behind all that may be sold, at the bottom, or a step of the grid. Each sale
/// counts as one of the least size where that sells less for its charge, and as charged twice. What is sold in time counts at the
/// stressed threshold and at the price at which the slack of the first positions is used up, where the last of them may have
/// reached it.
///
/// At most 9,999 thresholds are tried, in 64 steps each. Spec: D30.
///
/// # Errors
/// [`Refusal`]: a number that is out of its range before a condition that fails.
///
/// # Examples
/// ```
/// use damper::calibrate::{Known, Refusal, Wanted, calibrate, even_depth};
/// use damper::history::Fall;
/// use damper::{guard::Guard, price::Price, units::{Amount, Seconds, Value}};
/// // ETH (18 decimals) for USDC (6 decimals): 40,000 ETH within 2 %, which fell to a quarter in the worst hours.
/// let usdc = |whole: u128| Value::new(whole * 1_000_000);
/// let (shape, depth) = even_depth::<16>(0.0205, Amount::new(40_000 * 10_u128.pow(18)))?;
/// let known = Known {
///     calm_volatility: 0.04, stressed_volatility: 0.2, half_life: 86_400.0,
///     falls: &[Fall { within: Seconds::new(3_600), fall: 0.14 }, Fall { within: Seconds::new(86_400), fall: 0.43 }],
///     noise: 0.002, price: Price::from_decimal_floor(200, 6 - 18)?, shape, depth, collapse: 4.0,
///     heartbeat: Seconds::new(60), gas: usdc(20),
/// };
/// let found = calibrate(&known, &Wanted::usual(usdc(10_000_000), usdc(4_000_000)))?;
/// assert!(found.promise.bad_debt <= usdc(4_000_000));
/// assert_eq!(Guard::new(found.params)?.params().ledger, found.params.ledger);
/// // A single dollar of bad debt in such a fall: at no threshold may so much be open.
/// let refused = calibrate(&known, &Wanted { threshold: Some(0.8), ..Wanted::usual(usdc(10_000_000), usdc(1)) });
/// assert!(matches!(refused, Err(Refusal::BadDebt { .. })));
/// # Ok::<(), Refusal>(())
/// ```
pub fn calibrate<const N: usize>(known: &Known<'_, N>, wanted: &Wanted) -> Result<Calibration<N>, Refusal> {
    // What is out of range, before any condition is decided.
    if wanted.round == Seconds::ZERO {
        return Err(Refusal::Field(Field::Round));
    }
    let falls = Falls::new(known.falls)?;
    let asked = wanted.threshold.map(proposal::threshold).transpose()?;
    let ledger = proposal::ledger(known, wanted)?;
    let noise = proposal::log_fall(known.noise, Field::Noise)?;
    let beyond = proposal::beyond_debt(wanted)?;
    let earlier = proposal::earlier(wanted)?;
    let volatility = proposal::volatility(known)?;
    let book = proposal::shallowest(known, wanted, ledger.params().kappa)?;

    let reward = proposal::reward(known, wanted)?;
    let min_sale = proposal::least_lot(&reward, wanted)?;
    // A thousandth of the depth, and at least an atom for each second of the rise time.
    let rise_base = Amount::new(known.depth.first().map_or(0, |depth| depth.get() >> 10).max(21_600));
    let site =
        Site { shape: known.shape, heartbeat: known.heartbeat, min_sale, rise_base, depth_norm: Some(known.depth) };
    let base = lending(&site)?;
    let buffer = base.schedule.params().stressed.auction_buffer;
    let auction = proposal::auction(base.auction.params(), wanted, buffer)?;
    let lag = proposal::lag(known, wanted)?;
    let step = falls.step(lag)?;
    let least = min_sale.checked_add(min_sale)?;
    let permitted = known.price.value_floor(book.capacity_floor(ledger.params().burst))?;
    if permitted < least {
        return Err(Refusal::LotTooLarge { least, permitted });
    }
    let bound = falls.bound(&ledger, noise, earlier)?;
    let cap = ledger.params().burst.checked_add(ledger.params().own_share)?;
    let most = cap.checked_add(ledger.params().leak.over(lag)?)?;
    // Charges are kept below the last point of a grid, so there is no more to leave unused.
    let offered = match book.shape() {
        Shape::ConstantProduct => most,
        Shape::Grid(points) => points.last().map_or(Ratio::ZERO, |&last| last.min(most)),
    };
    let [_, bonus] = proposal::bonuses(wanted)?;
    let sellable = plan::base_give(&base.plan, bonus, cap)?.excess_over(Ratio::ONE);
    let mut market = Crashing {
        ledger,
        cap,
        book,
        price: known.price,
        piece: most,
        least: min_sale,
        bonus,
        start: Ratio::ONE.checked_add(buffer)?,
        crash: Crash { slack: Ratio::ZERO, step, noise, held: Ratio::ZERO, piece: Ratio::ZERO },
        lag,
        bound,
        fall: relative_fall_ceil(bound)?,
        beyond,
        sellable,
        debt: wanted.debt,
        tolerated: wanted.bad_debt,
    };
    // The auction asks no less than this part of the price that it starts from.
    let asks = auction.params().floor.max(auction.params().cusp);
    market.piece = market.unused(asks, offered)?.unwrap_or(most);
    let sets = |threshold: u32| proposal::sets(base.schedule.params(), known, wanted, threshold);
    let threshold = match asked {
        Some(asked) => asked,
        None => {
            market.highest(|threshold| sets(threshold).is_ok_and(|sets| sets.iter().all(|set| set.check().is_ok())))?
        }
    };
    let params = GuardParams {
        depth: proposal::depth(&base, known, wanted, rise_base)?,
        ledger,
        volatility,
        schedule: proposal::schedule(base.schedule.params(), known, wanted, threshold)?,
        appetite: proposal::appetite(base.appetite.params(), known)?,
        breaker: proposal::breaker(base.breaker.params(), wanted.halt)?,
        auction,
        ..base
    };
    Guard::new(params)?;
    let promise = market.tolerable(threshold)?;
    let pace = PaceConfig::new(PaceParams { round: wanted.round, piece: market.piece })?;
    Ok(Calibration { params, reward, pace, promise })
}

/// The price after a fall of the log-price, rounded down; `None` if it is below every price.
fn scaled(price: Price, fall: Ratio) -> Result<Option<Price>, Error> {
    let left = Ratio::ONE.excess_over(relative_fall_ceil(fall)?);
    Ok(price.scale_floor(left).ok())
}

/// A crash of which all but the threshold is known.
struct Crashing<const N: usize> {
    ledger: LedgerConfig,
    /// `B + h`.
    cap: Ratio,
    book: Book<N>,
    price: Price,
    /// Impact that may stay unused in a round.
    piece: Ratio,
    /// The least sale, and the dust of an auction.
    least: Value,
    /// In stressed markets, no less than in calm ones.
    bonus: Ratio,
    /// An auction's start price for each unit of the price seen, at most.
    start: Ratio,
    crash: Crash,
    lag: Seconds,
    bound: Ratio,
    fall: Ratio,
    /// What the collateral must bring beyond the debt.
    beyond: Ratio,
    /// What it must be worth beyond the debt for a sale at the base bonus to help, at the whole cap (D11).
    sellable: Ratio,
    debt: Value,
    tolerated: Value,
}

impl<const N: usize> Crashing<N> {
    /// What holds at this threshold, in basis points.
    fn promise(&self, threshold: u32) -> Result<Promise, Error> {
        let stressed = Ratio::from_bps_floor(proposal::lowered(threshold))?;
        let threshold = Ratio::from_bps_floor(threshold)?;
        // What is looked at may be seen too low.
        let helped = threshold_slack_floor(threshold, self.sellable)?.excess_over(self.crash.noise);
        let slack = threshold_slack_floor(threshold, self.beyond)?.min(helped);
        let charge = charged_in_time_floor(&self.ledger, &Crash { slack, piece: self.piece, ..self.crash })?;
        let charge = match self.book.shape() {
            Shape::ConstantProduct => charge,
            // Nothing is offered beyond what the book shows.
            Shape::Grid(points) => charge.min(points.last().copied().unwrap_or(Ratio::ZERO).excess_over(self.piece)),
        };
        let least_take = self.least_take(threshold, stressed)?;
        let sale = sold_floor(&self.book, charge, least_take);
        let noise = self.crash.noise.checked_add(self.crash.noise)?;
        let relieved = match scaled(self.price, slack.checked_add(noise)?)? {
            Some(price) => AtThreshold::relieved_floor(price, sale, stressed)?,
            None => Value::ZERO,
        };
        let positions = AtThreshold { threshold, relieved, fall: self.fall };
        Ok(Promise {
            bound: self.bound,
            fall: self.fall,
            safe_ltv: safe_ltv_floor(self.fall, self.beyond)?,
            threshold,
            lag: self.lag,
            step: self.crash.step,
            charge,
            sale,
            relieved,
            bad_debt: positions.bad_debt_ceil(self.debt)?,
            most_debt: positions.debt_floor(self.tolerated)?,
            least_lot: self.least,
            least_take,
        })
    }

    /// The fewest base atoms that a take is of (D30). A price beyond the type buys nothing.
    fn least_take(&self, threshold: Ratio, stressed: Ratio) -> Result<Amount, Error> {
        let most = self.asked(threshold, stressed).and_then(|asked| self.fewest(stressed, asked));
        Ok(most.unwrap_or(Amount::ZERO).max(Amount::new(1)))
    }

    /// The highest price asked. What is at the stressed threshold at one price is at that of calm days at the price at the start,
    /// which may have been seen too low, but for a unit of its worth; what is seen then may be too high, and the auction begins
    /// above it.
    fn asked(&self, threshold: Ratio, stressed: Ratio) -> Result<Price, Error> {
        let unit = Ratio::from_fraction_ceil(self.least.get(), self.least.excess_over(Value::new(1)).get())?;
        let above = threshold.div_ceil(stressed)?.mul_ceil(unit)?.div_ceil(self.seen(3)?)?;
        self.price.scale_ceil(above)?.scale_ceil(self.start)
    }

    /// What `asked` buys for the least tab, and at any price asked for the debt of what a lot leaves of a position.
    fn fewest(&self, stressed: Ratio, asked: Price) -> Result<Amount, Error> {
        // A plan sells at most so much for each unit of its repayment: the stressed bonus and the whole cap (D11).
        let tab = self.least.div_ceil(plan::give_ceil(self.bonus, self.cap)?)?;
        let of_tab = asked.amount_floor(tab.excess_over(Value::new(1)))?.checked_add(Amount::new(1))?;
        // What it holds was worth the least sale at the price asked then, and owes its worth at the threshold now, less a unit; the
        // last unit of a tab may be paid by less than an atom; and a start price is rounded up.
        let Some(lowest) = self.lowest()? else { return Ok(Amount::ZERO) };
        let unit = lowest.amount_ceil(Value::new(1))?;
        let part = stressed.div_floor(self.start)?.mul_floor(self.seen(2)?)?.excess_over(Ratio::ULP);
        let of_debt = asked.amount_floor(self.least)?.excess_over(unit).mul_floor(part)?.excess_over(unit);
        Ok(of_tab.min(of_debt))
    }

    /// `exp(-times eps)`, rounded down.
    fn seen(&self, times: u8) -> Result<Ratio, Error> {
        let noise = (0..times).try_fold(Ratio::ZERO, |sum, _| sum.checked_add(self.crash.noise))?;
        Ok(Ratio::ONE.excess_over(relative_fall_ceil(noise)?))
    }

    /// The lowest low side of the price that may be seen, rounded down; `None` if it is below every price.
    fn lowest(&self) -> Result<Option<Price>, Error> {
        let noise = self.crash.noise.checked_add(self.crash.noise)?;
        scaled(self.price, self.bound.checked_add(noise)?)
    }

    /// What may stay unused in a round, of all that is `offered`: two least sales and an atom, where they are worth least. A lot that
    /// is taken whole or not at all has at most so many.
    fn unused(&self, asks: Ratio, offered: Ratio) -> Result<Option<Ratio>, Error> {
        let two = self.least.checked_add(self.least)?;
        let asked = self.lowest()?.and_then(|lowest| lowest.scale_floor(asks).ok());
        let least = asked.and_then(|asked| asked.amount_ceil(two).ok()?.checked_add(Amount::new(1)).ok());
        Ok(least.map(|least| unused_ceil(&self.book, offered, least)))
    }

    /// What holds at a threshold whose bad debt is tolerated.
    fn tolerable(&self, threshold: u32) -> Result<Promise, Refusal> {
        match self.promise(threshold)? {
            Promise { threshold, bad_debt, most_debt: Some(most_debt), .. } if bad_debt > self.tolerated => {
                Err(Refusal::BadDebt { threshold, bad_debt, most_debt })
            }
            promise => Ok(promise),
        }
    }

    /// The highest threshold, in basis points, that is `sound` and whose bad debt is tolerated.
    fn highest(&self, sound: impl Fn(u32) -> bool) -> Result<u32, Refusal> {
        let mut refused = None;
        for threshold in (1..10_000).rev().filter(|&threshold| sound(threshold)) {
            match self.tolerable(threshold) {
                Err(Refusal::BadDebt { threshold, bad_debt, most_debt }) => {
                    // The threshold at which the most debt fits is told.
                    if refused.is_none_or(|(_, _, most)| most < most_debt) {
                        refused = Some((threshold, bad_debt, most_debt));
                    }
                }
                Err(error) => return Err(error),
                Ok(_) => return Ok(threshold),
            }
        }
        let (threshold, bad_debt, most_debt) = refused.ok_or(Refusal::Config(Error::BonusLeavesNoMargin))?;
        Err(Refusal::BadDebt { threshold, bad_debt, most_debt })
    }
}
