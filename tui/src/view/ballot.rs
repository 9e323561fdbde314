//! Polls and group notes, in the conversation and on a page of their own.

use super::layout::window;
use super::modal::frame;
use super::{columns, put_text};
use crate::state::State;
use crate::state::ballot::{Asked, Ballot, BallotPage, Votes};
use crate::state::conversation::ChatId;
use crate::text::{clean_line, counted, fit, width, wrap};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// Columns of the page, borders included.
const COLUMNS: u16 = 72;
/// Cells of a bar.
const BAR: usize = 10;
/// Lines of a note that its message shows.
const LINES_SHOWN: usize = 5;

/// A bar of as many of all.
fn bar(part: usize, all: usize) -> String {
    let full = if all == 0 { 0 } else { (part * BAR).div_ceil(all).min(BAR) };
    format!("{}{}", "█".repeat(full), "░".repeat(BAR - full))
}

fn votes_of<'a>(state: &'a State, chat: &ChatId, place: Option<u64>) -> Option<&'a Votes> {
    state.live.votes(chat, place?).filter(|votes| votes.loaded)
}

fn names(state: &State, users: &[String]) -> String {
    let name = |user: &String| if *user == state.me.user { "you".to_owned() } else { clean_line(state.people.name(user)) };
    users.iter().map(name).collect::<Vec<_>>().join(", ")
}

/// One answer of a poll with its bar, in so many columns.
fn option_line(state: &State, votes: Option<&Votes>, ballot: &Ballot, index: usize, room: usize) -> String {
    let Asked::Poll { options, anonymous, .. } = &ballot.asked else { return String::new() };
    let Some(votes) = votes else { return options[index].clone() };
    let (by_option, people) = votes.tally(options.len());
    let users = &by_option[index];
    let percent = (users.len() * 100).checked_div(people).unwrap_or(0);
    let own = if votes.chosen_by(&state.me.user).contains(&index) { "✓" } else { " " };
    let longest = options.iter().map(|option| width(option)).max().unwrap_or(0).min(room / 3).max(4);
    let text = fit(&options[index], longest).into_owned();
    let gap = " ".repeat(longest.saturating_sub(width(&text)));
    let line = format!("{own} {text}{gap} {} {} · {percent} %", bar(users.len(), people), users.len());
    match *anonymous || users.is_empty() {
        true => line,
        false => format!("{line}  {}", names(state, users)),
    }
}

/// What stands under the heading: how it is answered.
fn summary(state: &State, votes: Option<&Votes>, ballot: &Ballot) -> String {
    let mut facts = Vec::new();
    match (&ballot.asked, votes) {
        (Asked::Poll { options, multiple, anonymous }, votes) => {
            if let Some(votes) = votes {
                facts.push(format!("{} voted", votes.tally(options.len()).1));
            }
            facts.extend(multiple.then(|| "several answers".to_owned()));
            facts.extend(anonymous.then(|| "anonymous".to_owned()));
        }
        (Asked::Note { .. }, Some(votes)) => facts.push(counted(votes.entries().len() as u64, "line")),
        (Asked::Note { .. }, None) => {}
    }
    match votes {
        Some(votes) if votes.is_closed() => facts.push("closed".into()),
        _ if state.online() => facts.push("b answers".into()),
        _ => {}
    }
    facts.join(" · ")
}

/// What a message that is one shows under its heading.
pub(crate) fn details(state: &State, chat: &ChatId, place: Option<u64>, ballot: &Ballot, room: usize) -> Vec<String> {
    let votes = votes_of(state, chat, place);
    let mut lines = Vec::new();
    match &ballot.asked {
        Asked::Poll { options, .. } => {
            lines.extend((0..options.len()).map(|index| option_line(state, votes, ballot, index, room)));
        }
        Asked::Note { details } => {
            lines.extend(Some(details.clone()).filter(|details| !details.is_empty()));
            let entries = votes.map(Votes::entries).unwrap_or_default();
            let more = entries.len().saturating_sub(LINES_SHOWN);
            for (number, entry) in entries.iter().enumerate().take(LINES_SHOWN) {
                lines.push(format!("{}. {}: {}", number + 1, names(state, std::slice::from_ref(&entry.user)), entry.text));
            }
            lines.extend((more > 0).then(|| format!("and {more} more")));
        }
    }
    lines.extend(Some(summary(state, votes, ballot)).filter(|line| !line.is_empty()));
    lines
}

fn rows(state: &State, page: &BallotPage, room: usize) -> Vec<String> {
    let votes = votes_of(state, &ChatId::group(&page.group), Some(page.place));
    match &page.ballot.asked {
        Asked::Poll { options, multiple, .. } => (0..options.len())
            .map(|index| {
                let sign = match (page.picked.contains(&index), multiple) {
                    (true, true) => "[x]",
                    (false, true) => "[ ]",
                    (true, false) => "(•)",
                    (false, false) => "( )",
                };
                format!("{sign} {}", option_line(state, votes, &page.ballot, index, room.saturating_sub(4)))
            })
            .collect(),
        Asked::Note { .. } => {
            let entries = votes.map(Votes::entries).unwrap_or_default();
            let line = |(number, entry): (usize, &crate::state::ballot::Entry)| {
                format!("{}. {}: {}", number + 1, names(state, std::slice::from_ref(&entry.user)), entry.text)
            };
            entries.iter().enumerate().map(line).collect()
        }
    }
}

/// Width and height of the page.
pub(crate) fn size(state: &State, page: &BallotPage, screen: Rect) -> (u16, u16) {
    let wide = COLUMNS.min(screen.width);
    let heading = wrap(&page.ballot.title, usize::from(wide.saturating_sub(4).max(1))).len() as u16;
    let rows = rows(state, page, usize::from(wide.saturating_sub(4))).len().max(1) as u16;
    (wide, (heading + rows + 7).min(screen.height))
}

/// Draws the page.
pub(crate) fn draw(buffer: &mut Buffer, state: &State, page: &BallotPage, area: Rect) {
    let theme = &state.settings.theme;
    let inside = frame(buffer, state, page.ballot.word(), area);
    if inside.height < 4 {
        return;
    }
    let mut y = inside.y;
    for range in wrap(&page.ballot.title, usize::from(inside.width.max(1))) {
        put_text(buffer, inside.x, y, page.ballot.title[range].trim_end(), inside.width, theme.title);
        y += 1;
    }
    let votes = votes_of(state, &ChatId::group(&page.group), Some(page.place));
    let under = match (&page.ballot.asked, votes) {
        (_, None) => match state.live.votes(&ChatId::group(&page.group), page.place).and_then(|votes| votes.trouble.clone()) {
            Some(trouble) => trouble,
            None if state.online() => "One moment …".into(),
            None => "Answers come when the link is back".into(),
        },
        (Asked::Note { details }, _) if !details.is_empty() => details.clone(),
        (_, votes) => summary(state, votes, &page.ballot).replace(" · b answers", "").replace("b answers", ""),
    };
    put_text(buffer, inside.x, y, &under, inside.width, theme.dim);
    y += 2;
    let list = Rect::new(inside.x, y, inside.width, inside.bottom().saturating_sub(y + 3));
    let rows = rows(state, page, usize::from(inside.width));
    if rows.is_empty() {
        put_text(buffer, list.x, list.y, "Nobody has written yet", list.width, theme.dim);
    }
    let shown = usize::from(list.height);
    let first = window(rows.len(), page.chosen, shown);
    for (row, (index, text)) in rows.iter().enumerate().skip(first).take(shown).enumerate() {
        let line = Rect::new(list.x, list.y + row as u16, list.width, 1);
        let chosen = index == page.chosen;
        if chosen {
            buffer.set_style(line, theme.selected);
        }
        put_text(buffer, line.x, line.y, text, line.width, if chosen { theme.selected } else { theme.text });
    }
    if let Some(error) = &page.error {
        put_text(buffer, inside.x, inside.bottom() - 2, error, inside.width, theme.bad);
    }
    let keys = keys(page, votes.is_some_and(Votes::is_closed));
    put_text(buffer, inside.x, inside.bottom() - 1, &keys, columns(&keys).min(inside.width), theme.dim);
}

fn keys(page: &BallotPage, closed: bool) -> String {
    if closed {
        return "Esc closes".into();
    }
    let answer = match page.ballot.asked {
        Asked::Poll { .. } => "Space picks   Enter votes",
        Asked::Note { .. } => "Enter writes your line",
    };
    let end = if page.mine { "   c ends it" } else { "" };
    format!("{answer}{end}   Esc closes")
}
