//! What the market keeps beside the guard's state: what is owed in all, its fund, and whether its keepers answer.

use crate::GuardState;
use crate::bytes;
use crate::refusal::Refusal;
use crate::terms::Terms;
use damper::answering::Answering;
use damper::units::{Timestamp, Value};

const HOUSE: u8 = 21;
const NUMBERS: usize = 2;

/// What the market keeps beside the guard's state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct House {
    /// Quote atoms that all loans owe, and that open lots are still to raise.
    pub debt: Value,
    /// Quote atoms of penalties that no keeper was paid: the market's.
    pub fund: Value,
    /// Whether keepers answer.
    pub answering: Answering,
    /// Whether the price is what the sources say together. Once it is, it stays so.
    pub fed: bool,
}

/// The state of the market: the guard's, and what is kept beside it. Stored as two records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct State {
    /// The guard's state.
    pub guard: GuardState,
    /// What is kept beside it.
    pub house: House,
}

impl House {
    /// Bytes of the stored form.
    pub const BYTES: usize = bytes::size(NUMBERS).saturating_add(Answering::BYTES);

    /// Nothing owed, nothing collected, one authority for the price.
    #[must_use]
    pub const fn open(terms: &Terms, now: Timestamp) -> House {
        House { debt: Value::ZERO, fund: Value::ZERO, answering: terms.params().answering.open(now), fed: false }
    }

    /// Writes the stored form: a header (kind 21, version 1, whether the price is the sources', zero), debt and fund (128
    /// bits each, little-endian), and the stored form of [`Answering`].
    ///
    /// # Errors
    /// `out` is not [`House::BYTES`] long: [`Refusal::StoredLength`].
    pub fn write_to(&self, out: &mut [u8]) -> Result<(), Refusal> {
        if out.len() != House::BYTES {
            return Err(Refusal::StoredLength);
        }
        let (own, answering) = out.split_at_mut_checked(bytes::size(NUMBERS)).ok_or(Refusal::StoredLength)?;
        bytes::write(HOUSE, u8::from(self.fed), [self.debt.get(), self.fund.get()], own)?;
        Ok(self.answering.write_to(answering)?)
    }

    /// Reads the stored form.
    ///
    /// # Errors
    /// Another length: [`Refusal::StoredLength`]. Another kind or version: [`Refusal::StoredHeader`]. A flag that is
    /// neither zero nor one: [`Refusal::StoredValue`]. As `Answering::read_from`.
    pub fn read_from(stored: &[u8]) -> Result<House, Refusal> {
        if stored.len() != House::BYTES {
            return Err(Refusal::StoredLength);
        }
        let (own, answering) = stored.split_at_checked(bytes::size(NUMBERS)).ok_or(Refusal::StoredLength)?;
        let (flag, [debt, fund]) = bytes::read(HOUSE, own)?;
        let fed = match flag {
            0 => false,
            1 => true,
            _ => return Err(Refusal::StoredValue),
        };
        let answering = Answering::read_from(answering)?;
        Ok(House { debt: Value::new(debt), fund: Value::new(fund), answering, fed })
    }
}
