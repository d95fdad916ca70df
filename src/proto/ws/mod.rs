//! RFC 6455 as bytes.
