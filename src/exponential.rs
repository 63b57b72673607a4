//! `exp(-x)` by the binary digits of `x`, rounded up. Spec: D20.

use crate::digits::part_ceil;

/// `exp(-2^(i - 48)) * 2^63` for `i` = 0..53, each rounded up. From `exp(-64)` on that is one.
pub(crate) const POWERS: [u64; 54] = [
    0x7fff_ffff_ffff_8001,
    0x7fff_ffff_ffff_0001,
    0x7fff_ffff_fffe_0001,
    0x7fff_ffff_fffc_0001,
    0x7fff_ffff_fff8_0001,
    0x7fff_ffff_fff0_0001,
    0x7fff_ffff_ffe0_0001,
    0x7fff_ffff_ffc0_0001,
    0x7fff_ffff_ff80_0001,
    0x7fff_ffff_ff00_0001,
    0x7fff_ffff_fe00_0001,
    0x7fff_ffff_fc00_0001,
    0x7fff_ffff_f800_0001,
    0x7fff_ffff_f000_0001,
    0x7fff_ffff_e000_0001,
    0x7fff_ffff_c000_0001,
    0x7fff_ffff_8000_0001,
    0x7fff_ffff_0000_0001,
    0x7fff_fffe_0000_0004,
    0x7fff_fffc_0000_0010,
    0x7fff_fff8_0000_0040,
    0x7fff_fff0_0000_0100,
    0x7fff_ffe0_0000_0400,
    0x7fff_ffc0_0000_1000,
    0x7fff_ff80_0000_4000,
    0x7fff_ff00_0001_0000,
    0x7fff_fe00_0004_0000,
    0x7fff_fc00_0010_0000,
    0x7fff_f800_003f_ffff,
    0x7fff_f000_00ff_fff6,
    0x7fff_e000_03ff_ffab,
    0x7fff_c000_0fff_fd56,
    0x7fff_8000_3fff_eaab,
    0x7fff_0000_ffff_5556,
    0x7ffe_0003_fffa_aab0,
    0x7ffc_000f_ffd5_55ab,
    0x7ff8_003f_feaa_b000,
    0x7ff0_00ff_f555_aaa9,
    0x7fe0_03ff_aaaf_ffbc,
    0x7fc0_0ffd_55aa_a223,
    0x7f80_3fea_affe_ef1d,
    0x7f00_ff55_aa88_93e6,
    0x7e03_faaf_fbbe_924a,
    0x7c0f_d5aa_22d7_5e46,
    0x783e_afef_1c0a_8f3a,
    0x70f5_a893_b608_861f,
    0x63af_be7a_b208_2ba2,
    0x4da2_cbf1_be58_27fa,
    0x2f16_ac6c_59de_6f8e,
    0x1152_aaa3_bf81_cba0,
    0x0258_2ab7_0427_9e8f,
    0x000a_fe10_8208_13d7,
    0x0000_00f1_aadd_d775,
    0x0000_0000_0001_c847,
];

/// `exp(-x)` in steps of 2^-63, for `x` in steps of 2^-48: rounded up, exact for zero, never rising with `x`.
///
/// The product of the powers of the binary digits of `x`, lowest first, each factor and each product rounded up. A
/// constant `s_(k+1)` is the least step at or above the exact power, which is at most `s_k * s_k` as rounded up. So the
/// product `p` keeps `p(2^k - 1) >= s_k`: `p(0) = 1 >= s_0`, and `p(2^(k+1) - 1) = p(2^k - 1) * s_k >= s_k * s_k >=
/// s_(k+1)`. From `x` to `x + 1` the lowest digits `1...1` become a carry, and the higher digits are the same: the product
/// does not rise. At most 64 factors and 63 products: less than 2^-56 above the exact power. 64 rounds.
pub(crate) fn exp_neg_ceil(x: u64) -> u64 {
    let (mut rest, mut product) = (x, 1_u64 << 63);
    for power in POWERS.iter().chain(core::iter::repeat_n(&1, 10)) {
        if rest & 1 == 1 {
            product = part_ceil(product, *power);
        }
        rest >>= 1;
    }
    product
}
