//! Signed addresses: what they answer, until when, and the backend's word over them.

use image::ImageFormat;
use serde_json::json;
use tern_server_lite::config::Config;
use tern_tests::rest::http;
use tern_tests::wait::{eventually, soon};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::{DAY, Place, begin, head_of, picture, text};

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
