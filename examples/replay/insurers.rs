//! Portfolio insurers: constant-proportion funds that sell as their cushion shrinks.
//!
//! A fund with exposure `E = m * cushion` must sell `(m - 1) * E * d` when the price falls by `d`. Sizes are log-uniform
//! over a factor of 16; `m` is uniform from 2.0 to 3.2. The mean of 2.6 follows the Brady report: a fall of 10 % called
//! for sales of about 12 of 75 bn USD, so `m - 1` is 1.6. What a fund should sell is [`InsuranceConfig::rebalance`]; its
//! purchases are left out, so a rise only lowers what must still be sold. No fund has a limit on its multiplier. With one
//! it would be refused: on the calm book the loop gain `(m - 1) E / V` of all of them is 1.6 * 75 / 100 = 1.2, and the
//! fall that theorem A leaves here permits a multiplier of 1.6.

use crate::population::{Fill, Order, Population};
use crate::rng::SplitMix64;
use damper::Error;
use damper::hedge::{InsuranceConfig, InsuranceParams, Insurer, Loop, MultiplierLimit, Rebalance};
use damper::num::mul_div_floor;
use damper::price::{Price, PriceBand};
use damper::ratio::Ratio;
use damper::units::{Amount, Value};

/// How many funds there are.
pub(crate) const FUNDS: usize = 60;

/// One fund.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fund {
    rule: InsuranceConfig,
    state: Insurer,
}

impl Fund {
    /// A fund fully invested at `price`, its cushion the `multiplier`-th part of it.
    pub(crate) fn opened(holding: Amount, price: Price, multiplier: Ratio) -> Result<Fund, Error> {
        let wealth = price.value_floor(holding)?;
        let cushion = wealth.mul_floor(Ratio::ONE.div_floor(multiplier)?)?;
        let floor = wealth.checked_sub(cushion)?;
        // Nobody limited the multipliers of 1987.
        let none = Loop { exposure: Value::ZERO, per_move: Value::ZERO, limit: Ratio::ZERO };
        let params = InsuranceParams { floor, multiplier, max_share: Ratio::ONE, tolerance: Ratio::ZERO };
        let rule = InsuranceConfig::new(params, &MultiplierLimit::new(Ratio::ZERO, &none)?)?;
        Ok(Fund { rule, state: Insurer::new(holding, Value::ZERO) })
    }

    /// What it should sell, and its state after it saw the price.
    fn excess(&self, price: Price) -> Result<(Insurer, Amount), Error> {
        let (state, decision) = self.rule.rebalance(self.state, PriceBand::exact(price))?;
        Ok(match decision {
            Rebalance::Sell(amount) | Rebalance::Breached { sell: amount, .. } => (state, amount),
            Rebalance::Hold | Rebalance::Buy(_) => (state, Amount::ZERO),
        })
    }
}

/// The funds.
#[derive(Clone, Debug)]
pub(crate) struct Insurers {
    pub(crate) funds: Vec<Fund>,
}

impl Insurers {
    /// Funds that hold `insured` in all, opened at `price`.
    pub(crate) fn seeded(seed: u64, insured: Amount, price: Price) -> Result<Insurers, Error> {
        let mut rng = SplitMix64::new(seed);
        let mut drawn = Vec::new();
        for _ in 0..FUNDS {
            let octave = rng.within(0, 3);
            let weight = u128::from(rng.within(1_000 << octave, (2_000 << octave) - 1));
            drawn.push((weight, u128::from(rng.within(200, 320))));
        }
        let total: u128 = drawn.iter().map(|(weight, _)| weight).sum();
        let mut funds = Vec::new();
        for (weight, hundredths) in drawn {
            let holding = Amount::new(mul_div_floor(insured.get(), weight, total)?);
            funds.push(Fund::opened(holding, price, Ratio::from_fraction_floor(hundredths, 100)?)?);
        }
        Ok(Insurers { funds })
    }
}

impl Population for Insurers {
    fn orders(&self, price: Price) -> Result<Vec<Order>, Error> {
        let mut orders = Vec::new();
        for (account, fund) in self.funds.iter().enumerate() {
            let (_, amount) = fund.excess(price)?;
            if !amount.is_zero() {
                orders.push(Order { account, amount });
            }
        }
        Ok(orders)
    }

    fn book(&mut self, account: usize, fill: Fill) -> Result<(), Error> {
        let fund = &mut self.funds[account];
        let (seen, _) = fund.excess(fill.trigger)?;
        fund.state = seen.sold(fill.sold, fill.proceeds)?;
        Ok(())
    }

    /// Wealth below the floors.
    fn bad_debt(&self, price: Price) -> Result<Value, Error> {
        let mut sum = Value::ZERO;
        for fund in &self.funds {
            let wealth = fund.state.wealth_floor(PriceBand::exact(price))?;
            sum = sum.checked_add(fund.rule.params().floor.excess_over(wealth))?;
        }
        Ok(sum)
    }
}
