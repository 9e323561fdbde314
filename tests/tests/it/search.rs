//! Search on the server: what is found, what is not, and who may find it.

use serde_json::{Value, json};
use tern_tests::fixture::text_body;
use tern_tests::link::Link;
use tern_tests::wait::eventually;
use tern_tests::world::World;

const DAY: i64 = 86_400;

async fn people(world: &World, names: &[&str]) {
    world.rest().must("im_open_login_svc/multiaccount_import", json!({"Accounts": names})).await;
}

async fn send(world: &World, from: &str, to: &str, body: Value) -> Value {
    let random = rand::random::<u32>();
    let body = json!({"From_Account": from, "To_Account": to, "MsgRandom": random, "MsgBody": body, "SyncOtherMachine": 1});
    world.rest().must("openim/sendmsg", body).await
}

async fn say(world: &World, from: &str, to: &str, text: &str) -> Value {
    send(world, from, to, text_body(text)).await
}

async fn say_in(world: &World, from: &str, group: &str, text: &str) -> Value {
    let random = rand::random::<u32>();
    let body = json!({"From_Account": from, "GroupId": group, "Random": random, "MsgBody": text_body(text)});
    world.rest().must("group_open_http_svc/send_group_msg", body).await
}

fn wanted(keywords: &[&str], more: Value) -> Value {
    let mut body = json!({"KeywordList": keywords, "Limit": 20});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

/// Searches until as much is found as should be: the index may be a second behind.
async fn find(link: &mut Link, keywords: &[&str], more: Value, total: u64) -> Value {
    let body = wanted(keywords, more);
    let link = tokio::sync::Mutex::new(link);
    let what = format!("{total} hits of {body}");
    eventually(&what, async || {
        let answer = link.lock().await.must("tern_search.messages", body.clone()).await;
        (answer["TotalCount"] == total).then_some(answer)
    })
    .await
}

fn c2c(name: &str) -> Value {
    json!({"Type": 1, "To_Account": name})
}

fn texts(answer: &Value) -> Vec<String> {
    let list = answer["ItemList"][0]["MessageList"].as_array().cloned().unwrap_or_default();
    list.iter().map(|message| message["MsgBody"][0]["MsgContent"]["Text"].as_str().unwrap().to_owned()).collect()
}

/// The other end, and how often it was found.
fn counts(answer: &Value) -> Vec<(String, u64)> {
    let name = |item: &Value| item["Id"]["To_Account"].as_str().or(item["Id"]["GroupId"].as_str()).unwrap().to_owned();
    let items = answer["ItemList"].as_array().unwrap();
    items.iter().map(|item| (name(item), item["MessageCount"].as_u64().unwrap())).collect()
}

#[tokio::test]
async fn words_are_found_in_every_script_by_every_filter_newest_first() {
    let world = World::start().await;
    people(&world, &["ann", "bob"]).await;
    let lines = ["Coffee tomorrow?", "no coffee, tea", "明天喝咖啡吗", "咖啡馆见", "東京タワー", "안녕하세요 여러분"];
    for (at, line) in lines.iter().enumerate() {
        let (from, to) = if at % 2 == 0 { ("bob", "ann") } else { ("ann", "bob") };
        say(&world, from, to, line).await;
        world.advance_seconds(10).await;
    }
    let mut ann = world.link("ann").await;
    let here = || json!({"Id": c2c("bob")});
    let found = find(&mut ann, &["COFF"], here(), 2).await;
    assert_eq!(texts(&found), ["no coffee, tea", "Coffee tomorrow?"]);
    assert_eq!(texts(&find(&mut ann, &["咖啡"], here(), 2).await), ["咖啡馆见", "明天喝咖啡吗"]);
    assert_eq!(texts(&find(&mut ann, &["喝咖啡"], here(), 1).await), ["明天喝咖啡吗"]);
    assert_eq!(texts(&find(&mut ann, &["タワ"], here(), 1).await), ["東京タワー"]);
    assert_eq!(texts(&find(&mut ann, &["하세"], here(), 1).await), ["안녕하세요 여러분"]);
    find(&mut ann, &["tea", "咖啡"], here(), 3).await;
    let both = |more: Value| {
        let mut both = json!({"Id": c2c("bob"), "MatchType": "AND"});
        both.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        both
    };
    assert_eq!(texts(&find(&mut ann, &["tea", "coffee"], both(json!({})), 1).await), ["no coffee, tea"]);
    find(&mut ann, &["tea", "咖啡"], both(json!({})), 0).await;
    find(&mut ann, &["coffee", "咖啡"], json!({"Id": c2c("bob"), "SenderList": ["bob"]}), 2).await;
    find(&mut ann, &["coffee"], json!({"Id": c2c("bob"), "SenderList": ["nobody"]}), 0).await;
    // The first one's second is the end of the time that is looked at, then its beginning.
    let first = texts(&find(&mut ann, &["coffee"], here(), 2).await).len();
    assert_eq!(first, 2);
    let time = find(&mut ann, &["tomorrow"], here(), 1).await["ItemList"][0]["MessageList"][0]["MsgTimeStamp"].as_i64().unwrap();
    assert_eq!(texts(&find(&mut ann, &["coffee"], json!({"Id": c2c("bob"), "MaxTime": time}), 1).await), ["Coffee tomorrow?"]);
    assert_eq!(texts(&find(&mut ann, &["coffee"], json!({"Id": c2c("bob"), "MinTime": time + 1}), 1).await), ["no coffee, tea"]);
}

#[tokio::test]
async fn files_places_customs_and_types_are_found() {
    let world = World::start().await;
    people(&world, &["ann", "bob"]).await;
    let mut ann = world.link("ann").await;
    let file = json!([{"MsgType": "TIMFileElem", "MsgContent": {"Url": "https://files.test/1", "UUID": "u", "FileSize": 1, "FileName": "Quarterly-Report.pdf", "Download_Flag": 2}}]);
    send(&world, "bob", "ann", file).await;
    let place =
        json!([{"MsgType": "TIMLocationElem", "MsgContent": {"Desc": "Harbour bridge", "Latitude": 1.5, "Longitude": 2.5}}]);
    send(&world, "bob", "ann", place).await;
    let custom = json!([{"MsgType": "TIMCustomElem", "MsgContent": {"Data": "secret", "Desc": "an order", "Ext": "bridgehead"}}]);
    send(&world, "bob", "ann", custom).await;
    let face = json!([{"MsgType": "TIMFaceElem", "MsgContent": {"Index": 1, "Data": "report"}}]);
    send(&world, "bob", "ann", face).await;
    find(&mut ann, &["report"], json!({"Id": c2c("bob")}), 1).await;
    find(&mut ann, &["bridge"], json!({"Id": c2c("bob")}), 2).await;
    find(&mut ann, &["secret"], json!({"Id": c2c("bob")}), 0).await;
    let found = find(&mut ann, &[], json!({"Id": c2c("bob"), "MessageTypeList": ["TIMFileElem", "TIMImageElem"]}), 1).await;
    assert_eq!(found["ItemList"][0]["MessageList"][0]["MsgBody"][0]["MsgType"], "TIMFileElem");
    find(&mut ann, &["bridge"], json!({"Id": c2c("bob"), "MessageTypeList": ["TIMCustomElem"]}), 1).await;
}

#[tokio::test]
async fn everywhere_conversations_are_counted_and_a_single_hit_is_shown() {
    let world = World::start().await;
    people(&world, &["ann", "bob", "cid", "dot"]).await;
    let mut ann = world.link("ann").await;
    let group = world.group("bob", "Public", &["ann", "cid"]).await;
    say(&world, "bob", "ann", "apple one").await;
    say(&world, "ann", "bob", "apple two").await;
    say(&world, "cid", "ann", "apple three").await;
    say_in(&world, "cid", &group, "apple four").await;
    say(&world, "bob", "cid", "apple five, not for ann").await;
    let found = find(&mut ann, &["apple"], json!({}), 3).await;
    assert_eq!(counts(&found), [(group.clone(), 1), ("cid".into(), 1), ("bob".into(), 2)]);
    assert_eq!(texts(&found), ["apple four"]);
    assert_eq!(found["ItemList"][2]["MessageList"], json!([]), "of several hits none is shown");

    // Pages, of conversations and of messages.
    let first = find(&mut ann, &["apple"], json!({"Limit": 2}), 3).await;
    let second = find(&mut ann, &["apple"], json!({"Limit": 2, "Cursor": first["Cursor"]}), 3).await;
    assert_eq!((counts(&first).len(), counts(&second)), (2, vec![("bob".into(), 2)]));
    assert_eq!(second["Cursor"], Value::Null);
    let here = |cursor: &Value| json!({"Id": c2c("bob"), "Limit": 1, "Cursor": cursor});
    let first = find(&mut ann, &["apple"], here(&Value::Null), 2).await;
    let second = find(&mut ann, &["apple"], here(&first["Cursor"]), 2).await;
    assert_eq!((texts(&first), texts(&second)), (vec!["apple two".to_owned()], vec!["apple one".to_owned()]));
    assert_eq!(second["Cursor"], Value::Null);
}

#[tokio::test]
async fn what_one_may_not_read_is_not_found() {
    let world = World::with_settings(json!({"roaming_days": 1})).await;
    people(&world, &["ann", "bob", "cid"]).await;
    let mut ann = world.link("ann").await;
    let mut cid = world.link("cid").await;
    // A Public group keeps what was said before somebody joined closed; another group is not ann's at all.
    let group = world.group("bob", "Public", &[]).await;
    let other = world.group("bob", "Public", &["cid"]).await;
    say_in(&world, "bob", &group, "pear before").await;
    say_in(&world, "bob", &other, "pear elsewhere").await;
    world
        .rest()
        .must("group_open_http_svc/add_group_member", json!({"GroupId": group, "MemberList": [{"Member_Account": "ann"}]}))
        .await;
    say_in(&world, "bob", &group, "pear after").await;
    let found = find(&mut ann, &["pear"], json!({}), 1).await;
    assert_eq!(texts(&found), ["pear after"]);
    let refused = ann.call("tern_search.messages", wanted(&["pear"], json!({"Id": {"Type": 2, "GroupId": other}}))).await;
    assert_eq!(refused["ErrorCode"], 10007, "{refused}");

    // Targeted at somebody else.
    let random = rand::random::<u32>();
    let body = json!({"From_Account": "bob", "GroupId": group, "Random": random, "MsgBody": text_body("pear for bob"), "To_Account": ["bob"]});
    world.rest().must("group_open_http_svc/send_group_msg", body).await;
    // Recalled, modified, and deleted for oneself.
    let sent = say(&world, "bob", "ann", "grape recalled").await;
    say(&world, "bob", "ann", "grape deleted").await;
    let kept = say(&world, "bob", "ann", "grape kept").await;
    find(&mut ann, &["grape"], json!({"Id": c2c("bob")}), 3).await;
    let recall = json!({"From_Account": "bob", "To_Account": "ann", "MsgKey": sent["MsgKey"]});
    world.rest().must("openim/admin_msgwithdraw", recall).await;
    ann.must("tern_message.delete", json!({"Id": c2c("bob"), "Places": [2]})).await;
    assert_eq!(texts(&find(&mut ann, &["grape"], json!({"Id": c2c("bob")}), 1).await), ["grape kept"]);
    let change = json!({"From_Account": "bob", "To_Account": "ann", "MsgKey": kept["MsgKey"], "MsgBody": text_body("plum")});
    world.rest().must("openim/modify_c2c_msg", change).await;
    find(&mut ann, &["plum"], json!({"Id": c2c("bob")}), 1).await;
    find(&mut ann, &["grape"], json!({"Id": c2c("bob")}), 0).await;
    find(&mut ann, &["pear"], json!({}), 1).await;
    find(&mut cid, &["plum"], json!({}), 0).await;

    // Who leaves finds nothing any more; what expired is gone for everybody.
    find(&mut cid, &["pear"], json!({}), 1).await;
    world.rest().must("group_open_http_svc/delete_group_member", json!({"GroupId": other, "MemberToDel_Account": ["cid"]})).await;
    find(&mut cid, &["pear"], json!({}), 0).await;
    drop((ann, cid));
    world.advance_seconds(2 * DAY).await;
    let mut ann = world.link("ann").await;
    find(&mut ann, &["plum", "pear"], json!({}), 0).await;
    say(&world, "bob", "ann", "pear again").await;
    find(&mut ann, &["pear"], json!({}), 1).await;
}

#[tokio::test]
async fn people_groups_and_members_are_found_by_their_names() {
    let world = World::start().await;
    let rest = world.rest();
    people(&world, &["ann", "bob", "bobby", "cid", "zoe"]).await;
    let nick =
        |name: &str, nick: &str| json!({"From_Account": name, "ProfileItem": [{"Tag": "Tag_Profile_IM_Nick", "Value": nick}]});
    rest.must("profile/portrait_set", nick("zoe", "Queen BOB")).await;
    rest.must("profile/portrait_set", nick("cid", "王小明")).await;
    let mut ann = world.link("ann").await;
    let users = |answer: &Value| -> Vec<String> {
        answer["UserList"].as_array().unwrap().iter().map(|user| user["UserID"].as_str().unwrap().to_owned()).collect()
    };
    let found = ann.must("tern_search.users", json!({"KeywordList": ["bob"], "Limit": 20})).await;
    assert_eq!(users(&found), ["bob", "bobby", "zoe"]);
    let first = ann.must("tern_search.users", json!({"KeywordList": ["bob"], "Limit": 2})).await;
    let second = ann.must("tern_search.users", json!({"KeywordList": ["bob"], "Limit": 2, "Cursor": first["Cursor"]})).await;
    assert_eq!((users(&first), users(&second)), (vec!["bob".to_owned(), "bobby".into()], vec!["zoe".to_owned()]));
    assert_eq!(users(&ann.must("tern_search.users", json!({"KeywordList": ["小明"], "Limit": 20})).await), ["cid"]);

    let make = async |id: &str, kind: &str, name: &str, members: &[&str]| {
        let list: Vec<_> = members.iter().map(|member| json!({"Member_Account": member})).collect();
        let body = json!({"GroupId": id, "Owner_Account": "bob", "Type": kind, "Name": name, "MemberList": list});
        rest.must("group_open_http_svc/create_group", body).await;
    };
    make("walkers", "Public", "Sunday Walkers", &["ann", "cid", "zoe"]).await;
    make("hidden", "Work", "Sunday Work", &[]).await;
    make("open", "Public", "Sunday Open", &[]).await;
    let groups = |answer: &Value| -> Vec<String> {
        answer["GroupList"].as_array().unwrap().iter().map(|group| group["GroupId"].as_str().unwrap().to_owned()).collect()
    };
    let mut by = async |words: &[&str]| groups(&ann.must("tern_search.groups", json!({"KeywordList": words, "Limit": 20})).await);
    assert_eq!(by(&["sunday"]).await, ["walkers"], "only one's own by name");
    assert_eq!(by(&["open"]).await, ["open"], "others by their exact ID");
    assert_eq!(by(&["hidden"]).await, Vec::<String>::new(), "a Work group is not found by others");

    let members = |answer: &Value| -> Vec<String> {
        answer["MemberList"].as_array().unwrap().iter().map(|member| member["UserID"].as_str().unwrap().to_owned()).collect()
    };
    let found = ann.must("tern_search.members", json!({"KeywordList": ["queen", "王"], "Limit": 20})).await;
    let mut names = members(&found);
    names.sort();
    assert_eq!(names, ["cid", "zoe"]);
    let first =
        ann.must("tern_search.members", json!({"KeywordList": ["queen", "王"], "GroupIdList": ["walkers"], "Limit": 1})).await;
    let again = json!({"KeywordList": ["queen", "王"], "GroupIdList": ["walkers"], "Limit": 1, "Cursor": first["Cursor"]});
    let second = ann.must("tern_search.members", again).await;
    let mut names = [members(&first), members(&second)].concat();
    names.sort();
    assert_eq!((names, &second["Cursor"]), (vec!["cid".to_owned(), "zoe".into()], &Value::Null));
    for (group, code) in [("open", 10007), ("nowhere", 10010)] {
        let refused = ann.call("tern_search.members", json!({"KeywordList": ["x"], "GroupIdList": [group], "Limit": 1})).await;
        assert_eq!(refused["ErrorCode"], code, "{refused}");
    }
}

#[tokio::test]
async fn a_search_that_cannot_be_is_refused_in_a_sentence() {
    let world = World::start().await;
    people(&world, &["bob"]).await;
    let mut ann = world.link("ann").await;
    let six: Vec<_> = (0..6).map(|n| n.to_string()).collect();
    let cases = [
        (json!({"KeywordList": six, "Limit": 20}), 20001),
        (json!({"KeywordList": [], "Limit": 20}), 20001),
        (json!({"KeywordList": ["x".repeat(257)], "Limit": 20}), 20001),
        (json!({"KeywordList": ["x"], "SenderList": six, "Limit": 20}), 20001),
        (json!({"KeywordList": ["x"], "MessageTypeList": ["TIMFaceElem"], "Limit": 20}), 20001),
        (json!({"KeywordList": ["x"], "MatchType": "NOT", "Limit": 20}), 20001),
        (json!({"KeywordList": ["x"], "Cursor": "x", "Limit": 20}), 20001),
        (json!({"KeywordList": ["x"], "MinTime": 2, "MaxTime": 1}), 20001),
        (json!({"KeywordList": "x"}), 20001),
        (json!({"KeywordList": ["x"], "Id": {"Type": 1, "To_Account": "nobody"}}), 20003),
        (json!({"KeywordList": ["x"], "Id": {"Type": 2, "GroupId": "nowhere"}}), 10010),
        (json!({"KeywordList": ["x"], "Id": {"Type": 3}}), 20001),
    ];
    for (body, code) in cases {
        let refused = ann.call("tern_search.messages", body.clone()).await;
        assert_eq!(refused["ErrorCode"], code, "{body}: {refused}");
        assert!(refused["ErrorInfo"].as_str().unwrap().len() > 5);
    }
    for command in ["tern_search.users", "tern_search.groups", "tern_search.members"] {
        let refused = ann.call(command, json!({"KeywordList": [" "], "Limit": 20})).await;
        assert_eq!(refused["ErrorCode"], 20001, "{command}: {refused}");
    }
    // What the query language of an index could take for its own is a word like any other.
    for odd in ["\"", "a\" OR \"b", "x*", "NEAR(a b)", "#p1", "(", "^a", "words:a", "\u{0}", "🦀"] {
        ann.must("tern_search.messages", json!({"KeywordList": [odd], "Limit": 20})).await;
    }
    let refused = world.rest().post("tern_search/messages", json!({"KeywordList": ["x"], "Limit": 20})).await;
    assert_eq!(refused["ErrorCode"], 60009);
}
