//! Dialogs about reactions: the bar to choose one, and who reacted.

use super::conversation::ChatId;
use super::editor::Editor;
use crate::text::emoji;

/// Offered before anything was used.
const COMMON: &[&str] = &["👍", "❤\u{fe0f}", "😂", "🎉", "😮", "😢", "🙏", "👀"];
/// Offers of the bar.
const OFFERS: usize = 8;
/// Offers of a search.
const FOUND: usize = 40;

/// Chooses a reaction: the most used, or any that is searched for by its name.
#[derive(Clone, Debug)]
pub(crate) struct React {
    pub(crate) chat: ChatId,
    pub(crate) place: u64,
    pub(crate) editor: Editor,
    pub(crate) offers: Vec<String>,
    pub(crate) chosen: usize,
}

/// Who reacted, a tab per kind.
#[derive(Clone, Debug)]
pub(crate) struct Reactors {
    pub(crate) chat: ChatId,
    pub(crate) place: u64,
    pub(crate) tab: usize,
}

/// Emoji to offer: the last used and the common ones, or what is called or looks like `wanted`.
pub(crate) fn offers(used: &[String], wanted: &str) -> Vec<String> {
    let wanted = wanted.trim().trim_matches(':').to_lowercase();
    if wanted.is_empty() {
        let mut out: Vec<String> = Vec::new();
        for kind in used.iter().map(String::as_str).chain(COMMON.iter().copied()) {
            if out.len() < OFFERS && !out.iter().any(|other| other == kind) {
                out.push(kind.to_owned());
            }
        }
        return out;
    }
    // An emoji that was typed or pasted is itself.
    if let Some(exact) = emojis::get(&wanted) {
        return vec![exact.as_str().to_owned()];
    }
    emoji::search(&wanted, FOUND).into_iter().map(|found| found.as_str().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_used_last_leads_and_nothing_is_offered_twice() {
        let used = ["🦀".to_owned(), "🎉".to_owned()];
        let offered = offers(&used, "");
        assert_eq!((offered.len(), &offered[..2]), (OFFERS, &used[..]));
        assert_eq!(offered.iter().filter(|kind| *kind == "🎉").count(), 1);
    }

    #[test]
    fn any_emoji_is_found_by_its_name_or_by_itself() {
        assert_eq!(offers(&[], "crab")[0], "🦀");
        assert_eq!(offers(&[], ":tada:")[0], "🎉");
        assert_eq!(offers(&[], "🦀")[0], "🦀");
        assert!(offers(&[], "no such emoji at all").is_empty());
    }
}
