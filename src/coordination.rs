//! Several sellers on one book: shares, joint bound, reports that expire.
