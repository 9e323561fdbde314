//! Commands: one request and one answer type each, a file per area, and the table that names them.
//!
//! A command is named once, `service.command`; REST reaches it as `POST /v4/<service>/<command>`, a client as a frame.

pub mod account;
pub mod annotation;
pub mod conversation;
pub mod fault;
pub mod group;
pub mod history_file;
pub mod media;
pub mod message;
pub mod message_change;
pub mod presence;
pub mod profile;
pub mod push;
pub mod receipt;
pub mod recent_contact;
pub mod relation;
pub mod relay;
pub mod search;
pub mod web_sdk;
pub(crate) mod wire;

use crate::ErrorCode;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// A command by its name and types; the markers are in [`command`].
pub trait Command: Send + Sync + 'static {
    /// `service.command`.
    const NAME: &'static str;
    /// Its fields.
    type Request: Serialize + DeserializeOwned + Send + 'static;
    /// What comes back beside the envelope.
    type Answer: Serialize + DeserializeOwned + Send + 'static;
}

wire::wire! {
    /// An answer that is the envelope alone, or a request without fields.
    Empty {}
}

/// Kinds of callers, as a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Callers(u8);

impl Callers {
    /// An app admin over REST.
    pub const ADMIN: Self = Self(1);
    /// A person's session over WebSocket.
    pub const USER: Self = Self(2);
    /// A push bridge over WebSocket.
    pub const BRIDGE: Self = Self(4);

    /// Both sets.
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether one of `other` is among these.
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

/// A row of the command table.
#[derive(Clone, Copy, Debug)]
pub struct CommandRow {
    /// `service.command`.
    pub name: &'static str,
    /// Who may call it.
    pub callers: Callers,
    /// REST calls per second and application, where such limits are on (`contract/rest-api.md` section 1).
    pub calls_per_second: u32,
}

impl CommandRow {
    /// The row of a command.
    pub fn find(name: &str) -> Option<&'static Self> {
        COMMANDS.iter().find(|row| row.name == name)
    }
}

macro_rules! commands {
    ($($marker:ident $name:literal $callers:ident $rate:literal: $request:ty => $answer:ty;)*) => {
        /// Every command.
        pub const COMMANDS: &[CommandRow] =
            &[$(CommandRow { name: $name, callers: callers::$callers, calls_per_second: $rate }),*];

        /// A marker per command.
        pub mod command {
            use super::{
                Command, Empty, account, annotation, conversation, group, history_file, media, message, message_change, presence, profile, push, receipt,
                recent_contact, relation, relay, search, web_sdk,
            };
            $(
                #[doc = concat!("`", $name, "`")]
                #[derive(Clone, Copy, Debug)]
                pub enum $marker {}
                impl Command for $marker {
                    const NAME: &'static str = $name;
                    type Request = $request;
                    type Answer = $answer;
                }
            )*
        }
    };
}

mod callers {
    use super::Callers;
    pub(super) const REST: Callers = Callers::ADMIN;
    pub(super) const USER: Callers = Callers::USER;
    pub(super) const BOTH: Callers = Callers::ADMIN.and(Callers::USER);
    pub(super) const BRIDGE: Callers = Callers::BRIDGE;
    pub(super) const LINK: Callers = Callers::USER.and(Callers::BRIDGE);
}

commands! {
    // accounts and login
    AccountImport        "im_open_login_svc.account_import"       REST 200: account::AccountImport => Empty;
    MultiaccountImport   "im_open_login_svc.multiaccount_import"  REST 100: account::MultiaccountImport => account::MultiaccountImported;
    AccountDelete        "im_open_login_svc.account_delete"       REST 100: account::AccountDelete => account::AccountResults;
    AccountCheck         "im_open_login_svc.account_check"        REST 100: account::AccountCheck => account::AccountResults;
    Kick                 "im_open_login_svc.kick"                 REST 200: account::Kick => Empty;
    Login                "im_open_status.wslogin"                 USER 200: account::Login => account::LoggedIn;
    Logout               "im_open_status.wslogout"                USER 200: account::Logout => Empty;
    Hello                "im_open_status.wshello"                 USER 200: account::Hello => Empty;
    Alive                "heartbeat.alive"                        LINK 200: account::Hello => Empty;
    // online state
    QueryOnlineStatus    "openim.query_online_status"             REST 200: presence::QueryOnlineStatus => presence::OnlineStatus;
    QueryState           "openim.querystate"                      REST 200: presence::QueryOnlineStatus => presence::OnlineStatus;
    // one-to-one messages
    SendMsg              "openim.sendmsg"                         BOTH 200: message::SendMsg => message::MsgSent;
    BatchSendMsg         "openim.batchsendmsg"                    REST 200: message::BatchSendMsg => message::BatchSent;
    AdminGetRoamMsg      "openim.admin_getroammsg"                REST 200: message::AdminGetRoamMsg => message::RoamMsgs;
    GetRoamMsg           "openim.getroammsg"                      USER 200: message::GetRoamMsg => message::RoamMsgs;
    MsgReaded            "openim.msgreaded"                       USER 200: message::MsgReaded => Empty;
    GetPeerReadTime      "openim.get_peer_read_time"              USER 200: message::GetPeerReadTime => message::PeerReadTime;
    // group messages
    SendGroupMsg         "group_open_http_svc.send_group_msg"     BOTH 200: message::SendGroupMsg => message::GroupMsgSent;
    GroupMsgGetSimple    "group_open_http_svc.group_msg_get_simple" REST 200: message::GroupMsgGet => message::GroupMsgs;
    GroupMsgGet          "group_open_http_svc.group_msg_get"      USER 200: message::GroupMsgGet => message::GroupMsgs;
    MsgReadReport        "group_open_http_svc.msg_read_report"    USER 200: message::MsgReadReport => Empty;
    // conversations and synchronisation
    GetList              "recentcontact.get_list"                 REST 200: conversation::RecentContacts => conversation::RecentContactPage;
    PageGet              "recentcontact.page_get"                 USER 200: conversation::RecentContacts => conversation::RecentContactPage;
    ConversationTop      "tern_conversation.top"                  USER 200: conversation::SetTop => Empty;
    SyncPull             "tern_sync.pull"                         USER 200: conversation::SyncPull => conversation::Synced;
    History              "tern_sync.history"                      USER 200: conversation::History => conversation::HistoryPage;
    ChangedMessages      "tern_sync.messages"                     USER 200: conversation::ChangedMessages => conversation::ChangedMessageList;
    // profiles
    PortraitSet          "profile.portrait_set"                   BOTH 200: profile::PortraitSet => Empty;
    PortraitGet          "profile.portrait_get"                   BOTH 200: profile::PortraitGet => profile::Portraits;
    PortraitGetAll       "profile.portrait_get_all"               USER 200: profile::PortraitGetAll => profile::Portraits;
    // groups
    CreateGroup          "group_open_http_svc.create_group"       BOTH 200: group::CreateGroup => group::GroupCreated;
    DestroyGroup         "group_open_http_svc.destroy_group"      BOTH 200: group::GroupName => Empty;
    GetGroupInfo         "group_open_http_svc.get_group_info"     BOTH 200: group::GetGroupInfo => group::GroupInfos;
    ModifyGroupBaseInfo  "group_open_http_svc.modify_group_base_info" BOTH 200: group::ModifyGroupBaseInfo => Empty;
    GetJoinedGroupList   "group_open_http_svc.get_joined_group_list" BOTH 200: group::GetJoinedGroupList => group::JoinedGroups;
    AddGroupMember       "group_open_http_svc.add_group_member"   BOTH 200: group::AddGroupMember => group::MembersAdded;
    DeleteGroupMember    "group_open_http_svc.delete_group_member" BOTH 200: group::DeleteGroupMember => Empty;
    GetGroupMemberInfo   "group_open_http_svc.get_group_member_info" BOTH 200: group::GetGroupMemberInfo => group::GroupMembers;
    GetSpecifiedMembers  "group_open_http_svc.get_specified_group_member_info" BOTH 200: group::GetSpecifiedMembers => group::SpecifiedMembers;
    SendGroupNotification "group_open_http_svc.send_group_system_notification" REST 200: group::SendGroupNotification => Empty;
    GetRoleInGroup       "group_open_http_svc.get_role_in_group"  BOTH 200: group::GetRoleInGroup => group::MemberRoles;
    ApplyJoinGroup       "group_open_http_svc.apply_join_group"   USER 200: group::ApplyJoinGroup => group::JoinApplied;
    QuitGroup            "group_open_http_svc.quit_group"         USER 200: group::GroupName => Empty;
    GetGroupSelfInfo     "group_open_http_svc.get_group_self_member_info" USER 200: group::GetGroupInfo => group::OwnPlaces;
    LeaveGroup           "tern_group.leave"                       USER 200: group::GroupName => Empty;
    // what the product's Web SDK asks besides
    PendencyGet          "sns.pendency_get"                       USER 200: Empty => Empty;
    GetMsg               "openim.getmsg"                          USER 200: Empty => web_sdk::UnreadMsgs;
    PushAcknowledged     "openim.ws_msg_push_ack"                 USER 200: Empty => Empty;
    GetJoinedCommunities "million_group_open_http_svc.get_joined_group_list" USER 200: Empty => group::JoinedGroups;
    FetchConfig          "im_sdk_config_mgr.fetch_config"         USER 200: Empty => Empty;
    FetchPurchaseBits    "im_sdk_config_mgr.fetch_imsdk_purchase_bitsv2" USER 200: Empty => Empty;
    BatchGetGroupNotify  "group_open_http_svc.batch_get_group_notify" USER 200: Empty => Empty;
    SetGroupOption       "group_open_http_svc.modify_group_member_info" USER 200: web_sdk::SetGroupOption => Empty;
    WebReport            "imopenstat.tim_web_report_v2"           USER 200: Empty => Empty;
    // push: a phone's session, then bridges
    SetToken             "tern_push.set_token"                    USER 200: push::SetToken => Empty;
    Background           "tern_push.background"                   USER 200: push::Background => Empty;
    Foreground           "tern_push.foreground"                   USER 200: Empty => Empty;
    PushLogin            "tern_push.login"                        BRIDGE 200: push::PushLogin => push::PushLoggedIn;
    PushPull             "tern_push.pull"                         BRIDGE 200: push::PushPull => push::PushJobs;
    PushAck              "tern_push.ack"                          BRIDGE 200: push::PushAck => Empty;
    PushReport           "tern_push.report"                       BRIDGE 200: push::PushReport => Empty;
    PushState            "tern_push.state"                        BRIDGE 200: push::PushStateQuery => push::PushStates;
    PushPresence         "tern_push.presence"                     BRIDGE 200: push::PushPresence => push::PushPresencePage;
    // after sending
    ImportMsg            "openim.importmsg"                       REST 200: message_change::ImportMsg => Empty;
    AdminMsgWithdraw     "openim.admin_msgwithdraw"               REST 200: message_change::AdminMsgWithdraw => Empty;
    MsgWithdraw          "openim.msgwithdraw"                     USER 200: message_change::MsgWithdraw => Empty;
    GroupMsgRecall       "group_open_http_svc.group_msg_recall"   BOTH 200: message_change::GroupMsgRecall => message_change::RecallResults;
    DeleteGroupMsgBySender "group_open_http_svc.delete_group_msg_by_sender" REST 200: message_change::DeleteGroupMsgBySender => Empty;
    ClearGroupMsg        "group_open_http_svc.clear_group_msg"    REST 200: message_change::ClearGroupMsg => Empty;
    ModifyC2cMsg         "openim.modify_c2c_msg"                  BOTH 200: message_change::ModifyC2cMsg => message_change::MsgModified;
    ModifyGroupMsg       "openim.modify_group_msg"                BOTH 200: message_change::ModifyGroupMsg => message_change::MsgModified;
    DeleteC2cMsg         "openim.delete_c2c_msg_ramble"           BOTH 200: message_change::DeleteC2cMsg => Empty;
    DeleteGroupMsgs      "group_open_http_svc.delete_group_ramble_msg_by_seq" USER 200: message_change::DeleteGroupMsgs => Empty;
    DeleteMessages       "tern_message.delete"                    USER 200: message_change::DeleteMessages => Empty;
    ClearHistory         "tern_message.clear"                     USER 200: message_change::ClearHistory => Empty;
    // read marks and receipts
    AdminSetMsgRead      "openim.admin_set_msg_read"              REST 200: receipt::AdminSetMsgRead => Empty;
    GetC2cUnreadMsgNum   "openim.get_c2c_unread_msg_num"          REST 200: receipt::GetC2cUnreadMsgNum => receipt::C2cUnread;
    ReadAll              "openim.read_all_unread_msg"             USER 200: receipt::ReadAll => Empty;
    C2cMsgReadReceipt    "openim.c2c_msg_read_receipt"            BOTH 200: receipt::C2cMsgReadReceipt => Empty;
    GroupMsgReceipt      "group_open_http_svc.group_msg_receipt"  BOTH 200: receipt::GroupMsgReceipt => Empty;
    GetGroupMsgReceipt   "group_open_http_svc.get_group_msg_receipt" BOTH 200: receipt::GetGroupMsgReceipt => receipt::ReceiptCounts;
    GetGroupMsgReceiptDetail "group_open_http_svc.get_group_msg_receipt_detail" BOTH 200: receipt::GetGroupMsgReceiptDetail => receipt::ReceiptDetail;
    Receipts             "tern_message.receipts"                  USER 200: receipt::Receipts => receipt::ReceiptList;
    // attached to messages
    GetKeyValues         "openim_msg_ext_http_svc.get_key_values" BOTH 200: annotation::GetKeyValues => annotation::KeyValues;
    SetKeyValues         "openim_msg_ext_http_svc.set_key_values" BOTH 200: annotation::SetKeyValues => annotation::ExtensionResults;
    GroupGetKeyValues    "openim_msg_ext_http_svc.group_get_key_values" BOTH 200: annotation::GetKeyValues => annotation::KeyValues;
    GroupSetKeyValues    "openim_msg_ext_http_svc.group_set_key_values" BOTH 200: annotation::SetKeyValues => annotation::ExtensionResults;
    React                "tern_message.react"                     USER 200: annotation::React => Empty;
    Reactions            "tern_message.reactions"                 USER 200: annotation::Reactions => annotation::ReactionList;
    PinMessage           "group_open_http_svc.pin_message"        USER 200: annotation::PinMessage => Empty;
    UnpinMessage         "tern_message.unpin"                     USER 200: annotation::PinMessage => Empty;
    Pins                 "tern_message.pins"                      USER 200: annotation::Pins => annotation::PinList;
    // acting on conversations
    DeleteConversation   "recentcontact.delete"                   REST 200: recent_contact::DeleteConversation => Empty;
    ClearMsg             "recentcontact.clear_msg"                USER 200: recent_contact::ClearMsg => Empty;
    BatchDelete          "recentcontact.batch_delete"             USER 200: recent_contact::BatchDelete => recent_contact::BatchDeleted;
    Top                  "recentcontact.top"                      USER 200: recent_contact::Top => Empty;
    MarkContact          "recentcontact.mark_contact"             BOTH 200: recent_contact::MarkContact => recent_contact::MarkResults;
    CreateContactGroup   "recentcontact.create_contact_group"     BOTH 200: recent_contact::CreateContactGroup => recent_contact::ContactGroupsCreated;
    DelContactGroup      "recentcontact.del_contact_group"        BOTH 200: recent_contact::DelContactGroup => recent_contact::ContactGroupsDeleted;
    UpdateContactGroup   "recentcontact.update_contact_group"     BOTH 200: recent_contact::UpdateContactGroup => recent_contact::ContactGroupUpdated;
    GetContactGroup      "recentcontact.get_contact_group"        BOTH 200: recent_contact::GetContactGroup => recent_contact::ContactGroups;
    SearchContactGroup   "recentcontact.search_contact_group"     BOTH 200: recent_contact::SearchContactGroup => recent_contact::ContactGroupHits;
    SetConversation      "tern_conversation.set"                  USER 200: recent_contact::SetConversation => Empty;
    GetPeerMute          "openim.get_c2c_peer_mute_notifications" USER 200: recent_contact::GetPeerMute => recent_contact::PeerMutes;
    SetPeerMute          "openim.set_c2c_peer_mute_notifications" USER 200: recent_contact::SetPeerMute => Empty;
    // friends and block lists
    FriendGet            "sns.friend_get"                         BOTH 200: relation::FriendGet => relation::Friends;
    FriendGroupGet       "sns.group_get"                          BOTH 200: relation::FriendGroupGet => relation::FriendGroups;
    FriendImport         "sns.friend_import"                      REST 200: relation::FriendImport => relation::RelationResults;
    BlackListAdd         "sns.black_list_add"                     BOTH 200: relation::BlackListChange => relation::RelationResults;
    BlackListDelete      "sns.black_list_delete"                  BOTH 200: relation::BlackListChange => relation::RelationResults;
    BlackListGet         "sns.black_list_get"                     BOTH 200: relation::BlackListGet => relation::BlackList;
    BlackListCheck       "sns.black_list_check"                   BOTH 200: relation::BlackListCheck => relation::BlackListChecked;
    // merged messages
    RelayPut             "tern_message.relay_put"                 BOTH 200: relay::RelayPut => relay::RelayKey;
    RelayGet             "tern_message.relay_get"                 BOTH 200: relay::RelayKey => relay::RelayList;
    // operations
    GetHistory           "open_msg_svc.get_history"               REST 10: history_file::GetHistory => history_file::HistoryFiles;
    // files and search
    MediaBegin           "tern_media.begin"                       USER 200: media::MediaBegin => media::MediaBegun;
    MediaFinish          "tern_media.finish"                      USER 200: media::MediaFinish => media::MediaFile;
    GetCosSig            "im_cos_msg.get_cos_sig"                 REST 200: media::GetCosSig => media::PreSigUrls;
    ForbidObject         "im_cos_msg.forbid_illegal_object"       REST 200: media::CosObject => Empty;
    AllowObject          "im_cos_msg.allow_banned_object"         REST 200: media::CosObject => Empty;
    SearchMessages       "tern_search.messages"                   USER 200: search::SearchMessages => search::SearchedMessages;
    SearchUsers          "tern_search.users"                      USER 200: search::SearchNames => search::FoundUsers;
    SearchGroups         "tern_search.groups"                     USER 200: search::SearchNames => search::FoundGroups;
    SearchMembers        "tern_search.members"                    USER 200: search::SearchNames => search::FoundMembers;
}

/// `ActionStatus` of an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ActionStatus {
    /// Done.
    #[default]
    #[serde(rename = "OK")]
    Ok,
    /// Refused; `ErrorCode` says why.
    #[serde(rename = "FAIL")]
    Fail,
    /// A batch send failed for part of its targets.
    SomeError,
}

/// The first fields of every answer (`contract/rest-api.md` section 1).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Envelope {
    /// Whether it worked.
    pub action_status: ActionStatus,
    /// 0: success.
    pub error_code: ErrorCode,
    /// Reason.
    pub error_info: String,
    /// Extra, on profile, relationship and conversation answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_display: Option<String>,
}

impl Envelope {
    /// Success.
    pub fn ok() -> Self {
        Self::default()
    }

    /// A refusal.
    pub fn fail(code: ErrorCode, info: impl Into<String>) -> Self {
        Self { action_status: ActionStatus::Fail, error_code: code, error_info: info.into(), error_display: None }
    }

    /// JSON of this envelope followed by the fields of `answer`, which must serialise to an object.
    pub fn with<T: Serialize>(&self, answer: &T) -> Result<String, serde_json::Error> {
        let mut text = serde_json::to_string(self)?;
        let fields = serde_json::to_string(answer)?;
        if fields.len() > 2 {
            text.pop();
            text.push(',');
            text.push_str(&fields[1..]);
        }
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_command_stands_once_in_the_table() {
        let names: BTreeSet<&str> = COMMANDS.iter().map(|row| row.name).collect();
        assert_eq!(names.len(), COMMANDS.len());
        assert!(names.iter().all(|name| name.split('.').count() == 2));
    }

    #[test]
    fn null_and_absent_fields_read_alike_and_aliases_are_taken() {
        let import: account::AccountImport = serde_json::from_str(r#"{"Identifier":"ann","Nick":null,"New":1}"#).unwrap();
        assert_eq!((import.user_id.as_str(), import.nick), ("ann", None));
        let check: account::AccountCheck = serde_json::from_str(r#"{"CheckItem":null}"#).unwrap();
        assert!(check.check_item.is_empty());
    }

    #[test]
    fn the_envelope_comes_first() {
        let answer = presence::OnlineStatus::default();
        assert_eq!(Envelope::ok().with(&answer).unwrap(), r#"{"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":"","QueryResult":[]}"#);
        assert_eq!(Envelope::ok().with(&Empty {}).unwrap(), r#"{"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":""}"#);
    }
}
