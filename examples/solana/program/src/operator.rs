//! Those who run the market: its admin, who sets it up, and its oracle authority, who posts prices and pools.

use crate::accounts::{
    CONFIG, STATE, exactly, fill_state, read_config, read_state, signed, signed_by_oracle, write_config, write_state,
};
use crate::data::Data;
use crate::fault::Outcome;
use crate::runtime::{answer, now};
use market::{Guard, Market, Pool, Quote};
use pinocchio::{AccountView, Address};

/// `[config (writable), admin (signer)]`; oracle authority, stored configuration.
#[inline(never)]
pub fn initialise(program: &Address, accounts: &mut [AccountView], mut data: Data<'_>) -> Outcome {
    let [config, admin] = exactly(accounts)?;
    let oracle = data.array()?;
    let stored = data.rest();
    signed(admin)?;
    CONFIG.fresh(config, program)?;
    Guard::read_from(stored)?;
    write_config(config, admin.address(), oracle, stored)
}

/// `[config, state (writable), oracle (signer)]`; quote, pool.
#[inline(never)]
pub fn launch(program: &Address, accounts: &mut [AccountView], mut data: Data<'_>) -> Outcome {
    let [config, state, oracle] = exactly(accounts)?;
    let (quote, pool) = (data.quote()?, data.pool()?);
    data.end()?;
    signed_by_oracle(config, program, oracle)?;
    STATE.fresh(state, program)?;
    let market = Market { guard: &read_config(config, program)?, now: now()? };
    let new = market.launch(quote.observation()?, pool.observation())?;
    fill_state(state, config.address(), &new)
}

/// `[config, state (writable), oracle (signer)]`; whether there is a quote, the quote, whether there is a pool, the pool.
#[inline(never)]
pub fn observe(program: &Address, accounts: &mut [AccountView], mut data: Data<'_>) -> Outcome {
    let [config, state, oracle] = exactly(accounts)?;
    let quote = if data.flag()? { Some(data.quote()?) } else { None };
    let pool = if data.flag()? { Some(data.pool()?) } else { None };
    data.end()?;
    signed_by_oracle(config, program, oracle)?;
    let mut new = read_state(state, program, config)?;
    STATE.writable(state)?;
    let market = Market { guard: &read_config(config, program)?, now: now()? };
    let price = quote.map(Quote::observation).transpose()?;
    let report = market.observe(&mut new, price, pool.map(Pool::observation))?;
    write_state(state, &new)?;
    answer(&report);
    Ok(())
}
