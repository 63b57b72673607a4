//! Words and bytes that depend on a seed alone: the mixing function of SplitMix64 over a count.
#![allow(dead_code, reason = "each test uses a part of it")]

pub(crate) fn word(seed: u64, count: u64) -> u64 {
    let mut z = (seed << 32 | count).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ z >> 31
}

pub(crate) fn bytes(seed: u64, length: usize) -> Vec<u8> {
    (1..).flat_map(|count| word(seed, count).to_le_bytes()).take(length).collect()
}
