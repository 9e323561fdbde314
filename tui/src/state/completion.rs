//! What is offered while one writes: people after an `@`, emoji after a `:`.

use super::modal::{Member, MembersPage};
use emojis::Emoji;

/// Members of a group that are kept to be offered: a person types a name rather than scrolling further.
pub(crate) const MEMBERS: usize = 2000;

/// One thing that is offered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Offered {
    /// Everybody in the group.
    All,
    Person {
        user: String,
        /// Name card, nick, or the UserID.
        name: String,
    },
    Emoji(&'static Emoji),
}

/// The list above what is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Completion {
    /// Where the `@` or `:` is in what is written.
    pub(crate) start: usize,
    pub(crate) offers: Vec<Offered>,
    pub(crate) chosen: usize,
}

/// Members of the open group, as far as they came.
#[derive(Clone, Debug, Default)]
pub(crate) struct Mentionable {
    pub(crate) group: String,
    pub(crate) list: Vec<Member>,
    /// The next page, unless all are here.
    pub(crate) next: Option<MembersPage>,
    pub(crate) busy: bool,
}

/// What is offered, and what was waved away.
#[derive(Clone, Debug, Default)]
pub(crate) struct Completing {
    pub(crate) open: Option<Completion>,
    /// The `@` or `:` whose list was closed: it stays closed.
    pub(crate) refused: Option<usize>,
    pub(crate) members: Mentionable,
}

/// What is being written behind an `@` or a `:`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trigger<'a> {
    Person { start: usize, typed: &'a str },
    Emoji { start: usize, typed: &'a str },
}

/// Letters after an `@` that are still looked up.
const TYPED_BYTES: usize = 48;

/// The `@` or `:` that the caret stands behind.
pub(crate) fn trigger(before: &str) -> Option<Trigger<'_>> {
    let line = before.rfind('\n').map_or(0, |at| at + 1);
    let start = before[line..].rfind(['@', ':', '＠']).map(|at| at + line)?;
    let sign = before[start..].chars().next()?;
    let typed = &before[start + sign.len_utf8()..];
    let inside_word =
        before[..start].chars().next_back().is_some_and(|c| c.is_ascii_alphanumeric() || matches!(c, ':' | '/' | '_'));
    if inside_word || typed.len() > TYPED_BYTES || typed.contains(char::is_whitespace) {
        return None;
    }
    match sign {
        ':' => {
            let long_enough = typed.len() >= 2 && typed.bytes().all(crate::text::emoji::is_code_byte);
            long_enough.then_some(Trigger::Emoji { start, typed })
        }
        _ => Some(Trigger::Person { start, typed }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("hi @bo", Some(Trigger::Person { start: 3, typed: "bo" }))]
    #[case("@", Some(Trigger::Person { start: 0, typed: "" }))]
    #[case("你好@李", Some(Trigger::Person { start: 6, typed: "李" }))]
    #[case("a\n@x", Some(Trigger::Person { start: 2, typed: "x" }))]
    #[case("mail bob@example", None)]
    #[case("@bob is", None)]
    #[case("so :ta", Some(Trigger::Emoji { start: 3, typed: "ta" }))]
    #[case("so :t", None)]
    #[case("at 10:30", None)]
    #[case("std::iter", None)]
    #[case("http://ab", None)]
    #[case(":-)", None)]
    fn a_list_opens_behind_a_sign_at_a_words_start(#[case] before: &str, #[case] found: Option<Trigger<'_>>) {
        assert_eq!(trigger(before), found);
    }
}
