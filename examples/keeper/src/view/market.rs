//! The market: price, budget, outlook, exposure.

use super::Frame;
use super::bars::{bar, cells, panel, percent, short};
use damper::cascade::{Critical, Outcome};
use damper::ratio::Ratio;
use damper::units::Amount;
use ratatui::Frame as Canvas;
use ratatui::layout::Rect;
use ratatui::style::{Color, Style, Stylize};
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

fn label(text: &'static str) -> Span<'static> {
    Span::styled(text, Style::new().fg(Color::DarkGray))
}

pub(super) fn head(canvas: &mut Canvas<'_>, area: Rect, frame: &Frame<'_>) {
    let (report, scale) = (frame.report, frame.scale);
    let limits = &report.limits;
    let stops = limits.stops;
    let stopped: Vec<&str> = [(stops.borrow, "borrow"), (stops.kick, "kick"), (stops.take, "take")]
        .iter()
        .filter_map(|(stopped, name)| stopped.then_some(*name))
        .collect();
    let breaker = if stopped.is_empty() {
        Span::styled("closed", Style::new().fg(Color::Green))
    } else {
        Span::styled(format!("stops {}", stopped.join(", ")), Style::new().fg(Color::Red).bold())
    };
    let price = format!("{} – {}", short(scale.price(limits.band.low()), 4), short(scale.price(limits.band.high()), 4));
    let line = vec![
        label("time "),
        Span::raw(report.now.get().to_string()),
        label("  price "),
        Span::raw(price).bold(),
        label("  age "),
        Span::raw(format!("{} s", report.price_age.get())),
        label("  drawdown "),
        Span::raw(percent(limits.drawdown)),
        label("  volatility "),
        Span::raw(percent(limits.sigma)),
        label("  breaker "),
        breaker,
    ];
    canvas.render_widget(Paragraph::new(Line::from(line)).block(panel("market")), area);
}

pub(super) fn budget(canvas: &mut Canvas<'_>, area: Rect, frame: &Frame<'_>) {
    let limits = &frame.report.limits;
    let width = usize::from(area.width).saturating_sub(4);
    let used = limits.level.checked_add(limits.reserved).unwrap_or(Ratio::MAX);
    let colour = if used >= limits.cap { Color::Red } else { Color::Yellow };
    let ledger =
        bar(&[(limits.level.to_bits(), colour), (limits.reserved.to_bits(), Color::Cyan)], limits.cap.to_bits(), width);
    let appetite = bar(&[(limits.appetite.to_bits(), Color::Green)], Ratio::ONE.to_bits(), width);
    let lines = vec![
        Line::from(vec![
            label("level "),
            Span::styled(percent(limits.level), Style::new().fg(colour)),
            label("  reserved "),
            Span::styled(percent(limits.reserved), Style::new().fg(Color::Cyan)),
            label("  cap "),
            Span::raw(percent(limits.cap)),
        ]),
        Line::from(ledger),
        Line::from(vec![label("appetite "), Span::raw(percent(limits.appetite))]),
        Line::from(appetite),
        Line::from(vec![
            label("largest lot "),
            Span::raw(short(frame.scale.amount(limits.permitted), 4)).bold(),
            label("  threshold "),
            Span::raw(percent(limits.parameters.liquidation_threshold)),
        ]),
    ];
    canvas.render_widget(Paragraph::new(lines).block(panel("impact ledger")), area);
}

pub(super) fn outlook(canvas: &mut Canvas<'_>, area: Rect, frame: &Frame<'_>) {
    let scale = frame.scale;
    let edge = |edge: Option<Critical>| match edge {
        Some(edge) => format!("{} away, at {}", percent(edge.fall), short(scale.price(edge.exogenous), 2)),
        None => "none in reach".to_owned(),
    };
    let lines = match &frame.report.outlook {
        Err(error) => vec![Line::from(format!("{error:?}")).red()],
        Ok(outlook) => {
            let gain = match outlook.gain.gain {
                Some(gain) => Span::styled(
                    format!("{} at {}", short(crate::scale::ratio(gain), 3), short(scale.price(outlook.gain.price), 2)),
                    Style::new().fg(if gain >= Ratio::ONE { Color::Red } else { Color::Green }).bold(),
                ),
                None => Span::raw("beyond the book").red().bold(),
            };
            let shock = match outlook.shock {
                Outcome::Stops(end) => {
                    format!("ends {} down, {} sold", percent(end.drawdown), short(scale.amount(end.sold), 2))
                }
                Outcome::Exhausted(end) => format!("no bid: {} unsold", short(scale.amount(end.unsold), 2)),
            };
            vec![
                Line::from(vec![label("largest loop gain  "), gain]),
                Line::from(vec![label("gain of one        "), Span::raw(edge(outlook.runaway))]),
                Line::from(vec![label("critical shock     "), Span::raw(edge(outlook.critical))]),
                Line::from(vec![label("after the shock    "), Span::raw(shock)]),
                Line::from(label("sellers without a throttle, on the credible book")),
            ]
        }
    };
    canvas.render_widget(Paragraph::new(lines).block(panel("cascade")), area);
}

/// Buckets that are shown in one row.
const GROUP: usize = 4;

pub(super) fn exposure(canvas: &mut Canvas<'_>, area: Rect, frame: &Frame<'_>) {
    let scale = frame.scale;
    let map = match &frame.report.map {
        Ok(map) => map,
        Err(error) => return canvas.render_widget(Paragraph::new(format!("{error:?}")).block(panel("exposure")), area),
    };
    let sum = |amounts: &[Amount]| amounts.iter().fold(0_u128, |sum, amount| sum.saturating_add(amount.get()));
    let mut rows = vec![("due".to_owned(), map.due().get())];
    for (prices, amounts) in map.grid().prices().chunks(GROUP).zip(map.buckets().chunks(GROUP)) {
        let price = prices.first().map_or_else(String::new, |price| short(scale.price(*price), 2));
        rows.push((format!("≤ {price}"), sum(amounts)));
    }
    rows.push((format!("≤ {}", short(scale.price(map.grid().end()), 2)), map.rest().get()));
    let most = rows.iter().map(|(_, amount)| *amount).max().unwrap_or(0);
    let width = usize::from(area.width).saturating_sub(32);
    let lines = rows.into_iter().enumerate().map(|(at, (price, amount))| {
        let colour = if at == 0 {
            Color::Red
        } else if at <= 3 {
            Color::Yellow
        } else {
            Color::Blue
        };
        Line::from(vec![
            Span::raw(format!("{price:>12} ")),
            Span::styled(format!("{:<width$}", "█".repeat(cells(amount, most, width))), Style::new().fg(colour)),
            Span::raw(format!(" {:>14}", short(scale.amount(Amount::new(amount)), 2))),
        ])
    });
    let title = format!("exposure: {} positions", frame.report.positions);
    canvas.render_widget(Paragraph::new(lines.collect::<Vec<_>>()).block(panel(&title)), area);
}
