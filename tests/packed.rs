//! The packed form, and the layout that no feature changes.

use damper::Error;
use damper::answering::{Answering, AnsweringConfig};
use damper::assets::CrossImpact;
use damper::auction::Lot;
use damper::bond::Bond;
use damper::clearing::PaceConfig;
use damper::coordination::{Neighbours, Reports};
use damper::exposure::{ExposureMap, Reporter};
use damper::guard::{Guard, GuardParams, GuardState};
use damper::hedge::Insurer;
use damper::keeper::RewardConfig;
use damper::packed::{Packed, Store};
use damper::price::{Price, PriceBand};
use damper::queue::Queue;
use damper::ratio::Ratio;
use damper::sources::{SourcesConfig, SourcesState};
use damper::two_sided::TwoSided;
use damper::units::{Amount, Decay, Rate, Seconds, Timestamp, Value};

#[test]
fn a_packed_value_comes_back_and_nothing_else_does() {
    let insurer = Insurer::new(Amount::new(7), Value::new(u128::MAX));
    let packed = Packed::<{ Insurer::BYTES }>::of(&insurer).expect("the length");
    assert_eq!(packed.get::<Insurer>(), Ok(insurer));
    let mut written = [0; Insurer::BYTES];
    insurer.write_to(&mut written).expect("the length");
    assert_eq!(packed.bytes(), &written);
    assert_eq!(Packed::from_bytes(written), packed);
    assert_eq!(Packed::<{ Insurer::BYTES }>::ZEROED.get::<Insurer>(), Err(Error::StoredHeader));
    // A flag of two.
    let mut bytes = written;
    bytes[Insurer::BYTES - 1] = 2;
    assert_eq!(Packed::from_bytes(bytes).get::<Insurer>(), Err(Error::StoredValue));
    // Another kind of the same length.
    let mut bytes = written;
    bytes[0] = 9;
    assert_eq!(Packed::from_bytes(bytes).get::<Insurer>(), Err(Error::StoredHeader));
    assert_eq!(insurer.store(&mut written[1..]), Err(Error::StoredLength));
    assert_eq!(Insurer::load(&written[1..]), Err(Error::StoredLength));
}

fn zeroed<const B: usize, T: Store + PartialEq + core::fmt::Debug>() {
    assert_eq!(T::BYTES, B);
    assert_eq!(Packed::<B>::ZEROED.get::<T>(), Err(Error::StoredHeader));
    assert_eq!((size_of::<Packed<B>>(), align_of::<Packed<B>>()), (B, 1));
}

#[test]
fn every_type_with_a_stored_form_packs_and_refuses_zeroed_bytes() {
    zeroed::<436, GuardState<1>>();
    zeroed::<548, GuardState<8>>();
    zeroed::<728, Guard<1>>();
    zeroed::<110, Lot>();
    zeroed::<120, SourcesState<3>>();
    zeroed::<94, SourcesConfig<3>>();
    zeroed::<95, ExposureMap<2>>();
    zeroed::<136, Reporter<2>>();
    zeroed::<38, Reports<2>>();
    zeroed::<76, Neighbours<2>>();
    zeroed::<122, TwoSided>();
    zeroed::<37, Insurer>();
    zeroed::<20, Answering>();
    zeroed::<76, AnsweringConfig>();
    zeroed::<76, Bond>();
    zeroed::<20, PaceConfig>();
    zeroed::<68, RewardConfig>();
    zeroed::<86, Queue<2>>();
    zeroed::<84, CrossImpact<2>>();
}

/// Sizes and alignments in memory on a machine of 64 bits: the same with every set of features.
#[test]
#[cfg(target_pointer_width = "64")]
fn no_feature_changes_a_layout() {
    macro_rules! layouts {
        ($($name:ty: $size:literal, $align:literal;)+) => { $(
            assert_eq!((size_of::<$name>(), align_of::<$name>()), ($size, $align), stringify!($name));
        )+ };
    }
    layouts! {
        Ratio: 8, 8;
        Rate: 8, 8;
        Decay: 8, 8;
        Price: 16, 8;
        PriceBand: 32, 8;
        Amount: 16, 16;
        Value: 16, 16;
        Seconds: 8, 8;
        Timestamp: 8, 8;
        Error: 2, 2;
        GuardState<1>: 560, 16;
        GuardState<8>: 672, 16;
        GuardParams<1>: 928, 16;
        Guard<1>: 928, 16;
        Lot: 128, 16;
        SourcesState<3>: 200, 8;
        SourcesConfig<3>: 136, 8;
        ExposureMap<2>: 112, 16;
        Reporter<2>: 160, 16;
        Reports<2>: 48, 8;
        Neighbours<2>: 72, 8;
        TwoSided: 160, 8;
        Insurer: 48, 16;
        Answering: 16, 8;
        AnsweringConfig: 80, 16;
        Bond: 80, 16;
        PaceConfig: 16, 8;
        RewardConfig: 64, 16;
        Queue<2>: 96, 16;
        CrossImpact<2>: 88, 8;
    }
}
