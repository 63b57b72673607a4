//! The virtual machine of the chains, with its storage in memory.

use crate::sizes::Module;
use cosmwasm_std::{Order, Record};
use cosmwasm_vm::internals::{Logger, check_wasm, compile_module, instance_from_module};
use cosmwasm_vm::testing::{MockApi, MockQuerier, MockStorage};
use cosmwasm_vm::{Backend, BackendResult, GasInfo, Instance, Size, Storage, WasmLimits, capabilities_from_csv};

use wasmparser::{Validator, WasmFeatures};

pub type Machine = Instance<MockApi, Counted, MockQuerier>;
pub type Chain = Backend<MockApi, Counted, MockQuerier>;

/// Storage that counts what a chain of the Cosmos SDK charges for it, at its default prices: 1,000 for a read and 3 for
/// each byte, 2,000 for a write and 30 for each byte, 1,000 for a removal.
#[derive(Default)]
pub struct Counted {
    pub inner: MockStorage,
    pub sdk_gas: std::cell::Cell<u64>,
}

impl Counted {
    fn charge(&self, flat: u64, each: u64, bytes: usize) {
        self.sdk_gas.set(self.sdk_gas.get() + flat + each * bytes as u64);
    }

    /// What is stored under a key, without a charge.
    pub fn peek(&self, key: &[u8]) -> Option<Vec<u8>> {
        self.inner.get(key).0.ok().flatten()
    }
}

/// The machine's own gas is counted apart from the chain's.
fn free<T>((result, _): BackendResult<T>) -> BackendResult<T> {
    (result, GasInfo::free())
}

impl Storage for Counted {
    fn get(&self, key: &[u8]) -> BackendResult<Option<Vec<u8>>> {
        let found = free(self.inner.get(key));
        let bytes = found.0.as_ref().ok().and_then(Option::as_ref).map_or(0, Vec::len);
        self.charge(1_000, 3, key.len() + bytes);
        found
    }
    fn set(&mut self, key: &[u8], value: &[u8]) -> BackendResult<()> {
        self.charge(2_000, 30, key.len() + value.len());
        free(self.inner.set(key, value))
    }
    fn remove(&mut self, key: &[u8]) -> BackendResult<()> {
        self.charge(1_000, 0, 0);
        free(self.inner.remove(key))
    }
    fn scan(&mut self, start: Option<&[u8]>, end: Option<&[u8]>, order: Order) -> BackendResult<u32> {
        self.inner.scan(start, end, order)
    }
    fn next(&mut self, iterator: u32) -> BackendResult<Option<Record>> {
        self.inner.next(iterator)
    }
}

/// A chain with nothing in storage.
pub fn empty() -> Chain {
    Backend { api: MockApi::default(), storage: Counted::default(), querier: MockQuerier::new(&[]) }
}

/// What chains refuse when code is stored.
///
/// No capability is given: the code asks for nothing that a chain may lack. Nothing beyond the first version of
/// WebAssembly is in it. Floating-point instructions, which chains before CosmWasm 1.5 refuse, may be in it if `cosmwasm-std`
/// brings them, whose parser of JSON knows numbers with a fraction; not in functions of the crates of `pure`, and not
/// anywhere if `pure` is empty.
pub fn check(name: &str, module: &Module, pure: &[&str]) -> Result<(), String> {
    let wasm = &module.stored;
    check_wasm(wasm, &capabilities_from_csv(""), &WasmLimits::default(), Logger::Off)
        .map_err(|error| format!("{name}: {error}"))?;
    let mut features = WasmFeatures::MUTABLE_GLOBAL;
    features.set(WasmFeatures::FLOATS, !pure.is_empty());
    Validator::new_with_features(features).validate_all(wasm).map_err(|error| format!("{name}: {error}"))?;
    match module.floats.iter().find(|name| pure.contains(&name.as_str())) {
        Some(found) => Err(format!("{name}: floating-point instructions in {found}")),
        None => Ok(()),
    }
}

/// Compiled code.
pub struct Code {
    module: wasmer::Module,
    engine: wasmer::Engine,
}

impl Code {
    /// Compiles what [`check`] lets pass.
    pub fn compile(wasm: &[u8]) -> Result<Code, String> {
        let (module, engine) = compile_module(wasm, Some(Size::mebi(32))).map_err(|error| error.to_string())?;
        Ok(Code { module, engine })
    }

    /// The code on a chain, with its linear memory as it is before the first call.
    pub fn load(&self, chain: Chain) -> Result<Machine, String> {
        let store = wasmer::Store::new(self.engine.clone());
        instance_from_module(store, &self.module, chain, u64::MAX / 4, None).map_err(|error| error.to_string())
    }
}
