//! The guard.

use super::{LADDER, Row, SMALL, WIDE, WIDE_LADDER, fell, goal, row, set, sold};

pub fn rows() -> Vec<Row> {
    let observed = |label: &'static str, small: [u128; 6], wide: [u128; 6]| {
        vec![
            set(label, &[&small, &[18_700, 0]], &[0]),
            set("64 bits, a rise of 1 %", &[&small, &[19_000, 0]], &[0]),
            set("64 bits, bands of 1 %", &[&fell(small, 18_800, 188), &[18_700, 187]], &[0]),
            set("64 bits, a fall that trips the breaker", &[&small, &[15_000, 0]], &[0]),
            set("64 bits, after a sale", &[&sold(small, 50), &[18_700, 0]], &[0]),
            set("wider", &[&wide, &[18_700, 0]], &[0]),
        ]
    };
    let kick = |small: &[u128], wide: &[u128]| {
        vec![
            set("64 bits", &[&SMALL, &[50, 7_000], small], &[0]),
            set("64 bits, after a sale", &[&sold(SMALL, 20), &[50, 7_000], small], &[0]),
            set("wider", &[&WIDE, &[50_000, 7_000_000], wide], &[0]),
        ]
    };
    let scene = || {
        vec![
            set("64 bits", &[&SMALL], &[0]),
            set("64 bits, after a sale", &[&sold(SMALL, 50)], &[0]),
            set("wider", &[&WIDE], &[0]),
        ]
    };
    vec![
        row("VolatilityConfig::new", vec![set("the preset", &[], &[0])]),
        row("Guard::new", vec![set("the preset", &[], &[0])]),
        row(
            "Guard::open",
            vec![set("64 bits", &[&SMALL, &[18_800, 0]], &[0]), set("wider", &[&WIDE, &[18_800, 188]], &[0])],
        ),
        row("Guard::observe, time alone", observed("64 bits", SMALL, WIDE)),
        row("Guard::observe, price alone", observed("64 bits, a fall of 0.5 %", SMALL, WIDE)),
        row("Guard::observe, depth alone, constant product", observed("64 bits", SMALL, WIDE)),
        row("Guard::observe, depth alone, ladder of 20, grid of 8", observed("64 bits", LADDER, WIDE_LADDER)),
        row("Guard::observe, price and depth, constant product", observed("64 bits, a fall of 0.5 %", SMALL, WIDE)),
        row(
            "Guard::observe, price and depth, ladder of 20, grid of 8",
            observed("64 bits, a fall of 0.5 %", LADDER, WIDE_LADDER),
        ),
        row("Guard::update, time alone", observed("64 bits", SMALL, WIDE)),
        goal("Guard::update, price alone", "", 1_500, observed("64 bits, a fall of 0.5 %", SMALL, WIDE)),
        goal("Guard::update, depth alone, constant product", "", 1_500, observed("64 bits", SMALL, WIDE)),
        goal(
            "Guard::update, price and depth, constant product",
            "",
            1_500,
            observed("64 bits, a fall of 0.5 %", SMALL, WIDE),
        ),
        row("Guard::limits, constant product", scene()),
        row("Guard::limits, grid of 8", vec![set("64 bits", &[&LADDER], &[0]), set("wider", &[&WIDE_LADDER], &[0])]),
        row(
            "Guard::assess",
            vec![
                set("64 bits, healthy", &[&SMALL, &[50, 7_000]], &[0, 0]),
                set("wider, healthy", &[&WIDE, &[50_000_000, 7_000_000_000]], &[0, 0]),
            ],
        ),
        goal(
            "Guard::assess",
            "with a plan",
            800,
            vec![
                set("64 bits, whole plan", &[&SMALL, &[50, 7_600]], &[0, 1]),
                set("64 bits, part deferred", &[&SMALL, &[5_000, 760_000]], &[0, 2]),
                set("64 bits, halted", &[&fell(SMALL, 17_000, 0), &[50, 7_000]], &[0, 3]),
                set("64 bits, insolvent", &[&SMALL, &[50, 9_500]], &[0, 4]),
                set("64 bits, after a sale", &[&sold(SMALL, 50), &[50, 7_600]], &[0, 1]),
                set("wider, part deferred", &[&WIDE, &[5_000_000, 760_000_000]], &[0, 2]),
            ],
        ),
        row(
            "Guard::may_borrow",
            vec![
                set("64 bits", &[&SMALL, &[50, 1_000, 1]], &[0, 1]),
                set("wider", &[&WIDE, &[50_000_000, 1_000_000_000, 1]], &[0, 1]),
            ],
        ),
        row(
            "Guard::max_borrow_floor",
            vec![
                set("64 bits", &[&SMALL, &[50, 1_000]], &[0]),
                set("wider", &[&WIDE, &[50_000_000, 1_000_000_000]], &[0]),
            ],
        ),
        row("Guard::adopt", vec![set("64 bits", &[&SMALL], &[0]), set("wider", &[&WIDE], &[0])]),
        row("Guard::kick", kick(&[], &[])),
        row("Guard::take", kick(&[10], &[10_000])),
        row("Guard::settle", kick(&[], &[])),
        row("Guard::restart", kick(&[18_800, 0], &[18_800, 0])),
        row(
            "Guard::sell",
            vec![
                set("64 bits", &[&SMALL, &[10]], &[0]),
                set("64 bits, after a sale", &[&sold(SMALL, 50), &[10]], &[0]),
                set("wider", &[&WIDE, &[10_000]], &[0]),
            ],
        ),
        row("Guard::read_from", scene()),
        row("GuardState::read_from", scene()),
        row("GuardState::write_to", scene()),
        row("Lot::read_from", kick(&[], &[])),
        row("Guard::reanchor", scene()),
    ]
}
