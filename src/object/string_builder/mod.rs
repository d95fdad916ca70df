//! StringBuilder: text that travels between calls. Always valid UTF-8.

use super::bin_data::out_of_memory;
use super::{Common, Object};
use crate::base::{Locked, Result};

/// A growing string.
#[derive(Debug, Default)]
pub struct StringBuilder {
    common: Common,
    text: Locked<String>,
}

impl Object for StringBuilder {
    fn common(&self) -> &Common {
        &self.common
    }
}

impl StringBuilder {
    /// How many code points there are.
    pub fn len(&self) -> usize {
        self.text.lock().chars().count()
    }

    /// Whether there is no text.
    pub fn is_empty(&self) -> bool {
        self.text.lock().is_empty()
    }

    /// Appends text.
    pub fn append(&self, text: &str) -> Result<()> {
        let mut own = self.text.lock();
        own.try_reserve(text.len()).map_err(out_of_memory)?;
        own.push_str(text);
        Ok(())
    }

    /// Removes all text.
    pub fn clear(&self) {
        self.text.lock().clear();
    }

    /// Replaces the text.
    pub fn set(&self, text: &str) -> Result<()> {
        let mut own = self.text.lock();
        let mut fresh = String::new();
        fresh.try_reserve(text.len()).map_err(out_of_memory)?;
        fresh.push_str(text);
        *own = fresh;
        Ok(())
    }

    /// A copy of the text.
    pub fn text(&self) -> Result<String> {
        let own = self.text.lock();
        let mut copy = String::new();
        copy.try_reserve_exact(own.len()).map_err(out_of_memory)?;
        copy.push_str(&own);
        Ok(copy)
    }
}
