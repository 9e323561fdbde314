//! Stored messages as clients see them.

use crate::store::account;
use crate::store::engine::{StoreError, Tx};
use crate::store::message::{Stored, flag};
use crate::store::{TinyId, group::GroupRow};
use serde_json::value::RawValue;
use std::collections::HashMap;
use tern_protocol::api::message::{ControlInfo, GroupInfo, Message};
use tern_protocol::{GroupId, MessageKey};

/// `<TinyId>-<MsgClientTime>-<MsgRandom>`.
pub(crate) fn msg_id(sender: TinyId, client_time: i64, random: u64) -> String {
    format!("{sender}-{client_time}-{random}")
}

/// A text unless it is empty.
pub(crate) fn filled(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

/// The words of an account that travel with its messages.
#[derive(Clone, Debug, Default)]
pub(crate) struct Words {
    /// Name.
    pub(crate) user_id: String,
    /// Nick; empty: none.
    pub(crate) nick: String,
    /// Photo; empty: none.
    pub(crate) face_url: String,
}

/// Words of the accounts that one answer names, each looked up once.
pub(crate) struct Names<'a> {
    tx: &'a Tx<'a>,
    known: HashMap<TinyId, Words>,
}

impl<'a> Names<'a> {
    /// Nobody is known yet.
    pub(crate) fn new(tx: &'a Tx<'a>) -> Self {
        Self { tx, known: HashMap::new() }
    }

    /// Words that were looked up elsewhere.
    pub(crate) fn learn(&mut self, id: TinyId, words: Words) {
        self.known.insert(id, words);
    }

    /// An account's words; of one that never was, its number.
    pub(crate) fn of(&mut self, id: TinyId) -> Result<&Words, StoreError> {
        if !self.known.contains_key(&id) {
            let words = match account::by_number(self.tx, id)? {
                Some(row) => Words { user_id: row.user_id, nick: row.nick, face_url: row.face_url },
                None => Words { user_id: id.to_string(), ..Words::default() },
            };
            self.known.insert(id, words);
        }
        Ok(&self.known[&id])
    }
}

/// Where a message stands.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Where<'a> {
    /// Between two accounts; the other one than the sender is named as the receiver.
    Pair(TinyId, TinyId),
    /// In a group.
    Group(&'a GroupRow),
}

/// A stored message as clients see it.
pub(crate) fn message(names: &mut Names<'_>, place: Where<'_>, stored: &Stored) -> Result<Message, StoreError> {
    let bit = |bit: i64| stored.has(bit).then_some(1);
    let recalled = stored.has(flag::RECALLED);
    let words = names.of(stored.sender)?.clone();
    let mut message = Message {
        from_account: words.user_id,
        msg_random: stored.random,
        msg_time_stamp: stored.time(),
        msg_client_time: stored.client_time,
        tiny_id: stored.sender.to_string(),
        msg_body: if recalled { RawValue::from_string("[]".into()).ok() } else { Some(raw(&stored.body)?) },
        cloud_custom_data: stored.custom.clone().filter(|_| !recalled),
        nick: filled(&words.nick),
        head_url: filled(&words.face_url),
        no_unread: bit(flag::NO_UNREAD),
        no_last_msg: bit(flag::NO_LAST),
        control_info: ControlInfo::of(bit(flag::NO_UNREAD), bit(flag::NO_LAST)),
        need_read_receipt: bit(flag::RECEIPT),
        support_message_extension: bit(flag::EXTENSION),
        is_system_msg: bit(flag::TIP),
        reacted: bit(flag::REACTED).filter(|_| !recalled),
        edited: stored.extra.edited.then_some(1),
        msg_version: (stored.extra.version > 0).then_some(stored.extra.version),
        revoker: stored.extra.revoker.map(|revoker| names.of(revoker).map(|words| words.user_id.clone())).transpose()?,
        revoke_reason: stored.extra.reason.clone(),
        msg_flag_bits: Some(if recalled { 8 } else { 0 }),
        rev: Some(stored.rev.max(stored.changed_rev).cast_unsigned()),
        ..Message::default()
    };
    match place {
        Where::Pair(a, b) => {
            let to = if stored.sender == a { b } else { a };
            message.to_account = Some(names.of(to)?.user_id.clone());
            message.msg_seq = stored.seq;
            message.pos = Some(stored.pos.cast_unsigned());
            message.msg_key = Some(c2c_key(stored));
        }
        Where::Group(group) => {
            let (group_id, topic_id) = wire_group(group);
            message.to_group_id = Some(group_id);
            message.topic_id = topic_id;
            message.msg_seq = stored.pos.cast_unsigned();
            message.client_seq = (stored.seq > 0).then_some(stored.seq);
            message.is_place_msg = Some(if recalled { 2 } else { 0 });
            // A tip has no sender who chose; it counts as Normal.
            let priority = (stored.flags >> flag::PRIORITY_SHIFT) & 0b111;
            message.msg_priority = Some(if priority == 0 { 2 } else { priority });
            message.group_info = Some(group_info(group, &message));
            message.group_at_info = (!stored.extra.mentions.is_empty()).then(|| stored.extra.mentions.clone());
        }
    }
    Ok(message)
}

/// `ToGroupId` and, of a topic, `TopicId`, as messages name where they stand.
pub(crate) fn wire_group(group: &GroupRow) -> (String, Option<String>) {
    match GroupId::community_of(&group.group_id) {
        Some(community) if group.no.is_topic() => (community.to_owned(), Some(group.group_id.clone())),
        _ => (group.group_id.clone(), None),
    }
}

/// `GroupInfo` of a group's message; repeats the sender's words as the Web SDK reads them.
pub(crate) fn group_info(group: &GroupRow, message: &Message) -> GroupInfo {
    /// `CommunityType` of a community with topics.
    const WITH_TOPICS: i64 = 2;
    let (group_id, topic_id) = wire_group(group);
    GroupInfo {
        group_name: group.name.clone(),
        group_type: group.kind.wire().to_owned(),
        from_nick: message.nick.clone(),
        from_head_url: message.head_url.clone(),
        group_id: Some(group_id),
        community_type: topic_id.is_some().then_some(WITH_TOPICS),
        topic_id,
        ..GroupInfo::default()
    }
}

/// The key of a one-to-one message.
pub(crate) fn c2c_key(stored: &Stored) -> String {
    let narrow = |n: u64| u32::try_from(n).unwrap_or_default();
    MessageKey { seq: narrow(stored.seq), random: narrow(stored.random), time: stored.time() }.to_string()
}

fn raw(text: &str) -> Result<Box<RawValue>, StoreError> {
    RawValue::from_string(text.to_owned()).map_err(|error| StoreError::Corrupt(format!("message body: {error}")))
}
