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
use damper::book::Shape;
use damper::preset::{Site, lending};
use damper::ratio::Ratio;
use damper::units::{Amount, Seconds, Value};
use exact::Verdict;
use feed::{Observed, Quote, Source, observe_price};
use path::{BASE_UNIT, QUOTE_MILLION};
use replay::Replay;
use run::Outcome;
use scenario::{Origin, Scenario, Sellers};
use scenarios::{TWELVE, china, mango, named, names};
use sweep::Setting;

fn scenario(name: &str) -> Scenario {
    named(name, 1).expect("known")
}

fn replay(scenario: &Scenario) -> Replay {
    Replay::of(scenario, &|| {}).expect("within the range of the numbers")
}

fn played(name: &str) -> Replay {
    replay(&scenario(name))
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
        depth_norm: None,
    };
    let preset = lending(&site).expect("sound");
    for knobs in [Knobs::PRESET, Setting::PRESET.knobs()] {
        let params = config::params(heartbeat, calm, knobs).expect("sound");
        assert_eq!(params.ledger, preset.ledger);
        assert_eq!(params.depth, preset.depth);
        assert_eq!((params.plan, params.breaker, params.auction), (preset.plan, preset.breaker, preset.auction));
    }
}

/// On each of the twelve, and for other populations: the hypothesis on depth and the bound hold for damper, the ledger is
/// never above its cap, nothing is sold for nothing, and what the scenario says of itself can be said.
#[test]
fn damper_keeps_to_the_bound_in_all_twelve() {
    for (name, build) in TWELVE {
        for seed in 1..3 {
            let scenario = build(seed).expect("well formed");
            let replay = replay(&scenario);
            assert!(replay.kappa.h1_holds, "{name} {seed}: kappa {}", replay.kappa.measured);
            assert_eq!(replay.verdict(replay.damped()), Verdict::Holds, "{name} {seed}");
            assert!(replay.levels.iter().all(|level| level.used <= level.cap), "{name} {seed}");
            assert_eq!(replay.damped().marks.for_nothing, Value::ZERO, "{name} {seed}");
            let mechanism = scenario.mechanism.expect("one of the twelve");
            let words = (mechanism.words)(&scenario, &replay).expect("within the range of the numbers");
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
        assert!(breaks(&played(name), "no throttle"), "{name}");
    }
}

#[test]
fn volume_indexed_selling_breaks_the_bound_and_damper_leaves_the_order() {
    let scenario = scenario("flash-crash");
    let replay = replay(&scenario);
    let volume = rule(&replay, "9 % of volume");
    assert!(breaks(&replay, "9 % of volume"));
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
        let replay = replay(&named("china", seed).expect("known"));
        let (unseen, halts) = (rule(&replay, "halts unforeseen"), rule(&replay, "halts at 5 and 7 %"));
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
        let replay = replay(&named("maker", seed).expect("known"));
        let zero = rule(&replay, "zero-bid auctions");
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
    let replay = played("bitmex");
    let damped = replay.damped();
    assert!(replay.backstop.debt > million(50) && damped.sold < million(50));
    assert!(damped.worst_bad_debt < replay.unthrottled().worst_bad_debt);
}

#[test]
fn a_wrong_source_of_three_sells_nothing_and_two_do() {
    let scenario = scenario("compound");
    let once = replay(&scenario);
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
    let scenario = scenario("luna");
    let one = replay(&scenario);
    assert!(one.unthrottled().marks.lent > million(15));
    assert!(one.unthrottled().worst_bad_debt > million(10));
    assert_eq!(one.damped().marks.lent, Value::ZERO);
    assert!(one.damped().worst_bad_debt < million(3));
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
    let scenario = scenario("solend");
    let replay = replay(&scenario);
    for seller in ["no throttle", "close factor 20 %"] {
        assert!(breaks(&replay, seller), "{seller}");
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
    let scenario = scenario("mango");
    let one = replay(&scenario);
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
    let scenario = scenario("crv");
    let replay = replay(&scenario);
    assert!(replay.unthrottled().marks.worsening > 5 && breaks(&replay, "close factor 50 %"));
    // The five loans of one owner, nearly whole.
    assert_eq!(replay.backstop.loans, 5);
    assert!(replay.backstop.debt > million(90) && replay.damped().sold < million(5));
    assert!(replay.damped().worst_bad_debt.get() * 4 < replay.unthrottled().worst_bad_debt.get());
}

#[test]
fn ghost_depth_breaks_the_cap_and_not_the_certificate() {
    let scenario = scenario("october-2025");
    let replay = replay(&scenario);
    assert!(breaks(&replay, "cap 1 % an hour"));
    assert!(replay.kappa.measured < 1.5, "{}", replay.kappa.measured);
    let mut shown = scenario;
    shown.venue.ghosts = false;
    // Without ghosts the cap sells less.
    assert!(rule(&replay, "cap 1 % an hour").sold > rule(&self::replay(&shown), "cap 1 % an hour").sold);
}

/// The hypothesis on depth is one that can fail: a source that over-states twelve times, believed in full.
#[test]
fn depth_over_stated_beyond_kappa_is_told() {
    let mut scenario = scenario("maker");
    scenario.venue.overstated = (12, 1);
    assert!(!replay(&Scenario { knobs: Knobs { haircut: Some(0), ..Knobs::PRESET }, ..scenario }).kappa.h1_holds);
}

#[test]
fn the_median_of_fresh_sources() {
    let quote = |ticks, source_time| Quote { ticks, source_time };
    let minute = Seconds::new(60);
    let of = |quotes: &[Quote]| observe_price(quotes, minute);
    let observed = |low, high, source_time| Some(Observed { low, high, source_time });
    assert_eq!(of(&[]), None);
    assert_eq!(of(&[quote(7, 100)]), observed(7, 7, 100));
    // A minority that is wrong, above or below.
    assert_eq!(of(&[quote(700, 100), quote(7, 100), quote(8, 100)]), observed(8, 8, 100));
    assert_eq!(of(&[quote(1, 100), quote(7, 100), quote(8, 100)]), observed(7, 7, 100));
    // Of an even count both in the middle; dated as the oldest.
    assert_eq!(of(&[quote(9, 100), quote(7, 90)]), observed(7, 9, 90));
    // A minute behind the newest is too old, a second less is not.
    assert_eq!(of(&[quote(9, 100), quote(7, 40)]), observed(9, 9, 100));
    assert_eq!(of(&[quote(9, 100), quote(7, 41)]), observed(7, 9, 41));
    // All standing still: the last price, with its date.
    assert_eq!(of(&[quote(9, 5), quote(9, 5)]), observed(9, 9, 5));
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
    assert_eq!(points[0].replay.damped(), replay(&scenario).damped());
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
