//! Those who keep the market safe, for a reward or not: anybody.

use crate::accounts::{
    LOAN, LOT, STATE, clear_lot, exactly, fill_lot, read_backstop, read_config, read_loan_of, read_lot, read_state,
    signed, write_backstop, write_loan, write_lot, write_state,
};
use crate::data::Data;
use crate::fault::Outcome;
use crate::runtime::{answer, now};
use market::ops::Want;
use market::{Market, Report};
use pinocchio::{AccountView, Address};

/// `[config, state, loan]`; returns what is to be done with the loan.
#[inline(never)]
pub fn assess(program: &Address, accounts: &mut [AccountView], data: Data<'_>) -> Outcome {
    let [config, state, loan] = exactly(accounts)?;
    data.end()?;
    let old = read_state(state, program, config)?;
    let held = read_loan_of(loan, program, state)?;
    let market = Market { guard: &read_config(config, program)?, now: now()? };
    answer(&Report::from(market.assess(&old, &held)?));
    Ok(())
}

/// `[config, state (writable), loan (writable), lot (writable, zeros)]`.
#[inline(never)]
pub fn kick(program: &Address, accounts: &mut [AccountView], data: Data<'_>) -> Outcome {
    let [config, state, loan, lot] = exactly(accounts)?;
    data.end()?;
    let old = read_state(state, program, config)?;
    STATE.writable(state)?;
    let held = read_loan_of(loan, program, state)?;
    LOAN.writable(loan)?;
    // Said before the lot's account is looked at, so that a second kick is refused for what it is.
    held.without_lot()?;
    LOT.fresh(lot, program)?;
    let market = Market { guard: &read_config(config, program)?, now: now()? };
    let (new, rest, offered, report) = market.kick(old, held)?;
    write_state(state, &new)?;
    write_loan(loan, &rest)?;
    fill_lot(lot, state.address(), loan.address(), &offered)?;
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
    let old = read_state(state, program, config)?;
    STATE.writable(state)?;
    let held = read_loan_of(loan, program, state)?;
    LOAN.writable(loan)?;
    let offered = read_lot(lot, program, state, loan)?;
    LOT.writable(lot)?;
    let market = Market { guard: &read_config(config, program)?, now: now()? };
    let want = Want { amount, limit: limit.price()? };
    let (new, held, rest, report) = market.take(old, held, offered, want)?;
    write_state(state, &new)?;
    write_loan(loan, &held)?;
    write_lot(lot, &rest)?;
    answer(&report);
    Ok(())
}

/// `[config, state (writable), loan (writable), lot (writable)]`; the lot's account is zeros again.
#[inline(never)]
pub fn settle(program: &Address, accounts: &mut [AccountView], data: Data<'_>) -> Outcome {
    let [config, state, loan, lot] = exactly(accounts)?;
    data.end()?;
    let old = read_state(state, program, config)?;
    STATE.writable(state)?;
    let held = read_loan_of(loan, program, state)?;
    LOAN.writable(loan)?;
    let offered = read_lot(lot, program, state, loan)?;
    LOT.writable(lot)?;
    let market = Market { guard: &read_config(config, program)?, now: now()? };
    let (new, held, report) = market.settle(old, held, offered)?;
    write_state(state, &new)?;
    write_loan(loan, &held)?;
    clear_lot(lot)?;
    answer(&report);
    Ok(())
}

/// `[config, state, loan, lot (writable)]`.
#[inline(never)]
pub fn restart(program: &Address, accounts: &mut [AccountView], data: Data<'_>) -> Outcome {
    let [config, state, loan, lot] = exactly(accounts)?;
    data.end()?;
    let old = read_state(state, program, config)?;
    let held = read_loan_of(loan, program, state)?;
    let offered = read_lot(lot, program, state, loan)?;
    LOT.writable(lot)?;
    let market = Market { guard: &read_config(config, program)?, now: now()? };
    let again = market.restart(&old, &held, offered)?;
    write_lot(lot, &again)
}

/// `[config, state (writable), loan (writable)]`.
#[inline(never)]
pub fn absorb(program: &Address, accounts: &mut [AccountView], data: Data<'_>) -> Outcome {
    let [config, state, loan] = exactly(accounts)?;
    data.end()?;
    let old = read_state(state, program, config)?;
    STATE.writable(state)?;
    let backstop = read_backstop(state, program)?;
    let held = read_loan_of(loan, program, state)?;
    LOAN.writable(loan)?;
    let market = Market { guard: &read_config(config, program)?, now: now()? };
    let (rest, backstop, report) = market.absorb(&old, held, backstop)?;
    write_backstop(state, &backstop)?;
    write_loan(loan, &rest)?;
    answer(&report);
    Ok(())
}
