//! Numbers, prices and units.

use super::scene::{Token, bps};
use damper::num::{isqrt_ceil, isqrt_floor, mul_div_ceil, mul_div_floor};
use damper::price::{Decimals, Price};
use damper::units::{Amount, Decay, Seconds, Value};

group! { (io)
    "num::mul_div_floor" => { call!(io, (io.next(), io.next(), io.next()), |&(a, b, d)| mul_div_floor(a, b, d)); }
    "num::mul_div_ceil" => { call!(io, (io.next(), io.next(), io.next()), |&(a, b, d)| mul_div_ceil(a, b, d)); }
    "num::isqrt_floor" => { call!(io, io.next(), |&n| isqrt_floor(n)); }
    "num::isqrt_ceil" => { call!(io, io.next(), |&n| isqrt_ceil(n)); }
    "Price::value_floor" => {
        let token = Token::read(io);
        call!(io, (token.price(io)?, Amount::new(io.next())), |&(price, amount)| price.value_floor(amount));
    }
    "Price::value_ceil" => {
        let token = Token::read(io);
        call!(io, (token.price(io)?, Amount::new(io.next())), |&(price, amount)| price.value_ceil(amount));
    }
    "Price::amount_floor" => {
        let token = Token::read(io);
        call!(io, (token.price(io)?, Value::new(io.next())), |&(price, value)| price.amount_floor(value));
    }
    "Price::amount_ceil" => {
        let token = Token::read(io);
        call!(io, (token.price(io)?, Value::new(io.next())), |&(price, value)| price.amount_ceil(value));
    }
    "Price::ratio_floor" => {
        let token = Token::read(io);
        call!(io, (token.price(io)?, token.price(io)?), |&(a, b)| a.ratio_floor(b));
    }
    "Price::drawdown_floor" => {
        let token = Token::read(io);
        call!(io, (token.price(io)?, token.price(io)?), |&(a, b)| a.drawdown_floor(b));
    }
    "Price::scale_ceil" => {
        let token = Token::read(io);
        call!(io, (token.price(io)?, bps(io)?), |&(price, factor)| price.scale_ceil(factor));
    }
    "Price::from_decimal_floor" => {
        call!(io, (io.next(), io.next() as i32), |&(mantissa, exponent)| Price::from_decimal_floor(mantissa, exponent));
    }
    "Price::band_from_pyth" => {
        let decimals = Decimals { base: io.small() as u8, quote: 6 };
        call!(io, (io.small() as i64, io.small(), io.next() as i32, decimals), |&(price, confidence, expo, decimals)| {
            Price::band_from_pyth(price, confidence, expo, decimals)
        });
    }
    "Ratio::mul_floor" => { call!(io, (bps(io)?, bps(io)?), |&(a, b)| a.mul_floor(b)); }
    "Ratio::div_floor" => { call!(io, (bps(io)?, bps(io)?), |&(a, b)| a.div_floor(b)); }
    "Value::mul_floor" => { call!(io, (Value::new(io.next()), bps(io)?), |&(value, ratio)| value.mul_floor(ratio)); }
    "Value::ratio_floor" => { call!(io, (Value::new(io.next()), Value::new(io.next())), |&(a, b)| a.ratio_floor(b)); }
    "Decay::pow_ceil" => {
        let decay = Decay::from_half_life_floor(Seconds::new(io.small()))?;
        call!(io, (decay, io.small()), |&(decay, exponent)| decay.pow_ceil(exponent));
    }
    "Decay::from_half_life_floor" => {
        call!(io, Seconds::new(io.small()), |&seconds| Decay::from_half_life_floor(seconds));
    }
}
