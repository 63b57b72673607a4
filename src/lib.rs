//! Rules for liquidation and hedging engines: how much may be sold, when, and at what price, so that the selling cannot
//! amplify a price fall beyond a bound.
//!
//! The bound is theorem A of `SPEC.md`: with burst budget `B`, leak `r`, own share `h` and depth over-stated at most
//! `kappa` times, a market that falls by `X` without our sales falls by at most
//! `(X + kappa (B + r n + 2 h eps)) / (1 - kappa h)` with them, in log-price, after any time `n`, for any portfolio, book
//! and path; `eps` is the oracle's error. Pure functions on fixed-point integers: no allocation, no float, no panic, time is an argument, state goes
//! in and out by value.
//!
//! An integrator calls the [`guard`] and gets every rule. Data flows one way, and a module imports only from those above
//! it:
//!
//! | layer | modules |
//! |---|---|
//! | numbers | `bytes` (the stored form), `forms` (of the features), [`packed`], `width`, `word`, `digits`, `exponential` and `wide` (kernels), [`num`], [`ratio`], [`units`], `reduced`, [`price`], [`text`] |
//! | observations | [`window`], [`oracle`], [`sources`] (many into one), [`book`], [`depth`], [`volatility`], [`exposure`] (what would be sold at which price) |
//! | parameters | [`parameters`], [`schedule`], [`stress`] (one number from many signals), [`appetite`] |
//! | budgets | [`ledger`] (the only source of permission to sell), [`two_sided`] (for those who also buy), [`breaker`] |
//! | decisions | [`health`], [`plan`], [`curve`], [`auction`], [`keeper`] (rewards), [`bond`], [`answering`] (whether keepers do), [`hedge`], [`delta`], [`clearing`], [`solvency`] (what a crash leaves unsold), [`risk`], [`queue`], [`early`] (when a sale starts) |
//! | whole | [`cascade`], [`coordination`] (several sellers), [`assets`] (several markets), [`attack`], `state` (what a guard keeps), [`guard`] (observe, heed), [`assess`], [`selling`] (kick, take, settle), [`foresight`], [`change`] (of the configuration), [`shadow`] (decide, and enforce nothing), [`preset`] |
//! | features | `serial`, `schema`, `borshed`, `drawn`, `ranged` |
//! | off chain, feature `calibrate` | `history` (what prices and depth say), `refusal`, `proposal`, `calibrate` (from that to a configuration and its promise) |
//!
//! # A liquidation from observation to settlement
//! ```
//! use damper::book::{Shape, Snapshot};
//! use damper::depth::DepthObservation;
//! use damper::guard::{Decision, Guard, Observation};
//! use damper::health::Position;
//! use damper::oracle::PriceObservation;
//! use damper::preset::{Site, lending};
//! use damper::price::{Price, PriceBand};
//! use damper::ratio::Ratio;
//! use damper::selling::{Bid, Kick};
//! use damper::units::{Amount, Seconds, Timestamp, Value};
//!
//! // ETH (18 decimals) sold for USDC (6 decimals) on a constant-product pool of 50,000 ETH.
//! let eth = |whole: u128| Amount::new(whole * 1_000_000_000_000_000_000);
//! let usdc = |whole: u128| Value::new(whole * 1_000_000);
//! let price = |dollars: u128, at: u64| -> Result<PriceObservation, damper::Error> {
//!     let band = PriceBand::exact(Price::from_decimal_floor(dollars, 6 - 18)?);
//!     Ok(PriceObservation { source_time: Timestamp::new(at), band })
//! };
//! let pool = |at: u64| DepthObservation {
//!     source_time: Timestamp::new(at),
//!     snapshot: Snapshot::ConstantProduct { reserve: eth(50_000) },
//! };
//! let guard = Guard::new(lending(&Site::<1> {
//!     shape: Shape::ConstantProduct,
//!     heartbeat: Seconds::new(60),
//!     min_sale: usdc(100),
//!     rise_base: eth(10),
//!     depth_norm: Some([eth(50_000)]),
//! })?)?;
//! let state = guard.open(Timestamp::new(0), price(200, 0)?, pool(0))?;
//!
//! // A market whose volatility nobody has measured lends as on the worst days, 50 %, times an appetite of a quarter: 250 USDC on
//! // 10 ETH, less an atom for a price rounded down.
//! let borrower = Position::<0, 0>::new(eth(10), Value::ZERO);
//! assert_eq!(guard.max_borrow_floor(&state, Timestamp::new(0), &borrower)?, Value::new(249_999_999));
//!
//! // The price falls by 6 % and stays there for two observations.
//! let mut state = state;
//! for at in [60, 120] {
//!     let now = Timestamp::new(at);
//!     let seen = Observation { now, price: Some(price(188, at)?), depth: Some(pool(at)) };
//!     state = guard.observe(state, &seen)?;
//! }
//! let now = Timestamp::new(120);
//!
//! // A loan from before, 5,000 ETH against 760,000 USDC: 80 % of the collateral no longer covers it.
//! let position = Position::<0, 0>::new(eth(5_000), usdc(760_000));
//! let Decision::Liquidate { plan, deferred } = guard.assess(&state, now, &position)? else { panic!("healthy") };
//! // The ledger permits 124 ETH now; a market that is new has an appetite of a quarter, and lots of a quarter of that. The
//! // rest is named, not dropped.
//! assert!(guard.limits(&state, now)?.appetite == Ratio::from_fraction_floor(1, 4)?);
//! assert!(plan.sell > eth(31) && plan.sell < eth(32) && deferred > eth(440));
//!
//! // The auction starts 5 % above the price and falls by 1 % every 90 seconds; after five steps it is below the price.
//! let (state, lot) = guard.kick(state, now, Kick { sell: plan.sell, raise: plan.repay })?;
//! let later = Timestamp::new(120 + 5 * 90);
//! let seen = Observation { now: later, price: Some(price(188, 570)?), depth: Some(pool(570)) };
//! let state = guard.observe(state, &seen)?;
//! let limits = guard.limits(&state, later)?;
//! assert!(limits.level.checked_add(limits.reserved)? <= limits.cap);
//! let bid = Bid { want: plan.sell, max_price: limits.band.high() };
//! let (state, take) = guard.take(state, later, lot, bid)?;
//! assert!(take.paid >= plan.repay, "the debt is repaid with less collateral than the plan allowed for");
//!
//! // What was not sold is returned, and its reservation released.
//! let (state, returned) = guard.settle(state, later, take.lot)?;
//! assert_eq!(take.sold.checked_add(returned.unsold)?, plan.sell);
//! assert!(state.pending().is_zero());
//! # Ok::<(), damper::Error>(())
//! ```
//!
//! Features, none of which changes a result, a layout or an instruction of what is built without it: `serde` (numbers as
//! [`text`] for people, raw bits for programs), `schemars` (the JSON schema of that), `borsh` (the stored form without its
//! header), `bytemuck` ([`packed::Packed`] as `Pod`), `arbitrary` (valid values for fuzzers), `defmt`. What is read passes the
//! checks of what is built, in each of them. `calibrate` adds the modules off chain, the only ones with floats, which propose a
//! configuration from estimates and decide in integers what it promises.
//!
//! How to integrate, run and watch it, from top to bottom: the pages of the [`guide`].

#![no_std]
#![deny(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::integer_division,
    clippy::float_arithmetic,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::unreachable,
    clippy::todo,
    clippy::panic_in_result_fn,
    clippy::wildcard_enum_match_arm,
    clippy::missing_errors_doc,
    clippy::missing_panics_doc
)]

// Fuzzers have the standard library, and what is derived for them names it.
#[cfg(feature = "arbitrary")]
extern crate std;

// Each module imports only from those above it.
mod error;
mod bytes;
mod forms;
pub mod packed;
mod width;
mod word;
mod digits;
mod exponential;
mod wide;
pub mod num;
pub mod ratio;
pub mod units;
mod reduced;
pub mod price;
pub mod text;
pub mod window;
pub mod parameters;
pub mod oracle;
pub mod sources;
pub mod book;
pub mod depth;
pub mod volatility;
pub mod exposure;
pub mod schedule;
pub mod stress;
pub mod appetite;
pub mod ledger;
pub mod two_sided;
pub mod breaker;
pub mod health;
pub mod plan;
pub mod curve;
pub mod auction;
pub mod keeper;
pub mod bond;
pub mod answering;
pub mod hedge;
pub mod delta;
pub mod clearing;
pub mod solvency;
pub mod risk;
pub mod queue;
pub mod early;
pub mod cascade;
pub mod coordination;
pub mod assets;
pub mod attack;
mod state;
pub mod guard;
pub mod assess;
pub mod selling;
pub mod foresight;
pub mod change;
pub mod shadow;
pub mod preset;
#[cfg(feature = "calibrate")]
#[allow(clippy::float_arithmetic, reason = "estimates, off chain")]
pub mod history;
#[cfg(feature = "calibrate")]
mod refusal;
#[cfg(feature = "calibrate")]
#[allow(clippy::float_arithmetic, reason = "proposals, off chain")]
mod proposal;
#[cfg(feature = "calibrate")]
#[allow(clippy::float_arithmetic, reason = "proposals, off chain; what they promise is decided in integers")]
pub mod calibrate;
#[cfg(any(doc, doctest))]
pub mod guide;
#[cfg(feature = "serde")]
mod serial;
#[cfg(feature = "schemars")]
mod schema;
#[cfg(feature = "borsh")]
mod borshed;
#[cfg(feature = "arbitrary")]
mod drawn;
#[cfg(feature = "arbitrary")]
mod ranged;

pub use error::Error;

/// Compiles the README's example with the documentation's.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
