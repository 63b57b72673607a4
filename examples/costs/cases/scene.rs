//! Markets to measure in, built from the words of the instruction data.

use super::Io;
use damper::Error;
use damper::appetite::{AppetiteConfig, AppetiteParams};
use damper::book::{Level, Shape, Snapshot};
use damper::depth::DepthObservation;
use damper::guard::{Guard, GuardParams, GuardState, Observation};
use damper::oracle::PriceObservation;
use damper::preset::{Site, lending};
use damper::price::{Price, PriceBand};
use damper::ratio::Ratio;
use damper::units::{Amount, Seconds, Timestamp, Value};
use damper::volatility::{VolatilityConfig, VolatilityParams};

pub const USDC: u128 = 1_000_000;

/// What all prices and amounts of a case are in: a token of some decimals, quoted in one of 6.
#[derive(Clone, Copy)]
pub struct Token(u32);

impl Token {
    pub fn read(io: &mut Io<'_>) -> Token {
        Token(io.small() as u32)
    }

    pub fn tokens(self, count: u128) -> Amount {
        Amount::new(count.saturating_mul(10_u128.saturating_pow(self.0)))
    }

    pub fn amount(self, io: &mut Io<'_>) -> Amount {
        self.tokens(io.next())
    }

    pub fn cents(self, cents: u128) -> Result<Price, Error> {
        Price::from_decimal_floor(cents, 4 - self.0 as i32)
    }

    pub fn price(self, io: &mut Io<'_>) -> Result<Price, Error> {
        self.cents(io.next())
    }

    pub fn seen(self, io: &mut Io<'_>, at: u64) -> Result<PriceObservation, Error> {
        let low = io.next();
        let band = PriceBand::new(self.cents(low)?, self.cents(low + io.next())?)?;
        Ok(PriceObservation { source_time: Timestamp::new(at), band })
    }
}

pub fn dollars(io: &mut Io<'_>) -> Value {
    Value::new(io.next().saturating_mul(USDC))
}

pub fn bps(io: &mut Io<'_>) -> Result<Ratio, Error> {
    Ratio::from_bps_floor(io.small() as u32)
}

/// The preset of a market that was watched before it opened: a volatility of 4 % a day, a whole appetite.
#[inline(never)]
pub fn preset<const N: usize>(shape: Shape<N>, token: Token) -> Result<GuardParams<N>, Error> {
    let (heartbeat, min_sale) = (Seconds::new(60), Value::new(100 * USDC));
    let site =
        Site { shape, heartbeat, min_sale, rise_base: token.tokens(10), depth_norm: Some([token.tokens(50_000); N]) };
    let params = lending(&site)?;
    let appetite = AppetiteParams { start: Ratio::ONE, ..*params.appetite.params() };
    let volatility = VolatilityParams { start: Ratio::from_bps_floor(400)?, ..*params.volatility.params() };
    Ok(GuardParams {
        appetite: AppetiteConfig::new(appetite)?,
        volatility: VolatilityConfig::new(volatility)?,
        ..params
    })
}

#[inline(never)]
pub fn product_preset() -> Result<GuardParams<1>, Error> {
    preset(Shape::ConstantProduct, Token(9))
}

pub fn grid() -> Result<Shape<8>, Error> {
    let mut points = [Ratio::ZERO; 8];
    for (point, bps) in points.iter_mut().zip([10, 25, 50, 100, 200, 400, 800, 1_600]) {
        *point = Ratio::from_bps_floor(bps)?;
    }
    Ok(Shape::Grid(points))
}

/// Twenty bids, 0.2 % apart, of a four-hundredth of `total` each.
#[inline(never)]
pub fn ladder(token: Token, total: Amount, top: u128) -> Result<[Level; 20], Error> {
    let mut levels = [Level { price: Price::MIN, amount: Amount::ZERO }; 20];
    for (step, level) in (0_u128..).zip(levels.iter_mut()) {
        *level = Level { price: token.cents(top - top * step / 500)?, amount: Amount::new(total.get() / 400) };
    }
    Ok(levels)
}

/// Puts what is too large for a frame where there is room; nothing is given back.
pub fn keep<T>(value: Result<T, Error>) -> Result<&'static mut T, Error> {
    let place: *mut T = crate::place(size_of::<T>()).cast();
    // SAFETY: as much room as is needed, aligned to 16 bytes, used once.
    value.map(|value| unsafe {
        place.write(value);
        &mut *place
    })
}

/// A market with its depth: prices 0, 60 and 120 seconds after the epoch, and perhaps a sale at market.
pub struct Scene<const N: usize> {
    pub guard: &'static Guard<N>,
    pub state: &'static mut GuardState<N>,
    pub token: Token,
    pub depth: Amount,
    pub bids: &'static [Level; 20],
    pub reference: Price,
}

pub const NOW: Timestamp = Timestamp::new(120);

pub fn snapshot<'a, const N: usize>(bids: &'a [Level; 20], reference: Price, depth: Amount) -> Snapshot<'a> {
    if N == 1 { Snapshot::ConstantProduct { reserve: depth } } else { Snapshot::Ladder { reference, levels: bids } }
}

impl<const N: usize> Scene<N> {
    pub fn snapshot(&self) -> Snapshot<'_> {
        snapshot::<N>(self.bids, self.reference, self.depth)
    }

    /// Reads decimals, depth, first price, later price (each with its band's width in cents), and what is sold at once.
    #[inline(never)]
    pub fn read(io: &mut Io<'_>, shape: Shape<N>) -> Result<&'static mut Scene<N>, Error> {
        let token = Token::read(io);
        let depth = token.amount(io);
        let top = io.next();
        let bids = keep(ladder(token, depth, top))?;
        let reference = token.cents(top)?;
        let guard = keep(guard(shape, token))?;
        let state = keep(open(guard, token, bids, top, depth))?;
        let scene = keep(Ok(Scene { state, guard, token, depth, bids, reference }))?;
        let (low, width) = (io.next(), io.next());
        for at in [60, 120] {
            scene.see(token, at, low, width)?;
        }
        let sold = token.amount(io);
        if !sold.is_zero() {
            *scene.state = scene.guard.sell(*scene.state, NOW, sold)?;
        }
        Ok(scene)
    }

    #[inline(never)]
    pub fn see(&mut self, token: Token, at: u64, low: u128, width: u128) -> Result<(), Error> {
        let now = Timestamp::new(at);
        let band = PriceBand::new(token.cents(low)?, token.cents(low + width)?)?;
        let depth = DepthObservation { source_time: now, snapshot: self.snapshot() };
        let news = Observation { now, price: Some(PriceObservation { source_time: now, band }), depth: Some(depth) };
        *self.state = self.guard.observe(*self.state, &news)?;
        Ok(())
    }
}

#[inline(never)]
pub fn guard<const N: usize>(shape: Shape<N>, token: Token) -> Result<Guard<N>, Error> {
    Guard::new(preset(shape, token)?)
}

#[inline(never)]
pub fn open<const N: usize>(
    guard: &Guard<N>,
    token: Token,
    bids: &[Level; 20],
    top: u128,
    depth: Amount,
) -> Result<GuardState<N>, Error> {
    let now = Timestamp::new(0);
    let price = token.cents(top)?;
    let seen = PriceObservation { source_time: now, band: PriceBand::exact(price) };
    guard.open(now, seen, DepthObservation { source_time: now, snapshot: snapshot::<N>(bids, price, depth) })
}
