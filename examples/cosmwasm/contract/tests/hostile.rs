//! Messages and stored bytes that nobody should send or leave.

#[allow(dead_code, reason = "shared by several tests")]
mod script;
#[allow(dead_code, reason = "shared by several tests")]
mod world;

use cosmwasm_std::{Binary, Decimal, Uint128, from_json};

use damper_market::msg::{Config, ExecuteMsg, InstantiateMsg, Lending, LimitsResponse, QueryMsg, StateResponse};
use damper_market::storage::{BACKSTOP, GUARD, HOUSE, SAID, SETTINGS, STATE, TERMS, kicker_key, loan_key, lot_key};
use market::life::{Act, Life, terms};
use market::{Guard, Refusal, Terms, TermsParams};
use script::{Sent, code, instantiate, sent, stored_guard, stored_terms, time};
use world::World;

/// The life up to the first step that is accepted and that `end` names.
fn lived(end: impl Fn(&Act) -> bool) -> World {
    let mut world = World::new();
    for after in Life::new() {
        world.at(time(&after));
        let accepted = match sent(&after.step.act, &world.names) {
            Sent::Instantiate(message) if world.contract.is_none() => world.instantiate(&message).is_ok(),
            Sent::Execute { sender, json, .. } if world.contract.is_some() => world.execute(&sender, &json).is_ok(),
            _ => false,
        };
        if accepted && end(&after.step.act) {
            return world;
        }
    }
    panic!("the life has no such step");
}

fn with_open_lot() -> World {
    lived(|act| matches!(act, Act::Kick { .. }))
}

fn everything(world: &World) -> Vec<cosmwasm_std::Record> {
    world.app.dump_wasm_raw(world.contract())
}

/// Sends a message that must be refused with a code, and must change nothing.
fn refused(world: &mut World, sender: &str, json: &str, expected: u32) {
    let before = everything(world);
    let text = world.execute(sender, json).expect_err(json);
    assert_eq!(code(&text), Some(expected), "{json}: {text}");
    assert_eq!(everything(world), before, "{json}");
}

fn rule(error: damper::Error) -> u32 {
    error.code().into()
}

const HUGE: &str = "340282366920938463463374607431768211455";

#[test]
fn malformed_messages_change_nothing() {
    let mut world = with_open_lot();
    let (keeper, borrower, oracle) =
        (world.names.keeper.clone(), world.names.borrowers[1].clone(), world.names.oracle.clone());
    let before = everything(&world);
    for (sender, json) in [
        (&keeper, "".to_string()),
        (&keeper, "{}".to_string()),
        (&keeper, "[]".to_string()),
        (&keeper, "null".to_string()),
        (&keeper, "\u{0}".to_string()),
        (&keeper, r#"{"drain":{}}"#.to_string()),
        (&keeper, r#"{"kick":{}}"#.to_string()),
        (&keeper, format!(r#"{{"kick":{{"borrower":"{borrower}","force":true}}}}"#)),
        (&keeper, format!(r#"{{"kick":{{"borrower":"{borrower}"}},"settle":{{"borrower":"{borrower}"}}}}"#)),
        (&keeper, format!(r#"{{"kick":{{"borrower":"{borrower}"}}}} x"#)),
        (&borrower, r#"{"deposit":{"collateral":1}}"#.to_string()),
        (&borrower, r#"{"deposit":{"collateral":"-1"}}"#.to_string()),
        (&borrower, r#"{"deposit":{"collateral":"1.5"}}"#.to_string()),
        (&borrower, r#"{"deposit":{"collateral":"1e3"}}"#.to_string()),
        (&borrower, format!(r#"{{"deposit":{{"collateral":"{HUGE}0"}}}}"#)),
        (&oracle, r#"{"observe":{"price":{"price":"NaN","confidence":"0","source_time":1},"pool":null}}"#.to_string()),
        (&oracle, r#"{"observe":{"price":{"price":"1","confidence":"0","source_time":-1},"pool":null}}"#.to_string()),
        (&oracle, r#"{"observe":{"price":{"price":"1","confidence":"0","source_time":1.5},"pool":null}}"#.to_string()),
        (
            &oracle,
            r#"{"observe":{"price":{"price":"1.0000000000000000001","confidence":"0","source_time":1}}}"#.to_string(),
        ),
    ] {
        assert!(world.execute(sender, &json).is_err(), "{json}");
        assert_eq!(everything(&world), before, "{json}");
    }
}

#[test]
fn amounts_of_nothing_and_of_everything() {
    let mut world = with_open_lot();
    let (keeper, free, sold) =
        (world.names.keeper.clone(), world.names.borrowers[2].clone(), world.names.borrowers[1].clone());
    refused(&mut world, &free, r#"{"deposit":{"collateral":"0"}}"#, Refusal::Empty.code());
    refused(&mut world, &free, r#"{"borrow":{"debt":"0"}}"#, Refusal::Empty.code());
    refused(&mut world, &free, r#"{"withdraw":{"collateral":"0","credit":"0"}}"#, Refusal::Empty.code());
    refused(&mut world, &keeper, &format!(r#"{{"repay":{{"borrower":"{free}","debt":"0"}}}}"#), Refusal::Empty.code());
    refused(&mut world, &keeper, r#"{"open":{"collateral":"0","debt":"0"}}"#, Refusal::Empty.code());
    let overflow = rule(damper::Error::Overflow);
    refused(&mut world, &free, &format!(r#"{{"deposit":{{"collateral":"{HUGE}"}}}}"#), overflow);
    refused(&mut world, &free, &format!(r#"{{"borrow":{{"debt":"{HUGE}"}}}}"#), Refusal::MayNotBorrow.code());
    let all = format!(r#"{{"withdraw":{{"collateral":"{HUGE}","credit":"{HUGE}"}}}}"#);
    refused(&mut world, &free, &all, Refusal::MoreThanThere.code());
    let all = format!(r#"{{"repay":{{"borrower":"{free}","debt":"{HUGE}"}}}}"#);
    refused(&mut world, &keeper, &all, Refusal::MoreThanThere.code());
    let free_lunch = format!(r#"{{"take":{{"borrower":"{sold}","amount":"1000","max_price":"0"}}}}"#);
    refused(&mut world, &keeper, &free_lunch, rule(damper::Error::PriceZero));
    let nothing = format!(r#"{{"take":{{"borrower":"{sold}","amount":"0","max_price":"1000"}}}}"#);
    let text = world.execute(&keeper, &nothing).unwrap_err();
    assert!(code(&text).is_some_and(|code| code < 65_536), "{text}");
    let cheap = format!(r#"{{"take":{{"borrower":"{sold}","amount":"1000","max_price":"0.000000000000000001"}}}}"#);
    refused(&mut world, &keeper, &cheap, rule(damper::Error::PriceAboveLimit));
    // A huge want gets what is permitted, no more than the lot has.
    let everything = format!(r#"{{"take":{{"borrower":"{sold}","amount":"{HUGE}","max_price":"{}"}}}}"#, Decimal::MAX);
    world.execute(&keeper, &everything).unwrap();
    // So much collateral fits its type, and is worth more than a value holds.
    world.execute(&keeper, &format!(r#"{{"open":{{"collateral":"{HUGE}","debt":"0"}}}}"#)).unwrap();
    refused(&mut world, &keeper, r#"{"deposit":{"collateral":"1"}}"#, overflow);
}

#[test]
fn who_may_not() {
    let mut world = with_open_lot();
    let [first, second, third] = world.names.borrowers.clone();
    let (keeper, oracle) = (world.names.keeper.clone(), world.names.oracle.clone());
    let now = world.app.block_info().time.seconds();
    // Only the oracle observes, whatever it is that is sent.
    for sender in [&keeper, &second] {
        refused(&mut world, sender, r#"{"observe":{"price":null,"pool":null}}"#, 200_001);
        let launch = r#"{"launch":{"price":{"price":"1","confidence":"0","source_time":1},"pool":{"reserve":"1","source_time":1}}}"#;
        refused(&mut world, sender, launch, 200_001);
    }
    let launch =
        r#"{"launch":{"price":{"price":"1","confidence":"0","source_time":1},"pool":{"reserve":"1","source_time":1}}}"#;
    refused(&mut world, &oracle, launch, Refusal::Exists.code());
    // Only the admin adopts the sources, and only its authority reports for a source; before that nobody does.
    for sender in [&keeper, &oracle, &world.names.sources[0].clone()] {
        refused(&mut world, sender, r#"{"adopt":{}}"#, 200_001);
    }
    let report = |source: usize| {
        format!(
            r#"{{"report":{{"source":{source},"price":{{"price":"182.5","confidence":"0.05","source_time":{now}}}}}}}"#
        )
    };
    let sources = world.names.sources.clone();
    for (source, sender) in [(0, &oracle), (0, &sources[1]), (1, &sources[0]), (2, &keeper)] {
        refused(&mut world, sender, &report(source), 200_001);
    }
    for source in [3, 4, 255] {
        refused(&mut world, &sources[0], &report(source), Refusal::Missing.code());
    }
    refused(&mut world, &sources[0], &report(0), Refusal::Missing.code());
    // Nobody has the loan of another.
    for json in [
        r#"{"deposit":{"collateral":"1"}}"#,
        r#"{"borrow":{"debt":"1"}}"#,
        r#"{"withdraw":{"collateral":"1","credit":"0"}}"#,
    ] {
        refused(&mut world, &keeper, json, Refusal::Missing.code());
    }
    refused(&mut world, &third, r#"{"open":{"collateral":"1","debt":"0"}}"#, Refusal::Exists.code());
    // Healthy loans are not sold, and what is on offer is not sold again.
    refused(&mut world, &keeper, &format!(r#"{{"kick":{{"borrower":"{third}"}}}}"#), Refusal::StillHealthy.code());
    refused(&mut world, &keeper, &format!(r#"{{"absorb":{{"borrower":"{third}"}}}}"#), Refusal::NotForBackstop.code());
    refused(&mut world, &keeper, &format!(r#"{{"kick":{{"borrower":"{second}"}}}}"#), Refusal::LotOpen.code());
    refused(&mut world, &keeper, &format!(r#"{{"settle":{{"borrower":"{second}"}}}}"#), Refusal::LotRunning.code());
    for action in ["settle", "restart"] {
        refused(&mut world, &keeper, &format!(r#"{{"{action}":{{"borrower":"{first}"}}}}"#), Refusal::NoLot.code());
    }
    // No address, an address in capitals, the prefix of a key: no loan.
    for name in ["", "/", &second.to_uppercase(), "../state", "\u{0}"] {
        let json = cosmwasm_std::to_json_string(&ExecuteMsg::Kick { borrower: name.into() }).unwrap();
        refused(&mut world, &keeper, &json, Refusal::Missing.code());
    }
    // Tokens are refused, not kept.
    let before = everything(&world);
    let owner = cosmwasm_std::Addr::unchecked(keeper.clone());
    world.app.init_modules(|router, _, storage| {
        router.bank.init_balance(storage, &owner, cosmwasm_std::coins(5, "atom")).unwrap();
    });
    let text = world.execute_with(&keeper, &format!(r#"{{"kick":{{"borrower":"{third}"}}}}"#), 5).unwrap_err();
    assert_eq!(code(&text), Some(200_002), "{text}");
    assert_eq!(everything(&world), before);
}

#[test]
fn an_authority_that_was_replaced_by_sources() {
    let mut world = lived(|act| matches!(act, Act::Adopt));
    let (admin, oracle) = (world.names.admin.clone(), world.names.oracle.clone());
    let now = world.app.block_info().time.seconds();
    refused(&mut world, &admin, r#"{"adopt":{}}"#, Refusal::Exists.code());
    let lie =
        format!(r#"{{"observe":{{"price":{{"price":"1","confidence":"0.0001","source_time":{now}}},"pool":null}}}}"#);
    refused(&mut world, &oracle, &lie, Refusal::BySources.code());
    world.execute(&oracle, r#"{"observe":{"price":null,"pool":null}}"#).unwrap();
}

#[test]
fn a_settled_lot_is_over() {
    let mut world = lived(|act| matches!(act, Act::Settle { .. }));
    let (keeper, second) = (world.names.keeper.clone(), world.names.borrowers[1].clone());
    assert_eq!(world.raw(&lot_key(&second)), None);
    let take = format!(r#"{{"take":{{"borrower":"{second}","amount":"1","max_price":"1000"}}}}"#);
    refused(&mut world, &keeper, &take, Refusal::NoLot.code());
    for action in ["settle", "restart"] {
        refused(&mut world, &keeper, &format!(r#"{{"{action}":{{"borrower":"{second}"}}}}"#), Refusal::NoLot.code());
    }
}

#[test]
fn observations_that_lie() {
    let mut world = with_open_lot();
    let oracle = world.names.oracle.clone();
    let now = world.app.block_info().time.seconds();
    let price = |price: &str, confidence: &str, at: u64| {
        format!(
            r#"{{"observe":{{"price":{{"price":"{price}","confidence":"{confidence}","source_time":{at}}},"pool":null}}}}"#
        )
    };
    let pool = |reserve: &str, at: u64| {
        format!(r#"{{"observe":{{"price":null,"pool":{{"reserve":"{reserve}","source_time":{at}}}}}}}"#)
    };
    for (json, error) in [
        (price("182.5", "0.05", now + 1), damper::Error::PriceFromFuture),
        (price("182.5", "0.05", u64::MAX), damper::Error::PriceFromFuture),
        (price("182.5", "0.05", 0), damper::Error::PriceStale),
        (price("182.5", "20", now), damper::Error::BandTooWide),
        (price("0", "0", now), damper::Error::PriceZero),
        (price("1", "1", now), damper::Error::PriceZero),
        (price("1", "2", now), damper::Error::PriceZero),
        (price(&Decimal::MAX.to_string(), "1", now), damper::Error::PriceOutOfRange),
        (pool("455000000000000", now + 1), damper::Error::DepthFromFuture),
        (pool("455000000000000", 0), damper::Error::DepthOutOfOrder),
    ] {
        refused(&mut world, &oracle, &json, rule(error));
    }
    // A pool of everything or of nothing is an observation; the guard does not believe the one and stops at the other.
    world.execute(&oracle, &pool(HUGE, now)).unwrap();
    let limits: LimitsResponse = from_json(world.query(&QueryMsg::Limits {}).unwrap()).unwrap();
    assert!(limits.permitted < Uint128::new(500_000_000_000_000));
    // A clock that goes back refuses everything.
    world.at(now - 1);
    refused(&mut world, &oracle, r#"{"observe":{"price":null,"pool":null}}"#, rule(damper::Error::ClockReversed));
}

#[test]
fn configurations_that_are_none() {
    let good = stored_guard().to_vec();
    let fresh = || World::new();
    let attempt = |world: &mut World, config: Config| {
        let message = instantiate(&world.names, config);
        world.instantiate(&message)
    };
    let stored = |bytes: Vec<u8>| Config::Stored { bytes: bytes.into() };
    // Every length but one.
    for length in (0..good.len() + 8).filter(|length| *length != good.len()) {
        let mut bytes = good.clone();
        bytes.resize(length, 0);
        let text = attempt(&mut fresh(), stored(bytes)).unwrap_err();
        assert_eq!(code(&text), Some(rule(damper::Error::StoredLength)), "{length}");
    }
    for fill in [0, 1, 255] {
        let text = attempt(&mut fresh(), stored(vec![fill; good.len()])).unwrap_err();
        assert_eq!(code(&text), Some(rule(damper::Error::StoredHeader)));
    }
    // Any byte changed: parsed to a configuration that is its own stored form, or refused by a code.
    let (mut world, mut parsed) = (fresh(), 0);
    for at in 0..good.len() {
        let mut bytes = good.clone();
        bytes[at] ^= 0x80;
        match attempt(&mut world, stored(bytes.clone())) {
            Ok(_) => {
                assert_eq!(world.raw(GUARD), Some(bytes));
                parsed += 1;
            }
            Err(text) => assert!(code(&text).is_some_and(|code| code < 65_536), "{at}: {text}"),
        }
    }
    assert!(parsed > 100 && parsed < good.len() - 100, "{parsed} of {}", good.len());
    // Parameters that defeat the bound.
    let lending = || Lending {
        heartbeat: 60,
        min_sale: Uint128::new(100_000_000),
        rise_base: Uint128::new(10_000_000_000),
        depth_norm: None,
        burst: None,
        own_share: None,
        kappa: None,
        start_volatility: None,
        start_appetite: None,
    };
    for (config, error) in [
        (Lending { kappa: Some(Decimal::percent(99)), ..lending() }, damper::Error::KappaBelowOne),
        (Lending { kappa: Some(Decimal::percent(800)), ..lending() }, damper::Error::KappaTimesOwnShare),
        (Lending { own_share: Some(Decimal::percent(25)), ..lending() }, damper::Error::KappaTimesOwnShare),
        (Lending { burst: Some(Decimal::percent(101)), ..lending() }, damper::Error::BurstRange),
        (Lending { burst: Some(Decimal::MAX), ..lending() }, damper::Error::Overflow),
        (Lending { start_appetite: Some(Decimal::percent(24)), ..lending() }, damper::Error::AppetiteStartRange),
        (Lending { start_appetite: Some(Decimal::percent(101)), ..lending() }, damper::Error::AppetiteStartRange),
        (Lending { heartbeat: u64::MAX, ..lending() }, damper::Error::Overflow),
    ] {
        let text = attempt(&mut fresh(), Config::Lending(config)).unwrap_err();
        assert_eq!(code(&text), Some(rule(error)), "{text}");
    }
    // The configuration beside it: as the guard's, and one that the guard cannot work with.
    let with = |terms: Vec<u8>, world: &World| InstantiateMsg {
        terms: terms.into(),
        ..instantiate(&world.names, stored(good.clone()))
    };
    let whole = stored_terms().to_vec();
    for length in [0, 1, whole.len() - 1, whole.len() + 1] {
        let mut bytes = whole.clone();
        bytes.resize(length, 0);
        let mut world = fresh();
        let text = world.instantiate(&with(bytes, &world)).unwrap_err();
        assert_eq!(code(&text), Some(Refusal::StoredLength.code()), "{length}");
    }
    let (mut world, mut parsed) = (fresh(), 0);
    for at in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x80;
        match world.instantiate(&with(bytes.clone(), &world)) {
            Ok(_) => {
                assert_eq!(world.raw(TERMS), Some(bytes));
                parsed += 1;
            }
            Err(text) => assert!(code(&text).is_some_and(|code| code < 65_536 || code > 100_000), "{at}: {text}"),
        }
    }
    assert!(parsed > 50 && parsed < whole.len() - 50, "{parsed} of {}", whole.len());
    // As many reporters as there are sources, each for one.
    let names = fresh().names;
    for (at, whose) in [(0, 1), (0, 2), (1, 2), (2, 0)] {
        let mut world = fresh();
        let mut message = with(whole.clone(), &world);
        message.sources[at] = names.sources[whose].clone();
        assert_eq!(code(&world.instantiate(&message).unwrap_err()), Some(200_005), "{at} {whose}");
    }
    let mut none = vec![0; Terms::BYTES];
    Terms::new(TermsParams { sources: None, ..*terms().unwrap().params() }).unwrap().write_to(&mut none).unwrap();
    for (terms, count, expected) in [(&whole, 0, false), (&whole, 2, false), (&none, 3, false), (&none, 0, true)] {
        let mut world = fresh();
        let message = InstantiateMsg {
            terms: terms.clone().into(),
            sources: names.sources[..count].to_vec(),
            ..instantiate(&names, stored(good.clone()))
        };
        match world.instantiate(&message) {
            Ok(_) => assert!(expected, "{count}"),
            Err(text) => assert_eq!((code(&text), expected), (Some(200_005), false), "{count}"),
        }
    }
    // Addresses and decimals.
    let mut world = fresh();
    let message = InstantiateMsg { oracle: "nobody".into(), ..instantiate(&world.names, Config::Lending(lending())) };
    assert_eq!(code(&world.instantiate(&message).unwrap_err()), Some(200_004));
    for (base, quote) in [(0, 19), (21, 0), (255, 0), (0, 255)] {
        let message = instantiate(&world.names, Config::Lending(lending()));
        let message = InstantiateMsg { base_decimals: base, quote_decimals: quote, ..message };
        assert_eq!(code(&world.instantiate(&message).unwrap_err()), Some(200_003), "{base} {quote}");
    }
    assert!(world.contract.is_none());
    world.instantiate(&instantiate(&world.names, Config::Lending(lending()))).unwrap();
}

/// Typed parameters give the configuration that they name, each rounded to the safe side.
#[test]
fn a_configuration_of_parameters() {
    let mut world = World::new();
    let lending = Lending {
        heartbeat: 60,
        min_sale: Uint128::new(100_000_000),
        rise_base: Uint128::new(10_000_000_000),
        depth_norm: None,
        burst: Some(Decimal::from_atomics(1_u128, 3).unwrap()),
        own_share: Some(Decimal::percent(10)),
        kappa: Some(Decimal::from_atomics(33_u128, 1).unwrap()),
        start_volatility: Some(Decimal::percent(4)),
        start_appetite: Some(Decimal::one()),
    };
    world.instantiate(&instantiate(&world.names, Config::Lending(lending))).unwrap();
    let state: StateResponse = from_json(world.query(&QueryMsg::State {}).unwrap()).unwrap();
    assert_eq!((state.oracle, state.base_decimals, state.quote_decimals), (world.names.oracle.clone(), 9, 6));
    assert_eq!((state.state, Some(state.backstop)), (None, world.raw(BACKSTOP).map(Binary::from)));
    let guard = Guard::read_from(&state.config).unwrap();
    let ledger = guard.params().ledger.params().to_owned();
    assert_eq!(ledger.burst, damper::ratio::Ratio::from_bps_floor(10).unwrap());
    assert_eq!(ledger.own_share, damper::ratio::Ratio::from_bps_floor(1_000).unwrap());
    assert_eq!(ledger.kappa, damper::ratio::Ratio::from_bps_ceil(33_000).unwrap());
    let volatility = guard.params().volatility.params().to_owned();
    assert_eq!(volatility.start, damper::ratio::Ratio::from_bps_ceil(400).unwrap());
    assert_eq!(guard.params().appetite.params().start, damper::ratio::Ratio::ONE);
    // The rest is the life's.
    assert_eq!(guard.params().auction, market::life::guard().unwrap().params().auction);
}

/// Whatever lies in storage, no call panics: it is parsed, or refused by a code, and nothing is written then.
#[test]
fn stored_bytes_of_another() {
    let mut world = with_open_lot();
    let (keeper, second, oracle) =
        (world.names.keeper.clone(), world.names.borrowers[1].clone(), world.names.oracle.clone());
    let messages = [
        (oracle, r#"{"observe":{"price":null,"pool":null}}"#.to_string()),
        (keeper.clone(), format!(r#"{{"take":{{"borrower":"{second}","amount":"1000000000","max_price":"1000"}}}}"#)),
        (keeper.clone(), format!(r#"{{"settle":{{"borrower":"{second}"}}}}"#)),
        (keeper.clone(), format!(r#"{{"kick":{{"borrower":"{second}"}}}}"#)),
        (keeper, format!(r#"{{"repay":{{"borrower":"{second}","debt":"1"}}}}"#)),
        (second.clone(), r#"{"withdraw":{"collateral":"1","credit":"0"}}"#.to_string()),
    ];
    let keys = [
        GUARD.to_vec(),
        TERMS.to_vec(),
        STATE.to_vec(),
        HOUSE.to_vec(),
        BACKSTOP.to_vec(),
        SETTINGS.to_vec(),
        loan_key(&second),
        lot_key(&second),
        kicker_key(&second),
    ];
    let refusals = garbled(&mut world, &keys, &messages);
    for expected in [
        rule(damper::Error::StoredLength),
        rule(damper::Error::StoredHeader),
        rule(damper::Error::StoredValue),
        Refusal::StoredLength.code(),
        Refusal::StoredHeader.code(),
        Refusal::StoredValue.code(),
        Refusal::LotMismatch.code(),
    ] {
        assert!(refusals.contains(&expected), "{expected} of {refusals:?}");
    }
}

/// The same of what the sources said.
#[test]
fn stored_bytes_of_other_sources() {
    let mut world = lived(|act| matches!(act, Act::Report { .. }));
    let now = world.app.block_info().time.seconds();
    let report = |source: u8, price: &str| {
        format!(
            r#"{{"report":{{"source":{source},"price":{{"price":"{price}","confidence":"0.05","source_time":{now}}}}}}}"#
        )
    };
    let messages =
        [0, 1, 2].map(|source: u8| (world.names.sources[usize::from(source)].clone(), report(source, "151")));
    let refusals = garbled(&mut world, &[SAID.to_vec(), HOUSE.to_vec(), TERMS.to_vec()], &messages);
    for expected in
        [rule(damper::Error::StoredLength), rule(damper::Error::StoredHeader), rule(damper::Error::StoredValue)]
    {
        assert!(refusals.contains(&expected), "{expected} of {refusals:?}");
    }
}

/// Changes every byte under each key, sends each message and asks each question; the codes of the refusals.
fn garbled(world: &mut World, keys: &[Vec<u8>], messages: &[(String, String)]) -> std::collections::BTreeSet<u32> {
    let second = world.names.borrowers[1].clone();
    let questions = [
        QueryMsg::Limits {},
        QueryMsg::State {},
        QueryMsg::Assess { borrower: second.clone() },
        QueryMsg::Loan { borrower: second.clone() },
        QueryMsg::Lot { borrower: second.clone() },
    ];
    let mut refusals = std::collections::BTreeSet::new();
    for key in keys {
        let good = world.raw(key).expect("stored");
        let mut bad: Vec<Vec<u8>> =
            vec![vec![0], good[1..].to_vec(), [&good[..], &[0]].concat(), vec![255; good.len()]];
        for at in 0..good.len() {
            for flip in [1, 0x80, 0xff] {
                let mut bytes = good.clone();
                bytes[at] ^= flip;
                bad.push(bytes);
            }
        }
        for bytes in bad {
            for (sender, json) in messages {
                let contract = world.contract().clone();
                world.app.contract_storage_mut(&contract).set(key, &bytes);
                let before = everything(&world);
                if let Err(text) = world.execute(sender, json) {
                    let code = code(&text).unwrap_or_else(|| panic!("{text}"));
                    refusals.insert(code);
                    assert_eq!(everything(&world), before);
                } else {
                    // What was written is undone for the next attempt.
                    let mut storage = world.app.contract_storage_mut(&contract);
                    for (key, value) in before {
                        storage.set(&key, &value);
                    }
                }
                world.app.contract_storage_mut(&contract).set(key, &good);
            }
            let contract = world.contract().clone();
            world.app.contract_storage_mut(&contract).set(key, &bytes);
            for question in &questions {
                if let Err(text) = world.query(question) {
                    assert!(code(&text).is_some(), "{text}");
                }
            }
            world.app.contract_storage_mut(&contract).set(key, &good);
        }
    }
    refusals
}

/// Every error says its code, first.
#[test]
fn codes_stand_first() {
    use damper_market::ContractError as E;
    let own = Refusal::OWN.iter().map(|refusal| E::Refused(*refusal));
    let rules = damper::Error::ALL.iter().map(|error| E::Refused(Refusal::Rule(*error)));
    let others = [E::Unauthorized, E::Funds, E::Decimals, E::Reporters, E::Chain(cosmwasm_std::StdError::msg("no"))];
    let mut seen = std::collections::BTreeSet::new();
    for error in own.chain(rules).chain(others) {
        let text = error.to_string();
        assert_eq!(text.split(": ").next(), Some(error.code().to_string().as_str()));
        assert!(seen.insert(error.code()), "{text}");
    }
}
