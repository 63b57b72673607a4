//! Several sellers on one book, and several markets.

use super::{Row, row, set};

pub fn rows() -> Vec<Row> {
    // Burst of 0.25 %, own share of 3 %.
    const BUDGET: [u128; 2] = [25, 300];
    // 20 %, 0.1 %, a day.
    const FALL: [u128; 3] = [2_000, 10, 86_400];
    vec![
        row(
            "share_floor",
            vec![
                set("64 bits", &[&[9, 500, 3_000]], &[0]),
                set("wider", &[&[18, 500_000, 3_000_000]], &[0]),
                set("a total of zero", &[&[9, 0, 0]], &[1_400]),
            ],
        ),
        row(
            "joint_bound_ceil, 8 sellers",
            vec![
                set("no neighbours", &[&[10_000, 0], &BUDGET, &FALL], &[0]),
                set("neighbours of 0.5", &[&[12_500, 5_000], &BUDGET, &FALL], &[0]),
                set("a gain above one", &[&[12_500, 8_000], &BUDGET, &FALL], &[1_402]),
            ],
        ),
        row(
            "effective_kappa_ceil",
            vec![set("neighbours of 0.5", &[&[12_500, 5_000]], &[0]), set("of one", &[&[12_500, 10_000]], &[1_402])],
        ),
        row(
            "own_share_floor",
            vec![
                set("neighbours of 0.5", &[&[2_500, 12_500, 5_000]], &[0]),
                set("of one", &[&[2_500, 12_500, 10_000]], &[0, 0]),
            ],
        ),
        row(
            "Neighbours::accept, 8 neighbours",
            vec![
                set("a newer report", &[&[500, 0, 100, 1_050]], &[0, 1]),
                set("one of the same time", &[&[500, 0, 100, 1_000]], &[0, 1]),
                set("an older one", &[&[500, 0, 100, 999]], &[1_204]),
            ],
        ),
        row(
            "Neighbours::factor, 8 neighbours",
            vec![
                set("all quiet", &[&[500, 0, 1_060]], &[0, 1 << 48]),
                set("all expired", &[&[500, 0, 1_601]], &[0]),
                set("beyond one", &[&[5_000, 4_000, 1_601]], &[0, 0]),
            ],
        ),
        row(
            "Neighbours::narrowed, 8 neighbours",
            vec![set("of 0.05 each", &[&[500]], &[0]), set("beyond one", &[&[5_000]], &[1_402])],
        ),
        row(
            "Neighbours::worst_bound_ceil, 8 neighbours",
            vec![
                set("of 0.05 each", &[&[500], &BUDGET, &FALL], &[0]),
                set("beyond one", &[&[5_000], &BUDGET, &FALL], &[1_402]),
            ],
        ),
        row(
            "CrossImpact::new, 4 markets",
            vec![
                set("0.5 on each other", &[&[5_000], &BUDGET], &[0]),
                set("beyond one", &[&[5_000, 25, 9_000]], &[1_410]),
            ],
        ),
        row(
            "CrossImpact::bound_ceil, 4 markets",
            vec![
                set("8 rounds", &[&[5_000], &BUDGET, &FALL, &[8]], &[0]),
                set("0 rounds", &[&[5_000], &BUDGET, &FALL, &[0]], &[0]),
                set("64 rounds", &[&[5_000, 25, 3_500], &FALL, &[64]], &[0]),
            ],
        ),
        row(
            "largest_scale_floor, 4 markets",
            vec![set("0.5 on each other", &[&[5_000], &BUDGET], &[0]), set("no own share", &[&[5_000, 25, 0]], &[0])],
        ),
    ]
}
