//! Several markets: bounds at or above the exact least ones, and never above those of fewer rounds.

use crate::exact::{Q, part, q};
use crate::source::Source;
use crate::targets::ledger::params;
use damper::Error;
use damper::assets::{CrossImpact, CrossImpactParams, largest_scale_floor};
use damper::coordination::Budget;
use damper::ledger::Exposure;
use damper::ratio::Ratio;
use num_bigint::BigInt;

const M: usize = 3;

pub(crate) fn run(source: &mut Source<'_>) {
    let mut impacts = [[Ratio::ZERO; M]; M];
    for (at, row) in impacts.iter_mut().enumerate() {
        for (other, impact) in row.iter_mut().enumerate() {
            *impact = if at == other { source.bps(9_999, 30_000) } else { source.bps(0, 10_000) };
        }
    }
    let budgets = [(); M].map(|()| {
        let params = params(source);
        Budget { burst: params.burst, leak: params.leak, own_share: source.bps(0, 3_500) }
    });
    let shares = budgets.map(|budget| budget.own_share);
    let row_sum =
        |row: &[Ratio; M], shares: &[Ratio; M]| row.iter().zip(shares).fold(Q::zero(), |sum, (c, h)| sum + q(*c) * *h);
    let largest = impacts.iter().map(|row| row_sum(row, &shares)).max().expect("not empty");
    let diagonal = (0..M).all(|at| impacts[at][at] >= Ratio::ONE);
    match largest_scale_floor(&impacts, &shares) {
        Err(error) => assert!(error == Error::KappaBelowOne && !diagonal),
        Ok(scale) if scale < Ratio::MAX => {
            assert!(largest.clone() * scale < Q::one(), "the scale is too large");
            let scaled = shares.map(|share| share.mul_floor(scale).unwrap_or(Ratio::MAX));
            assert!(impacts.iter().all(|row| row_sum(row, &scaled) < Q::one()));
        }
        Ok(_) => assert!(diagonal),
    }
    let params = CrossImpactParams { impacts, budgets };
    let Ok(config) = CrossImpact::new(params) else {
        assert!(!diagonal || largest > Q::one() - Ratio::ULP);
        return;
    };
    assert!(diagonal && largest < Q::one());
    let exposures = [(); M].map(|()| Exposure {
        exogenous: source.share(),
        noise: source.bps(0, 100),
        elapsed: source.seconds_within(0, 1 << 16),
    });
    let rounds = source.any::<u8>() % 6;
    let Ok(bounds) = config.bound_ceil(&exposures, rounds) else { return };
    let fewer = config.bound_ceil(&exposures, rounds / 2).expect("fewer rounds");
    // Any vector that the system maps below itself is above the least solution; iterates from zero are below it.
    let permitted: Vec<Q> = budgets
        .iter()
        .zip(&exposures)
        .map(|(one, seen)| q(one.burst) + q(one.leak) * seen.elapsed + q(one.own_share) * 2_u128 * seen.noise)
        .collect();
    let map = |from: &[Q]| -> Vec<Q> {
        let charges: Vec<Q> = (0..M).map(|at| permitted[at].clone() + q(shares[at]) * from[at].clone()).collect();
        (0..M)
            .map(|at| (0..M).fold(q(exposures[at].exogenous), |sum, j| sum + q(impacts[at][j]) * charges[j].clone()))
            .collect()
    };
    let mut least = vec![Q::zero(); M];
    for _ in 0..64 {
        least = map(&least).iter().map(|bound| part(bound.floor(160), BigInt::from(1) << 160_u32)).collect();
    }
    for at in 0..M {
        assert!(q(bounds[at]) >= least[at], "below what the markets can do to each other");
        assert!(bounds[at] <= fewer[at], "more rounds raise a bound");
    }
}
