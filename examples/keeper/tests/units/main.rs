//! Parts of the program by themselves.

mod channel;
mod decimal;
mod decisions;
mod feed;
mod positions;
mod view;
