use crate::call;

pub(super) fn all<const LARGE: usize>() {
    parameters();
    schedule();
    stress::<1>();
    stress::<LARGE>();
    appetite();
}

fn parameters() {
    use damper::parameters::*;
    call(Parameters::check);
}

fn schedule() {
    use damper::schedule::*;
    call(ScheduleConfig::new);
    call(ScheduleConfig::params);
    call(ScheduleConfig::step);
    call(ScheduleConfig::in_force);
    call(Schedule::open);
    call(Schedule::stress_bits);
    call(Schedule::at);
}

fn stress<const N: usize>() {
    use damper::stress::*;
    call(DepthProfile::<N>::new);
    call(DepthProfile::<N>::last_point);
    call(DepthProfile::<N>::thinnest_floor);
    call(StressConfig::new);
    call(StressConfig::params);
    call(StressConfig::is_reported);
    call(StressConfig::internal_ceil);
    call(StressConfig::external_ceil);
}

fn appetite() {
    use damper::appetite::*;
    call(AppetiteConfig::new);
    call(AppetiteConfig::params);
    call(AppetiteConfig::open);
    call(AppetiteConfig::heed);
    call(AppetiteConfig::observe);
    call(AppetiteConfig::update);
    call(AppetiteConfig::stress);
    call(AppetiteConfig::heals_within);
    call(AppetiteConfig::is_within);
    call(Appetite::level);
    call(Appetite::at);
    call(Appetite::max_ltv_floor);
    call(Appetite::amount_floor);
    call(Appetite::value_floor);
}
