//! What becomes due in live rooms: tips that were held back, places of broken links.

use super::super::tips::{Coming, Crowd};
use super::{Link, Rooms, State};
use crate::store::{GroupNo, TinyId};
use tern_protocol::SdkAppId;

/// Something that becomes due, by `mono_ms`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Due {
    /// Tips that were held back are to be sent.
    Tips(GroupNo),
    /// A place that was held is to be given up.
    Place(GroupNo, TinyId),
}

/// What is due in an application's rooms.
#[derive(Debug, Default)]
pub(crate) struct DueNow {
    /// Tips to send.
    pub(crate) tips: Vec<(GroupNo, Crowd)>,
    /// People whose last place was given up.
    pub(crate) gone: Vec<(GroupNo, TinyId)>,
}

impl Rooms {
    /// Somebody came or left: whether a tip says so at once. Else it is told later, together with others.
    pub(crate) fn may_tell(&self, group: GroupNo, user: TinyId, coming: Coming, most: u32, mono_ms: i64) -> bool {
        let mut state = self.state.lock();
        let Some(room) = state.rooms.get_mut(&group) else { return true };
        let due = match room.tips.note(user, coming, most, mono_ms) {
            Some(due) => due,
            None => return true,
        };
        let is_new = state.due.insert((due, Due::Tips(group)));
        drop(state);
        if is_new {
            self.earlier.notify_one();
        }
        false
    }

    /// When something is due next, by `mono_ms`.
    pub(crate) fn next_due(&self) -> Option<i64> {
        self.state.lock().due.first().map(|(at, _)| *at)
    }

    /// Waits until something may be due earlier than it was.
    pub(crate) async fn due_earlier(&self) {
        self.earlier.notified().await;
    }

    /// Applications in whose rooms something is due.
    pub(crate) fn apps_due(&self, mono_ms: i64) -> Vec<SdkAppId> {
        let mut state = self.state.lock();
        let mut apps = Vec::new();
        while let Some((at, due)) = state.due.first().copied().filter(|(at, _)| *at <= mono_ms) {
            let (Due::Tips(group) | Due::Place(group, _)) = due;
            match state.rooms.get(&group) {
                Some(room) => {
                    let app = room.app;
                    let others = state.due.iter().take_while(|(at, _)| *at <= mono_ms);
                    apps.extend(others.filter_map(|(_, due)| {
                        let (Due::Tips(group) | Due::Place(group, _)) = due;
                        state.rooms.get(group).map(|room| room.app)
                    }));
                    apps.push(app);
                    break;
                }
                None => {
                    state.due.remove(&(at, due));
                }
            }
        }
        apps.sort_unstable();
        apps.dedup();
        apps
    }

    /// Takes what is due in an application's rooms.
    pub(crate) fn take_due(&self, app: SdkAppId, mono_ms: i64) -> DueNow {
        let mut state = self.state.lock();
        let all: Vec<_> = state.due.iter().take_while(|(at, _)| *at <= mono_ms).copied().collect();
        let mut now = DueNow::default();
        for entry @ (_, due) in all {
            let (Due::Tips(group) | Due::Place(group, _)) = due;
            if state.rooms.get(&group).is_none_or(|room| room.app != app) {
                continue;
            }
            state.due.remove(&entry);
            match due {
                Due::Tips(group) => {
                    let crowd = state.rooms.get_mut(&group).map(|room| room.tips.take(mono_ms)).unwrap_or_default();
                    now.tips.push((group, crowd));
                }
                Due::Place(group, user) => {
                    if state.give_up(group, user, mono_ms) {
                        now.gone.push((group, user));
                    }
                }
            }
        }
        now
    }
}

impl State {
    /// Gives up places that were held too long; `true`: the person is not inside any more.
    fn give_up(&mut self, group: GroupNo, user: TinyId, mono_ms: i64) -> bool {
        let Some(inside) = self.rooms.get_mut(&group).and_then(|room| room.inside.get_mut(&user)) else { return false };
        if inside.links.is_empty() {
            let is_over = inside.kept_until_ms <= mono_ms;
            return is_over && self.rooms.get_mut(&group).is_some_and(|room| room.put_out(user).is_some());
        }
        let over = |link: &Link| link.held_until_ms > 0 && link.held_until_ms <= mono_ms;
        let ended: Vec<_> = inside.links.iter().copied().filter(over).map(|link| link.session).collect();
        let mut is_gone = false;
        for session in ended {
            is_gone |= self.take_place(group, user, session, mono_ms);
        }
        is_gone
    }
}
