//! A scenario under its sellers: the same exogenous path and population, a market of its own for each.

use crate::auctions::{Auctions, Backstop};
use crate::config::guard;
use crate::damped::{Damped, Level};
use crate::exact::{Log, TheoremA, Verdict, exp_times};
use crate::insurers::Insurers;
use crate::lending::Lending;
use crate::path::Path;
use crate::population::Population;
use crate::program::Program;
use crate::run::{Outcome, Seller, run};
use crate::scenario::{Mechanism, Scenario, Sellers};
use damper::Error;
use damper::book::Snapshot;
use damper::depth::DepthObservation;
use damper::ledger::{LedgerConfig, LedgerParams};
use damper::ratio::Ratio;
use damper::units::{Seconds, Timestamp, Value};

/// What a replay came to.
#[derive(Clone, Debug)]
pub(crate) struct Replay {
    /// The naive sellers, then damper.
    pub(crate) outcomes: Vec<Outcome>,
    /// The bound of theorem A, for damper's parameters on this path.
    pub(crate) bound: TheoremA,
    /// Ledger level and cap at the end of each step of damper's run.
    pub(crate) levels: Vec<Level>,
    pub(crate) kappa: Kappa,
    /// What may be lacking at the lowest price that the bound permits, nothing having been sold (SPEC.md, T8).
    pub(crate) price_of_throttling: Value,
    /// The least time to clear damper's backlog from here, price and calm depth standing still (SPEC.md, T8).
    pub(crate) hours_to_go: f64,
    pub(crate) backstop: Backstop,
}

/// How far the depth that damper's sales were certified on over-stated the true one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Kappa {
    /// Displacement by sales over charges, at its largest. For printing.
    pub(crate) measured: f64,
    /// Hypothesis H1, with the declared kappa, in certified logarithms.
    pub(crate) h1_holds: bool,
}

impl Replay {
    /// Runs the sellers. Calls `tick` once a step of each.
    pub(crate) fn of(scenario: &Scenario, tick: &dyn Fn()) -> Result<Replay, Error> {
        let price = scenario.opening()?;
        let guard = guard(Seconds::new(scenario.path.longest_step()), scenario.venue.calm, scenario.knobs)?;
        match &scenario.sellers {
            Sellers::Loans(plan) => {
                let loans = Lending::seeded(scenario.seed, plan, price)?;
                let mut damper = Auctions::new(guard, scenario.seed);
                let outcomes = all(scenario, &loans, &mut damper, tick)?;
                let backstop = damper.backstop();
                Ok(Replay { backstop, ..Replay::joined(scenario, &loans, outcomes, damper.damped())? })
            }
            Sellers::Insurers(insured) => {
                let funds = Insurers::seeded(scenario.seed, *insured, price)?;
                let mut damper = Damped::new(guard);
                let outcomes = all(scenario, &funds, &mut damper, tick)?;
                Replay::joined(scenario, &funds, outcomes, &damper)
            }
            Sellers::Program(amount) => {
                let program = Program::of(*amount);
                let mut damper = Damped::new(guard);
                let outcomes = all(scenario, &program, &mut damper, tick)?;
                Replay::joined(scenario, &program, outcomes, &damper)
            }
        }
    }

    fn joined(
        scenario: &Scenario,
        population: &impl Population,
        outcomes: Vec<Outcome>,
        damped: &Damped,
    ) -> Result<Replay, Error> {
        let [.., outcome] = outcomes.as_slice() else { unreachable!("damper's own is the last") };
        let bound = bound(&damped.guard.params().ledger, &scenario.path, outcome);
        // No price of the run is below this one, if the bound holds: the peak is not below the first price.
        let (bottom, _) = exp_times(u128::from(scenario.path.steps[0].ticks), bound.bound().neg());
        let bottom = scenario.path.scale.price_floor(u64::try_from(bottom).expect("below the first price").max(1))?;
        let price_of_throttling = population.bad_debt(bottom)?;
        let record = damped.record();
        Ok(Replay {
            bound,
            price_of_throttling,
            hours_to_go: hours_to_go(scenario, outcome, damped)?,
            levels: record.levels().to_vec(),
            kappa: Kappa { measured: record.measured_kappa(), h1_holds: record.h1_holds() },
            backstop: Backstop::NONE,
            outcomes,
        })
    }

    /// Damper's run.
    pub(crate) fn damped(&self) -> &Outcome {
        let [.., damped] = self.outcomes.as_slice() else { unreachable!("damper's own is the last") };
        damped
    }

    /// The others. The first has no throttle.
    pub(crate) fn naive(&self) -> &[Outcome] {
        let [naive @ .., _] = self.outcomes.as_slice() else { unreachable!("damper's own is the last") };
        naive
    }

    /// The run without a throttle.
    pub(crate) fn unthrottled(&self) -> &Outcome {
        &self.outcomes[0]
    }

    /// The run of a naive seller.
    pub(crate) fn of_rule(&self, mechanism: &Mechanism) -> &Outcome {
        &self.outcomes[mechanism.rule]
    }

    /// Whether a run kept to the bound. Without a sale the fall is the exogenous one, which the bound is never below: two
    /// intervals that enclose one number are not compared.
    pub(crate) fn verdict(&self, outcome: &Outcome) -> Verdict {
        if outcome.sold.is_zero() {
            return Verdict::Holds;
        }
        self.bound.verdict(outcome.drawdown)
    }
}

/// The bound of theorem A for a run under these parameters.
fn bound(ledger: &LedgerConfig, path: &Path, outcome: &Outcome) -> TheoremA {
    let LedgerParams { burst, leak, own_share, kappa } = ledger.params();
    let bits = |ratio: Ratio| (u128::from(ratio.to_bits()), 1_u128 << 48);
    let leaked = i128::from(leak.get().to_bits()) * i128::from(path.length());
    TheoremA {
        x: outcome.exogenous,
        kappa: bits(kappa),
        h: bits(own_share),
        b: Log::from_fraction(i128::from(burst.to_bits()), 1 << 48),
        leaked: Log::from_fraction(leaked, 1 << 48),
        eps: outcome.eps,
    }
}

/// `(I(Q) - headroom) / r` for the backlog `Q` at the last price, in hours.
fn hours_to_go(scenario: &Scenario, outcome: &Outcome, damped: &Damped) -> Result<f64, Error> {
    let params = damped.guard.params();
    let last = outcome.prices.last().copied().unwrap_or(1);
    let backlog = scenario.path.scale.price_floor(last)?.amount_floor(outcome.backlog)?;
    let believed = params.depth.open(
        &DepthObservation {
            source_time: Timestamp::new(0),
            snapshot: Snapshot::ConstantProduct { reserve: scenario.venue.calm },
        },
        Timestamp::new(0),
    )?;
    let impact = params.depth.charge_ceil(&believed, backlog)?;
    let headroom = damped.record().levels().last().map_or(Ratio::ZERO, |level| level.cap.excess_over(level.used));
    let hour = params.ledger.params().leak.over(Seconds::new(3_600))?;
    Ok(impact.excess_over(headroom).to_bits() as f64 / hour.to_bits() as f64)
}

fn all<P: Population + Clone, S: Seller<P>>(
    scenario: &Scenario,
    population: &P,
    damper: &mut S,
    tick: &dyn Fn(),
) -> Result<Vec<Outcome>, Error> {
    let market = (&scenario.path, &scenario.venue);
    let mut outcomes = Vec::new();
    for mut seller in scenario.naive.iter().copied() {
        outcomes.push(run(market, population.clone(), &mut seller, tick)?);
    }
    outcomes.push(run(market, population.clone(), damper, tick)?);
    Ok(outcomes)
}
