//! Collateral by key in a Fenwick tree: 64 buckets to a doubling over the whole range of prices. An update and a sum over a
//! range of keys take at most 15 steps each, however many positions there are.

use damper::price::Price;
use damper::units::Amount;

/// Buckets to a doubling, as a power of two.
const BITS: u32 = 6;
/// All buckets; the last is what no price reaches.
const BUCKETS: usize = (256 << BITS) + 1;

/// Amounts and counts by bucket. A key is in the bucket of the lowest boundary that is not below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Histogram {
    /// Fenwick trees; entry 0 is not used. The sum of all amounts is below 2^128: who adds checks it.
    amounts: Vec<u128>,
    counts: Vec<u64>,
}

impl Default for Histogram {
    fn default() -> Histogram {
        Histogram { amounts: vec![0; BUCKETS + 1], counts: vec![0; BUCKETS + 1] }
    }
}

/// The bucket of a key.
#[must_use]
pub fn bucket(key: Price) -> usize {
    let (exponent, significand) = key.to_parts();
    let octave = usize::try_from(i32::from(exponent) + 128).unwrap_or(0) << BITS;
    let part = (significand << 1) >> (64 - BITS);
    let beyond = significand << (1 + BITS) != 0;
    octave + usize::try_from(part).unwrap_or(0) + usize::from(beyond)
}

/// The boundary of a bucket, its highest key; the highest price for the last bucket.
#[must_use]
pub fn boundary(bucket: usize) -> Price {
    let exponent = i32::try_from(bucket >> BITS).unwrap_or(i32::MAX).saturating_sub(128);
    let part = u64::try_from(bucket & ((1 << BITS) - 1)).unwrap_or(0);
    let significand = (1 << 63) | (part << (63 - BITS));
    i8::try_from(exponent).ok().and_then(|exponent| Price::from_parts(exponent, significand).ok()).unwrap_or(Price::MAX)
}

impl Histogram {
    /// Adds a position.
    pub fn add(&mut self, key: Price, amount: Amount) {
        let mut at = bucket(key) + 1;
        while let (Some(sum), Some(count)) = (self.amounts.get_mut(at), self.counts.get_mut(at)) {
            *sum = sum.wrapping_add(amount.get());
            *count = count.wrapping_add(1);
            at += at & at.wrapping_neg();
        }
    }

    /// Takes away a position that was added with this key and amount.
    pub fn remove(&mut self, key: Price, amount: Amount) {
        let mut at = bucket(key) + 1;
        while let (Some(sum), Some(count)) = (self.amounts.get_mut(at), self.counts.get_mut(at)) {
            *sum = sum.wrapping_sub(amount.get());
            *count = count.wrapping_sub(1);
            at += at & at.wrapping_neg();
        }
    }

    /// Amount and count in the buckets from the lowest up to and without `end`.
    #[must_use]
    pub fn below(&self, end: usize) -> (Amount, u64) {
        let (mut at, mut amount, mut count) = (end.min(BUCKETS), 0_u128, 0_u64);
        while at > 0 {
            amount = amount.wrapping_add(self.amounts.get(at).copied().unwrap_or(0));
            count = count.wrapping_add(self.counts.get(at).copied().unwrap_or(0));
            at &= at - 1;
        }
        (Amount::new(amount), count)
    }

    /// Amount and count in the buckets from `from` on.
    #[must_use]
    pub fn from(&self, from: usize) -> (Amount, u64) {
        let (all, total) = self.below(BUCKETS);
        let (amount, count) = self.below(from);
        (all.excess_over(amount), total - count)
    }

    /// Amount in the buckets from `from` up to and without `end`.
    #[must_use]
    pub fn between(&self, from: usize, end: usize) -> Amount {
        self.below(end).0.excess_over(self.below(from).0)
    }
}
