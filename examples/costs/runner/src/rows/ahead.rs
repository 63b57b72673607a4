//! What the guard says ahead of a crash, and early sales.

use super::{Row, SMALL, WIDE, row, set, sold};

pub fn rows() -> Vec<Row> {
    let both = |small: &[u128], wide: &[u128]| {
        vec![
            set("64 bits", &[&SMALL, small], &[0]),
            set("64 bits, after a sale", &[&sold(SMALL, 50), small], &[0]),
            set("wider", &[&WIDE, wide], &[0]),
        ]
    };
    vec![
        row("Guard::heed", both(&[], &[])),
        row(
            "Guard::forecast, 16 buckets",
            vec![
                set("64 bits, none reached", &[&SMALL, &[100, 100]], &[0, 0, 0]),
                set("64 bits, all reached", &[&SMALL, &[1_000, 3_000]], &[0]),
                set("wider, some reached", &[&WIDE, &[100_000, 1_000]], &[0]),
            ],
        ),
        row("Guard::open_interest_cap", both(&[86_400], &[86_400])),
        row("Guard::restrained", both(&[5_000], &[5_000])),
        row("Guard::no_profitable_push, a pool, one entry", both(&[2_000, 1_000_000], &[2_000, 1_000_000_000])),
        row(
            "Guard::assess, early sales",
            vec![
                set("64 bits, healthy", &[&SMALL, &[50, 3_000]], &[0, 0]),
                set("64 bits, a whale", &[&SMALL, &[20_000, 2_800_000]], &[0, 1]),
                set("64 bits, unhealthy", &[&SMALL, &[50, 7_600]], &[0, 1]),
                set("wider, a whale", &[&WIDE, &[20_000_000, 2_800_000_000]], &[0, 1]),
            ],
        ),
    ]
}
