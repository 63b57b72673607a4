//! Snapshots and sales in any order: no sale is forgotten before a snapshot shows it, and charges reach the impact.

use crate::exact::{Q, q};
use crate::source::Source;
use crate::targets::book::some_levels;
use damper::Error;
use damper::book::{Shape, Snapshot};
use damper::depth::{Depth, DepthConfig, DepthObservation, DepthParams};
use damper::price::Price;
use damper::ratio::Ratio;
use damper::units::{Amount, Timestamp};

const N: usize = 3;

fn config(source: &mut Source<'_>) -> Result<DepthConfig<N>, Error> {
    let params = DepthParams {
        shape: source.shape(),
        haircut: source.ratio_within(Ratio::ZERO, Ratio::ONE),
        max_age: source.seconds_within(0, 512),
        rise_time: source.seconds_within(0, 4_096),
        rise_base: Amount::new(u128::from(source.within(0, 1 << 40))),
    };
    DepthConfig::new(params)?.shared(source.ratio_within(Ratio::ZERO, Ratio::ONE))
}

pub(crate) fn run(source: &mut Source<'_>) {
    let Ok(config) = config(source) else { return };
    let shape = *config.book(&opened(&config)).expect("a factor of at most one").shape();
    let reference = source.price();
    let (mut now, mut state) = (Timestamp::new(10_000), opened(&config));
    // Every sale: when, how much, and its charge.
    let mut sales: Vec<(Timestamp, Amount, Ratio)> = Vec::new();
    for _ in 0..48 {
        if !source.more() {
            break;
        }
        now = source.later(now);
        if source.flag() {
            snapshot(source, &config, (&shape, reference), &mut state, now);
        } else if let Some((sale, charge)) = sell(source, &config, &mut state, now) {
            sales.push((now, sale, charge));
        }
        let since = sales.iter().filter(|(time, ..)| *time >= state.source_time());
        let unshown = since.map(|(_, sale, _)| q(*sale)).fold(Q::zero(), |sum, sale| sum + sale);
        assert!(q(state.sold()) >= unshown, "a sale that the snapshot cannot show is forgotten");
        let paid = sales.iter().fold(Q::zero(), |sum, (.., charge)| sum + *charge);
        assert!(q(state.paid()) <= paid, "more is paid than was charged");
    }
}

fn opened(config: &DepthConfig<N>) -> Depth<N> {
    let at = Timestamp::new(10_000);
    let pool =
        DepthObservation { source_time: at, snapshot: Snapshot::ConstantProduct { reserve: Amount::new(1 << 60) } };
    let bids = DepthObservation { source_time: at, snapshot: Snapshot::Bands(&[]) };
    config.open(&pool, at).or_else(|_| config.open(&bids, at)).expect("one of the kinds")
}

fn snapshot(
    source: &mut Source<'_>,
    config: &DepthConfig<N>,
    (shape, reference): (&Shape<N>, Price),
    state: &mut Depth<N>,
    now: Timestamp,
) {
    let levels = some_levels(source, reference);
    let snapshot = match shape {
        Shape::ConstantProduct => Snapshot::ConstantProduct { reserve: source.amount_of(80) },
        Shape::Grid(_) => Snapshot::Ladder { reference, levels: &levels },
    };
    let seen = DepthObservation { source_time: source.observation(reference, now).source_time, snapshot };
    let before = *state;
    match config.accept(before, &seen, now) {
        Err(error) => assert!(
            (error == Error::DepthFromFuture && seen.source_time > now)
                || (error == Error::DepthOutOfOrder && seen.source_time < before.source_time())
                || error == Error::DepthStale
        ),
        Ok(after) => {
            assert!(seen.source_time <= now && seen.source_time >= before.source_time());
            *state = after;
            // Credible depth never exceeds what was believed or what is measured, the haircut apart.
            let measured = shape.measure_floor(&seen.snapshot).expect("it was accepted");
            let book = config.book(state).expect("a factor of at most one");
            let old = config.book(&before).expect("a factor of at most one");
            for ((now, claim), old) in book.quantity().iter().zip(measured.quantity()).zip(old.quantity()) {
                assert!(now <= claim);
                assert!(seen.source_time > before.source_time() || now <= old, "one second believed twice");
            }
        }
    }
}

fn sell(
    source: &mut Source<'_>,
    config: &DepthConfig<N>,
    state: &mut Depth<N>,
    now: Timestamp,
) -> Option<(Amount, Ratio)> {
    let limit = source.bps(0, 2_000);
    let largest = config.largest_sale_floor(state, limit).expect("no overflow");
    if !largest.is_zero() {
        assert!(
            config.charge_ceil(state, largest).is_ok_and(|charge| charge <= limit),
            "the largest sale is too large"
        );
        if let Ok(more) = largest.checked_add(Amount::new(1)) {
            assert!(
                config.charge_ceil(state, more).map_or(true, |charge| charge > limit),
                "a larger sale is permitted"
            );
        }
    }
    let sale = if source.flag() { largest } else { source.amount_of(64) };
    let charge = config.charge_ceil(state, sale).ok()?;
    let book = config.book(state).expect("a factor of at most one");
    if !sale.is_zero() {
        let total = state.sold().checked_add(sale).expect("it was charged");
        let impact = book.impact_ceil(total).expect("it was charged");
        assert_eq!(charge, impact.excess_over(state.paid()));
        // In two parts it is charged as much in all.
        let first = Amount::new(sale.get() / 2);
        let begun = config.charge_ceil(state, first).and_then(|charge| state.sell(first, charge, now));
        if let Ok(begun) = begun {
            let rest = config.charge_ceil(&begun, Amount::new(sale.get() - first.get())).expect("the whole is charged");
            let parts = q(rest) + begun.paid() - state.paid();
            assert!(parts >= q(charge), "splitting gains");
        }
    }
    let after = state.sell(sale, charge, now).ok()?;
    assert_eq!(after.sold(), state.sold().checked_add(sale).expect("booked"));
    *state = after;
    Some((sale, charge))
}
