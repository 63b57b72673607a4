//! A block: what the guard says about who is due, what a bid on each open lot would bring, and what is sent.

use crate::action::{Action, Claim, Sent, Turn, What};
use crate::bids::{Market, Verdict};
use crate::engine::Engine;
use crate::outlook;
use crate::report::{Call, Due, LotReport, Near, Report};
use crate::setup::POINTS;
use damper::Error;
use damper::clearing::Holding;
use damper::exposure::trigger_price_ceil;
use damper::guard::{Decision, GuardState, Limits};
use damper::health::Position;
use damper::keeper::{Payment, Work};
use damper::plan::Shortfall;
use damper::ratio::Ratio;
use damper::selling::Kick;
use damper::units::{Amount, Seconds, Timestamp, Value};
use std::collections::{BTreeMap, BTreeSet};

/// Healthy positions that are shown.
const NEAR: usize = 8;

/// What is put together in a block.
struct Block {
    now: Timestamp,
    /// The guard's state with what is in flight and what was decided in this block.
    planned: GuardState<POINTS>,
    /// Money that is not out.
    money: Value,
    actions: Vec<Action>,
}

impl Engine {
    /// Decides at `now`.
    pub(crate) fn decide(&mut self, now: Timestamp) -> Result<Report, Error> {
        let mut block = Block { now, planned: self.state, money: self.setup.keeper.capital, actions: Vec::new() };
        self.reserve(&mut block);
        let limits = self.setup.guard.limits(&self.state, now)?;
        let (low, threshold) = (limits.band.low(), limits.parameters.liquidation_threshold);
        // Settlements and bids first: they release and use up what is reserved already.
        let lots = self.lots(&mut block)?;
        let due = self.due(&mut block, &limits)?;
        let waiting: Vec<(Timestamp, Amount)> = due
            .iter()
            .filter(|due| due.call != Call::LotOpen && !due.call.is_beyond_help())
            .map(|due| (due.deadline, due.sell))
            .collect();
        let map = self.positions.map(low, threshold);
        let outlook =
            map.and_then(|map| outlook::outlook(&self.setup.guard, &self.state, now, &map, &self.setup.keeper));
        let near = self.positions.nearest(low, threshold).filter_map(|(id, entry)| {
            let trigger = trigger_price_ceil(entry.holding.collateral, entry.holding.debt, threshold).ok()??;
            (trigger <= low).then(|| Near { id: id.to_owned(), trigger, fall: trigger.drawdown_floor(low) })
        });
        Ok(Report {
            now,
            price_age: now.since(self.state.price().source_time).unwrap_or(Seconds::ZERO),
            positions: u64::try_from(self.positions.len()).unwrap_or(u64::MAX),
            due_about: self.positions.count_due(low, threshold),
            collateral: self.positions.collateral(),
            missed: outlook::first_missed(&self.setup.guard, &self.state, now, &self.setup.keeper, &waiting),
            near: near.take(NEAR).collect(),
            bid_gas: self.gas_cost(self.setup.gas.bid),
            feed: self.feed.clone(),
            actions: block.actions,
            limits,
            map,
            outlook,
            due,
            lots,
        })
    }

    /// What so much gas costs, rounded up.
    pub(crate) fn gas_cost(&self, units: u64) -> Value {
        let product = self.gas.get().saturating_mul(u128::from(units));
        Value::new(product.div_ceil(1_000_000))
    }

    /// What is in flight takes its part of the permission and of the money.
    fn reserve(&self, block: &mut Block) {
        for claim in self.flight.claims(block.now, self.setup.keeper.confirm) {
            match claim {
                Claim::Lot { sell, raise } => {
                    if let Ok((state, _)) = self.setup.guard.kick(block.planned, block.now, Kick { sell, raise }) {
                        block.planned = state;
                    }
                }
                Claim::Money(paid) => block.money = block.money.excess_over(paid),
                Claim::Nothing => {}
            }
        }
    }

    fn send(&mut self, block: &mut Block, topic: String, times: u32, claim: Claim, what: What) {
        block.actions.push(Action { key: format!("{topic}/{times}"), time: block.now.get(), what });
        self.flight.sent.insert(topic, Sent { at: block.now, times, claim });
    }

    fn turn(&self, topic: &str, now: Timestamp) -> Turn {
        self.flight.turn(topic, now, &self.setup.keeper.confirm)
    }

    fn payment(&self, size: Value, since: Timestamp, now: Timestamp, gas: u64) -> Result<Payment, Error> {
        let work = Work {
            size,
            penalty: self.setup.penalty,
            paid: Value::ZERO,
            waited: now.since(since).unwrap_or(Seconds::ZERO),
            boost: Ratio::ONE,
        };
        self.setup.reward.payment(&work, self.gas_cost(gas))
    }

    fn due(&mut self, block: &mut Block, limits: &Limits) -> Result<Vec<Due>, Error> {
        let now = block.now;
        let (low, threshold) = (limits.band.low(), limits.parameters.liquidation_threshold);
        let open: BTreeSet<String> = self.lots.values().map(|open| open.position.clone()).collect();
        let mut since = BTreeMap::new();
        let mut all = Vec::new();
        // Where debt is so near the collateral's worth that a sale does not help, positions stay for long: they have a part of
        // their own of what is looked at, or many of them would hide those that can be sold.
        let base = limits.parameters.bonus.mul_floor(self.setup.guard.params().plan.params().base_bonus)?;
        let impact = limits.cap.excess_over(limits.level).max(limits.reserved);
        let give = Ratio::ONE.checked_add(base)?.mul_floor(Ratio::ONE.checked_add(impact)?)?;
        let beyond = outlook::beyond_debt(&self.setup.guard, limits)?;
        let (helped, lost) = self.positions.due_up_to(low, threshold, low.div_floor(give)?);
        let most = self.setup.keeper.assess;
        let reached: Vec<(String, Holding)> =
            helped.take(most).chain(lost.take(most)).map(|(id, entry)| (id.to_owned(), entry.holding)).collect();
        for (id, holding) in reached {
            let position = Position::<0, 0>::new(holding.collateral, holding.debt);
            let decision = self.setup.guard.assess(&block.planned, now, &position);
            if decision == Ok(Decision::Healthy) {
                continue;
            }
            let first = self.due_since.get(&id).copied().unwrap_or(now);
            since.insert(id.clone(), first);
            // What is too large to be valued is refused by the guard as well, and must not hide the others.
            let deadline = outlook::deadline(&self.state, beyond, &holding, &self.setup.keeper, now);
            let deadline = deadline.unwrap_or(now);
            let (sell, call) = match decision {
                Err(error) => (holding.collateral, Call::Refused(error)),
                Ok(Decision::Backstop(shortfall)) => {
                    (holding.collateral, Call::Backstop { reason: shortfall.reason, gap: shortfall.gap })
                }
                Ok(Decision::Unconfirmed { shortfall: Shortfall { reason, gap, .. }, reason: waits }) => {
                    (holding.collateral, Call::Unconfirmed { reason, gap, waits })
                }
                Ok(Decision::Healthy) => continue,
                Ok(Decision::Wait { plan, reason, until }) => (plan.sell, self.waiting(&open, &id, now, reason, until)),
                Ok(Decision::Liquidate { plan, deferred }) => {
                    let whole = plan.sell.checked_add(deferred)?;
                    let kick = Kick { sell: plan.sell, raise: plan.repay };
                    (whole, self.kick(block, &open, &id, first, kick, deferred)?)
                }
            };
            all.push(Due { id, deadline, sell, call });
        }
        self.due_since = since;
        // Of equal deadlines the least slack stays first; what is the backstop's comes last.
        all.sort_by_key(|due| (due.call.is_beyond_help(), due.deadline));
        Ok(all)
    }

    fn waiting(
        &self,
        open: &BTreeSet<String>,
        id: &str,
        now: Timestamp,
        reason: damper::guard::WaitReason,
        until: Option<Timestamp>,
    ) -> Call {
        if open.contains(id) {
            return Call::LotOpen;
        }
        match self.turn(&self.kick_topic(id), now) {
            // What is in flight is why the rest must wait.
            Turn::Awaited(times) => Call::Awaited(times),
            Turn::Now(_) => Call::Wait { reason, until },
        }
    }

    fn kick_topic(&self, id: &str) -> String {
        format!("kick/{id}/{}", self.rounds.get(id).copied().unwrap_or(0))
    }

    fn kick(
        &mut self,
        block: &mut Block,
        open: &BTreeSet<String>,
        id: &str,
        first: Timestamp,
        kick: Kick,
        deferred: Amount,
    ) -> Result<Call, Error> {
        if open.contains(id) {
            return Ok(Call::LotOpen);
        }
        let topic = self.kick_topic(id);
        let times = match self.turn(&topic, block.now) {
            Turn::Awaited(times) => return Ok(Call::Awaited(times)),
            Turn::Now(times) => times,
        };
        let reward = match self.payment(kick.raise, first, block.now, self.setup.gas.kick)? {
            Payment::TooSmall { least } => return Ok(Call::Unpaid { least }),
            Payment::Pay { reward } => reward,
        };
        match self.setup.guard.kick(block.planned, block.now, kick) {
            Err(error) => Ok(Call::Refused(error)),
            Ok((state, _)) => {
                block.planned = state;
                let what = What::kick(self.setup.scale, id, kick.sell, kick.raise, reward);
                self.send(block, topic, times, Claim::Lot { sell: kick.sell, raise: kick.raise }, what);
                Ok(Call::Kick { reward, deferred })
            }
        }
    }

    fn lots(&mut self, block: &mut Block) -> Result<Vec<LotReport>, Error> {
        let mut all = Vec::new();
        let open: Vec<_> = self.lots.iter().map(|(name, open)| (name.clone(), open.clone())).collect();
        for (name, open) in open {
            let market = Market {
                venue: &self.venue,
                low: self.state.price().band.low(),
                kept: self.setup.keeper.kept,
                gas: self.gas_cost(self.setup.gas.bid),
                least_profit: self.setup.keeper.least_profit,
                money: block.money,
            };
            let (mut verdict, planned) = if open.done {
                (Verdict::Done, None)
            } else {
                market.verdict(&self.setup.guard, &block.planned, &open.lot, block.now)
            };
            let scale = self.setup.scale;
            match verdict {
                Verdict::Worth(offer) => {
                    let topic = format!("bid/{name}/{}", open.takes);
                    match self.turn(&topic, block.now) {
                        Turn::Awaited(times) => verdict = Verdict::Awaited(times),
                        Turn::Now(times) => {
                            block.planned = planned.unwrap_or(block.planned);
                            block.money = block.money.excess_over(offer.paid);
                            let what = What::bid(scale, &name, offer.want, offer.price, [offer.paid, offer.profit]);
                            self.send(block, topic, times, Claim::Money(offer.paid), what);
                        }
                    }
                }
                Verdict::Done => {
                    let payment = self.payment(open.raised, open.since, block.now, self.setup.gas.settle)?;
                    let topic = format!("settle/{name}/0");
                    if let (Payment::Pay { reward }, Turn::Now(times)) = (payment, self.turn(&topic, block.now)) {
                        let reward = scale.value(reward).to_string();
                        self.send(block, topic, times, Claim::Nothing, What::Settle { lot: name.clone(), reward });
                    }
                }
                Verdict::ResetDue => {
                    let payment = self.payment(open.lot.raise(), open.since, block.now, self.setup.gas.restart)?;
                    let topic = format!("restart/{name}/{}", open.lot.terms().opened().get());
                    // A restart that the guard would refuse, in a halt, is not worth its gas.
                    let allowed = self.setup.guard.restart(&block.planned, block.now, open.lot).is_ok();
                    if let (true, Payment::Pay { reward }, Turn::Now(times)) =
                        (allowed, payment, self.turn(&topic, block.now))
                    {
                        let reward = scale.value(reward).to_string();
                        self.send(block, topic, times, Claim::Nothing, What::Restart { lot: name.clone(), reward });
                    }
                }
                Verdict::Awaited(_) | Verdict::Dear { .. } | Verdict::Held(_) => {}
            }
            all.push(LotReport {
                price: open.lot.terms().price(block.now).ok(),
                position: open.position,
                remaining: if open.done { Amount::ZERO } else { open.lot.remaining() },
                raise: open.lot.raise(),
                verdict,
                name,
            });
        }
        Ok(all)
    }
}
