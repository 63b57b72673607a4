//! Lines of bounded length out of any reader.

use tokio::io::{AsyncBufRead, AsyncBufReadExt};

/// The longest line, bytes without its end.
pub const LONGEST: usize = 64 * 1_024;

/// One line, or what is left of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Raw {
    /// A line with its end.
    Whole(Vec<u8>),
    /// A line longer than [`LONGEST`]; the rest of it was read and thrown away.
    Overlong,
    /// What was there when the reader ended.
    Rest(Vec<u8>),
}

/// Lines of a reader, and how far they reach.
#[derive(Debug)]
pub struct Lines<R> {
    reader: R,
    /// Bytes read, up to the end of the last line.
    pub offset: u64,
    line: Vec<u8>,
    overlong: bool,
}

impl<R: AsyncBufRead + Unpin> Lines<R> {
    /// Lines from an offset on.
    pub fn new(reader: R, offset: u64) -> Lines<R> {
        Lines { reader, offset, line: Vec::new(), overlong: false }
    }

    /// The next line; `None` at the end. May be cancelled: what was read of a line is kept.
    pub async fn next(&mut self) -> std::io::Result<Option<Raw>> {
        loop {
            let bytes = self.reader.fill_buf().await?;
            if bytes.is_empty() {
                let rest = std::mem::take(&mut self.line);
                let overlong = std::mem::take(&mut self.overlong);
                return Ok(match (overlong, rest.is_empty()) {
                    (true, _) => Some(Raw::Overlong),
                    (false, true) => None,
                    (false, false) => Some(Raw::Rest(rest)),
                });
            }
            let end = bytes.iter().position(|byte| *byte == b'\n');
            let part = bytes.get(..end.unwrap_or(bytes.len())).unwrap_or(bytes);
            if self.line.len() + part.len() > LONGEST {
                self.overlong = true;
                self.line.clear();
            } else if !self.overlong {
                self.line.extend_from_slice(part);
            }
            let used = part.len() + usize::from(end.is_some());
            self.reader.consume(used);
            self.offset += u64::try_from(used).unwrap_or(0);
            if end.is_some() {
                let line = std::mem::take(&mut self.line);
                let overlong = std::mem::take(&mut self.overlong);
                return Ok(Some(if overlong { Raw::Overlong } else { Raw::Whole(line) }));
            }
        }
    }
}
