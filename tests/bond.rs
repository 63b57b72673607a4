//! The kick bond: the formula, its solvency, and no kick that pays without being right.

#[path = "support/rational.rs"]
mod rational;

use damper::Error;
use damper::bond::{Bond, BondConfig, BondParams, Kicked, Outcome, Settlement};
use damper::keeper::{RewardConfig, RewardParams, Work};
use damper::price::Price;
use damper::ratio::Ratio;
use damper::units::{Amount, Rate, Seconds, Value};
use proptest::prelude::*;
use rational::{Frac, any64, any128, big};
use std::cmp::Ordering;

const KICKED: Kicked = Kicked {
    lot: Amount::new(50),
    collateral: Amount::new(100),
    debt: Value::new(6_400),
    threshold: Ratio::from_bits(3 << 46),
};

fn config(bits: u64) -> BondConfig {
    BondConfig::new(BondParams { share: Ratio::from_bits(bits) }).expect("sound")
}

#[test]
fn ranges() {
    let new = |bits| BondConfig::new(BondParams { share: Ratio::from_bits(bits) });
    assert_eq!(new(0), Err(Error::BondShareRange));
    assert_eq!(new((1 << 48) + 1), Err(Error::BondShareRange));
    assert!(new(1).is_ok() && new(1 << 48).is_ok());
    let open = |kicked| config(1 << 48).open(kicked);
    for empty in [
        Kicked { lot: Amount::ZERO, ..KICKED },
        Kicked { debt: Value::ZERO, ..KICKED },
        Kicked { lot: Amount::new(101), ..KICKED },
        Kicked { lot: Amount::ZERO, collateral: Amount::ZERO, ..KICKED },
    ] {
        assert_eq!(open(empty), Err(Error::BondEmpty), "{empty:?}");
    }
    for threshold in [Ratio::ZERO, Ratio::ONE, Ratio::MAX] {
        assert_eq!(open(Kicked { threshold, ..KICKED }), Err(Error::BondThresholdRange));
    }
    let bond = open(KICKED).expect("sound");
    for sold in [0, 51] {
        let outcome = Outcome::Sold { sold: Amount::new(sold), paid: Value::new(1) };
        assert_eq!(bond.settle(outcome, Value::ZERO), Err(Error::BondSale));
    }
}

/// Half the lot of half the position: the bond is on the lot's part of the debt, and the four corners of the payoff.
#[test]
fn worked_example() {
    // ceil(6,400 * 50 / 100) = 3,200; a 64th is 50. Neutral at 6,400 / 75 = 85.33 each, right in full at 64.
    let bond = config(1 << 42).open(KICKED).expect("sound");
    assert_eq!(bond.posted(), Value::new(50));
    let value = Value::new;
    let settled = |sold, paid| {
        let s =
            bond.settle(Outcome::Sold { sold: Amount::new(sold), paid: value(paid) }, value(40)).expect("of the lot");
        (s.returned.get(), s.forfeited.get(), s.gained.get(), s.fund_left.get())
    };
    // At 76: (6,400 - 5,700) / 1,600 of 50 = 21.9.
    assert_eq!(settled(50, 3_800), (50, 0, 21, 19));
    // Half of the lot at 76: half the gain.
    assert_eq!(settled(25, 1_900), (50, 0, 10, 30));
    // At 64 and below: all, as far as the fund goes.
    assert_eq!(settled(50, 3_200), (50, 0, 40, 0));
    assert_eq!(settled(50, 0), (50, 0, 40, 0));
    // At 86: 6,450, a loss of 50 / 1,600 of 50 = 1.6; it counts in full for half of the lot.
    assert_eq!(settled(50, 4_300), (48, 2, 0, 40));
    assert_eq!(settled(25, 2_150), (48, 2, 0, 40));
    // At (6,400 + 1,600) / 75 = 106.7 and above: the bond.
    assert_eq!(settled(50, 5_334), (0, 50, 0, 40));
    assert_eq!(settled(1, u128::MAX), (0, 50, 0, 40));
}

/// A kick that is taken back loses the bond; one that nobody judged by buying gains nothing.
#[test]
fn no_free_option() {
    let bond = config(1 << 42).open(KICKED).expect("sound");
    let all =
        Settlement { returned: Value::ZERO, forfeited: Value::new(50), gained: Value::ZERO, fund_left: Value::new(40) };
    assert_eq!(bond.settle(Outcome::Withdrawn, Value::new(40)), Ok(all));
    let unsold = |price| {
        let price = Price::from_fraction_floor(price, 1).expect("positive");
        bond.settle(Outcome::Unsold { price }, Value::new(40)).expect("no sale to check")
    };
    let even = Settlement { returned: Value::new(50), forfeited: Value::ZERO, ..all };
    assert_eq!(unsold(1), even);
    assert_eq!(unsold(85), even);
    assert_eq!(unsold(86).forfeited, Value::new(2));
    assert_eq!(unsold(107), all);
}

/// A bond of every size on every position, a fund, and a sale of part of the lot.
fn bonds() -> impl Strategy<Value = (Bond, Value, Amount)> {
    let any = (any128(), any128(), any128(), 1_u64..1 << 48, 1_u64..=1 << 48, any128(), any128());
    let usual = (
        1_u128..1 << 40,
        1_u128..1 << 40,
        1_u128..1 << 40,
        1_u64 << 46..1 << 48,
        1_u64..1 << 46,
        0_u128..1 << 36,
        any128(),
    );
    // Thresholds of few bits, so that products fall on integers and the roundings before them show.
    let simple = (1_u64..32).prop_map(|part| part << 43);
    let small = (1_u128..30, 1_u128..30, 1_u128..300, simple, 1_u64 << 46..=1 << 48, 0_u128..400, any128());
    prop_oneof![any.boxed(), usual.boxed(), small.boxed()].prop_map(
        |(lot, collateral, debt, threshold, share, fund, sold)| {
            let collateral = collateral.max(1);
            let lot = 1 + lot % collateral;
            let kicked = Kicked {
                lot: Amount::new(lot),
                collateral: Amount::new(collateral),
                debt: Value::new(debt.max(1)),
                threshold: Ratio::from_bits(threshold),
            };
            let bond = config(share).open(kicked).expect("sound");
            (bond, Value::new(fund), Amount::new(1 + sold % lot))
        },
    )
}

/// `(d - t V) / (d (1 - t))` for collateral worth `V`: its sign and size.
fn fraction(kicked: &Kicked, worth: &Frac) -> (Ordering, Frac) {
    let (debt, threshold) = (Frac::int(kicked.debt.get()), Frac::of(kicked.threshold));
    let counted = threshold.mul(worth);
    let whole = debt.mul(&Frac::one().sub(&threshold));
    match debt.cmp(&counted) {
        Ordering::Less => (Ordering::Less, counted.sub(&debt).div(&whole)),
        order => (order, debt.sub(&counted).div(&whole)),
    }
}

/// A payment near the neutral price of the bond, and others.
fn near(bond: &Bond, sold: Amount, by: u64) -> u128 {
    let kicked = bond.kicked();
    let neutral = Frac::int(kicked.debt.get())
        .mul(&Frac::int(sold.get()))
        .div(&Frac::of(kicked.threshold).mul(&Frac::int(kicked.collateral.get())));
    let scaled = neutral.mul(&Frac::new(by, 1024_u32));
    rational::fits128(&scaled.floor(0)).unwrap_or(u128::MAX)
}

proptest! {
    /// The bond is rounded up twice: the lot's part of the debt, and the share of it.
    #[test]
    fn the_bond_is_its_share_of_the_debt((bond, _, _) in bonds(), share in 1_u64..=1 << 48) {
        let kicked = bond.kicked();
        let part = Frac::int(kicked.debt.get()).mul(&Frac::int(kicked.lot.get())).div(&Frac::int(kicked.collateral.get()));
        let exact = Frac::new(part.ceil(0), 1_u32).mul(&Frac::of(Ratio::from_bits(share)));
        let posted = config(share).open(kicked).expect("sound").posted();
        prop_assert_eq!(rational::big(posted.get()), exact.ceil(0));
    }

    /// Bounds by the exact payoff: never above it, and the loss never below; nothing is minted or lost.
    #[test]
    fn the_payoff_is_the_formula_against_the_kicker((bond, fund, sold) in bonds(), by in 0_u64..2_560, any_paid in any128(), pick: bool) {
        let paid = if pick { near(&bond, sold, by) } else { any_paid };
        let s = bond.settle(Outcome::Sold { sold, paid: Value::new(paid) }, fund).expect("of the lot");
        let posted = bond.posted();
        prop_assert_eq!(s.returned.checked_add(s.forfeited), Ok(posted));
        prop_assert_eq!(s.gained.checked_add(s.fund_left), Ok(fund));
        prop_assert!(s.gained.is_zero() || s.forfeited.is_zero());
        prop_assert!(s.gained <= posted && s.gained <= fund);

        let kicked = bond.kicked();
        let worth = Frac::int(paid).mul(&Frac::int(kicked.collateral.get())).div(&Frac::int(sold.get()));
        if worth.floor(0) >= rational::pow2(128) {
            prop_assert_eq!((s.gained, s.forfeited), (Value::ZERO, posted));
            return Ok(());
        }
        let (sign, size) = fraction(&kicked, &worth);
        let clamped = if size > Frac::one() { Frac::one() } else { size };
        let stake = Frac::int(posted.get()).mul(&clamped);
        // Two quote atoms of worth and one of the whole are what the roundings may take.
        let debt = Frac::int(kicked.debt.get());
        let whole = debt.mul(&Frac::one().sub(&Frac::of(kicked.threshold)));
        let slack = Frac::int(posted.get()).mul(&Frac::int(4)).div(&whole).add(&Frac::int(2));
        match sign {
            Ordering::Greater => {
                let part = Frac::int(sold.get()).div(&Frac::int(kicked.lot.get()));
                let exact = stake.mul(&part);
                prop_assert!(s.forfeited.is_zero());
                prop_assert!(Frac::int(s.gained.get()) <= exact);
                let funded = if exact > Frac::int(fund.get()) { Frac::int(fund.get()) } else { exact };
                prop_assert!(Frac::int(s.gained.get()).add(&slack) >= funded);
            }
            Ordering::Equal => prop_assert_eq!((s.gained, s.forfeited), (Value::ZERO, Value::ZERO)),
            Ordering::Less => {
                prop_assert!(s.gained.is_zero());
                let loss = Frac::int(s.forfeited.get());
                prop_assert!(loss.add(&slack) >= stake);
            }
        }
    }

    /// The roundings as D25 states them, each to the atom.
    #[test]
    fn every_rounding_is_the_stated_one((bond, fund, sold) in bonds(), by in 0_u64..2_560) {
        let paid = near(&bond, sold, by);
        let (kicked, posted) = (bond.kicked(), Frac::int(bond.posted().get()));
        let worth = Frac::int(paid).mul(&Frac::int(kicked.collateral.get())).div(&Frac::int(sold.get()));
        if worth.ceil(0) >= rational::pow2(128) {
            return Ok(());
        }
        let up = |number: &Frac| Frac::new(number.ceil(0), 1_u32);
        let down = |number: &Frac| Frac::new(number.floor(0), 1_u32);
        let least = |a: Frac, b: &Frac| if a > *b { b.clone() } else { a };
        let (debt, threshold) = (Frac::int(kicked.debt.get()), Frac::of(kicked.threshold));
        let rest = debt.mul(&Frac::one().sub(&threshold));
        let s = bond.settle(Outcome::Sold { sold, paid: Value::new(paid) }, fund).expect("of the lot");

        let counted = up(&threshold.mul(&up(&worth)));
        let gap = if counted < debt { debt.sub(&counted) } else { Frac::int(0) };
        let whole = least(down(&posted.mul(&gap).div(&up(&rest))), &posted);
        let part = down(&whole.mul(&Frac::int(sold.get())).div(&Frac::int(kicked.lot.get())));
        prop_assert_eq!(Frac::int(s.gained.get()), least(part, &Frac::int(fund.get())));

        let counted = down(&threshold.mul(&down(&worth)));
        let rest = down(&rest);
        let loss = if counted <= debt {
            Frac::int(0)
        } else if rest == Frac::int(0) {
            posted.clone()
        } else {
            up(&posted.mul(&counted.sub(&debt)).div(&rest))
        };
        prop_assert_eq!(Frac::int(s.forfeited.get()), least(loss, &posted));
    }

    /// The kicker's balance never rises with the price, and taking the kick back is never better than any end.
    #[test]
    fn the_payoff_falls_with_the_price((bond, fund, sold) in bonds(), low in 0_u64..2_560, more in any128(), price in rational::any_price()) {
        let end = |paid| {
            let s = bond.settle(Outcome::Sold { sold, paid: Value::new(paid) }, fund).expect("of the lot");
            (s.gained, s.forfeited)
        };
        let low = near(&bond, sold, low);
        let (cheap, dear) = (end(low), end(low.saturating_add(more)));
        prop_assert!(dear.0 <= cheap.0 && dear.1 >= cheap.1);
        let unsold = bond.settle(Outcome::Unsold { price }, fund).expect("no sale to check");
        prop_assert!(unsold.gained.is_zero());
        let withdrawn = bond.settle(Outcome::Withdrawn, fund).expect("no sale to check");
        prop_assert_eq!((withdrawn.returned, withdrawn.gained), (Value::ZERO, Value::ZERO));
    }

    /// At the neutral price nothing changes hands; from two quote atoms of health above it on, the kicker loses.
    #[test]
    fn at_the_neutral_price_nothing_changes_hands(
        (lot, rest, price, fund) in (1_u128..1 << 40, 0_u128..1 << 40, 1_u128..1 << 40, any128()),
        quarters in 1_u64..4, share in 1_u64..=1 << 48, above in prop_oneof![1_u128..12, 1_u128..1 << 40],
    ) {
        // A multiple of four is worth four times the price for each, and counts a whole number of quote atoms.
        let (lot, collateral) = (4 * lot, 4 * (lot + rest));
        let debt = collateral / 4 * u128::from(quarters) * price;
        let kicked = Kicked {
            lot: Amount::new(lot),
            collateral: Amount::new(collateral),
            debt: Value::new(debt),
            threshold: Ratio::from_bits(quarters << 46),
        };
        let bond = config(share).open(kicked).expect("sound");
        let fund = Value::new(fund);
        let nothing =
            Settlement { returned: bond.posted(), forfeited: Value::ZERO, gained: Value::ZERO, fund_left: fund };
        let sold = |paid| bond.settle(Outcome::Sold { sold: Amount::new(lot), paid: Value::new(paid) }, fund);
        prop_assert_eq!(sold(lot * price), Ok(nothing));
        // Health above one by `t above c / lot` quote atoms.
        let paid = lot * price + above;
        let counted = Frac::new(big(above) * big(collateral) * quarters, big(4 * lot));
        let s = sold(paid).expect("of the lot");
        prop_assert!(s.gained.is_zero());
        prop_assert!(!s.forfeited.is_zero() || counted < Frac::int(2));
    }

    /// A self-liquidator's lot from kick to end: takes, resets, a settlement and a bond in any order. All that is paid is at
    /// most the share of the penalty that the lot has brought, at each moment, and nothing before anything is raised.
    #[test]
    fn work_and_bond_are_paid_by_what_the_lot_has_brought(
        (bond, _, _) in bonds(),
        rule in (any128(), any64(), any128(), 0_u64..1 << 48), penalty in prop_oneof![0_u64..1 << 46, any64()],
        takes in prop::collection::vec((0_u128..1 << 20, 0_u128..1 << 40, any::<bool>()), 0..12),
    ) {
        let (tip, chip, cap, share) = rule;
        let rewards = RewardConfig::new(RewardParams {
            tip: Value::new(tip),
            chip: Ratio::from_bits(chip),
            growth: Rate::ZERO,
            most_growth: Ratio::ZERO,
            cap: Value::new(cap),
            share: Ratio::from_bits(share),
        })
        .expect("sound");
        let penalty = Ratio::from_bits(penalty);
        let (mut sold, mut raised, mut paid) = (0, 0, Value::ZERO);
        let work = |raised, paid| Work {
            size: Value::new(raised),
            penalty,
            paid,
            waited: Seconds::ZERO,
            boost: Ratio::ONE,
        };
        let most = |raised: u128| Frac::int(raised).mul(&Frac::of(penalty)).mul(&Frac::of(Ratio::from_bits(share)));
        for (more, value, works) in takes {
            let more = more.min(bond.kicked().lot.get() - sold);
            if more > 0 {
                (sold, raised) = (sold + more, raised + value);
            }
            if works {
                let reward = rewards.reward_floor(&work(raised, paid)).expect("a boost");
                paid = paid.checked_add(reward).expect("small");
            }
            prop_assert!(Frac::int(paid.get()) <= most(raised));
        }
        let fund = rewards.room_floor(&work(raised, paid)).expect("a share below one");
        let outcome = match sold {
            0 => Outcome::Unsold { price: Price::MIN },
            _ => Outcome::Sold { sold: Amount::new(sold), paid: Value::new(raised) },
        };
        let s = bond.settle(outcome, fund).expect("of the lot");
        paid = paid.checked_add(s.gained).expect("small");
        prop_assert!(Frac::int(paid.get()) <= most(raised));
        prop_assert!(raised > 0 || paid.is_zero(), "a lot that ends unsold earns nothing");
        let last = rewards.reward_floor(&work(raised, paid)).expect("a boost");
        prop_assert!(Frac::int(paid.get()).add(&Frac::int(last.get())) <= most(raised));
    }

    /// Selling less of the lot at the same average price never pays the kicker more.
    #[test]
    fn a_small_sale_pays_a_small_gain(threshold in 1_u64 << 46..1 << 48, price in 1_u128..200, part in 1_u128..1_000) {
        let kicked = Kicked {
            lot: Amount::new(1_000),
            collateral: Amount::new(2_000),
            debt: Value::new(100_000),
            threshold: Ratio::from_bits(threshold),
        };
        let bond = config(1 << 44).open(kicked).expect("sound");
        let end = |sold: u128| {
            let outcome = Outcome::Sold { sold: Amount::new(sold), paid: Value::new(sold * price) };
            let s = bond.settle(outcome, Value::new(u128::MAX)).expect("part");
            (s.gained.get(), s.forfeited.get())
        };
        let ((some, lost), (all, lost_all)) = (end(part), end(1_000));
        prop_assert!(some * 1_000 <= all * part + 1_000);
        prop_assert!(some <= all);
        prop_assert_eq!(lost, lost_all);
    }

    #[test]
    fn stored_form((bond, _, _) in bonds(), at in 0_usize..Bond::BYTES, bit in 0_u32..8) {
        let mut bytes = [0; Bond::BYTES];
        bond.write_to(&mut bytes).expect("the right length");
        prop_assert_eq!(bytes[0], 10);
        prop_assert_eq!(Bond::read_from(&bytes), Ok(bond));
        prop_assert_eq!(bond.write_to(&mut bytes[1..]), Err(Error::StoredLength));
        bytes[at] ^= 1 << bit;
        // Refused, or a bond that settles like any other.
        if let Ok(other) = Bond::read_from(&bytes) {
            let outcome = Outcome::Sold { sold: other.kicked().lot, paid: Value::new(1 << 40) };
            let s = other.settle(outcome, Value::new(7)).expect("of the lot");
            prop_assert_eq!(s.returned.checked_add(s.forfeited), Ok(other.posted()));
        }
    }
}

/// The naive bond, returned when a kick is taken back: a kicker of healthy positions waits and keeps only what is good.
#[test]
fn a_bond_that_is_returned_on_withdrawal_is_a_free_option() {
    let bond = config(1 << 42).open(KICKED).expect("sound");
    let end = |price: u128| {
        let outcome = Outcome::Sold { sold: Amount::new(50), paid: Value::new(50 * price) };
        let s = bond.settle(outcome, Value::new(40)).expect("the lot");
        i128::try_from(s.gained.get()).expect("small") - i128::try_from(s.forfeited.get()).expect("small")
    };
    // Neutral at 85.33. The price moves by as much up as down.
    let (up, down) = (end(96), end(75));
    assert!(up < 0 && down > 0 && up + down <= 0, "the bet itself pays nothing on average");
    let naive = up.max(0) + down;
    assert!(naive > 0, "with the bond returned on withdrawal it does");
    let withdrawn = bond.settle(Outcome::Withdrawn, Value::new(40)).expect("no sale to check");
    assert!(-i128::try_from(withdrawn.forfeited.get()).expect("small") <= up);
}

/// A fund that is set aside at the kick for what the lot is to raise, the naive rule, pays gains that no penalty has brought:
/// a lot of which one part in 50 is sold, far below its price. The room of the rewards at the settlement does not.
#[test]
fn a_fund_of_the_kick_pays_what_the_lot_never_brought() {
    // Half of the position for a debt of 3,200; a bond of all of it.
    let bond = config(1 << 48).open(KICKED).expect("sound");
    let params = RewardParams {
        tip: Value::ZERO,
        chip: Ratio::ZERO,
        growth: Rate::ZERO,
        most_growth: Ratio::ZERO,
        cap: Value::ZERO,
        share: Ratio::from_bits(1 << 47),
    };
    let rewards = RewardConfig::new(params).expect("sound");
    let room = |raised| {
        let penalty = Ratio::from_bits(1 << 45);
        let work =
            Work { size: Value::new(raised), penalty, paid: Value::ZERO, waited: Seconds::ZERO, boost: Ratio::ONE };
        rewards.room_floor(&work).expect("a share below one")
    };
    // To raise 3,200, with an eighth of penalty; one of 50 is sold for 32.
    let (to_raise, raised) = (3_200, 32);
    let outcome = Outcome::Sold { sold: Amount::new(1), paid: Value::new(raised) };
    let gain = |fund| bond.settle(outcome, fund).expect("of the lot").gained.get();
    let penalty = raised / 8;
    assert_eq!(gain(room(to_raise)), 64, "sixteen times the penalty");
    assert_eq!(gain(room(raised)), penalty / 2);
}
