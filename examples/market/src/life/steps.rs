//! The script.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing,
    clippy::integer_division,
    reason = "constants, computed when they are compiled"
)]

use super::{Act, START, Step};
use crate::input::{Limit, Pool, Quote, Seen};
use crate::ops::Withdrawal;
use damper::units::{Amount, Timestamp, Value};

const fn base(whole: u128) -> Amount {
    Amount::new(whole * 1_000_000_000)
}

const fn usd(whole: u128) -> Value {
    Value::new(whole * 1_000_000)
}

const fn time(after: u64) -> Timestamp {
    Timestamp::new(START + after)
}

/// A price in cents, known to a twentieth of a per cent.
const fn quote(source: u64, cents: i64) -> Quote {
    Quote { mantissa: cents * 1_000, confidence: cents as u64 >> 1, exponent: -8, source_time: time(source) }
}

const fn pool(source: u64, whole: u128) -> Pool {
    Pool { reserve: base(whole), source_time: time(source) }
}

const fn observe(after: u64, quote: Quote, pool: Pool) -> Step {
    Step { after, act: Act::Observe(Seen { quote: Some(quote), pool: Some(pool) }) }
}

/// Price and pool of the present.
const fn see(after: u64, cents: i64, whole: u128) -> Step {
    observe(after, quote(after, cents), pool(after, whole))
}

const fn take(after: u64, loan: usize, whole: u128, cents: u64) -> Step {
    Step { after, act: Act::Take { loan, amount: base(whole), limit: Limit { mantissa: cents, exponent: -5 } } }
}

/// What a source says of the present.
const fn report(after: u64, source: usize, cents: i64) -> Step {
    act(after, Act::Report { source, quote: quote(after, cents) })
}

/// All three sources, one a second.
const fn all(after: u64, cents: [i64; 3]) -> [Step; 3] {
    [report(after, 0, cents[0]), report(after + 1, 1, cents[1]), report(after + 2, 2, cents[2])]
}

/// A pool without a price.
const fn depth(after: u64, whole: u128) -> Step {
    act(after, Act::Observe(Seen { quote: None, pool: Some(pool(after, whole)) }))
}

const fn act(after: u64, act: Act) -> Step {
    Step { after, act }
}

const fn out(collateral: Amount, credit: Value) -> Withdrawal {
    Withdrawal { collateral, credit }
}

const fn open(after: u64, loan: usize, collateral: u128, debt: u128) -> Step {
    act(after, Act::Open { loan, collateral: base(collateral), debt: usd(debt) })
}

/// Joins slices.
const fn joined<const N: usize>(parts: &[&[Step]]) -> [Step; N] {
    let mut all = [act(0, Act::Initialise); N];
    let (mut part, mut to) = (0, 0);
    while part < parts.len() {
        let mut from = 0;
        while from < parts[part].len() {
            all[to] = parts[part][from];
            (from, to) = (from + 1, to + 1);
        }
        part += 1;
    }
    assert!(to == N);
    all
}

/// A price and a pool every hour.
const fn hourly<const N: usize>(after: u64, cents: [i64; 2], whole: [u128; 2]) -> [Step; N] {
    let mut all = [act(0, Act::Initialise); N];
    let mut hour = 0;
    while hour < N {
        let (done, left) = (hour + 1, N - hour - 1);
        let cents = (cents[0] * left as i64 + cents[1] * done as i64) / N as i64;
        let whole = (whole[0] * left as u128 + whole[1] * done as u128) / N as u128;
        all[hour] = see(after + 3_600 * done as u64, cents, whole);
        hour += 1;
    }
    all
}

const FEEDS: usize = ADOPTED.len()
    + 3
    + HEARD.len()
    + 3
    + SILENT.len()
    + 3
    + FALLEN.len()
    + 3
    + SOLD.len()
    + 3
    + MISTAKEN.len()
    + 3
    + SOUND.len();
const COUNT: usize = CRASH.len() + EVENING.len() + DUSK.len() + NIGHT.len() + MORNING.len() + FEEDS;

/// The life.
pub static STEPS: &[Step] = &joined::<COUNT>(&[
    CRASH,
    &EVENING,
    DUSK,
    &NIGHT,
    MORNING,
    ADOPTED,
    // Two of three are too few, then they agree.
    &all(474_603, [15_170, 15_175, 15_165]),
    HEARD,
    // One lies, and the price stays between what the others say.
    &all(474_620, [15_160, 7_500, 15_155]),
    SILENT,
    // The third is back, in a fall.
    &all(474_840, [14_410, 14_400, 14_400]),
    FALLEN,
    &all(476_110, [14_400, 14_390, 14_395]),
    SOLD,
    // Two lie, and what they say together is a price.
    &all(476_200, [9_000, 9_050, 14_390]),
    MISTAKEN,
    &all(476_260, [14_390, 14_395, 14_390]),
    SOUND,
]);

/// From the opening to the end of the crash.
const CRASH: &[Step] = &[
    // Nothing is there yet.
    see(0, 20_000, 500_000),
    act(0, Act::Initialise),
    act(0, Act::Initialise),
    act(0, Act::Assess { loan: 0 }),
    act(0, Act::Launch { quote: quote(0, 20_000), pool: pool(0, 500_000) }),
    act(0, Act::Launch { quote: quote(0, 20_000), pool: pool(0, 500_000) }),
    // Calm: three borrowers, and everything that may and may not be done with a healthy loan.
    see(60, 20_030, 500_100),
    see(120, 19_985, 499_700),
    act(121, Act::Assess { loan: 0 }),
    open(125, 0, 1_000, 130_000),
    open(130, 1, 3_000, 460_000),
    open(130, 1, 3_000, 440_000),
    open(130, 1, 3_000, 440_000),
    // The collateral is there, and the book could not take what all would owe.
    open(131, 2, 5_000, 600_000),
    open(131, 2, 500, 50_000),
    act(132, Act::Deposit { loan: 0, collateral: base(10) }),
    act(132, Act::Deposit { loan: 0, collateral: base(0) }),
    act(133, Act::Borrow { loan: 0, debt: usd(10_000) }),
    act(133, Act::Borrow { loan: 0, debt: usd(50_000) }),
    act(134, Act::Repay { loan: 0, debt: usd(1_000) }),
    act(134, Act::Repay { loan: 2, debt: usd(50_001) }),
    act(135, Act::Withdraw { loan: 2, what: out(base(100), usd(0)) }),
    act(135, Act::Withdraw { loan: 2, what: out(base(401), usd(0)) }),
    act(135, Act::Withdraw { loan: 2, what: out(base(0), usd(1)) }),
    act(135, Act::Withdraw { loan: 1, what: out(base(200), usd(0)) }),
    act(136, Act::Assess { loan: 1 }),
    act(136, Act::Kick { loan: 1 }),
    take(136, 1, 100, 20_000),
    act(136, Act::Settle { loan: 1 }),
    act(136, Act::Restart { loan: 1 }),
    act(136, Act::Absorb { loan: 1 }),
    // Observations that are refused: from the future, older than the last one, too wide, contradicting, stale.
    observe(180, quote(181, 19_950), pool(180, 500_000)),
    observe(180, quote(119, 19_950), pool(180, 500_000)),
    observe(
        180,
        Quote { mantissa: 19_950_000, confidence: 400_000, exponent: -8, source_time: time(180) },
        pool(180, 500_000),
    ),
    observe(180, Quote { mantissa: -1, ..quote(180, 19_950) }, pool(180, 500_000)),
    observe(180, quote(120, 19_986), pool(180, 500_000)),
    observe(180, quote(180, 19_950), pool(181, 500_000)),
    observe(400, quote(279, 19_950), pool(400, 500_000)),
    // The first fall: loan 1 goes over its threshold.
    see(410, 19_600, 480_000),
    see(470, 18_900, 470_000),
    see(530, 18_650, 460_000),
    act(531, Act::Assess { loan: 1 }),
    see(590, 18_300, 450_000),
    see(650, 18_250, 455_000),
    act(651, Act::Assess { loan: 0 }),
    act(651, Act::Assess { loan: 1 }),
    act(652, Act::Absorb { loan: 1 }),
    act(652, Act::Borrow { loan: 2, debt: usd(1) }),
    act(653, Act::Kick { loan: 1 }),
    act(653, Act::Kick { loan: 1 }),
    act(654, Act::Withdraw { loan: 1, what: out(base(1), usd(0)) }),
    act(654, Act::Settle { loan: 1 }),
    take(655, 1, 100, 18_250),
    see(710, 18_240, 455_000),
    see(770, 18_230, 456_000),
    see(830, 18_260, 456_000),
    see(890, 18_250, 457_000),
    see(950, 18_240, 457_000),
    see(1_010, 18_230, 457_500),
    see(1_070, 18_230, 457_500),
    see(1_130, 18_230, 457_500),
    take(1_131, 1, 0, 18_250),
    take(1_131, 1, 50, 18_250),
    act(1_132, Act::Repay { loan: 1, debt: usd(5_000) }),
    act(1_133, Act::Settle { loan: 1 }),
    act(1_133, Act::Settle { loan: 1 }),
    act(1_134, Act::Assess { loan: 1 }),
    // The second fall: 13 % stop new lots, not takes.
    see(1_190, 17_900, 440_000),
    see(1_250, 17_800, 430_000),
    act(1_251, Act::Assess { loan: 1 }),
    act(1_252, Act::Kick { loan: 1 }),
    see(1_310, 17_420, 420_000),
    see(1_370, 17_200, 410_000),
    act(1_371, Act::Assess { loan: 0 }),
    act(1_372, Act::Kick { loan: 0 }),
    see(1_430, 17_190, 410_000),
    take(1_431, 1, 100, 20_000),
    // The third: 20 % stop takes for an hour. The lot stays open, and its price falls while nobody can take.
    see(1_490, 16_300, 380_000),
    see(1_550, 15_900, 350_000),
    take(1_551, 1, 10_000, 20_000),
    act(1_552, Act::Restart { loan: 1 }),
    act(1_553, Act::Settle { loan: 1 }),
    act(1_554, Act::Assess { loan: 0 }),
    act(1_555, Act::Kick { loan: 0 }),
    act(1_556, Act::Deposit { loan: 0, collateral: base(5) }),
    see(3_400, 15_500, 360_000),
    act(4_000, Act::Assess { loan: 0 }),
    see(5_090, 15_460, 360_000),
    see(5_150, 15_450, 360_000),
    take(5_151, 1, 10_000, 20_000),
    act(5_152, Act::Restart { loan: 1 }),
    act(5_153, Act::Restart { loan: 1 }),
    // A price without a pool: nothing is sold on a depth that is two minutes old.
    act(5_210, Act::Observe(Seen { quote: Some(quote(5_210, 15_440)), pool: None })),
    act(5_271, Act::Observe(Seen { quote: Some(quote(5_271, 15_450)), pool: None })),
    act(5_272, Act::Assess { loan: 0 }),
    act(5_273, Act::Kick { loan: 0 }),
    take(5_274, 1, 10_000, 20_000),
    act(5_275, Act::Observe(Seen { quote: None, pool: Some(pool(5_275, 360_000)) })),
    act(5_276, Act::Assess { loan: 0 }),
    act(5_277, Act::Kick { loan: 0 }),
    act(5_278, Act::Assess { loan: 1 }),
    see(5_360, 15_450, 362_000),
    see(5_450, 15_440, 362_000),
    see(5_540, 15_430, 363_000),
    take(5_541, 0, 300, 15_800),
    take(5_542, 1, 150, 15_800),
    see(5_640, 15_440, 363_000),
    take(5_641, 0, 5_000, 15_800),
    take(5_642, 1, 5_000, 15_800),
    act(5_643, Act::Settle { loan: 0 }),
    act(5_644, Act::Settle { loan: 1 }),
    act(5_645, Act::Assess { loan: 0 }),
    act(5_645, Act::Assess { loan: 1 }),
    act(5_646, Act::Kick { loan: 1 }),
    // The crash goes on, and the pool is drained so far that the open lot alone takes all that is permitted. Nobody takes
    // it until its price has followed.
    see(5_700, 15_000, 340_000),
    see(5_760, 13_000, 75_000),
    act(5_761, Act::Assess { loan: 0 }),
    act(5_761, Act::Assess { loan: 1 }),
    act(5_762, Act::Absorb { loan: 1 }),
    act(5_763, Act::Assess { loan: 2 }),
    act(5_764, Act::Kick { loan: 2 }),
    act(5_765, Act::Absorb { loan: 2 }),
    act(5_766, Act::Assess { loan: 2 }),
    see(8_000, 12_900, 210_000),
    see(8_060, 12_950, 220_000),
    take(8_061, 1, 200, 12_950),
    take(8_062, 1, 100, 13_600),
    see(8_120, 12_900, 220_000),
    take(8_121, 1, 80, 13_600),
    take(8_122, 1, 50, 13_600),
    // Its time is over; what it did not raise is owed, what it did not sell does not cover it.
    see(12_800, 12_500, 230_000),
    see(12_860, 12_520, 230_000),
    take(12_861, 1, 100, 13_600),
    act(12_862, Act::Settle { loan: 1 }),
    act(12_863, Act::Assess { loan: 1 }),
    act(12_864, Act::Kick { loan: 1 }),
    act(12_865, Act::Absorb { loan: 1 }),
    act(12_866, Act::Absorb { loan: 1 }),
    act(12_866, Act::Assess { loan: 1 }),
    // The time alone; then a loan that is not insolvent, but that a sale would make so.
    act(12_867, Act::Observe(Seen { quote: None, pool: None })),
    see(12_920, 12_530, 231_000),
    act(12_921, Act::Assess { loan: 2 }),
    act(12_922, Act::Kick { loan: 2 }),
    act(12_923, Act::Absorb { loan: 2 }),
    act(12_924, Act::Assess { loan: 2 }),
    act(12_925, Act::Assess { loan: 0 }),
    // Since the last settlement keepers are not known to answer, and rewards are doubled. One who takes in time shows that
    // they do.
    act(12_926, Act::Kick { loan: 0 }),
    see(13_625, 12_540, 232_000),
    take(13_626, 0, 1_000, 12_540),
    act(13_627, Act::Settle { loan: 0 }),
];

/// Eight hours in which prices rise slowly.
const EVENING: [Step; 8] = hourly(12_925, [12_530, 13_000], [231_000, 300_000]);

/// The appetite is low still: not half of what the schedule would lend.
const DUSK: &[Step] = &[
    act(41_726, Act::Assess { loan: 0 }),
    act(41_727, Act::Deposit { loan: 2, collateral: base(300) }),
    act(41_728, Act::Borrow { loan: 2, debt: usd(15_000) }),
    act(41_729, Act::Borrow { loan: 2, debt: usd(4_000) }),
];

/// Five days, after which the volatility is where it asks for no less than all of the appetite.
const NIGHT: [Step; 120] = hourly(41_725, [13_000, 15_160], [300_000, 500_000]);

/// Recovery: the same may be borrowed again, and all that is not owed may be taken out.
const MORNING: &[Step] = &[
    act(473_726, Act::Assess { loan: 0 }),
    act(473_726, Act::Repay { loan: 0, debt: usd(3_000) }),
    act(473_727, Act::Withdraw { loan: 0, what: out(base(1), usd(0)) }),
    act(473_728, Act::Borrow { loan: 2, debt: usd(11_000) }),
    act(473_729, Act::Borrow { loan: 2, debt: usd(25_000) }),
    act(474_500, Act::Borrow { loan: 2, debt: usd(1) }),
    act(474_501, Act::Repay { loan: 2, debt: usd(15_000) }),
    act(474_502, Act::Withdraw { loan: 2, what: out(base(300), usd(0)) }),
    act(474_503, Act::Assess { loan: 2 }),
    see(474_560, 15_170, 500_000),
    act(474_561, Act::Assess { loan: 2 }),
];

/// The market adopts its sources, once; before that none is heard, and after it no authority's price.
const ADOPTED: &[Step] = &[
    report(474_600, 0, 15_170),
    act(474_601, Act::Adopt),
    act(474_601, Act::Adopt),
    act(474_602, Act::Observe(Seen { quote: Some(quote(474_602, 15_170)), pool: None })),
];

/// No such source, a report from the future, one that is older than the last; depth still comes from the authority.
const HEARD: &[Step] = &[
    report(474_606, 3, 15_170),
    act(474_606, Act::Report { source: 0, quote: quote(474_607, 15_170) }),
    act(474_606, Act::Report { source: 0, quote: quote(474_602, 15_170) }),
    depth(474_607, 500_000),
    act(474_608, Act::Deposit { loan: 2, collateral: base(20) }),
    act(474_609, Act::Borrow { loan: 2, debt: usd(1_800) }),
];

/// The third is silent for too long, and there is no price; then there is none that may be used.
const SILENT: &[Step] = &[
    report(474_655, 0, 15_000),
    report(474_656, 1, 15_000),
    act(474_750, Act::Assess { loan: 2 }),
    depth(474_751, 490_000),
];

/// A loan is to be sold on what the sources say.
const FALLEN: &[Step] =
    &[act(474_844, Act::Assess { loan: 0 }), act(474_845, Act::Kick { loan: 0 }), depth(476_109, 480_000)];

/// And is sold in time, the keepers paid out of the penalty. What is not owed may be taken out.
const SOLD: &[Step] = &[
    take(476_114, 0, 1_000, 14_400),
    act(476_115, Act::Settle { loan: 0 }),
    act(476_116, Act::Assess { loan: 0 }),
    act(476_117, Act::Repay { loan: 2, debt: usd(1_800) }),
    act(476_118, Act::Withdraw { loan: 2, what: out(base(20), usd(0)) }),
];

/// A loan that is lost at that price, and at no other, is handed over to nobody.
const MISTAKEN: &[Step] = &[
    act(476_204, Act::Assess { loan: 0 }),
    act(476_205, Act::Kick { loan: 0 }),
    act(476_206, Act::Absorb { loan: 0 }),
];

/// It is sound.
const SOUND: &[Step] = &[act(476_263, Act::Assess { loan: 0 })];
