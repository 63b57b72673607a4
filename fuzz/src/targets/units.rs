//! Quantities, times, rates and decays against exact rationals.

use crate::exact::{Q, part, q};
use crate::source::Source;
use damper::Error;
use damper::ratio::Ratio;
use damper::units::{Amount, Decay, Rate, Seconds, Value};

pub(crate) fn run(source: &mut Source<'_>) {
    quantities(source);
    times(source);
    decays(source);
}

fn quantities(source: &mut Source<'_>) {
    let (a, b, ratio) = (source.amount(), source.amount(), source.ratio());
    assert_eq!(a.checked_add(b).map(Amount::get), (q(a) + b).whole_floor());
    assert_eq!(a.checked_sub(b).map(Amount::get).map_err(|_| Error::Overflow), (q(a) - b).whole_floor());
    assert_eq!(q(a.excess_over(b)), (q(a) - b).excess());
    assert_eq!(a.mul_floor(ratio).map(Amount::get), (q(a) * ratio).whole_floor());
    assert_eq!(a.mul_ceil(ratio).map(Amount::get), (q(a) * ratio).whole_ceil());
    let (v, w) = (Value::new(a.get()), Value::new(b.get()));
    assert_eq!(v.mul_floor(ratio).map(Value::get), (q(v) * ratio).whole_floor());
    assert_eq!(v.mul_ceil(ratio).map(Value::get), (q(v) * ratio).whole_ceil());
    if b.is_zero() {
        assert_eq!(a.ratio_floor(b), Err(Error::DivisionByZero));
    } else {
        assert_eq!(a.ratio_floor(b), (q(a) / b).ratio_floor());
        assert_eq!(a.ratio_ceil(b), (q(a) / b).ratio_ceil());
        assert_eq!((v.ratio_floor(w), v.ratio_ceil(w)), (a.ratio_floor(b), a.ratio_ceil(b)));
    }
}

fn times(source: &mut Source<'_>) {
    let (from, to, time) = (source.time(), source.time(), source.seconds());
    let since = to.get().checked_sub(from.get()).map(Seconds::new).ok_or(Error::TimeReversed);
    assert_eq!(to.since(from), since);
    assert_eq!(
        from.checked_add(time).ok().map(|to| to.since(from)),
        from.get().checked_add(time.get()).map(|_| Ok(time))
    );
    let (rate, limit) = (source.rate(), source.ratio());
    assert_eq!(rate.over(time), (q(rate) * time).ratio_floor());
    assert_eq!(Ok(rate.over_at_most(time, limit)), (q(rate) * time).min(q(limit)).ratio_floor());
    assert_eq!(rate.mul_floor(limit).map(Rate::get), (q(rate) * limit).ratio_floor());
    let per_second = Rate::from_ratio_over_floor(limit, time).map(Rate::get);
    match time {
        Seconds::ZERO => assert_eq!(per_second, Err(Error::DivisionByZero)),
        _ => assert_eq!(per_second, (q(limit) / time).ratio_floor()),
    }
}

fn decays(source: &mut Source<'_>) {
    let (a, b) = (source.decay(), source.decay());
    let step = || part(1, 1_u64 << 63);
    let product = q(a) * b;
    let (floor, ceil) = (q(a.mul_floor(b)), q(a.mul_ceil(b)));
    assert!(floor <= product && product < floor.clone() + step());
    assert!(ceil >= product && product > ceil.clone() - step());
    assert_eq!(q(a) + a.complement(), Q::one());
    assert_eq!(Ok(a.to_ratio_floor()), q(a).ratio_floor());
    assert_eq!(Ok(a.to_ratio_ceil()), q(a).ratio_ceil());
    let ratio = source.ratio();
    let expected = if ratio > Ratio::ONE { Err(Error::DecayAboveOne) } else { Ok(q(ratio)) };
    assert_eq!(Decay::from_ratio(ratio).map(q), expected);
    // An exact power of few factors, and the statement on its error for it.
    let exponent = u32::from(source.any::<u8>());
    let exact = q(a).pow(exponent);
    let (low, high) = (a.pow_floor(exponent.into()), a.pow_ceil(exponent.into()));
    let slack = part(2 * exponent, 1_u64 << 63);
    assert!(q(low) <= exact && exact <= q(low) + slack.clone(), "{a:?}^{exponent}");
    assert!(q(high) >= exact && q(high) <= exact + slack, "{a:?}^{exponent}");
    let (more, power) = (source.word(), a.pow_ceil(source.word()));
    assert!(a.pow_floor(more) <= a.pow_ceil(more) && power <= Decay::ONE);
    if source.rarely(16) {
        let half_life = source.seconds();
        match Decay::from_half_life_floor(half_life) {
            Err(error) => assert_eq!((half_life, error), (Seconds::ZERO, Error::HalfLifeZero)),
            Ok(decay) => {
                assert!(decay.pow_ceil(half_life.get()) <= Decay::HALF);
                let next = Decay::from_bits(decay.to_bits() + 1).expect("a half-life leaves less than one");
                assert!(next.pow_ceil(half_life.get()) > Decay::HALF);
            }
        }
    }
}
