//! The exposure map: never below what is triggered, exact in what it adds and removes, and fail-closed in what it is told.

#[path = "support/market.rs"]
mod market;
#[path = "support/rational.rs"]
mod rational;

use damper::Error;
use damper::exposure::{
    Bucket, ExposureMap, Merged, PriceGrid, Report, Reporter, merge, trigger_price_ceil, worst_case,
};
use damper::health::{Collateral, Debt, Position};
use damper::price::{Price, PriceBand};
use damper::ratio::Ratio;
use damper::units::{Amount, Seconds, Timestamp, Value};
use market::{bps, parameters};
use proptest::prelude::*;
use rational::{Frac, any_price, any128, share};

fn price(n: u128) -> Price {
    Price::from_decimal_floor(n, 0).expect("positive")
}

fn amount(n: u128) -> Amount {
    Amount::new(n)
}

/// The next price below.
fn below(price: Price) -> Price {
    let (exponent, significand) = price.to_parts();
    if significand > 1 << 63 {
        return Price::from_parts(exponent, significand - 1).expect("normalised");
    }
    exponent.checked_sub(1).map_or(Price::MIN, |exponent| Price::from_parts(exponent, u64::MAX).expect("normalised"))
}

/// Buckets at 100, 90, 75, 50, the last down to 40.
fn grid() -> PriceGrid<4> {
    PriceGrid::new([price(100), price(90), price(75), price(50)], price(40)).expect("falling")
}

fn map_of(grid: PriceGrid<4>, positions: &[(Price, u128)]) -> ExposureMap<4> {
    positions
        .iter()
        .fold(ExposureMap::new(grid), |map, &(trigger, size)| map.add(trigger, amount(size)).expect("small"))
}

#[test]
fn grids_by_name() {
    assert_eq!(PriceGrid::new([], price(1)).err(), Some(Error::ExposureGrid));
    assert_eq!(PriceGrid::new([price(5), price(5)], price(1)).err(), Some(Error::ExposureGrid));
    assert_eq!(PriceGrid::new([price(5), price(6)], price(1)).err(), Some(Error::ExposureGrid));
    assert_eq!(PriceGrid::new([price(5), price(4)], price(4)).err(), Some(Error::ExposureGrid));
    let halves = PriceGrid::<3>::geometric(price(80), bps(5_000)).expect("falling");
    assert_eq!((*halves.prices(), halves.end()), ([price(80), price(40), price(20)], price(10)));
    for step in [Ratio::ZERO, Ratio::ONE, bps(10_001)] {
        assert_eq!(PriceGrid::<3>::geometric(price(80), step).err(), Some(Error::ExposureGrid));
    }
    assert_eq!(PriceGrid::<3>::geometric(Price::MIN, bps(5_000)).err(), Some(Error::ExposureGrid));
}

#[test]
fn where_a_position_counts() {
    let grid = grid();
    // Trigger, the highest price at which it counts.
    for (trigger, counts) in [
        (price(101), Price::MAX),
        (price(100), price(100)),
        (below(price(100)), price(100)),
        (price(91), price(100)),
        (price(90), price(90)),
        (price(76), price(90)),
        (price(50), price(50)),
        (price(41), price(50)),
        (price(40), price(40)),
        (Price::MIN, price(40)),
    ] {
        let map = map_of(grid, &[(trigger, 3)]);
        assert_eq!(map.sold_ceil(counts), amount(3), "{trigger:?}");
        assert_eq!(map.sold_ceil(Price::MIN), amount(3));
        assert_eq!(map.total(), amount(3));
        if counts < Price::MAX {
            let (exponent, significand) = counts.to_parts();
            let above = Price::from_parts(exponent, significand + 1).expect("normalised");
            assert_eq!(map.sold_ceil(above), Amount::ZERO, "{trigger:?}");
        }
    }
    let map = map_of(grid, &[(price(101), 1), (price(95), 2), (price(90), 4), (price(41), 8), (price(7), 16)]);
    assert_eq!((map.due(), *map.buckets(), map.rest()), (amount(1), [2, 4, 0, 8].map(amount), amount(16)));
    assert_eq!(map.largest(), Bucket { price: price(50), amount: amount(8) });
    // Of equal buckets the one that is reached first.
    assert_eq!(
        map_of(grid, &[(price(60), 5), (price(45), 5)]).largest(),
        Bucket { price: price(75), amount: amount(5) }
    );
    assert_eq!(ExposureMap::new(grid).largest().amount, Amount::ZERO);
    assert_eq!(map.grid(), &grid);
}

#[test]
fn refusals_by_name() {
    let map = map_of(grid(), &[(price(95), 5), (price(60), 7)]);
    assert_eq!(map.remove(price(95), amount(6)), Err(Error::ExposureUnderflow));
    // Nothing is there, whatever the total.
    assert_eq!(map.remove(price(45), amount(1)), Err(Error::ExposureUnderflow));
    assert_eq!(map.remove(price(101), amount(1)), Err(Error::ExposureUnderflow));
    assert_eq!(map.remove(price(1), amount(1)), Err(Error::ExposureUnderflow));
    // What has no trigger goes in and out by itself.
    let due = map.add_due(amount(9)).expect("fits");
    assert_eq!((due.due(), due.buckets(), due.rest()), (amount(9), map.buckets(), map.rest()));
    assert_eq!((due.remove_due(amount(9)), due.remove_due(amount(10))), (Ok(map), Err(Error::ExposureUnderflow)));
    assert_eq!(map.add_due(amount(u128::MAX - 11)), Err(Error::Overflow));
    assert!(map.add_due(amount(u128::MAX - 12)).is_ok());
    // The total fits, not the bucket alone.
    assert_eq!(map.add(price(45), amount(u128::MAX - 11)), Err(Error::Overflow));
    assert!(map.add(price(45), amount(u128::MAX - 12)).is_ok());
    let full = map_of(grid(), &[(price(45), u128::MAX - 11)]);
    assert_eq!(map.plus(&full), Err(Error::Overflow));
    let other = PriceGrid::new([price(100), price(90), price(75), price(50)], price(39)).expect("falling");
    assert_eq!(map.plus(&ExposureMap::new(other)), Err(Error::ExposureGridDiffers));
}

#[test]
fn triggers_without_a_price() {
    let half = bps(5_000);
    assert_eq!(trigger_price_ceil(amount(5), Value::ZERO, Ratio::ZERO), Ok(None));
    assert_eq!(trigger_price_ceil(Amount::ZERO, Value::ZERO, half), Ok(None));
    assert_eq!(trigger_price_ceil(Amount::ZERO, Value::new(1), half), Ok(Some(Price::MAX)));
    assert_eq!(trigger_price_ceil(amount(5), Value::new(1), Ratio::ZERO), Ok(Some(Price::MAX)));
    assert_eq!(trigger_price_ceil(amount(1), Value::new(u128::MAX), Ratio::ONE), Ok(Some(Price::MAX)));
    assert_eq!(trigger_price_ceil(amount(1 << 100), Value::new(u128::MAX), half), Err(Error::Overflow));
}

fn at(seconds: u64) -> Timestamp {
    Timestamp::new(seconds)
}

const AGE: Seconds = Seconds::new(60);

fn report(seconds: u64, positions: &[(Price, u128)]) -> Report<4> {
    Report { source_time: at(seconds), map: map_of(grid(), positions) }
}

#[test]
fn what_a_silent_reporter_counts_for() {
    let due = |size: u128| map_of(grid(), &[(Price::MAX, size)]);
    let unheard = Reporter::new(grid(), amount(100));
    // Never heard of: the registered size, at once.
    assert_eq!(unheard.counted(AGE, at(5)), Ok(due(100)));
    assert_eq!(unheard.is_fresh(AGE, at(5)), Ok(false));
    let (first, excess) = unheard.report(&report(10, &[(price(95), 30), (price(50), 30)]), AGE, at(20)).expect("sound");
    assert_eq!((excess, first.worst(), first.registered()), (Amount::ZERO, amount(100), amount(100)));
    assert_eq!(first.counted(AGE, at(70)), Ok(map_of(grid(), &[(price(95), 30), (price(50), 30)])));
    // Too old by a second: all that it may hold, at once.
    assert_eq!(first.counted(AGE, at(71)), Ok(due(100)));
    // It shrinks: fresh it counts for what it says, silent for what it may hold.
    let (second, _) = first.report(&report(11, &[(price(95), 1)]), AGE, at(71)).expect("sound");
    assert_eq!(second.counted(AGE, at(71)), Ok(map_of(grid(), &[(price(95), 1)])));
    assert_eq!(second.counted(AGE, at(72)), Ok(due(100)));
    // More than it is registered for: what it is registered for, at once, and the excess by name.
    let (third, excess) = second.report(&report(80, &[(price(45), 170)]), AGE, at(80)).expect("sound");
    assert_eq!((excess, third.worst()), (amount(70), amount(100)));
    assert_eq!(third.counted(AGE, at(80)), Ok(due(100)));
    // Zero means zero.
    let (none, excess) =
        Reporter::new(grid(), Amount::ZERO).report(&report(1, &[(price(45), 7)]), AGE, at(1)).expect("sound");
    assert_eq!((excess, none.counted(AGE, at(1))), (amount(7), Ok(due(0))));
}

/// Whether a report is still of use at its age: at the limit, and not a second later, when it comes and when it counts.
#[test]
fn a_report_as_old_as_the_limit_counts() {
    let unheard = Reporter::new(grid(), amount(100));
    let told = report(10, &[(price(95), 30)]);
    assert_eq!(unheard.report(&told, AGE, at(71)).err(), Some(Error::ReportStale));
    let (heard, _) = unheard.report(&told, AGE, at(70)).expect("as old as it may be");
    assert_eq!((heard.is_fresh(AGE, at(70)), heard.is_fresh(AGE, at(71))), (Ok(true), Ok(false)));
    let merged = |now| merge(&ExposureMap::new(grid()), &[heard], AGE, at(now)).expect("small");
    assert_eq!((merged(70).map, merged(70).silent), (told.map, 0));
    assert_eq!((merged(71).map.due(), merged(71).silent), (amount(100), 1));
    // A limit of zero: the present second alone.
    assert_eq!((heard.is_fresh(Seconds::ZERO, at(10)), heard.is_fresh(Seconds::ZERO, at(11))), (Ok(true), Ok(false)));
}

/// Governance alone lowers what silence counts for, and not below what the last report shows.
#[test]
fn what_a_registration_changes() {
    let due = |size: u128| map_of(grid(), &[(Price::MAX, size)]);
    let heard = |reporter: Reporter<4>, time, size| {
        reporter.report(&report(time, &[(price(95), size)]), AGE, at(time)).expect("in order").0
    };
    let sizes = |reporter: Reporter<4>| (reporter.registered().get(), reporter.worst().get());
    // Not heard of: what it is registered for, up and down.
    let unheard = Reporter::new(grid(), amount(100));
    assert_eq!(unheard.register(amount(40)), Reporter::new(grid(), amount(40)));
    assert_eq!(unheard.register(amount(140)), Reporter::new(grid(), amount(140)));
    // Lowered below what it last showed: that stays, fresh and silent, until another report and another registration.
    let shown = heard(unheard, 10, 80);
    let shown_map = map_of(grid(), &[(price(95), 80)]);
    let lowered = shown.register(amount(50));
    assert_eq!(sizes(lowered), (50, 80));
    assert_eq!((lowered.counted(AGE, at(70)), lowered.counted(AGE, at(71))), (Ok(shown_map), Ok(due(80))));
    let less = heard(lowered, 20, 30);
    assert_eq!((sizes(less), less.counted(AGE, at(81))), ((50, 80), Ok(due(80))));
    assert_eq!(sizes(less.register(amount(50))), (50, 50));
    assert_eq!(sizes(less.register(amount(20))), (20, 30));
    // The lower size limits what comes after it.
    let (cut, excess) = lowered.report(&report(20, &[(price(45), 70)]), AGE, at(20)).expect("in order");
    assert_eq!((excess, cut.counted(AGE, at(20)), sizes(cut)), (amount(20), Ok(due(50)), (50, 80)));
    // Raised: what was seen whole counts on; what may have been cut counts for all that it may hold now.
    let raised = shown.register(amount(200));
    assert_eq!((sizes(raised), raised.counted(AGE, at(70))), ((200, 200), Ok(shown_map)));
    for reporter in [heard(unheard, 10, 100), heard(unheard, 10, 170), heard(unheard, 10, 170).register(amount(50))] {
        let raised = reporter.register(amount(150));
        assert_eq!((sizes(raised), raised.counted(AGE, at(10))), ((150, 150), Ok(due(150))));
    }
    // Registered for just what the last report shows: it was seen whole, and counts on as it was.
    let whole = heard(unheard, 10, 100);
    assert_eq!(whole.register(amount(100)), whole);
    assert_eq!(lowered.register(amount(80)).counted(AGE, at(70)), Ok(shown_map));
    let once_cut = heard(unheard, 10, 170).register(amount(50)).register(amount(60));
    assert_eq!((sizes(once_cut), once_cut.counted(AGE, at(10))), ((60, 100), Ok(due(100))));
    // The worst case is never below what is merged, fresh or silent.
    for reporter in [lowered, less, cut, raised, once_cut] {
        assert_eq!(Reporter::read_from(&stored_reporter(&reporter)), Ok(reporter));
        let none = ExposureMap::new(grid());
        let worst = worst_case(&none, &[reporter]).expect("small");
        assert_eq!(worst, due(reporter.worst().get()));
        for now in [20, 500] {
            let merged = merge(&none, &[reporter], AGE, at(now)).expect("small").map;
            assert!(merged.sold_ceil(Price::MAX) <= worst.due() && merged.total() <= worst.total());
        }
    }
}

#[test]
fn reports_are_refused_by_name() {
    let (reporter, _) =
        Reporter::new(grid(), amount(100)).report(&report(100, &[(price(95), 30)]), AGE, at(100)).expect("sound");
    let refused = |seconds, now| reporter.report(&report(seconds, &[]), AGE, at(now)).err();
    assert_eq!(refused(102, 101), Some(Error::ReportFromFuture));
    assert_eq!(refused(99, 101), Some(Error::ReportOutOfOrder));
    assert_eq!(refused(100, 101), Some(Error::ReportOutOfOrder));
    assert_eq!(refused(140, 201), Some(Error::ReportStale));
    assert_eq!(refused(141, 201), None);
    let other = PriceGrid::new(*grid().prices(), price(39)).expect("falling");
    let foreign = Report { source_time: at(101), map: ExposureMap::new(other) };
    assert_eq!(reporter.report(&foreign, AGE, at(101)).err(), Some(Error::ExposureGridDiffers));
    assert_eq!(reporter.counted(AGE, at(99)), Err(Error::ClockReversed));
    assert_eq!(reporter.is_fresh(AGE, at(99)), Err(Error::ClockReversed));
    let own = ExposureMap::new(grid());
    assert_eq!(merge(&own, &[reporter], AGE, at(99)), Err(Error::ClockReversed));
    assert_eq!(merge(&ExposureMap::new(other), &[reporter], AGE, at(101)), Err(Error::ExposureGridDiffers));
    assert_eq!(worst_case(&ExposureMap::new(other), &[reporter]), Err(Error::ExposureGridDiffers));
    let full = map_of(grid(), &[(price(45), u128::MAX - 29)]);
    assert_eq!(merge(&full, &[reporter], AGE, at(101)), Err(Error::Overflow));
    // The first report may be dated at the epoch.
    assert!(Reporter::new(grid(), amount(100)).report(&report(0, &[]), AGE, at(0)).is_ok());
}

/// The naive rules that the module replaces: nearest bucket below, and leaving out who is silent.
#[test]
fn naive_maps_under_count() {
    // A trigger at 95 counted at 90: at 92 it is sold, and the naive map says it is not.
    let naive = map_of(grid(), &[(price(90), 5)]);
    let map = map_of(grid(), &[(price(95), 5)]);
    assert_eq!((naive.sold_ceil(price(92)), map.sold_ceil(price(92))), (Amount::ZERO, amount(5)));
    // A reporter falls silent and its positions' debts grow: what was at 50 is sold at 95.
    let (silent, _) =
        Reporter::new(grid(), amount(9)).report(&report(0, &[(price(50), 9)]), AGE, at(0)).expect("sound");
    let merged = merge(&ExposureMap::new(grid()), &[silent], AGE, at(61)).expect("small");
    assert_eq!((merged.map.sold_ceil(price(95)), merged.silent), (amount(9), 1));
    assert_eq!(report(0, &[(price(50), 9)]).map.sold_ceil(price(95)), Amount::ZERO);
}

/// Silence counted at the largest total that was ever reported: one report of nothing buys it for nothing.
#[test]
fn naive_silence_at_the_largest_report_breaks() {
    let told = [report(0, &[]), report(10, &[(price(50), 2)]), report(20, &[])];
    let naive = told.iter().map(|told| told.map.total()).max().expect("three");
    let reporter = told.iter().fold(Reporter::new(grid(), amount(9)), |reporter, told| {
        reporter.report(told, AGE, told.source_time).expect("in order").0
    });
    // Silent for a minute, it opens positions of all that it may hold.
    let truth = triggered(&[(price(95), 9)], price(95));
    assert!(naive < amount(truth));
    let merged = merge(&ExposureMap::new(grid()), &[reporter], AGE, at(81)).expect("small");
    assert!(merged.map.sold_ceil(price(95)) >= amount(truth));
}

fn stored_map(map: &ExposureMap<4>) -> Vec<u8> {
    let mut bytes = vec![0; ExposureMap::<4>::BYTES];
    map.write_to(&mut bytes).expect("the right length");
    bytes
}

fn stored_reporter(reporter: &Reporter<4>) -> Vec<u8> {
    let mut bytes = vec![0; Reporter::<4>::BYTES];
    reporter.write_to(&mut bytes).expect("the right length");
    bytes
}

#[test]
fn the_stored_form() {
    let map = map_of(grid(), &[(price(101), 1), (price(95), 2), (price(7), 16)]);
    let bytes = stored_map(&map);
    assert_eq!(ExposureMap::<4>::BYTES, 4 + 5 * 9 + 6 * 16);
    assert_eq!(bytes[..4], [5, 1, 4, 0], "kind, version, K");
    assert_eq!(bytes[49..65], 1_u128.to_le_bytes(), "what is due");
    assert_eq!(ExposureMap::<4>::read_from(&bytes), Ok(map));
    let (reporter, _) =
        Reporter::new(grid(), amount(9)).report(&report(7, &[(price(50), 9)]), AGE, at(8)).expect("sound");
    let told = stored_reporter(&reporter);
    assert_eq!(Reporter::<4>::read_from(&told), Ok(reporter));
    let unheard = Reporter::new(grid(), amount(9));
    assert_eq!(Reporter::<4>::read_from(&stored_reporter(&unheard)), Ok(unheard));

    assert_eq!(ExposureMap::<4>::read_from(&told), Err(Error::StoredLength));
    assert_eq!(Reporter::<4>::read_from(&bytes), Err(Error::StoredLength));
    assert_eq!(map.write_to(&mut []), Err(Error::StoredLength));
    let doctored = |from: &[u8], place: usize, value: &[u8]| {
        let mut bytes = from.to_vec();
        bytes[place..place + value.len()].copy_from_slice(value);
        bytes
    };
    assert_eq!(ExposureMap::<4>::read_from(&doctored(&bytes, 0, &[1])), Err(Error::StoredHeader));
    assert_eq!(ExposureMap::<4>::read_from(&doctored(&bytes, 2, &[5])), Err(Error::StoredHeader));
    // The end of the grid above its last price.
    assert_eq!(ExposureMap::<4>::read_from(&doctored(&bytes, 4 + 36, &[100])), Err(Error::StoredValue));
    // A total of 2^128 and more.
    assert_eq!(ExposureMap::<4>::read_from(&doctored(&bytes, 49, &[255; 16])), Err(Error::StoredValue));
    let reads = |bytes: &[u8]| Reporter::<4>::read_from(bytes).err();
    // Silent for less than it is registered for, by either of the two; not heard of, and yet a map.
    assert_eq!(reads(&doctored(&told, 4, &[10])), Some(Error::StoredValue));
    assert_eq!(reads(&doctored(&told, 20, &[8])), Some(Error::StoredValue));
    assert_eq!(reads(&doctored(&told, 36, &[0])), Some(Error::StoredValue));
    // Silent for less than it said, which was more than it is registered for now.
    let lowered = stored_reporter(&reporter.register(amount(5)));
    assert_eq!(lowered[20], 9);
    assert_eq!(reads(&doctored(&lowered, 20, &[8])), Some(Error::StoredValue));
    // Not heard of, and yet silent for less, or for more, than it is registered for.
    assert_eq!(reads(&doctored(&stored_reporter(&unheard), 20, &[8])), Some(Error::StoredValue));
    assert_eq!(reads(&doctored(&stored_reporter(&unheard), 20, &[10])), Some(Error::StoredValue));
}

/// Any four prices and an end, falling.
fn any_grid() -> impl Strategy<Value = PriceGrid<4>> {
    prop::collection::btree_set(1_u128..2_000, 5).prop_map(|prices| {
        let falling: Vec<Price> = prices.into_iter().rev().map(price).collect();
        PriceGrid::new([falling[0], falling[1], falling[2], falling[3]], falling[4]).expect("falling")
    })
}

fn any_positions() -> impl Strategy<Value = Vec<(Price, u128)>> {
    let trigger = prop_oneof![8 => (1_u128..2_100).prop_map(price), 1 => any_price()];
    prop::collection::vec((trigger, 0_u128..1_000_000), 0..12)
}

fn triggered(positions: &[(Price, u128)], at_or_above: Price) -> u128 {
    positions.iter().filter(|(trigger, _)| *trigger >= at_or_above).map(|(_, size)| size).sum()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    /// The trigger is exact: a position is unhealthy at the prices below it and at no other.
    #[test]
    fn a_position_is_unhealthy_below_its_trigger(
        collateral in any128(), debt in any128(), threshold in 1_u64..1 << 48, other in any_price(),
    ) {
        let position = Position::<0, 0>::new(amount(collateral), Value::new(debt));
        let mut terms = parameters(7_500, 8_300);
        terms.liquidation_threshold = Ratio::from_bits(threshold);
        let Ok(trigger) = trigger_price_ceil(amount(collateral), Value::new(debt), terms.liquidation_threshold) else {
            // The debt over the threshold does not fit.
            let needed = Frac::int(debt).div(&Frac::of(terms.liquidation_threshold)).ceil(0);
            prop_assert!(needed.bits() > 128);
            return Ok(());
        };
        prop_assert_eq!(position.trigger_price_ceil(&terms), Ok(trigger));
        let edge = trigger.unwrap_or(other);
        for low in [other, edge, below(edge), below(below(edge)), Price::MIN] {
            let Ok(healthy) = position.is_healthy(&terms, PriceBand::exact(low)) else { continue };
            prop_assert_eq!(!healthy, trigger.is_some_and(|trigger| low < trigger || trigger == Price::MAX));
        }
    }

    /// The same with other collaterals and debts, whose prices stand still.
    #[test]
    fn other_assets_move_the_trigger(
        collateral in 1_u128..1 << 60, debt in 0_u128..1 << 60, more in 0_u128..1 << 60, owed in 0_u128..1 << 60,
        threshold in 1_u64..1 << 48,
    ) {
        let mut terms = parameters(7_500, 8_300);
        terms.liquidation_threshold = Ratio::from_bits(threshold);
        let band = PriceBand::new(price(2), price(3)).expect("in order");
        let position = Position::<1, 1>::new(amount(collateral), Value::new(debt))
            .with_collateral(Collateral::new(amount(more), band, &parameters(5_000, 7_000)).expect("sound"))
            .and_then(|position| position.with_debt(Debt::new(amount(owed), band)))
            .expect("room for one");
        let trigger = position.trigger_price_ceil(&terms).expect("in range");
        let edge = trigger.unwrap_or(price(1));
        for low in [edge, below(edge), price(1 << 40), Price::MIN] {
            let Ok(healthy) = position.is_healthy(&terms, PriceBand::exact(low)) else { continue };
            prop_assert_eq!(!healthy, trigger.is_some_and(|trigger| low < trigger || trigger == Price::MAX));
        }
    }

    /// Never below what is triggered, and above it by no more than the bucket that the price is in.
    #[test]
    fn the_map_counts_early_and_by_one_bucket_at_most(
        grid in any_grid(), positions in any_positions(), at in prop_oneof![(1_u128..2_100).prop_map(price), any_price()],
    ) {
        let map = map_of(grid, &positions);
        for at in grid.prices().iter().chain([&grid.end(), &at, &below(at)]).copied() {
            let sold = map.sold_ceil(at).get();
            prop_assert!(sold >= triggered(&positions, at));
            // The next bucket price below, which is not reached yet.
            let next = grid.prices().iter().copied().chain([grid.end()]).find(|edge| *edge < at);
            let reached: u128 = match next {
                Some(next) => positions.iter().filter(|(trigger, _)| *trigger > next).map(|(_, size)| size).sum(),
                None => positions.iter().map(|(_, size)| size).sum(),
            };
            prop_assert_eq!(sold, reached);
        }
        prop_assert_eq!(map.total().get(), triggered(&positions, Price::MIN));
    }

    /// In whatever order positions come and go, the map is that of those that are there.
    #[test]
    fn removing_undoes_adding(grid in any_grid(), stay in any_positions(), go in any_positions(), turn in any::<bool>()) {
        let mut map = map_of(grid, &go);
        if turn {
            map = map.plus(&map_of(grid, &stay)).expect("small");
        } else {
            for &(trigger, size) in &stay {
                map = map.add(trigger, amount(size)).expect("small");
            }
        }
        for &(trigger, size) in go.iter().rev() {
            map = map.remove(trigger, amount(size)).expect("it is there");
        }
        prop_assert_eq!(map, map_of(grid, &stay));
    }

    /// Reporters that are honest while heard are never under-counted, whatever they hold while silent within what they are
    /// registered for; with any lie at all the worst case is not.
    #[test]
    fn merged_maps_bound_what_is_triggered(
        own in any_positions(),
        truths in prop::array::uniform3((any_positions(), any_positions(), any_positions(), 0_u128..2_000_000)),
        ages in prop::array::uniform3(0_u64..120), at in (1_u128..2_100).prop_map(price),
    ) {
        let now = self::at(200);
        let size = |positions: &[(Price, u128)]| positions.iter().map(|(_, size)| size).sum::<u128>();
        let mut reporters = [Reporter::new(grid(), Amount::ZERO); 3];
        let (mut truth, mut registered, mut silent) = (triggered(&own, at), triggered(&own, at), 0);
        for ((reporter, (first, last, later, spare)), age) in reporters.iter_mut().zip(&truths).zip(ages) {
            let most = size(first).max(*spare);
            let source = 200 - age;
            *reporter = Reporter::new(grid(), amount(most));
            let (told, excess) = reporter.report(&report(source - 1, first), AGE, self::at(source)).expect("in order");
            prop_assert!(excess.is_zero());
            let (told, excess) = told.report(&report(source, last), AGE, self::at(source)).expect("in order");
            prop_assert_eq!(excess.get(), size(last).saturating_sub(most));
            *reporter = told;
            if age > 60 {
                // Silent: whatever it holds now, as long as it is no more than it is registered for.
                silent += 1;
                truth += triggered(later, at).min(most);
            } else {
                truth += triggered(last, at).min(most);
            }
            // A liar holds what it is registered for, and all of it triggers at once.
            registered += most;
        }
        let merged = merge(&map_of(grid(), &own), &reporters, AGE, now).expect("small");
        prop_assert!(merged.map.sold_ceil(at).get() >= truth);
        prop_assert_eq!(merged.silent, silent);
        let worst = worst_case(&map_of(grid(), &own), &reporters).expect("small");
        prop_assert!(worst.sold_ceil(at).get() >= registered);
        prop_assert!(worst.sold_ceil(at) >= merged.map.sold_ceil(at));
        let Merged { map, .. } = merge(&map_of(grid(), &own), &[], AGE, now).expect("small");
        prop_assert_eq!(map, map_of(grid(), &own));
    }

    /// Tampered bytes are refused, or give values that no call panics on.
    #[test]
    fn tampered_bytes_are_refused_or_harmless(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
        positions in any_positions(), trigger in any_price(), factor in share(),
    ) {
        let tamper = |mut bytes: Vec<u8>| {
            for (index, value) in &changes {
                let place = 4 + index.index(bytes.len() - 4);
                bytes[place] = *value;
            }
            bytes
        };
        let bytes = tamper(stored_map(&map_of(grid(), &positions)));
        if let Ok(map) = ExposureMap::<4>::read_from(&bytes) {
            prop_assert_eq!(stored_map(&map), bytes);
            let size = Amount::new(u128::MAX).mul_floor(factor).expect("at most one");
            let results = [map.add(trigger, size), map.remove(trigger, size), map.plus(&map_of(grid(), &positions))];
            prop_assert!(results.iter().flatten().all(|next| next.total() >= next.sold_ceil(trigger)));
            prop_assert!(map.largest().amount <= map.total());
        }
        let size_now = amount(u128::from(factor.to_bits()) >> 26);
        let (told, _) = Reporter::new(grid(), amount(5_000_000)).report(&report(7, &positions), AGE, at(8)).expect("sound");
        let bytes = tamper(stored_reporter(&told));
        if let Ok(reporter) = Reporter::<4>::read_from(&bytes) {
            prop_assert_eq!(stored_reporter(&reporter), bytes);
            let counted = reporter.counted(AGE, at(50));
            prop_assert!(counted.is_err() || counted.is_ok_and(|map| map.total() <= reporter.worst()));
            let next = reporter.register(size_now);
            prop_assert_eq!(Reporter::<4>::read_from(&stored_reporter(&next)), Ok(next));
        }
    }
}
