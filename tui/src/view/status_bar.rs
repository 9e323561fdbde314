//! The bottom line: how the link is, who one is, and the keys that matter now; or, for a moment, what just happened.

use super::layout::Areas;
use super::{columns, put_text};
use crate::action::{Action, Context, REGISTRY};
use crate::state::group_page::{GroupPage, GroupTab};
use crate::state::modal::{Form, Modal};
use crate::state::rights::Right;
use crate::state::{Focus, Link, Screen, State, Tab, Tone};
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
        Link::Waiting { reason } => ("○", theme.bad, format!("not connected: {}", cause(reason))),
        Link::Ended => ("○", theme.bad, format!("logged out  {who}")),
    }
}

/// The cause alone: the address stands in the login, the system's number helps nobody.
fn cause(reason: &str) -> &str {
    let cause = reason.rsplit(": ").next().unwrap_or(reason);
    cause.split(" (os error").next().unwrap_or(cause)
}

/// A key and its word, where they stand.
struct Hint {
    action: Action,
    area: Rect,
    key: String,
    word: &'static str,
}

/// The hints that fit, at the right end, in the registry's order; what matters most gets its room first.
fn hints(state: &State, areas: &Areas) -> Vec<Hint> {
    let area = areas.status;
    let (_, _, text) = link_text(state);
    let left = area.x + 2 + columns(&text) + 2;
    let mut room = area.right().saturating_sub(left);
    let contexts = crate::update::contexts(state);
    let texts = contexts.contains(&Context::Text);
    let mut wanted: Vec<(u8, Hint)> = Vec::new();
    for context in contexts.iter().filter(|context| **context != Context::Text) {
        for (index, row) in REGISTRY.iter().enumerate().filter(|(_, row)| row.context == *context && !row.hint.is_empty()) {
            // Where text is typed, a letter alone is no key.
            let key = state.settings.keymap.keys_of(index).find(|key| !texts || key.chars().count() > 1);
            let Some(key) = key.filter(|_| fits_now(state, row.action)) else { continue };
            let word = word(state, row.context, row.action).unwrap_or(row.hint);
            // A key means what the first of the contexts says.
            if wanted.iter().any(|(_, hint)| hint.key == key) {
                continue;
            }
            let wide = columns(&key) + 1 + columns(word);
            wanted.push((rank(row.action), Hint { action: row.action, area: Rect::new(0, area.y, wide, 1), key, word }));
        }
    }
    if matches!(state.screen, Screen::Login(_)) && state.modals.is_empty() {
        let quit = REGISTRY.iter().enumerate().find(|(_, row)| row.action == Action::Quit);
        let key = quit.and_then(|(index, _)| state.settings.keymap.keys_of(index).next());
        if let (Some((_, row)), Some(key)) = (quit, key) {
            let wide = columns(&key) + 1 + columns(row.hint);
            wanted.push((rank(row.action), Hint { action: row.action, area: Rect::new(0, area.y, wide, 1), key, word: row.hint }));
        }
    }
    let mut order: Vec<usize> = (0..wanted.len()).collect();
    order.sort_by_key(|index| wanted[*index].0);
    let mut shown = vec![false; wanted.len()];
    for index in order {
        let wide = wanted[index].1.area.width + 2;
        if wide <= room {
            room -= wide;
            shown[index] = true;
        }
    }
    let mut hints: Vec<Hint> = wanted.into_iter().zip(shown).filter(|(_, shown)| *shown).map(|((_, hint), _)| hint).collect();
    let mut x = left + room;
    for hint in &mut hints {
        hint.area.x = x + 2;
        x += hint.area.width + 2;
    }
    hints
}

/// The form that has the keys.
fn top_form(state: &State) -> Option<&Form> {
    match (state.modals.last(), &state.screen) {
        (Some(Modal::Form(form)), _) | (None, Screen::Login(form)) => Some(form),
        _ => None,
    }
}

/// What a key does as things stand, where that is not what its row says: in a form Enter goes through the fields and does it in the
/// last; in the rail it opens topics alone.
fn word(state: &State, context: Context, action: Action) -> Option<&'static str> {
    if (context, action, state.tab) == (Context::List, Action::ListOpen, Tab::Community) {
        let entries = state.entries();
        let chosen = entries.get(state.chosen_index(&entries))?;
        return Some(if state.collapsed.contains(chosen) { "unfold" } else { "fold" }).filter(|_| chosen.community().is_none());
    }
    let form = top_form(state).filter(|_| context == Context::Form)?;
    match action {
        Action::Confirm if form.focus + 1 < form.fields.len() => Some("next field"),
        Action::FieldNext if form.completes() => Some("complete"),
        Action::FieldNext => Some("first field"),
        _ => None,
    }
}

/// What must be seen first where room is short.
fn rank(action: Action) -> u8 {
    match action {
        Action::Send | Action::ListOpen | Action::Help | Action::Confirm | Action::Cancel | Action::Resend => 0,
        Action::ForwardEach | Action::ForwardCombined | Action::DeleteMarked | Action::StopMarking | Action::MarkTarget => 0,
        Action::Palette | Action::FocusList | Action::BackToComposer => 1,
        Action::Quit => 3,
        _ => 2,
    }
}

/// Hints that would do nothing now are left out.
fn fits_now(state: &State, action: Action) -> bool {
    let failed = || {
        let row = state.open_timeline().and_then(|timeline| timeline.selected_row());
        row.is_some_and(|row| matches!(row.delivery, crate::state::message::Delivery::Failed { .. }))
    };
    match action {
        // Where Enter goes on to the next field, Tab need not be told as well.
        Action::FieldNext => {
            top_form(state).is_some_and(|form| form.completes() || (form.fields.len() > 1 && form.focus + 1 == form.fields.len()))
        }
        // Where nothing can be written, commands still can.
        Action::Send => {
            let muted = state.open.as_ref().is_some_and(|chat| crate::update::mute_says(state, chat).is_some());
            !muted || state.composer.text().starts_with('/')
        }
        Action::Resend | Action::Discard => failed(),
        Action::BackToComposer | Action::Copy | Action::MessageMenu | Action::Quote | Action::Reply => state.marks.is_none(),
        Action::Info => state.info.is_some(),
        Action::PanelDetails => state.panel.is_some(),
        Action::ListOpen => state.focus == Focus::List && !state.entries().is_empty(),
        Action::ListingNew | Action::ListingEdit | Action::ListingToggle | Action::RemoveItem => match state.modals.last() {
            Some(Modal::Listing(listing)) => listing.takes(action),
            Some(Modal::Group(page)) => removes(state, page),
            _ => true,
        },
        Action::MemberPick => match state.modals.last() {
            Some(Modal::Group(page)) => removes(state, page),
            _ => false,
        },
        Action::Invite => match state.modals.last() {
            Some(Modal::Group(page)) => page.tab == GroupTab::Members && page.may(state, Right::Invite),
            _ => false,
        },
        Action::MemberFind => match state.modals.last() {
            Some(Modal::Group(page)) => page.tabs(state).contains(&GroupTab::Members),
            _ => false,
        },
        Action::Cancel => !state.modals.is_empty(),
        Action::Confirm => {
            !matches!(state.modals.last(), Some(Modal::Help { .. } | Modal::Info { .. } | Modal::PanelDetails { .. }))
        }
        Action::SelectMessages => state.open_timeline().is_some_and(|timeline| !timeline.rows().is_empty()),
        _ => true,
    }
}

/// Whether members stand on the page of a group who may be taken out.
fn removes(state: &State, page: &GroupPage) -> bool {
    page.tab == GroupTab::Members && page.may(state, Right::Remove)
}

/// What a click in the bottom line asks for.
pub(crate) fn action_at(state: &State, at: Position) -> Option<Action> {
    let areas = Areas::of(state);
    if state.toast.is_some() || !areas.status.contains(at) {
        return None;
    }
    hints(state, &areas).into_iter().find(|hint| hint.area.contains(at)).map(|hint| hint.action)
}

#[cfg(test)]
mod tests {
    use super::{cause, hints};
    use crate::state::State;
    use crate::state::fixture::lively;
    use crate::state::modal::{Field, Form, FormKind, Modal};
    use crate::view::layout::Areas;

    fn shown(state: &State) -> Vec<String> {
        hints(state, &Areas::of(state)).iter().map(|hint| format!("{} {}", hint.key, hint.word)).collect()
    }

    #[test]
    fn enter_says_whether_it_goes_on_or_does_it() {
        let mut state = lively();
        let fields = vec![Field::text("Name", "", ""), Field::text("Notice", "", "")];
        state.modals.push(Modal::Form(Form::new(FormKind::Topic("@TGS#_a".into()), "New topic", "", fields)));
        assert_eq!(shown(&state), ["Enter next field", "Esc cancel"]);
        if let Some(Modal::Form(form)) = state.modals.last_mut() {
            form.focus = 1;
        }
        assert_eq!(shown(&state), ["Enter ok", "Tab first field", "Esc cancel"]);
        let form = Form {
            suggestions: vec![("bob".into(), "Bob".into())],
            ..Form::new(FormKind::NewChat, "New chat", "", vec![Field::text("User ID", "", "")])
        };
        state.modals = vec![Modal::Form(form)];
        assert_eq!(shown(&state), ["Enter ok", "Tab complete", "Esc cancel"]);
        let form = Form::new(FormKind::NewLabel, "New", "", vec![Field::text("Name", "", "")]);
        state.modals = vec![Modal::Form(form)];
        assert_eq!(shown(&state), ["Enter ok", "Esc cancel"], "where Tab does nothing it is not told");
    }

    #[test]
    fn the_line_names_the_cause_and_nothing_else() {
        assert_eq!(cause("cannot reach http://127.0.0.1:1: Connection refused (os error 111)"), "Connection refused");
        assert_eq!(cause("the server closed the connection"), "the server closed the connection");
    }
}
