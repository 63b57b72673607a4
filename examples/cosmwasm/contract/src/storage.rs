//! Records of fixed bytes under fixed keys: what is read is parsed or refused.

use crate::error::ContractError;
use cosmwasm_std::{Addr, Storage};
use damper::auction::Lot;
use market::{Backstop, Guard, GuardState, House, Loan, Refusal, SourcesState, State, Terms};

/// Key of the configuration of the guard.
pub const GUARD: &[u8] = b"guard";
/// Key of the configuration beside it.
pub const TERMS: &[u8] = b"terms";
/// Key of the guard's state.
pub const STATE: &[u8] = b"state";
/// Key of what is kept beside it.
pub const HOUSE: &[u8] = b"house";
/// Key of what the sources said.
pub const SAID: &[u8] = b"said";
/// Key of the backstop.
pub const BACKSTOP: &[u8] = b"backstop";
/// Key of the settings.
pub const SETTINGS: &[u8] = b"settings";

/// Key of a loan: `loan/` and the borrower's address.
#[must_use]
pub fn loan_key(borrower: &str) -> Vec<u8> {
    [b"loan/", borrower.as_bytes()].concat()
}

/// Key of a loan's open lot: `lot/` and the borrower's address.
#[must_use]
pub fn lot_key(borrower: &str) -> Vec<u8> {
    [b"lot/", borrower.as_bytes()].concat()
}

/// Key of who kicked the open lot: `kicker/` and the borrower's address.
#[must_use]
pub fn kicker_key(borrower: &str) -> Vec<u8> {
    [b"kicker/", borrower.as_bytes()].concat()
}

/// A record: its fixed bytes, and how it is written and read.
pub trait Record: Sized {
    /// Bytes it takes.
    const BYTES: usize;
    /// Writes it into exactly as many bytes as it takes.
    ///
    /// # Errors
    /// Another length: a code for stored lengths.
    fn write(&self, out: &mut [u8]) -> Result<(), Refusal>;
    /// Reads what [`Record::write`] wrote.
    ///
    /// # Errors
    /// Anything else, by its code.
    fn read(bytes: &[u8]) -> Result<Self, Refusal>;
}

macro_rules! records {
    ($($name:ty),+) => { $(
        impl Record for $name {
            const BYTES: usize = <$name>::BYTES;
            fn write(&self, out: &mut [u8]) -> Result<(), Refusal> {
                self.write_to(out).map_err(Refusal::from)
            }
            fn read(bytes: &[u8]) -> Result<Self, Refusal> {
                <$name>::read_from(bytes).map_err(Refusal::from)
            }
        }
    )+ };
}

records!(Guard, Terms, GuardState, House, SourcesState, Lot, Loan, Backstop);

/// The record under a key, if there is one.
///
/// # Errors
/// Bytes that are not such a record, by their code.
pub fn load<T: Record>(storage: &dyn Storage, key: &[u8]) -> Result<Option<T>, ContractError> {
    match storage.get(key) {
        Some(bytes) => Ok(Some(T::read(&bytes)?)),
        None => Ok(None),
    }
}

/// The record under a key.
///
/// # Errors
/// None: [`Refusal::Missing`]. As [`load`].
pub fn must_load<T: Record>(storage: &dyn Storage, key: &[u8]) -> Result<T, ContractError> {
    Ok(load(storage, key)?.ok_or(Refusal::Missing)?)
}

/// The stored form of a record.
///
/// # Errors
/// None in fact: the length is right.
pub fn bytes<T: Record>(record: &T) -> Result<Vec<u8>, ContractError> {
    let mut bytes = vec![0; T::BYTES];
    record.write(&mut bytes)?;
    Ok(bytes)
}

/// Stores a record.
///
/// # Errors
/// As [`bytes`].
pub fn save<T: Record>(storage: &mut dyn Storage, key: &[u8], record: &T) -> Result<(), ContractError> {
    storage.set(key, &bytes(record)?);
    Ok(())
}

/// The state of the market: the guard's, and what is kept beside it.
///
/// # Errors
/// As [`must_load`].
pub fn load_state(storage: &dyn Storage) -> Result<State, ContractError> {
    Ok(State { guard: must_load(storage, STATE)?, house: must_load(storage, HOUSE)? })
}

/// Stores the state of the market.
///
/// # Errors
/// As [`save`].
pub fn save_state(storage: &mut dyn Storage, state: &State) -> Result<(), ContractError> {
    save(storage, STATE, &state.guard)?;
    save(storage, HOUSE, &state.house)
}

/// An address under a key.
///
/// # Errors
/// None: [`Refusal::Missing`]. One that is no text: [`Refusal::StoredValue`].
pub fn load_address(storage: &dyn Storage, key: &[u8]) -> Result<Addr, ContractError> {
    let bytes = storage.get(key).ok_or(Refusal::Missing)?;
    Ok(Addr::unchecked(String::from_utf8(bytes).map_err(|_| Refusal::StoredValue)?))
}

/// What the contract itself is told when it begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Decimals of the collateral.
    pub base_decimals: u8,
    /// Decimals of the debt.
    pub quote_decimals: u8,
    /// Who may have the market adopt its sources.
    pub admin: Addr,
    /// Who may post prices and depth.
    pub oracle: Addr,
    /// Who reports for each source: all of them, or none.
    pub sources: Vec<Addr>,
}

impl Settings {
    /// Stores them: the two decimals, one byte each, and the addresses, a line feed between two.
    pub fn save(&self, storage: &mut dyn Storage) {
        let names: Vec<&str> = [&self.admin, &self.oracle].into_iter().chain(&self.sources).map(Addr::as_str).collect();
        storage.set(SETTINGS, &[&[self.base_decimals, self.quote_decimals], names.join("\n").as_bytes()].concat());
    }

    /// Loads them.
    ///
    /// # Errors
    /// None: [`Refusal::Missing`]. Too short: [`Refusal::StoredLength`]. Addresses that are no text, or fewer than two:
    /// [`Refusal::StoredValue`].
    pub fn load(storage: &dyn Storage) -> Result<Settings, ContractError> {
        let bytes = storage.get(SETTINGS).ok_or(Refusal::Missing)?;
        let [base_decimals, quote_decimals, names @ ..] = &bytes[..] else {
            return Err(Refusal::StoredLength.into());
        };
        let names = core::str::from_utf8(names).map_err(|_| Refusal::StoredValue)?;
        let mut names = names.split('\n').map(Addr::unchecked);
        let admin = names.next().ok_or(Refusal::StoredValue)?;
        let oracle = names.next().ok_or(Refusal::StoredValue)?;
        let sources = names.collect();
        Ok(Settings { base_decimals: *base_decimals, quote_decimals: *quote_decimals, admin, oracle, sources })
    }
}
