//! What the owner of an application may set about groups, per type (`contract/product-requirements.md` 15.6, 15.7, 15.11, 20.1).

use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use tern_protocol::model::group::{GroupKind, JoinOption, ReceiveOption};

/// Custom fields of groups, and of members.
const GROUP_FIELDS: usize = 10;
const MEMBER_FIELDS: usize = 5;
/// Bytes of a key.
const KEY_BYTES: usize = 16;

/// Group settings of an application; absent fields have the product's default.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct GroupSettings {
    /// Net new groups a day, communities apart; not for edition Developer.
    pub new_groups_per_day: u32,
    /// Groups that one user may be in; absent: the edition's, at most its paid maximum.
    pub groups_per_user: Option<u32>,
    /// Existing AVChatRooms, 0: any number; absent: the edition's. Edition Developer keeps its own.
    pub live_rooms: Option<u32>,
    /// Work groups.
    pub work: TypeSettings,
    /// Public groups.
    pub public: TypeSettings,
    /// Meeting groups.
    pub meeting: TypeSettings,
    /// AVChatRooms.
    pub live_room: TypeSettings,
    /// Communities.
    pub community: TypeSettings,
}

impl Default for GroupSettings {
    fn default() -> Self {
        Self {
            new_groups_per_day: 10_000,
            groups_per_user: None,
            live_rooms: None,
            work: TypeSettings::default(),
            public: TypeSettings::default(),
            meeting: TypeSettings::default(),
            live_room: TypeSettings::default(),
            community: TypeSettings::default(),
        }
    }
}

impl GroupSettings {
    /// Settings of one type.
    pub fn of(&self, kind: GroupKind) -> &TypeSettings {
        match kind {
            GroupKind::Work => &self.work,
            GroupKind::Public => &self.public,
            GroupKind::Meeting => &self.meeting,
            GroupKind::AvChatRoom => &self.live_room,
            GroupKind::Community => &self.community,
        }
    }
}

/// Settings of one type; `None`: the product's table decides (`service::group::permission`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TypeSettings {
    /// Whether newcomers read what was said before, where the group itself says nothing; not AVChatRoom.
    pub history_before_join: Option<bool>,
    /// What becomes of the tip when members come, are removed or leave; not AVChatRoom.
    pub member_change: Option<TipUse>,
    /// ... when name, introduction, notice, photo or owner change; not AVChatRoom.
    pub profile_change: Option<TipUse>,
    /// ... when mute-all or the joining option change; not AVChatRoom.
    pub option_change: Option<TipUse>,
    /// ... when a member is muted or becomes admin.
    pub member_profile_change: Option<TipUse>,
    /// Receive option of new members.
    pub receive: Option<ReceiveOption>,
    /// `InviteJoinOption` of new groups that say nothing; not AVChatRoom.
    pub invite: Option<JoinOption>,
    /// Seconds without message and change of profile after which a group is taken away; 0: never; not AVChatRoom.
    pub recycle_seconds: u32,
    /// Days after which a member who was not online is taken out; 0: never; Work, Public and Meeting alone.
    pub remove_offline_days: u32,
}

/// What becomes of a tip.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TipUse {
    /// Sent and stored, with a `MsgSeq` of its own.
    Stored,
    /// Sent to who is connected.
    Sent,
    /// Neither.
    Off,
}

/// A custom field of a group or of its members (`contract/rest-api.md` section 11, `AppDefinedData`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupField {
    /// Up to 16 letters, digits or `_`, no leading digit.
    pub key: String,
    /// A member's field, not the group's.
    #[serde(default)]
    pub of_member: bool,
    /// The types that have it, with who may read and write there; empty: every type, with the defaults of [`FieldRights`].
    #[serde(default)]
    pub types: Vec<FieldRights>,
}

/// Who may read and write a custom field in one type of group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldRights {
    /// The type.
    pub kind: GroupKind,
    /// The least that may read.
    #[serde(default = "FieldRights::least_reader")]
    pub read: FieldLevel,
    /// The least that may write.
    #[serde(default = "FieldRights::least_writer")]
    pub write: FieldLevel,
    /// Member fields: whether members read their own value.
    #[serde(default = "FieldRights::yes")]
    pub own_read: bool,
    /// Member fields: whether members write their own value.
    #[serde(default = "FieldRights::yes")]
    pub own_write: bool,
}

impl FieldRights {
    const fn least_reader() -> FieldLevel {
        FieldLevel::Member
    }

    const fn least_writer() -> FieldLevel {
        FieldLevel::Admin
    }

    const fn yes() -> bool {
        true
    }

    /// What a field without rows has in a type.
    pub const fn default_of(kind: GroupKind) -> Self {
        Self { kind, read: Self::least_reader(), write: Self::least_writer(), own_read: true, own_write: true }
    }
}

/// The ladder of rights, from everybody up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldLevel {
    /// Members or not.
    Anybody,
    /// Every member.
    Member,
    /// Admins and the owner.
    Admin,
    /// The owner.
    Owner,
    /// The app admin alone.
    AppAdmin,
}

impl GroupField {
    /// The rights in a type; `None`: groups of this type do not have the field. Member fields are never in AVChatRooms.
    pub fn rights(&self, kind: GroupKind) -> Option<FieldRights> {
        if self.of_member && kind == GroupKind::AvChatRoom {
            return None;
        }
        match self.types.is_empty() {
            true => Some(FieldRights::default_of(kind)),
            false => self.types.iter().find(|rights| rights.kind == kind).copied(),
        }
    }
}

/// Whether configured fields obey the contract (CID-005, CID-006, CID-009).
pub(super) fn check_fields(fields: &[GroupField]) -> Result<(), String> {
    let count = |of_member| fields.iter().filter(|field| field.of_member == of_member).count();
    if count(false) > GROUP_FIELDS || count(true) > MEMBER_FIELDS {
        return Err(format!("there may be {GROUP_FIELDS} fields of groups and {MEMBER_FIELDS} of members"));
    }
    let mut keys = BTreeSet::new();
    for GroupField { key, of_member, types } in fields {
        let good = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        let starts_well = key.bytes().next().is_some_and(|first| !first.is_ascii_digit());
        if key.len() > KEY_BYTES || !starts_well || !key.bytes().all(good) {
            return Err(format!("{key:.40?} cannot be the key of a field: 1 to {KEY_BYTES} letters, digits and _, no digit first"));
        }
        if !keys.insert(key) {
            return Err(format!("the key {key} stands twice; groups and members cannot share one"));
        }
        let kinds: BTreeSet<_> = types.iter().map(|rights| rights.kind).collect();
        if kinds.len() < types.len() {
            return Err(format!("a type stands twice in field {key}"));
        }
        if *of_member && kinds.contains(&GroupKind::AvChatRoom) {
            return Err(format!("members of AVChatRooms have no fields, as {key} would be"));
        }
    }
    Ok(())
}

/// Whether a change keeps what was configured: no field goes, no type of a field goes (CID-010).
pub(super) fn check_change(before: &[GroupField], after: &[GroupField]) -> Result<(), String> {
    for old in before {
        let new = after.iter().find(|new| new.key == old.key && new.of_member == old.of_member);
        let Some(new) = new else { return Err(format!("field {} is configured and stays", old.key)) };
        if let Some(kind) = GroupKind::ALL.into_iter().find(|kind| old.rights(*kind).is_some() && new.rights(*kind).is_none()) {
            return Err(format!("field {} is configured for {} and stays so", old.key, kind.name()));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::application::AppSettings;
    use rstest::rstest;
    use serde_json::{Value, json};

    fn with(settings: &AppSettings, change: Value) -> Result<AppSettings, String> {
        settings.with(change.as_object().unwrap()).map_err(|error| error.to_string())
    }

    #[rstest]
    #[case::plain(json!([{"key": "level"}]), true)]
    #[case::letters_digits_line(json!([{"key": "a_1"}]), true)]
    #[case::sixteen_bytes(json!([{"key": "abcdefghijklmnop"}]), true)]
    #[case::seventeen_bytes(json!([{"key": "abcdefghijklmnopq"}]), false)]
    #[case::digit_first(json!([{"key": "1a"}]), false)]
    #[case::other_letters(json!([{"key": "ä"}]), false)]
    #[case::empty(json!([{"key": ""}]), false)]
    #[case::shared_key(json!([{"key": "k"}, {"key": "k", "of_member": true}]), false)]
    #[case::type_twice(json!([{"key": "k", "types": [{"kind": "Work"}, {"kind": "Private"}]}]), false)]
    #[case::member_of_live_room(json!([{"key": "k", "of_member": true, "types": [{"kind": "AVChatRoom"}]}]), false)]
    #[case::eleven(json!((0..11).map(|at| json!({"key": format!("k{at}")})).collect::<Vec<_>>()), false)]
    #[case::six_of_members(json!((0..6).map(|at| json!({"key": format!("k{at}"), "of_member": true})).collect::<Vec<_>>()), false)]
    fn fields_obey_the_contract(#[case] fields: Value, #[case] good: bool) {
        let changed = with(&AppSettings::default(), json!({"group_fields": fields}));
        assert_eq!(changed.is_ok(), good, "{changed:?}");
    }

    #[test]
    fn a_configured_field_stays_with_its_types_and_only_its_rights_change() {
        let rows = json!([{"key": "k", "types": [{"kind": "Work"}, {"kind": "Public"}]}]);
        let settings = with(&AppSettings::default(), json!({"group_fields": rows})).unwrap();
        assert!(with(&settings, json!({"group_fields": []})).is_err());
        assert!(with(&settings, json!({"group_fields": [{"key": "k", "types": [{"kind": "Work"}]}]})).is_err());
        assert!(with(&settings, json!({"group_fields": [{"key": "k", "of_member": true}]})).is_err());
        let wider = json!([{"key": "k", "types": [{"kind": "Work", "read": "owner"}, {"kind": "Public"}, {"kind": "Meeting"}]}]);
        let settings = with(&settings, json!({"group_fields": wider})).unwrap();
        assert_eq!(settings.group_fields[0].rights(GroupKind::Work).map(|rights| rights.read), Some(FieldLevel::Owner));
        assert_eq!(settings.group_fields[0].rights(GroupKind::Community), None);
    }

    #[test]
    fn settings_of_a_type_are_replaced_one_by_one() {
        let change = json!({"groups": {"meeting": {"history_before_join": false, "member_change": "stored"}, "live_rooms": 0}});
        let settings = with(&AppSettings::default(), change).unwrap();
        assert_eq!(settings.groups.meeting.history_before_join, Some(false));
        assert_eq!(settings.groups.meeting.member_change, Some(TipUse::Stored));
        let settings = with(&settings, json!({"groups": {"meeting": {"history_before_join": null}}})).unwrap();
        assert_eq!((settings.groups.meeting.history_before_join, settings.groups.live_rooms), (None, Some(0)));
        assert_eq!(settings.groups.meeting.member_change, Some(TipUse::Stored), "others stand");
        assert!(with(&settings, json!({"groups": {"meeting": {"member_change": "loud"}}})).is_err());
        assert!(with(&settings, json!({"groups": {"channel": {}}})).is_err());
    }
}
