//! `ckws_string_builder_*`: text.

mod common;

mod content;

pub use common::*;
pub use content::*;

use super::handle::Handle;
use crate::object::StringBuilder;

/// A growing text.
///
/// Create it with ckws_string_builder_create, dispose it with ckws_string_builder_dispose. Characters are counted as
/// code points. Encodings and charsets are named as for ckws_bin_data.
///
/// Where case does not matter, letters are compared by the full case folding of Unicode: a sharp s equals ss, the
/// two small sigmas are one. Composed and decomposed accents differ, as the Turkish i without dot differs from i.
///
/// Text that a function takes may be what a function of the same object has returned: it is copied first. Since 0.1.0.
pub struct ckws_string_builder;

impl Handle for ckws_string_builder {
    type Object = StringBuilder;
    const KIND: u64 = 4;
}
