//! What an operation did: what a caller pays, is paid, or is told.

use crate::bytes;
use crate::feeds::SOURCES;
use crate::penalty::Penalty;
use crate::refusal::Refusal;
use damper::auction::{Returned, Take};
use damper::guard::{Decision, Limits, WaitReason};
use damper::plan::{Reason, Shortfall};
use damper::price::Price;
use damper::selling::Kick;
use damper::sources::Standing;
use damper::units::{Amount, Timestamp, Value};

/// What an operation did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "what is reported is to be paid"]
pub enum Report {
    /// What was asked for, no more and no less.
    Done,
    /// An observation was taken in: the largest lot that may be kicked now.
    Observed {
        /// Base atoms.
        permitted: Amount,
    },
    /// The report of a source was taken in and kept.
    Heard {
        /// What counts of each source now.
        standings: [Standing; SOURCES],
        /// The largest lot that may be kicked now, base atoms, if the sources have a price together; otherwise why they have
        /// none: the market's time has passed then, and its last price grows old.
        price: Result<Amount, Refusal>,
    },
    /// A loan is healthy.
    Healthy,
    /// A loan is to be sold by a lot.
    Liquidate {
        /// Base atoms to offer now.
        sell: Amount,
        /// Quote atoms to raise.
        repay: Value,
        /// Base atoms that the ledger does not permit now.
        deferred: Amount,
    },
    /// A loan is to be sold, and may not yet.
    Wait {
        /// What it waits for.
        reason: WaitReason,
        /// Base atoms to offer.
        sell: Amount,
        /// Quote atoms to raise.
        repay: Value,
        /// When, if waiting is enough.
        until: Option<Timestamp>,
    },
    /// A sale does not help a loan.
    Backstop {
        /// Why.
        reason: Reason,
        /// Quote atoms of debt.
        debt: Value,
        /// Quote atoms that the collateral is worth.
        collateral: Value,
        /// Quote atoms that are missing.
        gap: Value,
    },
    /// A sale does not help a loan, if the last price is right; no higher one of the window says so, or kicks are stopped.
    Unconfirmed {
        /// What it waits for.
        waits: WaitReason,
        /// Why a sale would not help.
        reason: Reason,
        /// Quote atoms of debt.
        debt: Value,
        /// Quote atoms that the collateral would be worth.
        collateral: Value,
        /// Quote atoms that would be missing.
        gap: Value,
    },
    /// A lot was opened.
    Kicked {
        /// Base atoms on offer.
        sell: Amount,
        /// Quote atoms to raise.
        raise: Value,
        /// The most quote atoms that who kicked is paid at the settlement: if all is raised. Zero if that does not cover what a
        /// kick costs.
        reward: Value,
    },
    /// A taker is to get and to pay.
    Taken {
        /// Base atoms that the taker gets.
        sold: Amount,
        /// Quote atoms that the taker pays.
        paid: Value,
        /// The price asked.
        price: Price,
    },
    /// A lot was closed. Of what takers paid, all but credit and the penalty has repaid debt; the penalty is the sum of the
    /// last three.
    Settled {
        /// Base atoms back to the collateral.
        unsold: Amount,
        /// Quote atoms that were not raised, back to the debt, and the penalty with them.
        unraised: Value,
        /// Quote atoms to the borrower's credit.
        credit: Value,
        /// Quote atoms of the penalty to who kicked.
        kicker: Value,
        /// Quote atoms of the penalty to who settled.
        settler: Value,
        /// Quote atoms of the penalty to the market's fund.
        fund: Value,
    },
    /// A loan went to the backstop.
    Absorbed {
        /// Base atoms that the backstop gets.
        collateral: Amount,
        /// Quote atoms of debt that the backstop owes.
        debt: Value,
        /// Quote atoms of it that the collateral is not expected to bring.
        gap: Value,
    },
}

/// Numbers of the stored form.
const NUMBERS: usize = 6;

impl Report {
    /// Bytes of the stored form.
    pub const BYTES: usize = bytes::size(NUMBERS);

    /// Writes the stored form: a header (kind 32 and up, version 1, a reason from one or zero, zero) and six numbers of
    /// 128 bits, little-endian: those of the report in its order, then zeros. A price is its exponent in the ninth byte
    /// and its significand in the first eight; no time is zero. What was heard: one in place of a reason if there is a
    /// price, the lot, the code of why there is none, and for each source 1 used, 2 divergent, 3 stale, 4 absent. Of what is
    /// unconfirmed the reason is why a sale would not help, and what it waits for is the fourth number.
    ///
    /// # Errors
    /// `out` is not [`Report::BYTES`] long: [`Refusal::StoredLength`].
    pub fn write_to(&self, out: &mut [u8]) -> Result<(), Refusal> {
        let (kind, flag, first) = match *self {
            Report::Done => (32, 0, [0; 4]),
            Report::Observed { permitted } => (33, 0, [permitted.get(), 0, 0, 0]),
            Report::Healthy => (34, 0, [0; 4]),
            Report::Liquidate { sell, repay, deferred } => (35, 0, [sell.get(), repay.get(), deferred.get(), 0]),
            Report::Wait { reason, sell, repay, until } => {
                (36, wait(reason), [sell.get(), repay.get(), until.map_or(0, |time| u128::from(time.get())), 0])
            }
            Report::Backstop { reason, debt, collateral, gap } => {
                (37, why(reason), [debt.get(), collateral.get(), gap.get(), 0])
            }
            Report::Unconfirmed { waits, reason, debt, collateral, gap } => {
                (43, why(reason), [debt.get(), collateral.get(), gap.get(), u128::from(wait(waits))])
            }
            Report::Kicked { sell, raise, reward } => (38, 0, [sell.get(), raise.get(), reward.get(), 0]),
            Report::Taken { sold, paid, price } => {
                let (exponent, significand) = price.to_parts();
                let [exponent] = exponent.to_le_bytes();
                let price = (u128::from(exponent) << 64) | u128::from(significand);
                (39, 0, [sold.get(), paid.get(), price, 0])
            }
            Report::Settled { unsold, unraised, credit, kicker, .. } => {
                (40, 0, [unsold.get(), unraised.get(), credit.get(), kicker.get()])
            }
            Report::Absorbed { collateral, debt, gap } => (41, 0, [collateral.get(), debt.get(), gap.get(), 0]),
            Report::Heard { standings: [first, second, _], price } => {
                let (flag, lot, code) = match price {
                    Ok(lot) => (1, lot.get(), 0),
                    Err(refusal) => (0, 0, u128::from(refusal.code())),
                };
                (42, flag, [lot, code, standing(first), standing(second)])
            }
        };
        let last = match *self {
            Report::Settled { settler, fund, .. } => [settler.get(), fund.get()],
            Report::Heard { standings: [.., third], .. } => [standing(third), 0],
            Report::Done
            | Report::Observed { .. }
            | Report::Healthy
            | Report::Liquidate { .. }
            | Report::Wait { .. }
            | Report::Backstop { .. }
            | Report::Unconfirmed { .. }
            | Report::Kicked { .. }
            | Report::Taken { .. }
            | Report::Absorbed { .. } => [0; 2],
        };
        let [a, b, c, d] = first;
        let [e, f] = last;
        let numbers: [u128; NUMBERS] = [a, b, c, d, e, f];
        bytes::write(kind, flag, numbers, out)
    }

    /// The stored form.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; Report::BYTES] {
        let mut out = [0; Report::BYTES];
        // The length is right.
        let _ = self.write_to(&mut out);
        out
    }

    pub(crate) const fn taken(take: &Take) -> Report {
        Report::Taken { sold: take.sold, paid: take.paid, price: take.price }
    }

    pub(crate) const fn settled(returned: &Returned, credit: Value, penalty: &Penalty) -> Report {
        let Penalty { kicker, settler, fund, .. } = *penalty;
        Report::Settled { unsold: returned.unsold, unraised: returned.unraised, credit, kicker, settler, fund }
    }

    pub(crate) const fn kicked(kick: &Kick, reward: Value) -> Report {
        Report::Kicked { sell: kick.sell, raise: kick.raise, reward }
    }
}

const fn standing(standing: Standing) -> u128 {
    match standing {
        Standing::Used => 1,
        Standing::Divergent => 2,
        Standing::Stale => 3,
        Standing::Absent => 4,
    }
}

impl From<&Limits> for Report {
    fn from(limits: &Limits) -> Report {
        Report::Observed { permitted: limits.permitted }
    }
}

impl From<Decision> for Report {
    fn from(decision: Decision) -> Report {
        match decision {
            Decision::Healthy => Report::Healthy,
            Decision::Liquidate { plan, deferred } => {
                Report::Liquidate { sell: plan.sell, repay: plan.repay, deferred }
            }
            Decision::Wait { plan, reason, until } => {
                Report::Wait { reason, sell: plan.sell, repay: plan.repay, until }
            }
            Decision::Backstop(Shortfall { reason, debt, collateral, gap }) => {
                Report::Backstop { reason, debt, collateral, gap }
            }
            Decision::Unconfirmed { shortfall: Shortfall { reason, debt, collateral, gap }, reason: waits } => {
                Report::Unconfirmed { waits, reason, debt, collateral, gap }
            }
        }
    }
}

/// What a loan waits for, in the stored form.
const fn wait(reason: WaitReason) -> u8 {
    match reason {
        WaitReason::Halted => 1,
        WaitReason::DepthStale => 2,
        WaitReason::Ledger => 3,
        WaitReason::Wick => 4,
    }
}

/// Why a sale does not help, in the stored form.
const fn why(reason: Reason) -> u8 {
    match reason {
        Reason::Insolvent => 1,
        Reason::Toxic => 2,
        Reason::NoCollateral => 3,
    }
}
