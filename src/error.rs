//! The one error type: every refusal of the crate, named after the input that caused it.

/// Declares [`Error`] with, for each variant, its stable code, its meaning and the text of `Display`.
macro_rules! errors {
    ($( $(#[doc = $doc:literal])+ $name:ident = $code:literal, $text:literal; )+) => {
        /// A refused input or an unrepresentable result.
        ///
        /// A market state ("unhealthy", "halted", "expired") is never an error. The numeric codes are part of the
        /// public interface: a code, once published, keeps its meaning. Hundreds name the module: 1xx numbers and
        /// units, 2xx oracle, 3xx depth, 4xx volatility, 5xx schedule, 6xx ledger, 7xx breaker, 8xx health and plan,
        /// 9xx auction, 10xx guard.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[cfg_attr(feature = "defmt", derive(defmt::Format))]
        #[non_exhaustive]
        #[repr(u16)]
        pub enum Error {
            $( $(#[doc = $doc])+ $name = $code, )+
        }

        impl Error {
            /// Every variant, in the order of the codes.
            pub const ALL: &'static [Error] = &[$( Error::$name, )+];

            /// The stable numeric code.
            ///
            /// # Examples
            /// ```
            /// assert_eq!(damper::Error::DivisionByZero.code(), 101);
            /// ```
            #[must_use]
            pub const fn code(self) -> u16 {
                match self { $( Error::$name => $code, )+ }
            }

            const fn text(self) -> &'static str {
                match self { $( Error::$name => $text, )+ }
            }
        }
    };
}

errors! {
    // 1xx: numbers and units
    /// The exact result does not fit the result type.
    Overflow = 100, "result exceeds the range of its type";
    /// A divisor is zero.
    DivisionByZero = 101, "divisor is zero";
    /// A subtraction would go below zero.
    Underflow = 102, "result would be negative";
    /// A signed input is negative where the quantity cannot be.
    NegativeInput = 103, "input is negative";
    /// A price is zero, or rounds to zero.
    PriceZero = 104, "price is zero";
    /// A price lies outside 2^-128 to 2^128 quote atoms per base atom.
    PriceOutOfRange = 105, "price is outside 2^-128..2^128";
    /// A decimal exponent is outside -38 to 38 after the token decimals were applied.
    DecimalExponent = 106, "decimal exponent is outside -38..=38";
    /// The two words of a stored price are not a normalised price.
    PriceNotNormalised = 107, "stored price is not normalised";
    /// A decay factor is above one.
    DecayAboveOne = 108, "decay factor is above one";
    /// A half-life is zero.
    HalfLifeZero = 109, "half-life is zero";
    /// A time lies before the time it is measured from.
    TimeReversed = 110, "time is earlier than the time it is measured from";

    // 2xx: oracle
    /// A price observation is older than the age limit.
    PriceStale = 200, "price observation is older than the age limit";
    /// A price observation is dated after the present.
    PriceFromFuture = 201, "price observation is dated after the present";
    /// A price observation is older than one already accepted.
    PriceOutOfOrder = 202, "price observation is older than the last accepted one";
    /// The band's low side is above its high side.
    BandInverted = 203, "price band has its low side above its high side";
    /// The band is wider than the configured limit.
    BandTooWide = 204, "price band is wider than the configured limit";
    /// Two observations with the same source time disagree.
    PriceContradicts = 205, "two prices with one source time disagree";
    /// The oracle's age limit is zero.
    PriceAgeLimitZero = 206, "price age limit is zero";
    /// The oracle's width limit is zero or above one.
    BandLimitRange = 207, "band width limit is zero or above one";

    // 3xx: depth
    /// A depth snapshot is older than the age limit.
    DepthStale = 300, "depth snapshot is older than the age limit";
    /// A depth snapshot is dated after the present.
    DepthFromFuture = 301, "depth snapshot is dated after the present";
    /// A depth snapshot is older than one already accepted.
    DepthOutOfOrder = 302, "depth snapshot is older than the last accepted one";
    /// A ladder's prices do not fall from level to level, or its first price is above the reference.
    LadderNotFalling = 303, "ladder prices do not fall strictly";
    /// A ladder level has no quantity.
    LadderLevelEmpty = 304, "ladder level has zero quantity";
    /// A ladder has more levels than the book's capacity.
    LadderCapacity = 305, "ladder has more levels than the book holds";
    /// A sale exceeds what the book shows.
    DepthExhausted = 306, "sale exceeds the depth shown";
    /// The haircut is above one.
    HaircutRange = 307, "haircut is above one";
    /// The share of a common book is above one.
    BookShareRange = 308, "book share is above one";
    /// The depth age limit is zero.
    DepthAgeLimitZero = 309, "depth age limit is zero";
    /// The credible depth's rise time is zero.
    DepthRiseTimeZero = 310, "depth rise time is zero";
    /// A band of zero or of one hundred per cent or more of the mid was given with a quantity.
    DepthBandRange = 311, "depth band is zero or at least one";
    /// Two depth snapshots with the same source time disagree.
    DepthContradicts = 312, "two depth snapshots with one source time disagree";
    /// A stored book is not one that the constructors produce.
    BookMalformed = 313, "stored book is malformed";

    // 4xx: volatility

    // 5xx: parameters and schedule
    /// The largest loan-to-value ratio is not below the liquidation threshold.
    MaxLtvNotBelowThreshold = 500, "max LTV is not below the liquidation threshold";
    /// Threshold and bonus together leave less than the margin.
    BonusLeavesNoMargin = 501, "threshold * (1 + bonus) exceeds 1 - margin";

    // 6xx: ledger
    /// The own-drawdown share h is one or more.
    OwnShareRange = 600, "own share of the drawdown is one or more";
    /// The declared depth over-statement kappa times h is one or more.
    KappaTimesOwnShare = 601, "kappa times the own share is one or more";
    /// A sale is larger than the ledger permits now.
    SaleNotPermitted = 602, "sale is larger than the ledger permits";
    /// A reservation is larger than the ledger permits now.
    ReservationNotPermitted = 603, "reservation is larger than the ledger permits";
    /// A release names more than is reserved.
    ReleaseExceedsReserved = 604, "release is larger than what is reserved";
    /// The clock went backwards.
    ClockReversed = 605, "time is earlier than the state's time";
    /// A stored ledger is not one that its functions produce.
    LedgerMalformed = 606, "stored ledger is malformed";

    // 7xx: breaker

    // 8xx: health and plan

    // 9xx: auction

    // 10xx: guard
}

impl core::fmt::Display for Error {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.text())
    }
}

impl core::error::Error for Error {}
