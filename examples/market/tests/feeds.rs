//! Many sources: one that lies does not move the price, and what is refused changes nothing.

use damper::Error;
use damper::guard::{Guard, GuardParams};
use damper::oracle::OracleConfig;
use damper::ratio::Ratio;
use damper::sources::{Source, SourcesParams, Standing};
use damper::units::{Amount, Seconds, Timestamp};
use market::feeds::{Feeds, SourcesConfig, SourcesState};
use market::{GuardState, Market, Pool, Quote, Refusal};

fn bps(count: u32) -> Ratio {
    Ratio::from_bps_ceil(count).expect("a ratio")
}

/// Three sources of which one may lie; each is asked, and believed for two minutes.
fn sources() -> SourcesConfig {
    let limits = OracleConfig::new(Seconds::new(120), bps(20)).expect("a band");
    let source = Source { limits, update_band: Ratio::ZERO };
    let params =
        SourcesParams { sources: [source; 3], faulty: 1, quorum: 3, divergence: bps(100), max_width: bps(199) };
    SourcesConfig::new(params).expect("checked")
}

/// The life's guard, with a wick filter that is longer than two ages of a report.
fn guard() -> Guard<1> {
    let life = market::life::guard().expect("checked");
    Guard::new(GuardParams { wick: Seconds::new(241), ..*life.params() }).expect("checked")
}

const fn quote(at: u64, cents: i64) -> Quote {
    Quote {
        mantissa: cents * 1_000,
        confidence: cents.unsigned_abs() / 2,
        exponent: -8,
        source_time: Timestamp::new(at),
    }
}

struct Scene {
    guard: Guard<1>,
    sources: SourcesConfig,
    state: GuardState,
    feeds: SourcesState,
}

impl Scene {
    /// A market that opened at 1,000 on what three sources said.
    fn new() -> Scene {
        let (guard, sources) = (guard(), sources());
        let market = Market { guard: &guard, now: Timestamp::new(1_000) };
        let feeds = Feeds { market, sources: &sources };
        assert_eq!(feeds.fits(), Ok(()));
        let mut kept = SourcesState::open(Timestamp::new(1_000));
        assert_eq!(feeds.hear(&mut kept, 0, quote(1_000, 20_000)).expect("heard").aggregate, Err(Error::QuorumLost));
        assert_eq!(feeds.hear(&mut kept, 1, quote(999, 20_010)).expect("heard").aggregate, Err(Error::QuorumLost));
        let outcome = feeds.hear(&mut kept, 2, quote(998, 19_990)).expect("heard");
        let price = outcome.aggregate.expect("three agree").observation;
        let pool = Pool { reserve: Amount::new(500_000_000_000_000), source_time: Timestamp::new(1_000) };
        let state = market.launch(price, pool.observation()).expect("launched");
        Scene { guard, sources, state, feeds: kept }
    }

    fn report(&mut self, now: u64, source: usize, quote: Quote) -> Result<market::feeds::Heard, Refusal> {
        let market = Market { guard: &self.guard, now: Timestamp::new(now) };
        let before = (self.state, self.feeds);
        let heard = Feeds { market, sources: &self.sources }.report(&mut self.state, &mut self.feeds, source, quote);
        if heard.is_err() {
            assert_eq!((self.state, self.feeds), before, "a refusal changes nothing");
        }
        let mut bytes = [0; SourcesState::BYTES];
        self.feeds.write_to(&mut bytes).expect("the length is right");
        assert_eq!(SourcesState::read_from(&bytes), Ok(self.feeds));
        heard
    }
}

#[test]
fn a_source_that_lies_moves_nothing_and_is_named() {
    let mut scene = Scene::new();
    let honest = scene.state.price().band;
    // Half the price and a hundred times it: within what the other two say.
    for (at, lie) in [(1_010, 10_000), (1_020, 2_000_000)] {
        let heard = scene.report(at, 1, quote(at, lie)).expect("heard");
        assert!(heard.price.is_ok());
        assert_eq!(
            heard.verdicts.map(|verdict| verdict.standing),
            [Standing::Used, Standing::Divergent, Standing::Used]
        );
        let band = scene.state.price().band;
        assert!(band.low() >= quote(0, 19_980).observation().expect("a price").band.low());
        assert!(band.high() <= quote(0, 20_020).observation().expect("a price").band.high());
        assert!(band.low() <= honest.high());
    }
}

#[test]
fn two_that_move_together_are_the_price() {
    let mut scene = Scene::new();
    let before = scene.state.price().source_time;
    for (at, source) in [(1_030, 0), (1_031, 1), (1_032, 2)] {
        let heard = scene.report(at, source, quote(at, 19_500));
        // Between the first and the last report they are more than a hundredth apart, one more than may lie or one.
        assert!(heard.is_ok());
    }
    assert!(scene.state.price().source_time > before);
    let low = quote(0, 19_500).observation().expect("a price").band;
    assert_eq!(scene.state.price().band, low);
}

#[test]
fn reports_that_are_refused() {
    let mut scene = Scene::new();
    assert!(scene.report(1_050, 0, quote(1_050, 20_000)).expect("heard").price.is_ok());
    for (source, quote, refusal) in [
        (3, quote(1_060, 20_000), Refusal::Missing),
        (usize::MAX, quote(1_060, 20_000), Refusal::Missing),
        (0, quote(1_061, 20_000), Error::PriceFromFuture.into()),
        (0, quote(939, 20_000), Error::PriceStale.into()),
        (0, quote(1_049, 20_000), Error::PriceOutOfOrder.into()),
        (0, quote(1_050, 20_001), Error::PriceContradicts.into()),
        (0, quote(1_060, -1), Error::NegativeInput.into()),
        (0, Quote { confidence: 40_000, ..quote(1_060, 20_000) }, Error::BandTooWide.into()),
    ] {
        assert_eq!(scene.report(1_060, source, quote), Err(refusal), "{source} {quote:?}");
    }
    assert_eq!(scene.report(1_049, 0, quote(1_049, 20_000)), Err(Error::ClockReversed.into()));
}

#[test]
fn without_a_quorum_only_time_passes() {
    let mut scene = Scene::new();
    let price = *scene.state.price();
    // The others are older than two minutes.
    let heard = scene.report(1_130, 0, quote(1_130, 19_000)).expect("kept");
    assert_eq!(heard.price, Err(Error::QuorumLost.into()));
    assert_eq!(heard.verdicts.map(|verdict| verdict.standing), [Standing::Used, Standing::Stale, Standing::Stale]);
    assert_eq!(*scene.state.price(), price);
    let market = Market { guard: &scene.guard, now: Timestamp::new(1_130) };
    let loan = market::Loan { collateral: Amount::new(1), ..market::Loan::NEW };
    assert_eq!(market.assess(&scene.state, &loan), Err(Error::PriceStale.into()));
    // With all three back there is a price again.
    assert!(scene.report(1_131, 1, quote(1_131, 19_000)).expect("kept").price.is_err());
    assert!(scene.report(1_132, 2, quote(1_132, 19_000)).expect("heard").price.is_ok());
    assert_eq!(scene.state.price().band, quote(0, 19_000).observation().expect("a price").band);
}

#[test]
fn the_wick_filter_of_one_source_is_too_short_for_three() {
    let life = market::life::guard().expect("checked");
    let market = Market { guard: &life, now: Timestamp::new(0) };
    let refusal = Feeds { market, sources: &sources() }.fits();
    assert_eq!(refusal, Err(Error::WickBelowSources.into()));
}
