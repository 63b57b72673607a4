//! Instantiate, execute, query.

use crate::edge::{Scale, amount, config, depth, limits, lot, value};
use crate::error::ContractError;
use crate::msg::{AssessResponse, ExecuteMsg, InstantiateMsg, LoanResponse, QueryMsg, StateResponse};
use crate::storage::{BACKSTOP, GUARD, STATE, Settings, bytes, load, loan_key, lot_key, must_load, save};
use cosmwasm_std::{
    Attribute, Binary, Deps, DepsMut, Env, MessageInfo, Response, Storage, attr, entry_point, to_json_binary,
};
use damper::auction::Lot;
use damper::units::Timestamp;
use market::ops::{Want, Withdrawal, deposit, repay};
use market::{Backstop, Guard, GuardState, Loan, Market, Refusal, Report};

use crate::edge::Atoms;

/// Stores a configuration; prices are not known yet.
///
/// # Errors
/// Tokens sent along, an address that is none, decimals that no price has, a configuration that is refused.
#[entry_point]
pub fn instantiate(
    deps: DepsMut<'_>,
    _env: Env,
    info: MessageInfo,
    msg: InstantiateMsg,
) -> Result<Response, ContractError> {
    no_tokens(&info)?;
    let InstantiateMsg { oracle, base_decimals, quote_decimals, config: wanted } = msg;
    let settings = Settings { base_decimals, quote_decimals, oracle: deps.api.addr_validate(&oracle)? };
    Scale::of(&settings)?;
    let guard = config(&wanted)?;
    settings.save(deps.storage);
    save(deps.storage, GUARD, &guard)?;
    save(deps.storage, BACKSTOP, &Backstop::NEW)?;
    answer("instantiate", &Report::Done)
}

/// Changes the market. The answer's data is the report's stored form.
///
/// # Errors
/// Every refusal by its code; nothing has changed then.
#[entry_point]
pub fn execute(deps: DepsMut<'_>, env: Env, info: MessageInfo, msg: ExecuteMsg) -> Result<Response, ContractError> {
    no_tokens(&info)?;
    let guard: Guard = must_load(deps.storage, GUARD)?;
    let market = Market { guard: &guard, now: now(&env) };
    let sender = info.sender.as_str();
    let storage = deps.storage;
    match msg {
        ExecuteMsg::Launch { price, pool } => {
            let scale = oracle(storage, &info)?;
            if storage.get(STATE).is_some() {
                return Err(Refusal::Exists.into());
            }
            save(storage, STATE, &market.launch(scale.observation(&price)?, depth(&pool))?)?;
            answer("launch", &Report::Done)
        }
        ExecuteMsg::Observe { price, pool } => {
            let scale = oracle(storage, &info)?;
            let mut state = must_load(storage, STATE)?;
            let price = price.map(|price| scale.observation(&price)).transpose()?;
            let report = market.observe(&mut state, price, pool.as_ref().map(depth))?;
            save(storage, STATE, &state)?;
            answer("observe", &report)
        }
        ExecuteMsg::Open { collateral, debt } => {
            let state = must_load(storage, STATE)?;
            if storage.get(&loan_key(sender)).is_some() {
                return Err(Refusal::Exists.into());
            }
            save(storage, &loan_key(sender), &market.open(&state, amount(collateral), value(debt))?)?;
            answer("open", &Report::Done)
        }
        ExecuteMsg::Deposit { collateral } => {
            change(storage, sender, "deposit", |_, loan| deposit(loan, amount(collateral)))
        }
        ExecuteMsg::Borrow { debt } => {
            change(storage, sender, "borrow", |state, loan| market.borrow(state, loan, value(debt)))
        }
        ExecuteMsg::Repay { borrower, debt } => change(storage, &borrower, "repay", |_, loan| repay(loan, value(debt))),
        ExecuteMsg::Withdraw { collateral, credit } => {
            let what = Withdrawal { collateral: amount(collateral), credit: value(credit) };
            change(storage, sender, "withdraw", |state, loan| market.withdraw(state, loan, what))
        }
        ExecuteMsg::Kick { borrower } => {
            let state = must_load(storage, STATE)?;
            let loan = must_load(storage, &loan_key(&borrower))?;
            let (state, loan, lot, report) = market.kick(state, loan)?;
            save(storage, STATE, &state)?;
            save(storage, &loan_key(&borrower), &loan)?;
            save(storage, &lot_key(&borrower), &lot)?;
            answer("kick", &report)
        }
        ExecuteMsg::Take { borrower, amount: most, max_price } => {
            let (state, loan, lot) = open_lot(storage, &borrower)?;
            let limit = Scale::of(&Settings::load(storage)?)?.price_floor(max_price)?;
            let (state, loan, lot, report) = market.take(state, loan, lot, Want { amount: amount(most), limit })?;
            save(storage, STATE, &state)?;
            save(storage, &loan_key(&borrower), &loan)?;
            save(storage, &lot_key(&borrower), &lot)?;
            answer("take", &report)
        }
        ExecuteMsg::Settle { borrower } => {
            let (state, loan, lot) = open_lot(storage, &borrower)?;
            let (state, loan, report) = market.settle(state, loan, lot)?;
            save(storage, STATE, &state)?;
            save(storage, &loan_key(&borrower), &loan)?;
            storage.remove(&lot_key(&borrower));
            answer("settle", &report)
        }
        ExecuteMsg::Restart { borrower } => {
            let (state, loan, lot) = open_lot(storage, &borrower)?;
            save(storage, &lot_key(&borrower), &market.restart(&state, &loan, lot)?)?;
            answer("restart", &Report::Done)
        }
        ExecuteMsg::Absorb { borrower } => {
            let state = must_load(storage, STATE)?;
            let loan = must_load(storage, &loan_key(&borrower))?;
            let (loan, backstop, report) = market.absorb(&state, loan, must_load(storage, BACKSTOP)?)?;
            save(storage, &loan_key(&borrower), &loan)?;
            save(storage, BACKSTOP, &backstop)?;
            answer("absorb", &report)
        }
    }
}

/// Answers from what is stored.
///
/// # Errors
/// As the operation that the question is about.
#[entry_point]
pub fn query(deps: Deps<'_>, env: Env, msg: QueryMsg) -> Result<Binary, ContractError> {
    let storage = deps.storage;
    let now = now(&env);
    let scale = || Scale::of(&Settings::load(storage)?);
    Ok(match msg {
        QueryMsg::Limits {} => {
            let guard: Guard = must_load(storage, GUARD)?;
            let state: GuardState = must_load(storage, STATE)?;
            to_json_binary(&limits(scale()?, &guard.limits(&state, now)?)?)?
        }
        QueryMsg::Assess { borrower } => {
            let guard: Guard = must_load(storage, GUARD)?;
            let state = must_load(storage, STATE)?;
            let loan = must_load(storage, &loan_key(&borrower))?;
            to_json_binary(&AssessResponse::from(Market { guard: &guard, now }.assess(&state, &loan)?))?
        }
        QueryMsg::Loan { borrower } => {
            let loan: Loan = must_load(storage, &loan_key(&borrower))?;
            to_json_binary(&LoanResponse {
                collateral: loan.collateral.atoms(),
                debt: loan.debt.atoms(),
                credit: loan.credit.atoms(),
                lot_open: loan.tab.is_some(),
            })?
        }
        QueryMsg::Lot { borrower } => {
            let open: Lot = load(storage, &lot_key(&borrower))?.ok_or(Refusal::NoLot)?;
            to_json_binary(&lot(scale()?, &open, now)?)?
        }
        QueryMsg::State {} => {
            let Settings { base_decimals, quote_decimals, oracle } = Settings::load(storage)?;
            to_json_binary(&StateResponse {
                oracle: oracle.into_string(),
                base_decimals,
                quote_decimals,
                config: bytes::<Guard>(&must_load(storage, GUARD)?)?.into(),
                state: load::<GuardState>(storage, STATE)?.map(|state| bytes(&state)).transpose()?.map(Binary::from),
                backstop: bytes::<Backstop>(&must_load(storage, BACKSTOP)?)?.into(),
            })?
        }
    })
}

fn now(env: &Env) -> Timestamp {
    Timestamp::new(env.block.time.seconds())
}

const fn no_tokens(info: &MessageInfo) -> Result<(), ContractError> {
    if info.funds.is_empty() { Ok(()) } else { Err(ContractError::Funds) }
}

/// The scale of prices, if the sender is the oracle.
fn oracle(storage: &dyn Storage, info: &MessageInfo) -> Result<Scale, ContractError> {
    let settings = Settings::load(storage)?;
    if info.sender != settings.oracle {
        return Err(ContractError::Unauthorized);
    }
    Scale::of(&settings)
}

/// Changes a loan alone.
fn change(
    storage: &mut dyn Storage,
    borrower: &str,
    action: &str,
    how: impl FnOnce(&GuardState, Loan) -> Result<Loan, Refusal>,
) -> Result<Response, ContractError> {
    let state = must_load(storage, STATE)?;
    let loan = must_load(storage, &loan_key(borrower))?;
    save(storage, &loan_key(borrower), &how(&state, loan)?)?;
    answer(action, &Report::Done)
}

/// The state, a loan and its open lot.
fn open_lot(storage: &dyn Storage, borrower: &str) -> Result<(GuardState, Loan, Lot), ContractError> {
    let state = must_load(storage, STATE)?;
    let loan = must_load(storage, &loan_key(borrower))?;
    Ok((state, loan, load(storage, &lot_key(borrower))?.ok_or(Refusal::NoLot)?))
}

/// The answer to a message: the report's bytes as data, its numbers as attributes.
fn answer(action: &str, report: &Report) -> Result<Response, ContractError> {
    let response = Response::new().add_attribute("action", action).add_attributes(numbers(report));
    Ok(response.set_data(report.to_bytes()))
}

fn numbers(report: &Report) -> Vec<Attribute> {
    match *report {
        Report::Observed { permitted } => vec![attr("permitted", permitted.atoms())],
        Report::Kicked { sell, raise } => vec![attr("sell", sell.atoms()), attr("raise", raise.atoms())],
        Report::Taken { sold, paid, .. } => vec![attr("sold", sold.atoms()), attr("paid", paid.atoms())],
        Report::Settled { unsold, unraised, credit } => {
            vec![attr("unsold", unsold.atoms()), attr("unraised", unraised.atoms()), attr("credit", credit.atoms())]
        }
        Report::Absorbed { collateral, debt, gap } => {
            vec![attr("collateral", collateral.atoms()), attr("debt", debt.atoms()), attr("gap", gap.atoms())]
        }
        // A decision is a query's answer.
        Report::Done | Report::Healthy | Report::Liquidate { .. } | Report::Wait { .. } | Report::Backstop { .. } => {
            Vec::new()
        }
    }
}
