//! A replay as a drawing: the prices above, damper's ledger below.

use crate::replay::Replay;
use crate::scenario::Scenario;
use damper::ratio::Ratio;
use plotters::coord::Shift;
use plotters::coord::types::RangedCoordf64;
use plotters::element::DashedPathElement;
use plotters::prelude::*;
use std::error::Error;
use std::path::Path;

type Panel<'a> = DrawingArea<SVGBackend<'a>, Shift>;
type Chart<'a> = ChartContext<'a, SVGBackend<'a>, Cartesian2d<RangedCoordf64, RangedCoordf64>>;
type Points = Vec<(f64, f64)>;

const SIZE: (u32, u32) = (1_200, 860);
const PRICE_PANEL: u32 = 560;
const LEGEND: u32 = 30;
pub(crate) const FONT: &str = "sans-serif";

/// Colours that stay apart for the colour-blind (Okabe and Ito).
pub(crate) const INK: RGBColor = RGBColor(60, 60, 60);
const EXOGENOUS: RGBColor = RGBColor(120, 120, 120);
pub(crate) const PALETTE: [RGBColor; 5] = [
    RGBColor(213, 94, 0),
    RGBColor(204, 121, 167),
    RGBColor(86, 180, 233),
    RGBColor(0, 158, 115),
    RGBColor(0, 114, 178),
];
/// The naive sellers', and damper's.
const SELLERS: [RGBColor; 4] = [PALETTE[0], PALETTE[1], PALETTE[2], PALETTE[3]];

/// How a line is drawn.
#[derive(Clone, Copy)]
enum Stroke {
    Solid(ShapeStyle),
    /// With dashes of this many pixels.
    Dashed(ShapeStyle, i32),
}

/// Draws a replay to a file.
pub(crate) fn draw(file: &Path, scenario: &Scenario, replay: &Replay) -> Result<(), Box<dyn Error>> {
    let root = SVGBackend::new(file, SIZE).into_drawing_area();
    root.fill(&WHITE)?;
    let (above, below) = root.split_vertically(PRICE_PANEL);
    prices(&above, scenario, replay)?;
    ledger(&below, scenario, replay)?;
    root.present()?;
    Ok(())
}

/// Days since the first step.
pub(crate) fn days(scenario: &Scenario) -> Vec<f64> {
    let first = scenario.path.steps[0].wall;
    scenario.path.steps.iter().map(|step| (step.wall - first) as f64 / 86_400.0).collect()
}

/// The date of a day since the first step.
pub(crate) fn date(scenario: &Scenario, day: f64) -> String {
    let first = scenario.path.steps[0].wall;
    let seconds = i64::try_from(first).unwrap_or(0) + (day * 86_400.0) as i64;
    let span = days(scenario).last().copied().unwrap_or(0.0);
    let form = if span > 3.0 { "%d %b %Y" } else { "%d %b %H:%M" };
    jiff::Timestamp::from_second(seconds).map_or(String::new(), |time| time.strftime(form).to_string())
}

fn prices(panel: &Panel<'_>, scenario: &Scenario, replay: &Replay) -> Result<(), Box<dyn Error>> {
    let days = days(scenario);
    let scale = scenario.path.scale;
    let line = |ticks: &mut dyn Iterator<Item = u64>| -> Points {
        days.iter().copied().zip(ticks.map(|ticks| scale.units(ticks))).collect()
    };
    let exogenous = line(&mut scenario.path.steps.iter().map(|step| step.ticks));
    let sellers: Vec<Points> =
        replay.outcomes.iter().map(|outcome| line(&mut outcome.prices.iter().copied())).collect();
    let bound = (-replay.bound.bound().to_f64_hi()).exp();
    let mut peak = 0_f64;
    let [.., damped] = sellers.as_slice() else { return Err("four sellers".into()) };
    let floor: Points = damped
        .iter()
        .map(|&(day, price)| {
            peak = peak.max(price);
            (day, peak * bound)
        })
        .collect();
    let all = || exogenous.iter().chain(&floor).chain(sellers.iter().flatten()).map(|(_, price)| *price);
    let (low, high) = (all().fold(f64::MAX, f64::min), all().fold(f64::MIN, f64::max));
    let pad = (high - low) * 0.04;
    let mut entries = Vec::new();
    let (head, body) = panel.titled(&scenario.title, (FONT, 24).into_font().color(&INK))?.split_vertically(LEGEND);
    let mut chart = ChartBuilder::on(&body)
        .margin_left(12)
        .margin_right(24)
        .margin_bottom(8)
        .x_label_area_size(34)
        .y_label_area_size(76)
        .build_cartesian_2d(0.0..last(&days), (low - pad).max(0.0)..high + pad)?;
    axes(&mut chart, scenario, "price, units of the quote", &|price| axis_price(*price))?;
    for (index, (points, colour)) in sellers.into_iter().zip(SELLERS).enumerate() {
        let style = colour.stroke_width(if index == 3 { 3 } else { 2 });
        chart.draw_series(LineSeries::new(points, style))?;
        entries.push((replay.outcomes[index].seller.to_string(), Stroke::Solid(style)));
    }
    let (least, free) = (INK.stroke_width(1), EXOGENOUS.stroke_width(2));
    chart.draw_series(DashedLineSeries::new(floor, 2, 4, least))?;
    chart.draw_series(DashedLineSeries::new(exogenous, 6, 4, free))?;
    entries.push(("nobody sells (exogenous)".to_string(), Stroke::Dashed(free, 6)));
    entries.push(("theorem A: damper stays above".to_string(), Stroke::Dashed(least, 2)));
    legend(&head, &entries)
}

/// A price on the axis: no decimals where they would say nothing.
fn axis_price(price: f64) -> String {
    if price == 0.0 || price >= 10.0 { format!("{price:.0}") } else { crate::figures::price(price) }
}

fn ledger(panel: &Panel<'_>, scenario: &Scenario, replay: &Replay) -> Result<(), Box<dyn Error>> {
    let days = days(scenario);
    let percent = |ratio: Ratio| ratio.to_bits() as f64 / (1_u64 << 48) as f64 * 100.0;
    let used: Points = days.iter().copied().zip(replay.levels.iter().map(|level| percent(level.used))).collect();
    let cap: Points = days.iter().copied().zip(replay.levels.iter().map(|level| percent(level.cap))).collect();
    let high = cap.iter().chain(&used).map(|(_, level)| *level).fold(0.0, f64::max).max(0.01);
    let (head, body) = panel.split_vertically(LEGEND);
    let mut chart = ChartBuilder::on(&body)
        .margin_left(12)
        .margin_right(24)
        .margin_bottom(8)
        .x_label_area_size(34)
        .y_label_area_size(76)
        .build_cartesian_2d(0.0..last(&days), 0.0..high * 1.1)?;
    axes(&mut chart, scenario, "impact ledger", &|level| format!("{level:.1} %"))?;
    let [.., damper] = SELLERS;
    let (own, style) = (damper.stroke_width(2), INK.stroke_width(2));
    chart.draw_series(AreaSeries::new(used, 0.0, damper.mix(0.25)).border_style(own))?;
    chart.draw_series(LineSeries::new(cap, style))?;
    let names = ["damper: impact caused and reserved, L + R", "permitted, B + h D"].map(String::from);
    let entries: Vec<(String, Stroke)> = names.into_iter().zip([own, style].map(Stroke::Solid)).collect();
    legend(&head, &entries)
}

fn last(days: &[f64]) -> f64 {
    days.last().copied().unwrap_or(1.0)
}

/// The axes: dates below, `what` on the left.
fn axes(
    chart: &mut Chart<'_>,
    scenario: &Scenario,
    what: &str,
    format: &dyn Fn(&f64) -> String,
) -> Result<(), Box<dyn Error>> {
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .bold_line_style(INK.mix(0.12))
        .axis_style(INK.mix(0.6))
        .label_style((FONT, 15).into_font().color(&INK))
        .x_label_formatter(&|day| date(scenario, *day))
        .y_label_formatter(format)
        .y_labels(7)
        .y_desc(what)
        .axis_desc_style((FONT, 16).into_font().color(&INK))
        .draw()?;
    Ok(())
}

/// Names and strokes in a row, at the top of a panel.
fn legend(panel: &Panel<'_>, entries: &[(String, Stroke)]) -> Result<(), Box<dyn Error>> {
    let mut x = 78;
    for (name, stroke) in entries {
        let line = [(x, 12), (x + 26, 12)];
        match *stroke {
            Stroke::Solid(style) => panel.draw(&PathElement::new(line, style))?,
            Stroke::Dashed(style, dash) => panel.draw(&DashedPathElement::new(line, dash, 4, style))?,
        }
        panel.draw(&Text::new(name.clone(), (x + 32, 5), (FONT, 15).into_font().color(&INK)))?;
        x += 62 + 7 * i32::try_from(name.chars().count())?;
    }
    Ok(())
}
