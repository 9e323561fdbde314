//! `tern_search.messages`.

use super::{SearchError, check_keywords, check_list, limit_of, person};
use crate::service::message::history::{self, Opened};
use crate::service::message::view::{self, Names};
use crate::service::{Context, Outcome};
use crate::store::conversation::{self as threads, ThreadId};
use crate::store::engine::{StoreError, Tx};
use crate::store::message::{self, Stored};
use crate::store::search::words::Keyword;
use crate::store::search::{self as store, Candidate, Scope, Wanted};
use crate::store::{TinyId, account, search::number_at};
use std::collections::HashMap;
use tern_protocol::api::conversation::ConversationId;
use tern_protocol::api::search::{SearchHit, SearchMessages, SearchedMessages};
use tern_protocol::limits;

/// Messages that the index answers and one search looks at, the newest first: counts end there.
const LOOKED_AT_MOST: usize = 20_000;
/// Of them in one read.
const CHUNK: i64 = 2_000;
/// Where their texts are read too.
const CHUNK_WITH_TEXT: i64 = 200;
/// Types of elements that can be asked for.
const TYPES: &[&str] = &[
    "TIMTextElem",
    "TIMLocationElem",
    "TIMCustomElem",
    "TIMSoundElem",
    "TIMImageElem",
    "TIMFileElem",
    "TIMVideoFileElem",
    "TIMRelayElem",
];

/// `tern_search.messages`: in one conversation its hits, over all of them how many each has.
pub(crate) fn search(tx: &Tx<'_>, cx: &Context, request: SearchMessages) -> Result<Outcome<SearchedMessages>, SearchError> {
    let viewer = person(cx)?.tiny_id;
    let limit = limit_of(request.limit);
    let cursor = cursor_of(request.cursor.as_deref())?;
    let terms = Terms::of(tx, cx, &request)?;
    match &request.id {
        Some(id) => {
            let opened = history::open(tx, cx, id)?;
            let Some(thread) = opened.thread.as_ref().map(|thread| thread.id) else {
                return Ok(Outcome::reply(SearchedMessages::default()));
            };
            let Some(wanted) = terms.within(Scope::Thread(thread)) else { return Ok(Outcome::reply(SearchedMessages::default())) };
            in_one(tx, &terms, &wanted, &opened, thread, cursor, limit, id).map(Outcome::reply)
        }
        None => {
            let groups = threads::groups_of(tx, viewer)?;
            let groups = groups.iter().filter_map(|listed| listed.thread.as_ref().map(|thread| thread.id)).collect();
            let Some(wanted) = terms.within(Scope::Person(viewer, groups)) else {
                return Ok(Outcome::reply(SearchedMessages::default()));
            };
            in_all(tx, cx, &terms, &wanted, viewer, cursor, limit).map(Outcome::reply)
        }
    }
}

fn cursor_of(text: Option<&str>) -> Result<Option<i64>, SearchError> {
    match text.filter(|text| !text.is_empty()) {
        None => Ok(None),
        Some(text) => {
            let cursor = text.parse().ok().filter(|cursor| *cursor > 0);
            cursor.map(Some).ok_or(SearchError::Field("Cursor", "is none of this service's"))
        }
    }
}

/// What is searched for, checked.
struct Terms {
    keywords: Vec<Keyword>,
    all_keywords: bool,
    senders: Vec<TinyId>,
    types: Vec<String>,
    min_time: i64,
    max_time: i64,
    /// Senders were named, and none of them exists; or a keyword that must be there cannot be found in anything.
    is_hopeless: bool,
}

impl Terms {
    fn of(tx: &Tx<'_>, cx: &Context, request: &SearchMessages) -> Result<Self, SearchError> {
        check_keywords(&request.keywords)?;
        let names = request.senders.as_deref().unwrap_or_default();
        check_list("SenderList", names.len(), limits::SEARCH_TERMS)?;
        let types = request.types.clone().unwrap_or_default();
        check_list("MessageTypeList", types.len(), TYPES.len())?;
        if types.iter().any(|kind| !TYPES.contains(&kind.as_str())) {
            return Err(SearchError::Field("MessageTypeList", "has a type that cannot be searched for"));
        }
        if request.keywords.is_empty() && names.is_empty() && types.is_empty() {
            return Err(SearchError::Field("KeywordList", "may only be empty where senders or types are given"));
        }
        let all_keywords = match request.match_type.as_deref().unwrap_or("OR") {
            "OR" | "" => false,
            "AND" => true,
            _ => return Err(SearchError::Field("MatchType", "must be OR or AND")),
        };
        // Absent or 0: no end.
        let (min_time, max_time) =
            (request.min_time.unwrap_or(0), request.max_time.filter(|seconds| *seconds > 0).unwrap_or(i64::MAX));
        if min_time > max_time {
            return Err(SearchError::Field("MinTime", "is after MaxTime"));
        }
        let keywords: Vec<_> = request.keywords.iter().filter_map(|text| Keyword::parse(text)).collect();
        let mut senders = Vec::with_capacity(names.len());
        for name in names {
            senders.extend(account::find(tx, cx.app.id, name)?.map(|row| row.tiny_id));
        }
        let lost = request.keywords.len() - keywords.len();
        let is_hopeless = (!names.is_empty() && senders.is_empty()) || (lost > 0 && (all_keywords || keywords.is_empty()));
        Ok(Self { keywords, all_keywords, senders, types, min_time, max_time, is_hopeless })
    }

    fn within(&self, scope: Scope) -> Option<Wanted> {
        (!self.is_hopeless).then(|| Wanted {
            scope,
            senders: self.senders.clone(),
            types: self.types.clone(),
            keywords: self.keywords.clone(),
            all_keywords: self.all_keywords,
        })
    }

    fn fits(&self, wanted: &Wanted, stored: &Stored) -> bool {
        (self.min_time..=self.max_time).contains(&stored.time()) && wanted.matches(stored)
    }
}

/// Hands hits to `each`, the newest first, whether or not the caller may read them.
fn each_hit(
    tx: &Tx<'_>,
    terms: &Terms,
    wanted: &Wanted,
    each: &mut dyn FnMut(Candidate) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let with_text = wanted.needs_text();
    let chunk = if with_text { CHUNK_WITH_TEXT } else { CHUNK };
    let (mut below, mut looked_at) = (i64::MAX, 0);
    while looked_at < LOOKED_AT_MOST {
        let found = store::candidates(tx, wanted, below, with_text, chunk)?;
        let is_last = i64::try_from(found.len()).unwrap_or(chunk) < chunk;
        looked_at += found.len();
        for candidate in found {
            below = candidate.message_id;
            if terms.fits(wanted, &candidate.stored) {
                each(candidate)?;
            }
        }
        if is_last {
            break;
        }
    }
    Ok(())
}

fn shows(opened: &Opened, stored: &Stored) -> bool {
    opened.shows(stored) && !stored.has(message::flag::RECALLED)
}

#[expect(clippy::too_many_arguments, reason = "one caller, which has just taken them apart")]
fn in_one(
    tx: &Tx<'_>,
    terms: &Terms,
    wanted: &Wanted,
    opened: &Opened,
    thread: ThreadId,
    cursor: Option<i64>,
    limit: usize,
    id: &ConversationId,
) -> Result<SearchedMessages, SearchError> {
    // A page begins below the place that the last one ended with.
    let below = match cursor {
        None => i64::MAX,
        Some(pos) => number_at(tx, thread, pos)?.unwrap_or(i64::MAX),
    };
    let (mut places, mut total, mut more) = (Vec::new(), 0, false);
    each_hit(tx, terms, wanted, &mut |hit| {
        if shows(opened, &hit.stored) {
            total += 1;
            if hit.message_id < below {
                more = places.len() >= limit;
                if !more {
                    places.push(hit.stored.pos);
                }
            }
        }
        Ok(())
    })?;
    if total == 0 {
        return Ok(SearchedMessages::default());
    }
    let mut names = Names::new(tx);
    let mut message_list = Vec::with_capacity(places.len());
    for pos in &places {
        if let Some(stored) = message::at(tx, thread, *pos)? {
            message_list.push(view::message(&mut names, opened.place(), &stored)?);
        }
    }
    Ok(SearchedMessages {
        total_count: total,
        items: vec![SearchHit { id: id.clone(), message_count: total, message_list }],
        cursor: places.last().filter(|_| more).map(i64::to_string),
    })
}

/// Hits of one conversation.
struct Found {
    opened: Option<Opened>,
    /// Number of the change that wrote the newest one: the order of the conversations.
    newest_rev: i64,
    newest_pos: i64,
    count: u64,
}

fn in_all(
    tx: &Tx<'_>,
    cx: &Context,
    terms: &Terms,
    wanted: &Wanted,
    viewer: TinyId,
    cursor: Option<i64>,
    limit: usize,
) -> Result<SearchedMessages, SearchError> {
    let mut found: HashMap<ThreadId, Found> = HashMap::new();
    each_hit(tx, terms, wanted, &mut |hit| {
        let stored = hit.stored;
        let slot = match found.entry(stored.thread) {
            std::collections::hash_map::Entry::Occupied(known) => known.into_mut(),
            std::collections::hash_map::Entry::Vacant(place) => {
                let opened = history::open_thread(tx, cx, viewer, stored.thread)?;
                place.insert(Found { opened, newest_rev: 0, newest_pos: 0, count: 0 })
            }
        };
        if slot.opened.as_ref().is_some_and(|opened| shows(opened, &stored)) {
            if slot.count == 0 {
                (slot.newest_rev, slot.newest_pos) = (stored.rev, stored.pos);
            }
            slot.count += 1;
        }
        Ok(())
    })?;
    let mut all: Vec<_> = found.into_iter().filter(|(_, found)| found.count > 0).collect();
    all.sort_by_key(|(_, found)| std::cmp::Reverse(found.newest_rev));
    let total_count = u64::try_from(all.len()).unwrap_or(u64::MAX);
    all.retain(|(_, found)| cursor.is_none_or(|cursor| found.newest_rev < cursor));
    let more = all.len() > limit;
    all.truncate(limit);
    let mut answer = SearchedMessages {
        total_count,
        cursor: all.last().filter(|_| more).map(|(_, found)| found.newest_rev.to_string()),
        ..SearchedMessages::default()
    };
    let mut names = Names::new(tx);
    for (thread, found) in &all {
        let Some(opened) = &found.opened else { continue };
        let id = match (&opened.group, opened.peer) {
            (Some(group), _) => ConversationId::group(&group.group_id),
            (None, peer) => ConversationId::c2c(&names.of(peer.unwrap_or(viewer))?.user_id),
        };
        let mut hit = SearchHit { id, message_count: found.count, message_list: Vec::new() };
        if found.count == 1
            && let Some(stored) = message::at(tx, *thread, found.newest_pos)?
        {
            hit.message_list.push(view::message(&mut names, opened.place(), &stored)?);
        }
        answer.items.push(hit);
    }
    Ok(answer)
}
