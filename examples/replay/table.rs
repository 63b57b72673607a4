//! A replay as a table.

use crate::exact::Verdict;
use crate::figures::{fall, hours, millions, percent, price};
use crate::insurers::FUNDS;
use crate::lending::{BONUS_BPS, LOANS, Loans, MARGIN_BPS, THRESHOLD_BPS};
use crate::path::{BASE_UNIT, Scale};
use crate::replay::Replay;
use crate::run::Outcome;
use crate::scenario::{PER_CENT, Scenario, Sellers};
use damper::units::Amount;
use std::io::{self, Write};

const COLUMNS: usize = 13;

/// Prints what was replayed, and a row for each seller.
pub(crate) fn print(out: &mut dyn Write, scenario: &Scenario, replay: &Replay) -> io::Result<()> {
    writeln!(out, "{}", scenario.title)?;
    for note in &scenario.notes {
        writeln!(out, "  {note}")?;
    }
    writeln!(out, "  Population (seed {}): {}", scenario.seed, population(scenario))?;
    writeln!(out, "  Market: {}", market(scenario))?;
    writeln!(out, "  Rule: {}", rule(replay))?;
    writeln!(out)?;
    let header = [
        "seller",
        "lowest",
        "exogenous",
        "total",
        "amplified",
        "bound",
        "verdict",
        "sold M",
        "bad debt M",
        "at worst M",
        "backlog M",
        "backstop M",
        "hours to clear",
    ];
    let mut rows = vec![header.map(String::from)];
    rows.extend(replay.outcomes.iter().map(|outcome| row(outcome, scenario.path.scale, replay)));
    print_aligned(out, &rows)?;
    writeln!(
        out,
        "  Falls are from a peak to a later trough; amplified: total over exogenous, in log-price. Bad debt at the last \
         price, and at its worst."
    )?;
    writeln!(
        out,
        "  Backlog: what should still be sold. Hours to clear: the longest time for which there was a backlog."
    )?;
    writeln!(out)
}

fn row(outcome: &Outcome, scale: Scale, replay: &Replay) -> [String; COLUMNS] {
    let verdict = match replay.verdict(outcome) {
        Verdict::Holds => "held",
        Verdict::Fails => "broken",
        Verdict::Undecided => "undecided",
    };
    let amplified = outcome.drawdown.to_f64_hi() / outcome.exogenous.to_f64_lo();
    let damped = outcome.seller == replay.damped().seller;
    [
        outcome.seller.to_string(),
        price(scale.units(outcome.lowest)),
        percent(fall(outcome.exogenous)),
        percent(fall(outcome.drawdown)),
        if amplified.is_finite() { format!("{amplified:.2}") } else { "-".to_string() },
        percent(fall(replay.bound.bound())),
        verdict.to_string(),
        millions(outcome.sold),
        millions(outcome.bad_debt),
        millions(outcome.worst_bad_debt),
        millions(outcome.backlog),
        if damped { millions(replay.backstop.debt) } else { "-".to_string() },
        if outcome.backlog.is_zero() { hours(outcome) } else { format!("not in {}", hours(outcome)) },
    ]
}

/// The first column to the left, the others to the right.
fn print_aligned(out: &mut dyn Write, rows: &[[String; COLUMNS]]) -> io::Result<()> {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    for row in rows {
        let cells = row.iter().enumerate().map(|(column, cell)| match column {
            0 => format!("{cell:<width$}", width = width(0)),
            _ => format!("{cell:>width$}", width = width(column)),
        });
        writeln!(out, "  {}", cells.collect::<Vec<_>>().join("  "))?;
    }
    Ok(())
}

fn population(scenario: &Scenario) -> String {
    match &scenario.sellers {
        Sellers::Loans(loans) => format!(
            "{LOANS} loans against {}, LTV {} to {} % at the start{}; liquidated past {} %, bonus {} %, liquidators' \
             margin {} %.",
            worth(scenario, loans.collateral),
            loans.ltv_bps.0 / 100,
            loans.ltv_bps.1 / 100,
            beside(scenario, loans),
            THRESHOLD_BPS / 100,
            BONUS_BPS / 100,
            MARGIN_BPS / 100,
        ),
        Sellers::Insurers(insured) => format!(
            "{FUNDS} insured funds that hold {}, multiplier 2.0 to 3.2; bad debt is wealth below the floors.",
            worth(scenario, *insured),
        ),
        Sellers::Program(amount) => format!("one order to sell {}.", worth(scenario, *amount)),
    }
}

/// The loans that are not drawn.
fn beside(scenario: &Scenario, loans: &Loans) -> String {
    let whales = loans
        .whales
        .iter()
        .map(|(collateral, ltv_bps)| format!(", one against {} at {} %", worth(scenario, *collateral), ltv_bps / 100));
    let borrowers = match loans.arrivals.first() {
        None => String::new(),
        Some((_, collateral)) => {
            let pool = millions(loans.pool);
            format!(
                ", {} borrowers to come with {} each for a pool of {pool} M",
                loans.arrivals.len(),
                worth(scenario, *collateral)
            )
        }
    };
    whales.collect::<String>() + &borrowers
}

fn market(scenario: &Scenario) -> String {
    let per_cent = Amount::new(scenario.venue.calm.get() / PER_CENT);
    let clock = match scenario.sellers {
        Sellers::Loans(_) | Sellers::Program(_) => "",
        Sellers::Insurers(_) => " The clock runs in trading hours only; nights and weekends do not count.",
    };
    format!(
        "in calm times {} move the price by 1 %; {}.{clock}",
        worth(scenario, per_cent),
        scenario.venue.description()
    )
}

/// Whole units, and their value at the first price.
fn worth(scenario: &Scenario, amount: Amount) -> String {
    let units = amount.get() as f64 / BASE_UNIT as f64;
    let value = units * scenario.path.scale.units(scenario.path.steps[0].ticks) / 1e6;
    format!("{units:.0} units ({value:.1} M at the start)")
}

fn rule(replay: &Replay) -> String {
    let bound = &replay.bound;
    let ratio = |(num, den): (u128, u128)| num as f64 / den as f64;
    format!(
        "kappa {:.2} declared, {:.2} measured (H1 {}); h {:.3}; B {:.2} %; the leak is {:.2} % over the run and {:.1} % of \
         log-price in the bound; eps {:.1e}.",
        ratio(bound.kappa),
        replay.kappa.measured,
        if replay.kappa.h1_holds { "holds" } else { "DOES NOT HOLD: the theorem says nothing about this run" },
        ratio(bound.h),
        bound.b.to_f64_hi() * 100.0,
        bound.leaked.to_f64_hi() * 100.0,
        bound.leaked.to_f64_hi() * 100.0 * ratio(bound.kappa) / (1.0 - ratio(bound.kappa) * ratio(bound.h)),
        bound.eps.to_f64_hi(),
    )
}
