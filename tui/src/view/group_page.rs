//! The page of a group.

use super::layout::{centred, window};
use super::modal::frame;
use super::{columns, put_text};
use crate::state::State;
use crate::state::group_page::{GroupPage, GroupTab, MemberMenu, PageRow, RowTone, left, rows};
use crate::state::modal::{Member, Modal};
use crate::state::rights::Right;
use crate::text::{counted, wrap};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;

/// Columns of the page.
const COLUMNS: u16 = 84;
/// Rows of a value that is shown in full while it is chosen.
const VALUE_ROWS: usize = 6;

/// Where the page is.
pub(crate) fn area(screen: Rect) -> Rect {
    centred(screen, COLUMNS, screen.height.saturating_sub(2).min(40))
}

fn inside(area: Rect) -> Rect {
    Rect::new(area.x + 2, area.y + 1, area.width.saturating_sub(4), area.height.saturating_sub(2))
}

/// Where rows or members stand: under the tabs, above the line of help.
fn list(area: Rect) -> Rect {
    let inside = inside(area);
    Rect::new(inside.x, inside.y + 2, inside.width, inside.height.saturating_sub(4))
}

/// Draws the page.
pub(crate) fn draw(buffer: &mut Buffer, state: &State, page: &GroupPage, area: Rect) {
    let theme = &state.settings.theme;
    let name = state.groups.get(&page.group).map_or(page.group.as_str(), |group| group.shown_name());
    frame(buffer, state, name, area);
    let inside = inside(area);
    if inside.height < 5 {
        return;
    }
    draw_tabs(buffer, state, page, inside);
    let list = list(area);
    if let Some(error) = &page.error {
        put_text(buffer, inside.x, inside.y + 1, error, inside.width, theme.bad);
    }
    match page.tab {
        GroupTab::Members => draw_members(buffer, state, page, inside, list),
        _ => draw_rows(buffer, state, page, list),
    }
    put_text(buffer, inside.x, inside.bottom() - 1, &help(state, page, inside.width), inside.width, theme.dim);
    if let Some(menu) = &page.menu {
        draw_menu(buffer, state, page, menu, area);
    } else if !page.results.is_empty() {
        draw_results(buffer, state, page, area);
    }
}

/// The keys that do something here, for this person.
fn help(state: &State, page: &GroupPage, room: u16) -> String {
    if page.pick.is_some() {
        return "Enter choose · / find · Esc back".into();
    }
    let several = page.tabs(state).len() > 1;
    let mut keys = Vec::new();
    match page.tab {
        GroupTab::Members => {
            keys.push("Enter menu");
            keys.extend(Some("a add").filter(|_| page.may(state, Right::Invite)));
            keys.extend(["d remove", "Space pick"].into_iter().filter(|_| page.may(state, Right::Remove)));
            keys.push("/ find");
            keys.extend(Some("@ mention").filter(|_| page.is_open(state)));
        }
        _ => keys.push("Enter change, open or copy"),
    }
    keys.extend(Some("←→ pages").filter(|_| several && page.tab != GroupTab::Members));
    keys.push(if page.tab == GroupTab::Members { "←→ · Esc" } else { "Esc close" });
    // The way out is told in the narrowest terminal.
    while keys.len() > 2 && columns(&keys.join(" · ")) > room {
        keys.remove(keys.len() - 2);
    }
    keys.join(" · ")
}

/// The parts of the page with their places.
fn tabs(state: &State, page: &GroupPage, inside: Rect) -> Vec<(GroupTab, Rect, String)> {
    let count = state.groups.get(&page.group).map_or(0, |group| group.member_num);
    let mut x = inside.x;
    let mut placed = Vec::new();
    for tab in page.tabs(state) {
        let text = match tab {
            GroupTab::Details => " Details ".to_owned(),
            GroupTab::Members if count > 0 => format!(" {} ", counted(count, "member")),
            GroupTab::Members => " Members ".to_owned(),
            GroupTab::Manage => " Manage ".to_owned(),
        };
        let wide = columns(&text).min(inside.right().saturating_sub(x));
        placed.push((tab, Rect::new(x, inside.y, wide, 1), text));
        x = x.saturating_add(wide + 1);
    }
    placed
}

/// The part of the page whose name is under the pointer, while nothing lies over it.
pub(crate) fn tab_at(state: &State, at: Position) -> Option<GroupTab> {
    let Some(Modal::Group(page)) = state.modals.last() else { return None };
    if page.menu.is_some() || page.pick.is_some() || !page.results.is_empty() {
        return None;
    }
    let tabs = tabs(state, page, inside(super::modal::area(state)));
    tabs.into_iter().find(|(_, area, _)| area.contains(at)).map(|(tab, ..)| tab)
}

fn draw_tabs(buffer: &mut Buffer, state: &State, page: &GroupPage, inside: Rect) {
    let theme = &state.settings.theme;
    for (tab, area, text) in tabs(state, page, inside) {
        let style = if tab == page.tab { theme.selected } else { theme.dim };
        put_text(buffer, area.x, area.y, &text, area.width, style);
    }
}

/// Lines of each row: a chosen value is shown in full.
fn layout(rows: &[PageRow], chosen: usize, label: u16, width: u16) -> Vec<Vec<String>> {
    let room = usize::from(width.saturating_sub(label + 1).max(8));
    rows.iter()
        .enumerate()
        .map(|(index, row)| {
            let most = if index == chosen { VALUE_ROWS } else { 1 };
            let lines = wrap(&row.value, room);
            let all: Vec<String> = lines.iter().take(most).map(|range| row.value[range.clone()].trim_end().to_owned()).collect();
            match all.len() {
                0 => vec![String::new()],
                1 if lines.len() > 1 => vec![row.value.replace('\n', " ")],
                _ => all,
            }
        })
        .collect()
}

fn label_columns(rows: &[PageRow]) -> u16 {
    let valued = rows.iter().filter(|row| !row.value.is_empty());
    valued.map(|row| columns(&row.label)).max().unwrap_or(0).clamp(14, 28) + 3
}

/// The first row that is shown.
fn first_row(lines: &[Vec<String>], chosen: usize, high: usize) -> usize {
    let mut first = 0;
    let total = |from: usize| lines[from..=chosen.min(lines.len().saturating_sub(1))].iter().map(Vec::len).sum::<usize>();
    while first < chosen && total(first) > high {
        first += 1;
    }
    first
}

fn draw_rows(buffer: &mut Buffer, state: &State, page: &GroupPage, list: Rect) {
    let theme = &state.settings.theme;
    let rows = rows(state, page);
    if rows.is_empty() {
        put_text(buffer, list.x, list.y, "You are not in there any more", list.width, theme.dim);
        return;
    }
    let label = label_columns(&rows);
    let lines = layout(&rows, page.chosen, label, list.width);
    let mut y = list.y;
    for (index, (row, values)) in rows.iter().zip(&lines).enumerate().skip(first_row(&lines, page.chosen, usize::from(list.height)))
    {
        for (line, value) in values.iter().enumerate() {
            if y >= list.bottom() {
                return;
            }
            let chosen = index == page.chosen;
            if chosen {
                buffer.set_style(Rect::new(list.x, y, list.width, 1), theme.selected);
            }
            let plain = |style: Style| if chosen { theme.selected } else { style };
            let (indent, style) = match row.tone {
                RowTone::Heading => (0, theme.title),
                RowTone::Note => (1, theme.dim),
                RowTone::Plain => (1, theme.text),
                RowTone::Danger => (1, theme.bad),
            };
            if line == 0 {
                let room = if row.value.is_empty() { list.width } else { label };
                put_text(buffer, list.x + indent, y, &row.label, room.saturating_sub(indent), plain(style));
            }
            put_text(buffer, list.x + label, y, value, list.width.saturating_sub(label + 1), plain(theme.dim));
            y += 1;
        }
    }
}

fn draw_members(buffer: &mut Buffer, state: &State, page: &GroupPage, inside: Rect, list: Rect) {
    let theme = &state.settings.theme;
    let above = match (page.pick, &page.found) {
        (Some(pick), _) => pick.says().to_owned(),
        (None, Some(found)) => format!("“{}”: {} found; Esc shows all", page.query, found.len()),
        (None, None) if !page.picked.is_empty() => format!("{} picked", counted(page.picked.len() as u64, "member")),
        _ => String::new(),
    };
    if page.error.is_none() {
        put_text(buffer, inside.x, inside.y + 1, &above, inside.width, theme.warn);
    }
    let count = page.shown().count();
    if count == 0 {
        let text = match &page.members.error {
            Some(error) => error.as_str(),
            None if page.members.is_busy() => "The members are coming …",
            None => "Nobody is here",
        };
        put_text(buffer, list.x, list.y, text, list.width, theme.dim);
        return;
    }
    let high = usize::from(list.height);
    let first = window(count, page.chosen, high);
    for (row, (index, member)) in page.shown().enumerate().skip(first).take(high).enumerate() {
        let line = Rect::new(list.x, list.y + row as u16, list.width, 1);
        draw_member(buffer, state, page, member, index == page.chosen, line);
    }
}

fn draw_member(buffer: &mut Buffer, state: &State, page: &GroupPage, member: &Member, chosen: bool, line: Rect) {
    let theme = &state.settings.theme;
    if chosen {
        buffer.set_style(line, theme.selected);
    }
    let plain = |style: Style| if chosen { theme.selected } else { style };
    let mut right: Vec<String> = Vec::new();
    let left_s = member.muted_until_s - state.server_now_s();
    if left_s > 0 {
        right.push(format!("muted, {}", left(left_s)));
    }
    if !matches!(member.role.as_str(), "Member" | "") {
        right.push(member.role.to_lowercase());
    }
    let right = right.join(" · ");
    let right_x = line.right().saturating_sub(columns(&right) + 1);
    put_text(buffer, right_x, line.y, &right, columns(&right), plain(theme.accent));
    let (sign, style) = match (page.picked.contains(&member.user), member.online) {
        (true, _) => ("☑", theme.marker),
        (false, true) => ("●", theme.good),
        (false, false) => ("○", theme.dim),
    };
    put_text(buffer, line.x, line.y, sign, 1, plain(style));
    let you = if member.user == state.me.user { " (you)" } else { "" };
    let name = format!("{}{you}", member.shown());
    put_text(buffer, line.x + 2, line.y, &name, right_x.saturating_sub(line.x + 3), plain(theme.text));
    if member.shown() != member.user {
        let x = line.x + 4 + columns(&name);
        put_text(buffer, x, line.y, &member.user, right_x.saturating_sub(x + 1), plain(theme.dim));
    }
}

fn menu_area(state: &State, page: &GroupPage, menu: &MemberMenu, area: Rect) -> Rect {
    let acts = page.member_acts(state, &menu.member);
    let wide = acts.iter().map(|act| columns(act.word())).max().unwrap_or(0).max(columns(menu.member.shown()) + 2) + 6;
    centred(area, wide.min(area.width), acts.len() as u16 + 2)
}

fn draw_menu(buffer: &mut Buffer, state: &State, page: &GroupPage, menu: &MemberMenu, area: Rect) {
    let theme = &state.settings.theme;
    let inside = frame(buffer, state, menu.member.shown(), menu_area(state, page, menu, area));
    for (row, act) in page.member_acts(state, &menu.member).iter().enumerate().take(usize::from(inside.height)) {
        let line = Rect::new(inside.x, inside.y + row as u16, inside.width, 1);
        let style = if *act == menu.chosen { theme.selected } else { theme.text };
        buffer.set_style(line, style);
        put_text(buffer, line.x, line.y, act.word(), line.width, style);
    }
}

fn draw_results(buffer: &mut Buffer, state: &State, page: &GroupPage, area: Rect) {
    let theme = &state.settings.theme;
    let high = (page.results.len() as u16 + 2).min(area.height.saturating_sub(2));
    let inside = frame(buffer, state, "What became of them", centred(area, area.width.saturating_sub(8).min(60), high));
    for (row, (text, good)) in page.results.iter().enumerate().take(usize::from(inside.height)) {
        let (sign, style) = if *good { ("✓", theme.good) } else { ("✗", theme.bad) };
        put_text(buffer, inside.x, inside.y + row as u16, sign, 1, style);
        put_text(buffer, inside.x + 2, inside.y + row as u16, text, inside.width.saturating_sub(2), theme.text);
    }
}

/// The row, member or menu entry under the pointer.
pub(crate) fn item_at(state: &State, page: &GroupPage, area: Rect, at: Position) -> Option<usize> {
    if let Some(menu) = &page.menu {
        let inside = inside(menu_area(state, page, menu, area));
        let index = usize::from(at.y.checked_sub(inside.y)?);
        return (inside.contains(at) && index < page.member_acts(state, &menu.member).len()).then_some(index);
    }
    let list = list(area);
    if !list.contains(at) {
        return None;
    }
    let row = usize::from(at.y - list.y);
    if page.tab == GroupTab::Members {
        let count = page.shown().count();
        let index = window(count, page.chosen, usize::from(list.height)) + row;
        return (index < count).then_some(index);
    }
    let rows = rows(state, page);
    let lines = layout(&rows, page.chosen, label_columns(&rows), list.width);
    let first = first_row(&lines, page.chosen, usize::from(list.height));
    let mut end = 0;
    let index = lines.iter().enumerate().skip(first).find(|(_, lines)| {
        end += lines.len();
        row < end
    })?;
    Some(index.0).filter(|index| !rows[*index].is_heading())
}

#[cfg(test)]
mod tests;
