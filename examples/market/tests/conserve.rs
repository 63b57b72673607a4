//! Nothing is made and nothing is lost, in random lives of two markets: tokens of 9 decimals, and tokens of 3 of which an
//! atom costs many quote atoms, so that takers pay more than the tab.

use damper::appetite::{AppetiteConfig, AppetiteParams};
use damper::guard::{Guard, GuardParams};
use damper::keeper::{RewardConfig, RewardParams};
use damper::price::Price;
use damper::ratio::Ratio;
use damper::units::{Amount, Timestamp, Value};
use damper::volatility::{VolatilityConfig, VolatilityParams};
use market::input::Pool;
use market::ops::{Want, Withdrawal, deposit, repay};
use market::{Backstop, Loan, Lot, Market, Quote, Refusal, Report, Terms, TermsParams};

/// A generator of numbers below a limit: xorshift, 64 bits.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}

#[derive(Default, Debug, Clone, Copy)]
struct Flows {
    deposited: u128,
    withdrawn: u128,
    sold: u128,
    borrowed: u128,
    repaid: u128,
    raised: u128,
    credit_out: u128,
    kicked: u32,
    absorbed: u32,
    surplus: u128,
    /// Of penalties: to keepers, to the fund.
    rewards: u128,
    fund: u128,
    /// Lots that paid a penalty, and lots that would have left more debt than collateral.
    penalised: u32,
    spared: u32,
    /// Lots that would have left more debt for each base atom.
    even: u32,
    /// Refused for what is owed in all.
    over: u32,
}

struct Token {
    decimals: u32,
    /// Of the pool, whole tokens.
    pool: u64,
}

fn live(seed: u64, token: &Token) -> Flows {
    let atoms = 10_u128.pow(token.decimals);
    let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let base = market::life::guard().expect("checked");
    let params = damper::preset::lending(&damper::preset::Site::<1> {
        shape: damper::book::Shape::ConstantProduct,
        heartbeat: damper::units::Seconds::new(60),
        // Dust in every third life, so that a loan is sold in many small lots.
        min_sale: Value::new(if seed.is_multiple_of(3) { 1_000 } else { 100_000_000 }),
        rise_base: Amount::new(100_000 * atoms),
        depth_norm: None,
    })
    .expect("checked");
    let start = VolatilityParams { ..*base.params().volatility.params() };
    let volatility = VolatilityConfig::new(start).expect("checked");
    let appetite = *base.params().appetite.params();
    // The life's, but that no depth is known to be ordinary.
    let appetite = AppetiteParams { stress: params.appetite.params().stress, ..appetite };
    let appetite = AppetiteConfig::new(appetite).expect("checked");
    let guard = Guard::new(GuardParams { volatility, appetite, ..params }).expect("checked");

    // The cap as near as it bites now and then; in every other life rewards that would be farmed if the penalty were no
    // limit, and nearly all of which they may take.
    let life = *market::life::terms().expect("checked").params();
    let slack = damper::units::Seconds::new(86_400 * (seed % 30));
    let greedy = seed.is_multiple_of(2);
    let share = if greedy { Ratio::from_bits((1 << 48) - 1) } else { life.reward.params().share };
    let penalty = Ratio::from_bps_floor([0, 1, 100, 5_000, 9_999][seed as usize / 2 % 5]).expect("a ratio");
    let (tip, cap) = (Value::new(u128::MAX), Value::new(u128::MAX));
    let reward = if greedy { RewardParams { tip, cap, share, ..life.reward.params() } } else { life.reward.params() };
    let reward = RewardConfig::new(reward).expect("checked");
    let costs = Value::new(u128::from(!greedy));
    let terms = TermsParams { slack, penalty, reward, kick_cost: costs, settle_cost: costs, ..life };
    let terms = Terms::new(terms).expect("checked");

    let exponent = 6 - 8 - i32::try_from(token.decimals).expect("small");
    let quote = |now: u64, cents: u64| Quote {
        mantissa: (cents * 1_000_000) as i64,
        confidence: cents * 300,
        exponent,
        source_time: Timestamp::new(now),
    };
    let pool = |now: u64, whole: u64| Pool {
        reserve: Amount::new(u128::from(whole) * atoms),
        source_time: Timestamp::new(now),
    };

    let (mut now, mut cents) = (1_000_000_u64, 20_000_u64);
    let first = Market { guard: &guard, terms: &terms, now: Timestamp::new(now) };
    let mut state = first
        .launch(quote(now, cents).observation().expect("a price"), pool(now, token.pool).observation())
        .expect("launched");
    let (mut loans, mut lots, mut rewards) = ([Loan::NEW; 4], [None::<Lot>; 4], [0; 4]);
    let mut backstop = Backstop::NEW;
    let mut flows = Flows::default();
    for beat in 0..600 {
        let gap = if random.below(9) == 0 { 2_000 } else { 50 };
        now += 1 + random.below(gap);
        // A market that is calm at first, and then mostly falls.
        let (most, least) = if beat < 150 { (10, 9_995) } else { (330, 9_820) };
        cents = (cents * (least + random.below(most)) / 10_000).max(100);
        let market = Market { guard: &guard, terms: &terms, now: Timestamp::new(now) };
        if random.below(8) > 0 {
            let thin = token.pool / 4 + random.below(token.pool);
            let price = quote(now, cents).observation().expect("a price");
            let before = state;
            if market.observe(&mut state, Some(price), Some(pool(now, thin).observation())).is_err() {
                assert_eq!(state, before);
            }
        }
        let who = random.below(4) as usize;
        let loan = loans[who];
        let amount = Amount::new(u128::from(random.below(400)) * atoms / 3);
        // Up to the most that may be borrowed in calm times.
        let worth = loan.collateral.get() * u128::from(cents) * 10_000 / atoms;
        let room = (worth * 3 / 4).saturating_sub(loan.debt.get());
        let value = Value::new(room * u128::from(random.below(1_001)) / 1_000);
        let before = (state, loans, lots, backstop);
        let mut step = || -> Result<(), Refusal> {
            let (loan, place) = (&mut loans[who], &mut lots[who]);
            match random.below(12) {
                0 => {
                    deposit(loan, amount)?;
                    flows.deposited += amount.get();
                }
                1 | 2 => {
                    market.borrow(&mut state, loan, value)?;
                    flows.borrowed += value.get();
                }
                3 => {
                    let value = Value::new(loan.debt.get() / 60);
                    repay(&mut state.house, loan, value)?;
                    flows.repaid += value.get();
                }
                4 => {
                    let what = Withdrawal { collateral: amount, credit: loan.credit };
                    market.withdraw(&state.guard, loan, what)?;
                    flows.withdrawn += amount.get();
                    flows.credit_out += what.credit.get();
                }
                5..=7 => {
                    let (lot, report) = market.kick(&mut state, loan)?;
                    let Report::Kicked { reward, .. } = report else { panic!("a kick") };
                    (*place, rewards[who]) = (Some(lot), reward.get());
                    flows.kicked += 1;
                }
                8 | 9 => {
                    let limit = Price::from_decimal_floor(u128::from(cents * 1_100_000), exponent).expect("a price");
                    let lot = place.as_mut().ok_or(Refusal::NoLot)?;
                    let report = market.take(&mut state, loan, lot, Want { amount, limit })?;
                    let Report::Taken { sold, paid, price } = report else { panic!("a take") };
                    assert!(paid.get() >= price.value_floor(sold).expect("fits").get());
                    flows.sold += sold.get();
                    flows.raised += paid.get();
                }
                10 => {
                    let lot = place.ok_or(Refusal::NoLot)?;
                    let (held, tab) = (*loan, loan.tab.ok_or(Refusal::NoLot)?);
                    let report = market.settle(&mut state, loan, &lot)?;
                    *place = None;
                    let Report::Settled { unraised, credit, kicker, settler, fund, .. } = report else {
                        panic!("a settlement")
                    };
                    // All that takers paid is debt repaid, credit, rewards or the fund's.
                    let (kicker, settler, fund) = (kicker.get(), settler.get(), fund.get());
                    let penalty = kicker + settler + fund;
                    let back = loan.debt.get() - held.debt.get();
                    assert_eq!(back, unraised.get() + penalty);
                    let repaid = tab.raise.get() - back;
                    assert_eq!(tab.paid.get(), repaid + credit.get() + kicker + settler + fund);
                    // The part, rounded up, or less where nothing would cover it. Keepers get less than it, or nothing.
                    let part = tab.paid.min(tab.raise).mul_ceil(terms.params().penalty).expect("small").get();
                    assert!(penalty <= part && kicker <= rewards[who]);
                    assert!(kicker + settler < penalty || penalty == 0);
                    assert!(greedy || 2 * (kicker + settler) <= penalty);
                    let low = state.guard.price().band.low();
                    let worth = low.value_floor(loan.collateral).expect("fits");
                    assert!(penalty == 0 || loan.debt <= worth, "the loan bears its penalty");
                    // For each base atom no more is owed than there would be without the lot.
                    let (bare, counted) = (loan.debt.get() - penalty, tab.paid.min(tab.raise).get());
                    let (left, held) = (loan.collateral.get(), loan.collateral.get() + tab.sold.get());
                    let even = ((bare + counted) * left).checked_div(held).unwrap_or(0).saturating_sub(bare);
                    assert!(penalty <= even || penalty == 0, "no loan is worse off by a lot");
                    // Roundings are all that a penalty may be less than what is left for it.
                    let fresh = guard.params().oracle.fresh(before.0.guard.price(), market.now).is_ok();
                    assert!(fresh || penalty == 0, "nothing is taken at a price that is too old");
                    if fresh && worth.get() > loan.debt.get() + 2 && even > penalty + 3 + (bare >> 40) {
                        assert_eq!(penalty, part);
                    }
                    flows.even += u32::from(fresh && penalty < part && worth.get() > loan.debt.get() + 2);
                    flows.penalised += u32::from(penalty > 0);
                    flows.spared += u32::from(penalty < part);
                    flows.surplus += credit.get();
                    flows.rewards += kicker + settler;
                    flows.fund += fund;
                }
                _ => {
                    if let Some(lot) = place {
                        market.restart(&mut state, loan, lot)?;
                    } else {
                        let _ = market.absorb(&mut state, loan, &mut backstop)?;
                        flows.absorbed += 1;
                    }
                }
            }
            Ok(())
        };
        if let Err(refusal) = step() {
            assert_eq!((state, loans, lots, backstop), before, "a refusal changes nothing");
            flows.over += u32::from(refusal == Refusal::OverCap);
        }

        let sum = |of: fn(&Loan) -> u128| loans.iter().map(of).sum::<u128>();
        // Base atoms: what came in is with the borrowers, on offer, sold, with the backstop, or out again.
        let offered: u128 = lots.iter().flatten().map(|lot| lot.remaining().get()).sum();
        let held = sum(|loan| loan.collateral.get()) + offered + backstop.collateral.get();
        assert_eq!(flows.deposited, held + flows.sold + flows.withdrawn);
        assert_eq!(offered, state.guard.pending().get());
        // Quote atoms: what was lent is owed, to be raised, owed by the backstop, or paid, by borrowers or takers; what takers
        // paid beyond is the borrowers' credit, and what was penalty is owed again.
        let to_raise: u128 = lots.iter().flatten().map(|lot| lot.raise().get()).sum();
        let open = |loan: &Loan| loan.tab.map_or(0, |tab| tab.paid.excess_over(tab.raise).get());
        let owed = sum(|loan| loan.debt.get()) + to_raise + backstop.debt.get();
        let credit = sum(|loan| loan.credit.get()) + sum(open) + flows.credit_out;
        assert_eq!(flows.borrowed + credit + flows.rewards + flows.fund, owed + flows.repaid + flows.raised);
        assert_eq!(state.house.debt.get(), owed - backstop.debt.get());
        assert_eq!(state.house.fund.get(), flows.fund);
        // A loan knows its lot, and its stored form.
        for (loan, lot) in loans.iter().zip(&lots) {
            assert_eq!(loan.tab.is_some(), lot.is_some());
            if let Some(lot) = lot {
                assert_eq!(loan.tab_of(lot).ok(), loan.tab);
            }
            let mut bytes = [0; Loan::BYTES];
            loan.write_to(&mut bytes).expect("the length is right");
            assert_eq!(Loan::read_from(&bytes), Ok(*loan));
        }
    }
    flows
}

fn all(token: &Token) -> Flows {
    let mut sum = Flows::default();
    for flows in (1..=600).map(|seed| live(seed, token)) {
        sum.kicked += flows.kicked;
        sum.absorbed += flows.absorbed;
        sum.sold += flows.sold;
        sum.surplus += flows.surplus;
        sum.rewards += flows.rewards;
        sum.fund += flows.fund;
        sum.over += flows.over;
        sum.penalised += flows.penalised;
        sum.spared += flows.spared;
        sum.even += flows.even;
    }
    assert!(sum.kicked > 50 && sum.absorbed > 10 && sum.sold > 0, "{sum:?}");
    assert!(sum.spared > 5 && sum.even > 5, "{sum:?}");
    assert!(sum.rewards > 0 && sum.fund > 0 && sum.over > 50 && sum.penalised > 50, "{sum:?}");
    sum
}

#[test]
fn nothing_is_lost() {
    let sum = all(&Token { decimals: 9, pool: 500_000 });
    assert_eq!(sum.surplus, 0, "an atom costs less than a quote atom");
}

#[test]
fn nothing_is_lost_of_what_takers_pay_beyond_the_tab() {
    let sum = all(&Token { decimals: 3, pool: 500_000 });
    assert!(sum.surplus > 0, "{sum:?}");
}

#[test]
fn a_lot_that_is_not_the_loans_is_refused() {
    let mut world = market::life::World::NEW;
    for step in market::life::STEPS {
        let _ = world.apply(step);
        let (Some(guard), Some(terms), Some(mut state)) = (world.guard, world.terms, world.state) else { continue };
        let now = Timestamp::new(market::life::START + step.after);
        let market = Market { guard: &guard, terms: &terms, now };
        let ([_, Some(loan), _], [_, Some(mut lot), _]) = (world.loans, world.lots) else { continue };
        let tab = loan.tab.expect("a lot is open");
        let sold = tab.sold.checked_add(Amount::new(1)).expect("small");
        let mut other = Loan { tab: Some(market::Tab { sold, ..tab }), ..loan };
        let want = Want { amount: Amount::new(1), limit: Price::from_decimal_floor(1, 0).expect("a price") };
        assert_eq!(market.take(&mut state, &mut other, &mut lot, want), Err(Refusal::LotMismatch));
        assert_eq!(market.settle(&mut state, &mut other, &lot), Err(Refusal::LotMismatch));
        assert_eq!(market.restart(&mut state, &other, &mut lot), Err(Refusal::LotMismatch));
        let mut none = Loan { tab: None, ..loan };
        assert_eq!(market.settle(&mut state, &mut none, &lot), Err(Refusal::NoLot));
        return;
    }
    panic!("no lot was open");
}
