//! The appetite falls at once, heals at its rate, and more stress never leaves more of it, now or later.

use crate::exact::{Q, part, q};
use crate::source::Source;
use crate::targets::stress::{external, internal, params};
use damper::Error;
use damper::appetite::{Appetite, AppetiteConfig, AppetiteParams};
use damper::ratio::Ratio;
use damper::stress::{Fill, Internal, StressConfig};
use damper::units::{Amount, Rate, Timestamp};

fn config(source: &mut Source<'_>) -> Option<AppetiteConfig> {
    let stress = StressConfig::new(params(source)).ok()?;
    let floor = source.share();
    let params = AppetiteParams {
        stress,
        floor,
        start: source.ratio_within(floor, Ratio::ONE),
        hysteresis: source.bps(0, 5_100),
        recovery: Rate::per_second(Ratio::from_bits(source.word() >> 16)),
        hold: source.seconds_within(0, 256),
        max_step: source.seconds_within(0, 256),
    };
    AppetiteConfig::new(params).ok()
}

/// The same market with at least as much stress.
fn worse(source: &mut Source<'_>, seen: &Internal) -> Internal {
    let Internal { volatility, depth, fill } = *seen;
    Internal {
        volatility: volatility.map(|sigma| sigma.max(source.ratio())),
        depth: depth.map(|depth| depth.min(source.amount_of(100))),
        fill: if source.rarely(4) {
            None
        } else {
            fill.map(|Fill { used, cap }| Fill { used: used.max(source.share()), cap })
        },
    }
}

pub(crate) fn run(source: &mut Source<'_>) {
    let Some(config) = config(source) else { return };
    let params = *config.params();
    let mut now = Timestamp::new(1_000);
    let (mut state, mut low) = (config.open(now), config.open(now));
    let mut rule = Rule { lost: Q::one() - params.start, leash: Q::zero() };
    for _ in 0..24 {
        if !source.more() {
            break;
        }
        let then = source.after(now);
        if source.rarely(4) {
            heed(source, &config, (&mut state, &mut low), then);
        }
        let seen = internal(source);
        let worse = worse(source, &seen);
        if then < now {
            assert_eq!(config.observe(state, &seen, then), Err(Error::ClockReversed));
            continue;
        }
        let (before, elapsed) = (state, (then.get() - now.get()).min(params.max_step.get()));
        state = config.observe(state, &seen, then).expect("the clock runs forward");
        low = config.observe(low, &worse, then).expect("the clock runs forward");
        now = then;
        assert!(low.level() <= state.level(), "more stress leaves more appetite");
        assert!(state.level() >= params.floor && state.level() <= Ratio::ONE);
        let rise = q(state.level()) - before.level();
        assert!(rise <= q(params.recovery) * part(elapsed, 1), "it heals too fast");
        rule.observe(&params, q(config.stress(&state, &seen, now)), elapsed);
        assert_eq!(Q::one() - rule.lost.clone(), q(state.level()), "not the rule");
        scaled(source, &state);
    }
    heals(&config, state, now);
}

/// The rule in exact numbers: what is lost, and what it does not heal below.
struct Rule {
    lost: Q,
    leash: Q,
}

impl Rule {
    fn observe(&mut self, params: &AppetiteParams, stress: Q, elapsed: u64) {
        let span = Q::one() - params.floor;
        let slope = (span.clone() / (Q::one() - params.hysteresis)).ratio_ceil().expect("at most two");
        let demand = |stress: Q| q((stress * slope).min(span.clone()).ratio_ceil().expect("at most one"));
        let healed = q(params.recovery) * part(elapsed, 1);
        let press = demand((stress.clone() - params.hysteresis).excess());
        let lead = if press.is_zero() { Q::zero() } else { press.clone() + q(params.recovery) * params.hold };
        self.leash = (self.leash.clone() - healed.clone()).max(lead).excess();
        let rest = self.leash.clone().max(demand(stress));
        self.lost =
            if self.lost <= rest { self.lost.clone().max(press) } else { (self.lost.clone() - healed).max(rest) };
    }
}

fn heed(
    source: &mut Source<'_>,
    config: &AppetiteConfig,
    (state, low): (&mut Appetite, &mut Appetite),
    now: Timestamp,
) {
    let latest = now.get().saturating_add(source.within(0, 1));
    let time = Timestamp::new(latest.saturating_sub(source.within(0, 40)));
    let report = external(source, time);
    let before = *state;
    let (first, second) = (config.heed(state, &report, now), config.heed(low, &report, now));
    assert_eq!(first, second);
    assert!(first.is_ok() || *state == before, "a refused report changes the state");
}

fn scaled(source: &mut Source<'_>, state: &Appetite) {
    let (amount, ltv) = (source.amount(), source.share());
    let level = q(state.level());
    assert_eq!(Ok(state.amount_floor(amount).get()), (level.clone() * amount).whole_floor());
    assert_eq!(
        Ok(state.value_floor(damper::units::Value::new(amount.get())).get()),
        (level.clone() * amount).whole_floor()
    );
    assert_eq!(Ok(state.max_ltv_floor(ltv)), (level * ltv).ratio_floor());
    assert!(state.amount_floor(Amount::ZERO).is_zero());
}

/// Without stress it is whole again within the stated time, if nothing has to be reported.
fn heals(config: &AppetiteConfig, mut state: Appetite, mut now: Timestamp) {
    let params = config.params();
    if params.stress.is_reported() {
        return;
    }
    let within = config.heals_within().expect("in range").get();
    let step = params.max_step.get();
    if within / step > 64 {
        return;
    }
    let none = Internal {
        volatility: Some(Ratio::ZERO),
        depth: Some(Amount::new(u128::MAX)),
        fill: Some(Fill { used: Ratio::ZERO, cap: Ratio::ONE }),
    };
    state = config.observe(state, &none, now).expect("now");
    for _ in 0..within.div_ceil(step) {
        now = Timestamp::new(now.get() + step);
        state = config.observe(state, &none, now).expect("later");
    }
    assert_eq!(state.level(), Ratio::ONE, "it did not heal in time");
}
