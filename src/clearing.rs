//! The price of throttling: time to clear, bad debt, and how much may be open.
