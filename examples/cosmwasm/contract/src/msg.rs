//! The messages. Amounts are atoms, prices are quote tokens per base token, times are seconds of the epoch.

use cosmwasm_schema::{QueryResponses, cw_serde};
use cosmwasm_std::{Binary, Decimal, Uint128};

/// A new market.
#[cw_serde]
pub struct InstantiateMsg {
    /// Who may have the market adopt its sources.
    pub admin: String,
    /// Who may post prices and depth.
    pub oracle: String,
    /// Who reports for each source of the terms: none if they have none.
    pub sources: Vec<String>,
    /// Decimals of the collateral.
    pub base_decimals: u8,
    /// Decimals of the debt.
    pub quote_decimals: u8,
    /// The configuration of the guard.
    pub config: Config,
    /// The configuration beside it: the stored form of `market::Terms`.
    pub terms: Binary,
}

/// The configuration of a market, checked before anything is stored.
#[cw_serde]
pub enum Config {
    /// The stored form of a `Guard<1>`.
    Stored {
        /// Its bytes.
        bytes: Binary,
    },
    /// `damper`'s preset for lending.
    Lending(Lending),
}

/// The preset, and what may be changed in it.
#[cw_serde]
pub struct Lending {
    /// Longest interval between two price or depth updates.
    pub heartbeat: u64,
    /// Least worth of a sale, in quote atoms.
    pub min_sale: Uint128,
    /// Depth from which a book may rise again after it was empty, in base atoms.
    pub rise_base: Uint128,
    /// Reserve of the pool on an ordinary day, in base atoms, if it is known.
    pub depth_norm: Option<Uint128>,
    /// Burst budget `B`.
    pub burst: Option<Decimal>,
    /// Own share `h`.
    pub own_share: Option<Decimal>,
    /// Over-statement of depth `kappa`.
    pub kappa: Option<Decimal>,
    /// Volatility a day that the market begins with.
    pub start_volatility: Option<Decimal>,
    /// Risk appetite that the market begins with: one if its volatility was measured before, a quarter if it is not said.
    pub start_appetite: Option<Decimal>,
}

/// What anybody may send.
#[cw_serde]
pub enum ExecuteMsg {
    /// The oracle's first price and pool: the market opens.
    Launch {
        /// The price.
        price: SeenPrice,
        /// The pool.
        pool: SeenPool,
    },
    /// The oracle's news: a price, a pool, both, or only the time.
    Observe {
        /// A price.
        price: Option<SeenPrice>,
        /// A pool.
        pool: Option<SeenPool>,
    },
    /// From now on the price is what the sources say together; by the admin, once.
    Adopt {},
    /// The report of a source, by its authority.
    Report {
        /// Its number, from zero.
        source: u8,
        /// What it says.
        price: SeenPrice,
    },
    /// A loan for the sender.
    Open {
        /// Base atoms that come in.
        collateral: Uint128,
        /// Quote atoms that go out; may be zero.
        debt: Uint128,
    },
    /// More collateral for the sender's loan.
    Deposit {
        /// Base atoms that come in.
        collateral: Uint128,
    },
    /// More debt of the sender's loan.
    Borrow {
        /// Quote atoms that go out.
        debt: Uint128,
    },
    /// Less debt of a loan, by anybody.
    Repay {
        /// Whose loan.
        borrower: String,
        /// Quote atoms that come in.
        debt: Uint128,
    },
    /// Less collateral, less credit of the sender's loan.
    Withdraw {
        /// Base atoms that go out.
        collateral: Uint128,
        /// Quote atoms that go out, of what takers paid beyond the debt.
        credit: Uint128,
    },
    /// Opens a lot for a loan that is to be sold. The sender is paid at the settlement.
    Kick {
        /// Whose loan.
        borrower: String,
    },
    /// Buys from a lot.
    Take {
        /// Whose lot.
        borrower: String,
        /// The most base atoms wanted.
        amount: Uint128,
        /// The highest price accepted.
        max_price: Decimal,
    },
    /// Closes a lot that is done, out of date or not needed; names who kicked, and what he and the sender are paid.
    Settle {
        /// Whose lot.
        borrower: String,
    },
    /// Offers a lot anew that is out of date.
    Restart {
        /// Whose lot.
        borrower: String,
    },
    /// Hands a loan that no sale helps to the backstop.
    Absorb {
        /// Whose loan.
        borrower: String,
    },
}

/// A price as a feed gives it.
#[cw_serde]
pub struct SeenPrice {
    /// Quote tokens per base token.
    pub price: Decimal,
    /// Half the width of its band.
    pub confidence: Decimal,
    /// When it was observed.
    pub source_time: u64,
}

/// A constant-product pool.
#[cw_serde]
pub struct SeenPool {
    /// Base atoms in it.
    pub reserve: Uint128,
    /// When they were counted.
    pub source_time: u64,
}

/// What anybody may ask.
#[cw_serde]
#[derive(QueryResponses)]
pub enum QueryMsg {
    /// What the market permits now.
    #[returns(LimitsResponse)]
    Limits {},
    /// What is to be done with a loan now.
    #[returns(AssessResponse)]
    Assess {
        /// Whose loan.
        borrower: String,
    },
    /// A loan.
    #[returns(LoanResponse)]
    Loan {
        /// Whose loan.
        borrower: String,
    },
    /// An open lot, and its price now.
    #[returns(LotResponse)]
    Lot {
        /// Whose lot.
        borrower: String,
    },
    /// Everything stored but the loans, as it is stored.
    #[returns(StateResponse)]
    State {},
}

/// What the market permits.
#[cw_serde]
pub struct LimitsResponse {
    /// The last accepted price, low side, rounded down.
    pub price_low: Decimal,
    /// The last accepted price, high side, rounded up.
    pub price_high: Decimal,
    /// Risk appetite, rounded down: the part of new borrowing and of a lot that stress leaves.
    pub appetite: Decimal,
    /// Volatility a day, rounded up.
    pub sigma: Decimal,
    /// Drawdown that the ledger counts, rounded down.
    pub drawdown: Decimal,
    /// Impact caused and not yet leaked, rounded up.
    pub level: Decimal,
    /// Impact reserved for open lots, rounded up.
    pub reserved: Decimal,
    /// What both together may reach, rounded down.
    pub cap: Decimal,
    /// The largest lot that may be kicked now, in base atoms.
    pub permitted: Uint128,
    /// Largest loan-to-value ratio for new debt, scaled by the appetite, rounded down.
    pub max_ltv: Decimal,
    /// Liquidation threshold, rounded down.
    pub liquidation_threshold: Decimal,
    /// Liquidation bonus, rounded up.
    pub bonus: Decimal,
    /// Whether the breaker stops borrowing.
    pub borrow_stopped: bool,
    /// Whether it stops new lots.
    pub kick_stopped: bool,
    /// Whether it stops takes.
    pub take_stopped: bool,
}

/// What is to be done with a loan.
#[cw_serde]
pub enum AssessResponse {
    /// Nothing.
    Healthy {},
    /// Kick a lot.
    Liquidate {
        /// Base atoms to sell now.
        sell: Uint128,
        /// Quote atoms to raise.
        repay: Uint128,
        /// Base atoms that are not permitted now.
        deferred: Uint128,
    },
    /// It is to be sold, and may not yet.
    Wait {
        /// What it waits for.
        reason: WaitReason,
        /// Base atoms to sell.
        sell: Uint128,
        /// Quote atoms to raise.
        repay: Uint128,
        /// When, if waiting is enough.
        until: Option<u64>,
    },
    /// A sale does not help if the last price is right, which is not confirmed.
    Unconfirmed {
        /// What it waits for.
        waits: WaitReason,
        /// Why.
        reason: BackstopReason,
        /// Quote atoms of debt.
        debt: Uint128,
        /// Quote atoms that the collateral would be worth.
        collateral: Uint128,
        /// Quote atoms that would be missing.
        gap: Uint128,
    },
    /// A sale does not help.
    Backstop {
        /// Why.
        reason: BackstopReason,
        /// Quote atoms of debt.
        debt: Uint128,
        /// Quote atoms that the collateral is worth.
        collateral: Uint128,
        /// Quote atoms that are missing.
        gap: Uint128,
    },
}

/// What a loan waits for.
#[cw_serde]
pub enum WaitReason {
    /// The end of a halt.
    Halted,
    /// A depth snapshot.
    DepthStale,
    /// The ledger.
    Ledger,
    /// The highest price of the wick's window to say the same.
    Wick,
}

/// Why a sale does not help.
#[cw_serde]
pub enum BackstopReason {
    /// Collateral does not cover the debt.
    Insolvent,
    /// The bonus takes more than the sale improves.
    Toxic,
    /// There is nothing to sell.
    NoCollateral,
}

/// A loan.
#[cw_serde]
pub struct LoanResponse {
    /// Base atoms that are not on offer.
    pub collateral: Uint128,
    /// Quote atoms that no lot is to raise.
    pub debt: Uint128,
    /// Quote atoms that are the borrower's.
    pub credit: Uint128,
    /// Whether a lot is open.
    pub lot_open: bool,
}

/// An open lot.
#[cw_serde]
pub struct LotResponse {
    /// Base atoms on offer.
    pub remaining: Uint128,
    /// Quote atoms still to raise.
    pub raise: Uint128,
    /// When its auction began.
    pub opened: u64,
    /// The price that it began with, rounded up.
    pub start_price: Decimal,
    /// The price now, rounded up; none when the auction is out of date.
    pub price: Option<Decimal>,
}

/// What is stored.
#[cw_serde]
pub struct StateResponse {
    /// Who may have the market adopt its sources.
    pub admin: String,
    /// Who may post prices and depth.
    pub oracle: String,
    /// Who reports for each source.
    pub sources: Vec<String>,
    /// Decimals of the collateral.
    pub base_decimals: u8,
    /// Decimals of the debt.
    pub quote_decimals: u8,
    /// The configuration of the guard.
    pub config: Binary,
    /// The configuration beside it.
    pub terms: Binary,
    /// The guard's state; none before the launch.
    pub state: Option<Binary>,
    /// What is kept beside it: what is owed in all, the fund, whether keepers answer; none before the launch.
    pub house: Option<Binary>,
    /// What the sources said; none until they are adopted.
    pub said: Option<Binary>,
    /// The backstop.
    pub backstop: Binary,
}
