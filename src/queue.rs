//! Whose turn it is: the earliest deadline first.
//!
//! A position's deadline is fixed when it is admitted and never lies before that, so what is admitted after a deadline
//! comes after it, and nobody is overtaken for ever. Largest first or lowest health first have no such bound: who keeps
//! adding larger or sicker positions keeps the others waiting until they are lost. `SPEC.md`, D22 and T15.

use crate::bytes::{stored, stored_array};
use crate::clearing::slack_time_floor;
use crate::error::Error;
use crate::ratio::Ratio;
use crate::units::{Amount, Rate, Seconds, Timestamp};

/// The time at which a log-price that falls by `fall` a second has used up `slack`, rounded down; at most the last second
/// that can be told.
///
/// # Errors
/// `fall` zero, at which no position has a deadline: [`Error::FallRateZero`].
pub fn deadline_floor(now: Timestamp, slack: Ratio, fall: Rate) -> Result<Timestamp, Error> {
    let time = slack_time_floor(slack, fall).ok_or(Error::FallRateZero)?;
    Ok(now.checked_add(time).unwrap_or(Timestamp::new(u64::MAX)))
}

/// A position that waits to be sold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Entry {
    /// Given at admission, in the order of admissions.
    pub ticket: u64,
    /// When it is to be sold by.
    pub deadline: Timestamp,
    /// What is left to sell, base atoms.
    pub amount: Amount,
}

impl Entry {
    const NONE: Entry = Entry { ticket: 0, deadline: Timestamp::new(0), amount: Amount::ZERO };

    /// The order of service: by deadline, then by admission.
    const fn key(&self) -> (u64, u64) {
        (self.deadline.get(), self.ticket)
    }
}

/// The first entry that cannot be sold by its deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Missed {
    /// The entry.
    pub entry: Entry,
    /// What is left of it, and of what goes before it, at its deadline.
    pub short: Amount,
}

/// What becomes of a position that is to be admitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[must_use = "the queue with the entry, or a position for the backstop"]
pub enum Admission<const K: usize> {
    /// It waits, under this ticket.
    Admitted {
        /// The queue with it.
        queue: Queue<K>,
        /// Its ticket.
        ticket: u64,
    },
    /// With it, the first to miss its deadline would be this one; the queue is as it was. For the backstop, or for a smaller
    /// amount: what is `short` less.
    Refused(Missed),
}

/// Positions that wait to be sold, at most `K`, in the order of their deadlines. Plain data, in and out by value.
///
/// # Examples
/// ```
/// use damper::queue::Queue;
/// use damper::units::{Amount, Timestamp};
/// let (now, late, soon) = (Timestamp::new(0), Timestamp::new(900), Timestamp::new(300));
/// let queue = Queue::<4>::open(now);
/// let (queue, large) = queue.admit(now, late, Amount::new(1_000))?;
/// let (queue, small) = queue.admit(now, soon, Amount::new(10))?;
/// assert_eq!(queue.next().map(|entry| entry.ticket), Some(small));
/// let queue = queue.serve(Amount::new(10))?;
/// assert_eq!(queue.next().map(|entry| entry.ticket), Some(large));
/// # Ok::<(), damper::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Queue<const K: usize> {
    /// The first `len` are entries, in order; the others are [`Entry::NONE`].
    entries: [Entry; K],
    len: u16,
    /// The next ticket.
    ticket: u64,
    /// Time of the last admission.
    at: Timestamp,
}

impl<const K: usize> Queue<K> {
    /// An empty queue.
    #[must_use]
    pub const fn open(now: Timestamp) -> Queue<K> {
        Queue { entries: [Entry::NONE; K], len: 0, ticket: 0, at: now }
    }

    /// The entries in the order of service.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        self.entries.get(..usize::from(self.len)).unwrap_or(&[])
    }

    /// Whose turn it is.
    #[must_use]
    pub fn next(&self) -> Option<&Entry> {
        self.entries().first()
    }

    /// The queue with one more entry, and its ticket. It goes behind those of an earlier deadline and those of the same
    /// deadline that were there before. Spec: D22.
    ///
    /// # Errors
    /// `now` before the last admission: [`Error::ClockReversed`]. `deadline` before `now`: [`Error::DeadlinePassed`]; such
    /// a position is lost, and is the backstop's. `amount` zero: [`Error::QueueEntryEmpty`]. `K` entries, or 65,535, wait:
    /// [`Error::QueueFull`]. 2^64 - 1 tickets were given: [`Error::Overflow`].
    pub fn admit(mut self, now: Timestamp, deadline: Timestamp, amount: Amount) -> Result<(Queue<K>, u64), Error> {
        now.since(self.at).map_err(|_| Error::ClockReversed)?;
        deadline.since(now).map_err(|_| Error::DeadlinePassed)?;
        if amount.is_zero() {
            return Err(Error::QueueEntryEmpty);
        }
        let entry = Entry { ticket: self.ticket, deadline, amount };
        let place = self.entries().iter().take_while(|other| other.key() < entry.key()).count();
        let len = self.len.checked_add(1).ok_or(Error::QueueFull)?;
        let tail = self.entries.get_mut(place..usize::from(len)).ok_or(Error::QueueFull)?;
        // Each takes the place of the one behind it.
        tail.iter_mut().fold(entry, |moved, slot| core::mem::replace(slot, moved));
        self.ticket = entry.ticket.checked_add(1).ok_or(Error::Overflow)?;
        (self.len, self.at) = (len, now);
        Ok((self, entry.ticket))
    }

    /// [`Queue::admit`], unless some entry would then miss its deadline by [`Queue::first_missed`].
    ///
    /// Entries admitted so are all served by their deadlines, whoever is admitted after them, for as long as the market
    /// permits what `capacity` said. Spec: T15.
    ///
    /// # Errors
    /// As [`Queue::admit`] and [`Queue::first_missed`].
    pub fn admit_in_time(
        self,
        now: Timestamp,
        deadline: Timestamp,
        amount: Amount,
        capacity: impl Fn(Seconds) -> Result<Amount, Error>,
    ) -> Result<Admission<K>, Error> {
        let (queue, ticket) = self.admit(now, deadline, amount)?;
        Ok(match queue.first_missed(now, capacity)? {
            Some(missed) => Admission::Refused(missed),
            None => Admission::Admitted { queue, ticket },
        })
    }

    /// The first entry that will miss its deadline, and by how much, served in this order; `None` if all are in time.
    ///
    /// `capacity` is what can be sold within a time from `now`, as [`crate::clearing::Backlog::largest_sale_floor`] gives
    /// it. An entry is in time if what goes up to it, itself included, is at most the capacity of the time to its deadline.
    /// If any order of service has all in time, this one has. One pass, one call of `capacity` for each entry.
    /// Spec: D22, T15.
    ///
    /// # Errors
    /// Amounts that sum to 2^128 or more: [`Error::Overflow`]. Those of `capacity`.
    pub fn first_missed(
        &self,
        now: Timestamp,
        capacity: impl Fn(Seconds) -> Result<Amount, Error>,
    ) -> Result<Option<Missed>, Error> {
        let mut sum = Amount::ZERO;
        for entry in self.entries() {
            sum = sum.checked_add(entry.amount)?;
            // Nothing can be sold by a deadline that is passed.
            let room = match entry.deadline.since(now) {
                Ok(time) => capacity(time)?,
                Err(_) => Amount::ZERO,
            };
            let short = sum.excess_over(room);
            if !short.is_zero() {
                return Ok(Some(Missed { entry: *entry, short }));
            }
        }
        Ok(None)
    }

    /// The first entry, if its deadline is passed: it goes to the backstop, or is served after at most `K - 1` others.
    #[must_use]
    pub fn overdue(&self, now: Timestamp) -> Option<&Entry> {
        self.next().filter(|entry| entry.deadline < now)
    }

    /// The queue after `sold` base atoms of the first entry were sold; an entry with nothing left leaves.
    ///
    /// # Errors
    /// Nobody waits: [`Error::TicketUnknown`]. More than it has: [`Error::ServedTooMuch`].
    pub fn serve(mut self, sold: Amount) -> Result<Queue<K>, Error> {
        let first = self.entries.first_mut().filter(|_| self.len > 0).ok_or(Error::TicketUnknown)?;
        first.amount = first.amount.checked_sub(sold).map_err(|_| Error::ServedTooMuch)?;
        let Entry { ticket, amount, .. } = *first;
        if amount.is_zero() { self.withdraw(ticket).map(|(queue, _)| queue) } else { Ok(self) }
    }

    /// The queue without an entry, and the entry: one that recovered, or that is handed to the backstop.
    ///
    /// # Errors
    /// No entry has this ticket: [`Error::TicketUnknown`].
    pub fn withdraw(mut self, ticket: u64) -> Result<(Queue<K>, Entry), Error> {
        let place = self.entries().iter().position(|entry| entry.ticket == ticket).ok_or(Error::TicketUnknown)?;
        let tail = self.entries.get_mut(place..usize::from(self.len)).ok_or(Error::TicketUnknown)?;
        // Each takes the place of the one before it, and what had the first place leaves.
        let entry = tail.iter_mut().rev().fold(Entry::NONE, |moved, slot| core::mem::replace(slot, moved));
        self.len = self.len.checked_sub(1).ok_or(Error::TicketUnknown)?;
        Ok((self, entry))
    }
}

stored!(Entry { ticket: u64, deadline: Timestamp, amount: Amount });
stored_array!(Entry, Entry::NONE);
stored!(@[const K: usize] Queue<K> {
    entries: [Entry; K],
    len: u16,
    ticket: u64,
    at: Timestamp,
} if |queue| {
    let waiting = queue.entries();
    waiting.len() == usize::from(queue.len)
        && waiting.iter().all(|entry| entry.ticket < queue.ticket && !entry.amount.is_zero())
        && waiting.is_sorted_by(|a, b| a.key() < b.key())
        && queue.entries.iter().skip(waiting.len()).all(|entry| *entry == Entry::NONE)
});

crate::bytes::on_its_own! {
    /// Bytes of the stored form: 22, and 32 for each place.
    @[const K: usize] Queue<K>: Queue, K
}
