//! Many price sources into one observation.

use super::{Row, row, set};

/// Time, low side in cents, width in cents.
const FIRST: [[u128; 3]; 7] = [
    [100, 20_000, 0],
    [101, 20_010, 4],
    [102, 20_020, 4],
    [103, 20_030, 4],
    [104, 20_040, 4],
    [105, 20_050, 4],
    [106, 20_060, 4],
];

fn input(decimals: u128, reports: &[[u128; 3]]) -> Vec<u128> {
    [decimals].into_iter().chain(reports.iter().flatten().copied()).collect()
}

fn aggregate(name: &'static str, sources: usize) -> Row {
    let first = &FIRST[..sources];
    let falling: Vec<_> = first.iter().rev().copied().collect();
    let none = vec![[0, 20_000, 0]; sources];
    let mut far = first.to_vec();
    far[0][1] = 20;
    let mut old = first.to_vec();
    old[0] = [1, 20_100, 0];
    let mut faster = none.clone();
    faster[0] = [120, 20_100, 0];
    row(
        name,
        vec![
            set("all publish, in order", &[&input(9, first)], &[0]),
            set("all publish, in reverse order", &[&input(9, &falling)], &[0]),
            set("one is 99.9 % wrong", &[&input(9, &far)], &[0]),
            set("one contradicts itself", &[&input(9, &old)], &[0]),
            set("one publishes: a repetition", &[&input(9, &faster)], &[0]),
            set("none publishes: a repetition", &[&input(9, &none)], &[0]),
            set("18 decimals", &[&input(18, first)], &[0]),
        ],
    )
}

pub fn rows() -> Vec<Row> {
    let mid = |decimals| input(decimals, &FIRST[..3]);
    vec![
        row("SourcesConfig::new, 5 sources", vec![set("sound", &[&[300]], &[0]), set("too narrow", &[&[200]], &[214])]),
        row(
            "SourcesConfig::fits",
            vec![
                set("fits", &[&[3_600, 7_201]], &[0]),
                set("the wick filter is too short", &[&[3_600, 7_200]], &[219]),
            ],
        ),
        aggregate("SourcesConfig::aggregate, 3 sources", 3),
        aggregate("SourcesConfig::aggregate, 5 sources", 5),
        aggregate("SourcesConfig::aggregate, 7 sources", 7),
        row(
            "SourcesConfig::quality_floor",
            vec![set("all, a third of the width", &[&[5, 100]], &[]), set("below the quorum", &[&[4, 300]], &[])],
        ),
        row("Aggregate::mid_floor", vec![set("9 decimals", &[&mid(9)], &[]), set("18 decimals", &[&mid(18)], &[])]),
    ]
}
