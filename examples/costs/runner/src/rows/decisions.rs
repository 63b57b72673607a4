//! Positions, plans and auctions.

use super::{Row, goal, row, set};

pub fn rows() -> Vec<Row> {
    const TOKEN: [u128; 3] = [9, 18_800, 500];
    const WIDE: [u128; 3] = [18, 18_800, 500];
    let one = |healthy: &[u64], unhealthy: &[u64]| {
        vec![
            set("healthy", &[&TOKEN, &[50, 7_000]], healthy),
            set("unhealthy", &[&TOKEN, &[50, 7_600]], unhealthy),
            set("64 bits of collateral", &[&TOKEN, &[18_000_000_000, 2_000_000_000_000]], healthy),
        ]
    };
    let wide = |healthy: &[u64], unhealthy: &[u64]| {
        vec![
            set("healthy", &[&WIDE, &[50_000_000, 7_000_000_000]], healthy),
            set("unhealthy", &[&WIDE, &[50_000_000, 7_600_000_000]], unhealthy),
            set("110 bits of collateral", &[&WIDE, &[10_u128.pow(15), 10_u128.pow(17)]], healthy),
        ]
    };
    let auction = |kind: u128, time: u128| {
        vec![
            set("20 steps of 90 s", &[&[kind, time, 9, 18_800, 500, 1_800]], &[0]),
            set("1 step", &[&[kind, time, 9, 18_800, 500, 90]], &[0]),
            set("40 steps", &[&[kind, time, 9, 18_800, 500, 3_600]], &[0]),
            set("31 steps", &[&[kind, time, 9, 18_800, 500, 2_790]], &[0]),
            set("1 step less a second", &[&[kind, time, 9, 18_800, 500, 89]], &[0]),
        ]
    };
    let five = [50_u128, 30_000, 50, 50, 50, 50];
    let five_bad = [50_u128, 38_000, 50, 50, 50, 50];
    let million = |position: [u128; 6]| position.map(|number| number * 1_000_000);
    vec![
        goal("Position::is_healthy, 1 collateral", "amounts below 2^64", 120, one(&[0, 1], &[0, 0])),
        goal("Position::is_healthy, 1 collateral", "wider amounts", 300, wide(&[0, 1], &[0, 0])),
        row(
            "Position::is_healthy, 5 collaterals",
            vec![
                set("64 bits, healthy", &[&TOKEN, &five], &[0, 1]),
                set("64 bits, unhealthy", &[&TOKEN, &five_bad], &[0, 0]),
                set("wider, healthy", &[&WIDE, &million(five)], &[0, 1]),
            ],
        ),
        row(
            "Position::value, 1 collateral",
            one(&[0], &[0]).into_iter().chain([set("wider", &[&WIDE, &[50_000_000, 7_000_000_000]], &[0])]).collect(),
        ),
        row(
            "Position::may_borrow, 1 collateral",
            vec![
                set("64 bits, permitted", &[&TOKEN, &[50, 6_000, 1]], &[0, 1]),
                set("64 bits, refused", &[&TOKEN, &[50, 7_100, 1]], &[0, 0]),
                set("wider, permitted", &[&WIDE, &[50_000_000, 6_000_000_000, 1]], &[0, 1]),
            ],
        ),
        row(
            "Valuation::health_factor_floor",
            vec![
                set("64 bits", &[&[9_400, 7_520, 7_600]], &[0, 1]),
                set("wider", &[&[10_u128.pow(18), 10_u128.pow(18), 10_u128.pow(17)]], &[0, 1]),
            ],
        ),
        row(
            "plan::assess, 1 collateral",
            vec![
                set("64 bits, liquidate", &[&TOKEN, &[50, 7_600, 100]], &[0, 1]),
                set("64 bits, full bonus", &[&TOKEN, &[50, 7_950, 100]], &[0, 1]),
                set("64 bits, sold whole", &[&TOKEN, &[1, 151, 100]], &[0, 1]),
                set("64 bits, toxic", &[&TOKEN, &[50, 9_390, 100]], &[0, 2]),
                set("64 bits, insolvent", &[&TOKEN, &[50, 9_500, 100]], &[0, 2]),
                set("wider, liquidate", &[&WIDE, &[50_000_000, 7_600_000_000, 100]], &[0, 1]),
            ],
        ),
        row(
            "plan::assess, 5 collaterals",
            vec![
                set("64 bits, liquidate", &[&TOKEN, &five_bad, &[100]], &[0, 1]),
                set("wider, liquidate", &[&WIDE, &million(five_bad), &[100]], &[0, 1]),
            ],
        ),
        row(
            "Plan::partial",
            vec![
                set("64 bits", &[&TOKEN, &[50, 7_600, 100, 1]], &[0, 1]),
                set("64 bits, all of it", &[&TOKEN, &[50, 7_600, 100, 50]], &[0, 1]),
                set("wider", &[&WIDE, &[50_000_000, 7_600_000_000, 100, 1_000_000]], &[0, 1]),
            ],
        ),
        row("Terms::freeze", vec![set("a buffer of 5 %", &[&[9, 18_800, 500]], &[0])]),
        goal("Terms::price, linear", "", 300, auction(0, 14_400)),
        goal("Terms::price, stairs", "", 300, auction(1, 90)),
        goal("Terms::price, exponential", "", 300, auction(2, 7_200)),
        row(
            "Terms::time_to, stairs",
            vec![
                set("to 170", &[&[1, 90, 9, 18_800, 500, 17_000]], &[1]),
                set("never", &[&[1, 90, 9, 18_800, 500, 5_000]], &[0]),
            ],
        ),
        row(
            "Lot::take",
            vec![
                set("64 bits, in part, 11 steps", &[&[1, 90, 9, 18_800, 500, 50, 7_000, 10, 1_000]], &[0]),
                set("64 bits, all, 11 steps", &[&[1, 90, 9, 18_800, 500, 50, 7_000, 50, 1_000]], &[0]),
                set("64 bits, in part, linear", &[&[0, 14_400, 9, 18_800, 500, 50, 7_000, 10, 1_000]], &[0]),
                set("64 bits, in part, exponential", &[&[2, 7_200, 9, 18_800, 500, 50, 7_000, 10, 1_000]], &[0]),
                set(
                    "wider, in part, 11 steps",
                    &[&[1, 90, 18, 18_800, 500, 50_000_000, 7_000_000_000, 10_000_000, 1_000]],
                    &[0],
                ),
            ],
        ),
    ]
}
