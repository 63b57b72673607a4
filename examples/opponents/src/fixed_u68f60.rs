//! `fixed` U68F60, as klend writes it: amounts and basis points become fractions in each call.

use crate::input::{self, ten_pow};
use crate::output::{self, Number, Verdict};
use fixed::types::U68F60 as Fraction;

impl From<Fraction> for Number {
    fn from(number: Fraction) -> Number {
        Number::binary(number.to_bits(), Fraction::FRAC_NBITS)
    }
}

fn price(price: input::Price) -> Option<Fraction> {
    let (numerator, denominator) = price.fraction()?;
    Fraction::checked_from_num(numerator)?.checked_div_int(denominator)
}

fn from_bps(bps: u16) -> Option<Fraction> {
    Fraction::from_num(bps).checked_div_int(10_000)
}

/// A position as it is stored.
#[derive(Clone, Copy, Debug)]
pub struct Health {
    collateral: u128,
    debt: u128,
    price: Fraction,
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

    fn collateral_value(&self) -> Option<Fraction> {
        Fraction::checked_from_num(self.collateral)?.checked_mul(self.price)?.checked_div_int(self.base_factor)
    }

    fn debt_value(&self) -> Option<Fraction> {
        Fraction::checked_from_num(self.debt)?.checked_div_int(self.quote_factor)
    }
}

/// The health check.
#[must_use]
pub fn health(position: &Health) -> Option<output::Health<Fraction>> {
    let ltv = position.debt_value()?.checked_div(position.collateral_value()?)?;
    let threshold = from_bps(position.threshold_bps)?;
    Some(output::Health { healthy: ltv < threshold, used: ltv, limit: threshold })
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
    let ltv = debt_value.checked_div(collateral_value)?;
    let threshold = from_bps(position.threshold_bps)?;
    if ltv < threshold {
        return Some(Verdict::Healthy);
    }
    let over = ltv.checked_sub(threshold)?;
    let room = Fraction::ONE.saturating_sub(ltv);
    let bonus = over.max(from_bps(plan.least_bonus_bps)?).min(from_bps(plan.most_bonus_bps)?).min(room);

    let cap = Fraction::from_num(plan.cap);
    let most_value = debt_value.checked_mul(from_bps(plan.close_factor_bps)?)?.min(debt_value).min(cap);
    let debt = Fraction::checked_from_num(position.debt)?;
    let repay = debt.checked_mul(most_value.checked_div(debt_value)?)?.min(debt);
    let part = repay.checked_div(debt)?;
    let total = debt_value.checked_mul(part)?.checked_mul(Fraction::ONE.checked_add(bonus)?)?;
    if total >= collateral_value {
        let repay = repay.checked_mul(collateral_value.checked_div(total)?)?;
        return Some(Verdict::Sell { sell: position.collateral, repay: repay.checked_ceil()?.checked_to_num()? });
    }
    let sold = Fraction::checked_from_num(position.collateral)?.checked_mul(total.checked_div(collateral_value)?)?;
    Some(Verdict::Sell { sell: sold.floor().checked_to_num()?, repay: repay.checked_ceil()?.checked_to_num()? })
}

/// An auction as it is stored.
#[derive(Clone, Copy, Debug)]
pub struct Auction {
    start: Fraction,
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

fn power(base: Fraction, exponent: u64) -> Option<Fraction> {
    let (mut square, mut result, mut rest) = (base, Fraction::ONE, exponent);
    if rest == 0 {
        return Some(result);
    }
    while rest > 1 {
        if rest % 2 == 1 {
            result = result.checked_mul(square)?;
        }
        square = square.checked_mul(square)?;
        rest /= 2;
    }
    result.checked_mul(square)
}

/// The price asked, whole tokens.
#[must_use]
pub fn auction(auction: &Auction) -> Option<Fraction> {
    let steps = auction.elapsed.checked_div(auction.step)?;
    auction.start.checked_mul(power(from_bps(auction.cut_bps)?, steps)?)
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
pub fn impact(sale: &Impact) -> Option<Fraction> {
    let input::Impact { reserve, sold } = sale.0;
    let reserve = Fraction::checked_from_num(reserve)?;
    let grown = reserve.checked_add(Fraction::checked_from_num(sold)?)?.checked_div(reserve)?;
    grown.checked_mul(grown)?.checked_sub(Fraction::ONE)
}

/// A moving average as it is stored.
#[derive(Clone, Copy, Debug)]
pub struct Ewma {
    variance: Fraction,
    before: Fraction,
    after: Fraction,
    weight: Fraction,
    periods: u32,
}

impl Ewma {
    /// From plain integers.
    #[must_use]
    pub fn store(input: &input::Ewma) -> Option<Ewma> {
        let sigma = Fraction::from_num(input.sigma).checked_div_int(1 << 16)?;
        Some(Ewma {
            variance: sigma.checked_mul(sigma)?,
            before: price(input.before)?,
            after: price(input.after)?,
            weight: Fraction::from_num(input.weight_wad).checked_div_int(ten_pow(18)?)?,
            periods: input.periods,
        })
    }
}

/// The variance after.
#[must_use]
pub fn ewma(state: &Ewma) -> Option<Fraction> {
    let Ewma { variance, before, after, weight, periods } = *state;
    let moved = before.max(after).checked_div(before.min(after))?.checked_sub(Fraction::ONE)?;
    let sample = moved.checked_mul(moved)?.checked_mul_int(u128::from(periods))?;
    if sample >= variance {
        variance.checked_add(weight.checked_mul(sample.checked_sub(variance)?)?)
    } else {
        variance.checked_sub(weight.checked_mul(variance.checked_sub(sample)?)?)
    }
}
