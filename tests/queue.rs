//! The order of service: against a model, against every other order, and against who keeps adding entries.

use damper::Error;
use damper::queue::{Admission, Entry, Queue, deadline_floor};
use damper::ratio::Ratio;
use damper::units::{Amount, Rate, Seconds, Timestamp};
use proptest::prelude::*;

fn at(n: u64) -> Timestamp {
    Timestamp::new(n)
}

fn amount(n: u128) -> Amount {
    Amount::new(n)
}

fn admitted<const K: usize>(queue: Queue<K>, now: u64, deadline: u64, of: u128) -> Queue<K> {
    queue.admit(at(now), at(deadline), amount(of)).expect("room").0
}

fn tickets<const K: usize>(queue: &Queue<K>) -> Vec<u64> {
    queue.entries().iter().map(|entry| entry.ticket).collect()
}

#[test]
fn fall_rate_zero() {
    let fall = Rate::per_second(Ratio::from_bits(3));
    assert_eq!(deadline_floor(at(10), Ratio::from_bits(100), fall), Ok(at(43)));
    assert_eq!(deadline_floor(at(10), Ratio::ZERO, fall), Ok(at(10)));
    assert_eq!(deadline_floor(at(10), Ratio::from_bits(100), Rate::ZERO), Err(Error::FallRateZero));
    assert_eq!(deadline_floor(at(10), Ratio::MAX, Rate::per_second(Ratio::ULP)), Ok(at(u64::MAX)));
}

#[test]
fn what_is_refused() {
    let queue = Queue::<2>::open(at(100));
    let admit = |now, deadline, of| queue.admit(at(now), at(deadline), amount(of)).map(|_| ());
    assert_eq!(admit(99, 200, 1), Err(Error::ClockReversed));
    assert_eq!(admit(100, 99, 1), Err(Error::DeadlinePassed));
    assert_eq!(admit(100, 100, 0), Err(Error::QueueEntryEmpty));
    assert_eq!(admit(100, 100, 1), Ok(()));
    assert_eq!((queue.serve(Amount::ZERO), queue.next()), (Err(Error::TicketUnknown), None));
    let full = admitted(admitted(queue, 100, 300, 5), 101, 200, 7);
    assert_eq!(full.admit(at(101), at(300), amount(1)), Err(Error::QueueFull));
    // The clock is that of the last admission.
    assert_eq!(full.admit(at(100), at(300), amount(1)), Err(Error::ClockReversed));
    assert_eq!(full.serve(amount(8)), Err(Error::ServedTooMuch));
    assert_eq!(full.withdraw(2), Err(Error::TicketUnknown));
    assert_eq!(tickets(&full), [1, 0]);
    // No place at all, and places beyond the count.
    assert_eq!(Queue::<0>::open(at(0)).admit(at(0), at(0), amount(1)), Err(Error::QueueFull));
    assert_eq!(
        (Queue::<0>::open(at(0)).next(), Queue::<0>::open(at(0)).serve(amount(0))),
        (None, Err(Error::TicketUnknown))
    );
}

#[test]
fn ties_are_served_in_the_order_of_admission() {
    let mut queue = Queue::<8>::open(at(0));
    for deadline in [5, 9, 5, 1, 9, 5] {
        queue = admitted(queue, 0, deadline, 1);
    }
    assert_eq!(tickets(&queue), [3, 0, 2, 5, 1, 4]);
    // An entry that is served in part keeps its place.
    let queue = admitted(queue.serve(amount(1)).expect("one"), 0, 5, 10);
    let (queue, taken) = queue.withdraw(0).expect("there");
    assert_eq!(taken, Entry { ticket: 0, deadline: at(5), amount: amount(1) });
    assert_eq!(tickets(&queue), [2, 5, 6, 1, 4]);
    let queue =
        queue.serve(amount(1)).and_then(|queue| queue.serve(amount(1))).and_then(|queue| queue.serve(amount(4)));
    assert_eq!(queue.expect("served").next(), Some(&Entry { ticket: 6, deadline: at(5), amount: amount(6) }));
}

#[test]
fn overdue_is_after_the_deadline() {
    let queue = admitted(Queue::<2>::open(at(0)), 0, 7, 1);
    assert_eq!((queue.overdue(at(7)), queue.overdue(at(8))), (None, queue.next()));
    assert_eq!(Queue::<2>::open(at(0)).overdue(at(8)), None);
}

#[test]
fn the_first_to_miss_and_by_how_much() {
    let rate = |per: u128| move |time: Seconds| Ok(amount(per * u128::from(time.get())));
    let queue = admitted(admitted(admitted(Queue::<4>::open(at(0)), 0, 30, 25), 0, 10, 10), 0, 20, 9);
    assert_eq!(queue.first_missed(at(0), rate(2)), Ok(None));
    let missed = queue.first_missed(at(0), rate(1)).expect("in range").expect("44 in 30 seconds");
    assert_eq!((missed.entry.ticket, missed.short), (0, amount(14)));
    let missed = queue.first_missed(at(2), rate(1)).expect("in range").expect("10 in 8 seconds");
    assert_eq!((missed.entry.ticket, missed.short), (1, amount(2)));
    // Nothing is sold by a deadline that is passed, whatever can be sold at once.
    let burst = |_: Seconds| Ok(amount(1_000));
    assert_eq!(queue.first_missed(at(10), burst), Ok(None));
    let missed = queue.first_missed(at(11), burst).expect("in range").expect("passed");
    assert_eq!((missed.entry.ticket, missed.short), (1, amount(10)));
    assert_eq!(queue.first_missed(at(0), |_| Err(Error::DepthStale)), Err(Error::DepthStale));
    let huge = admitted(admitted(Queue::<2>::open(at(0)), 0, 1, u128::MAX), 0, 1, 1);
    assert_eq!(huge.first_missed(at(0), |_| Ok(amount(u128::MAX))), Err(Error::Overflow));
    // A position whose admission would make another miss is refused, and the queue is as it was.
    match queue.admit_in_time(at(0), at(15), amount(22), rate(2)) {
        Ok(Admission::Refused(missed)) => assert_eq!((missed.entry.ticket, missed.short), (3, amount(2))),
        other => panic!("{other:?}"),
    }
    match queue.admit_in_time(at(0), at(15), amount(17), rate(2)) {
        Ok(Admission::Refused(missed)) => assert_eq!((missed.entry.ticket, missed.short), (0, amount(1))),
        other => panic!("{other:?}"),
    }
    assert!(matches!(
        queue.admit_in_time(at(0), at(15), amount(16), rate(2)),
        Ok(Admission::Admitted { ticket: 3, .. })
    ));
}

/// Latest start first (the deadline less the own time to clear) misses where the deadlines alone do not.
#[test]
fn naive_latest_start_first_breaks() {
    // At one atom a second: 9 atoms by 10, start by 1; 1 atom by 5, start by 4.
    let (large, small) = ((10_u64, 9_u64), (5_u64, 1_u64));
    let by_start = [large, small];
    assert!(by_start.is_sorted_by_key(|(deadline, work)| deadline - work));
    assert!(!in_time(&by_start, u128::from));
    let queue = admitted(admitted(Queue::<2>::open(at(0)), 0, 10, 9), 0, 5, 1);
    assert_eq!(queue.first_missed(at(0), |time| Ok(Amount::from(time.get()))), Ok(None));
}

/// Whether jobs `(deadline, amount)` served in this order are all in time.
fn in_time(order: &[(u64, u64)], capacity: impl Fn(u64) -> u128) -> bool {
    let mut sum = 0;
    order.iter().all(|&(deadline, work)| {
        sum += u128::from(work);
        sum <= capacity(deadline)
    })
}

fn orders(jobs: &[(u64, u64)]) -> Vec<Vec<(u64, u64)>> {
    if jobs.is_empty() {
        return vec![vec![]];
    }
    let mut all = Vec::new();
    for first in 0..jobs.len() {
        let mut rest = jobs.to_vec();
        let head = rest.remove(first);
        all.extend(orders(&rest).into_iter().map(|tail| [vec![head], tail].concat()));
    }
    all
}

const K: usize = 6;

/// What waits, for the naive rules: ticket, size, health.
#[derive(Clone, Copy)]
struct Waits {
    ticket: u64,
    size: u64,
    health: u64,
}

/// Services until the first entry is served when after each of them an entry is added that this rule prefers.
fn naive_services(prefers: impl Fn(&Waits) -> u64, limit: u64) -> Option<u64> {
    let mut waiting: Vec<Waits> = vec![Waits { ticket: 0, size: 1_000, health: 900 }];
    for service in 1..=limit {
        // Always larger, and always sicker, than what waits.
        waiting.push(Waits { ticket: service, size: 1_000 + service, health: 900 - service.min(899) });
        let best =
            (0..waiting.len()).max_by_key(|&i| (prefers(&waiting[i]), u64::MAX - waiting[i].ticket)).expect("one");
        if waiting.remove(best).ticket == 0 {
            return Some(service);
        }
    }
    None
}

/// Largest first and lowest health first serve whom an adversary adds, for as long as it adds; the queue does not.
#[test]
fn naive_orders_starve() {
    assert_eq!(naive_services(|waits| waits.size, 890), None);
    assert_eq!(naive_services(|waits| 1_000 - waits.health, 890), None);
    // In the queue, the adversary's best is a deadline of now.
    let mut queue = admitted(Queue::<2>::open(at(0)), 0, 100, 1_000);
    let mut services = 0;
    loop {
        queue = admitted(queue, services, services, 1);
        let first = *queue.next().expect("two wait");
        queue = queue.serve(first.amount).expect("its own");
        services += 1;
        assert!(services < 1_000, "starved");
        if first.ticket == 0 {
            break;
        }
    }
    // 101 seconds with a deadline at or before its own, one a second; a tie with its deadline goes behind it.
    assert_eq!(services, 101);
}

/// A deadline that is computed anew from the health of the day is as good as no deadline.
#[test]
fn naive_deadlines_before_admission_starve() {
    // What the queue refuses, a deadline before now, would go before all that waits, for ever.
    let queue = admitted(Queue::<2>::open(at(0)), 0, 100, 1_000);
    for now in 101..200 {
        assert_eq!(queue.admit(at(now), at(99), amount(1)).map(|_| ()), Err(Error::DeadlinePassed));
        let later = admitted(queue, now, now, 1);
        assert_eq!(later.next().map(|entry| entry.ticket), Some(0));
    }
}

#[derive(Clone, Copy, Debug)]
enum Event {
    Wait(u64),
    Admit(u64, u64),
    Serve(u64),
    Withdraw(usize),
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        2 => (0_u64..20).prop_map(Event::Wait),
        4 => (0_u64..60, 1_u64..50).prop_map(|(lead, size)| Event::Admit(lead, size)),
        3 => (0_u64..60).prop_map(Event::Serve),
        1 => (0_usize..K).prop_map(Event::Withdraw),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(5_000))]

    /// The queue is a list sorted by deadline and admission.
    #[test]
    fn state_machine(events in prop::collection::vec(event(), 1..60)) {
        let mut queue = Queue::<K>::open(at(0));
        let mut model: Vec<Entry> = Vec::new();
        let (mut now, mut ticket) = (0, 0);
        for event in events {
            match event {
                Event::Wait(seconds) => now += seconds,
                Event::Admit(lead, size) => {
                    let entry = Entry { ticket, deadline: at(now + lead), amount: amount(u128::from(size)) };
                    match queue.admit(at(now), entry.deadline, entry.amount) {
                        Ok((next, given)) => {
                            prop_assert!(model.len() < K && given == ticket);
                            (queue, ticket) = (next, ticket + 1);
                            model.push(entry);
                            model.sort_by_key(|entry| (entry.deadline, entry.ticket));
                        }
                        Err(error) => prop_assert!(error == Error::QueueFull && model.len() == K),
                    }
                }
                Event::Serve(size) => {
                    let size = amount(u128::from(size));
                    match queue.serve(size) {
                        Ok(next) => {
                            queue = next;
                            model[0].amount = model[0].amount.checked_sub(size).expect("as much");
                            model.retain(|entry| !entry.amount.is_zero());
                        }
                        Err(Error::ServedTooMuch) => prop_assert!(model[0].amount < size),
                        Err(error) => prop_assert!(error == Error::TicketUnknown && model.is_empty()),
                    }
                }
                Event::Withdraw(place) => {
                    if let Some(entry) = model.get(place).copied() {
                        let (next, gone) = queue.withdraw(entry.ticket).expect("it waits");
                        prop_assert_eq!(gone, entry);
                        queue = next;
                        model.remove(place);
                    }
                }
            }
            prop_assert_eq!(queue.entries(), &model[..]);
            prop_assert_eq!(queue.next(), model.first());
        }
    }

    /// T15 (i): whatever is admitted, with any deadline and amount, nothing admitted after a deadline goes before it, and
    /// after it at most `K - 1` others are served.
    #[test]
    fn nobody_starves(
        arrivals in prop::collection::vec((0_u64..4, prop_oneof![Just(0_u64), 0_u64..100], 1_u128..20), 1..200),
        lead in 0_u64..60,
        before in 0_usize..K,
    ) {
        let mut queue = Queue::<K>::open(at(0));
        for _ in 0..before {
            queue = admitted(queue, 0, 50, 1);
        }
        let victim = (before, lead);
        queue = admitted(queue, 0, lead, 5);
        let (mut now, mut after) = (0, 0);
        for (wait, ahead, size) in arrivals {
            now += wait;
            // The adversary fills the queue; then one is served.
            while let Ok((next, _)) = queue.admit(at(now), at(now + ahead), amount(size)) {
                let late = now > victim.1;
                let place = |ticket: u64| next.entries().iter().position(|entry| entry.ticket == ticket);
                let mine = place(u64::try_from(victim.0).expect("small")).expect("it waits");
                let newest = next.entries().iter().map(|entry| entry.ticket).max().and_then(place).expect("it waits");
                prop_assert!(!late || newest > mine);
                queue = next;
            }
            let first = *queue.next().expect("full");
            queue = queue.serve(first.amount).expect("its own");
            if usize::try_from(first.ticket) == Ok(victim.0) {
                return Ok(());
            }
            after += usize::from(now > victim.1);
            prop_assert!(after < K, "{} others after the deadline", after);
        }
    }

    /// T15 (ii): if any order has all in time, the deadlines have; and `first_missed` says so.
    #[test]
    fn deadlines_first_is_optimal(
        jobs in prop::collection::vec((0_u64..30, 1_u64..12), 0..K),
        burst in 0_u64..10,
        rate in 0_u64..4,
    ) {
        let capacity = |time: u64| u128::from(burst + rate * time);
        let queue = jobs.iter().fold(Queue::<K>::open(at(0)), |queue, &(deadline, work)| {
            admitted(queue, 0, deadline, u128::from(work))
        });
        let possible = orders(&jobs).iter().any(|order| in_time(order, capacity));
        let missed = queue.first_missed(at(0), |time| Ok(amount(capacity(time.get())))).expect("in range");
        prop_assert_eq!(missed.is_none(), possible);
        if let Some(missed) = missed {
            // By its deadline all that goes up to it is sold but for what is short.
            let through = queue.entries().iter().take_while(|entry| entry.ticket != missed.entry.ticket);
            let sum: u128 = through.map(|entry| entry.amount.get()).sum::<u128>() + missed.entry.amount.get();
            prop_assert_eq!(missed.short.get(), sum - capacity(missed.entry.deadline.get()));
        }
    }

    /// T15 (iii): what is admitted in time is sold in time, whoever comes after it.
    #[test]
    fn who_is_admitted_in_time_is_served_in_time(
        arrivals in prop::collection::vec((0_u64..6, 0_u64..40, 1_u128..30), 1..60),
        rate in 1_u128..6,
    ) {
        let mut queue = Queue::<K>::open(at(0));
        let mut now = 0;
        for (wait, lead, size) in arrivals {
            for _ in 0..wait {
                // A second of service at the stated rate.
                let mut left = rate;
                while let Some(first) = queue.next().copied().filter(|_| left > 0) {
                    prop_assert!(first.deadline > at(now), "{:?} at {}", first, now);
                    prop_assert!(!first.amount.is_zero());
                    let sold = first.amount.get().min(left);
                    queue = queue.serve(amount(sold)).expect("it has as much");
                    left -= sold;
                }
                now += 1;
            }
            let capacity = |time: Seconds| Ok(amount(rate * u128::from(time.get())));
            match queue.admit_in_time(at(now), at(now + lead), amount(size), capacity) {
                Ok(Admission::Admitted { queue: next, .. }) => queue = next,
                Ok(Admission::Refused(missed)) => prop_assert!(!missed.short.is_zero()),
                Err(error) => prop_assert!(error == Error::QueueFull && queue.entries().len() == K),
            }
            prop_assert_eq!(queue.overdue(at(now)), None);
        }
    }
}
