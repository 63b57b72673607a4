//! Several markets that move each other: the matrix of cross impacts.
