//! When a position starts to be sold: at its threshold whatever its size, or before, when it might not be cleared in time.
//!
//! A position whose sale would take days is lost if the price falls further meanwhile; one that is sold in a minute can
//! wait. With [`Start::ByChance`] the guard sells a healthy position in lots of the size that the throttle permits from
//! round to round, once the chance that it goes under before it is cleared is above the tolerance: large positions early
//! and in small lots, small ones late. Borrowers must know the rule: it is a threshold that falls with the size.
//!
//! Spec: T14.

use crate::bytes::{Reader, Stored, Writer, stored};
use crate::clearing::{PaceConfig, PaceParams};
use crate::error::Error;
use crate::forms::field;
use crate::ratio::Ratio;
use crate::risk::{Law, RiskConfig, RiskParams};
use crate::units::{Rate, Seconds};

/// Chance and pace of early sales.
///
/// # Examples
/// ```
/// use damper::clearing::{PaceConfig, PaceParams};
/// use damper::early::{EarlyRule, Start};
/// use damper::risk::{Law, RiskConfig, RiskParams};
/// use damper::{ratio::Ratio, units::{Rate, Seconds}};
/// // A chance of one in a hundred over a day is tolerated; a lot every ten minutes.
/// let risk = RiskConfig::new(RiskParams {
///     horizon: Seconds::new(86_400), drift: Rate::ZERO, law: Law::FiniteVariance, tolerance: Ratio::from_fraction_floor(1, 100)?,
/// })?;
/// let pace = PaceConfig::new(PaceParams { round: Seconds::new(600), piece: Ratio::ZERO })?;
/// let start = Start::ByChance(EarlyRule { risk, pace });
/// assert_ne!(start, Start::AtThreshold);
/// # Ok::<(), damper::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct EarlyRule {
    /// The tolerance, and what is assumed of the price. Its horizon must be that of the volatility.
    pub risk: RiskConfig,
    /// How fast lots follow each other.
    pub pace: PaceConfig,
}

/// When a position starts to be sold. Spec: D28.
///
/// # Examples
/// See [`EarlyRule`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case", deny_unknown_fields))]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema), schemars(transform = crate::forms::described))]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub enum Start {
    /// When it is unhealthy.
    AtThreshold,
    /// Also when it is healthy and its chance of going under before it is cleared is above the tolerance.
    ByChance(EarlyRule),
}

impl Start {
    /// Whether the rule's horizon is that of a volatility.
    pub(crate) fn fits(&self, horizon: Seconds) -> bool {
        match self {
            Start::AtThreshold => true,
            Start::ByChance(rule) => rule.risk.params().horizon == horizon,
        }
    }
}

stored!(EarlyRule { risk: RiskConfig, pace: PaceConfig });

impl Stored for Start {
    /// A tag and the rule; for none, the bytes of one that is never read.
    const BYTES: usize = <EarlyRule as Stored>::BYTES.wrapping_add(1);
    fn put(&self, to: &mut Writer<'_>) -> Result<(), Error> {
        let (tag, rule) = match self {
            Start::AtThreshold => (0_u8, blank()?),
            Start::ByChance(rule) => (1, *rule),
        };
        tag.put(to)?;
        rule.put(to)
    }
    fn get(from: &mut Reader<'_>) -> Result<Self, Error> {
        let (tag, rule) = (u8::get(from)?, EarlyRule::get(from)?);
        match tag {
            0 if rule == blank()? => Ok(Start::AtThreshold),
            1 => Ok(Start::ByChance(rule)),
            _ => Err(Error::StoredValue),
        }
    }
}

/// What stands for no rule.
fn blank() -> Result<EarlyRule, Error> {
    let second = Seconds::new(1);
    let risk = RiskParams { horizon: second, drift: Rate::ZERO, law: Law::FiniteVariance, tolerance: Ratio::ZERO };
    let pace = PaceParams { round: second, piece: Ratio::ZERO };
    Ok(EarlyRule { risk: RiskConfig::new(risk)?, pace: PaceConfig::new(pace)? })
}
field!(Start);
