//! The state file: what a run that was ended in the middle goes on with.

use crate::support::{data, folder, keeper, lines, on, reference, refused, row, terminate, text, wait};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

/// A number below `most`, another in each run.
fn random(most: usize) -> usize {
    let bits = RandomState::new().build_hasher().finish();
    usize::try_from(bits % u64::try_from(most).unwrap()).unwrap()
}

fn count(path: &Path) -> usize {
    std::fs::read_to_string(path).map_or(0, |text| text.lines().count())
}

fn replay(state: &Path, actions: &Path, more: &[&str]) -> Command {
    let mut command = keeper();
    command.arg("--replay").arg(data("crash.jsonl")).arg("--state").arg(state);
    command.arg("--act").arg(actions).args(more);
    command
}

#[test]
fn killed_at_random_points_it_does_the_same_as_if_it_had_not_been() {
    let folder = folder();
    let (state, actions) = (folder.path().join("state"), folder.path().join("actions"));
    let (expected, summary) = reference();
    let all = expected.lines().count();
    let mut kills = 0;
    loop {
        let target = count(&actions) + 1 + random(all / 6);
        if target + 5 > all {
            break;
        }
        let save = (1 + random(60)).to_string();
        let mut child =
            replay(&state, &actions, &["--outbox", "2", "--save-every", &save]).stderr(Stdio::null()).spawn().unwrap();
        wait("actions", || count(&actions) >= target);
        child.kill().unwrap();
        assert!(!child.wait().unwrap().success(), "it was killed before it was done");
        kills += 1;
    }
    assert!(kills >= 4);
    let output = replay(&state, &actions, &[]).output().unwrap();
    assert!(output.status.success());
    assert_eq!(std::fs::read_to_string(&actions).unwrap(), *expected, "after {kills} kills");
    assert_eq!(text(&output.stdout), *summary);
}

#[test]
fn the_naive_restart_from_nothing_would_send_actions_twice() {
    let folder = folder();
    let state = folder.path().join("state");
    let first = keeper().arg("--replay").arg(data("crash.jsonl")).args(["--act", "-"]).output().unwrap();
    let saved = |more: &[&str]| {
        let mut command = keeper();
        command.arg("--replay").arg(data("crash.jsonl")).args(["--act", "-", "--state"]).arg(&state).args(more);
        text(&command.output().unwrap().stdout)
    };
    assert_eq!(saved(&[]), text(&first.stdout));
    assert_eq!(saved(&[]), reference().1, "everything was done: nothing but the summary is said");
    assert_eq!(saved(&["--fresh"]), text(&first.stdout), "anew, it is all sent again");
}

#[test]
fn told_to_end_it_writes_its_state_and_goes_on_from_it() {
    let folder = folder();
    let (state, actions) = (folder.path().join("state"), folder.path().join("actions"));
    let mut child = keeper()
        .arg("--stdin")
        .arg("--state")
        .arg(&state)
        .arg("--act")
        .arg(&actions)
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let all = lines();
    for line in &all[..700] {
        writeln!(stdin, "{line}").unwrap();
    }
    stdin.flush().unwrap();
    let expected: Vec<&str> = reference().0.lines().collect();
    wait("some actions", || count(&actions) > 50);
    let output = terminate(child);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    drop(stdin);
    let seen: usize = row(&text(&output.stdout), "lines ").split(',').next().unwrap().parse().unwrap();
    assert!(seen > 0 && seen <= 700);
    // All of it again: what was seen is told by its numbers.
    let output =
        on(all.join("\n").as_bytes(), &["--state", state.to_str().unwrap(), "--act", actions.to_str().unwrap()]);
    assert_eq!(row(&text(&output.stdout), "numbers "), format!("skipped 0, late 0, duplicates {seen}"));
    let written = std::fs::read_to_string(&actions).unwrap();
    assert_eq!(written.lines().collect::<Vec<_>>(), expected);
}

#[test]
fn a_state_file_that_is_not_whole_is_refused_by_name_and_fresh_starts_anew() {
    let folder = folder();
    let (state, actions) = (folder.path().join("state"), folder.path().join("actions"));
    assert!(replay(&state, &actions, &[]).output().unwrap().status.success());
    let good = std::fs::read(&state).unwrap();
    let refused = |bytes: &[u8], name: &str| {
        std::fs::write(&state, bytes).unwrap();
        let output = replay(&state, &actions, &[]).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{name}");
        let said = text(&output.stderr);
        assert!(said.contains(name) && said.contains("--fresh"), "{name}: {said}");
        assert_eq!(std::fs::read(&state).unwrap(), bytes, "what is refused is left as it is");
    };
    refused(&[], "StateTruncated");
    refused(&good[..40], "StateTruncated");
    refused(&good[..good.len() - 1], "StateTruncated");
    refused(b"something else, and longer than a header of 52 bytes is", "StateName");
    let mut bytes = good.clone();
    bytes[8] = 9;
    refused(&bytes, "StateVersion");
    for _ in 0..8 {
        let mut bytes = good.clone();
        let at = 20 + random(good.len() - 20);
        bytes[at] ^= 1 << random(8);
        refused(&bytes, "StateChecksum");
    }
    refused(&[&good[..], b"x"].concat(), "StateChecksum");
    let market = std::fs::read_to_string(data("market.json")).unwrap();
    let other = folder.path().join("market.json");
    std::fs::write(&other, market.replacen("\"margin\": \"0.002\"", "\"margin\": \"0.003\"", 1)).unwrap();
    std::fs::write(&state, &good).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_keeper"))
        .args(["run", "--market"])
        .arg(&other)
        .arg("--state")
        .arg(&state)
        .output()
        .unwrap();
    assert!(text(&output.stderr).contains("StateConfig"), "{}", text(&output.stderr));
    std::fs::write(&state, &good[..60]).unwrap();
    std::fs::remove_file(&actions).unwrap();
    assert!(replay(&state, &actions, &["--fresh"]).output().unwrap().status.success());
    assert_eq!(std::fs::read_to_string(&actions).unwrap(), reference().0);
}

#[test]
fn a_state_that_cannot_be_written_is_an_error_at_the_start_and_a_warning_on_the_way() {
    let folder = folder();
    let nowhere = folder.path().join("none").join("state");
    let output = keeper().arg("--replay").arg(data("crash.jsonl")).arg("--state").arg(&nowhere).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("StateUnwritable"));
    // The folder goes away under it: it works on, and says so at the end.
    let inner = folder.path().join("inner");
    std::fs::create_dir(&inner).unwrap();
    let state = inner.join("state");
    let mut child = keeper()
        .args(["--stdin", "--act", "-", "--save-every", "10", "--state"])
        .arg(&state)
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    wait("the first state", || state.exists());
    std::fs::remove_dir_all(&inner).unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let all = lines().join("\n");
    let writer = std::thread::spawn(move || stdin.write_all(all.as_bytes()).unwrap());
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("StateUnwritable"));
    assert_eq!(text(&output.stdout), [&*reference().0, &*reference().1].concat());
}

#[test]
fn a_stream_shorter_than_what_was_read_of_it_is_refused() {
    let folder = folder();
    let (state, stream) = (folder.path().join("state"), folder.path().join("stream"));
    std::fs::write(&stream, lines().join("\n")).unwrap();
    let run = || keeper().arg("--replay").arg(&stream).arg("--state").arg(&state).output().unwrap();
    assert!(run().status.success());
    std::fs::write(&stream, lines()[..5].join("\n")).unwrap();
    let output = run();
    assert_eq!(output.status.code(), Some(1));
    let said = text(&output.stderr);
    assert!(said.contains("StreamUnreadable") && said.contains("shorter than what was read"), "{said}");
    assert_eq!(refused(&text(&output.stdout), "Truncated"), 0);
}
