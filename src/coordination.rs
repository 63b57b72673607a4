//! Several sellers on one book: shares from public data, the joint bound, and neighbours whose reports expire.
//!
//! With sellers `i` that run the rule with `(B_i, r_i, h_i)` on one book, and neighbours that do not run it and add
//! `g = sum g_j` times the largest fall so far,
//!
//! ```text
//! MDD <= (X + kappa * sum(B_i + r_i * n + 2 * h_i * eps)) / (1 - g - kappa * sum h_i)
//! ```
//!
//! which is theorem A with `kappa / (1 - g)` in the place of `kappa`, and `X / (1 - g)` in the place of `X`. A ledger
//! narrowed by the registered gains holds its bound whatever is reported. Reports can only be trusted while they are
//! young; one that is missing or expired counts as the worst that is registered. SPEC.md, T4, says what a liar can break.

use crate::bytes::{on_its_own, stored, stored_array, stored_as};
use crate::error::Error;
use crate::forms::form;
use crate::ledger::{Exposure, LedgerConfig, LedgerParams};
use crate::num::mul_div_floor;
use crate::ratio::Ratio;
use crate::units::{Amount, Rate, Seconds, Timestamp};

/// The part of a book that a seller may use: own collateral over the total that public data shows, rounded down.
///
/// Both are read from one state of the public data, in base atoms. The shares of all who read it sum to at most one,
/// because each is rounded down and the total is at least the sum. The share goes to
/// [`crate::guard::GuardParams::book_share`], or to [`LedgerConfig::shared`] and [`crate::depth::DepthConfig::shared`].
/// Who inflates its own collateral shrinks the shares of the others: that costs them speed, never the bound. Spec: D18.
///
/// # Errors
/// `total` zero: [`Error::CollateralTotalZero`]. `own` above `total`: [`Error::CollateralAboveTotal`].
///
/// # Examples
/// ```
/// use damper::{coordination::share_floor, ratio::Ratio, units::Amount};
/// let third = share_floor(Amount::new(5), Amount::new(15))?;
/// assert_eq!(third, Ratio::from_fraction_floor(1, 3)?);
/// assert_eq!(share_floor(Amount::ZERO, Amount::ZERO), Err(damper::Error::CollateralTotalZero));
/// # Ok::<(), damper::Error>(())
/// ```
pub fn share_floor(own: Amount, total: Amount) -> Result<Ratio, Error> {
    if total.is_zero() {
        return Err(Error::CollateralTotalZero);
    }
    if own > total {
        return Err(Error::CollateralAboveTotal);
    }
    own.ratio_floor(total)
}

/// What one seller under the rule may use: the budgets of its ledger.
///
/// # Examples
/// See [`Budget::additive_ceil`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Budget {
    /// Burst budget `B`.
    pub burst: Ratio,
    /// Leak `r`.
    pub leak: Rate,
    /// Own share `h` of the drawdown.
    pub own_share: Ratio,
}

impl Budget {
    /// No budget: sells nothing.
    ///
    /// # Examples
    /// See [`Neighbours`].
    pub const ZERO: Budget = Budget { burst: Ratio::ZERO, leak: Rate::ZERO, own_share: Ratio::ZERO };

    /// The budgets of a ledger.
    ///
    /// # Examples
    /// ```
    /// use damper::coordination::Budget;
    /// use damper::ledger::{LedgerConfig, LedgerParams};
    /// use damper::{ratio::Ratio, units::Rate};
    /// let (burst, own_share) = (Ratio::from_fraction_floor(1, 256)?, Ratio::from_fraction_floor(1, 8)?);
    /// let ledger = LedgerConfig::new(LedgerParams { burst, leak: Rate::ZERO, own_share, kappa: Ratio::ONE })?;
    /// assert_eq!(Budget::of(&ledger), Budget { burst, leak: Rate::ZERO, own_share });
    /// # Ok::<(), damper::Error>(())
    /// ```
    #[must_use]
    pub const fn of(config: &LedgerConfig) -> Budget {
        let LedgerParams { burst, leak, own_share, .. } = config.params();
        Budget { burst, leak, own_share }
    }

    /// `B + r * n + 2 * h * eps`, rounded up: what the ledger permits at a drawdown of zero.
    ///
    /// # Errors
    /// Above [`Ratio::MAX`]: [`Error::Overflow`].
    ///
    /// # Examples
    /// ```
    /// use damper::{coordination::Budget, ratio::Ratio, units::{Rate, Seconds}};
    /// let part = Ratio::from_fraction_floor;
    /// let budget = Budget { burst: part(1, 256)?, leak: Rate::per_second(part(1, 65_536)?), own_share: part(1, 8)? };
    /// // 1/256, 512 seconds of 1/65,536, and 2 * 1/8 * 1/64.
    /// assert_eq!(budget.additive_ceil(part(1, 64)?, Seconds::new(512))?, part(1 + 2 + 1, 256)?);
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn additive_ceil(&self, noise: Ratio, elapsed: Seconds) -> Result<Ratio, Error> {
        let noise = self.own_share.checked_add(self.own_share)?.mul_ceil(noise)?;
        self.burst.checked_add(self.leak.over(elapsed)?)?.checked_add(noise)
    }

    fn plus(&self, other: &Budget) -> Result<Budget, Error> {
        Ok(Budget {
            burst: self.burst.checked_add(other.burst)?,
            leak: Rate::per_second(self.leak.get().checked_add(other.leak.get())?),
            own_share: self.own_share.checked_add(other.own_share)?,
        })
    }
}

/// The bound on the drawdown of a book that several use, rounded up:
/// `(X + kappa * sum(B_i + r_i * n + 2 * h_i * eps)) / (1 - g - kappa * sum h_i)`.
///
/// `foreign` is `g`, what those who do not run the rule add to a fall, as a part of the largest fall so far. `X`
/// (`exposure.exogenous`) is the drawdown without any sale of the sellers or reaction of the neighbours. Units: log-price.
/// One round for each seller. Spec: D18, T4.
///
/// # Errors
/// `kappa < 1`: [`Error::KappaBelowOne`]. `g + kappa * sum h_i >= 1` (rounded up): [`Error::JointGain`], because nothing
/// is then bounded. A sum or the result above [`Ratio::MAX`]: [`Error::Overflow`].
///
/// # Examples
/// ```
/// use damper::coordination::{Budget, joint_bound_ceil};
/// use damper::{ledger::Exposure, ratio::Ratio, units::{Rate, Seconds}};
/// let part = |n: u128, d: u128| Ratio::from_fraction_floor(n, d);
/// let seller = Budget { burst: part(1, 256)?, leak: Rate::ZERO, own_share: part(1, 16)? };
/// let exposure = Exposure { exogenous: part(1, 4)?, noise: Ratio::ZERO, elapsed: Seconds::new(60) };
/// // Two sellers and neighbours of gain 3/8: (1/4 + 2/256) / (1 - 3/8 - 2/16).
/// let bound = joint_bound_ceil(Ratio::ONE, part(3, 8)?, &[seller; 2], exposure)?;
/// assert_eq!(bound, Ratio::from_fraction_ceil(66 * 2, 256)?);
/// assert_eq!(joint_bound_ceil(Ratio::ONE, part(7, 8)?, &[seller; 2], exposure), Err(damper::Error::JointGain));
/// # Ok::<(), damper::Error>(())
/// ```
pub fn joint_bound_ceil(kappa: Ratio, foreign: Ratio, sellers: &[Budget], exposure: Exposure) -> Result<Ratio, Error> {
    let joint = sellers.iter().try_fold(Budget::ZERO, |sum, seller| sum.plus(seller))?;
    bound_ceil(kappa, foreign, &joint, exposure)
}

fn bound_ceil(kappa: Ratio, foreign: Ratio, joint: &Budget, exposure: Exposure) -> Result<Ratio, Error> {
    if kappa < Ratio::ONE {
        return Err(Error::KappaBelowOne);
    }
    let gain = kappa.mul_ceil(joint.own_share).and_then(|own| own.checked_add(foreign));
    let rest = match gain {
        Ok(gain) if gain < Ratio::ONE => Ratio::ONE.excess_over(gain),
        _ => return Err(Error::JointGain),
    };
    let own = kappa.mul_ceil(joint.additive_ceil(exposure.noise, exposure.elapsed)?)?;
    exposure.exogenous.checked_add(own)?.div_ceil(rest)
}

/// `kappa / (1 - g)`, rounded up: the over-statement of the depth when those who do not run the rule answer each fall
/// with `g` times it. Spec: D18, T4.
///
/// # Errors
/// `kappa < 1`: [`Error::KappaBelowOne`]. `foreign` (`g`) one or more, or a result above [`Ratio::MAX`]:
/// [`Error::JointGain`].
///
/// # Examples
/// ```
/// use damper::{coordination::effective_kappa_ceil, ratio::Ratio};
/// let fifth = Ratio::from_fraction_ceil(1, 5)?;
/// assert_eq!(effective_kappa_ceil(Ratio::ONE, Ratio::ZERO)?, Ratio::ONE);
/// assert!(effective_kappa_ceil(Ratio::ONE, fifth)? >= Ratio::from_fraction_ceil(5, 4)?);
/// assert_eq!(effective_kappa_ceil(Ratio::ONE, Ratio::ONE), Err(damper::Error::JointGain));
/// # Ok::<(), damper::Error>(())
/// ```
pub fn effective_kappa_ceil(kappa: Ratio, foreign: Ratio) -> Result<Ratio, Error> {
    if kappa < Ratio::ONE {
        return Err(Error::KappaBelowOne);
    }
    kappa.div_ceil(Ratio::ONE.excess_over(foreign)).map_err(|_| Error::JointGain)
}

/// The largest own share `h` with `kappa / (1 - g) * h <= loop_gain`, rounded down; zero from `g = 1` on, and where
/// `kappa / (1 - g)` is above [`Ratio::MAX`].
///
/// `loop_gain` is the part of a fall that own sales may add to it, `1 - 1/m` for an amplification of `m`. It never rises
/// with `g`. A ledger of this share with [`effective_kappa_ceil`] is accepted by [`LedgerConfig::new`]. Spec: D18.
///
/// # Errors
/// `kappa < 1`: [`Error::KappaBelowOne`]. `loop_gain` one or more: [`Error::LoopGainRange`].
///
/// # Examples
/// ```
/// use damper::{coordination::own_share_floor, ratio::Ratio};
/// let part = |n: u128, d: u128| Ratio::from_fraction_floor(n, d);
/// assert_eq!(own_share_floor(part(1, 4)?, Ratio::ONE, Ratio::ZERO)?, part(1, 4)?);
/// assert_eq!(own_share_floor(part(1, 4)?, Ratio::ONE, part(1, 2)?)?, part(1, 8)?);
/// assert_eq!(own_share_floor(part(1, 4)?, Ratio::ONE, Ratio::ONE)?, Ratio::ZERO);
/// # Ok::<(), damper::Error>(())
/// ```
pub fn own_share_floor(loop_gain: Ratio, kappa: Ratio, foreign: Ratio) -> Result<Ratio, Error> {
    if loop_gain >= Ratio::ONE {
        return Err(Error::LoopGainRange);
    }
    match effective_kappa_ceil(kappa, foreign) {
        Ok(kappa) => loop_gain.div_floor(kappa),
        Err(Error::JointGain) => Ok(Ratio::ZERO),
        Err(error) => Err(error),
    }
}

/// A neighbour on the book as governance registers it: the most that it can do.
///
/// # Examples
/// See [`Neighbours`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Registration {
    /// The most that its ledger permits while it runs the rule; [`Budget::ZERO`] for one that never does.
    pub budget: Budget,
    /// The most that it adds beyond that budget, as a part of the largest fall so far, when it does not.
    pub gain: Ratio,
}

/// The neighbours of a seller, and how long their reports count. Any values are valid: from gains of one on the factor is
/// zero, and [`Neighbours::narrowed`] refuses.
///
/// # Examples
/// ```
/// use damper::coordination::{Budget, Neighbours, Registration, Report, Reports};
/// use damper::{ratio::Ratio, units::{Seconds, Timestamp}};
/// let (part, at) = (Ratio::from_fraction_floor, Timestamp::new);
/// let one = |gain| Registration { budget: Budget::ZERO, gain };
/// let neighbours = Neighbours { registered: [one(part(1, 4)?), one(part(1, 8)?)], max_age: Seconds::new(60) };
///
/// // Without reports each counts as registered.
/// assert_eq!(neighbours.worst_gain(), part(3, 8)?);
/// assert_eq!(neighbours.gain(&Reports::NONE, at(0))?, part(3, 8)?);
/// // The first says that it adds nothing, and counts so for a minute.
/// let reports = neighbours.accept(Reports::NONE, 0, Report { gain: Ratio::ZERO, at: at(0) }, at(0))?;
/// assert_eq!(neighbours.gain(&reports, at(60))?, part(1, 8)?);
/// assert_eq!(neighbours.gain(&reports, at(61))?, part(3, 8)?);
/// assert_eq!(neighbours.factor(&reports, at(60))?, part(7, 8)?);
/// # Ok::<(), damper::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Neighbours<const M: usize> {
    /// The neighbours, by index.
    pub registered: [Registration; M],
    /// The greatest age at which a report counts; zero means that only those of the present second do.
    pub max_age: Seconds,
}

/// What a neighbour says of itself.
///
/// # Examples
/// See [`Neighbours`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Report {
    /// What it adds at most beyond its registered budget until the report is older than the age limit: zero while it runs
    /// the rule.
    pub gain: Ratio,
    /// When it said so.
    pub at: Timestamp,
}

/// The last report of each neighbour. Plain data, in and out by value.
///
/// # Examples
/// See [`Neighbours`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Reports<const M: usize>([Slot; M]);

/// A report, or none yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
struct Slot {
    known: bool,
    gain: Ratio,
    at: Timestamp,
}

impl Slot {
    const EMPTY: Slot = Slot { known: false, gain: Ratio::ZERO, at: Timestamp::new(0) };
}

impl<const M: usize> Reports<M> {
    /// No report from anybody: each neighbour counts as the worst that is registered.
    ///
    /// # Examples
    /// See [`Neighbours`].
    pub const NONE: Reports<M> = Reports([Slot::EMPTY; M]);

    /// The last report of a neighbour, however old.
    ///
    /// # Examples
    /// See [`Neighbours::accept`].
    #[must_use]
    pub fn last(&self, neighbour: usize) -> Option<Report> {
        let slot = self.0.get(neighbour)?;
        slot.known.then_some(Report { gain: slot.gain, at: slot.at })
    }
}

impl<const M: usize> Neighbours<M> {
    /// Takes note of a report. That it comes from its neighbour is for the caller to know.
    ///
    /// A gain above the registered one is believed: it only lowers [`Neighbours::factor`]. Of two reports of one time the
    /// larger gain counts. Spec: D18.
    ///
    /// # Errors
    /// `neighbour` not below `M`: [`Error::NeighbourUnknown`]. Dated after `now`: [`Error::ReportFromFuture`]. Dated before
    /// the last one of this neighbour: [`Error::ReportOutOfOrder`]. The report that was there stays, and expires in its time.
    ///
    /// # Examples
    /// ```
    /// use damper::coordination::{Budget, Neighbours, Registration, Report, Reports};
    /// use damper::{ratio::Ratio, units::{Seconds, Timestamp}};
    /// let (part, at) = (Ratio::from_fraction_floor, Timestamp::new);
    /// let one = |gain| Registration { budget: Budget::ZERO, gain };
    /// let neighbours = Neighbours { registered: [one(part(1, 4)?), one(part(1, 8)?)], max_age: Seconds::new(60) };
    ///
    /// let said = |gain, now| Report { gain, at: at(now) };
    /// let reports = neighbours.accept(Reports::NONE, 0, said(part(1, 16)?, 10), at(12))?;
    /// // Of two of one time the larger gain counts, of different times the later.
    /// let same = neighbours.accept(reports, 0, said(Ratio::ZERO, 10), at(12))?;
    /// assert_eq!(same.last(0), Some(said(part(1, 16)?, 10)));
    /// let later = neighbours.accept(same, 0, said(Ratio::ZERO, 11), at(12))?;
    /// assert_eq!((later.last(0), later.last(1)), (Some(said(Ratio::ZERO, 11)), None));
    /// assert_eq!(neighbours.accept(later, 0, said(Ratio::ZERO, 10), at(12)), Err(damper::Error::ReportOutOfOrder));
    /// assert_eq!(neighbours.accept(later, 2, said(Ratio::ZERO, 12), at(12)), Err(damper::Error::NeighbourUnknown));
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn accept(
        &self,
        mut last: Reports<M>,
        neighbour: usize,
        report: Report,
        now: Timestamp,
    ) -> Result<Reports<M>, Error> {
        let slot = last.0.get_mut(neighbour).ok_or(Error::NeighbourUnknown)?;
        if report.at > now {
            return Err(Error::ReportFromFuture);
        }
        if slot.known && report.at < slot.at {
            return Err(Error::ReportOutOfOrder);
        }
        let gain = if slot.known && report.at == slot.at { report.gain.max(slot.gain) } else { report.gain };
        *slot = Slot { known: true, gain, at: report.at };
        Ok(last)
    }

    /// What the neighbours add at most by their registration, beyond their budgets, limited to one, from which on nothing
    /// is bounded. `M` rounds.
    ///
    /// # Examples
    /// See [`Neighbours::gain`].
    #[must_use]
    pub fn worst_gain(&self) -> Ratio {
        self.registered.iter().fold(Ratio::ZERO, |sum, one| sum_to_one(sum, one.gain))
    }

    /// What the neighbours add now, beyond their budgets, limited to one: the reported gain of each whose report is not older
    /// than the age limit; the larger of the registered and the last reported gain of each whose report is, or who never
    /// reported. `M` rounds. Spec: D18.
    ///
    /// # Errors
    /// `now` before the time of a report: [`Error::ClockReversed`].
    ///
    /// # Examples
    /// ```
    /// use damper::coordination::{Budget, Neighbours, Registration, Report, Reports};
    /// use damper::{ratio::Ratio, units::{Seconds, Timestamp}};
    /// let (part, at) = (Ratio::from_fraction_floor, Timestamp::new);
    /// let one = |gain| Registration { budget: Budget::ZERO, gain };
    /// let neighbours = Neighbours { registered: [one(part(1, 4)?), one(part(1, 8)?)], max_age: Seconds::new(60) };
    ///
    /// // The second says that it adds more than it is registered for: believed, and kept when the report is too old.
    /// let reports = neighbours.accept(Reports::NONE, 1, Report { gain: part(1, 2)?, at: at(10) }, at(10))?;
    /// assert_eq!(neighbours.gain(&reports, at(70))?, part(1, 4)?.checked_add(part(1, 2)?)?);
    /// assert_eq!(neighbours.gain(&reports, at(71))?, part(3, 4)?);
    /// assert_eq!(neighbours.gain(&reports, at(9)), Err(damper::Error::ClockReversed));
    /// // What is registered stays what it is.
    /// assert_eq!(neighbours.worst_gain(), part(3, 8)?);
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn gain(&self, reports: &Reports<M>, now: Timestamp) -> Result<Ratio, Error> {
        self.registered.iter().zip(&reports.0).try_fold(Ratio::ZERO, |sum, (one, slot)| {
            let counted = if !slot.known {
                one.gain
            } else if now.since(slot.at).map_err(|_| Error::ClockReversed)? <= self.max_age {
                slot.gain
            } else {
                one.gain.max(slot.gain)
            };
            Ok(sum_to_one(sum, counted))
        })
    }

    /// The factor on the own cap now, `1 - gain`, exact: one only if each neighbour that can add something says, in a report
    /// that has not expired, that it adds nothing; zero from a gain of one on.
    ///
    /// Use it as a share: `ledger.shared(factor)`, or in [`crate::guard::GuardParams::book_share`]. It only lowers the cap,
    /// so theorem A holds with the parameters before it; what it adds is T4 (v). It does not replace
    /// [`Neighbours::narrowed`], which holds against liars. Spec: D18, T4.
    ///
    /// # Errors
    /// As [`Neighbours::gain`].
    ///
    /// # Examples
    /// ```
    /// use damper::coordination::{Budget, Neighbours, Registration, Report, Reports};
    /// use damper::{ratio::Ratio, units::{Seconds, Timestamp}};
    /// let half = Ratio::from_fraction_floor(1, 2)?;
    /// let registered = [Registration { budget: Budget::ZERO, gain: half }];
    /// let neighbours = Neighbours { registered, max_age: Seconds::new(60) };
    /// let (quiet, now) = (Report { gain: Ratio::ZERO, at: Timestamp::new(100) }, Timestamp::new(110));
    /// assert_eq!(neighbours.factor(&Reports::NONE, now)?, half);
    /// let reports = neighbours.accept(Reports::NONE, 0, quiet, now)?;
    /// assert_eq!(neighbours.factor(&reports, now)?, Ratio::ONE);
    /// assert_eq!(neighbours.factor(&reports, Timestamp::new(160))?, Ratio::ONE);
    /// assert_eq!(neighbours.factor(&reports, Timestamp::new(161))?, half);
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn factor(&self, reports: &Reports<M>, now: Timestamp) -> Result<Ratio, Error> {
        self.gain(reports, now).map(|gain| Ratio::ONE.excess_over(gain))
    }

    /// The ledger narrowed by the registered gains: `kappa' = kappa / (1 - g)`, rounded up, and `B`, `r`, `h` times
    /// `kappa / kappa'`, each rounded down once.
    ///
    /// Its [`LedgerConfig::bound_ceil`] is a true bound of the joint run of all who hold shares of it (`narrowed`, then
    /// `shared`) and of the neighbours, whatever these do within their registered gains and whatever they report. `X` is then
    /// the drawdown without the sellers, the neighbours being there, or `1 / (1 - g)` times that without their reactions
    /// either. In exact terms it is not above the bound of the ledger that it is made from. Without gains it is the same
    /// ledger. Budgets of neighbours do not enter: they are shares, or go through [`Neighbours::worst_bound_ceil`]. Spec: D18,
    /// T4.
    ///
    /// # Errors
    /// Registered gains of one or more, or `kappa'` above [`Ratio::MAX`]: [`Error::JointGain`].
    ///
    /// # Examples
    /// ```
    /// use damper::coordination::{Budget, Neighbours, Registration};
    /// use damper::ledger::{LedgerConfig, LedgerParams};
    /// use damper::{ratio::Ratio, units::{Rate, Seconds}};
    /// let part = |n: u128, d: u128| Ratio::from_fraction_floor(n, d);
    /// let alone = LedgerParams { burst: part(1, 128)?, leak: Rate::ZERO, own_share: part(1, 4)?, kappa: Ratio::ONE };
    /// let registered = [Registration { budget: Budget::ZERO, gain: part(1, 4)? }; 2];
    /// let neighbours = Neighbours { registered, max_age: Seconds::new(60) };
    /// let narrowed = neighbours.narrowed(&LedgerConfig::new(alone)?)?.params();
    /// let two = Ratio::from_fraction_floor(2, 1)?;
    /// assert_eq!((narrowed.burst, narrowed.own_share, narrowed.kappa), (part(1, 256)?, part(1, 8)?, two));
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn narrowed(&self, config: &LedgerConfig) -> Result<LedgerConfig, Error> {
        let LedgerParams { burst, leak, own_share, kappa } = config.params();
        let effective = effective_kappa_ceil(kappa, self.worst_gain())?;
        let scale = |part: Ratio| Ratio::narrow(mul_div_floor(part.wide(), kappa.wide(), effective.wide())?);
        LedgerConfig::new(LedgerParams {
            burst: scale(burst)?,
            leak: Rate::per_second(scale(leak.get())?),
            own_share: scale(own_share)?,
            kappa: effective,
        })
    }

    /// [`joint_bound_ceil`] of this seller and all neighbours at the worst that is registered, their budgets and their
    /// gains: what holds when every report is a lie, with no ledger narrowed. `M` rounds. Spec: D18, T4.
    ///
    /// # Errors
    /// As [`joint_bound_ceil`].
    ///
    /// # Examples
    /// ```
    /// use damper::coordination::{Budget, Neighbours, Registration};
    /// use damper::{ledger::Exposure, ratio::Ratio, units::{Rate, Seconds}};
    /// let part = Ratio::from_fraction_floor;
    /// let seller = Budget { burst: part(1, 256)?, leak: Rate::ZERO, own_share: part(1, 16)? };
    /// let registered = [Registration { budget: seller, gain: part(3, 8)? }];
    /// let neighbours = Neighbours { registered, max_age: Seconds::new(60) };
    /// let exposure = Exposure { exogenous: part(1, 4)?, noise: Ratio::ZERO, elapsed: Seconds::new(60) };
    /// // A neighbour with the same budget that adds 3/8 beyond it: (1/4 + 2/256) / (1 - 3/8 - 2/16).
    /// let bound = neighbours.worst_bound_ceil(Ratio::ONE, seller, exposure)?;
    /// assert_eq!(bound, part(66 * 2, 256)?);
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn worst_bound_ceil(&self, kappa: Ratio, own: Budget, exposure: Exposure) -> Result<Ratio, Error> {
        let joint = self.registered.iter().try_fold(own, |sum, one| sum.plus(&one.budget))?;
        bound_ceil(kappa, self.worst_gain(), &joint, exposure)
    }
}

/// `min(1, sum + gain)` for a sum of at most one.
fn sum_to_one(sum: Ratio, gain: Ratio) -> Ratio {
    sum.checked_add(gain).unwrap_or(Ratio::ONE).min(Ratio::ONE)
}

form!(Report { gain: Ratio, at: Timestamp });
stored!(Slot { known: bool, gain: Ratio, at: Timestamp } if |slot| slot.known || *slot == Slot::EMPTY);
stored_array!(Slot, Slot::EMPTY);
stored_as!(@[const M: usize] Reports<M> as [Slot; M], |reports| reports.0, |slots| Ok(Reports(slots)));

stored!(Budget { burst: Ratio, leak: Rate, own_share: Ratio });
stored_array!(Budget, Budget::ZERO);
stored!(Registration { budget: Budget, gain: Ratio });
stored_array!(Registration, Registration { budget: Budget::ZERO, gain: Ratio::ZERO });
stored!(@[const M: usize] Neighbours<M> { registered: [Registration; M], max_age: Seconds });

on_its_own! {
    /// Bytes of the stored form: 4, and 17 for each neighbour.
    @[const M: usize] Reports<M>: Reports, M
}
on_its_own! {
    /// Bytes of the stored form: 12, and 32 for each neighbour. Any values are valid.
    @[const M: usize] Neighbours<M>: Neighbours, M
}
