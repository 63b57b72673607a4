//! What is printed: the fit, the configuration with its reasons, the guarantees in sentences, or the refusal.

use crate::fit::{Depth, Fitted};
use damper::book::Shape;
use damper::calibrate::{Calibration, Field, Known, Refusal, Wanted};
use damper::history::Fall;
use damper::ratio::Ratio;
use damper::units::{Amount, Seconds, Value};
use std::io::{self, Write};

/// Decimals of the base and of the quote asset.
#[derive(Clone, Copy)]
pub(crate) struct Units {
    pub(crate) base: u32,
    pub(crate) quote: u32,
}

impl Units {
    /// Millions of the quote.
    pub(crate) fn quote(self, value: Value) -> f64 {
        value.get() as f64 / 10_f64.powi(i32::try_from(self.quote).unwrap_or(0)) / 1e6
    }

    fn money(self, value: Value) -> String {
        whole(value.get() as f64 / 10_f64.powi(i32::try_from(self.quote).unwrap_or(0)))
    }

    /// Whole units, rounded up and down.
    fn money_at_most(self, value: Value) -> String {
        whole(value.get().div_ceil(10_u128.pow(self.quote)) as f64)
    }

    fn money_at_least(self, value: Value) -> String {
        whole((value.get() / 10_u128.pow(self.quote)) as f64)
    }

    fn amount(self, amount: Amount) -> String {
        whole(amount.get() as f64 / 10_f64.powi(i32::try_from(self.base).unwrap_or(0)))
    }
}

/// A whole number with commas, or a small one with four digits.
fn whole(number: f64) -> String {
    if number < 100.0 && number.fract() != 0.0 {
        return format!("{number:.4}");
    }
    let digits = format!("{number:.0}");
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn part(ratio: Ratio) -> f64 {
    ratio.to_bits() as f64 / Ratio::ONE.to_bits() as f64
}

/// A part that is promised at most, and one that is promised at least: per cent, rounded away from the promise.
fn at_most(ratio: Ratio) -> String {
    format!("{:.2} %", (part(ratio) * 1e4).ceil() / 1e2)
}

fn at_least(ratio: Ratio) -> String {
    format!("{:.2} %", (part(ratio) * 1e4).floor() / 1e2)
}

fn percent(ratio: Ratio) -> String {
    share(part(ratio))
}

fn share(part: f64) -> String {
    let percent = part * 100.0;
    if percent != 0.0 && percent.abs() < 1.0 { format!("{percent:.4} %") } else { format!("{percent:.2} %") }
}

/// A time in the largest unit of which it is two or more, or a whole one.
pub(crate) fn span(time: Seconds) -> String {
    let seconds = time.get();
    for (unit, of) in [("d", 86_400), ("h", 3_600), ("min", 60)] {
        if seconds >= of && seconds.is_multiple_of(of) {
            return format!("{} {unit}", seconds / of);
        }
        if seconds >= 2 * of {
            return format!("{:.1} {unit}", seconds as f64 / of as f64);
        }
    }
    format!("{seconds} s")
}

fn of_falls(falls: &[Fall]) -> String {
    let words: Vec<String> =
        falls.iter().map(|Fall { within, fall }| format!("{} in {}", share(*fall), span(*within))).collect();
    words.join(", ")
}

pub(crate) fn fit(out: &mut dyn Write, fitted: &Fitted, depth: &Depth) -> io::Result<()> {
    let Fitted { title, samples, first, last, .. } = fitted;
    writeln!(out, "{title}: {samples} prices in {}", span(Seconds::new(last - first)))?;
    writeln!(out, "  volatility of a day   {} over all of it", share(fitted.whole))?;
    writeln!(out, "  calm, stressed        {}, {}", share(fitted.calm), share(fitted.stressed))?;
    writeln!(out, "  half-life             {}", span(Seconds::new(fitted.half_life as u64)))?;
    let origin = if fitted.falls_are_fitted { "" } else { ", as given" };
    writeln!(out, "  worst falls           {}{origin}", of_falls(&fitted.falls))?;
    writeln!(out, "  depth                 {}", depth.origin)?;
    writeln!(out, "  collapse              {:.2} times", depth.collapse)
}

/// The configuration: what each parameter is, and from what.
pub(crate) fn configuration<const N: usize>(
    out: &mut dyn Write,
    units: Units,
    known: &Known<'_, N>,
    wanted: &Wanted,
    found: &Calibration<N>,
) -> io::Result<()> {
    let params = &found.params;
    let (ledger, schedule) = (params.ledger.params(), params.schedule.params());
    let (calm, stressed) = (schedule.calm, schedule.stressed);
    let daily = part(ledger.leak.get()) * 86_400.0;
    let volatility = params.volatility.params();
    let depth = match known.shape {
        Shape::ConstantProduct => "a pool".to_string(),
        Shape::Grid(points) => format!("{N} points up to an impact of {}", percent(points[N - 1])),
    };
    let reward = found.reward.params();
    let rows = [
        ("kappa", format!("{:.3}", part(ledger.kappa)), "the collapse"),
        ("own share h", format!("{:.5}", part(ledger.own_share)), "amplification: (1 - 1/m) / kappa"),
        ("burst B", percent(ledger.burst), "fall in a market that stands still"),
        ("leak r", format!("{} a day", share(daily)), "the same, added by each day"),
        ("depth", depth, "what is shown"),
        ("haircut", share(wanted.haircut), "what of it is not believed"),
        ("wick, oldest price", format!("{}, {}", span(params.wick), span(params.oracle.max_age())), "heartbeat, twice"),
        (
            "volatility half-lives",
            format!("{} down, {} up", span(volatility.fall_half_life), span(volatility.rise_half_life)),
            "fitted, a 24th of it",
        ),
        (
            "calm, stressed from",
            format!("{}, {}", percent(schedule.sigma_calm), percent(schedule.sigma_stressed)),
            "half, and 99 % of the time",
        ),
        (
            "threshold",
            format!(
                "{} calm, {} stressed",
                percent(calm.liquidation_threshold),
                percent(stressed.liquidation_threshold)
            ),
            if wanted.threshold.is_some() { "as asked for, and 7/8" } else { "the highest that fits, and 7/8" },
        ),
        (
            "max LTV",
            format!("{} calm, {} stressed", percent(calm.max_ltv), percent(stressed.max_ltv)),
            "two deviations below it",
        ),
        ("bonus", format!("{} calm, {} stressed", percent(calm.bonus), percent(stressed.bonus)), "as asked for"),
        ("least sale", units.money(params.plan.params().min_sale), "what pays keepers out of the penalty"),
        ("keeper's tip", units.money(reward.tip), "twice the gas, for a kick and again for a settlement"),
        ("round", span(wanted.round), "as asked for"),
        ("halts", span(wanted.halt), "as asked for"),
    ];
    writeln!(out, "\nConfiguration")?;
    for (name, value, why) in rows {
        writeln!(out, "  {name:<22}{value:<36}{why}")?;
    }
    Ok(())
}

/// What holds of it, in sentences.
pub(crate) fn guarantees<const N: usize>(
    out: &mut dyn Write,
    units: Units,
    known: &Known<'_, N>,
    wanted: &Wanted,
    found: &Calibration<N>,
) -> io::Result<()> {
    let promise = &found.promise;
    writeln!(out, "\nGuarantees, if no fall is worse than {}", of_falls(known.falls))?;
    writeln!(
        out,
        "  With own sales the price falls by at most {} ({:.4} in log-price).",
        at_most(promise.fall),
        (part(promise.bound) * 1e4).ceil() / 1e4
    )?;
    writeln!(
        out,
        "  Before debt at the threshold of {} is under water, {} base units are sold: {} of debt.",
        percent(promise.threshold),
        units.amount(promise.sale),
        units.money_at_least(promise.relieved)
    )?;
    writeln!(
        out,
        "  That counts a seller's lag of {}, in which the price may fall by {} in log-price.",
        span(promise.lag),
        at_most(promise.step)
    )?;
    writeln!(
        out,
        "  If all of {} is at the threshold when the crash begins or reaches it later, bad debt is at most {}; {} is tolerated.",
        units.money(wanted.debt),
        units.money_at_most(promise.bad_debt),
        units.money(wanted.bad_debt)
    )?;
    match promise.most_debt {
        Some(most) => writeln!(out, "  At most {} of debt may be open for that.", units.money_at_least(most))?,
        None => writeln!(out, "  No debt can leave more than that.")?,
    }
    writeln!(
        out,
        "  A loan opened at a loan-to-value ratio of {} or less leaves none, though nothing is sold in time.",
        at_least(promise.safe_ltv)
    )?;
    writeln!(
        out,
        "  Not guaranteed: that the next crash is no worse, nor that depth and prices are as they were read. Hypotheses: SPEC.md, T18."
    )
}

/// The refusal in a sentence, and what would have to change.
pub(crate) fn refusal(units: Units, refusal: &Refusal) -> String {
    match refusal {
        Refusal::Field(field) => format!("{}: {refusal}", option(*field)),
        Refusal::Config(error) => format!("the configuration would be refused: {error}"),
        Refusal::NoFallKnown { lag } => format!(
            "no fall is known for the seller's lag of {}: give one by --falls, or a shorter --round, --heartbeat or --halt",
            span(*lag)
        ),
        Refusal::RoundTooShort { least } => format!("{refusal}: --round {}s would do", least.get()),
        Refusal::NoLotPays => format!("{refusal}: a --penalty above zero would do, or no --gas"),
        Refusal::LotTooLarge { least, permitted } => format!(
            "two lots that pay for gas are {}, and on the shallowest book the burst permits {}: a higher --penalty or \
             --unexplained, a deeper book, a lower --collapse, --haircut, --amplification or --gas would help",
            units.money(*least),
            units.money(*permitted)
        ),
        Refusal::BadDebt { threshold, bad_debt, most_debt } => {
            // Thresholds are whole basis points, rounded down to a step.
            let bps = threshold.checked_add(Ratio::ULP).unwrap_or(*threshold).to_bps_floor();
            format!(
                "at a threshold of {}.{:02} % bad debt may be {}: {} of --debt would fit; a larger --bad-debt, a lower \
                 --threshold, a deeper book, a shorter --round or less --amplification would help",
                bps / 100,
                bps % 100,
                units.money_at_most(*bad_debt),
                units.money_at_least(*most_debt)
            )
        }
    }
}

/// The option that a field is given by.
fn option(field: Field) -> &'static str {
    match field {
        Field::CalmVolatility => "--calm-volatility",
        Field::StressedVolatility => "--stressed-volatility",
        Field::HalfLife => "--half-life",
        Field::Falls => "--falls",
        Field::Noise => "--noise",
        Field::Depth => "--depth-within",
        Field::Collapse => "--collapse",
        Field::Amplification => "--amplification",
        Field::Unexplained => "--unexplained",
        Field::Haircut => "--haircut",
        Field::Bonus => "--bonus",
        Field::Penalty => "--penalty",
        Field::Earlier => "--earlier",
        Field::Threshold => "--threshold",
        Field::Round => "--round",
    }
}
