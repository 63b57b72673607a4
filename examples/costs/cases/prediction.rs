//! The exposure map, its reporters, and the prediction of cascades on it.

use super::scene::{Token, bps, dollars, grid, keep, ladder, product_preset};
use super::{Io, Words};
use damper::Error;
use damper::book::{Book, Shape, Snapshot};
use damper::cascade::{Cascade, Critical, Exhausted, Forecast, Outcome, Stop};
use damper::exposure::{
    Bucket, ExposureMap, Merged, PriceGrid, Report, Reporter, merge, trigger_price_ceil, worst_case,
};
use damper::health::Position;
use damper::price::Price;
use damper::ratio::Ratio;
use damper::units::{Amount, Seconds, Timestamp};

const K: usize = 16;
const REPORTERS: usize = 2;
const AGE: Seconds = Seconds::new(60);
const NOW: Timestamp = Timestamp::new(120);

impl Words for ExposureMap<K> {
    fn put(&self, io: &mut Io<'_>) {
        self.due().put(io);
        for amount in self.buckets() {
            amount.put(io);
        }
        self.rest().put(io);
    }
}

impl Words for Bucket {
    fn put(&self, io: &mut Io<'_>) {
        self.price.put(io);
        self.amount.put(io);
    }
}

impl Words for Reporter<K> {
    fn put(&self, io: &mut Io<'_>) {
        self.registered().put(io);
        self.worst().put(io);
    }
}

impl Words for Merged<K> {
    fn put(&self, io: &mut Io<'_>) {
        self.map.put(io);
        self.silent.put(io);
    }
}

impl Words for Critical {
    fn put(&self, io: &mut Io<'_>) {
        self.exogenous.put(io);
        self.fall.put(io);
    }
}

impl Words for Stop {
    fn put(&self, io: &mut Io<'_>) {
        self.above.put(io);
        self.within.put(io);
        self.amount.put(io);
    }
}

impl Words for Outcome {
    fn put(&self, io: &mut Io<'_>) {
        match self {
            Outcome::Stops(Forecast { price, drawdown, sold, impact, reached, gain, .. }) => {
                io.put(0);
                io.put(*reached as u64);
                price.put(io);
                drawdown.put(io);
                sold.put(io);
                impact.put(io);
                gain.put(io);
            }
            Outcome::Exhausted(Exhausted { last_bid, sold, unsold, .. }) => {
                io.put(1);
                last_bid.put(io);
                sold.put(io);
                unsold.put(io);
            }
        }
    }
}

/// A map of 16 buckets, 2 % apart, the first 2 % below the price.
struct Exposed {
    token: Token,
    depth: Amount,
    top: u128,
    price: Price,
    map: &'static mut ExposureMap<K>,
}

/// Reads decimals, depth, price, and what is in each bucket.
#[inline(never)]
fn exposed(io: &mut Io<'_>) -> Result<Exposed, Error> {
    let token = Token::read(io);
    let (depth, top) = (token.amount(io), io.next());
    let price = token.cents(top)?;
    let step = Ratio::from_bps_floor(9_800)?;
    let map = keep(PriceGrid::geometric(price.scale_floor(step)?, step).map(ExposureMap::new))?;
    let size = token.amount(io);
    let prices = *map.grid().prices();
    for price in prices {
        *map = map.add(price, size)?;
    }
    Ok(Exposed { token, depth, top, price, map })
}

/// Half of the reporters fresh, the other half stale; each written where there is room, an array being too large for a frame.
#[inline(never)]
fn reporters(map: &ExposureMap<K>) -> Result<&'static mut [Reporter<K>; REPORTERS], Error> {
    let place: *mut [Reporter<K>; REPORTERS] = crate::place(size_of::<[Reporter<K>; REPORTERS]>()).cast();
    for at in 0..REPORTERS {
        // SAFETY: within the room of the array.
        reporter(map, at as u64 % 2 * 100, unsafe { place.cast::<Reporter<K>>().add(at) })?;
    }
    // SAFETY: all of it was written, and the room is used once.
    Ok(unsafe { &mut *place })
}

#[inline(never)]
fn reporter(map: &ExposureMap<K>, at: u64, place: *mut Reporter<K>) -> Result<(), Error> {
    let source_time = Timestamp::new(at);
    let report = keep(Ok(Report { source_time, map: *map }))?;
    // SAFETY: the caller gives room for one.
    unsafe { place.write(Reporter::new(*map.grid(), map.total()).report(report, AGE, source_time)?.0) };
    Ok(())
}

#[inline(never)]
fn pool(exposed: &Exposed) -> Result<Book<1>, Error> {
    Shape::ConstantProduct.measure_floor(&Snapshot::ConstantProduct { reserve: exposed.depth })
}

#[inline(never)]
fn bids(exposed: &Exposed) -> Result<Book<8>, Error> {
    let levels = ladder(exposed.token, exposed.depth, exposed.top)?;
    grid()?.measure_floor(&Snapshot::Ladder { reference: exposed.price, levels: &levels })
}

#[inline(never)]
fn predict<const N: usize, R: Words>(
    io: &mut Io<'_>,
    exposed: &Exposed,
    book: Book<N>,
    function: impl Fn(&Cascade<'_, K, N>, Price) -> R,
) -> Result<(), Error> {
    let exogenous = exposed.token.price(io)?;
    call!(io, (*exposed.map, book, exposed.price, exogenous), |(map, book, price, exogenous)| {
        function(&Cascade { map, book, price: *price }, *exogenous)
    });
    Ok(())
}

group! { (io)
    "trigger_price_ceil" => {
        let token = Token::read(io);
        call!(io, (token.amount(io), dollars(io), bps(io)?), |(collateral, debt, threshold)| {
            trigger_price_ceil(*collateral, *debt, *threshold)
        });
    }
    "Position::trigger_price_ceil" => {
        let token = Token::read(io);
        let position = Position::<0, 0>::new(token.amount(io), dollars(io));
        call!(io, (position, product_preset()?.schedule.params().calm), |(position, parameters)| {
            position.trigger_price_ceil(parameters)
        });
    }
    "ExposureMap::add, 16 buckets" => {
        let exposed = exposed(io)?;
        call!(io, (*exposed.map, exposed.token.price(io)?, exposed.token.amount(io)), |(map, trigger, amount)| {
            map.add(*trigger, *amount)
        });
    }
    "ExposureMap::remove, 16 buckets" => {
        let exposed = exposed(io)?;
        call!(io, (*exposed.map, exposed.token.price(io)?, exposed.token.amount(io)), |(map, trigger, amount)| {
            map.remove(*trigger, *amount)
        });
    }
    "ExposureMap::plus, 16 buckets" => {
        let exposed = exposed(io)?;
        call!(io, (*exposed.map, *exposed.map), |(map, other)| map.plus(other));
    }
    "ExposureMap::sold_ceil, 16 buckets" => {
        let exposed = exposed(io)?;
        call!(io, (*exposed.map, exposed.token.price(io)?), |(map, price)| map.sold_ceil(*price));
    }
    "ExposureMap::largest, 16 buckets" => {
        let exposed = exposed(io)?;
        call!(io, *exposed.map, |map| map.largest());
    }
    "Reporter::report, 16 buckets" => {
        let exposed = exposed(io)?;
        let reporter = Reporter::new(*exposed.map.grid(), exposed.token.amount(io));
        let report = Report { source_time: Timestamp::new(100), map: *exposed.map };
        call!(io, (reporter, report), |(reporter, report)| reporter.report(report, AGE, NOW));
    }
    "exposure::merge, 16 buckets, 2 reporters" => {
        let exposed = exposed(io)?;
        let others = reporters(exposed.map)?;
        call!(io, (&*exposed.map, &*others), |(own, others)| merge(own, others, AGE, NOW));
    }
    "exposure::worst_case, 16 buckets, 2 reporters" => {
        let exposed = exposed(io)?;
        let others = reporters(exposed.map)?;
        call!(io, (&*exposed.map, &*others), |(own, others)| worst_case(own, others));
    }
    "Cascade::forecast_at, 16 buckets, constant product" => {
        let exposed = exposed(io)?;
        predict(io, &exposed, pool(&exposed)?, |cascade, exogenous| cascade.forecast_at(exogenous))?;
    }
    "Cascade::forecast_at, 16 buckets, grid of 8" => {
        let exposed = exposed(io)?;
        predict(io, &exposed, bids(&exposed)?, |cascade, exogenous| cascade.forecast_at(exogenous))?;
    }
    "Cascade::gain_ceil, 16 buckets" => {
        let exposed = exposed(io)?;
        predict(io, &exposed, pool(&exposed)?, |cascade, _| cascade.gain_ceil(15))?;
    }
    "Cascade::runs_on, 16 buckets" => {
        let exposed = exposed(io)?;
        predict(io, &exposed, pool(&exposed)?, |cascade, _| cascade.runs_on(15))?;
    }
    "Cascade::critical, 16 buckets" => {
        let exposed = exposed(io)?;
        let limit = bps(io)?;
        predict(io, &exposed, pool(&exposed)?, |cascade, _| cascade.critical(limit))?;
    }
    "Cascade::runaway, 16 buckets" => {
        let exposed = exposed(io)?;
        predict(io, &exposed, pool(&exposed)?, |cascade, _| cascade.runaway())?;
    }
    "Cascade::stop_at, 16 buckets" => {
        let exposed = exposed(io)?;
        predict(io, &exposed, pool(&exposed)?, |cascade, exogenous| cascade.stop_at(exogenous, 15))?;
    }
    "Cascade::cheapest_stop, 16 buckets" => {
        let exposed = exposed(io)?;
        predict(io, &exposed, pool(&exposed)?, |cascade, exogenous| cascade.cheapest_stop(exogenous, 15))?;
    }
}
