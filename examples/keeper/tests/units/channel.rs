//! The bounded channel: only prices and books give way, in their place in the order, and their numbers are kept.

use keeper::channel::{Channel, Message, Place};
use keeper::news::{Item, News, parse};
use keeper::scale::Scale;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

const SCALE: Scale = Scale { base: 18, quote: 6 };

fn item(seq: u64, what: &str) -> Message {
    let more = match what {
        "price" => r#""source_time":1,"low":"1","high":"2""#,
        "depth" => r#""source_time":1,"book":{"shape":"pool","reserve":"1"}"#,
        "position" => r#""id":"a","collateral":"1","debt":"1""#,
        _ => unreachable!(),
    };
    let line = format!(r#"{{"kind":"{what}","seq":{seq},"time":1,{more}}}"#);
    Message::Item(Box::new(parse(line.as_bytes(), SCALE).unwrap()))
}

fn run(test: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(test);
}

async fn send(channel: &Channel, message: Message) -> bool {
    timeout(Duration::from_millis(20), channel.send(message, Place::default())).await.is_ok()
}

/// What comes out: the numbers passed over, and the number.
async fn out(channel: &Channel) -> (Vec<(u64, u64)>, u64) {
    let entry = channel.receive().await;
    let Message::Item(item) = entry.message else { panic!("an item") };
    let Item { seq, news, .. } = *item;
    assert!(!matches!(news, News::Tick));
    (entry.passed.numbers, seq.unwrap())
}

#[test]
fn the_last_price_and_the_last_book_take_the_place_of_those_that_wait() {
    run(async {
        let channel = Channel::new(4, true);
        for (seq, what) in [(1, "price"), (2, "position"), (3, "depth"), (4, "position")] {
            assert!(send(&channel, item(seq, what)).await);
        }
        assert!(send(&channel, item(5, "price")).await, "1 gives way");
        assert!(send(&channel, item(6, "price")).await, "5 gives way");
        assert!(send(&channel, item(7, "depth")).await, "3 gives way");
        assert_eq!(channel.len(), 4, "it is never longer");
        assert_eq!(out(&channel).await, (vec![(1, 1)], 2));
        assert_eq!(out(&channel).await, (vec![(3, 3)], 4));
        assert_eq!(out(&channel).await, (vec![(5, 5)], 6));
        assert_eq!(out(&channel).await, (vec![], 7));
    });
}

#[test]
fn a_position_waits_for_room_and_is_never_left_out() {
    run(async {
        let channel = Arc::new(Channel::new(2, true));
        assert!(send(&channel, item(1, "position")).await);
        assert!(send(&channel, item(2, "position")).await);
        assert!(!send(&channel, item(3, "position")).await, "there is no room");
        assert!(!send(&channel, item(4, "price")).await, "and no price to give way");
        assert_eq!(out(&channel).await.1, 1);
        assert!(send(&channel, item(5, "position")).await);
        assert_eq!((out(&channel).await.1, out(&channel).await.1), (2, 5));
    });
}

#[test]
fn a_file_s_prices_do_not_give_way() {
    run(async {
        let channel = Channel::new(2, false);
        assert!(send(&channel, item(1, "price")).await);
        assert!(send(&channel, item(2, "price")).await);
        assert!(!send(&channel, item(3, "price")).await);
        assert_eq!((out(&channel).await.1, out(&channel).await.1), (1, 2));
    });
}

#[test]
fn a_flood_of_prices_takes_no_room() {
    run(async {
        let channel = Channel::new(2, true);
        assert!(send(&channel, item(1, "position")).await);
        for seq in 2..10_000 {
            assert!(send(&channel, item(seq, "price")).await);
        }
        assert_eq!(out(&channel).await, (vec![], 1));
        assert_eq!(out(&channel).await, (vec![(2, 9_998)], 9_999), "one run of numbers");
    });
}
