//! Where a connection's mask keys come from.

use crate::base::Result;
use crate::sys::random;
use rand_chacha::ChaCha12Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// A generator of the connection's own, which the system seeds for its first frame. There is no state without keys: a
/// frame has a fresh key, or is not encoded.
#[derive(Default)]
pub(super) struct Keys(Option<Box<ChaCha12Rng>>);

impl Keys {
    /// Returns a fresh mask key (RFC 6455 section 5.3: unpredictable, from strong entropy). Fails if the system gives no
    /// seed.
    #[inline]
    pub(super) fn next(&mut self) -> Result<[u8; 4]> {
        let generator = match &mut self.0 {
            Some(generator) => generator,
            place => seed(place)?,
        };
        Ok(generator.next_u32().to_ne_bytes())
    }
}

/// Puts a fresh generator there. Apart from [`Keys::next`], for it is called once for a connection.
#[cold]
fn seed(place: &mut Option<Box<ChaCha12Rng>>) -> Result<&mut Box<ChaCha12Rng>> {
    let seed = random::bytes()?;
    Ok(place.insert(Box::new(ChaCha12Rng::from_seed(seed))))
}
