//! What prices are accepted, decided in exact arithmetic.

use crate::exact::{Q, q};
use crate::source::Source;
use damper::Error;
use damper::oracle::{OracleConfig, PriceObservation};
use damper::ratio::Ratio;
use damper::units::Seconds;

pub(crate) fn run(source: &mut Source<'_>) {
    let (max_age, max_width) = (source.seconds(), source.ratio());
    let Ok(config) = OracleConfig::new(max_age, max_width) else {
        assert!(max_width >= Ratio::ONE);
        return;
    };
    assert!(max_width < Ratio::ONE);
    let (now, price) = (source.time(), source.price());
    let (last, mut seen) = (source.observation(price, now), source.observation(price, now));
    if source.rarely(8) {
        seen.source_time = last.source_time;
    }
    let age = |seen: &PriceObservation| now.get().checked_sub(seen.source_time.get()).map(Seconds::new);
    let fresh = match age(&seen) {
        None => Err(Error::PriceFromFuture),
        Some(age) if age > max_age => Err(Error::PriceStale),
        Some(_) => Ok(()),
    };
    assert_eq!(config.fresh(&seen, now), fresh);
    let width = Q::one() - q(seen.band.low()) / seen.band.high();
    let checked = fresh.and(if width > q(max_width) { Err(Error::BandTooWide) } else { Ok(()) });
    assert_eq!(config.check(&seen, now), checked);
    let follows = if seen.source_time < last.source_time {
        Err(Error::PriceOutOfOrder)
    } else if seen.source_time == last.source_time && seen.band != last.band {
        Err(Error::PriceContradicts)
    } else {
        Ok(())
    };
    assert_eq!(config.accept(&last, &seen, now), checked.and(follows));
}
