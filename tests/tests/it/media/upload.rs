//! Uploads: in pieces, broken off, refused, several at once.

use image::ImageFormat;
use rstest::rstest;
use serde_json::{Value, json};
use tern_server_lite::config::Config;
use tern_tests::link::Link;
use tern_tests::server::ServerProcess;
use tern_tests::wait::eventually;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use super::{Answer, DAY, Place, begin, head_of, on_disk, picture, send, sizes, stalled_put, text, wait_for_offset};
use crate::PROGRAMS;

#[tokio::test]
async fn an_upload_that_broke_off_goes_on_where_it_was() {
    let place = Place::start().await;
    let mut ann = place.link("ann").await;
    let bytes: Vec<u8> = (0..300_000u32).flat_map(u32::to_le_bytes).collect();
    let begun = begin(&mut ann, "data.bin", "File", &bytes).await;
    let url = text(&begun["UploadUrl"]).to_owned();
    drop(stalled_put(&place.access.address, &url, 0, bytes.len(), &bytes[..500_000]).await);
    wait_for_offset(&place, &url, 500_000).await;
    let early = ann.call("tern_media.finish", json!({"Object": begun["Object"]})).await;
    assert_eq!(early["ErrorCode"], 4003, "{early}");

    let again = begin(&mut ann, "data.bin", "File", &bytes).await;
    assert_eq!((&again["Object"], &again["Offset"]), (&begun["Object"], &json!(500_000)));
    let wrong = place.send("PUT", &url, &["Upload-Offset: 0"], &bytes[..10]).await;
    assert_eq!((wrong.status, wrong.code(), wrong.header("upload-offset")), (409, 4004, Some("500000")));
    let piece = place.send("PUT", &url, &["Upload-Offset: 500000"], &bytes[500_000..500_001]).await;
    assert_eq!((piece.status, piece.header("upload-offset")), (200, Some("500001")));
    let rest = place.send("PUT", &url, &["Upload-Offset: 500001"], &bytes[500_001..]).await;
    assert_eq!(rest.status, 200, "{}", rest.head);
    let file = ann.must("tern_media.finish", json!({"Object": begun["Object"]})).await;
    assert_eq!(place.get(text(&file["Url"])).await.body, bytes);
    // Who did not see the last answer asks again, and is told that it is done.
    let known = place.send("PUT", &url, &[&format!("Upload-Offset: {}", bytes.len())], b"").await;
    assert_eq!((known.status, serde_json::from_slice::<Value>(&known.body).unwrap()["Complete"].clone()), (200, json!(1)));
}

#[tokio::test]
async fn a_finish_settles_an_upload_whose_last_answer_was_lost() {
    let place = Place::start().await;
    let mut ann = place.link("ann").await;
    let bytes = picture(900, 800, ImageFormat::Png);
    let begun = begin(&mut ann, "a.png", "Image", &bytes).await;
    let url = text(&begun["UploadUrl"]).to_owned();
    // All bytes, and nobody waits for the answer.
    drop(stalled_put(&place.access.address, &url, 0, bytes.len(), &bytes).await);
    wait_for_offset(&place, &url, bytes.len()).await;
    let file = ann.must("tern_media.finish", json!({"Object": begun["Object"]})).await;
    assert_eq!(sizes(&file), [(1, 900, 800), (2, 810, 720), (3, 223, 198)]);
}

#[rstest]
#[case::more_than_announced("a.bin", "File", 413, 7005)]
#[case::no_picture("a.png", "Image", 415, 4002)]
#[case::other_bytes("a.bin", "File", 422, 115_068)]
#[case::a_program_as_sound("a.mp3", "Sound", 415, 4002)]
#[tokio::test]
async fn what_is_refused_leaves_nothing_behind(#[case] name: &str, #[case] kind: &str, #[case] status: u16, #[case] code: i64) {
    let place = Place::start().await;
    let mut ann = place.link("ann").await;
    let announced: Vec<u8> = if code == 4002 { b"MZ is how programs begin".to_vec() } else { vec![7; 100_000] };
    let begun = begin(&mut ann, name, kind, &announced).await;
    let mut sent = announced.clone();
    match code {
        7005 => sent.push(7),
        115_068 => sent[50] = 8,
        _ => {}
    }
    let refused = place.send("PUT", text(&begun["UploadUrl"]), &[], &sent).await;
    assert_eq!((refused.status, refused.code()), (status, code), "{}", String::from_utf8_lossy(&refused.body));
    assert_eq!(place.on_disk(), (0, 0));
    let finished = ann.call("tern_media.finish", json!({"Object": begun["Object"]})).await;
    assert_eq!(finished["ErrorCode"], 7004, "{finished}");
    assert_eq!(place.send("HEAD", text(&begun["UploadUrl"]), &[], b"").await.status, 404);
}

#[tokio::test]
async fn more_bytes_than_announced_are_stopped_where_no_length_was_said() {
    let place = Place::start().await;
    let mut ann = place.link("ann").await;
    let begun = begin(&mut ann, "a.bin", "File", &[7; 1_000]).await;
    let mut stream = TcpStream::connect(&place.access.address).await.unwrap();
    let head = head_of("PUT", text(&begun["UploadUrl"]), &["Transfer-Encoding: chunked"]);
    stream.write_all(format!("{head}\r\n").as_bytes()).await.unwrap();
    for _ in 0..2 {
        stream.write_all(format!("320\r\n{}\r\n", "7".repeat(800)).as_bytes()).await.unwrap();
    }
    stream.write_all(b"0\r\n\r\n").await.unwrap();
    let refused = Answer::read(stream).await;
    assert_eq!((refused.status, refused.code()), (413, 7005));
    assert_eq!(place.on_disk(), (0, 0));
}

#[tokio::test]
async fn an_upload_that_stands_still_is_ended_by_the_clock_and_keeps_what_came() {
    let place = Place::start().await;
    let mut ann = place.link("ann").await;
    let begun = begin(&mut ann, "a.bin", "File", &[7; 1_000]).await;
    let url = text(&begun["UploadUrl"]);
    let stalled = stalled_put(&place.access.address, url, 0, 1_000, &[7; 10]).await;
    wait_for_offset(&place, url, 10).await;
    place.pass(31).await;
    let ended = Answer::read(stalled).await;
    assert_eq!((ended.status, ended.code()), (408, 114_011));
    wait_for_offset(&place, url, 10).await;
    assert_eq!(place.send("PUT", url, &["Upload-Offset: 10"], &[7; 990]).await.status, 200);
}

#[tokio::test]
async fn a_newer_request_takes_the_place_of_one_that_hangs() {
    let place = Place::start().await;
    let mut ann = place.link("ann").await;
    let begun = begin(&mut ann, "a.bin", "File", &[7; 1_000]).await;
    let url = text(&begun["UploadUrl"]);
    let hanging = stalled_put(&place.access.address, url, 0, 1_000, &[7; 10]).await;
    wait_for_offset(&place, url, 10).await;
    assert_eq!(place.send("PUT", url, &["Upload-Offset: 10"], &[7; 990]).await.status, 200);
    drop(hanging);
    ann.must("tern_media.finish", json!({"Object": begun["Object"]})).await;
}

#[tokio::test]
async fn a_person_uploads_four_files_at_once() {
    let place = Place::start().await;
    let mut ann = place.link("ann").await;
    let mut hanging = Vec::new();
    for n in 0..4 {
        let begun = begin(&mut ann, "a.bin", "File", &[n; 100]).await;
        hanging.push(stalled_put(&place.access.address, text(&begun["UploadUrl"]), 0, 100, &[n; 10]).await);
        wait_for_offset(&place, text(&begun["UploadUrl"]), 10).await;
    }
    let begun = begin(&mut ann, "a.bin", "File", &[4; 100]).await;
    let refused = place.send("PUT", text(&begun["UploadUrl"]), &[], &[4; 100]).await;
    assert_eq!((refused.status, refused.code(), refused.header("retry-after")), (503, 60018, Some("1")));
    let mut bob = place.link("bob").await;
    place.upload(&mut bob, "b.bin", "File", b"others are not concerned").await;
}

#[tokio::test]
async fn a_full_disk_is_said_and_nothing_is_written() {
    let place = Place::with(Config { media_reserve_bytes: u64::MAX, ..Config::for_test() }).await;
    let mut ann = place.link("ann").await;
    let begun = begin(&mut ann, "a.bin", "File", b"hello").await;
    let refused = place.send("PUT", text(&begun["UploadUrl"]), &[], b"hello").await;
    assert_eq!((refused.status, refused.code()), (507, 4005));
    assert_eq!(place.on_disk(), (0, 0));
}

#[tokio::test]
async fn an_upload_is_dropped_on_request_and_a_wrong_address_is_none() {
    let place = Place::start().await;
    let mut ann = place.link("ann").await;
    let begun = begin(&mut ann, "a.bin", "File", &[7; 100]).await;
    let url = text(&begun["UploadUrl"]).to_owned();
    place.send("PUT", &url, &[], &[7; 50]).await;
    let malformed = place.send("PUT", &url, &["Upload-Offset: -1"], b"x").await;
    assert_eq!((malformed.status, malformed.code()), (400, 20001));
    let last = if url.ends_with('0') { '1' } else { '0' };
    let forged = format!("{}{last}", &url[..url.len() - 1]);
    assert_eq!(place.send("PUT", &forged, &["Upload-Offset: 50"], b"x").await.code(), 7004);
    assert_eq!(place.send("DELETE", &forged, &[], b"").await.status, 404);
    assert_eq!(place.on_disk(), (1, 0));
    let open = stalled_put(&place.access.address, &url, 50, 50, &[7; 10]).await;
    wait_for_offset(&place, &url, 60).await;
    assert_eq!(place.send("DELETE", &url, &[], b"").await.status, 200);
    let ended = Answer::read(open).await;
    assert_eq!((ended.status, ended.code()), (409, 4004), "the request that was open");
    assert_eq!(place.on_disk(), (0, 0));
    assert_eq!(place.send("PUT", &url, &[], b"x").await.status, 404);
}

#[tokio::test]
async fn people_upload_the_same_and_different_files_at_once_and_each_gets_its_own() {
    let place = Place::start().await;
    let uploads = (0..12u8).map(|n| {
        let place = &place;
        async move {
            let mut link = place.link(&format!("user{n}")).await;
            let bytes = vec![n / 3; 50_000];
            let file = place.upload(&mut link, &format!("{n}.bin"), "File", &bytes).await;
            (file, bytes)
        }
    });
    let files = futures_util::future::join_all(uploads).await;
    assert_eq!(place.on_disk(), (0, 4), "four contents of three people each");
    let mut names: Vec<_> = files.iter().map(|(file, _)| file["UUID"].to_string()).collect();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), 12);
    for (file, bytes) in &files {
        assert!(place.get(text(&file["Url"])).await.body == *bytes);
    }
    place.pass(7 * DAY + 120).await;
    assert_eq!(place.on_disk(), (0, 0));
}

#[tokio::test]
async fn uploads_and_addresses_outlive_a_server_that_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let server = ServerProcess::start(PROGRAMS, folder.path(), &["--log", "warn"]);
    let address = server.access.address.clone();
    let mut ann = Link::log_in(&server.access, "ann", json!({"State": "Online"})).await;
    let done = begin(&mut ann, "done.txt", "File", b"done").await;
    assert_eq!(send(&address, "PUT", text(&done["UploadUrl"]), &[], b"done").await.status, 200);
    let file = ann.must("tern_media.finish", json!({"Object": done["Object"]})).await;
    let half = begin(&mut ann, "half.bin", "File", &[7; 100]).await;
    assert_eq!(send(&address, "PUT", text(&half["UploadUrl"]), &[], &[7; 60]).await.status, 200);
    server.kill();
    // What a crash may leave behind: bytes that no row knows.
    std::fs::write(folder.path().join("media/up/stray"), b"x").unwrap();
    std::fs::create_dir_all(folder.path().join("media/00")).unwrap();
    std::fs::write(folder.path().join("media/00/stray"), b"x").unwrap();

    let server = ServerProcess::start(PROGRAMS, folder.path(), &["--log", "warn"]);
    let address = server.access.address.clone();
    assert_eq!(send(&address, "GET", text(&file["Url"]), &[], b"").await.body, b"done");
    let mut ann = Link::log_in(&server.access, "ann", json!({"State": "Online"})).await;
    let again = begin(&mut ann, "half.bin", "File", &[7; 100]).await;
    assert_eq!((&again["Object"], &again["Offset"]), (&half["Object"], &json!(60)));
    let rest = send(&address, "PUT", text(&again["UploadUrl"]), &["Upload-Offset: 60"], &[7; 40]).await;
    assert_eq!(rest.status, 200);
    eventually("the strays to go", async || (on_disk(folder.path()) == (0, 2)).then_some(())).await;
}
