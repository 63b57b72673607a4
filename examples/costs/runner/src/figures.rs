//! Figures in committed tables: written with thousands apart, and compared within a tolerance.

/// What two may differ by: a change beyond it is committed on purpose.
const TOLERANCE_PERCENT: u64 = 2;

/// A number with its thousands apart.
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Whether every figure of a committed table is within the tolerance of the new one's, and every word the same.
pub fn check(name: &str, script: &str, committed: &str, new: &str) -> Result<(), String> {
    let (old, new): (Vec<&str>, Vec<&str>) = (committed.lines().collect(), new.lines().collect());
    let mut different = Vec::new();
    if old.len() != new.len() {
        different.push(format!("{} lines, committed {}", new.len(), old.len()));
    }
    for (old, new) in old.iter().zip(&new) {
        let cells = |line: &str| line.split('|').map(|cell| cell.trim().to_string()).collect::<Vec<_>>();
        let (old_cells, new_cells) = (cells(old), cells(new));
        let same =
            old_cells.len() == new_cells.len() && old_cells.iter().zip(&new_cells).all(|(a, b)| a == b || near(a, b));
        if !same {
            different.push(format!("committed {old}\n      now {new}"));
        }
    }
    if different.is_empty() {
        println!("\n{name} holds, within {TOLERANCE_PERCENT} %");
        return Ok(());
    }
    Err(format!("{name} does not hold; {script} --write writes it:\n{}", different.join("\n")))
}

fn near(old: &str, new: &str) -> bool {
    let number = |cell: &str| cell.replace(',', "").parse::<u64>().ok();
    match (number(old), number(new)) {
        (Some(old), Some(new)) => old.abs_diff(new) * 100 <= old * TOLERANCE_PERCENT,
        _ => false,
    }
}
