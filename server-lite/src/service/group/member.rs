//! Who is in a group: adding, inviting, applying, leaving and removing.

use super::permission::{self, Action, Change, Standing};
use super::tell::{self, Notice};
use super::{GroupError, application, check, member_change, named, operator, standing};
use crate::service::{Audience, Caller, Context, Effect, Outcome};
use crate::store::account::AccountRow;
use crate::store::engine::{StoreError, Tx};
use crate::store::group::{GroupRow, MemberRow};
use crate::store::group_application::RequestKind;
use crate::store::{self, TinyId, group};
use std::collections::HashSet;
use tern_protocol::api::Empty;
use tern_protocol::api::group::{AddGroupMember, DeleteGroupMember, GroupName, MemberResult, MembersAdded};
use tern_protocol::event::{Event, notice, tip};
use tern_protocol::limits;
use tern_protocol::model::group::{GroupKind, JoinOption, Role};

/// Accounts in one `delete_group_member`.
const DELETE_MEMBERS: usize = 500;

/// `Result` of an account that was to be brought in.
mod result {
    pub(super) const FAILED: i64 = 0;
    pub(super) const ADDED: i64 = 1;
    pub(super) const ALREADY: i64 = 2;
    pub(super) const WAITS: i64 = 3;
    /// To clients alone: the invitee is in as many groups as the edition allows.
    pub(super) const OVER_LIMIT: i64 = 4;
}

/// `GroupJoinType` of a tip.
pub(super) const BY_INVITATION: i64 = 0;
pub(super) const BY_APPLICATION: i64 = 1;

/// Somebody who becomes a member.
#[derive(Clone, Debug)]
pub(super) struct Newcomer {
    pub(super) account: AccountRow,
    pub(super) role: Role,
    /// JSON object of custom fields.
    pub(super) custom: String,
}

impl Newcomer {
    pub(super) fn new(account: &AccountRow, role: Role) -> Self {
        Self { account: account.clone(), role, custom: "{}".into() }
    }
}

/// Refuses an account that is in as many groups as the plan allows.
pub(super) fn check_joined_limit(tx: &Tx<'_>, cx: &Context, account: &AccountRow) -> Result<(), GroupError> {
    match group::count_of_user(tx, account.tiny_id)? >= u64::from(cx.app.limits().groups_per_user) {
        true => Err(GroupError::JoinedLimit(account.user_id.clone())),
        false => Ok(()),
    }
}

/// Makes an account a member. Put the effect before the events that the newcomer shall hear.
pub(super) fn enter(tx: &Tx<'_>, cx: &Context, group: &mut GroupRow, newcomer: Newcomer) -> Result<Effect, StoreError> {
    let last_seq = super::read::last_message(tx, group.no)?.0;
    let user = newcomer.account.tiny_id;
    let member = MemberRow {
        tiny_id: user,
        role: Some(newcomer.role),
        joined_at: cx.now_seconds(),
        join_seq: last_seq,
        name_card: String::new(),
        receive: permission::storage::receive_option(&cx.app, group.kind),
        muted_until: 0,
        custom: newcomer.custom,
        rev: 0,
    };
    group::add_member(tx, group.no, &member)?;
    group.member_num += 1;
    Ok(Effect::Joined { group: group.no, member: user })
}

/// `group_open_http_svc.add_group_member`: by an app admin at once, by a member as the invite option says. An owner or admin who adds
/// somebody whose application waits thereby accepts it.
pub(crate) fn add(tx: &Tx<'_>, cx: &Context, request: AddGroupMember) -> Result<Outcome<MembersAdded>, GroupError> {
    let mut group = named(tx, cx, request.group_id.as_deref())?;
    if request.member_list.is_empty() {
        return Err(GroupError::BadParameter("MemberList is missing".into()));
    }
    if request.member_list.len() > limits::ADD_GROUP_MEMBERS {
        return Err(GroupError::TooManyAccounts(limits::ADD_GROUP_MEMBERS));
    }
    if permission::least(group.kind, Action::AddMembers) == permission::Who::Unsupported {
        return Err(GroupError::Unsupported(group.kind));
    }
    let standing = standing(tx, cx, &group)?;
    if standing == Standing::Outside {
        return Err(GroupError::Forbidden("only members of the group may do this"));
    }
    if matches!(standing, Standing::Granted(_)) {
        check(&group, Action::AddMembers, standing)?;
    }
    let mut batch = Batch::default();
    for item in request.member_list {
        batch.bring(tx, cx, &mut group, standing, item.member_account)?;
    }
    if let (Some(refusal), true) = (batch.refusal.take(), batch.all_failed()) {
        return Err(refusal);
    }
    let silent = request.silence == Some(1);
    let operator = operator(tx, cx)?;
    let owner = owner_name(tx, &group)?;
    let mut effects = std::mem::take(&mut batch.joined);
    if !batch.added.is_empty() {
        if !silent {
            let accounts: Vec<_> = batch.added.iter().map(|newcomer| newcomer.account.clone()).collect();
            let body = tell::about(tip::JOIN, &accounts, group.member_num);
            let body = tern_protocol::event::GroupTip { join_type: Some(BY_INVITATION), ..body };
            effects.extend(tell::tip(tx, cx, &group, &operator, Change::Members, body)?);
        }
        effects.extend(tell::invited(cx, &group, owner.as_deref(), &operator.user_id, &batch.added));
        for newcomer in &batch.added {
            let user = newcomer.account.tiny_id;
            let before = group::member(tx, group.no, user)?;
            // Who comes back muted stays that.
            if before.is_some_and(|member| member.muted_until > cx.now_seconds()) {
                effects.extend(member_change::own_devices(tx, &group, user)?);
            }
        }
    }
    effects.extend(batch.waiting);
    Ok(Outcome::reply(MembersAdded { member_list: batch.results }).then_all(effects))
}

/// What becomes of the accounts of one request.
#[derive(Default)]
struct Batch {
    results: Vec<MemberResult>,
    joined: Vec<Effect>,
    added: Vec<Newcomer>,
    /// What those are told who must agree.
    waiting: Vec<Effect>,
    /// Why the last one failed: the code of the whole when all did.
    refusal: Option<GroupError>,
}

impl Batch {
    fn all_failed(&self) -> bool {
        self.results.iter().all(|item| item.result == result::FAILED || item.result == result::OVER_LIMIT)
    }

    fn bring(
        &mut self,
        tx: &Tx<'_>,
        cx: &Context,
        group: &mut GroupRow,
        standing: Standing,
        name: String,
    ) -> Result<(), GroupError> {
        let result = match self.try_bring(tx, cx, group, standing, &name) {
            Ok(result) => result,
            Err(GroupError::Store(error)) => return Err(error.into()),
            Err(error @ GroupError::Forbidden(_)) => return Err(error),
            Err(error @ GroupError::JoinedLimit(_)) if !cx.caller.is_admin() => {
                self.refusal = Some(error);
                result::OVER_LIMIT
            }
            Err(error) => {
                self.refusal = Some(error);
                result::FAILED
            }
        };
        self.results.push(MemberResult { member_account: name, result });
        Ok(())
    }

    fn try_bring(
        &mut self,
        tx: &Tx<'_>,
        cx: &Context,
        group: &mut GroupRow,
        standing: Standing,
        name: &str,
    ) -> Result<i64, GroupError> {
        let account = super::existing(tx, cx, name)?;
        if group::role(tx, group.no, account.tiny_id)?.is_some() {
            return Ok(result::ALREADY);
        }
        let waits = match standing {
            Standing::AppAdmin | Standing::Granted(_) => None,
            Standing::Inside(_) | Standing::Outside => {
                let decides = permission::allows(group.kind, Action::DecideApplications, standing);
                match group.invite_option {
                    _ if decides && application::has_applied(tx, group, &account)? => None,
                    JoinOption::Disabled => return Err(GroupError::Forbidden("members may not invite others into this group")),
                    _ if cx.app.settings.features.invite_consent => Some(RequestKind::Invited),
                    JoinOption::NeedPermission if !decides => Some(RequestKind::Invite),
                    JoinOption::FreeAccess | JoinOption::NeedPermission => None,
                }
            }
        };
        check_room(group)?;
        check_joined_limit(tx, cx, &account)?;
        if let Some(kind) = waits {
            self.waiting.extend(application::invite(tx, cx, group, &account, kind)?);
            return Ok(result::WAITS);
        }
        self.waiting.extend(application::overtaken(tx, cx, group, &account)?);
        let newcomer = Newcomer::new(&account, Role::Member);
        self.joined.push(enter(tx, cx, group, newcomer.clone())?);
        self.added.push(newcomer);
        Ok(result::ADDED)
    }
}

/// Refuses when the group holds no more.
pub(super) fn check_room(group: &GroupRow) -> Result<(), GroupError> {
    match group.max_members > 0 && group.member_num >= group.max_members {
        true => Err(GroupError::Full),
        false => Ok(()),
    }
}

/// Name of the owner's account.
pub(super) fn owner_name(tx: &Tx<'_>, group: &GroupRow) -> Result<Option<String>, StoreError> {
    let Some(owner) = group.owner else { return Ok(None) };
    Ok(store::account::by_number(tx, owner)?.map(|account| account.user_id))
}

/// `tern_group.leave`, of a client.
pub(crate) fn leave(tx: &Tx<'_>, cx: &Context, request: GroupName) -> Result<Outcome<Empty>, GroupError> {
    let mut group = named(tx, cx, request.group_id.as_deref())?;
    if group.kind == GroupKind::AvChatRoom {
        return super::live_room::quit(tx, cx, &group);
    }
    let account = operator(tx, cx)?;
    let role = group::role(tx, group.no, account.tiny_id)?.ok_or(GroupError::Forbidden("you are no member of this group"))?;
    if role == Role::Owner && !permission::owner_may_leave(group.kind) {
        return Err(GroupError::OwnerMayNotLeave);
    }
    let quit = tell::notice(cx, &group, notice::QUIT, &account.user_id, Notice::default());
    let own = tell::sync_group(&group, None, None, "");
    let mut outcome = Outcome::done()
        .then(Effect::tell_others(Audience::User(account.tiny_id), Event::GroupNotice(quit), &cx.caller))
        .then(Effect::tell_others(Audience::User(account.tiny_id), Event::Group(own), &cx.caller))
        .then_all(exit(tx, cx, &mut group, account.tiny_id)?);
    if group.member_num > 0 {
        let body = tell::about(tip::QUIT, std::slice::from_ref(&account), group.member_num);
        outcome = outcome.then_all(tell::tip(tx, cx, &group, &account, Change::Members, body)?);
    }
    Ok(outcome)
}

/// Ends a membership. An owner leaves the group ownerless; the last to go ends it.
pub(super) fn exit(tx: &Tx<'_>, cx: &Context, group: &mut GroupRow, user: TinyId) -> Result<Vec<Effect>, StoreError> {
    group::remove_member(tx, group.no, user)?;
    if group.kind == GroupKind::Community {
        store::permission_group::forget_member(tx, group.no, user)?;
    }
    group.member_num = group.member_num.saturating_sub(1);
    let mut effects = vec![Effect::Left { group: group.no, member: user }];
    if group.owner == Some(user) {
        group.owner = None;
        group::update(tx, group, cx.now_seconds())?;
    }
    if group.member_num == 0 {
        group::dismiss(tx, group.no, cx.now_seconds())?;
        effects.push(Effect::Dismissed { group: group.no });
    }
    Ok(effects)
}

/// `group_open_http_svc.delete_group_member`. Who is no member is skipped.
pub(crate) fn remove(tx: &Tx<'_>, cx: &Context, request: DeleteGroupMember) -> Result<Outcome<Empty>, GroupError> {
    let mut group = named(tx, cx, request.group_id.as_deref())?;
    if request.member_to_del_account.is_empty() {
        return Err(GroupError::BadParameter("MemberToDel_Account is missing".into()));
    }
    if request.member_to_del_account.len() > DELETE_MEMBERS {
        return Err(GroupError::TooManyAccounts(DELETE_MEMBERS));
    }
    let standing = standing(tx, cx, &group)?;
    check(&group, Action::RemoveMembers, standing)?;
    let mut gone = Vec::new();
    let mut seen = HashSet::new();
    for name in &request.member_to_del_account {
        let Some(account) = store::account::find(tx, cx.app.id, name)? else { continue };
        let Some(role) = group::role(tx, group.no, account.tiny_id)? else { continue };
        if role == Role::Owner {
            return Err(GroupError::Forbidden("the owner cannot be removed; transfer the group first"));
        }
        if matches!(standing, Standing::Inside(own) if own <= role) {
            return Err(GroupError::Forbidden("only members below one's own role can be removed"));
        }
        if seen.insert(account.tiny_id) {
            gone.push(account);
        }
    }
    if gone.is_empty() {
        return Ok(Outcome::done());
    }
    let operator = operator(tx, cx)?;
    let reason = request.reason.as_deref().unwrap_or_default();
    let kicked = tell::notice(cx, &group, notice::KICKED, &operator.user_id, Notice { remark: reason, request: None });
    let own = tell::sync_group(&group, None, None, "");
    let users: Vec<_> = gone.iter().map(|account| account.tiny_id).collect();
    let mut outcome = Outcome::done()
        .tell(Audience::Users(users.clone()), Event::GroupNotice(kicked))
        .tell(Audience::Users(users.clone()), Event::Group(own));
    for user in users {
        outcome = outcome.then_all(exit(tx, cx, &mut group, user)?);
    }
    if request.silence != Some(1) && group.member_num > 0 {
        let body = tell::about(tip::KICKED, &gone, group.member_num);
        outcome = outcome.then_all(tell::tip(tx, cx, &group, &operator, Change::Members, body)?);
    }
    Ok(outcome)
}

/// Takes a deleted account out of all its groups, silently.
pub(crate) fn forget_account(tx: &Tx<'_>, cx: &Context, user: TinyId) -> Result<Vec<Effect>, StoreError> {
    let mut effects = Vec::new();
    for (mut row, _) in group::of_user(tx, user)? {
        effects.extend(exit(tx, cx, &mut row, user)?);
    }
    Ok(effects)
}

/// Whether the caller is a user and not an admin; then a request may only name itself.
pub(super) fn is_other_user(cx: &Context, name: &str) -> bool {
    matches!(&cx.caller, Caller::User(person) if person.user_id.as_str() != name)
}
