//! Random changes of everything that is given to the program: it refuses by a known code and changes nothing, or does what
//! the host does.

use crate::scene::{Scene, all, known, random, same_as_host};
use solana_instruction::AccountMeta;
use solana_pubkey::Pubkey;
use solana_tests::layout::PROGRAM;
use solana_tests::machine::Machine;
use std::collections::BTreeSet;

const ROUNDS: u32 = 60_000;

/// What may be anywhere: ends and neighbours.
const BYTES: [u8; 8] = [0, 1, 2, 0x7f, 0x80, 0xfe, 0xff, 0x40];

fn garble(bytes: &mut Vec<u8>, random: &mut impl FnMut() -> u64) {
    let at = |length: usize, word: u64| usize::try_from(word % (length.max(1) as u64)).expect("small");
    let length = bytes.len();
    if length == 0 {
        return bytes.push(random() as u8);
    }
    match random() % 6 {
        0 => bytes[at(length, random())] ^= 1 << (random() % 8),
        1 => bytes[at(length, random())] = BYTES[at(8, random())],
        2 => {
            let from = at(length, random());
            let to = length.min(from + 1 + at(16, random()));
            bytes[from..to].fill_with(|| random() as u8);
        }
        3 => {
            let from = at(length, random());
            let to = length.min(from + 1 + at(16, random()));
            let byte = BYTES[at(8, random())];
            bytes[from..to].fill(byte);
        }
        4 => bytes.truncate(at(length, random())),
        _ => bytes.extend((0..1 + at(20, random())).map(|_| 0)),
    }
}

fn change(scene: &mut Scene, other: &Scene, random: &mut impl FnMut() -> u64) {
    let pick = |count: usize, word: u64| usize::try_from(word % (count.max(1) as u64)).expect("small");
    let count = scene.instruction.accounts.len();
    let at = pick(count, random());
    match random() % 13 {
        0 | 1 => garble(&mut scene.instruction.data, random),
        2..=4 => {
            let keys: Vec<Pubkey> = scene.accounts.keys().copied().collect();
            let used: Vec<Pubkey> = scene.instruction.accounts.iter().map(|meta| meta.pubkey).collect();
            let key = keys.into_iter().filter(|key| used.contains(key)).nth(pick(count, random()));
            if let Some(account) = key.and_then(|key| scene.accounts.get_mut(&key)) {
                garble(&mut account.data, random);
            }
        }
        5 if count > 0 => scene.instruction.accounts[at].is_writable ^= true,
        6 if count > 0 => scene.instruction.accounts[at].is_signer ^= true,
        7 if count > 1 => scene.instruction.accounts.swap(at, pick(count, random())),
        8 if count > 1 => {
            scene.instruction.accounts[at].pubkey = scene.instruction.accounts[pick(count, random())].pubkey
        }
        9 if count > 0 => {
            if random().is_multiple_of(2) {
                scene.instruction.accounts.remove(at);
            } else {
                let key = Pubkey::new_from_array([random() as u8; 32]);
                scene.instruction.accounts.push(AccountMeta::new_readonly(key, false));
            }
        }
        11 => {
            let keys: Vec<Pubkey> = scene.accounts.keys().copied().collect();
            let key = keys[pick(keys.len(), random())];
            scene.accounts.get_mut(&key).expect("own").owner = Pubkey::new_from_array([random() as u8; 32]);
        }
        10 => {
            // Another time, near or far.
            let shift = [1, 60, 121, 3_600, 100_000, 1 << 40][pick(6, random())];
            scene.now = if random().is_multiple_of(3) { scene.now - shift.min(scene.now) } else { scene.now + shift };
        }
        _ => {
            // An account of another moment.
            let keys: Vec<Pubkey> = scene.accounts.keys().copied().collect();
            let key = keys[pick(keys.len(), random())];
            scene.accounts.insert(key, other.accounts[&key].clone());
        }
    }
}

#[test]
fn whatever_is_given() {
    let mut machine = Machine::new();
    let scenes = all(&mut machine);
    let mut random = random(0x5eed);
    let (mut done, mut codes, mut names) = (0, BTreeSet::new(), BTreeSet::new());
    for _ in 0..ROUNDS {
        let pick = |word: u64| &scenes[usize::try_from(word % scenes.len() as u64).expect("small")];
        let mut scene = pick(random()).clone();
        if random().is_multiple_of(4) {
            // An instruction of another moment.
            scene.instruction = pick(random()).instruction.clone();
        }
        let other = pick(random());
        for _ in 0..1 + random() % 3 {
            change(&mut scene, other, &mut random);
        }
        let ran = machine.run(&scene.instruction, &scene.accounts, scene.now);
        known(&ran);
        match ran.outcome {
            Ok(()) => {
                let own = |key: &Pubkey| scene.accounts.get(key).is_none_or(|account| account.owner == PROGRAM);
                assert!(scene.instruction.accounts.iter().all(|meta| own(&meta.pubkey)), "a foreign account");
                same_as_host(&scene.instruction, &scene.accounts, scene.now, &ran);
                done += 1;
                names.insert(scene.name());
            }
            Err(code) => {
                codes.insert(code);
            }
        }
    }
    println!("{ROUNDS} rounds: {done} successes, refusals by {} codes", codes.len());
    assert!(done > ROUNDS / 20 && names.len() == 16 && codes.len() > 30, "{done} {names:?} {codes:?}");
}
