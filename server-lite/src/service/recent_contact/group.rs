//! Conversation groups of a person (`contract/rest-api.md` section 7): a feature of the top plan.

use super::mark::bit_text;
use super::{Owner, Target, check_count, ends, made, owner, tell};
use crate::service::conversation::ConversationError;
use crate::service::message::view::Names;
use crate::service::{AreaError as _, Context, Effect, Outcome};
use crate::store::conversation::{Ends, ThreadId, by_id};
use crate::store::conversation_mark::{self as store, Group, Marks};
use crate::store::engine::{StoreError, Tx};
use crate::store::{TinyId, group as groups};
use tern_protocol::api::conversation::ConversationId;
use tern_protocol::api::recent_contact::{
    ContactGroupHits, ContactGroupUpdated, ContactGroups, ContactGroupsCreated, ContactGroupsDeleted, ContactMarks, ContactResult,
    ContactUpdateItem, CreateContactGroup, DelContactGroup, GetContactGroup, GroupItem, GroupResultItem, SearchContactGroup,
    UpdateContactGroup, UpdateGroupResult,
};
use tern_protocol::event::Event;
use tern_protocol::limits::{self, Edition};

/// Conversations in one page of `get_contact_group`.
const PAGE: usize = 100;

fn item(group: Group) -> GroupItem {
    GroupItem { group_name: group.name, group_id: group.id }
}

/// The person's conversation groups as they travel.
pub(crate) fn items(tx: &Tx<'_>, user: TinyId) -> Result<Vec<GroupItem>, StoreError> {
    Ok(store::groups(tx, user)?.into_iter().map(item).collect())
}

/// What became of one conversation of a list.
pub(super) fn result(contact_item: ConversationId, error: Option<ConversationError>) -> ContactResult {
    let (result_code, result_info) = error.map_or_else(Default::default, |error| (error.code().0, error.to_string()));
    ContactResult { contact_item: contact_item.into(), result_code, result_info, ..ContactResult::default() }
}

fn check_plan(cx: &Context) -> Result<(), ConversationError> {
    if cx.app.edition == Edition::Premium { Ok(()) } else { Err(ConversationError::TopPlan) }
}

fn check_name(name: &str) -> Result<(), ConversationError> {
    match name.len() {
        0 => Err(ConversationError::Missing("GroupName")),
        n if n > limits::CONVERSATION_GROUP_NAME_BYTES => Err(ConversationError::GroupName(limits::CONVERSATION_GROUP_NAME_BYTES)),
        _ => Ok(()),
    }
}

fn find(tx: &Tx<'_>, user: TinyId, name: &str) -> Result<Group, ConversationError> {
    let found = store::groups(tx, user)?.into_iter().find(|group| group.name == name);
    found.ok_or_else(|| ConversationError::NoGroup(name.to_owned()))
}

fn groups_told(tx: &Tx<'_>, cx: &Context, user: TinyId) -> Result<Effect, ConversationError> {
    Ok(tell(cx, user, Event::ConversationGroups(items(tx, user)?)))
}

/// Puts a conversation into a group or takes it out; what it is told as, if something changed.
fn change_member(
    tx: &Tx<'_>,
    cx: &Context,
    owner: &Owner,
    id: &ConversationId,
    group: i64,
    put_in: bool,
) -> Result<Vec<Effect>, ConversationError> {
    let user = owner.tiny_id;
    let ends = ends(tx, cx, user, id)?;
    let mut target: Target = made(tx, user, ends)?;
    let old = store::of(tx, user, target.thread.id)?;
    if old.groups.contains(&group) == put_in {
        return Ok(Vec::new());
    }
    if put_in && old.groups.is_empty() && store::grouped(tx, user)? >= limits::MARKED_CONVERSATIONS {
        return Err(ConversationError::TooManyMarked(limits::MARKED_CONVERSATIONS));
    }
    match put_in {
        true => store::add_to_group(tx, user, target.thread.id, group, cx.now_seconds())?,
        false => store::remove_from_group(tx, user, target.thread.id, group)?,
    }
    target.write(tx, user)?;
    Ok(target.told(tx, cx, user)?.into_iter().collect())
}

/// `recentcontact.create_contact_group`: a group that is there already takes the conversations too.
pub(crate) fn create(
    tx: &Tx<'_>,
    cx: &Context,
    request: CreateContactGroup,
) -> Result<Outcome<ContactGroupsCreated>, ConversationError> {
    let owner = owner(tx, cx, request.from_account.as_deref())?;
    let user = owner.tiny_id;
    check_plan(cx)?;
    if request.group_contact_item.is_empty() {
        return Err(ConversationError::Missing("GroupContactItem"));
    }
    let mut outcome = Outcome::reply(ContactGroupsCreated::default());
    for wanted in request.group_contact_item {
        check_name(&wanted.group_name)?;
        check_count(wanted.contact_item.len())?;
        let known = store::groups(tx, user)?;
        let id = match known.iter().find(|group| group.name == wanted.group_name) {
            Some(group) => group.id,
            None if known.len() >= limits::CONVERSATION_GROUPS => {
                return Err(ConversationError::TooManyGroups(limits::CONVERSATION_GROUPS));
            }
            None => store::add_group(tx, user, &wanted.group_name)?,
        };
        outcome = outcome.then(groups_told(tx, cx, user)?);
        let mut result_item = Vec::with_capacity(wanted.contact_item.len());
        for contact in wanted.contact_item {
            let (error, effects) = settle(change_member(tx, cx, &owner, &contact, id, true))?;
            result_item.push(result(contact, error));
            outcome = outcome.then_all(effects);
        }
        let group_item = GroupItem { group_name: wanted.group_name, group_id: id };
        outcome.reply.group_result_item.push(GroupResultItem { group_item, result_item });
    }
    Ok(outcome)
}

/// One item's refusal is its result; a failure below is everybody's.
fn settle(done: Result<Vec<Effect>, ConversationError>) -> Result<(Option<ConversationError>, Vec<Effect>), ConversationError> {
    match done {
        Ok(effects) => Ok((None, effects)),
        Err(error @ ConversationError::Store(_)) => Err(error),
        Err(error) => Ok((Some(error), Vec::new())),
    }
}

/// `recentcontact.del_contact_group`
pub(crate) fn delete(
    tx: &Tx<'_>,
    cx: &Context,
    request: DelContactGroup,
) -> Result<Outcome<ContactGroupsDeleted>, ConversationError> {
    let owner = owner(tx, cx, request.from_account.as_deref())?;
    let user = owner.tiny_id;
    check_plan(cx)?;
    if request.group_name.is_empty() {
        return Err(ConversationError::Missing("GroupName"));
    }
    let mut deleted = ContactGroupsDeleted::default();
    for name in &request.group_name {
        let group = find(tx, user, name)?;
        store::remove_group(tx, user, group.id)?;
        deleted.group_item.push(item(group));
    }
    Ok(Outcome::reply(deleted).then(groups_told(tx, cx, user)?))
}

/// `recentcontact.update_contact_group`
pub(crate) fn update(
    tx: &Tx<'_>,
    cx: &Context,
    request: UpdateContactGroup,
) -> Result<Outcome<ContactGroupUpdated>, ConversationError> {
    let owner = owner(tx, cx, request.from_account.as_deref())?;
    let user = owner.tiny_id;
    check_plan(cx)?;
    let change = request.update_group;
    let group = find(tx, user, &change.old_group_name)?;
    let mut answer = UpdateGroupResult {
        update_group_type: change.update_group_type,
        group_name: group.name.clone(),
        group_id: group.id,
        old_group_name: group.name,
        contact_result_item: Vec::new(),
    };
    let mut effects = Vec::new();
    match change.update_group_type {
        1 => {
            let name = change.new_group_name.unwrap_or_default();
            check_name(&name)?;
            if name != answer.group_name && find(tx, user, &name).is_ok() {
                return Err(ConversationError::Field("NewGroupName", "is the name of another conversation group"));
            }
            store::rename_group(tx, user, group.id, &name)?;
            answer.group_name = name;
            effects.push(groups_told(tx, cx, user)?);
        }
        2 => {
            check_count(change.contact_update_item.len())?;
            for ContactUpdateItem { contact_opt_type, contact_item } in change.contact_update_item {
                let done = match contact_opt_type {
                    1 | 2 => change_member(tx, cx, &owner, &contact_item, group.id, contact_opt_type == 1),
                    _ => Err(ConversationError::Field("ContactOptType", "must be 1 or 2")),
                };
                let (error, told) = settle(done)?;
                let contact_opt_type = Some(contact_opt_type);
                answer.contact_result_item.push(ContactResult { contact_opt_type, ..result(contact_item, error) });
                effects.extend(told);
            }
        }
        _ => return Err(ConversationError::Field("UpdateGroupType", "must be 1 or 2")),
    }
    let answer = ContactGroupUpdated { update_type: request.update_type, update_group_result: answer };
    Ok(Outcome::reply(answer).then_all(effects))
}

/// A conversation with its marks, as both reads answer it; `None`: its group is gone.
fn contact(
    tx: &Tx<'_>,
    names: &mut Names<'_>,
    user: TinyId,
    thread: ThreadId,
    marks: Marks,
) -> Result<Option<ContactMarks>, StoreError> {
    let mut contact = ContactMarks {
        standard_mark: bit_text(marks.standard),
        custom_mark: marks.custom,
        contact_group_id: marks.groups,
        timestamp: marks.changed_at,
        ..ContactMarks::default()
    };
    match by_id(tx, thread)?.map(|thread| thread.ends) {
        None => return Ok(None),
        Some(ends @ Ends::Pair(..)) => {
            contact.kind = 1;
            contact.to_account = Some(names.of(ends.peer_of(user).unwrap_or(user))?.user_id.clone());
        }
        Some(Ends::Group(no)) => {
            let Some(group) = groups::by_number(tx, no)? else { return Ok(None) };
            contact.kind = 2;
            contact.to_group_id = Some(group.group_id);
        }
    }
    Ok(Some(contact))
}

/// `recentcontact.get_contact_group`
pub(crate) fn get(tx: &Tx<'_>, cx: &Context, request: GetContactGroup) -> Result<Outcome<ContactGroups>, ConversationError> {
    let owner = owner(tx, cx, request.from_account.as_deref())?;
    let user = owner.tiny_id;
    let start = usize::try_from(request.start_index).map_err(|_| ConversationError::Field("StartIndex", "may not be negative"))?;
    let mut all: Vec<(ThreadId, Marks)> = store::all(tx, user)?.into_iter().filter(|(_, marks)| !marks.is_empty()).collect();
    all.sort_by_key(|(thread, _)| *thread);
    let total = all.len();
    let mut names = Names::new(tx);
    let mut page = ContactGroups { complete_flag: 1, group_item: items(tx, user)?, ..ContactGroups::default() };
    for (thread, marks) in all.into_iter().skip(start).take(PAGE) {
        page.contact_item.extend(contact(tx, &mut names, user, thread, marks)?);
    }
    if start.saturating_add(PAGE) < total {
        page.complete_flag = 0;
        page.next_start_index = i64::try_from(start + PAGE).unwrap_or(0);
    }
    Ok(Outcome::reply(page))
}

/// `recentcontact.search_contact_group`: those of the named conversations that have marks or groups.
pub(crate) fn search(
    tx: &Tx<'_>,
    cx: &Context,
    request: SearchContactGroup,
) -> Result<Outcome<ContactGroupHits>, ConversationError> {
    let owner = owner(tx, cx, request.from_account.as_deref())?;
    let user = owner.tiny_id;
    if !(1..=limits::CONVERSATION_SEARCH_BATCH).contains(&request.contact_item.len()) {
        return Err(ConversationError::Count(limits::CONVERSATION_SEARCH_BATCH));
    }
    let mut names = Names::new(tx);
    let mut hits = ContactGroupHits { group_item: items(tx, user)?, ..ContactGroupHits::default() };
    for id in &request.contact_item {
        let ends = match ends(tx, cx, user, id) {
            Err(error @ (ConversationError::Store(_) | ConversationError::BadId)) => return Err(error),
            Err(_) => continue,
            Ok(ends) => ends,
        };
        let Some(thread) = crate::store::conversation::find(tx, ends)? else { continue };
        let marks = store::of(tx, user, thread.id)?;
        if !marks.is_empty() {
            hits.contact_result_item.extend(contact(tx, &mut names, user, thread.id, marks)?);
        }
    }
    Ok(Outcome::reply(hits))
}
