//! Why a calibration proposes nothing: the number that is out of its range, or the condition that fails.
//!
//! Off chain, feature `calibrate`; public through [`crate::calibrate`]. Spec: D30.

use crate::error::Error;
use crate::ratio::Ratio;
use crate::units::{Seconds, Value};

/// Which number is out of its range.
///
/// # Examples
/// ```
/// use damper::calibrate::{Field, Refusal, even_depth};
/// use damper::units::Amount;
/// // A book is measured in steps of one or more.
/// assert_eq!(even_depth::<4>(0.0, Amount::new(1)), Err(Refusal::Field(Field::Depth)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// Not in a billionth to below the stressed one.
    CalmVolatility,
    /// Not in zero to one, the largest volatility of a day.
    StressedVolatility,
    /// Not in 24 seconds to 10^15.
    HalfLife,
    /// None, times that do not rise, or a fall that is not in zero to below one.
    Falls,
    /// Not in zero to below one.
    Noise,
    /// An impact that a book cannot be measured in steps of, or depth that falls from one impact to the next.
    Depth,
    /// Not in one to 16,384.
    Collapse,
    /// Not in one to 65,536.
    Amplification,
    /// Either of the two is not in zero to below one.
    Unexplained,
    /// Not in zero to one.
    Haircut,
    /// Not in zero to one.
    Bonus,
    /// Not in zero to one.
    Penalty,
    /// Not in zero to one.
    Earlier,
    /// Not above zero and below one.
    Threshold,
    /// Zero.
    Round,
}

impl Field {
    /// The field's name, and what it is to be.
    const fn range(self) -> (&'static str, &'static str) {
        match self {
            Field::CalmVolatility => ("calm_volatility", "from 1e-9 to below `stressed_volatility`, for a day"),
            Field::StressedVolatility => ("stressed_volatility", "from 0 to 1, for a day"),
            Field::HalfLife => ("half_life", "from 24 to 1e15 seconds"),
            Field::Falls => ("falls", "one or more, of rising times, each from 0 to below 1 of the price"),
            Field::Noise => ("noise", "from 0 to below 1 of the price"),
            Field::Depth => ("depth", "of an impact that a book can be measured in steps of, and not falling"),
            Field::Collapse => ("collapse", "from 1 to 16,384 times"),
            Field::Amplification => ("amplification", "from 1 to 65,536 times"),
            Field::Unexplained => ("unexplained` or `unexplained_daily", "from 0 to below 1 of the price"),
            Field::Haircut => ("haircut", "from 0 to 1 of the depth"),
            Field::Bonus => ("bonus", "from 0 to 1 of the debt, calm and stressed"),
            Field::Penalty => ("penalty", "from 0 to 1 of the debt"),
            Field::Earlier => ("earlier", "from 0 to 1 of the price"),
            Field::Threshold => ("threshold", "a loan-to-value ratio above 0 and below 1"),
            Field::Round => ("round", "a second or more"),
        }
    }
}

/// Why there is no configuration: the condition that fails.
///
/// # Examples
/// See [`crate::calibrate::calibrate`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// A number is out of its range.
    Field(Field),
    /// A part of the configuration refuses its parameters.
    Config(Error),
    /// No fall is known for a time as long as the seller's lag.
    NoFallKnown {
        /// The lag.
        lag: Seconds,
    },
    /// An auction cannot come down within the round, in steps of a second or more.
    RoundTooShort {
        /// The least that would do.
        least: Seconds,
    },
    /// No lot pays for the gas out of the penalty.
    NoLotPays,
    /// The least lot that pays a keeper, or two of them for a position that is sold in part, is more than the burst permits
    /// on the shallowest book.
    LotTooLarge {
        /// Two least lots.
        least: Value,
        /// What the burst permits.
        permitted: Value,
    },
    /// The debt asked for may leave more bad debt than is tolerated.
    BadDebt {
        /// At this threshold: the one asked for, or that at which the most debt fits.
        threshold: Ratio,
        /// So much.
        bad_debt: Value,
        /// The most debt that fits.
        most_debt: Value,
    },
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Refusal {
        Refusal::Config(error)
    }
}

impl core::fmt::Display for Refusal {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Refusal::Field(field) => {
                let (name, range) = field.range();
                write!(f, "`{name}` is to be {range}")
            }
            Refusal::Config(error) => write!(f, "{error}"),
            Refusal::NoFallKnown { lag } => write!(f, "no fall is known for the seller's lag of {} s", lag.get()),
            Refusal::RoundTooShort { least } => write!(f, "an auction takes a round of at least {} s", least.get()),
            Refusal::NoLotPays => f.write_str("no lot pays for the gas out of the penalty"),
            Refusal::LotTooLarge { least, permitted } => {
                write!(
                    f,
                    "two lots that pay for gas are {} quote atoms, the burst permits {}",
                    least.get(),
                    permitted.get()
                )
            }
            Refusal::BadDebt { threshold, bad_debt, most_debt } => {
                let bps = nearest_bps(*threshold);
                let (bad_debt, most_debt) = (bad_debt.get(), most_debt.get());
                write!(
                    f,
                    "at a threshold of {bps} bp bad debt may be {bad_debt} quote atoms; at most {most_debt} of debt fits"
                )
            }
        }
    }
}

impl core::error::Error for Refusal {}

/// The basis points that a ratio was made of: one rounded down to a step is below them by less than one.
fn nearest_bps(ratio: Ratio) -> u32 {
    ratio.checked_add(Ratio::ULP).unwrap_or(ratio).to_bps_floor()
}
