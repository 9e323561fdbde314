//! The bottom line: how the link is, who one is, and the keys that matter now; or, for a moment, what just happened.

use super::layout::Areas;
use super::{columns, put_text};
use crate::action::{Action, Context, REGISTRY};
use crate::state::modal::Modal;
use crate::state::{Focus, Link, Screen, State, Tone};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;

/// Draws the line.
pub(crate) fn draw(buffer: &mut Buffer, state: &State, areas: &Areas) {
    let area = areas.status;
    if area.is_empty() {
        return;
    }
    let theme = &state.settings.theme;
    let (dot, style, text) = link_text(state);
    put_text(buffer, area.x, area.y, dot, 1, style);
    put_text(buffer, area.x + 2, area.y, &text, area.width.saturating_sub(2), theme.dim);
    let x = area.x + 2 + columns(&text) + 2;
    if let Some(toast) = &state.toast {
        let style = match toast.tone {
            Tone::Good => theme.good,
            Tone::Neutral => theme.title,
            Tone::Bad => theme.bad,
        };
        // A long word may cover the link's: it is gone in a moment.
        let wanted = columns(&toast.text).min(area.width);
        let x = x.min(area.right().saturating_sub(wanted));
        let room = area.right().saturating_sub(x);
        buffer.set_stringn(x, area.y, " ".repeat(usize::from(room)), usize::from(room), Style::reset());
        put_text(buffer, x, area.y, &toast.text, room, style);
        return;
    }
    for hint in hints(state, areas) {
        put_text(buffer, hint.area.x, area.y, &hint.key, columns(&hint.key), theme.key);
        let word_x = hint.area.x + columns(&hint.key) + 1;
        put_text(buffer, word_x, area.y, hint.word, columns(hint.word), theme.dim);
    }
}

fn link_text(state: &State) -> (&'static str, Style, String) {
    let theme = &state.settings.theme;
    let host = state.me.server.trim_start_matches("http://").trim_start_matches("https://");
    let who = if state.me.user.is_empty() { String::new() } else { format!("{}@{host}", state.me.user) };
    if matches!(state.screen, Screen::Login(_)) && matches!(state.link, Link::Down | Link::Ended) {
        return ("○", theme.dim, "not logged in".into());
    }
    match &state.link {
        Link::Down => ("○", theme.dim, format!("offline  {who}")),
        Link::Connecting => ("◌", theme.warn, format!("connecting …  {who}")),
        Link::Online { syncing: true } => ("●", theme.warn, format!("catching up …  {who}")),
        Link::Online { syncing: false } => ("●", theme.good, who),
        Link::Waiting { reason } => ("○", theme.bad, format!("not connected: {reason}")),
        Link::Ended => ("○", theme.bad, format!("logged out  {who}")),
    }
}

/// A key and its word, where they stand.
struct Hint {
    action: Action,
    area: Rect,
    key: String,
    word: &'static str,
}

/// The hints that fit, at the right end, in the registry's order.
fn hints(state: &State, areas: &Areas) -> Vec<Hint> {
    let area = areas.status;
    let (_, _, text) = link_text(state);
    let left = area.x + 2 + columns(&text) + 2;
    let mut room = area.right().saturating_sub(left);
    let mut hints = Vec::new();
    let contexts = crate::update::contexts(state);
    let texts = contexts.contains(&Context::Text);
    for context in contexts.iter().filter(|context| **context != Context::Text) {
        for (index, row) in REGISTRY.iter().enumerate().filter(|(_, row)| row.context == *context && !row.hint.is_empty()) {
            if !fits_now(state, row.action) {
                continue;
            }
            // Where text is typed, a letter alone is no key.
            let Some(key) = state.settings.keymap.keys_of(index).find(|key| !texts || key.chars().count() > 1) else { continue };
            let wide = columns(&key) + 1 + columns(row.hint) + 2;
            if wide > room {
                continue;
            }
            room -= wide;
            hints.push(Hint { action: row.action, area: Rect::new(0, area.y, wide - 2, 1), key, word: row.hint });
        }
    }
    let mut x = left + room;
    for hint in &mut hints {
        hint.area.x = x + 2;
        x += hint.area.width + 2;
    }
    hints
}

/// Hints that would do nothing now are left out.
fn fits_now(state: &State, action: Action) -> bool {
    let failed = || {
        let row = state.open_timeline().and_then(|timeline| timeline.selected_row());
        row.is_some_and(|row| matches!(row.delivery, crate::state::message::Delivery::Failed { .. }))
    };
    match action {
        Action::Resend | Action::Discard => failed(),
        Action::Info => state.info.is_some(),
        Action::ListOpen => state.focus == Focus::List && !state.entries().is_empty(),
        Action::Cancel => !state.modals.is_empty(),
        Action::Confirm => !matches!(state.modals.last(), Some(Modal::Help { .. } | Modal::Info { .. })),
        Action::SelectMessages => state.open_timeline().is_some_and(|timeline| !timeline.rows().is_empty()),
        _ => true,
    }
}

/// What a click in the bottom line asks for.
pub(crate) fn action_at(state: &State, at: Position) -> Option<Action> {
    let areas = Areas::of(state);
    if state.toast.is_some() || !areas.status.contains(at) {
        return None;
    }
    hints(state, &areas).into_iter().find(|hint| hint.area.contains(at)).map(|hint| hint.action)
}
