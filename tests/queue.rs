//! The order of service: against a model, against every other order, against who keeps adding entries, and against who
//! fills all places.

use damper::Error;
use damper::queue::{Admission, Admitted, Entry, Queue, deadline_floor};
use damper::ratio::Ratio;
use damper::units::{Amount, Rate, Seconds, Timestamp};
use proptest::prelude::*;
use std::cmp::Reverse;

fn at(n: u64) -> Timestamp {
    Timestamp::new(n)
}

fn amount(n: u128) -> Amount {
    Amount::new(n)
}

fn admitted<const K: usize>(queue: Queue<K>, now: u64, deadline: u64, of: u128) -> Queue<K> {
    let Admitted { queue, displaced, .. } = queue.admit(at(now), at(deadline), amount(of), ANY).expect("room");
    assert_eq!(displaced, None);
    queue
}

/// No least amount.
const ANY: Amount = Amount::ZERO;

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
    let admit = |now, deadline, of| queue.admit(at(now), at(deadline), amount(of), ANY).map(|_| ());
    assert_eq!(admit(99, 200, 1), Err(Error::ClockReversed));
    assert_eq!(admit(100, 99, 1), Err(Error::DeadlinePassed));
    assert_eq!(admit(100, 100, 0), Err(Error::QueueEntryEmpty));
    assert_eq!(admit(100, 100, 1), Ok(()));
    assert_eq!((queue.serve(Amount::ZERO), queue.next()), (Err(Error::TicketUnknown), None));
    let full = admitted(admitted(queue, 100, 300, 5), 101, 200, 7);
    assert_eq!(full.admit(at(101), at(300), amount(1), ANY), Err(Error::QueueFull));
    // The clock is that of the last admission.
    assert_eq!(full.admit(at(100), at(300), amount(1), ANY), Err(Error::ClockReversed));
    // The least amount may wait, one atom less may not, whether there is room or not.
    let above = |queue: Queue<2>, of| queue.admit(at(101), at(300), amount(of), amount(9)).map(|_| ());
    assert_eq!((above(queue, 8), above(queue, 9)), (Err(Error::QueueEntrySmall), Ok(())));
    assert_eq!((above(full, 8), above(full, 9)), (Err(Error::QueueEntrySmall), Ok(())));
    assert_eq!(above(full, 0), Err(Error::QueueEntryEmpty));
    assert_eq!(full.serve(amount(8)), Err(Error::ServedTooMuch));
    assert_eq!(full.withdraw(2), Err(Error::TicketUnknown));
    assert_eq!(tickets(&full), [1, 0]);
    // No place at all, and places beyond the count.
    assert_eq!(Queue::<0>::open(at(0)).admit(at(0), at(0), amount(1), ANY), Err(Error::QueueFull));
    assert_eq!(
        (Queue::<0>::open(at(0)).next(), Queue::<0>::open(at(0)).serve(amount(0))),
        (None, Err(Error::TicketUnknown))
    );
}

/// More places than can be counted: 65,535 entries are a full queue, which gives up its smallest entry as any other does.
#[test]
fn the_count_of_entries_is_a_full_queue() {
    const K: usize = 65_536;
    // Two mebibytes by value, a few times over.
    let many = std::thread::Builder::new().stack_size(1 << 27).spawn(|| {
        let mut one = [0; Queue::<1>::BYTES];
        Queue::<1>::open(at(0)).write_to(&mut one).expect("the right length");
        let [kind, version, ..] = one;
        let mut bytes = vec![kind, version, 0, 0];
        for ticket in 0..u64::from(u16::MAX) {
            let amount = if ticket == 40_000 { 1_u128 } else { 3 };
            bytes.extend(ticket.to_le_bytes());
            bytes.extend(100_u64.to_le_bytes());
            bytes.extend(amount.to_le_bytes());
        }
        bytes.extend([0; 32]);
        bytes.extend(u16::MAX.to_le_bytes());
        bytes.extend(u64::from(u16::MAX).to_le_bytes());
        bytes.extend(0_u64.to_le_bytes());
        let queue = Queue::<K>::read_from(&bytes).expect("in order");
        assert_eq!(queue.admit(at(0), at(100), amount(1), ANY).err(), Some(Error::QueueFull));
        let more = queue.admit(at(0), at(100), amount(2), ANY).expect("larger than the smallest");
        assert_eq!(more.displaced.map(|entry| entry.ticket), Some(40_000));
        assert_eq!(more.queue.entries().len(), usize::from(u16::MAX));
    });
    many.expect("a thread").join().expect("as stated");
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
    match queue.admit_in_time(at(0), at(15), amount(22), ANY, rate(2)) {
        Ok(Admission::Refused(missed)) => assert_eq!((missed.entry.ticket, missed.short), (3, amount(2))),
        other => panic!("{other:?}"),
    }
    match queue.admit_in_time(at(0), at(15), amount(17), ANY, rate(2)) {
        Ok(Admission::Refused(missed)) => assert_eq!((missed.entry.ticket, missed.short), (0, amount(1))),
        other => panic!("{other:?}"),
    }
    assert!(matches!(
        queue.admit_in_time(at(0), at(15), amount(16), ANY, rate(2)),
        Ok(Admission::Admitted(Admitted { ticket: 3, displaced: None, .. }))
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

/// T15 (ii) asks for a capacity that does not fall as the time grows: with one that does, another order may do what this one
/// does not.
#[test]
fn a_capacity_that_falls_breaks_the_order() {
    let capacity = |time: u64| if time == 1 { 10 } else { 5_u128 };
    assert!(in_time(&[(2, 5), (1, 5)], capacity) && !in_time(&[(1, 5), (2, 5)], capacity));
    let queue = admitted(admitted(Queue::<2>::open(at(0)), 0, 1, 5), 0, 2, 5);
    let missed = queue.first_missed(at(0), |time| Ok(Amount::new(capacity(time.get())))).expect("small");
    assert_eq!(missed.map(|missed| (missed.entry.deadline, missed.short)), Some((at(2), Amount::new(5))));
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
        assert_eq!(queue.admit(at(now), at(99), amount(1), ANY).map(|_| ()), Err(Error::DeadlinePassed));
        let later = admitted(queue, now, now, 1);
        assert_eq!(later.next().map(|entry| entry.ticket), Some(0));
    }
}

/// The smallest leaves, of equal ones the last; never for one that is not larger; and it is told.
#[test]
fn a_full_queue_gives_up_its_smallest() {
    let mut queue = Queue::<4>::open(at(0));
    for (deadline, of) in [(10, 7), (20, 5), (30, 9), (15, 5)] {
        queue = admitted(queue, 0, deadline, of);
    }
    assert_eq!(queue.admit(at(0), at(5), amount(5), ANY), Err(Error::QueueFull));
    let Admitted { queue: next, ticket, displaced } = queue.admit(at(1), at(12), amount(6), ANY).expect("larger");
    assert_eq!(displaced, Some(Entry { ticket: 1, deadline: at(20), amount: amount(5) }));
    assert_eq!((ticket, tickets(&next)), (4, vec![0, 4, 3, 2]));
    // What is left counts, not what there was.
    let served = queue.serve(amount(4)).expect("it has as much");
    let Admitted { queue: next, displaced, .. } = served.admit(at(1), at(40), amount(4), ANY).expect("larger");
    assert_eq!(displaced, Some(Entry { ticket: 0, deadline: at(10), amount: amount(3) }));
    assert_eq!(tickets(&next), [3, 1, 2, 4]);
    // The queue that was asked is as it was.
    assert_eq!(tickets(&queue), [0, 3, 1, 2]);
    // In time with the one that leaves, and so without it: 6 and 7 by 12, 5 more by 15, 9 more by 30.
    let exact = |time: Seconds| Ok(amount(if time.get() < 15 { 13 } else { 27 }));
    assert!(matches!(
        queue.admit_in_time(at(0), at(12), amount(6), ANY, exact),
        Ok(Admission::Admitted(Admitted { displaced: Some(Entry { ticket: 1, .. }), .. }))
    ));
}

/// A list in the order of service with `K` places; the rule says which entry gives up its place to a new one, if any.
fn naive_admit(waiting: &mut Vec<Entry>, new: Entry, gives_up: impl Fn(&[Entry], &Entry) -> Option<usize>) -> bool {
    if waiting.len() == K {
        let Some(place) = gives_up(waiting, &new) else { return false };
        waiting.remove(place);
    }
    waiting.push(new);
    waiting.sort_by_key(|entry| (entry.deadline, entry.ticket));
    true
}

/// An adversary's dust in all places, due at any time: the queue takes in as many real positions as it has places.
#[test]
fn dust_keeps_nobody_out() {
    for due in [0, 50, 1_000_000] {
        let mut queue = Queue::<K>::open(at(0));
        for _ in 0..K {
            queue = admitted(queue, 0, due, 1);
        }
        for real in 0..u64::try_from(K).expect("small") {
            let Admitted { queue: next, displaced, .. } =
                queue.admit(at(0), at(100 + real), amount(1_000), ANY).expect("larger than dust");
            assert_eq!(displaced.map(|entry| entry.amount), Some(amount(1)));
            queue = next;
            // More dust, however urgent, gets nothing back.
            assert_eq!(queue.admit(at(0), at(0), amount(1), ANY), Err(Error::QueueFull));
        }
        assert!(queue.entries().iter().all(|entry| entry.amount == amount(1_000)));
    }
}

/// What it takes to get an entry out: as many others as there are places, none smaller, and one larger.
#[test]
fn the_price_of_a_place() {
    let mut queue = admitted(Queue::<3>::open(at(0)), 0, 10, 7);
    queue = admitted(admitted(queue, 0, 10, 7), 0, 0, 7);
    let out = queue.admit(at(0), at(0), amount(8), ANY).expect("larger");
    assert_eq!(out.displaced.map(|entry| entry.ticket), Some(1), "of three of seven the last");
    assert_eq!(
        out.queue.admit(at(0), at(0), amount(8), ANY).expect("larger").displaced.map(|entry| entry.ticket),
        Some(0)
    );
}

/// Without displacement the dust stays and all others are refused; where the latest deadline, or whoever is as small,
/// leaves, dust drives out what is real.
#[test]
fn naive_full_queues_break() {
    let dust = |ticket| Entry { ticket, deadline: at(10), amount: amount(1) };
    let real = |ticket| Entry { ticket, deadline: at(100), amount: amount(1_000) };
    let mut full: Vec<Entry> = (0..6).map(dust).collect();
    assert!((10..20).all(|ticket| !naive_admit(&mut full, real(ticket), |_, _| None)));
    let mut by_deadline: Vec<Entry> = (0..6).map(real).collect();
    let latest = |waiting: &[Entry], new: &Entry| waiting.iter().rposition(|entry| entry.deadline > new.deadline);
    assert!((10..16).all(|ticket| naive_admit(&mut by_deadline, dust(ticket), latest)));
    assert!(by_deadline.iter().all(|entry| entry.amount == amount(1)));
    // In the queue the same offers change nothing.
    let mut queue = Queue::<K>::open(at(0));
    for _ in 0..K {
        queue = admitted(queue, 0, 100, 1_000);
    }
    for _ in 0..10 {
        assert_eq!(queue.admit(at(0), at(10), amount(1), ANY), Err(Error::QueueFull));
        assert_eq!(queue.admit(at(0), at(10), amount(1_000), ANY), Err(Error::QueueFull));
    }
}

/// An entry that is lost stops no admission that it leaves room for; a rule that wants all in time admits nobody.
#[test]
fn naive_all_in_time_freezes_the_queue() {
    let rate = |time: Seconds| Ok(amount(10 * u128::from(time.get())));
    let admit = |queue: Queue<4>, now, deadline, of| {
        queue.admit_in_time(at(now), at(deadline), amount(of), ANY, rate).expect("there is room")
    };
    // Nobody may sell until 20; the first is overdue by then.
    let queue = admitted(admitted(Queue::<4>::open(at(0)), 0, 10, 50), 0, 30, 40);
    assert_eq!(queue.overdue(at(20)).map(|entry| entry.ticket), Some(0));
    // The naive rule: with the new entry, all must be in time. It refuses one atom, due in a day.
    let with = queue.admit(at(20), at(86_400), amount(1), ANY).expect("room").queue;
    assert!(with.first_missed(at(20), rate).expect("in range").is_some());
    assert!(matches!(admit(queue, 20, 86_400, 1), Admission::Admitted(_)));
    // What is overdue is served first, and so it counts: 50, 40 and 10 by 30, and not an atom more.
    assert!(matches!(admit(queue, 20, 30, 10), Admission::Admitted(_)));
    match admit(queue, 20, 30, 11) {
        Admission::Refused(missed) => assert_eq!((missed.entry.ticket, missed.short), (2, amount(1))),
        other => panic!("{other:?}"),
    }
    // Before one that is in time without it, the new entry may not make that one late.
    match admit(queue, 20, 29, 11) {
        Admission::Refused(missed) => assert_eq!((missed.entry.ticket, missed.short), (1, amount(1))),
        other => panic!("{other:?}"),
    }
    // Before one that is late anyway it may: at 22 there are 80 by 30, for 90.
    assert_eq!(queue.first_missed(at(22), rate).expect("in range").map(|missed| missed.entry.ticket), Some(0));
    assert!(matches!(admit(queue, 22, 29, 20), Admission::Admitted(_)));
    assert!(matches!(admit(queue, 22, 29, 21), Admission::Refused(_)));
    // Once the lost one is handed over, the others are in time again.
    let (rest, _) = queue.withdraw(0).expect("it waits");
    assert!(matches!(admit(rest, 22, 29, 40), Admission::Admitted(_)));
    match admit(rest, 22, 29, 41) {
        Admission::Refused(missed) => assert_eq!((missed.entry.ticket, missed.short), (1, amount(1))),
        other => panic!("{other:?}"),
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
                    // The last of the smallest.
                    let small = model.iter().max_by_key(|old| (Reverse(old.amount), old.deadline, old.ticket)).copied();
                    match queue.admit(at(now), entry.deadline, entry.amount, amount(5)) {
                        Ok(Admitted { queue: next, ticket: given, displaced }) => {
                            prop_assert!(given == ticket && size >= 5);
                            if model.len() == K {
                                prop_assert_eq!(displaced, small);
                                prop_assert!(small.is_some_and(|small| small.amount < entry.amount));
                                model.retain(|old| Some(*old) != small);
                            } else {
                                prop_assert_eq!(displaced, None);
                            }
                            (queue, ticket) = (next, ticket + 1);
                            model.push(entry);
                            model.sort_by_key(|entry| (entry.deadline, entry.ticket));
                        }
                        Err(Error::QueueEntrySmall) => prop_assert!(size < 5),
                        Err(error) => {
                            prop_assert!(error == Error::QueueFull && model.len() == K);
                            prop_assert!(model.iter().all(|old| old.amount >= entry.amount));
                        }
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
    /// after it at most `K - 1` others are served; unless it is handed back, with `K` waiting that are not smaller.
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
            let mut offers = 0;
            while let Ok(Admitted { queue: next, displaced, .. }) =
                queue.admit(at(now), at(now + ahead), amount(size), ANY)
            {
                // Each fills a place or replaces a smaller one.
                offers += 1;
                prop_assert!(offers <= K);
                if displaced.is_some_and(|entry| usize::try_from(entry.ticket) == Ok(victim.0)) {
                    prop_assert!(size > 5 && next.entries().len() == K);
                    prop_assert!(next.entries().iter().all(|entry| entry.amount >= amount(5)));
                    return Ok(());
                }
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

    /// T15 (iii): what is admitted in time is sold in time or handed back, whoever comes after it, with others in the queue
    /// that are lost from the start.
    #[test]
    fn who_is_admitted_in_time_is_served_in_time(
        lost in prop::collection::vec((0_u64..30, 1_u128..60), 0..3),
        arrivals in prop::collection::vec((0_u64..6, 0_u64..40, 1_u128..30), 1..60),
        rate in 1_u128..6,
    ) {
        let mut queue = Queue::<K>::open(at(0));
        for (lead, size) in lost {
            queue = admitted(queue, 0, lead, size);
        }
        // Of those that were not asked about, who is in time at the start must stay so as well.
        let mut promised: Vec<u64> = Vec::new();
        let mut sum = 0;
        for entry in queue.entries() {
            sum += entry.amount.get();
            if sum <= rate * u128::from(entry.deadline.get()) {
                promised.push(entry.ticket);
            }
        }
        let mut now = 0;
        for (wait, lead, size) in arrivals {
            for _ in 0..wait {
                // A second of service at the stated rate.
                let mut left = rate;
                while let Some(first) = queue.next().copied().filter(|_| left > 0) {
                    prop_assert!(first.deadline > at(now) || !promised.contains(&first.ticket), "{first:?} at {now}");
                    prop_assert!(!first.amount.is_zero());
                    let sold = first.amount.get().min(left);
                    queue = queue.serve(amount(sold)).expect("it has as much");
                    left -= sold;
                }
                now += 1;
            }
            let capacity = |time: Seconds| Ok(amount(rate * u128::from(time.get())));
            match queue.admit_in_time(at(now), at(now + lead), amount(size), ANY, capacity) {
                Ok(Admission::Admitted(Admitted { queue: next, ticket, displaced })) => {
                    queue = next;
                    promised.push(ticket);
                    prop_assert!(displaced.is_none_or(|entry| entry.amount < amount(size)));
                }
                Ok(Admission::Refused(missed)) => prop_assert!(!missed.short.is_zero()),
                Err(error) => prop_assert!(error == Error::QueueFull && queue.entries().len() == K),
            }
            let late = queue.entries().iter().find(|entry| entry.deadline < at(now) && promised.contains(&entry.ticket));
            prop_assert_eq!(late, None);
        }
    }

    /// The rule of admission itself, whatever waits: refused exactly if the entry is late, or makes one late that was not.
    #[test]
    fn who_is_lost_refuses_nobody(
        waiting in prop::collection::vec((0_u64..30, 1_u128..12), 0..=K),
        (wait, lead, size) in (0_u64..20, 0_u64..20, 1_u128..20),
        (burst, rate) in (0_u128..20, 0_u128..4),
    ) {
        let before = waiting.iter().fold(Queue::<K>::open(at(0)), |queue, &(deadline, work)| {
            admitted(queue, 0, deadline, work)
        });
        let capacity = |time: Seconds| Ok(amount(burst + rate * u128::from(time.get())));
        let Ok(Admitted { queue: after, ticket, displaced }) = before.admit(at(wait), at(wait + lead), amount(size), ANY)
        else {
            prop_assert_eq!(before.admit_in_time(at(wait), at(wait + lead), amount(size), ANY, capacity), Err(Error::QueueFull));
            return Ok(());
        };
        // What is short of each entry, by name.
        let shorts = |queue: &Queue<K>| {
            let mut sum = 0;
            let mut shorts = Vec::new();
            for entry in queue.entries() {
                sum += entry.amount.get();
                let time = entry.deadline.get().checked_sub(wait);
                shorts.push((entry.ticket, sum.saturating_sub(time.map_or(0, |time| burst + rate * u128::from(time)))));
            }
            shorts
        };
        let in_time_before: Vec<u64> =
            shorts(&before).iter().filter(|(_, short)| *short == 0).map(|(ticket, _)| *ticket).collect();
        let broken = shorts(&after)
            .into_iter()
            .find(|(other, short)| *short > 0 && (*other == ticket || in_time_before.contains(other)));
        match before.admit_in_time(at(wait), at(wait + lead), amount(size), ANY, capacity).expect("there is room") {
            Admission::Admitted(admitted) => {
                prop_assert_eq!(broken, None);
                prop_assert_eq!(admitted, Admitted { queue: after, ticket, displaced });
            }
            Admission::Refused(missed) => prop_assert_eq!(Some((missed.entry.ticket, missed.short.get())), broken),
        }
    }

    /// T15 (iv): while nothing is served, the largest that were offered wait, as many as there are places.
    #[test]
    fn the_largest_wait(offers in prop::collection::vec((0_u64..60, 1_u128..50), 1..40)) {
        let mut queue = Queue::<K>::open(at(0));
        let mut back = Vec::new();
        for &(deadline, size) in &offers {
            match queue.admit(at(0), at(deadline), amount(size), ANY) {
                Ok(Admitted { queue: next, displaced, .. }) => {
                    queue = next;
                    back.extend(displaced.map(|entry| entry.amount.get()));
                }
                Err(error) => {
                    prop_assert_eq!(error, Error::QueueFull);
                    back.push(size);
                }
            }
        }
        let sorted = |mut sizes: Vec<u128>| {
            sizes.sort_unstable_by_key(|size| Reverse(*size));
            sizes
        };
        let all = sorted(offers.iter().map(|(_, size)| *size).collect());
        let waiting = sorted(queue.entries().iter().map(|entry| entry.amount.get()).collect());
        let places = all.len().min(K);
        prop_assert_eq!(&waiting[..], &all[..places]);
        // Nothing is dropped: what does not wait was refused or handed back.
        prop_assert_eq!(&sorted(back)[..], &all[places..]);
    }

    /// T15 (iv): whoever has no more than `K` times a victim's amount at stake does not get it out, with any amounts and
    /// deadlines, while entries come and go.
    #[test]
    fn who_has_less_than_all_places_worth_displaces_nobody(
        moves in prop::collection::vec((0_u64..60, 1_u128..120, 0_usize..4), 1..120),
        size in 5_u128..20,
    ) {
        let mut queue = admitted(Queue::<K>::open(at(0)), 0, 30, size);
        let budget = size * u128::try_from(K).expect("small");
        for (deadline, bid, leave) in moves {
            // What the adversary has at stake, the new entry included, is within the budget.
            let at_stake: u128 = queue.entries().iter().filter(|entry| entry.ticket != 0)
                .map(|entry| entry.amount.get()).sum();
            let bid = bid.min(budget - at_stake);
            if bid > 0 && let Ok(Admitted { queue: next, displaced, .. }) = queue.admit(at(0), at(deadline), amount(bid), ANY) {
                prop_assert!(displaced.is_none_or(|entry| entry.ticket != 0));
                queue = next;
            }
            // It takes back one of its own now and then.
            let own = queue.entries().iter().filter(|entry| entry.ticket != 0).nth(leave);
            if let Some(entry) = own.copied().filter(|_| leave < 3 && bid % 2 == 0) {
                queue = queue.withdraw(entry.ticket).expect("it waits").0;
            }
        }
        prop_assert!(queue.entries().iter().any(|entry| entry.ticket == 0));
    }
}
