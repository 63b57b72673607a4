//! `cosmwasm_std::Decimal` with `Uint128` amounts, as contracts write it: prices are quote atoms per base atom, values
//! are whole quote atoms, and an amount times a decimal goes through 256 bits.

use crate::input::{self, ten_pow};
use crate::output::{self, Number, Verdict};
use cosmwasm_std::{Decimal, Uint128};

impl From<Decimal> for Number {
    fn from(number: Decimal) -> Number {
        Number::decimal(number.atomics().u128(), 18)
    }
}

fn price(price: input::Price, decimals: input::Decimals) -> Option<Decimal> {
    let (numerator, denominator) = price.fraction()?;
    let numerator = numerator.checked_mul(ten_pow(decimals.quote)?)?;
    let denominator = denominator.checked_mul(ten_pow(decimals.base)?)?;
    Decimal::checked_from_ratio(numerator, denominator).ok()
}

fn bps(bps: u16) -> Decimal {
    Decimal::bps(u64::from(bps))
}

/// A position as it is stored.
#[derive(Clone, Copy, Debug)]
pub struct Health {
    collateral: Uint128,
    debt: Uint128,
    price: Decimal,
    threshold: Decimal,
}

impl Health {
    /// From plain integers.
    #[must_use]
    pub fn store(input: &input::Health) -> Option<Health> {
        Some(Health {
            collateral: Uint128::new(input.collateral),
            debt: Uint128::new(input.debt),
            price: price(input.price, input.decimals)?,
            threshold: bps(input.threshold_bps),
        })
    }
}

/// The health check.
#[must_use]
pub fn health(position: &Health) -> Option<output::Health<Decimal>> {
    let collateral_value = position.collateral.checked_mul_floor(position.price).ok()?;
    let ltv = Decimal::checked_from_ratio(position.debt, collateral_value).ok()?;
    Some(output::Health { healthy: ltv < position.threshold, used: ltv, limit: position.threshold })
}

/// A liquidation as it is stored.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    position: Health,
    close_factor: Decimal,
    cap: Uint128,
    least_bonus: Decimal,
    most_bonus: Decimal,
}

impl Plan {
    /// From plain integers.
    #[must_use]
    pub fn store(input: &input::Plan) -> Option<Plan> {
        Some(Plan {
            position: Health::store(&input.position)?,
            close_factor: bps(input.close_factor_bps),
            cap: Uint128::new(u128::from(input.cap).checked_mul(ten_pow(input.position.decimals.quote)?)?),
            least_bonus: bps(input.least_bonus_bps),
            most_bonus: bps(input.most_bonus_bps),
        })
    }
}

/// The liquidation plan. Values are quote atoms, so that a quotient by the price takes the place of parts of the whole.
#[must_use]
pub fn plan(plan: &Plan) -> Option<Verdict> {
    let Plan { position, close_factor, cap, least_bonus, most_bonus } = *plan;
    let Health { collateral, debt, price, threshold } = position;
    let collateral_value = collateral.checked_mul_floor(price).ok()?;
    let ltv = Decimal::checked_from_ratio(debt, collateral_value).ok()?;
    if ltv < threshold {
        return Some(Verdict::Healthy);
    }
    let over = ltv.checked_sub(threshold).ok()?;
    let room = Decimal::one().saturating_sub(ltv);
    let bonus = over.max(least_bonus).min(most_bonus).min(room);

    let repay = debt.checked_mul_ceil(close_factor).ok()?.min(debt).min(cap);
    let grown = Decimal::one().checked_add(bonus).ok()?;
    let total = repay.checked_mul_floor(grown).ok()?;
    if total >= collateral_value {
        let repay = collateral_value.checked_div_ceil(grown).ok()?;
        return Some(Verdict::Sell { sell: collateral.u128(), repay: repay.u128() });
    }
    Some(Verdict::Sell { sell: total.checked_div_floor(price).ok()?.u128(), repay: repay.u128() })
}

/// An auction as it is stored.
#[derive(Clone, Copy, Debug)]
pub struct Auction {
    start: Decimal,
    cut: Decimal,
    step: u64,
    elapsed: u64,
}

impl Auction {
    /// From plain integers.
    #[must_use]
    pub fn store(input: &input::Auction) -> Option<Auction> {
        let start = price(input.start, input.decimals)?;
        Some(Auction { start, cut: bps(input.cut_bps), step: input.step, elapsed: input.elapsed })
    }
}

/// The price asked, quote atoms per base atom.
#[must_use]
pub fn auction(auction: &Auction) -> Option<Decimal> {
    let steps = u32::try_from(auction.elapsed.checked_div(auction.step)?).ok()?;
    auction.start.checked_mul(auction.cut.checked_pow(steps).ok()?).ok()
}

/// A sale as it is stored.
#[derive(Clone, Copy, Debug)]
pub struct Impact {
    reserve: Uint128,
    sold: Uint128,
}

impl Impact {
    /// From plain integers.
    #[must_use]
    pub fn store(input: &input::Impact) -> Option<Impact> {
        Some(Impact { reserve: Uint128::new(input.reserve), sold: Uint128::new(input.sold) })
    }
}

/// The price impact.
#[must_use]
pub fn impact(sale: &Impact) -> Option<Decimal> {
    let grown = Decimal::checked_from_ratio(sale.reserve.checked_add(sale.sold).ok()?, sale.reserve).ok()?;
    grown.checked_mul(grown).ok()?.checked_sub(Decimal::one()).ok()
}

/// A moving average as it is stored.
#[derive(Clone, Copy, Debug)]
pub struct Ewma {
    variance: Decimal,
    before: Decimal,
    after: Decimal,
    weight: Decimal,
    periods: Decimal,
}

impl Ewma {
    /// From plain integers.
    #[must_use]
    pub fn store(input: &input::Ewma) -> Option<Ewma> {
        let sigma = Decimal::checked_from_ratio(input.sigma, 1_u32 << 16).ok()?;
        Some(Ewma {
            variance: sigma.checked_mul(sigma).ok()?,
            before: price(input.before, input.decimals)?,
            after: price(input.after, input.decimals)?,
            weight: Decimal::new(Uint128::from(input.weight_wad)),
            periods: Decimal::from_atomics(input.periods, 0).ok()?,
        })
    }
}

/// The variance after.
#[must_use]
pub fn ewma(state: &Ewma) -> Option<Decimal> {
    let Ewma { variance, before, after, weight, periods } = *state;
    let moved = before.max(after).checked_div(before.min(after)).ok()?.checked_sub(Decimal::one()).ok()?;
    let sample = moved.checked_mul(moved).ok()?.checked_mul(periods).ok()?;
    if sample >= variance {
        variance.checked_add(weight.checked_mul(sample.checked_sub(variance).ok()?).ok()?).ok()
    } else {
        variance.checked_sub(weight.checked_mul(variance.checked_sub(sample).ok()?).ok()?).ok()
    }
}
