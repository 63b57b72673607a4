//! 19 May 2021, on the reserves of one pool.
//!
//! Public: ETH from 3,441 to 1,888 within the day, longs of 7.09 bn USD liquidated over all assets; the pool's
//! reserves every 10 minutes (23,000 to 28,000 WETH), which are the depth here, as recorded, and thin no further. The
//! pool is a 355th of the book of May 2021 by the hour (`eth.rs`): a 200th of its first reserve, 116 WETH, moves the
//! price by 1 %. The loans hold in proportion to that, 8,454 WETH.

use super::eth::{MAY_2021_COLLATERAL, MAY_2021_PER_CENT};
use crate::figures::{fall, millions, percent};
use crate::lending::Loans;
use crate::naive::Naive;
use crate::path::{Clock, Path};
use crate::prices::{Prices, parse};
use crate::replay::Replay;
use crate::scenario::{Mechanism, Origin, PER_CENT, Scenario, Sellers, Unusable};
use damper::Error;
use damper::num::mul_div_floor;
use damper::units::Amount;

pub(super) fn scenario(seed: u64) -> Result<Scenario, Unusable> {
    let Prices { mut notes, rows } = parse(include_str!("../../data/eth_10min_2021-05-19.csv"))?;
    let pool = parse(include_str!("../../data/uniswap_eth_dai_2021-05-19.csv"))?;
    notes.push("Depth:".into());
    notes.extend(pool.notes);
    let path = Path::through(&rows, Clock::Continuous);
    // A row of the pool for each step; whole WETH times 10^12 there, atoms of 10^-9 here.
    let reserves: Vec<u128> = pool.rows.iter().map(|row| row.price / 1_000).collect();
    let calm = Amount::new(reserves[0]);
    let collateral = Amount::new(mul_div_floor(calm.get(), MAY_2021_COLLATERAL, PER_CENT * MAY_2021_PER_CENT)?);
    let mut scenario = Scenario::plain(
        ["may-2021", "ETH, 19 May 2021: loans beside one pool"],
        (notes, Origin::Recorded),
        (path, calm),
        (Sellers::Loans(Loans::against(collateral)), seed),
    );
    scenario.venue.reserves = Some(reserves);
    scenario.naive = Naive::USUAL.into();
    scenario.mechanism = Some(Mechanism { name: "a cascade on one pool", rule: 1, words });
    Ok(scenario)
}

fn words(_: &Scenario, replay: &Replay) -> Result<String, Error> {
    let (free, damped) = (replay.unthrottled(), replay.damped());
    Ok(format!(
        "Each liquidation lowers the pool's price to the next loan's threshold: {} M are sold and {} are added to a \
         fall of {}. Damper sells {} M and adds {}; bad debt at worst is {} M against {} M.",
        millions(free.sold),
        percent(fall(free.drawdown) - fall(free.exogenous)),
        percent(fall(free.exogenous)),
        millions(damped.sold),
        percent(fall(damped.drawdown) - fall(damped.exogenous)),
        millions(damped.worst_bad_debt),
        millions(free.worst_bad_debt),
    ))
}
