//! ETH by the hour, March 2020 and May 2021: loans.
//!
//! In calm times half of the period's median hourly volume at Binance moves the price by 1 %: 25,800 ETH in March
//! 2020, 41,200 ETH in May 2021. With a book a fifth as deep, which was tried first, ETH falls to nothing under two
//! of the naive sellers on both paths; what was liquidated in May 2021 without such a fall speaks against that book.
//! Check: on 19 May 2021 longs of 7.09 bn USD were liquidated over all assets while ETH fell by 60 % in logarithms;
//! if a third was ETH, 40 M USD moved it by 1 %, and the thinned book takes 32 M here. The loans hold 2.3 M ETH in
//! March 2020, the order of what was locked in the largest protocol, and 3 M in May 2021; that a third of the
//! liquidations was ETH, and the 3 M, are assumptions.

use crate::lending::Loans;
use crate::path::{BASE_UNIT, Clock, Path};
use crate::prices::{Prices, parse};
use crate::scenario::{Origin, PER_CENT, Scenario, Sellers, Unusable};
use damper::units::Amount;

/// March 2020: ETH that move the price by 1 %, and ETH that the loans hold.
pub(crate) const MARCH_2020_PER_CENT: u128 = 25_800;
pub(crate) const MARCH_2020_COLLATERAL: u128 = 2_300_000;
/// The same in May 2021.
pub(super) const MAY_2021_PER_CENT: u128 = 41_200;
pub(super) const MAY_2021_COLLATERAL: u128 = 3_000_000;

/// The table of March 2020.
pub(super) const MARCH_2020: &str = include_str!("../../data/eth_2020-03.csv");

pub(super) fn march_2020(seed: u64) -> Result<Scenario, Unusable> {
    let names = ["eth-march-2020", "ETH, 8 to 15 March 2020: loans"];
    Ok(loans(parse(MARCH_2020)?, names, (MARCH_2020_PER_CENT, MARCH_2020_COLLATERAL), seed))
}

pub(super) fn may_2021(seed: u64) -> Result<Scenario, Unusable> {
    let prices = parse(include_str!("../../data/eth_2021-05.csv"))?;
    let names = ["eth-may-2021", "ETH, 17 to 24 May 2021: loans"];
    Ok(loans(prices, names, (MAY_2021_PER_CENT, MAY_2021_COLLATERAL), seed))
}

/// Loans of `collateral` whole units where `per_cent` of them move the price by 1 %, on a recorded path.
pub(super) fn loans(prices: Prices, names: [&str; 2], (per_cent, collateral): (u128, u128), seed: u64) -> Scenario {
    let Prices { notes, rows } = prices;
    let path = Path::through(&rows, Clock::Continuous);
    let sellers = Sellers::Loans(Loans::against(Amount::new(collateral * BASE_UNIT)));
    let calm = Amount::new(PER_CENT * per_cent * BASE_UNIT);
    Scenario::plain(names, (notes, Origin::Recorded), (path, calm), (sellers, seed))
}
