//! Keepers and attackers: rewards, bonds, the estimate of answers, the cost of a push and what it collects.

use super::Io;
use super::scene::{Token, bps, dollars, grid, ladder, product_preset};
use super::words::Words;
use damper::Error;
use damper::answering::{Answer, Answering, AnsweringConfig, AnsweringParams};
use damper::attack::{self, Case, Push, Reach, Spoils, Verdict};
use damper::bond::{Bond, BondConfig, BondParams, Kicked, Outcome, Settlement};
use damper::book::{Book, Shape, Snapshot};
use damper::keeper::{Payment, RewardConfig, RewardParams, Work};
use damper::ratio::Ratio;
use damper::units::{Decay, Rate, Seconds, Timestamp, Value};

impl Words for Payment {
    fn put(&self, io: &mut Io<'_>) {
        match self {
            Payment::Pay { reward } => (1_u64, *reward).put(io),
            Payment::TooSmall { least } => (2_u64, *least).put(io),
        }
    }
}

impl Words for Bond {
    fn put(&self, io: &mut Io<'_>) {
        self.posted().put(io);
    }
}

impl Words for Settlement {
    fn put(&self, io: &mut Io<'_>) {
        ((self.returned, self.forfeited), (self.gained, self.fund_left)).put(io);
    }
}

impl Words for Answering {
    fn put(&self, io: &mut Io<'_>) {
        (self.health(), self.at()).put(io);
    }
}

impl Words for Case {
    fn put(&self, io: &mut Io<'_>) {
        (self.by, (self.costs, self.collects)).put(io);
    }
}

impl Words for Verdict {
    fn put(&self, io: &mut Io<'_>) {
        match self {
            Verdict::Never(case) => (1_u64, *case).put(io),
            Verdict::Pays(case) => (2_u64, *case).put(io),
        }
    }
}

/// Dollars raised, penalty, seconds waited, boost.
#[inline(never)]
fn work(io: &mut Io<'_>) -> Result<(RewardConfig, Work), Error> {
    let config = RewardConfig::new(RewardParams {
        tip: Value::new(2_000_000),
        chip: Ratio::from_bps_floor(10)?,
        growth: Rate::from_ratio_over_floor(Ratio::ONE, Seconds::new(3_600))?,
        most_growth: Ratio::from_bps_floor(20_000)?,
        cap: Value::new(500_000_000),
        share: Ratio::from_bps_floor(5_000)?,
    })?;
    let work = Work {
        size: dollars(io),
        penalty: bps(io)?,
        paid: Value::ZERO,
        waited: Seconds::new(io.small()),
        boost: bps(io)?,
    };
    Ok((config, work))
}

/// Decimals, tokens of the lot and of the position, dollars of debt.
#[inline(never)]
fn kicked(io: &mut Io<'_>) -> Result<(Token, BondConfig, Kicked), Error> {
    let token = Token::read(io);
    let config = BondConfig::new(BondParams { share: Ratio::from_bps_floor(100)? })?;
    let threshold = Ratio::from_bps_floor(8_000)?;
    Ok((token, config, Kicked { lot: token.amount(io), collateral: token.amount(io), debt: dollars(io), threshold }))
}

#[inline(never)]
fn answering() -> Result<AnsweringConfig, Error> {
    AnsweringConfig::new(AnsweringParams {
        prompt: Seconds::new(60),
        late: Seconds::new(1_800),
        recovery: Decay::from_half_life_floor(Seconds::new(21_600))?,
        max_gap: Seconds::new(3_600),
        whole: Value::new(1_000_000_000),
        start: Ratio::from_bps_floor(5_000)?,
        least_lot: Ratio::from_bps_floor(1_000)?,
        most_boost: Ratio::from_bps_floor(30_000)?,
    })
}

/// Decimals and tokens of the pool.
#[inline(never)]
fn pool(io: &mut Io<'_>) -> Result<(Token, Book<1>), Error> {
    let token = Token::read(io);
    let snapshot = Snapshot::ConstantProduct { reserve: token.amount(io) };
    Ok((token, Shape::ConstantProduct.measure_floor(&snapshot)?))
}

/// Decimals and tokens of the ladder, first price.
#[inline(never)]
fn bids(io: &mut Io<'_>) -> Result<(Token, Book<8>), Error> {
    let token = Token::read(io);
    let (total, top) = (token.amount(io), io.next());
    let levels = ladder(token, total, top)?;
    Ok((token, grid()?.measure_floor(&Snapshot::Ladder { reference: token.cents(top)?, levels: &levels })?))
}

/// A price; half of the book is credible.
#[inline(never)]
fn spoils<const N: usize>(io: &mut Io<'_>, token: Token, market: &Book<N>) -> Result<Spoils<N>, Error> {
    Ok(Spoils {
        ledger: product_preset()?.ledger,
        credible: market.scaled_floor(Ratio::from_bps_floor(5_000)?)?,
        price: token.price(io)?,
        fallen: Ratio::ZERO,
        lasting: Seconds::new(7_200),
        wick: Seconds::new(60),
        bonus: Ratio::ZERO,
        clearing: Ratio::from_bps_floor(9_800)?,
        reward: Ratio::from_bps_floor(50)?,
    })
}

/// Four falls, a per cent apart from the first on, and what can be liquidated: a million dollars more at each.
#[inline(never)]
fn reach(io: &mut Io<'_>) -> Result<[Reach; 4], Error> {
    let first = io.small() as u32;
    let at = |step: u32| -> Result<Reach, Error> {
        let value = Value::new(u128::from(step + 1) * 1_000_000_000_000);
        Ok(Reach { from: Ratio::from_bps_floor(first + 100 * step)?, value })
    };
    Ok([at(0)?, at(1)?, at(2)?, at(3)?])
}

group! { (io)
    "RewardConfig::reward_floor" => {
        let (config, work) = work(io)?;
        call!(io, (config, work), |(config, work)| config.reward_floor(work));
    }
    "RewardConfig::room_floor" => {
        let (config, work) = work(io)?;
        call!(io, (config, work), |(config, work)| config.room_floor(work));
    }
    "RewardConfig::payment" => {
        let (config, work) = work(io)?;
        call!(io, (config, work, dollars(io)), |(config, work, cost)| config.payment(work, *cost));
    }
    "BondConfig::open" => {
        let (_, config, kicked) = kicked(io)?;
        call!(io, (config, kicked), |(config, kicked)| config.open(*kicked));
    }
    "Bond::settle, sold" => {
        let (token, config, kicked) = kicked(io)?;
        let (bond, fund) = (config.open(kicked)?, dollars(io));
        let outcome = Outcome::Sold { sold: token.amount(io), paid: dollars(io) };
        call!(io, (bond, outcome, fund), |(bond, outcome, fund)| bond.settle(*outcome, *fund));
    }
    "Bond::settle, unsold" => {
        let (token, config, kicked) = kicked(io)?;
        let (bond, fund) = (config.open(kicked)?, dollars(io));
        let outcome = Outcome::Unsold { price: token.price(io)? };
        call!(io, (bond, outcome, fund), |(bond, outcome, fund)| bond.settle(*outcome, *fund));
    }
    "AnsweringConfig::observe" => {
        let config = answering()?;
        let answer = Answer::Filled { lateness: Seconds::new(io.small()), size: dollars(io) };
        let arguments = (config, config.open(Timestamp::new(0)), answer, Timestamp::new(io.small()));
        call!(io, arguments, |(config, last, answer, now)| config.observe(*last, *answer, *now));
    }
    "AnsweringConfig::lot_factor_floor" => {
        let config = answering()?;
        call!(io, (config, config.open(Timestamp::new(0))), |(config, state)| config.lot_factor_floor(state));
    }
    "AnsweringConfig::boost_floor" => {
        let config = answering()?;
        call!(io, (config, config.open(Timestamp::new(0))), |(config, state)| config.boost_floor(state));
    }
    "attack::least_cost_floor, constant product" => {
        let (token, market) = pool(io)?;
        call!(io, (market, token.price(io)?, Push::Down(bps(io)?)), |(market, price, push)| {
            attack::least_cost_floor(market, *price, *push)
        });
    }
    "attack::least_cost_floor, grid of 8" => {
        let (token, market) = bids(io)?;
        call!(io, (market, token.price(io)?, Push::Down(bps(io)?)), |(market, price, push)| {
            attack::least_cost_floor(market, *price, *push)
        });
    }
    "Spoils::collected_ceil" => {
        let (token, market) = pool(io)?;
        let spoils = spoils(io, token, &market)?;
        call!(io, (spoils, bps(io)?, dollars(io)), |(spoils, fall, reach)| spoils.collected_ceil(*fall, *reach));
    }
    "attack::push_verdict, constant product, 4 entries" => {
        let (token, market) = pool(io)?;
        let arguments = (spoils(io, token, &market)?, market, reach(io)?, bps(io)?);
        call!(io, arguments, |(spoils, market, reach, most)| attack::push_verdict(market, spoils, reach, *most));
    }
    "attack::push_verdict, grid of 8, 4 entries" => {
        let (token, market) = bids(io)?;
        let arguments = (spoils(io, token, &market)?, market, reach(io)?, bps(io)?);
        call!(io, arguments, |(spoils, market, reach, most)| attack::push_verdict(market, spoils, reach, *most));
    }
    "attack::pump_verdict, constant product" => {
        let (token, market) = pool(io)?;
        let arguments = (market, token.price(io)?, dollars(io), bps(io)?, bps(io)?);
        call!(io, arguments, |(market, price, collateral, max_ltv, most)| {
            attack::pump_verdict(market, *price, *collateral, *max_ltv, *most)
        });
    }
}
