//! Sequence numbers against a plain account of them.

use keeper::feed::{Feed, Order};
use proptest::prelude::*;
use std::collections::BTreeSet;

proptest! {
    #[test]
    fn every_number_is_taken_once(numbers in prop::collection::vec(1_u64..60, 1..120)) {
        let (mut feed, mut taken) = (Feed::default(), BTreeSet::new());
        let first = numbers[0];
        for number in numbers {
            let order = feed.number(Some(number));
            // What came before the first was not missed.
            let expected = number >= first && taken.insert(number);
            prop_assert_eq!(matches!(order, Order::Next | Order::Gap(_) | Order::Late), expected, "{}: {:?}", number, order);
        }
        let highest = taken.last().copied().unwrap();
        let missing = highest - first + 1 - u64::try_from(taken.len()).unwrap();
        prop_assert_eq!(feed.skipped - feed.late, missing);
        prop_assert_eq!(feed.awaits(), missing > 0);
    }
}

#[test]
fn three_that_agree_are_believed() {
    let mut feed = Feed::default();
    assert!(feed.plausible(100, 110, 10));
    assert!(!feed.plausible(100, 111, 10));
    assert!(!feed.plausible(100, 1_000, 10));
    assert!(!feed.plausible(100, 1_001, 10));
    assert!(feed.plausible(100, 1_002, 10));
    assert!(!feed.plausible(100, 1_000, 10), "and are counted anew");
    assert!(feed.plausible(100, 100, 10));
    assert!(!feed.plausible(100, 1_000, 10), "one in between that is not ahead undoes them");
    assert!(!feed.plausible(100, 1_000, 10));
}

#[test]
fn more_missing_numbers_than_are_remembered_are_duplicates_when_they_come() {
    let mut feed = Feed::default();
    feed.number(Some(0));
    assert_eq!(feed.number(Some(10_001)), Order::Gap(10_000));
    assert_eq!(feed.number(Some(10_000)), Order::Late, "the latest are remembered");
    assert_eq!(feed.number(Some(1)), Order::Duplicate);
}
