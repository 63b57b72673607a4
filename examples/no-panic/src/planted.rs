//! Panics that the check must find, one of each kind, each in a function of its own that is like no other. Without the
//! feature there are none.

#[cfg(not(feature = "planted"))]
pub fn all() {}

#[cfg(feature = "planted")]
pub use found::all;

#[cfg(feature = "planted")]
mod found {
    use crate::call;
    use core::fmt::Write;
    use core::hint::black_box;
    use fixed::types::U16F48;
    use heapless::Vec;

    pub fn all() {
        call(planted_index);
        call(planted_overflow);
        call(planted_division);
        call(planted_copy);
        call(planted_unwrap);
        call(planted_format);
        call(planted_fixed);
        call(planted_heapless);
        call(planted_assertion);
        call(planted_allocation);
    }

    #[inline(never)]
    fn planted_index(values: &[u64], at: usize) -> u64 {
        values[at]
    }

    /// Overflow checks are on in this crate.
    #[inline(never)]
    fn planted_overflow(a: u32, b: u32) -> u32 {
        a * b
    }

    #[inline(never)]
    fn planted_division(a: u64, b: u64) -> u64 {
        a / b
    }

    #[inline(never)]
    fn planted_copy(to: &mut [u8], from: &[u8]) {
        to.copy_from_slice(from);
    }

    #[inline(never)]
    fn planted_unwrap(value: Option<u64>) -> u64 {
        value.unwrap()
    }

    struct Sink;

    impl Write for Sink {
        fn write_str(&mut self, text: &str) -> core::fmt::Result {
            black_box(text);
            Ok(())
        }
    }

    #[inline(never)]
    fn planted_format(value: u64) -> core::fmt::Result {
        write!(Sink, "{value}")
    }

    /// Overflow checks are on in `fixed`.
    #[inline(never)]
    fn planted_fixed(a: U16F48, b: U16F48) -> U16F48 {
        a + b
    }

    /// Debug assertions are on in `heapless`.
    #[inline(never)]
    fn planted_heapless(vec: &mut Vec<u64, 4>, value: u64) {
        // SAFETY: nothing of this runs.
        unsafe { vec.push_unchecked(value) }
    }

    /// Debug assertions are on in this crate.
    #[inline(never)]
    fn planted_assertion(a: u64, b: u64) {
        debug_assert!(a < b);
    }

    #[inline(never)]
    fn planted_allocation(value: u64) {
        extern crate alloc;
        black_box(alloc::boxed::Box::new(value));
    }
}
