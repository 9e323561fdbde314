//! The messages of the open conversation. Laid out from the last visible line upwards, so only what is seen costs.

use super::layout::{Areas, GUTTER, MARKS};
use super::{answering, columns, media, put, put_text, reaction, receipt, rich, time};
use crate::state::conversation::ChatId;
use crate::state::live::Presence;
use crate::state::media::Media;
use crate::state::message::{Body, Delivery, Message, Part};
use crate::state::modal::Modal;
use crate::state::picture::{PictureKey, Slot};
use crate::state::relay::can_forward;
use crate::state::timeline::{Loading, RowKey, Scroll, Timeline};
use crate::state::{Focus, Link, State};
use crate::text::{bidi, clean_line, counted, fit, width, wrap};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Clear, Widget};

/// Seconds after which the same sender gets a new heading.
const NEW_HEADING_S: i64 = 300;
/// Rows of a message view from which on groups of messages are set apart by an empty row.
const ROOMY_ROWS: u16 = 28;

/// A picture in a row's block of lines.
struct Placed {
    /// The line of the block where it begins.
    line: usize,
    rows: u16,
    key: PictureKey,
}

/// The open conversation with what laying it out needs.
pub(crate) struct Sheet<'a> {
    state: &'a State,
    chat: &'a ChatId,
    timeline: &'a Timeline,
    text_columns: usize,
    height: usize,
    width: usize,
    roomy: bool,
    /// Of a page over the conversation: it has the keys, and nothing is fetched by scrolling.
    page: bool,
    /// Of a merged message: how far its messages came is not known.
    read_only: bool,
}

impl<'a> Sheet<'a> {
    fn of(state: &'a State) -> Option<Self> {
        let areas = Areas::of(state);
        Some(Self {
            state,
            chat: state.open.as_ref()?,
            timeline: state.open_timeline()?,
            text_columns: areas.text_columns(),
            height: usize::from(areas.timeline.height),
            width: usize::from(areas.timeline.width),
            roomy: areas.timeline.height >= ROOMY_ROWS,
            page: false,
            read_only: false,
        })
    }

    /// Of the messages of a page, in this part of the screen.
    pub(crate) fn of_page(state: &'a State, chat: &'a ChatId, timeline: &'a Timeline, area: Rect, read_only: bool) -> Self {
        Self {
            state,
            chat,
            timeline,
            text_columns: usize::from(area.width.saturating_sub(GUTTER + MARKS).max(1)),
            height: usize::from(area.height),
            width: usize::from(area.width),
            roomy: area.height >= ROOMY_ROWS,
            page: true,
            read_only,
        }
    }

    /// The scroll position `lines` further; negative goes to older messages.
    pub(crate) fn further(&self, lines: isize) -> Option<Scroll> {
        let (index, below) = self.not_beyond_start(self.moved(self.anchor()?, lines));
        Some(self.scroll_at(index, below))
    }

    /// The nearest scroll position that shows the selected message, if another one is needed.
    pub(crate) fn to_selected(&self) -> Option<Scroll> {
        let selected = self.timeline.selected.as_ref().and_then(|key| self.timeline.index(key))?;
        let (index, below) = self.anchor()?;
        if selected > index || (selected == index && below > 0) {
            return Some(self.scroll_at(selected, 0));
        }
        // Lines from the selected row's first to the view's last.
        let span: usize = (selected..=index).map(|row| self.height_of(row)).sum::<usize>() - below;
        if span <= self.height {
            return None;
        }
        let first_line = (selected, self.height_of(selected).saturating_sub(1));
        let (index, below) = self.moved(first_line, self.height.saturating_sub(1) as isize);
        Some(self.scroll_at(index, below))
    }

    /// A row and how many of its last lines are below the view.
    fn anchor(&self) -> Option<(usize, usize)> {
        let last = self.timeline.rows().len().checked_sub(1)?;
        match &self.timeline.scroll {
            Scroll::Tail => Some((last, 0)),
            Scroll::At { row, below } => {
                let index = self.timeline.index_near(row).unwrap_or(last);
                Some((index, (*below).min(self.height_of(index).saturating_sub(1))))
            }
        }
    }

    fn height_of(&self, index: usize) -> usize {
        self.block(index).len()
    }

    /// A row's lines: what stands above it, heading, text.
    fn block(&self, index: usize) -> Vec<Line<'static>> {
        self.block_with(index, &mut Vec::new())
    }

    fn scroll_at(&self, index: usize, below: usize) -> Scroll {
        if index + 1 >= self.timeline.rows().len() && below == 0 && !self.timeline.is_detached() {
            return Scroll::Tail;
        }
        self.timeline.key(index).map_or(Scroll::Tail, |row| Scroll::At { row, below })
    }

    /// Lines from the first one down to the anchor, counted up to `enough`.
    fn lines_above(&self, anchor: (usize, usize), enough: usize) -> usize {
        let (index, below) = anchor;
        let mut lines = self.height_of(index).saturating_sub(below);
        for above in (0..index).rev() {
            if lines >= enough {
                break;
            }
            lines += self.height_of(above);
        }
        lines
    }

    /// The anchor moved so that the view does not go beyond the first line.
    fn not_beyond_start(&self, anchor: (usize, usize)) -> (usize, usize) {
        let lines = self.lines_above(anchor, self.height);
        if lines >= self.height { anchor } else { self.moved(anchor, (self.height - lines) as isize) }
    }

    /// The anchor `lines` further down; negative: up.
    fn moved(&self, anchor: (usize, usize), lines: isize) -> (usize, usize) {
        let (mut index, mut below) = anchor;
        let last = self.timeline.rows().len().saturating_sub(1);
        if lines < 0 {
            let mut up = lines.unsigned_abs();
            loop {
                let room = self.height_of(index).saturating_sub(below + 1);
                if up <= room {
                    return (index, below + up);
                }
                if index == 0 {
                    return (0, below + room);
                }
                up -= room + 1;
                index -= 1;
                below = 0;
            }
        }
        let mut down = lines.unsigned_abs();
        loop {
            if down <= below {
                return (index, below - down);
            }
            if index == last {
                return (last, 0);
            }
            down -= below + 1;
            index += 1;
            below = self.height_of(index).saturating_sub(1);
        }
    }

    /// What is seen: lines with their rows, the last line last.
    pub(crate) fn visible(&self) -> Vec<(usize, Line<'static>)> {
        let Some((mut index, below)) = self.anchor() else { return Vec::new() };
        let mut lines: Vec<(usize, Line<'static>)> = Vec::with_capacity(self.height);
        let mut skip = below;
        loop {
            for line in self.block(index).into_iter().rev().skip(skip) {
                if lines.len() == self.height {
                    break;
                }
                lines.push((index, line));
            }
            skip = 0;
            if lines.len() >= self.height || index == 0 {
                break;
            }
            index -= 1;
        }
        lines.reverse();
        lines
    }

    /// The reaction at a column of a visible line.
    fn chip(&self, lines: &[(usize, Line<'static>)], row: usize, column: usize) -> Option<Hit> {
        let (index, _) = lines.get(row)?;
        let message = self.timeline.rows().get(*index).filter(|message| !message.attached.reactions.is_empty())?;
        let hidden = self.anchor().filter(|anchor| anchor.0 == *index).map_or(0, |anchor| anchor.1);
        let below = lines[row + 1..].iter().take_while(|line| line.0 == *index).count() + hidden;
        let kind = reaction::chip_at(self.state, message, self.text_columns, below, column.checked_sub(usize::from(GUTTER))?)?;
        Some(Hit::Reaction { place: message.place?, kind })
    }

    /// The same, and where its pictures are.
    fn block_with(&self, index: usize, placed: &mut Vec<Placed>) -> Vec<Line<'static>> {
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
        let heading = !is_tip
            && (new_day
                || divided
                || before.is_none_or(|before| {
                    before.sender != message.sender
                        || matches!(before.body, Body::Tip(_))
                        || message.time_s - before.time_s > NEW_HEADING_S
                }));
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

    /// How many messages were unread at opening, while the first of them is above the view.
    fn unread_above(&self) -> Option<u64> {
        let divider = self.timeline.divider?;
        let first_seen = self.visible().iter().find_map(|(index, _)| self.timeline.rows().get(*index)?.place)?;
        let newest = self.timeline.newest_place()?;
        (first_seen > divider + 1).then(|| newest.saturating_sub(divider))
    }

    /// The first and the last place in sight.
    fn places_in_sight(&self) -> Option<(u64, u64)> {
        let lines = self.visible();
        let mut places = lines.iter().filter_map(|(index, _)| self.timeline.rows().get(*index)?.place);
        let first = places.next()?;
        Some((first, places.next_back().unwrap_or(first)))
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
        let theme = &self.state.settings.theme;
        let focused = self.page
            || (self.state.focus == Focus::Timeline && self.state.modals.iter().all(|modal| !matches!(modal, Modal::Page(_))));
        let selected = focused && key.is_some() && self.timeline.selected.as_ref() == key;
        let mut content: Vec<Vec<Span<'static>>> = Vec::new();
        if let Some(quoted) = answering::quote_line(self.state, self.timeline.rows(), self.chat, message) {
            self.bracketed("│ ", &quoted, theme.quote, &mut content);
        }
        match &message.body {
            Body::Parts(parts) => {
                let mut links = 0;
                for part in parts {
                    match part {
                        Part::Media(media) => self.media(message, media, &mut content, lines.len(), placed),
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
        for (row, spans) in content.into_iter().enumerate() {
            let mark = if selected {
                Span::styled("▌", theme.marker)
            } else if message.at_type != 0 && !message.mine {
                Span::styled("@", theme.marker)
            } else {
                Span::raw(" ")
            };
            let time_text = match (row, &self.state.marks, message.place) {
                (0, Some(marks), Some(place)) if !self.page && can_forward(message) => {
                    if marks.has(place) {
                        "[x]"
                    } else {
                        "[ ]"
                    }
                }
                (0, ..) => time_text,
                _ => "",
            };
            let mut line = vec![mark, Span::styled(format!("{time_text:<width$}", width = usize::from(GUTTER) - 1), theme.dim)];
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
            // Laid out by `media`, which knows the message.
            Part::Media(_) => {}
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

/// What an address of a row opens; rows are counted as `rich::tag_row` does.
pub(crate) fn link_of(state: &State, row: usize, link: usize) -> Option<std::sync::Arc<str>> {
    let sheet = Sheet::of(state)?;
    let (last, _) = sheet.anchor()?;
    let round = usize::from(u16::MAX);
    let index = (0..=last).rev().take(usize::from(u16::MAX)).find(|index| index % round == row)?;
    sheet.timeline.rows().get(index)?.links().into_iter().nth(link)
}

fn centred(text: &str, columns: usize, style: Style) -> Line<'static> {
    let shown = fit(text, columns);
    let before = columns.saturating_sub(width(&shown)) / 2;
    Line::from(vec![Span::raw(" ".repeat(before)), Span::styled(shown.into_owned(), style)])
}

/// Its text was changed; an answer in its thread changes it too, and is none.
fn is_edited(message: &Message) -> bool {
    let replies = message.source.as_ref().map_or(0, |source| source.replies.len());
    matches!(message.body, Body::Parts(_)) && message.version > replies as i64
}

/// A text in the middle of a line.
fn ruled(text: &str, columns: usize, style: Style) -> Line<'static> {
    let shown = fit(text, columns.saturating_sub(8));
    let room = columns.saturating_sub(width(&shown) + 4);
    let (left, right) = (room / 2, room - room / 2);
    Line::from(Span::styled(format!(" {} {shown} {} ", "─".repeat(left), "─".repeat(right)), style))
}

/// Draws the message view, or what to do when nothing is open.
pub(crate) fn draw(buffer: &mut Buffer, state: &State, areas: &Areas) {
    let area = areas.timeline;
    if area.is_empty() {
        return;
    }
    let Some(sheet) = Sheet::of(state) else {
        welcome(buffer, state, area);
        return;
    };
    let lines = sheet.visible();
    if lines.is_empty() {
        nothing_yet(buffer, &sheet, area);
        return;
    }
    // Few messages stand at the bottom, near where one writes.
    let first = area.height.saturating_sub(lines.len() as u16);
    for (row, (_, line)) in lines.iter().enumerate() {
        put(buffer, area, first + row as u16, line);
    }
    draw_pictures(buffer, &sheet, &lines, Rect::new(area.x, area.y + first, area.width, lines.len() as u16));
    for (chip, text, _) in chips(&sheet, area) {
        Clear.render(chip, buffer);
        put_text(buffer, chip.x, chip.y, &text, chip.width, state.settings.theme.badge);
    }
}

/// The block lines of each row in sight: the row, its first line on the screen, the block line that is there, and how many follow.
fn seen_blocks(sheet: &Sheet<'_>, lines: &[(usize, Line<'static>)]) -> Vec<(usize, usize, usize, usize)> {
    let below = sheet.anchor();
    let mut blocks: Vec<(usize, usize, usize, usize)> = Vec::new();
    for (line, (index, _)) in lines.iter().enumerate() {
        match blocks.last_mut() {
            Some((last, _, _, count)) if last == index => *count += 1,
            _ => blocks.push((*index, line, 0, 1)),
        }
    }
    for (index, _, hidden, count) in &mut blocks {
        let cut = below.filter(|(anchor, _)| anchor == index).map_or(0, |(_, below)| below);
        *hidden = sheet.height_of(*index).saturating_sub(*count + cut);
    }
    blocks
}

/// True: the row shows something that may be a picture.
fn has_media(message: &Message) -> bool {
    matches!(&message.body, Body::Parts(parts) if parts.iter().any(|part| matches!(part, Part::Media(_))))
}

fn draw_pictures(buffer: &mut Buffer, sheet: &Sheet<'_>, lines: &[(usize, Line<'static>)], area: Rect) {
    let pictures = &sheet.state.media.pictures;
    let Some(graphics) = pictures.graphics else { return };
    if graphics.protocol.lies_over() && !sheet.state.modals.is_empty() {
        return;
    }
    if !lines.iter().any(|(index, _)| sheet.timeline.rows().get(*index).is_some_and(has_media)) {
        return;
    }
    for (index, first, hidden, count) in seen_blocks(sheet, lines) {
        if !sheet.timeline.rows().get(index).is_some_and(has_media) {
            continue;
        }
        let mut placed = Vec::new();
        sheet.block_with(index, &mut placed);
        for place in placed {
            let skip = hidden.saturating_sub(place.line);
            let from = place.line.max(hidden) - hidden;
            let rows = usize::from(place.rows).saturating_sub(skip).min(count.saturating_sub(from));
            let x = area.x + GUTTER + 2;
            if rows == 0 || x >= area.right() {
                continue;
            }
            let room = Rect::new(x, area.y + (first + from) as u16, area.right() - x, rows as u16);
            match pictures.get(&place.key) {
                Some(Slot::Here(picture)) => picture.draw(buffer, room, skip as u16),
                _ if skip == 0 => {
                    put_text(buffer, room.x, room.y, "the picture is coming …", room.width, sheet.state.settings.theme.dim)
                }
                _ => {}
            }
        }
    }
}

/// The pictures that the next frame shows, with where they are made from.
pub(crate) fn pictures_in_sight(state: &State) -> Vec<(PictureKey, media::Source)> {
    let mut found = Vec::new();
    if state.media.pictures.graphics.is_none() {
        return found;
    }
    let Some(sheet) = Sheet::of(state).filter(|sheet| sheet.timeline.rows().iter().any(has_media)) else { return found };
    let mut last = None;
    for (index, _) in sheet.visible() {
        if last.replace(index) == Some(index) {
            continue;
        }
        let Some(Body::Parts(parts)) = sheet.timeline.rows().get(index).map(|row| &row.body) else { continue };
        for part in parts {
            if let Part::Media(media) = part
                && let Some(inline) = media::inline(state, media, sheet.text_columns, sheet.height as u16)
            {
                found.push((inline.key, inline.source));
            }
        }
    }
    found
}

/// The places to click on to see the newest messages, or the first new one, where they are out of sight.
fn chips(sheet: &Sheet<'_>, area: Rect) -> Vec<(Rect, String, Hit)> {
    let mut chips = Vec::new();
    let mut chip = |text: String, row: u16, hit: Hit| {
        let wide = columns(&text).min(area.width);
        chips.push((Rect::new(area.right() - wide, row, wide, 1), text, hit));
    };
    if sheet.timeline.scroll != Scroll::Tail {
        let text = match sheet.timeline.below {
            0 => " newest ↓ ".to_owned(),
            n => format!(" {n} new ↓ "),
        };
        chip(text, area.bottom() - 1, Hit::ToTail);
    }
    let mut top = area.y;
    if let Some(unread) = sheet.unread_above() {
        chip(format!(" {unread} new ↑ "), top, Hit::ToUnread);
        top += 1;
    }
    let timeline = sheet.timeline;
    if let Some(mention) = timeline.mentions.first().copied().or(timeline.mentioned_above) {
        let first_seen = sheet.places_in_sight().map_or(0, |seen| seen.0);
        let (row, sign) = if mention < first_seen { (top, "↑") } else { (area.bottom().saturating_sub(2), "↓") };
        let both = timeline.mentions.iter().filter_map(|place| timeline.at_type_of(*place)).fold(0, |all, one| all | one);
        let who = if both == 2 { "Someone @ all" } else { "Someone @ you" };
        chip(format!(" {who} {sign} "), row.max(area.y), Hit::ToMention);
    }
    chips
}

fn block_of_lines(buffer: &mut Buffer, area: Rect, lines: &[Line<'static>]) {
    let first = area.height.saturating_sub(lines.len() as u16) / 2;
    for (row, line) in lines.iter().enumerate() {
        put(buffer, area, first + row as u16, line);
    }
}

fn welcome(buffer: &mut Buffer, state: &State, area: Rect) {
    let theme = &state.settings.theme;
    let keys = [
        ("Enter", "open the chosen conversation"),
        ("n", "write to somebody"),
        ("J", "join a group"),
        ("Ctrl-K", "go anywhere, find any command"),
        ("?", "all keys"),
    ];
    let mut lines = vec![centred("tern", usize::from(area.width), theme.title), Line::default()];
    let wide = keys.iter().map(|(_, says)| says.len()).max().unwrap_or(0) + 9;
    let left = usize::from(area.width).saturating_sub(wide) / 2;
    for (key, says) in keys {
        lines.push(Line::from(vec![
            Span::raw(" ".repeat(left)),
            Span::styled(format!("{key:>6}"), theme.key),
            Span::raw("   "),
            Span::styled(says, theme.dim),
        ]));
    }
    block_of_lines(buffer, area, &lines);
}

fn nothing_yet(buffer: &mut Buffer, sheet: &Sheet<'_>, area: Rect) {
    let theme = &sheet.state.settings.theme;
    let columns = usize::from(area.width);
    if !sheet.timeline.loaded || matches!(sheet.timeline.loading, Loading::Newest | Loading::Local) {
        block_of_lines(buffer, area, &[centred("Messages are coming …", columns, theme.dim)]);
        return;
    }
    let name = sheet.state.name_of(sheet.chat);
    let mut lines = Vec::new();
    if let Some(trouble) = &sheet.timeline.trouble {
        lines.push(centred(&format!("The messages did not come: {trouble}"), columns, theme.bad));
    } else {
        lines.push(centred(&format!("Nothing was said to {name} yet"), columns, theme.title));
        lines.push(Line::default());
        lines.push(centred("Write below and press Enter", columns, theme.dim));
        if sheet.chat.is_group() {
            lines.push(centred("/invite adds somebody, Ctrl-G shows the members", columns, theme.dim));
        }
        if matches!(sheet.state.link, Link::Waiting { .. } | Link::Connecting) {
            lines.push(centred("What you send goes out when the link is back", columns, theme.dim));
        }
    }
    block_of_lines(buffer, area, &lines);
}

/// Draws name and facts of the open conversation.
pub(crate) fn draw_header(buffer: &mut Buffer, state: &State, areas: &Areas) {
    let area = areas.header;
    let Some(chat) = &state.open else { return };
    if area.width < 4 {
        return;
    }
    let theme = &state.settings.theme;
    let name = match chat {
        ChatId::Group(_) => format!("# {}", state.name_of(chat)),
        ChatId::User(_) => state.name_of(chat).to_owned(),
    };
    let mut facts: Vec<String> = Vec::new();
    if state.live.typing_until(chat, state.now.mono_ms).is_some() {
        facts.push("typing …".into());
    }
    match chat {
        ChatId::Group(id) => match state.groups.get(id) {
            Some(group) => {
                facts.push(group.kind_word().to_lowercase());
                if group.member_num > 0 {
                    facts.push(counted(group.member_num, "member"));
                }
                if !group.notification.is_empty() {
                    facts.push(group.notification.clone());
                }
            }
            None => facts.push("you are no member".into()),
        },
        ChatId::User(user) => {
            match state.live.presence(user) {
                Some(Presence::Online) => facts.push("online".into()),
                Some(Presence::Offline) => facts.push("offline".into()),
                Some(Presence::LoggedOut) => facts.push("logged out".into()),
                None => {}
            }
            if **user != *name {
                facts.push(user.to_string());
            }
        }
    }
    if state.open_conversation().is_some_and(|conversation| conversation.muted) {
        facts.push("muted".into());
    }
    put_text(buffer, area.x + 1, area.y, &name, area.width - 2, theme.title);
    let x = area.x + 1 + columns(&name) + 2;
    if x + 3 < area.right() {
        put_text(buffer, x, area.y, &facts.join(" · "), area.right() - 1 - x, theme.dim);
    }
}

/// The scroll position `lines` further; negative goes to older messages.
pub(crate) fn scrolled(state: &State, lines: isize) -> Scroll {
    Sheet::of(state).and_then(|sheet| sheet.further(lines)).unwrap_or_default()
}

/// The scroll position with a row `lead` lines below the top of the view, and whether enough rows are there for that.
pub(crate) fn scroll_to_row(state: &State, index: usize, lead: usize) -> Option<(Scroll, bool)> {
    let sheet = Sheet::of(state)?;
    let top = (index, sheet.height_of(index).checked_sub(1)?);
    let down = sheet.height.saturating_sub(1).saturating_sub(lead.min(sheet.height / 3));
    let end = sheet.moved(top, down as isize);
    let exact = sheet.moved(end, -(down as isize)) == top;
    let (index, below) = sheet.not_beyond_start(end);
    Some((sheet.scroll_at(index, below), exact))
}

/// The first and the last place in sight.
pub(crate) fn places_in_sight(state: &State) -> Option<(u64, u64)> {
    Sheet::of(state)?.places_in_sight()
}

/// The nearest scroll position that shows the selected message, if another one is needed.
pub(crate) fn scroll_to_selected(state: &State) -> Option<Scroll> {
    Sheet::of(state)?.to_selected()
}

/// The lines of the selected message that are in sight.
pub(crate) fn selected_area(state: &State) -> Option<Rect> {
    let area = Areas::of(state).timeline;
    let sheet = Sheet::of(state)?;
    let selected = sheet.timeline.selected.as_ref().and_then(|key| sheet.timeline.index(key))?;
    let lines = sheet.visible();
    let above = area.height.saturating_sub(lines.len() as u16);
    let first = lines.iter().position(|(index, _)| *index == selected)? as u16;
    let count = lines.iter().filter(|(index, _)| *index == selected).count() as u16;
    Some(Rect::new(area.x, area.y + above + first, area.width, count))
}

/// Older messages will soon be in sight.
pub(crate) fn oldest_is_near(state: &State) -> bool {
    let Some(sheet) = Sheet::of(state) else { return false };
    let Some(anchor) = sheet.anchor() else { return true };
    sheet.lines_above(anchor, sheet.height * 2) < sheet.height * 2
}

/// The end of a stretch that is not the newest will soon be in sight.
pub(crate) fn newest_is_near(state: &State) -> bool {
    let Some(sheet) = Sheet::of(state) else { return false };
    let Some((index, below)) = sheet.anchor() else { return true };
    let rows = sheet.timeline.rows().len();
    let mut lines = below;
    for row in index + 1..rows {
        if lines >= sheet.height * 2 {
            return false;
        }
        lines += sheet.height_of(row);
    }
    lines < sheet.height * 2
}

/// What a click in the message view points at.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Hit {
    Row(RowKey),
    ToTail,
    ToUnread,
    ToMention,
    Reaction { place: u64, kind: String },
}

/// What is under the pointer.
pub(crate) fn hit(state: &State, at: Position) -> Option<Hit> {
    let area = Areas::of(state).timeline;
    let sheet = Sheet::of(state)?;
    if let Some((_, _, hit)) = chips(&sheet, area).into_iter().find(|(chip, ..)| chip.contains(at)) {
        return Some(hit);
    }
    let lines = sheet.visible();
    let first = area.height.saturating_sub(lines.len() as u16);
    let row = usize::from((at.y - area.y).checked_sub(first)?);
    let (index, _) = lines.get(row)?;
    if let Some(hit) = sheet.chip(&lines, row, usize::from(at.x - area.x)) {
        return Some(hit);
    }
    sheet.timeline.key(*index).map(Hit::Row)
}
