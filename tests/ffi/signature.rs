//! The rows of `api/surface.tsv`, the C signatures in them taken apart, and calls of them in C.

use std::collections::BTreeSet;

/// What a function takes or returns, as far as its misuse is concerned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Type {
    Void,
    Bool,
    Int,
    Int64,
    Size,
    /// A handle; the name of its struct, as `ckws_rest`.
    Handle(String),
    /// `const char *`, NUL-terminated.
    Text,
    /// `const char *` before a `size_t`: a text with a length.
    SizedText,
    /// `const uint8_t *`: bytes, always with a length.
    Bytes,
    /// The `size_t` behind `SizedText` or `Bytes`.
    Length,
    /// `char *` before a `size_t`: a buffer to be filled.
    Buffer,
    /// The `size_t` behind `Buffer`.
    Capacity,
    /// `size_t *`
    LengthOut,
    /// `const uint8_t **`
    BytesOut,
    /// A function pointer.
    Callback,
    /// `void *`: the program's own, never looked at.
    Opaque,
}

/// A parameter: its type and name; the first handle has no name in the table.
#[derive(Clone, Debug)]
pub(crate) struct Parameter {
    pub(crate) kind: Type,
    pub(crate) name: String,
}

/// A function of the table.
#[derive(Clone, Debug)]
pub(crate) struct Function {
    pub(crate) name: String,
    /// As the table has it.
    pub(crate) signature: String,
    /// Whether the table calls it a property, so that its failure value is a property's.
    pub(crate) is_property: bool,
    /// Whether it makes a task of a method: what the method refuses is refused when the task runs.
    pub(crate) is_deferred: bool,
    pub(crate) result: Type,
    pub(crate) parameters: Vec<Parameter>,
}

impl Function {
    /// Reads a row: object, member, kind, c_function, c_signature.
    pub(crate) fn from_row(row: &str) -> Result<Self, String> {
        let columns: Vec<&str> = row.split('\t').collect();
        let [_, _, kind, name, signature] = columns[..] else {
            return Err(format!("not five columns: {row}"));
        };
        let function = Self::parse(signature, kind).map_err(|why| format!("{signature}: {why}"))?;
        if function.name != name {
            return Err(format!("{name} is not the function of {signature}"));
        }
        Ok(function)
    }

    fn parse(signature: &str, kind: &str) -> Result<Self, String> {
        let (head, rest) = signature.split_once('(').ok_or("no parenthesis")?;
        let list = rest.strip_suffix(')').ok_or("no parenthesis at the end")?;
        let name_at = head.rfind([' ', '*']).ok_or("no result type")? + 1;
        let (result, name) = head.split_at(name_at);
        let parameters = if list == "void" { Vec::new() } else { parse_parameters(list)? };
        let result = if result.trim() == "void" { Type::Void } else { plain_type(result.trim())? };
        Ok(Self {
            name: name.to_owned(),
            signature: signature.to_owned(),
            is_property: kind == "property",
            is_deferred: kind == "async",
            result,
            parameters,
        })
    }

    /// The struct of the object that the function belongs to: its first parameter, if that is a handle.
    pub(crate) fn object(&self) -> Option<&str> {
        match &self.parameters.first()?.kind {
            Type::Handle(object) => Some(object),
            _ => None,
        }
    }

    /// Whether a `bool` goes in or comes out.
    pub(crate) fn passes_bool(&self) -> bool {
        self.result == Type::Bool || self.parameters.iter().any(|parameter| parameter.kind == Type::Bool)
    }

    /// Its signature under another name and without `bool`: arguments are `int`, so that any byte can be passed, and
    /// the result is the whole register.
    pub(crate) fn signature_in_registers(&self, name: &str) -> String {
        let signature = self.signature.replacen(&format!("{}(", self.name), &format!("{name}("), 1);
        let result = signature.strip_prefix("bool ").map(|rest| format!("uint64_t {rest}"));
        result.unwrap_or(signature).replace(", bool ", ", int ").replace(", int (", ", bool (")
    }

    /// All structs of handles that it takes or returns.
    pub(crate) fn handles(&self) -> BTreeSet<&str> {
        let types = self.parameters.iter().map(|parameter| &parameter.kind).chain([&self.result]);
        types
            .filter_map(|kind| if let Type::Handle(object) = kind { Some(object.as_str()) } else { None })
            .collect()
    }
}

/// What an object's functions begin with: the WebSocket's have the shortest prefix.
pub(crate) fn prefix(object: &str) -> &str {
    if object == "ckws_websocket" { "ckws" } else { object }
}

impl Parameter {
    /// An argument in C that is all right; the handle of a kind is in a variable named after it.
    pub(crate) fn sane(&self) -> String {
        match &self.kind {
            Type::Handle(object) => format!("some_{object}"),
            Type::Text => format!("\"{}\"", sane_text(&self.name)),
            Type::SizedText => "\"x\"".to_owned(),
            Type::Bytes => "(const uint8_t *)\"x\"".to_owned(),
            Type::Bool => "true".to_owned(),
            Type::Int | Type::Int64 | Type::Length => "1".to_owned(),
            Type::Buffer => "buffer".to_owned(),
            Type::Capacity => "sizeof buffer".to_owned(),
            Type::LengthOut => "&length".to_owned(),
            Type::BytesOut => "&bytes".to_owned(),
            Type::Callback | Type::Opaque => "NULL".to_owned(),
            Type::Void | Type::Size => unreachable!("the parser leaves no such parameter"),
        }
    }
}

/// Addresses lead to a port of this machine where nobody listens, so that nothing waits.
fn sane_text(name: &str) -> &'static str {
    match name {
        "url" => "ws://127.0.0.1:1/",
        name if name.contains("hostname") => "127.0.0.1",
        _ => "x",
    }
}

fn parse_parameters(list: &str) -> Result<Vec<Parameter>, String> {
    let mut parameters: Vec<Parameter> = Vec::new();
    for text in split_outside_parentheses(list) {
        let mut parameter = parse_parameter(text.trim())?;
        if let Some(before) = parameters.last_mut() {
            pair_with_length(before, &mut parameter);
        }
        parameters.push(parameter);
    }
    match parameters.iter().find(|parameter| matches!(parameter.kind, Type::Size)) {
        Some(stray) => Err(format!("{} is no length of anything", stray.name)),
        None => Ok(parameters),
    }
}

/// A `size_t` behind data is its length.
fn pair_with_length(before: &mut Parameter, parameter: &mut Parameter) {
    if parameter.kind != Type::Size {
        return;
    }
    match before.kind {
        Type::Text => {
            before.kind = Type::SizedText;
            parameter.kind = Type::Length;
        }
        Type::Bytes => parameter.kind = Type::Length,
        Type::Buffer => parameter.kind = Type::Capacity,
        _ => {}
    }
}

fn parse_parameter(text: &str) -> Result<Parameter, String> {
    if text.contains("(*") {
        return Ok(Parameter { kind: Type::Callback, name: "callback".to_owned() });
    }
    let name_at = text.rfind([' ', '*']).map_or(0, |at| at + 1);
    let (kind, name) = text.split_at(name_at);
    Ok(Parameter { kind: plain_type(kind.trim())?, name: name.to_owned() })
}

fn plain_type(text: &str) -> Result<Type, String> {
    Ok(match text {
        "bool" => Type::Bool,
        "int" => Type::Int,
        "int64_t" => Type::Int64,
        "size_t" => Type::Size,
        "const char *" => Type::Text,
        "const uint8_t *" => Type::Bytes,
        "char *" => Type::Buffer,
        "size_t *" => Type::LengthOut,
        "const uint8_t **" => Type::BytesOut,
        "void *" => Type::Opaque,
        _ => {
            let object =
                text.strip_suffix(" *").filter(|name| name.starts_with("ckws_") && !name.contains(' '));
            Type::Handle(object.ok_or_else(|| format!("unknown type \"{text}\""))?.to_owned())
        }
    })
}

fn split_outside_parentheses(list: &str) -> Vec<&str> {
    let mut depth = 0_usize;
    let is_split = |letter: char| {
        match letter {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        letter == ',' && depth == 0
    };
    list.split(is_split).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(signature: &str) -> Vec<Type> {
        let function = Function::parse(signature, "method").unwrap();
        function.parameters.into_iter().map(|parameter| parameter.kind).collect()
    }

    #[test]
    fn parameters_are_told_apart() {
        let ws = || Type::Handle("ckws_websocket".to_owned());
        assert_eq!(kinds("int f(void)"), []);
        assert_eq!(kinds("bool f(ckws_websocket *, const char *a)"), [ws(), Type::Text]);
        assert_eq!(
            kinds("bool f(ckws_websocket *, const char *a, size_t n)"),
            [ws(), Type::SizedText, Type::Length]
        );
        assert_eq!(
            kinds("int f(ckws_websocket *, const uint8_t **data, size_t *n)"),
            [ws(), Type::BytesOut, Type::LengthOut]
        );
        assert_eq!(
            kinds("void f(ckws_websocket *, bool (*fn)(int a, void *b), void *b)"),
            [ws(), Type::Callback, Type::Opaque]
        );
    }

    #[test]
    fn bools_become_registers() {
        let in_registers =
            |signature| Function::parse(signature, "method").unwrap().signature_in_registers("g");
        assert_eq!(in_registers("bool f(ckws_rest *, bool value)"), "uint64_t g(ckws_rest *, int value)");
        assert_eq!(
            in_registers("void f(ckws_rest *, bool (*fn)(void *data), void *data)"),
            "void g(ckws_rest *, bool (*fn)(void *data), void *data)"
        );
    }

    #[test]
    fn what_is_not_known_is_an_error() {
        for signature in [
            "bool f(ckws_websocket *, long double x)",
            "bool f(ckws_websocket *, size_t stray)",
            "struct ckws_point f(void)",
            "bool f",
            "bool f(int x",
        ] {
            assert!(Function::parse(signature, "method").is_err(), "{signature}");
        }
    }

    #[test]
    fn rows_must_fit_their_function() {
        assert!(Function::from_row("Global\tx\tfunction\tckws_x\tint ckws_x(void)").is_ok());
        assert!(Function::from_row("Global\tx\tfunction\tckws_y\tint ckws_x(void)").is_err());
        assert!(Function::from_row("Global\tx\tfunction\tckws_x").is_err());
    }
}
