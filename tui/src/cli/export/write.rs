//! The three formats. Every text of others is escaped; the HTML page needs and loads nothing from anywhere.

use super::Format;
use crate::state::conversation::ChatId;
use crate::state::message::{Body, Message};
use crate::view::time;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;
use std::io::{self, Write};
use tern_protocol::api::message::{Message as WireMessage, RawJson};

/// Writes messages in one format as they come.
pub(super) struct Writer<'a> {
    format: Format,
    out: &'a mut dyn Write,
    zone: TimeZone,
    conversation: String,
    title: String,
    exported_s: i64,
    day: Option<jiff::civil::Date>,
    count: u64,
}

/// A message in JSON.
#[derive(Serialize)]
struct Line<'a> {
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<u64>,
    /// Server time, Unix seconds, and the same as text (UTC).
    time: i64,
    date: String,
    from: &'a str,
    nick: &'a str,
    mine: bool,
    /// `message`, `tip` or `recalled`.
    kind: &'static str,
    text: String,
    body: &'a Option<RawJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cloud_custom_data: &'a Option<String>,
}

const STYLE: &str = "body{font:16px/1.45 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem;color:#222;background:#fff}\
h1{font-size:1.4rem}h2{font-size:.9rem;font-weight:600;color:#777;text-align:center;margin:2rem 0 1rem}\
article{margin:.6rem 0;max-width:85%}article.mine{margin-left:auto;width:fit-content}\
header{font-size:.8rem;color:#777}header b{color:#345}\
p{margin:.1rem 0;padding:.5rem .7rem;background:#f1f1f4;border-radius:.6rem;white-space:pre-wrap;overflow-wrap:anywhere;width:fit-content}\
.mine p{background:#dceafc}.tip,.recalled p{color:#777;font-style:italic}.tip{text-align:center;font-size:.85rem}\
@media(prefers-color-scheme:dark){body{color:#ddd;background:#181a1e}p{background:#2a2d33}.mine p{background:#1f3a5a}header b{color:#9bd}a{color:#8bf}}";

impl<'a> Writer<'a> {
    /// A writer for one conversation; `exported_s` is the moment of the export (Unix seconds).
    pub(super) fn new(
        format: Format,
        out: &'a mut dyn Write,
        zone: TimeZone,
        chat: &ChatId,
        title: String,
        exported_s: i64,
    ) -> Self {
        Self { format, out, zone, conversation: chat.key(), title, exported_s, day: None, count: 0 }
    }

    /// What stands before the messages.
    pub(super) fn begin(&mut self) -> io::Result<()> {
        match self.format {
            Format::Json => {
                let (conversation, title) = (text_json(&self.conversation), text_json(&self.title));
                let exported = text_json(&utc(self.exported_s));
                write!(self.out, "{{\"conversation\":{conversation},\"name\":{title},\"exported\":{exported},\"messages\":[")
            }
            Format::Md => {
                writeln!(self.out, "# {}\n\n{}, exported {}", md(&self.title), md(&self.conversation), utc(self.exported_s))
            }
            Format::Html => {
                let title = html(&self.title);
                writeln!(
                    self.out,
                    "<!doctype html>\n<html><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\n\
                     <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
                     <title>{title}</title><style>{STYLE}</style></head><body>\n<h1 dir=\"auto\">{title}</h1>\n<div class=\"tip\">{}, exported {}</div>",
                    html(&self.conversation),
                    utc(self.exported_s)
                )
            }
        }
    }

    /// One message, later than those before.
    pub(super) fn message(&mut self, wire: &WireMessage, message: &Message, name: &str) -> io::Result<()> {
        self.count += 1;
        if self.format == Format::Json {
            return self.json(wire, message, name);
        }
        let day = time::date(message.time_s, &self.zone);
        if self.day != Some(day) {
            self.day = Some(day);
            match self.format {
                Format::Md => writeln!(self.out, "\n## {day}")?,
                _ => writeln!(self.out, "<h2>{day}</h2>")?,
            }
        }
        let (clock, text) = (time::clock(message.time_s, &self.zone), message.plain_text());
        match (self.format, kind(message)) {
            (Format::Md, "tip") => writeln!(self.out, "\n*{} {}*", clock, md(&text)),
            (Format::Md, kind) => {
                writeln!(self.out, "\n**{}** {clock}\n", md(name))?;
                let style = if kind == "recalled" { "*" } else { "" };
                let lines: Vec<String> = text.lines().map(|line| format!("> {style}{}{style}", md(line))).collect();
                // Two blanks at its end keep a line a line.
                writeln!(self.out, "{}", lines.join("  \n"))
            }
            (_, "tip") => writeln!(self.out, "<div class=\"tip\" dir=\"auto\">{clock} {}</div>", html(&text)),
            (_, kind) => {
                let mine = if message.mine { " mine" } else { "" };
                let (name, text) = (html(name), linked(&text));
                writeln!(
                    self.out,
                    "<article class=\"{kind}{mine}\"><header><b dir=\"auto\">{name}</b> {clock}</header><p dir=\"auto\">{text}</p></article>"
                )
            }
        }
    }

    fn json(&mut self, wire: &WireMessage, message: &Message, name: &str) -> io::Result<()> {
        let line = Line {
            id: &message.msg_id,
            place: message.place,
            time: message.time_s,
            date: utc(message.time_s),
            from: &message.sender,
            nick: name,
            mine: message.mine,
            kind: kind(message),
            text: message.plain_text(),
            body: &wire.msg_body,
            cloud_custom_data: &wire.cloud_custom_data,
        };
        self.out.write_all(if self.count == 1 { b"\n" } else { b",\n" })?;
        serde_json::to_writer(&mut *self.out, &line)?;
        Ok(())
    }

    /// What stands behind the messages.
    pub(super) fn end(&mut self) -> io::Result<()> {
        match self.format {
            Format::Json => writeln!(self.out, "\n]}}")?,
            Format::Md if self.count == 0 => writeln!(self.out, "\nThere are no messages.")?,
            Format::Md => {}
            Format::Html => {
                if self.count == 0 {
                    writeln!(self.out, "<div class=\"tip\">There are no messages.</div>")?;
                }
                writeln!(self.out, "</body></html>")?;
            }
        }
        self.out.flush()
    }
}

fn kind(message: &Message) -> &'static str {
    match message.body {
        Body::Tip(_) => "tip",
        Body::Recalled => "recalled",
        _ => "message",
    }
}

fn utc(time_s: i64) -> String {
    Timestamp::from_second(time_s).map_or_else(|_| String::new(), |moment| moment.to_string())
}

fn text_json(text: &str) -> String {
    serde_json::Value::String(text.to_owned()).to_string()
}

/// Markdown in which the text means nothing but itself.
fn md(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_ascii_punctuation() && !matches!(c, ',' | '.' | ':' | ';' | '?' | '\'' | '"' | '/' | '%' | '=' | '$' | '@') {
            out.push('\\');
        }
        out.push(c);
    }
    // `1.` would begin a list.
    let digits = out.bytes().take_while(u8::is_ascii_digit).count();
    if digits > 0 && out[digits..].starts_with('.') {
        out.insert(digits, '\\');
    }
    out
}

/// HTML in which the text means nothing but itself.
fn html(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

/// The same with web addresses that can be clicked on.
fn linked(text: &str) -> String {
    let mut out = String::new();
    let mut at = 0;
    for link in crate::text::link::links(text) {
        let (shown, url) = (html(&text[link.range.clone()]), html(&link.url));
        out.push_str(&html(&text[at..link.range.start]));
        out.push_str(&format!("<a href=\"{url}\" rel=\"noopener noreferrer\">{shown}</a>"));
        at = link.range.end;
    }
    out.push_str(&html(&text[at..]));
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use pulldown_cmark::{Event, Parser, Tag};

    proptest! {
        #[test]
        fn markdown_shows_what_was_written(text in "[a-z0-9*_#`<>\\[\\]()!|~+.& -]{1,30}") {
            let text = text.trim();
            prop_assume!(!text.is_empty());
            let source = format!("> {}", md(text));
            let mut shown = String::new();
            for event in Parser::new(&source) {
                match event {
                    Event::Text(text) => shown.push_str(&text),
                    Event::Start(Tag::Paragraph | Tag::BlockQuote(_)) | Event::End(_) => {}
                    other => prop_assert!(false, "{:?}", other),
                }
            }
            prop_assert_eq!(&shown, text);
        }

        #[test]
        fn no_mark_of_html_is_left(text in "[a-z<>&\"' :/h]{0,40}") {
            prop_assert!(!html(&text).contains(['<', '>', '"', '\'']));
        }
    }
}
