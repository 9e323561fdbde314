//! Addresses in a text: where they are, and what may be opened.

use std::borrow::Cow;
use std::ops::Range;
use unicode_width::UnicodeWidthChar;

/// What an address starts with, and what is put in front of it to open it.
const STARTS: &[(&str, &str)] = &[("https://", ""), ("http://", ""), ("mailto:", ""), ("www.", "https://")];

/// Addresses that are looked for in one text.
const LINKS: usize = 64;

/// An address in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Link {
    /// Bytes of the text.
    pub(crate) range: Range<usize>,
    /// What is opened: printable ASCII, `http`, `https` or `mailto`.
    pub(crate) url: String,
}

/// The addresses of a text, without the sentence around them.
pub(crate) fn links(text: &str) -> Vec<Link> {
    let mut found = Vec::new();
    let mut from = 0;
    while found.len() < LINKS {
        let Some((at, start)) = next_start(text, from) else { break };
        let rest = &text[at..];
        let end = rest.find(ends_address).unwrap_or(rest.len());
        let shown = without_sentence(&rest[..end]);
        let tail = &shown[start.0.len().min(shown.len())..];
        let good = match start.0 {
            "mailto:" => is_mail(tail),
            "www." => tail.contains('.') && tail.starts_with(char::is_alphanumeric),
            _ => tail.starts_with(|c: char| c.is_alphanumeric() || c == '['),
        };
        if good {
            found.push(Link { range: at..at + shown.len(), url: to_ascii(&format!("{}{shown}", start.1)) });
        }
        from = at + if good { shown.len() } else { start.0.len() };
    }
    mails(text, &mut found);
    found.sort_by_key(|link| link.range.start);
    found
}

/// The next place that looks like the start of an address.
fn next_start(text: &str, from: usize) -> Option<(usize, &'static (&'static str, &'static str))> {
    let bytes = text.as_bytes();
    let begins = |at: usize| {
        STARTS
            .iter()
            .find(|start| bytes[at..].get(..start.0.len()).is_some_and(|head| head.eq_ignore_ascii_case(start.0.as_bytes())))
    };
    (from..bytes.len()).filter(|at| matches!(bytes[*at], b'h' | b'H' | b'm' | b'M' | b'w' | b'W')).find_map(|at| {
        let inside_word = text[..at].chars().next_back().is_some_and(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'));
        begins(at).filter(|_| !inside_word).map(|start| (at, start))
    })
}

fn ends_address(c: char) -> bool {
    c.is_whitespace() || matches!(c, '<' | '>' | '"' | '`' | '|' | '\\' | '^' | '{' | '}') || c.width().unwrap_or(0) > 1
}

/// Takes away what ends the sentence, and brackets that were opened before the address.
fn without_sentence(text: &str) -> &str {
    let mut shown = text;
    loop {
        let Some(last) = shown.chars().next_back() else { return shown };
        let opened = |open: char, close: char| shown.matches(open).count() >= shown.matches(close).count();
        let keep = match last {
            '.' | ',' | ';' | ':' | '!' | '?' | '\'' | '*' | '~' | '’' | '”' | '»' | '…' => false,
            '_' => !shown.ends_with("__"),
            ')' => opened('(', ')'),
            ']' => opened('[', ']'),
            _ => true,
        };
        if keep {
            return shown;
        }
        shown = &shown[..shown.len() - last.len_utf8()];
    }
}

/// `bob@example.org`, with nothing else around it.
fn is_mail(text: &str) -> bool {
    let address = text.split('?').next().unwrap_or_default();
    let Some((local, host)) = address.split_once('@') else { return false };
    let good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '+');
    let end = host.rsplit('.').next().unwrap_or_default();
    !local.is_empty()
        && local.chars().all(good)
        && host.contains('.')
        && host.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-'))
        && host.starts_with(|c: char| c.is_ascii_alphanumeric())
        && end.len() >= 2
        && end.chars().all(|c| c.is_ascii_alphabetic())
}

/// Mail addresses without a scheme.
fn mails(text: &str, found: &mut Vec<Link>) {
    if !text.contains('@') {
        return;
    }
    let mut at = 0;
    for word in text.split(|c: char| {
        c.is_whitespace() || matches!(c, ',' | ';' | '<' | '>' | '(' | ')' | '"' | '`') || c.width().unwrap_or(0) > 1
    }) {
        let start = text[at..].find(word).map_or(at, |found| at + found);
        at = start + word.len();
        let shown = without_sentence(word);
        let free = !found.iter().any(|link| link.range.start < start + shown.len() && start < link.range.end);
        if found.len() < LINKS && free && is_mail(shown) && !shown.contains('?') {
            found.push(Link { range: start..start + shown.len(), url: format!("mailto:{shown}") });
        }
    }
}

/// The address as printable ASCII: everything else as percent and two digits, so that it can stand in a terminal's sequence.
fn to_ascii(url: &str) -> String {
    let mut out = String::with_capacity(url.len());
    for byte in url.bytes() {
        match byte {
            b'!'..=b'~' => out.push(char::from(byte)),
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}

/// What opening an address means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Opening {
    /// A web page.
    Free,
    /// Another program, or a host that is not what it looks like: ask first.
    Ask(&'static str),
    /// Never.
    Refused,
}

/// Whether an address may be opened.
pub(crate) fn opening(url: &str) -> Opening {
    if !url.bytes().all(|byte| matches!(byte, b'!'..=b'~')) {
        return Opening::Refused;
    }
    let lower = url.to_ascii_lowercase();
    if lower.starts_with("mailto:") {
        return Opening::Ask("This starts your mail program.");
    }
    let Some(rest) = lower.strip_prefix("https://").or_else(|| lower.strip_prefix("http://")) else { return Opening::Refused };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    match host {
        "" => Opening::Refused,
        _ if host.contains('@') => Opening::Ask("What stands before the @ is not the host: the page is of the host behind it."),
        _ if host.contains("xn--") || host.contains('%') => {
            Opening::Ask("The host's name is written in other letters and may look like another one.")
        }
        _ => Opening::Free,
    }
}

/// An address for the screen, not longer than a person reads.
pub(crate) fn shown(url: &str) -> Cow<'_, str> {
    super::fit(url, 300)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    fn found(text: &str) -> Vec<&str> {
        links(text).into_iter().map(|link| &text[link.range]).collect()
    }

    #[rstest]
    #[case("see https://example.org/a?b=1, (http://x.y) httpx http://", &["https://example.org/a?b=1", "http://x.y"])]
    #[case("HTTPS://Example.org!", &["HTTPS://Example.org"])]
    #[case("https://en.wikipedia.org/wiki/Rust_(language)", &["https://en.wikipedia.org/wiki/Rust_(language)"])]
    #[case("(see https://x.y/a_(b)).", &["https://x.y/a_(b)"])]
    #[case("看https://a.b/c看看", &["https://a.b/c"])]
    #[case("https://a.b/c，好", &["https://a.b/c"])]
    #[case("**https://a.b**", &["https://a.b"])]
    #[case("[docs](https://a.b/c)", &["https://a.b/c"])]
    #[case("\"https://a.b/\"", &["https://a.b/"])]
    #[case("www.example.org and awww.nothing", &["www.example.org"])]
    #[case("mailto:bob@example.org?subject=hi", &["mailto:bob@example.org?subject=hi"])]
    #[case("write to bob.b+x@example.org.", &["bob.b+x@example.org"])]
    #[case("hey @bob and a@b and user@host", &[])]
    #[case("file:///etc/passwd javascript:alert(1) ftp://x.y", &[])]
    #[case("http:// https://. mailto: www.", &[])]
    #[case("xhttp://a.b", &[])]
    fn addresses_are_found_without_the_sentence_around_them(#[case] text: &str, #[case] expected: &[&str]) {
        assert_eq!(found(text), expected);
    }

    #[rstest]
    #[case("www.example.org", "https://www.example.org")]
    #[case("https://пример.рф/ä", "https://%D0%BF%D1%80%D0%B8%D0%BC%D0%B5%D1%80.%D1%80%D1%84/%C3%A4")]
    #[case("bob@example.org", "mailto:bob@example.org")]
    fn what_is_opened_is_printable_ascii(#[case] text: &str, #[case] url: &str) {
        assert_eq!(links(text)[0].url, url);
    }

    #[test]
    fn only_web_and_mail_are_opened() {
        assert_eq!(opening("https://example.org/x"), Opening::Free);
        assert!(matches!(opening("mailto:bob@example.org"), Opening::Ask(_)));
        assert!(matches!(opening("https://bank.example@evil.example/"), Opening::Ask(_)));
        assert!(matches!(opening("https://xn--80ak6aa92e.com/"), Opening::Ask(_)));
        for refused in ["file:///etc/passwd", "javascript:alert(1)", "-rf", "https://", "https://a.b/\x1b]0;x", "ssh://host"] {
            assert_eq!(opening(refused), Opening::Refused, "{refused}");
        }
    }

    proptest! {
        #[test]
        fn links_are_in_order_apart_and_safe(text in "(https?://|mailto:|www\\.|[a-z@.()_*<>/ 看é\u{202e}\x1b]){0,20}") {
            let links = links(&text);
            for pair in links.windows(2) {
                prop_assert!(pair[0].range.end <= pair[1].range.start);
            }
            for link in &links {
                prop_assert!(text.is_char_boundary(link.range.start) && text.is_char_boundary(link.range.end));
                prop_assert!(link.url.bytes().all(|byte| matches!(byte, b'!'..=b'~')));
            }
        }
    }
}
