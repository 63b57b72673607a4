//! Instructions: what a client sends for each act.

use crate::layout::{ADMIN, CONFIG_KEY, KEEPER, ORACLE, PROGRAM, SAID_KEY, STATE_KEY, TAKER, loan, lot, owner, source};
use market::feeds::SOURCES;
use market::life::{Act, guard, terms};
use market::{Guard, Limit, Pool, Quote, Terms};
use solana_instruction::{AccountMeta, Instruction};
use solana_pubkey::Pubkey;

/// Names of the instructions, by their tag.
pub const NAMES: [&str; 16] = [
    "initialise",
    "launch",
    "observe",
    "open",
    "deposit",
    "borrow",
    "repay",
    "withdraw",
    "assess",
    "kick",
    "take",
    "settle",
    "restart",
    "absorb",
    "adopt",
    "report",
];

fn quote(quote: &Quote) -> Vec<u8> {
    let Quote { mantissa, confidence, exponent, source_time } = quote;
    [
        mantissa.to_le_bytes().as_slice(),
        &confidence.to_le_bytes(),
        &exponent.to_le_bytes(),
        &source_time.get().to_le_bytes(),
    ]
    .concat()
}

fn pool(pool: &Pool) -> Vec<u8> {
    [pool.reserve.get().to_le_bytes().as_slice(), &pool.source_time.get().to_le_bytes()].concat()
}

fn optional(part: Option<Vec<u8>>) -> Vec<u8> {
    part.map_or(vec![0], |bytes| [vec![1], bytes].concat())
}

/// Oracle authority, those of the sources, stored configurations.
pub fn config_bytes() -> Vec<u8> {
    let authorities = [ORACLE].into_iter().chain((0..SOURCES).map(source));
    let mut bytes: Vec<u8> = authorities.flat_map(|key| key.to_bytes()).collect();
    let mut guard_bytes = vec![0; Guard::BYTES];
    guard().expect("checked").write_to(&mut guard_bytes).expect("the length is right");
    let mut terms_bytes = vec![0; Terms::BYTES];
    terms().expect("checked").write_to(&mut terms_bytes).expect("the length is right");
    bytes.extend(guard_bytes);
    bytes.extend(terms_bytes);
    bytes
}

/// The instruction of an act.
pub fn of(act: &Act) -> Instruction {
    let (w, r) = (|key: Pubkey| AccountMeta::new(key, false), |key: Pubkey| AccountMeta::new_readonly(key, false));
    let s = |key: Pubkey| AccountMeta::new_readonly(key, true);
    let (config, state) = (CONFIG_KEY, STATE_KEY);
    let numbers = |list: &[u128]| list.iter().flat_map(|number| number.to_le_bytes()).collect::<Vec<u8>>();
    let (tag, accounts, data) = match act {
        Act::Initialise => (0, vec![w(config), s(ADMIN)], config_bytes()),
        Act::Launch { quote: price, pool: depth } => {
            (1, vec![r(config), w(state), s(ORACLE)], [quote(price), pool(depth)].concat())
        }
        Act::Observe(seen) => (
            2,
            vec![r(config), w(state), s(ORACLE)],
            [optional(seen.quote.as_ref().map(quote)), optional(seen.pool.as_ref().map(pool))].concat(),
        ),
        Act::Open { loan: n, collateral, debt } => {
            (3, vec![r(config), w(state), w(loan(*n)), s(owner(*n))], numbers(&[collateral.get(), debt.get()]))
        }
        Act::Deposit { loan: n, collateral } => (4, vec![w(loan(*n)), s(owner(*n))], numbers(&[collateral.get()])),
        Act::Borrow { loan: n, debt } => {
            (5, vec![r(config), w(state), w(loan(*n)), s(owner(*n))], numbers(&[debt.get()]))
        }
        Act::Repay { loan: n, debt } => (6, vec![w(state), w(loan(*n)), s(TAKER)], numbers(&[debt.get()])),
        Act::Withdraw { loan: n, what } => (
            7,
            vec![r(config), r(state), w(loan(*n)), s(owner(*n))],
            numbers(&[what.collateral.get(), what.credit.get()]),
        ),
        Act::Assess { loan: n } => (8, vec![r(config), r(state), r(loan(*n))], vec![]),
        Act::Kick { loan: n } => (9, vec![r(config), w(state), w(loan(*n)), w(lot(*n)), s(KEEPER)], vec![]),
        Act::Take { loan: n, amount, limit: Limit { mantissa, exponent } } => (
            10,
            vec![r(config), w(state), w(loan(*n)), w(lot(*n)), s(TAKER)],
            [amount.get().to_le_bytes().as_slice(), &mantissa.to_le_bytes(), &exponent.to_le_bytes()].concat(),
        ),
        Act::Settle { loan: n } => (11, vec![r(config), w(state), w(loan(*n)), w(lot(*n)), s(TAKER)], vec![]),
        Act::Restart { loan: n } => (12, vec![r(config), w(state), r(loan(*n)), w(lot(*n))], vec![]),
        Act::Absorb { loan: n } => (13, vec![r(config), w(state), w(loan(*n))], vec![]),
        Act::Adopt => (14, vec![r(config), w(state), w(SAID_KEY), s(ADMIN)], vec![]),
        Act::Report { source: n, quote: price } => (
            15,
            vec![r(config), w(state), w(SAID_KEY), s(source(*n))],
            [vec![u8::try_from(*n).expect("few")], quote(price)].concat(),
        ),
    };
    Instruction { program_id: PROGRAM, accounts, data: [vec![tag], data].concat() }
}
