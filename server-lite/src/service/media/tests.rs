use super::*;
use crate::service::Caller;
use crate::service::bench::Bench;
use rstest::rstest;
use serde_json::{Value, json};

fn request() -> Value {
    json!({"Name": "a.png", "Size": 9, "Kind": "Image", "ContentType": "image/png", "Sha256": "0".repeat(64)})
}

async fn try_begin(bench: &Bench, who: &Caller, change: Value) -> Result<MediaBegun, i32> {
    let mut body = request();
    body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
    bench.call(who, begin, body).await.map(|outcome| outcome.reply).map_err(|error| error.code().0)
}

#[rstest]
#[case(json!({"Name": ""}), 20001)]
#[case(json!({"Name": "a".repeat(256)}), 20001)]
#[case(json!({"Name": "../a"}), 20001)]
#[case(json!({"Name": "a\\b"}), 20001)]
#[case(json!({"Name": ".."}), 20001)]
#[case(json!({"Name": "a\r\nb"}), 20001)]
#[case(json!({"Kind": "image"}), 20001)]
#[case(json!({"Kind": ""}), 20001)]
#[case(json!({"ContentType": "png"}), 20001)]
#[case(json!({"ContentType": "a/b\r\nX: y"}), 20001)]
#[case(json!({"Sha256": "12"}), 20001)]
#[case(json!({"Size": 0}), 7006)]
#[case(json!({"Size": 28 * 1024 * 1024 + 1}), 7005)]
#[case(json!({"Kind": "Sound", "Size": 28 * 1024 * 1024 + 1}), 7005)]
#[case(json!({"Kind": "Video", "Size": 100 * 1024 * 1024 + 1}), 7005)]
#[case(json!({"Kind": "File", "Size": u64::MAX}), 7005)]
#[tokio::test]
async fn an_upload_is_refused_by_its_field(#[case] change: Value, #[case] code: i32) {
    let bench = Bench::start();
    let ann = bench.log_in("ann").await;
    assert_eq!(try_begin(&bench, &ann, change).await.unwrap_err(), code);
}

#[rstest]
#[case(json!({"Size": 28 * 1024 * 1024}))]
#[case(json!({"Kind": "Video", "Size": 100 * 1024 * 1024}))]
#[case(json!({"Name": "a".repeat(255)}))]
#[case(json!({"Name": "été 夏.png"}))]
#[case(json!({"ContentType": ""}))]
#[case(json!({"ContentType": "Text/Plain; charset=utf-8"}))]
#[case(json!({"Sha256": null}))]
#[tokio::test]
async fn the_largest_and_the_oddest_that_is_right_is_taken(#[case] change: Value) {
    let bench = Bench::start();
    let ann = bench.log_in("ann").await;
    let begun = try_begin(&bench, &ann, change).await.unwrap();
    assert_eq!((begun.offset, begun.expire_time), (0, bench.now_ms() / 1000 + 24 * 3_600));
}

#[tokio::test]
async fn the_same_hash_continues_ones_own_upload_and_nobody_elses() {
    let bench = Bench::start();
    let (ann, bob) = (bench.log_in("ann").await, bench.log_in("bob").await);
    let first = try_begin(&bench, &ann, json!({})).await.unwrap();
    assert_eq!(try_begin(&bench, &ann, json!({})).await.unwrap().object, first.object);
    assert_ne!(try_begin(&bench, &bob, json!({})).await.unwrap().object, first.object, "bob gets an upload of his own");
    assert_ne!(try_begin(&bench, &ann, json!({"Size": 10})).await.unwrap().object, first.object);
    assert_ne!(try_begin(&bench, &ann, json!({"Sha256": ""})).await.unwrap().object, first.object);
    let stolen = bench.call(&bob, finish, json!({"Object": first.object})).await.unwrap_err();
    assert_eq!(stolen.code().0, 7004, "bob may not finish ann's");
    let early = bench.call(&ann, finish, json!({"Object": first.object})).await.unwrap_err();
    assert_eq!(early.code().0, 4003);
}

#[tokio::test]
async fn a_person_has_ten_unfinished_uploads() {
    let bench = Bench::start();
    let (ann, bob) = (bench.log_in("ann").await, bench.log_in("bob").await);
    let first = try_begin(&bench, &ann, json!({"Size": 1})).await.unwrap();
    bench.pass_ms(1_000);
    for size in 2..=10 {
        try_begin(&bench, &ann, json!({"Size": size})).await.unwrap();
    }
    assert_eq!(try_begin(&bench, &ann, json!({"Size": 11})).await.unwrap_err(), 4001);
    try_begin(&bench, &ann, json!({"Size": 3})).await.expect("one that is known goes on");
    try_begin(&bench, &bob, json!({})).await.expect("others are not concerned");
    bench.pass_ms(3_600_000);
    let eleventh = try_begin(&bench, &ann, json!({"Size": 11})).await.expect("the oldest gives way after an hour");
    let (known, gone) = (json!({"Object": eleventh.object}), json!({"Object": first.object}));
    assert_eq!(bench.call(&ann, finish, known).await.unwrap_err().code().0, 4003);
    assert_eq!(bench.call(&ann, finish, gone).await.unwrap_err().code().0, 7004);
}

#[tokio::test]
async fn a_url_that_names_no_file_of_the_application_is_told_item_by_item() {
    let bench = Bench::start();
    let admin = bench.admin();
    let object = "0".repeat(32);
    let urls = [
        format!("http://h/media/1400000001/{object}/a.png?e=1&s=2"),
        format!("http://h/media/1400000002/{object}/a.png"),
        "https://elsewhere.example/a.png".to_owned(),
        String::new(),
    ];
    let list: Vec<Value> = urls.iter().enumerate().map(|(n, url)| json!({"ResourceID": n, "RawURL": url})).collect();
    let answer = bench.call(&admin, get_cos_sig, json!({"RawURLs": list})).await.unwrap().reply;
    let told: Vec<_> = answer.pre_sig_urls.iter().map(|item| (item.resource_id, item.code, item.status)).collect();
    assert_eq!(told, [(0, 0, 2), (1, 2003, 2), (2, 2003, 2), (3, 2003, 2)]);
    let none = bench.call(&admin, get_cos_sig, json!({})).await.unwrap_err();
    let many = vec![json!({"ResourceID": 1, "RawURL": "x"}); 101];
    let many = bench.call(&admin, get_cos_sig, json!({"RawURLs": many})).await.unwrap_err();
    let ban = bench.call(&admin, forbid, json!({"RawURL": urls[2]})).await.unwrap_err();
    assert_eq!((none.code().0, many.code().0, ban.code().0), (2003, 2003, 2003));
}
