//! Making a payload fit (`contract/push-providers.md` section 10): display text alone is cut, at grapheme borders, in linear time.

use unicode_segmentation::GraphemeCursor;

/// What a provider takes at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limits {
    /// Bytes of JSON as sent.
    pub(crate) payload_bytes: usize,
}

impl Limits {
    /// APNs: 4096 bytes (section 1.5).
    pub(crate) const APNS: Self = Self { payload_bytes: 4096 };
    /// FCM: 4096 bytes of keys and values; the whole message without its token is measured, which is stricter (section 2.2).
    pub(crate) const FCM: Self = Self { payload_bytes: 4096 };
}

/// The parts of a payload that may shrink.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Parts {
    pub(crate) title: String,
    pub(crate) subtitle: String,
    pub(crate) body: String,
    /// Never cut: dropped whole, and `truncated` set.
    pub(crate) ext: String,
    /// The app is told to fetch the message.
    pub(crate) truncated: bool,
}

const ELLIPSIS: &str = "…";

/// Encodes the parts so that at most `limit_bytes` come out; `None`: it cannot be done, the payload is rejected.
/// `encode` must write each text once,
/// and may leave out an empty one with its key.
pub(crate) fn fit(mut parts: Parts, limit_bytes: usize, encode: impl Fn(&Parts) -> Vec<u8>) -> Option<Vec<u8>> {
    let whole = encode(&parts);
    if whole.len() <= limit_bytes {
        return Some(whole);
    }
    let fixed = whole.len() - escaped_len(&parts.title) - escaped_len(&parts.subtitle) - escaped_len(&parts.body);
    let heads = escaped_len(&parts.title) + escaped_len(&parts.subtitle);
    if fixed + heads > limit_bytes && !parts.ext.is_empty() {
        parts.ext = String::new();
        parts.truncated = true;
        return fit(parts, limit_bytes, encode);
    }
    let mut room = limit_bytes.checked_sub(fixed)?;
    for text in [&mut parts.title, &mut parts.subtitle, &mut parts.body] {
        *text = cut(text, room);
        room = room.saturating_sub(escaped_len(text));
    }
    let fitted = encode(&parts);
    (fitted.len() <= limit_bytes).then_some(fitted)
}

/// The longest beginning of `text` whose JSON form has at most `max_bytes`, with `…` when something is missing. Ends at a border
/// of grapheme clusters (UAX #29). Looks at no more than the part that is kept, so its cost does not grow with the text.
pub(crate) fn cut(text: &str, max_bytes: usize) -> String {
    let Some(end) = escaped_prefix(text, max_bytes) else { return text.to_owned() };
    let Some(budget) = max_bytes.checked_sub(ELLIPSIS.len()) else { return String::new() };
    let end = escaped_prefix(text, budget).unwrap_or(end);
    let border = border_at_or_before(text, end);
    if border == 0 { String::new() } else { format!("{}{ELLIPSIS}", &text[..border]) }
}

/// The byte where the longest beginning with at most `max_bytes` of JSON ends; `None`: all of it fits.
fn escaped_prefix(text: &str, max_bytes: usize) -> Option<usize> {
    let mut used = 0;
    for (at, char) in text.char_indices() {
        used += escaped_char_len(char);
        if used > max_bytes {
            return Some(at);
        }
    }
    None
}

fn border_at_or_before(text: &str, at: usize) -> usize {
    let mut cursor = GraphemeCursor::new(at, text.len(), true);
    match cursor.is_boundary(text, 0) {
        Ok(true) => at,
        _ => cursor.prev_boundary(text, 0).ok().flatten().unwrap_or(0),
    }
}

/// Bytes of a text inside JSON quotes, as serde_json writes it.
pub(crate) fn escaped_len(text: &str) -> usize {
    text.chars().map(escaped_char_len).sum()
}

fn escaped_char_len(char: char) -> usize {
    match char {
        '"' | '\\' | '\n' | '\r' | '\t' | '\u{8}' | '\u{c}' => 2,
        '\0'..='\x1f' => 6,
        other => other.len_utf8(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use unicode_segmentation::UnicodeSegmentation;

    fn encode(parts: &Parts) -> Vec<u8> {
        let mut value = serde_json::json!({"title": parts.title, "subtitle": parts.subtitle, "body": parts.body, "ext": parts.ext});
        if parts.truncated {
            value["truncated"] = 1.into();
        }
        value.to_string().into_bytes()
    }

    fn parts(title: &str, body: &str, ext: &str) -> Parts {
        Parts { title: title.into(), body: body.into(), ext: ext.into(), ..Parts::default() }
    }

    #[test]
    fn a_payload_that_fits_is_left_alone() {
        let whole = parts("t", "b", "{}");
        assert_eq!(fit(whole.clone(), 4096, encode).unwrap(), encode(&whole));
    }

    #[test]
    fn the_body_is_cut_first_and_uses_all_the_room() {
        let bytes = fit(parts("title", &"x".repeat(9_000), "{\"a\":1}"), 4096, encode).unwrap();
        let value: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(bytes.len(), 4096);
        assert_eq!((value["title"].as_str(), value["ext"].as_str()), (Some("title"), Some("{\"a\":1}")));
        assert!(value["body"].as_str().unwrap().ends_with("x…"));
    }

    #[test]
    fn an_ext_that_leaves_no_room_is_dropped_whole_and_the_app_is_told() {
        let bytes = fit(parts("t", "hello", &"e".repeat(5_000)), 4096, encode).unwrap();
        let value: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(value, serde_json::json!({"title": "t", "subtitle": "", "body": "hello", "ext": "", "truncated": 1}));
    }

    #[test]
    fn a_title_is_cut_last() {
        let bytes = fit(parts(&"t".repeat(300), "body", ""), 200, encode).unwrap();
        let value: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
        assert!(value["title"].as_str().unwrap().ends_with("t…") && value["body"] == "");
        assert!(bytes.len() <= 200);
    }

    #[test]
    fn what_cannot_fit_is_rejected() {
        assert_eq!(fit(parts("t", "b", ""), 10, encode), None);
    }

    #[test]
    fn a_family_and_a_combining_accent_stay_whole() {
        let family = "👨‍👩‍👧‍👦";
        assert_eq!(cut(&format!("ab{family}cd"), 12), "ab…");
        assert_eq!(cut("abe\u{301}xy", 6), "ab…", "the accent needs one byte more");
        assert_eq!(cut("abe\u{301}", 5), "abe\u{301}");
        assert_eq!(cut("🇩🇪🇫🇷🇯🇵", 20), "🇩🇪🇫🇷…");
    }

    #[test]
    fn a_long_text_costs_no_more_than_what_is_kept() {
        let text = "部署👍🏽e\u{301}".repeat(200_000);
        let started = tern_protocol::clock::SystemClock::new();
        for _ in 0..20 {
            assert!(cut(&text, 4_000).ends_with('…'));
        }
        let spent = tern_protocol::clock::Clock::mono_ms(&started);
        assert!(spent < 400, "20 cuts of a text of megabytes took {spent} ms");
    }

    proptest! {
        #[test]
        fn a_cut_is_a_beginning_at_a_grapheme_border_and_as_long_as_can_be(text in "[a\"\\\\\n\u{1}é部e\u{301}👍🏽\u{200d}👨🇩🇪]{0,60}", max in 0_usize..120) {
            let short = cut(&text, max);
            prop_assert!(escaped_len(&short) <= max);
            if short == text { return Ok(()); }
            prop_assert!(escaped_len(&text) > max);
            let kept = short.strip_suffix(ELLIPSIS).unwrap_or("");
            let borders: Vec<usize> = text.grapheme_indices(true).map(|(at, _)| at).chain([text.len()]).collect();
            prop_assert!(text.starts_with(kept) && borders.contains(&kept.len()));
            let longer = borders.iter().find(|at| **at > kept.len()).copied().unwrap_or(text.len());
            prop_assert!(escaped_len(&text[..longer]) + ELLIPSIS.len() > max, "a longer one would fit");
        }

        #[test]
        fn the_escaped_length_is_what_the_encoder_writes(text in "\\PC*|[\\x00-\\x1f\"\\\\]{0,20}") {
            prop_assert_eq!(serde_json::to_string(&text).unwrap().len(), escaped_len(&text) + 2);
        }

        #[test]
        fn whatever_comes_out_is_within_the_limit(title in "\\PC{0,80}", body in "\\PC{0,400}", ext in "\\PC{0,300}", limit in 100_usize..700) {
            if let Some(bytes) = fit(Parts { title, body, ext, ..Parts::default() }, limit, encode) {
                prop_assert!(bytes.len() <= limit);
                prop_assert!(serde_json::from_slice::<serde_json::Value>(&bytes).is_ok());
            }
        }
    }
}
