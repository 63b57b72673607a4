//! Stored forms and codes.

use damper::Error;
use damper::ratio::Ratio;
use damper::units::{Amount, Timestamp, Value};
use market::{Backstop, House, Loan, Refusal, SourcesConfig, SourcesState, Tab, Terms, TermsParams};

fn loan(tab: Option<Tab>) -> Loan {
    Loan { collateral: Amount::new(1), debt: Value::new(u128::MAX), credit: Value::new(3), tab }
}

fn tab() -> Tab {
    Tab { offered: Amount::new(4), sold: Amount::new(2), raise: Value::new(6), paid: Value::new(7), boost: Ratio::ONE }
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
    assert_eq!(bytes[116..], (1_u128 << 48).to_le_bytes());
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
        Tab { boost: Ratio::from_bits((1 << 48) - 1), ..tab() },
    ] {
        assert_eq!(Loan::read_from(&written(&loan(Some(wrong)))), Err(Refusal::StoredValue), "{wrong:?}");
    }
    // A tab without a lot.
    for at in [52, 68, 84, 100, 116] {
        let mut bytes = written(&loan(None));
        bytes[at] = 1;
        assert_eq!(Loan::read_from(&bytes), Err(Refusal::StoredValue), "{at}");
    }
    // A boost that is no ratio.
    let mut bytes = written(&loan(Some(tab())));
    bytes[124] = 1;
    assert_eq!(Loan::read_from(&bytes), Err(Refusal::StoredValue));
}

fn terms() -> Terms {
    market::life::terms().expect("checked")
}

fn stored(terms: &Terms) -> [u8; Terms::BYTES] {
    let mut bytes = [0xa5; Terms::BYTES];
    terms.write_to(&mut bytes).expect("the length is right");
    bytes
}

#[test]
fn terms_are_read_back() {
    let without = Terms::new(TermsParams { sources: None, ..*terms().params() }).expect("checked");
    for terms in [terms(), without] {
        assert_eq!(Terms::read_from(&stored(&terms)), Ok(terms));
    }
    let bytes = stored(&terms());
    assert_eq!(bytes[..4], [20, 1, 1, 0]);
    assert_eq!(bytes[4..20], (20 * 86_400_u128).to_le_bytes());
    assert_eq!(bytes[68..84], 10_000_u128.to_le_bytes());
    let bare = stored(&without);
    assert!(bare[..4] == [20, 1, 0, 0] && bare[Terms::BYTES - SourcesConfig::BYTES..].iter().all(|byte| *byte == 0));
}

#[test]
fn terms_that_contradict_themselves_are_refused() {
    for params in [
        TermsParams { fall: Ratio::ONE, ..*terms().params() },
        TermsParams { penalty: Ratio::ONE, ..*terms().params() },
    ] {
        assert_eq!(Terms::new(params), Err(Refusal::TermsRange));
    }
    let good = stored(&terms());
    let wrong = |at: usize, byte: u8| {
        let mut bytes = good;
        bytes[at] = byte;
        Terms::read_from(&bytes).err()
    };
    for (at, byte, refusal) in [
        (0, 21, Refusal::StoredHeader),
        (1, 2, Refusal::StoredHeader),
        (2, 0, Refusal::StoredValue),
        (2, 2, Refusal::StoredValue),
        (3, 1, Refusal::StoredHeader),
        // Slack, fall and penalty beyond 64 bits; fall and penalty of one or more.
        (12, 1, Refusal::StoredValue),
        (28, 1, Refusal::StoredValue),
        (44, 1, Refusal::StoredValue),
        (26, 1, Refusal::TermsRange),
        (42, 1, Refusal::TermsRange),
    ] {
        assert_eq!(wrong(at, byte), Some(refusal), "{at} {byte}");
    }
    for part in [84, Terms::BYTES - SourcesConfig::BYTES] {
        assert_eq!(wrong(part, 0xff), Some(Error::StoredHeader.into()), "{part}");
    }
    assert_eq!(Terms::read_from(&good[1..]), Err(Refusal::StoredLength));
    assert_eq!(Terms::read_from(&[good.as_slice(), &[0]].concat()), Err(Refusal::StoredLength));
    assert_eq!(Terms::read_from(&[]), Err(Refusal::StoredLength));
    assert_eq!(Terms::read_from(&[0; Terms::BYTES]), Err(Refusal::StoredHeader));
    assert_eq!(terms().write_to(&mut [0; Terms::BYTES - 1]), Err(Refusal::StoredLength));
}

#[test]
fn a_house_is_read_back_or_refused() {
    let open = House::open(&terms(), Timestamp::new(9));
    for house in [open, House { debt: Value::new(u128::MAX), fund: Value::new(5), fed: true, ..open }] {
        let mut good = [0xa5; House::BYTES];
        house.write_to(&mut good).expect("the length is right");
        assert_eq!(House::read_from(&good), Ok(house));
        assert_eq!(good[..4], [21, 1, u8::from(house.fed), 0]);
        assert_eq!((good[4..20].to_vec(), good[20]), (house.debt.get().to_le_bytes().to_vec(), house.fund.get() as u8));
        for (at, byte, refusal) in [
            (0, 20, Refusal::StoredHeader),
            (1, 0, Refusal::StoredHeader),
            (2, 2, Refusal::StoredValue),
            (3, 1, Refusal::StoredHeader),
            (36, 0, Error::StoredHeader.into()),
            // A health above one.
            (47, 1, Error::StoredValue.into()),
        ] {
            let mut bytes = good;
            bytes[at] = byte;
            assert_eq!(House::read_from(&bytes), Err(refusal), "{at}");
        }
        assert_eq!(House::read_from(&good[1..]), Err(Refusal::StoredLength));
        assert_eq!(House::read_from(&[0; House::BYTES]), Err(Refusal::StoredHeader));
        assert_eq!(house.write_to(&mut [0; House::BYTES + 1]), Err(Refusal::StoredLength));
    }
}

/// Whatever one byte of a record is, an operation on what is read refuses or works, and does not panic.
#[test]
fn hostile_bytes_are_refused_or_harmless() {
    let mut world = market::life::World::NEW;
    let steps = market::life::STEPS;
    // Up to where a lot was taken from and sources are adopted.
    let taken = steps.iter().position(|step| matches!(step.act, market::life::Act::Adopt)).expect("adopted") + 20;
    let (before, after) = steps.split_at(taken);
    for step in before {
        let _ = world.apply(step);
    }
    let stored = world.stored();
    let (mut refused, mut kept) = (0, 0);
    let mut go = |changed: market::life::World| {
        let mut world = changed;
        for step in after {
            let _ = world.apply(step);
        }
        kept += 1;
    };
    for byte in [0, 1, 0x7f, 0xff] {
        for at in 0..Terms::BYTES {
            let mut bytes = stored.terms;
            bytes[at] = byte;
            match Terms::read_from(&bytes) {
                Ok(terms) => go(market::life::World { terms: Some(terms), ..world }),
                Err(_) => refused += 1,
            }
        }
        for at in 0..House::BYTES {
            let mut bytes = stored.house;
            bytes[at] = byte;
            match House::read_from(&bytes) {
                Ok(house) => {
                    let state = world.state.map(|state| market::State { house, ..state });
                    go(market::life::World { state, ..world });
                }
                Err(_) => refused += 1,
            }
        }
        for at in 0..SourcesState::BYTES {
            let mut bytes = stored.sources;
            bytes[at] = byte;
            match SourcesState::read_from(&bytes) {
                Ok(sources) => go(market::life::World { sources: Some(sources), ..world }),
                Err(_) => refused += 1,
            }
        }
    }
    assert!(refused > 100 && kept > 100, "{refused} {kept}");
}

#[test]
fn codes_are_stable_and_apart() {
    let codes: Vec<u32> = Refusal::OWN.iter().map(|refusal| refusal.code()).collect();
    let expected: Vec<u32> = (100_001..=100_018).chain(100_020..=100_025).collect();
    assert_eq!(codes, expected);
    for error in damper::Error::ALL {
        assert_eq!(Refusal::from(*error).code(), u32::from(error.code()));
        assert!(Refusal::from(*error).code() < 100_000);
    }
}
