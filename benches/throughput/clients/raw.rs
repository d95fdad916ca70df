//! The same bytes without a WebSocket: what the kernel, and TLS, cost anyone.

use super::{Client, Job, LARGE, Result, Workload, wire};
use std::io::{Read, Write};

pub(super) struct Raw<S> {
    stream: S,
    workload: Workload,
    /// What a client sends: one frame, and many of them.
    frame: Vec<u8>,
    frames: Vec<u8>,
    /// The bytes of a frame of the server.
    incoming: usize,
    /// Bytes that arrived before they were asked for.
    ahead: usize,
    buffer: Vec<u8>,
}

impl<S: Read + Write> Raw<S> {
    pub(super) fn connect(mut stream: S, job: Job) -> Result<Self> {
        stream.write_all(format!("GET {job} HTTP/1.1\r\n\r\n").as_bytes())?;
        stream.flush()?;
        wire::read_head(&mut stream)?;
        let frame = wire::frame(job.size, true);
        Ok(Self {
            stream,
            workload: job.workload,
            frames: wire::many(&frame),
            frame,
            incoming: wire::frame(job.size, false).len(),
            ahead: 0,
            buffer: vec![0; LARGE],
        })
    }

    fn receive(&mut self, bytes: usize) -> Result<()> {
        while self.ahead < bytes {
            match self.stream.read(&mut self.buffer)? {
                0 => return Err("the server ended the stream".into()),
                received => self.ahead += received,
            }
        }
        self.ahead -= bytes;
        Ok(())
    }

    fn send(&mut self) -> Result<()> {
        self.stream.write_all(&self.frame)?;
        Ok(self.stream.flush()?)
    }
}

impl<S: Read + Write> Client for Raw<S> {
    fn run(&mut self, count: usize) -> Result<()> {
        match self.workload {
            Workload::Receive => self.receive(self.incoming * count),
            Workload::Send => (0..count).try_for_each(|_| self.send()),
            Workload::SendBatched => {
                let mut left = self.frame.len() * count;
                while left > 0 {
                    let part = self.frames.get(..left).unwrap_or(&self.frames);
                    self.stream.write_all(part)?;
                    left -= part.len();
                }
                Ok(self.stream.flush()?)
            }
            Workload::Echo => (0..count).try_for_each(|_| {
                self.send()?;
                self.receive(self.incoming)
            }),
        }
    }

    fn acknowledged(&mut self) -> Result<()> {
        self.receive(wire::frame(1, false).len())
    }
}
