//! Bytes on their way to a server whose connections break.

use super::super::fake::{Files, serve};
use super::*;
use std::sync::Mutex;
use tern_protocol::clock::VirtualClock;
use tern_protocol::model::saved_profile::SavedProfile;
use tern_protocol::{SdkAppId, UserId};

fn profile(server: &str) -> SavedProfile {
    SavedProfile {
        server: server.to_owned(),
        sdk_app_id: SdkAppId(1_400_000_001),
        user: UserId::parse("ann").unwrap(),
        user_sig: String::new(),
        install: String::new(),
        ca_file: None,
    }
}

/// Puts the bytes, moving the clock whenever somebody waits for it; what came of it, and the progress that was told.
async fn put_all(files: Files, all: &[u8]) -> (Result<Put, UploadError>, Arc<Mutex<Files>>, Vec<(u64, u64)>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    std::fs::write(&path, all).unwrap();
    let files = Arc::new(Mutex::new(files));
    let address = serve(Arc::clone(&files)).await;
    let (client, _) = Http::default().own(&profile(&address)).await.unwrap();
    let told = Mutex::new(Vec::new());
    let virtual_clock = Arc::new(VirtualClock::new(0));
    let clock: Arc<dyn Clock> = Arc::clone(&virtual_clock) as Arc<dyn Clock>;
    let progress = |done, total| told.lock().unwrap().push((done, total));
    let source = Bytes::File(&path);
    let url = format!("{address}/media/up/token");
    let work = put(&client, &url, &source, 0, all.len() as u64, &clock, &progress);
    let moves = async {
        loop {
            tokio::task::yield_now().await;
            virtual_clock.advance(100).await;
        }
    };
    let result = tokio::select! {
        result = work => result,
        () = moves => unreachable!(),
    };
    let told = told.lock().unwrap().clone();
    (result, files, told)
}

fn bytes(count: usize) -> Vec<u8> {
    (0..count).map(|n| (n % 251) as u8).collect()
}

#[tokio::test]
async fn a_dropped_connection_resumes_where_the_server_is() {
    let all = bytes(1_300_000);
    let files = Files { breaks: vec![100_000, 300_000, 0], ..Files::default() };
    let (result, files, told) = put_all(files, &all).await;
    assert_eq!(result.unwrap(), Put::Complete);
    let files = files.lock().unwrap();
    assert!(files.bytes == all, "every byte once, in order");
    let puts: Vec<u64> = files.requests.iter().filter_map(|request| request.strip_prefix("PUT ")?.parse().ok()).collect();
    assert_eq!(puts[..4], [0, 100_000, 400_000, 400_000], "nothing that arrived is sent again: {:?}", files.requests);
    assert!(told.windows(2).all(|pair| pair[0].0 <= pair[1].0) && told.last() == Some(&(1_300_000, 1_300_000)));
}

#[tokio::test]
async fn a_refused_upload_says_why_with_the_code() {
    let refusal = ("413 Payload Too Large", r#"{"ActionStatus":"FAIL","ErrorCode":7005,"ErrorInfo":"the file is too large"}"#);
    let (result, ..) = put_all(Files { answers: vec![refusal], ..Files::default() }, &bytes(10)).await;
    let told = result.unwrap_err().refusal();
    assert_eq!((told.code, told.text.as_str()), (7005, "the file is too large"));
}

#[tokio::test]
async fn an_upload_that_the_server_dropped_is_gone_and_one_that_never_gets_through_ends() {
    let gone = ("404 Not Found", "{}");
    let (result, ..) = put_all(Files { answers: vec![gone], ..Files::default() }, &bytes(10)).await;
    assert_eq!(result.unwrap(), Put::Gone);
    let busy = vec![("503 Service Unavailable", "{}"); 40];
    let (result, ..) = put_all(Files { answers: busy, ..Files::default() }, &bytes(10)).await;
    assert!(matches!(result, Err(UploadError::NotReached(_))), "{result:?}");
}

#[test]
fn the_upload_goes_to_the_address_that_is_known_to_work() {
    let told = "https://public.example/media/up/abc?x=1";
    assert_eq!(at_server(told, "http://127.0.0.1:8640"), "http://127.0.0.1:8640/media/up/abc?x=1");
}

#[test]
fn every_kind_of_file_becomes_the_contracts_element() {
    let file = |kind| OutgoingFile {
        path: "/x/a.mp4".into(),
        name: "a.mp4".into(),
        kind,
        size_bytes: 9,
        seconds: 7,
        pixels: (4, 3),
        own_copy: false,
    };
    let stored = media::MediaFile { uuid: "u".into(), url: "http://h/media/1/o/a".into(), size_bytes: 9, ..Default::default() };
    for kind in [MediaKind::Image, MediaKind::Sound, MediaKind::Video, MediaKind::File] {
        let element = element(&file(kind), &stored, Some(&stored));
        let body = serde_json::value::to_raw_value(&[&element]).unwrap();
        tern_protocol::model::message::check_body(&body, None).unwrap();
        insta::assert_snapshot!(format!("{kind:?}"), serde_json::to_string_pretty(&element).unwrap());
    }
}
