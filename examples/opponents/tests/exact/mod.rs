//! The five jobs in exact rational numbers.

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Signed, Zero};
use opponents::damper_side::Assess;
use opponents::input::{Auction, Decimals, Ewma, Health, Impact, Plan, Price};
use opponents::output::Number;

pub type Rational = BigRational;

pub fn int(number: impl Into<BigInt>) -> Rational {
    Rational::from_integer(number.into())
}

pub fn frac(numerator: impl Into<BigInt>, denominator: impl Into<BigInt>) -> Rational {
    Rational::new(numerator.into(), denominator.into())
}

pub fn bps(bps: u16) -> Rational {
    frac(bps, 10_000)
}

pub fn power(base: u32, exponent: i32) -> Rational {
    num_traits::Pow::pow(int(base), exponent)
}

pub fn number(number: Number) -> Rational {
    int(number.mantissa) * power(2, number.binary) * power(10, number.decimal)
}

pub fn price(price: Price) -> Rational {
    int(price.mantissa) * power(10, price.exponent)
}

/// Quote atoms per base atom over whole tokens.
pub fn per_atom(decimals: Decimals) -> Rational {
    power(10, decimals.quote as i32 - decimals.base as i32)
}

/// The collateral's value in quote atoms.
pub fn value(position: &Health) -> Rational {
    int(position.collateral) * price(position.price) * per_atom(position.decimals)
}

pub fn ltv(position: &Health) -> Rational {
    int(position.debt) / value(position)
}

/// What is sold and repaid, before rounding to atoms; `None` below the threshold.
pub fn plan(plan: &Plan) -> Option<(Rational, Rational)> {
    let position = &plan.position;
    let (ltv, threshold, value) = (ltv(position), bps(position.threshold_bps), value(position));
    if ltv < threshold {
        return None;
    }
    let room = (Rational::one() - &ltv).max(Rational::zero());
    let bonus = (&ltv - threshold).max(bps(plan.least_bonus_bps)).min(bps(plan.most_bonus_bps)).min(room);
    let debt = int(position.debt);
    let cap = int(plan.cap) * power(10, position.decimals.quote as i32);
    let repay = (&debt * bps(plan.close_factor_bps)).min(debt).min(cap);
    let total = &repay * (Rational::one() + bonus);
    if total >= value {
        return Some((int(position.collateral), repay * value / total));
    }
    Some((int(position.collateral) * total / value, repay))
}

/// damper's own plan for an unhealthy position: what is sold and repaid, and by how much the bonus that the position
/// can pay exceeds the base bonus. Below zero, it goes to the backstop.
pub fn assess(plan: &Plan) -> ((Rational, Rational), Rational) {
    let position = &plan.position;
    let (one, debt, value) = (Rational::one(), int(position.debt), value(position));
    let threshold = bps(position.threshold_bps);
    let weighted = &value * &threshold;
    let impact = bps(Assess::IMPACT_BPS);
    assert!(weighted < debt);
    let fall = ((&one - &weighted / &debt) / (&one - bps(Assess::FULL_BPS))).min(one.clone());
    let target = &one + (bps(Assess::TARGET_BPS) - &one) * &fall;
    let (base, full) = (bps(plan.least_bonus_bps), bps(plan.most_bonus_bps));
    let most = &value / &debt / (&one + &impact) - &one;
    let spare = &most - &base;
    let bonus = (&base + (full - &base) * fall).min(most);
    let give = (&one + bonus) * (&one + impact);
    let slope = &target - &threshold * &give;
    assert!(slope.is_positive() || spare.is_negative());
    if spare.is_negative() {
        return ((Rational::zero(), Rational::zero()), spare);
    }
    let repay = ((target * &debt - weighted) / slope).min(debt);
    let price = price(position.price) * per_atom(position.decimals);
    let sell = &repay * &give / &price;
    let collateral = int(position.collateral);
    let sale = if sell > collateral { (collateral, value / give) } else { (sell, repay) };
    (sale, spare)
}

pub fn auction(auction: &Auction) -> Rational {
    let steps = auction.elapsed / auction.step;
    price(auction.start) * num_traits::Pow::pow(bps(auction.cut_bps), steps as i32)
}

pub fn impact(sale: &Impact) -> Rational {
    let grown = frac(sale.reserve, 1) + int(sale.sold);
    let grown = grown / int(sale.reserve);
    &grown * &grown - Rational::one()
}

pub fn ewma(state: &Ewma) -> Rational {
    let sigma = frac(state.sigma, 1 << 16);
    let variance = &sigma * &sigma;
    let (before, after) = (price(state.before), price(state.after));
    let (low, high) = if before < after { (before, after) } else { (after, before) };
    let moved = high / low - Rational::one();
    let sample = &moved * &moved * int(state.periods);
    let weight = frac(state.weight_wad, 1_000_000_000_000_000_000_u64);
    &variance + weight * (sample - &variance)
}
