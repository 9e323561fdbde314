//! Events to and from the items of a frame (`contract/web-frames.md` sections 1 and 2).

use super::{
    BlockListChange, C2cNotify, CounterTipBody, Event, FriendMod, GroupNotice, GroupWithdraw, Item, KickoutNotify, OwnReadC2c,
    PeerRead, ProfileChange, ProfileMod, ReadAllNotice, ReadNotify, ReadPair, ReadedReceipt, WithdrawNotify, notice,
};
use crate::api::message::{GroupInfo, Message, RawJson};
use crate::api::web_sdk::GroupReceipts;
use crate::frame;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

impl Event {
    /// JSON of the item `{"Event":n,KEY:...}`.
    pub fn encode(self) -> Result<String, serde_json::Error> {
        let mut item = Item::default();
        item.event = match self {
            Self::C2cMessage(message) => number(&mut item.c2c_msg, vec![message], 9),
            Self::GroupMessage(message) => number(&mut item.group_msg, vec![message], 3),
            Self::GroupTip(message) => number(&mut item.group_tips, vec![message], 4),
            Self::GroupNotice(message) => number(&mut item.group_tips, vec![message], 5),
            Self::PeerRead(read) => {
                let pair = ReadPair { last_read_time: read.last_read_time, from_account: None, pos: read.pos, unread: None };
                let receipt = ReadedReceipt { to_account: read.to_account, pairs: vec![pair] };
                number(&mut item.c2c_notify, vec![C2cNotify { readed_receipt: Some(receipt), ..C2cNotify::default() }], 10)
            }
            Self::OwnReadC2c(read) => {
                let pair = ReadPair {
                    last_read_time: read.last_read_time,
                    from_account: Some(read.from_account),
                    pos: read.pos,
                    unread: read.unread,
                };
                let notify = C2cNotify {
                    sub_msg_type: Some(92),
                    read_notify: Some(ReadNotify { pairs: vec![pair] }),
                    ..C2cNotify::default()
                };
                number(&mut item.c2c_notify, vec![notify], 10)
            }
            Self::OwnReadGroup(read) => {
                let notice = GroupNotice { report_type: notice::READ, read: Some(vec![read.clone()]), ..GroupNotice::default() };
                let message = Message {
                    group_info: Some(named(&read.group_id)),
                    to_group_id: Some(read.group_id),
                    msg_body: Some(raw(&notice)?),
                    ..Message::default()
                };
                number(&mut item.group_tips, vec![message], 5)
            }
            Self::ReadAll(read) => {
                item.read_all_groups = Some(read.group_read_info);
                number(&mut item.read_all, read.c2c_read_all, 14)
            }
            Self::RecalledC2c(recalled) => {
                let notify = C2cNotify { withdraw: Some(WithdrawNotify { list: vec![recalled] }), ..C2cNotify::default() };
                number(&mut item.c2c_notify, vec![notify], 10)
            }
            Self::RecalledGroup(list) => {
                let first = list.first().map(|recalled| recalled.group_id.clone()).unwrap_or_default();
                let message = Message {
                    group_info: Some(named(&first)),
                    to_group_id: Some(first),
                    msg_body: Some(raw(&GroupWithdraw { list })?),
                    ..Message::default()
                };
                number(&mut item.group_tips, vec![message], 5)
            }
            Self::Mention(mention) => {
                let message = Message {
                    to_group_id: Some(mention.group_id.clone()),
                    from_account: mention.from_account.clone(),
                    // Told apart by this by the SDK.
                    msg_random: mention.msg_seq,
                    msg_seq: mention.msg_seq,
                    msg_body: Some(raw(&mention)?),
                    group_info: Some(named(&mention.group_id)),
                    ..Message::default()
                };
                number(&mut item.group_tips, vec![message], MENTION)
            }
            Self::GroupReceipts(receipts) => {
                let first = receipts.list.first().cloned().unwrap_or_default();
                let message = Message {
                    group_info: Some(named(&first.group_id)),
                    to_group_id: Some(first.group_id),
                    // Told apart by these by the SDK.
                    msg_seq: first.msg_seq,
                    msg_random: (first.msg_random ^ (first.read_num << 20)) & u64::from(u32::MAX),
                    msg_body: Some(raw(&receipts)?),
                    ..Message::default()
                };
                number(&mut item.group_tips, vec![message], 5)
            }
            Self::ModifiedC2c(message) => number(&mut item.c2c_modified, vec![message], 22),
            Self::ModifiedGroup(message) => number(&mut item.group_modified, vec![message], 22),
            Self::Receipt(receipt) => number(&mut item.receipt, vec![receipt], 9020),
            Self::Reaction(reaction) => number(&mut item.reaction, vec![reaction], 9021),
            Self::WebReactions(reactions) => number(&mut item.web_reactions, vec![reactions], 27),
            Self::Pin(pin) => number(&mut item.pin, pin, 9022),
            Self::Deleted(deleted) => number(&mut item.deleted, deleted, 9023),
            Self::Extension(extension) => number(&mut item.extension, extension, 9024),
            Self::Permission(change) => number(&mut item.permission, change, 9030),
            Self::GroupAttributes(notice) => number(&mut item.group_attributes, notice, 9025),
            Self::GroupCounters(notice) => number(&mut item.group_counters, notice, 9026),
            Self::CounterTip(message) => number(&mut item.group_tips, vec![message], 6),
            Self::Profile(change) => number(
                &mut item.profile,
                vec![ProfileMod { push_type: 1, account: change.account, list: change.list, notice_seq: None }],
                8,
            ),
            Self::UserStatus(status) => number(&mut item.user_status, vec![status], 20),
            Self::Kickout(kickout) => {
                let notice = KickoutNotify { kick_type: kickout.kick_type };
                item.kickout = Some(kickout);
                number(&mut item.c2c_notify, vec![C2cNotify { kickout: Some(notice), ..C2cNotify::default() }], 10)
            }
            Self::RecentContact(change) => number(&mut item.recent_contact, vec![change], 15),
            Self::BlockList(change) => {
                let mut list = Vec::new();
                if !change.added.is_empty() {
                    list.push(FriendMod { push_type: 5, block_add: Some(change.added), ..FriendMod::default() });
                }
                if !change.removed.is_empty() {
                    list.push(FriendMod { push_type: 6, block_del: Some(change.removed), ..FriendMod::default() });
                }
                number(&mut item.friend, list, 7)
            }
            Self::ConversationGroups(groups) => number(&mut item.conversation_groups, groups, 9004),
            Self::Conversation(conversation) => number(&mut item.conversation, vec![conversation], 9001),
            Self::Group(group) => number(&mut item.group, vec![group], 9002),
            Self::GroupProfile(group) => number(&mut item.group_profile, vec![group], 9005),
            Self::GroupMembers(change) => number(&mut item.members, change, 9008),
            Self::Topic(topic) => number(&mut item.topic, vec![topic], 9006),
            Self::ApplicationHandled(handled) => number(&mut item.application, handled, 9007),
            Self::Session(session) => number(&mut item.session, session, 9003),
            Self::PushReady(ready) => number(&mut item.push_ready, ready, 9010),
            Self::PushCancel(cancel) => number(&mut item.push_cancel, vec![cancel], 9011),
            Self::PushPresence(presence) => number(&mut item.push_presence, vec![presence], 9012),
            Self::Unknown(value) => return serde_json::to_string(&value),
        };
        serde_json::to_string(&item)
    }
}

/// `Event` of a [`Event::Mention`].
const MENTION: i64 = 12;

/// `GroupInfo` that says which group alone.
fn named(group_id: &str) -> GroupInfo {
    GroupInfo { group_id: Some(group_id.to_owned()), ..GroupInfo::default() }
}

fn number<T>(slot: &mut Option<T>, value: T, event: i64) -> i64 {
    *slot = Some(value);
    event
}

/// JSON text that goes into a message as its body.
pub fn raw(value: &impl Serialize) -> Result<RawJson, serde_json::Error> {
    serde_json::value::to_raw_value(value)
}

/// Whether a frame of the server carries events.
pub fn is_event(head: &frame::ReplyHead<'_>) -> bool {
    head.servcmd == frame::PUSH_COMMAND
}

/// Reads the body of an event frame. An item that cannot be read becomes [`Event::Unknown`]; the others stand.
pub fn decode(body: &RawValue) -> Result<Vec<Event>, serde_json::Error> {
    #[derive(Deserialize)]
    struct Body<'a> {
        #[serde(rename = "EventArray", borrow, default)]
        items: Vec<&'a RawValue>,
    }
    let body: Body<'_> = serde_json::from_str(body.get())?;
    let mut events = Vec::with_capacity(body.items.len());
    for text in body.items {
        match serde_json::from_str::<Item>(text.get()) {
            Ok(item) => {
                let before = events.len();
                item.into_events(&mut events);
                if events.len() == before {
                    events.push(unknown(text));
                }
            }
            Err(_) => events.push(unknown(text)),
        }
    }
    Ok(events)
}

/// An item of another version; of one that is nested too deeply nothing is kept.
fn unknown(item: &RawValue) -> Event {
    Event::Unknown(serde_json::from_str(item.get()).unwrap_or_default())
}

impl Item {
    fn into_events(self, events: &mut Vec<Event>) {
        events.extend(self.c2c_msg.into_iter().flatten().map(Event::C2cMessage));
        events.extend(self.group_msg.into_iter().flatten().map(Event::GroupMessage));
        for message in self.group_tips.into_iter().flatten() {
            events.push(match self.event {
                5 => notice_event(message),
                6 if body_of(&message).is_some_and(|tip: CounterTipBody| !tip.counters.is_empty()) => Event::CounterTip(message),
                MENTION => body_of(&message).map_or(Event::GroupTip(message), Event::Mention),
                _ => Event::GroupTip(message),
            });
        }
        events.extend(self.c2c_notify.into_iter().flatten().flat_map(notify_events));
        events.extend(
            self.profile
                .into_iter()
                .flatten()
                .map(|change| Event::Profile(ProfileChange { account: change.account, list: change.list })),
        );
        events.extend(self.user_status.into_iter().flatten().map(Event::UserStatus));
        if let Some(c2c_read_all) = self.read_all {
            let group_read_info = self.read_all_groups.unwrap_or_default();
            events.push(Event::ReadAll(ReadAllNotice { c2c_read_all, group_read_info }));
        }
        events.extend(self.c2c_modified.into_iter().flatten().map(Event::ModifiedC2c));
        events.extend(self.group_modified.into_iter().flatten().map(Event::ModifiedGroup));
        events.extend(self.receipt.into_iter().flatten().map(Event::Receipt));
        events.extend(self.reaction.into_iter().flatten().map(Event::Reaction));
        events.extend(self.web_reactions.into_iter().flatten().map(Event::WebReactions));
        events.extend(self.pin.map(Event::Pin));
        events.extend(self.deleted.map(Event::Deleted));
        events.extend(self.extension.map(Event::Extension));
        events.extend(self.permission.map(Event::Permission));
        events.extend(self.group_attributes.map(Event::GroupAttributes));
        events.extend(self.group_counters.map(Event::GroupCounters));
        events.extend(self.recent_contact.into_iter().flatten().map(Event::RecentContact));
        events.extend(self.friend.and_then(block_change).map(Event::BlockList));
        events.extend(self.conversation_groups.map(Event::ConversationGroups));
        events.extend(self.kickout.map(Event::Kickout));
        events.extend(self.conversation.into_iter().flatten().map(Event::Conversation));
        events.extend(self.group.into_iter().flatten().map(Event::Group));
        events.extend(self.group_profile.into_iter().flatten().map(Event::GroupProfile));
        events.extend(self.members.map(Event::GroupMembers));
        events.extend(self.topic.into_iter().flatten().map(Event::Topic));
        events.extend(self.application.map(Event::ApplicationHandled));
        events.extend(self.session.map(Event::Session));
        events.extend(self.push_ready.map(Event::PushReady));
        events.extend(self.push_cancel.into_iter().flatten().map(Event::PushCancel));
        events.extend(self.push_presence.into_iter().flatten().map(Event::PushPresence));
    }
}

/// What of a list of friend changes concerns the block list.
fn block_change(list: Vec<FriendMod>) -> Option<BlockListChange> {
    let mut change = BlockListChange::default();
    for entry in list {
        change.added.extend(entry.block_add.unwrap_or_default());
        change.removed.extend(entry.block_del.unwrap_or_default());
    }
    (!change.added.is_empty() || !change.removed.is_empty()).then_some(change)
}

fn body_of<T: serde::de::DeserializeOwned>(message: &Message) -> Option<T> {
    message.msg_body.as_ref().and_then(|body| serde_json::from_str(body.get()).ok())
}

fn notice_event(message: Message) -> Event {
    let withdraw = body_of(&message).filter(|withdraw: &GroupWithdraw| !withdraw.list.is_empty());
    if let Some(GroupWithdraw { list }) = withdraw {
        return Event::RecalledGroup(list);
    }
    if let Some(receipts) = body_of(&message).filter(|receipts: &GroupReceipts| !receipts.list.is_empty()) {
        return Event::GroupReceipts(receipts);
    }
    match body_of(&message) {
        Some(GroupNotice { report_type: notice::READ, read: Some(mut read), .. }) if !read.is_empty() => {
            Event::OwnReadGroup(read.swap_remove(0))
        }
        _ => Event::GroupNotice(message),
    }
}

fn notify_events(notify: C2cNotify) -> Vec<Event> {
    let mut events = Vec::new();
    if let Some(receipt) = notify.readed_receipt {
        for pair in receipt.pairs {
            let to_account = receipt.to_account.clone();
            events.push(Event::PeerRead(PeerRead { to_account, last_read_time: pair.last_read_time, pos: pair.pos }));
        }
    }
    events.extend(notify.withdraw.into_iter().flat_map(|withdraw| withdraw.list).map(Event::RecalledC2c));
    for pair in notify.read_notify.into_iter().flat_map(|notify| notify.pairs) {
        events.push(Event::OwnReadC2c(OwnReadC2c {
            from_account: pair.from_account.unwrap_or_default(),
            last_read_time: pair.last_read_time,
            pos: pair.pos,
            unread: pair.unread,
        }));
    }
    events
}
