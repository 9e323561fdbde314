//! Bodies that nobody meant: every command is sent fields of the contract with values of any type.

use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{Rng as _, SeedableRng as _};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use tern_protocol::ErrorCode;
use tern_protocol::api::{COMMANDS, Callers};
use tern_tests::world::World;

/// Bodies per command.
const BODIES: usize = 20;
/// Codes that say that the server failed, not that it was asked wrongly.
const INTERNAL: &[ErrorCode] = &[
    ErrorCode::ACCOUNT_INTERNAL,
    ErrorCode::PROFILE_INTERNAL,
    ErrorCode::RELATION_INTERNAL_ERROR,
    ErrorCode::CONVERSATION_INTERNAL,
    ErrorCode::MESSAGE_INTERNAL,
    ErrorCode::MSG_INTERNAL,
    ErrorCode::MSG_REST_INTERNAL_ERROR_RETRY,
    ErrorCode::MSG_REST_INTERNAL_ERROR_RETRY_91000,
    ErrorCode::GROUP_INTERNAL,
];

/// Names that stand in the contract as code and look like fields.
fn fields() -> Vec<&'static str> {
    let contract = include_str!("../../../protocol/contract/rest-api.md");
    let looks_so =
        |word: &&str| word.starts_with(|c: char| c.is_ascii_uppercase()) && word.chars().all(|c| c.is_alphanumeric() || c == '_');
    let names: BTreeSet<_> = contract.split('`').skip(1).step_by(2).filter(looks_so).collect();
    names.into_iter().chain(["key", "value"]).collect()
}

struct Maker {
    rng: StdRng,
    fields: Vec<&'static str>,
}

impl Maker {
    /// What a field may hold if nobody looks.
    fn value(&mut self, depth: usize) -> Value {
        const WORDS: &[&str] =
            &["", "On", "Admin", "FreeAccess", "Agree", "Set", "Public", "Community", "1", "-5", "\u{0}", "'; --", "é✓🙂"];
        match self.rng.random_range(0..12) {
            0 | 1 => Value::from(
                *["public", "work", "room", "@TGS#_club", "@TGS#_club@TOPIC#_a", "@PMG#_x"].choose(&mut self.rng).unwrap(),
            ),
            2 | 3 => Value::from(*["ann", "bob", "cy", "nobody"].choose(&mut self.rng).unwrap()),
            4 => Value::from(*WORDS.choose(&mut self.rng).unwrap()),
            5 => Value::from("x".repeat(*[31, 49, 101, 5_000].choose(&mut self.rng).unwrap())),
            6 => Value::from(*[0_i64, 1, 2, -1, i64::MAX, i64::MIN, 4_294_967_295].choose(&mut self.rng).unwrap()),
            7 => [json!(null), json!(true), json!(1e300), json!(0.5), json!(u64::MAX)].choose(&mut self.rng).unwrap().clone(),
            8 | 9 if depth < 3 => {
                let length = *[0, 1, 1, 3, 51].choose(&mut self.rng).unwrap();
                Value::from((0..length).map(|_| self.value(depth + 1)).collect::<Vec<_>>())
            }
            _ if depth < 3 => Value::Object(self.object(depth + 1)),
            _ => json!(7),
        }
    }

    fn object(&mut self, depth: usize) -> Map<String, Value> {
        let count = self.rng.random_range(0..7);
        (0..count).map(|_| ((*self.fields.choose(&mut self.rng).unwrap()).to_owned(), self.value(depth))).collect()
    }

    /// A body that comes some way: fields that most commands need are often there as they should be.
    fn body(&mut self) -> Value {
        let mut body = self.object(0);
        let likely = json!({
            "GroupId": *["public", "work", "room", "@TGS#_club"].choose(&mut self.rng).unwrap(),
            "Member_Account": "bob", "From_Account": "ann", "To_Account": "bob", "Members_Account": ["bob", "nobody"],
            "MemberList": [{"Member_Account": "bob"}], "MsgBody": [{"MsgType": "TIMTextElem", "MsgContent": {"Text": "x"}}],
            "Random": 7, "MsgRandom": 7, "TopicId": "@TGS#_club@TOPIC#_a", "PermissionGroupId": "@PMG#_x", "MuteTime": 5,
        });
        for (name, value) in likely.as_object().unwrap() {
            if self.rng.random_bool(0.5) {
                body.insert(name.clone(), value.clone());
            }
        }
        Value::Object(body)
    }
}

async fn world() -> World {
    let world = World::start().await;
    let rest = world.rest();
    rest.must("im_open_login_svc/multiaccount_import", json!({"Accounts": ["ann", "bob", "cy"]})).await;
    for (kind, id) in [("Public", "public"), ("Work", "work"), ("AVChatRoom", "room"), ("Community", "@TGS#_club")] {
        let topics = i32::from(kind == "Community");
        let body = json!({"Type": kind, "GroupId": id, "Name": id, "Owner_Account": "ann", "SupportTopic": topics});
        rest.must("group_open_http_svc/create_group", body).await;
    }
    let topic = json!({"GroupId": "@TGS#_club", "TopicId": "@TGS#_club@TOPIC#_a", "TopicName": "a"});
    rest.must("million_group_open_http_svc/create_topic", topic).await;
    world
}

fn is_an_answer(command: &str, body: &Value, answer: &Value) {
    let code = answer["ErrorCode"].as_i64().unwrap_or_else(|| panic!("{command} {body}: {answer}"));
    assert!(answer["ActionStatus"].is_string(), "{command} {body}: {answer}");
    assert!(INTERNAL.iter().all(|internal| i64::from(internal.0) != code), "{command} {body}: {answer}");
}

#[tokio::test]
async fn no_body_makes_a_command_of_the_backend_fail_inside() {
    let world = world().await;
    let mut maker = Maker { rng: StdRng::seed_from_u64(11), fields: fields() };
    assert!(maker.fields.len() > 300, "{}", maker.fields.len());
    let rest = world.rest();
    for row in COMMANDS.iter().filter(|row| row.callers.has(Callers::ADMIN)) {
        for _ in 0..BODIES {
            let body = maker.body();
            let answer = rest.post(&row.name.replace('.', "/"), body.clone()).await;
            is_an_answer(row.name, &body, &answer);
        }
    }
}

#[tokio::test]
async fn no_body_makes_a_command_of_a_session_fail_inside() {
    let world = world().await;
    let mut maker = Maker { rng: StdRng::seed_from_u64(12), fields: fields() };
    let mut ann = world.link("ann").await;
    let of_the_link = ["im_open_status.wslogin", "im_open_status.wslogout"];
    for row in COMMANDS.iter().filter(|row| row.callers.has(Callers::USER) && !of_the_link.contains(&row.name)) {
        for _ in 0..BODIES {
            let body = maker.body();
            let answer = ann.call(row.name, body.clone()).await;
            is_an_answer(row.name, &body, &answer);
        }
    }
}
