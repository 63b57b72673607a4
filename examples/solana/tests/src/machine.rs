//! The virtual machine with the program and its accounts.

use crate::layout::{PROGRAM, sizes};
use mollusk_svm::Mollusk;
use mollusk_svm::result::InstructionResult;
use solana_account::Account;
use solana_instruction::{Instruction, error::InstructionError};
use solana_pubkey::Pubkey;
use std::collections::BTreeMap;

/// Accounts by key.
pub type Accounts = BTreeMap<Pubkey, Account>;

/// Where the script that builds the program puts it.
pub fn program_path() -> String {
    std::env::var("SOLANA_MARKET_SO").unwrap_or_else(|_| {
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../target/sbf");
        format!("{root}/bpfel-unknown-none/release/libsolana_market.so")
    })
}

/// The machine.
pub struct Machine {
    mollusk: Mollusk,
}

/// What an instruction came to.
pub struct Ran {
    /// `Err` is what the program refused it with.
    pub outcome: Result<(), u32>,
    pub units: u64,
    pub answer: Vec<u8>,
    /// The accounts after it.
    pub accounts: Accounts,
}

/// The accounts of the life, created by a client and not yet filled.
pub fn created() -> Accounts {
    sizes().into_iter().map(|(key, size)| (key, own(vec![0; size]))).collect()
}

/// An account of the program.
pub fn own(data: Vec<u8>) -> Account {
    Account { lamports: 1_000_000_000, data, owner: PROGRAM, ..Account::default() }
}

impl Machine {
    #[allow(clippy::new_without_default, reason = "it reads a file")]
    pub fn new() -> Machine {
        let path = program_path();
        let elf = std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}; run examples/solana/run.sh"));
        let mut mollusk = Mollusk::default();
        mollusk.add_program_with_loader_and_elf(&PROGRAM, &solana_sdk_ids::bpf_loader_upgradeable::ID, &elf);
        Machine { mollusk }
    }

    /// Runs an instruction at a time. Panics if it ends in any way but success or a refusal of the program's, or if a
    /// refusal has changed an account.
    pub fn run(&mut self, instruction: &Instruction, accounts: &Accounts, now: i64) -> Ran {
        self.mollusk.sysvars.clock.unix_timestamp = now;
        let mut given: Vec<(Pubkey, Account)> = Vec::new();
        for meta in &instruction.accounts {
            if given.iter().all(|(key, _)| *key != meta.pubkey) {
                let account = accounts.get(&meta.pubkey).cloned();
                given.push((meta.pubkey, account.unwrap_or_else(|| Account::new(1_000_000, 0, &Pubkey::default()))));
            }
        }
        let InstructionResult { raw_result, compute_units_consumed, return_data, resulting_accounts, .. } =
            self.mollusk.process_instruction(instruction, &given);
        let outcome = match raw_result {
            Ok(()) => Ok(()),
            Err(InstructionError::Custom(code)) => Err(code),
            Err(error) => panic!("{error:?} from {instruction:?}"),
        };
        let mut after = accounts.clone();
        for (key, account) in resulting_accounts {
            if outcome.is_err() {
                let before = given.iter().find(|(given, _)| *given == key).map(|(_, account)| account);
                assert_eq!(Some(&account), before, "a refusal changed {key}");
            }
            if let Some(place) = after.get_mut(&key) {
                *place = account;
            }
        }
        Ran { outcome, units: compute_units_consumed, answer: return_data, accounts: after }
    }
}
