//! The exposure map and the prediction of cascades.

use super::{Row, row, set};

/// 9 decimals, a pool of 50,000, a price of 200, 20 tokens in each of 16 buckets: 0.6 % of the pool.
const CALM: [u128; 4] = [9, 50_000, 20_000, 20];
/// 1,000 in each: 32 % of the pool.
const CROWDED: [u128; 4] = [9, 50_000, 20_000, 1_000];
/// 18 decimals and a thousand times as many.
const WIDE: [u128; 4] = [18, 50_000_000, 20_000, 1_000_000];

pub fn rows() -> Vec<Row> {
    let map = |more: &[u128]| vec![set("64 bits", &[&CALM, more], &[0]), set("wider", &[&WIDE, more], &[0])];
    let plain = || vec![set("64 bits", &[&CALM], &[0]), set("wider", &[&WIDE], &[0])];
    let free = |more: &[u128]| vec![set("64 bits", &[&CALM, more], &[]), set("wider", &[&WIDE, more], &[])];
    let predicted = |before: &[u128]| {
        vec![
            set("a fall of 10 %, calm", &[&CALM, before, &[18_000]], &[0]),
            set("a fall of 10 %, crowded", &[&CROWDED, before, &[18_000]], &[0]),
            set("a fall of 40 %, crowded", &[&CROWDED, before, &[12_000]], &[0]),
            set("wider, a fall of 10 %, crowded", &[&WIDE, before, &[18_000]], &[0]),
        ]
    };
    vec![
        row(
            "trigger_price_ceil",
            vec![
                set("64 bits", &[&[9, 50, 7_600, 8_000]], &[0, 1]),
                set("wider", &[&[18, 5_000_000, 760_000_000, 8_000]], &[0, 1]),
            ],
        ),
        row(
            "Position::trigger_price_ceil",
            vec![set("64 bits", &[&[9, 50, 7_600]], &[0, 1]), set("wider", &[&[18, 5_000_000, 760_000_000]], &[0, 1])],
        ),
        row("ExposureMap::add, 16 buckets", map(&[15_000, 10])),
        row("ExposureMap::remove, 16 buckets", map(&[15_000, 10])),
        row("ExposureMap::plus, 16 buckets", plain()),
        row("ExposureMap::sold_ceil, 16 buckets", free(&[10_000])),
        row("ExposureMap::largest, 16 buckets", free(&[])),
        row(
            "Reporter::report, 16 buckets",
            vec![
                set("64 bits", &[&CALM, &[1_000]], &[0]),
                set("64 bits, above the registered size", &[&CALM, &[100]], &[0]),
                set("wider", &[&WIDE, &[100_000_000]], &[0]),
            ],
        ),
        row("exposure::merge, 16 buckets, 2 reporters", plain()),
        row("exposure::worst_case, 16 buckets, 2 reporters", plain()),
        row("Cascade::forecast_at, 16 buckets, constant product", predicted(&[])),
        row("Cascade::forecast_at, 16 buckets, grid of 8", predicted(&[])),
        row("Cascade::gain_ceil, 16 buckets", predicted(&[])),
        row("Cascade::runs_on, 16 buckets", predicted(&[])),
        row("Cascade::critical, 16 buckets", predicted(&[500])),
        row("Cascade::runaway, 16 buckets", predicted(&[])),
        row("Cascade::stop_at, 16 buckets", predicted(&[])),
        row("Cascade::cheapest_stop, 16 buckets", predicted(&[])),
    ]
}
