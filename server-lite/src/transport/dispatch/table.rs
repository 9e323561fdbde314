//! Every command that this server answers through the table, an area per function. The first frames of a link (`wslogin`,
//! `tern_push.login`), its heartbeats and its logout belong to the connection and are not here.

use super::Table;
use crate::service::{
    account, conversation, group, history_file, media, message, online, profile, push_outbox, read, recent_contact, relation,
    search, sync, web_sdk,
};
use tern_protocol::api::command;

/// All rows.
pub(super) fn fill(table: &mut Table) {
    accounts(table);
    profiles(table);
    online_state(table);
    groups(table);
    group_members(table);
    group_data(table);
    live_rooms(table);
    permission_groups(table);
    one_to_one_messages(table);
    group_messages(table);
    after_sending(table);
    read_marks(table);
    receipts(table);
    attached(table);
    conversations(table);
    topics(table);
    web_sdk_asks(table);
    web_sdk_words(table);
    merged_messages(table);
    history_files(table);
    searching(table);
    relations(table);
    files(table);
    push(table);
}

/// Accounts.
#[rustfmt::skip]
fn accounts(table: &mut Table) {
    table.write::<command::AccountImport,      _>(account::import);
    table.write::<command::MultiaccountImport, _>(account::import_many);
    table.write::<command::AccountDelete,      _>(account::delete);
    table.read ::<command::AccountCheck,       _>(account::check);
    table.write::<command::Kick,               _>(account::kick);
}

/// Profiles.
#[rustfmt::skip]
fn profiles(table: &mut Table) {
    table.write::<command::PortraitSet,    _>(profile::set);
    table.read ::<command::PortraitGet,    _>(profile::get);
    table.read ::<command::PortraitGetAll, _>(profile::get_all);
}

/// Online state.
#[rustfmt::skip]
fn online_state(table: &mut Table) {
    table.read ::<command::QueryOnlineStatus, _>(online::query);
    table.read ::<command::QueryState,        _>(online::query_state);
    table.write::<command::SubscribeStatus,   _>(online::subscribe);
    table.write::<command::UnsubscribeStatus, _>(online::unsubscribe);
    table.write::<command::SetCustomStatus,   _>(online::set_custom_status);
}

/// Groups and their profile.
#[rustfmt::skip]
fn groups(table: &mut Table) {
    table.write::<command::CreateGroup,           _>(group::create::create);
    table.write::<command::ImportGroup,           _>(group::create::import);
    table.read ::<command::GetAppidGroupList,     _>(group::read::of_app);
    table.write::<command::DestroyGroup,          _>(group::change::destroy);
    table.write::<command::ModifyGroupBaseInfo,   _>(group::change::modify);
    table.read ::<command::GetGroupInfo,          _>(group::read::info);
    table.read ::<command::GetJoinedGroupList,    _>(group::read::joined);
    table.read ::<command::SendGroupNotification, _>(group::tell::send_notification);
}

/// Members of groups, joining and leaving.
#[rustfmt::skip]
fn group_members(table: &mut Table) {
    table.write::<command::AddGroupMember,      _>(group::member::add);
    table.write::<command::DeleteGroupMember,   _>(group::member::remove);
    table.read ::<command::GetGroupMemberInfo,  _>(group::read::members);
    table.read ::<command::GetSpecifiedMembers, _>(group::read::specified);
    table.read ::<command::GetRoleInGroup,      _>(group::read::roles);
    table.write::<command::ApplyJoinGroup,      _>(group::application::apply);
    table.read ::<command::GetGroupSelfInfo,    _>(group::read::self_info);
    table.write::<command::ImportGroupMember,   _>(group::import::members);
    table.write::<command::ImportGroupMsg,      _>(message::import_group::import);
    table.write::<command::HandleApplyJoinGroup, _>(group::application::handle);
    table.read ::<command::Applications,        _>(group::application::list);
    table.write::<command::ApplicationsRead,    _>(group::application::mark_read);
    table.write::<command::LeaveGroup,          _>(group::member::leave);
    table.write::<command::QuitGroup,           _>(group::member::leave);
    table.write::<command::ModifyGroupMemberInfo, _>(group::member_change::modify);
    table.write::<command::ForbidSendMsg,       _>(group::mute::forbid);
    table.read ::<command::GetGroupMutedAccount, _>(group::mute::list);
    table.read ::<command::GetGroupShuttedUin,  _>(group::mute::list);
    table.write::<command::ChangeGroupOwner,    _>(group::owner::change);
    table.write::<command::SetUnreadMsgNum,     _>(group::unread::set);
}

/// Topics of communities.
#[rustfmt::skip]
fn topics(table: &mut Table) {
    table.write::<command::CreateTopic,          _>(group::topic::create::create);
    table.write::<command::ImportTopic,          _>(group::topic::create::import);
    table.write::<command::DestroyTopic,         _>(group::topic::change::destroy);
    table.write::<command::ModifyTopic,          _>(group::topic::change::modify);
    table.read ::<command::GetTopic,             _>(group::topic::read::get);
    table.read ::<command::GetJoinedCommunities, _>(group::topic::read::joined);
}

/// Attributes and counters of groups.
#[rustfmt::skip]
fn group_data(table: &mut Table) {
    table.read ::<command::GetGroupAttr,       _>(group::attribute::get);
    table.write::<command::ModifyGroupAttr,    _>(group::attribute::modify);
    table.write::<command::SetGroupAttr,       _>(group::attribute::set);
    table.write::<command::ClearGroupAttr,     _>(group::attribute::clear);
    table.write::<command::DeleteGroupAttr,    _>(group::attribute::delete);
    table.read ::<command::GetGroupCounter,    _>(group::counter::get);
    table.write::<command::UpdateGroupCounter, _>(group::counter::update);
    table.write::<command::DeleteGroupCounter, _>(group::counter::delete);
}

/// Live rooms.
#[rustfmt::skip]
fn live_rooms(table: &mut Table) {
    table.read ::<command::GetOnlineMemberNum, _>(group::live_room::online_member_num);
    table.read ::<command::GetRoomMembers,     _>(group::live_room::list);
    table.write::<command::ModifyUserInfo,     _>(group::live_room::modify_user_info);
    table.write::<command::ModifyRoomAdmin,    _>(group::live_room::modify_admin);
    table.read ::<command::GetRoomAdminList,   _>(group::live_room::admins);
    table.read ::<command::CheckRoomMembers,   _>(group::live_room::check_members);
    table.write::<command::BanGroupMember,     _>(group::live_room::ban);
    table.write::<command::UnbanGroupMember,   _>(group::live_room::unban);
    table.read ::<command::GetGroupBanMember,  _>(group::live_room::banned);
    table.write::<command::SendBroadcastMsg,   _>(message::broadcast::send);
}

/// Permission groups of communities.
#[rustfmt::skip]
fn permission_groups(table: &mut Table) {
    use group::permission_group::{change, member, own, read, topic};
    table.write::<command::CreatePermissionGroup,       _>(change::create);
    table.write::<command::ModifyPermissionGroup,       _>(change::modify);
    table.write::<command::DestroyPermissionGroup,      _>(change::destroy);
    table.read ::<command::GetPermissionGroup,          _>(read::get);
    table.write::<command::AddTopicPermissionGroup,     _>(topic::add);
    table.write::<command::SetTopicPermissionGroup,     _>(topic::set);
    table.write::<command::DeleteTopicPermissionGroup,  _>(topic::delete);
    table.read ::<command::GetTopicPermissionGroup,     _>(topic::get);
    table.write::<command::AddPermissionGroupMember,    _>(member::add);
    table.write::<command::DeletePermissionGroupMember, _>(member::delete);
    table.read ::<command::GetPermissionGroupMembers,   _>(member::list);
    table.read ::<command::OwnRights,                   _>(own::get);
}

/// One-to-one messages.
#[rustfmt::skip]
fn one_to_one_messages(table: &mut Table) {
    table.write::<command::SendMsg,         _>(message::c2c::send);
    table.write::<command::BatchSendMsg,    _>(message::c2c::batch_send);
    table.read ::<command::AdminGetRoamMsg, _>(message::history::admin_roam);
    table.read ::<command::GetRoamMsg,      _>(message::history::roam_own);
    table.write::<command::MsgReaded,       _>(conversation::msg_readed);
    table.read ::<command::GetPeerReadTime, _>(conversation::peer_read_time);
}

/// Group messages.
#[rustfmt::skip]
fn group_messages(table: &mut Table) {
    table.write::<command::SendGroupMsg,      _>(message::group::send);
    table.read ::<command::GroupMsgGetSimple, _>(message::history::group_msg_get);
    table.read ::<command::GroupMsgGet,       _>(message::history::group_msg_get);
    table.write::<command::MsgReadReport,     _>(conversation::msg_read_report);
}

/// After sending.
#[rustfmt::skip]
fn after_sending(table: &mut Table) {
    table.write::<command::ImportMsg,              _>(message::import::import);
    table.write::<command::AdminMsgWithdraw,       _>(message::recall::admin_withdraw);
    table.write::<command::MsgWithdraw,            _>(message::recall::withdraw);
    table.write::<command::GroupMsgRecall,         _>(message::recall::group_recall);
    table.write::<command::DeleteGroupMsgBySender, _>(message::recall::delete_by_sender);
    table.write::<command::ModifyC2cMsg,           _>(message::modify::c2c);
    table.write::<command::ModifyGroupMsg,         _>(message::modify::group);
    table.write::<command::DeleteC2cMsg,           _>(message::delete::c2c);
    table.write::<command::DeleteGroupMsgs,        _>(message::delete::group);
    table.write::<command::DeleteMessages,         _>(message::delete::delete);
    table.write::<command::ClearHistory,           _>(message::delete::clear);
    table.write::<command::ClearGroupMsg,          _>(message::delete::clear_group);
}

/// Read marks of several conversations, and by the backend.
#[rustfmt::skip]
fn read_marks(table: &mut Table) {
    table.write::<command::AdminSetMsgRead,    _>(read::admin_set_msg_read);
    table.read ::<command::GetC2cUnreadMsgNum, _>(read::c2c_unread);
    table.write::<command::ReadAll,            _>(read::read_all);
}

/// Receipts per message.
#[rustfmt::skip]
fn receipts(table: &mut Table) {
    table.write::<command::C2cMsgReadReceipt,        _>(message::receipt::c2c);
    table.write::<command::GroupMsgReceipt,          _>(message::receipt::group_receipt);
    table.read ::<command::GetGroupMsgReceipt,       _>(message::receipt::group_counts);
    table.read ::<command::GetGroupMsgReceiptDetail, _>(message::receipt::group_detail);
    table.read ::<command::Receipts,                 _>(message::receipt::receipts);
}

/// Attached to messages.
#[rustfmt::skip]
fn attached(table: &mut Table) {
    table.write::<command::React,             _>(message::reaction::react);
    table.read ::<command::Reactions,         _>(message::reaction::reactions);
    table.write::<command::PinMessage,        _>(message::group_pin::pin_message);
    table.write::<command::UnpinMessage,      _>(message::group_pin::unpin_message);
    table.read ::<command::Pins,              _>(message::group_pin::pins);
    table.read ::<command::GetKeyValues,      _>(message::extension::get_of_pair);
    table.write::<command::SetKeyValues,      _>(message::extension::set_of_pair);
    table.read ::<command::GroupGetKeyValues, _>(message::extension::get_of_group);
    table.write::<command::GroupSetKeyValues, _>(message::extension::set_of_group);
}

/// Conversations and synchronisation.
#[rustfmt::skip]
fn conversations(table: &mut Table) {
    table.read ::<command::GetList,            _>(conversation::get_list);
    table.read ::<command::PageGet,            _>(conversation::page_get);
    table.write::<command::ConversationTop,    _>(recent_contact::set_top);
    table.write::<command::DeleteConversation, _>(recent_contact::delete);
    table.write::<command::ClearMsg,           _>(message::delete::clear_msg);
    table.write::<command::BatchDelete,        _>(recent_contact::batch_delete);
    table.write::<command::Top,                _>(recent_contact::top);
    table.write::<command::SetConversation,    _>(recent_contact::option::set);
    table.write::<command::SetPeerMute,        _>(recent_contact::option::set_peer_mute);
    table.read ::<command::GetPeerMute,        _>(recent_contact::option::peer_mutes);
    table.write::<command::MarkContact,        _>(recent_contact::mark::mark);
    table.write::<command::CreateContactGroup, _>(recent_contact::group::create);
    table.write::<command::DelContactGroup,    _>(recent_contact::group::delete);
    table.write::<command::UpdateContactGroup, _>(recent_contact::group::update);
    table.read ::<command::GetContactGroup,    _>(recent_contact::group::get);
    table.read ::<command::SearchContactGroup, _>(recent_contact::group::search);
    table.read ::<command::SyncPull,           _>(sync::pull);
    table.read ::<command::History,            _>(message::history::history);
    table.read ::<command::ChangedMessages,    _>(message::history::changed);
}

/// What the product's Web SDK asks besides.
#[rustfmt::skip]
fn web_sdk_asks(table: &mut Table) {
    table.read ::<command::PendencyGet,          _>(web_sdk::nothing);
    table.read ::<command::GetMsg,               _>(web_sdk::unread_msgs);
    // System notices that were dealt with: they are not kept.
    table.read ::<command::DeleteNotices,        _>(web_sdk::nothing);
    table.read ::<command::PushAcknowledged,     _>(web_sdk::nothing);
    table.read ::<command::FetchConfig,          _>(web_sdk::nothing);
    table.read ::<command::FetchPurchaseBits,    _>(web_sdk::purchase_bits);
    table.read ::<command::BatchGetGroupNotify,  _>(web_sdk::nothing);
    table.read ::<command::WebReport,            _>(web_sdk::nothing);
}

/// What the product's Web SDK asks for in words of its own.
#[rustfmt::skip]
fn web_sdk_words(table: &mut Table) {
    use message::web_reaction as reaction;
    table.read ::<command::GetUserStatus,          _>(online::web_states);
    table.write::<command::StatusSubscribe,        _>(online::web_subscribe);
    table.write::<command::StatusUnsubscribe,      _>(online::unsubscribe);
    table.read ::<command::GetPendency,            _>(group::application::pendency);
    table.read ::<command::GetCommunityPendency,   _>(group::application::community_pendency);
    table.write::<command::ReactionAdd,            _>(reaction::add);
    table.write::<command::ReactionDel,            _>(reaction::delete);
    table.read ::<command::ReactionMultiStat,      _>(reaction::stats_of_pair);
    table.read ::<command::ReactionIterate,        _>(reaction::users);
    table.write::<command::GroupReactionAdd,       _>(reaction::add);
    table.write::<command::GroupReactionDel,       _>(reaction::delete);
    table.read ::<command::GroupReactionMultiStat, _>(reaction::stats_of_group);
    table.read ::<command::GroupReactionIterate,   _>(reaction::users);
    table.read ::<command::GetPinnedMessages,      _>(message::group_pin::pinned_messages);
    table.write::<command::PreSig,                 _>(media::pre_sig);
    table.read ::<command::GetGroupPublicInfo,     _>(group::read::info);
    table.read ::<command::WebSearchMessages,      _>(search::web::messages);
    table.read ::<command::WebSearchUsers,         _>(search::web::users);
    table.read ::<command::WebSearchGroups,        _>(search::web::groups);
    table.read ::<command::WebSearchMembers,       _>(search::web::members);
}

/// Merged messages.
#[rustfmt::skip]
fn merged_messages(table: &mut Table) {
    table.write::<command::RelayPut, _>(message::relay::put);
    table.read ::<command::RelayGet, _>(message::relay::get);
}

/// An hour's messages.
#[rustfmt::skip]
fn history_files(table: &mut Table) {
    table.read ::<command::GetHistory, _>(history_file::get_history);
}

/// Search.
#[rustfmt::skip]
fn searching(table: &mut Table) {
    table.read ::<command::SearchMessages, _>(search::messages::search);
    table.read ::<command::SearchUsers,    _>(search::names::users);
    table.read ::<command::SearchGroups,   _>(search::names::groups);
    table.read ::<command::SearchMembers,  _>(search::names::members);
}

/// Friends and block lists.
#[rustfmt::skip]
fn relations(table: &mut Table) {
    table.write::<command::FriendImport,    _>(relation::friend::import);
    table.read ::<command::FriendGet,       _>(relation::list::friends);
    table.read ::<command::FriendGroupGet,  _>(relation::list::groups);
    table.write::<command::BlackListAdd,    _>(relation::block::add);
    table.write::<command::BlackListDelete, _>(relation::block::remove);
    table.read ::<command::BlackListGet,    _>(relation::block::get);
    table.read ::<command::BlackListCheck,  _>(relation::block::check);
}

/// Files.
#[rustfmt::skip]
fn files(table: &mut Table) {
    table.write::<command::MediaBegin,   _>(media::begin);
    table.read ::<command::MediaFinish,  _>(media::finish);
    table.read ::<command::GetCosSig,    _>(media::get_cos_sig);
    table.write::<command::ForbidObject, _>(media::forbid);
    table.write::<command::AllowObject,  _>(media::allow);
}

/// Push.
#[rustfmt::skip]
fn push(table: &mut Table) {
    table.write::<command::SetToken,     _>(push_outbox::set_token);
    table.write::<command::Background,   _>(push_outbox::background);
    table.write::<command::Foreground,   _>(push_outbox::foreground);
    table.write::<command::PushPull,     _>(push_outbox::pull);
    table.write::<command::PushAck,      _>(push_outbox::ack);
    table.write::<command::PushReport,   _>(push_outbox::report);
    table.read ::<command::PushState,    _>(push_outbox::state);
    table.read ::<command::PushPresence, _>(push_outbox::presence_page);
}
