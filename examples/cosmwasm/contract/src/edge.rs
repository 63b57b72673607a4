//! `Decimal` and `Uint128` to and from the crate's numbers.

use crate::error::ContractError;
use crate::msg::{
    AssessResponse, BackstopReason, Config, Lending, LimitsResponse, LotResponse, SeenPool, SeenPrice, WaitReason,
};
use crate::storage::Settings;
use cosmwasm_std::{Decimal, Uint128};
use damper::Error;
use damper::appetite::AppetiteConfig;
use damper::auction::Lot;
use damper::book::{Shape, Snapshot};
use damper::depth::DepthObservation;
use damper::guard::{self, Decision, Limits};
use damper::ledger::LedgerConfig;
use damper::oracle::PriceObservation;
use damper::plan::Reason;
use damper::preset::{Site, lending};
use damper::price::{Price, PriceBand};
use damper::ratio::Ratio;
use damper::units::{Amount, Seconds, Timestamp, Value};
use damper::volatility::VolatilityConfig;
use market::Guard;

/// Base atoms.
#[must_use]
pub const fn amount(atoms: Uint128) -> Amount {
    Amount::new(atoms.u128())
}

/// Quote atoms.
#[must_use]
pub const fn value(atoms: Uint128) -> Value {
    Value::new(atoms.u128())
}

/// Atoms of either.
pub trait Atoms {
    /// Their count.
    fn atoms(self) -> Uint128;
}

impl Atoms for Amount {
    fn atoms(self) -> Uint128 {
        self.get().into()
    }
}

impl Atoms for Value {
    fn atoms(self) -> Uint128 {
        self.get().into()
    }
}

/// Prices of whole tokens: their decimals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scale {
    /// `quote - base - 18`: a `Decimal` of whole tokens times ten to this power is a price of atoms.
    exponent: i32,
    /// `10^-exponent`: so many base atoms are worth a `Decimal` of whole tokens in quote atoms.
    unit: Amount,
}

impl Scale {
    /// The scale of two tokens.
    ///
    /// # Errors
    /// 18 + base - quote is not between 0 and 38: [`ContractError::Decimals`].
    pub fn new(base_decimals: u8, quote_decimals: u8) -> Result<Scale, ContractError> {
        let up = 18_u32
            .saturating_add(base_decimals.into())
            .checked_sub(quote_decimals.into())
            .filter(|up| *up <= 38)
            .ok_or(ContractError::Decimals)?;
        let unit = 10_u128.checked_pow(up).ok_or(ContractError::Decimals)?;
        let exponent = 0_i32.checked_sub_unsigned(up).ok_or(ContractError::Decimals)?;
        Ok(Scale { exponent, unit: Amount::new(unit) })
    }

    /// The scale of stored settings.
    ///
    /// # Errors
    /// As [`Scale::new`].
    pub fn of(settings: &Settings) -> Result<Scale, ContractError> {
        Scale::new(settings.base_decimals, settings.quote_decimals)
    }

    /// A price, rounded down: a taker never pays more than was said.
    ///
    /// # Errors
    /// As `Price::from_decimal_floor`.
    pub fn price_floor(self, price: Decimal) -> Result<Price, Error> {
        Price::from_decimal_floor(price.atomics().u128(), self.exponent)
    }

    /// The band of a price, low side rounded down and high side up: it covers what was said.
    ///
    /// # Errors
    /// A low side of zero or less: [`Error::PriceZero`]. A high side beyond `Decimal`: [`Error::PriceOutOfRange`].
    pub fn observation(self, seen: &SeenPrice) -> Result<PriceObservation, Error> {
        let low = seen.price.checked_sub(seen.confidence).map_err(|_| Error::PriceZero)?;
        let high = seen.price.checked_add(seen.confidence).map_err(|_| Error::PriceOutOfRange)?;
        let high = Price::from_decimal_ceil(high.atomics().u128(), self.exponent)?;
        let band = PriceBand::new(self.price_floor(low)?, high)?;
        Ok(PriceObservation { source_time: Timestamp::new(seen.source_time), band })
    }

    /// A price for a reader, rounded down.
    ///
    /// # Errors
    /// Beyond `Decimal`: [`Error::Overflow`].
    pub fn decimal_floor(self, price: Price) -> Result<Decimal, Error> {
        Ok(Decimal::new(price.value_floor(self.unit)?.atoms()))
    }

    /// A price for a reader, rounded up.
    ///
    /// # Errors
    /// Beyond `Decimal`: [`Error::Overflow`].
    pub fn decimal_ceil(self, price: Price) -> Result<Decimal, Error> {
        Ok(Decimal::new(price.value_ceil(self.unit)?.atoms()))
    }
}

/// The depth that a pool shows.
#[must_use]
pub const fn depth(seen: &SeenPool) -> DepthObservation<'static> {
    DepthObservation {
        source_time: Timestamp::new(seen.source_time),
        snapshot: Snapshot::ConstantProduct { reserve: amount(seen.reserve) },
    }
}

fn floor(ratio: Decimal) -> Result<Ratio, Error> {
    Ratio::from_wad_floor(ratio.atomics().u128())
}

fn ceil(ratio: Decimal) -> Result<Ratio, Error> {
    Ratio::from_wad_ceil(ratio.atomics().u128())
}

/// The configuration of a message.
///
/// # Errors
/// As `Guard::read_from` or `Guard::new`.
pub fn config(config: &Config) -> Result<Guard, Error> {
    match config {
        Config::Stored { bytes } => Guard::read_from(bytes),
        Config::Lending(lending) => preset(lending),
    }
}

/// The preset with what was changed. What permits selling is rounded down, what forbids it up.
fn preset(changes: &Lending) -> Result<Guard, Error> {
    let Lending {
        heartbeat,
        min_sale,
        rise_base,
        depth_norm,
        burst,
        own_share,
        kappa,
        start_volatility,
        start_appetite,
    } = *changes;
    let params = lending(&Site::<1> {
        shape: Shape::ConstantProduct,
        heartbeat: Seconds::new(heartbeat),
        min_sale: value(min_sale),
        rise_base: amount(rise_base),
        depth_norm: depth_norm.map(|norm| [amount(norm)]),
    })?;
    let mut ledger = params.ledger.params().to_owned();
    ledger.burst = burst.map_or(Ok(ledger.burst), floor)?;
    ledger.own_share = own_share.map_or(Ok(ledger.own_share), floor)?;
    ledger.kappa = kappa.map_or(Ok(ledger.kappa), ceil)?;
    let mut volatility = params.volatility.params().to_owned();
    volatility.start = start_volatility.map_or(Ok(volatility.start), ceil)?;
    let mut appetite = params.appetite.params().to_owned();
    appetite.start = start_appetite.map_or(Ok(appetite.start), floor)?;
    Guard::new(guard::GuardParams {
        ledger: LedgerConfig::new(ledger)?,
        volatility: VolatilityConfig::new(volatility)?,
        appetite: AppetiteConfig::new(appetite)?,
        ..params
    })
}

fn down(ratio: Ratio) -> Decimal {
    Decimal::new(ratio.to_wad_floor().into())
}

fn up(ratio: Ratio) -> Decimal {
    Decimal::new(ratio.to_wad_ceil().into())
}

/// What the market permits, for a reader: what permits is rounded down, what is used up.
///
/// # Errors
/// As [`Scale::decimal_ceil`].
pub fn limits(scale: Scale, limits: &Limits) -> Result<LimitsResponse, Error> {
    Ok(LimitsResponse {
        price_low: scale.decimal_floor(limits.band.low())?,
        price_high: scale.decimal_ceil(limits.band.high())?,
        appetite: down(limits.appetite),
        sigma: up(limits.sigma),
        drawdown: down(limits.drawdown),
        level: up(limits.level),
        reserved: up(limits.reserved),
        cap: down(limits.cap),
        permitted: limits.permitted.atoms(),
        max_ltv: down(limits.parameters.max_ltv),
        liquidation_threshold: down(limits.parameters.liquidation_threshold),
        bonus: up(limits.parameters.bonus),
        borrow_stopped: limits.stops.borrow,
        kick_stopped: limits.stops.kick,
        take_stopped: limits.stops.take,
    })
}

/// An open lot at a time, for a reader.
///
/// # Errors
/// As [`Scale::decimal_ceil`].
pub fn lot(scale: Scale, lot: &Lot, now: Timestamp) -> Result<LotResponse, Error> {
    let terms = lot.terms();
    let price = if terms.needs_reset(now)? { None } else { Some(scale.decimal_ceil(terms.price(now)?)?) };
    Ok(LotResponse {
        remaining: lot.remaining().atoms(),
        raise: lot.raise().atoms(),
        opened: terms.opened().get(),
        start_price: scale.decimal_ceil(terms.start())?,
        price,
    })
}

impl From<Decision> for AssessResponse {
    fn from(decision: Decision) -> AssessResponse {
        match decision {
            Decision::Healthy => AssessResponse::Healthy {},
            Decision::Liquidate { plan, deferred } => AssessResponse::Liquidate {
                sell: plan.sell.atoms(),
                repay: plan.repay.atoms(),
                deferred: deferred.atoms(),
            },
            Decision::Wait { plan, reason, until } => AssessResponse::Wait {
                reason: reason.into(),
                sell: plan.sell.atoms(),
                repay: plan.repay.atoms(),
                until: until.map(Timestamp::get),
            },
            Decision::Backstop(shortfall) => AssessResponse::Backstop {
                reason: shortfall.reason.into(),
                debt: shortfall.debt.atoms(),
                collateral: shortfall.collateral.atoms(),
                gap: shortfall.gap.atoms(),
            },
            Decision::Unconfirmed { shortfall, reason } => AssessResponse::Unconfirmed {
                waits: reason.into(),
                reason: shortfall.reason.into(),
                debt: shortfall.debt.atoms(),
                collateral: shortfall.collateral.atoms(),
                gap: shortfall.gap.atoms(),
            },
        }
    }
}

impl From<guard::WaitReason> for WaitReason {
    fn from(reason: guard::WaitReason) -> WaitReason {
        match reason {
            guard::WaitReason::Halted => WaitReason::Halted,
            guard::WaitReason::DepthStale => WaitReason::DepthStale,
            guard::WaitReason::Ledger => WaitReason::Ledger,
            guard::WaitReason::Wick => WaitReason::Wick,
        }
    }
}

impl From<Reason> for BackstopReason {
    fn from(reason: Reason) -> BackstopReason {
        match reason {
            Reason::Insolvent => BackstopReason::Insolvent,
            Reason::Toxic => BackstopReason::Toxic,
            Reason::NoCollateral => BackstopReason::NoCollateral,
        }
    }
}
