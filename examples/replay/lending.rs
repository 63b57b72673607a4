//! A lending market: loans against one collateral, liquidated past a threshold.
//!
//! Sizes are log-uniform over a factor of 1,024. The loan-to-value ratio at the first price is the smaller of two
//! uniform draws from 10 % to 60 %, on average 26.7 %: most borrowers keep their distance. Borrowers do not react:
//! nobody adds collateral or repays, so more is liquidated here than in the market that the prices come from.

use crate::population::{Fill, Lend, Marks, Order, Population};
use crate::rng::SplitMix64;
use damper::Error;
use damper::num::mul_div_floor;
use damper::price::Price;
use damper::ratio::Ratio;
use damper::units::{Amount, Timestamp, Value};

/// How many loans are drawn.
pub(crate) const LOANS: usize = 400;
/// A loan is past its threshold when its debt exceeds this part of its collateral, basis points. As the
/// crate's preset, and so is the bonus: `the_naive_sellers_have_the_threshold_and_the_bonus_of_damper` in the tests.
pub(crate) const THRESHOLD_BPS: u32 = 8_000;
/// What a liquidator may keep on top of what it repays, basis points.
pub(crate) const BONUS_BPS: u32 = 500;
/// What a liquidator wants to earn at least, basis points of what the sale brings in.
pub(crate) const MARGIN_BPS: u32 = 100;

/// One loan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Loan {
    pub(crate) collateral: Amount,
    pub(crate) debt: Value,
    /// A backstop has taken it over: it is not sold into the market any more.
    pub(crate) handed_over: bool,
}

/// Which loans there are.
#[derive(Clone, Debug)]
pub(crate) struct Loans {
    /// What the drawn loans hold in all.
    pub(crate) collateral: Amount,
    /// Loan-to-value ratios between which they are drawn, basis points.
    pub(crate) ltv_bps: (u64, u64),
    /// Loans of a given size and ratio beside them.
    pub(crate) whales: Vec<(Amount, u64)>,
    /// Borrowers who come at a clock with collateral that they bought, and leave with the loan: they take it if it is
    /// more than the collateral is worth at the market's price.
    pub(crate) arrivals: Vec<(u64, Amount)>,
    /// What there is to lend to them.
    pub(crate) pool: Value,
}

impl Loans {
    /// Loans against this much, drawn from 10 % to 60 %, and nothing else.
    pub(crate) const fn against(collateral: Amount) -> Loans {
        Loans { collateral, ltv_bps: (1_000, 6_000), whales: Vec::new(), arrivals: Vec::new(), pool: Value::ZERO }
    }
}

/// The loans.
#[derive(Clone, Debug)]
pub(crate) struct Lending {
    pub(crate) loans: Vec<Loan>,
    arrivals: Vec<(u64, Amount)>,
    pool: Value,
    marks: Marks,
    threshold: Ratio,
    one_and_bonus: Ratio,
    keeps: Ratio,
}

impl Lending {
    /// Loans opened at `price`.
    pub(crate) fn seeded(seed: u64, plan: &Loans, price: Price) -> Result<Lending, Error> {
        let (least, most) = plan.ltv_bps;
        let mut rng = SplitMix64::new(seed);
        let mut drawn = Vec::new();
        for _ in 0..LOANS {
            let octave = rng.within(0, 9);
            let weight = u128::from(rng.within(1_000 << octave, (2_000 << octave) - 1));
            let ltv_bps = rng.within(least, most).min(rng.within(least, most));
            drawn.push((weight, ltv_bps));
        }
        let total: u128 = drawn.iter().map(|(weight, _)| weight).sum();
        let mut opened = Vec::new();
        for (weight, ltv_bps) in drawn {
            opened.push((Amount::new(mul_div_floor(plan.collateral.get(), weight, total)?), ltv_bps));
        }
        opened.extend(&plan.whales);
        let mut loans = Vec::new();
        for (collateral, ltv_bps) in opened {
            let ltv = Ratio::from_fraction_floor(u128::from(ltv_bps), 10_000)?;
            let debt = price.value_floor(collateral)?.mul_floor(ltv)?;
            loans.push(Loan { collateral, debt, handed_over: false });
        }
        Ok(Lending {
            loans,
            arrivals: plan.arrivals.clone(),
            pool: plan.pool,
            marks: Marks::NONE,
            threshold: Ratio::from_bps_floor(THRESHOLD_BPS)?,
            one_and_bonus: Ratio::from_bps_ceil(10_000 + BONUS_BPS)?,
            keeps: Ratio::from_bps_floor(10_000 - MARGIN_BPS)?,
        })
    }

    /// What a liquidator hands over of what a sale brings in.
    pub(crate) fn after_margin(&self, proceeds: Value) -> Result<Value, Error> {
        proceeds.mul_floor(self.keeps)
    }

    /// Loans past the threshold, the highest loan-to-value ratio first.
    pub(crate) fn past_threshold(&self, price: Price) -> Result<Vec<usize>, Error> {
        let mut past = Vec::new();
        for (account, loan) in self.loans.iter().enumerate() {
            let value = price.value_floor(loan.collateral)?;
            if !loan.handed_over && !loan.collateral.is_zero() && loan.debt > value.mul_floor(self.threshold)? {
                past.push((loan.debt.ratio_ceil(value).unwrap_or(Ratio::MAX), account));
            }
        }
        past.sort_by(|(one, first), (other, second)| other.cmp(one).then(first.cmp(second)));
        Ok(past.into_iter().map(|(_, account)| account).collect())
    }

    /// Takes collateral from a loan, repays debt with what was paid for it, and counts what that did.
    pub(crate) fn repay(&mut self, account: usize, fill: &Fill, paid: Value) -> Result<(), Error> {
        let Fill { sold, truth, .. } = *fill;
        let loan = &mut self.loans[account];
        let (worth, value) = (truth.value_floor(sold)?, truth.value_floor(loan.collateral)?);
        let marks = &mut self.marks;
        marks.sales += 1;
        if !value.is_zero() && loan.debt <= value.mul_floor(self.threshold)? {
            marks.undue = marks.undue.checked_add(worth)?;
        }
        if paid.is_zero() {
            marks.for_nothing = marks.for_nothing.checked_add(worth)?;
        }
        if !worth.is_zero() {
            let part = paid.ratio_floor(worth).map_or(u32::MAX, |ratio| ratio.to_bps_floor());
            marks.least_paid_bps = Some(marks.least_paid_bps.unwrap_or(u32::MAX).min(part));
        }
        // Debt over collateral rises exactly when less is paid for an atom than is owed on one; a quotient beyond 128 bits is
        // above any debt.
        let risen = !sold.is_zero()
            && mul_div_floor(paid.get(), loan.collateral.get(), sold.get()).is_ok_and(|even| even < loan.debt.get());
        loan.collateral = loan.collateral.checked_sub(sold)?;
        loan.debt = loan.debt.excess_over(paid);
        marks.worsening += usize::from(risen);
        Ok(())
    }
}

impl Population for Lending {
    /// The whole debt and the bonus on it, or all of the collateral.
    fn orders(&self, price: Price) -> Result<Vec<Order>, Error> {
        let order = |account: usize| -> Result<Order, Error> {
            let loan = self.loans[account];
            let wanted = price.amount_ceil(loan.debt.mul_ceil(self.one_and_bonus)?)?;
            Ok(Order { account, amount: wanted.min(loan.collateral) })
        };
        self.past_threshold(price)?.into_iter().map(order).collect()
    }

    /// Of what the sale brought in, less its margin, the liquidator repays debt up to the value at the trigger less the
    /// bonus; it keeps the rest. It never pays more than the market gave: dumping is at the expense of the loan.
    fn book(&mut self, account: usize, fill: Fill) -> Result<(), Error> {
        let owed = Value::new(mul_div_floor(
            fill.trigger.value_floor(fill.sold)?.get(),
            10_000,
            u128::from(10_000 + BONUS_BPS),
        )?);
        let paid = self.after_margin(fill.proceeds)?.min(owed);
        self.repay(account, &fill, paid)
    }

    fn arrive(&mut self, now: Timestamp, truth: Price, lend: &mut Lend<'_>) -> Result<(), Error> {
        let mut waiting = Vec::new();
        for (at, collateral) in std::mem::take(&mut self.arrivals) {
            let lent = if now.get() < at { Value::ZERO } else { lend(collateral)?.min(self.pool) };
            if lent > truth.value_floor(collateral)? {
                self.loans.push(Loan { collateral, debt: lent, handed_over: false });
                self.pool = self.pool.excess_over(lent);
                self.marks.lent = self.marks.lent.checked_add(lent)?;
            } else {
                waiting.push((at, collateral));
            }
        }
        self.arrivals = waiting;
        Ok(())
    }

    fn marks(&self) -> Marks {
        self.marks
    }

    /// Debt above the value of the collateral, loans with the backstop included.
    fn bad_debt(&self, price: Price) -> Result<Value, Error> {
        let mut sum = Value::ZERO;
        for loan in &self.loans {
            sum = sum.checked_add(loan.debt.excess_over(price.value_floor(loan.collateral)?))?;
        }
        Ok(sum)
    }
}
