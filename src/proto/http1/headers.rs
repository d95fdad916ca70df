//! The fields of a request or response: an ordered list, names compared without case.
//!
//! Whatever is in the list may be written to the wire: names and values are checked where they enter. What a
//! field means is decided elsewhere.

use crate::base::growth::push;
use crate::base::{ErrorCode, Fault, Result};

/// An ordered list of header fields.
#[derive(Debug, Default)]
pub struct Headers {
    fields: Vec<Field>,
}

/// Name and value in one piece of memory: a connection keeps its response's fields, and there may be many thousands.
#[derive(Debug)]
struct Field {
    text: Box<str>,
    name_len: usize,
}

impl Field {
    fn new(name: &str, value: &str) -> Result<Self> {
        let mut text = String::new();
        // To the byte: a box that is made of more is allocated anew.
        text.try_reserve_exact(name.len().saturating_add(value.len()))?;
        text.push_str(name);
        text.push_str(value);
        Ok(Self { text: text.into_boxed_str(), name_len: name.len() })
    }

    fn is(&self, name: &str) -> bool {
        self.parts().0.eq_ignore_ascii_case(name)
    }

    fn parts(&self) -> (&str, &str) {
        self.text.split_at(self.name_len)
    }
}

impl Headers {
    /// No fields yet, and memory for so many.
    pub(super) fn with_room(count: usize) -> Self {
        Self { fields: Vec::with_capacity(count) }
    }

    /// Sets the field `name`: replaces it where it stands, or adds it at the end.
    pub fn add(&mut self, name: &str, value: &str) -> Result<()> {
        let field = Field::new(name, checked(name, value)?)?;
        self.fields.try_reserve(1)?;
        let end = self.len();
        let at = self.fields.iter().position(|field| field.is(name)).unwrap_or(end);
        self.remove(name);
        self.fields.insert(at, field);
        Ok(())
    }

    /// Adds a field at the end, beside others of that name. A parser has checked its syntax already.
    pub(super) fn push(&mut self, name: &str, value: &str) -> Result<()> {
        push(&mut self.fields, Field::new(name, value)?)
    }

    /// Removes every field `name`; says whether there was one.
    pub fn remove(&mut self, name: &str) -> bool {
        let before = self.fields.len();
        self.fields.retain(|field| !field.is(name));
        self.fields.len() < before
    }

    /// Removes all fields.
    pub fn clear(&mut self) {
        self.fields.clear();
    }

    /// Returns the value of the first field `name`.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// Returns the values of all fields `name`, in order.
    pub fn values_of<'a>(&'a self, name: &str) -> Vec<&'a str> {
        self.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value).collect()
    }

    /// Returns the fields in order, as (name, value).
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.fields.iter().map(Field::parts)
    }

    /// Returns how many fields there are, duplicates included.
    pub fn len(&self) -> usize {
        self.fields.len()
    }

    /// Returns whether there is no field.
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }
}

/// Returns whether `text` is a token: what methods and field names are made of (RFC 9110 section 5.6.2).
pub(in crate::proto) fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
}

/// Returns whether `c` is a space or a tab, the only blanks inside a line (RFC 9110 section 5.6.3).
pub(super) fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t')
}

/// Returns whether `byte` would end a line, or a string of C, before its time.
pub(super) fn breaks_line(byte: u8) -> bool {
    matches!(byte, b'\r' | b'\n' | 0)
}

/// Checks a field (RFC 9110 sections 5.1 and 5.5) and gives its value without the blanks around it. The value
/// never appears in the fault: it may be a secret.
fn checked<'a>(name: &str, value: &'a str) -> Result<&'a str> {
    let forbidden = |text: String| Err(Fault::new(ErrorCode::ForbiddenCharacter, text));
    if name.bytes().any(breaks_line) {
        return forbidden(format!(
            "The header field name {} holds a line break (CR, LF or NUL).",
            shown(name)
        ));
    }
    if !is_token(name) {
        let text = format!("The header field name {} is not a token (RFC 9110 section 5.6.2).", shown(name));
        return Err(Fault::new(ErrorCode::InvalidArgument, text));
    }
    if value.bytes().any(breaks_line) {
        return forbidden(format!(
            "The header field value of {} holds a line break (CR, LF or NUL).",
            shown(name)
        ));
    }
    if value.bytes().any(|b| b != b'\t' && b.is_ascii_control()) {
        return forbidden(format!("The header field value of {} holds a control character.", shown(name)));
    }
    Ok(value.trim_matches(is_blank))
}

/// `name` for an error text: escaped, short, and without what follows a colon, because a caller who passes a whole
/// "name: value" line here passes a value.
fn shown(name: &str) -> String {
    let name = name.split(':').next().unwrap_or_default();
    format!("\"{}\"", name.chars().take(64).flat_map(char::escape_default).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(headers: &Headers) -> Vec<(&str, &str)> {
        headers.iter().collect()
    }

    #[test]
    fn add_replaces_in_place_and_push_keeps_duplicates() {
        let mut headers = Headers::default();
        headers.add("A", "1").unwrap();
        headers.push("B", "2").unwrap();
        headers.push("b", "3").unwrap();
        headers.add("C", "4").unwrap();
        assert_eq!(headers.values_of("B"), ["2", "3"]);
        assert_eq!(headers.get("c"), Some("4"));
        headers.add("b", " 5\t").unwrap();
        assert_eq!(pairs(&headers), [("A", "1"), ("b", "5"), ("C", "4")]);
        assert!(headers.remove("a"));
        assert!(!headers.remove("a"));
        assert_eq!((headers.len(), headers.is_empty()), (2, false));
        headers.clear();
        assert!(headers.is_empty());
    }

    #[test]
    fn a_refused_field_leaves_the_list_alone() {
        let mut headers = Headers::default();
        headers.add("X", "old").unwrap();
        assert!(headers.add("X", "new\r\nInjected: yes").is_err());
        assert_eq!(pairs(&headers), [("X", "old")]);
    }

    #[test]
    fn a_whole_line_as_name_does_not_show_its_value() {
        let fault = Headers::default().add("Authorization: Bearer hunter2", "").unwrap_err();
        assert_eq!(fault.code(), ErrorCode::InvalidArgument);
        assert!(fault.text().contains("Authorization") && !fault.text().contains("hunter2"), "{fault}");
    }
}
