//! The program as a process, with faults: what goes in, what comes out, how it ends.

mod support;

mod faults;
mod feeds;
mod restart;
mod sinks;
