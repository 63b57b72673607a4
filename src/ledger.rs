//! The impact ledger: the only source of permission to sell.
//!
//! State: `ref`, `min` (reference price and lowest price since), `L` (impact caused and not yet leaked), `R` (impact
//! reserved for open lots). A sale that would move the price by `charge` is permitted only while
//!
//! ```text
//! L + R + charge <= B + h * D,     D = (ref - min) / ref
//! ```
//!
//! The drawdown indexes the level of a cap. It is no income: a price that oscillates earns nothing. SPEC.md, theorem A,
//! turns this one inequality into a bound on the drawdown of the market. Reservations do not leak; only `L` does.
//!
//! Spec: I1, I2.

use crate::bytes::{stored, stored_as};
use crate::error::Error;
use crate::forms::form;
use crate::price::{Price, PriceBand};
use crate::ratio::Ratio;
use crate::units::{Rate, Seconds, Timestamp};
use crate::window::Window;
use crate::word::quotient_ceil;

/// What [`LedgerConfig::new`] checks.
///
/// # Examples
/// See [`LedgerConfig::bound_ceil`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct LedgerParams {
    /// Burst budget `B`: impact permitted with no drawdown at all.
    pub burst: Ratio,
    /// Recovery `r`: how much of the impact caused is forgotten per second. Not above the rate at which displacement
    /// really recovers divided by `kappa`, where corollary A2 is to apply.
    pub leak: Rate,
    /// Own share `h` of the observed drawdown that own sales may explain.
    pub own_share: Ratio,
    /// Declared over-statement `kappa` of the depth as measured, at least one.
    pub kappa: Ratio,
}

/// Checked parameters of the ledger.
///
/// # Examples
/// See [`LedgerConfig::bound_ceil`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct LedgerConfig(LedgerParams);

/// The state of the ledger. Plain data, in and out by value.
///
/// # Examples
/// See [`Ledger::reserve`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Ledger {
    reference: Price,
    lowest: Price,
    /// `D`, kept because it takes a division and changes only with prices.
    drawdown: Ratio,
    level: Ratio,
    reserved: Ratio,
    at: Timestamp,
}

/// Arguments of theorem A other than the ledger's own parameters, in log-price.
///
/// # Examples
/// See [`LedgerConfig::bound_ceil`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Exposure {
    /// `X`: drawdown of the price path without own sales, as a difference of natural logarithms.
    pub exogenous: Ratio,
    /// `eps`: largest distance between an observed price and the true one of its time, likewise.
    pub noise: Ratio,
    /// `n`: time since the source time of the first accepted price.
    pub elapsed: Seconds,
}

impl LedgerConfig {
    /// Checks the parameters.
    ///
    /// # Errors
    /// `burst > 1`: [`Error::BurstRange`]. `kappa < 1`: [`Error::KappaBelowOne`]. `kappa * own_share >= 1` (rounded up):
    /// [`Error::KappaTimesOwnShare`], because theorem A then bounds nothing.
    ///
    /// # Examples
    /// See [`LedgerConfig::bound_ceil`].
    pub fn new(params: LedgerParams) -> Result<LedgerConfig, Error> {
        if params.burst > Ratio::ONE {
            return Err(Error::BurstRange);
        }
        if params.kappa < Ratio::ONE {
            return Err(Error::KappaBelowOne);
        }
        match params.kappa.mul_ceil(params.own_share) {
            Ok(gain) if gain < Ratio::ONE => Ok(LedgerConfig(params)),
            _ => Err(Error::KappaTimesOwnShare),
        }
    }

    /// The same ledger for one of several sellers on a common book: `B`, `r` and `h` times the share, rounded down.
    ///
    /// Shares that sum to at most one give jointly the bound of the unshared ledger. Spec: T4.
    ///
    /// # Errors
    /// `share` above one: [`Error::BookShareRange`].
    ///
    /// # Examples
    /// ```
    /// use damper::ledger::{LedgerConfig, LedgerParams};
    /// use damper::{Error, ratio::Ratio, units::Rate};
    /// let part = Ratio::from_fraction_floor;
    /// let whole = LedgerConfig::new(LedgerParams {
    ///     burst: part(1, 64)?, leak: Rate::per_second(part(1, 1_024)?), own_share: part(1, 8)?, kappa: part(2, 1)?,
    /// })?;
    /// // All but `kappa`, which is the book's.
    /// let quarter = whole.shared(part(1, 4)?)?.params();
    /// assert_eq!((quarter.burst, quarter.own_share, quarter.kappa), (part(1, 256)?, part(1, 32)?, part(2, 1)?));
    /// assert_eq!(quarter.leak, Rate::per_second(part(1, 4_096)?));
    /// assert_eq!(whole.shared(part(5, 4)?), Err(Error::BookShareRange));
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn shared(&self, share: Ratio) -> Result<LedgerConfig, Error> {
        if share > Ratio::ONE {
            return Err(Error::BookShareRange);
        }
        Ok(LedgerConfig(LedgerParams {
            burst: self.0.burst.mul_floor(share)?,
            leak: self.0.leak.mul_floor(share)?,
            own_share: self.0.own_share.mul_floor(share)?,
            kappa: self.0.kappa,
        }))
    }

    /// The parameters.
    ///
    /// # Examples
    /// See [`LedgerConfig::shared`].
    #[must_use]
    pub const fn params(&self) -> LedgerParams {
        self.0
    }

    /// The least ledger that is at least as wide as both: the larger of each parameter. Its bound holds for a seller that has
    /// changed from one to the other. Spec: T20.
    ///
    /// # Errors
    /// The larger `kappa` times the larger `own_share` is one or more: [`Error::KappaTimesOwnShare`].
    ///
    /// # Examples
    /// ```
    /// use damper::ledger::{LedgerConfig, LedgerParams};
    /// use damper::{ratio::Ratio, units::Rate};
    /// let of = |burst: u128, own_share: u128, kappa: u128| -> Result<LedgerConfig, damper::Error> {
    ///     let part = |n: u128| Ratio::from_fraction_floor(n, 16);
    ///     LedgerConfig::new(LedgerParams {
    ///         burst: part(burst)?, leak: Rate::ZERO, own_share: part(own_share)?, kappa: part(kappa)?,
    ///     })
    /// };
    /// assert_eq!(of(1, 4, 16)?.covering(&of(2, 2, 32)?)?, of(2, 4, 32)?);
    /// assert_eq!(of(1, 8, 16)?.covering(&of(2, 2, 32)?), Err(damper::Error::KappaTimesOwnShare));
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn covering(&self, other: &LedgerConfig) -> Result<LedgerConfig, Error> {
        let (one, two) = (self.0, other.0);
        LedgerConfig::new(LedgerParams {
            burst: one.burst.max(two.burst),
            leak: one.leak.max(two.leak),
            own_share: one.own_share.max(two.own_share),
            kappa: one.kappa.max(two.kappa),
        })
    }

    /// The bound of theorem A, `(X + kappa * (B + r * n + 2 * h * eps)) / (1 - kappa * h)`, rounded up.
    ///
    /// Units: log-price. The drawdown of the market stays at or below it. Spec: T-A.
    ///
    /// # Errors
    /// Above [`Ratio::MAX`]: [`Error::Overflow`].
    ///
    /// # Examples
    /// ```
    /// use damper::ledger::{Exposure, LedgerConfig, LedgerParams};
    /// use damper::{ratio::Ratio, units::{Rate, Seconds}};
    /// let config = LedgerConfig::new(LedgerParams {
    ///     burst: Ratio::from_fraction_floor(1, 256)?,
    ///     leak: Rate::ZERO,
    ///     own_share: Ratio::from_fraction_floor(1, 8)?,
    ///     kappa: Ratio::ONE,
    /// })?;
    /// let exogenous = Ratio::from_fraction_floor(1, 4)?;
    /// let bound = config.bound_ceil(Exposure { exogenous, noise: Ratio::ZERO, elapsed: Seconds::new(86_400) })?;
    /// assert_eq!(bound, Ratio::from_fraction_ceil(65 * 8, 256 * 7)?);
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn bound_ceil(&self, exposure: Exposure) -> Result<Ratio, Error> {
        let LedgerParams { burst, leak, own_share, kappa } = self.0;
        // h < 1: twice it fits.
        let noise = own_share.checked_add(own_share)?.mul_ceil(exposure.noise)?;
        let own = burst.checked_add(leak.over(exposure.elapsed)?)?.checked_add(noise)?;
        let numerator = exposure.exogenous.checked_add(kappa.mul_ceil(own)?)?;
        numerator.div_ceil(Ratio::ONE.checked_sub(kappa.mul_ceil(own_share)?)?)
    }
}

impl Ledger {
    /// A ledger that has caused no impact and seen one price; the reference starts at the low side.
    ///
    /// # Examples
    /// See [`Ledger::reserve`].
    #[must_use]
    pub const fn open(band: PriceBand, now: Timestamp) -> Ledger {
        Ledger {
            reference: band.low(),
            lowest: band.low(),
            drawdown: Ratio::ZERO,
            level: Ratio::ZERO,
            reserved: Ratio::ZERO,
            at: now,
        }
    }

    /// The mirror image, for the budget of a buyer: `lowest` is where a rise is counted from, and starts at the high side;
    /// `reference` is the highest price since; `drawdown` is the rise `1 - lowest / reference`.
    pub(crate) const fn open_rise(band: PriceBand, now: Timestamp) -> Ledger {
        Ledger {
            reference: band.high(),
            lowest: band.high(),
            drawdown: Ratio::ZERO,
            level: Ratio::ZERO,
            reserved: Ratio::ZERO,
            at: now,
        }
    }

    /// Lets the impact caused leak until `now`: `L <- max(0, L - r * dt)`, the product exact.
    ///
    /// # Errors
    /// `now` before the state's time: [`Error::ClockReversed`].
    ///
    /// # Examples
    /// See [`Ledger::reserve`].
    pub fn advance(mut self, config: &LedgerConfig, now: Timestamp) -> Result<Ledger, Error> {
        self.advance_to(config, now)?;
        Ok(self)
    }

    /// [`Ledger::advance`] in place; nothing is changed on an error.
    #[inline(always)]
    pub(crate) fn advance_to(&mut self, config: &LedgerConfig, now: Timestamp) -> Result<(), Error> {
        let elapsed = now.since(self.at).map_err(|_| Error::ClockReversed)?;
        if self.level != Ratio::ZERO {
            self.level = self.level.excess_over(config.0.leak.over_at_most(elapsed, self.level));
        }
        self.at = now;
        Ok(())
    }

    /// Takes note of confirmed prices: the reference follows a rise to the window's low side, the lowest price follows
    /// a fall to the window's high side.
    ///
    /// A price that was not held through the window moves neither, so both the wick down, which would earn drawdown, and
    /// the wick up, which would raise the reference that drawdowns are counted from, under-read the drawdown. With a
    /// window of one exact price this is `if o >= ref { ref = min = o } else { min = min(min, o) }`. Spec: D4, D5.
    ///
    /// # Examples
    /// See [`Ledger::cap`].
    #[must_use]
    pub fn observe(mut self, window: Window) -> Ledger {
        self.see(&window);
        self
    }

    /// [`Ledger::observe`] in place.
    #[inline(always)]
    pub(crate) fn see(&mut self, window: &Window) {
        let (low, high) = (window.low(), window.high());
        if low >= self.reference {
            (self.reference, self.lowest, self.drawdown) = (low, low, Ratio::ZERO);
        } else if high < self.lowest {
            (self.lowest, self.drawdown) = (high, high.drawdown_floor(self.reference));
        }
    }

    /// [`Ledger::see`] with up and down exchanged: a fall to the window's high side starts the count anew, and a rise is
    /// counted up to the window's low side.
    pub(crate) fn see_rise(&mut self, window: &Window) {
        let (low, high) = (window.low(), window.high());
        if high <= self.lowest {
            (self.reference, self.lowest, self.drawdown) = (high, high, Ratio::ZERO);
        } else if low > self.reference {
            (self.reference, self.drawdown) = (low, self.lowest.drawdown_floor(low));
        }
    }

    /// Forgets the drawdown: reference and lowest price become `price`. Only tightens, because drawdowns are then
    /// counted from a lower reference.
    ///
    /// # Errors
    /// `price` above the reference, which would loosen: [`Error::NotPermitted`].
    ///
    /// # Examples
    /// ```
    /// use damper::ledger::{Ledger, LedgerConfig, LedgerParams};
    /// use damper::{Error, price::{Price, PriceBand}, ratio::Ratio, units::{Rate, Timestamp}, window::Window};
    /// let part = Ratio::from_fraction_floor;
    /// let config = LedgerConfig::new(LedgerParams {
    ///     burst: part(1, 64)?, leak: Rate::ZERO, own_share: part(1, 4)?, kappa: Ratio::ONE,
    /// })?;
    /// let price = |whole: u128| Price::from_decimal_floor(whole, 0);
    /// let open = Ledger::open(PriceBand::exact(price(64)?), Timestamp::new(0));
    ///
    /// let fallen = open.observe(Window::open(price(48)?, Timestamp::new(60)));
    /// let anchored = fallen.reanchor(price(48)?)?;
    /// assert_eq!((anchored.reference(), anchored.cap(&config)), (price(48)?, part(1, 64)?));
    /// assert_eq!(fallen.reanchor(price(65)?), Err(Error::NotPermitted));
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn reanchor(self, price: Price) -> Result<Ledger, Error> {
        if price > self.reference {
            return Err(Error::NotPermitted);
        }
        Ok(Ledger { reference: price, lowest: price, drawdown: Ratio::ZERO, ..self })
    }

    /// `D = (ref - min) / ref`, rounded down.
    ///
    /// # Examples
    /// See [`Ledger::cap`].
    #[must_use]
    pub const fn drawdown(&self) -> Ratio {
        self.drawdown
    }

    /// `B + h * D`, rounded down.
    ///
    /// # Examples
    /// ```
    /// use damper::ledger::{Ledger, LedgerConfig, LedgerParams};
    /// use damper::{Error, price::{Price, PriceBand}, ratio::Ratio, units::{Rate, Timestamp}, window::Window};
    /// let part = Ratio::from_fraction_floor;
    /// let config = LedgerConfig::new(LedgerParams {
    ///     burst: part(1, 64)?, leak: Rate::ZERO, own_share: part(1, 4)?, kappa: Ratio::ONE,
    /// })?;
    /// let price = |whole: u128| Price::from_decimal_floor(whole, 0);
    /// let open = Ledger::open(PriceBand::exact(price(64)?), Timestamp::new(0));
    ///
    /// assert_eq!(open.cap(&config), part(1, 64)?);
    /// // A fall from 64 to 48 is a quarter, and a quarter of that is earned.
    /// let fallen = open.observe(Window::open(price(48)?, Timestamp::new(60)));
    /// assert_eq!((fallen.drawdown(), fallen.cap(&config)), (part(1, 4)?, part(5, 64)?));
    /// # Ok::<(), damper::Error>(())
    /// ```
    #[must_use]
    pub fn cap(&self, config: &LedgerConfig) -> Ratio {
        // h < 1, D <= 1 and B <= 1: neither the product nor the sum can fail.
        let earned = config.0.own_share.mul_floor(self.drawdown).unwrap_or(Ratio::ZERO);
        config.0.burst.checked_add(earned).unwrap_or(config.0.burst)
    }

    /// Impact that may still be committed, `max(0, B + h * D - L - R)`, rounded down.
    ///
    /// # Examples
    /// See [`Ledger::release_to`].
    #[must_use]
    pub fn headroom(&self, config: &LedgerConfig) -> Ratio {
        self.cap(config).excess_over(self.level).excess_over(self.reserved)
    }

    /// `L`: impact caused and not yet leaked.
    ///
    /// # Examples
    /// See [`Ledger::reserve`].
    #[must_use]
    pub const fn level(&self) -> Ratio {
        self.level
    }

    /// `R`: impact reserved for open lots.
    ///
    /// # Examples
    /// See [`Ledger::reserve`].
    #[must_use]
    pub const fn reserved(&self) -> Ratio {
        self.reserved
    }

    /// The reference price that drawdowns are counted from.
    ///
    /// # Examples
    /// See [`Ledger::reanchor`].
    #[must_use]
    pub const fn reference(&self) -> Price {
        self.reference
    }

    /// The time to which the leak was applied.
    ///
    /// # Examples
    /// See [`Ledger::reserve`].
    #[must_use]
    pub const fn at(&self) -> Timestamp {
        self.at
    }

    /// Reserves `impact` for a lot: `R <- R + impact`.
    ///
    /// # Errors
    /// `L + R + impact > B + h * D`: [`Error::NotPermitted`].
    ///
    /// # Examples
    /// ```
    /// use damper::ledger::{Ledger, LedgerConfig, LedgerParams};
    /// use damper::{price::{Price, PriceBand}, ratio::Ratio, units::{Rate, Seconds, Timestamp}};
    /// let part = Ratio::from_fraction_floor;
    /// let config = LedgerConfig::new(LedgerParams {
    ///     burst: part(1, 64)?, leak: Rate::per_second(part(1, 1_024)?), own_share: part(1, 8)?, kappa: Ratio::ONE,
    /// })?;
    /// let ledger = Ledger::open(PriceBand::exact(Price::from_decimal_floor(100, 0)?), Timestamp::new(0));
    /// // The burst, and not a step more.
    /// let more = Ratio::from_bits(part(1, 64)?.to_bits() + 1);
    /// assert_eq!(ledger.reserve(&config, more), Err(damper::Error::NotPermitted));
    /// let ledger = ledger.reserve(&config, part(1, 64)?)?.charge(&config, part(1, 128)?)?;
    /// assert_eq!((ledger.level(), ledger.reserved(), ledger.headroom(&config)), (part(1, 128)?, part(1, 128)?, Ratio::ZERO));
    /// // What was caused leaks, what is reserved does not.
    /// let ledger = ledger.advance(&config, Timestamp::new(4))?;
    /// assert_eq!(ledger.at(), Timestamp::new(4));
    /// assert_eq!((ledger.level(), ledger.headroom(&config)), (part(1, 256)?, part(1, 256)?));
    /// assert_eq!(ledger.permitted_at(&config, part(1, 128)?)?, Some(Timestamp::new(8)));
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn reserve(self, config: &LedgerConfig, impact: Ratio) -> Result<Ledger, Error> {
        if impact > self.headroom(config) {
            return Err(Error::NotPermitted);
        }
        Ok(Ledger { reserved: self.reserved.checked_add(impact)?, ..self })
    }

    /// Charges `impact` for what was sold: first out of the reservations, the rest out of the headroom.
    ///
    /// # Errors
    /// `impact` above reservations and headroom together: [`Error::NotPermitted`].
    ///
    /// # Examples
    /// ```
    /// use damper::ledger::{Ledger, LedgerConfig, LedgerParams};
    /// use damper::{Error, price::{Price, PriceBand}, ratio::Ratio, units::{Rate, Timestamp}, window::Window};
    /// let part = Ratio::from_fraction_floor;
    /// let config = LedgerConfig::new(LedgerParams {
    ///     burst: part(1, 64)?, leak: Rate::ZERO, own_share: part(1, 4)?, kappa: Ratio::ONE,
    /// })?;
    /// let price = |whole: u128| Price::from_decimal_floor(whole, 0);
    /// let open = Ledger::open(PriceBand::exact(price(64)?), Timestamp::new(0));
    ///
    /// // 1/128 was reserved: 1/64 takes all of it, and 1/128 of what is free.
    /// let ledger = open.reserve(&config, part(1, 128)?)?.charge(&config, part(1, 64)?)?;
    /// assert_eq!((ledger.level(), ledger.reserved(), ledger.headroom(&config)), (part(1, 64)?, Ratio::ZERO, Ratio::ZERO));
    /// assert_eq!(ledger.charge(&config, Ratio::ULP), Err(Error::NotPermitted));
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn charge(self, config: &LedgerConfig, impact: Ratio) -> Result<Ledger, Error> {
        if impact.excess_over(self.reserved) > self.headroom(config) {
            return Err(Error::NotPermitted);
        }
        Ok(Ledger { level: self.level.checked_add(impact)?, reserved: self.reserved.excess_over(impact), ..self })
    }

    /// Lowers the reservations to at most `needed`: what open lots can no longer use returns to the headroom.
    ///
    /// # Examples
    /// ```
    /// use damper::ledger::{Ledger, LedgerConfig, LedgerParams};
    /// use damper::{Error, price::{Price, PriceBand}, ratio::Ratio, units::{Rate, Timestamp}, window::Window};
    /// let part = Ratio::from_fraction_floor;
    /// let config = LedgerConfig::new(LedgerParams {
    ///     burst: part(1, 64)?, leak: Rate::ZERO, own_share: part(1, 4)?, kappa: Ratio::ONE,
    /// })?;
    /// let price = |whole: u128| Price::from_decimal_floor(whole, 0);
    /// let open = Ledger::open(PriceBand::exact(price(64)?), Timestamp::new(0));
    ///
    /// let ledger = open.reserve(&config, part(1, 64)?)?.release_to(part(1, 256)?);
    /// assert_eq!((ledger.reserved(), ledger.headroom(&config)), (part(1, 256)?, part(3, 256)?));
    /// // It never adds.
    /// assert_eq!(ledger.release_to(part(1, 64)?), ledger);
    /// # Ok::<(), damper::Error>(())
    /// ```
    #[must_use]
    pub fn release_to(self, needed: Ratio) -> Ledger {
        Ledger { reserved: self.reserved.min(needed), ..self }
    }

    /// The earliest time at which leaking alone gives a headroom of `impact`, the price standing still; `None` when it
    /// never does. Rounded up.
    ///
    /// # Errors
    /// The time is beyond 2^64 - 1 seconds: [`Error::Overflow`].
    ///
    /// # Examples
    /// See [`Ledger::reserve`].
    pub fn permitted_at(&self, config: &LedgerConfig, impact: Ratio) -> Result<Option<Timestamp>, Error> {
        if impact <= self.headroom(config) {
            return Ok(Some(self.at));
        }
        let missing = match impact.checked_add(self.reserved) {
            Ok(sum) => match sum.checked_add(self.level) {
                Ok(sum) => sum.excess_over(self.cap(config)),
                Err(_) => return Ok(None),
            },
            Err(_) => return Ok(None),
        };
        if missing == Ratio::ZERO {
            return Ok(Some(self.at));
        }
        if missing > self.level {
            return Ok(None);
        }
        match quotient_ceil(missing.to_bits(), config.0.leak.get().to_bits()) {
            Some(seconds) => self.at.checked_add(Seconds::new(seconds)).map(Some),
            None => Ok(None),
        }
    }
}

form!(Exposure { exogenous: Ratio, noise: Ratio, elapsed: Seconds });
stored!(LedgerParams { burst: Ratio, leak: Rate, own_share: Ratio, kappa: Ratio }, drawn);
stored_as!(LedgerConfig as LedgerParams, |config| config.0, LedgerConfig::new);
stored!(Ledger {
    reference: Price,
    lowest: Price,
    drawdown: Ratio,
    level: Ratio,
    reserved: Ratio,
    at: Timestamp,
} if |ledger| {
    ledger.lowest <= ledger.reference && ledger.drawdown == ledger.lowest.drawdown_floor(ledger.reference)
}, "a `lowest` of at most `reference`, and the `drawdown` between them"; mend |ledger| {
    let (lowest, reference) = (ledger.lowest.min(ledger.reference), ledger.lowest.max(ledger.reference));
    Ledger { lowest, reference, drawdown: lowest.drawdown_floor(reference), ..ledger }
});
