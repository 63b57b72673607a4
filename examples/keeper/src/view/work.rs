//! The work: who is due, what is near, open lots, the feed.

use super::Frame;
use super::bars::{name, panel, percent, short};
use crate::bids::Verdict;
use crate::report::{Call, Due};
use damper::units::Timestamp;
use ratatui::Frame as Canvas;
use ratatui::layout::{Constraint, Rect};
use ratatui::style::{Color, Style, Stylize};
use ratatui::text::Line;
use ratatui::widgets::{Cell, Paragraph, Row, Table};

/// A time as seconds from the present.
fn until(at: Timestamp, now: Timestamp) -> String {
    let seconds = at.get().saturating_sub(now.get());
    if seconds >= 1 << 40 {
        return "never".to_owned();
    }
    if seconds >= 3_600 { format!("{} h {:02}", seconds / 3_600, seconds % 3_600 / 60) } else { format!("{seconds} s") }
}

fn call(due: &Due, frame: &Frame<'_>) -> (String, Color) {
    let now = frame.report.now;
    match due.call {
        Call::Kick { reward, .. } => (format!("kick, reward {}", short(frame.scale.value(reward), 2)), Color::Green),
        Call::Awaited(times) => (format!("sent {times} times"), Color::Cyan),
        Call::LotOpen => ("lot open".to_owned(), Color::Cyan),
        Call::Unpaid { .. } => ("not paid for".to_owned(), Color::DarkGray),
        Call::Wait { reason, until: Some(at) } => (format!("{reason:?}, {}", until(at, now)), Color::Yellow),
        Call::Wait { reason, until: None } => (format!("{reason:?}"), Color::Yellow),
        Call::Refused(error) => (format!("{error:?}"), Color::Red),
        Call::Backstop { reason, gap } => {
            (format!("backstop: {reason:?}, gap {}", short(frame.scale.value(gap), 0)), Color::Magenta)
        }
        Call::Unconfirmed { reason, gap, .. } => {
            (format!("if it holds: {reason:?}, gap {}", short(frame.scale.value(gap), 0)), Color::Magenta)
        }
    }
}

fn header(names: &[&'static str]) -> Row<'static> {
    Row::new(names.iter().map(|name| Cell::from(*name)).collect::<Vec<_>>()).style(Style::new().fg(Color::DarkGray))
}

pub(super) fn due(canvas: &mut Canvas<'_>, area: Rect, frame: &Frame<'_>) {
    let report = frame.report;
    let rows = report.due.iter().map(|due| {
        let (text, colour) = call(due, frame);
        Row::new(vec![
            Cell::from(name(&due.id, 14)),
            Cell::from(until(due.deadline, report.now)),
            Cell::from(short(frame.scale.amount(due.sell), 3)),
            Cell::from(text).style(Style::new().fg(colour)),
        ])
    });
    let widths = [Constraint::Length(14), Constraint::Length(9), Constraint::Length(12), Constraint::Min(20)];
    let missed = match &report.missed {
        Ok(Some(missed)) => format!(
            ", {} late in {}",
            short(frame.scale.amount(missed.short), 2),
            until(missed.entry.deadline, report.now)
        ),
        Ok(None) => String::new(),
        Err(error) => format!(", {error:?}"),
    };
    let title = format!("due: {}{missed}", report.due.len());
    let table = Table::new(rows, widths).header(header(&["position", "deadline", "to sell", "call"]));
    canvas.render_widget(table.block(panel(&title)), area);
}

pub(super) fn near(canvas: &mut Canvas<'_>, area: Rect, frame: &Frame<'_>) {
    let rows =
        frame.report.near.iter().map(|near| {
            Row::new(vec![name(&near.id, 14), short(frame.scale.price(near.trigger), 4), percent(near.fall)])
        });
    let widths = [Constraint::Length(14), Constraint::Length(14), Constraint::Min(10)];
    let table = Table::new(rows, widths).header(header(&["position", "trigger", "fall to it"]));
    canvas.render_widget(table.block(panel("next to be due")), area);
}

pub(super) fn lots(canvas: &mut Canvas<'_>, area: Rect, frame: &Frame<'_>) {
    let (report, scale) = (frame.report, frame.scale);
    let mut lots: Vec<_> = report.lots.iter().collect();
    // What is to be done now comes first, then what is worth it soonest.
    lots.sort_by_key(|lot| match lot.verdict {
        Verdict::Worth(_) | Verdict::Done | Verdict::ResetDue => 0,
        Verdict::Awaited(_) => 1,
        Verdict::Dear { at: Some(at) } => at.get().saturating_add(2),
        Verdict::Dear { at: None } | Verdict::Held(_) => u64::MAX,
    });
    let rows = lots.into_iter().map(|lot| {
        let (text, colour) = match lot.verdict {
            Verdict::Worth(offer) => (format!("bid, profit {}", short(scale.value(offer.profit), 2)), Color::Green),
            Verdict::Awaited(times) => (format!("sent {times} times"), Color::Cyan),
            Verdict::Dear { at: Some(at) } => (format!("worth it in {}", until(at, report.now)), Color::Yellow),
            Verdict::Dear { at: None } => ("not before a reset".to_owned(), Color::DarkGray),
            Verdict::Held(error) => (format!("held: {error:?}"), Color::Red),
            Verdict::ResetDue => ("restart".to_owned(), Color::Magenta),
            Verdict::Done => ("settle".to_owned(), Color::Green),
        };
        Row::new(vec![
            Cell::from(name(&lot.name, 12)),
            Cell::from(short(scale.amount(lot.remaining), 3)),
            Cell::from(lot.price.map_or_else(String::new, |price| short(scale.price(price), 3))),
            Cell::from(text).style(Style::new().fg(colour)),
        ])
    });
    let widths = [Constraint::Length(12), Constraint::Length(12), Constraint::Length(12), Constraint::Min(20)];
    let title = format!("open lots: {}, gas for a bid {}", report.lots.len(), short(scale.value(report.bid_gas), 4));
    let table = Table::new(rows, widths).header(header(&["lot", "left", "asked", "bid"]));
    canvas.render_widget(table.block(panel(&title)), area);
}

pub(super) fn feed(canvas: &mut Canvas<'_>, area: Rect, frame: &Frame<'_>) {
    let (feed, tally) = (&frame.report.feed, frame.tally);
    let colour = |bad: bool| if bad { Style::new().fg(Color::Red) } else { Style::new() };
    let refused: u64 = feed.refused.values().sum();
    let lines = vec![
        Line::from(format!(
            "silent {} s, queue {}, reconnects {}",
            frame.silent.as_secs(),
            frame.queued,
            feed.reconnects
        ))
        .style(colour(frame.silent.as_secs() > 10)),
        Line::from(format!("lines {}, malformed {}, coalesced {}", feed.lines, feed.malformed, feed.coalesced))
            .style(colour(feed.malformed > 0)),
        Line::from(format!(
            "skipped {}, late {}, twice {}, refused {refused}",
            feed.skipped, feed.late, feed.duplicates
        ))
        .style(colour(feed.skipped > feed.late)),
        Line::from(format!(
            "kicks {}, bids {}, restarts {}, settled {}",
            tally.kicks, tally.bids, tally.restarts, tally.settlements
        )),
        Line::from(format!("waiting {}, failed tries {}", frame.waiting, frame.failures))
            .style(colour(frame.failures > 0)),
        if frame.save_failed {
            Line::from("the state cannot be written").red().bold()
        } else {
            Line::from("q quits").dark_gray()
        },
    ];
    canvas.render_widget(Paragraph::new(lines).block(panel("feed and actions")), area);
}
