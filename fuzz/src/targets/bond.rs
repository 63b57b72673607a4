//! Bonds: nothing is made or lost, nothing is gained at the neutral price or above, nothing is lost below it.

use crate::exact::{Q, q};
use crate::source::Source;
use damper::Error;
use damper::bond::{Bond, BondConfig, BondParams, Kicked, Outcome, Settlement};
use damper::ratio::Ratio;
use damper::units::{Amount, Value};

pub(crate) fn run(source: &mut Source<'_>) {
    let share = source.share();
    let Ok(config) = BondConfig::new(BondParams { share }) else {
        assert_eq!(share, Ratio::ZERO);
        return;
    };
    let (lot, debt) = (source.amount_of(80), source.value_of(90));
    let collateral = lot.checked_add(source.amount_of(80)).expect("81 bits");
    let kicked = Kicked { lot, collateral, debt, threshold: source.share() };
    let fund = source.value_of(90);
    let bond = match config.open(kicked) {
        Ok(bond) => bond,
        Err(Error::BondEmpty) => return assert!(lot.is_zero() || debt.is_zero()),
        Err(Error::BondThresholdRange) => {
            return assert!(kicked.threshold == Ratio::ZERO || kicked.threshold == Ratio::ONE);
        }
        Err(error) => panic!("{error:?}"),
    };
    let part = q(debt) * lot / collateral;
    assert_eq!(Ok(bond.posted().get()), (q(part.whole_ceil().expect("small")) * share).whole_ceil());
    let mut bytes = vec![0; Bond::BYTES];
    bond.write_to(&mut bytes).expect("the right length");
    assert_eq!(Bond::read_from(&bytes), Ok(bond));
    let sold = Amount::new(source.wide_within(1, lot.get()));
    let around = source.bps(0, 30_000);
    let neutral = q(debt) / kicked.threshold;
    let worth = neutral.clone() * around;
    let Ok(paid) = (worth * sold / collateral).whole_floor() else { return };
    let paid = Value::new(paid.saturating_add(source.within(0, 2).into()));
    settled(&bond, fund, &neutral, (sold, paid));
    let more = Value::new(paid.get().saturating_add(source.within(0, 1 << 20).into()));
    let (low, high) = (outcome(&bond, fund, sold, paid), outcome(&bond, fund, sold, more));
    assert!(high.gained <= low.gained && high.forfeited >= low.forfeited, "who brings more is treated better");
    let withdrawn = bond.settle(Outcome::Withdrawn, fund).expect("always");
    assert_eq!((withdrawn.forfeited, withdrawn.gained), (bond.posted(), Value::ZERO));
    let price = source.ordinary();
    let unsold = bond.settle(Outcome::Unsold { price }, fund).expect("always");
    assert!(unsold.gained.is_zero());
    assert!(q(collateral) * price >= neutral || unsold.forfeited.is_zero(), "lost below the neutral price");
    assert_eq!(bond.settle(Outcome::Sold { sold: Amount::new(lot.get() + 1), paid }, fund), Err(Error::BondSale));
}

fn outcome(bond: &Bond, fund: Value, sold: Amount, paid: Value) -> Settlement {
    bond.settle(Outcome::Sold { sold, paid }, fund).expect("at most the lot")
}

fn settled(bond: &Bond, fund: Value, neutral: &Q, (sold, paid): (Amount, Value)) {
    let Settlement { returned, forfeited, gained, fund_left } = outcome(bond, fund, sold, paid);
    assert_eq!((q(returned) + forfeited, q(gained) + fund_left), (q(bond.posted()), q(fund)));
    let Kicked { lot, collateral, debt, threshold } = bond.kicked();
    let worth = q(paid) * collateral / sold;
    assert!(worth < *neutral || gained.is_zero(), "a gain at the neutral price");
    // Collateral worth 2^128 or more loses all, wherever the neutral price is.
    let huge = worth.whole_floor().is_err();
    assert!(worth >= *neutral || huge || forfeited.is_zero(), "a loss below the neutral price");
    // `(d - t c p) / (d (1 - t))` of the bond, for the part that was sold, from below; of a loss all of it, from above.
    let counted = worth * threshold;
    let whole = q(debt) * (Q::one() - threshold);
    let gain = ((q(debt) - counted.clone()) / whole.clone()).excess().min(Q::one()) * bond.posted() * sold / lot;
    // What the collateral counts is rounded down twice.
    let loss = ((counted - debt - q(2_u128)) / whole).excess().min(Q::one()) * bond.posted();
    assert!(
        q(gained) <= gain && forfeited.get() >= loss.whole_floor().unwrap_or(bond.posted().get()),
        "settled against the others"
    );
}
