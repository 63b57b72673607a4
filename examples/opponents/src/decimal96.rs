//! `rust_decimal`, as its users write it: whole tokens, 28 significant digits, checked calls.

use crate::input::{self, ten_pow};
use crate::output::{self, Number, Verdict};
use rust_decimal::prelude::{MathematicalOps, ToPrimitive};
use rust_decimal::{Decimal, RoundingStrategy};

impl From<Decimal> for Number {
    fn from(number: Decimal) -> Number {
        Number::decimal(number.mantissa().unsigned_abs(), number.scale())
    }
}

fn price(price: input::Price) -> Option<Decimal> {
    price.fraction()?;
    Decimal::try_from_i128_with_scale(i128::from(price.mantissa), price.exponent.unsigned_abs()).ok()
}

fn bps(bps: u16) -> Decimal {
    Decimal::new(i64::from(bps), 4)
}

fn tokens(atoms: u128, decimals: u32) -> Option<Decimal> {
    Decimal::try_from_i128_with_scale(i128::try_from(atoms).ok()?, decimals).ok()
}

fn atoms(tokens: Decimal, decimals: u32, rounding: RoundingStrategy) -> Option<u128> {
    let mut rounded = tokens.round_dp_with_strategy(decimals, rounding);
    rounded.rescale(decimals);
    rounded.mantissa().to_u128().filter(|_| rounded.scale() == decimals)
}

/// A position as it is stored.
#[derive(Clone, Copy, Debug)]
pub struct Health {
    collateral: u128,
    debt: u128,
    price: Decimal,
    decimals: input::Decimals,
    threshold: Decimal,
}

impl Health {
    /// From plain integers.
    #[must_use]
    pub fn store(input: &input::Health) -> Option<Health> {
        let input::Health { collateral, debt, decimals, .. } = *input;
        let (price, threshold) = (price(input.price)?, bps(input.threshold_bps));
        Some(Health { collateral, debt, price, decimals, threshold })
    }
}

/// The health check, of weighted values: no quotient of them is formed.
#[must_use]
pub fn health(position: &Health) -> Option<output::Health<Decimal>> {
    let collateral_value = tokens(position.collateral, position.decimals.base)?.checked_mul(position.price)?;
    let limit = collateral_value.checked_mul(position.threshold)?;
    let used = tokens(position.debt, position.decimals.quote)?;
    Some(output::Health { healthy: used < limit, used, limit })
}

/// A liquidation as it is stored.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    position: Health,
    close_factor: Decimal,
    cap: Decimal,
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
            cap: Decimal::from(input.cap),
            least_bonus: bps(input.least_bonus_bps),
            most_bonus: bps(input.most_bonus_bps),
        })
    }
}

/// The liquidation plan. The debt is its own value, and a value over the price an amount: no part of either is formed.
#[must_use]
pub fn plan(plan: &Plan) -> Option<Verdict> {
    let Plan { position, close_factor, cap, least_bonus, most_bonus } = plan;
    let input::Decimals { base, quote } = position.decimals;
    let collateral = tokens(position.collateral, base)?;
    let collateral_value = collateral.checked_mul(position.price)?;
    let debt = tokens(position.debt, quote)?;
    let ltv = debt.checked_div(collateral_value)?;
    if ltv < position.threshold {
        return Some(Verdict::Healthy);
    }
    let over = ltv.checked_sub(position.threshold)?;
    let room = Decimal::ONE.checked_sub(ltv)?.max(Decimal::ZERO);
    let bonus = over.max(*least_bonus).min(*most_bonus).min(room);

    let repay = debt.checked_mul(*close_factor)?.min(debt).min(*cap);
    let grown = Decimal::ONE.checked_add(bonus)?;
    let total = repay.checked_mul(grown)?;
    if total >= collateral_value {
        let repay = collateral_value.checked_div(grown)?;
        let repay = atoms(repay, quote, RoundingStrategy::ToPositiveInfinity)?;
        return Some(Verdict::Sell { sell: position.collateral, repay });
    }
    let sold = total.checked_div(position.price)?;
    Some(Verdict::Sell {
        sell: atoms(sold, base, RoundingStrategy::ToZero)?,
        repay: atoms(repay, quote, RoundingStrategy::ToPositiveInfinity)?,
    })
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
        Some(Auction { start: price(input.start)?, cut: bps(input.cut_bps), step: input.step, elapsed: input.elapsed })
    }
}

/// The price asked, whole tokens.
#[must_use]
pub fn auction(auction: &Auction) -> Option<Decimal> {
    let steps = auction.elapsed.checked_div(auction.step)?;
    auction.start.checked_mul(auction.cut.checked_powu(steps)?)
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
    let reserve = tokens(sale.0.reserve, 0)?;
    let grown = reserve.checked_add(tokens(sale.0.sold, 0)?)?.checked_div(reserve)?;
    grown.checked_mul(grown)?.checked_sub(Decimal::ONE)
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
        let sigma = Decimal::from(input.sigma).checked_div(Decimal::from(1_u32 << 16))?;
        let one = Decimal::try_from_i128_with_scale(i128::try_from(ten_pow(18)?).ok()?, 0).ok()?;
        Some(Ewma {
            variance: sigma.checked_mul(sigma)?,
            before: price(input.before)?,
            after: price(input.after)?,
            weight: Decimal::from(input.weight_wad).checked_div(one)?,
            periods: Decimal::from(input.periods),
        })
    }
}

/// The variance after.
#[must_use]
pub fn ewma(state: &Ewma) -> Option<Decimal> {
    let Ewma { variance, before, after, weight, periods } = *state;
    let moved = before.max(after).checked_div(before.min(after))?.checked_sub(Decimal::ONE)?;
    let sample = moved.checked_mul(moved)?.checked_mul(periods)?;
    variance.checked_add(weight.checked_mul(sample.checked_sub(variance)?)?)
}
