//! What a push costs and collects, against the areas in exact arithmetic, and verdicts that hold for every fall between.

use crate::exact::{Q, q};
use crate::source::Source;
use crate::targets::book::{pool, some_levels};
use crate::targets::ledger::params;
use damper::attack::{Push, Reach, Spoils, Verdict, borrowed_ceil, least_cost_floor, pump_verdict, push_verdict};
use damper::book::{Book, Shape, Snapshot};
use damper::ledger::LedgerConfig;
use damper::price::Price;
use damper::ratio::Ratio;
use damper::units::Value;

pub(crate) fn run(source: &mut Source<'_>) {
    let price = source.ordinary();
    let Ok(ledger) = LedgerConfig::new(params(source)) else { return };
    let spoils = Spoils {
        ledger,
        credible: pool(source.amount_of(70)),
        price,
        fallen: source.bps(0, 2_000),
        lasting: source.seconds_within(0, 4_000),
        wick: source.seconds_within(0, 100),
        bonus: source.bps(0, 1_000),
        clearing: source.bps(8_000, 10_000),
        reward: source.bps(0, 100),
    };
    if source.flag() {
        let book = pool(source.amount_of(80));
        pushes(source, &book, &spoils);
        pool_cost(source, &book, price);
        pumps(source, &book, price);
    } else if let Shape::Grid(points) = source.shape::<3>()
        && Shape::Grid(points).check().is_ok()
    {
        let levels = some_levels(source, price);
        let snapshot = Snapshot::Ladder { reference: price, levels: &levels };
        let book = Shape::Grid(points).measure_floor(&snapshot).expect("falling");
        pushes(source, &book, &spoils);
        pumps(source, &book, price);
    }
}

/// `x P (1 - s)^2 / s` with `s` the root of the factor; compared without the root.
fn pool_cost(source: &mut Source<'_>, book: &Book<1>, price: Price) {
    let fall = source.ratio_within(Ratio::ZERO, Ratio::from_bits((1 << 48) - 1));
    let (down, up) = (Push::Down(fall), Push::Up(fall));
    let worth = q(book.quantity()[0]) * price;
    for (push, factor) in [(down, Q::one() - fall), (up, Q::one() + fall)] {
        let cost = q(least_cost_floor(book, price, push).expect("small"));
        // c <= w (s - 2 + 1/s) iff (c / w + 2) <= s + 1/s, whose square is F + 2 + 1/F.
        if !worth.is_zero() {
            let side = cost / worth.clone() + q(2_u128);
            assert!(side.pow(2) <= factor.clone() + Q::one() / factor + q(2_u128), "the cost is over-stated");
        }
    }
}

/// No fall that is looked at pays if the verdict says so.
fn pushes<const N: usize>(source: &mut Source<'_>, book: &Book<N>, spoils: &Spoils<1>) {
    let from = source.bps(1, 2_000);
    let next = from.checked_add(source.bps(1, 2_000)).expect("small");
    let value = source.value_of(80);
    let reach =
        [Reach { from, value }, Reach { from: next, value: value.checked_add(source.value_of(80)).expect("small") }];
    let most = next.checked_add(source.bps(0, 3_000)).expect("small");
    let Ok(verdict) = push_verdict(book, spoils, &reach, most) else { return };
    let at = |fall: Ratio| {
        let value = if fall < next { reach[0].value } else { reach[1].value };
        let cost = least_cost_floor(book, spoils.price, Push::Down(fall)).ok()?;
        Some((cost, spoils.collected_ceil(fall, value).ok()?))
    };
    match verdict {
        Verdict::Pays(case) => assert!(case.collects > case.costs),
        Verdict::Never(case) => {
            assert!(case.collects <= case.costs);
            for _ in 0..4 {
                let fall = source.ratio_within(from, most);
                if let Some((costs, collects)) = at(fall) {
                    // A rounding of each, at another fall than the one that was looked at, is a few atoms.
                    assert!(collects.get() <= costs.get().saturating_add(4), "a push of {fall:?} pays");
                }
            }
        }
    }
    // A larger push costs no less.
    let more = source.ratio_within(from, most);
    if let (Some((less, _)), Some((cost, _))) = (at(from), at(more)) {
        assert!(cost >= less, "a larger push is cheaper");
    }
}

fn pumps<const N: usize>(source: &mut Source<'_>, book: &Book<N>, price: Price) {
    let (collateral, max_ltv, most) = (source.value_of(80), source.bps(1, 9_999), source.bps(0, 50_000));
    let Ok(verdict) = pump_verdict(book, price, collateral, max_ltv, most) else { return };
    let rise = source.ratio_within(Ratio::ZERO, most);
    let costs = least_cost_floor(book, price, Push::Up(rise)).expect("it was asked for");
    let collects = borrowed_ceil(collateral, rise, max_ltv).expect("small");
    let exact = (q(collateral) * (Q::one() + rise) * max_ltv - collateral).excess();
    assert!(q(collects) >= exact && q(collects) <= exact + q(2_u128));
    if let Verdict::Never(_) = verdict {
        assert!(collects <= costs || collects <= Value::new(2), "a pump of {rise:?} pays");
    }
}
