//! A market from its opening to a halt: a fall is observed, a position assessed, a lot kicked, taken in two parts and
//! settled, and the next fall halts the market. Nothing in here knows which machine it runs on.

use damper::Error;
use damper::auction::{Lot, Returned, Take};
use damper::book::{Shape, Snapshot};
use damper::depth::DepthObservation;
use damper::guard::{Decision, Guard, GuardState, Limits, Observation};
use damper::health::{Collateral, Debt, Position};
use damper::oracle::PriceObservation;
use damper::parameters::Parameters;
use damper::preset::{Site, lending};
use damper::price::{Price, PriceBand};
use damper::ratio::Ratio;
use damper::selling::{Bid, Kick};
use damper::units::{Amount, Seconds, Timestamp, Value};

const START: u64 = 1_700_000_000;
const BEAT: u64 = 60;
/// Asset with 18 decimals: atoms of one.
const ETH: u128 = 1_000_000_000_000_000_000;
/// Quote with 6 decimals: atoms of one.
const USD: u128 = 1_000_000;
/// Cents per ETH, one each beat: a fall of 6 %, which the breaker lets pass.
const FALL: [u32; 12] =
    [20_000, 20_130, 19_910, 19_745, 19_500, 19_220, 19_005, 18_860, 18_817, 18_800, 18_800, 18_800];
/// Cents per ETH while the lot is on offer.
const OFFER: [u32; 12] =
    [18_790, 18_811, 18_803, 18_777, 18_800, 18_822, 18_800, 18_795, 18_799, 18_808, 18_801, 18_800];
/// Cents per ETH after the settlement: the second and the third level of the breaker.
const CRASH: [u32; 4] = [18_700, 16_900, 15_400, 15_300];

/// What happens to the market, in the order in which it happens.
#[derive(Debug)]
#[cfg_attr(feature = "log", derive(defmt::Format))]
pub enum Event<'a> {
    Configured(&'a Guard<1>),
    State(&'a GuardState<1>),
    Limits(&'a Limits),
    Position(&'a Position<1, 1>),
    Decision(&'a Decision),
    Kicked(&'a Lot),
    Taken(&'a Take),
    Returned(&'a Returned),
    Refused(&'a Error),
}

/// Who watches.
pub trait Witness {
    /// A number of the market, in its own steps.
    fn number(&mut self, name: &'static str, steps: u128);
    /// All that is known.
    fn event(&mut self, event: &Event<'_>);
}

/// Passes numbers on, and digests them: FNV-1a, 64 bits.
struct Numbers<'a> {
    witness: &'a mut dyn Witness,
    digest: u64,
}

impl Numbers<'_> {
    fn say(&mut self, name: &'static str, steps: u128) {
        for &byte in name.as_bytes().iter().chain(&steps.to_le_bytes()) {
            self.digest = (self.digest ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
        self.witness.number(name, steps);
    }

    fn ratio(&mut self, name: &'static str, ratio: Ratio) {
        self.say(name, u128::from(ratio.to_bits()));
    }

    fn price(&mut self, name: &'static str, price: Price) {
        let (exponent, significand) = price.to_parts();
        self.say(name, (u128::from(exponent.to_le_bytes()[0]) << 64) | u128::from(significand));
    }

    fn limits(&mut self, limits: &Limits) {
        let Parameters { max_ltv, liquidation_threshold, bonus, margin, auction_buffer } = limits.parameters;
        self.price("limits.low", limits.band.low());
        self.price("limits.high", limits.band.high());
        self.ratio("limits.max_ltv", max_ltv);
        self.ratio("limits.liquidation_threshold", liquidation_threshold);
        self.ratio("limits.bonus", bonus);
        self.ratio("limits.margin", margin);
        self.ratio("limits.auction_buffer", auction_buffer);
        self.ratio("limits.sigma", limits.sigma);
        self.ratio("limits.drawdown", limits.drawdown);
        self.ratio("limits.level", limits.level);
        self.ratio("limits.reserved", limits.reserved);
        self.ratio("limits.cap", limits.cap);
        self.say("limits.permitted", limits.permitted.get());
        let stops = limits.stops;
        let bits = u128::from(stops.borrow) | u128::from(stops.kick) << 1 | u128::from(stops.take) << 2;
        self.say("limits.stops", bits);
    }
}

/// A market and its clock.
struct Market<'a> {
    guard: Guard<1>,
    state: GuardState<1>,
    beat: u64,
    numbers: Numbers<'a>,
}

impl Market<'_> {
    fn now(&self) -> Timestamp {
        Timestamp::new(START + BEAT * self.beat)
    }

    /// The next beat, with a price and with a pool that breathes.
    fn observe(&mut self, cents: u32) -> Result<(), Error> {
        self.beat += 1;
        let now = self.now();
        let seen = Observation { now, price: Some(price(cents, now)?), depth: Some(pool(self.beat, now)) };
        self.state = self.guard.observe(self.state, &seen)?;
        let limits = self.guard.limits(&self.state, now)?;
        self.numbers.limits(&limits);
        self.numbers.witness.event(&Event::Limits(&limits));
        Ok(())
    }

    fn assess(&mut self, position: &Position<1, 1>) -> Result<Decision, Error> {
        let decision = self.guard.assess(&self.state, self.now(), position)?;
        self.numbers.witness.event(&Event::Decision(&decision));
        Ok(decision)
    }

    fn kick(&mut self, kick: Kick) -> Result<Lot, Error> {
        let (state, lot) = self.guard.kick(self.state, self.now(), kick)?;
        self.state = state;
        self.numbers.price("kick.start", lot.terms().start());
        self.numbers.say("kick.remaining", lot.remaining().get());
        self.numbers.say("kick.raise", lot.raise().get());
        self.numbers.witness.event(&Event::Kicked(&lot));
        Ok(lot)
    }

    fn take(&mut self, lot: Lot, want: Amount) -> Result<Lot, Error> {
        let bid = Bid { want, max_price: self.state.price().band.high() };
        let (state, take) = self.guard.take(self.state, self.now(), lot, bid)?;
        self.state = state;
        self.numbers.price("take.price", take.price);
        self.numbers.say("take.sold", take.sold.get());
        self.numbers.say("take.paid", take.paid.get());
        self.numbers.witness.event(&Event::Taken(&take));
        Ok(take.lot)
    }

    fn settle(&mut self, lot: Lot) -> Result<(), Error> {
        let (state, returned) = self.guard.settle(self.state, self.now(), lot)?;
        self.state = state;
        self.numbers.say("settle.unsold", returned.unsold.get());
        self.numbers.say("settle.unraised", returned.unraised.get());
        self.numbers.say("settle.pending", state.pending().get());
        self.numbers.say("settle.lots", u128::from(state.lots()));
        self.numbers.ratio("settle.level", state.ledger().level());
        self.numbers.witness.event(&Event::Returned(&returned));
        self.numbers.witness.event(&Event::State(&self.state));
        Ok(())
    }
}

/// A price that is known to a tenth of a per cent.
fn price(cents: u32, now: Timestamp) -> Result<PriceObservation, Error> {
    let low = Price::from_decimal_floor(u128::from(cents), 6 - 18 - 2)?;
    let high = Price::from_decimal_ceil(u128::from(cents) * 1_001, 6 - 18 - 5)?;
    Ok(PriceObservation { source_time: now, band: PriceBand::new(low, high)? })
}

fn pool(beat: u64, now: Timestamp) -> DepthObservation<'static> {
    let reserve = Amount::new(50_000 * ETH + u128::from(beat * beat % 97) * 7 * ETH / 3);
    DepthObservation { source_time: now, snapshot: Snapshot::ConstantProduct { reserve } }
}

/// ETH and a coin with 8 decimals against USD and a coin with 18.
fn position() -> Result<Position<1, 1>, Error> {
    let percent = |count: u32| Ratio::from_bps_floor(count * 100);
    let parameters = Parameters {
        max_ltv: percent(70)?,
        liquidation_threshold: percent(75)?,
        bonus: percent(5)?,
        margin: percent(10)?,
        auction_buffer: percent(10)?,
    };
    let coin = PriceBand::exact(Price::from_decimal_floor(29_123, 6 - 8)?);
    let stable = PriceBand::exact(Price::from_decimal_ceil(10_003, 6 - 18 - 4)?);
    Position::new(Amount::new(5_000 * ETH), Value::new(768_000 * USD))
        .with_collateral(Collateral::new(Amount::new(123_456_789), coin, &parameters)?)?
        .with_debt(Debt::new(Amount::new(25_000 * ETH + 1), stable))
}

/// Runs the life.
///
/// # Errors
/// None of the rules' own: each input is one that the market accepts. What must be refused is a number, not an error.
pub fn live(witness: &mut dyn Witness) -> Result<(), Error> {
    let guard = Guard::new(lending(&Site::<1> {
        shape: Shape::ConstantProduct,
        heartbeat: Seconds::new(BEAT),
        min_sale: Value::new(100 * USD),
        rise_base: Amount::new(10 * ETH),
        depth_norm: None,
    })?)?;
    let now = Timestamp::new(START);
    let state = guard.open(now, price(FALL[0], now)?, pool(0, now))?;
    witness.event(&Event::Configured(&guard));
    witness.event(&Event::State(&state));
    let numbers = Numbers { witness, digest: 0xcbf2_9ce4_8422_2325 };
    let mut market = Market { guard, state, beat: 0, numbers };

    for cents in FALL {
        market.observe(cents)?;
    }
    let position = position()?;
    market.numbers.witness.event(&Event::Position(&position));
    let Decision::Liquidate { plan, deferred } = market.assess(&position)? else { return Err(Error::TakeEmpty) };
    market.numbers.say("plan.sell", plan.sell.get());
    market.numbers.say("plan.repay", plan.repay.get());
    market.numbers.ratio("plan.bonus", plan.bonus);
    market.numbers.ratio("plan.target_health", plan.target_health);
    market.numbers.say("plan.deferred", deferred.get());

    let lot = market.kick(Kick { sell: plan.sell, raise: plan.repay })?;
    for cents in OFFER {
        market.observe(cents)?;
    }
    let lot = market.take(lot, Amount::new(plan.sell.get() / 3))?;
    market.observe(18_805)?;
    let lot = market.take(lot, plan.sell)?;
    market.settle(lot)?;

    for cents in CRASH {
        market.observe(cents)?;
        match market.assess(&position)? {
            Decision::Healthy => market.numbers.say("healthy", 1),
            Decision::Liquidate { plan, deferred } => {
                market.numbers.say("plan.sell", plan.sell.get());
                market.numbers.say("plan.deferred", deferred.get());
            }
            Decision::Wait { plan, until, .. } => {
                market.numbers.say("wait.sell", plan.sell.get());
                market.numbers.say("wait.until", until.map_or(0, |time| u128::from(time.get())));
            }
            Decision::Backstop(shortfall) => market.numbers.say("backstop.gap", shortfall.gap.get()),
            Decision::Unconfirmed { shortfall, .. } => market.numbers.say("unconfirmed.gap", shortfall.gap.get()),
        }
    }
    let borrow = market.guard.may_borrow(&market.state, market.now(), &position, Value::new(1))?;
    market.numbers.say("borrow", u128::from(borrow));
    if let Err(refused) = market.guard.kick(market.state, market.now(), Kick { sell: plan.sell, raise: plan.repay }) {
        market.numbers.say("kick.refused", u128::from(refused.code()));
        market.numbers.witness.event(&Event::Refused(&refused));
    }
    market.numbers.witness.event(&Event::State(&market.state));
    let digest = u128::from(market.numbers.digest);
    market.numbers.witness.number("digest", digest);
    Ok(())
}
