//! A sweep as a table: each part varied alone, and what the whole grid came to.

use crate::exact::Verdict;
use crate::figures::{fall, millions, percent};
use crate::replay::Replay;
use crate::run::Outcome;
use crate::scenario::Scenario;
use crate::sweep::{Point, Setting, one_at_a_time};
use std::io::{self, Write};

const COLUMNS: usize = 10;

/// Prints the table. `replay` is the scenario under all of its sellers, with the preset.
pub(crate) fn print(out: &mut dyn Write, scenario: &Scenario, replay: &Replay, points: &[Point]) -> io::Result<()> {
    writeln!(out, "{}: the price of safety (seed {})", scenario.title, scenario.seed)?;
    let header = [
        "varied",
        "value",
        "total",
        "amplified",
        "bound",
        "bound's verdict",
        "sold M",
        "at worst M",
        "at the end M",
        "backstop M",
    ];
    let mut rows = vec![header.map(String::from)];
    for (part, settings) in one_at_a_time() {
        for setting in settings {
            let point = points.iter().find(|point| point.setting == setting);
            rows.extend(point.map(|point| row(part, point)));
        }
    }
    rows.extend(replay.naive().iter().map(|outcome| naive(outcome, replay)));
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    for row in &rows {
        let cells = row.iter().enumerate().map(|(column, cell)| match column {
            0 => format!("{cell:<width$}", width = width(0)),
            _ => format!("{cell:>width$}", width = width(column)),
        });
        writeln!(out, "  {}", cells.collect::<Vec<_>>().join("  "))?;
    }
    writeln!(out, "  {}", words(points))?;
    writeln!(out)
}

fn value(part: &str, setting: Setting) -> String {
    let bps = |bps: u32| format!("{:.2} %", f64::from(bps) / 100.0);
    let text = match part {
        "own share h" => format!("{:.4}", f64::from(setting.own_share) / 1e4),
        "burst B" => bps(setting.burst),
        "leak r" => format!("{} an hour", bps(setting.leak / 100)),
        _ => format!("{} %", setting.haircut / 100),
    };
    let preset = if setting == Setting::PRESET { " (preset)" } else { "" };
    format!("{text}{preset}")
}

fn row(part: &str, point: &Point) -> [String; COLUMNS] {
    let outcome = point.replay.damped();
    [
        part.into(),
        value(part, point.setting),
        percent(fall(outcome.drawdown)),
        format!("{:.3}", point.amplified()),
        percent(fall(point.replay.bound.bound())),
        verdict(point).into(),
        millions(outcome.sold),
        millions(outcome.worst_bad_debt),
        millions(outcome.bad_debt),
        millions(point.replay.backstop.debt),
    ]
}

fn verdict(point: &Point) -> &'static str {
    match (point.claimed(), point.verdict()) {
        (false, _) => "no claim",
        (true, Verdict::Holds) => "held",
        (true, Verdict::Fails) => "BROKEN",
        (true, Verdict::Undecided) => "undecided",
    }
}

fn naive(outcome: &Outcome, replay: &Replay) -> [String; COLUMNS] {
    let amplified = outcome.drawdown.to_f64_hi() / outcome.exogenous.to_f64_lo();
    [
        outcome.seller.into(),
        "-".into(),
        percent(fall(outcome.drawdown)),
        format!("{amplified:.3}"),
        percent(fall(replay.bound.bound())),
        "-".into(),
        millions(outcome.sold),
        millions(outcome.worst_bad_debt),
        millions(outcome.bad_debt),
        "-".into(),
    ]
}

/// What the whole grid came to.
fn words(points: &[Point]) -> String {
    let by_debt = |point: &&Point| point.replay.damped().worst_bad_debt;
    let claimed: Vec<&Point> = points.iter().filter(|point| point.claimed()).collect();
    let held = claimed.iter().filter(|point| point.verdict() == Verdict::Holds).count();
    let at = |point: &Point| {
        let Setting { own_share, burst, leak, haircut } = point.setting;
        format!(
            "{} M amplified {:.3} times (h {:.4}, B {:.2} %, r {:.2} % an hour, haircut {} %)",
            millions(point.replay.damped().worst_bad_debt),
            point.amplified(),
            f64::from(own_share) / 1e4,
            f64::from(burst) / 1e2,
            f64::from(leak) / 1e4,
            haircut / 100,
        )
    };
    let (least, most) = (points.iter().min_by_key(by_debt), points.iter().max_by_key(by_debt));
    let name = |point: Option<&Point>| point.map_or("-".to_string(), at);
    format!(
        "Of {} settings the bound's hypotheses hold in {}, and the bound is kept in {held} of these. Bad debt at \
         worst: the least {}, the most {}.",
        points.len(),
        claimed.len(),
        name(least),
        name(most),
    )
}
