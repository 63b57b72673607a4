//! The market's life in the machine, message by message, compared with the host.

#[path = "../../contract/tests/script/mod.rs"]
mod script;

use crate::machine::{self, Chain, Code, Machine};
use cosmwasm_std::{ContractResult, Empty, Env, QueryResponse, Response, Timestamp, from_json, to_json_vec};
use cosmwasm_vm::testing::{MockApi, mock_env, mock_info};
use cosmwasm_vm::{call_execute_raw, call_instantiate_raw, call_query_raw};
use damper_market::msg::QueryMsg;
use market::life::Life;
use script::{Names, Sent};

/// What one message costs.
pub struct Cost {
    pub kind: &'static str,
    pub accepted: bool,
    /// Of the machine.
    pub gas: u64,
    /// Of the chain, for storage.
    pub sdk_gas: u64,
}

/// What the contract answers: data of a message, answer of a query, or refusal.
type Answer = Result<Vec<u8>, String>;

struct World {
    code: Code,
    chain: Option<Chain>,
    env: Env,
    costs: Vec<Cost>,
}

impl World {
    /// Calls the contract in a fresh memory on the chain's storage.
    fn call(
        &mut self,
        kind: &'static str,
        run: impl FnOnce(&mut Machine, &[u8]) -> Result<Answer, String>,
    ) -> Result<Answer, String> {
        let chain = self.chain.take().ok_or("the chain is in use")?;
        chain.storage.sdk_gas.set(0);
        let mut machine = self.code.load(chain)?;
        let before = machine.get_gas_left();
        let env = to_json_vec(&self.env).map_err(|error| error.to_string())?;
        let answer = run(&mut machine, &env)?;
        let gas = before - machine.get_gas_left();
        let chain = machine.recycle().ok_or("the chain is gone")?;
        self.costs.push(Cost { kind, accepted: answer.is_ok(), gas, sdk_gas: chain.storage.sdk_gas.get() });
        self.chain = Some(chain);
        Ok(answer)
    }

    fn send(&mut self, sent: &Sent) -> Result<Answer, String> {
        let info = |sender: &str| to_json_vec(&mock_info(sender, &[])).map_err(|error| error.to_string());
        match sent {
            Sent::Instantiate(message) => {
                let message = to_json_vec(message).map_err(|error| error.to_string())?;
                let info = info("creator")?;
                self.call("instantiate", |machine, env| {
                    data(&call_instantiate_raw(machine, env, &info, &message).map_err(|error| error.to_string())?)
                })
            }
            Sent::Execute { kind, sender, json } => {
                let info = info(sender)?;
                self.call(kind, |machine, env| {
                    data(&call_execute_raw(machine, env, &info, json.as_bytes()).map_err(|error| error.to_string())?)
                })
            }
            Sent::Query(message) => {
                let kind = match message {
                    QueryMsg::Limits {} => "query limits",
                    QueryMsg::Assess { .. } => "query assess",
                    QueryMsg::Loan { .. } => "query loan",
                    QueryMsg::Lot { .. } => "query lot",
                    QueryMsg::State {} => "query state",
                };
                let message = to_json_vec(message).map_err(|error| error.to_string())?;
                self.call(kind, |machine, env| {
                    let answer = call_query_raw(machine, env, &message).map_err(|error| error.to_string())?;
                    let answer: ContractResult<QueryResponse> = from_json(answer).map_err(|error| error.to_string())?;
                    Ok(answer.into_result().map(|answer| answer.to_vec()))
                })
            }
        }
    }
}

/// The data of an answer to a message.
fn data(answer: &[u8]) -> Result<Answer, String> {
    let answer: ContractResult<Response<Empty>> = from_json(answer).map_err(|error| error.to_string())?;
    Ok(answer.into_result().map(|response| response.data.unwrap_or_default().to_vec()))
}

/// Runs the life; every answer and every stored byte must be the host's.
pub fn costs(wasm: &[u8]) -> Result<Vec<Cost>, String> {
    let api = MockApi::default();
    let names = Names {
        admin: api.addr_make("admin"),
        oracle: api.addr_make("oracle"),
        sources: ["one", "two", "three"].map(|source| api.addr_make(source)),
        borrowers: ["first", "second", "third"].map(|name| api.addr_make(name)),
        keeper: api.addr_make("keeper"),
    };
    let mut world =
        World { code: Code::compile(wasm)?, chain: Some(machine::empty()), env: mock_env(), costs: Vec::new() };
    let (mut steps, mut initialised) = (0, false);
    for after in Life::new() {
        world.env.block.time = Timestamp::from_seconds(script::time(&after));
        world.env.block.height += 1;
        let sent = script::sent(&after.step.act, &names);
        if matches!(sent, Sent::Instantiate(_)) && initialised {
            // The chain itself has a contract begin once.
            if after.outcome != Err(market::Refusal::Exists) {
                return Err(format!("step {}: the host begins twice", after.number));
            }
            continue;
        }
        let answer = world.send(&sent)?;
        script::compare(&after, answer.as_deref().map_err(String::as_str))?;
        initialised |= matches!(sent, Sent::Instantiate(_));
        let chain = world.chain.as_ref().ok_or("the chain is in use")?;
        if initialised {
            script::compare_stored(&after, &names, |key| chain.storage.peek(key))?;
        }
        // The other questions, for their costs.
        for question in [QueryMsg::Limits {}, QueryMsg::State {}] {
            let _ = world.send(&Sent::Query(question))?;
        }
        for name in &names.borrowers {
            let _ = world.send(&Sent::Query(QueryMsg::Loan { borrower: name.clone() }))?;
            let _ = world.send(&Sent::Query(QueryMsg::Lot { borrower: name.clone() }))?;
        }
        steps += 1;
    }
    if steps < 100 {
        return Err(format!("the life has {steps} steps"));
    }
    println!("the market's life: {steps} messages, every answer and every stored byte the host's");
    Ok(world.costs)
}
