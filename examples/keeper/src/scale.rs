//! Decimals of the two tokens: from decimal text to atoms and prices, and back for people to read.

use crate::decimal::Decimal;
use damper::price::Price;
use damper::ratio::Ratio;
use damper::units::{Amount, Value};
use serde::{Deserialize, Serialize};

/// Decimals of the base token, which is sold, and of the quote token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scale {
    /// Decimals of the token that is sold, at most 30.
    pub base: u8,
    /// Decimals of the token that debts and prices are in, at most 30.
    pub quote: u8,
}

impl Scale {
    /// Whether a whole token fits into 128 bits with room for a book.
    #[must_use]
    pub const fn is_usable(self) -> bool {
        self.base <= 30 && self.quote <= 30
    }

    /// Quote decimals less base decimals: the power of ten between a price in whole tokens and one in atoms.
    #[must_use]
    pub fn shift(self) -> i32 {
        i32::from(self.quote) - i32::from(self.base)
    }

    /// Base tokens, exactly.
    #[must_use]
    pub fn amount(self, amount: Amount) -> Decimal {
        Decimal::new(amount.get(), u32::from(self.base))
    }

    /// Quote tokens, exactly.
    #[must_use]
    pub fn value(self, value: Value) -> Decimal {
        Decimal::new(value.get(), u32::from(self.quote))
    }

    /// Quote tokens per base token, rounded down to six places beyond the quote's atoms where they fit.
    #[must_use]
    pub fn price(self, price: Price) -> Decimal {
        self.shown(price, Price::value_floor)
    }

    /// The same, rounded up: for what a taker accepts.
    #[must_use]
    pub fn price_ceil(self, price: Price) -> Decimal {
        self.shown(price, Price::value_ceil)
    }

    fn shown(self, price: Price, value: fn(Price, Amount) -> Result<Value, damper::Error>) -> Decimal {
        for more in [6, 0] {
            let whole = 10_u128.checked_pow(u32::from(self.base) + more).map(Amount::new);
            if let Some(Ok(value)) = whole.map(|whole| value(price, whole)) {
                return Decimal::new(value.get(), u32::from(self.quote) + more);
            }
        }
        Decimal::new(u128::MAX, 0)
    }
}

/// A ratio, rounded down to twelve places.
#[must_use]
pub fn ratio(ratio: Ratio) -> Decimal {
    Decimal::new(ratio.to_wad_floor() / 1_000_000, 12)
}
