//! One documented set of parameters, to start from and to compare with.
//!
//! It is what the examples, the replay and the cost tables use, so that their figures speak of one configuration. It is
//! not a recommendation for a market: depth, volatility and debts differ, and the reasons below say what to look at.
//!
//! Spec: D14.

use crate::appetite::{AppetiteConfig, AppetiteParams};
use crate::auction::{AuctionConfig, AuctionParams};
use crate::book::Shape;
use crate::breaker::{BreakerConfig, BreakerParams, Level, Stops};
use crate::curve::Curve;
use crate::depth::{DepthConfig, DepthParams};
use crate::early::Start;
use crate::error::Error;
use crate::forms::form;
use crate::guard::GuardParams;
use crate::ledger::{LedgerConfig, LedgerParams};
use crate::oracle::OracleConfig;
use crate::parameters::Parameters;
use crate::plan::{PlanConfig, PlanParams};
use crate::ratio::Ratio;
use crate::schedule::{ScheduleConfig, ScheduleParams};
use crate::stress::{DepthProfile, Signal, StressConfig, StressParams};
use crate::units::{Amount, Decay, Rate, Seconds, Value};
use crate::volatility::{VolatilityConfig, VolatilityParams};

/// What no preset can know of a market.
///
/// # Examples
/// See [`lending`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Site<const N: usize> {
    /// Kind of depth, and the impacts it is measured at. The first point of a grid is to be at most the burst, 0.25 %, or nothing
    /// may be sold until there is a drawdown: eight points of 3, 6, 12, 25, 50, 100, 200 and 400 basis points are a start
    /// ([`crate::guide::parameters`]).
    pub shape: Shape<N>,
    /// Longest interval between two price or depth updates: ages are limited to twice it.
    pub heartbeat: Seconds,
    /// Least worth of a sale: what pays for a keeper's transaction many times over.
    pub min_sale: Value,
    /// Depth from which a book may rise again after it was empty, before the haircut: at least an atom for each second of the
    /// rise time, 21,600. After one snapshot that shows nothing the whole `depth` is believed again in
    /// `rise_time (1 + ln(depth / rise_base))`, and a little more by the steps of the snapshots: 6 h with a base of the whole
    /// depth, 20 h with a tenth of it, 43 h with a 463rd. What is gained by a smaller one: a book that is shown falsely after
    /// it was empty is believed to be `rise_base` deep in a rise time, not more (D2 of SPEC.md).
    pub rise_base: Amount,
    /// Depth of an ordinary day at each point of the grid, zero at those that are not to be looked at
    /// ([`crate::stress::DepthProfile`]), or the reserve of the pool in the first place; `None` where it is not known: the
    /// appetite then does not look at depth.
    pub depth_norm: Option<[Amount; N]>,
}

/// The preset: a lending market that sells a volatile collateral, alone on its book.
///
/// | parameter | value | why |
/// |---|---|---|
/// | `kappa` | 4 | on 2025-10-10 depth of a BTC book fell 3.2 times within 1 % and 4.4 times within 5 % of mid |
/// | own share `h` | 1/8 | `kappa h` = 1/2: own sales at most double an exogenous fall |
/// | burst `B` | 0.25 % | with `kappa`, 2 % of fall that no market move explains: `kappa B / (1 - kappa h)` |
/// | leak `r` | 0.01 % an hour | each basis point an hour adds `kappa / (1 - kappa h)` = 8 of them an hour to the bound: 2 % a day |
/// | haircut | 1/2 | quotes are withdrawn when they are needed |
/// | depth rise time | 6 h | a book shown for minutes is not believed |
/// | wick | one heartbeat | a price must be seen twice before it counts for the ledger, the backstop or a borrower |
/// | band width | 2 % | wider is not a price |
/// | volatility | 1 % to 100 % a day, up in 1 h, down in 24 h, starts at the cap | |
/// | calm | max LTV 75 %, threshold 80 %, bonus 5 %, margin 5 %, buffer 5 % | at 5 % a day and below |
/// | stressed | max LTV 50 %, threshold 70 %, bonus 8 %, margin 10 %, buffer 20 % | at 20 % a day and above |
/// | ramp | 2 % of the threshold a day | a lowered threshold is a price fall (T7) |
/// | appetite | 25 % under full stress and at the start, back in 19 h once stress ends (1 h hold, then 1 a day) | of new borrowing and of a lot; the ledger's cap is not scaled |
/// | stress | volatility 20 % to 80 % a day, depth 75 % to 25 % of the norm, ledger 75 % to 100 % full; it must turn by 10 % | volatility begins where the schedule ends; in October 2025 the book of `kappa` was at 31 % and 23 % of itself |
/// | start of a sale | at the threshold, whatever the size | early sales change the terms of a loan: choose them ([`crate::early`]) |
/// | breaker | 7 % stops borrowing 15 min, 13 % also kicks 15 min, 20 % also takes 1 h; release at 5, 10, 15 %; window 24 h, rest 4 h | the stages of US equity markets; of a fall by half in 3 h they leave 76 % of debts to the backstop, and without halts of kicks and takes none is left ([measured](crate::guide::limits)) |
/// | plan | target 1.05 from a health of 0.95, a quarter of the bonus at the threshold | |
/// | auction | 1 % off every 90 s, floor 60 %, reset after 2 h or below 65 % | below that it is offered anew at the present price; a market that falls by half in 2 h or less outruns it, and nothing is sold ([measured](crate::guide::limits)) |
/// | longest gap, longest step of the ramp | 1 h | silence earns no more |
/// | auction dust | the least sale | |
///
/// From the cap, volatility needs 8.6 days of flat prices to fall to 5 % a day. Until then new debt stops at a
/// loan-to-value ratio of 50 % times the appetite, 12.5 % at the start, and thresholds ramp down toward 70 % by 2 % a day. A
/// market that has traded before starts at a volatility that was measured: [`VolatilityConfig::starting_at`], below. It is
/// no field of [`Site`], so that nobody states it without having looked.
///
/// # Errors
/// None of the fixed parts; the depth's own: [`Error::GridNotRising`]; a norm of so few atoms that calm and stressed depth
/// are the same: [`Error::StressNorm`]; one that is no profile: [`Error::StressProfile`]. `heartbeat` beyond 2^63: [`Error::Overflow`].
///
/// # Examples
/// ```
/// use damper::{book::Shape, guard::Guard, preset::{Site, lending}, units::{Amount, Seconds, Value}};
/// let guard = Guard::new(lending(&Site::<1> {
///     shape: Shape::ConstantProduct,
///     heartbeat: Seconds::new(60),
///     min_sale: Value::new(100_000_000),
///     rise_base: Amount::new(1_000_000_000_000_000_000),
///     depth_norm: None,
/// })?)?;
/// assert_eq!(guard.params().wick, Seconds::new(60));
/// # Ok::<(), damper::Error>(())
/// ```
///
/// With a measured volatility of 4 % a day, new debt starts at the calm limit of 75 %, times the appetite of a quarter:
/// ```
/// use damper::book::{Shape, Snapshot};
/// use damper::depth::DepthObservation;
/// use damper::oracle::PriceObservation;
/// use damper::price::{Price, PriceBand};
/// use damper::{guard::{Guard, GuardParams}, preset::{Site, lending}, ratio::Ratio};
/// use damper::units::{Amount, Seconds, Timestamp, Value};
/// let unwatched = lending(&Site::<1> {
///     shape: Shape::ConstantProduct,
///     heartbeat: Seconds::new(60),
///     min_sale: Value::new(100),
///     rise_base: Amount::new(1_000_000),
///     depth_norm: None,
/// })?;
/// let measured = GuardParams { volatility: unwatched.volatility.starting_at(Ratio::from_bps_ceil(400)?)?, ..unwatched };
/// let now = Timestamp::new(0);
/// let first_limit = |params: GuardParams<1>| -> Result<u32, damper::Error> {
///     let guard = Guard::new(params)?;
///     let band = PriceBand::exact(Price::from_decimal_floor(100, 0)?);
///     let snapshot = Snapshot::ConstantProduct { reserve: Amount::new(1_000_000) };
///     let price = PriceObservation { source_time: now, band };
///     let state = guard.open(now, price, DepthObservation { source_time: now, snapshot })?;
///     Ok(guard.limits(&state, now)?.parameters.max_ltv.to_bps_floor())
/// };
/// assert_eq!((first_limit(unwatched)?, first_limit(measured)?), (1_250, 1_875));
/// # Ok::<(), damper::Error>(())
/// ```
pub fn lending<const N: usize>(site: &Site<N>) -> Result<GuardParams<N>, Error> {
    let (norm, depth_profile) = match (&site.depth_norm, &site.shape) {
        (None, _) => (None, DepthProfile::last_point()),
        (Some(norm), Shape::ConstantProduct) => (norm.first().copied(), DepthProfile::last_point()),
        (Some(norm), Shape::Grid(_)) => (norm.last().copied(), DepthProfile::new(norm)?),
    };
    let max_age = Seconds::new(site.heartbeat.get().checked_mul(2).ok_or(Error::Overflow)?);
    Ok(GuardParams {
        oracle: OracleConfig::new(max_age, bps(200)?)?,
        wick: site.heartbeat,
        depth: DepthConfig::new(DepthParams {
            shape: site.shape,
            haircut: bps(5_000)?,
            max_age,
            rise_time: hours(6),
            rise_base: site.rise_base,
        })?,
        ledger: LedgerConfig::new(LedgerParams {
            burst: bps(25)?,
            leak: Rate::from_ratio_over_floor(bps(1)?, hours(1))?,
            own_share: bps(1_250)?,
            kappa: bps(40_000)?,
        })?,
        book_share: Ratio::ONE,
        volatility: VolatilityConfig::new(VolatilityParams {
            horizon: hours(24),
            rise_half_life: hours(1),
            fall_half_life: hours(24),
            max_gap: hours(1),
            floor: bps(100)?,
            cap: bps(10_000)?,
            start: bps(10_000)?,
        })?,
        schedule: ScheduleConfig::new(ScheduleParams {
            calm: parameters([7_500, 8_000, 500, 500, 500])?,
            stressed: parameters([5_000, 7_000, 800, 1_000, 2_000])?,
            sigma_calm: bps(500)?,
            sigma_stressed: bps(2_000)?,
            ramp: Rate::from_ratio_over_floor(bps(200)?, hours(24))?,
            max_step: hours(1),
        })?,
        appetite: appetite(norm, max_age)?,
        depth_profile,
        breaker: breaker()?,
        plan: PlanConfig::new(PlanParams {
            target_health: bps(10_500)?,
            full_health: bps(9_500)?,
            base_bonus: bps(2_500)?,
            min_sale: site.min_sale,
        })?,
        start: Start::AtThreshold,
        auction: AuctionConfig::new(AuctionParams {
            curve: Curve::StairExponential { cut: Decay::from_ratio(bps(9_900)?)?, step: Seconds::new(90) },
            floor: bps(6_000)?,
            tail: hours(2),
            cusp: bps(6_500)?,
            dust: site.min_sale,
        })?,
    })
}

fn appetite(depth_norm: Option<Amount>, max_age: Seconds) -> Result<AppetiteConfig, Error> {
    let depth = match depth_norm {
        Some(_) => Signal::Between { calm: bps(7_500)?, stressed: bps(2_500)? },
        None => Signal::Absent,
    };
    AppetiteConfig::new(AppetiteParams {
        stress: StressConfig::new(StressParams {
            volatility: Signal::Between { calm: bps(2_000)?, stressed: bps(8_000)? },
            depth,
            depth_norm: depth_norm.unwrap_or(Amount::ZERO),
            fill: Signal::Between { calm: bps(7_500)?, stressed: Ratio::ONE },
            backlog: Signal::Absent,
            oracle: Signal::Absent,
            keepers: Signal::Absent,
            neighbours: Signal::Absent,
            max_age,
        })?,
        floor: bps(2_500)?,
        start: bps(2_500)?,
        hysteresis: bps(1_000)?,
        recovery: Rate::from_ratio_over_floor(Ratio::ONE, hours(24))?,
        hold: hours(1),
        max_step: hours(1),
    })
}

fn breaker() -> Result<BreakerConfig, Error> {
    let level = |trip, release, halt, stops| Ok(Level { trip: bps(trip)?, release: bps(release)?, stops, halt });
    let quarter = Seconds::new(900);
    BreakerConfig::new(BreakerParams {
        levels: [
            level(700, 500, quarter, Stops { borrow: true, ..Stops::NONE })?,
            level(1_300, 1_000, quarter, Stops { borrow: true, kick: true, take: false })?,
            level(2_000, 1_500, hours(1), Stops { borrow: true, kick: true, take: true })?,
        ],
        window: hours(24),
        rest: hours(4),
    })
}

/// Max LTV, threshold, bonus, margin and auction buffer in basis points.
fn parameters([max_ltv, threshold, bonus, margin, buffer]: [u32; 5]) -> Result<Parameters, Error> {
    Ok(Parameters {
        max_ltv: bps(max_ltv)?,
        liquidation_threshold: bps(threshold)?,
        bonus: bps(bonus)?,
        margin: bps(margin)?,
        auction_buffer: bps(buffer)?,
    })
}

fn bps(basis_points: u32) -> Result<Ratio, Error> {
    Ratio::from_bps_floor(basis_points)
}

const fn hours(count: u64) -> Seconds {
    Seconds::new(count.saturating_mul(3_600))
}

form!(@[const N: usize] Site<N> {
    shape: Shape<N>,
    heartbeat: Seconds,
    min_sale: Value,
    rise_base: Amount,
    depth_norm: Option<[Amount; N]>,
});
