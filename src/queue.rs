//! Whose turn it is: the earliest deadline first.
