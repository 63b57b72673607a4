//! What a throttle is put on: accounts that must sell because the price fell.

use damper::Error;
use damper::price::Price;
use damper::units::{Amount, Value};

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
}

/// Accounts that must sell because the price fell.
pub(crate) trait Population {
    /// What is to be sold at a price, all of it, most urgent first.
    fn orders(&self, price: Price) -> Result<Vec<Order>, Error>;

    /// Books a sale.
    fn book(&mut self, account: usize, fill: Fill) -> Result<(), Error>;

    /// What the accounts lack at a price: debt that collateral does not cover, wealth below a floor.
    fn bad_debt(&self, price: Price) -> Result<Value, Error>;

    /// The value of all orders at a price.
    fn backlog(&self, price: Price) -> Result<Value, Error> {
        let mut sum = Value::ZERO;
        for order in self.orders(price)? {
            sum = sum.checked_add(price.value_ceil(order.amount)?)?;
        }
        Ok(sum)
    }
}
