//! Those who borrow, and whoever repays for them.

use crate::accounts::{
    LOAN, exactly, fill_loan, read_config, read_loan, read_loan_of, read_state, signed, signed_by_owner, write_loan,
};
use crate::data::Data;
use crate::fault::Outcome;
use crate::runtime::now;
use market::Market;
use market::ops::{self, Withdrawal};
use pinocchio::{AccountView, Address};

/// `[config, state, loan (writable), owner (signer)]`; collateral, debt.
#[inline(never)]
pub fn open(program: &Address, accounts: &mut [AccountView], mut data: Data<'_>) -> Outcome {
    let [config, state, loan, owner] = exactly(accounts)?;
    let (collateral, debt) = (data.amount()?, data.value()?);
    data.end()?;
    signed(owner)?;
    let old = read_state(state, program, config)?;
    LOAN.fresh(loan, program)?;
    let market = Market { guard: &read_config(config, program)?, now: now()? };
    let new = market.open(&old, collateral, debt)?;
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
    let new = ops::deposit(read_loan(loan, program)?, collateral)?;
    write_loan(loan, &new)
}

/// `[config, state, loan (writable), owner (signer)]`; debt.
#[inline(never)]
pub fn borrow(program: &Address, accounts: &mut [AccountView], mut data: Data<'_>) -> Outcome {
    let [config, state, loan, owner] = exactly(accounts)?;
    let debt = data.value()?;
    data.end()?;
    let old = read_state(state, program, config)?;
    signed_by_owner(loan, program, owner)?;
    LOAN.writable(loan)?;
    let held = read_loan_of(loan, program, state)?;
    let market = Market { guard: &read_config(config, program)?, now: now()? };
    let new = market.borrow(&old, held, debt)?;
    write_loan(loan, &new)
}

/// `[loan (writable), payer (signer)]`; debt.
#[inline(never)]
pub fn repay(program: &Address, accounts: &mut [AccountView], mut data: Data<'_>) -> Outcome {
    let [loan, payer] = exactly(accounts)?;
    let debt = data.value()?;
    data.end()?;
    signed(payer)?;
    let held = read_loan(loan, program)?;
    LOAN.writable(loan)?;
    let new = ops::repay(held, debt)?;
    write_loan(loan, &new)
}

/// `[config, state, loan (writable), owner (signer)]`; collateral, credit.
#[inline(never)]
pub fn withdraw(program: &Address, accounts: &mut [AccountView], mut data: Data<'_>) -> Outcome {
    let [config, state, loan, owner] = exactly(accounts)?;
    let what = Withdrawal { collateral: data.amount()?, credit: data.value()? };
    data.end()?;
    let old = read_state(state, program, config)?;
    signed_by_owner(loan, program, owner)?;
    LOAN.writable(loan)?;
    let held = read_loan_of(loan, program, state)?;
    let market = Market { guard: &read_config(config, program)?, now: now()? };
    let new = market.withdraw(&old, held, what)?;
    write_loan(loan, &new)
}
