//! The one error type: every refusal of the crate, named after the input that caused it.

/// Declares [`Error`] with, for each variant, its stable code, its meaning and the text of `Display`.
macro_rules! errors {
    ($( $(#[doc = $doc:literal])+ $name:ident = $code:literal, $text:literal; )+) => {
        /// A refused input or an unrepresentable result.
        ///
        /// A market state ("unhealthy", "halted", "expired") is never an error. The numeric codes are part of the
        /// public interface: a code, once published, keeps its meaning. Hundreds name the module: 1xx numbers and
        /// units, 2xx oracle, 3xx depth, 4xx volatility, 5xx schedule, 6xx ledger, 7xx breaker, 8xx health and plan,
        /// 9xx auction, 10xx guard, 12xx exposure, 13xx cascade,
        /// 14xx coordination, 15xx clearing, 16xx hedging, 17xx keepers, 18xx appetite, 19xx attack.
        ///
        /// # Examples
        /// See [`Error::code`].
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[cfg_attr(feature = "defmt", derive(defmt::Format))]
        #[non_exhaustive]
        #[repr(u16)]
        pub enum Error {
            $( $(#[doc = $doc])+ $name = $code, )+
        }

        impl Error {
            /// Every variant, in the order of the codes.
            ///
            /// # Examples
            /// ```
            /// let all = damper::Error::ALL;
            /// assert!(all.iter().zip(&all[1..]).all(|(one, next)| one.code() < next.code()));
            /// ```
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

            /// The name of the variant.
            ///
            /// # Examples
            /// ```
            /// assert_eq!(damper::Error::DivisionByZero.name(), "DivisionByZero");
            /// ```
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $( Error::$name => stringify!($name), )+ }
            }

            pub(crate) const fn text(self) -> &'static str {
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
    /// Stored bytes have another length than the type.
    StoredLength = 120, "stored bytes have another length";
    /// Stored bytes are of another kind, version or number of depth quantities.
    StoredHeader = 121, "stored bytes are of another kind, version or size of book";
    /// A stored value is outside the range of its field.
    StoredValue = 122, "a stored value is outside its range";
    /// A text has no digit where one must be: it is empty, or begins or ends with a point or an exponent's sign.
    TextEmpty = 130, "text has no digit where one must be";
    /// A text holds something else than digits, one point between them, and the power of ten of a price.
    TextCharacter = 131, "text holds a character that is no digit";
    /// A text has more digits than are read: 38, or 39 of a count.
    TextLength = 132, "text has more than 38 digits, or 39 of a count";

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
    /// The limit on the width of a band is one or more, which would be no limit.
    BandLimitRange = 206, "band width limit is one or more";

    // 21x: many sources
    /// Half of the sources or more are to be tolerated as faulty.
    FaultyRange = 210, "half of the sources or more would be faulty";
    /// The quorum is not above twice the number of faulty sources, or above the number of sources.
    QuorumRange = 211, "quorum is not above twice the faulty sources, or above all";
    /// The update band of a source is 1 - 2^-16 or more.
    UpdateBandRange = 212, "update band of a source is 1 - 2^-16 or more";
    /// The divergence threshold is one or more, or inside what two honest sources may differ by.
    DivergenceRange = 213, "divergence threshold is one or more, or inside what honest sources differ by";
    /// The width limit of the aggregate is inside what honest sources may span.
    WidthInsideBands = 214, "width limit is inside what honest sources may span";
    /// Fewer sources are usable than the quorum.
    QuorumLost = 215, "fewer sources are usable than the quorum";
    /// More sources diverge than may be faulty.
    SourcesDiverge = 216, "more sources diverge than may be faulty";
    /// The guard refuses bands that its sources may give.
    GuardWidthBelowSources = 217, "guard's width limit is below that of its sources";
    /// The guard's age limit is below that of a source.
    GuardAgeBelowSources = 218, "guard's age limit is below that of a source";
    /// The wick filter is zero, or not above twice the longest age of a source with a quorum that needs it.
    WickBelowSources = 219, "wick filter is zero, or not above twice the longest age of a source";

    // 3xx: depth
    /// A depth snapshot is older than the age limit, or none was accepted yet.
    DepthStale = 300, "depth snapshot is older than the age limit";
    /// A depth snapshot is dated after the present.
    DepthFromFuture = 301, "depth snapshot is dated after the present";
    /// A depth snapshot is older than one already accepted.
    DepthOutOfOrder = 302, "depth snapshot is older than the last accepted one";
    /// A ladder's prices rise, or its first price is above the reference.
    LadderNotFalling = 303, "ladder prices rise, or start above the reference";
    /// Bands given as quantity within x per cent of mid do not widen, or their quantity falls, or x is 100 % or more.
    DepthBandOrder = 304, "depth bands do not widen with growing quantity below 100 %";
    /// The impacts of a depth grid do not rise strictly from above zero, or the grid has no point.
    GridNotRising = 305, "depth grid does not rise strictly from above zero";
    /// A sale exceeds what the book shows.
    DepthExhausted = 306, "sale exceeds the depth shown";
    /// The haircut is above one.
    HaircutRange = 307, "haircut is above one";
    /// The share of a common book, or the factor that a guard is restrained by, is above one.
    BookShareRange = 308, "book share is above one";
    /// The time in which credible depth may double is zero.
    DepthRiseTimeZero = 309, "depth rise time is zero";
    /// A snapshot of one kind was given to a market configured for another.
    DepthKind = 310, "snapshot kind differs from the configured shape";
    /// The depth from which depth may rise is below one atom for each second of the rise time.
    DepthRiseBase = 311, "depth rise base is below one atom a second";

    // 4xx: volatility
    /// The floor of the volatility is above its cap.
    VolatilityFloorAboveCap = 400, "volatility floor is above its cap";
    /// The cap of the volatility is above 255, so that its square would not fit a ratio.
    VolatilityCapRange = 401, "volatility cap is above 255";
    /// The starting volatility is outside floor to cap.
    VolatilityStartRange = 402, "starting volatility is outside floor..cap";
    /// The time that volatility is stated over, or the longest gap, is zero.
    VolatilityHorizonZero = 403, "volatility horizon or longest gap is zero";
    /// Volatility would rise more slowly than it falls.
    VolatilityRisesSlower = 404, "volatility rise half-life is above its fall half-life";

    // 5xx: parameters and schedule
    /// The largest loan-to-value ratio is not below the liquidation threshold.
    MaxLtvNotBelowThreshold = 500, "max LTV is not below the liquidation threshold";
    /// Threshold and bonus together leave less than the margin.
    BonusLeavesNoMargin = 501, "threshold * (1 + bonus) exceeds 1 - margin";
    /// The calm volatility is not below the stressed one.
    ScheduleVolatilityOrder = 502, "calm volatility is not below stressed volatility";
    /// A stressed parameter is looser than the calm one.
    ScheduleLoosens = 503, "stressed parameters are looser than calm ones";
    /// A liquidation threshold is zero: the stressed one of a schedule, or that of the positions in a crash.
    ThresholdZero = 504, "liquidation threshold is zero";

    // 6xx: ledger
    /// Kappa is below one: depth cannot be declared better than it is measured.
    KappaBelowOne = 600, "kappa is below one";
    /// Kappa times the own share of the drawdown is one or more.
    KappaTimesOwnShare = 601, "kappa times the own share is one or more";
    /// A sale or a reservation is larger than ledger and appetite permit now, or a price to re-anchor at is above the reference.
    NotPermitted = 602, "sale is larger than the ledger permits";
    /// The time given lies before the time of the state.
    ClockReversed = 603, "time is earlier than the state's time";
    /// The burst budget is above one.
    BurstRange = 604, "burst budget is above one";

    // 7xx: breaker
    /// The drawdowns of the levels do not rise strictly between zero and one.
    BreakerLevelOrder = 700, "breaker levels do not rise strictly between zero and one";
    /// The drawdown at which a level lets go is zero, not below the one at which it trips, or falls from level to level.
    BreakerReleaseOrder = 701, "breaker release is zero, not below its trip, or falls from level to level";
    /// A level stops less than the level below it.
    BreakerStopsShrink = 702, "a breaker level stops less than the one below it";
    /// A halt is zero, longer than seven days, or shorter than that of the level below.
    BreakerHaltRange = 703, "breaker halt is zero, above 604,800 s, or below that of the level below";
    /// The window or the rest between halts is zero, or the rest is longer than 30 days, after which a level would in effect
    /// never trip again.
    BreakerWindowRange = 704, "breaker window or rest is zero, or rest is above 2,592,000 s";

    // 8xx: health and plan
    /// The target health factor is below one.
    TargetHealthBelowOne = 800, "target health factor is below one";
    /// The health at which target and bonus are reached in full is zero or not below one.
    FullHealthRange = 801, "health of full target and bonus is zero or not below one";
    /// The share of the bonus that is paid at a health of one is above one.
    BaseBonusRange = 802, "base share of the bonus is above one";
    /// A position holds no more collaterals or debts.
    PositionFull = 803, "position holds no more collaterals or debts";
    /// The liquidation threshold of a further collateral is one or more, or not above its max LTV.
    CollateralThreshold = 804, "collateral threshold is one or more, or not above its max LTV";

    // 9xx: auction
    /// The price curve does not fall: a cut of zero or of one, a step or a duration of zero.
    AuctionCurve = 900, "auction curve has a cut, step or duration that does not fall";
    /// The floor of the auction price is zero or not below one.
    AuctionFloorRange = 901, "auction floor is zero or not below one";
    /// The longest time of an auction is zero, or above seven days.
    AuctionTailRange = 902, "auction tail is zero or above 604,800 s";
    /// The part of the start price below which an auction is to be reset is not below one.
    AuctionCuspRange = 903, "auction cusp is not below one";
    /// A take from, or a price of, an auction that must first be reset.
    AuctionResetDue = 904, "auction must be reset first";
    /// A reset of an auction that needs none.
    AuctionResetNotDue = 905, "auction needs no reset";
    /// The auction price is above what the taker accepts.
    PriceAboveLimit = 906, "auction price is above the taker's limit";
    /// The take would leave a rest too small to be worth taking.
    TakeLeavesDust = 907, "take would leave dust";
    /// Nothing is wanted.
    TakeEmpty = 908, "take of nothing";
    /// The time given lies before the start of the auction.
    AuctionNotStarted = 909, "time is before the auction's start";
    /// The take would buy too little to be worth an offer, and not all that is left.
    TakeBelowDust = 910, "take is below the dust";

    // 10xx: guard
    /// The breaker stops new auctions now.
    KickStopped = 1001, "the breaker stops new auctions";
    /// The breaker stops takes now.
    TakeStopped = 1002, "the breaker stops takes";
    /// A lot or a sale of zero base atoms, a lot that is to raise nothing, or a take from one that is finished.
    LotEmpty = 1003, "lot has no amount or nothing to raise";
    /// A lot names more than the guard holds as pending, or no lot is open.
    LotUnknown = 1004, "lot is not among the open ones";
    /// The largest number of lots, 65,535, is open.
    LotCount = 1005, "65,535 lots are open";
    /// The volatility is capped below the stressed volatility of the schedule.
    VolatilityNeverStressed = 1006, "volatility cap is below the stressed volatility";
    /// An auction would never ask the market's price before its reset is due.
    AuctionNeverClears = 1007, "auction never reaches the market's price before its reset";
    /// The rule for early sales is stated over another horizon than the volatility.
    StartHorizon = 1008, "early sales and volatility are stated over different horizons";
    /// The breaker stops new debt now, and the most that may be borrowed was asked for; whether a debt may be taken is answered
    /// with no.
    BorrowStopped = 1009, "the breaker stops borrowing";
    /// The kind of depth, or its grid, is another than that of the state.
    DepthShapeChanged = 1010, "depth is of another kind or grid than before";
    /// The volatility is stated over another horizon than that of the state.
    VolatilityHorizonChanged = 1011, "volatility is over another horizon than before";
    /// The calm liquidation threshold is below the one in force.
    ThresholdJumps = 1012, "threshold would fall at once";
    /// The state is not one of the configuration that is named as the one before.
    NotOfBefore = 1013, "state is not of the configuration before";

    // 12xx: exposure
    /// The bucket prices do not fall strictly down to the end of the grid, or there is no bucket.
    ExposureGrid = 1200, "bucket prices do not fall strictly down to the end";
    /// More is removed from a bucket than it holds.
    ExposureUnderflow = 1201, "more is removed from a bucket than it holds";
    /// Two exposure maps have different bucket prices.
    ExposureGridDiffers = 1202, "exposure maps have different bucket prices";
    /// A report is dated after the present.
    ReportFromFuture = 1203, "report is dated after the present";
    /// A report is older than the last accepted one of its reporter, or not later where each must be.
    ReportOutOfOrder = 1204, "report is older than the last accepted one";
    /// A report is older than the age limit.
    ReportStale = 1205, "report is older than the age limit";

    // 13xx: cascade
    /// An exogenous fall of one or more, which leaves no price.
    FallRange = 1300, "exogenous fall is one or more";
    /// An exposure map has no level of this number.
    LevelUnknown = 1301, "exposure map has no level of this number";

    // 14xx: coordination and several assets
    /// The total collateral that shares are taken from is zero.
    CollateralTotalZero = 1400, "total collateral is zero";
    /// Own collateral is above the total.
    CollateralAboveTotal = 1401, "own collateral is above the total";
    /// Sellers and neighbours of a book together answer a fall with as much or more.
    JointGain = 1402, "joint gain of sellers and neighbours is one or more";
    /// The part of a fall that own sales may add to it is one or more.
    LoopGainRange = 1403, "loop gain is one or more";
    /// No neighbour of this index is registered.
    NeighbourUnknown = 1404, "no such neighbour is registered";
    /// A row of the cross impacts times the own shares sums to one or more.
    CrossImpactGain = 1410, "a row of cross impacts times own shares sums to one or more";

    // 15xx: clearing, risk and queue
    /// A relative fall is above one.
    FallAboveOne = 1500, "relative fall is above one";
    /// The time that a lot takes is zero.
    PaceRoundZero = 1501, "round of a lot is zero";
    /// The slacks of price bands fall from band to band.
    BandSlackOrder = 1502, "slacks of price bands fall";
    /// The time that volatility is stated over is zero.
    RiskHorizonZero = 1503, "horizon of the risk rule is zero";
    /// The tolerated chance is one or more, which would be no limit.
    ToleranceRange = 1504, "tolerated chance is one or more";
    /// The fall that deadlines are counted with is zero.
    FallRateZero = 1505, "fall that deadlines are counted with is zero";
    /// A position is admitted to the queue after its deadline.
    DeadlinePassed = 1506, "deadline lies before the admission";
    /// An entry of the queue has nothing to sell.
    QueueEntryEmpty = 1507, "queue entry has nothing to sell";
    /// The queue holds no more entries.
    QueueFull = 1508, "queue holds no more entries";
    /// No entry of the queue has this ticket.
    TicketUnknown = 1509, "no queue entry has this ticket";
    /// More was sold than the first entry of the queue has.
    ServedTooMuch = 1510, "more was sold than the first queue entry has";
    /// An entry of the queue is below the least amount that may wait.
    QueueEntrySmall = 1511, "queue entry is below the least amount";

    // 16xx: hedging and the two-sided ledger
    /// Kappa times the own share, summed over the sell and the buy side, is one or more.
    TwoSidedGain = 1600, "kappa times the own share, summed over both sides, is one or more";
    /// The depth does not show the last trade of the other side, so that an impact measured on it may be too small.
    OtherSideUnshown = 1601, "depth does not show the last trade of the other side";
    /// A multiplier is below one: its holder would buy as the price falls.
    MultiplierBelowOne = 1602, "multiplier is below one";
    /// A multiplier is above what the bound on the fall leaves for the floor.
    MultiplierBreaksFloor = 1603, "multiplier is above what the bound on the fall leaves for the floor";
    /// A multiplier is above what the measured depth leaves for the loop gain.
    MultiplierBreaksGain = 1604, "multiplier is above what the depth leaves for the loop gain";
    /// The limit on the loop gain is one or more: the loop would feed itself.
    GainLimitRange = 1605, "limit on the loop gain is one or more";
    /// The tolerance of a rebalance is one or more, so that nothing would ever be bought.
    HedgeToleranceRange = 1606, "tolerance of a rebalance is one or more";
    /// The largest share of wealth that may be exposed is above one, which would need debt.
    ExposureShareRange = 1607, "largest exposed share of wealth is above one";
    /// Wealth is below the floor, or was and the insurance was not restarted: nothing may be bought.
    FloorBreached = 1608, "floor is breached";
    /// More was sold than was held, or more was paid than there was cash.
    HoldingExceeded = 1609, "more was sold than held, or more paid than there was cash";
    /// A gamma is above what the measured depth leaves for the loop gain.
    GammaAboveLimit = 1611, "gamma is above what the depth leaves for the loop gain";

    // 17xx: keepers
    /// The share of the penalty that rewards may take is one or more.
    KeeperShareRange = 1700, "reward share of the penalty is one or more";
    /// The growth of a reward is 65,535 or more.
    KeeperGrowthRange = 1701, "reward growth is 65,535 or more";
    /// The factor on rewards while keepers fail is below one.
    KeeperBoostBelowOne = 1702, "reward factor is below one";
    /// The lateness that scores zero is not above the one that scores in full.
    KeeperLatenessOrder = 1703, "late is not above prompt";
    /// The most time that one fill counts for is zero, so that nothing would ever recover.
    KeeperGapZero = 1704, "longest counted time of a fill is zero";
    /// The starting estimate of keepers, or the smallest factor on lots, is above one.
    KeeperFactorRange = 1705, "keeper estimate or factor on lots is above one";
    /// The recovery of the estimate of keepers over the most time that a fill counts for rounds to one: it would never heal.
    KeeperNeverHeals = 1706, "keeper estimate never recovers";
    /// The size from which a lot counts in full is zero.
    KeeperWholeZero = 1707, "size of a whole lot is zero";
    /// The bond's share of the debt is zero or above one.
    BondShareRange = 1710, "bond share is zero or above one";
    /// The liquidation threshold of a bonded position is zero, or one or more.
    BondThresholdRange = 1711, "bond threshold is zero, or one or more";
    /// A bond on nothing: a lot or a debt of zero, or a lot larger than the collateral.
    BondEmpty = 1712, "bonded lot or debt is zero, or the lot exceeds the collateral";
    /// A bond is settled for a sale of nothing, or of more than its lot.
    BondSale = 1713, "bonded sale is zero or exceeds the lot";

    // 18xx: stress and appetite
    /// Two bounds of a stress signal are equal or in the wrong order, or a bound of the fill is above one.
    StressBounds = 1800, "stress bounds are equal or in the wrong order, or of a fill above one";
    /// The depth norm is so small that its calm and its stressed bound are the same count of atoms.
    StressNorm = 1801, "depth norm has no atom between its bounds";
    /// Every stress signal is absent, so that no stress would ever be seen.
    StressNoSignal = 1802, "every stress signal is absent";
    /// The depth norm of the last point of a grid is zero, or that of another is above it, or a 65,536th of it or less.
    StressProfile = 1803, "depth norm of a point is above the last, or a 65,536th of it or less";
    /// The floor of the appetite is above one.
    AppetiteFloorRange = 1810, "appetite floor is above one";
    /// The starting appetite is outside floor to one.
    AppetiteStartRange = 1811, "starting appetite is outside floor..1";
    /// The hysteresis of the appetite is zero, which bounds no reversals, or above one half.
    AppetiteHysteresisRange = 1812, "appetite hysteresis is zero or above one half";
    /// The recovery of the appetite is zero, or its longest step is, so that it would never heal.
    AppetiteNeverHeals = 1813, "appetite recovery or its longest step is zero";
    /// The appetite is held longer than 30 days, or so long that the recovery over it is no ratio.
    AppetiteHoldRange = 1814, "appetite hold is above 2,592,000 s, or the recovery over it is no ratio";
    /// The appetite may fall to zero and no least sale is stated, so that full stress would all but stop liquidations.
    AppetiteStopsLots = 1815, "appetite floor and least sale are both zero";

    // 19xx: attack
    /// A push of the price is a fall of one or more, a rise of 65,535 or more, or less than what is to be reached.
    PushRange = 1900, "push is a fall of one or more, a rise of 65,535 or more, or below the reach";
    /// The falls from which positions can be sold do not rise strictly from above zero, their values fall, or there are none.
    PushReachOrder = 1901, "reach of a push is empty, or does not rise";
    /// The part of the pushed price that lots bring is above one.
    PushClearing = 1902, "clearing ratio is above one";
    /// A push of the price may collect more than it costs.
    AttackPays = 1903, "a push of the price may pay";
}

impl core::fmt::Display for Error {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.text())
    }
}

impl core::error::Error for Error {}
