//! Dialogs.

use super::layout::{FIELD_COLUMNS, centred, window};
use super::{columns, make_room, put_text};
use crate::action::{Context, REGISTRY};
use crate::state::modal::{Field, Form, FormKind, GroupForm, Modal, Offer, Palette};
use crate::state::{Screen, State};
use crate::text::{fit, width, wrap};
use crate::update::MEMBERS;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;

/// Columns of a form, borders included.
const FORM_COLUMNS: u16 = FIELD_COLUMNS + 22;

/// Where the topmost dialog is.
pub(crate) fn area(state: &State) -> Rect {
    let (width, height) = state.size;
    let screen = Rect::new(0, 0, width, height.saturating_sub(1));
    let (wide, high) = match state.modals.last() {
        None => (0, 0),
        Some(Modal::Form(form)) => form_size(state, form),
        Some(Modal::Palette(_)) => (72, screen.height.saturating_sub(4).min(20)),
        Some(Modal::Group(_)) => return super::group_page::area(screen),
        Some(Modal::Requests(page)) => return super::request::area(state, page, screen),
        Some(Modal::Help { .. }) => (78, screen.height.saturating_sub(1)),
        Some(Modal::Info { .. } | Modal::PanelDetails { .. }) => {
            let wide = page_columns(screen.width);
            (wide, (page_lines(state, wide).len() as u16 + 2).min(screen.height))
        }
        Some(Modal::Search(_)) => super::search::size(screen),
        Some(Modal::Labels(_)) => (56, (state.labels.len() as u16 + 6).clamp(9, screen.height.saturating_sub(2).max(9))),
        Some(Modal::Menu(menu)) => return super::menu::area(state, menu, screen),
        Some(Modal::Listing(listing)) => super::listing::size(listing, screen),
        Some(Modal::Emoji(_)) => (52, screen.height.saturating_sub(4).min(18)),
        Some(Modal::Choose(choose)) => super::choose::size(choose, screen),
        Some(Modal::Forward(_)) => (72, screen.height.saturating_sub(2).min(24)),
        Some(Modal::Page(_)) => return super::page::area(screen),
        Some(Modal::Ballot(page)) => super::ballot::size(state, page, screen),
        Some(Modal::React(bar)) => return super::reaction::bar_area(bar, screen),
        Some(Modal::Reactors(dialog)) => return super::reaction::reactors_area(state, dialog, screen),
        Some(Modal::Readers(readers)) => return super::receipt::readers_area(readers, screen),
        Some(Modal::Pins(_)) => return super::pin::list_area(state, screen),
        Some(Modal::Confirm(confirm)) => (60, 6 + wrap(&confirm.detail, 56).len() as u16),
        Some(Modal::Ended(_)) => (60, 8),
        Some(Modal::Viewer(_)) => (screen.width, screen.height),
    };
    centred(screen, wide, high)
}

/// Draws the topmost dialog; returns the caret's place where text is edited.
pub(crate) fn draw(buffer: &mut Buffer, state: &State) -> Option<Position> {
    let area = area(state);
    let modal = state.modals.last()?;
    match modal {
        Modal::Form(form) => draw_form(buffer, state, form, area),
        Modal::Palette(palette) => draw_palette(buffer, state, palette, area),
        Modal::Group(page) => {
            super::group_page::draw(buffer, state, page, area);
            None
        }
        Modal::Requests(page) => {
            super::request::draw(buffer, state, page, area);
            None
        }
        Modal::Emoji(picker) => super::emoji::draw(buffer, state, picker, area),
        Modal::Listing(listing) => {
            super::listing::draw(buffer, state, listing, area);
            None
        }
        Modal::Choose(choose) => {
            super::choose::draw(buffer, state, choose, area);
            None
        }
        Modal::Help { scroll } => {
            let lines = help_lines(state, area.width);
            draw_lines(buffer, state, "Keys and commands", &lines, *scroll, area);
            None
        }
        Modal::Info { scroll } => {
            let title = state.info.as_ref().map_or("", |info| info.title.as_str());
            draw_lines(buffer, state, title, &page_lines(state, area.width), *scroll, area);
            None
        }
        Modal::PanelDetails { scroll } => {
            let title = state.panel.as_ref().map_or("", |panel| panel.title.as_str());
            draw_lines(buffer, state, title, &page_lines(state, area.width), *scroll, area);
            None
        }
        Modal::Search(search) => super::search::draw(buffer, state, search, area),
        Modal::Labels(page) => {
            super::label::draw(buffer, state, page, area);
            None
        }
        Modal::Forward(picker) => super::forward::draw(buffer, state, picker, area),
        Modal::Page(page) => super::page::draw(buffer, state, page, area),
        Modal::Ballot(page) => {
            super::ballot::draw(buffer, state, page, area);
            None
        }
        Modal::Menu(menu) => {
            super::menu::draw(buffer, state, menu, area);
            None
        }
        Modal::React(bar) => super::reaction::draw_bar(buffer, state, bar, area),
        Modal::Reactors(dialog) => {
            super::reaction::draw_reactors(buffer, state, dialog, area);
            None
        }
        Modal::Readers(readers) => {
            super::receipt::draw_readers(buffer, state, readers, area);
            None
        }
        Modal::Pins(list) => {
            super::pin::draw_list(buffer, state, list, area);
            None
        }
        Modal::Viewer(viewer) => {
            super::viewer::draw(buffer, state, viewer, area);
            None
        }
        Modal::Confirm(_) | Modal::Ended(_) => {
            super::question::draw(buffer, state, modal, area);
            None
        }
    }
}

/// A box with a title on its border; returns what is inside.
pub(crate) fn frame(buffer: &mut Buffer, state: &State, title: &str, area: Rect) -> Rect {
    let theme = &state.settings.theme;
    make_room(buffer, state, area);
    if area.width < 4 || area.height < 3 {
        return Rect::default();
    }
    let (left, right, top, bottom) = (area.x, area.right() - 1, area.y, area.bottom() - 1);
    for x in left..=right {
        for (y, [first, last]) in [(top, ["╭", "╮"]), (bottom, ["╰", "╯"])] {
            let sign = if x == left {
                first
            } else if x == right {
                last
            } else {
                "─"
            };
            put_text(buffer, x, y, sign, 1, theme.border_focus);
        }
    }
    for y in top + 1..bottom {
        put_text(buffer, left, y, "│", 1, theme.border_focus);
        put_text(buffer, right, y, "│", 1, theme.border_focus);
    }
    put_text(buffer, left + 2, top, &format!(" {title} "), area.width.saturating_sub(4), theme.title);
    Rect::new(left + 2, top + 1, area.width.saturating_sub(4), area.height - 2)
}

fn error_lines(form: &Form, room: usize) -> Vec<String> {
    let text = form.error.as_deref().unwrap_or(if form.busy { "One moment …" } else { "" });
    wrap(text, room).into_iter().take(3).map(|range| text[range].trim_end().to_owned()).collect()
}

/// Width and height of a form.
pub(crate) fn form_size(state: &State, form: &Form) -> (u16, u16) {
    let wide = FORM_COLUMNS.min(state.size.0);
    let errors = error_lines(form, usize::from(wide.saturating_sub(4).max(1))).len().max(1) as u16;
    let suggestions = if shows_suggestions(form) { 7 } else { 0 };
    let facts = fact_lines(form, wide.saturating_sub(4)).len() as u16;
    (wide, 2 + 2 + facts + form.fields.len() as u16 + choice_lines(form) + 1 + errors + suggestions + 1)
}

fn shows_suggestions(form: &Form) -> bool {
    let people =
        matches!(form.kind, FormKind::NewGroup(_)) && form.fields.get(form.focus).is_some_and(|field| field.label == MEMBERS);
    people
        || matches!(
            form.kind,
            FormKind::NewChat
                | FormKind::PermissionMember { .. }
                | FormKind::Group(GroupForm::Add { .. } | GroupForm::RoomAdmin { .. })
                | FormKind::Attach
                | FormKind::SaveAs(_)
        )
}

/// Lines of what is known of what a form is about, with an empty one behind them.
fn fact_lines(form: &Form, room: u16) -> Vec<String> {
    let wrapped = form
        .facts
        .iter()
        .flat_map(|fact| wrap(fact, usize::from(room.max(1))).into_iter().map(|range| fact[range].trim_end().to_owned()).take(4));
    let mut lines: Vec<String> = wrapped.take(9).collect();
    if !lines.is_empty() {
        lines.push(String::new());
    }
    lines
}

/// A field with a choice has a second line that explains it.
fn choice_lines(form: &Form) -> u16 {
    form.fields.iter().filter(|field| !field.choices.is_empty()).count() as u16
}

/// The screen row of each field.
fn field_rows(form: &Form, inside: Rect) -> Vec<u16> {
    let mut y = inside.y + 2 + fact_lines(form, inside.width).len() as u16;
    let mut rows = Vec::with_capacity(form.fields.len());
    for field in &form.fields {
        rows.push(y);
        y += if field.choices.is_empty() { 1 } else { 2 };
    }
    rows
}

/// Draws a form; returns the caret's place.
pub(crate) fn draw_form(buffer: &mut Buffer, state: &State, form: &Form, area: Rect) -> Option<Position> {
    let theme = &state.settings.theme;
    let inside = frame(buffer, state, form.title, area);
    if inside.is_empty() {
        return None;
    }
    put_text(buffer, inside.x, inside.y, &form.says, inside.width, theme.dim);
    let facts = fact_lines(form, inside.width);
    for (row, line) in facts.iter().enumerate().take(usize::from(inside.height.saturating_sub(2))) {
        put_text(buffer, inside.x, inside.y + 2 + row as u16, line, inside.width, theme.text);
    }
    let label_columns = form.fields.iter().map(|field| columns(field.label)).max().unwrap_or(0) + 2;
    let mut caret = None;
    let rows = field_rows(form, inside);
    for (index, (field, y)) in form.fields.iter().zip(&rows).enumerate() {
        if *y >= inside.bottom() {
            break;
        }
        let focused = index == form.focus;
        let style = match (form.wrong == Some(index), focused) {
            (true, _) => theme.bad,
            (_, true) => theme.accent,
            _ => theme.dim,
        };
        put_text(buffer, inside.x, *y, field.label, label_columns, style);
        let x = inside.x + label_columns;
        let room = inside.width.saturating_sub(label_columns);
        if field.choices.is_empty() {
            let counted = draw_limit(buffer, state, field, inside.right(), *y);
            let column = draw_field(buffer, state, field, x, *y, room.saturating_sub(counted));
            if focused {
                caret = Some(Position::new(x + column, *y));
            }
        } else {
            draw_choice(buffer, state, field, x, *y, room, focused);
        }
    }
    let mut y = rows.last().map_or(inside.y + 1 + facts.len() as u16, |row| row + 1) + choice_after(form) + 1;
    for line in error_lines(form, usize::from(inside.width)) {
        if y < inside.bottom() {
            put_text(buffer, inside.x, y, &line, inside.width, if form.error.is_some() { theme.bad } else { theme.warn });
        }
        y += 1;
    }
    if shows_suggestions(form) {
        if !form.suggestions.is_empty() && y < inside.bottom() {
            let paths = matches!(form.kind, FormKind::Attach | FormKind::SaveAs(_));
            let says = if paths { "Tab takes the first:" } else { "You know (Tab takes the first):" };
            put_text(buffer, inside.x, y, says, inside.width, theme.dim);
        }
        for (row, (user, name)) in form.suggestions.iter().enumerate() {
            let y = y + 1 + row as u16;
            if y >= inside.bottom() {
                break;
            }
            put_text(buffer, inside.x + 2, y, name, inside.width.saturating_sub(2), theme.text);
            if name != user {
                let x = inside.x + 4 + columns(name);
                put_text(buffer, x, y, user, inside.right().saturating_sub(x), theme.dim);
            }
        }
    }
    if form.busy { None } else { caret }
}

/// How much of what it may have a field has, at its right end; returns the columns.
fn draw_limit(buffer: &mut Buffer, state: &State, field: &Field, right: u16, y: u16) -> u16 {
    let theme = &state.settings.theme;
    if field.limit_bytes == 0 {
        return 0;
    }
    let bytes = field.editor.text().trim().len();
    let text = format!(" {bytes}/{} B", field.limit_bytes);
    let style = if bytes > field.limit_bytes { theme.bad } else { theme.dim };
    let wide = columns(&text);
    put_text(buffer, right.saturating_sub(wide), y, &text, wide, style);
    wide
}

fn choice_after(form: &Form) -> u16 {
    u16::from(form.fields.last().is_some_and(|field| !field.choices.is_empty()))
}

/// Draws a text field, scrolled so that the caret is in sight; returns the caret's column.
pub(crate) fn draw_field(buffer: &mut Buffer, state: &State, field: &Field, x: u16, y: u16, room: u16) -> u16 {
    let theme = &state.settings.theme;
    let text = field.editor.text();
    if text.is_empty() {
        put_text(buffer, x, y, field.placeholder, room, theme.placeholder);
        return 0;
    }
    let (_, column) = field.editor.caret_at(usize::MAX);
    let room_columns = usize::from(room.saturating_sub(1).max(1));
    if field.secret {
        let count = text.chars().count().min(room_columns);
        put_text(buffer, x, y, &"•".repeat(count), room, theme.text);
        return column.min(count) as u16;
    }
    // Cut from the left by whole graphemes until the caret fits.
    let mut cut = 0;
    let mut hidden = 0;
    for (at, grapheme) in unicode_segmentation::UnicodeSegmentation::grapheme_indices(text, true) {
        if column - hidden <= room_columns {
            break;
        }
        hidden += width(grapheme);
        cut = at + grapheme.len();
    }
    buffer.set_stringn(x, y, &text[cut..], usize::from(room), theme.text);
    column.saturating_sub(hidden) as u16
}

fn draw_choice(buffer: &mut Buffer, state: &State, field: &Field, x: u16, y: u16, room: u16, focused: bool) {
    let theme = &state.settings.theme;
    let mut at = x;
    for (index, (_, word, _)) in field.choices.iter().enumerate() {
        let text = format!(" {word} ");
        let style = match (index == field.chosen, focused) {
            (true, true) => theme.selected,
            (true, false) => theme.title,
            _ => theme.dim,
        };
        put_text(buffer, at, y, &text, (x + room).saturating_sub(at), style);
        at += columns(&text);
    }
    if let Some((_, _, says)) = field.choices.get(field.chosen) {
        put_text(buffer, x + 1, y + 1, says, room.saturating_sub(1), theme.dim);
    }
}

fn draw_palette(buffer: &mut Buffer, state: &State, palette: &Palette, area: Rect) -> Option<Position> {
    let theme = &state.settings.theme;
    let inside = frame(buffer, state, "Go to", area);
    if inside.height < 3 {
        return None;
    }
    put_text(buffer, inside.x, inside.y, "›", 1, theme.marker);
    let field = Field::text("", "a conversation, a person, or a command", "");
    let field = Field { editor: palette.editor.clone(), ..field };
    let column = draw_field(buffer, state, &field, inside.x + 2, inside.y, inside.width.saturating_sub(2));
    let list = palette_list(inside);
    if palette.offers.is_empty() {
        put_text(buffer, list.x, list.y, "Nothing is called like that", list.width, theme.dim);
    }
    let rows = usize::from(list.height);
    let first = window(palette.offers.len(), palette.chosen, rows);
    for (row, (index, offer)) in palette.offers.iter().enumerate().skip(first).take(rows).enumerate() {
        let area = Rect::new(list.x, list.y + row as u16, list.width, 1);
        let chosen = index == palette.chosen;
        if chosen {
            buffer.set_style(area, theme.selected);
        }
        let plain = |style: Style| if chosen { theme.selected } else { style };
        let (left, right) = match offer {
            Offer::Chat { chat, name, unread } => {
                let sign = if chat.is_group() { "# " } else { "  " };
                let right = if *unread > 0 { format!("{unread} unread") } else { chat.id().to_owned() };
                (format!("{sign}{name}"), right)
            }
            Offer::Action(action) => {
                let found = REGISTRY.iter().enumerate().find(|(_, row)| row.action == *action);
                found.map_or_else(Default::default, |(index, row)| {
                    let keys: Vec<String> = state.settings.keymap.keys_of(index).take(1).collect();
                    let key = keys.first().map_or_else(|| format!("/{}", row.name), |key| format!("/{}  {key}", row.name));
                    (format!("  {}", row.says), key)
                })
            }
        };
        let right = fit(&right, 28).into_owned();
        let right_x = area.right().saturating_sub(columns(&right) + 1);
        put_text(buffer, right_x, area.y, &right, columns(&right), plain(theme.dim));
        put_text(buffer, area.x, area.y, &left, right_x.saturating_sub(area.x + 1), plain(theme.text));
    }
    Some(Position::new(inside.x + 2 + column, inside.y))
}

pub(super) fn palette_list(inside: Rect) -> Rect {
    Rect::new(inside.x, inside.y + 2, inside.width, inside.height.saturating_sub(2))
}

/// A line of the help.
struct HelpLine {
    key: String,
    says: String,
    style: Style,
    /// Stands in the column of what keys do.
    indented: bool,
}

/// Columns of keys at most.
const KEY_COLUMNS: u16 = 26;

/// The help in a box of `wide` columns, made from the registry.
fn help_lines(state: &State, wide: u16) -> Vec<HelpLine> {
    let theme = &state.settings.theme;
    let inside = usize::from(wide.saturating_sub(4).max(1));
    let order = [
        Context::Composer,
        Context::Answering,
        Context::Everywhere,
        Context::List,
        Context::Timeline,
        Context::Room,
        Context::Marking,
        Context::Picker,
        Context::Thread,
        Context::Text,
        Context::Form,
        Context::Search,
        Context::Labels,
        Context::Tabs,
        Context::Pinned,
        Context::Listing,
        Context::Panel,
        Context::Viewer,
    ];
    let mut lines = Vec::new();
    let mut add = |key: &str, says: &str, style: Style| {
        let indented = !key.is_empty();
        let room = if indented { inside.saturating_sub(usize::from(KEY_COLUMNS) + 2).max(1) } else { inside };
        for (row, range) in wrap(says, room).into_iter().enumerate() {
            let key = if row == 0 { key.to_owned() } else { String::new() };
            lines.push(HelpLine { key, says: says[range].trim_end().to_owned(), style, indented });
        }
    };
    add("", "Commands with a slash are written where messages are: /join team. Two slashes send one.", theme.dim);
    add("", "Marks: … waits   ✓ at the server   ✓✓ read   3 read: in a group   ✗ not sent   ⚑ pinned", theme.dim);
    for context in order {
        add("", "", theme.text);
        add("", context.title(), theme.accent);
        for (index, row) in REGISTRY.iter().enumerate().filter(|(_, row)| row.context == context) {
            if !row.action.is_there(state.info.is_some(), state.panel.is_some()) {
                continue;
            }
            let keys: Vec<String> = state.settings.keymap.keys_of(index).take(3).collect();
            let keys = if keys.is_empty() { " ".to_owned() } else { keys.join(" ") };
            let says = match (row.listed, row.argument) {
                (true, "") => format!("{}  (/{})", row.says, row.name),
                (true, argument) => format!("{}  (/{} {argument})", row.says, row.name),
                (false, _) => row.says.to_owned(),
            };
            add(&keys, &says, theme.text);
        }
    }
    lines
}

/// Columns of a page of facts, borders included.
fn page_columns(screen: u16) -> u16 {
    screen.saturating_sub(4).min(130)
}

/// The topmost page of facts, wrapped to a box of `wide` columns.
fn page_lines(state: &State, wide: u16) -> Vec<HelpLine> {
    let theme = &state.settings.theme;
    let room = usize::from(wide.saturating_sub(4).max(1));
    let mut lines = Vec::new();
    let mut add = |text: &str, style: Style| {
        let rows = wrap(text, room).into_iter().map(|range| text[range].trim_end().to_owned());
        lines.extend(rows.map(|says| HelpLine { key: String::new(), says, style, indented: false }));
    };
    match (state.modals.last(), &state.info, &state.panel) {
        (Some(Modal::Info { .. }), Some(info), _) => info.lines.iter().for_each(|line| add(line, theme.text)),
        (Some(Modal::PanelDetails { .. }), _, Some(panel)) if panel.entries.is_empty() => add(&panel.empty, theme.dim),
        (Some(Modal::PanelDetails { .. }), _, Some(panel)) => {
            for entry in panel.entries.iter().rev() {
                add(&entry.text, theme.accent);
                entry.details.iter().for_each(|line| add(line, theme.text));
                add("", theme.text);
            }
        }
        _ => {}
    }
    lines
}

fn draw_lines(buffer: &mut Buffer, state: &State, title: &str, lines: &[HelpLine], scroll: usize, area: Rect) {
    let theme = &state.settings.theme;
    let inside = frame(buffer, state, title, area);
    let rows = usize::from(inside.height);
    for (row, line) in lines.iter().skip(scroll).take(rows).enumerate() {
        let y = inside.y + row as u16;
        put_text(buffer, inside.x, y, &line.key, KEY_COLUMNS, theme.key);
        let x = if line.indented { inside.x + KEY_COLUMNS + 2 } else { inside.x };
        put_text(buffer, x, y, &line.says, inside.right().saturating_sub(x), line.style);
    }
    if scroll + rows < lines.len() && rows > 0 {
        let text = " PgDn for more ";
        put_text(buffer, area.right().saturating_sub(columns(text) + 2), area.bottom() - 1, text, columns(text), theme.dim);
    }
}

/// How far the topmost dialog's text can be scrolled.
pub(crate) fn scroll_room(state: &State) -> usize {
    let lines = match state.modals.last() {
        Some(Modal::Help { .. }) => help_lines(state, area(state).width).len(),
        Some(Modal::Info { .. } | Modal::PanelDetails { .. }) => page_lines(state, area(state).width).len(),
        _ => 0,
    };
    lines.saturating_sub(usize::from(area(state).height.saturating_sub(2)))
}

/// The field of a form under the pointer.
pub(crate) fn field_at(state: &State, at: Position) -> Option<usize> {
    let (form, area) = match (state.modals.last(), &state.screen) {
        (Some(Modal::Form(form)), _) => (form, area(state)),
        (None, Screen::Login(form)) => (form, super::login::area(state, form)),
        _ => return None,
    };
    let inside = Rect::new(area.x + 2, area.y + 1, area.width.saturating_sub(4), area.height.saturating_sub(2));
    if !inside.contains(at) {
        return None;
    }
    field_rows(form, inside).iter().position(|row| *row == at.y)
}

/// The item of a list dialog under the pointer.
pub(crate) fn item_at(state: &State, at: Position) -> Option<usize> {
    let area = area(state);
    let inside = Rect::new(area.x + 2, area.y + 1, area.width.saturating_sub(4), area.height.saturating_sub(2));
    let (list, count, chosen) = match state.modals.last()? {
        Modal::React(bar) => return super::reaction::offer_at(bar, area, at),
        Modal::Pins(list) => return super::pin::pin_at(state, list, area, at),
        Modal::Palette(palette) => (palette_list(inside), palette.offers.len(), palette.chosen),
        Modal::Group(page) => return super::group_page::item_at(state, page, area, at),
        Modal::Requests(page) => return super::request::item_at(state, page, area, at),
        Modal::Emoji(picker) => (palette_list(inside), picker.found.len(), picker.chosen),
        Modal::Choose(choose) => (super::choose::list(choose, inside), choose.answers.len(), choose.chosen),
        Modal::Search(search) => (super::search::list(inside), search.rows().len(), search.chosen),
        Modal::Listing(listing) => return super::listing::row_at(listing, inside, at),
        Modal::Labels(page) => (super::label::list(inside), state.labels.len(), page.chosen),
        Modal::Menu(menu) => (inside, menu.actions.len(), menu.chosen),
        Modal::Forward(picker) => (super::forward::list(inside), picker.targets.len(), picker.chosen),
        Modal::Page(_) => return super::page::index_at(state, at),
        _ => return None,
    };
    if !list.contains(at) {
        return None;
    }
    let index = window(count, chosen, usize::from(list.height)) + usize::from(at.y - list.y);
    (index < count).then_some(index)
}
