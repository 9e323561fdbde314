//! What a message answers: the line above it, and the bar above what is written.

use super::layout::Areas;
use super::{columns, put_text};
use crate::state::State;
use crate::state::conversation::ChatId;
use crate::state::message::{Body, Message};
use crate::state::reply::ReplyTo;
use ratatui::buffer::Buffer;
use ratatui::layout::Position;

/// Who is quoted, as this person knows them.
fn quoted_name<'a>(state: &'a State, reply: &'a ReplyTo, origin: Option<&'a Message>) -> &'a str {
    match origin {
        Some(origin) => state.sender_name(origin),
        None if reply.sender == state.me.user => "You",
        None => state.people.name(&reply.sender),
    }
}

/// The quoted message in one line: as it is now where it is in memory, else as it was.
pub(crate) fn quote_line(state: &State, rows: &[Message], chat: &ChatId, message: &Message) -> Option<String> {
    let reply = message.source.as_ref()?.reply.as_ref()?;
    let origin = reply.find(rows, chat.is_group());
    if origin.is_some_and(|origin| matches!(origin.body, Body::Recalled)) {
        let text = if reply.root.is_some() { "Reply content has been revoked" } else { "Quoted content has been revoked" };
        return Some(text.to_owned());
    }
    let text = origin.map_or_else(|| reply.text.clone(), Message::abstract_line);
    Some(format!("{}: {text}", quoted_name(state, reply, origin)))
}

/// Draws what is answered, with the way out at its end.
pub(crate) fn draw(buffer: &mut Buffer, state: &State, areas: &Areas) {
    let area = areas.answering;
    let Some(answering) = &state.answering else { return };
    if area.is_empty() {
        return;
    }
    let theme = &state.settings.theme;
    let rows = state.open_timeline().map(|timeline| timeline.rows()).unwrap_or_default();
    let group = state.open.as_ref().is_some_and(ChatId::is_group);
    let name = quoted_name(state, &answering.to, answering.to.find(rows, group));
    let word = if answering.thread.is_some() { "Reply to" } else { "Quote" };
    let close = " ✕";
    let text = format!("{word} {name}: {}", answering.to.text);
    put_text(buffer, area.x, area.y, "│", 1, theme.marker);
    put_text(buffer, area.x + 2, area.y, &text, area.width.saturating_sub(2 + columns(close) + 1), theme.quote);
    put_text(buffer, area.right().saturating_sub(columns(close) + 1), area.y, close, columns(close), theme.dim);
}

/// The cross that lets go of what is answered is under the pointer.
pub(crate) fn closes(areas: &Areas, at: Position) -> bool {
    areas.answering.contains(at) && at.x + 4 >= areas.answering.right()
}

#[cfg(test)]
mod tests {
    use super::super::tests::{key, open, screen};
    use crate::state::conversation::ChatId;
    use crate::state::fixture::{lively, text};
    use crossterm::event::{KeyCode, KeyModifiers};
    use serde_json::json;

    #[test]
    fn quotes_replies_and_the_bar_above_what_is_written() {
        let mut state = lively();
        let mut root =
            text("bob", "bob", 1, 900, "Shall we read chapter 4 together tomorrow, at the usual place near the station?");
        let quoted = |id: String, time_s: i64, root: Option<&str>| {
            json!({"messageReply": {"messageID": id, "messageAbstract": "as it was", "messageSender": "bob", "messageTime": time_s,
                "messageRootID": root.unwrap_or_default(), "version": 1}})
            .to_string()
        };
        let mut quote = text("me", "bob", 2, 800, "yes");
        quote.cloud_custom_data = Some(quoted(root.msg_id(), root.msg_time_stamp, None));
        let mut away = text("bob", "bob", 3, 700, "and this?");
        away.cloud_custom_data = Some(quoted("144-5-5".into(), 5, None));
        let mut gone = text("bob", "bob", 4, 600, "never mind");
        gone.is_place_msg = Some(2);
        let mut reply = text("bob", "bob", 5, 500, "why?");
        reply.cloud_custom_data = Some(quoted(gone.msg_id(), gone.msg_time_stamp, Some("r")));
        let entry = json!({"messageID": "a", "messageAbstract": "b", "messageSender": "c"});
        root.cloud_custom_data = Some(json!({"messageReplies": {"replies": [entry, {"messageID": "d"}]}}).to_string());
        open(&mut state, ChatId::user("bob"), vec![root, quote, away, gone, reply]);
        for code in [KeyCode::Up, KeyCode::Up, KeyCode::Up, KeyCode::Up, KeyCode::Up, KeyCode::Char('a')] {
            key(&mut state, code, KeyModifiers::NONE);
        }
        for c in "I am there".chars() {
            key(&mut state, KeyCode::Char(c), KeyModifiers::NONE);
        }
        insta::assert_snapshot!(screen(&state).backend());
    }
}
