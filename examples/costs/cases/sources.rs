//! Many price sources into one observation.

use super::Io;
use super::scene::{NOW, Token, bps, product_preset};
use super::words::Words;
use damper::Error;
use damper::oracle::{OracleConfig, PriceObservation};
use damper::sources::{Emission, Outcome, Source, SourcesConfig, SourcesParams, SourcesState, Standing};
use damper::units::{Seconds, Timestamp};

impl<const S: usize> Words for SourcesConfig<S> {
    fn put(&self, io: &mut Io<'_>) {
        self.params().max_width.put(io);
    }
}

impl<const S: usize> Words for SourcesState<S> {
    fn put(&self, io: &mut Io<'_>) {
        self.at().put(io);
        self.emitted().map(|emitted| (emitted.source_time, emitted.band)).put(io);
    }
}

impl<const S: usize> Words for Outcome<S> {
    fn put(&self, io: &mut Io<'_>) {
        for verdict in &self.verdicts {
            let standing = match verdict.standing {
                Standing::Used => 0_u64,
                Standing::Divergent => 1,
                Standing::Stale => 2,
                Standing::Absent => 3,
            };
            (standing, verdict.refused.map(|error| u64::from(error.code()))).put(io);
        }
        let aggregate = self.aggregate.map(|aggregate| {
            let new = aggregate.emission == Emission::New;
            ((aggregate.observation.band, aggregate.band), (aggregate.centre, new))
        });
        (aggregate, self.quality).put(io);
    }
}

/// Push feeds of 0.5 % and an hour, confidence up to 0.1 % either side; the most that may lie.
fn params<const S: usize>() -> Result<SourcesParams<S>, Error> {
    let percent = damper::ratio::Ratio::from_bps_floor;
    let source = Source { limits: OracleConfig::new(Seconds::new(3_600), percent(20)?)?, update_band: percent(50)? };
    let faulty = (S as u8 - 1) / 2;
    let (divergence, max_width) = (percent(200)?, percent(300)?);
    Ok(SourcesParams { sources: [source; S], faulty, quorum: 2 * faulty + 1, divergence, max_width })
}

/// A report of each source, the low side in cents and the time, zero for none.
#[inline(never)]
fn reports<const S: usize>(io: &mut Io<'_>, token: Token) -> Result<[Option<PriceObservation>; S], Error> {
    let mut reports = [None; S];
    for report in &mut reports {
        let at = io.small();
        let seen = token.seen(io, at)?;
        *report = if at == 0 { None } else { Some(seen) };
    }
    Ok(reports)
}

/// After a first round in which all say 200.00.
#[inline(never)]
fn first<const S: usize>(token: Token, config: &SourcesConfig<S>) -> Result<SourcesState<S>, Error> {
    let band = damper::price::PriceBand::exact(token.cents(20_000)?);
    let report = PriceObservation { source_time: Timestamp::new(1), band };
    Ok(config.aggregate(SourcesState::open(Timestamp::new(0)), &[Some(report); S], Timestamp::new(1))?.0)
}

#[inline(never)]
fn aggregate<const S: usize>(io: &mut Io<'_>) -> Result<(), Error> {
    let (token, config) = (Token::read(io), SourcesConfig::<S>::new(params()?)?);
    let (state, reports) = (first(token, &config)?, reports::<S>(io, token)?);
    call!(io, (config, state, reports, NOW), |(config, state, reports, now)| config.aggregate(*state, reports, *now));
    Ok(())
}

group! { (io)
    "SourcesConfig::new, 5 sources" => {
        let params = SourcesParams { max_width: bps(io)?, ..params::<5>()? };
        call!(io, params, |params| SourcesConfig::new(*params));
    }
    "SourcesConfig::fits" => {
        let config = SourcesConfig::<5>::new(params()?)?;
        let oracle = OracleConfig::new(Seconds::new(io.small()), product_preset()?.oracle.max_width())?;
        let wide = OracleConfig::new(oracle.max_age(), config.params().max_width)?;
        call!(io, (config, wide, Seconds::new(io.small())), |(config, oracle, wick)| config.fits(oracle, *wick));
    }
    "SourcesConfig::aggregate, 3 sources" => { aggregate::<3>(io)?; }
    "SourcesConfig::aggregate, 5 sources" => { aggregate::<5>(io)?; }
    "SourcesConfig::aggregate, 7 sources" => { aggregate::<7>(io)?; }
    "SourcesConfig::quality_floor" => {
        let config = SourcesConfig::<5>::new(params()?)?;
        call!(io, (config, io.small() as usize, bps(io)?), |(config, used, width)| config.quality_floor(*used, *width));
    }
    "Aggregate::mid_floor" => {
        let (token, config) = (Token::read(io), SourcesConfig::<3>::new(params()?)?);
        let (state, reports) = (first(token, &config)?, reports::<3>(io, token)?);
        let aggregate = config.aggregate(state, &reports, NOW)?.1.aggregate?;
        call!(io, aggregate, |aggregate| aggregate.mid_floor());
    }
}
