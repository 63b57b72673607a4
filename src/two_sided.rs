//! The impact ledger of one who also buys: a level of sales against the drawdown, a level of purchases against the run-up.
//!
//! ```text
//! sales       L_s + R_s + charge <= B_s + h_s * D,     D = (ref - min) / ref
//! purchases   L_b + R_b + charge <= B_b + h_b * U,     U = (max - ref') / max
//! ```
//!
//! `ref'` is the lowest confirmed price and `max` the highest since, so `U = 1 - ref'/max` under-states the log rise as `D`
//! under-states the log fall. The two levels are never netted: what a purchase moved up is no permission to sell, because
//! it may be gone while the sale's displacement stays. They meet only in the price. Purchases raise a peak and may recover
//! from it, so the market's fall is bounded by both budgets, and both own shares count against one: SPEC.md, T5 (iv).

use crate::bytes::{HEADER, Kind, Stored, read, stored, write};
use crate::error::Error;
use crate::forms::{field, form, form_as};
use crate::ledger::{Ledger, LedgerConfig, LedgerParams};
use crate::price::PriceBand;
use crate::ratio::Ratio;
use crate::units::{Seconds, Timestamp};
use crate::window::Window;

/// Which way a trade goes.
///
/// # Examples
/// See [`TwoSided`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case", deny_unknown_fields))]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema), schemars(transform = crate::forms::described))]
#[cfg_attr(feature = "borsh", derive(borsh::BorshSerialize, borsh::BorshDeserialize))]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub enum Side {
    /// Base atoms are sold; the price falls.
    Sell,
    /// Base atoms are bought; the price rises.
    Buy,
}

/// What [`TwoSidedConfig::new`] checks.
///
/// # Examples
/// See [`TwoSided`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct TwoSidedParams {
    /// The budget of sales; its `kappa` is that of the bids.
    pub sell: LedgerParams,
    /// The budget of purchases; its `kappa` is that of the asks.
    pub buy: LedgerParams,
}

/// Checked parameters of the two budgets.
///
/// # Examples
/// See [`TwoSided`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct TwoSidedConfig {
    sell: LedgerConfig,
    buy: LedgerConfig,
}

/// Arguments of T5 (iv) other than the parameters, in log-price.
///
/// # Examples
/// See [`TwoSidedConfig::bound_rise_ceil`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Swing {
    /// `X`: largest fall of the price path without own trades, from a peak to a later trough.
    pub fall: Ratio,
    /// `Y`: largest rise of it, from a trough to a later peak.
    pub rise: Ratio,
    /// `eps`: largest distance between an observed price and the true one of its time.
    pub noise: Ratio,
    /// `n`: time since the source time of the first accepted price.
    pub elapsed: Seconds,
}

/// The last trade of a side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
struct Last {
    any: bool,
    at: Timestamp,
}

/// The state of both budgets. Plain data, in and out by value.
///
/// # Examples
/// ```
/// use damper::two_sided::{Side, TwoSided, TwoSidedConfig, TwoSidedParams};
/// use damper::{Error, ledger::LedgerParams, price::{Price, PriceBand}, ratio::Ratio};
/// use damper::{units::{Rate, Timestamp}, window::Window};
/// let (part, at) = (Ratio::from_fraction_floor, Timestamp::new);
/// let budget = LedgerParams { burst: part(1, 64)?, leak: Rate::ZERO, own_share: part(1, 4)?, kappa: Ratio::ONE };
/// let config = TwoSidedConfig::new(TwoSidedParams { sell: budget, buy: budget })?;
/// let price = |whole: u128| Price::from_decimal_floor(whole, 0);
/// let seen = |whole, now| -> Result<Window, Error> { Ok(Window::open(price(whole)?, at(now))) };
/// // From 128 down to 48, and up to 64: a fall of 80 / 128 = 5/8, and a rise that is 16 / 64 = 1/4 of its end.
/// let state = TwoSided::open(PriceBand::exact(price(128)?), at(0)).observe(seen(48, 60)?).observe(seen(64, 120)?);
/// assert_eq!((state.earned_on(Side::Sell), state.earned_on(Side::Buy)), (part(5, 8)?, part(1, 4)?));
/// assert_eq!(state.cap(&config, Side::Sell), part(11, 64)?);
/// assert_eq!(state.cap(&config, Side::Buy), part(5, 64)?);
/// // A sale is charged to the sales alone. A purchase must then be measured on a book that shows it.
/// let state = state.advance(&config, at(120))?.charge(&config, Side::Sell, part(1, 64)?, at(120))?;
/// assert_eq!(state.at(), at(120));
/// assert_eq!(state.headroom(&config, Side::Sell), part(10, 64)?);
/// assert_eq!(state.headroom(&config, Side::Buy), part(5, 64)?);
/// assert_eq!(state.charge(&config, Side::Buy, part(1, 64)?, at(120)), Err(Error::OtherSideUnshown));
/// let state = state.charge(&config, Side::Buy, part(1, 64)?, at(121))?;
/// assert_eq!(state.level(Side::Buy), part(1, 64)?);
/// # Ok::<(), damper::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct TwoSided {
    sell: Ledger,
    /// Mirrored: its `lowest` is the price that a rise is counted from, its `reference` the highest since.
    buy: Ledger,
    sold: Last,
    bought: Last,
}

impl TwoSidedConfig {
    /// Checks the parameters.
    ///
    /// # Errors
    /// Each side as [`LedgerConfig::new`]. `kappa_s h_s + kappa_b h_b >= 1`, each product rounded up:
    /// [`Error::TwoSidedGain`], because T5 (iv) then bounds nothing. With equal sides and `kappa = 1` that is `h < 1/2`.
    ///
    /// # Examples
    /// ```
    /// use damper::two_sided::{TwoSidedConfig, TwoSidedParams};
    /// use damper::{Error, ledger::LedgerParams, ratio::Ratio, units::Rate};
    /// let side = |own_share| LedgerParams { burst: Ratio::ZERO, leak: Rate::ZERO, own_share, kappa: Ratio::ONE };
    /// let half = Ratio::from_fraction_floor(1, 2)?;
    /// let third = Ratio::from_fraction_floor(1, 3)?;
    /// assert!(TwoSidedConfig::new(TwoSidedParams { sell: side(half), buy: side(third) }).is_ok());
    /// let both = TwoSidedParams { sell: side(half), buy: side(half) };
    /// assert_eq!(TwoSidedConfig::new(both), Err(Error::TwoSidedGain));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn new(params: TwoSidedParams) -> Result<TwoSidedConfig, Error> {
        let config = TwoSidedConfig { sell: LedgerConfig::new(params.sell)?, buy: LedgerConfig::new(params.buy)? };
        if config.gain_ceil()? >= Ratio::ONE {
            return Err(Error::TwoSidedGain);
        }
        Ok(config)
    }

    /// Both budgets for one of several traders on a common book: `B`, `r` and `h` times the share, rounded down. Spec: T4.
    ///
    /// # Errors
    /// `share` above one: [`Error::BookShareRange`].
    ///
    /// # Examples
    /// ```
    /// use damper::two_sided::{Side, TwoSidedConfig, TwoSidedParams};
    /// use damper::{ledger::LedgerParams, ratio::Ratio, units::Rate};
    /// let part = Ratio::from_fraction_floor;
    /// let side = LedgerParams { burst: part(1, 64)?, leak: Rate::ZERO, own_share: part(1, 8)?, kappa: Ratio::ONE };
    /// let quarter = TwoSidedConfig::new(TwoSidedParams { sell: side, buy: side })?.shared(part(1, 4)?)?;
    /// let sales = quarter.side(Side::Sell).params();
    /// assert_eq!((sales.burst, sales.own_share, sales.kappa), (part(1, 256)?, part(1, 32)?, Ratio::ONE));
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn shared(&self, share: Ratio) -> Result<TwoSidedConfig, Error> {
        Ok(TwoSidedConfig { sell: self.sell.shared(share)?, buy: self.buy.shared(share)? })
    }

    /// The budget of a side. That of sales, [`LedgerConfig::bound_ceil`], bounds the fall alone where the displacement by
    /// purchases never recovers.
    ///
    /// # Examples
    /// See [`TwoSidedConfig::shared`].
    #[must_use]
    pub const fn side(&self, side: Side) -> &LedgerConfig {
        match side {
            Side::Sell => &self.sell,
            Side::Buy => &self.buy,
        }
    }

    /// The bound on the market's fall, from a peak to a later trough, rounded up:
    ///
    /// ```text
    /// X + (C + kappa_s h_s X + kappa_b h_b Y) / (1 - kappa_s h_s - kappa_b h_b)
    /// C = kappa_s (B_s + r_s n + 2 h_s eps) + kappa_b (B_b + r_b n + 2 h_b eps)
    /// ```
    ///
    /// Units: log-price. With no budget of purchases it is the bound of T-A. Spec: T5.
    ///
    /// # Errors
    /// Above [`Ratio::MAX`]: [`Error::Overflow`].
    ///
    /// # Examples
    /// ```
    /// use damper::two_sided::{Swing, TwoSidedConfig, TwoSidedParams};
    /// use damper::{ledger::LedgerParams, ratio::Ratio, units::{Rate, Seconds}};
    /// let of = |numerator, denominator| Ratio::from_fraction_floor(numerator, denominator);
    /// let side = LedgerParams { burst: of(1, 256)?, leak: Rate::ZERO, own_share: of(1, 8)?, kappa: Ratio::ONE };
    /// let config = TwoSidedConfig::new(TwoSidedParams { sell: side, buy: side })?;
    /// let swing = Swing { fall: of(1, 4)?, rise: of(1, 2)?, noise: Ratio::ZERO, elapsed: Seconds::new(60) };
    /// // 1/4 + (1/128 + 1/32 + 1/16) / (3/4)
    /// assert_eq!(config.bound_fall_ceil(swing)?, Ratio::from_fraction_ceil(96 + 52, 384)?);
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn bound_fall_ceil(&self, swing: Swing) -> Result<Ratio, Error> {
        swing.fall.checked_add(self.displaced_ceil(swing)?)
    }

    /// The bound on the market's rise, from a trough to a later peak, rounded up: that of the fall with `Y` in the place of
    /// its first `X`. Spec: T5.
    ///
    /// # Errors
    /// Above [`Ratio::MAX`]: [`Error::Overflow`].
    ///
    /// # Examples
    /// ```
    /// use damper::two_sided::{Swing, TwoSidedConfig, TwoSidedParams};
    /// use damper::{ledger::LedgerParams, ratio::Ratio, units::{Rate, Seconds}};
    /// let of = |numerator, denominator| Ratio::from_fraction_floor(numerator, denominator);
    /// let side = LedgerParams { burst: of(1, 256)?, leak: Rate::ZERO, own_share: of(1, 8)?, kappa: Ratio::ONE };
    /// let config = TwoSidedConfig::new(TwoSidedParams { sell: side, buy: side })?;
    /// let swing = Swing { fall: of(1, 4)?, rise: of(1, 2)?, noise: Ratio::ZERO, elapsed: Seconds::new(60) };
    /// // 1/2 + (1/128 + 1/32 + 1/16) / (3/4)
    /// assert_eq!(config.bound_rise_ceil(swing)?, Ratio::from_fraction_ceil(48 + 13, 96)?);
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn bound_rise_ceil(&self, swing: Swing) -> Result<Ratio, Error> {
        swing.rise.checked_add(self.displaced_ceil(swing)?)
    }

    /// The bound on `kappa_s A_s + kappa_b A_b`, what all own trades displace, rounded up.
    fn displaced_ceil(&self, swing: Swing) -> Result<Ratio, Error> {
        let Swing { fall, rise, noise, elapsed } = swing;
        let part = |config: &LedgerConfig, exogenous: Ratio| -> Result<Ratio, Error> {
            let LedgerParams { burst, leak, own_share, kappa } = config.params();
            // h < 1: twice it fits.
            let noise = own_share.checked_add(own_share)?.mul_ceil(noise)?;
            let earned = own_share.mul_ceil(exogenous)?;
            let own = burst.checked_add(leak.over(elapsed)?)?.checked_add(noise)?.checked_add(earned)?;
            kappa.mul_ceil(own)
        };
        let numerator = part(&self.sell, fall)?.checked_add(part(&self.buy, rise)?)?;
        numerator.div_ceil(Ratio::ONE.checked_sub(self.gain_ceil()?)?)
    }

    /// `kappa_s h_s + kappa_b h_b`, each product rounded up.
    fn gain_ceil(&self) -> Result<Ratio, Error> {
        let gain = |config: &LedgerConfig| config.params().kappa.mul_ceil(config.params().own_share);
        gain(&self.sell)?.checked_add(gain(&self.buy)?)
    }
}

impl TwoSided {
    /// Bytes of the stored form.
    ///
    /// # Examples
    /// See [`TwoSided::write_to`].
    pub const BYTES: usize = HEADER.wrapping_add(<TwoSided as Stored>::BYTES);

    /// Budgets that have caused no impact and seen one price: falls are counted from its low side, rises from its high
    /// side.
    ///
    /// # Examples
    /// See [`TwoSided`].
    #[must_use]
    pub const fn open(band: PriceBand, now: Timestamp) -> TwoSided {
        let none = Last { any: false, at: now };
        TwoSided { sell: Ledger::open(band, now), buy: Ledger::open_rise(band, now), sold: none, bought: none }
    }

    /// Lets both levels leak until `now`, as [`Ledger::advance`].
    ///
    /// # Errors
    /// `now` before the state's time: [`Error::ClockReversed`].
    ///
    /// # Examples
    /// See [`TwoSided`].
    pub fn advance(self, config: &TwoSidedConfig, now: Timestamp) -> Result<TwoSided, Error> {
        Ok(TwoSided { sell: self.sell.advance(&config.sell, now)?, buy: self.buy.advance(&config.buy, now)?, ..self })
    }

    /// Takes note of confirmed prices. Sales: as [`Ledger::observe`]. Purchases: the price that rises are counted from
    /// follows a fall to the window's high side, the highest price follows a rise to the window's low side. Spec: D24.
    ///
    /// # Examples
    /// See [`TwoSided`].
    #[must_use]
    pub fn observe(mut self, window: Window) -> TwoSided {
        self.sell.see(&window);
        self.buy.see_rise(&window);
        self
    }

    /// `D` of sales or `U` of purchases, rounded down.
    ///
    /// # Examples
    /// See [`TwoSided`].
    #[must_use]
    pub const fn earned_on(&self, side: Side) -> Ratio {
        self.ledger(side).drawdown()
    }

    /// `B + h * D` or `B + h * U`, rounded down.
    ///
    /// # Examples
    /// See [`TwoSided`].
    #[must_use]
    pub fn cap(&self, config: &TwoSidedConfig, side: Side) -> Ratio {
        self.ledger(side).cap(config.side(side))
    }

    /// Impact that a side may still commit, rounded down.
    ///
    /// # Examples
    /// See [`TwoSided`].
    #[must_use]
    pub fn headroom(&self, config: &TwoSidedConfig, side: Side) -> Ratio {
        self.ledger(side).headroom(config.side(side))
    }

    /// Impact that a side caused and that has not leaked.
    ///
    /// # Examples
    /// See [`TwoSided`].
    #[must_use]
    pub const fn level(&self, side: Side) -> Ratio {
        self.ledger(side).level()
    }

    /// Impact that a side has reserved.
    ///
    /// # Examples
    /// See [`TwoSided::release_to`].
    #[must_use]
    pub const fn reserved(&self, side: Side) -> Ratio {
        self.ledger(side).reserved()
    }

    /// The time to which the leak was applied.
    ///
    /// # Examples
    /// See [`TwoSided`].
    #[must_use]
    pub const fn at(&self) -> Timestamp {
        self.sell.at()
    }

    /// Reserves `impact` for open orders of a side.
    ///
    /// # Errors
    /// Above the side's headroom: [`Error::NotPermitted`].
    ///
    /// # Examples
    /// See [`TwoSided`].
    pub fn reserve(self, config: &TwoSidedConfig, side: Side, impact: Ratio) -> Result<TwoSided, Error> {
        let ledger = self.ledger(side).reserve(config.side(side), impact)?;
        Ok(self.with(side, ledger))
    }

    /// Charges `impact` for a trade at the state's time ([`TwoSided::advance`] first); `shown` is the source time of the
    /// depth that the impact was measured on. The impact of a purchase of `q` over-states its log move: for a constant
    /// product with quote reserve `y` that is paid `d`, `((y + d) / y)^2 - 1`, which is
    /// [`crate::book::Book::impact_ceil`] of a book of quote atoms.
    ///
    /// # Errors
    /// `impact` above the side's reservations and headroom: [`Error::NotPermitted`]. `shown` not after the last trade of
    /// the other side: [`Error::OtherSideUnshown`], because that trade took from the reserve that this one meets.
    ///
    /// # Examples
    /// See [`TwoSided`].
    pub fn charge(
        self,
        config: &TwoSidedConfig,
        side: Side,
        impact: Ratio,
        shown: Timestamp,
    ) -> Result<TwoSided, Error> {
        let other = match side {
            Side::Sell => self.bought,
            Side::Buy => self.sold,
        };
        if other.any && shown <= other.at {
            return Err(Error::OtherSideUnshown);
        }
        let ledger = self.ledger(side).charge(config.side(side), impact)?;
        let last = Last { any: true, at: self.at() };
        let traded = self.with(side, ledger);
        Ok(match side {
            Side::Sell => TwoSided { sold: last, ..traded },
            Side::Buy => TwoSided { bought: last, ..traded },
        })
    }

    /// Lowers the reservations of a side to at most `needed`.
    ///
    /// # Examples
    /// ```
    /// use damper::two_sided::{Side, TwoSided, TwoSidedConfig, TwoSidedParams};
    /// use damper::{ledger::LedgerParams, price::{Price, PriceBand}, ratio::Ratio, units::{Rate, Timestamp}};
    /// let (part, now) = (Ratio::from_fraction_floor, Timestamp::new(0));
    /// let budget = LedgerParams { burst: part(1, 64)?, leak: Rate::ZERO, own_share: part(1, 4)?, kappa: Ratio::ONE };
    /// let config = TwoSidedConfig::new(TwoSidedParams { sell: budget, buy: budget })?;
    /// let open = TwoSided::open(PriceBand::exact(Price::from_decimal_floor(64, 0)?), now);
    /// let both = open.reserve(&config, Side::Sell, part(1, 64)?)?.reserve(&config, Side::Buy, part(1, 64)?)?;
    /// // Three quarters of what sales had reserved are free again; what purchases reserved stays.
    /// let state = both.release_to(Side::Sell, part(1, 256)?);
    /// assert_eq!((state.reserved(Side::Sell), state.reserved(Side::Buy)), (part(1, 256)?, part(1, 64)?));
    /// // It never adds.
    /// assert_eq!(state.release_to(Side::Sell, part(1, 64)?), state);
    /// # Ok::<(), damper::Error>(())
    /// ```
    #[must_use]
    pub fn release_to(self, side: Side, needed: Ratio) -> TwoSided {
        self.with(side, self.ledger(side).release_to(needed))
    }

    /// The earliest time at which leaking alone gives a side a headroom of `impact`, as [`Ledger::permitted_at`].
    ///
    /// # Errors
    /// The time is beyond 2^64 - 1 seconds: [`Error::Overflow`].
    ///
    /// # Examples
    /// ```
    /// use damper::two_sided::{Side, TwoSided, TwoSidedConfig, TwoSidedParams};
    /// use damper::{ledger::LedgerParams, price::{Price, PriceBand}, ratio::Ratio, units::{Rate, Timestamp}};
    /// let (part, now) = (Ratio::from_fraction_floor, Timestamp::new(0));
    /// let leak = Rate::per_second(part(1, 1_024)?);
    /// let budget = LedgerParams { burst: part(1, 64)?, leak, own_share: part(1, 4)?, kappa: Ratio::ONE };
    /// let config = TwoSidedConfig::new(TwoSidedParams { sell: budget, buy: budget })?;
    /// let open = TwoSided::open(PriceBand::exact(Price::from_decimal_floor(64, 0)?), now);
    /// let state = open.charge(&config, Side::Sell, part(1, 64)?, now)?;
    /// // The burst of sales is used up. At 1/1,024 per second 1/256 takes four seconds, and 1/255 takes 4.02: five.
    /// assert_eq!(state.permitted_at(&config, Side::Sell, part(1, 256)?)?, Some(Timestamp::new(4)));
    /// assert_eq!(state.permitted_at(&config, Side::Sell, part(1, 255)?)?, Some(Timestamp::new(5)));
    /// // More than the burst is never permitted by waiting; a purchase is permitted at once.
    /// assert_eq!(state.permitted_at(&config, Side::Sell, part(1, 63)?)?, None);
    /// assert_eq!(state.permitted_at(&config, Side::Buy, part(1, 64)?)?, Some(now));
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn permitted_at(&self, config: &TwoSidedConfig, side: Side, impact: Ratio) -> Result<Option<Timestamp>, Error> {
        self.ledger(side).permitted_at(config.side(side), impact)
    }

    /// Writes the stored form: fixed layout, little-endian, a header with kind and version. Spec: N9.
    ///
    /// # Errors
    /// `out` is not [`TwoSided::BYTES`] long: [`Error::StoredLength`].
    ///
    /// # Examples
    /// ```
    /// use damper::{Error, price::{Price, PriceBand}, two_sided::TwoSided, units::Timestamp};
    /// let state = TwoSided::open(PriceBand::exact(Price::from_decimal_floor(64, 0)?), Timestamp::new(9));
    /// let mut bytes = [0; TwoSided::BYTES];
    /// state.write_to(&mut bytes)?;
    /// assert_eq!(TwoSided::read_from(&bytes)?, state);
    /// // A byte short, and a header of zero.
    /// assert_eq!(TwoSided::read_from(&bytes[1..]), Err(Error::StoredLength));
    /// bytes[0] = 0;
    /// assert_eq!(TwoSided::read_from(&bytes), Err(Error::StoredHeader));
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn write_to(&self, out: &mut [u8]) -> Result<(), Error> {
        write(Kind::TwoSided, 0, self, out)
    }

    /// Reads the stored form. Spec: N9.
    ///
    /// # Errors
    /// Another length: [`Error::StoredLength`]. Another kind or version: [`Error::StoredHeader`]. A field outside its
    /// range: [`Error::StoredValue`], or the error of its constructor.
    ///
    /// # Examples
    /// See [`TwoSided::write_to`].
    pub fn read_from(bytes: &[u8]) -> Result<TwoSided, Error> {
        read(Kind::TwoSided, 0, bytes)
    }

    const fn ledger(&self, side: Side) -> &Ledger {
        match side {
            Side::Sell => &self.sell,
            Side::Buy => &self.buy,
        }
    }

    const fn with(self, side: Side, ledger: Ledger) -> TwoSided {
        match side {
            Side::Sell => TwoSided { sell: ledger, ..self },
            Side::Buy => TwoSided { buy: ledger, ..self },
        }
    }
}

field!(Side);
form!(TwoSidedParams { sell: LedgerParams, buy: LedgerParams }, drawn);
form_as!(
    TwoSidedConfig as TwoSidedParams,
    |config| TwoSidedParams { sell: config.sell.params(), buy: config.buy.params() },
    TwoSidedConfig::new
);
form!(Swing { fall: Ratio, rise: Ratio, noise: Ratio, elapsed: Seconds });
stored!(Last { any: bool, at: Timestamp });
stored!(TwoSided { sell: Ledger, buy: Ledger, sold: Last, bought: Last } if |state| {
    state.sell.at() == state.buy.at() && state.sold.at <= state.at() && state.bought.at <= state.at()
}, "one `at` of both ledgers, not before that of a trade", drawn);
crate::packed::store!(TwoSided);
