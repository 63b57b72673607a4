//! The market's life as messages to the contract, and what must come of each.

use cosmwasm_std::{Binary, Decimal, Uint128, from_json, to_json_string};
use damper::guard::WaitReason;
use damper::plan::Reason;
use damper_market::msg::{self, AssessResponse, Config, ExecuteMsg, InstantiateMsg, QueryMsg, SeenPool, SeenPrice};
use damper_market::storage::{BACKSTOP, GUARD, HOUSE, SAID, STATE, TERMS, kicker_key, loan_key, lot_key};
use market::feeds::SOURCES;
use market::life::{Act, After, LOANS, START, guard, terms};
use market::{Guard, Limit, Pool, Quote, Report, Terms};

/// Decimals of the life's tokens.
pub const BASE: u8 = 9;
/// See [`BASE`].
pub const QUOTE: u8 = 6;

/// Who acts.
pub struct Names {
    pub admin: String,
    pub oracle: String,
    pub sources: [String; SOURCES],
    pub borrowers: [String; LOANS],
    /// Anybody.
    pub keeper: String,
}

/// A message, as text.
pub enum Sent {
    Instantiate(InstantiateMsg),
    Execute { kind: &'static str, sender: String, json: String },
    Query(QueryMsg),
}

/// A price of atoms as one of whole tokens.
fn decimal(mantissa: u64, exponent: i32) -> Decimal {
    let places = -(exponent + i32::from(BASE) - i32::from(QUOTE));
    Decimal::from_atomics(mantissa, u32::try_from(places).expect("a fraction")).expect("a Decimal")
}

fn price(quote: &Quote) -> SeenPrice {
    SeenPrice {
        price: decimal(quote.mantissa.unsigned_abs(), quote.exponent),
        confidence: decimal(quote.confidence, quote.exponent),
        source_time: quote.source_time.get(),
    }
}

fn pool(pool: &Pool) -> SeenPool {
    SeenPool { reserve: pool.reserve.get().into(), source_time: pool.source_time.get() }
}

/// The configuration of the life, as it is stored.
pub fn stored_guard() -> Binary {
    let mut bytes = vec![0; Guard::BYTES];
    guard().expect("checked").write_to(&mut bytes).expect("the length");
    bytes.into()
}

/// The configuration beside it.
pub fn stored_terms() -> Binary {
    let mut bytes = vec![0; Terms::BYTES];
    terms().expect("checked").write_to(&mut bytes).expect("the length");
    bytes.into()
}

pub fn instantiate(names: &Names, config: Config) -> InstantiateMsg {
    InstantiateMsg {
        admin: names.admin.clone(),
        oracle: names.oracle.clone(),
        sources: names.sources.to_vec(),
        base_decimals: BASE,
        quote_decimals: QUOTE,
        config,
        terms: stored_terms(),
    }
}

/// What is sent for a step.
pub fn sent(act: &Act, names: &Names) -> Sent {
    let borrower = |loan: usize| names.borrowers[loan].clone();
    let anybody = || names.keeper.clone();
    let (kind, sender, message) = match *act {
        Act::Initialise => return Sent::Instantiate(instantiate(names, Config::Stored { bytes: stored_guard() })),
        Act::Assess { loan } => return Sent::Query(QueryMsg::Assess { borrower: borrower(loan) }),
        Act::Launch { quote, pool: seen } => {
            ("launch", names.oracle.clone(), ExecuteMsg::Launch { price: price(&quote), pool: pool(&seen) })
        }
        Act::Observe(seen) => {
            let message =
                ExecuteMsg::Observe { price: seen.quote.as_ref().map(price), pool: seen.pool.as_ref().map(pool) };
            ("observe", names.oracle.clone(), message)
        }
        Act::Adopt => ("adopt", names.admin.clone(), ExecuteMsg::Adopt {}),
        Act::Report { source, quote } => {
            let message = ExecuteMsg::Report { source: source.try_into().expect("few"), price: price(&quote) };
            ("report", names.sources.get(source).unwrap_or(&names.keeper).clone(), message)
        }
        Act::Open { loan, collateral, debt } => {
            let message = ExecuteMsg::Open { collateral: collateral.get().into(), debt: debt.get().into() };
            ("open", borrower(loan), message)
        }
        Act::Deposit { loan, collateral } => {
            ("deposit", borrower(loan), ExecuteMsg::Deposit { collateral: collateral.get().into() })
        }
        Act::Borrow { loan, debt } => ("borrow", borrower(loan), ExecuteMsg::Borrow { debt: debt.get().into() }),
        Act::Repay { loan, debt } => {
            ("repay", anybody(), ExecuteMsg::Repay { borrower: borrower(loan), debt: debt.get().into() })
        }
        Act::Withdraw { loan, what } => {
            let message =
                ExecuteMsg::Withdraw { collateral: what.collateral.get().into(), credit: what.credit.get().into() };
            ("withdraw", borrower(loan), message)
        }
        Act::Kick { loan } => ("kick", anybody(), ExecuteMsg::Kick { borrower: borrower(loan) }),
        Act::Take { loan, amount, limit: Limit { mantissa, exponent } } => {
            let message = ExecuteMsg::Take {
                borrower: borrower(loan),
                amount: amount.get().into(),
                max_price: decimal(mantissa, exponent),
            };
            ("take", anybody(), message)
        }
        Act::Settle { loan } => ("settle", anybody(), ExecuteMsg::Settle { borrower: borrower(loan) }),
        Act::Restart { loan } => ("restart", anybody(), ExecuteMsg::Restart { borrower: borrower(loan) }),
        Act::Absorb { loan } => ("absorb", anybody(), ExecuteMsg::Absorb { borrower: borrower(loan) }),
    };
    let json = to_json_string(&message).expect("a message");
    // A `Decimal` has no sign; a feed that sends one is refused before any rule is asked.
    let negative = match act {
        Act::Observe(seen) => seen.quote.is_some_and(|quote| quote.mantissa < 0),
        Act::Report { quote, .. } => quote.mantissa < 0,
        _ => false,
    };
    let json = if negative { json.replacen(r#""price":""#, r#""price":"-"#, 1) } else { json };
    Sent::Execute { kind, sender, json }
}

/// When a step is, in seconds.
pub fn time(after: &After) -> u64 {
    START + after.step.after
}

/// The code that a refusal's text names.
pub fn code(text: &str) -> Option<u32> {
    text.split(": ").filter_map(|part| part.rsplit(' ').next()?.parse().ok()).last()
}

/// Whether the answer to a step's message is the host's outcome: data of a message, answer of a query, or refusal.
pub fn compare(after: &After, answer: Result<&[u8], &str>) -> Result<(), String> {
    let same = match (&after.outcome, answer) {
        (Ok(report), Ok(answer)) if matches!(after.step.act, Act::Assess { .. }) => {
            from_json::<AssessResponse>(answer).ok() == Some(assessed(report))
        }
        (Ok(report), Ok(data)) => *data == report.to_bytes(),
        // A sign is refused by the parser.
        (Err(refusal), Err(text)) if refusal.code() == u32::from(damper::Error::NegativeInput.code()) => {
            text.contains("Invalid") || text.contains("invalid")
        }
        (Err(refusal), Err(text)) => code(text) == Some(refusal.code()),
        _ => false,
    };
    if same {
        Ok(())
    } else {
        Err(format!("step {} {:?}: {answer:?}, the host {:?}", after.number, after.step, after.outcome))
    }
}

/// A report of a decision as the contract's answer.
fn assessed(report: &Report) -> AssessResponse {
    let atoms = |count: u128| Uint128::new(count);
    match *report {
        Report::Healthy => AssessResponse::Healthy {},
        Report::Liquidate { sell, repay, deferred } => AssessResponse::Liquidate {
            sell: atoms(sell.get()),
            repay: atoms(repay.get()),
            deferred: atoms(deferred.get()),
        },
        Report::Wait { reason, sell, repay, until } => AssessResponse::Wait {
            reason: waits(reason),
            sell: atoms(sell.get()),
            repay: atoms(repay.get()),
            until: until.map(|time| time.get()),
        },
        Report::Backstop { reason, debt, collateral, gap } => AssessResponse::Backstop {
            reason: why(reason),
            debt: atoms(debt.get()),
            collateral: atoms(collateral.get()),
            gap: atoms(gap.get()),
        },
        Report::Unconfirmed { waits: until, reason, debt, collateral, gap } => AssessResponse::Unconfirmed {
            waits: waits(until),
            reason: why(reason),
            debt: atoms(debt.get()),
            collateral: atoms(collateral.get()),
            gap: atoms(gap.get()),
        },
        _ => panic!("no decision: {report:?}"),
    }
}

fn waits(reason: WaitReason) -> msg::WaitReason {
    match reason {
        WaitReason::Halted => msg::WaitReason::Halted,
        WaitReason::DepthStale => msg::WaitReason::DepthStale,
        WaitReason::Ledger => msg::WaitReason::Ledger,
        WaitReason::Wick => msg::WaitReason::Wick,
    }
}

fn why(reason: Reason) -> msg::BackstopReason {
    match reason {
        Reason::Insolvent => msg::BackstopReason::Insolvent,
        Reason::Toxic => msg::BackstopReason::Toxic,
        Reason::NoCollateral => msg::BackstopReason::NoCollateral,
    }
}

/// Whether storage holds the host's bytes: nothing where the host has zeros.
pub fn compare_stored(after: &After, names: &Names, get: impl Fn(&[u8]) -> Option<Vec<u8>>) -> Result<(), String> {
    let expect = |what: &str, key: &[u8], bytes: &[u8]| {
        let found = get(key);
        let same = match &found {
            Some(found) => found == bytes && bytes.iter().any(|byte| *byte != 0),
            None => bytes.iter().all(|byte| *byte == 0),
        };
        if same { Ok(()) } else { Err(format!("step {}: {what} is {found:?}, the host's {bytes:?}", after.number)) }
    };
    expect("the configuration of the guard", GUARD, &after.stored.guard)?;
    expect("the configuration beside it", TERMS, &after.stored.terms)?;
    expect("the guard's state", STATE, &after.stored.state)?;
    expect("what is kept beside it", HOUSE, &after.stored.house)?;
    expect("what the sources said", SAID, &after.stored.sources)?;
    expect("the backstop", BACKSTOP, &after.stored.backstop)?;
    for ((name, loan), lot) in names.borrowers.iter().zip(&after.stored.loans).zip(&after.stored.lots) {
        expect("a loan", &loan_key(name), loan)?;
        expect("a lot", &lot_key(name), lot)?;
        // Every lot of the life is kicked by the keeper.
        let kicker = if lot.iter().any(|byte| *byte != 0) { names.keeper.as_bytes() } else { &[] };
        expect("who kicked", &kicker_key(name), kicker)?;
    }
    Ok(())
}
