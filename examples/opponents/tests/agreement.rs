//! Every opponent, and damper, give the exact answer to within what `Precision` states for them.

mod exact;

use damper::units::{Decay, Seconds};
use exact::{Rational, frac, int, number};
use num_traits::{One, Signed, ToPrimitive, Zero};
use opponents::damper_side::{self, Assess};
use opponents::input::{Auction, Decimals, Ewma, Health, Impact, Plan, Price};
use opponents::output::Verdict;
use opponents::table::{ASSESS_NARROW, ASSESS_WIDE, Kept, OPPONENTS, Opponent, Precision};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

/// A range of realistic inputs, as bit lengths.
#[derive(Clone, Copy)]
struct Range {
    name: &'static str,
    decimals: Decimals,
    collateral: (u32, u32),
    reserve: (u32, u32),
    precision: fn(&Opponent) -> &Precision,
    assess: Kept,
}

const NARROW: Range = Range {
    name: "narrow",
    decimals: Decimals { base: 9, quote: 6 },
    collateral: (27, 49),
    reserve: (40, 56),
    precision: |opponent| &opponent.narrow,
    assess: ASSESS_NARROW,
};

const WIDE: Range = Range {
    name: "wide",
    decimals: Decimals { base: 18, quote: 6 },
    collateral: (56, 79),
    reserve: (66, 83),
    precision: |opponent| &opponent.wide,
    assess: ASSESS_WIDE,
};

/// A number of a random length within the two.
fn bits((least, most): (u32, u32)) -> impl Strategy<Value = u128> {
    (least..=most, any::<u128>()).prop_map(|(length, random)| (random >> (128 - length)) | (1 << (length - 1)))
}

fn price() -> impl Strategy<Value = Price> {
    // 0.67 to 5,500, with the eight decimals of an oracle.
    bits((27, 39)).prop_map(|mantissa| Price { mantissa: mantissa as u64, exponent: -8 })
}

/// A position worth at least 10, with a loan-to-value ratio in parts of 10^9 of its threshold.
fn position(range: Range, used: impl Strategy<Value = u64>) -> impl Strategy<Value = Health> {
    (bits(range.collateral), price(), 5_000_u16..=9_000, used)
        .prop_map(move |(collateral, price, threshold_bps, used)| {
            let at = Health { collateral, debt: 0, price, decimals: range.decimals, threshold_bps };
            let debt = exact::value(&at) * exact::bps(threshold_bps) * frac(used, 1_000_000_000);
            Health { debt: debt.round().to_integer().to_u128().unwrap_or(u128::MAX), ..at }
        })
        .prop_filter("worth at least 10", |position| exact::value(position) >= int(10_000_000))
}

fn healths(range: Range) -> impl Strategy<Value = Health> {
    position(range, prop_oneof![Just(1_000_000_000), 999_999_990_u64..1_000_000_010, 100_000_000_u64..1_300_000_000])
}

fn plans(range: Range) -> impl Strategy<Value = Plan> {
    let rule = (1_u16..=100, 10_u64..10_000_000, 0_u16..=300, 300_u16..=1_000);
    (position(range, 1_000_001_000_u64..1_300_000_000), rule).prop_map(|(position, (close, cap, least, most))| Plan {
        position,
        close_factor_bps: close * 100,
        cap,
        least_bonus_bps: least,
        most_bonus_bps: most,
    })
}

fn auctions(range: Range) -> impl Strategy<Value = Auction> {
    (price(), prop_oneof![Just(9_900), Just(9_950), Just(9_990)], 0_u64..3_690).prop_map(
        move |(start, cut_bps, elapsed)| Auction { start, decimals: range.decimals, cut_bps, step: 90, elapsed },
    )
}

fn impacts(range: Range) -> impl Strategy<Value = Impact> {
    (bits(range.reserve), 1_u128..300_000, 0_u128..1_000)
        .prop_map(|(reserve, ppm, more)| Impact { reserve, sold: reserve / 1_000_000 * ppm + more })
}

/// Half-life, elapsed, `10^18 (1 - 2^(-elapsed / half_life))`.
const WEIGHTS: [(u64, u64, u64); 6] = [
    (3_600, 60, 11_485_979_647_103_865),
    (3_600, 12, 2_307_823_472_976_681),
    (86_400, 60, 481_236_377_333_740),
    (1_800, 120, 45_158_396_089_583_449),
    (3_600, 1, 192_522_348_682_555),
    (600, 60, 66_967_008_463_192_584),
];

/// Volatility of 1 % to 100 % a day, moves of 0.001 % to 10 %.
fn ewmas(range: Range) -> impl Strategy<Value = Ewma> {
    (656_u32..65_536, price(), bits((4, 17)), any::<bool>(), 0..WEIGHTS.len()).prop_map(
        move |(sigma, before, moved, up, index)| {
            let ppm = if up { 1_000_000 + moved } else { 1_000_000 - moved };
            let after = u128::from(before.mantissa) * ppm / 1_000_000;
            let (half_life, elapsed, weight_wad) = WEIGHTS[index];
            let after = Price { mantissa: after as u64, exponent: -8 };
            let periods = (86_400 / elapsed) as u32;
            Ewma { sigma, before, after, decimals: range.decimals, weight_wad, elapsed, periods, half_life }
        },
    )
}

fn excess(error: Rational, allowed: Rational) -> Rational {
    (error.abs() - allowed).max(Rational::zero())
}

// The error of each job beyond the atoms allowed, in the unit that `Kept::digits` counts; `None` for an overflow. `Err`
// for a decision that is wrong although the margin is beyond the stated error.

fn health_error(opponent: &Opponent, kept: Kept, input: &Health) -> Result<Option<Rational>, TestCaseError> {
    let Some(got) = (opponent.health)(input) else { return Ok(None) };
    let limit = exact::value(input) * exact::bps(input.threshold_bps);
    let used = int(input.debt) / &limit;
    let atoms = int(kept.atoms);
    let allowed = &atoms / (&limit - &atoms);
    let got_used = number(got.used) / number(got.limit);
    let margin = &used - Rational::one();
    if margin.abs() > &allowed + bound(kept) {
        prop_assert_eq!(got.healthy, margin.is_negative(), "{} {:?}", opponent.name, input);
    }
    Ok(Some(excess(got_used / used - Rational::one(), allowed)))
}

/// By how much `off` is outside `-below` to `above`.
fn outside(off: Rational, below: Rational, above: Rational) -> Rational {
    (&off - above).max(-off - below).max(Rational::zero())
}

/// What is repaid is rounded up to an atom; what is sold is rounded as `sell_up` says.
fn sale_error(
    got: Verdict,
    wanted: Option<(Rational, Rational)>,
    kept: Kept,
    input: &Plan,
    sell_up: bool,
) -> Result<Rational, TestCaseError> {
    let position = &input.position;
    match (got, wanted) {
        (Verdict::Healthy, None) => Ok(Rational::zero()),
        (Verdict::Sell { sell, repay }, Some((exact_sell, exact_repay))) => {
            let (one, atoms) = (Rational::one(), int(kept.atoms));
            // A part of the debt is exact; what all the collateral repays follows from its value, which is rounded.
            let by_value = sell_up || sell == position.collateral;
            let below = if by_value { atoms.clone() } else { Rational::zero() };
            let repay = outside(int(repay) - exact_repay, below, &atoms + &one) / int(position.debt);
            let atoms = atoms / (exact::price(position.price) * exact::per_atom(position.decimals));
            let (below, above) = if sell_up { (atoms.clone(), atoms + one) } else { (&atoms + one, atoms) };
            let sell = outside(int(sell) - exact_sell, below, above) / int(position.collateral);
            Ok(repay.max(sell))
        }
        (got, wanted) => Err(TestCaseError::fail(format!("{got:?} instead of {wanted:?} for {input:?}"))),
    }
}

fn plan_error(opponent: &Opponent, kept: Kept, input: &Plan) -> Result<Option<Rational>, TestCaseError> {
    let Some(got) = (opponent.plan)(input) else { return Ok(None) };
    sale_error(got, exact::plan(input), kept, input, false).map(Some)
}

/// `Ok(None)` where the position goes to the backstop, rightly.
fn assess_error(kept: Kept, input: &Plan) -> Result<Option<Rational>, TestCaseError> {
    let stored = Assess::store(input).expect("in range");
    let (wanted, spare) = exact::assess(input);
    // The quotient of value and debt is rounded, and the value by an atom.
    let edge = bound(kept) + int(2) / int(input.position.debt);
    match damper_side::assess(&stored) {
        None => {
            prop_assert!(spare < edge, "backstop with {:?} to spare: {:?}", spare.to_f64(), input);
            Ok(None)
        }
        Some(_) if spare.is_negative() => {
            prop_assert!(-&spare < edge, "sold with {:?} to spare: {:?}", spare.to_f64(), input);
            Ok(None)
        }
        Some(got) => sale_error(got, Some(wanted), kept, input, true).map(Some),
    }
}

fn auction_error(opponent: &Opponent, input: &Auction) -> Option<Rational> {
    let got = number((opponent.auction)(input)?);
    let got = if opponent.per_atom { got / exact::per_atom(input.decimals) } else { got };
    Some((got / exact::auction(input) - Rational::one()).abs())
}

fn impact_error(opponent: &Opponent, input: &Impact) -> Option<Rational> {
    Some((number((opponent.impact)(input)?) - exact::impact(input)).abs())
}

fn ewma_error(opponent: &Opponent, input: &Ewma) -> Option<Rational> {
    Some((number((opponent.ewma)(input)?) - exact::ewma(input)).abs())
}

fn bound(kept: Kept) -> Rational {
    exact::power(10, -(kept.digits as i32))
}

fn check(opponent: &str, job: &str, kept: Kept, error: Option<Rational>) -> Result<(), TestCaseError> {
    let Some(error) = error else {
        prop_assert!(kept.overflows, "{} {} refuses an input", opponent, job);
        return Ok(());
    };
    prop_assert!(error <= bound(kept), "{} {}: {:?} above 10^-{}", opponent, job, error.to_f64(), kept.digits);
    Ok(())
}

macro_rules! agree {
    ($name:ident, $range:expr) => {
        proptest! {
            #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]
            #[test]
            fn $name(
                health in healths($range), plan in plans($range), auction in auctions($range),
                impact in impacts($range), ewma in ewmas($range),
            ) {
                for opponent in OPPONENTS {
                    let kept = ($range.precision)(opponent);
                    check(opponent.name, "health", kept.health, health_error(opponent, kept.health, &health)?)?;
                    check(opponent.name, "plan", kept.plan, plan_error(opponent, kept.plan, &plan)?)?;
                    check(opponent.name, "auction", kept.auction, auction_error(opponent, &auction))?;
                    check(opponent.name, "impact", kept.impact, impact_error(opponent, &impact))?;
                    check(opponent.name, "ewma", kept.ewma, ewma_error(opponent, &ewma))?;
                }
                if let Some(error) = assess_error($range.assess, &plan)? {
                    check("damper", "assess", $range.assess, Some(error))?;
                }
            }
        }
    };
}

agree!(all_agree_where_amounts_fit_64_bits, NARROW);
agree!(all_agree_with_18_decimals, WIDE);

/// Where the types end: worth of a position in a token of 18 decimals, in whole quote tokens.
#[test]
fn where_amounts_overflow() {
    // An amount in atoms times a price in whole tokens must fit before it is divided by 10^18.
    let ends = [("fixed U68F60", 295), ("fixed I80F48", 604_462), ("spl Decimal", 6_277)];
    for (name, end) in ends {
        let opponent = OPPONENTS.iter().find(|opponent| opponent.name == name).expect("in the table");
        let worth = |whole: u128| Health {
            collateral: whole * 1_000_000_000_000_000_000 / 100,
            debt: whole * 500_000,
            price: Price { mantissa: 10_000_000_000, exponent: -8 },
            decimals: WIDE.decimals,
            threshold_bps: 8_000,
        };
        assert!((opponent.health)(&worth(end)).is_some_and(|health| health.healthy), "{name}");
        assert!((opponent.health)(&worth(end + 1)).is_none(), "{name}");
    }
}

/// A price per atom of 18 decimals leaves few digits of 18.
#[test]
fn where_digits_are_lost() {
    let start = Price { mantissa: 123_456_789, exponent: -8 };
    let auction = Auction { start, decimals: WIDE.decimals, cut_bps: 9_900, step: 90, elapsed: 0 };
    for opponent in OPPONENTS {
        let lost = auction_error(opponent, &auction).expect("in range") > exact::power(10, -7);
        assert_eq!(lost, opponent.name.starts_with("cosmwasm"), "{}", opponent.name);
    }
}

/// The weights are those that damper computes from the half-lives, to within 10^-16.
#[test]
fn weights_are_those_of_the_half_lives() {
    for (half_life, elapsed, weight_wad) in WEIGHTS {
        let decay = Decay::from_half_life_floor(Seconds::new(half_life)).expect("above zero");
        let decay = num_traits::Pow::pow(frac(decay.to_bits(), 1_u64 << 63), elapsed as i32);
        let weight = frac(weight_wad, 1_000_000_000_000_000_000_u64);
        assert!((Rational::one() - decay - weight).abs() < exact::power(10, -16), "{half_life} {elapsed}");
    }
}

/// Largest error, and how many inputs were refused, over the same inputs in every run.
fn worst<T: std::fmt::Debug>(
    inputs: impl Strategy<Value = T>,
    mut error: impl FnMut(&T) -> Option<Rational>,
) -> (f64, u32) {
    let mut runner = TestRunner::deterministic();
    let (mut most, mut refused) = (Rational::zero(), 0);
    for _ in 0..4_000 {
        let input = inputs.new_tree(&mut runner).expect("a value").current();
        match error(&input) {
            Some(error) => most = most.max(error),
            None => refused += 1,
        }
    }
    (most.to_f64().expect("a number"), refused)
}

/// The ledger is met, and by at most three digits, which is what random inputs leave of a worst case.
#[test]
fn ledger() {
    let mut failed = false;
    for range in [NARROW, WIDE] {
        println!("{}: error (digits stated), share of inputs refused", range.name);
        let mut line = |name: &str, job: &str, kept: Kept, (most, refused): (f64, u32)| {
            // Nothing beyond the atoms allowed: the digits stated follow from the type alone.
            let slack = if most > 0.0 { -most.log10() - f64::from(kept.digits) } else { 0.0 };
            let right = (0.0..=3.0).contains(&slack) && (refused > 0) == kept.overflows;
            println!(
                "{:20} {:8} {:9.1e} ({:2}) {:5.1} % {}",
                name,
                job,
                most,
                kept.digits,
                f64::from(refused) / 40.0,
                if right { "" } else { "NOT AS STATED" }
            );
            failed |= !right;
        };
        for opponent in OPPONENTS {
            let kept = (range.precision)(opponent);
            let name = opponent.name;
            let error = |input: &Health| health_error(opponent, kept.health, input).expect("right decision");
            line(name, "health", kept.health, worst(healths(range), error));
            let error = |input: &Plan| plan_error(opponent, kept.plan, input).expect("right decision");
            line(name, "plan", kept.plan, worst(plans(range), error));
            line(name, "auction", kept.auction, worst(auctions(range), |input| auction_error(opponent, input)));
            line(name, "impact", kept.impact, worst(impacts(range), |input| impact_error(opponent, input)));
            line(name, "ewma", kept.ewma, worst(ewmas(range), |input| ewma_error(opponent, input)));
        }
        // Positions for the backstop are not sold, which is no overflow.
        let (most, _) = worst(plans(range), |input| assess_error(range.assess, input).expect("right decision"));
        line("damper", "assess", range.assess, (most, 0));
    }
    assert!(!failed, "see the lines marked NOT AS STATED");
}
