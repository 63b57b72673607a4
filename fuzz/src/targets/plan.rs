//! Plans restore their target and never worsen a position, in whole and in part.

use crate::exact::{Q, part, q};
use crate::source::Source;
use crate::targets::health::parameters;
use damper::health::{Position, Valuation};
use damper::plan::{Assessment, Market, Plan, PlanConfig, PlanParams, Reason, assess};
use damper::price::{Price, PriceBand};
use damper::ratio::Ratio;
use damper::units::{Amount, Value};

pub(crate) fn run(source: &mut Source<'_>) {
    let params = PlanParams {
        target_health: source.bps(9_999, 12_000),
        full_health: source.bps(0, 10_000),
        base_bonus: source.bps(0, 10_001),
        min_sale: Value::new(source.within(0, 1 << 20).into()),
    };
    let Ok(config) = PlanConfig::new(params) else { return };
    let parameters = parameters(source);
    if parameters.check().is_err() {
        return;
    }
    let price = source.ordinary();
    let market = Market { parameters, band: PriceBand::exact(price), impact: source.bps(0, 1_000) };
    let collateral = source.amount_of(100);
    let worth = price.value_floor(collateral).expect("small");
    // Debts from nothing to more than all collateral, most of them between the threshold and insolvency.
    let debt = worth.mul_floor(source.bps(0, 11_000)).expect("small");
    let debt = Value::new(debt.get().saturating_add(source.within(0, 2).into()));
    let position = Position::<0, 0>::new(collateral, debt);
    let value = position.value(&parameters, market.band).expect("small");
    match assess(&config, &market, &position) {
        Ok(Assessment::Healthy) => assert!(value.is_healthy()),
        Ok(Assessment::Backstop(shortfall)) => {
            assert!(!value.is_healthy() && shortfall.debt == value.debt && shortfall.gap <= value.debt);
            assert_eq!(shortfall.reason == Reason::Insolvent, value.debt > value.collateral);
            assert!(q(shortfall.gap) >= (q(value.debt) - value.collateral).excess());
        }
        Ok(Assessment::Liquidate(plan)) => {
            assert!(!value.is_healthy() && value.debt <= value.collateral);
            let sold = whole(&params, &market, &value, collateral, &plan);
            parts(source, (&params, price), (&value, collateral), &plan, &sold);
        }
        Err(error) => panic!("{error:?}"),
    }
}

/// The plan in exact numbers: what is sold, and what it must repay.
fn whole(params: &PlanParams, market: &Market, value: &Valuation, collateral: Amount, plan: &Plan) -> Q {
    let (price, threshold) = (market.band.low(), market.parameters.liquidation_threshold);
    assert!(!plan.sell.is_zero() && plan.sell <= collateral && plan.collateral == collateral);
    assert!(!plan.repay.is_zero() && plan.repay <= value.debt);
    assert!(plan.bonus <= market.parameters.bonus && plan.target_health >= Ratio::ONE);
    assert!(plan.target_health <= params.target_health);
    let sold = q(plan.sell) * price;
    let give = (Q::one() + plan.bonus) * (Q::one() + market.impact);
    // What is sold is worth at most `g` times what is repaid, unless the whole debt is and the rest is dust.
    let g = q(give.ratio_ceil().expect("small"));
    if plan.repay < value.debt {
        assert!(q(plan.repay) * g >= sold, "it repays less than it sells for");
        let left = q(value.debt) - plan.repay;
        let (kept, own) = (q(collateral) - plan.sell, q(collateral) * price);
        // Neither the loan-to-value ratio nor the health factor is worse: `d' V <= d V'` and `W' d >= W d'`, but for the
        // rounding of the values to whole atoms.
        let after = kept.clone() * price;
        assert!(
            left.clone() * value.collateral <= (after.clone() + Q::one()) * value.debt,
            "the ratio of loan to value rises"
        );
        let weighted = after * threshold;
        assert!((weighted.clone() + q(2_u128)) * value.debt >= left.clone() * value.weighted, "health falls");
        if plan.sell < collateral {
            assert!(weighted + q(2_u128) >= left.clone() * plan.target_health, "the target is not restored");
            assert!(left >= q(params.min_sale) && kept * price >= q(params.min_sale), "dust is left");
        }
        assert!(own >= sold);
    }
    assert!(plan.sell == collateral || sold.clone() >= q(params.min_sale), "a sale of dust");
    sold
}

/// A part sells no more than it may, repays at least its part, and leaves no dust.
fn parts(
    source: &mut Source<'_>,
    (params, price): (&PlanParams, Price),
    (value, collateral): (&Valuation, Amount),
    plan: &Plan,
    sold: &Q,
) {
    let permitted = if source.flag() { Amount::new(plan.sell.get() / 2) } else { source.amount_of(100) };
    let part_of = plan.partial(permitted).expect("smaller than the whole");
    let least = q(params.min_sale);
    match part_of {
        None => {
            // No part of at most that is both worth the least sale and leaves it.
            let most = permitted.min(Amount::new(collateral.get().saturating_sub(1)));
            let (taken, kept) = (q(most) * price, q(collateral) * price - least.clone());
            assert!(permitted < plan.sell && (most.is_zero() || taken < least || kept < least.clone() + price));
        }
        Some(small) => {
            assert!(small.sell <= permitted && small.sell <= plan.sell && small.repay <= plan.repay);
            if small.sell < plan.sell {
                assert!(q(small.sell) * price >= least && (q(collateral) - small.sell) * price >= least);
                let share = q(small.sell) / plan.sell;
                assert!(
                    q(small.repay) >= (q(plan.repay) * share).min(q(plan.repay)),
                    "a part repays less than its part"
                );
                // What it repays is not more than its part either, but for one atom, if the debt is no limit.
                let limit = sold.clone() * part(1, 1);
                assert!(
                    plan.repay == value.debt
                        || q(small.repay) < q(plan.repay) * q(small.sell) / plan.sell + Q::one()
                        || limit.is_zero()
                );
            } else {
                assert_eq!(small, *plan);
            }
        }
    }
}
