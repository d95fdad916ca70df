//! A request of a Rest that is dropped in the middle, as a cancelled task's is: the steps of a response go on
//! where they were, and a response that nobody waits for is not taken for that of the next request.

use ckws::base::ErrorCode;
use ckws::engine::{Op, block_on};
use ckws::object::Rest;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

const RESPONSE: &[u8] =
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n";

fn connected() -> (Rest, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("a bound listener has an address").port();
    let rest = Rest::default();
    let mut op = Op::new("Connect", false);
    block_on(rest.connect(&mut op, "127.0.0.1", i32::from(port), false, false)).expect("loopback connects");
    let (peer, _) = listener.accept().expect("the connection waits");
    (rest, peer)
}

/// Polls a future `polls` times and drops it; whether it was ready.
fn abandon<F: Future>(polls: usize, future: F) -> bool {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    (0..polls).any(|_| matches!(future.as_mut().poll(&mut context), Poll::Ready(_)))
}

fn send(rest: &Rest) -> Result<(), ErrorCode> {
    let mut op = Op::new("SendReqNoBody", false);
    block_on(rest.send_req_no_body(&mut op, "GET", "/")).map_err(|fault| fault.code())
}

#[test]
fn a_dropped_read_loses_no_byte() {
    for split in 0..RESPONSE.len() {
        let (rest, mut peer) = connected();
        let mut op = Op::new("test", false);
        send(&rest).expect("loopback takes it");
        peer.write_all(&RESPONSE[..split]).expect("loopback takes it");
        let head_is_read = abandon(2, rest.read_response_header(&mut op));
        if head_is_read {
            assert!(!abandon(2, rest.read_resp_body_string(&mut op)), "split {split}");
        }
        peer.write_all(&RESPONSE[split..]).expect("loopback takes it");
        if !head_is_read {
            assert_eq!(block_on(rest.read_response_header(&mut op)), Ok(200), "split {split}");
        }
        let body = block_on(rest.read_resp_body_string(&mut op));
        assert_eq!(body.as_deref(), Ok("hello world"), "split {split}");
        send(&rest).expect("the connection is as good as before");
    }
}

#[test]
fn a_dropped_full_request_leaves_no_response_behind() {
    for split in 0..RESPONSE.len() {
        let (rest, mut peer) = connected();
        let mut op = Op::new("test", false);
        {
            let mut request = pin!(rest.full_request_no_body(&mut op, "GET", "/"));
            let mut context = Context::from_waker(Waker::noop());
            assert!(request.as_mut().poll(&mut context).is_pending(), "split {split}");
            peer.write_all(&RESPONSE[..split]).expect("loopback takes it");
            assert!(request.as_mut().poll(&mut context).is_pending(), "split {split}");
        }
        assert_eq!(send(&rest), Err(ErrorCode::NotConnected), "split {split}");
        let mut requests = Vec::new();
        peer.read_to_end(&mut requests).expect("the connection has ended");
        assert!(requests.starts_with(b"GET / HTTP/1.1\r\n"), "split {split}");
    }
}
