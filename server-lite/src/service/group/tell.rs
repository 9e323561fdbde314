//! What members are told: tips (stored messages, by the table of [`super::permission::tip`]), system notices and synchronisation events.

use super::GroupError;
use super::change::on_off;
use super::member::Newcomer;
use super::permission::{self, Change, Tip};
use crate::service::message::group::{Keep, append_tip};
use crate::service::rate::Counted;
use crate::service::{Audience, Context, Effect, Outcome};
use crate::store::account::{self, AccountRow};
use crate::store::engine::{StoreError, Tx};
use crate::store::group::{self as groups, GroupRow, MemberPage, MemberRow};
use serde::Serialize;
use tern_protocol::api::Empty;
use tern_protocol::api::conversation::SyncGroup;
use tern_protocol::api::group::SendGroupNotification;
use tern_protocol::api::message::{GroupInfo, Message};
use tern_protocol::event::{self, ChangedMember, Event, GroupNotice, GroupTip, MembersChange, TipMember, notice};
use tern_protocol::limits;
use tern_protocol::model::group::{GroupKind, Role};

/// Members that a Work group may have.
const MEMBERS_MOST: u64 = 6_000;
/// `MsgPriority` of what gives way first.
const LOWEST: i64 = 4;
/// From whom system notices are.
const SYSTEM: &str = "@TIM#SYSTEM";

/// A tip for the members who are connected, stored or not as its table says; nothing where it is off.
pub(super) fn tip(
    tx: &Tx<'_>,
    cx: &Context,
    group: &GroupRow,
    operator: &AccountRow,
    change: Change,
    body: GroupTip,
) -> Result<Option<Effect>, GroupError> {
    let keep = match permission::tip(&cx.app, group.kind, change) {
        Tip::Off => return Ok(None),
        // A community with topics has no conversation to keep it in.
        Tip::Stored if group.support_topic && is_too_much(cx, group) => return Ok(None),
        Tip::Stored if group.support_topic => Keep::Sent,
        Tip::Stored => Keep::Stored,
        Tip::Sent => Keep::Sent,
    };
    let body = GroupTip { operator: operator.user_id.clone(), operator_info: Some(words(operator)), ..body };
    let told = append_tip(tx, cx, group, operator.tiny_id, &body, keep)?;
    Ok(Some(to_who_sees(group, told)))
}

/// Tips that nothing keeps are left out above the rate of the group's messages: many may join a large community at once.
fn is_too_much(cx: &Context, group: &GroupRow) -> bool {
    !cx.frequency.admit(group.no, LOWEST, cx.app.settings.group_messages_per_second, cx.now_ms)
}

/// Of a group that its owner alone sees nobody else hears.
fn to_who_sees(group: &GroupRow, effect: Effect) -> Effect {
    match (effect, group.owner) {
        (Effect::Tell { event, except, .. }, Some(owner)) if !group.active => {
            Effect::Tell { audience: Audience::User(owner), event, except }
        }
        (effect, _) => effect,
    }
}

/// A Work group that something is said in for the first time: its members' devices learn that it is there.
pub(crate) fn first_message(tx: &Tx<'_>, group: &GroupRow) -> Result<Effect, StoreError> {
    let rev = groups::activate(tx, group.no)?;
    let group = GroupRow { active: true, rev, ..group.clone() };
    let page = MemberPage { roles: &[Role::Member, Role::Admin], limit: MEMBERS_MOST, ..MemberPage::default() };
    let users = groups::members(tx, group.no, page)?.into_iter().map(|named| named.member.tiny_id).collect();
    let owner = super::member::owner_name(tx, &group)?;
    let shown = sync_group(&group, owner.as_deref(), Some(Role::Member), "");
    Ok(Effect::tell(Audience::Users(users), Event::Group(shown)))
}

/// The words of an account in a tip.
pub(super) fn words(account: &AccountRow) -> TipMember {
    TipMember { user_id: account.user_id.clone(), nick: account.nick.clone(), image_url: account.face_url.clone() }
}

/// A tip about some accounts.
pub(super) fn about(op_type: i64, accounts: &[AccountRow], member_num: u64) -> GroupTip {
    GroupTip {
        op_type,
        accounts: Some(accounts.iter().map(|account| account.user_id.clone()).collect()),
        members: Some(accounts.iter().map(words).collect()),
        member_num: Some(member_num),
        ..GroupTip::default()
    }
}

/// What a system notice says besides its type and operator.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Notice<'a> {
    /// Words of an application, or a reason.
    pub(super) remark: &'a str,
    /// Number of the request that it is about.
    pub(super) request: Option<i64>,
}

/// A system notice, which is not stored.
pub(super) fn notice(cx: &Context, group: &GroupRow, report_type: i64, operator: &str, says: Notice<'_>) -> Message {
    let remark = (!says.remark.is_empty()).then(|| says.remark.to_owned());
    let msg_key = says.request.map(i64::cast_unsigned);
    let authentication = says.request.map(|request| format!("{request:x}"));
    let body =
        GroupNotice { report_type, operator: operator.to_owned(), remark, authentication, msg_key, ..GroupNotice::default() };
    let message = passing(cx, group, SYSTEM, &body);
    // Clients delete a notice by this number and tell two apart by it.
    Message { client_seq: Some(message.msg_seq), ..message }
}

/// A message that is told once and kept nowhere.
pub(super) fn passing(cx: &Context, group: &GroupRow, from: &str, body: &impl Serialize) -> Message {
    let random = u64::from(cx.random.u32());
    Message {
        from_account: from.to_owned(),
        to_group_id: Some(group.group_id.clone()),
        msg_seq: random,
        msg_random: random,
        msg_time_stamp: cx.now_seconds(),
        msg_client_time: cx.now_seconds(),
        msg_body: event::raw(body).ok(),
        group_info: Some(GroupInfo {
            group_name: group.name.clone(),
            group_type: group.kind.wire().to_owned(),
            group_id: Some(group.group_id.clone()),
            ..GroupInfo::default()
        }),
        online_only: Some(1),
        ..Message::default()
    }
}

/// A group as one member's devices keep it; `None` as role: it is theirs no more.
pub(crate) fn sync_group(group: &GroupRow, owner: Option<&str>, role: Option<Role>, name_card: &str) -> SyncGroup {
    let filled = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let community = group.kind == GroupKind::Community;
    SyncGroup {
        group_id: group.group_id.clone(),
        kind: group.kind.wire().to_owned(),
        name: group.name.clone(),
        face_url: group.face_url.clone(),
        member_num: group.member_num,
        role: role.map_or("", Role::wire).to_owned(),
        rev: group.rev.cast_unsigned(),
        introduction: filled(&group.introduction),
        notification: filled(&group.notification),
        owner: owner.map(str::to_owned),
        name_card: filled(name_card),
        gone: role.is_none().then_some(1),
        apply_join_option: Some(group.join_option.apply_wire().to_owned()),
        invite_join_option: Some(group.invite_option.invite_wire().to_owned()),
        mute_all_member: Some(on_off(group.mute_all).to_owned()),
        max_member_num: Some(group.max_members),
        support_topic: community.then_some(i64::from(group.support_topic)),
        enable_permission: community.then_some(i64::from(group.enable_permission)),
        default_permission: community.then_some(group.default_permission),
        // Of these [`for_member`] tells, of pins the synchronisation.
        mute_until: None,
        msg_flag: None,
        pin_rev: None,
        own_rights: None,
    }
}

/// A group as one member's devices keep it, with the member's own options.
pub(crate) fn for_member(group: &GroupRow, owner: Option<&str>, member: &MemberRow) -> SyncGroup {
    let whole = sync_group(group, owner, member.role, &member.name_card);
    SyncGroup {
        rev: group.rev.max(member.rev).cast_unsigned(),
        mute_until: (member.muted_until > 0).then_some(member.muted_until),
        msg_flag: Some(member.receive.wire().to_owned()),
        ..whole
    }
}

/// All members' devices learn what a group's profile is now.
pub(super) fn profile_changed(tx: &Tx<'_>, cx: &Context, group: &GroupRow) -> Result<Effect, StoreError> {
    let owner = super::member::owner_name(tx, group)?;
    let profile = SyncGroup { gone: None, ..sync_group(group, owner.as_deref(), None, "") };
    Ok(to_who_sees(group, Effect::tell_others(Audience::Group(group.no), Event::GroupProfile(profile), &cx.caller)))
}

/// All members' devices learn what name card, role and mute of some members are now. In a large community many change often: above
/// the rate of the group's messages it is left out, and a list that is read again is right.
pub(super) fn members_changed(
    tx: &Tx<'_>,
    cx: &Context,
    group: &GroupRow,
    accounts: &[AccountRow],
) -> Result<Option<Effect>, StoreError> {
    let mut members = Vec::new();
    for account in accounts {
        let Some(member) = groups::member(tx, group.no, account.tiny_id)? else { continue };
        let Some(role) = member.role else { continue };
        members.push(ChangedMember {
            account: account.user_id.clone(),
            role: role.wire().to_owned(),
            name_card: member.name_card,
            mute_until: if member.muted_until > cx.now_seconds() { member.muted_until } else { 0 },
        });
    }
    let most = cx.app.settings.group_messages_per_second;
    let fits = || most == 0 || cx.rates.admit(Counted::MemberNews, group.no.0, most, 1_000, cx.mono_ms);
    if members.is_empty() || !fits() {
        return Ok(None);
    }
    let change = MembersChange { group_id: group.group_id.clone(), members };
    Ok(Some(to_who_sees(group, Effect::tell(Audience::Group(group.no), Event::GroupMembers(change)))))
}

/// Those who were brought in learn of it on all their devices; one frame per kind and role, whatever their number.
pub(super) fn invited(cx: &Context, group: &GroupRow, owner: Option<&str>, operator: &str, members: &[Newcomer]) -> Vec<Effect> {
    // They learn of it with the first message.
    if !group.active {
        return Vec::new();
    }
    let all = Audience::Users(members.iter().map(|member| member.account.tiny_id).collect());
    let message = notice(cx, group, notice::INVITED, operator, Notice::default());
    let mut effects = vec![Effect::tell(all, Event::GroupNotice(message))];
    for role in [Role::Admin, Role::Member] {
        let some: Vec<_> = members.iter().filter(|member| member.role == role).map(|member| member.account.tiny_id).collect();
        if !some.is_empty() {
            effects.push(Effect::tell(Audience::Users(some), Event::Group(sync_group(group, owner, Some(role), ""))));
        }
    }
    effects
}

/// Members in one `send_group_system_notification`.
const NOTIFIED_MOST: usize = 500;

/// `group_open_http_svc.send_group_system_notification`: words of the integrator to members who are connected.
pub(crate) fn send_notification(tx: &Tx<'_>, cx: &Context, request: SendGroupNotification) -> Result<Outcome<Empty>, GroupError> {
    let group = super::named(tx, cx, request.group_id.as_deref())?;
    let bad = |what: &str| GroupError::BadParameter(what.to_owned());
    let content = request.content.filter(|content| !content.is_empty()).ok_or_else(|| bad("Content is missing"))?;
    if content.len() > limits::MESSAGE_BYTES {
        return Err(bad("Content is too long"));
    }
    let topic = super::topic::named(tx, cx, &group, request.topic_id.as_deref())?;
    let names = request.to_members.unwrap_or_default();
    if names.len() > NOTIFIED_MOST {
        return Err(GroupError::TooManyAccounts(NOTIFIED_MOST));
    }
    let audience = match names.is_empty() || group.kind == GroupKind::AvChatRoom {
        true => Audience::Group(topic.as_ref().map_or(group.no, |topic| topic.no)),
        false => {
            let mut users = Vec::with_capacity(names.len());
            for name in names {
                let Some(found) = account::find(tx, cx.app.id, &name)? else { continue };
                if groups::role(tx, group.no, found.tiny_id)?.is_some() {
                    users.push(found.tiny_id);
                }
            }
            Audience::Users(users)
        }
    };
    let mut message = notice(cx, &group, notice::CUSTOM, cx.app.first_admin(), Notice::default());
    let body = GroupNotice {
        report_type: notice::CUSTOM,
        operator: cx.app.first_admin().to_owned(),
        user_defined: Some(content),
        ..GroupNotice::default()
    };
    message.msg_body = event::raw(&body).ok();
    message.topic_id = topic.map(|topic| topic.group_id);
    Ok(Outcome::done().tell(audience, Event::GroupNotice(message)))
}
