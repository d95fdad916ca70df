//! HTTP/1.1 as bytes: requests, response heads and bodies.

mod body;
mod request;
mod response;
