//! Delta hedging against `gamma (S - S0) / S0` in exact arithmetic.

use crate::exact::{Q, part, q};
use crate::source::Source;
use damper::delta::{DeltaConfig, DeltaParams, Trade, largest_gamma_floor};
use damper::price::Price;
use damper::two_sided::Side;
use damper::units::Amount;

fn signed(trade: Trade) -> Q {
    match trade.side {
        Side::Sell => Q::zero() - trade.amount,
        Side::Buy => q(trade.amount),
    }
}

fn trade(source: &mut Source<'_>) -> Trade {
    let amount = source.amount();
    if source.flag() { Trade::sell(amount) } else { Trade::buy(amount) }
}

pub(crate) fn run(source: &mut Source<'_>) {
    let (one, other) = (trade(source), trade(source));
    match one.and(other) {
        Ok(both) => assert_eq!(signed(both), signed(one) + signed(other)),
        Err(_) => assert!(one.side == other.side && (q(one.amount) + other.amount).whole_floor().is_err()),
    }
    let (reference, per_move, limit) = (source.ordinary(), source.value_of(100), source.bps(0, 10_000));
    let Ok(largest) = largest_gamma_floor(reference, per_move, limit) else { return };
    let gamma = Amount::new(source.wide_within(0, largest.get()));
    let tolerance = source.amount_of(40);
    let params = DeltaParams { reference, gamma, tolerance };
    let config = DeltaConfig::new(params, per_move, limit).expect("at most the largest");
    let more = DeltaParams { gamma: Amount::new(largest.get() + 1), ..params };
    assert!(DeltaConfig::new(more, per_move, limit).is_err());
    if !per_move.is_zero() {
        let gain = config.gain_ceil(reference, per_move).expect("below one");
        assert!(q(gain) <= q(limit) + part(1, 1_u64 << 48) + Q::one() / per_move, "the gain is above the limit");
    }
    let price = source.near(reference);
    if let Ok(target) = config.target(price) {
        targets(&params, price, target);
        let done = if source.flag() { Trade { amount: source.amount_of(60), ..target } } else { target };
        if let Ok(next) = config.trade(done, price) {
            let off = signed(target) - signed(done);
            let is_off = (off.clone().max(Q::zero() - off.clone())) > q(tolerance);
            assert_eq!(signed(next), if is_off { off } else { Q::zero() });
        }
    }
}

/// Toward zero from the exact amount, by less than an atom and a step of the ratio.
fn targets(params: &DeltaParams, price: Price, target: Trade) {
    let exact = (q(price) - params.reference) / params.reference * params.gamma;
    let (exact, side) = if exact < Q::zero() { (Q::zero() - exact, Side::Sell) } else { (exact, Side::Buy) };
    assert!(target.amount.is_zero() || target.side == side);
    assert!(q(target.amount) <= exact, "more than the gamma that was checked");
    assert!(exact < q(target.amount) + Q::one() + q(params.gamma) / (1_u128 << 48));
}
