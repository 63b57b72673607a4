//! Keeper rewards: the formula, the exact least size, and nobody who farms them.

#[path = "support/rational.rs"]
mod rational;

use damper::Error;
use damper::keeper::{Payment, RewardConfig, RewardParams, Work};
use damper::ratio::Ratio;
use damper::units::{Rate, Seconds, Value};
use num_bigint::BigUint;
use proptest::prelude::*;
use rational::{Frac, any64, any128, big, pow2};

const PARAMS: RewardParams = RewardParams {
    tip: Value::new(300_000),
    chip: Ratio::from_bits(1 << 38),
    growth: Rate::per_second(Ratio::from_bits(1 << 36)),
    most_growth: Ratio::from_bits(1 << 49),
    cap: Value::new(50_000_000),
    share: Ratio::from_bits(1 << 47),
};

const WORK: Work = Work {
    size: Value::new(1_000_000_000),
    penalty: Ratio::from_bits(1 << 44),
    paid: Value::ZERO,
    waited: Seconds::ZERO,
    boost: Ratio::ONE,
};

fn config(params: RewardParams) -> RewardConfig {
    RewardConfig::new(params).expect("sound")
}

fn ratio(bits: u64) -> Ratio {
    Ratio::from_bits(bits)
}

#[test]
fn share_and_growth_range() {
    let new = |share, most_growth| RewardConfig::new(RewardParams { share, most_growth, ..PARAMS });
    assert_eq!(new(Ratio::ONE, Ratio::ZERO), Err(Error::KeeperShareRange));
    assert!(new(ratio((1 << 48) - 1), Ratio::ZERO).is_ok());
    let last = ratio(u64::MAX - (1 << 48));
    assert!(new(Ratio::ZERO, last).is_ok());
    assert_eq!(new(Ratio::ZERO, ratio(last.to_bits() + 1)), Err(Error::KeeperGrowthRange));
    let below = Work { boost: ratio((1 << 48) - 1), ..WORK };
    assert_eq!(config(PARAMS).reward_floor(&below), Err(Error::KeeperBoostBelowOne));
    assert_eq!(config(PARAMS).payment(&below, Value::ZERO), Err(Error::KeeperBoostBelowOne));
}

/// Any parameters, of every size.
fn params() -> impl Strategy<Value = RewardParams> {
    (any128(), any64(), any64(), 0..=u64::MAX - (1 << 48), any128(), 0_u64..1 << 48).prop_map(
        |(tip, chip, growth, most_growth, cap, share)| RewardParams {
            tip: Value::new(tip),
            chip: ratio(chip),
            growth: Rate::per_second(ratio(growth)),
            most_growth: ratio(most_growth),
            cap: Value::new(cap),
            share: ratio(share),
        },
    )
}

fn work() -> impl Strategy<Value = Work> {
    (any128(), any64(), prop_oneof![3 => Just(0), 1 => any128()], any64(), 1_u64 << 48..=u64::MAX).prop_map(
        |(size, penalty, paid, waited, boost)| Work {
            size: Value::new(size),
            penalty: ratio(penalty),
            paid: Value::new(paid),
            waited: Seconds::new(waited),
            boost: ratio(boost),
        },
    )
}

/// Parameters and a lot of usual size.
fn usual() -> impl Strategy<Value = (RewardParams, Work)> {
    let rule = (0_u128..1 << 24, 0_u64..1 << 42, 0_u64..1 << 38, 0_u64..1 << 50, 0_u128..1 << 34, 0_u64..1 << 48);
    let lot = (0_u128..1 << 44, 0_u64..1 << 46, 0_u128..1 << 20, 0_u64..100_000, 1_u64 << 48..1 << 51);
    (rule, lot).prop_map(|((tip, chip, growth, most_growth, cap, share), (size, penalty, paid, waited, boost))| {
        let rule = RewardParams {
            tip: Value::new(tip),
            chip: ratio(chip),
            growth: Rate::per_second(ratio(growth)),
            most_growth: ratio(most_growth),
            cap: Value::new(cap),
            share: ratio(share),
        };
        let size = Value::new(size);
        let lot = Work {
            size,
            penalty: ratio(penalty),
            paid: Value::new(paid),
            waited: Seconds::new(waited),
            boost: ratio(boost),
        };
        (rule, lot)
    })
}

fn any_case() -> impl Strategy<Value = (RewardParams, Work)> {
    prop_oneof![(params(), work()), usual()]
}

/// `floor(n * bits / 2^48)`, at most 2^128 - 1.
fn times(n: &BigUint, bits: &BigUint) -> BigUint {
    ((n * bits) >> 48_u32).min(big(u128::MAX))
}

/// The reward by the formula of D25, on integers of any size.
fn reference(rule: &RewardParams, work: &Work) -> BigUint {
    let bits = |ratio: Ratio| BigUint::from(ratio.to_bits());
    let base = times(&big(work.size.get()), &bits(rule.chip)) + big(rule.tip.get());
    let growth = (bits(rule.growth.get()) * BigUint::from(work.waited.get())).min(bits(rule.most_growth));
    let offer = times(&times(&base, &(pow2(48) + growth)), &bits(work.boost));
    let part = (bits(work.penalty) * bits(rule.share)) >> 48_u32;
    let most = times(&big(work.size.get()), &part);
    let room = if most > big(work.paid.get()) { most - big(work.paid.get()) } else { big(0) };
    offer.min(room).min(big(rule.cap.get()))
}

proptest! {
    #[test]
    fn the_reward_is_the_formula((rule, work) in any_case()) {
        let reward = config(rule).reward_floor(&work).expect("a boost of at least one");
        prop_assert_eq!(big(reward.get()), reference(&rule, &work));
    }

    /// It never falls when the lot, the wait, the boost or the penalty grows.
    #[test]
    fn the_reward_is_monotone((rule, work) in any_case(), more in any128(), longer in any64()) {
        let rule = config(rule);
        let reward = |work: &Work| rule.reward_floor(work).expect("a boost of at least one");
        let least = reward(&work);
        let bits = |ratio: Ratio| ratio.to_bits().saturating_add(longer);
        for better in [
            Work { size: Value::new(work.size.get().saturating_add(more)), ..work },
            Work { waited: Seconds::new(work.waited.get().saturating_add(longer)), ..work },
            Work { boost: ratio(bits(work.boost)), ..work },
            Work { penalty: ratio(bits(work.penalty)), ..work },
        ] {
            prop_assert!(reward(&better) >= least, "{better:?}");
        }
    }

    /// The least size is the least: it pays the cost, and one quote atom less does not; `None` means no size at all.
    #[test]
    fn the_least_size_is_exact((rule, work) in any_case(), cost in prop_oneof![any128(), 0_u128..1 << 30]) {
        let (rule, cost) = (config(rule), Value::new(cost));
        let paid = |size| rule.reward_floor(&Work { size, ..work }).expect("a boost of at least one") >= cost;
        match rule.payment(&work, cost).expect("a boost of at least one") {
            Payment::Pay { reward } => {
                prop_assert!(reward >= cost);
                prop_assert_eq!(Ok(reward), rule.reward_floor(&work));
            }
            Payment::TooSmall { least: Some(least) } => {
                prop_assert!(least > work.size);
                prop_assert!(paid(least));
                prop_assert!(!paid(Value::new(least.get() - 1)));
            }
            Payment::TooSmall { least: None } => prop_assert!(!paid(Value::new(u128::MAX))),
        }
    }

    /// A borrower, his keeper and his shards: whatever the sizes, the waits, and how often each lot is worked on, the
    /// rewards are at most the share of the penalties, so he loses at least the rest.
    #[test]
    fn sharding_always_loses(
        (rule, work) in usual(),
        shards in prop::collection::vec((prop_oneof![0_u128..64, 0_u128..1 << 20, 0_u128..1 << 40], 1_usize..6), 1..40),
        waits in prop::collection::vec(0_u64..1_000_000, 6),
    ) {
        let config = config(rule);
        let (mut rewards, mut sizes) = (big(0), big(0));
        for (size, jobs) in shards {
            let mut paid = Value::ZERO;
            for &waited in waits.iter().take(jobs) {
                let job = Work { size: Value::new(size), paid, waited: Seconds::new(waited), ..work };
                paid = paid.checked_add(config.reward_floor(&job).expect("a boost")).expect("small");
            }
            rewards += big(paid.get());
            sizes += big(size);
        }
        let penalties = Frac::new(sizes, 1_u32).mul(&Frac::of(work.penalty));
        let rewards = Frac::new(rewards, 1_u32);
        prop_assert!(rewards <= penalties.mul(&Frac::of(rule.share)));
        prop_assert!(penalties == Frac::int(0) || rewards < penalties);
    }

    /// A split never pays more than a share of the penalty in whole atoms per lot, which a penalty rounded up covers too.
    #[test]
    fn no_lot_is_paid_its_penalty((rule, work) in any_case()) {
        let reward = config(rule).reward_floor(&work).expect("a boost");
        let penalty = Frac::int(work.size.get()).mul(&Frac::of(work.penalty));
        prop_assert!(Frac::int(reward.get()) < penalty || reward.is_zero());
    }
}

/// A tip with no limit, the naive rule, is farmed with dust; the rule is not.
#[test]
fn a_tip_without_a_limit_is_farmed() {
    let (count, size) = (1_000_u128, 1_000_000_u128);
    let dust = Work { size: Value::new(size), ..WORK };
    // Penalty 6.25 % of 1,000,000.
    let penalty = size / 16;
    let naive = PARAMS.tip.get() + size / 1_024;
    assert!(count * naive > 4 * count * penalty, "each shard pays its maker several penalties");
    let reward = config(PARAMS).reward_floor(&dust).expect("a boost");
    assert_eq!(reward.get(), penalty / 2);
    // The whole in one lot is paid the offer, far below the limit.
    let whole = Work { size: Value::new(count * size), ..WORK };
    assert_eq!(config(PARAMS).reward_floor(&whole), Ok(Value::new(300_000 + count * size / 1_024)));
}

/// A reward for each reset that forgets what was paid before outgrows the penalty; with `paid` it stops at the share.
#[test]
fn a_reward_that_forgets_is_farmed_by_resets() {
    let config = config(PARAMS);
    let penalty = WORK.size.get() / 16;
    let (mut naive, mut paid) = (0, Value::ZERO);
    for _ in 0..100 {
        naive += config.reward_floor(&WORK).expect("a boost").get();
        paid = paid.checked_add(config.reward_floor(&Work { paid, ..WORK }).expect("a boost")).expect("small");
    }
    assert!(naive > penalty);
    assert_eq!(paid.get(), penalty / 2);
}

/// A borrower kicks lots of his own that nobody buys, and settles them. Paid for what they were to raise, the naive size, his
/// keeper earns and no penalty is ever collected. For what they have raised, nothing, whatever the wait and the boost.
#[test]
fn lots_that_end_unsold_earn_nothing() {
    let config = config(PARAMS);
    let (mut naive, mut earned) = (0, 0);
    for _ in 0..100 {
        let work = Work { waited: Seconds::new(1_000_000), boost: Ratio::MAX, ..WORK };
        // Its kick, a reset, its settlement, each told what was paid before.
        let (mut by_plan, mut by_sale) = (Value::ZERO, Value::ZERO);
        for _ in 0..3 {
            let plan = config.reward_floor(&Work { paid: by_plan, ..work }).expect("a boost");
            by_plan = by_plan.checked_add(plan).expect("small");
            let sale = config.reward_floor(&Work { size: Value::ZERO, paid: by_sale, ..work }).expect("a boost");
            by_sale = by_sale.checked_add(sale).expect("small");
        }
        naive += by_plan.get();
        earned += by_sale.get();
    }
    assert_eq!(naive, 100 * WORK.size.get() / 32, "half of a penalty that nobody has paid");
    assert_eq!(earned, 0);
}

/// A lot that sells bit by bit: each piece of work is paid at the takes that follow it, and never ahead of the penalty.
#[test]
fn work_is_paid_as_the_lot_raises() {
    let config = config(PARAMS);
    let mut paid = Value::ZERO;
    for raised in [0, 0, 15, 32, 1_000, 1_000_000, 1_000_000_000] {
        let work = Work { size: Value::new(raised), paid, ..WORK };
        assert_eq!(config.room_floor(&work), Ok(Value::new(raised / 32).checked_sub(paid).expect("grows")));
        let reward = config.reward_floor(&work).expect("a boost");
        assert!(reward.get() <= raised / 32 - paid.get());
        paid = paid.checked_add(reward).expect("small");
    }
    // What is due for the last one is the offer, not what the others left.
    assert_eq!(paid.get(), 1_000_000 / 32 + 300_000 + WORK.size.get() / 1_024);
    let over = Work { size: Value::new(32), paid: Value::new(2), ..WORK };
    assert_eq!((config.room_floor(&over), config.reward_floor(&over)), (Ok(Value::ZERO), Ok(Value::ZERO)));
}

/// Zero means zero: no share, no penalty, no cap, no size or no offer pay nothing, and cover no cost.
#[test]
fn zero_means_zero() {
    let nothing = Payment::TooSmall { least: None };
    let zero = |rule: RewardParams, work: Work| {
        assert_eq!(config(rule).reward_floor(&work), Ok(Value::ZERO), "{rule:?} {work:?}");
        assert_eq!(config(rule).payment(&work, Value::ZERO), Ok(Payment::Pay { reward: Value::ZERO }));
        config(rule).payment(&work, Value::new(1)).expect("a boost")
    };
    assert_eq!(zero(RewardParams { share: Ratio::ZERO, ..PARAMS }, WORK), nothing);
    assert_eq!(zero(PARAMS, Work { penalty: Ratio::ZERO, ..WORK }), nothing);
    assert_eq!(zero(RewardParams { cap: Value::ZERO, ..PARAMS }, WORK), nothing);
    assert_eq!(zero(RewardParams { tip: Value::ZERO, chip: Ratio::ZERO, ..PARAMS }, WORK), nothing);
    let least = zero(PARAMS, Work { size: Value::ZERO, ..WORK });
    assert_eq!(least, Payment::TooSmall { least: Some(Value::new(32)) });
}

/// A cost of exactly the cap is covered by a lot that is large enough; one more is not by any.
#[test]
fn a_cost_of_the_cap() {
    let dust = Work { size: Value::new(1), ..WORK };
    let payment = |cost| config(PARAMS).payment(&dust, Value::new(cost)).expect("a boost");
    let cap = PARAMS.cap.get();
    // (50,000,000 - 300,000) * 1,024.
    assert_eq!(payment(cap), Payment::TooSmall { least: Some(Value::new((cap - 300_000) * 1_024)) });
    assert_eq!(payment(cap + 1), Payment::TooSmall { least: None });
}

/// The offer grows with the wait to its limit, and a boost beyond the limit changes nothing.
#[test]
fn waiting_and_failing_raise_the_offer_within_the_limit() {
    let config = config(PARAMS);
    let reward = |waited, boost| {
        let work = Work { waited: Seconds::new(waited), boost, ..WORK };
        config.reward_floor(&work).expect("a boost").get()
    };
    let base = 300_000 + WORK.size.get() / 1_024;
    assert_eq!(reward(0, Ratio::ONE), base);
    assert_eq!(reward(4_096, Ratio::ONE), 2 * base);
    assert_eq!(reward(8_192, Ratio::ONE), 3 * base);
    assert_eq!(reward(u64::MAX, Ratio::ONE), 3 * base);
    assert_eq!(reward(0, ratio(2 << 48)), 2 * base);
    assert_eq!(reward(u64::MAX, Ratio::MAX), WORK.size.get() / 32);
}
