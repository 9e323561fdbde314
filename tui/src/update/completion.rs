//! Completing while one writes: mentions of members, and emoji by their shortcode.

use super::{group, roster};
use crate::action::Action;
use crate::effect::{Ask, Effect, StoreOp};
use crate::event::Refusal;
use crate::state::completion::{Completion, MEMBERS, Mentionable, Offered, Trigger, trigger};
use crate::state::conversation::ChatId;
use crate::state::message::AT_ALL;
use crate::state::modal::MembersPage;
use crate::state::{State, Tone};
use crate::text::emoji;
use tern_protocol::api::group::GroupMembers;
use tern_protocol::limits;

/// Offers in the list.
const OFFERS: usize = 50;
/// So many fitting members are enough not to ask for more.
const ENOUGH: usize = 8;
/// Emoji that were used last and are remembered.
const RECENT_EMOJI: usize = 24;

/// Runs an action on the open list.
pub(crate) fn run(state: &mut State, action: Action, out: &mut Vec<Effect>) {
    let Some(open) = &mut state.completing.open else { return };
    let count = open.offers.len();
    match action {
        Action::OfferUp => open.chosen = (open.chosen + count.saturating_sub(1)) % count.max(1),
        Action::OfferDown => open.chosen = (open.chosen + 1) % count.max(1),
        Action::OfferTake => take(state, out),
        Action::OfferClose => {
            state.completing.refused = Some(open.start);
            state.completing.open = None;
        }
        _ => {}
    }
}

/// Takes what is chosen into the text.
pub(crate) fn take(state: &mut State, out: &mut Vec<Effect>) {
    let Some(open) = state.completing.open.take() else { return };
    let Some(offered) = open.offers.into_iter().nth(open.chosen) else { return };
    let caret = state.composer.caret();
    match offered {
        Offered::Emoji(emoji) => {
            state.composer.replace(open.start..caret, emoji.as_str());
            used(state, emoji.as_str(), out);
        }
        Offered::All | Offered::Person { .. } if state.composer.mentions().len() >= limits::GROUP_AT => {
            state.say(Tone::Bad, format!("A message mentions {} at most", limits::GROUP_AT));
        }
        Offered::All => state.composer.mention(open.start..caret, "@All ", AT_ALL),
        Offered::Person { user, name } => state.composer.mention(open.start..caret, &format!("@{name} "), &user),
    }
}

/// Remembers an emoji as used.
pub(crate) fn used(state: &mut State, emoji: &str, out: &mut Vec<Effect>) {
    state.emoji_used.retain(|known| known != emoji);
    state.emoji_used.insert(0, emoji.to_owned());
    state.emoji_used.truncate(RECENT_EMOJI);
    out.push(Effect::Store(StoreOp::EmojiUsed(state.emoji_used.clone())));
}

/// After a character was typed: a shortcode that was closed becomes its emoji, and the list follows what is written.
pub(crate) fn typed(state: &mut State, c: char, out: &mut Vec<Effect>) {
    if c == ':' && state.settings.text.shortcodes {
        let caret = state.composer.caret();
        let before = &state.composer.text()[..caret.saturating_sub(1)];
        let found = before.rfind(':').and_then(|start| {
            let code = emoji::codes(&state.composer.text()[..caret]).pop()?;
            (code.range == (start..caret)).then_some((start, code.shown))
        });
        if let Some((start, emoji::Shown::Emoji(emoji))) = found {
            state.composer.replace(start..caret, emoji);
            used(state, emoji, out);
        }
    }
    refresh(state, out);
}

/// Makes the list anew after what is written, or the caret, changed.
pub(crate) fn refresh(state: &mut State, out: &mut Vec<Effect>) {
    let before = &state.composer.text()[..state.composer.caret()];
    let found = if state.focus == crate::state::Focus::Composer { trigger(before) } else { None };
    let (start, offers) = match found {
        Some(Trigger::Person { start, typed }) => {
            let typed = typed.to_lowercase();
            (start, people(state, start, &typed, out))
        }
        Some(Trigger::Emoji { start, typed }) if state.settings.text.shortcodes => {
            (start, emoji::search(typed, OFFERS).into_iter().map(Offered::Emoji).collect())
        }
        _ => (usize::MAX, Vec::new()),
    };
    if state.completing.refused != Some(start) {
        state.completing.refused = None;
    }
    if offers.is_empty() || state.completing.refused.is_some() {
        state.completing.open = None;
        return;
    }
    let chosen = match &state.completing.open {
        Some(open) if open.start == start => {
            open.offers.get(open.chosen).and_then(|was| offers.iter().position(|offer| offer == was))
        }
        _ => None,
    };
    // While one types on, the best fit is chosen again; a page of members that comes in moves nothing.
    let chosen = if state.completing.open.as_ref().is_some_and(|open| open.chosen > 0) { chosen.unwrap_or(0) } else { 0 };
    state.completing.open = Some(Completion { start, offers, chosen });
}

/// Whom an `@` may name: everybody first, then members whose name or ID fits.
fn people(state: &mut State, start: usize, typed: &str, out: &mut Vec<Effect>) -> Vec<Offered> {
    let Some(ChatId::Group(group)) = state.open.clone() else { return Vec::new() };
    if state.groups.get(&group).is_some_and(|group| group.kind == "AVChatRoom")
        || state.composer.mentions().iter().any(|known| known.start == start)
    {
        return Vec::new();
    }
    if state.completing.members.group != *group {
        state.completing.members =
            Mentionable { group: group.to_string(), next: Some(MembersPage::Offset(0)), ..Mentionable::default() };
    }
    let mut found: Vec<(i64, Offered)> = Vec::new();
    let mut seen: Vec<&str> = vec![&state.me.user];
    let known = state.completing.members.list.iter().map(|member| (member.user.as_str(), member.name.as_str()));
    let speakers = state.open_timeline().into_iter().flat_map(|timeline| timeline.rows().iter().rev().take(200));
    let speakers = speakers
        .map(|row| (&*row.sender, if row.sender_name.is_empty() { state.people.name(&row.sender) } else { &row.sender_name }));
    for (user, name) in speakers.chain(known) {
        if user.is_empty() || seen.contains(&user) {
            continue;
        }
        seen.push(user);
        if let Some(score) = roster::score(typed, user).max(roster::score(typed, name)) {
            let name = if name.is_empty() { user } else { name };
            found.push((score, Offered::Person { user: user.to_owned(), name: name.to_owned() }));
        }
    }
    found.sort_by_key(|(score, _)| -score);
    let fitting = found.len();
    let all = ["all", "everyone", "everybody", "所有人"].iter().any(|word| word.starts_with(typed));
    let all = all.then_some(Offered::All);
    let offers = all.into_iter().chain(found.into_iter().map(|(_, offer)| offer)).take(OFFERS).collect();
    let members = &mut state.completing.members;
    if fitting < ENOUGH
        && !members.busy
        && members.list.len() < MEMBERS
        && matches!(state.link, crate::state::Link::Online { .. })
        && let Some(from) = members.next.take()
    {
        members.busy = true;
        out.push(Effect::Ask(Ask::Mentionable { group: group.to_string(), from }));
    }
    offers
}

/// A page of members to offer.
pub(crate) fn members(
    state: &mut State,
    group: &str,
    from: MembersPage,
    result: Result<Box<GroupMembers>, Refusal>,
    out: &mut Vec<Effect>,
) {
    if state.completing.members.group != group {
        return;
    }
    state.completing.members.busy = false;
    match result {
        Ok(page) => {
            let count = state.completing.members.list.len();
            let (members, next) = group::read_page(&state.people, &page, count);
            state.completing.members.list.extend(members);
            state.completing.members.next = next;
            refresh(state, out);
        }
        // Asked for again when the list opens next time; what is known is offered.
        Err(_) => state.completing.members.next = Some(from),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Answer, Event};
    use crate::state::fixture::{group_text, lively};
    use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
    use tern_protocol::api::group::MemberProfile;

    fn happen(state: &mut State, event: Event) -> Vec<Effect> {
        let now = state.now;
        crate::update::update(state, event, now)
    }

    fn press(state: &mut State, code: KeyCode) -> Vec<Effect> {
        happen(state, Event::Key(KeyEvent::new(code, KeyModifiers::NONE)))
    }

    fn write(state: &mut State, text: &str) -> Vec<Effect> {
        text.chars().flat_map(|c| press(state, KeyCode::Char(c))).collect()
    }

    fn group() -> State {
        let mut state = lively();
        let rust = ChatId::group("rust");
        crate::update::open_chat(&mut state, &rust, &mut Vec::new());
        let page = crate::event::LocalEvent::Page {
            chat: rust,
            messages: vec![group_text("li", "rust", 40, 60, "hi")],
            held: vec![(40, 40)],
        };
        happen(&mut state, Event::Local(page));
        state
    }

    fn page(state: &mut State, users: &[&str], total: u64) -> Vec<Effect> {
        let member_list = users
            .iter()
            .map(|user| MemberProfile { member_account: Some((*user).to_owned()), ..MemberProfile::default() })
            .collect();
        let result = Ok(Box::new(GroupMembers { member_num: total, member_list, ..GroupMembers::default() }));
        happen(state, Event::Answer(Answer::Mentionable { group: "rust".into(), from: MembersPage::Offset(0), result }))
    }

    fn offers(state: &State) -> Vec<String> {
        let name = |offer: &Offered| match offer {
            Offered::All => "All".to_owned(),
            Offered::Person { name, .. } => name.clone(),
            Offered::Emoji(emoji) => emoji.as_str().to_owned(),
        };
        state.completing.open.iter().flat_map(|open| &open.offers).map(name).collect()
    }

    fn sent(state: &State) -> (String, Vec<String>) {
        let last = state.outbox.last().unwrap();
        (last.text.clone(), last.ats.clone())
    }

    #[test]
    fn an_at_offers_everybody_first_then_those_who_spoke_then_the_members() {
        let mut state = group();
        let effects = write(&mut state, "@");
        assert_eq!(offers(&state), ["All", "李小龙"], "whoever spoke is offered before the server answers");
        assert!(effects.iter().any(|effect| matches!(effect, Effect::Ask(Ask::Mentionable { .. }))));
        page(&mut state, &["li", "bob", "me"], 3);
        assert_eq!(offers(&state), ["All", "李小龙", "Bob Brown"], "nobody mentions oneself");
        assert!(write(&mut state, "br").is_empty(), "all members are here: nothing more is asked for");
        assert_eq!(offers(&state), ["Bob Brown"]);
    }

    #[test]
    fn more_members_are_asked_for_while_too_few_fit() {
        let mut state = group();
        write(&mut state, "@");
        let users: Vec<String> = (0..100).map(|n| format!("user{n:03}")).collect();
        let effects = page(&mut state, &users.iter().map(String::as_str).collect::<Vec<_>>(), 250);
        assert!(effects.is_empty(), "enough fit");
        let effects = write(&mut state, "zoe");
        assert!(
            effects.iter().any(|effect| matches!(effect, Effect::Ask(Ask::Mentionable { from: MembersPage::Offset(100), .. })))
        );
        page(&mut state, &["zoe"], 250);
        assert_eq!(offers(&state), ["zoe"]);
    }

    #[test]
    fn a_mention_travels_with_the_message_and_deleting_it_takes_it_away() {
        let mut state = group();
        write(&mut state, "hi @");
        page(&mut state, &["bob", "li"], 2);
        write(&mut state, "bob");
        press(&mut state, KeyCode::Enter);
        assert_eq!(state.composer.text(), "hi @Bob Brown ");
        write(&mut state, "and @li");
        press(&mut state, KeyCode::Tab);
        write(&mut state, "look");
        press(&mut state, KeyCode::Enter);
        assert_eq!(sent(&state), ("hi @Bob Brown and @李小龙 look".into(), vec!["bob".into(), "li".into()]));
        write(&mut state, "@al");
        press(&mut state, KeyCode::Enter);
        press(&mut state, KeyCode::Backspace);
        assert_eq!(state.composer.text(), "", "one key takes the whole mention");
        write(&mut state, "never mind");
        press(&mut state, KeyCode::Enter);
        assert_eq!(sent(&state), ("never mind".into(), vec![]));
    }

    #[test]
    fn a_user_id_written_by_hand_is_a_mention_and_everybody_is_not() {
        let mut state = group();
        write(&mut state, "@");
        page(&mut state, &["bob"], 1);
        write(&mut state, "bob");
        press(&mut state, KeyCode::Esc);
        write(&mut state, ", @all: hi");
        press(&mut state, KeyCode::Enter);
        assert_eq!(sent(&state), ("@bob, @all: hi".into(), vec!["bob".into()]));
    }

    #[test]
    fn escape_closes_the_list_and_the_text_stays() {
        let mut state = group();
        write(&mut state, "@l");
        press(&mut state, KeyCode::Esc);
        assert!(state.completing.open.is_none() && state.focus == crate::state::Focus::Composer);
        write(&mut state, "i");
        assert!(state.completing.open.is_none(), "it stays closed for this word");
        write(&mut state, " @l");
        assert!(state.completing.open.is_some());
    }

    #[test]
    fn nobody_is_offered_one_to_one() {
        let mut state = lively();
        crate::update::open_chat(&mut state, &ChatId::user("bob"), &mut Vec::new());
        write(&mut state, "@l");
        assert!(state.completing.open.is_none());
    }

    #[test]
    fn a_shortcode_becomes_an_emoji_when_it_is_closed_or_taken_and_undo_brings_it_back() {
        let mut state = lively();
        crate::update::open_chat(&mut state, &ChatId::user("bob"), &mut Vec::new());
        write(&mut state, "so :tad");
        assert_eq!(offers(&state)[0], "🎉");
        press(&mut state, KeyCode::Tab);
        assert_eq!(state.composer.text(), "so 🎉");
        write(&mut state, " :heart:");
        assert_eq!(state.composer.text(), "so 🎉 ❤️");
        assert_eq!(state.emoji_used, ["❤️", "🎉"]);
        state.composer.apply(crate::state::editor::Edit::Undo, 40);
        assert_eq!(state.composer.text(), "so 🎉 :heart:");
        state.settings.text.shortcodes = false;
        state.composer.set("");
        write(&mut state, ":tada:");
        assert_eq!(state.composer.text(), ":tada:");
    }

    #[test]
    fn a_draft_keeps_its_mentions() {
        let mut state = group();
        write(&mut state, "@li");
        press(&mut state, KeyCode::Enter);
        write(&mut state, "later");
        let effects = happen(&mut state, Event::Key(KeyEvent::new(KeyCode::Char('x'), KeyModifiers::ALT)));
        assert!(effects.iter().any(
            |effect| matches!(effect, Effect::Store(StoreOp::Conversation(row)) if row.draft == "@李小龙 later" && row.draft_s > 0)
        ));
        crate::update::open_chat(&mut state, &ChatId::group("rust"), &mut Vec::new());
        press(&mut state, KeyCode::Enter);
        assert_eq!(sent(&state), ("@李小龙 later".into(), vec!["li".into()]));
        assert_eq!(state.conversations.get(&ChatId::group("rust")).unwrap().draft_s, 0);
    }
}
