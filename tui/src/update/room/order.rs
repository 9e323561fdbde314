//! Order in a live room: who is owner and administrator, and what they may do with who speaks there.

use super::back;
use crate::action::{Action, Context};
use crate::effect::{Ask, Effect, GroupAsk, RoomAsk};
use crate::state::menu::Menu;
use crate::state::modal::{Choose, Chosen, Member, Modal};
use crate::state::room::{Office, Room};
use crate::state::roster::Group;
use crate::state::{State, Tone};
use crate::text::fit;
use crate::update::{group_page, session};

/// Times for a mute or a ban: seconds, words.
const TIMES: &[(i64, &str)] = &[(60, "1 minute"), (600, "10 minutes"), (3_600, "1 hour"), (86_400, "1 day"), (604_800, "7 days")];

/// Owner and administrators keep order.
pub(super) fn manages(state: &State) -> bool {
    let group = state.room.as_ref().and_then(|room| state.groups.get(&room.group));
    group.is_some_and(|group| matches!(group.role.as_str(), "Owner" | "Admin"))
}

/// Who said the chosen line, if it is another person: UserID and name.
pub(super) fn chosen_other(state: &State) -> Option<(String, String)> {
    let line = state.open_room()?.chosen_line().filter(|line| !line.mine && !line.user.is_empty())?;
    let name = if line.name.is_empty() { state.people.name(&line.user) } else { &line.name };
    Some((line.user.clone(), name.to_owned()))
}

/// Whether this person may mute and ban that one.
pub(super) fn is_above(state: &State, user: &str) -> bool {
    let Some(room) = state.open_room() else { return false };
    match room.office(&state.me.user) {
        Some(Office::Owner) => user != state.me.user,
        Some(Office::Admin) => room.office(user).is_none(),
        None => false,
    }
}

/// What the menu of the chosen line offers now.
pub(in crate::update) fn offered(state: &State) -> Option<Vec<Action>> {
    state.open_room().and_then(Room::chosen_line)?;
    let mut actions = vec![Action::Copy];
    if let Some((user, _)) = chosen_other(state) {
        actions.push(Action::RoomMention);
        if is_above(state, &user) {
            actions.extend([Action::RoomMute, Action::RoomUnmute, Action::RoomBan]);
        }
        if state.open_room()?.owner == state.me.user {
            actions.push(Action::RoomAdmin);
        }
    }
    Some(actions)
}

pub(super) fn menu(state: &mut State) {
    let Some(actions) = offered(state) else { return };
    let Some(line) = state.open_room().and_then(Room::chosen_line) else { return };
    let who = chosen_other(state).map_or_else(|| "You".into(), |(_, name)| name);
    let title = fit(&format!("{who}: {}", line.text), 40).into_owned();
    state.modals.push(Modal::Menu(Menu { title, context: Context::Room, actions, chosen: 0 }));
}

/// The owner makes who said the chosen line an administrator, or dismisses that one.
pub(super) fn set_admin(state: &mut State, out: &mut Vec<Effect>) {
    let Some((user, _)) = chosen_other(state) else { return };
    let Some(room) = state.open_room().filter(|room| room.owner == state.me.user) else {
        state.say(Tone::Neutral, "Only the room's owner appoints administrators");
        return;
    };
    let (group, on) = (room.group.clone(), room.office(&user).is_none());
    back(state);
    out.push(Effect::Ask(Ask::Group(GroupAsk::SetRoomAdmin { group, user, on })));
}

/// An administrator was appointed or dismissed by this person.
pub(in crate::update) fn admin_set(state: &mut State, group: &str, user: &str, on: bool) {
    if let Some(room) = state.room.as_mut().filter(|room| room.group == group) {
        room.admins.retain(|admin| admin != user);
        if on {
            room.admins.push(user.to_owned());
        }
    }
}

/// This person keeps order from now on, or does not any more.
pub(super) fn appointed(state: &mut State, on: bool) {
    let me = state.me.user.clone();
    let Some(room) = &mut state.room else { return };
    room.admins.retain(|admin| *admin != me);
    if on {
        room.admins.push(me);
    }
    let says = if on { "You are an administrator of the room now" } else { "You are no administrator of the room any more" };
    room.say(says.into());
    own_role(state);
    state.say(Tone::Neutral, says);
}

/// The group says what this person is in the room.
fn own_role(state: &mut State) {
    let Some(room) = &state.room else { return };
    let role = match room.office(&state.me.user) {
        Some(Office::Owner) => "Owner",
        Some(Office::Admin) => "Admin",
        None => "Member",
    };
    if let Some(group) = state.groups.get(&room.group).cloned() {
        state.groups.set(&group.id.clone(), Some(Group { role: role.into(), ..group }));
    }
}

/// Who the administrators are: UserID and nick.
pub(in crate::update) fn admins(state: &mut State, group: &str, list: Vec<(String, String)>, out: &mut Vec<Effect>) {
    for (user, nick) in &list {
        session::learn(state, user, nick, out);
    }
    let member = |(user, _): &(String, String)| Member {
        name: state.people.name(user).to_owned(),
        role: "Admin".into(),
        user: user.clone(),
        ..Member::default()
    };
    let members: Vec<Member> = list.iter().map(member).collect();
    group_page::with_page(state, |page| {
        if page.group == group {
            page.admins = members;
        }
    });
    if let Some(room) = state.room.as_mut().filter(|room| room.group == group) {
        room.admins = list.into_iter().map(|(user, _)| user).collect();
        own_role(state);
    }
}

/// What keeps order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    Mute,
    Ban,
}

pub(super) fn ask_time(state: &mut State, order: Order) {
    let Some((user, name)) = chosen_other(state) else { return };
    let title = match order {
        Order::Mute => format!("Mute {name}"),
        Order::Ban => format!("Ban {name} from the room"),
    };
    let answer =
        |(seconds, words): &(i64, &str)| ((*words).to_owned(), Chosen::KeepOrder { order, user: user.clone(), seconds: *seconds });
    let answers = TIMES.iter().map(answer).collect();
    state.modals.push(Modal::Choose(Choose { title, says: "For how long?".into(), answers, chosen: 1 }));
}

/// Mutes or bans somebody; 0 seconds unmute.
pub(in crate::update) fn keep(state: &mut State, order: Order, user: &str, seconds: i64, out: &mut Vec<Effect>) {
    let Some(group) = state.room.as_ref().map(|room| room.group.clone()) else { return };
    back(state);
    out.push(Effect::Ask(Ask::Room(RoomAsk::Keep { group, order, user: user.to_owned(), seconds })));
}
