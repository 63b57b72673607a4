//! Risk appetite that falls at once and heals slowly.
