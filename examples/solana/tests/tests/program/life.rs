//! The whole life, from healthy over a crash to cleared: after every step the machine's accounts hold the bytes that the
//! host's runner holds.

use market::Report;
use market::life::Life;
use solana_tests::instruction;
use solana_tests::layout::{KEEPER, images, time};
use solana_tests::machine::{Machine, created};

#[test]
fn the_machine_lives_the_life_of_the_host() {
    let mut machine = Machine::new();
    let mut accounts = created();
    let mut steps = 0;
    for after in Life::new() {
        let now = time(after.step.after).get().cast_signed();
        let ran = machine.run(&instruction::of(&after.step.act), &accounts, now);
        let what = format!("step {} {:?}", after.number, after.step);
        assert_eq!(ran.outcome, after.outcome.map(|_| ()).map_err(|refusal| refusal.code()), "{what}");
        let answer = match after.outcome {
            Ok(Report::Done) | Err(_) => Vec::new(),
            // Who kicked is to be paid what the report of a settlement names.
            Ok(report @ Report::Settled { .. }) => [report.to_bytes().as_slice(), KEEPER.as_ref()].concat(),
            Ok(report) => report.to_bytes().to_vec(),
        };
        assert_eq!(ran.answer, answer, "{what}");
        accounts = ran.accounts;
        for (key, image) in images(&after.stored) {
            assert_eq!(accounts[&key].data, image, "{what} {key}");
        }
        steps += 1;
    }
    assert!(steps > 100);
}
