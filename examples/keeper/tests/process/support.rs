//! Starting the program, and what a run without faults gives.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};
use tempfile::TempDir;

pub(crate) fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data").join(name)
}

pub(crate) fn lines() -> Vec<String> {
    std::fs::read_to_string(data("crash.jsonl")).unwrap().lines().map(str::to_owned).collect()
}

/// The program, on the bundled market.
pub(crate) fn keeper() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_keeper"));
    command.arg("run").arg("--market").arg(data("market.json")).args(["--summary", "--close-ms", "60000"]);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Runs it on lines from standard input.
pub(crate) fn on(input: &[u8], arguments: &[&str]) -> Output {
    let mut child = keeper().args(arguments).stdin(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let writer = std::thread::spawn(move || drop(stdin.write_all(&input)));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    output
}

/// Actions and summary of a run without faults.
pub(crate) fn reference() -> &'static (String, String) {
    static REFERENCE: OnceLock<(String, String)> = OnceLock::new();
    REFERENCE.get_or_init(|| {
        let output = keeper().arg("--replay").arg(data("crash.jsonl")).args(["--act", "-"]).output().unwrap();
        assert!(output.status.success());
        let out = text(&output.stdout);
        let at = out.find("time  ").unwrap();
        let (actions, summary) = out.split_at(at);
        assert!(actions.lines().count() > 100, "a crash with much to do");
        (actions.to_owned(), summary.to_owned())
    })
}

pub(crate) fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

/// Waits until something holds, at most 30 seconds.
pub(crate) fn wait(what: &str, mut holds: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(30);
    while !holds() {
        assert!(Instant::now() < end, "waited too long for {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Tells a process to end, and how it ended.
pub(crate) fn terminate(child: Child) -> Output {
    assert!(Command::new("kill").arg("-TERM").arg(child.id().to_string()).status().unwrap().success());
    child.wait_with_output().unwrap()
}

/// A server on the loopback.
pub(crate) fn listen() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    (listener, address)
}

/// Accepts a reader, and what it says first.
pub(crate) fn accept(listener: &TcpListener) -> (TcpStream, String) {
    let (stream, _) = listener.accept().unwrap();
    let mut greeting = String::new();
    BufReader::new(stream.try_clone().unwrap().take(256)).read_line(&mut greeting).unwrap();
    (stream, greeting.trim().to_owned())
}

/// The value of a line of a summary.
pub(crate) fn row<'a>(summary: &'a str, name: &str) -> &'a str {
    summary
        .lines()
        .find_map(|line| line.strip_prefix(name))
        .map(str::trim)
        .unwrap_or_else(|| panic!("no {name}: {summary}"))
}

/// How often something was refused by a name.
pub(crate) fn refused(summary: &str, name: &str) -> u64 {
    let prefix = format!("refused      {name} ");
    summary.lines().find_map(|line| line.strip_prefix(&prefix)).map_or(0, |count| count.parse().unwrap())
}

/// Compares two lists, and shows where they part.
pub(crate) fn same<T: PartialEq + std::fmt::Debug>(got: &[T], expected: &[T]) {
    let parts = got.iter().zip(expected).position(|(got, expected)| got != expected);
    let at = parts.unwrap_or(got.len().min(expected.len()));
    assert!(
        got == expected,
        "{} of {} are the same, then {:?} instead of {:?}",
        at,
        expected.len(),
        got.get(at),
        expected.get(at)
    );
}
