//! What a borrower holds and owes, what the backstop has taken over, and how both are stored.

use crate::bytes;
use crate::refusal::Refusal;
use damper::auction::Lot;
use damper::health::Position;
use damper::ratio::Ratio;
use damper::units::{Amount, Value};

const LOAN: u8 = 17;
const BACKSTOP: u8 = 18;

/// What one borrower holds and owes, less what is on offer in the open lot. The lot itself is stored beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Loan {
    /// Base atoms of collateral that are not on offer.
    pub collateral: Amount,
    /// Quote atoms of debt that no lot is to raise.
    pub debt: Value,
    /// Quote atoms that takers paid beyond what lots were to raise: the borrower's.
    pub credit: Value,
    /// The open lot, if there is one.
    pub tab: Option<Tab>,
}

/// What the open lot of a loan is to bring, and has brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tab {
    /// Base atoms that the lot began with, above zero.
    pub offered: Amount,
    /// Base atoms of them that are sold.
    pub sold: Amount,
    /// Quote atoms that the lot is to raise, above zero.
    pub raise: Value,
    /// Quote atoms that takers have paid.
    pub paid: Value,
    /// Factor on the reward of who kicked, at least one: that in force then.
    pub boost: Ratio,
}

/// What the backstop of a market has taken over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backstop {
    /// Base atoms.
    pub collateral: Amount,
    /// Quote atoms of debt.
    pub debt: Value,
}

impl Loan {
    /// Bytes of the stored form.
    pub const BYTES: usize = bytes::size(8);

    /// A loan of nothing.
    pub const NEW: Loan = Loan { collateral: Amount::ZERO, debt: Value::ZERO, credit: Value::ZERO, tab: None };

    /// What the rules look at.
    #[must_use]
    pub const fn position(&self) -> Position<0, 0> {
        Position::new(self.collateral, self.debt)
    }

    /// Whether no lot is open.
    ///
    /// # Errors
    /// One is: [`Refusal::LotOpen`].
    pub const fn without_lot(&self) -> Result<(), Refusal> {
        if self.tab.is_some() { Err(Refusal::LotOpen) } else { Ok(()) }
    }

    /// What the open lot is to bring, if `lot` is that lot.
    ///
    /// # Errors
    /// None is open: [`Refusal::NoLot`]. Its rest is another: [`Refusal::LotMismatch`].
    pub fn tab_of(&self, lot: &Lot) -> Result<Tab, Refusal> {
        let tab = self.tab.ok_or(Refusal::NoLot)?;
        if lot.remaining() != tab.offered.excess_over(tab.sold) || lot.raise() != tab.raise.excess_over(tab.paid) {
            return Err(Refusal::LotMismatch);
        }
        Ok(tab)
    }

    /// Writes the stored form: a header (kind 17, version 1, whether a lot is open, zero) and eight numbers of 128 bits,
    /// little-endian, in the order of the fields; the boost in steps of 2^-48.
    ///
    /// # Errors
    /// `out` is not [`Loan::BYTES`] long: [`Refusal::StoredLength`].
    pub fn write_to(&self, out: &mut [u8]) -> Result<(), Refusal> {
        let (open, [offered, sold, raise, paid, boost]) = match self.tab {
            Some(Tab { offered, sold, raise, paid, boost }) => {
                (1, [offered.get(), sold.get(), raise.get(), paid.get(), u128::from(boost.to_bits())])
            }
            None => (0, [0; 5]),
        };
        let numbers = [self.collateral.get(), self.debt.get(), self.credit.get(), offered, sold, raise, paid, boost];
        bytes::write(LOAN, open, numbers, out)
    }

    /// Reads the stored form.
    ///
    /// # Errors
    /// Another length: [`Refusal::StoredLength`]. Another kind or version: [`Refusal::StoredHeader`]. No lot, and a tab;
    /// or a lot that offers or is to raise nothing, or has sold more than it offered, or a boost below one or out of its
    /// range: [`Refusal::StoredValue`].
    pub fn read_from(stored: &[u8]) -> Result<Loan, Refusal> {
        let (open, [collateral, debt, credit, offered, sold, raise, paid, boost]) = bytes::read(LOAN, stored)?;
        let factor = u64::try_from(boost).map(Ratio::from_bits);
        let tab = match (open, factor) {
            (0, _) if (offered, sold, raise, paid, boost) == (0, 0, 0, 0, 0) => None,
            (1, Ok(boost)) if offered > 0 && raise > 0 && sold <= offered && boost >= Ratio::ONE => Some(Tab {
                offered: Amount::new(offered),
                sold: Amount::new(sold),
                raise: Value::new(raise),
                paid: Value::new(paid),
                boost,
            }),
            _ => return Err(Refusal::StoredValue),
        };
        Ok(Loan { collateral: Amount::new(collateral), debt: Value::new(debt), credit: Value::new(credit), tab })
    }
}

impl Backstop {
    /// Bytes of the stored form.
    pub const BYTES: usize = bytes::size(2);

    /// Nothing taken over.
    pub const NEW: Backstop = Backstop { collateral: Amount::ZERO, debt: Value::ZERO };

    /// Writes the stored form: a header (kind 18, version 1, two zeros), collateral and debt.
    ///
    /// # Errors
    /// `out` is not [`Backstop::BYTES`] long: [`Refusal::StoredLength`].
    pub fn write_to(&self, out: &mut [u8]) -> Result<(), Refusal> {
        bytes::write(BACKSTOP, 0, [self.collateral.get(), self.debt.get()], out)
    }

    /// Reads the stored form.
    ///
    /// # Errors
    /// Another length: [`Refusal::StoredLength`]. Another kind or version: [`Refusal::StoredHeader`]. A flag that is not
    /// zero: [`Refusal::StoredValue`].
    pub fn read_from(stored: &[u8]) -> Result<Backstop, Refusal> {
        let (flag, [collateral, debt]) = bytes::read(BACKSTOP, stored)?;
        if flag != 0 {
            return Err(Refusal::StoredValue);
        }
        Ok(Backstop { collateral: Amount::new(collateral), debt: Value::new(debt) })
    }
}
