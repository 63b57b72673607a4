//! The queue against a sorted list, and admissions that keep every promise.

use crate::exact::q;
use crate::source::Source;
use damper::Error;
use damper::queue::{Admission, Entry, Queue, deadline_floor};
use damper::units::{Amount, Seconds, Timestamp};

const K: usize = 6;

pub(crate) fn run(source: &mut Source<'_>) {
    deadlines(source);
    let mut now = Timestamp::new(1_000);
    let (mut queue, mut model): (Queue<K>, Vec<Entry>) = (Queue::open(now), Vec::new());
    let (mut next_ticket, mut last) = (0, now);
    let speed = u128::from(source.within(0, 50));
    let capacity = |time: Seconds| Ok(Amount::new(speed * u128::from(time.get())));
    for _ in 0..40 {
        if !source.more() {
            break;
        }
        match source.any::<u8>() % 4 {
            0 | 1 => {
                now = source.after(now);
                let deadline = source.after(now);
                let amount = Amount::new(source.within(0, 2_000).into());
                let least = Amount::new(source.within(0, 200).into());
                let entry = Entry { ticket: next_ticket, deadline, amount };
                // The smallest of a full queue, the last of them to be served, gives up its place to a larger one.
                let smallest = model.iter().rev().min_by_key(|entry| entry.amount).copied();
                let displaced = smallest.filter(|_| model.len() == K);
                let refusal = if now < last {
                    Some(Error::ClockReversed)
                } else if deadline < now {
                    Some(Error::DeadlinePassed)
                } else if amount.is_zero() {
                    Some(Error::QueueEntryEmpty)
                } else if amount < least {
                    Some(Error::QueueEntrySmall)
                } else if displaced.is_some_and(|smallest| smallest.amount >= amount) {
                    Some(Error::QueueFull)
                } else {
                    None
                };
                let mut with = model.clone();
                with.retain(|entry| Some(*entry) != displaced);
                with.push(entry);
                with.sort_by_key(|entry| (entry.deadline, entry.ticket));
                let admitted = if source.flag() {
                    queue.admit(now, deadline, amount, least)
                } else {
                    let harmed = harmed(&model, &with, next_ticket, now, speed);
                    match queue.admit_in_time(now, deadline, amount, least, capacity) {
                        Err(error) => Err(error),
                        Ok(Admission::Refused(missed)) => {
                            assert_eq!((Some((missed.entry, missed.short)), None), (harmed, refusal));
                            continue;
                        }
                        Ok(Admission::Admitted(admitted)) => {
                            assert_eq!(harmed, None);
                            Ok(admitted)
                        }
                    }
                };
                assert_eq!(admitted.as_ref().err().copied(), refusal);
                let Ok(admitted) = admitted else { continue };
                assert_eq!((admitted.ticket, admitted.displaced), (next_ticket, displaced));
                queue = admitted.queue;
                (model, next_ticket, last) = (with, next_ticket + 1, now);
            }
            2 => serve(source, &mut queue, &mut model),
            _ => {
                let ticket = source.within(0, next_ticket + 1);
                let place = model.iter().position(|entry| entry.ticket == ticket);
                match queue.withdraw(ticket) {
                    Ok((less, entry)) => {
                        assert_eq!(Some(model.remove(place.expect("it is there"))), Some(entry));
                        queue = less;
                    }
                    Err(error) => assert_eq!((error, place), (Error::TicketUnknown, None)),
                }
            }
        }
        assert_eq!(queue.entries(), &model[..]);
        assert_eq!((queue.next(), queue.entries().len()), (model.first(), model.len()));
        assert_eq!(queue.overdue(now), model.first().filter(|entry| entry.deadline < now));
        let missed = queue.first_missed(now, capacity).expect("small");
        assert_eq!(missed.map(|missed| (missed.entry, missed.short)), late(&model, now, speed));
    }
}

/// What goes up to an entry of a list in order, itself included, and what can be sold by its deadline.
fn load(entries: &[Entry], entry: &Entry, now: Timestamp, speed: u128) -> (u128, u128) {
    let before = entries.iter().filter(|other| (other.deadline, other.ticket) <= (entry.deadline, entry.ticket));
    let room = speed * u128::from(entry.deadline.get().saturating_sub(now.get()));
    (before.map(|other| other.amount.get()).sum(), room)
}

/// The first that is late with the new entry: itself, or one that was in time without it.
fn harmed(without: &[Entry], with: &[Entry], ticket: u64, now: Timestamp, speed: u128) -> Option<(Entry, Amount)> {
    with.iter().find_map(|entry| {
        let (sum, room) = load(with, entry, now, speed);
        let was_late = entry.ticket != ticket && load(without, entry, now, speed).0 > room;
        (sum > room && !was_late).then(|| (*entry, Amount::new(sum - room)))
    })
}

/// The first entry of a list in order that is not sold by its deadline, and what is left then.
fn late(entries: &[Entry], now: Timestamp, speed: u128) -> Option<(Entry, Amount)> {
    let mut sum = 0;
    entries.iter().find_map(|entry| {
        sum += entry.amount.get();
        let room = speed * u128::from(entry.deadline.get().saturating_sub(now.get()));
        (sum > room).then(|| (*entry, Amount::new(sum - room)))
    })
}

fn serve(source: &mut Source<'_>, queue: &mut Queue<K>, model: &mut Vec<Entry>) {
    let has = model.first().map_or(0, |entry| entry.amount.get());
    let sold = Amount::new(u128::from(source.within(0, 2_000)).min(has + 1));
    match queue.serve(sold) {
        Ok(rest) => {
            let first = model.first_mut().expect("somebody is served");
            first.amount = Amount::new(first.amount.get() - sold.get());
            if first.amount.is_zero() {
                model.remove(0);
            }
            *queue = rest;
        }
        Err(Error::TicketUnknown) => assert!(model.is_empty()),
        Err(error) => assert!(error == Error::ServedTooMuch && sold.get() > has),
    }
}

fn deadlines(source: &mut Source<'_>) {
    let (now, slack, fall) = (source.time(), source.ratio(), source.rate());
    match deadline_floor(now, slack, fall) {
        Err(error) => assert!(error == Error::FallRateZero && q(fall).is_zero()),
        Ok(deadline) => {
            let time = (q(slack) / fall).whole_floor().expect("small").saturating_add(now.get().into());
            assert_eq!(u128::from(deadline.get()), time.min(u64::MAX.into()));
        }
    }
}
