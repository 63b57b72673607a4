//! The committed schema is that of the messages. SCHEMA=write writes it.

use cosmwasm_schema::generate_api;
use damper_market::msg::{ExecuteMsg, InstantiateMsg, QueryMsg};

#[test]
fn the_committed_schema_is_that_of_the_messages() {
    let api = generate_api! { instantiate: InstantiateMsg, query: QueryMsg, execute: ExecuteMsg };
    let mut text = api.render().to_string().expect("a schema");
    text.push('\n');
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../schema.json");
    if std::env::var("SCHEMA").is_ok_and(|mode| mode == "write") {
        std::fs::write(path, &text).expect("written");
    }
    let committed = std::fs::read_to_string(path).expect("a committed schema");
    assert!(committed == text, "schema.json is not that of the messages: examples/cosmwasm/run.sh --write writes it");
}
