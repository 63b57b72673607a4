use crate::call;
use fixed::traits::Fixed;
use fixed::types::{I0F128, I80F48, U0F64, U16F48, U128F0};

pub(super) fn all() {
    error();
    packed();
    num();
    ratio();
    units();
    price();
    text();
}

fn error() {
    use damper::Error;
    call(Error::code);
    call(Error::name);
}

fn packed() {
    use damper::auction::Lot;
    use damper::guard::GuardState;
    use damper::hedge::Insurer;
    use damper::packed::*;
    call(Packed::<{ Lot::BYTES }>::of::<Lot>);
    call(Packed::<{ Lot::BYTES }>::get::<Lot>);
    call(Packed::<{ GuardState::<1>::BYTES }>::of::<GuardState<1>>);
    call(Packed::<{ GuardState::<1>::BYTES }>::get::<GuardState<1>>);
    call(Packed::<{ Insurer::BYTES }>::of::<Insurer>);
    call(Packed::<{ Insurer::BYTES }>::get::<Insurer>);
    call(Packed::<{ Insurer::BYTES }>::bytes);
    call(Packed::<{ Insurer::BYTES }>::from_bytes);
}

fn num() {
    use damper::num::*;
    call(mul_div_floor);
    call(mul_div_ceil);
    call(isqrt_floor);
    call(isqrt_ceil);
}

fn ratio() {
    use damper::ratio::*;
    call(Ratio::from_bits);
    call(Ratio::to_bits);
    call(Ratio::from_fraction_floor);
    call(Ratio::from_fraction_ceil);
    call(Ratio::from_bps_floor);
    call(Ratio::from_bps_ceil);
    call(Ratio::to_bps_floor);
    call(Ratio::from_wad_floor);
    call(Ratio::from_wad_ceil);
    call(Ratio::to_wad_floor);
    call(Ratio::to_wad_ceil);
    fn with<F: Fixed>()
    where
        u128: TryFrom<F::Bits>,
        F::Bits: TryFrom<u128>,
    {
        call(Ratio::from_fixed_floor::<F>);
        call(Ratio::from_fixed_ceil::<F>);
        call(Ratio::to_fixed_floor::<F>);
        call(Ratio::to_fixed_ceil::<F>);
    }
    with::<U0F64>();
    with::<U16F48>();
    with::<I80F48>();
    with::<U128F0>();
    with::<I0F128>();
    call(Ratio::checked_add);
    call(Ratio::checked_sub);
    call(Ratio::excess_over);
    call(Ratio::mul_floor);
    call(Ratio::mul_ceil);
    call(Ratio::div_floor);
    call(Ratio::div_ceil);
}

fn units() {
    use damper::units::*;
    call(Seconds::new);
    call(Seconds::get);
    call(Timestamp::new);
    call(Timestamp::get);
    call(Timestamp::since);
    call(Timestamp::checked_add);
    call(Rate::per_second);
    call(Rate::get);
    call(Rate::from_ratio_over_floor);
    call(Rate::over);
    call(Rate::over_at_most);
    call(Rate::mul_floor);
    call(Decay::from_bits);
    call(Decay::to_bits);
    call(Decay::from_ratio);
    call(Decay::to_ratio_floor);
    call(Decay::to_ratio_ceil);
    call(Decay::complement);
    call(Decay::from_half_life_floor);
    call(Decay::mul_floor);
    call(Decay::mul_ceil);
    call(Decay::pow_floor);
    call(Decay::pow_ceil);
    call(Amount::new);
    call(Amount::get);
    call(Amount::is_zero);
    call(Amount::checked_add);
    call(Amount::checked_sub);
    call(Amount::excess_over);
    call(Amount::mul_floor);
    call(Amount::mul_ceil);
    call(Amount::div_floor);
    call(Amount::div_ceil);
    call(Amount::ratio_floor);
    call(Amount::ratio_ceil);
    call(Value::new);
    call(Value::get);
    call(Value::is_zero);
    call(Value::checked_add);
    call(Value::checked_sub);
    call(Value::excess_over);
    call(Value::mul_floor);
    call(Value::mul_ceil);
    call(Value::div_floor);
    call(Value::div_ceil);
    call(Value::ratio_floor);
    call(Value::ratio_ceil);
    call(<Amount as From<u64>>::from);
    call(<Value as From<u64>>::from);
}

fn price() {
    use damper::price::*;
    call(PriceBand::new);
    call(PriceBand::exact);
    call(PriceBand::low);
    call(PriceBand::high);
    call(PriceBand::width_ceil);
    call(Price::from_parts);
    call(Price::to_parts);
    call(Price::from_fraction_floor);
    call(Price::from_fraction_ceil);
    call(Price::from_decimal_floor);
    call(Price::from_decimal_ceil);
    call(Price::band_from_pyth);
    fn with<F: Fixed>()
    where
        u128: TryFrom<F::Bits>,
        F::Bits: TryFrom<u128>,
    {
        call(Price::from_fixed_floor::<F>);
        call(Price::from_fixed_ceil::<F>);
        call(Price::to_fixed_floor::<F>);
        call(Price::to_fixed_ceil::<F>);
    }
    with::<U0F64>();
    with::<U16F48>();
    with::<I80F48>();
    with::<U128F0>();
    with::<I0F128>();
    call(Price::value_floor);
    call(Price::value_ceil);
    call(Price::amount_floor);
    call(Price::amount_ceil);
    call(Price::scale_floor);
    call(Price::scale_ceil);
    call(Price::div_floor);
    call(Price::div_ceil);
    call(Price::ratio_floor);
    call(Price::ratio_ceil);
    call(Price::drawdown_floor);
    call(Price::cmp);
    call(Price::max);
    call(Price::min);
    call(Price::partial_cmp);
    call(Price::lt);
    call(Price::gt);
    call(Price::le);
    call(Price::ge);
}

fn text() {
    use core::str::FromStr;
    use damper::{price::*, ratio::*, units::*};
    call(<Price as FromStr>::from_str);
    call(<Ratio as FromStr>::from_str);
    call(<Rate as FromStr>::from_str);
    call(<Decay as FromStr>::from_str);
    call(<Amount as FromStr>::from_str);
    call(<Value as FromStr>::from_str);
    call(<Seconds as FromStr>::from_str);
    call(<Timestamp as FromStr>::from_str);
}
