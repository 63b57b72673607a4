//! Insurance: multipliers within their limits, trades that bring exposure to its target, cash that is never overdrawn.

use crate::exact::{Q, part, q};
use crate::source::Source;
use crate::targets::book::pool;
use damper::hedge::{
    Binding, InsuranceConfig, InsuranceParams, Insurer, Loop, MultiplierLimit, Rebalance, gap_shortfall_ceil, split,
    value_per_move_floor,
};
use damper::price::PriceBand;
use damper::ratio::Ratio;
use damper::units::Value;

pub(crate) fn run(source: &mut Source<'_>) {
    let (wanted, permitted) = (source.amount(), source.amount());
    let parts = split(wanted, permitted);
    assert_eq!((parts.now, q(parts.now) + parts.deferred), (wanted.min(permitted), q(wanted)));
    let Some(limit) = multipliers(source) else { return };
    let params = InsuranceParams {
        floor: source.value_of(90),
        multiplier: source.ratio_within(Ratio::ONE, limit.largest().min(Ratio::from_bits(20 << 48))),
        max_share: source.share(),
        tolerance: source.bps(0, 3_000),
    };
    let Ok(config) = InsuranceConfig::new(params, &limit) else { return };
    let mut price = source.ordinary();
    let mut fund = Insurer::new(source.amount_of(85), source.value_of(90));
    for _ in 0..8 {
        price = source.near(price);
        let band = source.band_near(price);
        if !(-9..9).contains(&band.low().to_parts().0) {
            return;
        }
        fund = rebalanced(source, &config, fund, band);
    }
}

/// The largest multiplier: below both limits, and one of them within a step.
fn multipliers(source: &mut Source<'_>) -> Option<MultiplierLimit> {
    let (price, impact) = (source.ordinary(), source.bps(1, 5_000));
    let book = pool(source.amount_of(90));
    let per_move = value_per_move_floor(&book, price, impact).ok()?;
    let capacity = q(price.value_floor(book.capacity_floor(impact)).expect("small"));
    assert_eq!(Ok(per_move.get()), (capacity / impact).whole_floor());
    let (fall, gain) = (source.ratio(), Loop { exposure: source.value_of(90), per_move, limit: source.bps(0, 9_999) });
    let limit = MultiplierLimit::new(fall, &gain).expect("a limit below one");
    assert!(limit.largest() >= Ratio::ONE);
    if limit.largest() < Ratio::MAX {
        let by_floor = if fall == Ratio::ZERO { q(Ratio::MAX) } else { (Q::one() / fall + part(1, 2)).max(Q::one()) };
        let by_gain =
            if gain.exposure.is_zero() { q(Ratio::MAX) } else { q(gain.limit) * per_move / gain.exposure + Ratio::ONE };
        let largest = by_floor.clone().min(by_gain.clone());
        assert!(q(limit.largest()) <= largest && q(limit.largest()) + part(2, 1_u64 << 48) > largest);
        assert!(if limit.binding() == Binding::Floor {
            by_floor <= by_gain + Ratio::ULP
        } else {
            by_gain <= by_floor + Ratio::ULP
        });
    }
    if let Ok(loop_gain) = gain.gain_ceil(limit.largest()) {
        assert!(loop_gain <= gain.limit || limit.largest() == Ratio::ONE, "the loop gain is above its limit");
    }
    Some(limit)
}

fn rebalanced(source: &mut Source<'_>, config: &InsuranceConfig, fund: Insurer, band: PriceBand) -> Insurer {
    let params = config.params();
    let low = q(band.low());
    let wealth = fund.wealth_floor(band).expect("small");
    let floor_of = |x: Q| q(x.whole_floor().expect("small"));
    assert_eq!(q(wealth), floor_of(low.clone() * fund.holding()) + fund.cash());
    let gap = source.share();
    let short = config.gap_shortfall_ceil(&fund, band, gap).expect("small");
    let after = low.clone() * fund.holding() * (Q::one() - gap) + fund.cash();
    assert!(q(short) >= (q(params.floor) - after).excess(), "the shortfall is under-stated");
    assert!(gap_shortfall_ceil(wealth, Value::ZERO, gap).is_ok_and(|lost| q(lost) >= q(wealth) * gap));
    let Ok((state, order)) = config.rebalance(fund, band) else { return fund };
    let target = config.target_floor(&fund, band).expect("small");
    let cushion = q(config.cushion_floor(&fund, band).expect("small"));
    match order {
        Rebalance::Hold => state,
        Rebalance::Breached { sell, shortfall } => {
            assert!(state.breached() && sell == fund.holding());
            assert!(wealth < params.floor || fund.breached());
            assert_eq!(q(shortfall), (q(params.floor) - wealth).excess());
            assert_eq!(config.restart(state, band).is_ok(), shortfall.is_zero());
            if shortfall.is_zero() && source.flag() { config.restart(state, band).expect("recovered") } else { state }
        }
        Rebalance::Sell(sell) => {
            let left = (q(fund.holding()) - sell) * low.clone();
            assert!(left <= q(target), "what is left is above the target");
            assert!(q(sell) <= q(fund.holding()));
            let sold = state.sold(sell, band.low().value_floor(sell).expect("small")).expect("at most the holding");
            // Once is enough, if the tolerance is more than what the proceeds lose by rounding.
            let lost = (q(params.multiplier) + Ratio::ONE) * 2_u128 + Ratio::ONE;
            let again = config.rebalance(sold, band).map(|(_, order)| matches!(order, Rebalance::Sell(_)));
            assert!(again == Ok(false) || q(target) * params.tolerance <= lost, "it sells twice");
            sold
        }
        Rebalance::Buy(buy) => {
            let cost = band.high().value_ceil(buy).expect("small");
            let bought = state.bought(buy, cost).expect("more than the cash is spent");
            // T5 needs exposure at the low side to be at most the multiple of what is left of the cushion.
            let exposed = low * bought.holding();
            // Before it is rounded down to whole atoms.
            let cushion_left = exposed.clone() + bought.cash() - params.floor;
            assert!(exposed <= cushion_left * params.multiplier, "bought too much");
            assert!(cushion > Q::zero());
            bought
        }
    }
}
