//! Commands: one request and one answer type each, a file per area, and the table that names them.
//!
//! A command is named once, `service.command`; REST reaches it as `POST /v4/<service>/<command>`, a client as a frame.

pub mod account;
pub mod annotation;
pub mod conversation;
pub mod fault;
pub mod group;
pub mod group_application;
pub mod group_data;
pub mod group_member;
pub mod history_file;
pub mod live_room;
pub mod media;
pub mod message;
pub mod message_change;
pub mod permission_group;
pub mod presence;
pub mod profile;
pub mod push;
pub mod receipt;
pub mod recent_contact;
pub mod relation;
pub mod relay;
pub mod search;
mod table;
pub mod topic;
pub mod web_sdk;
pub(crate) mod wire;

pub use table::{COMMANDS, command};

use crate::ErrorCode;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A command by its name and types; the markers are in [`command`].
pub trait Command: Send + Sync + 'static {
    /// `service.command`.
    const NAME: &'static str;
    /// Its fields.
    type Request: Fields + Serialize + DeserializeOwned + Send + 'static;
    /// What comes back beside the envelope.
    type Answer: Serialize + DeserializeOwned + Send + 'static;
}

/// What the fields of a type are called on the wire.
pub trait Fields {
    /// The current name, and what other requests call the same field (`contract/rest-api.md` section 23).
    const NAMES: &'static [(&'static str, &'static [&'static str])];
}

/// The body with one name per field: of several, the most current one that says something holds. `None`: no field has several.
pub fn with_one_name_each<T: Fields>(body: &Value) -> Option<Value> {
    let mut fields = body.as_object()?.clone();
    let before = fields.len();
    for (current, others) in T::NAMES {
        let names = || std::iter::once(current).chain(*others);
        let holding = names().find(|name| fields.get(**name).is_some_and(|value| !value.is_null()));
        if let Some(holding) = holding {
            fields.retain(|name, _| name == holding || names().all(|other| name != other));
        }
    }
    (fields.len() < before).then_some(Value::Object(fields))
}

wire::wire! {
    /// An answer that is the envelope alone, or a request without fields.
    Empty {}
}

/// Kinds of callers, as a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Callers(u8);

impl Callers {
    /// An app admin over REST.
    pub const ADMIN: Self = Self(1);
    /// A person's session over WebSocket.
    pub const USER: Self = Self(2);
    /// A push bridge over WebSocket.
    pub const BRIDGE: Self = Self(4);

    /// Both sets.
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether one of `other` is among these.
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

/// A row of the command table.
#[derive(Clone, Copy, Debug)]
pub struct CommandRow {
    /// `service.command`.
    pub name: &'static str,
    /// Who may call it.
    pub callers: Callers,
    /// REST calls per second and application, where such limits are on (`contract/rest-api.md` section 1).
    pub calls_per_second: u32,
}

impl CommandRow {
    /// The row of a command.
    pub fn find(name: &str) -> Option<&'static Self> {
        COMMANDS.iter().find(|row| row.name == name)
    }
}

/// `ActionStatus` of an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ActionStatus {
    /// Done.
    #[default]
    #[serde(rename = "OK")]
    Ok,
    /// Refused; `ErrorCode` says why.
    #[serde(rename = "FAIL")]
    Fail,
    /// A batch send failed for part of its targets.
    SomeError,
}

/// The first fields of every answer (`contract/rest-api.md` section 1).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Envelope {
    /// Whether it worked.
    pub action_status: ActionStatus,
    /// 0: success.
    pub error_code: ErrorCode,
    /// Reason.
    pub error_info: String,
    /// Extra, on profile, relationship and conversation answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_display: Option<String>,
}

impl Envelope {
    /// Success.
    pub fn ok() -> Self {
        Self::default()
    }

    /// A refusal.
    pub fn fail(code: ErrorCode, info: impl Into<String>) -> Self {
        Self { action_status: ActionStatus::Fail, error_code: code, error_info: info.into(), error_display: None }
    }

    /// JSON of this envelope followed by the fields of `answer`, which must serialise to an object.
    pub fn with<T: Serialize>(&self, answer: &T) -> Result<String, serde_json::Error> {
        let mut text = serde_json::to_string(self)?;
        let fields = serde_json::to_string(answer)?;
        if fields.len() > 2 {
            text.pop();
            text.push(',');
            text.push_str(&fields[1..]);
        }
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_command_stands_once_in_the_table() {
        let names: BTreeSet<&str> = COMMANDS.iter().map(|row| row.name).collect();
        assert_eq!(names.len(), COMMANDS.len());
        assert!(names.iter().all(|name| name.split('.').count() == 2));
    }

    #[test]
    fn null_and_absent_fields_read_alike_and_aliases_are_taken() {
        let import: account::AccountImport = serde_json::from_str(r#"{"Identifier":"ann","Nick":null,"New":1}"#).unwrap();
        assert_eq!((import.user_id.as_str(), import.nick), ("ann", None));
        let check: account::AccountCheck = serde_json::from_str(r#"{"CheckItem":null}"#).unwrap();
        assert!(check.check_item.is_empty());
    }

    #[test]
    fn of_several_names_of_a_field_the_current_one_holds() {
        let body = serde_json::json!({"ToGroupId": "b", "ToGroupid": "a", "Type": 2, "GroupId": "c"});
        let one = with_one_name_each::<recent_contact::DeleteConversation>(&body).unwrap();
        assert_eq!(one, serde_json::json!({"ToGroupid": "a", "Type": 2}));
        assert!(with_one_name_each::<recent_contact::DeleteConversation>(&one).is_none());
        let null = serde_json::json!({"UserID": null, "Identifier": "ann"});
        assert_eq!(with_one_name_each::<account::Kick>(&null), Some(serde_json::json!({"Identifier": "ann"})));
        let older = serde_json::json!({"ShutUpTime": 60});
        assert!(with_one_name_each::<group_member::ForbidSendMsg>(&older).is_none(), "an older name alone stays");
    }

    #[test]
    fn the_envelope_comes_first() {
        let answer = presence::OnlineStatus::default();
        assert_eq!(Envelope::ok().with(&answer).unwrap(), r#"{"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":"","QueryResult":[]}"#);
        assert_eq!(Envelope::ok().with(&Empty {}).unwrap(), r#"{"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":""}"#);
    }
}
