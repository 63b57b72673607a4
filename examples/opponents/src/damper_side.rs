//! The same jobs with damper's own functions, and klend's plan in damper's numbers.

use crate::input;
use crate::output::{self, Number, Verdict};
use damper::auction::{AuctionConfig, AuctionParams, Terms};
use damper::book::{Book, Shape, Snapshot};
use damper::curve::Curve;
use damper::health::Position;
use damper::num::mul_div_ceil;
use damper::parameters::Parameters;
use damper::plan::{self, Assessment, Market, PlanConfig, PlanParams};
use damper::price::{Price, PriceBand};
use damper::ratio::Ratio;
use damper::units::{Amount, Decay, Seconds, Timestamp, Value};
use damper::volatility::{Volatility, VolatilityConfig, VolatilityParams};

impl From<Value> for Number {
    fn from(value: Value) -> Number {
        Number::binary(value.get(), 0)
    }
}

impl From<Ratio> for Number {
    fn from(ratio: Ratio) -> Number {
        Number::binary(u128::from(ratio.to_bits()), Ratio::FRAC_BITS)
    }
}

impl From<Price> for Number {
    fn from(price: Price) -> Number {
        let (exponent, significand) = price.to_parts();
        Number { mantissa: u128::from(significand), binary: i32::from(exponent) - 63, decimal: 0 }
    }
}

impl From<Volatility> for Number {
    fn from(volatility: Volatility) -> Number {
        Number::binary(volatility.variance_bits(), 96)
    }
}

fn price(price: input::Price, decimals: input::Decimals) -> Option<Price> {
    let gap = i32::try_from(decimals.quote).ok()? - i32::try_from(decimals.base).ok()?;
    Price::from_decimal_floor(u128::from(price.mantissa), price.exponent + gap).ok()
}

fn bps(bps: u16) -> Option<Ratio> {
    Ratio::from_bps_floor(u32::from(bps)).ok()
}

/// A position, and what is in force for it.
#[derive(Clone, Copy, Debug)]
pub struct Health {
    collateral: Amount,
    debt: Value,
    parameters: Parameters,
    band: PriceBand,
}

impl Health {
    /// From plain integers.
    #[must_use]
    pub fn store(input: &input::Health) -> Option<Health> {
        let parameters = Parameters {
            max_ltv: Ratio::ZERO,
            liquidation_threshold: bps(input.threshold_bps)?,
            bonus: Ratio::ZERO,
            margin: Ratio::ZERO,
            auction_buffer: Ratio::ZERO,
        };
        let band = PriceBand::exact(price(input.price, input.decimals)?);
        Some(Health { collateral: Amount::new(input.collateral), debt: Value::new(input.debt), parameters, band })
    }
}

/// The health check: [`Position::value`] and [`damper::health::Valuation::is_healthy`].
#[must_use]
pub fn health(stored: &Health) -> Option<output::Health<Value>> {
    let position = Position::<0, 0>::new(stored.collateral, stored.debt);
    let value = position.value(&stored.parameters, stored.band).ok()?;
    Some(output::Health { healthy: value.is_healthy(), used: value.debt, limit: value.weighted })
}

/// A position to assess by damper's own rule.
#[derive(Clone, Copy, Debug)]
pub struct Assess {
    collateral: Amount,
    debt: Value,
    config: PlanConfig,
    market: Market,
}

impl Assess {
    /// From plain integers: `bonus` is the largest bonus, `base_bonus` the least over the largest; the plan restores a
    /// health factor of [`Assess::TARGET_BPS`], in full at [`Assess::FULL_BPS`]. Close factor and cap have no place.
    #[must_use]
    pub fn store(input: &input::Plan) -> Option<Assess> {
        let Health { collateral, debt, parameters, band } = Health::store(&input.position)?;
        let config = PlanConfig::new(PlanParams {
            target_health: bps(Assess::TARGET_BPS)?,
            full_health: bps(Assess::FULL_BPS)?,
            base_bonus: bps(input.least_bonus_bps)?.div_floor(bps(input.most_bonus_bps)?).ok()?,
            min_sale: Value::ZERO,
        });
        let parameters = Parameters { bonus: bps(input.most_bonus_bps)?, ..parameters };
        let market = Market { parameters, band, impact: bps(Assess::IMPACT_BPS)? };
        Some(Assess { collateral, debt, config: config.ok()?, market })
    }

    /// Health factor that a plan restores in full, as in the crate's lending preset.
    pub const TARGET_BPS: u16 = 10_500;
    /// Health factor at and below which it does, as in the crate's lending preset.
    pub const FULL_BPS: u16 = 9_500;
    /// By how much own sales may still move the price.
    pub const IMPACT_BPS: u16 = 25;
}

/// damper's plan: [`plan::assess`].
#[must_use]
pub fn assess(stored: &Assess) -> Option<Verdict> {
    let position = Position::<0, 0>::new(stored.collateral, stored.debt);
    match plan::assess(&stored.config, &stored.market, &position).ok()? {
        Assessment::Healthy => Some(Verdict::Healthy),
        Assessment::Liquidate(plan) => Some(Verdict::Sell { sell: plan.sell.get(), repay: plan.repay.get() }),
        Assessment::Backstop(_) => None,
    }
}

/// A liquidation by klend's rule.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    position: Health,
    close_factor: Ratio,
    cap: Value,
    least_bonus: Ratio,
    most_bonus: Ratio,
}

impl Plan {
    /// From plain integers.
    #[must_use]
    pub fn store(input: &input::Plan) -> Option<Plan> {
        let whole = input::ten_pow(input.position.decimals.quote)?;
        Some(Plan {
            position: Health::store(&input.position)?,
            close_factor: bps(input.close_factor_bps)?,
            cap: Value::new(u128::from(input.cap).checked_mul(whole)?),
            least_bonus: bps(input.least_bonus_bps)?,
            most_bonus: bps(input.most_bonus_bps)?,
        })
    }
}

/// klend's plan in damper's numbers.
#[must_use]
pub fn plan(stored: &Plan) -> Option<Verdict> {
    let Plan { position, close_factor, cap, least_bonus, most_bonus } = *stored;
    let price = position.band.low();
    let threshold = position.parameters.liquidation_threshold;
    let collateral_value = price.value_floor(position.collateral).ok()?;
    let ltv = position.debt.ratio_ceil(collateral_value).ok()?;
    if ltv < threshold {
        return Some(Verdict::Healthy);
    }
    let room = Ratio::ONE.excess_over(ltv);
    let bonus = ltv.excess_over(threshold).max(least_bonus).min(most_bonus).min(room);
    let grown = Ratio::ONE.checked_add(bonus).ok()?;
    let repay = position.debt.mul_ceil(close_factor).ok()?.min(position.debt).min(cap);
    let total = repay.mul_floor(grown).ok()?;
    if total >= collateral_value {
        let (one, grown) = (u128::from(Ratio::ONE.to_bits()), u128::from(grown.to_bits()));
        let repay = mul_div_ceil(collateral_value.get(), one, grown).ok()?;
        return Some(Verdict::Sell { sell: position.collateral.get(), repay });
    }
    let sell = price.amount_floor(total).ok()?.min(position.collateral);
    Some(Verdict::Sell { sell: sell.get(), repay: repay.get() })
}

/// An open auction, and the time.
#[derive(Clone, Copy, Debug)]
pub struct Auction {
    terms: Terms,
    now: Timestamp,
}

impl Auction {
    /// From plain integers; the floor at 60 % and the tail of two hours are those of the lending preset.
    #[must_use]
    pub fn store(input: &input::Auction) -> Option<Auction> {
        let cut = Decay::from_ratio(bps(input.cut_bps)?).ok()?;
        let config = AuctionConfig::new(AuctionParams {
            curve: Curve::StairExponential { cut, step: Seconds::new(input.step) },
            floor: bps(6_000)?,
            tail: Seconds::new(7_200),
            cusp: bps(6_500)?,
            dust: Value::ZERO,
        })
        .ok()?;
        let opened = Timestamp::new(1_700_000_000);
        let band = PriceBand::exact(price(input.start, input.decimals)?);
        let terms = Terms::freeze(&config, band, Ratio::ZERO, opened).ok()?;
        Some(Auction { terms, now: opened.checked_add(Seconds::new(input.elapsed)).ok()? })
    }
}

/// The price asked, quote atoms per base atom: [`Terms::price`].
#[must_use]
pub fn auction(stored: &Auction) -> Option<Price> {
    stored.terms.price(stored.now).ok()
}

/// A measured pool, and a sale.
#[derive(Clone, Copy, Debug)]
pub struct Impact {
    book: Book<1>,
    sold: Amount,
}

impl Impact {
    /// From plain integers.
    #[must_use]
    pub fn store(input: &input::Impact) -> Option<Impact> {
        let snapshot = Snapshot::ConstantProduct { reserve: Amount::new(input.reserve) };
        let book = Shape::ConstantProduct.measure_floor(&snapshot).ok()?;
        Some(Impact { book, sold: Amount::new(input.sold) })
    }
}

/// The price impact: [`Book::impact_ceil`].
#[must_use]
pub fn impact(stored: &Impact) -> Option<Ratio> {
    stored.book.impact_ceil(stored.sold).ok()
}

/// An estimate, and one more price.
#[derive(Clone, Copy, Debug)]
pub struct Ewma {
    config: VolatilityConfig,
    state: Volatility,
    price: Price,
    time: Timestamp,
}

impl Ewma {
    /// From plain integers: the weight is that of the half-life, in a rise and in a fall.
    #[must_use]
    pub fn store(input: &input::Ewma) -> Option<Ewma> {
        let start = Ratio::from_fraction_floor(u128::from(input.sigma), 1 << 16).ok()?;
        let config = VolatilityConfig::new(VolatilityParams {
            horizon: Seconds::new(input.elapsed.checked_mul(u64::from(input.periods))?),
            rise_half_life: Seconds::new(input.half_life),
            fall_half_life: Seconds::new(input.half_life),
            max_gap: Seconds::new(3_600),
            floor: Ratio::ZERO,
            cap: Ratio::from_fraction_floor(255, 1).ok()?,
            start,
        })
        .ok()?;
        let opened = Timestamp::new(1_700_000_000);
        let state = Volatility::cold(&config, price(input.before, input.decimals)?, opened);
        let time = opened.checked_add(Seconds::new(input.elapsed)).ok()?;
        Some(Ewma { config, state, price: price(input.after, input.decimals)?, time })
    }
}

/// The variance after: [`VolatilityConfig::observe`], which also computes the weight from the time elapsed.
#[must_use]
pub fn ewma(stored: &Ewma) -> Option<Volatility> {
    stored.config.observe(stored.state, stored.price, stored.time).ok()
}
