use crate::call;

pub(super) fn all() {
    ledger();
    two_sided();
    breaker();
}

fn ledger() {
    use damper::ledger::*;
    call(LedgerConfig::new);
    call(LedgerConfig::shared);
    call(LedgerConfig::covering);
    call(LedgerConfig::params);
    call(LedgerConfig::bound_ceil);
    call(Ledger::open);
    call(Ledger::advance);
    call(Ledger::observe);
    call(Ledger::reanchor);
    call(Ledger::drawdown);
    call(Ledger::cap);
    call(Ledger::headroom);
    call(Ledger::level);
    call(Ledger::reserved);
    call(Ledger::reference);
    call(Ledger::at);
    call(Ledger::reserve);
    call(Ledger::charge);
    call(Ledger::release_to);
    call(Ledger::permitted_at);
}

fn two_sided() {
    use damper::two_sided::*;
    call(TwoSidedConfig::new);
    call(TwoSidedConfig::shared);
    call(TwoSidedConfig::side);
    call(TwoSidedConfig::bound_fall_ceil);
    call(TwoSidedConfig::bound_rise_ceil);
    call(TwoSided::open);
    call(TwoSided::advance);
    call(TwoSided::observe);
    call(TwoSided::earned_on);
    call(TwoSided::cap);
    call(TwoSided::headroom);
    call(TwoSided::level);
    call(TwoSided::reserved);
    call(TwoSided::at);
    call(TwoSided::reserve);
    call(TwoSided::charge);
    call(TwoSided::release_to);
    call(TwoSided::permitted_at);
    call(TwoSided::write_to);
    call(TwoSided::read_from);
}

fn breaker() {
    use damper::breaker::*;
    call(BreakerConfig::new);
    call(BreakerConfig::params);
    call(BreakerConfig::observe);
    call(BreakerConfig::is_up);
    call(BreakerConfig::stops);
    call(BreakerConfig::kick_resumes);
    call(BreakerConfig::take_resumes);
    call(Breaker::open);
    call(Breaker::level);
}
