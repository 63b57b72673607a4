//! The market's life under cw-multi-test, step by step with the host.

#[allow(dead_code, reason = "shared by several tests")]
mod script;
#[allow(dead_code, reason = "shared by several tests")]
mod world;

use cosmwasm_std::from_json;
use damper_market::msg::{LimitsResponse, LoanResponse, LotResponse, QueryMsg};
use market::Report;
use market::life::{Act, Life};
use script::{Sent, compare, compare_stored, sent, time};
use world::World;

#[test]
fn the_life_is_the_hosts() {
    let mut world = World::new();
    let (mut accepted, mut refused) = (0, 0);
    for after in Life::new() {
        world.at(time(&after));
        let answer = match sent(&after.step.act, &world.names) {
            Sent::Instantiate(message) => {
                if world.contract.is_some() {
                    // The chain itself has a contract begin once.
                    assert_eq!(after.outcome, Err(market::Refusal::Exists));
                    continue;
                }
                world.instantiate(&message)
            }
            _ if world.contract.is_none() => {
                assert_eq!(after.outcome, Err(market::Refusal::Missing));
                continue;
            }
            Sent::Execute { sender, json, .. } => world.execute(&sender, &json),
            Sent::Query(message) => world.query(&message),
        };
        compare(&after, answer.as_deref().map_err(String::as_str)).unwrap();
        compare_stored(&after, &world.names, |key| world.raw(key)).unwrap();
        *(if answer.is_ok() { &mut accepted } else { &mut refused }) += 1;
    }
    assert!(accepted > 60 && refused > 20, "{accepted} accepted, {refused} refused");
}

/// What readers are told is what the host holds.
#[test]
fn queries_show_the_life() {
    let mut world = World::new();
    let mut lots = 0;
    for after in Life::new() {
        world.at(time(&after));
        match sent(&after.step.act, &world.names) {
            Sent::Instantiate(message) if world.contract.is_none() => drop(world.instantiate(&message).unwrap()),
            Sent::Execute { sender, json, .. } if world.contract.is_some() => drop(world.execute(&sender, &json)),
            _ => continue,
        }
        if let Ok(Report::Observed { permitted }) = after.outcome {
            let limits: LimitsResponse = from_json(world.query(&QueryMsg::Limits {}).unwrap()).unwrap();
            assert_eq!(limits.permitted.u128(), permitted.get());
            assert!(limits.price_low <= limits.price_high && limits.level + limits.reserved <= limits.cap);
            if let Act::Observe(seen) = after.step.act
                && let Some(quote) = seen.quote
            {
                let price = cosmwasm_std::Decimal::from_atomics(quote.mantissa.unsigned_abs(), 5).unwrap();
                assert!(limits.price_low < price && price < limits.price_high);
                // Within a twentieth of a per cent.
                assert!(
                    (limits.price_high - limits.price_low) * cosmwasm_std::Decimal::from_ratio(900_u128, 1_u128)
                        < price
                );
            }
        }
        for (name, (loan, lot)) in world.names.borrowers.iter().zip(after.stored.loans.iter().zip(&after.stored.lots)) {
            let borrower = || name.clone();
            match market::Loan::read_from(loan) {
                Ok(loan) => {
                    let told: LoanResponse =
                        from_json(world.query(&QueryMsg::Loan { borrower: borrower() }).unwrap()).unwrap();
                    assert_eq!(
                        (told.collateral.u128(), told.debt.u128(), told.credit.u128(), told.lot_open),
                        (loan.collateral.get(), loan.debt.get(), loan.credit.get(), loan.tab.is_some())
                    );
                }
                Err(_) => {
                    let text = world.query(&QueryMsg::Loan { borrower: borrower() }).unwrap_err();
                    assert_eq!(script::code(&text), Some(market::Refusal::Missing.code()));
                }
            }
            let told = world.query(&QueryMsg::Lot { borrower: borrower() });
            match market::Lot::read_from(lot) {
                Ok(lot) => {
                    let told: LotResponse = from_json(told.unwrap()).unwrap();
                    assert_eq!(
                        (told.remaining.u128(), told.raise.u128(), told.opened),
                        (lot.remaining().get(), lot.raise().get(), lot.terms().opened().get())
                    );
                    if let Some(price) = told.price {
                        assert!(price <= told.start_price);
                    }
                    lots += 1;
                }
                Err(_) => assert_eq!(script::code(&told.unwrap_err()), Some(market::Refusal::NoLot.code())),
            }
        }
    }
    assert!(lots > 20);
}
