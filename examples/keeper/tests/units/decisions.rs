//! What is decided: on small markets whose answer is known.

use damper::Error;
use damper::units::{Amount, Timestamp, Value};
use keeper::action::{Action, What};
use keeper::bids::Verdict;
use keeper::engine::{Applied, Engine, Note};
use keeper::news::parse;
use keeper::random::Random;
use keeper::report::{Call, Report};
use keeper::sample;
use keeper::setup::{File, PositionFile};

/// The sample's market with these positions: collateral and debt in whole tokens, at a price of 2,000.
fn file(positions: &[(&str, &str, &str)]) -> File {
    let mut file = sample::market(&mut Random::new(1), 0).unwrap();
    let position = |(id, collateral, debt): &(&str, &str, &str)| PositionFile {
        id: (*id).to_owned(),
        collateral: collateral.parse().unwrap(),
        debt: debt.parse().unwrap(),
    };
    file.positions = positions.iter().map(position).collect();
    file
}

fn apply(engine: &mut Engine, line: &str) -> Applied {
    engine.apply(parse(line.as_bytes(), engine.setup.scale).unwrap())
}

fn clean(engine: &mut Engine, line: &str) {
    let applied = apply(engine, line);
    assert!(applied.notes.is_empty(), "{line}: {:?}", applied.notes);
}

/// A minute later, at a price.
fn block(engine: &mut Engine, time: u64, price: &str) -> Report {
    clean(
        engine,
        &format!(r#"{{"kind":"price","time":{time},"source_time":{time},"low":"{price}","high":"{price}"}}"#),
    );
    let book = r#"{"shape":"pool","reserve":"50000"}"#;
    clean(engine, &format!(r#"{{"kind":"depth","time":{time},"source_time":{time},"book":{book}}}"#));
    let applied = apply(engine, &format!(r#"{{"kind":"tick","time":{time}}}"#));
    assert!(applied.notes.is_empty(), "{:?}", applied.notes);
    *applied.report.unwrap()
}

/// The chain opens a lot, at the price that the guard says.
fn open(engine: &mut Engine, time: u64, lot: &str, sell: &str, raise: &str) -> keeper::decimal::Decimal {
    let atoms = |text: &str, decimals| text.parse::<keeper::decimal::Decimal>().unwrap().atoms_exact(decimals).unwrap();
    let kick = damper::selling::Kick { sell: Amount::new(atoms(sell, 18)), raise: Value::new(atoms(raise, 6)) };
    let (_, opened) = engine.setup.guard.kick(engine.state, Timestamp::new(time), kick).unwrap();
    let start = engine.setup.scale.price_ceil(opened.terms().start());
    clean(
        engine,
        &format!(
            r#"{{"kind":"lot_opened","time":{time},"lot":"{lot}","position":"one","sell":"{sell}","raise":"{raise}","start":"{start}"}}"#
        ),
    );
    start
}

fn kicks(actions: &[Action]) -> Vec<(String, Amount)> {
    let kick = |action: &Action| match &action.what {
        What::Kick { position, sell, .. } => {
            let sell = sell.parse::<keeper::decimal::Decimal>().unwrap().atoms_exact(18).unwrap();
            Some((position.clone(), Amount::new(sell)))
        }
        _ => None,
    };
    actions.iter().filter_map(kick).collect()
}

#[test]
fn the_worst_that_can_be_helped_is_kicked_first_and_the_guard_permits_it() {
    // Thresholds are near 80 %: 1,950 is 82 % and 83 %; 75 % is healthy; 99 % is beyond help.
    let mut engine = Engine::open(&file(&[
        ("mild", "10", "16000"),
        ("worse", "10", "16200"),
        ("well", "10", "14600"),
        ("lost", "10", "19300"),
    ]))
    .unwrap();
    let report = block(&mut engine, 60, "1950");
    let kicked = kicks(&report.actions);
    assert_eq!(kicked[0].0, "worse");
    let ids: Vec<&str> = report.due.iter().map(|due| due.id.as_str()).collect();
    assert_eq!(ids, ["worse", "mild", "lost"]);
    assert!(matches!(report.due[2].call, Call::Unconfirmed { .. }));
    assert_eq!(report.near[0].id, "well");
    assert!(report.due[0].deadline < report.due[1].deadline);
    // What was decided together is permitted together.
    let mut state = engine.state;
    for action in &report.actions {
        let What::Kick { sell, raise, .. } = &action.what else { panic!("kicks alone") };
        let sell = Amount::new(sell.parse::<keeper::decimal::Decimal>().unwrap().atoms_exact(18).unwrap());
        let raise = Value::new(raise.parse::<keeper::decimal::Decimal>().unwrap().atoms_exact(6).unwrap());
        let kick = damper::selling::Kick { sell, raise };
        state = engine.setup.guard.kick(state, Timestamp::new(60), kick).unwrap().0;
    }
}

#[test]
fn a_kick_that_the_chain_does_not_show_is_sent_again_later_with_the_next_count() {
    let mut engine = Engine::open(&file(&[("one", "10", "16200")])).unwrap();
    let first = block(&mut engine, 60, "1950");
    assert_eq!(first.actions[0].key, "kick/one/0/1");
    let second = block(&mut engine, 120, "1950");
    assert!(second.actions.is_empty());
    assert_eq!(second.due[0].call, Call::Awaited(1));
    // 150 seconds, then 300.
    assert_eq!(block(&mut engine, 210, "1950").actions[0].key, "kick/one/0/2");
    assert!(block(&mut engine, 330, "1950").actions.is_empty());
    assert!(block(&mut engine, 450, "1950").actions.is_empty());
    assert_eq!(block(&mut engine, 510, "1950").actions[0].key, "kick/one/0/3");
    // The chain shows it: the next lot of this position has another number.
    open(&mut engine, 510, "l", "0.1", "180");
    let report = block(&mut engine, 570, "1950");
    assert_eq!(report.due[0].call, Call::LotOpen);
    assert!(kicks(&report.actions).is_empty(), "one lot for each position at a time");
}

#[test]
fn a_kick_in_flight_keeps_its_part_of_the_permission() {
    let loans: Vec<(String, String)> = (0..40).map(|at| (format!("loan-{at}"), format!("{}", 16_100 + at))).collect();
    let positions: Vec<(&str, &str, &str)> =
        loans.iter().map(|(id, debt)| (id.as_str(), "10", debt.as_str())).collect();
    let mut engine = Engine::open(&file(&positions)).unwrap();
    let first = block(&mut engine, 60, "1950");
    let second = block(&mut engine, 120, "1950");
    let sold = |report: &Report| kicks(&report.actions).iter().map(|(_, sell)| sell.get()).sum::<u128>();
    assert!(sold(&first) > 0);
    // Nothing was opened, and yet no more than the ledger permits is out.
    let all = sold(&first) + sold(&second);
    let kick = damper::selling::Kick { sell: Amount::new(all), raise: Value::new(1_000_000) };
    let mut alone = engine.setup.guard.limits(&engine.state, Timestamp::new(120)).unwrap().permitted.get();
    // The appetite leaves each lot a part of what is left: four such lots are less than the whole.
    alone *= 4;
    assert!(all <= alone, "{all} of {alone}, {kick:?}");
}

#[test]
fn a_kick_that_does_not_pay_for_its_gas_is_not_sent_and_the_size_that_would_is_named() {
    let mut engine = Engine::open(&file(&[("one", "10", "16200")])).unwrap();
    clean(&mut engine, r#"{"kind":"gas","time":60,"per_million":"100000"}"#);
    let report = block(&mut engine, 60, "1950");
    assert!(report.actions.is_empty());
    assert!(matches!(report.due[0].call, Call::Unpaid { .. }));
    clean(&mut engine, r#"{"kind":"gas","time":60,"per_million":"1"}"#);
    assert_eq!(block(&mut engine, 120, "1950").actions.len(), 1);
}

#[test]
fn a_bid_is_worth_it_exactly_from_the_time_that_was_told() {
    let mut engine = Engine::open(&file(&[("one", "100", "162000")])).unwrap();
    block(&mut engine, 60, "1950");
    let start = open(&mut engine, 60, "l", "1", "1850");
    assert_eq!(engine.lots.len(), 1);
    let report = block(&mut engine, 120, "1950");
    let Verdict::Dear { at: Some(at) } = report.lots[0].verdict else { panic!("{:?}", report.lots) };
    // It falls by 1 % every 90 seconds. For 1,850 it brings what it buys at 1,950 less fee and margin; 0.60 of gas and 1 must
    // be left. Far from any edge a float tells the step.
    let start: f64 = start.to_string().parse().unwrap();
    let leaves = |step: i32| {
        let sold = (1_850.0 / (start * 0.99_f64.powi(step))).min(1.0);
        let brings = sold * 1_950.0 * 50_000.0 / 50_001.0 * 0.9995 * 0.998;
        brings - sold * start * 0.99_f64.powi(step) - 0.6 - 1.0
    };
    let step = (0..80).find(|step| leaves(*step) >= 0.0).unwrap();
    assert!(step > 3 && leaves(step) > 0.1 && leaves(step - 1) < -0.1);
    assert_eq!(at.get(), 60 + 90 * u64::try_from(step).unwrap());
    let mut now = 120;
    while now + 60 < at.get() {
        now += 60;
        let report = block(&mut engine, now, "1950");
        assert_eq!(report.lots[0].verdict, Verdict::Dear { at: Some(at) }, "at {now}");
    }
    let before = block(&mut engine, at.get() - 1, "1950");
    assert_eq!(before.lots[0].verdict, Verdict::Dear { at: Some(at) });
    let report = block(&mut engine, at.get(), "1950");
    let Verdict::Worth(offer) = report.lots[0].verdict else { panic!("{:?}", report.lots) };
    assert!(offer.profit >= Value::new(1_000_000) && offer.brings > offer.paid);
    // Less the fee and the margin, and rounded down.
    let worth = offer.want.get() * 1_950 / 1_000_000_000_000;
    let most = worth * 9_995 / 10_000 * 998 / 1_000;
    assert!(offer.brings.get() <= most && offer.brings.get() > most * 999 / 1_000, "{offer:?} of {worth}");
    let What::Bid { want, paid, .. } = &report.actions[0].what else { panic!("a bid") };
    let want = want.parse::<keeper::decimal::Decimal>().unwrap().atoms_exact(18).unwrap();
    assert_eq!(
        (Amount::new(want), paid.parse::<keeper::decimal::Decimal>().unwrap().atoms_exact(6).unwrap()),
        (offer.want, offer.paid.get())
    );
    assert_eq!(report.actions[0].key, "bid/l/0/1");
    // Dear gas, and it is not worth it; a bid in flight is waited for.
    assert_eq!(block(&mut engine, at.get() + 60, "1950").lots[0].verdict, Verdict::Awaited(1));
    clean(&mut engine, &format!(r#"{{"kind":"gas","time":{},"per_million":"5000"}}"#, at.get() + 60));
    assert!(matches!(block(&mut engine, at.get() + 120, "1950").lots[0].verdict, Verdict::Dear { .. }));
}

#[test]
fn a_lot_that_is_done_is_settled_and_one_that_is_out_of_date_restarted() {
    let mut engine = Engine::open(&file(&[("one", "100", "162000")])).unwrap();
    block(&mut engine, 60, "1950");
    open(&mut engine, 60, "a", "1", "1850");
    open(&mut engine, 60, "b", "1", "1850");
    let applied =
        apply(&mut engine, r#"{"kind":"lot_taken","time":60,"lot":"a","sold":"0.790598290598290598","paid":"1850"}"#);
    assert!(applied.notes.iter().all(|note| matches!(note, Note::Differs | Note::Mirror(_))), "{:?}", applied.notes);
    let report = block(&mut engine, 120, "1950");
    assert_eq!(report.lots[0].verdict, Verdict::Done);
    assert_eq!(
        report.actions.iter().map(|action| action.key.as_str()).find(|key| key.starts_with("settle")),
        Some("settle/a/0/1")
    );
    // After two hours, or below 65 % of the start, which is after 43 steps.
    let mut engine = Engine { clock: Timestamp::new(120), ..engine };
    let mut now = 120;
    while now < 60 + 43 * 90 {
        now += 60;
        // A price at which nobody bids.
        block(&mut engine, now, "1300");
    }
    let report = block(&mut engine, now + 60, "1300");
    let b = report.lots.iter().find(|lot| lot.name == "b").unwrap();
    assert_eq!(b.verdict, Verdict::ResetDue);
}

#[test]
fn many_that_are_beyond_help_do_not_hide_one_that_is_not() {
    let lost: Vec<String> = (0..600).map(|at| format!("lost-{at}")).collect();
    let mut positions: Vec<(&str, &str, &str)> = lost.iter().map(|id| (id.as_str(), "1", "2500")).collect();
    positions.push(("mild", "10", "16000"));
    let mut engine = Engine::open(&file(&positions)).unwrap();
    let report = block(&mut engine, 60, "1950");
    assert_eq!(kicks(&report.actions).len(), 1);
    assert_eq!(report.due[0].id, "mild");
    assert_eq!(report.due.len(), 1 + 256);
}

#[test]
fn a_position_too_large_to_be_valued_is_refused_alone() {
    // At 2,000 quote atoms for 10^12 base atoms no collateral overflows; a debt does, divided by the threshold.
    let mut engine = Engine::open(&file(&[("mild", "10", "16000")])).unwrap();
    let huge = damper::clearing::Holding { collateral: Amount::new(1 << 100), debt: Value::new(u128::MAX) };
    let entry = keeper::positions::Entry { holding: huge, time: Timestamp::new(0) };
    engine.positions.put("huge", entry).unwrap();
    let report = block(&mut engine, 60, "1950");
    assert_eq!(kicks(&report.actions)[0].0, "mild");
    let huge = report.due.iter().find(|due| due.id == "huge").unwrap();
    assert!(matches!(huge.call, Call::Refused(Error::Overflow) | Call::Backstop { .. }), "{:?}", huge.call);
}

#[test]
fn late_news_of_a_position_does_not_undo_later_news() {
    let mut engine = Engine::open(&file(&[])).unwrap();
    let position = |seq: u64, time: u64, debt: &str| {
        format!(r#"{{"kind":"position","seq":{seq},"time":{time},"id":"p","collateral":"1","debt":"{debt}"}}"#)
    };
    clean(&mut engine, &position(1, 10, "1"));
    assert_eq!(apply(&mut engine, &position(3, 30, "3")).notes, [Note::Gap(1)]);
    assert_eq!(apply(&mut engine, &position(2, 20, "2")).notes, [Note::PositionStale]);
    assert_eq!(engine.positions.get("p").unwrap().holding.debt, Value::new(3_000_000));
    let removed = r#"{"kind":"position_removed","seq":5,"time":50,"id":"p"}"#;
    assert_eq!(apply(&mut engine, removed).notes, [Note::Gap(1)]);
    assert_eq!(apply(&mut engine, &position(4, 40, "4")).notes, [Note::PositionStale]);
    assert!(engine.positions.is_empty(), "what was removed stays so");
    clean(&mut engine, &position(6, 60, "6"));
    assert_eq!(engine.positions.len(), 1);
}

#[test]
fn the_chain_s_own_state_replaces_the_copy() {
    let mut engine = Engine::open(&file(&[("one", "10", "16200")])).unwrap();
    let mut other = engine.clone();
    block(&mut engine, 60, "1950");
    block(&mut other, 60, "1800");
    let mut bytes = vec![0; damper::guard::GuardState::<8>::BYTES];
    other.state.write_to(&mut bytes).unwrap();
    let state = keeper::hex::encode(&bytes);
    clean(&mut engine, &format!(r#"{{"kind":"guard_state","time":60,"state":"{state}"}}"#));
    assert_eq!(engine.state, other.state);
    let ahead = apply(&mut engine, &format!(r#"{{"kind":"guard_state","time":59,"state":"{state}"}}"#));
    assert_eq!(ahead.notes, [Note::Refused(Error::ClockReversed)]);
}
