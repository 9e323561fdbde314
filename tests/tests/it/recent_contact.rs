//! Acting on conversations: delete, pin, receive options, marks, groups, pages.

use serde_json::{Value, json};
use tern_tests::fixture::text_body;
use tern_tests::link::Link;
use tern_tests::rest::Rest;
use tern_tests::world::World;

async fn people(world: &World, names: &[&str]) {
    world.rest().must("im_open_login_svc/multiaccount_import", json!({"Accounts": names})).await;
}

async fn say(rest: &Rest, from: &str, to: &str, text: &str) -> Value {
    let random = rand::random::<u32>();
    rest.must(
        "openim/sendmsg",
        json!({"From_Account": from, "To_Account": to, "MsgRandom": random, "MsgBody": text_body(text), "SyncOtherMachine": 1}),
    )
    .await
}

async fn say_in(rest: &Rest, from: &str, group: &str, text: &str) -> Value {
    let random = rand::random::<u32>();
    rest.must(
        "group_open_http_svc/send_group_msg",
        json!({"From_Account": from, "GroupId": group, "Random": random, "MsgBody": text_body(text)}),
    )
    .await
}

async fn list(rest: &Rest, of: &str, more: Value) -> Value {
    let mut body =
        json!({"From_Account": of, "TimeStamp": 0, "StartIndex": 0, "TopTimeStamp": 0, "TopStartIndex": 0, "AssistFlags": 7});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    rest.must("recentcontact/get_list", body).await
}

/// The other ends of a page, in its order.
fn names(page: &Value) -> Vec<String> {
    let item = |item: &Value| item["To_Account"].as_str().or(item["GroupId"].as_str()).unwrap_or_default().to_owned();
    page["SessionItem"].as_array().unwrap().iter().map(item).collect()
}

/// One conversation as the synchronisation tells it.
async fn pulled(link: &mut Link, other: &str) -> Value {
    let page = link.must("tern_sync.pull", json!({"Rev": 0, "Limit": 500})).await;
    let is_it = |row: &&Value| row["Id"]["To_Account"] == other || row["Id"]["GroupId"] == other;
    page["Conversations"].as_array().unwrap().iter().find(is_it).cloned().unwrap_or(Value::Null)
}

fn c2c(name: &str) -> Value {
    json!({"Type": 1, "To_Account": name})
}

#[tokio::test]
async fn a_deleted_conversation_comes_back_with_the_next_message_and_counts_from_there() {
    let world = World::start().await;
    let rest = world.rest();
    people(&world, &["ann"]).await;
    let mut bob = world.link("bob").await;
    for text in ["one", "two", "three"] {
        say(&rest, "ann", "bob", text).await;
    }
    assert_eq!(pulled(&mut bob, "ann").await["Unread"], 3);
    // A public SDK writes `type`.
    rest.must("recentcontact/delete", json!({"From_Account": "bob", "type": 1, "To_Account": "ann"})).await;
    assert_eq!(names(&list(&rest, "bob", json!({})).await), Vec::<String>::new());
    let gone = pulled(&mut bob, "ann").await;
    assert_eq!((&gone["Gone"], &gone["Unread"]), (&json!(1), &json!(0)), "{gone}");
    assert_eq!(names(&list(&rest, "ann", json!({})).await), ["bob"], "the other side keeps it");

    say(&rest, "ann", "bob", "four").await;
    assert_eq!(names(&list(&rest, "bob", json!({})).await), ["ann"]);
    let back = pulled(&mut bob, "ann").await;
    assert_eq!((&back["Gone"], &back["Unread"], &back["FirstPlace"]), (&Value::Null, &json!(1), &json!(1)), "{back}");
    let history = bob.must("tern_sync.history", json!({"Id": c2c("ann"), "Limit": 20})).await;
    assert_eq!(history["MsgList"].as_array().unwrap().len(), 4, "history stayed");
}

#[tokio::test]
async fn deleting_with_history_hides_what_was_said_from_this_side_only() {
    let world = World::start().await;
    let rest = world.rest();
    let mut ann = world.link("ann").await;
    let mut bob = world.link("bob").await;
    say(&rest, "ann", "bob", "old").await;
    let deletion = json!({"From_Account": "bob", "ContactItem": [c2c("ann")], "ClearRamble": 1});
    let deleted = bob.must("recentcontact.batch_delete", deletion).await;
    assert_eq!(deleted["ResultItem"], json!([{"Type": 1, "To_Account": "ann", "ResultCode": 0, "ResultInfo": ""}]));
    assert!(list(&rest, "bob", json!({})).await["SessionItem"].as_array().unwrap().is_empty());
    say(&rest, "ann", "bob", "new").await;
    let seen = |page: Value| page["MsgList"].as_array().unwrap().len();
    let of_bob = bob.must("tern_sync.history", json!({"Id": c2c("ann"), "Limit": 20})).await;
    assert_eq!((&of_bob["MsgList"][0]["TernPos"], seen(of_bob.clone())), (&json!(2), 1), "{of_bob}");
    assert_eq!(seen(ann.must("tern_sync.history", json!({"Id": c2c("bob"), "Limit": 20})).await), 2);
    let theirs = json!({"From_Account": "ann", "ContactItem": [c2c("bob")]});
    assert_eq!(bob.call("recentcontact.batch_delete", theirs).await["ErrorCode"], 50003);
}

#[tokio::test]
async fn a_cleared_conversation_stays_on_the_list_and_starts_anew() {
    let world = World::start().await;
    let rest = world.rest();
    let mut ann = world.link("ann").await;
    let mut bob = world.link("bob").await;
    say(&rest, "ann", "bob", "old").await;
    bob.must("recentcontact.clear_msg", json!({"From_Account": "bob", "Type": 1, "To_Account": "ann"})).await;
    assert_eq!(names(&list(&rest, "bob", json!({})).await), ["ann"]);
    say(&rest, "ann", "bob", "new").await;
    let of_bob = bob.must("openim.getroammsg", json!({"Peer_Account": "ann", "MaxCnt": 20})).await;
    assert_eq!((&of_bob["MsgCnt"], &of_bob["MsgList"][0]["TernPos"]), (&json!(1), &json!(2)), "{of_bob}");
    assert_eq!(ann.must("openim.getroammsg", json!({"Peer_Account": "bob", "MaxCnt": 20})).await["MsgCnt"], 2);
    let theirs = bob.call("recentcontact.clear_msg", json!({"From_Account": "ann", "Type": 1, "To_Account": "bob"})).await;
    assert_ne!(theirs["ErrorCode"], 0);
}

#[tokio::test]
async fn a_deleted_group_conversation_comes_back_for_those_who_get_the_message() {
    let world = World::start().await;
    let rest = world.rest();
    people(&world, &["ann", "cat"]).await;
    let mut bob = world.link("bob").await;
    let group = world.group("ann", "Public", &["bob", "cat"]).await;
    say_in(&rest, "ann", &group, "one").await;
    for who in ["bob", "cat"] {
        let both = json!({"From_Account": who, "Type": 2, "ToGroupid": group, "ToGroupId": group});
        rest.must("recentcontact/delete", both).await;
    }
    assert!(!names(&list(&rest, "bob", json!({})).await).contains(&group));
    rest.must(
        "group_open_http_svc/send_group_msg",
        json!({"From_Account": "ann", "GroupId": group, "Random": 7, "MsgBody": text_body("for bob"), "To_Account": ["bob"]}),
    )
    .await;
    assert!(names(&list(&rest, "bob", json!({})).await).contains(&group));
    assert!(!names(&list(&rest, "cat", json!({})).await).contains(&group), "it was not for cat");
    say_in(&rest, "ann", &group, "for all").await;
    assert!(names(&list(&rest, "cat", json!({})).await).contains(&group));
    assert_eq!(pulled(&mut bob, &group).await["Unread"], 1, "the targeted one does not count");
}

#[tokio::test]
async fn a_deletion_reaches_the_other_devices_only_where_the_application_wants_that() {
    for wanted in [false, true] {
        let world = World::with_settings(json!({"features": {"sync_conversation_delete": wanted}})).await;
        let rest = world.rest();
        people(&world, &["ann"]).await;
        let mut phone = Link::phone(&world.access, "bob", "Android").await;
        let mut web = world.link("bob").await;
        say(&rest, "ann", "bob", "hi").await;
        web.event_with("C2cMsgArray").await;
        phone.must("recentcontact.batch_delete", json!({"From_Account": "bob", "ContactItem": [c2c("ann")]})).await;
        phone.must("recentcontact.top", json!({"OperationType": 1, "RecentContactItem": [c2c("ann")]})).await;
        let first = web.event_with("RecentContactMod").await;
        let deleted = &first[0]["RecentContactDeleteItem"]["RecentContactList"][0]["User_Account"];
        assert_eq!((&first[0]["PushType"], deleted == "ann"), (&json!(if wanted { 1 } else { 2 }), wanted), "{first}");
    }
}

#[tokio::test]
async fn a_pin_stands_first_is_told_to_ones_other_devices_and_has_its_limit() {
    let world = World::start().await;
    let rest = world.rest();
    let crowd: Vec<String> = (0..60).map(|at| format!("p{at}")).collect();
    people(&world, &crowd.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let mut phone = Link::phone(&world.access, "bob", "Android").await;
    let mut web = world.link("bob").await;
    say(&rest, "p0", "bob", "first").await;
    world.advance_seconds(5).await;
    say(&rest, "p1", "bob", "second").await;
    assert_eq!(names(&list(&rest, "bob", json!({})).await), ["p1", "p0"]);
    phone.must("recentcontact.top", json!({"From_Account": "bob", "OperationType": 1, "RecentContactItem": [c2c("p0")]})).await;
    let told = web.event_with("RecentContactMod").await;
    assert_eq!(told, json!([{"PushType": 2, "RecentContactTopItem": {"RecentContactList": [{"Type": 1, "User_Account": "p0"}]}}]));
    let whole = web.event_with("TernConv").await;
    assert_eq!((&whole[0]["Id"], &whole[0]["TopFlag"]), (&c2c("p0"), &json!(1)));
    let page = list(&rest, "bob", json!({})).await;
    assert_eq!((names(&page), &page["SessionItem"][0]["TopFlag"]), (vec!["p0".to_owned(), "p1".to_owned()], &json!(1)));
    let others: Vec<Value> = crowd[1..50].iter().map(|name| c2c(name)).collect();
    phone.must("recentcontact.top", json!({"OperationType": 1, "RecentContactItem": others})).await;
    let more = json!({"OperationType": 1, "RecentContactItem": [c2c("p50")]});
    assert_eq!(phone.call("recentcontact.top", more.clone()).await["ErrorCode"], 51012);
    phone.must("recentcontact.top", json!({"OperationType": 2, "RecentContactItem": [c2c("p0")]})).await;
    phone.must("recentcontact.top", more).await;
    assert_eq!(phone.call("recentcontact.top", json!({"OperationType": 1, "RecentContactItem": []})).await["ErrorCode"], 51006);
}

#[tokio::test]
async fn the_list_comes_in_pages_with_pinned_ones_first_and_each_once() {
    let world = World::with_settings(json!({"recent_contacts": 500})).await;
    let rest = world.rest();
    let crowd: Vec<String> = (0..240).map(|at| format!("p{at:03}")).collect();
    for part in crowd.chunks(100) {
        people(&world, &part.iter().map(String::as_str).collect::<Vec<_>>()).await;
    }
    let mut bob = Link::phone(&world.access, "bob", "Android").await;
    for (at, name) in crowd[..235].iter().enumerate() {
        // Several conversations share a second.
        if at % 3 == 0 {
            world.advance_seconds(1).await;
        }
        say(&rest, name, "bob", "hi").await;
    }
    let pin: Vec<Value> = crowd[..3].iter().chain(&crowd[238..]).map(|name| c2c(name)).collect();
    bob.must("recentcontact.top", json!({"OperationType": 1, "RecentContactItem": pin})).await;

    let (mut told, mut pages, mut next) = (Vec::new(), 0, json!({}));
    loop {
        let page = list(&rest, "bob", next).await;
        told.extend(names(&page));
        pages += 1;
        if page["CompleteFlag"] == 1 {
            break;
        }
        let keep = |name: &str| (name.to_owned(), page[name].clone());
        next = Value::Object(["TimeStamp", "StartIndex", "TopTimeStamp", "TopStartIndex"].map(keep).into_iter().collect());
    }
    assert_eq!((pages, told.len()), (3, 237));
    let mut once = told.clone();
    once.sort();
    once.dedup();
    assert_eq!(once.len(), 237, "each once");
    assert_eq!(told[..3], ["p002", "p001", "p000"], "pinned first, the newest of them first");
    assert!(told[3..5].iter().all(|name| name.as_str() >= "p238"), "then those without a message");
    assert_eq!(told[5], "p234");

    let without_empty = list(&rest, "bob", json!({"AssistFlags": 1})).await;
    assert_eq!(names(&without_empty)[..4], ["p002", "p001", "p000", "p234"]);
    let without_pinned = list(&rest, "bob", json!({"AssistFlags": 0})).await;
    assert_eq!(names(&without_pinned)[0], "p234");
}

#[tokio::test]
async fn a_list_keeps_a_hundred_conversations_unless_the_application_wants_more() {
    for (settings, wanted) in [(json!({}), 100), (json!({"recent_contacts": 120}), 120), (json!({"recent_contacts": 9_000}), 130)] {
        let world = World::with_settings(settings).await;
        let rest = world.rest();
        let crowd: Vec<String> = (0..130).map(|at| format!("p{at:03}")).collect();
        for part in crowd.chunks(65) {
            people(&world, &part.iter().map(String::as_str).collect::<Vec<_>>()).await;
        }
        let mut bob = world.link("bob").await;
        for name in &crowd {
            say(&rest, name, "bob", "hi").await;
        }
        let page = bob.must("recentcontact.page_get", json!({"From_Account": "bob"})).await;
        assert_eq!(page["SessionItem"].as_array().unwrap().len(), wanted);
    }
}

#[tokio::test]
async fn a_discarded_peer_is_not_heard_but_stands_in_the_history() {
    let world = World::start().await;
    let rest = world.rest();
    people(&world, &["ann", "cat"]).await;
    let mut phone = Link::phone(&world.access, "bob", "Android").await;
    let mut bob = world.link("bob").await;
    say(&rest, "ann", "bob", "heard").await;
    bob.event_with("C2cMsgArray").await;
    bob.must("tern_conversation.set", json!({"Id": c2c("ann"), "MsgFlag": "Discard"})).await;
    let told = phone.event_with("TernConv").await;
    assert_eq!(told[0]["MsgFlag"], "Discard");
    say(&rest, "ann", "bob", "not heard").await;
    say(&rest, "cat", "bob", "heard too").await;
    let next = bob.event_with("C2cMsgArray").await;
    assert_eq!(next[0]["From_Account"], "cat", "{next}");
    let row = pulled(&mut bob, "ann").await;
    assert_eq!((&row["MsgFlag"], &row["LastPlace"], &row["Unread"]), (&json!("Discard"), &json!(2), &json!(2)));
    bob.must("openim.set_c2c_peer_mute_notifications", json!({"Peer_Account": ["ann"], "Mute_Notifications": 0})).await;
    let mutes =
        bob.must("openim.get_c2c_peer_mute_notifications", json!({"To_Account": "bob", "Peer_Account": ["ann", "cat"]})).await;
    assert_eq!(mutes["MuteNotificationsList"][0], json!({"Peer_Account": "ann", "Mute_Notifications": 0, "MuteFlag": 0}));
    say(&rest, "ann", "bob", "heard again").await;
    assert_eq!(bob.event_with("C2cMsgArray").await[0]["MsgBody"], text_body("heard again"));
    let wrong = bob.call("tern_conversation.set", json!({"Id": c2c("ann"), "MsgFlag": "Loud"})).await;
    assert_eq!(wrong["ErrorCode"], 50002);
}

#[tokio::test]
async fn a_discarded_group_is_silent_also_after_the_next_login() {
    let world = World::start().await;
    let rest = world.rest();
    people(&world, &["ann"]).await;
    let mut bob = world.link("bob").await;
    let group = world.group("ann", "Public", &["bob"]).await;
    let id = json!({"Type": 2, "GroupId": group});
    bob.must("tern_conversation.set", json!({"Id": id, "MsgFlag": "Discard"})).await;
    say_in(&rest, "ann", &group, "not heard").await;
    say(&rest, "ann", "bob", "heard").await;
    let mut seen = Vec::new();
    loop {
        let event = bob.event().await;
        seen.push(event.clone());
        if event.get("C2cMsgArray").is_some() {
            break;
        }
    }
    assert!(seen.iter().all(|event| event.get("GroupMsgArray").is_none()), "{seen:?}");
    let mut again = world.link("bob").await;
    say_in(&rest, "ann", &group, "not heard").await;
    again.must("tern_conversation.set", json!({"Id": id, "MsgFlag": "AcceptNotNotify"})).await;
    say_in(&rest, "ann", &group, "heard").await;
    assert_eq!(again.event_with("GroupMsgArray").await[0]["MsgBody"], text_body("heard"));
    let row = pulled(&mut again, &group).await;
    assert_eq!((&row["MsgFlag"], &row["Unread"]), (&json!("AcceptNotNotify"), &json!(3)), "history and counts go on: {row}");
    let stranger =
        again.call("tern_conversation.set", json!({"Id": {"Type": 2, "GroupId": "@TGS#none"}, "MsgFlag": "Discard"})).await;
    assert_eq!(stranger["ErrorCode"], 51007);
}

#[tokio::test]
async fn marks_and_custom_data_are_kept_told_and_found() {
    let world = World::start().await;
    let rest = world.rest();
    people(&world, &["ann", "cat"]).await;
    let mut phone = Link::phone(&world.access, "bob", "Android").await;
    let mut bob = world.link("bob").await;
    let group = world.group("ann", "Public", &["bob"]).await;
    say(&rest, "ann", "bob", "hi").await;
    let items = json!([
        {"OptType": 3, "ContactItem": c2c("ann"), "SetMark": [0, 3, 63], "CustomMark": "abcd"},
        {"OptType": 2, "ContactItem": {"Type": 2, "ToGroupId": group}, "CustomMark": "crew"},
        {"OptType": 1, "ContactItem": {"Type": 2, "ToGroupId": "@TGS#none"}, "SetMark": [1]},
        {"OptType": 1, "ContactItem": c2c("nobody"), "SetMark": [1]},
        {"OptType": 1, "ContactItem": c2c("ann"), "SetMark": [64]},
    ]);
    let marked = rest.must("recentcontact/mark_contact", json!({"From_Account": "bob", "MarkItem": items})).await;
    let codes: Vec<_> = marked["ResultItem"].as_array().unwrap().iter().map(|item| item["ResultCode"].as_i64().unwrap()).collect();
    assert_eq!(codes, [0, 0, 51007, 50001, 50002], "{marked}");
    assert_eq!(marked["ResultItem"][1]["ContactItem"], json!({"Type": 2, "ToGroupId": group}));
    let told = bob.event_with("RecentContactMod").await;
    let entry = &told[0]["RecentContactMarkContact"]["RecentContactMarkContactItem"][0];
    assert_eq!((&told[0]["PushType"], &entry["RecentContactItem"]["User_Account"]), (&json!(4), &json!("ann")));
    let bits = format!("1{}1001", "0".repeat(59));
    let row = pulled(&mut bob, "ann").await;
    assert_eq!((row["StandardMark"].as_str(), &row["CustomMark"]), (Some(bits.as_str()), &json!("abcd")));

    // A second device clears one and learns the rest by what changed.
    let rev = phone.must("tern_sync.pull", json!({"Rev": 0, "Limit": 500})).await["Rev"].clone();
    phone
        .must(
            "recentcontact.mark_contact",
            json!({"MarkItem": [{"OptType": 1, "ContactItem": c2c("ann"), "ClearMark": [63], "SetMark": [1]}]}),
        )
        .await;
    let page = bob.must("tern_sync.pull", json!({"Rev": rev, "Limit": 500})).await;
    assert_eq!((page["Conversations"].as_array().unwrap().len(), &page["Conversations"][0]["StandardMark"]), (1, &json!("1011")));

    // Marks are a list of their own: they need no conversation on the list, and do not make one.
    phone
        .must("recentcontact.mark_contact", json!({"MarkItem": [{"OptType": 2, "ContactItem": c2c("cat"), "CustomMark": "x"}]}))
        .await;
    assert!(!names(&list(&rest, "bob", json!({"AssistFlags": 7})).await).contains(&"cat".to_owned()));
    let found = bob
        .must(
            "recentcontact.search_contact_group",
            json!({"From_Account": "bob", "ContactItem": [c2c("ann"), c2c("cat"), c2c("bob")]}),
        )
        .await;
    let found = found["ContactResultItem"].as_array().unwrap();
    assert_eq!((found.len(), &found[0]["CustomMark"], &found[1]["To_Account"]), (2, &json!("abcd"), &json!("cat")));
    let many: Vec<Value> = (0..101).map(|_| json!({"OptType": 1, "ContactItem": c2c("ann"), "SetMark": [1]})).collect();
    assert_eq!(bob.call("recentcontact.mark_contact", json!({"MarkItem": many})).await["ErrorCode"], 51006);
}

#[tokio::test]
async fn conversation_groups_are_made_changed_renamed_and_deleted() {
    let world = World::start().await;
    let rest = world.rest();
    people(&world, &["ann", "cat"]).await;
    let mut phone = Link::phone(&world.access, "bob", "Android").await;
    let mut bob = world.link("bob").await;
    say(&rest, "ann", "bob", "hi").await;
    let make =
        |name: &str, who: Value| json!({"From_Account": "bob", "GroupContactItem": [{"GroupName": name, "ContactItem": who}]});
    let made = bob.must("recentcontact.create_contact_group", make("work", json!([c2c("ann"), c2c("nobody")]))).await;
    let result = &made["GroupResultItem"][0];
    assert_eq!(result["GroupItem"], json!({"GroupName": "work", "GroupId": 1}));
    assert_eq!((&result["ResultItem"][0]["ResultCode"], &result["ResultItem"][1]["ResultCode"]), (&json!(0), &json!(50001)));
    assert_eq!(phone.event_with("TernConvGroup").await, json!([{"GroupName": "work", "GroupId": 1}]));
    assert_eq!(phone.event_with("TernConv").await[0]["ContactGroupId"], json!([1]));

    let update = json!({"From_Account": "bob", "UpdateType": 1, "UpdateGroup": {"UpdateGroupType": 2, "OldGroupName": "work",
        "ContactUpdateItem": [{"ContactOptType": 1, "ContactItem": c2c("cat")}, {"ContactOptType": 2, "ContactItem": c2c("ann")}]}});
    let updated = rest.must("recentcontact/update_contact_group", update).await;
    let results = updated["UpdateGroupResult"]["ContactResultItem"].as_array().unwrap().clone();
    assert!(results.iter().all(|item| item["ResultCode"] == 0), "{updated}");
    let rename = json!({"UpdateType": 1, "UpdateGroup": {"UpdateGroupType": 1, "OldGroupName": "work", "NewGroupName": "office"}});
    let renamed = phone.must("recentcontact.update_contact_group", rename).await;
    assert_eq!(
        (&renamed["UpdateGroupResult"]["GroupName"], &renamed["UpdateGroupResult"]["GroupId"]),
        (&json!("office"), &json!(1))
    );
    let got = bob.must("recentcontact.get_contact_group", json!({"StartIndex": 0})).await;
    assert_eq!(got["GroupItem"], json!([{"GroupName": "office", "GroupId": 1}]));
    assert_eq!((&got["ContactItem"][0]["To_Account"], &got["ContactItem"][0]["ContactGroupId"]), (&json!("cat"), &json!([1])));
    assert_eq!((got["ContactItem"].as_array().unwrap().len(), &got["CompleteFlag"]), (1, &json!(1)));
    let page = bob.must("tern_sync.pull", json!({"Rev": 0, "Limit": 500})).await;
    assert_eq!(page["ContactGroups"], json!([{"GroupName": "office", "GroupId": 1}]));

    let deleted = rest.must("recentcontact/del_contact_group", json!({"From_Account": "bob", "GroupName": ["office"]})).await;
    assert_eq!(deleted["GroupItem"], json!([{"GroupName": "office", "GroupId": 1}]));
    let missing = rest.post("recentcontact/del_contact_group", json!({"From_Account": "bob", "GroupName": ["office"]})).await;
    assert_eq!(missing["ErrorCode"], 51009);
    let again = rest.must("recentcontact/create_contact_group", make("next", json!([c2c("ann")]))).await;
    assert_eq!(again["GroupResultItem"][0]["GroupItem"]["GroupId"], 2, "a number is not used again");
}

#[tokio::test]
async fn conversation_groups_have_the_contracts_limits() {
    let world = World::start().await;
    let rest = world.rest();
    people(&world, &["ann", "bob"]).await;
    let make =
        |name: &str, who: Value| json!({"From_Account": "bob", "GroupContactItem": [{"GroupName": name, "ContactItem": who}]});
    let create =
        async |name: &str, who: Value| rest.post("recentcontact/create_contact_group", make(name, who)).await["ErrorCode"].clone();
    for at in 0..20 {
        assert_eq!(create(&format!("g{at}"), json!([c2c("ann")])).await, 0);
    }
    assert_eq!(create("g20", json!([c2c("ann")])).await, 51010);
    assert_eq!(create(&"n".repeat(33), json!([c2c("ann")])).await, 51011);
    assert_eq!(create("g1", json!([])).await, 51006);
    let rename = json!({"From_Account": "bob", "UpdateType": 1,
        "UpdateGroup": {"UpdateGroupType": 1, "OldGroupName": "none", "NewGroupName": "x"}});
    assert_eq!(rest.post("recentcontact/update_contact_group", rename).await["ErrorCode"], 51009);
}

#[tokio::test]
async fn a_thousand_marked_conversations_are_the_most() {
    let world = World::start().await;
    let rest = world.rest();
    let crowd: Vec<String> = (0..1_001).map(|at| format!("p{at}")).collect();
    people(&world, &["bob"]).await;
    for part in crowd.chunks(100) {
        people(&world, &part.iter().map(String::as_str).collect::<Vec<_>>()).await;
    }
    let mut last = Value::Null;
    for part in crowd.chunks(100) {
        let items: Vec<Value> = part.iter().map(|name| json!({"OptType": 1, "ContactItem": c2c(name), "SetMark": [0]})).collect();
        last = rest.must("recentcontact/mark_contact", json!({"From_Account": "bob", "MarkItem": items})).await;
    }
    assert_eq!(last["ResultItem"][0]["ResultCode"], 51008, "{last}");
    let (mut start, mut told) = (json!(0), 0);
    loop {
        let page = rest.must("recentcontact/get_contact_group", json!({"From_Account": "bob", "StartIndex": start})).await;
        told += page["ContactItem"].as_array().unwrap().len();
        start = page["NextStartIndex"].clone();
        if page["CompleteFlag"] == 1 {
            break;
        }
    }
    assert_eq!(told, 1_000);
}
