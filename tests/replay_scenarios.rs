//! The replay's scenarios: their names, what each is there to show, and the sweep.
#![allow(dead_code, reason = "the example prints and draws more than is tested here")]

#[path = "../examples/replay/auctions.rs"]
mod auctions;
#[path = "../examples/replay/config.rs"]
mod config;
#[path = "../examples/replay/damped.rs"]
mod damped;
#[path = "support/exact.rs"]
mod exact;
#[path = "../examples/replay/feed.rs"]
mod feed;
#[path = "../examples/replay/figures.rs"]
mod figures;
#[path = "../examples/replay/insurers.rs"]
mod insurers;
#[path = "../examples/replay/lending.rs"]
mod lending;
#[path = "../examples/replay/market.rs"]
mod market;
#[path = "../examples/replay/naive.rs"]
mod naive;
#[path = "../examples/replay/path.rs"]
mod path;
#[path = "../examples/replay/population.rs"]
mod population;
#[path = "../examples/replay/prices.rs"]
mod prices;
#[path = "../examples/replay/program.rs"]
mod program;
#[path = "../examples/replay/replay.rs"]
mod replay;
#[path = "../examples/replay/rng.rs"]
mod rng;
#[path = "../examples/replay/run.rs"]
mod run;
#[path = "../examples/replay/scenario.rs"]
mod scenario;
#[path = "../examples/replay/scenarios/mod.rs"]
mod scenarios;
#[path = "../examples/replay/sweep.rs"]
mod sweep;
#[path = "../examples/replay/venue.rs"]
mod venue;
#[path = "support/world.rs"]
mod world;

use config::Knobs;
use damper::Error;
use damper::appetite::{AppetiteConfig, AppetiteParams};
use damper::book::Shape;
use damper::guard::GuardParams;
use damper::oracle::OracleConfig;
use damper::preset::{Site, lending};
use damper::price::PriceBand;
use damper::ratio::Ratio;
use damper::sources::{self, Emission, SourcesConfig, Standing};
use damper::stress::{Signal, StressConfig, StressParams};
use damper::units::{Amount, Seconds, Timestamp, Value};
use exact::Verdict;
use feed::{Joined, Quote, Source};
use path::{BASE_UNIT, QUOTE_MILLION};
use replay::Replay;
use run::Outcome;
use scenario::{Origin, Scenario, Sellers};
use scenarios::{TWELVE, china, luna, mango, named, names};
use std::sync::OnceLock;
use sweep::Setting;

fn scenario(name: &str) -> Scenario {
    named(name, 1).expect("known")
}

fn replay(scenario: &Scenario) -> Replay {
    Replay::of(scenario, &|| {}).expect("within the range of the numbers")
}

/// The replay of one of the twelve for a population, played once for all tests.
fn played(name: &str, seed: u64) -> &'static Replay {
    static PLAYED: [[OnceLock<Replay>; 3]; TWELVE.len()] = [const { [const { OnceLock::new() }; 3] }; TWELVE.len()];
    let place = TWELVE.iter().position(|(known, _)| *known == name).expect("one of the twelve");
    PLAYED[place][seed as usize - 1].get_or_init(|| replay(&named(name, seed).expect("known")))
}

fn rule<'a>(replay: &'a Replay, seller: &str) -> &'a Outcome {
    replay.outcomes.iter().find(|outcome| outcome.seller == seller).expect("among the sellers")
}

fn breaks(replay: &Replay, seller: &str) -> bool {
    replay.verdict(rule(replay, seller)) == Verdict::Fails
}

fn million(millions: u128) -> Value {
    Value::new(millions * QUOTE_MILLION)
}

#[test]
fn the_names_are_listed_once_each() {
    let expected = [
        "black-monday",
        "flash-crash",
        "china",
        "maker",
        "bitmex",
        "compound",
        "may-2021",
        "luna",
        "solend",
        "mango",
        "crv",
        "october-2025",
        "eth-march-2020",
        "eth-may-2021",
    ];
    assert_eq!(names(), expected);
    for name in expected {
        let scenario = scenario(name);
        assert_eq!(scenario.slug, name);
        assert_eq!(scenario.mechanism.is_some(), TWELVE.iter().any(|(twelve, _)| *twelve == name), "{name}");
        let says_synthesised = scenario.notes.iter().any(|note| note.starts_with("Synthesised"));
        assert_eq!(scenario.origin == Origin::Synthesised, says_synthesised, "{name}");
        let says_source = scenario.notes.iter().any(|note| note.starts_with("Source: "));
        assert_eq!(scenario.origin == Origin::Recorded, says_source, "{name}");
    }
}

#[test]
fn an_unknown_name_is_an_error_that_lists_the_names() {
    for unknown in ["", "blackmonday", "Maker", "maker "] {
        let message = named(unknown, 1).expect_err("unknown");
        assert!(message.contains(&format!("`{unknown}`")), "{message}");
        for name in names() {
            assert!(message.contains(name), "{message} lacks {name}");
        }
    }
}

/// No scenario has parameters of its own, and what a sweep calls the preset is the crate's.
#[test]
fn one_configuration_for_all() {
    for name in names() {
        assert_eq!(scenario(name).knobs, Knobs::PRESET, "{name}");
    }
    let (heartbeat, calm) = (Seconds::new(600), Amount::new(1_000_000 * BASE_UNIT));
    let rise_base = Ratio::from_bps_floor(500).and_then(|part| calm.mul_floor(part)).expect("small");
    let site = Site {
        shape: Shape::<1>::ConstantProduct,
        heartbeat,
        min_sale: Value::new(1_000_000_000),
        rise_base,
        depth_norm: Some([calm]),
    };
    let preset = lending(&site).expect("sound");
    for knobs in [Knobs::PRESET, Setting::PRESET.knobs()] {
        let params = config::params(heartbeat, calm, knobs).expect("sound");
        assert_eq!(params.ledger, preset.ledger);
        assert_eq!(params.depth, preset.depth);
        assert_eq!((params.plan, params.breaker, params.auction), (preset.plan, preset.breaker, preset.auction));
        assert_eq!((params.oracle, params.wick), (preset.oracle, preset.wick));
        // The appetite is the preset's but for the sources.
        let appetite = *params.appetite.params();
        assert_ne!(appetite.stress.params().oracle, Signal::Absent);
        let stress = StressConfig::new(StressParams { oracle: Signal::Absent, ..*appetite.stress.params() });
        let appetite = AppetiteConfig::new(AppetiteParams { stress: stress.expect("sound"), ..appetite });
        assert_eq!(appetite, Ok(preset.appetite));
    }
}

/// On each of the twelve, and for other populations: the hypothesis on depth and the bound hold for damper, the ledger is
/// never above its cap, nothing is sold for nothing, and what the scenario says of itself can be said.
#[test]
fn damper_keeps_to_the_bound_in_all_twelve() {
    for (name, build) in TWELVE {
        for seed in 1..3 {
            let scenario = build(seed).expect("well formed");
            let replay = played(name, seed);
            assert!(replay.kappa.h1_holds, "{name} {seed}: kappa {}", replay.kappa.measured);
            assert_eq!(replay.verdict(replay.damped()), Verdict::Holds, "{name} {seed}");
            assert!(replay.levels.iter().all(|level| level.used <= level.cap), "{name} {seed}");
            assert_eq!(replay.damped().marks.for_nothing, Value::ZERO, "{name} {seed}");
            let mechanism = scenario.mechanism.expect("one of the twelve");
            let words = (mechanism.words)(&scenario, replay).expect("within the range of the numbers");
            assert!(!words.contains("NaN") && !words.contains("inf"), "{words}");
            assert!(mechanism.rule + 1 < replay.outcomes.len());
        }
    }
}

/// Where a seller without a throttle goes beyond the bound: everywhere but where too little comes due for the book.
#[test]
fn the_bound_is_one_that_can_be_broken() {
    for name in ["black-monday", "flash-crash", "maker", "bitmex", "compound", "solend", "mango", "crv", "october-2025"]
    {
        assert!(breaks(played(name, 1), "no throttle"), "{name}");
    }
}

#[test]
fn volume_indexed_selling_breaks_the_bound_and_damper_leaves_the_order() {
    let (scenario, replay) = (scenario("flash-crash"), played("flash-crash", 1));
    let volume = rule(replay, "9 % of volume");
    assert!(breaks(replay, "9 % of volume"));
    // It sells faster the more it has sold: the largest minute is many times the first, and near the end.
    let at = volume.by_step.iter().position(|sold| *sold == volume.most_in_a_step()).expect("a step");
    assert!(volume.most_in_a_step().get() > 4 * volume.by_step[0].get() && at > 5, "{at}");
    // And more than 9 % of what others trade at most, 4.4 times 10,000 contracts of 50 units a minute.
    let most = Amount::new(10_000 * 50 * BASE_UNIT * 44 * 9 / 1_000);
    let worth = scenario.opening().and_then(|price| price.value_ceil(most)).expect("in range");
    assert!(volume.most_in_a_step() > worth);
    assert!(volume.backlog.is_zero() && !replay.damped().backlog.is_zero());
}

#[test]
fn a_halt_attracts_and_releases_and_the_ledger_does_not() {
    for seed in 1..4 {
        let replay = played("china", seed);
        let (unseen, halts) = (rule(replay, "halts unforeseen"), rule(replay, "halts at 5 and 7 %"));
        // The rule sold, was halted with a backlog, and sold again.
        let sales: Vec<usize> = (0..halts.by_step.len()).filter(|step| !halts.by_step[*step].is_zero()).collect();
        assert!(halts.waited >= 900 && sales.windows(2).any(|pair| pair[1] - pair[0] >= 15), "{seed}: {sales:?}");
        // The magnet: a halt that is foreseen makes them sell more.
        assert!(halts.sold > unseen.sold, "{seed}");
        // What a wait releases.
        let damped = replay.damped();
        assert!(china::released(halts).get() > 2 * china::released(damped).get(), "{seed}");
        assert!(!damped.sold.is_zero() && damped.drawdown.certainly_le(halts.drawdown), "{seed}");
    }
}

#[test]
fn nothing_is_sold_for_nothing() {
    for seed in 1..4 {
        let replay = played("maker", seed);
        let zero = rule(replay, "zero-bid auctions");
        assert!(zero.marks.for_nothing > million(1), "{seed}");
        assert_eq!(zero.marks.least_paid_bps, Some(0));
        // Damper's keepers miss lots too; its auction has a floor of 60 % of what it starts from, above the market.
        let damped = replay.damped();
        assert!(damped.marks.sales > 0 && damped.marks.least_paid_bps > Some(5_000), "{:?}", damped.marks);
        assert!(damped.worst_bad_debt < zero.worst_bad_debt);
    }
    // With keepers that come, the rule of that time gives nothing away.
    let mut calm = scenario("maker");
    calm.venue.scarce_keepers = false;
    assert_eq!(rule(&replay(&calm), "zero-bid auctions").marks.for_nothing, Value::ZERO);
}

#[test]
fn what_the_bids_cannot_take_is_handed_over() {
    let replay = played("bitmex", 1);
    let damped = replay.damped();
    assert!(replay.backstop.debt > million(50) && damped.sold < million(50));
    assert!(damped.worst_bad_debt < replay.unthrottled().worst_bad_debt);
}

#[test]
fn a_wrong_source_of_three_sells_nothing_and_two_do() {
    let (scenario, once) = (scenario("compound"), played("compound", 1));
    assert!(once.unthrottled().marks.undue > million(10));
    assert_eq!((once.damped().marks.sales, once.damped().sold), (0, Value::ZERO));
    // Not guaranteed: prices that are false by more than eps, for longer than the breaker halts.
    let mut two = scenario;
    let Source::Wrong { from, num, den, .. } = two.venue.sources[0] else { panic!("the first source is wrong") };
    let wrong = Source::Wrong { from, until: u64::MAX, num, den };
    two.venue.sources = vec![wrong, wrong, Source::Honest];
    let two = replay(&two);
    assert!(two.damped().marks.undue > Value::ZERO);
    assert!(two.bound.eps.to_f64_lo() > 0.2, "the error counts in the bound");
    assert_eq!(two.verdict(two.damped()), Verdict::Holds);
}

#[test]
fn a_recorded_pool_is_the_depth() {
    let scenario = scenario("may-2021");
    let as_recorded = replay(&scenario);
    let mut thinner = scenario.clone();
    for reserve in thinner.venue.reserves.iter_mut().flatten() {
        *reserve /= 4;
    }
    let thinner = replay(&thinner);
    assert!(as_recorded.unthrottled().drawdown.certainly_gt(as_recorded.damped().drawdown));
    assert!(thinner.unthrottled().drawdown.certainly_gt(as_recorded.unthrottled().drawdown));
    assert_eq!(scenario.venue.reserves.map(|reserves| reserves.len()), Some(scenario.path.steps.len()));
}

#[test]
fn a_frozen_feed_is_not_lent_on() {
    let (scenario, one) = (scenario("luna"), played("luna", 1));
    assert!(one.unthrottled().marks.lent > million(15));
    assert!(one.unthrottled().worst_bad_debt > million(10));
    assert_eq!(one.damped().marks.lent, Value::ZERO);
    assert!(one.damped().worst_bad_debt < million(3));
    // With one of three silent damper has no quorum. What it misses is not for that: with three that go on it is the same.
    assert_eq!(luna::sold_after_the_stop(&scenario, one.damped()), Ok(Value::ZERO));
    let mut honest = scenario.clone();
    honest.venue.sources = vec![Source::Honest; 3];
    assert_eq!(replay(&honest).damped().worst_bad_debt, one.damped().worst_bad_debt);
    // Nor with every source frozen: an old price is none.
    let mut all = scenario;
    all.venue.sources = vec![all.venue.sources[0]; 3];
    let all = replay(&all);
    assert_eq!((all.damped().marks.lent, all.unthrottled().marks.lent > million(15)), (Value::ZERO, true));
}

/// With every source frozen damper sells what it had on offer, for the life of an auction, and then nothing, although the
/// whale waits and the ledger leaks; with honest sources it goes on.
#[test]
fn damper_never_sells_at_a_frozen_feed() {
    let honest = scenario("solend");
    let mut frozen = honest.clone();
    let from = honest.path.steps[0].clock + 2_400 * 60;
    frozen.venue.sources = vec![Source::Frozen { from }; 3];
    let [honest, frozen] = [honest, frozen].map(|scenario| (scenario.path.clone(), replay(&scenario)));
    let sold_after = |(path, replay): &(path::Path, Replay), seconds: u64| {
        let steps = path.steps.iter().zip(&replay.damped().by_step);
        steps.filter(|(step, _)| step.clock > from + seconds).any(|(_, sold)| !sold.is_zero())
    };
    let life = 2 * frozen.0.longest_step() + 7_200;
    assert!(sold_after(&honest, life));
    assert!(!sold_after(&frozen, life));
    assert!(!frozen.1.damped().sold.is_zero());
    // A naive seller sells at the price that stands still.
    let naive = frozen.0.steps.iter().zip(&rule(&frozen.1, "cap 1 % an hour").by_step);
    assert!(naive.filter(|(step, _)| step.clock > from + life).any(|(_, sold)| !sold.is_zero()));
}

#[test]
fn the_whale_is_not_sold_beyond_the_ledger() {
    let (scenario, replay) = (scenario("solend"), played("solend", 1));
    for seller in ["no throttle", "close factor 20 %"] {
        assert!(breaks(replay, seller), "{seller}");
    }
    let Sellers::Loans(loans) = &scenario.sellers else { panic!("loans") };
    let (whale, _) = loans.whales[0];
    let worth = scenario.opening().and_then(|price| price.value_floor(whale)).expect("in range");
    let damped = replay.damped();
    assert!(damped.sold > Value::ZERO && damped.sold.get() < worth.get() / 10);
    assert!(replay.levels.iter().all(|level| level.used <= level.cap));
}

#[test]
fn one_pushed_venue_is_not_lent_on_and_all_are() {
    let (scenario, one) = (scenario("mango"), played("mango", 1));
    assert_eq!(one.unthrottled().marks.lent, million(116));
    assert_eq!(one.damped().marks.lent, Value::ZERO);
    assert!(one.damped().worst_bad_debt < million(1));
    // What a price rule cannot do; the appetite, which the rise lowers as a fall would, lends less on it.
    let all = replay(&mango::all_pushed(&scenario));
    assert!(all.damped().marks.lent < million(116) && all.damped().marks.lent > million(50));
    assert!(all.damped().worst_bad_debt > million(50));
}

#[test]
fn toxic_loans_go_to_the_backstop() {
    let replay = played("crv", 1);
    assert!(replay.unthrottled().marks.worsening > 5 && breaks(replay, "close factor 50 %"));
    // The five loans of one owner, nearly whole.
    assert_eq!(replay.backstop.loans, 5);
    assert!(replay.backstop.debt > million(90) && replay.damped().sold < million(5));
    assert!(replay.damped().worst_bad_debt.get() * 4 < replay.unthrottled().worst_bad_debt.get());
}

#[test]
fn ghost_depth_breaks_the_cap_and_not_the_certificate() {
    let replay = played("october-2025", 1);
    assert!(breaks(replay, "cap 1 % an hour"));
    assert!(replay.kappa.measured < 1.5, "{}", replay.kappa.measured);
    let mut shown = scenario("october-2025");
    shown.venue.ghosts = false;
    // Without ghosts the cap sells less.
    assert!(rule(replay, "cap 1 % an hour").sold > rule(&self::replay(&shown), "cap 1 % an hour").sold);
}

/// The hypothesis on depth is one that can fail: a source that over-states twelve times, believed in full.
#[test]
fn depth_over_stated_beyond_kappa_is_told() {
    let mut scenario = scenario("maker");
    scenario.venue.overstated = (12, 1);
    assert!(!replay(&Scenario { knobs: Knobs { haircut: Some(0), ..Knobs::PRESET }, ..scenario }).kappa.h1_holds);
}

/// Three sources of a market with a heartbeat of a minute: each is believed for 15 s.
fn three() -> (Joined<3>, path::Scale) {
    let params = config::params(Seconds::new(60), Amount::new(BASE_UNIT), Knobs::PRESET).expect("sound");
    let path = scenario::through(0, 60, &[(0, "1"), (1, "1")]).expect("well formed");
    (Joined::open(&params, Timestamp::new(0)).expect("fits"), path.scale)
}

/// A thousand of these ticks are a millionth of the price at the start.
const fn quote(thousands: u64, source_time: u64) -> Quote {
    Quote { ticks: thousands * 1_000, source_time }
}

/// What three quotes come to at this time, the sources having said nothing before: the sides, and how each stands.
fn joined(quotes: [Quote; 3], now: u64) -> (Result<PriceBand, Error>, [Standing; 3], Ratio) {
    let (mut sources, scale) = three();
    let outcome = sources.aggregate(&quotes, scale, Timestamp::new(now)).expect("the clock runs forward");
    let band = outcome.aggregate.map(|aggregate| aggregate.observation.band);
    (band, outcome.verdicts.map(|verdict| verdict.standing), outcome.quality)
}

#[test]
fn the_median_of_fresh_sources() {
    use Standing::{Absent, Divergent, Used};
    let scale = three().1;
    let price = |thousands| Ok(quote(thousands, 0).report(scale).expect("in range").band);
    // The one in the middle, dated as the one in the middle: no side is further out than an honest source.
    let (band, stand, quality) = joined([quote(1_030, 99), quote(1_000, 90), quote(1_010, 100)], 100);
    assert_eq!((band, stand), (price(1_010), [Used; 3]));
    assert!(quality > Ratio::from_bps_floor(9_999).expect("small") && quality <= Ratio::ONE);
    // One that is wrong, above or below: named, and the price is that of an honest one beside it. No quality is left.
    for (wrong, middle) in [(100_000, 1_010), (1_064, 1_010), (1, 1_000), (949, 1_000)] {
        let (band, stand, quality) = joined([quote(wrong, 100), quote(1_000, 100), quote(1_010, 100)], 100);
        assert_eq!((band, stand, quality), (price(middle), [Divergent, Used, Used], Ratio::ZERO), "{wrong}");
    }
    // Less than 5 % from the median is near enough.
    assert_eq!(joined([quote(951, 100), quote(1_000, 100), quote(1_010, 100)], 100).1, [Used; 3]);
    // Two that are wrong and do not agree are refused; two that agree outvote the honest one, which is then named.
    let (band, stand, quality) = joined([quote(700, 100), quote(1_000, 100), quote(1_400, 100)], 100);
    assert_eq!((band, stand, quality), (Err(Error::SourcesDiverge), [Divergent, Used, Divergent], Ratio::ZERO));
    let (band, stand, quality) = joined([quote(700, 100), quote(1_000, 100), quote(710, 100)], 100);
    assert_eq!((band, stand, quality), (price(710), [Used, Divergent, Used], Ratio::ZERO));
    // 15 s old counts, 16 s do not; a source that has said nothing new in time is none, and two are no quorum.
    assert_eq!(joined([quote(1_000, 85), quote(1_000, 100), quote(1_000, 100)], 100).0, price(1_000));
    let (band, stand, quality) = joined([quote(1_000, 84), quote(1_000, 100), quote(1_000, 100)], 100);
    assert_eq!((band, stand, quality), (Err(Error::QuorumLost), [Absent, Used, Used], Ratio::ZERO));
}

#[test]
fn a_source_that_stands_still_is_believed_for_its_age_and_no_longer() {
    let (mut sources, scale) = three();
    let mut at = |now: u64, quotes: [Quote; 3]| {
        sources.aggregate(&quotes, scale, Timestamp::new(now)).expect("the clock runs forward")
    };
    let still = quote(1_000, 60);
    let first = at(60, [still; 3]).aggregate.expect("three of one price");
    assert_eq!(first.emission, Emission::New);
    // Two go on, and the old price of the third only keeps its rank.
    let next = at(75, [still, quote(990, 75), quote(980, 75)]).aggregate.expect("three of one price");
    assert_eq!((next.emission, next.observation.source_time), (Emission::New, Timestamp::new(75)));
    assert_eq!(next.observation.band, quote(990, 0).report(scale).expect("in range").band);
    let lost = at(76, [still, quote(990, 76), quote(980, 76)]);
    assert_eq!((lost.aggregate, lost.verdicts[0].standing), (Err(Error::QuorumLost), Standing::Stale));
    // It comes back; two that stand still give no new price, and at last none.
    assert!(at(90, [quote(980, 90); 3]).aggregate.is_ok());
    let again = at(100, [quote(980, 90), quote(980, 90), quote(970, 100)]).aggregate.expect("within the age");
    assert_eq!((again.emission, again.observation.source_time), (Emission::Repeated, Timestamp::new(90)));
    assert_eq!(at(106, [quote(980, 90), quote(980, 90), quote(970, 106)]).aggregate, Err(Error::QuorumLost));
}

/// What the naive seller asks: of sources that all stand still the last price, of two wrong ones theirs.
#[test]
fn the_naive_median_asks_for_no_quorum() {
    let of = |quotes: &[Quote]| naive::median(quotes).map(|ticks| ticks / 1_000);
    assert_eq!(of(&[]), None);
    assert_eq!(of(&[quote(7, 100)]), Some(7));
    assert_eq!(of(&[quote(700, 100), quote(7, 100), quote(8, 100)]), Some(8));
    assert_eq!(of(&[quote(1, 100), quote(7, 100), quote(8, 100)]), Some(7));
    assert_eq!(of(&[quote(9, 100), quote(7, 100)]), Some(7));
    // The newest alone: one liar that is a second ahead is believed.
    assert_eq!(of(&[quote(9, 99), quote(9, 99), quote(1, 100)]), Some(1));
    assert_eq!(of(&[quote(9, 5), quote(9, 5), quote(9, 5)]), Some(9));
}

/// The rule is one for all scenarios, and the preset's wick fits it; a wick of twice the age would not.
#[test]
fn the_guard_fits_its_sources() {
    for heartbeat in [1, 4, 60, 600, 3_600] {
        let params = config::params(Seconds::new(heartbeat), Amount::new(BASE_UNIT), Knobs::PRESET).expect("sound");
        let sources = config::sources::<3>(&params).expect("fits");
        let said = sources.params();
        assert_eq!((said.faulty, said.quorum), (1, 3));
        let age = said.sources[0].limits.max_age().get();
        assert_eq!(age, heartbeat / 4);
        assert_eq!(sources.fits(&params.oracle, Seconds::new(2 * age)), Err(Error::WickBelowSources));
        // A heartbeat of age would need another wick.
        let mut slow = *said;
        slow.sources = [sources::Source {
            limits: OracleConfig::new(Seconds::new(heartbeat), Ratio::ZERO).expect("a width below one"),
            ..said.sources[0]
        }; 3];
        let slow = SourcesConfig::new(slow).expect("sound");
        assert_eq!(slow.fits(&params.oracle, params.wick), Err(Error::WickBelowSources));
        // A guard that does not fit is refused: without a wick filter, or with a shorter age than the sources'.
        let refused = |guard| config::sources::<3>(&guard).map(|_| ());
        assert_eq!(refused(GuardParams { wick: Seconds::ZERO, ..params }), Err(Error::WickBelowSources));
        if age > 0 {
            let oracle = OracleConfig::new(Seconds::new(age - 1), params.oracle.max_width()).expect("below one");
            assert_eq!(refused(GuardParams { oracle, ..params }), Err(Error::GuardAgeBelowSources));
        }
        let one = config::sources::<1>(&params).expect("fits");
        assert_eq!((one.params().faulty, one.params().quorum), (0, 1));
    }
}

/// Three honest sources are one. One that is far off, for all of the time, leaves the price as it is and takes the appetite.
#[test]
fn a_source_that_diverges_lowers_the_appetite() {
    let one = scenario("eth-may-2021");
    let mut three = one.clone();
    three.venue.sources = vec![Source::Honest; 3];
    let wrong = Source::Wrong { from: 0, until: u64::MAX, num: 11, den: 10 };
    let mut off = one.clone();
    off.venue.sources = vec![Source::Honest, Source::Honest, wrong];
    let [one, three, off] = [one, three, off].map(|scenario| replay(&scenario));
    assert_eq!(one.outcomes, three.outcomes);
    assert_eq!(one.levels, three.levels);
    assert!(off.damped().sold < three.damped().sold, "{} {}", off.damped().sold.get(), three.damped().sold.get());
    assert_eq!(off.verdict(off.damped()), Verdict::Holds);
}

/// What a quorum of all costs: one of three that falls silent stops the sales that honest sources would go on with. So it is
/// with `f` of `2 f + 1`; a fourth source would be needed to do without one.
#[test]
fn a_silent_source_of_three_stops_the_sales() {
    let honest = scenario("solend");
    let from = honest.path.steps[0].clock + 2_400 * 60;
    let mut silent = honest.clone();
    silent.venue.sources = vec![Source::Honest, Source::Frozen { from }, Source::Honest];
    let life = 2 * honest.path.longest_step() + 7_200;
    let sold_after = |scenario: &Scenario| {
        let outcomes = replay(scenario);
        let steps = scenario.path.steps.iter().zip(&outcomes.damped().by_step);
        steps.filter(|(step, _)| step.clock > from + life).any(|(_, sold)| !sold.is_zero())
    };
    assert!(sold_after(&honest) && !sold_after(&silent));
}

#[test]
fn a_synthesised_path_goes_through_its_points() {
    let points = [(0, "100"), (3, "10"), (5, "40.5")];
    let path = scenario::through(6_000, 60, &points).expect("well formed");
    let ticks: Vec<u64> = path.steps.iter().map(|step| step.ticks / 10_000_000).collect();
    assert_eq!(
        path.steps.iter().map(|step| step.clock).collect::<Vec<_>>(),
        [6_000, 6_060, 6_120, 6_180, 6_240, 6_300]
    );
    assert_eq!((ticks[0], ticks[3], path.steps[5].ticks), (100, 10, 405_000_000));
    assert!(ticks[0] > ticks[1] && ticks[1] > ticks[2] && ticks[2] > ticks[3]);
}

/// The sweep in small: wherever the hypotheses hold the bound does, zero permits nothing, and a looser setting amplifies more.
#[test]
fn no_setting_breaks_the_bound_where_its_hypotheses_hold() {
    let scenario = scenario("maker");
    let mut grid = vec![Setting::PRESET, Setting { own_share: 0, burst: 0, leak: 0, haircut: 5_000 }];
    for (own_share, burst) in [(0, 400), (1_875, 0), (2_400, 400)] {
        for (leak, haircut) in [(0, 7_500), (5_000, 0)] {
            grid.push(Setting { own_share, burst, leak, haircut });
        }
    }
    let points = sweep::run(&scenario, &grid, &|| {}).expect("within the range of the numbers");
    for point in &points {
        assert!(point.claimed(), "{:?}", point.setting);
        assert_eq!(point.verdict(), Verdict::Holds, "{:?}", point.setting);
    }
    assert_eq!(points[0].replay.damped(), played("maker", 1).damped());
    assert_eq!(points[1].replay.damped().sold, Value::ZERO);
    let fall = |index: usize| points[index].replay.damped().drawdown;
    assert!(fall(0).certainly_gt(fall(1)) && fall(grid.len() - 1).certainly_gt(fall(0)));
}

/// Each part alone, at its ends: the looser sells more and lets the price fall further.
#[test]
fn every_part_of_a_sweep_has_its_effect() {
    let scenario = scenario("maker");
    for (part, settings) in sweep::one_at_a_time() {
        let ends = [settings[0], settings[settings.len() - 1]];
        let points = sweep::run(&scenario, &ends, &|| {}).expect("within the range of the numbers");
        let [low, high] = points.as_slice() else { panic!("two") };
        // A haircut is the tighter the larger it is.
        let (tight, loose) = if part == "haircut" { (high, low) } else { (low, high) };
        let (tight, loose) = (tight.replay.damped(), loose.replay.damped());
        assert!(loose.sold > tight.sold && loose.drawdown.certainly_gt(tight.drawdown), "{part}");
    }
}

#[test]
fn a_sweep_varies_each_part_alone_and_contains_the_preset() {
    assert_eq!(sweep::grid().len(), 320);
    let parts = sweep::one_at_a_time();
    assert_eq!(parts.iter().map(|(_, settings)| settings.len()).collect::<Vec<_>>(), [5, 4, 4, 4]);
    assert!(parts.iter().all(|(_, settings)| settings.contains(&Setting::PRESET)));
}
