//! Threads (a pair of accounts, or a group) and each person's row about one.

use super::engine::{Row, StoreError, Tx, params};
use super::{GroupNo, TinyId};
use std::collections::HashMap;

/// A thread's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct ThreadId(pub(crate) i64);

impl From<ThreadId> for super::engine::Param<'_> {
    fn from(id: ThreadId) -> Self {
        Self::from(id.0)
    }
}

/// What a thread joins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Ends {
    /// Two accounts, in either order; one account talking to itself is a pair too.
    Pair(TinyId, TinyId),
    /// A group.
    Group(GroupNo),
}

impl Ends {
    fn key(self) -> (u64, u64) {
        match self {
            Self::Pair(a, b) => (a.0.min(b.0), a.0.max(b.0)),
            Self::Group(group) => (group.0, 0),
        }
    }

    fn of(low: u64, high: u64) -> Self {
        match high {
            0 => Self::Group(GroupNo(low)),
            _ => Self::Pair(TinyId(low), TinyId(high)),
        }
    }

    /// The other end of a pair.
    pub(crate) fn peer_of(self, own: TinyId) -> Option<TinyId> {
        match self {
            Self::Pair(a, b) if a == own => Some(b),
            Self::Pair(a, _) => Some(a),
            Self::Group(_) => None,
        }
    }
}

/// A thread's row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Thread {
    /// Its number.
    pub(crate) id: ThreadId,
    /// What it joins.
    pub(crate) ends: Ends,
    /// Place of the newest message.
    pub(crate) last_pos: i64,
    /// Unix seconds of the newest message that moves the conversation up.
    pub(crate) last_time: i64,
    /// Counted messages of `low`, or of the group.
    counted_low: i64,
    /// Counted messages of `high`.
    counted_high: i64,
    /// Somebody has it off the list.
    pub(crate) has_hidden: bool,
    /// Number of the last change.
    pub(crate) rev: i64,
    /// Places up to this one are gone for everybody.
    pub(crate) start_pos: i64,
    /// Highest place that was recalled.
    pub(crate) recalled_pos: i64,
    /// One-to-one: somebody has a receive option of its own here.
    pub(crate) has_options: bool,
    /// Groups: all members have read up to this place, but those of [`Own::put_below`].
    pub(crate) all_read_pos: i64,
}

/// Columns of a thread in a joined row.
const THREAD_COLUMNS: usize = 13;

impl Thread {
    /// Counted messages that were not sent by `own`; in groups own ones are in it.
    pub(crate) fn counted_for(&self, own: TinyId) -> i64 {
        match self.ends {
            // Nobody has unread messages of oneself.
            Ends::Pair(low, high) if low == high => 0,
            Ends::Pair(low, _) if low == own => self.counted_high,
            Ends::Pair(..) | Ends::Group(_) => self.counted_low,
        }
    }
}

fn thread(row: &Row, from: usize) -> Result<Thread, StoreError> {
    Ok(Thread {
        id: ThreadId(row.int(from)?),
        ends: Ends::of(row.u64(from + 1)?, row.u64(from + 2)?),
        last_pos: row.int(from + 3)?,
        last_time: row.int(from + 4)?,
        counted_low: row.int(from + 5)?,
        counted_high: row.int(from + 6)?,
        has_hidden: row.bool(from + 7)?,
        rev: row.int(from + 8)?,
        start_pos: row.int(from + 9)?,
        recalled_pos: row.int(from + 10)?,
        has_options: row.bool(from + 11)?,
        all_read_pos: row.int(from + 12)?,
    })
}

/// A thread that has messages.
pub(crate) fn find(tx: &Tx<'_>, ends: Ends) -> Result<Option<Thread>, StoreError> {
    let (low, high) = ends.key();
    let row = tx.query_one(
        "SELECT thread_id, low, high, last_pos, last_time, counted_low, counted_high, has_hidden, rev,
           start_pos, recalled_pos, has_options, all_read_pos FROM thread
         WHERE low = ?1 AND high = ?2",
        params![low, high],
    )?;
    row.map(|row| thread(&row, 0)).transpose()
}

/// A thread by its number.
pub(crate) fn by_id(tx: &Tx<'_>, id: ThreadId) -> Result<Option<Thread>, StoreError> {
    let row = tx.query_one(
        "SELECT thread_id, low, high, last_pos, last_time, counted_low, counted_high, has_hidden, rev,
           start_pos, recalled_pos, has_options, all_read_pos FROM thread WHERE thread_id = ?1",
        params![id],
    )?;
    row.map(|row| thread(&row, 0)).transpose()
}

/// How a new message changes its thread.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Advance {
    /// Who sends.
    pub(crate) sender: TinyId,
    /// Unix seconds.
    pub(crate) time: i64,
    /// Counts as unread.
    pub(crate) counts: bool,
    /// Moves the conversation up.
    pub(crate) moves_up: bool,
}

/// Takes the next place of a thread, which is made if it is new. The row as it is afterwards; `last_pos` is the place taken.
pub(crate) fn advance(tx: &Tx<'_>, ends: Ends, step: Advance) -> Result<Thread, StoreError> {
    let (low, high) = ends.key();
    let from_low = high == 0 || step.sender.0 == low;
    let (low_more, high_more) = (step.counts && from_low, step.counts && !from_low);
    let time = if step.moves_up { step.time } else { 0 };
    let rev = tx.next_rev();
    // Cheaper than RETURNING, for which SQLite makes a table of its own each time. There is one writer: an engine with several must
    // lock the row it reads here.
    let Some(mut thread) = find(tx, ends)? else {
        tx.execute(
            "INSERT INTO thread (low, high, last_pos, last_time, counted_low, counted_high, rev) VALUES (?1, ?2, 1, ?3, ?4, ?5, ?6)",
            params![low, high, time, low_more, high_more, rev],
        )?;
        return find(tx, ends)?.ok_or_else(|| StoreError::Corrupt("a thread that was just made is not there".into()));
    };
    thread.last_pos += 1;
    thread.last_time = thread.last_time.max(time);
    thread.counted_low += i64::from(low_more);
    thread.counted_high += i64::from(high_more);
    thread.rev = rev;
    tx.execute(
        "UPDATE thread SET last_pos = ?2, last_time = ?3, counted_low = ?4, counted_high = ?5, rev = ?6 WHERE thread_id = ?1",
        params![thread.id, thread.last_pos, thread.last_time, thread.counted_low, thread.counted_high, rev],
    )?;
    Ok(thread)
}

/// A conversation as one person sees it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Own {
    /// Own read position.
    pub(crate) read_pos: i64,
    /// Counted messages of others up to it.
    pub(crate) read_count: i64,
    /// Groups: own counted messages above it.
    pub(crate) own_after: i64,
    /// Places up to this one cannot be read.
    pub(crate) start_pos: i64,
    /// Unix milliseconds at which it was pinned; 0: it is not.
    pub(crate) pinned_ms: i64,
    /// Off the list.
    pub(crate) hidden: bool,
    /// Receive option of a one-to-one conversation.
    pub(crate) msg_flag: i64,
    /// Number of the last change.
    pub(crate) rev: i64,
    /// Highest place that the person deleted for itself.
    pub(crate) deleted_pos: i64,
    /// The place up to which all have read, as it was when the backend put this person's position below it; 0: it did not.
    pub(crate) put_below: i64,
}

impl Own {
    /// The place from which on somebody may have something unread: where it joined, or up to where all have read.
    pub(crate) fn floor(&self, thread: &Thread, join_pos: i64) -> i64 {
        if self.put_below < thread.all_read_pos { join_pos.max(thread.all_read_pos) } else { join_pos }
    }

    /// Messages of others above the read position that counted when they were sent.
    pub(crate) fn unread(&self, thread: &Thread, own: TinyId) -> i64 {
        (thread.counted_for(own) - self.read_count - self.own_after).max(0)
    }
}

fn own(row: &Row, from: usize) -> Result<Own, StoreError> {
    Ok(Own {
        read_pos: row.int(from)?,
        read_count: row.int(from + 1)?,
        own_after: row.int(from + 2)?,
        start_pos: row.int(from + 3)?,
        pinned_ms: row.int(from + 4)?,
        hidden: row.bool(from + 5)?,
        msg_flag: row.int(from + 6)?,
        rev: row.int(from + 7)?,
        deleted_pos: row.int(from + 8)?,
        put_below: row.int(from + 9)?,
    })
}

/// A person's row about a thread.
pub(crate) fn own_row(tx: &Tx<'_>, owner: TinyId, thread: ThreadId) -> Result<Option<Own>, StoreError> {
    let row = tx.query_one(
        "SELECT read_pos, read_count, own_after, start_pos, pinned_ms, hidden, msg_flag, rev, deleted_pos, put_below
         FROM conversation
         WHERE owner = ?1 AND thread_id = ?2",
        params![owner, thread],
    )?;
    row.map(|row| own(&row, 0)).transpose()
}

/// Writes a person's row, new or changed.
pub(crate) fn put_own(tx: &Tx<'_>, owner: TinyId, thread: ThreadId, row: &Own) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO conversation (owner, thread_id, read_pos, read_count, own_after, start_pos, pinned_ms, hidden, msg_flag, rev,
           deleted_pos, put_below)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
         ON CONFLICT (owner, thread_id) DO UPDATE SET read_pos = excluded.read_pos, read_count = excluded.read_count,
           own_after = excluded.own_after, start_pos = excluded.start_pos, pinned_ms = excluded.pinned_ms,
           hidden = excluded.hidden, msg_flag = excluded.msg_flag, rev = excluded.rev,
           deleted_pos = excluded.deleted_pos, put_below = excluded.put_below",
        params![
            owner,
            thread,
            row.read_pos,
            row.read_count,
            row.own_after,
            row.start_pos,
            row.pinned_ms,
            row.hidden,
            row.msg_flag,
            row.rev,
            row.deleted_pos,
            row.put_below
        ],
    )?;
    Ok(())
}

/// All members of a group have read its thread to the end: one row, however many they are.
pub(crate) fn all_have_read(tx: &Tx<'_>, thread: ThreadId) -> Result<(), StoreError> {
    tx.execute("UPDATE thread SET all_read_pos = last_pos WHERE thread_id = ?1", params![thread])?;
    Ok(())
}

/// How many conversations a person has pinned.
pub(crate) fn pinned(tx: &Tx<'_>, owner: TinyId) -> Result<i64, StoreError> {
    let row = tx.query_one("SELECT COUNT(*) FROM conversation WHERE owner = ?1 AND pinned_ms > 0", params![owner])?;
    row.map_or(Ok(0), |row| row.int(0))
}

/// Makes a person's row at the first message of a pair, unless it is there.
pub(crate) fn open(tx: &Tx<'_>, owner: TinyId, thread: ThreadId, rev: i64) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO conversation (owner, thread_id, read_pos, read_count, rev) VALUES (?1, ?2, 0, 0, ?3)
         ON CONFLICT (owner, thread_id) DO NOTHING",
        params![owner, thread, rev],
    )?;
    Ok(())
}

/// The thread of two accounts or a group, made without a message if it is new.
pub(crate) fn ensure(tx: &Tx<'_>, ends: Ends) -> Result<Thread, StoreError> {
    let (low, high) = ends.key();
    tx.execute(
        "INSERT INTO thread (low, high, rev) VALUES (?1, ?2, ?3) ON CONFLICT (low, high) DO NOTHING",
        params![low, high, tx.next_rev()],
    )?;
    find(tx, ends)?.ok_or_else(|| StoreError::Engine("a thread that was just made is not there".into()))
}

/// Somebody has taken a conversation off the list.
pub(crate) fn set_has_hidden(tx: &Tx<'_>, thread: ThreadId) -> Result<(), StoreError> {
    tx.execute("UPDATE thread SET has_hidden = 1 WHERE thread_id = ?1", params![thread])?;
    Ok(())
}

/// Somebody has a receive option of its own in a one-to-one conversation.
pub(crate) fn set_has_options(tx: &Tx<'_>, thread: ThreadId) -> Result<(), StoreError> {
    tx.execute("UPDATE thread SET has_options = 1 WHERE thread_id = ?1", params![thread])?;
    Ok(())
}

/// A new message to everybody brings a conversation back on all the lists it was taken off.
pub(crate) fn bring_back_all(tx: &Tx<'_>, thread: ThreadId, rev: i64) -> Result<(), StoreError> {
    tx.execute("UPDATE conversation SET hidden = 0, rev = ?2 WHERE thread_id = ?1 AND hidden = 1", params![thread, rev])?;
    tx.execute("UPDATE thread SET has_hidden = 0 WHERE thread_id = ?1", params![thread])?;
    Ok(())
}

/// A new message to some brings a conversation back on their lists.
pub(crate) fn bring_back(tx: &Tx<'_>, thread: ThreadId, owners: &[TinyId], rev: i64) -> Result<(), StoreError> {
    for owner in owners {
        tx.execute(
            "UPDATE conversation SET hidden = 0, rev = ?3 WHERE owner = ?1 AND thread_id = ?2 AND hidden = 1",
            params![*owner, thread, rev],
        )?;
    }
    tx.execute(
        "UPDATE thread SET has_hidden =
           CASE WHEN EXISTS (SELECT 1 FROM conversation WHERE thread_id = ?1 AND hidden = 1) THEN 1 ELSE 0 END WHERE thread_id = ?1",
        params![thread],
    )?;
    Ok(())
}

/// One of a person's own counted group messages stands above the read position.
pub(crate) fn count_own(tx: &Tx<'_>, owner: TinyId, thread: ThreadId) -> Result<usize, StoreError> {
    tx.execute("UPDATE conversation SET own_after = own_after + 1 WHERE owner = ?1 AND thread_id = ?2", params![owner, thread])
}

/// A one-to-one conversation of a person: its thread and the person's row.
#[derive(Clone, Debug)]
pub(crate) struct Listed {
    /// The thread.
    pub(crate) thread: Thread,
    /// The person's row.
    pub(crate) own: Own,
}

/// All one-to-one conversations of a person that changed after `rev`, in no order.
pub(crate) fn pairs_of(tx: &Tx<'_>, owner: TinyId, rev: i64) -> Result<Vec<Listed>, StoreError> {
    let rows = tx.query(
        "SELECT t.thread_id, t.low, t.high, t.last_pos, t.last_time, t.counted_low, t.counted_high, t.has_hidden, t.rev, t.start_pos, t.recalled_pos, t.has_options, t.all_read_pos,
                c.read_pos, c.read_count, c.own_after, c.start_pos, c.pinned_ms, c.hidden, c.msg_flag, c.rev, c.deleted_pos, c.put_below
         FROM conversation AS c JOIN thread AS t ON t.thread_id = c.thread_id
         WHERE c.owner = ?1 AND t.high > 0 AND (c.rev > ?2 OR t.rev > ?2)",
        params![owner, rev],
    )?;
    rows.iter().map(|row| Ok(Listed { thread: thread(row, 0)?, own: own(row, THREAD_COLUMNS)? })).collect()
}

/// Places up to which the peers of a person's one-to-one conversations have read; absent: nothing.
pub(crate) fn peer_reads(tx: &Tx<'_>, owner: TinyId) -> Result<HashMap<ThreadId, i64>, StoreError> {
    let rows = tx.query(
        "SELECT c.thread_id, p.read_pos FROM conversation AS c JOIN thread AS t ON t.thread_id = c.thread_id
         JOIN conversation AS p ON p.owner = CASE WHEN t.low = ?1 THEN t.high ELSE t.low END AND p.thread_id = c.thread_id
         WHERE c.owner = ?1 AND t.high > 0",
        params![owner],
    )?;
    rows.iter().map(|row| Ok((ThreadId(row.int(0)?), row.int(1)?))).collect()
}

/// A group's conversation of a member.
#[derive(Clone, Debug)]
pub(crate) struct ListedGroup {
    /// The group.
    pub(crate) group: GroupNo,
    /// Type of the group, numbered as in its row.
    pub(crate) kind: i64,
    /// The member's receive option, numbered as in its row.
    pub(crate) msg_flag: i64,
    /// The group's last place when the member came.
    join_pos: i64,
    /// Of a topic that may be older than the membership: number of the change with which the member came; 0: it is younger.
    join_rev: i64,
    /// Numbers of the last change of the group's profile and of the membership.
    pub(crate) rev: i64,
    /// The thread; `None`: no message yet.
    pub(crate) thread: Option<Thread>,
    /// The member's row; `None`: the member never acted.
    pub(crate) own: Option<Own>,
}

impl ListedGroup {
    /// The group's last place when the member came. Of a topic nothing is written when somebody comes: it is the place of the last
    /// message that was written before, unless the member acted since.
    pub(crate) fn join_pos(&self, tx: &Tx<'_>) -> Result<i64, StoreError> {
        match &self.thread {
            Some(thread) if self.join_rev > 0 && self.own.as_ref().is_none_or(|own| own.rev <= self.join_rev) => {
                super::message::last_pos_of_rev(tx, thread.id, thread.last_pos, self.join_rev)
            }
            _ => Ok(self.join_pos),
        }
    }
}

/// Topics of the communities that a person is in. A community's topics have the numbers of [`GroupNo::topics`].
const TOPICS: &str = "SELECT g.group_no, g.kind, COALESCE(o.msg_flag, m.msg_flag), 0, 
            CASE WHEN m.rev >= g.rev AND m.rev >= COALESCE(o.rev, 0) THEN m.rev WHEN g.rev >= COALESCE(o.rev, 0) THEN g.rev ELSE o.rev END,
            t.thread_id, t.low, t.high, t.last_pos, t.last_time, t.counted_low, t.counted_high, t.has_hidden, t.rev, t.start_pos, t.recalled_pos, t.has_options, t.all_read_pos,
            c.read_pos, c.read_count, c.own_after, c.start_pos, c.pinned_ms, c.hidden, c.msg_flag, c.rev, c.deleted_pos, c.put_below,
            CASE WHEN g.created_at > m.joined_at THEN 0 ELSE m.join_rev END
     FROM group_member AS m
     JOIN chat_group AS a ON a.group_no = m.group_no AND a.dismissed_at = 0 AND a.support_topic = 1
     JOIN chat_group AS g ON g.group_no BETWEEN -(m.group_no * 1048576 + 1048575) AND -(m.group_no * 1048576 + 1) AND g.dismissed_at = 0
     LEFT JOIN topic_member AS o ON o.topic_no = g.group_no AND o.tiny_id = m.tiny_id
     LEFT JOIN thread AS t ON t.low = g.group_no AND t.high = 0
     LEFT JOIN conversation AS c ON c.owner = m.tiny_id AND c.thread_id = t.thread_id
     WHERE m.tiny_id = ?1 AND m.role > 0";

const GROUPS: &str = "SELECT m.group_no, g.kind, m.msg_flag, m.join_seq, CASE WHEN m.rev > g.rev THEN m.rev ELSE g.rev END,
            t.thread_id, t.low, t.high, t.last_pos, t.last_time, t.counted_low, t.counted_high, t.has_hidden, t.rev, t.start_pos, t.recalled_pos, t.has_options, t.all_read_pos,
            c.read_pos, c.read_count, c.own_after, c.start_pos, c.pinned_ms, c.hidden, c.msg_flag, c.rev, c.deleted_pos, c.put_below, 0
     FROM group_member AS m
     JOIN chat_group AS g ON g.group_no = m.group_no AND g.dismissed_at = 0
     LEFT JOIN thread AS t ON t.low = m.group_no AND t.high = 0
     LEFT JOIN conversation AS c ON c.owner = m.tiny_id AND c.thread_id = t.thread_id
     WHERE m.tiny_id = ?1 AND m.role > 0 AND (g.active = 1 OR m.role = 400)";

fn listed_group(row: &Row) -> Result<ListedGroup, StoreError> {
    const OWN: usize = 5 + THREAD_COLUMNS;
    const OWN_COLUMNS: usize = 10;
    let has_thread = row.opt_int(5)?.is_some();
    let has_own = row.opt_int(OWN)?.is_some();
    Ok(ListedGroup {
        group: GroupNo(row.u64(0)?),
        kind: row.int(1)?,
        msg_flag: row.int(2)?,
        join_pos: row.int(3)?,
        join_rev: row.int(OWN + OWN_COLUMNS)?,
        rev: row.int(4)?,
        thread: has_thread.then(|| thread(row, 5)).transpose()?,
        own: has_own.then(|| own(row, OWN)).transpose()?,
    })
}

/// The conversations of all groups and topics a person is in, in no order. A community with topics has none itself.
pub(crate) fn groups_of(tx: &Tx<'_>, owner: TinyId) -> Result<Vec<ListedGroup>, StoreError> {
    let mut rows = tx.query(&format!("{GROUPS} AND g.support_topic = 0"), params![owner])?;
    rows.extend(tx.query(TOPICS, params![owner])?);
    rows.iter().map(listed_group).collect()
}

/// The communities with topics that a person is in, in no order.
pub(crate) fn communities_of(tx: &Tx<'_>, owner: TinyId) -> Result<Vec<ListedGroup>, StoreError> {
    tx.query(&format!("{GROUPS} AND g.support_topic = 1"), params![owner])?.iter().map(listed_group).collect()
}

/// The conversation of one group a person is in.
pub(crate) fn group_of(tx: &Tx<'_>, owner: TinyId, group: GroupNo) -> Result<Option<ListedGroup>, StoreError> {
    let sql = match group.is_topic() {
        true => format!("{TOPICS} AND m.group_no = ?3 AND g.group_no = ?2"),
        false => format!("{GROUPS} AND m.group_no = ?2"),
    };
    let row = match group.is_topic() {
        true => tx.query_one(&sql, params![owner, group, group.roster()])?,
        false => tx.query_one(&sql, params![owner, group])?,
    };
    row.as_ref().map(listed_group).transpose()
}

/// A group that a person is in no more: left, removed from, or dismissed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct GoneGroup {
    /// The group.
    pub(crate) group: GroupNo,
    /// Number of the change that ended it.
    pub(crate) rev: i64,
}

/// Groups that ended for a person after `rev`.
pub(crate) fn groups_gone_since(tx: &Tx<'_>, owner: TinyId, rev: i64) -> Result<Vec<GoneGroup>, StoreError> {
    let rows = tx.query(
        "SELECT m.group_no, CASE WHEN m.role = 0 THEN m.rev ELSE g.rev END
         FROM group_member AS m JOIN chat_group AS g ON g.group_no = m.group_no
         WHERE m.tiny_id = ?1 AND ((m.role = 0 AND m.rev > ?2) OR (m.role > 0 AND g.dismissed_at > 0 AND g.rev > ?2))",
        params![owner, rev],
    )?;
    let topics = tx.query(
        "SELECT g.group_no, g.rev FROM group_member AS m
         JOIN chat_group AS a ON a.group_no = m.group_no AND a.dismissed_at = 0 AND a.support_topic = 1
         JOIN chat_group AS g ON g.group_no BETWEEN -(m.group_no * 1048576 + 1048575) AND -(m.group_no * 1048576 + 1)
         WHERE m.tiny_id = ?1 AND m.role > 0 AND g.dismissed_at > 0 AND g.rev > ?2",
        params![owner, rev],
    )?;
    let gone = |row: &Row| Ok(GoneGroup { group: GroupNo(row.u64(0)?), rev: row.int(1)? });
    rows.iter().chain(&topics).map(gone).collect()
}

/// Numbers of the groups that a person is in and wants to hear (receive option 2 is to hear nothing).
pub(crate) fn group_numbers_of(tx: &Tx<'_>, owner: TinyId) -> Result<Vec<GroupNo>, StoreError> {
    let rows = tx.query("SELECT group_no FROM group_member WHERE tiny_id = ?1 AND role > 0 AND msg_flag <> 2", params![owner])?;
    rows.iter().map(|row| row.u64(0).map(GroupNo)).collect()
}
