//! RFC 6455 as tables of bytes. Each input is fed whole, byte by byte and split at every offset, and has to
//! give the same frames or the same fault each time; a test names the section whose rule it holds.

#[cfg(test)]
mod support;

#[cfg(test)]
mod closing;
#[cfg(test)]
mod control;
#[cfg(test)]
mod fragments;
#[cfg(test)]
mod frames;
#[cfg(test)]
mod handshake;
#[cfg(test)]
mod lengths;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod text;
