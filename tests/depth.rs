//! Credible depth: what is believed of a snapshot, for how long, and what was sold behind it.

#[path = "support/exact.rs"]
mod exact;
#[path = "support/rational.rs"]
mod rational;

use damper::Error;
use damper::book::{Band, Book, Level, Shape, Snapshot};
use damper::depth::{Depth, DepthConfig, DepthObservation, DepthParams};
use damper::price::Price;
use damper::ratio::Ratio;
use damper::units::{Amount, Seconds, Timestamp};
use exact::Log;
use proptest::prelude::*;
use rational::{Frac, any64, any128, big, fits128, share};

const POOL: DepthParams<1> = DepthParams {
    shape: Shape::ConstantProduct,
    haircut: Ratio::ZERO,
    max_age: Seconds::new(60),
    rise_time: Seconds::new(600),
    rise_base: Amount::new(600),
};

fn bps(n: u32) -> Ratio {
    Ratio::from_bps_floor(n).expect("small")
}

fn bits(n: u64) -> Ratio {
    Ratio::from_bits(n)
}

fn at(seconds: u64) -> Timestamp {
    Timestamp::new(seconds)
}

fn amount(n: u128) -> Amount {
    Amount::new(n)
}

fn config<const N: usize>(params: DepthParams<N>) -> DepthConfig<N> {
    DepthConfig::new(params).expect("sound parameters")
}

fn pool(reserve: u128, source_time: u64) -> DepthObservation<'static> {
    DepthObservation { source_time: at(source_time), snapshot: Snapshot::ConstantProduct { reserve: amount(reserve) } }
}

/// What the config believes of a pool.
fn believed(config: &DepthConfig<1>, state: &Depth<1>) -> u128 {
    config.book(state).expect("a factor of at most one").quantity()[0].get()
}

/// Sells `sale` and returns the charge with the state after it.
fn sell<const N: usize>(config: &DepthConfig<N>, state: Depth<N>, sale: u128, now: u64) -> (Ratio, Depth<N>) {
    let charge = config.charge_ceil(&state, amount(sale)).expect("within the book");
    (charge, state.sell(amount(sale), charge, at(now)).expect("small"))
}

fn grid_shape() -> Shape<3> {
    Shape::Grid([bps(100), bps(200), bps(300)])
}

/// A grid that shows the given quantities at its three points.
fn bands(quantity: [u128; 3]) -> [Band; 3] {
    let widths = [bps(99), bps(196), bps(290)];
    std::array::from_fn(|i| Band { width: widths[i], amount: amount(quantity[i]) })
}

#[test]
fn grid_not_rising() {
    let grid = |points: [Ratio; 2]| {
        let DepthParams { haircut, max_age, rise_time, rise_base, .. } = POOL;
        DepthConfig::new(DepthParams { shape: Shape::Grid(points), haircut, max_age, rise_time, rise_base })
    };
    assert!(grid([bps(1), bps(2)]).is_ok());
    assert_eq!(grid([bps(2), bps(2)]), Err(Error::GridNotRising));
    assert_eq!(grid([Ratio::ZERO, bps(2)]), Err(Error::GridNotRising));
}

#[test]
fn haircut_range() {
    assert_eq!(DepthConfig::new(DepthParams { haircut: bits((1 << 48) + 1), ..POOL }), Err(Error::HaircutRange));
    // A haircut of one believes nothing: zero depth permits no sale.
    let none = config(DepthParams { haircut: Ratio::ONE, ..POOL });
    let state = none.open(&pool(u128::MAX, 0), at(0)).expect("a pool");
    assert_eq!(none.charge_ceil(&state, amount(1)), Err(Error::DepthExhausted));
    assert_eq!(none.largest_sale_floor(&state, Ratio::MAX), Ok(Amount::ZERO));
    let most = config(DepthParams { haircut: bits((1 << 48) - 1), ..POOL });
    let state = most.open(&pool(1 << 48, 0), at(0)).expect("a pool");
    assert_eq!(believed(&most, &state), 1);
}

#[test]
fn rise_time_zero() {
    assert_eq!(DepthConfig::new(DepthParams { rise_time: Seconds::ZERO, ..POOL }), Err(Error::DepthRiseTimeZero));
}

#[test]
fn book_share_range() {
    let rule = config(POOL);
    assert_eq!(rule.shared(bits((1 << 48) + 1)), Err(Error::BookShareRange));
    // A constant product is shared by its budgets alone.
    assert_eq!(rule.shared(bps(1)), Ok(rule));
    let DepthParams { max_age, rise_time, rise_base, .. } = POOL;
    let grid = config(DepthParams { shape: grid_shape(), haircut: bps(5_000), max_age, rise_time, rise_base });
    assert_eq!(grid.shared(bits((1 << 48) + 1)), Err(Error::BookShareRange));
    let shown = bands([100, 200, 300]);
    let seen = DepthObservation { source_time: at(0), snapshot: Snapshot::Bands(&shown) };
    let half = grid.shared(bps(5_000)).expect("a share");
    let state = half.open(&seen, at(0)).expect("bands");
    assert_eq!(*half.book(&state).expect("scaled").quantity(), [25, 50, 75].map(Amount::new));
    let none = grid.shared(Ratio::ZERO).expect("a share");
    assert_eq!(none.largest_sale_floor(&state, Ratio::MAX), Ok(Amount::ZERO));
    assert_eq!(none.charge_ceil(&state, amount(1)), Err(Error::DepthExhausted));
}

#[test]
fn parameters_are_told_and_build_the_same() {
    assert_eq!(config(POOL).params(), POOL);
    // One third of the budgets, and all of the pool.
    let third = Ratio::from_fraction_floor(1, 3).expect("below one");
    assert_eq!(config(POOL).shared(third).expect("a share").params(), POOL);
    let DepthParams { max_age, rise_time, rise_base, .. } = POOL;
    for haircut in [Ratio::ZERO, Ratio::ULP, bps(2_500), third, bits((1 << 48) - 1), Ratio::ONE] {
        let params = DepthParams { shape: grid_shape(), haircut, max_age, rise_time, rise_base };
        let rule = config(params);
        assert_eq!(rule.params(), params);
        // What is believed of the book, times the share, rounded down; the rest is the haircut.
        let own = rule.shared(third).expect("a share");
        let one = u128::from(Ratio::ONE.to_bits());
        let believed = (one - u128::from(haircut.to_bits())) * u128::from(third.to_bits()) / one;
        assert_eq!(u128::from(own.params().haircut.to_bits()), one - believed);
        assert_eq!(config(own.params()), own);
    }
}

#[test]
fn depth_from_future() {
    let rule = config(POOL);
    assert_eq!(rule.open(&pool(1, 11), at(10)), Err(Error::DepthFromFuture));
    let state = rule.open(&pool(1, 10), at(10)).expect("the present");
    assert_eq!(rule.accept(state, &pool(1, 11), at(10)), Err(Error::DepthFromFuture));
    assert!(rule.accept(state, &pool(1, 11), at(11)).is_ok());
}

#[test]
fn depth_out_of_order() {
    let rule = config(POOL);
    let state = rule.open(&pool(1, 10), at(10)).expect("the present");
    assert_eq!(rule.accept(state, &pool(1, 9), at(20)), Err(Error::DepthOutOfOrder));
    let same = rule.accept(state, &pool(1, 10), at(20)).expect("the same source time");
    assert_eq!(same.source_time(), at(10));
}

#[test]
fn depth_stale() {
    let rule = config(POOL);
    let state = rule.open(&pool(1, 10), at(10)).expect("the present");
    assert!(rule.accept(state, &pool(1, 20), at(80)).is_ok());
    assert_eq!(rule.accept(state, &pool(1, 20), at(81)), Err(Error::DepthStale));
    assert_eq!(rule.fresh(&state, at(70)), Ok(()));
    assert_eq!(rule.fresh(&state, at(71)), Err(Error::DepthStale));
    assert_eq!(rule.fresh(&state, at(9)), Err(Error::DepthStale));
    // An age limit of zero means zero.
    let present = config(DepthParams { max_age: Seconds::ZERO, ..POOL });
    assert_eq!(present.fresh(&state, at(10)), Ok(()));
    assert_eq!(present.fresh(&state, at(11)), Err(Error::DepthStale));
}

#[test]
fn snapshot_of_another_kind() {
    let rule = config(POOL);
    let shown = bands([1, 2, 3]);
    let seen = DepthObservation { source_time: at(0), snapshot: Snapshot::Bands(&shown) };
    assert_eq!(rule.open(&seen, at(0)), Err(Error::DepthKind));
    let state = rule.open(&pool(1, 0), at(0)).expect("a pool");
    assert_eq!(rule.accept(state, &seen, at(0)), Err(Error::DepthKind));
}

#[test]
fn depth_exhausted() {
    let DepthParams { haircut, max_age, rise_time, rise_base, .. } = POOL;
    let rule = config(DepthParams { shape: grid_shape(), haircut, max_age, rise_time, rise_base });
    let shown = bands([10, 20, 30]);
    let seen = DepthObservation { source_time: at(0), snapshot: Snapshot::Bands(&shown) };
    let state = rule.open(&seen, at(0)).expect("bands");
    assert_eq!(rule.charge_ceil(&state, amount(29)), Ok(bps(300)));
    assert_eq!(rule.charge_ceil(&state, amount(30)), Err(Error::DepthExhausted));
    let (_, state) = sell(&rule, state, 29, 1);
    assert_eq!(rule.charge_ceil(&state, amount(1)), Err(Error::DepthExhausted));
    assert_eq!(rule.charge_ceil(&state, Amount::ZERO), Ok(Ratio::ZERO));
    assert_eq!(rule.largest_sale_floor(&state, Ratio::MAX), Ok(Amount::ZERO));
}

#[test]
fn sums_beyond_the_type_are_refused() {
    let rule = config(POOL);
    let state = rule.open(&pool(u128::MAX, 0), at(0)).expect("a pool");
    let full = state.sell(amount(u128::MAX), Ratio::MAX, at(0)).expect("within the types");
    assert_eq!(full.sell(amount(1), Ratio::ZERO, at(0)), Err(Error::Overflow));
    assert_eq!(full.sell(Amount::ZERO, Ratio::ULP, at(0)), Err(Error::Overflow));
    assert_eq!(rule.charge_ceil(&full, amount(1)), Err(Error::Overflow));
    assert_eq!(rule.largest_sale_floor(&full, Ratio::MAX), Ok(Amount::ZERO));
}

#[test]
fn an_empty_pool_takes_nothing() {
    let rule = config(POOL);
    let state = rule.open(&pool(0, 0), at(0)).expect("a pool");
    assert_eq!(rule.charge_ceil(&state, amount(1)), Err(Error::DepthExhausted));
    assert_eq!(rule.largest_sale_floor(&state, Ratio::MAX), Ok(Amount::ZERO));
    // It rises from the base: a tenth of it in a tenth of the rise time, an atom a second at the least.
    let risen = rule.accept(state, &pool(1_000, 1), at(1)).expect("in order");
    assert_eq!(believed(&rule, &risen), 1);
    let rule = config(DepthParams { rise_base: amount(1_009), ..POOL });
    let risen = rule.accept(state, &pool(1_000, 60), at(60)).expect("in order");
    assert_eq!(believed(&rule, &risen), 100);
    // With an age limit of zero, a snapshot counts one second.
    let rule = config(DepthParams { max_age: Seconds::ZERO, ..POOL });
    let risen = rule.accept(state, &pool(1_000, 60), at(60)).expect("in order");
    assert_eq!(believed(&rule, &risen), 1);
}

#[test]
fn depth_rise_base() {
    let bad = |base| DepthConfig::new(DepthParams { rise_base: amount(base), ..POOL }).err();
    assert_eq!((bad(599), bad(600)), (Some(Error::DepthRiseBase), None));
    assert_eq!(bad(0), Some(Error::DepthRiseBase));
}

#[test]
fn depth_falls_at_once_and_rises_slowly() {
    let rule = config(DepthParams { max_age: Seconds::new(1_000), ..POOL });
    let state = rule.open(&pool(1_000_000, 0), at(0)).expect("a pool");
    let fallen = rule.accept(state, &pool(10, 0), at(0)).expect("the same time");
    assert_eq!(believed(&rule, &fallen), 10);
    let again = rule.accept(fallen, &pool(1_000_000, 0), at(0)).expect("the same time");
    assert_eq!(believed(&rule, &again), 10, "no time, no rise");
    // One second of 600.
    let second = rule.accept(state, &pool(2_000_000, 1), at(1)).expect("in order");
    assert_eq!(believed(&rule, &second), 1_000_000 + 1_000_000 / 600);
    // Doubled after the rise time.
    let doubled = rule.accept(state, &pool(u128::MAX, 600), at(600)).expect("in order");
    assert_eq!(believed(&rule, &doubled), 2_000_000);
    // A claim within the rise is believed in full.
    let claim = rule.accept(state, &pool(1_500_000, 600), at(600)).expect("in order");
    assert_eq!(believed(&rule, &claim), 1_500_000);
    // A time without snapshots earns the age limit and no more.
    let rule = config(POOL);
    let late = rule.accept(state, &pool(u128::MAX, 1_000_000), at(1_000_000)).expect("in order");
    assert_eq!(believed(&rule, &late), 1_100_000);
    // Near the end of the type a rise beyond it is the claim.
    let state = rule.open(&pool(u128::MAX - 1, 0), at(0)).expect("a pool");
    let top = rule.accept(state, &pool(u128::MAX, 60), at(60)).expect("in order");
    assert_eq!(believed(&rule, &top), u128::MAX);
}

/// However many snapshots, depth at or above the base of the rise grows by less than `e` per rise time, and a single one at most
/// doubles it.
#[test]
fn the_rise_compounds_to_e_at_most() {
    let rule = config(POOL);
    let start = 1_000_000_000_u128;
    let mut state = rule.open(&pool(start, 0), at(0)).expect("a pool");
    for second in 1..=600 {
        state = rule.accept(state, &pool(u128::MAX, second), at(second)).expect("in order");
    }
    let grown = believed(&rule, &state);
    assert!(2_710_000_000 < grown && grown < 2_718_281_828, "{grown}");
}

#[test]
fn own_consumption_is_forgotten_when_it_is_shown() {
    let rule = config(POOL);
    let state = rule.open(&pool(1_000, 0), at(0)).expect("a pool");
    let (first, state) = sell(&rule, state, 100, 10);
    assert_eq!(state.sold(), amount(100));
    for source_time in [0, 9, 10] {
        let behind = rule.accept(state, &pool(1_000, source_time), at(20)).expect("in order");
        assert_eq!(behind.sold(), amount(100), "a snapshot of {source_time} may not show a sale at 10");
        // Of the second of the sale it may, and then what was paid is for a move that it already contains.
        assert_eq!(behind.paid(), if source_time == 10 { Ratio::ZERO } else { first });
    }
    let shown = rule.accept(state, &pool(1_000, 11), at(20)).expect("in order");
    assert_eq!(shown.sold(), Amount::ZERO);
    assert_eq!(rule.charge_ceil(&shown, amount(100)), Ok(first));
    // Of several sales the last one counts.
    let (_, state) = sell(&rule, state, 1, 15);
    assert_eq!(rule.accept(state, &pool(1_000, 15), at(20)).expect("in order").sold(), amount(101));
    // A sale that is booked late does not turn the time back.
    let (_, state) = sell(&rule, state, 1, 3);
    assert_eq!(rule.accept(state, &pool(1_000, 15), at(20)).expect("in order").sold(), amount(102));
    assert_eq!(rule.accept(state, &pool(1_000, 16), at(20)).expect("in order").sold(), Amount::ZERO);
}

/// A thinner book under the same consumption makes good what the older book under-charged.
#[test]
fn a_thinner_book_catches_up() {
    let rule = config(POOL);
    let state = rule.open(&pool(1_000_000, 0), at(0)).expect("a pool");
    let (paid, state) = sell(&rule, state, 10_000, 10);
    let thinner = rule.accept(state, &pool(100_000, 5), at(11)).expect("in order");
    let charge = rule.charge_ceil(&thinner, amount(1)).expect("within the book");
    let whole = pool_impact(100_000, 10_001);
    assert_eq!(Frac::of(paid.checked_add(charge).expect("small")).floor(48), whole.ceil(48) + 1_u32);
    // No sale is left to a limit below the arrears.
    assert_eq!(rule.largest_sale_floor(&thinner, bits(charge.to_bits() - 1)), Ok(Amount::ZERO));
    assert_eq!(rule.largest_sale_floor(&thinner, charge), Ok(amount(1)));
}

fn pool_impact(reserve: u128, sold: u128) -> Frac {
    let grown = Frac::new(big(reserve) + big(sold), reserve);
    grown.mul(&grown).sub(&Frac::one())
}

/// A snapshot that arrives late may show a part of the own sales: then its deeper book stands at a price that they have
/// moved already, and what was paid for the old book does not pay for a walk down the new one.
#[test]
fn a_deeper_book_that_arrives_late_is_not_sold_on_for_nothing() {
    let rule = config(DepthParams { rise_time: Seconds::new(1), ..POOL });
    let thin = 1_000_000_u128;
    let state = rule.open(&pool(thin, 0), at(0)).expect("a pool");
    // A tenth of the reserve at 1, one atom at 10; the book of 5, twice as deep, is seen at 11.
    let (first, state) = sell(&rule, state, thin / 10, 1);
    let (second, state) = sell(&rule, state, 1, 10);
    let state = rule.accept(state, &pool(2 * thin, 5), at(11)).expect("in order");
    let (third, _) = sell(&rule, state, thin / 10, 12);
    let charged = [first, second, third].map(|charge| i128::from(charge.to_bits())).iter().sum();
    let twice = |log: Log| log.add(log);
    let moved =
        twice(Log::of_ratio(thin + thin / 10, thin)).add(twice(Log::of_ratio(2 * thin + thin / 10 + 1, 2 * thin)));
    assert!(moved.certainly_le(Log::from_fraction(charged, 1 << 48)), "moved {}", moved.to_decimal_floor(6));
    // Once the sales are shown, it rises again.
    let shown = rule.accept(state, &pool(2 * thin, 13), at(13)).expect("in order");
    assert_eq!(believed(&rule, &shown), 2 * thin);
}

/// Joint sales of sellers with shares on one snapshot stay within the impact that each was charged for.
#[test]
fn shares_of_a_grid_add_up_to_the_book() {
    let DepthParams { haircut, max_age, rise_time, rise_base, .. } = POOL;
    let rule = config(DepthParams { shape: grid_shape(), haircut, max_age, rise_time, rise_base });
    let shown = bands([1_000, 5_000, 5_001]);
    let seen = DepthObservation { source_time: at(0), snapshot: Snapshot::Bands(&shown) };
    let whole = rule.open(&seen, at(0)).expect("bands");
    for shares in [vec![(1, 2), (1, 2)], vec![(1, 3), (1, 3), (1, 3)], vec![(9, 10), (1, 10)]] {
        for limit in [bps(100), bps(200), bps(300)] {
            let mut joint = 0;
            for &(num, den) in &shares {
                let share = Ratio::from_fraction_floor(num, den).expect("below one");
                let own = rule.shared(share).expect("a share");
                joint += own.largest_sale_floor(&own.open(&seen, at(0)).expect("bands"), limit).expect("scaled").get();
            }
            assert!(rule.charge_ceil(&whole, amount(joint)).expect("within the book") <= limit, "{shares:?}");
        }
    }
}

/// A grid of four points with quantities that grow.
fn any_book() -> impl Strategy<Value = ([u64; 4], Vec<Level>)> {
    let level = (1_u64..300_000, any128());
    (prop::collection::btree_set(1_u64..1 << 49, 4), prop::collection::vec(level, 1..10)).prop_map(|(points, steps)| {
        let mut points = points.into_iter();
        let mut price = 1_u128 << 40;
        let levels = steps.into_iter().map(|(step, quantity)| {
            price -= price * u128::from(step) / 1_000_000;
            Level { price: Price::from_fraction_floor(price, 1).expect("positive"), amount: amount(quantity >> 8) }
        });
        (std::array::from_fn(|_| points.next().expect("four")), levels.collect())
    })
}

fn reference() -> Price {
    Price::from_fraction_floor(1 << 40, 1).expect("positive")
}

/// Sells in the given parts of what is left, in thousandths; checks each charge against the inverse and the sum of all
/// against the impact of the whole.
fn check_split<const N: usize>(
    rule: &DepthConfig<N>,
    mut state: Depth<N>,
    book: &Book<N>,
    limit: Ratio,
    parts: &[u64],
) {
    let mut left = limit;
    let mut charged = 0_u64;
    let mut total = 0_u128;
    for &part in parts {
        let largest = rule.largest_sale_floor(&state, left).expect("a factor of at most one");
        let within = |sale| rule.charge_ceil(&state, sale).is_ok_and(|charge| charge <= left);
        assert!(within(largest));
        if let Ok(more) = largest.checked_add(amount(1)) {
            assert!(!within(more));
        }
        let sale = fits128(&(big(largest.get()) * part / 1_000_u32)).expect("smaller");
        let (charge, next) = sell(rule, state, sale, 1);
        state = next;
        left = left.checked_sub(charge).expect("within the limit");
        charged += charge.to_bits();
        total += sale;
        let whole = book.impact_ceil(amount(total)).expect("within the book").to_bits();
        assert_eq!(charged, whole, "charges telescope to the impact of the whole");
    }
    assert!(charged <= limit.to_bits());
    assert_eq!(state.sold(), amount(total));
}

fn parts() -> impl Strategy<Value = Vec<u64>> {
    prop::collection::vec(prop_oneof![3 => 0_u64..=1_000, 1 => Just(1_000), 1 => Just(0)], 1..8)
}

/// A pool that only deepens, with snapshots that are true but arrive late.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// Time passes, and liquidity is added, in thousandths of the reserve.
    Grow(u64, u64),
    /// A snapshot is taken.
    Take,
    /// The oldest snapshot that is under way arrives.
    Arrive,
    /// A part of the reserve is sold, in ten-thousandths.
    Sell(u64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        2 => (0_u64..5, prop_oneof![Just(0_u64), 0_u64..3_000]).prop_map(|(time, grown)| Step::Grow(time, grown)),
        2 => Just(Step::Take),
        2 => Just(Step::Arrive),
        3 => prop_oneof![Just(0_u64), 1_u64..2_000].prop_map(Step::Sell),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    /// T0 on a pool: any split of an order is charged exactly as the whole, and the inverse is exact.
    #[test]
    fn splitting_gains_nothing_on_a_pool(reserve in any128(), haircut in share(), limit in any64(), parts in parts()) {
        let rule = config(DepthParams { haircut, ..POOL });
        let state = rule.open(&pool(reserve, 0), at(0)).expect("a pool");
        let book = rule.book(&state).expect("a factor of at most one");
        let factor = Frac::of(Ratio::ONE).sub(&Frac::of(haircut));
        prop_assert_eq!(big(book.quantity()[0].get()), Frac::int(reserve).mul(&factor).floor(0));
        check_split(&rule, state, &book, bits(limit), &parts);
    }

    /// T0 on a grid, and the charges reach the exact impact on the ladder behind it.
    #[test]
    fn splitting_gains_nothing_on_a_grid((points, levels) in any_book(), part in share(), limit in any64(), parts in parts()) {
        let DepthParams { haircut, max_age, rise_time, rise_base, .. } = POOL;
        let shape = Shape::Grid(points.map(bits));
        let rule = config(DepthParams { shape, haircut, max_age, rise_time, rise_base }).shared(part).expect("a share");
        let snapshot = Snapshot::Ladder { reference: reference(), levels: &levels };
        let state = rule.open(&DepthObservation { source_time: at(0), snapshot }, at(0)).expect("falling");
        let book = rule.book(&state).expect("a factor of at most one");
        check_split(&rule, state, &book, bits(limit), &parts);
        let total = rule.largest_sale_floor(&state, bits(limit)).expect("scaled").get();
        if total > 0 {
            let mut sum = 0;
            let next = levels.iter().find(|level| {
                sum += level.amount.get();
                total < sum
            });
            let exact = Frac::price(reference()).div(&Frac::price(next.expect("a bid is left").price)).sub(&Frac::one());
            prop_assert!(exact <= Frac::of(bits(limit)));
        }
    }

    /// The rise against its formula in exact integers.
    #[test]
    fn the_rise_is_exact(
        before in any128(),
        claim in any128(),
        base in any128(),
        rise_time in any64().prop_map(|time| time.max(1)),
        max_age in any64(),
        source_time in any64(),
    ) {
        let rule = config(DepthParams {
            rise_time: Seconds::new(rise_time),
            max_age: Seconds::new(max_age),
            rise_base: amount(base.max(u128::from(rise_time))),
            ..POOL
        });
        let state = rule.open(&pool(before, 0), at(0)).expect("a pool");
        let after = rule.accept(state, &pool(claim, source_time), at(source_time)).expect("in order");
        let after = believed(&rule, &after);
        let time = source_time.min(max_age.max(1));
        let base = base.max(u128::from(rise_time));
        let exact = big(before) + Frac::int(before.max(base)).mul(&Frac::new(time, rise_time)).floor(0);
        prop_assert_eq!(big(after), exact.min(big(claim)));
    }

    /// H1 for a source that is true but late: what own sales move stays within what they were charged, in log-price.
    #[test]
    fn late_snapshots_never_undercharge(steps in prop::collection::vec(step(), 1..40), rise_time in 1_u64..20) {
        let rule = config(DepthParams { rise_time: Seconds::new(rise_time), max_age: Seconds::new(1_000), ..POOL });
        let mut reserve = 1_000_000_000_u128;
        let mut now = 1_u64;
        let mut state = rule.open(&pool(reserve, now), at(now)).expect("a pool");
        let mut under_way: Vec<(u64, u128)> = Vec::new();
        let (mut moved, mut charged) = (Log::zero(), 0_i128);
        for step in steps {
            match step {
                Step::Grow(time, grown) => {
                    now += time;
                    reserve += reserve / 1_000 * u128::from(grown);
                    if reserve > 1 << 100 {
                        break;
                    }
                }
                Step::Take => under_way.push((now, reserve)),
                Step::Arrive => {
                    if !under_way.is_empty() {
                        let (source_time, shown) = under_way.remove(0);
                        state = rule.accept(state, &pool(shown, source_time), at(now)).expect("in order");
                    }
                }
                Step::Sell(part) => {
                    let sale = believed(&rule, &state) * u128::from(part) / 10_000 + 1;
                    let Ok(charge) = rule.charge_ceil(&state, amount(sale)) else { continue };
                    state = state.sell(amount(sale), charge, at(now)).expect("small");
                    charged += i128::from(charge.to_bits());
                    let once = Log::of_ratio(reserve + sale, reserve);
                    moved = moved.add(once).add(once);
                    reserve += sale;
                }
            }
            prop_assert!(!moved.certainly_gt(Log::from_fraction(charged, 1 << 48)));
        }
    }
}

/// A source that is late by one interval, and a seller that never pauses: the sales of the interval before last are shown
/// and forgotten, those of the last are carried with what was paid for them, and the charge per sale does not grow.
#[test]
fn a_source_late_by_one_interval_does_not_choke_the_seller() {
    let rule = config(DepthParams { max_age: Seconds::new(600), ..POOL });
    let mut state = rule.open(&pool(1_000_000, 0), at(0)).expect("a pool");
    let mut charges = Vec::new();
    for step in 1..20_u64 {
        let now = 100 * step;
        // Measured in the second before the sales of the step before.
        let measured = (now - 100).saturating_sub(1);
        state = rule.accept(state, &pool(1_000_000, measured), at(now)).expect("in order");
        assert!(state.sold() <= amount(10_000));
        let (charge, next) = sell(&rule, state, 10_000, now);
        charges.push(charge);
        state = next;
    }
    assert!(charges.iter().all(|charge| *charge <= charges[1]), "{charges:?}");
}

/// The snapshot in force, posted again, was taken before what was sold on it, in the same second or later: it neither
/// forgets the sales nor charges for them anew.
#[test]
fn a_snapshot_posted_again_changes_nothing() {
    let rule = config(POOL);
    let state = rule.open(&pool(1_000, 10), at(10)).expect("a pool");
    let (charge, state) = sell(&rule, state, 100, 10);
    let again = rule.accept(state, &pool(1_000, 10), at(20)).expect("in order");
    assert_eq!(again, state);
    let lower = rule.accept(state, &pool(900, 10), at(20)).expect("in order");
    assert_eq!((lower.sold(), lower.paid()), (amount(100), charge));
    assert_eq!(believed(&rule, &lower), 900);
}
