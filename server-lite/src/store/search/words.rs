//! What is found by what: words by their beginnings of two characters or more, in any case; in scripts that are written without spaces (Chinese, Japanese,
//! Korean, Thai, ...) any run of characters, kept as pairs of neighbours; emoji one by one.

/// Bytes of a word that the index keeps.
const WORD_BYTES: usize = 64;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    Word,
    /// Of a script without spaces.
    Run,
    Symbol,
    /// Belongs to the character before it.
    Mark,
    Break,
}

fn class(c: char) -> Class {
    match c {
        'a'..='z' | 'A'..='Z' | '0'..='9' => Class::Word,
        '\0'..='\u{7f}' => Class::Break,
        '\u{300}'..='\u{36f}' | '\u{200c}'..='\u{200d}' | '\u{fe00}'..='\u{fe0f}' | '\u{1f3fb}'..='\u{1f3ff}' => Class::Mark,
        // Thai to Burmese, Hangul letters, Khmer.
        '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1100}'..='\u{11ff}' | '\u{1780}'..='\u{17ff}' => letter_of_run(c),
        // Radicals to ideographs: Kana, Bopomofo, Hangul and Han with their signs of repetition.
        '\u{2e80}'..='\u{2fdf}' | '\u{3005}'..='\u{3007}' | '\u{3040}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7a3}' => letter_of_run(c),
        '\u{f900}'..='\u{faff}' | '\u{ff66}'..='\u{ffdc}' | '\u{20000}'..='\u{323af}' => letter_of_run(c),
        '\u{2190}'..='\u{2bff}' | '\u{1f000}'..='\u{1faff}' => Class::Symbol,
        _ if folded(c).is_alphanumeric() => Class::Word,
        _ => Class::Break,
    }
}

fn letter_of_run(c: char) -> Class {
    if c.is_alphanumeric() || ('\u{e00}'..='\u{17ff}').contains(&c) { Class::Run } else { Class::Break }
}

/// Full-width letters and digits as the plain ones.
fn folded(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        _ => c,
    }
}

/// A piece of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Word(String),
    Run(String),
    Symbol(char),
}

/// Hands the pieces of a text, in lower case, to `each`.
fn pieces(text: &str, each: &mut dyn FnMut(Piece)) {
    let (mut current, mut class_of_current) = (String::new(), Class::Break);
    let end = |current: &mut String, class: Class, each: &mut dyn FnMut(Piece)| {
        if !current.is_empty() {
            let text = std::mem::take(current);
            each(if class == Class::Run { Piece::Run(text) } else { Piece::Word(text) });
        }
    };
    for c in text.chars() {
        let of_c = match class(c) {
            Class::Mark => continue,
            other => other,
        };
        if of_c != class_of_current || matches!(of_c, Class::Break | Class::Symbol) {
            end(&mut current, class_of_current, each);
            class_of_current = of_c;
        }
        match of_c {
            Class::Word | Class::Run => current.extend(folded(c).to_lowercase()),
            Class::Symbol => each(Piece::Symbol(c)),
            Class::Break | Class::Mark => {}
        }
    }
    end(&mut current, class_of_current, each);
}

fn cut(word: &str) -> &str {
    let mut end = WORD_BYTES.min(word.len());
    while !word.is_char_boundary(end) {
        end -= 1;
    }
    &word[..end]
}

/// Pairs of neighbours, by the borders of characters.
fn pairs(run: &str) -> impl Iterator<Item = &str> {
    let starts = run.char_indices().map(|(at, _)| at);
    let ends = run.char_indices().map(|(at, c)| at + c.len_utf8()).skip(1);
    starts.zip(ends).map(|(start, end)| &run[start..end])
}

/// Appends what the index keeps of a text, each after a space.
pub(super) fn index(text: &str, line: &mut String) {
    let mut push = |token: &str| {
        line.push(' ');
        line.push_str(token);
    };
    pieces(text, &mut |piece| match piece {
        Piece::Word(word) => push(cut(&word)),
        Piece::Run(run) => {
            pairs(&run).for_each(&mut push);
            // The last one begins no pair, and must be found too.
            if let Some((at, _)) = run.char_indices().next_back() {
                push(&run[at..]);
            }
        }
        Piece::Symbol(c) => push(c.encode_utf8(&mut [0; 4])),
    });
}

/// What the index is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    /// Letters, digits and the like: nothing that the query language knows.
    pub(crate) text: String,
    /// Or anything that begins with it.
    pub(crate) is_prefix: bool,
}

/// A keyword with something in it that can be found.
#[derive(Clone, Debug)]
pub(crate) struct Keyword {
    tokens: Vec<Token>,
    /// What the index cannot tell by its tokens.
    inexact: Vec<Piece>,
}

impl Keyword {
    /// `None`: there is nothing in it that could be found.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (mut tokens, mut inexact) = (Vec::new(), Vec::new());
        pieces(text, &mut |piece| match &piece {
            Piece::Word(word) => {
                // What begins with one letter is too much to be meant.
                tokens.push(Token { text: cut(word).to_owned(), is_prefix: word.chars().nth(1).is_some() });
                if word.len() > WORD_BYTES {
                    inexact.push(piece);
                }
            }
            Piece::Run(run) => {
                let before = tokens.len();
                tokens.extend(pairs(run).map(|pair| Token { text: pair.to_owned(), is_prefix: false }));
                match tokens.len() - before {
                    0 => tokens.push(Token { text: run.clone(), is_prefix: true }),
                    1 => {}
                    _ => inexact.push(piece),
                }
            }
            Piece::Symbol(c) => tokens.push(Token { text: c.to_string(), is_prefix: false }),
        });
        (!tokens.is_empty()).then_some(Self { tokens, inexact })
    }

    /// All of them must be in a message.
    pub(crate) fn tokens(&self) -> &[Token] {
        &self.tokens
    }

    /// Whether all tokens may be in a message that is no hit.
    pub(crate) fn needs_text(&self) -> bool {
        !self.inexact.is_empty()
    }

    /// Whether a message whose tokens fit is a hit.
    pub(crate) fn matches(&self, texts: &[String]) -> bool {
        let mut found = Vec::new();
        texts.iter().for_each(|text| pieces(text, &mut |piece| found.push(piece)));
        let has_tokens = self.tokens.iter().all(|token| found.iter().any(|piece| has(piece, token)));
        has_tokens
            && self.inexact.iter().all(|wanted| {
                found.iter().any(|piece| match (piece, wanted) {
                    (Piece::Run(run), Piece::Run(wanted)) => run.contains(wanted),
                    (Piece::Word(word), Piece::Word(wanted)) => word.starts_with(wanted),
                    _ => false,
                })
            })
    }
}

fn has(piece: &Piece, token: &Token) -> bool {
    match piece {
        Piece::Word(word) => {
            if token.is_prefix {
                word.starts_with(&token.text)
            } else {
                *word == token.text
            }
        }
        Piece::Run(run) => run.contains(&token.text),
        Piece::Symbol(c) => token.text.strip_prefix(*c) == Some(""),
    }
}

/// A text as it is compared: in lower case, full-width letters as plain ones.
pub(crate) fn fold(text: &str) -> String {
    text.chars().flat_map(|c| folded(c).to_lowercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn kept(text: &str) -> Vec<String> {
        let mut line = String::new();
        index(text, &mut line);
        line.split_whitespace().map(str::to_owned).collect()
    }

    /// As the index answers, then as the text is looked at.
    fn finds(text: &str, keyword: &str) -> bool {
        let kept = kept(text);
        let Some(keyword) = Keyword::parse(keyword) else { return false };
        let fits = |token: &Token| match token.is_prefix {
            true => kept.iter().any(|word| word.starts_with(&token.text)),
            false => kept.contains(&token.text),
        };
        keyword.tokens().iter().all(fits) && (!keyword.needs_text() || keyword.matches(&[text.to_owned()]))
    }

    #[rstest]
    #[case("Hello, World", "hello")]
    #[case("Hello, World", "WOR")]
    #[case("Hello, World", "world hel")]
    #[case("naïve Überraschung", "über")]
    #[case("Привет, мир", "ПРИ")]
    #[case("今天天气很好", "天气")]
    #[case("今天天气很好", "好")]
    #[case("今天天气很好", "天天气")]
    #[case("東京タワーへ行く", "タワ")]
    #[case("안녕하세요", "하세")]
    #[case("สวัสดีครับ", "ดีค")]
    #[case("meet at 3pm 在咖啡馆", "咖啡 3pm")]
    #[case("ＡＢＣ１２３", "abc1")]
    #[case("well done 👍🏽!", "👍")]
    #[case("版本v2发布", "v2")]
    #[case("plan B", "b")]
    fn what_is_there_is_found(#[case] text: &str, #[case] keyword: &str) {
        assert!(finds(text, keyword), "{:?}", kept(text));
    }

    #[rstest]
    #[case("Hello, World", "ello")]
    #[case("Hello, World", "h")]
    #[case("今天天气很好", "天好")]
    // All its pairs are there, the word itself is not.
    #[case("今天天，天气今天", "天天气")]
    #[case("hello", "hello world")]
    #[case("one", "!!! ---")]
    fn what_is_not_there_is_not_found(#[case] text: &str, #[case] keyword: &str) {
        assert!(!finds(text, keyword), "{:?}", kept(text));
    }

    #[test]
    fn a_long_word_is_told_from_one_that_begins_alike() {
        let (one, other) = (format!("{}x", "a".repeat(80)), format!("{}y", "a".repeat(80)));
        assert!(finds(&one, &one) && !finds(&one, &other));
    }

    proptest::proptest! {
        #[test]
        fn no_text_holds_what_the_index_could_take_for_a_filter_or_an_end(text in "\\PC{0,60}") {
            for token in kept(&text) {
                proptest::prop_assert!(!token.contains(['#', '"', '*', ' ']));
            }
            if let Some(keyword) = Keyword::parse(&text) {
                for token in keyword.tokens() {
                    proptest::prop_assert!(!token.text.contains(['#', '"', '*', ' ']) && !token.text.is_empty());
                }
                proptest::prop_assert!(finds(&text, &text));
            }
        }
    }
}
