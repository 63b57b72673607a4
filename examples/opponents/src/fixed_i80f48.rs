//! `fixed` I80F48, as marginfi and Mango write it: checked calls, weights and rates stored in the type.

use crate::input::{self, ten_pow};
use crate::output::{self, Number, Verdict};
use fixed::types::I80F48;

impl From<I80F48> for Number {
    fn from(number: I80F48) -> Number {
        Number::binary(number.to_bits().unsigned_abs(), I80F48::FRAC_NBITS)
    }
}

fn price(price: input::Price) -> Option<I80F48> {
    let (numerator, denominator) = price.fraction()?;
    I80F48::checked_from_num(numerator)?.checked_div(I80F48::checked_from_num(denominator)?)
}

fn bps(bps: u16) -> Option<I80F48> {
    I80F48::from_num(bps).checked_div_int(10_000)
}

/// A position as it is stored.
#[derive(Clone, Copy, Debug)]
pub struct Health {
    collateral: u128,
    debt: u128,
    price: I80F48,
    base_factor: I80F48,
    quote_factor: I80F48,
    threshold: I80F48,
}

impl Health {
    /// From plain integers.
    #[must_use]
    pub fn store(input: &input::Health) -> Option<Health> {
        Some(Health {
            collateral: input.collateral,
            debt: input.debt,
            price: price(input.price)?,
            base_factor: I80F48::checked_from_num(ten_pow(input.decimals.base)?)?,
            quote_factor: I80F48::checked_from_num(ten_pow(input.decimals.quote)?)?,
            threshold: bps(input.threshold_bps)?,
        })
    }

    fn collateral_value(&self) -> Option<I80F48> {
        I80F48::checked_from_num(self.collateral)?.checked_mul(self.price)?.checked_div(self.base_factor)
    }

    fn debt_value(&self) -> Option<I80F48> {
        I80F48::checked_from_num(self.debt)?.checked_div(self.quote_factor)
    }
}

/// The health check, of weighted values: no quotient of them is formed.
#[must_use]
pub fn health(position: &Health) -> Option<output::Health<I80F48>> {
    let limit = position.collateral_value()?.checked_mul(position.threshold)?;
    let used = position.debt_value()?;
    Some(output::Health { healthy: used < limit, used, limit })
}

/// A liquidation as it is stored.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    position: Health,
    close_factor: I80F48,
    cap: I80F48,
    least_bonus: I80F48,
    most_bonus: I80F48,
}

impl Plan {
    /// From plain integers.
    #[must_use]
    pub fn store(input: &input::Plan) -> Option<Plan> {
        Some(Plan {
            position: Health::store(&input.position)?,
            close_factor: bps(input.close_factor_bps)?,
            cap: I80F48::from_num(input.cap),
            least_bonus: bps(input.least_bonus_bps)?,
            most_bonus: bps(input.most_bonus_bps)?,
        })
    }
}

/// The liquidation plan. A value becomes an amount by the factor of the token, so that no part of the debt is formed.
#[must_use]
pub fn plan(plan: &Plan) -> Option<Verdict> {
    let Plan { position, close_factor, cap, least_bonus, most_bonus } = plan;
    let collateral_value = position.collateral_value()?;
    let debt_value = position.debt_value()?;
    let ltv = debt_value.checked_div(collateral_value)?;
    if ltv < position.threshold {
        return Some(Verdict::Healthy);
    }
    let over = ltv.checked_sub(position.threshold)?;
    let room = I80F48::ONE.checked_sub(ltv)?.max(I80F48::ZERO);
    let bonus = over.max(*least_bonus).min(*most_bonus).min(room);

    let most_value = debt_value.checked_mul(*close_factor)?.min(debt_value).min(*cap);
    let repay = most_value.checked_mul(position.quote_factor)?.min(I80F48::checked_from_num(position.debt)?);
    let total = most_value.checked_mul(I80F48::ONE.checked_add(bonus)?)?;
    if total >= collateral_value {
        let repay = repay.checked_mul(collateral_value.checked_div(total)?)?;
        return Some(Verdict::Sell { sell: position.collateral, repay: repay.checked_ceil()?.checked_to_num()? });
    }
    let sold = I80F48::checked_from_num(position.collateral)?.checked_mul(total.checked_div(collateral_value)?)?;
    Some(Verdict::Sell { sell: sold.floor().checked_to_num()?, repay: repay.checked_ceil()?.checked_to_num()? })
}

/// An auction as it is stored.
#[derive(Clone, Copy, Debug)]
pub struct Auction {
    start: I80F48,
    cut: I80F48,
    step: u64,
    elapsed: u64,
}

impl Auction {
    /// From plain integers.
    #[must_use]
    pub fn store(input: &input::Auction) -> Option<Auction> {
        Some(Auction { start: price(input.start)?, cut: bps(input.cut_bps)?, step: input.step, elapsed: input.elapsed })
    }
}

fn power(base: I80F48, exponent: u64) -> Option<I80F48> {
    let (mut square, mut result, mut rest) = (base, I80F48::ONE, exponent);
    while rest > 0 {
        if rest % 2 == 1 {
            result = result.checked_mul(square)?;
        }
        rest /= 2;
        if rest > 0 {
            square = square.checked_mul(square)?;
        }
    }
    Some(result)
}

/// The price asked, whole tokens.
#[must_use]
pub fn auction(auction: &Auction) -> Option<I80F48> {
    let steps = auction.elapsed.checked_div(auction.step)?;
    auction.start.checked_mul(power(auction.cut, steps)?)
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
pub fn impact(sale: &Impact) -> Option<I80F48> {
    let input::Impact { reserve, sold } = sale.0;
    let reserve = I80F48::checked_from_num(reserve)?;
    let grown = reserve.checked_add(I80F48::checked_from_num(sold)?)?.checked_div(reserve)?;
    grown.checked_mul(grown)?.checked_sub(I80F48::ONE)
}

/// A moving average as it is stored.
#[derive(Clone, Copy, Debug)]
pub struct Ewma {
    variance: I80F48,
    before: I80F48,
    after: I80F48,
    weight: I80F48,
    periods: u32,
}

impl Ewma {
    /// From plain integers.
    #[must_use]
    pub fn store(input: &input::Ewma) -> Option<Ewma> {
        let sigma = I80F48::from_num(input.sigma).checked_div_int(1 << 16)?;
        Some(Ewma {
            variance: sigma.checked_mul(sigma)?,
            before: price(input.before)?,
            after: price(input.after)?,
            weight: I80F48::from_num(input.weight_wad).checked_div_int(1_000_000_000_000_000_000)?,
            periods: input.periods,
        })
    }
}

/// The variance after.
#[must_use]
pub fn ewma(state: &Ewma) -> Option<I80F48> {
    let Ewma { variance, before, after, weight, periods } = *state;
    let moved = before.max(after).checked_div(before.min(after))?.checked_sub(I80F48::ONE)?;
    let sample = moved.checked_mul(moved)?.checked_mul_int(i128::from(periods))?;
    variance.checked_add(weight.checked_mul(sample.checked_sub(variance)?)?)
}
