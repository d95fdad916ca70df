//! Read blocks: 64 KiB of memory that a connection borrows while it has bytes to read, and gives back before it
//! waits. So ten thousand idle connections own none.

use super::process::ProcessLocal;
use crate::base::Locked;

/// The size of a block: many small frames, or a good part of a large one, per system call.
pub const BLOCK_SIZE: usize = 64 * 1024;

/// Blocks beyond this many are freed when they come back.
const KEPT: usize = 16;

static POOL: ProcessLocal<Locked<Vec<Vec<u8>>>> = ProcessLocal::new(|| Locked::new(Vec::new()));

/// A block has room for a NUL after its last byte.
const CAPACITY: usize = BLOCK_SIZE + 1;

/// Returns an empty block with room for [`BLOCK_SIZE`] bytes, and one more.
pub fn take() -> Vec<u8> {
    let pooled = POOL.get().lock().pop();
    pooled.unwrap_or_else(|| Vec::with_capacity(CAPACITY))
}

/// Takes a block back. Anything that is not one (it grew) is freed.
pub fn give(mut block: Vec<u8>) {
    if block.capacity() != CAPACITY {
        return;
    }
    block.clear();
    let mut pool = POOL.get().lock();
    if pool.len() < KEPT {
        pool.push(block);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Other tests use the pool at the same time, and give no more back than these do.
    #[test]
    fn the_pool_keeps_a_few_blocks_and_nothing_else() {
        let blocks: Vec<Vec<u8>> = (0..3 * KEPT).map(|_| take()).collect();
        blocks.into_iter().for_each(give);
        give(Vec::with_capacity(2 * BLOCK_SIZE));
        let pool = POOL.get().lock();
        assert!(pool.len() <= KEPT, "{} blocks", pool.len());
        assert!(pool.iter().all(|block| block.capacity() == CAPACITY && block.is_empty()));
    }
}
