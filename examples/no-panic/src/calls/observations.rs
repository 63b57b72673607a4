use crate::call;

pub(super) fn all<const N: usize, const K: usize, const R: usize, const S: usize>() {
    window();
    oracle();
    sources::<S>();
    book::<N>();
    depth::<N>();
    volatility();
    exposure::<K, R>();
}

fn window() {
    use damper::window::*;
    call(Window::open);
    call(Window::open_band);
    call(Window::observe);
    call(Window::observe_band);
    call(Window::low);
    call(Window::high);
}

fn oracle() {
    use damper::oracle::*;
    call(OracleConfig::new);
    call(OracleConfig::max_age);
    call(OracleConfig::max_width);
    call(OracleConfig::check);
    call(OracleConfig::fresh);
    call(OracleConfig::accept);
}

fn sources<const S: usize>() {
    use damper::sources::*;
    call(SourcesConfig::<S>::new);
    call(SourcesConfig::<S>::params);
    call(SourcesConfig::<S>::fits);
    call(SourcesConfig::<S>::quality_floor);
    call(SourcesConfig::<S>::aggregate);
    call(SourcesConfig::<S>::update);
    call(Aggregate::mid_floor);
    call(SourcesState::<S>::open);
    call(SourcesState::<S>::at);
    call(SourcesState::<S>::emitted);
    call(SourcesState::<S>::last);
    call(SourcesState::<S>::write_to);
    call(SourcesState::<S>::read_from);
    call(SourcesConfig::<S>::write_to);
    call(SourcesConfig::<S>::read_from);
}

fn book<const N: usize>() {
    use damper::book::*;
    call(Shape::<N>::check);
    call(Shape::<N>::measure_floor);
    call(Book::<N>::shape);
    call(Book::<N>::quantity);
    call(Book::<N>::scaled_floor);
    call(Book::<N>::impact_ceil);
    call(Book::<N>::capacity_floor);
    call(Book::<N>::missing_ceil);
}

fn depth<const N: usize>() {
    use damper::depth::*;
    call(DepthConfig::<N>::new);
    call(DepthConfig::<N>::shared);
    call(DepthConfig::<N>::params);
    call(DepthConfig::<N>::open);
    call(DepthConfig::<N>::accept);
    call(DepthConfig::<N>::fresh);
    call(DepthConfig::<N>::book);
    call(DepthConfig::<N>::charge_ceil);
    call(DepthConfig::<N>::largest_sale_floor);
    call(Depth::<N>::sell);
    call(Depth::<N>::sold);
    call(Depth::<N>::paid);
    call(Depth::<N>::source_time);
}

fn volatility() {
    use damper::volatility::*;
    call(VolatilityConfig::new);
    call(VolatilityConfig::params);
    call(VolatilityConfig::starting_at);
    call(VolatilityConfig::observe);
    call(VolatilityConfig::sigma_ceil);
    call(Volatility::cold);
    call(Volatility::variance_bits);
}

fn exposure<const K: usize, const R: usize>() {
    use damper::exposure::*;
    call(trigger_price_ceil);
    call(PriceGrid::<K>::new);
    call(PriceGrid::<K>::geometric);
    call(PriceGrid::<K>::prices);
    call(PriceGrid::<K>::end);
    call(ExposureMap::<K>::new);
    call(ExposureMap::<K>::add);
    call(ExposureMap::<K>::remove);
    call(ExposureMap::<K>::add_due);
    call(ExposureMap::<K>::remove_due);
    call(ExposureMap::<K>::plus);
    call(ExposureMap::<K>::sold_ceil);
    call(ExposureMap::<K>::total);
    call(ExposureMap::<K>::due);
    call(ExposureMap::<K>::buckets);
    call(ExposureMap::<K>::rest);
    call(ExposureMap::<K>::grid);
    call(ExposureMap::<K>::largest);
    call(Reporter::<K>::new);
    call(Reporter::<K>::register);
    call(Reporter::<K>::report);
    call(Reporter::<K>::counted);
    call(Reporter::<K>::is_fresh);
    call(Reporter::<K>::registered);
    call(Reporter::<K>::worst);
    call(merge::<K, R>);
    call(worst_case::<K, R>);
    call(ExposureMap::<K>::write_to);
    call(ExposureMap::<K>::read_from);
    call(Reporter::<K>::write_to);
    call(Reporter::<K>::read_from);
}
