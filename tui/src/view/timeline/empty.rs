//! What stands where no message is.

use super::Sheet;
use super::block::centred;
use crate::state::timeline::Loading;
use crate::state::{Link, State};
use crate::view::put;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

fn block_of_lines(buffer: &mut Buffer, area: Rect, lines: &[Line<'static>]) {
    let first = area.height.saturating_sub(lines.len() as u16) / 2;
    for (row, line) in lines.iter().enumerate() {
        put(buffer, area, first + row as u16, line);
    }
}

pub(super) fn welcome(buffer: &mut Buffer, state: &State, area: Rect) {
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

pub(super) fn nothing_yet(buffer: &mut Buffer, sheet: &Sheet<'_>, area: Rect) {
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
