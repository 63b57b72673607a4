//! The empty call, the 128-bit library calls, the memory calls, and the sizes of what is stored.

use super::words::Words;
use damper::auction::Lot;
use damper::guard::{Guard, GuardState};
use damper::health::Position;

group! { (io)
    "empty" => { call!(io, (), |()| ()); }
    "library" => {
        let (a, b, shift) = (io.next(), io.next(), io.small() as u32 & 127);
        a.wrapping_mul(b).put(io);
        a.checked_div(b).put(io);
        a.checked_rem(b).put(io);
        (a << shift).put(io);
        (a >> shift).put(io);
        (((a as i128) >> shift) as u128).put(io);
        (u128::from(a as u64) * u128::from(b as u64)).put(io);
        u64::from(a.leading_zeros() + 256 * a.trailing_zeros()).put(io);
    }
    "u128 * u128" => { call!(io, (io.next(), io.next()), |&(a, b)| a.wrapping_mul(b)); }
    "u64 * u64 as u128" => { call!(io, (io.small(), io.small()), |&(a, b)| u128::from(a).wrapping_mul(u128::from(b))); }
    "u128 / u128" => { call!(io, (io.next(), io.next() | 1), |&(a, b)| a.checked_div(b)); }
    "u128 / u128 and u128 % u128" => {
        call!(io, (io.next(), io.next()), |&(a, b)| (a.checked_div(b), a.checked_rem(b)));
    }
    "u128 >> u32" => { call!(io, (io.next(), io.small() as u32 & 127), |&(a, b)| a >> b); }
    "u128::leading_zeros" => { call!(io, io.next(), |a| u64::from(a.leading_zeros())); }
    "u128::trailing_zeros" => { call!(io, io.next(), |a| u64::from(a.trailing_zeros())); }
    "memory" => {
        let (mut bytes, mut copy) = ([0_u8; 256], [0_u8; 256]);
        let (from, to, length) = (io.small() as usize, io.small() as usize, io.small() as usize);
        let seed = io.small();
        for (at, byte) in (0_u64..).zip(bytes.iter_mut()) {
            *byte = (seed.wrapping_mul(at | 1) >> 24) as u8;
        }
        if let (Some(source), Some(target)) = (bytes.get(from..from + length), copy.get_mut(to..to + length)) {
            target.copy_from_slice(source);
            io.put(u64::from(*source == *target) + 2 * u64::from(*source < b"middle of the bytes, or not"[..]));
        }
        if from + length <= 256 && to + length <= 256 {
            bytes.copy_within(from..from + length, to);
        }
        if let Some(part) = copy.get_mut(..to) {
            part.fill(length as u8);
        }
        for word in bytes.chunks_exact(8).chain(copy.chunks_exact(8)) {
            let mut sum = 0_u64;
            for byte in word {
                sum = sum.wrapping_mul(257).wrapping_add(u64::from(*byte));
            }
            io.put(sum);
        }
    }
    "sizes" => {
        for size in [
            size_of::<Guard<1>>(),
            size_of::<GuardState<1>>(),
            size_of::<Guard<8>>(),
            size_of::<GuardState<8>>(),
            size_of::<Lot>(),
            size_of::<Position<0, 0>>(),
            size_of::<Position<4, 0>>(),
        ] {
            io.put(size as u64);
        }
    }
}
