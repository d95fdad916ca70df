//! How a proxy asks who we are (RFC 9110 section 11), and the answer of the Digest scheme (RFC 7616). The answer of Basic
//! is `http1::request::basic`.

use super::encoding::Encoding;
use super::md5::md5;
use crate::base::{ErrorCode, Fault, Result};
use ring::digest::{SHA256, digest};

/// How many challenges are looked at.
const MAX_CHALLENGES: usize = 16;

/// A challenge: its scheme and its parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge {
    scheme: String,
    params: Vec<(String, String)>,
}

/// A challenge that can be answered.
#[derive(Debug)]
pub enum Scheme<'a> {
    /// User name and password in clear text.
    Basic,
    /// A hash of them.
    Digest(Digest<'a>),
}

/// A challenge of the Digest scheme.
#[derive(Debug)]
pub struct Digest<'a> {
    realm: &'a str,
    nonce: &'a str,
    opaque: Option<&'a str>,
    hash: Hash,
    /// The proxy asks for a counter and a nonce of our own.
    has_qop: bool,
}

/// A hash function, the weaker one first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Hash {
    Md5,
    Sha256,
}

/// Returns the challenges in the values of WWW-Authenticate or Proxy-Authenticate fields.
pub fn challenges(values: &[&str]) -> Vec<Challenge> {
    let mut challenges: Vec<Challenge> = Vec::new();
    for element in values.iter().flat_map(|value| elements(value)) {
        let (word, rest) = word(element);
        if let Some(value) = rest.strip_prefix('=') {
            if let Some(challenge) = challenges.last_mut() {
                challenge.params.push((word.to_owned(), unquoted(value.trim_start())));
            }
            continue;
        }
        if challenges.len() == MAX_CHALLENGES {
            break;
        }
        let mut challenge = Challenge { scheme: word.to_owned(), params: Vec::new() };
        let (name, value) = self::word(rest);
        if let Some(value) = value.strip_prefix('=') {
            challenge.params.push((name.to_owned(), unquoted(value.trim_start())));
        }
        challenges.push(challenge);
    }
    challenges
}

/// Returns the names of the schemes, for a text.
pub fn names(challenges: &[Challenge]) -> String {
    match challenges {
        [] => "nothing that it names".to_owned(),
        _ => challenges.iter().map(|challenge| challenge.scheme.as_str()).collect::<Vec<_>>().join(", "),
    }
}

/// Returns the strongest challenge that can be answered and is permitted.
pub fn strongest<'a>(
    challenges: &'a [Challenge],
    is_permitted: impl Fn(&Scheme<'_>) -> bool,
) -> Option<Scheme<'a>> {
    let known = challenges.iter().filter_map(Challenge::known);
    known.filter(|scheme| is_permitted(scheme)).max_by_key(Scheme::strength)
}

impl Challenge {
    fn known(&self) -> Option<Scheme<'_>> {
        if self.scheme.eq_ignore_ascii_case("Basic") {
            return Some(Scheme::Basic);
        }
        if !self.scheme.eq_ignore_ascii_case("Digest") {
            return None;
        }
        let hash = match self.param("algorithm").unwrap_or("MD5") {
            name if name.eq_ignore_ascii_case("MD5") => Hash::Md5,
            name if name.eq_ignore_ascii_case("SHA-256") => Hash::Sha256,
            _ => return None,
        };
        let qop = self.param("qop");
        let has_auth = |qop: &str| qop.split(',').any(|each| each.trim().eq_ignore_ascii_case("auth"));
        if qop.is_some_and(|qop| !has_auth(qop)) {
            return None;
        }
        let (realm, nonce) = (self.param("realm")?, self.param("nonce")?);
        let (opaque, has_qop) = (self.param("opaque"), qop.is_some());
        Some(Scheme::Digest(Digest { realm, nonce, opaque, hash, has_qop }))
    }

    fn param(&self, name: &str) -> Option<&str> {
        self.params
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}

impl Scheme<'_> {
    fn strength(&self) -> Option<Hash> {
        match self {
            Self::Basic => None,
            Self::Digest(digest) => Some(digest.hash),
        }
    }
}

impl Digest<'_> {
    /// Returns the value of Authorization or Proxy-Authorization for a first request with `verb` to `uri`; `random`
    /// becomes our nonce.
    pub fn answer(
        &self,
        verb: &str,
        uri: &str,
        username: &str,
        password: &str,
        random: [u8; 16],
    ) -> Result<String> {
        if username.chars().chain(password.chars()).any(char::is_control) {
            let text = "The user name or password holds a control character.";
            return Err(Fault::new(ErrorCode::ForbiddenCharacter, text));
        }
        let cnonce = Encoding::HexLower.encode(&random)?;
        let who = self.hash.of(&format!("{username}:{}:{password}", self.realm))?;
        let what = self.hash.of(&format!("{verb}:{uri}"))?;
        let nonce = self.nonce;
        let response = match self.has_qop {
            true => self.hash.of(&format!("{who}:{nonce}:00000001:{cnonce}:auth:{what}"))?,
            // As RFC 2069 had it.
            false => self.hash.of(&format!("{who}:{nonce}:{what}"))?,
        };
        let mut value = format!(
            "Digest username={}, realm={}, nonce={}, uri={}, algorithm={}, response=\"{response}\"",
            quoted(username),
            quoted(self.realm),
            quoted(nonce),
            quoted(uri),
            self.hash.name(),
        );
        if self.has_qop {
            value += &format!(", qop=auth, nc=00000001, cnonce=\"{cnonce}\"");
        }
        if let Some(opaque) = self.opaque {
            value += &format!(", opaque={}", quoted(opaque));
        }
        Ok(value)
    }
}

impl Hash {
    fn of(self, text: &str) -> Result<String> {
        match self {
            Self::Md5 => Encoding::HexLower.encode(&md5(text.as_bytes())),
            Self::Sha256 => Encoding::HexLower.encode(digest(&SHA256, text.as_bytes()).as_ref()),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Md5 => "MD5",
            Self::Sha256 => "SHA-256",
        }
    }
}

/// Returns the elements of a list (RFC 9110 section 5.6.1): what commas outside of quotes separate.
fn elements(value: &str) -> impl Iterator<Item = &str> {
    let (mut is_quoted, mut is_escaped) = (false, false);
    let separates = move |c: char| {
        if c == '"' && !is_escaped {
            is_quoted = !is_quoted;
        }
        is_escaped = is_quoted && c == '\\' && !is_escaped;
        c == ',' && !is_quoted
    };
    value.split(separates).map(str::trim).filter(|element| !element.is_empty())
}

/// Returns the first word, up to a blank or '=', and what follows it without the blanks between.
fn word(text: &str) -> (&str, &str) {
    let (word, rest) = text.split_at(text.find([' ', '\t', '=']).unwrap_or(text.len()));
    (word, rest.trim_start())
}

/// Returns what a quoted-string stands for (RFC 9110 section 5.6.4), another text as it is.
fn unquoted(value: &str) -> String {
    let Some(inner) = value.strip_prefix('"') else { return value.to_owned() };
    let inner = inner.strip_suffix('"').unwrap_or(inner);
    let mut is_escaped = false;
    let kept = inner.chars().filter(|&c| {
        is_escaped = c == '\\' && !is_escaped;
        !is_escaped
    });
    kept.collect()
}

fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        if matches!(c, '"' | '\\') {
            quoted.push('\\');
        }
        quoted.push(c);
    }
    quoted + "\""
}
