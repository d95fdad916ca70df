//! A receiver that feeds an `Inbound` in every way and notes what it saw.

use ckws::base::{ErrorCode, Fault};
use ckws::proto::ws::{DataPiece, Extensions, Held, Inbound, Opcode, Step};

/// A frame as the program would see it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Frame {
    pub(crate) opcode: Opcode,
    pub(crate) fin: bool,
    pub(crate) payload: Vec<u8>,
}

/// What came of an input.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Seen {
    pub(crate) frames: Vec<Frame>,
    pub(crate) fault: Option<ErrorCode>,
    pub(crate) mid_message: bool,
}

/// The last of its message, or a control frame.
pub(crate) fn whole(opcode: Opcode, payload: impl AsRef<[u8]>) -> Frame {
    Frame { opcode, fin: true, payload: payload.as_ref().to_vec() }
}

/// A frame that others of its message follow.
pub(crate) fn part(opcode: Opcode, payload: impl AsRef<[u8]>) -> Frame {
    Frame { opcode, fin: false, payload: payload.as_ref().to_vec() }
}

/// The frame as a server sends it, independently of the library's encoder.
pub(crate) fn bytes_of(frame: &Frame) -> Vec<u8> {
    let len = frame.payload.len();
    let mut bytes = vec![if frame.fin { 0x80 } else { 0 } | frame.opcode.bits()];
    match len {
        0..126 => bytes.push(len as u8),
        126..65_536 => bytes.extend([126, (len >> 8) as u8, len as u8]),
        _ => {
            bytes.push(127);
            bytes.extend((len as u64).to_be_bytes());
        }
    }
    bytes.extend(&frame.payload);
    bytes
}

/// All of the frames as a server sends them.
pub(crate) fn stream_of(frames: &[Frame]) -> Vec<u8> {
    frames.iter().flat_map(bytes_of).collect()
}

/// A receiver of a connection without extensions, with this limit.
pub(crate) fn inbound_with(limit: u64) -> Inbound {
    Inbound::new(Extensions::default(), limit)
}

/// Whether a data frame or a fragmented message is open: then a Continuation may come, or more payload.
pub(crate) fn is_mid_message(inbound: &Inbound) -> bool {
    let ending = inbound.clone().next(b"\x80\x00", Held::default());
    inbound.payload_remaining() > 0
        || !ending.is_err_and(|fault| fault.code() == ErrorCode::UnexpectedContinuation)
}

/// How payload that follows a header reaches the decoder.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Route {
    Next,
    Absorb,
}

struct Receiver {
    inbound: Inbound,
    route: Route,
    seen: Seen,
    frame: Vec<u8>,
    frame_open: bool,
    kind: Option<Opcode>,
    message_bytes: u64,
}

impl Receiver {
    fn new(limit: u64, route: Route) -> Self {
        Self {
            inbound: inbound_with(limit),
            route,
            seen: Seen { frames: Vec::new(), fault: None, mid_message: false },
            frame: Vec::new(),
            frame_open: false,
            kind: None,
            message_bytes: 0,
        }
    }

    /// The program holds what the open message has brought, and takes each message at its end.
    fn held(&self) -> Held {
        Held { earlier: 0, message: self.message_bytes }
    }

    fn feed(&mut self, pending: &mut Vec<u8>) -> Result<(), Fault> {
        loop {
            let open = usize::try_from(self.inbound.payload_remaining()).unwrap();
            if self.route == Route::Absorb && open > 0 {
                let len = open.min(pending.len());
                let piece = self.inbound.absorb(&pending[..len])?;
                assert!(!piece.begins_message && piece.payload == (0..len));
                self.note(piece, pending);
                if pending.is_empty() {
                    return Ok(());
                }
                continue;
            }
            match self.inbound.next(pending, self.held())? {
                Step::Incomplete => return Ok(()),
                Step::Control { opcode, payload } => {
                    let consumed = payload.end;
                    assert!(opcode.is_control() && !self.frame_open);
                    self.seen.frames.push(whole(opcode, &pending[payload]));
                    pending.drain(..consumed);
                }
                Step::Data(piece) => self.note(piece, pending),
            }
        }
    }

    fn note(&mut self, piece: DataPiece, pending: &mut Vec<u8>) {
        let begins_frame = piece.payload.start > 0;
        assert_eq!(begins_frame, !self.frame_open, "a header is consumed once");
        assert_eq!(piece.begins_message, begins_frame && self.kind.is_none(), "a message begins once");
        assert_eq!(piece.ends_frame, self.inbound.payload_remaining() == 0);
        let kind = *self.kind.get_or_insert(piece.message);
        assert_eq!(piece.message, kind, "the kind stays");
        if begins_frame {
            let expected = if piece.begins_message { kind } else { Opcode::Continuation };
            assert_eq!(piece.opcode, expected, "only the first frame names the kind");
        }

        self.message_bytes += piece.payload.len() as u64;
        self.frame.extend(&pending[piece.payload.clone()]);
        self.frame_open = !piece.ends_frame;
        pending.drain(..piece.payload.end);
        if piece.ends_frame {
            let payload = std::mem::take(&mut self.frame);
            self.seen.frames.push(Frame { opcode: piece.opcode, fin: piece.fin, payload });
            if piece.fin {
                self.kind = None;
                self.message_bytes = 0;
            }
        }
    }

    fn run(mut self, chunks: &[&[u8]]) -> Seen {
        let mut pending = Vec::new();
        for chunk in chunks {
            pending.extend_from_slice(chunk);
            if let Err(fault) = self.feed(&mut pending) {
                self.check_sticky(&fault);
                self.seen.fault = Some(fault.code());
                break;
            }
        }
        self.seen.mid_message = self.seen.fault.is_none() && is_mid_message(&self.inbound);
        self.seen
    }

    /// Nothing is delivered after the first fault (T-ORDER), however good the bytes.
    fn check_sticky(&mut self, fault: &Fault) {
        if fault.code() == ErrorCode::ReceiveBufferFull {
            return;
        }
        for input in [&b""[..], b"\x82\x01x", b"\x89\x00", b"\x80\x00"] {
            assert_eq!(self.inbound.next(input, Held::default()), Err(fault.clone()));
            assert_eq!(self.inbound.absorb(input), Err(fault.clone()));
        }
    }
}

/// What `input` gives with this limit, the same in whatever pieces it arrives.
pub(crate) fn receive_limited(input: &[u8], limit: u64) -> Seen {
    let expected = Receiver::new(limit, Route::Next).run(&[input]);
    for route in [Route::Next, Route::Absorb] {
        let by_bytes: Vec<&[u8]> = input.chunks(1).collect();
        assert_eq!(Receiver::new(limit, route).run(&by_bytes), expected, "{route:?} byte by byte");
        for at in 0..=input.len() {
            let seen = Receiver::new(limit, route).run(&[&input[..at], &input[at..]]);
            assert_eq!(seen, expected, "{route:?} split at {at}");
        }
    }
    expected
}

/// What `input` gives without a limit, the same in whatever pieces it arrives.
pub(crate) fn receive(input: &[u8]) -> Seen {
    receive_limited(input, 0)
}

/// Expects exactly these frames, all complete, and no fault.
#[track_caller]
pub(crate) fn expect_frames(input: &[u8], frames: &[Frame]) {
    let seen = receive(input);
    assert_eq!((seen.frames.as_slice(), seen.fault), (frames, None), "{input:02X?}");
}

/// Expects these frames and then this fault.
#[track_caller]
pub(crate) fn expect_fault(input: &[u8], frames: &[Frame], fault: ErrorCode) {
    let seen = receive(input);
    assert_eq!((seen.frames.as_slice(), seen.fault), (frames, Some(fault)), "{input:02X?}");
}
