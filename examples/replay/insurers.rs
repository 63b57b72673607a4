//! Portfolio insurers: constant-proportion funds that sell as their cushion shrinks.
//!
//! A fund with exposure `E = m * cushion` must sell `(m - 1) * E * d` when the price falls by `d`. Sizes are log-uniform
//! over a factor of 16; `m` is uniform from 2.0 to 3.2. The mean of 2.6 follows the Brady report: a fall of 10 % called
//! for sales of about 12 of 75 bn USD, so `m - 1` is 1.6. The funds do not buy back when the price rises; a rise only
//! lowers what they must still sell.

use crate::population::{Fill, Order, Population};
use crate::rng::SplitMix64;
use damper::Error;
use damper::num::mul_div_floor;
use damper::price::Price;
use damper::ratio::Ratio;
use damper::units::{Amount, Value};

/// How many funds there are.
pub(crate) const FUNDS: usize = 60;

/// One fund.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fund {
    pub(crate) holding: Amount,
    pub(crate) cash: Value,
    pub(crate) floor: Value,
    pub(crate) multiplier: Ratio,
}

impl Fund {
    /// A fund fully invested at `price`, its cushion the `multiplier`-th part of it.
    pub(crate) fn opened(holding: Amount, price: Price, multiplier: Ratio) -> Result<Fund, Error> {
        let wealth = price.value_floor(holding)?;
        let cushion = wealth.mul_floor(Ratio::ONE.div_floor(multiplier)?)?;
        Ok(Fund { holding, cash: Value::ZERO, floor: wealth.checked_sub(cushion)?, multiplier })
    }

    fn wealth(&self, price: Price) -> Result<Value, Error> {
        price.value_floor(self.holding)?.checked_add(self.cash)
    }

    /// What it holds above its target exposure.
    fn excess(&self, price: Price) -> Result<Amount, Error> {
        let wealth = self.wealth(price)?;
        let target = wealth.excess_over(self.floor).mul_floor(self.multiplier)?.min(wealth);
        let excess = price.value_floor(self.holding)?.excess_over(target);
        Ok(price.amount_floor(excess)?.min(self.holding))
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
            let amount = fund.excess(price)?;
            if !amount.is_zero() {
                orders.push(Order { account, amount });
            }
        }
        Ok(orders)
    }

    fn book(&mut self, account: usize, fill: Fill) -> Result<(), Error> {
        let fund = &mut self.funds[account];
        fund.holding = fund.holding.checked_sub(fill.sold)?;
        fund.cash = fund.cash.checked_add(fill.proceeds)?;
        Ok(())
    }

    /// Wealth below the floors.
    fn bad_debt(&self, price: Price) -> Result<Value, Error> {
        let mut sum = Value::ZERO;
        for fund in &self.funds {
            sum = sum.checked_add(fund.floor.excess_over(fund.wealth(price)?))?;
        }
        Ok(sum)
    }
}
