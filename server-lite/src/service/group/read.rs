//! Reading groups and members, with the contract's filters (`contract/rest-api.md` sections 11 and 12).

use super::change::on_off;
use super::custom::{self, Whose};
use super::permission::{Action, Standing, allows};
use super::{GroupError, check, existing, live_room, member, named, standing};
use crate::service::{AreaError, Caller, Context, Outcome, presence};
use crate::store::conversation::{self, Ends, Thread};
use crate::store::engine::{StoreError, Tx};
use crate::store::group::{self, GroupRow, MemberPage, MemberRow, NamedMember};
use crate::store::{self, GroupNo, TinyId, account};
use std::collections::HashMap;
use tern_protocol::api::group::{
    AppDefined, AppidGroups, GetAppidGroupList, GetGroupInfo, GetGroupMemberInfo, GetJoinedGroupList, GetRoleInGroup,
    GetSpecifiedMembers, GroupInfos, GroupItem, GroupMembers, GroupProfile, JoinedGroups, MemberProfile, MemberRole, MemberRoles,
    OwnPlaces, ResponseFilter, SpecifiedMembers,
};
use tern_protocol::limits;
use tern_protocol::model::group::{GroupKind, Role};

/// Accounts in one `get_role_in_group`.
const ROLE_QUERY: usize = 500;
/// Accounts in one `get_specified_group_member_info`.
const SPECIFIED_MEMBERS: usize = 50;
/// Members of a page unless less is asked for (`contract/rest-api.md` section 12).
const MEMBER_PAGE: u64 = 6_000;
/// Members of a page of a community.
const COMMUNITY_PAGE: u64 = 100;
/// Groups of a page of `get_appid_group_list`.
const APP_PAGE: i64 = 10_000;
/// Answers longer than this are refused.
const ANSWER_BYTES: usize = 1024 * 1024;
/// How far back the last message of a member is looked for.
const LAST_SENT_WINDOW: i64 = 5_000;

/// Which fields an answer holds: without a filter all, with one what it names.
#[derive(Clone, Copy, Debug)]
struct Fields<'a>(Option<&'a [String]>);

impl Fields<'_> {
    fn has(&self, name: &str) -> bool {
        // Samples name the account of a member without its prefix.
        let is_named = |word: &String| word == name || (name == "Member_Account" && word == "Account");
        self.0.is_none_or(|named| named.iter().any(is_named))
    }

    fn pick<T>(&self, name: &str, value: T) -> Option<T> {
        self.has(name).then_some(value)
    }

    /// Fields that are read only when a filter names them.
    fn is_asked_for(&self, name: &str) -> bool {
        self.0.is_some() && self.has(name)
    }
}

/// `MsgSeq` and time (Unix seconds) of a group's last message; zeros before the first.
pub(super) fn last_message(tx: &Tx<'_>, group: GroupNo) -> Result<(u64, i64), StoreError> {
    let thread = conversation::find(tx, Ends::Group(group))?;
    Ok(thread.map_or((0, 0), |thread| (thread.last_pos.cast_unsigned(), thread.last_time)))
}

fn profile(tx: &Tx<'_>, cx: &Context, group: &GroupRow, fields: Fields<'_>) -> Result<GroupProfile, StoreError> {
    let is_room = group.kind == GroupKind::AvChatRoom;
    let (last_seq, last_time) = match is_room {
        true => live_room::last_message(tx, cx, group.no)?,
        false => last_message(tx, group.no)?,
    };
    let member_num = if is_room { cx.rooms.count(group.no) } else { group.member_num };
    let owner = member::owner_name(tx, group)?.unwrap_or_default();
    let mute_all = on_off(group.mute_all).to_owned();
    let mute_wanted = fields.has("MuteAllMember") || fields.has("ShutUpAllMember");
    let community = group.kind == GroupKind::Community;
    Ok(GroupProfile {
        group_id: group.group_id.clone(),
        error_code: None,
        error_info: None,
        kind: fields.pick("Type", group.kind.wire().to_owned()),
        name: fields.pick("Name", group.name.clone()),
        appid: fields.pick("Appid", u64::from(cx.app.id.0)),
        introduction: fields.pick("Introduction", group.introduction.clone()),
        notification: fields.pick("Notification", group.notification.clone()),
        face_url: fields.pick("FaceUrl", group.face_url.clone()),
        owner_account: fields.pick("Owner_Account", owner),
        create_time: fields.pick("CreateTime", group.created_at),
        info_seq: fields.pick("InfoSeq", group.info_seq),
        last_info_time: fields.pick("LastInfoTime", group.last_info_at),
        last_msg_time: fields.pick("LastMsgTime", last_time),
        next_msg_seq: fields.pick("NextMsgSeq", last_seq + 1),
        member_num: fields.pick("MemberNum", member_num),
        max_member_num: fields.pick("MaxMemberNum", group.max_members),
        apply_join_option: fields.pick("ApplyJoinOption", group.join_option.apply_wire().to_owned()),
        invite_join_option: fields.pick("InviteJoinOption", group.invite_option.invite_wire().to_owned()),
        mute_all_member: mute_wanted.then(|| mute_all.clone()),
        shut_up_all_member: mute_wanted.then_some(mute_all),
        // The product's clients do not ask for it and must know it.
        support_topic: (community && (fields.has("SupportTopic") || !cx.caller.is_admin()))
            .then_some(i64::from(group.support_topic)),
        enable_permission: fields.pick("EnablePermission", i64::from(group.enable_permission)).filter(|_| community),
        default_permission: fields.pick("DefaultPermission", group.default_permission).filter(|_| community),
        history_before_join: fields.is_asked_for("HistoryMsgBeforeJoin").then(|| {
            let open = super::permission::storage::history_before_join(&cx.app, group);
            on_off(open).to_owned()
        }),
        app_defined_data: None,
        member_list: None,
        self_info: None,
    })
}

/// What a page of members needs besides their rows.
struct MemberReader<'a> {
    tx: &'a Tx<'a>,
    cx: &'a Context,
    kind: GroupKind,
    standing: Standing,
    fields: Fields<'a>,
    custom: Option<&'a [String]>,
    thread: Option<Thread>,
    last_sent: HashMap<TinyId, i64>,
}

impl<'a> MemberReader<'a> {
    fn new(
        tx: &'a Tx<'a>,
        cx: &'a Context,
        group: &GroupRow,
        fields: Fields<'a>,
        custom: Option<&'a [String]>,
    ) -> Result<Self, StoreError> {
        let thread = conversation::find(tx, Ends::Group(group.no))?;
        // The server side alone sees when somebody last spoke, and not in the two large types.
        let shown = matches!(group.kind, GroupKind::Work | GroupKind::Public | GroupKind::Meeting) && cx.caller.is_admin();
        let last_sent = match &thread {
            Some(thread) if shown && fields.has("LastSendMsgTime") => {
                group::last_sent(tx, thread.id, thread.last_pos - LAST_SENT_WINDOW)?
            }
            _ => HashMap::new(),
        };
        let standing = standing(tx, cx, group)?;
        Ok(Self { tx, cx, kind: group.kind, standing, fields, custom, thread, last_sent })
    }

    fn profile(&self, member: &MemberRow, user_id: &str, nick: &str) -> Result<MemberProfile, StoreError> {
        let fields = self.fields;
        let now = self.cx.now_seconds();
        let muted_until = if member.muted_until > now { member.muted_until } else { 0 };
        let mute_wanted = fields.has("MuteUntil") || fields.has("ShutUpUntil");
        let read = match (&self.thread, fields.has("MsgSeq")) {
            (Some(thread), true) => {
                let own = conversation::own_row(self.tx, member.tiny_id, thread.id)?.unwrap_or_default();
                own.read_pos.max(own.floor(thread, member.join_seq.cast_signed())).cast_unsigned()
            }
            _ => member.join_seq,
        };
        let shows_last_sent = self.cx.caller.is_admin() && !matches!(self.kind, GroupKind::Community | GroupKind::AvChatRoom);
        let last_sent = self.last_sent.get(&member.tiny_id).copied().unwrap_or(0);
        let own = self.cx.caller.person().is_some_and(|person| person.tiny_id == member.tiny_id);
        let whose = if own { Whose::Own } else { Whose::Member };
        // A filter returns only what it names.
        let custom = match self.custom.is_some() || fields.has("AppMemberDefinedData") {
            true => custom::read(&self.cx.app, self.kind, self.standing, whose, &member.custom, self.custom),
            false => Vec::new(),
        };
        Ok(MemberProfile {
            member_account: Some(user_id.to_owned()),
            role: fields.pick("Role", member.role.map_or("", Role::wire).to_owned()),
            join_time: fields.pick("JoinTime", member.joined_at),
            msg_seq: fields.pick("MsgSeq", read),
            msg_flag: fields.pick("MsgFlag", member.receive.wire().to_owned()),
            last_send_msg_time: fields.pick("LastSendMsgTime", last_sent).filter(|_| shows_last_sent),
            name_card: fields.pick("NameCard", member.name_card.clone()),
            mute_until: mute_wanted.then_some(muted_until),
            shut_up_until: mute_wanted.then_some(muted_until),
            online_status: match fields.is_asked_for("OnlineStatus") {
                true => Some(presence::status(self.tx, self.cx, member.tiny_id)?.0.as_str().to_owned()),
                false => None,
            },
            app_member_defined_data: (!custom.is_empty()).then_some(custom),
            nick: (!nick.is_empty() && !self.cx.caller.is_admin()).then(|| nick.to_owned()),
        })
    }

    fn page(&self, members: &[NamedMember]) -> Result<Vec<MemberProfile>, StoreError> {
        members.iter().map(|named| self.profile(&named.member, &named.user_id, &named.nick)).collect()
    }
}

/// `group_open_http_svc.get_group_info`. The outer code is 0 even when single groups fail.
pub(crate) fn info(tx: &Tx<'_>, cx: &Context, request: GetGroupInfo) -> Result<Outcome<GroupInfos>, GroupError> {
    if request.group_id_list.is_empty() {
        return Err(GroupError::BadParameter("GroupIdList is missing".into()));
    }
    if request.group_id_list.len() > limits::GROUP_INFO_BATCH {
        return Err(GroupError::BadParameter(format!("GroupIdList names more than {} groups", limits::GROUP_INFO_BATCH)));
    }
    let mut infos = GroupInfos::default();
    for group_id in &request.group_id_list {
        let item = item_or_error(group_id, one_info(tx, cx, group_id, request.response_filter.as_ref()))?;
        infos.group_info.push(item);
    }
    refuse_long(&infos)?;
    Ok(Outcome::reply(infos))
}

fn one_info(tx: &Tx<'_>, cx: &Context, group_id: &str, filter: Option<&ResponseFilter>) -> Result<GroupProfile, GroupError> {
    let group = named(tx, cx, Some(group_id))?;
    let standing = standing(tx, cx, &group)?;
    check(&group, Action::ReadInfo, standing)?;
    let base = Fields(filter.and_then(|filter| filter.group_base_info_filter.as_deref()));
    let mut item = profile(tx, cx, &group, base)?;
    (item.error_code, item.error_info) = (Some(0), Some(String::new()));
    let wanted = filter.and_then(|filter| filter.app_defined_data_filter_group.as_deref());
    // A filter returns only what it names.
    if filter.is_none() || wanted.is_some() || base.is_asked_for("AppDefinedData") {
        item.app_defined_data = custom_fields(cx, &group, standing, wanted);
    }
    let members = filter.and_then(|filter| filter.member_info_filter.as_deref());
    // The large types have lists of their own; strangers see the profile alone.
    let lists =
        !matches!(group.kind, GroupKind::Community | GroupKind::AvChatRoom) && allows(group.kind, Action::ReadMembers, standing);
    if lists && (filter.is_none() || members.is_some()) {
        let page = group::members(tx, group.no, MemberPage { limit: MEMBER_PAGE, ..MemberPage::default() })?;
        let custom = filter.and_then(|filter| filter.app_defined_data_filter_group_member.as_deref());
        item.member_list = Some(MemberReader::new(tx, cx, &group, Fields(members), custom)?.page(&page)?);
    }
    Ok(item)
}

/// Custom fields of a group that the caller may read, of those that are wanted.
fn custom_fields(cx: &Context, group: &GroupRow, standing: Standing, wanted: Option<&[String]>) -> Option<Vec<AppDefined>> {
    let fields = custom::read(&cx.app, group.kind, standing, Whose::Group, &group.custom, wanted);
    (!fields.is_empty()).then_some(fields)
}

pub(super) fn refuse_long(answer: &impl serde::Serialize) -> Result<(), GroupError> {
    let length = serde_json::to_vec(answer).map_or(usize::MAX, |bytes| bytes.len());
    if length > ANSWER_BYTES { Err(GroupError::AnswerTooLong) } else { Ok(()) }
}

/// `group_open_http_svc.get_group_member_info`
pub(crate) fn members(tx: &Tx<'_>, cx: &Context, request: GetGroupMemberInfo) -> Result<Outcome<GroupMembers>, GroupError> {
    let group = named(tx, cx, request.group_id.as_deref())?;
    if group.kind == GroupKind::AvChatRoom && !cx.caller.is_admin() {
        return live_room::for_client(tx, cx, &group, &request);
    }
    check(&group, Action::ReadMembers, standing(tx, cx, &group)?)?;
    let number = |field: &str, value: Option<i64>| match value {
        None => Ok(0),
        Some(value) => u64::try_from(value).map_err(|_| GroupError::BadParameter(format!("{field} may not be negative"))),
    };
    let community = group.kind == GroupKind::Community;
    let most = if community { COMMUNITY_PAGE } else { MEMBER_PAGE };
    let limit = match number("Limit", request.limit)? {
        0 => most,
        limit => limit.min(most),
    };
    let mut roles = Vec::new();
    for word in request.member_role_filter.iter().flatten() {
        roles.push(Role::parse(word).ok_or_else(|| GroupError::BadParameter("MemberRoleFilter names no role".into()))?);
    }
    let after = match request.next.as_deref().filter(|next| community && !next.is_empty()) {
        None => None,
        Some(next) => Some(TinyId(next.parse().map_err(|_| GroupError::BadParameter("Next is of no earlier answer".into()))?)),
    };
    let offset = if community { 0 } else { number("Offset", request.offset)? };
    let page = group::members(tx, group.no, MemberPage { roles: &roles, after, offset, limit })?;
    let next = match page.last() {
        Some(last) if page.len() as u64 == limit => last.member.tiny_id.to_string(),
        _ => String::new(),
    };
    let custom = request.app_defined_data_filter_group_member.as_deref();
    let reader = MemberReader::new(tx, cx, &group, Fields(request.member_info_filter.as_deref()), custom)?;
    let answer = GroupMembers { member_num: group.member_num, member_list: reader.page(&page)?, next: community.then_some(next) };
    refuse_long(&answer)?;
    Ok(Outcome::reply(answer))
}

/// `group_open_http_svc.get_specified_group_member_info`
pub(crate) fn specified(tx: &Tx<'_>, cx: &Context, request: GetSpecifiedMembers) -> Result<Outcome<SpecifiedMembers>, GroupError> {
    let group = named(tx, cx, request.group_id.as_deref())?;
    check(&group, Action::ReadMembers, standing(tx, cx, &group)?)?;
    let names = request.member_list.unwrap_or_default();
    if names.is_empty() || names.len() > SPECIFIED_MEMBERS {
        return Err(GroupError::BadParameter(format!("Member_List_Account must name 1 to {SPECIFIED_MEMBERS} accounts")));
    }
    let custom = request.app_defined_data_filter_group_member.as_deref();
    let reader = MemberReader::new(tx, cx, &group, Fields(request.member_info_filter.as_deref()), custom)?;
    let mut member_list = Vec::new();
    for name in names {
        let Some(account) = account::find(tx, cx.app.id, &name)? else { continue };
        let Some(member) = group::member(tx, group.no, account.tiny_id)? else { continue };
        let Some(role) = member.role else { continue };
        let wanted = request.member_role_filter.as_ref().filter(|roles| !roles.is_empty());
        if wanted.is_none_or(|roles| roles.iter().any(|word| word == role.wire())) {
            member_list.push(reader.profile(&member, &account.user_id, &account.nick)?);
        }
    }
    Ok(Outcome::reply(SpecifiedMembers { group_id: group.group_id, member_list }))
}

/// `group_open_http_svc.get_appid_group_list`
pub(crate) fn of_app(tx: &Tx<'_>, cx: &Context, request: GetAppidGroupList) -> Result<Outcome<AppidGroups>, GroupError> {
    let kind = match request.group_type.as_deref().filter(|word| !word.is_empty()) {
        None => None,
        Some(word) => Some(GroupKind::parse(word).ok_or_else(|| GroupError::BadParameter("GroupType is no group type".into()))?),
    };
    let limit = match request.limit.unwrap_or(0) {
        0 => APP_PAGE,
        limit @ 1..=APP_PAGE => limit,
        limit if limit > APP_PAGE => return Err(GroupError::BadParameter(format!("Limit may be {APP_PAGE} at most"))),
        _ => return Err(GroupError::BadParameter("Limit may not be negative".into())),
    };
    let after =
        u64::try_from(request.next.unwrap_or(0)).map_err(|_| GroupError::BadParameter("Next may not be negative".into()))?;
    let mut rows = group::of_app(tx, cx.app.id, kind, GroupNo(after), limit + 1)?;
    let more = i64::try_from(rows.len()).unwrap_or(i64::MAX) > limit;
    if more {
        rows.pop();
    }
    let answer = AppidGroups {
        total_count: group::count(tx, cx.app.id, kind)?.cast_unsigned(),
        next: rows.last().filter(|_| more).map_or(0, |(no, _)| no.0),
        group_id_list: rows.into_iter().map(|(_, group_id)| GroupItem { group_id }).collect(),
    };
    refuse_long(&answer)?;
    Ok(Outcome::reply(answer))
}

/// `group_open_http_svc.get_joined_group_list`
pub(crate) fn joined(tx: &Tx<'_>, cx: &Context, request: GetJoinedGroupList) -> Result<Outcome<JoinedGroups>, GroupError> {
    let named = request.member_account.as_deref().filter(|name| !name.is_empty());
    let name = match (named, &cx.caller) {
        (Some(name), _) if member::is_other_user(cx, name) => {
            return Err(GroupError::Forbidden("a user may only list its own groups"));
        }
        (Some(name), _) => name.to_owned(),
        (None, Caller::User(person)) => person.user_id.to_string(),
        (None, _) => return Err(GroupError::BadParameter("Member_Account is missing".into())),
    };
    let account = existing(tx, cx, &name)?;
    let kind = match request.group_type.as_deref().filter(|word| !word.is_empty()) {
        None => None,
        Some(word) => Some(GroupKind::parse(word).ok_or_else(|| GroupError::BadParameter("GroupType is no group type".into()))?),
    };
    let mut rows = Vec::new();
    for (row, own) in group::of_user(tx, account.tiny_id)? {
        let wanted = kind.is_none_or(|kind| kind == row.kind)
            && (row.kind != GroupKind::AvChatRoom || request.with_huge_groups == Some(1) || kind == Some(row.kind))
            && (row.kind != GroupKind::Community
                || match request.support_topic {
                    Some(topic) => (topic == 1) == row.support_topic,
                    // Clients keep communities with topics in a list of their own.
                    None => !row.support_topic || kind.is_some() || cx.caller.is_admin(),
                });
        if wanted && (request.with_no_active_groups == Some(1) || is_active(&row, &own)) {
            rows.push((row, own));
        }
    }
    if request.with_huge_groups == Some(1) || kind == Some(GroupKind::AvChatRoom) {
        for row in live_room::joined(tx, cx, account.tiny_id)? {
            if kind.is_none_or(|kind| kind == row.kind) {
                let own = room_row(cx, &row, account.tiny_id);
                rows.push((row, own));
            }
        }
    }
    let total_count = rows.len() as u64;
    let number = |value: Option<i64>| value.and_then(|value| usize::try_from(value).ok());
    let limit =
        number(request.limit).filter(|limit| *limit > 0).unwrap_or(limits::JOINED_GROUP_PAGE).min(limits::JOINED_GROUP_PAGE);
    let filter = request.response_filter.unwrap_or_default();
    let nothing: &[String] = &[];
    let base = Fields(Some(filter.group_base_info_filter.as_deref().unwrap_or(nothing)));
    let mut group_id_list = Vec::new();
    for (row, own) in rows.into_iter().skip(number(request.offset).unwrap_or(0)).take(limit) {
        let mut item = profile(tx, cx, &row, base)?;
        if base.has("AppDefinedData") {
            item.app_defined_data = custom_fields(cx, &row, standing(tx, cx, &row)?, None);
        }
        if let Some(names) = filter.self_info_filter.as_deref() {
            let reader = MemberReader::new(tx, cx, &row, Fields(Some(names)), None)?;
            let info = reader.profile(&own, &account.user_id, "")?;
            item.self_info =
                Some(MemberProfile { member_account: Fields(Some(names)).pick("Member_Account", name.clone()), ..info });
        }
        group_id_list.push(item);
    }
    let answer = JoinedGroups { total_count, group_id_list };
    refuse_long(&answer)?;
    Ok(Outcome::reply(answer))
}

/// `group_open_http_svc.get_group_self_member_info`: groups of a client with its own place in each.
pub(crate) fn self_info(tx: &Tx<'_>, cx: &Context, request: GetGroupInfo) -> Result<Outcome<OwnPlaces>, GroupError> {
    if request.group_id_list.len() > limits::GROUP_INFO_BATCH {
        return Err(GroupError::BadParameter(format!("GroupIdList names more than {} groups", limits::GROUP_INFO_BATCH)));
    }
    let Some(person) = cx.caller.person() else { return Err(GroupError::Forbidden("only people have a place in groups")) };
    let filter = request.response_filter.unwrap_or_default();
    let mut group_info = Vec::new();
    for group_id in &request.group_id_list {
        let found = named(tx, cx, Some(group_id)).and_then(|group| {
            if group.kind == GroupKind::AvChatRoom {
                let own = live_room::own_place(tx, cx, &group, person.tiny_id)?;
                let own = own.ok_or(GroupError::Forbidden("you are not in this room"))?;
                let mut item = profile(tx, cx, &group, Fields(filter.group_base_info_filter.as_deref()))?;
                item.self_info = Some(own);
                return Ok(item);
            }
            let own = group::member(tx, group.no, person.tiny_id)?.filter(|own| own.role.is_some());
            let own = own.ok_or(GroupError::Forbidden("you are no member of this group"))?;
            let mut item = profile(tx, cx, &group, Fields(filter.group_base_info_filter.as_deref()))?;
            let reader = MemberReader::new(tx, cx, &group, Fields(filter.self_info_filter.as_deref()), None)?;
            item.self_info = Some(reader.profile(&own, person.user_id.as_str(), "")?);
            Ok(item)
        });
        group_info.push(item_or_error(group_id, found)?);
    }
    Ok(Outcome::reply(OwnPlaces { group_info }))
}

/// One who is in a live room, as if a row said so.
fn room_row(cx: &Context, group: &GroupRow, user: TinyId) -> MemberRow {
    MemberRow {
        tiny_id: user,
        role: Some(if group.owner == Some(user) { Role::Owner } else { Role::Member }),
        joined_at: live_room::joined_at(cx, group.no, user),
        join_seq: 0,
        name_card: String::new(),
        receive: super::permission::storage::receive_option(&cx.app, group.kind),
        muted_until: 0,
        custom: "{}".into(),
        rev: 0,
    }
}

/// A refusal of one group stands in its item; a failure below refuses the whole.
fn item_or_error(group_id: &str, found: Result<GroupProfile, GroupError>) -> Result<GroupProfile, GroupError> {
    match found {
        Err(GroupError::Store(error)) => Err(error.into()),
        Err(error) => {
            let (error_code, error_info) = (Some(AreaError::code(&error).0), Some(error.to_string()));
            Ok(GroupProfile { group_id: group_id.to_owned(), error_code, error_info, ..GroupProfile::default() })
        }
        found => found,
    }
}

/// A Work group is its owner's alone until the first message (GRP-068).
fn is_active(group: &GroupRow, own: &MemberRow) -> bool {
    group.active || own.role == Some(Role::Owner)
}

/// `group_open_http_svc.get_role_in_group`
pub(crate) fn roles(tx: &Tx<'_>, cx: &Context, request: GetRoleInGroup) -> Result<Outcome<MemberRoles>, GroupError> {
    let group = named(tx, cx, request.group_id.as_deref())?;
    if request.user_account.is_empty() {
        return Err(GroupError::BadParameter("User_Account is missing".into()));
    }
    if request.user_account.len() > ROLE_QUERY {
        return Err(GroupError::TooManyAccounts(ROLE_QUERY));
    }
    let standing = standing(tx, cx, &group)?;
    if group.kind == GroupKind::AvChatRoom {
        return Err(GroupError::Unsupported(group.kind));
    }
    if standing == Standing::Outside {
        return Err(GroupError::Forbidden("only members of the group may do this"));
    }
    let mut user_id_list = Vec::new();
    for name in request.user_account {
        let role = match store::account::find(tx, cx.app.id, &name)? {
            Some(account) => group::role(tx, group.no, account.tiny_id)?,
            None => None,
        };
        user_id_list.push(MemberRole { member_account: name, role: role.map_or("NotMember", Role::wire).into() });
    }
    Ok(Outcome::reply(MemberRoles { user_id_list }))
}
