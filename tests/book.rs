//! The certificate of a sale: impacts never under-stated, capacities the exact inverse, measured depth never over-stated.

#[path = "support/rational.rs"]
mod rational;

use damper::Error;
use damper::book::{Band, Book, Level, Shape, Snapshot};
use damper::price::Price;
use damper::ratio::Ratio;
use damper::units::Amount;
use proptest::prelude::*;
use rational::{EDGES, Frac, any_ratio, any128, big, fits64, fits128, pow2, share};

const CONSTANT: Shape<1> = Shape::ConstantProduct;

fn bps(n: u32) -> Ratio {
    Ratio::from_bps_floor(n).expect("small")
}

fn bits(n: u64) -> Ratio {
    Ratio::from_bits(n)
}

fn pool(reserve: u128) -> Book<1> {
    CONSTANT.measure_floor(&Snapshot::ConstantProduct { reserve: Amount::new(reserve) }).expect("a pool")
}

fn level(price: u128, amount: u128) -> Level {
    Level { price: Price::from_fraction_floor(price, 1).expect("positive"), amount: Amount::new(amount) }
}

fn ladder(reference: u128, levels: &[Level]) -> Snapshot<'_> {
    Snapshot::Ladder { reference: Price::from_fraction_floor(reference, 1).expect("positive"), levels }
}

fn band(width: Ratio, amount: u128) -> Band {
    Band { width, amount: Amount::new(amount) }
}

fn amounts<const N: usize>(quantity: [u128; N]) -> [Amount; N] {
    quantity.map(Amount::new)
}

/// The impact of a constant product as documented: the ceiling of the part sold, then the ceiling of the product.
/// `None` when it exceeds the type.
fn pool_impact(reserve: u128, sold: u128) -> Option<u64> {
    if sold == 0 {
        return Some(0);
    }
    if reserve == 0 {
        return None;
    }
    let part = Frac::new(sold, reserve).ceil(48);
    let two: num_bigint::BigUint = pow2(49);
    fits64(&Frac::new(&part * (&part + two), pow2(96)).ceil(48))
}

/// The exact impact of a constant product, `((x + c) / x)^2 - 1`.
fn exact_pool_impact(reserve: u128, sold: u128) -> Frac {
    let grown = Frac::new(big(reserve) + big(sold), reserve);
    grown.mul(&grown).sub(&Frac::one())
}

fn check_pool_impact(reserve: u128, sold: u128) {
    match pool(reserve).impact_ceil(Amount::new(sold)) {
        Ok(impact) => {
            assert_eq!(Some(impact.to_bits()), pool_impact(reserve, sold), "{reserve} {sold}");
            if reserve > 0 {
                let exact = exact_pool_impact(reserve, sold);
                assert!(Frac::of(impact) >= exact, "{reserve} {sold}");
                // Ceiling of the part p, times the slope 2 + 2p + 2^-48, and the ceiling of the product.
                let slope = Frac::new(sold, reserve).add(&Frac::one()).mul(&Frac::int(2));
                let slack = slope.add(&Frac::one()).add(&Frac::of(Ratio::ULP)).mul(&Frac::of(Ratio::ULP));
                assert!(Frac::of(impact) <= exact.add(&slack), "{reserve} {sold}");
            }
        }
        Err(error) => {
            assert_eq!(error, Error::DepthExhausted);
            assert_eq!(pool_impact(reserve, sold), None, "{reserve} {sold}");
        }
    }
}

/// The largest `c` with `impact_ceil(c) <= limit`: `c` passes, `c + 1` does not.
fn check_capacity<const N: usize>(book: &Book<N>, limit: Ratio) {
    let capacity = book.capacity_floor(limit);
    let within = |sold: u128| book.impact_ceil(Amount::new(sold)).is_ok_and(|impact| impact <= limit);
    assert!(within(capacity.get()), "{book:?} {limit:?}: {capacity:?} passes");
    if let Some(next) = capacity.get().checked_add(1) {
        assert!(!within(next), "{book:?} {limit:?}: {next} does not pass");
    }
}

/// Levels 2^16 and 2^17 times below the reference, to the last step of the grid.
#[test]
fn a_level_at_the_end_of_the_scale_counts_from_its_exact_impact() {
    // (u v) 2^64 = (u 2^32) (v 2^32): the reference is exactly v / 2^16 times the level's price.
    let (u, v) = (0xffff_fffb_u64, 0xf000_0001_u64);
    let reference = Price::from_parts(16, u * v).expect("normalised");
    let exact = Ratio::from_bits((v << 32) - (1 << 48));
    let counted = |point: Ratio, exponent: i8, significand: u64| {
        let price = Price::from_parts(exponent, significand).expect("normalised");
        let levels = [Level { price, amount: Amount::new(7) }];
        let snapshot = Snapshot::Ladder { reference, levels: &levels };
        let book = Shape::Grid([point]).measure_floor(&snapshot).expect("falls");
        !book.quantity()[0].is_zero()
    };
    assert!(counted(exact, 0, u << 32));
    assert!(!counted(exact, 0, (u << 32) - 1), "a lower bid");
    assert!(!counted(Ratio::from_bits(exact.to_bits() - 1), 0, u << 32), "a smaller point");
    let most = Ratio::MAX.checked_sub(Ratio::ONE).expect("large");
    assert!(!counted(most, -1, u << 32) && !counted(most, -2, u64::MAX));
}

#[test]
fn pool_at_the_edges() {
    for reserve in EDGES {
        for sold in EDGES {
            check_pool_impact(reserve, sold);
        }
        for limit in [0, 1, 2, 3, (1 << 48) - 1, 1 << 48, (1 << 48) + 1, u64::MAX - 1, u64::MAX] {
            check_capacity(&pool(reserve), bits(limit));
        }
    }
    // An impact of exactly the largest ratio exists only below it: 255 parts sold are (256)^2 - 1 = 65,535.
    assert_eq!(pool(1).impact_ceil(Amount::new(255)), Ok(bits(65_535 << 48)));
    assert_eq!(pool(1).impact_ceil(Amount::new(256)), Err(Error::DepthExhausted));
    assert_eq!(pool(1).capacity_floor(Ratio::MAX), Amount::new(255));
    assert_eq!(pool(u128::MAX).capacity_floor(Ratio::MAX), Amount::new(u128::MAX));
}

#[test]
fn an_empty_pool_takes_nothing() {
    assert_eq!(pool(0).impact_ceil(Amount::ZERO), Ok(Ratio::ZERO));
    assert_eq!(pool(0).impact_ceil(Amount::new(1)), Err(Error::DepthExhausted));
    assert_eq!(pool(0).capacity_floor(Ratio::MAX), Amount::ZERO);
}

/// The error stated for impacts below one is attained up to its last step, and not passed.
#[test]
fn pool_error_is_as_stated() {
    let mut largest = 0;
    for reserve in 1_000_003_u128..1_000_203 {
        for sold in [414_000_u128, 413_999, 333_333, 100_003] {
            let charged = pool(reserve).impact_ceil(Amount::new(sold)).expect("below one").to_bits();
            let exact = fits64(&exact_pool_impact(reserve, sold).ceil(48)).expect("below one");
            largest = largest.max(charged - exact);
        }
    }
    assert_eq!(largest, 3);
}

#[test]
fn grids_must_rise_from_above_zero() {
    let check = |points: [u32; 3]| Shape::Grid(points.map(bps)).check();
    assert_eq!(check([1, 2, 3]), Ok(()));
    assert_eq!(check([0, 2, 3]), Err(Error::GridNotRising));
    assert_eq!(check([1, 1, 3]), Err(Error::GridNotRising));
    assert_eq!(check([1, 3, 2]), Err(Error::GridNotRising));
    assert_eq!(Shape::Grid([Ratio::ULP, bits(2)]).check(), Ok(()));
    assert_eq!(Shape::<0>::Grid([]).check(), Err(Error::GridNotRising));
    assert_eq!(Shape::<0>::ConstantProduct.check(), Err(Error::GridNotRising));
    assert_eq!(CONSTANT.check(), Ok(()));
    let seen = Snapshot::ConstantProduct { reserve: Amount::new(7) };
    assert_eq!(Shape::<0>::ConstantProduct.measure_floor(&seen), Err(Error::GridNotRising));
    // No book comes out of such a grid: on a point of zero, a limit of zero would permit a sale.
    let levels = [level(100, 7)];
    for points in [[Ratio::ZERO, bps(1)], [bps(1), bps(1)], [bps(2), bps(1)]] {
        assert_eq!(Shape::Grid(points).measure_floor(&ladder(100, &levels)), Err(Error::GridNotRising));
        assert_eq!(Shape::Grid(points).measure_floor(&Snapshot::Bands(&[])), Err(Error::GridNotRising));
    }
}

#[test]
fn depth_kind() {
    let grid = Shape::Grid([bps(100)]);
    let levels = [level(100, 1)];
    let bands = [band(bps(100), 1)];
    assert_eq!(CONSTANT.measure_floor(&ladder(100, &levels)), Err(Error::DepthKind));
    assert_eq!(CONSTANT.measure_floor(&Snapshot::Bands(&bands)), Err(Error::DepthKind));
    let reserve = Snapshot::ConstantProduct { reserve: Amount::new(1) };
    assert_eq!(grid.measure_floor(&reserve), Err(Error::DepthKind));
}

#[test]
fn ladder_not_falling() {
    let grid = Shape::Grid([bps(100), bps(20_000)]);
    let measure = |levels: &[Level]| grid.measure_floor(&ladder(100, levels)).map(|book| *book.quantity());
    assert_eq!(measure(&[level(101, 1)]), Err(Error::LadderNotFalling));
    assert_eq!(measure(&[level(99, 1), level(100, 1)]), Err(Error::LadderNotFalling));
    // Level prices may stand; the reference itself has no impact.
    assert_eq!(measure(&[level(100, 1), level(100, 2), level(99, 4), level(99, 8)]), Ok(amounts([3, 15])));
    assert_eq!(measure(&[]), Ok(amounts([0, 0])));
    // A rise is refused even beyond the last point of the grid.
    assert_eq!(measure(&[level(2, 1), level(3, 1)]), Err(Error::LadderNotFalling));
}

/// A level exactly at a grid point counts there; one step of the price below it does not.
#[test]
fn ladder_level_at_a_grid_point() {
    let grid = Shape::Grid([bits(1 << 46), Ratio::ONE]);
    // 125 / 100 = 1 + 1/4.
    let at = grid.measure_floor(&ladder(125, &[level(100, 7)])).expect("falling");
    assert_eq!(*at.quantity(), amounts([7, 7]));
    let (exponent, significand) = level(100, 7).price.to_parts();
    let below = Price::from_parts(exponent, significand - 1).expect("normalised");
    let below = grid.measure_floor(&ladder(125, &[Level { price: below, amount: Amount::new(7) }])).expect("falling");
    assert_eq!(*below.quantity(), amounts([0, 7]));
    // A price so low that its impact has no ratio counts nowhere.
    let grid = Shape::Grid([Ratio::MAX]);
    let far = [Level { price: Price::MIN, amount: Amount::new(9) }];
    let far = grid.measure_floor(&Snapshot::Ladder { reference: Price::MAX, levels: &far }).expect("falling");
    assert_eq!(*far.quantity(), amounts([0]));
}

#[test]
fn depth_band_order() {
    let grid = Shape::Grid([bps(100), bps(1_000), bps(50_000)]);
    let measure = |bands: &[Band]| grid.measure_floor(&Snapshot::Bands(bands)).map(|book| *book.quantity());
    assert_eq!(measure(&[band(bps(50), 5), band(bps(50), 6)]), Err(Error::DepthBandOrder));
    assert_eq!(measure(&[band(bps(50), 5), band(bps(40), 6)]), Err(Error::DepthBandOrder));
    assert_eq!(measure(&[band(bps(50), 5), band(bps(60), 4)]), Err(Error::DepthBandOrder));
    assert_eq!(measure(&[band(Ratio::ZERO, 5)]), Err(Error::DepthBandOrder));
    assert_eq!(measure(&[band(Ratio::ONE, 5)]), Err(Error::DepthBandOrder));
    assert_eq!(measure(&[band(bits((1 << 48) - 1), 5)]), Ok(amounts([0, 0, 0])));
    assert_eq!(measure(&[band(bps(50), 5), band(bps(60), 5)]), Ok(amounts([5, 5, 5])));
    assert_eq!(measure(&[]), Ok(amounts([0, 0, 0])));
    // 1 % of the mid down is an impact of 1/99, above the first point.
    assert_eq!(measure(&[band(bps(100), 5), band(bps(5_000), 9)]), Ok(amounts([0, 5, 9])));
    // Of width 1/5 the impact is 1/4 exactly; rounding the width down keeps it within.
    let quarter = Shape::Grid([bits((1 << 46) - 1), bits(1 << 46)]);
    let fifth = [band(Ratio::from_fraction_floor(1, 5).expect("a fifth"), 3)];
    assert_eq!(quarter.measure_floor(&Snapshot::Bands(&fifth)).map(|book| *book.quantity()), Ok(amounts([0, 3])));
}

#[test]
fn quantities_beyond_the_type_are_refused() {
    let grid = Shape::Grid([bps(10_000)]);
    let full = [level(100, u128::MAX), level(100, 1)];
    assert_eq!(grid.measure_floor(&ladder(100, &full)), Err(Error::Overflow));
    assert!(grid.measure_floor(&ladder(100, &full[..1])).is_ok());
    // What lies beyond the grid is not added up.
    let far = [level(100, u128::MAX), level(1, 1)];
    assert_eq!(grid.measure_floor(&ladder(100, &far)).map(|book| *book.quantity()), Ok(amounts([u128::MAX])));
    let book = grid.measure_floor(&ladder(100, &full[..1])).expect("falling");
    assert_eq!(book.scaled_floor(bits((1 << 48) + 1)), Err(Error::Overflow));
    assert_eq!(book.scaled_floor(Ratio::ONE), Ok(book));
}

/// The last atom of a level costs the level below it.
#[test]
fn grid_steps() {
    let grid = Shape::Grid([bps(100), bps(200), bps(300)]);
    let bands = [band(bps(99), 10), band(bps(196), 10), band(bps(250), 30)];
    let book = grid.measure_floor(&Snapshot::Bands(&bands)).expect("bands");
    assert_eq!(*book.quantity(), amounts([10, 10, 30]));
    let impact = |sold: u128| book.impact_ceil(Amount::new(sold));
    assert_eq!(impact(0), Ok(Ratio::ZERO));
    assert_eq!(impact(1), Ok(bps(100)));
    assert_eq!(impact(9), Ok(bps(100)));
    // The second point adds nothing to the first.
    assert_eq!(impact(10), Ok(bps(300)));
    assert_eq!(impact(29), Ok(bps(300)));
    assert_eq!(impact(30), Err(Error::DepthExhausted));
    let capacity = |limit: Ratio| book.capacity_floor(limit).get();
    let below = |n: u32| bits(bps(n).to_bits() - 1);
    assert_eq!(
        [Ratio::ZERO, below(100), bps(100), bps(200), below(300), bps(300), Ratio::MAX].map(capacity),
        [0, 0, 9, 9, 9, 29, 29]
    );
}

/// The bids of a random ladder: its reference, its levels, best first.
fn any_ladder() -> impl Strategy<Value = (Price, Vec<Level>)> {
    let step = (prop_oneof![Just(1_000_000_u64), 990_000_u64..1_000_000, 100_000_u64..1_000_000], any128());
    (1_u64 << 30..1 << 50, prop::collection::vec(step, 0..12)).prop_map(|(reference, steps)| {
        let mut price = reference;
        let levels = steps.iter().map(|&(kept, amount)| {
            price = u64::try_from(u128::from(price) * u128::from(kept) / 1_000_000).expect("falls").max(1);
            level(u128::from(price), amount >> 8)
        });
        let levels = levels.collect();
        (Price::from_fraction_floor(u128::from(reference), 1).expect("positive"), levels)
    })
}

fn any_grid() -> impl Strategy<Value = Shape<4>> {
    prop::collection::btree_set(prop_oneof![1_u64..1 << 44, 1_u64..1 << 50, 1_u64..u64::MAX], 4).prop_map(|points| {
        let mut points = points.into_iter().map(bits);
        Shape::Grid(std::array::from_fn(|_| points.next().expect("four points")))
    })
}

fn points<const N: usize>(shape: &Shape<N>) -> [Ratio; N] {
    match shape {
        Shape::Grid(points) => *points,
        Shape::ConstantProduct => panic!("a grid"),
    }
}

/// The exact impact of having sold `sold` on a ladder; `None` when no bid is left.
fn ladder_impact(reference: Price, levels: &[Level], sold: u128) -> Option<Frac> {
    let mut sum = 0;
    let next = levels.iter().find(|level| {
        sum += level.amount.get();
        sold < sum
    })?;
    Some(Frac::price(reference).div(&Frac::price(next.price)).sub(&Frac::one()))
}

/// Totals at and around which the impact on a ladder or a grid changes.
fn steps_of(levels: &[Level], quantity: &[Amount]) -> Vec<u128> {
    let mut sum = 0;
    let totals: Vec<u128> = levels
        .iter()
        .map(|level| {
            sum += level.amount.get();
            sum
        })
        .chain(quantity.iter().map(|amount| amount.get()))
        .collect();
    totals.iter().flat_map(|&total| [total.saturating_sub(1), total, total + 1]).filter(|&sold| sold > 0).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    #[test]
    fn pool_impact_is_exact_or_above(reserve in any128(), sold in any128()) {
        check_pool_impact(reserve, sold);
    }

    #[test]
    fn pool_impact_where_it_is_small(reserve in 1_u128 << 20..1 << 100, part in 1_u128..1 << 20) {
        let sold = reserve / (2 * part) + 1;
        check_pool_impact(reserve, sold);
        let impact = Frac::of(pool(reserve).impact_ceil(Amount::new(sold)).expect("at most 1.25"));
        prop_assert!(impact.sub(&exact_pool_impact(reserve, sold)) < Frac::of(bits(4)));
    }

    #[test]
    fn pool_capacity_inverts_impact(reserve in any128(), limit in any_ratio()) {
        check_capacity(&pool(reserve), limit);
        prop_assert_eq!(pool(reserve).capacity_floor(Ratio::ZERO), Amount::ZERO);
    }

    /// Nothing that a ladder does not bid is shown, and all that it bids within a point is.
    #[test]
    fn ladders_are_measured_exactly((reference, levels) in any_ladder(), grid in any_grid()) {
        let book = grid.measure_floor(&Snapshot::Ladder { reference, levels: &levels }).expect("falling");
        for (point, quantity) in points(&grid).into_iter().zip(book.quantity()) {
            let bid = |level: &&Level| {
                Frac::price(reference) <= Frac::price(level.price).mul(&Frac::one().add(&Frac::of(point)))
            };
            let exact: u128 = levels.iter().filter(bid).map(|level| level.amount.get()).sum();
            prop_assert_eq!(quantity.get(), exact);
        }
        for sold in steps_of(&levels, book.quantity()) {
            let Ok(impact) = book.impact_ceil(Amount::new(sold)) else { continue };
            let exact = ladder_impact(reference, &levels, sold).expect("a certified sale leaves a bid");
            prop_assert!(Frac::of(impact) >= exact);
        }
        for limit in points(&grid).into_iter().flat_map(|point| [bits(point.to_bits() - 1), point]) {
            check_capacity(&book, limit);
        }
    }

    /// Bands cut from a ladder over-state it as little as the ladder itself.
    #[test]
    fn bands_never_show_more_than_the_ladder(
        (reference, levels) in any_ladder(),
        grid in any_grid(),
        widths in prop::collection::btree_set(1_u64..1 << 48, 1..6),
    ) {
        let bands: Vec<Band> = widths
            .into_iter()
            .map(|width| {
                let lowest = Frac::price(reference).mul(&Frac::one().sub(&Frac::of(bits(width))));
                let within = levels.iter().filter(|level| Frac::price(level.price) >= lowest);
                band(bits(width), within.map(|level| level.amount.get()).sum())
            })
            .collect();
        let book = grid.measure_floor(&Snapshot::Bands(&bands)).expect("widening");
        for (point, quantity) in points(&grid).into_iter().zip(book.quantity()) {
            // The widest band whose impact w / (1 - w) is within the point.
            let mut within = bands.iter().filter(|band| {
                Frac::of(band.width) <= Frac::of(point).mul(&Frac::one().sub(&Frac::of(band.width)))
            });
            prop_assert_eq!(*quantity, within.next_back().map_or(Amount::ZERO, |band| band.amount));
        }
        for sold in steps_of(&levels, book.quantity()) {
            let Ok(impact) = book.impact_ceil(Amount::new(sold)) else { continue };
            let exact = ladder_impact(reference, &levels, sold).expect("a certified sale leaves a bid");
            prop_assert!(Frac::of(impact) >= exact);
        }
    }

    #[test]
    fn scaling_rounds_down((reference, levels) in any_ladder(), grid in any_grid(), factor in share()) {
        let book = grid.measure_floor(&Snapshot::Ladder { reference, levels: &levels }).expect("falling");
        let scaled = book.scaled_floor(factor).expect("a factor of at most one");
        for (whole, part) in book.quantity().iter().zip(scaled.quantity()) {
            let exact = Frac::int(whole.get()).mul(&Frac::of(factor));
            prop_assert_eq!(part.get(), fits128(&exact.floor(0)).expect("smaller"));
        }
        for limit in points(&grid) {
            check_capacity(&scaled, limit);
        }
    }
}
