//! Structured values out of the bytes of an input. When the bytes are used up every value is the simplest one.

use arbitrary::{Arbitrary, Unstructured};
use damper::book::Shape;
use damper::oracle::PriceObservation;
use damper::price::{Price, PriceBand};
use damper::ratio::Ratio;
use damper::units::{Amount, Decay, Rate, Seconds, Timestamp, Value};

pub(crate) struct Source<'a>(Unstructured<'a>);

impl<'a> Source<'a> {
    pub(crate) fn new(data: &'a [u8]) -> Source<'a> {
        Source(Unstructured::new(data))
    }

    /// Whether bytes are left: what a sequence goes on for.
    pub(crate) fn more(&self) -> bool {
        !self.0.is_empty()
    }

    /// The bytes that are left.
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.0.peek_bytes(self.0.len()).unwrap_or(&[])
    }

    pub(crate) fn any<T: Arbitrary<'a>>(&mut self) -> T {
        self.0.arbitrary().expect("numbers are made of any bytes")
    }

    /// A value of a type of the crate, if the bytes make a valid one.
    pub(crate) fn drawn<T: Arbitrary<'a>>(&mut self) -> Option<T> {
        self.0.arbitrary().ok()
    }

    pub(crate) fn flag(&mut self) -> bool {
        self.any::<u8>() & 1 == 1
    }

    /// One time in `n`.
    pub(crate) fn rarely(&mut self, n: u8) -> bool {
        self.any::<u8>() % n == n - 1
    }

    /// A number from `low` to `high`.
    pub(crate) fn within(&mut self, low: u64, high: u64) -> u64 {
        self.0.int_in_range(low..=high).unwrap_or(low)
    }

    pub(crate) fn wide_within(&mut self, low: u128, high: u128) -> u128 {
        self.0.int_in_range(low..=high).unwrap_or(low)
    }

    pub(crate) fn below(&mut self, n: usize) -> usize {
        self.0.int_in_range(0..=n - 1).unwrap_or(0)
    }

    /// A word of any length in bits, or beside a power of two.
    pub(crate) fn word(&mut self) -> u64 {
        match self.any::<u8>() {
            0 => 0,
            1 => u64::MAX,
            class @ 2..=63 => (1_u64 << class).wrapping_add(u64::from(self.any::<u8>() & 3)).wrapping_sub(2),
            class => self.any::<u64>() >> (class % 64),
        }
    }

    /// A double word of any length in bits, or beside a power of two.
    pub(crate) fn number(&mut self) -> u128 {
        match self.any::<u8>() {
            0 => 0,
            1 => u128::MAX,
            class @ 2..=127 => (1_u128 << class).wrapping_add(u128::from(self.any::<u8>() & 3)).wrapping_sub(2),
            class => self.any::<u128>() >> (class % 128),
        }
    }

    pub(crate) fn ratio(&mut self) -> Ratio {
        Ratio::from_bits(self.word())
    }

    /// A ratio from zero to one.
    pub(crate) fn share(&mut self) -> Ratio {
        self.ratio_within(Ratio::ZERO, Ratio::ONE)
    }

    /// A ratio between two, often one of them or beside it.
    pub(crate) fn ratio_within(&mut self, low: Ratio, high: Ratio) -> Ratio {
        let (low, high) = (low.to_bits(), high.to_bits().max(low.to_bits()));
        Ratio::from_bits(match self.any::<u8>() {
            0 => low,
            1 => high,
            2 => low.saturating_add(1).min(high),
            3 => high.saturating_sub(1).max(low),
            class if class & 1 == 0 => low.saturating_add(self.any::<u64>() >> (class >> 1 & 63)).min(high),
            _ => self.within(low, high),
        })
    }

    /// Basis points.
    pub(crate) fn bps(&mut self, low: u32, high: u32) -> Ratio {
        let bps = self.0.int_in_range(low..=high).unwrap_or(low);
        Ratio::from_bps_floor(bps).expect("small")
    }

    pub(crate) fn rate(&mut self) -> Rate {
        Rate::per_second(self.ratio())
    }

    pub(crate) fn decay(&mut self) -> Decay {
        let bits = match self.any::<u8>() {
            0 => 0,
            1 => 1 << 63,
            class @ 2..=63 => (1_u64 << 63) - (self.any::<u64>() >> class),
            _ => self.any::<u64>() >> 1,
        };
        Decay::from_bits(bits.min(1 << 63)).expect("at most one")
    }

    pub(crate) fn amount(&mut self) -> Amount {
        Amount::new(self.number())
    }

    pub(crate) fn value(&mut self) -> Value {
        Value::new(self.number())
    }

    /// An amount of up to so many bits: what products do not overflow with.
    pub(crate) fn amount_of(&mut self, bits: u32) -> Amount {
        Amount::new(self.number() & ((1 << bits) - 1))
    }

    pub(crate) fn value_of(&mut self, bits: u32) -> Value {
        Value::new(self.number() & ((1 << bits) - 1))
    }

    pub(crate) fn seconds(&mut self) -> Seconds {
        Seconds::new(self.word())
    }

    pub(crate) fn seconds_within(&mut self, low: u64, high: u64) -> Seconds {
        Seconds::new(self.within(low, high))
    }

    pub(crate) fn time(&mut self) -> Timestamp {
        Timestamp::new(self.word())
    }

    /// A time at or soon after another; sometimes much later, and one time in 32 before it.
    pub(crate) fn after(&mut self, time: Timestamp) -> Timestamp {
        let time = time.get();
        Timestamp::new(match self.any::<u8>() {
            0..=31 => time,
            class @ 32..=215 => time.saturating_add(u64::from(class) - 31),
            216..=247 => time.saturating_add(u64::from(self.any::<u16>())),
            _ => time.saturating_sub(u64::from(self.any::<u8>())),
        })
    }

    /// As [`Source::after`], and never before.
    pub(crate) fn later(&mut self, time: Timestamp) -> Timestamp {
        self.after(time).max(time)
    }

    pub(crate) fn price(&mut self) -> Price {
        let exponent = self.any();
        let significand = self.word() | 1 << 63;
        Price::from_parts(exponent, significand).expect("the top bit is set")
    }

    /// A price of ordinary size: from 2^-8 to 2^8.
    pub(crate) fn ordinary(&mut self) -> Price {
        let exponent = i8::try_from(self.within(0, 15)).expect("small") - 8;
        Price::from_parts(exponent, self.word() | 1 << 63).expect("the top bit is set")
    }

    /// A price near another: equal, a step or two away, or some part of it up or down.
    pub(crate) fn near(&mut self, price: Price) -> Price {
        let (exponent, significand) = price.to_parts();
        let by = u64::from(self.any::<u8>() & 3);
        let beside = |bits: u64| Price::from_parts(exponent, bits | 1 << 63).expect("the top bit is set");
        match self.any::<u8>() {
            0..=31 => price,
            32..=63 => beside(significand.wrapping_add(by)),
            64..=95 => beside(significand.wrapping_sub(by)),
            96..=223 => price.scale_floor(self.bps(9_700, 10_250)).unwrap_or(price),
            224..=247 => price.scale_floor(self.bps(5_000, 20_000)).unwrap_or(price),
            _ => price.scale_floor(self.ratio()).unwrap_or(price),
        }
    }

    pub(crate) fn band_near(&mut self, price: Price) -> PriceBand {
        let low = self.near(price);
        if self.flag() {
            return PriceBand::exact(low);
        }
        let high = low.scale_ceil(self.bps(10_000, 10_300)).unwrap_or(low);
        PriceBand::new(low.min(high), high.max(low)).expect("in order")
    }

    pub(crate) fn band(&mut self) -> PriceBand {
        let price = self.price();
        self.band_near(price)
    }

    /// An observation near a price, published at or before `now`, or wrongly after it.
    pub(crate) fn observation(&mut self, price: Price, now: Timestamp) -> PriceObservation {
        let source_time = match self.any::<u8>() {
            0..=127 => now,
            age @ 128..=251 => Timestamp::new(now.get().saturating_sub(u64::from(age) - 127)),
            252..=253 => Timestamp::new(now.get().saturating_sub(u64::from(self.any::<u16>()))),
            _ => Timestamp::new(now.get().saturating_add(1)),
        };
        PriceObservation { source_time, band: self.band_near(price) }
    }

    /// A shape of depth, nearly always a sound one.
    pub(crate) fn shape<const N: usize>(&mut self) -> Shape<N> {
        if self.rarely(3) {
            return Shape::ConstantProduct;
        }
        let coarse = self.flag();
        let mut points = [Ratio::ZERO; N];
        let mut last = 0_u64;
        for point in &mut points {
            let step = if coarse { self.bps(1, 500).to_bits() } else { self.word() >> 12 };
            last = last.saturating_add(step.max(1));
            *point = Ratio::from_bits(last);
        }
        Shape::Grid(points)
    }
}
