//! What the words of a message mean: emphasis, code, addresses, mentions, emoji. Read once, when the message comes in.
//!
//! The words themselves stay as they were typed. What is shown differs only where a mark of emphasis that found its partner is
//! left out, or a code stands for an emoji; everything that merely looks like markup (`2*3*4`, `__init__`, lists, numbers,
//! headings, `[text](address)`) is shown as it is.

use super::{emoji, link};
use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};
use std::ops::{BitOr, Deref, Range};
use std::sync::Arc;
use unicode_width::UnicodeWidthChar;

/// Marks that are taken from one text: a hostile one costs no more than these.
const MARKS: usize = 400;

/// How a stretch of text is shown: any of these together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Look(u8);

impl Look {
    pub(crate) const BOLD: Self = Self(1);
    pub(crate) const ITALIC: Self = Self(2);
    pub(crate) const STRIKE: Self = Self(4);
    /// Code within a line.
    pub(crate) const CODE: Self = Self(8);
    /// Lines of code.
    pub(crate) const BLOCK: Self = Self(16);

    /// Whether all of `other` is in it.
    pub(crate) const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

impl BitOr for Look {
    type Output = Self;
    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// A stretch of what is shown that does not look plain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) range: Range<usize>,
    pub(crate) look: Look,
    /// Which of the text's addresses it belongs to.
    pub(crate) link: Option<usize>,
}

/// Whom a mention names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    Me,
    All,
    /// UserID.
    Other(Arc<str>),
}

/// A text with what it means. As a string it is the text as it was typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Rich {
    raw: String,
    /// What is shown, where that is not the text as it was typed.
    shown: Option<String>,
    runs: Vec<Run>,
    links: Vec<Arc<str>>,
    /// Where the `@` of each mention is, in what is shown.
    mentions: Vec<(usize, Who)>,
}

impl Deref for Rich {
    type Target = str;
    fn deref(&self) -> &str {
        &self.raw
    }
}

impl From<String> for Rich {
    /// Reads a cleaned text that mentions nobody.
    fn from(text: String) -> Self {
        Self::read(text, &[])
    }
}

impl From<&str> for Rich {
    fn from(text: &str) -> Self {
        Self::read(text.to_owned(), &[])
    }
}

/// What a mark does to its stretch of text.
#[derive(Clone, Debug)]
enum Mark {
    Look(Look),
    Hide,
    Show(emoji::Shown),
    Link(usize),
    Mention(usize),
}

impl Rich {
    /// Reads a cleaned text; `named` are those whom the message mentions, in its order.
    pub(crate) fn read(raw: String, named: &[Who]) -> Self {
        let found = link::links(&raw);
        let mut marks: Vec<(Range<usize>, Mark)> = Vec::new();
        let code = emphasis(&raw, &found, &mut marks);
        let in_code = |range: &Range<usize>| code.iter().any(|code| overlap(code, range));
        let in_link = |range: &Range<usize>| found.iter().any(|link| overlap(&link.range, range));
        for code in emoji::codes(&raw) {
            if !in_code(&code.range) && !in_link(&code.range) {
                marks.push((code.range, Mark::Show(code.shown)));
            }
        }
        let mentions = mentions(&raw, named);
        marks.extend(mentions.iter().enumerate().map(|(n, (range, _))| (range.clone(), Mark::Mention(n))));
        let links = found.iter().map(|link| Arc::from(link.url.as_str())).collect();
        marks.extend(found.into_iter().enumerate().map(|(n, link)| (link.range, Mark::Link(n))));
        if marks.is_empty() {
            return Self { raw, ..Self::default() };
        }
        marks.truncate(MARKS);
        let mut rich = Self { links, ..Self::default() };
        rich.lay_out(&raw, &marks, mentions);
        rich.raw = raw;
        rich
    }

    /// Puts together what is shown.
    fn lay_out(&mut self, raw: &str, marks: &[(Range<usize>, Mark)], mentions: Vec<(Range<usize>, Who)>) {
        let mut cuts: Vec<usize> = marks.iter().flat_map(|(range, _)| [range.start, range.end]).chain([0, raw.len()]).collect();
        cuts.sort_unstable();
        cuts.dedup();
        let mut shown = String::with_capacity(raw.len());
        let mut who = mentions.into_iter().map(|(_, who)| Some(who)).collect::<Vec<_>>();
        for pair in cuts.windows(2) {
            let (from, to) = (pair[0], pair[1]);
            let mut run = Run { range: shown.len()..shown.len(), look: Look::default(), link: None };
            let mut text = &raw[from..to];
            for (range, mark) in marks.iter().filter(|(range, _)| range.start <= from && to <= range.end) {
                match mark {
                    Mark::Look(look) => run.look = run.look | *look,
                    Mark::Hide => text = "",
                    Mark::Show(emoji::Shown::Emoji(emoji)) => text = if range.start == from { emoji } else { "" },
                    Mark::Show(emoji::Shown::Name(name)) => text = if range.start == from { name } else { "" },
                    Mark::Link(n) => run.link = Some(*n),
                    Mark::Mention(n) => {
                        if let Some(who) = who.get_mut(*n).and_then(Option::take) {
                            self.mentions.push((shown.len(), who));
                        }
                    }
                }
            }
            shown.push_str(text);
            run.range.end = shown.len();
            let joins = |last: &Run| last.range.end == run.range.start && (last.look, last.link) == (run.look, run.link);
            match self.runs.last_mut().filter(|last| joins(last)) {
                Some(last) => last.range.end = run.range.end,
                None if run.range.is_empty() || (run.look == Look::default() && run.link.is_none()) => {}
                None => self.runs.push(run),
            }
        }
        self.shown = (shown != raw).then_some(shown);
    }

    /// The text as it was typed, with its addresses but without any emphasis.
    pub(crate) fn without_markup(&self) -> Self {
        let links = link::links(&self.raw);
        Self {
            raw: self.raw.clone(),
            shown: None,
            runs: links
                .iter()
                .enumerate()
                .map(|(n, link)| Run { range: link.range.clone(), look: Look::default(), link: Some(n) })
                .collect(),
            links: links.iter().map(|link| Arc::from(link.url.as_str())).collect(),
            mentions: Vec::new(),
        }
    }

    /// What is shown.
    pub(crate) fn shown(&self) -> &str {
        self.shown.as_deref().unwrap_or(&self.raw)
    }

    /// Stretches of what is shown that do not look plain, in order.
    pub(crate) fn runs(&self) -> &[Run] {
        &self.runs
    }

    /// What its addresses open, in order.
    pub(crate) fn links(&self) -> &[Arc<str>] {
        &self.links
    }

    /// Where the `@` of each mention is in what is shown, and whom it names.
    pub(crate) fn mentions(&self) -> &[(usize, Who)] {
        &self.mentions
    }
}

fn overlap(one: &Range<usize>, other: &Range<usize>) -> bool {
    one.start < other.end && other.start < one.end
}

/// A letter that belongs to a word: marks beside it are part of that word. Scripts without blanks between words are not meant.
fn is_word(c: char) -> bool {
    c.is_alphanumeric() && c.width() == Some(1)
}

/// Finds emphasis and code; returns where the code is.
fn emphasis(raw: &str, links: &[link::Link], marks: &mut Vec<(Range<usize>, Mark)>) -> Vec<Range<usize>> {
    let mut code = Vec::new();
    if !raw.bytes().any(|byte| matches!(byte, b'*' | b'_' | b'~' | b'`')) {
        return code;
    }
    let mut spans: Vec<(Range<usize>, usize, Look)> = Vec::new();
    let mut depth = 0_usize;
    for (event, range) in Parser::new_ext(raw, Options::ENABLE_STRIKETHROUGH).into_offset_iter() {
        match event {
            Event::Start(Tag::List(_) | Tag::BlockQuote(_) | Tag::Item) => depth += 1,
            Event::End(TagEnd::List(_) | TagEnd::BlockQuote(_) | TagEnd::Item) => depth = depth.saturating_sub(1),
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(_))) if depth == 0 => fenced(raw, range, marks, &mut code),
            Event::Start(Tag::Strong) => spans.push((range, 2, Look::BOLD)),
            Event::Start(Tag::Emphasis) => spans.push((range, 1, Look::ITALIC)),
            Event::Start(Tag::Strikethrough) => spans.push((range, 2, Look::STRIKE)),
            Event::Code(_) => {
                let ticks = raw[range.clone()].bytes().take_while(|byte| *byte == b'`').count();
                spans.push((range, ticks, Look::CODE));
            }
            _ => {}
        }
        if marks.len() + spans.len() * 3 > MARKS {
            break;
        }
    }
    for (range, mark_bytes, look) in spans {
        let (open, close) = (range.start..range.start + mark_bytes, range.end.saturating_sub(mark_bytes)..range.end);
        let splits_link = links.iter().any(|link| overlap(&link.range, &open) || overlap(&link.range, &close));
        if splits_link || !is_meant(raw, &open, &close, look) {
            continue;
        }
        if look == Look::CODE {
            code.push(open.end..close.start);
        }
        marks.push((open.clone(), Mark::Hide));
        marks.push((close.clone(), Mark::Hide));
        marks.push((open.end..close.start, Mark::Look(look)));
    }
    code
}

/// Whether a pair of marks was written to emphasise: around words, not within one.
fn is_meant(raw: &str, open: &Range<usize>, close: &Range<usize>, look: Look) -> bool {
    if open.end >= close.start || !raw.is_char_boundary(open.end) || !raw.is_char_boundary(close.start) {
        return false;
    }
    let content = &raw[open.end..close.start];
    let before = raw[..open.start].chars().next_back();
    let behind = raw[close.end..].chars().next();
    if before.is_some_and(is_word) || behind.is_some_and(is_word) {
        return false;
    }
    if look == Look::CODE {
        return !content.trim().is_empty();
    }
    let mark = &raw[open.clone()];
    if mark != &raw[close.clone()] || (look == Look::STRIKE && mark != "~~") {
        return false;
    }
    // `*.o,*.a` names files, and `__init__` is a name.
    let good_end =
        |c: Option<char>| c.is_some_and(|c| !c.is_ascii() || c.is_ascii_alphanumeric() || "*_~`\"'()[]!?@#$%&+<>:".contains(c));
    let sentence_end = |c: Option<char>| good_end(c) || c.is_some_and(|c| ".:,;".contains(c));
    let plain_name = mark == "__" && content.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    good_end(content.chars().next())
        && sentence_end(content.chars().next_back())
        && !plain_name
        && (look != Look::ITALIC || good_end(content.chars().next_back()))
}

/// Lines between two fences: the fences are left out. One without an end, or with nothing in it, stays as it is.
fn fenced(raw: &str, range: Range<usize>, marks: &mut Vec<(Range<usize>, Mark)>, code: &mut Vec<Range<usize>>) {
    let range = range.start..range.start + raw[range].trim_end_matches('\n').len();
    let block = &raw[range.clone()];
    let (Some(first), Some(last)) = (block.find('\n'), block.rfind('\n')) else { return };
    let fence = if block.starts_with('~') { '~' } else { '`' };
    let opening = block.chars().take_while(|c| *c == fence).count();
    let closing = block[last + 1..].trim();
    if first >= last || opening < 3 || closing.len() < opening || !closing.chars().all(|c| c == fence) {
        return;
    }
    let starts_line = range.start == 0 || raw.as_bytes().get(range.start - 1) == Some(&b'\n');
    let inside = range.start + first + 1..range.start + last;
    if !starts_line || inside.is_empty() {
        return;
    }
    marks.push((range.start..inside.start, Mark::Hide));
    marks.push((inside.end..range.end, Mark::Hide));
    marks.push((inside.clone(), Mark::Look(Look::BLOCK)));
    code.push(range);
}

/// Where the mentions are: an `@` at a word's start for each who is named, in the order of the message.
fn mentions(raw: &str, named: &[Who]) -> Vec<(Range<usize>, Who)> {
    if named.is_empty() {
        return Vec::new();
    }
    let free = |at: usize| !raw[..at].chars().next_back().is_some_and(is_word);
    let places: Vec<usize> = raw.match_indices(['@', '＠']).map(|(at, _)| at).filter(|at| free(*at)).take(64).collect();
    let word = |at: usize| {
        let from = at + raw[at..].chars().next().map_or(1, char::len_utf8);
        let end = raw[from..].find(char::is_whitespace).map_or(raw.len(), |end| from + end);
        from..end
    };
    let mut out = Vec::new();
    let mut left = places.into_iter().filter(|at| !word(*at).is_empty()).collect::<Vec<_>>();
    // Where there are more `@` than names, those that are no names by what follows them are left aside.
    for (n, who) in named.iter().enumerate() {
        let wanted = named.len() - n;
        let fits = |at: &usize| match who {
            Who::Other(user) => raw[word(*at)].starts_with(&**user),
            Who::All => raw[word(*at)].to_lowercase().starts_with("all") || raw[word(*at)].starts_with("所有人"),
            Who::Me => false,
        };
        let index = left.iter().position(fits).unwrap_or(0);
        if left.is_empty() {
            break;
        }
        let at = if left.len() > wanted || index == 0 { left.remove(index) } else { left.remove(0) };
        out.push((at..word(at).end, who.clone()));
    }
    out.sort_by_key(|(range, _)| range.start);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    /// What is shown, with its looks in brackets: B, I, S, C, K (lines of code), L (address).
    fn painted(text: &str) -> String {
        let rich = Rich::from(text);
        let mut out = String::new();
        let mut at = 0;
        for run in rich.runs() {
            out.push_str(&rich.shown()[at..run.range.start]);
            let mut name = String::new();
            for (look, letter) in
                [(Look::BOLD, 'B'), (Look::ITALIC, 'I'), (Look::STRIKE, 'S'), (Look::CODE, 'C'), (Look::BLOCK, 'K')]
            {
                if run.look.has(look) {
                    name.push(letter);
                }
            }
            if run.link.is_some() {
                name.push('L');
            }
            out.push_str(&format!("<{name}:{}>", &rich.shown()[run.range.clone()]));
            at = run.range.end;
        }
        out + &rich.shown()[at..]
    }

    #[rstest]
    #[case("**bold**, *italic*, _too_, ~~gone~~ and `code`", "<B:bold>, <I:italic>, <I:too>, <S:gone> and <C:code>")]
    #[case("***both*** **a *b* c**", "<BI:both> <B:a ><BI:b><B: c>")]
    #[case("这是**重点**内容", "这是<B:重点>内容")]
    #[case("**Stop!** **Why?** **Note:** x", "<B:Stop!> <B:Why?> <B:Note:> x")]
    #[case("**https://a.b/x_y_z**", "<BL:https://a.b/x_y_z>")]
    #[case("see https://a.b/_x_ `https://c.d`", "see <L:https://a.b/_x_> <CL:https://c.d>")]
    #[case("before\n```rust\nlet a = *b;\n  c\n```\nafter", "before\n<K:let a = *b;\n  c>\nafter")]
    #[case("```\none\n```", "<K:one>")]
    #[case("~~~\n[TUIEmoji_Smile] :tada:\n~~~", "<K:[TUIEmoji_Smile] :tada:>")]
    #[case("`:tada:` :tada:", "<C::tada:> 🎉")]
    #[case("**:tada: yes**", "<B:🎉 yes>")]
    #[case("~~a\nb~~", "<S:a\nb>")]
    fn marks_of_emphasis_are_left_out(#[case] text: &str, #[case] shown: &str) {
        assert_eq!(painted(text), shown);
    }

    #[rstest]
    #[case("2*3*4 and 2**3**4")]
    #[case("rm *.o,*.a and ls *.rs *.toml")]
    #[case("__init__ and __name__.py, snake_case_name, _private")]
    #[case("def f(*args, **kwargs)")]
    #[case("1. one\n2. two\n10) ten\n- a\n* b\n+ c")]
    #[case("# heading\n## two\n===\n---\n***")]
    #[case("    four blanks\n\ttab")]
    #[case("[text](note) ![x](y) [ref]: z\n[a]: b")]
    #[case("<b>x</b> &amp; \\*not\\* &copy;")]
    #[case("| a | b |\n|---|---|\n| 1 | 2 |")]
    #[case("```\nno end")]
    #[case("```\n```")]
    #[case("don`t and won`t")]
    #[case("~/a ~5 to ~10 ~x~")]
    #[case("* * *\n_ _\n** **\n``")]
    #[case("line  \nline\\\nline\n\n\nline")]
    #[case("> quote\n>> two")]
    #[case("a * b * c, a*b and c*d")]
    fn what_is_no_emphasis_is_shown_as_it_was_typed(#[case] text: &str) {
        assert_eq!(Rich::from(text).shown(), text);
    }

    #[test]
    fn a_mention_is_paired_with_whom_the_message_names() {
        let other = |user: &str| Who::Other(user.into());
        let rich = Rich::read("hi @Bob Brown and @me, mail x@y".into(), &[other("bob"), Who::Me]);
        assert_eq!(rich.mentions(), [(3, other("bob")), (18, Who::Me)]);
        let rich = Rich::read("at @3pm: @All look".into(), &[Who::All]);
        assert_eq!(rich.mentions(), [(9, Who::All)]);
        let rich = Rich::read("**x** @bob".into(), &[other("bob")]);
        assert_eq!((rich.shown(), rich.mentions()), ("x @bob", &[(2, other("bob"))][..]));
        assert!(Rich::read("nobody".into(), &[Who::Me]).mentions().is_empty());
        assert!(Rich::from("@bob").mentions().is_empty(), "the list decides, not the text");
    }

    #[test]
    fn a_hostile_text_costs_little() {
        for text in [
            "*".repeat(12_000),
            "`a` ".repeat(3_000),
            "**a** ".repeat(2_000),
            "[TUIEmoji_Smile]".repeat(700),
            "@a ".repeat(4_000),
            "<".repeat(12_000),
        ] {
            let rich = Rich::read(text.clone(), &[Who::Me]);
            assert!(rich.runs().len() <= MARKS && rich.raw == text);
        }
    }

    proptest! {
        #[test]
        fn nothing_is_lost_but_marks(text in "[ab *_~`\n>#1.@/-]{0,60}") {
            let rich = Rich::from(text.as_str());
            prop_assert_eq!(&*rich, text.as_str());
            // What is shown is the text without some of its marks; fences may carry a word.
            let mut left = rich.shown().chars().peekable();
            let fenced = rich.runs().iter().any(|run| run.look.has(Look::BLOCK));
            let mut lost = String::new();
            for c in text.chars() {
                if left.next_if_eq(&c).is_none() {
                    lost.push(c);
                }
            }
            prop_assert!(left.next().is_none());
            prop_assert!(fenced || lost.chars().all(|c| "*_~`".contains(c)), "{lost:?}");
            let words = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).count();
            prop_assert!(fenced || words(rich.shown()) == words(&text));
        }

        #[test]
        fn a_text_without_marks_is_shown_as_it_is(text in "[a-z0-9 .,!#>\\n消é👍()+=|-]{0,80}") {
            let rich = Rich::from(text.as_str());
            prop_assert_eq!(rich.shown(), text.as_str());
            prop_assert!(rich.runs().is_empty());
        }

        #[test]
        fn runs_are_in_order_and_within(text in "(\\*\\*|[a *_~`\n]|```\n|https://a.b|\\[TUIEmoji_Ok\\]|:tada:|@a|消){0,30}") {
            let rich = Rich::read(text, &[Who::Me, Who::All]);
            let mut at = 0;
            for run in rich.runs() {
                prop_assert!(run.range.start >= at && run.range.start < run.range.end);
                prop_assert!(rich.shown().is_char_boundary(run.range.start) && rich.shown().is_char_boundary(run.range.end));
                at = run.range.end;
            }
            prop_assert!(at <= rich.shown().len());
            for (at, _) in rich.mentions() {
                prop_assert!(rich.shown()[*at..].starts_with('@'));
            }
        }
    }
}
