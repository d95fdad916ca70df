//! tungstenite as it is fastest: `read()`; `write()` and one `flush()`, or `send()` where each message must leave.

use super::{Client, Job, PATTERN, Result, Workload, check};
use std::io::{Read, Write};
use tungstenite::{Bytes, Message, WebSocket};

pub(super) struct Tungstenite<S> {
    socket: WebSocket<S>,
    job: Job,
    /// Shared, not copied, when it is sent.
    payload: Bytes,
}

impl<S: Read + Write> Tungstenite<S> {
    pub(super) fn connect(stream: S, job: Job) -> Result<Self> {
        let url = format!("ws://127.0.0.1{job}");
        let (socket, _) = tungstenite::client(url, stream).map_err(|error| error.to_string())?;
        Ok(Self { socket, job, payload: vec![PATTERN; job.size].into() })
    }

    fn receive(&mut self, size: usize) -> Result<()> {
        match self.socket.read()? {
            Message::Binary(payload) => check(&payload, size),
            other => Err(format!("an unexpected message: {other:?}").into()),
        }
    }

    fn message(&self) -> Message {
        Message::Binary(self.payload.clone())
    }
}

impl<S: Read + Write> Client for Tungstenite<S> {
    fn run(&mut self, count: usize) -> Result<()> {
        match self.job.workload {
            Workload::Receive => (0..count).try_for_each(|_| self.receive(self.job.size)),
            Workload::Send => (0..count).try_for_each(|_| Ok(self.socket.send(self.message())?)),
            Workload::SendBatched => {
                (0..count).try_for_each(|_| self.socket.write(self.message()))?;
                Ok(self.socket.flush()?)
            }
            Workload::Echo => (0..count).try_for_each(|_| {
                self.socket.send(self.message())?;
                self.receive(self.job.size)
            }),
        }
    }

    fn acknowledged(&mut self) -> Result<()> {
        self.receive(1)
    }
}
