//! Accounts: their kinds, and the checks before anything in them is believed.
//!
//! Each begins with eight bytes, seven of its kind and one of its version. Zeros in their place are an account that was
//! created and not yet filled.

use crate::fault::{Code, Fault};
use crate::records::{BACKSTOP, TERMS};
use market::{Backstop, Loan, Lot, Refusal, SourcesState, Terms};
use pinocchio::account::{Ref, RefMut};
use pinocchio::{AccountView, Address};

/// Bytes of the kind, and of a key.
pub const KIND: usize = 8;
pub const KEY: usize = 32;

/// A kind of account.
pub struct Kind {
    pub name: &'static [u8; KIND],
    size: usize,
    /// What its absence is called.
    missing: Refusal,
}

/// Admin, authorities of the oracle and of each source, stored configurations of the guard and beside it.
pub const CONFIG: Kind = Kind { name: b"dampcfg\x02", size: TERMS + Terms::BYTES, missing: Refusal::Missing };
/// Key of the configuration, stored state of the guard, what is kept beside it, stored backstop. Its own key is what loans
/// call their market.
pub const STATE: Kind = Kind { name: b"dampsta\x02", size: BACKSTOP + Backstop::BYTES, missing: Refusal::Missing };
/// Market, what its sources said.
pub const SAID: Kind = Kind { name: b"dampsrc\x01", size: KIND + KEY + SourcesState::BYTES, missing: Refusal::Missing };
/// Market, owner, stored loan.
pub const LOAN: Kind = Kind { name: b"damplon\x02", size: KIND + 2 * KEY + Loan::BYTES, missing: Refusal::Missing };
/// Market, loan, who kicked, stored lot.
pub const LOT: Kind = Kind { name: b"damplot\x02", size: KIND + 3 * KEY + Lot::BYTES, missing: Refusal::NoLot };

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

pub fn key(bytes: &[u8], at: usize) -> Result<&[u8; KEY], Code> {
    bytes.get(at..).and_then(|rest| rest.first_chunk()).ok_or(Fault::AccountSize.into())
}

pub fn part(bytes: &[u8], at: usize, size: usize) -> Result<&[u8], Code> {
    bytes.get(at..).and_then(|rest| rest.get(..size)).ok_or(Fault::AccountSize.into())
}

pub fn part_mut(bytes: &mut [u8], at: usize, size: usize) -> Result<&mut [u8], Code> {
    bytes.get_mut(at..).and_then(|rest| rest.get_mut(..size)).ok_or(Fault::AccountSize.into())
}

pub fn write(account: &mut AccountView) -> Result<RefMut<'_, [u8]>, Code> {
    account.try_borrow_mut().map_err(|_| Fault::Duplicate.into())
}

/// That `account` signed and is the one whose key is stored.
pub fn signed_by(account: &AccountView, key: &[u8; KEY]) -> Result<(), Code> {
    signed(account)?;
    if account.address().as_array() == key { Ok(()) } else { Err(Fault::WrongSigner.into()) }
}

/// That `account` signed.
pub fn signed(account: &AccountView) -> Result<(), Code> {
    if account.is_signer() { Ok(()) } else { Err(Fault::NotSigned.into()) }
}

pub fn related(account: &AccountView, key: &[u8; KEY]) -> Result<(), Code> {
    if account.address().as_array() == key { Ok(()) } else { Err(Fault::Unrelated.into()) }
}
