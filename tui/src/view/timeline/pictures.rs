//! Pictures between the lines: which are in sight, and the part of each that is.

use super::Sheet;
use crate::state::State;
use crate::state::message::{Body, Message, Part};
use crate::state::picture::{PictureKey, Slot};
use crate::view::layout::GUTTER;
use crate::view::{media, put_text};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;

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

pub(super) fn draw(buffer: &mut Buffer, sheet: &Sheet<'_>, lines: &[(usize, Line<'static>)], area: Rect) {
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
