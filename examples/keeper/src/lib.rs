//! A keeper bot for a market that damper guards: what it kicks, bids for and settles, and a view of it.
//!
//! | module | what |
//! |---|---|
//! | [`decimal`], [`scale`], [`hex`] | numbers as text, exactly |
//! | [`wire`], [`news`] | lines of the stream, and what they say |
//! | [`setup`] | the market snapshot |
//! | [`venue`] | the book that a keeper sells into |
//! | [`histogram`], [`positions`] | positions in the order in which a falling price reaches them |
//! | [`feed`] | sequence numbers and refusals |
//! | [`lots`] | open lots, mirrored |
//! | [`action`] | what is sent, and what is in flight |
//! | [`bids`], [`outlook`] | whether a bid pays; cascades and deadlines |
//! | [`report`], [`plan`], [`engine`] | a block: what is decided; the state and its lines |
//! | [`channel`], [`lines`], [`source`] | from a file, standard input, TCP or a websocket into a bounded channel |
//! | [`execute`], [`outbox`] | who carries actions out, once for each key |
//! | [`atomic`], [`state`] | the state file |
//! | [`json`] | a block for machines, a summary for people |

pub mod decimal;
pub mod scale;
pub mod hex;
pub mod wire;
pub mod venue;
pub mod setup;
pub mod news;
pub mod histogram;
pub mod positions;
pub mod channel;
pub mod feed;
pub mod action;
pub mod lots;
pub mod bids;
pub mod outlook;
pub mod report;
pub mod engine;
mod plan;
pub mod lines;
pub mod source;
pub mod execute;
pub mod atomic;
pub mod outbox;
pub mod state;
pub mod json;
pub mod view;
pub mod cli;
pub mod run;
pub mod random;
pub mod sample;
pub mod bench;
