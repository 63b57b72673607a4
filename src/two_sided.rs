//! The impact ledger of a hedger that also buys.
