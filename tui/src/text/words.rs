//! Text to words for the local full-text index, and what a person typed to a question for it. Scripts without blanks between
//! words (Chinese, Japanese, Korean, Thai and their like) are cut into overlapping pairs, so that any run of two characters is
//! found; emoji stand alone; other words are found by their beginnings.

/// Characters that stand in pairs.
fn is_dense(c: char) -> bool {
    matches!(u32::from(c),
        0x0e00..=0x0eff | 0x1000..=0x109f | 0x1780..=0x17ff | 0x1100..=0x11ff | 0x2e80..=0x2fdf | 0x3005..=0x3007
        | 0x3040..=0x30ff | 0x3130..=0x318f | 0x31f0..=0x31ff | 0x3400..=0x4dbf | 0x4e00..=0x9fff | 0xa960..=0xa97f
        | 0xac00..=0xd7ff | 0xf900..=0xfaff | 0xff66..=0xff9f | 0x20000..=0x3ffff)
}

fn is_emoji(c: char) -> bool {
    matches!(u32::from(c), 0x2190..=0x2bff | 0x1f000..=0x1faff)
}

/// A piece of a text.
enum Piece<'a> {
    Word(&'a str),
    Dense(&'a str),
    Emoji(char),
}

fn pieces(text: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        loop {
            let first = rest.chars().next()?;
            let (piece, length) = if is_emoji(first) {
                (Some(Piece::Emoji(first)), first.len_utf8())
            } else if is_dense(first) {
                let end = rest.find(|c| !is_dense(c)).unwrap_or(rest.len());
                (Some(Piece::Dense(&rest[..end])), end)
            } else if first.is_alphanumeric() {
                let end = rest.find(|c: char| !c.is_alphanumeric() || is_dense(c) || is_emoji(c)).unwrap_or(rest.len());
                (Some(Piece::Word(&rest[..end])), end)
            } else {
                (None, first.len_utf8())
            };
            rest = &rest[length..];
            if piece.is_some() {
                return piece;
            }
        }
    })
}

/// Pairs of a run of characters; with `last`, the last one alone too, so that one character is found by its beginning.
fn pairs(run: &str, last: bool) -> Vec<String> {
    let chars: Vec<char> = run.chars().collect();
    let mut pairs: Vec<String> = chars.windows(2).map(|pair| pair.iter().collect()).collect();
    if last || chars.len() == 1 {
        pairs.extend(chars.last().map(char::to_string));
    }
    pairs
}

/// The words of a text with blanks between them, as the index stores them.
pub(crate) fn indexed(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for piece in pieces(text) {
        let words = match piece {
            Piece::Word(word) => vec![word.to_lowercase()],
            Piece::Dense(run) => pairs(run, true),
            Piece::Emoji(c) => vec![c.to_string()],
        };
        for word in words {
            out.push_str(&word);
            out.push(' ');
        }
    }
    out
}

/// What a person typed, as a question in the index's language: everything must be there. `None`: there is no word in it.
pub(crate) fn question(typed: &str) -> Option<String> {
    let terms: Vec<String> = pieces(typed)
        .map(|piece| match piece {
            Piece::Word(word) => format!("\"{}\" *", word.to_lowercase()),
            Piece::Dense(run) if run.chars().count() == 1 => format!("\"{run}\" *"),
            Piece::Dense(run) => format!("\"{}\"", pairs(run, false).join(" ")),
            Piece::Emoji(c) => format!("\"{c}\""),
        })
        .collect();
    (!terms.is_empty()).then(|| terms.join(" AND "))
}

/// Where the words of a question stand in a text: ranges to set apart.
pub(crate) fn marked(text: &str, typed: &str) -> Vec<std::ops::Range<usize>> {
    let wanted: Vec<String> = pieces(typed)
        .map(|piece| match piece {
            Piece::Word(word) | Piece::Dense(word) => word.to_lowercase(),
            Piece::Emoji(c) => c.to_string(),
        })
        .collect();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        let starts_word = is_dense(c)
            || is_emoji(c)
            || text[..at].chars().next_back().is_none_or(|before| !before.is_alphanumeric() || is_dense(before));
        let length = wanted.iter().filter(|_| starts_word).filter_map(|word| begins(&text[at..], word)).max();
        match length {
            Some(length) => {
                found.push(at..at + length);
                at += length;
            }
            None => at += c.len_utf8(),
        }
    }
    found
}

/// Bytes of the text's beginning that are this lower-case word.
fn begins(text: &str, word: &str) -> Option<usize> {
    let mut rest = word;
    for (at, c) in text.char_indices() {
        if rest.is_empty() {
            return Some(at);
        }
        for lower in c.to_lowercase() {
            rest = rest.strip_prefix(lower)?;
        }
    }
    rest.is_empty().then_some(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    #[rstest]
    #[case("Hello, World_2!", "hello world 2 ")]
    #[case("消息队列 ok", "消息 息队 队列 列 ok ")]
    #[case("v2版本👍🏽好", "v2 版本 本 👍 🏽 好 ")]
    #[case("ありがとう", "あり りが がと とう う ")]
    #[case("  ", "")]
    fn a_text_is_cut_into_words_and_pairs(#[case] text: &str, #[case] words: &str) {
        assert_eq!(indexed(text), words);
    }

    #[rstest]
    #[case("Plan to", Some(r#""plan" * AND "to" *"#))]
    #[case("队列", Some(r#""队列""#))]
    #[case("消息队", Some(r#""消息 息队""#))]
    #[case("队", Some(r#""队" *"#))]
    #[case("\"); DROP", Some(r#""drop" *"#))]
    #[case("?!", None)]
    fn what_is_typed_becomes_a_question(#[case] typed: &str, #[case] question_text: Option<&str>) {
        assert_eq!(question(typed).as_deref(), question_text);
    }

    #[rstest]
    #[case("The planned PLAN, explan", "plan", &["plan", "PLAN"])]
    #[case("我们的消息队列很快", "消息", &["消息"])]
    #[case("Straße STRASSE", "stra", &["Stra", "STRA"])]
    fn hits_are_set_apart_where_words_begin(#[case] text: &str, #[case] typed: &str, #[case] parts: &[&str]) {
        let found: Vec<&str> = marked(text, typed).into_iter().map(|range| &text[range]).collect();
        assert_eq!(found, parts);
    }

    proptest! {
        #[test]
        fn any_text_can_be_marked_and_asked_for(text in "\\PC{0,40}", typed in "\\PC{0,10}") {
            let ranges = marked(&text, &typed);
            prop_assert!(ranges.windows(2).all(|pair| pair[0].end <= pair[1].start));
            prop_assert!(ranges.iter().all(|range| text.is_char_boundary(range.start) && text.is_char_boundary(range.end)));
            prop_assert_eq!(question(&typed).is_none(), indexed(&typed).is_empty());
        }
    }
}
