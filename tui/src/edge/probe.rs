//! What the terminal can draw, asked once after the first frame: sequences are printed where nobody sees them, and the terminal
//! says where its cursor is then. The answer is kept per terminal, so that the next start asks nothing.

use super::profile::ProfileFolder;
use crate::state::picture::Said;
use crate::text::glyph::{Glyphs, PROBES};
use ratatui::buffer::{Buffer, Cell};
use serde::{Deserialize, Serialize};
use std::fmt::Write;

/// Terminals that are remembered.
const KEPT: usize = 32;
/// The first kitty that draws pictures between characters.
const KITTY_PLACEHOLDERS: (u32, u32) = (0, 28);
/// The file in the profile's folder.
const FILE: &str = "terminals.json";

/// A question that was put to the terminal.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Probing;

/// What a terminal can draw, by its own answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Abilities {
    pub(crate) glyphs: Glyphs,
    /// Of pictures.
    pub(crate) said: Said,
}

/// The answers as they come.
#[derive(Debug)]
pub(crate) struct Answers {
    columns: Vec<u16>,
    ended: bool,
    said: Said,
}

impl Answers {
    /// None yet.
    pub(crate) fn new(_: Probing) -> Self {
        Self { columns: Vec::with_capacity(PROBES.len()), ended: false, said: Said::default() }
    }

    /// The cursor was here after the next of the sequences, which began in the first column.
    pub(crate) fn cursor(&mut self, column: u16) {
        if self.columns.len() < PROBES.len() {
            self.columns.push(column.saturating_sub(1));
        }
    }

    /// The terminal answered the last question.
    pub(crate) fn end(&mut self, sixel: bool) {
        self.ended = true;
        self.said.sixel |= sixel;
    }

    /// The terminal's name and version: `kitty(0.26.5)`.
    pub(crate) fn version(&mut self, text: &str) {
        let number = text.strip_prefix("kitty(").and_then(|rest| rest.strip_suffix(')'));
        let mut parts = number.into_iter().flat_map(|number| number.split('.')).map_while(|part| part.parse::<u32>().ok());
        let found = parts.next().zip(parts.next());
        self.said.old_kitty = found.is_some_and(|found| found < KITTY_PLACEHOLDERS);
    }

    /// Nothing more will come.
    pub(crate) fn is_done(&self) -> bool {
        self.ended
    }

    /// What it can draw, when every question was answered.
    pub(crate) fn abilities(&self) -> Option<Abilities> {
        let columns = <[u16; PROBES.len()]>::try_from(self.columns.as_slice()).ok()?;
        Some(Abilities { glyphs: Glyphs::measured(&columns), said: self.said })
    }
}

/// The questions: each sequence is written into the last row, hidden and within a picture that is shown at its end only, and
/// wiped away again; the row is written anew as it was.
pub(crate) fn question(frame: &Buffer) -> String {
    let row = frame.area.bottom();
    let mut out = String::from("\x1b[?2026h\x1b7\x1b[?25l\x1b[0m");
    for (sequence, _) in PROBES {
        let _ = write!(out, "\x1b[{row};1H\x1b[8m{sequence}\x1b[6n\x1b[0m\x1b[{row};1H\x1b[2K");
    }
    let mut x = 0;
    while x < frame.area.width {
        let cell = frame.cell((x, row.saturating_sub(1)));
        if let Some(cell) = cell.filter(|cell| **cell != Cell::default()) {
            let _ = write!(out, "\x1b[{row};{}H", x + 1);
            out.push_str(&super::hyperlink::painted(cell));
        }
        x += cell.map_or(1, |cell| crate::text::width(cell.symbol()).max(1) as u16);
    }
    out.push_str("\x1b[0m\x1b8\x1b[>q\x1b[c\x1b[?2026l");
    out
}

/// What the environment says about the terminal: a new version is a new terminal.
pub(crate) fn terminal_name() -> String {
    let names = [
        "TERM",
        "TERM_PROGRAM",
        "TERM_PROGRAM_VERSION",
        "VTE_VERSION",
        "KONSOLE_VERSION",
        "XTERM_VERSION",
        "WT_SESSION",
        "LC_TERMINAL",
        "LC_TERMINAL_VERSION",
    ];
    let value = |name: &str| match std::env::var(name) {
        // This one differs from window to window.
        Ok(_) if name == "WT_SESSION" => "1".into(),
        Ok(value) => value.chars().filter(|c| !c.is_control()).take(60).collect::<String>(),
        Err(_) => String::new(),
    };
    names.map(value).join("|")
}

/// A terminal that would show the questions, or that nothing is known about: it is not asked.
fn may_ask() -> bool {
    std::env::var("TERM").is_ok_and(|term| !matches!(term.as_str(), "" | "dumb" | "linux"))
}

#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    terminal: String,
    can: Abilities,
}

/// What is remembered of a terminal.
pub(crate) fn remembered(folder: &ProfileFolder, terminal: &str) -> Option<Abilities> {
    read(folder).into_iter().find(|kept| kept.terminal == terminal).map(|kept| kept.can)
}

/// Whether the terminal is asked. One that said something of pictures is asked each time: behind the same name there may be
/// another one, which would show nothing in their place.
pub(crate) fn asks(remembered: Option<Abilities>) -> bool {
    may_ask() && remembered.is_none_or(|can| can.said != Said::default())
}

fn read(folder: &ProfileFolder) -> Vec<Kept> {
    let text = std::fs::read_to_string(folder.path().join(FILE)).unwrap_or_default();
    serde_json::from_str(&text).unwrap_or_default()
}

/// Remembers what a terminal can draw.
pub(crate) fn remember(folder: &ProfileFolder, terminal: &str, can: Abilities) {
    let mut all = read(folder);
    all.retain(|kept| kept.terminal != terminal);
    all.insert(0, Kept { terminal: terminal.to_owned(), can });
    all.truncate(KEPT);
    let write = || -> std::io::Result<()> {
        let mut file = tempfile::NamedTempFile::new_in(folder.path())?;
        serde_json::to_writer_pretty(&mut file, &all)?;
        file.persist(folder.path().join(FILE)).map_err(|error| error.error)?;
        Ok(())
    };
    if let Err(error) = write() {
        tracing::warn!(%error, "what the terminal can draw is asked again next time");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    #[test]
    fn the_question_leaves_the_row_as_it_was() {
        let mut frame = Buffer::empty(Rect::new(0, 0, 12, 3));
        frame.set_string(0, 2, "a消 b", Style::new());
        let asked = question(&frame);
        assert_eq!(asked.matches("\x1b[6n").count(), PROBES.len());
        assert!(asked.contains("\x1b[3;1H\x1b[0ma") && asked.contains("\x1b[3;2H\x1b[0m消") && asked.contains("\x1b[3;5H\x1b[0mb"));
        assert!(asked.starts_with("\x1b[?2026h\x1b7") && asked.ends_with("\x1b8\x1b[>q\x1b[c\x1b[?2026l"));
    }

    #[test]
    fn only_a_whole_answer_counts() {
        let mut answers = Answers::new(Probing);
        for column in [3, 3, 3, 3, 3] {
            answers.cursor(column);
        }
        assert_eq!(answers.abilities(), None);
        answers.cursor(2);
        answers.cursor(9);
        assert_eq!(answers.abilities(), Some(Abilities { glyphs: Glyphs::ALL, said: Said::default() }));
        assert!(!answers.is_done());
        answers.end(true);
        assert!(answers.is_done() && answers.abilities().unwrap().said.sixel);
    }

    #[test]
    fn an_old_kitty_is_known_by_its_version() {
        for (text, old) in [
            ("kitty(0.26.5)", true),
            ("kitty(0.28.0)", false),
            ("kitty(1.2)", false),
            ("kitty", false),
            ("kitty(x)", false),
            ("XTerm(379)", false),
        ] {
            let mut answers = Answers::new(Probing);
            answers.version(text);
            assert_eq!(answers.said.old_kitty, old, "{text}");
        }
    }

    #[test]
    fn a_terminal_is_remembered_and_a_broken_file_is_none() {
        let data = tempfile::tempdir().unwrap();
        let folder = ProfileFolder::new(data.path(), "test").unwrap();
        folder.create().unwrap();
        assert_eq!(remembered(&folder, "xterm"), None);
        let all = Abilities { glyphs: Glyphs::ALL, said: Said { sixel: true, old_kitty: false } };
        for n in 0..40 {
            remember(&folder, &format!("term{n}"), all);
        }
        remember(&folder, "term39", Abilities::default());
        assert_eq!(remembered(&folder, "term39"), Some(Abilities::default()));
        assert_eq!((remembered(&folder, "term38"), remembered(&folder, "term0")), (Some(all), None));
        std::fs::write(folder.path().join(FILE), "{").unwrap();
        assert_eq!(remembered(&folder, "term38"), None);
    }
}
