//! What an instruction must do to the bytes of its accounts, computed on the host by the same operations.

use crate::layout::{CONFIG, LOAN, LOT, STATE};
use damper::units::{Amount, Timestamp, Value};
use market::ops::{Want, Withdrawal, deposit, repay};
use market::{Backstop, Guard, GuardState, Limit, Loan, Lot, Market, Pool, Quote, Refusal, Report};

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

fn config(bytes: &[u8]) -> Result<Guard, Failed> {
    Ok(Guard::read_from(&bytes[CONFIG - Guard::BYTES..])?)
}

const AT_STATE: usize = STATE - GuardState::BYTES - Backstop::BYTES;

fn state(bytes: &[u8]) -> Result<GuardState, Failed> {
    Ok(GuardState::read_from(&bytes[AT_STATE..][..GuardState::BYTES])?)
}

fn put_state(bytes: &mut [u8], state: &GuardState) {
    state.write_to(&mut bytes[AT_STATE..][..GuardState::BYTES]).expect("the length is right");
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
    let answer = match tag {
        0 => {
            let oracle = data.array()?;
            Guard::read_from(data.0)?;
            b[0][CONFIG - Guard::BYTES..].copy_from_slice(data.0);
            fill(&mut b[0], b"dampcfg\x01", &[keys[1], oracle]);
            Report::Done
        }
        1 => {
            let (quote, pool) = (data.quote()?, data.pool()?);
            let market = Market { guard: &config(&b[0])?, now };
            put_state(&mut b[1], &market.launch(quote.observation()?, pool.observation())?);
            Backstop::NEW.write_to(&mut b[1][STATE - Backstop::BYTES..]).expect("the length is right");
            fill(&mut b[1], b"dampsta\x01", &[keys[0]]);
            Report::Done
        }
        2 => {
            let quote = if data.array()? == [1] { Some(data.quote()?) } else { None };
            let pool = if data.array()? == [1] { Some(data.pool()?) } else { None };
            let mut new = state(&b[1])?;
            let market = Market { guard: &config(&b[0])?, now };
            let price = quote.map(Quote::observation).transpose()?;
            let report = market.observe(&mut new, price, pool.map(Pool::observation))?;
            put_state(&mut b[1], &new);
            report
        }
        3 => {
            let (collateral, debt) = (data.amount()?, data.value()?);
            let old = state(&b[1])?;
            let market = Market { guard: &config(&b[0])?, now };
            let new = market.open(&old, collateral, debt)?;
            put_loan(&mut b[2], &new);
            fill(&mut b[2], b"damplon\x01", &[keys[1], keys[3]]);
            Report::Done
        }
        4 => {
            let new = deposit(loan(&b[0])?, data.amount()?)?;
            put_loan(&mut b[0], &new);
            Report::Done
        }
        6 => {
            let new = repay(loan(&b[0])?, data.value()?)?;
            put_loan(&mut b[0], &new);
            Report::Done
        }
        5 | 7 => {
            let old = state(&b[1])?;
            let held = loan(&b[2])?;
            let market = Market { guard: &config(&b[0])?, now };
            let new = if tag == 5 {
                market.borrow(&old, held, data.value()?)?
            } else {
                market.withdraw(&old, held, Withdrawal { collateral: data.amount()?, credit: data.value()? })?
            };
            put_loan(&mut b[2], &new);
            Report::Done
        }
        8 => {
            let old = state(&b[1])?;
            let held = loan(&b[2])?;
            Report::from(Market { guard: &config(&b[0])?, now }.assess(&old, &held)?)
        }
        9 => {
            let old = state(&b[1])?;
            let held = loan(&b[2])?;
            held.without_lot()?;
            let (new, rest, offered, report) = Market { guard: &config(&b[0])?, now }.kick(old, held)?;
            put_state(&mut b[1], &new);
            put_loan(&mut b[2], &rest);
            put_lot(&mut b[3], &offered);
            fill(&mut b[3], b"damplot\x01", &[keys[1], keys[2]]);
            report
        }
        10 => {
            let amount = data.amount()?;
            let limit =
                Limit { mantissa: u64::from_le_bytes(data.array()?), exponent: i32::from_le_bytes(data.array()?) };
            let (old, held, offered) = (state(&b[1])?, loan(&b[2])?, lot(&b[3])?);
            let market = Market { guard: &config(&b[0])?, now };
            let want = Want { amount, limit: limit.price()? };
            let (new, held, rest, report) = market.take(old, held, offered, want)?;
            put_state(&mut b[1], &new);
            put_loan(&mut b[2], &held);
            put_lot(&mut b[3], &rest);
            report
        }
        11 => {
            let (old, held, offered) = (state(&b[1])?, loan(&b[2])?, lot(&b[3])?);
            let (new, held, report) = Market { guard: &config(&b[0])?, now }.settle(old, held, offered)?;
            put_state(&mut b[1], &new);
            put_loan(&mut b[2], &held);
            b[3].fill(0);
            report
        }
        12 => {
            let (old, held, offered) = (state(&b[1])?, loan(&b[2])?, lot(&b[3])?);
            let again = Market { guard: &config(&b[0])?, now }.restart(&old, &held, offered)?;
            put_lot(&mut b[3], &again);
            Report::Done
        }
        13 => {
            let old = state(&b[1])?;
            let backstop = Backstop::read_from(&b[1][STATE - Backstop::BYTES..])?;
            let held = loan(&b[2])?;
            let (rest, backstop, report) = Market { guard: &config(&b[0])?, now }.absorb(&old, held, backstop)?;
            backstop.write_to(&mut b[1][STATE - Backstop::BYTES..]).expect("the length is right");
            put_loan(&mut b[2], &rest);
            report
        }
        _ => return Err(Failed::Malformed),
    };
    // An operation that does what was asked, no more and no less, answers nothing.
    Ok((b, if answer == Report::Done { Vec::new() } else { answer.to_bytes().to_vec() }))
}
