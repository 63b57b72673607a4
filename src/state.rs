//! What a guard keeps between calls, and its stored form. Spec: D14, N9.

use crate::appetite::Appetite;
use crate::breaker::Breaker;
use crate::bytes::{HEADER, Kind, Stored, read, stored, write};
use crate::depth::Depth;
use crate::error::Error;
use crate::ledger::Ledger;
use crate::oracle::PriceObservation;
use crate::parameters::Parameters;
use crate::ratio::Ratio;
use crate::schedule::Schedule;
use crate::units::{Amount, Timestamp};
use crate::volatility::Volatility;
use crate::window::Window;

/// The state of one market. Plain data, in and out by value.
///
/// # Examples
/// ```
/// # use damper::{book::{Shape, Snapshot}, depth::DepthObservation, guard::Guard, oracle::PriceObservation};
/// # use damper::{preset::{Site, lending}, price::{Price, PriceBand}, units::{Amount, Seconds, Timestamp, Value}};
/// # let guard = Guard::new(lending(&Site::<1> {
/// #     shape: Shape::ConstantProduct, heartbeat: Seconds::new(60), min_sale: Value::new(100),
/// #     rise_base: Amount::new(21_600), depth_norm: None,
/// # })?)?;
/// # let price = PriceObservation { source_time: Timestamp::new(5), band: PriceBand::exact(Price::from_decimal_floor(100, 0)?) };
/// # let snapshot = Snapshot::ConstantProduct { reserve: Amount::new(2_000_000) };
/// # let depth = DepthObservation { source_time: Timestamp::new(6), snapshot };
/// let now = Timestamp::new(7);
/// let state = guard.open(now, price, depth)?;
/// assert_eq!((state.price(), state.depth().source_time(), state.at()), (&price, Timestamp::new(6), now));
/// assert_eq!((state.window().low(), state.ledger().reference()), (price.band.low(), price.band.low()));
/// assert_eq!((state.lots(), state.pending(), state.breaker().level()), (0, Amount::ZERO, 0));
/// assert_eq!((state.schedule().at(), state.appetite().at(), state.untaken_until()), (now, now, Timestamp::new(0)));
/// // The preset begins with a volatility of 100 % a day.
/// assert_eq!(state.volatility().variance_bits(), 1 << 96);
/// # Ok::<(), damper::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct GuardState<const N: usize> {
    pub(crate) price: PriceObservation,
    pub(crate) window: Window,
    pub(crate) depth: Depth<N>,
    pub(crate) ledger: Ledger,
    pub(crate) volatility: Volatility,
    pub(crate) schedule: Schedule,
    pub(crate) appetite: Appetite,
    /// Volatility and parameters as of the last observation, kept because they take a root and eight products. The largest
    /// loan-to-value ratio is scaled by the appetite.
    pub(crate) sigma: Ratio,
    pub(crate) parameters: Parameters,
    pub(crate) breaker: Breaker,
    /// End of the last stop of takes: the price of an auction opened before it fell while nobody could take.
    pub(crate) untaken_until: Timestamp,
    /// Base atoms in open lots.
    pub(crate) pending: Amount,
    /// Open lots.
    pub(crate) lots: u16,
}

impl<const N: usize> GuardState<N> {
    /// The ledger.
    ///
    /// # Examples
    /// See [`GuardState`].
    #[must_use]
    pub const fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Base atoms in open lots.
    ///
    /// # Examples
    /// See [`GuardState`].
    #[must_use]
    pub const fn pending(&self) -> Amount {
        self.pending
    }

    /// Open lots.
    ///
    /// # Examples
    /// See [`GuardState`].
    #[must_use]
    pub const fn lots(&self) -> u16 {
        self.lots
    }

    /// The time of the last call that moved the state.
    ///
    /// # Examples
    /// See [`GuardState`].
    #[must_use]
    pub const fn at(&self) -> Timestamp {
        self.ledger.at()
    }

    /// The circuit breaker; what it stops, and until when: [`crate::breaker::BreakerConfig::stops`].
    ///
    /// # Examples
    /// See [`GuardState`].
    #[must_use]
    pub const fn breaker(&self) -> &Breaker {
        &self.breaker
    }

    /// The place of the thresholds on their ramp.
    ///
    /// # Examples
    /// See [`GuardState`].
    #[must_use]
    pub const fn schedule(&self) -> &Schedule {
        &self.schedule
    }

    /// The volatility estimate.
    ///
    /// # Examples
    /// See [`GuardState`].
    #[must_use]
    pub const fn volatility(&self) -> &Volatility {
        &self.volatility
    }

    /// Risk appetite.
    ///
    /// # Examples
    /// See [`GuardState`].
    #[must_use]
    pub const fn appetite(&self) -> &Appetite {
        &self.appetite
    }

    /// End of the last stop of takes: nobody could answer a lot that was opened before it.
    ///
    /// # Examples
    /// See [`GuardState`].
    #[must_use]
    pub const fn untaken_until(&self) -> Timestamp {
        self.untaken_until
    }

    /// The last accepted price.
    ///
    /// # Examples
    /// See [`GuardState`].
    #[must_use]
    pub const fn price(&self) -> &PriceObservation {
        &self.price
    }

    /// The window of the wick filter, by source time: its low is the price that a borrower is held to, its high the one that a
    /// backstop must be needed at. Spec: D14.
    ///
    /// # Examples
    /// See [`GuardState`].
    #[must_use]
    pub const fn window(&self) -> &Window {
        &self.window
    }

    /// Credible depth and own consumption.
    ///
    /// # Examples
    /// See [`GuardState`].
    #[must_use]
    pub const fn depth(&self) -> &Depth<N> {
        &self.depth
    }
}

stored!(@[const N: usize] GuardState<N> {
    price: PriceObservation,
    window: Window,
    depth: Depth<N>,
    ledger: Ledger,
    volatility: Volatility,
    schedule: Schedule,
    appetite: Appetite,
    sigma: Ratio,
    parameters: Parameters,
    breaker: Breaker,
    untaken_until: Timestamp,
    pending: Amount,
    lots: u16,
} if |state| {
    // The clocks of the parts are never ahead of each other, which is what lets an update be all or nothing.
    (state.lots > 0 || state.pending.is_zero())
        && state.parameters.check().is_ok()
        && state.window.opened() <= state.price.source_time
        && state.volatility.source_time() == state.price.source_time
        && state.breaker.in_order(state.schedule.at())
        && state.schedule.at() <= state.ledger.at()
        && state.appetite.at() <= state.ledger.at()
}, drawn);

crate::packed::store!(@[const N: usize] GuardState<N>);

impl<const N: usize> GuardState<N> {
    /// Bytes of the stored form.
    ///
    /// # Examples
    /// See [`GuardState::write_to`].
    pub const BYTES: usize = HEADER.wrapping_add(<GuardState<N> as Stored>::BYTES);

    /// Writes the stored form: fixed layout, little-endian, a header with kind, version and `N`. Spec: N9.
    ///
    /// # Errors
    /// `out` is not [`GuardState::BYTES`] long: [`Error::StoredLength`].
    ///
    /// # Examples
    /// ```
    /// use damper::guard::{Guard, GuardState};
    /// assert_eq!((GuardState::<1>::BYTES, GuardState::<8>::BYTES, Guard::<1>::BYTES), (436, 548, 728));
    /// assert_eq!(GuardState::<1>::read_from(&[0; 436]), Err(damper::Error::StoredHeader));
    /// ```
    pub fn write_to(&self, out: &mut [u8]) -> Result<(), Error> {
        write(Kind::State, N, self, out)
    }

    /// Reads the stored form. Spec: N9.
    ///
    /// # Errors
    /// Another length: [`Error::StoredLength`]. Another kind, version or `N`: [`Error::StoredHeader`]. A field outside its
    /// range: [`Error::StoredValue`], or the error of its constructor.
    ///
    /// # Examples
    /// ```
    /// # use damper::{book::{Shape, Snapshot}, depth::DepthObservation, guard::Guard, oracle::PriceObservation};
    /// # use damper::{preset::{Site, lending}, price::{Price, PriceBand}, units::{Amount, Seconds, Timestamp, Value}};
    /// # let guard = Guard::new(lending(&Site::<1> {
    /// #     shape: Shape::ConstantProduct, heartbeat: Seconds::new(60), min_sale: Value::new(100),
    /// #     rise_base: Amount::new(21_600), depth_norm: None,
    /// # })?)?;
    /// # let band = PriceBand::exact(Price::from_decimal_floor(100, 0)?);
    /// # let price = PriceObservation { source_time: Timestamp::new(0), band };
    /// # let snapshot = Snapshot::ConstantProduct { reserve: Amount::new(2_000_000) };
    /// # let pool = DepthObservation { source_time: Timestamp::new(0), snapshot };
    /// use damper::{Error, guard::GuardState};
    /// let state = guard.open(Timestamp::new(0), price, pool)?;
    /// let mut bytes = [0; GuardState::<1>::BYTES];
    /// state.write_to(&mut bytes)?;
    /// assert_eq!(GuardState::<1>::read_from(&bytes)?, state);
    /// // Of another length, and of another `N` by its header.
    /// assert_eq!(GuardState::<1>::read_from(&bytes[1..]), Err(Error::StoredLength));
    /// bytes[2] = 2;
    /// assert_eq!(GuardState::<1>::read_from(&bytes), Err(Error::StoredHeader));
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn read_from(bytes: &[u8]) -> Result<GuardState<N>, Error> {
        read(Kind::State, N, bytes)
    }
}
