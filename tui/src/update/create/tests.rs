use crate::effect::{Ask, Effect};
use crate::event::{Answer, Event, GroupFacts, Refusal};
use crate::state::State;
use crate::state::conversation::ChatId;
use crate::state::create::NewGroup;
use crate::state::fixture::lively;
use crate::state::modal::{Form, FormKind, Modal};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use rstest::rstest;

fn happen(state: &mut State, event: Event) -> Vec<Effect> {
    let now = state.now;
    crate::update::update(state, event, now)
}

fn press(state: &mut State, code: KeyCode) -> Vec<Effect> {
    happen(state, Event::Key(KeyEvent::new(code, KeyModifiers::NONE)))
}

fn typed(state: &mut State, text: &str) {
    for c in text.chars() {
        press(state, KeyCode::Char(c));
    }
}

fn form(state: &State) -> &Form {
    match state.modals.last() {
        Some(Modal::Form(form)) => form,
        other => panic!("{other:?}"),
    }
}

fn asked(effects: &[Effect]) -> Vec<&Ask> {
    effects.iter().filter_map(|effect| if let Effect::Ask(ask) = effect { Some(ask) } else { None }).collect()
}

/// The form of a new group of the type in this row of the type page.
fn new_group(row: usize) -> State {
    let mut state = lively();
    press(&mut state, KeyCode::Char('N'));
    (0..row).for_each(|_| drop(press(&mut state, KeyCode::Down)));
    press(&mut state, KeyCode::Enter);
    state
}

/// Enter in the last field, however far that is.
fn submit(state: &mut State) -> Vec<Effect> {
    while form(state).focus + 1 < form(state).fields.len() {
        press(state, KeyCode::Enter);
    }
    press(state, KeyCode::Enter)
}

#[test]
fn the_type_is_chosen_first_and_each_has_its_own_fields() {
    let state = {
        let mut state = lively();
        press(&mut state, KeyCode::Char('N'));
        state
    };
    let Some(Modal::Listing(listing)) = state.modals.last() else { panic!() };
    let words: Vec<&str> = listing.rows.iter().map(|row| row.left.as_str()).collect();
    assert_eq!(words, ["Work", "Public", "Meeting", "Community", "Live room"]);
    assert!(listing.rows.iter().all(|row| !row.below.is_empty()));
    let labels = |row: usize| form(&new_group(row)).fields.iter().map(|field| field.label).collect::<Vec<_>>();
    assert_eq!(labels(0), ["Name", "Group ID", "Members", "Introduction", "Photo"]);
    assert_eq!(labels(1), ["Name", "Group ID", "Members", "Introduction", "Photo", "Joining"]);
    assert_eq!(labels(3), ["Name", "Group ID", "Members", "Introduction", "Photo", "Inside"]);
    assert_eq!(labels(4), ["Name", "Group ID", "Introduction", "Photo"], "nobody is a stored member of a live room");
}

#[test]
fn a_group_is_made_opens_and_is_greeted_as_the_kits_do() {
    let mut state = new_group(1);
    typed(&mut state, "Team");
    press(&mut state, KeyCode::Enter);
    typed(&mut state, "team");
    press(&mut state, KeyCode::Enter);
    // Tab takes whom one knows by a part of the name, then the next one.
    typed(&mut state, "brow");
    press(&mut state, KeyCode::Tab);
    typed(&mut state, "cy");
    press(&mut state, KeyCode::Enter);
    typed(&mut state, "about us");
    press(&mut state, KeyCode::Enter);
    press(&mut state, KeyCode::Enter);
    press(&mut state, KeyCode::Right);
    let effects = press(&mut state, KeyCode::Enter);
    let [Ask::CreateGroup(group)] = asked(&effects)[..] else { panic!("{effects:?}") };
    let group = group.clone();
    let wanted = NewGroup {
        name: "Team".into(),
        kind: "Public".into(),
        id: Some("team".into()),
        members: vec!["bob".into(), "cy".into()],
        introduction: "about us".into(),
        join_option: Some("FreeAccess".into()),
        ..NewGroup::default()
    };
    assert_eq!(*group, wanted);
    let effects = happen(&mut state, Event::Answer(Answer::GroupCreated { group, result: Ok("team".into()) }));
    assert_eq!((state.open.clone(), state.name_of(&ChatId::group("team"))), (Some(ChatId::group("team")), "Team"));
    let greeting = asked(&effects).into_iter().find_map(|ask| if let Ask::Deliver(outgoing) = ask { Some(outgoing) } else { None });
    let body = greeting.map(crate::state::composer::Outgoing::body_json).unwrap();
    assert!(body.contains(r#"\"businessID\":\"group_create\""#) && body.contains(r#"\"cmd\":0"#), "{body}");
}

/// 250 bytes.
const LONG: &str = "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789\
012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789\
012345678901234567890123456789";

#[rstest]
#[case(0, &[], "Name", "needs a name")]
#[case(0, &["ⓝⓝⓝⓝⓝⓝⓝⓝⓝⓝⓝ"], "Name", "33 bytes are too many, 30")]
#[case(1, &["Team", "@TGS#mine"], "Group ID", "does not begin with @TGS#")]
#[case(3, &["Team", "mine"], "Group ID", "@TGS#_")]
#[case(1, &["Team", "", "", LONG], "Introduction", "240 are allowed")]
#[case(1, &["Team", "", "", "", LONG], "Photo", "100 are allowed")]
fn what_is_wrong_is_told_at_its_field(#[case] row: usize, #[case] texts: &[&str], #[case] label: &str, #[case] says: &str) {
    let mut state = new_group(row);
    for text in texts {
        typed(&mut state, text);
        press(&mut state, KeyCode::Enter);
    }
    if form(&state).error.is_none() {
        assert!(asked(&submit(&mut state)).is_empty());
    }
    let form = form(&state);
    assert_eq!(form.fields[form.focus].label, label);
    assert_eq!(form.wrong, Some(form.focus));
    assert!(form.error.as_deref().unwrap().contains(says), "{:?}", form.error);
}

#[rstest]
#[case(10021, "Group ID", "in use")]
#[case(10019, "Members", "no account")]
#[case(10058, "", "no more groups")]
#[case(11000, "", "not enabled")]
fn a_refusal_is_told_at_its_field_too(#[case] code: i32, #[case] label: &str, #[case] says: &str) {
    let mut state = new_group(1);
    typed(&mut state, "Team");
    let effects = submit(&mut state);
    let [Ask::CreateGroup(group)] = asked(&effects)[..] else { panic!() };
    let (group, refusal) = (group.clone(), Refusal { code, text: "refused".into() });
    happen(&mut state, Event::Answer(Answer::GroupCreated { group, result: Err(refusal) }));
    let form = form(&state);
    assert_eq!(form.wrong.map_or("", |at| form.fields[at].label), label);
    assert!(form.error.as_deref().unwrap().contains(says) && form.error.as_deref().unwrap().contains(&code.to_string()));
}

#[test]
fn an_id_that_is_ones_own_group_opens_it() {
    let mut state = new_group(1);
    typed(&mut state, "Rust");
    press(&mut state, KeyCode::Enter);
    typed(&mut state, "rust");
    let effects = submit(&mut state);
    let [Ask::CreateGroup(group)] = asked(&effects)[..] else { panic!() };
    let (group, refusal) = (group.clone(), Refusal { code: 10025, text: "used".into() });
    happen(&mut state, Event::Answer(Answer::GroupCreated { group, result: Err(refusal) }));
    assert_eq!((state.open.clone(), state.modals.len()), (Some(ChatId::group("rust")), 0));
}

fn facts(kind: &str, join: &str) -> GroupFacts {
    GroupFacts {
        id: "other".into(),
        name: "Others".into(),
        kind: kind.into(),
        member_num: 3,
        introduction: "we talk".into(),
        join_option: join.into(),
        ..GroupFacts::default()
    }
}

fn looked_up(result: Result<GroupFacts, Refusal>) -> State {
    let mut state = lively();
    press(&mut state, KeyCode::Char('J'));
    typed(&mut state, "other");
    let effects = press(&mut state, KeyCode::Enter);
    assert!(matches!(asked(&effects)[..], [Ask::LookUp { group }] if group == "other"), "{effects:?}");
    happen(&mut state, Event::Answer(Answer::LookedUp { group: "other".into(), result }));
    state
}

#[test]
fn a_group_shows_itself_before_it_is_joined_and_a_text_goes_with_an_application() {
    let mut state = looked_up(Ok(facts("Public", "NeedPermission")));
    assert_eq!(form(&state).facts, ["Others", "Public · 3 members", "ID other", "we talk"]);
    typed(&mut state, "it is me");
    let effects = press(&mut state, KeyCode::Enter);
    assert!(matches!(asked(&effects)[..], [Ask::JoinGroup { group, text }] if group == "other" && text == "it is me"));
    let answer = Answer::GroupJoined { group: "other".into(), result: Ok("WaitAdminApproval".into()) };
    happen(&mut state, Event::Answer(answer));
    assert!(state.modals.is_empty() && state.toast.as_ref().unwrap().text.starts_with("Sent"));
    assert_eq!(state.open, None);
}

#[test]
fn a_free_group_is_joined_at_once() {
    let mut state = looked_up(Ok(facts("ChatRoom", "FreeAccess")));
    assert!(form(&state).fields.is_empty());
    press(&mut state, KeyCode::Tab);
    let effects = press(&mut state, KeyCode::Enter);
    assert!(matches!(asked(&effects)[..], [Ask::JoinGroup { .. }]));
    happen(&mut state, Event::Answer(Answer::GroupJoined { group: "other".into(), result: Ok("JoinedSuccess".into()) }));
    assert_eq!(state.open, Some(ChatId::group("other")));
}

#[rstest]
#[case(Ok(facts("Private", "DisableApply")))]
#[case(Err(Refusal { code: 10010, text: "gone".into() }))]
#[case(Err(Refusal { code: 10007, text: "no".into() }))]
fn a_work_group_is_as_little_found_as_one_that_is_not_there(#[case] result: Result<GroupFacts, Refusal>) {
    let state = looked_up(result);
    assert_eq!(form(&state).kind, FormKind::JoinGroup);
    assert_eq!(form(&state).error.as_deref(), Some("There is no group other that can be found"));
}

#[test]
fn a_group_that_one_is_in_opens() {
    let mut state = lively();
    press(&mut state, KeyCode::Char('J'));
    typed(&mut state, "rust");
    assert!(!asked(&press(&mut state, KeyCode::Enter)).iter().any(|ask| matches!(ask, Ask::LookUp { .. } | Ask::JoinGroup { .. })));
    assert_eq!(state.open, Some(ChatId::group("rust")));
}
