//! The accounts, byte by byte, as README.md states them.

use damper::units::Timestamp;
use market::feeds::SOURCES;
use market::life::{LOANS, START, Stored};
use market::{Backstop, Guard, GuardState, House, Loan, Lot, SourcesState, Terms};
use solana_pubkey::Pubkey;
use std::collections::BTreeMap;

pub const CONFIG: usize = 8 + 32 + 32 + 32 * SOURCES + Guard::BYTES + Terms::BYTES;
pub const STATE: usize = 8 + 32 + GuardState::BYTES + House::BYTES + Backstop::BYTES;
pub const SAID: usize = 8 + 32 + SourcesState::BYTES;
pub const LOAN: usize = 8 + 32 + 32 + Loan::BYTES;
pub const LOT: usize = 8 + 32 + 32 + 32 + Lot::BYTES;

const fn named(kind: u8, number: usize) -> Pubkey {
    let mut key = [kind; 32];
    key[31] = number as u8;
    Pubkey::new_from_array(key)
}

pub const PROGRAM: Pubkey = named(0x50, 0);
pub const ADMIN: Pubkey = named(0x51, 0);
pub const ORACLE: Pubkey = named(0x52, 0);
pub const TAKER: Pubkey = named(0x53, 0);
pub const CONFIG_KEY: Pubkey = named(0x54, 0);
pub const STATE_KEY: Pubkey = named(0x55, 0);
pub const SAID_KEY: Pubkey = named(0x59, 0);
pub const KEEPER: Pubkey = named(0x5a, 0);

pub const fn source(number: usize) -> Pubkey {
    named(0x5b, number)
}

pub const fn owner(loan: usize) -> Pubkey {
    named(0x56, loan)
}

pub const fn loan(loan: usize) -> Pubkey {
    named(0x57, loan)
}

pub const fn lot(loan: usize) -> Pubkey {
    named(0x58, loan)
}

pub fn time(after: u64) -> Timestamp {
    Timestamp::new(START + after)
}

/// The program's accounts and their sizes.
pub fn sizes() -> BTreeMap<Pubkey, usize> {
    let mut sizes = BTreeMap::from([(CONFIG_KEY, CONFIG), (STATE_KEY, STATE), (SAID_KEY, SAID)]);
    for number in 0..LOANS {
        sizes.insert(loan(number), LOAN);
        sizes.insert(lot(number), LOT);
    }
    sizes
}

/// An account: zeros while nothing is stored, else its kind, its keys, and what is stored.
pub fn image(kind: &[u8; 8], keys: &[Pubkey], stored: &[&[u8]]) -> Vec<u8> {
    let mut bytes = kind.to_vec();
    keys.iter().for_each(|key| bytes.extend(key.as_ref()));
    stored.iter().for_each(|part| bytes.extend(*part));
    if stored[0].iter().all(|byte| *byte == 0) {
        bytes.fill(0);
    }
    bytes
}

/// All accounts of the life.
pub fn images(stored: &Stored) -> BTreeMap<Pubkey, Vec<u8>> {
    let authorities: Vec<Pubkey> = [ADMIN, ORACLE].into_iter().chain((0..SOURCES).map(source)).collect();
    let state = [stored.state.as_slice(), &stored.house, &stored.backstop];
    let mut images = BTreeMap::from([
        (CONFIG_KEY, image(b"dampcfg\x02", &authorities, &[&stored.guard, &stored.terms])),
        (STATE_KEY, image(b"dampsta\x02", &[CONFIG_KEY], &state)),
        (SAID_KEY, image(b"dampsrc\x01", &[STATE_KEY], &[&stored.sources])),
    ]);
    for number in 0..LOANS {
        let keys = [STATE_KEY, owner(number)];
        images.insert(loan(number), image(b"damplon\x02", &keys, &[&stored.loans[number]]));
        let keys = [STATE_KEY, loan(number), KEEPER];
        images.insert(lot(number), image(b"damplot\x02", &keys, &[&stored.lots[number]]));
    }
    images
}
