//! What the accounts hold, read and written: configuration, state, what sources said, loans, lots.

use crate::accounts::{CONFIG, KEY, KIND, LOAN, LOT, SAID, STATE, key, part, part_mut, related, signed_by, write};
use crate::fault::Code;
use crate::runtime::now;
use market::feeds::SOURCES;
use market::{Backstop, Guard, GuardState, House, Loan, Lot, Market, Refusal, SourcesState, State, Terms};
use pinocchio::{AccountView, Address};

/// Where the parts of a configuration and of a state begin.
pub const GUARD: usize = KIND + (2 + SOURCES) * KEY;
pub const TERMS: usize = GUARD + Guard::BYTES;
const HOUSE: usize = KIND + KEY + GuardState::BYTES;
pub const BACKSTOP: usize = HOUSE + House::BYTES;

/// What a market is run by.
pub struct Config {
    pub guard: Guard,
    pub terms: Terms,
}

impl Config {
    /// The market at the present.
    #[inline(always)]
    pub fn market(&self) -> Result<Market<'_>, Code> {
        Ok(Market { guard: &self.guard, terms: &self.terms, now: now()? })
    }
}

/// The configuration.
#[inline(never)]
pub fn read_config(account: &AccountView, program: &Address) -> Result<Config, Code> {
    let bytes = CONFIG.read(account, program)?;
    config_from(part(&bytes, GUARD, Guard::BYTES)?, part(&bytes, TERMS, Terms::BYTES)?)
}

/// The configuration of the guard alone.
#[inline(never)]
pub fn read_guard(account: &AccountView, program: &Address) -> Result<Guard, Code> {
    let bytes = CONFIG.read(account, program)?;
    Ok(Guard::read_from(part(&bytes, GUARD, Guard::BYTES)?)?)
}

/// The configuration in its stored forms.
pub fn config_from(guard: &[u8], terms: &[u8]) -> Result<Config, Code> {
    Ok(Config { guard: Guard::read_from(guard)?, terms: Terms::read_from(terms)? })
}

/// That the admin of a configuration signed.
#[inline(never)]
pub fn signed_by_admin(account: &AccountView, program: &Address, admin: &AccountView) -> Result<(), Code> {
    let bytes = CONFIG.read(account, program)?;
    signed_by(admin, key(&bytes, KIND)?)
}

/// That the oracle authority of a configuration signed.
#[inline(never)]
pub fn signed_by_oracle(account: &AccountView, program: &Address, oracle: &AccountView) -> Result<(), Code> {
    let bytes = CONFIG.read(account, program)?;
    signed_by(oracle, key(&bytes, KIND + KEY)?)
}

/// That the authority of a source of a configuration signed.
#[inline(never)]
pub fn signed_by_source(
    account: &AccountView,
    program: &Address,
    source: usize,
    authority: &AccountView,
) -> Result<(), Code> {
    let bytes = CONFIG.read(account, program)?;
    let (keys, _) = part(&bytes, KIND + 2 * KEY, SOURCES * KEY)?.as_chunks();
    signed_by(authority, keys.get(source).ok_or(Refusal::Missing)?)
}

/// Fills a configuration.
#[inline(never)]
pub fn write_config(account: &mut AccountView, admin: &Address, rest: &[u8]) -> Result<(), Code> {
    let mut bytes = write(account)?;
    part_mut(&mut bytes, KIND + KEY, rest.len())?.copy_from_slice(rest);
    part_mut(&mut bytes, KIND, KEY)?.copy_from_slice(admin.as_array());
    part_mut(&mut bytes, 0, KIND)?.copy_from_slice(CONFIG.name);
    Ok(())
}

/// The state of a configuration.
#[inline(never)]
pub fn read_state(account: &AccountView, program: &Address, config: &AccountView) -> Result<State, Code> {
    let bytes = STATE.read(account, program)?;
    related(config, key(&bytes, KIND)?)?;
    Ok(State {
        guard: GuardState::read_from(part(&bytes, KIND + KEY, GuardState::BYTES)?)?,
        house: House::read_from(part(&bytes, HOUSE, House::BYTES)?)?,
    })
}

/// The guard's state alone.
#[inline(never)]
pub fn read_guard_state(account: &AccountView, program: &Address, config: &AccountView) -> Result<GuardState, Code> {
    let bytes = STATE.read(account, program)?;
    related(config, key(&bytes, KIND)?)?;
    Ok(GuardState::read_from(part(&bytes, KIND + KEY, GuardState::BYTES)?)?)
}

/// What is kept beside the guard's state, whatever its configuration.
#[inline(never)]
pub fn read_house(account: &AccountView, program: &Address) -> Result<House, Code> {
    let bytes = STATE.read(account, program)?;
    Ok(House::read_from(part(&bytes, HOUSE, House::BYTES)?)?)
}

/// The backstop of a state that was read before.
#[inline(never)]
pub fn read_backstop(account: &AccountView, program: &Address) -> Result<Backstop, Code> {
    let bytes = STATE.read(account, program)?;
    Ok(Backstop::read_from(part(&bytes, BACKSTOP, Backstop::BYTES)?)?)
}

/// Fills a new state.
#[inline(never)]
pub fn fill_state(account: &mut AccountView, config: &Address, state: &State) -> Result<(), Code> {
    write_state(account, state)?;
    write_backstop(account, &Backstop::NEW)?;
    let mut bytes = write(account)?;
    part_mut(&mut bytes, 0, KIND)?.copy_from_slice(STATE.name);
    part_mut(&mut bytes, KIND, KEY)?.copy_from_slice(config.as_array());
    Ok(())
}

/// Replaces a state.
#[inline(never)]
pub fn write_state(account: &mut AccountView, state: &State) -> Result<(), Code> {
    let mut bytes = write(account)?;
    state.guard.write_to(part_mut(&mut bytes, KIND + KEY, GuardState::BYTES)?)?;
    Ok(state.house.write_to(part_mut(&mut bytes, HOUSE, House::BYTES)?)?)
}

/// Replaces what is kept beside the guard's state.
#[inline(never)]
pub fn write_house(account: &mut AccountView, house: &House) -> Result<(), Code> {
    let mut bytes = write(account)?;
    Ok(house.write_to(part_mut(&mut bytes, HOUSE, House::BYTES)?)?)
}

/// Replaces a backstop.
#[inline(never)]
pub fn write_backstop(account: &mut AccountView, backstop: &Backstop) -> Result<(), Code> {
    let mut bytes = write(account)?;
    Ok(backstop.write_to(part_mut(&mut bytes, BACKSTOP, Backstop::BYTES)?)?)
}

/// What the sources of a market said.
#[inline(never)]
pub fn read_said(account: &AccountView, program: &Address, market: &AccountView) -> Result<SourcesState, Code> {
    let bytes = SAID.read(account, program)?;
    related(market, key(&bytes, KIND)?)?;
    Ok(SourcesState::read_from(part(&bytes, KIND + KEY, SourcesState::BYTES)?)?)
}

/// Fills a new record of what sources said.
#[inline(never)]
pub fn fill_said(account: &mut AccountView, market: &Address, said: &SourcesState) -> Result<(), Code> {
    write_said(account, said)?;
    let mut bytes = write(account)?;
    part_mut(&mut bytes, 0, KIND)?.copy_from_slice(SAID.name);
    part_mut(&mut bytes, KIND, KEY)?.copy_from_slice(market.as_array());
    Ok(())
}

/// Replaces what the sources said.
#[inline(never)]
pub fn write_said(account: &mut AccountView, said: &SourcesState) -> Result<(), Code> {
    let mut bytes = write(account)?;
    Ok(said.write_to(part_mut(&mut bytes, KIND + KEY, SourcesState::BYTES)?)?)
}

/// A loan, whatever its market and owner.
#[inline(never)]
pub fn read_loan(account: &AccountView, program: &Address) -> Result<Loan, Code> {
    let bytes = LOAN.read(account, program)?;
    Ok(Loan::read_from(part(&bytes, KIND + 2 * KEY, Loan::BYTES)?)?)
}

/// A loan of a market.
#[inline(never)]
pub fn read_loan_of(account: &AccountView, program: &Address, market: &AccountView) -> Result<Loan, Code> {
    let bytes = LOAN.read(account, program)?;
    related(market, key(&bytes, KIND)?)?;
    Ok(Loan::read_from(part(&bytes, KIND + 2 * KEY, Loan::BYTES)?)?)
}

/// That the owner of a loan signed.
#[inline(never)]
pub fn signed_by_owner(account: &AccountView, program: &Address, owner: &AccountView) -> Result<(), Code> {
    let bytes = LOAN.read(account, program)?;
    signed_by(owner, key(&bytes, KIND + KEY)?)
}

/// Fills a new loan.
#[inline(never)]
pub fn fill_loan(account: &mut AccountView, market: &Address, owner: &Address, loan: &Loan) -> Result<(), Code> {
    write_loan(account, loan)?;
    let mut bytes = write(account)?;
    part_mut(&mut bytes, 0, KIND)?.copy_from_slice(LOAN.name);
    part_mut(&mut bytes, KIND, KEY)?.copy_from_slice(market.as_array());
    part_mut(&mut bytes, KIND + KEY, KEY)?.copy_from_slice(owner.as_array());
    Ok(())
}

/// Replaces a loan.
#[inline(never)]
pub fn write_loan(account: &mut AccountView, loan: &Loan) -> Result<(), Code> {
    let mut bytes = write(account)?;
    Ok(loan.write_to(part_mut(&mut bytes, KIND + 2 * KEY, Loan::BYTES)?)?)
}

/// The lot of a loan of a market.
#[inline(never)]
pub fn read_lot(
    account: &AccountView,
    program: &Address,
    market: &AccountView,
    loan: &AccountView,
) -> Result<Lot, Code> {
    let bytes = LOT.read(account, program)?;
    related(market, key(&bytes, KIND)?)?;
    related(loan, key(&bytes, KIND + KEY)?)?;
    Ok(Lot::read_from(part(&bytes, KIND + 3 * KEY, Lot::BYTES)?)?)
}

/// Who kicked a lot that was read before.
#[inline(never)]
pub fn read_kicker(account: &AccountView, program: &Address) -> Result<[u8; KEY], Code> {
    let bytes = LOT.read(account, program)?;
    Ok(*key(&bytes, KIND + 2 * KEY)?)
}

/// Fills a new lot: market, loan, who kicked.
#[inline(never)]
pub fn fill_lot(account: &mut AccountView, keys: [&Address; 3], lot: &Lot) -> Result<(), Code> {
    write_lot(account, lot)?;
    let mut bytes = write(account)?;
    part_mut(&mut bytes, 0, KIND)?.copy_from_slice(LOT.name);
    for (to, key) in part_mut(&mut bytes, KIND, 3 * KEY)?.chunks_exact_mut(KEY).zip(keys) {
        to.copy_from_slice(key.as_array());
    }
    Ok(())
}

/// Replaces a lot.
#[inline(never)]
pub fn write_lot(account: &mut AccountView, lot: &Lot) -> Result<(), Code> {
    let mut bytes = write(account)?;
    Ok(lot.write_to(part_mut(&mut bytes, KIND + 3 * KEY, Lot::BYTES)?)?)
}

/// Empties a lot: the account may be filled again.
#[inline(never)]
pub fn clear_lot(account: &mut AccountView) -> Result<(), Code> {
    write(account)?.fill(0);
    Ok(())
}
