//! Permission groups of a community: their rights, members and rights in single topics (`contract/uikit-parity.md` 7.6).

use super::community::{change, change_now};
use super::roster::Submitted;
use crate::action::Action;
use crate::effect::{Ask, CommunityAsk, Effect, TopicChange};
use crate::event::CommunityAnswer;
use crate::state::community::{GROUP_RIGHTS, TOPIC_RIGHTS};
use crate::state::listing::{Listed, Listing, ListingRow};
use crate::state::modal::{Confirm, Confirmed, Field, Form, FormKind, Modal};
use crate::state::permission::PermissionGroup;
use crate::state::{State, Tone};
use crate::text::counted;
use tern_protocol::model::permission::{GroupRight, Permission};
use tern_protocol::{UserId, limits};

/// Opens the permission groups of a community.
pub(super) fn open(state: &mut State, community: &str, out: &mut Vec<Effect>) {
    let Some(group) = state.groups.get(community) else { return };
    let (on, owner) = (group.place.permission_groups, group.role == "Owner");
    let listed = Listed::PermissionGroups(community.to_owned());
    let says = if on {
        "What members may do: the rights of all groups that they are in."
    } else {
        "Roles decide here what members may do."
    };
    let mut list = Listing::new(listed, "Permission groups", says);
    if on {
        list.busy = true;
        ask(state, CommunityAsk::PermissionGroups { community: community.to_owned() }, out);
    } else if owner {
        let below =
            "Administrators lose what they may do by their role; who is in no group may do what the community gives everybody.";
        list.rows = vec![ListingRow { left: "Let permission groups decide".into(), below: below.into(), ..ListingRow::default() }];
    }
    state.modals.push(Modal::Listing(Box::new(list)));
}

fn ask(state: &mut State, ask: CommunityAsk, out: &mut Vec<Effect>) {
    if state.online() {
        out.push(Effect::Ask(Ask::Community(ask)));
    } else {
        state.say(Tone::Bad, "There is no link to the server now");
    }
}

fn found<'a>(state: &'a State, community: &str, id: &str) -> Option<&'a PermissionGroup> {
    let known = state.permission_groups.as_ref().filter(|known| known.0 == community)?;
    known.1.iter().find(|group| group.id == id)
}

fn words(bits: u64) -> String {
    let held: Vec<&str> = GROUP_RIGHTS.iter().filter(|row| Permission(bits).grants(row.0)).map(|row| row.1).collect();
    if held.is_empty() { "nothing besides reading".into() } else { held.join(", ") }
}

fn group_row(group: &PermissionGroup) -> ListingRow {
    let right = counted(group.members, "member");
    ListingRow { id: group.id.clone(), left: group.name.clone(), right, below: words(group.bits), on: None }
}

/// The rows of one permission group: its rights with their switches, then where more about it is.
fn detail_rows(group: &PermissionGroup) -> Vec<ListingRow> {
    let bit = |(right, says): &(GroupRight, &str)| ListingRow {
        id: right.bit().to_string(),
        left: (*says).to_owned(),
        on: Some(Permission(group.bits).grants(*right)),
        ..ListingRow::default()
    };
    let mut rows: Vec<ListingRow> = GROUP_RIGHTS.iter().map(bit).collect();
    let page =
        |id: &str, left: &str, right: String| ListingRow { id: id.into(), left: left.into(), right, ..ListingRow::default() };
    rows.push(page("members", "Members …", counted(group.members, "member")));
    rows.push(page("topics", "Rights in single topics …", String::new()));
    rows
}

fn topic_rows(state: &State, community: &str) -> Vec<ListingRow> {
    let rights = state.topic_rights.as_deref().unwrap_or_default();
    let row = |id: &str, name: &str| {
        let own = rights.iter().find(|row| row.0 == id);
        let held = own.map(|(_, bits)| {
            let held = TOPIC_RIGHTS.iter().filter(|row| Permission(*bits).grants_in_topic(row.0));
            held.map(|row| row.1).collect::<Vec<_>>().join(", ")
        });
        ListingRow {
            id: id.to_owned(),
            left: name.to_owned(),
            right: if own.is_some() { "rights of its own" } else { "as in the community" }.into(),
            below: held.unwrap_or_default(),
            on: None,
        }
    };
    state.groups.topics_of(community).into_iter().map(|(_, group)| row(&group.id, group.shown_name())).collect()
}

fn topic_bit_rows(state: &State, topic: &str) -> Vec<ListingRow> {
    let bits = topic_bits(state, topic).unwrap_or(0);
    let row = |(right, says): &(tern_protocol::model::permission::TopicRight, &str)| ListingRow {
        id: right.bit().to_string(),
        left: (*says).to_owned(),
        on: Some(Permission(bits).grants_in_topic(*right)),
        ..ListingRow::default()
    };
    TOPIC_RIGHTS.iter().map(row).collect()
}

fn topic_bits(state: &State, topic: &str) -> Option<u64> {
    state.topic_rights.as_ref()?.iter().find(|row| row.0 == topic).map(|row| row.1)
}

fn push(state: &mut State, listed: Listed, title: String, says: &str, rows: Vec<ListingRow>, busy: bool) {
    let list = Listing { rows, busy, ..Listing::new(listed, title, says) };
    state.modals.push(Modal::Listing(Box::new(list)));
}

/// Runs an action on the chosen row of one of these lists.
pub(super) fn run(state: &mut State, listed: Listed, action: Action, row: Option<ListingRow>, out: &mut Vec<Effect>) {
    match listed {
        Listed::PermissionGroups(community) => on_groups(state, &community, action, row, out),
        Listed::PermissionGroup { community, id } => on_group(state, &community, &id, action, row, out),
        Listed::PermissionMembers { community, id } => on_members(state, community, id, action, row, out),
        Listed::PermissionTopics { community, id } => on_topics(state, community, id, action, row, out),
        Listed::TopicRights { community, id, topic } => {
            let (Some(row), Action::Confirm | Action::ListingToggle) = (row, action) else { return };
            let known = topic_bits(state, &topic);
            let bits = Some(known.unwrap_or(0) ^ bit_of(&row));
            let what = TopicChange::TopicRight { id, topic, bits, known: known.is_some() };
            change_now(state, &community, what, out);
        }
        _ => {}
    }
}

fn bit_of(row: &ListingRow) -> u64 {
    row.id.parse::<u32>().ok().and_then(|bit| 1_u64.checked_shl(bit)).unwrap_or(0)
}

fn on_groups(state: &mut State, community: &str, action: Action, row: Option<ListingRow>, out: &mut Vec<Effect>) {
    let makes = state.may_in(community, GroupRight::ManagePermissionGroupInfo);
    match (action, row) {
        (Action::Confirm, Some(row)) if row.id.is_empty() => change_now(state, community, TopicChange::PermissionsOn, out),
        (Action::Confirm, Some(row)) => {
            if let Some(group) = found(state, community, &row.id).cloned() {
                let listed = Listed::PermissionGroup { community: community.to_owned(), id: row.id };
                push(state, listed, group.name.clone(), "What its members may do in the community.", detail_rows(&group), false);
            }
        }
        (Action::ListingNew | Action::ListingEdit | Action::RemoveItem, _) if !makes => {
            state.say(Tone::Neutral, "You may not make or change permission groups here");
        }
        (Action::ListingNew, _) => name_form(state, community, None, ""),
        (Action::ListingEdit, Some(row)) => name_form(state, community, Some(row.id), &row.left),
        (Action::RemoveItem, Some(row)) if !row.id.is_empty() => {
            let then = Confirmed::DeletePermissionGroup { community: community.to_owned(), id: row.id };
            let question = format!("Delete the permission group {}?", row.left);
            let detail = "Its members lose what it let them do.".into();
            state.modals.push(Modal::Confirm(Confirm { question, detail, yes: "Delete", then }));
        }
        _ => {}
    }
}

fn name_form(state: &mut State, community: &str, id: Option<String>, name: &str) {
    let title = if id.is_some() { "Rename" } else { "New permission group" };
    let kind = FormKind::PermissionGroup { community: community.to_owned(), id };
    let fields = vec![Field::text("Name", "up to 150 bytes", name)];
    state.modals.push(Modal::Form(Form::new(kind, title, "A name that says what its members are.", fields)));
}

/// A permission group was named.
pub(super) fn submit_name(
    state: &State,
    community: &str,
    id: Option<&String>,
    name: &str,
    out: &mut Vec<Effect>,
) -> Result<Submitted, String> {
    match name.len() {
        0 => return Err("The permission group needs a name".into()),
        n if n > limits::PERMISSION_GROUP_NAME_BYTES => {
            return Err(format!("{n} bytes are too many, {} are allowed", limits::PERMISSION_GROUP_NAME_BYTES));
        }
        _ => {}
    }
    // A new one begins with what an ordinary member does.
    let bits = id.is_none().then_some(Permission::of(&[GroupRight::SendGroupMessage]).0);
    let what = TopicChange::PermissionGroup { id: id.cloned(), name: Some(name.to_owned()), bits };
    change(state, community, what, out)
}

fn on_group(state: &mut State, community: &str, id: &str, action: Action, row: Option<ListingRow>, out: &mut Vec<Effect>) {
    let Some(row) = row.filter(|_| matches!(action, Action::Confirm | Action::ListingToggle)) else { return };
    let Some(group) = found(state, community, id).cloned() else { return };
    let (community_id, id) = (community.to_owned(), id.to_owned());
    match row.id.as_str() {
        "members" => {
            let listed = Listed::PermissionMembers { community: community_id.clone(), id: id.clone() };
            push(state, listed, format!("Members of {}", group.name), "", Vec::new(), true);
            ask(state, CommunityAsk::PermissionMembers { community: community_id, id }, out);
        }
        "topics" => {
            state.topic_rights = None;
            let listed = Listed::PermissionTopics { community: community_id.clone(), id: id.clone() };
            let says = "Enter gives rights in one topic; d takes the topic's own away.";
            push(state, listed, format!("{} in single topics", group.name), says, Vec::new(), true);
            ask(state, CommunityAsk::TopicRights { community: community_id, id }, out);
        }
        _ if !state.may_in(community, GroupRight::ManagePermissionGroupInfo) => {
            state.say(Tone::Neutral, "You may not change permission groups here");
        }
        _ => {
            let what = TopicChange::PermissionGroup { id: Some(id), name: None, bits: Some(group.bits ^ bit_of(&row)) };
            change_now(state, community, what, out);
        }
    }
}

fn on_members(state: &mut State, community: String, id: String, action: Action, row: Option<ListingRow>, out: &mut Vec<Effect>) {
    let may = state.may_in(&community, GroupRight::ManagePermissionGroupMember);
    match (action, row) {
        (Action::ListingNew | Action::RemoveItem, _) if !may => {
            state.say(Tone::Neutral, "You may not put members into permission groups here");
        }
        (Action::ListingNew, _) => {
            let fields = vec![Field::text("User ID", "a member of the community", "")];
            let kind = FormKind::PermissionMember { community, id };
            state.modals.push(Modal::Form(Form::new(kind, "Add a member", "Who gets these rights?", fields)));
            super::modal::suggest(state);
        }
        (Action::RemoveItem, Some(row)) => {
            change_now(state, &community, TopicChange::PermissionMember { id, user: row.id, on: false }, out);
        }
        _ => {}
    }
}

/// Somebody was named for a permission group.
pub(super) fn submit_member(
    state: &State,
    community: &str,
    id: &str,
    user: &str,
    out: &mut Vec<Effect>,
) -> Result<Submitted, String> {
    UserId::parse(user).map_err(|error| format!("This is no user ID: {error}"))?;
    change(state, community, TopicChange::PermissionMember { id: id.to_owned(), user: user.to_owned(), on: true }, out)
}

fn on_topics(state: &mut State, community: String, id: String, action: Action, row: Option<ListingRow>, out: &mut Vec<Effect>) {
    let Some(row) = row else { return };
    match action {
        Action::Confirm => {
            let rows = topic_bit_rows(state, &row.id);
            let says = "What members of the permission group may do in this topic besides.";
            push(state, Listed::TopicRights { community, id, topic: row.id }, row.left, says, rows, false);
        }
        Action::RemoveItem if topic_bits(state, &row.id).is_some() => {
            let what = TopicChange::TopicRight { id, topic: row.id, bits: None, known: true };
            change_now(state, &community, what, out);
        }
        _ => {}
    }
}

/// Something was changed: what shows it is read anew.
pub(super) fn changed(state: &mut State, community: &str, what: &TopicChange, out: &mut Vec<Effect>) {
    match what {
        TopicChange::PermissionsOn => {
            state
                .modals
                .retain(|modal| !matches!(modal, Modal::Listing(list) if matches!(list.listed, Listed::PermissionGroups(_))));
            if let Some(mut group) = state.groups.get(community).cloned() {
                group.place.permission_groups = true;
                state.groups.set(community, Some(group));
            }
            open(state, community, out);
        }
        TopicChange::PermissionGroup { .. } | TopicChange::PermissionGroupGone { .. } => reload(state, community, out),
        TopicChange::PermissionMember { id, .. } => {
            ask(state, CommunityAsk::PermissionMembers { community: community.to_owned(), id: id.clone() }, out);
            reload(state, community, out);
        }
        TopicChange::TopicRight { id, .. } => {
            ask(state, CommunityAsk::TopicRights { community: community.to_owned(), id: id.clone() }, out);
        }
        _ => {}
    }
}

/// The permission groups are read anew while they are looked at.
fn reload(state: &mut State, community: &str, out: &mut Vec<Effect>) {
    let shown =
        state.modals.iter().any(|modal| matches!(modal, Modal::Listing(list) if list.listed.community() == Some(community)));
    if shown {
        ask(state, CommunityAsk::PermissionGroups { community: community.to_owned() }, out);
    }
}

/// Permission groups of a community changed: own rights may be others now.
pub(super) fn told(state: &mut State, community: &str, out: &mut Vec<Effect>) {
    if state.online() && state.groups.get(community).is_some() {
        out.push(Effect::Ask(Ask::Community(CommunityAsk::OwnRights { community: community.to_owned() })));
    }
    reload(state, community, out);
}

/// Puts rows into a list that is open.
fn fill(state: &mut State, listed: &Listed, rows: Vec<ListingRow>) {
    for modal in &mut state.modals {
        if let Modal::Listing(list) = modal
            && list.listed == *listed
        {
            list.busy = false;
            list.chosen = list.chosen.min(rows.len().saturating_sub(1));
            list.error = None;
            list.rows = rows;
            return;
        }
    }
}

/// What the server has.
pub(super) fn answered(state: &mut State, answer: CommunityAnswer) {
    match answer {
        CommunityAnswer::PermissionGroups { community, result } => match result {
            Ok(groups) => {
                fill(state, &Listed::PermissionGroups(community.clone()), groups.iter().map(group_row).collect());
                for group in &groups {
                    let listed = Listed::PermissionGroup { community: community.clone(), id: group.id.clone() };
                    fill(state, &listed, detail_rows(group));
                }
                state.permission_groups = Some((community, groups));
            }
            Err(refusal) => super::community::failed(state, &refusal),
        },
        CommunityAnswer::PermissionMembers { community, id, result } => match result {
            Ok(members) => {
                let row = |user: &str, name: &str| {
                    let name = if name.is_empty() { state.people.name(user) } else { name };
                    let right = if name == user { String::new() } else { user.to_owned() };
                    ListingRow { id: user.to_owned(), left: name.to_owned(), right, ..ListingRow::default() }
                };
                let rows = members.iter().map(|member| row(&member.user, &member.name)).collect();
                fill(state, &Listed::PermissionMembers { community, id }, rows);
            }
            Err(refusal) => super::community::failed(state, &refusal),
        },
        CommunityAnswer::TopicRights { community, id, result } => match result {
            Ok(rights) => {
                state.topic_rights = Some(rights);
                let rows = topic_rows(state, &community);
                fill(state, &Listed::PermissionTopics { community: community.clone(), id: id.clone() }, rows);
                let topics: Vec<String> =
                    state.groups.topics_of(&community).into_iter().map(|(_, group)| group.id.clone()).collect();
                for topic in topics {
                    let rows = topic_bit_rows(state, &topic);
                    fill(state, &Listed::TopicRights { community: community.clone(), id: id.clone(), topic }, rows);
                }
            }
            Err(refusal) => super::community::failed(state, &refusal),
        },
        CommunityAnswer::Changed { .. } | CommunityAnswer::OwnRights { .. } => {}
    }
}
