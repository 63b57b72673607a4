//! Moments of the life at which an instruction succeeds, and what must hold of whatever is made of them.

use market::life::Life;
use solana_instruction::Instruction;
use solana_tests::host::{self, Failed};
use solana_tests::layout::time;
use solana_tests::machine::{Accounts, Machine, Ran, created};
use solana_tests::{fault::Fault, instruction};
use std::collections::BTreeMap;

/// An instruction that succeeds on these accounts at this time.
#[derive(Clone)]
pub struct Scene {
    pub instruction: Instruction,
    pub accounts: Accounts,
    pub now: i64,
}

impl Scene {
    pub fn name(&self) -> &'static str {
        instruction::NAMES[usize::from(self.instruction.data[0])]
    }
}

/// Every step of the life that succeeds.
pub fn all(machine: &mut Machine) -> Vec<Scene> {
    let mut accounts = created();
    let mut scenes = Vec::new();
    for after in Life::new() {
        let instruction = instruction::of(&after.step.act);
        let now = time(after.step.after).get().cast_signed();
        let ran = machine.run(&instruction, &accounts, now);
        let before = std::mem::replace(&mut accounts, ran.accounts);
        if ran.outcome.is_ok() {
            scenes.push(Scene { instruction, accounts: before, now });
        }
    }
    scenes
}

/// The first step of each instruction and answer that succeeds, and the last observation of a price.
pub fn scenes(machine: &mut Machine) -> Vec<Scene> {
    let all = all(machine);
    let mut chosen: BTreeMap<(u8, u8), Scene> = BTreeMap::new();
    let mut last = None;
    for scene in all {
        let ran = machine.run(&scene.instruction, &scene.accounts, scene.now);
        let answer = ran.answer.first().copied().unwrap_or(0);
        if scene.name() == "observe" && scene.instruction.data[1] == 1 {
            last = Some(scene.clone());
        }
        chosen.entry((scene.instruction.data[0], answer)).or_insert(scene);
    }
    chosen.into_values().chain(last).collect()
}

/// Whether a refusal has a code of the program's, the market's or the rules'.
pub fn known(ran: &Ran) {
    let Err(code) = ran.outcome else { return };
    let rule = damper::Error::ALL.iter().any(|error| u32::from(error.code()) == code);
    let own = market::Refusal::OWN.iter().any(|refusal| refusal.code() == code);
    let fault = (Fault::Instruction as u32..=Fault::Authorities as u32).contains(&code);
    assert!(rule || own || fault, "{code}");
}

/// Whether the machine did what the host does with the same bytes: the same accounts and answer after a success; and the
/// same refusal, if it is one of the market or of the rules that the host comes to as well.
pub fn same_as_host(instruction: &Instruction, accounts: &Accounts, now: i64, ran: &Ran) {
    let keys: Vec<[u8; 32]> = instruction.accounts.iter().map(|meta| meta.pubkey.to_bytes()).collect();
    let data = |of: &Accounts| -> Vec<Vec<u8>> {
        let data = |meta: &solana_instruction::AccountMeta| of.get(&meta.pubkey).map_or(vec![], |a| a.data.clone());
        instruction.accounts.iter().map(data).collect()
    };
    let host = || {
        let now = damper::units::Timestamp::new(u64::try_from(now).expect("after 1970"));
        host::run(&instruction.data, &keys, data(accounts), now)
    };
    match ran.outcome {
        Ok(()) => {
            let (after, answer) = host().unwrap_or_else(|failed| panic!("{failed:?} on the host: {instruction:?}"));
            assert_eq!(data(&ran.accounts), after, "{instruction:?}");
            assert_eq!(ran.answer, answer, "{instruction:?}");
        }
        Err(code) if code < Fault::Instruction as u32 && !is_of_accounts(code) => match host() {
            Err(Failed::Refused(refusal)) => assert_eq!(refusal.code(), code, "{instruction:?}"),
            other => panic!("{code} on the machine, {other:?} on the host: {instruction:?}"),
        },
        Err(_) => {}
    }
}

/// Whether a refusal may be of an account that is filled, or is not, before anything in it is read.
fn is_of_accounts(code: u32) -> bool {
    use market::Refusal::{Exists, Missing, NoLot};
    [Exists, Missing, NoLot].iter().any(|refusal| refusal.code() == code)
}

/// Random words: xorshift.
pub fn random(seed: u64) -> impl FnMut() -> u64 {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    }
}
