//! The worked examples of SPEC.md: each is computed by the crate, and printed in the entry word for word as it is here.
//!
//! An example is the paragraph of an entry that begins with `Example.`. Each test builds that paragraph from the values
//! that it has computed and compares the whole: neither a result nor an input can change on one side alone.

#[path = "support/market.rs"]
mod market;

use damper::Error;
use damper::answering::{Answer, AnsweringConfig, AnsweringParams};
use damper::appetite::{AppetiteConfig, AppetiteParams};
use damper::assets::{CrossImpact, CrossImpactParams, largest_scale_floor};
use damper::attack::{Push, Reach, Spoils, borrowed_ceil, least_cost_floor, no_profitable_push};
use damper::auction::{AuctionConfig, AuctionParams, Lot, Returned, Terms};
use damper::bond::{BondConfig, BondParams, Kicked, Outcome};
use damper::book::{Band, Book, Shape, Snapshot};
use damper::breaker::{Breaker, BreakerConfig, BreakerParams, Level, Stops};
use damper::cascade::{self, Cascade};
use damper::clearing::{
    Backlog, Clearing, Holding, PaceConfig, PaceParams, Throttle, bad_debt_ceil, log_impact_floor, relative_fall_ceil,
    safe_ltv_floor, slack_floor, slack_time_floor,
};
use damper::coordination::{
    Budget, Neighbours, Registration, Report, Reports, joint_bound_ceil, own_share_floor, share_floor,
};
use damper::curve::Curve;
use damper::delta::{DeltaConfig, DeltaParams, Trade};
use damper::depth::{Depth, DepthConfig, DepthObservation, DepthParams};
use damper::early::{EarlyRule, Start};
use damper::exposure::{self, ExposureMap, PriceGrid, Reporter, trigger_price_ceil};
use damper::guard::{Decision, Guard, GuardParams, GuardState, Observation};
use damper::health::{Debt, Position};
use damper::hedge::{
    Binding, InsuranceConfig, InsuranceParams, Insurer, Loop, MultiplierLimit, Rebalance, gap_shortfall_ceil,
    value_per_move_floor,
};
use damper::keeper::{Payment, RewardConfig, RewardParams, Work};
use damper::ledger::{Exposure, Ledger, LedgerConfig, LedgerParams};
use damper::num::{isqrt_ceil, isqrt_floor, mul_div_ceil, mul_div_floor};
use damper::oracle::{OracleConfig, PriceObservation};
use damper::parameters::Parameters;
use damper::plan::{Assessment, Market, Plan, PlanConfig, PlanParams, assess};
use damper::price::{Price, PriceBand};
use damper::queue::Queue;
use damper::ratio::Ratio;
use damper::risk::{Law, Peril, RiskConfig, RiskParams};
use damper::schedule::{Ramp, Schedule, ScheduleConfig, ScheduleParams};
use damper::selling::{Bid, Kick};
use damper::shadow::Shadow;
use damper::solvency::{AtThreshold, Crash, bound_ceil, charged_in_time_floor, sold_floor};
use damper::sources::{Source, SourcesConfig, SourcesParams, SourcesState, Standing};
use damper::stress::{DepthProfile, Internal, Signal, StressConfig, StressParams};
use damper::two_sided::{Side, Swing, TwoSided, TwoSidedConfig, TwoSidedParams};
use damper::units::{Amount, Decay, Rate, Seconds, Timestamp, Value};
use damper::volatility::{Volatility, VolatilityConfig, VolatilityParams};
use damper::window::Window;
use std::fmt;

// What stands in SPEC.md.

fn spec() -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/SPEC.md");
    std::fs::read_to_string(path).expect("SPEC.md")
}

/// The word that a line defines, if it opens an entry: `D5` of "D5. Ledger", `T-A` of "### T-A. Amplification".
fn opens(line: &str) -> Option<&str> {
    let line = line.strip_prefix("### ").unwrap_or(line);
    let (word, _) = line.split_once(". ")?;
    let (letter, number) = word.split_at_checked(1)?;
    let numbered = number == "-A" || (!number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()));
    ("NDIT".contains(letter) && numbered).then_some(word)
}

/// The lines of an entry.
fn entry<'a>(spec: &'a str, name: &str) -> Vec<&'a str> {
    let from_here = spec.lines().skip_while(|line| opens(line) != Some(name));
    let mut lines: Vec<&str> = from_here.clone().take(1).collect();
    lines.extend(from_here.skip(1).take_while(|line| opens(line).is_none() && !line.starts_with("##")));
    lines
}

/// The example of an entry, its lines joined.
fn example(spec: &str, name: &str) -> Option<String> {
    let lines = entry(spec, name);
    let rest = lines.into_iter().skip_while(|line| !line.starts_with("Example. "));
    let lines: Vec<&str> = rest.take_while(|line| !line.is_empty()).collect();
    (!lines.is_empty()).then(|| lines.join(" "))
}

#[track_caller]
fn says(name: &str, text: &str) {
    assert_eq!(example(&spec(), name).as_deref(), Some(text), "the example of {name}");
}

/// What is wrong with the examples as a whole.
fn complaints(spec: &str) -> Vec<String> {
    let here = include_str!("worked.rs");
    let mut wrong = Vec::new();
    let defined: Vec<&str> = spec.lines().filter_map(opens).collect();
    let twice = |name: &&&str| defined.iter().filter(|other| other == name).count() > 1;
    wrong.extend(defined.iter().filter(twice).map(|name| format!("{name} is defined twice")));
    for name in (1..=32).map(|number| format!("D{number}")) {
        if !defined.contains(&name.as_str()) {
            wrong.push(format!("{name} is not there"));
        }
    }
    let with_example: Vec<&str> = defined
        .into_iter()
        .filter(|name| example(spec, name).is_some() || name.starts_with('D') || COMPUTABLE.contains(name))
        .collect();
    for name in with_example {
        if example(spec, name).is_none() {
            wrong.push(format!("{name} has no example"));
        }
        let call = format!("says(\"{name}\",");
        let mut called = here.match_indices(&call);
        let Some((place, _)) = called.next() else {
            wrong.push(format!("{name} has no test"));
            continue;
        };
        if called.next().is_some() {
            wrong.push(format!("{name} has two tests"));
        }
        let test = here[..place].rsplit("\nfn ").next().and_then(|text| text.split('(').next()).unwrap_or_default();
        let prefix = format!("{}_", name.to_lowercase().replace('-', ""));
        if !test.starts_with(&prefix) {
            wrong.push(format!("{name} is tested by {test}"));
        }
        if !entry(spec, name).join(" ").contains(&format!("`worked::{test}`")) {
            wrong.push(format!("{name} does not name worked::{test}"));
        }
    }
    wrong
}

/// Entries beside the definitions that have something to compute.
const COMPUTABLE: [&str; 21] = [
    "N4", "N5", "N7", "N10", "I1", "I3", "T-A", "T2", "T4", "T5", "T6", "T7", "T8", "T10", "T12", "T13", "T14", "T16",
    "T17", "T19", "T20",
];

#[test]
fn every_definition_has_an_example_and_a_test() {
    assert_eq!(complaints(&spec()), Vec::<String>::new());
}

#[test]
fn the_count_bites() {
    let spec = spec();
    let without = spec.replacen("\nExample. ", "\nFor example, ", 1);
    assert_ne!(complaints(&without), Vec::<String>::new(), "an example less");
    let unnamed = spec.replacen("`worked::d5_ledger`", "`ledger`", 1);
    assert_ne!(complaints(&unnamed), Vec::<String>::new(), "a test that is not named");
    let renamed = spec.replacen("\nD7. ", "\nD70. ", 1);
    assert_ne!(complaints(&renamed), Vec::<String>::new(), "an entry without a test");
}

/// Each digit of each example is compared: with any one of them changed, the text is another one.
#[test]
fn a_doctored_digit_is_seen() {
    let spec = spec();
    let names: Vec<&str> = spec.lines().filter_map(opens).filter(|name| example(&spec, name).is_some()).collect();
    assert!(names.len() >= 28 + COMPUTABLE.len());
    for name in names {
        let text = example(&spec, name).expect("filtered");
        let start = spec.lines().position(|line| opens(line) == Some(name)).expect("defined");
        let lines: Vec<&str> = spec.lines().collect();
        let first = (start..lines.len()).find(|&index| lines[index].starts_with("Example. ")).expect("an example");
        let last = (first..lines.len()).find(|&index| lines[index].is_empty()).expect("an end");
        for row in first..last {
            for (place, digit) in lines[row].char_indices().filter(|(_, c)| c.is_ascii_digit()) {
                let other = if digit == '9' { "8" } else { "9" };
                let mut line = lines[row].to_string();
                line.replace_range(place..=place, other);
                let mut doctored = lines.clone();
                doctored[row] = &line;
                let doctored = doctored[start..=last].join("\n");
                assert_ne!(example(&doctored, name).as_ref(), Some(&text), "{name}, {line}");
            }
        }
    }
}

// What is printed between backticks is recomputed.

/// An exact fraction, the denominator above zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Exact(i128, i128);

impl Exact {
    fn of(numerator: i128, denominator: i128) -> Option<Exact> {
        let (mut a, mut b) = (numerator.unsigned_abs(), denominator.unsigned_abs());
        while b != 0 {
            (a, b) = (b, a % b);
        }
        let gcd = i128::try_from(a).ok().filter(|gcd| *gcd > 0)?;
        (denominator != 0).then(|| Exact(numerator / gcd * denominator.signum(), denominator.abs() / gcd))
    }
    fn plus(self, other: Exact) -> Option<Exact> {
        let cross = self.0.checked_mul(other.1)?.checked_add(other.0.checked_mul(self.1)?)?;
        Exact::of(cross, self.1.checked_mul(other.1)?)
    }
    fn times(self, other: Exact) -> Option<Exact> {
        Exact::of(self.0.checked_mul(other.0)?, self.1.checked_mul(other.1)?)
    }
    fn over(self, other: Exact) -> Option<Exact> {
        self.times(Exact::of(other.1, other.0)?)
    }
    fn minus(self, other: Exact) -> Option<Exact> {
        self.plus(Exact(-other.0, other.1))
    }
    fn floor(self) -> i128 {
        self.0.div_euclid(self.1)
    }
}

/// A number as printed: a fraction, and the place of its last decimal if it has decimals.
type Printed = (Exact, Option<i128>);

/// Reads sums and products, with `floor`, `ceil`, `min`, `max`, powers, and steps of a calculation joined by `=` or an
/// order.
struct Sums<'a> {
    rest: &'a str,
    /// Steps that do not agree.
    wrong: Vec<String>,
    /// Steps that do.
    right: usize,
}

impl<'a> Sums<'a> {
    fn take(&mut self, token: &str) -> bool {
        let rest = self.rest.trim_start();
        let Some(after) = rest.strip_prefix(token) else { return false };
        self.rest = after;
        true
    }
    fn number(&mut self) -> Option<Printed> {
        let rest = self.rest.trim_start();
        let end = rest.char_indices().find(|&(place, c)| {
            let next = rest[place + c.len_utf8()..].starts_with(|d: char| d.is_ascii_digit());
            !(c.is_ascii_digit() || (matches!(c, ',' | '.') && next))
        });
        let (digits, after) = rest.split_at(end.map_or(rest.len(), |(place, _)| place));
        self.rest = after;
        let digits = digits.replace(',', "");
        let (whole, part) = digits.split_once('.').unwrap_or((&digits, ""));
        let unit = 10_i128.pow(u32::try_from(part.len()).ok()?);
        let value = Exact::of(format!("{whole}{part}").parse().ok()?, unit)?;
        Some((value, (unit > 1).then_some(unit)))
    }
    fn atom(&mut self) -> Option<Printed> {
        for (name, function) in [("floor(", 0), ("ceil(", 1), ("min(", 2), ("max(", 3), ("(", 4)] {
            if self.take(name) {
                let first = self.chain()?;
                let mut value = first.0;
                while self.take(",") {
                    let other = self.chain()?.0;
                    let less = other.minus(value)?.0 < 0;
                    value = if (function == 2) == less { other } else { value };
                }
                let done = self.take(")");
                let value = match function {
                    0 => Exact(value.floor(), 1),
                    1 => Exact(-Exact(-value.0, value.1).floor(), 1),
                    _ => value,
                };
                return done.then_some((value, None));
            }
        }
        self.number()
    }
    fn power(&mut self) -> Option<Printed> {
        let base = self.atom()?;
        if !self.take("^") {
            return Some(base);
        }
        let down = self.take("-");
        let exponent = self.number()?.0.0;
        let mut value = Exact(1, 1);
        for _ in 0..exponent {
            value = value.times(base.0)?;
        }
        Some((if down { Exact(1, 1).over(value)? } else { value }, None))
    }
    fn product(&mut self) -> Option<Printed> {
        let mut value = self.power()?;
        loop {
            let next = self.rest.trim_start();
            value = if self.take("*") {
                (value.0.times(self.power()?.0)?, None)
            } else if self.take("/") {
                (value.0.over(self.power()?.0)?, None)
            } else if next.starts_with(|c: char| c.is_ascii_digit() || "(fcm".contains(c)) {
                (value.0.times(self.power()?.0)?, None)
            } else {
                return Some(value);
            };
        }
    }
    fn sum(&mut self) -> Option<Printed> {
        let mut value = self.product()?;
        loop {
            value = if self.take("+") {
                (value.0.plus(self.product()?.0)?, None)
            } else if self.take("- ") {
                (value.0.minus(self.product()?.0)?, None)
            } else {
                return Some(value);
            };
        }
    }
    /// Steps joined by `=`, `<`, `>`, `<=`, `>=`; the last of them.
    fn chain(&mut self) -> Option<Printed> {
        let before = self.rest;
        let mut last = self.sum()?;
        loop {
            let join = ["<=", ">=", "<", ">", "="].into_iter().find(|join| self.take(join));
            let Some(join) = join else { return Some(last) };
            let next = self.sum()?;
            let gap = next.0.minus(last.0)?;
            // Decimals are cut.
            let cut =
                next.1.map(|unit| gap.0 <= 0 && Exact(-gap.0, gap.1).minus(Exact(1, unit)).is_some_and(|by| by.0 < 0));
            let holds = match join {
                "=" => cut.unwrap_or(gap.0 == 0),
                "<" => gap.0 > 0,
                ">" => gap.0 < 0,
                "<=" => gap.0 >= 0,
                _ => gap.0 <= 0,
            };
            if holds {
                self.right += 1;
            } else {
                self.wrong.push(format!("{join} in {before}"));
            }
            // What follows is compared with the exact step, not with its decimals.
            if join != "=" || next.1.is_none() {
                last = next;
            }
        }
    }
}

/// How many steps of an example agree, and which do not. A step with a letter in it is not read.
fn recomputed(text: &str) -> (usize, Vec<String>) {
    let (mut right, mut wrong) = (0, Vec::new());
    let parts: Vec<&str> = text.split('`').collect();
    for pair in parts.chunks(2).map(|pair| [pair[0], pair.get(1).copied().unwrap_or("")]).enumerate() {
        let (index, [_, inside]) = pair;
        let after = parts.get(2 * index + 2).copied().unwrap_or("");
        let result = after.strip_prefix(" = ").filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
        // From the last name on: `x = 2 + 3` is `2 + 3`.
        let mut joined = inside.to_string();
        if let Some(result) = result {
            let end = result.find(|c: char| !(c.is_ascii_digit() || "/,.".contains(c))).unwrap_or(result.len());
            joined = format!("{inside} = {}", result[..end].trim_end_matches([',', '.']));
        }
        let named = |step: &&str| -> bool {
            let rest =
                ["floor(", "ceil(", "min(", "max("].iter().fold(step.to_string(), |text, word| text.replace(word, ""));
            rest.contains(|c: char| c.is_alphabetic())
        };
        // Joins outside brackets.
        let mut depth = 0_i32;
        let mut cut = Vec::new();
        for (place, c) in joined.char_indices() {
            depth += i32::from(c == '(') - i32::from(c == ')');
            if depth == 0 && c == '=' && !joined[..place].ends_with(['<', '>']) {
                cut.push(place);
            }
        }
        let starts = std::iter::once(0).chain(cut.iter().map(|place| place + 1));
        let steps: Vec<&str> =
            starts.zip(cut.iter().copied().chain([joined.len()])).map(|(a, b)| &joined[a..b]).collect();
        for run in steps.split(named) {
            let run = run.join("=");
            let mut sums = Sums { rest: &run, wrong: Vec::new(), right: 0 };
            let read = sums.chain().is_some() && sums.rest.trim().is_empty();
            if !read && !run.trim().is_empty() {
                wrong.push(format!("cannot read {run}"));
            }
            right += sums.right;
            wrong.extend(sums.wrong);
        }
    }
    (right, wrong)
}

#[test]
fn the_steps_of_the_examples_agree() {
    let spec = spec();
    let (mut right, mut all) = (0, Vec::new());
    for name in spec.lines().filter_map(opens) {
        let Some(text) = example(&spec, name) else { continue };
        let (more, wrong) = recomputed(&text);
        all.extend(wrong.into_iter().map(|wrong| format!("{name}: {wrong}")));
        right += more;
    }
    assert_eq!(all, Vec::<String>::new());
    assert!(right >= 150, "{right}");
}

#[test]
fn a_wrong_step_is_seen() {
    let ok = "`1,051 + floor(1,051 * 30 / 100 = 315.3)` = 1,366, `x = (3/4)^2 = 9/16` and `2 min(3, 4) <= 7`";
    assert_eq!(recomputed(ok), (4, Vec::new()));
    let wrong = [
        ("315.3", "315.4"),
        ("315.3", "315.2"),
        ("1,366", "1,367"),
        ("9/16", "9/17"),
        ("<= 7", "<= 5"),
        ("100", "101"),
    ];
    for (from, to) in wrong {
        assert_ne!(recomputed(&ok.replacen(from, to, 1)).1, Vec::<String>::new(), "{from} -> {to}");
    }
}

// How numbers are written.

/// With thousands separated.
fn n(number: impl Into<u128>) -> String {
    let digits = number.into().to_string();
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A fraction that is a ratio exactly.
#[derive(Clone, Copy)]
struct F(u128, u128);

impl F {
    fn ratio(self) -> Ratio {
        let down = Ratio::from_fraction_floor(self.0, self.1).expect("small");
        assert_eq!(Ratio::from_fraction_ceil(self.0, self.1), Ok(down), "{self} is no ratio");
        down
    }
    fn price(self) -> Price {
        let down = Price::from_fraction_floor(self.0, self.1).expect("small");
        assert_eq!(Price::from_fraction_ceil(self.0, self.1), Ok(down), "{self} is no price");
        down
    }
    fn rate(self) -> Rate {
        Rate::per_second(self.ratio())
    }
    fn decay(self) -> Decay {
        Decay::from_ratio(self.ratio()).expect("at most one")
    }
}

impl fmt::Display for F {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.1 == 1 { write!(to, "{}", n(self.0)) } else { write!(to, "{}/{}", n(self.0), n(self.1)) }
    }
}

/// A ratio in steps of 2^-48.
fn steps(ratio: Ratio) -> String {
    n(ratio.to_bits())
}

/// The ratio of so many steps.
fn bits(steps: u64) -> Ratio {
    Ratio::from_bits(steps)
}

fn price(whole: u128) -> Price {
    F(whole, 1).price()
}

fn exact(price: Price) -> PriceBand {
    PriceBand::exact(price)
}

fn amount(atoms: u128) -> Amount {
    Amount::new(atoms)
}

fn value(atoms: u128) -> Value {
    Value::new(atoms)
}

fn sec(seconds: u64) -> Seconds {
    Seconds::new(seconds)
}

fn at(seconds: u64) -> Timestamp {
    Timestamp::new(seconds)
}

fn pool(reserve: u128) -> Book<1> {
    let snapshot = Snapshot::ConstantProduct { reserve: amount(reserve) };
    Shape::<1>::ConstantProduct.measure_floor(&snapshot).expect("a pool")
}

fn ledger(burst: F, leak: F, own_share: F, kappa: F) -> LedgerConfig {
    LedgerConfig::new(LedgerParams {
        burst: burst.ratio(),
        leak: leak.rate(),
        own_share: own_share.ratio(),
        kappa: kappa.ratio(),
    })
    .expect("sound")
}

const ZERO: F = F(0, 1);
const ONE: F = F(1, 1);

// Numbers.

#[test]
fn n4_price() {
    let (numerator, denominator, mantissa) = (1, 3, 12_297_829_382_473_034_410_u64);
    let down = Price::from_fraction_floor(numerator, denominator).expect("positive");
    let up = Price::from_fraction_ceil(numerator, denominator).expect("positive");
    assert_eq!(down.to_parts(), (-2, mantissa));
    assert_eq!(up.to_parts(), (-2, mantissa + 1));
    // 3 * mantissa = 4 * 2^63 - 2.
    assert_eq!(3 * u128::from(mantissa), 4 * (1_u128 << 63) - 2);
    let text = format!(
        "Example. {numerator}/{denominator} = 2^{} * 4/3. The significand 4/3 is {}.66 steps of 2^-63: {} rounded \
         down, {} \
         rounded up.",
        down.to_parts().0,
        n(mantissa),
        n(down.to_parts().1),
        n(up.to_parts().1),
    );
    says("N4", &text);
}

#[test]
fn n5_decay() {
    let third = 3_074_457_345_618_258_602_u64;
    let decay = Decay::from_bits(third).expect("below one");
    assert_eq!(3 * u128::from(third), (1 << 63) - 2);
    // third^2 / 2^63 = third / 3 - (2/3) third / 2^63 = 1,024,819,115,206,086,200.67 - 0.22
    let (down, up) = (decay.pow_floor(2).to_bits(), decay.pow_ceil(2).to_bits());
    assert_eq!((down, up), (1_024_819_115_206_086_200, 1_024_819_115_206_086_201));
    let quarters = F(3, 4);
    assert_eq!(quarters.decay().pow_floor(3).to_ratio_floor(), F(27, 64).ratio());
    let text = format!(
        "Example. `({quarters})^3`: the digits of 3 are 11, so the lowest gives {quarters}, the next `({quarters})^2 \
         = 9/16`, \
         and the product is {}. With roundings: {} steps of 2^-63 are 1/3 rounded down, `(2^63 - 2) / 3`; their \
         square is \
         `(2^63 - 4) / 9` = {}.44 of them: {} down, {} up.",
        F(27, 64),
        n(third),
        n(down),
        n(down),
        n(up),
    );
    says("N5", &text);
}

#[test]
fn n7_rounding() {
    let (atoms, p) = (7_u128, F(5, 2));
    let (down, up) = (p.price().value_floor(amount(atoms)), p.price().value_ceil(amount(atoms)));
    assert_eq!((down, up), (Ok(value(17)), Ok(value(18))));
    let text = format!(
        "Example. {atoms} atoms at {p} are 17.5: as collateral they count {}, a taker pays {} for them.",
        17, 18
    );
    says("N7", &text);
}

#[test]
fn n10_text() {
    let (text, steps) = ("0.05", 14_073_748_835_532_u64);
    let read: Ratio = text.parse().expect("a decimal");
    assert_eq!((read.to_bits(), read.to_string().as_str()), (steps, text));
    // 2^48 / 20 = steps + 0.8
    assert_eq!(5 * (1_u64 << 48), 100 * steps + 80);
    let third = Price::from_fraction_floor(1, 3).expect("positive");
    let (mantissa, power) = (20_005, -13);
    let price = Price::from_decimal_floor(mantissa, power).expect("in range");
    let text = format!(
        "Example. {text} is {0}.8 steps of 2^-48, and is read as {0}. Of the decimals that are read as this, {text} has \
         the fewest digits. The price 1/3 rounded down (N4) is written {third}, and {1} * 10^{power} is written {price}.",
        n(steps),
        n(mantissa),
    );
    says("N10", &text);
}

// Definitions.

#[test]
fn d1_kernel() {
    let (a, b, d, square) = (10_u128, 10_u128, 3_u128, 99_u128);
    let (down, up) = (mul_div_floor(a, b, d).expect("small"), mul_div_ceil(a, b, d).expect("small"));
    let (root_down, root_up) = (isqrt_floor(square), isqrt_ceil(square));
    assert_eq!((down, up, root_down, root_up), (33, 34, 9, 10));
    let text = format!(
        "Example. `{a} * {b} / {d}` = 33.33: floor {down}, ceiling {up}. `{root_down}^2 = 81 < {square} < 100 = \
         {root_up}^2`: the \
         root of {square} is {root_down} down and {root_up} up."
    );
    says("D1", &text);
}

#[test]
fn d2_depth() {
    let (first, second, third) = (1_051_u128, 3_000_u128, 683_u128);
    let (haircut, rise_time, max_age, base) = (F(1, 4), 100_u64, 60_u64, 100_u128);
    let params = DepthParams {
        shape: Shape::<1>::ConstantProduct,
        haircut: haircut.ratio(),
        max_age: sec(max_age),
        rise_time: sec(rise_time),
        rise_base: amount(base),
    };
    let config = DepthConfig::new(params).expect("sound");
    let seen = |reserve, time| DepthObservation {
        source_time: at(time),
        snapshot: Snapshot::ConstantProduct { reserve: amount(reserve) },
    };
    let certified = |depth: &Depth<1>| config.book(depth).expect("a book").quantity()[0];
    let whole = DepthParams { haircut: Ratio::ZERO, ..params };
    let credible = |depth: &Depth<1>| DepthConfig::new(whole)?.book(depth).map(|book| book.quantity()[0]);
    let depth = config.open(&seen(first, 0), at(0)).expect("the first");
    let depth = config.accept(depth, &seen(second, 30), at(30)).expect("later");
    assert_eq!((credible(&depth), certified(&depth)), (Ok(amount(1_366)), amount(1_024)));
    let sale = 128_u128;
    let charge = config.charge_ceil(&depth, amount(sale)).expect("small");
    assert_eq!(charge, F(17, 64).ratio());
    let depth = depth.sell(amount(sale), charge, at(40)).expect("booked");
    assert_eq!(config.charge_ceil(&depth, amount(sale)), Ok(F(19, 64).ratio()));
    // Dated before the sale: not shown.
    let thin = config.accept(depth, &seen(third, 35), at(45)).expect("later");
    assert_eq!((certified(&thin), thin.sold(), thin.paid()), (amount(512), amount(sale), charge));
    assert_eq!(config.charge_ceil(&thin, amount(sale)), Ok(F(63, 64).ratio()));
    let gone = config.accept(depth, &seen(third, 41), at(45)).expect("later");
    assert_eq!((gone.sold(), gone.paid()), (Amount::ZERO, Ratio::ZERO));
    let points = [F(1, 64), F(1, 32)];
    let grid = Shape::<2>::Grid(points.map(F::ratio));
    let levels = [
        damper::book::Level { price: F(64, 65).price_ceil(), amount: amount(100) },
        damper::book::Level { price: F(32, 33).price_ceil(), amount: amount(200) },
    ];
    let book = grid.measure_floor(&Snapshot::Ladder { reference: price(1), levels: &levels }).expect("a ladder");
    assert_eq!(book.quantity().map(Amount::get), [100, 300]);
    let impact = |sold| book.impact_ceil(amount(sold));
    assert_eq!(
        (impact(99), impact(100), impact(300)),
        (Ok(points[0].ratio()), Ok(points[1].ratio()), Err(Error::DepthExhausted))
    );
    let text = format!(
        "Example. A pool, haircut {haircut}, `rise_time` {rise_time} s, `rise_base` {base}: measured {} at 0, so S = \
         {}; \
         measured {} at 30: `{} + floor({} * 30 / {rise_time} = 315.3)`, S = {}; certified `floor({} * 3/4 = 1,024.5)` \
         = {}. A sale of {sale} at 40 is charged `(1 + 1/8)^2 - 1` = {}; a next one of {sale} would be charged `((1 + \
         1/4)^2 - 1) - {}` = \
         {}. A snapshot of {third} dated 35, before the sale: S = {third}, certified `floor(512.25)` = {}, c = {sale} \
         and paid stay, and \
         the next {sale} are charged `(1 + 256/512)^2 - 1 - {}` = {}. Dated 41 it shows the sale: c = 0. On a grid \
         {}, {} with Q of 100 and \
         300: I(99) = {}, I(100) = {}, and I(300) is not shown.",
        n(first),
        n(first),
        n(second),
        n(first),
        n(first),
        n(1_366_u128),
        n(1_366_u128),
        n(1_024_u128),
        F(17, 64),
        F(17, 64),
        F(19, 64),
        512,
        F(17, 64),
        F(63, 64),
        points[0],
        points[1],
        points[0],
        points[1],
    );
    says("D2", &text);
}

#[test]
fn d3_drawdown() {
    let (reference, low, third) = (3, 2, 93_824_992_236_885_u64);
    assert_eq!(price(low).drawdown_floor(price(reference)), bits(third));
    assert_eq!(price(reference).drawdown_floor(price(low)), Ratio::ZERO);
    assert_eq!(3 * third, (1 << 48) - 1);
    let text = format!(
        "Example. `ref` = {reference}, `min` = {low}: D = 1/3 rounded down, `floor({} / 3)` = {} steps of 2^-48.",
        steps(Ratio::ONE),
        n(third)
    );
    says("D3", &text);
}

#[test]
fn d4_window() {
    let (width, seen) = (60_u64, [(100_u128, 0_u64), (50, 30), (70, 60), (80, 120)]);
    let mut window = Window::open(price(seen[0].0), at(seen[0].1));
    let mut shown = Vec::new();
    for (p, time) in &seen[1..] {
        window = window.observe(price(*p), at(*time), sec(width)).expect("in order");
        shown.push((window.low(), window.high()));
    }
    let pairs = [(50, 100), (50, 100), (70, 80)];
    assert_eq!(shown, pairs.map(|(low, high)| (price(low), price(high))));
    let last = Window::open(price(100), at(0)).observe(price(50), at(30), Seconds::ZERO).expect("in order");
    assert_eq!((last.low(), last.high()), (price(50), price(50)));
    let text = format!(
        "Example. w = {width}: prices {} at {}, {} at {}, {} at {}, {} at {}. The bucket of 0 holds 100 and 50; that \
         of 60 opens with \
         70, that of 120 with 80. Lowest and highest are {} and {} at 30, {} and {} at 60, {} and {} at 120.",
        seen[0].0,
        seen[0].1,
        seen[1].0,
        seen[1].1,
        seen[2].0,
        seen[2].1,
        seen[3].0,
        seen[3].1,
        pairs[0].0,
        pairs[0].1,
        pairs[1].0,
        pairs[1].1,
        pairs[2].0,
        pairs[2].1,
    );
    says("D4", &text);
}

#[test]
fn d5_ledger() {
    let (b, h, r) = (F(1, 64), F(1, 4), F(1, 8_192));
    let config = ledger(b, r, h, ONE);
    let fallen = |low: u128, reference: u128| {
        let start = Ledger::open(exact(price(reference)), at(0));
        start.observe(Window::open(price(low), at(0)))
    };
    let (reserve, charge, wait) = (F(1, 32), F(3, 64), 32_u64);
    let state = fallen(3, 4);
    assert_eq!((state.drawdown(), state.cap(&config)), (F(1, 4).ratio(), F(5, 64).ratio()));
    let state = state.reserve(&config, reserve.ratio()).expect("permitted");
    let state = state.charge(&config, charge.ratio()).expect("permitted");
    assert_eq!((state.level(), state.reserved()), (charge.ratio(), Ratio::ZERO));
    let state = state.advance(&config, at(wait)).expect("later");
    assert_eq!((state.level(), state.headroom(&config)), (F(11, 256).ratio(), F(9, 256).ratio()));
    let thirds = fallen(2, 3);
    let (d, cap) = (93_824_992_236_885_u64, 27_854_294_570_325_u64);
    assert_eq!((thirds.drawdown(), thirds.cap(&config)), (bits(d), bits(cap)));
    assert_eq!(cap, d / 4 + b.ratio().to_bits());
    let text = format!(
        "Example. B = {b}, h = {h}, r = {r} a second, w = 0, L = R = 0, `ref` = 4. A price of 3: `min` = 3, D = {}, \
         the cap is `{b} + \
         {h} * 1/4` = {}. A kick of {reserve}: R = {reserve}. A take of {charge}: `3/64 - 2/64 = 1/64` needs \
         permission, `L + R + 1/64 = 3/64 <= \
         5/64`; L = {charge}, R = 0. After {wait} s `L = 3/64 - {wait} * {r}` = {}, and `5/64 - {}` = {} is \
         permitted. With `ref` = 3 and `min` = 2 (D3): D = {} steps, `floor(h D)` = {} (.25 is dropped), B = {}, the \
         cap {}.",
        F(1, 4),
        F(5, 64),
        F(11, 256),
        F(11, 256),
        F(9, 256),
        n(d),
        n(d / 4),
        steps(b.ratio()),
        n(cap),
    );
    says("D5", &text);
}

#[test]
fn d6_volatility() {
    let (horizon, half_life, start) = (16_u64, 1_u64, F(1, 2));
    let config = VolatilityConfig::new(VolatilityParams {
        horizon: sec(horizon),
        rise_half_life: sec(half_life),
        fall_half_life: sec(half_life),
        max_gap: sec(1),
        floor: Ratio::ZERO,
        cap: F(255, 1).ratio(),
        start: start.ratio(),
    })
    .expect("sound");
    let prices = [4, 5, 10];
    let cold = Volatility::cold(&config, price(prices[0]), at(0));
    assert_eq!(cold.variance_bits(), 1 << 94);
    let up = config.observe(cold, price(prices[1]), at(1)).expect("later");
    assert_eq!(up.variance_bits(), 5 << 93);
    let root = 222_525_507_687_131_u64;
    let sigma = config.sigma_ceil(&up).expect("a root");
    assert_eq!(sigma, bits(root));
    let (square, v) = (u128::from(root) * u128::from(root), 5_u128 << 93);
    assert!(square >= v && square - 2 * u128::from(root) < v);
    let same = config.observe(up, price(prices[2]), at(1)).expect("the same second");
    assert_eq!(same.variance_bits(), 133 << 93);
    let text = format!(
        "Example. Horizon {horizon} s, rise half-life {half_life} s (`d_r` = 1/2), start {start}, cap 255: \
         v = 1/4. A price of \
         {} one second after \
         {}: m = 1/4, `s = (1/4)^2 * {horizon} / 1` = 1, `v = 1/4 + (1 - 1/2) (1 - 1/4)` = 5/8; sigma is the root of \
         5/8, 0.7905..., \
         rounded up to {} steps. A price of {} in the same second: m = 1, `v = 5/8 + {horizon} * (1/2) / (1/2)` = \
         133/8.",
        prices[1],
        prices[0],
        steps(sigma),
        prices[2],
    );
    says("D6", &text);
}

#[test]
fn d7_schedule() {
    let calm = [F(5, 8), F(3, 4), F(1, 4), F(1, 16), F(1, 16)];
    let stressed = [F(3, 8), F(1, 2), F(3, 4), F(1, 16), F(3, 16)];
    let of = |[max_ltv, threshold, bonus, margin, buffer]: [F; 5]| Parameters {
        max_ltv: max_ltv.ratio(),
        liquidation_threshold: threshold.ratio(),
        bonus: bonus.ratio(),
        margin: margin.ratio(),
        auction_buffer: buffer.ratio(),
    };
    let (sigma_calm, sigma_stressed, sigma, ramp, wait) = (F(1, 16), F(5, 16), F(3, 16), F(1, 4_096), 512_u64);
    let config = ScheduleConfig::new(ScheduleParams {
        calm: of(calm),
        stressed: of(stressed),
        sigma_calm: sigma_calm.ratio(),
        sigma_stressed: sigma_stressed.ratio(),
        ramp: ramp.rate(),
        max_step: sec(wait),
    })
    .expect("sound");
    let state = config.step(Schedule::open(at(0)), sigma.ratio(), at(wait), Ramp::Moving).expect("later");
    assert_eq!(state.stress_bits(), 1 << 61);
    let now = config.in_force(&state, sigma.ratio()).expect("sound");
    let (t, ltv, buffer, bonus) = (F(11, 16), F(1, 2), F(3, 32), 102_354_536_985_693_u64);
    assert_eq!(now.liquidation_threshold, t.ratio());
    assert_eq!((now.max_ltv, now.auction_buffer, now.bonus), (ltv.ratio(), buffer.ratio(), bits(bonus)));
    assert_eq!(u128::from(bonus), (1 << 48) * 4 / 11);
    let text = format!(
        "Example. Calm to stressed: max LTV {} to {}, threshold {} to {}, bonus {} to {}, margin {} in both, buffer \
         {} to {}; \
         `sigma_calm` = {sigma_calm}, `sigma_stressed` = {sigma_stressed}, ramp {ramp} a second, `max_step` {wait} s: \
         `k = {ramp} * (1/2) \
         / (1/4)` = 1/2,048. \
         From s = 0, sigma {sigma} (s* = 1/2) and {wait} s later s = {wait}/2,048 = 1/4: threshold `3/4 - 1/4 * 1/4` \
         = {t}, max LTV \
         at s* `5/8 - 1/2 * 1/4` = {ltv}, buffer `1/16 + 1/4 * 1/8` = {buffer}; the bonus would be `1/4 + 1/4 * 1/2` \
         = 3/8, and is \
         limited to `(15/16) / ({t}) - 1` = 4/11 rounded down, {} steps.",
        calm[0],
        stressed[0],
        calm[1],
        stressed[1],
        calm[2],
        stressed[2],
        calm[3],
        calm[4],
        stressed[4],
        n(bonus),
    );
    says("D7", &text);
}

#[test]
fn d8_parameters() {
    let (ltv, t, bonus, margin) = (F(5, 8), F(3, 4), F(1, 4), F(1, 16));
    let sound = Parameters {
        max_ltv: ltv.ratio(),
        liquidation_threshold: t.ratio(),
        bonus: bonus.ratio(),
        margin: margin.ratio(),
        auction_buffer: Ratio::ZERO,
    };
    assert_eq!(sound.check(), Ok(()));
    let more = Parameters { margin: margin.ratio().checked_add(Ratio::ULP).expect("small"), ..sound };
    assert_eq!(more.check(), Err(Error::BonusLeavesNoMargin));
    assert_eq!(Parameters { max_ltv: t.ratio(), ..sound }.check(), Err(Error::MaxLtvNotBelowThreshold));
    let text = format!(
        "Example. Max LTV {ltv}, t = {t}, b = {bonus}, margin {margin}: `{t} * (1 + {bonus})` = 15/16 = `1 - \
         {margin}`, accepted. With \
         one step of 2^-48 more of margin, or a max LTV of {t}, they are refused."
    );
    says("D8", &text);
}

#[test]
fn d9_breaker() {
    let (trips, releases, halts, rest) =
        ([F(1, 16), F(1, 8), F(1, 4)], [F(1, 32), F(1, 16), F(1, 8)], [900, 900, 3_600], 3_600_u64);
    let level = |k: usize| Level {
        trip: trips[k].ratio(),
        release: releases[k].ratio(),
        stops: Stops { borrow: true, kick: true, take: false },
        halt: sec(halts[k]),
    };
    let params = BreakerParams { levels: [level(0), level(1), level(2)], window: sec(86_400), rest: sec(rest) };
    let config = BreakerConfig::new(params).expect("sound");
    let see = |state, p, time| config.observe(state, F(p, 100).price_floor(), at(time)).expect("later");
    let open = Breaker::open(price(64), at(0));
    let down = see(open, 6_000, 10);
    assert_eq!((down.level(), see(open, 6_001, 10).level()), (1, 0));
    assert_eq!(config.kick_resumes(&down, at(10)), at(910));
    let held = see(down, 6_100, 20);
    assert_eq!((held.level(), see(held, 6_300, 30).level()), (1, 0));
    // Armed anew from 910 + 3,600 on, at a drawdown below the release.
    let calm = |time| see(see(down, 6_300, time), 6_000, time + 1).level();
    assert_eq!((calm(4_509), calm(4_510)), (0, 1));
    let (sum, day) = (halts.iter().sum::<u64>(), 86_400_u64);
    let most = sum * (day + rest) / (sum + rest);
    assert_eq!(most, 54_000);
    let text = format!(
        "Example. Trips {}, {}, {}; releases {}, {}, {}; halts of {}, {} and {} s, rest {} s; high 64. A price of 60 \
         at 10, d = 4/64 = {}: level \
         1 until 910; 60.01 would trip nothing. At 61 d = 3/64, not below {}: it stays; at 63 d = 1/64: level 0. It \
         is armed anew by a price of 63 \
         from `910 + {}` = 4,510 on. H = {}: of a day at most `{} * (86,400 + {}) / ({} + {})` = {} s are halted.",
        trips[0],
        trips[1],
        trips[2],
        releases[0],
        releases[1],
        releases[2],
        halts[0],
        halts[1],
        n(halts[2]),
        n(rest),
        trips[0],
        releases[0],
        n(rest),
        n(sum),
        n(sum),
        n(rest),
        n(sum),
        n(rest),
        n(most),
    );
    says("D9", &text);
}

impl F {
    fn price_floor(self) -> Price {
        Price::from_fraction_floor(self.0, self.1).expect("small")
    }
    fn price_ceil(self) -> Price {
        Price::from_fraction_ceil(self.0, self.1).expect("small")
    }
}

fn own(max_ltv: F, threshold: F, bonus: F) -> Parameters {
    Parameters {
        max_ltv: max_ltv.ratio(),
        liquidation_threshold: threshold.ratio(),
        bonus: bonus.ratio(),
        margin: F(1, 16).ratio(),
        auction_buffer: F(1, 16).ratio(),
    }
}

#[test]
fn d10_valuation() {
    let (held, low, high, owed) = (5_u128, 3_u128, 4_u128, 5_u128);
    let (ltv, t, other) = (F(5, 8), F(3, 4), [F(3, 2), F(5, 2)]);
    let band = PriceBand::new(price(low), price(high)).expect("ordered");
    let others = PriceBand::new(other[0].price(), other[1].price()).expect("ordered");
    let position = Position::<0, 1>::new(amount(held), value(owed)).with_debt(Debt::new(amount(1), others));
    let position = position.expect("room for one");
    let found = position.value(&own(ltv, t, ZERO), band).expect("small");
    assert_eq!((found.collateral, found.weighted, found.debt), (value(15), value(11), value(8)));
    let may = |more| position.may_borrow(&own(ltv, t, ZERO), band, value(more)).expect("small");
    assert!(found.is_healthy() && may(1) && !may(2));
    let text = format!(
        "Example. {held} atoms at {low} to {high}, t = {t}, max LTV {ltv}; debt {owed} and one atom of another asset \
         at {} to {}: \
         `V = {held} * {low}` = {}, `W = floor(11.25)` = {}, `d = {owed} + ceil(2.5)` = {}. Healthy, as {} >= {}. \
         `floor(15 * {ltv} = \
         9.375)` = 9 is at least `8 + m` for m = 1, and not for m = 2.",
        other[0],
        other[1],
        found.collateral.get(),
        found.weighted.get(),
        found.debt.get(),
        found.weighted.get(),
        found.debt.get(),
    );
    says("D10", &text);
}

/// The plan of D11: 500 atoms at 2, debt 512, threshold 1/2.
fn planned() -> (Plan, Market, Position<0, 0>) {
    let config = PlanConfig::new(PlanParams {
        target_health: F(5, 4).ratio(),
        full_health: F(61, 64).ratio(),
        base_bonus: F(1, 2).ratio(),
        min_sale: Value::ZERO,
    })
    .expect("sound");
    let market = Market { parameters: own(F(3, 8), F(1, 2), F(1, 4)), band: exact(price(2)), impact: Ratio::ZERO };
    let position = Position::new(amount(500), value(512));
    let Ok(Assessment::Liquidate(plan)) = assess(&config, &market, &position) else { panic!("a plan") };
    (plan, market, position)
}

#[test]
fn d11_plan() {
    let (plan, market, position) = planned();
    let found = position.value(&market.parameters, market.band).expect("small");
    assert_eq!((found.collateral, found.weighted, found.debt), (value(1_000), value(500), value(512)));
    assert_eq!((plan.target_health, plan.bonus), (F(9, 8).ratio(), F(3, 16).ratio()));
    assert_eq!((plan.sell, plan.repay), (amount(86), value(145)));
    let part = plan.partial(amount(40)).expect("small").expect("no dust rule");
    assert_eq!((part.sell, part.repay), (amount(40), value(68)));
    let text = format!(
        "Example. {} atoms at 2, d = {}, t = 1/2, b = 1/4, base 1/2, target 5/4, full health 61/64, i = 0, no dust \
         rule: V = {}, W = {}, `u = (12/512) / \
         (3/64)` = 1/2, `target = 1 + 1/4 * 1/2` = {}, `bonus = 1/4 * (1/2 + 1/2 * 1/2)` = {}, g = 19/16, `repay = \
         (576 - 500) / (9/8 - \
         19/32) = 143.05`, up to 144; worth `144 * 19/16` = 171, so `sell = ceil(171 / 2)` = {}, worth 172, and \
         `repay = ceil(172 * 16/19 \
         = 144.84)` = {}. A part of {} repays `ceil({} * {} / {} = 67.44)` = {}.",
        position.collateral().get(),
        found.debt.get(),
        n(found.collateral.get()),
        found.weighted.get(),
        F(9, 8),
        F(3, 16),
        plan.sell.get(),
        plan.repay.get(),
        part.sell.get(),
        plan.repay.get(),
        part.sell.get(),
        plan.sell.get(),
        part.repay.get(),
    );
    says("D11", &text);
}

fn auction(curve: Curve, floor: F, cusp: F, dust: u128) -> AuctionConfig {
    AuctionConfig::new(AuctionParams {
        curve,
        floor: floor.ratio(),
        tail: sec(100),
        cusp: cusp.ratio(),
        dust: value(dust),
    })
    .expect("sound")
}

#[test]
fn d12_auction_terms() {
    let (high, buffer, floor, duration, step, cut) = (2, F(1, 4), F(1, 2), 100_u64, 10_u64, F(3, 4));
    let line = Curve::Linear { duration: sec(duration) };
    let freeze = |curve, cusp| {
        Terms::freeze(&auction(curve, floor, cusp, 0), exact(price(high)), buffer.ratio(), at(0)).expect("small")
    };
    let terms = freeze(line, ZERO);
    let s = F(5, 2);
    assert_eq!(terms.start(), s.price());
    assert_eq!(terms.price(at(25)), Ok(F(15, 8).price()));
    assert_eq!(terms.price(at(60)), Ok(F(5, 4).price()));
    let part = 197_032_483_697_460_u64;
    assert_eq!(terms.price(at(30)), Ok(F(5 * u128::from(part), 1 << 49).price()));
    assert_eq!(u128::from(part), (7_u128 << 48).div_ceil(10));
    let stairs = Curve::StairExponential { cut: cut.decay(), step: sec(step) };
    assert_eq!(freeze(stairs, ZERO).price(at(25)), Ok(F(45, 32).price()));
    assert_eq!(freeze(stairs, cut).price(at(25)), Err(Error::AuctionResetDue));
    assert_eq!(freeze(Curve::Exponential { decay: cut.decay() }, ZERO).price(at(2)), Ok(F(45, 32).price()));
    let text = format!(
        "Example. High {high}, buffer {buffer}: s = {s}; f = {floor}. Line, T = {duration}: at 25 the part is 75/100 \
         and the price {}; at 30 \
         the part is 7/10 rounded up, {} steps of 2^-48 for 197,032,483,697,459.2, and the price {s} times it; at 60 \
         the part is f, the price \
         {}. Stairs, c = {cut} every {step} s: at 25 n = 2, the part {}, the price {}; with a cusp of {cut} a reset \
         is due. The exponential with \
         d = {cut} is there after 2 s.",
        F(15, 8),
        n(part),
        F(5, 4),
        F(9, 16),
        F(45, 32),
    );
    says("D12", &text);
}

#[test]
fn d13_take() {
    let (p, q, u, dust) = (F(5, 2), 100_u128, 101_u128, 20_u128);
    let config = auction(Curve::Linear { duration: sec(100) }, F(1, 2), ZERO, dust);
    let terms = Terms::freeze(&config, exact(p.price()), Ratio::ZERO, at(0)).expect("small");
    let lot = Lot::open(terms, amount(q), value(u)).expect("small");
    let take = |lot: Lot, want| lot.take(amount(want), p.price(), at(0));
    assert_eq!((take(lot, 7), p.price().value_ceil(amount(7))), (Err(Error::TakeBelowDust), Ok(value(18))));
    let one = take(lot, 8).expect("a part");
    assert_eq!(
        (one.sold, one.paid, one.lot.remaining(), one.lot.raise()),
        (amount(8), value(20), amount(92), value(81))
    );
    let two = take(one.lot, 32).expect("a part");
    assert_eq!(
        (two.sold, two.paid, two.lot.remaining(), two.lot.raise()),
        (amount(24), value(60), amount(68), value(21))
    );
    assert_eq!(take(two.lot, 8), Err(Error::TakeLeavesDust));
    let three = take(two.lot, 68).expect("the rest");
    assert_eq!((three.sold, three.paid, three.surplus(&two.lot)), (amount(9), value(23), value(2)));
    assert_eq!(three.lot.close(), Returned { unsold: amount(59), unraised: Value::ZERO });
    let text = format!(
        "Example. p = {p}, q = {q}, u = {u}, m = {dust}. w = 7: whole = `floor(100 / ({p})) + 1` = 41, part = \
         `min(100 - 8, floor(81 / ({p}) = 32.4))` = 32; paid would be `ceil(17.5)` = 18: `TakeBelowDust`. \
         w = 8: sold {}, paid {}; q = {}, u = {}. w = 32: whole = `floor(80 / ({p})) + 1` = 33, part \
         = `min(92 - 8, floor(61 / ({p}) = 24.4))` = 24; sold {}, paid {}; q = {}, u = {}. \
         w = 8: whole = `floor(20 / ({p})) + 1` = 9, part = `min(60, floor(1 / ({p})))` = 0: `TakeLeavesDust`. \
         w = 68: sold {}, paid `ceil(22.5)` = {}, {} over; \
         done, and {} are returned.",
        one.sold.get(),
        one.paid.get(),
        one.lot.remaining().get(),
        one.lot.raise().get(),
        two.sold.get(),
        two.paid.get(),
        two.lot.remaining().get(),
        two.lot.raise().get(),
        three.sold.get(),
        three.paid.get(),
        three.surplus(&two.lot).get(),
        three.lot.remaining().get(),
    );
    says("D13", &text);
}

const START: u64 = 1_000;

/// A guard on a pool of 1,024 at a price of 1: `B` = 1/4, no leak, no share of the drawdown.
fn guarded(start: F, min_sale: u128) -> (Guard<1>, GuardState<1>) {
    let market = market::Market {
        shape: Shape::<1>::ConstantProduct,
        haircut: Ratio::ZERO,
        burst: F(1, 4).ratio(),
        leak: Rate::ZERO,
        own_share: Ratio::ZERO,
        kappa: Ratio::ONE,
        share: Ratio::ONE,
        wick: Seconds::ZERO,
    };
    let usual = market.params();
    let stress =
        StressConfig::new(StressParams { volatility: Signal::Absent, ..*usual.appetite.params().stress.params() });
    let appetite = AppetiteParams {
        stress: stress.expect("sound"),
        floor: F(1, 8).ratio(),
        start: start.ratio(),
        ..*usual.appetite.params()
    };
    let appetite = AppetiteConfig::new(appetite).expect("sound");
    let plan = PlanConfig::new(PlanParams { min_sale: value(min_sale), ..usual.plan.params() }).expect("sound");
    open_on(GuardParams { appetite, plan, ..usual })
}

fn open_on(params: GuardParams<1>) -> (Guard<1>, GuardState<1>) {
    let guard = Guard::new(params).expect("sound");
    let first = PriceObservation { source_time: at(START), band: exact(price(1)) };
    let snapshot = Snapshot::ConstantProduct { reserve: amount(1_024) };
    let state = guard.open(at(START), first, DepthObservation { source_time: at(START), snapshot });
    (guard, state.expect("a first price and depth"))
}

#[test]
fn d14_guard() {
    let (guard, state) = guarded(ONE, 0);
    let permitted = |state: &GuardState<1>| guard.limits(state, at(START)).expect("fresh").permitted.get();
    assert_eq!(permitted(&state), 120);
    let (sell, want) = (64_u128, 32_u128);
    let kick = Kick { sell: amount(sell), raise: value(1_000) };
    let (state, lot) = guard.kick(state, at(START), kick).expect("permitted");
    assert_eq!((state.ledger().reserved(), permitted(&state)), (F(33, 256).ratio(), 56));
    let bid = Bid { want: amount(want), max_price: price(2) };
    let (state, take) = guard.take(state, at(START), lot, bid).expect("permitted");
    assert_eq!((take.sold, state.ledger().level()), (amount(want), F(65, 1_024).ratio()));
    assert_eq!((state.ledger().reserved(), state.pending()), (F(67, 1_024).ratio(), amount(32)));
    let (state, back) = guard.settle(state, at(START), take.lot).expect("open");
    assert_eq!((back.unsold, state.ledger().reserved(), permitted(&state)), (amount(32), Ratio::ZERO, 88));
    let a = F(5, 16);
    let cut = |min_sale| {
        let (guard, state) = guarded(a, min_sale);
        guard.limits(&state, at(START)).expect("fresh").permitted.get()
    };
    assert_eq!((cut(16), cut(30)), (37, 60));
    let text = format!(
        "Example. A pool of 1,024, B = {}, h = r = 0, a = 1: `Q = floor(1,024 (sqrt(5/4) - 1) = 120.86)` = {}. A kick \
         of {sell} reserves \
         `I({sell}) = (1 + 1/16)^2 - 1` = {}, pending = {sell}, m = {}. A take of {want}: `I({want})` = {} enters L, \
         `R = 132/1,024 - 65/1,024` = {}, \
         pending = 32. A settlement of the rest: R = 0, Q is what has I(32 + Q) <= 1/4, m = `120 - 32` = {}. With a = \
         {a} and m = 120, `floor(a m) = \
         floor(37.5)` = {}: permitted are {} with a least sale of 16 (u = 32), and 60 with one of 30 (u = {}).",
        F(1, 4),
        120,
        F(33, 256),
        56,
        F(65, 1_024),
        F(67, 1_024),
        88,
        cut(16),
        cut(16),
        cut(30),
    );
    says("D14", &text);
}

#[test]
fn d15_sources() {
    let (faulty, quorum, divergence, max_width, width) = (1_u8, 3_u8, F(1, 16), F(1, 16), F(1, 32));
    let source =
        Source { limits: OracleConfig::new(sec(60), width.ratio()).expect("below one"), update_band: Ratio::ZERO };
    let params = SourcesParams {
        sources: [source; 4],
        faulty,
        quorum,
        divergence: divergence.ratio(),
        max_width: max_width.ratio(),
    };
    let config = SourcesConfig::new(params).expect("sound");
    let said = [(100, 102, 7), (101, 103, 9), (90, 91, 10), (102, 104, 8)];
    let reports = said.map(|(low, high, time)| {
        let band = PriceBand::new(price(low), price(high)).expect("ordered");
        Some(PriceObservation { source_time: at(time), band })
    });
    let (_, outcome) = config.aggregate(SourcesState::open(at(0)), &reports, at(10)).expect("in order");
    let found = outcome.aggregate.expect("a quorum");
    let sides = |band: PriceBand| (band.low(), band.high());
    assert_eq!((sides(found.band), sides(found.centre)), ((price(100), price(103)), (price(100), price(103))));
    assert_eq!(found.observation.source_time, at(8));
    let standing = outcome.verdicts.map(|verdict| verdict.standing);
    assert_eq!(standing, [Standing::Used, Standing::Used, Standing::Divergent, Standing::Used]);
    let part = config.quality_floor(3, F(1, 32).ratio());
    assert_eq!(part, F(1, 4).ratio());
    // width = ceil(3/103), 16 times that from one, half of it.
    let wide = (3_u64 << 48).div_ceil(103);
    assert_eq!((wide, outcome.quality.to_bits()), (8_198_300_292_544, ((1_u64 << 48) - 16 * wide) / 2));
    let shown: Vec<String> = said.iter().map(|(low, high, time)| format!("[{low}, {high}] of {time}")).collect();
    let text = format!(
        "Example. S = 4, f = {faulty}, quorum {quorum}, no update bands, d = {divergence}, `max_width` = {max_width}; \
         reports {}. n = 4, r = 2: \
         low is the 2nd of 90, 100, 101, 102, high the 3rd of 91, 102, 103, 104: [{}, {}], T the 2nd of 7, 8, 9, 10: \
         {}. The centre is [100, 103]; \
         `91 < 15/16 * 100`: the third diverges. Width `3/103` up, {} steps; quality `(4 - 1 + 1 - 3) / (4 + 1 - 3) = \
         1/2` times `1 - 16 * 3/103`: \
         {} steps.",
        shown.join(", "),
        100,
        103,
        8,
        n(wide),
        steps(outcome.quality),
    );
    says("D15", &text);
}

#[test]
fn d16_exposure() {
    let (c, d, t) = (8_u128, 16_u128, F(3, 4));
    let trigger = trigger_price_ceil(amount(c), value(d), t.ratio()).expect("small");
    assert_eq!(trigger, Some(F(11, 4).price()));
    let grid = PriceGrid::new([price(100), price(90)], price(80)).expect("falling");
    let map =
        ExposureMap::new(grid).add(price(95), amount(7)).expect("small").add(price(50), amount(2)).expect("small");
    let sold = |p| map.sold_ceil(price(p)).get();
    assert_eq!((sold(101), sold(100), sold(80)), (0, 7, 9));
    let report = exposure::Report { source_time: at(0), map };
    let (registered, age) = (10_u128, 60_u64);
    let reporter = Reporter::new(grid, amount(registered));
    let (heard, excess) = reporter.report(&report, sec(age), at(0)).expect("fresh");
    assert_eq!(excess, Amount::ZERO);
    let counted = |time| heard.counted(sec(age), at(time)).map(|map| (map.total().get(), map.due().get()));
    assert_eq!((counted(60), counted(61)), (Ok((9, 0)), Ok((10, 10))));
    let text = format!(
        "Example. C = {c}, d = {d}, t = {t}: `m = ceil({d} / ({t}) = 21.33)` = 22, trigger 22/8 = {}: there `W = \
         floor(3/4 * 22 = 16.5)` = 16, healthy; \
         below it `floor(C p)` = 21 and `W = floor(15.75)` = 15. Buckets at 100 and 90, end 80; {} of trigger 95, 2 \
         of trigger 50: b_0 = 7, rest = 2; \
         V(101) = {}, V(100) = {}, V(80) = {}. A reporter registered for {registered} that says so at 0, with a \
         `max_age` of {age}, counts as said, {} in all, \
         until {}, and as {}, all due, from 61 on.",
        F(11, 4),
        sold(100),
        sold(101),
        sold(100),
        sold(80),
        sold(80),
        age,
        registered,
    );
    says("D16", &text);
}

#[test]
fn d17_cascade() {
    let grid = PriceGrid::new([price(80), price(60), price(40)], price(30)).expect("falling");
    let each = 128_u128;
    let map = [80, 60, 40].iter().try_fold(ExposureMap::new(grid), |map, &p| map.add(price(p), amount(each)));
    let (map, book, fall) = (map.expect("small"), pool(1_024), F(1, 4));
    let cascade = Cascade { map: &map, book: &book, price: price(100) };
    let Ok(cascade::Outcome::Stops(end)) = cascade.forecast(fall.ratio()) else { panic!("deep enough") };
    let drawdown = 146_366_987_889_542_u64;
    assert_eq!((end.exogenous, end.price, end.reached, end.sold), (price(75), price(48), 2, amount(2 * each)));
    assert_eq!((end.impact, end.drawdown), (F(9, 16).ratio(), bits(drawdown)));
    assert_eq!(u128::from(drawdown), (13_u128 << 48).div_ceil(25));
    assert_eq!((cascade.gain_ceil(0), cascade.runs_on(0)), (Ok(Some(F(17, 16).ratio())), Ok(false)));
    let text = format!(
        "Example. P = 100, x = {fall}: e = 75. Buckets at 80, 60, 40, end 30, {each} in each; a pool of 1,024: I = 0, \
         {}, {}, 57/64 for 0, 1, 2, 3 of them. \
         n = 0: `75 <= 80`. n = 1: `75 <= 60 * 81/64 = 75.93`. n = 2: `75 > 40 * 25/16 = 62.5`, so it ends there: p = \
         `75 * 16/25` = {}, {} sold, drawdown \
         `1 - 48/100` rounded up, {} steps. Bucket 0: the gain shown is `(17/64) / (1 - 60/80)` = {}; T_0 = 80 > T_1 \
         = 75.93: the exact one is below one.",
        F(17, 64),
        F(9, 16),
        48,
        end.sold.get(),
        n(drawdown),
        F(17, 16),
    );
    says("D17", &text);
}

fn budget(burst: F, own_share: F) -> Budget {
    Budget { burst: burst.ratio(), leak: Rate::ZERO, own_share: own_share.ratio() }
}

fn falls(exogenous: F, elapsed: u64) -> Exposure {
    Exposure { exogenous: exogenous.ratio(), noise: Ratio::ZERO, elapsed: sec(elapsed) }
}

#[test]
fn d18_coordination() {
    let (own, total, third) = (5_u128, 15_u128, 93_824_992_236_885_u64);
    assert_eq!(share_floor(amount(own), amount(total)), Ok(bits(third)));
    let (b, h, g, x) = (F(1, 256), F(1, 16), F(3, 8), F(1, 4));
    let bound = joint_bound_ceil(Ratio::ONE, g.ratio(), &[budget(b, h); 2], falls(x, 60));
    assert_eq!(bound, Ok(F(33, 64).ratio()));
    let gain = F(1, 4);
    let registered = [Registration { budget: Budget::ZERO, gain: gain.ratio() }; 2];
    let neighbours = Neighbours { registered, max_age: sec(60) };
    let narrowed = neighbours.narrowed(&ledger(F(1, 128), ZERO, F(1, 4), ONE)).expect("below one").params();
    assert_eq!((narrowed.kappa, narrowed.burst, narrowed.own_share), (F(2, 1).ratio(), b.ratio(), F(1, 8).ratio()));
    assert_eq!(own_share_floor(F(1, 4).ratio(), Ratio::ONE, F(1, 2).ratio()), Ok(F(1, 8).ratio()));
    let report = Report { gain: Ratio::ZERO, at: at(100) };
    let reports = neighbours.accept(Reports::NONE, 0, report, at(100)).expect("known");
    let factor = |reports: &Reports<2>, time| neighbours.factor(reports, at(time)).expect("later");
    assert_eq!(factor(&Reports::NONE, 100), F(1, 2).ratio());
    assert_eq!((factor(&reports, 160), factor(&reports, 161)), (F(3, 4).ratio(), F(1, 2).ratio()));
    let text = format!(
        "Example. A share of {own} in {total} is 1/3 rounded down, {} steps. Two sellers of B = {b}, h = {h}, r = 0; \
         `kappa` = 1, g = {g}, X = {x}, `eps` = 0: the joint \
         bound is `({x} + 2/256) / (1 - {g} - 2/16)` = {}. Two neighbours of gain {gain}, `kappa` = 1: `kappa'` = {}, \
         so h = 1/4 becomes {} and B = 1/128 becomes {}; \
         for G = 1/4 the own share is {}. With a `max_age` of 60 the factor is {} before any report; one says 0 at \
         100: {} until 160, {} from 161 on.",
        n(third),
        F(33, 64),
        F(2, 1),
        F(1, 8),
        b,
        F(1, 8),
        F(1, 2),
        F(3, 4),
        F(1, 2),
    );
    says("D18", &text);
}

#[test]
fn d19_assets() {
    let (b, h, cross, x) = (F(1, 128), F(1, 4), F(1, 2), F(1, 8));
    let impacts = [[Ratio::ONE, cross.ratio()], [cross.ratio(), Ratio::ONE]];
    let markets = CrossImpact::new(CrossImpactParams { impacts, budgets: [budget(b, h); 2] }).expect("below one");
    let all = [falls(x, 60), falls(ZERO, 60)];
    let bound = |rounds| markets.bound_ceil(&all, rounds).expect("small");
    assert_eq!(bound(0), [F(7, 32).ratio(); 2]);
    assert_eq!(bound(1), [F(7, 32).ratio(), F(3, 32).ratio()]);
    assert_eq!(bound(2), [F(13, 64).ratio(), F(31, 512).ratio()]);
    let scale = 750_599_937_895_080_u64;
    assert_eq!(largest_scale_floor(&impacts, &[h.ratio(); 2]), Ok(bits(scale)));
    assert_eq!(u128::from(scale), ((1 << 48) - 1) * 8 / 3);
    let text = format!(
        "Example. Two markets, c_11 = c_22 = 1, c_12 = c_21 = {cross}, B = {b}, h = {h}, r = `eps` = 0, X = {x} and \
         0: `rho = {h} + 1/8` = 3/8, `y = {x} + 3/256` and \
         3/256, so m = `(35/256) / (5/8)` = {} for both. Round 1: `{x} + ({b} + 7/128) + {cross} ({b} + 7/128)` = {}, \
         then `{cross} ({b} + 7/128) + ({b} + 7/128)` = {}. Round 2: {} and {}. \
         The largest scale of the shares is `(1 - 2^-48) / (3/8)` rounded down, {} steps.",
        F(7, 32),
        F(7, 32),
        F(3, 32),
        F(13, 64),
        F(31, 512),
        n(scale),
    );
    says("D19", &text);
}

fn pool_depth(reserve: u128) -> (DepthConfig<1>, Depth<1>) {
    let config = DepthConfig::new(DepthParams {
        shape: Shape::<1>::ConstantProduct,
        haircut: Ratio::ZERO,
        max_age: sec(60),
        rise_time: sec(1),
        rise_base: amount(1),
    })
    .expect("sound");
    let snapshot = Snapshot::ConstantProduct { reserve: amount(reserve) };
    let depth = config.open(&DepthObservation { source_time: at(0), snapshot }, at(0)).expect("the first");
    (config, depth)
}

#[test]
fn d20_clearing() {
    let (cap, r, w, p, a) = (F(1, 16), F(1, 4_096), 32_u64, F(1, 64), F(15, 128));
    let throttle = Throttle { level: Ratio::ZERO, reserved: Ratio::ZERO, cap: cap.ratio(), leak: r.rate() };
    let pace = PaceConfig::new(PaceParams { round: sec(w), piece: p.ratio() }).expect("a round");
    let takes = |seconds| Clearing::Takes(sec(seconds));
    assert_eq!(throttle.clearing_floor(a.ratio()), takes(224));
    assert_eq!(throttle.clearing_ceil(&pace, a.ratio()), takes(384));
    let open = Throttle { reserved: Ratio::ULP, ..throttle };
    assert_eq!(open.clearing_ceil(&pace, a.ratio()), takes(416));
    assert_eq!(throttle.largest_charge_floor(&pace, sec(400)), Some(F(1, 8).ratio()));
    assert_eq!(throttle.steady_lot_floor(&pace), F(1, 128).ratio());
    let (config, depth) = pool_depth(1_024);
    let backlog = Backlog { config: &config, depth: &depth, ahead: Amount::ZERO, least: Amount::ZERO };
    assert_eq!(backlog.largest_sale_floor(&throttle, &pace, sec(400)), Ok(amount(62)));
    let caps = backlog.band_caps_floor(&throttle, &pace, &[sec(100), sec(400)], &[amount(10), amount(20)]);
    // Within 100 s: n = 3, charge c = 3/64, floor(1,024 (sqrt(67/64) - 1)) = 23 atoms.
    assert_eq!(caps, Ok([amount(23), amount(52)]));
    let slack = slack_floor(value(1_100), Value::ZERO, value(900), Ratio::ZERO).expect("small");
    assert_eq!(slack, bits(56_294_995_342_130));
    // The tenth is rounded down, then doubled.
    assert_eq!(slack.to_bits(), 2 * ((1 << 48) / 10));
    let time = slack_time_floor(slack, r.rate());
    assert_eq!(time, Some(sec(819)));
    let text = format!(
        "Example. L = R = 0, cap {cap}, r = {r} a second, w = {w}, p = {p}: c = 3/64, `g = min(3/64, 64/4,096)` = \
         1/64. For a = {a}: at least `ceil((15/128 - 8/128) * 4,096)` = {} s; at \
         most n = `2 + 2 ceil((9/128) / (1/64) = 4.5)` = 12, {} s, and {} with R > 0. Inverse at T = {}: `n = \
         floor(12.5)` = 12, charge `3/64 + 5 * 1/64` = {}; on a pool of 1,024 \
         `floor(1,024 (sqrt(9/8) - 1) = 62.1)` = {} atoms. Within 100 s: n = 3, charge 3/64, `floor(23.7)` = 23. \
         Bands with slacks 100 and 400, open 10 and 20: caps `min(23, 62 - 20)` = 23 and \
         `62 - 10` = {}. Steady lot {}. Slack of V = 1,100 and d = 900, b = 0: `200 / 2,000` rounded down, \
         28,147,497,671,065 steps, twice: {} steps; at a fall of {r} a second `floor(819.2)` = {} s.",
        224,
        384,
        416,
        400,
        F(1, 8),
        62,
        52,
        F(1, 128),
        steps(slack),
        819,
    );
    says("D20", &text);
}

fn risk(law: Law, horizon: u64, tolerance: F) -> RiskConfig {
    let tolerance = tolerance.ratio();
    RiskConfig::new(RiskParams { horizon: sec(horizon), drift: Rate::ZERO, law, tolerance }).expect("sound")
}

#[test]
fn d21_chance() {
    let (sigma, own, slack, time) = (F(1, 16), F(1, 16), F(1, 4), 86_400_u64);
    let peril = Peril { sigma: sigma.ratio(), own: own.ratio(), clearing: Clearing::Takes(sec(time)) };
    let chance = |law| risk(law, time, F(1, 64)).chance_ceil(&peril, slack.ratio()).expect("small");
    let tenth = 28_147_497_671_066_u64;
    assert_eq!(chance(Law::FiniteVariance), bits(tenth));
    assert_eq!(u128::from(tenth), (1_u128 << 48).div_ceil(10));
    assert_eq!(chance(Law::SubGaussian).to_bps_floor(), 111);
    let text = format!(
        "Example. sigma = {sigma} over a day, T = a day, m = 0, y = {own}, slack {slack}: x = 3/16, var = 1/256. Any \
         law: `(1/256) / (1/256 + 9/256)` = 1/10 rounded up, {} steps. Sub-Gaussian: \
         `exp(-(9/256) / (2/256)) = exp(-4.5)` = 0.0111, {} hundredths of a per cent rounded down for display.",
        n(tenth),
        111,
    );
    says("D21", &text);
}

#[test]
fn d22_queue() {
    let capacity = |time: Seconds| Ok(amount(u128::from(time.get() / 30)));
    let queue = Queue::<2>::open(at(0));
    let first = queue.admit(at(0), at(900), amount(40), Amount::ZERO).expect("room");
    let second = first.queue.admit(at(0), at(300), amount(10), Amount::ZERO).expect("room");
    assert_eq!(second.queue.next().map(|entry| entry.ticket), Some(second.ticket));
    let missed = second.queue.first_missed(at(0), capacity).expect("small").expect("one is late");
    assert_eq!((missed.entry.ticket, missed.short), (first.ticket, amount(20)));
    let full = second.queue.admit(at(0), at(300), amount(10), Amount::ZERO);
    assert_eq!(full, Err(Error::QueueFull));
    let third = second.queue.admit(at(0), at(300), amount(11), Amount::ZERO).expect("larger");
    assert_eq!(third.displaced.map(|entry| entry.ticket), Some(second.ticket));
    let deadline = damper::queue::deadline_floor(at(100), F(1, 5).ratio_floor(), F(1, 4_096).rate());
    assert_eq!(deadline, Ok(at(919)));
    let text = format!(
        "Example. K = 2, and C(t) = `floor(t / 30)` atoms. A of {} by 900, then B of {} by 300, admitted at 0: B goes \
         first, and 10 <= C(300) = 10; up to A 50 are wanted and C(900) = 30: A is the \
         first to miss, {} short. A third of 10 is refused, the queue is full; one of {} takes the place of B. A \
         slack of 1/5 (rounded down) that falls by 1/4,096 a second from 100 on: deadline \
         `100 + floor(819.2)` = {}.",
        40,
        10,
        missed.short.get(),
        11,
        919,
    );
    says("D22", &text);
}

impl F {
    fn ratio_floor(self) -> Ratio {
        Ratio::from_fraction_floor(self.0, self.1).expect("small")
    }
}

fn fund(floor: u128, m: F) -> InsuranceConfig {
    let quiet = Loop { exposure: Value::ZERO, per_move: Value::ZERO, limit: F(1, 2).ratio() };
    let limit = MultiplierLimit::new(F(1, 4).ratio(), &quiet).expect("below one");
    let params =
        InsuranceParams { floor: value(floor), multiplier: m.ratio(), max_share: Ratio::ONE, tolerance: Ratio::ZERO };
    InsuranceConfig::new(params, &limit).expect("within the limit")
}

#[test]
fn d23_hedgers() {
    let (phi, m, band) = (750_u128, F(4, 1), exact(price(9)));
    let fund = fund(phi, m);
    let wants = |holding, cash| fund.rebalance(Insurer::new(amount(holding), value(cash)), band).expect("small").1;
    assert_eq!(wants(100, 0), Rebalance::Sell(amount(34)));
    assert_eq!(wants(60, 360), Rebalance::Buy(amount(6)));
    let gap = gap_shortfall_ceil(value(401), value(100), F(1, 2).ratio());
    assert_eq!(gap, Ok(value(101)));
    let per_move = value_per_move_floor(&pool(1_024), price(5), F(17, 64).ratio());
    assert_eq!(per_move, Ok(value(2_409)));
    let hedge = DeltaParams { reference: price(100), gamma: amount(1_000), tolerance: Amount::ZERO };
    let hedge = DeltaConfig::new(hedge, value(400_000), F(1, 4).ratio()).expect("within the limit");
    let sold = hedge.trade(Trade::NONE, price(67)).expect("small");
    assert_eq!((sold, hedge.trade(sold, price(125))), (Trade::sell(amount(329)), Ok(Trade::buy(amount(579)))));
    let text = format!(
        "Example. Floor {phi}, m = {m}, w = 1, no tolerance, price 9. 100 atoms, no cash: W = 900, C = 150, T = 600, \
         E = 900, sell `ceil(300 / 9)` = {}. 60 atoms, cash 360: W and T as before, `T' = 4 * 149` = \
         596, buy `floor((596 - 540) / 9 = 6.2)` = {}. Gap 1/2 with E = 401, C = 100: `ceil(200.5) - 100` = {}. A \
         pool of 1,024 at 5, impact 17/64: `V = floor(128 * 5 / (17/64) = 2,409.4)` = {}. Short \
         gamma, gamma = 1,000, S0 = 100: at 67 the fall 33/100 is rounded down, so `floor(1,000 * 0.33)` is {} to \
         sell; then at 125 `250 + {}` = {} to buy.",
        34,
        6,
        101,
        n(2_409_u128),
        sold.amount.get(),
        sold.amount.get(),
        579,
    );
    says("D23", &text);
}

fn two_sided(b: F, h: F) -> TwoSidedConfig {
    let side = ledger(b, ZERO, h, ONE).params();
    TwoSidedConfig::new(TwoSidedParams { sell: side, buy: side }).expect("below one")
}

#[test]
fn d24_two_sided() {
    let (b, h) = (F(1, 64), F(1, 4));
    let config = two_sided(b, h);
    let state = TwoSided::open(exact(price(2)), at(0)).observe(Window::open(price(3), at(0)));
    let (third, cap) = (93_824_992_236_885_u64, 27_854_294_570_325_u64);
    assert_eq!((state.earned_on(Side::Buy), state.cap(&config, Side::Buy)), (bits(third), bits(cap)));
    assert_eq!((state.earned_on(Side::Sell), state.cap(&config, Side::Sell)), (Ratio::ZERO, b.ratio()));
    let (paid, y, charge) = (8_u128, 1_024_u128, F(257, 16_384));
    assert_eq!(pool(y).impact_ceil(amount(paid)), Ok(charge.ratio()));
    let state = state.advance(&config, at(40)).expect("later");
    let bought = state.charge(&config, Side::Buy, charge.ratio(), at(40)).expect("permitted");
    assert_eq!((bought.level(Side::Buy), bought.level(Side::Sell)), (charge.ratio(), Ratio::ZERO));
    let sell = |shown| bought.charge(&config, Side::Sell, F(1, 128).ratio(), at(shown)).map(|_| ());
    assert_eq!((sell(40), sell(41)), (Err(Error::OtherSideUnshown), Ok(())));
    let text = format!(
        "Example. B = {b}, h = {h} on both sides. From ref' = 2 to max = 3: `U = 1 - 2/3` rounded down, {} steps; the \
         cap of purchases is `{b} + floor(U / 4)` = {} steps, that of sales {b}. A purchase that \
         pays {paid} into a quote reserve of {} is charged `(1 + 1/128)^2 - 1` = {}; the level of sales stays 0. If \
         it was at 40, a sale on depth dated 40 is refused, on depth dated 41 not.",
        n(third),
        n(cap),
        n(y),
        charge,
    );
    says("D24", &text);
}

#[test]
fn d25_keepers() {
    let config = RewardConfig::new(RewardParams {
        tip: value(300),
        chip: F(1, 1_024).ratio(),
        growth: Rate::ZERO,
        most_growth: Ratio::ZERO,
        cap: value(5_000),
        share: F(1, 2).ratio(),
    })
    .expect("sound");
    let work = |size| Work {
        size: value(size),
        penalty: F(1, 16).ratio(),
        paid: Value::ZERO,
        waited: Seconds::ZERO,
        boost: Ratio::ONE,
    };
    let reward = |size| config.reward_floor(&work(size)).expect("small").get();
    assert_eq!((reward(102_500), reward(330)), (400, 10));
    let small = Payment::TooSmall { least: Some(value(8_000)) };
    assert_eq!(config.payment(&work(7_999), value(250)), Ok(small));
    let bonds = BondConfig::new(BondParams { share: F(1, 4).ratio() }).expect("a share");
    let kicked = Kicked { lot: amount(99), collateral: amount(100), debt: value(640), threshold: F(3, 4).ratio() };
    let bond = bonds.open(kicked).expect("a lot");
    let whole = bonds.open(Kicked { lot: amount(100), ..kicked }).expect("a lot");
    assert_eq!((bond.posted(), whole.posted()), (value(159), value(160)));
    let end = whole.settle(Outcome::Sold { sold: amount(100), paid: value(746) }, value(88)).expect("a sale");
    assert_eq!((end.gained, end.fund_left, end.forfeited), (value(80), value(8), value(0)));
    let answering = AnsweringConfig::new(AnsweringParams {
        prompt: sec(60),
        late: sec(660),
        recovery: Decay::HALF,
        max_gap: sec(1),
        whole: value(1_000),
        start: Ratio::ONE,
        least_lot: F(1, 4).ratio(),
        most_boost: F(3, 1).ratio(),
    })
    .expect("sound");
    let filled = |lateness| Answer::Filled { lateness: sec(lateness), size: value(1_000) };
    let half = answering.observe(answering.open(at(0)), filled(360), at(400)).expect("later");
    let better = answering.observe(half, filled(0), at(500)).expect("later");
    let dust = answering.observe(better, Answer::Missed { size: value(1) }, at(600)).expect("later");
    let health = 210_824_757_556_281_u64;
    assert_eq!((half.health(), better.health(), dust.health()), (F(1, 2).ratio(), F(3, 4).ratio(), bits(health)));
    let factors = (answering.lot_factor_floor(&better), answering.boost_floor(&better));
    assert_eq!(factors, (Ok(F(13, 16).ratio()), Ok(F(3, 2).ratio())));
    let text = format!(
        "Example. Tip 300, chip 1/1,024, no growth, boost 1, cap 5,000, share 1/2, penalty 1/16, nothing paid before. \
         Size 102,500: offer `300 + floor(102,500 / 1,024 = 100.09)` = {}, room `floor(102,500 / 32 = 3,203.1)`: \
         reward {}. Size \
         330: room `floor(10.3)` = {}, the reward. A cost of 250 needs a size of `250 * 32` = {}. Bond of 1/4 on a \
         lot of 99 in c = 100, d = 640: `ceil(ceil(633.6) / 4 = 158.5)` = {}; on the whole 100 it is `640/4` = 160, and \
         with t = 3/4, \
         sold for 746: `t c p = ceil(559.5)` = 560, `d (1 - t)` = 160, gain `160 * 80/160` = {}; of a fund of 88, {} \
         are left. Answering: prompt 60, late 660, `recovery` = 1/2, `max_gap` = 1, W = 1,000, health 1. A whole lot \
         filled 360 late: score \
         300/600, health {}; the next prompt: `1 - (1 - 1/2) * 1/2` = {}, lots times {}, offers (`most_boost` = 3, \
         `least_lot` = 1/4) times {}. A miss of one atom: w = 1/1,000 up, 281,474,976,711 steps, health {} steps.",
        400,
        reward(102_500),
        reward(330),
        n(8_000_u128),
        bond.posted().get(),
        end.gained.get(),
        end.fund_left.get(),
        F(1, 2),
        F(3, 4),
        F(13, 16),
        F(3, 2),
        n(health),
    );
    says("D25", &text);
}

fn healing(floor: F, w: F, rho: F, hold: u64) -> AppetiteConfig {
    let absent = Signal::Absent;
    let stress = StressConfig::new(StressParams {
        volatility: Signal::Between { calm: Ratio::ZERO, stressed: Ratio::ONE },
        depth: Signal::Between { calm: F(3, 4).ratio(), stressed: F(1, 4).ratio() },
        depth_norm: amount(1_000),
        fill: absent,
        backlog: absent,
        oracle: absent,
        keepers: absent,
        neighbours: absent,
        max_age: Seconds::ZERO,
    });
    AppetiteConfig::new(AppetiteParams {
        stress: stress.expect("ordered"),
        floor: floor.ratio(),
        start: Ratio::ONE,
        hysteresis: w.ratio(),
        recovery: rho.rate(),
        hold: sec(hold),
        max_step: sec(600),
    })
    .expect("sound")
}

#[test]
fn d26_appetite() {
    let (floor, w, rho, hold) = (F(1, 2), F(1, 4), F(1, 1_024), 60_u64);
    let config = healing(floor, w, rho, hold);
    let seen = |volatility: F| Internal { volatility: Some(volatility.ratio()), depth: Some(amount(750)), fill: None };
    let stress = config.params().stress;
    let thin = Internal { depth: Some(amount(500)), ..seen(ZERO) };
    assert_eq!((stress.internal_ceil(&thin), stress.internal_ceil(&seen(ZERO))), (F(1, 2).ratio(), Ratio::ZERO));
    let profile = DepthProfile::new(&[100, 250, 1_000].map(amount)).expect("in range");
    assert_eq!(profile.thinnest_floor(&[50, 240, 900].map(amount)), amount(500));
    let x = F(5, 8);
    let low = config.observe(config.open(at(0)), &seen(x), at(10)).expect("later");
    let lost = 70_368_744_177_665_u64;
    let level = |state: &damper::appetite::Appetite| Ratio::ONE.to_bits() - state.level().to_bits();
    assert_eq!(level(&low), lost);
    assert_eq!(lost, F(1, 4).ratio().to_bits() + 1);
    let held = config.observe(low, &seen(ZERO), at(70)).expect("later");
    let heals = config.observe(held, &seen(ZERO), at(71)).expect("later");
    assert_eq!((level(&held), level(&heals)), (lost, lost - (1 << 38)));
    let text = format!(
        "Example. Depth with a norm of 1,000, calm 3/4, stressed 1/4: at 500 atoms the stress is `(750 - 500) / 500` \
         = {}. On a grid with norms 100, 250, 1,000 and depths 50, 240, 900: `m = min(50 * 10, 240 * 4, 900)` = {}. \
         With floor {floor}, w = {w}, \
         rho = {rho} a second, H = {hold}, `max_step` 600: `k = (1/2) / (3/4)` rounded up, 187,649,984,473,771 steps. \
         Open at 0; x = {x} at 10: `press = ceil(k * 3/8 = 70,368,744,177,664.125)` = {} steps, 1/4 and one; d is that, c = `d + \
         60/1,024`. With x = 0 at 70: \
         `e = 60/1,024`, c = d, d stays. At 71: `e = {rho}`, d = `1/4 - {rho}` and one step, {} steps.",
        F(1, 2),
        500,
        n(lost),
        n(level(&heals)),
    );
    says("D26", &text);
}

fn spoils(reserve: u128, b: F, h: F, clearing: F) -> Spoils<1> {
    Spoils {
        ledger: ledger(b, ZERO, h, ONE),
        credible: pool(reserve),
        price: price(1),
        fallen: Ratio::ZERO,
        lasting: Seconds::ZERO,
        wick: Seconds::ZERO,
        bonus: Ratio::ZERO,
        clearing: clearing.ratio(),
        reward: Ratio::ZERO,
    }
}

#[test]
fn d27_attack() {
    let (x, d, b, h, clearing) = (1_000_001_u128, F(3, 4), F(1, 64), F(1, 8), F(1, 2));
    let cost = least_cost_floor(&pool(x), price(1), Push::Down(d.ratio()));
    assert_eq!(cost, Ok(value(500_000)));
    let levels = [
        damper::book::Level { price: F(2, 3).price_ceil(), amount: amount(100) },
        damper::book::Level { price: F(1, 2).price(), amount: amount(200) },
    ];
    let grid = Shape::<2>::Grid([F(1, 2).ratio(), Ratio::ONE]);
    let ladder = grid.measure_floor(&Snapshot::Ladder { reference: price(1), levels: &levels }).expect("a ladder");
    assert_eq!(least_cost_floor(&ladder, price(1), Push::Down(d.ratio())), Ok(value(66)));
    let spoils = spoils(500_000, b, h, clearing);
    let collected = spoils.collected_ceil(d.ratio(), value(u128::MAX));
    assert_eq!(collected, Ok(value(23_926)));
    let lent = borrowed_ceil(value(1_001), Ratio::ONE, d.ratio());
    assert_eq!(lent, Ok(value(501)));
    let text = format!(
        "Example. P = 1, d = {d}, F = 1/4. A pool of {}: `C = {} * (1/2)^2 / (1/2) = 500,000.5`, down to {}. A grid \
         1/2, 1 with Q of 100 and 300: both points are below `d / (1 - d)` = 3, `C = 100 * 0 + floor(200 * 1/3)` = {}. \
         Collected, with x' = 500,000, B = {b}, h = {h}, n = D0 = 0, no wick, no bonus, no rewards, any reach, \
         clearing {clearing}: `A = {b} \
         + {h} * {d}` = 7/64, `S = ceil(500,000 * 7/128 = 27,343.75)` = 27,344, `1 - 1/2 * 1/4` = 7/8, `G = \
         ceil(27,344 * 7/8)` = {}. Lent \
         on V = 1,001 at a max LTV of {d} after u = 1: `ceil({d} * 2,002 - 1,001 = 500.5)` = {}.",
        n(x),
        n(x),
        n(500_000_u128),
        66,
        n(23_926_u128),
        501,
    );
    says("D27", &text);
}

#[test]
fn d28_start() {
    let (b, r, w, sigma, horizon, tolerance) = (F(1, 16), F(1, 4_096), 32_u64, F(1, 16), 2_048_u64, F(1, 64));
    let market = market::Market {
        shape: Shape::<1>::ConstantProduct,
        haircut: Ratio::ZERO,
        burst: b.ratio(),
        leak: r.rate(),
        own_share: Ratio::ZERO,
        kappa: Ratio::ONE,
        share: Ratio::ONE,
        wick: Seconds::ZERO,
    };
    let usual = market.params();
    let both = own(F(5, 8), F(3, 4), F(1, 4));
    let schedule = ScheduleParams { calm: both, stressed: both, ..*usual.schedule.params() };
    let volatility = VolatilityParams {
        horizon: sec(horizon),
        floor: sigma.ratio(),
        start: sigma.ratio(),
        ..*usual.volatility.params()
    };
    let rule = EarlyRule {
        risk: risk(Law::FiniteVariance, horizon, tolerance),
        pace: PaceConfig::new(PaceParams { round: sec(w), piece: Ratio::ZERO }).expect("a round"),
    };
    let plan = PlanParams { base_bonus: F(1, 2).ratio(), min_sale: value(8), ..usual.plan.params() };
    let (guard, state) = open_on(GuardParams {
        schedule: ScheduleConfig::new(schedule).expect("sound"),
        volatility: VolatilityConfig::new(volatility).expect("sound"),
        plan: PlanConfig::new(plan).expect("sound"),
        start: Start::ByChance(rule),
        ..usual
    });
    let decided = |held, debt| {
        let position = Position::<0, 0>::new(amount(held), value(debt));
        guard.assess(&state, at(START), &position).expect("fresh")
    };
    let Decision::Liquidate { plan, deferred } = decided(256, 160) else { panic!("it starts") };
    assert_eq!((plan.sell, plan.repay, deferred), (amount(16), value(14), Amount::ZERO));
    assert_eq!(decided(16, 10), Decision::Healthy);
    let slack = slack_floor(value(16), Value::ZERO, value(10), F(25, 128).ratio()).expect("small");
    let own = pool(1_024).impact_ceil(amount(16)).expect("small");
    assert_eq!(own, F(129, 4_096).ratio());
    let peril = Peril { sigma: sigma.ratio(), own, clearing: Clearing::Takes(sec(128)) };
    assert_eq!(
        risk(Law::FiniteVariance, horizon, tolerance).chance_ceil(&peril, slack).map(Ratio::to_bps_floor),
        Ok(37)
    );
    let text = format!(
        "Example. A pool of 1,024, P = 1, t = 3/4, b = 1/4, base 1/2, least sale 8, B = {b}, h = 0, r = {r} a second, \
         L = R = 0, `kappa` = 1, w = {w}; sigma {sigma} over {} s, any law, tolerance {tolerance}. \
         C = 256, d = 160 (W = 192): `g_0 = 9/8 * 17/16` = 153/128, `G = ceil(160 * 153/128 = 191.25)` = 192, slack `2 * \
         64/448` = 2/7; `C_2 = (ceil(160 * 85/64 = 212.5) + 8) / (1/2)` = 442 is above C; both sales are 256: y = I(256) = 9/16 is \
         above the slack: chance 1, it starts. Lot: `g` is that of `g_0`, q = 192, `g` of D20 is \
         1/64, steady lot `floor(1,024 (sqrt(129/128) - 1) = 3.99)` = 3, u = {}: {} are sold, for `ceil(192 * 128/153 \
         = 160.6)` = 161 in all, `ceil(161 * 16/192 = 13.4)` = {} here. C = 16, d = 10 (W = 12): `G = ceil(11.95)` = 12, \
         slack `2 * 4/28` = 2/7; `C_2 = (14 + 8) / (1/2)` = 44, so 16; `y = I(16)` = \
         {}; u at `P G / V` is above C, so p is the charge of 16, 129/4,096: c = 127/4,096, n = `2 + 2 \
         ceil(2/64)` = 4, T = {} s, var = `1/256 * \
         128/{}` = 1/4,096, x = `2/7 - 129/4,096` = 0.2542, chance `1 / (1 + 4,096 x^2)` = 0.00376: below \
         {tolerance}, it waits.",
        n(horizon),
        16,
        plan.sell.get(),
        plan.repay.get(),
        F(129, 4_096),
        128,
        n(horizon),
    );
    says("D28", &text);
}

// Invariants.

#[test]
fn i1_cap() {
    let (b, l, r) = (F(1, 16), F(1, 32), F(1, 64));
    let config = ledger(b, ZERO, ZERO, ONE);
    let state = Ledger::open(exact(price(1)), at(0)).charge(&config, l.ratio()).expect("permitted");
    let state = state.reserve(&config, r.ratio()).expect("permitted");
    assert_eq!(state.headroom(&config), F(1, 64).ratio());
    let full = state.reserve(&config, F(1, 64).ratio()).map(|state| state.headroom(&config));
    let above = F(1, 64).ratio().checked_add(Ratio::ULP).expect("small");
    assert_eq!((full, state.reserve(&config, above)), (Ok(Ratio::ZERO), Err(Error::NotPermitted)));
    let text = format!(
        "Example. B = {b}, h = 0, L = {l}, R = {r}: a reservation of {} gives L + R = {b} and is permitted; one step \
         of 2^-48 more is `NotPermitted`.",
        F(1, 64),
    );
    says("I1", &text);
}

#[test]
fn i3_nothing_is_lost() {
    let config = auction(Curve::Linear { duration: sec(100) }, F(1, 2), ZERO, 20);
    let terms = Terms::freeze(&config, exact(F(5, 2).price()), Ratio::ZERO, at(0)).expect("small");
    let mut lot = Lot::open(terms, amount(100), value(101)).expect("small");
    let mut sold = Vec::new();
    for want in [8, 32, 68] {
        let take = lot.take(amount(want), price(3), at(0)).expect("a part");
        sold.push(take.sold.get());
        lot = take.lot;
    }
    let back = lot.close().unsold.get();
    assert_eq!((sold.as_slice(), back, sold.iter().sum::<u128>() + back), (&[8_u128, 24, 9][..], 59, 100));
    let text = format!(
        "Example. The lot of 100 of D13: {} + {} + {} are sold and {back} returned; `41 + 59 = 100`.",
        sold[0], sold[1], sold[2]
    );
    says("I3", &text);
}

// Theorems.

#[test]
fn ta_bound() {
    let (x, b, r, seconds, h, kappa, eps) = (F(1, 4), F(1, 256), F(1, 65_536), 64_u64, F(1, 8), F(2, 1), F(1, 512));
    let config = ledger(b, r, h, kappa);
    let exposure = Exposure { exogenous: x.ratio(), noise: eps.ratio(), elapsed: sec(seconds) };
    // (1/4 + 2 (1/256 + 1/1024 + 1/2048)) / (3/4) = (267/1024) / (3/4) = 89/256
    assert_eq!(config.bound_ceil(exposure), Ok(F(89, 256).ratio()));
    let other = ledger(b, ZERO, h, ONE).bound_ceil(falls(x, 64));
    let up = 81_678_006_634_789_u64;
    assert_eq!(other, Ok(bits(up)));
    assert_eq!(u128::from(up), (65_u128 << 48).div_ceil(224));
    let text = format!(
        "Example. X = {x}, `kappa` = {kappa}, B = {b}, r = {r} a second, n = {seconds} s, h = {h}, `eps` = {eps}: \
         `({x} + 2 ({b} + 1/1,024 + 2 * {h} * {eps})) / (1 - 2/8) = (267/1,024) / (3/4)` = {}. With `kappa` = 1 and \
         r = `eps` = 0: `({x} + {b}) / (7/8)` = 65/224, rounded up {} steps of 2^-48.",
        F(89, 256),
        n(up),
    );
    says("T-A", &text);
}

#[test]
fn t2_bucket() {
    let (b, r, wait) = (F(1, 64), F(1, 4_096), 48_u64);
    let config = ledger(b, r, ZERO, ONE);
    let state = Ledger::open(exact(price(1)), at(0)).charge(&config, b.ratio()).expect("permitted");
    let state = state.advance(&config, at(wait)).expect("later");
    assert_eq!(state.headroom(&config), F(3, 256).ratio());
    let full = state.charge(&config, F(3, 256).ratio()).expect("permitted");
    assert_eq!(full.charge(&config, Ratio::ULP), Err(Error::NotPermitted));
    let text = format!(
        "Example. B = {b}, r = {r} a second. {b} is charged at 0; {wait} s later `L = 1/64 - {wait}/4,096` = 1/256, \
         so {} more is permitted and not a step beyond: `1/64 + 3/256 = 7/256 = B + {wait} r`.",
        F(3, 256),
    );
    says("T2", &text);
}

#[test]
fn t4_joint_bound() {
    let (x, b, h, g) = (F(1, 4), F(1, 256), F(1, 16), F(1, 4));
    let joint = joint_bound_ceil(Ratio::ONE, g.ratio(), &[budget(b, h); 2], falls(x, 60));
    let up = 116_108_427_893_146_u64;
    assert_eq!(joint, Ok(bits(up)));
    assert_eq!(u128::from(up), (33_u128 << 48).div_ceil(80));
    let alone = joint_bound_ceil(Ratio::ONE, Ratio::ZERO, &[budget(b, h); 2], falls(x, 60));
    assert_eq!(alone, ledger(F(1, 128), ZERO, F(1, 8), ONE).bound_ceil(falls(x, 60)));
    let cost = pool(1_024).impact_ceil(amount(256)).expect("small");
    assert_eq!((cost, pool(1_024).impact_ceil(amount(128))), (F(9, 16).ratio(), Ok(F(17, 64).ratio())));
    let text = format!(
        "Example. (i) On a pool of 1,024 two sellers of 128 are charged {} each: `(81/64)^2 = 6,561/4,096` is above \
         the joint `1 + {}` = 6,400/4,096. (iii) Two sellers of B = {b}, h = {h}, r = `eps` = 0, `kappa` = 1, g = \
         {g}, X0 = {x}: `(66/256) / (5/8)` = 33/80, rounded up \
         {} steps of 2^-48; with g = 0 it is the bound of one ledger of B = 1/128, h = 1/8. (vi) A lie costs at most \
         the factor `(3/4) (7/8) / (5/8)` = 21/20.",
        F(17, 64),
        F(9, 16),
        n(up),
    );
    says("T4", &text);
}

#[test]
fn t5_hedgers() {
    let quiet = Loop { exposure: value(1_000), per_move: value(4_000), limit: F(1, 2).ratio() };
    let deep = Loop { per_move: value(8_000), ..quiet };
    let fall = F(3, 8);
    let limit = MultiplierLimit::new(fall.ratio(), &deep).expect("below one");
    let floor = 891_337_426_250_410_u64;
    assert_eq!((limit.largest(), limit.binding()), (bits(floor), Binding::Floor));
    // 8/3 rounded down, and a half.
    assert_eq!(u128::from(floor), (8_u128 << 48) / 3 + (1 << 47));
    let thin = MultiplierLimit::new(fall.ratio(), &quiet).expect("below one");
    assert_eq!((thin.largest(), thin.binding()), (F(3, 1).ratio(), Binding::Gain));
    let (b, h, x, y) = (F(1, 256), F(1, 8), F(1, 4), F(1, 2));
    let swing = Swing { fall: x.ratio(), rise: y.ratio(), noise: Ratio::ZERO, elapsed: sec(60) };
    let bound = two_sided(b, h).bound_fall_ceil(swing);
    let up = 108_485_147_273_899_u64;
    assert_eq!(bound, Ok(bits(up)));
    assert_eq!(u128::from(up), (37_u128 << 48).div_ceil(96));
    let text = format!(
        "Example. (i) b = {fall}: `1/b + 1/2` = 8/3 rounded down and 1/2, {} steps of 2^-48 (3.1666). (ii) E = 1,000, \
         a limit of 1/2: V = 8,000 leaves `1 + (1/2) 8` = 5, so the floor binds; V = 4,000 leaves {}, and the gain \
         binds. (iv) B = {b}, h = {h} on both sides, \
         `kappa` = 1, r = `eps` = 0, X = {x}, Y = {y}: C = 1/128, `S = (1/128 + 1/32 + 1/16) / (3/4)` = 13/96 and X + \
         S = 37/96, rounded up {} steps.",
        n(floor),
        F(3, 1),
        n(up),
    );
    says("T5", &text);
}

#[test]
fn t6_clearing_price() {
    let (duration, latency, v) = (100_u64, 9_u64, 2_u128);
    let config = auction(Curve::Linear { duration: sec(duration) }, F(1, 2), ZERO, 0);
    let terms = Terms::freeze(&config, exact(price(2)), F(1, 4).ratio(), at(0)).expect("small");
    // The part of 20 s, 4/5 rounded up, asks more than 2.
    assert_eq!(terms.time_to(price(v)), Some(sec(21)));
    let least = terms.clearing_price_floor(price(v), sec(latency)).expect("reached");
    let part = 197_032_483_697_460_u64;
    assert_eq!(least, F(5 * u128::from(part), 1 << 49).price());
    // v - s (latency + 1) / T = 2 - 1/4
    assert!(least > F(7, 4).price());
    let stairs = Curve::StairExponential { cut: F(3, 4).decay(), step: sec(10) };
    let steps =
        Terms::freeze(&auction(stairs, F(1, 4), ZERO, 0), exact(price(2)), F(1, 4).ratio(), at(0)).expect("small");
    assert_eq!(steps.time_to(price(v)), Some(sec(10)));
    assert_eq!(steps.clearing_price_floor(price(v), sec(latency)), Some(F(15, 8).price()));
    let text = format!(
        "Example. s = 5/2, f = 1/2, line, T = {duration}, v = {v}, an answer within {latency} s. At 20 the part is \
         4/5 rounded up, which asks more than {v}; at {} it asks less. So {} s later, at 30, {} steps of 2^-48 of s \
         (7/10 rounded up) are paid, 1.75; the bound is \
         `2 - (5/2) 10/100 - e = 1.75 - e`. Stairs, c = 3/4 every 10 s, f = 1/4: at {} the price is {}, and still so \
         within the step; l = 0, the bound is `3/4 (2 - e)`.",
        21,
        latency,
        n(part),
        10,
        F(15, 8),
    );
    says("T6", &text);
}

#[test]
fn t7_moving_thresholds() {
    let (a, lower, p, same, held) = (F(3, 4), F(11, 16), 12_u128, 11_u128, 16_u128);
    let healthy = |threshold: F, p, debt| {
        let position = Position::<0, 0>::new(amount(held), value(debt));
        position.is_healthy(&own(F(5, 8), threshold, ZERO), exact(price(p))).expect("small")
    };
    assert!(healthy(lower, p, 132) && healthy(a, same, 132) && !healthy(lower, p, 133) && !healthy(a, same, 133));
    let text = format!(
        "Example. (i) C = {held}, from a = {a} to a' = {lower} at P = {p}: `{lower} * {held} * {p}` = {}; at `P a'/a` \
         = {same} and a it is `{a} * {held} * {same}` = {}. A debt of 132 is healthy in both, one of 133 in neither. \
         (ii) Ramp 1/4,096, n = 64 counted seconds from {a}: the threshold is at least \
         `{a} (1 - 1/64)` = 189/256, so it releases at most what a fall of 1/64 does. (iii) B = 1/256, h = 1/8, \
         `kappa` = 1, r = `eps` = 0: at most `(1/256) / (7/8)` = 1/224.",
        132, 132,
    );
    let bound = ledger(F(1, 256), ZERO, F(1, 8), ONE).bound_ceil(falls(ZERO, 60)).expect("small");
    assert_eq!(bound, Ratio::from_fraction_ceil(1, 224).expect("small"));
    let schedule = ScheduleConfig::new(ScheduleParams {
        calm: own(F(3, 8), a, ZERO),
        stressed: own(F(3, 8), F(1, 2), ZERO),
        sigma_calm: F(1, 16).ratio(),
        sigma_stressed: F(1, 8).ratio(),
        ramp: F(1, 4_096).rate(),
        max_step: sec(64),
    })
    .expect("sound");
    let after = schedule.step(Schedule::open(at(0)), Ratio::ONE, at(64), Ramp::Moving).expect("later");
    let threshold = schedule.in_force(&after, Ratio::ONE).expect("sound").liquidation_threshold;
    assert!(threshold >= F(189, 256).ratio() && threshold < a.ratio());
    says("T7", &text);
}

#[test]
fn d31_shadow() {
    let usual = market::Market {
        shape: Shape::<1>::ConstantProduct,
        haircut: Ratio::ZERO,
        burst: F(1, 16).ratio(),
        leak: Rate::ZERO,
        own_share: Ratio::ZERO,
        kappa: Ratio::ONE,
        share: Ratio::ONE,
        wick: Seconds::ZERO,
    };
    let (guard, state) = open_on(usual.params());
    let (shadow, first) = guard.shadow_sale(Shadow::new(state), at(START), amount(40)).expect("compared");
    assert_eq!((first.permitted, first.excess), (amount(31), amount(9)));
    let (_, second) = guard.shadow_sale(shadow, at(START), amount(5)).expect("compared");
    assert_eq!((second.permitted, second.excess), (Amount::ZERO, amount(5)));
    let text = format!(
        "Example. A pool of 1,024, B = 1/16, h = 0: `Q = floor(1,024 (sqrt(17/16) - 1) = 31.5)` = 31. Of a sale of 40, \
         {} are permitted and {} in excess; of a second one 0 and all of it.",
        first.permitted.get(),
        first.excess.get(),
    );
    says("D31", &text);
}

fn d29_ledger(burst: F, own_share: F, kappa: F) -> LedgerConfig {
    LedgerConfig::new(LedgerParams {
        burst: burst.ratio(),
        leak: Rate::ZERO,
        own_share: own_share.ratio(),
        kappa: kappa.ratio(),
    })
    .expect("sound")
}

#[test]
fn d29_crash() {
    let crash = |slack: F, step: F, piece: F| Crash {
        slack: slack.ratio(),
        step: step.ratio(),
        noise: Ratio::ZERO,
        held: Ratio::ZERO,
        piece: piece.ratio(),
    };
    let burst = d29_ledger(F(1, 64), F(0, 1), F(2, 1));
    let charge = F(3, 256);
    assert_eq!(charged_in_time_floor(&burst, &crash(F(1, 4), F(1, 8), F(1, 256))), Ok(charge.ratio()));
    assert_eq!(charged_in_time_floor(&burst, &crash(F(1, 4), F(1, 4), F(1, 256))), Ok(Ratio::ZERO));
    let share = d29_ledger(F(0, 1), F(1, 4), F(1, 1));
    let root = charged_in_time_floor(&share, &crash(F(1, 2), F(0, 1), F(0, 1))).expect("in range");
    assert_eq!(root.to_bps_floor(), 849);
    let positions = AtThreshold { threshold: F(3, 4).ratio(), relieved: value(400), fall: F(1, 2).ratio() };
    let loss = positions.loss_ceil().expect("in range");
    assert_eq!(positions.bad_debt_ceil(value(1_000)), Ok(value(201)));
    assert_eq!(positions.debt_floor(value(201)), Ok(Some(value(1_002))));
    // Of debts near what is relieved the worst start price is a lower one.
    assert_eq!(positions.bad_debt_ceil(value(400)), Ok(value(14)));
    let past = d29_ledger(F(1, 256), F(1, 8), F(2, 1));
    let exposure = Exposure { exogenous: F(1, 4).ratio(), noise: Ratio::ZERO, elapsed: sec(86_400) };
    let any = F(65, 128);
    assert_eq!(bound_ceil(&past, exposure, Ratio::ONE), Ok(any.ratio()));
    let fresh = bound_ceil(&past, exposure, Ratio::ZERO).expect("small");
    assert_eq!(fresh.to_bps_floor(), 3_276);
    let width = Ratio::from_fraction_floor(1, 65).expect("small");
    let bands = [Band { width, amount: amount(1_000) }];
    let book = Shape::Grid([F(1, 64).ratio()]).measure_floor(&Snapshot::Bands(&bands)).expect("a band");
    assert_eq!(sold_floor(&book, F(1, 8).ratio(), amount(100)), amount(400));
    let text = format!(
        "Example. h = 0, B = 1/64, `kappa` = 2, S = 1/4, v = 1/8, `eps` = 0, u = 0, p = 1/256: a = `1/64 - 1/256` = \
         {charge}, where y = `1/8 - 2 * {charge}` = 13/128. With v = 1/4 none. With h = 1/4, B = p = 0, `kappa` = 1, S = \
         1/2, v = 0: a = 0.0849, because `1/4 (1 - exp(-(0.5 - 0.0849)))` = 0.0849. Threshold 3/4, D* = 1/2: loss `1 - \
         (1/2) / (3/4)` = 1/3 rounded up, {} steps; of a debt of {}, 400 relieved, `600 (1/3)` is {}, rounded up. At \
         most 201: a debt of `400 + 602` = {}, because the loss is above 1/3. A debt of 400 is worst where it is reached at \
         `sqrt(2/3)` = 0.816 of the price: `400 (1 - sqrt(2/3))^2 = 13.5`, {} with the roundings. X = 1/4, `kappa` = 2, B = 1/256, \
         h = 1/8: M = `1/4 + 2 (1/256 + 1/8)` = {any} for any past, and 0.3276 for none, where T-A has 0.3437. A grid of \
         1,000 at 1/64, q_0 = 100: charges of 1/8 sell `(1/8) / 2 * 100 / (1/64)` = {}.",
        n(loss.to_bits()),
        n(1_000_u128),
        201,
        n(1_002_u128),
        14,
        400,
    );
    says("D29", &text);
}

#[cfg(feature = "calibrate")]
#[test]
fn d30_calibration() {
    use damper::calibrate::{Known, Wanted, calibrate};
    use damper::history::Fall;
    let usd = |whole: u128| value(whole * 1_000_000);
    let fall = |within, fall| Fall { within: sec(within), fall };
    // 200 dollars of six decimals for an asset of nine.
    let known = Known {
        calm_volatility: 0.04,
        stressed_volatility: 0.2,
        half_life: 86_400.0,
        falls: &[fall(3_600, 0.14), fall(86_400, 0.43)],
        noise: 0.0,
        price: Price::from_fraction_floor(1, 5).expect("positive"),
        shape: Shape::<1>::ConstantProduct,
        depth: [amount(1_600_000 * 1_000_000_000)],
        collapse: 4.0,
        heartbeat: sec(60),
        gas: usd(20),
    };
    let wanted = Wanted { threshold: Some(0.5), ..Wanted::usual(usd(10_000_000), usd(4_000_000)) };
    let found = calibrate(&known, &wanted).expect("tolerated");
    let (ledger, promise) = (found.params.ledger.params(), found.promise);
    assert_eq!(ledger.kappa, F(4, 1).ratio());
    assert!(ledger.own_share < F(1, 8).ratio() && ledger.own_share.to_bps_floor() == 1_249);
    assert_eq!((promise.lag, found.params.plan.params().min_sale), (sec(1_620), promise.least_lot));
    let parts = |ratio: Ratio| format!("{}.{:04}", ratio.to_bps_floor() / 10_000, ratio.to_bps_floor() % 10_000);
    let whole = |value: Value| n(value.get() / 1_000_000);
    let text = format!(
        "Example. A pool of 1,600,000 that fell to a quarter, P = 200, falls of 14 % in an hour and 43 % in a day, g = 60 s, \
         gas 20; the usual wants (m = 2, u = u_d = 2 %, haircut 1/2, bonus 8 %, pen = 2 %, w = 600 s, H = 0), d = \
         10,000,000, e = 1. kappa = 4, h is just below 1/8, B = `0.0202 / 8` = {}; lag = `2 * 600 + 7 * 60` = {} s, v = \
         `-ln 0.86` = {}; bound = `0.5621 + 0.0101 + 0.0101 + 4/8` = {}, \
         D* = {}. Least lot `2 * 2 * 20 / (0.02 / 2)` = {}. At t = 1/2, S = `2 (1 - c) / (1 + c)` with c = \
         `1/2 * 1.02 * 1.1275`, 1.02 with a quarter of the bonus, for `1/2 * 1.08 * 1.02` is less; a = {}, {} of debt relieved, at most {} of bad debt.",
        parts(ledger.burst),
        n(promise.lag.get()),
        parts(promise.step),
        parts(promise.bound),
        parts(promise.fall),
        whole(promise.least_lot),
        parts(promise.charge),
        whole(promise.relieved),
        whole(promise.bad_debt),
    );
    says("D30", &text);
}

#[test]
fn t18_sold_in_time() {
    let ledger = d29_ledger(F(1, 64), F(0, 1), F(2, 1));
    let crash = Crash {
        slack: F(1, 4).ratio(),
        step: F(1, 8).ratio(),
        noise: Ratio::ZERO,
        held: Ratio::ZERO,
        piece: F(1, 256).ratio(),
    };
    let charge = F(3, 256);
    assert_eq!(charged_in_time_floor(&ledger, &crash), Ok(charge.ratio()));
    let text = format!(
        "Example. The burst of D29's example: a price that falls by 1/4 in log-price, but by no more than 1/8 within the \
         lag, meets charges of {charge} before."
    );
    says("T18", &text);
}

/// A market with these thresholds, whose ramp goes half of the way of the first test in a second.
fn with_thresholds(calm: F, stressed: F) -> GuardParams<1> {
    let of = |threshold: F| Parameters {
        max_ltv: F(1, 8).ratio(),
        liquidation_threshold: threshold.ratio(),
        bonus: Ratio::ZERO,
        margin: F(1, 16).ratio(),
        auction_buffer: Ratio::ZERO,
    };
    let params = ScheduleParams {
        calm: of(calm),
        stressed: of(stressed),
        sigma_calm: Ratio::ZERO,
        sigma_stressed: Ratio::ONE,
        ramp: F(1, 4).rate(),
        max_step: sec(1),
    };
    GuardParams { schedule: ScheduleConfig::new(params).expect("sound"), ..*guarded(ONE, 0).0.params() }
}

#[test]
fn d32_change() {
    let (calm, low, lower) = (F(3, 4), F(1, 2), F(1, 4));
    let (old, state) = open_on(with_thresholds(calm, low));
    let new = Guard::new(with_thresholds(calm, lower)).expect("sound");
    let now = at(START + 1);
    let state = old.observe(state, &Observation { now, price: None, depth: None }).expect("later");
    let in_force = |guard: &Guard<1>, state: &GuardState<1>| {
        guard.limits(state, now).expect("fresh").parameters.liquidation_threshold
    };
    assert_eq!((state.schedule().stress_bits(), in_force(&old, &state)), (1 << 62, F(5, 8).ratio()));
    let adopted = new.adopt(&old, state, now).expect("calm is above");
    assert_eq!((adopted.schedule().stress_bits(), in_force(&new, &adopted)), (1 << 61, F(5, 8).ratio()));
    let naive = new.observe(state, &Observation { now, price: None, depth: None }).expect("in order");
    assert_eq!(in_force(&new, &naive), low.ratio());
    let text = format!(
        "Example. Thresholds of {calm} to {low}, s = {}: in force is a = {}. The new ones are t_c = {calm} and t_s = \
         {lower}: `s = (3/4 - 5/8) / (3/4 - 1/4)` = {}, and the threshold `3/4 - 1/2 * 1/4` = {}. At s = 1/2 it would be \
         {low}.",
        F(1, 2),
        F(5, 8),
        F(1, 4),
        F(5, 8),
    );
    says("D32", &text);
}

#[test]
fn t20_change() {
    let (one, two) = (d29_ledger(F(1, 64), F(1, 4), F(1, 1)), d29_ledger(F(1, 16), F(1, 8), F(1, 1)));
    let both = one.covering(&two).expect("small");
    assert_eq!(both, d29_ledger(F(1, 16), F(1, 4), F(1, 1)));
    let exposure = Exposure { exogenous: F(1, 4).ratio(), noise: Ratio::ZERO, elapsed: sec(1) };
    let bound = both.bound_ceil(exposure).expect("small");
    assert_eq!(u128::from(bound.to_bits()), (5_u128 << 48).div_ceil(12));
    let text = format!(
        "Example. B = {} and h = {} were in force, then B = {} and h = {}: C has B = {} and h = {}. With X = 1/4, `kappa` \
         = 1 and r = `eps` = 0 the bound is `(1/4 + 1/16) / (3/4)` = 5/12, rounded up {} steps of 2^-48.",
        F(1, 64),
        F(1, 4),
        F(1, 16),
        F(1, 8),
        F(1, 16),
        F(1, 4),
        n(bound.to_bits()),
    );
    says("T20", &text);
}

#[test]
fn t19_one_price() {
    let width = 60_u64;
    let usual = guarded(ONE, 0).0;
    let (guard, mut state) = open_on(GuardParams { wick: sec(width), ..*usual.params() });
    let (held, debt) = (1_000_u128, 700_u128);
    let loan = Position::<0, 0>::new(amount(held), value(debt));
    let t = guard.limits(&state, at(START)).expect("fresh").parameters.liquidation_threshold;
    assert_eq!(t, Ratio::from_bps_floor(8_300).expect("small"));
    let weighted = value(held).mul_floor(t).expect("small").get();
    assert_eq!(guard.assess(&state, at(START), &loan), Ok(Decision::Healthy));
    let mut said = Vec::new();
    for seconds in [30, 60, 120] {
        let half = PriceObservation { source_time: at(START + seconds), band: exact(F(1, 2).price()) };
        let seen = Observation { now: at(START + seconds), price: Some(half), depth: None };
        state = guard.observe(state, &seen).expect("in order");
        said.push(match guard.assess(&state, seen.now, &loan).expect("fresh") {
            Decision::Unconfirmed { shortfall, .. } => (false, shortfall),
            Decision::Backstop(shortfall) => (true, shortfall),
            other => panic!("{other:?}"),
        });
    }
    assert_eq!(said.iter().map(|one| one.0).collect::<Vec<_>>(), [false, false, true]);
    let last = said[2].1;
    let text = format!(
        "Example. w = {width}, {} atoms, debt {debt}, t = 83/100 rounded down. Prices 1 at 0, 1/2 at 30, 60 and 120: \
         at 0 `W` = {weighted}, healthy; at 30 and 60 the window's high is 1, unconfirmed; at 120 it is 1/2, \
         Backstop of a debt of {} on `V` = {}.",
        n(held),
        last.debt.get(),
        last.collateral.get(),
    );
    says("T19", &text);
}

#[test]
fn t8_price_of_throttling() {
    let (fall, debts) = (F(1, 2), [600_u128, 400]);
    let all = debts.map(|debt| Holding { collateral: amount(11), debt: value(debt) });
    let bad = bad_debt_ceil(all, price(99), fall.ratio());
    assert_eq!(bad, Ok(value(56)));
    let log = relative_fall_ceil(fall.ratio()).expect("small");
    assert_eq!(log.to_bps_floor(), 3_934);
    let ltv = 187_649_984_473_770_u64;
    assert_eq!(safe_ltv_floor(F(1, 4).ratio(), F(1, 8).ratio()), Ok(bits(ltv)));
    assert_eq!(u128::from(ltv), (2_u128 << 48) / 3);
    let impact = 112_589_990_684_262_u64;
    assert_eq!(log_impact_floor(fall.ratio()), Ok(bits(impact)));
    assert_eq!(u128::from(impact), (2_u128 << 48) / 5);
    let throttle =
        Throttle { level: Ratio::ZERO, reserved: Ratio::ZERO, cap: F(1, 64).ratio(), leak: F(1, 4_096).rate() };
    assert_eq!(throttle.clearing_floor(bits(impact)), Clearing::Takes(sec(1_575)));
    let text = format!(
        "Example. A bound of {fall} is a relative fall of `1 - exp(-1/2)` = 0.3934. (i) D* = {fall}, 11 atoms each at \
         99, debts {} and {}: `11 * 99 / 2 = 544.5`, so {}, `600 - 544.5 = 55.5` rounded up. (ii) D* = 1/4, bonus \
         1/8: `(3/4) / (9/8)` = 2/3 rounded down, {} steps of 2^-48. (iii) I(Q) = {fall}: \
         `2 (1/2) / (5/2)` = 2/5 rounded down, {} steps, for ln(3/2) = 0.405; with a cap of 1/64, L = 0 and r = \
         1/4,096 a second at least `ceil((2/5 - 1/64) 4,096 = 1,574.4)` = {} s. (iv) and (v): D20.",
        debts[0],
        debts[1],
        56,
        n(ltv),
        n(impact),
        n(1_575_u128),
    );
    says("T8", &text);
}

#[test]
fn t10_no_sale_worsens() {
    let (plan, market, position) = planned();
    let before = position.value(&market.parameters, market.band).expect("small");
    let rest = Position::<0, 0>::new(amount(500 - plan.sell.get()), value(512 - plan.repay.get()));
    let after = rest.value(&market.parameters, market.band).expect("small");
    assert_eq!((after.collateral, after.weighted, after.debt), (value(828), value(414), value(367)));
    let bps = |found: &damper::health::Valuation| {
        let health = found.health_factor_floor().expect("small").expect("a debt");
        (found.ltv_ceil().expect("small").to_bps_floor(), health.to_bps_floor())
    };
    assert_eq!((bps(&before), bps(&after)), ((5_120, 9_765), (4_432, 11_280)));
    let text = format!(
        "Example. The plan of D11 sells {} atoms worth 172 and repays {}. Loan-to-value ratio: 512/1,000 = 0.512 \
         before, `{}/{}` = 0.4432 after. Health: 500/512 = 0.9765 before, `{}/{}` = 1.1280 after, at least the target \
         of 9/8.",
        plan.sell.get(),
        plan.repay.get(),
        after.debt.get(),
        after.collateral.get(),
        after.weighted.get(),
        after.debt.get(),
    );
    says("T10", &text);
}

#[test]
fn t12_attack() {
    let (x, d) = (992_001_u128, F(63, 1_024));
    let spoils = spoils(524_288, F(1, 256), F(1, 8), F(31, 32));
    let reach = [Reach { from: d.ratio(), value: value(u128::MAX) }];
    let case = no_profitable_push(&pool(x), &spoils, &reach, F(1, 2).ratio()).expect("none pays");
    assert_eq!((case.by, case.costs, case.collects), (d.ratio(), value(1_000), value(277)));
    let small = [Reach { from: F(1, 64).ratio(), value: value(u128::MAX) }];
    assert_eq!(no_profitable_push(&pool(x), &spoils, &small, F(1, 2).ratio()), Err(Error::AttackPays));
    let text = format!(
        "Example. (iii) P = 1, x = {}, x' = 524,288, B = 1/256, h = 1/8, n = D0 = 0, rho = 31/32, no rewards, \
         whatever can be liquidated from d = {d} on. sqrt F = 31/32: `C = {} (1/32)^2 / (31/32) = 1,000.001`, down to \
         {}. `A = 1/256 + 63/8,192` = 95/8,192, `S = 524,288 A / 2` = 3,040, \
         `G = 3,040 (1 - (31/32) (961/1,024)) = 276.1`, up to {}: no push of {d} or more pays. From 1/64 on one may: \
         C is 61, A = 48/8,192, S = 1,536 and `G = 1,536 (1 - (31/32) (63/64)) = 71.2`, up to 72.",
        n(x),
        n(x),
        n(case.costs.get()),
        case.collects.get(),
    );
    let push = Push::Down(F(1, 64).ratio());
    assert_eq!(least_cost_floor(&pool(x), price(1), push), Ok(value(61)));
    assert_eq!(spoils.collected_ceil(F(1, 64).ratio(), value(u128::MAX)), Ok(value(72)));
    says("T12", &text);
}

#[test]
fn t13_sources() {
    let (age, b) = (60_u64, F(1, 64));
    let config = |divergence: u64, update_band: F| {
        let limits = OracleConfig::new(sec(age), Ratio::ZERO).expect("below one");
        let source = Source { limits, update_band: update_band.ratio() };
        SourcesConfig::new(SourcesParams {
            sources: [source; 3],
            faulty: 1,
            quorum: 3,
            divergence: bits(divergence),
            max_width: F(1, 4).ratio(),
        })
    };
    let edge = F(127, 4_096).ratio().to_bits();
    assert!(config(edge + 4, b).is_ok());
    assert_eq!(config(edge + 3, b), Err(Error::DivergenceRange));
    let asked = config(edge, ZERO).expect("sound");
    let oracle = OracleConfig::new(sec(age), F(1, 4).ratio()).expect("below one");
    assert_eq!((asked.fits(&oracle, sec(120)), asked.fits(&oracle, sec(121))), (Err(Error::WickBelowSources), Ok(())));
    let text = format!(
        "Example. S = 3, f = 1, quorum 3, age limits {age} s. (iii) Update bands of {b}: `(63/64)^2 = 3,969/4,096`, \
         so d must be at least `{}` and 4 steps of 2^-48 (2^-46); 3 steps are refused. (v) quorum <= 4 f: a wick \
         filter of {} = 2 A is refused, {} fits. (vi) With W = 181 a wick of 60 s \
         earns nothing, as `181 > 60 + 120`.",
        F(127, 4_096),
        2 * age,
        121,
    );
    says("T13", &text);
}

#[test]
fn t14_chance() {
    let (sigma, slack) = (F(1, 16), F(3, 16));
    let peril = Peril { sigma: sigma.ratio(), own: Ratio::ZERO, clearing: Clearing::Takes(sec(64)) };
    let chance = risk(Law::FiniteVariance, 64, F(1, 64)).chance_ceil(&peril, slack.ratio());
    let tenth = 28_147_497_671_066_u64;
    assert_eq!(chance, Ok(bits(tenth)));
    let text = format!(
        "Example. var = `({sigma})^2` = 1/256, x = {slack}: at most `(1/256) / (1/256 + 9/256)` = 1/10, rounded up {} \
         steps of 2^-48. It is attained by one step: a fall of {slack} with chance 1/10, a rise of `var / x` = 1/48 \
         with chance 9/10; the mean is `3/160 - 9/480` = 0, the variance \
         `9/2,560 + 9/23,040` = 1/256.",
        n(tenth),
    );
    says("T14", &text);
}

#[test]
fn t16_keepers() {
    let config = RewardConfig::new(RewardParams {
        tip: value(300),
        chip: Ratio::ZERO,
        growth: Rate::ZERO,
        most_growth: Ratio::ZERO,
        cap: value(5_000),
        share: F(1, 2).ratio(),
    })
    .expect("sound");
    let reward = |size, paid| {
        let (penalty, waited, boost) = (F(1, 16).ratio(), Seconds::ZERO, Ratio::ONE);
        let work = Work { size: value(size), penalty, paid: value(paid), waited, boost };
        config.reward_floor(&work).expect("small").get()
    };
    let (first, second, half) = (reward(330, 0), reward(660, 10), reward(165, 0));
    assert_eq!((first, second, half), (10, 10, 5));
    let answering = AnsweringConfig::new(AnsweringParams {
        prompt: sec(60),
        late: sec(660),
        recovery: Decay::HALF,
        max_gap: sec(1),
        whole: value(1_000),
        start: Ratio::ONE,
        least_lot: Ratio::ONE,
        most_boost: Ratio::ONE,
    })
    .expect("sound");
    let missed = |state, time| answering.observe(state, Answer::Missed { size: value(500) }, at(time)).expect("later");
    let once = missed(answering.open(at(0)), 1);
    assert_eq!((once.health(), missed(once, 2).health()), (F(1, 2).ratio(), Ratio::ZERO));
    let text = format!(
        "Example. (i) Tip 300, chip 0, share 1/2, penalty 1/16: a lot that has raised 330 pays `floor(330 / 32 = \
         10.3)` = {first}, and at 660, {first} being paid, `floor(660 / 32 = 20.6) - {first}` = {second}: 20 in all, \
         of a penalty of 41.25. Four lots of 165 pay `4 floor(165 / 32 = 5.1)` = {}. \
         (iv) W = 1,000, health 1: two misses \
         of 500 leave {} and 0, as one of 1,000 does.",
        4 * half,
        F(1, 2),
    );
    says("T16", &text);
}

#[test]
fn t17_appetite() {
    let (floor, w, rho, hold) = (F(1, 4), F(1, 4), F(1, 1_000), 60_u64);
    let rate = Rate::per_second(rho.ratio_floor());
    let fine = healing(floor, w, F(1, 1_024), hold);
    assert_eq!(fine.heals_within(), Ok(sec(828)));
    let coarse = AppetiteConfig::new(AppetiteParams { recovery: rate, ..*fine.params() }).expect("sound");
    assert_eq!(coarse.heals_within(), Ok(sec(811)));
    let seen = Internal { volatility: Some(F(5, 8).ratio()), depth: Some(amount(750)), fill: None };
    let low = fine.observe(fine.open(at(0)), &seen, at(10)).expect("later");
    assert_eq!(low.level(), F(5, 8).ratio());
    let text = format!(
        "Example. floor = {floor}, w = {w}, H = {hold}. (i) x = 5/8: `1 - (3/4) (3/8) / (3/4)` = {}. (iii) rho = \
         1/1,024 a second: whole after `60 + (3/4) 1,024` = {} s without stress; rho = {rho} rounded down: `(3/4) / \
         rho` is just above 750, so `60 + 751` = {} s. (iv) Three reversals need a stress that moves by more than 3/4 \
         in all.",
        F(5, 8),
        828,
        811,
    );
    says("T17", &text);
}
