//! What the server tells clients unasked (`contract/web-frames.md` section 2, `contract/tern-commands.md` section 6).
//!
//! [`Event`] is the one list of kinds; [`Event::encode`] makes the item of a frame, once for all sessions, and
//! [`decode`] reads a frame's body back.

use crate::api::annotation::{Extension, Pin, ReactionCount};
use crate::api::conversation::{Conversation, ConversationId, SyncGroup};
use crate::api::message::{Message, RawJson};
use crate::api::profile::ProfileItem;
use crate::api::push::PushPresenceItem;
use crate::api::receipt::{GroupReadInfo, Receipt};
use crate::api::recent_contact::GroupItem;
use crate::api::web_sdk::{GroupMention, GroupReceipts};
use crate::api::wire::wire;
use crate::frame;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// One thing that happened.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "most events are messages, one of the largest kinds")]
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
    /// Own read positions of all one-to-one conversations, and of groups, from another device (2.6).
    ReadAll(ReadAllNotice),
    /// A one-to-one message was recalled (2.7).
    RecalledC2c(RecalledC2c),
    /// Messages of one group were recalled (2.7).
    RecalledGroup(Vec<RecalledGroup>),
    /// A one-to-one message was modified (2.8): the whole message with its new `MsgVersion`.
    ModifiedC2c(Message),
    /// A group message was modified (2.8).
    ModifiedGroup(Message),
    /// Messages that this person deleted for itself on another device.
    Deleted(DeletedMessages),
    /// One was mentioned in a group message (2.13); for the product's Web SDK, other clients see it in the message.
    Mention(GroupMention),
    /// Receipts of own group messages changed, for the product's Web SDK (2.14); others are told by [`Event::Receipt`].
    GroupReceipts(GroupReceipts),
    /// Receipts of own messages changed.
    Receipt(ReceiptNotice),
    /// Reactions of a message changed.
    Reaction(ReactionNotice),
    /// A group message was pinned or unpinned.
    Pin(PinNotice),
    /// Extensions of a message changed.
    Extension(ExtensionNotice),
    /// A profile changed (2.10).
    Profile(ProfileChange),
    /// Online state of a user (2.11).
    UserStatus(UserStatus),
    /// This session is forced off; the server closes the link after it. Do not reconnect.
    Kickout(Kickout),
    /// A conversation was deleted, pinned, unpinned or marked on another device (2.12); [`Event::Conversation`] says the rest.
    RecentContact(RecentContactMod),
    /// Own block list changed on another device (2.9).
    BlockList(BlockListChange),
    /// A conversation changed otherwise than by a message.
    Conversation(Conversation),
    /// The person's conversation groups changed: all of them as they are now.
    ConversationGroups(Vec<GroupItem>),
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
    ? {
        conversation "Conversation": ConversationId,
        up_to_place "UpToPlace": u64,
        /// First place that is meant; absent: from the beginning. A recalled message has both places. `To_Account` is empty then for
        /// all receivers of a group message.
        from_place "FromPlace": u64,
    }
}

wire! {
    /// A recalled one-to-one message, entry of `C2cWithdrawInfoArray`.
    RecalledC2c {
        from_account "From_Account": String,
        to_account "To_Account": String,
        msg_seq "MsgSeq": u64,
        msg_random "MsgRandom": u64,
    }
    ? {
        pos "TernPos": u64,
        rev "TernRev": u64,
        /// Who recalled it.
        revoker "TernRevoker": String,
        reason "TernRevokeReason": String,
    }
}

wire! {
    /// A recalled group message, entry of `GroupWithdrawInfoArray`.
    RecalledGroup { group_id "GroupId": String, msg_seq "MsgSeq": u64, from_account "From_Account": String }
    ? { rev "TernRev": u64, revoker "TernRevoker": String, reason "TernRevokeReason": String }
}

wire! {
    /// `WithdrawC2cMsgNotify`.
    WithdrawNotify { list "C2cWithdrawInfoArray": Vec<RecalledC2c> }
}

wire! {
    /// Body of the notice that tells of recalled group messages.
    GroupWithdraw { list "GroupWithdrawInfoArray": Vec<RecalledGroup> }
}

wire! {
    /// Read positions of several conversations at once.
    ReadAllNotice {
        /// 1: all one-to-one conversations.
        c2c_read_all "C2CReadAllMsg": i64,
        group_read_info "GroupReadInfo": Vec<GroupReadInfo>,
    }
}

wire! {
    /// Places of a conversation that one person deleted.
    DeletedMessages { id "Id": ConversationId, places "Places": Vec<u64> }
}

wire! {
    /// Receipts of messages that this person sent.
    ReceiptNotice { id "Id": ConversationId, receipts "Receipts": Vec<Receipt> }
}

wire! {
    /// A reaction came or went. `Mine` of the reaction is not filled: compare `User` with oneself.
    ReactionNotice {
        id "Id": ConversationId,
        place "Place": u64,
        /// The kind that changed, with its count now; 0: nobody reacts so any more.
        reaction "Reaction": ReactionCount,
        /// Who did it.
        user "User": String,
        /// 1 added, 2 removed.
        operation "Operation": i64,
    }
}

/// `OpType` of a [`PinNotice`].
pub mod pin {
    /// Pinned.
    pub const PINNED: i64 = 16;
    /// Unpinned.
    pub const UNPINNED: i64 = 17;
}

wire! {
    /// A group message was pinned (`OpType` 16) or unpinned (17; then the message holds only its key).
    PinNotice { group_id "GroupId": String, op_type "OpType": i64, operator "Operator_Account": String, pin "Pin": Pin }
}

wire! {
    /// Extensions of a message changed: 1 set, 2 deleted (then only keys count), 3 cleared.
    ExtensionNotice {
        id "Id": ConversationId,
        place "Place": u64,
        operate_type "OperateType": i64,
        extensions "ExtensionList": Vec<Extension>,
        operator "Operator_Account": String,
    }
}

wire! {
    /// A change of conversations, entry of `RecentContactMod`.
    RecentContactMod {
        /// [`recent_contact`] numbers.
        push_type "PushType": i64,
    }
    ? {
        deleted "RecentContactDeleteItem": RecentContactList,
        top "RecentContactTopItem": RecentContactList,
        mark "RecentContactMarkContact": RecentContactMarks,
    }
}

/// `PushType` of a [`RecentContactMod`].
pub mod recent_contact {
    /// Deleted.
    pub const DELETED: i64 = 1;
    /// Pinned.
    pub const PINNED: i64 = 2;
    /// Unpinned.
    pub const UNPINNED: i64 = 3;
    /// Marks or custom data.
    pub const MARKED: i64 = 4;
}

wire! {
    /// Conversations that changed.
    RecentContactList { list "RecentContactList": Vec<RecentContactItem> }
}

wire! {
    /// A conversation as these events name it.
    RecentContactItem { kind "Type": i64 }
    ? { user_account "User_Account": String, to_group_id "ToGroupId": String }
}

impl From<&ConversationId> for RecentContactItem {
    fn from(id: &ConversationId) -> Self {
        Self { kind: id.kind, user_account: id.to_account.clone(), to_group_id: id.group_id.clone() }
    }
}

wire! {
    /// Conversations whose marks changed.
    RecentContactMarks { items "RecentContactMarkContactItem": Vec<RecentContactMark> }
}

wire! {
    /// A conversation with its marks.
    RecentContactMark { item "RecentContactItem": RecentContactItem }
    ? {
        /// Bits as text, the lowest last.
        standard_mark "StandardMark": String,
        custom_mark "CustomMark": String,
    }
}

wire! {
    /// Who was blocked or unblocked.
    BlockListChange { added "Added": Vec<String>, removed "Removed": Vec<String> }
}

wire! {
    /// Entry of `FriendListMod`: 5 blocked, 6 unblocked.
    FriendMod { push_type "PushType": i64 }
    ? {
        notice_seq "NoticeSeq": u64,
        block_add "BlackListAdd_Account": Vec<String>,
        block_del "BlackListDel_Account": Vec<String>,
    }
}

wire! {
    /// Entry of `C2cNotifyMsgArray`.
    C2cNotify {}
    ? {
        sub_msg_type "SubMsgType": i64,
        notice_seq "NoticeSeq": u64,
        readed_receipt "C2cReadedReceipt": ReadedReceipt,
        read_notify "ReadC2cMsgNotify": ReadNotify,
        withdraw "WithdrawC2cMsgNotify": WithdrawNotify,
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
        friend "FriendListMod": Vec<FriendMod>,
        recent_contact "RecentContactMod": Vec<RecentContactMod>,
        user_status "UserStatusList": Vec<UserStatus>,
        kickout "TernKickout": Kickout,
        conversation "TernConv": Vec<Conversation>,
        conversation_groups "TernConvGroup": Vec<GroupItem>,
        group "TernGroup": Vec<SyncGroup>,
        session "TernSession": SessionChange,
        read_all "C2CReadAllMsg": i64,
        read_all_groups "GroupReadInfo": Vec<GroupReadInfo>,
        c2c_modified "C2cMsgModNotifys": Vec<Message>,
        group_modified "GroupMsgModNotifys": Vec<Message>,
        receipt "TernReceipt": Vec<ReceiptNotice>,
        reaction "TernReaction": Vec<ReactionNotice>,
        pin "TernPin": PinNotice,
        deleted "TernDeleted": DeletedMessages,
        extension "TernExtension": ExtensionNotice,
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
            Self::ReadAll(read) => {
                item.read_all_groups = Some(read.group_read_info);
                number(&mut item.read_all, read.c2c_read_all, 14)
            }
            Self::RecalledC2c(recalled) => {
                let notify = C2cNotify { withdraw: Some(WithdrawNotify { list: vec![recalled] }), ..C2cNotify::default() };
                number(&mut item.c2c_notify, vec![notify], 10)
            }
            Self::RecalledGroup(list) => {
                let message = Message {
                    to_group_id: list.first().map(|recalled| recalled.group_id.clone()),
                    msg_body: Some(raw(&GroupWithdraw { list })?),
                    group_info: Some(crate::api::message::GroupInfo::default()),
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
                    group_info: Some(crate::api::message::GroupInfo { group_id: Some(mention.group_id), ..Default::default() }),
                    ..Message::default()
                };
                number(&mut item.group_tips, vec![message], MENTION)
            }
            Self::GroupReceipts(receipts) => {
                let first = receipts.list.first().cloned().unwrap_or_default();
                let group_id = Some(first.group_id.clone());
                let message = Message {
                    to_group_id: Some(first.group_id),
                    // Told apart by these by the SDK.
                    msg_seq: first.msg_seq,
                    msg_random: (first.msg_random ^ (first.read_num << 20)) & u64::from(u32::MAX),
                    msg_body: Some(raw(&receipts)?),
                    group_info: Some(crate::api::message::GroupInfo { group_id, ..Default::default() }),
                    ..Message::default()
                };
                number(&mut item.group_tips, vec![message], 5)
            }
            Self::ModifiedC2c(message) => number(&mut item.c2c_modified, vec![message], 22),
            Self::ModifiedGroup(message) => number(&mut item.group_modified, vec![message], 22),
            Self::Receipt(receipt) => number(&mut item.receipt, vec![receipt], 9020),
            Self::Reaction(reaction) => number(&mut item.reaction, vec![reaction], 9021),
            Self::Pin(pin) => number(&mut item.pin, pin, 9022),
            Self::Deleted(deleted) => number(&mut item.deleted, deleted, 9023),
            Self::Extension(extension) => number(&mut item.extension, extension, 9024),
            Self::Profile(change) => number(
                &mut item.profile,
                vec![ProfileMod { push_type: 1, account: change.account, list: change.list, notice_seq: None }],
                8,
            ),
            Self::UserStatus(status) => number(&mut item.user_status, vec![status], 20),
            Self::Kickout(kickout) => number(&mut item.kickout, kickout, 9000),
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
            Self::Session(session) => number(&mut item.session, session, 9003),
            Self::PushReady(ready) => number(&mut item.push_ready, ready, 9010),
            Self::PushCancel(cancel) => number(&mut item.push_cancel, vec![cancel], 9011),
            Self::PushPresence(presence) => number(&mut item.push_presence, vec![presence], 9012),
            Self::Unknown(value) => return serde_json::to_string(&value),
        };
        serde_json::to_string(&item)
    }
}

/// `Event` of a [`GroupMention`].
const MENTION: i64 = 12;

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
            events.push(match self.event {
                5 => notice_event(message),
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
        events.extend(self.pin.map(Event::Pin));
        events.extend(self.deleted.map(Event::Deleted));
        events.extend(self.extension.map(Event::Extension));
        events.extend(self.recent_contact.into_iter().flatten().map(Event::RecentContact));
        events.extend(self.friend.and_then(block_change).map(Event::BlockList));
        events.extend(self.conversation_groups.map(Event::ConversationGroups));
        events.extend(self.kickout.map(Event::Kickout));
        events.extend(self.conversation.into_iter().flatten().map(Event::Conversation));
        events.extend(self.group.into_iter().flatten().map(Event::Group));
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
