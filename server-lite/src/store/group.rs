//! Rows of groups and of their members.

use super::conversation::ThreadId;
use super::engine::{Row, StoreError, Tx, params};
use super::{GroupNo, TinyId};
use std::collections::HashMap;
use tern_protocol::SdkAppId;
use tern_protocol::model::group::{GroupKind, JoinOption, ReceiveOption, Role};

/// A group that exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct GroupRow {
    /// Its number.
    pub(crate) no: GroupNo,
    /// Its name on the wire.
    pub(crate) group_id: String,
    /// Its type.
    pub(crate) kind: GroupKind,
    /// What people call it.
    pub(crate) name: String,
    /// Introduction.
    pub(crate) introduction: String,
    /// Announcement.
    pub(crate) notification: String,
    /// Photo URL.
    pub(crate) face_url: String,
    /// The owner; `None`: nobody.
    pub(crate) owner: Option<TinyId>,
    /// Unix seconds.
    pub(crate) created_at: i64,
    /// Grows with each change of the profile.
    pub(crate) info_seq: u64,
    /// Unix seconds of the last change of the profile.
    pub(crate) last_info_at: i64,
    /// Members now.
    pub(crate) member_num: u64,
    /// Members at most; 0: no limit.
    pub(crate) max_members: u64,
    /// Who wants in.
    pub(crate) join_option: JoinOption,
    /// Who is invited.
    pub(crate) invite_option: JoinOption,
    /// Only owner and admins may speak.
    pub(crate) mute_all: bool,
    /// A community with topics.
    pub(crate) support_topic: bool,
    /// JSON object of custom fields; of a topic its `CustomString`.
    pub(crate) custom: String,
    /// Permission groups decide rights.
    pub(crate) enable_permission: bool,
    /// Bits of members who are in no permission group.
    pub(crate) default_permission: u64,
    /// Whether newcomers may read what was said before; `None`: as the application says for the type.
    pub(crate) history_before_join: Option<bool>,
    /// Not a Work group that nothing was said in yet.
    pub(crate) active: bool,
    /// Number of the last change of the profile.
    pub(crate) rev: i64,
}

/// Seconds.
const DAY: i64 = 86_400;

const COLUMNS: &str = "group_no, group_id, kind, name, introduction, notification, face_url, owner, created_at, info_seq, last_info_at, \
                       member_num, max_members, join_option, invite_option, mute_all, support_topic, custom, \
                       enable_permission, default_permission, history_before_join, active, rev";

fn number<T>(found: Option<T>, column: usize, wanted: &'static str) -> Result<T, StoreError> {
    found.ok_or(StoreError::Column { column, wanted })
}

/// Reads a group from the columns that begin at `at`.
fn read_at(row: &mut Row, at: usize) -> Result<GroupRow, StoreError> {
    Ok(GroupRow {
        no: GroupNo(row.u64(at)?),
        group_id: row.take_text(at + 1)?,
        kind: number(GroupKind::from_number(row.int(at + 2)?), at + 2, "a group type")?,
        name: row.take_text(at + 3)?,
        introduction: row.take_text(at + 4)?,
        notification: row.take_text(at + 5)?,
        face_url: row.take_text(at + 6)?,
        owner: row.opt_int(at + 7)?.map(|owner| TinyId(owner.cast_unsigned())),
        created_at: row.int(at + 8)?,
        info_seq: row.u64(at + 9)?,
        last_info_at: row.int(at + 10)?,
        member_num: row.u64(at + 11)?,
        max_members: row.u64(at + 12)?,
        join_option: number(JoinOption::from_number(row.int(at + 13)?), at + 13, "a join option")?,
        invite_option: number(JoinOption::from_number(row.int(at + 14)?), at + 14, "an invite option")?,
        mute_all: row.bool(at + 15)?,
        support_topic: row.bool(at + 16)?,
        custom: row.take_text(at + 17)?,
        enable_permission: row.bool(at + 18)?,
        default_permission: row.int(at + 19)?.cast_unsigned(),
        history_before_join: row.opt_int(at + 20)?.map(|open| open != 0),
        active: row.bool(at + 21)?,
        rev: row.int(at + 22)?,
    })
}

fn read(mut row: Row) -> Result<GroupRow, StoreError> {
    read_at(&mut row, 0)
}

/// A group by its ID.
pub(crate) fn find(tx: &Tx<'_>, app: SdkAppId, group_id: &str) -> Result<Option<GroupRow>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM chat_group WHERE sdk_app_id = ?1 AND group_id = ?2 AND dismissed_at = 0");
    tx.query_one(&sql, params![app.0, group_id])?.map(read).transpose()
}

/// A group by its number; `None` also when it was dismissed.
pub(crate) fn by_number(tx: &Tx<'_>, no: GroupNo) -> Result<Option<GroupRow>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM chat_group WHERE group_no = ?1 AND dismissed_at = 0");
    tx.query_one(&sql, params![no])?.map(read).transpose()
}

/// Groups of numbers from `low` up to `high`, the highest first.
pub(super) fn between(tx: &Tx<'_>, low: i64, high: i64) -> Result<Vec<GroupRow>, StoreError> {
    let sql =
        format!("SELECT {COLUMNS} FROM chat_group WHERE group_no BETWEEN ?1 AND ?2 AND dismissed_at = 0 ORDER BY group_no DESC");
    tx.query(&sql, params![low, high])?.into_iter().map(read).collect()
}

/// Makes a group from a row whose number and change number are still open; answers its number.
pub(crate) fn insert(tx: &Tx<'_>, app: SdkAppId, group: &GroupRow) -> Result<GroupNo, StoreError> {
    let row = tx.query_one(
        "INSERT INTO chat_group (sdk_app_id, group_id, kind, name, introduction, notification, face_url, owner, created_at, last_info_at,
            max_members, join_option, invite_option, mute_all, support_topic, custom, enable_permission, default_permission,
            history_before_join, active, rev)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21) RETURNING group_no",
        params![
            app.0,
            &group.group_id,
            i64::from(group.kind.number()),
            &group.name,
            &group.introduction,
            &group.notification,
            &group.face_url,
            group.owner,
            group.created_at,
            group.last_info_at,
            group.max_members,
            i64::from(group.join_option.number()),
            i64::from(group.invite_option.number()),
            group.mute_all,
            group.support_topic,
            &group.custom,
            group.enable_permission,
            group.default_permission.cast_signed(),
            group.history_before_join.map(i64::from),
            group.active,
            tx.next_rev()
        ],
    )?;
    let no = GroupNo(row.unwrap_or_default().u64(0)?);
    grow(tx, no, group.last_info_at, 1)?;
    Ok(no)
}

/// Counts a group among the net new ones of a day (Unix seconds); communities are counted apart, that is, not here.
fn grow(tx: &Tx<'_>, no: GroupNo, now: i64, by: i64) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO group_growth (sdk_app_id, day, net)
         SELECT sdk_app_id, ?2, ?3 FROM chat_group WHERE group_no = ?1 AND kind <> ?4
         ON CONFLICT (sdk_app_id, day) DO UPDATE SET net = net + excluded.net",
        params![no, now.div_euclid(DAY), by, i64::from(GroupKind::Community.number())],
    )?;
    Ok(())
}

/// Groups made less groups ended on the day of a time (Unix seconds).
pub(crate) fn net_growth(tx: &Tx<'_>, app: SdkAppId, now: i64) -> Result<i64, StoreError> {
    let sql = "SELECT net FROM group_growth WHERE sdk_app_id = ?1 AND day = ?2";
    tx.query_one(sql, params![app.0, now.div_euclid(DAY)])?.map_or(Ok(0), |row| row.int(0))
}

/// The first message makes a Work group visible to all its members.
pub(crate) fn activate(tx: &Tx<'_>, no: GroupNo) -> Result<i64, StoreError> {
    let rev = tx.next_rev();
    tx.execute("UPDATE chat_group SET active = 1, rev = ?2 WHERE group_no = ?1", params![no, rev])?;
    Ok(rev)
}

/// Writes the profile of a group back, one step further.
pub(crate) fn update(tx: &Tx<'_>, group: &mut GroupRow, now: i64) -> Result<(), StoreError> {
    group.info_seq += 1;
    group.last_info_at = now;
    group.rev = tx.next_rev();
    tx.execute(
        "UPDATE chat_group SET name = ?2, introduction = ?3, notification = ?4, face_url = ?5, owner = ?6, max_members = ?7,
            join_option = ?8, invite_option = ?9, mute_all = ?10, support_topic = ?11, custom = ?12, info_seq = ?13, last_info_at = ?14,
            rev = ?15, enable_permission = ?16, default_permission = ?17, history_before_join = ?18
         WHERE group_no = ?1",
        params![
            group.no,
            &group.name,
            &group.introduction,
            &group.notification,
            &group.face_url,
            group.owner,
            group.max_members,
            i64::from(group.join_option.number()),
            i64::from(group.invite_option.number()),
            group.mute_all,
            group.support_topic,
            &group.custom,
            group.info_seq,
            group.last_info_at,
            group.rev,
            group.enable_permission,
            group.default_permission.cast_signed(),
            group.history_before_join.map(i64::from)
        ],
    )?;
    if group.support_topic {
        super::topic::copy_permission(tx, group)?;
    }
    Ok(())
}

/// Ends a group, and the topics of a community with it. Its members keep their rows and learn of it by the group's change number.
pub(crate) fn dismiss(tx: &Tx<'_>, no: GroupNo, now: i64) -> Result<(), StoreError> {
    let rev = tx.next_rev();
    tx.execute("UPDATE chat_group SET dismissed_at = ?2, rev = ?3 WHERE group_no = ?1", params![no, now.max(1), rev])?;
    if !no.is_topic() {
        super::group_application::forget_group(tx, no)?;
        super::topic::dismiss_all(tx, no, now)?;
        grow(tx, no, now, -1)?;
        super::permission_group::forget_group(tx, no)?;
    }
    Ok(())
}

/// Numbers and IDs of an application's groups after a number, all or of one type, in their order.
pub(crate) fn of_app(
    tx: &Tx<'_>,
    app: SdkAppId,
    kind: Option<GroupKind>,
    after: GroupNo,
    limit: i64,
) -> Result<Vec<(GroupNo, String)>, StoreError> {
    let (low, high) = kind.map_or((0, i64::MAX), |kind| (i64::from(kind.number()), i64::from(kind.number())));
    let rows = tx.query(
        "SELECT group_no, group_id FROM chat_group
         WHERE sdk_app_id = ?1 AND kind BETWEEN ?2 AND ?3 AND dismissed_at = 0 AND group_no > ?4 ORDER BY group_no LIMIT ?5",
        params![app.0, low, high, after, limit],
    )?;
    rows.into_iter().map(|mut row| Ok((GroupNo(row.u64(0)?), row.take_text(1)?))).collect()
}

/// How many groups an application has, all or of one type.
pub(crate) fn count(tx: &Tx<'_>, app: SdkAppId, kind: Option<GroupKind>) -> Result<i64, StoreError> {
    let row = match kind {
        None => tx.query_one(
            "SELECT COUNT(*) FROM chat_group WHERE sdk_app_id = ?1 AND dismissed_at = 0 AND group_no > 0",
            params![app.0],
        )?,
        Some(kind) => tx.query_one(
            "SELECT COUNT(*) FROM chat_group WHERE sdk_app_id = ?1 AND kind = ?2 AND dismissed_at = 0 AND group_no > 0",
            params![app.0, i64::from(kind.number())],
        )?,
    };
    row.unwrap_or_default().int(0)
}

/// A member, or one who left (then `role` is `None`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct MemberRow {
    /// Who.
    pub(crate) tiny_id: TinyId,
    /// `None`: left.
    pub(crate) role: Option<Role>,
    /// Unix seconds.
    pub(crate) joined_at: i64,
    /// The group's last `MsgSeq` when the member came.
    pub(crate) join_seq: u64,
    /// Name in this group; empty: none.
    pub(crate) name_card: String,
    /// What is delivered and pushed.
    pub(crate) receive: ReceiveOption,
    /// Unix seconds; 0: not muted.
    pub(crate) muted_until: i64,
    /// JSON object of custom fields.
    pub(crate) custom: String,
    /// Number of the last change of this row.
    pub(crate) rev: i64,
}

/// A member with the account's own words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NamedMember {
    /// The member's row.
    pub(crate) member: MemberRow,
    /// UserID.
    pub(crate) user_id: String,
    /// Nick of the profile; empty: none.
    pub(crate) nick: String,
    /// Photo of the profile; empty: none.
    pub(crate) face_url: String,
}

fn read_member(row: &mut Row) -> Result<MemberRow, StoreError> {
    Ok(MemberRow {
        tiny_id: TinyId(row.u64(0)?),
        role: Role::from_number(row.int(1)?),
        joined_at: row.int(2)?,
        join_seq: row.u64(3)?,
        name_card: row.take_text(4)?,
        receive: number(ReceiveOption::from_number(row.int(5)?), 5, "a receive option")?,
        muted_until: row.int(6)?,
        custom: row.take_text(7)?,
        rev: row.int(8)?,
    })
}

pub(super) fn read_named(mut row: Row) -> Result<NamedMember, StoreError> {
    let member = read_member(&mut row)?;
    Ok(NamedMember { member, user_id: row.take_text(9)?, nick: row.take_text(10)?, face_url: row.take_text(11)? })
}

/// The row of a member, also of one who left.
pub(crate) fn member(tx: &Tx<'_>, group: GroupNo, user: TinyId) -> Result<Option<MemberRow>, StoreError> {
    let row = tx.query_one(
        "SELECT tiny_id, role, joined_at, join_seq, name_card, msg_flag, muted_until, custom, rev FROM group_member
         WHERE group_no = ?1 AND tiny_id = ?2",
        params![group.roster(), user],
    )?;
    row.map(|mut row| read_member(&mut row)).transpose()
}

/// The role of a user in a group; `None`: no member.
pub(crate) fn role(tx: &Tx<'_>, group: GroupNo, user: TinyId) -> Result<Option<Role>, StoreError> {
    let row = tx.query_one("SELECT role FROM group_member WHERE group_no = ?1 AND tiny_id = ?2", params![group.roster(), user])?;
    Ok(row.map(|row| row.int(0)).transpose()?.and_then(Role::from_number))
}

/// Makes a user a member, or one who left a member again: a mute survives that. Counts the group's members on.
pub(crate) fn add_member(tx: &Tx<'_>, group: GroupNo, member: &MemberRow) -> Result<(), StoreError> {
    let role = member.role.unwrap_or(Role::Member).number();
    tx.execute(
        "INSERT INTO group_member (group_no, tiny_id, role, joined_at, join_seq, name_card, msg_flag, custom, rev, join_rev)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9)
         ON CONFLICT (group_no, tiny_id) DO UPDATE SET role = excluded.role, joined_at = excluded.joined_at, join_seq = excluded.join_seq,
            name_card = excluded.name_card, msg_flag = excluded.msg_flag, custom = excluded.custom, rev = excluded.rev,
            join_rev = excluded.join_rev",
        params![
            group,
            member.tiny_id,
            i64::from(role),
            member.joined_at,
            member.join_seq,
            &member.name_card,
            i64::from(member.receive.number()),
            &member.custom,
            tx.next_rev()
        ],
    )?;
    tx.execute("UPDATE chat_group SET member_num = member_num + 1 WHERE group_no = ?1", params![group])?;
    super::group_application::forget_waiting(tx, group, member.tiny_id)
}

/// A member's receive option.
pub(crate) fn set_receive(tx: &Tx<'_>, group: GroupNo, user: TinyId, receive: ReceiveOption) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE group_member SET msg_flag = ?3, rev = ?4 WHERE group_no = ?1 AND tiny_id = ?2",
        params![group, user, i64::from(receive.number()), tx.next_rev()],
    )?;
    Ok(())
}

/// Ends a membership; the row stays with role 0.
pub(crate) fn remove_member(tx: &Tx<'_>, group: GroupNo, user: TinyId) -> Result<(), StoreError> {
    let rev = tx.next_rev();
    tx.execute("UPDATE group_member SET role = 0, rev = ?3 WHERE group_no = ?1 AND tiny_id = ?2", params![group, user, rev])?;
    super::topic::forget_options(tx, group, user)?;
    tx.execute("UPDATE chat_group SET member_num = member_num - 1 WHERE group_no = ?1", params![group])?;
    Ok(())
}

/// Which members a page shows.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct MemberPage<'a> {
    /// Only these roles; empty: all.
    pub(crate) roles: &'a [Role],
    /// Only members after this number.
    pub(crate) after: Option<TinyId>,
    /// How many to skip.
    pub(crate) offset: u64,
    /// How many at most.
    pub(crate) limit: u64,
}

/// A page of members, by number.
pub(crate) fn members(tx: &Tx<'_>, group: GroupNo, page: MemberPage<'_>) -> Result<Vec<NamedMember>, StoreError> {
    let wanted = |role: Role| page.roles.is_empty() || page.roles.contains(&role);
    let slot = |role: Role| if wanted(role) { i64::from(role.number()) } else { -1 };
    // Owner and admins are few: an index of their own finds them in a large group.
    let few = if wanted(Role::Member) {
        ""
    } else {
        "AND m.tiny_id IN (SELECT tiny_id FROM group_member WHERE group_no = ?1 AND role > 200)"
    };
    let sql = format!(
        "SELECT m.tiny_id, m.role, m.joined_at, m.join_seq, m.name_card, m.msg_flag, m.muted_until, m.custom, m.rev,
            a.user_id, a.nick, a.face_url
         FROM group_member m JOIN account a ON a.tiny_id = m.tiny_id
         WHERE m.group_no = ?1 AND m.tiny_id > ?2 AND m.role IN (?3, ?4, ?5) {few}
         ORDER BY m.tiny_id LIMIT ?6 OFFSET ?7"
    );
    let rows = tx.query(
        &sql,
        params![
            group.roster(),
            page.after.map_or(0, |after| after.0),
            slot(Role::Member),
            slot(Role::Admin),
            slot(Role::Owner),
            page.limit.min(i64::MAX as u64),
            page.offset.min(i64::MAX as u64)
        ],
    )?;
    rows.into_iter().map(read_named).collect()
}

/// The groups that a user is in, newest membership change first, with the user's own row.
pub(crate) fn of_user(tx: &Tx<'_>, user: TinyId) -> Result<Vec<(GroupRow, MemberRow)>, StoreError> {
    let columns: Vec<String> = COLUMNS.split(", ").map(|column| format!("g.{column}")).collect();
    let sql = format!(
        "SELECT m.tiny_id, m.role, m.joined_at, m.join_seq, m.name_card, m.msg_flag, m.muted_until, m.custom, m.rev, {}
         FROM group_member m JOIN chat_group g ON g.group_no = m.group_no
         WHERE m.tiny_id = ?1 AND m.role > 0 AND g.dismissed_at = 0 ORDER BY m.rev DESC",
        columns.join(", ")
    );
    let mut groups = Vec::new();
    for mut row in tx.query(&sql, params![user])? {
        let member = read_member(&mut row)?;
        groups.push((read_at(&mut row, 9)?, member));
    }
    Ok(groups)
}

/// How many groups a user is in.
pub(crate) fn count_of_user(tx: &Tx<'_>, user: TinyId) -> Result<u64, StoreError> {
    let row = tx.query_one(
        "SELECT COUNT(*) FROM group_member m JOIN chat_group g ON g.group_no = m.group_no
         WHERE m.tiny_id = ?1 AND m.role > 0 AND g.dismissed_at = 0",
        params![user],
    )?;
    row.unwrap_or_default().u64(0)
}

/// The ID of a group by its number, also of one that was dismissed.
pub(crate) fn id_of(tx: &Tx<'_>, no: GroupNo) -> Result<Option<String>, StoreError> {
    let row = tx.query_one("SELECT group_id FROM chat_group WHERE group_no = ?1", params![no])?;
    row.map(|mut row| row.take_text(0)).transpose()
}

/// When (Unix seconds) each sender of a group's newest messages, those above a place, last spoke.
pub(crate) fn last_sent(tx: &Tx<'_>, thread: ThreadId, above: i64) -> Result<HashMap<TinyId, i64>, StoreError> {
    let rows = tx.query(
        "SELECT sender, MAX(time_ms) FROM message WHERE thread_id = ?1 AND pos > ?2 GROUP BY sender",
        params![thread, above],
    )?;
    rows.iter().map(|row| Ok((TinyId(row.u64(0)?), row.int(1)?.div_euclid(1000)))).collect()
}
