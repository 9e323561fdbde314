//! `modify_group_member_info`: role, receive option, name card, mute and custom fields of a member.

use super::custom::{self, Whose};
use super::permission::{self, Action, Change, Standing};
use super::tell::{self, Notice};
use super::{GroupError, check, existing_member, mute, named, operator, shown, standing, text_within};
use crate::service::{Audience, Caller, Context, Effect, Outcome, recent_contact};
use crate::store::account::AccountRow;
use crate::store::engine::Tx;
use crate::store::group::{GroupRow, MemberRow};
use crate::store::{TinyId, group, group_member};
use tern_protocol::api::Empty;
use tern_protocol::api::group_member::ModifyGroupMemberInfo;
use tern_protocol::event::{Event, notice, tip};
use tern_protocol::limits;
use tern_protocol::model::group::{GroupKind, ReceiveOption, Role};
use tern_protocol::model::permission::GroupRight;

/// How the caller stands to the member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reach {
    /// It is oneself.
    Own,
    /// The app admin, or a role above the member's.
    Above,
    /// A member like others.
    Beside,
}

/// What shall change.
struct Wanted {
    role: Option<Role>,
    receive: Option<ReceiveOption>,
    name_card: Option<String>,
    mute_seconds: Option<i64>,
    custom: Option<String>,
}

/// `group_open_http_svc.modify_group_member_info`
pub(crate) fn modify(tx: &Tx<'_>, cx: &Context, request: ModifyGroupMemberInfo) -> Result<Outcome<Empty>, GroupError> {
    let group = named(tx, cx, request.group_id.as_deref())?;
    if group.kind == GroupKind::AvChatRoom {
        return Err(GroupError::Unsupported(group.kind));
    }
    let standing = standing(tx, cx, &group)?;
    if standing == Standing::Outside {
        return Err(GroupError::Forbidden("only members of the group may do this"));
    }
    let (account, member) = existing_member(tx, cx, &group, &target(cx, request.member_account.as_deref())?)?;
    let reach = reach(cx, standing, &member);
    let wanted = wanted(cx, &group, standing, reach, &member, request)?;
    let mut effects = Vec::new();
    if let Some(receive) = wanted.receive {
        effects.extend(recent_contact::option::set_group_option(tx, cx, group.no, account.tiny_id, receive)?);
    }
    let (mut own, mut shown) = (false, false);
    if let Some(name_card) = wanted.name_card.filter(|card| *card != member.name_card) {
        group_member::set_name_card(tx, group.no, account.tiny_id, &name_card)?;
        (own, shown) = (true, true);
    }
    if let Some(custom) = wanted.custom.filter(|custom| *custom != member.custom) {
        group_member::set_custom(tx, group.no, account.tiny_id, &custom)?;
        own = true;
    }
    if let Some(role) = wanted.role.filter(|role| member.role != Some(*role)) {
        group_member::set_role(tx, group.no, account.tiny_id, role)?;
        effects.extend(tell_role(tx, cx, &group, &account, role)?);
        (own, shown) = (true, true);
    }
    if let Some(seconds) = wanted.mute_seconds {
        let told = mute::set(tx, cx, &group, std::slice::from_ref(&account), seconds)?;
        if !told.is_empty() {
            // Among it, to the member's own devices, what is above too.
            (own, shown) = (false, true);
        }
        effects.extend(told);
    }
    if own {
        effects.extend(own_devices(tx, &group, account.tiny_id)?);
    }
    if shown {
        effects.extend(tell::members_changed(tx, cx, &group, std::slice::from_ref(&account))?);
    }
    Ok(Outcome::done().then_all(effects))
}

/// Whom the request is about: a client may leave that out.
fn target(cx: &Context, named: Option<&str>) -> Result<String, GroupError> {
    match (named.filter(|name| !name.is_empty()), &cx.caller) {
        (Some(name), _) => Ok(name.to_owned()),
        (None, Caller::User(person)) => Ok(person.user_id.to_string()),
        (None, _) => Err(GroupError::BadParameter("Member_Account is missing".into())),
    }
}

fn reach(cx: &Context, standing: Standing, member: &MemberRow) -> Reach {
    match standing {
        Standing::AppAdmin => Reach::Above,
        _ if cx.caller.person().is_some_and(|person| person.tiny_id == member.tiny_id) => Reach::Own,
        Standing::Inside(role) if role >= Role::Admin && member.role < Some(role) => Reach::Above,
        Standing::Granted(rights) if member.role != Some(Role::Owner) && rights.grant(GroupRight::ManageGroupMember, None) => {
            Reach::Above
        }
        Standing::Inside(_) | Standing::Granted(_) | Standing::Outside => Reach::Beside,
    }
}

/// Reads and checks the whole request before anything is written.
fn wanted(
    cx: &Context,
    group: &GroupRow,
    standing: Standing,
    reach: Reach,
    member: &MemberRow,
    request: ModifyGroupMemberInfo,
) -> Result<Wanted, GroupError> {
    let role = request.role.filter(|word| !word.is_empty());
    let role = role.map(|word| wanted_role(group, standing, member, &word)).transpose()?;
    let receive = request.msg_flag.filter(|word| !word.is_empty());
    let receive = receive
        .map(|word| ReceiveOption::parse(&word).ok_or_else(|| GroupError::BadParameter("MsgFlag is no receive option".into())))
        .transpose()?;
    if receive.is_some() && reach != Reach::Own && standing != Standing::AppAdmin {
        return Err(GroupError::Forbidden("a receive option is everybody's own"));
    }
    text_within("NameCard", request.name_card.as_deref().unwrap_or_default(), limits::NAME_CARD_BYTES)?;
    if request.name_card.is_some() && reach == Reach::Beside {
        return Err(GroupError::Forbidden("a name card is set by oneself, or by a role above"));
    }
    if let Some(seconds) = request.mute_time {
        check(group, Action::MuteMembers, standing)?;
        let by_right = matches!(standing, Standing::Granted(_)) && reach != Reach::Own && member.role != Some(Role::Owner);
        if reach != Reach::Above && !by_right {
            return Err(GroupError::Forbidden("only members below one's own role can be muted"));
        }
        mute::check_seconds(seconds)?;
    }
    let custom = match &request.app_member_defined_data {
        None => None,
        // Each field has rights of its own.
        Some(fields) => {
            let whose =
                if cx.caller.person().is_some_and(|person| person.tiny_id == member.tiny_id) { Whose::Own } else { Whose::Member };
            Some(custom::write(&cx.app, group.kind, standing, whose, &member.custom, fields)?)
        }
    };
    let wanted = Wanted { role, receive, name_card: request.name_card, mute_seconds: request.mute_time, custom };
    match wanted {
        Wanted { role: None, receive: None, name_card: None, mute_seconds: None, custom: None } => {
            Err(GroupError::BadParameter("nothing to change is named".into()))
        }
        wanted => Ok(wanted),
    }
}

fn wanted_role(group: &GroupRow, standing: Standing, member: &MemberRow, word: &str) -> Result<Role, GroupError> {
    let role = match word {
        "Admin" => Role::Admin,
        "Member" => Role::Member,
        other => return Err(GroupError::BadParameter(format!("Role may be Admin or Member, not {:?}", shown(other)))),
    };
    // A type without admins has members who are that already.
    let keeps = permission::least(group.kind, Action::AppointAdmins) == permission::Who::Unsupported && role == Role::Member;
    if !(keeps && standing == Standing::AppAdmin) {
        check(group, Action::AppointAdmins, standing)?;
    }
    match member.role {
        Some(Role::Owner) => Err(GroupError::BadParameter("the owner's role is changed by a transfer".into())),
        _ => Ok(role),
    }
}

/// The tip for all, the notice for who is admin now or is no longer.
pub(super) fn tell_role(
    tx: &Tx<'_>,
    cx: &Context,
    group: &GroupRow,
    account: &AccountRow,
    role: Role,
) -> Result<Vec<Effect>, GroupError> {
    let (op_type, report_type) = match role {
        Role::Admin => (tip::SET_ADMIN, notice::ADMIN_SET),
        Role::Member | Role::Owner => (tip::CANCEL_ADMIN, notice::ADMIN_REMOVED),
    };
    let operator = operator(tx, cx)?;
    let message = tell::notice(cx, group, report_type, &operator.user_id, Notice::default());
    let mut effects = vec![Effect::tell(Audience::User(account.tiny_id), Event::GroupNotice(message))];
    let body = tell::about(op_type, std::slice::from_ref(account), group.member_num);
    effects.extend(tell::tip(tx, cx, group, &operator, Change::Standing, body)?);
    Ok(effects)
}

/// A member's own devices learn its place in the group as it is now: menus follow it at once. Also the device that caused it: the
/// answer of the command does not say it.
pub(super) fn own_devices(tx: &Tx<'_>, group: &GroupRow, user: TinyId) -> Result<Option<Effect>, GroupError> {
    let Some(member) = group::member(tx, group.no, user)?.filter(|member| member.role.is_some()) else { return Ok(None) };
    let owner = super::member::owner_name(tx, group)?;
    let place = tell::for_member(group, owner.as_deref(), &member);
    Ok(Some(Effect::tell(Audience::User(user), Event::Group(place))))
}
