//! The impact ledger: the one inequality, the leak, reservations, shares, the stated bound.

#[path = "support/rational.rs"]
mod rational;

use damper::Error;
use damper::ledger::{Exposure, Ledger, LedgerConfig, LedgerParams};
use damper::price::{Price, PriceBand};
use damper::ratio::Ratio;
use damper::units::{Rate, Seconds, Timestamp};
use damper::window::Window;
use proptest::prelude::*;
use rational::{Frac, any64, share};

fn price(n: u128) -> Price {
    Price::from_fraction_floor(n, 1).expect("positive")
}

fn bits(n: u64) -> Ratio {
    Ratio::from_bits(n)
}

fn at(seconds: u64) -> Timestamp {
    Timestamp::new(seconds)
}

fn rate(n: u64) -> Rate {
    Rate::per_second(bits(n))
}

const PARAMS: LedgerParams = LedgerParams {
    burst: Ratio::from_bits(1 << 40),
    leak: Rate::per_second(Ratio::from_bits(1 << 30)),
    own_share: Ratio::from_bits(1 << 45),
    kappa: Ratio::ONE,
};

fn config(params: LedgerParams) -> LedgerConfig {
    LedgerConfig::new(params).expect("sound parameters")
}

fn open(reference: u128) -> Ledger {
    Ledger::open(PriceBand::exact(price(reference)), at(0))
}

/// A window that holds one exact price.
fn held(n: u128) -> Window {
    Window::open(price(n), at(0))
}

#[test]
fn burst_range() {
    assert!(LedgerConfig::new(LedgerParams { burst: Ratio::ONE, ..PARAMS }).is_ok());
    let above = LedgerParams { burst: bits((1 << 48) + 1), ..PARAMS };
    assert_eq!(LedgerConfig::new(above), Err(Error::BurstRange));
}

#[test]
fn kappa_below_one() {
    let below = LedgerParams { kappa: bits((1 << 48) - 1), ..PARAMS };
    assert_eq!(LedgerConfig::new(below), Err(Error::KappaBelowOne));
    assert_eq!(LedgerConfig::new(LedgerParams { kappa: Ratio::ZERO, ..PARAMS }), Err(Error::KappaBelowOne));
}

#[test]
fn kappa_times_own_share() {
    let gain = |kappa, own_share| LedgerConfig::new(LedgerParams { kappa, own_share, ..PARAMS });
    assert_eq!(gain(Ratio::ONE, Ratio::ONE), Err(Error::KappaTimesOwnShare));
    assert!(gain(Ratio::ONE, bits((1 << 48) - 1)).is_ok());
    assert_eq!(gain(bits(2 << 48), bits(1 << 47)), Err(Error::KappaTimesOwnShare));
    assert!(gain(bits(2 << 48), bits((1 << 47) - 1)).is_ok());
    // The exact product is below one by less than a step; it is refused because it is rounded up.
    assert_eq!(gain(bits((1 << 48) + 1), bits((1 << 48) - 1)), Err(Error::KappaTimesOwnShare));
    // A product beyond the type is above one too.
    assert_eq!(gain(Ratio::MAX, Ratio::MAX), Err(Error::KappaTimesOwnShare));
    assert!(gain(Ratio::MAX, Ratio::ZERO).is_ok());
}

#[test]
fn book_share_range() {
    assert_eq!(config(PARAMS).shared(bits((1 << 48) + 1)), Err(Error::BookShareRange));
    assert_eq!(config(PARAMS).shared(Ratio::ONE), Ok(config(PARAMS)));
    let nothing = config(PARAMS).shared(Ratio::ZERO).expect("zero is a share").params();
    assert_eq!((nothing.burst, nothing.leak, nothing.own_share), (Ratio::ZERO, Rate::ZERO, Ratio::ZERO));
}

#[test]
fn clock_reversed() {
    let ledger = open(100).advance(&config(PARAMS), at(10)).expect("forward");
    assert_eq!(ledger.advance(&config(PARAMS), at(9)), Err(Error::ClockReversed));
    assert_eq!(ledger.advance(&config(PARAMS), at(10)), Ok(ledger));
}

#[test]
fn reanchor_only_tightens() {
    let ledger = open(100).observe(held(60));
    assert_eq!(ledger.reanchor(price(101)), Err(Error::NotPermitted));
    let same = ledger.reanchor(price(100)).expect("the reference itself");
    assert_eq!(same.drawdown(), Ratio::ZERO);
    let lower = ledger.reanchor(price(80)).expect("below the reference");
    assert_eq!((lower.reference(), lower.drawdown()), (price(80), Ratio::ZERO));
    // A fall is counted from the new reference on: (80 - 60) / 80, not (100 - 60) / 100.
    assert_eq!(lower.observe(held(60)).drawdown(), Ratio::from_fraction_floor(1, 4).expect("a quarter"));
}

/// The cap at one step: `L + R + a = B + h D` is permitted, one step more is not, by each of the two ways in.
#[test]
fn the_cap_is_exact() {
    let rule = config(PARAMS);
    // D = 1/2, h = 1/8: cap = 2^40 + 2^44.
    let ledger = open(100).observe(held(50));
    let cap = (1 << 40) + (1 << 44);
    assert_eq!(ledger.cap(&rule), bits(cap));
    assert_eq!(ledger.headroom(&rule), bits(cap));
    assert_eq!(ledger.reserve(&rule, bits(cap + 1)), Err(Error::NotPermitted));
    assert_eq!(ledger.charge(&rule, bits(cap + 1)), Err(Error::NotPermitted));
    let full = ledger.reserve(&rule, bits(cap)).expect("at the cap");
    assert_eq!((full.level(), full.reserved(), full.headroom(&rule)), (Ratio::ZERO, bits(cap), Ratio::ZERO));
    assert_eq!(full.reserve(&rule, Ratio::ULP), Err(Error::NotPermitted));
    // A charge is paid out of the reservation first; beyond it there is no headroom left.
    assert_eq!(full.charge(&rule, bits(cap + 1)), Err(Error::NotPermitted));
    let charged = full.charge(&rule, bits(cap)).expect("reserved");
    assert_eq!((charged.level(), charged.reserved()), (bits(cap), Ratio::ZERO));
    let part = full.charge(&rule, bits(7)).expect("reserved");
    assert_eq!((part.level(), part.reserved()), (bits(7), bits(cap - 7)));
    assert_eq!(part.release_to(bits(9)).headroom(&rule), bits(cap - 16));
    assert_eq!(part.release_to(bits(cap)), part, "a release never raises the reservation");
    assert_eq!(part.release_to(Ratio::ZERO).reserved(), Ratio::ZERO);
    // Half reserved, the rest out of the headroom.
    let half = ledger.reserve(&rule, bits(cap / 2)).expect("below the cap");
    let all = half.charge(&rule, bits(cap)).expect("reservation and headroom together");
    assert_eq!((all.level(), all.reserved()), (bits(cap), Ratio::ZERO));
    assert_eq!(half.charge(&rule, bits(cap + 1)), Err(Error::NotPermitted));
}

/// A reservation keeps its permission when the price recovers and the cap falls below what is committed.
#[test]
fn a_reservation_outlives_its_cap() {
    let rule = config(PARAMS);
    let ledger = open(100).observe(held(50));
    let cap = ledger.cap(&rule);
    let recovered = ledger.reserve(&rule, cap).expect("at the cap").observe(held(101));
    assert_eq!(recovered.cap(&rule), PARAMS.burst);
    assert_eq!(recovered.headroom(&rule), Ratio::ZERO);
    assert_eq!(recovered.reserve(&rule, Ratio::ULP), Err(Error::NotPermitted));
    assert!(recovered.charge(&rule, cap).is_ok());
    assert_eq!(recovered.charge(&rule, bits(cap.to_bits() + 1)), Err(Error::NotPermitted));
}

/// No budget and no depth of fall permit anything, whatever the price, the time and the leak.
#[test]
fn zero_means_zero() {
    let rule = config(LedgerParams { burst: Ratio::ZERO, own_share: Ratio::ZERO, ..PARAMS });
    let ledger = open(1 << 100).observe(held(1)).advance(&rule, at(u64::MAX)).expect("forward");
    assert!(ledger.drawdown() > bits((1 << 48) - 2));
    assert_eq!(ledger.headroom(&rule), Ratio::ZERO);
    assert_eq!(ledger.reserve(&rule, Ratio::ULP), Err(Error::NotPermitted));
    assert_eq!(ledger.charge(&rule, Ratio::ULP), Err(Error::NotPermitted));
    assert_eq!(ledger.permitted_at(&rule, Ratio::ULP), Ok(None));
    assert_eq!(ledger.permitted_at(&rule, Ratio::ZERO), Ok(Some(at(u64::MAX))));
    // With own share alone, no fall is no permission.
    let rule = config(LedgerParams { burst: Ratio::ZERO, ..PARAMS });
    assert_eq!(open(100).reserve(&rule, Ratio::ULP), Err(Error::NotPermitted));
}

#[test]
fn the_reference_follows_rises_and_the_lowest_follows_falls() {
    let ledger = open(100).observe(held(90));
    assert_eq!(ledger.drawdown(), Ratio::from_fraction_floor(1, 10).expect("a tenth"));
    // A higher low does not lift the lowest price.
    assert_eq!(ledger.observe(held(99)), ledger);
    // At the reference itself the fall is forgotten.
    let back = ledger.observe(held(100));
    assert_eq!((back.reference(), back.drawdown()), (price(100), Ratio::ZERO));
    let up = ledger.observe(held(120));
    assert_eq!((up.reference(), up.drawdown()), (price(120), Ratio::ZERO));
    // A band opens at its low side.
    let band = PriceBand::new(price(90), price(110)).expect("ordered");
    assert_eq!(Ledger::open(band, at(5)).reference(), price(90));
    assert_eq!(Ledger::open(band, at(5)).at(), at(5));
}

/// A wick, down or up, that the window has not confirmed moves neither the lowest price nor the reference.
#[test]
fn a_wick_earns_nothing() {
    let width = Seconds::new(60);
    let start = open(100);
    for wick in [1, 50, 99, 101, 200, 1 << 90] {
        let mut window = held(100);
        let mut ledger = start;
        for (time, seen) in [(100, 100), (130, wick), (131, 100), (170, 100), (200, 100), (280, 100)] {
            window = window.observe(price(seen), at(time), width).expect("forward");
            ledger = ledger.observe(window);
            assert_eq!(ledger.drawdown(), Ratio::ZERO, "wick to {wick} at {time}");
            assert_eq!(ledger.reference(), price(100), "wick to {wick} at {time}");
        }
    }
    // Held through the window, the same prices count.
    let mut window = held(100);
    let mut ledger = start;
    for time in [100, 160, 220] {
        window = window.observe(price(50), at(time), width).expect("forward");
        ledger = ledger.observe(window);
    }
    assert_eq!(ledger.drawdown(), bits(1 << 47));
    // Counted at once, the wick would have earned.
    assert_eq!(start.observe(held(50)).drawdown(), bits(1 << 47));
}

#[test]
fn the_leak_is_exact_at_its_edges() {
    let rule = config(LedgerParams { leak: rate(3), ..PARAMS });
    let charged = open(100).charge(&rule, bits(100)).expect("within the burst");
    let left = |seconds| charged.advance(&rule, at(seconds)).expect("forward").level();
    assert_eq!([0, 1, 33, 34, u64::MAX].map(left), [100, 97, 1, 0, 0].map(bits));
    // No leak, no recovery; a leak beyond the type is no more than the level.
    let still = config(LedgerParams { leak: Rate::ZERO, ..PARAMS });
    assert_eq!(charged.advance(&still, at(u64::MAX)).expect("forward").level(), bits(100));
    let fast = config(LedgerParams { leak: Rate::per_second(Ratio::MAX), ..PARAMS });
    assert_eq!(charged.advance(&fast, at(u64::MAX)).expect("forward").level(), Ratio::ZERO);
    // Reservations do not leak.
    let lot = open(100).reserve(&rule, bits(100)).expect("within the burst");
    assert_eq!(lot.advance(&rule, at(u64::MAX)).expect("forward").reserved(), bits(100));
}

#[test]
fn permitted_at_is_the_earliest_time() {
    let rule = config(LedgerParams { leak: rate(3), own_share: Ratio::ZERO, burst: bits(100), ..PARAMS });
    let ledger = open(100).charge(&rule, bits(100)).expect("the burst");
    let when = |impact| ledger.permitted_at(&rule, bits(impact));
    assert_eq!([0, 1, 3, 4, 99, 100].map(when), [0, 1, 1, 2, 33, 34].map(|seconds| Ok(Some(at(seconds)))));
    assert_eq!(when(101), Ok(None));
    assert_eq!(ledger.permitted_at(&rule, Ratio::MAX), Ok(None));
    // What is reserved does not leak, so it never makes room.
    let mixed = open(100).charge(&rule, bits(60)).expect("room").reserve(&rule, bits(40)).expect("room");
    assert_eq!(mixed.permitted_at(&rule, bits(60)), Ok(Some(at(20))));
    assert_eq!(mixed.permitted_at(&rule, bits(61)), Ok(None));
    let still = config(LedgerParams { leak: Rate::ZERO, own_share: Ratio::ZERO, burst: bits(100), ..PARAMS });
    assert_eq!(ledger.permitted_at(&still, Ratio::ULP), Ok(None));
    assert_eq!(ledger.permitted_at(&still, Ratio::ZERO), Ok(Some(at(0))));
    // Beyond the last second that can be told.
    let late = ledger.advance(&still, at(u64::MAX - 1)).expect("forward");
    assert_eq!(late.permitted_at(&rule, bits(3)), Ok(Some(at(u64::MAX))));
    assert_eq!(late.permitted_at(&rule, bits(4)), Err(Error::Overflow));
}

/// T2: bursts as greedy as the rule allows, at a standing price, never exceed `B + r H` on any interval.
#[test]
fn any_interval_holds_burst_and_leak_at_most() {
    let (burst, leak) = (1_000_u64, 7_u64);
    let rule = config(LedgerParams { leak: rate(leak), burst: bits(burst), own_share: Ratio::ZERO, ..PARAMS });
    let mut ledger = open(100);
    let mut charges = Vec::new();
    for time in [0, 1, 2, 50, 51, 52, 400, 401, 402, 403, 10_000, 10_001] {
        ledger = ledger.advance(&rule, at(time)).expect("forward");
        let all = ledger.headroom(&rule);
        ledger = ledger.charge(&rule, all).expect("the headroom");
        charges.push((time, all.to_bits()));
    }
    let mut attained = false;
    for (first, &(from, _)) in charges.iter().enumerate() {
        let mut sum = 0;
        for &(to, charge) in &charges[first..] {
            sum += charge;
            assert!(sum <= burst + leak * (to - from), "{from}..{to}: {sum}");
            attained |= sum == burst + leak * (to - from) && to > from;
        }
    }
    assert!(attained, "the adversary must reach the bound");
}

#[test]
fn bound_overflow_is_an_error() {
    let exposure = Exposure { exogenous: Ratio::MAX, noise: Ratio::ZERO, elapsed: Seconds::ZERO };
    let none = LedgerParams { burst: Ratio::ZERO, own_share: Ratio::ZERO, ..PARAMS };
    assert_eq!(config(none).bound_ceil(exposure), Ok(Ratio::MAX));
    assert_eq!(config(LedgerParams { burst: Ratio::ULP, ..none }).bound_ceil(exposure), Err(Error::Overflow));
    assert_eq!(config(LedgerParams { own_share: Ratio::ULP, ..none }).bound_ceil(exposure), Err(Error::Overflow));
    let long = Exposure { exogenous: Ratio::ZERO, elapsed: Seconds::new(u64::MAX), ..exposure };
    assert_eq!(config(PARAMS).bound_ceil(long), Err(Error::Overflow));
    // Twice the noise would not fit; 2 h times it does.
    let noisy = Exposure { exogenous: Ratio::ZERO, noise: Ratio::MAX, ..exposure };
    assert!(config(PARAMS).bound_ceil(noisy).is_ok());
    let both = Exposure { exogenous: Ratio::MAX, ..noisy };
    assert_eq!(config(PARAMS).bound_ceil(both), Err(Error::Overflow));
}

/// One event in the life of a ledger. The second number is a size in thousandths of what would be permitted, from 0
/// to 1,300; a size above 1,000 asks for more than that.
#[derive(Clone, Copy, Debug)]
enum Event {
    Wait(u64),
    Observe(u128),
    Reserve(u64),
    Charge(u64),
    Release(u64),
    Reanchor(u128),
}

fn event() -> impl Strategy<Value = Event> {
    let size = || prop_oneof![3 => 0_u64..1_000, 2 => Just(1_000_u64), 1 => 1_001_u64..1_300];
    prop_oneof![
        3 => (0_u64..5_000).prop_map(Event::Wait),
        3 => (1_u128..2_000).prop_map(Event::Observe),
        3 => size().prop_map(Event::Reserve),
        4 => size().prop_map(Event::Charge),
        1 => size().prop_map(Event::Release),
        1 => (1_u128..2_000).prop_map(Event::Reanchor),
    ]
}

fn params() -> impl Strategy<Value = LedgerParams> {
    let kappa = prop_oneof![Just(1_u64 << 48), (1_u64 << 48)..(16 << 48)];
    let leak = prop_oneof![Just(0_u64), 1_u64..1 << 36];
    (share(), leak, 0_u64..=1_000, kappa).prop_map(|(burst, leak, part, kappa)| {
        // The largest own share that kappa leaves, less one step, times a part.
        let largest = (1_u128 << 96).div_ceil(u128::from(kappa)) - 2;
        let own_share = largest * u128::from(part) / 1_000;
        LedgerParams {
            burst,
            leak: rate(leak),
            own_share: bits(u64::try_from(own_share).expect("below one")),
            kappa: bits(kappa),
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    /// A state machine against a plain model in wide integers: I1 and each transition, exactly.
    #[test]
    fn state_machine(params in params(), events in prop::collection::vec(event(), 1..40)) {
        let rule = config(params);
        let mut ledger = open(1_000);
        let (mut reference, mut lowest, mut level, mut reserved, mut clock) = (1_000_u128, 1_000_u128, 0_u128, 0_u128, 0_u64);
        let (mut charged, mut largest_cap) = (0_u128, 0_u128);
        for event in events {
            let fall = (u128::from(1_u64 << 48) * (reference - lowest)) / reference;
            let cap = u128::from(params.burst.to_bits()) + ((u128::from(params.own_share.to_bits()) * fall) >> 48);
            largest_cap = largest_cap.max(cap);
            let room = cap.saturating_sub(level + reserved);
            prop_assert_eq!(u128::from(ledger.cap(&rule).to_bits()), cap);
            prop_assert_eq!(u128::from(ledger.headroom(&rule).to_bits()), room);
            match event {
                Event::Wait(seconds) => {
                    clock += seconds;
                    ledger = ledger.advance(&rule, at(clock)).expect("forward");
                    level = level.saturating_sub(u128::from(params.leak.get().to_bits()) * u128::from(seconds));
                }
                Event::Observe(seen) => {
                    ledger = ledger.observe(held(seen));
                    (reference, lowest) = if seen >= reference { (seen, seen) } else { (reference, lowest.min(seen)) };
                }
                Event::Reanchor(to) => match ledger.reanchor(price(to)) {
                    Ok(tightened) => {
                        prop_assert!(to <= reference);
                        ledger = tightened;
                        (reference, lowest) = (to, to);
                    }
                    Err(error) => {
                        prop_assert_eq!(error, Error::NotPermitted);
                        prop_assert!(to > reference);
                    }
                },
                Event::Reserve(part) => {
                    let wanted = room * u128::from(part) / 1_000;
                    match ledger.reserve(&rule, bits(u64::try_from(wanted).expect("small"))) {
                        Ok(next) => {
                            prop_assert!(wanted <= room);
                            ledger = next;
                            reserved += wanted;
                        }
                        Err(error) => {
                            prop_assert_eq!(error, Error::NotPermitted);
                            prop_assert!(wanted > room);
                        }
                    }
                }
                Event::Charge(part) => {
                    let wanted = (room + reserved) * u128::from(part) / 1_000;
                    match ledger.charge(&rule, bits(u64::try_from(wanted).expect("small"))) {
                        Ok(next) => {
                            prop_assert!(wanted <= room + reserved);
                            ledger = next;
                            level += wanted;
                            charged += wanted;
                            reserved -= wanted.min(reserved);
                        }
                        Err(error) => {
                            prop_assert_eq!(error, Error::NotPermitted);
                            prop_assert!(wanted > room + reserved);
                        }
                    }
                }
                Event::Release(part) => {
                    let needed = reserved * u128::from(part) / 1_000;
                    ledger = ledger.release_to(bits(u64::try_from(needed).expect("small")));
                    reserved = reserved.min(needed);
                }
            }
            prop_assert_eq!(u128::from(ledger.level().to_bits()), level);
            prop_assert_eq!(u128::from(ledger.reserved().to_bits()), reserved);
            prop_assert_eq!((ledger.reference(), ledger.at()), (price(reference), at(clock)));
            // I1: nothing but a price move puts the commitment above the cap, and then no further than an earlier cap.
            prop_assert!(level + reserved <= largest_cap);
            // Theorem A, steps (i) to (iii): all charges so far.
            prop_assert!(charged <= largest_cap + u128::from(params.leak.get().to_bits()) * u128::from(clock));
        }
    }

    /// `permitted_at` against its definition: permitted then, refused one second before.
    #[test]
    fn earliest_time(params in params(), level in any64(), reserved in any64(), impact in any64(), fall in 1_u128..1_000) {
        let rule = config(params);
        let ledger = open(1_000).observe(held(fall));
        let cap = ledger.cap(&rule).to_bits();
        let level = level % (cap + 1);
        let reserved = reserved % (cap - level + 1);
        let ledger = ledger.charge(&rule, bits(level)).expect("room").reserve(&rule, bits(reserved)).expect("room");
        let impact = bits(impact % (2 * cap + 2));
        match ledger.permitted_at(&rule, impact).expect("within the clock") {
            Some(when) => {
                let then = ledger.advance(&rule, when).expect("forward");
                prop_assert!(then.reserve(&rule, impact).is_ok());
                if when > at(0) {
                    let before = ledger.advance(&rule, at(when.get() - 1)).expect("forward");
                    prop_assert_eq!(before.reserve(&rule, impact), Err(Error::NotPermitted));
                }
            }
            None => {
                let ever = ledger.advance(&rule, at(u64::MAX)).expect("forward");
                prop_assert_eq!(ever.reserve(&rule, impact), Err(Error::NotPermitted));
            }
        }
    }

    /// Advancing in steps leaks what advancing at once leaks.
    #[test]
    fn the_leak_does_not_depend_on_the_steps(leak in any64(), level in 0_u64..=1 << 40, cuts in prop::collection::vec(0_u64..1 << 20, 0..10)) {
        let rule = config(LedgerParams { leak: rate(leak), ..PARAMS });
        let start = open(100).charge(&rule, bits(level)).expect("within the burst");
        let mut cuts = cuts;
        cuts.sort_unstable();
        let end = at(*cuts.last().unwrap_or(&0));
        let stepped = cuts.iter().fold(start, |ledger, &cut| ledger.advance(&rule, at(cut)).expect("forward"));
        prop_assert_eq!(stepped, start.advance(&rule, end).expect("forward"));
        let exact = u128::from(level).saturating_sub(u128::from(leak) * u128::from(end.get()));
        prop_assert_eq!(u128::from(stepped.level().to_bits()), exact);
    }

    /// Shares that sum to one never sum to more than the whole, and lose less than a step each.
    #[test]
    fn shares_sum_to_the_whole_at_most(params in params(), weights in prop::collection::vec(1_u64..1_000, 1..6)) {
        let total: u64 = weights.iter().sum();
        let rule = config(params);
        let (mut burst, mut leak, mut own_share) = (0_u64, 0_u64, 0_u64);
        for weight in &weights {
            let share = Ratio::from_fraction_floor(u128::from(*weight), u128::from(total)).expect("below one");
            let part = rule.shared(share).expect("below one").params();
            prop_assert_eq!(part.kappa, params.kappa);
            prop_assert_eq!(part.burst, params.burst.mul_floor(share).expect("below one"));
            burst += part.burst.to_bits();
            leak += part.leak.get().to_bits();
            own_share += part.own_share.to_bits();
        }
        for (sum, whole) in [
            (burst, params.burst.to_bits()),
            (leak, params.leak.get().to_bits()),
            (own_share, params.own_share.to_bits()),
        ] {
            let lost = 2 * u64::try_from(weights.len()).expect("few");
            prop_assert!(sum <= whole && whole - sum <= lost, "{} of {}", sum, whole);
        }
    }

    /// The stated bound against exact rationals: never below, and above by less than what its four roundings can add.
    #[test]
    fn the_bound_is_rounded_up(
        params in params(),
        exogenous in 0_u64..8 << 48,
        noise in prop_oneof![Just(0_u64), 0_u64..1 << 46],
        elapsed in 0_u64..100_000,
    ) {
        let exposure = Exposure { exogenous: bits(exogenous), noise: bits(noise), elapsed: Seconds::new(elapsed) };
        let [h, kappa] = [params.own_share, params.kappa].map(Frac::of);
        let own = Frac::of(params.burst)
            .add(&Frac::new(u128::from(params.leak.get().to_bits()) * u128::from(elapsed), 1_u64 << 48))
            .add(&h.mul(&Frac::new(2 * noise, 1_u64 << 48)));
        let rest = Frac::one().sub(&kappa.mul(&h));
        let exact = Frac::of(bits(exogenous)).add(&kappa.mul(&own)).div(&rest);
        match config(params).bound_ceil(exposure) {
            Ok(bound) => {
                let bound = Frac::of(bound);
                prop_assert!(bound >= exact);
                // One step in the noise term, times kappa; one in the product with kappa; one in the divisor, which
                // costs the bound itself; each over the divisor as rounded; one in the quotient.
                let step = Frac::of(Ratio::ULP);
                if rest > Frac::of(bits(1 << 10)) {
                    let slack = kappa.add(&Frac::one()).add(&exact).div(&rest.sub(&step)).add(&Frac::one());
                    prop_assert!(bound.sub(&exact) <= step.mul(&slack));
                }
                // With kappa one and no noise, everything but the quotient is exact.
                if params.kappa == Ratio::ONE && noise == 0 {
                    prop_assert!(bound.sub(&exact) < step);
                }
            }
            // An overflow means that the exact bound, or a bound a few steps above it, is beyond the type.
            Err(error) => {
                prop_assert_eq!(error, Error::Overflow);
                prop_assert!(exact > Frac::int(1 << 15) || rest < Frac::of(bits(1 << 20)));
            }
        }
    }
}
