//! The chance that a position goes under before it is cleared.
