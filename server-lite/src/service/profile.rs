//! Profiles as tag and value (`contract/rest-api.md` section 8): standard fields as a table, custom ones as the application declares them.

use super::{AreaError, Audience, Context, Effect, Outcome};
use crate::application::{Application, FieldRight};
use crate::store::account::{self, AccountRow};
use crate::store::engine::{StoreError, Tx};
use crate::store::{TinyId, conversation, profile};
use serde_json::Value;
use tern_protocol::api::Empty;
use tern_protocol::api::profile::{PortraitGet, PortraitGetAll, PortraitSet, Portraits, ProfileItem, UserProfile};
use tern_protocol::event::{Event, ProfileChange, ProfileValue};
use tern_protocol::{ErrorCode, limits};

/// Users in one read; the contract advises 100.
const READ_BATCH: usize = 500;
/// People who are told of a change at once; others learn of it by synchronisation.
const PEERS: usize = 1_000;
/// Start of a custom field's tag.
const CUSTOM: &str = "Tag_Profile_Custom_";
/// The other spelling of the birthday's tag.
const BIRTHDAY_OTHER: &str = "Tag_Profile_IM_Birthday";
const BIRTHDAY: &str = "Tag_Profile_IM_BirthDay";

/// What a standard field may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// A text up to so many bytes.
    Text(usize),
    /// A number of 32 bits.
    Number,
    /// One of these words.
    Word(&'static [&'static str]),
}

/// Who may write a standard field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Writer {
    /// The user and the app admin.
    Both,
    /// The app admin alone.
    Admin,
}

/// Standard fields, in the contract's order.
#[rustfmt::skip]
const STANDARD: &[(&str, Kind, Writer)] = &[
    (profile::NICK,                    Kind::Text(limits::PROFILE_VALUE_BYTES),    Writer::Both),
    ("Tag_Profile_IM_Gender",          Kind::Word(&["Gender_Type_Unknown", "Gender_Type_Female", "Gender_Type_Male"]), Writer::Both),
    (BIRTHDAY,                         Kind::Number,                               Writer::Both),
    ("Tag_Profile_IM_Location",        Kind::Text(limits::PROFILE_LOCATION_BYTES), Writer::Both),
    ("Tag_Profile_IM_SelfSignature",   Kind::Text(limits::PROFILE_VALUE_BYTES),    Writer::Both),
    ("Tag_Profile_IM_AllowType",       Kind::Word(&["AllowType_Type_NeedConfirm", "AllowType_Type_AllowAny", "AllowType_Type_DenyAny"]), Writer::Both),
    ("Tag_Profile_IM_Language",        Kind::Number,                               Writer::Both),
    (profile::IMAGE,                   Kind::Text(limits::PROFILE_VALUE_BYTES),    Writer::Both),
    ("Tag_Profile_IM_MsgSettings",     Kind::Number,                               Writer::Both),
    ("Tag_Profile_IM_AdminForbidType", Kind::Word(&["AdminForbid_Type_None", "AdminForbid_Type_SendOut"]), Writer::Admin),
    ("Tag_Profile_IM_Level",           Kind::Number,                               Writer::Both),
    ("Tag_Profile_IM_Role",            Kind::Number,                               Writer::Both),
];

/// Why a profile command is refused.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ProfileError {
    /// A required field is absent, or a list too long.
    #[error("{0}")]
    BadParameter(&'static str),
    /// `To_Account` is absent.
    #[error("To_Account is missing")]
    NoTarget,
    /// No such account.
    #[error("account {0} does not exist")]
    Unknown(String),
    /// A user names somebody else.
    #[error("only an app admin may change the profile of another account")]
    NotOneself,
    /// No such tag.
    #[error("there is no profile field {0}")]
    UnknownTag(String),
    /// The field's declaration does not let this caller read it.
    #[error("profile field {0} may not be read by this caller")]
    ReadDenied(String),
    /// Nor write it.
    #[error("profile field {0} may not be written by this caller")]
    WriteDenied(String),
    /// Too many bytes.
    #[error("the value of {tag} is longer than {most} bytes")]
    TooLong {
        /// Which field.
        tag: String,
        /// Bytes allowed.
        most: usize,
    },
    /// Not one of the words.
    #[error("{value:?} is no value of {tag}")]
    NotAllowed {
        /// Which field.
        tag: String,
        /// What was given.
        value: String,
    },
    /// Text for a number, or the other way round.
    #[error("the value of {0} has the wrong type")]
    WrongType(String),
    /// Below the rules.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl AreaError for ProfileError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::BadParameter(_) => ErrorCode::PROFILE_BAD_PARAMETER,
            Self::NoTarget => ErrorCode::PROFILE_TO_ACCOUNT_MISSING,
            Self::Unknown(_) => ErrorCode::PROFILE_ACCOUNT_NOT_FOUND,
            Self::NotOneself => ErrorCode::PROFILE_ADMIN_REQUIRED,
            Self::UnknownTag(_) => ErrorCode::PROFILE_TAG_UNKNOWN,
            Self::ReadDenied(_) => ErrorCode::PROFILE_READ_DENIED,
            Self::WriteDenied(_) => ErrorCode::PROFILE_WRITE_DENIED,
            Self::TooLong { .. } => ErrorCode::PROFILE_VALUE_TOO_LONG,
            Self::NotAllowed { .. } => ErrorCode::PROFILE_VALUE_NOT_ALLOWED,
            Self::WrongType(_) => ErrorCode::PROFILE_VALUE_TYPE,
            Self::Store(_) => ErrorCode::PROFILE_INTERNAL,
        }
    }

    fn store(&self) -> Option<&StoreError> {
        match self {
            Self::Store(error) => Some(error),
            _ => None,
        }
    }
}

/// A tag that exists.
#[derive(Clone, Copy, Debug)]
enum Field {
    Standard { kind: Kind, writer: Writer },
    Custom { read: FieldRight, write: FieldRight },
}

impl Field {
    fn find(app: &Application, tag: &str) -> Option<Self> {
        if let Some((_, kind, writer)) = STANDARD.iter().find(|row| row.0 == stored_tag(tag)) {
            return Some(Self::Standard { kind: *kind, writer: *writer });
        }
        let key = tag.strip_prefix(CUSTOM)?;
        let declared = app.settings.profile_fields.iter().find(|field| field.key == key)?;
        Some(Self::Custom { read: declared.read, write: declared.write })
    }

    fn may_read(self, admin: bool) -> bool {
        match self {
            Self::Standard { .. } => true,
            Self::Custom { read, .. } => right_holds(read, admin),
        }
    }

    fn may_write(self, admin: bool) -> bool {
        match self {
            Self::Standard { writer, .. } => admin || writer == Writer::Both,
            Self::Custom { write, .. } => right_holds(write, admin),
        }
    }

    fn check(self, tag: &str, value: &Value) -> Result<(), ProfileError> {
        let kind = match self {
            Self::Standard { kind, .. } => kind,
            Self::Custom { .. } => Kind::Text(limits::PROFILE_VALUE_BYTES),
        };
        match (kind, value) {
            (Kind::Text(most), Value::String(text)) if text.len() > most => Err(ProfileError::TooLong { tag: tag.into(), most }),
            (Kind::Word(words), Value::String(text)) if !words.contains(&text.as_str()) => {
                Err(ProfileError::NotAllowed { tag: tag.into(), value: text.clone() })
            }
            (Kind::Number, value) if value.as_u64().is_some_and(|n| n > u64::from(u32::MAX)) => {
                Err(ProfileError::NotAllowed { tag: tag.into(), value: value.to_string() })
            }
            (Kind::Text(_) | Kind::Word(_), Value::String(_)) => Ok(()),
            (Kind::Number, value) if value.is_u64() => Ok(()),
            _ => Err(ProfileError::WrongType(tag.into())),
        }
    }
}

fn right_holds(right: FieldRight, admin: bool) -> bool {
    match right {
        FieldRight::Both => true,
        FieldRight::App => !admin,
        FieldRight::Admin => admin,
    }
}

/// Both spellings of the birthday are one field.
fn stored_tag(tag: &str) -> &str {
    if tag == BIRTHDAY_OTHER { BIRTHDAY } else { tag }
}

/// `profile.portrait_set`
pub(crate) fn set(tx: &Tx<'_>, cx: &Context, request: PortraitSet) -> Result<Outcome<Empty>, ProfileError> {
    let own = cx.caller.person().map(|person| person.user_id.as_str());
    let target = match (request.from_account.as_deref().filter(|name| !name.is_empty()), own) {
        (Some(name), Some(own)) if name != own => return Err(ProfileError::NotOneself),
        (Some(name), _) | (None, Some(name)) => name.to_owned(),
        (None, None) => return Err(ProfileError::BadParameter("From_Account is missing")),
    };
    if request.profile_item.is_empty() {
        return Err(ProfileError::BadParameter("ProfileItem is missing"));
    }
    for item in &request.profile_item {
        let field = Field::find(&cx.app, &item.tag).ok_or_else(|| ProfileError::UnknownTag(item.tag.clone()))?;
        if !field.may_write(cx.caller.is_admin()) {
            return Err(ProfileError::WriteDenied(item.tag.clone()));
        }
        field.check(&item.tag, &item.value)?;
    }
    let account = account::find(tx, cx.app.id, &target)?.ok_or_else(|| ProfileError::Unknown(target.clone()))?;
    for item in &request.profile_item {
        profile::set(tx, account.tiny_id, stored_tag(&item.tag), &item.value)?;
    }
    profile::touch(tx, account.tiny_id)?;
    let list = request.profile_item.iter().map(ProfileValue::from).collect();
    let event = Event::Profile(ProfileChange { account: target, list });
    let mut outcome = Outcome::done().then(Effect::tell_others(Audience::User(account.tiny_id), event.clone(), &cx.caller));
    let peers = peers(tx, account.tiny_id)?;
    if !peers.is_empty() {
        outcome = outcome.tell(Audience::Users(peers), event);
    }
    Ok(outcome)
}

/// The people of an account's one-to-one conversations: they show its name and photo. The most recent, if they are very many.
fn peers(tx: &Tx<'_>, user: TinyId) -> Result<Vec<TinyId>, StoreError> {
    let mut pairs = conversation::pairs_of(tx, user, 0)?;
    pairs.sort_by_key(|pair| std::cmp::Reverse(pair.thread.last_time));
    Ok(pairs.iter().filter_map(|pair| pair.thread.ends.peer_of(user)).filter(|peer| *peer != user).take(PEERS).collect())
}

/// `profile.portrait_get`
pub(crate) fn get(tx: &Tx<'_>, cx: &Context, request: PortraitGet) -> Result<Outcome<Portraits>, ProfileError> {
    if request.tag_list.is_empty() {
        return Err(ProfileError::BadParameter("TagList is missing"));
    }
    let admin = cx.caller.is_admin();
    for tag in &request.tag_list {
        let field = Field::find(&cx.app, tag).ok_or_else(|| ProfileError::UnknownTag(tag.clone()))?;
        if !field.may_read(admin) {
            return Err(ProfileError::ReadDenied(tag.clone()));
        }
    }
    read_many(tx, cx, request.to_account, |account| pick(tx, account, &request.tag_list))
}

/// The named fields, under the names that were asked for; a field that was never set is left out.
fn pick(tx: &Tx<'_>, account: &AccountRow, tags: &[String]) -> Result<Vec<ProfileItem>, StoreError> {
    let fields = profile::fields(tx, account)?;
    let item = |tag: &String| {
        let found = fields.iter().find(|(name, _)| name == stored_tag(tag))?;
        Some(ProfileItem { tag: tag.clone(), value: found.1.clone() })
    };
    Ok(tags.iter().filter_map(item).collect())
}

/// `profile.portrait_get_all`: what a client may read of each user.
pub(crate) fn get_all(tx: &Tx<'_>, cx: &Context, request: PortraitGetAll) -> Result<Outcome<Portraits>, ProfileError> {
    let names = request.user_item.into_iter().map(|item| item.to_account).collect();
    read_many(tx, cx, names, |account| all_readable(tx, &cx.app, account, cx.caller.is_admin()))
}

/// Every field of an account that such a caller may read.
pub(crate) fn all_readable(
    tx: &Tx<'_>,
    app: &Application,
    account: &AccountRow,
    admin: bool,
) -> Result<Vec<ProfileItem>, StoreError> {
    let readable = |tag: &str| Field::find(app, tag).is_some_and(|field| field.may_read(admin));
    let fields = profile::fields(tx, account)?.into_iter().filter(|(tag, _)| readable(tag));
    Ok(fields.map(|(tag, value)| ProfileItem { tag, value }).collect())
}

fn read_many(
    tx: &Tx<'_>,
    cx: &Context,
    names: Vec<String>,
    read: impl Fn(&AccountRow) -> Result<Vec<ProfileItem>, StoreError>,
) -> Result<Outcome<Portraits>, ProfileError> {
    if names.is_empty() {
        return Err(ProfileError::NoTarget);
    }
    if names.len() > READ_BATCH {
        return Err(ProfileError::BadParameter("To_Account names more than 500 accounts"));
    }
    let mut answer = Portraits::default();
    for name in names {
        let row = match account::find(tx, cx.app.id, &name)? {
            Some(account) => {
                let profile_item = read(&account)?;
                UserProfile { to_account: name, profile_item, result_code: 0, result_info: String::new() }
            }
            None => {
                answer.fail_account.get_or_insert_default().push(name.clone());
                let error = ProfileError::Unknown(name.clone());
                let (result_code, result_info) = (error.code().0, error.to_string());
                UserProfile { to_account: name, profile_item: Vec::new(), result_code, result_info }
            }
        };
        answer.user_profile_item.push(row);
    }
    Ok(Outcome::reply(answer))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::application::{AppSettings, ProfileField};
    use rstest::rstest;
    use serde_json::json;
    use tern_protocol::SdkAppId;
    use tern_protocol::limits::Edition;

    fn app() -> Application {
        let field = |key: &str, read, write| ProfileField { key: key.into(), read, write };
        let profile_fields =
            vec![field("Shoe", FieldRight::Admin, FieldRight::Both), field("Hat", FieldRight::App, FieldRight::Admin)];
        let settings = AppSettings { profile_fields, ..AppSettings::default() };
        Application { id: SdkAppId(1), name: String::new(), edition: Edition::Premium, created_at: 0, settings }
    }

    #[rstest]
    #[case(profile::NICK, json!("x".repeat(500)), 0)]
    #[case(profile::NICK, json!("x".repeat(501)), 40601)]
    #[case(profile::NICK, json!("é".repeat(251)), 40601)]
    #[case(profile::NICK, json!(7), 40610)]
    #[case("Tag_Profile_IM_Gender", json!("Gender_Type_Male"), 0)]
    #[case("Tag_Profile_IM_Gender", json!("male"), 40605)]
    #[case("Tag_Profile_IM_BirthDay", json!(20_190_419), 0)]
    #[case("Tag_Profile_IM_Birthday", json!(20_190_419), 0)]
    #[case("Tag_Profile_IM_Birthday", json!("20190419"), 40610)]
    #[case("Tag_Profile_IM_Language", json!(4_294_967_296_u64), 40605)]
    #[case("Tag_Profile_IM_Location", json!("x".repeat(17)), 40601)]
    #[case("Tag_Profile_Custom_Shoe", json!("x".repeat(501)), 40601)]
    #[case("Tag_Profile_Custom_Shoe", json!(1), 40610)]
    #[case("Tag_Profile_Custom_Coat", json!("x"), 40009)]
    #[case("Nick", json!("x"), 40009)]
    fn a_value_fits_its_field_or_has_the_contracts_code(#[case] tag: &str, #[case] value: Value, #[case] wanted: i32) {
        let checked =
            Field::find(&app(), tag).ok_or_else(|| ProfileError::UnknownTag(tag.into())).and_then(|field| field.check(tag, &value));
        assert_eq!(checked.map_or_else(|error| error.code().0, |()| 0), wanted);
    }

    #[test]
    fn rights_of_custom_fields_are_those_declared() {
        let field = |tag| Field::find(&app(), tag).unwrap();
        assert!(field("Tag_Profile_Custom_Shoe").may_read(true) && !field("Tag_Profile_Custom_Shoe").may_read(false));
        assert!(field("Tag_Profile_Custom_Hat").may_read(false) && !field("Tag_Profile_Custom_Hat").may_read(true));
        assert!(!field("Tag_Profile_Custom_Hat").may_write(false));
        assert!(!field("Tag_Profile_IM_AdminForbidType").may_write(false));
    }
}
