//! Every opponent behind one signature per job: plain integers in, plain numbers out, `None` for an overflow.

use crate::output::{Health, Number, Verdict};
use crate::{damper_side, fixed_i80f48, fixed_u68f60, input, spl_decimal};

/// What a number type keeps of the exact answer to a job, over a range of inputs.
#[derive(Clone, Copy, Debug)]
pub struct Kept {
    /// The error is at most `10^-digits`: of the ratio to its limit (health), of the whole position (plan), of the price
    /// (auction), of one (impact, ewma).
    pub digits: u32,
    /// On top of that, roundings to whole quote atoms (health, plan), by so many.
    pub atoms: u32,
    /// Whether some inputs of the range are refused.
    pub overflows: bool,
}

/// What a number type keeps in each job.
#[derive(Clone, Copy, Debug)]
pub struct Precision {
    /// The health check.
    pub health: Kept,
    /// The liquidation plan.
    pub plan: Kept,
    /// The price asked.
    pub auction: Kept,
    /// The price impact.
    pub impact: Kept,
    /// The variance.
    pub ewma: Kept,
}

/// One number type and its five jobs.
#[derive(Clone, Copy)]
pub struct Opponent {
    /// Name in the tables.
    pub name: &'static str,
    /// Whether its prices are in quote atoms per base atom, not in whole tokens.
    pub per_atom: bool,
    /// What it keeps where amounts fit 64 bits: 9 and 6 decimals, prices of 1 to 5,000, positions worth 10 or more.
    pub narrow: Precision,
    /// What it keeps with 18 and 6 decimals, up to 600,000 tokens.
    pub wide: Precision,
    /// The health check.
    pub health: fn(&input::Health) -> Option<Health<Number>>,
    /// The liquidation plan by klend's rule.
    pub plan: fn(&input::Plan) -> Option<Verdict>,
    /// The price asked in an auction.
    pub auction: fn(&input::Auction) -> Option<Number>,
    /// The price impact of a sale.
    pub impact: fn(&input::Impact) -> Option<Number>,
    /// The variance after one more price.
    pub ewma: fn(&input::Ewma) -> Option<Number>,
}

macro_rules! opponent {
    ($name:literal, $module:ident, $per_atom:literal, $narrow:expr, $wide:expr) => {
        Opponent {
            name: $name,
            per_atom: $per_atom,
            narrow: $narrow,
            wide: $wide,
            health: |input| {
                let Health { healthy, used, limit } = $module::health(&$module::Health::store(input)?)?;
                Some(Health { healthy, used: used.into(), limit: limit.into() })
            },
            plan: |input| $module::plan(&$module::Plan::store(input)?),
            auction: |input| $module::auction(&$module::Auction::store(input)?).map(Into::into),
            impact: |input| $module::impact(&$module::Impact::store(input)?).map(Into::into),
            ewma: |input| $module::ewma(&$module::Ewma::store(input)?).map(Into::into),
        }
    };
}

/// Digits per job (health, plan, auction, impact, ewma), quote atoms in health and plan, and which jobs overflow.
const fn keeps(digits: [u32; 5], atoms: [u32; 2], overflows: [bool; 5]) -> Precision {
    Precision {
        health: Kept { digits: digits[0], atoms: atoms[0], overflows: overflows[0] },
        plan: Kept { digits: digits[1], atoms: atoms[1], overflows: overflows[1] },
        auction: Kept { digits: digits[2], atoms: 0, overflows: overflows[2] },
        impact: Kept { digits: digits[3], atoms: 0, overflows: overflows[3] },
        ewma: Kept { digits: digits[4], atoms: 0, overflows: overflows[4] },
    }
}

const NEVER: [bool; 5] = [false; 5];
/// Amounts above the range of the type: those of health, plan and impact.
const AMOUNTS: [bool; 5] = [true, true, false, true, false];

/// What [`crate::damper_side::assess`] keeps where amounts fit 64 bits.
///
/// With thresholds up to 90 % and bonuses of 3 % to 10 %, `target - t g >= 0.0575`. The value of the collateral is below
/// by two atoms at most, which moves numerator, target and bonus by less than 9 atoms, and 9 / 0.0575 < 160. Ratios are
/// cut at 2^-48: less than 8 of that in the numerator, 5 % of health being the unit; 8 / 0.0575 * 2^-48 = 5e-13.
pub const ASSESS_NARROW: Kept = Kept { digits: 12, atoms: 160, overflows: false };
/// What [`crate::damper_side::assess`] keeps with 18 and 6 decimals: the same, for values are quote atoms in both.
pub const ASSESS_WIDE: Kept = ASSESS_NARROW;

// How the digits follow, `u` being the last place of a type. Prices are at least 0.6, loan-to-value ratios at least 0.05
// (plans: 0.5), values at least 10, auctions end at 0.66 of the start, moves are at most 0.15, and a weight times the
// periods is at most 97.
//
//           U68F60 (u = 8.7e-19) and I80F48 (u = 3.6e-15)
// health    u / 0.6 (price) + u / 10 + u / 0.5 (values) + u / 0.05 (ltv) + u / 0.5 (threshold) < 27 u
// plan      ltv, threshold, bonus and three parts of the whole: < 12 u
// auction   40 u / 0.99 (cut) + 45 u (its powers) + u / 0.6 (start), the first two over values near one: < 100 u
// impact    2 * 1.3 u + u
// ewma      u times a sample of 0.15^2 * 86,400 (weight): < 2,000 u
//
//           spl Decimal (u = 1e-18): decimal prices, ratios and weights are exact
// health    u / 10 + u / 0.05;  plan < 12 u;  auction < 20 u;  impact as above
// ewma      97 (0.3 u + u) < 130 u
//
//           rust_decimal (u = 1e-28, at 28 significant digits): as spl Decimal
//
//           cosmwasm Decimal and Decimal256 (u = 1e-18): prices per atom are at least 6e-4 (narrow) or 6e-13 (wide)
// narrow    as spl Decimal, but auction 2 u / (6e-4 * 0.66)
// wide      a price is cut by up to u / 6e-13 = 1.7e-6; ewma 97 * 0.3 * 1.15 * 1.7e-6
//
//           damper (u = 2^-48 = 3.6e-15 for ratios, 2^-63 for prices and decays)
// health    u / 0.5 (threshold);  plan < 6 u;  auction 40 u / 0.99 (the cut is given as a ratio) + u / 0.66
// impact    2.6 u + u;  ewma 97 * 0.3 u (the move is a ratio) < 30 u

/// All of them, damper last.
pub const OPPONENTS: &[Opponent] = &[
    opponent!(
        "fixed U68F60",
        fixed_u68f60,
        false,
        keeps([16, 16, 16, 17, 14], [0, 0], NEVER),
        keeps([16, 16, 16, 17, 14], [0, 0], AMOUNTS)
    ),
    opponent!(
        "fixed I80F48",
        fixed_i80f48,
        false,
        keeps([13, 13, 12, 13, 11], [0, 0], NEVER),
        keeps([13, 13, 12, 13, 11], [0, 0], AMOUNTS)
    ),
    opponent!(
        "spl Decimal",
        spl_decimal,
        false,
        keeps([16, 16, 16, 17, 15], [0, 0], NEVER),
        keeps([16, 16, 16, 17, 15], [0, 0], AMOUNTS)
    ),
    #[cfg(feature = "rust_decimal")]
    opponent!(
        "rust_decimal",
        decimal96,
        false,
        keeps([26, 26, 26, 27, 25], [0, 0], NEVER),
        keeps([26, 26, 26, 27, 25], [0, 0], NEVER)
    ),
    #[cfg(feature = "cosmwasm")]
    opponent!(
        "cosmwasm Decimal",
        cosmwasm_decimal,
        true,
        keeps([16, 16, 14, 17, 15], [1, 3], NEVER),
        keeps([5, 5, 5, 17, 4], [1, 3], NEVER)
    ),
    #[cfg(feature = "cosmwasm")]
    opponent!(
        "cosmwasm Decimal256",
        cosmwasm_decimal256,
        true,
        keeps([16, 16, 14, 17, 15], [1, 3], NEVER),
        keeps([5, 5, 5, 17, 4], [1, 3], NEVER)
    ),
    opponent!(
        "damper",
        damper_side,
        true,
        keeps([14, 13, 12, 13, 12], [2, 3], NEVER),
        keeps([14, 13, 12, 13, 12], [2, 3], NEVER)
    ),
];

#[cfg(feature = "rust_decimal")]
use crate::decimal96;
#[cfg(feature = "cosmwasm")]
use crate::{cosmwasm_decimal, cosmwasm_decimal256};
