//! HTTP/1.1 (RFC 9110, RFC 9112) as bytes: requests out, responses in.
//!
//! What a program sets is checked before a byte of it is written; what a server sends is read strictly and within
//! fixed bounds. Connections, redirects and decoding of content are not here.

pub mod body;
pub mod headers;
pub mod request;
pub mod response;

pub use body::{BodyReader, BodyStep, Framing};
pub use headers::Headers;
pub use response::{Head, HeadReader};
