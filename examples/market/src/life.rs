//! One life of a market as data, from its opening over a crash to its recovery, and what it leaves in storage.
//!
//! A program on a chain runs [`STEPS`] one by one and must come to the outcome and the bytes that [`Life`] yields for
//! each. A base token has 9 decimals, the quote 6.

mod steps;
mod terms;
mod world;

pub use steps::STEPS;
pub use terms::terms;
pub use world::{After, Life, Stored, World};

use crate::Guard;
use crate::input::{Limit, Pool, Quote, Seen};
use crate::ops::Withdrawal;
use damper::Error;
use damper::appetite::{AppetiteConfig, AppetiteParams};
use damper::book::Shape;
use damper::guard::GuardParams;
use damper::preset::{Site, lending};
use damper::ratio::Ratio;
use damper::stress::{Signal, StressConfig, StressParams};
use damper::units::{Amount, Seconds, Value};
use damper::volatility::{VolatilityConfig, VolatilityParams};

/// When the life begins, in seconds.
pub const START: u64 = 1_700_000_000;

/// Borrowers.
pub const LOANS: usize = 3;

/// What happens at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// Seconds since [`START`].
    pub after: u64,
    /// What happens.
    pub act: Act,
}

/// What somebody does. A `loan` is a number below [`LOANS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the operations of `Market`, by name")]
pub enum Act {
    /// The configurations of [`guard`] and [`terms`] are stored.
    Initialise,
    Launch {
        quote: Quote,
        pool: Pool,
    },
    Observe(Seen),
    Adopt,
    Report {
        source: usize,
        quote: Quote,
    },
    Open {
        loan: usize,
        collateral: Amount,
        debt: Value,
    },
    Deposit {
        loan: usize,
        collateral: Amount,
    },
    Borrow {
        loan: usize,
        debt: Value,
    },
    Repay {
        loan: usize,
        debt: Value,
    },
    Withdraw {
        loan: usize,
        what: Withdrawal,
    },
    Assess {
        loan: usize,
    },
    Kick {
        loan: usize,
    },
    Take {
        loan: usize,
        amount: Amount,
        limit: Limit,
    },
    Settle {
        loan: usize,
    },
    Restart {
        loan: usize,
    },
    Absorb {
        loan: usize,
    },
}

/// The configuration of the life: the preset, with a volatility that was measured before the market opened, and with the
/// appetite of a market that is known, which also feels keepers of whom less than half answers.
///
/// # Errors
/// None in fact.
pub fn guard() -> Result<Guard, Error> {
    let params = lending(&Site::<1> {
        shape: Shape::ConstantProduct,
        heartbeat: Seconds::new(60),
        min_sale: Value::new(100_000_000),
        rise_base: Amount::new(10_000_000_000),
        // A fifth of the pool at the opening: from 75,000 tokens on, less of it is stress.
        depth_norm: Some([Amount::new(100_000_000_000_000)]),
    })?;
    let volatility = VolatilityParams { start: Ratio::from_bps_floor(400)?, ..*params.volatility.params() };
    let keepers = Signal::Between { calm: Ratio::from_bps_floor(5_000)?, stressed: Ratio::ZERO };
    let stress = StressConfig::new(StressParams { keepers, ..*params.appetite.params().stress.params() })?;
    let appetite = AppetiteParams { stress, start: Ratio::ONE, ..*params.appetite.params() };
    Guard::new(GuardParams {
        volatility: VolatilityConfig::new(volatility)?,
        appetite: AppetiteConfig::new(appetite)?,
        ..params
    })
}
