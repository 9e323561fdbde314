//! Applications for membership and invitations that wait (`contract/client-semantics.md` 7.3): who must agree, who is told.

use super::member::{BY_APPLICATION, BY_INVITATION, Newcomer, check_joined_limit, check_room, enter, owner_name};
use super::permission::{self, Action, Change, Standing};
use super::tell::{self, Notice};
use super::{GroupError, existing, named, operator, required, shown, standing, text_within};
use crate::service::{Audience, Context, Effect, Outcome, Person};
use crate::store::account::{self, AccountRow};
use crate::store::engine::{StoreError, Tx};
use crate::store::group::{self, GroupRow, MemberPage};
use crate::store::group_application::{self as store, ListedRequest, NewRequest, Request, RequestKind};
use tern_protocol::api::Empty;
use tern_protocol::api::group::{ApplyJoinGroup, JoinApplied};
use tern_protocol::api::group_application::{Application, Applications, ApplicationsRead, HandleApplyJoinGroup};
use tern_protocol::api::web_sdk::{GetPendency, Pendency, PendencyPage};
use tern_protocol::event::{ApplicationHandled, Event, GroupTip, notice, tip};
use tern_protocol::model::group::{GroupKind, JoinOption, Role};

/// Bytes of the words of an application and of its answer.
const WORDS_BYTES: usize = 300;
/// Requests of one person, and of one group, that may wait, and that a list holds (`contract/client-semantics.md` 7.3).
const WAITING: i64 = 50;
const LISTED_MOST: usize = 50;
/// How long handled ones stay listed.
const KEPT_SECONDS: i64 = 7 * 24 * 3_600;
/// Owner and admins who are told of an application.
const DECIDERS: u64 = 50;

/// `group_open_http_svc.apply_join_group`, of a client.
pub(crate) fn apply(tx: &Tx<'_>, cx: &Context, request: ApplyJoinGroup) -> Result<Outcome<JoinApplied>, GroupError> {
    let status = |word: &str| Outcome::reply(JoinApplied { joined_status: word.into(), ..JoinApplied::default() });
    let mut group = named(tx, cx, request.group_id.as_deref())?;
    if group.kind == GroupKind::AvChatRoom {
        return super::live_room::join(tx, cx, &group);
    }
    let account = operator(tx, cx)?;
    let words = request.apply_msg.unwrap_or_default();
    text_within("ApplyMsg", &words, WORDS_BYTES)?;
    if group::role(tx, group.no, account.tiny_id)?.is_some() {
        return Ok(status("AlreadyInGroup"));
    }
    if group.join_option == JoinOption::Disabled {
        return Err(GroupError::Forbidden("nobody may apply to this group"));
    }
    check_room(&group)?;
    check_joined_limit(tx, cx, &account)?;
    if group.join_option == JoinOption::NeedPermission {
        let told = wait(tx, cx, &group, &account, RequestKind::Join, &words)?;
        return Ok(status("WaitAdminApproval").then_all(told));
    }
    let role = Role::Member;
    let joined = enter(tx, cx, &mut group, Newcomer::new(&account, role))?;
    let body = tell::about(tip::JOIN, std::slice::from_ref(&account), group.member_num);
    let body = GroupTip { join_type: Some(BY_APPLICATION), ..body };
    let told = tell::tip(tx, cx, &group, &account, Change::Members, body)?;
    let owner = owner_name(tx, &group)?;
    let own = Event::Group(tell::sync_group(&group, owner.as_deref(), Some(role), ""));
    let own = Effect::tell_others(Audience::User(account.tiny_id), own, &cx.caller);
    Ok(status("JoinedSuccess").then(joined).then_all(told).then(own))
}

/// An invitation that the invitee, or owner and admins, must agree to.
pub(super) fn invite(
    tx: &Tx<'_>,
    cx: &Context,
    group: &GroupRow,
    invitee: &AccountRow,
    kind: RequestKind,
) -> Result<Vec<Effect>, GroupError> {
    wait(tx, cx, group, invitee, kind, "")
}

/// Remembers a request and tells those who decide.
fn wait(
    tx: &Tx<'_>,
    cx: &Context,
    group: &GroupRow,
    person: &AccountRow,
    kind: RequestKind,
    words: &str,
) -> Result<Vec<Effect>, GroupError> {
    if !store::waits(tx, group.no, person.tiny_id, kind)? && store::waiting_of(tx, person.tiny_id, kind)? >= WAITING {
        return Err(GroupError::TooManyApplications(WAITING));
    }
    let inviter = match kind {
        RequestKind::Join => None,
        RequestKind::Invited | RequestKind::Invite => Some(operator(tx, cx)?),
    };
    let new = NewRequest {
        group: group.no,
        kind,
        person: person.tiny_id,
        inviter: inviter.as_ref().map(|inviter| inviter.tiny_id),
        message: words,
        now: cx.now_seconds(),
    };
    let no = store::put(tx, new, WAITING, cx.now_seconds() - KEPT_SECONDS)?;
    let says = Notice { remark: words, request: Some(no) };
    let (audience, report_type, from) = match (kind, &inviter) {
        (RequestKind::Invited, Some(inviter)) => (Audience::User(person.tiny_id), notice::INVITATION, inviter.user_id.as_str()),
        _ => (Audience::Users(deciders(tx, group)?), notice::APPLY, person.user_id.as_str()),
    };
    let message = tell::notice(cx, group, report_type, from, says);
    Ok(vec![Effect::tell(audience, Event::GroupNotice(message))])
}

/// Numbers of owner and admins.
fn deciders(tx: &Tx<'_>, group: &GroupRow) -> Result<Vec<crate::store::TinyId>, StoreError> {
    let page = MemberPage { roles: &[Role::Admin, Role::Owner], limit: DECIDERS, ..MemberPage::default() };
    Ok(group::members(tx, group.no, page)?.into_iter().map(|member| member.member.tiny_id).collect())
}

/// `group_open_http_svc.handle_apply_join_group`, of a client. An invitee decides its own invitation, owner and admins everything else.
pub(crate) fn handle(tx: &Tx<'_>, cx: &Context, request: HandleApplyJoinGroup) -> Result<Outcome<Empty>, GroupError> {
    let mut group = named(tx, cx, request.group_id.as_deref())?;
    let agrees = match request.handle_msg.as_deref() {
        Some("Agree") => true,
        Some("Reject") => false,
        _ => return Err(GroupError::BadParameter("HandleMsg must be Agree or Reject".into())),
    };
    let words = request.approval_msg.unwrap_or_default();
    text_within("ApprovalMsg", &words, WORDS_BYTES)?;
    let handler = operator(tx, cx)?;
    let person = existing(tx, cx, required("Applicant_Account", request.applicant_account.as_deref())?)?;
    let own = person.tiny_id == handler.tiny_id;
    let standing = standing(tx, cx, &group)?;
    if !own && !permission::allows(group.kind, Action::DecideApplications, standing) {
        return Err(GroupError::Forbidden("only owner and admins decide who comes in"));
    }
    let all = store::of_person(tx, group.no, person.tiny_id)?;
    let (waiting, handled): (Vec<_>, Vec<_>) =
        all.into_iter().filter(|found| (found.kind == RequestKind::Invited) == own).partition(|found| found.handled_at == 0);
    let Some(first) = waiting.first() else {
        let is_in = group::role(tx, group.no, person.tiny_id)?.is_some();
        return Err(match is_in || !handled.is_empty() {
            true => GroupError::AlreadyHandled(person.user_id),
            false => GroupError::BadParameter(format!("no request of {} waits here", shown(&person.user_id))),
        });
    };
    if agrees {
        check_room(&group)?;
        check_joined_limit(tx, cx, &person)?;
    }
    let mut effects = Vec::new();
    for found in &waiting {
        store::handle(tx, found.no, handler.tiny_id, agrees, &words, cx.now_seconds())?;
        effects.extend(tell_handled(tx, cx, &group, found, &person, &handler, agrees)?);
    }
    let first = first.clone();
    effects.extend(conclude(tx, cx, &mut group, &first, &person, &handler, agrees, &words)?);
    Ok(Outcome::done().then_all(effects))
}

/// Who might have decided it learns that a request waits no more: owner and admins, or the other devices of who was invited.
fn tell_handled(
    tx: &Tx<'_>,
    cx: &Context,
    group: &GroupRow,
    request: &Request,
    person: &AccountRow,
    handler: &AccountRow,
    agreed: bool,
) -> Result<Option<Effect>, StoreError> {
    let event = Event::ApplicationHandled(ApplicationHandled {
        group_id: group.group_id.clone(),
        apply_type: request.kind.number(),
        applicant: person.user_id.clone(),
        handle_result: i64::from(agreed),
        operator: handler.user_id.clone(),
        msg_key: request.no.cast_unsigned(),
    });
    let audience = match request.kind {
        RequestKind::Invited => Audience::User(person.tiny_id),
        _ => Audience::Users(deciders(tx, group)?),
    };
    Ok(Some(Effect::tell_others(audience, event, &cx.caller)))
}

/// What follows from a decision: somebody is in, or not, and learns it.
#[expect(clippy::too_many_arguments, reason = "who decided what about whom, and with which words")]
fn conclude(
    tx: &Tx<'_>,
    cx: &Context,
    group: &mut GroupRow,
    request: &Request,
    person: &AccountRow,
    handler: &AccountRow,
    agreed: bool,
    words: &str,
) -> Result<Vec<Effect>, GroupError> {
    let says = Notice { remark: words, request: Some(request.no) };
    let inviter = request.inviter.map(|inviter| account::by_number(tx, inviter)).transpose()?.flatten();
    let mut effects = Vec::new();
    match (request.kind, &inviter) {
        (RequestKind::Join, _) => {
            let kind = if agreed { notice::ACCEPTED } else { notice::REFUSED };
            let message = tell::notice(cx, group, kind, &handler.user_id, says);
            effects.push(Effect::tell(Audience::User(person.tiny_id), Event::GroupNotice(message)));
        }
        (RequestKind::Invited, Some(inviter)) => {
            let kind = if agreed { notice::INVITEE_AGREED } else { notice::INVITEE_REFUSED };
            let message = tell::notice(cx, group, kind, &person.user_id, says);
            effects.push(Effect::tell(Audience::User(inviter.tiny_id), Event::GroupNotice(message)));
            let by_leader = group::role(tx, group.no, inviter.tiny_id)? >= Some(Role::Admin);
            if agreed && group.invite_option == JoinOption::NeedPermission && !by_leader {
                effects.extend(wait_for_approval(tx, cx, group, person, inviter)?);
                return Ok(effects);
            }
        }
        (RequestKind::Invited | RequestKind::Invite, _) => {}
    }
    if agreed {
        effects.extend(bring_in(tx, cx, group, request.kind, person, inviter.as_ref().unwrap_or(handler))?);
    }
    Ok(effects)
}

/// The invitee agreed; now owner and admins are asked.
fn wait_for_approval(
    tx: &Tx<'_>,
    cx: &Context,
    group: &GroupRow,
    person: &AccountRow,
    inviter: &AccountRow,
) -> Result<Vec<Effect>, GroupError> {
    let (kind, now) = (RequestKind::Invite, cx.now_seconds());
    let new = NewRequest { group: group.no, kind, person: person.tiny_id, inviter: Some(inviter.tiny_id), message: "", now };
    let no = store::put(tx, new, WAITING, now - KEPT_SECONDS)?;
    let message = tell::notice(cx, group, notice::APPLY, &person.user_id, Notice { remark: "", request: Some(no) });
    Ok(vec![Effect::tell(Audience::Users(deciders(tx, group)?), Event::GroupNotice(message))])
}

fn bring_in(
    tx: &Tx<'_>,
    cx: &Context,
    group: &mut GroupRow,
    kind: RequestKind,
    person: &AccountRow,
    inviter: &AccountRow,
) -> Result<Vec<Effect>, GroupError> {
    let newcomer = Newcomer::new(person, Role::Member);
    let mut effects = vec![enter(tx, cx, group, newcomer.clone())?];
    let owner = owner_name(tx, group)?;
    let applied = kind == RequestKind::Join;
    let join_type = if applied { BY_APPLICATION } else { BY_INVITATION };
    let body = tell::about(tip::JOIN, std::slice::from_ref(person), group.member_num);
    let body = GroupTip { join_type: Some(join_type), ..body };
    effects.extend(tell::tip(tx, cx, group, if applied { person } else { inviter }, Change::Members, body)?);
    match applied {
        // The notice that the application was accepted says it already.
        true => effects.extend(super::member_change::own_devices(tx, group, person.tiny_id)?),
        false => effects.extend(tell::invited(cx, group, owner.as_deref(), &inviter.user_id, &[newcomer])),
    }
    Ok(effects)
}

/// `tern_group.applications`: what a client may decide, or could, newest first.
pub(crate) fn list(tx: &Tx<'_>, cx: &Context, _: Empty) -> Result<Outcome<Applications>, GroupError> {
    let person = person(cx)?;
    let read_at = store::read_at(tx, person.tiny_id)?;
    let mut answer = Applications::default();
    for listed in shown_to(tx, cx, person)?.into_iter().take(LISTED_MOST) {
        answer.unread_num += u64::from(listed.request.handled_at == 0 && listed.request.added_at > read_at);
        answer.applications.push(application(tx, person.tiny_id, listed)?);
    }
    Ok(Outcome::reply(answer))
}

fn person(cx: &Context) -> Result<&Person, GroupError> {
    Ok(cx.caller.person().ok_or(GroupError::Forbidden("only people have requests"))?)
}

/// Requests that concern a person, those that it may not decide left out.
fn shown_to(tx: &Tx<'_>, cx: &Context, person: &Person) -> Result<Vec<ListedRequest>, StoreError> {
    let mut all = store::concerning(tx, person.tiny_id, cx.now_seconds() - KEPT_SECONDS, WAITING * 4)?;
    all.retain(|listed| {
        let decides = |role| permission::allows(listed.kind, Action::DecideApplications, Standing::Inside(role));
        listed.request.kind == RequestKind::Invited || listed.role.is_some_and(decides)
    });
    Ok(all)
}

/// `group_open_http_svc.get_pendency`: what waits in groups that are no communities, as the product's Web SDK reads it.
pub(crate) fn pendency(tx: &Tx<'_>, cx: &Context, _: GetPendency) -> Result<Outcome<PendencyPage>, GroupError> {
    pendency_of(tx, cx, |kind| kind != GroupKind::Community)
}

/// `million_group_open_http_svc.get_pendency`: the same of communities.
pub(crate) fn community_pendency(tx: &Tx<'_>, cx: &Context, _: GetPendency) -> Result<Outcome<PendencyPage>, GroupError> {
    pendency_of(tx, cx, |kind| kind == GroupKind::Community)
}

fn pendency_of(tx: &Tx<'_>, cx: &Context, wanted: fn(GroupKind) -> bool) -> Result<Outcome<PendencyPage>, GroupError> {
    let person = person(cx)?;
    let mut page = PendencyPage::default();
    let waits = |listed: &ListedRequest| listed.request.handled_at == 0 && wanted(listed.kind);
    for listed in shown_to(tx, cx, person)?.into_iter().filter(waits).take(LISTED_MOST) {
        let asked = application(tx, person.tiny_id, listed)?;
        page.list.push(Pendency {
            from_account: asked.from_account,
            from_nick: asked.from_nick,
            to_account: asked.to_account,
            group_id: asked.group_id,
            group_name: asked.group_name,
            authentication: asked.authentication,
            msg_time: asked.msg_key,
            pendency_type: asked.apply_type,
            note: asked.message,
            handled: 0,
        });
    }
    Ok(Outcome::reply(page))
}

fn application(tx: &Tx<'_>, reader: crate::store::TinyId, listed: ListedRequest) -> Result<Application, StoreError> {
    let ListedRequest { request, group_id, group_name, .. } = listed;
    let from = account::by_number(tx, request.inviter.unwrap_or(request.person))?;
    let invitee = request.inviter.map(|_| account::by_number(tx, request.person)).transpose()?.flatten();
    let (from_account, from_nick, from_face_url) = from.map(|from| (from.user_id, from.nick, from.face_url)).unwrap_or_default();
    Ok(Application {
        group_id,
        group_name,
        apply_type: request.kind.number(),
        from_account,
        from_nick,
        from_face_url,
        to_account: invitee.map(|invitee| invitee.user_id).unwrap_or_default(),
        add_time: request.added_at,
        message: request.message,
        handle_status: match (request.handled_at, request.handler == reader) {
            (0, _) => 0,
            (_, false) => 1,
            (_, true) => 2,
        },
        handle_result: i64::from(request.agreed),
        handled_message: request.handled_message,
        authentication: format!("{:x}", request.no),
        msg_key: request.no.cast_unsigned(),
    })
}

/// `tern_group.applications_read`
pub(crate) fn mark_read(tx: &Tx<'_>, cx: &Context, request: ApplicationsRead) -> Result<Outcome<Empty>, GroupError> {
    let person = person(cx)?;
    let now = cx.now_seconds();
    let time = if request.time <= 0 { now } else { request.time.min(now) };
    store::set_read_at(tx, person.tiny_id, time)?;
    Ok(Outcome::done())
}

/// Somebody who is let in otherwise waits no more: owner and admins learn that too. Call it before the person enters.
pub(super) fn overtaken(tx: &Tx<'_>, cx: &Context, group: &GroupRow, person: &AccountRow) -> Result<Vec<Effect>, GroupError> {
    let mut effects = Vec::new();
    for kind in [RequestKind::Join, RequestKind::Invite] {
        if store::waits(tx, group.no, person.tiny_id, kind)? {
            let handler = operator(tx, cx)?;
            let found = store::of_person(tx, group.no, person.tiny_id)?.into_iter().find(|found| found.kind == kind);
            for request in found.into_iter().filter(|found| found.handled_at == 0) {
                effects.extend(tell_handled(tx, cx, group, &request, person, &handler, true)?);
            }
        }
    }
    Ok(effects)
}

/// Whether an application of somebody waits: who decides and adds the person thereby agrees.
pub(super) fn has_applied(tx: &Tx<'_>, group: &GroupRow, person: &AccountRow) -> Result<bool, StoreError> {
    store::waits(tx, group.no, person.tiny_id, RequestKind::Join)
}
