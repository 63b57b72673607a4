//! Those who run the market: its admin, who sets it up, its oracle authority, who posts prices and pools, and the
//! authorities of its sources.

use crate::accounts::{CONFIG, KEY, SAID, STATE, exactly, signed};
use crate::data::Data;
use crate::fault::{Fault, Outcome};
use crate::records::{
    config_from, fill_said, fill_state, read_config, read_said, read_state, signed_by_admin, signed_by_oracle,
    signed_by_source, write_config, write_said, write_state,
};
use crate::runtime::answer;
use market::feeds::SOURCES;
use market::{Guard, Pool, Quote};
use pinocchio::{AccountView, Address};

/// `[config (writable), admin (signer)]`; oracle authority, authority of each source, stored configurations of the guard and
/// beside it.
#[inline(never)]
pub fn initialise(program: &Address, accounts: &mut [AccountView], data: Data<'_>) -> Outcome {
    let [config, admin] = exactly(accounts)?;
    let rest = data.rest();
    let (oracle, sources) = rest.split_at_checked(KEY).ok_or(Fault::DataLength)?;
    let (sources, stored) = sources.split_at_checked(SOURCES * KEY).ok_or(Fault::DataLength)?;
    signed(admin)?;
    CONFIG.fresh(config, program)?;
    authorities(oracle, sources.as_chunks().0)?;
    let (guard, terms) = stored.split_at_checked(Guard::BYTES).ok_or(Fault::DataLength)?;
    let new = config_from(guard, terms)?;
    new.terms.fits(&new.guard)?;
    write_config(config, admin.address(), rest)
}

/// That every authority is somebody, and no source speaks with the voice of another.
fn authorities(oracle: &[u8], mut sources: &[[u8; KEY]]) -> Outcome {
    if oracle == [0; KEY] {
        return Err(Fault::Authorities.into());
    }
    while let [first, others @ ..] = sources {
        if *first == [0; KEY] || others.contains(first) {
            return Err(Fault::Authorities.into());
        }
        sources = others;
    }
    Ok(())
}

/// `[config, state (writable), oracle (signer)]`; quote, pool.
#[inline(never)]
pub fn launch(program: &Address, accounts: &mut [AccountView], mut data: Data<'_>) -> Outcome {
    let [config, state, oracle] = exactly(accounts)?;
    let (quote, pool) = (data.quote()?, data.pool()?);
    data.end()?;
    signed_by_oracle(config, program, oracle)?;
    STATE.fresh(state, program)?;
    let new = read_config(config, program)?.market()?.launch(quote.observation()?, pool.observation())?;
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
    let price = quote.map(Quote::observation).transpose()?;
    let report = read_config(config, program)?.market()?.observe(&mut new, price, pool.map(Pool::observation))?;
    write_state(state, &new)?;
    answer(&report);
    Ok(())
}

/// `[config, state (writable), said (writable, zeros), admin (signer)]`: from now on the price is the sources'.
#[inline(never)]
pub fn adopt(program: &Address, accounts: &mut [AccountView], data: Data<'_>) -> Outcome {
    let [config, state, said, admin] = exactly(accounts)?;
    data.end()?;
    signed_by_admin(config, program, admin)?;
    let mut new = read_state(state, program, config)?;
    STATE.writable(state)?;
    SAID.fresh(said, program)?;
    let opened = read_config(config, program)?.market()?.adopt(&mut new)?;
    write_state(state, &new)?;
    fill_said(said, state.address(), &opened)
}

/// `[config, state (writable), said (writable), authority of the source (signer)]`; number of the source, quote.
#[inline(never)]
pub fn report(program: &Address, accounts: &mut [AccountView], mut data: Data<'_>) -> Outcome {
    let [config, state, said, authority] = exactly(accounts)?;
    let [source] = *data.array()?;
    let quote = data.quote()?;
    data.end()?;
    signed_by_source(config, program, source.into(), authority)?;
    let mut new = read_state(state, program, config)?;
    STATE.writable(state)?;
    let mut heard = read_said(said, program, state)?;
    SAID.writable(said)?;
    let price = quote.observation()?;
    let report = read_config(config, program)?.market()?.report(&mut new, &mut heard, source.into(), price)?;
    write_state(state, &new)?;
    write_said(said, &heard)?;
    answer(&report);
    Ok(())
}
