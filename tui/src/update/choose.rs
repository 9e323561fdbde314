//! Questions with several answers, and the addresses of a message.

use crate::action::Action;
use crate::effect::Effect;
use crate::state::modal::{Choose, Chosen, Confirm, Confirmed, Modal};
use crate::state::{State, Tone};
use crate::text::link::{Opening, opening, shown};

/// Opens or copies an address of the selected message; asks which one where it has several.
pub(crate) fn links(state: &mut State, action: Action, out: &mut Vec<Effect>) {
    let on_page = match state.modals.last() {
        Some(Modal::Page(page)) => page.selected(),
        _ => None,
    };
    let Some(message) = on_page.or_else(|| state.open_timeline().and_then(|timeline| timeline.selected_row())) else {
        state.say(Tone::Neutral, "No message is selected");
        return;
    };
    let mut links: Vec<String> = Vec::new();
    for link in message.links() {
        if !links.iter().any(|known| **known == *link) {
            links.push(link.to_string());
        }
    }
    let does = |url: String| if action == Action::OpenLink { Chosen::OpenLink(url) } else { Chosen::CopyLink(url) };
    match links.as_slice() {
        [] => state.say(Tone::Neutral, "This message has no address"),
        [url] => act(state, does(url.clone()), out),
        _ => {
            let title = if action == Action::OpenLink { "Open an address" } else { "Copy an address" };
            let answers = links.into_iter().map(|url| (shown(&url).into_owned(), does(url))).collect();
            state.modals.push(Modal::Choose(Choose { title: title.into(), says: String::new(), answers, chosen: 0 }));
        }
    }
}

/// Does what was chosen.
pub(crate) fn confirm(state: &mut State, out: &mut Vec<Effect>) {
    if let Some(Modal::Choose(mut choose)) = state.modals.pop()
        && choose.chosen < choose.answers.len()
    {
        let (_, chosen) = choose.answers.swap_remove(choose.chosen);
        act(state, chosen, out);
    }
}

fn act(state: &mut State, chosen: Chosen, out: &mut Vec<Effect>) {
    match chosen {
        Chosen::OpenLink(url) => open(state, url, out),
        Chosen::CopyLink(url) => {
            out.push(Effect::Copy(url));
            state.say(Tone::Good, "Copied");
        }
        Chosen::PasteAsText(text) => super::paste::insert(state, &text, out),
        Chosen::PasteToEditor(text) => {
            super::paste::insert(state, &text, out);
            super::outside::edit(state, out);
        }
        Chosen::PasteAsFile(text) => {
            if let Some(chat) = &state.open {
                super::media::attach_text(chat, "pasted.txt", text, out);
            }
        }
        Chosen::KeepOrder { order, user, seconds } => super::room::keep(state, order, &user, seconds, out),
        Chosen::Group(ask) => _ = super::group_page::ask(state, ask, out),
        Chosen::MuteFor { group, user } => {
            super::group_form::open(state, crate::state::modal::GroupForm::MuteTime { group, user }, "");
        }
        Chosen::DeclineWith(request) => super::request::decline_with(state, request),
        Chosen::Theme(name) => super::theme::set(state, name, out),
        Chosen::Nothing => {}
    }
}

/// Opens an address; one that starts another program, or is not what it looks like, after a yes.
fn open(state: &mut State, url: String, out: &mut Vec<Effect>) {
    match opening(&url) {
        Opening::Free => {
            state.say(Tone::Neutral, format!("Opening {}", shown(&url)));
            out.push(Effect::Open(url));
        }
        Opening::Ask(why) => {
            let detail = format!("{}\n{why}", shown(&url));
            let then = Confirmed::OpenLink(url);
            state.modals.push(Modal::Confirm(Confirm { question: "Open this address?".into(), detail, yes: "Open", then }));
        }
        Opening::Refused => state.say(Tone::Bad, "tern opens web pages and mail addresses only"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Event, LocalEvent};
    use crate::state::conversation::ChatId;
    use crate::state::fixture::{lively, text};
    use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

    fn said(words: &str) -> State {
        let mut state = lively();
        let bob = ChatId::user("bob");
        crate::update::open_chat(&mut state, &bob, &mut Vec::new());
        let now = state.now;
        let page = LocalEvent::Page { chat: bob, messages: vec![text("bob", "bob", 1, 9, words)], held: vec![(1, 1)] };
        crate::update::update(&mut state, Event::Local(page), now);
        press(&mut state, KeyCode::Up);
        state
    }

    fn press(state: &mut State, code: KeyCode) -> Vec<Effect> {
        let now = state.now;
        crate::update::update(state, Event::Key(KeyEvent::new(code, KeyModifiers::NONE)), now)
    }

    fn opened(effects: &[Effect]) -> Vec<&str> {
        effects.iter().filter_map(|effect| if let Effect::Open(url) = effect { Some(url.as_str()) } else { None }).collect()
    }

    #[test]
    fn a_single_web_page_opens_at_once() {
        let mut state = said("see www.example.org");
        assert_eq!(opened(&press(&mut state, KeyCode::Char('l'))), ["https://www.example.org"]);
    }

    #[test]
    fn several_addresses_are_offered_each_once() {
        let mut state = said("https://a.b/ https://c.d/ https://a.b/");
        assert!(press(&mut state, KeyCode::Char('l')).is_empty());
        assert!(matches!(state.modals.last(), Some(Modal::Choose(choose)) if choose.answers.len() == 2));
        press(&mut state, KeyCode::Down);
        assert_eq!(opened(&press(&mut state, KeyCode::Enter)), ["https://c.d/"]);
        assert!(state.modals.is_empty());
    }

    #[test]
    fn mail_and_disguised_hosts_are_asked_about_and_nothing_else_opens() {
        for words in ["mailto:bob@example.org", "https://bank.example@evil.example/"] {
            let mut state = said(words);
            assert!(press(&mut state, KeyCode::Char('l')).is_empty());
            assert_eq!(opened(&press(&mut state, KeyCode::Enter)), [words]);
        }
        let mut state = said("file:///etc/passwd");
        assert!(press(&mut state, KeyCode::Char('l')).is_empty() && state.modals.is_empty());
    }

    #[test]
    fn an_address_is_copied() {
        let mut state = said("write to bob@example.org");
        let effects = press(&mut state, KeyCode::Char('L'));
        assert!(matches!(&effects[..], [Effect::Copy(url)] if url == "mailto:bob@example.org"));
    }
}
