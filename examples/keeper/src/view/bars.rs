//! Bars and short numbers.

use crate::decimal::Decimal;
use damper::ratio::Ratio;
use ratatui::style::{Color, Style};
use ratatui::text::Span;
use ratatui::widgets::{Block, BorderType};

/// A frame with a title.
pub(super) fn panel(title: &str) -> Block<'_> {
    Block::bordered()
        .border_type(BorderType::Rounded)
        .title(format!(" {title} "))
        .border_style(Style::new().fg(Color::DarkGray))
}

/// How many of `width` cells a part takes of a whole, at least one if it is not zero.
pub(super) fn cells(part: u128, whole: u128, width: usize) -> usize {
    if part == 0 || whole == 0 || width == 0 {
        return 0;
    }
    // Shifted so that the product fits.
    let shift = 128_u32.saturating_sub(whole.leading_zeros()).saturating_sub(96);
    let wide = u128::try_from(width).unwrap_or(0);
    let cells = (part >> shift).saturating_mul(wide) / (whole >> shift).max(1);
    usize::try_from(cells).unwrap_or(width).clamp(1, width)
}

/// A bar of parts in their colours, filled up with dots.
pub(super) fn bar(parts: &[(u64, Color)], whole: u64, width: usize) -> Vec<Span<'static>> {
    let mut left = width;
    let mut spans = Vec::new();
    for (part, colour) in parts {
        let cells = cells(u128::from(*part), u128::from(whole.max(1)), width).min(left);
        left -= cells;
        spans.push(Span::styled("█".repeat(cells), Style::new().fg(*colour)));
    }
    spans.push(Span::styled("·".repeat(left), Style::new().fg(Color::DarkGray)));
    spans
}

/// A ratio in per cent with two places, rounded down.
pub(super) fn percent(ratio: Ratio) -> String {
    let hundredths = ratio.to_wad_floor() / 100_000_000_000_000;
    format!("{}.{:02} %", hundredths / 100, hundredths % 100)
}

/// A number with at most so many places, cut off.
pub(super) fn short(number: Decimal, places: usize) -> String {
    let text = number.to_string();
    match text.split_once('.') {
        Some((whole, part)) if places > 0 => format!("{whole}.{}", part.get(..places).unwrap_or(part)),
        Some((whole, _)) => whole.to_owned(),
        None => text,
    }
}

/// A name, cut off after so many characters.
pub(super) fn name(name: &str, width: usize) -> String {
    if name.chars().count() <= width {
        return name.to_owned();
    }
    name.chars().take(width.saturating_sub(1)).chain(['…']).collect()
}
