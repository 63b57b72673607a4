//! The table.

use crate::figures::thousands;
use crate::sizes::Module;
use crate::{cases, life};
use std::fmt::Write;

pub fn render(messages: &[life::Cost], functions: &[cases::Cost], contract: &Module, cases: &Module) -> String {
    let mut out = String::from(HEAD);
    out.push_str("## Messages\n\n");
    out.push_str("| message | accepted | least | median | most | refused | most | SDK gas of storage, median |\n");
    out.push_str("|---|--:|--:|--:|--:|--:|--:|--:|\n");
    let mut kinds: Vec<&str> = Vec::new();
    for message in messages {
        if !kinds.contains(&message.kind) {
            kinds.push(message.kind);
        }
    }
    kinds.sort_by_key(|kind| (kind.starts_with("query"), messages.iter().position(|message| message.kind == *kind)));
    for kind in kinds {
        let of = |accepted: bool, value: fn(&life::Cost) -> u64| {
            let mut all: Vec<u64> =
                messages.iter().filter(|cost| cost.kind == kind && cost.accepted == accepted).map(value).collect();
            all.sort_unstable();
            all
        };
        let cell = |all: &[u64], at: usize| all.get(at).map_or(String::new(), |value| thousands(*value));
        let (accepted, refused) = (of(true, |cost| cost.gas), of(false, |cost| cost.gas));
        let storage = of(true, |cost| cost.sdk_gas);
        let _ = writeln!(
            out,
            "| {kind} | {} | {} | {} | {} | {} | {} | {} |",
            accepted.len(),
            cell(&accepted, 0),
            cell(&accepted, accepted.len() / 2),
            cell(&accepted, accepted.len().wrapping_sub(1)),
            refused.len(),
            cell(&refused, refused.len().wrapping_sub(1)),
            cell(&storage, storage.len() / 2),
        );
    }
    out.push_str(
        "\n## Functions, summary\n\n| function | typical inputs | gas | x86-64 | worst inputs tried | gas | x86-64 |\n",
    );
    out.push_str("|---|---|--:|--:|---|--:|--:|\n");
    for row in functions.chunk_by(|a, b| a.name == b.name) {
        let [typical, ..] = row else { continue };
        let worst = row.iter().fold(typical, |worst, cost| if cost.gas > worst.gas { cost } else { worst });
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} | {} | {} | {} |",
            typical.name,
            typical.inputs,
            thousands(typical.gas),
            thousands(typical.instructions),
            worst.inputs,
            thousands(worst.gas),
            thousands(worst.instructions)
        );
    }
    out.push_str("\n## Functions, every input\n\n| function | inputs | gas | x86-64 |\n|---|---|--:|--:|\n");
    for cost in functions {
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} |",
            cost.name,
            cost.inputs,
            thousands(cost.gas),
            thousands(cost.instructions)
        );
    }
    out.push_str("\n## Sizes\n\nA function is counted for the crate that it is of; what the compiler has inlined is its caller's.\n\n");
    out.push_str("| what | bytes |\n|---|--:|\n");
    let of =
        |module: &Module, name: &str| module.crates.iter().find(|(known, _)| known == name).map_or(0, |(_, sum)| *sum);
    let _ = writeln!(out, "| the contract as it is stored | {} |", thousands(contract.stored.len() as u64));
    for (what, name) in [
        ("of `damper`", "damper"),
        ("of `market`", "market"),
        ("of the contract itself", "damper_market"),
        ("of the 128-bit operations and the like", "compiler_builtins"),
    ] {
        let _ = writeln!(out, "| code {what} in it | {} |", thousands(of(contract, name)));
    }
    let _ = writeln!(
        out,
        "| code of `damper` in the module of the cases, which calls every function | {} |",
        thousands(of(cases, "damper"))
    );
    out
}

const HEAD: &str = "# Gas on CosmWasm

What the contract's messages and the public decision functions cost in cosmwasm-vm. Written by
`examples/cosmwasm/run.sh --write`, compared by `examples/cosmwasm/run.sh`: a figure that differs by more than 2 % from the
one committed fails, and is committed on purpose or not at all.

How it is measured:

- The gas is CosmWasm's: 115 for an instruction, 1,610 for one that branches or calls, and more for a call of the host. A
  chain of the Cosmos SDK charges one of its own gas for 140,000 of it, and for storage at its own prices, by default 1,000
  for a read and 3 for each byte, 2,000 for a write and 30 for each byte. The last column of the messages is that.
- Messages are those of the market's life, each in a fresh instance; reading the message, the calls of the host and
  writing the answer are included, storage is not. Every answer and every stored byte is the host's.
- Functions are those of `examples/costs`, from one source: before and after the call under test the host reads the meter;
  what an empty call takes is subtracted. Reading the arguments from memory and writing the result are included, what
  builds the arguments is not. The result of each is compared with the host's.
- The columns *x86-64* are the instructions of the same calls on the host, counted by callgrind, built by the stable
  compiler with the same options. Bytes are copied by plain string instructions (`examples/costs/copies.rs`), eight bytes
  counted as one: the C library chooses its own by the processor.
- Both modules are built with opt-level 3, fat link-time optimisation and one codegen unit, for the first version of
  WebAssembly, as a module alone (`cargo rustc --lib --crate-type cdylib`): with the library that the contract is for its
  tests beside it the same messages take 6 to 12 % more in the median.
- Inputs: *64 bits* is a token of 9 decimals, a quote of 6, a price of 188 that was 200, and a pool of 50,000 tokens;
  *wider* is a token of 18 decimals and a thousand to a million times as many of them. The configuration is the preset.

";
