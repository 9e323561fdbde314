//! What comes to messages after they were sent, as the client lives through it.

use crate::action::Action;
use crate::effect::{Ask, AttachedAsk, Effect, StoreOp};
use crate::event::{Answer, AttachedAnswer, Delivered, Event, LinkEvent, LocalEvent, Muted, ReadersPage, Refusal};
use crate::state::attached::{Annotation, Attached, Counts, Reaction};
use crate::state::conversation::ChatId;
use crate::state::fixture::{NOW_S, group_text, lively, text};
use crate::state::live::Presence;
use crate::state::message::{Body, Delivery, Message};
use crate::state::modal::Modal;
use crate::state::pins::Pins;
use crate::state::{Focus, Now, State};
use crate::update::{open_chat, run, send, update};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use rstest::rstest;
use tern_protocol::api::annotation::{MessageReactions, Pin as WirePin, ReactionCount, ReactionList};
use tern_protocol::api::conversation::{ChangedMessageList, Conversation as WireConversation, ConversationId, PlaceRange, Synced};
use tern_protocol::api::message::Message as WireMessage;
use tern_protocol::api::receipt::Receipt;
use tern_protocol::event::{
    Event as ServerEvent, PinNotice, ReactionNotice, RecalledC2c, RecalledGroup, ReceiptNotice, UserStatus, pin, raw,
};
use tern_protocol::model::message::Element;

fn happen(state: &mut State, event: Event) -> Vec<Effect> {
    let moment = state.now;
    update(state, event, moment)
}

fn later(state: &mut State, ms: i64) -> Vec<Effect> {
    let moment = Now { wall_ms: state.now.wall_ms + ms, mono_ms: state.now.mono_ms + ms };
    update(state, Event::Woke, moment)
}

fn press(state: &mut State, code: KeyCode) -> Vec<Effect> {
    happen(state, Event::Key(KeyEvent::new(code, KeyModifiers::NONE)))
}

fn type_text(state: &mut State, text: &str) -> Vec<Effect> {
    text.chars().flat_map(|c| press(state, KeyCode::Char(c))).collect()
}

fn server(state: &mut State, event: ServerEvent) -> Vec<Effect> {
    happen(state, Event::Server(event))
}

fn answer(state: &mut State, answer: AttachedAnswer) -> Vec<Effect> {
    happen(state, Event::Answer(Answer::Attached(answer)))
}

fn bob() -> ChatId {
    ChatId::user("bob")
}

fn rust() -> ChatId {
    ChatId::group("rust")
}

/// Opens a chat that has these messages.
fn open(state: &mut State, chat: &ChatId, messages: Vec<WireMessage>) -> Vec<Effect> {
    let mut out = Vec::new();
    open_chat(state, chat, &mut out);
    let places: Vec<u64> = messages.iter().filter_map(WireMessage::place).collect();
    let held = places.iter().min().zip(places.iter().max()).map(|(from, to)| (*from, *to)).into_iter().collect();
    out.extend(happen(state, Event::Local(LocalEvent::Page { chat: chat.clone(), messages, held })));
    out
}

/// Bob's chat: three of bob's, one of mine.
fn with_bob() -> State {
    let mut state = lively();
    let messages = vec![
        text("bob", "bob", 1, 900, "one"),
        text("bob", "bob", 2, 800, "two"),
        text("me", "bob", 3, 700, "mine"),
        text("bob", "bob", 4, 600, "four"),
    ];
    open(&mut state, &bob(), messages);
    state
}

/// A group's chat; the first message of mine asks who has read it.
fn with_rust() -> (State, Vec<Effect>) {
    let mut state = lively();
    state.receipts = true;
    let mut mine = group_text("me", "rust", 37, 500, "who reads this?");
    mine.need_read_receipt = Some(1);
    let mut asks = group_text("li", "rust", 38, 400, "read me");
    asks.need_read_receipt = Some(1);
    let effects = open(
        &mut state,
        &rust(),
        vec![mine, asks, group_text("bob", "rust", 39, 300, "plain"), group_text("li", "rust", 40, 200, "last")],
    );
    (state, effects)
}

fn row<'a>(state: &'a State, chat: &ChatId, place: u64) -> &'a Message {
    state.timeline(chat).unwrap().at(place).unwrap()
}

fn asked(effects: &[Effect]) -> Vec<&AttachedAsk> {
    let mut out = Vec::new();
    for effect in effects {
        if let Effect::Ask(Ask::Attached(ask)) = effect {
            out.push(ask);
        }
    }
    out
}

fn annotations(effects: &[Effect]) -> Vec<(u64, &Annotation)> {
    let mut out = Vec::new();
    for effect in effects {
        if let Effect::Store(StoreOp::Annotate { place, annotation, .. }) = effect {
            out.push((*place, annotation));
        }
    }
    out
}

fn reaction(kind: &str, count: u64, users: &[&str]) -> ReactionCount {
    ReactionCount { reaction: kind.into(), count, users: users.iter().map(|user| (*user).to_owned()).collect(), mine: 0 }
}

fn reacts(id: ConversationId, place: u64, reaction: ReactionCount, user: &str, operation: i64) -> ServerEvent {
    ServerEvent::Reaction(ReactionNotice { id, place, reaction, user: user.into(), operation })
}

fn refusal(code: i32) -> Refusal {
    Refusal { code, text: "no".into() }
}

#[test]
fn a_reaction_of_another_is_shown_and_kept_for_an_offline_start() {
    let mut state = with_bob();
    let told = reacts(ConversationId::c2c("bob"), 3, reaction("👍", 1, &["bob"]), "bob", 1);
    let effects = server(&mut state, told);
    assert_eq!(row(&state, &bob(), 3).attached.reactions.len(), 1);
    assert_eq!(annotations(&effects).len(), 1);
    let gone = reacts(ConversationId::c2c("bob"), 3, reaction("👍", 0, &[]), "bob", 2);
    server(&mut state, gone);
    assert!(row(&state, &bob(), 3).attached.reactions.is_empty());
}

#[test]
fn a_reaction_to_a_message_that_is_not_in_memory_still_reaches_the_database() {
    let mut state = lively();
    let told = reacts(ConversationId::group("rust"), 5, reaction("👍", 1, &["li"]), "li", 1);
    assert_eq!(annotations(&server(&mut state, told)).len(), 1);
}

#[test]
fn ones_own_reaction_shows_at_once_and_goes_when_the_server_refuses_it() {
    let mut state = with_bob();
    press(&mut state, KeyCode::Up);
    press(&mut state, KeyCode::Char('+'));
    assert!(matches!(state.modals.last(), Some(Modal::React(_))));
    let effects = press(&mut state, KeyCode::Char('1'));
    assert!(state.modals.is_empty());
    assert!(matches!(asked(&effects)[..], [AttachedAsk::React { place: 4, add: true, .. }]), "{effects:?}");
    let shown = &row(&state, &bob(), 4).attached.reactions;
    assert!(shown[0].mine && shown[0].users == ["me"]);
    let kind = shown[0].kind.clone();

    let effects =
        answer(&mut state, AttachedAnswer::Reacted { chat: bob(), place: 4, kind, add: true, result: Err(refusal(23005)) });
    assert!(row(&state, &bob(), 4).attached.reactions.is_empty());
    assert!(state.toast.as_ref().unwrap().text.contains("ten kinds"));
    assert!(matches!(asked(&effects)[..], [AttachedAsk::Reactions { .. }]), "what the server has is read anew: {effects:?}");
}

#[test]
fn any_emoji_is_found_by_typing_its_name_and_a_second_time_takes_it_back() {
    let mut state = with_bob();
    press(&mut state, KeyCode::Up);
    press(&mut state, KeyCode::Char('+'));
    type_text(&mut state, "crab");
    press(&mut state, KeyCode::Enter);
    assert_eq!(row(&state, &bob(), 4).attached.reactions[0].kind, "🦀");
    assert_eq!(state.reactions_used, ["🦀"]);
    press(&mut state, KeyCode::Char('+'));
    assert!(matches!(state.modals.last(), Some(Modal::React(bar)) if bar.offers[0] == "🦀"), "the last used leads");
    let effects = press(&mut state, KeyCode::Enter);
    assert!(matches!(asked(&effects)[..], [AttachedAsk::React { add: false, .. }]));
    assert!(row(&state, &bob(), 4).attached.reactions.is_empty());
}

#[test]
fn who_reacted_is_a_dialog_where_enter_takes_ones_own_back() {
    let mut state = with_bob();
    server(&mut state, reacts(ConversationId::c2c("bob"), 4, reaction("👍", 1, &["bob"]), "bob", 1));
    server(&mut state, reacts(ConversationId::c2c("bob"), 4, reaction("🎉", 2, &["bob", "me"]), "me", 1));
    press(&mut state, KeyCode::Up);
    press(&mut state, KeyCode::Char('w'));
    press(&mut state, KeyCode::Right);
    assert!(matches!(state.modals.last(), Some(Modal::Reactors(dialog)) if dialog.tab == 1));
    let effects = press(&mut state, KeyCode::Enter);
    assert!(matches!(asked(&effects)[..], [AttachedAsk::React { add: false, kind, .. }] if kind == "🎉"));
    assert_eq!(
        row(&state, &bob(), 4).attached.reactions[1],
        Reaction { kind: "🎉".into(), count: 1, users: vec!["bob".into()], mine: false }
    );
}

#[test]
fn reactions_that_are_not_here_are_asked_for_once_when_their_message_is_in_sight() {
    let mut state = lively();
    let mut reacted = text("bob", "bob", 4, 600, "four");
    (reacted.reacted, reacted.rev) = (Some(1), Some(70));
    let effects = open(&mut state, &bob(), vec![reacted.clone()]);
    assert!(matches!(asked(&effects)[..], [AttachedAsk::Reactions { places, .. }] if *places == [4]), "{effects:?}");
    assert!(asked(&later(&mut state, 10)).is_empty(), "once");
    let mine = ReactionCount { mine: 1, ..reaction("👍", 1, &["me"]) };
    let list = ReactionList { messages: vec![MessageReactions { place: 4, reactions: vec![mine] }] };
    answer(&mut state, AttachedAnswer::Reactions { chat: bob(), places: vec![4], result: Ok(list) });
    assert!(row(&state, &bob(), 4).attached.reactions[0].mine);
    // A newer state of the same message keeps them on the screen until the new ones are here.
    reacted.rev = Some(90);
    let effects = happen(&mut state, Event::Local(LocalEvent::Page { chat: bob(), messages: vec![reacted], held: vec![(4, 4)] }));
    assert_eq!(row(&state, &bob(), 4).attached.reactions.len(), 1);
    assert!(matches!(asked(&effects)[..], [AttachedAsk::Reactions { .. }]));
}

#[test]
fn what_the_database_has_beside_messages_is_shown_without_a_link() {
    let mut state = lively();
    happen(&mut state, Event::Link(LinkEvent::Lost { reason: "down".into() }));
    let effects = open(&mut state, &bob(), vec![text("me", "bob", 3, 700, "mine")]);
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Store(StoreOp::LoadAttached { from: 3, to: 3, .. }))));
    let like = Reaction { kind: "👍".into(), count: 1, users: vec!["bob".into()], mine: false };
    let attached = Attached { reactions: vec![like], ..Attached::default() };
    let event = LocalEvent::Attached { chat: bob(), rows: vec![(3, attached)], pins: Pins::default() };
    assert!(asked(&happen(&mut state, Event::Local(event))).is_empty());
    assert_eq!(row(&state, &bob(), 3).attached.reactions.len(), 1);
}

#[test]
fn receipts_are_asked_for_and_told_for_what_is_on_the_screen() {
    let (mut state, effects) = with_rust();
    let asks = asked(&effects);
    assert!(asks.iter().any(|ask| matches!(ask, AttachedAsk::Receipts { places, .. } if *places == [37])), "{asks:?}");
    assert!(asks.iter().any(|ask| matches!(ask, AttachedAsk::Seen { places, .. } if *places == [38])), "{asks:?}");
    assert!(asked(&later(&mut state, 10)).is_empty(), "once");

    let receipt = Receipt { place: 37, read_num: 2, unread_num: 9 };
    let notice = ReceiptNotice { id: ConversationId::group("rust"), receipts: vec![receipt] };
    let effects = server(&mut state, ServerEvent::Receipt(notice));
    assert_eq!(row(&state, &rust(), 37).attached.receipt, Some(Counts { read: 2, unread: 9 }));
    assert_eq!(annotations(&effects).len(), 1);
    let effects = answer(&mut state, AttachedAnswer::Seen { chat: rust(), places: vec![38], result: Ok(()) });
    assert!(matches!(annotations(&effects)[..], [(38, Annotation::ReceiptSent(true))]));
}

#[test]
fn a_receipt_that_was_lost_is_told_after_the_next_login_and_a_refused_one_is_not() {
    let (mut state, _) = with_rust();
    answer(&mut state, AttachedAnswer::Seen { chat: rust(), places: vec![38], result: Err(refusal(0)) });
    assert!(asked(&later(&mut state, 10)).is_empty(), "no loop while the link is as it is");
    let login = || Event::Link(LinkEvent::Online { tiny_id: "144".into(), rev: None, me: None });
    let effects = happen(&mut state, login());
    assert!(asked(&effects).iter().any(|ask| matches!(ask, AttachedAsk::Seen { .. })));
    answer(&mut state, AttachedAnswer::Seen { chat: rust(), places: vec![38], result: Err(refusal(10062)) });
    let effects = happen(&mut state, login());
    assert!(!asked(&effects).iter().any(|ask| matches!(ask, AttachedAsk::Seen { .. })));
}

#[test]
fn a_message_behind_a_window_in_the_back_is_not_told_as_read() {
    let mut state = lively();
    state.in_front = false;
    let mut asks = text("bob", "bob", 4, 400, "read me");
    asks.need_read_receipt = Some(1);
    assert!(!asked(&open(&mut state, &bob(), vec![asks])).iter().any(|ask| matches!(ask, AttachedAsk::Seen { .. })));
    let effects = happen(&mut state, Event::Front(true));
    assert!(matches!(asked(&effects)[..], [AttachedAsk::Seen { keys, .. }] if keys.len() == 1), "{effects:?}");
}

#[rstest]
#[case("Public", 12, true, true)]
#[case("Private", 200, true, true)]
#[case("Public", 201, true, false)]
#[case("Community", 12, true, false)]
#[case("AVChatRoom", 12, true, false)]
#[case("Public", 12, false, false)]
fn messages_ask_for_receipts_where_the_group_and_the_person_allow_it(
    #[case] kind: &str,
    #[case] members: u64,
    #[case] wanted: bool,
    #[case] asks: bool,
) {
    let mut state = lively();
    state.receipts = wanted;
    let mut group = state.groups.get("rust").unwrap().clone();
    (group.kind, group.member_num) = (kind.to_owned(), members);
    state.groups.set("rust", Some(group));
    send(&mut state, &rust(), "hello".into(), &mut Vec::new());
    assert_eq!(state.outbox[0].receipt, asks);
}

#[test]
fn the_read_detail_pages_through_readers_and_the_others() {
    let (mut state, _) = with_rust();
    state.focus = Focus::Timeline;
    state.open_timeline_mut().unwrap().selected = Some(crate::state::timeline::RowKey::Place(37));
    let effects = press(&mut state, KeyCode::Char('I'));
    assert_eq!(asked(&effects).len(), 2);
    let users: Vec<String> = (0..100).map(|n| format!("user{n}")).collect();
    let page = ReadersPage { users, next: Some("100".into()) };
    answer(&mut state, AttachedAnswer::Readers { group: "rust".into(), place: 37, read: false, result: Ok(page) });
    press(&mut state, KeyCode::Right);
    let effects: Vec<Effect> = (0..10).flat_map(|_| press(&mut state, KeyCode::PageDown)).collect();
    assert!(
        matches!(asked(&effects)[..], [AttachedAsk::Readers { read: false, cursor, .. }] if cursor == "100"),
        "the next page is asked for once: {effects:?}"
    );
}

#[test]
fn pins_come_with_the_group_and_change_live() {
    let (mut state, effects) = with_rust();
    assert!(asked(&effects).iter().any(|ask| matches!(ask, AttachedAsk::Pins { .. })));
    let wire = |place: u64| WirePin { message: group_text("li", "rust", place, 400, "read me"), pinner: "li".into(), time: NOW_S };
    let effects = answer(&mut state, AttachedAnswer::Pins { group: "rust".into(), result: Ok(vec![wire(38)]) });
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Store(StoreOp::Pins { .. }))));
    let notice = PinNotice { group_id: "rust".into(), op_type: pin::PINNED, operator: "bob".into(), pin: wire(40) };
    server(&mut state, ServerEvent::Pin(notice));
    let places = |state: &State| state.open_timeline().unwrap().pins.list().iter().map(|pin| pin.place).collect::<Vec<_>>();
    assert_eq!(places(&state), [40, 38]);
    // Recalled messages are pinned no longer.
    server(
        &mut state,
        ServerEvent::RecalledGroup(vec![RecalledGroup { group_id: "rust".into(), msg_seq: 40, ..Default::default() }]),
    );
    assert_eq!(places(&state), [38]);
    let key = WirePin {
        message: WireMessage { to_group_id: Some("rust".into()), msg_seq: 38, ..Default::default() },
        ..Default::default()
    };
    let notice = PinNotice { group_id: "rust".into(), op_type: pin::UNPINNED, operator: "bob".into(), pin: key };
    server(&mut state, ServerEvent::Pin(notice));
    assert!(places(&state).is_empty());
}

#[test]
fn the_owner_pins_and_removes_and_a_member_cannot() {
    let (mut state, _) = with_rust();
    state.focus = Focus::Timeline;
    press(&mut state, KeyCode::Up);
    let effects = press(&mut state, KeyCode::Char('P'));
    assert!(matches!(asked(&effects)[..], [AttachedAsk::PinMessage { place: 40, on: true, .. }]), "{effects:?}");
    answer(&mut state, AttachedAnswer::MessagePinned { group: "rust".into(), place: 40, on: true, result: Ok(()) });
    assert!(state.open_timeline().unwrap().pins.has(40));
    run(&mut state, Action::Pins, "", &mut Vec::new());
    let effects = press(&mut state, KeyCode::Char('d'));
    assert!(matches!(asked(&effects)[..], [AttachedAsk::PinMessage { place: 40, on: false, .. }]));
    press(&mut state, KeyCode::Esc);

    let mut group = state.groups.get("rust").unwrap().clone();
    group.role = "Member".into();
    state.groups.set("rust", Some(group));
    assert!(asked(&press(&mut state, KeyCode::Char('P'))).is_empty());
    assert!(state.toast.as_ref().unwrap().text.contains("owner"));
}

#[test]
fn a_pinned_message_is_jumped_to() {
    let (mut state, _) = with_rust();
    let wire = WirePin { message: group_text("me", "rust", 37, 400, "who reads this?"), pinner: "li".into(), time: NOW_S };
    answer(&mut state, AttachedAnswer::Pins { group: "rust".into(), result: Ok(vec![wire]) });
    run(&mut state, Action::Pins, "", &mut Vec::new());
    press(&mut state, KeyCode::Enter);
    assert!(state.modals.is_empty());
    assert_eq!(state.open_timeline().unwrap().selected_row().and_then(|row| row.place), Some(37));
}

#[test]
fn a_recalled_message_says_who_did_it_and_is_not_unread_any_more() {
    let mut state = lively();
    open(&mut state, &bob(), vec![text("bob", "bob", 4, 600, "four")]);
    happen(&mut state, Event::Front(false));
    for place in [5, 6] {
        server(&mut state, ServerEvent::C2cMessage(text("bob", "bob", place, 10, "new")));
    }
    assert_eq!(state.open_conversation().unwrap().unread, 2);
    let recall = RecalledC2c {
        from_account: "bob".into(),
        to_account: "me".into(),
        pos: Some(6),
        revoker: Some("admin".into()),
        reason: Some("spam".into()),
        ..Default::default()
    };
    server(&mut state, ServerEvent::RecalledC2c(recall.clone()));
    server(&mut state, ServerEvent::RecalledC2c(recall));
    assert_eq!(state.open_conversation().unwrap().unread, 1, "told twice, it counts once");
    let row = row(&state, &bob(), 6);
    assert_eq!((&row.body, row.revoker.as_deref(), row.revoke_reason.as_str()), (&Body::Recalled, Some("admin"), "spam"));
}

fn changed_conversation(rev: u64) -> Synced {
    let id = ConversationId::c2c("bob");
    let bob = WireConversation { id, rev, last_place: 4, read_place: 4, show_name: "Bob Brown".into(), ..Default::default() };
    Synced { rev, complete: 1, conversations: vec![bob], ..Synced::default() }
}

#[test]
fn what_changed_while_away_is_read_for_the_conversations_that_changed_and_for_no_other() {
    let mut state = with_bob();
    state.sync.rev = 50;
    happen(&mut state, Event::Link(LinkEvent::SyncPage(Box::new(changed_conversation(60)))));
    let effects = happen(&mut state, Event::Link(LinkEvent::SyncDone { rev: 60 }));
    let changes: Vec<_> = asked(&effects).into_iter().filter(|ask| matches!(ask, AttachedAsk::Changes { .. })).collect();
    assert!(matches!(changes[..], [AttachedAsk::Changes { chat, rev: 50 }] if *chat == bob()), "{effects:?}");

    let mut edited = text("bob", "bob", 1, 900, "one, edited");
    (edited.msg_version, edited.rev) = (Some(1), Some(58));
    let mut recalled = text("bob", "bob", 2, 800, "");
    (recalled.msg_flag_bits, recalled.msg_body, recalled.rev) = (Some(8), Some(raw(&Vec::<Element>::new()).unwrap()), Some(57));
    let page = ChangedMessageList {
        msg_list: vec![edited, recalled],
        rev: 58,
        complete: 0,
        deleted: Some(vec![PlaceRange { first: 4, last: 4 }]),
    };
    let effects = answer(&mut state, AttachedAnswer::Changes { chat: bob(), result: Ok(Box::new(page)) });
    assert_eq!(row(&state, &bob(), 1).plain_text(), "one, edited");
    assert_eq!(row(&state, &bob(), 2).body, Body::Recalled);
    assert!(state.timeline(&bob()).unwrap().at(4).is_none());
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Store(StoreOp::DeleteRange { first: 4, last: 4, .. }))));
    assert!(matches!(asked(&effects)[..], [AttachedAsk::Changes { rev: 58, .. }]), "the next page follows");
    let page = ChangedMessageList { rev: 60, complete: 1, ..Default::default() };
    assert!(asked(&answer(&mut state, AttachedAnswer::Changes { chat: bob(), result: Ok(Box::new(page)) })).is_empty());
    assert_eq!(state.conversations.get(&bob()).unwrap().changes_from, 0);
}

#[test]
fn few_conversations_are_read_at_once_and_a_refused_one_is_no_loop() {
    let mut state = lively();
    state.sync.rev = 50;
    let conversations = (0..40).map(|n| WireConversation {
        id: ConversationId::c2c(format!("user{n}")),
        rev: 60,
        last_place: 3,
        ..Default::default()
    });
    let conversations: Vec<_> = conversations.collect();
    // They are known from before.
    for conversation in &conversations {
        let chat = ChatId::from_wire(&conversation.id).unwrap();
        state.conversations.change(&chat, |known| known.last_place = 2);
    }
    let page = Synced { rev: 60, complete: 1, conversations, ..Synced::default() };
    happen(&mut state, Event::Link(LinkEvent::SyncPage(Box::new(page))));
    let mut waiting: Vec<ChatId> = Vec::new();
    let mut take = |effects: &[Effect]| {
        for ask in asked(effects) {
            if let AttachedAsk::Changes { chat, .. } = ask {
                waiting.push(chat.clone());
            }
        }
        waiting.pop().map(|next| (next, waiting.len()))
    };
    let mut effects = happen(&mut state, Event::Link(LinkEvent::SyncDone { rev: 60 }));
    let mut requests = 0;
    while let Some((chat, others)) = take(&effects) {
        assert!(others < 2, "two at a time");
        requests += 1;
        let result = if requests == 1 {
            Err(refusal(10007))
        } else {
            Ok(Box::new(ChangedMessageList { rev: 60, complete: 1, ..Default::default() }))
        };
        effects = answer(&mut state, AttachedAnswer::Changes { chat, result });
    }
    assert_eq!(requests, 40, "each once");
}

fn typing_message(on: bool) -> WireMessage {
    let status = i64::from(on);
    let data = serde_json::json!({"businessID": "user_typing_status", "typingStatus": status, "version": 1}).to_string();
    let body = serde_json::json!([{"MsgType": "TIMCustomElem", "MsgContent": {"Data": data}}]);
    WireMessage { pos: None, online_only: Some(1), msg_body: Some(raw(&body).unwrap()), ..text("bob", "bob", 9, 0, "") }
}

#[test]
fn a_typing_peer_is_shown_for_five_seconds_or_until_the_message_and_counts_nothing() {
    let mut state = with_bob();
    let before = state.open_conversation().unwrap().clone();
    server(&mut state, ServerEvent::C2cMessage(typing_message(true)));
    let now = state.now.mono_ms;
    assert_eq!(state.live.typing_until(&bob(), now), Some(now + 5_000));
    assert_eq!(state.wake_at(), Some(now + 5_000));
    assert_eq!(state.open_conversation().unwrap(), &before);
    later(&mut state, 5_000);
    assert_eq!(state.live.typing_until(&bob(), state.now.mono_ms), None);
    assert_eq!(state.wake_at(), None, "no timer runs when nothing moves");

    for end in [typing_message(false), text("bob", "bob", 5, 0, "here it is")] {
        server(&mut state, ServerEvent::C2cMessage(typing_message(true)));
        server(&mut state, ServerEvent::C2cMessage(end));
        assert_eq!(state.live.typing_until(&bob(), state.now.mono_ms), None);
    }
}

#[test]
fn a_typing_stranger_makes_no_conversation() {
    let mut state = lively();
    let message = WireMessage { from_account: "stranger".into(), ..typing_message(true) };
    server(&mut state, ServerEvent::C2cMessage(message));
    assert!(state.conversations.get(&ChatId::user("stranger")).is_none());
}

fn typings(effects: &[Effect]) -> Vec<bool> {
    let typing = |ask: &&AttachedAsk| if let AttachedAsk::Typing { on, .. } = ask { Some(*on) } else { None };
    asked(effects).iter().filter_map(typing).collect()
}

#[test]
fn a_peer_who_has_just_written_is_told_that_one_types_every_four_seconds_and_its_end() {
    let mut state = with_bob();
    assert!(typings(&type_text(&mut state, "a")).is_empty(), "the last message is old");
    press(&mut state, KeyCode::Backspace);
    let mut fresh = text("bob", "bob", 5, 0, "are you there?");
    fresh.cloud_custom_data = Some(r#"{"messageFeature":{"needTyping":1,"version":1}}"#.into());
    server(&mut state, ServerEvent::C2cMessage(fresh));
    assert_eq!(typings(&type_text(&mut state, "yes")), [true]);
    later(&mut state, 4_000);
    assert_eq!(typings(&type_text(&mut state, "!")), [true]);
    assert_eq!(typings(&press(&mut state, KeyCode::Enter)), [false], "sent");
    assert_eq!(typings(&type_text(&mut state, "/he")), [] as [bool; 0], "a command is no message");
}

#[test]
fn a_peer_whose_client_does_not_show_it_is_not_told() {
    let mut state = with_bob();
    server(&mut state, ServerEvent::C2cMessage(text("bob", "bob", 5, 0, "are you there?")));
    assert!(typings(&type_text(&mut state, "yes")).is_empty());
}

#[test]
fn a_muted_person_cannot_write_until_the_mute_ends() {
    let (mut state, effects) = with_rust();
    assert!(asked(&effects).iter().any(|ask| matches!(ask, AttachedAsk::Muted { .. })));
    let muted = Muted { until_s: NOW_S + 60, all: false };
    answer(&mut state, AttachedAnswer::Muted { group: "rust".into(), result: Ok(muted) });
    type_text(&mut state, "hello");
    assert_eq!(state.composer.text(), "");
    assert!(state.toast.as_ref().unwrap().text.contains("muted until 14:03"));
    type_text(&mut state, "/he");
    assert_eq!(state.composer.text(), "/he", "commands work");
    state.composer.set("");
    later(&mut state, 61_000);
    type_text(&mut state, "hello");
    assert_eq!(state.composer.text(), "hello");
}

#[test]
fn mute_all_binds_members_and_not_the_owner() {
    let (mut state, _) = with_rust();
    let mut tip = group_text("bob", "rust", 41, 0, "");
    (tip.is_system_msg, tip.msg_body) = (
        Some(1),
        Some(raw(&serde_json::json!({"OpType": 6, "Operator_Account": "bob", "MsgGroupNewInfo": {"ShutupAll": "On"}})).unwrap()),
    );
    server(&mut state, ServerEvent::GroupTip(tip));
    assert_eq!(crate::update::mute_says(&state, &rust()), None);
    let mut group = state.groups.get("rust").unwrap().clone();
    group.role = "Member".into();
    state.groups.set("rust", Some(group));
    assert!(crate::update::mute_says(&state, &rust()).unwrap().contains("everybody"));
}

#[test]
fn a_message_that_the_group_dropped_does_not_look_delivered() {
    let (mut state, _) = with_rust();
    send(&mut state, &rust(), "too fast".into(), &mut Vec::new());
    let key = state.outbox[0].key();
    let result = Ok(Delivered { time_s: NOW_S, place: None });
    happen(&mut state, Event::Answer(Answer::Delivered { key, result }));
    let last = state.open_timeline().unwrap().rows().last().unwrap();
    assert!(matches!(last.delivery, Delivery::Failed { code: 10023, .. }), "{:?}", last.delivery);
    assert!(state.outbox[0].failed.is_some(), "it can be sent again");
}

#[rstest]
#[case(20007, "blocked")]
#[case(20009, "friends")]
#[case(10017, "muted")]
#[case(60020, "not enabled by the administrator")]
#[case(80001, "not allowed")]
#[case(120_001, "no")]
fn a_refused_message_says_why_in_words_and_with_the_code(#[case] code: i32, #[case] words: &str) {
    let mut state = with_bob();
    send(&mut state, &bob(), "hello".into(), &mut Vec::new());
    let key = state.outbox[0].key();
    happen(&mut state, Event::Answer(Answer::Delivered { key, result: Err(refusal(code)) }));
    let Delivery::Failed { code: told, text } = &state.open_timeline().unwrap().rows().last().unwrap().delivery else { panic!() };
    assert_eq!(*told, code);
    assert!(text.contains(words), "{text}");
}

#[test]
fn the_state_of_a_peer_is_known_until_the_next_login() {
    let mut state = with_bob();
    state.live.watch("bob");
    server(&mut state, ServerEvent::UserStatus(UserStatus { to_account: "bob".into(), status: 1, custom_status: None }));
    assert_eq!(state.live.presence("bob"), Some(Presence::Online));
    happen(&mut state, Event::Link(LinkEvent::Online { tiny_id: "144".into(), rev: None, me: None }));
    assert_eq!(state.live.presence("bob"), None);
}
