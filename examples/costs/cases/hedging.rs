//! Insured funds, delta hedges and the two-sided ledger.

use super::Io;
use super::scene::{NOW, Scene, Token, bps, dollars};
use super::words::Words;
use damper::Error;
use damper::book::Shape;
use damper::delta::{DeltaConfig, DeltaParams, Trade};
use damper::hedge::{
    InsuranceConfig, InsuranceParams, Insurer, Loop, MultiplierLimit, Rebalance, gap_shortfall_ceil, split,
    value_per_move_floor,
};
use damper::ledger::LedgerParams;
use damper::price::PriceBand;
use damper::ratio::Ratio;
use damper::two_sided::{Side, Swing, TwoSided, TwoSidedConfig, TwoSidedParams};
use damper::units::{Rate, Seconds, Timestamp, Value};
use damper::window::Window;

/// Decimals, low price and width, floor, multiplier, tolerance, tokens held and cash.
#[inline(never)]
fn fund(io: &mut Io<'_>) -> Result<(InsuranceConfig, Insurer, PriceBand), Error> {
    let token = Token::read(io);
    let band = token.seen(io, 0)?.band;
    let none = Loop { exposure: Value::ZERO, per_move: Value::ZERO, limit: Ratio::ZERO };
    let limit = MultiplierLimit::new(Ratio::ZERO, &none)?;
    let (floor, multiplier, tolerance) = (dollars(io), bps(io)?, bps(io)?);
    let params = InsuranceParams { floor, multiplier, max_share: Ratio::ONE, tolerance };
    Ok((InsuranceConfig::new(params, &limit)?, Insurer::new(token.amount(io), dollars(io)), band))
}

/// Decimals, reference price, price, gamma, value per move, tokens sold so far.
#[inline(never)]
fn delta(io: &mut Io<'_>) -> Result<(Token, DeltaParams, damper::price::Price, Value), Error> {
    let token = Token::read(io);
    let (reference, price) = (token.price(io)?, token.price(io)?);
    let params = DeltaParams { reference, gamma: token.amount(io), tolerance: token.tokens(1) };
    Ok((token, params, price, dollars(io)))
}

/// Burst budgets of 0.5 %, own shares of an eighth; decimals, first price and a later one.
#[inline(never)]
fn two(io: &mut Io<'_>) -> Result<(TwoSidedConfig, TwoSided, Token), Error> {
    let leak = Rate::per_second(Ratio::from_bits(1 << 20));
    let burst = Ratio::from_bps_floor(50)?;
    let side = LedgerParams { burst, leak, own_share: Ratio::from_bits(1 << 45), kappa: Ratio::ONE };
    let config = TwoSidedConfig::new(TwoSidedParams { sell: side, buy: side })?;
    let token = Token::read(io);
    let state = TwoSided::open(PriceBand::exact(token.price(io)?), Timestamp::new(0));
    let state = state.observe(Window::open(token.price(io)?, NOW)).advance(&config, NOW)?;
    Ok((config, state.charge(&config, Side::Sell, Ratio::from_bps_floor(10)?, Timestamp::new(0))?, token))
}

group! { (io)
    "InsuranceConfig::rebalance" => {
        call!(io, fund(io)?, |(config, insurer, band)| config.rebalance(*insurer, *band));
    }
    "InsuranceConfig::gap_shortfall_ceil" => {
        let (config, insurer, band) = fund(io)?;
        call!(io, (config, insurer, band, bps(io)?), |(config, insurer, band, gap)| {
            config.gap_shortfall_ceil(insurer, *band, *gap)
        });
    }
    "hedge::gap_shortfall_ceil" => {
        call!(io, (dollars(io), dollars(io), bps(io)?), |(exposure, cushion, gap)| {
            gap_shortfall_ceil(*exposure, *cushion, *gap)
        });
    }
    "MultiplierLimit::new" => {
        let fall = bps(io)?;
        let feedback = Loop { exposure: dollars(io), per_move: dollars(io), limit: bps(io)? };
        call!(io, (fall, feedback), |(fall, feedback)| MultiplierLimit::new(*fall, feedback));
    }
    "Loop::gain_ceil" => {
        let feedback = Loop { exposure: dollars(io), per_move: dollars(io), limit: bps(io)? };
        call!(io, (feedback, bps(io)?), |(feedback, multiplier)| feedback.gain_ceil(*multiplier));
    }
    "hedge::value_per_move_floor, constant product" => {
        let scene = Scene::read(io, Shape::<1>::ConstantProduct)?;
        let book = scene.guard.params().depth.book(scene.state.depth())?;
        let low = scene.state.price().band.low();
        call!(io, (book, low, bps(io)?), |(book, price, impact)| value_per_move_floor(book, *price, *impact));
    }
    "hedge::split" => {
        let token = Token::read(io);
        call!(io, (token.amount(io), token.amount(io)), |(wanted, permitted)| {
            let parts = split(*wanted, *permitted);
            (parts.now, parts.deferred)
        });
    }
    "DeltaConfig::new" => {
        let (_, params, _, per_move) = delta(io)?;
        call!(io, (params, per_move, bps(io)?), |(params, per_move, limit)| {
            DeltaConfig::new(*params, *per_move, *limit).map(|config| config.params().gamma)
        });
    }
    "DeltaConfig::trade" => {
        let (token, params, price, per_move) = delta(io)?;
        let config = DeltaConfig::new(params, per_move, bps(io)?)?;
        call!(io, (config, Trade::sell(token.amount(io)), price), |(config, done, price)| config.trade(*done, *price));
    }
    "DeltaConfig::gain_ceil" => {
        let (_, params, price, per_move) = delta(io)?;
        let config = DeltaConfig::new(params, per_move, bps(io)?)?;
        call!(io, (config, price, per_move), |(config, price, per_move)| config.gain_ceil(*price, *per_move));
    }
    "TwoSided::advance" => {
        let (config, state, _) = two(io)?;
        call!(io, (config, state, Timestamp::new(io.small())), |(config, state, now)| state.advance(config, *now));
    }
    "TwoSided::observe" => {
        let (_, state, token) = two(io)?;
        call!(io, (state, Window::open(token.price(io)?, NOW)), |(state, window)| state.observe(*window));
    }
    "TwoSided::headroom" => {
        let (config, state, _) = two(io)?;
        call!(io, (config, state), |(config, state)| state.headroom(config, Side::Buy));
    }
    "TwoSided::charge" => {
        let (config, state, _) = two(io)?;
        call!(io, (config, state, bps(io)?, Timestamp::new(io.small())), |(config, state, impact, shown)| {
            state.charge(config, Side::Buy, *impact, *shown)
        });
    }
    "TwoSidedConfig::bound_fall_ceil" => {
        let (config, _, _) = two(io)?;
        let swing = Swing { fall: bps(io)?, rise: bps(io)?, noise: bps(io)?, elapsed: Seconds::new(io.small()) };
        call!(io, (config, swing), |(config, swing)| config.bound_fall_ceil(*swing));
    }
}

impl Words for Rebalance {
    fn put(&self, io: &mut Io<'_>) {
        let (tag, amount, shortfall) = match self {
            Rebalance::Hold => (0_u64, 0, 0),
            Rebalance::Sell(amount) => (1, amount.get(), 0),
            Rebalance::Buy(amount) => (2, amount.get(), 0),
            Rebalance::Breached { sell, shortfall } => (3, sell.get(), shortfall.get()),
        };
        tag.put(io);
        amount.put(io);
        shortfall.put(io);
    }
}

impl Words for Insurer {
    fn put(&self, io: &mut Io<'_>) {
        self.breached().put(io);
        self.holding().put(io);
        self.cash().put(io);
    }
}

impl Words for MultiplierLimit {
    fn put(&self, io: &mut Io<'_>) {
        (self.binding() as u64).put(io);
        self.largest().put(io);
    }
}

impl Words for Trade {
    fn put(&self, io: &mut Io<'_>) {
        (self.side as u64).put(io);
        self.amount.put(io);
    }
}

impl Words for TwoSided {
    fn put(&self, io: &mut Io<'_>) {
        for side in [Side::Sell, Side::Buy] {
            self.level(side).put(io);
            self.reserved(side).put(io);
            self.earned_on(side).put(io);
        }
        self.at().put(io);
    }
}
