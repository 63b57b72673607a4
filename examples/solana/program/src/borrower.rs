//! Those who borrow, and whoever repays for them.

use crate::accounts::{LOAN, STATE, exactly, signed};
use crate::data::Data;
use crate::fault::Outcome;
use crate::records::{
    fill_loan, read_config, read_guard, read_guard_state, read_house, read_loan, read_loan_of, read_state,
    signed_by_owner, write_house, write_loan,
};
use crate::runtime::now;
use market::ops::{self, Rules, Withdrawal};
use pinocchio::{AccountView, Address};

/// `[config, state (writable), loan (writable), owner (signer)]`; collateral, debt.
#[inline(never)]
pub fn open(program: &Address, accounts: &mut [AccountView], mut data: Data<'_>) -> Outcome {
    let [config, state, loan, owner] = exactly(accounts)?;
    let (collateral, debt) = (data.amount()?, data.value()?);
    data.end()?;
    signed(owner)?;
    let mut held = read_state(state, program, config)?;
    STATE.writable(state)?;
    LOAN.fresh(loan, program)?;
    let new = read_config(config, program)?.market()?.open(&mut held, collateral, debt)?;
    write_house(state, &held.house)?;
    fill_loan(loan, state.address(), owner.address(), &new)
}

/// `[loan (writable), owner (signer)]`; collateral.
#[inline(never)]
pub fn deposit(program: &Address, accounts: &mut [AccountView], mut data: Data<'_>) -> Outcome {
    let [loan, owner] = exactly(accounts)?;
    let collateral = data.amount()?;
    data.end()?;
    signed_by_owner(loan, program, owner)?;
    LOAN.writable(loan)?;
    let mut held = read_loan(loan, program)?;
    ops::deposit(&mut held, collateral)?;
    write_loan(loan, &held)
}

/// `[config, state (writable), loan (writable), owner (signer)]`; debt.
#[inline(never)]
pub fn borrow(program: &Address, accounts: &mut [AccountView], mut data: Data<'_>) -> Outcome {
    let [config, state, loan, owner] = exactly(accounts)?;
    let debt = data.value()?;
    data.end()?;
    let mut owed = read_state(state, program, config)?;
    STATE.writable(state)?;
    signed_by_owner(loan, program, owner)?;
    LOAN.writable(loan)?;
    let mut held = read_loan_of(loan, program, state)?;
    read_config(config, program)?.market()?.borrow(&mut owed, &mut held, debt)?;
    write_house(state, &owed.house)?;
    write_loan(loan, &held)
}

/// `[state (writable), loan (writable), payer (signer)]`; debt.
#[inline(never)]
pub fn repay(program: &Address, accounts: &mut [AccountView], mut data: Data<'_>) -> Outcome {
    let [state, loan, payer] = exactly(accounts)?;
    let debt = data.value()?;
    data.end()?;
    signed(payer)?;
    let mut house = read_house(state, program)?;
    STATE.writable(state)?;
    let mut held = read_loan_of(loan, program, state)?;
    LOAN.writable(loan)?;
    ops::repay(&mut house, &mut held, debt)?;
    write_house(state, &house)?;
    write_loan(loan, &held)
}

/// `[config, state, loan (writable), owner (signer)]`; collateral, credit.
#[inline(never)]
pub fn withdraw(program: &Address, accounts: &mut [AccountView], mut data: Data<'_>) -> Outcome {
    let [config, state, loan, owner] = exactly(accounts)?;
    let what = Withdrawal { collateral: data.amount()?, credit: data.value()? };
    data.end()?;
    let seen = read_guard_state(state, program, config)?;
    signed_by_owner(loan, program, owner)?;
    LOAN.writable(loan)?;
    let mut held = read_loan_of(loan, program, state)?;
    let rules = Rules { guard: &read_guard(config, program)?, now: now()? };
    rules.withdraw(&seen, &mut held, what)?;
    write_loan(loan, &held)
}
