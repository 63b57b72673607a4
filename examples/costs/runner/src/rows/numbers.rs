//! Numbers, prices and units.

use super::{Row, row, set};

pub fn rows() -> Vec<Row> {
    let (bits60, third) = (1_u128 << 60, u128::MAX / 3);
    let division = || {
        vec![
            set("60 and 60 bits by 61", &[&[bits60, bits60, bits60 + 1]], &[0]),
            set("20 and 40 bits by 40", &[&[1 << 20, 1 << 40, (1 << 40) - 87]], &[0]),
            set("127 and 127 bits by 127", &[&[third, third, third + 1]], &[0]),
            set("100 and 90 bits by 65", &[&[(1 << 100) - 3, (1 << 90) - 5, (1 << 65) - 1]], &[0]),
            set("128 and 64 bits by 64", &[&[u128::MAX, (1 << 64) - 59, (1 << 64) - 1]], &[0]),
        ]
    };
    let root = || {
        vec![
            set("127 bits", &[&[third]], &[]),
            set("64 bits", &[&[(1 << 64) - 1]], &[]),
            set("128 bits", &[&[u128::MAX]], &[]),
            set("zero", &[&[0]], &[]),
        ]
    };
    let amounts = || {
        vec![
            set("one token of 9 decimals at 188", &[&[9, 18_800, 1_000_000_000]], &[0]),
            set("64 bits of it", &[&[9, 18_800, (1 << 64) - 1]], &[0]),
            set("50,000,000 tokens of 18 decimals", &[&[18, 18_800, 50_000_000 * 10_u128.pow(18)]], &[0]),
        ]
    };
    let values = || {
        vec![
            set("100 of quote at 188, 9 decimals", &[&[9, 18_800, 100_000_000]], &[0]),
            set("64 bits of quote", &[&[9, 18_800, (1 << 64) - 1]], &[0]),
            set("100 bits of quote, 9 decimals", &[&[9, 18_800, (1 << 100) - 1]], &[0]),
            set("10^9 of quote, 18 decimals", &[&[18, 18_800, 10_u128.pow(15)]], &[0]),
        ]
    };
    let two = |first: &'static str| {
        vec![
            set(first, &[&[9, 18_800, 20_000]], &[]),
            set("200 and 188", &[&[9, 20_000, 18_800]], &[]),
            set("1 and 250", &[&[9, 100, 25_000]], &[]),
        ]
    };
    vec![
        row("num::mul_div_floor", division()),
        row("num::mul_div_ceil", division()),
        row("num::isqrt_floor", root()),
        row("num::isqrt_ceil", root()),
        row("Price::value_floor", amounts()),
        row("Price::value_ceil", amounts()),
        row("Price::amount_floor", values()),
        row("Price::amount_ceil", values()),
        row("Price::ratio_floor", two("188 and 200")),
        row("Price::drawdown_floor", two("188 and 200")),
        row(
            "Price::scale_ceil",
            vec![
                set("times 1.05", &[&[9, 18_800, 10_500]], &[0]),
                set("times 0.0001", &[&[9, 18_800, 1]], &[0]),
                set("times 1", &[&[9, 18_800, 10_000]], &[0]),
            ],
        ),
        row(
            "Price::from_decimal_floor",
            vec![
                set("19,460 * 10^-5", &[&[19_460, (-5_i128) as u128]], &[0]),
                set("10^18 wad * 10^-30", &[&[194_600_000_000_000_000_000, (-30_i128) as u128]], &[0]),
                set("19,460 * 10^5", &[&[19_460, 5]], &[0]),
            ],
        ),
        row(
            "Price::band_from_pyth",
            vec![
                set("194.6 +- 0.1, 9 decimals", &[&[9, 19_460_000_000, 10_000_000, (-8_i128) as u128]], &[0]),
                set("194.6 +- 0.1, 18 decimals", &[&[18, 19_460_000_000, 10_000_000, (-8_i128) as u128]], &[0]),
            ],
        ),
        row("Ratio::mul_floor", vec![set("0.8 and 1.05", &[&[8_000, 10_500]], &[0])]),
        row(
            "Ratio::div_floor",
            vec![set("0.8 by 1.05", &[&[8_000, 10_500]], &[0]), set("0.8 by 0.0001", &[&[8_000, 1]], &[0])],
        ),
        row(
            "Value::mul_floor",
            vec![
                set("40 bits and 0.8", &[&[1 << 40, 8_000]], &[0]),
                set("64 bits and 0.8", &[&[(1 << 64) - 1, 8_000]], &[0]),
                set("120 bits and 0.8", &[&[(1 << 120) - 1, 8_000]], &[0]),
            ],
        ),
        row(
            "Value::ratio_floor",
            vec![
                set("40 and 40 bits", &[&[1 << 40, (1 << 40) + 1]], &[0]),
                set("64 and 64 bits", &[&[(1 << 64) - 1, (1 << 64) - 59]], &[0]),
                set("120 and 119 bits", &[&[(1 << 120) - 1, (1 << 119) + 12_345]], &[0]),
            ],
        ),
        row(
            "Decay::pow_ceil",
            vec![
                set("60 seconds", &[&[3_600, 60]], &[]),
                set("3,600 seconds", &[&[3_600, 3_600]], &[]),
                set("65,535 seconds", &[&[3_600, 65_535]], &[]),
            ],
        ),
        row("Decay::from_half_life_floor", vec![set("3,600 seconds", &[&[3_600]], &[0])]),
    ]
}
