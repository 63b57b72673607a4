//! The preset's breaker against its documented row.

use damper::book::Shape;
use damper::breaker::Stops;
use damper::preset::{Site, lending};
use damper::units::{Amount, Seconds, Value};

/// 7 % stops borrowing, 13 % also kicks, 20 % also takes.
#[test]
fn each_level_of_the_breaker_stops_what_the_table_says() {
    let params = lending(&Site {
        shape: Shape::<1>::ConstantProduct,
        heartbeat: Seconds::new(600),
        min_sale: Value::new(1_000),
        rise_base: Amount::new(1_000_000),
        depth_norm: None,
    })
    .expect("sound");
    let stops = params.breaker.params().levels.map(|level| level.stops);
    assert_eq!(
        stops,
        [
            Stops { borrow: true, kick: false, take: false },
            Stops { borrow: true, kick: true, take: false },
            Stops { borrow: true, kick: true, take: true },
        ]
    );
}
