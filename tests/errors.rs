//! The error codes: stable, in order, each with a text of its own, each shown by a test.

use damper::Error;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// The codes as published. A new variant is added here; a line here never changes.
const PUBLISHED: &[(u16, &str)] = &[
    (100, "Overflow"),
    (101, "DivisionByZero"),
    (102, "Underflow"),
    (103, "NegativeInput"),
    (104, "PriceZero"),
    (105, "PriceOutOfRange"),
    (106, "DecimalExponent"),
    (107, "PriceNotNormalised"),
    (108, "DecayAboveOne"),
    (109, "HalfLifeZero"),
    (110, "TimeReversed"),
    (120, "StoredLength"),
    (121, "StoredHeader"),
    (122, "StoredValue"),
    (130, "TextEmpty"),
    (131, "TextCharacter"),
    (132, "TextLength"),
    (200, "PriceStale"),
    (201, "PriceFromFuture"),
    (202, "PriceOutOfOrder"),
    (203, "BandInverted"),
    (204, "BandTooWide"),
    (205, "PriceContradicts"),
    (206, "BandLimitRange"),
    (210, "FaultyRange"),
    (211, "QuorumRange"),
    (212, "UpdateBandRange"),
    (213, "DivergenceRange"),
    (214, "WidthInsideBands"),
    (215, "QuorumLost"),
    (216, "SourcesDiverge"),
    (217, "GuardWidthBelowSources"),
    (218, "GuardAgeBelowSources"),
    (219, "WickBelowSources"),
    (300, "DepthStale"),
    (301, "DepthFromFuture"),
    (302, "DepthOutOfOrder"),
    (303, "LadderNotFalling"),
    (304, "DepthBandOrder"),
    (305, "GridNotRising"),
    (306, "DepthExhausted"),
    (307, "HaircutRange"),
    (308, "BookShareRange"),
    (309, "DepthRiseTimeZero"),
    (310, "DepthKind"),
    (311, "DepthRiseBase"),
    (400, "VolatilityFloorAboveCap"),
    (401, "VolatilityCapRange"),
    (402, "VolatilityStartRange"),
    (403, "VolatilityHorizonZero"),
    (404, "VolatilityRisesSlower"),
    (500, "MaxLtvNotBelowThreshold"),
    (501, "BonusLeavesNoMargin"),
    (502, "ScheduleVolatilityOrder"),
    (503, "ScheduleLoosens"),
    (504, "ThresholdZero"),
    (600, "KappaBelowOne"),
    (601, "KappaTimesOwnShare"),
    (602, "NotPermitted"),
    (603, "ClockReversed"),
    (604, "BurstRange"),
    (700, "BreakerLevelOrder"),
    (701, "BreakerReleaseOrder"),
    (702, "BreakerStopsShrink"),
    (703, "BreakerHaltRange"),
    (704, "BreakerWindowRange"),
    (800, "TargetHealthBelowOne"),
    (801, "FullHealthRange"),
    (802, "BaseBonusRange"),
    (803, "PositionFull"),
    (804, "CollateralThreshold"),
    (900, "AuctionCurve"),
    (901, "AuctionFloorRange"),
    (902, "AuctionTailRange"),
    (903, "AuctionCuspRange"),
    (904, "AuctionResetDue"),
    (905, "AuctionResetNotDue"),
    (906, "PriceAboveLimit"),
    (907, "TakeLeavesDust"),
    (908, "TakeEmpty"),
    (909, "AuctionNotStarted"),
    (910, "TakeBelowDust"),
    (1001, "KickStopped"),
    (1002, "TakeStopped"),
    (1003, "LotEmpty"),
    (1004, "LotUnknown"),
    (1005, "LotCount"),
    (1006, "VolatilityNeverStressed"),
    (1007, "AuctionNeverClears"),
    (1008, "StartHorizon"),
    (1009, "BorrowStopped"),
    (1010, "DepthShapeChanged"),
    (1011, "VolatilityHorizonChanged"),
    (1012, "ThresholdJumps"),
    (1013, "NotOfBefore"),
    (1200, "ExposureGrid"),
    (1201, "ExposureUnderflow"),
    (1202, "ExposureGridDiffers"),
    (1203, "ReportFromFuture"),
    (1204, "ReportOutOfOrder"),
    (1205, "ReportStale"),
    (1300, "FallRange"),
    (1301, "LevelUnknown"),
    (1400, "CollateralTotalZero"),
    (1401, "CollateralAboveTotal"),
    (1402, "JointGain"),
    (1403, "LoopGainRange"),
    (1404, "NeighbourUnknown"),
    (1410, "CrossImpactGain"),
    (1500, "FallAboveOne"),
    (1501, "PaceRoundZero"),
    (1502, "BandSlackOrder"),
    (1503, "RiskHorizonZero"),
    (1504, "ToleranceRange"),
    (1505, "FallRateZero"),
    (1506, "DeadlinePassed"),
    (1507, "QueueEntryEmpty"),
    (1508, "QueueFull"),
    (1509, "TicketUnknown"),
    (1510, "ServedTooMuch"),
    (1511, "QueueEntrySmall"),
    (1600, "TwoSidedGain"),
    (1601, "OtherSideUnshown"),
    (1602, "MultiplierBelowOne"),
    (1603, "MultiplierBreaksFloor"),
    (1604, "MultiplierBreaksGain"),
    (1605, "GainLimitRange"),
    (1606, "HedgeToleranceRange"),
    (1607, "ExposureShareRange"),
    (1608, "FloorBreached"),
    (1609, "HoldingExceeded"),
    (1611, "GammaAboveLimit"),
    (1700, "KeeperShareRange"),
    (1701, "KeeperGrowthRange"),
    (1702, "KeeperBoostBelowOne"),
    (1703, "KeeperLatenessOrder"),
    (1704, "KeeperGapZero"),
    (1705, "KeeperFactorRange"),
    (1706, "KeeperNeverHeals"),
    (1707, "KeeperWholeZero"),
    (1710, "BondShareRange"),
    (1711, "BondThresholdRange"),
    (1712, "BondEmpty"),
    (1713, "BondSale"),
    (1800, "StressBounds"),
    (1801, "StressNorm"),
    (1802, "StressNoSignal"),
    (1803, "StressProfile"),
    (1810, "AppetiteFloorRange"),
    (1811, "AppetiteStartRange"),
    (1812, "AppetiteHysteresisRange"),
    (1813, "AppetiteNeverHeals"),
    (1814, "AppetiteHoldRange"),
    (1815, "AppetiteStopsLots"),
    (1900, "PushRange"),
    (1901, "PushReachOrder"),
    (1902, "PushClearing"),
    (1903, "AttackPays"),
];

fn name(error: Error) -> String {
    format!("{error:?}")
}

#[test]
fn codes_are_the_published_ones() {
    let declared: Vec<(u16, String)> = Error::ALL.iter().map(|&error| (error.code(), name(error))).collect();
    let published: Vec<(u16, String)> = PUBLISHED.iter().map(|&(code, name)| (code, name.to_owned())).collect();
    assert_eq!(declared, published);
}

#[test]
fn codes_ascend_strictly_and_equal_the_discriminants() {
    assert!(Error::ALL.windows(2).all(|pair| pair[0].code() < pair[1].code()));
    assert!(Error::ALL.iter().all(|&error| error as u16 == error.code()));
}

#[test]
fn texts_are_distinct_and_not_empty() {
    let mut texts = BTreeMap::new();
    for &error in Error::ALL {
        let text = error.to_string();
        assert!(!text.trim().is_empty(), "{error:?}");
        assert!(!text.ends_with('.') && text.is_ascii(), "{error:?}: {text}");
        if let Some(other) = texts.insert(text, error) {
            panic!("{error:?} and {other:?} read alike");
        }
    }
    assert_eq!(texts.len(), Error::ALL.len());
    let boxed: Box<dyn std::error::Error> = Box::new(Error::Overflow);
    assert!(boxed.source().is_none());
}

/// The variants that a source file declares: lines of the form `Name = 123, "text";`.
fn declared(source: &str) -> Vec<String> {
    source
        .lines()
        .filter_map(|line| line.trim().split_once(" = "))
        .filter(|(_, rest)| rest.starts_with(|first: char| first.is_ascii_digit()) && rest.ends_with("\";"))
        .map(|(name, _)| name.to_owned())
        .collect()
}

/// Whether `Error::name` occurs in a text as a whole word.
fn names(text: &str, name: &str) -> bool {
    let path = format!("Error::{name}");
    text.match_indices(&path).any(|(start, _)| {
        let after = text[start + path.len()..].chars().next();
        !after.is_some_and(|next| next.is_alphanumeric() || next == '_')
    })
}

/// The declared variants that none of the texts names.
fn unnamed(source: &str, tests: &[String]) -> BTreeSet<String> {
    declared(source).into_iter().filter(|name| !tests.iter().any(|text| names(text, name))).collect()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn every_variant_is_shown_by_a_test() {
    let source = fs::read_to_string(root().join("src/error.rs")).expect("the source");
    let all: Vec<String> = Error::ALL.iter().map(|&error| name(error)).collect();
    assert_eq!(declared(&source), all, "the scan sees what the compiler sees");
    let tests: Vec<String> = fs::read_dir(root().join("tests"))
        .expect("the tests")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|end| end == "rs") && !path.ends_with("errors.rs"))
        .map(|path| fs::read_to_string(path).expect("a test"))
        .collect();
    let missing = unnamed(&source, &tests);
    assert!(missing.is_empty(), "{} variants that no test names: {missing:#?}", missing.len());
}

#[test]
fn the_scan_bites() {
    let source = "    /// Words.\n    One = 1, \"one\";\n    OneMore = 2, \"one more\";\n";
    assert_eq!(declared(source), ["One", "OneMore"]);
    let missing = |text: &str| unnamed(source, &[text.to_owned()]).into_iter().collect::<Vec<_>>();
    assert_eq!(missing("Err(Error::One); Err(Error::OneMore)"), Vec::<String>::new());
    assert_eq!(missing("Err(Error::OneMore)"), ["One"], "a longer name does not stand for a shorter one");
    assert_eq!(missing("Err(Error::One) // OneMore"), ["OneMore"]);
    assert_eq!(missing(""), ["One", "OneMore"]);
}
