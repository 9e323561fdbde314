//! The page of a group, as it is used.

use super::*;
use crate::effect::GroupField;
use crate::event::{Answer, Event, GroupTold, Refusal};
use crate::state::conversation::ChatId;
use crate::state::fixture::{NOW_S, group_text, lively, now};
use crate::update::update;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use serde_json::{json, value::RawValue};
use tern_protocol::api::conversation::SyncGroup;
use tern_protocol::api::group::{GroupMembers, GroupProfile, MemberProfile, MemberResult};
use tern_protocol::api::message::{GroupInfo, Message as WireMessage};
use tern_protocol::event::{ChangedMember, Event as ServerEvent, MembersChange};

pub(crate) fn happen(state: &mut State, event: Event) -> Vec<Effect> {
    update(state, event, now())
}

pub(crate) fn press(state: &mut State, code: KeyCode) -> Vec<Effect> {
    happen(state, Event::Key(KeyEvent::new(code, KeyModifiers::NONE)))
}

fn type_text(state: &mut State, text: &str) {
    for c in text.chars() {
        press(state, KeyCode::Char(c));
    }
}

pub(crate) fn answer(state: &mut State, ask: GroupAsk, told: GroupTold) -> Vec<Effect> {
    happen(state, Event::Answer(Answer::Group { ask, result: Ok(told) }))
}

/// What the server is asked.
pub(crate) fn asks(effects: &[Effect]) -> Vec<&GroupAsk> {
    effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Ask(Ask::Group(ask)) => Some(ask),
            _ => None,
        })
        .collect()
}

fn profile() -> GroupProfile {
    GroupProfile {
        group_id: "rust".into(),
        name: Some("Rust study".into()),
        introduction: Some("We read the book together".into()),
        notification: Some("Read chapter 4".into()),
        owner_account: Some("me".into()),
        apply_join_option: Some("NeedPermission".into()),
        invite_join_option: Some("FreeAccess".into()),
        mute_all_member: Some("Off".into()),
        self_info: Some(MemberProfile { name_card: Some("The boss".into()), ..MemberProfile::default() }),
        ..GroupProfile::default()
    }
}

fn member(user: &str, nick: &str, role: &str) -> MemberProfile {
    MemberProfile {
        member_account: Some(user.into()),
        nick: Some(nick.into()),
        role: Some(role.into()),
        online_status: Some(if user == "li" { "Offline" } else { "Online" }.into()),
        ..MemberProfile::default()
    }
}

/// A group of four whose page is open.
pub(crate) fn opened(role: &str) -> State {
    let mut state = lively();
    state.sync.rev = 1;
    let rust = ChatId::group("rust");
    crate::update::open_chat(&mut state, &rust, &mut Vec::new());
    let mut group = state.groups.get("rust").unwrap().clone();
    group.role = role.into();
    state.groups.set("rust", Some(group));
    happen(&mut state, Event::Key(KeyEvent::new(KeyCode::Char('i'), KeyModifiers::ALT)));
    let group = || "rust".to_owned();
    answer(&mut state, GroupAsk::Facts { group: group() }, GroupTold::Facts(Box::new(profile())));
    let list = vec![
        member("me", "Me", role),
        member("bob", "Bob Brown", "Admin"),
        member("li", "李小龙", "Member"),
        member("cy", "", "Member"),
    ];
    let members = GroupMembers { member_num: 4, member_list: list, next: None };
    let from = crate::state::modal::MembersPage::Offset(0);
    answer(&mut state, GroupAsk::Members { group: group(), from }, GroupTold::Members(Box::new(members)));
    let admins = GroupMembers { member_num: 4, member_list: vec![member("bob", "Bob Brown", "Admin")], next: None };
    answer(&mut state, GroupAsk::Admins { group: group() }, GroupTold::Members(Box::new(admins)));
    answer(&mut state, GroupAsk::Muted { group: group() }, GroupTold::Muted(vec![("cy".into(), NOW_S + 3_600)]));
    state
}

fn open_page(state: &State) -> &GroupPage {
    page(state).expect("the page is on top")
}

/// Walks to the row with this label and presses Enter.
fn enter_row(state: &mut State, label: &str) -> Vec<Effect> {
    let at = |state: &State| rows(state, open_page(state)).iter().position(|row| row.label.starts_with(label)).expect(label);
    let target = at(state);
    for _ in 0..60 {
        if open_page(state).chosen >= target {
            break;
        }
        press(state, KeyCode::Down);
    }
    assert_eq!(open_page(state).chosen, target, "{label}");
    press(state, KeyCode::Enter)
}

/// On the members' page with this member chosen and the menu open.
fn member_menu(state: &mut State, user: &str) -> Vec<MemberAct> {
    go_to(state, GroupTab::Members, &mut Vec::new());
    let at = open_page(state).shown().position(|member| member.user == user).unwrap();
    for _ in 0..at {
        press(state, KeyCode::Down);
    }
    press(state, KeyCode::Enter);
    let menu = open_page(state).menu.clone().expect("a menu");
    open_page(state).member_acts(state, &menu.member)
}

fn do_act(state: &mut State, user: &str, act: MemberAct) -> Vec<Effect> {
    let acts = member_menu(state, user);
    for _ in 0..acts.iter().position(|offered| *offered == act).expect("offered") {
        press(state, KeyCode::Down);
    }
    press(state, KeyCode::Enter)
}

pub(crate) fn tip(body: serde_json::Value) -> Event {
    let wire = WireMessage {
        is_system_msg: Some(1),
        msg_body: Some(RawValue::from_string(body.to_string()).unwrap()),
        ..group_text("bob", "rust", 90, 0, "")
    };
    Event::Server(ServerEvent::GroupTip(wire))
}

pub(crate) fn notice(kind: i64, operator: &str) -> Event {
    let body = json!({"ReportType": kind, "Operator_Account": operator});
    let wire = WireMessage {
        to_group_id: Some("rust".into()),
        group_info: Some(GroupInfo { group_name: "Rust study".into(), ..GroupInfo::default() }),
        msg_body: Some(RawValue::from_string(body.to_string()).unwrap()),
        ..WireMessage::default()
    };
    Event::Server(ServerEvent::GroupNotice(wire))
}

#[test]
fn opening_asks_for_facts_and_the_first_members_and_by_role_for_the_rest() {
    let mut state = lively();
    crate::update::open_chat(&mut state, &ChatId::group("rust"), &mut Vec::new());
    let effects = happen(&mut state, Event::Key(KeyEvent::new(KeyCode::Char('i'), KeyModifiers::ALT)));
    let asked = asks(&effects);
    assert!(asked.iter().any(|ask| matches!(ask, GroupAsk::Facts { .. })));
    assert!(asked.iter().any(|ask| matches!(ask, GroupAsk::Members { .. })));
    assert!(asked.iter().any(|ask| matches!(ask, GroupAsk::Admins { .. })));
    assert!(asked.iter().any(|ask| matches!(ask, GroupAsk::Muted { .. })));
}

#[test]
fn a_name_is_changed_within_its_bytes() {
    let mut state = opened("Owner");
    enter_row(&mut state, "Name");
    type_text(&mut state, " 和朋友们和朋友们和朋友们");
    press(&mut state, KeyCode::Enter);
    let Some(Modal::Form(form)) = state.modals.last() else { panic!("the form stays") };
    assert!(form.error.as_deref().is_some_and(|error| error.contains("30 are allowed")), "{:?}", form.error);
    happen(&mut state, Event::Key(KeyEvent::new(KeyCode::Char('u'), KeyModifiers::CONTROL)));
    type_text(&mut state, "Rusters");
    let effects = press(&mut state, KeyCode::Enter);
    let asked = asks(&effects)[0].clone();
    assert_eq!(asked, GroupAsk::Change { group: "rust".into(), field: GroupField::Name, text: "Rusters".into() });
    answer(&mut state, asked, GroupTold::Done);
    assert_eq!(state.groups.get("rust").unwrap().name, "Rusters");
    assert_eq!(state.name_of(&ChatId::group("rust")), "Rusters");
    assert!(page(&state).is_some(), "back on the page");
}

#[test]
fn a_refusal_stands_in_the_form_that_asked() {
    let mut state = opened("Owner");
    enter_row(&mut state, "Notice");
    type_text(&mut state, "!");
    let effects = press(&mut state, KeyCode::Enter);
    let ask = asks(&effects)[0].clone();
    let refusal = Refusal { code: 10007, text: "no permission".into() };
    happen(&mut state, Event::Answer(Answer::Group { ask, result: Err(refusal) }));
    let Some(Modal::Form(form)) = state.modals.last() else { panic!("the form stays") };
    assert!(!form.busy && form.error.as_deref() == Some("no permission (code 10007)"));
}

#[test]
fn members_are_offered_what_the_role_allows() {
    use MemberAct::*;
    let mut state = opened("Owner");
    assert_eq!(member_menu(&mut state, "bob"), [Message, Mention, CopyId, NameCard, Dismiss, Mute, Transfer, Remove]);
    let mut state = opened("Owner");
    assert_eq!(member_menu(&mut state, "cy"), [Message, Mention, CopyId, NameCard, Appoint, Mute, Unmute, Transfer, Remove]);
    let mut state = opened("Admin");
    assert_eq!(member_menu(&mut state, "bob"), [Message, Mention, CopyId], "an administrator and another");
    let mut state = opened("Admin");
    assert_eq!(member_menu(&mut state, "li"), [Message, Mention, CopyId, NameCard, Mute, Remove]);
    let mut state = opened("Member");
    assert_eq!(member_menu(&mut state, "li"), [Message, Mention, CopyId]);
    let mut state = opened("Member");
    assert_eq!(member_menu(&mut state, "me"), [CopyId, NameCard]);
}

#[test]
fn a_demoted_administrators_open_menu_and_page_lose_what_they_offered() {
    let mut state = opened("Admin");
    assert!(member_menu(&mut state, "li").contains(&MemberAct::Remove));
    happen(&mut state, notice(10, "bob"));
    let menu = open_page(&state).menu.clone().unwrap();
    assert_eq!(open_page(&state).member_acts(&state, &menu.member), [MemberAct::Message, MemberAct::Mention, MemberAct::CopyId]);
    press(&mut state, KeyCode::Esc);
    let mut state = opened("Admin");
    go_to(&mut state, GroupTab::Manage, &mut Vec::new());
    assert_eq!(open_page(&state).tab, GroupTab::Manage);
    happen(&mut state, tip(json!({"OpType": 5, "Operator_Account": "bob", "List_Account": ["me"]})));
    assert_eq!(open_page(&state).tab, GroupTab::Details, "management is gone");
    assert_eq!(open_page(&state).tabs(&state), [GroupTab::Details, GroupTab::Members]);
}

#[test]
fn a_members_menu_keeps_what_is_chosen_while_other_entries_come_and_go() {
    let mut state = opened("Owner");
    let acts = member_menu(&mut state, "li");
    let remove = acts.iter().position(|act| *act == MemberAct::Remove).unwrap();
    (0..remove).for_each(|_| drop(press(&mut state, KeyCode::Down)));
    let menu = |state: &State| open_page(state).menu.clone().unwrap();
    // Li becomes an administrator and is muted meanwhile: entries above the chosen one change.
    happen(&mut state, tip(json!({"OpType": 4, "Operator_Account": "eve", "List_Account": ["li"]})));
    assert_eq!((menu(&state).chosen, menu(&state).member.role.as_str()), (MemberAct::Remove, "Admin"));
    let acts = open_page(&state).member_acts(&state, &menu(&state).member);
    assert!(acts.contains(&MemberAct::Dismiss) && !acts.contains(&MemberAct::Appoint), "{acts:?}");
    let muted = json!({"OpType": 7, "Operator_Account": "bob", "MsgMemberInfo": [{"User_Account": "li", "ShutupTime": 60}]});
    happen(&mut state, tip(muted));
    assert_eq!(menu(&state).chosen, MemberAct::Remove);
    // An owner no more: what was chosen is not allowed, and the first entry is chosen.
    happen(&mut state, notice(10, "bob"));
    assert_eq!(menu(&state).chosen, MemberAct::Message);
    // Who leaves takes the menu along.
    happen(&mut state, tip(json!({"OpType": 2, "Operator_Account": "li", "List_Account": ["li"], "MemberNum": 3})));
    assert!(open_page(&state).menu.is_none() && open_page(&state).known("li").is_none());
}

#[test]
fn the_parts_of_the_page_and_the_keys_below_it_are_clicked_on() {
    let mut state = opened("Owner");
    let click = |state: &mut State, column: u16, row: u16| {
        let kind = MouseEventKind::Down(MouseButton::Left);
        happen(state, Event::Mouse(MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE }))
    };
    // " Details   4 members   Manage" in the second row of the screen's dialog.
    click(&mut state, 26, 2);
    assert_eq!(open_page(&state).tab, GroupTab::Manage);
    click(&mut state, 14, 2);
    assert_eq!(open_page(&state).tab, GroupTab::Members);
    // The bottom line says "Esc close" at its end.
    click(&mut state, 78, 23);
    assert!(page(&state).is_none());
}

#[test]
fn everybody_is_muted_by_the_profile_that_the_server_tells() {
    let mut state = opened("Member");
    press(&mut state, KeyCode::Esc);
    let profile = |word: &str| SyncGroup {
        group_id: "rust".into(),
        name: "Rust study".into(),
        member_num: 4,
        mute_all_member: Some(word.into()),
        ..SyncGroup::default()
    };
    happen(&mut state, Event::Server(ServerEvent::GroupProfile(profile("On"))));
    let rust = ChatId::group("rust");
    assert_eq!(crate::update::mute_says(&state, &rust).as_deref(), Some("everybody is muted in this group"));
    happen(&mut state, Event::Server(ServerEvent::GroupProfile(profile("Off"))));
    assert_eq!(crate::update::mute_says(&state, &rust), None);
}

#[test]
fn a_name_card_role_or_mute_that_somebody_else_set_shows_at_once() {
    let mut state = opened("Owner");
    let wire = WireMessage { nick: Some("Bob Brown".into()), ..group_text("bob", "rust", 91, 60, "hello") };
    happen(&mut state, Event::Server(ServerEvent::GroupMessage(wire)));
    member_menu(&mut state, "bob");
    let changed = |name_card: &str, role: &str, mute_until: i64| {
        let member = ChangedMember { account: "bob".into(), role: role.into(), name_card: name_card.into(), mute_until };
        Event::Server(ServerEvent::GroupMembers(MembersChange { group_id: "rust".into(), members: vec![member] }))
    };
    happen(&mut state, changed("The smith", "Member", NOW_S + 600));
    let bob = open_page(&state).known("bob").unwrap().clone();
    assert_eq!((bob.name.as_str(), bob.card.as_str(), bob.role.as_str()), ("The smith", "The smith", "Member"));
    assert_eq!(bob.muted_until_s, NOW_S + 600);
    assert!(open_page(&state).admins.is_empty() && open_page(&state).muted.iter().any(|(user, _)| user == "bob"));
    let menu = open_page(&state).menu.clone().unwrap();
    assert!(open_page(&state).member_acts(&state, &menu.member).contains(&MemberAct::Appoint), "the open menu follows");
    let rust = ChatId::group("rust");
    let named = |state: &State| state.sender_name(state.timeline(&rust).unwrap().rows().last().unwrap()).to_owned();
    assert_eq!(named(&state), "The smith");
    happen(&mut state, changed("", "Admin", 0));
    assert_eq!(named(&state), "Bob Brown", "without a card the nick counts");
}

#[test]
fn another_nick_shows_in_rows_without_name_cards_at_once() {
    let mut state = opened("Member");
    let said = |user: &str, place: u64, nick: &str, card: &str| {
        let base = group_text(user, "rust", place, 60, "hello");
        let card = Some(card.to_owned()).filter(|card| !card.is_empty());
        let info = base.group_info.clone().map(|info| GroupInfo { name_card: card, ..info });
        WireMessage { nick: Some(nick.into()), group_info: info, ..base }
    };
    for wire in [said("bob", 91, "Bob Brown", ""), said("bob", 92, "Bob Brown", "The smith"), said("bob", 93, "Robert", "")] {
        happen(&mut state, Event::Server(ServerEvent::GroupMessage(wire)));
    }
    let named = |state: &State, place: u64| {
        let timeline = state.timeline(&ChatId::group("rust")).unwrap();
        let row = timeline.rows().iter().find(|row| row.place == Some(place)).unwrap();
        state.sender_name(row).to_owned()
    };
    assert_eq!([named(&state, 91), named(&state, 92)], ["Robert", "The smith"]);
    assert_eq!(open_page(&state).known("bob").unwrap().name, "Robert", "the list of members too");
    assert_eq!(state.name_of(&ChatId::user("bob")), "Robert", "and the conversation with him");
}

#[test]
fn a_message_menu_follows_the_role_at_once() {
    let mut state = opened("Admin");
    press(&mut state, KeyCode::Esc);
    let local = crate::event::LocalEvent::Page {
        chat: ChatId::group("rust"),
        messages: vec![group_text("li", "rust", 40, 60, "hello")],
        held: vec![(40, 40)],
    };
    happen(&mut state, Event::Local(local));
    press(&mut state, KeyCode::Up);
    press(&mut state, KeyCode::Enter);
    let offers = |state: &State| match state.modals.last() {
        Some(Modal::Menu(menu)) => menu.actions.clone(),
        other => panic!("{other:?}"),
    };
    assert!(offers(&state).contains(&Action::Recall) && offers(&state).contains(&Action::PinMessage));
    happen(&mut state, notice(10, "bob"));
    assert!(!offers(&state).contains(&Action::Recall) && !offers(&state).contains(&Action::PinMessage));
}

#[test]
fn a_member_is_muted_for_a_chosen_or_a_typed_time_and_speaks_again() {
    let mut state = opened("Owner");
    do_act(&mut state, "li", MemberAct::Mute);
    press(&mut state, KeyCode::Down);
    let effects = press(&mut state, KeyCode::Enter);
    assert_eq!(asks(&effects), [&GroupAsk::Mute { group: "rust".into(), user: "li".into(), seconds: 3_600 }]);
    let ask = asks(&effects)[0].clone();
    let effects = answer(&mut state, ask, GroupTold::Done);
    assert!(asks(&effects).contains(&&GroupAsk::Muted { group: "rust".into() }), "the list is read anew");
    let muted = open_page(&state).members.iter().find(|member| member.user == "li").unwrap().muted_until_s;
    assert_eq!(muted, NOW_S + 3_600);

    let mut state = opened("Owner");
    do_act(&mut state, "li", MemberAct::Mute);
    press(&mut state, KeyCode::PageDown);
    press(&mut state, KeyCode::Enter);
    type_text(&mut state, "2h");
    let effects = press(&mut state, KeyCode::Enter);
    assert_eq!(asks(&effects), [&GroupAsk::Mute { group: "rust".into(), user: "li".into(), seconds: 7_200 }]);

    let mut state = opened("Owner");
    go_to(&mut state, GroupTab::Manage, &mut Vec::new());
    let effects = enter_row(&mut state, "cy");
    assert_eq!(asks(&effects), [&GroupAsk::Mute { group: "rust".into(), user: "cy".into(), seconds: 0 }]);
}

#[test]
fn administrators_are_picked_from_the_members_and_the_group_is_handed_on_after_a_yes() {
    let mut state = opened("Owner");
    go_to(&mut state, GroupTab::Manage, &mut Vec::new());
    enter_row(&mut state, "Add one");
    assert_eq!(open_page(&state).pick, Some(Pick::Admin));
    press(&mut state, KeyCode::Down);
    assert!(asks(&press(&mut state, KeyCode::Enter)).is_empty(), "bob is one already");
    press(&mut state, KeyCode::Down);
    let effects = press(&mut state, KeyCode::Enter);
    assert_eq!(asks(&effects), [&GroupAsk::SetAdmin { group: "rust".into(), user: "li".into(), on: true }]);

    enter_row_after_manage(&mut state, "Transfer");
    press(&mut state, KeyCode::Down);
    assert!(asks(&press(&mut state, KeyCode::Enter)).is_empty(), "a question first");
    let effects = press(&mut state, KeyCode::Enter);
    let ask = asks(&effects)[0].clone();
    assert_eq!(ask, GroupAsk::Transfer { group: "rust".into(), user: "bob".into() });
    answer(&mut state, ask, GroupTold::Done);
    assert_eq!(state.groups.get("rust").unwrap().role, "Member");
    assert_eq!(open_page(&state).tabs(&state), [GroupTab::Details, GroupTab::Members]);
}

fn enter_row_after_manage(state: &mut State, label: &str) {
    go_to(state, GroupTab::Manage, &mut Vec::new());
    enter_row(state, label);
}

#[test]
fn several_are_added_at_once_and_each_is_told_about() {
    let mut state = opened("Owner");
    press(&mut state, KeyCode::Char('a'));
    type_text(&mut state, "dan, eve fay");
    let effects = press(&mut state, KeyCode::Enter);
    let ask = asks(&effects)[0].clone();
    assert_eq!(ask, GroupAsk::Add { group: "rust".into(), users: vec!["dan".into(), "eve".into(), "fay".into()] });
    let result = |user: &str, result| MemberResult { member_account: user.into(), result };
    let results = vec![result("dan", 1), result("eve", 3), result("fay", 4)];
    let effects = answer(&mut state, ask, GroupTold::Added(results));
    assert!(asks(&effects).iter().any(|ask| matches!(ask, GroupAsk::Members { .. })), "the list is read anew");
    let texts: Vec<(&str, bool)> = open_page(&state).results.iter().map(|(text, good)| (text.as_str(), *good)).collect();
    assert_eq!(
        texts,
        [
            ("dan is in the group now", true),
            ("eve was asked; the group or they decide", true),
            ("fay is in too many groups", false)
        ]
    );
    press(&mut state, KeyCode::Esc);
    assert!(open_page(&state).results.is_empty());
}

#[test]
fn nobody_is_added_where_the_inviting_method_forbids_it() {
    let mut state = opened("Member");
    with_page(&mut state, |page| page.facts.as_mut().unwrap().invite = "DisableInvite".into());
    press(&mut state, KeyCode::Char('a'));
    assert!(page(&state).is_some(), "no form");
    assert!(state.toast.as_ref().is_some_and(|toast| toast.text.contains("forbids")));
}

#[test]
fn picked_members_are_removed_together_but_not_whom_the_role_does_not_reach() {
    let mut state = opened("Admin");
    go_to(&mut state, GroupTab::Members, &mut Vec::new());
    for _ in 0..4 {
        press(&mut state, KeyCode::Char(' '));
    }
    press(&mut state, KeyCode::Char('d'));
    let effects = press(&mut state, KeyCode::Enter);
    let ask = asks(&effects)[0].clone();
    assert_eq!(ask, GroupAsk::Remove { group: "rust".into(), users: vec!["li".into(), "cy".into()], reason: String::new() });
    answer(&mut state, ask, GroupTold::Done);
    let left: Vec<&str> = open_page(&state).members.iter().map(|member| member.user.as_str()).collect();
    assert_eq!(left, ["me", "bob"]);
}

#[test]
fn a_member_is_found_mentioned_and_written_to() {
    let mut state = opened("Member");
    press(&mut state, KeyCode::Char('/'));
    type_text(&mut state, "li");
    let effects = press(&mut state, KeyCode::Enter);
    let ask = asks(&effects)[0].clone();
    assert_eq!(ask, GroupAsk::FindMembers { group: "rust".into(), words: "li".into() });
    let found = tern_protocol::api::search::FoundMember { user_id: "li".into(), nick: "李小龙".into(), ..Default::default() };
    let found = tern_protocol::api::search::FoundMembers { members: vec![found], cursor: None };
    answer(&mut state, ask, GroupTold::Found(found));
    assert_eq!(open_page(&state).shown().count(), 1);
    press(&mut state, KeyCode::Char('@'));
    assert!(state.modals.is_empty());
    assert_eq!(state.composer.text(), "@李小龙 ");
    assert_eq!(state.composer.mentions()[0].user, "li");
    let mut state = opened("Member");
    do_act(&mut state, "bob", MemberAct::Message);
    assert_eq!(state.open, Some(ChatId::user("bob")));
}

#[test]
fn a_name_card_shows_in_the_rows_that_are_there() {
    let mut state = opened("Owner");
    let local = crate::event::LocalEvent::Page {
        chat: ChatId::group("rust"),
        messages: vec![group_text("li", "rust", 40, 60, "hello")],
        held: vec![(40, 40)],
    };
    happen(&mut state, Event::Local(local));
    do_act(&mut state, "li", MemberAct::NameCard);
    type_text(&mut state, "Bruce Lee");
    press(&mut state, KeyCode::Enter);
    let Some(Modal::Form(form)) = state.modals.last() else { panic!("the form stays") };
    assert!(form.error.is_some(), "a blank is none of the characters");
    press(&mut state, KeyCode::Backspace);
    press(&mut state, KeyCode::Backspace);
    press(&mut state, KeyCode::Backspace);
    press(&mut state, KeyCode::Backspace);
    let effects = press(&mut state, KeyCode::Enter);
    let ask = asks(&effects)[0].clone();
    assert_eq!(ask, GroupAsk::NameCard { group: "rust".into(), user: "li".into(), text: "Bruce".into() });
    answer(&mut state, ask, GroupTold::Done);
    assert_eq!(&*state.open_timeline().unwrap().rows()[0].sender_name, "Bruce");
    let shown: Vec<&str> = open_page(&state).members.iter().map(|member| member.shown()).collect();
    assert!(shown.contains(&"Bruce"));
}

#[test]
fn whoever_is_removed_sees_the_chat_close_and_cannot_write() {
    for (kind, words) in [(4, "removed you"), (5, "dismissed"), (11, "taken back")] {
        let mut state = opened("Member");
        happen(&mut state, notice(kind, "bob"));
        assert!(state.modals.is_empty() && state.open.is_none(), "page and chat are closed");
        assert!(state.toast.as_ref().is_some_and(|toast| toast.text.contains(words)), "{:?}", state.toast);
        // The pull that follows is answered; what was said can be looked at again.
        state.sync.pulling = false;
        crate::update::open_chat(&mut state, &ChatId::group("rust"), &mut Vec::new());
        press(&mut state, KeyCode::Char('x'));
        assert!(state.composer.is_blank(), "the input is disabled");
        assert!(crate::update::mute_says(&state, &ChatId::group("rust")).unwrap().contains("no member"));
    }
}

#[test]
fn tips_change_what_the_page_and_the_title_say() {
    let mut state = opened("Admin");
    let change = json!({"GroupName": "Rusters", "GroupNotification": "Chapter 5"});
    happen(&mut state, tip(json!({"OpType": 6, "Operator_Account": "bob", "MsgGroupNewInfo": change})));
    assert_eq!(state.groups.get("rust").unwrap().name, "Rusters");
    assert_eq!(state.groups.get("rust").unwrap().notification, "Chapter 5");
    assert!(state.toast.as_ref().is_some_and(|toast| toast.text == "New notice: Chapter 5"));
    happen(&mut state, tip(json!({"OpType": 6, "Operator_Account": "bob", "MsgGroupNewInfo": {"Owner_Account": "me"}})));
    assert_eq!(state.groups.get("rust").unwrap().role, "Owner");
    happen(&mut state, tip(json!({"OpType": 1, "Operator_Account": "bob", "List_Account": ["dan"], "MemberNum": 5})));
    assert_eq!(state.groups.get("rust").unwrap().member_num, 5);
}

#[test]
fn options_and_the_end_of_the_group_are_the_owners() {
    let mut state = opened("Owner");
    go_to(&mut state, GroupTab::Manage, &mut Vec::new());
    let effects = enter_row(&mut state, "Mute everybody");
    assert_eq!(asks(&effects), [&GroupAsk::Change { group: "rust".into(), field: GroupField::MuteAll, text: "On".into() }]);
    enter_row(&mut state, "Joining");
    press(&mut state, KeyCode::Down);
    press(&mut state, KeyCode::Down);
    let effects = press(&mut state, KeyCode::Enter);
    assert_eq!(asks(&effects), [&GroupAsk::Change { group: "rust".into(), field: GroupField::Join, text: "FreeAccess".into() }]);
    go_to(&mut state, GroupTab::Details, &mut Vec::new());
    assert!(rows(&state, open_page(&state)).iter().all(|row| !row.label.starts_with("Leave")), "an owner does not leave");
    assert!(asks(&enter_row(&mut state, "Disband")).is_empty(), "a question first");
    let effects = press(&mut state, KeyCode::Enter);
    let ask = asks(&effects)[0].clone();
    assert_eq!(ask, GroupAsk::Disband { group: "rust".into() });
    answer(&mut state, ask, GroupTold::Done);
    assert!(state.groups.get("rust").is_none() && state.open.is_none() && state.modals.is_empty());
}

#[test]
fn the_chosen_row_stays_chosen_when_rows_come_above_it() {
    let mut state = opened("Owner");
    press(&mut state, KeyCode::Esc);
    run(&mut state, Action::GroupNotice, "", &mut Vec::new());
    happen(&mut state, Event::Woke);
    let chosen = |state: &State| rows(state, open_page(state))[open_page(state).chosen].label.clone();
    assert_eq!((chosen(&state).as_str(), open_page(&state).facts.is_none()), ("Notice", true));
    answer(&mut state, GroupAsk::Facts { group: "rust".into() }, GroupTold::Facts(Box::new(profile())));
    assert_eq!(chosen(&state), "Notice", "the owner's row stands above it now");
    press(&mut state, KeyCode::Down);
    assert_eq!(chosen(&state), "Introduction");
}

#[test]
fn the_key_of_the_members_turns_the_page_to_them() {
    let mut state = opened("Member");
    assert_eq!(open_page(&state).tab, GroupTab::Details);
    happen(&mut state, Event::Key(KeyEvent::new(KeyCode::Char('g'), KeyModifiers::CONTROL)));
    assert_eq!((open_page(&state).tab, state.modals.len()), (GroupTab::Members, 1));
}
