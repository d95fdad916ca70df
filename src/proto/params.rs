//! What a program adds to the target of its requests: query parameters, and values for places in the path.
//!
//! A name or value is percent-encoded where it enters, so nothing in it can end its part of the target early. The
//! texts of faults never quote a value: it may be a token.

use super::url::{percent_decode, percent_encode};
use crate::base::growth::{append, copy_of, copy_of_text, joined, push};
use crate::base::{ErrorCode, Fault, Result};

/// Percent-encodes all but the characters that mean nothing anywhere in a URI (RFC 3986 section 2.3).
pub fn encode_component(text: &str) -> Result<String> {
    percent_encode(text, |b| !b.is_ascii_alphanumeric() && !b"-._~".contains(&b))
}

/// The parameters that requests get after their own query, in order.
#[derive(Clone, Debug, Default)]
pub struct QueryParams {
    pairs: Vec<Pair>,
}

#[derive(Clone, Debug)]
struct Pair {
    /// Decoded: two spellings of one name are one name.
    name: Vec<u8>,
    /// The whole parameter as it is written, "name=value".
    text: String,
}

impl QueryParams {
    /// Sets a parameter: replaces it where it stands, or adds it at the end.
    pub fn set(&mut self, name: &str, value: &str) -> Result<()> {
        check_name(name)?;
        let text = joined(&[&encode_component(name)?, "=", &encode_component(value)?])?;
        let pair = Pair { name: copy_of(name.as_bytes())?, text };
        self.pairs.try_reserve(1)?;
        let end = self.pairs.len();
        let at = self.pairs.iter().position(|known| known.name == pair.name).unwrap_or(end);
        self.remove(name);
        self.pairs.insert(at, pair);
        Ok(())
    }

    /// Sets the parameters of `query`, "a=b&c=d", which is encoded already: they replace those of the same names.
    /// A name that `query` has several times stays there several times.
    pub fn set_encoded(&mut self, query: &str) -> Result<()> {
        check_encoded(query)?;
        let texts = query.split('&').filter(|text| !text.is_empty());
        let mut pairs = Vec::new();
        for text in texts {
            push(&mut pairs, Pair::parse(text)?)?;
        }
        self.pairs.try_reserve(pairs.len())?;
        let mut names: Vec<&[u8]> = Vec::new();
        names.try_reserve_exact(pairs.len())?;
        names.extend(pairs.iter().map(|pair| &*pair.name));
        names.sort_unstable();
        self.pairs.retain(|known| names.binary_search(&&*known.name).is_err());
        self.pairs.extend(pairs);
        Ok(())
    }

    /// Removes every parameter of that name; says whether there was one.
    pub fn remove(&mut self, name: &str) -> bool {
        let before = self.pairs.len();
        self.pairs.retain(|pair| pair.name != name.as_bytes());
        self.pairs.len() < before
    }

    /// Removes all.
    pub fn clear(&mut self) {
        self.pairs.clear();
    }

    /// Returns how many there are.
    pub fn len(&self) -> usize {
        self.pairs.len()
    }

    /// Returns whether there is none.
    pub fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    /// Appends them to `target`, which may have a query of its own.
    pub fn append_to(&self, target: &mut String) -> Result<()> {
        let mut separator = match target.split_once('?') {
            None => "?",
            Some((_, query)) if query.is_empty() || query.ends_with('&') => "",
            Some(_) => "&",
        };
        for pair in &self.pairs {
            append(target, separator)?;
            append(target, &pair.text)?;
            separator = if pair.text.ends_with('&') { "" } else { "&" };
        }
        Ok(())
    }
}

impl Pair {
    fn parse(text: &str) -> Result<Self> {
        let invalid = |what| Err(Fault::new(ErrorCode::InvalidArgument, what));
        let (name, value) = text.split_once('=').unwrap_or((text, ""));
        if name.is_empty() {
            return invalid("A query parameter has no name before its '='.");
        }
        match (percent_decode(name)?, percent_decode(value)?) {
            (Some(name), Some(_)) => Ok(Self { name, text: copy_of_text(text)? }),
            _ => invalid("A query parameter has a '%' that two hexadecimal digits do not follow; write %25."),
        }
    }
}

/// The values for places in paths.
#[derive(Clone, Debug, Default)]
pub struct PathParams {
    /// Name and encoded value.
    values: Vec<(String, String)>,
}

impl PathParams {
    /// Sets what the place `name` is to be filled with.
    pub fn set(&mut self, name: &str, value: &str) -> Result<()> {
        check_name(name)?;
        let entry = (copy_of_text(name)?, encode_component(value)?);
        self.values.retain(|(known, _)| known != name);
        push(&mut self.values, entry)
    }

    /// Removes all.
    pub fn clear(&mut self) {
        self.values.clear();
    }

    /// `path` with each name that occurs in it replaced by its value. What was filled in is not looked at again;
    /// where several names fit, the longest wins.
    pub fn fill(&self, path: &str) -> Result<String> {
        let mut filled = String::new();
        filled.try_reserve(path.len())?;
        let mut rest = path;
        while let Some(next) = rest.chars().next() {
            let (text, length) = match self.place_at(rest) {
                Some((name, value)) => (value, name.len()),
                None => (rest.get(..next.len_utf8()).unwrap_or_default(), next.len_utf8()),
            };
            append(&mut filled, text)?;
            rest = rest.get(length..).unwrap_or_default();
        }
        Ok(filled)
    }

    fn place_at(&self, rest: &str) -> Option<(&str, &str)> {
        let fitting = self.values.iter().filter(|(name, _)| rest.starts_with(name.as_str()));
        fitting.max_by_key(|(name, _)| name.len()).map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

fn check_name(name: &str) -> Result<()> {
    match name.is_empty() {
        true => Err(Fault::new(ErrorCode::InvalidArgument, "The name of the parameter is empty.")),
        false => Ok(()),
    }
}

/// What would end the query, or the whole request line.
fn check_encoded(query: &str) -> Result<()> {
    if query.bytes().any(|b| b == b' ' || b == b'#' || b.is_ascii_control()) {
        let text = "The query string holds a space, '#' or a control character; percent-encode it.";
        return Err(Fault::new(ErrorCode::ForbiddenCharacter, text));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query_of(target: &str, params: &QueryParams) -> String {
        let mut target = target.to_owned();
        params.append_to(&mut target).unwrap();
        target
    }

    #[test]
    fn all_but_the_unreserved_characters_are_encoded() {
        for (text, encoded) in [
            ("", ""),
            ("AZaz09-._~", "AZaz09-._~"),
            ("a b+c", "a%20b%2Bc"),
            ("/?#[]@!$&'()*,;=%", "%2F%3F%23%5B%5D%40%21%24%26%27%28%29%2A%2C%3B%3D%25"),
            ("\r\n\u{1}\u{7f}", "%0D%0A%01%7F"),
            ("é€𐍈", "%C3%A9%E2%82%AC%F0%90%8D%88"),
            ("{\"a\":1}", "%7B%22a%22%3A1%7D"),
        ] {
            assert_eq!(encode_component(text).unwrap(), encoded, "{text:?}");
            assert_eq!(percent_decode(encoded).unwrap().unwrap(), text.as_bytes(), "and back");
        }
    }

    #[test]
    fn a_parameter_is_added_or_replaced_where_it_stands() {
        let mut params = QueryParams::default();
        assert_eq!(query_of("/x", &params), "/x");
        params.set("a", "1").unwrap();
        params.set("b&", "x=y z").unwrap();
        params.set("c", "").unwrap();
        assert_eq!(query_of("/x", &params), "/x?a=1&b%26=x%3Dy%20z&c=");
        params.set("b&", "2").unwrap();
        assert_eq!(query_of("/x?own=1", &params), "/x?own=1&a=1&b%26=2&c=");
        assert!(params.remove("a") && !params.remove("a"));
        assert_eq!(query_of("/x?", &params), "/x?b%26=2&c=");
        assert_eq!(query_of("/x?own&", &params), "/x?own&b%26=2&c=");
        params.clear();
        assert!(params.is_empty() && query_of("/?", &params) == "/?");
    }

    #[test]
    fn an_encoded_query_replaces_names_and_keeps_its_own_repetitions() {
        let mut params = QueryParams::default();
        params.set("tag", "old").unwrap();
        params.set("~", "kept?").unwrap();
        params.set_encoded("&tag=a%20b&&tag=c&flag&d=1=2+3/?").unwrap();
        assert_eq!(query_of("/", &params), "/?~=kept%3F&tag=a%20b&tag=c&flag&d=1=2+3/?");
        params.set_encoded("%7E=new").unwrap();
        assert_eq!(query_of("/", &params), "/?tag=a%20b&tag=c&flag&d=1=2+3/?&%7E=new");
        assert!(params.remove("~") && params.remove("tag"));
        assert_eq!(params.len(), 2);
    }

    #[test]
    fn a_query_that_is_not_encoded_is_refused_and_changes_nothing() {
        let mut params = QueryParams::default();
        params.set("a", "1").unwrap();
        for (query, code) in [
            ("b=hunter2 x", ErrorCode::ForbiddenCharacter),
            ("b=hunter2\r\nX: y", ErrorCode::ForbiddenCharacter),
            ("b=hunter2#", ErrorCode::ForbiddenCharacter),
            ("a=2&b=hunter2%2", ErrorCode::InvalidArgument),
            ("a=2&%zz=hunter2", ErrorCode::InvalidArgument),
            ("a=2&=hunter2", ErrorCode::InvalidArgument),
        ] {
            let fault = params.set_encoded(query).unwrap_err();
            assert_eq!(fault.code(), code, "{query:?}");
            assert!(!fault.text().contains("hunter2"), "{fault}");
        }
        assert!(params.set("", "x").is_err());
        assert_eq!(query_of("/", &params), "/?a=1");
    }

    #[test]
    fn places_in_a_path_are_filled_once_and_the_longest_name_wins() {
        let mut params = PathParams::default();
        assert_eq!(params.fill("/a/{b}?c").unwrap(), "/a/{b}?c");
        for (name, value) in [("{id}", "7/8"), ("fruit", "{id}"), ("fruits", "é"), ("é", "e")] {
            params.set(name, value).unwrap();
        }
        assert_eq!(params.fill("/{id}/fruit/{id}").unwrap(), "/7%2F8/%7Bid%7D/7%2F8");
        assert_eq!(params.fill("/fruits/é?q={id}").unwrap(), "/%C3%A9/e?q=7%2F8");
        params.set("fruits", "..\r\n").unwrap();
        assert_eq!(
            params.fill("/fruits").unwrap(),
            "/..%0D%0A",
            "a dot cannot be hidden (RFC 3986 section 6.2.2.2)"
        );
        assert!(params.set("", "x").is_err());
        params.clear();
        assert_eq!(params.fill("/fruits").unwrap(), "/fruits");
    }
}
