//! Two budgets: that of sales is a ledger, that of purchases its mirror, and neither is permission for the other.

use crate::exact::{Q, q};
use crate::source::Source;
use crate::targets::ledger::params;
use damper::Error;
use damper::ledger::{Ledger, LedgerConfig};
use damper::price::{Price, PriceBand};
use damper::ratio::Ratio;
use damper::two_sided::{Side, Swing, TwoSided, TwoSidedConfig, TwoSidedParams};
use damper::units::Timestamp;
use damper::window::Window;

pub(crate) fn run(source: &mut Source<'_>) {
    let both = TwoSidedParams { sell: params(source), buy: params(source) };
    let gain = q(both.sell.kappa) * both.sell.own_share + q(both.buy.kappa) * both.buy.own_share;
    let Ok(config) = TwoSidedConfig::new(both) else { return };
    assert!(gain < Q::one(), "the loop is not bounded");
    bound(source, &both, &config, gain);
    let (mut price, mut now) = (source.ordinary(), Timestamp::new(1_000));
    let band = source.band_near(price);
    let (mut state, mut ledger) = (TwoSided::open(band, now), Ledger::open(band, now));
    let mut rise = Rise { lowest: band.high(), highest: band.high() };
    let mut last = [None; 2];
    for _ in 0..32 {
        if !source.more() {
            break;
        }
        let impact = source.bps(0, 300);
        let (side, other) = if source.flag() { (Side::Sell, Side::Buy) } else { (Side::Buy, Side::Sell) };
        let untouched = |state: &TwoSided| (state.level(other), state.reserved(other), state.headroom(&config, other));
        let before = untouched(&state);
        match source.any::<u8>() % 5 {
            0 => {
                let then = source.after(now);
                assert_eq!(state.advance(&config, then).is_ok(), then >= now);
                state = state.advance(&config, then).unwrap_or(state);
                ledger = ledger.advance(config.side(Side::Sell), then).unwrap_or(ledger);
                now = now.max(then);
            }
            1 => {
                price = source.near(price);
                let band = source.band_near(price);
                state = state.observe(Window::open_band(band, now));
                ledger = ledger.observe(Window::open_band(band, now));
                rise.observe(band);
            }
            2 => {
                let fits = impact <= state.headroom(&config, side);
                let next = state.reserve(&config, side, impact);
                assert_eq!(next.is_ok(), fits);
                state = next.unwrap_or(state);
                assert_eq!(before, untouched(&state), "the other side is touched");
                ledger = mirror(side, ledger, |ledger| ledger.reserve(config.side(side), impact));
            }
            3 => {
                let shown = Timestamp::new(now.get().saturating_add(1).saturating_sub(source.within(0, 4)));
                let (own, others) = if side == Side::Sell { (0, 1) } else { (1, 0) };
                let next = state.charge(&config, side, impact, shown);
                if last[others].is_some_and(|last| shown <= last) {
                    assert_eq!(next, Err(Error::OtherSideUnshown));
                    continue;
                }
                let fits = impact.excess_over(state.reserved(side)) <= state.headroom(&config, side);
                assert_eq!(next.is_ok(), fits);
                if let Ok(next) = next {
                    (state, last[own]) = (next, Some(now));
                }
                assert_eq!(before, untouched(&state), "the other side is touched");
                ledger = mirror(side, ledger, |ledger| ledger.charge(config.side(side), impact));
            }
            _ => {
                state = state.release_to(side, impact);
                ledger = mirror(side, ledger, |ledger| Ok(ledger.release_to(impact)));
            }
        }
        check(&state, &config, &ledger, &rise);
    }
}

/// The side of sales alone is that of a ledger.
fn mirror(side: Side, ledger: Ledger, call: impl Fn(Ledger) -> Result<Ledger, Error>) -> Ledger {
    if side == Side::Sell { call(ledger).unwrap_or(ledger) } else { ledger }
}

/// The lowest confirmed price, and the highest since.
struct Rise {
    lowest: Price,
    highest: Price,
}

impl Rise {
    fn observe(&mut self, band: PriceBand) {
        if band.high() <= self.lowest {
            (self.lowest, self.highest) = (band.high(), band.high());
        } else {
            self.highest = self.highest.max(band.low());
        }
    }
}

fn check(state: &TwoSided, config: &TwoSidedConfig, ledger: &Ledger, rise: &Rise) {
    let seller = config.side(Side::Sell);
    assert_eq!((state.level(Side::Sell), state.reserved(Side::Sell)), (ledger.level(), ledger.reserved()));
    assert_eq!(
        (state.earned_on(Side::Sell), state.headroom(config, Side::Sell)),
        (ledger.drawdown(), ledger.headroom(seller))
    );
    let up = (q(rise.highest) - rise.lowest) / rise.highest;
    assert_eq!(Ok(state.earned_on(Side::Buy)), up.ratio_floor());
    let params = config.side(Side::Buy).params();
    let cap = q((q(state.earned_on(Side::Buy)) * params.own_share).ratio_floor().expect("below one")) + params.burst;
    assert_eq!(q(state.cap(config, Side::Buy)), cap);
    let room = (cap - state.level(Side::Buy) - state.reserved(Side::Buy)).excess();
    assert_eq!(q(state.headroom(config, Side::Buy)), room);
    let mut bytes = vec![0; TwoSided::BYTES];
    state.write_to(&mut bytes).expect("the right length");
    assert_eq!(TwoSided::read_from(&bytes), Ok(*state));
}

fn bound(source: &mut Source<'_>, both: &TwoSidedParams, config: &TwoSidedConfig, gain: Q) {
    let swing = Swing {
        fall: source.share(),
        rise: source.share(),
        noise: source.bps(0, 100),
        elapsed: source.seconds_within(0, 1 << 24),
    };
    let part = |params: &LedgerConfig, moved: Ratio| {
        let params = params.params();
        let own = q(params.burst) + q(params.leak) * swing.elapsed + q(params.own_share) * 2_u128 * swing.noise;
        (own + q(params.own_share) * moved) * params.kappa
    };
    let displaced = part(config.side(Side::Sell), swing.fall) + part(config.side(Side::Buy), swing.rise);
    let displaced = displaced / (Q::one() - gain);
    if let (Ok(fall), Ok(rise)) = (config.bound_fall_ceil(swing), config.bound_rise_ceil(swing)) {
        assert!(
            q(fall) >= displaced.clone() + swing.fall && q(rise) >= displaced + swing.rise,
            "a bound is under-stated"
        );
    }
    assert_eq!(config.side(Side::Buy).params(), both.buy);
}
