//! Files in the conversation: the lines of a card, and the picture in it.

use crate::state::State;
use crate::state::media::{FileKey, Media, MediaKind, Transfer, played_key};
use crate::state::message::{Delivery, Message};
use crate::state::picture::{PictureKey, Slot, fit};
use crate::text;
use ratatui::style::Style;
use std::path::PathBuf;

/// Columns and rows that a picture takes at most in the conversation.
const MOST_COLUMNS: u16 = 40;
const MOST_ROWS: u16 = 12;
/// Signs of a progress bar.
const BAR: usize = 12;

/// Where a picture is made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// A file of the cache, which may have to come first: its address and whether the server is the own one.
    Cached(crate::state::media::Want),
    /// An own file that waits to be sent.
    Local(PathBuf),
}

/// A picture in the conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Inline {
    pub(crate) key: PictureKey,
    pub(crate) source: Source,
    /// Rows that are kept free for it; 0: its shape is not known yet.
    pub(crate) rows: u16,
}

/// The picture that a card shows; `None`: none, or it cannot be shown.
pub(crate) fn inline(state: &State, media: &Media, text_columns: usize, view_rows: u16) -> Option<Inline> {
    let graphics = state.media.pictures.graphics?;
    let most_columns = u16::try_from(text_columns.saturating_sub(2)).unwrap_or(u16::MAX).min(MOST_COLUMNS);
    let most_rows = MOST_ROWS.min(view_rows / 2);
    if most_columns < 4 || most_rows < 2 {
        return None;
    }
    let (file, source) = source_of(state, media)?;
    let known = media.pixels.0 > 0 && media.pixels.1 > 0;
    let (columns, rows) =
        if known { fit(media.pixels, graphics.cell, (most_columns, most_rows)) } else { (most_columns, most_rows) };
    let key = PictureKey { file, columns, rows, fills: known };
    let rows = match state.media.pictures.get(&key) {
        Some(Slot::Bad(_)) => return None,
        Some(Slot::Here(picture)) if !known => picture.rows,
        _ if !known => 0,
        _ => rows,
    };
    Some(Inline { key, source, rows })
}

/// Own files and the own server's small pictures come by themselves; of others only what the person asked for is here.
fn source_of(state: &State, media: &Media) -> Option<(FileKey, Source)> {
    if let Some((_, path)) = &media.waiting {
        if media.kind != MediaKind::Image {
            return None;
        }
        return Some((FileKey::of(&format!("file:{}", path.display())), Source::Local(path.clone())));
    }
    let remote = media.preview()?;
    // The original is as large as its sender likes: it is shown once it is here.
    let comes = remote.own_path(state.me.sdk_app_id).is_some() && media.thumbnail.as_ref() == Some(remote);
    if !comes && !state.media.here.contains(&remote.key) {
        return None;
    }
    if matches!(state.media.download(remote.key), Some(Transfer::Failed(_))) {
        return None;
    }
    let want = crate::state::media::Want { remote: remote.clone(), name: media.name.clone(), kind: MediaKind::Image };
    Some((remote.key, Source::Cached(want)))
}

/// First line of a card.
pub(crate) fn heading(state: &State, message: &Message, media: &Media) -> String {
    let title = media.title();
    let unplayed = media.kind == MediaKind::Sound && !message.mine && !state.media.played.contains(&played_key(&message.msg_id));
    let dot = if unplayed { "● " } else { "" };
    if title.is_empty() { format!("{dot}{}", media.kind.word()) } else { format!("{dot}{}  {title}", media.kind.word()) }
}

/// What else is to be said, a line each.
pub(crate) fn details(state: &State, message: &Message, media: &Media) -> Vec<(String, Style)> {
    let theme = &state.settings.theme;
    let mut facts = media.facts();
    let mut more = Vec::new();
    if let Some((key, _)) = &media.waiting {
        match (state.media.uploads.get(&**key), &message.delivery) {
            (_, Delivery::Failed { .. } | Delivery::Stored) => {}
            (Some((done, total)), _) => more.push((format!("{} · X cancels", bar(*done, *total)), theme.accent)),
            (None, _) => more.push(("waits to be sent".into(), theme.warn)),
        }
    } else if let Some(file) = &media.file {
        match state.media.download(file.key) {
            Some(Transfer::Running { done_bytes, total_bytes }) => {
                more.push((format!("{} · X cancels", bar(*done_bytes, *total_bytes)), theme.accent));
            }
            Some(Transfer::Failed(text)) => more.push((format!("✗ not here: {text}"), theme.bad)),
            None if state.media.here.contains(&file.key) => facts.push("downloaded".into()),
            None => {}
        }
        if file.own_path(state.me.sdk_app_id).is_none() {
            facts.push(format!("at {}", text::clean_line(file.host())));
        }
    } else {
        facts.push("the message does not say where it is".into());
    }
    let mut lines = Vec::new();
    if !facts.is_empty() {
        lines.push((facts.join(" · "), theme.dim));
    }
    lines.extend(more);
    lines
}

/// A bar with how much of it is done.
pub(crate) fn bar(done_bytes: u64, total_bytes: u64) -> String {
    if total_bytes == 0 {
        return format!("{} so far", text::bytes(i64::try_from(done_bytes).unwrap_or(i64::MAX)));
    }
    let done = done_bytes.min(total_bytes);
    let part = |of: u64| usize::try_from(u128::from(done) * u128::from(of) / u128::from(total_bytes)).unwrap_or(0);
    let full = part(BAR as u64).min(BAR);
    let total = text::bytes(i64::try_from(total_bytes).unwrap_or(i64::MAX));
    format!("{}{} {:>3} % of {total}", "▰".repeat(full), "▱".repeat(BAR - full), part(100))
}

#[cfg(test)]
mod tests {
    use super::bar;

    #[test]
    fn a_bar_says_how_much_is_done() {
        assert_eq!(bar(0, 2048), "▱▱▱▱▱▱▱▱▱▱▱▱   0 % of 2.0 KB");
        assert_eq!(bar(1024, 2048), "▰▰▰▰▰▰▱▱▱▱▱▱  50 % of 2.0 KB");
        assert_eq!(bar(9999, 2048), "▰▰▰▰▰▰▰▰▰▰▰▰ 100 % of 2.0 KB");
        assert_eq!(bar(u64::MAX, u64::MAX).matches('▰').count(), 12);
        assert!(bar(1024, 0).ends_with("so far"));
    }
}
