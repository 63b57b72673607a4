//! The life: that it shows what it is for, and that nothing of it is lost between two steps.

use damper::guard::Limits;
use damper::ratio::Ratio;
use damper::units::Timestamp;
use market::life::{Act, Life, START, STEPS, World};
use market::{Backstop, GuardState, Loan, Lot, Refusal, Report};
use std::collections::BTreeSet;

fn kind(debug: &impl std::fmt::Debug) -> String {
    format!("{debug:?}").split([' ', '(', '{']).next().unwrap_or_default().to_string()
}

#[test]
fn every_operation_succeeds_and_is_refused() {
    let (mut done, mut refused) = (BTreeSet::new(), BTreeSet::new());
    for after in Life::new() {
        match after.outcome {
            Ok(_) => done.insert(kind(&after.step.act)),
            Err(_) => refused.insert(kind(&after.step.act)),
        };
    }
    let all = "Initialise Launch Observe Open Deposit Borrow Repay Withdraw Assess Kick Take Settle Restart Absorb";
    let all: BTreeSet<String> = all.split(' ').map(String::from).collect();
    assert_eq!(done, all);
    assert_eq!(refused, all);
}

#[test]
fn every_report_and_every_refusal_that_storage_does_not_cause() {
    let reports: BTreeSet<String> =
        Life::new().filter_map(|after| after.outcome.ok()).map(|report| kind(&report)).collect();
    let all = "Done Observed Healthy Liquidate Wait Backstop Kicked Taken Settled Absorbed";
    assert_eq!(reports, all.split(' ').map(String::from).collect());

    let codes: BTreeSet<u32> = Life::new().filter_map(|after| after.outcome.err()).map(Refusal::code).collect();
    for own in Refusal::OWN {
        // A lot that is not the loan's takes storage that was meddled with.
        let reachable = own.code() < 100_020 && *own != Refusal::LotMismatch;
        assert_eq!(codes.contains(&own.code()), reachable, "{own:?}");
    }
    let rules: Vec<u32> = codes.into_iter().filter(|code| *code < 100_000).collect();
    assert_eq!(rules, [103, 200, 201, 202, 204, 205, 300, 301, 904, 905, 906, 908, 1_001, 1_002]);
}

#[test]
fn ends_with_everything_cleared() {
    let mut world = World::NEW;
    for step in STEPS {
        let _ = world.apply(step);
    }
    let state = world.state.expect("launched");
    assert!(state.pending().is_zero() && state.lots() == 0);
    assert!(world.loans.iter().flatten().all(|loan| loan.tab.is_none()));
    assert!(!world.backstop.debt.is_zero());
    let market = market::Market {
        guard: &world.guard.expect("initialised"),
        now: Timestamp::new(START + STEPS.last().expect("steps").after),
    };
    for loan in world.loans.iter().flatten() {
        assert_eq!(market.assess(&state, loan), Ok(damper::guard::Decision::Healthy));
    }
}

/// What the market permits after each step.
fn lived() -> Vec<(Act, Result<Report, Refusal>, Limits)> {
    let mut world = World::NEW;
    let each = STEPS.iter().filter_map(|step| {
        let outcome = world.apply(step);
        let limits = world.guard?.limits(&world.state?, Timestamp::new(START + step.after));
        Some((step.act, outcome, limits.expect("the clock runs forward")))
    });
    each.collect()
}

#[test]
fn the_appetite_falls_in_the_crash_and_heals_after_it() {
    let lived = lived();
    let levels: Vec<Ratio> = lived.iter().map(|(_, _, limits)| limits.appetite).collect();
    let floor = Ratio::from_fraction_floor(1, 4).expect("a fraction");
    let (first, last) = (levels[0], levels[levels.len() - 1]);
    assert_eq!((first, last, levels.iter().min()), (Ratio::ONE, Ratio::ONE, Some(&floor)));

    // Of what the ledger permits, a lot under the least appetite is a part, and the rest is named.
    let part = lived.iter().any(|(_, outcome, limits)| {
        let Ok(Report::Liquidate { sell, deferred, .. }) = *outcome else { return false };
        let whole = limits.permitted.get() * 4;
        let room = limits.level.checked_add(limits.reserved).expect("small") < limits.cap;
        limits.appetite == floor && sell >= limits.permitted && sell.get() < whole && !deferred.is_zero() && room
    });
    assert!(part);

    // A borrower is refused what the schedule alone would lend, gets less, and gets the rest when the appetite is back.
    let borrowed: Vec<_> = lived.iter().filter(|(act, ..)| matches!(act, Act::Borrow { loan: 2, .. })).collect();
    let asked = |at: usize| match borrowed[at] {
        (Act::Borrow { debt, .. }, outcome, limits) => (debt.get(), outcome.is_ok(), limits.appetite),
        other => panic!("{other:?}"),
    };
    let (too_much, less, rest) = (asked(1), asked(2), asked(3));
    assert_eq!((too_much.1, less.1, rest.1), (false, true, true));
    assert_eq!(too_much.0, less.0 + rest.0);
    assert!(too_much.2 == less.2 && less.2 < Ratio::from_fraction_floor(1, 2).expect("a fraction"));
    assert_eq!(rest.2, Ratio::ONE);
}

#[test]
fn time_does_not_run_backward() {
    assert!(STEPS.len() > 100);
    assert!(STEPS.is_sorted_by_key(|step| step.after));
}

#[test]
fn a_refused_step_and_an_assessment_change_nothing() {
    let mut world = World::NEW;
    for step in STEPS {
        let before = (world, world.stored());
        let outcome = world.apply(step);
        if outcome.is_err() || matches!(step.act, Act::Assess { .. }) {
            assert_eq!((world, world.stored()), before, "{step:?}");
        } else {
            assert_ne!(world.stored(), before.1, "{step:?}");
        }
    }
}

#[test]
fn what_is_stored_is_read_back() {
    let mut world = World::NEW;
    for (step, after) in STEPS.iter().zip(Life::new()) {
        assert_eq!(world.apply(step), after.outcome);
        assert_eq!(world.stored(), after.stored);
        let stored = after.stored;
        assert_eq!(Backstop::read_from(&stored.backstop), Ok(world.backstop));
        if let Some(state) = world.state {
            assert_eq!(GuardState::read_from(&stored.state), Ok(state));
        }
        for (bytes, loan) in stored.loans.iter().zip(world.loans) {
            assert_eq!(Loan::read_from(bytes).ok(), loan);
        }
        for (bytes, lot) in stored.lots.iter().zip(world.lots) {
            assert_eq!(Lot::read_from(bytes).ok(), lot);
        }
    }
}

#[test]
fn reports_of_different_content_have_different_bytes() {
    let reports: Vec<Report> = Life::new().filter_map(|after| after.outcome.ok()).collect();
    for a in &reports {
        for b in &reports {
            assert_eq!(a == b, a.to_bytes() == b.to_bytes(), "{a:?} {b:?}");
        }
    }
    let mut short = [0; Report::BYTES - 1];
    assert_eq!(Report::Done.write_to(&mut short), Err(Refusal::StoredLength));
}
