//! Theorem A under a second closed-loop adversary: late snapshots, snapshots of the second of a sale, thick and thin books
//! under one consumption, lots open over snapshots, reserves of three atoms, budgets up to one. Depth is true: at each
//! sale the book is what the newest snapshot that the guard holds shows (ladder), or at least as thick (pool).
#[path = "support/exact.rs"]
mod exact;
#[path = "support/market.rs"]
mod market;
#[path = "support/world.rs"]
mod world;

use damper::auction::Lot;
use damper::book::{Level, Shape, Snapshot};
use damper::depth::DepthObservation;
use damper::guard::{Guard, GuardState, Observation};
use damper::oracle::PriceObservation;
use damper::price::{Price, PriceBand};
use damper::ratio::Ratio;
use damper::selling::{Bid, Kick};
use damper::units::{Amount, Rate, Seconds, Timestamp, Value};
use exact::{Log, TheoremA, Verdict};
use market::{Market, bps};
use world::{PPM, TrueBook, World};

const START: u64 = 1_000_000_000;

struct Rng(u64);
impl Rng {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 11
    }
    fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }
}

fn t(seconds: u64) -> Timestamp {
    Timestamp::new(1_000_000 + seconds)
}

#[derive(Clone)]
struct Shot {
    at: u64,
    reserve: u128,
    reference: Price,
    levels: Vec<Level>,
}

impl Shot {
    fn of(world: &World, at: u64) -> Shot {
        let ticks = u128::from(world.ticks());
        let (mut reserve, mut levels) = (0, Vec::new());
        match &world.book {
            TrueBook::ConstantProduct { reserve: truth } => reserve = *truth,
            TrueBook::Ladder(truth) => {
                for &(price, quantity) in truth {
                    let price = Price::from_fraction_floor(ticks * price, PPM * 1_000_000).expect("positive");
                    levels.push(Level { price, amount: Amount::new(quantity) });
                }
            }
        }
        Shot { at, reserve, reference: Price::from_fraction_floor(ticks, 1_000_000).expect("positive"), levels }
    }
    fn depth(&self) -> DepthObservation<'_> {
        let snapshot = if self.levels.is_empty() {
            Snapshot::ConstantProduct { reserve: Amount::new(self.reserve) }
        } else {
            Snapshot::Ladder { reference: self.reference, levels: &self.levels }
        };
        DepthObservation { source_time: t(self.at), snapshot }
    }
}

/// Plays a run; whether the bound failed, and what was sold. `None` if an observation was refused on the way.
fn run<const N: usize>(seed: u64, shape: Shape<N>, pool: bool) -> Option<(bool, u128)> {
    let mut rng = Rng(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    for _ in 0..5 {
        rng.next();
    }
    let own = [0, 1_250, 5_000, 9_000, 9_900][usize::try_from(rng.below(5)).unwrap()];
    let burst = [0, 25, 100, 1_000, 10_000][usize::try_from(rng.below(5)).unwrap()];
    let wick = [0, 0, 30, 120][usize::try_from(rng.below(4)).unwrap()];
    let leak = if rng.below(2) == 0 { Rate::ZERO } else { Rate::per_second(Ratio::from_bits(1 << 30)) };
    let m = Market {
        shape,
        haircut: Ratio::ZERO,
        burst: bps(burst),
        leak,
        own_share: bps(own),
        kappa: Ratio::ONE,
        share: Ratio::ONE,
        wick: Seconds::new(wick),
    };
    let guard: Guard<N> = m.guard();
    let scale = [3_u128, 1_000, 1_000_000_000_000][usize::try_from(rng.below(3)).unwrap()];
    let book = |rng: &mut Rng, least: u128| -> TrueBook {
        let factor = u128::from([1_u64, 1, 2, 10, 1_000][usize::try_from(rng.below(5)).unwrap()]);
        if pool {
            TrueBook::ConstantProduct { reserve: (scale * factor).max(least) }
        } else {
            let mut price = PPM;
            let mut levels = Vec::new();
            for _ in 0..(1 + rng.below(6)) {
                price = price.saturating_sub(u128::from(1 + rng.below(60_000))).max(1);
                levels.push((price, u128::from(1 + rng.below(1_000)) * factor * scale / 1_000 + 1));
            }
            TrueBook::Ladder(levels)
        }
    };
    let first = book(&mut rng, 1);
    let mut world = World::new(START, first);
    let mut shot = Shot::of(&world, 0);
    let price = |world: &World, now: u64| PriceObservation {
        source_time: t(now),
        band: PriceBand::exact(Price::from_fraction_floor(u128::from(world.ticks()), 1_000_000).unwrap()),
    };
    let p0 = price(&world, 0);
    let mut state: GuardState<N> = guard.open(t(0), p0, shot.depth()).ok()?;
    let (mut now, mut shot_delivered, mut lots, mut sold) = (0_u64, true, Vec::<Lot>::new(), 0_u128);
    let mut last_price = 0_u64;
    let mut eps = Log::zero();
    for _ in 0..rng.below(120) {
        match rng.below(9) {
            0 => now += rng.below(40),
            1 | 2 => {
                // a new true book, photographed; one photograph a second
                if shot.at < now && (shot_delivered || pool) {
                    let least = match &world.book {
                        TrueBook::ConstantProduct { reserve } if !shot_delivered => *reserve,
                        _ => 1,
                    };
                    let next = book(&mut rng, if pool { least } else { 1 });
                    // an undelivered photograph: sales go on on the older one, so a pool may only have thickened
                    let next = match (next, state.depth().sold().get()) {
                        (TrueBook::ConstantProduct { reserve }, _) => {
                            TrueBook::ConstantProduct { reserve: reserve.max(shot.reserve) }
                        }
                        (b, _) => b,
                    };
                    let thin = rng.below(3) == 0;
                    let next = if pool && thin && shot_delivered { book(&mut rng, 1) } else { next };
                    world.refresh(next);
                    shot = Shot::of(&world, now);
                    shot_delivered = false;
                    let thinner = pool && thin;
                    if !pool || thinner || rng.below(2) == 0 {
                        // delivered at once, in the second of the sale perhaps
                        state = guard
                            .observe(state, &Observation { now: t(now), price: None, depth: Some(shot.depth()) })
                            .ok()?;
                        shot_delivered = true;
                    }
                }
            }
            3 => {
                if !shot_delivered || rng.below(3) == 0 {
                    state = guard
                        .observe(state, &Observation { now: t(now), price: None, depth: Some(shot.depth()) })
                        .ok()?;
                    shot_delivered = true;
                }
            }
            4 => {
                let drift = i128::from(rng.below(60_000)) - 40_000;
                let moved = u128::from(world.exogenous) * PPM.saturating_add_signed(drift) / PPM;
                world.move_to(u64::try_from(moved).unwrap().clamp(1_000, 1 << 50));
            }
            5 => {
                if now > last_price {
                    let o = price(&world, now);
                    let gap = world.log_of(world.ticks()).sub(world.log_price());
                    eps = eps.max(gap).max(gap.neg());
                    state = guard.observe(state, &Observation { now: t(now), price: Some(o), depth: None }).ok()?;
                    last_price = now;
                    if rng.below(20) == 0 {
                        state = guard.reanchor(state, t(now)).unwrap_or(state);
                    }
                }
            }
            6 => {
                let permitted = guard.limits(&state, t(now)).unwrap().permitted.get();
                let part = match rng.below(3) {
                    0 => permitted,
                    1 => permitted.saturating_sub(1),
                    _ => u128::from(rng.below(1_000)) * (permitted / 1_000).max(1),
                };
                if let Ok(next) = guard.sell(state, t(now), Amount::new(part)) {
                    state = next;
                    world.sell(part);
                    sold += part;
                }
            }
            7 => {
                let permitted = guard.limits(&state, t(now)).unwrap().permitted.get();
                let part = u128::from(1 + rng.below(1_000)) * permitted / 1_000;
                if let Ok((next, lot)) =
                    guard.kick(state, t(now), Kick { sell: Amount::new(part), raise: Value::new(u128::MAX) })
                {
                    state = next;
                    lots.push(lot);
                }
            }
            _ => {
                if lots.is_empty() {
                    continue;
                }
                let k = usize::try_from(rng.below(u64::try_from(lots.len()).unwrap())).unwrap();
                if rng.below(4) == 0 {
                    let lot = lots.swap_remove(k);
                    state = guard.settle(state, t(now), lot).ok()?.0;
                } else {
                    let want =
                        Amount::new((lots[k].remaining().get() * u128::from(1 + rng.below(1_000)) / 1_000).max(1));
                    if let Ok((next, take)) = guard.take(state, t(now), lots[k], Bid { want, max_price: Price::MAX }) {
                        state = next;
                        lots[k] = take.lot;
                        world.sell(take.sold.get());
                        sold += take.sold.get();
                    }
                }
            }
        }
    }
    let leaked = i128::from(m.leak.get().to_bits()) * i128::from(now);
    let bound = TheoremA {
        x: world.exogenous_drawdown(),
        kappa: (1, 1),
        h: (u128::from(m.own_share.to_bits()), 1 << 48),
        b: Log::from_fraction(i128::from(m.burst.to_bits()), 1 << 48),
        leaked: Log::from_fraction(leaked, 1 << 48),
        eps,
    };
    let fails = bound.verdict(world.drawdown()) == Verdict::Fails;
    if fails {
        println!(
            "seed {seed} pool {pool}: drawdown {} above {} (h {own}, B {burst}, wick {wick}, scale {scale})",
            world.drawdown().to_decimal_floor(9),
            bound.bound().to_decimal_ceil(9)
        );
    }
    Some((fails, sold))
}

#[test]
fn the_bound_holds_with_late_snapshots() {
    let points = [10_u32, 30, 100, 300, 1_000, 4_000].map(bps);
    let (mut played, mut sold) = (0, 0);
    for seed in 1..=10_000 {
        let runs = [run(seed, Shape::<1>::ConstantProduct, true), run(seed, Shape::Grid(points), false)];
        for (fails, quantity) in runs.into_iter().flatten() {
            assert!(!fails, "seed {seed}");
            played += 1;
            sold += u32::from(quantity > 0);
        }
    }
    println!("{played} runs played, {sold} sold something");
    assert!(played > 15_000 && sold > 5_000, "an idle adversary: {played} runs, {sold} of them sold");
}
