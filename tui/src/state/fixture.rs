//! States for tests.

use super::conversation::{ChatId, Conversation, LastLine};
use super::roster::Group;
use super::{Link, Me, Now, Settings, State, TextSettings};
use crate::keymap::Keymap;
use crate::text::glyph::Glyphs;
use crate::view::theme::{Colours, Theme};
use jiff::tz::TimeZone;
use std::collections::BTreeMap;
use tern_protocol::api::message::{GroupInfo, Message as WireMessage};
use tern_protocol::event::raw;
use tern_protocol::model::message::Element;

/// 2026-11-24 14:02:00 UTC, a Tuesday.
pub(crate) const NOW_S: i64 = 1_795_528_920;

/// Settings as they come.
pub(crate) fn settings() -> Settings {
    Settings {
        theme: Theme::built_in("terminal", Colours::Yes).unwrap(),
        theme_named: false,
        keymap: Keymap::new(&BTreeMap::new()).unwrap(),
        zone: TimeZone::UTC,
        mouse: true,
        bell: true,
        notices: true,
        text: TextSettings { glyphs: Glyphs::ALL, ..TextSettings::default() },
        save_folder: "~/Downloads".into(),
    }
}

/// `me`, online, without conversations.
pub(crate) fn state() -> State {
    let me = Me { user: "me".into(), server: "http://127.0.0.1:8640".into(), sdk_app_id: 1_400_000_001, tiny_id: "144".into() };
    let mut state = State::new(settings(), me, 7);
    state.now = now();
    state.link = Link::Online { syncing: false };
    state
}

/// The moment of the fixtures.
pub(crate) fn now() -> Now {
    Now { wall_ms: NOW_S * 1000, mono_ms: 1_000_000 }
}

/// A conversation with a last line.
pub(crate) fn conversation(id: ChatId, name: &str, text: &str, sender: &str, ago_s: i64) -> Conversation {
    let last = Some(LastLine { sender: sender.into(), text: text.into(), time_s: NOW_S - ago_s, place: 0 });
    Conversation { name: name.into(), last, ..Conversation::new(id) }
}

/// A text of a person in a one-to-one conversation with `me`.
pub(crate) fn text(from: &str, peer: &str, place: u64, ago_s: i64, text: &str) -> WireMessage {
    let to = if from == "me" { peer } else { "me" };
    WireMessage {
        from_account: from.into(),
        to_account: Some(to.into()),
        msg_random: place,
        msg_time_stamp: NOW_S - ago_s,
        msg_client_time: NOW_S - ago_s,
        tiny_id: if from == "me" { "144".into() } else { "145".into() },
        pos: Some(place),
        msg_body: Some(raw(&[Element::text(text)]).unwrap()),
        ..WireMessage::default()
    }
}

/// A text of a person in a group.
pub(crate) fn group_text(from: &str, group: &str, place: u64, ago_s: i64, words: &str) -> WireMessage {
    WireMessage {
        to_account: None,
        pos: None,
        to_group_id: Some(group.into()),
        msg_seq: place,
        group_info: Some(GroupInfo { group_name: "Rust study".into(), group_type: "Public".into(), ..GroupInfo::default() }),
        ..text(from, "me", place, ago_s, words)
    }
}

/// A lively state: people, a group, unread, pinned, muted.
pub(crate) fn lively() -> State {
    let mut state = state();
    // Tests count what is asked for: who watches people says so.
    state.shows_presence = false;
    for (user, nick) in [("bob", "Bob Brown"), ("li", "李小龙"), ("cy", ""), ("me", "Me")] {
        state.people.learn(user, nick);
    }
    state.groups.set(
        "rust",
        Some(Group {
            id: "rust".into(),
            name: "Rust study".into(),
            kind: "Public".into(),
            member_num: 12,
            role: "Owner".into(),
            notification: "Read chapter 4".into(),
            ..Group::default()
        }),
    );
    let bob = Conversation {
        read_place: 4,
        last_place: 4,
        ..conversation(ChatId::user("bob"), "Bob Brown", "see you tomorrow at the usual place", "me", 60)
    };
    let rust = Conversation {
        unread: 3,
        last_place: 40,
        read_place: 37,
        at_type: 1,
        ..conversation(ChatId::group("rust"), "Rust study", "has anyone tried the new borrow checker?", "li", 3_600)
    };
    let li = Conversation {
        pinned: true,
        ..conversation(ChatId::user("li"), "李小龙", "消息队列很快，真的很快，非常快", "li", 86_400)
    };
    let cy = Conversation { muted: true, unread: 120, ..conversation(ChatId::user("cy"), "", "ping", "cy", 40 * 86_400) };
    let mut rows = vec![bob, rust, li, cy];
    for row in &mut rows {
        row.last.iter_mut().for_each(|last| last.place = row.last_place);
    }
    state.conversations.load(rows);
    state
}
