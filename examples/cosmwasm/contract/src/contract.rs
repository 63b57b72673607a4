//! Instantiate, execute, query.

use crate::edge::{Atoms, Scale, amount, config, depth, limits, lot, value};
use crate::error::ContractError;
use crate::msg::{AssessResponse, ExecuteMsg, InstantiateMsg, LoanResponse, QueryMsg, StateResponse};
use crate::storage::{
    BACKSTOP, GUARD, HOUSE, SAID, STATE, Settings, TERMS, bytes, kicker_key, load, load_address, load_state, loan_key,
    lot_key, must_load, save, save_state,
};
use cosmwasm_std::{
    Addr, Attribute, Binary, Deps, DepsMut, Env, MessageInfo, Response, Storage, attr, entry_point, to_json_binary,
};
use damper::auction::Lot;
use damper::units::Timestamp;
use market::feeds::SOURCES;
use market::ops::{Rules, Want, Withdrawal, deposit, repay};
use market::{Backstop, Guard, GuardState, House, Loan, Market, Refusal, Report, SourcesState, State, Terms};

/// Stores a configuration; prices are not known yet.
///
/// # Errors
/// Tokens sent along, an address that is none, decimals that no price has, a configuration that is refused, sources without a
/// reporter each: who reports for two of them is two that lie.
#[entry_point]
pub fn instantiate(
    deps: DepsMut<'_>,
    _env: Env,
    info: MessageInfo,
    msg: InstantiateMsg,
) -> Result<Response, ContractError> {
    no_tokens(&info)?;
    let InstantiateMsg { admin, oracle, sources, base_decimals, quote_decimals, config: wanted, terms } = msg;
    let (admin, oracle) = (deps.api.addr_validate(&admin)?, deps.api.addr_validate(&oracle)?);
    let sources = sources.iter().map(|name| deps.api.addr_validate(name)).collect::<Result<Vec<Addr>, _>>()?;
    let settings = Settings { base_decimals, quote_decimals, admin, oracle, sources };
    Scale::of(&settings)?;
    let guard = config(&wanted)?;
    let terms = Terms::read_from(&terms)?;
    terms.fits(&guard)?;
    let count = terms.params().sources.map_or(0, |_| SOURCES);
    let once = |name: &Addr| settings.sources.iter().filter(|other| *other == name).count() == 1;
    if settings.sources.len() != count || !settings.sources.iter().all(once) {
        return Err(ContractError::Reporters);
    }
    settings.save(deps.storage);
    save(deps.storage, GUARD, &guard)?;
    save(deps.storage, TERMS, &terms)?;
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
    let config = Configured::load(deps.storage)?;
    let market = config.market(&env);
    let sender = info.sender.as_str();
    let storage = deps.storage;
    match msg {
        ExecuteMsg::Launch { price, pool } => {
            let scale = oracle(storage, &info)?;
            if storage.get(STATE).is_some() {
                return Err(Refusal::Exists.into());
            }
            save_state(storage, &market.launch(scale.observation(&price)?, depth(&pool))?)?;
            answer("launch", &Report::Done)
        }
        ExecuteMsg::Observe { price, pool } => {
            let scale = oracle(storage, &info)?;
            let mut state = load_state(storage)?;
            let price = price.map(|price| scale.observation(&price)).transpose()?;
            let report = market.observe(&mut state, price, pool.as_ref().map(depth))?;
            save_state(storage, &state)?;
            answer("observe", &report)
        }
        ExecuteMsg::Adopt {} => {
            if info.sender != Settings::load(storage)?.admin {
                return Err(ContractError::Unauthorized);
            }
            let mut state = load_state(storage)?;
            let said = market.adopt(&mut state)?;
            save_state(storage, &state)?;
            save(storage, SAID, &said)?;
            answer("adopt", &Report::Done)
        }
        ExecuteMsg::Report { source, price } => {
            let settings = Settings::load(storage)?;
            if info.sender != settings.sources.get(usize::from(source)).ok_or(Refusal::Missing)? {
                return Err(ContractError::Unauthorized);
            }
            let mut state = load_state(storage)?;
            let mut said = must_load(storage, SAID)?;
            let price = Scale::of(&settings)?.observation(&price)?;
            let report = market.report(&mut state, &mut said, source.into(), price)?;
            save_state(storage, &state)?;
            save(storage, SAID, &said)?;
            answer("report", &report)
        }
        ExecuteMsg::Open { collateral, debt } => {
            let mut state = load_state(storage)?;
            if storage.get(&loan_key(sender)).is_some() {
                return Err(Refusal::Exists.into());
            }
            let loan = market.open(&mut state, amount(collateral), value(debt))?;
            save(storage, HOUSE, &state.house)?;
            save(storage, &loan_key(sender), &loan)?;
            answer("open", &Report::Done)
        }
        ExecuteMsg::Deposit { collateral } => {
            let mut loan = must_load(storage, &loan_key(sender))?;
            deposit(&mut loan, amount(collateral))?;
            save(storage, &loan_key(sender), &loan)?;
            answer("deposit", &Report::Done)
        }
        ExecuteMsg::Borrow { debt } => {
            let (mut state, mut loan) = held(storage, sender)?;
            market.borrow(&mut state, &mut loan, value(debt))?;
            save(storage, HOUSE, &state.house)?;
            save(storage, &loan_key(sender), &loan)?;
            answer("borrow", &Report::Done)
        }
        ExecuteMsg::Repay { borrower, debt } => {
            let (mut house, mut loan) = (must_load(storage, HOUSE)?, must_load(storage, &loan_key(&borrower))?);
            repay(&mut house, &mut loan, value(debt))?;
            save(storage, HOUSE, &house)?;
            save(storage, &loan_key(&borrower), &loan)?;
            answer("repay", &Report::Done)
        }
        ExecuteMsg::Withdraw { collateral, credit } => {
            let (state, mut loan) = held(storage, sender)?;
            let what = Withdrawal { collateral: amount(collateral), credit: value(credit) };
            market.withdraw(&state.guard, &mut loan, what)?;
            save(storage, &loan_key(sender), &loan)?;
            answer("withdraw", &Report::Done)
        }
        ExecuteMsg::Kick { borrower } => {
            let (mut state, mut loan) = held(storage, &borrower)?;
            let (lot, report) = market.kick(&mut state, &mut loan)?;
            save_state(storage, &state)?;
            save(storage, &loan_key(&borrower), &loan)?;
            save(storage, &lot_key(&borrower), &lot)?;
            storage.set(&kicker_key(&borrower), sender.as_bytes());
            answer("kick", &report)
        }
        ExecuteMsg::Take { borrower, amount: most, max_price } => {
            let (mut state, mut loan, mut lot) = open_lot(storage, &borrower)?;
            let limit = Scale::of(&Settings::load(storage)?)?.price_floor(max_price)?;
            let report = market.take(&mut state, &mut loan, &mut lot, Want { amount: amount(most), limit })?;
            save_state(storage, &state)?;
            save(storage, &loan_key(&borrower), &loan)?;
            save(storage, &lot_key(&borrower), &lot)?;
            answer("take", &report)
        }
        ExecuteMsg::Settle { borrower } => {
            let (mut state, mut loan, lot) = open_lot(storage, &borrower)?;
            let kicker = load_address(storage, &kicker_key(&borrower))?;
            let report = market.settle(&mut state, &mut loan, &lot)?;
            save_state(storage, &state)?;
            save(storage, &loan_key(&borrower), &loan)?;
            storage.remove(&lot_key(&borrower));
            storage.remove(&kicker_key(&borrower));
            Ok(answer("settle", &report)?.add_attribute("kicked_by", kicker))
        }
        ExecuteMsg::Restart { borrower } => {
            let (mut state, loan, mut lot) = open_lot(storage, &borrower)?;
            market.restart(&mut state, &loan, &mut lot)?;
            save(storage, HOUSE, &state.house)?;
            save(storage, &lot_key(&borrower), &lot)?;
            answer("restart", &Report::Done)
        }
        ExecuteMsg::Absorb { borrower } => {
            let (mut state, mut loan) = held(storage, &borrower)?;
            let mut backstop = must_load(storage, BACKSTOP)?;
            let report = market.absorb(&mut state, &mut loan, &mut backstop)?;
            save(storage, HOUSE, &state.house)?;
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
            to_json_binary(&AssessResponse::from(Rules { guard: &guard, now }.assess(&state, &loan)?))?
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
            let Settings { base_decimals, quote_decimals, admin, oracle, sources } = Settings::load(storage)?;
            to_json_binary(&StateResponse {
                admin: admin.into_string(),
                oracle: oracle.into_string(),
                sources: sources.into_iter().map(Addr::into_string).collect(),
                base_decimals,
                quote_decimals,
                config: bytes::<Guard>(&must_load(storage, GUARD)?)?.into(),
                terms: bytes::<Terms>(&must_load(storage, TERMS)?)?.into(),
                state: told::<GuardState>(storage, STATE)?,
                house: told::<House>(storage, HOUSE)?,
                said: told::<SourcesState>(storage, SAID)?,
                backstop: bytes::<Backstop>(&must_load(storage, BACKSTOP)?)?.into(),
            })?
        }
    })
}

/// What a market is run by.
struct Configured {
    guard: Guard,
    terms: Terms,
}

impl Configured {
    fn load(storage: &dyn Storage) -> Result<Configured, ContractError> {
        Ok(Configured { guard: must_load(storage, GUARD)?, terms: must_load(storage, TERMS)? })
    }

    fn market(&self, env: &Env) -> Market<'_> {
        Market { guard: &self.guard, terms: &self.terms, now: now(env) }
    }
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

/// The state and a loan.
fn held(storage: &dyn Storage, borrower: &str) -> Result<(State, Loan), ContractError> {
    Ok((load_state(storage)?, must_load(storage, &loan_key(borrower))?))
}

/// The state, a loan and its open lot.
fn open_lot(storage: &dyn Storage, borrower: &str) -> Result<(State, Loan, Lot), ContractError> {
    let (state, loan) = held(storage, borrower)?;
    Ok((state, loan, load(storage, &lot_key(borrower))?.ok_or(Refusal::NoLot)?))
}

/// The stored form of a record that need not be there.
fn told<T: crate::storage::Record>(storage: &dyn Storage, key: &[u8]) -> Result<Option<Binary>, ContractError> {
    Ok(load::<T>(storage, key)?.map(|record| bytes(&record)).transpose()?.map(Binary::from))
}

/// The answer to a message: the report's bytes as data, its numbers as attributes.
fn answer(action: &str, report: &Report) -> Result<Response, ContractError> {
    let response = Response::new().add_attribute("action", action).add_attributes(numbers(report));
    Ok(response.set_data(report.to_bytes()))
}

fn numbers(report: &Report) -> Vec<Attribute> {
    match *report {
        Report::Observed { permitted } | Report::Heard { price: Ok(permitted), .. } => {
            vec![attr("permitted", permitted.atoms())]
        }
        Report::Heard { price: Err(why), .. } => vec![attr("no_price", why.code().to_string())],
        Report::Kicked { sell, raise, reward } => {
            vec![attr("sell", sell.atoms()), attr("raise", raise.atoms()), attr("reward", reward.atoms())]
        }
        Report::Taken { sold, paid, .. } => vec![attr("sold", sold.atoms()), attr("paid", paid.atoms())],
        Report::Settled { unsold, unraised, credit, kicker, settler, fund } => vec![
            attr("unsold", unsold.atoms()),
            attr("unraised", unraised.atoms()),
            attr("credit", credit.atoms()),
            attr("kicker", kicker.atoms()),
            attr("settler", settler.atoms()),
            attr("fund", fund.atoms()),
        ],
        Report::Absorbed { collateral, debt, gap } => {
            vec![attr("collateral", collateral.atoms()), attr("debt", debt.atoms()), attr("gap", gap.atoms())]
        }
        // A decision is a query's answer.
        Report::Done
        | Report::Healthy
        | Report::Liquidate { .. }
        | Report::Wait { .. }
        | Report::Backstop { .. }
        | Report::Unconfirmed { .. } => Vec::new(),
    }
}
