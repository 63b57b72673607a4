//! What the contract refuses.

use cosmwasm_std::StdError;
use market::Refusal;
use thiserror::Error;

/// A refused message. The text begins with the stable code.
#[derive(Debug, Error)]
pub enum ContractError {
    /// A rule of `damper` (code below 65,536) or of the market (from 100,000).
    #[error("{code}: {0:?}", code = .0.code())]
    Refused(Refusal),
    /// The sender is not who may send this: the oracle, the authority of the source, the admin.
    #[error("200001: the sender may not send this")]
    Unauthorized,
    /// Tokens were sent along, and would be stuck.
    #[error("200002: this contract takes no tokens")]
    Funds,
    /// A price of so many decimals of base and quote is no `Decimal`: 18 + base - quote is not between 0 and 38.
    #[error("200003: a price of these decimals is no Decimal")]
    Decimals,
    /// As many reporters must be named as the terms have sources, each once.
    #[error("200005: not one reporter for each source of the terms")]
    Reporters,
    /// An address that the chain refuses, or an answer that cannot be written.
    #[error("200004: {0}")]
    Chain(#[from] StdError),
}

impl ContractError {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> u32 {
        match self {
            ContractError::Refused(refusal) => refusal.code(),
            ContractError::Unauthorized => 200_001,
            ContractError::Funds => 200_002,
            ContractError::Decimals => 200_003,
            ContractError::Chain(_) => 200_004,
            ContractError::Reporters => 200_005,
        }
    }
}

impl From<Refusal> for ContractError {
    fn from(refusal: Refusal) -> ContractError {
        ContractError::Refused(refusal)
    }
}

impl From<damper::Error> for ContractError {
    fn from(error: damper::Error) -> ContractError {
        ContractError::Refused(Refusal::Rule(error))
    }
}
