//! What is given on the command line, and its forms: `14%`, `24h`, `2%=40000`, decimals.

use clap::Parser;
use damper::history::Fall;
use damper::units::Seconds;
use std::path::PathBuf;

/// From a price history and what is known of a market to a configuration, what it promises and what it may cost.
#[derive(Parser)]
#[command(name = "calibrate")]
pub(crate) struct Arguments {
    /// Prices: rows of `time,price`, time as RFC 3339, date or Unix seconds, `#` for comments. Default: ETH, March 2020.
    #[arg(long, value_name = "FILE")]
    pub(crate) prices: Option<PathBuf>,
    /// Reserves of a constant-product pool, in the same form, whole base units; their median is an ordinary day's depth, the
    /// median over the least is the collapse.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["depth_within", "pool"])]
    pub(crate) depth: Option<PathBuf>,
    /// Depth of a book: so many whole base units within this distance of the price; may be given several times. Default:
    /// 2%=40000, an assumption.
    #[arg(long, value_name = "PART=AMOUNT", value_parser = depth_point, conflicts_with = "pool")]
    pub(crate) depth_within: Vec<(f64, Decimal)>,
    /// Reserve of a constant-product pool, whole base units.
    #[arg(long, value_name = "AMOUNT", value_parser = decimal)]
    pub(crate) pool: Option<Decimal>,
    /// The price when the crash begins, whole quote per whole base units. Default: the last of the prices.
    #[arg(long, value_name = "PRICE", value_parser = decimal)]
    pub(crate) price: Option<Decimal>,
    /// Decimals of the base and of the quote asset.
    #[arg(long, value_name = "BASE,QUOTE", value_parser = both_decimals, default_value = "18,6")]
    pub(crate) decimals: (u32, u32),
    /// What a keeper's transaction costs when it costs most, whole quote units.
    #[arg(long, value_name = "AMOUNT", value_parser = decimal, default_value = "20")]
    pub(crate) gas: Decimal,
    /// The largest fall that the ledger may count when the crash begins: 0% if the guard is opened or re-anchored there.
    #[arg(long, value_name = "PART", value_parser = part, default_value = "100%")]
    pub(crate) earlier: f64,
    /// Debt, all of it taken to be at the liquidation threshold when the crash begins, or to reach it later, whole quote units.
    #[arg(long, value_name = "AMOUNT", value_parser = decimal, default_value = "5000000")]
    pub(crate) debt: Decimal,
    /// Bad debt that is tolerated, whole quote units.
    #[arg(long, value_name = "AMOUNT", value_parser = decimal, default_value = "1000000")]
    pub(crate) bad_debt: Decimal,
    /// The liquidation threshold. Default: the highest whose bad debt is tolerated.
    #[arg(long, value_name = "PART", value_parser = part)]
    pub(crate) threshold: Option<f64>,
    /// The worst falls known instead of those of the prices: `1h=14%,24h=43%`.
    #[arg(long, value_name = "TIME=PART,...", value_delimiter = ',', value_parser = fall)]
    pub(crate) falls: Vec<Fall>,
    /// By how many times depth falls in the worst hours. Default: that of `--depth`, or 4.
    #[arg(long, value_name = "TIMES", value_parser = number)]
    pub(crate) collapse: Option<f64>,
    /// Largest relative distance of an observed price from the true one.
    #[arg(long, value_name = "PART", value_parser = part, default_value = "0.2%")]
    pub(crate) noise: f64,
    /// Longest interval between two updates.
    #[arg(long, value_name = "TIME", value_parser = time, default_value = "60s")]
    pub(crate) heartbeat: Seconds,
    /// Time in which a lot is offered, taken and settled.
    #[arg(long, value_name = "TIME", value_parser = time, default_value = "10m")]
    pub(crate) round: Seconds,
    /// How long the breaker stops kicks and takes.
    #[arg(long, value_name = "TIME", value_parser = time, default_value = "0s")]
    pub(crate) halt: Seconds,
    /// Own sales multiply a fall that others made, of the log-price, by at most so much.
    #[arg(long, value_name = "TIMES", value_parser = number, default_value = "1.5")]
    pub(crate) amplification: f64,
    /// The fall that own sales may make in a market that stands still; and the same, added by each day.
    #[arg(long, value_name = "PART", value_parser = part, default_value = "2%")]
    pub(crate) unexplained: f64,
    /// See `--unexplained`.
    #[arg(long, value_name = "PART", value_parser = part, default_value = "2%")]
    pub(crate) unexplained_daily: f64,
    /// Part of the depth shown that is not believed.
    #[arg(long, value_name = "PART", value_parser = part, default_value = "50%")]
    pub(crate) haircut: f64,
    /// Liquidation bonus of calm and of stressed days.
    #[arg(long, value_name = "CALM,STRESSED", value_parser = bonuses, default_value = "5%,8%")]
    pub(crate) bonus: [f64; 2],
    /// What takers pay beyond the debt, to pay keepers from.
    #[arg(long, value_name = "PART", value_parser = part, default_value = "2%")]
    pub(crate) penalty: f64,
    /// Volatility of an ordinary day. Default: that which the prices kept to for half of the time.
    #[arg(long, value_name = "PART", value_parser = part)]
    pub(crate) calm_volatility: Option<f64>,
    /// Volatility of the worst days. Default: that which the prices kept to for 99 % of the time.
    #[arg(long, value_name = "PART", value_parser = part)]
    pub(crate) stressed_volatility: Option<f64>,
    /// Time in which half of a volatility is forgotten. Default: what foretells the prices best.
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(crate) half_life: Option<Seconds>,
    /// Writes the trade-off of threshold and bad debt to this file.
    #[arg(long, value_name = "FILE")]
    pub(crate) csv: Option<PathBuf>,
    /// Where the charts are written.
    #[arg(long, value_name = "DIR", default_value = "target/calibrate")]
    pub(crate) out: PathBuf,
}

/// A plain decimal: `digits * 10^-decimals`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Decimal {
    pub(crate) digits: u128,
    pub(crate) decimals: u32,
}

impl Decimal {
    /// In units of `10^-decimals`, rounded down; `None` beyond the type.
    pub(crate) fn atoms(self, decimals: u32) -> Option<u128> {
        match decimals.checked_sub(self.decimals) {
            Some(more) => self.digits.checked_mul(10_u128.checked_pow(more)?),
            None => Some(self.digits / 10_u128.checked_pow(self.decimals - decimals)?),
        }
    }
}

pub(crate) fn decimal(text: &str) -> Result<Decimal, String> {
    let (whole, rest) = text.split_once('.').unwrap_or((text, ""));
    let digits = format!("{whole}{rest}");
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    match (plain, digits.parse(), u32::try_from(rest.len())) {
        (true, Ok(digits), Ok(decimals)) if decimals < 38 => Ok(Decimal { digits, decimals }),
        _ => Err("not a plain decimal number of at most 38 digits".to_string()),
    }
}

/// A finite number.
fn number(text: &str) -> Result<f64, String> {
    let number: f64 = text.trim().parse().map_err(|_| "not a number".to_string())?;
    if number.is_finite() { Ok(number) } else { Err("not a finite number".to_string()) }
}

/// `14%` or `0.14`.
fn part(text: &str) -> Result<f64, String> {
    match text.trim().strip_suffix('%') {
        Some(percent) => Ok(number(percent)? / 100.0),
        None => number(text),
    }
}

/// `90s`, `15m`, `1h`, `7d`, or seconds.
fn time(text: &str) -> Result<Seconds, String> {
    let text = text.trim();
    let units = [("s", 1_u64), ("m", 60), ("h", 3_600), ("d", 86_400)];
    let unit = units.iter().find_map(|(unit, seconds)| Some((text.strip_suffix(unit)?, *seconds)));
    let (count, seconds) = unit.unwrap_or((text, 1));
    let count = count.parse::<u64>().ok().and_then(|count| count.checked_mul(seconds));
    count.map(Seconds::new).ok_or_else(|| "not a time such as 90s, 15m, 1h or 7d".to_string())
}

fn pair(text: &str) -> Result<(&str, &str), String> {
    text.split_once('=').ok_or_else(|| "no `=`".to_string())
}

fn fall(text: &str) -> Result<Fall, String> {
    let (within, fall) = pair(text)?;
    Ok(Fall { within: time(within)?, fall: part(fall)? })
}

fn depth_point(text: &str) -> Result<(f64, Decimal), String> {
    let (distance, amount) = pair(text)?;
    let distance = part(distance)?;
    if !(distance > 0.0 && distance < 1.0) {
        return Err("a distance is above 0 % and below 100 %".to_string());
    }
    Ok((distance, decimal(amount)?))
}

fn both_decimals(text: &str) -> Result<(u32, u32), String> {
    let both = text.split_once(',').and_then(|(base, quote)| Some((base.parse().ok()?, quote.parse().ok()?)));
    both.filter(|&(base, quote)| base <= 30 && quote <= 30).ok_or_else(|| "not two numbers up to 30: 18,6".to_string())
}

fn bonuses(text: &str) -> Result<[f64; 2], String> {
    let (calm, stressed) = text.split_once(',').ok_or_else(|| "not two parts: 5%,8%".to_string())?;
    Ok([part(calm)?, part(stressed)?])
}
