//! Friends as the backend imported them.

use serde_json::{Value, json};
use tern_tests::world::World;

#[tokio::test]
async fn imported_friends_are_listed_with_what_was_written_down_page_by_page() {
    let world = World::start().await;
    let rest = world.rest();
    let names: Vec<String> = (0..130).map(|at| format!("peer{at:03}")).collect();
    for some in names.chunks(100) {
        rest.must("im_open_login_svc/multiaccount_import", json!({"Accounts": some})).await;
    }
    let mut ann = world.link("ann").await;
    let none = ann
        .must("sns.friend_get", json!({"From_Account": "ann", "StartIndex": 0, "StandardSequence": 0, "CustomSequence": 0}))
        .await;
    assert_eq!((&none["UserDataItem"], &none["FriendNum"], &none["CompleteFlag"]), (&json!([]), &json!(0), &json!(1)));
    let items: Vec<Value> = names
        .iter()
        .enumerate()
        .map(|(at, name)| {
            json!({"To_Account": name, "AddSource": "AddSource_Type_Test", "AddTime": 1_600_000_000 + at, "Remark": format!("no. {at}"),
                "GroupName": if at < 3 { json!(["Work", "Near"]) } else { json!([]) },
                "CustomItem": [{"Tag": "Tag_SNS_Custom_Age", "Value": "7"}]})
        })
        .collect();
    rest.must("sns/friend_import", json!({"From_Account": "ann", "AddFriendItem": items})).await;
    let page = |start: &Value, known: &Value| json!({"From_Account": "ann", "StartIndex": start, "StandardSequence": known, "CustomSequence": known});
    let first = rest.must("sns/friend_get", page(&json!(0), &json!(0))).await;
    assert_eq!(
        (first["UserDataItem"].as_array().unwrap().len(), &first["FriendNum"], &first["CompleteFlag"]),
        (100, &json!(130), &json!(0))
    );
    let second = ann.must("sns.friend_get", page(&first["NextStartIndex"], &json!(0))).await;
    assert_eq!((second["UserDataItem"].as_array().unwrap().len(), &second["CompleteFlag"]), (30, &json!(1)));
    let friend = &first["UserDataItem"][1];
    assert_eq!(friend["To_Account"], "peer001");
    let value = |tag: &str| {
        friend["ValueItem"].as_array().unwrap().iter().find(|item| item["Tag"] == tag).map(|item| item["Value"].clone())
    };
    assert_eq!(value("Tag_SNS_IM_Remark"), Some(json!("no. 1")));
    assert_eq!(value("Tag_SNS_IM_AddTime"), Some(json!(1_600_000_001)));
    assert_eq!(value("Tag_SNS_IM_AddSource"), Some(json!("AddSource_Type_Test")));
    assert_eq!(value("Tag_SNS_IM_Group"), Some(json!(["Work", "Near"])));
    assert_eq!(value("Tag_SNS_Custom_Age"), Some(json!("7")));
    // Who knows the sequence is not told again what is known; one that ended changes it.
    let known = rest.must("sns/friend_get", page(&json!(0), &first["StandardSequence"])).await;
    assert_eq!(known["UserDataItem"][1], json!({"To_Account": "peer001", "ValueItem": []}));
    rest.must("sns/black_list_add", json!({"From_Account": "ann", "To_Account": ["peer001"]})).await;
    let after = rest.must("sns/friend_get", page(&json!(0), &first["StandardSequence"])).await;
    assert_eq!((&after["FriendNum"], &after["UserDataItem"][1]["To_Account"]), (&json!(129), &json!("peer002")));
    assert_ne!(after["StandardSequence"], first["StandardSequence"]);

    let groups = ann.must("sns.group_get", json!({"From_Account": "ann", "NeedFriend": "Need_Friend_Type_Yes"})).await;
    let members = json!(["peer000", "peer002"]);
    let wanted = json!([{"GroupName": "Near", "FriendNumber": 2, "To_Account": members}, {"GroupName": "Work", "FriendNumber": 2, "To_Account": members}]);
    assert_eq!(groups["ResultItem"], wanted);
    let one = rest.must("sns/group_get", json!({"From_Account": "ann", "GroupName": ["Work"]})).await;
    assert_eq!(one["ResultItem"], json!([{"GroupName": "Work", "FriendNumber": 2}]));
    let refused = ann.call("sns.friend_get", json!({"From_Account": "bob", "StartIndex": 0})).await;
    assert_ne!(refused["ErrorCode"], 0, "a user sees its own friends only");
    assert_eq!(rest.post("sns/friend_get", json!({"StartIndex": 0})).await["ErrorCode"], 30001);
}
