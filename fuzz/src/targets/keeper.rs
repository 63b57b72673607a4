//! Rewards of a lot sum to less than its penalty, and the least size that pays is exact.

use crate::exact::q;
use crate::source::Source;
use damper::keeper::{Payment, RewardConfig, RewardParams, Work};
use damper::ratio::Ratio;
use damper::units::Value;

pub(crate) fn params(source: &mut Source<'_>) -> RewardParams {
    RewardParams {
        tip: source.value_of(64),
        chip: source.bps(0, 500),
        growth: source.rate(),
        most_growth: source.bps(0, 50_000),
        cap: source.value(),
        share: source.ratio_within(Ratio::ZERO, Ratio::ONE),
    }
}

pub(crate) fn run(source: &mut Source<'_>) {
    let params = params(source);
    let Ok(config) = RewardConfig::new(params) else {
        assert!(params.share >= Ratio::ONE);
        return;
    };
    let (size, penalty) = (source.value_of(100), source.bps(0, 2_000));
    let room = q(size) * penalty * params.share;
    let mut work = Work { size, penalty, paid: Value::ZERO, waited: source.seconds(), boost: Ratio::ONE };
    for _ in 0..4 {
        work.waited = source.seconds();
        work.boost = source.ratio_within(Ratio::ONE, Ratio::from_bits(1 << 52));
        let reward = config.reward_floor(&work).expect("a boost of at least one");
        // The offer, rounded down at each step, is at most the exact one.
        let growth = (q(params.growth) * work.waited).min(q(params.most_growth));
        let offer = (q(size) * params.chip + params.tip) * (growth + Ratio::ONE) * work.boost;
        assert!(q(reward) <= offer && reward <= params.cap, "more than is offered");
        assert!(q(reward) + work.paid <= room || reward.is_zero(), "more than the share of the penalty");
        let more = Work { waited: damper::units::Seconds::new(u64::MAX), ..work };
        assert!(config.reward_floor(&more).is_ok_and(|more| more >= reward), "who waits longer is paid less");
        pays(source, &config, &work, reward);
        work.paid = work.paid.checked_add(reward).expect("within the penalty");
    }
}

fn pays(source: &mut Source<'_>, config: &RewardConfig, work: &Work, reward: Value) {
    let cost =
        if source.flag() { Value::new(reward.get() + u128::from(source.within(0, 2))) } else { source.value_of(80) };
    let of_size = |size: u128| config.reward_floor(&Work { size: Value::new(size), ..*work }).expect("as before");
    match config.payment(work, cost).expect("as before") {
        Payment::Pay { reward: paid } => assert!(paid == reward && reward >= cost),
        Payment::TooSmall { least: None } => {
            assert!(reward < cost && of_size(u128::MAX) < cost, "some size would do");
        }
        Payment::TooSmall { least: Some(least) } => {
            assert!(reward < cost && of_size(least.get()) >= cost, "the least size is too small");
            assert!(of_size(least.get() - 1) < cost, "a smaller size would do");
        }
    }
}
