//! What an instruction must do to the bytes of its accounts, computed on the host by the same operations.

use crate::layout::{CONFIG, LOAN, LOT, SAID, STATE};
use damper::units::{Amount, Timestamp, Value};
use market::ops::{Rules, Want, Withdrawal, deposit, repay};
use market::{
    Backstop, Guard, GuardState, House, Limit, Loan, Lot, Market, Pool, Quote, Refusal, Report, SourcesState, State,
    Terms,
};

/// Data of an account.
type Bytes = Vec<u8>;

/// A refusal, or data that are none of an instruction's.
#[derive(Debug, PartialEq, Eq)]
pub enum Failed {
    Refused(Refusal),
    Malformed,
}

impl From<Refusal> for Failed {
    fn from(refusal: Refusal) -> Failed {
        Failed::Refused(refusal)
    }
}

impl From<damper::Error> for Failed {
    fn from(error: damper::Error) -> Failed {
        Failed::Refused(error.into())
    }
}

struct Data<'a>(&'a [u8]);

impl Data<'_> {
    fn array<const K: usize>(&mut self) -> Result<[u8; K], Failed> {
        let (head, tail) = self.0.split_first_chunk().ok_or(Failed::Malformed)?;
        self.0 = tail;
        Ok(*head)
    }
    fn amount(&mut self) -> Result<Amount, Failed> {
        Ok(Amount::new(u128::from_le_bytes(self.array()?)))
    }
    fn value(&mut self) -> Result<Value, Failed> {
        Ok(Value::new(u128::from_le_bytes(self.array()?)))
    }
    fn time(&mut self) -> Result<Timestamp, Failed> {
        Ok(Timestamp::new(u64::from_le_bytes(self.array()?)))
    }
    fn quote(&mut self) -> Result<Quote, Failed> {
        Ok(Quote {
            mantissa: i64::from_le_bytes(self.array()?),
            confidence: u64::from_le_bytes(self.array()?),
            exponent: i32::from_le_bytes(self.array()?),
            source_time: self.time()?,
        })
    }
    fn pool(&mut self) -> Result<Pool, Failed> {
        Ok(Pool { reserve: self.amount()?, source_time: self.time()? })
    }
}

struct Config {
    guard: Guard,
    terms: Terms,
    now: Timestamp,
}

impl Config {
    fn market(&self) -> Market<'_> {
        Market { guard: &self.guard, terms: &self.terms, now: self.now }
    }
}

const AT_TERMS: usize = CONFIG - Terms::BYTES;

fn guard(bytes: &[u8]) -> Result<Guard, Failed> {
    Ok(Guard::read_from(&bytes[AT_TERMS - Guard::BYTES..AT_TERMS])?)
}

fn config(bytes: &[u8], now: Timestamp) -> Result<Config, Failed> {
    Ok(Config { guard: guard(bytes)?, terms: Terms::read_from(&bytes[AT_TERMS..])?, now })
}

const AT_HOUSE: usize = STATE - House::BYTES - Backstop::BYTES;

fn guard_state(bytes: &[u8]) -> Result<GuardState, Failed> {
    Ok(GuardState::read_from(&bytes[AT_HOUSE - GuardState::BYTES..AT_HOUSE])?)
}

fn house(bytes: &[u8]) -> Result<House, Failed> {
    Ok(House::read_from(&bytes[AT_HOUSE..][..House::BYTES])?)
}

fn state(bytes: &[u8]) -> Result<State, Failed> {
    Ok(State { guard: guard_state(bytes)?, house: house(bytes)? })
}

fn put_house(bytes: &mut [u8], house: &House) {
    house.write_to(&mut bytes[AT_HOUSE..][..House::BYTES]).expect("the length is right");
}

fn put_state(bytes: &mut [u8], state: &State) {
    state.guard.write_to(&mut bytes[AT_HOUSE - GuardState::BYTES..AT_HOUSE]).expect("the length is right");
    put_house(bytes, &state.house);
}

fn said(bytes: &[u8]) -> Result<SourcesState, Failed> {
    Ok(SourcesState::read_from(&bytes[SAID - SourcesState::BYTES..])?)
}

fn put_said(bytes: &mut [u8], said: &SourcesState) {
    said.write_to(&mut bytes[SAID - SourcesState::BYTES..]).expect("the length is right");
}

fn loan(bytes: &[u8]) -> Result<Loan, Failed> {
    Ok(Loan::read_from(&bytes[LOAN - Loan::BYTES..])?)
}

fn put_loan(bytes: &mut [u8], loan: &Loan) {
    loan.write_to(&mut bytes[LOAN - Loan::BYTES..]).expect("the length is right");
}

fn lot(bytes: &[u8]) -> Result<Lot, Failed> {
    Ok(Lot::read_from(&bytes[LOT - Lot::BYTES..])?)
}

fn put_lot(bytes: &mut [u8], lot: &Lot) {
    lot.write_to(&mut bytes[LOT - Lot::BYTES..]).expect("the length is right");
}

fn fill(bytes: &mut [u8], kind: &[u8; 8], keys: &[[u8; 32]]) {
    bytes[..8].copy_from_slice(kind);
    bytes[8..][..32 * keys.len()].copy_from_slice(&keys.concat());
}

/// The data of the accounts after an instruction, and the answer. `keys` are those of the accounts.
pub fn run(data: &[u8], keys: &[[u8; 32]], mut b: Vec<Bytes>, now: Timestamp) -> Result<(Vec<Bytes>, Bytes), Failed> {
    let mut data = Data(data);
    let [tag] = data.array()?;
    // What an instruction's answer is followed by.
    let mut behind = Vec::new();
    let answer = match tag {
        0 => {
            let (_, stored) = data.0.split_at_checked(AT_TERMS - Guard::BYTES - 40).ok_or(Failed::Malformed)?;
            let (guard, terms) = stored.split_at_checked(Guard::BYTES).ok_or(Failed::Malformed)?;
            let (guard, terms) = (Guard::read_from(guard)?, Terms::read_from(terms)?);
            terms.fits(&guard)?;
            b[0][40..].copy_from_slice(data.0);
            fill(&mut b[0], b"dampcfg\x02", &[keys[1]]);
            Report::Done
        }
        1 => {
            let (quote, pool) = (data.quote()?, data.pool()?);
            let new = config(&b[0], now)?.market().launch(quote.observation()?, pool.observation())?;
            put_state(&mut b[1], &new);
            Backstop::NEW.write_to(&mut b[1][STATE - Backstop::BYTES..]).expect("the length is right");
            fill(&mut b[1], b"dampsta\x02", &[keys[0]]);
            Report::Done
        }
        2 => {
            let quote = if data.array()? == [1] { Some(data.quote()?) } else { None };
            let pool = if data.array()? == [1] { Some(data.pool()?) } else { None };
            let mut new = state(&b[1])?;
            let price = quote.map(Quote::observation).transpose()?;
            let report = config(&b[0], now)?.market().observe(&mut new, price, pool.map(Pool::observation))?;
            put_state(&mut b[1], &new);
            report
        }
        3 => {
            let (collateral, debt) = (data.amount()?, data.value()?);
            let mut owed = state(&b[1])?;
            let new = config(&b[0], now)?.market().open(&mut owed, collateral, debt)?;
            put_state(&mut b[1], &owed);
            put_loan(&mut b[2], &new);
            fill(&mut b[2], b"damplon\x02", &[keys[1], keys[3]]);
            Report::Done
        }
        4 => {
            let mut held = loan(&b[0])?;
            deposit(&mut held, data.amount()?)?;
            put_loan(&mut b[0], &held);
            Report::Done
        }
        5 => {
            let (mut owed, mut held) = (state(&b[1])?, loan(&b[2])?);
            config(&b[0], now)?.market().borrow(&mut owed, &mut held, data.value()?)?;
            put_state(&mut b[1], &owed);
            put_loan(&mut b[2], &held);
            Report::Done
        }
        6 => {
            let (mut owed, mut held) = (house(&b[0])?, loan(&b[1])?);
            repay(&mut owed, &mut held, data.value()?)?;
            put_house(&mut b[0], &owed);
            put_loan(&mut b[1], &held);
            Report::Done
        }
        7 => {
            let (seen, mut held) = (guard_state(&b[1])?, loan(&b[2])?);
            let what = Withdrawal { collateral: data.amount()?, credit: data.value()? };
            Rules { guard: &guard(&b[0])?, now }.withdraw(&seen, &mut held, what)?;
            put_loan(&mut b[2], &held);
            Report::Done
        }
        8 => {
            let (seen, held) = (guard_state(&b[1])?, loan(&b[2])?);
            Report::from(Rules { guard: &guard(&b[0])?, now }.assess(&seen, &held)?)
        }
        9 => {
            let (mut new, mut held) = (state(&b[1])?, loan(&b[2])?);
            held.without_lot()?;
            let (offered, report) = config(&b[0], now)?.market().kick(&mut new, &mut held)?;
            put_state(&mut b[1], &new);
            put_loan(&mut b[2], &held);
            put_lot(&mut b[3], &offered);
            fill(&mut b[3], b"damplot\x02", &[keys[1], keys[2], keys[4]]);
            report
        }
        10 => {
            let amount = data.amount()?;
            let limit =
                Limit { mantissa: u64::from_le_bytes(data.array()?), exponent: i32::from_le_bytes(data.array()?) };
            let (mut new, mut held, mut offered) = (state(&b[1])?, loan(&b[2])?, lot(&b[3])?);
            let config = config(&b[0], now)?;
            let want = Want { amount, limit: limit.price()? };
            let report = config.market().take(&mut new, &mut held, &mut offered, want)?;
            put_state(&mut b[1], &new);
            put_loan(&mut b[2], &held);
            put_lot(&mut b[3], &offered);
            report
        }
        11 => {
            let (mut new, mut held, offered) = (state(&b[1])?, loan(&b[2])?, lot(&b[3])?);
            let report = config(&b[0], now)?.market().settle(&mut new, &mut held, &offered)?;
            put_state(&mut b[1], &new);
            put_loan(&mut b[2], &held);
            behind = b[3][8 + 2 * 32..][..32].to_vec();
            b[3].fill(0);
            report
        }
        12 => {
            let (mut new, held, mut offered) = (state(&b[1])?, loan(&b[2])?, lot(&b[3])?);
            config(&b[0], now)?.market().restart(&mut new, &held, &mut offered)?;
            put_state(&mut b[1], &new);
            put_lot(&mut b[3], &offered);
            Report::Done
        }
        13 => {
            let mut new = state(&b[1])?;
            let mut backstop = Backstop::read_from(&b[1][STATE - Backstop::BYTES..])?;
            let mut held = loan(&b[2])?;
            let report = config(&b[0], now)?.market().absorb(&mut new, &mut held, &mut backstop)?;
            put_state(&mut b[1], &new);
            backstop.write_to(&mut b[1][STATE - Backstop::BYTES..]).expect("the length is right");
            put_loan(&mut b[2], &held);
            report
        }
        14 => {
            let mut new = state(&b[1])?;
            let opened = config(&b[0], now)?.market().adopt(&mut new)?;
            put_state(&mut b[1], &new);
            put_said(&mut b[2], &opened);
            fill(&mut b[2], b"dampsrc\x01", &[keys[1]]);
            Report::Done
        }
        15 => {
            let [source] = data.array()?;
            let quote = data.quote()?;
            let (mut new, mut heard) = (state(&b[1])?, said(&b[2])?);
            let price = quote.observation()?;
            let report = config(&b[0], now)?.market().report(&mut new, &mut heard, source.into(), price)?;
            put_state(&mut b[1], &new);
            put_said(&mut b[2], &heard);
            report
        }
        _ => return Err(Failed::Malformed),
    };
    // An operation that does what was asked, no more and no less, answers nothing.
    let answer = if answer == Report::Done { Vec::new() } else { answer.to_bytes().to_vec() };
    Ok((b, [answer, behind].concat()))
}
