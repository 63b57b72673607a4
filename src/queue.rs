//! Whose turn it is: the earliest deadline first.
//!
//! A position's deadline is fixed when it is admitted and never lies before that, so what is admitted after a deadline
//! comes after it, and nobody is overtaken for ever. Largest first or lowest health first have no such bound: who keeps
//! adding larger or sicker positions keeps the others waiting until they are lost.
//!
//! A queue that is full gives up its smallest entry for a larger one, and hands it back. So dust cannot keep others out, and
//! who wants an entry out must have as many waiting as there are places, none of them smaller. `SPEC.md`, D22 and T15.

use crate::bytes::{stored, stored_array};
use crate::clearing::slack_time_floor;
use crate::error::Error;
use crate::forms::form;
use crate::ratio::Ratio;
use crate::units::{Amount, Rate, Seconds, Timestamp};

/// The time at which a log-price that falls by `fall` a second has used up `slack`, rounded down; at most the last second
/// that can be told.
///
/// # Errors
/// `fall` zero, at which no position has a deadline: [`Error::FallRateZero`].
///
/// # Examples
/// ```
/// use damper::{Error, queue::deadline_floor, ratio::Ratio, units::{Rate, Timestamp}};
/// let (now, part) = (Timestamp::new(1_000), Ratio::from_fraction_floor);
/// // 1/8 at 1/1024 a second.
/// assert_eq!(deadline_floor(now, part(1, 8)?, Rate::per_second(part(1, 1_024)?))?, Timestamp::new(1_128));
/// assert_eq!(deadline_floor(now, part(1, 8)?, Rate::ZERO), Err(Error::FallRateZero));
/// # Ok::<(), damper::Error>(())
/// ```
pub fn deadline_floor(now: Timestamp, slack: Ratio, fall: Rate) -> Result<Timestamp, Error> {
    let time = slack_time_floor(slack, fall).ok_or(Error::FallRateZero)?;
    Ok(now.checked_add(time).unwrap_or(Timestamp::new(u64::MAX)))
}

/// A position that waits to be sold.
///
/// # Examples
/// See [`Queue`].
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

    /// What can be sold by its deadline: nothing if that is passed.
    fn room(&self, now: Timestamp, capacity: impl Fn(Seconds) -> Result<Amount, Error>) -> Result<Amount, Error> {
        match self.deadline.since(now) {
            Ok(time) => capacity(time),
            Err(_) => Ok(Amount::ZERO),
        }
    }
}

/// The first entry that cannot be sold by its deadline.
///
/// # Examples
/// See [`Queue::first_missed`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Missed {
    /// The entry.
    pub entry: Entry,
    /// What is left of it, and of what goes before it, at its deadline.
    pub short: Amount,
}

/// A position that was admitted.
///
/// # Examples
/// See [`Queue::admit_in_time`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[must_use = "the queue with the entry, and perhaps another that waits no more"]
pub struct Admitted<const K: usize> {
    /// The queue with it.
    pub queue: Queue<K>,
    /// Its ticket.
    pub ticket: u64,
    /// What gave up its place, smaller than what was admitted: for the backstop, or to be admitted again once there is room.
    pub displaced: Option<Entry>,
}

/// What becomes of a position that is to be admitted.
///
/// # Examples
/// See [`Queue::admit_in_time`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case", deny_unknown_fields))]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema), schemars(transform = crate::forms::described))]
#[cfg_attr(feature = "borsh", derive(borsh::BorshSerialize, borsh::BorshDeserialize))]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[must_use = "the queue with the entry, or a position for the backstop"]
pub enum Admission<const K: usize> {
    /// It waits.
    Admitted(Admitted<K>),
    /// The first that it would make late, itself or one that is in time without it; the queue is as it was. For the backstop,
    /// or for a smaller amount: what is `short` less.
    Refused(Missed),
}

/// Positions that wait to be sold, at most `K`, in the order of their deadlines. Plain data, in and out by value.
///
/// # Examples
/// ```
/// use damper::queue::Queue;
/// use damper::units::{Amount, Timestamp};
/// let (now, late, soon) = (Timestamp::new(0), Timestamp::new(900), Timestamp::new(300));
/// let least = Amount::new(10);
/// let large = Queue::<2>::open(now).admit(now, late, Amount::new(1_000), least)?;
/// let small = large.queue.admit(now, soon, Amount::new(10), least)?;
/// assert_eq!(small.queue.next().map(|entry| entry.ticket), Some(small.ticket));
/// // Both places are taken: one more of ten finds none, a larger one takes that of the smallest.
/// assert_eq!(small.queue.admit(now, soon, Amount::new(10), least), Err(damper::Error::QueueFull));
/// let third = small.queue.admit(now, soon, Amount::new(11), least)?;
/// assert_eq!(third.displaced.map(|entry| entry.ticket), Some(small.ticket));
/// let queue = third.queue.serve(Amount::new(11))?;
/// assert_eq!(queue.next().map(|entry| entry.ticket), Some(large.ticket));
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
    ///
    /// # Examples
    /// See [`Queue::serve`].
    #[must_use]
    pub const fn open(now: Timestamp) -> Queue<K> {
        Queue { entries: [Entry::NONE; K], len: 0, ticket: 0, at: now }
    }

    /// The entries in the order of service.
    ///
    /// # Examples
    /// ```
    /// use damper::queue::Queue;
    /// use damper::units::{Amount, Timestamp};
    /// let (now, late, soon, any) = (Timestamp::new(0), Timestamp::new(900), Timestamp::new(300), Amount::ZERO);
    /// let first = Queue::<4>::open(now).admit(now, late, Amount::new(5), any)?;
    /// let second = first.queue.admit(now, soon, Amount::new(7), any)?;
    /// assert!(second.queue.entries().iter().map(|entry| entry.ticket).eq([second.ticket, first.ticket]));
    /// # Ok::<(), damper::Error>(())
    /// ```
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        self.entries.get(..usize::from(self.len)).unwrap_or(&[])
    }

    /// Whose turn it is.
    ///
    /// # Examples
    /// See [`Queue`].
    #[must_use]
    pub fn next(&self) -> Option<&Entry> {
        self.entries().first()
    }

    /// The queue with one more entry. It goes behind those of an earlier deadline and those of the same deadline that were
    /// there before.
    ///
    /// A queue that is full gives up its smallest entry, the last of them in the order of service, if that is smaller than
    /// `amount`; it is in [`Admitted::displaced`]. `least` is the least amount that may wait, zero for any; what is left of an
    /// entry served in part may be less. `K` comparisons twice. Spec: D22, T15.
    ///
    /// # Errors
    /// `now` before the last admission: [`Error::ClockReversed`]. `deadline` before `now`: [`Error::DeadlinePassed`]; such
    /// a position is lost, and is the backstop's. `amount` zero: [`Error::QueueEntryEmpty`]; below `least`:
    /// [`Error::QueueEntrySmall`]. `K` entries, or 65,535, wait and none is smaller: [`Error::QueueFull`]. 2^64 - 1 tickets
    /// were given: [`Error::Overflow`].
    ///
    /// # Examples
    /// See [`Queue::serve`].
    pub fn admit(
        &self,
        now: Timestamp,
        deadline: Timestamp,
        amount: Amount,
        least: Amount,
    ) -> Result<Admitted<K>, Error> {
        now.since(self.at).map_err(|_| Error::ClockReversed)?;
        deadline.since(now).map_err(|_| Error::DeadlinePassed)?;
        if amount.is_zero() {
            return Err(Error::QueueEntryEmpty);
        }
        if amount < least {
            return Err(Error::QueueEntrySmall);
        }
        let ticket = self.ticket;
        let (mut queue, displaced) = self.with_room(amount)?;
        queue.insert(Entry { ticket, deadline, amount })?;
        queue.ticket = ticket.checked_add(1).ok_or(Error::Overflow)?;
        queue.at = now;
        Ok(Admitted { queue, ticket, displaced })
    }

    /// The queue with a place for `amount`, and what gave it up.
    fn with_room(&self, amount: Amount) -> Result<(Queue<K>, Option<Entry>), Error> {
        if usize::from(self.len) < K && self.len < u16::MAX {
            return Ok((*self, None));
        }
        // Of equal ones the last to be served, which is the first from behind.
        let smallest = self.entries().iter().rev().min_by_key(|entry| entry.amount);
        let entry = smallest.filter(|entry| entry.amount < amount).ok_or(Error::QueueFull)?;
        self.withdraw(entry.ticket).map(|(queue, entry)| (queue, Some(entry)))
    }

    /// Puts an entry in its place, for which there is room.
    fn insert(&mut self, entry: Entry) -> Result<(), Error> {
        let place = self.entries().iter().take_while(|other| other.key() < entry.key()).count();
        let len = self.len.checked_add(1).ok_or(Error::QueueFull)?;
        let tail = self.entries.get_mut(place..usize::from(len)).ok_or(Error::QueueFull)?;
        // Each takes the place of the one behind it.
        tail.iter_mut().fold(entry, |moved, slot| core::mem::replace(slot, moved));
        self.len = len;
        Ok(())
    }

    /// [`Queue::admit`], unless the entry, or one that is in time without it, would then miss its deadline.
    ///
    /// An entry is in time if what goes up to it, itself included, is at most the capacity of the time to its deadline, as in
    /// [`Queue::first_missed`]. Who is late anyway, overdue or not, is counted in full where it goes before others, and refuses
    /// nobody: it is named by [`Queue::overdue`] or [`Queue::first_missed`], and is for the backstop. So one lost entry that
    /// fits into the capacity stops no admission, and one that does not stops those behind it, which could not be served in
    /// time, and no others. An entry in time stays so, whoever is admitted so after it, for as long as the market permits what
    /// `capacity` said, or is handed back for a larger one. One pass, one call of `capacity` for each entry from the new one
    /// on. Spec: D22, T15.
    ///
    /// # Errors
    /// As [`Queue::admit`] and [`Queue::first_missed`].
    ///
    /// # Examples
    /// ```
    /// use damper::queue::{Admission, Queue};
    /// use damper::units::{Amount, Seconds, Timestamp};
    /// // One atom a second can be sold.
    /// let capacity = |time: Seconds| Ok(Amount::from(time.get()));
    /// let (now, any) = (Timestamp::new(0), Amount::ZERO);
    /// let queue = Queue::<4>::open(now).admit(now, Timestamp::new(100), Amount::new(80), any)?.queue;
    /// // 30 that are due before would make it late by ten: refused, and 20 are not.
    /// let admit = |amount| queue.admit_in_time(now, Timestamp::new(50), Amount::new(amount), any, capacity);
    /// let Admission::Refused(missed) = admit(30)? else { panic!("in time") };
    /// assert_eq!((missed.entry.deadline, missed.short), (Timestamp::new(100), Amount::new(10)));
    /// let Admission::Admitted(admitted) = admit(20)? else { panic!("late") };
    /// assert_eq!((admitted.ticket, admitted.queue.entries().len()), (1, 2));
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn admit_in_time(
        &self,
        now: Timestamp,
        deadline: Timestamp,
        amount: Amount,
        least: Amount,
        capacity: impl Fn(Seconds) -> Result<Amount, Error>,
    ) -> Result<Admission<K>, Error> {
        let admitted = self.admit(now, deadline, amount, least)?;
        let new = (deadline.get(), admitted.ticket);
        // What goes up to an entry with the new one, and what went up to it without.
        let (mut with, mut without) = (Amount::ZERO, Amount::ZERO);
        let mut gone = admitted.displaced;
        for entry in admitted.queue.entries() {
            if let Some(displaced) = gone.take_if(|displaced| displaced.key() < entry.key()) {
                without = without.checked_add(displaced.amount)?;
            }
            with = with.checked_add(entry.amount)?;
            let is_new = entry.ticket == admitted.ticket;
            if !is_new {
                without = without.checked_add(entry.amount)?;
            }
            if entry.key() < new {
                continue;
            }
            let room = entry.room(now, &capacity)?;
            let short = with.excess_over(room);
            if !short.is_zero() && (is_new || without <= room) {
                return Ok(Admission::Refused(Missed { entry: *entry, short }));
            }
        }
        Ok(Admission::Admitted(admitted))
    }

    /// The first entry that will miss its deadline, and by how much, served in this order; `None` if all are in time.
    ///
    /// `capacity` is what can be sold within a time from `now`, as [`crate::clearing::Backlog::largest_sale_floor`] gives
    /// it. An entry is in time if what goes up to it, itself included, is at most the capacity of the time to its deadline.
    /// If any order of service has all in time, this one has, where the capacity does not fall as the time grows. An overdue
    /// entry is the first; what is behind it is told once it was handed over. One pass, one call of `capacity` for each entry
    /// whose deadline is not passed. Spec: D22, T15.
    ///
    /// # Errors
    /// Amounts that sum to 2^128 or more: [`Error::Overflow`]. Those of `capacity`.
    ///
    /// # Examples
    /// ```
    /// use damper::queue::Queue;
    /// use damper::units::{Amount, Seconds, Timestamp};
    /// // One atom a second can be sold.
    /// let capacity = |time: Seconds| Ok(Amount::from(time.get()));
    /// let (now, any) = (Timestamp::new(0), Amount::ZERO);
    /// let queue = Queue::<4>::open(now).admit(now, Timestamp::new(100), Amount::new(80), any)?.queue;
    /// let queue = queue.admit(now, Timestamp::new(150), Amount::new(70), any)?.queue;
    /// assert_eq!(queue.first_missed(now, capacity)?, None);
    /// // Ten more that are due first make the last late by ten.
    /// let queue = queue.admit(now, Timestamp::new(50), Amount::new(10), any)?.queue;
    /// let missed = queue.first_missed(now, capacity)?.expect("160 by 150");
    /// assert_eq!((missed.entry.deadline, missed.short), (Timestamp::new(150), Amount::new(10)));
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn first_missed(
        &self,
        now: Timestamp,
        capacity: impl Fn(Seconds) -> Result<Amount, Error>,
    ) -> Result<Option<Missed>, Error> {
        let mut sum = Amount::ZERO;
        for entry in self.entries() {
            sum = sum.checked_add(entry.amount)?;
            let short = sum.excess_over(entry.room(now, &capacity)?);
            if !short.is_zero() {
                return Ok(Some(Missed { entry: *entry, short }));
            }
        }
        Ok(None)
    }

    /// The first entry, if its deadline is passed: it goes to the backstop, or is served after at most `K - 1` others.
    ///
    /// # Examples
    /// See [`Queue::withdraw`].
    #[must_use]
    pub fn overdue(&self, now: Timestamp) -> Option<&Entry> {
        self.next().filter(|entry| entry.deadline < now)
    }

    /// The queue after `sold` base atoms of the first entry were sold; an entry with nothing left leaves.
    ///
    /// # Errors
    /// Nobody waits: [`Error::TicketUnknown`]. More than it has: [`Error::ServedTooMuch`].
    ///
    /// # Examples
    /// ```
    /// use damper::{Error, queue::Queue, units::{Amount, Timestamp}};
    /// let (now, due) = (Timestamp::new(0), Timestamp::new(100));
    /// let queue = Queue::<4>::open(now).admit(now, due, Amount::new(80), Amount::ZERO)?.queue.serve(Amount::new(30))?;
    /// assert_eq!(queue.next().map(|entry| entry.amount), Some(Amount::new(50)));
    /// assert_eq!(queue.serve(Amount::new(51)), Err(Error::ServedTooMuch));
    /// assert_eq!(queue.serve(Amount::new(50))?.next(), None);
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn serve(&self, sold: Amount) -> Result<Queue<K>, Error> {
        let mut queue = *self;
        let first = queue.entries.first_mut().filter(|_| self.len > 0).ok_or(Error::TicketUnknown)?;
        first.amount = first.amount.checked_sub(sold).map_err(|_| Error::ServedTooMuch)?;
        let Entry { ticket, amount, .. } = *first;
        if amount.is_zero() { queue.withdraw(ticket).map(|(queue, _)| queue) } else { Ok(queue) }
    }

    /// The queue without an entry, and the entry: one that recovered, or that is handed to the backstop.
    ///
    /// # Errors
    /// No entry has this ticket: [`Error::TicketUnknown`].
    ///
    /// # Examples
    /// ```
    /// use damper::{Error, queue::Queue, units::{Amount, Timestamp}};
    /// let (now, due) = (Timestamp::new(0), Timestamp::new(100));
    /// let admitted = Queue::<4>::open(now).admit(now, due, Amount::new(80), Amount::ZERO)?;
    /// // Overdue from the second after its deadline on.
    /// assert_eq!(admitted.queue.overdue(due), None);
    /// assert_eq!(admitted.queue.overdue(Timestamp::new(101)).map(|entry| entry.ticket), Some(admitted.ticket));
    /// let (queue, entry) = admitted.queue.withdraw(admitted.ticket)?;
    /// assert_eq!((queue.entries().len(), entry.amount), (0, Amount::new(80)));
    /// assert_eq!(queue.withdraw(admitted.ticket), Err(Error::TicketUnknown));
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn withdraw(&self, ticket: u64) -> Result<(Queue<K>, Entry), Error> {
        let place = self.entries().iter().position(|entry| entry.ticket == ticket).ok_or(Error::TicketUnknown)?;
        let mut queue = *self;
        let tail = queue.entries.get_mut(place..usize::from(self.len)).ok_or(Error::TicketUnknown)?;
        // Each takes the place of the one before it, and what had the first place leaves.
        let entry = tail.iter_mut().rev().fold(Entry::NONE, |moved, slot| core::mem::replace(slot, moved));
        queue.len = self.len.checked_sub(1).ok_or(Error::TicketUnknown)?;
        Ok((queue, entry))
    }
}

form!(Missed { entry: Entry, short: Amount });
form!(@[const K: usize] Admitted<K> { queue: Queue<K>, ticket: u64, displaced: Option<Entry> });
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
}, drawn);

crate::bytes::on_its_own! {
    /// Bytes of the stored form: 22, and 32 for each place.
    @[const K: usize] Queue<K>: Queue, K
}
