//! Stored forms and codes.

use damper::units::{Amount, Value};
use market::{Backstop, Loan, Refusal, Tab};

fn loan(tab: Option<Tab>) -> Loan {
    Loan { collateral: Amount::new(1), debt: Value::new(u128::MAX), credit: Value::new(3), tab }
}

fn tab() -> Tab {
    Tab { offered: Amount::new(4), sold: Amount::new(2), raise: Value::new(6), paid: Value::new(7) }
}

fn written(loan: &Loan) -> [u8; Loan::BYTES] {
    let mut bytes = [0xa5; Loan::BYTES];
    loan.write_to(&mut bytes).expect("the length is right");
    bytes
}

#[test]
fn loans_are_read_back() {
    for loan in [Loan::NEW, loan(None), loan(Some(tab()))] {
        assert_eq!(Loan::read_from(&written(&loan)), Ok(loan));
    }
    let bytes = written(&loan(Some(tab())));
    assert_eq!(bytes[..4], [17, 1, 1, 0]);
    assert_eq!((bytes[4], bytes[20], bytes[36], bytes[52], bytes[68], bytes[84], bytes[100]), (1, 255, 3, 4, 2, 6, 7));
}

#[test]
fn other_lengths_are_refused() {
    let bytes = written(&Loan::NEW);
    assert_eq!(Loan::read_from(&bytes[..bytes.len() - 1]), Err(Refusal::StoredLength));
    assert_eq!(Loan::read_from(&[]), Err(Refusal::StoredLength));
    assert_eq!(Loan::read_from(&[bytes.as_slice(), &[0]].concat()), Err(Refusal::StoredLength));
    assert_eq!(Loan::NEW.write_to(&mut [0; Loan::BYTES + 1]), Err(Refusal::StoredLength));
    assert_eq!(Backstop::read_from(&[0; Backstop::BYTES - 1]), Err(Refusal::StoredLength));
}

#[test]
fn other_headers_are_refused() {
    for (at, byte, refusal) in [
        (0, 18, Refusal::StoredHeader),
        (1, 0, Refusal::StoredHeader),
        (1, 2, Refusal::StoredHeader),
        (2, 2, Refusal::StoredValue),
        (3, 1, Refusal::StoredHeader),
    ] {
        let mut bytes = written(&loan(Some(tab())));
        bytes[at] = byte;
        assert_eq!(Loan::read_from(&bytes), Err(refusal), "{at}");
    }
    let mut bytes = [0; Backstop::BYTES];
    assert_eq!(Backstop::read_from(&bytes), Err(Refusal::StoredHeader));
    Backstop::NEW.write_to(&mut bytes).expect("the length is right");
    bytes[2] = 1;
    assert_eq!(Backstop::read_from(&bytes), Err(Refusal::StoredValue));
}

#[test]
fn contradictions_are_refused() {
    let none = Amount::ZERO;
    for wrong in [
        Tab { offered: none, sold: none, ..tab() },
        Tab { raise: Value::ZERO, ..tab() },
        Tab { sold: Amount::new(5), ..tab() },
    ] {
        assert_eq!(Loan::read_from(&written(&loan(Some(wrong)))), Err(Refusal::StoredValue), "{wrong:?}");
    }
    // A tab without a lot.
    for at in [52, 68, 84, 100] {
        let mut bytes = written(&loan(None));
        bytes[at] = 1;
        assert_eq!(Loan::read_from(&bytes), Err(Refusal::StoredValue), "{at}");
    }
}

#[test]
fn codes_are_stable_and_apart() {
    let codes: Vec<u32> = Refusal::OWN.iter().map(|refusal| refusal.code()).collect();
    let expected: Vec<u32> = (100_001..=100_015).chain(100_020..=100_022).collect();
    assert_eq!(codes, expected);
    for error in damper::Error::ALL {
        assert_eq!(Refusal::from(*error).code(), u32::from(error.code()));
        assert!(Refusal::from(*error).code() < 100_000);
    }
}
