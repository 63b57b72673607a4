//! Words in and out of a measured call.

use core::mem::MaybeUninit;

/// Words in, words out.
pub struct Io<'a> {
    words: &'a [u64],
    at: usize,
    out: &'a mut [u64],
    len: usize,
}

impl<'a> Io<'a> {
    pub fn new(words: &'a [u64], out: &'a mut [u64]) -> Io<'a> {
        Io { words, at: 0, out, len: 0 }
    }

    fn word(&mut self) -> u64 {
        let word = self.words.get(self.at);
        self.at += 1;
        // SAFETY: a reference is valid for a read.
        word.map_or(0, |word| unsafe { core::ptr::read_volatile(word) })
    }

    /// The next input, two words, low word first.
    pub fn next(&mut self) -> u128 {
        let low = self.word();
        u128::from(low) | u128::from(self.word()) << 64
    }

    /// The next input, below 2^64.
    pub fn small(&mut self) -> u64 {
        self.next() as u64
    }

    /// Writes a word.
    pub fn put(&mut self, word: u64) {
        if let Some(slot) = self.out.get_mut(self.len) {
            *slot = word;
        }
        self.len += 1;
    }

    /// How many words were written.
    pub fn len(&self) -> usize {
        self.len
    }
}

/// Measures one call.
pub fn measure<A, R>(arguments: &A, function: impl Fn(&A) -> R) -> R {
    let mut result = MaybeUninit::uninit();
    crate::mark((&raw const *arguments).cast(), (&raw mut result).cast());
    measured(arguments, &mut result, function);
    crate::mark((&raw const *arguments).cast(), (&raw mut result).cast());
    // SAFETY: `measured` has written it.
    unsafe { result.assume_init() }
}

#[inline(never)]
fn measured<A, R>(arguments: &A, result: &mut MaybeUninit<R>, function: impl Fn(&A) -> R) {
    result.write(function(arguments));
}
