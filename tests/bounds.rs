//! How soon a call ends that somebody ends: within 50 ms of a task's cancel, of CloseConnection and of the last dispose,
//! and of the heartbeat at which AbortCheck says so. Also where a peer floods. And how long a send stalls: IdleTimeoutMs
//! and an eighth.
//!
//! Ten times the bound where other tests run beside this one; `CKWS_TEST_FULL=1` takes it at its word. What a machine
//! does otherwise may delay one try, so a bound is broken when several tries in a row are late.

#![allow(clippy::expect_used, reason = "a test ends at the first thing that goes wrong")]

use ckws::base::ErrorCode;
use ckws::ffi::boolean::Bool;
use ckws::ffi::websocket as ws;
use socket2::SockRef;
use std::any::Any;
use std::ffi::{c_int, c_void};
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};
use support::authority::{Authority, params};
use support::client::Client;
use support::running::{Running, leniency};
use support::server::{accept_one, frame, listener, serve_one, silent_address, tls_stream, websocket};
use support::tasks::{self, ABORTED, Task};

const BOUND: Duration = Duration::from_millis(50);
const HEARTBEAT_MS: c_int = 10;
const TRIES: usize = 5;

fn bound(end: End) -> Duration {
    let heartbeat =
        if end == End::Abort { Duration::from_millis(HEARTBEAT_MS as u64) } else { Duration::ZERO };
    heartbeat + allowed(BOUND)
}

fn allowed(bound: Duration) -> Duration {
    bound * leniency()
}

/// How a call is ended.
#[derive(Clone, Copy, Debug, PartialEq)]
enum End {
    Cancel,
    Abort,
    CloseConnection,
    Dispose,
}

const ENDS: [End; 4] = [End::Cancel, End::Abort, End::CloseConnection, End::Dispose];

/// What is ended.
#[derive(Clone, Debug)]
enum Call {
    Connect(String),
    ReadFrame,
    ReadMessage,
    Receive,
    Send,
}

impl Call {
    /// Makes it on this thread.
    fn make(&self, client: &Client) -> bool {
        match self {
            Self::Connect(url) => client.connect(url),
            Self::ReadFrame => client.read_frame(),
            Self::ReadMessage => client.read_message(),
            Self::Receive => client.receive().is_some(),
            Self::Send => client.send_binary(&vec![0; 64 << 20]),
        }
    }

    /// Its twin; None if there is none.
    fn defer(&self, client: &Client) -> Option<Task> {
        match self {
            Self::Connect(url) => Task::connect(client, url),
            Self::ReadFrame => Task::read_frame(client),
            Self::ReadMessage => Task::read_message(client),
            Self::Receive => None,
            Self::Send => Task::send_binary(client, &vec![0; 64 << 20]),
        }
    }

    /// What a call that is ended in this way says.
    fn code(&self, end: End) -> c_int {
        match (end, self) {
            (End::Abort, Self::Send) => ErrorCode::SendInterrupted as c_int,
            (End::Abort | End::Cancel, _) => ErrorCode::Aborted as c_int,
            (End::CloseConnection, _) => ErrorCode::ClosedLocally as c_int,
            // The handle is not alive.
            (End::Dispose, _) => -1,
        }
    }
}

/// A client with a call to make, and what it is made against.
struct Scene {
    client: Client,
    call: Call,
    /// Waits until the call is where it is to be ended, if the call alone does not show it.
    until: Box<dyn FnOnce() -> Box<dyn Any>>,
    /// A call that is never at rest.
    is_busy: bool,
}

impl Scene {
    fn of(client: Client, call: Call, kept: impl Any) -> Self {
        Self { client, call, until: Box::new(move || Box::new(kept)), is_busy: false }
    }

    /// Ends the call; how long that took. None if there is no such call.
    fn end(self, end: End) -> Option<Duration> {
        self.client.idle(0);
        self.client.connect_timeout(0);
        if end == End::Cancel { self.cancel() } else { Some(self.end_from_beside(end)) }
    }

    fn cancel(self) -> Option<Duration> {
        let task = self.call.defer(&self.client)?;
        assert!(task.run());
        let _kept = (self.until)();
        if matches!(self.call, Call::Send) {
            // Its first bytes must have left.
            while self.client.pending_send_bytes() == 0 {
                std::thread::yield_now();
            }
        }
        let began = Instant::now();
        assert!(task.cancel() && task.wait(10_000));
        let elapsed = began.elapsed();
        // One that had not begun to run is canceled; that is no wait that was ended.
        assert!([ABORTED, tasks::CANCELED].contains(&task.status()), "{}", task.status());
        assert_eq!(task.result_code(), self.call.code(End::Cancel));
        Some(elapsed)
    }

    fn end_from_beside(self, end: End) -> Duration {
        let Self { client, call, until, is_busy } = self;
        let (abort, client) = (AbortFlag::default(), Arc::new(client));
        if end == End::Abort {
            abort.watch(&client);
        }
        let (shared, made) = (Arc::clone(&client), call.clone());
        let running = Running::start(move || {
            let ended_well = made.make(&shared);
            (Instant::now(), ended_well, shared.code())
        });
        let _kept = until();
        if !is_busy {
            running.until_it_waits();
        }
        let began = Instant::now();
        match end {
            End::Abort => abort.0.store(true, Ordering::Relaxed),
            End::CloseConnection => assert!(client.close_connection()),
            End::Dispose => client.dispose(),
            End::Cancel => unreachable!("that is for tasks"),
        }
        let (ended, ended_well, code) = running.result();
        assert_eq!((ended_well, code), (false, call.code(end)), "{call:?} ended by {end:?}");
        ended.saturating_duration_since(began)
    }
}

/// What AbortCheck answers; it is to live until the client is gone.
#[derive(Default)]
struct AbortFlag(Arc<AtomicBool>);

impl AbortFlag {
    #[allow(unsafe_code, reason = "a callback as C has it")]
    fn watch(&self, client: &Client) {
        unsafe extern "C-unwind" fn answer(flag: *mut c_void) -> Bool {
            // SAFETY: the flag lives until the call has ended, and the client is gone.
            unsafe { &*flag.cast::<AtomicBool>() }.load(Ordering::Relaxed).into()
        }
        let flag = Arc::as_ptr(&self.0).cast_mut().cast();
        ws::ckws_set_abort_check(client.handle(), Some(answer), flag);
        assert!(ws::ckws_set_heartbeat_ms(client.handle(), HEARTBEAT_MS).is_true());
    }
}

/// Every way to end what `scene` makes anew each time.
fn assert_ends_soon(scene: impl Fn() -> Scene) {
    for end in ENDS {
        let mut late = Vec::new();
        while let Some(elapsed) = scene().end(end).filter(|elapsed| *elapsed > bound(end)) {
            late.push(elapsed);
            assert!(late.len() < TRIES, "{:?} ended by {end:?}: {late:?}", scene().call);
        }
    }
}

#[test]
fn a_tcp_connect_ends_soon() {
    assert_ends_soon(|| {
        let (socket, filler, port) = silent_address();
        Scene::of(Client::new(), Call::Connect(format!("ws://127.0.0.1:{port}/")), (socket, filler))
    });
}

#[test]
fn a_handshake_ends_soon() {
    for scheme in ["ws", "wss"] {
        assert_ends_soon(|| {
            let (listener, port) = listener();
            let call = Call::Connect(format!("{scheme}://127.0.0.1:{port}/"));
            let until = Box::new(move || Box::new(accept_one(&listener)) as Box<dyn Any>);
            Scene { until, ..Scene::of(Client::new(), call, ()) }
        });
    }
}

/// A client and the other end of its connection, which says and takes nothing.
fn open() -> (Client, impl Any) {
    let (sender, peer) = channel();
    let port = serve_one(move |stream| sender.send(websocket(stream)).expect("the test waits"));
    let client = Client::connected(&format!("ws://127.0.0.1:{port}/"));
    (client, peer.recv().expect("the server has accepted"))
}

#[test]
fn a_read_ends_soon() {
    for call in [Call::ReadFrame, Call::ReadMessage, Call::Receive] {
        assert_ends_soon(|| {
            let (client, peer) = open();
            Scene::of(client, call.clone(), peer)
        });
    }
}

#[test]
fn a_send_ends_soon() {
    assert_ends_soon(|| {
        let (client, peer) = open();
        Scene::of(client, Call::Send, peer)
    });
}

/// A client whose peer never stops; the call has taken more than the kernel holds before anybody reads when it is to be
/// ended.
fn flooded(first: Vec<u8>, one: &[u8], call: Call) -> Scene {
    let pattern = one.repeat((64 << 10) / one.len());
    let (begun_sender, begun) = channel();
    let port = serve_one(move |stream| {
        SockRef::from(&stream).set_send_buffer_size(64 << 10).expect("a socket takes the option");
        let mut peer = websocket(stream);
        let stream = peer.get_mut();
        let mut written = 0;
        let mut outcome = stream.write_all(&first);
        while outcome.is_ok() {
            outcome = stream.write_all(&pattern);
            written += pattern.len();
            if written > 1 << 20 {
                let _ = begun_sender.send(());
            }
        }
    });
    let client = Client::connected(&format!("ws://127.0.0.1:{port}/"));
    let until = Box::new(move || {
        begun.recv().expect("the client reads");
        Box::new(begun) as Box<dyn Any>
    });
    Scene { until, is_busy: true, ..Scene::of(client, call, ()) }
}

#[test]
fn a_flood_holds_nobody() {
    for call in [Call::ReadMessage, Call::Receive] {
        // Pings whose Pongs nobody reads; a message of empty fragments.
        assert_ends_soon(|| flooded(Vec::new(), &frame(0x89, b"ping"), call.clone()));
        assert_ends_soon(|| flooded(frame(0x02, b""), &frame(0x00, b""), call.clone()));
    }
}

/// Makes a send that stalls; how long it takes.
fn stall(client: &Client, idle: Duration, by_task: bool) -> Duration {
    client.idle(idle.as_millis() as c_int);
    // More than the two kernels hold.
    let data = vec![0; 16 << 20];
    let task = Task::send_binary(client, &data).expect("it is a valid call");
    let began = Instant::now();
    let code = if by_task {
        assert!(task.run() && task.wait(0));
        task.result_code()
    } else {
        assert!(!client.send_binary(&data));
        client.code()
    };
    let elapsed = began.elapsed();
    assert!(
        [ErrorCode::SendTimeout, ErrorCode::SendInterrupted].map(|code| code as c_int).contains(&code),
        "{code}"
    );
    elapsed
}

#[test]
fn a_send_that_stalls_ends_at_its_idle_time_out() {
    const IDLE: Duration = Duration::from_secs(1);
    let authority = Authority::new("stalls");
    let config = authority.issue(params(["localhost"])).config();
    for (scheme, by_task) in [("ws", false), ("ws", true), ("wss", false), ("wss", true)] {
        let mut late = Vec::new();
        loop {
            let (sender, peer) = channel::<Box<dyn Any + Send>>();
            let config = Arc::clone(&config);
            let port = serve_one(move |stream| {
                let peer: Box<dyn Any + Send> = match scheme {
                    "ws" => Box::new(websocket(stream)),
                    _ => Box::new(websocket(tls_stream(&config, stream))),
                };
                sender.send(peer).expect("the test waits");
            });
            let client = Client::trusting(&authority.pem());
            client.must_connect(&format!("{scheme}://localhost:{port}/"));
            let _peer = peer.recv().expect("the server has accepted");
            let elapsed = stall(&client, IDLE, by_task);
            assert!(elapsed >= IDLE, "{scheme}, by task {by_task}: {elapsed:?}");
            if elapsed <= IDLE + allowed(IDLE / 8 + BOUND) {
                break;
            }
            late.push(elapsed);
            assert!(late.len() < TRIES, "{scheme}, by task {by_task}: {late:?}");
        }
    }
}
