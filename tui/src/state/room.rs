//! A live room (AVChatRoom): what is said there passes by and is kept nowhere (`contract/uikit-parity.md` 12.2).
//!
//! Memory is bounded: the last [`LINES`] lines, each cut. A person reads some [`SHOWN_PER_SECOND`] lines a second; of what comes
//! beyond that only what matters is shown (own lines, mentions, high priority), and the rest is counted where it would stand.

use super::State;
use super::conversation::ChatId;
use std::collections::VecDeque;

/// Lines that are kept.
pub(crate) const LINES: usize = 500;
/// Lines of ordinary messages that are shown in one second.
pub(crate) const SHOWN_PER_SECOND: usize = 15;
/// Characters of a line that are kept.
pub(crate) const LINE_CHARACTERS: usize = 300;
/// Lines above the one that is looked at which stay, so that a page can be read.
const PAGE: u64 = 120;

/// How one is in the room.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Inside {
    /// Asked to be let in.
    #[default]
    Entering,
    In,
    /// The link is lost: one comes back in with it.
    Away,
    /// Put out, refused, or the room is gone: why.
    Out(String),
}

/// What a line is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum LineKind {
    #[default]
    Said,
    /// Of high priority, or it names this person: a gift, an announcement.
    Important,
    /// What happened in the room.
    Tip,
    /// So many messages are not shown here.
    Hidden(u64),
}

/// How far an own line has come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Sent {
    #[default]
    There,
    Waiting,
    Failed(String),
}

/// What somebody is in the room besides a listener.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Office {
    Owner,
    Admin,
}

impl Office {
    /// Its word.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Admin => "admin",
        }
    }
}

/// A line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct RoomLine {
    /// Counts lines from the first; stays with its line.
    pub(crate) no: u64,
    pub(crate) user: String,
    /// Cleaned; empty: show the UserID.
    pub(crate) name: String,
    /// Cleaned, in one line.
    pub(crate) text: String,
    pub(crate) kind: LineKind,
    pub(crate) mine: bool,
    /// Names an own line until it is there.
    pub(crate) key: String,
    pub(crate) sent: Sent,
}

impl RoomLine {
    fn must_be_shown(&self) -> bool {
        self.mine || self.kind != LineKind::Said
    }
}

/// The room that one is in: one at a time.
#[derive(Clone, Debug, Default)]
pub(crate) struct Room {
    pub(crate) group: String,
    pub(crate) inside: Inside,
    lines: VecDeque<RoomLine>,
    next_no: u64,
    /// Number of the lowest line in sight while one looks back; `None`: the newest is in sight.
    pub(crate) held: Option<u64>,
    /// Number of the chosen line.
    pub(crate) chosen: Option<u64>,
    /// Messages since one looks back.
    pub(crate) below: u64,
    /// Messages that were not shown, in all.
    pub(crate) hidden: u64,
    /// Highest number of a message in the room.
    seq: u64,
    window_ms: i64,
    in_window: usize,
    shown_in_window: usize,
    /// Messages of the second before.
    pub(crate) per_second: usize,
    /// People in the room now, as far as told.
    pub(crate) online: Option<u64>,
    /// When that was asked for (mono milliseconds).
    pub(crate) asked_ms: i64,
    /// Who owns the room, and its administrators, as far as told.
    pub(crate) owner: String,
    pub(crate) admins: Vec<String>,
}

impl Room {
    /// A room that is being entered.
    pub(crate) fn new(group: &str) -> Self {
        Self { group: group.to_owned(), window_ms: i64::MIN / 2, asked_ms: i64::MIN / 2, ..Self::default() }
    }

    /// Its conversation.
    pub(crate) fn chat(&self) -> ChatId {
        ChatId::group(&self.group)
    }

    /// What a person is there.
    pub(crate) fn office(&self, user: &str) -> Option<Office> {
        if user == self.owner {
            return Some(Office::Owner);
        }
        self.admins.iter().any(|admin| admin == user).then_some(Office::Admin)
    }

    /// The lines, the oldest first.
    pub(crate) fn lines(&self) -> impl DoubleEndedIterator<Item = &RoomLine> + ExactSizeIterator {
        self.lines.iter()
    }

    /// Takes a line that has just come, at a mono moment; `seq` is its number in the room, 0: it has none.
    pub(crate) fn take(&mut self, line: RoomLine, seq: u64, now_ms: i64) {
        self.count(now_ms);
        self.note_seq(seq, line.mine);
        if self.held.is_some() && line.kind != LineKind::Tip {
            self.below += 1;
        }
        if !line.must_be_shown() {
            if self.shown_in_window >= SHOWN_PER_SECOND || self.is_full_for_reader() {
                self.hide(1);
                return;
            }
            self.shown_in_window += 1;
        }
        self.push(line);
    }

    fn count(&mut self, now_ms: i64) {
        let passed = now_ms.saturating_sub(self.window_ms);
        if passed >= 1000 {
            self.per_second = if passed < 2000 { self.in_window } else { 0 };
            self.window_ms = now_ms;
            (self.in_window, self.shown_in_window) = (0, 0);
        }
        self.in_window += 1;
    }

    /// Numbers that are missing between two messages were left out by the server under its load.
    fn note_seq(&mut self, seq: u64, mine: bool) {
        if self.seq > 0 && seq > self.seq + 1 {
            let own = self.lines.iter().filter(|line| line.sent == Sent::Waiting).count() as u64;
            let missing = (seq - self.seq - 1).saturating_sub(own);
            if missing > 0 && !mine {
                self.hide(missing);
            }
        }
        self.seq = self.seq.max(seq);
    }

    /// A new login begins anew: what was said meanwhile is not missing, it was never meant to come.
    pub(crate) fn forget_seq(&mut self) {
        self.seq = 0;
    }

    /// The numbers of own messages belong to the flow.
    pub(crate) fn own_seq(&mut self, seq: u64) {
        if seq == self.seq + 1 {
            self.seq = seq;
        }
    }

    /// No line may be let go of without pulling away what is being read.
    fn is_full_for_reader(&self) -> bool {
        self.lines.len() >= LINES && self.held.zip(self.lines.front()).is_some_and(|(held, front)| front.no + PAGE >= held)
    }

    fn hide(&mut self, count: u64) {
        self.hidden += count;
        match self.lines.back_mut() {
            Some(RoomLine { kind: LineKind::Hidden(known), .. }) => *known += count,
            _ => self.push(RoomLine { kind: LineKind::Hidden(count), ..RoomLine::default() }),
        }
    }

    fn push(&mut self, line: RoomLine) {
        self.lines.push_back(RoomLine { no: self.next_no, ..line });
        self.next_no += 1;
        while self.lines.len() > LINES {
            self.lines.pop_front();
        }
    }

    /// Adds what happened, which is always shown.
    pub(crate) fn say(&mut self, text: String) {
        self.push(RoomLine { text, kind: LineKind::Tip, ..RoomLine::default() });
    }

    /// An own line has come to the room, or has not.
    pub(crate) fn sent(&mut self, key: &str, sent: Sent) {
        if let Some(line) = self.lines.iter_mut().rev().find(|line| line.key == key) {
            line.sent = sent;
        }
    }

    fn newest(&self) -> u64 {
        self.next_no.saturating_sub(1)
    }

    /// Looks `lines` further; negative goes back. At the end the newest are in sight again.
    pub(crate) fn scroll(&mut self, lines: i64) {
        let Some(oldest) = self.lines.front().map(|line| line.no) else { return };
        let now = self.held.unwrap_or(self.newest());
        let target = now.saturating_add_signed(lines).max(oldest);
        if target >= self.newest() {
            self.show_newest();
        } else {
            self.held = Some(target);
        }
    }

    /// Shows the newest lines again.
    pub(crate) fn show_newest(&mut self) {
        self.held = None;
        self.below = 0;
    }

    /// Chooses a line `step` further, for what can be done with it; the flow stands still meanwhile. False: behind the last one.
    pub(crate) fn choose(&mut self, step: i64) -> bool {
        let said: Vec<u64> = self.lines.iter().filter(|line| !line.user.is_empty()).map(|line| line.no).collect();
        let Some(last) = said.len().checked_sub(1) else { return false };
        let at = match self.chosen {
            None => last,
            Some(chosen) => {
                let at = said.partition_point(|no| *no < chosen);
                if step > 0 && at >= last {
                    return false;
                }
                at.saturating_add_signed(isize::try_from(step).unwrap_or(0)).min(last)
            }
        };
        self.chosen = said.get(at).copied();
        let chosen = said[at];
        let held = self.held.unwrap_or(self.newest());
        // Never above what is in sight by more than a page, nor below it.
        self.held = Some(if chosen > held { chosen } else { held });
        true
    }

    /// Chooses a line by its number, where somebody said it; the flow stands still meanwhile.
    pub(crate) fn choose_line(&mut self, no: u64) -> bool {
        let said = self.lines.iter().any(|line| line.no == no && !line.user.is_empty());
        if said {
            self.chosen = Some(no);
            self.held = Some(self.held.unwrap_or(self.newest()));
        }
        said
    }

    /// The chosen line.
    pub(crate) fn chosen_line(&self) -> Option<&RoomLine> {
        self.chosen.and_then(|no| self.lines.iter().find(|line| line.no == no))
    }
}

impl State {
    /// The room, if this is its conversation.
    pub(crate) fn room_of(&self, chat: &ChatId) -> Option<&Room> {
        self.room.as_ref().filter(|room| matches!(chat, ChatId::Group(group) if **group == *room.group))
    }

    /// The room, while it is on the screen.
    pub(crate) fn open_room(&self) -> Option<&Room> {
        self.open.as_ref().and_then(|chat| self.room_of(chat))
    }

    /// The same, to change.
    pub(crate) fn open_room_mut(&mut self) -> Option<&mut Room> {
        self.open_room()?;
        self.room.as_mut()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> RoomLine {
        RoomLine { user: "bob".into(), text: text.into(), ..RoomLine::default() }
    }

    fn texts(room: &Room) -> Vec<String> {
        let text = |line: &RoomLine| match line.kind {
            LineKind::Hidden(n) => format!("({n})"),
            _ => line.text.clone(),
        };
        room.lines().map(text).collect()
    }

    #[test]
    fn a_calm_room_shows_everything() {
        let mut room = Room::new("r");
        for n in 0..100 {
            room.take(line(&n.to_string()), n + 1, i64::try_from(n).unwrap() * 100);
        }
        assert_eq!((room.lines().len(), room.hidden, room.per_second), (100, 0, 10));
    }

    #[test]
    fn a_flood_is_cut_to_what_can_be_read_and_says_how_much_is_missing() {
        let mut room = Room::new("r");
        for n in 0..2_000_u64 {
            let text = line(&n.to_string());
            let text = if n % 100 == 50 { RoomLine { kind: LineKind::Important, ..text } } else { text };
            room.take(text, n + 1, i64::try_from(n).unwrap() * 5);
        }
        assert_eq!(room.per_second, 200);
        let shown = room.lines().filter(|line| line.kind == LineKind::Said).count() as u64;
        let important = room.lines().filter(|line| line.kind == LineKind::Important).count() as u64;
        assert_eq!((shown, important), (150, 20), "15 a second, and every important one");
        let told: u64 = room.lines().filter_map(|line| if let LineKind::Hidden(n) = line.kind { Some(n) } else { None }).sum();
        assert_eq!((told, room.hidden), (1_830, 1_830), "nothing goes without being counted");
    }

    #[test]
    fn memory_ends_at_the_bound_and_what_is_read_stays() {
        let mut room = Room::new("r");
        let mut now_ms = 0;
        let mut flow = |room: &mut Room, count: usize| {
            for _ in 0..count {
                now_ms += 100;
                room.take(line("x"), 0, now_ms);
            }
        };
        flow(&mut room, 700);
        assert_eq!(room.lines().len(), LINES);
        room.scroll(-30);
        let held = room.held.unwrap();
        flow(&mut room, 3_000);
        assert_eq!((room.lines().len(), room.held, room.below), (LINES, Some(held), 3_000));
        assert!(room.lines().any(|line| line.no == held));
        room.scroll(i64::MAX / 2);
        assert_eq!((room.held, room.below), (None, 0));
    }

    #[test]
    fn what_the_server_left_out_is_counted_by_the_numbers() {
        let mut room = Room::new("r");
        room.take(line("one"), 10, 0);
        room.take(line("two"), 14, 2_000);
        assert_eq!(texts(&room), ["one", "(3)", "two"]);
        // An own message has a number too, which comes with the answer.
        room.take(RoomLine { mine: true, key: "k".into(), sent: Sent::Waiting, ..line("mine") }, 0, 4_000);
        room.take(line("three"), 16, 4_100);
        assert_eq!(texts(&room).last().map(String::as_str), Some("three"));
        assert_eq!(room.hidden, 3);
        room.forget_seq();
        room.take(line("after a break"), 400, 9_000);
        assert_eq!(room.hidden, 3, "what was said while one was away was never meant to come");
    }

    #[test]
    fn lines_are_chosen_from_the_newest_up_and_back_down() {
        let mut room = Room::new("r");
        assert!(!room.choose(-1), "there is nothing to choose");
        for text in ["a", "b"] {
            room.take(line(text), 0, 0);
        }
        room.say("somebody came".into());
        room.choose(0);
        assert_eq!(room.chosen_line().map(|line| line.text.as_str()), Some("b"));
        room.choose(-1);
        assert_eq!(room.chosen_line().map(|line| line.text.as_str()), Some("a"));
        assert!(room.choose(1) && !room.choose(1), "below the last one is back to writing");
    }
}
