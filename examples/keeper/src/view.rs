//! The terminal view: one frame from one block and the health of the run.

mod bars;
mod market;
mod work;

use crate::engine::Tally;
use crate::report::Report;
use crate::scale::Scale;
use crossterm::event::{self, Event, KeyCode, KeyModifiers};
use ratatui::layout::{Constraint, Layout};
use ratatui::{DefaultTerminal, Frame as Canvas};
use std::time::Duration;

/// What is drawn.
#[derive(Debug)]
pub struct Frame<'a> {
    pub report: &'a Report,
    pub scale: Scale,
    pub tally: Tally,
    /// Time since the last line.
    pub silent: Duration,
    /// Lines between the reader and the keeper.
    pub queued: usize,
    /// Actions that wait to be carried out, and tries that failed.
    pub waiting: usize,
    pub failures: u64,
    pub save_failed: bool,
}

/// Draws a frame. Laid out for 120 columns and 40 rows; what has no room is cut off.
pub fn draw(canvas: &mut Canvas<'_>, frame: &Frame<'_>) {
    let rows = [Constraint::Length(3), Constraint::Length(8), Constraint::Min(12), Constraint::Length(8)];
    let [head, top, middle, foot] = Layout::vertical(rows).areas(canvas.area());
    let halves = [Constraint::Percentage(50), Constraint::Percentage(50)];
    let [budget, outlook] = Layout::horizontal(halves).areas(top);
    let [exposure, lists] = Layout::horizontal([Constraint::Length(50), Constraint::Min(40)]).areas(middle);
    let [due, near] = Layout::vertical([Constraint::Min(6), Constraint::Length(7)]).areas(lists);
    let [lots, feed] = Layout::horizontal([Constraint::Min(60), Constraint::Length(44)]).areas(foot);
    market::head(canvas, head, frame);
    market::budget(canvas, budget, frame);
    market::outlook(canvas, outlook, frame);
    market::exposure(canvas, exposure, frame);
    work::due(canvas, due, frame);
    work::near(canvas, near, frame);
    work::lots(canvas, lots, frame);
    work::feed(canvas, feed, frame);
}

/// The terminal, for as long as the view is open.
pub struct Screen(DefaultTerminal);

impl Screen {
    /// Takes the terminal over.
    ///
    /// # Errors
    /// There is none.
    pub fn open() -> std::io::Result<Screen> {
        ratatui::try_init().map(Screen)
    }

    /// Draws a frame.
    ///
    /// # Errors
    /// Of the terminal.
    pub fn draw(&mut self, frame: &Frame<'_>) -> std::io::Result<()> {
        self.0.draw(|canvas| draw(canvas, frame)).map(|_| ())
    }

    /// Whether `q`, Escape or Control-C was pressed.
    ///
    /// # Errors
    /// Of the terminal.
    pub fn wants_to_quit(&self) -> std::io::Result<bool> {
        while event::poll(Duration::ZERO)? {
            if let Event::Key(key) = event::read()? {
                let control_c = key.code == KeyCode::Char('c') && key.modifiers.contains(KeyModifiers::CONTROL);
                if control_c || matches!(key.code, KeyCode::Char('q') | KeyCode::Esc) {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        ratatui::restore();
    }
}
