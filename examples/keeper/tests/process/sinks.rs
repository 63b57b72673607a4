//! Where actions go when that fails.

use crate::support::{data, folder, keeper, listen, reference, row, same, text, wait};
use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};

fn replay(act: &str) -> Command {
    let mut command = keeper();
    command.arg("--replay").arg(data("crash.jsonl")).args([
        "--act",
        act,
        "--backoff-ms",
        "5",
        "--backoff-most-ms",
        "20",
    ]);
    command
}

fn keys() -> Vec<String> {
    let key = |line: &str| serde_json::from_str::<serde_json::Value>(line).unwrap()["key"].as_str().unwrap().to_owned();
    reference().0.lines().map(key).collect()
}

/// A receiver that answers, but breaks off after every so many actions, now and then before it has answered.
fn receiver(listener: TcpListener, every: usize) -> Arc<Mutex<Vec<String>>> {
    let got = Arc::new(Mutex::new(Vec::new()));
    let all = Arc::clone(&got);
    std::thread::spawn(move || {
        for (turn, stream) in listener.incoming().enumerate() {
            let Ok(stream) = stream else { return };
            stream.set_nodelay(true).unwrap();
            let mut writer = stream.try_clone().unwrap();
            for (at, line) in BufReader::new(stream).lines().enumerate() {
                let Ok(line) = line else { break };
                let action: serde_json::Value = serde_json::from_str(&line).unwrap();
                let key = action["key"].as_str().unwrap().to_owned();
                all.lock().unwrap().push(key.clone());
                if at == every && turn % 2 == 0 {
                    // It has the action, and does not say so.
                    break;
                }
                if writer.write_all(format!("{{\"ack\":\"{key}\"}}\n").as_bytes()).is_err() || at == every {
                    break;
                }
            }
        }
    });
    got
}

/// What is left of a list when what came before is left out.
fn first_of_each(keys: &[String]) -> Vec<String> {
    let mut seen = BTreeSet::new();
    keys.iter().filter(|key| seen.insert((*key).clone())).cloned().collect()
}

#[test]
fn a_receiver_that_breaks_off_gets_every_action_in_order_again_only_if_it_did_not_answer() {
    let (listener, address) = listen();
    let got = receiver(listener, 40);
    let output = replay(&format!("tcp:{address}")).output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(row(&text(&output.stdout), "actions ").ends_with(" 0 waiting"));
    let got = got.lock().unwrap();
    same(&first_of_each(&got), &keys());
    let again = got.len() - keys().len();
    assert!(again > 0 && again <= keys().len() / 40, "{again}");
}

#[test]
fn what_was_answered_is_not_sent_again_by_the_next_run() {
    let folder = folder();
    let state = folder.path().join("state");
    let (listener, address) = listen();
    let got = receiver(listener, usize::MAX);
    let run = |more: &[&str]| {
        let mut command = replay(&format!("tcp:{address}"));
        command.args(["--outbox", "2", "--save-every", "200", "--state"]).arg(&state).args(more);
        command
    };
    let mut kills = 0;
    let mut target = 30;
    while target + 40 < keys().len() {
        let mut child = run(&[]).stderr(Stdio::null()).spawn().unwrap();
        wait("actions", || got.lock().unwrap().len() >= target);
        child.kill().unwrap();
        child.wait().unwrap();
        kills += 1;
        target = got.lock().unwrap().len() + 60;
    }
    assert!(run(&[]).status().unwrap().success());
    let got = got.lock().unwrap();
    same(&first_of_each(&got), &keys());
    // One may have been answered and not noted at each kill.
    assert!(got.len() - keys().len() <= kills, "{} for {kills} kills", got.len() - keys().len());
    assert!(kills >= 4);
}

#[test]
fn nobody_receives_and_what_waits_is_sent_by_the_next_run() {
    let folder = folder();
    let state = folder.path().join("state");
    let (listener, address) = listen();
    drop(listener);
    let act = format!("tcp:{address}");
    let output =
        replay(&act).arg("--state").arg(&state).args(["--close-ms", "50", "--outbox", "10000"]).output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(row(&text(&output.stdout), "actions ").ends_with(&format!(" {} waiting", keys().len())));
    assert!(text(&output.stderr).contains("an action failed: it is tried again"));
    let got = receiver(TcpListener::bind(&address).unwrap(), usize::MAX);
    assert!(replay(&act).arg("--state").arg(&state).status().unwrap().success());
    same(&got.lock().unwrap(), &keys());
}

#[test]
fn a_file_on_a_full_disk_holds_the_keeper_up_and_loses_nothing() {
    let folder = folder();
    let state = folder.path().join("state");
    let mut child =
        replay("/dev/full").arg("--state").arg(&state).args(["--outbox", "3", "--close-ms", "50"]).spawn().unwrap();
    std::thread::sleep(std::time::Duration::from_millis(300));
    assert!(child.try_wait().unwrap().is_none(), "it waits for room");
    let output = crate::support::terminate(child);
    assert_eq!(output.status.code(), Some(0));
    assert!(text(&output.stderr).contains("No space left"));
    let actions = folder.path().join("actions");
    assert!(replay(actions.to_str().unwrap()).arg("--state").arg(&state).status().unwrap().success());
    assert_eq!(std::fs::read_to_string(&actions).unwrap(), reference().0);
}

#[test]
fn a_line_that_was_cut_off_in_the_file_of_actions_is_written_anew() {
    let folder = folder();
    let actions = folder.path().join("actions");
    let expected = &reference().0;
    for cut in [1, 30, expected.len() / 2] {
        std::fs::write(&actions, &expected[..expected.len() - cut]).unwrap();
        assert!(replay(actions.to_str().unwrap()).status().unwrap().success());
        assert_eq!(std::fs::read_to_string(&actions).unwrap(), *expected, "cut by {cut}");
    }
    std::fs::write(&actions, "something else\n").unwrap();
    let output = replay(actions.to_str().unwrap()).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("SinkUnusable"));
    assert_eq!(std::fs::read_to_string(&actions).unwrap(), "something else\n");
}

#[test]
fn without_a_sink_nothing_is_done_but_logged() {
    let mut command = keeper();
    let output = command.arg("--replay").arg(data("crash.jsonl")).output().unwrap();
    assert_eq!(text(&output.stdout), reference().1);
    let logged = text(&output.stderr).lines().filter(|line| line.contains("dry run")).count();
    assert_eq!(logged, keys().len());
    assert!(!Path::new("-").exists());
}
