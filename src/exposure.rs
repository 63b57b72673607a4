//! The exposure map: what would be sold at which price.
