//! The ledger against its definition in exact arithmetic: the inequality, and refused calls that change nothing.

use crate::exact::{Q, part, q};
use crate::source::Source;
use damper::Error;
use damper::ledger::{Exposure, Ledger, LedgerConfig, LedgerParams};
use damper::price::{Price, PriceBand};
use damper::ratio::Ratio;
use damper::units::{Rate, Timestamp};
use damper::window::Window;

pub(crate) fn params(source: &mut Source<'_>) -> LedgerParams {
    LedgerParams {
        burst: source.bps(0, 1_000),
        leak: Rate::per_second(Ratio::from_bits(source.word() >> 20)),
        own_share: source.bps(0, 6_000),
        kappa: source.bps(9_999, 30_000),
    }
}

pub(crate) fn exposure(source: &mut Source<'_>) -> Exposure {
    Exposure { exogenous: source.ratio(), noise: source.bps(0, 500), elapsed: source.seconds_within(0, 1 << 30) }
}

pub(crate) fn run(source: &mut Source<'_>) {
    let params = params(source);
    let Ok(config) = LedgerConfig::new(params) else {
        assert!(params.kappa < Ratio::ONE || q(params.kappa) * params.own_share > Q::one() - part(1, 1_u64 << 48));
        return;
    };
    bound(source, &params, &config);
    let (mut price, mut now) = (source.price(), Timestamp::new(1_000));
    let band = source.band_near(price);
    let mut ledger = Ledger::open(band, now);
    let mut model = Model::open(params, band.low(), now);
    for _ in 0..48 {
        if !source.more() {
            break;
        }
        let impact = source.ratio_within(Ratio::ZERO, params.burst);
        let next = match source.any::<u8>() % 8 {
            0 | 1 => {
                let then = source.after(now);
                let next = ledger.advance(&config, then);
                assert_eq!(next.is_ok(), model.advance(then));
                now = now.max(then);
                next
            }
            2 | 3 => {
                price = source.near(price);
                let band = source.band_near(price);
                model.observe(band);
                Ok(ledger.observe(Window::open_band(band, now)))
            }
            4 => step(&mut model, |model| model.reserve(q(impact)), || ledger.reserve(&config, impact)),
            5 => step(&mut model, |model| model.charge(q(impact)), || ledger.charge(&config, impact)),
            6 => {
                model.reserved = model.reserved.clone().min(q(impact));
                Ok(ledger.release_to(impact))
            }
            _ => {
                let anchor = source.near(price);
                step(&mut model, |model| model.reanchor(anchor), || ledger.reanchor(anchor))
            }
        };
        ledger = next.unwrap_or(ledger);
        model.check(&ledger, &config);
        waits(source, &ledger, &config);
    }
}

/// A call that the model permits or refuses in the same way.
fn step<T>(
    model: &mut Model,
    own: impl Fn(&mut Model) -> bool,
    call: impl Fn() -> Result<T, Error>,
) -> Result<T, Error> {
    let result = call();
    let permitted = own(model);
    assert_eq!(result.as_ref().err().copied(), if permitted { None } else { Some(Error::NotPermitted) });
    result
}

/// The definition, in exact numbers.
struct Model {
    params: LedgerParams,
    reference: Price,
    lowest: Price,
    level: Q,
    reserved: Q,
    at: Timestamp,
}

impl Model {
    fn open(params: LedgerParams, low: Price, at: Timestamp) -> Model {
        Model { params, reference: low, lowest: low, level: Q::zero(), reserved: Q::zero(), at }
    }

    /// `B + h D`, each rounded down once as stated.
    fn cap(&self) -> Q {
        let drawdown = (q(self.reference) - self.lowest) / self.reference;
        let drawdown = q(drawdown.ratio_floor().expect("below one"));
        q((drawdown * self.params.own_share).ratio_floor().expect("below one")) + self.params.burst
    }

    fn headroom(&self) -> Q {
        (self.cap() - self.level.clone() - self.reserved.clone()).excess()
    }

    fn advance(&mut self, now: Timestamp) -> bool {
        let Ok(elapsed) = now.since(self.at) else { return false };
        self.level = (self.level.clone() - q(self.params.leak) * elapsed).excess();
        self.at = now;
        true
    }

    fn observe(&mut self, band: PriceBand) {
        if band.low() >= self.reference {
            (self.reference, self.lowest) = (band.low(), band.low());
        } else {
            self.lowest = self.lowest.min(band.high());
        }
    }

    fn reserve(&mut self, impact: Q) -> bool {
        let permitted = impact <= self.headroom();
        if permitted {
            self.reserved = self.reserved.clone() + impact;
        }
        permitted
    }

    fn charge(&mut self, impact: Q) -> bool {
        let permitted = (impact.clone() - self.reserved.clone()).excess() <= self.headroom();
        if permitted {
            self.reserved = (self.reserved.clone() - impact.clone()).excess();
            self.level = self.level.clone() + impact;
        }
        permitted
    }

    fn reanchor(&mut self, price: Price) -> bool {
        let permitted = price <= self.reference;
        if permitted {
            (self.reference, self.lowest) = (price, price);
        }
        permitted
    }

    fn check(&self, ledger: &Ledger, config: &LedgerConfig) {
        assert_eq!((q(ledger.level()), q(ledger.reserved())), (self.level.clone(), self.reserved.clone()));
        assert_eq!((ledger.reference(), ledger.at()), (self.reference, self.at));
        assert_eq!((q(ledger.cap(config)), q(ledger.headroom(config))), (self.cap(), self.headroom()));
        let exact = (q(self.reference) - self.lowest) / self.reference;
        assert!(q(ledger.drawdown()) <= exact && q(ledger.drawdown()) + Ratio::ULP > exact);
    }
}

/// The time to wait is enough, and a second less is not.
fn waits(source: &mut Source<'_>, ledger: &Ledger, config: &LedgerConfig) {
    let impact = source.bps(0, 2_000);
    let fits = |at: Timestamp| ledger.advance(config, at).is_ok_and(|later| later.reserve(config, impact).is_ok());
    match ledger.permitted_at(config, impact) {
        Err(error) => assert_eq!(error, Error::Overflow),
        Ok(None) => assert!(!fits(Timestamp::new(u64::MAX)), "it is permitted in the end"),
        Ok(Some(time)) => {
            assert!(time >= ledger.at() && fits(time), "the wait is too short");
            let before = Timestamp::new(time.get().saturating_sub(1));
            assert!(time == ledger.at() || !fits(before), "the wait is too long");
        }
    }
}

fn bound(source: &mut Source<'_>, params: &LedgerParams, config: &LedgerConfig) {
    let exposure = exposure(source);
    let own = q(params.burst) + q(params.leak) * exposure.elapsed + q(params.own_share) * 2_u128 * exposure.noise;
    let (fall, left) = (q(exposure.exogenous) + q(params.kappa) * own, Q::one() - q(params.kappa) * params.own_share);
    let exact = fall.clone() / left.clone();
    match config.bound_ceil(exposure) {
        Err(error) => assert_eq!(error, Error::Overflow),
        Ok(bound) => {
            assert!(q(bound) >= exact, "the bound is under-stated");
            // Up: noise and leak, each times a kappa of at most 3, their product with it; kappa h; the quotient.
            let most = (fall + q(Ratio::ULP) * 7_u128) / (left - Ratio::ULP) + Ratio::ULP;
            assert!(q(bound) <= most, "the bound is over-stated");
        }
    }
    let share = source.share();
    let shared = config.shared(share).expect("at most one").params();
    assert_eq!(Ok(shared.burst), (q(params.burst) * share).ratio_floor());
    assert_eq!(Ok(shared.own_share), (q(params.own_share) * share).ratio_floor());
    assert_eq!(Ok(shared.leak.get()), (q(params.leak) * share).ratio_floor());
}
