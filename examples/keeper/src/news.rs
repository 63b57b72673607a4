//! What a line says, in the types of the library; or why it says nothing.

use crate::decimal::{Decimal, DecimalError};
use crate::hex;
use crate::scale::Scale;
use crate::setup::POINTS;
use crate::venue::{BookError, Venue};
use crate::wire::Line;
use damper::clearing::Holding;
use damper::guard::GuardState;
use damper::oracle::PriceObservation;
use damper::price::{Price, PriceBand};
use damper::units::{Amount, Timestamp, Value};

/// The longest name of a position or a lot, bytes.
pub const NAME: usize = 128;

/// A line that can be acted on.
#[derive(Clone, Debug)]
pub struct Item {
    /// Its number in the stream.
    pub seq: Option<u64>,
    /// Its time.
    pub time: Timestamp,
    /// What it says.
    pub news: News,
}

/// What a line says.
#[derive(Clone, Debug)]
pub enum News {
    Price(PriceObservation),
    Depth { source_time: Timestamp, venue: Box<Venue> },
    Position { id: String, holding: Holding },
    Removed { id: String },
    Opened { lot: String, position: String, sell: Amount, raise: Value, start: Price },
    Taken { lot: String, sold: Amount, paid: Value },
    Restarted { lot: String, start: Price },
    Settled { lot: String },
    Gas(Value),
    State(Box<GuardState<POINTS>>),
    Tick,
}

/// Why a line is skipped.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    #[error("not UTF-8")]
    Binary,
    #[error("longer than a line may be")]
    Overlong,
    #[error("the stream ended within a line")]
    Truncated,
    #[error("not a line as documented: {0}")]
    Json(String),
    #[error("{0}")]
    Number(#[from] DecimalError),
    #[error("{0:?}")]
    Refused(damper::Error),
    #[error("a price is low and high, or price and confidence")]
    PriceForm,
    #[error("a name is 1 to 128 bytes, without control characters and slashes")]
    Name,
    #[error("not hexadecimal")]
    Hex,
}

impl Malformed {
    /// The name that it is counted under.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Malformed::Binary => "Binary".into(),
            Malformed::Overlong => "Overlong".into(),
            Malformed::Truncated => "Truncated".into(),
            Malformed::Json(_) => "Json".into(),
            Malformed::Number(error) => format!("Number{error:?}"),
            Malformed::Refused(error) => format!("{error:?}"),
            Malformed::PriceForm => "PriceForm".into(),
            Malformed::Name => "Name".into(),
            Malformed::Hex => "Hex".into(),
        }
    }
}

impl From<damper::Error> for Malformed {
    fn from(error: damper::Error) -> Malformed {
        Malformed::Refused(error)
    }
}

impl From<BookError> for Malformed {
    fn from(error: BookError) -> Malformed {
        match error {
            BookError::Number(error) => Malformed::Number(error),
            BookError::Refused(error) => Malformed::Refused(error),
        }
    }
}

/// Parses one line, without its end.
pub fn parse(bytes: &[u8], scale: Scale) -> Result<Item, Malformed> {
    let text = std::str::from_utf8(bytes).map_err(|_| Malformed::Binary)?;
    let line: Line = serde_json::from_str(text).map_err(|error| Malformed::Json(error.to_string()))?;
    let (seq, time) = line.stamp();
    Ok(Item { seq, time: Timestamp::new(time), news: news(line, scale)? })
}

fn name(name: String) -> Result<String, Malformed> {
    let is_plain = name.chars().all(|c| !c.is_control() && c != '/');
    if name.is_empty() || name.len() > NAME || !is_plain { Err(Malformed::Name) } else { Ok(name) }
}

fn news(line: Line, scale: Scale) -> Result<News, Malformed> {
    let shift = scale.shift();
    let amount = |number: Decimal| number.atoms_exact(scale.base).map(Amount::new);
    let value = |number: Decimal| number.atoms_exact(scale.quote).map(Value::new);
    Ok(match line {
        Line::Price { source_time, low, high, price, confidence, .. } => {
            let (low, high) = match (low, high, price, confidence) {
                (Some(low), Some(high), None, None) => (low, high),
                (None, None, Some(price), Some(confidence)) => (price.minus(confidence)?, price.plus(confidence)?),
                _ => return Err(Malformed::PriceForm),
            };
            let band = PriceBand::new(low.price_floor(shift)?, high.price_ceil(shift)?)?;
            News::Price(PriceObservation { source_time: Timestamp::new(source_time), band })
        }
        Line::Depth { source_time, book, .. } => {
            News::Depth { source_time: Timestamp::new(source_time), venue: Box::new(Venue::new(book, scale)?) }
        }
        Line::Position { id, collateral, debt, .. } => News::Position {
            id: name(id)?,
            holding: Holding {
                collateral: Amount::new(collateral.atoms_floor(scale.base)?),
                debt: Value::new(debt.atoms_ceil(scale.quote)?),
            },
        },
        Line::PositionRemoved { id, .. } => News::Removed { id: name(id)? },
        Line::LotOpened { lot, position, sell, raise, start, .. } => News::Opened {
            lot: name(lot)?,
            position: name(position)?,
            sell: amount(sell)?,
            raise: value(raise)?,
            start: start.price_ceil(shift)?,
        },
        Line::LotTaken { lot, sold, paid, .. } => {
            News::Taken { lot: name(lot)?, sold: amount(sold)?, paid: value(paid)? }
        }
        Line::LotRestarted { lot, start, .. } => News::Restarted { lot: name(lot)?, start: start.price_ceil(shift)? },
        Line::LotSettled { lot, .. } => News::Settled { lot: name(lot)? },
        Line::Gas { per_million, .. } => News::Gas(Value::new(per_million.atoms_ceil(scale.quote)?)),
        Line::GuardState { state, .. } => {
            let bytes = hex::decode(&state).ok_or(Malformed::Hex)?;
            News::State(Box::new(GuardState::read_from(&bytes)?))
        }
        Line::Tick { .. } => News::Tick,
    })
}
