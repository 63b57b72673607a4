//! The code against the models of tests/proofs: every vector in tests/vectors, bit for bit, and an error exactly where the
//! model has none. `tests/proofs/run.sh` checks that the vectors are those of the models.
//!
//! A line is an operation, its arguments, `=` and its results: integers in hexadecimal, a price as its exponent in decimal and
//! its significand. `-` stands for a refusal, `!` with a code for the error of the ledger's model.

#[path = "../src/digits.rs"]
#[allow(dead_code, reason = "one kernel is reached here")]
mod digits;
#[path = "../src/word.rs"]
#[allow(dead_code, reason = "the kernels need a part of it")]
mod word;
#[allow(dead_code, reason = "the kernels need a part of it")]
#[path = "../src/width.rs"]
mod width;

use damper::Error;
use damper::appetite::{Appetite, AppetiteConfig, AppetiteParams};
use damper::auction::{AuctionConfig, AuctionParams, Lot, Take, Terms};
use damper::curve::Curve;
use damper::exposure::trigger_price_ceil;
use damper::health::{Collateral, Debt, Position};
use damper::ledger::{Exposure, Ledger, LedgerConfig, LedgerParams};
use damper::num::{isqrt_ceil, isqrt_floor, mul_div_ceil, mul_div_floor};
use damper::parameters::Parameters;
use damper::price::{Price, PriceBand};
use damper::ratio::Ratio;
use damper::schedule::{Ramp, Schedule, ScheduleConfig, ScheduleParams};
use damper::stress::{Internal, Signal, StressConfig, StressParams};
use damper::two_sided::{Side, Swing, TwoSided, TwoSidedConfig, TwoSidedParams};
use damper::units::{Amount, Decay, Rate, Seconds, Timestamp, Value};
use damper::window::Window;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// The words of a side of a line, read one by one.
struct Words<'a>(std::str::SplitWhitespace<'a>);

impl Words<'_> {
    fn word(&mut self) -> &str {
        self.0.next().expect("a word is missing")
    }
    fn wide(&mut self) -> u128 {
        u128::from_str_radix(self.word(), 16).expect("a number")
    }
    fn bits(&mut self) -> u64 {
        self.wide().try_into().expect("64 bits")
    }
    fn count(&mut self) -> usize {
        self.wide().try_into().expect("a count")
    }
    fn truth(&mut self) -> bool {
        self.wide() == 1
    }
    fn decimal(&mut self) -> i32 {
        self.word().parse().expect("an exponent")
    }
    fn ratio(&mut self) -> Ratio {
        Ratio::from_bits(self.bits())
    }
    fn rate(&mut self) -> Rate {
        Rate::per_second(self.ratio())
    }
    fn decay(&mut self) -> Decay {
        Decay::from_bits(self.bits()).expect("at most one")
    }
    fn amount(&mut self) -> Amount {
        Amount::new(self.wide())
    }
    fn value(&mut self) -> Value {
        Value::new(self.wide())
    }
    fn seconds(&mut self) -> Seconds {
        Seconds::new(self.bits())
    }
    fn time(&mut self) -> Timestamp {
        Timestamp::new(self.bits())
    }
    fn price(&mut self) -> Price {
        let exponent = self.decimal().try_into().expect("an exponent");
        Price::from_parts(exponent, self.bits()).expect("normalised")
    }
    fn band(&mut self) -> PriceBand {
        let low = self.price();
        PriceBand::new(low, self.price()).expect("low first")
    }
    fn parameters(&mut self) -> Parameters {
        let [max_ltv, liquidation_threshold, bonus, margin, auction_buffer] = [(); 5].map(|()| self.ratio());
        Parameters { max_ltv, liquidation_threshold, bonus, margin, auction_buffer }
    }
}

/// What the model writes for a result.
trait Shown {
    fn shown(&self) -> String;
}

impl Shown for u128 {
    fn shown(&self) -> String {
        format!("{self:x}")
    }
}
impl Shown for u64 {
    fn shown(&self) -> String {
        format!("{self:x}")
    }
}
impl Shown for bool {
    fn shown(&self) -> String {
        u64::from(*self).shown()
    }
}
impl Shown for Ratio {
    fn shown(&self) -> String {
        self.to_bits().shown()
    }
}
impl Shown for Decay {
    fn shown(&self) -> String {
        self.to_bits().shown()
    }
}
impl Shown for Amount {
    fn shown(&self) -> String {
        self.get().shown()
    }
}
impl Shown for Value {
    fn shown(&self) -> String {
        self.get().shown()
    }
}
impl Shown for Seconds {
    fn shown(&self) -> String {
        self.get().shown()
    }
}
impl Shown for Timestamp {
    fn shown(&self) -> String {
        self.get().shown()
    }
}
impl Shown for Price {
    fn shown(&self) -> String {
        let (exponent, significand) = self.to_parts();
        format!("{exponent} {significand:x}")
    }
}
impl Shown for Parameters {
    fn shown(&self) -> String {
        [self.max_ltv, self.liquidation_threshold, self.bonus, self.margin, self.auction_buffer]
            .map(|ratio| ratio.shown())
            .join(" ")
    }
}
impl<T: Shown> Shown for Option<T> {
    fn shown(&self) -> String {
        self.as_ref().map_or_else(|| "-".to_owned(), T::shown)
    }
}
impl<T: Shown> Shown for Result<T, Error> {
    fn shown(&self) -> String {
        self.as_ref().map_or_else(|_| "-".to_owned(), T::shown)
    }
}

/// An answer that may be `none` where it is no refusal.
fn or_none<T: Shown>(answer: Result<Option<T>, Error>) -> String {
    answer.map_or_else(|_| "-".to_owned(), |some| some.map_or_else(|| "none".to_owned(), |some| some.shown()))
}

/// The lines of a file, each with what the model gives, in order.
fn lines(text: &str) -> impl Iterator<Item = (&str, Words<'_>, &str)> {
    text.lines().map(|line| {
        let (asked, given) = line.split_once(" = ").unwrap_or_else(|| panic!("no result: {line}"));
        let mut words = Words(asked.split_whitespace());
        (words.0.next().expect("an operation"), words, given)
    })
}

fn read(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors").join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Runs a file line by line, and demands that each operation occurs so often, and no other does.
fn run(name: &str, expected: &[(&str, usize)], mut answer: impl FnMut(&str, &mut Words<'_>, &str) -> String) {
    let text = read(name);
    let mut seen = BTreeMap::new();
    for (at, (operation, mut words, given)) in lines(&text).enumerate() {
        let got = answer(operation, &mut words, given);
        assert_eq!(got, given, "{name}, line {}: {operation}", at + 1);
        assert_eq!(words.0.next(), None, "{name}, line {}: a word too many", at + 1);
        *seen.entry(operation).or_insert(0) += 1;
    }
    for (operation, least) in expected {
        let found = seen.remove(operation).unwrap_or(0);
        assert!(found >= *least, "{name}: {found} lines of {operation}, fewer than {least}");
    }
    assert!(seen.is_empty(), "{name}: unexpected {seen:?}");
}

/// Both quantities give the same.
macro_rules! quantity {
    ($words:ident, |$one:ident, $other:ident| $body:expr) => {{
        let (a, b) = ($words.wide(), $words.wide());
        let amount = {
            let ($one, $other) = (Amount::new(a), Amount::new(b));
            $body.shown()
        };
        let ($one, $other) = (Value::new(a), Value::new(b));
        assert_eq!($body.shown(), amount);
        amount
    }};
}

#[test]
fn kernels() {
    let expected = [
        ("mul_div_floor", 300),
        ("mul_div_ceil", 300),
        ("isqrt_floor", 150),
        ("isqrt_ceil", 150),
        ("add128", 150),
        ("sub128", 150),
        ("excess128", 150),
        ("ratio_add", 120),
        ("ratio_sub", 120),
        ("excess64", 120),
        ("ratio_of_floor", 200),
        ("ratio_of_ceil", 200),
        ("ratio_mul_floor", 120),
        ("ratio_mul_ceil", 120),
        ("ratio_div_floor", 120),
        ("ratio_div_ceil", 120),
        ("quantity_mul_floor", 120),
        ("quantity_mul_ceil", 120),
        ("rate_over", 120),
        ("rate_over_at_most", 100),
        ("share_ceil", 100),
        ("decay_mul_floor", 150),
        ("decay_mul_ceil", 150),
        ("decay_pow_floor", 250),
        ("decay_pow_ceil", 250),
        ("decay_to_ratio_floor", 60),
        ("decay_to_ratio_ceil", 60),
        ("decay_from_ratio", 60),
        ("decay_from_half_life_floor", 40),
    ];
    run("kernels.txt", &expected, |operation, words, _| match operation {
        "mul_div_floor" => mul_div_floor(words.wide(), words.wide(), words.wide()).shown(),
        "mul_div_ceil" => mul_div_ceil(words.wide(), words.wide(), words.wide()).shown(),
        "isqrt_floor" => isqrt_floor(words.wide()).shown(),
        "isqrt_ceil" => isqrt_ceil(words.wide()).shown(),
        "add128" => quantity!(words, |one, other| one.checked_add(other)),
        "sub128" => quantity!(words, |one, other| one.checked_sub(other)),
        "excess128" => quantity!(words, |one, other| one.excess_over(other)),
        "ratio_add" => words.ratio().checked_add(words.ratio()).shown(),
        "ratio_sub" => words.ratio().checked_sub(words.ratio()).shown(),
        "excess64" => words.ratio().excess_over(words.ratio()).shown(),
        "ratio_of_floor" => quantity!(words, |one, other| {
            let ratio = one.ratio_floor(other);
            assert_eq!(Ratio::from_fraction_floor(one.get(), other.get()), ratio);
            ratio
        }),
        "ratio_of_ceil" => quantity!(words, |one, other| {
            let ratio = one.ratio_ceil(other);
            assert_eq!(Ratio::from_fraction_ceil(one.get(), other.get()), ratio);
            ratio
        }),
        "ratio_mul_floor" => {
            let (one, other) = (words.ratio(), words.ratio());
            let product = one.mul_floor(other);
            assert_eq!(Rate::per_second(one).mul_floor(other).map(Rate::get), product);
            product.shown()
        }
        "ratio_mul_ceil" => words.ratio().mul_ceil(words.ratio()).shown(),
        "ratio_div_floor" => words.ratio().div_floor(words.ratio()).shown(),
        "ratio_div_ceil" => words.ratio().div_ceil(words.ratio()).shown(),
        "quantity_mul_floor" => {
            let (count, ratio) = (words.wide(), words.ratio());
            let value = Value::new(count).mul_floor(ratio).shown();
            assert_eq!(Amount::new(count).mul_floor(ratio).shown(), value);
            value
        }
        "quantity_mul_ceil" => {
            let (count, ratio) = (words.wide(), words.ratio());
            let value = Value::new(count).mul_ceil(ratio).shown();
            assert_eq!(Amount::new(count).mul_ceil(ratio).shown(), value);
            value
        }
        "rate_over" => words.rate().over(words.seconds()).shown(),
        "rate_over_at_most" => words.rate().over_at_most(words.seconds(), words.ratio()).shown(),
        "share_ceil" => {
            let (part, whole) = (words.bits(), words.bits());
            digits::share_ceil(part, whole, words.count().try_into().expect("places")).shown()
        }
        "decay_mul_floor" => words.decay().mul_floor(words.decay()).shown(),
        "decay_mul_ceil" => words.decay().mul_ceil(words.decay()).shown(),
        "decay_pow_floor" => words.decay().pow_floor(words.bits()).shown(),
        "decay_pow_ceil" => words.decay().pow_ceil(words.bits()).shown(),
        "decay_to_ratio_floor" => words.decay().to_ratio_floor().shown(),
        "decay_to_ratio_ceil" => words.decay().to_ratio_ceil().shown(),
        "decay_from_ratio" => Decay::from_ratio(words.ratio()).shown(),
        "decay_from_half_life_floor" => Decay::from_half_life_floor(words.seconds()).shown(),
        _ => panic!("unknown operation {operation}"),
    });
}

#[test]
fn prices() {
    let expected = [
        ("from_parts", 20),
        ("from_fraction_floor", 300),
        ("from_fraction_ceil", 300),
        ("from_decimal_floor", 200),
        ("from_decimal_ceil", 200),
        ("value_floor", 300),
        ("value_ceil", 300),
        ("amount_floor", 300),
        ("amount_ceil", 300),
        ("scale_floor", 250),
        ("scale_ceil", 250),
        ("div_floor", 250),
        ("below", 200),
        ("ratio_floor", 200),
        ("ratio_ceil", 200),
        ("drawdown_floor", 200),
        ("band", 200),
    ];
    run("prices.txt", &expected, |operation, words, _| match operation {
        "from_parts" => Price::from_parts(words.decimal().try_into().expect("small"), words.bits()).shown(),
        "from_fraction_floor" => Price::from_fraction_floor(words.wide(), words.wide()).shown(),
        "from_fraction_ceil" => Price::from_fraction_ceil(words.wide(), words.wide()).shown(),
        "from_decimal_floor" => Price::from_decimal_floor(words.wide(), words.decimal()).shown(),
        "from_decimal_ceil" => Price::from_decimal_ceil(words.wide(), words.decimal()).shown(),
        "value_floor" => words.price().value_floor(words.amount()).shown(),
        "value_ceil" => words.price().value_ceil(words.amount()).shown(),
        "amount_floor" => words.price().amount_floor(words.value()).shown(),
        "amount_ceil" => words.price().amount_ceil(words.value()).shown(),
        "scale_floor" => words.price().scale_floor(words.ratio()).shown(),
        "scale_ceil" => words.price().scale_ceil(words.ratio()).shown(),
        "div_floor" => words.price().div_floor(words.ratio()).shown(),
        "below" => {
            let (one, other) = (words.price(), words.price());
            assert_eq!((one < other, one >= other), (other > one, other <= one));
            (one < other).shown()
        }
        "ratio_floor" => words.price().ratio_floor(words.price()).shown(),
        "ratio_ceil" => words.price().ratio_ceil(words.price()).shown(),
        "drawdown_floor" => words.price().drawdown_floor(words.price()).shown(),
        "band" => PriceBand::new(words.price(), words.price()).map(PriceBand::width_ceil).shown(),
        _ => panic!("unknown operation {operation}"),
    });
}

/// A collateral is its amount, its band, max LTV and threshold; what it does not read of the parameters is zero.
fn position(words: &mut Words<'_>) -> String {
    let (own, owed) = (words.amount(), words.value());
    let (band, parameters, more) = (words.band(), words.parameters(), words.value());
    let mut position = Position::<2, 2>::new(own, owed);
    let mut refused = false;
    for _ in 0..words.count() {
        let (amount, band) = (words.amount(), words.band());
        let [max_ltv, liquidation_threshold] = [words.ratio(), words.ratio()];
        let zero = Ratio::ZERO;
        let its = Parameters { max_ltv, liquidation_threshold, bonus: zero, margin: zero, auction_buffer: zero };
        match Collateral::new(amount, band, &its) {
            Ok(collateral) => position = position.with_collateral(collateral).expect("two at most"),
            Err(error) => {
                assert_eq!(error, Error::CollateralThreshold);
                refused = true;
            }
        }
    }
    for _ in 0..words.count() {
        let amount = words.amount();
        position = position.with_debt(Debt::new(amount, words.band())).expect("two at most");
    }
    if refused {
        return "refused".to_owned();
    }
    let value = position.value(&parameters, band).ok();
    let shown = value.map(|value| [value.collateral, value.weighted, value.debt].map(|part| part.shown()).join(" "));
    let healthy = position.is_healthy(&parameters, band);
    assert_eq!(healthy.ok(), value.map(|value| value.is_healthy()));
    let ratios = value.map(|value| format!("{} {}", or_none(value.health_factor_floor()), value.ltv_ceil().shown()));
    [
        shown.unwrap_or_else(|| "-".to_owned()),
        healthy.shown(),
        position.may_borrow(&parameters, band, more).shown(),
        ratios.unwrap_or_else(|| "-".to_owned()),
        or_none(position.trigger_price_ceil(&parameters)),
    ]
    .join(" ")
}

#[test]
fn health() {
    let expected = [("check", 150), ("position", 300), ("trigger", 150)];
    run("health.txt", &expected, |operation, words, _| match operation {
        "check" => words.parameters().check().is_ok().shown(),
        "position" => position(words),
        "trigger" => or_none(trigger_price_ceil(words.amount(), words.value(), words.ratio())),
        _ => panic!("unknown operation {operation}"),
    });
}

fn terms(words: &mut Words<'_>) -> (String, Option<Terms>) {
    let kind = words.word().to_owned();
    let curve = match kind.as_str() {
        "linear" => {
            let duration = words.seconds();
            assert_eq!(words.wide(), 0);
            Curve::Linear { duration }
        }
        "stairs" => Curve::StairExponential { cut: words.decay(), step: words.seconds() },
        "smooth" => {
            let decay = words.decay();
            assert_eq!(words.wide(), 0);
            Curve::Exponential { decay }
        }
        _ => panic!("unknown curve {kind}"),
    };
    let (floor, tail, cusp, dust) = (words.ratio(), words.seconds(), words.ratio(), words.value());
    let (band, buffer, opened) = (words.band(), words.ratio(), words.time());
    match AuctionConfig::new(AuctionParams { curve, floor, tail, cusp, dust }) {
        Ok(config) => {
            let terms = Terms::freeze(&config, band, buffer, opened);
            (terms.map(|terms| terms.start()).shown(), terms.ok())
        }
        Err(_) => ("refused".to_owned(), None),
    }
}

#[test]
fn auctions() {
    let expected = [("terms", 100), ("price", 300), ("reached", 150), ("lot", 80), ("take", 250)];
    let (mut now_terms, mut now_lot, mut sales) = (None, None, 0);
    run("auctions.txt", &expected, |operation, words, _| match operation {
        "terms" => {
            let (shown, terms) = terms(words);
            (now_terms, now_lot) = (terms, None);
            shown
        }
        "price" => {
            let (terms, now): (Terms, _) = (now_terms.expect("terms"), words.time());
            format!("{} {}", terms.price(now).shown(), terms.needs_reset(now).shown())
        }
        "reached" => {
            let (terms, value, latency) = (now_terms.expect("terms"), words.price(), words.seconds());
            format!("{} {}", terms.time_to(value).shown(), terms.clearing_price_floor(value, latency).shown())
        }
        "lot" => {
            let lot = Lot::open(now_terms.expect("terms"), words.amount(), words.value());
            now_lot = lot.ok();
            lot.map(|_| true).shown()
        }
        "take" => {
            let lot: Lot = now_lot.expect("a lot");
            match lot.take(words.amount(), words.price(), words.time()) {
                Ok(Take { lot, sold, paid, price }) => {
                    now_lot = Some(lot);
                    sales += 1;
                    let (left, raise) = (lot.remaining().shown(), lot.raise().shown());
                    [sold.shown(), paid.shown(), price.shown(), left, raise].join(" ")
                }
                Err(_) => "-".to_owned(),
            }
        }
        _ => panic!("unknown operation {operation}"),
    });
    assert!(sales > 100, "{sales}");
}

#[test]
fn ramps() {
    let expected = [("schedule", 150), ("step", 500), ("force", 500)];
    let (mut now_config, mut state) = (None, Schedule::open(Timestamp::new(0)));
    run("ramps.txt", &expected, |operation, words, _| match operation {
        "schedule" => {
            let (calm, stressed) = (words.parameters(), words.parameters());
            let (sigma_calm, sigma_stressed) = (words.ratio(), words.ratio());
            let (ramp, max_step) = (words.rate(), words.seconds());
            let params = ScheduleParams { calm, stressed, sigma_calm, sigma_stressed, ramp, max_step };
            let config = ScheduleConfig::new(params);
            (now_config, state) = (config.ok(), Schedule::open(Timestamp::new(0)));
            config.map(|_| true).shown()
        }
        "step" => {
            let config: ScheduleConfig = now_config.expect("a schedule");
            let (sigma, now) = (words.ratio(), words.time());
            let ramp = if words.truth() { Ramp::Frozen } else { Ramp::Moving };
            match config.step(state, sigma, now, ramp) {
                Ok(after) => {
                    state = after;
                    format!("{} {}", state.stress_bits().shown(), state.at().shown())
                }
                Err(error) => {
                    assert_eq!(error, Error::ClockReversed);
                    "-".to_owned()
                }
            }
        }
        "force" => now_config.expect("a schedule").in_force(&state, words.ratio()).shown(),
        _ => panic!("unknown operation {operation}"),
    });
}

/// The volatility is the stress: its bounds are zero and one, and no other signal is there.
#[test]
fn appetites() {
    let volatility = Signal::Between { calm: Ratio::ZERO, stressed: Ratio::ONE };
    let stress = StressParams {
        volatility,
        depth: Signal::Absent,
        depth_norm: Amount::ZERO,
        fill: Signal::Absent,
        backlog: Signal::Absent,
        oracle: Signal::Absent,
        keepers: Signal::Absent,
        neighbours: Signal::Absent,
        max_age: Seconds::ZERO,
    };
    let stress = StressConfig::new(stress).expect("sound");
    let mut now: Option<(AppetiteConfig, Appetite)> = None;
    run("appetites.txt", &[("appetite", 300), ("see", 1_000)], |operation, words, _| match operation {
        "appetite" => {
            let (floor, start, hysteresis) = (words.ratio(), words.ratio(), words.ratio());
            let (recovery, hold, max_step) = (words.rate(), words.seconds(), words.seconds());
            let params = AppetiteParams { stress, floor, start, hysteresis, recovery, hold, max_step };
            let config = AppetiteConfig::new(params);
            now = config.ok().map(|config| (config, config.open(Timestamp::new(0))));
            config.map(|_| true).shown()
        }
        "see" => {
            let (config, state) = now.as_mut().expect("an appetite");
            let seen = Internal { volatility: Some(words.ratio()), depth: None, fill: None };
            let time = state.at().checked_add(words.seconds()).expect("a time");
            config.update(state, &seen, time).expect("forward");
            Ratio::ONE.excess_over(state.level()).shown()
        }
        _ => panic!("unknown operation {operation}"),
    });
}

/// The state that the model gives, built through the public functions: not all of it can be read, but all of it compares.
///
/// On a drawdown of one, a burst of one and a share below one permit any level and reservation that any configuration does.
/// They stay when the reference moves.
fn rebuilt(words: &mut Words<'_>) -> Ledger {
    let (reference, lowest) = (words.price(), words.price());
    let (drawdown, level, reserved, time) = (words.ratio(), words.ratio(), words.ratio(), words.time());
    let config = LedgerConfig::new(LedgerParams {
        burst: Ratio::ONE,
        leak: Rate::ZERO,
        own_share: Ratio::from_bits((1 << 48) - 1),
        kappa: Ratio::ONE,
    });
    let config = config.expect("sound");
    let exact = |price: Price| Window::open(price, time);
    let ledger = Ledger::open(PriceBand::exact(Price::MAX), time).observe(exact(Price::MIN));
    let ledger = ledger.charge(&config, level).and_then(|ledger| ledger.reserve(&config, reserved));
    let ledger = ledger.expect("within the widest cap").observe(exact(Price::MAX)).reanchor(reference);
    let ledger = ledger.expect("no price is higher").observe(exact(lowest));
    assert_eq!((ledger.reference(), ledger.drawdown()), (reference, drawdown));
    ledger
}

/// A state after an event, which must be the model's, with its cap and headroom; or the model's error.
fn compare(after: Result<Ledger, Error>, config: &LedgerConfig, given: &str) -> String {
    match after {
        Ok(ledger) => {
            let mut words = Words(given.split_whitespace());
            if given.starts_with('!') || ledger != rebuilt(&mut words) {
                return format!("{ledger:?}");
            }
            assert_eq!((ledger.cap(config), ledger.headroom(config)), (words.ratio(), words.ratio()));
            assert_eq!(words.0.next(), None);
            given.to_owned()
        }
        Err(error) => format!("!{}", error.code()),
    }
}

fn with_code<T>(result: Result<T, Error>, shown: impl Fn(T) -> String) -> String {
    result.map_or_else(|error| format!("!{}", error.code()), shown)
}

#[test]
fn ledgers() {
    let expected = [
        ("config", 100),
        ("shared", 60),
        ("bound", 60),
        ("open", 60),
        ("advance", 80),
        ("observe", 300),
        ("reserve", 150),
        ("charge", 150),
        ("release", 80),
        ("reanchor", 20),
        ("permitted", 900),
    ];
    let (mut now_config, mut now_window, mut now_ledger, mut width) = (None, None, None, Seconds::ZERO);
    run("ledgers.txt", &expected, |operation, words, given| {
        let config: LedgerConfig = match operation {
            "config" => {
                let config = LedgerConfig::new(ledger_params(words));
                (now_config, now_window, now_ledger) = (config.ok(), None, None);
                return with_code(config, |_| "1".to_owned());
            }
            _ => now_config.expect("a configuration"),
        };
        match operation {
            "shared" => {
                return with_code(config.shared(words.ratio()), |shared| shown_params(&shared));
            }
            "bound" => {
                let (exogenous, noise, elapsed) = (words.ratio(), words.ratio(), words.seconds());
                return with_code(config.bound_ceil(Exposure { exogenous, noise, elapsed }), |bound| bound.shown());
            }
            "open" => {
                let (band, start) = (words.band(), words.time());
                width = words.seconds();
                let ledger = Ledger::open(band, start);
                (now_window, now_ledger) = (Some(Window::open_band(band, start)), Some(ledger));
                return compare(Ok(ledger), &config, given);
            }
            _ => {}
        }
        let ledger: Ledger = now_ledger.expect("a ledger");
        let after = match operation {
            "advance" => ledger.advance(&config, words.time()),
            "observe" => {
                let window: Window = now_window.expect("a window");
                window.observe_band(words.band(), words.time(), width).map(|window| {
                    now_window = Some(window);
                    ledger.observe(window)
                })
            }
            "reserve" => ledger.reserve(&config, words.ratio()),
            "charge" => ledger.charge(&config, words.ratio()),
            "release" => Ok(ledger.release_to(words.ratio())),
            "reanchor" => ledger.reanchor(words.price()),
            "permitted" => {
                return with_code(ledger.permitted_at(&config, words.ratio()), |time| {
                    time.map_or_else(|| "none".to_owned(), |time| time.shown())
                });
            }
            _ => panic!("unknown operation {operation}"),
        };
        now_ledger = Some(after.unwrap_or(ledger));
        compare(after, &config, given)
    });
}

fn ledger_params(words: &mut Words<'_>) -> LedgerParams {
    let (burst, leak, own_share, kappa) = (words.ratio(), words.rate(), words.ratio(), words.ratio());
    LedgerParams { burst, leak, own_share, kappa }
}

fn shown_params(config: &LedgerConfig) -> String {
    let LedgerParams { burst, leak, own_share, kappa } = config.params();
    [burst, leak.get(), own_share, kappa].map(|ratio| ratio.shown()).join(" ")
}

/// The whole state of both sides, read from its stored form, with the cap and the headroom of each.
fn shown_sides(state: &TwoSided, config: &TwoSidedConfig) -> String {
    let mut bytes = [0; TwoSided::BYTES];
    state.write_to(&mut bytes).expect("long enough");
    let word = |at: usize| u64::from_le_bytes(bytes[at..at + 8].try_into().expect("eight bytes"));
    let price = |at: usize| format!("{} {:x}", i8::from_le_bytes([bytes[at]]), word(at + 1));
    // Two prices of nine bytes and four words for a side, and a truth and a time for the last trade of each.
    let (side, last) = (2 * 9 + 4 * 8, 9);
    let start = TwoSided::BYTES - 2 * side - 2 * last;
    let mut all = Vec::new();
    for (at, which) in [(start, Side::Sell), (start + side, Side::Buy)] {
        all.extend([price(at), price(at + 9)]);
        all.extend((0..4).map(|field| word(at + 18 + 8 * field).shown()));
        all.extend([state.cap(config, which).shown(), state.headroom(config, which).shown()]);
        let read = [state.earned_on(which), state.level(which), state.reserved(which)];
        assert_eq!(read.map(Ratio::to_bits), [0, 1, 2].map(|field| word(at + 18 + 8 * field)));
    }
    for at in [start + 2 * side, start + 2 * side + last] {
        all.push(if bytes[at] == 1 { word(at + 1).shown() } else { "-".to_owned() });
    }
    all.join(" ")
}

#[test]
fn two_sided_ledgers() {
    let expected = [
        ("config", 40),
        ("shared", 25),
        ("bound", 25),
        ("open", 25),
        ("advance", 25),
        ("observe", 100),
        ("reserve", 25),
        ("charge", 50),
        ("release", 25),
    ];
    let (mut now_config, mut now_window, mut now_state, mut width) = (None, None, None, Seconds::ZERO);
    run("two_sided.txt", &expected, |operation, words, _| {
        if operation == "config" {
            let config = TwoSidedConfig::new(TwoSidedParams { sell: ledger_params(words), buy: ledger_params(words) });
            now_config = config.ok();
            return with_code(config, |_| "1".to_owned());
        }
        let config: TwoSidedConfig = now_config.expect("a configuration");
        match operation {
            "shared" => {
                return with_code(config.shared(words.ratio()), |shared| {
                    [Side::Sell, Side::Buy].map(|side| shown_params(shared.side(side))).join(" ")
                });
            }
            "bound" => {
                let (fall, rise, noise) = (words.ratio(), words.ratio(), words.ratio());
                let swing = Swing { fall, rise, noise, elapsed: words.seconds() };
                let bounds = [config.bound_fall_ceil(swing), config.bound_rise_ceil(swing)];
                return bounds.map(|bound| with_code(bound, |bound| bound.shown())).join(" ");
            }
            "open" => {
                let (band, start) = (words.band(), words.time());
                width = words.seconds();
                let state = TwoSided::open(band, start);
                (now_window, now_state) = (Some(Window::open_band(band, start)), Some(state));
                return shown_sides(&state, &config);
            }
            _ => {}
        }
        let state: TwoSided = now_state.expect("a state");
        let mut side = || match words.word() {
            "sell" => Side::Sell,
            "buy" => Side::Buy,
            other => panic!("unknown side {other}"),
        };
        let after = match operation {
            "advance" => state.advance(&config, words.time()),
            "observe" => {
                let window: Window = now_window.expect("a window");
                window.observe_band(words.band(), words.time(), width).map(|window| {
                    now_window = Some(window);
                    state.observe(window)
                })
            }
            "reserve" => state.reserve(&config, side(), words.ratio()),
            "charge" => state.charge(&config, side(), words.ratio(), words.time()),
            "release" => Ok(state.release_to(side(), words.ratio())),
            _ => panic!("unknown operation {operation}"),
        };
        now_state = Some(after.unwrap_or(state));
        with_code(after, |after| shown_sides(&after, &config))
    });
}

/// No file is empty or unread: each that is there is one of these, and has so many lines.
#[test]
fn every_file_is_there_and_full() {
    let expected = [
        ("appetites.txt", 1_300),
        ("auctions.txt", 1_300),
        ("health.txt", 700),
        ("kernels.txt", 4_500),
        ("ledgers.txt", 2_000),
        ("prices.txt", 4_000),
        ("ramps.txt", 1_500),
        ("two_sided.txt", 400),
    ];
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors");
    let mut names: Vec<String> = fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("a plain name"))
        .collect();
    names.sort_unstable();
    assert_eq!(names, expected.map(|(name, _)| name));
    for (name, least) in expected {
        let found = read(name).lines().count();
        assert!(found >= least, "{name}: {found} lines, fewer than {least}");
    }
}

/// A vector that is wrong is found out, in its result and in its refusal.
#[test]
#[should_panic(expected = "kernels.txt, line 1: mul_div_floor")]
fn a_wrong_vector_is_seen() {
    run("kernels.txt", &[], |_, words, given| {
        while words.0.next().is_some() {}
        if given == "-" { "0".to_owned() } else { "-".to_owned() }
    });
}
