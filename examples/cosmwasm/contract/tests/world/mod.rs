//! A chain of cw-multi-test with the contract on it.

use super::script::Names;
use cosmwasm_std::{Addr, Binary, Timestamp, WasmMsg, WasmQuery, coins, to_json_binary};
use cw_multi_test::{App, ContractWrapper, Executor};
use damper_market::contract::{execute, instantiate, query};
use damper_market::msg::{InstantiateMsg, QueryMsg};

pub struct World {
    pub app: App,
    pub names: Names,
    pub code: u64,
    pub contract: Option<Addr>,
}

impl World {
    pub fn new() -> World {
        let mut app = App::default();
        let code = app.store_code(Box::new(ContractWrapper::new(execute, instantiate, query)));
        let name = |text: &str| app.api().addr_make(text).into_string();
        let names = Names {
            admin: name("admin"),
            oracle: name("oracle"),
            sources: ["one", "two", "three"].map(|source| name(source)),
            borrowers: [name("first"), name("second"), name("third")],
            keeper: name("keeper"),
        };
        World { app, names, code, contract: None }
    }

    pub fn at(&mut self, seconds: u64) {
        self.app.update_block(|block| {
            block.height += 1;
            block.time = Timestamp::from_seconds(seconds);
        });
    }

    /// The contract's answer to its instantiation, its data.
    pub fn instantiate(&mut self, message: &InstantiateMsg) -> Result<Vec<u8>, String> {
        let keeper = Addr::unchecked(self.names.keeper.clone());
        let message = WasmMsg::Instantiate {
            admin: None,
            code_id: self.code,
            msg: to_json_binary(message).expect("a message"),
            funds: vec![],
            label: "market".into(),
        };
        let response = self.app.execute(keeper, message.into()).map_err(|error| error.to_string())?;
        let data = response.data.expect("data");
        let parsed = cw_utils::parse_instantiate_response_data(&data).expect("data");
        self.contract = Some(Addr::unchecked(parsed.contract_address));
        Ok(parsed.data.expect("the contract's data").to_vec())
    }

    pub fn contract(&self) -> &Addr {
        self.contract.as_ref().expect("instantiated")
    }

    pub fn execute(&mut self, sender: &str, json: &str) -> Result<Vec<u8>, String> {
        self.execute_with(sender, json, 0)
    }

    /// With tokens sent along.
    pub fn execute_with(&mut self, sender: &str, json: &str, tokens: u128) -> Result<Vec<u8>, String> {
        let message = WasmMsg::Execute {
            contract_addr: self.contract().to_string(),
            msg: Binary::from(json.as_bytes()),
            funds: if tokens == 0 { vec![] } else { coins(tokens, "atom") },
        };
        let sent = self.app.execute(Addr::unchecked(sender), message.into());
        let data = sent.map_err(|error| error.to_string())?.data.expect("data");
        Ok(cw_utils::parse_execute_response_data(&data).expect("data").data.expect("the contract's data").to_vec())
    }

    pub fn query(&self, message: &QueryMsg) -> Result<Vec<u8>, String> {
        self.ask(&to_json_binary(message).expect("a question"))
    }

    pub fn ask(&self, json: &[u8]) -> Result<Vec<u8>, String> {
        let question = WasmQuery::Smart { contract_addr: self.contract().to_string(), msg: json.into() };
        let question =
            to_json_binary(&cosmwasm_std::QueryRequest::<cosmwasm_std::Empty>::Wasm(question)).expect("a question");
        match cosmwasm_std::Querier::raw_query(&self.app, &question) {
            cosmwasm_std::SystemResult::Ok(answer) => answer.into_result().map(|answer| answer.to_vec()),
            cosmwasm_std::SystemResult::Err(error) => Err(error.to_string()),
        }
    }

    /// What is stored under a key.
    pub fn raw(&self, key: &[u8]) -> Option<Vec<u8>> {
        self.app.contract_storage(self.contract()).get(key)
    }
}
