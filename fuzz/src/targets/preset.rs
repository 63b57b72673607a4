//! The preset for any site: it builds a guard whose bound is the documented one, or says by name why not.

use crate::exact::{Q, part, q};
use crate::source::Source;
use crate::targets::ledger::exposure;
use damper::Error;
use damper::guard::Guard;
use damper::preset::{Site, lending};
use damper::ratio::Ratio;
use damper::units::Amount;

pub(crate) fn run(source: &mut Source<'_>) {
    let shape = source.shape::<3>();
    let mut depth_norm = if source.flag() { Some([source.amount(), source.amount(), source.amount()]) } else { None };
    if source.flag()
        && let Some(norm) = &mut depth_norm
    {
        norm.sort();
    }
    let (heartbeat, min_sale, rise_base) = (source.seconds(), source.value(), source.amount());
    let params = match lending(&Site { shape, heartbeat, min_sale, rise_base, depth_norm }) {
        Ok(params) => params,
        Err(Error::GridNotRising) => return assert!(shape.check().is_err()),
        Err(Error::StressNorm) => {
            return assert!(depth_norm.is_some_and(|norm| norm[0].get() < 3 || norm[2].get() < 3));
        }
        Err(Error::StressProfile) => {
            let [first, middle, last] = depth_norm.expect("a profile is of a norm");
            let is_far = |norm: Amount| !norm.is_zero() && q(last) / norm >= q(1_u128 << 16);
            return assert!(last.is_zero() || first > last || middle > last || is_far(first) || is_far(middle));
        }
        Err(Error::DepthRiseBase) => return assert!(rise_base.get() < 6 * 3_600),
        Err(error) => return assert!(error == Error::Overflow && heartbeat.get() >> 63 == 1),
    };
    let guard = Guard::new(params).expect("a sound set");
    let mut bytes = vec![0; Guard::<3>::BYTES];
    guard.write_to(&mut bytes).expect("the right length");
    assert_eq!(Guard::read_from(&bytes), Ok(guard));
    // Own sales at most double a fall, and add at most eight times what burst, leak and noise allow.
    let (ledger, exposure) = (guard.params().ledger, exposure(source));
    let own = q(ledger.params().burst) + q(ledger.params().leak) * exposure.elapsed + part(1, 4) * exposure.noise;
    if let Ok(bound) = ledger.bound_ceil(exposure) {
        let exact = q(exposure.exogenous) * 2_u128 + own * 8_u128;
        assert!(q(bound) >= exact && q(bound) <= exact + part(64, 1_u64 << 48));
    }
    assert_eq!(q(ledger.params().kappa) * ledger.params().own_share, Q::one() * Ratio::from_bits(1 << 47));
    let stressed = guard.params().schedule.params().stressed;
    assert!(stressed.check().is_ok() && guard.params().appetite.is_within(damper::units::Rate::per_second(Ratio::ONE)));
}
