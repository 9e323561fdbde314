//! Emoji: the kits' codes, shortcodes, and finding one by its name.

use emojis::{Emoji, UnicodeVersion};
use std::ops::Range;

/// Codes of the product's kits, without `[TUIEmoji_` and `]`: what is shown for them.
#[rustfmt::skip]
const KIT: &[(&str, &str)] = &[
    ("666", "🤙"), ("857", "🤟"), ("Ai", "🥰"), ("Amazed", "😲"), ("Askance", "😒"), ("BareTeeth", "😬"), ("Beer", "🍺"),
    ("Bless", "🙏"), ("Blink", "😉"), ("Bombs", "💣"), ("Cake", "🎂"), ("Celebrate", "🎉"), ("Cheerful", "😄"), ("Coffee", "☕"),
    ("Complacent", "😏"), ("Convinced", "🙌"), ("Cow", "🐮"), ("Daemon", "😈"), ("Expect", "🤩"), ("Fear", "😨"), ("FlareUp", "😤"),
    ("Flower", "🌹"), ("Fool", "🤡"), ("Fortune", "💰"), ("Giggle", "🤭"), ("Guffaw", "😆"), ("Haha", "😀"), ("Heart", "💗"),
    ("Hehe", "😁"), ("KindSmile", "😇"), ("Kiss", "😘"), ("Knife", "🔪"), ("Like", "👍"), ("Lustful", "😍"), ("Mask", "😷"),
    ("Monster", "👹"), ("Moon", "🌙"), ("Ok", "👌"), ("Pig", "🐷"), ("Prohibit", "🚫"), ("Rage", "😡"), ("RedPacket", "🧧"),
    ("Rich", "🤑"), ("Shit", "💩"), ("ShutUp", "🤐"), ("Sigh", "😮"), ("Silent", "🤫"), ("Silly", "🤪"), ("Skull", "💀"),
    ("Smile", "🙂"), ("Sorrow", "😭"), ("Speechless", "😶"), ("Star", "⭐"), ("Stareyes", "🤩"), ("Sun", "🌞"), ("Surprised", "😯"),
    ("Tact", "😊"), ("TearsLaugh", "😂"), ("Trapped", "😖"), ("Wail", "😫"), ("Watermelon", "🍉"), ("Yawn", "🥱"),
];

/// What the kits' codes start with.
const KIT_START: &str = "[TUIEmoji_";
/// Letters of the longest code or shortcode that is looked for.
const CODE_BYTES: usize = 48;
/// Emoji that are younger than this are drawn by few terminals, and not offered.
const NEWEST_OFFERED: UnicodeVersion = UnicodeVersion::new(15, 0);

/// The emoji of a kit's code such as `TUIEmoji_Smile`, which is also the name of a reaction.
pub(crate) fn of_kit(code: &str) -> Option<&'static str> {
    let name = code.strip_prefix("TUIEmoji_")?;
    KIT.iter().find(|row| row.0 == name).map(|row| row.1)
}

/// The emoji of a shortcode such as `thumbsup`.
pub(crate) fn of_shortcode(code: &str) -> Option<&'static str> {
    let looks_like_one = !code.is_empty() && code.len() <= CODE_BYTES && code.bytes().all(is_code_byte);
    looks_like_one.then(|| emojis::get_by_shortcode(code)).flatten().map(Emoji::as_str)
}

/// A letter of a shortcode.
pub(crate) fn is_code_byte(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'_' | b'+' | b'-')
}

/// Something that stands for an emoji: its place, and what is shown there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Code {
    pub(crate) range: Range<usize>,
    pub(crate) shown: Shown,
}

/// What is shown for a code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Shown {
    Emoji(&'static str),
    /// An emoji of a kit that is not known here: its name in brackets.
    Name(String),
}

/// The codes of a text, in order.
pub(crate) fn codes(text: &str) -> Vec<Code> {
    let mut found = Vec::new();
    if text.contains(KIT_START) {
        kit_codes(text, &mut found);
    }
    if text.contains(':') {
        shortcodes(text, &mut found);
    }
    found.sort_by_key(|code| code.range.start);
    found
}

fn kit_codes(text: &str, found: &mut Vec<Code>) {
    for (at, _) in text.match_indices(KIT_START) {
        let rest = &text[at + KIT_START.len()..];
        let Some(end) = rest.bytes().take(CODE_BYTES).position(|byte| byte == b']') else { continue };
        let name = &rest[..end];
        if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
            continue;
        }
        let shown =
            KIT.iter().find(|row| row.0 == name).map_or_else(|| Shown::Name(format!("[{name}]")), |row| Shown::Emoji(row.1));
        found.push(Code { range: at..at + KIT_START.len() + end + 1, shown });
    }
}

/// `:tada:`, but not inside of a word, a path or a time.
fn shortcodes(text: &str, found: &mut Vec<Code>) {
    let free = |c: Option<char>| c.is_none_or(|c| !c.is_ascii_alphanumeric() && !matches!(c, ':' | '_' | '/' | '\\' | '='));
    let (mut from, mut ended) = (0, usize::MAX);
    while let Some(at) = text[from..].find(':').map(|found| from + found) {
        let rest = &text[at + 1..];
        let name_bytes = rest.bytes().take(CODE_BYTES).take_while(|byte| is_code_byte(*byte)).count();
        let end = at + 1 + name_bytes;
        from = at + 1;
        if text.as_bytes().get(end) != Some(&b':') || !(free(text[..at].chars().next_back()) || ended == at) {
            continue;
        }
        let behind = text[end + 1..].chars().next();
        // Several in a row share no colon.
        if !free(behind.filter(|c| *c != ':')) {
            continue;
        }
        if let Some(emoji) = of_shortcode(&rest[..name_bytes]) {
            found.push(Code { range: at..end + 1, shown: Shown::Emoji(emoji) });
            (from, ended) = (end + 1, end + 1);
        }
    }
}

/// Emoji whose name or shortcode fits what is typed, the best first.
pub(crate) fn search(typed: &str, limit: usize) -> Vec<&'static Emoji> {
    let typed = typed.trim().to_lowercase();
    let words: Vec<&str> = typed.split([' ', '_', '-']).filter(|word| !word.is_empty()).collect();
    if words.is_empty() {
        return offered().take(limit).collect();
    }
    let mut found: Vec<(u32, &'static Emoji)> =
        offered().filter_map(|emoji| score(emoji, &typed, &words).map(|score| (score, emoji))).collect();
    found.sort_by_key(|(score, _)| *score);
    found.into_iter().take(limit).map(|(_, emoji)| emoji).collect()
}

fn offered() -> impl Iterator<Item = &'static Emoji> {
    emojis::iter().filter(|emoji| emoji.unicode_version() <= NEWEST_OFFERED)
}

/// Lower is better; the order of the standard decides among equals.
fn score(emoji: &Emoji, typed: &str, words: &[&str]) -> Option<u32> {
    let codes = || emoji.shortcodes();
    if codes().any(|code| code == typed) {
        return Some(0);
    }
    if codes().any(|code| code.starts_with(typed)) {
        return Some(1);
    }
    let starts = |word: &str| {
        emoji.name().split([' ', '-']).any(|part| part.to_lowercase().starts_with(word))
            || codes().any(|code| code.split('_').any(|part| part.starts_with(word)))
    };
    if words.iter().all(|word| starts(word)) {
        return Some(2);
    }
    let within = |word: &str| emoji.name().to_lowercase().contains(word) || codes().any(|code| code.contains(word));
    words.iter().all(|word| within(word)).then_some(3)
}

/// The name to write beside an emoji: its shortcode, or its name.
pub(crate) fn name(emoji: &Emoji) -> &str {
    emoji.shortcode().unwrap_or_else(|| emoji.name())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn replaced(text: &str) -> String {
        let mut out = String::new();
        let mut at = 0;
        for code in codes(text) {
            out.push_str(&text[at..code.range.start]);
            match code.shown {
                Shown::Emoji(emoji) => out.push_str(emoji),
                Shown::Name(name) => out.push_str(&name),
            }
            at = code.range.end;
        }
        out + &text[at..]
    }

    #[rstest]
    #[case("hi [TUIEmoji_Smile]", "hi 🙂")]
    #[case("[TUIEmoji_Like][TUIEmoji_Like]", "👍👍")]
    #[case("[TUIEmoji_Brandnew]", "[Brandnew]")]
    #[case("[TUIEmoji_] [TUIEmoji_a b]", "[TUIEmoji_] [TUIEmoji_a b]")]
    #[case("[TUIEmoji_Smile", "[TUIEmoji_Smile")]
    #[case("done :tada:!", "done 🎉!")]
    #[case(":tada::heart:", "🎉❤️")]
    #[case("at 10:30:45 std::heart::x a:tada:b", "at 10:30:45 std::heart::x a:tada:b")]
    #[case("http://tada:heart:80/", "http://tada:heart:80/")]
    #[case(":nosuchemoji:", ":nosuchemoji:")]
    #[case("很好:tada:很好", "很好🎉很好")]
    fn codes_become_what_they_stand_for(#[case] text: &str, #[case] shown: &str) {
        assert_eq!(replaced(text), shown);
    }

    #[test]
    fn every_kit_code_is_one_emoji_of_two_columns() {
        for (name, emoji) in KIT {
            assert!(emojis::get(emoji).is_some(), "{name}");
            assert_eq!(crate::text::width(emoji), 2, "{name}");
            assert_eq!(of_kit(&format!("TUIEmoji_{name}")), Some(*emoji));
        }
        assert!(KIT.windows(2).all(|pair| pair[0].0 < pair[1].0), "in order, each once");
        assert_eq!(of_kit("Smile"), None);
    }

    #[test]
    fn the_best_match_comes_first() {
        let first = |typed: &str| search(typed, 5).first().map(|emoji| emoji.as_str());
        assert_eq!(first("tada"), Some("🎉"));
        assert_eq!(first("thumbsup"), Some("👍"));
        assert_eq!(first("+1"), Some("👍"));
        assert_eq!(first("red heart"), Some("❤️"));
        assert_eq!(first("qqqq"), None);
        assert_eq!(search("", 3).len(), 3);
    }
}
