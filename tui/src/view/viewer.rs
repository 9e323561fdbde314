//! One picture of the conversation on the whole screen.

use super::media::Source;
use super::{columns, put_text, time};
use crate::state::State;
use crate::state::media::{FileKey, Media, MediaKind, Transfer, Viewer};
use crate::state::message::{Body, Message, Part};
use crate::state::modal::Modal;
use crate::state::picture::{PictureKey, Slot};
use crate::state::timeline::RowKey;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::{Clear, Widget};

/// Pixels that are handed to the terminal at most.
const MOST_PIXELS: u32 = 1_500_000;

/// The conversation's rows with a picture, the oldest first.
pub(crate) fn pictures(state: &State) -> Vec<RowKey> {
    let Some(timeline) = state.looked_timeline() else { return Vec::new() };
    let rows = timeline.rows().iter().enumerate().filter(|(_, row)| picture_of(row).is_some());
    rows.filter_map(|(index, _)| timeline.key(index)).collect()
}

fn picture_of(message: &Message) -> Option<&Media> {
    let Body::Parts(parts) = &message.body else { return None };
    parts.iter().find_map(|part| match part {
        Part::Media(media) if media.look().is_some() || (media.waiting.is_some() && media.kind == MediaKind::Image) => {
            Some(&**media)
        }
        _ => None,
    })
}

fn message<'a>(state: &'a State, viewer: &Viewer) -> Option<&'a Message> {
    let timeline = state.looked_timeline()?;
    timeline.index(&viewer.row).and_then(|index| timeline.rows().get(index))
}

/// Where the picture is drawn.
fn stage(state: &State) -> Rect {
    let (width, height) = state.size;
    Rect::new(1, 2, width.saturating_sub(2), height.saturating_sub(4))
}

/// The picture that the viewer shows, and where it is made from.
pub(crate) fn wanted(state: &State) -> Option<(PictureKey, Source)> {
    let Some(Modal::Viewer(viewer)) = state.modals.last() else { return None };
    let media = picture_of(message(state, viewer)?)?;
    let graphics = state.media.pictures.graphics?;
    let stage = stage(state);
    if stage.is_empty() {
        return None;
    }
    // A terminal of a large screen gets a smaller picture rather than tens of megabytes.
    let cell = u32::from(graphics.cell.0.max(1)) * u32::from(graphics.cell.1.max(1));
    let mut rows = stage.height;
    while rows > 4 && u32::from(stage.width) * u32::from(rows) * cell > MOST_PIXELS {
        rows -= 1;
    }
    let (file, source) = match (&media.waiting, crate::update::look_want(media)) {
        (Some((_, path)), _) => (FileKey::of(&format!("file:{}", path.display())), Source::Local(path.clone())),
        (None, Some(want)) => (want.remote.key, Source::Cached(want)),
        (None, None) => return None,
    };
    Some((PictureKey { file, columns: stage.width, rows, fills: false }, source))
}

/// Draws the picture, or what is known about it.
pub(crate) fn draw(buffer: &mut Buffer, state: &State, viewer: &Viewer, area: Rect) {
    let theme = &state.settings.theme;
    Clear.render(area, buffer);
    buffer.set_style(area, theme.text);
    let rows = pictures(state);
    let at = rows.iter().position(|row| *row == viewer.row).map_or(0, |at| at + 1);
    let counter = format!("{at} of {} ", rows.len());
    let Some(message) = message(state, viewer) else { return };
    let Some(media) = picture_of(message) else { return };
    let who = format!("{} · {}", state.sender_name(message), time::clock(message.time_s, &state.settings.zone));
    let title = media.title();
    let title = if title.is_empty() { who } else { format!("{title} · {who}") };
    let right = area.right().saturating_sub(columns(&counter));
    put_text(buffer, area.x + 1, area.y, &title, right.saturating_sub(area.x + 2), theme.title);
    put_text(buffer, right, area.y, &counter, columns(&counter), theme.dim);
    put_text(buffer, area.x + 1, area.y + 1, &media.facts().join(" · "), area.width.saturating_sub(2), theme.dim);
    let stage = stage(state).intersection(area);
    if stage.is_empty() {
        return;
    }
    let says = match wanted(state) {
        Some((key, source)) => match (state.media.pictures.get(&key), source) {
            (Some(Slot::Here(picture)), _) => {
                let x = stage.x + stage.width.saturating_sub(picture.columns) / 2;
                let y = stage.y + stage.height.saturating_sub(picture.rows) / 2;
                picture.draw(buffer, Rect::new(x, y, picture.columns, picture.rows).intersection(stage), 0);
                return;
            }
            (Some(Slot::Bad(text)), _) => format!("The picture cannot be shown: {text}"),
            (_, Source::Cached(want)) if !state.media.here.contains(&want.remote.key) => {
                match state.media.download(want.remote.key) {
                    Some(Transfer::Running { done_bytes, total_bytes }) => super::media::bar(*done_bytes, *total_bytes),
                    Some(Transfer::Failed(text)) => format!("The picture did not come: {text} · Enter tries again"),
                    None => format!("Enter fetches it from {}", crate::text::clean_line(want.remote.host())),
                }
            }
            _ => "One moment …".into(),
        },
        None => "This picture cannot be shown here".into(),
    };
    let x = stage.x + stage.width.saturating_sub(columns(&says)) / 2;
    put_text(buffer, x, stage.y + stage.height / 2, &says, stage.width, theme.dim);
}
