//! The command table: name, callers, REST calls per second, request and answer. An area per paragraph.

use super::CommandRow;

macro_rules! commands {
    ($($marker:ident $name:literal $callers:ident $rate:literal: $request:ty => $answer:ty;)*) => {
        /// Every command.
        pub const COMMANDS: &[CommandRow] =
            &[$(CommandRow { name: $name, callers: callers::$callers, calls_per_second: $rate }),*];

        /// A marker per command.
        pub mod command {
            use crate::api::{
                Command,
                Empty,
                account,
                annotation,
                conversation,
                group,
                group_application,
                group_data,
                group_member,
                history_file,
                live_room,
                media,
                message,
                message_change,
                permission_group,
                presence,
                profile,
                push,
                receipt,
                recent_contact,
                relation,
                relay,
                search,
                topic,
                web_sdk,
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
    use crate::api::Callers;
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
    QueryOnlineStatus    "openim.query_online_status"             BOTH 200: presence::QueryOnlineStatus => presence::OnlineStatus;
    QueryState           "openim.querystate"                      REST 200: presence::QueryOnlineStatus => presence::OnlineStatus;
    SubscribeStatus      "tern_presence.subscribe"                USER 200: presence::Watch => presence::OnlineStatus;
    UnsubscribeStatus    "tern_presence.unsubscribe"              USER 200: presence::Watch => Empty;
    SetCustomStatus      "im_open_status.ws_set_custom_status"    USER 200: presence::SetCustomStatus => Empty;
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
    // groups and their profile
    CreateGroup          "group_open_http_svc.create_group"       BOTH 200: group::CreateGroup => group::GroupCreated;
    DestroyGroup         "group_open_http_svc.destroy_group"      BOTH 200: group::GroupName => Empty;
    ImportGroup          "group_open_http_svc.import_group"       REST 200: group::CreateGroup => group::GroupCreated;
    GetAppidGroupList    "group_open_http_svc.get_appid_group_list" REST 1: group::GetAppidGroupList => group::AppidGroups;
    GetGroupInfo         "group_open_http_svc.get_group_info"     BOTH 200: group::GetGroupInfo => group::GroupInfos;
    ModifyGroupBaseInfo  "group_open_http_svc.modify_group_base_info" BOTH 200: group::ModifyGroupBaseInfo => Empty;
    GetJoinedGroupList   "group_open_http_svc.get_joined_group_list" BOTH 200: group::GetJoinedGroupList => group::JoinedGroups;
    SendGroupNotification "group_open_http_svc.send_group_system_notification" REST 200: group::SendGroupNotification => Empty;
    // members of groups, joining and leaving
    AddGroupMember       "group_open_http_svc.add_group_member"   BOTH 200: group::AddGroupMember => group::MembersAdded;
    DeleteGroupMember    "group_open_http_svc.delete_group_member" BOTH 200: group::DeleteGroupMember => Empty;
    GetGroupMemberInfo   "group_open_http_svc.get_group_member_info" BOTH 200: group::GetGroupMemberInfo => group::GroupMembers;
    GetSpecifiedMembers  "group_open_http_svc.get_specified_group_member_info" BOTH 200: group::GetSpecifiedMembers => group::SpecifiedMembers;
    GetRoleInGroup       "group_open_http_svc.get_role_in_group"  BOTH 200: group::GetRoleInGroup => group::MemberRoles;
    ApplyJoinGroup       "group_open_http_svc.apply_join_group"   USER 200: group::ApplyJoinGroup => group::JoinApplied;
    QuitGroup            "group_open_http_svc.quit_group"         USER 200: group::GroupName => Empty;
    GetGroupSelfInfo     "group_open_http_svc.get_group_self_member_info" USER 200: group::GetGroupInfo => group::OwnPlaces;
    ModifyGroupMemberInfo "group_open_http_svc.modify_group_member_info" BOTH 200: group_member::ModifyGroupMemberInfo => Empty;
    ForbidSendMsg        "group_open_http_svc.forbid_send_msg"    BOTH 200: group_member::ForbidSendMsg => Empty;
    GetGroupMutedAccount "group_open_http_svc.get_group_muted_account" BOTH 200: group_member::GetGroupMutedAccount => group_member::MutedAccounts;
    GetGroupShuttedUin   "group_open_http_svc.get_group_shutted_uin" BOTH 200: group_member::GetGroupMutedAccount => group_member::MutedAccounts;
    ChangeGroupOwner     "group_open_http_svc.change_group_owner" BOTH 200: group_member::ChangeGroupOwner => Empty;
    SetUnreadMsgNum      "group_open_http_svc.set_unread_msg_num" REST 200: group_member::SetUnreadMsgNum => Empty;
    HandleApplyJoinGroup "group_open_http_svc.handle_apply_join_group" USER 200: group_application::HandleApplyJoinGroup => Empty;
    Applications         "tern_group.applications"                USER 200: Empty => group_application::Applications;
    ApplicationsRead     "tern_group.applications_read"           USER 200: group_application::ApplicationsRead => Empty;
    ImportGroupMember    "group_open_http_svc.import_group_member" REST 200: group_member::ImportGroupMember => group::MembersAdded;
    ImportGroupMsg       "group_open_http_svc.import_group_msg"   REST 200: group_member::ImportGroupMsg => group_member::GroupMsgsImported;
    LeaveGroup           "tern_group.leave"                       USER 200: group::GroupName => Empty;
    // topics of communities
    CreateTopic          "million_group_open_http_svc.create_topic" BOTH 200: topic::CreateTopic => topic::TopicCreated;
    DestroyTopic         "million_group_open_http_svc.destroy_topic" BOTH 200: topic::DestroyTopic => topic::TopicsDestroyed;
    ModifyTopic          "million_group_open_http_svc.modify_topic" BOTH 200: topic::ModifyTopic => Empty;
    GetTopic             "million_group_open_http_svc.get_topic"  BOTH 200: topic::GetTopic => topic::Topics;
    GetJoinedCommunities "million_group_open_http_svc.get_joined_group_list" BOTH 200: group::GetJoinedGroupList => group::JoinedGroups;
    ImportTopic          "group_open_http_svc.import_topic"       REST 200: topic::ImportTopic => topic::TopicCreated;
    // permission groups of communities
    CreatePermissionGroup "group_open_http_svc.create_permission_group" BOTH 200: permission_group::CreatePermissionGroup => permission_group::PermissionGroupCreated;
    DestroyPermissionGroup "group_open_http_svc.destroy_permission_group" BOTH 200: permission_group::DestroyPermissionGroup => permission_group::PermissionGroupResults;
    ModifyPermissionGroup "group_open_http_svc.modify_permission_group" BOTH 200: permission_group::ModifyPermissionGroup => Empty;
    GetPermissionGroup   "group_open_http_svc.get_permission_group" BOTH 200: permission_group::GetPermissionGroup => permission_group::PermissionGroupInfos;
    AddTopicPermissionGroup "group_open_http_svc.add_topic_permission_group" BOTH 200: permission_group::PutTopicPermission => permission_group::TopicPermissionResults;
    SetTopicPermissionGroup "group_open_http_svc.set_topic_permission_group" BOTH 200: permission_group::PutTopicPermission => permission_group::TopicPermissionResults;
    DeleteTopicPermissionGroup "group_open_http_svc.delete_topic_permission_group" BOTH 200: permission_group::NamedTopicPermission => permission_group::TopicPermissionResults;
    GetTopicPermissionGroup "group_open_http_svc.get_topic_permission_group" BOTH 200: permission_group::NamedTopicPermission => permission_group::TopicPermissionResults;
    AddPermissionGroupMember "group_open_http_svc.add_permission_group_member" BOTH 200: permission_group::PermissionGroupMembers => group::MembersAdded;
    DeletePermissionGroupMember "group_open_http_svc.delete_permission_group_member" BOTH 200: permission_group::PermissionGroupMembers => Empty;
    GetPermissionGroupMembers "group_open_http_svc.get_permission_group_member_list" BOTH 200: permission_group::GetPermissionGroupMembers => permission_group::PermissionGroupMemberPage;
    OwnRights            "tern_group.own_rights"                  USER 200: group::GroupName => permission_group::OwnRights;
    // what the product's Web SDK asks besides
    PendencyGet          "sns.pendency_get"                       USER 200: Empty => Empty;
    GetMsg               "openim.getmsg"                          USER 200: Empty => web_sdk::UnreadMsgs;
    DeleteNotices        "openim.deletemsg"                       USER 200: Empty => Empty;
    PushAcknowledged     "openim.ws_msg_push_ack"                 USER 200: Empty => Empty;
    FetchConfig          "im_sdk_config_mgr.fetch_config"         USER 200: Empty => Empty;
    FetchPurchaseBits    "im_sdk_config_mgr.fetch_imsdk_purchase_bitsv2" USER 200: Empty => web_sdk::PurchaseBits;
    BatchGetGroupNotify  "group_open_http_svc.batch_get_group_notify" USER 200: Empty => Empty;
    WebReport            "imopenstat.tim_web_report_v2"           USER 200: Empty => Empty;
    GetUserStatus        "im_open_status.ws_get_user_status"      USER 200: presence::Watch => web_sdk::WebUserStates;
    StatusSubscribe      "im_open_status.ws_status_subscribe"     USER 200: presence::Watch => web_sdk::WebUserStates;
    StatusUnsubscribe    "im_open_status.ws_status_unsubscribe"   USER 200: presence::Watch => Empty;
    GetPendency          "group_open_http_svc.get_pendency"       USER 200: web_sdk::GetPendency => web_sdk::PendencyPage;
    GetCommunityPendency "million_group_open_http_svc.get_pendency" USER 200: web_sdk::GetPendency => web_sdk::PendencyPage;
    ReactionAdd          "openim_msg_ext_http_svc.reaction_add"   USER 200: web_sdk::MessageReaction => Empty;
    ReactionDel          "openim_msg_ext_http_svc.reaction_del"   USER 200: web_sdk::MessageReaction => Empty;
    ReactionMultiStat    "openim_msg_ext_http_svc.reaction_multi_stat" USER 200: web_sdk::ReactionQuery => web_sdk::ReactionStats;
    ReactionIterate      "openim_msg_ext_http_svc.reaction_iterate" USER 200: web_sdk::MessageReaction => web_sdk::ReactionUsers;
    GroupReactionAdd     "openim_msg_ext_http_svc.group_reaction_add" USER 200: web_sdk::MessageReaction => Empty;
    GroupReactionDel     "openim_msg_ext_http_svc.group_reaction_del" USER 200: web_sdk::MessageReaction => Empty;
    GroupReactionMultiStat "openim_msg_ext_http_svc.group_reaction_multi_stat" USER 200: web_sdk::ReactionQuery => web_sdk::ReactionStats;
    GroupReactionIterate "openim_msg_ext_http_svc.group_reaction_iterate" USER 200: web_sdk::MessageReaction => web_sdk::ReactionUsers;
    GetPinnedMessages    "group_open_http_svc.get_pinned_messages" USER 200: annotation::Pins => web_sdk::PinnedMessages;
    PreSig               "im_cos_msg.pre_sig"                     USER 200: web_sdk::PreSig => web_sdk::PreSigned;
    GetGroupPublicInfo   "group_open_http_svc.get_group_public_info" USER 200: group::GetGroupInfo => group::GroupInfos;
    WebSearchMessages    "message_search.query"                   USER 200: web_sdk::WebSearchMessages => web_sdk::WebSearchedMessages;
    WebSearchUsers       "user_search.query"                      USER 200: web_sdk::WebSearchNames => web_sdk::WebFoundUsers;
    WebSearchGroups      "group_search.query"                     USER 200: web_sdk::WebSearchNames => web_sdk::WebFoundGroups;
    WebSearchMembers     "group_member_search.query"              USER 200: web_sdk::WebSearchNames => web_sdk::WebFoundMembers;
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
    // attributes and counters of groups
    GetGroupAttr         "group_open_attr_http_svc.get_group_attr" BOTH 200: group_data::GroupAttrName => group_data::GroupAttributes;
    ModifyGroupAttr      "group_open_http_svc.modify_group_attr"  BOTH 200: group_data::ChangeGroupAttr => group_data::AttributesWritten;
    SetGroupAttr         "group_open_http_svc.set_group_attr"     BOTH 200: group_data::ChangeGroupAttr => group_data::AttributesWritten;
    ClearGroupAttr       "group_open_http_svc.clear_group_attr"   BOTH 200: group_data::GroupAttrName => group_data::AttributesWritten;
    DeleteGroupAttr      "group_open_http_svc.delete_group_attr"  BOTH 200: group_data::ChangeGroupAttr => group_data::AttributesWritten;
    GetGroupCounter      "group_open_http_svc.get_group_counter"  BOTH 200: group_data::GroupCounterKeys => group_data::GroupCounters;
    UpdateGroupCounter   "group_open_http_svc.update_group_counter" BOTH 200: group_data::UpdateGroupCounter => group_data::GroupCounters;
    DeleteGroupCounter   "group_open_http_svc.delete_group_counter" BOTH 200: group_data::GroupCounterKeys => Empty;
    // live rooms
    GetOnlineMemberNum   "group_open_http_svc.get_online_member_num" BOTH 200: group::GroupName => live_room::OnlineMemberNum;
    GetRoomMembers       "group_open_avchatroom_http_svc.get_members" BOTH 200: live_room::GetRoomMembers => live_room::RoomMembers;
    ModifyUserInfo       "group_open_avchatroom_http_svc.modify_user_info" BOTH 200: live_room::ModifyUserInfo => live_room::UserInfoModified;
    ModifyRoomAdmin      "group_open_avchatroom_http_svc.modify_admin" BOTH 200: live_room::ModifyRoomAdmin => Empty;
    GetRoomAdminList     "group_open_avchatroom_http_svc.get_admin_list" BOTH 200: group::GroupName => live_room::RoomAdmins;
    CheckRoomMembers     "group_open_avchatroom_http_svc.check_members" BOTH 200: live_room::CheckRoomMembers => live_room::CheckRoomMembers;
    BanGroupMember       "group_open_http_svc.ban_group_member"   BOTH 200: live_room::BanGroupMember => Empty;
    UnbanGroupMember     "group_open_http_svc.unban_group_member" BOTH 200: live_room::BanGroupMember => Empty;
    GetGroupBanMember    "group_open_http_svc.get_group_ban_member" BOTH 200: live_room::GetGroupBanMember => live_room::BannedAccounts;
    SendBroadcastMsg     "group_open_http_svc.send_broadcast_msg" REST 200: live_room::SendBroadcastMsg => live_room::BroadcastSent;
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
