//! The front door from outside: a plain socket, a real server, the contract's codes.

use crate::application::{AppKeys, AppSettings, Application, FIRST_SDK_APP_ID};
use crate::config::DataFolder;
use crate::store::{self, MIGRATIONS, engine::Beside};
use crate::testing::{Front, NOW};
use rstest::rstest;
use serde_json::{Value, json};
use std::path::Path;
use tern_protocol::limits::Edition;
use tern_protocol::usersig::generate;
use tern_protocol::{SdkAppId, UserId};

const KEY: &str = "5bd2850fff3ecb11d7c805251c51ee463a25727bddc2385f3fa8bfee1bb93b5e";
const CONTRACT: &str = include_str!("../../../protocol/contract/usersig.md");

const CHECK: &str = "/v4/im_open_login_svc/account_check";
const BODY: &str = r#"{"CheckItem":[{"UserID":"ann"}]}"#;

#[rstest]
#[case::good(CHECK, "A&I&U", BODY, 0)]
#[case::order_is_free(CHECK, "U&random=1&I&contenttype=json&A", BODY, 0)]
#[case::path_in_another_case("/v4/Im_Open_Login_Svc/Account_Check", "A&I&U", BODY, 0)]
#[case::both_names_of_a_field("/v4/im_open_login_svc/account_import", "A&I&U", r#"{"Identifier":"ann","UserID":"bob"}"#, 0)]
#[case::unknown_command("/v4/im_open_login_svc/nothing", "A&I&U", BODY, 60009)]
#[case::unknown_service("/v4/nothing/account_check", "A&I&U", BODY, 60009)]
#[case::unknown_path("/v3/im_open_login_svc/account_check", "A&I&U", BODY, 60009)]
#[case::a_clients_command("/v4/openim/getroammsg", "A&I&U", "{}", 60009)]
#[case::no_application(CHECK, "I&U", BODY, 60012)]
#[case::empty_application(CHECK, "sdkappid=&I&U", BODY, 60012)]
#[case::name_in_another_case(CHECK, "SdkAppId=1400000001&I&U", BODY, 60012)]
#[case::application_is_no_number(CHECK, "sdkappid=x&I&U", BODY, 60006)]
#[case::unknown_application(CHECK, "sdkappid=7&I&U", BODY, 70020)]
#[case::other_content_type(CHECK, "A&I&U&contenttype=xml", BODY, 60025)]
#[case::no_identifier(CHECK, "A&U", BODY, 60025)]
#[case::identifier_too_long(CHECK, "A&identifier=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa&U", BODY, 60025)]
#[case::no_usersig(CHECK, "A&I", BODY, 70002)]
#[case::malformed_usersig(CHECK, "A&I&usersig=nonsense", BODY, 70003)]
#[case::broken_encoding(CHECK, "A&I&usersig=%zz", BODY, 60002)]
#[case::usersig_of_another_user(CHECK, "A&identifier=other&U", BODY, 70013)]
#[case::no_admin(CHECK, "A&identifier=ann&V", BODY, 60010)]
#[case::not_json(CHECK, "A&I&U", "{", 60003)]
#[case::empty_body(CHECK, "A&I&U", "", 60003)]
#[case::no_object(CHECK, "A&I&U", "[]", 70402)]
#[case::account_is_no_text("/v4/im_open_login_svc/account_import", "A&I&U", r#"{"UserID":5}"#, 60015)]
#[tokio::test]
async fn the_front_door_answers_by_the_contract(#[case] path: &str, #[case] query: &str, #[case] body: &str, #[case] code: i64) {
    let front = Front::open().await;
    let word = |word: &str| match word {
        "A" => format!("sdkappid={}", front.ready.sdkappid),
        "I" => "identifier=administrator".to_owned(),
        "U" => format!("usersig={}", front.sig("administrator")),
        "V" => format!("usersig={}", front.sig("ann")),
        other => other.to_owned(),
    };
    let query = query.split('&').map(word).collect::<Vec<_>>().join("&");
    assert_eq!(front.post(path, &query, body).await, code);
}

#[tokio::test]
async fn a_body_is_read_whatever_its_content_type() {
    let front = Front::open().await;
    let query = front.query("administrator", &front.sig("administrator"));
    for headers in [
        "",
        "Content-Type: application/json\r\n",
        "Content-Type: text/plain\r\n",
        "Content-Type: application/x-www-form-urlencoded\r\n",
    ] {
        assert_eq!(front.post_with(CHECK, &query, headers, BODY).await["ErrorCode"], 0, "{headers}");
    }
    let encoded = query.replace('*', "%2A").replace('-', "%2d").replace('_', "%5F");
    assert_eq!(front.post(CHECK, &encoded, BODY).await, 0, "a percent-encoded UserSig");
}

#[tokio::test]
async fn other_methods_get_the_envelope_and_a_browser_gets_cors() {
    let front = Front::open().await;
    let (head, body) = front.raw(format!("GET {CHECK} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").as_bytes()).await;
    assert!(head.starts_with("HTTP/1.1 200") && head.contains("content-type: application/json"), "{head}");
    assert_eq!(serde_json::from_str::<Value>(&body).unwrap()["ErrorCode"], 60002);
    let query = front.query("administrator", &front.sig("administrator"));
    let get =
        format!("GET {CHECK}?{query} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{BODY}", BODY.len());
    let (_, body) = front.raw(get.as_bytes()).await;
    assert_eq!(serde_json::from_str::<Value>(&body).unwrap()["ErrorCode"], 0, "GET with a body");
    let (head, _) = front.raw(format!("OPTIONS {CHECK} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").as_bytes()).await;
    for header in
        ["access-control-allow-origin: *", "access-control-allow-headers: X-Requested-With", "access-control-allow-methods: POST"]
    {
        assert!(head.contains(header), "{head}");
    }
}

#[tokio::test]
async fn a_body_above_1_mib_is_refused_and_the_largest_is_taken() {
    let front = Front::open().await;
    let query = front.query("administrator", &front.sig("administrator"));
    let sized = |bytes: usize| format!("{BODY}{}", " ".repeat(bytes - BODY.len()));
    assert_eq!(front.post(CHECK, &query, &sized(1024 * 1024)).await, 0);
    assert_eq!(front.post(CHECK, &query, &sized(1024 * 1024 + 1)).await, 60002);
}

/// The UserSigs of the contract's fenced blocks.
fn vectors() -> Vec<&'static str> {
    CONTRACT.lines().filter(|line| line.starts_with("eJ")).collect()
}

fn prepare(folder: &Path, keys: AppKeys) {
    let admins = ["user1", "administrator"].map(|name| UserId::parse(name).unwrap()).to_vec();
    let settings = AppSettings { keys, admins, ..AppSettings::default() };
    let application = Application { id: FIRST_SDK_APP_ID, name: "x".into(), edition: Edition::Premium, created_at: NOW, settings };
    Beside::open(folder, MIGRATIONS).unwrap().write(|tx| store::app::put(tx, &application)).unwrap();
}

#[tokio::test]
async fn the_contracts_usersigs_are_taken() {
    let folder = tempfile::tempdir().unwrap();
    prepare(folder.path(), AppKeys { secret: vec![KEY.into()], public_pem: None });
    let front = Front::over(DataFolder::Path(folder.path().into())).await;
    let vectors = vectors();
    assert_eq!(vectors.len(), 6, "three of A, B, C and the legacy one");
    for (at, sig) in vectors.iter().enumerate() {
        let user = if at == 3 { "administrator" } else { "user1" };
        let wanted = if at == 5 { 70016 } else { 0 };
        assert_eq!(front.post(CHECK, &front.query(user, sig), BODY).await, wanted, "vector {at}");
    }
    front.clock.advance(604_801_000).await;
    assert_eq!(front.post(CHECK, &front.query("user1", vectors[0]), BODY).await, 70001, "a week later");
}

#[tokio::test]
async fn a_legacy_application_takes_legacy_usersigs() {
    let start = CONTRACT.find("-----BEGIN PUBLIC KEY-----").unwrap();
    let end = CONTRACT.find("-----END PUBLIC KEY-----").unwrap() + "-----END PUBLIC KEY-----".len();
    let folder = tempfile::tempdir().unwrap();
    prepare(folder.path(), AppKeys { secret: Vec::new(), public_pem: Some(CONTRACT[start..end].into()) });
    let front = Front::over(DataFolder::Path(folder.path().into())).await;
    assert_eq!(front.post(CHECK, &front.query("user1", vectors()[5]), BODY).await, 0);
}

#[tokio::test]
async fn an_application_made_beside_a_running_server_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let front = Front::over(DataFolder::Path(folder.path().into())).await;
    let other = Application {
        id: SdkAppId(77),
        name: "other".into(),
        edition: Edition::Developer,
        created_at: NOW,
        settings: AppSettings { keys: AppKeys { secret: vec![KEY.into()], public_pem: None }, ..AppSettings::default() },
    };
    let sig = generate(SdkAppId(77), KEY, "administrator", 60, None, NOW);
    let query = format!("sdkappid=77&identifier=administrator&usersig={sig}");
    assert_eq!(front.post(CHECK, &query, BODY).await, 70020);
    let beside = Beside::open(folder.path(), MIGRATIONS).unwrap();
    beside.write(|tx| store::app::put(tx, &other)).unwrap();
    assert_eq!(front.post(CHECK, &query, BODY).await, 0);
}

#[tokio::test]
async fn a_kick_ends_the_usersigs_of_an_admin_too() {
    let front = Front::open().await;
    assert_eq!(front.call("im_open_login_svc.account_import", json!({"UserID": "administrator"})).await["ErrorCode"], 0);
    let old = front.query("administrator", &front.sig("administrator"));
    assert_eq!(front.call("im_open_login_svc.kick", json!({"Identifier": "administrator"})).await["ErrorCode"], 0);
    assert_eq!(front.post(CHECK, &old, BODY).await, 70001);
    front.clock.advance(1_000).await;
    let fresh = generate(front.ready.sdkappid, &front.ready.key, "administrator", 60, None, NOW + 1);
    assert_eq!(front.post(CHECK, &front.query("administrator", &fresh), BODY).await, 0);
}

#[tokio::test]
async fn accounts_are_imported_checked_and_deleted() {
    let front = Front::open().await;
    let many = json!({"Accounts": ["ann", "bob", "bob", "ü"]});
    assert_eq!(front.call("im_open_login_svc.multiaccount_import", many).await["FailAccounts"], json!(["ü"]));
    let listed = json!({"AccountList": [{"UserID": "cy", "Nick": "Cy"}, {"UserID": "", "Nick": "x"}]});
    assert_eq!(front.call("im_open_login_svc.multiaccount_import", listed).await["FailAccounts"], json!([""]));
    let nick = json!({"To_Account": ["cy", "zed"], "TagList": ["Tag_Profile_IM_Nick"]});
    let got = front.call("profile.portrait_get", nick).await;
    assert_eq!(got["UserProfileItem"][0]["ProfileItem"][0]["Value"], "Cy");
    assert_eq!((&got["Fail_Account"], &got["ErrorDisplay"]), (&json!(["zed"]), &json!("")));
    let gone = front.call("im_open_login_svc.account_delete", json!({"DeleteItem": [{"UserID": "ann"}, {"UserID": "zed"}]})).await;
    assert_eq!((&gone["ResultItem"][0]["ResultCode"], &gone["ResultItem"][1]["ResultCode"]), (&json!(0), &json!(70107)));
    let states = front.call("im_open_login_svc.account_check", json!({"CheckItem": [{"UserID": "ann"}, {"UserID": "bob"}]})).await;
    let state = |at: usize| states["ResultItem"][at]["AccountStatus"].clone();
    assert_eq!((state(0), state(1)), (json!("NotImported"), json!("Imported")));
    let long = json!({"UserID": "ann", "Nick": "x".repeat(501)});
    assert_eq!(front.call("im_open_login_svc.account_import", long).await["ErrorCode"], 40601);
    let crowd: Vec<String> = (0..101).map(|n| n.to_string()).collect();
    assert_eq!(front.call("im_open_login_svc.multiaccount_import", json!({"Accounts": crowd})).await["ErrorCode"], 70206);
}

#[tokio::test]
async fn calls_per_second_are_limited_where_the_application_wants_it() {
    let folder = tempfile::tempdir().unwrap();
    let keys = AppKeys { secret: vec![KEY.into()], public_pem: None };
    let settings = AppSettings { keys, rate_limits: true, ..AppSettings::default() };
    let app = Application { id: FIRST_SDK_APP_ID, name: "x".into(), edition: Edition::Premium, created_at: NOW, settings };
    Beside::open(folder.path(), MIGRATIONS).unwrap().write(|tx| store::app::put(tx, &app)).unwrap();
    let front = Front::over(DataFolder::Path(folder.path().into())).await;
    let query = front.query("administrator", &front.sig("administrator"));
    for call in 0..100 {
        assert_eq!(front.post(CHECK, &query, BODY).await, 0, "{call}");
    }
    assert_eq!(front.post(CHECK, &query, BODY).await, 60007);
    assert_eq!(
        front.call("im_open_login_svc.account_import", json!({"UserID": "ann"})).await["ErrorCode"],
        0,
        "other commands have their own"
    );
    front.clock.advance(1_000).await;
    assert_eq!(front.post(CHECK, &query, BODY).await, 0);
}
