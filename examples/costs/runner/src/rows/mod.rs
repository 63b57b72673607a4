//! What is measured, with which inputs. The first set of each row is the typical one.

mod ahead;
mod appetite;
mod clearing;
mod coordination;
mod decisions;
mod hedging;
mod keepers;
mod numbers;
mod prediction;
mod sources;
mod whole;

/// One set of inputs.
pub struct Set {
    pub label: &'static str,
    pub inputs: Vec<u128>,
    /// How the result must begin: 0 for `Ok`, then what the case says.
    pub expect: Vec<u64>,
}

/// One line of the table.
pub struct Row {
    pub name: &'static str,
    /// Distinguishes rows of one case.
    pub note: &'static str,
    pub goal: Option<u64>,
    pub sets: Vec<Set>,
}

/// Tokens of 9 decimals, a constant product of 50,000, a price of 200 that fell to 188: what fits 64 bits.
const SMALL: [u128; 6] = [9, 50_000, 20_000, 18_800, 0, 0];
/// The same with 18 decimals and 50,000,000 tokens.
const WIDE: [u128; 6] = [18, 50_000_000, 20_000, 18_800, 0, 0];
/// A ladder of 20 bids of 500, the small token.
const LADDER: [u128; 6] = [9, 200_000, 20_000, 18_800, 0, 0];
/// A ladder of 20 bids of 500,000, the large token.
const WIDE_LADDER: [u128; 6] = [18, 200_000_000, 20_000, 18_800, 0, 0];

fn set(label: &'static str, inputs: &[&[u128]], expect: &[u64]) -> Set {
    Set { label, inputs: inputs.concat(), expect: expect.to_vec() }
}

/// The same scene after a sale of some tokens at market.
fn sold(scene: [u128; 6], tokens: u128) -> [u128; 6] {
    let [decimals, depth, top, low, width, _] = scene;
    [decimals, depth, top, low, width, tokens]
}

/// The same scene with another price after the fall.
fn fell(scene: [u128; 6], low: u128, width: u128) -> [u128; 6] {
    let [decimals, depth, top, _, _, sold] = scene;
    [decimals, depth, top, low, width, sold]
}

fn row(name: &'static str, sets: Vec<Set>) -> Row {
    Row { name, note: "", goal: None, sets }
}

fn goal(name: &'static str, note: &'static str, goal: u64, sets: Vec<Set>) -> Row {
    Row { name, note, goal: Some(goal), sets }
}

pub fn rows() -> Vec<Row> {
    let all = [
        library(),
        numbers::rows(),
        observations(),
        sources::rows(),
        budgets(),
        decisions::rows(),
        keepers::rows(),
        hedging::rows(),
        clearing::rows(),
        prediction::rows(),
        coordination::rows(),
        appetite::rows(),
        whole::rows(),
        ahead::rows(),
    ];
    all.into_iter().flatten().collect()
}

fn library() -> Vec<Row> {
    let (small, large) = (1_000_000_007_u128, 1_000_000_000_000_000_003_u128);
    let division = || {
        vec![
            set("40 bits by 30", &[&[1 << 40, small]], &[]),
            set("90 bits by 30", &[&[1 << 90, small]], &[]),
            set("110 bits by 60", &[&[1 << 110, large]], &[]),
            set("127 bits by 60", &[&[(1 << 127) - 1, large]], &[]),
            set("127 bits by 120", &[&[(1 << 127) - 1, (1 << 120) - 3]], &[]),
            set("127 bits by 127", &[&[(1 << 127) - 1, (1 << 126) + 1]], &[]),
        ]
    };
    vec![
        row("u64 * u64 as u128", vec![set("60 and 60 bits", &[&[large, large]], &[])]),
        row("u128 * u128", vec![set("60 and 60 bits", &[&[large, large]], &[])]),
        row("u128 / u128", division()),
        row("u128 / u128 and u128 % u128", division()),
        row("u128 >> u32", vec![set("by 48", &[&[large, 48]], &[]), set("by 100", &[&[large, 100]], &[])]),
        row("u128::leading_zeros", vec![set("60 bits", &[&[large]], &[])]),
        row("u128::trailing_zeros", vec![set("of 2^40", &[&[1 << 40]], &[]), set("of 2^100", &[&[1 << 100]], &[])]),
    ]
}

fn observations() -> Vec<Row> {
    vec![
        row(
            "Shape::measure_floor, ladder of 20, grid of 8",
            vec![
                set("9 decimals", &[&[9, 200_000, 20_000]], &[0]),
                set("18 decimals", &[&[18, 200_000_000, 20_000]], &[0]),
            ],
        ),
        row(
            "DepthConfig::accept, constant product",
            vec![
                set("64 bits", &[&SMALL], &[0]),
                set("wider", &[&WIDE], &[0]),
                set("64 bits, after a sale", &[&sold(SMALL, 50)], &[0]),
            ],
        ),
        row(
            "DepthConfig::accept, ladder of 20, grid of 8",
            vec![set("64 bits", &[&LADDER], &[0]), set("wider", &[&WIDE_LADDER], &[0])],
        ),
        row(
            "OracleConfig::accept",
            vec![
                set("no width", &[&[9, 20_000, 0, 19_900, 0]], &[0]),
                set("a width of 1 %", &[&[9, 20_000, 200, 19_900, 199]], &[0]),
            ],
        ),
        row(
            "Window::observe",
            vec![
                set("within the bucket", &[&[9, 20_000, 19_900, 3_600]], &[0]),
                set("a new bucket", &[&[9, 20_000, 19_900, 60]], &[0]),
            ],
        ),
        row(
            "VolatilityConfig::observe",
            vec![
                set("60 s, falls", &[&[9, 10_000, 20_000, 60, 19_990]], &[0]),
                set("60 s, rises", &[&[9, 100, 20_000, 60, 19_900]], &[0]),
                set("59 s, rises, 20 %", &[&[9, 100, 20_000, 59, 25_000]], &[0]),
                set("65,535 s, rises", &[&[9, 100, 20_000, 65_535, 10_000]], &[0]),
                set("65,535 s, falls", &[&[9, 10_000, 20_000, 65_535, 19_990]], &[0]),
                set("the same second", &[&[9, 10_000, 20_000, 0, 19_990]], &[0]),
            ],
        ),
        row(
            "VolatilityConfig::sigma_ceil",
            vec![set("start at 100 %", &[&[10_000]], &[0]), set("start at 5 %", &[&[500]], &[0])],
        ),
        row(
            "ScheduleConfig::step",
            vec![
                set("10 % a day", &[&[1_000]], &[0]),
                set("stressed", &[&[2_500]], &[0]),
                set("calm", &[&[400]], &[0]),
            ],
        ),
        row(
            "ScheduleConfig::in_force",
            vec![
                set("10 % a day, after an hour", &[&[1_000, 3_600]], &[0]),
                set("stressed, after an hour", &[&[2_500, 3_600]], &[0]),
                set("calm, at the start", &[&[400, 0]], &[0]),
            ],
        ),
        row(
            "BreakerConfig::observe",
            vec![
                set("nothing trips", &[&[9, 20_000, 19_900]], &[0]),
                set("the first level trips", &[&[9, 20_000, 18_500]], &[0]),
                set("the third level trips", &[&[9, 20_000, 15_000]], &[0]),
            ],
        ),
    ]
}

fn budgets() -> Vec<Row> {
    let impact = |bps: u128| {
        vec![set("with a drawdown", &[&SMALL, &[bps]], &[0]), set("after a sale", &[&sold(SMALL, 50), &[bps]], &[0])]
    };
    let product = |argument: u128, many: u128| {
        vec![
            set("64 bits", &[&SMALL, &[argument]], &[0]),
            set("64 bits, after a sale", &[&sold(SMALL, 50), &[argument]], &[0]),
            set("wider", &[&WIDE, &[many]], &[0]),
        ]
    };
    let grid = |first: u128, last: u128, wide: u128| {
        vec![
            set("64 bits, the first point", &[&LADDER, &[first]], &[0]),
            set("64 bits, the last point", &[&LADDER, &[last]], &[0]),
            set("wider, the last point", &[&WIDE_LADDER, &[wide]], &[0]),
        ]
    };
    vec![
        row(
            "Ledger::advance",
            vec![
                set("after a sale, 60 s", &[&sold(SMALL, 50), &[180]], &[0]),
                set("nothing sold, 60 s", &[&SMALL, &[180]], &[0]),
                set("after a sale, 11 days", &[&sold(SMALL, 50), &[1_000_000]], &[0]),
            ],
        ),
        row(
            "Ledger::observe",
            vec![
                set("a fall", &[&SMALL, &[18_000]], &[]),
                set("a rise above the reference", &[&SMALL, &[21_000]], &[]),
            ],
        ),
        row("Ledger::cap", vec![set("with a drawdown", &[&SMALL], &[]), set("after a sale", &[&sold(SMALL, 50)], &[])]),
        row("Ledger::reserve", impact(10)),
        row("Ledger::charge", impact(10)),
        row(
            "Ledger::permitted_at",
            vec![
                set("now", &[&SMALL, &[10]], &[0, 1, 120]),
                set("later", &[&sold(SMALL, 100), &[50]], &[0, 1]),
                set("never", &[&SMALL, &[500]], &[0, 0]),
            ],
        ),
        row("LedgerConfig::bound_ceil", vec![set("20 %, 0.1 %, a day", &[&[2_000, 10, 86_400]], &[0])]),
        row("DepthConfig::charge_ceil, constant product", product(50, 50_000)),
        row("DepthConfig::charge_ceil, grid of 8", grid(50, 4_900, 4_900_000)),
        row("DepthConfig::largest_sale_floor, constant product", product(10, 10)),
        row("DepthConfig::largest_sale_floor, grid of 8", grid(10, 2_000, 2_000)),
    ]
}
