//! Choosing the colours (`contract/uikit-parity.md` 0.7).

use crate::effect::{Effect, StoreOp};
use crate::state::modal::{Choose, Chosen, Modal};
use crate::state::{State, Tone};
use crate::view::theme::Theme;

/// Takes the theme that is named; without a name they are offered.
pub(super) fn choose(state: &mut State, argument: &str, out: &mut Vec<Effect>) {
    let word = argument.trim().to_lowercase();
    // What the kits call the system's is the terminal's own palette here.
    let word = if word == "system" { "terminal" } else { &word };
    if word.is_empty() {
        let answers = Theme::names_built_in().map(|name| (name.to_owned(), Chosen::Theme(name))).collect();
        let says = "The terminal's own palette, or one of these.".into();
        state.modals.push(Modal::Choose(Choose { title: "Colours".into(), says, answers, chosen: 0 }));
        return;
    }
    match Theme::names_built_in().find(|name| *name == word) {
        Some(name) => set(state, name, out),
        None => {
            let known: Vec<&str> = Theme::names_built_in().collect();
            state.say(Tone::Bad, format!("There is no theme {word}: {}", known.join(", ")));
        }
    }
}

/// Uses a theme, here and at the next start.
pub(super) fn set(state: &mut State, name: &'static str, out: &mut Vec<Effect>) {
    let Some(theme) = state.settings.theme.other(name) else { return };
    state.settings.theme = theme;
    out.push(Effect::Store(StoreOp::Set { name: "theme", value: name.into() }));
    let says = match state.settings.theme_named {
        true => format!("{name} for now; the settings name the one of the next start"),
        false => format!("The colours are {name} from now on"),
    };
    state.say(Tone::Good, says);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::action::Action;
    use crate::state::fixture::lively;

    #[test]
    fn a_theme_is_taken_by_its_name_or_from_the_list_and_kept() {
        let mut state = lively();
        let mut out = Vec::new();
        let before = state.settings.theme.accent;
        crate::update::run(&mut state, Action::Theme, "Serious", &mut out);
        assert_ne!(state.settings.theme.accent, before);
        assert!(matches!(&out[..], [Effect::Store(StoreOp::Set { name: "theme", value })] if value == "serious"), "{out:?}");
        crate::update::run(&mut state, Action::Theme, "system", &mut out);
        assert_eq!(state.settings.theme.accent, before);
        out.clear();
        crate::update::run(&mut state, Action::Theme, "purple", &mut out);
        assert!(out.is_empty());
        crate::update::run(&mut state, Action::Theme, "", &mut out);
        let Some(Modal::Choose(choose)) = state.modals.last() else { panic!("they are offered") };
        assert_eq!(choose.answers.len(), Theme::names_built_in().count());
    }
}
