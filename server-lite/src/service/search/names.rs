//! `tern_search.users`, `groups`, `members`: by any part of a name, in any case. One answer looks at a bounded number of rows, so a
//! page may be short, or empty, and still name a cursor.

use super::{SearchError, check_keywords, check_list, limit_of, person};
use crate::service::message::MessageError;
use crate::service::{Context, Outcome};
use crate::store::account::{self, AccountRow};
use crate::store::engine::Tx;
use crate::store::group::{self, GroupRow, MemberPage};
use crate::store::search::words::fold;
use crate::store::{GroupNo, TinyId};
use tern_protocol::api::search::{FoundGroup, FoundGroups, FoundMember, FoundMembers, FoundUser, FoundUsers, SearchNames};
use tern_protocol::limits;
use tern_protocol::model::group::GroupKind;

/// Rows that one answer looks at.
const LOOKED_AT_MOST: u64 = 20_000;
/// Of them in one read.
const CHUNK: u64 = 1_000;

/// Keywords as they are compared.
struct Terms {
    /// As they came: IDs are exact.
    exact: Vec<String>,
    folded: Vec<String>,
}

impl Terms {
    fn of(request: &SearchNames) -> Result<Self, SearchError> {
        check_keywords(&request.keywords)?;
        let exact: Vec<_> = request.keywords.iter().map(|word| word.trim().to_owned()).filter(|word| !word.is_empty()).collect();
        if exact.is_empty() {
            return Err(SearchError::Field("KeywordList", "is empty"));
        }
        let folded = exact.iter().map(|word| fold(word)).collect();
        Ok(Self { exact, folded })
    }

    fn find(&self, names: &[&str]) -> bool {
        names.iter().filter(|name| !name.is_empty()).any(|name| {
            let name = fold(name);
            self.folded.iter().any(|word| name.contains(word.as_str()))
        })
    }

    fn names(&self, id: &str) -> bool {
        self.exact.iter().any(|word| word == id)
    }
}

/// `tern_search.users`: who has exactly that ID first, then all by ID.
pub(crate) fn users(tx: &Tx<'_>, cx: &Context, request: SearchNames) -> Result<Outcome<FoundUsers>, SearchError> {
    person(cx)?;
    let (terms, limit) = (Terms::of(&request)?, limit_of(request.limit));
    let mut answer = FoundUsers::default();
    let told = |row: AccountRow| FoundUser { user_id: row.user_id, nick: row.nick, face_url: row.face_url };
    let mut after = request.cursor.filter(|cursor| !cursor.is_empty());
    if after.is_none() {
        for name in &terms.exact {
            answer.users.extend(account::find(tx, cx.app.id, name)?.map(told));
        }
        answer.users.sort_by(|one, other| one.user_id.cmp(&other.user_id));
        answer.users.dedup_by(|one, other| one.user_id == other.user_id);
    }
    let mut looked_at = 0;
    while looked_at < LOOKED_AT_MOST {
        let page = account::page(tx, cx.app.id, after.as_deref().unwrap_or_default(), CHUNK)?;
        let is_last = (page.len() as u64) < CHUNK;
        looked_at += CHUNK;
        for row in page {
            if answer.users.len() >= limit {
                answer.cursor = after;
                return Ok(Outcome::reply(answer));
            }
            after = Some(row.user_id.clone());
            if !terms.names(&row.user_id) && terms.find(&[&row.user_id, &row.nick]) {
                answer.users.push(told(row));
            }
        }
        if is_last {
            return Ok(Outcome::reply(answer));
        }
    }
    answer.cursor = after;
    Ok(Outcome::reply(answer))
}

/// `tern_search.groups`: those one is in, and any that has exactly that ID, unless its type cannot be found by others.
pub(crate) fn groups(tx: &Tx<'_>, cx: &Context, request: SearchNames) -> Result<Outcome<FoundGroups>, SearchError> {
    let viewer = person(cx)?.tiny_id;
    let (terms, limit) = (Terms::of(&request)?, limit_of(request.limit));
    let mut found: Vec<GroupRow> = group::of_user(tx, viewer)?.into_iter().map(|(row, _)| row).collect();
    found.retain(|row| terms.names(&row.group_id) || terms.find(&[&row.group_id, &row.name]));
    for name in &terms.exact {
        let row = group::find(tx, cx.app.id, name)?.filter(|row| row.kind != GroupKind::Work && !row.no.is_topic());
        found.extend(row.filter(|row| found.iter().all(|known| known.no != row.no)));
    }
    found.sort_by(|one, other| one.group_id.cmp(&other.group_id));
    if let Some(cursor) = request.cursor.filter(|cursor| !cursor.is_empty()) {
        found.retain(|row| row.group_id > cursor);
    }
    let more = found.len() > limit;
    found.truncate(limit);
    let cursor = found.last().filter(|_| more).map(|row| row.group_id.clone());
    let told = |row: GroupRow| FoundGroup {
        group_id: row.group_id,
        kind: row.kind.wire().to_owned(),
        name: row.name,
        face_url: row.face_url,
        member_num: row.member_num,
    };
    Ok(Outcome::reply(FoundGroups { groups: found.into_iter().map(told).collect(), cursor }))
}

/// Where the search of members goes on: after this member of this group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place {
    group: GroupNo,
    member: TinyId,
}

impl Place {
    fn parse(text: &str) -> Option<Self> {
        let (group, member) = text.split_once('.')?;
        Some(Self { group: GroupNo(group.parse().ok()?), member: TinyId(member.parse().ok()?) })
    }

    fn text(self) -> String {
        format!("{}.{}", self.group.0, self.member)
    }
}

/// `tern_search.members`: in the groups that are named, or in all one is in.
pub(crate) fn members(tx: &Tx<'_>, cx: &Context, request: SearchNames) -> Result<Outcome<FoundMembers>, SearchError> {
    let viewer = person(cx)?.tiny_id;
    let (terms, limit) = (Terms::of(&request)?, limit_of(request.limit));
    let cursor = match request.cursor.as_deref().filter(|cursor| !cursor.is_empty()) {
        None => None,
        Some(text) => Some(Place::parse(text).ok_or(SearchError::Field("Cursor", "is none of this service's"))?),
    };
    let mut answer = FoundMembers::default();
    let mut looked_at = 0;
    for (group, group_id) in searched_groups(tx, cx, viewer, request.group_ids.as_deref())? {
        let mut after = match cursor {
            Some(cursor) if group < cursor.group => continue,
            Some(cursor) if group == cursor.group => Some(cursor.member),
            _ => None,
        };
        loop {
            let page = group::members(tx, group, MemberPage { after, limit: CHUNK, ..MemberPage::default() })?;
            let is_last = (page.len() as u64) < CHUNK;
            for named in page {
                if answer.members.len() >= limit || looked_at >= LOOKED_AT_MOST {
                    answer.cursor = Some(Place { group, member: after.unwrap_or(TinyId(0)) }.text());
                    return Ok(Outcome::reply(answer));
                }
                looked_at += 1;
                after = Some(named.member.tiny_id);
                if terms.find(&[&named.user_id, &named.nick, &named.member.name_card]) {
                    answer.members.push(FoundMember {
                        group_id: group_id.clone(),
                        user_id: named.user_id,
                        nick: named.nick,
                        name_card: named.member.name_card,
                    });
                }
            }
            if is_last {
                break;
            }
        }
    }
    Ok(Outcome::reply(answer))
}

/// Numbers and names of the groups whose members are searched, by number.
fn searched_groups(
    tx: &Tx<'_>,
    cx: &Context,
    viewer: TinyId,
    named: Option<&[String]>,
) -> Result<Vec<(GroupNo, String)>, SearchError> {
    let mut groups: Vec<(GroupNo, String)> = match named.filter(|named| !named.is_empty()) {
        None => {
            let own = group::of_user(tx, viewer)?.into_iter().map(|(row, _)| row);
            own.filter(|row| row.kind != GroupKind::AvChatRoom).map(|row| (row.no, row.group_id)).collect()
        }
        Some(named) => {
            check_list("GroupIdList", named.len(), limits::SEARCH_GROUPS)?;
            let found = named.iter().map(|group_id| searched_group(tx, cx, viewer, group_id));
            found.collect::<Result<_, MessageError>>()?
        }
    };
    groups.sort_unstable();
    groups.dedup();
    Ok(groups)
}

fn searched_group(tx: &Tx<'_>, cx: &Context, viewer: TinyId, group_id: &str) -> Result<(GroupNo, String), MessageError> {
    let unknown = || MessageError::GroupUnknown(group_id.chars().take(96).collect());
    let row = group::find(tx, cx.app.id, group_id)?.ok_or_else(unknown)?;
    match group::role(tx, row.no, viewer)? {
        Some(_) => Ok((row.no, row.group_id)),
        None => Err(MessageError::GroupForbidden("only members may search a group's members")),
    }
}
