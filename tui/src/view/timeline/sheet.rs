//! The messages in their lines, laid out from the last visible one upwards, so only what is seen costs: where the view stands, what is
//! in sight, and where it stands after scrolling.

use super::Hit;
use crate::state::State;
use crate::state::conversation::ChatId;
use crate::state::timeline::{Scroll, Timeline};
use crate::view::layout::{Areas, GUTTER, MARKS};
use crate::view::reaction;
use ratatui::layout::Rect;
use ratatui::text::Line;

/// Rows of a message view from which on groups of messages are set apart by an empty row.
const ROOMY_ROWS: u16 = 28;

/// The open conversation with what laying it out needs.
pub(crate) struct Sheet<'a> {
    pub(super) state: &'a State,
    pub(super) chat: &'a ChatId,
    pub(super) timeline: &'a Timeline,
    pub(super) text_columns: usize,
    pub(super) height: usize,
    pub(super) width: usize,
    pub(super) roomy: bool,
    /// Of a page over the conversation: it has the keys, and nothing is fetched by scrolling.
    pub(super) page: bool,
    /// Of a merged message: how far its messages came is not known.
    pub(super) read_only: bool,
}

impl<'a> Sheet<'a> {
    pub(super) fn of(state: &'a State) -> Option<Self> {
        let areas = Areas::of(state);
        Some(Self {
            state,
            chat: state.open.as_ref()?,
            timeline: state.open_timeline()?,
            text_columns: areas.text_columns(),
            height: usize::from(areas.timeline.height),
            width: usize::from(areas.timeline.width),
            roomy: areas.timeline.height >= ROOMY_ROWS,
            page: false,
            read_only: false,
        })
    }

    /// Of the messages of a page, in this part of the screen.
    pub(crate) fn of_page(state: &'a State, chat: &'a ChatId, timeline: &'a Timeline, area: Rect, read_only: bool) -> Self {
        Self {
            state,
            chat,
            timeline,
            text_columns: usize::from(area.width.saturating_sub(GUTTER + MARKS).max(1)),
            height: usize::from(area.height),
            width: usize::from(area.width),
            roomy: area.height >= ROOMY_ROWS,
            page: true,
            read_only,
        }
    }

    /// The scroll position `lines` further; negative goes to older messages.
    pub(crate) fn further(&self, lines: isize) -> Option<Scroll> {
        let (index, below) = self.not_beyond_start(self.moved(self.anchor()?, lines));
        Some(self.scroll_at(index, below))
    }

    /// The nearest scroll position that shows the selected message, if another one is needed.
    pub(crate) fn to_selected(&self) -> Option<Scroll> {
        let selected = self.timeline.selected.as_ref().and_then(|key| self.timeline.index(key))?;
        let (index, below) = self.anchor()?;
        if selected > index || (selected == index && below > 0) {
            return Some(self.scroll_at(selected, 0));
        }
        // Lines from the selected row's first to the view's last.
        let span: usize = (selected..=index).map(|row| self.height_of(row)).sum::<usize>() - below;
        if span <= self.height {
            return None;
        }
        let first_line = (selected, self.height_of(selected).saturating_sub(1));
        let (index, below) = self.moved(first_line, self.height.saturating_sub(1) as isize);
        Some(self.scroll_at(index, below))
    }

    /// A row and how many of its last lines are below the view.
    pub(super) fn anchor(&self) -> Option<(usize, usize)> {
        let last = self.timeline.rows().len().checked_sub(1)?;
        match &self.timeline.scroll {
            Scroll::Tail => Some((last, 0)),
            Scroll::At { row, below } => {
                let index = self.timeline.index_near(row).unwrap_or(last);
                Some((index, (*below).min(self.height_of(index).saturating_sub(1))))
            }
        }
    }

    pub(super) fn height_of(&self, index: usize) -> usize {
        self.block(index).len()
    }

    /// A row's lines: what stands above it, heading, text.
    fn block(&self, index: usize) -> Vec<Line<'static>> {
        self.block_with(index, &mut Vec::new())
    }

    pub(super) fn scroll_at(&self, index: usize, below: usize) -> Scroll {
        if index + 1 >= self.timeline.rows().len() && below == 0 && !self.timeline.is_detached() {
            return Scroll::Tail;
        }
        self.timeline.key(index).map_or(Scroll::Tail, |row| Scroll::At { row, below })
    }

    /// Lines from the first one down to the anchor, counted up to `enough`.
    pub(super) fn lines_above(&self, anchor: (usize, usize), enough: usize) -> usize {
        let (index, below) = anchor;
        let mut lines = self.height_of(index).saturating_sub(below);
        for above in (0..index).rev() {
            if lines >= enough {
                break;
            }
            lines += self.height_of(above);
        }
        lines
    }

    /// The anchor moved so that the view does not go beyond the first line.
    pub(super) fn not_beyond_start(&self, anchor: (usize, usize)) -> (usize, usize) {
        let lines = self.lines_above(anchor, self.height);
        if lines >= self.height { anchor } else { self.moved(anchor, (self.height - lines) as isize) }
    }

    /// The anchor `lines` further down; negative: up.
    pub(super) fn moved(&self, anchor: (usize, usize), lines: isize) -> (usize, usize) {
        let (mut index, mut below) = anchor;
        let last = self.timeline.rows().len().saturating_sub(1);
        if lines < 0 {
            let mut up = lines.unsigned_abs();
            loop {
                let room = self.height_of(index).saturating_sub(below + 1);
                if up <= room {
                    return (index, below + up);
                }
                if index == 0 {
                    return (0, below + room);
                }
                up -= room + 1;
                index -= 1;
                below = 0;
            }
        }
        let mut down = lines.unsigned_abs();
        loop {
            if down <= below {
                return (index, below - down);
            }
            if index == last {
                return (last, 0);
            }
            down -= below + 1;
            index += 1;
            below = self.height_of(index).saturating_sub(1);
        }
    }

    /// What is seen: lines with their rows, the last line last.
    pub(crate) fn visible(&self) -> Vec<(usize, Line<'static>)> {
        let Some((mut index, below)) = self.anchor() else { return Vec::new() };
        let mut lines: Vec<(usize, Line<'static>)> = Vec::with_capacity(self.height);
        let mut skip = below;
        loop {
            for line in self.block(index).into_iter().rev().skip(skip) {
                if lines.len() == self.height {
                    break;
                }
                lines.push((index, line));
            }
            skip = 0;
            if lines.len() >= self.height || index == 0 {
                break;
            }
            index -= 1;
        }
        lines.reverse();
        lines
    }

    /// The reaction at a column of a visible line.
    pub(super) fn chip(&self, lines: &[(usize, Line<'static>)], row: usize, column: usize) -> Option<Hit> {
        let (index, _) = lines.get(row)?;
        let message = self.timeline.rows().get(*index).filter(|message| !message.attached.reactions.is_empty())?;
        let hidden = self.anchor().filter(|anchor| anchor.0 == *index).map_or(0, |anchor| anchor.1);
        let below = lines[row + 1..].iter().take_while(|line| line.0 == *index).count() + hidden;
        let kind = reaction::chip_at(self.state, message, self.text_columns, below, column.checked_sub(usize::from(GUTTER))?)?;
        Some(Hit::Reaction { place: message.place?, kind })
    }

    /// How many messages were unread at opening, while the first of them is above the view.
    pub(super) fn unread_above(&self) -> Option<u64> {
        let divider = self.timeline.divider?;
        let first_seen = self.visible().iter().find_map(|(index, _)| self.timeline.rows().get(*index)?.place)?;
        let newest = self.timeline.newest_place()?;
        (first_seen > divider + 1).then(|| newest.saturating_sub(divider))
    }

    /// The first and the last place in sight.
    pub(super) fn places_in_sight(&self) -> Option<(u64, u64)> {
        let lines = self.visible();
        let mut places = lines.iter().filter_map(|(index, _)| self.timeline.rows().get(*index)?.place);
        let first = places.next()?;
        Some((first, places.next_back().unwrap_or(first)))
    }
}
