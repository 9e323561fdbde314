//! What the server tells clients unasked (`contract/web-frames.md` section 2, `contract/tern-commands.md` section 6).
//!
//! [`Event`] is the one list of kinds; [`Event::encode`] makes the item of a frame, once for all sessions, and
//! [`decode`] reads a frame's body back.

mod codec;

pub use codec::{decode, is_event, raw};

use crate::api::annotation::{Extension, Pin, ReactionCount};
use crate::api::conversation::{Conversation, ConversationId, SyncGroup};
use crate::api::group::AppDefined;
use crate::api::group_data::{GroupAttribute, GroupCounter};
use crate::api::message::Message;
use crate::api::permission_group::{PermissionGroupInfo, TopicPermission};
use crate::api::profile::ProfileItem;
use crate::api::push::PushPresenceItem;
use crate::api::receipt::{GroupReadInfo, Receipt};
use crate::api::recent_contact::GroupItem;
use crate::api::topic::SyncTopic;
use crate::api::web_sdk::{GroupMention, GroupReceipts, WebReactions};
use crate::api::wire::wire;

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
    /// The same for the product's Web SDK (2.14).
    WebReactions(WebReactions),
    /// A group message was pinned or unpinned.
    Pin(PinNotice),
    /// Extensions of a message changed.
    Extension(ExtensionNotice),
    /// Permission groups of a community, their members or their rights in topics changed; own rights may be others now.
    Permission(PermissionNotice),
    /// Attributes of a group changed: all of them as they are now.
    GroupAttributes(GroupAttrNotice),
    /// Counters of a group changed.
    GroupCounters(GroupCounterNotice),
    /// The same for the product's Web SDK (2.14), which reads it from a tip.
    CounterTip(Message),
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
    /// The profile of a group changed, for all its members: without what is one's own (`Role`, `NameCard`, `MuteUntil`, `MsgFlag`).
    GroupProfile(SyncGroup),
    /// Name card, role or mute of members changed, for all members.
    GroupMembers(MembersChange),
    /// A topic came, changed or went, or one's own place in it changed.
    Topic(SyncTopic),
    /// To owner and admins, or the other devices of who was invited: an application or invitation waits no more.
    ApplicationHandled(ApplicationHandled),
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
    /// Topic profile changed.
    pub const TOPIC_INFO: i64 = 8;
    /// Put out of a live room for a time; the seconds stand in `MsgMemberInfo`.
    pub const BAN: i64 = 10;
    /// May come back into a live room.
    pub const UNBAN: i64 = 11;
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
    /// Taken away because nobody used it.
    pub const RECYCLED: i64 = 11;
    /// Somebody is invited and must agree (to the invitee).
    pub const INVITATION: i64 = 12;
    /// The invitee agreed (to the inviter).
    pub const INVITEE_AGREED: i64 = 13;
    /// The invitee refused (to the inviter).
    pub const INVITEE_REFUSED: i64 = 14;
    /// Own read position, never shown.
    pub const READ: i64 = 15;
    /// A topic was created.
    pub const TOPIC_CREATED: i64 = 17;
    /// A topic was deleted.
    pub const TOPIC_DELETED: i64 = 18;
    /// Put out of a live room for a time.
    pub const BANNED: i64 = 21;
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
        invite_join_option "GroupInviteJoinOption": String,
        /// Custom fields that changed; an empty value: gone.
        app_defined "MsgAppDefinedData": Vec<AppDefined>,
        enable_permission "EnablePermission": i64,
        default_permission "DefaultPermission": u64,
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
    ? {
        /// What the person says of itself; absent: as before.
        custom_status "TernCustomStatus": String,
    }
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
    /// Members of a group as they are now.
    MembersChange { group_id "GroupId": String, members "MemberList": Vec<ChangedMember> }
}

wire! {
    /// A member whose name card, role or mute changed.
    ChangedMember {
        account "Member_Account": String,
        role "Role": String,
        /// Empty: none.
        name_card "NameCard": String,
        /// Unix seconds; 0: not muted.
        mute_until "MuteUntil": i64,
    }
}

wire! {
    /// An application or invitation that somebody decided, or that the person's membership ended.
    ApplicationHandled {
        group_id "GroupId": String,
        /// As in `tern_group.applications`: 0 an application, 1 an invitation, 2 one that owner and admins decide.
        apply_type "ApplyType": i64,
        /// Who wanted in or was invited.
        applicant "Applicant_Account": String,
        /// 0 refused, 1 agreed.
        handle_result "HandleResult": i64,
        /// Who decided.
        operator "Operator_Account": String,
        msg_key "MsgKey": u64,
    }
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

/// `OpType` of a [`PermissionNotice`].
pub mod permission {
    /// Permission groups were made.
    pub const CREATED: i64 = 1;
    /// Permission groups were deleted.
    pub const DELETED: i64 = 2;
    /// Name, rights or custom text of permission groups changed.
    pub const CHANGED: i64 = 3;
    /// Members came into a permission group.
    pub const MEMBERS_ADDED: i64 = 4;
    /// Members were taken out of a permission group, or left the community.
    pub const MEMBERS_REMOVED: i64 = 5;
    /// A permission group got rights in topics.
    pub const TOPICS_ADDED: i64 = 6;
    /// A permission group has rights of its own in topics no more.
    pub const TOPICS_DELETED: i64 = 7;
    /// A permission group has other rights in topics.
    pub const TOPICS_MODIFIED: i64 = 8;
}

wire! {
    /// What happened to permission groups of a community.
    PermissionNotice {
        group_id "GroupId": String,
        /// [`permission`] numbers.
        op_type "OpType": i64,
        operator "Operator_Account": String,
        /// The permission groups that this is about.
        ids "PermissionGroupIdList": Vec<String>,
    }
    ? {
        /// Made and changed: as they are now.
        infos "PermissionGroupInfoList": Vec<PermissionGroupInfo>,
        members "MemberList_Account": Vec<String>,
        /// Topics; those that were deleted are without `Permission`.
        topics "TopicPermissionList": Vec<TopicPermission>,
    }
}

wire! {
    /// Attributes of a group as they are after a write.
    GroupAttrNotice {
        group_id "GroupId": String,
        /// Rises by one with each write.
        main_seq "AttrMainSeq": u64,
        attributes "GroupAttrAry": Vec<GroupAttribute>,
        operator "Operator_Account": String,
    }
}

wire! {
    /// Counters of a group: those that were written, with their new values, and the keys of those that were deleted.
    GroupCounterNotice { group_id "GroupId": String, counters "GroupCounter": Vec<GroupCounter>, operator "Operator_Account": String }
    ? { deleted "DeletedKeys": Vec<String> }
}

wire! {
    /// Body of the tip that tells the product's Web SDK of counters.
    CounterTipBody { operator "Operator_Account": String, counters "GroupCounterInfo": Vec<GroupCounter> }
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
        kickout "KickoutMsgNotify": KickoutNotify,
    }
}

wire! {
    /// `KickoutMsgNotify`: what the product's clients read of a [`Kickout`], whose numbers are theirs.
    KickoutNotify { kick_type "KickType": i64 }
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
        group_profile "TernGroupInfo": Vec<SyncGroup>,
        members "TernGroupMember": MembersChange,
        topic "TernTopic": Vec<SyncTopic>,
        application "TernApplication": ApplicationHandled,
        session "TernSession": SessionChange,
        read_all "C2CReadAllMsg": i64,
        read_all_groups "GroupReadInfo": Vec<GroupReadInfo>,
        c2c_modified "C2cMsgModNotifys": Vec<Message>,
        group_modified "GroupMsgModNotifys": Vec<Message>,
        receipt "TernReceipt": Vec<ReceiptNotice>,
        reaction "TernReaction": Vec<ReactionNotice>,
        web_reactions "MsgReactionNotifyList": Vec<WebReactions>,
        pin "TernPin": PinNotice,
        deleted "TernDeleted": DeletedMessages,
        extension "TernExtension": ExtensionNotice,
        permission "TernPermission": PermissionNotice,
        group_attributes "TernGroupAttr": GroupAttrNotice,
        group_counters "TernGroupCounter": GroupCounterNotice,
        push_ready "TernPushReady": PushReady,
        push_cancel "TernPushCancel": Vec<PushCancel>,
        push_presence "TernPushPresence": Vec<PushPresenceItem>,
    }
}
