//! The example `calibrate` as a process: what it prints, draws and writes, and what it refuses.
#![cfg(feature = "calibrate")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

/// The example, built once, with the profile of these tests: `cargo test --test` alone builds no example.
fn program() -> &'static PathBuf {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        let tests = std::env::current_exe().expect("a test");
        let built = tests.parent().and_then(Path::parent).expect("target/PROFILE/deps");
        let profile = if built.ends_with("release") { "release" } else { "test" };
        let status = Command::new(env!("CARGO"))
            .args(["build", "--quiet", "--locked", "--features", "calibrate", "--example", "calibrate"])
            .args(["--profile", profile, "--manifest-path", concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")])
            .arg("--target-dir")
            .arg(built.parent().expect("target"))
            .status();
        assert!(status.is_ok_and(|status| status.success()), "the example is not built");
        built.join("examples").join(format!("calibrate{}", std::env::consts::EXE_SUFFIX))
    })
}

/// A folder of its own for each test.
fn folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("calibrate-{name}"));
    fs::create_dir_all(&folder).expect("a folder");
    folder
}

fn run(name: &str, arguments: &[&str]) -> Output {
    Command::new(program()).args(arguments).arg("--out").arg(folder(name)).output().expect("the example is built")
}

/// What is printed on success.
fn printed(name: &str, arguments: &[&str]) -> String {
    let output = run(name, arguments);
    let text = String::from_utf8(output.stdout).expect("text");
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    text
}

/// The message of a failure.
fn refused(name: &str, arguments: &[&str]) -> String {
    let output = run(name, arguments);
    assert!(!output.status.success(), "{arguments:?} is not refused");
    let message = String::from_utf8(output.stderr).expect("text");
    assert!(!message.contains("panicked"), "{message}");
    message
}

fn file(name: &str, text: &str) -> String {
    let file = folder(name).join("rows.csv");
    fs::write(&file, text).expect("written");
    file.to_str().expect("plain").to_string()
}

#[test]
fn the_default_prints_a_configuration_with_its_guarantees_and_draws() {
    let csv = folder("default").join("curve.csv");
    let text = printed("default", &["--csv", csv.to_str().expect("plain")]);
    for part in [
        "192 prices in 8.0 d",
        "worst falls           20.87 % in 1 h, 47.78 % in 1 d",
        "an assumption",
        "kappa                 4.000",
        "Guarantees, if no fall is worse than 20.87 % in 1 h",
        "the seller's lag of 27 min",
        "1,000,000 is tolerated",
        "Not guaranteed",
    ] {
        let part = part.replace("the seller's", "a seller's");
        assert!(text.contains(&part), "{part} is not in\n{text}");
    }
    for chart in ["bad-debt.svg", "falls.svg"] {
        let drawn = fs::read_to_string(folder("default").join(chart)).expect("drawn");
        assert!(drawn.starts_with("<svg") && drawn.len() > 4_000, "{chart}");
    }
    // Whole per cents, none without a configuration; bad debt is tolerated up to some threshold and not from there on.
    let rows = fs::read_to_string(csv).expect("written");
    let rows: Vec<Vec<&str>> = rows.lines().skip(1).map(|line| line.split(',').collect()).collect();
    assert!(rows.len() > 80 && rows.iter().all(|row| row.len() == 5));
    let tolerated = rows.iter().filter(|row| row[4] == "true").count();
    assert_eq!(rows[tolerated - 1][..1], ["32"]);
    assert!(rows[tolerated..].iter().all(|row| row[4] == "false"));
    for row in &rows {
        let bad_debt: u128 = row[3].parse().expect("a number");
        assert_eq!(row[4] == "true", bad_debt <= 1_000_000_000_000);
    }
}

#[test]
fn depth_is_read_in_three_forms() {
    let history = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data/uniswap_eth_dai_2021-05-19.csv");
    let prices = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data/eth_2021-05.csv");
    let text = printed("history", &["--prices", prices, "--depth", history, "--debt", "20000000"]);
    assert!(text.contains("median 23992, least 22869") && text.contains("collapse              1.05 times"), "{text}");
    let text = printed("pool", &["--pool", "1600000.5", "--collapse", "3"]);
    assert!(text.contains("a pool of 1600000.5; collapse as given") && text.contains("3.00 times"), "{text}");
    // One point is even: so are two on the same line, and what is behind a flat part is not counted near the price.
    let sold = |name: &str, points: &[&str]| {
        let mut arguments = vec!["--bad-debt", "2000000"];
        arguments.extend(points.iter().flat_map(|point| ["--depth-within", *point]));
        let text = printed(name, &arguments);
        let line = text.lines().find(|line| line.contains(" base units are sold")).expect("a sale").to_string();
        let number = line.split(" is under water, ").nth(1).expect("what is sold").split(' ').next().expect("a number");
        number.parse::<f64>().expect("a number")
    };
    let one = sold("one", &["2%=40000"]);
    assert_eq!(one, sold("none", &[]));
    let thin = sold("thin", &["1%=10000", "2%=40000"]);
    assert!(thin < one, "{thin} {one}");
}

#[test]
fn what_is_given_is_used() {
    let text = printed(
        "given",
        &[
            "--falls",
            "1h=14%,24h=43%",
            "--price",
            "200",
            "--amplification",
            "1.2",
            "--noise",
            "0.5%",
            "--heartbeat",
            "30s",
            "--round",
            "5m",
            "--debt",
            "3000000",
            "--bad-debt",
            "900000",
            "--calm-volatility",
            "4%",
            "--stressed-volatility",
            "20%",
            "--half-life",
            "1d",
            "--bonus",
            "4%,6%",
            "--gas",
            "5",
            "--halt",
            "10m",
        ],
    );
    for part in [
        "14.00 % in 1 h, 43.00 % in 1 d, as given",
        "calm, stressed        4.00 %, 20.00 %",
        "half-life             1 d",
        "own share h           0.04167",
        "wick, oldest price    30 s, 1 min",
        "bonus                 4.00 % calm, 6.00 % stressed",
        "keeper's tip          10 ",
        "a seller's lag of 38.5 min",
        "halts                 10 min",
    ] {
        assert!(text.contains(part), "{part} is not in\n{text}");
    }
    let text = printed("asked", &["--threshold", "20%"]);
    assert!(text.contains("20.00 % calm, 17.50 % stressed"), "{text}");
}

#[test]
fn what_cannot_be_met_is_said_with_what_would_help() {
    let cases: [(&[&str], &str); 11] = [
        (&["--threshold", "70%"], "at a threshold of 70.00 % bad debt may be"),
        (&["--falls", "10m=5%"], "no fall is known for the seller's lag of 27 min: give one by --falls"),
        (&["--round", "20s"], "--round 52s would do"),
        (&["--penalty", "0%"], "a --penalty above zero would do"),
        (&["--pool", "1000"], "the burst permits"),
        (&["--noise", "100%"], "--noise: `noise` is to be from 0 to below 1"),
        (&["--collapse", "0.5"], "--collapse: `collapse` is to be from 1 to 16,384"),
        (&["--bonus", "8%,5%"], "the configuration would be refused"),
        (&["--depth-within", "2%=10", "--depth-within", "1%=20"], "distances must rise"),
        (&["--price", "0"], "--price"),
        (&["--debt", "400000000000000000000000000000000"], "--debt: more than 2^128 atoms"),
    ];
    for (number, (arguments, message)) in cases.iter().enumerate() {
        let found = refused(&format!("refused-{number}"), arguments);
        assert!(found.contains(message), "{arguments:?}: {found}");
    }
    // What no number is.
    for arguments in [
        ["--noise", "NaN"],
        ["--collapse", "inf"],
        ["--amplification", "two"],
        ["--heartbeat", "1 hour"],
        ["--heartbeat", "99999999999999999999d"],
        ["--falls", "1h"],
        ["--falls", "1h=NaN"],
        ["--depth-within", "0%=5"],
        ["--depth-within", "2%=x"],
        ["--decimals", "18"],
        ["--decimals", "99,6"],
        ["--gas", "1e3"],
        ["--price", "-1"],
        ["--bonus", "5%"],
    ] {
        let found = refused("usage", &arguments);
        assert!(found.contains("invalid value") || found.contains("unexpected argument"), "{arguments:?}: {found}");
    }
    let found = refused("both", &["--pool", "5", "--depth-within", "2%=5"]);
    assert!(found.contains("cannot be used with"), "{found}");
}

#[test]
fn a_bad_table_is_refused_with_its_line() {
    let cases = [
        ("time,price\n1,100\n2,NaN\n", "line 3: price `NaN`"),
        ("time,price\n1,100\n2,inf\n", "line 3: price `inf`"),
        ("time,price\n1,100\n2,0\n", "line 3: price `0` is not positive"),
        ("time,price\n1,100\n1,100\n", "line 3: time is not after"),
        ("time,price\n1,100\nyesterday,100\n", "line 3: time `yesterday`"),
        ("# a note\n1,100\n", "line 2: 1 row(s)"),
        ("1,100,5\n", "line 1: 3 column(s)"),
        ("1,100\n2,101\n", "the history is too short"),
    ];
    for (number, (text, message)) in cases.iter().enumerate() {
        let name = format!("table-{number}");
        let rows = file(&name, text);
        let found = refused(&name, &["--prices", &rows]);
        assert!(found.contains(message) && found.contains("rows.csv"), "{text:?}: {found}");
        if number < 7 {
            let found = refused(&name, &["--depth", &rows]);
            assert!(found.contains(message) && found.contains("rows.csv"), "{text:?}: {found}");
        }
    }
    let found = refused("missing", &["--prices", "no/such/file"]);
    assert!(found.contains("no/such/file"), "{found}");
}
