//! A guard for tests: everything but the budgets and the depth is out of the way unless a test puts it there.
#![allow(dead_code, reason = "each test that includes this file uses its own part of it")]

use damper::appetite::{AppetiteConfig, AppetiteParams};
use damper::auction::{AuctionConfig, AuctionParams};
use damper::book::Shape;
use damper::breaker::{BreakerConfig, BreakerParams, Level, Stops};
use damper::curve::Curve;
use damper::depth::{DepthConfig, DepthParams};
use damper::early::Start;
use damper::guard::{Guard, GuardParams};
use damper::ledger::{LedgerConfig, LedgerParams};
use damper::oracle::OracleConfig;
use damper::parameters::Parameters;
use damper::plan::{PlanConfig, PlanParams};
use damper::ratio::Ratio;
use damper::schedule::{ScheduleConfig, ScheduleParams};
use damper::stress::{DepthProfile, Signal, StressConfig, StressParams};
use damper::units::{Amount, Decay, Rate, Seconds, Value};
use damper::volatility::{VolatilityConfig, VolatilityParams};

pub(crate) fn bps(n: u32) -> Ratio {
    Ratio::from_bps_floor(n).expect("small")
}

const DAY: Seconds = Seconds::new(86_400);

/// What the theorem speaks of.
#[derive(Clone, Copy)]
pub(crate) struct Market<const N: usize> {
    pub(crate) shape: Shape<N>,
    pub(crate) haircut: Ratio,
    pub(crate) burst: Ratio,
    pub(crate) leak: Rate,
    pub(crate) own_share: Ratio,
    pub(crate) kappa: Ratio,
    pub(crate) share: Ratio,
    pub(crate) wick: Seconds,
}

/// Breaker levels at these drawdowns, in basis points; all stop borrowing, from the second on kicks, the third takes.
pub(crate) fn breaker(trips: [u32; 3], halt: Seconds) -> BreakerConfig {
    let stops = |borrow, kick, take| Stops { borrow, kick, take };
    let level = |trip: u32, stops| Level { trip: bps(trip), release: bps(trip - 200), stops, halt };
    BreakerConfig::new(BreakerParams {
        levels: [
            level(trips[0], stops(true, false, false)),
            level(trips[1], stops(true, true, false)),
            level(trips[2], stops(true, true, true)),
        ],
        window: DAY,
        rest: Seconds::new(3_600),
    })
    .expect("ordered levels")
}

/// The plan of the tests: 105 % restored from a health of 95 %, a quarter of the bonus at the threshold.
pub(crate) fn plan(min_sale: u128) -> PlanConfig {
    PlanConfig::new(PlanParams {
        target_health: bps(10_500),
        full_health: bps(9_500),
        base_bonus: bps(2_500),
        min_sale: Value::new(min_sale),
    })
    .expect("sound")
}

/// An appetite that falls to `floor` with volatility from 100 % a day to 200 %, and with the ledger's use from a half.
pub(crate) fn appetite(floor: Ratio) -> AppetiteConfig {
    let stress = StressConfig::new(StressParams {
        volatility: Signal::Between { calm: Ratio::ONE, stressed: bps(20_000) },
        depth: Signal::Absent,
        depth_norm: Amount::ZERO,
        fill: Signal::Between { calm: bps(5_000), stressed: Ratio::ONE },
        backlog: Signal::Absent,
        oracle: Signal::Absent,
        keepers: Signal::Absent,
        neighbours: Signal::Absent,
        max_age: Seconds::ZERO,
    });
    AppetiteConfig::new(AppetiteParams {
        stress: stress.expect("in order"),
        floor,
        start: Ratio::ONE,
        hysteresis: bps(1_000),
        recovery: Rate::from_ratio_over_floor(bps(1_000), Seconds::new(3_600)).expect("an hour is not zero"),
        hold: Seconds::new(600),
        max_step: Seconds::new(3_600),
    })
    .expect("sound")
}

/// Parameters with this max LTV and threshold, 5 % bonus.
pub(crate) fn parameters(max_ltv: u32, threshold: u32) -> Parameters {
    Parameters {
        max_ltv: bps(max_ltv),
        liquidation_threshold: bps(threshold),
        bonus: bps(500),
        margin: bps(500),
        auction_buffer: bps(1_000),
    }
}

impl<const N: usize> Market<N> {
    /// The parts of the guard; a breaker at 97 % and more, prices and depth never too old, no dust.
    pub(crate) fn params(&self) -> GuardParams<N> {
        let ages = Seconds::new(1 << 40);
        GuardParams {
            oracle: OracleConfig::new(ages, Ratio::from_bits(Ratio::ONE.to_bits() - 1)).expect("below one"),
            wick: self.wick,
            depth: DepthConfig::new(DepthParams {
                shape: self.shape,
                haircut: self.haircut,
                max_age: ages,
                rise_time: Seconds::new(1),
                rise_base: Amount::new(1 << 80),
            })
            .expect("sound"),
            ledger: LedgerConfig::new(LedgerParams {
                burst: self.burst,
                leak: self.leak,
                own_share: self.own_share,
                kappa: self.kappa,
            })
            .expect("kappa h below one"),
            book_share: self.share,
            volatility: VolatilityConfig::new(VolatilityParams {
                horizon: DAY,
                rise_half_life: Seconds::new(3_600),
                fall_half_life: DAY,
                max_gap: Seconds::new(3_600),
                floor: bps(100),
                cap: bps(20_000),
                start: bps(20_000),
            })
            .expect("sound"),
            schedule: ScheduleConfig::new(ScheduleParams {
                calm: parameters(7_500, 8_300),
                stressed: parameters(5_000, 7_000),
                sigma_calm: bps(300),
                sigma_stressed: bps(1_500),
                ramp: Rate::from_ratio_over_floor(bps(100), DAY).expect("a day is not zero"),
                max_step: Seconds::new(3_600),
            })
            .expect("sound"),
            appetite: appetite(Ratio::ONE),
            depth_profile: DepthProfile::last_point(),
            breaker: breaker([9_700, 9_800, 9_900], Seconds::new(900)),
            plan: plan(0),
            start: Start::AtThreshold,
            auction: AuctionConfig::new(AuctionParams {
                curve: Curve::Exponential { decay: Decay::from_half_life_floor(Seconds::new(3_600)).expect("an hour") },
                floor: bps(100),
                tail: DAY,
                cusp: Ratio::ZERO,
                dust: Value::ZERO,
            })
            .expect("sound"),
        }
    }

    pub(crate) fn guard(&self) -> Guard<N> {
        Guard::new(self.params()).expect("a share of at most one")
    }
}
