//! A sweep as a drawing: bad debt at its worst against amplification, a dot for each setting.

use crate::chart::{FONT, INK, PALETTE};
use crate::path::QUOTE_MILLION;
use crate::replay::Replay;
use crate::scenario::Scenario;
use crate::sweep::{OWN_SHARES, Point, Setting};
use plotters::prelude::*;
use std::error::Error;
use std::path::Path;

const SIZE: (u32, u32) = (1_200, 720);
const LEGEND: u32 = 58;

fn at(point: &Point) -> (f64, f64) {
    (point.amplified(), point.replay.damped().worst_bad_debt.get() as f64 / QUOTE_MILLION as f64)
}

/// Draws the sweep to a file. Colour is the own share, size the burst; the preset has a ring.
pub(crate) fn draw(file: &Path, scenario: &Scenario, replay: &Replay, points: &[Point]) -> Result<(), Box<dyn Error>> {
    let root = SVGBackend::new(file, SIZE).into_drawing_area();
    root.fill(&WHITE)?;
    let title = format!("{}: the price of safety", scenario.title);
    let (head, body) = root.titled(&title, (FONT, 24).into_font().color(&INK))?.split_vertically(LEGEND);
    let range = |of: &dyn Fn(&Point) -> f64| {
        let all = || points.iter().map(of);
        let (low, high) = (all().fold(f64::MAX, f64::min), all().fold(f64::MIN, f64::max));
        let pad = ((high - low) * 0.05).max(1e-3);
        low - pad..high + pad
    };
    let mut chart = ChartBuilder::on(&body)
        .margin_left(12)
        .margin_right(24)
        .margin_bottom(8)
        .x_label_area_size(48)
        .y_label_area_size(76)
        .build_cartesian_2d(range(&|point| at(point).0), range(&|point| at(point).1))?;
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .bold_line_style(INK.mix(0.12))
        .axis_style(INK.mix(0.6))
        .label_style((FONT, 15).into_font().color(&INK))
        .x_label_formatter(&|x| format!("{x:.2}"))
        .y_label_formatter(&|y| format!("{y:.1}"))
        .x_desc("amplification: total fall over exogenous fall, in log-price")
        .y_desc("bad debt at its worst, M of the quote")
        .axis_desc_style((FONT, 16).into_font().color(&INK))
        .draw()?;
    for (own_share, colour) in OWN_SHARES.into_iter().zip(PALETTE) {
        let dots = points.iter().filter(|point| point.setting.own_share == own_share);
        chart.draw_series(dots.map(|point| {
            let size = match point.setting.burst {
                0 => 3,
                1..100 => 5,
                100..400 => 7,
                400.. => 9,
            };
            Circle::new(at(point), size, colour.mix(0.55).filled())
        }))?;
    }
    let preset = points.iter().find(|point| point.setting == Setting::PRESET);
    chart.draw_series(preset.map(|point| Circle::new(at(point), 12, INK.stroke_width(2))))?;
    let mut x = 78;
    for (own_share, colour) in OWN_SHARES.into_iter().zip(PALETTE) {
        head.draw(&Circle::new((x, 12), 6, colour.filled()))?;
        let name = format!("h = {:.4}", f64::from(own_share) / 1e4);
        head.draw(&Text::new(name, (x + 12, 5), (FONT, 15).into_font().color(&INK)))?;
        x += 116;
    }
    head.draw(&Circle::new((x, 12), 9, INK.stroke_width(2)))?;
    let preset = "preset; larger dots: larger burst B";
    head.draw(&Text::new(preset, (x + 16, 5), (FONT, 15).into_font().color(&INK)))?;
    let beside: Vec<String> = replay
        .naive()
        .iter()
        .map(|outcome| {
            let amplified = outcome.drawdown.to_f64_hi() / outcome.exogenous.to_f64_lo();
            let debt = crate::figures::millions(outcome.worst_bad_debt);
            format!("{}: {amplified:.2} times, {debt} M", outcome.seller)
        })
        .collect();
    let beside = format!("Not drawn: {}", beside.join("; "));
    head.draw(&Text::new(beside, (72, 30), (FONT, 15).into_font().color(&INK)))?;
    root.present()?;
    Ok(())
}
