//! The end of a stream whose peer must get what was sent last: our side is ended, then input is discarded until the peer
//! ends its own.
//!
//! A socket that is closed over unread bytes makes the kernel send a reset, which may destroy what the peer has not
//! read yet (RFC 6455 section 7.1.1). A peer that never ends its side is waited for a second, or a mebibyte.

use super::{Link, ReadBuf, TryResult};
use crate::base::Deadline;
use crate::sys::blocks;

const LINGER_MS: u32 = 1000;
const MAX_DISCARDED: usize = 1024 * 1024;

/// The progress of the end.
#[derive(Debug)]
pub struct Linger {
    is_finished: bool,
    discarded: usize,
    until: Deadline,
}

impl Linger {
    /// Begins the end, which is over at `deadline` at the latest.
    pub fn begin(deadline: Deadline) -> Self {
        let until = Deadline::after_ms(LINGER_MS).earlier(deadline);
        Self { is_finished: false, discarded: 0, until }
    }

    /// Returns when the peer is waited for no more.
    pub fn until(&self) -> Deadline {
        self.until
    }

    /// Returns whether our side is ended: nothing is to be sent any more.
    pub fn is_finished(&self) -> bool {
        self.is_finished
    }

    /// Ends our side, then reads and discards until the peer's end; Ok once that has come.
    pub fn advance(&mut self, link: &mut dyn Link) -> TryResult<()> {
        if !self.is_finished {
            link.try_finish()?;
            self.is_finished = true;
        }
        let mut block = blocks::take();
        let outcome = loop {
            block.clear();
            match link.try_read(&mut ReadBuf::new(&mut block, blocks::BLOCK_SIZE)) {
                Ok(0) => break Ok(()),
                Ok(received) => self.discarded += received,
                Err(error) => break Err(error),
            }
            if self.discarded > MAX_DISCARDED {
                break Ok(());
            }
        };
        blocks::give(block);
        outcome
    }
}
