//! The scenarios in one table, and what each shows in words.

use crate::exact::Verdict;
use crate::figures::{fall, millions, percent};
use crate::replay::Replay;
use crate::run::Outcome;
use crate::scenario::Scenario;
use crate::words::capital;
use std::io::{self, Write};

const COLUMNS: usize = 14;

/// What a scenario shows, in a paragraph.
pub(crate) fn print_words(out: &mut dyn Write, scenario: &Scenario, replay: &Replay) -> io::Result<()> {
    let Some(mechanism) = scenario.mechanism else { return Ok(()) };
    let said = (mechanism.words)(scenario, replay).map_err(io::Error::other)?;
    writeln!(out, "{} ({})", scenario.title, scenario.origin.word())?;
    writeln!(out, "  {}: {said}\n", capital(mechanism.name))
}

/// A row for each scenario that shows something.
pub(crate) fn print(out: &mut dyn Write, replays: &[(Scenario, Replay)]) -> io::Result<()> {
    let header = [
        "scenario",
        "path",
        "exogenous",
        "bound",
        "no throttle",
        "rule then",
        "damper",
        "damper's bound",
        "bad debt M",
        "rule then",
        "damper",
        "backstop M",
        "unsold M",
        "shows; rule then",
    ];
    let rows: Vec<[String; COLUMNS]> = replays.iter().filter_map(|(scenario, replay)| row(scenario, replay)).collect();
    if rows.is_empty() {
        return Ok(());
    }
    let rows: Vec<[String; COLUMNS]> = std::iter::once(header.map(String::from)).chain(rows).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    for row in &rows {
        let cells = row.iter().enumerate().map(|(column, cell)| match column {
            0 | 1 => format!("{cell:<width$}", width = width(column)),
            13 => cell.clone(),
            _ => format!("{cell:>width$}", width = width(column)),
        });
        writeln!(out, "  {}", cells.collect::<Vec<_>>().join("  "))?;
    }
    writeln!(
        out,
        "  Falls are from a peak to a later trough; * marks one beyond the bound. Bad debt is at its worst: without a \
         throttle, then the others; backstop and unsold are damper's."
    )?;
    writeln!(
        out,
        "  One configuration of damper for all. Paths are recorded or synthesised; books and positions are from \
         public magnitudes and assumptions."
    )
}

fn row(scenario: &Scenario, replay: &Replay) -> Option<[String; COLUMNS]> {
    let mechanism = scenario.mechanism?;
    let (free, rule, damped) = (replay.unthrottled(), replay.of_rule(&mechanism), replay.damped());
    let total = |outcome: &Outcome| {
        let beyond = if replay.verdict(outcome) == Verdict::Holds { ' ' } else { '*' };
        format!("{}{beyond}", percent(fall(outcome.drawdown)))
    };
    let then = |text: String| if mechanism.rule == 0 { "-".to_string() } else { text };
    let held = match (replay.kappa.h1_holds, replay.verdict(damped)) {
        (false, _) => "no claim",
        (true, Verdict::Holds) => "held",
        (true, Verdict::Fails) => "broken",
        (true, Verdict::Undecided) => "undecided",
    };
    Some([
        scenario.slug.clone(),
        scenario.origin.word().into(),
        percent(fall(free.exogenous)),
        percent(fall(replay.bound.bound())),
        total(free),
        then(total(rule)),
        total(damped),
        held.into(),
        millions(free.worst_bad_debt),
        then(millions(rule.worst_bad_debt)),
        millions(damped.worst_bad_debt),
        millions(replay.backstop.debt),
        millions(damped.backlog),
        format!("{}; {}", mechanism.name, rule.seller),
    ])
}
