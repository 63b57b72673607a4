//! The accounts, byte by byte, as README.md states them.

use damper::units::Timestamp;
use market::life::{LOANS, START, Stored};
use market::{Backstop, Guard, GuardState, Loan, Lot};
use solana_pubkey::Pubkey;
use std::collections::BTreeMap;

pub const CONFIG: usize = 8 + 32 + 32 + Guard::BYTES;
pub const STATE: usize = 8 + 32 + GuardState::BYTES + Backstop::BYTES;
pub const LOAN: usize = 8 + 32 + 32 + Loan::BYTES;
pub const LOT: usize = 8 + 32 + 32 + Lot::BYTES;

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
    let mut sizes = BTreeMap::from([(CONFIG_KEY, CONFIG), (STATE_KEY, STATE)]);
    for number in 0..LOANS {
        sizes.insert(loan(number), LOAN);
        sizes.insert(lot(number), LOT);
    }
    sizes
}

/// An account: zeros while nothing is stored, else its kind, two keys or one, and what is stored.
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
    let mut images = BTreeMap::from([
        (CONFIG_KEY, image(b"dampcfg\x01", &[ADMIN, ORACLE], &[&stored.guard])),
        (STATE_KEY, image(b"dampsta\x01", &[CONFIG_KEY], &[&stored.state, &stored.backstop])),
    ]);
    for number in 0..LOANS {
        let keys = [STATE_KEY, owner(number)];
        images.insert(loan(number), image(b"damplon\x01", &keys, &[&stored.loans[number]]));
        let keys = [STATE_KEY, loan(number)];
        images.insert(lot(number), image(b"damplot\x01", &keys, &[&stored.lots[number]]));
    }
    images
}
