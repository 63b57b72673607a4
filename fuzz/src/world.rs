//! A guard, its state, the market that it sees, and what an account of all calls says must hold.

use crate::exact::{Q, q};
use crate::market::{Market, breaker, plan};
use crate::source::Source;
use crate::targets::{auction, stress};
use damper::Error;
use damper::appetite::{AppetiteConfig, AppetiteParams};
use damper::auction::Lot;
use damper::book::{Level, Shape, Snapshot};
use damper::clearing::{PaceConfig, PaceParams};
use damper::depth::DepthObservation;
use damper::early::{EarlyRule, Start};
use damper::guard::{Guard, GuardParams, GuardState, Observation};
use damper::health::Position;
use damper::oracle::OracleConfig;
use damper::price::Price;
use damper::ratio::Ratio;
use damper::risk::{Law, RiskConfig, RiskParams};
use damper::selling::{Bid, Kick};
use damper::stress::StressConfig;
use damper::units::{Amount, Rate, Seconds, Timestamp, Value};

/// A lot, and what the account of it says.
pub(crate) struct Open {
    pub(crate) lot: Lot,
    kicked: Amount,
    sold: Amount,
}

pub(crate) struct World<const N: usize> {
    pub(crate) guard: Guard<N>,
    pub(crate) state: GuardState<N>,
    pub(crate) now: Timestamp,
    pub(crate) price: Price,
    pub(crate) lots: Vec<Open>,
    opened: Timestamp,
    /// The last snapshot that was accepted: reserve of a pool, reference and bids.
    seen: (Amount, Price, Vec<Level>),
    /// All impact that was charged, and the largest drawdown that the ledger showed.
    charged: Q,
    deepest: Ratio,
}

fn params<const N: usize>(source: &mut Source<'_>) -> Option<GuardParams<N>> {
    let shape = source.shape::<N>();
    shape.check().ok()?;
    let market = Market {
        shape,
        haircut: source.bps(0, 9_000),
        burst: source.bps(0, 500),
        leak: Rate::per_second(Ratio::from_bits(source.word() >> 26)),
        own_share: source.bps(0, 4_000),
        kappa: source.bps(10_000, 20_000),
        share: source.ratio_within(Ratio::ZERO, Ratio::ONE),
        wick: source.seconds_within(0, 60),
    };
    let mut params = market.params();
    if source.flag() {
        let ages = source.seconds_within(1, 1 << 12);
        params.oracle = OracleConfig::new(ages, source.bps(0, 9_999)).expect("below one");
    }
    if source.flag() {
        params.breaker = breaker([500, 1_000, 1_500], source.seconds_within(1, 2_000));
    }
    params.plan = plan(u128::from(source.any::<u16>()));
    if source.flag() {
        params.appetite = appetite(source)?;
    }
    if source.flag() {
        params.start = early(source);
    }
    if source.flag() {
        params.auction = auction::config(source)?;
    }
    Some(params)
}

fn appetite(source: &mut Source<'_>) -> Option<AppetiteConfig> {
    let floor = source.share();
    let params = AppetiteParams {
        stress: StressConfig::new(stress::params(source)).ok()?,
        floor,
        start: source.ratio_within(floor, Ratio::ONE),
        hysteresis: source.bps(1, 5_000),
        recovery: Rate::per_second(Ratio::from_bits(source.word() >> 16)),
        hold: source.seconds_within(0, 256),
        max_step: source.seconds_within(1, 4_096),
    };
    AppetiteConfig::new(params).ok()
}

fn early(source: &mut Source<'_>) -> Start {
    let risk = RiskParams {
        horizon: Seconds::new(86_400),
        drift: Rate::per_second(Ratio::from_bits(source.word() >> 32)),
        law: if source.flag() { Law::FiniteVariance } else { Law::SubGaussian },
        tolerance: source.bps(0, 9_999),
    };
    let pace = PaceParams { round: source.seconds_within(1, 1_000), piece: source.bps(0, 20) };
    Start::ByChance(EarlyRule {
        risk: RiskConfig::new(risk).expect("sound"),
        pace: PaceConfig::new(pace).expect("sound"),
    })
}

/// Depth around a price, a pool or bids as the guard is configured.
fn levels(source: &mut Source<'_>, reference: Price) -> Vec<Level> {
    let mut price = reference;
    let level = |_| {
        price = price.scale_floor(source.bps(9_500, 10_000)).unwrap_or(price);
        Level { price, amount: source.amount_of(44) }
    };
    (0..5).map(level).collect()
}

fn depth<'a, const N: usize>(shape: &Shape<N>, reserve: Amount, reference: Price, levels: &'a [Level]) -> Snapshot<'a> {
    match shape {
        Shape::ConstantProduct => Snapshot::ConstantProduct { reserve },
        Shape::Grid(_) => Snapshot::Ladder { reference, levels },
    }
}

impl<const N: usize> World<N> {
    pub(crate) fn open(source: &mut Source<'_>) -> Option<World<N>> {
        let params = params::<N>(source)?;
        let shape = if params.depth.book(&blank(&params)?).is_ok_and(|book| *book.shape() == Shape::ConstantProduct) {
            Shape::ConstantProduct
        } else {
            Shape::Grid([Ratio::ONE; N])
        };
        let guard = Guard::new(params).ok()?;
        let (now, price) = (Timestamp::new(1 << 20), source.ordinary());
        let levels = levels(source, price);
        let reserve = source.amount_of(48);
        let snapshot = depth(&shape, reserve, price, &levels);
        let seen = source.observation(price, now);
        let state = guard.open(now, seen, DepthObservation { source_time: now, snapshot }).ok()?;
        Some(World {
            guard,
            state,
            now,
            price,
            lots: Vec::new(),
            opened: now,
            seen: (reserve, price, levels),
            charged: Q::zero(),
            deepest: Ratio::ZERO,
        })
    }

    fn is_pool(&self) -> bool {
        let book = self.guard.params().depth.book(self.state.depth()).expect("a factor of at most one");
        *book.shape() == Shape::ConstantProduct
    }

    /// The kind of the depth; of a grid, no more than that.
    fn shape(&self) -> Shape<N> {
        if self.is_pool() { Shape::ConstantProduct } else { Shape::Grid([Ratio::ONE; N]) }
    }

    /// One call of any kind, honest or not.
    pub(crate) fn step(&mut self, source: &mut Source<'_>) {
        let before = self.state;
        let then = source.after(self.now);
        let reversed = then < self.state.ledger().at();
        let done = match source.any::<u8>() % 12 {
            0..=3 => self.observe(source, then),
            4 => self.heed(source, then),
            5 | 6 => self.kick(source, then),
            7 | 8 => self.take(source, then),
            9 => self.settle(source, then),
            10 => self.restart(source, then),
            _ if source.flag() => self.sell(source, then),
            _ => self.guard.reanchor(self.state, then).map(|state| self.state = state),
        };
        match done {
            Ok(()) => {
                assert!(!reversed, "the clock ran backwards");
                self.now = self.now.max(then);
                self.hold(&before);
            }
            Err(_) => assert_eq!(self.state, before, "a refused call changed the state"),
        }
    }

    fn observe(&mut self, source: &mut Source<'_>, now: Timestamp) -> Result<(), Error> {
        self.price = source.near(self.price);
        let seen = source.observation(self.price, now);
        let levels = levels(source, self.price);
        let reserve = source.amount_of(48);
        let snapshot = depth(&self.shape(), reserve, self.price, &levels);
        let source_time = source.observation(self.price, now).source_time;
        let price = if source.rarely(4) { None } else { Some(seen) };
        let depth = if source.flag() { None } else { Some(DepthObservation { source_time, snapshot }) };
        let seen = Observation { now, price, depth };
        let (by_value, mut in_place) = (self.guard.observe(self.state, &seen), self.state);
        let updated = self.guard.update(&mut in_place, &seen);
        assert_eq!(by_value.map(|_| ()), updated);
        assert_eq!(in_place, by_value.unwrap_or(self.state), "a refused update changed the state");
        let has_depth = seen.depth.is_some();
        self.state = by_value?;
        if has_depth {
            self.seen = (reserve, self.price, levels);
        }
        Ok(())
    }

    /// The state after a new snapshot of the last book alone; none if the guard then sees another book or appetite.
    pub(crate) fn again(&self, now: Timestamp) -> Option<GuardState<N>> {
        let (reserve, reference, levels) = &self.seen;
        let snapshot = depth(&self.shape(), *reserve, *reference, levels);
        let seen = Observation { now, price: None, depth: Some(DepthObservation { source_time: now, snapshot }) };
        let state = self.guard.observe(self.state, &seen).ok()?;
        let book = |state: &GuardState<N>| self.guard.params().depth.book(state.depth());
        (book(&state) == book(&self.state) && state.appetite().level() == self.state.appetite().level())
            .then_some(state)
    }

    fn heed(&mut self, source: &mut Source<'_>, now: Timestamp) -> Result<(), Error> {
        let time = Timestamp::new(now.get().saturating_add(1).saturating_sub(source.within(0, 60)));
        let report = stress::external(source, time);
        self.state = self.guard.heed(self.state, now, &report)?;
        Ok(())
    }

    fn kick(&mut self, source: &mut Source<'_>, now: Timestamp) -> Result<(), Error> {
        let permitted = self.permitted(now)?;
        let sell = match source.any::<u8>() % 4 {
            0 => permitted,
            1 => Amount::new(permitted.get() / 2),
            2 => Amount::new(permitted.get() / 16),
            _ => source.amount_of(48),
        };
        let raise = self.price.value_ceil(sell).unwrap_or(Value::new(1)).max(Value::new(1));
        let raise = Value::new(raise.get() / (1 + u128::from(source.any::<u8>() % 3)));
        let (state, lot) = self.guard.kick(self.state, now, Kick { sell, raise })?;
        assert!(sell <= permitted && !sell.is_zero(), "more was kicked than is permitted");
        self.state = state;
        self.lots.push(Open { lot, kicked: sell, sold: Amount::ZERO });
        Ok(())
    }

    /// The limit, which is what a kick accepts, and not one atom less than that.
    fn permitted(&self, now: Timestamp) -> Result<Amount, Error> {
        let permitted = self.guard.limits(&self.state, now)?.permitted;
        let kick =
            |sell: u128| self.guard.kick(self.state, now, Kick { sell: Amount::new(sell), raise: Value::new(1) });
        if !permitted.is_zero() {
            let is_out_of_range =
                |error: Error| matches!(error, Error::Overflow | Error::PriceOutOfRange | Error::LotCount);
            assert!(kick(permitted.get()).map_or_else(is_out_of_range, |_| true), "what is permitted is refused");
        }
        if permitted.get() < u128::MAX {
            assert!(kick(permitted.get() + 1).is_err(), "more than is permitted is accepted");
        }
        Ok(permitted)
    }

    fn take(&mut self, source: &mut Source<'_>, now: Timestamp) -> Result<(), Error> {
        let Some(at) = self.pick(source) else { return self.foreign(source, now) };
        let open = &mut self.lots[at];
        let want = if source.flag() { open.lot.remaining() } else { source.amount_of(40) };
        let max_price = if source.flag() { Price::MAX } else { source.near(self.price) };
        let (state, take) = self.guard.take(self.state, now, open.lot, Bid { want, max_price })?;
        assert!(take.price <= max_price && take.sold <= want && !take.sold.is_zero());
        assert_eq!(Ok(take.paid.get()), (q(take.price) * take.sold).whole_ceil());
        let leaked = self.state.ledger().advance(&self.guard.params().ledger, now).expect("it was taken");
        let charge = q(state.ledger().level()) - leaked.level();
        let due = self.guard.params().depth.charge_ceil(self.state.depth(), take.sold).expect("it was taken");
        assert_eq!(charge, q(due), "another charge than that of the sale");
        self.charged = self.charged.clone() + charge;
        open.sold = open.sold.checked_add(take.sold).expect("at most the lot");
        (open.lot, self.state) = (take.lot, state);
        Ok(())
    }

    /// A lot that was never kicked here, and is larger than all that is pending.
    fn foreign(&self, source: &mut Source<'_>, now: Timestamp) -> Result<(), Error> {
        let Some(open) = self.lots.first() else { return Err(Error::LotUnknown) };
        let more = self.state.pending().checked_add(Amount::new(u128::from(source.any::<u8>()) + 1))?;
        let lot = Lot::open(*open.lot.terms(), more, Value::new(1))?;
        let bid = Bid { want: Amount::new(1), max_price: Price::MAX };
        let refused = |result: Result<(), Error>| assert!(result.is_err(), "a lot that is not open here is accepted");
        refused(self.guard.take(self.state, now, lot, bid).map(|_| ()));
        refused(self.guard.settle(self.state, now, lot).map(|_| ()));
        refused(self.guard.restart(&self.state, now, lot).map(|_| ()));
        Err(Error::LotUnknown)
    }

    fn settle(&mut self, source: &mut Source<'_>, now: Timestamp) -> Result<(), Error> {
        let Some(at) = self.pick(source) else { return self.foreign(source, now) };
        let (state, returned) = self.guard.settle(self.state, now, self.lots[at].lot)?;
        let open = self.lots.swap_remove(at);
        assert_eq!(q(open.sold) + returned.unsold, q(open.kicked), "atoms are lost");
        assert!(state.ledger().reserved() <= self.state.ledger().reserved());
        self.state = state;
        Ok(())
    }

    fn restart(&mut self, source: &mut Source<'_>, now: Timestamp) -> Result<(), Error> {
        let Some(at) = self.pick(source) else { return self.foreign(source, now) };
        let old = self.lots[at].lot;
        let lot = self.guard.restart(&self.state, now, old)?;
        assert!(lot.remaining() == old.remaining() && lot.raise() == old.raise() && lot.terms().opened() == now);
        self.lots[at].lot = lot;
        Ok(())
    }

    fn sell(&mut self, source: &mut Source<'_>, now: Timestamp) -> Result<(), Error> {
        let permitted = self.guard.limits(&self.state, now)?.permitted;
        let amount = if source.flag() { permitted } else { source.amount_of(44) };
        let state = self.guard.sell(self.state, now, amount)?;
        assert!(amount <= permitted, "more is sold than is permitted");
        let leaked = self.state.ledger().advance(&self.guard.params().ledger, now)?;
        let charge = q(state.ledger().level()) - leaked.level();
        let due = self.guard.params().depth.charge_ceil(self.state.depth(), amount)?;
        assert_eq!(charge, q(due), "another charge than that of the sale");
        self.charged = self.charged.clone() + charge;
        assert_eq!(state.depth().sold(), self.state.depth().sold().checked_add(amount)?);
        self.state = state;
        Ok(())
    }

    fn pick(&self, source: &mut Source<'_>) -> Option<usize> {
        if self.lots.is_empty() || source.rarely(8) { None } else { Some(source.below(self.lots.len())) }
    }

    /// What holds after every call.
    fn hold(&mut self, before: &GuardState<N>) {
        let (guard, state) = (&self.guard, &self.state);
        let config = &guard.params().ledger;
        let params = config.params();
        let held = |ledger: &damper::ledger::Ledger| q(ledger.level()) + ledger.reserved();
        let most = held(before.ledger()).max(q(state.ledger().cap(config)));
        assert!(held(state.ledger()) <= most, "the ledger grew beyond its cap");
        self.deepest = self.deepest.max(state.ledger().drawdown());
        // The inequality of theorem A for the charges of the whole life.
        let elapsed = self.now.since(self.opened).expect("the clock runs forward");
        let budget = q(params.burst) + q(params.own_share) * self.deepest + q(params.leak) * elapsed;
        assert!(self.charged <= budget, "more was charged than the ledger ever permitted");
        // The account of the lots.
        let pending = self.lots.iter().fold(Q::zero(), |sum, open| sum + open.lot.remaining());
        assert_eq!((q(state.pending()), usize::from(state.lots())), (pending, self.lots.len()));
        for open in &self.lots {
            assert_eq!(q(open.sold) + open.lot.remaining(), q(open.kicked), "atoms are lost");
        }
        assert!(self.lots.is_empty() <= (state.ledger().reserved() == Ratio::ZERO), "impact is reserved for nothing");
        let limits = guard.limits(state, self.now).expect("the present");
        assert_eq!(limits.parameters.check(), Ok(()));
        assert!(limits.appetite <= Ratio::ONE && limits.appetite >= guard.params().appetite.params().floor);
        assert!(limits.permitted.is_zero() || !limits.stops.kick);
        let mut bytes = vec![0; GuardState::<N>::BYTES];
        state.write_to(&mut bytes).expect("the right length");
        assert_eq!(GuardState::read_from(&bytes), Ok(*state), "the stored form is another state");
    }

    /// A position of any health at the present price.
    pub(crate) fn position(&self, source: &mut Source<'_>) -> Position<0, 0> {
        let collateral = source.amount_of(52);
        let worth = self.state.price().band.low().value_floor(collateral).unwrap_or(Value::ZERO);
        Position::new(collateral, worth.mul_floor(source.bps(0, 11_000)).unwrap_or(Value::ZERO))
    }
}

/// A depth of the configured kind with nothing in it, to ask for the kind.
fn blank<const N: usize>(params: &GuardParams<N>) -> Option<damper::depth::Depth<N>> {
    let at = Timestamp::new(0);
    let pool = DepthObservation { source_time: at, snapshot: Snapshot::ConstantProduct { reserve: Amount::ZERO } };
    let bids = DepthObservation { source_time: at, snapshot: Snapshot::Bands(&[]) };
    params.depth.open(&pool, at).or_else(|_| params.depth.open(&bids, at)).ok()
}
