//! Lots against an exact model: quantities by exhaustive search, payments as exact ceilings, conservation over any
//! sequence of takes and resets. Prices and terms are in `tests/curve.rs`.

use damper::Error;
use damper::auction::{AuctionConfig, AuctionParams, Lot, Returned, Terms};
use damper::curve::Curve;
use damper::price::{Price, PriceBand};
use damper::ratio::Ratio;
use damper::units::{Amount, Seconds, Timestamp, Value};
use num_bigint::BigUint;
use proptest::prelude::*;

const HALF: u64 = 1 << 47;
const TAIL: u64 = 100;

/// From the start price to half of it in 50 seconds; a reset is due after 100.
fn terms(start: Price, dust: u128, opened: u64) -> Terms {
    let params = AuctionParams {
        curve: Curve::Linear { duration: Seconds::new(100) },
        floor: Ratio::from_bits(HALF),
        tail: Seconds::new(TAIL),
        cusp: Ratio::ZERO,
        dust: Value::new(dust),
    };
    let config = AuctionConfig::new(params).unwrap();
    Terms::freeze(&config, PriceBand::exact(start), Ratio::ZERO, Timestamp::new(opened)).unwrap()
}

fn at(seconds: u64) -> Timestamp {
    Timestamp::new(seconds)
}

fn price(numerator: u128, denominator: u128) -> Price {
    Price::from_fraction_ceil(numerator, denominator).unwrap()
}

fn lot(start: Price, dust: u128, sell: u128, raise: u128) -> Lot {
    Lot::open(terms(start, dust, 0), Amount::new(sell), Value::new(raise)).unwrap()
}

fn take(lot: Lot, want: u128) -> Result<(u128, u128, Lot), Error> {
    let take = lot.take(Amount::new(want), Price::MAX, at(0))?;
    Ok((take.sold.get(), take.paid.get(), take.lot))
}

/// The price in units of 2^-191, exact.
fn exact(price: Price) -> BigUint {
    let (exponent, significand) = price.to_parts();
    BigUint::from(significand) << u32::try_from(i32::from(exponent) + 128).unwrap()
}

/// `ceil(price * amount)`.
fn payment(price: Price, amount: u128) -> BigUint {
    let product = exact(price) * amount;
    let floor = &product >> 191u32;
    if &floor << 191u32 == product { floor } else { floor + 1u32 }
}

/// Whether `amount` is worth at least `value`.
fn worth(price: Price, amount: u128, value: u128) -> bool {
    exact(price) * amount >= BigUint::from(value) << 191u32
}

/// Whether a rest of the lot and of the tab after a sale of `q` in part is allowed.
fn leaves_enough(lot: &Lot, asked: Price, dust: u128, q: u128) -> bool {
    let rest = lot.remaining().get() - q;
    worth(asked, rest, dust) && payment(asked, q) + dust <= BigUint::from(lot.raise().get())
}

/// Whether a sale of `q` in part pays enough.
fn pays_enough(asked: Price, dust: u128, q: u128) -> bool {
    payment(asked, q) >= BigUint::from(dust)
}

/// The rule of the specification, by search.
fn expected(lot: &Lot, asked: Price, dust: u128, want: u128) -> Result<u128, Error> {
    let finishes = |q: u128| q == lot.remaining().get() || payment(asked, q) >= BigUint::from(lot.raise().get());
    let whole = (1..=lot.remaining().get()).find(|&q| finishes(q)).unwrap();
    if want >= whole {
        return Ok(whole);
    }
    let in_part = |q: u128| leaves_enough(lot, asked, dust, q) && pays_enough(asked, dust, q);
    if !(1..whole).any(in_part) {
        return Err(Error::TakeLeavesDust);
    }
    (1..=want).rev().find(|&q| in_part(q)).ok_or(Error::TakeBelowDust)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn sells_what_an_exhaustive_search_sells(
        (numerator, denominator) in (1_u128..60, 1_u128..60),
        sell in 1_u128..120,
        raise in 1_u128..400,
        dust in prop_oneof![Just(0_u128), 0_u128..40, 0_u128..400],
        wants in prop::collection::vec((1_u128..130, 0..=TAIL), 1..6),
    ) {
        let mut open = lot(price(numerator, denominator), dust, sell, raise);
        for (want, now) in wants {
            let asked = open.terms().price(at(now)).unwrap();
            let made = open.take(Amount::new(want), Price::MAX, at(now));
            if open.is_done() {
                prop_assert_eq!(made, Err(Error::LotEmpty));
                break;
            }
            match expected(&open, asked, dust, want) {
                Err(error) => prop_assert_eq!(made, Err(error)),
                Ok(sold) => {
                    let made = made.unwrap();
                    prop_assert_eq!((made.sold.get(), made.price), (sold, asked));
                    prop_assert_eq!(BigUint::from(made.paid.get()), payment(asked, sold));
                    prop_assert_eq!(made.lot.remaining().get(), open.remaining().get() - sold);
                    prop_assert_eq!(made.lot.raise().get(), open.raise().get().saturating_sub(made.paid.get()));
                    prop_assert_eq!(made.lot.terms(), open.terms());
                    open = made.lot;
                }
            }
        }
    }
}

/// Integers of every size.
fn any_size() -> impl Strategy<Value = u128> {
    prop_oneof![8 => (any::<u128>(), 0_u32..128).prop_map(|(n, down)| (n >> down).max(1)), 1 => Just(u128::MAX), 1 => Just(1)]
}

fn any_price() -> impl Strategy<Value = Price> {
    (-127_i8..=127, any::<u64>()).prop_map(|(exponent, bits)| Price::from_parts(exponent, bits | 1 << 63).unwrap())
}

#[derive(Clone, Debug)]
enum Event {
    Take { want: u128, limit: Price },
    TakePart { of: u8 },
    Wait(u64),
    Reset { start: Price, dust: u128 },
}

fn events() -> impl Strategy<Value = Event> {
    prop_oneof![
        1 => (any_size(), any_price()).prop_map(|(want, limit)| Event::Take { want, limit }),
        3 => (1_u8..=255).prop_map(|of| Event::TakePart { of }),
        2 => (0_u64..70).prop_map(Event::Wait),
        1 => (any_price(), any_size()).prop_map(|(start, dust)| Event::Reset { start, dust }),
    ]
}

/// Checks one take at any magnitude, where no search is possible.
fn assert_take(before: Lot, want: u128, limit: Price, now: u64) -> Option<damper::auction::Take> {
    let due = before.terms().needs_reset(at(now)).unwrap();
    let made = before.take(Amount::new(want), limit, at(now));
    if before.is_done() || due {
        let error = if before.is_done() { Error::LotEmpty } else { Error::AuctionResetDue };
        assert_eq!(made, Err(error));
        return None;
    }
    let asked = before.terms().price(at(now)).unwrap();
    if asked > limit {
        assert_eq!(made, Err(Error::PriceAboveLimit));
        return None;
    }
    let dust = before.terms().config().params().dust.get();
    let raise = BigUint::from(before.raise().get());
    let finishes = |q: u128| q == before.remaining().get() || payment(asked, q) >= raise;
    let Ok(made) = made else {
        // What was wanted does not finish the lot, and is too little, or everything is that leaves enough: the least that pays
        // enough leaves too little.
        assert!(want < before.remaining().get() && payment(asked, want) < raise);
        let least = asked.amount_floor(Value::new(dust.saturating_sub(1))).map_or(u128::MAX, |q| q.get() + 1);
        assert!(!pays_enough(asked, dust, least - 1) || dust == 0);
        let possible = least < before.remaining().get() && leaves_enough(&before, asked, dust, least);
        assert_eq!(made, Err(if possible { Error::TakeBelowDust } else { Error::TakeLeavesDust }));
        assert!(!possible || !pays_enough(asked, dust, want));
        return None;
    };
    let sold = made.sold.get();
    assert!(sold >= 1 && sold <= want && made.price == asked);
    assert_eq!(BigUint::from(made.paid.get()), payment(asked, sold));
    assert_eq!(made.lot.is_done(), finishes(sold));
    if finishes(sold) {
        // No smaller amount finishes it, so that the tab is over-raised by less than the price of one atom, rounded up.
        assert!(sold == 1 || !finishes(sold - 1));
        assert!(payment(asked, sold) < raise + payment(asked, 1));
    } else {
        assert!(leaves_enough(&before, asked, dust, sold) && pays_enough(asked, dust, sold));
        // Reduced no further than the dust demands.
        assert!(sold == want || !finishes(want) && !leaves_enough(&before, asked, dust, sold + 1));
    }
    Some(made)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_lost_over_any_sequence(
        start in any_price(), dust in prop_oneof![Just(0), any_size()], sell in any_size(), raise in any_size(),
        sequence in prop::collection::vec(events(), 1..24),
    ) {
        let first = terms(start, dust, 0);
        let made = Lot::open(first, Amount::new(sell), Value::new(raise));
        if payment(start, sell) >= BigUint::from(1u32) << 128u32 {
            prop_assert_eq!(made, Err(Error::Overflow));
            return Ok(());
        }
        let mut open = made.unwrap();
        let (mut now, mut sold, mut paid, mut last) = (0, 0_u128, BigUint::from(0u32), start);
        let mut surplus = BigUint::from(0u32);
        for event in sequence {
            let (want, limit) = match event {
                Event::Wait(seconds) => {
                    now += seconds;
                    continue;
                }
                Event::Reset { start, dust } => {
                    let fresh = terms(start, dust, now);
                    let due = !open.is_done() && open.terms().needs_reset(at(now)).unwrap();
                    let reset = open.reset(fresh, at(now));
                    if !due {
                        prop_assert_eq!(reset, Err(Error::AuctionResetNotDue));
                    } else if payment(start, open.remaining().get()) >= BigUint::from(1u32) << 128u32 {
                        prop_assert_eq!(reset, Err(Error::Overflow));
                    } else {
                        let reset = reset.unwrap();
                        prop_assert_eq!((reset.remaining(), reset.raise()), (open.remaining(), open.raise()));
                        prop_assert_eq!(reset.terms(), &fresh);
                        open = reset;
                    }
                    continue;
                }
                Event::Take { want, limit } => (want, limit),
                Event::TakePart { of } => ((open.remaining().get() / 256 * u128::from(of)).max(1), Price::MAX),
            };
            if let Some(take) = assert_take(open, want, limit, now) {
                sold += take.sold.get();
                paid += take.paid.get();
                surplus += take.surplus(&open).get();
                last = take.price;
                open = take.lot;
            }
        }
        // A lot that is not done can be finished at once, whatever its dust.
        if !open.is_done() && !open.terms().needs_reset(at(now)).unwrap() {
            prop_assert!(assert_take(open, u128::MAX, Price::MAX, now).unwrap().lot.is_done());
        }
        let Returned { unsold, unraised } = open.close();
        prop_assert_eq!(sold + unsold.get(), sell);
        let raised = BigUint::from(raise - unraised.get());
        prop_assert!(paid >= raised && paid < raised.clone() + payment(last, 1));
        prop_assert!(unraised.is_zero() || paid == raised);
        prop_assert_eq!(paid, raised + surplus);
    }
}

#[test]
fn a_lot_of_nothing_is_refused() {
    let terms = terms(price(2, 1), 0, 0);
    assert_eq!(Lot::open(terms, Amount::ZERO, Value::new(1)), Err(Error::LotEmpty));
    assert_eq!(Lot::open(terms, Amount::new(1), Value::ZERO), Err(Error::LotEmpty));
    let open = Lot::open(terms, Amount::new(1), Value::new(1)).unwrap();
    assert_eq!((open.remaining(), open.raise(), open.is_done()), (Amount::new(1), Value::new(1), false));
    assert_eq!(open.terms(), &terms);
}

#[test]
fn a_lot_that_could_not_be_paid_for_is_refused() {
    let two = terms(price(2, 1), 0, 0);
    assert_eq!(Lot::open(two, Amount::new(1 << 127), Value::new(1)), Err(Error::Overflow));
    // At the edge, with the largest tab: nothing is stuck.
    let open = Lot::open(two, Amount::new((1 << 127) - 1), Value::new(u128::MAX)).unwrap();
    let (sold, paid, rest) = take(open, u128::MAX).unwrap();
    assert_eq!((sold, paid), ((1 << 127) - 1, u128::MAX - 1));
    assert_eq!(rest.close(), Returned { unsold: Amount::ZERO, unraised: Value::new(1) });
    // A tab that takes more base atoms than there are.
    let small = lot(Price::from_parts(-100, 1 << 63).unwrap(), 0, 1 << 101, u128::MAX);
    let (sold, paid, rest) = take(small, u128::MAX).unwrap();
    assert_eq!((sold, paid, rest.close().unraised.get()), (1 << 101, 2, u128::MAX - 2));
}

#[test]
fn refusals_of_a_take() {
    let open = lot(price(2, 1), 0, 10, 100);
    let (one, start) = (Amount::new(1), price(2, 1));
    let late = Lot::open(terms(start, 0, 50), one, Value::new(1)).unwrap();
    assert_eq!(late.take(one, start, at(49)), Err(Error::AuctionNotStarted));
    assert!(late.take(one, start, at(50)).is_ok());
    assert_eq!(open.take(Amount::ZERO, start, at(0)), Err(Error::TakeEmpty));
    assert!(open.take(one, start, at(TAIL)).is_ok());
    assert_eq!(open.take(one, start, at(TAIL + 1)), Err(Error::AuctionResetDue));
    let below = Price::from_parts(0, u64::MAX).unwrap();
    assert_eq!(open.take(one, below, at(0)), Err(Error::PriceAboveLimit));
    assert!(open.take(one, below, at(1)).is_ok());
    // A lot that is done sells nothing more, whether sold out or raised.
    let (_, _, sold_out) = take(open, 10).unwrap();
    assert_eq!((sold_out.remaining().get(), sold_out.raise().get()), (0, 80));
    assert_eq!(take(sold_out, 1).err(), Some(Error::LotEmpty));
    let (_, _, raised) = take(lot(price(2, 1), 0, 10, 7), 10).unwrap();
    assert_eq!((raised.remaining().get(), raised.raise().get(), raised.is_done()), (6, 0, true));
    assert_eq!(take(raised, 1).err(), Some(Error::LotEmpty));
    assert_eq!(raised.close(), Returned { unsold: Amount::new(6), unraised: Value::ZERO });
}

#[test]
fn the_tab_is_over_raised_by_less_than_one_atom() {
    // 7 at 2: four atoms, one quote atom too much. 8 at 2: four atoms exactly.
    assert_eq!(take(lot(price(2, 1), 0, 10, 7), 10).map(|(q, p, _)| (q, p)), Ok((4, 8)));
    assert_eq!(take(lot(price(2, 1), 0, 10, 8), 10).map(|(q, p, _)| (q, p)), Ok((4, 8)));
    // At a quarter the fifth atom makes the second quote atom due; 1.25 rounds up to 2.
    assert_eq!(take(lot(price(1, 4), 0, 10, 2), 10).map(|(q, p, _)| (q, p)), Ok((5, 2)));
    assert_eq!(take(lot(price(1, 4), 0, 10, 2), 4).map(|(q, p, _)| (q, p)), Ok((4, 1)));
    assert_eq!(take(lot(price(1, 4), 0, 10, 1), 10).map(|(q, p, _)| (q, p)), Ok((1, 1)));
}

#[test]
fn terms_from_a_start_price_are_the_frozen_ones() {
    let frozen = |high, buffer| {
        let config = *terms(high, 3, 0).config();
        let band = PriceBand::new(price(1, 7), high).unwrap();
        (config, Terms::freeze(&config, band, Ratio::from_bits(buffer), at(9)))
    };
    for (high, buffer) in [(price(22, 7), HALF / 5), (price(1, 3), 0), (price(3, 1), u64::MAX >> 1)] {
        let (config, frozen) = frozen(high, buffer);
        let frozen = frozen.unwrap();
        assert_eq!(Terms::from_start(&config, frozen.start(), frozen.opened()), Ok(frozen));
    }
    // A floor price below the range.
    let config = *terms(price(1, 1), 0, 0).config();
    assert_eq!(Terms::from_start(&config, Price::MIN, at(0)), Err(Error::PriceOutOfRange));
    let twice = Price::from_parts(-127, 1 << 63).unwrap();
    assert_eq!(Terms::from_start(&config, twice, at(0)).map(|terms| terms.start()), Ok(twice));
}

#[test]
fn dust_of_the_lot() {
    // Worth 20 at 2; dust 6 is three atoms.
    let open = lot(price(2, 1), 6, 10, 1_000);
    for (want, sold) in [(3, 3), (6, 6), (7, 7), (8, 7), (9, 7), (10, 10), (11, 10)] {
        assert_eq!(take(open, want).map(|(q, _, _)| q), Ok(sold), "{want}");
    }
    assert_eq!(take(open, 2).err(), Some(Error::TakeBelowDust));
    // A rest worth exactly the dust is taken whole or not at all.
    let (_, _, rest) = take(open, 7).unwrap();
    assert_eq!(take(rest, 2).err(), Some(Error::TakeLeavesDust));
    assert_eq!(take(rest, 3).map(|(q, p, _)| (q, p)), Ok((3, 6)));
    // Five atoms are no two lots of the dust; six are.
    assert_eq!(take(lot(price(2, 1), 6, 5, 1_000), 3).err(), Some(Error::TakeLeavesDust));
    assert_eq!(take(lot(price(2, 1), 6, 5, 1_000), 2).err(), Some(Error::TakeLeavesDust));
    assert_eq!(take(lot(price(2, 1), 6, 6, 1_000), 3).map(|(q, _, _)| q), Ok(3));
    assert_eq!(take(lot(price(2, 1), 6, 6, 1_000), 2).err(), Some(Error::TakeBelowDust));
    // Worth at least 7 are four atoms.
    assert_eq!(take(lot(price(2, 1), 7, 10, 1_000), 8).map(|(q, _, _)| q), Ok(6));
    // A lot that was below the dust from the start, and a dust no lot can have.
    let below = lot(price(2, 1), u128::MAX, 2, 1_000);
    assert_eq!(take(below, 1).err(), Some(Error::TakeLeavesDust));
    assert_eq!(take(below, 2).map(|(q, _, _)| q), Ok(2));
    let beyond = lot(price(1, 4), u128::MAX, 2, 1_000);
    assert_eq!(take(beyond, 1).err(), Some(Error::TakeLeavesDust));
}

#[test]
fn dust_of_the_tab() {
    // 20 to raise at 2, dust 6: at most 14 in part.
    let open = lot(price(2, 1), 6, 1_000, 20);
    assert_eq!(take(open, 2).err(), Some(Error::TakeBelowDust));
    for (want, sold) in [(3, 3), (7, 7), (8, 7), (9, 7), (10, 10), (11, 10)] {
        assert_eq!(take(open, want).map(|(q, _, _)| q), Ok(sold), "{want}");
    }
    let (_, _, rest) = take(open, 7).unwrap();
    assert_eq!((rest.raise().get(), take(rest, 2).err()), (6, Some(Error::TakeLeavesDust)));
    assert_eq!(take(rest, 3).map(|(q, p, _)| (q, p)), Ok((3, 6)));
    // A tab below the dust from the start.
    assert_eq!(take(lot(price(2, 1), 6, 1_000, 5), 2).err(), Some(Error::TakeLeavesDust));
    assert_eq!(take(lot(price(2, 1), 6, 1_000, 5), 3).map(|(q, p, _)| (q, p)), Ok((3, 6)));
}

#[test]
fn a_reset_keeps_the_rest_and_changes_the_terms() {
    let (start, fresh) = (price(2, 1), price(3, 1));
    let (_, _, open) = take(lot(start, 0, 10, 100), 4).unwrap();
    let due = TAIL + 1;
    assert_eq!(open.reset(terms(fresh, 0, TAIL), at(TAIL)), Err(Error::AuctionResetNotDue));
    let new = terms(fresh, 5, due);
    let reset = open.reset(new, at(due)).unwrap();
    assert_eq!((reset.remaining().get(), reset.raise().get(), reset.terms()), (6, 92, &new));
    assert_eq!(reset.take(Amount::new(6), fresh, at(due)).map(|take| take.paid), Ok(Value::new(18)));
    // Terms of another time, forward or out of date.
    assert_eq!(open.reset(terms(fresh, 0, due + 1), at(due)), Err(Error::AuctionNotStarted));
    assert_eq!(open.reset(terms(fresh, 0, 0), at(due)), Err(Error::AuctionResetDue));
    let late = Lot::open(terms(start, 0, 50), Amount::new(1), Value::new(1)).unwrap();
    assert_eq!(late.reset(new, at(49)), Err(Error::AuctionNotStarted));
    // A rest that could not be paid for at the new price.
    let large = lot(start, 0, 1 << 126, 100);
    assert_eq!(large.reset(terms(price(4, 1), 0, due), at(due)), Err(Error::Overflow));
    assert!(large.reset(terms(fresh, 0, due), at(due)).is_ok());
    // What is done is not reset.
    let (_, _, done) = take(open, 6).unwrap();
    assert_eq!(done.reset(new, at(due)), Err(Error::AuctionResetNotDue));
}
