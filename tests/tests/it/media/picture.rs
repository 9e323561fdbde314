//! Pictures: their sizes, and what is no picture.

use image::ImageFormat;
use serde_json::json;
use tern_tests::link::Link;
use tern_tests::screen::BIG;

use super::{Place, picture, send, sizes, text};
use crate::tui_screen::Desk;

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
