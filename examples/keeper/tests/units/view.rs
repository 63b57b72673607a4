//! The terminal view, character by character: `tests/units/view.txt`, written anew with `WRITE_VIEW=1`.

use keeper::engine::Engine;
use keeper::news::parse;
use keeper::report::Report;
use keeper::setup::File;
use keeper::view::{Frame, draw};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use std::path::Path;
use std::time::Duration;

fn path(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// The engine and the last block after so many lines of the sample.
fn after(lines: usize) -> (Engine, Report) {
    let file = File::parse(&std::fs::read_to_string(path("data/market.json")).unwrap()).unwrap();
    let mut engine = Engine::open(&file).unwrap();
    let mut last = None;
    for line in std::fs::read_to_string(path("data/crash.jsonl")).unwrap().lines().take(lines) {
        let item = parse(line.as_bytes(), engine.setup.scale).unwrap();
        last = engine.apply(item).report.or(last);
    }
    (engine, *last.unwrap())
}

fn drawn(width: u16, height: u16, lines: usize) -> String {
    let (engine, report) = after(lines);
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    let frame = Frame {
        report: &report,
        scale: engine.setup.scale,
        tally: engine.tally,
        silent: Duration::from_secs(2),
        queued: 3,
        waiting: 1,
        failures: 0,
        save_failed: false,
    };
    terminal.draw(|canvas| draw(canvas, &frame)).unwrap();
    let buffer = terminal.backend().buffer().clone();
    let rows = buffer.content().chunks(usize::from(width));
    rows.map(|row| row.iter().map(|cell| cell.symbol()).collect::<String>().trim_end().to_owned() + "\n").collect()
}

#[test]
fn the_view_is_as_it_was() {
    let text = [drawn(120, 40, 100), drawn(120, 40, 800)].concat();
    let file = path("tests/units/view.txt");
    if std::env::var_os("WRITE_VIEW").is_some() {
        std::fs::write(&file, &text).unwrap();
    }
    let expected = std::fs::read_to_string(&file).unwrap();
    for (at, (got, expected)) in text.lines().zip(expected.lines()).enumerate() {
        assert_eq!(got, expected, "line {}", at + 1);
    }
    assert_eq!(text.lines().count(), expected.lines().count());
}

#[test]
fn the_page_shows_the_view() {
    let readme = std::fs::read_to_string(path("README.md")).unwrap();
    assert!(readme.contains(&format!("```text\n{}```", drawn(120, 40, 800))));
}

#[test]
fn a_small_terminal_is_no_panic() {
    for (width, height) in [(1, 1), (10, 3), (40, 12), (80, 24), (200, 60)] {
        assert_eq!(drawn(width, height, 800).lines().count(), usize::from(height));
    }
}
