//! Five jobs of a lending market, written in the number types that protocols use today and in damper's, driven with the
//! same inputs.
//!
//! | module | number type | written as |
//! |---|---|---|
//! | [`fixed_u68f60`] | `fixed::types::U68F60` | klend: percentages and basis points are converted in each call |
//! | [`fixed_i80f48`] | `fixed::types::I80F48` | marginfi: checked calls, weights and powers of ten stored in the type |
//! | [`spl_decimal`] | 10^18 on 192 bits, rates on 128 | spl-token-lending: `try_mul`, `try_div`, rounding at the end |
//! | [`decimal96`] | `rust_decimal::Decimal` | whole tokens, 28 digits, checked calls |
//! | [`cosmwasm_decimal`] | `cosmwasm_std::Decimal` | `Uint128` amounts, prices per atom |
//! | [`cosmwasm_decimal256`] | `cosmwasm_std::Decimal256` | the same on `Uint256` |
//! | [`damper_side`] | damper | its own functions; and klend's plan in its numbers |
//!
//! Each module has the structs `Health`, `Plan`, `Auction`, `Impact` and `Ewma`, built by `store` from the plain integers
//! of [`input`] (what an account holds when the call starts: prices and stored ratios in the type, amounts as integers),
//! and the functions `health`, `plan`, `auction`, `impact` and `ewma` on them, which are what is measured. `None` is an
//! overflow. [`table`] has them behind one signature per job, plain integers in and [`output::Number`] out.
//!
//! The jobs, exactly, with `C` the collateral, `d` the debt in the quote asset, `P` the price, `t` the threshold:
//!
//! ```text
//! health   healthy when d / (C P) < t
//! plan     nothing when healthy; else, with all values in the quote asset,
//!          bonus = min(max(ltv - t, least), most, 1 - ltv), not below zero
//!          repay = min(close factor * d, cap, d);  total = repay (1 + bonus)
//!          total < C P:  sell floor(C total / (C P)) of the collateral for ceil(repay)
//!          otherwise:    sell C for ceil(repay * C P / total)
//! auction  start * cut^floor(t / step)
//! impact   ((x + q) / x)^2 - 1
//! ewma     m = max(p, p') / min(p, p') - 1;  s = m^2 * periods;  v + w (s - v)
//! ```
//!
//! klend and contracts on CosmWasm compare the quotient with the threshold, marginfi and spl-token-lending the debt with
//! the weighted value, which spares a division; so does [`decimal96`]. Mango's prices per atom would spare `I80F48` one
//! more, at 11 digits for 9 and 6 decimals and 2 for 18 and 6.
//!
//! damper's rules differ by design in two places. A position at its threshold is healthy (`W >= d`). Its plan
//! ([`damper_side::assess`]) sizes the sale by the health that it restores instead of a close factor and a cap, lets
//! target and bonus start from nothing at the threshold, bounds the bonus so that a sale cannot worsen the position,
//! counts the impact of selling, and has a dust rule: more work for another answer. [`damper_side::plan`] is the
//! job above in damper's numbers, for comparison like with like.

#![no_std]

pub mod cases;
#[cfg(feature = "cosmwasm")]
pub mod cosmwasm_decimal;
#[cfg(feature = "cosmwasm")]
pub mod cosmwasm_decimal256;
pub mod damper_side;
#[cfg(feature = "rust_decimal")]
pub mod decimal96;
pub mod fixed_i80f48;
pub mod fixed_u68f60;
pub mod input;
pub mod output;
pub mod spl_decimal;
pub mod table;
