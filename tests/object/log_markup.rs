//! LastErrorXml and LastErrorHtml, read by an XML parser: the HTML page closes every element, so that it can be.

use ckws::base::{ErrorCode, Fault};
use ckws::log::{Kind, Log};
use roxmltree::{Document, Node, ParsingOptions};

/// Everything that could end a text too early, and every character that XML 1.0 cannot hold.
fn hostile() -> Vec<String> {
    let mut texts: Vec<String> = [
        "]]>",
        "<![CDATA[",
        "-->",
        "<!--",
        "<script>alert(1)</script>",
        "</style></span></li></ul></main>",
        "\" onload=\"alert(1)",
        "' style='x",
        "&amp;&#0;&lt;&unknown;",
        "<?xml?>",
        "\r\nForged: line\n\tFailed.\r",
        "  spaces  ",
        "\u{202e}backwards\u{feff}",
        "\u{2066}isolated\u{2069} zero\u{200b}width\u{2028}Forged: line",
        "\u{fffd}\u{fffe}\u{ffff}\u{1fffe}\u{10ffff}",
    ]
    .map(str::to_owned)
    .to_vec();
    texts.push((0..0xA0).filter_map(char::from_u32).collect());
    texts
}

/// An account of nested contexts with these texts, as a failed call leaves it.
fn failed(texts: &[String]) -> Log {
    let mut log = Log::new("Connect", false);
    log.fact("verbose", false);
    for text in texts {
        let context = log.enter("outer");
        log.fact("text", text.clone());
        let inner = log.enter("inner");
        log.info(text.clone());
        log.leave(inner);
        log.leave(context);
    }
    log.finish(Some(Fault::new(ErrorCode::UpgradeRefused, texts.concat())));
    log
}

/// What stands in the documents for a text: characters that they cannot hold are spelled out.
fn shown(text: &str) -> String {
    let mut shown = String::new();
    for character in text.chars() {
        match character {
            '\t' | '\n' | '\r' => shown.push(character),
            '\u{fffe}' | '\u{ffff}' | '\u{1fffe}' | '\u{10ffff}' => shown.extend(character.escape_unicode()),
            '\u{200b}' | '\u{2028}' | '\u{202e}' | '\u{2066}' | '\u{2069}' | '\u{feff}' => {
                shown.extend(character.escape_unicode());
            }
            control if control.is_control() => shown.extend(control.escape_unicode()),
            other => shown.push(other),
        }
    }
    shown
}

/// The same in HTML, which has one kind of line end.
fn shown_in_html(text: &str) -> String {
    shown(&text.replace("\r\n", "\n").replace('\r', "\\r"))
}

fn xml(text: &str) -> Document<'_> {
    Document::parse(text).unwrap_or_else(|why| panic!("{why}:\n{text}"))
}

fn html(text: &str) -> Document<'_> {
    let options = ParsingOptions { allow_dtd: true, ..ParsingOptions::default() };
    Document::parse_with_options(text, options).unwrap_or_else(|why| panic!("{why}:\n{text}"))
}

fn elements<'a>(node: Node<'a, 'a>) -> impl Iterator<Item = Node<'a, 'a>> {
    node.children().filter(Node::is_element)
}

/// All text beneath a node.
fn text_of(node: Node<'_, '_>) -> String {
    node.descendants().filter(Node::is_text).filter_map(|text| text.text()).collect()
}

/// The entries of a log, as the lines that both documents are compared with.
fn lines_of(log: &Log, shown: fn(&str) -> String) -> Vec<String> {
    let lines = log.entries().iter().filter_map(|entry| match &entry.kind {
        Kind::Enter(name, _) => Some(format!("{} {name}:", entry.depth)),
        Kind::Leave(_) => None,
        Kind::Fact(tag, value) => Some(format!("{} {tag}: {}", entry.depth, shown(&value.text()))),
        Kind::Info(text) => Some(format!("{} {}", entry.depth, shown(text))),
    });
    lines.collect()
}

fn xml_lines(parent: Node<'_, '_>, depth: usize, lines: &mut Vec<String>) {
    for node in elements(parent) {
        let name = node.attribute("name").unwrap_or_default();
        match node.tag_name().name() {
            "context" => {
                lines.push(format!("{depth} {name}:"));
                xml_lines(node, depth + 1, lines);
            }
            "fact" => lines.push(format!("{depth} {name}: {}", text_of(node))),
            "info" => lines.push(format!("{depth} {}", text_of(node))),
            "error" => {}
            other => panic!("an element {other}"),
        }
    }
}

fn html_lines(list: Node<'_, '_>, depth: usize, lines: &mut Vec<String>) {
    for item in elements(list) {
        let spans: Vec<_> = elements(item).collect();
        match (item.attribute("class"), &spans[..]) {
            (Some("fact"), [name, value]) => {
                lines.push(format!("{depth} {}: {}", text_of(*name), text_of(*value)));
            }
            (Some("info"), []) => lines.push(format!("{depth} {}", text_of(item))),
            (None, [details]) => {
                let parts: Vec<_> = elements(*details).collect();
                let [summary, inner] = parts[..] else { panic!("a context has a summary and a list") };
                let name = elements(summary).next().expect("a summary has a name");
                lines.push(format!("{depth} {}:", text_of(name)));
                html_lines(inner, depth + 1, lines);
            }
            _ => panic!("an item {item:?}"),
        }
    }
}

#[test]
fn xml_is_the_same_tree_whatever_it_holds() {
    let log = failed(&hostile());
    let text = log.to_xml();
    let document = xml(&text);
    let method = elements(document.root_element()).next().expect("there is a method");
    assert_eq!(method.attribute("name"), Some("Connect"));
    assert_eq!(method.attribute("success"), Some("false"));
    let mut lines = Vec::new();
    xml_lines(method, 0, &mut lines);
    assert_eq!(lines, lines_of(&log, shown));
    let error = elements(method).last().expect("there is an error");
    assert_eq!(error.attribute("code"), Some("610"));
    assert_eq!(error.attribute("name"), Some("CKWS_ERROR_UPGRADE_REFUSED"));
    assert_eq!(text_of(error), shown(&hostile().concat()));
}

#[test]
fn html_is_the_same_tree_whatever_it_holds() {
    let log = failed(&hostile());
    let text = log.to_html();
    let document = html(&text);
    let find = |name: &str| document.descendants().find(|node| node.has_tag_name(name));
    let list = find("main").and_then(|main| elements(main).last()).expect("there is a list");
    let mut lines = Vec::new();
    html_lines(list, 0, &mut lines);
    assert_eq!(lines, lines_of(&log, shown_in_html));
    let overview = text_of(find("section").expect("there is an overview"));
    assert!(overview.contains("Failed CKWS_ERROR_UPGRADE_REFUSED (610)"), "{overview}");
    assert!(overview.contains(&shown_in_html(&hostile().concat())), "{overview}");
}

#[test]
fn html_needs_nothing_and_runs_nothing() {
    let text = failed(&hostile()).to_html();
    let document = html(&text);
    for node in document.descendants().filter(Node::is_element) {
        let name = node.tag_name().name();
        assert!(!["script", "link", "img", "iframe", "base", "a"].contains(&name), "{name}");
        for attribute in node.attributes() {
            let known = ["lang", "charset", "http-equiv", "content", "name", "class", "style", "open"];
            assert!(known.contains(&attribute.name()), "{attribute:?}");
        }
    }
    assert!(!text.contains("url(") && !text.contains("@import"));
}

#[test]
fn without_a_call_all_three_say_so() {
    let log = Log::default();
    assert_eq!(log.to_text(), "");
    let document = log.to_xml();
    assert_eq!(elements(xml(&document).root_element()).count(), 0);
    let page = log.to_html();
    assert!(text_of(html(&page).root_element()).contains("No method was called on this object yet."));
}

#[test]
fn success_shows_no_error() {
    let mut log = Log::new("SendPing", false);
    log.finish(None);
    assert!(xml(&log.to_xml()).descendants().any(|node| node.attribute("success") == Some("true")));
    assert!(!log.to_xml().contains("<error"));
    let page = log.to_html();
    let text = text_of(html(&page).root_element());
    assert!(text.contains("✓ Success") && !text.contains("CKWS_ERROR"), "{text}");
}

/// A program may override LastMethodSuccess.
#[test]
fn outcome_and_error_are_told_apart() {
    let mut log = failed(&[]);
    log.set_succeeded(true);
    assert!(log.to_xml().contains("success=\"true\"") && log.to_xml().contains("code=\"610\""));
    html(&log.to_html());
    let mut log = Log::new("SendPing", false);
    log.finish(None);
    log.set_succeeded(false);
    assert!(log.to_html().contains("✗ Failed"));
    xml(&log.to_xml());
}

#[test]
fn a_bar_is_the_contexts_part_of_the_call() {
    let mut log = Log::new("Connect", false);
    log.note_wait(std::time::Instant::now());
    let context = log.enter("tcp");
    std::thread::sleep(std::time::Duration::from_millis(20));
    log.leave(context);
    log.finish(None);
    let page = log.to_html();
    let document = html(&page);
    let width = document.descendants().find_map(|node| node.attribute("style")).expect("there is a bar");
    let percent: u32 = width.trim_start_matches("width:").trim_end_matches('%').parse().expect("a number");
    assert!((50..=100).contains(&percent), "{width}");
    let document = log.to_xml();
    let elapsed = xml(&document).descendants().filter(|node| node.has_attribute("elapsedMs")).count();
    assert_eq!(elapsed, 2, "the method and its context: {document}");
}
