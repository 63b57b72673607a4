//! The window against all prices that it was shown.

use crate::source::Source;
use damper::Error;
use damper::price::Price;
use damper::units::{Seconds, Timestamp};
use damper::window::Window;

pub(crate) fn run(source: &mut Source<'_>) {
    let width = source.seconds_within(0, 64);
    let (mut now, mut price) = (Timestamp::new(source.word() >> 1), source.price());
    let band = source.band_near(price);
    let mut window = Window::open_band(band, now);
    let (mut seen, mut longest, mut refused) = (vec![(now, band)], 0, Vec::new());
    while source.more() && seen.len() < 64 {
        price = source.near(price);
        let (band, then) = (source.band_near(price), source.after(now));
        if then < now {
            // Only a time before the present bucket is refused; such a price is not followed up here.
            refused.extend(window.observe_band(band, then, width).err());
            continue;
        }
        longest = longest.max(then.get() - now.get());
        now = then;
        window = window.observe_band(band, now, width).expect("in order");
        seen.push((now, band));
        extremes(&window, &seen, width, longest);
    }
    assert!(refused.iter().all(|error| *error == Error::TimeReversed));
}

/// At least the last `width` seconds are covered, and at most twice that with the longest gap.
fn extremes(window: &Window, seen: &[(Timestamp, damper::price::PriceBand)], width: Seconds, longest: u64) {
    let now = seen.last().expect("not empty").0.get();
    let (low, high) = ((*window).low(), (*window).high());
    let since = |age: u64| seen.iter().filter(move |(time, _)| now - time.get() <= age).map(|(_, band)| *band);
    let lowest = |age: u64| since(age).map(|band| band.low()).fold(Price::MAX, Price::min);
    let highest = |age: u64| since(age).map(|band| band.high()).fold(Price::MIN, Price::max);
    if width > Seconds::ZERO {
        assert!(low <= lowest(width.get()) && high >= highest(width.get()), "the window forgets");
    } else {
        let last = seen.last().expect("not empty").1;
        assert!(low == last.low() && high == last.high());
    }
    let reach = 2 * width.get() + longest;
    assert!(low >= lowest(reach) && high <= highest(reach), "the window remembers too much");
}
