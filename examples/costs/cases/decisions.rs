//! Positions, plans and auctions.

use super::Io;
use super::scene::{NOW, Token, bps, dollars, product_preset};
use damper::Error;
use damper::auction::{AuctionConfig, AuctionParams, Lot, Terms};
use damper::curve::Curve;
use damper::health::{Collateral, Position, Valuation};
use damper::parameters::Parameters;
use damper::plan::{self, Assessment, Market};
use damper::price::{Price, PriceBand};
use damper::ratio::Ratio;
use damper::schedule::Schedule;
use damper::units::{Decay, Seconds, Timestamp};

/// Decimals, price, and the parameters in force at a volatility.
#[inline(never)]
fn valued(io: &mut Io<'_>) -> Result<(Token, PriceBand, Parameters), Error> {
    let token = Token::read(io);
    let band = PriceBand::exact(token.price(io)?);
    let parameters = product_preset()?.schedule.in_force(&Schedule::open(Timestamp::new(0)), bps(io)?)?;
    Ok((token, band, parameters))
}

#[inline(never)]
fn five(io: &mut Io<'_>, token: Token, band: PriceBand, parameters: &Parameters) -> Result<Position<4, 0>, Error> {
    let mut position = Position::<4, 0>::new(token.amount(io), dollars(io));
    for _ in 0..4 {
        position = position.with_collateral(Collateral::new(token.amount(io), band, parameters)?)?;
    }
    Ok(position)
}

/// Curve (0 linear, 1 stairs, 2 exponential), its time, then decimals, price and buffer.
#[inline(never)]
fn terms(io: &mut Io<'_>) -> Result<(Token, Terms), Error> {
    let (kind, time) = (io.next(), Seconds::new(io.small()));
    let curve = match kind {
        0 => Curve::Linear { duration: time },
        1 => Curve::StairExponential { cut: Decay::from_ratio(Ratio::from_bps_floor(9_900)?)?, step: time },
        _ => Curve::Exponential { decay: Decay::from_half_life_floor(time)? },
    };
    let config = AuctionConfig::new(AuctionParams { curve, ..product_preset()?.auction.params() })?;
    let token = Token::read(io);
    let band = PriceBand::exact(token.price(io)?);
    Ok((token, Terms::freeze(&config, band, bps(io)?, Timestamp::new(0))?))
}

#[inline(never)]
fn lot(io: &mut Io<'_>) -> Result<(Token, Lot), Error> {
    let (token, terms) = terms(io)?;
    Ok((token, Lot::open(terms, token.amount(io), dollars(io))?))
}

group! { (io)
    "Position::is_healthy, 1 collateral" => {
        let (token, band, parameters) = valued(io)?;
        let position = Position::<0, 0>::new(token.amount(io), dollars(io));
        call!(io, (position, parameters, band), |(position, parameters, band)| position.is_healthy(parameters, *band));
    }
    "Position::is_healthy, 5 collaterals" => {
        let (token, band, parameters) = valued(io)?;
        let position = five(io, token, band, &parameters)?;
        call!(io, (position, parameters, band), |(position, parameters, band)| position.is_healthy(parameters, *band));
    }
    "Position::value, 1 collateral" => {
        let (token, band, parameters) = valued(io)?;
        let position = Position::<0, 0>::new(token.amount(io), dollars(io));
        call!(io, (position, parameters, band), |(position, parameters, band)| position.value(parameters, *band));
    }
    "Position::may_borrow, 1 collateral" => {
        let (token, band, parameters) = valued(io)?;
        let position = Position::<0, 0>::new(token.amount(io), dollars(io));
        call!(io, (position, parameters, band, dollars(io)), |(position, parameters, band, more)| {
            position.may_borrow(parameters, *band, *more)
        });
    }
    "Valuation::health_factor_floor" => {
        let value = Valuation { collateral: dollars(io), weighted: dollars(io), debt: dollars(io) };
        call!(io, value, |value| value.health_factor_floor());
    }
    "plan::assess, 1 collateral" => {
        let (token, band, parameters) = valued(io)?;
        let position = Position::<0, 0>::new(token.amount(io), dollars(io));
        let market = Market { parameters, band, impact: bps(io)? };
        call!(io, (product_preset()?.plan, market, position), |(config, market, position)| {
            plan::assess(config, market, position)
        });
    }
    "plan::assess, 5 collaterals" => {
        let (token, band, parameters) = valued(io)?;
        let position = five(io, token, band, &parameters)?;
        let market = Market { parameters, band, impact: bps(io)? };
        call!(io, (product_preset()?.plan, market, position), |(config, market, position)| {
            plan::assess(config, market, position)
        });
    }
    "Plan::partial" => {
        let (token, band, parameters) = valued(io)?;
        let position = Position::<0, 0>::new(token.amount(io), dollars(io));
        let market = Market { parameters, band, impact: bps(io)? };
        if let Assessment::Liquidate(plan) = plan::assess(&product_preset()?.plan, &market, &position)? {
            call!(io, (plan, token.amount(io)), |(plan, permitted)| plan.partial(*permitted));
        }
    }
    "Terms::freeze" => {
        let token = Token::read(io);
        let band = PriceBand::exact(token.price(io)?);
        call!(io, (product_preset()?.auction, band, bps(io)?, NOW), |(config, band, buffer, now)| {
            Terms::freeze(config, *band, *buffer, *now)
        });
    }
    "Terms::price, linear" => {
        let (_, terms) = terms(io)?;
        call!(io, (terms, Timestamp::new(io.small())), |(terms, now)| terms.price(*now));
    }
    "Terms::price, stairs" => {
        let (_, terms) = terms(io)?;
        call!(io, (terms, Timestamp::new(io.small())), |(terms, now)| terms.price(*now));
    }
    "Terms::price, exponential" => {
        let (_, terms) = terms(io)?;
        call!(io, (terms, Timestamp::new(io.small())), |(terms, now)| terms.price(*now));
    }
    "Terms::time_to, stairs" => {
        let (token, terms) = terms(io)?;
        call!(io, (terms, token.price(io)?), |(terms, value)| terms.time_to(*value));
    }
    "Lot::take" => {
        let (token, lot) = lot(io)?;
        call!(io, (lot, token.amount(io), Timestamp::new(io.small())), |(lot, want, now)| {
            lot.take(*want, Price::MAX, *now)
        });
    }
}
