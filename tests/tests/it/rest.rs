//! What an integrator's backend meets at the front door.

use rstest::rstest;
use serde_json::{Value, json};
use tern_tests::fixture::text_body;
use tern_tests::rest::{Rest, http};
use tern_tests::world::World;

async fn code(world: &World, path: &str, headers: &[&str], body: &str) -> Value {
    let answer = http(&world.access.address, "POST", path, headers, body).await.unwrap();
    assert_eq!(answer.status, 200, "{answer:?}");
    let answer: Value = serde_json::from_str(&answer.body).unwrap_or_else(|error| panic!("{error}: {answer:?}"));
    assert!(answer["ErrorInfo"].is_string() && answer["ActionStatus"].is_string(), "{answer}");
    answer["ErrorCode"].clone()
}

#[rstest]
#[case::none(&[])]
#[case::json(&["Content-Type: application/json"])]
#[case::form(&["Content-Type: application/x-www-form-urlencoded"])]
#[case::text(&["Content-Type: text/plain; charset=utf-8"])]
#[tokio::test]
async fn a_command_is_understood_whatever_the_content_type(#[case] headers: &[&str]) {
    let world = World::start().await;
    let path = world.rest().path("im_open_login_svc/account_import");
    assert_eq!(code(&world, &path, headers, r#"{"UserID":"ann","Nick":"Ann"}"#).await, 0);
}

#[tokio::test]
async fn each_fault_at_the_door_has_its_code() {
    let world = World::start().await;
    let rest = world.rest();
    let import = "im_open_login_svc/account_import";
    let ann =
        Rest::new(&world.access.address, world.access.sdk_app_id, &world.access.key, "ann", world.access.clock.wall_seconds());
    world.user("ann").await;
    let good = rest.path(import);
    let app = world.access.sdk_app_id.to_string();
    let body = r#"{"UserID":"x"}"#;
    #[rustfmt::skip]
    let rows: Vec<(&str, String, &str, i64)> = vec![
        ("unknown command",      rest.path("openim/no_such_command"),                         "{}",  60009),
        ("unknown service",      rest.path("nothing/at_all"),                                 "{}",  60009),
        ("no admin",             ann.path(import),                                            body,  60010),
        ("no application",       good.replace(&format!("sdkappid={app}&"), ""),               body,  60012),
        ("unknown application",  good.replace(&app, "1499999999"),                            body,  70020),
        ("bad JSON",             good.clone(),                                                "{",   60003),
        ("signature of another", good.replace("identifier=administrator", "identifier=root"), body,  70013),
    ];
    for (what, path, body, expected) in rows {
        assert_eq!(code(&world, &path, &[], body).await, expected, "{what}");
    }
}

#[tokio::test]
async fn a_backend_writes_to_people_and_they_read_it() {
    let world = World::start().await;
    let mut bob = world.user("bob").await;
    world.rest().must("im_open_login_svc/account_import", json!({"UserID": "shop"})).await;
    let body = json!({"SyncOtherMachine": 2, "From_Account": "shop", "To_Account": "bob", "MsgSeq": 93847636, "MsgRandom": 1287657, "MsgBody": text_body("your parcel")});
    let sent = world.rest().must("openim/sendmsg", body).await;
    assert!(sent["MsgKey"].as_str().unwrap().starts_with("93847636_1287657_"), "{sent}");
    let got = bob.next_message().await;
    assert_eq!((tern_tests::fixture::text_of(&got).as_str(), got.from_account.as_str()), ("your parcel", "shop"));
    let from_admin = json!({"To_Account": "bob", "MsgRandom": 5, "MsgBody": text_body("news")});
    world.rest().must("openim/sendmsg", from_admin).await;
    assert_eq!(bob.next_message().await.from_account, world.access.admin);
}

#[tokio::test]
async fn a_batch_reaches_those_who_exist_and_names_the_others() {
    let world = World::start().await;
    let (mut ann, mut bob) = world.friends("ann", "bob").await;
    let body = json!({"To_Account": ["ann", "nobody", "bob"], "MsgSeq": 1, "MsgRandom": 2, "MsgBody": text_body("all")});
    let answer = world.rest().post("openim/batchsendmsg", body).await;
    assert_eq!((&answer["ActionStatus"], &answer["ErrorCode"]), (&json!("SomeError"), &json!(0)), "{answer}");
    assert_eq!(answer["ErrorList"][0]["To_Account"], "nobody", "{answer}");
    assert_eq!((ann.next_text().await, bob.next_text().await), ("all".into(), "all".into()));
}

#[tokio::test]
async fn roaming_messages_come_page_by_page() {
    let world = World::start().await;
    let (ann, _bob) = world.friends("ann", "bob").await;
    for at in 1..=25 {
        ann.send("bob", &at.to_string()).await;
    }
    let mut texts = Vec::new();
    let mut body = json!({"Operator_Account": "ann", "Peer_Account": "bob", "MaxCnt": 10, "MinTime": 0, "MaxTime": world.access.clock.wall_seconds() + 5});
    loop {
        let page = world.rest().must("openim/admin_getroammsg", body.clone()).await;
        let list = page["MsgList"].as_array().unwrap().clone();
        assert_eq!(page["MsgCnt"], list.len());
        let page_texts: Vec<_> =
            list.iter().map(|message| message["MsgBody"][0]["MsgContent"]["Text"].as_str().unwrap().to_owned()).collect();
        texts.extend(page_texts);
        assert!(texts.len() <= 25, "{texts:?}");
        if page["Complete"] == 1 {
            break;
        }
        body["MaxTime"] = page["LastMsgTime"].clone();
        body["LastMsgKey"] = page["LastMsgKey"].clone();
    }
    texts.sort_by_key(|text| text.parse::<u32>().unwrap());
    assert_eq!(texts, (1..=25).map(|at| at.to_string()).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_backend_makes_fills_reads_and_dissolves_a_group() {
    let world = World::start().await;
    let (mut ann, _bob) = world.friends("ann", "bob").await;
    let rest = world.rest();
    for (asked, answered) in [("Private", "Private"), ("Work", "Private"), ("Meeting", "ChatRoom"), ("Public", "Public")] {
        let created =
            rest.must("group_open_http_svc/create_group", json!({"Owner_Account": "ann", "Type": asked, "Name": asked})).await;
        let info = rest.must("group_open_http_svc/get_group_info", json!({"GroupIdList": [created["GroupId"]]})).await;
        assert_eq!(info["GroupInfo"][0]["Type"], answered);
        assert!(created["GroupId"].as_str().unwrap().starts_with("@TGS#"), "{created}");
    }
    let group = world.group("ann", "Public", &[]).await;
    let add = rest
        .must(
            "group_open_http_svc/add_group_member",
            json!({"GroupId": group, "MemberList": [{"Member_Account": "bob"}, {"Member_Account": "nobody"}]}),
        )
        .await;
    let results: Vec<_> = add["MemberList"]
        .as_array()
        .unwrap()
        .iter()
        .map(|member| (member["Member_Account"].clone(), member["Result"].clone()))
        .collect();
    assert!(results.contains(&(json!("bob"), json!(1))), "{add}");
    let sent = rest
        .must(
            "group_open_http_svc/send_group_msg",
            json!({"GroupId": group, "Random": 8912345, "From_Account": "ann", "MsgBody": text_body("hello all")}),
        )
        .await;
    assert!(sent["MsgSeq"].as_u64().unwrap() > 0 && sent["MsgTime"].as_i64().unwrap() > 0);
    assert_eq!(ann.next_text().await, "hello all");
    let joined = rest.must("group_open_http_svc/get_joined_group_list", json!({"Member_Account": "bob"})).await;
    assert_eq!((&joined["TotalCount"], &joined["GroupIdList"][0]["GroupId"]), (&json!(1), &json!(group)));
    let members = rest.must("group_open_http_svc/get_group_member_info", json!({"GroupId": group})).await;
    assert_eq!(members["MemberNum"], 2);
    rest.must("group_open_http_svc/destroy_group", json!({"GroupId": group})).await;
    let gone = rest.must("group_open_http_svc/get_group_info", json!({"GroupIdList": [group]})).await;
    assert_ne!(gone["GroupInfo"][0]["ErrorCode"], 0, "{gone}");
}

#[tokio::test]
async fn a_profile_is_set_and_read_back() {
    let world = World::start().await;
    let _ann = world.user("ann").await;
    let rest = world.rest();
    let items =
        json!([{"Tag": "Tag_Profile_IM_Nick", "Value": "Ann 安"}, {"Tag": "Tag_Profile_IM_Gender", "Value": "Gender_Type_Female"}]);
    rest.must("profile/portrait_set", json!({"From_Account": "ann", "ProfileItem": items})).await;
    let got = rest
        .must("profile/portrait_get", json!({"To_Account": ["ann"], "TagList": ["Tag_Profile_IM_Nick", "Tag_Profile_IM_Gender"]}))
        .await;
    assert_eq!(got["UserProfileItem"][0]["ProfileItem"], items);
    let wrong = rest
        .post(
            "profile/portrait_set",
            json!({"From_Account": "ann", "ProfileItem": [{"Tag": "Tag_Profile_IM_Nick", "Value": "x".repeat(501)}]}),
        )
        .await;
    assert_eq!(wrong["ErrorCode"], 40601, "{wrong}");
}
