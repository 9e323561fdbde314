//! Reactions: the chips under a message, the bar to choose one, and who reacted.

use super::layout::{centred, window};
use super::modal::{draw_field, frame};
use super::{columns, put_text};
use crate::state::State;
use crate::state::attached::{Reaction, shown_kind};
use crate::state::message::Message;
use crate::state::modal::Field;
use crate::state::reaction::{React, Reactors};
use crate::text::{fit, width};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::Span;

/// Columns of the dialogs, and rows of the bar's list.
const DIALOG_COLUMNS: u16 = 46;
const BAR_ROWS: u16 = 8;
/// People who are named on a chip instead of counted.
const NAMED: usize = 2;

/// One chip: what it says, and which reaction it is.
struct Chip<'a> {
    text: String,
    reaction: &'a Reaction,
}

/// The chips of a message in rows of so many columns.
fn rows<'a>(state: &State, message: &'a Message, room: usize) -> Vec<Vec<Chip<'a>>> {
    let mut rows: Vec<Vec<Chip<'a>>> = Vec::new();
    let mut used = 0;
    for reaction in &message.attached.reactions {
        let text = fit(&format!("{} {}", shown_kind(&reaction.kind), who(state, reaction)), room).into_owned();
        let wide = width(&text) + 2;
        if rows.is_empty() || used + wide > room {
            rows.push(Vec::new());
            used = 0;
        }
        used += wide;
        if let Some(row) = rows.last_mut() {
            row.push(Chip { text, reaction });
        }
    }
    rows
}

/// Names where they are few and all known, a number otherwise.
fn who(state: &State, reaction: &Reaction) -> String {
    let all_known = reaction.users.len() as u64 == reaction.count;
    if !all_known || reaction.users.len() > NAMED {
        return reaction.count.to_string();
    }
    let names: Vec<String> = reaction.users.iter().map(|user| fit(&name(state, user), 14).into_owned()).collect();
    names.join(", ")
}

fn name(state: &State, user: &str) -> String {
    if *user == *state.me.user { "You".into() } else { crate::text::clean_line(state.people.name(user)) }
}

/// The chips under a message, as rows of its text column.
pub(crate) fn chips(state: &State, message: &Message, room: usize) -> Vec<Vec<Span<'static>>> {
    let theme = &state.settings.theme;
    let spans = |row: Vec<Chip<'_>>| {
        let each = row.into_iter().flat_map(|chip| {
            let style = if chip.reaction.mine { theme.chip_own } else { theme.chip };
            [Span::styled(chip.text, style), Span::raw("  ")]
        });
        each.collect()
    };
    rows(state, message, room).into_iter().map(spans).collect()
}

/// The reaction at a column of a row of chips, the rows counted from the last one.
pub(crate) fn chip_at(state: &State, message: &Message, room: usize, rows_below: usize, column: usize) -> Option<String> {
    let rows = rows(state, message, room);
    let row = rows.get(rows.len().checked_sub(rows_below + 1)?)?;
    let mut from = 0;
    for chip in row {
        let to = from + width(&chip.text);
        if (from..to).contains(&column) {
            return Some(chip.reaction.kind.clone());
        }
        from = to + 2;
    }
    None
}

/// Where the bar is.
pub(crate) fn bar_area(bar: &React, screen: Rect) -> Rect {
    let rows = (bar.offers.len() as u16).clamp(1, BAR_ROWS);
    centred(screen, DIALOG_COLUMNS, rows + 4)
}

/// The bar's list of offers.
fn bar_list(area: Rect) -> Rect {
    Rect::new(area.x + 2, area.y + 3, area.width.saturating_sub(4), area.height.saturating_sub(4))
}

/// The offer under the pointer.
pub(crate) fn offer_at(bar: &React, area: Rect, at: Position) -> Option<usize> {
    let list = bar_list(area);
    let index = window(bar.offers.len(), bar.chosen, usize::from(list.height)) + usize::from(at.y.checked_sub(list.y)?);
    (list.contains(at) && index < bar.offers.len()).then_some(index)
}

/// Draws the bar; returns the caret's place.
pub(crate) fn draw_bar(buffer: &mut Buffer, state: &State, bar: &React, area: Rect) -> Option<Position> {
    let theme = &state.settings.theme;
    let inside = frame(buffer, state, "React", area);
    if inside.is_empty() {
        return None;
    }
    put_text(buffer, inside.x, inside.y, "›", 1, theme.marker);
    let field = Field { editor: bar.editor.clone(), ..Field::text("", "a number, or the name of any emoji", "") };
    let column = draw_field(buffer, state, &field, inside.x + 2, inside.y, inside.width.saturating_sub(2));
    let list = bar_list(area);
    if bar.offers.is_empty() {
        put_text(buffer, list.x, list.y, "No emoji is called like that", list.width, theme.dim);
    }
    let rows = usize::from(list.height);
    let first = window(bar.offers.len(), bar.chosen, rows);
    let mine = state.timeline(&bar.chat).and_then(|timeline| timeline.at(bar.place)).map(|row| &row.attached.reactions);
    for (row, (index, kind)) in bar.offers.iter().enumerate().skip(first).take(rows).enumerate() {
        let line = Rect::new(list.x, list.y + row as u16, list.width, 1);
        let chosen = index == bar.chosen;
        if chosen {
            buffer.set_style(line, theme.selected);
        }
        let number = if bar.editor.is_blank() && index < 9 { (index + 1).to_string() } else { " ".into() };
        put_text(buffer, line.x, line.y, &number, 1, if chosen { theme.selected } else { theme.key });
        put_text(buffer, line.x + 3, line.y, &shown_kind(kind), 4, if chosen { theme.selected } else { theme.text });
        let is_mine = mine.is_some_and(|list| list.iter().any(|reaction| reaction.mine && reaction.kind == *kind));
        let says = emojis::get(kind).map_or("", crate::text::emoji::name);
        let says = if is_mine { format!("{says} (yours: take it back)") } else { says.to_owned() };
        put_text(buffer, line.x + 8, line.y, &says, line.width.saturating_sub(8), if chosen { theme.selected } else { theme.dim });
    }
    Some(Position::new(inside.x + 2 + column, inside.y))
}

/// The message that the dialog is about.
fn reacted<'a>(state: &'a State, dialog: &Reactors) -> Option<&'a Message> {
    state.timeline(&dialog.chat).and_then(|timeline| timeline.at(dialog.place))
}

/// Where the list of who reacted is.
pub(crate) fn reactors_area(state: &State, dialog: &Reactors, screen: Rect) -> Rect {
    let users = reacted(state, dialog).and_then(|message| message.attached.reactions.iter().map(|one| one.users.len()).max());
    centred(screen, DIALOG_COLUMNS + 10, (users.unwrap_or(0) as u16 + 7).clamp(8, screen.height.max(8)))
}

/// Draws who reacted, a page per kind.
pub(crate) fn draw_reactors(buffer: &mut Buffer, state: &State, dialog: &Reactors, area: Rect) {
    let theme = &state.settings.theme;
    let Some(message) = reacted(state, dialog) else { return };
    let title = fit(&format!("Reactions: {}", message.abstract_line()), usize::from(area.width.saturating_sub(6))).into_owned();
    let inside = frame(buffer, state, &title, area);
    if inside.height < 4 {
        return;
    }
    let mut x = inside.x;
    for (index, reaction) in message.attached.reactions.iter().enumerate() {
        let text = format!(" {} {} ", shown_kind(&reaction.kind), reaction.count);
        let style = if index == dialog.tab { theme.selected } else { theme.dim };
        put_text(buffer, x, inside.y, &text, inside.right().saturating_sub(x), style);
        x += columns(&text);
    }
    let Some(reaction) = message.attached.reactions.get(dialog.tab) else { return };
    let room = usize::from(inside.height.saturating_sub(3));
    for (row, user) in reaction.users.iter().take(room).enumerate() {
        let y = inside.y + 2 + row as u16;
        let own = *user == state.me.user;
        put_text(
            buffer,
            inside.x + 1,
            y,
            &name(state, user),
            inside.width.saturating_sub(1),
            if own { theme.own_name } else { theme.text },
        );
    }
    let shown = reaction.users.len().min(room);
    let more = reaction.count.saturating_sub(shown as u64);
    let more = if more > 0 { format!("and {more} more   ") } else { String::new() };
    let does = if reaction.mine { "Enter takes yours back" } else { "Enter reacts so too" };
    put_text(buffer, inside.x, inside.bottom() - 1, &format!("{more}{does}"), inside.width, theme.dim);
}

#[cfg(test)]
mod tests {
    use super::super::tests::{key, open, screen};
    use super::super::timeline::{Hit, hit};
    use super::*;
    use crate::event::Event;
    use crate::state::conversation::ChatId;
    use crate::state::fixture::{group_text, lively, now};
    use crate::update::update;
    use crossterm::event::{KeyCode, KeyModifiers};
    use rstest::rstest;
    use tern_protocol::api::annotation::ReactionCount;
    use tern_protocol::api::conversation::ConversationId;
    use tern_protocol::event::{Event as ServerEvent, ReactionNotice};

    fn reacted(state: &mut State, place: u64, kind: &str, users: &[&str], count: u64) {
        let users: Vec<String> = users.iter().map(|user| (*user).to_owned()).collect();
        let user = users.last().cloned().unwrap_or_default();
        let reaction = ReactionCount { reaction: kind.into(), count, users, mine: 0 };
        let notice = ReactionNotice { id: ConversationId::group("rust"), place, reaction, user, operation: 1 };
        update(state, Event::Server(ServerEvent::Reaction(notice)), now());
    }

    fn state(size: (u16, u16)) -> State {
        let mut state = lively();
        state.size = size;
        let mut edited = group_text("bob", "rust", 39, 3_640, "it compiles now, and the borrow checker is happy");
        (edited.msg_version, edited.edited) = (Some(1), Some(1));
        let messages = vec![group_text("li", "rust", 38, 3_650, "第四章"), edited, group_text("me", "rust", 40, 3_600, "ship it")];
        open(&mut state, ChatId::group("rust"), messages);
        reacted(&mut state, 38, "👍", &["bob"], 1);
        reacted(&mut state, 40, "👍", &["bob", "me"], 2);
        reacted(&mut state, 40, "[TUIEmoji_Celebrate]", &["bob", "li", "cy"], 12);
        reacted(&mut state, 40, "nice\u{1b}[2J", &["li"], 1);
        state.toast = None;
        state
    }

    #[rstest]
    #[case("chips_at_80_by_24", (80, 24))]
    #[case("chips_at_200_by_50", (200, 50))]
    fn chips_stand_under_their_message_and_changed_texts_say_so(#[case] name: &str, #[case] size: (u16, u16)) {
        insta::assert_snapshot!(name, screen(&state(size)).backend());
    }

    #[test]
    fn the_bar_and_the_list_of_who_reacted() {
        let mut state = state((80, 24));
        key(&mut state, KeyCode::Up, KeyModifiers::NONE);
        key(&mut state, KeyCode::Char('+'), KeyModifiers::NONE);
        insta::assert_snapshot!("reaction_bar", screen(&state).backend());
        key(&mut state, KeyCode::Esc, KeyModifiers::NONE);
        key(&mut state, KeyCode::Char('w'), KeyModifiers::NONE);
        key(&mut state, KeyCode::Right, KeyModifiers::NONE);
        insta::assert_snapshot!("reactors", screen(&state).backend());
    }

    #[test]
    fn a_click_on_a_chip_is_about_that_reaction_and_beside_it_about_the_message() {
        let state = state((80, 24));
        let terminal = screen(&state);
        let buffer = terminal.backend().buffer();
        let found: Vec<Position> = (0..24)
            .flat_map(|y| (27..80).map(move |x| Position::new(x, y)))
            .filter(|at| buffer.cell(*at).is_some_and(|cell| cell.symbol() == "🎉"))
            .collect();
        let [at] = found[..] else { panic!("{found:?}") };
        let kind = "[TUIEmoji_Celebrate]".to_owned();
        assert_eq!(hit(&state, at), Some(Hit::Reaction { place: 40, kind }));
        assert!(matches!(hit(&state, Position::new(78, at.y)), Some(Hit::Row(_))));
        assert!(matches!(hit(&state, Position::new(at.x, at.y - 1)), Some(Hit::Row(_))));
    }
}
