//! The words of a message as rows of a column: looks, addresses, mentions, lines of code, and the order of the screen.

use super::columns;
use super::theme::Theme;
use crate::state::State;
use crate::text::bidi;
use crate::text::rich::{Look, Rich, Run, Who};
use crate::text::wrap;
use ratatui::buffer::Buffer;
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};
use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

/// Columns in front of a line of code.
const BLOCK_COLUMNS: usize = 2;

/// A row of the screen while it is put together.
struct Row {
    spans: Vec<Span<'static>>,
    rtl: bool,
}

/// Lays a text out for a column. `first_link` is the number of its first address within the message.
pub(crate) fn rows(state: &State, rich: &Rich, first_link: usize, columns: usize) -> Vec<Vec<Span<'static>>> {
    let settings = &state.settings;
    let rich = if settings.text.markdown { Cow::Borrowed(rich) } else { Cow::Owned(rich.without_markup()) };
    let painter = Painter { theme: &settings.theme, rich: &rich, mentions: mention_ranges(state, &rich), first_link };
    let mut out = Vec::new();
    let mut at = 0;
    let blocks = rich.runs().iter().filter(|run| run.look.has(Look::BLOCK));
    let mut code: Vec<Range<usize>> = Vec::new();
    for run in blocks {
        match code.last_mut().filter(|last| last.end == run.range.start) {
            Some(last) => last.end = run.range.end,
            None => code.push(run.range.clone()),
        }
    }
    for block in code {
        if at < block.start {
            // The newline in front of the code ends the line before it.
            painter.lines(at..block.start - usize::from(rich.shown()[..block.start].ends_with('\n')), columns, false, &mut out);
        }
        painter.lines(block.clone(), columns, true, &mut out);
        at = block.end + usize::from(rich.shown()[block.end..].starts_with('\n'));
    }
    if at < rich.shown().len() || out.is_empty() {
        painter.lines(at..rich.shown().len(), columns, false, &mut out);
    }
    aligned(out)
}

/// Lines that are read from right to left end where the widest row of the message ends.
fn aligned(rows: Vec<Row>) -> Vec<Vec<Span<'static>>> {
    let wide = |row: &Row| row.spans.iter().map(|span| usize::from(columns(&span.content))).sum::<usize>();
    let widest = if rows.iter().any(|row| row.rtl) { rows.iter().map(wide).max().unwrap_or(0) } else { 0 };
    let shift = |mut row: Row| {
        let room = widest.saturating_sub(wide(&row));
        if row.rtl && room > 0 {
            row.spans.insert(0, Span::raw(" ".repeat(room)));
        }
        row.spans
    };
    rows.into_iter().map(shift).collect()
}

/// How far each mention reaches: over the name that is known, or over the word.
fn mention_ranges(state: &State, rich: &Rich) -> Vec<(Range<usize>, bool)> {
    let shown = rich.shown();
    let reach = |(at, who): &(usize, Who)| {
        let from = at + shown[*at..].chars().next().map_or(1, char::len_utf8);
        let behind = &shown[from..];
        let word = behind.find(char::is_whitespace).unwrap_or(behind.len());
        let user = match who {
            Who::Me => Some(state.me.user.as_str()),
            Who::Other(user) => Some(&**user),
            Who::All => None,
        };
        let name = user.map(|user| state.people.name(user)).filter(|name| behind.starts_with(name)).map_or(0, str::len);
        let word = behind[..word].trim_end_matches(['.', ',', ':', ';', '!', '?', '，', '。', '：', '！', '？']).len();
        (*at..from + if name > 0 { name } else { word }, matches!(who, Who::Me | Who::All))
    };
    rich.mentions().iter().map(reach).collect()
}

struct Painter<'a> {
    theme: &'a Theme,
    rich: &'a Rich,
    /// Where mentions are; true: of oneself.
    mentions: Vec<(Range<usize>, bool)>,
    first_link: usize,
}

impl Painter<'_> {
    fn lines(&self, range: Range<usize>, columns: usize, is_code: bool, out: &mut Vec<Row>) {
        let text = &self.rich.shown()[range.clone()];
        let room = if is_code { columns.saturating_sub(BLOCK_COLUMNS).max(1) } else { columns };
        let mut line = 0..0;
        let mut quoted = false;
        for row in wrap(text, room) {
            let starts_line = row.start == 0 || text.as_bytes().get(row.start - 1) == Some(&b'\n');
            if starts_line {
                line = row.start..text[row.start..].find('\n').map_or(text.len(), |end| row.start + end);
                quoted = !is_code && text[row.start..].starts_with('>');
            }
            let base = if quoted { self.theme.quote } else { self.theme.text };
            let end = row.start + text[row.clone()].trim_end_matches(' ').len();
            let place = range.start + row.start..range.start + end;
            let mut made = if bidi::has_rtl(&text[line.clone()]) {
                self.ordered(&(range.start + line.start..range.start + line.end), &place, base)
            } else {
                Row { spans: self.spans(&place, base), rtl: false }
            };
            if is_code {
                made.spans.insert(0, Span::styled("│ ", self.theme.card));
            }
            out.push(made);
        }
    }

    /// A row whose line has characters that are read from right to left.
    fn ordered(&self, line: &Range<usize>, row: &Range<usize>, base: Style) -> Row {
        let text = &self.rich.shown()[line.clone()];
        let order = bidi::order(text, row.start - line.start..row.end - line.start);
        let mut spans: Vec<Span<'static>> = Vec::new();
        for glyph in &order.glyphs {
            let style = self.style_at(line.start + glyph.range.start, base);
            match spans.last_mut().filter(|span| span.style == style) {
                Some(span) => span.content.to_mut().push_str(&glyph.shown),
                None => spans.push(Span::styled(glyph.shown.clone().into_owned(), style)),
            }
        }
        Row { spans, rtl: order.rtl }
    }

    fn spans(&self, row: &Range<usize>, base: Style) -> Vec<Span<'static>> {
        let shown = self.rich.shown();
        let runs = self.rich.runs();
        let first = runs.partition_point(|run| run.range.end <= row.start);
        let touching = runs[first..].iter().take_while(|run| run.range.start < row.end).map(|run| &run.range);
        let mentioned = self.mentions.iter().map(|(range, _)| range).filter(|range| range.start < row.end && row.start < range.end);
        let mut cuts: Vec<usize> = touching.chain(mentioned).flat_map(|range| [range.start, range.end]).collect();
        cuts.retain(|at| row.start < *at && *at < row.end);
        cuts.extend([row.start, row.end]);
        cuts.sort_unstable();
        cuts.dedup();
        cuts.windows(2).map(|pair| Span::styled(shown[pair[0]..pair[1]].to_owned(), self.style_at(pair[0], base))).collect()
    }

    fn style_at(&self, at: usize, base: Style) -> Style {
        let runs = self.rich.runs();
        let first = runs.partition_point(|run| run.range.end <= at);
        let mut style = base;
        if let Some(run) = runs.get(first).filter(|run| run.range.start <= at) {
            style = self.styled(run, style);
        }
        match self.mentions.iter().find(|(range, _)| range.contains(&at)) {
            Some((_, true)) => style.patch(self.theme.mention_me),
            Some((_, false)) => style.patch(self.theme.mention),
            None => style,
        }
    }

    fn styled(&self, run: &Run, base: Style) -> Style {
        let mut style = base;
        if run.look.has(Look::CODE) || run.look.has(Look::BLOCK) {
            style = style.patch(self.theme.code);
        }
        for (look, modifier) in
            [(Look::BOLD, Modifier::BOLD), (Look::ITALIC, Modifier::ITALIC), (Look::STRIKE, Modifier::CROSSED_OUT)]
        {
            if run.look.has(look) {
                style = style.add_modifier(modifier);
            }
        }
        match run.link {
            Some(n) => style.patch(self.theme.link).underline_color(tag(self.first_link + n, None)),
            None => style,
        }
    }
}

/// Cells of an address carry its number in a colour that is taken out before anything is drawn: whatever is laid over them
/// takes the number away with it.
fn tag(link: usize, row: Option<usize>) -> Color {
    let place = row.map_or(0, |row| (row % usize::from(u16::MAX)) as u16 + 1);
    let [high, low] = place.to_be_bytes();
    Color::Rgb(u8::try_from(link).unwrap_or(u8::MAX), high, low)
}

/// Writes the timeline's row into the numbers of its addresses.
pub(crate) fn tag_row(lines: &mut [Line<'static>], row: usize) {
    for span in lines.iter_mut().flat_map(|line| &mut line.spans) {
        if let Some(Color::Rgb(link, _, _)) = span.style.underline_color {
            span.style = span.style.underline_color(tag(usize::from(link), Some(row)));
        }
    }
}

/// Cells beside each other that open the same address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LinkCells {
    pub(crate) x: u16,
    pub(crate) y: u16,
    pub(crate) width: u16,
    pub(crate) url: Arc<str>,
    /// The same for all rows of one address.
    pub(crate) id: u32,
}

/// Takes the numbers out of the cells again and says what they open.
pub(crate) fn take_links(buffer: &mut Buffer, state: &State) -> Vec<LinkCells> {
    let mut cells: Vec<LinkCells> = Vec::new();
    let mut open: Option<(u32, Option<Arc<str>>)> = None;
    let area = buffer.area;
    for (n, cell) in buffer.content.iter_mut().enumerate() {
        let Color::Rgb(link, high, low) = cell.underline_color else {
            if cell.underline_color != Color::Reset {
                cell.underline_color = Color::Reset;
            }
            continue;
        };
        cell.underline_color = Color::Reset;
        let place = u16::from_be_bytes([high, low]);
        if place == 0 || link == u8::MAX {
            continue;
        }
        let id = u32::from(place) << 8 | u32::from(link);
        if open.as_ref().is_none_or(|(known, _)| *known != id) {
            open = Some((id, super::timeline::link_of(state, usize::from(place) - 1, usize::from(link))));
        }
        let Some(url) = open.as_ref().and_then(|(_, url)| url.clone()) else { continue };
        let (x, y) = ((n % usize::from(area.width)) as u16 + area.x, (n / usize::from(area.width)) as u16 + area.y);
        match cells.last_mut().filter(|last| last.id == id && last.y == y && last.x + last.width == x) {
            Some(last) => last.width += 1,
            None => cells.push(LinkCells { x, y, width: 1, url, id }),
        }
    }
    cells
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::conversation::ChatId;
    use crate::state::fixture::{group_text, lively, text};
    use crate::view::tests::{open, screen};
    use ratatui::Terminal;
    use ratatui::backend::TestBackend;
    use tern_protocol::api::message::GroupAt;

    fn links(state: &State) -> (Terminal<TestBackend>, Vec<LinkCells>) {
        let mut terminal = Terminal::new(TestBackend::new(state.size.0, state.size.1)).unwrap();
        let mut links = Vec::new();
        terminal.draw(|frame| links = crate::view::draw_linked(frame, state)).unwrap();
        (terminal, links)
    }

    fn under(terminal: &Terminal<TestBackend>, cells: &LinkCells) -> String {
        let buffer = terminal.backend().buffer();
        (cells.x..cells.x + cells.width).map(|x| buffer[(x, cells.y)].symbol()).collect()
    }

    #[test]
    fn looks_of_text_at_80_by_24() {
        let mut state = lively();
        let says = "**bold** and `code`, [TUIEmoji_Like] :tada:\n```rust\nfn main() {\n    let x = 2 * 3 * 4;\n}\n```\n> a quotation\n1. one\n2. two *three*";
        let mut group = group_text("li", "rust", 40, 60, "@Me and @Bob Brown, see https://example.org/a_b_c.");
        let at = |user: &str| GroupAt { all_flag: 0, account: Some(user.into()) };
        group.group_at_info = Some(vec![at("me"), at("bob")]);
        open(&mut state, ChatId::group("rust"), vec![group_text("bob", "rust", 39, 90, says), group]);
        insta::assert_snapshot!(screen(&state).backend());
        let (terminal, _) = links(&state);
        let buffer = terminal.backend().buffer();
        let styled = |word: &str, wanted: &dyn Fn(&ratatui::buffer::Cell) -> bool| {
            let rows = (0..24).map(|y| (0..80).map(|x| buffer[(x, y)].symbol()).collect::<String>());
            rows.enumerate().any(|(y, row)| {
                row.find(word).is_some_and(|at| {
                    let x = columns(&row[..at]);
                    (x..x + columns(word)).all(|x| wanted(&buffer[(x, y as u16)]))
                })
            })
        };
        let theme = &state.settings.theme;
        assert!(styled("bold", &|cell| cell.modifier.contains(Modifier::BOLD)));
        assert!(styled("three", &|cell| cell.modifier.contains(Modifier::ITALIC)));
        assert!(styled("code", &|cell| Some(cell.fg) == theme.code.fg));
        assert!(styled("@Me", &|cell| Some(cell.bg) == theme.mention_me.bg));
        assert!(styled("@Bob Brown", &|cell| Some(cell.fg) == theme.mention.fg), "the whole name");
    }

    #[test]
    fn the_cells_of_an_address_open_it_on_every_row_and_nothing_over_them_does() {
        let mut state = lively();
        let url = "https://example.org/a/very/long/path/that/has/to/be/broken/into/two/rows";
        open(&mut state, ChatId::user("bob"), vec![text("bob", "bob", 1, 90, &format!("看 {url}, and www.a.b"))]);
        let (terminal, cells) = links(&state);
        let of =
            |wanted: &str| cells.iter().filter(|cell| &*cell.url == wanted).map(|cell| under(&terminal, cell)).collect::<String>();
        assert_eq!(of(url), url);
        assert_eq!(of("https://www.a.b"), "www.a.b");
        assert!(cells.iter().filter(|cell| &*cell.url == url).count() == 2, "{cells:?}");
        assert!(terminal.backend().buffer().content().iter().all(|cell| cell.underline_color == Color::Reset));
        state.modals.push(crate::state::modal::Modal::Help { scroll: 0 });
        assert_eq!(links(&state).1, [], "a dialog lies over them");
    }

    #[test]
    fn text_from_right_to_left_is_readable_and_tears_nothing() {
        let mut state = lively();
        state.people.learn("dana", "דנה לוי");
        let mut named = text("dana", "dana", 1, 90, "שלום לכולם, נפגש מחר בשעה 10:30 ליד tern (הכניסה)");
        named.nick = Some("דנה לוי".into());
        open(
            &mut state,
            ChatId::user("dana"),
            vec![named, text("dana", "dana", 2, 80, "مرحبا بالعالم"), text("me", "dana", 3, 70, "hello שלום")],
        );
        insta::assert_snapshot!(screen(&state).backend());
    }

    #[test]
    fn what_is_typed_is_shown_when_emphasis_is_not_wanted() {
        let mut state = lively();
        state.settings.text.markdown = false;
        let rich = Rich::from("**bold** :tada: https://a.b");
        let shown: String = rows(&state, &rich, 0, 60).iter().flatten().map(|span| span.content.as_ref()).collect();
        assert_eq!(shown, "**bold** :tada: https://a.b");
    }

    proptest::proptest! {
        #[test]
        fn rows_hold_what_is_shown_and_fit(words in "(\\*\\*|[a *_~`>\n]|```\n|https://a\\.b/cd|消息|שלום|👍🏽){0,30}", columns in 4usize..30) {
            let state = lively();
            let rich = Rich::from(words.as_str());
            let rows = rows(&state, &rich, 0, columns);
            let turned = |c: char| if c == '<' { '>' } else { c };
            let mut shown: Vec<char> = rich.shown().chars().filter(|c| !c.is_whitespace()).map(turned).collect();
            // A sign that is turned in a line from right to left is the same sign.
            let mut drawn: Vec<char> = rows.iter().flatten().flat_map(|span| span.content.chars()).filter(|c| !c.is_whitespace() && *c != '│').map(turned).collect();
            shown.sort_unstable();
            drawn.sort_unstable();
            proptest::prop_assert_eq!(shown, drawn);
            for row in &rows {
                let wide: usize = row.iter().map(|span| crate::text::width(&span.content)).sum();
                proptest::prop_assert!(wide <= columns, "{row:?}");
            }
        }
    }
}
