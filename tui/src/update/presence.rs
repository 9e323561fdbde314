//! Whether others are online (`contract/client-semantics.md` 10.2): subscribing to the people of the list, and what one says of oneself.

use crate::action::Action;
use crate::effect::{Ask, AttachedAsk, Effect, StoreOp};
use crate::event::Refusal;
use crate::state::conversation::ChatId;
use crate::state::live::Presence;
use crate::state::{State, Tone};
use crate::text::clean_line;
use tern_protocol::api::presence::OnlineStatus;
use tern_protocol::event::UserStatus;
use tern_protocol::{ErrorCode, limits};

fn presence_of(number: i64) -> Presence {
    match number {
        1 => Presence::Online,
        2 => Presence::Offline,
        _ => Presence::LoggedOut,
    }
}

/// A person came, went, or said something of itself; one's own other device may have.
pub(super) fn told(state: &mut State, status: UserStatus) {
    let text = status.custom_status.as_deref().map(clean_line);
    if status.to_account == state.me.user {
        state.own_status = text.unwrap_or(std::mem::take(&mut state.own_status));
    } else if state.live.watches(&status.to_account) {
        state.live.set_presence(&status.to_account, presence_of(status.status));
        if let Some(text) = text {
            state.live.set_custom_status(&status.to_account, text);
        }
    }
}

/// How the people are whose states are told from now on.
pub(super) fn known(state: &mut State, users: &[String], result: Result<OnlineStatus, Refusal>) {
    match result {
        Ok(answer) => {
            for of in answer.query_result {
                state.live.set_presence(&of.to_account, presence_of(of.number.unwrap_or(0)));
                state.live.set_custom_status(&of.to_account, clean_line(&of.custom_status.unwrap_or_default()));
            }
        }
        Err(refusal) if refusal.code == ErrorCode::ACCOUNT_USER_STATUS_QUERY_SUBSCRIPTION.0 => state.live.presence_off = true,
        // Asked again with the next login: what cannot be told is not shown.
        Err(refusal) => tracing::debug!(%refusal, people = users.len(), "online states were not told"),
    }
}

/// Subscribes to the people at the top of the list and the one that is open, where that was not done yet.
pub(super) fn settle(state: &mut State, out: &mut Vec<Effect>) {
    if !state.online() || !state.shows_presence || state.live.presence_off {
        return;
    }
    let seen = (state.conversations.ordered(), state.open.clone());
    if state.live.presence_looked.as_ref() == Some(&seen) {
        return;
    }
    let me = state.me.user.clone();
    let of = |chat: &ChatId| matches!(chat, ChatId::User(user) if **user != *me).then(|| chat.id().to_owned());
    let top = state.conversations.listed().filter_map(|row| of(&row.id)).take(limits::STATUS_SUBSCRIPTIONS - 1);
    let mut wanted: Vec<String> = state.open.iter().filter_map(of).chain(top).filter(|user| !state.live.watches(user)).collect();
    if let Some(first) = wanted.first().cloned() {
        // The open one is in the list too.
        let mut met = false;
        wanted.retain(|user| *user != first || !std::mem::replace(&mut met, true));
    }
    state.live.presence_looked = Some(seen);
    for users in wanted.chunks(limits::STATUS_SUBSCRIBE_BATCH) {
        users.iter().for_each(|user| state.live.watch(user));
        out.push(Effect::Ask(Ask::Attached(AttachedAsk::Watch { users: users.to_vec() })));
    }
}

/// Runs an action about states.
pub(super) fn run(state: &mut State, action: Action, argument: &str, out: &mut Vec<Effect>) {
    match action {
        Action::ToggleOnline if state.live.presence_off => say_off(state),
        Action::ToggleOnline => {
            state.shows_presence = !state.shows_presence;
            let value = if state.shows_presence { "on" } else { "off" };
            out.push(Effect::Store(StoreOp::Set { name: "presence", value: value.into() }));
            let says = match state.shows_presence {
                true => "Online states are shown",
                false => "Online states are not shown",
            };
            if !state.shows_presence {
                state.live.forget_presence();
                out.push(Effect::Ask(Ask::Attached(AttachedAsk::WatchNobody)));
            }
            state.say(Tone::Neutral, says);
        }
        Action::CustomStatus => {
            let text = argument.trim();
            if text.len() > limits::CUSTOM_STATUS_BYTES {
                let says = format!("A status has at most {} bytes, this one {}", limits::CUSTOM_STATUS_BYTES, text.len());
                return state.say(Tone::Bad, says);
            }
            out.push(Effect::Ask(Ask::Attached(AttachedAsk::CustomStatus { text: text.to_owned() })));
        }
        _ => {}
    }
}

/// One's own words stand at the server, or do not.
pub(super) fn custom_status_set(state: &mut State, text: &str, result: Result<(), Refusal>) {
    match result {
        Ok(()) => {
            state.own_status = clean_line(text);
            match text {
                "" => state.say(Tone::Good, "Your status is cleared"),
                _ => state.say(Tone::Good, format!("Your status: {}", clean_line(text))),
            }
        }
        Err(refusal) => state.say(Tone::Bad, format!("Your status was not set: {refusal}")),
    }
}

fn say_off(state: &mut State) {
    state.say(Tone::Bad, "Online states: this feature is not enabled by the administrator");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Answer, AttachedAnswer, Event};
    use crate::state::fixture;
    use crate::update::update;
    use tern_protocol::api::presence::UserState;
    use tern_protocol::event::Event as ServerEvent;

    fn lively() -> State {
        let mut state = fixture::lively();
        state.shows_presence = true;
        state
    }

    fn watched(effects: &[Effect]) -> Vec<String> {
        let users = effects.iter().filter_map(|effect| match effect {
            Effect::Ask(Ask::Attached(AttachedAsk::Watch { users })) => Some(users.clone()),
            _ => None,
        });
        users.flatten().collect()
    }

    fn happen(state: &mut State, event: Event) -> Vec<Effect> {
        let moment = state.now;
        update(state, event, moment)
    }

    fn answer(state: &mut State, result: Result<OnlineStatus, Refusal>) {
        let answer = AttachedAnswer::Watched { users: vec!["bob".into()], result };
        happen(state, Event::Answer(Answer::Attached(answer)));
    }

    #[test]
    fn the_people_of_the_list_are_watched_once_and_their_states_shown() {
        let mut state = lively();
        let first = watched(&happen(&mut state, Event::Woke));
        assert!(first.contains(&"bob".to_owned()), "{first:?}");
        assert!(watched(&happen(&mut state, Event::Woke)).is_empty(), "asked once");
        let of = UserState {
            to_account: "bob".into(),
            number: Some(1),
            custom_status: Some("at\u{1b} lunch".into()),
            ..UserState::default()
        };
        answer(&mut state, Ok(OnlineStatus { query_result: vec![of], error_list: None }));
        assert_eq!(state.live.presence("bob"), Some(Presence::Online));
        assert_eq!(state.live.custom_status("bob"), "at␛ lunch");
        let gone = UserStatus { to_account: "bob".into(), status: 3, custom_status: None };
        happen(&mut state, Event::Server(ServerEvent::UserStatus(gone)));
        assert_eq!(state.live.presence("bob"), Some(Presence::LoggedOut));
        assert_eq!(state.live.custom_status("bob"), "at␛ lunch", "it stays until it is changed");
    }

    #[test]
    fn a_new_login_watches_anew_and_an_application_without_states_is_not_asked_again() {
        let mut state = lively();
        assert!(!watched(&happen(&mut state, Event::Woke)).is_empty());
        state.live.renew();
        assert!(!watched(&happen(&mut state, Event::Woke)).is_empty(), "subscriptions die with the session");
        let off = Refusal { code: 72001, text: "off".into() };
        answer(&mut state, Err(off));
        state.live.presence_looked = None;
        assert!(watched(&happen(&mut state, Event::Woke)).is_empty());
        let mut out = Vec::new();
        run(&mut state, Action::ToggleOnline, "", &mut out);
        assert!(out.is_empty() && state.toast.as_ref().is_some_and(|toast| toast.text.contains("not enabled")));
    }

    #[test]
    fn switched_off_nothing_is_shown_or_asked_and_a_long_status_is_refused_here() {
        let mut state = lively();
        happen(&mut state, Event::Woke);
        let mut out = Vec::new();
        run(&mut state, Action::ToggleOnline, "", &mut out);
        assert!(matches!(&out[..], [Effect::Store(_), Effect::Ask(Ask::Attached(AttachedAsk::WatchNobody))]), "{out:?}");
        assert!(watched(&happen(&mut state, Event::Woke)).is_empty() && state.live.presence("bob").is_none());
        out.clear();
        run(&mut state, Action::CustomStatus, &"x".repeat(101), &mut out);
        assert!(out.is_empty());
        run(&mut state, Action::CustomStatus, " at lunch ", &mut out);
        assert!(matches!(&out[..], [Effect::Ask(Ask::Attached(AttachedAsk::CustomStatus { text }))] if text == "at lunch"));
    }
}
