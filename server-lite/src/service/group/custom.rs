//! Custom fields of groups and members: who may read and write which key (`contract/rest-api.md` section 11, CID-005 to CID-010).
//! Fields and rights are the application's settings; a value is kept as text in a JSON object.

use super::permission::Standing;
use super::{GroupError, shown, text_within};
use crate::application::{Application, FieldLevel, FieldRights};
use serde_json::{Map, Value};
use tern_protocol::api::group::AppDefined;
use tern_protocol::model::group::{GroupKind, Role};
use tern_protocol::model::permission::GroupRight;

/// Bytes of a value of a group and of a member.
const GROUP_VALUE_BYTES: usize = 512;
const MEMBER_VALUE_BYTES: usize = 64;

/// Whose fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Whose {
    /// The group's.
    Group,
    /// Another member's.
    Member,
    /// The caller's own as a member.
    Own,
}

/// Where on the ladder of rights somebody stands.
fn level(standing: Standing) -> FieldLevel {
    match standing {
        Standing::AppAdmin => FieldLevel::AppAdmin,
        Standing::Inside(Role::Owner) => FieldLevel::Owner,
        Standing::Inside(Role::Admin) => FieldLevel::Admin,
        // Where roles have no effect, who may change the profile is as an admin.
        Standing::Granted(rights) if rights.grant(GroupRight::ManageGroupInfo, None) => FieldLevel::Admin,
        Standing::Inside(Role::Member) | Standing::Granted(_) => FieldLevel::Member,
        Standing::Outside => FieldLevel::Anybody,
    }
}

fn rights(app: &Application, kind: GroupKind, whose: Whose, key: &str) -> Option<FieldRights> {
    let of_member = whose != Whose::Group;
    app.settings.group_fields.iter().find(|field| field.key == key && field.of_member == of_member)?.rights(kind)
}

/// Puts fields into a stored object; an empty value removes its key. A key that groups of this type do not have, or a value that is
/// too long, is a bad parameter; one that the caller may not write is refused.
pub(crate) fn write(
    app: &Application,
    kind: GroupKind,
    standing: Standing,
    whose: Whose,
    stored: &str,
    fields: &[AppDefined],
) -> Result<String, GroupError> {
    let most = if whose == Whose::Group { GROUP_VALUE_BYTES } else { MEMBER_VALUE_BYTES };
    let mut object: Map<String, Value> = serde_json::from_str(stored).unwrap_or_default();
    for AppDefined { key, value } in fields {
        let Some(rights) = rights(app, kind, whose, key) else {
            return Err(GroupError::BadParameter(format!("groups of this type have no custom field {:?}", shown(key))));
        };
        text_within(key, value, most)?;
        if level(standing) < rights.write && !(whose == Whose::Own && rights.own_write) {
            return Err(GroupError::Forbidden("the role in the group is not enough to write this custom field"));
        }
        match value.is_empty() {
            true => object.remove(key),
            false => object.insert(key.clone(), Value::from(value.as_str())),
        };
    }
    Ok(Value::Object(object).to_string())
}

/// The fields of a stored object that the caller may read, of those that a filter names.
pub(crate) fn read(
    app: &Application,
    kind: GroupKind,
    standing: Standing,
    whose: Whose,
    stored: &str,
    wanted: Option<&[String]>,
) -> Vec<AppDefined> {
    if stored.len() <= 2 {
        return Vec::new();
    }
    let may = |key: &String| {
        rights(app, kind, whose, key)
            .is_some_and(|rights| level(standing) >= rights.read || (whose == Whose::Own && rights.own_read))
    };
    let object: Map<String, Value> = serde_json::from_str(stored).unwrap_or_default();
    let fields = object.into_iter().filter(|(key, _)| wanted.is_none_or(|wanted| wanted.contains(key)) && may(key));
    fields.map(|(key, value)| AppDefined { key, value: value.as_str().unwrap_or_default().to_owned() }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::application::{AppSettings, GroupField};
    use rstest::rstest;
    use tern_protocol::SdkAppId;
    use tern_protocol::limits::Edition;

    const LADDER: [FieldLevel; 5] =
        [FieldLevel::Anybody, FieldLevel::Member, FieldLevel::Admin, FieldLevel::Owner, FieldLevel::AppAdmin];
    const PEOPLE: [Standing; 5] = [
        Standing::Outside,
        Standing::Inside(Role::Member),
        Standing::Inside(Role::Admin),
        Standing::Inside(Role::Owner),
        Standing::AppAdmin,
    ];

    fn app(of_member: bool, rights: FieldRights) -> Application {
        let field = GroupField { key: "k".into(), of_member, types: vec![rights] };
        let settings = AppSettings { group_fields: vec![field], ..AppSettings::default() };
        Application { id: SdkAppId(1), name: String::new(), edition: Edition::Premium, created_at: 0, settings }
    }

    fn pair(value: &str) -> Vec<AppDefined> {
        vec![AppDefined { key: "k".into(), value: value.into() }]
    }

    #[test]
    fn each_step_of_the_ladder_opens_reading_and_writing_from_itself_up() {
        for (at, least) in LADDER.into_iter().enumerate() {
            let rights = FieldRights { read: least, write: least, ..FieldRights::default_of(GroupKind::Public) };
            let app = app(false, rights);
            for (who, standing) in PEOPLE.into_iter().enumerate() {
                let written = write(&app, GroupKind::Public, standing, Whose::Group, "{}", &pair("v"));
                assert_eq!(written.is_ok(), who >= at, "{standing:?} writes {least:?}");
                let read = read(&app, GroupKind::Public, standing, Whose::Group, r#"{"k":"v"}"#, None);
                assert_eq!(read.len() == 1, who >= at, "{standing:?} reads {least:?}");
            }
        }
    }

    #[test]
    fn a_members_own_rights_are_set_apart() {
        let closed =
            FieldRights { read: FieldLevel::AppAdmin, write: FieldLevel::AppAdmin, ..FieldRights::default_of(GroupKind::Work) };
        let member = Standing::Inside(Role::Member);
        let open = app(true, closed);
        assert!(write(&open, GroupKind::Work, member, Whose::Own, "{}", &pair("v")).is_ok());
        assert!(write(&open, GroupKind::Work, member, Whose::Member, "{}", &pair("v")).is_err());
        assert_eq!(read(&open, GroupKind::Work, member, Whose::Own, r#"{"k":"v"}"#, None).len(), 1);
        let shut = app(true, FieldRights { own_read: false, own_write: false, ..closed });
        assert!(write(&shut, GroupKind::Work, member, Whose::Own, "{}", &pair("v")).is_err());
        assert!(read(&shut, GroupKind::Work, member, Whose::Own, r#"{"k":"v"}"#, None).is_empty());
    }

    #[rstest]
    #[case::group(false, Whose::Group, 512)]
    #[case::member(true, Whose::Member, 64)]
    fn values_have_their_bytes_and_an_empty_one_removes_the_key(
        #[case] of_member: bool,
        #[case] whose: Whose,
        #[case] most: usize,
    ) {
        let app = app(of_member, FieldRights::default_of(GroupKind::Public));
        let write = |value: &str| write(&app, GroupKind::Public, Standing::AppAdmin, whose, r#"{"k":"old"}"#, &pair(value));
        assert!(write(&"x".repeat(most)).is_ok());
        assert!(matches!(write(&"x".repeat(most + 1)), Err(GroupError::BadParameter(_))));
        assert_eq!(write("").unwrap(), "{}");
    }

    #[test]
    fn a_type_without_the_field_does_not_know_it() {
        let app = app(false, FieldRights::default_of(GroupKind::Public));
        let written = write(&app, GroupKind::Work, Standing::AppAdmin, Whose::Group, "{}", &pair("v"));
        assert!(matches!(written, Err(GroupError::BadParameter(_))));
        assert!(read(&app, GroupKind::Work, Standing::AppAdmin, Whose::Group, r#"{"k":"v"}"#, None).is_empty());
    }
}
