//! The features: each form of each type comes back, is refused or harmless when it was tampered with, and is what the others
//! say it is.

#[path = "support/mix.rs"]
mod mix;

use arbitrary::{Arbitrary, Unstructured};
use borsh::{BorshDeserialize, BorshSerialize};
use core::fmt::Debug;
use damper::answering::{Answer, Answering, AnsweringConfig, AnsweringParams};
use damper::appetite::{Appetite, AppetiteConfig, AppetiteParams};
use damper::assets::{CrossImpact, CrossImpactParams};
use damper::auction::{AuctionConfig, AuctionParams, Lot, Returned, Take, Terms};
use damper::bond::{Bond, BondConfig, BondParams, Kicked, Settlement};
use damper::book::{Band, Book, Shape, Snapshot};
use damper::breaker::{Breaker, BreakerConfig, BreakerParams, Stops};
use damper::cascade::{Critical, Exhausted, Forecast, Stop};
use damper::clearing::{Clearing, Holding, PaceConfig, PaceParams, Throttle};
use damper::coordination::{Budget, Neighbours, Registration, Reports};
use damper::curve::Curve;
use damper::delta::{DeltaParams, Trade};
use damper::depth::{Depth, DepthConfig, DepthObservation, DepthParams};
use damper::early::{EarlyRule, Start};
use damper::exposure::{Bucket, ExposureMap, Merged, PriceGrid, Reporter};
use damper::guard::{Decision, Guard, GuardParams, GuardState, Limits, Observation, WaitReason};
use damper::health::{Collateral, Debt, Position, Valuation};
use damper::hedge::{Binding, InsuranceParams, Insurer, Loop, Rebalance, Split};
use damper::keeper::{Payment, RewardConfig, RewardParams, Work};
use damper::ledger::{Exposure, Ledger, LedgerConfig, LedgerParams};
use damper::oracle::{OracleConfig, PriceObservation};
use damper::packed::{Packed, Store};
use damper::parameters::Parameters;
use damper::plan::{Assessment, Market, Plan, PlanConfig, PlanParams, Reason, Shortfall};
use damper::preset::{Site, lending};
use damper::price::{Decimals, Price, PriceBand};
use damper::queue::{Admission, Admitted, Entry, Missed, Queue};
use damper::ratio::Ratio;
use damper::risk::{Law, Peril, RiskConfig, RiskParams};
use damper::schedule::{Ramp, Schedule, ScheduleConfig, ScheduleParams};
use damper::selling::{Bid, Kick};
use damper::sources::{Aggregate, Emission, Source, SourcesConfig, SourcesParams, SourcesState, Standing};
use damper::stress::{DepthProfile, External, Fill, Internal, Signal, StressConfig, StressParams};
use damper::two_sided::{Side, Swing, TwoSided, TwoSidedConfig, TwoSidedParams};
use damper::units::{Amount, Decay, Rate, Seconds, Timestamp, Value};
use damper::volatility::{Volatility, VolatilityConfig, VolatilityParams};
use damper::window::Window;
use damper::{Error, attack, bond, book, breaker, cascade, coordination, exposure, sources};
use mix::bytes;
use proptest::prelude::*;
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value as Json, json};

const RESERVE: u128 = 1_000_000_000_000;

/// Values of a type that fuzzers would draw.
fn drawn<T: for<'a> Arbitrary<'a>>() -> Vec<T> {
    (0..64).filter_map(|seed| T::arbitrary(&mut Unstructured::new(&bytes(seed, 1 << 13))).ok()).collect()
}

/// What a value has: text for people, bits for programs, a schema.
fn serde_forms<T: Serialize + DeserializeOwned + PartialEq + Debug + JsonSchema>(value: &T) {
    let text = serde_json::to_string(value).expect("every value is written");
    assert_eq!(&serde_json::from_str::<T>(&text).expect(&text), value, "{text}");
    let json = serde_json::to_value(value).expect("every value is written");
    assert_eq!(&serde_json::from_value::<T>(json.clone()).expect(&text), value, "{text}");
    assert!(!has_float(&json), "{text}");
    let bits = postcard::to_allocvec(value).expect("every value is written");
    assert_eq!(&postcard::from_bytes::<T>(&bits).expect("bits"), value, "{text}");
    let schema = schemars::schema_for!(T).to_value();
    assert!(fits(&schema, &schema, &json), "{text} {schema:#}");
    // It says what the documentation says, without the examples.
    assert!(!schema.to_string().contains("Examples"), "{schema:#}");
}

fn has_float(json: &Json) -> bool {
    match json {
        Json::Number(number) => number.is_f64(),
        Json::Array(values) => values.iter().any(has_float),
        Json::Object(fields) => fields.values().any(has_float),
        Json::Null | Json::Bool(_) | Json::String(_) => false,
    }
}

fn borsh_form<T: BorshSerialize + BorshDeserialize + PartialEq + Debug>(value: &T) -> Vec<u8> {
    let bytes = borsh::to_vec(value).expect("every value is written");
    assert_eq!(&borsh::from_slice::<T>(&bytes).expect("bytes"), value);
    if !bytes.is_empty() {
        assert!(borsh::from_slice::<T>(&bytes[1..]).is_err(), "a byte less");
    }
    assert!(borsh::from_slice::<T>(&[&bytes[..], &[0]].concat()).is_err(), "a byte more");
    bytes
}

/// Whether a JSON value fits a schema, of the keywords that the schemas here have; another one fails the test.
fn fits(schema: &Json, root: &Json, value: &Json) -> bool {
    let Json::Object(keywords) = schema else { return schema == &Json::Bool(true) };
    let is = |kind: &Json| match kind.as_str().expect("a name") {
        "string" => value.is_string(),
        "integer" => value.is_u64() || value.is_i64(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("type {other}"),
    };
    let none = serde_json::Map::new();
    let of = |name: &str| schema.get(name).and_then(Json::as_object).unwrap_or(&none);
    let each = |list: &Json| list.as_array().expect("a list").clone();
    keywords.iter().all(|(keyword, rule)| match keyword.as_str() {
        "$ref" => {
            let place = rule.as_str().and_then(|rule| rule.strip_prefix('#')).expect("a place in this schema");
            fits(root.pointer(place).expect("a definition"), root, value)
        }
        "type" => rule.as_array().map_or_else(|| is(rule), |kinds| kinds.iter().any(is)),
        "const" => rule == value,
        "enum" => each(rule).contains(value),
        "anyOf" => each(rule).iter().any(|schema| fits(schema, root, value)),
        "oneOf" => each(rule).iter().filter(|schema| fits(schema, root, value)).count() == 1,
        "properties" => {
            let names = of(keyword);
            value.as_object().is_none_or(|fields| {
                fields.iter().all(|(name, value)| names.get(name).is_none_or(|schema| fits(schema, root, value)))
            })
        }
        "required" => each(rule).iter().all(|name| value.get(name.as_str().expect("a name")).is_some()),
        "additionalProperties" => {
            assert_eq!(rule, &Json::Bool(false));
            let names = of("properties");
            value.as_object().is_none_or(|fields| fields.keys().all(|name| names.contains_key(name)))
        }
        "items" => value.as_array().is_none_or(|values| values.iter().all(|value| fits(rule, root, value))),
        "minItems" => value.as_array().is_none_or(|values| values.len() as u64 >= rule.as_u64().expect("a length")),
        "maxItems" => value.as_array().is_none_or(|values| values.len() as u64 <= rule.as_u64().expect("a length")),
        "minimum" => value.as_i64().is_none_or(|value| value >= rule.as_i64().expect("a bound")),
        "maximum" => value.as_u64().is_none_or(|value| value <= rule.as_u64().expect("a bound")),
        "pattern" => value.as_str().is_none_or(|text| matches_pattern(rule.as_str().expect("a pattern"), text)),
        "$schema" | "title" | "description" | "format" | "$defs" => true,
        other => panic!("keyword {other}"),
    })
}

/// The three patterns of numbers.
fn matches_pattern(pattern: &str, text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let decimal = |text: &str| match text.split_once('.') {
        None => digits(text),
        Some((whole, part)) => digits(whole) && digits(part),
    };
    match pattern {
        "^[0-9]{1,39}$" => digits(text) && text.len() <= 39,
        r"^[0-9]+(\.[0-9]+)?$" => decimal(text),
        r"^[0-9]+(\.[0-9]+)?(e-?[0-9]{1,2})?$" => match text.split_once('e') {
            None => decimal(text),
            Some((number, power)) => {
                let power = power.strip_prefix('-').unwrap_or(power);
                decimal(number) && digits(power) && power.len() <= 2
            }
        },
        other => panic!("pattern {other}"),
    }
}

macro_rules! each {
    ($what:ident: $($name:ty),+ $(,)?) => { $( $what::<$name>(stringify!($name)); )+ };
}

macro_rules! every_type {
    ($what:ident) => {
        each!($what: Ratio, Rate, Decay, Price, PriceBand, Decimals, Amount, Value, Seconds, Timestamp, Error);
        each!($what: Window, Parameters, OracleConfig, PriceObservation, Volatility, VolatilityConfig, VolatilityParams);
        each!($what: Source, SourcesParams<3>, SourcesConfig<3>, SourcesState<3>, Standing, Emission, Aggregate);
        each!($what: sources::Verdict, sources::Outcome<3>, Book<1>, Book<3>, Shape<1>, Shape<3>, book::Level, Band);
        each!($what: DepthParams<3>, DepthConfig<1>, DepthConfig<3>, Depth<3>, PriceGrid<2>, ExposureMap<2>, Bucket);
        each!($what: Reporter<2>, exposure::Report<2>, Merged<2>, ScheduleParams, ScheduleConfig, Schedule, Ramp);
        each!($what: Signal, StressParams, StressConfig, DepthProfile<1>, DepthProfile<3>, Internal, Fill, External);
        each!($what: AppetiteParams, AppetiteConfig, Appetite, LedgerParams, LedgerConfig, Ledger, Exposure);
        each!($what: Side, TwoSidedParams, TwoSidedConfig, TwoSided, Swing, Stops, breaker::Level, BreakerParams);
        each!($what: BreakerConfig, Breaker, Collateral, Debt, Valuation, PlanParams, PlanConfig, Market, Plan);
        each!($what: Assessment, Shortfall, Reason, Curve, AuctionParams, AuctionConfig, Terms, Lot, Take, Returned);
        each!($what: RewardParams, RewardConfig, Work, Payment, BondParams, BondConfig, Kicked, Bond, bond::Outcome);
        each!($what: Settlement, AnsweringParams, AnsweringConfig, Answering, Answer, Binding, Loop, InsuranceParams);
        each!($what: Rebalance, Split, Insurer, DeltaParams, Trade, Holding, Clearing, Throttle, PaceParams, PaceConfig);
        each!($what: Law, RiskParams, RiskConfig, Peril, Entry, Missed, Admitted<3>, Admission<3>, Queue<3>, EarlyRule);
        each!($what: Start, cascade::Outcome, Forecast, Exhausted, Critical, Stop, Budget, Registration, Neighbours<2>);
        each!($what: coordination::Report, Reports<2>, CrossImpactParams<2>, CrossImpact<2>, attack::Push, attack::Reach);
        each!($what: attack::Spoils<3>, attack::Case, attack::Verdict, GuardParams<1>, GuardParams<3>, Guard<1>);
        each!($what: GuardState<1>, GuardState<3>, Limits, Decision, WaitReason, Kick, Bid, Site<1>, Site<3>);
    };
}

fn comes_back<T>(name: &str)
where
    T: for<'a> Arbitrary<'a> + Serialize + DeserializeOwned + JsonSchema,
    T: BorshSerialize + BorshDeserialize + PartialEq + Debug,
{
    let values = drawn::<T>();
    assert!(values.len() >= 16, "{name}: {} of 64 draws are valid", values.len());
    for value in &values {
        serde_forms(value);
        borsh_form(value);
    }
}

#[test]
fn every_form_of_every_type_comes_back() {
    every_type!(comes_back);
    for position in drawn::<Position<1, 2>>() {
        serde_forms(&position);
    }
}

/// Of a type with a stored form on its own.
fn borsh_is_the_stored_form<
    T: for<'a> Arbitrary<'a> + Store + BorshSerialize + BorshDeserialize + PartialEq + Debug,
>(
    name: &str,
) {
    for value in drawn::<T>() {
        let mut stored = vec![0; T::BYTES];
        value.store(&mut stored).expect("the length");
        assert_eq!(T::load(&stored).expect(name), value);
        assert_eq!(borsh_form(&value), stored[4..], "{name}");
    }
}

#[test]
fn borsh_writes_the_stored_form_without_its_header() {
    each!(borsh_is_the_stored_form: Guard<1>, Guard<3>, GuardState<1>, GuardState<3>, Lot, SourcesState<3>);
    each!(borsh_is_the_stored_form: SourcesConfig<3>, ExposureMap<2>, Reporter<2>, Reports<2>, Neighbours<2>, TwoSided);
    each!(borsh_is_the_stored_form: Insurer, Answering, AnsweringConfig, Bond, PaceConfig, RewardConfig, Queue<3>);
    each!(borsh_is_the_stored_form: CrossImpact<2>);
}

fn preset() -> GuardParams<1> {
    lending(&Site {
        shape: Shape::ConstantProduct,
        heartbeat: Seconds::new(600),
        min_sale: Value::new(1_000),
        rise_base: Amount::new(RESERVE),
        depth_norm: Some([Amount::new(RESERVE)]),
    })
    .expect("sound")
}

fn price(thousandths: u128, at: u64) -> PriceObservation {
    let band = PriceBand::exact(Price::from_fraction_floor(thousandths, 1_000).expect("positive"));
    PriceObservation { source_time: Timestamp::new(at), band }
}

fn pool(at: u64) -> DepthObservation<'static> {
    let snapshot = Snapshot::ConstantProduct { reserve: Amount::new(RESERVE) };
    DepthObservation { source_time: Timestamp::new(at), snapshot }
}

/// A state with a fall and an open lot behind it.
fn lived() -> (Guard<1>, GuardState<1>) {
    let guard = Guard::new(preset()).expect("sound");
    let state = guard.open(Timestamp::new(1_000), price(1_000, 1_000), pool(1_000)).expect("a first price");
    let mut state = state;
    for at in [1_060, 1_700] {
        let seen = Observation { now: Timestamp::new(at), price: Some(price(940, at)), depth: Some(pool(at)) };
        state = guard.observe(state, &seen).expect("in order");
    }
    let kick = Kick { sell: Amount::new(5_000_000), raise: Value::new(4_000_000) };
    let (state, _) = guard.kick(state, Timestamp::new(1_700), kick).expect("permitted");
    (guard, state)
}

/// Whatever was read must not panic, in its own time and long after.
fn drive(guard: &Guard<1>, state: GuardState<1>) {
    for now in [1_700, 2_400, u64::MAX].map(Timestamp::new) {
        let at = now.get().min(1 << 40);
        let seen = Observation { now, price: Some(price(930, at)), depth: Some(pool(at)) };
        let state = guard.observe(state, &seen).unwrap_or(state);
        let position = Position::<0, 0>::new(Amount::new(1_000_000_000), Value::new(800_000_000));
        let _ = guard.assess(&state, now, &position);
        let _ = guard.limits(&state, now);
        let _ = guard.kick(state, now, Kick { sell: Amount::new(9), raise: Value::new(8) });
        let _ = serde_json::to_string(&state).expect("every value is written");
    }
}

/// The file that a person reads and writes.
#[test]
fn the_preset_is_written_as_committed() {
    let params = preset();
    let text = serde_json::to_string_pretty(&params).expect("written") + "\n";
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/preset.json");
    assert_eq!(std::fs::read_to_string(path).expect("readable"), text);
    assert_eq!(serde_json::from_str::<GuardParams<1>>(&text).expect("read"), params);
    // A file is read as well as a text in memory.
    let file = std::fs::File::open(path).expect("readable");
    assert_eq!(serde_json::from_reader::<_, GuardParams<1>>(std::io::BufReader::new(file)).expect("read"), params);
}

/// The file that the guide shows.
#[test]
fn the_configuration_in_the_guide_is_a_preset() {
    let page = include_str!("../src/guide/configuration.md");
    let (_, block) = page.split_once("```json\n").expect("a block");
    let (text, _) = block.split_once("```").expect("its end");
    let eth = |whole: u128| Amount::new(whole * 10_u128.pow(18));
    let unwatched = lending(&Site::<1> {
        shape: Shape::ConstantProduct,
        heartbeat: Seconds::new(60),
        min_sale: Value::new(100_000_000),
        rise_base: eth(10),
        depth_norm: Some([eth(50_000)]),
    });
    let unwatched = unwatched.expect("sound");
    let four = Ratio::from_bps_floor(400).expect("a ratio");
    let volatility = unwatched.volatility.starting_at(four).expect("in range");
    let params = GuardParams { volatility, ..unwatched };
    assert_eq!(serde_json::from_str::<GuardParams<1>>(text).expect("read"), params);
    let json: Json = serde_json::from_str(text).expect("JSON");
    assert_eq!(json, serde_json::to_value(params).expect("written"));
    assert_eq!(serde_json::from_str::<Guard<1>>(text).expect("read").params().ledger, params.ledger);
}

fn with(path: &str, value: Json) -> String {
    let mut json = serde_json::to_value(preset()).expect("written");
    *json.pointer_mut(path).unwrap_or_else(|| panic!("{path}")) = value;
    serde_json::from_value::<GuardParams<1>>(json).expect_err(path).to_string()
}

#[test]
fn a_config_out_of_range_is_refused_by_name() {
    for (path, value, error) in [
        ("/ledger/burst", json!("1.000000000000004"), Error::BurstRange),
        ("/ledger/kappa", json!("0.99"), Error::KappaBelowOne),
        ("/oracle/max_width", json!("1"), Error::StoredValue),
        ("/book_share", json!("1.1"), Error::StoredValue),
        ("/volatility/rise_half_life", json!("0"), Error::HalfLifeZero),
        ("/volatility/cap", json!("300"), Error::VolatilityCapRange),
        ("/schedule/sigma_stressed", json!("0"), Error::ScheduleVolatilityOrder),
        ("/appetite/hysteresis", json!("0.6"), Error::AppetiteHysteresisRange),
        ("/breaker/levels/0/trip", json!("0"), Error::BreakerLevelOrder),
        ("/plan/target_health", json!("0.5"), Error::TargetHealthBelowOne),
        ("/auction/floor", json!("1"), Error::AuctionFloorRange),
        ("/depth/shape", json!({"grid": ["0"]}), Error::GridNotRising),
        ("/depth_profile", json!(["2"]), Error::StressProfile),
        ("/ledger/burst", json!("5%"), Error::TextCharacter),
        ("/ledger/burst", json!(""), Error::TextEmpty),
        ("/ledger/burst", json!("0".repeat(39)), Error::TextLength),
        ("/ledger/burst", json!("65536"), Error::Overflow),
        ("/wick", json!("18446744073709551616"), Error::Overflow),
    ] {
        let said = with(path, value);
        let named = format!("{} ({}): {error}", error.name(), error.code());
        assert!(said.contains(&named), "{path}: {said}");
    }
}

/// A number says which field it is, a type which of its fields must stand how to each other.
#[test]
fn a_refusal_says_where() {
    let decimal = "expected a decimal below 65536 as a string";
    for (path, value, whole) in [
        (
            "/ledger/burst",
            json!("5%"),
            format!("LedgerParams.burst: {} ({}): {}, {decimal}", "TextCharacter", 131, Error::TextCharacter),
        ),
        (
            "/ledger/leak",
            json!(""),
            format!("LedgerParams.leak: TextEmpty (130): {}, expected a decimal per second", Error::TextEmpty),
        ),
        ("/ledger/burst", json!(0.05), format!("{decimal} for LedgerParams.burst")),
        (
            "/wick",
            json!(u128::MAX.to_string()),
            "GuardParams.wick: Overflow (100): result exceeds the range of its type, expected seconds, below 2^64"
                .into(),
        ),
        ("/depth_profile", json!(["1e"]), format!("TextCharacter (131): {}, {decimal}", Error::TextCharacter)),
        ("/breaker/levels/2/trip", json!("x"), format!("Level.trip: TextCharacter (131): {}", Error::TextCharacter)),
        (
            "/oracle/max_width",
            json!("1"),
            format!("OracleConfig: StoredValue (122): {}, expected a `max_width` below 1", Error::StoredValue),
        ),
        ("/ledger/burst", json!("2"), format!("LedgerConfig: BurstRange (604): {}", Error::BurstRange)),
        (
            "/schedule/calm/bonus",
            json!("65536"),
            format!("Parameters.bonus: Overflow (100): {}, {decimal}", Error::Overflow),
        ),
    ] {
        let said = with(path, value);
        assert!(said.contains(&whole), "{path}: {said}, not {whole}");
    }
    // In a list, in what may be absent, and alone.
    let site = |norm: Json| {
        let site =
            json!({ "shape": "constant_product", "heartbeat": 60, "min_sale": 1, "rise_base": 1, "depth_norm": norm });
        serde_json::from_value::<Site<1>>(site)
    };
    assert!(site(json!(null)).expect("absent").depth_norm.is_none());
    let left_out = json!({ "source_time": 0, "backlog": "0.5" });
    assert!(serde_json::from_value::<External>(left_out).expect("absent").oracle.is_none());
    assert_eq!(site(json!([7])).expect("there").depth_norm, Some([Amount::new(7)]));
    let said = site(json!(["-1"])).expect_err("no count").to_string();
    assert!(said.starts_with("Site.depth_norm: TextCharacter (131)"), "{said}");
    let report = r#"{"source_time":"0","backlog":"x","oracle":null,"keepers":null,"neighbours":null}"#;
    let said = serde_json::from_str::<External>(report).expect_err("no decimal").to_string();
    assert!(said.starts_with("External.backlog: TextCharacter (131)"), "{said}");
    let said = serde_json::from_str::<Ratio>("\"\"").expect_err("no digit").to_string();
    assert!(said.starts_with("TextEmpty (130)"), "{said}");
    let state = r#"{"stress":"9223372036854775809","at":"0"}"#;
    let said = serde_json::from_str::<Schedule>(state).expect_err("above one").to_string();
    assert!(said.starts_with("Schedule: StoredValue (122)") && said.contains("`stress` of at most 2^63"), "{said}");
    // What ends too early is no refusal of a value: a reader of a stream waits for more.
    let text = serde_json::to_string(&preset()).expect("written");
    for end in 1..text.len() {
        assert!(serde_json::from_str::<GuardParams<1>>(&text[..end]).expect_err("cut").is_eof(), "{}", &text[..end]);
    }
    // A text is refused where it is.
    let text = text.replace(r#""burst":"0.0025""#, r#""burst":"0,0025""#);
    let error = serde_json::from_str::<GuardParams<1>>(&text).expect_err("a comma");
    let end = text.find("0,0025").expect("there") + "0,0025\"".len();
    assert_eq!((error.line(), error.column()), (1, end), "{error}");
}

#[test]
fn a_number_that_is_no_text_or_count_is_refused() {
    for (path, value) in [
        ("/ledger/burst", json!(0.05)),
        ("/ledger/burst", json!(1)),
        ("/ledger/burst", json!(null)),
        ("/wick", json!(120.0)),
        ("/wick", json!(-1)),
        ("/depth/rise_base", json!(1e12)),
        ("/depth/rise_base", json!(true)),
    ] {
        let said = with(path, value);
        assert!(said.contains("expected"), "{path}: {said}");
    }
    // A count is read from an integer too, of every length.
    let mut json = serde_json::to_value(preset()).expect("written");
    json["wick"] = json!(u64::MAX);
    let params: GuardParams<1> = serde_json::from_value(json).expect("read");
    assert_eq!(params.wick, Seconds::new(u64::MAX));
    assert_eq!(serde_json::from_str::<Amount>("18446744073709551615").expect("read"), Amount::from(u64::MAX));
    assert_eq!(serde_json::from_str::<Amount>(&format!("\"{}\"", u128::MAX)).expect("read"), Amount::new(u128::MAX));
}

#[test]
fn what_is_not_known_or_not_there_is_refused() {
    let text = serde_json::to_string(&preset()).expect("written");
    let more = text.replacen('{', "{\"kappa\":\"4\",", 1);
    let said = serde_json::from_str::<GuardParams<1>>(&more).expect_err("a field more").to_string();
    assert!(said.contains("unknown field `kappa`"), "{said}");
    let json = serde_json::to_value(preset()).expect("written");
    for name in json.as_object().expect("a struct").keys() {
        let mut less = json.clone();
        less.as_object_mut().expect("a struct").remove(name);
        let said = serde_json::from_value::<GuardParams<1>>(less.clone()).expect_err(name).to_string();
        assert!(said.contains(&format!("missing field `{name}`")), "{said}");
        let schema = schemars::schema_for!(GuardParams<1>).to_value();
        assert!(!fits(&schema, &schema, &less), "the schema asks for {name}");
    }
    // A grid of another size.
    let said = serde_json::from_str::<Shape<3>>(r#"{"grid":["0.1","0.2"]}"#).expect_err("two points").to_string();
    assert!(said.contains("invalid length 2"), "{said}");
    assert!(serde_json::from_str::<Shape<3>>(r#"{"grid":["0.1","0.2","0.3","0.4"]}"#).is_err());
    assert!(
        serde_json::from_str::<Position<0, 0>>(r#"{"collateral":1,"debt":1,"other_collateral":[],"other_debt":[]}"#)
            .is_ok()
    );
    let described = schemars::schema_for!(Decision).to_value();
    assert_eq!(described["description"], "What is to be done with a position.");
    // A schema tells two sizes apart.
    let schema = schemars::schema_for!((Shape<1>, Shape<3>, GuardParams<1>, GuardParams<3>)).to_value();
    let lists: std::collections::BTreeSet<u64> = lengths(&schema).into_iter().collect();
    assert!(lists.contains(&1) && lists.contains(&3), "{schema:#}");
}

/// No value is left open: each place of a schema that a value stands at says what may stand there.
#[test]
fn a_schema_says_what_stands_at_each_place() {
    fn closed(schema: &Json) -> bool {
        let Json::Object(keywords) = schema else { return false };
        let says = ["$ref", "type", "const", "enum", "anyOf", "oneOf"].iter().any(|name| keywords.contains_key(*name));
        says && keywords.iter().all(|(keyword, rule)| match keyword.as_str() {
            "anyOf" | "oneOf" => rule.as_array().expect("a list").iter().all(closed),
            "properties" | "$defs" => {
                rule.as_object().expect("by name").iter().all(|(name, rule)| !name.is_empty() && closed(rule))
            }
            "items" => closed(rule),
            _ => true,
        })
    }
    fn of<T: JsonSchema>(name: &str) {
        let schema = schemars::schema_for!(T).to_value();
        assert!(closed(&schema), "{name}: {schema:#}");
        assert!(T::inline_schema() || T::schema_id().starts_with("damper::"), "{name}: {}", T::schema_id());
    }
    every_type!(of);
    each!(of: Position<1, 2>);
    // What reads as another has its title, by which a person knows it.
    let title = |schema: schemars::Schema| schema.get("title").cloned();
    assert_eq!(title(schemars::schema_for!(Guard<1>)), Some(json!("GuardParams")));
    assert_eq!(title(schemars::schema_for!(DepthProfile<3>)), Some(json!("List")));
    // Counts are digits or integers, refusals their names.
    let schema = schemars::schema_for!(Amount).to_value();
    assert!(fits(&schema, &schema, &json!("7")) && fits(&schema, &schema, &json!(7)));
    for wrong in [json!("x"), json!(-1), json!(0.5), json!(null)] {
        assert!(!fits(&schema, &schema, &wrong), "{wrong}");
    }
    let schema = schemars::schema_for!((Error, Position<1, 2>)).to_value();
    assert_eq!(schema["$defs"]["Error"]["enum"].as_array().map(Vec::len), Some(Error::ALL.len()));
    let position = schemars::schema_for!(Position<1, 2>).to_value();
    let mut value = serde_json::to_value(Position::<1, 2>::new(Amount::new(1), Value::new(1))).expect("written");
    assert!(fits(&position, &position, &value));
    value["other_debt"] = json!(["not a debt"]);
    assert!(!fits(&position, &position, &value), "{position:#}");
}

/// What stands where something else is read: the words of the refusal.
#[test]
fn what_was_expected_is_said() {
    let said = serde_json::from_str::<Error>("5").expect_err("a number").to_string();
    assert!(said.contains("expected the name of an error"), "{said}");
    let said = serde_json::from_str::<Shape<3>>(r#"{"grid":5}"#).expect_err("a number").to_string();
    assert!(said.contains("expected a list of 3 values"), "{said}");
    // Of a format that has nothing for "there or not there".
    type Fields<'a> =
        serde::de::value::MapDeserializer<'a, std::vec::IntoIter<(&'a str, u64)>, serde::de::value::Error>;
    let fields = vec![("source_time", 5_u64), ("backlog", 5)];
    let said = <External as serde::Deserialize>::deserialize(Fields::new(fields.into_iter())).expect_err("a number");
    assert!(said.to_string().contains("expected option"), "{said}");
}

fn lengths(json: &Json) -> Vec<u64> {
    match json {
        Json::Array(values) => values.iter().flat_map(lengths).collect(),
        Json::Object(fields) => {
            let here = fields.get("minItems").and_then(Json::as_u64);
            fields.values().flat_map(lengths).chain(here).collect()
        }
        _ => Vec::new(),
    }
}

#[test]
fn what_is_written_reads_well() {
    let json = |value: &dyn erased::Write| value.json();
    let band = price(940, 7);
    assert_eq!(json(&band), r#"{"source_time":"7","band":{"low":"0.94","high":"0.94"}}"#);
    assert_eq!(json(&Error::PriceStale), r#""PriceStale""#);
    assert_eq!(json(&Start::AtThreshold), r#""at_threshold""#);
    assert_eq!(json(&Clearing::Takes(Seconds::new(9))), r#"{"takes":"9"}"#);
    assert_eq!(json(&Payment::TooSmall { least: None }), r#"{"too_small":{"least":null}}"#);
    // What borrows is written alone.
    let seen = Observation { now: Timestamp::new(7), price: None, depth: Some(pool(7)) };
    let depth = r#"{"source_time":"7","snapshot":{"constant_product":{"reserve":"1000000000000"}}}"#;
    assert_eq!(json(&seen), format!(r#"{{"now":"7","price":null,"depth":{depth}}}"#));
}

mod erased {
    pub(crate) trait Write {
        fn json(&self) -> String;
    }
    impl<T: serde::Serialize> Write for T {
        fn json(&self) -> String {
            serde_json::to_string(self).expect("written")
        }
    }
}

#[test]
fn errors_are_names_for_people_and_codes_for_programs() {
    for error in Error::ALL {
        serde_forms(error);
        assert_eq!(borsh_form(error), error.code().to_le_bytes());
        assert_eq!(postcard::from_bytes::<u16>(&postcard::to_allocvec(error).expect("written")), Ok(error.code()));
    }
    assert!(serde_json::from_str::<Error>("\"Unheard\"").is_err());
    assert!(borsh::from_slice::<Error>(&[0, 0]).is_err());
    assert!(postcard::from_bytes::<Error>(&[0]).is_err());
}

#[test]
fn programs_read_raw_bits() {
    assert_eq!(postcard::to_allocvec(&Ratio::from_bits(5)).expect("written"), [5]);
    assert_eq!(postcard::to_allocvec(&Amount::new(5)).expect("written"), [5]);
    let price = Price::from_fraction_floor(1, 2).expect("positive");
    let parts = postcard::to_allocvec(&price.to_parts()).expect("written");
    assert_eq!(postcard::to_allocvec(&price).expect("written"), parts);
    let bad = postcard::to_allocvec(&(0_i8, 5_u64)).expect("written");
    assert!(postcard::from_bytes::<Price>(&bad).is_err());
    let above = postcard::to_allocvec(&((1_u64 << 63) + 1)).expect("written");
    assert!(postcard::from_bytes::<Decay>(&above).is_err());
}

/// A list of more than its type has room for is refused in each form: a position that is read with room for fewer debts would
/// lose the others.
#[test]
fn a_position_with_more_than_there_is_room_for_is_refused() {
    let price = PriceBand::exact(Price::from_fraction_floor(1, 1).expect("one"));
    let debt = |amount| Debt::new(Amount::new(amount), price);
    let two = Position::<0, 2>::new(Amount::new(9), Value::new(1)).with_debt(debt(2)).expect("room");
    let one = Position::<0, 1>::new(Amount::new(9), Value::new(1)).with_debt(debt(2)).expect("room");
    let bits = postcard::to_allocvec(&two).expect("written");
    assert_eq!(postcard::from_bytes::<Position<0, 1>>(&bits), Ok(one), "one fits");
    let two = two.with_debt(debt(3)).expect("room");
    let bits = postcard::to_allocvec(&two).expect("written");
    assert_eq!(postcard::from_bytes::<Position<0, 2>>(&bits).as_ref(), Ok(&two));
    assert!(postcard::from_bytes::<Position<0, 1>>(&bits).is_err(), "the second is lost");
    assert!(postcard::from_bytes::<Position<0, 0>>(&bits).is_err(), "both are lost");
    let json = serde_json::to_string(&two).expect("written");
    assert_eq!(serde_json::from_str::<Position<0, 2>>(&json).expect("read"), two);
    let said = serde_json::from_str::<Position<0, 1>>(&json).expect_err("no room").to_string();
    assert!(said.contains("invalid length 2, expected a list of 1 values"), "{said}");
}

/// Each byte of the stored form changed: refused, or driven.
#[test]
fn tampered_borsh_is_refused_or_harmless() {
    let (guard, state) = lived();
    let good = borsh_form(&state);
    let (mut refused, mut read) = (0, 0);
    for at in 0..good.len() {
        for change in [1, 0x80, 0xff] {
            let mut bad = good.clone();
            bad[at] ^= change;
            match borsh::from_slice::<GuardState<1>>(&bad) {
                Ok(state) => {
                    read += 1;
                    drive(&guard, state);
                }
                Err(error) => {
                    refused += 1;
                    assert_eq!(error.kind(), borsh::io::ErrorKind::InvalidData);
                    let ours = Error::ALL.iter().any(|known| known.to_string() == error.to_string());
                    assert!(ours || error.to_string().starts_with("Invalid bool"), "{error}");
                }
            }
        }
    }
    assert!(refused > 100 && read > 100, "{refused} refused, {read} read");
    let good = borsh_form(&guard);
    for at in 0..good.len() {
        let mut bad = good.clone();
        bad[at] ^= 0x81;
        if let Ok(guard) = borsh::from_slice::<Guard<1>>(&bad) {
            drive(&guard, state);
        }
    }
}

/// Each digit and letter of the text changed: refused, or driven.
#[test]
fn tampered_text_is_refused_or_harmless() {
    let (guard, state) = lived();
    let good = serde_json::to_string(&state).expect("written");
    let (mut refused, mut read) = (0, 0);
    for at in 0..good.len() {
        for byte in [b'9', b'0', b'.', b'e', b'"', b'{'] {
            let mut bad = good.clone().into_bytes();
            bad[at] = byte;
            match serde_json::from_slice::<GuardState<1>>(&bad) {
                Ok(state) => {
                    read += 1;
                    drive(&guard, state);
                }
                Err(_) => refused += 1,
            }
        }
    }
    assert!(refused > 100 && read > 100, "{refused} refused, {read} read");
    let good = serde_json::to_string(&guard).expect("written");
    for at in 0..good.len() {
        let mut bad = good.clone().into_bytes();
        bad[at] = if bad[at] == b'1' { b'9' } else { b'1' };
        if let Ok(guard) = serde_json::from_slice::<Guard<1>>(&bad) {
            drive(&guard, state);
        }
    }
}

/// Of a profile each point is at most as deep as the last, or without depth, and the last is one.
#[test]
fn a_profile_is_of_parts_of_the_last_point() {
    let read = |times: [&str; 3]| serde_json::from_value::<DepthProfile<3>>(json!(times));
    for times in [["0", "1", "1"], ["2.5", "1", "1"], ["65535", "0", "1"]] {
        let profile = read(times).expect("sound");
        assert_eq!(serde_json::to_value(profile).expect("written"), json!(times));
    }
    for times in [["0.999", "2", "1"], ["2", "0.000001", "1"], ["2", "2", "2"], ["2", "2", "0"], ["2", "2", "0.5"]] {
        let said = read(times).expect_err("not sound").to_string();
        assert!(said.contains("StressProfile"), "{times:?}: {said}");
    }
}

/// A state whose fields contradict each other is refused in each form, as by the stored form.
#[test]
fn contradictions_are_refused_in_each_form() {
    let (_, state) = lived();
    let mut json = serde_json::to_value(state).expect("written");
    json["ledger"]["drawdown"] = json!("0.5");
    let said = serde_json::from_value::<GuardState<1>>(json).expect_err("another drawdown").to_string();
    assert!(said.contains("StoredValue (122)"), "{said}");
    let mut json = serde_json::to_value(state).expect("written");
    json["lots"] = json!(0);
    assert!(serde_json::from_value::<GuardState<1>>(json).is_err(), "pending without a lot");
    let band = r#"{"low":"2","high":"1"}"#;
    assert!(serde_json::from_str::<PriceBand>(band).is_err());
    // Of a pool no points are written.
    assert_eq!(borsh::from_slice::<Shape<1>>(&[0; 9]).expect("a pool"), Shape::ConstantProduct);
    assert!(borsh::from_slice::<Shape<1>>(&[0, 1, 0, 0, 0, 0, 0, 0, 0]).is_err(), "a pool with a point");
    let book = r#"{"shape":"constant_product","quantity":["1","1"]}"#;
    assert!(serde_json::from_str::<Book<2>>(book).is_err());
    let other = r#"{"amount":"1","price":"1","max_ltv":"0.5","liquidation_threshold":"1"}"#;
    assert!(serde_json::from_str::<Collateral>(other).is_err());
}

/// As an account of a program has it: plain bytes, looked at when they are read.
#[test]
fn a_packed_state_is_plain_bytes() {
    #[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
    #[repr(C)]
    struct Account {
        owner: [u8; 32],
        state: Packed<{ GuardState::<1>::BYTES }>,
        guard: Packed<{ Guard::<1>::BYTES }>,
    }
    let (guard, state) = lived();
    let mut data = vec![0_u8; size_of::<Account>()];
    let account: &mut Account = bytemuck::from_bytes_mut(&mut data);
    assert_eq!(account.state.get::<GuardState<1>>(), Err(Error::StoredHeader));
    account.state = Packed::of(&state).expect("the length");
    account.guard = Packed::of(&guard).expect("the length");
    let account: &Account = bytemuck::from_bytes(&data);
    assert_eq!((account.state.get(), account.guard.get()), (Ok(state), Ok(guard)));
    assert_eq!(align_of::<Account>(), 1);
    // At an odd place.
    let shifted = [&[0], &data[..]].concat();
    assert_eq!(bytemuck::from_bytes::<Account>(&shifted[1..]).state.get(), Ok(state));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// What a fuzzer draws is valid: it passes the check of the stored form, and drives the guard.
    #[test]
    fn what_is_drawn_is_valid(data in prop::collection::vec(any::<u8>(), 2_000..6_000)) {
        let mut source = Unstructured::new(&data);
        if let (Ok(guard), Ok(state)) = (Guard::<1>::arbitrary(&mut source), GuardState::<1>::arbitrary(&mut source)) {
            prop_assert_eq!(Guard::<1>::load(Packed::<{ Guard::<1>::BYTES }>::of(&guard).expect("the length").bytes()), Ok(guard));
            prop_assert_eq!(Packed::<{ GuardState::<1>::BYTES }>::of(&state).expect("the length").get(), Ok(state));
            drive(&guard, state);
        }
    }
}
