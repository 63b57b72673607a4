//! `curve` and `auction`: prices on and above the exact curve that never rise, and lots that lose no atom.

use crate::exact::{Q, part, q};
use crate::source::Source;
use damper::Error;
use damper::auction::{AuctionConfig, AuctionParams, Lot, Terms};
use damper::curve::Curve;
use damper::price::{Price, PriceBand};
use damper::ratio::Ratio;
use damper::units::{Amount, Decay, Seconds, Timestamp, Value};

fn curve(source: &mut Source<'_>) -> Curve {
    let leaves = |bps| Decay::from_ratio(bps).expect("at most one");
    match source.any::<u8>() % 3 {
        0 => Curve::Linear { duration: source.seconds_within(0, 5_000) },
        1 => Curve::StairExponential { cut: leaves(source.bps(5_000, 10_000)), step: source.seconds_within(0, 120) },
        _ => Curve::Exponential { decay: leaves(source.bps(9_000, 10_000)) },
    }
}

pub(crate) fn config(source: &mut Source<'_>) -> Option<AuctionConfig> {
    let params = AuctionParams {
        curve: curve(source),
        floor: source.bps(0, 9_999),
        tail: source.seconds_within(0, 2_000),
        cusp: source.bps(0, 9_999),
        dust: Value::new(source.within(0, 1 << 16).into()),
    };
    AuctionConfig::new(params).ok()
}

/// The exact part of the start price, floor included; none where the power is too long.
fn exact(params: &AuctionParams, elapsed: u64) -> Option<Q> {
    let power = |decay: Decay, n: u64| (n <= 64).then(|| q(decay).pow(u32::try_from(n).expect("small")));
    let asked = match params.curve {
        Curve::Linear { duration } => Some((Q::one() - part(elapsed, duration.get())).excess()),
        Curve::StairExponential { cut, step } => power(cut, elapsed / step.get()),
        Curve::Exponential { decay } => power(decay, elapsed),
    };
    asked.map(|asked| asked.max(q(params.floor)))
}

pub(crate) fn run(source: &mut Source<'_>) {
    let Some(config) = config(source) else { return };
    let params = config.params();
    let band = if source.flag() { source.band() } else { PriceBand::exact(source.ordinary()) };
    let opened = Timestamp::new(1_000);
    let Ok(terms) = Terms::freeze(&config, band, source.bps(0, 3_000), opened) else { return };
    let at = |elapsed: u64| Timestamp::new(1_000 + elapsed);
    for _ in 0..4 {
        asked(source, &params, &terms);
    }
    reach(source, &terms, params.tail);
    let (sell, raise) = (source.amount_of(90), source.value_of(90));
    let lot = match Lot::open(terms, sell, raise) {
        Ok(lot) => lot,
        Err(error) => {
            assert!(error == Error::Overflow || (error == Error::LotEmpty && (sell.is_zero() || raise.is_zero())));
            return;
        }
    };
    takes(source, lot, at);
}

/// The price at a time: on the curve from above, never rising, never below the floor.
fn asked(source: &mut Source<'_>, params: &AuctionParams, terms: &Terms) {
    let elapsed = source.within(0, params.tail.get() + 1);
    let now = Timestamp::new(1_000 + elapsed);
    let later = Timestamp::new(1_000 + source.within(elapsed, params.tail.get() + 1));
    let asked = match terms.price(now) {
        Ok(price) => price,
        Err(error) => {
            assert_eq!((error, terms.needs_reset(now)), (Error::AuctionResetDue, Ok(true)));
            assert_eq!(terms.needs_reset(later), Ok(true), "a reset is not due any more");
            let below = exact(params, elapsed).is_none_or(|part| part < q(params.cusp));
            assert!(elapsed > params.tail.get() || below, "a reset is due too early");
            return;
        }
    };
    assert!(elapsed <= params.tail.get() && terms.needs_reset(now) == Ok(false));
    let start = q(terms.start());
    assert!(q(asked) >= start.clone() * params.floor && asked <= terms.start());
    assert!(terms.price(later).is_err() || terms.price(later).is_ok_and(|price| price <= asked), "the price rises");
    if let Some(part_of) = exact(params, elapsed) {
        assert!(q(asked) >= start.clone() * part_of.clone(), "below the curve");
        let slack = q(Curve::ERROR) + part(1, 1_u64 << 62);
        assert!(q(asked) <= start * (part_of + slack), "above the curve");
    }
}

/// The time to a price is the first at which it is asked.
fn reach(source: &mut Source<'_>, terms: &Terms, tail: Seconds) {
    let value = terms.start().scale_floor(source.bps(1, 10_100)).unwrap_or(terms.start());
    let within = |elapsed: u64| terms.price(Timestamp::new(1_000 + elapsed)).is_ok_and(|price| price <= value);
    match terms.time_to(value) {
        Some(time) => {
            assert!(within(time.get()), "it is not reached");
            assert!(time.get() == 0 || !within(time.get() - 1), "it is reached before");
            let latency = source.seconds_within(0, 100);
            let cleared = terms.clearing_price_floor(value, latency);
            assert_eq!(cleared, terms.price(Timestamp::new(1_000 + time.get() + latency.get())).ok());
        }
        None => {
            let sampled = source.within(0, tail.get());
            assert!(!within(sampled) && !within(tail.get()), "it is reached");
        }
    }
}

fn takes(source: &mut Source<'_>, mut lot: Lot, at: impl Fn(u64) -> Timestamp) {
    let (sell, raise) = (q(lot.remaining()), q(lot.raise()));
    let (mut sold, mut paid, mut elapsed) = (Q::zero(), Q::zero(), 0);
    for _ in 0..12 {
        if !source.more() {
            break;
        }
        elapsed += source.within(0, 40);
        let now = at(elapsed);
        let want = if source.rarely(3) {
            source.amount_of(90)
        } else {
            Amount::new(lot.remaining().get() / (1 + u128::from(source.any::<u8>()) % 8))
        };
        let limit = if source.flag() { Price::MAX } else { source.near(lot.terms().start()) };
        let dust = q(lot.terms().config().params().dust);
        match lot.take(want, limit, now) {
            Ok(take) => {
                let price = q(take.price);
                assert_eq!(lot.terms().price(now), Ok(take.price));
                assert!(take.price <= limit && take.sold <= want && !take.sold.is_zero());
                assert_eq!(Ok(take.paid.get()), (price.clone() * take.sold).whole_ceil());
                assert_eq!(take.lot.remaining(), lot.remaining().checked_sub(take.sold).expect("at most the rest"));
                assert_eq!(take.lot.raise(), lot.raise().excess_over(take.paid));
                // The tab is over-raised by less than an atom costs.
                let over = (q(take.paid) - lot.raise()).excess();
                assert!(over <= q(price.whole_ceil().expect("paid")) - Q::one() || over.is_zero(), "over-raised");
                if !take.lot.is_done() {
                    assert!(q(take.paid) >= dust, "a take of dust");
                    assert!(price * take.lot.remaining() >= dust && q(take.lot.raise()) >= dust, "dust is left");
                }
                (sold, paid, lot) = (sold + take.sold, paid + take.paid, take.lot);
            }
            Err(Error::LotEmpty) => assert!(lot.is_done()),
            Err(Error::TakeEmpty) => assert!(want.is_zero()),
            Err(Error::PriceAboveLimit) => assert!(lot.terms().price(now).is_ok_and(|price| price > limit)),
            Err(Error::AuctionResetDue) => assert_eq!(lot.terms().needs_reset(now), Ok(true)),
            Err(Error::TakeLeavesDust) => assert!(!dust.is_zero() && want < lot.remaining()),
            Err(Error::TakeBelowDust) => {
                let price = lot.terms().price(now).expect("asked");
                let part = price.value_ceil(want.min(lot.remaining())).expect("paid");
                assert!(q(part) < dust && want < lot.remaining(), "enough was wanted");
            }
            Err(error) => panic!("{error:?}"),
        }
        if lot.terms().needs_reset(now) == Ok(true) && !lot.is_done() {
            let terms = Terms::freeze(lot.terms().config(), PriceBand::exact(lot.terms().start()), Ratio::ZERO, now);
            if let Ok(anew) = terms.and_then(|terms| lot.reset(terms, now)) {
                assert!(anew.remaining() == lot.remaining() && anew.raise() == lot.raise());
                lot = anew;
            }
        }
        let mut bytes = vec![0; Lot::BYTES];
        lot.write_to(&mut bytes).expect("the right length");
        assert_eq!(Lot::read_from(&bytes), Ok(lot));
    }
    let left = lot.close();
    assert_eq!(sold + left.unsold, sell, "atoms are lost");
    assert_eq!((raise - paid).excess(), q(left.unraised));
}
