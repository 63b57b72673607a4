//! Keepers and attackers.

use super::{Row, row, set};

pub fn rows() -> Vec<Row> {
    let (million, billion) = (1_000_000_u128, 1_000_000_000_u128);
    let work = |size: u128| [size, 500, 600, 15_000];
    let kicked = |tokens: u128, debt: u128| [9, tokens, tokens * 2, debt];
    let wide = [18, 10 * million, 20 * million, 3 * billion];
    let small = [9, 50_000, 20_000];
    let large = [18, 50_000_000, 20_000];
    vec![
        row(
            "RewardConfig::reward_floor",
            vec![
                set("a lot of 10,000", &[&work(10_000)], &[0]),
                set("dust", &[&work(1)], &[0]),
                set("more than 64 bits", &[&work(10_u128.pow(18))], &[0]),
            ],
        ),
        row(
            "RewardConfig::room_floor",
            vec![
                set("a lot of 10,000", &[&work(10_000)], &[0]),
                set("more than 64 bits", &[&work(10_u128.pow(18))], &[0]),
            ],
        ),
        row(
            "RewardConfig::payment",
            vec![
                set("pays", &[&work(10_000), &[5]], &[0, 1]),
                set("too small", &[&work(100), &[5]], &[0, 2, 1]),
                set("no size is enough", &[&work(100), &[501]], &[0, 2, 0]),
            ],
        ),
        row("BondConfig::open", vec![set("64 bits", &[&kicked(50, 15_200)], &[0]), set("wider", &[&wide], &[0])]),
        row(
            "Bond::settle, sold",
            vec![
                set("64 bits, a gain", &[&kicked(50, 15_200), &[100, 50, 9_000]], &[0]),
                set("64 bits, a loss", &[&kicked(50, 15_200), &[100, 50, 10_000]], &[0]),
                set("wider, a gain in part", &[&wide, &[million, million, 180 * million]], &[0]),
            ],
        ),
        row(
            "Bond::settle, unsold",
            vec![
                set("64 bits, a loss", &[&kicked(50, 15_200), &[100, 20_000]], &[0]),
                set("wider, a loss", &[&wide, &[million, 20_000]], &[0]),
            ],
        ),
        row(
            "AnsweringConfig::observe",
            vec![
                set("prompt, after 10 minutes", &[&[30, 1_000, 600]], &[0]),
                set("prompt, after 2,047 s", &[&[30, 1_000, 2_047]], &[0]),
                set("prompt, a part of a whole lot", &[&[30, 999, 3_600]], &[0]),
                set("late", &[&[1_700, 1_000, 600]], &[0]),
            ],
        ),
        row("AnsweringConfig::lot_factor_floor", vec![set("half", &[], &[0])]),
        row("AnsweringConfig::boost_floor", vec![set("half", &[], &[0])]),
        row(
            "attack::least_cost_floor, constant product",
            vec![
                set("64 bits, 5 %", &[&small, &[500]], &[0]),
                set("64 bits, 99 %", &[&small, &[9_900]], &[0]),
                set("wider, 5 %", &[&large, &[500]], &[0]),
            ],
        ),
        row(
            "attack::least_cost_floor, grid of 8",
            vec![
                set("64 bits, 5 %", &[&[9, 200_000, 20_000, 20_000, 500]], &[0]),
                set("64 bits, past the last point", &[&[9, 200_000, 20_000, 20_000, 5_000]], &[0]),
                set("wider, past the last point", &[&[18, 200_000_000, 20_000, 20_000, 5_000]], &[0]),
            ],
        ),
        row(
            "Spoils::collected_ceil",
            vec![
                set("64 bits, 5 %", &[&small, &[500, million]], &[0]),
                set("wider, 5 %", &[&large, &[500, billion]], &[0]),
            ],
        ),
        row(
            "attack::push_verdict, constant product, 4 entries",
            vec![
                set("64 bits, none pays", &[&small, &[500, 5_000]], &[0, 1]),
                set("64 bits, the first pays", &[&small, &[10, 5_000]], &[0, 2]),
                set("wider, none pays", &[&large, &[500, 5_000]], &[0, 1]),
            ],
        ),
        row(
            "attack::push_verdict, grid of 8, 4 entries",
            vec![
                set("64 bits, the first pays", &[&[9, 200_000, 20_000, 20_000, 10, 5_000]], &[0, 2]),
                set("64 bits, from 5 %", &[&[9, 200_000, 20_000, 20_000, 500, 5_000]], &[0]),
                set("wider, from 5 %", &[&[18, 200_000_000, 20_000, 20_000, 500, 5_000]], &[0]),
            ],
        ),
        row(
            "attack::pump_verdict, constant product",
            vec![
                set("64 bits, none pays", &[&small, &[10_000, 7_500, 10_000]], &[0, 1]),
                set("64 bits, pays", &[&small, &[10 * million, 7_500, 10_000]], &[0, 2]),
                set("wider, none pays", &[&large, &[10 * million, 7_500, 10_000]], &[0, 1]),
            ],
        ),
    ]
}
