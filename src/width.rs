//! The width of a word: the kernels name these types, so that a test can build the same text for words of 8 bits, where
//! every input can be tried. Spec: D1.

/// A word.
pub(crate) type Word = u64;
/// A number of two words.
pub(crate) type Pair = u128;
/// A number of half a word.
pub(crate) type Half = u32;

/// Bits of the shortest digits of a quotient: a divisor of up to 52 bits leaves room for them.
pub(crate) const SHORT: u32 = 12;
