//! Hedgers: constant-proportion insurance and delta hedging.
