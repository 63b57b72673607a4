//! What a throttle is put on: accounts that must sell because the price fell.

use damper::Error;
use damper::price::Price;
use damper::units::{Amount, Timestamp, Value};

/// What an account should sell to be done with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Order {
    pub(crate) account: usize,
    pub(crate) amount: Amount,
}

/// What was sold of an order.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fill {
    pub(crate) sold: Amount,
    /// What the market paid.
    pub(crate) proceeds: Value,
    /// The price at which the order was triggered.
    pub(crate) trigger: Price,
    /// The market's price before the sale: another than the trigger when a source is wrong or others sold before.
    pub(crate) truth: Price,
}

/// What sales did to the accounts, and what was lent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Marks {
    /// Sales.
    pub(crate) sales: usize,
    /// Sales after which debt over collateral was higher than before.
    pub(crate) worsening: usize,
    /// Worth, at the market's price, of what was sold although that price did not call for it.
    pub(crate) undue: Value,
    /// Worth, at the market's price, of what was given away for nothing.
    pub(crate) for_nothing: Value,
    /// The least paid for a base atom over the market's price, in basis points; `None` without a sale.
    pub(crate) least_paid_bps: Option<u32>,
    /// What new borrowers took.
    pub(crate) lent: Value,
}

impl Marks {
    pub(crate) const NONE: Marks = Marks {
        sales: 0,
        worsening: 0,
        undue: Value::ZERO,
        for_nothing: Value::ZERO,
        least_paid_bps: None,
        lent: Value::ZERO,
    };
}

/// Decides what is lent against collateral.
pub(crate) type Lend<'a> = dyn FnMut(Amount) -> Result<Value, Error> + 'a;

/// Accounts that must sell because the price fell.
pub(crate) trait Population {
    /// What is to be sold at a price, all of it, most urgent first.
    fn orders(&self, price: Price) -> Result<Vec<Order>, Error>;

    /// Books a sale.
    fn book(&mut self, account: usize, fill: Fill) -> Result<(), Error>;

    /// What the accounts lack at a price: debt that collateral does not cover, wealth below a floor.
    fn bad_debt(&self, price: Price) -> Result<Value, Error>;

    /// New borrowers come; `truth` is the market's price.
    fn arrive(&mut self, _now: Timestamp, _truth: Price, _lend: &mut Lend<'_>) -> Result<(), Error> {
        Ok(())
    }

    /// What was counted so far.
    fn marks(&self) -> Marks {
        Marks::NONE
    }

    /// The value of all orders at a price.
    fn backlog(&self, price: Price) -> Result<Value, Error> {
        let mut sum = Value::ZERO;
        for order in self.orders(price)? {
            sum = sum.checked_add(price.value_ceil(order.amount)?)?;
        }
        Ok(sum)
    }
}
