use crate::action::Action;
use crate::effect::{Ask, CommunityAsk, Effect, GroupAsk, TopicChange};
use crate::event::{Answer, CommunityAnswer, Event, GroupFacts};
use crate::state::conversation::ChatId;
use crate::state::create::NewGroup;
use crate::state::fixture::{group_text, lively};
use crate::state::group_page;
use crate::state::listing::Listed;
use crate::state::modal::{FormKind, Modal};
use crate::state::permission::{PermissionGroup, PermissionMember};
use crate::state::{Focus, State, Tab};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use tern_protocol::api::conversation::{Conversation, ConversationId, SyncGroup, Synced};
use tern_protocol::api::message::Message;
use tern_protocol::api::permission_group::OwnRights;
use tern_protocol::api::topic::{SyncTopic, SyncTopicSelf};
use tern_protocol::event::{Event as ServerEvent, PermissionNotice};
use tern_protocol::model::permission::{GroupRight, Permission, TopicRight};

const RUST: &str = "@TGS#_rust";

pub(crate) fn happen(state: &mut State, event: Event) -> Vec<Effect> {
    let now = state.now;
    crate::update::update(state, event, now)
}

pub(crate) fn press(state: &mut State, code: KeyCode) -> Vec<Effect> {
    happen(state, Event::Key(KeyEvent::new(code, KeyModifiers::NONE)))
}

fn typed(state: &mut State, text: &str) {
    text.chars().for_each(|c| drop(press(state, KeyCode::Char(c))));
}

fn asked(effects: &[Effect]) -> Vec<&CommunityAsk> {
    effects.iter().filter_map(|effect| if let Effect::Ask(Ask::Community(ask)) = effect { Some(ask) } else { None }).collect()
}

fn changes(effects: &[Effect]) -> Vec<&TopicChange> {
    asked(effects)
        .into_iter()
        .filter_map(|ask| if let CommunityAsk::Change { what, .. } = ask { Some(what) } else { None })
        .collect()
}

fn topic_id(part: &str) -> String {
    format!("{RUST}@TOPIC#_{part}")
}

fn topic(part: &str, name: &str, category: &str) -> SyncTopic {
    SyncTopic {
        topic_id: topic_id(part),
        group_id: RUST.into(),
        topic_name: name.into(),
        custom_string: (!category.is_empty()).then(|| format!("{{\"category\":\"{category}\",\"x\":1}}")),
        create_time: Some(i64::try_from(part.len()).unwrap()),
        own: Some(SyncTopicSelf { msg_flag: "AcceptAndNotify".into(), inherits: 1, shut_up_until: 0 }),
        ..SyncTopic::default()
    }
}

fn community(role: &str) -> SyncGroup {
    SyncGroup {
        group_id: RUST.into(),
        kind: "Community".into(),
        name: "Rust Berlin".into(),
        member_num: 40,
        role: role.into(),
        support_topic: Some(1),
        ..SyncGroup::default()
    }
}

fn unread(part: &str, unread: u64) -> Conversation {
    let id = ConversationId::group(topic_id(part));
    Conversation {
        id,
        unread,
        last_place: unread,
        msg_flag: "AcceptAndNotify".into(),
        show_name: part.into(),
        ..Conversation::default()
    }
}

/// A community with topics, as it is synchronised.
pub(crate) fn with_topics(role: &str) -> State {
    let mut state = lively();
    let page = Synced {
        groups: vec![community(role)],
        topics: Some(vec![topic("a", "announcements", ""), topic("bb", "help", "Learning"), topic("ccc", "books", "Learning")]),
        conversations: vec![unread("a", 0), unread("bb", 4), unread("ccc", 0)],
        ..Synced::default()
    };
    happen(&mut state, Event::Link(crate::event::LinkEvent::SyncPage(Box::new(page))));
    press(&mut state, KeyCode::Char('4'));
    state
}

fn rows(state: &State) -> Vec<String> {
    state.entries().iter().map(|chat| chat.id().replace(RUST, "~")).collect()
}

/// Chooses the row of the rail with this number.
pub(crate) fn choose(state: &mut State, row: usize) {
    let entries = state.entries();
    state.choose(entries[row].clone());
}

#[test]
fn topics_stand_in_the_rail_under_their_categories_and_nowhere_else() {
    let mut state = with_topics("Member");
    let whole = ["~", "~@TOPIC#_a", "~@CATEGORY#_Learning", "~@TOPIC#_bb", "~@TOPIC#_ccc"];
    assert_eq!(rows(&state), whole);
    assert_eq!((state.topics_unread(), state.conversations.total_unread()), (4, 3), "the chats count without topics");
    choose(&mut state, 2);
    press(&mut state, KeyCode::Enter);
    assert_eq!(rows(&state), whole[..3]);
    choose(&mut state, 0);
    press(&mut state, KeyCode::Enter);
    assert_eq!(rows(&state), whole[..1]);
    state.tab = Tab::Chats;
    assert!(state.entries().iter().all(|chat| !chat.id().starts_with(RUST)), "neither topics nor the community are chats");
    state.tab = Tab::Groups;
    assert!(state.entries().iter().all(|chat| !chat.id().starts_with(RUST)));
}

#[test]
fn a_topic_is_read_and_written_like_any_chat() {
    let mut state = with_topics("Member");
    choose(&mut state, 3);
    press(&mut state, KeyCode::Enter);
    assert_eq!(state.open, Some(ChatId::group(&topic_id("bb"))));
    let message =
        Message { to_group_id: Some(RUST.into()), topic_id: Some(topic_id("bb")), ..group_text("li", RUST, 5, 0, "a question") };
    happen(&mut state, Event::Server(ServerEvent::GroupMessage(message)));
    let row = state.conversations.get(&ChatId::group(&topic_id("bb"))).unwrap();
    assert_eq!(row.last.as_ref().unwrap().text, "a question");
    typed(&mut state, "an answer");
    press(&mut state, KeyCode::Enter);
    assert_eq!(state.outbox[0].chat, format!("group_{}", topic_id("bb")));
    assert!(!state.outbox[0].receipt, "topics have no receipts");
}

#[test]
fn only_who_may_makes_topics() {
    let mut state = with_topics("Member");
    press(&mut state, KeyCode::Char('T'));
    assert!(state.modals.is_empty());
    press(&mut state, KeyCode::Char('.'));
    assert!(matches!(state.modals.last(), Some(Modal::Menu(menu)) if !menu.actions.contains(&Action::TopicNew)));
    state.modals.clear();
    // Made an administrator, the menu has it at once.
    happen(&mut state, Event::Server(ServerEvent::Group(community("Admin"))));
    assert_eq!(state.groups.get(&topic_id("a")).unwrap().role, "Admin", "roles are the community's");
    press(&mut state, KeyCode::Char('.'));
    assert!(matches!(state.modals.last(), Some(Modal::Menu(menu)) if menu.actions.contains(&Action::TopicNew)));
    state.modals.clear();
    choose(&mut state, 2);
    press(&mut state, KeyCode::Char('T'));
    typed(&mut state, "games");
    (0..3).for_each(|_| drop(press(&mut state, KeyCode::Enter)));
    let effects = press(&mut state, KeyCode::Enter);
    let [TopicChange::Create { name, custom, .. }] = changes(&effects)[..] else { panic!("{effects:?}") };
    assert_eq!((name.as_str(), custom.as_str()), ("games", "{\"category\":\"Learning\"}"));
}

#[test]
fn a_topic_that_was_just_made_opens_before_the_server_tells_of_it() {
    let mut state = with_topics("Owner");
    press(&mut state, KeyCode::Char('T'));
    typed(&mut state, "games");
    (0..3).for_each(|_| drop(press(&mut state, KeyCode::Enter)));
    let effects = press(&mut state, KeyCode::Enter);
    let what = changes(&effects)[0].clone();
    let answer = CommunityAnswer::Changed { community: RUST.into(), says: what.says(), what, result: Ok(Some(topic_id("new"))) };
    happen(&mut state, Event::Answer(Answer::Community(answer)));
    assert_eq!((state.open.clone(), state.modals.len()), (Some(ChatId::group(&topic_id("new"))), 0));
    assert_eq!((state.focus, state.name_of(&ChatId::group(&topic_id("new")))), (Focus::Composer, "games"));
    assert!(rows(&state).contains(&"~@TOPIC#_new".to_owned()));
}

fn labels(state: &State) -> Vec<String> {
    let Some(Modal::Group(page)) = state.modals.last() else { panic!("{:?}", state.modals.last()) };
    assert_eq!(page.group, RUST, "the page is the community's");
    group_page::rows(state, page).into_iter().map(|row| row.label).collect()
}

#[test]
fn a_community_has_a_page_of_its_own_from_the_rail_and_from_its_topics() {
    let mut state = with_topics("Owner");
    for row in [0, 2, 3] {
        choose(&mut state, row);
        alt(&mut state, 'i');
        let labels = labels(&state);
        let offered =
            ["ID to share", "Members", "Your name here", "Make a topic …", "Permission groups …", "Disband the community …"];
        assert!(offered.iter().all(|label| labels.iter().any(|row| row == label)), "{labels:?}");
        assert_eq!(labels.iter().any(|row| row == "This topic"), row == 3, "{labels:?}");
        assert!(!labels.iter().any(|row| row.contains("messages")), "it has no chat of its own: {labels:?}");
        press(&mut state, KeyCode::Esc);
    }
    choose(&mut state, 3);
    press(&mut state, KeyCode::Enter);
    assert_eq!(state.focus, Focus::Composer);
    alt(&mut state, 'i');
    assert!(labels(&state).iter().any(|row| row == "This topic"));
    // Members follow at once when the role does, and leaving takes the place of disbanding.
    happen(&mut state, Event::Server(ServerEvent::Group(community("Member"))));
    let labels = labels(&state);
    assert!(labels.iter().any(|row| row == "Leave the community …") && !labels.iter().any(|row| row.contains("Disband")));
}

fn alt(state: &mut State, c: char) -> Vec<Effect> {
    happen(state, Event::Key(KeyEvent::new(KeyCode::Char(c), KeyModifiers::ALT)))
}

#[test]
fn leaving_and_inviting_in_the_rail_are_about_the_chosen_community() {
    let mut state = with_topics("Member");
    crate::update::open_chat(&mut state, &ChatId::group("rust"), &mut Vec::new());
    press(&mut state, KeyCode::Esc);
    choose(&mut state, 0);
    let mut out = Vec::new();
    crate::update::run(&mut state, Action::LeaveGroup, "", &mut out);
    let effects = press(&mut state, KeyCode::Enter);
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Ask(Ask::LeaveGroup { group }) if group == RUST)), "{effects:?}");
    let effects = happen(&mut state, Event::Key(KeyEvent::new(KeyCode::Char('g'), KeyModifiers::CONTROL)));
    let members = |effect: &Effect| matches!(effect, Effect::Ask(Ask::Group(GroupAsk::Members { group, .. })) if group == RUST);
    assert!(effects.iter().any(members), "{effects:?}");
}

#[test]
fn a_mute_in_the_community_closes_its_topics_and_says_until_when() {
    let mut state = with_topics("Member");
    choose(&mut state, 3);
    press(&mut state, KeyCode::Enter);
    let topic = ChatId::group(&topic_id("bb"));
    let until_s = state.server_now_s() + 600;
    happen(&mut state, Event::Server(ServerEvent::Group(SyncGroup { mute_until: Some(until_s), ..community("Member") })));
    assert_eq!(crate::update::mute_says(&state, &topic).as_deref(), Some("you are muted until 14:12"));
    happen(&mut state, Event::Server(ServerEvent::Group(community("Member"))));
    assert_eq!(crate::update::mute_says(&state, &topic), None);
    // All of them, by the community's profile: only who manages speaks.
    let on = SyncGroup { mute_all_member: Some("On".into()), ..community("") };
    happen(&mut state, Event::Server(ServerEvent::GroupProfile(on)));
    assert_eq!(crate::update::mute_says(&state, &topic).as_deref(), Some("everybody is muted in this community"));
    assert_eq!(state.groups.get(RUST).unwrap().role, "Member", "what is one's own stays");
    happen(&mut state, Event::Server(ServerEvent::Group(SyncGroup { mute_all_member: Some("On".into()), ..community("Admin") })));
    assert_eq!(crate::update::mute_says(&state, &topic), None);
}

#[test]
fn a_topics_page_changes_what_it_shows() {
    let mut state = with_topics("Owner");
    choose(&mut state, 3);
    press(&mut state, KeyCode::Char('I'));
    assert!(matches!(state.modals.last(), Some(Modal::Listing(list)) if list.listed == Listed::Topic(topic_id("bb"))));
    press(&mut state, KeyCode::Down);
    press(&mut state, KeyCode::Enter);
    assert!(
        matches!(state.modals.last(), Some(Modal::Form(form)) if matches!(form.kind, FormKind::TopicText { label: "Category", .. }))
    );
    (0..8).for_each(|_| drop(press(&mut state, KeyCode::Backspace)));
    typed(&mut state, "Fun");
    let effects = press(&mut state, KeyCode::Enter);
    let [TopicChange::Modify(texts)] = changes(&effects)[..] else { panic!("{effects:?}") };
    let custom: serde_json::Value = serde_json::from_str(texts.custom.as_deref().unwrap()).unwrap();
    assert_eq!((custom["category"].as_str(), custom["x"].as_i64()), (Some("Fun"), Some(1)), "others' keys stay");
    let what = TopicChange::Modify(texts.clone());
    let answer = CommunityAnswer::Changed { community: RUST.into(), says: what.says(), what, result: Ok(None) };
    happen(&mut state, Event::Answer(Answer::Community(answer)));
    happen(&mut state, Event::Server(ServerEvent::Topic(SyncTopic { own: None, ..topic("bb", "help", "Fun") })));
    let Some(Modal::Listing(list)) = state.modals.last() else { panic!() };
    assert_eq!(list.rows[1].below, "Fun");
    assert!(state.groups.get(&topic_id("bb")).unwrap().place.topic.as_ref().unwrap().inherits, "what is one's own stays as it was");
    for _ in 0..4 {
        press(&mut state, KeyCode::Down);
    }
    let effects = press(&mut state, KeyCode::Char(' '));
    assert!(matches!(changes(&effects)[..], [TopicChange::Modify(texts)] if texts.mute_all == Some(true)));
    press(&mut state, KeyCode::Down);
    press(&mut state, KeyCode::Enter);
    let effects = press(&mut state, KeyCode::Enter);
    assert!(matches!(changes(&effects)[..], [TopicChange::Receive { word, .. }] if word == "Inherit"));
}

#[test]
fn a_category_is_renamed_for_all_its_topics() {
    let mut state = with_topics("Owner");
    choose(&mut state, 2);
    let mut out = Vec::new();
    crate::update::run(&mut state, Action::CategoryRename, "", &mut out);
    typed(&mut state, "!");
    let effects = press(&mut state, KeyCode::Enter);
    assert_eq!(changes(&effects).len(), 2);
    assert!(
        changes(&effects)
            .iter()
            .all(|what| matches!(what, TopicChange::Modify(texts) if texts.custom.as_deref().unwrap().contains("Learning!")))
    );
}

#[test]
fn a_topic_or_its_community_goes_with_what_is_open() {
    let mut state = with_topics("Owner");
    choose(&mut state, 3);
    press(&mut state, KeyCode::Enter);
    happen(&mut state, Event::Server(ServerEvent::Topic(SyncTopic { gone: Some(1), ..topic("bb", "help", "") })));
    assert_eq!((state.open.clone(), rows(&state).len()), (None, 4));
    state.focus = Focus::List;
    happen(&mut state, Event::Server(ServerEvent::Group(SyncGroup { gone: Some(1), role: String::new(), ..community("") })));
    assert!(rows(&state).is_empty() && state.groups.get(&topic_id("a")).is_none());
}

#[test]
fn a_muted_topic_takes_no_text_and_a_right_can_be_missing() {
    let mut state = with_topics("Member");
    happen(&mut state, Event::Server(ServerEvent::Topic(SyncTopic { mute_all: Some(1), ..topic("a", "announcements", "") })));
    assert!(crate::update::mute_says(&state, &ChatId::group(&topic_id("a"))).is_some());
    assert!(crate::update::mute_says(&state, &ChatId::group(&topic_id("bb"))).is_none());
    let rights = OwnRights { permission: Permission::of(&[GroupRight::ManageTopic]), ..OwnRights::default() };
    let wire = SyncGroup { enable_permission: Some(1), own_rights: Some(rights), ..community("Member") };
    happen(&mut state, Event::Server(ServerEvent::Group(wire)));
    assert!(state.may_in(RUST, GroupRight::ManageTopic), "a member may by his permission groups");
    assert!(crate::update::mute_says(&state, &ChatId::group(&topic_id("bb"))).unwrap().contains("may not write"));
    // An event of the group without rights leaves them, one about permission groups asks anew.
    happen(&mut state, Event::Server(ServerEvent::Group(SyncGroup { enable_permission: Some(1), ..community("Member") })));
    assert!(state.may_in(RUST, GroupRight::ManageTopic));
    let notice = PermissionNotice { group_id: RUST.into(), op_type: 3, ..PermissionNotice::default() };
    let effects = happen(&mut state, Event::Server(ServerEvent::Permission(notice)));
    assert!(matches!(asked(&effects)[..], [CommunityAsk::OwnRights { .. }]));
    let rights = OwnRights { topic_permission: Permission::of_topic(&[TopicRight::SendTopicMessage]), ..OwnRights::default() };
    let answer = CommunityAnswer::OwnRights { community: RUST.into(), result: Ok(Box::new(rights)) };
    happen(&mut state, Event::Answer(Answer::Community(answer)));
    assert!(!state.may_in(RUST, GroupRight::ManageTopic));
    assert!(crate::update::mute_says(&state, &ChatId::group(&topic_id("bb"))).is_none());
}

/// The page of permission groups of a community that is one's own.
pub(crate) fn with_permission_groups() -> State {
    let mut state = with_topics("Owner");
    happen(&mut state, Event::Server(ServerEvent::Group(SyncGroup { enable_permission: Some(1), ..community("Owner") })));
    let mut out = Vec::new();
    crate::update::run(&mut state, Action::PermissionGroups, "", &mut out);
    assert!(matches!(asked(&out)[..], [CommunityAsk::PermissionGroups { .. }]));
    let group = |id: &str, name: &str, bits: &[GroupRight]| PermissionGroup {
        id: id.into(),
        name: name.into(),
        bits: Permission::of(bits).0,
        members: 2,
    };
    let groups = vec![
        group("@PMG#_mods", "Moderators", &[GroupRight::GroupMuteMember, GroupRight::RevokeOtherMemberGroupMessage]),
        group("@PMG#_writers", "Writers", &[GroupRight::SendGroupMessage]),
    ];
    let answer = CommunityAnswer::PermissionGroups { community: RUST.into(), result: Ok(groups) };
    happen(&mut state, Event::Answer(Answer::Community(answer)));
    state
}

#[test]
fn a_permission_groups_bits_members_and_topics_are_set() {
    let mut state = with_permission_groups();
    press(&mut state, KeyCode::Enter);
    let Some(Modal::Listing(list)) = state.modals.last() else { panic!() };
    assert_eq!((list.title.as_str(), list.rows.len()), ("Moderators", 13));
    assert_eq!(list.rows.iter().filter(|row| row.on == Some(true)).count(), 2);
    let effects = press(&mut state, KeyCode::Char(' '));
    let wanted =
        Permission::of(&[GroupRight::ManageGroupInfo, GroupRight::GroupMuteMember, GroupRight::RevokeOtherMemberGroupMessage]).0;
    assert!(
        matches!(changes(&effects)[..], [TopicChange::PermissionGroup { id: Some(_), bits: Some(bits), .. }] if *bits == wanted)
    );
    (0..11).for_each(|_| drop(press(&mut state, KeyCode::Down)));
    let effects = press(&mut state, KeyCode::Enter);
    assert!(matches!(asked(&effects)[..], [CommunityAsk::PermissionMembers { .. }]));
    let result = Ok(vec![PermissionMember { user: "li".into(), name: "Li".into() }]);
    let answer = CommunityAnswer::PermissionMembers { community: RUST.into(), id: "@PMG#_mods".into(), result };
    happen(&mut state, Event::Answer(Answer::Community(answer)));
    let effects = press(&mut state, KeyCode::Char('d'));
    assert!(matches!(changes(&effects)[..], [TopicChange::PermissionMember { user, on: false, .. }] if user == "li"));
    press(&mut state, KeyCode::Char('n'));
    typed(&mut state, "bob");
    let effects = press(&mut state, KeyCode::Enter);
    assert!(matches!(changes(&effects)[..], [TopicChange::PermissionMember { user, on: true, .. }] if user == "bob"));
    state.modals.truncate(2);
    press(&mut state, KeyCode::Down);
    let effects = press(&mut state, KeyCode::Enter);
    assert!(matches!(asked(&effects)[..], [CommunityAsk::TopicRights { .. }]));
    let result = Ok(vec![(topic_id("bb"), Permission::of_topic(&[TopicRight::TopicMuteMember]).0)]);
    let answer = CommunityAnswer::TopicRights { community: RUST.into(), id: "@PMG#_mods".into(), result };
    happen(&mut state, Event::Answer(Answer::Community(answer)));
    press(&mut state, KeyCode::Enter);
    let effects = press(&mut state, KeyCode::Char(' '));
    assert!(matches!(changes(&effects)[..], [TopicChange::TopicRight { bits: Some(1), known: false, .. }]), "{effects:?}");
}

#[test]
fn permission_groups_are_made_renamed_and_deleted() {
    let mut state = with_permission_groups();
    press(&mut state, KeyCode::Char('n'));
    assert!(changes(&press(&mut state, KeyCode::Enter)).is_empty(), "a name is needed");
    typed(&mut state, "Guests");
    let effects = press(&mut state, KeyCode::Enter);
    assert!(matches!(changes(&effects)[..], [TopicChange::PermissionGroup { id: None, name: Some(name), .. }] if name == "Guests"));
    state.modals.pop();
    press(&mut state, KeyCode::Char('e'));
    typed(&mut state, "!");
    let effects = press(&mut state, KeyCode::Enter);
    assert!(
        matches!(changes(&effects)[..], [TopicChange::PermissionGroup { id: Some(_), name: Some(name), bits: None }] if name == "Moderators!")
    );
    state.modals.pop();
    press(&mut state, KeyCode::Char('d'));
    let effects = press(&mut state, KeyCode::Enter);
    assert!(matches!(changes(&effects)[..], [TopicChange::PermissionGroupGone { id }] if id == "@PMG#_mods"));
}

#[test]
fn a_new_or_joined_community_shows_its_topics() {
    let mut state = lively();
    let new = NewGroup { name: "Go".into(), kind: "Community".into(), topics: true, ..NewGroup::default() };
    let answer = Answer::GroupCreated { group: Box::new(new), result: Ok("@TGS#_go".into()) };
    let effects = happen(&mut state, Event::Answer(answer));
    assert_eq!((state.tab, state.open.clone(), state.outbox.len()), (Tab::Community, None, 0), "there is no chat to greet in");
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Ask(Ask::Pull { .. }))));
    let mut state = lively();
    press(&mut state, KeyCode::Char('J'));
    typed(&mut state, RUST);
    press(&mut state, KeyCode::Enter);
    let facts = GroupFacts { id: RUST.into(), kind: "Community".into(), topics: true, ..GroupFacts::default() };
    happen(&mut state, Event::Answer(Answer::LookedUp { group: RUST.into(), result: Ok(facts) }));
    press(&mut state, KeyCode::Enter);
    happen(&mut state, Event::Answer(Answer::GroupJoined { group: RUST.into(), result: Ok("JoinedSuccess".into()) }));
    assert_eq!((state.tab, state.modals.len()), (Tab::Community, 0));
}
