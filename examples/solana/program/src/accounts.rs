//! Accounts: their layout, and the checks before anything in them is believed.
//!
//! Each begins with eight bytes, seven of its kind and one of its version. Zeros in their place are an account that was
//! created and not yet filled.

use crate::fault::{Code, Fault};
use market::{Backstop, Guard, GuardState, Loan, Lot, Refusal};
use pinocchio::account::{Ref, RefMut};
use pinocchio::{AccountView, Address};

const KIND: usize = 8;
const KEY: usize = 32;

/// A kind of account.
pub struct Kind {
    name: &'static [u8; KIND],
    size: usize,
    /// What its absence is called.
    missing: Refusal,
}

/// Admin, oracle authority, stored configuration.
pub const CONFIG: Kind = Kind { name: b"dampcfg\x01", size: KIND + 2 * KEY + Guard::BYTES, missing: Refusal::Missing };
/// Key of the configuration, stored state, stored backstop. Its own key is what loans call their market.
pub const STATE: Kind =
    Kind { name: b"dampsta\x01", size: KIND + KEY + GuardState::BYTES + Backstop::BYTES, missing: Refusal::Missing };
/// Market, owner, stored loan.
pub const LOAN: Kind = Kind { name: b"damplon\x01", size: KIND + 2 * KEY + Loan::BYTES, missing: Refusal::Missing };
/// Market, loan, stored lot.
pub const LOT: Kind = Kind { name: b"damplot\x01", size: KIND + 2 * KEY + Lot::BYTES, missing: Refusal::NoLot };

/// The accounts of an instruction: exactly as many as it takes.
pub fn exactly<const K: usize>(accounts: &mut [AccountView]) -> Result<&mut [AccountView; K], Code> {
    accounts.try_into().map_err(|_| Fault::AccountCount.into())
}

/// No account is given twice. The machine shows an account that is given again as the same place in memory.
#[inline(never)]
pub fn distinct(accounts: &[AccountView]) -> Result<(), Code> {
    let mut rest = accounts;
    while let [first, others @ ..] = rest {
        for other in others {
            if first.account_ptr() == other.account_ptr() {
                return Err(Fault::Duplicate.into());
            }
        }
        rest = others;
    }
    Ok(())
}

/// An account of the program of the right size.
#[inline(never)]
fn own(account: &AccountView, program: &Address, size: usize) -> Result<(), Code> {
    if !account.owned_by(program) {
        return Err(Fault::ForeignAccount.into());
    }
    if account.data_len() != size {
        return Err(Fault::AccountSize.into());
    }
    Ok(())
}

fn writable(account: &AccountView) -> Result<(), Code> {
    if account.is_writable() { Ok(()) } else { Err(Fault::NotWritable.into()) }
}

impl Kind {
    /// The content of a filled account, behind its kind.
    #[inline(never)]
    pub fn read<'a>(&self, account: &'a AccountView, program: &Address) -> Result<Ref<'a, [u8]>, Code> {
        own(account, program, self.size)?;
        let data = account.try_borrow().map_err(|_| Fault::Duplicate)?;
        match data.first_chunk() {
            Some(kind) if kind == self.name => Ok(data),
            Some([0, 0, 0, 0, 0, 0, 0, 0]) => Err(self.missing.into()),
            _ => Err(Fault::AccountKind.into()),
        }
    }

    /// That a filled account may be written.
    pub fn writable(&self, account: &AccountView) -> Result<(), Code> {
        writable(account)
    }

    /// That an account may be filled: the program's, of the right size, writable, and all zeros.
    #[inline(never)]
    pub fn fresh(&self, account: &AccountView, program: &Address) -> Result<(), Code> {
        own(account, program, self.size)?;
        writable(account)?;
        let data = account.try_borrow().map_err(|_| Fault::Duplicate)?;
        let (words, bytes) = data.as_chunks::<8>();
        let zero = words.iter().all(|word| u64::from_le_bytes(*word) == 0) && bytes.iter().all(|byte| *byte == 0);
        if zero { Ok(()) } else { Err(Refusal::Exists.into()) }
    }
}

fn key(bytes: &[u8], at: usize) -> Result<&[u8; KEY], Code> {
    bytes.get(at..).and_then(|rest| rest.first_chunk()).ok_or(Fault::AccountSize.into())
}

fn part(bytes: &[u8], at: usize, size: usize) -> Result<&[u8], Code> {
    bytes.get(at..).and_then(|rest| rest.get(..size)).ok_or(Fault::AccountSize.into())
}

fn part_mut(bytes: &mut [u8], at: usize, size: usize) -> Result<&mut [u8], Code> {
    bytes.get_mut(at..).and_then(|rest| rest.get_mut(..size)).ok_or(Fault::AccountSize.into())
}

fn write(account: &mut AccountView) -> Result<RefMut<'_, [u8]>, Code> {
    account.try_borrow_mut().map_err(|_| Fault::Duplicate.into())
}

/// That `account` signed and is the one whose key is stored.
fn signed_by(account: &AccountView, key: &[u8; KEY]) -> Result<(), Code> {
    signed(account)?;
    if account.address().as_array() == key { Ok(()) } else { Err(Fault::WrongSigner.into()) }
}

/// That `account` signed.
pub fn signed(account: &AccountView) -> Result<(), Code> {
    if account.is_signer() { Ok(()) } else { Err(Fault::NotSigned.into()) }
}

fn related(account: &AccountView, key: &[u8; KEY]) -> Result<(), Code> {
    if account.address().as_array() == key { Ok(()) } else { Err(Fault::Unrelated.into()) }
}

/// The configuration.
#[inline(never)]
pub fn read_config(account: &AccountView, program: &Address) -> Result<Guard, Code> {
    let bytes = CONFIG.read(account, program)?;
    Ok(Guard::read_from(part(&bytes, KIND + 2 * KEY, Guard::BYTES)?)?)
}

/// That the oracle authority of a configuration signed.
#[inline(never)]
pub fn signed_by_oracle(account: &AccountView, program: &Address, oracle: &AccountView) -> Result<(), Code> {
    let bytes = CONFIG.read(account, program)?;
    signed_by(oracle, key(&bytes, KIND + KEY)?)
}

/// Fills a configuration.
#[inline(never)]
pub fn write_config(account: &mut AccountView, admin: &Address, oracle: &[u8; KEY], stored: &[u8]) -> Result<(), Code> {
    let mut bytes = write(account)?;
    let config = part_mut(&mut bytes, KIND + 2 * KEY, Guard::BYTES)?;
    if config.len() != stored.len() {
        return Err(Refusal::StoredLength.into());
    }
    config.copy_from_slice(stored);
    part_mut(&mut bytes, 0, KIND)?.copy_from_slice(CONFIG.name);
    part_mut(&mut bytes, KIND, KEY)?.copy_from_slice(admin.as_array());
    part_mut(&mut bytes, KIND + KEY, KEY)?.copy_from_slice(oracle);
    Ok(())
}

/// The state of a configuration.
#[inline(never)]
pub fn read_state(account: &AccountView, program: &Address, config: &AccountView) -> Result<GuardState, Code> {
    let bytes = STATE.read(account, program)?;
    related(config, key(&bytes, KIND)?)?;
    Ok(GuardState::read_from(part(&bytes, KIND + KEY, GuardState::BYTES)?)?)
}

/// The backstop of a state that was read before.
#[inline(never)]
pub fn read_backstop(account: &AccountView, program: &Address) -> Result<Backstop, Code> {
    let bytes = STATE.read(account, program)?;
    Ok(Backstop::read_from(part(&bytes, KIND + KEY + GuardState::BYTES, Backstop::BYTES)?)?)
}

/// Fills a new state.
#[inline(never)]
pub fn fill_state(account: &mut AccountView, config: &Address, state: &GuardState) -> Result<(), Code> {
    write_state(account, state)?;
    write_backstop(account, &Backstop::NEW)?;
    let mut bytes = write(account)?;
    part_mut(&mut bytes, 0, KIND)?.copy_from_slice(STATE.name);
    part_mut(&mut bytes, KIND, KEY)?.copy_from_slice(config.as_array());
    Ok(())
}

/// Replaces a state.
#[inline(never)]
pub fn write_state(account: &mut AccountView, state: &GuardState) -> Result<(), Code> {
    let mut bytes = write(account)?;
    Ok(state.write_to(part_mut(&mut bytes, KIND + KEY, GuardState::BYTES)?)?)
}

/// Replaces a backstop.
#[inline(never)]
pub fn write_backstop(account: &mut AccountView, backstop: &Backstop) -> Result<(), Code> {
    let mut bytes = write(account)?;
    Ok(backstop.write_to(part_mut(&mut bytes, KIND + KEY + GuardState::BYTES, Backstop::BYTES)?)?)
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
    Ok(Lot::read_from(part(&bytes, KIND + 2 * KEY, Lot::BYTES)?)?)
}

/// Fills a new lot.
#[inline(never)]
pub fn fill_lot(account: &mut AccountView, market: &Address, loan: &Address, lot: &Lot) -> Result<(), Code> {
    write_lot(account, lot)?;
    let mut bytes = write(account)?;
    part_mut(&mut bytes, 0, KIND)?.copy_from_slice(LOT.name);
    part_mut(&mut bytes, KIND, KEY)?.copy_from_slice(market.as_array());
    part_mut(&mut bytes, KIND + KEY, KEY)?.copy_from_slice(loan.as_array());
    Ok(())
}

/// Replaces a lot.
#[inline(never)]
pub fn write_lot(account: &mut AccountView, lot: &Lot) -> Result<(), Code> {
    let mut bytes = write(account)?;
    Ok(lot.write_to(part_mut(&mut bytes, KIND + 2 * KEY, Lot::BYTES)?)?)
}

/// Empties a lot: the account may be filled again.
#[inline(never)]
pub fn clear_lot(account: &mut AccountView) -> Result<(), Code> {
    write(account)?.fill(0);
    Ok(())
}
