//! A table of `time,price` rows. It is parsed once; what is refused names its line.

/// Prices are kept in units of 10^-12.
pub(crate) const DECIMALS: usize = 12;
/// Prices are below this many whole units of the quote.
const LARGEST: u128 = 1_000_000_000_000;
/// A later price is within this factor of the first, so that one tick serves the whole table.
const WIDEST: u128 = 1_000_000;

/// One row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    /// Unix seconds.
    pub(crate) time: u64,
    /// Price in units of 10^-12.
    pub(crate) price: u128,
}

/// A parsed table: at least two rows, time rising strictly, prices positive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Prices {
    /// The comment lines, without their `#`.
    pub(crate) notes: Vec<String>,
    /// The rows.
    pub(crate) rows: Vec<Row>,
}

/// A refused table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Malformed {
    /// The line, counted from one.
    pub(crate) line: u64,
    /// What is wrong with it.
    pub(crate) fault: Fault,
}

/// What is wrong with a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Not two columns.
    Columns(usize),
    /// A time in none of the three forms.
    Time(String),
    /// A time not after that of the row before.
    TimeNotRising,
    /// A price that is no plain decimal.
    NotANumber(String),
    /// A price of zero or below.
    NotPositive(String),
    /// A price with digits beyond the twelfth decimal.
    TooFine(String),
    /// A price of 10^12 or more, or more than a million times above or below the first.
    OutOfRange(String),
    /// Fewer than two rows.
    TooFewRows(usize),
    /// Not readable as comma-separated text.
    Text(String),
}

impl std::fmt::Display for Malformed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "line {}: ", self.line)?;
        match &self.fault {
            Fault::Columns(found) => write!(f, "{found} column(s), expected two: time,price"),
            Fault::Time(text) => {
                write!(f, "time `{text}` is no RFC 3339 time, date, or count of Unix seconds from 1970")
            }
            Fault::TimeNotRising => write!(f, "time is not after that of the row before"),
            Fault::NotANumber(text) => write!(f, "price `{text}` is not a plain decimal number"),
            Fault::NotPositive(text) => write!(f, "price `{text}` is not positive"),
            Fault::TooFine(text) => write!(f, "price `{text}` has more than {DECIMALS} decimals"),
            Fault::OutOfRange(text) => {
                write!(f, "price `{text}` is 10^12 or more, or a million times above or below the first")
            }
            Fault::TooFewRows(found) => write!(f, "{found} row(s) of prices, expected at least two"),
            Fault::Text(text) => write!(f, "{text}"),
        }
    }
}

impl std::error::Error for Malformed {}

/// Parses the bytes of a file.
pub(crate) fn parse_bytes(bytes: &[u8]) -> Result<Prices, Malformed> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let readable = bytes.iter().take(error.valid_up_to());
        let line = (1..).nth(readable.filter(|byte| **byte == b'\n').count()).unwrap_or(1);
        Malformed { line, fault: Fault::Text("the text is not UTF-8".into()) }
    })?;
    parse(text)
}

/// Parses a table. Lines that start with `#` are notes, empty lines are skipped; a first row `time,price` is a header.
pub(crate) fn parse(text: &str) -> Result<Prices, Malformed> {
    let (mut notes, mut rows) = (Vec::new(), Vec::<Row>::new());
    let (mut line, mut header_may_come) = (0, true);
    for content in text.trim_start_matches('\u{feff}').lines() {
        line += 1;
        let content = content.trim();
        if let Some(note) = content.strip_prefix('#') {
            notes.push(note.trim().to_string());
            continue;
        }
        if content.is_empty() {
            continue;
        }
        let refused = |fault| Malformed { line, fault };
        let cells = cells(content).map_err(refused)?;
        if header_may_come
            && matches!(cells.as_slice(), [time, price] if time.eq_ignore_ascii_case("time") && price.eq_ignore_ascii_case("price"))
        {
            header_may_come = false;
            continue;
        }
        header_may_come = false;
        let row = row(&cells, rows.first()).map_err(refused)?;
        if rows.last().is_some_and(|before| before.time >= row.time) {
            return Err(refused(Fault::TimeNotRising));
        }
        rows.push(row);
    }
    if rows.len() < 2 {
        return Err(Malformed { line: line.max(1), fault: Fault::TooFewRows(rows.len()) });
    }
    Ok(Prices { notes, rows })
}

/// The cells of one line. A row is a line: read one by one, each fault has its line.
fn cells(line: &str) -> Result<Vec<String>, Fault> {
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).quoting(false).trim(csv::Trim::All).from_reader(line.as_bytes());
    match reader.records().next() {
        Some(Ok(record)) => Ok(record.iter().map(String::from).collect()),
        Some(Err(error)) => Err(Fault::Text(error.to_string())),
        None => Ok(Vec::new()),
    }
}

fn row(cells: &[String], first: Option<&Row>) -> Result<Row, Fault> {
    let [time, text] = cells else { return Err(Fault::Columns(cells.len())) };
    let (time, price) = (seconds(time)?, decimal(text)?);
    let within = |first: &Row| price <= first.price * WIDEST && price >= first.price.div_ceil(WIDEST);
    if price >= LARGEST * 10_u128.pow(12) || first.is_some_and(|first| !within(first)) {
        return Err(Fault::OutOfRange(text.to_string()));
    }
    Ok(Row { time, price })
}

/// Unix seconds, an RFC 3339 time, or a date (its midnight in UTC).
fn seconds(text: &str) -> Result<u64, Fault> {
    let bad = || Fault::Time(text.to_string());
    let timestamp = if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        text.parse().ok().and_then(|seconds| jiff::Timestamp::from_second(seconds).ok())
    } else if let Ok(timestamp) = text.parse::<jiff::Timestamp>() {
        Some(timestamp)
    } else {
        // A time of day without an offset would parse as its date.
        let date = text.parse::<jiff::civil::Date>().ok();
        date.filter(|date| date.to_string() == text)
            .and_then(|date| date.to_zoned(jiff::tz::TimeZone::UTC).ok())
            .map(|zoned| zoned.timestamp())
    };
    u64::try_from(timestamp.ok_or_else(bad)?.as_second()).map_err(|_| bad())
}

/// A positive plain decimal in units of 10^-12.
fn decimal(text: &str) -> Result<u128, Fault> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let plain = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
    if whole.len() + part.len() == 0 || !plain(whole) || !plain(part) {
        return Err(Fault::NotANumber(text.to_string()));
    }
    let zero = |digits: &str| digits.bytes().all(|byte| byte == b'0');
    if negative || (zero(whole) && zero(part)) {
        return Err(Fault::NotPositive(text.to_string()));
    }
    let (kept, beyond) = part.split_at(part.len().min(DECIMALS));
    if !zero(beyond) {
        return Err(Fault::TooFine(text.to_string()));
    }
    format!("{whole}{kept:0<DECIMALS$}").parse().map_err(|_| Fault::OutOfRange(text.to_string()))
}
