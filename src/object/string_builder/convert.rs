//! Text to encodings, and from and to files.

use super::StringBuilder;
use crate::base::Result;
use crate::object::files;
use crate::proto::charset::Charset;
use crate::proto::encoding::Encoding;

impl StringBuilder {
    /// Returns the text in a charset, encoded.
    pub fn encoded(&self, encoding: &str, charset: &str) -> Result<String> {
        let encoding = Encoding::named(encoding)?;
        encoding.encode_text(self.text.lock().as_str(), Charset::named(charset)?)
    }

    /// Replaces the text by the content of a file.
    pub fn load_file(&self, path: &str, charset: &str) -> Result<()> {
        let charset = Charset::named(charset)?;
        let text = charset.decode_file(&files::read(path)?)?;
        self.text.lock().set(text)
    }

    /// Writes the text as a file. It writes a copy: no call should wait for a slow disk at a lock.
    pub fn write_file(&self, path: &str, charset: &str, emit_bom: bool) -> Result<()> {
        let charset = Charset::named(charset)?;
        let mut content = charset.encode(self.text.lock().as_str())?;
        if emit_bom {
            let mark = charset.byte_order_mark();
            content.try_reserve_exact(mark.len())?;
            content.splice(0..0, mark.iter().copied());
        }
        files::write(path, &content)
    }
}
