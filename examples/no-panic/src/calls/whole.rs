use crate::call;

pub(super) fn all<const N: usize, const K: usize, const M: usize, const C: usize, const D: usize>() {
    cascade::<N, K>();
    coordination::<M>();
    assets::<M>();
    attack::<N, M>();
    guard::<N>();
    assess::<N, C, D>();
    selling::<N>();
    foresight::<N, K, M>();
    change::<N>();
    shadow::<N>();
    preset::<N>();
}

fn cascade<const N: usize, const K: usize>() {
    use damper::cascade::*;
    call(Cascade::<K, N>::forecast);
    call(Cascade::<K, N>::forecast_at);
    call(Cascade::<K, N>::gain_ceil);
    call(Cascade::<K, N>::runs_on);
    call(Cascade::<K, N>::critical);
    call(Cascade::<K, N>::runaway);
    call(Cascade::<K, N>::stop_at);
    call(Cascade::<K, N>::cheapest_stop);
}

fn coordination<const M: usize>() {
    use damper::coordination::*;
    call(share_floor);
    call(Budget::of);
    call(Budget::additive_ceil);
    call(joint_bound_ceil);
    call(effective_kappa_ceil);
    call(own_share_floor);
    call(Reports::<M>::last);
    call(Neighbours::<M>::accept);
    call(Neighbours::<M>::worst_gain);
    call(Neighbours::<M>::gain);
    call(Neighbours::<M>::factor);
    call(Neighbours::<M>::narrowed);
    call(Neighbours::<M>::worst_bound_ceil);
    call(Reports::<M>::write_to);
    call(Reports::<M>::read_from);
    call(Neighbours::<M>::write_to);
    call(Neighbours::<M>::read_from);
}

fn assets<const M: usize>() {
    use damper::assets::*;
    call(CrossImpact::<M>::new);
    call(CrossImpact::<M>::params);
    call(CrossImpact::<M>::bound_ceil);
    call(largest_scale_floor::<M>);
    call(CrossImpact::<M>::write_to);
    call(CrossImpact::<M>::read_from);
}

fn attack<const N: usize, const M: usize>() {
    use damper::attack::*;
    call(least_cost_floor::<N>);
    call(Spoils::<N>::check);
    call(Spoils::<N>::collected_ceil);
    call(push_verdict::<M, N>);
    call(no_profitable_push::<M, N>);
    call(borrowed_ceil);
    call(pump_verdict::<N>);
    call(no_profitable_pump::<N>);
}

fn guard<const N: usize>() {
    use damper::guard::*;
    call(Guard::<N>::new);
    call(Guard::<N>::params);
    call(Guard::<N>::open);
    call(Guard::<N>::observe);
    call(Guard::<N>::update);
    call(Guard::<N>::heed);
    call(Guard::<N>::limits);
    call(Guard::<N>::reanchor);
    call(GuardState::<N>::ledger);
    call(GuardState::<N>::pending);
    call(GuardState::<N>::at);
    call(GuardState::<N>::window);
    call(GuardState::<N>::breaker);
    call(GuardState::<N>::schedule);
    call(GuardState::<N>::volatility);
    call(GuardState::<N>::lots);
    call(GuardState::<N>::appetite);
    call(GuardState::<N>::untaken_until);
    call(GuardState::<N>::price);
    call(GuardState::<N>::depth);
    call(Guard::<N>::write_to);
    call(Guard::<N>::read_from);
    call(GuardState::<N>::write_to);
    call(GuardState::<N>::read_from);
}

fn assess<const N: usize, const C: usize, const D: usize>() {
    use damper::guard::Guard;
    call(Guard::<N>::assess::<C, D>);
    call(Guard::<N>::may_borrow::<C, D>);
    call(Guard::<N>::max_borrow_floor::<C, D>);
}

fn selling<const N: usize>() {
    use damper::guard::Guard;
    call(Guard::<N>::kick);
    call(Guard::<N>::take);
    call(Guard::<N>::settle);
    call(Guard::<N>::restart);
    call(Guard::<N>::sell);
}

fn change<const N: usize>() {
    use damper::guard::Guard;
    call(Guard::<N>::adopt);
}

fn foresight<const N: usize, const K: usize, const M: usize>() {
    use damper::guard::Guard;
    call(Guard::<N>::forecast::<K>);
    call(Guard::<N>::backlog);
    call(Guard::<N>::open_interest_cap);
    call(Guard::<N>::restrained);
    call(Guard::<N>::no_profitable_push::<M>);
}

fn shadow<const N: usize>() {
    use damper::guard::Guard;
    use damper::shadow::*;
    call(Guard::<N>::shadow_sale);
    call(Shadow::<N>::new);
    call(Shadow::<N>::write_to);
    call(Shadow::<N>::read_from);
}

fn preset<const N: usize>() {
    use damper::preset::*;
    call(lending::<N>);
}
