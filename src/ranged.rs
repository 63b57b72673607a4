//! `Arbitrary` of parameters of which few random ones are valid, drawn in range, and of states that calls lead to. A
//! configuration is made of its parameters by its constructor. Spec: N9.

use crate::answering::AnsweringParams;
use crate::appetite::{AppetiteParams, MAX_HOLD};
use crate::auction::AuctionParams;
use crate::book::{Band, Shape, Snapshot};
use crate::breaker::{BreakerParams, Level, MAX_HALT, MAX_REST};
use crate::curve::Curve;
use crate::depth::DepthObservation;
use crate::drawn::word;
use crate::early::{EarlyRule, Start};
use crate::error::Error;
use crate::exposure::PriceGrid;
use crate::guard::{Guard, GuardParams, GuardState, Observation};
use crate::ledger::LedgerParams;
use crate::oracle::PriceObservation;
use crate::parameters::Parameters;
use crate::plan::PlanParams;
use crate::price::{Price, PriceBand};
use crate::queue::Queue;
use crate::ratio::Ratio;
use crate::risk::{RiskConfig, RiskParams};
use crate::schedule::ScheduleParams;
use crate::selling::Kick;
use crate::sources::{Source, SourcesParams};
use crate::stress::{Signal, StressParams};
use crate::two_sided::{TwoSided, TwoSidedConfig, TwoSidedParams};
use crate::units::{Amount, Decay, Rate, Seconds, Timestamp, Value};
use crate::volatility::VolatilityParams;
use crate::window::Window;
use arbitrary::{Arbitrary, Result, Unstructured};

/// `2^-1`.
const HALF: Ratio = Ratio::from_bits(1 << 47);

/// A ratio from `low` to `high`.
fn between(source: &mut Unstructured<'_>, low: Ratio, high: Ratio) -> Result<Ratio> {
    source.int_in_range(low.to_bits()..=high.to_bits().max(low.to_bits())).map(Ratio::from_bits)
}

/// A ratio above zero and below one.
fn inside(source: &mut Unstructured<'_>) -> Result<Ratio> {
    between(source, Ratio::ULP, Ratio::ONE.excess_over(Ratio::ULP))
}

/// Seconds from `low` to `high`.
fn seconds(source: &mut Unstructured<'_>, low: u64, high: Seconds) -> Result<Seconds> {
    source.int_in_range(low..=high.get()).map(Seconds::new)
}

/// What a constructor must accept.
fn sound<T>(value: core::result::Result<T, Error>) -> Result<T> {
    value.map_err(|_| arbitrary::Error::IncorrectFormat)
}

macro_rules! in_range {
    ($(@[const $n:ident: usize])? $name:ty: |$source:ident| $draw:expr) => {
        impl<'a $(, const $n: usize)?> Arbitrary<'a> for $name {
            fn arbitrary($source: &mut Unstructured<'a>) -> Result<$name> {
                Ok($draw)
            }
        }
    };
}

/// The longest of the times that are drawn for half-lives and horizons.
const YEARS: Seconds = Seconds::new(1 << 32);

in_range!(VolatilityParams: |source| {
    let (one, other) = (seconds(source, 1, YEARS)?, seconds(source, 1, YEARS)?);
    let cap = between(source, Ratio::ZERO, Ratio::from_bits(255 << 48))?;
    let floor = Ratio::arbitrary(source)?.min(cap);
    VolatilityParams {
        horizon: seconds(source, 1, YEARS)?,
        rise_half_life: one.min(other),
        fall_half_life: one.max(other),
        max_gap: seconds(source, 1, YEARS)?,
        floor,
        cap,
        start: between(source, floor, cap)?,
    }
});

/// Parameters that pass their check: half of one for the threshold and its bonus, and the rest of it for the margin.
fn parameters(source: &mut Unstructured<'_>) -> Result<Parameters> {
    let liquidation_threshold = between(source, Ratio::ULP, HALF)?;
    Ok(Parameters {
        max_ltv: between(source, Ratio::ZERO, liquidation_threshold.excess_over(Ratio::ULP))?,
        liquidation_threshold,
        bonus: between(source, Ratio::ZERO, HALF)?,
        margin: between(source, Ratio::ZERO, Ratio::from_bits(1 << 46))?,
        auction_buffer: between(source, Ratio::ZERO, Ratio::ONE)?,
    })
}

in_range!(ScheduleParams: |source| {
    let (calm, other) = (parameters(source)?, parameters(source)?);
    let threshold = calm.liquidation_threshold.min(other.liquidation_threshold);
    let stressed = Parameters {
        max_ltv: calm.max_ltv.min(other.max_ltv).min(threshold.excess_over(Ratio::ULP)),
        liquidation_threshold: threshold,
        bonus: calm.bonus.max(other.bonus),
        margin: calm.margin.max(other.margin),
        auction_buffer: calm.auction_buffer.max(other.auction_buffer),
    };
    let sigma_stressed = between(source, Ratio::ULP, Ratio::ONE)?;
    ScheduleParams {
        calm,
        stressed,
        sigma_calm: between(source, Ratio::ZERO, sigma_stressed.excess_over(Ratio::ULP))?,
        sigma_stressed,
        ramp: Rate::arbitrary(source)?,
        max_step: Seconds::arbitrary(source)?,
    }
});

/// A signal with its bounds a 64th apart at least, the calm one below if it rises.
fn signal(source: &mut Unstructured<'_>, rises: bool) -> Result<Signal> {
    if u8::arbitrary(source)? & 3 == 0 {
        return Ok(Signal::Absent);
    }
    let low = between(source, Ratio::ZERO, HALF)?;
    let high = between(source, sound(low.checked_add(Ratio::from_bits(1 << 42)))?, Ratio::ONE)?;
    Ok(if rises {
        Signal::Between { calm: low, stressed: high }
    } else {
        Signal::Between { calm: high, stressed: low }
    })
}

in_range!(StressParams: |source| {
    let params = StressParams {
        volatility: signal(source, true)?,
        depth: signal(source, false)?,
        depth_norm: source.int_in_range(1_u128 << 8..=1 << 100).map(Amount::new)?,
        fill: signal(source, true)?,
        backlog: signal(source, true)?,
        oracle: signal(source, false)?,
        keepers: signal(source, false)?,
        neighbours: signal(source, false)?,
        max_age: Seconds::arbitrary(source)?,
    };
    match params.volatility {
        // One signal is there.
        Signal::Absent => StressParams { volatility: Signal::Between { calm: Ratio::ZERO, stressed: Ratio::ONE }, ..params },
        Signal::Between { .. } => params,
    }
});

in_range!(AppetiteParams: |source| {
    let floor = between(source, Ratio::ZERO, Ratio::ONE)?;
    AppetiteParams {
        stress: Arbitrary::arbitrary(source)?,
        floor,
        start: between(source, floor, Ratio::ONE)?,
        hysteresis: between(source, Ratio::ULP, HALF)?,
        // The longest hold is below 2^20 seconds, and what is recovered in it below 2^8.
        recovery: Rate::per_second(between(source, Ratio::ULP, Ratio::from_bits(1 << 36))?),
        hold: seconds(source, 0, MAX_HOLD)?,
        max_step: seconds(source, 1, YEARS)?,
    }
});

/// A ledger whose gain `kappa h` is below `gain`.
fn ledger(source: &mut Unstructured<'_>, gain: Ratio) -> Result<LedgerParams> {
    let kappa = between(source, Ratio::ONE, Ratio::from_bits(16 << 48))?;
    let most = sound(gain.excess_over(Ratio::ULP).div_floor(kappa))?.excess_over(Ratio::ULP);
    Ok(LedgerParams {
        burst: between(source, Ratio::ZERO, Ratio::ONE)?,
        leak: Rate::arbitrary(source)?,
        own_share: between(source, Ratio::ZERO, most)?,
        kappa,
    })
}

in_range!(LedgerParams: |source| ledger(source, Ratio::ONE)?);
in_range!(TwoSidedParams: |source| TwoSidedParams { sell: ledger(source, HALF)?, buy: ledger(source, HALF)? });

in_range!(BreakerParams: |source| {
    let mut levels = <[Level; 3]>::arbitrary(source)?;
    let mut last = Level { trip: Ratio::ULP, release: Ratio::ULP, halt: Seconds::new(1), ..levels[0] };
    for level in &mut levels {
        // Each a quarter of the way that is left, at most.
        let most = last.trip.to_bits().saturating_add(Ratio::ONE.excess_over(last.trip).to_bits() >> 2);
        level.trip = between(source, Ratio::from_bits(last.trip.to_bits().saturating_add(1)), Ratio::from_bits(most))?;
        level.release = between(source, last.release, level.trip.excess_over(Ratio::ULP))?;
        level.stops.borrow |= last.stops.borrow;
        level.stops.kick |= last.stops.kick;
        level.stops.take |= last.stops.take;
        level.halt = seconds(source, last.halt.get(), MAX_HALT)?;
        last = *level;
    }
    BreakerParams { levels, window: seconds(source, 1, YEARS)?, rest: seconds(source, 1, MAX_REST)? }
});

in_range!(PlanParams: |source| PlanParams {
    target_health: between(source, Ratio::ONE, Ratio::from_bits(4 << 48))?,
    full_health: inside(source)?,
    base_bonus: between(source, Ratio::ZERO, Ratio::ONE)?,
    min_sale: Value::arbitrary(source)?,
});

in_range!(AuctionParams: |source| {
    let decay = sound(Decay::from_ratio(inside(source)?))?;
    AuctionParams {
        curve: match u8::arbitrary(source)? % 3 {
            0 => Curve::Linear { duration: seconds(source, 1, YEARS)? },
            1 => Curve::StairExponential { cut: decay, step: seconds(source, 1, YEARS)? },
            _ => Curve::Exponential { decay },
        },
        floor: inside(source)?,
        tail: seconds(source, 1, Curve::MAX_ELAPSED)?,
        cusp: between(source, Ratio::ZERO, Ratio::ONE.excess_over(Ratio::ULP))?,
        dust: Value::arbitrary(source)?,
    }
});

in_range!(AnsweringParams: |source| {
    let prompt = seconds(source, 0, YEARS)?;
    AnsweringParams {
        prompt,
        late: seconds(source, prompt.get().saturating_add(1), Seconds::new(1 << 33))?,
        // At most one less a millionth.
        recovery: sound(Decay::from_ratio(between(source, Ratio::ZERO, Ratio::ONE.excess_over(Ratio::from_bits(1 << 28)))?))?,
        max_gap: seconds(source, 1, YEARS)?,
        whole: source.int_in_range(1..=u128::MAX).map(Value::new)?,
        start: between(source, Ratio::ZERO, Ratio::ONE)?,
        least_lot: between(source, Ratio::ZERO, Ratio::ONE)?,
        most_boost: between(source, Ratio::ONE, Ratio::MAX)?,
    }
});

in_range!(@[const S: usize] SourcesParams<S>: |source| {
    // So many sources as there are, up to 255, and less than half of them.
    let all = u8::try_from(S).unwrap_or(u8::MAX);
    let faulty = source.int_in_range(0..=all.saturating_sub(1) >> 1)?;
    let mut sources = <[Source; S]>::arbitrary(source)?;
    for each in &mut sources {
        each.update_band = between(source, Ratio::ZERO, Ratio::from_bits(1 << 44))?;
    }
    SourcesParams {
        sources,
        faulty,
        quorum: source.int_in_range(faulty.saturating_mul(2).saturating_add(1)..=all.max(1))?,
        // Two bands of a 16th leave 225/256.
        divergence: between(source, Ratio::from_bits(1 << 46), Ratio::ONE.excess_over(Ratio::ULP))?,
        max_width: Ratio::ONE.excess_over(Ratio::ULP),
    }
});

in_range!(@[const K: usize] PriceGrid<K>: |source| {
    let mut prices = <[Price; K]>::arbitrary(source)?;
    prices.sort_unstable_by(|a, b| b.cmp(a));
    let least = prices.last().copied().unwrap_or(Price::MAX);
    sound(PriceGrid::new(prices, Price::arbitrary(source)?.min(sound(least.scale_floor(HALF))?)))?
});

in_range!(@[const N: usize] GuardParams<N>: |source| {
    let mut params = GuardParams {
        oracle: Arbitrary::arbitrary(source)?,
        wick: Arbitrary::arbitrary(source)?,
        depth: Arbitrary::arbitrary(source)?,
        ledger: Arbitrary::arbitrary(source)?,
        book_share: between(source, Ratio::ZERO, Ratio::ONE)?,
        volatility: Arbitrary::arbitrary(source)?,
        schedule: Arbitrary::arbitrary(source)?,
        appetite: Arbitrary::arbitrary(source)?,
        depth_profile: Arbitrary::arbitrary(source)?,
        breaker: Arbitrary::arbitrary(source)?,
        plan: Arbitrary::arbitrary(source)?,
        start: Arbitrary::arbitrary(source)?,
        auction: Arbitrary::arbitrary(source)?,
    };
    // One horizon, as a guard asks for.
    if let Start::ByChance(EarlyRule { risk, pace }) = params.start {
        let horizon = params.volatility.params().horizon;
        params.start = RiskConfig::new(RiskParams { horizon, ..risk.params() })
            .map_or(Start::AtThreshold, |risk| Start::ByChance(EarlyRule { risk, pace }));
    }
    params
});

// States are those that calls lead to.

in_range!(TwoSided: |source| {
    let (band, now) = (PriceBand::arbitrary(source)?, Timestamp::arbitrary(source)?);
    let state = TwoSided::open(band, now).observe(Window::arbitrary(source)?);
    let later = Timestamp::new(now.get().saturating_add(word(source, 32)?));
    state.advance(&TwoSidedConfig::arbitrary(source)?, later).unwrap_or(state)
});

in_range!(@[const K: usize] Queue<K>: |source| {
    let mut now = Timestamp::arbitrary(source)?;
    let mut queue = Queue::open(now);
    for _ in 0..source.int_in_range(0..=K)? {
        now = Timestamp::new(now.get().saturating_add(word(source, 20)?));
        let deadline = Timestamp::new(now.get().saturating_add(word(source, 40)?));
        if let Ok(admitted) = queue.admit(now, deadline, Amount::arbitrary(source)?, Amount::ZERO) {
            queue = admitted.queue;
        }
    }
    queue
});

/// A life of a drawn guard: a first price and depth, and up to eight observations, sales or lots.
impl<'a, const N: usize> Arbitrary<'a> for GuardState<N> {
    fn arbitrary(source: &mut Unstructured<'a>) -> Result<GuardState<N>> {
        let guard = Guard::<N>::arbitrary(source)?;
        let bands = [Band { width: Ratio::from_bits(1 << 46), amount: Amount::arbitrary(source)? }];
        let shape = guard.params().depth.shape();
        let depth = |at: u64| DepthObservation {
            source_time: Timestamp::new(at),
            snapshot: match shape {
                Shape::ConstantProduct => Snapshot::ConstantProduct { reserve: bands[0].amount },
                Shape::Grid(_) => Snapshot::Bands(&bands),
            },
        };
        let mut low = Price::arbitrary(source)?;
        let price =
            |low: Price, at: u64| PriceObservation { source_time: Timestamp::new(at), band: PriceBand::exact(low) };
        let mut at = word(source, 40)?;
        let mut state = sound(guard.open(Timestamp::new(at), price(low, at), depth(at)))?;
        for _ in 0..source.int_in_range(0..=8)? {
            at = at.saturating_add(word(source, 20)?);
            let now = Timestamp::new(at);
            let next = match u8::arbitrary(source)? & 3 {
                0 => guard.sell(state, now, Amount::arbitrary(source)?),
                1 => {
                    let kick = Kick { sell: Amount::arbitrary(source)?, raise: Value::arbitrary(source)? };
                    guard.kick(state, now, kick).map(|(state, _)| state)
                }
                _ => {
                    low = low.scale_floor(between(source, HALF, Ratio::from_bits(3 << 47))?).unwrap_or(low);
                    guard.observe(state, &Observation { now, price: Some(price(low, at)), depth: Some(depth(at)) })
                }
            };
            state = next.unwrap_or(state);
        }
        Ok(state)
    }
}
