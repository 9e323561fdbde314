//! Mentions in group messages (`contract/client-semantics.md` 2.8), and who of those that a message names is told of it.

use super::{Context, MessageError, Sender};
use crate::service::group::permission::{self, Action, Standing};
use crate::service::{Audience, Effect};
use crate::store::engine::{StoreError, Tx};
use crate::store::group::{self, GroupRow};
use crate::store::message::{Earlier, Extra};
use crate::store::{TinyId, account};
use tern_protocol::api::message::GroupAt;
use tern_protocol::api::web_sdk::GroupMention;
use tern_protocol::event::Event;
use tern_protocol::model::group::ReceiveOption;
use tern_protocol::{ErrorCode, limits};

/// The marker by which clients mention everybody.
const AT_ALL: &str = "__kImSDK_MesssageAtALL__";

/// `GroupAtInfo`, checked: who may be named, and everybody in one form.
pub(super) fn check(group: &GroupRow, standing: Standing, named: Vec<GroupAt>) -> Result<Vec<GroupAt>, MessageError> {
    if named.len() > limits::GROUP_AT {
        return Err(MessageError::TooManyNamed(limits::GROUP_AT, ErrorCode::GROUP_TOO_MANY_AT));
    }
    let all = |at: &GroupAt| at.all_flag == 1 || at.account.as_deref() == Some(AT_ALL);
    if named.iter().any(all) && !permission::allows(group.kind, Action::AtAll, standing) {
        return Err(MessageError::GroupForbidden("everybody may not be mentioned in this group"));
    }
    if named.iter().any(|at| !all(at) && at.account.as_deref().is_none_or(str::is_empty)) {
        return Err(MessageError::Field { field: "GroupAt_Account", what: "is missing", code: ErrorCode::GROUP_BAD_PARAMETER });
    }
    Ok(named
        .into_iter()
        .map(|at| GroupAt { all_flag: i64::from(all(&at)), account: at.account.filter(|name| name != AT_ALL) })
        .collect())
}

/// Those whom a message names are told once more, as the product's Web SDK counts mentions.
pub(super) fn told(
    tx: &Tx<'_>,
    cx: &Context,
    group: &GroupRow,
    from: &Sender,
    extra: &Extra,
    placed: &Earlier,
    audience: &Audience,
) -> Result<Vec<Effect>, MessageError> {
    let event = |at_type| {
        Event::Mention(GroupMention {
            group_id: group.group_id.clone(),
            from_account: from.user_id.clone(),
            msg_seq: placed.pos.cast_unsigned(),
            at_type: vec![at_type],
        })
    };
    let mut effects = Vec::new();
    if extra.mentions.iter().any(|at| at.all_flag == 1) {
        effects.push(Effect::tell_others(audience.clone(), event(2), &cx.caller));
    }
    let mut users = Vec::new();
    for name in extra.mentions.iter().filter_map(|at| at.account.as_deref()) {
        let Some(found) = account::find(tx, cx.app.id, name)? else { continue };
        let is_told = extra.targets.is_empty() || extra.targets.contains(&found.tiny_id);
        if is_told && found.tiny_id != from.tiny_id && hears(tx, group, found.tiny_id)? {
            users.push(found.tiny_id);
        }
    }
    if !users.is_empty() {
        effects.push(Effect::tell(Audience::Users(users), event(1)));
    }
    Ok(effects)
}

/// Whether a member's sessions are told of a group's messages: not who blocks them. What holds for a topic alone is not asked here.
pub(super) fn hears(tx: &Tx<'_>, group: &GroupRow, user: TinyId) -> Result<bool, StoreError> {
    let member = group::member(tx, group.no, user)?.filter(|member| member.role.is_some());
    Ok(member.is_some_and(|member| group.no.is_topic() || member.receive != ReceiveOption::Discard))
}
