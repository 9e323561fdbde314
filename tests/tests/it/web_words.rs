//! What the product's Web SDK asks for in words of its own (`contract/web-frames.md` section 4), frame by frame. The SDK itself is played
//! by `websdk`.

use serde_json::{Value, json};
use tern_tests::fixture::text_body;
use tern_tests::link::Link;
use tern_tests::rest::http;
use tern_tests::world::World;

async fn say(link: &mut Link, to: &str, random: u32) -> Value {
    let body =
        json!({"To_Account": to, "MsgSeq": 1, "MsgRandom": random, "MsgClientTime": 1_700_000_000, "MsgBody": text_body("x")});
    link.must("openim.sendmsg", body).await
}

async fn say_in(link: &mut Link, group: &str, random: u32) -> u64 {
    let body = json!({"GroupId": group, "Random": random, "MsgClientTime": 1_700_000_000, "MsgBody": text_body("x")});
    link.must("group_open_http_svc.send_group_msg", body).await["MsgSeq"].as_u64().unwrap()
}

#[tokio::test]
async fn everything_that_is_paid_for_may_be_asked_for() {
    let world = World::start().await;
    let mut ann = world.link("ann").await;
    let answer = ann.must("im_sdk_config_mgr.fetch_imsdk_purchase_bitsv2", json!({"uint32_sdkappid": 1})).await;
    assert_eq!(answer["purchase_bits"], "1".repeat(64));
}

#[tokio::test]
async fn online_states_come_with_numbers_and_changes_are_told() {
    let world = World::start().await;
    let (mut ann, mut bob) = (world.link("ann").await, world.link("bob").await);
    bob.must("im_open_status.ws_set_custom_status", json!({"CustomStatus": "at sea"})).await;
    let asked = ann.must("im_open_status.ws_get_user_status", json!({"To_Account": ["bob", "nobody"]})).await;
    assert_eq!(asked["UserStatusList"], json!([{"To_Account": "bob", "Status": 1, "CustomStatus": "at sea"}]));
    assert_eq!(asked["ErrorList"][0]["To_Account"], "nobody");
    let subscribed = ann.must("im_open_status.ws_status_subscribe", json!({"To_Account": ["bob"]})).await;
    assert_eq!(subscribed["UserStatusList"][0]["Status"], 1);
    bob.must("im_open_status.wslogout", json!({})).await;
    assert_eq!(ann.event_with("UserStatusList").await[0]["Status"], 3);
    ann.must("im_open_status.ws_status_unsubscribe", json!({"To_Account": ["bob"]})).await;
}

#[tokio::test]
async fn reactions_of_a_pair_are_named_by_the_key_of_the_message() {
    let world = World::start().await;
    let (mut ann, mut bob) = (world.link("ann").await, world.link("bob").await);
    let sent = say(&mut ann, "bob", 7).await;
    let name = json!({"From_Account": "ann", "To_Account": "bob", "MsgKey": sent["MsgKey"], "Reaction": "r", "Count": 10});
    bob.must("openim_msg_ext_http_svc.reaction_add", name.clone()).await;
    let told = ann.event_with("MsgReactionNotifyList").await;
    assert_eq!(told[0]["ReactionList"], json!([{"Reaction": "r", "Count": 1, "List_Account": ["bob"]}]));
    assert_eq!((&told[0]["C2CMsgInfo"]["MsgRandom"], &told[0]["C2CMsgInfo"]["MsgClientTime"]), (&json!(7), &json!(1_700_000_000)));
    let query = json!({"From_Account": "ann", "To_Account": "bob", "MsgKeyList": [sent["MsgKey"]], "Count": 5});
    let stats = bob.must("openim_msg_ext_http_svc.reaction_multi_stat", query.clone()).await;
    let reaction = json!({"Reaction": "r", "Count": 1, "List_Account": ["bob"], "ReactedByMyself": 1});
    assert_eq!(stats["ResultList"], json!([{"MsgKey": sent["MsgKey"], "ReactionList": [reaction]}]));
    let users = ann.must("openim_msg_ext_http_svc.reaction_iterate", name.clone()).await;
    assert_eq!((&users["List_Account"], &users["NextSeq"]), (&json!(["bob"]), &json!(0)));
    assert_eq!(bob.call("openim_msg_ext_http_svc.reaction_add", name.clone()).await["ErrorCode"], 23007, "twice");
    bob.must("openim_msg_ext_http_svc.reaction_del", name.clone()).await;
    let stats = bob.must("openim_msg_ext_http_svc.reaction_multi_stat", query).await;
    assert_eq!(stats["ResultList"][0]["ReactionList"], json!([]));
    let mut unknown = name;
    unknown["MsgKey"] = json!("9_9_9");
    assert_eq!(bob.call("openim_msg_ext_http_svc.reaction_add", unknown).await["ErrorCode"], 23004);
}

#[tokio::test]
async fn reactions_in_a_group_are_named_by_its_place_and_their_users_come_in_pages() {
    let world = World::start().await;
    let (mut ann, mut bob, mut eve) = (world.link("ann").await, world.link("bob").await, world.link("eve").await);
    let group = world.group("ann", "Public", &["bob"]).await;
    let seq = say_in(&mut ann, &group, 7).await;
    let name = json!({"GroupId": group, "MsgSeq": seq, "Reaction": "r"});
    for link in [&mut ann, &mut bob] {
        link.must("openim_msg_ext_http_svc.group_reaction_add", name.clone()).await;
    }
    let info = bob.event_with("MsgReactionNotifyList").await[0]["GroupMsgInfo"].clone();
    assert_eq!((&info["GroupId"], &info["MsgRandom"]), (&json!(group), &json!(7)));
    let query = json!({"GroupId": group, "MsgSeqList": [seq], "Count": 1});
    let stats = ann.must("openim_msg_ext_http_svc.group_reaction_multi_stat", query.clone()).await;
    let reaction = json!({"Reaction": "r", "Count": 2, "List_Account": ["ann"], "ReactedByMyself": 1});
    assert_eq!(stats["ResultList"], json!([{"MsgSeq": seq, "ReactionList": [reaction]}]));
    let mut page = name.clone();
    (page["Count"], page["NextSeq"]) = (json!(1), json!(0));
    let first = ann.must("openim_msg_ext_http_svc.group_reaction_iterate", page.clone()).await;
    assert_eq!((&first["List_Account"], &first["NextSeq"]), (&json!(["ann"]), &json!(1)));
    page["NextSeq"] = first["NextSeq"].clone();
    let last = ann.must("openim_msg_ext_http_svc.group_reaction_iterate", page).await;
    assert_eq!((&last["List_Account"], &last["NextSeq"]), (&json!(["bob"]), &json!(0)));
    for refused in ["group_reaction_add", "group_reaction_del", "group_reaction_iterate"] {
        let answer = eve.call(&format!("openim_msg_ext_http_svc.{refused}"), name.clone()).await;
        assert_ne!(answer["ErrorCode"], 0, "{refused} by a stranger: {answer}");
    }
    assert_ne!(eve.call("openim_msg_ext_http_svc.group_reaction_multi_stat", query).await["ErrorCode"], 0);
}

#[tokio::test]
async fn what_waits_for_a_decision_is_listed_until_it_is_decided() {
    let world = World::start().await;
    let (mut ann, mut bob) = (world.link("ann").await, world.link("bob").await);
    let made = json!({"Owner_Account": "ann", "Type": "Public", "Name": "Boats", "ApplyJoinOption": "NeedPermission"});
    let group = world.rest().must("group_open_http_svc/create_group", made).await["GroupId"].clone();
    bob.must("group_open_http_svc.apply_join_group", json!({"GroupId": group, "ApplyMsg": "me too"})).await;
    let asked = json!({"StartTime": 0, "Limit": 20, "Handle_Account": "ann"});
    let page = ann.must("group_open_http_svc.get_pendency", asked.clone()).await;
    assert_eq!(page["NextStartTime"], 0, "that is all");
    let waits = &page["PendencyList"][0];
    assert_eq!(
        [&waits["From_Account"], &waits["GroupId"], &waits["GroupName"], &waits["Note"], &waits["PendencyType"], &waits["Handled"]],
        [&json!("bob"), &group, &json!("Boats"), &json!("me too"), &json!(0), &json!(0)]
    );
    let others = ann.must("million_group_open_http_svc.get_pendency", asked.clone()).await;
    assert_eq!((&others["PendencyList"], &others["NextStartTime"]), (&json!([]), &json!(0)));
    assert_eq!(bob.must("group_open_http_svc.get_pendency", asked.clone()).await["PendencyList"], json!([]));
    let decision = json!({"GroupId": group, "Applicant_Account": "bob", "HandleMsg": "Agree", "MsgKey": waits["MsgTime"],
        "Authentication": waits["Authentication"]});
    ann.must("group_open_http_svc.handle_apply_join_group", decision).await;
    assert_eq!(ann.must("group_open_http_svc.get_pendency", asked).await["PendencyList"], json!([]));
}

#[tokio::test]
async fn commands_of_communities_have_a_service_of_their_own_and_are_answered_under_it() {
    let world = World::start().await;
    let (mut ann, mut bob) = (world.link("ann").await, world.link("bob").await);
    let made = json!({"Type": "Community", "Name": "Harbour", "Owner_Account": "ann", "SupportTopic": 1});
    let group = ann.must("million_group_open_http_svc.create_group", made).await["GroupId"].clone();
    bob.must("million_group_open_http_svc.apply_join_group", json!({"GroupId": group})).await;
    let topic = ann.must("million_group_open_http_svc.create_topic", json!({"GroupId": group, "TopicName": "Winds"})).await;
    let said = json!({"GroupId": group, "TopicId": topic["TopicId"], "Random": 5, "MsgBody": text_body("a gale")});
    ann.must("million_group_open_http_svc.send_group_msg", said).await;
    assert_eq!(bob.event_with("GroupMsgArray").await[0]["TopicId"], topic["TopicId"]);
    let answer = bob.call("million_group_open_http_svc.no_such_command", json!({})).await;
    assert_eq!(answer["ErrorCode"], 60009);
    // Over REST a command has the names of its documents alone.
    let answer = world.rest().post("million_group_open_http_svc/create_group", json!({"Type": "Community"})).await;
    assert_eq!(answer["ErrorCode"], 60009, "{answer}");
}

#[tokio::test]
async fn pinned_messages_are_listed_and_a_group_shows_itself_to_strangers() {
    let world = World::start().await;
    let (mut ann, mut eve) = (world.link("ann").await, world.link("eve").await);
    let group = world.group("ann", "Public", &[]).await;
    let seq = say_in(&mut ann, &group, 3).await;
    ann.must("group_open_http_svc.pin_message", json!({"GroupId": group, "MsgSeq": seq})).await;
    let pinned = ann.must("group_open_http_svc.get_pinned_messages", json!({"GroupId": group})).await;
    assert_eq!((&pinned["PinnedMsgList"][0]["MsgSeq"], &pinned["PinnedMsgList"][0]["ToGroupId"]), (&json!(seq), &json!(group)));
    ann.must("group_open_http_svc.unpin_message", json!({"GroupId": group, "MsgSeq": seq, "UnPinner_Account": "ann"})).await;
    assert_eq!(ann.must("group_open_http_svc.get_pinned_messages", json!({"GroupId": group})).await["PinnedMsgList"], json!([]));
    let seen = eve.must("group_open_http_svc.get_group_public_info", json!({"GroupIdList": [group]})).await["GroupInfo"][0].clone();
    assert_eq!((&seen["GroupId"], &seen["ErrorCode"], seen.get("MemberList")), (&json!(group), &json!(0), None));
}

#[tokio::test]
async fn a_kick_says_in_the_products_words_why() {
    let world = World::start().await;
    let mut ann = world.link("ann").await;
    world.rest().must("im_open_login_svc/kick", json!({"UserID": "ann"})).await;
    let item = ann.event().await;
    assert_eq!(item["Event"], 10);
    assert_eq!(item["C2cNotifyMsgArray"], json!([{"KickoutMsgNotify": {"KickType": 3}}]));
    assert_eq!(item["TernKickout"]["KickType"], 3);
}

#[tokio::test]
async fn a_file_is_sent_by_one_request_to_an_address_and_read_at_the_other() {
    let world = World::start().await;
    let mut ann = world.link("ann").await;
    let address = world.access.address.clone();
    let path = |url: &Value| url.as_str().unwrap().trim_start_matches(&format!("http://{address}")).to_owned();
    let send = async |method: &str, url: &Value, body: &str| {
        http(&address, method, &path(url), &["Content-Type: text/plain", "Origin: https://shop.example"], body).await.unwrap()
    };
    let signed = ann.must("im_cos_msg.pre_sig", json!({"file_type": 255, "file_name": "log 1.txt", "upload_method": 0})).await;
    let (up, down) = (&signed["upload_url"], &signed["download_url"]);
    assert_eq!(send("GET", down, "").await.status, 404, "not there yet");
    assert_eq!(send("PUT", up, "").await.status, 411);
    assert_eq!(send("PUT", up, "wind from the west").await.status, 200);
    let read = send("GET", down, "").await;
    assert_eq!((read.status, read.body.as_str()), (200, "wind from the west"));
    assert!(read.head.to_ascii_lowercase().contains("access-control-allow-origin: *"), "{}", read.head);
    let picture = ann.must("im_cos_msg.pre_sig", json!({"file_type": 1, "file_name": "a.png"})).await;
    assert_eq!(send("PUT", &picture["upload_url"], "no picture").await.status, 415);
    assert_eq!(ann.call("im_cos_msg.pre_sig", json!({"file_type": 9, "file_name": "a.png"})).await["ErrorCode"], 20001);
    assert_eq!(ann.call("im_cos_msg.pre_sig", json!({"file_type": 1, "file_name": "a/b.png"})).await["ErrorCode"], 20001);
}
