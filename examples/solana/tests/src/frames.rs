//! What can be read from the program's instructions: stack frames, and whether anything panics.

/// The instructions of an ELF file: what its executable segment holds.
fn text(elf: &[u8]) -> &[u8] {
    let word = |at: usize| u64::from_le_bytes(elf[at..at + 8].try_into().expect("eight bytes")) as usize;
    let half = |at: usize| usize::from(u16::from_le_bytes([elf[at], elf[at + 1]]));
    let (headers, size, count) = (word(32), half(54), half(56));
    let header = (0..count).map(|number| headers + number * size).find(|at| elf[at + 4] & 1 == 1);
    let at = header.expect("an executable segment");
    &elf[word(at + 8)..][..word(at + 32)]
}

/// The largest frame of any function, in bytes: how far below its end an instruction reaches.
pub fn largest(elf: &[u8]) -> u64 {
    let mut largest = 0;
    // Registers that hold the frame pointer.
    let mut pointers = 0_u16;
    for insn in text(elf).chunks_exact(8) {
        let (to, from) = (insn[1] & 15, insn[1] >> 4);
        let offset = i64::from(i16::from_le_bytes([insn[2], insn[3]]));
        // What lies at the other end of the room for a frame are arguments that no register holds.
        let offset = if offset < 128 - 4096 { 0 } else { offset };
        let immediate = i64::from(i32::from_le_bytes([insn[4], insn[5], insn[6], insn[7]]));
        match insn[0] {
            // mov64 to, r10
            0xbf if from == 10 => pointers |= 1 << to,
            // add64 to, imm
            0x07 if pointers >> to & 1 == 1 => {
                largest = largest.max(-immediate);
                pointers &= !(1 << to);
            }
            // The end of a function.
            0x95 | 0x9d => pointers = 0,
            // Loads from the frame, stores of registers and of constants to it.
            0x61 | 0x69 | 0x71 | 0x79 if from == 10 => largest = largest.max(-offset),
            0x62 | 0x63 | 0x6a | 0x6b | 0x72 | 0x73 | 0x7a | 0x7b if to == 10 => largest = largest.max(-offset),
            _ => {}
        }
    }
    largest.unsigned_abs()
}

/// Instructions of a program.
pub fn instructions(elf: &[u8]) -> usize {
    text(elf).len() / 8
}

/// Whether a program calls `abort`, which only a panic does.
pub fn aborts(elf: &[u8]) -> bool {
    text(elf).chunks_exact(8).any(|insn| insn[0] == 0x85 && insn[4..] == 0xb6fc_1a11_u32.to_le_bytes())
}
