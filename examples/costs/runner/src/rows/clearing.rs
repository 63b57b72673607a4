//! Time to clear, the chance of insolvency, and the order of service.

use super::{LADDER, Row, SMALL, WIDE, WIDE_LADDER, row, set, sold};

pub fn rows() -> Vec<Row> {
    let backlog = |argument: u128, many: u128| {
        vec![
            set("64 bits", &[&SMALL, &[argument]], &[0]),
            set("64 bits, after a sale", &[&sold(SMALL, 50), &[argument]], &[0]),
            set("wider", &[&WIDE, &[many]], &[0]),
        ]
    };
    let grid = |argument: u128, many: u128| {
        vec![set("64 bits", &[&LADDER, &[argument]], &[0]), set("wider", &[&WIDE_LADDER, &[many]], &[0])]
    };
    let chance = || {
        vec![
            set("5 % a day, 1 hour, 4 % away", &[&[500, 100, 3_600, 500]], &[0]),
            set("20 % a day, 11 days, 20 % away", &[&[2_000, 100, 1_000_000, 2_000]], &[0]),
            set("no slack", &[&[500, 100, 3_600, 100]], &[0]),
        ]
    };
    vec![
        row(
            "clearing::relative_fall_ceil",
            vec![
                set("0.5", &[&[1 << 47]], &[0]),
                set("0.3", &[&[84_442_493_013_196]], &[0]),
                set("all digits", &[&[(1 << 64) - 1]], &[0]),
            ],
        ),
        row(
            "clearing::bad_debt_ceil, 8 positions",
            vec![
                set("64 bits", &[&[9, 18_800, 50, 7_600, 2_500]], &[0]),
                set("wider", &[&[18, 18_800, 50_000_000, 7_600_000_000, 2_500]], &[0]),
            ],
        ),
        row("clearing::safe_ltv_floor", vec![set("25 %, 8 %", &[&[2_500, 800]], &[0])]),
        row(
            "clearing::slack_floor",
            vec![
                set("64 bits", &[&[9_400, 7_600, 800]], &[0]),
                set("wider", &[&[9_400_000_000_000_000_000, 7_600_000_000_000_000_000, 800]], &[0]),
            ],
        ),
        row("Throttle::clearing_floor", vec![set("0.4 %", &[&[40]], &[0, 0]), set("10 %", &[&[1_000]], &[0])]),
        row("Backlog::clearing_ceil, constant product", backlog(500, 500_000)),
        row("Backlog::clearing_ceil, grid of 8", grid(500, 500_000)),
        row("Backlog::largest_sale_floor, constant product", backlog(14_400, 14_400)),
        row("Backlog::largest_sale_floor, grid of 8", grid(14_400, 14_400)),
        row("Backlog::band_caps_floor, 4 bands", backlog(50, 50_000)),
        row("RiskConfig::chance_ceil, any law", chance()),
        row("RiskConfig::chance_ceil, sub-Gaussian", chance()),
        row(
            "RiskConfig::start_slack, sub-Gaussian",
            vec![
                set("5 % a day, 1 hour", &[&[500, 100, 3_600]], &[0]),
                set("20 % a day, 11 days", &[&[2_000, 100, 1_000_000]], &[0]),
            ],
        ),
        row(
            "Queue::admit, 16 places",
            vec![
                set("behind 15", &[&[15, 20_000]], &[0]),
                set("before 15", &[&[15, 0]], &[0]),
                set("the first", &[&[0, 20_000]], &[0]),
                set("the last of 16 gives up its place to the first", &[&[16, 0]], &[0]),
            ],
        ),
        row(
            "Queue::admit_in_time, 16 places",
            vec![
                set("before 15, all in time", &[&[15, 100, 1_000_000]], &[0]),
                set("before 15, a place given up", &[&[16, 100, 1_000_000]], &[0]),
                set("behind 15", &[&[15, 20_000, 1_000_000]], &[0]),
            ],
        ),
        row(
            "Queue::first_missed, 16 places",
            vec![
                set("16, all in time", &[&[16, 1_000_000]], &[0, 0]),
                set("16, the last misses", &[&[16, 1_600]], &[0]),
            ],
        ),
        row(
            "Queue::serve, 16 places",
            vec![set("16, all of the first", &[&[16, 1_000_000]], &[0]), set("16, in part", &[&[16, 1_000]], &[0])],
        ),
    ]
}
