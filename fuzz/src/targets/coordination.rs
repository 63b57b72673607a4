//! Several sellers: the joint bound, shares that sum to at most one, and reports that only ever lower the cap.

use crate::exact::{Q, q};
use crate::source::Source;
use crate::targets::ledger::{exposure, params};
use damper::Error;
use damper::coordination::{
    Budget, Neighbours, Registration, Report, Reports, effective_kappa_ceil, joint_bound_ceil, own_share_floor,
    share_floor,
};
use damper::ledger::{Exposure, LedgerConfig};
use damper::ratio::Ratio;
use damper::units::{Amount, Timestamp};

pub(crate) const M: usize = 3;

fn budget(source: &mut Source<'_>) -> Budget {
    let params = params(source);
    Budget { burst: params.burst, leak: params.leak, own_share: source.bps(0, 2_500) }
}

pub(crate) fn run(source: &mut Source<'_>) {
    shares(source);
    let (kappa, foreign, exposure) = (source.bps(9_999, 30_000), source.bps(0, 11_000), exposure(source));
    let sellers = [budget(source), budget(source), budget(source)];
    let stated = joint_bound_ceil(kappa, foreign, &sellers[..source.below(4)], exposure);
    assert!(stated.is_err() || kappa >= Ratio::ONE);
    let all = joint_bound_ceil(kappa, foreign, &sellers, exposure);
    if let Ok(bound) = all {
        at_least_exact(bound, kappa, foreign, &sellers, exposure);
        assert!(stated.is_ok_and(|fewer| fewer <= bound), "fewer sellers have a larger bound");
    }
    if let Ok(effective) = effective_kappa_ceil(kappa, foreign) {
        assert_eq!(Ok(effective), (q(kappa) / (Q::one() - foreign)).ratio_ceil());
        let loop_gain = source.bps(0, 9_999);
        let own = own_share_floor(loop_gain, kappa, foreign).expect("below one");
        assert!(q(own) * kappa / (Q::one() - foreign) <= q(loop_gain), "the loop gain is above what was asked for");
        let ledger = damper::ledger::LedgerParams { own_share: own, kappa: effective, ..params(source) };
        assert!(LedgerConfig::new(ledger).is_ok(), "the ledger refuses its share");
    }
    reports(source);
}

fn shares(source: &mut Source<'_>) {
    let parts = [source.amount_of(120), source.amount_of(120), source.amount_of(120)];
    let total = parts.iter().fold(Amount::ZERO, |sum, part| sum.checked_add(*part).expect("small"));
    if total.is_zero() {
        return assert_eq!(share_floor(total, total), Err(Error::CollateralTotalZero));
    }
    let sum = parts.iter().fold(Q::zero(), |sum, part| sum + share_floor(*part, total).expect("a part"));
    assert!(sum <= Q::one(), "shares sum to more than one");
}

fn at_least_exact(bound: Ratio, kappa: Ratio, foreign: Ratio, sellers: &[Budget], exposure: Exposure) {
    let own = sellers.iter().fold(Q::zero(), |sum, one| {
        sum + q(one.burst) + q(one.leak) * exposure.elapsed + q(one.own_share) * 2_u128 * exposure.noise
    });
    let shares = sellers.iter().fold(Q::zero(), |sum, one| sum + one.own_share);
    let rest = Q::one() - foreign - shares * kappa;
    assert!(rest > Q::zero(), "nothing is bounded");
    assert!(q(bound) >= (own * kappa + exposure.exogenous) / rest, "the bound is under-stated");
}

pub(crate) fn neighbours(source: &mut Source<'_>) -> Neighbours<M> {
    let registered = [(); M].map(|()| Registration { budget: budget(source), gain: source.bps(0, 4_000) });
    Neighbours { registered, max_age: source.seconds_within(0, 40) }
}

fn reports(source: &mut Source<'_>) {
    let neighbours = neighbours(source);
    let registered = neighbours.registered;
    let (mut now, mut known, mut model) = (Timestamp::new(1_000), Reports::<M>::NONE, [None::<Report>; M]);
    for _ in 0..12 {
        now = source.later(now);
        let at = Timestamp::new(now.get().saturating_add(1).saturating_sub(source.within(0, 50)));
        let (report, which) = (Report { gain: source.bps(0, 5_000), at }, source.below(M + 1));
        match neighbours.accept(known, which, report, now) {
            Ok(next) => {
                let before = model[which];
                assert!(at <= now && before.is_none_or(|before| before.at <= at));
                let gain =
                    before.filter(|before| before.at == at).map_or(report.gain, |before| before.gain.max(report.gain));
                model[which] = Some(Report { gain, at });
                known = next;
            }
            Err(Error::NeighbourUnknown) => assert_eq!(which, M),
            Err(Error::ReportFromFuture) => assert!(at > now),
            Err(error) => assert!(error == Error::ReportOutOfOrder && model[which].is_some_and(|last| at < last.at)),
        }
        for (which, last) in model.iter().enumerate() {
            assert_eq!(known.last(which), *last);
        }
        // The age at which a report expires is left open here: it is young before it, and old after it.
        let later = source.later(now);
        let sum = |is_young: &dyn Fn(u64) -> bool| {
            let counted = registered.iter().zip(&model).map(|(one, last)| match last {
                None => one.gain,
                Some(last) if is_young(later.get() - last.at.get()) => last.gain,
                Some(last) => last.gain.max(one.gain),
            });
            counted.fold(Q::zero(), |sum, gain| sum + gain).min(Q::one())
        };
        let limit = neighbours.max_age.get();
        let gain = q(neighbours.gain(&known, later).expect("the clock runs forward"));
        assert!(gain == sum(&|age| age < limit) || gain == sum(&|age| age <= limit));
        assert_eq!(neighbours.factor(&known, later).map(q), Ok(Q::one() - gain));
    }
    narrowed(source, &neighbours);
    let mut bytes = vec![0; Reports::<M>::BYTES];
    known.write_to(&mut bytes).expect("the right length");
    assert_eq!(Reports::read_from(&bytes), Ok(known));
}

/// A narrowed ledger has no larger bound, but for its roundings, and no larger budget.
fn narrowed(source: &mut Source<'_>, neighbours: &Neighbours<M>) {
    let Ok(config) = LedgerConfig::new(params(source)) else { return };
    let Ok(narrow) = neighbours.narrowed(&config) else {
        assert!(q(neighbours.worst_gain()) >= Q::one() || neighbours.worst_gain() > Ratio::ZERO);
        return;
    };
    let (old, new) = (config.params(), narrow.params());
    assert!(new.kappa >= old.kappa && new.burst <= old.burst && new.own_share <= old.own_share && new.leak <= old.leak);
    assert!(q(new.kappa) * (Q::one() - neighbours.worst_gain()) >= q(old.kappa), "kappa is too small");
    assert!(q(new.own_share) * new.kappa <= q(old.own_share) * old.kappa, "the loop gain grows");
}
