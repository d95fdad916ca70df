//! What the opening handshake offers to the server and what both sides agree on: subprotocol and extensions.
//!
//! The library implements no extension yet. So it offers none, a program cannot offer one in its place, and a server that
//! answers with one is refused. All three rules are here.

use std::borrow::Cow;

use crate::base::{ErrorCode, Fault, utf8};
use crate::proto::http1::headers::is_token;

/// The header field in which extensions are offered and accepted (RFC 6455 section 11.3.2).
pub const FIELD: &str = "Sec-WebSocket-Extensions";

/// What a request offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer<'a> {
    /// The value of Sec-WebSocket-Key, to which the answer must belong.
    pub key: &'a str,
    /// The subprotocols among which the server may choose.
    pub subprotocols: Vec<&'a str>,
}

/// What the response has agreed to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Agreed {
    /// The subprotocol that the server chose.
    pub subprotocol: Option<String>,
    /// The extensions that both sides use.
    pub extensions: Extensions,
}

/// The extensions that both sides use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Extensions {
    reserved_bits: u8,
}

impl Extensions {
    /// Returns the reserved bits of a frame's first byte that the extensions use (RFC 6455 section 5.2).
    pub fn reserved_bits(self) -> u8 {
        self.reserved_bits
    }

    /// Returns what the values of the response's Sec-WebSocket-Extensions fields agree to. Fails for an extension that
    /// was not offered (RFC 6455 section 4.1).
    pub(super) fn agreed(values: &[&str]) -> Result<Self, Fault> {
        for value in values {
            // The grammar asks for one extension at least.
            let accepted = parse(value).filter(|accepted| !accepted.is_empty()).ok_or_else(malformed)?;
            accepted.iter().try_for_each(check_offered)?;
        }
        Ok(Self::default())
    }
}

/// Refuses an extension that the server accepts and that was not offered: as none is offered, each.
fn check_offered(accepted: &Extension<'_>) -> Result<(), Fault> {
    Err(not_offered(accepted.name))
}

/// Refuses the header field by which a program would offer an extension.
pub fn check_request_field(name: &str) -> Result<(), Fault> {
    if name.eq_ignore_ascii_case(FIELD) {
        let text = format!("{FIELD} cannot be added: this library offers no extension yet.");
        return Err(Fault::new(ErrorCode::HeaderRefused, text));
    }
    Ok(())
}

/// An extension as a field's value names it, with its parameters in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extension<'a> {
    /// The extension's token.
    pub name: &'a str,
    /// Names and values; a value that was quoted is shown without quotes.
    pub parameters: Vec<(&'a str, Option<Cow<'a, str>>)>,
}

/// Reads the value of a Sec-WebSocket-Extensions field (RFC 6455 section 9.1): a list, whose empty elements do not count.
/// Returns `None` if it does not follow the grammar.
pub fn parse(value: &str) -> Option<Vec<Extension<'_>>> {
    let mut cursor = Cursor { rest: value };
    let mut extensions = Vec::new();
    loop {
        while cursor.skip(',') {}
        if cursor.is_at_end() {
            return Some(extensions);
        }
        extensions.push(cursor.extension()?);
        if !cursor.is_at_end() && !cursor.skip(',') {
            return None;
        }
    }
}

/// What of a value has not been read. Spaces and tabs may surround everything.
struct Cursor<'a> {
    rest: &'a str,
}

impl<'a> Cursor<'a> {
    fn extension(&mut self) -> Option<Extension<'a>> {
        let name = self.token()?;
        let mut parameters = Vec::new();
        while self.skip(';') {
            let name = self.token()?;
            let value = if self.skip('=') { Some(self.parameter_value()?) } else { None };
            parameters.push((name, value));
        }
        Some(Extension { name, parameters })
    }

    /// Reads a token, or a quoted string that is a token without its quotes.
    fn parameter_value(&mut self) -> Option<Cow<'a, str>> {
        if !self.skip('"') {
            return self.token().map(Cow::Borrowed);
        }
        // What a backslash quotes may be a quote: the string ends at the first one without.
        let mut value = String::new();
        let mut characters = self.rest.chars();
        loop {
            match characters.next()? {
                '"' => break,
                '\\' => value.push(characters.next()?),
                other => value.push(other),
            }
        }
        self.rest = characters.as_str();
        is_token(&value).then_some(Cow::Owned(value))
    }

    fn token(&mut self) -> Option<&'a str> {
        self.skip_space();
        let end = self.rest.find([' ', '\t', ',', ';', '=', '"']).unwrap_or(self.rest.len());
        let (token, rest) = self.rest.split_at_checked(end)?;
        self.rest = rest;
        is_token(token).then_some(token)
    }

    fn skip(&mut self, character: char) -> bool {
        self.skip_space();
        match self.rest.strip_prefix(character) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn is_at_end(&mut self) -> bool {
        self.skip_space();
        self.rest.is_empty()
    }

    fn skip_space(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t']);
    }
}

fn malformed() -> Fault {
    let text = format!("The server answered with a {FIELD} that does not follow RFC 6455 section 9.1.");
    Fault::new(ErrorCode::UnexpectedExtension, text)
}

fn not_offered(name: &str) -> Fault {
    let name = utf8::excerpt(name);
    let text = format!(
        "The server answered with the extension {name}, which was not offered (RFC 6455 section 4.1)."
    );
    Fault::new(ErrorCode::UnexpectedExtension, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(value: &str) -> Option<String> {
        let parameter = |(name, value): &(&str, Option<Cow<'_, str>>)| match value {
            Some(value) => format!("; {name}={value}"),
            None => format!("; {name}"),
        };
        let extension = |extension: &Extension<'_>| {
            extension.name.to_owned() + &extension.parameters.iter().map(parameter).collect::<String>()
        };
        parse(value).map(|list| list.iter().map(extension).collect::<Vec<_>>().join(", "))
    }

    #[test]
    fn section_9_1_lists_parameters_and_quoted_values() {
        for (value, expected) in [
            ("foo", "foo"),
            ("foo,bar; baz=2", "foo, bar; baz=2"),
            ("deflate-stream", "deflate-stream"),
            (
                "mux; max-channels=4; flow-control, deflate-stream",
                "mux; max-channels=4; flow-control, deflate-stream",
            ),
            ("private-extension", "private-extension"),
            ("a; b=\"c\"", "a; b=c"),
            ("a; b=\"c\\d\\e\";f", "a; b=cde; f"),
            ("\ta ;\tb = \"10\" , , c ,", "a; b=10, c"),
            ("a;b;b=1;b=2", "a; b; b=1; b=2"),
            ("a, a", "a, a"),
            ("", ""),
            (" ,\t,", ""),
        ] {
            assert_eq!(shown(value).as_deref(), Some(expected), "{value:?}");
        }
    }

    #[test]
    fn section_9_1_what_is_no_list_of_extensions() {
        for value in [
            ";",
            "=",
            "\"",
            "a=",
            "a=b",
            "a;",
            "a;;b",
            "a; b=",
            "a; b==c",
            "a; =c",
            "a b",
            "a; b c",
            "a; b=c d",
            "a/b",
            "\"a\"",
            "a; \"b\"",
            "a; b=\"",
            "a; b=\"c",
            "a; b=\"c\\",
            "a; b=\"c\\\"",
            "a; b=\"\"",
            "a; b=\"c d\"",
            "a; b=\"c,d\"",
            "a; b=\"c\\\"\"",
            "a; b=\"c\"d",
            "a; b=\"c\"\"d\"",
            "ä",
            "a; b=ä",
            "a; b=\"ä\"",
            "a\n",
            "a\r",
            "a; b=\u{B}",
            ";;,,==",
        ] {
            assert_eq!(shown(value), None, "{value:?}");
        }
    }

    #[test]
    fn what_was_not_offered_is_named_and_what_is_malformed_is_called_so() {
        let text = |values: &[&str]| Extensions::agreed(values).unwrap_err().text().to_owned();
        assert!(
            text(&["permessage-deflate; x=1, y"]).contains("the extension permessage-deflate, which was not")
        );
        for value in ["", ",", "a=", "\""] {
            assert!(text(&[value]).contains("does not follow RFC 6455 section 9.1"), "{value:?}");
        }
        let long = "x".repeat(100_000);
        assert!(text(&[&long]).len() < 400, "only an excerpt is quoted");
        assert_eq!(Extensions::agreed(&[]), Ok(Extensions::default()));
    }
}
