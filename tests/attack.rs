//! Attack: what a push costs, what it collects, and adversaries in exact arithmetic against accepted configurations.

#[path = "support/rational.rs"]
mod rational;

use damper::Error;
use damper::attack::{
    Case, Push, Reach, Spoils, Verdict, borrowed_ceil, least_cost_floor, no_profitable_pump, no_profitable_push,
    pump_verdict, push_verdict,
};
use damper::auction::Terms;
use damper::book::{Book, Level, Shape, Snapshot};
use damper::ledger::{Ledger, LedgerConfig, LedgerParams};
use damper::preset::{Site, lending};
use damper::price::{Price, PriceBand};
use damper::ratio::Ratio;
use damper::units::{Amount, Rate, Seconds, Timestamp, Value};
use damper::window::Window;
use num_bigint::BigUint;
use proptest::prelude::*;
use rational::{Frac, any128, big, pow2};

fn bps(n: u32) -> Ratio {
    Ratio::from_bps_floor(n).expect("small")
}

fn pool(reserve: u128) -> Book<1> {
    let snapshot = Snapshot::ConstantProduct { reserve: Amount::new(reserve) };
    Shape::<1>::ConstantProduct.measure_floor(&snapshot).expect("sound")
}

fn par() -> Price {
    Price::from_fraction_floor(1, 1).expect("one")
}

fn ledger(burst: Ratio, own_share: Ratio, leak: Rate) -> LedgerConfig {
    LedgerConfig::new(LedgerParams { burst, leak, own_share, kappa: Ratio::ONE }).expect("sound")
}

fn spoils(credible: Book<1>) -> Spoils<1> {
    Spoils {
        ledger: ledger(bps(25), bps(1_250), Rate::ZERO),
        credible,
        price: par(),
        fallen: Ratio::ZERO,
        lasting: Seconds::ZERO,
        wick: Seconds::ZERO,
        bonus: Ratio::ZERO,
        clearing: bps(9_800),
        reward: Ratio::ZERO,
    }
}

fn all_from(from: Ratio) -> [Reach; 1] {
    [Reach { from, value: Value::new(u128::MAX) }]
}

#[test]
fn ranges() {
    let market = pool(1_000_000);
    let cost = |push| least_cost_floor(&market, par(), push);
    assert_eq!(cost(Push::Down(Ratio::ONE)), Err(Error::PushRange));
    assert_eq!(cost(Push::Up(Ratio::MAX)), Err(Error::PushRange));
    assert!(cost(Push::Down(Ratio::from_bits((1 << 48) - 1))).is_ok());
    assert_eq!(cost(Push::Down(Ratio::ZERO)), Ok(Value::ZERO));
    assert_eq!(borrowed_ceil(Value::new(1), Ratio::MAX, Ratio::ONE), Err(Error::PushRange));
    // 3/4 of 2 is 1.5, borrowed against what is worth 1.
    assert_eq!(borrowed_ceil(Value::new(1), Ratio::ONE, bps(7_500)), Ok(Value::new(1)));
    let good = spoils(pool(1));
    let above = Spoils { clearing: Ratio::from_bits((1 << 48) + 1), ..good };
    assert_eq!(above.collected_ceil(bps(1), Value::ZERO), Err(Error::PushClearing));
    assert_eq!(good.collected_ceil(Ratio::from_bits((1 << 48) + 1), Value::ZERO), Err(Error::PushRange));
    let at = |from, value| Reach { from: bps(from), value: Value::new(value) };
    let verdict = |reach: &[Reach], most| push_verdict(&market, &good, reach, most);
    for unordered in [&[][..], &[at(0, 1)], &[at(2, 1), at(2, 1)], &[at(1, 2), at(2, 1)]] {
        assert_eq!(verdict(unordered, bps(10)), Err(Error::PushReachOrder), "{unordered:?}");
    }
    // Nothing more to liquidate at a deeper fall is in order.
    assert!(verdict(&[at(1, 1), at(2, 1)], bps(10)).is_ok());
    assert_eq!(verdict(&[at(2, 1)], bps(1)), Err(Error::PushRange));
    assert_eq!(verdict(&[at(2, 1)], Ratio::ONE), Err(Error::PushRange));
    assert!(verdict(&[at(2, 1)], bps(2)).is_ok());
}

/// `x P (1 - sqrt F)^2 / sqrt F` with a root of 300 bits, rounded down.
fn pool_cost(worth: u128, factor: &Frac) -> BigUint {
    let root = (factor.floor(600)).sqrt();
    let one = pow2(300);
    let away = if root > one { &root - &one } else { &one - &root };
    big(worth) * &away * &away / root / one
}

proptest! {
    /// A constant product: never above the exact area, and as near as a root of 54 bits is.
    #[test]
    fn the_cost_of_a_pool(worth in any128(), up: bool, bits in prop_oneof![1_u64..1 << 48, 1_u64..1 << 40, 1_u64..1 << 62]) {
        let push = Ratio::from_bits(if up { bits } else { bits & ((1 << 48) - 1) });
        let factor = if up { Frac::one().add(&Frac::of(push)) } else { Frac::one().sub(&Frac::of(push)) };
        let exact = pool_cost(worth, &factor);
        let push = if up { Push::Up(push) } else { Push::Down(push) };
        match least_cost_floor(&pool(worth), par(), push) {
            Ok(cost) => {
                let cost = big(cost.get());
                prop_assert!(cost <= exact);
                // The area's slope in the root is below 1 / F + 1; the root is off by 2^-54, and so is the area.
                let slack = Frac::new(worth, pow2(54)).mul(&Frac::int(3).add(&Frac::one().div(&factor))).ceil(0) + 2_u32;
                prop_assert!(&cost + slack >= exact, "{cost} {exact}");
            }
            Err(error) => {
                prop_assert_eq!(error, Error::Overflow);
                prop_assert!(exact >= pow2(127));
            }
        }
    }

    /// It never falls with the push.
    #[test]
    fn the_cost_is_monotone(worth in 0_u128..1 << 90, a in 0_u64..1 << 47, b in 0_u64..1 << 47, amounts in ladder_amounts()) {
        let (low, high) = (Ratio::from_bits(a.min(b)), Ratio::from_bits(a.max(b)));
        let (_, book) = grid_of(&amounts);
        for push in [Push::Down, Push::Up] {
            let pool = pool(worth);
            let of_pool = |by| least_cost_floor(&pool, par(), push(by)).expect("small");
            let of_book = |by| least_cost_floor(&book, par(), push(by)).expect("small");
            prop_assert!(of_pool(low) <= of_pool(high) && of_book(low) <= of_book(high));
        }
    }

    /// A grid: at most what really has to be sold, or bought, into the ladder that it was measured on.
    #[test]
    fn the_cost_of_a_grid(amounts in ladder_amounts(), push in 1_u64..1 << 47, up: bool) {
        let (ladder, book) = grid_of(&amounts);
        let push = Ratio::from_bits(push);
        let least = least_cost_floor(&book, par(), if up { Push::Up(push) } else { Push::Down(push) }).expect("small");
        let mut exact = Frac::int(0);
        for level in &ladder {
            let price = Frac::price(level.price);
            // As asks: the level of impact i stands at 1 + i.
            let lost = if up { Frac::one().div(&price).sub(&Frac::one()) } else { Frac::one().sub(&price) };
            if lost < Frac::of(push) {
                exact = exact.add(&Frac::int(level.amount.get()).mul(&lost));
            }
        }
        prop_assert!(Frac::int(least.get()) <= exact, "{least:?}");
    }
}

const POINTS: [u32; 6] = [10, 50, 200, 500, 2_000, 10_000];

/// Levels of a ladder: basis points below the mid, and what is bid for there.
fn ladder_amounts() -> impl Strategy<Value = Vec<(u32, u128)>> {
    let level = (prop_oneof![1_u32..100, 1_u32..1_000, 1_u32..6_000], 0_u128..1 << 60);
    (prop::collection::vec(level, 1..12), 0_u32..30).prop_map(|(mut levels, thinner)| {
        levels.sort_unstable();
        levels.dedup_by_key(|level| level.0);
        levels.into_iter().map(|(below, amount)| (below, amount >> thinner)).collect()
    })
}

fn grid_of(amounts: &[(u32, u128)]) -> (Vec<Level>, Book<6>) {
    let level = |&(below, amount): &(u32, u128)| Level {
        price: Price::from_fraction_floor(u128::from(10_000 - below), 10_000).expect("positive"),
        amount: Amount::new(amount),
    };
    let levels: Vec<Level> = amounts.iter().map(level).collect();
    let shape = Shape::Grid(POINTS.map(bps));
    let book = shape.measure_floor(&Snapshot::Ladder { reference: par(), levels: &levels }).expect("falling");
    (levels, book)
}

/// What a seller that keeps to the ledger really sells after a push to `pushed`, on `snapshots` fresh books in `lasting`.
fn sold_under_the_ledger<const N: usize>(
    spoils: &Spoils<N>,
    pushed: Price,
    snapshots: u64,
    reach: Value,
) -> Result<u128, Error> {
    let at = |seconds| Timestamp::new(seconds);
    let mut book = Ledger::open(PriceBand::exact(par()), at(0));
    if spoils.lasting >= spoils.wick {
        book = book.observe(Window::open(pushed, at(0)));
    }
    let (mut sold, mut left) = (0, Amount::new(reach.get()));
    for snapshot in 0..snapshots {
        book =
            book.advance(&spoils.ledger, at(spoils.lasting.get() * snapshot / snapshots.max(2).saturating_sub(1)))?;
        let share = book.headroom(&spoils.ledger).to_bits() / (snapshots - snapshot);
        let amount = spoils.credible.capacity_floor(Ratio::from_bits(share)).min(left);
        if amount.is_zero() {
            continue;
        }
        book = book.charge(&spoils.ledger, spoils.credible.impact_ceil(amount)?)?;
        left = left.checked_sub(amount)?;
        sold += amount.get();
    }
    Ok(sold)
}

/// Gains of a taker who pays `rho` of the pushed price and sells at par, with the keepers' reward, exact.
fn gains<const N: usize>(spoils: &Spoils<N>, sold: u128, pushed: &Frac) -> Frac {
    let by_bonus = Frac::one().div(&Frac::one().add(&Frac::of(spoils.bonus)));
    let clearing = Frac::of(spoils.clearing);
    let rho = if clearing < by_bonus { clearing } else { by_bonus };
    Frac::int(sold).mul(&Frac::one().sub(&rho.mul(pushed)).add(&Frac::of(spoils.reward)))
}

fn any_spoils() -> impl Strategy<Value = Spoils<1>> {
    let budgets = (0_u32..200, 0_u32..3_000, 0_u64..1 << 24);
    let terms = (0_u32..1_500, 8_500_u32..=10_000, 0_u32..200);
    (budgets, terms, 1_u128 << 40..1 << 50, 0_u64..100_000, 0_u64..2).prop_map(
        |((burst, own_share, leak), (bonus, clearing, reward), reserve, lasting, wick)| Spoils {
            ledger: ledger(bps(burst), bps(own_share), Rate::per_second(Ratio::from_bits(leak))),
            bonus: bps(bonus),
            clearing: bps(clearing),
            reward: bps(reward),
            lasting: Seconds::new(lasting),
            wick: Seconds::new(wick * 50_000),
            ..spoils(pool(reserve))
        },
    )
}

/// A rising reach of up to three entries.
fn any_reach() -> impl Strategy<Value = Vec<Reach>> {
    prop::collection::vec((1_u32..2_000, 1_u128 << 30..1 << 52), 1..4).prop_map(|steps| {
        let (mut from, mut value) = (0, 0);
        steps
            .into_iter()
            .map(|(further, more)| {
                (from, value) = (from + further, value + more);
                Reach { from: bps(from), value: Value::new(value) }
            })
            .collect()
    })
}

/// What can be liquidated at a fall.
fn reached(reach: &[Reach], fall: &Frac) -> Value {
    reach.iter().rfind(|entry| Frac::of(entry.from) <= *fall).map_or(Value::ZERO, |entry| entry.value)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// The adversary on a pool: any quantity sold, then the ledger itself asked for all it permits, on any number of fresh
    /// books. On an accepted configuration no push pays; what was really collected is within the bound.
    #[test]
    fn no_push_pays_on_an_accepted_pool(
        spoils in any_spoils(),
        deeper in 100_u128..3_000,
        reach in any_reach(),
        pushes in prop::collection::vec((1_u128..1 << 40, 1_u64..40), 10),
    ) {
        let reserve = spoils.credible.quantity()[0].get() * deeper / 100;
        let (market, most) = (pool(reserve), bps(9_000));
        let verdict = push_verdict(&market, &spoils, &reach, most).expect("in range");
        // Anywhere down to a tenth of the price, and to the edges of the reach: s = sqrt(1 - d), c = x (1 / s - 1).
        let edge = |entry: &Reach| {
            let root = Frac::one().sub(&Frac::of(entry.from)).floor(160).sqrt();
            rational::fits128(&((big(reserve) << 80_u32) / root)).expect("small") - reserve + 1
        };
        let edges = reach.iter().map(|entry| (edge(entry), 1)).chain(reach.iter().map(|entry| (edge(entry), 20)));
        let anywhere = pushes.into_iter().map(|(part, snapshots)| (2 * reserve * part / (1 << 40) + 1, snapshots));
        for (sold_to_push, snapshots) in anywhere.chain(edges) {
            let root = Frac::new(reserve, reserve + sold_to_push);
            let pushed = root.mul(&root);
            let fall = Frac::one().sub(&pushed);
            if fall > Frac::of(most) {
                continue;
            }
            let price = Price::from_fraction_floor(
                rational::fits128(&pushed.floor(120)).expect("below one"), 1 << 120).expect("positive");
            let limit = reached(&reach, &fall);
            let sold = sold_under_the_ledger(&spoils, price, snapshots, limit).expect("within the headroom");
            let gain = gains(&spoils, sold, &pushed);
            let above = Ratio::from_bits(u64::try_from(fall.ceil(48)).expect("below one"));
            let bound = spoils.collected_ceil(above, limit).expect("in range");
            prop_assert!(gain <= Frac::int(bound.get()), "{sold} beyond {bound:?}");
            // P c - P x c / (x + c).
            let cost = Frac::int(sold_to_push).mul(&Frac::new(sold_to_push, reserve + sold_to_push));
            let below = Ratio::from_bits(u64::try_from(fall.floor(48)).expect("below one"));
            let least = least_cost_floor(&market, par(), Push::Down(below)).expect("in range");
            prop_assert!(Frac::int(least.get()) <= cost);
            if let Verdict::Never(_) = verdict {
                prop_assert!(gain <= cost, "pays at a fall of {below:?}");
            }
        }
    }

    /// The same on ladders: every level is pushed through in turn.
    #[test]
    fn no_push_pays_on_an_accepted_ladder(
        spoils in any_spoils(),
        amounts in ladder_amounts(),
        part in 1_u32..200,
        reach in any_reach(),
        snapshots in 1_u64..20,
    ) {
        let (ladder, market) = grid_of(&amounts);
        let credible = market.scaled_floor(bps(part * 50)).expect("small");
        let spoils = Spoils {
            credible, ledger: spoils.ledger, price: par(), fallen: Ratio::ZERO, lasting: spoils.lasting, wick: spoils.wick,
            bonus: spoils.bonus, clearing: spoils.clearing, reward: spoils.reward,
        };
        let most = bps(9_000);
        let verdict = push_verdict(&market, &spoils, &reach, most).expect("in range");
        let mut cost = Frac::int(0);
        // To push to just below a level, everything above and at it is sold; to push to it, everything above.
        for level in &ladder {
            let pushed = Frac::price(level.price);
            let fall = Frac::one().sub(&pushed);
            let limit = reached(&reach, &fall);
            let sold = sold_under_the_ledger(&spoils, level.price, snapshots, limit).expect("within the headroom");
            let gain = gains(&spoils, sold, &pushed);
            if let Verdict::Never(_) = verdict {
                prop_assert!(gain <= cost, "pays at {level:?}");
            }
            let above = Ratio::from_bits(u64::try_from(fall.ceil(48)).expect("below one"));
            prop_assert!(gain <= Frac::int(spoils.collected_ceil(above, limit).expect("in range").get()));
            cost = cost.add(&Frac::int(level.amount.get()).mul(&fall));
        }
    }

    /// On a pool the verdict is that of the first falls: the first that pays, or else the first of the least difference.
    #[test]
    fn the_verdict_is_that_of_its_cases(spoils in any_spoils(), deeper in 100_u128..3_000, reach in any_reach()) {
        let market = pool(spoils.credible.quantity()[0].get() * deeper / 100);
        let case = |entry: &Reach| Case {
            by: entry.from,
            costs: least_cost_floor(&market, par(), Push::Down(entry.from)).expect("in range"),
            collects: spoils.collected_ceil(entry.from, entry.value).expect("in range"),
        };
        let cases: Vec<Case> = reach.iter().map(case).collect();
        let least = || *cases.iter().min_by_key(|case| case.costs.get() - case.collects.get()).expect("an entry");
        let pays = cases.iter().find(|case| case.collects > case.costs);
        let expected = pays.map_or_else(|| Verdict::Never(least()), |case| Verdict::Pays(*case));
        prop_assert_eq!(push_verdict(&market, &spoils, &reach, bps(9_000)), Ok(expected));
    }

    /// Between the falls that are looked at nothing pays either: the bounds themselves, at any fall within the reach.
    #[test]
    fn no_fall_is_left_out(
        spoils in any_spoils(),
        deeper in 100_u128..3_000,
        amounts in ladder_amounts(),
        times in 1_u128..1_000,
        reach in any_reach(),
        falls in prop::collection::vec(1_u64..1 << 48, 30),
    ) {
        let most = bps(9_000);
        let market = pool(spoils.credible.quantity()[0].get() * deeper / 100);
        let amounts: Vec<_> = amounts.into_iter().map(|(below, amount)| (below, amount * times)).collect();
        let (_, ladder) = grid_of(&amounts);
        let on_pool = push_verdict(&market, &spoils, &reach, most).expect("in range");
        let on_ladder = push_verdict(&ladder, &spoils, &reach, most).expect("in range");
        for fall in falls.into_iter().map(Ratio::from_bits).filter(|fall| *fall <= most) {
            let collects = spoils.collected_ceil(fall, reached(&reach, &Frac::of(fall))).expect("in range");
            // One quote atom for the ceiling, a part in 2^40 of the pool for the root of 54 bits.
            let slack = 2 + (market.quantity()[0].get() >> 40);
            if let Verdict::Never(_) = on_pool {
                let costs = least_cost_floor(&market, par(), Push::Down(fall)).expect("in range");
                prop_assert!(collects.get() <= costs.get() + slack, "{fall:?}");
            }
            if let Verdict::Never(_) = on_ladder {
                let costs = least_cost_floor(&ladder, par(), Push::Down(fall)).expect("in range");
                prop_assert!(collects <= costs, "{fall:?}");
            }
        }
    }

    /// Raising the price: on an accepted configuration no rise up to the limit pays, in exact values.
    #[test]
    fn no_pump_pays_when_accepted(
        reserve in 1_u128 << 30..1 << 50,
        part in 1_u128..2_000,
        ltv in 0_u32..9_900,
        most in 1_u32..50_000,
        rises in prop::collection::vec(0_u64..=1 << 30, 20),
    ) {
        let (market, collateral) = (pool(reserve), Value::new(reserve * part / 10_000));
        let verdict = pump_verdict(&market, par(), collateral, bps(ltv), bps(most)).expect("in range");
        for rise in rises {
            let rise = Frac::of(bps(most)).mul(&Frac::new(rise, 1_u64 << 30));
            let factor = Frac::one().add(&rise);
            let lent = Frac::int(collateral.get()).mul(&factor).mul(&Frac::of(bps(ltv)));
            let value = Frac::int(collateral.get());
            let bound = borrowed_ceil(collateral, bps(most), bps(ltv)).expect("in range");
            prop_assert!(lent <= value.add(&Frac::int(bound.get())));
            if lent > value && matches!(verdict, Verdict::Never(_)) {
                prop_assert!(lent.sub(&value).floor(0) <= pool_cost(reserve, &factor) + 1_u32);
            }
        }
    }
}

/// The naive protocol: a bonus of 15 %, half of each debt at once, no throttle. It is refused, and the push that is named
/// pays in exact values; the same positions under the ledger are safe from every push.
#[test]
fn a_bonus_without_a_throttle_pays() {
    let market = pool(10_000_000_000);
    // 3,000,000,000 of collateral can be liquidated from a fall of 4 % on, half of it at once.
    let reach = [Reach { from: bps(400), value: Value::new(1_500_000_000) }];
    let naive = Spoils {
        ledger: ledger(Ratio::ONE, Ratio::ZERO, Rate::ZERO),
        bonus: bps(1_500),
        clearing: Ratio::ONE,
        ..spoils(market)
    };
    let Ok(Verdict::Pays(case)) = push_verdict(&market, &naive, &reach, bps(9_000)) else { panic!("it pays") };
    assert_eq!(case.by, bps(400));
    // Of two falls at which it pays the first is named.
    let both = [reach[0], Reach { from: bps(500), value: Value::new(2_000_000_000) }];
    assert_eq!(push_verdict(&market, &naive, &both, bps(9_000)), Ok(Verdict::Pays(case)));
    assert_eq!(no_profitable_push(&market, &naive, &reach, bps(9_000)), Err(Error::AttackPays));
    // Sell 206,207,262: the price is 0.96 of what it was.
    let (x, c) = (10_000_000_000_u128, 206_207_263_u128);
    let root = Frac::new(x, x + c);
    let pushed = root.mul(&root);
    assert!(Frac::one().sub(&pushed) >= Frac::of(case.by));
    let cost = Frac::int(c).mul(&Frac::new(c, x + c));
    let gain = gains(&naive, 1_500_000_000, &pushed);
    assert!(gain > cost.mul(&Frac::int(50)), "more than fifty times the cost");
    // The ledger lets 35,000,000 be sold at most: B + h * 4 % = 0.7 %, of half the reserve.
    let throttled = Spoils { ledger: ledger(bps(25), bps(1_125), Rate::ZERO), ..naive };
    let throttled_case = push_verdict(&market, &throttled, &reach, bps(9_000)).expect("in range");
    assert!(matches!(throttled_case, Verdict::Pays(_)), "with the bonus of 15 % even the ledger is not enough at 4 %");
    let fair = Spoils { bonus: Ratio::ZERO, clearing: bps(9_800), credible: pool(5_000_000_000), ..throttled };
    let safe = no_profitable_push(&market, &fair, &reach, bps(9_000)).expect("no push pays");
    assert!(safe.collects < safe.costs);
}

/// A push that collects just what it costs does not pay, and hides no push after it that does.
#[test]
fn a_tie_neither_pays_nor_ends_the_search() {
    let empty = pool(0);
    let at = |from, value| Reach { from: bps(from), value: Value::new(value) };
    let verdict = |reach: &[Reach]| push_verdict(&empty, &spoils(pool(1_000_000)), reach, bps(10)).expect("in range");
    let tie = |from| Verdict::Never(Case { by: bps(from), costs: Value::ZERO, collects: Value::ZERO });
    assert_eq!(verdict(&[at(1, 0)]), tie(1));
    // Of equal ones the first.
    assert_eq!(verdict(&[at(1, 0), at(2, 0)]), tie(1));
    let Verdict::Pays(case) = verdict(&[at(1, 0), at(2, 1_000)]) else { panic!("there is nothing to push through") };
    assert_eq!((case.by, case.costs), (bps(2), Value::ZERO));
    // 1,000 sold, each for 1 - 98 % * (1 - 2 / 10,000) = 2.0196 %, rounded up.
    assert_eq!(case.collects, Value::new(21));
}

/// A rise to a point of the grid leaves the asks at that point standing; one step more counts them, at the point before.
#[test]
fn a_rise_does_not_pass_the_point_that_it_reaches() {
    // Asks at twice and at four times the price, measured as bids at a half and at a quarter of it.
    let level = |parts: u128, amount| Level {
        price: Price::from_fraction_floor(1, parts).expect("positive"),
        amount: Amount::new(amount),
    };
    let levels = [level(2, 100), level(4, 1_000)];
    let point = |whole: u64| Ratio::from_bits(whole << 48);
    let shape = Shape::Grid([point(1), point(3)]);
    let book = shape.measure_floor(&Snapshot::Ladder { reference: par(), levels: &levels }).expect("falling");
    assert_eq!(*book.quantity(), [Amount::new(100), Amount::new(1_100)]);
    let cost = |rise: Ratio| least_cost_floor(&book, par(), Push::Up(rise)).expect("in range");
    let next = |rise: Ratio| rise.checked_add(Ratio::ULP).expect("small");
    assert_eq!((cost(point(1)), cost(next(point(1)))), (Value::ZERO, Value::ZERO));
    // To four times the price the hundred at twice must be bought, 100 beyond their worth: the thousand need not.
    assert_eq!(cost(point(3)), Value::ZERO);
    assert_eq!(cost(next(point(3))), Value::new(1_000));
}

/// A push shorter than the wick earns no drawdown, so that only the burst budget counts.
#[test]
fn the_wick_takes_the_drawdown_away() {
    let market = pool(10_000_000_000);
    let reach = all_from(bps(100));
    let budget = Spoils { ledger: ledger(bps(2), bps(5_000), Rate::ZERO), wick: Seconds::new(60), ..spoils(market) };
    let lasting = |seconds| Spoils { lasting: Seconds::new(seconds), ..budget };
    assert_eq!(no_profitable_push(&market, &lasting(60), &reach, bps(9_000)), Err(Error::AttackPays));
    assert!(no_profitable_push(&market, &lasting(59), &reach, bps(9_000)).is_ok());
    let fallen = Spoils { fallen: bps(1_000), ..lasting(59) };
    assert_eq!(no_profitable_push(&market, &fallen, &reach, bps(9_000)), Err(Error::AttackPays));
    let leaking = Spoils { ledger: ledger(bps(2), Ratio::ZERO, Rate::per_second(bps(1))), ..lasting(59) };
    assert_eq!(no_profitable_push(&market, &leaking, &reach, bps(9_000)), Err(Error::AttackPays));
}

/// A grid with nothing behind its first point costs nothing to push through, and is refused unless nothing is reached.
#[test]
fn the_verdict_names_the_fall() {
    let (_, book) = grid_of(&[(30, 1_000_000), (400, 1_000_000), (1_500, 1_000_000_000)]);
    let spoils = spoils(pool(1_000));
    // 1,000 * 0.3 % / 2 = 2 at most are sold, for 1 at most; nothing is lost within the first two points of the grid.
    let at = |from| push_verdict(&book, &spoils, &all_from(bps(from)), bps(9_000)).expect("in range");
    let Verdict::Pays(Case { by, costs, .. }) = at(5) else { panic!("nothing to lose within the first point") };
    // The grid's first point is 0.1 %: a fall of 0.0999 % passes it, and its quantity is zero.
    assert_eq!(
        (by, costs),
        (bps(10).div_ceil(Ratio::ONE.checked_add(bps(10)).expect("small")).expect("small"), Value::ZERO)
    );
    assert!(matches!(at(60), Verdict::Never(_)), "from beyond the second point on, the first million costs 0.1 %");
}

/// Mango Markets, 11 October 2022: 4 million USD of spot purchases moved MNGO from 0.038 to 0.91 USD, and 116 million were
/// borrowed against 483 million of perpetuals (Solidus Labs, The Mango Markets exploit: an order book analysis, 2022).
#[test]
fn mango() {
    // 0.91 / 0.038 = 23.947. A pool that 4 million move so far holds 4 / (sqrt(23.947) - 1) = 1.0273 million a side.
    let rise = Ratio::from_fraction_floor(910 - 38, 38).expect("small");
    let price = Price::from_decimal_floor(38, -3).expect("positive");
    let micro = |dollars: u128| Value::new(dollars * 1_000_000);
    let reserve = price.amount_floor(micro(1_027_300)).expect("small");
    let market = pool(reserve.get());
    let cost = least_cost_floor(&market, price, Push::Up(rise)).expect("in range");
    assert!(cost > micro(3_100_000) && cost < micro(4_000_000), "{cost:?}");
    // 483 million at 0.038 are 18.35 million; 31 % of their value at 0.91 is what was borrowed and the deposit.
    let collateral = price.value_floor(Amount::new(483_000_000_000_000)).expect("small");
    let ltv = bps(3_060);
    let lent = borrowed_ceil(collateral, rise, ltv).expect("in range");
    assert!(lent > micro(116_000_000) && lent < micro(117_000_000), "{lent:?}");
    assert_eq!(no_profitable_pump(&market, price, collateral, ltv, rise), Err(Error::AttackPays));
    // Two remedies: a price that counts for at most a doubling at this ratio, or a hundredth of the collateral.
    assert!(no_profitable_pump(&market, price, collateral, ltv, Ratio::ONE).is_ok());
    let capped = Value::new(collateral.get() / 100);
    let margin = no_profitable_pump(&market, price, capped, ltv, rise).expect("no rise pays");
    assert!(margin.collects <= margin.costs);
    // Nothing can be borrowed at a ratio of zero.
    assert!(no_profitable_pump(&market, price, Value::new(u128::MAX >> 20), Ratio::ZERO, rise).is_ok());
}

/// The preset on a pool that is as deep as measured: no push of 1.25 % or more pays, whatever can be liquidated from there
/// on; on a pool that is four times shallower than the credible half of it, none of 20 % or more.
#[test]
fn the_preset() {
    let site = Site {
        shape: Shape::<1>::ConstantProduct,
        heartbeat: Seconds::new(60),
        min_sale: Value::new(1_000),
        rise_base: Amount::new(1_000_000),
        depth_norm: None,
    };
    let params = lending(&site).expect("sound");
    let terms =
        Terms::freeze(&params.auction, PriceBand::exact(par()), bps(2_000), Timestamp::new(0)).expect("in range");
    // The bidder answers within a step of the auction.
    let clears = terms.clearing_price_floor(par(), Seconds::new(90)).expect("reached");
    let clearing = clears.ratio_floor(par()).expect("near one");
    assert!(clearing > bps(9_800) && clearing < bps(9_900), "two steps of 1 % below at most: {clearing:?}");
    let (measured, credible) = (pool(10_000_000_000), pool(5_000_000_000));
    let spoils = Spoils {
        ledger: params.ledger,
        clearing,
        lasting: params.auction.params().tail,
        wick: params.wick,
        ..spoils(credible)
    };
    let verdict = |market: &Book<1>, from| no_profitable_push(market, &spoils, &all_from(bps(from)), bps(9_900));
    assert_eq!(verdict(&measured, 100), Err(Error::AttackPays));
    assert!(verdict(&measured, 125).is_ok());
    let shallow = credible.scaled_floor(bps(2_500)).expect("less");
    assert_eq!(verdict(&shallow, 1_500), Err(Error::AttackPays));
    assert!(verdict(&shallow, 2_000).is_ok());
}
