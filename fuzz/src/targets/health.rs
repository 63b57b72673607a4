//! Health and borrowing against sums in exact arithmetic.

use crate::exact::{Q, q};
use crate::source::Source;
use damper::Error;
use damper::health::{Collateral, Debt, Position};
use damper::parameters::Parameters;
use damper::price::{Price, PriceBand};
use damper::ratio::Ratio;
use damper::units::{Amount, Value};
use num_bigint::BigInt;

pub(crate) fn parameters(source: &mut Source<'_>) -> Parameters {
    let liquidation_threshold = source.bps(1, 9_000);
    Parameters {
        max_ltv: source.ratio_within(Ratio::ZERO, liquidation_threshold),
        liquidation_threshold,
        bonus: source.bps(0, 1_000),
        margin: source.bps(0, 100),
        auction_buffer: source.bps(0, 2_000),
    }
}

/// A collateral: amount, low price, max LTV and threshold.
type Held = (Amount, Price, Ratio, Ratio);

/// The parts of a position; a debt is an amount and a high price.
struct Parts {
    collateral: Vec<Held>,
    debt: Vec<(Amount, Price)>,
    own_debt: Value,
}

pub(crate) fn run(source: &mut Source<'_>) {
    let parameters = parameters(source);
    let price = source.ordinary();
    let band = source.band_near(price);
    let (amount, own_debt) = (source.amount_of(110), source.value_of(110));
    let own = (amount, band.low(), parameters.max_ltv, parameters.liquidation_threshold);
    let mut parts = Parts { collateral: vec![own], debt: Vec::new(), own_debt };
    let mut position = Position::<2, 1>::new(amount, own_debt);
    for _ in 0..source.below(4) {
        let (amount, band, others) = (source.amount_of(100), source.band(), self::parameters(source));
        let Ok(collateral) = Collateral::new(amount, band, &others) else {
            assert!(others.max_ltv >= others.liquidation_threshold);
            continue;
        };
        match position.clone().with_collateral(collateral) {
            Ok(more) => {
                position = more;
                parts.collateral.push((amount, band.low(), others.max_ltv, others.liquidation_threshold));
            }
            Err(error) => assert!(error == Error::PositionFull && parts.collateral.len() == 3),
        }
    }
    if source.flag() {
        let (amount, band) = (source.amount_of(100), source.band());
        position = position.with_debt(Debt::new(amount, band)).expect("room for one");
        parts.debt.push((amount, band.high()));
    }
    check(source, &position, &parts, (&parameters, band));
}

fn check(
    source: &mut Source<'_>,
    position: &Position<2, 1>,
    parts: &Parts,
    (parameters, band): (&Parameters, PriceBand),
) {
    let worth = |amount: Amount, price: Price| (q(amount) * price).floor(0);
    let weighted = |by: &dyn Fn(&Held) -> Ratio| -> BigInt {
        parts.collateral.iter().map(|one| (Q { num: worth(one.0, one.1), den: 1.into() } * by(one)).floor(0)).sum()
    };
    let (plain, healthy) = (weighted(&|_| Ratio::ONE), weighted(&|one| one.3));
    let debt =
        parts.debt.iter().map(|(amount, price)| (q(*amount) * *price).ceil(0)).sum::<BigInt>() + parts.own_debt.get();
    let Ok(value) = position.value(parameters, band) else {
        assert!(plain.bits() > 128 || debt.bits() > 128);
        return;
    };
    let stated = [value.collateral, value.weighted, value.debt].map(|value| BigInt::from(value.get()));
    assert_eq!(stated, [plain, healthy.clone(), debt.clone()]);
    assert_eq!((value.is_healthy(), position.is_healthy(parameters, band)), (healthy >= debt, Ok(healthy >= debt)));
    if let Ok(Some(factor)) = value.health_factor_floor() {
        assert_eq!(Ok(factor), (q(value.weighted) / value.debt).ratio_floor());
    }
    if let (Ok(ltv), false) = (value.ltv_ceil(), value.debt.is_zero()) {
        assert_eq!(Ok(ltv), (q(value.debt) / value.collateral).ratio_ceil());
    }
    let credit = weighted(&|one| one.2);
    let more = if source.flag() { source.value_of(100) } else { Value::new(source.within(0, 3).into()) };
    if let Ok(may) = position.may_borrow(parameters, band, more) {
        assert_eq!(may, credit >= debt + more.get());
    }
    // At the trigger it is healthy, a step below it is not.
    if let Ok(Some(trigger)) = position.trigger_price_ceil(parameters)
        && trigger > Price::MIN
        && trigger < Price::MAX
    {
        let (exponent, bits) = trigger.to_parts();
        let below = Price::from_parts(exponent, bits - 1)
            .or_else(|_| Price::from_parts(exponent - 1, u64::MAX))
            .expect("above the least");
        let at = |price: Price| position.is_healthy(parameters, PriceBand::exact(price));
        assert!(
            at(trigger).is_ok_and(|healthy| healthy) || at(trigger) == Err(Error::Overflow),
            "unhealthy at its trigger"
        );
        assert!(
            at(below).is_ok_and(|healthy| !healthy) || at(below) == Err(Error::Overflow),
            "healthy below its trigger"
        );
    }
}
