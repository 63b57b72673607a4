//! Keeper incentives: rewards, bonds, and whether keepers still answer.
