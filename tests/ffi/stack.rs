//! How much stack a thread needs that calls the library, as the README says.

use std::fs;
use std::thread;

use support::client::{CLOSE, Client, TEXT};
use support::start_echo;

/// What the README says; without optimisation more is needed, under a sanitizer much more.
const STACK: usize = if cfg!(debug_assertions) { 1024 } else { 32 } * 1024;

#[test]
fn a_small_stack_is_enough_for_tls() {
    let echo = start_echo();
    let roots = fs::read_to_string(&echo.ca_path).expect("the authority's file can be read");
    let thread = thread::Builder::new().stack_size(STACK).spawn(move || {
        let client = Client::trusting(&roots);
        client.must_connect(&echo.wss_url);
        assert!(client.send_text("over a small stack"));
        assert_eq!(client.message(), (TEXT, b"over a small stack".to_vec()));
        assert!(client.send_close(1000, ""));
        assert_eq!(client.message().0, CLOSE);
    });
    thread.expect("a thread can be started").join().expect("all went well");
}
