//! What a replay shows, in words that are computed from it: what throttling bought, and what it cost.

use crate::exact::Verdict;
use crate::figures::{fall, hours, millions, percent, price};
use crate::replay::Replay;
use crate::run::Outcome;
use crate::scenario::Scenario;
use damper::units::Value;
use std::io::{self, Write};

/// Prints the comparison below the table.
pub(crate) fn print(out: &mut dyn Write, scenario: &Scenario, replay: &Replay) -> io::Result<()> {
    if let Some(mechanism) = scenario.mechanism {
        let said = (mechanism.words)(scenario, replay).map_err(io::Error::other)?;
        writeln!(out, "  - {}: {said}", capital(mechanism.name))?;
    }
    writeln!(out, "  - {}", price_paid(scenario, replay))?;
    writeln!(out, "  - {}", bad_debt(replay))?;
    writeln!(out, "  - {}", backlog(replay))?;
    if replay.backstop.loans > 0 {
        writeln!(out, "  - {}", handed_over(replay))?;
    }
    writeln!(out)
}

/// With a capital letter.
pub(crate) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// The lowest price, and who broke the bound.
fn price_paid(scenario: &Scenario, replay: &Replay) -> String {
    let damped = replay.damped();
    let units = |outcome: &Outcome| price(scenario.path.scale.units(outcome.lowest));
    let others: Vec<String> =
        replay.naive().iter().map(|outcome| format!("{} {}", outcome.seller, units(outcome))).collect();
    format!(
        "Price: damper {} at the lowest, a fall of {} of at most {}; {}. Lower than damper: {}. The bound was broken by: \
         {}.",
        units(damped),
        percent(fall(damped.drawdown)),
        percent(fall(replay.bound.bound())),
        others.join(", "),
        named(replay, |outcome| outcome.lowest < damped.lowest),
        named(replay, |outcome| replay.verdict(outcome) == Verdict::Fails),
    )
}

/// Where damper is left with more bad debt than a seller that sold sooner.
fn bad_debt(replay: &Replay) -> String {
    format!(
        "Bad debt: {} {} SPEC.md, T8, allows {} M at the lowest price that the bound permits.",
        compared(replay, "at the last price damper lacks", |outcome| outcome.bad_debt),
        compared(replay, "At its worst it lacked", |outcome| outcome.worst_bad_debt),
        millions(replay.price_of_throttling),
    )
}

fn backlog(replay: &Replay) -> String {
    let damped = replay.damped();
    let end = if damped.backlog.is_zero() {
        let how = if replay.backstop.loans > 0 { ", in part by handing loans over" } else { "" };
        format!("It is cleared{how}, after waits of up to {} h.", hours(damped))
    } else if replay.hours_to_go == 0.0 {
        format!("It has stood for {} h; at calm depth the ledger would permit all of it now.", hours(damped))
    } else {
        format!(
            "It has stood for {} h, and takes another {:.0} h at the least if price and calm depth stand still.",
            hours(damped),
            replay.hours_to_go
        )
    };
    let line = compared(replay, "what damper should have sold and has not is", |outcome| outcome.backlog);
    let longer = named(replay, |outcome| outcome.waited < damped.waited);
    format!("Backlog: {line} {end} Waited less: {longer}.")
}

/// A loan with the backstop is neither sold nor in the backlog: that is a cost of throttling too.
fn handed_over(replay: &Replay) -> String {
    let backstop = &replay.backstop;
    format!(
        "Backstop: damper did not sell {} loans, past saving by a sale before their turn came, and handed them over: {} M \
         of debt against {} M of collateral at that time, {} M of it uncovered had all been sold at once. The naive \
         sellers sold such loans. Whoever is the backstop bears what they lack; it is part of the bad debt above.",
        backstop.loans,
        millions(backstop.debt),
        millions(backstop.collateral),
        millions(backstop.gap),
    )
}

/// A quantity of damper's run against the other three, and where throttling made it larger.
fn compared(replay: &Replay, what: &str, of: fn(&Outcome) -> Value) -> String {
    let damped = of(replay.damped());
    let list = |text: &str, difference: &dyn Fn(Value) -> Value| -> Option<String> {
        let terms: Vec<String> = replay
            .naive()
            .iter()
            .map(|outcome| (millions(difference(of(outcome))), outcome.seller))
            .filter(|(difference, _)| difference != "0.00")
            .map(|(difference, seller)| format!("{difference} M against {seller}"))
            .collect();
        (!terms.is_empty()).then(|| format!("{text} {}", terms.join(", ")))
    };
    let costs = list("throttling costs", &|other| damped.excess_over(other));
    let saves = list("it saves", &|other| other.excess_over(damped));
    let parts: Vec<String> = costs.into_iter().chain(saves).collect();
    let rest = if parts.is_empty() { "no seller differs".to_string() } else { parts.join("; ") };
    format!("{what} {} M: {rest}.", millions(damped))
}

fn named(replay: &Replay, which: impl Fn(&Outcome) -> bool) -> String {
    let names: Vec<&str> =
        replay.outcomes.iter().filter(|outcome| which(outcome)).map(|outcome| outcome.seller).collect();
    if names.is_empty() { "none".to_string() } else { names.join(", ") }
}
