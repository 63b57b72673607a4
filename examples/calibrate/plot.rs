//! Two charts: bad debt against the threshold, and the fall with own sales against that without.

use crate::report::Units;
use damper::calibrate::{Calibration, Known, Promise};
use damper::clearing::relative_fall_ceil;
use damper::history::Fall;
use damper::ledger::Exposure;
use damper::ratio::Ratio;
use damper::units::{Seconds, Value};
use plotters::prelude::*;
use std::error::Error;
use std::path::Path;

const SIZE: (u32, u32) = (1_000, 640);
const FONT: &str = "sans-serif";
const INK: RGBColor = RGBColor(60, 60, 60);
/// Colours that stay apart for the colour-blind (Okabe and Ito).
const OWN: RGBColor = RGBColor(213, 94, 0);
const LIMIT: RGBColor = RGBColor(0, 114, 178);

/// A line and its words in the legend.
type Line<'a> = (&'a str, RGBColor, Vec<(f64, f64)>);
/// A dot and its words beside it.
type Dot = (f64, f64, String);

/// What is drawn.
struct Chart<'a> {
    title: &'a str,
    x: &'a str,
    y: &'a str,
    most: (f64, f64),
    lines: &'a [Line<'a>],
    dots: &'a [Dot],
}

/// Bad debt of each threshold, with what is tolerated and what was chosen.
pub(crate) fn trade_off(
    file: &Path,
    units: Units,
    curve: &[(u32, Promise)],
    tolerated: Value,
    chosen: Option<&Promise>,
) -> Result<(), Box<dyn Error>> {
    let point = |(percent, promise): &(u32, Promise)| (f64::from(*percent), units.quote(promise.bad_debt));
    let points: Vec<(f64, f64)> = curve.iter().map(point).collect();
    let limit = units.quote(tolerated);
    let most = points.iter().map(|point| point.1).fold(limit, f64::max);
    let dots: Vec<Dot> = chosen
        .map(|promise| {
            let threshold = part(promise.threshold) * 100.0;
            (threshold, units.quote(promise.bad_debt), format!("chosen: {threshold:.2} %"))
        })
        .into_iter()
        .collect();
    draw(
        file,
        &Chart {
            title: "What a threshold may cost",
            x: "liquidation threshold of calm days, %",
            y: "bad debt after the worst falls known, M of the quote",
            most: (100.0, most * 1.08 + 1e-9),
            lines: &[("promised bad debt", OWN, points), ("tolerated", LIMIT, vec![(0.0, limit), (100.0, limit)])],
            dots: &dots,
        },
    )
}

/// The bound of T-A within a day, against the fall that others make.
pub(crate) fn falls<const N: usize>(
    file: &Path,
    known: &Known<'_, N>,
    found: &Calibration<N>,
) -> Result<(), Box<dyn Error>> {
    let noise = exogenous(known.noise)?;
    let bound = |fall: f64, elapsed: Seconds| -> Result<f64, Box<dyn Error>> {
        let exposure = Exposure { exogenous: exogenous(fall)?, noise, elapsed };
        let bound = found.params.ledger.bound_ceil(exposure).map_err(|error| error.to_string())?;
        let fall = relative_fall_ceil(bound).map_err(|error| error.to_string())?;
        Ok(part(fall) * 100.0)
    };
    let day = Seconds::new(86_400);
    let mut points = Vec::new();
    for percent in 0..=95_u32 {
        points.push((f64::from(percent), bound(f64::from(percent) / 100.0, day)?));
    }
    let mut dots = Vec::new();
    for Fall { within, fall } in known.falls {
        let hours = within.get() / 3_600;
        dots.push((fall * 100.0, bound(*fall, *within)?, format!("worst known in {hours} h")));
    }
    draw(
        file,
        &Chart {
            title: "The fall with own sales is at most",
            x: "fall without own sales, %",
            y: "fall with own sales, at most, %",
            most: (100.0, 105.0),
            lines: &[("bound of T-A in a day", OWN, points), ("no own sales", LIMIT, vec![(0.0, 0.0), (100.0, 100.0)])],
            dots: &dots,
        },
    )
}

/// A relative fall as one of the log-price, for a picture.
fn exogenous(fall: f64) -> Result<Ratio, Box<dyn Error>> {
    let ppb = (-(1.0 - fall).ln() * 1e9).ceil() as u128;
    Ratio::from_fraction_ceil(ppb, 1_000_000_000).map_err(|error| error.to_string().into())
}

fn part(ratio: Ratio) -> f64 {
    ratio.to_bits() as f64 / Ratio::ONE.to_bits() as f64
}

fn draw(file: &Path, chart: &Chart<'_>) -> Result<(), Box<dyn Error>> {
    let root = SVGBackend::new(file, SIZE).into_drawing_area();
    root.fill(&WHITE)?;
    let root = root.titled(chart.title, (FONT, 24).into_font().color(&INK))?;
    let (head, body) = root.split_vertically(28);
    let mut plane = ChartBuilder::on(&body)
        .margin_left(12)
        .margin_right(24)
        .margin_bottom(8)
        .x_label_area_size(48)
        .y_label_area_size(76)
        .build_cartesian_2d(0.0..chart.most.0, 0.0..chart.most.1)?;
    plane
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .bold_line_style(INK.mix(0.12))
        .axis_style(INK.mix(0.6))
        .label_style((FONT, 15).into_font().color(&INK))
        .x_label_formatter(&|x| format!("{x:.0}"))
        .y_label_formatter(&|y| if chart.most.1 < 10.0 { format!("{y:.2}") } else { format!("{y:.0}") })
        .x_desc(chart.x)
        .y_desc(chart.y)
        .axis_desc_style((FONT, 16).into_font().color(&INK))
        .draw()?;
    let mut x = 78;
    for (words, colour, points) in chart.lines {
        plane.draw_series(LineSeries::new(points.iter().copied(), colour.stroke_width(2)))?;
        head.draw(&Rectangle::new([(x, 10), (x + 22, 14)], colour.filled()))?;
        head.draw(&Text::new((*words).to_string(), (x + 30, 4), (FONT, 15).into_font().color(&INK)))?;
        x += 190;
    }
    plane.draw_series(chart.dots.iter().map(|(x, y, _)| Circle::new((*x, *y), 5, INK.filled())))?;
    plane.draw_series(chart.dots.iter().map(|(x, y, words)| {
        // Above and to the left of the dot, where no line is; near the left edge to the right of it.
        let width = i32::try_from(words.len()).unwrap_or(0) * 7;
        let beside = if *x > chart.most.0 * 0.2 { (-width - 10, -22) } else { (10, 8) };
        EmptyElement::at((*x, *y)) + Text::new(words.clone(), beside, (FONT, 15).into_font().color(&INK))
    }))?;
    root.present()?;
    Ok(())
}
