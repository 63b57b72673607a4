//! The inputs of the jobs as words, in the order in which the jobs read them: the fixed ones and random ones.

use opponents::cases::Cases;
use opponents::input::{Auction, Decimals, Ewma, Health, Impact, Plan, Price};

/// What a job takes.
#[derive(Clone, Copy)]
pub enum Kind {
    Health,
    Plan,
    Auction,
    Impact,
    Ewma,
}

/// Names and inputs of the jobs of a type, in the order of `jobs`.
pub fn jobs(name: &str) -> &'static [(&'static str, Kind)] {
    match name {
        "damper_own" => &[("assess", Kind::Plan)],
        _ => &[
            ("health", Kind::Health),
            ("plan", Kind::Plan),
            ("auction", Kind::Auction),
            ("impact", Kind::Impact),
            ("ewma", Kind::Ewma),
        ],
    }
}

fn price(price: Price) -> [u128; 2] {
    [price.mantissa.into(), price.exponent.unsigned_abs().into()]
}

fn decimals(decimals: Decimals) -> [u128; 2] {
    [decimals.base.into(), decimals.quote.into()]
}

fn health(input: &Health) -> Vec<u128> {
    let ([mantissa, exponent], [base, quote]) = (price(input.price), decimals(input.decimals));
    vec![input.collateral, input.debt, mantissa, exponent, base, quote, input.threshold_bps.into()]
}

fn plan(input: &Plan) -> Vec<u128> {
    let mut words = health(&input.position);
    words.extend([u128::from(input.close_factor_bps), u128::from(input.cap)]);
    words.extend([input.least_bonus_bps, input.most_bonus_bps].map(u128::from));
    words
}

fn auction(input: &Auction) -> Vec<u128> {
    let ([mantissa, exponent], [base, quote]) = (price(input.start), decimals(input.decimals));
    vec![mantissa, exponent, base, quote, input.cut_bps.into(), input.step.into(), input.elapsed.into()]
}

fn impact(input: &Impact) -> Vec<u128> {
    vec![input.reserve, input.sold]
}

fn ewma(input: &Ewma) -> Vec<u128> {
    let mut words = vec![input.sigma.into()];
    words.extend(price(input.before));
    words.extend(price(input.after));
    words.extend(decimals(input.decimals));
    words.extend([input.weight_wad, input.elapsed, input.periods.into(), input.half_life].map(u128::from));
    words
}

impl Kind {
    /// The inputs on which costs are counted.
    pub fn fixed(self, cases: &Cases) -> Vec<Vec<u128>> {
        match self {
            Kind::Health => cases.health.iter().map(health).collect(),
            Kind::Plan => cases.plan.iter().map(plan).collect(),
            Kind::Auction => cases.auction.iter().map(auction).collect(),
            Kind::Impact => cases.impact.iter().map(impact).collect(),
            Kind::Ewma => cases.ewma.iter().map(ewma).collect(),
        }
    }

    /// One of them with its amounts, prices and parameters changed, sometimes beyond what the types hold.
    pub fn random(self, cases: &Cases, random: &mut Random) -> Vec<u128> {
        let at = random.below(8);
        match self {
            Kind::Health => health(&random.health(cases.health[at])),
            Kind::Plan => {
                let input = cases.plan[at];
                plan(&Plan {
                    position: random.health(input.position),
                    close_factor_bps: random.below(10_001) as u16,
                    cap: random.next() >> (24 + random.below(40)),
                    least_bonus_bps: random.below(400) as u16,
                    most_bonus_bps: 400 + random.below(1_000) as u16,
                })
            }
            Kind::Auction => {
                let input = cases.auction[at];
                auction(&Auction {
                    start: random.price(input.start),
                    cut_bps: 9_000 + random.below(1_000) as u16,
                    elapsed: random.below(20_000) as u64,
                    ..input
                })
            }
            Kind::Impact => {
                let input = cases.impact[at];
                impact(&Impact { reserve: random.near(input.reserve), sold: random.near(input.sold) })
            }
            Kind::Ewma => {
                let input = cases.ewma[at];
                let before = random.price(input.before);
                let moved = 900_000 + random.below(200_000) as u64;
                let after = Price { mantissa: before.mantissa / 1_000_000 * moved + 1, ..before };
                ewma(&Ewma { sigma: random.below(1 << 17) as u32, before, after, ..input })
            }
        }
    }
}

/// xorshift64*, so that every run has the same inputs.
pub struct Random(u64);

impl Random {
    pub fn new() -> Random {
        Random(0x9e37_79b9_7f4a_7c15)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, bound: u64) -> usize {
        (self.next() % bound) as usize
    }

    /// Shifted by up to 8 bits either way, and its low bits changed.
    fn near(&mut self, number: u128) -> u128 {
        let shift = self.below(17);
        ((number << shift) >> 8) ^ u128::from(self.next() >> 40)
    }

    fn price(&mut self, price: Price) -> Price {
        let mantissa = self.near(price.mantissa.into());
        Price { mantissa: u64::try_from(mantissa).unwrap_or(u64::MAX).max(1_000_000), ..price }
    }

    /// With a debt of 40 % to 140 % of what it was in relation to the collateral.
    fn health(&mut self, input: Health) -> Health {
        let price = self.price(input.price);
        let collateral = self.near(input.collateral);
        let (base, quote) = (input.decimals.base, input.decimals.quote);
        let value = collateral / 10_u128.pow(base - quote) * u128::from(price.mantissa) / 100_000_000;
        let debt = value / 1_000 * (400 + self.below(1_000) as u128) + u128::from(self.next() >> 50);
        Health { collateral, debt, price, threshold_bps: 5_000 + self.below(4_500) as u16, ..input }
    }
}
