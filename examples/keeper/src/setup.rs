//! The market snapshot: the guard's configuration, the keeper's own terms, the first price, book and positions.

use crate::action::Confirm;
use crate::decimal::{Decimal, DecimalError};
use crate::scale::Scale;
use crate::venue::{BookError, Venue};
use crate::wire;
use damper::book::Shape;
use damper::clearing::{PaceConfig, PaceParams};
use damper::guard::Guard;
use damper::keeper::{RewardConfig, RewardParams};
use damper::oracle::PriceObservation;
use damper::preset::{Site, lending};
use damper::price::PriceBand;
use damper::ratio::Ratio;
use damper::units::{Amount, Rate, Seconds, Timestamp, Value};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Points of a depth grid. A pool uses the first place.
pub const POINTS: usize = 8;

/// The file, as it is written.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// The present, seconds.
    pub time: u64,
    pub scale: Scale,
    pub guard: GuardFile,
    pub gas: GasFile,
    pub reward: RewardFile,
    pub keeper: KeeperFile,
    pub price: PriceFile,
    pub depth: DepthFile,
    pub positions: Vec<PositionFile>,
}

/// The preset's site.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GuardFile {
    pub heartbeat: u64,
    pub min_sale: Decimal,
    pub rise_base: Decimal,
    /// Impacts of the grid; none for a pool.
    #[serde(default)]
    pub points: Option<[Decimal; POINTS]>,
    /// Depth of an ordinary day: one number for a pool, one for each point of a grid.
    #[serde(default)]
    pub depth_norm: Option<Vec<Decimal>>,
}

/// What an action takes in gas, and what a million units cost at first.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GasFile {
    pub per_million: Decimal,
    pub kick: u64,
    pub bid: u64,
    pub settle: u64,
    pub restart: u64,
}

/// What the market pays for work.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RewardFile {
    pub tip: Decimal,
    pub chip: Decimal,
    pub growth_per_hour: Decimal,
    pub most_growth: Decimal,
    pub cap: Decimal,
    pub share: Decimal,
    /// Part of what a lot raises that is its penalty.
    pub penalty: Decimal,
}

/// What the keeper wants.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeeperFile {
    /// Part of what the book brings that is not counted on.
    pub margin: Decimal,
    /// Quote tokens that a bid must leave after gas.
    pub least_profit: Decimal,
    /// Fee of the venue, as a part of the proceeds.
    pub venue_fee: Decimal,
    /// Quote tokens that may be out in bids at once.
    pub capital: Decimal,
    /// Seconds after which an action that the chain has not shown is sent again; twice as many each time.
    pub confirm: u64,
    /// The longest such wait.
    pub confirm_most: u64,
    /// Due positions that are looked at in a block, the least slack first, and of those beyond help as many.
    pub assess: usize,
    /// Fall of the price that a cascade is forecast for.
    pub shock: Decimal,
    /// Impact of sales beyond which a cascade counts as one.
    pub impact_limit: Decimal,
    /// Fall of the log-price an hour that deadlines are told for.
    pub fall_per_hour: Decimal,
    /// Seconds in which a lot is offered, taken and settled.
    pub round: u64,
    /// Seconds by which a line's time may be ahead of the last one's.
    pub max_jump: u64,
}

/// The first price.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PriceFile {
    pub source_time: u64,
    pub low: Decimal,
    pub high: Decimal,
}

/// The first book.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DepthFile {
    pub source_time: u64,
    pub book: wire::Book,
}

/// A position.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PositionFile {
    pub id: String,
    pub collateral: Decimal,
    pub debt: Decimal,
}

/// Checked configuration.
#[derive(Clone, Debug)]
pub struct Setup {
    pub scale: Scale,
    pub guard: Guard<POINTS>,
    pub gas: GasFile,
    pub reward: RewardConfig,
    pub penalty: Ratio,
    pub keeper: Keeper,
    /// A digest of all but time, price, book, gas price and positions: what a state file belongs to.
    pub digest: [u8; 32],
}

/// The keeper's terms, checked.
#[derive(Clone, Debug)]
pub struct Keeper {
    /// What of the book's proceeds is counted on: less the fee, less the margin.
    pub kept: Ratio,
    pub least_profit: Value,
    pub capital: Value,
    pub confirm: Confirm,
    pub assess: usize,
    pub shock: Ratio,
    pub impact_limit: Ratio,
    pub fall: Rate,
    pub pace: PaceConfig,
    pub max_jump: Seconds,
}

/// Why a snapshot is refused.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    #[error("the snapshot is not as documented: {0}")]
    Json(#[from] serde_json::Error),
    #[error("{0}: {1}")]
    Number(&'static str, DecimalError),
    #[error("{0}: {1:?}")]
    Refused(&'static str, damper::Error),
    #[error("depth: {0}")]
    Book(#[from] BookError),
    #[error("{0}")]
    Range(&'static str),
}

fn number<T>(name: &'static str, result: Result<T, DecimalError>) -> Result<T, SetupError> {
    result.map_err(|error| SetupError::Number(name, error))
}

fn checked<T>(name: &'static str, result: Result<T, damper::Error>) -> Result<T, SetupError> {
    result.map_err(|error| SetupError::Refused(name, error))
}

/// A rate of so much an hour, rounded down.
fn hourly(name: &'static str, rate: Decimal) -> Result<Rate, SetupError> {
    checked(name, rate.ratio_floor().and_then(|ratio| Rate::from_ratio_over_floor(ratio, Seconds::new(3_600))))
}

impl File {
    /// Parses a snapshot.
    pub fn parse(text: &str) -> Result<File, SetupError> {
        Ok(serde_json::from_str(text)?)
    }

    /// Checks the configuration.
    pub fn setup(&self) -> Result<Setup, SetupError> {
        let scale = self.scale;
        if !scale.is_usable() {
            return Err(SetupError::Range("scale: at most 30 decimals"));
        }
        let value = |name, amount: Decimal| number(name, amount.atoms_ceil(scale.quote)).map(Value::new);
        Ok(Setup {
            scale,
            guard: self.guard.guard(scale)?,
            gas: self.gas.clone(),
            reward: checked(
                "reward",
                RewardConfig::new(RewardParams {
                    tip: Value::new(number("reward.tip", self.reward.tip.atoms_floor(scale.quote))?),
                    chip: checked("reward.chip", self.reward.chip.ratio_floor())?,
                    growth: hourly("reward.growth_per_hour", self.reward.growth_per_hour)?,
                    most_growth: checked("reward.most_growth", self.reward.most_growth.ratio_floor())?,
                    cap: Value::new(number("reward.cap", self.reward.cap.atoms_floor(scale.quote))?),
                    share: checked("reward.share", self.reward.share.ratio_floor())?,
                }),
            )?,
            penalty: checked("reward.penalty", self.reward.penalty.ratio_floor())?,
            keeper: self.keeper.checked(value)?,
            digest: self.digest()?,
        })
    }

    fn digest(&self) -> Result<[u8; 32], SetupError> {
        let GasFile { kick, bid, settle, restart, .. } = self.gas;
        let parts = (&self.scale, &self.guard, (kick, bid, settle, restart), &self.reward, &self.keeper);
        Ok(Sha256::digest(serde_json::to_vec(&parts)?).into())
    }

    /// The first price.
    pub fn price(&self) -> Result<PriceObservation, SetupError> {
        let shift = self.scale.shift();
        let low = checked("price.low", self.price.low.price_floor(shift))?;
        let high = checked("price.high", self.price.high.price_ceil(shift))?;
        let band = checked("price", PriceBand::new(low, high))?;
        Ok(PriceObservation { source_time: Timestamp::new(self.price.source_time), band })
    }

    /// The first book.
    pub fn venue(&self) -> Result<Venue, SetupError> {
        Ok(Venue::new(self.depth.book.clone(), self.scale)?)
    }
}

impl GuardFile {
    fn guard(&self, scale: Scale) -> Result<Guard<POINTS>, SetupError> {
        let amount = |name, number: Decimal| -> Result<Amount, SetupError> {
            self::number(name, number.atoms_floor(scale.base)).map(Amount::new)
        };
        let mut grid = [Ratio::ZERO; POINTS];
        let shape = match &self.points {
            None => Shape::ConstantProduct,
            Some(points) => {
                for (to, point) in grid.iter_mut().zip(points) {
                    *to = checked("guard.points", point.ratio_floor())?;
                }
                Shape::Grid(grid)
            }
        };
        let mut norm = [Amount::ZERO; POINTS];
        if let Some(given) = &self.depth_norm {
            let wanted = if self.points.is_some() { POINTS } else { 1 };
            if given.len() != wanted {
                return Err(SetupError::Range("guard.depth_norm: one number for a pool, eight for a grid"));
            }
            for (to, given) in norm.iter_mut().zip(given) {
                *to = amount("guard.depth_norm", *given)?;
            }
        }
        let site = Site {
            shape,
            heartbeat: Seconds::new(self.heartbeat),
            min_sale: Value::new(number("guard.min_sale", self.min_sale.atoms_ceil(scale.quote))?),
            rise_base: amount("guard.rise_base", self.rise_base)?,
            depth_norm: self.depth_norm.as_ref().map(|_| norm),
        };
        checked("guard", lending(&site).and_then(Guard::new))
    }
}

impl KeeperFile {
    fn checked(
        &self,
        value: impl Fn(&'static str, Decimal) -> Result<Value, SetupError>,
    ) -> Result<Keeper, SetupError> {
        let part = |name, ratio: Decimal| checked(name, ratio.ratio_ceil());
        let kept = Ratio::ONE.excess_over(part("keeper.margin", self.margin)?);
        let kept = checked(
            "keeper.venue_fee",
            kept.mul_floor(Ratio::ONE.excess_over(part("keeper.venue_fee", self.venue_fee)?)),
        )?;
        let shock = part("keeper.shock", self.shock)?;
        if kept == Ratio::ZERO || shock >= Ratio::ONE {
            return Err(SetupError::Range("keeper: margin, fee and shock are below one"));
        }
        if [self.confirm, self.confirm_most, self.max_jump].contains(&0) || !(1..=10_000).contains(&self.assess) {
            return Err(SetupError::Range(
                "keeper: confirm, confirm_most, max_jump and assess are not zero, and assess is at most 10,000",
            ));
        }
        let fall = hourly("keeper.fall_per_hour", self.fall_per_hour)?;
        if fall == Rate::ZERO {
            return Err(SetupError::Range("keeper.fall_per_hour is not zero"));
        }
        let pace = PaceParams { round: Seconds::new(self.round), piece: Ratio::ZERO };
        Ok(Keeper {
            kept,
            least_profit: value("keeper.least_profit", self.least_profit)?,
            capital: value("keeper.capital", self.capital)?,
            confirm: Confirm { first: Seconds::new(self.confirm), most: Seconds::new(self.confirm_most) },
            assess: self.assess,
            shock,
            impact_limit: part("keeper.impact_limit", self.impact_limit)?,
            fall,
            pace: checked("keeper.round", PaceConfig::new(pace))?,
            max_jump: Seconds::new(self.max_jump),
        })
    }
}
