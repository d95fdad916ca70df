//! Once its buffers have grown, a connection allocates nothing for a small frame, in either direction.

#![allow(unsafe_code, reason = "the functions are those that C calls")]

use crate::allocator::allocations;
use ckws::ffi::websocket::ckws_websocket;
use ckws::ffi::websocket::{
    ckws_connect, ckws_create, ckws_dispose, ckws_get_frame_data_bytes, ckws_read_frame, ckws_receive,
    ckws_send_binary, ckws_set_auto_flush,
};
use std::ffi::CString;
use std::net::{Ipv4Addr, TcpListener};
use std::ptr;
use std::thread;
use tungstenite::Message;

const FRAMES: usize = 10_000;
const PAYLOAD: [u8; 32] = [b'.'; 32];

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
