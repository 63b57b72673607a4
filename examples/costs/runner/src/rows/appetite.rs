//! The stress index and the appetite.

use super::{Row, goal, row, set};

pub fn rows() -> Vec<Row> {
    // Depth in base atoms; volatility, depth, use and cap; backlog, oracle, keepers, neighbours.
    const NORM: u128 = 50_000_000_000_000;
    const WIDE: u128 = 50_000_000_000_000_000_000_000_000;
    const GOOD: [u128; 4] = [0, 10_000, 10_000, 10_000];
    const POOR: [u128; 4] = [10_000, 7_000, 7_000, 7_000];
    let calm = |norm: u128| [800, norm, 10, 25];
    let tense = |norm: u128| [2_000, norm / 2, 22, 25];
    let lived = |norm: u128, report: [u128; 4], before: [u128; 4]| {
        let mut words = vec![norm];
        words.extend(report);
        words.extend(before);
        words
    };
    let updated = || {
        vec![
            set("calm", &[&lived(NORM, GOOD, calm(NORM)), &calm(NORM), &[120]], &[0]),
            set("three signals stressed", &[&lived(NORM, GOOD, calm(NORM)), &tense(NORM), &[120]], &[0]),
            set("heals from four", &[&lived(NORM, POOR, tense(NORM)), &tense(NORM), &[120]], &[0]),
            set("a silence, no report", &[&lived(NORM, POOR, tense(NORM)), &calm(NORM), &[100_000]], &[0]),
            set("three signals stressed, wider", &[&lived(WIDE, GOOD, calm(WIDE)), &tense(WIDE), &[120]], &[0]),
        ]
    };
    let heeded = |report: [u128; 4]| [lived(NORM, GOOD, calm(NORM)), report.to_vec()].concat();
    let scaled = |number: u128, wide: u128| {
        vec![
            set("after stress", &[&lived(NORM, POOR, tense(NORM)), &[number]], &[]),
            set("whole", &[&lived(NORM, GOOD, calm(NORM)), &[number]], &[]),
            set("after stress, wider", &[&lived(NORM, POOR, tense(NORM)), &[wide]], &[]),
        ]
    };
    vec![
        row("StressConfig::new", vec![set("64 bits", &[&[NORM]], &[0]), set("wider", &[&[WIDE]], &[0])]),
        row("AppetiteConfig::new", vec![set("64 bits", &[&[NORM]], &[0])]),
        row(
            "StressConfig::internal_ceil",
            vec![
                set("calm", &[&[NORM], &calm(NORM)], &[]),
                set("three signals stressed", &[&[NORM], &tense(NORM)], &[]),
                set("three signals stressed, wider", &[&[WIDE], &tense(WIDE)], &[]),
            ],
        ),
        row(
            "StressConfig::external_ceil",
            vec![set("good", &[&[NORM], &GOOD], &[]), set("four signals stressed", &[&[NORM], &POOR], &[])],
        ),
        row(
            "DepthProfile::thinnest_floor",
            vec![set("8 points", &[&[NORM, NORM / 2]], &[]), set("8 points, wider", &[&[WIDE, WIDE / 2]], &[])],
        ),
        goal("AppetiteConfig::update", "", 400, updated()),
        row(
            "AppetiteConfig::heed",
            vec![set("good", &[&heeded(GOOD)], &[0]), set("four signals stressed", &[&heeded(POOR)], &[0])],
        ),
        row("Appetite::max_ltv_floor", scaled(7_500, 9_999)),
        row("Appetite::amount_floor", scaled(NORM, WIDE)),
        row("Appetite::value_floor", scaled(NORM, WIDE)),
    ]
}
