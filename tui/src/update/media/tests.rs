//! Files: what a person does, and what becomes of it.

use crate::effect::{Ask, AttachFrom, Effect, MediaOp, StoreOp};
use crate::event::{Event, LocalEvent, MediaEvent, Refusal};
use crate::state::conversation::ChatId;
use crate::state::fixture::{lively, text};
use crate::state::media::{FileKey, LocalFile, MediaKind, Transfer};
use crate::state::message::Delivery;
use crate::state::modal::{FormKind, Modal};
use crate::state::picture::{Graphics, Protocol};
use crate::state::{Focus, State};
use crate::update::{before_draw, update};
use crate::view;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use tern_protocol::api::message::Message as WireMessage;

const OWN: &str = "http://127.0.0.1:8640/media/1400000001";

fn happen(state: &mut State, event: Event) -> Vec<Effect> {
    let moment = state.now;
    update(state, event, moment)
}

fn press(state: &mut State, code: KeyCode) -> Vec<Effect> {
    happen(state, Event::Key(KeyEvent::new(code, KeyModifiers::NONE)))
}

fn typed(state: &mut State, text: &str) -> Vec<Effect> {
    text.chars().flat_map(|c| press(state, KeyCode::Char(c))).collect()
}

fn media(effects: &[Effect]) -> Vec<&MediaOp> {
    effects.iter().filter_map(|effect| if let Effect::Media(op) = effect { Some(op) } else { None }).collect()
}

fn screen(state: &State) -> Terminal<TestBackend> {
    let (width, height) = state.size;
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| view::draw(frame, state)).unwrap();
    terminal
}

fn element(place: u64, body: &str) -> WireMessage {
    let mut message = text("bob", "bob", place, 900 - place as i64 * 10, "");
    message.msg_body = Some(serde_json::value::RawValue::from_string(format!("[{body}]")).unwrap());
    message
}

fn picture(place: u64, host: &str) -> WireMessage {
    let sizes = [(1, 1280, 720, "cat.png"), (2, 1280, 720, "large.png"), (3, 352, 198, "small.png")].map(|(kind, w, h, name)| {
        format!(r#"{{"Type":{kind},"Size":204800,"Width":{w},"Height":{h},"URL":"{host}/{place}/{name}?e=1&s=2"}}"#)
    });
    element(
        place,
        &format!(
            r#"{{"MsgType":"TIMImageElem","MsgContent":{{"UUID":"u","ImageFormat":3,"ImageInfoArray":[{}]}}}}"#,
            sizes.join(",")
        ),
    )
}

fn voice(place: u64) -> WireMessage {
    element(
        place,
        &format!(
            r#"{{"MsgType":"TIMSoundElem","MsgContent":{{"UUID":"v","Url":"{OWN}/v/voice?e=1&s=2","Size":9000,"Second":7,"Download_Flag":2}}}}"#
        ),
    )
}

/// A chat with bob that shows these messages.
fn chat(messages: Vec<WireMessage>) -> State {
    let mut state = lively();
    let bob = ChatId::user("bob");
    crate::update::open_chat(&mut state, &bob, &mut Vec::new());
    let places: Vec<u64> = messages.iter().filter_map(WireMessage::place).collect();
    let held = vec![(*places.iter().min().unwrap(), *places.iter().max().unwrap())];
    happen(&mut state, Event::Local(LocalEvent::Page { chat: bob, messages, held }));
    state
}

fn local_file(kind: MediaKind) -> LocalFile {
    let path = "/home/me/holiday.png".into();
    LocalFile { path, name: "holiday.png".into(), kind, size_bytes: 3_000_000, seconds: 0, pixels: (1600, 900) }
}

fn inspected(state: &mut State, from: AttachFrom, result: Result<LocalFile, String>) -> Vec<Effect> {
    happen(state, Event::Media(MediaEvent::Inspected { chat: ChatId::user("bob"), from, result }))
}

/// Sends a file; the key of its outbox row.
fn sent(state: &mut State) -> String {
    let effects = inspected(state, AttachFrom::Command, Ok(local_file(MediaKind::Image)));
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Store(StoreOp::Outgoing(_)))), "it survives a restart");
    assert!(matches!(media(&effects)[..], [MediaOp::Upload(_)]), "{effects:?}");
    state.outbox[0].key()
}

#[test]
fn a_file_is_a_row_at_once_a_bar_while_it_goes_and_a_message_when_it_is_there() {
    let mut state = chat(vec![text("bob", "bob", 1, 900, "send me the picture")]);
    let effects = typed(&mut state, "/attach ~/holiday.png");
    assert!(media(&effects).is_empty());
    let effects = press(&mut state, KeyCode::Enter);
    assert!(matches!(media(&effects)[..], [MediaOp::Inspect { typed, .. }] if typed == "~/holiday.png"));
    let key = sent(&mut state);
    happen(
        &mut state,
        Event::Media(MediaEvent::UploadProgress { key: key.clone(), done_bytes: 1_200_000, total_bytes: 3_000_000 }),
    );
    insta::assert_snapshot!("upload_at_80x24", screen(&state).backend());
    let body = format!(r#"[{{"MsgType":"TIMFileElem","MsgContent":{{"Url":"{OWN}/x","FileName":"holiday.png","FileSize":3}}}}]"#);
    let effects = happen(&mut state, Event::Media(MediaEvent::Uploaded { key: key.clone(), result: Ok(body.clone()) }));
    assert!(
        effects.iter().any(|effect| matches!(effect, Effect::Ask(Ask::Deliver(outgoing)) if outgoing.body_json() == body)),
        "the message follows: {effects:?}"
    );
    assert!(state.media.uploads.is_empty());
}

#[test]
fn a_file_that_was_refused_says_why_and_can_be_sent_again_or_thrown_away() {
    let mut state = chat(vec![text("bob", "bob", 1, 900, "hi")]);
    let key = sent(&mut state);
    let refusal = Refusal { code: 7005, text: "the file is too large".into() };
    happen(&mut state, Event::Media(MediaEvent::Uploaded { key: key.clone(), result: Err(refusal) }));
    let (code, says) = state.outbox[0].failed.clone().unwrap();
    assert!(code == 7005 && says.starts_with("the file is too large: pictures and sounds have at most 28 MB"), "{says}");
    press(&mut state, KeyCode::Up);
    let effects = press(&mut state, KeyCode::Char('r'));
    assert!(matches!(media(&effects)[..], [MediaOp::Upload(_)]));
    press(&mut state, KeyCode::Up);
    let effects = press(&mut state, KeyCode::Char('X'));
    assert!(media(&effects).iter().any(|op| matches!(op, MediaOp::CancelUpload { .. })), "{effects:?}");
    assert!(matches!(state.open_timeline().unwrap().rows().last().unwrap().delivery, Delivery::Failed { .. }));
    let effects = press(&mut state, KeyCode::Char('d'));
    assert!(state.outbox.is_empty());
    assert!(media(&effects).iter().any(|op| matches!(op, MediaOp::CancelUpload { .. })), "what is at the server goes too");
}

#[test]
fn after_a_restart_the_upload_goes_on_when_the_link_is_there() {
    let mut state = chat(vec![text("bob", "bob", 1, 900, "hi")]);
    sent(&mut state);
    let kept = serde_json::to_string(&state.outbox[0]).unwrap();
    let mut again = lively();
    again.outbox.push(serde_json::from_str(&kept).unwrap());
    let online = crate::event::LinkEvent::Online { tiny_id: "144".into(), rev: None, me: None };
    let effects = happen(&mut again, Event::Link(online));
    assert!(media(&effects).iter().any(|op| matches!(op, MediaOp::Upload(outgoing) if outgoing.needs_upload())), "{effects:?}");
}

#[test]
fn two_files_go_at_a_time_and_texts_pass_them() {
    let mut state = chat(vec![text("bob", "bob", 1, 900, "hi")]);
    let mut uploads = 0;
    for _ in 0..4 {
        let effects = inspected(&mut state, AttachFrom::Command, Ok(local_file(MediaKind::File)));
        uploads += media(&effects).len();
    }
    assert_eq!(uploads, 2);
    typed(&mut state, "hello");
    let effects = press(&mut state, KeyCode::Enter);
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Ask(Ask::Deliver(outgoing)) if outgoing.text == "hello")));
    let key = state.outbox[0].key();
    let effects = happen(&mut state, Event::Media(MediaEvent::UploadLost { key }));
    assert_eq!(media(&effects).len(), 1, "another takes its turn");
}

#[test]
fn the_dialog_completes_a_path_and_shows_what_is_wrong_with_it() {
    let mut state = chat(vec![text("bob", "bob", 1, 900, "hi")]);
    happen(&mut state, Event::Key(KeyEvent::new(KeyCode::Char('o'), KeyModifiers::ALT)));
    assert!(matches!(state.modals.last(), Some(Modal::Form(form)) if form.kind == FormKind::Attach));
    let effects = typed(&mut state, "~/ho");
    assert!(matches!(media(&effects).last(), Some(MediaOp::Complete { typed }) if typed == "~/ho"));
    let found = vec![("~/holiday.png".to_owned(), "holiday.png".to_owned())];
    happen(&mut state, Event::Media(MediaEvent::Completed { typed: "~/ho".into(), found }));
    insta::assert_snapshot!("attach_dialog", screen(&state).backend());
    press(&mut state, KeyCode::Tab);
    let effects = press(&mut state, KeyCode::Enter);
    assert!(media(&effects).iter().any(|op| matches!(op, MediaOp::Inspect { typed, .. } if typed == "~/holiday.png")));
    inspected(&mut state, AttachFrom::Dialog, Err("There is no file /home/me/holiday.png".into()));
    assert!(matches!(state.modals.last(), Some(Modal::Form(form)) if form.error.is_some() && !form.busy));
}

#[test]
fn a_pasted_path_of_a_file_can_become_the_file() {
    let mut state = chat(vec![text("bob", "bob", 1, 900, "hi")]);
    let effects = happen(&mut state, Event::Paste("/home/me/holiday.png".into()));
    let from = match media(&effects)[..] {
        [MediaOp::Inspect { from, .. }] => from.clone(),
        ref other => panic!("{other:?}"),
    };
    assert_eq!(state.composer.text(), "/home/me/holiday.png", "it stays a text unless the person says otherwise");
    inspected(&mut state, from.clone(), Ok(local_file(MediaKind::Image)));
    press(&mut state, KeyCode::Enter);
    assert!(state.composer.is_blank() && state.outbox.len() == 1 && state.modals.is_empty());
    happen(&mut state, Event::Paste("/not a path\nbut lines".into()));
    inspected(&mut state, AttachFrom::Paste("/x".into()), Err("no".into()));
    assert!(state.modals.is_empty() && state.toast.is_none());
}

/// Pictures are drawn as half-blocks.
fn with_graphics(state: &mut State) {
    let graphics = Graphics { protocol: Protocol::HalfBlock { true_colour: true }, cell: (10, 20) };
    happen(state, Event::Media(MediaEvent::Graphics(Some(graphics))));
}

#[test]
fn small_pictures_of_the_own_server_come_by_themselves_and_others_only_when_asked_for() {
    let mut state = chat(vec![picture(1, OWN), picture(2, "https://foreign.example")]);
    assert!(before_draw(&mut state).is_empty(), "where no picture can be drawn none is fetched");
    with_graphics(&mut state);
    let effects = before_draw(&mut state);
    let wanted: Vec<String> = media(&effects)
        .into_iter()
        .map(|op| match op {
            MediaOp::Download(want) => want.remote.url.to_string(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(wanted, [format!("{OWN}/1/small.png?e=1&s=2")]);
    assert!(before_draw(&mut state).is_empty(), "it is asked for once");
    state.focus = Focus::Composer;
    press(&mut state, KeyCode::Up);
    let effects = press(&mut state, KeyCode::Char('D'));
    assert!(matches!(media(&effects)[..], [MediaOp::Download(want)] if want.remote.host() == "foreign.example"));
}

#[test]
fn a_file_is_fetched_once_and_then_opened_saved_or_copied() {
    let mut state = chat(vec![picture(1, OWN)]);
    press(&mut state, KeyCode::Up);
    let effects = press(&mut state, KeyCode::Char('o'));
    let want = match media(&effects)[..] {
        [MediaOp::Download(want)] => want.clone(),
        ref other => panic!("{other:?}"),
    };
    let key = want.remote.key;
    happen(&mut state, Event::Media(MediaEvent::DownloadProgress { key, done_bytes: 50, total_bytes: 200 }));
    assert_eq!(state.media.download(key), Some(&Transfer::Running { done_bytes: 50, total_bytes: 200 }));
    let effects = happen(&mut state, Event::Media(MediaEvent::Downloaded { key, result: Ok(()) }));
    assert!(matches!(media(&effects)[..], [MediaOp::Open { sure: false, .. }]));
    happen(&mut state, Event::Media(MediaEvent::Program(want)));
    let effects = press(&mut state, KeyCode::Enter);
    assert!(matches!(media(&effects)[..], [MediaOp::Open { sure: true, .. }]), "a program only after a yes");
    state.focus = Focus::Timeline;
    press(&mut state, KeyCode::Char('s'));
    assert!(matches!(state.modals.last(), Some(Modal::Form(form)) if form.value("Path") == "~/Downloads/cat.png"));
    let effects = press(&mut state, KeyCode::Enter);
    assert!(media(&effects).iter().any(|op| matches!(op, MediaOp::Save { to, .. } if to == "~/Downloads/cat.png")), "{effects:?}");
    let effects = press(&mut state, KeyCode::Char('U'));
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Copy(url) if url.contains("cat.png"))));
}

#[test]
fn a_download_that_failed_says_so_and_can_be_tried_again() {
    let mut state = chat(vec![picture(1, OWN)]);
    press(&mut state, KeyCode::Up);
    press(&mut state, KeyCode::Char('D'));
    let key = FileKey::of(&format!("{OWN}/1/cat.png?e=1&s=2"));
    happen(&mut state, Event::Media(MediaEvent::Downloaded { key, result: Err("it is not there any more".into()) }));
    assert!(screen(&state).backend().to_string().contains("✗ not here: it is not there any more"));
    let effects = press(&mut state, KeyCode::Char('D'));
    assert!(matches!(media(&effects)[..], [MediaOp::Download(_)]));
    let effects = press(&mut state, KeyCode::Char('X'));
    assert!(matches!(media(&effects)[..], [MediaOp::CancelDownload(_)]));
    assert!(state.media.download(key).is_none());
}

#[test]
fn a_voice_message_is_unplayed_until_it_is_opened_and_that_is_kept() {
    let mut state = chat(vec![voice(1)]);
    assert!(screen(&state).backend().to_string().contains("● Voice  0:07"));
    press(&mut state, KeyCode::Up);
    let effects = press(&mut state, KeyCode::Char('o'));
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Store(StoreOp::Played(_)))));
    let shown = screen(&state).backend().to_string();
    assert!(shown.contains("Voice  0:07") && !shown.contains("●  Voice") && !shown.contains("● Voice"), "{shown}");
}

#[test]
fn a_place_is_shown_on_a_map_and_its_coordinates_are_copied() {
    let mut state = chat(vec![element(
        1,
        r#"{"MsgType":"TIMLocationElem","MsgContent":{"Desc":"Tower","Latitude":48.85837,"Longitude":2.29448}}"#,
    )]);
    press(&mut state, KeyCode::Up);
    let effects = press(&mut state, KeyCode::Char('U'));
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Copy(text) if text == "48.85837, 2.29448")));
    let effects = press(&mut state, KeyCode::Char('o'));
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Open(url) if url.contains("mlat=48.85837"))));
}

#[test]
fn what_is_written_can_go_as_a_file() {
    let mut state = chat(vec![text("bob", "bob", 1, 900, "hi")]);
    typed(&mut state, "a long story");
    let effects = happen(&mut state, Event::Key(KeyEvent::new(KeyCode::Char('t'), KeyModifiers::ALT)));
    assert!(matches!(media(&effects)[..], [MediaOp::KeepText { text, .. }] if text == "a long story"));
    let mut copy = local_file(MediaKind::File);
    copy.path = "/cache/outgoing/message.txt".into();
    inspected(&mut state, AttachFrom::OwnCopy, Ok(copy));
    let key = state.outbox[0].key();
    let refusal = Err(Refusal { code: 1, text: "no".into() });
    happen(&mut state, Event::Media(MediaEvent::Uploaded { key, result: refusal }));
    press(&mut state, KeyCode::Up);
    let effects = press(&mut state, KeyCode::Char('d'));
    assert!(media(&effects).iter().any(|op| matches!(op, MediaOp::DropCopy(_))), "tern's copy goes with the row");
}

#[cfg(feature = "images")]
mod drawn {
    use super::*;
    use crate::state::picture::{Picture, PictureKey};
    use ratatui_image::protocol::halfblocks::Halfblocks;
    use ratatui_image::sliced::SlicedProtocol;

    /// Makes every picture that is asked for; how many there were.
    fn paint_all(state: &mut State) -> usize {
        let mut made = 0;
        let effects = before_draw(state);
        for op in media(&effects) {
            match op {
                MediaOp::Download(want) => {
                    let key = want.remote.key;
                    happen(state, Event::Media(MediaEvent::Downloaded { key, result: Ok(()) }));
                }
                MediaOp::Picture { key, .. } => {
                    happen(state, Event::Media(MediaEvent::Picture { key: *key, result: Ok(picture_of(*key)) }));
                    made += 1;
                }
                other => panic!("{other:?}"),
            }
        }
        made
    }

    fn picture_of(key: PictureKey) -> Picture {
        let colours = image::RgbImage::from_fn(64, 64, |x, y| image::Rgb([x as u8 * 4, y as u8 * 4, 128]));
        let size = ratatui::layout::Size::new(key.columns, key.rows);
        let drawn = Halfblocks::new(image::DynamicImage::ImageRgb8(colours), size).unwrap();
        let drawn = SlicedProtocol::Halfblocks(drawn);
        Picture { columns: key.columns, rows: key.rows, bytes: 1000, id: 0, drawn, palette_only: false }
    }

    #[test]
    fn pictures_stand_in_their_cards_and_scroll_with_them() {
        let mut state =
            chat(vec![picture(1, OWN), voice(2), picture(3, "https://foreign.example"), text("bob", "bob", 4, 60, "nice?")]);
        with_graphics(&mut state);
        assert_eq!(paint_all(&mut state), 0);
        assert!(screen(&state).backend().to_string().contains("the picture is coming"));
        assert_eq!(paint_all(&mut state), 1);
        insta::assert_snapshot!("pictures_at_80x24", screen(&state).backend());
        assert_eq!(paint_all(&mut state), 0, "a picture is made once");
        state.size = (200, 50);
        happen(&mut state, Event::Resize(200, 50));
        paint_all(&mut state);
        insta::assert_snapshot!("pictures_at_200x50", screen(&state).backend());
        for height in 6..40 {
            happen(&mut state, Event::Resize(80, height));
            paint_all(&mut state);
            for _ in 0..20 {
                press(&mut state, KeyCode::PageUp);
                screen(&state);
            }
            for _ in 0..20 {
                press(&mut state, KeyCode::PageDown);
                screen(&state);
            }
        }
    }

    #[test]
    fn the_viewer_goes_from_picture_to_picture_and_fetches_foreign_ones_only_when_told() {
        let mut state = chat(vec![picture(1, OWN), text("bob", "bob", 2, 70, "between"), picture(3, "https://foreign.example")]);
        with_graphics(&mut state);
        state.focus = Focus::Timeline;
        press(&mut state, KeyCode::Home);
        crate::update::update(&mut state, Event::Key(KeyEvent::new(KeyCode::Up, KeyModifiers::NONE)), crate::state::fixture::now());
        if let Some(timeline) = state.open_timeline_mut() {
            timeline.selected = timeline.key(0);
        }
        state.focus = Focus::Timeline;
        let effects = press(&mut state, KeyCode::Char('v'));
        let wanted = media(&effects);
        assert!(matches!(wanted[..], [MediaOp::Download(want)] if want.remote.url.ends_with("/1/large.png?e=1&s=2")), "{wanted:?}");
        let key = FileKey::of(&format!("{OWN}/1/large.png?e=1&s=2"));
        happen(&mut state, Event::Media(MediaEvent::Downloaded { key, result: Ok(()) }));
        assert_eq!(paint_all(&mut state), 1);
        insta::assert_snapshot!("viewer_at_80x24", screen(&state).backend());
        let effects = press(&mut state, KeyCode::Right);
        assert!(media(&effects).is_empty(), "a foreign picture waits for Enter");
        assert!(screen(&state).backend().to_string().contains("Enter fetches it from foreign.example"));
        let effects = press(&mut state, KeyCode::Enter);
        assert!(matches!(media(&effects)[..], [MediaOp::Download(_)]));
        press(&mut state, KeyCode::Right);
        assert!(state.toast.as_ref().unwrap().text.contains("newest"));
        press(&mut state, KeyCode::Esc);
        assert!(state.modals.is_empty());
    }
}
