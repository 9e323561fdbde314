//! Files: uploads in pieces, signed addresses, pictures' sizes, expiry, and the backend's word over them.

use std::io::Cursor;
use std::path::{Path, PathBuf};

use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use rstest::rstest;
use serde_json::{Value, json};
use tern_protocol::clock::VirtualClock;
use tern_server_lite::config::Config;
use tern_tests::link::Link;
use tern_tests::rest::http;
use tern_tests::screen::BIG;
use tern_tests::server::{Access, ServerProcess, TestServer};
use tern_tests::wait::{eventually, soon};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::PROGRAMS;
use crate::tui_screen::Desk;

const DAY: i64 = 86_400;

struct Answer {
    status: u16,
    head: String,
    body: Vec<u8>,
}

impl Answer {
    async fn read(mut stream: TcpStream) -> Self {
        let mut bytes = Vec::new();
        soon("an answer", stream.read_to_end(&mut bytes)).await.unwrap();
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").expect("a head");
        let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Self { status, head, body: bytes[end + 4..].to_vec() }
    }

    fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.filter(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value).next()
    }

    fn code(&self) -> i64 {
        let body: Value = serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("{} {:?}", self.head, self.body));
        body["ErrorCode"].as_i64().unwrap()
    }
}

/// Path and query of an address of this server.
fn path_of(url: &str) -> &str {
    let rest = url.strip_prefix("http://").unwrap();
    &rest[rest.find('/').unwrap()..]
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text"))
}

fn sha256(bytes: &[u8]) -> String {
    ring::digest::digest(&ring::digest::SHA256, bytes).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn picture(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
    let drawn = RgbImage::from_fn(width, height, |x, y| Rgb([(x % 251) as u8, (y % 241) as u8, 90]));
    let mut bytes = Cursor::new(Vec::new());
    DynamicImage::from(drawn).write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// A server, its clock and its data folder.
struct Place {
    clock: VirtualClock,
    access: Access,
    data: PathBuf,
    _server: TestServer,
}

impl Place {
    async fn start() -> Self {
        Self::with(Config::for_test()).await
    }

    async fn with(config: Config) -> Self {
        let clock = VirtualClock::starting_now();
        let server = TestServer::start_with(config, clock.clone()).await;
        Self { clock, access: server.access.clone(), data: server.data.clone(), _server: server }
    }

    async fn link(&self, user: &str) -> Link {
        Link::log_in(&self.access, user, json!({"State": "Online"})).await
    }

    async fn pass(&self, seconds: i64) {
        self.clock.advance(seconds * 1_000).await;
    }

    async fn send(&self, method: &str, url: &str, headers: &[&str], body: &[u8]) -> Answer {
        send(&self.access.address, method, url, headers, body).await
    }

    async fn get(&self, url: &str) -> Answer {
        self.send("GET", url, &[], b"").await
    }

    async fn upload(&self, link: &mut Link, name: &str, kind: &str, bytes: &[u8]) -> Value {
        let begun = begin(link, name, kind, bytes).await;
        let put = self.send("PUT", text(&begun["UploadUrl"]), &["Upload-Offset: 0"], bytes).await;
        assert_eq!((put.status, put.code()), (200, 0), "{}", String::from_utf8_lossy(&put.body));
        link.must("tern_media.finish", json!({"Object": begun["Object"]})).await
    }

    /// Files on disk: unfinished, and contents.
    fn on_disk(&self) -> (usize, usize) {
        on_disk(&self.data)
    }
}

fn on_disk(data: &Path) -> (usize, usize) {
    let names = |path: &Path| std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()).collect::<Vec<_>>();
    let folders = names(&data.join("media"));
    let (uploads, contents): (Vec<_>, Vec<_>) = folders.iter().partition(|path| path.ends_with("up"));
    let count = |folders: Vec<&PathBuf>| folders.iter().map(|folder| names(folder).len()).sum();
    (count(uploads), count(contents))
}

async fn begin(link: &mut Link, name: &str, kind: &str, bytes: &[u8]) -> Value {
    let body = json!({"Name": name, "Size": bytes.len(), "Kind": kind, "ContentType": "", "Sha256": sha256(bytes)});
    link.must("tern_media.begin", body).await
}

fn head_of(method: &str, url: &str, headers: &[&str]) -> String {
    let lines: String = headers.iter().map(|line| format!("{line}\r\n")).collect();
    format!("{method} {} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{lines}", path_of(url))
}

async fn send(address: &str, method: &str, url: &str, headers: &[&str], body: &[u8]) -> Answer {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let head = format!("{}Content-Length: {}\r\n\r\n", head_of(method, url, headers), body.len());
    stream.write_all(head.as_bytes()).await.unwrap();
    // A server that refuses early may close before all was written.
    let _ = stream.write_all(body).await;
    Answer::read(stream).await
}

/// A request whose body stops after some bytes; the connection stays open.
async fn stalled_put(address: &str, url: &str, offset: usize, announced: usize, bytes: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let offset = format!("Upload-Offset: {offset}");
    let head = format!("{}Content-Length: {announced}\r\n\r\n", head_of("PUT", url, &[&offset]));
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    stream
}

async fn wait_for_offset(place: &Place, url: &str, wanted: usize) {
    eventually("the bytes on the server", async || {
        let head = place.send("HEAD", url, &[], b"").await;
        (head.header("upload-offset") == Some(wanted.to_string().as_str())).then_some(())
    })
    .await;
}

fn sizes(file: &Value) -> Vec<(i64, i64, i64)> {
    let list = file["ImageInfoArray"].as_array().unwrap();
    let number = |entry: &Value, field: &str| entry[field].as_i64().unwrap();
    list.iter().map(|entry| (number(entry, "Type"), number(entry, "Width"), number(entry, "Height"))).collect()
}

#[tokio::test]
async fn a_picture_is_uploaded_sent_and_read_by_the_backend_from_the_stored_message() {
    let place = Place::start().await;
    let (mut ann, mut bob) = (place.link("ann").await, place.link("bob").await);
    let bytes = picture(2_000, 1_000, ImageFormat::Jpeg);
    let file = place.upload(&mut ann, "Berg & See.jpg", "Image", &bytes).await;
    assert_eq!((&file["ImageFormat"], &file["Size"]), (&json!(1), &json!(bytes.len())));
    assert_eq!(sizes(&file), [(1, 2_000, 1_000), (2, 1_440, 720), (3, 396, 198)]);
    let element = json!({"UUID": file["UUID"], "ImageFormat": file["ImageFormat"], "ImageInfoArray": file["ImageInfoArray"]});
    let body = json!([{"MsgType": "TIMImageElem", "MsgContent": element}]);
    let client_time = place.access.clock.wall_seconds();
    ann.must("openim.sendmsg", json!({"To_Account": "bob", "MsgRandom": 1, "MsgClientTime": client_time, "MsgBody": body})).await;
    assert_eq!(bob.event_with("C2cMsgArray").await[0]["MsgBody"], body, "bob has what ann sent");

    let asked = json!({"Operator_Account": "ann", "Peer_Account": "bob", "MaxCnt": 1, "MinTime": 0, "MaxTime": 9_999_999_999_i64});
    let stored = place.access.rest().must("openim/admin_getroammsg", asked).await;
    let list = stored["MsgList"][0]["MsgBody"][0]["MsgContent"]["ImageInfoArray"].clone();
    let original = place.get(text(&list[0]["URL"])).await;
    assert_eq!((original.status, original.body == bytes), (200, true));
    for (name, value) in [
        ("content-type", "image/jpeg"),
        ("x-content-type-options", "nosniff"),
        ("content-disposition", "inline; filename*=UTF-8''Berg%20%26%20See.jpg"),
        ("accept-ranges", "bytes"),
    ] {
        assert_eq!(original.header(name), Some(value), "{}", original.head);
    }
    assert!(original.header("content-security-policy").unwrap().contains("default-src 'none'"), "{}", original.head);
    for entry in &list.as_array().unwrap()[1..] {
        let smaller = place.get(text(&entry["URL"])).await;
        assert_eq!((smaller.status, smaller.body.len() as i64), (200, entry["Size"].as_i64().unwrap()));
        let decoded = image::load_from_memory(&smaller.body).unwrap();
        assert_eq!((json!(decoded.width()), json!(decoded.height())), (entry["Width"].clone(), entry["Height"].clone()));
    }
    // Without the signature the path is worth nothing.
    let path = text(&list[0]["URL"]).split('?').next().unwrap();
    assert_eq!(place.get(path).await.status, 403);
}

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
async fn a_hostile_picture_keeps_its_original_and_the_next_one_gets_its_sizes() {
    let place = Place::start().await;
    let mut ann = place.link("ann").await;
    let whole = picture(800, 800, ImageFormat::Png);
    // The header claims 60,000 by 60,000 pixels.
    let mut bomb = whole.clone();
    bomb[16..24].copy_from_slice(&[0, 0, 0xea, 0x60, 0, 0, 0xea, 0x60]);
    let mut cut = whole.clone();
    cut.truncate(whole.len() / 2);
    for hostile in [&bomb, &cut, &whole[..8].to_vec()] {
        let file = place.upload(&mut ann, "a.png", "Image", hostile).await;
        let list = file["ImageInfoArray"].as_array().unwrap().clone();
        assert_eq!(list.len(), 3);
        assert!(list.iter().all(|entry| entry["URL"] == file["Url"]), "{file}");
        assert_eq!(place.get(text(&file["Url"])).await.body, *hostile);
    }
    let file = place.upload(&mut ann, "a.png", "Image", &whole).await;
    assert_eq!(sizes(&file), [(1, 800, 800), (2, 720, 720), (3, 198, 198)]);
}

#[tokio::test]
async fn an_address_works_unchanged_until_its_end_and_not_a_moment_longer() {
    let place = Place::start().await;
    let mut ann = place.link("ann").await;
    let file = place.upload(&mut ann, "note.txt", "File", b"hello").await;
    let url = text(&file["Url"]).to_owned();
    assert_eq!(file["ExpireTime"], place.access.clock.wall_seconds() + 7 * DAY);
    let end = file["ExpireTime"].to_string();
    let later = (file["ExpireTime"].as_i64().unwrap() + 1).to_string();
    let last = if url.ends_with('0') { '1' } else { '0' };
    let forged_signature = format!("{}{last}", &url[..url.len() - 1]);
    for forged in [
        url.replace("note.txt", "note.exe"),
        url.replace(&format!("e={end}"), &format!("e={later}")),
        url.replace("/1400000001/", "/1400000002/"),
        url.replace(text(&file["UUID"]), &"0".repeat(32)),
        forged_signature,
        url.split("&s=").next().unwrap().to_owned(),
        format!("{}&s=é", url.split("&s=").next().unwrap()),
    ] {
        assert_ne!(forged, url);
        assert_eq!(place.get(&forged).await.status, 403, "{forged}");
    }
    place.pass(7 * DAY - 1).await;
    let last = place.get(&url).await;
    assert_eq!((last.status, last.body.as_slice()), (200, b"hello".as_slice()));
    assert_eq!(last.header("cache-control"), Some("private, max-age=1, immutable"));
    place.pass(1).await;
    assert_eq!(place.get(&url).await.status, 403);
}

#[tokio::test]
async fn a_file_is_read_in_parts_and_only_when_it_changed() {
    let place = Place::start().await;
    let mut ann = place.link("ann").await;
    let bytes: Vec<u8> = (0..200_000u32).flat_map(u32::to_le_bytes).collect();
    let file = place.upload(&mut ann, "data.bin", "File", &bytes).await;
    let url = text(&file["Url"]);
    let part = place.send("GET", url, &["Range: bytes=1000-400999"], b"").await;
    assert_eq!((part.status, part.header("content-range")), (206, Some("bytes 1000-400999/800000")));
    assert!(part.body == bytes[1_000..401_000]);
    let tail = place.send("GET", url, &["Range: bytes=-10"], b"").await;
    assert_eq!((tail.status, tail.body.as_slice()), (206, &bytes[799_990..]));
    let outside = place.send("GET", url, &["Range: bytes=800000-"], b"").await;
    assert_eq!((outside.status, outside.header("content-range")), (416, Some("bytes */800000")));
    let head = place.send("HEAD", url, &[], b"").await;
    assert_eq!((head.status, head.header("content-length"), head.body.len()), (200, Some("800000"), 0));
    let tag = head.header("etag").unwrap();
    let known = place.send("GET", url, &[&format!("If-None-Match: \"x\", {tag}")], b"").await;
    assert_eq!((known.status, known.body.len()), (304, 0));
    let other = place.send("GET", url, &["Range: bytes=0-9", "If-Range: \"x\""], b"").await;
    assert_eq!((other.status, other.body.len()), (200, 800_000), "a part of another file is of no use");
    let same = place.send("GET", url, &["Range: bytes=0-9", &format!("If-Range: {tag}")], b"").await;
    assert_eq!((same.status, same.body.len()), (206, 10));
    assert_eq!(place.send("POST", url, &[], b"x").await.status, 405);
}

#[tokio::test]
async fn what_could_run_in_a_browser_is_only_ever_saved() {
    let place = Place::start().await;
    let mut ann = place.link("ann").await;
    for (name, said, bytes, served) in [
        ("a.html", "text/html", b"<html><script>alert(1)</script>".as_slice(), "text/html"),
        ("a.svg", "image/svg+xml", b"<svg onload=alert(1)>".as_slice(), "image/svg+xml"),
        ("a.png", "image/png", b"only said to be a picture".as_slice(), "application/octet-stream"),
    ] {
        let body = json!({"Name": name, "Size": bytes.len(), "Kind": "File", "ContentType": said});
        let begun = ann.must("tern_media.begin", body).await;
        assert_eq!(place.send("PUT", text(&begun["UploadUrl"]), &[], bytes).await.status, 200);
        let file = ann.must("tern_media.finish", json!({"Object": begun["Object"]})).await;
        let answer = place.get(text(&file["Url"])).await;
        assert_eq!(answer.header("content-type"), Some(served));
        assert_eq!(answer.header("content-disposition"), Some(format!("attachment; filename*=UTF-8''{name}").as_str()));
        assert!(answer.header("content-security-policy").unwrap().contains("sandbox"));
    }
}

#[tokio::test]
async fn files_go_with_their_time_and_a_shared_content_with_the_last_of_them() {
    let place =
        Place::with(Config { app_settings: json!({"media_days": 2}).as_object().unwrap().clone(), ..Config::for_test() }).await;
    let bytes = picture(900, 900, ImageFormat::Png);
    let (first, unfinished) = {
        let mut ann = place.link("ann").await;
        let first = place.upload(&mut ann, "a.png", "Image", &bytes).await;
        let unfinished = begin(&mut ann, "b.bin", "File", &[1; 10]).await;
        place.send("PUT", text(&unfinished["UploadUrl"]), &[], &[1; 5]).await;
        (first, unfinished)
    };
    assert_eq!(place.on_disk(), (1, 3), "an unfinished upload; a picture in three sizes");
    place.pass(DAY - 1).await;
    assert_eq!(place.on_disk(), (1, 3));
    place.pass(120).await;
    assert_eq!(place.on_disk(), (0, 3), "what is unfinished goes after a day");
    assert_eq!(place.send("HEAD", text(&unfinished["UploadUrl"]), &[], b"").await.status, 404);
    let second = {
        let mut bob = place.link("bob").await;
        place.upload(&mut bob, "same.png", "Image", &bytes).await
    };
    assert_ne!(first["UUID"], second["UUID"]);
    assert_eq!(place.on_disk(), (0, 3), "the same content lies there once");
    place.pass(DAY).await;
    assert_eq!(place.get(text(&first["Url"])).await.status, 403);
    let still = place.get(text(&second["Url"])).await;
    assert_eq!((still.status, still.body == bytes), (200, true), "bob's outlives ann's");
    place.pass(DAY).await;
    assert_eq!(place.on_disk(), (0, 0));
}

#[tokio::test]
async fn the_backend_signs_blocks_and_allows_files() {
    let place = Place::start().await;
    let mut ann = place.link("ann").await;
    let file = place.upload(&mut ann, "a.png", "Image", &picture(800, 800, ImageFormat::Png)).await;
    let url = text(&file["Url"]);
    let thumbnail = text(&file["ImageInfoArray"][2]["URL"]);
    let raw = url.split('?').next().unwrap();
    let rest = place.access.rest();
    let asked = json!({"RawURLs": [
        {"ResourceID": 5, "RawURL": raw}, {"ResourceID": 6, "RawURL": "https://elsewhere.example/a.png"},
    ]});
    let signed = rest.must("im_cos_msg/get_cos_sig", asked.clone()).await["PreSigURLs"].clone();
    assert_eq!((&signed[0]["ResourceID"], &signed[0]["Code"], &signed[0]["Status"]), (&json!(5), &json!(0), &json!(0)));
    assert_eq!((&signed[1]["ResourceID"], &signed[1]["Code"], &signed[1]["PreSigURL"]), (&json!(6), &json!(2003), &json!("")));
    let short = text(&signed[0]["PreSigURL"]).to_owned();
    assert_eq!(place.get(&short).await.status, 200);
    place.pass(15 * 60).await;
    assert_eq!((place.get(&short).await.status, place.get(url).await.status), (403, 200), "fifteen minutes, and seven days");

    rest.must("im_cos_msg/forbid_illegal_object", json!({"RawURL": thumbnail})).await;
    assert_eq!((place.get(url).await.status, place.get(thumbnail).await.status), (403, 403), "all sizes of it");
    let blocked = rest.must("im_cos_msg/get_cos_sig", asked.clone()).await["PreSigURLs"][0].clone();
    assert_eq!((&blocked["Status"], &blocked["PreSigURL"]), (&json!(1), &json!("")));
    rest.must("im_cos_msg/allow_banned_object", json!({"RawURL": raw})).await;
    assert_eq!((place.get(url).await.status, place.get(thumbnail).await.status), (200, 200));

    place.pass(7 * DAY).await;
    let rest = place.access.rest();
    let absent = rest.must("im_cos_msg/get_cos_sig", asked).await["PreSigURLs"][0].clone();
    assert_eq!((&absent["Code"], &absent["Status"]), (&json!(0), &json!(2)), "{absent}");
    assert_eq!(rest.post("im_cos_msg/forbid_illegal_object", json!({"RawURL": raw})).await["ErrorCode"], 2003);
    let mut ann = place.link("ann").await;
    let user = ann.call("im_cos_msg.forbid_illegal_object", json!({"RawURL": raw})).await;
    assert_eq!(user["ErrorCode"], 60010, "not for users: {user}");
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
async fn what_happens_to_files_is_counted() {
    let place = Place::start().await;
    let mut ann = place.link("ann").await;
    let bytes = picture(800, 800, ImageFormat::Png);
    let file = place.upload(&mut ann, "a.png", "Image", &bytes).await;
    place.get(text(&file["Url"])).await;
    let metrics = http(&place.access.address, "GET", "/metrics", &[], "").await.unwrap().body;
    for line in [
        "tern_media_uploads_total 1".to_owned(),
        format!("tern_media_received_bytes_total {}", bytes.len()),
        format!("tern_media_sent_bytes_total {}", bytes.len()),
        "tern_media_downloads_total 1".to_owned(),
        "tern_media_contents 3".to_owned(),
        "tern_media_uploads_open 0".to_owned(),
        "tern_media_pictures_total{sizes=\"made\"} 1".to_owned(),
    ] {
        assert!(metrics.lines().any(|known| known == line), "{line} is not in\n{metrics}");
    }
}

#[tokio::test]
async fn a_reader_that_takes_nothing_is_let_go() {
    let place = Place::start().await;
    let mut ann = place.link("ann").await;
    let file = place.upload(&mut ann, "long.bin", "File", &vec![7; 40 << 20]).await;
    let open = async || {
        let metrics = http(&place.access.address, "GET", "/metrics", &[], "").await.unwrap().body;
        metrics.lines().find_map(|line| line.strip_prefix("tern_media_downloads_open ")).unwrap().to_owned()
    };
    let mut silent = TcpStream::connect(&place.access.address).await.unwrap();
    silent.write_all(format!("{}\r\n", head_of("GET", text(&file["Url"]), &[])).as_bytes()).await.unwrap();
    eventually("the download to begin", async || (open().await == "1").then_some(())).await;
    eventually("its end", async || {
        place.pass(61).await;
        (open().await == "0").then_some(())
    })
    .await;
    let mut rest = Vec::new();
    // However the connection ends, the file is not whole.
    let _ = soon("the end of the connection", silent.read_to_end(&mut rest)).await;
    assert!(rest.len() < 40 << 20, "{} bytes", rest.len());
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
async fn addresses_begin_with_the_public_url() {
    let config = Config { public_url: Some("https://chat.example.org/below".into()), ..Config::for_test() };
    let place = Place::with(config).await;
    let mut ann = place.link("ann").await;
    let begun = begin(&mut ann, "a.txt", "File", b"hello").await;
    let upload = text(&begun["UploadUrl"]).strip_prefix("https://chat.example.org/below").expect("the public URL");
    let local = format!("http://h{upload}");
    assert_eq!(place.send("PUT", &local, &[], b"hello").await.status, 200);
    let file = ann.must("tern_media.finish", json!({"Object": begun["Object"]})).await;
    let path = text(&file["Url"]).strip_prefix("https://chat.example.org/below").expect("the public URL");
    assert_eq!(place.get(&format!("http://h{path}")).await.body, b"hello");
    let asked = json!({"RawURLs": [{"ResourceID": 1, "RawURL": file["Url"]}]});
    let signed = place.access.rest().must("im_cos_msg/get_cos_sig", asked).await["PreSigURLs"][0].clone();
    assert!(text(&signed["PreSigURL"]).starts_with("https://chat.example.org/below/media/"), "{signed}");
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_picture_attached_in_a_terminal_reaches_the_other_in_three_sizes() {
    let desk = Desk::start();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("harbour.png");
    let bytes = picture(900, 1_200, ImageFormat::Png);
    std::fs::write(&path, &bytes).unwrap();
    let mut bob = Link::log_in(desk.access(), "bob", json!({"State": "Online"})).await;
    desk.log_in("ann");
    let mut ann = desk.screen("ann", BIG, &[]);
    ann.type_text("n");
    ann.wait_for("New chat");
    ann.type_text("bob\r");
    ann.wait_for("Message bob");
    ann.type_text(&format!("/attach {}\r", path.display()));
    let message = bob.event_with("C2cMsgArray").await[0].clone();
    let element = message["MsgBody"][0].clone();
    assert_eq!(element["MsgType"], "TIMImageElem", "{message}");
    assert_eq!(sizes(&element["MsgContent"]), [(1, 900, 1_200), (2, 720, 960), (3, 198, 264)]);
    let url = text(&element["MsgContent"]["ImageInfoArray"][0]["URL"]);
    assert!(send(&desk.access().address, "GET", url, &[], b"").await.body == bytes);
    ann.wait_for("harbour.png");
}
