use crate::call;

pub(super) fn all<const N: usize, const K: usize, const C: usize, const D: usize>() {
    health::<C, D>();
    plan::<C, D>();
    auction();
    keeper();
    bond();
    answering();
    hedge::<N>();
    delta();
    clearing::<N, K>();
    solvency::<N>();
    risk();
    queue::<K>();
}

fn health<const C: usize, const D: usize>() {
    use damper::health::*;
    call(Collateral::new);
    call(Debt::new);
    call(Position::<C, D>::new);
    call(Position::<C, D>::with_collateral);
    call(Position::<C, D>::with_debt);
    call(Position::<C, D>::collateral);
    call(Position::<C, D>::value);
    call(Position::<C, D>::is_healthy);
    call(Position::<C, D>::may_borrow);
    call(Position::<C, D>::max_borrow_floor);
    call(Position::<C, D>::trigger_price_ceil);
    call(Valuation::is_healthy);
    call(Valuation::health_factor_floor);
    call(Valuation::ltv_ceil);
}

fn plan<const C: usize, const D: usize>() {
    use damper::plan::*;
    call(PlanConfig::new);
    call(PlanConfig::params);
    call(assess::<C, D>);
    call(Plan::least);
    call(Plan::partial);
}

fn auction() {
    use damper::auction::*;
    call(AuctionConfig::new);
    call(AuctionConfig::params);
    call(Terms::freeze);
    call(Terms::from_start);
    call(Take::surplus);
    call(Terms::config);
    call(Terms::start);
    call(Terms::opened);
    call(Terms::price);
    call(Terms::needs_reset);
    call(Terms::time_to);
    call(Terms::clearing_price_floor);
    call(Lot::open);
    call(Lot::terms);
    call(Lot::remaining);
    call(Lot::raise);
    call(Lot::is_done);
    call(Lot::take);
    call(Lot::close);
    call(Lot::reset);
    call(Lot::write_to);
    call(Lot::read_from);
}

fn keeper() {
    use damper::keeper::*;
    call(RewardConfig::new);
    call(RewardConfig::params);
    call(RewardConfig::reward_floor);
    call(RewardConfig::room_floor);
    call(RewardConfig::payment);
    call(RewardConfig::write_to);
    call(RewardConfig::read_from);
}

fn bond() {
    use damper::bond::*;
    call(BondConfig::new);
    call(BondConfig::params);
    call(BondConfig::open);
    call(Bond::posted);
    call(Bond::kicked);
    call(Bond::settle);
    call(Bond::write_to);
    call(Bond::read_from);
}

fn answering() {
    use damper::answering::*;
    call(AnsweringConfig::new);
    call(AnsweringConfig::params);
    call(AnsweringConfig::open);
    call(AnsweringConfig::observe);
    call(AnsweringConfig::lot_factor_floor);
    call(AnsweringConfig::boost_floor);
    call(Answering::health);
    call(Answering::failing);
    call(Answering::at);
    call(Answering::write_to);
    call(Answering::read_from);
    call(AnsweringConfig::write_to);
    call(AnsweringConfig::read_from);
}

fn hedge<const N: usize>() {
    use damper::hedge::*;
    call(split);
    call(value_per_move_floor::<N>);
    call(largest_fall_ceil);
    call(gap_shortfall_ceil);
    call(Loop::gain_ceil);
    call(MultiplierLimit::new);
    call(MultiplierLimit::largest);
    call(MultiplierLimit::binding);
    call(InsuranceConfig::new);
    call(InsuranceConfig::params);
    call(InsuranceConfig::cushion_floor);
    call(InsuranceConfig::target_floor);
    call(InsuranceConfig::rebalance);
    call(InsuranceConfig::gap_shortfall_ceil);
    call(InsuranceConfig::restart);
    call(Insurer::new);
    call(Insurer::holding);
    call(Insurer::cash);
    call(Insurer::breached);
    call(Insurer::wealth_floor);
    call(Insurer::sold);
    call(Insurer::bought);
    call(Insurer::write_to);
    call(Insurer::read_from);
}

fn delta() {
    use damper::delta::*;
    call(Trade::sell);
    call(Trade::buy);
    call(Trade::and);
    call(largest_gamma_floor);
    call(DeltaConfig::new);
    call(DeltaConfig::params);
    call(DeltaConfig::gain_ceil);
    call(DeltaConfig::target);
    call(DeltaConfig::trade);
}

fn clearing<const N: usize, const K: usize>() {
    use damper::clearing::*;
    call(relative_fall_ceil);
    call(|positions: &[Holding], price, fall| bad_debt_ceil(positions.iter().copied(), price, fall));
    call(safe_ltv_floor);
    call(slack_floor);
    call(threshold_slack_floor);
    call(unused_ceil::<N>);
    call(slack_time_floor);
    call(log_impact_floor);
    call(PaceConfig::new);
    call(PaceConfig::params);
    call(Throttle::of);
    call(Throttle::clearing_floor);
    call(Throttle::clearing_ceil);
    call(Throttle::largest_charge_floor);
    call(Throttle::steady_lot_floor);
    call(Backlog::<N>::charge_ceil);
    call(Backlog::<N>::clearing_floor);
    call(Backlog::<N>::clearing_ceil);
    call(Backlog::<N>::largest_sale_floor);
    call(Backlog::<N>::steady_lot_floor);
    call(Backlog::<N>::band_caps_floor::<K>);
    call(PaceConfig::write_to);
    call(PaceConfig::read_from);
}

fn solvency<const N: usize>() {
    use damper::solvency::*;
    call(charged_in_time_floor);
    call(relative_fall_floor);
    call(bound_ceil);
    call(sold_floor::<N>);
    call(AtThreshold::relieved_floor);
    call(AtThreshold::loss_ceil);
    call(AtThreshold::bad_debt_ceil);
    call(AtThreshold::debt_floor);
}

fn risk() {
    use damper::risk::*;
    call(RiskConfig::new);
    call(RiskConfig::params);
    call(RiskConfig::chance_ceil);
    call(RiskConfig::starts);
    call(RiskConfig::start_slack);
    call(cover_ceil);
}

fn queue<const K: usize>() {
    use damper::Error;
    use damper::queue::*;
    use damper::units::{Amount, Seconds};
    call(deadline_floor);
    call(Queue::<K>::open);
    call(Queue::<K>::entries);
    call(Queue::<K>::next);
    call(Queue::<K>::admit);
    type Capacity = fn(Seconds) -> Result<Amount, Error>;
    call(|queue: &Queue<K>, now, deadline, amount, least, capacity: Capacity| {
        Queue::<K>::admit_in_time(queue, now, deadline, amount, least, capacity)
    });
    call(|queue: &Queue<K>, now, capacity: Capacity| Queue::<K>::first_missed(queue, now, capacity));
    call(Queue::<K>::overdue);
    call(Queue::<K>::serve);
    call(Queue::<K>::withdraw);
    call(Queue::<K>::write_to);
    call(Queue::<K>::read_from);
}
