//! One message's block of lines: what stands above it, its heading, its parts, and how far it came.

use super::Sheet;
use crate::state::Focus;
use crate::state::media::Media;
use crate::state::message::{Body, Delivery, Message, Part};
use crate::state::modal::Modal;
use crate::state::picture::PictureKey;
use crate::state::relay::can_forward;
use crate::state::timeline::{Loading, RowKey};
use crate::text::{bidi, clean_line, fit, width, wrap};
use crate::view::layout::{GUTTER, MARKS};
use crate::view::{answering, ballot as ballot_view, media, reaction, receipt, rich, time};
use ratatui::style::Style;
use ratatui::text::{Line, Span};

/// Seconds after which the same sender gets a new heading.
const NEW_HEADING_S: i64 = 300;

/// A picture in a row's block of lines.
pub(super) struct Placed {
    /// The line of the block where it begins.
    pub(super) line: usize,
    pub(super) rows: u16,
    pub(super) key: PictureKey,
}

impl Sheet<'_> {
    /// The same, and where its pictures are.
    pub(super) fn block_with(&self, index: usize, placed: &mut Vec<Placed>) -> Vec<Line<'static>> {
        let Some(message) = self.timeline.rows().get(index) else { return Vec::new() };
        let before = index.checked_sub(1).and_then(|index| self.timeline.rows().get(index));
        let zone = &self.state.settings.zone;
        let theme = &self.state.settings.theme;
        let mut lines = Vec::new();
        if before.is_none()
            && let Some(text) = self.above_first()
        {
            lines.push(centred(&text, self.width, theme.dim));
        }
        let new_day = before.is_none_or(|before| time::date(before.time_s, zone) != time::date(message.time_s, zone));
        if new_day {
            let text = time::day(message.time_s, self.state.now.seconds(), zone);
            lines.push(ruled(&text, self.width, theme.day));
        }
        let divided = self.is_divided(before, message);
        if divided {
            lines.push(ruled("new", self.width, theme.divider));
        }
        let is_tip = matches!(message.body, Body::Tip(_));
        let heading = !is_tip && (new_day || divided || before.is_none_or(|before| begins_anew(before, message)));
        if self.roomy && heading && !new_day && !divided {
            lines.push(Line::default());
        }
        if is_tip {
            let text = message.abstract_line();
            let room = self.width.saturating_sub(4).max(1);
            lines.extend(
                wrap(&text, room).into_iter().map(|range| centred(&self.ordered(text[range].trim_end()), self.width, theme.tip)),
            );
            return lines;
        }
        if heading {
            let name_style = if message.mine { theme.own_name } else { theme.name(&message.sender) };
            let name = self.ordered(&fit(self.state.sender_name(message), self.text_columns));
            lines.push(Line::from(vec![
                Span::raw(" "),
                Span::styled(time::clock(message.time_s, zone), theme.dim),
                Span::raw(" "),
                Span::styled(name, name_style),
            ]));
        }
        // A later minute shows in front of its first line; the heading has its own.
        let same_minute = heading || before.is_some_and(|before| before.time_s.div_euclid(60) == message.time_s.div_euclid(60));
        let time_text = if same_minute { String::new() } else { time::clock(message.time_s, zone) };
        self.body(message, &time_text, &mut lines, self.timeline.key(index).as_ref(), placed);
        // Rows of a page have other numbers: an address there would open that of another message.
        if !self.page {
            rich::tag_row(&mut lines, index);
        }
        lines
    }

    /// The unread divider stands above the first message of others that was unread at opening.
    fn is_divided(&self, before: Option<&Message>, message: &Message) -> bool {
        let Some(divider) = self.timeline.divider else { return false };
        let beyond = |message: &Message| message.place.is_some_and(|place| place > divider);
        // Above the first row in memory may be more that was unread.
        let first = before.is_some() || self.timeline.read_down_to <= divider + 1;
        first && beyond(message) && !before.is_some_and(beyond)
    }

    fn above_first(&self) -> Option<String> {
        let timeline = self.timeline;
        if self.page {
            return None;
        }
        if timeline.at_start {
            return Some("The conversation begins here".into());
        }
        if let Some(trouble) = &timeline.trouble {
            return Some(format!("Older messages did not come: {trouble}"));
        }
        match timeline.loading {
            _ if timeline.is_detached() => Some("Older messages are coming …".into()),
            Loading::Older | Loading::Local => Some("Older messages are coming …".into()),
            _ if !self.state.online() && timeline.loaded => Some("Older messages come when the link is back".into()),
            _ => None,
        }
    }

    fn body(
        &self,
        message: &Message,
        time_text: &str,
        lines: &mut Vec<Line<'static>>,
        key: Option<&RowKey>,
        placed: &mut Vec<Placed>,
    ) {
        let mut content = self.content(message, lines.len(), placed);
        let how_far = receipt::mark(self.state, self.chat, message).filter(|_| !self.read_only);
        let row_width = |row: &Vec<Span<'_>>| row.iter().map(|span| width(&span.content)).sum::<usize>();
        // A label that does not fit behind the last row gets one of its own.
        if let (Some((text, _)), Some(row)) = (&how_far, content.last())
            && row_width(row) + width(text) + 1 > self.text_columns + usize::from(MARKS) - 1
        {
            content.push(Vec::new());
        }
        let last = content.len().saturating_sub(1);
        // The chips are the last rows: a click finds them there.
        content.extend(reaction::chips(self.state, message, self.text_columns));
        let selected = self.is_selected(key);
        for (row, spans) in content.into_iter().enumerate() {
            let mut line = self.margin(message, selected, if row == 0 { time_text } else { "" }, row == 0);
            let used: usize = spans.iter().map(|span| width(&span.content)).sum();
            line.extend(spans);
            if row == last
                && let Some((mark, style)) = &how_far
            {
                let room = (self.text_columns + usize::from(MARKS) - 1).saturating_sub(used + width(mark));
                line.push(Span::raw(" ".repeat(room)));
                line.push(Span::styled(mark.clone(), *style));
            }
            lines.push(Line::from(line));
        }
    }

    /// What a message says, row by row; `above` lines of the block are there already.
    fn content(&self, message: &Message, above: usize, placed: &mut Vec<Placed>) -> Vec<Vec<Span<'static>>> {
        let theme = &self.state.settings.theme;
        let mut content: Vec<Vec<Span<'static>>> = Vec::new();
        if let Some(quoted) = answering::quote_line(self.state, self.timeline.rows(), self.chat, message) {
            self.bracketed("│ ", &quoted, theme.quote, &mut content);
        }
        match &message.body {
            Body::Parts(parts) => {
                let mut links = 0;
                for part in parts {
                    match part {
                        Part::Media(media) => self.media(message, media, &mut content, above, placed),
                        Part::Ballot(ballot) => {
                            let room = self.text_columns.saturating_sub(2);
                            let details = ballot_view::details(self.state, self.chat, message.place, ballot, room);
                            let heading = format!("{}  {}", ballot.word(), ballot.title);
                            self.card(&heading, &details.iter().map(String::as_str).collect::<Vec<_>>(), &mut content);
                        }
                        part => self.part(part, links, &mut content),
                    }
                    links += part.links().len();
                }
            }
            Body::Recalled => self.wrapped(&self.recall_line(message), theme.tip, &mut content),
            Body::Unknown => self.wrapped(&message.abstract_line(), theme.tip, &mut content),
            Body::Tip(_) => {}
        }
        if is_edited(message) {
            self.edited(&mut content);
        }
        if let Some(replies) = message.source.as_ref().map(|source| source.replies.len()).filter(|replies| *replies > 0) {
            let text = format!("↳ {}", if replies == 1 { "1 reply".to_owned() } else { format!("{replies} replies") });
            content.push(vec![Span::styled(text, theme.accent)]);
        }
        if let Delivery::Failed { code, text } = &message.delivery {
            let code = if *code == 0 { String::new() } else { format!(" (code {code})") };
            let says = format!("✗ not sent: {text}{code} · Alt-M, then r resends, d discards");
            self.wrapped(&says, theme.bad, &mut content);
        }
        content
    }

    /// The message that actions are about.
    fn is_selected(&self, key: Option<&RowKey>) -> bool {
        let focused = self.page
            || (self.state.focus == Focus::Timeline && self.state.modals.iter().all(|modal| !matches!(modal, Modal::Page(_))));
        focused && key.is_some() && self.timeline.selected.as_ref() == key
    }

    /// What stands left of a row: a mark, then the time, or in front of the first row the box where messages are picked.
    fn margin(&self, message: &Message, selected: bool, time_text: &str, first: bool) -> Vec<Span<'static>> {
        let theme = &self.state.settings.theme;
        let mark = if selected {
            Span::styled("▌", theme.marker)
        } else if message.at_type != 0 && !message.mine {
            Span::styled("@", theme.marker)
        } else {
            Span::raw(" ")
        };
        let text = match (&self.state.marks, message.place) {
            (Some(marks), Some(place)) if first && !self.page && can_forward(message) => {
                if marks.has(place) {
                    "[x]"
                } else {
                    "[ ]"
                }
            }
            _ => time_text,
        };
        vec![mark, Span::styled(format!("{text:<width$}", width = usize::from(GUTTER) - 1), theme.dim)]
    }

    /// Who took a message back, and why (`contract/client-semantics.md` 3.3).
    fn recall_line(&self, message: &Message) -> String {
        let sender = self.state.sender_name(message);
        let other = message.revoker.as_deref().filter(|revoker| **revoker != *message.sender && !revoker.is_empty());
        let line = match other {
            Some(revoker) if *revoker == self.state.me.user => format!("You recalled a message of {sender}"),
            Some(revoker) => {
                let of = if message.mine { "yours".to_owned() } else { sender.to_owned() };
                format!("{} recalled a message of {of}", clean_line(self.state.people.name(revoker)))
            }
            None => format!("{sender} recalled a message"),
        };
        let line = if message.revoke_reason.is_empty() { line } else { format!("{line}: {}", message.revoke_reason) };
        if crate::state::menu::may_re_edit(self.state, message) { format!("{line} · e writes it anew") } else { line }
    }

    /// Says behind a text that it was changed.
    fn edited(&self, content: &mut Vec<Vec<Span<'static>>>) {
        const EDITED: &str = "(edited)";
        let dim = self.state.settings.theme.dim;
        match content.last_mut() {
            Some(row) if row.iter().map(|span| width(&span.content)).sum::<usize>() + EDITED.len() < self.text_columns => {
                row.push(Span::styled(format!(" {EDITED}"), dim));
            }
            _ => content.push(vec![Span::styled(EDITED, dim)]),
        }
    }

    /// `links`: addresses of the parts before.
    fn part(&self, part: &Part, links: usize, content: &mut Vec<Vec<Span<'static>>>) {
        match part {
            Part::Text(text) => content.extend(rich::rows(self.state, text, links, self.text_columns)),
            Part::Card { kind, title, detail } => {
                let heading = if title.is_empty() { (*kind).to_owned() } else { format!("{kind}  {title}") };
                let details: Vec<&str> = Some(detail.as_str()).filter(|detail| !detail.is_empty()).into_iter().collect();
                self.card(&heading, &details, content);
            }
            Part::Place(place) => {
                let heading = if place.title.is_empty() { "Location".to_owned() } else { format!("Location  {}", place.title) };
                self.card(&heading, &[&place.coordinates()], content);
            }
            // Laid out where the message is known.
            Part::Media(_) | Part::Ballot(_) => {}
            Part::Call(call) => self.card(call.kind(), &[&call.outcome(false)], content),
            Part::Relay { title, lines } => {
                let heading = if title.is_empty() { "Chat Record" } else { title };
                self.card(heading, &lines.iter().map(String::as_str).collect::<Vec<_>>(), content);
            }
        }
    }

    /// A file: heading, picture, facts and progress. `above` lines of the block are there already.
    fn media(
        &self,
        message: &Message,
        media: &Media,
        content: &mut Vec<Vec<Span<'static>>>,
        above: usize,
        placed: &mut Vec<Placed>,
    ) {
        let theme = &self.state.settings.theme;
        let details = media::details(self.state, message, media);
        let inline =
            media::inline(self.state, media, self.text_columns, self.height as u16).filter(|inline| inline.rows > 0 && !self.page);
        let first = if details.is_empty() && inline.is_none() { "▪ " } else { "╭ " };
        self.bracketed(first, &media::heading(self.state, message, media), theme.title, content);
        if let Some(inline) = inline {
            placed.push(Placed { line: above + content.len(), rows: inline.rows, key: inline.key });
            for row in 0..inline.rows {
                let bracket = if details.is_empty() && row + 1 == inline.rows { "╰ " } else { "│ " };
                content.push(vec![Span::styled(bracket, theme.card)]);
            }
        }
        for (row, (text, style)) in details.iter().enumerate() {
            let bracket = if row + 1 == details.len() { "╰ " } else { "│ " };
            self.bracketed(bracket, text, *style, content);
        }
    }

    /// A heading and details behind a bracket, so that cards below each other stay apart.
    fn card(&self, heading: &str, details: &[&str], content: &mut Vec<Vec<Span<'static>>>) {
        let theme = &self.state.settings.theme;
        let first = if details.is_empty() { "▪ " } else { "╭ " };
        self.bracketed(first, heading, theme.title, content);
        for (row, detail) in details.iter().enumerate() {
            let bracket = if row + 1 == details.len() { "╰ " } else { "│ " };
            self.bracketed(bracket, detail, theme.dim, content);
        }
    }

    fn bracketed(&self, bracket: &'static str, text: &str, style: Style, content: &mut Vec<Vec<Span<'static>>>) {
        let shown = self.ordered(&fit(text, self.text_columns.saturating_sub(2)));
        content.push(vec![Span::styled(bracket, self.state.settings.theme.card), Span::styled(shown, style)]);
    }

    fn wrapped(&self, text: &str, style: Style, content: &mut Vec<Vec<Span<'static>>>) {
        content
            .extend(wrap(text, self.text_columns).into_iter().map(|range| vec![Span::styled(self.ordered(&text[range]), style)]));
    }

    /// A name or a line in the order of the screen.
    fn ordered(&self, text: &str) -> String {
        bidi::visual(text).into_owned()
    }
}

pub(super) fn centred(text: &str, columns: usize, style: Style) -> Line<'static> {
    let shown = fit(text, columns);
    let before = columns.saturating_sub(width(&shown)) / 2;
    Line::from(vec![Span::raw(" ".repeat(before)), Span::styled(shown.into_owned(), style)])
}

/// Another sender, or the same one a good while later.
fn begins_anew(before: &Message, message: &Message) -> bool {
    before.sender != message.sender || matches!(before.body, Body::Tip(_)) || message.time_s - before.time_s > NEW_HEADING_S
}

/// What it says was changed.
fn is_edited(message: &Message) -> bool {
    message.edited && matches!(message.body, Body::Parts(_))
}

/// A text in the middle of a line.
fn ruled(text: &str, columns: usize, style: Style) -> Line<'static> {
    let shown = fit(text, columns.saturating_sub(8));
    let room = columns.saturating_sub(width(&shown) + 4);
    let (left, right) = (room / 2, room - room / 2);
    Line::from(Span::styled(format!(" {} {shown} {} ", "─".repeat(left), "─".repeat(right)), style))
}
