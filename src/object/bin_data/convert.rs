//! Bytes from and to text, encodings and files.

use super::BinData;
use crate::base::Result;
use crate::object::{StringBuilder, files};
use crate::proto::charset::Charset;
use crate::proto::encoding::Encoding;

impl BinData {
    /// Appends the bytes that encoded text stands for.
    pub fn append_encoded(&self, data: &str, encoding: &str) -> Result<()> {
        self.append(&Encoding::named(encoding)?.decode(data)?)
    }

    /// Appends text in a charset.
    pub fn append_string(&self, text: &str, charset: &str) -> Result<()> {
        self.append(&Charset::named(charset)?.encode(text)?)
    }

    /// Appends the text of a StringBuilder in a charset.
    pub fn append_sb(&self, string_builder: &StringBuilder, charset: &str) -> Result<()> {
        self.append_string(&string_builder.text()?, charset)
    }

    /// Replaces the bytes by those that encoded text stands for.
    pub fn load_encoded(&self, data: &str, encoding: &str) -> Result<()> {
        self.replace(Encoding::named(encoding)?.decode(data)?);
        Ok(())
    }

    /// Replaces the bytes by the content of a file.
    pub fn load_file(&self, path: &str) -> Result<()> {
        self.replace(files::read(path)?);
        Ok(())
    }

    /// All bytes as encoded text.
    pub fn encoded(&self, encoding: &str) -> Result<String> {
        Encoding::named(encoding)?.encode(&self.bytes.lock())
    }

    /// Some bytes as encoded text.
    pub fn encoded_chunk(&self, offset: i32, num_bytes: i32, encoding: &str) -> Result<String> {
        let encoding = Encoding::named(encoding)?;
        self.with_chunk(offset, num_bytes, |bytes| encoding.encode(bytes))
    }

    /// Returns the text that the bytes are in a charset.
    pub fn string(&self, charset: &str) -> Result<String> {
        Charset::named(charset)?.decode(&self.bytes.lock())
    }

    /// Returns the text that some bytes are in a charset; offset 0 and length 0 mean all.
    pub fn string_chunk(&self, charset: &str, offset: i32, num_bytes: i32) -> Result<String> {
        let charset = Charset::named(charset)?;
        match (offset, num_bytes) {
            (0, 0) => charset.decode(&self.bytes.lock()),
            _ => self.with_chunk(offset, num_bytes, |bytes| charset.decode(bytes)),
        }
    }

    /// Writes the bytes as a file. It writes a copy: no call should wait for a slow disk at a lock.
    pub fn write_file(&self, path: &str) -> Result<()> {
        files::write(path, &self.to_vec()?)
    }

    /// Appends the bytes to a file.
    pub fn write_append_file(&self, path: &str) -> Result<()> {
        files::append(path, &self.to_vec()?)
    }

    fn replace(&self, bytes: Vec<u8>) {
        *self.bytes.lock() = bytes;
    }
}
