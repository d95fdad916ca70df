//! TLS and certificates: `src/link`.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test ends at the first thing that goes wrong"
)]

mod certificates;
mod client_certificate;
mod key_material;
mod openssl;
mod proxy_tls;
mod system_roots;
mod tls_records;
