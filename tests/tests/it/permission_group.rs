//! Permission groups of communities: the eleven commands, what each bit grants, and who learns of it.

use serde_json::{Value, json};
use tern_tests::fixture::text_body;
use tern_tests::link::Link;
use tern_tests::rest::Rest;
use tern_tests::world::World;

const SVC: &str = "group_open_http_svc";

/// A community where permission groups decide: owner olga, members mia and noah.
struct Club {
    world: World,
    rest: Rest,
    id: String,
    /// Its topics.
    news: String,
    chat: String,
}

impl Club {
    async fn start(default_permission: u64) -> Self {
        Self::with(json!({"EnablePermission": 1, "DefaultPermission": default_permission})).await
    }

    async fn with(options: Value) -> Self {
        let world = World::start().await;
        let rest = world.rest();
        let names = json!(["olga", "mia", "noah", "zoe", "admin1"]);
        rest.must("im_open_login_svc/multiaccount_import", json!({"Accounts": names})).await;
        let members = json!([{"Member_Account": "mia"}, {"Member_Account": "noah"}, {"Member_Account": "admin1", "Role": "Admin"}]);
        let mut body =
            json!({"Owner_Account": "olga", "Type": "Community", "Name": "club", "MemberList": members, "SupportTopic": 1});
        body.as_object_mut().unwrap().extend(options.as_object().unwrap().clone());
        let id = rest.must(&format!("{SVC}/create_group"), body).await["GroupId"].as_str().unwrap().to_owned();
        let mut topics = Vec::new();
        for name in ["news", "chat"] {
            let body = json!({"GroupId": id, "TopicName": name, "TopicId": format!("{id}@TOPIC#_{name}")});
            let made = rest.must("million_group_open_http_svc/create_topic", body).await;
            topics.push(made["TopicId"].as_str().unwrap().to_owned());
        }
        let (news, chat) = (topics.remove(0), topics.remove(0));
        Self { world, rest, id, news, chat }
    }

    /// Calls a command of the group service about this community.
    async fn post(&self, command: &str, body: Value) -> Value {
        self.rest.post(&format!("{SVC}/{command}"), self.body(body)).await
    }

    async fn must(&self, command: &str, body: Value) -> Value {
        self.rest.must(&format!("{SVC}/{command}"), self.body(body)).await
    }

    fn body(&self, mut body: Value) -> Value {
        body["GroupId"] = json!(self.id);
        body
    }

    async fn call(&self, link: &mut Link, command: &str, body: Value) -> Value {
        let service = if command.ends_with("_topic") { "million_group_open_http_svc" } else { SVC };
        link.call(&format!("{service}.{command}"), self.body(body)).await
    }

    /// Rights of a permission group in a topic, whatever they were.
    async fn set_topic_bits(&self, crew: &str, topic: &str, permission: u64) {
        let body = json!({"PermissionGroupId": crew, "TopicPermissionList": [{"TopicId": topic, "Permission": permission}]});
        let added = self.must("add_topic_permission_group", body.clone()).await;
        if codes(&added, "TopicPermissionResultList") != [0] {
            assert_eq!(codes(&self.must("set_topic_permission_group", body).await, "TopicPermissionResultList"), [0]);
        }
    }

    /// A topic for one trial.
    async fn topic(&self, at: usize) -> String {
        let id = format!("{}@TOPIC#_trial{at}", self.id);
        let body = json!({"GroupId": self.id, "TopicName": "trial", "TopicId": id});
        self.rest.must("million_group_open_http_svc/create_topic", body).await;
        id
    }

    /// Takes away what a trial may have left.
    async fn tidy(&self, topic: &str, at: usize) {
        let body = json!({"GroupId": self.id, "TopicIdList": [topic]});
        self.rest.must("million_group_open_http_svc/destroy_topic", body).await;
        self.must("destroy_permission_group", json!({"PermissionGroupIdList": [format!("@PMG#_spare{at}")]})).await;
    }

    /// A text of the backend in a topic; its `MsgSeq`.
    async fn say(&self, topic: &str, random: usize) -> u64 {
        let body = json!({"From_Account": "olga", "TopicId": topic, "Random": random, "MsgBody": text_body("by the owner")});
        self.must("send_group_msg", body).await["MsgSeq"].as_u64().unwrap()
    }

    /// A permission group with these bits and mia in it.
    async fn crew(&self, permission: u64) -> String {
        let made = self.must("create_permission_group", json!({"PermissionGroupName": "crew", "Permission": permission})).await;
        let crew = made["PermissionGroupId"].as_str().unwrap().to_owned();
        let mia = json!({"PermissionGroupId": crew, "MemberList": [{"Member_Account": "mia"}]});
        self.must("add_permission_group_member", mia).await;
        crew
    }

    async fn set_bits(&self, crew: &str, permission: u64) {
        self.must("modify_permission_group", json!({"PermissionGroupId": crew, "Permission": permission})).await;
    }
}

fn code(answer: &Value) -> i64 {
    answer["ErrorCode"].as_i64().unwrap()
}

fn codes(answer: &Value, list: &str) -> Vec<i64> {
    answer[list].as_array().unwrap().iter().map(|item| item["ErrorCode"].as_i64().unwrap()).collect()
}

#[tokio::test]
async fn permission_groups_are_made_read_changed_and_ended() {
    let club = Club::start(64).await;
    let made = club
        .must(
            "create_permission_group",
            json!({"PermissionGroupId": "@PMG#_crew", "PermissionGroupName": "crew", "Permission": "18446744073709551615", "CustomString": "c"}),
        )
        .await;
    assert_eq!(made["PermissionGroupId"], "@PMG#_crew");
    let made = club.must("create_permission_group", json!({"PermissionGroupName": "others"})).await;
    let others = made["PermissionGroupId"].as_str().unwrap().to_owned();
    assert!(others.starts_with("@PMG#_@PMG#"), "{others}");

    let first = club.must("get_permission_group", json!({"Limit": 1, "Next": ""})).await;
    let info = &first["PermissionGroupInfoList"][0];
    assert_eq!((&info["PermissionGroupId"], &info["PermissionGroupName"]), (&json!("@PMG#_crew"), &json!("crew")));
    assert_eq!((&info["Permission"], &info["CustomString"], &info["MemberNum"]), (&json!(u64::MAX), &json!("c"), &json!(0)));
    assert!(info["CreateTime"].as_i64().unwrap() > 0);
    let second = club.must("get_permission_group", json!({"Limit": 1, "Next": first["Next"]})).await;
    assert_eq!(second["PermissionGroupInfoList"][0]["PermissionGroupId"], others.as_str());
    assert_eq!((&second["Next"], second["PermissionGroupInfoList"].as_array().unwrap().len()), (&json!(""), 1));
    let named = club.must("get_permission_group", json!({"PermissionGroupIdList": [others, "@PMG#_no"]})).await;
    assert_eq!(codes(&named, "PermissionGroupInfoList"), [0, 110_006]);

    let change = json!({"PermissionGroupId": "@PMG#_crew", "PermissionGroupName": "hands", "Permission": -1, "CustomString": ""});
    club.must("modify_permission_group", change).await;
    let read = club.must("get_permission_group", json!({"PermissionGroupIdList": ["@PMG#_crew"]})).await;
    let info = &read["PermissionGroupInfoList"][0];
    assert_eq!((&info["PermissionGroupName"], &info["Permission"]), (&json!("hands"), &json!(u64::MAX)));
    assert_eq!(info["CustomString"], "");

    let gone =
        club.must("destroy_permission_group", json!({"PermissionGroupIdList": ["@PMG#_crew", "@PMG#_no", "@PMG#_crew"]})).await;
    assert_eq!(codes(&gone, "PermissionGroupResultList"), [0, 110_006, 110_006]);
    let left = club.must("get_permission_group", json!({})).await;
    assert_eq!(left["PermissionGroupInfoList"].as_array().unwrap().len(), 1, "{left}");
}

#[tokio::test]
async fn members_of_a_permission_group_are_added_listed_and_taken_out() {
    let club = Club::start(64).await;
    let crew = club.crew(0).await;
    let list =
        json!([{"Member_Account": "mia"}, {"Member_Account": "noah"}, {"Member_Account": "zoe"}, {"Member_Account": "nobody"}]);
    let added = club.must("add_permission_group_member", json!({"PermissionGroupId": crew, "MemberList": list})).await;
    let results: Vec<i64> = added["MemberList"].as_array().unwrap().iter().map(|item| item["Result"].as_i64().unwrap()).collect();
    assert_eq!(results, [2, 1, 0, 0], "in already, added, no member of the community, no account");

    let first = club.must("get_permission_group_member_list", json!({"PermissionGroupId": crew, "Limit": 1, "Next": ""})).await;
    let rest =
        club.must("get_permission_group_member_list", json!({"PermissionGroupId": crew, "Limit": 50, "Next": first["Next"]})).await;
    let mut names: Vec<&str> = [&first, &rest]
        .iter()
        .flat_map(|page| page["MemberList"].as_array().unwrap())
        .map(|item| item["Member_Account"].as_str().unwrap())
        .collect();
    names.sort_unstable();
    assert_eq!((names, &rest["Next"], &first["MemberList"][0]["Role"]), (vec!["mia", "noah"], &json!(""), &json!("Member")));

    let out = json!({"PermissionGroupId": crew, "MemberList": [{"Member_Account": "noah"}, {"Member_Account": "zoe"}, {"Member_Account": "nobody"}]});
    club.must("delete_permission_group_member", out).await;
    let info = club.must("get_permission_group", json!({"PermissionGroupIdList": [crew]})).await;
    assert_eq!(info["PermissionGroupInfoList"][0]["MemberNum"], 1);
}

#[tokio::test]
async fn each_fault_has_its_code() {
    let club = Club::start(0).await;
    let create = async |body: Value| code(&club.post("create_permission_group", body).await);
    assert_eq!(create(json!({})).await, 10004, "no name");
    assert_eq!(create(json!({"PermissionGroupName": ""})).await, 10004);
    assert_eq!(create(json!({"PermissionGroupName": "名".repeat(51)})).await, 10004, "153 bytes");
    assert_eq!(create(json!({"PermissionGroupName": "a", "CustomString": "c".repeat(3_001)})).await, 10004);
    assert_eq!(create(json!({"PermissionGroupName": "a", "Permission": []})).await, 10004);
    assert_eq!(create(json!({"PermissionGroupName": "a", "Permission": "many"})).await, 10004);
    for id in ["crew", "@PMG#_@PMG#x", "@PMG#_", "@PMG#_é", "@TGS#_a"] {
        assert_eq!(create(json!({"PermissionGroupName": "a", "PermissionGroupId": id})).await, 10004, "{id}");
    }
    let longest =
        json!({"PermissionGroupName": "名".repeat(50), "CustomString": "c".repeat(3_000), "PermissionGroupId": "@PMG#_a"});
    assert_eq!(create(longest.clone()).await, 0);
    assert_eq!(create(longest).await, 10021, "the ID is in use");
    for at in 1..20 {
        assert_eq!(create(json!({"PermissionGroupName": format!("g{at}")})).await, 0);
    }
    assert_eq!(create(json!({"PermissionGroupName": "one more"})).await, 10037, "20 are the most");

    let missing = json!({"PermissionGroupId": "@PMG#_no", "MemberList": [{"Member_Account": "mia"}]});
    for command in [
        "modify_permission_group",
        "get_topic_permission_group",
        "add_permission_group_member",
        "delete_permission_group_member",
        "get_permission_group_member_list",
    ] {
        assert_eq!(code(&club.post(command, missing.clone()).await), 110_006, "{command}");
        assert_eq!(code(&club.post(command, json!({})).await), 10004, "{command}: no PermissionGroupId");
    }
    let many: Vec<Value> = (0..101).map(|at| json!({"Member_Account": format!("m{at}")})).collect();
    for command in ["add_permission_group_member", "delete_permission_group_member"] {
        let body = |list: &Value| json!({"PermissionGroupId": "@PMG#_a", "MemberList": list});
        assert_eq!(code(&club.post(command, body(&json!(many))).await), 10005, "{command}: 101 accounts");
        assert_eq!(code(&club.post(command, body(&json!([]))).await), 10004, "{command}: nobody");
    }
    let ids: Vec<String> = (0..21).map(|at| format!("@PMG#_{at}")).collect();
    for command in ["destroy_permission_group", "get_permission_group"] {
        assert_eq!(code(&club.post(command, json!({"PermissionGroupIdList": ids})).await), 10004, "{command}: 21 IDs");
    }
    assert_eq!(code(&club.post("destroy_permission_group", json!({"PermissionGroupIdList": []})).await), 10004);
    assert_eq!(code(&club.post("get_permission_group", json!({"Next": "x"})).await), 10004);
    assert_eq!(code(&club.post("get_permission_group", json!({"Limit": -1})).await), 10004);
    let topics: Vec<Value> = (0..51).map(|at| json!({"TopicId": format!("{}@TOPIC#_{at}", club.id), "Permission": 1})).collect();
    let list = json!({"PermissionGroupId": "@PMG#_a", "TopicPermissionList": topics});
    assert_eq!(code(&club.post("add_topic_permission_group", list).await), 10004, "51 topics");

    // Where there are no permission groups.
    for (kind, wanted) in [("Public", 10007), ("Private", 10007), ("AVChatRoom", 10007)] {
        let made =
            club.rest.must("group_open_http_svc/create_group", json!({"Type": kind, "Name": "g", "Owner_Account": "olga"})).await;
        let body = json!({"GroupId": made["GroupId"], "PermissionGroupName": "a"});
        assert_eq!(code(&club.rest.post("group_open_http_svc/create_permission_group", body).await), wanted, "{kind}");
    }
    let off = Club::with(json!({})).await;
    assert_eq!(code(&off.post("create_permission_group", json!({"PermissionGroupName": "a"})).await), 11000);
    assert_eq!(code(&off.post("get_permission_group", json!({})).await), 11000);
    let nowhere = json!({"GroupId": "@TGS#_nowhere", "PermissionGroupName": "a"});
    assert_eq!(code(&off.rest.post("group_open_http_svc/create_permission_group", nowhere).await), 10010);
}

/// A right: its bit, which other bits its trial needs, and the command that it governs.
struct Trial {
    bit: u32,
    beside: u64,
    command: &'static str,
    what: &'static str,
}

const fn trial(bit: u32, command: &'static str, what: &'static str) -> Trial {
    Trial { bit, beside: 0, command, what }
}

/// Every command that a bit of the community governs, in its topics too.
#[rustfmt::skip]
const COMMUNITY: &[Trial] = &[
    trial(0,  "modify_group_base_info",         "profile"),
    trial(0,  "modify_group_base_info",         "default"),
    trial(1,  "add_group_member",               ""),
    trial(1,  "delete_group_member",            ""),
    trial(1,  "modify_group_member_info",       "card"),
    trial(2,  "create_permission_group",        ""),
    trial(2,  "modify_permission_group",        ""),
    trial(2,  "destroy_permission_group",       ""),
    trial(2,  "add_topic_permission_group",     ""),
    trial(2,  "set_topic_permission_group",     ""),
    trial(2,  "delete_topic_permission_group",  ""),
    trial(3,  "add_permission_group_member",    ""),
    trial(3,  "delete_permission_group_member", ""),
    trial(4,  "create_topic",                   ""),
    trial(4,  "modify_topic",                   ""),
    trial(4,  "destroy_topic",                  ""),
    trial(5,  "forbid_send_msg",                "community"),
    trial(5,  "forbid_send_msg",                "topic"),
    trial(5,  "modify_group_member_info",       "mute"),
    trial(6,  "send_group_msg",                 ""),
    Trial { bit: 7, beside: 1 << 6, command: "send_group_msg", what: "all" },
    trial(9,  "group_msg_recall",               ""),
];

/// Every command that a bit of a topic governs.
#[rustfmt::skip]
const TOPIC: &[Trial] = &[
    trial(0, "modify_topic",                  ""),
    trial(0, "destroy_topic",                 ""),
    trial(1, "add_topic_permission_group",    ""),
    trial(1, "set_topic_permission_group",    ""),
    trial(1, "delete_topic_permission_group", ""),
    trial(2, "forbid_send_msg",               "topic"),
    trial(3, "send_group_msg",                ""),
    trial(5, "group_msg_recall",              ""),
    Trial { bit: 6, beside: 1 << 3, command: "send_group_msg", what: "all" },
];

impl Trial {
    /// What mia asks for in a topic of her own, if it is about one; `at` makes texts differ.
    async fn body(&self, club: &Club, topic: &str, at: usize) -> Value {
        let spare = format!("@PMG#_spare{at}");
        if self.command.ends_with("permission_group_member") || self.command.contains("topic_permission") || self.bit == 2 {
            let made = json!({"PermissionGroupId": spare, "PermissionGroupName": "spare"});
            if self.command != "create_permission_group" {
                club.must("create_permission_group", made).await;
            }
        }
        match (self.command, self.what) {
            (_, "profile") => json!({"Introduction": format!("i{at}")}),
            (_, "default") => json!({"DefaultPermission": at}),
            ("add_group_member", _) => {
                club.must("delete_group_member", json!({"MemberToDel_Account": ["zoe"]})).await;
                json!({"MemberList": [{"Member_Account": "zoe"}]})
            }
            ("delete_group_member", _) => {
                club.must("add_group_member", json!({"MemberList": [{"Member_Account": "zoe"}]})).await;
                json!({"MemberToDel_Account": ["zoe"]})
            }
            (_, "card") => json!({"Member_Account": "noah", "NameCard": format!("n{at}")}),
            (_, "mute") => json!({"Member_Account": "noah", "MuteTime": at}),
            (_, "topic") => json!({"TopicId": topic, "Members_Account": ["noah"], "MuteTime": at}),
            (_, "community") => json!({"Members_Account": ["noah"], "MuteTime": at}),
            ("create_permission_group", _) => json!({"PermissionGroupId": spare, "PermissionGroupName": "spare"}),
            ("modify_permission_group", _) => json!({"PermissionGroupId": spare, "PermissionGroupName": format!("n{at}")}),
            ("destroy_permission_group", _) => json!({"PermissionGroupIdList": [spare]}),
            ("add_permission_group_member" | "delete_permission_group_member", _) => {
                json!({"PermissionGroupId": spare, "MemberList": [{"Member_Account": "noah"}]})
            }
            ("add_topic_permission_group", _) => {
                json!({"PermissionGroupId": spare, "TopicPermissionList": [{"TopicId": topic, "Permission": 1}]})
            }
            ("set_topic_permission_group", _) => {
                club.set_topic_bits(&spare, topic, 0).await;
                json!({"PermissionGroupId": spare, "TopicPermissionList": [{"TopicId": topic, "Permission": 1}]})
            }
            ("delete_topic_permission_group", _) => {
                club.set_topic_bits(&spare, topic, 0).await;
                json!({"PermissionGroupId": spare, "TopicIdList": [topic]})
            }
            ("create_topic", _) => json!({"TopicName": format!("t{at}")}),
            ("modify_topic", _) => json!({"TopicId": topic, "TopicName": format!("t{at}")}),
            ("destroy_topic", _) => json!({"TopicIdList": [topic]}),
            ("send_group_msg", "all") => {
                json!({"TopicId": topic, "Random": at, "MsgBody": text_body("x"), "GroupAtInfo": [{"GroupAtAllFlag": 1}]})
            }
            ("send_group_msg", _) => json!({"TopicId": topic, "Random": at, "MsgBody": text_body("x")}),
            ("group_msg_recall", _) => {
                json!({"TopicId": topic, "MsgSeqList": [{"MsgSeq": club.say(topic, at).await}]})
            }
            (command, what) => panic!("no trial by {command} {what}"),
        }
    }

    /// The code of an answer, of its only item where items have their own.
    fn code(answer: &Value) -> i64 {
        let items = ["DestroyResultItem", "TopicPermissionResultList", "PermissionGroupResultList", "RecallRetList"];
        let item = items.iter().map(|name| &answer[name][0]).find(|item| item.is_object());
        let of_item = item.and_then(|item| item["ErrorCode"].as_i64().or(item["RetCode"].as_i64()));
        of_item.filter(|_| code(answer) == 0).unwrap_or_else(|| code(answer))
    }
}

#[tokio::test]
async fn each_bit_of_the_community_grants_its_commands_and_no_other_does() {
    let club = Club::start(0).await;
    let crew = club.crew(0).await;
    let mut mia = club.world.link("mia").await;
    for (at, trial) in COMMUNITY.iter().enumerate() {
        let Trial { bit, beside, command, what } = trial;
        club.set_bits(&crew, !(1 << bit)).await;
        let topic = club.topic(at).await;
        let body = trial.body(&club, &topic, 2 * at + 1).await;
        let answer = club.call(&mut mia, command, body.clone()).await;
        assert_eq!(Trial::code(&answer), 10007, "bit {bit}, {command} {what} with all other bits: {answer}");
        club.set_bits(&crew, 1 << bit | beside).await;
        let answer = club.call(&mut mia, command, body).await;
        assert_eq!(Trial::code(&answer), 0, "bit {bit}, {command} {what} with its bit: {answer}");
        club.tidy(&topic, 2 * at + 1).await;
    }
    println!("{} commands with and without their bit of the community", COMMUNITY.len());
}

#[tokio::test]
async fn each_bit_of_a_topic_grants_its_commands_there_alone() {
    let club = Club::start(0).await;
    let crew = club.crew(0).await;
    let mut mia = club.world.link("mia").await;
    for (at, trial) in TOPIC.iter().enumerate() {
        let Trial { bit, beside, command, what } = trial;
        let topic = club.topic(at).await;
        club.set_topic_bits(&crew, &topic, !(1 << bit)).await;
        club.set_topic_bits(&crew, &club.news, u64::MAX).await;
        let body = trial.body(&club, &topic, 2 * at + 1).await;
        let answer = club.call(&mut mia, command, body.clone()).await;
        assert_eq!(Trial::code(&answer), 10007, "topic bit {bit}, {command} {what} with all other bits: {answer}");
        club.set_topic_bits(&crew, &topic, 1 << bit | beside).await;
        let answer = club.call(&mut mia, command, body).await;
        assert_eq!(Trial::code(&answer), 0, "topic bit {bit}, {command} {what} with its bit: {answer}");
        club.tidy(&topic, 2 * at + 1).await;
    }
    println!("{} commands with and without their bit of a topic", TOPIC.len());
}

#[tokio::test]
async fn the_owner_and_the_app_admin_always_may_and_the_role_of_admin_has_no_effect() {
    let club = Club::start(0).await;
    let mut olga = club.world.link("olga").await;
    let mut admin = club.world.link("admin1").await;
    let edit = json!({"Introduction": "by a role"});
    assert_eq!(code(&club.call(&mut olga, "modify_group_base_info", edit.clone()).await), 0);
    assert_eq!(code(&club.call(&mut admin, "modify_group_base_info", edit.clone()).await), 10007);
    let text = |random: u32| json!({"TopicId": club.news, "Random": random, "MsgBody": text_body("x")});
    assert_eq!(code(&club.call(&mut olga, "send_group_msg", text(1)).await), 0);
    assert_eq!(code(&club.call(&mut admin, "send_group_msg", text(2)).await), 10007);
    let made = club.call(&mut olga, "create_permission_group", json!({"PermissionGroupName": "crew", "Permission": 1})).await;
    assert_eq!(code(&made), 0);
    assert_eq!(code(&club.call(&mut admin, "create_permission_group", json!({"PermissionGroupName": "x"})).await), 10007);
    let member = json!({"PermissionGroupId": made["PermissionGroupId"], "MemberList": [{"Member_Account": "admin1"}]});
    assert_eq!(code(&club.call(&mut olga, "add_permission_group_member", member).await), 0);
    assert_eq!(code(&club.call(&mut admin, "modify_group_base_info", json!({"Introduction": "by a bit"})).await), 0);
    assert_eq!(code(&club.call(&mut admin, "destroy_group", json!({})).await), 10007);

    // Where roles decide, the same admin may, and bits do nothing.
    let roles = Club::with(json!({})).await;
    let mut admin = roles.world.link("admin1").await;
    let mut mia = roles.world.link("mia").await;
    assert_eq!(code(&roles.call(&mut admin, "modify_group_base_info", edit.clone()).await), 0);
    assert_eq!(code(&roles.call(&mut mia, "modify_group_base_info", edit).await), 10007);
    let text = json!({"TopicId": roles.news, "Random": 3, "MsgBody": text_body("x")});
    assert_eq!(code(&roles.call(&mut mia, "send_group_msg", text).await), 0);
}

#[tokio::test]
async fn bits_of_several_permission_groups_add_up_and_the_default_is_for_who_is_in_none() {
    let club = Club::start(1 << 6).await;
    let mut mia = club.world.link("mia").await;
    let mut noah = club.world.link("noah").await;
    let own = async |link: &mut Link| {
        let answer = link.must("tern_group.own_rights", json!({"GroupId": club.id})).await;
        (answer["Permission"].as_u64().unwrap(), answer["TopicPermission"].as_u64().unwrap())
    };
    assert_eq!(own(&mut mia).await, (64, 8), "the default: to send, here and in every topic");
    let crew = club.crew(1).await;
    assert_eq!(own(&mut mia).await, (1, 0), "who is in a permission group has its bits instead");
    let answer = club.call(&mut mia, "send_group_msg", json!({"TopicId": club.chat, "Random": 1, "MsgBody": text_body("x")})).await;
    assert_eq!(code(&answer), 10007);
    let second = club.crew(1 << 6 | 1 << 4).await;
    assert_eq!(own(&mut mia).await, (1 | 64 | 16, 9));
    assert_eq!(own(&mut noah).await, (64, 8));
    let answer = mia.must("tern_group.own_rights", json!({"GroupId": club.id})).await;
    assert_eq!(answer["PermissionGroupIdList"], json!([crew, second]));
    let mut olga = club.world.link("olga").await;
    assert_eq!(own(&mut olga).await, (0x7ff, 0x7f), "the owner may everything");
    let pulled = mia.must("tern_sync.pull", json!({"Rev": 0})).await;
    assert_eq!(pulled["Groups"][0]["OwnRights"]["Permission"], 81, "{pulled}");

    let mut zoe = club.world.link("zoe").await;
    assert_eq!(code(&zoe.call("tern_group.own_rights", json!({"GroupId": club.id})).await), 10007, "no member");
    assert_eq!(code(&club.call(&mut zoe, "get_permission_group", json!({})).await), 10007);
    assert_eq!(
        club.call(&mut noah, "get_permission_group", json!({})).await["PermissionGroupInfoList"].as_array().unwrap().len(),
        2
    );
}

#[tokio::test]
async fn members_hear_what_becomes_of_permission_groups() {
    let club = Club::start(0).await;
    let mut noah = club.world.link("noah").await;
    let made = club
        .must("create_permission_group", json!({"PermissionGroupId": "@PMG#_a", "PermissionGroupName": "a", "Permission": 5}))
        .await;
    assert_eq!(made["PermissionGroupId"], "@PMG#_a");
    let event = noah.event_with("TernPermission").await;
    assert_eq!(
        (&event["OpType"], &event["GroupId"], &event["Operator_Account"]),
        (&json!(1), &json!(club.id), &json!("administrator"))
    );
    assert_eq!(event["PermissionGroupInfoList"][0]["Permission"], 5);
    let member = json!({"PermissionGroupId": "@PMG#_a", "MemberList": [{"Member_Account": "mia"}, {"Member_Account": "zoe"}]});
    club.must("add_permission_group_member", member.clone()).await;
    let event = noah.event_with("TernPermission").await;
    assert_eq!((&event["OpType"], &event["MemberList_Account"]), (&json!(4), &json!(["mia"])));
    club.must("modify_permission_group", json!({"PermissionGroupId": "@PMG#_a", "PermissionGroupName": "b"})).await;
    let event = noah.event_with("TernPermission").await;
    assert_eq!((&event["OpType"], &event["PermissionGroupInfoList"][0]["PermissionGroupName"]), (&json!(3), &json!("b")));
    assert_eq!(event["PermissionGroupInfoList"][0]["MemberNum"], 1);
    club.must("modify_permission_group", json!({"PermissionGroupId": "@PMG#_a", "PermissionGroupName": "b"})).await;
    club.must("delete_permission_group_member", member).await;
    let event = noah.event_with("TernPermission").await;
    assert_eq!(
        (&event["OpType"], &event["MemberList_Account"]),
        (&json!(5), &json!(["mia"])),
        "nothing was told of what changed nothing"
    );
    club.must("destroy_permission_group", json!({"PermissionGroupIdList": ["@PMG#_a", "@PMG#_b"]})).await;
    let event = noah.event_with("TernPermission").await;
    assert_eq!((&event["OpType"], &event["PermissionGroupIdList"]), (&json!(2), &json!(["@PMG#_a"])));
}

#[tokio::test]
async fn who_leaves_or_is_removed_comes_back_with_the_default_alone() {
    let club = Club::start(1 << 6).await;
    let crew = club.crew(1).await;
    let mut mia = club.world.link("mia").await;
    mia.must("tern_group.leave", json!({"GroupId": club.id})).await;
    let members = async || {
        let list = club.must("get_permission_group_member_list", json!({"PermissionGroupId": crew})).await;
        let info = club.must("get_permission_group", json!({"PermissionGroupIdList": [crew]})).await;
        (list["MemberList"].as_array().unwrap().len(), info["PermissionGroupInfoList"][0]["MemberNum"].as_u64().unwrap())
    };
    assert_eq!(members().await, (0, 0));
    club.must("add_group_member", json!({"MemberList": [{"Member_Account": "mia"}]})).await;
    let own = mia.must("tern_group.own_rights", json!({"GroupId": club.id})).await;
    assert_eq!((&own["Permission"], &own["PermissionGroupIdList"]), (&json!(64), &json!([])));
    club.must("add_permission_group_member", json!({"PermissionGroupId": crew, "MemberList": [{"Member_Account": "mia"}]})).await;
    club.must("delete_group_member", json!({"MemberToDel_Account": ["mia"]})).await;
    assert_eq!(members().await, (0, 0));

    // A permission group that ends takes its rights along.
    club.must("add_group_member", json!({"MemberList": [{"Member_Account": "mia"}]})).await;
    club.must("add_permission_group_member", json!({"PermissionGroupId": crew, "MemberList": [{"Member_Account": "mia"}]})).await;
    club.must("destroy_permission_group", json!({"PermissionGroupIdList": [crew]})).await;
    let own = mia.must("tern_group.own_rights", json!({"GroupId": club.id})).await;
    assert_eq!(own["Permission"], 64);

    // A community of the same ID begins without them.
    let body = json!({"Owner_Account": "olga", "Type": "Community", "Name": "c", "GroupId": "@TGS#_again", "SupportTopic": 1, "EnablePermission": 1});
    club.rest.must("group_open_http_svc/create_group", body.clone()).await;
    let there = json!({"GroupId": "@TGS#_again", "PermissionGroupId": "@PMG#_a", "PermissionGroupName": "a"});
    club.rest.must("group_open_http_svc/create_permission_group", there.clone()).await;
    club.rest.must("group_open_http_svc/destroy_group", json!({"GroupId": "@TGS#_again"})).await;
    assert_eq!(code(&club.rest.post("group_open_http_svc/get_permission_group", there.clone()).await), 10010);
    club.rest.must("group_open_http_svc/create_group", body).await;
    let read = club.rest.must("group_open_http_svc/get_permission_group", json!({"GroupId": "@TGS#_again"})).await;
    assert_eq!(read["PermissionGroupInfoList"], json!([]));
}

#[tokio::test]
async fn rights_in_topics_are_added_changed_read_and_taken_away() {
    let club = Club::start(0).await;
    let crew = club.crew(0).await;
    let mut mia = club.world.link("mia").await;
    let mut noah = club.world.link("noah").await;
    let own = async |link: &mut Link| {
        link.must("tern_group.own_rights", json!({"GroupId": club.id})).await["TopicPermissionList"].clone()
    };
    let put = |list: Value| json!({"PermissionGroupId": crew, "TopicPermissionList": list});
    let nowhere = format!("{}@TOPIC#_none", club.id);
    let list = json!([{"TopicId": club.news, "Permission": "8"}, {"TopicId": nowhere, "Permission": 8}, {"TopicId": "x", "Permission": 8},
        {"TopicId": club.chat}]);
    let added = club.must("add_topic_permission_group", put(list)).await;
    assert_eq!(codes(&added, "TopicPermissionResultList"), [0, 110_013, 110_013, 10004]);
    let event = noah.event_with("TernPermission").await;
    assert_eq!((&event["OpType"], &event["TopicPermissionList"]), (&json!(6), &json!([{"TopicId": club.news, "Permission": 8}])));
    assert_eq!(own(&mut mia).await, json!([{"TopicId": club.news, "Permission": 8}]));
    assert_eq!(own(&mut noah).await, json!([]));

    let list = json!([{"TopicId": club.news, "Permission": 1}]);
    let again = club.must("add_topic_permission_group", put(list)).await;
    assert_eq!(codes(&again, "TopicPermissionResultList"), [110_010]);
    let list = json!([{"TopicId": club.news, "Permission": 9}, {"TopicId": club.chat, "Permission": 9}]);
    let set = club.must("set_topic_permission_group", put(list)).await;
    assert_eq!(codes(&set, "TopicPermissionResultList"), [0, 110_011]);
    assert_eq!(noah.event_with("TernPermission").await["OpType"], 8);
    let all = club.must("get_topic_permission_group", json!({"PermissionGroupId": crew})).await;
    assert_eq!(all["TopicPermissionResultList"], json!([{"TopicId": club.news, "ErrorCode": 0, "ErrorInfo": "", "Permission": 9}]));
    let named = json!({"PermissionGroupId": crew, "TopicIdList": [club.news, club.chat, "x"]});
    let read = club.call(&mut noah, "get_topic_permission_group", named.clone()).await;
    assert_eq!(codes(&read, "TopicPermissionResultList"), [0, 110_011, 110_013]);
    let gone = club.must("delete_topic_permission_group", named).await;
    assert_eq!(codes(&gone, "TopicPermissionResultList"), [0, 110_014, 110_013]);
    let event = noah.event_with("TernPermission").await;
    assert_eq!((&event["OpType"], &event["TopicPermissionList"]), (&json!(7), &json!([{"TopicId": club.news}])));
    assert_eq!(own(&mut mia).await, json!([]));

    // A topic that ends takes the rights in it along.
    club.set_topic_bits(&crew, &club.chat, 8).await;
    let end = json!({"GroupId": club.id, "TopicIdList": [club.chat]});
    club.rest.must("million_group_open_http_svc/destroy_topic", end).await;
    let all = club.must("get_topic_permission_group", json!({"PermissionGroupId": crew})).await;
    assert_eq!(all["TopicPermissionResultList"], json!([]));
    let again = json!({"GroupId": club.id, "TopicName": "chat", "TopicId": club.chat});
    club.rest.must("million_group_open_http_svc/create_topic", again).await;
    let text = json!({"TopicId": club.chat, "Random": 5, "MsgBody": text_body("x")});
    assert_eq!(code(&club.call(&mut mia, "send_group_msg", text).await), 10007, "a topic of the same ID begins without them");
}

#[tokio::test]
async fn the_bit_of_history_opens_what_was_said_before_one_came() {
    let club = Club::start(0).await;
    let crew = club.crew(0).await;
    club.say(&club.news, 1).await;
    club.say(&club.chat, 2).await;
    club.must("add_group_member", json!({"MemberList": [{"Member_Account": "zoe"}]})).await;
    club.must("add_permission_group_member", json!({"PermissionGroupId": crew, "MemberList": [{"Member_Account": "zoe"}]})).await;
    let mut zoe = club.world.link("zoe").await;
    club.say(&club.news, 3).await;
    let read = async |link: &mut Link| {
        let mut counts = Vec::new();
        for topic in [&club.news, &club.chat] {
            let page = link.must("tern_sync.history", json!({"Id": {"Type": 2, "GroupId": topic}, "Limit": 20})).await;
            counts.push(page["MsgList"].as_array().unwrap().len());
        }
        counts
    };
    club.set_bits(&crew, !(1 << 8)).await;
    assert_eq!(read(&mut zoe).await, [1, 0], "without bit 8 what came after");
    club.set_bits(&crew, 1 << 8).await;
    assert_eq!(read(&mut zoe).await, [2, 1], "with it everything, in every topic");
    club.set_bits(&crew, 0).await;
    club.set_topic_bits(&crew, &club.chat, 1 << 4).await;
    assert_eq!(read(&mut zoe).await, [1, 1], "topic bit 4 opens its topic alone");
}

#[tokio::test]
async fn switching_permission_groups_on_and_off_is_told_and_reaches_the_topics() {
    let club = Club::with(json!({})).await;
    let mut mia = club.world.link("mia").await;
    let mut noah = club.world.link("noah").await;
    let text = |random: u32| json!({"TopicId": club.news, "Random": random, "MsgBody": text_body("x")});
    assert_eq!(code(&club.call(&mut mia, "send_group_msg", text(1)).await), 0);
    club.must("modify_group_base_info", json!({"EnablePermission": 1, "DefaultPermission": "0"})).await;
    let told = noah.event_with("TernGroupInfo").await;
    assert_eq!((&told[0]["EnablePermission"], &told[0]["DefaultPermission"]), (&json!(1), &json!(0)), "{told}");
    assert_eq!(code(&club.call(&mut mia, "send_group_msg", text(2)).await), 10007);
    club.must("modify_group_base_info", json!({"DefaultPermission": 64})).await;
    assert_eq!(code(&club.call(&mut mia, "send_group_msg", text(3)).await), 0);
    club.must("modify_group_base_info", json!({"DefaultPermission": 0, "EnablePermission": 0})).await;
    assert_eq!(code(&club.call(&mut mia, "send_group_msg", text(4)).await), 0, "roles decide again");
    let mut olga = club.world.link("olga").await;
    assert_eq!(code(&olga.call("tern_group.own_rights", json!({"GroupId": club.id})).await), 11000);
}
