//! `create_group`.

use super::custom::{self, Whose};
use super::member::{self, Newcomer};
use super::permission::limits::{self as plan, Count};
use super::permission::{self, Standing};
use super::{GroupError, check_texts, existing, operator, shown, tell};
use crate::service::{Audience, Caller, Context, Effect, Outcome};
use crate::store::account::AccountRow;
use crate::store::engine::Tx;
use crate::store::group::GroupRow;
use crate::store::{self, GroupNo};
use std::collections::HashSet;
use tern_protocol::api::group::{CreateGroup, GroupCreated, NewMember};
use tern_protocol::event::{Event, notice};
use tern_protocol::model::group::{GroupKind, JoinOption, Role};
use tern_protocol::{GroupId, limits};

/// Characters of a made ID after its prefix.
const MADE_ID_LENGTH: usize = 9;
/// Without characters that look alike.
const MADE_ID_ALPHABET: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";

/// `group_open_http_svc.create_group`
pub(crate) fn create(tx: &Tx<'_>, cx: &Context, request: CreateGroup) -> Result<Outcome<GroupCreated>, GroupError> {
    let kind = kind(&request)?;
    check_plan(tx, cx, kind)?;
    let owner = owner(tx, cx, request.owner_account.as_deref())?;
    let group_id = group_id(tx, cx, kind, request.group_id.as_deref(), owner.as_ref())?;
    let members = first_members(tx, cx, kind, request.member_list.as_deref().unwrap_or_default(), owner.as_ref())?;
    let group = profile(cx, &request, kind, group_id, owner.as_ref())?;
    make(tx, cx, group, owner.as_ref(), &members, Telling::Everybody)
}

/// `group_open_http_svc.import_group`: nobody is told, and it may have been made earlier.
pub(crate) fn import(tx: &Tx<'_>, cx: &Context, request: CreateGroup) -> Result<Outcome<GroupCreated>, GroupError> {
    let kind = kind(&request)?;
    if !permission::storage::kept(kind).import {
        return Err(GroupError::Unsupported(kind));
    }
    let now = cx.now_seconds();
    let created_at = request.create_time.filter(|time| *time != 0).unwrap_or(now);
    if !(0..=now).contains(&created_at) {
        return Err(GroupError::BadParameter("CreateTime must be in the past".into()));
    }
    check_plan(tx, cx, kind)?;
    let owner = owner(tx, cx, request.owner_account.as_deref())?;
    let group_id = group_id(tx, cx, kind, request.group_id.as_deref(), owner.as_ref())?;
    let group = profile(cx, &request, kind, group_id, owner.as_ref())?;
    // What was spoken in elsewhere is seen by its members at once.
    let group = GroupRow { created_at, active: true, ..group };
    let then = Context { now_ms: created_at * 1000, ..cx.clone() };
    let Outcome { reply, effects, .. } = make(tx, &then, group, owner.as_ref(), &[], Telling::Nobody)?;
    // Beside the ID nothing is answered, whatever the type.
    Ok(Outcome::reply(GroupCreated { group_id: reply.group_id, ..GroupCreated::default() }).then_all(effects))
}

/// Who learns of a new group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Telling {
    Everybody,
    Nobody,
}

fn make(
    tx: &Tx<'_>,
    cx: &Context,
    mut group: GroupRow,
    owner: Option<&AccountRow>,
    members: &[Newcomer],
    telling: Telling,
) -> Result<Outcome<GroupCreated>, GroupError> {
    let kind = group.kind;
    // The owner of a live room comes in by himself.
    let owner_enters = owner.filter(|_| kind != GroupKind::AvChatRoom);
    let total = members.len() as u64 + u64::from(owner_enters.is_some());
    if group.max_members > 0 && total > group.max_members {
        return Err(GroupError::MemberLimit(group.max_members));
    }
    group.no = store::group::insert(tx, cx.app.id, &group)?;
    let mut effects = Vec::new();
    if let Some(owner) = owner_enters {
        effects.push(member::enter(tx, cx, &mut group, Newcomer::new(owner, Role::Owner))?);
    }
    for newcomer in members {
        effects.push(member::enter(tx, cx, &mut group, newcomer.clone())?);
    }
    if telling == Telling::Everybody {
        effects.extend(announce(tx, cx, &group, owner, members)?);
    }
    let is_community = kind == GroupKind::Community;
    let reply = GroupCreated {
        group_id: group.group_id,
        kind: is_community.then(|| kind.wire().to_owned()),
        huge_group_flag: is_community.then_some(0),
    };
    Ok(Outcome::reply(reply).then_all(effects))
}

fn kind(request: &CreateGroup) -> Result<GroupKind, GroupError> {
    let word = request.kind.as_deref().filter(|word| !word.is_empty());
    let word = word.ok_or_else(|| GroupError::BadParameter("Type is missing".into()))?;
    GroupKind::parse(word).ok_or_else(|| GroupError::BadParameter(format!("there is no group type {:?}", shown(word))))
}

fn check_plan(tx: &Tx<'_>, cx: &Context, kind: GroupKind) -> Result<(), GroupError> {
    if !plan::is_offered(&cx.app, kind) {
        return Err(GroupError::NoCommunities);
    }
    for count in plan::existing(&cx.app, kind) {
        let (most, counted, refusal) = match count {
            Count::All(most) => (most, None, GroupError::GroupLimit(most)),
            Count::LiveRooms(most) => (most, Some(kind), GroupError::LiveRoomLimit(most)),
            Count::Communities(most) => (most, Some(kind), GroupError::CommunityLimit(most)),
        };
        if store::group::count(tx, cx.app.id, counted)? >= i64::from(most) {
            return Err(refusal);
        }
    }
    if let Some(most) = plan::net_growth(&cx.app, kind)
        && store::group::net_growth(tx, cx.app.id, cx.now_seconds())? >= most
    {
        return Err(GroupError::GrowthLimit(most));
    }
    Ok(())
}

/// Over REST whoever is named, or nobody; a user owns what it makes.
fn owner(tx: &Tx<'_>, cx: &Context, named: Option<&str>) -> Result<Option<AccountRow>, GroupError> {
    let named = named.filter(|name| !name.is_empty());
    let name = match &cx.caller {
        Caller::User(person) if named.is_some_and(|name| name != person.user_id.as_str()) => {
            return Err(GroupError::Forbidden("a user may only make groups of its own"));
        }
        Caller::User(person) => person.user_id.as_str(),
        Caller::Admin(_) | Caller::Bridge(_) | Caller::Server => match named {
            Some(name) => name,
            None => return Ok(None),
        },
    };
    let owner = existing(tx, cx, name)?;
    member::check_joined_limit(tx, cx, &owner)?;
    Ok(Some(owner))
}

fn group_id(
    tx: &Tx<'_>,
    cx: &Context,
    kind: GroupKind,
    chosen: Option<&str>,
    owner: Option<&AccountRow>,
) -> Result<String, GroupError> {
    let community = kind == GroupKind::Community;
    let Some(chosen) = chosen.filter(|id| !id.is_empty()) else { return made_id(tx, cx, community) };
    let id = GroupId::parse_custom(chosen, community).map_err(|_| GroupError::BadId(shown(chosen)))?;
    match store::group::find(tx, cx.app.id, id.as_str())? {
        None => Ok(id.into()),
        Some(other) if other.owner.is_some() && other.owner == owner.map(|owner| owner.tiny_id) => {
            Err(GroupError::IdOwned(id.into()))
        }
        Some(_) => Err(GroupError::IdTaken(id.into())),
    }
}

fn made_id(tx: &Tx<'_>, cx: &Context, community: bool) -> Result<String, GroupError> {
    let prefix = if community { "@TGS#_@TGS#" } else { "@TGS#" };
    loop {
        let mut random = cx.random.u64();
        let mut id = String::from(prefix);
        for _ in 0..MADE_ID_LENGTH {
            id.push(char::from(MADE_ID_ALPHABET[(random % 32) as usize]));
            random /= 32;
        }
        // 2^45 names: a second round is a curiosity.
        if store::group::find(tx, cx.app.id, &id)?.is_none() {
            return Ok(id);
        }
    }
}

fn first_members(
    tx: &Tx<'_>,
    cx: &Context,
    kind: GroupKind,
    list: &[NewMember],
    owner: Option<&AccountRow>,
) -> Result<Vec<Newcomer>, GroupError> {
    if list.len() > limits::CREATE_GROUP_MEMBERS {
        return Err(GroupError::TooManyAccounts(limits::CREATE_GROUP_MEMBERS));
    }
    if kind == GroupKind::AvChatRoom && !list.is_empty() {
        return Err(GroupError::Unsupported(kind));
    }
    let mut seen: HashSet<_> = owner.map(|owner| owner.tiny_id).into_iter().collect();
    let mut members = Vec::new();
    for item in list {
        let role = match item.role.as_deref() {
            None | Some("" | "Member") => Role::Member,
            Some("Admin") if permission::least(kind, permission::Action::AppointAdmins) == permission::Who::Unsupported => {
                return Err(GroupError::Unsupported(kind));
            }
            Some("Admin") => Role::Admin,
            Some(other) => return Err(GroupError::BadParameter(format!("Role may be Admin, not {:?}", shown(other)))),
        };
        let account = existing(tx, cx, &item.member_account)?;
        if seen.insert(account.tiny_id) {
            member::check_joined_limit(tx, cx, &account)?;
            let fields = item.app_member_defined_data.as_deref().unwrap_or_default();
            let custom = custom::write(&cx.app, kind, creator(cx), Whose::Member, "{}", fields)?;
            members.push(Newcomer { custom, ..Newcomer::new(&account, role) });
        }
    }
    Ok(members)
}

fn profile(
    cx: &Context,
    request: &CreateGroup,
    kind: GroupKind,
    group_id: String,
    owner: Option<&AccountRow>,
) -> Result<GroupRow, GroupError> {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    if text(&request.name).is_empty() {
        return Err(GroupError::BadParameter("Name is missing".into()));
    }
    check_texts(
        request.name.as_deref(),
        request.introduction.as_deref(),
        request.notification.as_deref(),
        request.face_url.as_deref(),
    )?;
    let defaults = permission::options(kind);
    let join_option = match request.apply_join_option.as_deref().filter(|word| !word.is_empty()) {
        Some(word) => {
            let given =
                JoinOption::parse_apply(word).ok_or_else(|| GroupError::BadParameter("ApplyJoinOption is no known word".into()))?;
            if defaults.join_at_creation { given } else { defaults.join }
        }
        None => defaults.join,
    };
    let invite_option = match request.invite_join_option.as_deref().filter(|word| !word.is_empty()) {
        Some(word) => {
            let given = JoinOption::parse_invite(word)
                .ok_or_else(|| GroupError::BadParameter("InviteJoinOption is no known word".into()))?;
            if defaults.invite_choosable { given } else { defaults.invite }
        }
        None => permission::options::invite_default(&cx.app, kind),
    };
    let now = cx.now_seconds();
    let topics = kind == GroupKind::Community && request.support_topic == Some(1);
    Ok(GroupRow {
        no: GroupNo(0),
        group_id,
        kind,
        name: text(&request.name),
        introduction: text(&request.introduction),
        notification: text(&request.notification),
        face_url: text(&request.face_url),
        owner: owner.map(|owner| owner.tiny_id),
        created_at: now,
        info_seq: 1,
        last_info_at: now,
        member_num: 0,
        max_members: max_members(cx, kind, request.max_member_count)?,
        join_option,
        invite_option,
        mute_all: false,
        support_topic: topics,
        enable_permission: topics && request.enable_permission == Some(1),
        default_permission: request.default_permission.filter(|_| topics).unwrap_or_default().0,
        history_before_join: None,
        active: !permission::storage::kept(kind).needs_first_message,
        custom: {
            let fields = request.app_defined_data.as_deref().unwrap_or_default();
            custom::write(&cx.app, kind, creator(cx), Whose::Group, "{}", fields)?
        },
        rev: 0,
    })
}

/// Who makes a group sets its custom fields as its owner, an app admin all of them.
fn creator(cx: &Context) -> Standing {
    if cx.caller.is_admin() { Standing::AppAdmin } else { Standing::Inside(Role::Owner) }
}

/// What the request asks for, within the plan; by default the plan's own number.
fn max_members(cx: &Context, kind: GroupKind, asked: Option<i64>) -> Result<u64, GroupError> {
    let plan::Members { default, most } = plan::members(&cx.app, kind);
    match asked {
        // Clients that fill every field send 0 for "not set".
        None | Some(0) => Ok(default),
        Some(_) if most == 0 => Ok(0),
        Some(asked) => match u64::try_from(asked) {
            Ok(asked) if asked <= most => Ok(asked),
            Ok(_) => Err(GroupError::MemberLimit(most)),
            Err(_) => Err(GroupError::BadParameter("MaxMemberCount may not be negative".into())),
        },
    }
}

/// The creator's other devices and the first members learn of the group. No tips: the group has no message yet.
fn announce(
    tx: &Tx<'_>,
    cx: &Context,
    group: &GroupRow,
    owner: Option<&AccountRow>,
    members: &[Newcomer],
) -> Result<Vec<Effect>, GroupError> {
    let mut effects = Vec::new();
    let owner_name = owner.map(|owner| owner.user_id.as_str());
    if let Some(owner) = owner {
        let created = tell::notice(cx, group, notice::CREATED, &owner.user_id, tell::Notice::default());
        effects.push(Effect::tell_others(Audience::User(owner.tiny_id), Event::GroupNotice(created), &cx.caller));
        if group.kind != GroupKind::AvChatRoom {
            let own = tell::sync_group(group, owner_name, Some(Role::Owner), "");
            effects.push(Effect::tell_others(Audience::User(owner.tiny_id), Event::Group(own), &cx.caller));
        }
    }
    if !members.is_empty() {
        let operator = match owner {
            Some(owner) => owner.clone(),
            None => operator(tx, cx)?,
        };
        effects.extend(tell::invited(cx, group, owner_name, &operator.user_id, members));
    }
    Ok(effects)
}
