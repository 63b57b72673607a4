//! Hostile instructions and accounts: each is refused by the code that names what is wrong, and changes nothing (which
//! `Machine::run` asserts of every refusal).

use crate::scene::{Scene, known, random, same_as_host, scenes};
use market::{Guard, Refusal};
use solana_instruction::AccountMeta;
use solana_pubkey::Pubkey;
use solana_tests::fault::Fault;
use solana_tests::instruction;
use solana_tests::layout::{ADMIN, CONFIG_KEY, KEEPER, ORACLE, SAID_KEY, STATE_KEY, TAKER, loan, lot, owner, source};
use solana_tests::machine::{Machine, own};

fn fault(fault: Fault) -> Result<(), u32> {
    Err(fault as u32)
}

fn refusal(refusal: Refusal) -> Result<(), u32> {
    Err(refusal.code())
}

/// Where the stored configuration begins in the data of its instruction: behind the tag and four authorities.
const STORED: usize = 1 + 4 * 32;

/// Whether the account at a place of an instruction is the program's.
fn is_own(scene: &Scene, at: usize) -> bool {
    scene.accounts.contains_key(&scene.instruction.accounts[at].pubkey)
}

#[test]
fn every_instruction_succeeds_as_it_is() {
    let mut machine = Machine::new();
    for scene in scenes(&mut machine) {
        let ran = machine.run(&scene.instruction, &scene.accounts, scene.now);
        assert_eq!(ran.outcome, Ok(()), "{}", scene.name());
        same_as_host(&scene.instruction, &scene.accounts, scene.now, &ran);
    }
}

#[test]
fn data_of_another_length() {
    let mut machine = Machine::new();
    for mut scene in scenes(&mut machine) {
        let whole = scene.instruction.data.clone();
        let name = scene.name();
        // The stored terms are the rest of their instruction, and refuse their length themselves.
        let too = |kept: usize| match scene.instruction.data[0] {
            0 if kept >= STORED + Guard::BYTES => refusal(Refusal::StoredLength),
            _ => fault(Fault::DataLength),
        };
        let expected: Vec<_> = (0..whole.len() + 3).map(too).collect();
        for length in 0..whole.len() {
            scene.instruction.data = whole[..length].to_vec();
            let ran = machine.run(&scene.instruction, &scene.accounts, scene.now);
            assert_eq!(ran.outcome, expected[length], "{name} {length}");
        }
        for more in 1..3 {
            scene.instruction.data = [whole.clone(), vec![1; more]].concat();
            let ran = machine.run(&scene.instruction, &scene.accounts, scene.now);
            assert_eq!(ran.outcome, expected[whole.len() + more], "{name} + {more}");
        }
    }
}

#[test]
fn instructions_that_do_not_exist() {
    let mut machine = Machine::new();
    for mut scene in scenes(&mut machine) {
        for tag in 16..=255 {
            scene.instruction.data[0] = tag;
            let ran = machine.run(&scene.instruction, &scene.accounts, scene.now);
            assert_eq!(ran.outcome, fault(Fault::Instruction), "{tag}");
        }
    }
}

#[test]
fn flags_that_are_neither_zero_nor_one() {
    let mut machine = Machine::new();
    let mut scene = scenes(&mut machine).into_iter().find(|scene| scene.name() == "observe").expect("there is one");
    for at in [1, 1 + 1 + 28] {
        for flag in [2, 128, 255] {
            let before = std::mem::replace(&mut scene.instruction.data[at], flag);
            let ran = machine.run(&scene.instruction, &scene.accounts, scene.now);
            assert_eq!(ran.outcome, fault(Fault::Flag));
            scene.instruction.data[at] = before;
        }
    }
}

#[test]
fn accounts_too_few_or_too_many() {
    let mut machine = Machine::new();
    for scene in scenes(&mut machine) {
        for count in 0..scene.instruction.accounts.len() {
            let mut less = scene.instruction.clone();
            less.accounts.truncate(count);
            let ran = machine.run(&less, &scene.accounts, scene.now);
            assert_eq!(ran.outcome, fault(Fault::AccountCount), "{} {count}", scene.name());
        }
        let mut more = scene.instruction.clone();
        for number in 0..8 {
            more.accounts.push(AccountMeta::new_readonly(Pubkey::new_from_array([200 + number; 32]), false));
            let ran = machine.run(&more, &scene.accounts, scene.now);
            assert_eq!(ran.outcome, fault(Fault::AccountCount), "{} + {number}", scene.name());
        }
    }
}

#[test]
fn an_account_given_twice() {
    let mut machine = Machine::new();
    for scene in scenes(&mut machine) {
        let count = scene.instruction.accounts.len();
        for (from, to) in (0..count).flat_map(|from| (0..count).map(move |to| (from, to))).filter(|(a, b)| a != b) {
            let mut twice = scene.instruction.clone();
            twice.accounts[to].pubkey = twice.accounts[from].pubkey;
            let ran = machine.run(&twice, &scene.accounts, scene.now);
            assert_eq!(ran.outcome, fault(Fault::Duplicate), "{} {from} {to}", scene.name());
        }
    }
}

#[test]
fn an_account_of_another_program_or_size() {
    let mut machine = Machine::new();
    for scene in scenes(&mut machine) {
        for at in (0..scene.instruction.accounts.len()).filter(|at| is_own(&scene, *at)) {
            let key = scene.instruction.accounts[at].pubkey;
            let mut foreign = scene.accounts.clone();
            foreign.get_mut(&key).expect("own").owner = Pubkey::new_from_array([9; 32]);
            let ran = machine.run(&scene.instruction, &foreign, scene.now);
            assert_eq!(ran.outcome, fault(Fault::ForeignAccount), "{} {at}", scene.name());

            let size = scene.accounts[&key].data.len();
            for other in [0, 1, 7, 8, size - 1, size + 1, 2 * size] {
                let mut resized = scene.accounts.clone();
                resized.get_mut(&key).expect("own").data.resize(other, 0);
                let ran = machine.run(&scene.instruction, &resized, scene.now);
                assert_eq!(ran.outcome, fault(Fault::AccountSize), "{} {at} {other}", scene.name());
            }
        }
    }
}

#[test]
fn an_account_of_another_kind_or_version() {
    let mut machine = Machine::new();
    for scene in scenes(&mut machine) {
        for at in (0..scene.instruction.accounts.len()).filter(|at| is_own(&scene, *at)) {
            let key = scene.instruction.accounts[at].pubkey;
            let fresh = scene.accounts[&key].data.iter().all(|byte| *byte == 0);
            for byte in 0..8 {
                let mut other = scene.accounts.clone();
                other.get_mut(&key).expect("own").data[byte] ^= 0x21;
                let ran = machine.run(&scene.instruction, &other, scene.now);
                let expected = if fresh { refusal(Refusal::Exists) } else { fault(Fault::AccountKind) };
                assert_eq!(ran.outcome, expected, "{} {at} {byte}", scene.name());
            }
            if !fresh {
                // Created and not filled.
                let mut empty = scene.accounts.clone();
                empty.get_mut(&key).expect("own").data.fill(0);
                let ran = machine.run(&scene.instruction, &empty, scene.now);
                let is_lot = (0..3).any(|number| lot(number) == key);
                let expected = refusal(if is_lot { Refusal::NoLot } else { Refusal::Missing });
                assert_eq!(ran.outcome, expected, "{} {at}", scene.name());
            }
        }
    }
}

#[test]
fn a_fresh_account_with_any_byte_that_is_not_zero() {
    let mut machine = Machine::new();
    for scene in scenes(&mut machine) {
        let keys = scene.instruction.accounts.iter().map(|meta| meta.pubkey);
        let fresh = keys.filter(|key| scene.accounts.get(key).is_some_and(|a| a.data.iter().all(|byte| *byte == 0)));
        for key in fresh {
            for at in 0..scene.accounts[&key].data.len() {
                let mut used = scene.accounts.clone();
                used.get_mut(&key).expect("own").data[at] = 1;
                let ran = machine.run(&scene.instruction, &used, scene.now);
                assert_eq!(ran.outcome, refusal(Refusal::Exists), "{} {at}", scene.name());
            }
        }
    }
}

#[test]
fn an_account_that_is_not_writable() {
    let mut machine = Machine::new();
    for scene in scenes(&mut machine) {
        for at in (0..scene.instruction.accounts.len()).filter(|at| scene.instruction.accounts[*at].is_writable) {
            let mut fixed = scene.instruction.clone();
            fixed.accounts[at].is_writable = false;
            let ran = machine.run(&fixed, &scene.accounts, scene.now);
            assert_eq!(ran.outcome, fault(Fault::NotWritable), "{} {at}", scene.name());
        }
    }
}

#[test]
fn a_signature_that_is_missing_or_somebody_elses() {
    let mut machine = Machine::new();
    for scene in scenes(&mut machine) {
        for at in (0..scene.instruction.accounts.len()).filter(|at| scene.instruction.accounts[*at].is_signer) {
            let mut unsigned = scene.instruction.clone();
            unsigned.accounts[at].is_signer = false;
            let ran = machine.run(&unsigned, &scene.accounts, scene.now);
            assert_eq!(ran.outcome, fault(Fault::NotSigned), "{} {at}", scene.name());

            let stranger = Pubkey::new_from_array([7; 32]);
            for other in
                [stranger, ADMIN, ORACLE, TAKER, KEEPER, owner(0), owner(1), owner(2), source(0), source(1), source(2)]
            {
                let mut signed = scene.instruction.clone();
                if other == signed.accounts[at].pubkey {
                    continue;
                }
                signed.accounts[at].pubkey = other;
                let ran = machine.run(&signed, &scene.accounts, scene.now);
                // Anybody may set up a market, open a loan, repay, kick, take and settle.
                let anybody = matches!(scene.name(), "initialise" | "open" | "repay" | "kick" | "take" | "settle");
                let expected = if anybody { Ok(()) } else { fault(Fault::WrongSigner) };
                assert_eq!(ran.outcome, expected, "{} {at}", scene.name());
            }
        }
    }
}

#[test]
fn accounts_that_do_not_belong_together() {
    let mut machine = Machine::new();
    let (other_config, other_state) = (Pubkey::new_from_array([0x64; 32]), Pubkey::new_from_array([0x65; 32]));
    for scene in scenes(&mut machine) {
        let mut accounts = scene.accounts.clone();
        accounts.insert(other_config, accounts[&CONFIG_KEY].clone());
        // A second market on the same configuration.
        accounts.insert(other_state, accounts[&STATE_KEY].clone());
        for (from, to) in [(CONFIG_KEY, other_config), (STATE_KEY, other_state)] {
            let mut mixed = scene.instruction.clone();
            mixed.accounts.iter_mut().filter(|meta| meta.pubkey == from).for_each(|meta| meta.pubkey = to);
            if mixed == scene.instruction {
                continue;
            }
            let ran = machine.run(&mixed, &accounts, scene.now);
            // What begins a market, and what only begins with its state, may use the other.
            let begins =
                matches!(scene.name(), "initialise" | "launch") || scene.name() == "observe" && from == STATE_KEY;
            let begins = begins || matches!(scene.name(), "open" | "adopt") && from == STATE_KEY;
            let expected = if begins { Ok(()) } else { fault(Fault::Unrelated) };
            assert_eq!(ran.outcome, expected, "{} {from}", scene.name());
        }
    }
}

#[test]
fn a_loan_of_another_market() {
    let mut machine = Machine::new();
    for scene in scenes(&mut machine) {
        let keys: Vec<Pubkey> = scene.instruction.accounts.iter().map(|meta| meta.pubkey).collect();
        let held = keys.iter().find(|key| (0..3).any(|number| loan(number) == **key));
        let Some(key) = held.filter(|_| keys.contains(&STATE_KEY) && scene.name() != "open") else { continue };
        for byte in 8..8 + 32 {
            let mut accounts = scene.accounts.clone();
            accounts.get_mut(key).expect("own").data[byte] ^= 1;
            let ran = machine.run(&scene.instruction, &accounts, scene.now);
            assert_eq!(ran.outcome, fault(Fault::Unrelated), "{} {byte}", scene.name());
        }
    }
}

#[test]
fn what_the_sources_of_another_market_said() {
    let mut machine = Machine::new();
    for scene in scenes(&mut machine).into_iter().filter(|scene| scene.name() == "report") {
        for byte in 8..8 + 32 {
            let mut accounts = scene.accounts.clone();
            accounts.get_mut(&SAID_KEY).expect("own").data[byte] ^= 1;
            let ran = machine.run(&scene.instruction, &accounts, scene.now);
            assert_eq!(ran.outcome, fault(Fault::Unrelated), "{byte}");
        }
    }
}

#[test]
fn a_source_speaks_for_itself_alone() {
    let mut machine = Machine::new();
    let mut tried = 0;
    for scene in scenes(&mut machine).into_iter().filter(|scene| scene.name() == "report") {
        let own = scene.instruction.data[1];
        for number in 0..=255_u8 {
            let mut other = scene.instruction.clone();
            other.data[1] = number;
            let ran = machine.run(&other, &scene.accounts, scene.now);
            let expected = match number {
                _ if number == own => Ok(()),
                0..3 => fault(Fault::WrongSigner),
                _ => refusal(Refusal::Missing),
            };
            assert_eq!(ran.outcome, expected, "{number}");
            tried += 1;
        }
    }
    assert!(tried >= 256);
}

#[test]
fn sources_are_adopted_once_and_by_the_admin() {
    let mut machine = Machine::new();
    let scene = scenes(&mut machine).into_iter().find(|scene| scene.name() == "adopt").expect("there is one");
    let after = machine.run(&scene.instruction, &scene.accounts, scene.now).accounts;
    assert_eq!(machine.run(&scene.instruction, &after, scene.now).outcome, refusal(Refusal::Exists));
    // Into another account: the market has adopted them.
    let mut elsewhere = scene.instruction.clone();
    elsewhere.accounts[2].pubkey = Pubkey::new_from_array([0x67; 32]);
    let mut accounts = after.clone();
    accounts.insert(elsewhere.accounts[2].pubkey, own(vec![0; after[&SAID_KEY].data.len()]));
    assert_eq!(machine.run(&elsewhere, &accounts, scene.now).outcome, refusal(Refusal::Exists));
}

#[test]
fn the_lot_of_another_loan() {
    let mut machine = Machine::new();
    for scene in scenes(&mut machine).into_iter().filter(|scene| matches!(scene.name(), "take" | "settle" | "restart"))
    {
        let mut accounts = scene.accounts.clone();
        let key = scene.instruction.accounts[3].pubkey;
        let other = Pubkey::new_from_array([0x66; 32]);
        // The same lot in another account is the loan's just as well: there is but one tab that it can be settled against.
        accounts.insert(other, accounts[&key].clone());
        let mut copied = scene.instruction.clone();
        copied.accounts[3].pubkey = other;
        assert_eq!(machine.run(&copied, &accounts, scene.now).outcome, Ok(()));
        // A lot that says it is another's.
        accounts.get_mut(&other).expect("inserted").data[8 + 32..8 + 64].copy_from_slice(loan(9).as_ref());
        assert_eq!(machine.run(&copied, &accounts, scene.now).outcome, fault(Fault::Unrelated));
        // A lot of another market.
        let mut accounts = scene.accounts.clone();
        accounts.get_mut(&key).expect("own").data[8] ^= 1;
        assert_eq!(machine.run(&scene.instruction, &accounts, scene.now).outcome, fault(Fault::Unrelated));
    }
}

#[test]
fn a_lot_from_before_a_take_and_a_settled_lot() {
    let mut machine = Machine::new();
    let scenes = scenes(&mut machine);
    let taken = scenes.iter().find(|scene| scene.name() == "take").expect("there is one");
    let lot_key = taken.instruction.accounts[3].pubkey;
    let mut after = machine.run(&taken.instruction, &taken.accounts, taken.now).accounts;
    after.insert(lot_key, taken.accounts[&lot_key].clone());
    let ran = machine.run(&taken.instruction, &after, taken.now);
    assert_eq!(ran.outcome, refusal(Refusal::LotMismatch));

    let settled = scenes.iter().find(|scene| scene.name() == "settle").expect("there is one");
    let lot_key = settled.instruction.accounts[3].pubkey;
    let mut after = machine.run(&settled.instruction, &settled.accounts, settled.now).accounts;
    let ran = machine.run(&settled.instruction, &after, settled.now);
    assert_eq!(ran.outcome, refusal(Refusal::NoLot));
    // Even if its account could be brought back.
    after.insert(lot_key, settled.accounts[&lot_key].clone());
    let ran = machine.run(&settled.instruction, &after, settled.now);
    assert_eq!(ran.outcome, refusal(Refusal::NoLot));
}

#[test]
fn an_observation_that_is_posted_again() {
    let mut machine = Machine::new();
    let observed: Vec<Scene> = scenes(&mut machine).into_iter().filter(|scene| scene.name() == "observe").collect();
    let (first, last) = (&observed[0], &observed[observed.len() - 1]);
    let after = machine.run(&first.instruction, &first.accounts, first.now).accounts;
    let again = machine.run(&first.instruction, &after, first.now);
    assert_eq!((again.outcome, again.accounts == after), (Ok(()), true), "a repetition changes nothing");
    let after = machine.run(&last.instruction, &last.accounts, last.now).accounts;
    let stale = machine.run(&first.instruction, &after, last.now);
    assert_eq!(stale.outcome, Err(u32::from(damper::Error::PriceStale.code())));
}

#[test]
fn a_clock_that_runs_backward_or_stands_before_1970() {
    let mut machine = Machine::new();
    for scene in scenes(&mut machine) {
        let timeless = matches!(scene.name(), "initialise" | "deposit" | "repay");
        for (now, code) in [(-1, Fault::Clock as u32), (i64::MIN, Fault::Clock as u32)] {
            let ran = machine.run(&scene.instruction, &scene.accounts, now);
            assert_eq!(ran.outcome, if timeless { Ok(()) } else { Err(code) }, "{}", scene.name());
        }
        for now in [0, 1, scene.now - 100_000, i64::MAX] {
            let ran = machine.run(&scene.instruction, &scene.accounts, now);
            known(&ran);
            same_as_host(&scene.instruction, &scene.accounts, now, &ran);
        }
    }
}

#[test]
fn sources_that_speak_with_one_voice() {
    let mut machine = Machine::new();
    let scene = scenes(&mut machine).into_iter().find(|scene| scene.name() == "initialise").expect("there is one");
    let at = |number: usize| 1 + 32 * number;
    for (from, to) in [(1, 2), (1, 3), (2, 3)] {
        let mut same = scene.instruction.clone();
        same.data.copy_within(at(from)..at(from + 1), at(to));
        assert_eq!(machine.run(&same, &scene.accounts, scene.now).outcome, fault(Fault::Authorities), "{from} {to}");
    }
    for number in 0..4 {
        let mut nobody = scene.instruction.clone();
        nobody.data[at(number)..at(number + 1)].fill(0);
        assert_eq!(machine.run(&nobody, &scene.accounts, scene.now).outcome, fault(Fault::Authorities), "{number}");
    }
    // The oracle's own key may report for a source: it is one voice of three.
    let mut one = scene.instruction.clone();
    one.data.copy_within(at(0)..at(1), at(1));
    assert_eq!(machine.run(&one, &scene.accounts, scene.now).outcome, Ok(()));
}

#[test]
fn configurations_that_are_refused() {
    let mut machine = Machine::new();
    let mut scene = scenes(&mut machine).into_iter().find(|scene| scene.name() == "initialise").expect("there is one");
    let (mut random, mut refused) = (random(5), 0);
    let whole = scene.instruction.data.clone();
    for at in STORED..whole.len() {
        scene.instruction.data = whole.clone();
        scene.instruction.data[at] ^= 1 << (random() % 8);
        let ran = machine.run(&scene.instruction, &scene.accounts, scene.now);
        known(&ran);
        same_as_host(&scene.instruction, &scene.accounts, scene.now, &ran);
        refused += u32::from(ran.outcome.is_err());
    }
    assert!(refused > 20, "{refused}");
    for byte in [0, 255] {
        scene.instruction.data = whole.clone();
        scene.instruction.data[STORED..].fill(byte);
        let ran = machine.run(&scene.instruction, &scene.accounts, scene.now);
        assert_eq!(ran.outcome, Err(u32::from(damper::Error::StoredHeader.code())));
    }
}

#[test]
fn numbers_at_their_ends() {
    let mut machine = Machine::new();
    for scene in scenes(&mut machine).into_iter().filter(|scene| scene.name() != "initialise") {
        let whole = scene.instruction.data.clone();
        for from in 1..whole.len() {
            for length in [1, 4, 8, 16] {
                for byte in [0, 1, 0x7f, 0x80, 255] {
                    let mut changed = scene.instruction.clone();
                    let to = whole.len().min(from + length);
                    changed.data[from..to].fill(byte);
                    let ran = machine.run(&changed, &scene.accounts, scene.now);
                    known(&ran);
                    same_as_host(&changed, &scene.accounts, scene.now, &ran);
                }
            }
        }
    }
}

#[test]
fn garbage_in_each_part_of_each_account() {
    let mut machine = Machine::new();
    let mut random = random(6);
    for scene in scenes(&mut machine) {
        for at in (0..scene.instruction.accounts.len()).filter(|at| is_own(&scene, *at)) {
            let key = scene.instruction.accounts[at].pubkey;
            let size = scene.accounts[&key].data.len();
            for from in (0..size).step_by(8) {
                let mut garbled = scene.accounts.clone();
                let data = &mut garbled.get_mut(&key).expect("own").data;
                data[from..size.min(from + 8)].fill_with(|| random() as u8);
                let ran = machine.run(&scene.instruction, &garbled, scene.now);
                known(&ran);
                same_as_host(&scene.instruction, &garbled, scene.now, &ran);
            }
            for byte in [1, 255] {
                let mut garbled = scene.accounts.clone();
                garbled.insert(key, own(vec![byte; size]));
                let ran = machine.run(&scene.instruction, &garbled, scene.now);
                assert!(ran.outcome.is_err(), "{} {at}", scene.name());
                known(&ran);
            }
        }
    }
}

#[test]
fn the_templates_are_of_every_instruction() {
    let mut machine = Machine::new();
    let names: std::collections::BTreeSet<&str> = scenes(&mut machine).iter().map(Scene::name).collect();
    assert_eq!(names.len(), instruction::NAMES.len());
}
