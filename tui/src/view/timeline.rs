//! The messages of the open conversation: drawn, scrolled and pointed at.

mod block;
mod empty;
mod pictures;
mod sheet;

pub(crate) use pictures::pictures_in_sight;
pub(crate) use sheet::Sheet;

use super::layout::Areas;
use super::{columns, put, put_text};
use crate::state::State;
use crate::state::timeline::{RowKey, Scroll};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::widgets::{Clear, Widget};

/// Draws the message view, or what to do when nothing is open.
pub(crate) fn draw(buffer: &mut Buffer, state: &State, areas: &Areas) {
    let area = areas.timeline;
    if area.is_empty() {
        return;
    }
    let Some(sheet) = Sheet::of(state) else {
        empty::welcome(buffer, state, area);
        return;
    };
    let lines = sheet.visible();
    if lines.is_empty() {
        empty::nothing_yet(buffer, &sheet, area);
        return;
    }
    // Few messages stand at the bottom, near where one writes.
    let first = area.height.saturating_sub(lines.len() as u16);
    for (row, (_, line)) in lines.iter().enumerate() {
        put(buffer, area, first + row as u16, line);
    }
    pictures::draw(buffer, &sheet, &lines, Rect::new(area.x, area.y + first, area.width, lines.len() as u16));
    for (chip, text, _) in chips(&sheet, area) {
        Clear.render(chip, buffer);
        put_text(buffer, chip.x, chip.y, &text, chip.width, state.settings.theme.badge);
    }
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

/// What an address of a row opens; rows are counted as `rich::tag_row` does.
pub(crate) fn link_of(state: &State, row: usize, link: usize) -> Option<std::sync::Arc<str>> {
    let sheet = Sheet::of(state)?;
    let (last, _) = sheet.anchor()?;
    let round = usize::from(u16::MAX);
    let index = (0..=last).rev().take(usize::from(u16::MAX)).find(|index| index % round == row)?;
    sheet.timeline.rows().get(index)?.links().into_iter().nth(link)
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
