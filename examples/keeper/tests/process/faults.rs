//! Lines that are not as documented, out of order, twice, or not there.

use crate::support::{lines, on, reference, refused, row, text};

#[test]
fn malformed_lines_are_counted_logged_by_number_and_reason_and_skipped() {
    let bad: Vec<(&str, Vec<u8>)> = vec![
        ("Binary", vec![0xff, 0xfe, 0x00, 0x80]),
        ("Overlong", vec![b'x'; 70_000]),
        ("Json", b"{".to_vec()),
        ("Json", b"[]".to_vec()),
        ("Json", br#"{"kind":"unheard_of","time":60}"#.to_vec()),
        ("Json", br#"{"kind":"tick","time":60,"more":1}"#.to_vec()),
        ("Json", br#"{"kind":"tick","time":-1}"#.to_vec()),
        ("Json", br#"{"kind":"gas","time":60,"per_million":1.5}"#.to_vec()),
        ("Json", br#"{"kind":"gas","time":60,"per_million":"1e5"}"#.to_vec()),
        ("Json", br#"{"kind":"gas","time":60,"per_million":"-1"}"#.to_vec()),
        ("NumberRange", br#"{"kind":"gas","time":60,"per_million":"99999999999999999999999999999999999999"}"#.to_vec()),
        ("NumberTooPrecise", br#"{"kind":"lot_taken","time":60,"lot":"l","sold":"1","paid":"0.0000001"}"#.to_vec()),
        ("PriceForm", br#"{"kind":"price","time":60,"source_time":60,"low":"1"}"#.to_vec()),
        ("PriceZero", br#"{"kind":"price","time":60,"source_time":60,"low":"0","high":"1"}"#.to_vec()),
        ("BandInverted", br#"{"kind":"price","time":60,"source_time":60,"low":"2","high":"1"}"#.to_vec()),
        ("Name", br#"{"kind":"position","time":60,"id":"a/b","collateral":"1","debt":"1"}"#.to_vec()),
        ("Name", br#"{"kind":"position","time":60,"id":"","collateral":"1","debt":"1"}"#.to_vec()),
        ("Hex", br#"{"kind":"guard_state","time":60,"state":"xyz"}"#.to_vec()),
        ("StoredLength", br#"{"kind":"guard_state","time":60,"state":"00"}"#.to_vec()),
    ];
    let mut input = Vec::new();
    let mut faults = bad.iter();
    for (at, line) in lines().iter().enumerate() {
        if at % 3 == 0
            && let Some((_, bytes)) = faults.next()
        {
            input.extend(bytes);
            input.push(b'\n');
        }
        input.extend(line.as_bytes());
        input.push(b'\n');
    }
    let output = on(&input, &["--act", "-"]);
    assert!(output.status.success());
    let (out, log) = (text(&output.stdout), text(&output.stderr));
    let (actions, summary) = reference();
    assert!(out.starts_with(actions), "what is skipped changes nothing");
    let after = out.strip_prefix(actions).unwrap();
    assert_eq!(row(after, "lines "), format!("{}, malformed {}, coalesced 0", lines().len() + bad.len(), bad.len()));
    assert_eq!(row(after, "actions "), row(summary, "actions "));
    for (at, (name, _)) in bad.iter().enumerate() {
        let number = 1 + at * 4;
        assert!(log.contains(&format!("line={number} reason=\"{name}\"")), "line {number}: {name}\n{log}");
        let count = bad.iter().filter(|(other, _)| other == name).count();
        assert_eq!(refused(after, name), u64::try_from(count).unwrap(), "{name}");
    }
}

#[test]
fn a_stream_that_ends_within_a_line_is_told_from_one_that_ends_without_a_newline() {
    let whole = lines().join("\n");
    let summary = text(&on(whole.as_bytes(), &[]).stdout);
    assert_eq!(row(&summary, "blocks "), row(&reference().1, "blocks "), "the last line counts without its end");
    let cut = &whole[..whole.len() - 1];
    let summary = text(&on(cut.as_bytes(), &[]).stdout);
    assert_eq!(refused(&summary, "Truncated"), 1);
    assert_eq!(row(&summary, "blocks "), "179");
}

#[test]
fn gaps_duplicates_and_late_lines_are_told_apart_by_their_numbers() {
    let mut input = lines();
    // Numbers count from one: 3 is left out, 10 comes after 12, 20 comes three times.
    let late = input.remove(9);
    input.insert(11, late);
    let twice = input[19].clone();
    input.insert(30, twice.clone());
    input.insert(40, twice);
    input.remove(2);
    let output = on(input.join("\n").as_bytes(), &[]);
    let (summary, log) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(row(&summary, "numbers "), "skipped 2, late 1, duplicates 2");
    assert_eq!((refused(&summary, "Gap"), refused(&summary, "Duplicate")), (2, 2));
    assert!(log.contains("reason=\"Gap\"") && log.contains("reason=\"Duplicate\""));
}

#[test]
fn stale_late_and_future_prices_are_refused_by_the_library_s_names() {
    let mut input = lines()[..60].to_vec();
    let time: u64 = 100_000;
    input.push(format!(r#"{{"kind":"tick","time":{time}}}"#));
    // A time that far ahead is believed when three lines in a row have it.
    input.extend([format!(r#"{{"kind":"tick","time":{time}}}"#), format!(r#"{{"kind":"tick","time":{time}}}"#)]);
    let price = |time: u64, source: u64, low: &str, high: &str| {
        format!(r#"{{"kind":"price","time":{time},"source_time":{source},"low":"{low}","high":"{high}"}}"#)
    };
    input.push(price(time, time - 10, "2000", "2001"));
    input.push(price(time, time - 20, "2000", "2001"));
    input.push(price(time, time - 10, "2000", "2002"));
    input.push(price(time, time - 121, "2000", "2001"));
    input.push(price(time, time + 1, "2000", "2001"));
    input.push(price(time, time, "1900", "2001"));
    input.push(price(time - 1, time - 5, "2000", "2001"));
    input.push(format!(r#"{{"kind":"depth","time":{time},"source_time":5,"book":{{"shape":"pool","reserve":"1"}}}}"#));
    input.push(format!(
        r#"{{"kind":"depth","time":{time},"source_time":{time},"book":{{"shape":"bands","bands":[["0.1","5"]]}}}}"#
    ));
    input.push(r#"{"kind":"tick","time":18446744073709551615}"#.to_owned());
    let summary = text(&on(input.join("\n").as_bytes(), &[]).stdout);
    for (name, count) in [
        ("PriceOutOfOrder", 1),
        ("PriceContradicts", 1),
        ("PriceStale", 1),
        ("PriceFromFuture", 1),
        ("BandTooWide", 1),
        ("ClockReversed", 1),
        ("DepthOutOfOrder", 1),
        ("DepthKind", 1),
        ("TimeJump", 3),
    ] {
        assert_eq!(refused(&summary, name), count, "{name}\n{summary}");
    }
}

#[test]
fn a_number_far_ahead_does_not_make_every_later_line_an_old_one() {
    let mut input = lines();
    input.insert(50, r#"{"kind":"tick","time":60,"seq":18446744073709551615}"#.to_owned());
    let summary = text(&on(input.join("\n").as_bytes(), &[]).stdout);
    assert_eq!(refused(&summary, "NumberJump"), 1);
    assert_eq!(row(&summary, "numbers "), "skipped 0, late 0, duplicates 0");
    assert_eq!(row(&summary, "actions "), row(&reference().1, "actions "));
}

#[test]
fn events_of_lots_count_whatever_the_copy_of_the_guard_says() {
    let mut input = lines()[..20].to_vec();
    let time = 240;
    input.push(format!(
        r#"{{"kind":"lot_opened","time":{time},"lot":"odd","position":"loan-1","sell":"40000","raise":"1","start":"2100"}}"#
    ));
    input.push(format!(
        r#"{{"kind":"lot_opened","time":{time},"lot":"odd","position":"loan-1","sell":"1","raise":"1","start":"2100"}}"#
    ));
    input.push(format!(r#"{{"kind":"lot_taken","time":{time},"lot":"none","sold":"1","paid":"1"}}"#));
    input.push(format!(r#"{{"kind":"tick","time":{time}}}"#));
    let summary = text(&on(input.join("\n").as_bytes(), &[]).stdout);
    assert_eq!(refused(&summary, "MirrorNotPermitted"), 1, "{summary}");
    assert_eq!(refused(&summary, "LotName"), 2);
    assert!(row(&summary, "positions ").ends_with("1 lots open"));
}

#[test]
fn a_market_that_is_not_as_documented_is_refused_at_the_start() {
    let folder = crate::support::folder();
    let market = folder.path().join("market.json");
    let good = std::fs::read_to_string(crate::support::data("market.json")).unwrap();
    for (from, to, says) in [
        ("\"scale\"", "\"scales\"", "unknown field"),
        ("\"margin\": \"0.002\"", "\"margin\": 0.002", "not a float"),
        ("\"margin\": \"0.002\"", "\"margin\": \"1\"", "below one"),
        ("\"share\": \"0.5\"", "\"share\": \"1\"", "KeeperShareRange"),
        ("\"confirm\": 150", "\"confirm\": 0", "not zero"),
        ("\"base\": 18", "\"base\": 31", "at most 30 decimals"),
    ] {
        assert!(good.contains(from), "{from}");
        std::fs::write(&market, good.replacen(from, to, 1)).unwrap();
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_keeper"));
        let output = command.args(["run", "--market"]).arg(&market).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{from} to {to}");
        assert!(text(&output.stderr).contains(says), "{says}: {}", text(&output.stderr));
    }
}
