//! Applications for membership and invitations that wait, and those that were handled of late.

use super::engine::{Row, StoreError, Tx, params};
use super::{GroupNo, TinyId};
use tern_protocol::model::group::{GroupKind, Role};

/// What a request is; numbered as on the wire and in its row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RequestKind {
    /// Somebody applies; owner and admins decide.
    Join,
    /// Somebody is invited and decides.
    Invited,
    /// Somebody is invited; owner and admins decide.
    Invite,
}

impl RequestKind {
    /// The number on the wire.
    pub(crate) const fn number(self) -> i64 {
        self as i64
    }

    fn from_number(number: i64) -> Option<Self> {
        [Self::Join, Self::Invited, Self::Invite].into_iter().find(|kind| kind.number() == number)
    }
}

/// A request that is to be remembered.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NewRequest<'a> {
    /// The group.
    pub(crate) group: GroupNo,
    /// What it is.
    pub(crate) kind: RequestKind,
    /// Who would become a member.
    pub(crate) person: TinyId,
    /// Who invited.
    pub(crate) inviter: Option<TinyId>,
    /// Words of the applicant.
    pub(crate) message: &'a str,
    /// Unix seconds.
    pub(crate) now: i64,
}

/// A request as it stands.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// Its number.
    pub(crate) no: i64,
    /// What it is.
    pub(crate) kind: RequestKind,
    /// Who would become a member.
    pub(crate) person: TinyId,
    /// Who invited.
    pub(crate) inviter: Option<TinyId>,
    /// Words of the applicant.
    pub(crate) message: String,
    /// Unix seconds.
    pub(crate) added_at: i64,
    /// Unix seconds; 0: it waits.
    pub(crate) handled_at: i64,
    /// Who handled it.
    pub(crate) handler: TinyId,
    /// Agreed or refused.
    pub(crate) agreed: bool,
    /// Words of who handled it.
    pub(crate) handled_message: String,
}

const COLUMNS: &str = "r.request_no, r.kind, r.person, r.inviter, r.message, r.added_at, r.handled_at, r.handler, r.agreed, \
                       r.handled_message";

fn read(row: &mut Row) -> Result<Request, StoreError> {
    let kind = RequestKind::from_number(row.int(1)?).ok_or(StoreError::Column { column: 1, wanted: "a kind of request" })?;
    Ok(Request {
        no: row.int(0)?,
        kind,
        person: TinyId(row.u64(2)?),
        inviter: Some(TinyId(row.u64(3)?)).filter(|inviter| inviter.0 > 0),
        message: row.take_text(4)?,
        added_at: row.int(5)?,
        handled_at: row.int(6)?,
        handler: TinyId(row.u64(7)?),
        agreed: row.bool(8)?,
        handled_message: row.take_text(9)?,
    })
}

/// Remembers a request; a repeat replaces the words and the inviter of the first, and counts as new. Answers its number. Of a group,
/// at most `waiting` wait: the oldest gives way; those that were handled before `old` (Unix seconds) go.
pub(crate) fn put(tx: &Tx<'_>, new: NewRequest<'_>, waiting: i64, old: i64) -> Result<i64, StoreError> {
    let (group, kind) = (new.group, new.kind.number());
    tx.execute(
        "DELETE FROM group_request WHERE group_no = ?1
           AND ((person = ?2 AND kind = ?3 AND handled_at = 0) OR (handled_at > 0 AND handled_at <= ?4))",
        params![group, new.person, kind, old],
    )?;
    tx.execute(
        "DELETE FROM group_request WHERE group_no = ?1 AND handled_at = 0 AND request_no <=
           (SELECT request_no FROM group_request WHERE group_no = ?1 AND handled_at = 0 ORDER BY request_no DESC LIMIT 1 OFFSET ?2)",
        params![group, (waiting - 1).max(0)],
    )?;
    let row = tx.query_one(
        "INSERT INTO group_request (group_no, kind, person, inviter, message, added_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         RETURNING request_no",
        params![group, kind, new.person, new.inviter.map_or(0, |inviter| inviter.0), new.message, new.now],
    )?;
    row.unwrap_or_default().int(0)
}

/// Whether a request of a person for a group waits.
pub(crate) fn waits(tx: &Tx<'_>, group: GroupNo, person: TinyId, kind: RequestKind) -> Result<bool, StoreError> {
    let sql = "SELECT 1 FROM group_request WHERE group_no = ?1 AND person = ?2 AND kind = ?3 AND handled_at = 0";
    Ok(tx.query_one(sql, params![group, person, kind.number()])?.is_some())
}

/// How many applications of a person wait, or how many invitations.
pub(crate) fn waiting_of(tx: &Tx<'_>, person: TinyId, kind: RequestKind) -> Result<i64, StoreError> {
    let sql = "SELECT COUNT(*) FROM group_request WHERE person = ?1 AND kind = ?2 AND handled_at = 0";
    tx.query_one(sql, params![person, kind.number()])?.unwrap_or_default().int(0)
}

/// The requests of a person for a group, those that wait first, then newest first.
pub(crate) fn of_person(tx: &Tx<'_>, group: GroupNo, person: TinyId) -> Result<Vec<Request>, StoreError> {
    let rows = tx.query(
        &format!(
            "SELECT {COLUMNS} FROM group_request r WHERE r.group_no = ?1 AND r.person = ?2
             ORDER BY CASE WHEN r.handled_at = 0 THEN 0 ELSE 1 END, r.request_no DESC LIMIT 20"
        ),
        params![group, person],
    )?;
    rows.into_iter().map(|mut row| read(&mut row)).collect()
}

/// Somebody decided.
pub(crate) fn handle(tx: &Tx<'_>, no: i64, handler: TinyId, agreed: bool, message: &str, now: i64) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE group_request SET handled_at = ?2, handler = ?3, agreed = ?4, handled_message = ?5 WHERE request_no = ?1",
        params![no, now.max(1), handler, agreed, message],
    )?;
    Ok(())
}

/// What of a person for a group waits no more: it is a member.
pub(super) fn forget_waiting(tx: &Tx<'_>, group: GroupNo, person: TinyId) -> Result<(), StoreError> {
    tx.execute("DELETE FROM group_request WHERE group_no = ?1 AND person = ?2 AND handled_at = 0", params![group, person])?;
    Ok(())
}

/// All of a group that is gone.
pub(super) fn forget_group(tx: &Tx<'_>, group: GroupNo) -> Result<(), StoreError> {
    tx.execute("DELETE FROM group_request WHERE group_no = ?1", params![group])?;
    Ok(())
}

/// A request with what a list shows of its group.
#[derive(Clone, Debug)]
pub(crate) struct ListedRequest {
    /// The request.
    pub(crate) request: Request,
    /// Name of the group on the wire.
    pub(crate) group_id: String,
    /// What people call it.
    pub(crate) group_name: String,
    /// Its type.
    pub(crate) kind: GroupKind,
    /// The reader's role there; `None`: no member.
    pub(crate) role: Option<Role>,
}

/// What concerns a person, newest first: own invitations, and what came to the groups where it is owner or admin. Of what was handled,
/// that which was after `old` (Unix seconds).
pub(crate) fn concerning(tx: &Tx<'_>, user: TinyId, old: i64, limit: i64) -> Result<Vec<ListedRequest>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS}, g.group_id, g.name, g.kind, m.role FROM group_member m
           JOIN group_request r ON r.group_no = m.group_no JOIN chat_group g ON g.group_no = m.group_no
         WHERE m.tiny_id = ?1 AND m.role > 200 AND r.kind <> 1 AND (r.handled_at = 0 OR r.handled_at > ?2) AND g.dismissed_at = 0
         UNION ALL
         SELECT {COLUMNS}, g.group_id, g.name, g.kind, 0 FROM group_request r JOIN chat_group g ON g.group_no = r.group_no
         WHERE r.person = ?1 AND r.kind = 1 AND (r.handled_at = 0 OR r.handled_at > ?2) AND g.dismissed_at = 0
         ORDER BY 1 DESC LIMIT ?3"
    );
    let listed = |mut row: Row| {
        let request = read(&mut row)?;
        let kind = GroupKind::from_number(row.int(12)?).ok_or(StoreError::Column { column: 12, wanted: "a group type" })?;
        let role = Role::from_number(row.int(13)?);
        Ok(ListedRequest { request, group_id: row.take_text(10)?, group_name: row.take_text(11)?, kind, role })
    };
    tx.query(&sql, params![user, old, limit])?.into_iter().map(listed).collect()
}

/// Up to when (Unix seconds) a person has seen its requests.
pub(crate) fn read_at(tx: &Tx<'_>, user: TinyId) -> Result<i64, StoreError> {
    let row = tx.query_one("SELECT read_at FROM group_request_read WHERE tiny_id = ?1", params![user])?;
    row.map_or(Ok(0), |row| row.int(0))
}

/// Everything up to a time (Unix seconds) was seen.
pub(crate) fn set_read_at(tx: &Tx<'_>, user: TinyId, time: i64) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO group_request_read (tiny_id, read_at) VALUES (?1, ?2)
         ON CONFLICT (tiny_id) DO UPDATE SET read_at = excluded.read_at WHERE excluded.read_at > read_at",
        params![user, time],
    )?;
    Ok(())
}
