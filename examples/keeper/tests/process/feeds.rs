//! Streams over the network, and streams that are faster than the keeper. All servers are on the loopback.

use crate::support::{accept, keeper, lines, listen, reference, row, same, terminate, text, wait};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio_tungstenite::tungstenite::Message;

/// Blocks that a process has printed, and all that it printed.
fn watch(child: &mut Child) -> (Arc<AtomicUsize>, std::thread::JoinHandle<Vec<String>>) {
    let seen = Arc::new(AtomicUsize::new(0));
    let (count, stdout) = (Arc::clone(&seen), child.stdout.take().unwrap());
    let thread = std::thread::spawn(move || {
        let mut all = Vec::new();
        for line in BufReader::new(stdout).lines() {
            let line = line.unwrap();
            if line.starts_with('{') {
                count.fetch_add(1, Ordering::SeqCst);
            }
            all.push(line);
        }
        all
    });
    (seen, thread)
}

/// The actions in the blocks that were printed, as lines.
fn actions(lines: &[String]) -> Vec<serde_json::Value> {
    let blocks = lines.iter().filter(|line| line.starts_with('{'));
    let actions =
        |line: &String| serde_json::from_str::<serde_json::Value>(line).unwrap()["actions"].as_array().unwrap().clone();
    blocks.flat_map(actions).collect()
}

fn expected() -> Vec<serde_json::Value> {
    reference().0.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn summary(lines: &[String]) -> String {
    lines.iter().filter(|line| !line.starts_with('{')).cloned().collect::<Vec<_>>().join("\n")
}

#[test]
fn a_server_that_breaks_off_within_a_line_stalls_and_comes_back_costs_nothing() {
    let (listener, address) = listen();
    let all = lines();
    let server = std::thread::spawn(move || {
        let send = |stream: &mut TcpStream, lines: &[String]| {
            for line in lines {
                writeln!(stream, "{line}").unwrap();
            }
        };
        let (mut stream, greeting) = accept(&listener);
        assert_eq!(greeting, r#"{"resume_after":null}"#);
        send(&mut stream, &all[..300]);
        stream.write_all(&all[300].as_bytes()[..20]).unwrap();
        drop(stream);
        // At once again, and nothing is sent.
        let (stream, greeting) = accept(&listener);
        assert_eq!(greeting, r#"{"resume_after":300}"#);
        drop(stream);
        let (mut stalled, greeting) = accept(&listener);
        assert_eq!(greeting, r#"{"resume_after":300}"#);
        send(&mut stalled, &all[300..700]);
        // It is still open, and silent.
        let (mut stream, greeting) = accept(&listener);
        assert_eq!(greeting, r#"{"resume_after":700}"#);
        // A server that begins too early.
        send(&mut stream, &all[650..]);
        (stalled, stream)
    });
    let mut child = keeper()
        .args(["--connect", &address, "--json", "--queue", "4096", "--backoff-ms", "20", "--stall-ms", "400"])
        .spawn()
        .unwrap();
    let (seen, printed) = watch(&mut child);
    wait("all blocks", || seen.load(Ordering::SeqCst) == 180);
    let streams = server.join().unwrap();
    let output = terminate(child);
    assert_eq!(output.status.code(), Some(0));
    drop(streams);
    let printed = printed.join().unwrap();
    same(&actions(&printed), &expected());
    let summary = summary(&printed);
    assert_eq!(row(&summary, "numbers "), "skipped 0, late 0, duplicates 50");
    assert!(summary.contains("refused      Truncated 1"));
    assert!(text(&output.stderr).contains("silent"));
}

#[test]
fn nobody_listens_at_first() {
    let (listener, address) = listen();
    drop(listener);
    let mut child = keeper()
        .args(["--connect", &address, "--json", "--queue", "4096", "--backoff-ms", "10", "--backoff-most-ms", "50"])
        .spawn()
        .unwrap();
    let (seen, printed) = watch(&mut child);
    std::thread::sleep(std::time::Duration::from_millis(150));
    let listener = std::net::TcpListener::bind(&address).unwrap();
    let (mut stream, _) = accept(&listener);
    stream.write_all((lines().join("\n") + "\n").as_bytes()).unwrap();
    wait("all blocks", || seen.load(Ordering::SeqCst) == 180);
    let output = terminate(child);
    assert_eq!(output.status.code(), Some(0));
    same(&actions(&printed.join().unwrap()), &expected());
    assert!(text(&output.stderr).contains("no connection"));
}

#[test]
fn a_websocket_server_is_read_message_by_message() {
    let (listener, address) = listen();
    let all = lines();
    let server = std::thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        let mut socket = tokio_tungstenite::tungstenite::accept(stream).unwrap();
        assert_eq!(socket.read().unwrap(), Message::text(r#"{"resume_after":null}"#));
        for line in &all[..500] {
            socket.send(Message::text(line.clone())).unwrap();
        }
        socket.send(Message::binary(vec![0xff_u8, 0xfe])).unwrap();
        socket.send(Message::text("x".repeat(70_000))).unwrap();
        socket.close(None).unwrap();
        while socket.read().is_ok() {}
        let (stream, _) = listener.accept().unwrap();
        let mut socket = tokio_tungstenite::tungstenite::accept(stream).unwrap();
        assert_eq!(socket.read().unwrap(), Message::text(r#"{"resume_after":500}"#));
        socket.send(Message::Ping(vec![1_u8].into())).unwrap();
        // Many lines in one message.
        for lines in all[500..].chunks(100) {
            socket.send(Message::text(lines.join("\n"))).unwrap();
        }
        socket
    });
    let url = format!("ws://{address}/stream");
    let mut child =
        keeper().args(["--websocket", &url, "--json", "--queue", "4096", "--backoff-ms", "20"]).spawn().unwrap();
    let (seen, printed) = watch(&mut child);
    wait("all blocks", || seen.load(Ordering::SeqCst) == 180);
    let socket = server.join().unwrap();
    assert_eq!(terminate(child).status.code(), Some(0));
    drop(socket);
    let printed = printed.join().unwrap();
    same(&actions(&printed), &expected());
    let summary = summary(&printed);
    assert!(summary.contains("refused      Binary 1") && summary.contains("refused      Overlong 1"), "{summary}");
    assert_eq!(row(&summary, "connections "), "made again 1");
}

#[test]
fn once_ends_when_the_stream_does() {
    let (listener, address) = listen();
    let server = std::thread::spawn(move || {
        let (mut stream, _) = accept(&listener);
        stream.write_all((lines().join("\n") + "\n").as_bytes()).unwrap();
    });
    let output = keeper().args(["--connect", &address, "--once", "--queue", "4096"]).output().unwrap();
    server.join().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(text(&output.stdout), reference().1);
}

#[test]
fn when_it_does_not_keep_up_prices_give_way_and_nothing_else_is_lost() {
    let (feed, feed_address) = listen();
    let (sink, sink_address) = listen();
    let mut all = Vec::new();
    for line in lines() {
        // Many prices for each that there was; only the last of a block differs.
        if line.contains(r#""kind":"price""#) {
            all.extend(std::iter::repeat_n(line.clone(), 10));
        }
        all.push(line);
    }
    // Numbered anew.
    let all: Vec<String> = all
        .iter()
        .enumerate()
        .map(|(at, line)| {
            let mut value: serde_json::Value = serde_json::from_str(line).unwrap();
            value["seq"] = (at + 1).into();
            value.to_string()
        })
        .collect();
    let count = all.len();
    let server = std::thread::spawn(move || {
        let (mut stream, _) = accept(&feed);
        for line in &all {
            writeln!(stream, "{line}").unwrap();
        }
    });
    let slow = std::thread::spawn(move || {
        let (stream, _) = sink.accept().unwrap();
        let mut writer = stream.try_clone().unwrap();
        let mut keys = Vec::new();
        for line in BufReader::new(stream.take(1 << 24)).lines() {
            let Ok(line) = line else { break };
            let action: serde_json::Value = serde_json::from_str(&line).unwrap();
            let key = action["key"].as_str().unwrap().to_owned();
            std::thread::sleep(std::time::Duration::from_millis(3));
            writer.write_all(format!("{{\"ack\":\"{key}\"}}\n").as_bytes()).unwrap();
            keys.push(key);
        }
        keys
    });
    let act = format!("tcp:{sink_address}");
    let output = keeper()
        .args(["--connect", &feed_address, "--once", "--queue", "32", "--outbox", "2", "--act", &act])
        .stderr(Stdio::null())
        .output()
        .unwrap();
    server.join().unwrap();
    assert_eq!(output.status.code(), Some(0));
    let (summary, reference) = (text(&output.stdout), &reference().1);
    let lines = row(&summary, "lines ");
    assert!(lines.starts_with(&format!("{count}, malformed 0, coalesced ")), "every line is accounted for: {lines}");
    let coalesced: u64 = lines.rsplit(' ').next().unwrap().parse().unwrap();
    assert!(coalesced > 100, "prices gave way: {coalesced}");
    assert_eq!(row(&summary, "numbers "), "skipped 0, late 0, duplicates 0", "and leave no gap");
    assert_eq!(row(&summary, "positions "), row(reference, "positions "), "no position and no lot was lost");
    assert_eq!(row(&summary, "blocks "), row(reference, "blocks "));
    let keys = slow.join().unwrap();
    let unique: std::collections::BTreeSet<_> = keys.iter().collect();
    assert_eq!(unique.len(), keys.len(), "nothing was sent twice");
    assert!(keys.len() > 100);
}
