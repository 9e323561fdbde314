//! What the server tells clients unasked (`contract/web-frames.md` section 2, `contract/tern-commands.md` section 6).
//!
//! [`Event`] is the one list of kinds; [`Event::encode`] makes the item of a frame, once for all sessions, and
//! [`decode`] reads a frame's body back.

use crate::api::conversation::{Conversation, ConversationId, SyncGroup};
use crate::api::message::{Message, RawJson};
use crate::api::profile::ProfileItem;
use crate::api::push::PushPresenceItem;
use crate::api::wire::wire;
use crate::frame;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// One thing that happened.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "most events are messages, the largest kind")]
pub enum Event {
    /// New one-to-one message (2.1).
    C2cMessage(Message),
    /// New group message (2.2).
    GroupMessage(Message),
    /// Group tip (2.3): `MsgBody` is a [`GroupTip`].
    GroupTip(Message),
    /// Group system notice (2.4): `MsgBody` is a [`GroupNotice`].
    GroupNotice(Message),
    /// The peer has read (2.5).
    PeerRead(PeerRead),
    /// Own read position of a one-to-one conversation, from another device (2.6).
    OwnReadC2c(OwnReadC2c),
    /// Own read position of a group, from another device (2.6); travels as a notice of type 15.
    OwnReadGroup(OwnReadGroup),
    /// A profile changed (2.10).
    Profile(ProfileChange),
    /// Online state of a user (2.11).
    UserStatus(UserStatus),
    /// This session is forced off; the server closes the link after it. Do not reconnect.
    Kickout(Kickout),
    /// A conversation changed otherwise than by a message.
    Conversation(Conversation),
    /// A group, or one's own place in it, changed.
    Group(SyncGroup),
    /// Another session of this person came or went.
    Session(SessionChange),
    /// For bridges: jobs wait.
    PushReady(PushReady),
    /// For bridges: pushes that are not wanted any more.
    PushCancel(PushCancel),
    /// For bridges: a person's state changed.
    PushPresence(PushPresenceItem),
    /// A kind of another version.
    Unknown(serde_json::Value),
}

wire! {
    /// Body of a group tip.
    GroupTip {
        /// [`tip`] numbers.
        op_type "OpType": i64,
        operator "Operator_Account": String,
    }
    ? {
        accounts "List_Account": Vec<String>,
        member_num "MemberNum": u64,
        operator_info "MsgOperatorMemberExtraInfo": TipMember,
        members "MsgMemberExtraInfo": Vec<TipMember>,
        new_info "MsgGroupNewInfo": TipGroupInfo,
        member_info "MsgMemberInfo": Vec<TipMemberInfo>,
        /// 0 by invitation, 1 by application.
        join_type "GroupJoinType": i64,
    }
}

/// `OpType` of a [`GroupTip`].
pub mod tip {
    /// Joined or was invited.
    pub const JOIN: i64 = 1;
    /// Left.
    pub const QUIT: i64 = 2;
    /// Was removed.
    pub const KICKED: i64 = 3;
    /// Became admin.
    pub const SET_ADMIN: i64 = 4;
    /// Is admin no longer.
    pub const CANCEL_ADMIN: i64 = 5;
    /// Group profile changed.
    pub const GROUP_INFO: i64 = 6;
    /// Member profile changed (mute).
    pub const MEMBER_INFO: i64 = 7;
}

/// `ReportType` of a [`GroupNotice`].
pub mod notice {
    /// Somebody applies (to admins).
    pub const APPLY: i64 = 1;
    /// Application accepted.
    pub const ACCEPTED: i64 = 2;
    /// Application refused.
    pub const REFUSED: i64 = 3;
    /// Removed (to the member).
    pub const KICKED: i64 = 4;
    /// Dismissed.
    pub const DISMISSED: i64 = 5;
    /// Created (to the creator's devices).
    pub const CREATED: i64 = 6;
    /// Invited and in.
    pub const INVITED: i64 = 7;
    /// Left (to the leaver's devices).
    pub const QUIT: i64 = 8;
    /// Became admin.
    pub const ADMIN_SET: i64 = 9;
    /// Is admin no longer.
    pub const ADMIN_REMOVED: i64 = 10;
    /// Own read position, never shown.
    pub const READ: i64 = 15;
    /// Of the integrator's backend.
    pub const CUSTOM: i64 = 255;
}

wire! {
    /// A person in a tip.
    TipMember { user_id "UserId": String, nick "NickName": String, image_url "ImageUrl": String }
}

wire! {
    /// What changed of a group's profile.
    TipGroupInfo {}
    ? {
        group_name "GroupName": String,
        group_face_url "GroupFaceUrl": String,
        introduction "GroupIntroduction": String,
        notification "GroupNotification": String,
        owner "Owner_Account": String,
        apply_join_option "GroupApplyJoinOption": String,
        /// `On` or `Off`.
        shutup_all "ShutupAll": String,
    }
}

wire! {
    /// What changed of a member.
    TipMemberInfo { account "User_Account": String, shutup_time "ShutupTime": i64 }
}

wire! {
    /// Body of a group system notice.
    GroupNotice {
        /// [`notice`] numbers.
        report_type "ReportType": i64,
        operator "Operator_Account": String,
    }
    ? {
        remark "RemarkInfo": String,
        authentication "Authentication": String,
        msg_key "MsgKey": u64,
        user_defined "UserDefinedField": String,
        members "MemberList_Account": Vec<String>,
        read "GroupReadInfoArray": Vec<OwnReadGroup>,
    }
}

wire! {
    /// The peer `To_Account` has read up to a time (seconds) and place.
    PeerRead { to_account "To_Account": String, last_read_time "LastReadTime": i64 }
    ? { pos "TernPos": u64 }
}

wire! {
    /// Own read position of the conversation with `From_Account`.
    OwnReadC2c { from_account "From_Account": String, last_read_time "LastReadTime": i64 }
    ? { pos "TernPos": u64, unread "TernUnread": u64 }
}

wire! {
    /// Own read position of a group.
    OwnReadGroup { group_id "GroupId": String, last_read_msg_seq "LastReadMsgSeq": u64 }
    ? { unread "TernUnread": u64 }
}

wire! {
    /// Changed fields of a user's profile.
    ProfileChange { account "Profile_Account": String, list "ProfileList": Vec<ProfileValue> }
}

wire! {
    /// A changed field as events carry it.
    ProfileValue { tag "Tag": String, value "ValueBytes": serde_json::Value }
}

impl From<&ProfileItem> for ProfileValue {
    fn from(item: &ProfileItem) -> Self {
        Self { tag: item.tag.clone(), value: item.value.clone() }
    }
}

wire! {
    /// 1 online, 2 offline (PushOnline counts here), 3 not logged in.
    UserStatus { to_account "To_Account": String, status "Status": i64 }
}

wire! {
    /// A forced logout (`contract/client-semantics.md` 1.3).
    Kickout {
        /// 1 another instance of the same platform, 2 another platform by the policy, 3 by the backend.
        kick_type "KickType": i64,
        /// Platform of the login that displaced this one; empty for type 3.
        platform "Platform": String,
        inst_id "InstId": u64,
    }
}

wire! {
    /// A session of one's own.
    SessionChange { inst_id "InstId": u64, platform "Platform": String, mode "Mode": String, online "Online": i64 }
}

wire! {
    /// Jobs that wait.
    PushReady { pending "Pending": u64 }
}

wire! {
    /// Withdraws pushes to one receiver: of everything, or of one conversation up to a place.
    PushCancel {
        sdk_app_id "SdkAppId": u32,
        to_account "To_Account": String,
        /// `Online`, `Read` or `Gone`.
        reason "Reason": String,
    }
    ? { conversation "Conversation": ConversationId, up_to_place "UpToPlace": u64 }
}

wire! {
    /// Entry of `C2cNotifyMsgArray`.
    C2cNotify {}
    ? {
        sub_msg_type "SubMsgType": i64,
        notice_seq "NoticeSeq": u64,
        readed_receipt "C2cReadedReceipt": ReadedReceipt,
        read_notify "ReadC2cMsgNotify": ReadNotify,
    }
}

wire! {
    /// `C2cReadedReceipt`.
    ReadedReceipt { to_account "To_Account": String, pairs "UinPairReadArray": Vec<ReadPair> }
}

wire! {
    /// `ReadC2cMsgNotify`.
    ReadNotify { pairs "UinPairReadArray": Vec<ReadPair> }
}

wire! {
    /// A read position in a notice.
    ReadPair { last_read_time "LastReadTime": i64 }
    ? { from_account "From_Account": String, pos "TernPos": u64, unread "TernUnread": u64 }
}

wire! {
    /// Entry of `ProfileDataMod`.
    ProfileMod { push_type "PushType": i64, account "Profile_Account": String, list "ProfileList": Vec<ProfileValue> }
    ? { notice_seq "NoticeSeq": u64 }
}

wire! {
    /// An item of `EventArray`.
    Item { event "Event": i64 }
    ? {
        c2c_msg "C2cMsgArray": Vec<Message>,
        group_msg "GroupMsgArray": Vec<Message>,
        group_tips "GroupTips": Vec<Message>,
        c2c_notify "C2cNotifyMsgArray": Vec<C2cNotify>,
        profile "ProfileDataMod": Vec<ProfileMod>,
        user_status "UserStatusList": Vec<UserStatus>,
        kickout "TernKickout": Kickout,
        conversation "TernConv": Vec<Conversation>,
        group "TernGroup": Vec<SyncGroup>,
        session "TernSession": SessionChange,
        push_ready "TernPushReady": PushReady,
        push_cancel "TernPushCancel": Vec<PushCancel>,
        push_presence "TernPushPresence": Vec<PushPresenceItem>,
    }
}

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
                    to_group_id: Some(read.group_id),
                    msg_body: Some(raw(&notice)?),
                    group_info: Some(crate::api::message::GroupInfo::default()),
                    ..Message::default()
                };
                number(&mut item.group_tips, vec![message], 5)
            }
            Self::Profile(change) => number(
                &mut item.profile,
                vec![ProfileMod { push_type: 1, account: change.account, list: change.list, notice_seq: None }],
                8,
            ),
            Self::UserStatus(status) => number(&mut item.user_status, vec![status], 20),
            Self::Kickout(kickout) => number(&mut item.kickout, kickout, 9000),
            Self::Conversation(conversation) => number(&mut item.conversation, vec![conversation], 9001),
            Self::Group(group) => number(&mut item.group, vec![group], 9002),
            Self::Session(session) => number(&mut item.session, session, 9003),
            Self::PushReady(ready) => number(&mut item.push_ready, ready, 9010),
            Self::PushCancel(cancel) => number(&mut item.push_cancel, vec![cancel], 9011),
            Self::PushPresence(presence) => number(&mut item.push_presence, vec![presence], 9012),
            Self::Unknown(value) => return serde_json::to_string(&value),
        };
        serde_json::to_string(&item)
    }
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
                    events.push(Event::Unknown(serde_json::from_str(text.get())?));
                }
            }
            Err(_) => events.push(Event::Unknown(serde_json::from_str(text.get())?)),
        }
    }
    Ok(events)
}

impl Item {
    fn into_events(self, events: &mut Vec<Event>) {
        events.extend(self.c2c_msg.into_iter().flatten().map(Event::C2cMessage));
        events.extend(self.group_msg.into_iter().flatten().map(Event::GroupMessage));
        for message in self.group_tips.into_iter().flatten() {
            events.push(if self.event == 5 { notice_event(message) } else { Event::GroupTip(message) });
        }
        events.extend(self.c2c_notify.into_iter().flatten().flat_map(notify_events));
        events.extend(
            self.profile
                .into_iter()
                .flatten()
                .map(|change| Event::Profile(ProfileChange { account: change.account, list: change.list })),
        );
        events.extend(self.user_status.into_iter().flatten().map(Event::UserStatus));
        events.extend(self.kickout.map(Event::Kickout));
        events.extend(self.conversation.into_iter().flatten().map(Event::Conversation));
        events.extend(self.group.into_iter().flatten().map(Event::Group));
        events.extend(self.session.map(Event::Session));
        events.extend(self.push_ready.map(Event::PushReady));
        events.extend(self.push_cancel.into_iter().flatten().map(Event::PushCancel));
        events.extend(self.push_presence.into_iter().flatten().map(Event::PushPresence));
    }
}

fn notice_event(message: Message) -> Event {
    let notice = message.msg_body.as_ref().and_then(|body| serde_json::from_str::<GroupNotice>(body.get()).ok());
    match notice {
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
