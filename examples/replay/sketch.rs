//! A replay in a few lines, small enough for a page of text: the price without sellers, without a throttle, under damper, and
//! the bound.

use crate::chart::{FONT, INK, PALETTE, date, days};
use crate::replay::Replay;
use crate::scenario::Scenario;
use plotters::prelude::*;
use std::error::Error;
use std::path::Path;

const SIZE: (u32, u32) = (720, 330);
/// Points of a line, at most: of each stretch of the path the lowest price is kept.
const POINTS: usize = 90;

pub(crate) fn draw(file: &Path, scenario: &Scenario, replay: &Replay) -> Result<(), Box<dyn Error>> {
    let days = days(scenario);
    let scale = scenario.path.scale;
    let line = |ticks: Vec<u64>| -> Vec<(f64, f64)> {
        let stretch = ticks.len().div_ceil(POINTS).max(1);
        let lowest = |(part, ticks): (usize, &[u64])| {
            let (place, low) = ticks.iter().enumerate().min_by_key(|(_, ticks)| **ticks)?;
            // To a thousandth of a day, and to four digits: a pixel is less.
            let day = (days.get(part * stretch + place)? * 1_000.0).round() / 1_000.0;
            Some((day, scale.units(*low)))
        };
        ticks.chunks(stretch).enumerate().filter_map(lowest).collect()
    };
    let exogenous: Vec<u64> = scenario.path.steps.iter().map(|step| step.ticks).collect();
    let ([unthrottled, ..], [.., damped]) = (replay.outcomes.as_slice(), replay.outcomes.as_slice()) else {
        return Err("no sellers".into());
    };
    let bound = (-replay.bound.bound().to_f64_hi()).exp();
    let mut peak = 0_u64;
    let floor = damped.prices.iter().map(|&price| {
        peak = peak.max(price);
        (peak as f64 * bound) as u64
    });
    let [vermilion, .., green, _] = PALETTE;
    let lines = [
        ("the market alone", line(exogenous.clone()), INK.stroke_width(2)),
        ("with sellers without a throttle", line(unthrottled.prices.clone()), vermilion.stroke_width(2)),
        ("with damper", line(damped.prices.clone()), green.stroke_width(3)),
        ("damper's bound", line(floor.collect()), INK.mix(0.5).stroke_width(1)),
    ];
    let all = || lines.iter().flat_map(|(_, line, _)| line.iter().map(|(_, price)| *price));
    let (low, high) = (all().fold(f64::MAX, f64::min), all().fold(f64::MIN, f64::max));
    let pad = (high - low) * 0.05;
    let root = SVGBackend::new(file, SIZE).into_drawing_area();
    root.fill(&WHITE)?;
    let body = root.titled(&scenario.title, (FONT, 17).into_font().color(&INK))?;
    let mut chart = ChartBuilder::on(&body)
        .margin_right(16)
        .x_label_area_size(26)
        .y_label_area_size(56)
        .build_cartesian_2d(0.0..days.last().copied().unwrap_or(1.0), (low - pad).max(0.0)..high + 4.0 * pad)?;
    chart
        .configure_mesh()
        .disable_mesh()
        .axis_style(INK.mix(0.6))
        .label_style((FONT, 13).into_font().color(&INK))
        .x_labels(5)
        .y_labels(5)
        .x_label_formatter(&|day| date(scenario, *day))
        .y_label_formatter(&|price| format!("{price:.0}"))
        .draw()?;
    for (name, line, style) in lines {
        let series = chart.draw_series(LineSeries::new(line, style))?;
        series.label(name).legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], style));
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperRight)
        .label_font((FONT, 13).into_font().color(&INK))
        .background_style(WHITE.mix(0.8))
        .draw()?;
    root.present()?;
    Ok(())
}
