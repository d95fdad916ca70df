//! `ckws_bin_data_*`: bytes.

mod common;

mod content;

pub use common::*;
pub use content::*;

use super::handle::Handle;
use crate::object::BinData;

/// A growing array of bytes.
///
/// Create it with ckws_bin_data_create, dispose it with ckws_bin_data_dispose.
///
/// Names of encodings, in any case: base64, base64_mime (in lines of 76 characters), base64url or modBase64 (without
/// padding) and base32 (all RFC 4648), base58 (as Bitcoin, up to 4096 bytes), hex and hex_lower, url, url_rfc3986 or
/// url_oauth (RFC 3986: all but letters, digits and -._~ as %XX), url_rfc1738 and url_rfc2396 (which leave more as it
/// is), quoted-printable or qp (RFC 2045: CRLF stays a line break), Q and B (words of mail headers, RFC 2047, in the
/// charset of the call or UTF-8), uu (with its begin and end). Decoding is strict, but skips white space in the bases
/// and in hexadecimal digits; base64url may have padding, base32 may lack it.
///
/// Names of charsets, in any case: the labels of the WHATWG Encoding Standard, among them utf-8, utf-16le,
/// utf-16be, windows-1252 (also named iso-8859-1 and us-ascii, as there, and ansi), shift_jis. utf-16 is written little
/// endian; when reading, its byte order mark decides. A character that a charset lacks is refused when writing;
/// malformed bytes become U+FFFD when reading.
///
/// Bytes that a function takes may be those that a function of the same object has returned: they are copied first.
/// Since 0.1.0.
pub struct ckws_bin_data;

impl Handle for ckws_bin_data {
    type Object = BinData;
    const KIND: u64 = 3;
}
