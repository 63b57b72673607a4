//! How keepers are seen to answer, and what they are paid.

use damper::answering::Answer;
use damper::price::Price;
use damper::units::{Amount, Seconds, Timestamp, Value};
use market::life::{START, STEPS, World};
use market::ops::Want;
use market::{Loan, Lot, Market, Pool, Quote, Report, State, Terms, TermsParams};

/// The life just before its first kick, under terms of one's own.
struct Scene {
    guard: market::Guard,
    terms: Terms,
    state: State,
    loan: Loan,
}

const KICK: u64 = 653;

impl Scene {
    fn new(change: impl FnOnce(&mut TermsParams)) -> Scene {
        let mut world = World::NEW;
        for step in STEPS.iter().take_while(|step| step.after < KICK) {
            let _ = world.apply(step);
        }
        let mut params = *market::life::terms().expect("checked").params();
        change(&mut params);
        let terms = Terms::new(params).expect("checked");
        let (guard, state) = (world.guard.expect("there"), world.state.expect("there"));
        Scene { guard, terms, state, loan: world.loans[1].expect("there") }
    }

    fn market(&self, after: u64) -> Market<'_> {
        Market { guard: &self.guard, terms: &self.terms, now: Timestamp::new(START + after) }
    }

    fn kick(&mut self) -> (Lot, Value) {
        let (mut state, mut loan) = (self.state, self.loan);
        let (lot, report) = self.market(KICK).kick(&mut state, &mut loan).expect("to be sold");
        (self.state, self.loan) = (state, loan);
        let Report::Kicked { reward, .. } = report else { panic!("a kick") };
        (lot, reward)
    }

    /// The price that the lot was kicked at, seen again with less certainty.
    fn see(&mut self, after: u64) {
        let source_time = Timestamp::new(START + after);
        let quote = Quote { mantissa: 18_250_000, confidence: 150_000, exponent: -8, source_time };
        let pool = Pool { reserve: Amount::new(455_000_000_000_000), source_time };
        let mut state = self.state;
        let price = quote.observation().expect("a price");
        let _ = self.market(after).observe(&mut state, Some(price), Some(pool.observation())).expect("seen");
        self.state = state;
    }

    fn take(&mut self, after: u64, lot: &mut Lot, amount: u128) -> Value {
        let (mut state, mut loan) = (self.state, self.loan);
        let limit = Price::from_decimal_floor(1, 0).expect("a price");
        let want = Want { amount: Amount::new(amount), limit };
        let report = self.market(after).take(&mut state, &mut loan, lot, want).expect("taken");
        (self.state, self.loan) = (state, loan);
        let Report::Taken { paid, .. } = report else { panic!("a take") };
        paid
    }

    /// To who kicked, who settled, and the fund.
    fn settle(&mut self, after: u64, lot: &Lot) -> [u128; 3] {
        let (mut state, mut loan) = (self.state, self.loan);
        let report = self.market(after).settle(&mut state, &mut loan, lot).expect("settled");
        (self.state, self.loan) = (state, loan);
        let Report::Settled { kicker, settler, fund, .. } = report else { panic!("a settlement") };
        [kicker.get(), settler.get(), fund.get()]
    }
}

#[test]
fn lateness_counts_from_the_second_in_which_the_price_came_down_to_the_market() {
    let mut scores = Vec::new();
    for wait in [1, 300, 600, 700, 800, 1_200, 2_000] {
        let mut scene = Scene::new(|_| ());
        let (mut lot, _) = scene.kick();
        let at = KICK + wait;
        scene.see(at);
        let low = scene.state.guard.price().band.low();
        let asked = |after: u64| lot.terms().price(Timestamp::new(START + after)).expect("running");
        let reached = (KICK..=at).find(|after| asked(*after) <= low);
        let lateness = Seconds::new(reached.map_or(0, |reached| at - reached));
        let before = scene.state.house.answering;
        // A tenth of a whole lot, so that its size counts.
        let size = scene.take(at, &mut lot, 5_000_000_000);
        let answering = scene.terms.params().answering;
        let expected = answering.observe(before, Answer::Filled { lateness, size }, Timestamp::new(START + at));
        assert_eq!(scene.state.house.answering, expected.expect("forward"), "{wait} {lateness:?}");
        scores.push((lateness.get(), scene.state.house.answering.health()));
    }
    // Not yet reached, in time, and late.
    assert!(scores[0].0 == 0 && scores.iter().any(|(late, _)| (1..180).contains(late)), "{scores:?}");
    assert!(scores.last().expect("some").1 < scores[0].1, "{scores:?}");
}

#[test]
fn a_lot_that_is_done_is_not_missed_however_late_it_is_settled() {
    let mut scene = Scene::new(|_| ());
    let (mut lot, _) = scene.kick();
    scene.see(KICK + 2_000);
    // All of it, for less than it was to raise.
    let _ = scene.take(KICK + 2_000, &mut lot, u128::MAX);
    assert!(lot.remaining().is_zero() && !lot.raise().is_zero());
    let before = scene.state.house.answering;
    assert!(lot.terms().needs_reset(Timestamp::new(START + 10_000)).expect("started"));
    let _ = scene.settle(10_000, &lot);
    assert_eq!(scene.state.house.answering, before);

    let mut scene = Scene::new(|_| ());
    let (lot, _) = scene.kick();
    let before = scene.state.house.answering;
    scene.see(10_000);
    assert_eq!(scene.settle(10_000, &lot), [0, 0, 0], "what nobody took pays no penalty");
    assert!(scene.state.house.answering.health() < before.health());
}

#[test]
fn nobody_is_blamed_while_no_depth_permits_a_take() {
    let mut scene = Scene::new(|_| ());
    let (lot, _) = scene.kick();
    let before = scene.state.house.answering;
    assert_eq!(scene.settle(10_000, &lot), [0, 0, 0]);
    assert_eq!(scene.state.house.answering, before);
}

#[test]
fn depth_and_price_of_just_their_age_limit_count() {
    for (age, counts) in [(120, true), (121, false)] {
        // Half of the lot is sold, and it is settled when its auction is out of date, so long after the last pool and price.
        let mut scene = Scene::new(|_| ());
        let (mut lot, _) = scene.kick();
        scene.see(KICK + 600);
        let _ = scene.take(KICK + 600, &mut lot, 5_000_000_000);
        scene.see(10_000 - age);
        let before = scene.state.house.answering;
        let shares = scene.settle(10_000, &lot);
        assert_eq!(scene.state.house.answering.health() < before.health(), counts, "blamed, {age}");
        assert_eq!(shares != [0, 0, 0], counts, "penalised, {age}");
    }
}

#[test]
fn who_could_not_answer_for_a_stop_is_not_blamed_and_who_could_from_its_end_on_is() {
    let mut world = World::NEW;
    // The third fall stops takes for an hour.
    for step in STEPS.iter().take_while(|step| step.after <= 5_150) {
        let _ = world.apply(step);
    }
    let (guard, terms, state) = (world.guard.expect("there"), world.terms.expect("there"), world.state.expect("there"));
    let end = state.guard.untaken_until();
    let settled = |opened: u64, lot: Lot| {
        let (mut state, mut loan) = (state, world.loans[1].expect("there"));
        let now = Timestamp::new(opened + 20_000);
        let market = Market { guard: &guard, terms: &terms, now };
        let pool = Pool { reserve: Amount::new(360_000_000_000_000), source_time: now };
        let _ = market.observe(&mut state, None, Some(pool.observation())).expect("seen");
        let before = state.house.answering.health();
        let _ = market.settle(&mut state, &mut loan, &lot).expect("out of date");
        state.house.answering.health() < before
    };
    let lot = world.lots[1].expect("open since before the stop");
    assert!(lot.terms().opened() < end && !settled(lot.terms().opened().get(), lot));
    // The same rest, offered anew in the second in which the stop ends.
    let mut again = state;
    let (loan, mut anew) = (world.loans[1].expect("there"), lot);
    let market = Market { guard: &guard, terms: &terms, now: end };
    market.restart(&mut again, &loan, &mut anew).expect("nobody could take");
    assert!(anew.terms().opened() == end && settled(end.get(), anew));
}

#[test]
fn work_is_paid_if_it_covers_its_cost_and_what_is_not_paid_is_the_funds() {
    let sold = |change: fn(&mut TermsParams), amount: u128| {
        let mut scene = Scene::new(change);
        let (mut lot, most) = scene.kick();
        scene.see(KICK + 600);
        let paid = scene.take(KICK + 600, &mut lot, amount).get();
        let fund = scene.state.house.fund.get();
        // Up to where the lot is out of date, unless it is done.
        scene.see(10_000);
        let shares = scene.settle(10_000, &lot);
        assert_eq!(scene.state.house.fund.get(), fund + shares[2]);
        assert_eq!(shares.iter().sum::<u128>(), paid.div_ceil(100));
        (most.get(), shares, paid)
    };
    let (most, [kicker, settler, _], paid) = sold(|_| (), u128::MAX);
    // The lot raised all that it was to: who kicked gets what was said, a dollar and a thousandth, more while a quarter is
    // not known to answer.
    assert!(most == kicker && kicker > 1_000_000 + paid / 1_000 && settler > 0);
    let (most, [kicker, settler, _], _) = sold(|terms| terms.kick_cost = Value::new(1 << 60), u128::MAX);
    assert!((most, kicker) == (0, 0) && settler > 0);
    let (most, [kicker, settler, _], _) = sold(|terms| terms.settle_cost = Value::new(1 << 60), u128::MAX);
    assert!(most == kicker && kicker > 0 && settler == 0);
    // Of a part, less than was said, and nothing if that does not cover the kick.
    let (most, [kicker, ..], _) = sold(|_| (), 50_000_000_000);
    assert!(most > kicker && kicker > 0);
    let (most, [kicker, ..], _) = sold(|terms| terms.kick_cost = Value::new(30_000_000), 50_000_000_000);
    assert!(most >= 30_000_000 && kicker == 0);
    // Without a penalty nobody is paid.
    let mut scene = Scene::new(|terms| terms.penalty = damper::ratio::Ratio::ZERO);
    let (mut lot, most) = scene.kick();
    scene.see(KICK + 600);
    let _ = scene.take(KICK + 600, &mut lot, u128::MAX);
    assert!(most.is_zero());
    assert_eq!(scene.settle(KICK + 601, &lot), [0, 0, 0]);
}
