//! What members are told: tips (stored messages, by the table of [`super::permission::tip`]), system notices and synchronisation events.

use super::GroupError;
use super::member::Newcomer;
use super::permission::{self, Change, Tip};
use crate::service::message::group::{Keep, append_tip};
use crate::service::{Audience, Context, Effect};
use crate::store::account::AccountRow;
use crate::store::engine::Tx;
use crate::store::group::GroupRow;
use tern_protocol::api::conversation::SyncGroup;
use tern_protocol::api::message::{GroupInfo, Message};
use tern_protocol::event::{self, Event, GroupNotice, GroupTip, TipMember, notice};
use tern_protocol::model::group::Role;

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
    let keep = match permission::tip(group.kind, change) {
        Tip::Off => return Ok(None),
        Tip::Stored => Keep::Stored,
        Tip::Sent => Keep::Sent,
    };
    let body = GroupTip { operator: operator.user_id.clone(), operator_info: Some(words(operator)), ..body };
    Ok(Some(append_tip(tx, cx, group, operator.tiny_id, &body, keep)?))
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
}

/// A system notice, which is not stored.
pub(super) fn notice(cx: &Context, group: &GroupRow, report_type: i64, operator: &str, says: Notice<'_>) -> Message {
    let remark = (!says.remark.is_empty()).then(|| says.remark.to_owned());
    let body = GroupNotice { report_type, operator: operator.to_owned(), remark, ..GroupNotice::default() };
    let random = u64::from(cx.random.u32());
    Message {
        from_account: SYSTEM.to_owned(),
        to_group_id: Some(group.group_id.clone()),
        // Clients delete a notice by this number and tell two apart by it.
        msg_seq: random,
        client_seq: Some(random),
        msg_random: random,
        msg_time_stamp: cx.now_seconds(),
        msg_client_time: cx.now_seconds(),
        msg_body: event::raw(&body).ok(),
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
pub(super) fn sync_group(group: &GroupRow, owner: Option<&str>, role: Option<Role>, name_card: &str) -> SyncGroup {
    let filled = |text: &str| (!text.is_empty()).then(|| text.to_owned());
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
        // Of pins the synchronisation tells.
        pin_rev: None,
    }
}

/// Those who were brought in learn of it on all their devices; one frame per kind and role, whatever their number.
pub(super) fn invited(cx: &Context, group: &GroupRow, owner: Option<&str>, operator: &str, members: &[Newcomer]) -> Vec<Effect> {
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
