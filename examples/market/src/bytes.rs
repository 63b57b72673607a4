//! Records of fixed size: a header of kind, version, flag and a zero, then numbers of 128 bits, little-endian.

use crate::refusal::Refusal;

const VERSION: u8 = 1;
pub(crate) const HEADER: usize = 4;

/// Bytes of a record of so many numbers.
pub(crate) const fn size(numbers: usize) -> usize {
    HEADER.saturating_add(numbers.saturating_mul(16))
}

/// Writes a record into exactly as many bytes as it takes.
pub(crate) fn write<const K: usize>(kind: u8, flag: u8, numbers: [u128; K], out: &mut [u8]) -> Result<(), Refusal> {
    if out.len() != size(K) {
        return Err(Refusal::StoredLength);
    }
    let (head, rest) = out.split_first_chunk_mut::<HEADER>().ok_or(Refusal::StoredLength)?;
    *head = [kind, VERSION, flag, 0];
    for (to, number) in rest.chunks_exact_mut(16).zip(numbers) {
        to.copy_from_slice(&number.to_le_bytes());
    }
    Ok(())
}

/// Reads what [`write`] wrote: the flag and the numbers.
pub(crate) fn read<const K: usize>(kind: u8, bytes: &[u8]) -> Result<(u8, [u128; K]), Refusal> {
    if bytes.len() != size(K) {
        return Err(Refusal::StoredLength);
    }
    let (head, mut rest) = bytes.split_first_chunk::<HEADER>().ok_or(Refusal::StoredLength)?;
    let [found, version, flag, zero] = *head;
    if (found, version, zero) != (kind, VERSION, 0) {
        return Err(Refusal::StoredHeader);
    }
    let mut numbers = [0; K];
    for number in &mut numbers {
        let (first, tail) = rest.split_first_chunk().ok_or(Refusal::StoredLength)?;
        (*number, rest) = (u128::from_le_bytes(*first), tail);
    }
    Ok((flag, numbers))
}
