//! Polls and group notes: key-values of a message, as two people's clients use them, and what modification means for "(edited)".

use serde_json::json;
use tern_tests::link::Link;
use tern_tests::world::World;

async fn vote(link: &mut Link, group: &str, seq: u64, who: &str, version: u64) -> (i64, u64) {
    let pair = json!({"Key": who, "Value": format!("{{\"options\":[{version}]}}"), "Seq": version});
    let body = json!({"GroupId": group, "MsgSeq": seq, "OperateType": 1, "ExtensionList": [pair]});
    let answer = link.must("openim_msg_ext_http_svc.group_set_key_values", body).await;
    let result = &answer["ExtensionList"][0];
    (result["ErrorCode"].as_i64().unwrap(), result["Extension"]["Seq"].as_u64().unwrap())
}

#[tokio::test]
async fn a_poll_is_answered_live_and_a_conflict_names_the_version_that_stands() {
    let world = World::start().await;
    let (mut ann, mut bob) = (world.link("ann").await, world.link("bob").await);
    let group = world.group("ann", "Public", &["bob"]).await;
    let data = json!({"businessID": "group_poll", "version": 1, "title": "Tea?", "options": ["yes", "no"]}).to_string();
    let body = json!([{"MsgType": "TIMCustomElem", "MsgContent": {"Data": data, "Desc": "[Poll] Tea?", "Ext": ""}}]);
    let send = json!({"GroupId": group, "Random": 1, "MsgBody": body, "SupportMessageExtension": 1});
    let seq = ann.must("group_open_http_svc.send_group_msg", send).await["MsgSeq"].as_u64().unwrap();

    assert_eq!(vote(&mut bob, &group, seq, "bob", 0).await, (0, 1));
    let told = ann.event_with("TernExtension").await;
    assert_eq!(
        (&told["Place"], &told["Operator_Account"], &told["ExtensionList"][0]["Key"]),
        (&json!(seq), &json!("bob"), &json!("bob"))
    );
    // Another device of bob's knows the old version: it is told the one that stands, and comes again with it.
    let mut phone = Link::phone(&world.access, "bob", "iPhone").await;
    assert_eq!(vote(&mut phone, &group, seq, "bob", 0).await, (23001, 1));
    assert_eq!(vote(&mut phone, &group, seq, "bob", 1).await, (0, 2));
}

#[tokio::test]
async fn only_a_change_of_what_a_message_says_is_an_edit() {
    let world = World::start().await;
    let (mut ann, mut bob) = (world.link("ann").await, world.link("bob").await);
    let group = world.group("ann", "Public", &["bob"]).await;
    let text = |text: &str| json!([{"MsgType": "TIMTextElem", "MsgContent": {"Text": text}}]);
    let send = json!({"GroupId": group, "Random": 1, "MsgBody": text("one")});
    let seq = ann.must("group_open_http_svc.send_group_msg", send).await["MsgSeq"].as_u64().unwrap();
    // An answer in the thread changes what travels with the root, and its going changes it once more.
    for custom in [r#"{"messageReplies":{"replies":[{"messageID":"x"}],"version":1}}"#, "{}"] {
        let modify = json!({"GroupId": group, "MsgSeq": seq, "CloudCustomData": custom, "MsgBody": text("one")});
        bob.must("openim.modify_group_msg", modify).await;
    }
    let history = json!({"Id": {"Type": 2, "GroupId": group}, "Limit": 20});
    let found = async |link: &mut Link| {
        let page = link.must("tern_sync.history", history.clone()).await;
        let list = page["MsgList"].as_array().unwrap().clone();
        list.into_iter().find(|message| message["MsgSeq"] == seq).unwrap()
    };
    let message = found(&mut ann).await;
    assert_eq!((&message["MsgVersion"], message.get("TernEdited")), (&json!(2), None));
    ann.must("openim.modify_group_msg", json!({"GroupId": group, "MsgSeq": seq, "MsgBody": text("two")})).await;
    assert_eq!(found(&mut bob).await["TernEdited"], 1);
}
