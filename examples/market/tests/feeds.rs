//! Many sources: one that lies does not move the price, and what is refused changes nothing.

use damper::Error;
use damper::guard::{Guard, GuardParams};
use damper::oracle::OracleConfig;
use damper::ratio::Ratio;
use damper::sources::{Source, SourcesParams, Standing};
use damper::units::{Amount, Seconds, Timestamp};
use market::{Market, Pool, Quote, Refusal, Report, SourcesConfig, SourcesState, State, Terms, TermsParams};

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

/// The life's terms, with these sources.
fn terms(sources: Option<SourcesConfig>) -> Terms {
    let life = market::life::terms().expect("checked");
    Terms::new(TermsParams { sources, ..*life.params() }).expect("checked")
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
    terms: Terms,
    state: State,
    feeds: SourcesState,
}

impl Scene {
    /// A market that opened at 1,000 on the price of one, and adopted three sources.
    fn new() -> Scene {
        let (guard, terms) = (guard(), terms(Some(sources())));
        let market = Market { guard: &guard, terms: &terms, now: Timestamp::new(1_000) };
        let pool = Pool { reserve: Amount::new(500_000_000_000_000), source_time: Timestamp::new(1_000) };
        let first = quote(990, 20_000).observation().expect("a price");
        let mut state = market.launch(first, pool.observation()).expect("launched");
        assert_eq!(terms.fits(&guard), Ok(()));
        let feeds = market.adopt(&mut state).expect("adopted");
        let mut scene = Scene { guard, terms, state, feeds };
        assert_eq!(price(scene.report(1_000, 0, quote(1_000, 20_000))), Err(Error::QuorumLost.into()));
        assert_eq!(price(scene.report(1_000, 1, quote(999, 20_010))), Err(Error::QuorumLost.into()));
        assert_eq!(*scene.state.guard.price(), first);
        assert!(price(scene.report(1_000, 2, quote(998, 19_990))).is_ok());
        assert_eq!(scene.state.guard.price().source_time, Timestamp::new(999));
        scene
    }

    fn market(&self, now: u64) -> Market<'_> {
        Market { guard: &self.guard, terms: &self.terms, now: Timestamp::new(now) }
    }

    fn report(&mut self, now: u64, source: usize, quote: Quote) -> Result<Report, Refusal> {
        let market = Market { guard: &self.guard, terms: &self.terms, now: Timestamp::new(now) };
        let before = (self.state, self.feeds);
        let heard =
            quote.observation().and_then(|price| market.report(&mut self.state, &mut self.feeds, source, price));
        if heard.is_err() {
            assert_eq!((self.state, self.feeds), before, "a refusal changes nothing");
        }
        let mut bytes = [0; SourcesState::BYTES];
        self.feeds.write_to(&mut bytes).expect("the length is right");
        assert_eq!(SourcesState::read_from(&bytes), Ok(self.feeds));
        heard
    }
}

fn price(heard: Result<Report, Refusal>) -> Result<Amount, Refusal> {
    let Ok(Report::Heard { price, .. }) = heard else { panic!("not heard: {heard:?}") };
    price
}

fn standings(heard: Result<Report, Refusal>) -> [Standing; 3] {
    let Ok(Report::Heard { standings, .. }) = heard else { panic!("not heard: {heard:?}") };
    standings
}

#[test]
fn a_source_that_lies_moves_nothing_and_is_named() {
    let mut scene = Scene::new();
    let honest = scene.state.guard.price().band;
    // Half the price and a hundred times it: within what the other two say.
    for (at, lie) in [(1_010, 10_000), (1_020, 2_000_000)] {
        let heard = scene.report(at, 1, quote(at, lie));
        assert!(price(heard).is_ok());
        assert_eq!(standings(heard), [Standing::Used, Standing::Divergent, Standing::Used]);
        let band = scene.state.guard.price().band;
        assert!(band.low() >= quote(0, 19_980).observation().expect("a price").band.low());
        assert!(band.high() <= quote(0, 20_020).observation().expect("a price").band.high());
        assert!(band.low() <= honest.high());
    }
}

#[test]
fn two_that_move_together_are_the_price() {
    let mut scene = Scene::new();
    let before = scene.state.guard.price().source_time;
    for (at, source) in [(1_030, 0), (1_031, 1), (1_032, 2)] {
        let heard = scene.report(at, source, quote(at, 19_500));
        // Between the first and the last report they are more than a hundredth apart, one more than may lie or one.
        assert!(heard.is_ok());
    }
    assert!(scene.state.guard.price().source_time > before);
    let low = quote(0, 19_500).observation().expect("a price").band;
    assert_eq!(scene.state.guard.price().band, low);
}

#[test]
fn reports_that_are_refused() {
    let mut scene = Scene::new();
    assert!(price(scene.report(1_050, 0, quote(1_050, 20_000))).is_ok());
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
    let last = *scene.state.guard.price();
    // The others are older than two minutes.
    let heard = scene.report(1_130, 0, quote(1_130, 19_000));
    assert_eq!(price(heard), Err(Error::QuorumLost.into()));
    assert_eq!(standings(heard), [Standing::Used, Standing::Stale, Standing::Stale]);
    assert_eq!(*scene.state.guard.price(), last);
    let loan = market::Loan { collateral: Amount::new(1), ..market::Loan::NEW };
    assert_eq!(scene.market(1_130).assess(&scene.state.guard, &loan), Err(Error::PriceStale.into()));
    // With all three back there is a price again.
    assert!(price(scene.report(1_131, 1, quote(1_131, 19_000))).is_err());
    assert!(price(scene.report(1_132, 2, quote(1_132, 19_000))).is_ok());
    assert_eq!(scene.state.guard.price().band, quote(0, 19_000).observation().expect("a price").band);
}

#[test]
fn sources_are_adopted_once_and_make_the_price_alone() {
    let mut scene = Scene::new();
    let mut state = scene.state;
    assert_eq!(scene.market(1_001).adopt(&mut state), Err(Refusal::Exists));
    let said = quote(1_001, 20_000).observation().expect("a price");
    assert_eq!(scene.market(1_001).observe(&mut state, Some(said), None), Err(Refusal::BySources));
    assert_eq!(state, scene.state);
    let pool = Pool { reserve: Amount::new(400_000_000_000_000), source_time: Timestamp::new(1_001) };
    assert!(scene.market(1_001).observe(&mut state, None, Some(pool.observation())).is_ok());
    // Who has not adopted them hears none.
    scene.state.house.fed = false;
    assert_eq!(scene.report(1_002, 0, quote(1_002, 20_000)), Err(Refusal::Missing));
    assert!(scene.market(1_002).observe(&mut state, None, None).is_ok());
}

#[test]
fn what_has_no_sources_adopts_none() {
    let (guard, terms) = (guard(), terms(None));
    let market = Market { guard: &guard, terms: &terms, now: Timestamp::new(1_000) };
    let mut state = Scene::new().state;
    state.house.fed = false;
    assert_eq!(market.adopt(&mut state), Err(Refusal::Missing));
    assert_eq!(
        market.hear(&mut SourcesState::open(market.now), 0, quote(1_000, 20_000).observation().expect("a price")),
        Err(Refusal::Missing)
    );
    assert_eq!(terms.fits(&guard), Ok(()));
}

#[test]
fn the_wick_filter_of_one_source_is_too_short_for_three() {
    let life = market::life::guard().expect("checked");
    assert_eq!(terms(Some(sources())).fits(&life), Err(Error::WickBelowSources.into()));
    let mut state = Scene::new().state;
    state.house.fed = false;
    let before = state;
    let market = Market { guard: &life, terms: &terms(Some(sources())), now: Timestamp::new(1_000) };
    assert_eq!(market.adopt(&mut state), Err(Error::WickBelowSources.into()));
    assert_eq!(state, before);
}

#[test]
fn reports_older_than_the_authoritys_last_price_are_kept_until_a_later_one_joins_them() {
    let mut scene = Scene::new();
    let (guard, terms) = (guard(), terms(Some(sources())));
    let market = Market { guard: &guard, terms: &terms, now: Timestamp::new(1_000) };
    let pool = Pool { reserve: Amount::new(500_000_000_000_000), source_time: Timestamp::new(1_000) };
    let first = quote(1_000, 20_000).observation().expect("a price");
    let mut state = market.launch(first, pool.observation()).expect("launched");
    (scene.feeds, scene.state) = (market.adopt(&mut state).expect("adopted"), state);
    assert_eq!(price(scene.report(1_000, 0, quote(980, 19_990))), Err(Error::QuorumLost.into()));
    assert_eq!(price(scene.report(1_000, 1, quote(985, 19_980))), Err(Error::QuorumLost.into()));
    assert_eq!(price(scene.report(1_001, 2, quote(990, 19_970))), Err(Error::PriceOutOfOrder.into()));
    assert_eq!(scene.feeds.last()[2], quote(990, 19_970).observation().ok(), "it is kept");
    // The median of the times is that of the authority's price, and the price another.
    assert_eq!(price(scene.report(1_002, 0, quote(1_002, 19_960))), Err(Error::PriceOutOfOrder.into()));
    assert_eq!(price(scene.report(1_003, 1, quote(1_000, 19_950))), Err(Error::PriceContradicts.into()));
    assert_eq!(*scene.state.guard.price(), first);
    // The third has nothing new to say, and need not.
    assert!(price(scene.report(1_004, 1, quote(1_001, 19_950))).is_ok());
    assert_eq!(scene.state.guard.price().source_time, Timestamp::new(1_001));
}

#[test]
fn a_guard_that_waits_for_reports_which_nobody_makes_does_not_fit() {
    use damper::appetite::{AppetiteConfig, AppetiteParams};
    use damper::stress::{Signal, StressConfig, StressParams};
    let (guard, terms) = (market::life::guard().expect("checked"), market::life::terms().expect("checked"));
    assert_eq!(terms.fits(&guard), Ok(()));
    let waits = Signal::Between { calm: bps(5_000), stressed: bps(1_000) };
    let rises = Signal::Between { calm: bps(1_000), stressed: bps(5_000) };
    let with = |change: fn(&mut StressParams, Signal), signal| {
        let appetite = *guard.params().appetite.params();
        let mut stress = *appetite.stress.params();
        change(&mut stress, signal);
        let stress = StressConfig::new(stress).expect("checked");
        let appetite = AppetiteConfig::new(AppetiteParams { stress, ..appetite }).expect("checked");
        terms.fits(&Guard::new(GuardParams { appetite, ..*guard.params() }).expect("checked"))
    };
    assert_eq!(with(|stress, signal| stress.oracle = signal, waits), Err(Refusal::SignalUnfed));
    assert_eq!(with(|stress, signal| stress.neighbours = signal, waits), Err(Refusal::SignalUnfed));
    assert_eq!(with(|stress, signal| stress.backlog = signal, rises), Err(Refusal::SignalUnfed));
}
