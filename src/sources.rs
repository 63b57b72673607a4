//! Prices from many sources: one band, or a refusal by name.
