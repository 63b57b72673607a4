//! Those who keep the market safe, for a reward or not: anybody.

use crate::accounts::{LOAN, LOT, STATE, exactly, signed};
use crate::data::Data;
use crate::fault::Outcome;
use crate::records::{
    clear_lot, fill_lot, read_backstop, read_config, read_guard, read_guard_state, read_kicker, read_loan_of, read_lot,
    read_state, write_backstop, write_house, write_loan, write_lot, write_state,
};
use crate::runtime::{answer, answer_to, now};
use market::Report;
use market::ops::{Rules, Want};
use pinocchio::{AccountView, Address};

/// `[config, state, loan]`; returns what is to be done with the loan.
#[inline(never)]
pub fn assess(program: &Address, accounts: &mut [AccountView], data: Data<'_>) -> Outcome {
    let [config, state, loan] = exactly(accounts)?;
    data.end()?;
    let seen = read_guard_state(state, program, config)?;
    let held = read_loan_of(loan, program, state)?;
    let rules = Rules { guard: &read_guard(config, program)?, now: now()? };
    answer(&Report::from(rules.assess(&seen, &held)?));
    Ok(())
}

/// `[config, state (writable), loan (writable), lot (writable, zeros), kicker (signer)]`; the kicker is paid at the
/// settlement.
#[inline(never)]
pub fn kick(program: &Address, accounts: &mut [AccountView], data: Data<'_>) -> Outcome {
    let [config, state, loan, lot, kicker] = exactly(accounts)?;
    data.end()?;
    signed(kicker)?;
    let mut new = read_state(state, program, config)?;
    STATE.writable(state)?;
    let mut held = read_loan_of(loan, program, state)?;
    LOAN.writable(loan)?;
    // Said before the lot's account is looked at, so that a second kick is refused for what it is.
    held.without_lot()?;
    LOT.fresh(lot, program)?;
    let (offered, report) = read_config(config, program)?.market()?.kick(&mut new, &mut held)?;
    write_state(state, &new)?;
    write_loan(loan, &held)?;
    fill_lot(lot, [state.address(), loan.address(), kicker.address()], &offered)?;
    answer(&report);
    Ok(())
}

/// `[config, state (writable), loan (writable), lot (writable), taker (signer)]`; amount, limit.
#[inline(never)]
pub fn take(program: &Address, accounts: &mut [AccountView], mut data: Data<'_>) -> Outcome {
    let [config, state, loan, lot, taker] = exactly(accounts)?;
    let (amount, limit) = (data.amount()?, data.limit()?);
    data.end()?;
    signed(taker)?;
    let mut new = read_state(state, program, config)?;
    STATE.writable(state)?;
    let mut held = read_loan_of(loan, program, state)?;
    LOAN.writable(loan)?;
    let mut offered = read_lot(lot, program, state, loan)?;
    LOT.writable(lot)?;
    let config = read_config(config, program)?;
    let want = Want { amount, limit: limit.price()? };
    let report = config.market()?.take(&mut new, &mut held, &mut offered, want)?;
    write_state(state, &new)?;
    write_loan(loan, &held)?;
    write_lot(lot, &offered)?;
    answer(&report);
    Ok(())
}

/// `[config, state (writable), loan (writable), lot (writable), settler (signer)]`; returns the report and who kicked. The
/// lot's account is zeros again.
#[inline(never)]
pub fn settle(program: &Address, accounts: &mut [AccountView], data: Data<'_>) -> Outcome {
    let [config, state, loan, lot, settler] = exactly(accounts)?;
    data.end()?;
    signed(settler)?;
    let mut new = read_state(state, program, config)?;
    STATE.writable(state)?;
    let mut held = read_loan_of(loan, program, state)?;
    LOAN.writable(loan)?;
    let offered = read_lot(lot, program, state, loan)?;
    LOT.writable(lot)?;
    let kicker = read_kicker(lot, program)?;
    let report = read_config(config, program)?.market()?.settle(&mut new, &mut held, &offered)?;
    write_state(state, &new)?;
    write_loan(loan, &held)?;
    clear_lot(lot)?;
    answer_to(&report, &kicker);
    Ok(())
}

/// `[config, state (writable), loan, lot (writable)]`.
#[inline(never)]
pub fn restart(program: &Address, accounts: &mut [AccountView], data: Data<'_>) -> Outcome {
    let [config, state, loan, lot] = exactly(accounts)?;
    data.end()?;
    let mut new = read_state(state, program, config)?;
    STATE.writable(state)?;
    let held = read_loan_of(loan, program, state)?;
    let mut offered = read_lot(lot, program, state, loan)?;
    LOT.writable(lot)?;
    read_config(config, program)?.market()?.restart(&mut new, &held, &mut offered)?;
    write_house(state, &new.house)?;
    write_lot(lot, &offered)
}

/// `[config, state (writable), loan (writable)]`.
#[inline(never)]
pub fn absorb(program: &Address, accounts: &mut [AccountView], data: Data<'_>) -> Outcome {
    let [config, state, loan] = exactly(accounts)?;
    data.end()?;
    let mut new = read_state(state, program, config)?;
    STATE.writable(state)?;
    let mut backstop = read_backstop(state, program)?;
    let mut held = read_loan_of(loan, program, state)?;
    LOAN.writable(loan)?;
    let report = read_config(config, program)?.market()?.absorb(&mut new, &mut held, &mut backstop)?;
    write_house(state, &new.house)?;
    write_backstop(state, &backstop)?;
    write_loan(loan, &held)?;
    answer(&report);
    Ok(())
}
