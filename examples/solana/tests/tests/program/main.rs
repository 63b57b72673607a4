//! The program in the virtual machine.

mod fuzz;
mod hostile;
mod life;
mod scene;

#[test]
fn nothing_in_the_program_panics() {
    let elf = std::fs::read(solana_tests::machine::program_path()).expect("the program is built");
    assert!(!solana_tests::frames::aborts(&elf));
}
