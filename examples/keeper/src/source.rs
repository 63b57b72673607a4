//! Where lines come from: a file, standard input, TCP, a websocket. Connections that end, fail or fall silent are made
//! again, after a wait that doubles.

use crate::channel::{Channel, Message, Place};
use crate::lines::{LONGEST, Lines, Raw};
use crate::news::{self, Malformed};
use crate::scale::Scale;
use futures_util::{SinkExt, StreamExt};
use std::io::{Error, ErrorKind, SeekFrom};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncBufRead, AsyncSeekExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};
use tokio_tungstenite::tungstenite::Message as Frame;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

/// A source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// Read to its end.
    File(PathBuf),
    /// Read to its end.
    Stdin,
    /// `HOST:PORT`.
    Tcp(String),
    /// `ws://HOST:PORT/PATH`.
    WebSocket(String),
}

/// How connections are held.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// The first wait before a connection is made again.
    pub backoff: Duration,
    /// The longest.
    pub most: Duration,
    /// Silence after which a connection is given up.
    pub stall: Duration,
    /// Whether the first end of the stream is the end.
    pub once: bool,
}

/// A reader, on its way into a channel.
#[derive(Debug)]
pub struct Reader {
    pub source: Source,
    pub patience: Patience,
    pub scale: Scale,
    pub channel: Arc<Channel>,
    /// Where it is in the stream.
    pub place: Place,
    /// The highest sequence number seen: a server is told to go on after it.
    pub last: Option<u64>,
}

impl Reader {
    /// Reads until the stream ends; never ends for connections that are to be made again.
    pub async fn run(mut self) {
        let result = match self.source.clone() {
            Source::File(path) => self.file(path).await,
            Source::Stdin => self.lines(BufReader::new(tokio::io::stdin()), None).await.map(|_| ()),
            Source::Tcp(_) | Source::WebSocket(_) => {
                self.connections().await;
                Ok(())
            }
        };
        let last = result.map_or_else(Message::Failed, |()| Message::Ended);
        self.channel.send(last, self.place).await;
    }

    async fn file(&mut self, path: PathBuf) -> std::io::Result<()> {
        let mut file = tokio::fs::File::open(path).await?;
        if file.metadata().await?.len() < self.place.offset {
            return Err(Error::new(ErrorKind::InvalidInput, "shorter than what was read of it before"));
        }
        file.seek(SeekFrom::Start(self.place.offset)).await?;
        self.lines(BufReader::with_capacity(1 << 16, file), None).await.map(|_| ())
    }

    /// Reads lines to the end, and tells whether there was one.
    async fn lines<R: AsyncBufRead + Unpin>(&mut self, reader: R, stall: Option<Duration>) -> std::io::Result<bool> {
        let (mut lines, mut any) = (Lines::new(reader, self.place.offset), false);
        loop {
            let next = match stall {
                None => lines.next().await,
                Some(stall) => match timeout(stall, lines.next()).await {
                    Ok(next) => next,
                    Err(_) => {
                        tracing::warn!("the stream is silent: giving the connection up");
                        return Ok(any);
                    }
                },
            };
            let raw = match next {
                Ok(Some(raw)) => raw,
                Ok(None) => return Ok(any),
                Err(error) if any => {
                    tracing::warn!(%error, "the connection failed");
                    return Ok(any);
                }
                Err(error) => return Err(error),
            };
            any = true;
            self.place.offset = lines.offset;
            self.take(raw).await;
        }
    }

    /// Passes a line on.
    async fn take(&mut self, raw: Raw) {
        self.place.line += 1;
        let message = match raw {
            Raw::Whole(bytes) if bytes.iter().all(u8::is_ascii_whitespace) => return,
            Raw::Whole(bytes) => self.parse(&bytes),
            // A file may end without a newline; what is cut off within an object is none.
            Raw::Rest(bytes) => match self.parse(&bytes) {
                Message::Bad(_) => Message::Bad(Malformed::Truncated),
                whole => whole,
            },
            Raw::Overlong => Message::Bad(Malformed::Overlong),
        };
        self.channel.send(message, self.place).await;
    }

    fn parse(&mut self, bytes: &[u8]) -> Message {
        match news::parse(bytes, self.scale) {
            Ok(item) => {
                self.last = self.last.max(item.seq);
                Message::Item(Box::new(item))
            }
            Err(error) => Message::Bad(error),
        }
    }

    async fn connections(&mut self) {
        let (mut wait, mut connected) = (self.patience.backoff, false);
        loop {
            if connected {
                self.channel.send(Message::Reconnected, self.place).await;
            }
            let result = match self.source.clone() {
                Source::WebSocket(url) => self.websocket(&url).await,
                Source::Tcp(address) => self.tcp(&address).await,
                Source::File(_) | Source::Stdin => return,
            };
            match result {
                Ok(_) if self.patience.once => return,
                Ok(true) => wait = self.patience.backoff,
                Ok(false) => {}
                Err(error) => tracing::warn!(%error, "no connection"),
            }
            connected = true;
            sleep(wait).await;
            wait = wait.saturating_mul(2).min(self.patience.most);
        }
    }

    /// What is said first on a connection.
    fn greeting(&self) -> String {
        match self.last {
            Some(last) => format!("{{\"resume_after\":{last}}}"),
            None => "{\"resume_after\":null}".to_owned(),
        }
    }

    async fn tcp(&mut self, address: &str) -> std::io::Result<bool> {
        let connect = timeout(self.patience.stall, TcpStream::connect(address));
        let mut stream = connect.await.map_err(|_| Error::from(ErrorKind::TimedOut))??;
        stream.write_all(format!("{}\n", self.greeting()).as_bytes()).await?;
        self.lines(BufReader::new(&mut stream), Some(self.patience.stall)).await
    }

    async fn websocket(&mut self, url: &str) -> std::io::Result<bool> {
        let config =
            WebSocketConfig::default().max_message_size(Some(256 * LONGEST)).max_frame_size(Some(256 * LONGEST));
        let connect = tokio_tungstenite::connect_async_with_config(url, Some(config), false);
        let connected = timeout(self.patience.stall, connect).await.map_err(|_| Error::from(ErrorKind::TimedOut))?;
        let (mut socket, _) = connected.map_err(Error::other)?;
        socket.send(Frame::text(self.greeting())).await.map_err(Error::other)?;
        let mut any = false;
        while let Ok(next) = timeout(self.patience.stall, socket.next()).await {
            let bytes = match next {
                Some(Ok(Frame::Text(text))) => text.as_bytes().to_vec(),
                Some(Ok(Frame::Binary(bytes))) => bytes.to_vec(),
                Some(Ok(Frame::Close(_))) | None => return Ok(any),
                Some(Ok(Frame::Ping(_) | Frame::Pong(_) | Frame::Frame(_))) => continue,
                Some(Err(error)) if any => {
                    tracing::warn!(%error, "the connection failed");
                    return Ok(any);
                }
                Some(Err(error)) => return Err(Error::other(error)),
            };
            any = true;
            for line in bytes.split(|byte| *byte == b'\n') {
                let raw = if line.len() > LONGEST { Raw::Overlong } else { Raw::Whole(line.to_vec()) };
                self.take(raw).await;
            }
        }
        tracing::warn!("the stream is silent: giving the connection up");
        Ok(any)
    }
}
