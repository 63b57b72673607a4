//! What the market is run by beside the guard: its price sources, its cap on borrowing, its penalty and what it pays.

use crate::Guard;
use crate::bytes;
use crate::feeds::SourcesConfig;
use crate::refusal::Refusal;
use damper::answering::AnsweringConfig;
use damper::clearing::PaceConfig;
use damper::keeper::RewardConfig;
use damper::ratio::Ratio;
use damper::schedule::ScheduleParams;
use damper::stress::{Signal, StressParams};
use damper::units::{Seconds, Value};

const TERMS: u8 = 20;
const NUMBERS: usize = 5;

/// What [`Terms::new`] checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TermsParams {
    /// The sources that the market may adopt in place of one authority; none if it never does.
    pub sources: Option<SourcesConfig>,
    /// How the seller works that the cap on borrowing counts on.
    pub pace: PaceConfig,
    /// The time within which all that is owed can be sold for.
    pub slack: Seconds,
    /// The fall of the price after which that still holds, below one.
    pub fall: Ratio,
    /// The part of what takers pay that repays no debt, below one.
    pub penalty: Ratio,
    /// What is paid out of the penalty to those who kick and settle. How long work waited is not kept, so its growth counts for
    /// nothing.
    pub reward: RewardConfig,
    /// How it is seen whether keepers answer. Its factor on the size of lots is not used: the guard is told, and its appetite
    /// makes lots smaller.
    pub answering: AnsweringConfig,
    /// What a kick costs who does it, quote atoms. A reward below it is not paid.
    pub kick_cost: Value,
    /// What a settlement costs who does it, quote atoms.
    pub settle_cost: Value,
}

/// Checked configuration of the market, stored beside the guard's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms(TermsParams);

impl Terms {
    /// Bytes of the stored form.
    pub const BYTES: usize = bytes::size(NUMBERS)
        .saturating_add(RewardConfig::BYTES)
        .saturating_add(AnsweringConfig::BYTES)
        .saturating_add(PaceConfig::BYTES)
        .saturating_add(SourcesConfig::BYTES);

    /// Checks the parameters.
    ///
    /// # Errors
    /// A fall or a penalty of one or more: [`Refusal::TermsRange`].
    pub fn new(params: TermsParams) -> Result<Terms, Refusal> {
        if params.fall >= Ratio::ONE || params.penalty >= Ratio::ONE {
            return Err(Refusal::TermsRange);
        }
        Ok(Terms(params))
    }

    /// The parameters.
    #[must_use]
    pub const fn params(&self) -> &TermsParams {
        &self.0
    }

    /// Whether the guard can work with the sources, and a sale leaves more than the penalty takes: to be asked once, before
    /// both are stored.
    ///
    /// A loan at its threshold `t` pays `1 + bonus` for a quote atom raised, of which `1 - penalty` repays. If `t (1 + bonus)`
    /// is not below `1 - penalty`, for the calm threshold and the stressed bonus, no lot would make it healthy.
    ///
    /// The market reports how keepers answer and nothing else: a guard that expects another report would count it as missing,
    /// full stress for ever.
    ///
    /// # Errors
    /// Such a penalty: [`Refusal::PenaltyRange`]. Such a guard: [`Refusal::SignalUnfed`]. As `SourcesConfig::fits`.
    pub fn fits(&self, guard: &Guard) -> Result<(), Refusal> {
        let StressParams { backlog, oracle, neighbours, .. } = guard.params().appetite.params().stress.params();
        if [backlog, oracle, neighbours].into_iter().any(|signal| *signal != Signal::Absent) {
            return Err(Refusal::SignalUnfed);
        }
        let ScheduleParams { calm, stressed, .. } = guard.params().schedule.params();
        let given = calm.liquidation_threshold.mul_ceil(Ratio::ONE.checked_add(stressed.bonus)?)?;
        if given >= Ratio::ONE.excess_over(self.0.penalty) {
            return Err(Refusal::PenaltyRange);
        }
        match &self.0.sources {
            Some(sources) => Ok(sources.fits(&guard.params().oracle, guard.params().wick)?),
            None => Ok(()),
        }
    }

    /// Writes the stored form: a header (kind 20, version 1, whether there are sources, zero); five numbers of 128 bits,
    /// little-endian: slack, fall, penalty (both in steps of 2^-48), cost of a kick and of a settlement; then the stored
    /// forms of `damper` for rewards, answering, pace and sources, the last all zeros if there are none.
    ///
    /// # Errors
    /// `out` is not [`Terms::BYTES`] long: [`Refusal::StoredLength`].
    pub fn write_to(&self, out: &mut [u8]) -> Result<(), Refusal> {
        if out.len() != Terms::BYTES {
            return Err(Refusal::StoredLength);
        }
        let TermsParams { sources, pace, slack, fall, penalty, reward, answering, kick_cost, settle_cost } = &self.0;
        let numbers = [
            u128::from(slack.get()),
            u128::from(fall.to_bits()),
            u128::from(penalty.to_bits()),
            kick_cost.get(),
            settle_cost.get(),
        ];
        let mut rest = out;
        bytes::write(TERMS, u8::from(sources.is_some()), numbers, cut_mut(&mut rest, bytes::size(NUMBERS))?)?;
        reward.write_to(cut_mut(&mut rest, RewardConfig::BYTES)?)?;
        answering.write_to(cut_mut(&mut rest, AnsweringConfig::BYTES)?)?;
        pace.write_to(cut_mut(&mut rest, PaceConfig::BYTES)?)?;
        match sources {
            Some(sources) => sources.write_to(rest)?,
            None => rest.fill(0),
        }
        Ok(())
    }

    /// Reads the stored form; every check is made again, but [`Terms::fits`].
    ///
    /// # Errors
    /// Another length: [`Refusal::StoredLength`]. Another kind or version: [`Refusal::StoredHeader`]. A number out of its
    /// range, or sources where there are none: [`Refusal::StoredValue`]. As [`Terms::new`], and as the parts.
    #[inline(never)]
    pub fn read_from(stored: &[u8]) -> Result<Terms, Refusal> {
        if stored.len() != Terms::BYTES {
            return Err(Refusal::StoredLength);
        }
        let mut rest = stored;
        let (flag, [slack, fall, penalty, kick_cost, settle_cost]) =
            bytes::read(TERMS, cut(&mut rest, bytes::size(NUMBERS))?)?;
        let word = |number| u64::try_from(number).map_err(|_| Refusal::StoredValue);
        Terms::new(TermsParams {
            slack: Seconds::new(word(slack)?),
            fall: Ratio::from_bits(word(fall)?),
            penalty: Ratio::from_bits(word(penalty)?),
            kick_cost: Value::new(kick_cost),
            settle_cost: Value::new(settle_cost),
            reward: RewardConfig::read_from(cut(&mut rest, RewardConfig::BYTES)?)?,
            answering: AnsweringConfig::read_from(cut(&mut rest, AnsweringConfig::BYTES)?)?,
            pace: PaceConfig::read_from(cut(&mut rest, PaceConfig::BYTES)?)?,
            sources: match flag {
                0 if rest.iter().all(|byte| *byte == 0) => None,
                1 => Some(SourcesConfig::read_from(rest)?),
                _ => return Err(Refusal::StoredValue),
            },
        })
    }
}

fn cut<'a>(rest: &mut &'a [u8], size: usize) -> Result<&'a [u8], Refusal> {
    let (head, tail) = rest.split_at_checked(size).ok_or(Refusal::StoredLength)?;
    *rest = tail;
    Ok(head)
}

fn cut_mut<'a>(rest: &mut &'a mut [u8], size: usize) -> Result<&'a mut [u8], Refusal> {
    let (head, tail) = core::mem::take(rest).split_at_mut_checked(size).ok_or(Refusal::StoredLength)?;
    *rest = tail;
    Ok(head)
}
