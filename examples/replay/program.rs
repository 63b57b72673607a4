//! One order that is to be sold whatever the price does.

use crate::population::{Fill, Order, Population};
use damper::Error;
use damper::price::Price;
use damper::units::{Amount, Value};

/// The order.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Program {
    left: Amount,
}

impl Program {
    pub(crate) const fn of(amount: Amount) -> Program {
        Program { left: amount }
    }
}

impl Population for Program {
    fn orders(&self, _price: Price) -> Result<Vec<Order>, Error> {
        let order = Order { account: 0, amount: self.left };
        Ok(if self.left.is_zero() { Vec::new() } else { vec![order] })
    }

    fn book(&mut self, _account: usize, fill: Fill) -> Result<(), Error> {
        self.left = self.left.checked_sub(fill.sold)?;
        Ok(())
    }

    /// It owes nothing.
    fn bad_debt(&self, _price: Price) -> Result<Value, Error> {
        Ok(Value::ZERO)
    }
}
