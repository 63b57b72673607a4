//! 18 decimals on a 192-bit integer, with rates on 128 bits, as in spl-token-lending.
//!
//! The published crate needs the Solana SDK, so the two types are written here on the same `uint` integers, with the
//! same operations: a product is divided by 10^18 and a dividend multiplied by it, in the type itself, and what overflows is refused.

use crate::input::{self, ten_pow};
use crate::output::{self, Number, Verdict};

#[allow(
    clippy::assign_op_pattern,
    clippy::manual_div_ceil,
    clippy::manual_range_contains,
    clippy::ptr_offset_with_cast,
    clippy::reversed_empty_ranges,
    reason = "expanded from the macro"
)]
mod integers {
    uint::construct_uint! {
        pub struct U192(3);
    }
    uint::construct_uint! {
        pub struct U128(2);
    }
}
use integers::{U128, U192};

const WAD: u64 = 1_000_000_000_000_000_000;
const BPS: u64 = 100_000_000_000_000;

/// A number with 18 decimals below 2^192 / 10^18.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Decimal(U192);

/// A number with 18 decimals below 2^128 / 10^18, for rates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rate(U128);

impl From<Decimal> for Number {
    fn from(number: Decimal) -> Number {
        // Prices and ratios: below 2^128.
        Number::decimal(number.0.low_u128(), 18)
    }
}

impl From<Rate> for Decimal {
    fn from(rate: Rate) -> Decimal {
        Decimal(U192::from(rate.0.low_u128()))
    }
}

impl Decimal {
    fn one() -> Decimal {
        Decimal(U192::from(WAD))
    }

    fn from_integer(number: u128) -> Option<Decimal> {
        U192::from(number).checked_mul(U192::from(WAD)).map(Decimal)
    }

    fn try_add(self, other: Decimal) -> Option<Decimal> {
        self.0.checked_add(other.0).map(Decimal)
    }

    fn try_sub(self, other: Decimal) -> Option<Decimal> {
        self.0.checked_sub(other.0).map(Decimal)
    }

    fn try_mul(self, other: Decimal) -> Option<Decimal> {
        self.0.checked_mul(other.0)?.checked_div(U192::from(WAD)).map(Decimal)
    }

    fn try_mul_integer(self, other: u64) -> Option<Decimal> {
        self.0.checked_mul(U192::from(other)).map(Decimal)
    }

    fn try_div(self, other: Decimal) -> Option<Decimal> {
        self.0.checked_mul(U192::from(WAD))?.checked_div(other.0).map(Decimal)
    }

    fn try_div_integer(self, other: u128) -> Option<Decimal> {
        self.0.checked_div(U192::from(other)).map(Decimal)
    }

    fn try_floor(self) -> Option<u128> {
        u128::try_from(self.0.checked_div(U192::from(WAD))?).ok()
    }

    fn try_ceil(self) -> Option<u128> {
        let up = U192::from(WAD - 1).checked_add(self.0)?;
        u128::try_from(up.checked_div(U192::from(WAD))?).ok()
    }
}

impl Rate {
    fn one() -> Rate {
        Rate(U128::from(WAD))
    }

    fn from_bps(bps: u16) -> Rate {
        Rate(U128::from(u64::from(bps) * BPS))
    }

    fn try_mul(self, other: Rate) -> Option<Rate> {
        self.0.checked_mul(other.0)?.checked_div(U128::from(WAD)).map(Rate)
    }

    fn try_pow(self, exponent: u64) -> Option<Rate> {
        let (mut base, mut rest) = (self, exponent);
        let mut result = if rest % 2 == 1 { base } else { Rate::one() };
        while rest > 1 {
            rest /= 2;
            base = base.try_mul(base)?;
            if rest % 2 == 1 {
                result = result.try_mul(base)?;
            }
        }
        Some(result)
    }
}

fn price(price: input::Price) -> Option<Decimal> {
    let (numerator, denominator) = price.fraction()?;
    Decimal::from_integer(numerator)?.try_div_integer(denominator)
}

/// A position as it is stored.
#[derive(Clone, Copy, Debug)]
pub struct Health {
    collateral: u128,
    debt: u128,
    price: Decimal,
    base_factor: u128,
    quote_factor: u128,
    threshold_bps: u16,
}

impl Health {
    /// From plain integers.
    #[must_use]
    pub fn store(input: &input::Health) -> Option<Health> {
        Some(Health {
            collateral: input.collateral,
            debt: input.debt,
            price: price(input.price)?,
            base_factor: ten_pow(input.decimals.base)?,
            quote_factor: ten_pow(input.decimals.quote)?,
            threshold_bps: input.threshold_bps,
        })
    }

    fn collateral_value(&self) -> Option<Decimal> {
        Decimal::from_integer(self.collateral)?.try_mul(self.price)?.try_div_integer(self.base_factor)
    }

    fn debt_value(&self) -> Option<Decimal> {
        Decimal::from_integer(self.debt)?.try_div_integer(self.quote_factor)
    }
}

/// The health check, of weighted values: no quotient of them is formed.
#[must_use]
pub fn health(position: &Health) -> Option<output::Health<Decimal>> {
    let threshold = Decimal::from(Rate::from_bps(position.threshold_bps));
    let limit = position.collateral_value()?.try_mul(threshold)?;
    let used = position.debt_value()?;
    Some(output::Health { healthy: used < limit, used, limit })
}

/// A liquidation as it is stored.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    position: Health,
    close_factor_bps: u16,
    cap: u64,
    least_bonus_bps: u16,
    most_bonus_bps: u16,
}

impl Plan {
    /// From plain integers.
    #[must_use]
    pub fn store(input: &input::Plan) -> Option<Plan> {
        Some(Plan {
            position: Health::store(&input.position)?,
            close_factor_bps: input.close_factor_bps,
            cap: input.cap,
            least_bonus_bps: input.least_bonus_bps,
            most_bonus_bps: input.most_bonus_bps,
        })
    }
}

/// The liquidation plan.
#[must_use]
pub fn plan(plan: &Plan) -> Option<Verdict> {
    let Plan { position, .. } = plan;
    let collateral_value = position.collateral_value()?;
    let debt_value = position.debt_value()?;
    let ltv = debt_value.try_div(collateral_value)?;
    let threshold = Decimal::from(Rate::from_bps(position.threshold_bps));
    if ltv < threshold {
        return Some(Verdict::Healthy);
    }
    let over = ltv.try_sub(threshold)?;
    let room = Decimal::one().try_sub(ltv).unwrap_or(Decimal(U192::zero()));
    let least = Decimal::from(Rate::from_bps(plan.least_bonus_bps));
    let most = Decimal::from(Rate::from_bps(plan.most_bonus_bps));
    let bonus = over.max(least).min(most).min(room);

    let close_factor = Decimal::from(Rate::from_bps(plan.close_factor_bps));
    let cap = Decimal::from_integer(u128::from(plan.cap))?;
    let most_value = debt_value.try_mul(close_factor)?.min(debt_value).min(cap);
    let part = most_value.try_div(debt_value)?;
    let repay = Decimal::from_integer(position.debt)?.try_mul(part)?;
    let total = most_value.try_mul(Decimal::one().try_add(bonus)?)?;
    if total >= collateral_value {
        let repay = repay.try_mul(collateral_value.try_div(total)?)?;
        return Some(Verdict::Sell { sell: position.collateral, repay: repay.try_ceil()? });
    }
    let sold = Decimal::from_integer(position.collateral)?.try_mul(total.try_div(collateral_value)?)?;
    Some(Verdict::Sell { sell: sold.try_floor()?, repay: repay.try_ceil()? })
}

/// An auction as it is stored.
#[derive(Clone, Copy, Debug)]
pub struct Auction {
    start: Decimal,
    cut_bps: u16,
    step: u64,
    elapsed: u64,
}

impl Auction {
    /// From plain integers.
    #[must_use]
    pub fn store(input: &input::Auction) -> Option<Auction> {
        Some(Auction { start: price(input.start)?, cut_bps: input.cut_bps, step: input.step, elapsed: input.elapsed })
    }
}

/// The price asked, whole tokens.
#[must_use]
pub fn auction(auction: &Auction) -> Option<Decimal> {
    let steps = auction.elapsed.checked_div(auction.step)?;
    auction.start.try_mul(Decimal::from(Rate::from_bps(auction.cut_bps).try_pow(steps)?))
}

/// A sale as it is stored.
#[derive(Clone, Copy, Debug)]
pub struct Impact(input::Impact);

impl Impact {
    /// From plain integers.
    #[must_use]
    pub fn store(input: &input::Impact) -> Option<Impact> {
        Some(Impact(*input))
    }
}

/// The price impact.
#[must_use]
pub fn impact(sale: &Impact) -> Option<Decimal> {
    let input::Impact { reserve, sold } = sale.0;
    let reserve = Decimal::from_integer(reserve)?;
    let grown = reserve.try_add(Decimal::from_integer(sold)?)?.try_div(reserve)?;
    grown.try_mul(grown)?.try_sub(Decimal::one())
}

/// A moving average as it is stored.
#[derive(Clone, Copy, Debug)]
pub struct Ewma {
    variance: Decimal,
    before: Decimal,
    after: Decimal,
    weight: Decimal,
    periods: u32,
}

impl Ewma {
    /// From plain integers.
    #[must_use]
    pub fn store(input: &input::Ewma) -> Option<Ewma> {
        let sigma = Decimal::from_integer(u128::from(input.sigma))?.try_div_integer(1 << 16)?;
        Some(Ewma {
            variance: sigma.try_mul(sigma)?,
            before: price(input.before)?,
            after: price(input.after)?,
            weight: Decimal(U192::from(input.weight_wad)),
            periods: input.periods,
        })
    }
}

/// The variance after.
#[must_use]
pub fn ewma(state: &Ewma) -> Option<Decimal> {
    let Ewma { variance, before, after, weight, periods } = *state;
    let moved = before.max(after).try_div(before.min(after))?.try_sub(Decimal::one())?;
    let sample = moved.try_mul(moved)?.try_mul_integer(u64::from(periods))?;
    if sample >= variance {
        variance.try_add(weight.try_mul(sample.try_sub(variance)?)?)
    } else {
        variance.try_sub(weight.try_mul(variance.try_sub(sample)?)?)
    }
}
