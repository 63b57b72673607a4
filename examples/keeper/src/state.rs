//! The state file: everything that the keeper knows, written as a whole.
//!
//! 8 bytes of name, the version (32 bits, little-endian), the length of the payload (64 bits), its SHA-256, and the payload,
//! a JSON object in which the guard's state and the lots are in the library's stored form.

use crate::action::{Action, Claim, Flight, Sent};
use crate::atomic;
use crate::channel::Place;
use crate::engine::{Engine, Tally};
use crate::feed::Feed;
use crate::hex;
use crate::lots::OpenLot;
use crate::positions::{Entry, Positions};
use crate::setup::{File, SetupError};
use crate::venue::{BookError, Venue};
use crate::wire::Book;
use damper::auction::Lot;
use damper::clearing::Holding;
use damper::guard::GuardState;
use damper::units::{Amount, Timestamp, Value};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::Path;

const NAME: &[u8; 8] = b"dkeeper\n";
const VERSION: u32 = 1;
const HEADER: usize = 8 + 4 + 8 + 32;

/// Why a state file is refused.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    #[error("StateUnreadable: {0}")]
    Unreadable(std::io::Error),
    #[error("StateTruncated: {0} bytes of {1}")]
    Truncated(usize, usize),
    #[error("StateName: it is no state file of this program")]
    Name,
    #[error("StateVersion: version {0}, and this program reads {VERSION}")]
    Version(u32),
    #[error("StateChecksum: its contents are not what was written")]
    Checksum,
    #[error("StatePayload: {0}")]
    Payload(String),
    #[error("StateConfig: it belongs to another configuration")]
    Config,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Payload {
    digest: String,
    guard: String,
    book: Book,
    gas: u128,
    clock: u64,
    positions: Vec<(String, u128, u128, u64)>,
    removed: BTreeMap<String, u64>,
    lots: BTreeMap<String, StoredLot>,
    flight: BTreeMap<String, (u64, u32, StoredClaim)>,
    rounds: BTreeMap<String, u64>,
    due_since: BTreeMap<String, u64>,
    feed: Feed,
    tally: Tally,
    place: Place,
    outbox: Vec<Action>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredLot {
    lot: String,
    position: String,
    takes: u64,
    raised: u128,
    done: bool,
    since: u64,
}

#[derive(Serialize, Deserialize)]
enum StoredClaim {
    Lot(u128, u128),
    Money(u128),
    Nothing,
}

/// What a state file holds.
#[derive(Debug)]
pub struct Saved {
    pub engine: Engine,
    /// How far the stream was read.
    pub place: Place,
    /// Actions that were not carried out.
    pub outbox: Vec<Action>,
}

fn times(map: &BTreeMap<String, Timestamp>) -> BTreeMap<String, u64> {
    map.iter().map(|(name, time)| (name.clone(), time.get())).collect()
}

fn timestamps(map: BTreeMap<String, u64>) -> BTreeMap<String, Timestamp> {
    map.into_iter().map(|(name, time)| (name, Timestamp::new(time))).collect()
}

/// The contents of a state file.
///
/// # Errors
/// None in fact; those of the encoders are the type's.
pub fn encode(engine: &Engine, place: Place, outbox: &[Action]) -> Result<Vec<u8>, StateError> {
    let refused = |error: damper::Error| StateError::Payload(format!("{error:?}"));
    let mut guard = vec![0; GuardState::<{ crate::setup::POINTS }>::BYTES];
    engine.state.write_to(&mut guard).map_err(refused)?;
    let mut lots = BTreeMap::new();
    for (name, open) in &engine.lots {
        let mut lot = vec![0; Lot::BYTES];
        open.lot.write_to(&mut lot).map_err(refused)?;
        let OpenLot { position, takes, raised, done, since, .. } = open.clone();
        let (lot, raised, since) = (hex::encode(&lot), raised.get(), since.get());
        lots.insert(name.clone(), StoredLot { lot, position, takes, raised, done, since });
    }
    let flight = engine.flight.sent.iter().map(|(topic, sent)| {
        let claim = match sent.claim {
            Claim::Lot { sell, raise } => StoredClaim::Lot(sell.get(), raise.get()),
            Claim::Money(paid) => StoredClaim::Money(paid.get()),
            Claim::Nothing => StoredClaim::Nothing,
        };
        (topic.clone(), (sent.at.get(), sent.times, claim))
    });
    let position = |(id, entry): (&str, &Entry)| {
        (id.to_owned(), entry.holding.collateral.get(), entry.holding.debt.get(), entry.time.get())
    };
    let mut positions: Vec<_> = engine.positions.iter().map(position).collect();
    positions.sort();
    let payload = Payload {
        digest: hex::encode(&engine.setup.digest),
        guard: hex::encode(&guard),
        book: engine.venue.wire.clone(),
        gas: engine.gas.get(),
        clock: engine.clock.get(),
        positions,
        removed: times(&engine.removed),
        lots,
        flight: flight.collect(),
        rounds: engine.rounds.clone(),
        due_since: times(&engine.due_since),
        feed: engine.feed.clone(),
        tally: engine.tally,
        place,
        outbox: outbox.to_vec(),
    };
    let payload = serde_json::to_vec(&payload).map_err(|error| StateError::Payload(error.to_string()))?;
    let mut bytes = NAME.to_vec();
    bytes.extend(VERSION.to_le_bytes());
    bytes.extend(u64::try_from(payload.len()).unwrap_or(u64::MAX).to_le_bytes());
    bytes.extend(Sha256::digest(&payload));
    bytes.extend(payload);
    Ok(bytes)
}

/// Writes a state file, whole or not at all.
///
/// # Errors
/// Of the file system; the old file stands.
pub fn save(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    atomic::replace(path, bytes)
}

/// Reads a state file; `None` if there is none.
///
/// # Errors
/// A file that is not whole, not this program's, or of another configuration.
pub fn load(path: &Path, file: &File) -> Result<Option<Saved>, StateError> {
    match std::fs::read(path) {
        Ok(bytes) => decode(&bytes, file).map(Some),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(StateError::Unreadable(error)),
    }
}

/// The payload of a state file, its header checked.
fn payload(bytes: &[u8]) -> Result<&[u8], StateError> {
    let truncated = || StateError::Truncated(bytes.len(), HEADER);
    let (name, rest) = bytes.split_first_chunk::<8>().ok_or_else(truncated)?;
    if name != NAME {
        return Err(StateError::Name);
    }
    let (version, rest) = rest.split_first_chunk::<4>().ok_or_else(truncated)?;
    if u32::from_le_bytes(*version) != VERSION {
        return Err(StateError::Version(u32::from_le_bytes(*version)));
    }
    let (length, rest) = rest.split_first_chunk::<8>().ok_or_else(truncated)?;
    let (sum, payload) = rest.split_first_chunk::<32>().ok_or_else(truncated)?;
    let length = usize::try_from(u64::from_le_bytes(*length)).unwrap_or(usize::MAX);
    if payload.len() < length {
        return Err(StateError::Truncated(bytes.len(), length.saturating_add(HEADER)));
    }
    if payload.len() > length || <[u8; 32]>::from(Sha256::digest(payload)) != *sum {
        return Err(StateError::Checksum);
    }
    Ok(payload)
}

/// Reads the contents of a state file.
///
/// # Errors
/// As [`load`].
pub fn decode(bytes: &[u8], file: &File) -> Result<Saved, StateError> {
    let wrong = |what: &dyn std::fmt::Display| StateError::Payload(what.to_string());
    let refused = |error: damper::Error| StateError::Payload(format!("{error:?}"));
    let stored: Payload = serde_json::from_slice(payload(bytes)?).map_err(|error| wrong(&error))?;
    let setup = file.setup().map_err(|error: SetupError| wrong(&error))?;
    if stored.digest != hex::encode(&setup.digest) {
        return Err(StateError::Config);
    }
    let digits = |text: &str| hex::decode(text).ok_or_else(|| wrong(&"not hexadecimal"));
    let mut positions = Positions::default();
    for (id, collateral, debt, time) in stored.positions {
        let holding = Holding { collateral: Amount::new(collateral), debt: Value::new(debt) };
        positions.put(&id, Entry { holding, time: Timestamp::new(time) }).map_err(refused)?;
    }
    let mut lots = BTreeMap::new();
    for (name, StoredLot { lot, position, takes, raised, done, since }) in stored.lots {
        let lot = Lot::read_from(&digits(&lot)?).map_err(refused)?;
        let (raised, since) = (Value::new(raised), Timestamp::new(since));
        lots.insert(name, OpenLot { lot, position, takes, raised, done, since });
    }
    let flight = stored.flight.into_iter().map(|(topic, (at, times, claim))| {
        let claim = match claim {
            StoredClaim::Lot(sell, raise) => Claim::Lot { sell: Amount::new(sell), raise: Value::new(raise) },
            StoredClaim::Money(paid) => Claim::Money(Value::new(paid)),
            StoredClaim::Nothing => Claim::Nothing,
        };
        (topic, Sent { at: Timestamp::new(at), times, claim })
    });
    let engine = Engine {
        state: GuardState::read_from(&digits(&stored.guard)?).map_err(refused)?,
        venue: Venue::new(stored.book, setup.scale).map_err(|error: BookError| wrong(&error))?,
        gas: Value::new(stored.gas),
        clock: Timestamp::new(stored.clock),
        positions,
        removed: timestamps(stored.removed),
        lots,
        flight: Flight { sent: flight.collect() },
        rounds: stored.rounds,
        due_since: timestamps(stored.due_since),
        feed: stored.feed,
        tally: stored.tally,
        setup,
    };
    Ok(Saved { engine, place: stored.place, outbox: stored.outbox })
}
