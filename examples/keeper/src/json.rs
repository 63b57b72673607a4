//! A block as one JSON object, for machines. Numbers are decimal strings in whole tokens; ratios are parts of one.

use crate::bids::Verdict;
use crate::engine::Engine;
use crate::report::{Call, Due, LotReport, Near, Report};
use crate::scale::{Scale, ratio};
use damper::cascade::{Critical, Outcome};
use serde_json::{Value as Json, json};

/// The object.
#[must_use]
pub fn block(report: &Report, scale: Scale) -> Json {
    let limits = &report.limits;
    let price = |price| scale.price(price);
    json!({
        "time": report.now.get(),
        "price": { "low": price(limits.band.low()), "high": price(limits.band.high()), "age": report.price_age.get() },
        "drawdown": ratio(limits.drawdown),
        "ledger": {
            "level": ratio(limits.level), "reserved": ratio(limits.reserved), "cap": ratio(limits.cap),
            "permitted": scale.amount(limits.permitted),
        },
        "appetite": ratio(limits.appetite),
        "volatility": ratio(limits.sigma),
        "threshold": ratio(limits.parameters.liquidation_threshold),
        "stops": { "borrow": limits.stops.borrow, "kick": limits.stops.kick, "take": limits.stops.take },
        "positions": {
            "count": report.positions, "due_about": report.due_about, "collateral": scale.amount(report.collateral),
        },
        "outlook": outlook(report, scale),
        "due": report.due.iter().map(|due| self::due(due, scale)).collect::<Vec<_>>(),
        "missed": match &report.missed {
            Ok(missed) => json!(missed.map(|missed| json!({
                "deadline": missed.entry.deadline.get(), "short": scale.amount(missed.short),
            }))),
            Err(error) => json!({ "error": format!("{error:?}") }),
        },
        "near": report.near.iter().map(|near| self::near(near, scale)).collect::<Vec<_>>(),
        "lots": report.lots.iter().map(|lot| self::lot(lot, scale)).collect::<Vec<_>>(),
        "bid_gas": scale.value(report.bid_gas),
        "actions": report.actions,
        "feed": feed(report),
    })
}

fn feed(report: &Report) -> Json {
    let feed = &report.feed;
    json!({
        "lines": feed.lines, "malformed": feed.malformed, "last": feed.last, "skipped": feed.skipped,
        "late": feed.late, "duplicates": feed.duplicates, "coalesced": feed.coalesced, "reconnects": feed.reconnects,
        "refused": feed.refused,
    })
}

fn critical(critical: Option<Critical>, scale: Scale) -> Json {
    json!(critical.map(|edge| json!({ "price": scale.price(edge.exogenous), "fall": ratio(edge.fall) })))
}

fn outlook(report: &Report, scale: Scale) -> Json {
    let outlook = match &report.outlook {
        Ok(outlook) => outlook,
        Err(error) => return json!({ "error": format!("{error:?}") }),
    };
    let shock = match outlook.shock {
        Outcome::Stops(end) => json!({
            "price": scale.price(end.price), "drawdown": ratio(end.drawdown), "sold": scale.amount(end.sold),
            "impact": ratio(end.impact),
        }),
        Outcome::Exhausted(end) => json!({
            "last_bid": scale.price(end.last_bid), "sold": scale.amount(end.sold), "unsold": scale.amount(end.unsold),
        }),
    };
    json!({
        "shock": shock,
        "critical": critical(outlook.critical, scale),
        "runaway": critical(outlook.runaway, scale),
        "gain": { "price": scale.price(outlook.gain.price), "gain": outlook.gain.gain.map(ratio) },
    })
}

fn due(due: &Due, scale: Scale) -> Json {
    let call = match due.call {
        Call::Kick { reward, deferred } => {
            json!({ "kick": { "reward": scale.value(reward), "deferred": scale.amount(deferred) } })
        }
        Call::Awaited(times) => json!({ "awaited": times }),
        Call::LotOpen => json!("lot_open"),
        Call::Unpaid { least } => json!({ "unpaid": { "least": least.map(|least| scale.value(least)) } }),
        Call::Wait { reason, until } => {
            json!({ "wait": { "reason": format!("{reason:?}"), "until": until.map(|until| until.get()) } })
        }
        Call::Refused(error) => json!({ "refused": format!("{error:?}") }),
        Call::Backstop { reason, gap } => {
            json!({ "backstop": { "reason": format!("{reason:?}"), "gap": scale.value(gap) } })
        }
        Call::Unconfirmed { reason, gap, waits } => {
            let waits = format!("{waits:?}");
            json!({ "unconfirmed": { "reason": format!("{reason:?}"), "gap": scale.value(gap), "waits": waits } })
        }
    };
    json!({ "id": due.id, "deadline": due.deadline.get(), "sell": scale.amount(due.sell), "call": call })
}

fn near(near: &Near, scale: Scale) -> Json {
    json!({ "id": near.id, "trigger": scale.price(near.trigger), "fall": ratio(near.fall) })
}

fn lot(lot: &LotReport, scale: Scale) -> Json {
    let verdict = match lot.verdict {
        Verdict::Worth(offer) => json!({ "worth": {
            "want": scale.amount(offer.want), "paid": scale.value(offer.paid), "brings": scale.value(offer.brings),
            "profit": scale.value(offer.profit),
        } }),
        Verdict::Awaited(times) => json!({ "awaited": times }),
        Verdict::Dear { at } => json!({ "dear": { "worth_at": at.map(|at| at.get()) } }),
        Verdict::Held(error) => json!({ "held": format!("{error:?}") }),
        Verdict::ResetDue => json!("reset_due"),
        Verdict::Done => json!("done"),
    };
    json!({
        "lot": lot.name, "position": lot.position, "remaining": scale.amount(lot.remaining),
        "raise": scale.value(lot.raise), "price": lot.price.map(|price| scale.price(price)), "verdict": verdict,
    })
}

/// What a run came to, as text.
#[must_use]
pub fn summary(engine: &Engine, waiting: usize) -> String {
    let (tally, feed, scale) = (engine.tally, &engine.feed, engine.setup.scale);
    let mut lines = vec![
        format!("time         {}", engine.clock.get()),
        format!("lines        {}, malformed {}, coalesced {}", feed.lines, feed.malformed, feed.coalesced),
        format!("numbers      skipped {}, late {}, duplicates {}", feed.skipped, feed.late, feed.duplicates),
        format!("connections  made again {}", feed.reconnects),
        format!("blocks       {}", tally.blocks),
        format!(
            "actions      {} kicks, {} bids, {} restarts, {} settlements, {waiting} waiting",
            tally.kicks, tally.bids, tally.restarts, tally.settlements
        ),
        format!("positions    {}, {} lots open", engine.positions.len(), engine.lots.len()),
        format!("price        {}", scale.price(engine.state.price().band.low())),
    ];
    if let Ok(limits) = engine.setup.guard.limits(&engine.state, engine.clock) {
        let (level, cap) = (ratio(limits.level), ratio(limits.cap));
        lines.push(format!("ledger       level {level}, reserved {}, cap {cap}", ratio(limits.reserved)));
    }
    for (name, count) in &feed.refused {
        lines.push(format!("refused      {name} {count}"));
    }
    lines.push(String::new());
    lines.join("\n")
}
