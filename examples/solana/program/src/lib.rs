//! A lending market on Solana: accounts in, the operations of the crate `market`, accounts out.
//!
//! Nothing here allocates, formats or panics. Every handler reads and checks all it is given before it decides, and writes
//! only after the decision: an error leaves every byte as it was.

#![no_std]
#![feature(abi_unadjusted, asm_experimental_arch)]
#![allow(internal_features, reason = "the convention of the compiler's own calls")]

mod accounts;
mod borrower;
#[path = "../../../sbf/calls.rs"]
mod calls;
mod data;
mod fault;
mod keeper;
mod operator;
mod records;
mod runtime;

use data::Data;
use fault::{Fault, Outcome};
use pinocchio::{AccountView, Address, ProgramResult, error::ProgramError};

/// More than any instruction takes, so that an account too many is seen.
const ACCOUNTS: usize = 6;

pinocchio::program_entrypoint!(process, ACCOUNTS);

fn process(program: &Address, accounts: &mut [AccountView], data: &[u8]) -> ProgramResult {
    dispatch(program, accounts, data).map_err(|code| ProgramError::Custom(code.0))
}

/// The instructions, by the first byte of their data.
fn dispatch(program: &Address, accounts: &mut [AccountView], data: &[u8]) -> Outcome {
    let (tag, rest) = data.split_first().ok_or(Fault::DataLength)?;
    accounts::distinct(accounts)?;
    let data = Data(rest);
    match tag {
        0 => operator::initialise(program, accounts, data),
        1 => operator::launch(program, accounts, data),
        2 => operator::observe(program, accounts, data),
        3 => borrower::open(program, accounts, data),
        4 => borrower::deposit(program, accounts, data),
        5 => borrower::borrow(program, accounts, data),
        6 => borrower::repay(program, accounts, data),
        7 => borrower::withdraw(program, accounts, data),
        8 => keeper::assess(program, accounts, data),
        9 => keeper::kick(program, accounts, data),
        10 => keeper::take(program, accounts, data),
        11 => keeper::settle(program, accounts, data),
        12 => keeper::restart(program, accounts, data),
        13 => keeper::absorb(program, accounts, data),
        14 => operator::adopt(program, accounts, data),
        15 => operator::report(program, accounts, data),
        _ => Err(Fault::Instruction.into()),
    }
}
