//! RFC 6455 as tables of bytes. Each input is fed whole, byte by byte and split at every offset, and has to
//! give the same frames or the same fault each time; a test names the section whose rule it holds.

mod closing;
mod control;
mod fragments;
mod frames;
mod handshake;
mod lengths;
mod limits;
mod receiver;
mod text;
