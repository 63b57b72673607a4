//! The fixed inputs on which costs are counted: eight per job, in two ranges.

use crate::input::{Auction, Decimals, Ewma, Health, Impact, Plan, Price};

/// Inputs of one range.
#[derive(Clone, Copy, Debug)]
pub struct Cases {
    /// Healthy and unhealthy positions.
    pub health: [Health; 8],
    /// Positions above their threshold.
    pub plan: [Plan; 8],
    /// Auctions at the fortieth step.
    pub auction: [Auction; 8],
    /// Sales of 0.01 % to 10 % of a pool.
    pub impact: [Impact; 8],
    /// Moves of 0.02 % to 4 %, up and down.
    pub ewma: [Ewma; 8],
}

/// Amounts that fit 64 bits: a token of 9 decimals at 23 to 247, in a quote asset of 6.
pub const NARROW: Cases = cases(Range { decimals: Decimals { base: 9, quote: 6 }, amount: 1, price: 1 });

/// Amounts that do not: a token of 18 decimals at 469 to 4,936, in a quote asset of 6.
pub const WIDE: Cases = cases(Range { decimals: Decimals { base: 18, quote: 6 }, amount: 1_000_000_000, price: 20 });

struct Range {
    decimals: Decimals,
    amount: u128,
    price: u64,
}

const AMOUNTS: [u128; 8] = [
    12_345_678_901,
    1_000_000_000_000,
    98_765_432_109,
    543_210_987_654_321,
    7_777_777_777_777,
    3_141_592_653,
    250_000_000_000,
    65_432_109_876_543,
];
const PRICES: [u64; 8] = [
    15_012_345_678,
    2_345_678_901,
    9_876_543_210,
    10_123_456_789,
    24_680_135_790,
    18_765_432_109,
    5_432_109_876,
    13_579_246_801,
];
const HEALTH_LTV_BPS: [u128; 8] = [7_400, 8_100, 2_513, 7_999, 8_001, 6_210, 9_104, 5_555];
const PLAN_LTV_BPS: [u128; 8] = [8_010, 8_123, 8_250, 8_444, 8_600, 8_777, 8_900, 9_300];
const SOLD_PPM: [u128; 8] = [100, 1_234, 5_000, 12_500, 25_000, 50_000, 77_777, 100_000];
const MOVED_PPM: [u64; 8] = [200, 999_500, 1_000_900, 998_000, 1_004_000, 990_000, 1_020_000, 960_000];
const SIGMA: [u32; 8] = [1_311, 2_621, 3_277, 6_554, 13_107, 983, 32_768, 655];
// Half-life, elapsed, 10^18 (1 - 2^(-elapsed / half-life)).
const WEIGHTS: [(u64, u64, u64); 8] = [
    (3_600, 60, 11_485_979_647_103_865),
    (3_600, 12, 2_307_823_472_976_681),
    (86_400, 60, 481_236_377_333_740),
    (1_800, 120, 45_158_396_089_583_449),
    (3_600, 60, 11_485_979_647_103_865),
    (3_600, 1, 192_522_348_682_555),
    (600, 60, 66_967_008_463_192_584),
    (3_600, 60, 11_485_979_647_103_865),
];

const fn price(range: &Range, index: usize) -> Price {
    Price { mantissa: PRICES[index] * range.price, exponent: -8 }
}

const fn position(range: &Range, index: usize, ltv_bps: u128) -> Health {
    let (collateral, price) = (AMOUNTS[index] * range.amount, price(range, index));
    let value = collateral * price.mantissa as u128 / 10_u128.pow(8 + range.decimals.base - range.decimals.quote);
    Health { collateral, debt: value * ltv_bps / 10_000, price, decimals: range.decimals, threshold_bps: 8_000 }
}

const fn plan(range: &Range, index: usize) -> Plan {
    Plan {
        position: position(range, index, PLAN_LTV_BPS[index]),
        close_factor_bps: 2_000,
        cap: 500_000,
        least_bonus_bps: 200,
        most_bonus_bps: 1_000,
    }
}

const fn auction(range: &Range, index: usize) -> Auction {
    let elapsed = 40 * 90 + 11 * index as u64;
    Auction { start: price(range, index), decimals: range.decimals, cut_bps: 9_900, step: 90, elapsed }
}

const fn impact(range: &Range, index: usize) -> Impact {
    let reserve = 1_000 * AMOUNTS[index] * range.amount;
    Impact { reserve, sold: reserve / 1_000_000 * SOLD_PPM[index] + 7 }
}

const fn ewma(range: &Range, index: usize) -> Ewma {
    let before = price(range, index);
    // The first is a rise by so much.
    let part = if index == 0 { 1_000_000 + MOVED_PPM[index] } else { MOVED_PPM[index] };
    let (half_life, elapsed, weight_wad) = WEIGHTS[index];
    Ewma {
        sigma: SIGMA[index],
        before,
        after: Price { mantissa: before.mantissa / 1_000_000 * part + 12_345, exponent: -8 },
        decimals: range.decimals,
        weight_wad,
        elapsed,
        periods: (86_400 / elapsed) as u32,
        half_life,
    }
}

macro_rules! eight {
    ($make:ident, $range:expr $(, $index:literal)*) => { [$($make(&$range, $index)),*] };
}

const fn health(range: &Range, index: usize) -> Health {
    position(range, index, HEALTH_LTV_BPS[index])
}

const fn cases(range: Range) -> Cases {
    Cases {
        health: eight!(health, range, 0, 1, 2, 3, 4, 5, 6, 7),
        plan: eight!(plan, range, 0, 1, 2, 3, 4, 5, 6, 7),
        auction: eight!(auction, range, 0, 1, 2, 3, 4, 5, 6, 7),
        impact: eight!(impact, range, 0, 1, 2, 3, 4, 5, 6, 7),
        ewma: eight!(ewma, range, 0, 1, 2, 3, 4, 5, 6, 7),
    }
}
