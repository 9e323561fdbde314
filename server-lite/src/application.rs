//! An application: its number, edition, keys and settings, and the registry that every request looks it up in.
//!
//! The row is one typed JSON document whose absent fields have the product's defaults, so that a new setting needs no migration.

mod groups;

pub use groups::{FieldLevel, FieldRights, GroupField, GroupSettings, TipUse, TypeSettings};

use parking_lot::RwLock;
use ring::rand::{SecureRandom as _, SystemRandom};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::Arc;
use tern_protocol::limits::{self, Edition, EditionLimits};
use tern_protocol::model::presence::{Instances, LoginPolicy};
use tern_protocol::usersig::VerifyKey;
use tern_protocol::{SdkAppId, UserId};

/// The account that an application has as admin unless its settings say otherwise.
pub const DEFAULT_ADMIN: &str = "administrator";
/// The first number that the system gives to an application.
pub const FIRST_SDK_APP_ID: SdkAppId = SdkAppId(1_400_000_001);

/// An application as every request sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Application {
    /// Its number.
    pub id: SdkAppId,
    /// What people call it.
    pub name: String,
    /// Plan, which decides the limits.
    pub edition: Edition,
    /// Unix seconds at which it was made.
    pub created_at: i64,
    /// Everything that its owner may set.
    pub settings: AppSettings,
}

/// Secret and public keys; never shown by `Debug`.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AppKeys {
    /// Secret keys of the current UserSig format, the newest first; each of them verifies.
    pub secret: Vec<String>,
    /// PEM of the public key of an application with the legacy UserSig format (`contract/usersig.md` section 2).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub public_pem: Option<String>,
}

impl std::fmt::Debug for AppKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "AppKeys({} secret, public: {})", self.secret.len(), self.public_pem.is_some())
    }
}

/// What the owner of an application may set; absent fields have the product's default.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AppSettings {
    /// What UserSigs are checked with.
    pub keys: AppKeys,
    /// Accounts that may call the REST API; at most 10.
    pub admins: Vec<UserId>,
    /// A disabled application answers 60016 and lets nobody log in.
    pub disabled: bool,
    /// Multi-device policy.
    pub login_policy: LoginPolicy,
    /// How many logins of one kind that policy holds.
    pub instances: Instances,
    /// Days for which a deleted account may not be imported again (70399); never on edition Developer.
    pub reimport_wait_days: u32,
    /// Days for which messages are kept; absent: the edition's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub roaming_days: Option<u32>,
    /// Days for which files are kept.
    pub media_days: u32,
    /// Seconds in which a sender may recall a message.
    pub recall_seconds: i64,
    /// Conversations kept per user; absent: the edition's, on edition Premium up to 500.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recent_contacts: Option<u32>,
    /// Messages per second and group; what is more is dropped, the lowest priority first. 0: any number.
    pub group_messages_per_second: u32,
    /// Members of a Work, Public or Meeting group; absent: the edition's default, at most its paid maximum.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group_members: Option<u32>,
    /// Seconds for which the places in live rooms of a link that broke are kept for the client's next link.
    pub live_room_resume_seconds: u32,
    /// Messages that somebody who comes into a live room is given, at most 20. 0: none.
    pub live_room_history: u32,
    /// Tips of single people who come into a live room or leave it per second; the rest of the second share one.
    pub live_room_tips_per_second: u32,
    /// Broadcasts to all live rooms per second, 1 to 5.
    pub live_broadcasts_per_second: u32,
    /// Calls per second and command over REST: enforced or not.
    pub rate_limits: bool,
    /// Feature switches.
    pub features: Features,
    /// Custom profile fields, at most 20.
    pub profile_fields: Vec<ProfileField>,
    /// Custom fields of groups, at most 10, and of their members, at most 5.
    pub group_fields: Vec<GroupField>,
    /// Groups by type.
    pub groups: GroupSettings,
}

impl Default for AppSettings {
    fn default() -> Self {
        Self {
            keys: AppKeys::default(),
            admins: UserId::parse(DEFAULT_ADMIN).into_iter().collect(),
            disabled: false,
            login_policy: LoginPolicy::default(),
            instances: Instances::default(),
            reimport_wait_days: 90,
            roaming_days: None,
            media_days: limits::MEDIA_DAYS,
            recall_seconds: limits::RECALL_SECONDS,
            recent_contacts: None,
            group_messages_per_second: limits::GROUP_MESSAGES_PER_SECOND,
            group_members: None,
            live_room_resume_seconds: 30,
            live_room_history: 0,
            live_room_tips_per_second: 10,
            live_broadcasts_per_second: 1,
            rate_limits: false,
            features: Features::default(),
            profile_fields: Vec::new(),
            group_fields: Vec::new(),
            groups: GroupSettings::default(),
        }
    }
}

impl AppSettings {
    /// These settings with some replaced, in objects field by field. A name or a value that no setting has is an error.
    pub fn with(&self, changes: &serde_json::Map<String, serde_json::Value>) -> Result<Self, serde_json::Error> {
        let mut document = serde_json::to_value(self)?;
        let known =
            serde_json::to_value(Self { roaming_days: Some(0), recent_contacts: Some(0), group_members: Some(0), ..self.clone() })?;
        merge(&mut document, &known, changes)?;
        let changed: Self = serde_json::from_value(document)?;
        groups::check_fields(&changed.group_fields)
            .and_then(|()| groups::check_change(&self.group_fields, &changed.group_fields))
            .map_err(serde::de::Error::custom)?;
        Ok(changed)
    }
}

fn merge(
    document: &mut serde_json::Value,
    known: &serde_json::Value,
    changes: &serde_json::Map<String, serde_json::Value>,
) -> Result<(), serde_json::Error> {
    use serde::de::Error as _;
    for (name, value) in changes {
        let Some(own) = known.get(name) else {
            return Err(serde_json::Error::custom(format!("there is no setting {name:.40}")));
        };
        match value.as_object().filter(|_| own.is_object()) {
            Some(inner) => merge(&mut document[name.as_str()], own, inner)?,
            None => document[name.as_str()] = value.clone(),
        }
    }
    Ok(())
}

/// Feature switches; all off as in a new application of the product (`contract/product-requirements.md` section 20.1).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Features {
    /// Communities and their topics (11000 when off).
    pub community: bool,
    /// Clients may query and subscribe to online states (72001 when off).
    pub user_status: bool,
    /// Read receipts of group messages.
    pub group_read_receipt: bool,
    /// Receipts, extensions, reactions and pins of messages.
    pub message_extras: bool,
    /// Deleting a conversation is copied to the user's other devices.
    pub sync_conversation_delete: bool,
    /// A newest-members list of AVChatRooms.
    pub live_member_list: bool,
    /// Broadcasts to all AVChatRooms (10026 when off).
    pub live_broadcast: bool,
    /// Bans in AVChatRooms (10026 when off).
    pub live_ban: bool,
    /// Admins of AVChatRooms, appointed by `modify_admin` (10026 when off).
    pub live_admins: bool,
    /// Follow relations (30005 when off).
    pub follow: bool,
    /// Pushes to all, by tag and by attribute (90045 when off).
    pub push_all: bool,
    /// A member's invitation into a group waits until the invitee agrees.
    pub invite_consent: bool,
    /// Only friends may write to each other (20009 otherwise).
    pub friends_only: bool,
    /// A sender blocked by the receiver is told so (20007) instead of seeing success.
    pub tell_blocked: bool,
}

impl Features {
    /// Every paid feature on: what the default application has, so that nothing must be bought to try it.
    pub fn all_paid() -> Self {
        Self {
            community: true,
            user_status: true,
            group_read_receipt: true,
            message_extras: true,
            live_member_list: true,
            live_broadcast: true,
            live_ban: true,
            live_admins: true,
            follow: true,
            push_all: true,
            ..Self::default()
        }
    }
}

/// A custom profile field: `Tag_Profile_Custom_<key>` (`contract/rest-api.md` section 8).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProfileField {
    /// Up to 8 letters.
    pub key: String,
    /// Who may read it.
    #[serde(default)]
    pub read: FieldRight,
    /// Who may write it.
    #[serde(default)]
    pub write: FieldRight,
}

/// Who has a right on a custom profile field.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldRight {
    /// Clients only.
    App,
    /// The app admin only.
    Admin,
    /// Both.
    #[default]
    Both,
}

impl Application {
    /// The plan's numbers, with what the owner raised.
    pub fn limits(&self) -> EditionLimits {
        let plan = self.edition.limits();
        let group_members = self.settings.group_members.unwrap_or(plan.group_members).min(plan.group_members_paid);
        let most = if self.edition == Edition::Premium { limits::RECENT_CONTACTS_PAID } else { plan.recent_contacts };
        let recent_contacts = self.settings.recent_contacts.unwrap_or(plan.recent_contacts).min(most);
        let groups = &self.settings.groups;
        let groups_per_user = groups.groups_per_user.map_or(plan.groups_per_user, |wanted| wanted.min(plan.groups_per_user_paid));
        let av_chat_rooms = match (groups.live_rooms, self.edition) {
            (None, _) | (_, Edition::Developer) => plan.av_chat_rooms,
            (Some(0), _) => None,
            (raised, _) => raised,
        };
        let roaming_days = self.settings.roaming_days.unwrap_or(plan.roaming_days);
        EditionLimits { group_members, roaming_days, recent_contacts, groups_per_user, av_chat_rooms, ..plan }
    }

    /// Whether this account may call the REST API.
    pub fn is_admin(&self, user: &str) -> bool {
        self.settings.admins.iter().any(|admin| admin.as_str() == user)
    }

    /// The admin that a command without `From_Account` acts as.
    pub fn first_admin(&self) -> &str {
        self.settings.admins.first().map_or(DEFAULT_ADMIN, UserId::as_str)
    }

    /// What a UserSig may be checked with, the newest first; never empty.
    pub fn verify_keys(&self) -> Vec<VerifyKey> {
        let keys = &self.settings.keys;
        let public = keys.public_pem.as_deref().map(|pem| VerifyKey::from_public_pem(pem).unwrap_or(VerifyKey::None));
        let all: Vec<_> = keys.secret.iter().cloned().map(VerifyKey::Hmac).chain(public).collect();
        if all.is_empty() { vec![VerifyKey::None] } else { all }
    }
}

/// 64 hexadecimal characters from the system's generator: a secret key or a token.
pub fn random_hex_64() -> Result<String, ring::error::Unspecified> {
    let mut bytes = [0u8; 32];
    SystemRandom::new().fill(&mut bytes)?;
    Ok(tern_protocol::hex(&bytes))
}

/// The applications that this process knows. Others are looked up in the store, so that one made beside a running server works.
#[derive(Debug, Default)]
pub struct Applications {
    by_id: RwLock<HashMap<SdkAppId, Arc<Application>>>,
}

impl Applications {
    /// A known application.
    pub fn get(&self, id: SdkAppId) -> Option<Arc<Application>> {
        self.by_id.read().get(&id).cloned()
    }

    /// Puts a new or changed application in place; requests that run keep what they started with.
    pub fn put(&self, application: Application) -> Arc<Application> {
        let application = Arc::new(application);
        self.by_id.write().insert(application.id, Arc::clone(&application));
        application
    }

    /// What is stored of an application replaces what is known, if it differs; one that nobody asked for yet is not kept.
    pub fn take_over(&self, stored: Application) {
        if self.get(stored.id).is_some_and(|known| *known != stored) {
            self.put(stored);
        }
    }

    /// All known applications, by number.
    pub fn all(&self) -> Vec<Arc<Application>> {
        let mut all: Vec<_> = self.by_id.read().values().cloned().collect();
        all.sort_by_key(|application| application.id);
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_settings_document_has_the_products_defaults() {
        let settings: AppSettings = serde_json::from_str("{}").unwrap();
        assert_eq!(settings, AppSettings::default());
        assert_eq!(settings.admins, [UserId::parse("administrator").unwrap()]);
        assert!(!settings.features.community && !settings.rate_limits);
    }

    #[test]
    fn settings_are_replaced_field_by_field_and_unknown_names_refused() {
        let with = |text: &str| AppSettings::default().with(&serde_json::from_str(text).unwrap());
        let changed = with(r#"{"roaming_days":3,"features":{"friends_only":true}}"#).unwrap();
        assert_eq!((changed.roaming_days, changed.recall_seconds), (Some(3), 120));
        assert!(changed.features.friends_only && !changed.features.community);
        assert!(with(r#"{"roaming":3}"#).is_err() && with(r#"{"features":{"friends":true}}"#).is_err());
        assert!(with(r#"{"roaming_days":"3"}"#).is_err());
    }

    #[test]
    fn a_raised_member_limit_stays_within_the_plan() {
        let settings = AppSettings { group_members: Some(1_000_000), ..AppSettings::default() };
        let of = |edition| Application { id: SdkAppId(1), name: String::new(), edition, created_at: 0, settings: settings.clone() };
        assert_eq!(of(Edition::Developer).limits().group_members, 20);
        assert_eq!(of(Edition::Premium).limits().group_members, 6_000);
    }

    #[test]
    fn a_made_key_has_64_hex_characters_and_debug_hides_it() {
        let key = random_hex_64().unwrap();
        assert!(key.len() == 64 && key.bytes().all(|b| b.is_ascii_hexdigit()));
        let keys = AppKeys { secret: vec![key.clone()], public_pem: None };
        assert!(!format!("{keys:?}").contains(&key));
    }
}
