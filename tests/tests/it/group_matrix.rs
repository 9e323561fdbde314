//! The product's matrix of groups, laid out once more as literal data, and proved cell by cell: every action is called as every role in
//! every type, over REST or over a session, and the code is compared.

use std::cell::Cell;
use std::collections::HashMap;

use serde_json::{Value, json};
use tern_tests::fixture::text_body;
use tern_tests::link::Link;
use tern_tests::world::World;

const SERVICE: &str = "group_open_http_svc";
const TYPES: [&str; 5] = ["Work", "Public", "Meeting", "AVChatRoom", "Community"];

/// The least that may act.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Who {
    Anybody,
    Member,
    Admin,
    Owner,
    AppAdmin,
    /// The type does not know it, not even for the app admin.
    Nobody,
}

/// Who calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Role {
    Outsider,
    Member,
    Admin,
    Owner,
    AppAdmin,
}

use Who::{Admin, Anybody, AppAdmin, Member, Nobody, Owner};

const ROLES: [Role; 5] = [Role::Outsider, Role::Member, Role::Admin, Role::Owner, Role::AppAdmin];

impl Role {
    fn name(self) -> &'static str {
        match self {
            Self::Outsider => "out",
            Self::Member => "mem",
            Self::Admin => "adm",
            Self::Owner => "own",
            Self::AppAdmin => "administrator",
        }
    }

    fn may(self, least: Who) -> bool {
        match self {
            Self::Outsider => least == Anybody,
            Self::Member => least <= Member,
            Self::Admin => least <= Admin,
            Self::Owner => least <= Owner,
            Self::AppAdmin => least <= AppAdmin,
        }
    }
}

/// Rows as in the product's tables; `sub` is a member whom an action is about. Code of a refusal: 10007, and 10004 where members of a
/// live room are to be removed.
#[rustfmt::skip]
const ACTIONS: &[(&str, [Who; 5])] = &[
    //                  Work      Public    Meeting   AVChatRoom Community
    ("edit_info",      [Member,   Admin,    Owner,    Owner,    Admin]),
    ("edit_options",   [Owner,    Admin,    Owner,    Owner,    Admin]),
    ("read_info",      [Member,   Anybody,  Anybody,  Anybody,  Anybody]),
    ("invite",         [Member,   AppAdmin, AppAdmin, Nobody,   Member]),
    ("remove_member",  [Owner,    Admin,    Admin,    Nobody,   Admin]),
    ("mute_member",    [Nobody,   Admin,    Admin,    Owner,    Admin]),
    ("appoint_admin",  [Nobody,   Owner,    Owner,    Nobody,   Owner]),
    ("name_card",      [Owner,    Admin,    Admin,    Nobody,   Admin]),
    ("send",           [Member,   Member,   Member,   Member,   Member]),
    ("read_roles",     [Member,   Member,   Member,   Nobody,   Member]),
    ("transfer",       [Owner,    Owner,    Owner,    Nobody,   Owner]),
    ("dismiss",        [AppAdmin, Owner,    Owner,    Owner,    Owner]),
];

struct People<'a> {
    world: &'a World,
    links: HashMap<&'static str, Link>,
    made: u32,
    cells: &'a Cell<usize>,
}

impl<'a> People<'a> {
    async fn of(world: &'a World, cells: &'a Cell<usize>) -> Self {
        let names = json!({"Accounts": ["own", "adm", "mem", "sub", "out", "new"]});
        world.rest().must("im_open_login_svc/multiaccount_import", names).await;
        let mut links = HashMap::new();
        for name in ["own", "adm", "mem", "sub", "out"] {
            links.insert(name, world.link(name).await);
        }
        Self { world, links, made: 0, cells }
    }

    async fn rest(&self, command: &str, body: Value) -> Value {
        self.world.rest().post(&format!("{SERVICE}/{command}"), body).await
    }

    async fn by(&mut self, who: Role, command: &str, body: Value) -> Value {
        match who {
            Role::AppAdmin => self.rest(command, body).await,
            other => self.session(other.name(), command, body).await,
        }
    }

    async fn session(&mut self, name: &str, command: &str, body: Value) -> Value {
        self.links.get_mut(name).unwrap().call(&format!("{SERVICE}.{command}"), body).await
    }

    /// A group of a type with everybody in it who can be, active, and without settings of its own.
    async fn group(&mut self, kind: &str, more: Value) -> String {
        self.made += 1;
        let prefix = if kind == "Community" { "@TGS#_" } else { "" };
        let id = format!("{prefix}{kind}{}", self.made);
        let mut members = vec![json!({"Member_Account": "mem"}), json!({"Member_Account": "sub"})];
        if kind != "Work" {
            members.push(json!({"Member_Account": "adm", "Role": "Admin"}));
        }
        let mut body = json!({"Type": kind, "Name": "g", "GroupId": id, "Owner_Account": "own"});
        if kind != "AVChatRoom" {
            body["MemberList"] = json!(members);
        }
        for (name, value) in more.as_object().unwrap() {
            body[name] = value.clone();
        }
        let made = self.rest("create_group", body).await;
        assert_eq!(made["ErrorCode"], 0, "{kind}: {made}");
        if kind == "AVChatRoom" {
            for name in ["own", "mem", "sub"] {
                let joined = self.session(name, "apply_join_group", json!({"GroupId": id})).await;
                assert_eq!(joined["ErrorCode"], 0, "{joined}");
            }
        }
        id
    }

    async fn speak(&self, group: &str, text: &str) -> Value {
        let body = json!({"GroupId": group, "From_Account": "own", "Random": rand::random::<u32>(), "MsgBody": text_body(text)});
        let sent = self.rest("send_group_msg", body).await;
        assert_eq!(sent["ErrorCode"], 0, "{sent}");
        sent
    }

    async fn act(&mut self, action: &str, who: Role, group: &str) -> i64 {
        let (command, body) = match action {
            "edit_info" => ("modify_group_base_info", json!({"GroupId": group, "Name": "other"})),
            "edit_options" => ("modify_group_base_info", json!({"GroupId": group, "MuteAllMember": "On"})),
            "read_info" => ("get_group_info", json!({"GroupIdList": [group]})),
            "invite" => ("add_group_member", json!({"GroupId": group, "MemberList": [{"Member_Account": "new"}]})),
            "remove_member" => ("delete_group_member", json!({"GroupId": group, "MemberToDel_Account": ["sub"]})),
            "mute_member" => ("forbid_send_msg", json!({"GroupId": group, "Members_Account": ["sub"], "MuteTime": 60})),
            "appoint_admin" => ("modify_group_member_info", json!({"GroupId": group, "Member_Account": "sub", "Role": "Admin"})),
            "name_card" => ("modify_group_member_info", json!({"GroupId": group, "Member_Account": "sub", "NameCard": "x"})),
            "send" => {
                let random = rand::random::<u32>();
                ("send_group_msg", json!({"GroupId": group, "Random": random, "MsgBody": text_body("x")}))
            }
            "read_roles" => ("get_role_in_group", json!({"GroupId": group, "User_Account": ["sub"]})),
            "transfer" => ("change_group_owner", json!({"GroupId": group, "NewOwner_Account": "sub"})),
            "dismiss" => ("destroy_group", json!({"GroupId": group})),
            other => panic!("{other}"),
        };
        let answer = self.by(who, command, body).await;
        let code = if action == "read_info" { &answer["GroupInfo"][0]["ErrorCode"] } else { &answer["ErrorCode"] };
        code.as_i64().unwrap_or_else(|| panic!("{action}: {answer}"))
    }

    async fn info(&self, group: &str) -> Value {
        self.rest("get_group_info", json!({"GroupIdList": [group]})).await["GroupInfo"][0].clone()
    }

    fn checked(&self, number: usize) {
        self.cells.set(self.cells.get() + number);
    }
}

#[tokio::test]
async fn each_role_may_do_in_each_type_what_the_table_says() {
    let (world, cells) = (World::start().await, Cell::new(0));
    let mut people = People::of(&world, &cells).await;
    let mut wrong = Vec::new();
    for (column, kind) in TYPES.into_iter().enumerate() {
        for (action, row) in ACTIONS {
            for who in ROLES {
                // Work groups have no admins, live rooms none by their role.
                if who == Role::Admin && matches!(kind, "Work" | "AVChatRoom") {
                    continue;
                }
                let group = people.group(kind, json!({})).await;
                let least = row[column];
                let wanted = match who.may(least) {
                    true => 0,
                    false if *action == "remove_member" && least == Nobody => 10_004,
                    false => 10_007,
                };
                let code = people.act(action, who, &group).await;
                if code != wanted {
                    wrong.push(format!("{kind} {action} {who:?}: {code} instead of {wanted}"));
                }
                people.checked(1);
            }
        }
    }
    println!("{} cells of who may do what", cells.get());
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(cells.get(), 12 * (5 * 5 - 2));
}

#[rustfmt::skip]
const DEFAULTS: &[(&str, [&str; 5])] = &[
    //                     Work               Public             Meeting            AVChatRoom         Community
    ("ApplyJoinOption",  ["DisableApply",    "NeedPermission",  "FreeAccess",      "FreeAccess",      "FreeAccess"]),
    ("InviteJoinOption", ["FreeAccess",      "DisableInvite",   "DisableInvite",   "DisableInvite",   "FreeAccess"]),
    ("MaxMemberNum",     ["2000",            "2000",            "2000",            "0",               "100000"]),
    ("MsgFlag",          ["AcceptAndNotify", "AcceptAndNotify", "AcceptNotNotify", "AcceptNotNotify", "AcceptAndNotify"]),
    // What becomes of somebody who applies, of an owner who leaves, and of an import.
    ("apply",            ["10007",           "WaitAdminApproval", "JoinedSuccess", "JoinedSuccess",   "JoinedSuccess"]),
    ("owner leaves",     ["0",               "10009",           "10009",           "0",               "10009"]),
    ("import",           ["0",               "0",               "0",               "10007",           "0"]),
    // Whether options can be changed later.
    ("set join option",  ["0",               "0",               "0",               "10007",           "10007"]),
    ("set invite option", ["0",              "0",               "0",               "10007",           "0"]),
    ("set history",      ["0",               "0",               "0",               "10007",           "10007"]),
    ("set member limit", ["0",               "0",               "0",               "10007",           "0"]),
    ("first admin",      ["10007",           "0",               "0",               "10007",           "0"]),
];

async fn default_of(people: &mut People<'_>, row: &str, kind: &str) -> String {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let group = people.group(kind, json!({})).await;
    match row {
        "MsgFlag" => {
            let filter = json!({"SelfInfoFilter": ["MsgFlag"]});
            let own = people
                .session("mem", "get_group_self_member_info", json!({"GroupIdList": [group], "ResponseFilter": filter}))
                .await;
            text(&own["GroupInfo"][0]["SelfInfo"]["MsgFlag"])
        }
        "apply" => {
            let answer = people.session("out", "apply_join_group", json!({"GroupId": group})).await;
            if answer["ErrorCode"] == 0 { text(&answer["JoinedStatus"]) } else { text(&answer["ErrorCode"]) }
        }
        "owner leaves" => text(&people.session("own", "quit_group", json!({"GroupId": group})).await["ErrorCode"]),
        "import" => {
            let body = json!({"Type": kind, "Name": "g", "Owner_Account": "own", "CreateTime": 1_000_000_000});
            text(&people.rest("import_group", body).await["ErrorCode"])
        }
        "first admin" => {
            let body = json!({"Type": kind, "Name": "g", "MemberList": [{"Member_Account": "mem", "Role": "Admin"}]});
            text(&people.rest("create_group", body).await["ErrorCode"])
        }
        change if change.starts_with("set ") => {
            let (field, value) = match change {
                "set join option" => ("ApplyJoinOption", json!(if kind == "Public" { "FreeAccess" } else { "NeedPermission" })),
                "set invite option" => ("InviteJoinOption", json!("NeedPermission")),
                "set history" => ("HistoryMsgBeforeJoin", json!("On")),
                _ => ("MaxMemberNum", json!(10)),
            };
            text(&people.rest("modify_group_base_info", json!({"GroupId": group, field: value})).await["ErrorCode"])
        }
        field => text(&people.info(&group).await[field]),
    }
}

#[tokio::test]
async fn each_type_has_the_defaults_and_options_of_the_table() {
    let (world, cells) = (World::start().await, Cell::new(0));
    let mut people = People::of(&world, &cells).await;
    let mut wrong = Vec::new();
    for (row, wanted) in DEFAULTS {
        for (kind, wanted) in TYPES.into_iter().zip(wanted) {
            let found = default_of(&mut people, row, kind).await;
            if found != *wanted {
                wrong.push(format!("{kind} {row}: {found} instead of {wanted}"));
            }
            people.checked(1);
        }
    }
    println!("{} cells of defaults and options", cells.get());
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// `s` sent and stored, `o` sent to who is online, `-` neither.
#[rustfmt::skip]
const TIPS: &[(&str, [char; 5])] = &[
    //                     W    P    M    V    C
    ("member comes",     ['s', 's', '-', 'o', 's']),
    ("member leaves",    ['s', 's', '-', 'o', 's']),
    ("member removed",   ['s', 's', '-', '-', 's']), // V: unsupported
    ("name",             ['s', 's', 's', 'o', 's']),
    ("introduction",     ['s', 's', 's', 'o', 's']),
    ("notice",           ['s', 's', 's', 'o', 's']),
    ("photo",            ['s', 's', 's', 'o', 's']),
    ("owner",            ['s', 's', 's', '-', 's']), // V: unsupported
    ("mute all",         ['-', '-', '-', '-', '-']),
    ("join option",      ['-', '-', '-', '-', '-']),
    ("member muted",     ['-', 's', '-', '-', 's']), // W: unsupported
    ("admin appointed",  ['-', 's', '-', '-', 's']), // W: unsupported
];

async fn change(people: &mut People<'_>, what: &str, group: &str, kind: &str) {
    let edit = |field: &str, value: &str| ("modify_group_base_info", json!({"GroupId": group, field: value}));
    let (command, body) = match what {
        "member comes" if kind == "AVChatRoom" => {
            people.session("out", "apply_join_group", json!({"GroupId": group})).await;
            return;
        }
        "member leaves" => {
            people.session("sub", "quit_group", json!({"GroupId": group})).await;
            return;
        }
        "member comes" => ("add_group_member", json!({"GroupId": group, "MemberList": [{"Member_Account": "new"}]})),
        "member removed" => ("delete_group_member", json!({"GroupId": group, "MemberToDel_Account": ["sub"]})),
        "name" => edit("Name", "n2"),
        "introduction" => edit("Introduction", "n2"),
        "notice" => edit("Notification", "n2"),
        "photo" => edit("FaceUrl", "n2"),
        "owner" => ("change_group_owner", json!({"GroupId": group, "NewOwner_Account": "mem"})),
        "mute all" => edit("MuteAllMember", "On"),
        "join option" => edit("ApplyJoinOption", if kind == "Public" { "FreeAccess" } else { "NeedPermission" }),
        "member muted" => ("forbid_send_msg", json!({"GroupId": group, "Members_Account": ["sub"], "MuteTime": 60})),
        "admin appointed" => ("modify_group_member_info", json!({"GroupId": group, "Member_Account": "sub", "Role": "Admin"})),
        other => panic!("{other}"),
    };
    people.rest(command, body).await;
}

/// What becomes of the tip of a change, as the story's member sees it.
async fn tip_of(people: &mut People<'_>, what: &str, kind: &str) -> char {
    let group = people.group(kind, json!({})).await;
    people.speak(&group, "before").await;
    let link = people.links.get_mut("mem").unwrap();
    heard_until(link, &group, "before").await;
    let before = people.info(&group).await["NextMsgSeq"].clone();
    change(people, what, &group, kind).await;
    let stored = kind != "AVChatRoom" && people.info(&group).await["NextMsgSeq"] != before;
    people.speak(&group, "after").await;
    let link = people.links.get_mut("mem").unwrap();
    let sent = heard_until(link, &group, "after").await;
    match (sent, stored) {
        (true, true) => 's',
        (true, false) => 'o',
        (false, false) => '-',
        (false, true) => '!',
    }
}

/// Waits for a text in a group; whether a tip of the group came before it.
async fn heard_until(link: &mut Link, group: &str, text: &str) -> bool {
    let mut tip = false;
    loop {
        let item = link.event().await;
        let message = &item["GroupMsgArray"][0];
        if message["ToGroupId"] == group && message["MsgBody"][0]["MsgContent"]["Text"] == text {
            return tip;
        }
        tip |= item["Event"] == 4 && item["GroupTips"][0]["ToGroupId"] == group;
    }
}

async fn check_tips(people: &mut People<'_>, table: &[(&str, [char; 5])]) -> Vec<String> {
    let mut wrong = Vec::new();
    for (what, wanted) in table {
        for (kind, wanted) in TYPES.into_iter().zip(wanted) {
            let found = tip_of(people, what, kind).await;
            if found != *wanted {
                wrong.push(format!("{kind} {what}: {found} instead of {wanted}"));
            }
            people.checked(2);
        }
    }
    wrong
}

#[tokio::test]
async fn tips_are_sent_and_stored_as_the_table_says() {
    let (world, cells) = (World::start().await, Cell::new(0));
    let mut people = People::of(&world, &cells).await;
    let wrong = check_tips(&mut people, TIPS).await;
    println!("{} cells of tips", cells.get());
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[rustfmt::skip]
const OTHER_TIPS: &[(&str, [char; 5])] = &[
    //                     W    P    M    V    C
    ("member comes",     ['-', 'o', 's', 'o', 's']),
    ("name",             ['s', '-', 's', 'o', 's']),
    ("mute all",         ['s', 's', 's', '-', 's']),
    ("member muted",     ['-', 's', 's', 'o', 's']),
];

#[tokio::test]
async fn tips_follow_the_applications_settings_where_they_may() {
    let settings = json!({"groups": {
        "work": {"member_change": "off", "option_change": "stored"},
        "public": {"member_change": "sent", "profile_change": "off", "option_change": "stored"},
        "meeting": {"member_change": "stored", "member_profile_change": "stored", "option_change": "stored"},
        "live_room": {"member_change": "off", "profile_change": "off", "option_change": "stored", "member_profile_change": "stored"},
        "community": {"option_change": "stored"},
    }});
    let (world, cells) = (World::with_settings(settings).await, Cell::new(0));
    let mut people = People::of(&world, &cells).await;
    let wrong = check_tips(&mut people, OTHER_TIPS).await;
    println!("{} cells of configured tips", cells.get());
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Unread after one message, and whether a newcomer reads it.
#[rustfmt::skip]
const KEPT: &[(&str, [bool; 5])] = &[
    //                  W      P      M      V      C
    ("stored",         [true,  true,  true,  false, true]),
    ("unread",         [true,  true,  false, false, true]),
    ("history before", [false, false, true,  false, true]),
    ("receipts",       [true,  true,  true,  false, false]),
];

async fn kept(people: &mut People<'_>, row: &str, kind: &str) -> bool {
    let group = people.group(kind, json!({})).await;
    if row == "receipts" {
        let body = json!({"GroupId": group, "Random": rand::random::<u32>(), "NeedReadReceipt": 1, "MsgBody": text_body("x")});
        let sent = people.session("own", "send_group_msg", body).await;
        let asked = json!({"Id": {"Type": 2, "GroupId": group}, "Places": [sent["MsgSeq"]]});
        let own = people.links.get_mut("own").unwrap();
        return own.call("tern_message.receipts", asked).await["ErrorCode"] == 0;
    }
    people.speak(&group, "early").await;
    let reader = if row == "history before" { "out" } else { "mem" };
    if reader == "out" {
        match kind {
            "AVChatRoom" => people.session("out", "apply_join_group", json!({"GroupId": group})).await,
            _ => people.rest("add_group_member", json!({"GroupId": group, "MemberList": [{"Member_Account": "out"}]})).await,
        };
    }
    let link = people.links.get_mut(reader).unwrap();
    if row == "unread" {
        let synced = link.must("tern_sync.pull", json!({"Rev": 0})).await;
        let conversations = synced["Conversations"].as_array().unwrap();
        let found = conversations.iter().find(|conversation| conversation["Id"]["GroupId"] == group.as_str());
        return found.is_some_and(|found| found["Unread"].as_i64() > Some(0));
    }
    let page = link.call("tern_sync.history", json!({"Id": {"Type": 2, "GroupId": group}, "Limit": 20})).await;
    page["MsgList"].as_array().into_iter().flatten().any(|message| message["MsgBody"][0]["MsgContent"]["Text"] == "early")
}

#[tokio::test]
async fn messages_are_kept_counted_and_shown_to_newcomers_as_the_table_says() {
    let (world, cells) = (World::start().await, Cell::new(0));
    let mut people = People::of(&world, &cells).await;
    let mut wrong = Vec::new();
    for (row, wanted) in KEPT {
        for (kind, wanted) in TYPES.into_iter().zip(wanted) {
            let found = kept(&mut people, row, kind).await;
            if found != *wanted {
                wrong.push(format!("{kind} {row}: {found}"));
            }
            people.checked(1);
        }
    }
    println!("{} cells of what is kept", cells.get());
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test]
async fn what_newcomers_get_follows_application_and_group() {
    let settings = json!({"groups": {
        "meeting": {"history_before_join": false, "receive": "Discard"},
        "public": {"history_before_join": true, "receive": "AcceptNotNotifyExceptAt", "invite": "FreeAccess"},
    }});
    let (world, cells) = (World::with_settings(settings).await, Cell::new(0));
    let mut people = People::of(&world, &cells).await;
    assert!(!kept(&mut people, "history before", "Meeting").await, "off by the application");
    assert!(kept(&mut people, "history before", "Public").await, "on by the application");
    assert_eq!(default_of(&mut people, "MsgFlag", "Public").await, "AcceptNotNotifyExceptAt");
    assert_eq!(default_of(&mut people, "MsgFlag", "Meeting").await, "Discard");
    assert_eq!(default_of(&mut people, "InviteJoinOption", "Public").await, "FreeAccess");
    // The group's own word comes before the application's.
    let group = people.group("Public", json!({})).await;
    people.rest("modify_group_base_info", json!({"GroupId": group, "HistoryMsgBeforeJoin": "Off"})).await;
    people.speak(&group, "early").await;
    people.rest("add_group_member", json!({"GroupId": group, "MemberList": [{"Member_Account": "out"}]})).await;
    let out = people.links.get_mut("out").unwrap();
    let page = out.must("tern_sync.history", json!({"Id": {"Type": 2, "GroupId": group}, "Limit": 20})).await;
    let texts = page["MsgList"].as_array().unwrap().iter().filter(|message| message["MsgBody"][0]["MsgType"] == "TIMTextElem");
    assert_eq!(texts.count(), 0, "{page}");
}
