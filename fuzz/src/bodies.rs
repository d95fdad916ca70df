//! What is fuzzed: plain functions that must return for any bytes.
//!
//! cargo-fuzz drives them by `fuzz_targets/`, and `tests/load/fuzz_bodies.rs` by a seeded generator in the ordinary
//! test run. Each checks more than "no crash": the same bytes in other pieces mean the same, what is encoded can
//! be decoded, bounds hold.

use ckws::base::{ErrorCode, Fault};
use ckws::engine::{Op, block_on};
use ckws::ffi;
use ckws::ffi::task::ckws_task;
use ckws::link::memory::{End, MemoryLink, Peer};
use ckws::log::Log;
use ckws::proto::http1::{BodyReader, Framing, Head, HeadReader, Headers, request};
use ckws::proto::url::WsUrl;
use ckws::proto::ws::autoreply::Policy;
use ckws::proto::ws::opcode::Opcode;
use ckws::proto::ws::{Extensions, Held, Inbound, Step, outbound};
use ckws::session::{ReadOptions, Session};
use std::ffi::{CString, c_void};
use std::ptr;

/// A response head, and the body behind it, in two pieces and whole.
pub fn response_head(data: &[u8]) {
    let Some((&at, bytes)) = data.split_first() else { return };
    let whole = read_head(&[bytes]);
    let split = bytes.len() * usize::from(at) / 256;
    let (first, second) = bytes.split_at(split);
    let pieces = read_head(&[first, second]);
    match (&whole, &pieces) {
        (Ok(Some((one, _))), Ok(Some((other, _)))) => assert_eq!(one.header_text, other.header_text),
        (Ok(None), Ok(None)) => {}
        (Err(one), Err(other)) => assert_eq!(one.code(), other.code()),
        _ => panic!("{bytes:?} split at {split} means something else"),
    }
    let Ok(Some((head, rest))) = whole else { return };
    let Ok(framing) = Framing::of("GET", &head) else { return };
    read_body(framing, &rest);
}

fn read_head(pieces: &[&[u8]]) -> Result<Option<(Head, Vec<u8>)>, Fault> {
    let mut reader = HeadReader::default();
    let mut found = None;
    for piece in pieces {
        found = reader.feed(piece)?.or(found);
    }
    Ok(found.map(|head| (head, reader.take_rest())))
}

fn read_body(framing: Framing, mut input: &[u8]) {
    const LIMIT: u64 = 1000;
    let mut reader = BodyReader::new(framing, LIMIT);
    let mut length = 0;
    loop {
        let Ok(step) = reader.next(input) else { return };
        length += step.data.len();
        assert!(length as u64 <= LIMIT && step.data.end <= step.consumed);
        input = &input[step.consumed..];
        if step.done || step.consumed == 0 {
            return;
        }
    }
}

/// What a frame decoder says of a stream: frames with their payload, and how it ended.
#[derive(Debug, PartialEq)]
struct Told {
    frames: Vec<(Opcode, bool, Vec<u8>)>,
    fault: Option<ErrorCode>,
}

const LIMIT: u64 = 100_000;

fn decode(pieces: &[&[u8]]) -> Told {
    let mut inbound = Inbound::new(Extensions::default(), LIMIT);
    let mut told = Told { frames: Vec::new(), fault: None };
    let (mut input, mut payload, mut message) = (Vec::new(), Vec::new(), 0);
    for piece in pieces {
        input.extend_from_slice(piece);
        loop {
            let step = match inbound.next(&input, Held { earlier: 0, message }) {
                Ok(step) => step,
                Err(fault) => {
                    told.fault = Some(fault.code());
                    return told;
                }
            };
            let consumed = match step {
                Step::Incomplete => break,
                Step::Control { opcode, payload } => {
                    let consumed = payload.end;
                    told.frames.push((opcode, true, input[payload].to_vec()));
                    consumed
                }
                Step::Data(data) => {
                    message = if data.begins_message { 0 } else { message } + data.payload.len() as u64;
                    assert!(message <= LIMIT);
                    payload.extend_from_slice(&input[data.payload.clone()]);
                    if data.ends_frame {
                        told.frames.push((data.opcode, data.fin, std::mem::take(&mut payload)));
                    }
                    data.payload.end
                }
            };
            input.drain(..consumed);
        }
    }
    told
}

/// Frames from a server, whole and in two pieces.
pub fn frame_reader(data: &[u8]) {
    let Some((&at, bytes)) = data.split_first() else { return };
    let (first, second) = bytes.split_at(bytes.len() * usize::from(at) / 256);
    assert_eq!(decode(&[bytes]), decode(&[first, second]));
}

/// The same frames through tungstenite: where both read a stream to its end, they tell the same messages.
pub fn differential(data: &[u8]) {
    use tungstenite::protocol::{Role, WebSocketConfig};
    use tungstenite::{Message, WebSocket};

    let ours = decode(&[data]);
    // Without a frame limit it would reserve what a header announces.
    let limit = Some(LIMIT as usize);
    let config = WebSocketConfig::default().max_message_size(limit).max_frame_size(limit);
    let mut theirs = WebSocket::from_raw_socket(Reader(data), Role::Client, Some(config));
    let mut messages = Vec::new();
    let refused = loop {
        match theirs.read() {
            Ok(Message::Close(_)) => break false,
            Ok(message) => messages.push(message.into_data().to_vec()),
            Err(tungstenite::Error::Io(_)) => break false,
            Err(tungstenite::Error::ConnectionClosed | tungstenite::Error::AlreadyClosed) => break false,
            Err(_) => break true,
        }
    };
    let mut expected = Vec::new();
    let mut open = Vec::new();
    let mut closed = false;
    for (opcode, fin, payload) in &ours.frames {
        match opcode {
            Opcode::Close => {
                closed = true;
                break;
            }
            Opcode::Ping | Opcode::Pong => expected.push(payload.clone()),
            _ => {
                open.extend_from_slice(payload);
                if *fin {
                    expected.push(std::mem::take(&mut open));
                }
            }
        }
    }
    // We are the stricter one (shortest length forms, close codes, order of checks); never the laxer.
    if refused && !closed {
        assert!(ours.fault.is_some(), "tungstenite refuses what we accept: {data:?}");
    }
    let common = expected.len().min(messages.len());
    assert_eq!(expected[..common], messages[..common]);
    if ours.fault.is_none() && !refused {
        assert_eq!(expected.len(), messages.len());
    }
}

/// Bytes to read, and a place for answers.
struct Reader<'a>(&'a [u8]);

impl std::io::Read for Reader<'_> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        if self.0.is_empty() {
            return Err(std::io::ErrorKind::WouldBlock.into());
        }
        self.0.read(into)
    }
}

impl std::io::Write for Reader<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// A whole connection: what a server sends behind its 101, through every way of reading.
pub fn connection(data: &[u8]) {
    let [mode, step, bytes @ ..] = data else { return };
    let session = Session::default();
    let peer = Peer::default();
    peer.change(|state| {
        state.input.extend(bytes);
        state.end = End::Finished;
        state.max_step = usize::from(*step) + 1;
    });
    session
        .attach(
            session.detach(&mut Op::new("test", false)).epoch(),
            Box::new(MemoryLink::to(&peer)),
            Vec::new(),
            Extensions::default(),
            LIMIT,
        )
        .expect("the system gives random numbers");
    read_all(&session, *mode);
    let state = peer.state();
    for length in outbound::frame_lengths(&state.output).filter(|_| state.is_finished) {
        assert!(state.output[1] & 0x80 != 0 && length <= state.output.len(), "half a frame before the end");
    }
}

/// Reads in every way, in an order that `mode` sets, until the connection ends.
fn read_all(session: &Session, mode: u8) {
    let bit = |bit: u8| mode & (1 << bit) != 0;
    let policy = Policy { close_auto_respond: bit(0), ping_auto_respond: bit(1), pong_auto_consume: bit(2) };
    let options = ReadOptions { policy, idle_ms: 1000 };
    let mut op = Op::new("fuzz", bit(3));
    for turn in 0..1000 {
        let outcome = match (turn + usize::from(mode >> 4)) % 5 {
            0 => block_on(session.read_frame(&mut op, options)),
            1 => block_on(session.read_message(&mut op, options)),
            2 => block_on(session.receive(&mut op, options))
                .map(|(_, pointer, len)| assert!(!pointer.is_null() || len == 0)),
            3 => session.try_read_frame(&mut op, policy),
            _ => {
                session.poll_readable(policy);
                Ok(())
            }
        };
        assert!(session.received_len() as u64 <= LIMIT);
        if bit(7) {
            let _ = session.hand_over_received(|_| Ok(()));
        }
        match outcome {
            Err(fault) if fault.code() == ErrorCode::ReceiveBufferFull => {
                session.hand_over_received(|_| Ok(())).expect("nothing is taken")
            }
            Err(_) => return,
            Ok(()) => {}
        }
    }
}

/// URLs: what is accepted can be requested.
pub fn url(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(url) = WsUrl::parse(text) else { return };
    assert!(!url.host.is_empty() && url.port != 0 && url.target.starts_with('/'));
    request::encode("GET", &url.target, &Headers::default()).expect("an accepted target can be requested");
    let mut headers = Headers::default();
    headers
        .add("Host", &request::host_field(&url.host, url.port, url.default_port()))
        .expect("an accepted host is a field value");
}

/// Header fields: whatever is accepted stays one line of the request.
pub fn header_values(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let (name, value) = text.split_once('\u{1}').unwrap_or(("X-Value", text));
    let mut headers = Headers::default();
    if headers.add(name, value).is_err() {
        return;
    }
    let request = request::encode("GET", "/", &headers).expect("accepted fields can be sent");
    let breaks = request.iter().filter(|byte| **byte == b'\n').count();
    assert_eq!(breaks, 3, "request line, one field, blank line");
    assert!(!request.contains(&0));
}

/// Logs: hostile text stays on its line.
pub fn log_rendering(data: &[u8]) {
    let text = String::from_utf8_lossy(data).into_owned();
    let mut log = Log::new("Connect", true);
    let context = log.enter("handshake");
    log.fact("responseBody", text.clone());
    log.info(text.clone());
    log.leave(context);
    log.finish(Some(Fault::new(ErrorCode::UpgradeRefused, text)));
    assert_eq!(log.to_text().lines().count(), 12, "{}", log.to_text());
}

/// Sequences of calls of C functions with arbitrary arguments and handles; no call may crash.
pub fn ffi_calls(data: &[u8]) {
    let mut calls = Calls { data, handles: vec![ptr::null_mut(), ptr::without_provenance_mut(0x1234)] };
    while calls.step().is_some() {}
    for handle in std::mem::take(&mut calls.handles) {
        // Each kind ignores the handles of the others.
        ffi::websocket::ckws_dispose(handle.cast());
        ffi::rest::ckws_rest_dispose(handle.cast());
        ffi::bin_data::ckws_bin_data_dispose(handle.cast());
        ffi::string_builder::ckws_string_builder_dispose(handle.cast());
        ffi::task::ckws_task_dispose(handle.cast());
        ffi::task_queue::ckws_task_queue_dispose(handle.cast());
    }
}

/// As a careless program would: it disposes what it was called for.
extern "C-unwind" fn dispose_task(task: *mut ckws_task, _: *mut c_void) {
    ffi::task::ckws_task_dispose(task);
}

struct Calls<'a> {
    data: &'a [u8],
    handles: Vec<*mut ()>,
}

impl Calls<'_> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.data.split_first()?;
        self.data = rest;
        Some(*first)
    }

    fn handle<T>(&mut self) -> Option<*mut T> {
        let index = usize::from(self.byte()?) % self.handles.len();
        Some(self.handles[index].cast())
    }

    fn text(&mut self) -> Option<CString> {
        let length = usize::from(self.byte()? % 32).min(self.data.len());
        let (text, rest) = self.data.split_at(length);
        self.data = rest;
        Some(CString::new(text.split(|byte| *byte == 0).next().unwrap_or_default()).unwrap_or_default())
    }

    fn int(&mut self) -> Option<i32> {
        Some(match self.byte()? {
            0 => i32::MIN,
            255 => i32::MAX,
            other => i32::from(other) - 10,
        })
    }

    fn step(&mut self) -> Option<()> {
        match self.byte()? {
            number @ 0..128 => self.call(number % 32),
            number => self.call_of_tasks(number % 32),
        }
    }

    fn call(&mut self, number: u8) -> Option<()> {
        use ffi::bin_data::*;
        use ffi::rest::*;
        use ffi::string_builder::*;
        use ffi::websocket::*;
        let (mut data, mut len) = (ptr::null(), 0);
        // SAFETY: every string is NUL-terminated and every place valid while its call runs.
        unsafe {
            match number {
                0 => self.handles.push(ckws_create().cast()),
                1 => self.handles.push(ckws_rest_create().cast()),
                2 => self.handles.push(ckws_bin_data_create().cast()),
                3 => self.handles.push(ckws_string_builder_create().cast()),
                4 => ckws_dispose(self.handle()?),
                5 => ckws_rest_dispose(self.handle()?),
                6 => ckws_bin_data_dispose(self.handle()?),
                7 => ckws_string_builder_dispose(self.handle()?),
                8 => ignore(ckws_read_frame(self.handle()?)),
                9 => ignore(ckws_receive(self.handle()?, &raw mut data, &raw mut len)),
                10 => ignore(ckws_send_frame(self.handle()?, self.text()?.as_ptr(), true.into())),
                11 => {
                    ignore(ckws_send_close(self.handle()?, true.into(), self.int()?, self.text()?.as_ptr()))
                }
                12 => ignore(ckws_add_request_header(
                    self.handle()?,
                    self.text()?.as_ptr(),
                    self.text()?.as_ptr(),
                )),
                13 => ignore(ckws_use_connection(self.handle()?, self.handle()?)),
                14 => ignore(ckws_validate_server_handshake(self.handle()?)),
                15 => ignore(ckws_get_last_error_text(self.handle()?)),
                16 => ignore(ckws_set_idle_timeout_ms(self.handle()?, self.int()?)),
                17 => ignore(ckws_set_max_message_size(self.handle()?, i64::from(self.int()?) << 20)),
                18 => {
                    ignore(ckws_rest_add_header(self.handle()?, self.text()?.as_ptr(), self.text()?.as_ptr()))
                }
                19 => ignore(ckws_rest_set_auth_basic(
                    self.handle()?,
                    self.text()?.as_ptr(),
                    self.text()?.as_ptr(),
                )),
                20 => ignore(ckws_rest_full_request_no_body(
                    self.handle()?,
                    self.text()?.as_ptr(),
                    self.text()?.as_ptr(),
                )),
                21 => {
                    ignore(ckws_bin_data_append_binary(self.handle()?, self.data.as_ptr(), self.data.len()))
                }
                22 => ignore(ckws_bin_data_get_bytes(self.handle()?, &raw mut len)),
                23 => ignore(ckws_string_builder_append(self.handle()?, self.text()?.as_ptr())),
                24 => ignore(ckws_string_builder_get_as_string(self.handle()?)),
                25 => ignore(ckws_get_frame_data_bd(self.handle()?, self.handle()?)),
                26 => ignore(ckws_get_frame_data_sb(self.handle()?, self.handle()?)),
                27 => ignore(ckws_send_frame_bd(self.handle()?, self.handle()?, false.into())),
                28 => ignore(ckws_poll_data_available(self.handle()?)),
                29 => ignore(ckws_flush(self.handle()?)),
                30 => ignore(ckws_close_connection(self.handle()?)),
                _ => ignore(ckws_try_read_frame(self.handle()?)),
            }
        }
        Some(())
    }

    /// No wait here is longer than some milliseconds.
    fn call_of_tasks(&mut self, number: u8) -> Option<()> {
        use ffi::rest::*;
        use ffi::task::*;
        use ffi::task_queue::*;
        use ffi::websocket::*;
        // SAFETY: every string is NUL-terminated and every place valid while its call runs.
        unsafe {
            match number {
                0 => self.handles.push(ckws_task_create().cast()),
                1 => self.handles.push(ckws_task_queue_create().cast()),
                2 => ckws_task_dispose(self.handle()?),
                3 => ckws_task_queue_dispose(self.handle()?),
                4 => self.make(|calls| Some(ckws_read_frame_async(calls.handle()?))),
                5 => self.make(|calls| Some(ckws_read_message_async(calls.handle()?))),
                6 => self.make(|calls| {
                    Some(ckws_send_frame_async(calls.handle()?, calls.text()?.as_ptr(), true.into()))
                }),
                7 => self.make(|calls| {
                    Some(ckws_send_frame_bd_async(calls.handle()?, calls.handle()?, true.into()))
                }),
                8 => self.make(|calls| {
                    Some(ckws_send_frame_sb_async(calls.handle()?, calls.handle()?, true.into()))
                }),
                9 => self.make(|calls| {
                    Some(ckws_send_close_async(
                        calls.handle()?,
                        true.into(),
                        calls.int()?,
                        calls.text()?.as_ptr(),
                    ))
                }),
                10 => self.make(|calls| Some(ckws_flush_async(calls.handle()?))),
                11 => self.make(|calls| Some(ckws_rest_read_response_header_async(calls.handle()?))),
                12 => self.make(|calls| {
                    Some(ckws_rest_full_request_no_body_sb_async(
                        calls.handle()?,
                        calls.text()?.as_ptr(),
                        calls.text()?.as_ptr(),
                        calls.handle()?,
                    ))
                }),
                13 => ignore(ckws_load_task_caller(self.handle()?, self.handle()?)),
                14 => ignore(ckws_rest_load_task_caller(self.handle()?, self.handle()?)),
                15..18 => ignore(ckws_task_run(self.handle()?)),
                18 => ignore(ckws_task_run_synchronously(self.handle()?)),
                19 => ignore(ckws_task_wait(self.handle()?, self.milliseconds()?)),
                20 => ignore(ckws_task_cancel(self.handle()?)),
                21 => ckws_task_sleep_ms(self.handle()?, self.milliseconds()?),
                22 => ignore(ckws_task_get_result_bool(self.handle()?)),
                23 => ignore(ckws_task_get_result_string(self.handle()?)),
                24 => ignore(ckws_task_get_result_error_text(self.handle()?)),
                25 => ignore(ckws_task_get_status(self.handle()?)),
                26 => ckws_set_task_completed(self.handle()?, Some(dispose_task), ptr::null_mut()),
                27 => ckws_set_task_completed(self.handle()?, None, ptr::null_mut()),
                28 => ignore(ckws_task_queue_add(self.handle()?, self.handle()?)),
                29 => ignore(ckws_task_queue_remove(self.handle()?, self.handle()?)),
                30 => ignore(ckws_task_queue_next(self.handle()?, self.milliseconds()?)),
                _ => ignore(ckws_task_queue_try_next(self.handle()?)),
            }
        }
        Some(())
    }

    fn make(&mut self, task: impl FnOnce(&mut Self) -> Option<*mut ckws_task>) {
        let made = task(self);
        self.handles.extend(made.map(<*mut ckws_task>::cast));
    }

    fn milliseconds(&mut self) -> Option<i32> {
        Some(i32::from(self.byte()? % 3) + 1)
    }
}

/// The result does not matter: the call returned.
fn ignore<T>(_: T) {}
