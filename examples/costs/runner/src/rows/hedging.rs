//! Insured funds, delta hedges and the two-sided ledger.

use super::{Row, SMALL, WIDE, row, set};

pub fn rows() -> Vec<Row> {
    // Floor 7,520 of 50 tokens at 200; multiplier 4, tolerance 1 %: exposed 10,000 of a target of 9,920.
    let fund = |low: u128, cash: u128| [9, low, 0, 7_520, 40_000, 100, 50, cash];
    let wide = |low: u128, cash: u128| [18, low, 20, 7_520_000_000, 40_000, 100, 50_000_000, cash];
    let limit = |fall: u128, exposure: u128| [fall, exposure, 40_000_000, 5_000];
    // 1,000 tokens of gamma at 200 on a book of 1,000,000 per 100 %: a gain of a fifth.
    let delta = |price: u128| [9, 20_000, price, 1_000, 1_000_000, 5_000];
    let wide_delta = |price: u128| [18, 20_000, price, 1_000_000_000, 1_000_000_000_000, 5_000];
    let two = |price: u128| [9, 20_000, price];
    vec![
        row(
            "InsuranceConfig::rebalance",
            vec![
                set("64 bits, sell", &[&fund(18_800, 0)], &[0, 0]),
                set("64 bits, hold", &[&fund(20_000, 0)], &[0, 0]),
                set("64 bits, buy", &[&fund(20_000, 10_000)], &[0, 0]),
                set("64 bits, breached", &[&fund(15_000, 0)], &[0, 1]),
                set("wider, sell", &[&wide(18_800, 0)], &[0, 0]),
                set("wider, buy, a width of 0.1 %", &[&wide(20_000, 10_000_000_000)], &[0, 0]),
            ],
        ),
        row(
            "InsuranceConfig::gap_shortfall_ceil",
            vec![
                set("64 bits, 30 %", &[&fund(20_000, 0), &[3_000]], &[0]),
                set("64 bits, breached", &[&fund(15_000, 0), &[3_000]], &[0]),
                set("wider, 30 %", &[&wide(20_000, 0), &[3_000]], &[0]),
            ],
        ),
        row(
            "hedge::gap_shortfall_ceil",
            vec![
                set("64 bits", &[&[10_000, 2_500, 3_000]], &[0]),
                set("wider", &[&[10_u128.pow(18), 10_u128.pow(17), 3_000]], &[0]),
            ],
        ),
        row(
            "MultiplierLimit::new",
            vec![
                set("the floor binds", &[&limit(5_000, 10_000_000)], &[0, 0]),
                set("the gain binds", &[&limit(4_000, 75_000_000)], &[0, 1]),
                set("wider", &[&[4_000, 75_000_000 << 50, 40_000_000 << 50, 5_000]], &[0, 1]),
            ],
        ),
        row(
            "Loop::gain_ceil",
            vec![
                set("64 bits", &[&[75_000_000, 100_000_000, 5_000, 26_000]], &[0]),
                set("wider", &[&[75_000_000 << 50, 100_000_000 << 50, 5_000, 26_000]], &[0]),
            ],
        ),
        row(
            "hedge::value_per_move_floor, constant product",
            vec![set("64 bits, 20 %", &[&SMALL, &[2_000]], &[0]), set("wider, 20 %", &[&WIDE, &[2_000]], &[0])],
        ),
        row("hedge::split", vec![set("part is deferred", &[&[9, 50, 30]], &[])]),
        row(
            "DeltaConfig::new",
            vec![set("64 bits", &[&delta(18_800)], &[0]), set("wider", &[&wide_delta(18_800)], &[0])],
        ),
        row(
            "DeltaConfig::trade",
            vec![
                set("64 bits, sell", &[&delta(18_800), &[10]], &[0, 0]),
                set("64 bits, buy", &[&delta(21_200), &[10]], &[0, 1]),
                set("64 bits, within the tolerance", &[&delta(18_800), &[60]], &[0, 0]),
                set("wider, sell", &[&wide_delta(18_800), &[10]], &[0, 0]),
                set("wider, buy, across a power of two", &[&wide_delta(40_000), &[10]], &[0, 1]),
            ],
        ),
        row(
            "DeltaConfig::gain_ceil",
            vec![set("64 bits", &[&delta(18_800)], &[0]), set("wider", &[&wide_delta(40_000)], &[0])],
        ),
        row(
            "TwoSided::advance",
            vec![set("60 s", &[&two(18_800), &[180]], &[0]), set("11 days", &[&two(18_800), &[1_000_000]], &[0])],
        ),
        row(
            "TwoSided::observe",
            vec![
                set("a fall", &[&two(18_800), &[18_000]], &[]),
                set("a rise", &[&two(18_800), &[19_500]], &[]),
                set("a rise above the reference", &[&two(18_800), &[21_000]], &[]),
            ],
        ),
        row(
            "TwoSided::headroom",
            vec![set("after a fall", &[&two(18_800)], &[]), set("after a rise", &[&two(21_200)], &[])],
        ),
        row(
            "TwoSided::charge",
            vec![
                set("permitted", &[&two(21_200), &[10, 1_000_000]], &[0]),
                set("not permitted", &[&two(18_800), &[5_000, 1_000_000]], &[602]),
                set("the depth is too old", &[&two(21_200), &[10, 0]], &[1_601]),
            ],
        ),
        row(
            "TwoSidedConfig::bound_fall_ceil",
            vec![set("20 % down, 30 % up, a day", &[&two(18_800), &[2_000, 3_000, 10, 86_400]], &[0])],
        ),
    ]
}
