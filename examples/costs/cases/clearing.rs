//! Time to clear, the chance of insolvency, and the order of service.

use super::Io;
use super::scene::{Scene, Token, bps, dollars, grid};
use super::words::Words;
use damper::Error;
use damper::book::Shape;
use damper::clearing::{
    Backlog, Clearing, Holding, PaceConfig, PaceParams, Throttle, bad_debt_ceil, relative_fall_ceil, safe_ltv_floor,
    slack_floor,
};
use damper::queue::{Admission, Admitted, Missed, Queue};
use damper::ratio::Ratio;
use damper::risk::{Law, Peril, RiskConfig, RiskParams};
use damper::units::{Amount, Rate, Seconds, Timestamp, Value};

/// Places of the measured queue, and the least amount that may wait in it.
const PLACES: usize = 16;
const LEAST: Amount = Amount::new(1_000);

impl Words for Clearing {
    fn put(&self, io: &mut Io<'_>) {
        match self {
            Clearing::Takes(time) => (0_u64, *time).put(io),
            Clearing::Never => 1_u64.put(io),
        }
    }
}

impl Words for [Amount; 4] {
    fn put(&self, io: &mut Io<'_>) {
        for amount in self {
            amount.put(io);
        }
    }
}

impl Words for Queue<PLACES> {
    fn put(&self, io: &mut Io<'_>) {
        for entry in self.entries() {
            ((entry.ticket, entry.deadline), entry.amount).put(io);
        }
    }
}

impl Words for Admitted<PLACES> {
    fn put(&self, io: &mut Io<'_>) {
        self.queue.put(io);
        self.ticket.put(io);
        self.displaced.map_or(0, |entry| entry.ticket).put(io);
    }
}

impl Words for Admission<PLACES> {
    fn put(&self, io: &mut Io<'_>) {
        match self {
            Admission::Admitted(admitted) => admitted.put(io),
            Admission::Refused(missed) => missed.put(io),
        }
    }
}

impl Words for Missed {
    fn put(&self, io: &mut Io<'_>) {
        (self.entry.ticket, self.short).put(io);
    }
}

/// A burst of 1 % and a leak of 2 % an hour, half used up; rounds of ten minutes.
#[inline(never)]
fn throttle() -> Result<(Throttle, PaceConfig), Error> {
    let percent = Ratio::from_bps_floor(100)?;
    let leak = Rate::from_ratio_over_floor(percent.checked_add(percent)?, Seconds::new(3_600))?;
    let level = Ratio::from_bps_floor(50)?;
    let pace = PaceConfig::new(PaceParams { round: Seconds::new(600), piece: Ratio::ZERO })?;
    Ok((Throttle { level, reserved: Ratio::ZERO, cap: percent, leak }, pace))
}

#[inline(never)]
fn rule(law: Law) -> Result<RiskConfig, Error> {
    let tolerance = Ratio::from_bps_floor(100)?;
    RiskConfig::new(RiskParams { horizon: Seconds::new(86_400), drift: Rate::ZERO, law, tolerance })
}

/// Sigma and own impact in basis points, seconds to clear.
#[inline(never)]
fn peril(io: &mut Io<'_>) -> Result<Peril, Error> {
    Ok(Peril { sigma: bps(io)?, own: bps(io)?, clearing: Clearing::Takes(Seconds::new(io.small())) })
}

/// As many entries as are asked for, each with an earlier deadline than the one before it.
#[inline(never)]
fn queue(io: &mut Io<'_>) -> Result<Queue<PLACES>, Error> {
    let now = Timestamp::new(0);
    let mut queue = Queue::open(now);
    for step in 0..io.small() {
        let deadline = Timestamp::new(10_000_u64.saturating_sub(step * 100));
        queue = queue.admit(now, deadline, Amount::new(1_000_000), LEAST)?.queue;
    }
    Ok(queue)
}

#[inline(never)]
fn chance(io: &mut Io<'_>, law: Law) -> Result<(), Error> {
    call!(io, (rule(law)?, peril(io)?, bps(io)?), |(rule, peril, slack)| rule.chance_ceil(peril, *slack));
    Ok(())
}

#[inline(never)]
fn clearing<const N: usize>(io: &mut Io<'_>, shape: Shape<N>) -> Result<(), Error> {
    let scene = Scene::read(io, shape)?;
    let sale = scene.token.amount(io);
    let (throttle, pace) = throttle()?;
    call!(io, (scene.guard.params().depth, *scene.state.depth(), throttle, pace, sale), |(
        config,
        depth,
        throttle,
        pace,
        sale,
    )| {
        Backlog { config, depth, ahead: Amount::ZERO, least: Amount::ZERO }.clearing_ceil(throttle, pace, *sale)
    });
    Ok(())
}

#[inline(never)]
fn largest<const N: usize>(io: &mut Io<'_>, shape: Shape<N>) -> Result<(), Error> {
    let scene = Scene::read(io, shape)?;
    let slack = Seconds::new(io.small());
    let (throttle, pace) = throttle()?;
    call!(io, (scene.guard.params().depth, *scene.state.depth(), throttle, pace, slack), |(
        config,
        depth,
        throttle,
        pace,
        slack,
    )| {
        Backlog { config, depth, ahead: Amount::ZERO, least: Amount::ZERO }.largest_sale_floor(throttle, pace, *slack)
    });
    Ok(())
}

group! { (io)
    "clearing::relative_fall_ceil" => {
        call!(io, Ratio::from_bits(io.small()), |fall| relative_fall_ceil(*fall));
    }
    "clearing::bad_debt_ceil, 8 positions" => {
        let token = Token::read(io);
        let price = token.price(io)?;
        let one = Holding { collateral: token.amount(io), debt: dollars(io) };
        call!(io, ([one; 8], price, bps(io)?), |(positions, price, fall)| {
            bad_debt_ceil(positions.iter().copied(), *price, *fall)
        });
    }
    "clearing::safe_ltv_floor" => {
        call!(io, (bps(io)?, bps(io)?), |(fall, bonus)| safe_ltv_floor(*fall, *bonus));
    }
    "clearing::slack_floor" => {
        call!(io, (dollars(io), dollars(io), bps(io)?), |(own, debt, bonus)| {
            slack_floor(*own, Value::ZERO, *debt, *bonus)
        });
    }
    "Throttle::clearing_floor" => {
        call!(io, (throttle()?.0, bps(io)?), |(throttle, charge)| throttle.clearing_floor(*charge));
    }
    "Backlog::clearing_ceil, constant product" => { clearing(io, Shape::<1>::ConstantProduct)?; }
    "Backlog::clearing_ceil, grid of 8" => { clearing(io, grid()?)?; }
    "Backlog::largest_sale_floor, constant product" => { largest(io, Shape::<1>::ConstantProduct)?; }
    "Backlog::largest_sale_floor, grid of 8" => { largest(io, grid()?)?; }
    "Backlog::band_caps_floor, 4 bands" => {
        let scene = Scene::read(io, Shape::<1>::ConstantProduct)?;
        let open = scene.token.amount(io);
        let (throttle, pace) = throttle()?;
        call!(io, (scene.guard.params().depth, *scene.state.depth(), throttle, pace, [open; 4]), |(
            config,
            depth,
            throttle,
            pace,
            open,
        )| {
            let slack = [3_600, 7_200, 14_400, 28_800].map(Seconds::new);
            Backlog { config, depth, ahead: Amount::ZERO, least: Amount::ZERO }.band_caps_floor(throttle, pace, &slack, open)
        });
    }
    "RiskConfig::chance_ceil, any law" => { chance(io, Law::FiniteVariance)?; }
    "RiskConfig::chance_ceil, sub-Gaussian" => { chance(io, Law::SubGaussian)?; }
    "RiskConfig::start_slack, sub-Gaussian" => {
        call!(io, (rule(Law::SubGaussian)?, peril(io)?), |(rule, peril)| rule.start_slack(peril));
    }
    "Queue::admit, 16 places" => {
        let queue = queue(io)?;
        let deadline = Timestamp::new(io.small());
        call!(io, (queue, deadline), |(queue, deadline)| {
            queue.admit(Timestamp::new(0), *deadline, Amount::new(1_000_001), LEAST)
        });
    }
    "Queue::admit_in_time, 16 places" => {
        let queue = queue(io)?;
        let deadline = Timestamp::new(io.small());
        call!(io, (queue, deadline, io.small()), |(queue, deadline, rate)| {
            queue.admit_in_time(Timestamp::new(0), *deadline, Amount::new(1_000_001), LEAST, |time| {
                Ok(Amount::from(time.get().saturating_mul(*rate)))
            })
        });
    }
    "Queue::first_missed, 16 places" => {
        let queue = queue(io)?;
        call!(io, (queue, io.small()), |(queue, rate)| {
            queue.first_missed(Timestamp::new(0), |time| Ok(Amount::from(time.get().saturating_mul(*rate))))
        });
    }
    "Queue::serve, 16 places" => {
        let queue = queue(io)?;
        call!(io, (queue, Amount::new(io.next())), |(queue, sold)| queue.serve(*sold));
    }
}
