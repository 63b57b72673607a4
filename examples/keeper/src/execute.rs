//! Who carries actions out: nobody but the log, a file or standard output, or a server that says which it has.

use crate::action::Action;
use std::collections::HashSet;
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Error, ErrorKind, Read, Seek, SeekFrom, Write};
use std::net::TcpStream;
use std::path::Path;
use std::time::Duration;

/// Carries actions out, once for each key.
pub trait Executor: Send {
    /// Carries an action out, or fails; then it is asked again, with the same key.
    ///
    /// # Errors
    /// It is not known to have been carried out.
    fn execute(&mut self, action: &Action) -> std::io::Result<()>;

    /// Whether it knows itself which actions it has carried out, across restarts.
    fn remembers(&self) -> bool {
        false
    }
}

/// Writes actions into the log alone: the default.
#[derive(Debug, Default)]
pub struct DryRun;

impl Executor for DryRun {
    fn execute(&mut self, action: &Action) -> std::io::Result<()> {
        tracing::info!(key = action.key, what = ?action.what, "dry run");
        Ok(())
    }
}

/// Writes actions as lines.
#[derive(Debug)]
pub struct LineSink<W>(pub W);

impl<W: Write + Send> Executor for LineSink<W> {
    fn execute(&mut self, action: &Action) -> std::io::Result<()> {
        write_line(&mut self.0, action)
    }
}

fn write_line(to: &mut impl Write, action: &Action) -> std::io::Result<()> {
    let mut line = serde_json::to_vec(action)?;
    line.push(b'\n');
    to.write_all(&line)?;
    to.flush()
}

/// Appends actions to a file, and writes none that is in it: the file is its memory.
#[derive(Debug)]
pub struct FileSink {
    file: File,
    keys: HashSet<String>,
    /// The end of the last whole line: what is beyond it was cut off.
    end: u64,
}

impl FileSink {
    /// Opens a file and reads which actions it has. A last line without an end was cut off, and is taken away.
    ///
    /// # Errors
    /// It cannot be opened or read, or a line in it is no action.
    pub fn open(path: &Path) -> std::io::Result<FileSink> {
        let mut file = OpenOptions::new().read(true).append(true).create(true).open(path)?;
        let mut bytes = Vec::new();
        if file.metadata()?.is_file() {
            file.read_to_end(&mut bytes)?;
        }
        let end = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let mut keys = HashSet::new();
        for line in bytes.get(..end).unwrap_or(&[]).split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            let action: Action = serde_json::from_slice(line)
                .map_err(|error| Error::new(ErrorKind::InvalidData, format!("a line that is no action: {error}")))?;
            keys.insert(action.key);
        }
        let end = u64::try_from(end).map_err(Error::other)?;
        let mut sink = FileSink { file, keys, end };
        sink.cut()?;
        Ok(sink)
    }

    /// Takes away what is beyond the last whole line.
    fn cut(&mut self) -> std::io::Result<()> {
        if self.file.metadata()?.is_file() && self.file.seek(SeekFrom::End(0))? > self.end {
            self.file.set_len(self.end)?;
        }
        Ok(())
    }
}

impl Executor for FileSink {
    fn execute(&mut self, action: &Action) -> std::io::Result<()> {
        if self.keys.contains(&action.key) {
            return Ok(());
        }
        // A write that failed may have left a part of a line.
        self.cut()?;
        write_line(&mut self.file, action)?;
        if self.file.metadata()?.is_file() {
            self.file.sync_data()?;
            self.end = self.file.stream_position()?.max(self.file.metadata()?.len());
        }
        self.keys.insert(action.key.clone());
        Ok(())
    }

    fn remembers(&self) -> bool {
        true
    }
}

/// Sends actions to a server, which answers each with `{"ack":"KEY"}` once it has it.
#[derive(Debug)]
pub struct TcpSink {
    address: String,
    patience: Duration,
    stream: Option<BufReader<TcpStream>>,
}

#[derive(serde::Deserialize)]
struct Ack {
    ack: String,
}

impl TcpSink {
    /// A server at `HOST:PORT`, and how long its answer is waited for.
    #[must_use]
    pub fn new(address: String, patience: Duration) -> TcpSink {
        TcpSink { address, patience, stream: None }
    }

    fn exchange(&self, stream: &mut BufReader<TcpStream>, action: &Action) -> std::io::Result<()> {
        write_line(stream.get_mut(), action)?;
        loop {
            let mut line = Vec::new();
            // Bounded, whoever answers.
            if stream.by_ref().take(4_096).read_until(b'\n', &mut line)? == 0 || line.last() != Some(&b'\n') {
                return Err(Error::from(ErrorKind::UnexpectedEof));
            }
            let Ack { ack } = serde_json::from_slice(&line)?;
            if ack == action.key {
                return Ok(());
            }
        }
    }
}

impl Executor for TcpSink {
    fn execute(&mut self, action: &Action) -> std::io::Result<()> {
        let mut stream = match self.stream.take() {
            Some(stream) => stream,
            None => {
                let stream = TcpStream::connect(&self.address)?;
                stream.set_nodelay(true)?;
                stream.set_read_timeout(Some(self.patience))?;
                stream.set_write_timeout(Some(self.patience))?;
                BufReader::new(stream)
            }
        };
        self.exchange(&mut stream, action)?;
        self.stream = Some(stream);
        Ok(())
    }
}
