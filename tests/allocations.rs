//! Once its buffers have grown, a connection allocates nothing for a small frame, in either direction.

#![allow(unsafe_code, reason = "an allocator that counts, and the C API")]
#![allow(clippy::unwrap_used, reason = "a test ends at the first thing that goes wrong")]

use ckws::ffi::websocket::ckws_websocket;
use ckws::ffi::websocket::{
    ckws_connect, ckws_create, ckws_dispose, ckws_get_frame_data_bytes, ckws_read_frame, ckws_receive,
    ckws_send_binary, ckws_set_auto_flush,
};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::ffi::CString;
use std::net::{Ipv4Addr, TcpListener};
use std::ptr;
use std::thread;
use tungstenite::Message;

const FRAMES: usize = 10_000;
const PAYLOAD: [u8; 32] = [b'.'; 32];

thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

/// Counts for each thread, so that the server in this process does not.
struct Counting;

fn count() {
    let _ = ALLOCATIONS.try_with(|allocations| allocations.set(allocations.get() + 1));
}

// SAFETY: everything is passed on to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count();
        // SAFETY: the caller's promise.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// How often this thread allocates in `body`.
fn allocations(body: impl FnOnce()) -> usize {
    let before = ALLOCATIONS.get();
    body();
    ALLOCATIONS.get() - before
}

/// Connects to a server that sends `flood` small messages and then takes whatever comes.
fn connected(flood: usize) -> *mut ckws_websocket {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let url = CString::new(format!("ws://{}/", listener.local_addr().unwrap())).unwrap();
    thread::spawn(move || {
        let mut server = tungstenite::accept(listener.accept().unwrap().0).unwrap();
        for _ in 0..flood {
            server.write(Message::Binary(PAYLOAD.to_vec().into())).unwrap();
        }
        server.flush().unwrap();
        while server.read().is_ok() {}
    });
    let ws = ckws_create();
    // SAFETY: the URL is NUL-terminated and lives through the call.
    assert!(unsafe { ckws_connect(ws, url.as_ptr()).is_true() });
    ws
}

fn receive(ws: *mut ckws_websocket) {
    let (mut data, mut len) = (ptr::null(), 0);
    for _ in 0..FRAMES {
        // SAFETY: both places live through the call; what is received is lent until the next.
        unsafe {
            assert_eq!(ckws_receive(ws, &raw mut data, &raw mut len), 2);
            assert_eq!(std::slice::from_raw_parts(data, len), PAYLOAD);
        }
    }
}

fn read_frames(ws: *mut ckws_websocket) {
    let mut len = 0;
    for _ in 0..FRAMES {
        assert!(ckws_read_frame(ws).is_true());
        // SAFETY: the place lives through the call; the data is lent until the next read.
        unsafe {
            let data = ckws_get_frame_data_bytes(ws, &raw mut len);
            assert_eq!(std::slice::from_raw_parts(data, len), PAYLOAD);
        }
    }
}

fn send(ws: *mut ckws_websocket) {
    for _ in 0..FRAMES {
        // SAFETY: the pointer and the length are those of one array.
        assert!(unsafe { ckws_send_binary(ws, PAYLOAD.as_ptr(), PAYLOAD.len()).is_true() });
    }
}

#[test]
fn receiving_small_frames() {
    let ws = connected(4 * FRAMES);
    receive(ws);
    assert_eq!(allocations(|| receive(ws)), 0, "ckws_receive");
    read_frames(ws);
    assert_eq!(allocations(|| read_frames(ws)), 0, "ckws_read_frame");
    ckws_dispose(ws);
}

#[test]
fn sending_small_frames() {
    let ws = connected(0);
    for auto_flush in [true, false] {
        assert!(ckws_set_auto_flush(ws, auto_flush.into()).is_true());
        send(ws);
        assert_eq!(allocations(|| send(ws)), 0, "auto_flush: {auto_flush}");
    }
    ckws_dispose(ws);
}
