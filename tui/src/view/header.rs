//! Name and facts of the open conversation.

use super::layout::Areas;
use super::{columns, put_text};
use crate::state::State;
use crate::state::conversation::ChatId;
use crate::state::live::Presence;
use crate::text::counted;
use ratatui::buffer::Buffer;

/// Draws name and facts of the open conversation.
pub(crate) fn draw(buffer: &mut Buffer, state: &State, areas: &Areas) {
    let area = areas.header;
    let Some(chat) = &state.open else { return };
    if area.width < 4 {
        return;
    }
    let theme = &state.settings.theme;
    let name = match chat {
        ChatId::Group(_) => format!("# {}", state.name_of(chat)),
        ChatId::User(_) => state.name_of(chat).to_owned(),
    };
    let mut facts: Vec<String> = Vec::new();
    if state.live.typing_until(chat, state.now.mono_ms).is_some() {
        facts.push("typing …".into());
    }
    match chat {
        ChatId::Group(_) if state.open_room().is_some() => {
            facts.extend(state.open_room().map(|room| super::room::facts(room, &state.me.user)).unwrap_or_default())
        }
        ChatId::Group(id) => match state.groups.get(id) {
            Some(group) => {
                match &group.place.topic {
                    Some(topic) => {
                        facts.push(state.groups.get(&topic.community).map_or("topic", |group| group.shown_name()).to_owned())
                    }
                    None => facts.push(group.kind_word().to_lowercase()),
                }
                if group.member_num > 0 {
                    facts.push(counted(group.member_num, "member"));
                }
                if !group.notification.is_empty() {
                    facts.push(group.notification.clone());
                }
            }
            None => facts.push("you are no member".into()),
        },
        ChatId::User(user) => {
            match state.live.presence(user) {
                Some(Presence::Online) => facts.push("online".into()),
                Some(Presence::Offline) => facts.push("offline".into()),
                Some(Presence::LoggedOut) => facts.push("logged out".into()),
                None => {}
            }
            let says = state.live.custom_status(user);
            if !says.is_empty() {
                facts.push(format!("“{says}”"));
            }
            if **user != *name {
                facts.push(user.to_string());
            }
        }
    }
    if state.open_conversation().is_some_and(|conversation| conversation.muted) {
        facts.push("muted".into());
    }
    let colour = state.open_conversation().map_or("", |conversation| conversation.colour.as_str());
    put_text(buffer, area.x, area.y, if colour.is_empty() { " " } else { "▍" }, 1, theme.of_chat(theme.marker, colour));
    put_text(buffer, area.x + 1, area.y, &name, area.width - 2, theme.of_chat(theme.title, colour));
    let x = area.x + 1 + columns(&name) + 2;
    if x + 3 < area.right() {
        put_text(buffer, x, area.y, &facts.join(" · "), area.right() - 1 - x, theme.dim);
    }
}
