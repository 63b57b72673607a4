//! What is refused.

use damper::Error;

/// Declares the market's own refusals, each with its code.
macro_rules! refusals {
    ($( $(#[doc = $doc:literal])+ $name:ident = $code:literal; )+) => {
        /// A refused operation. The codes are stable: those of the rules are `damper`'s own, below 65,536; those of the
        /// market begin at 100,000.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Refusal {
            /// A rule of the crate refuses.
            Rule(Error),
            $( $(#[doc = $doc])+ $name, )+
        }

        impl Refusal {
            /// Every refusal of the market's own, in the order of the codes.
            pub const OWN: &'static [Refusal] = &[$( Refusal::$name, )+];

            /// The stable code.
            #[must_use]
            pub fn code(self) -> u32 {
                match self {
                    Refusal::Rule(error) => u32::from(error.code()),
                    $( Refusal::$name => $code, )+
                }
            }
        }
    };
}

refusals! {
    /// There is one already.
    Exists = 100_001;
    /// There is none.
    Missing = 100_002;
    /// The loan has an open lot, which must be settled first.
    LotOpen = 100_003;
    /// The loan has no open lot.
    NoLot = 100_004;
    /// The lot is not what the loan says of it.
    LotMismatch = 100_005;
    /// The lot is still on offer: neither done nor due for a reset, and the loan would not be healthy without it.
    LotRunning = 100_006;
    /// The loan is healthy: nothing of it may be sold.
    StillHealthy = 100_007;
    /// The loan should sell, and the breaker stops new lots.
    WaitHalted = 100_008;
    /// The loan should sell, and the depth snapshot is too old.
    WaitDepth = 100_009;
    /// The loan should sell, and the ledger permits too little.
    WaitLedger = 100_010;
    /// A sale does not help the loan: it is the backstop's.
    ForBackstop = 100_011;
    /// The loan is not the backstop's.
    NotForBackstop = 100_012;
    /// The largest loan-to-value ratio would be exceeded, or the breaker stops borrowing.
    MayNotBorrow = 100_013;
    /// More is asked for than there is: collateral or credit to withdraw, debt to repay.
    MoreThanThere = 100_014;
    /// Nothing is asked for.
    Empty = 100_015;
    /// More would be owed in all than can be sold for in the stated time after the stated fall.
    OverCap = 100_016;
    /// The price is what the sources say together, and no authority's.
    BySources = 100_017;
    /// A sale does not help the loan if the last price is right, which the highest price of the wick's window does
    /// not confirm; or kicks are stopped.
    Unconfirmed = 100_018;
    /// Stored bytes have another length than the record.
    StoredLength = 100_020;
    /// Stored bytes are of another kind or version.
    StoredHeader = 100_021;
    /// A stored record contradicts itself.
    StoredValue = 100_022;
    /// A stated fall or penalty is one or more.
    TermsRange = 100_023;
    /// A penalty takes as much as a sale at the liquidation threshold brings, so that no lot would make a loan healthy.
    PenaltyRange = 100_024;
    /// The guard expects reports that the market does not make: of a backlog, of its oracle or of neighbours.
    SignalUnfed = 100_025;
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Refusal {
        Refusal::Rule(error)
    }
}
