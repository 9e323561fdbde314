//! The link, catching up, and what the server tells unasked.

use super::{
    attached, ballot, change, composer, group_news, group_page, mute, pin, presence, reaction, receipt, save, timeline, typing,
};
use crate::effect::{Ask, Effect, StoreOp};
use crate::event::{LinkEvent, Refusal};
use crate::state::conversation::{ChatId, LastLine, Receive};
use crate::state::message::Message;
use crate::state::modal::{Confirm, Confirmed, Ended, Field, Form, FormKind, Modal};
use crate::state::roster::Group;
use crate::state::timeline::Inserted;
use crate::state::{Link, Me, Screen, State, Tone, sane_count, sane_s};
use crate::text::{clean_line, fit};
use tern_protocol::api::conversation::{Conversation as WireConversation, SyncGroup, Synced};
use tern_protocol::api::message::Message as WireMessage;
use tern_protocol::event::Event as ServerEvent;
use tern_protocol::limits;
use tern_protocol::model::group::GroupKind;

/// The login screen, filled with what is known.
pub(crate) fn login_form(me: &Me, says: &str) -> Form {
    let app = if me.sdk_app_id == 0 { String::new() } else { me.sdk_app_id.to_string() };
    let server = if me.server.is_empty() { "http://127.0.0.1:8640" } else { &me.server };
    let secret = Field { secret: true, ..Field::text("UserSig or key", "a UserSig; or the application's key, to make one", "") };
    let fields = vec![
        Field::text("Server", "http://host:port or https://host", server),
        Field::text("SDKAppID", "the application's number", &app),
        Field::text("User ID", "1 to 32 characters, such as ann", &me.user),
        secret,
    ];
    Form::new(FormKind::Login, "Log in", says, fields)
}

/// The link came, went, or was ended.
pub(crate) fn link(state: &mut State, event: LinkEvent, out: &mut Vec<Effect>) {
    match event {
        LinkEvent::Connecting => state.link = Link::Connecting,
        LinkEvent::Server { offset_ms, recall_s, custom_status } => {
            let most_ms = sane_s(i64::MAX) * 1000;
            state.server_offset_ms = offset_ms.clamp(-most_ms, most_ms);
            state.retracted.window_s = sane_s(recall_s.unwrap_or(limits::RECALL_SECONDS));
            state.own_status = clean_line(&custom_status);
        }
        LinkEvent::Online { tiny_id, rev, me } => {
            state.link = Link::Online { syncing: true };
            state.sync.pulling = false;
            attached::renewed(state);
            know_the_server(state, &tiny_id, rev, me, out);
            state.modals.retain(|modal| {
                !matches!(modal, Modal::Ended(_)) && !matches!(modal, Modal::Form(form) if form.kind == FormKind::Renew)
            });
            if state.me.tiny_id != tiny_id {
                state.me.tiny_id.clone_from(&tiny_id);
                out.push(Effect::Store(StoreOp::TinyId(tiny_id)));
            }
            if matches!(state.screen, Screen::Login(_)) {
                state.screen = Screen::Main;
            }
            timeline::link_changed(state);
            super::room::link_back(state, out);
            composer::deliver_all(state, out);
            timeline::settle(state, out);
        }
        LinkEvent::SyncPage(page) => {
            if let Some(groups) = &page.contact_groups {
                super::label::take(state, groups, out);
            }
            take_page(state, &page, out);
        }
        LinkEvent::SyncDone { rev } => {
            // A pull from the beginning says more than this one from where another database was left.
            if !state.sync.pulling {
                synced(state, rev, out);
            }
        }
        LinkEvent::SyncFailed { reason } => {
            state.link = Link::Online { syncing: false };
            state.say(Tone::Bad, format!("Catching up failed: {reason}"));
        }
        LinkEvent::Lost { reason } => {
            state.sync.pulling = false;
            timeline::link_changed(state);
            free_dialogs(state, &reason);
            super::room::link_lost(state);
            state.link = Link::Waiting { reason };
        }
        LinkEvent::Refused(refusal) => {
            state.link = Link::Ended;
            let text = refusal.to_string();
            match &mut state.screen {
                Screen::Login(form) => {
                    form.busy = false;
                    form.error = Some(text);
                }
                Screen::Main => {
                    let form = Form { error: Some(text), ..login_form(&state.me, "The server did not take the saved login.") };
                    state.screen = Screen::Login(form);
                }
            }
        }
        LinkEvent::Kicked { kick_type, platform } => end(state, Ended::Kicked { kick_type, platform: clean_line(&platform) }),
        LinkEvent::SigExpired => end(state, Ended::SigExpired),
    }
}

/// What is here belongs to one person at one server: another one, or a server with a new database, begins anew.
fn know_the_server(state: &mut State, tiny_id: &str, rev: Option<u64>, me: Option<Me>, out: &mut Vec<Effect>) {
    let who = |me: &Me| (me.server.clone(), me.sdk_app_id, me.user.clone());
    let other_person = me.as_ref().is_some_and(|me| !state.me.user.is_empty() && who(me) != who(&state.me));
    let other_database =
        (!state.me.tiny_id.is_empty() && state.me.tiny_id != tiny_id) || rev.is_some_and(|rev| rev < state.sync.rev);
    if let Some(me) = me {
        state.me = me;
    }
    if other_person || other_database {
        state.forget();
        out.push(Effect::Store(StoreOp::Forget));
        state.sync.pulling = true;
        out.push(Effect::Ask(Ask::Pull { rev: 0, before: None }));
    }
}

fn end(state: &mut State, why: Ended) {
    state.link = Link::Ended;
    state.sync.pulling = false;
    super::room::link_lost(state);
    timeline::link_changed(state);
    if let Screen::Login(form) = &mut state.screen {
        form.busy = false;
        form.error = Some(ended_text(&why));
        return;
    }
    state.modals.retain(|modal| !matches!(modal, Modal::Ended(_)));
    state.modals.push(Modal::Ended(why));
}

/// What happened, in a sentence.
pub(crate) fn ended_text(why: &Ended) -> String {
    match why {
        Ended::Kicked { kick_type: 3, .. } => "You were logged out by the server's administrator.".into(),
        Ended::Kicked { platform, .. } if platform.is_empty() => {
            "You logged in on another device, which ended this session.".into()
        }
        Ended::Kicked { platform, .. } => format!("You logged in on another device ({platform}), which ended this session."),
        Ended::SigExpired => "Your UserSig has expired. A new one is needed to go on.".into(),
    }
}

/// A dialog that waits for an answer can be tried again.
fn free_dialogs(state: &mut State, reason: &str) {
    for modal in &mut state.modals {
        match modal {
            Modal::Form(form) if form.busy => {
                form.busy = false;
                form.error = Some(format!("The link was lost: {reason}"));
            }
            Modal::Group(page) => page.members.lost(),
            _ => {}
        }
    }
    if let Screen::Login(form) = &mut state.screen
        && form.busy
    {
        form.error = Some(format!("{reason}; trying again"));
    }
}

/// Connect now, or again after the session was ended.
pub(crate) fn reconnect(state: &mut State, out: &mut Vec<Effect>) {
    match state.link {
        Link::Online { .. } => state.say(Tone::Neutral, "Already connected"),
        _ => {
            state.link = Link::Connecting;
            out.push(Effect::LogInAgain { user_sig: None, rev: state.sync.rev });
        }
    }
}

/// Logging out is asked for once more: it forgets the UserSig.
pub(crate) fn ask_log_out(state: &mut State) {
    let unsent = state.outbox.len();
    let detail = match unsent {
        0 => "The saved UserSig is forgotten; messages stay on this host until somebody else logs in.".into(),
        n => format!("{n} unsent messages stay in the outbox. The saved UserSig is forgotten."),
    };
    state.modals.push(Modal::Confirm(Confirm { question: "Log out?".into(), detail, yes: "Log out", then: Confirmed::LogOut }));
}

/// A page of what changed while away.
pub(crate) fn pulled(state: &mut State, first: bool, result: Result<Box<Synced>, Refusal>, out: &mut Vec<Effect>) {
    let page = match result {
        Ok(page) => page,
        Err(refusal) => {
            state.sync.pulling = false;
            if state.online() {
                state.say(Tone::Bad, format!("Catching up failed: {refusal}"));
            }
            return;
        }
    };
    if first {
        super::label::take(state, page.contact_groups.as_deref().unwrap_or_default(), out);
    }
    take_page(state, &page, out);
    if first {
        state.sync.pull_rev = page.rev;
    }
    match page.before.filter(|_| page.complete == 0) {
        Some(before) => out.push(Effect::Ask(Ask::Pull { rev: state.sync.rev, before: Some(before) })),
        None => {
            state.sync.pulling = false;
            synced(state, state.sync.pull_rev, out);
        }
    }
}

/// Everything up to a change is here.
fn synced(state: &mut State, rev: u64, out: &mut Vec<Effect>) {
    state.sync.rev = state.sync.rev.max(rev);
    out.push(Effect::Store(StoreOp::Rev(state.sync.rev)));
    if state.online() {
        state.link = Link::Online { syncing: false };
    }
    super::request::ask(state, out);
    report_reads(state, out);
    change::catch_up(state, out);
    timeline::settle(state, out);
    timeline::see_open(state, out);
}

fn take_page(state: &mut State, page: &Synced, out: &mut Vec<Effect>) {
    for contact in &page.contacts {
        let nick = contact.profile_item.iter().find(|item| item.tag == "Tag_Profile_IM_Nick");
        learn(state, &contact.to_account, nick.and_then(|item| item.value.as_str()).unwrap_or_default(), out);
    }
    for group in &page.groups {
        take_group(state, group, out);
    }
    for topic in page.topics.iter().flatten() {
        super::community::take_topic(state, topic, out);
    }
    state.conversations.together(true);
    for conversation in &page.conversations {
        change::note(state, conversation, out);
        take_conversation(state, conversation, out);
    }
    state.conversations.together(false);
    timeline::settle(state, out);
    timeline::see_open(state, out);
}

/// Read positions that the server was not told while away.
fn report_reads(state: &State, out: &mut Vec<Effect>) {
    for conversation in state.conversations.all().filter(|conversation| conversation.read_place > conversation.read_reported) {
        let time_s = conversation.last.as_ref().map_or(0, |last| last.time_s);
        out.push(Effect::Ask(Ask::Read { chat: conversation.id.clone(), place: conversation.read_place, time_s }));
    }
}

/// Keeps a person's name.
pub(super) fn learn(state: &mut State, user: &str, nick: &str, out: &mut Vec<Effect>) {
    let old = state.people.name(user).to_owned();
    if !state.people.learn(user, nick) {
        return;
    }
    out.push(Effect::Store(StoreOp::Person { user: user.to_owned(), nick: clean_line(nick) }));
    let name = state.people.name(user).to_owned();
    if name == old {
        return;
    }
    group_news::nick(state, user, &old);
    let chat = ChatId::user(user);
    if state.conversations.get(&chat).is_some_and(|conversation| conversation.name.is_empty() || conversation.name == old) {
        state.conversations.change(&chat, |conversation| conversation.name = name);
        save(state, &chat, out);
    }
}

fn take_group(state: &mut State, wire: &SyncGroup, out: &mut Vec<Effect>) {
    // A live room is nothing that is kept: it is entered anew each time.
    if wire.group_id.is_empty() || wire.kind == super::room::KIND {
        return;
    }
    let mut group = Group::from_wire(wire);
    // Events do not say what one may do: it stays as it was.
    if let (Some(group), None) = (&mut group, &wire.own_rights) {
        let known = state.groups.get(&wire.group_id).filter(|_| group.place.permission_groups);
        group.place.rights = known.and_then(|known| known.place.rights.clone());
    }
    let chat = ChatId::group(&wire.group_id);
    if let (Some(group), true) = (&group, state.conversations.get(&chat).is_some()) {
        let name = group.name.clone();
        state.conversations.change(&chat, |conversation| conversation.name = name);
    }
    mute::own(state, wire);
    state.groups.set(&wire.group_id, group.clone());
    out.push(Effect::Store(StoreOp::Group { id: wire.group_id.clone(), group }));
    if wire.kind == "Community" {
        super::community::community_changed(state, &wire.group_id, out);
    }
}

fn take_conversation(state: &mut State, wire: &WireConversation, out: &mut Vec<Effect>) {
    let Some(chat) = ChatId::from_wire(&wire.id) else { return };
    let last = wire.last_msg.as_ref().map(|message| (message, Message::from_wire(message, &state.me.user)));
    let line = last.as_ref().map(|(_, message)| line_of(message));
    // What was hidden, or marked unread, up to here.
    let marked_at = state.conversations.get(&chat).filter(|known| known.marks != 0).map(|known| known.last_place);
    let newest = line.as_ref().map_or(0, |line| line.place);
    // One that has just come about has no message to be ordered by.
    let appeared_s = (state.sync.rev > 0 && state.conversations.get(&chat).is_none()).then(|| state.now.seconds());
    state.conversations.change(&chat, |conversation| {
        if !wire.show_name.is_empty() {
            conversation.name = clean_line(&wire.show_name);
        }
        // Nothing is left that could be shown: deleted, cleared or expired. What is not sent yet stays.
        let is_empty = line.is_none() && wire.gone != Some(1) && sane_count(wire.last_place) >= conversation.last_place;
        if is_empty && conversation.last.as_ref().is_some_and(|last| last.place > 0) {
            conversation.active_s = conversation.moment();
            conversation.last = None;
        }
        conversation.read_reported = sane_count(wire.read_place);
        conversation.read_place = conversation.read_place.max(sane_count(wire.read_place));
        conversation.last_place = conversation.last_place.max(sane_count(wire.last_place));
        conversation.first_place = sane_count(wire.first_place);
        conversation.peer_read_place = conversation.peer_read_place.max(sane_count(wire.peer_read_place.unwrap_or(0)));
        conversation.unread = if conversation.read_place >= conversation.last_place { 0 } else { sane_count(wire.unread) };
        conversation.pinned = wire.top_flag == 1;
        conversation.set_receive(Receive::from_word(&wire.msg_flag));
        conversation.marks = wire.standard_mark.as_deref().and_then(|bits| u64::from_str_radix(bits, 2).ok()).unwrap_or(0);
        conversation.labels = wire.contact_group_id.clone().unwrap_or_default();
        conversation.at_type = if conversation.unread == 0 { 0 } else { wire.at_type.unwrap_or(0) };
        conversation.gone = wire.gone == Some(1);
        conversation.active_s = appeared_s.unwrap_or(conversation.active_s);
        if let Some(line) = line {
            conversation.last = Some(line);
        }
    });
    if let (ChatId::User(user), false) = (&chat, wire.show_name.is_empty()) {
        let nick = if wire.show_name == **user { "" } else { &wire.show_name };
        learn(state, user, nick, out);
    }
    if let Some((wire, message)) = last {
        if let Some(nick) = wire.nick.as_deref() {
            learn(state, &wire.from_account, nick, out);
        }
        composer::found(state, &chat, &message.msg_id, out);
        let held = message.place.map(|place| (place, place));
        // A timeline in memory gets it with the page that closes the gap, so that it never shows a hole.
        out.push(Effect::Store(StoreOp::Messages { chat: chat.clone(), messages: vec![wire.clone()], held }));
    }
    if marked_at.is_some_and(|place| newest > place) {
        super::conversation::touched(state, &chat, out);
    }
    save(state, &chat, out);
    if wire.gone == Some(1) && state.open.as_ref() == Some(&chat) {
        super::roster::close_chat(state, out);
        state.say(Tone::Neutral, "This conversation was removed from your list");
    }
}

/// The list's line for a message.
pub(super) fn line_of(message: &Message) -> LastLine {
    let sender = match message.body {
        crate::state::message::Body::Tip(_) => String::new(),
        _ => message.sender.to_string(),
    };
    let text = message.abstract_line();
    // A list shows one row: a book in a message is not kept twice.
    LastLine { sender, text: fit(&text, 200).into_owned(), time_s: message.time_s, place: message.place.unwrap_or(0) }
}

/// Something the server told unasked.
pub(crate) fn server(state: &mut State, event: ServerEvent, out: &mut Vec<Effect>) {
    match event {
        ServerEvent::C2cMessage(wire) => {
            let own = wire.from_account == state.me.user;
            let peer = if own { wire.to_account.clone().unwrap_or_default() } else { wire.from_account.clone() };
            if !peer.is_empty() {
                live(state, &ChatId::user(&peer), wire, out);
            }
        }
        ServerEvent::GroupMessage(wire) | ServerEvent::GroupTip(wire) => {
            if let Some(group) = wire.chat_id().cloned().filter(|group| !group.is_empty()) {
                live(state, &ChatId::group(&group), wire, out);
            }
        }
        ServerEvent::GroupNotice(wire) => group_news::notice(state, &wire, out),
        ServerEvent::PeerRead(read) => {
            let chat = ChatId::user(&read.to_account);
            if state.conversations.get(&chat).is_some() {
                state.conversations.change(&chat, |conversation| {
                    conversation.peer_read_place = conversation.peer_read_place.max(read.pos.unwrap_or(0));
                    conversation.peer_read_time_s = conversation.peer_read_time_s.max(read.last_read_time);
                });
                save(state, &chat, out);
            }
        }
        ServerEvent::OwnReadC2c(read) => {
            own_read(state, &ChatId::user(&read.from_account), read.pos, read.last_read_time, read.unread, out);
        }
        ServerEvent::OwnReadGroup(read) => {
            own_read(state, &ChatId::group(&read.group_id), Some(read.last_read_msg_seq), 0, read.unread, out);
        }
        ServerEvent::Profile(change) => {
            if let Some(item) = change.list.iter().find(|item| item.tag == "Tag_Profile_IM_Nick") {
                learn(state, &change.account, item.value.as_str().unwrap_or_default(), out);
            }
        }
        ServerEvent::ConversationGroups(groups) => super::label::take(state, &groups, out),
        ServerEvent::Conversation(conversation) => {
            super::conversation::cleared_elsewhere(state, &conversation, out);
            take_conversation(state, &conversation, out);
            timeline::settle(state, out);
        }
        ServerEvent::Group(group) => {
            take_group(state, &group, out);
            group_page::refresh(state, &group.group_id, out);
            let chat = ChatId::group(&group.group_id);
            save(state, &chat, out);
        }
        ServerEvent::GroupMembers(change) => group_news::members_changed(state, &change, out),
        ServerEvent::GroupProfile(group) => group_news::profile(state, &group, out),
        ServerEvent::ApplicationHandled(handled) => {
            super::request::ask(state, out);
            group_page::refresh(state, &handled.group_id, out);
        }
        ServerEvent::Topic(topic) => super::community::take_topic(state, &topic, out),
        ServerEvent::Permission(notice) => super::permission::told(state, &notice.group_id, out),
        ServerEvent::Kickout(kickout) => {
            link(state, LinkEvent::Kicked { kick_type: kickout.kick_type, platform: kickout.platform }, out);
        }
        ServerEvent::ReadAll(all) => {
            if all.c2c_read_all == 1 {
                let chats: Vec<(ChatId, u64)> = state
                    .conversations
                    .all()
                    .filter(|row| !row.id.is_group())
                    .map(|row| (row.id.clone(), row.last_place))
                    .collect();
                for (chat, place) in chats {
                    own_read(state, &chat, Some(place), 0, Some(0), out);
                }
            }
            for read in &all.group_read_info {
                own_read(state, &ChatId::group(&read.group_id), Some(read.msg_seq), 0, None, out);
            }
        }
        ServerEvent::RecalledC2c(recalled) => change::recalled_c2c(state, &recalled, out),
        ServerEvent::RecalledGroup(list) => change::recalled_group(state, &list, out),
        ServerEvent::ModifiedC2c(message) | ServerEvent::ModifiedGroup(message) => change::modified(state, message, out),
        ServerEvent::Deleted(deleted) => change::deleted(state, &deleted, out),
        ServerEvent::Receipt(notice) => receipt::changed(state, &notice, out),
        ServerEvent::Reaction(notice) => reaction::told(state, &notice, out),
        ServerEvent::Pin(notice) => pin::told(state, &notice, out),
        ServerEvent::UserStatus(status) => presence::told(state, status),
        ServerEvent::Extension(notice) => ballot::told(state, notice),
        // The rest concerns bridges or versions to come.
        _ => {}
    }
}

fn own_read(state: &mut State, chat: &ChatId, place: Option<u64>, time_s: i64, unread: Option<u64>, out: &mut Vec<Effect>) {
    if state.conversations.get(chat).is_none() {
        return;
    }
    state.conversations.change(chat, |conversation| {
        if let Some(place) = place.map(sane_count) {
            conversation.read_place = conversation.read_place.max(place);
            conversation.read_reported = conversation.read_reported.max(place);
        }
        let all = conversation.last.as_ref().is_some_and(|last| time_s >= last.time_s)
            || conversation.read_place >= conversation.last_place;
        if let Some(unread) = unread.or(all.then_some(0)) {
            conversation.unread = sane_count(unread);
        }
        if conversation.unread == 0 {
            conversation.at_type = 0;
        }
    });
    save(state, chat, out);
}

/// Reads what changed, besides the reading after each login.
pub(super) fn pull(state: &mut State, out: &mut Vec<Effect>) {
    if state.online() && !state.sync.pulling {
        state.sync.pulling = true;
        out.push(Effect::Ask(Ask::Pull { rev: state.sync.rev, before: None }));
    }
}

/// A message that has just come.
fn live(state: &mut State, chat: &ChatId, wire: WireMessage, out: &mut Vec<Effect>) {
    let message = Message::from_wire(&wire, &state.me.user);
    if !message.mine {
        learn(state, &wire.from_account, wire.nick.as_deref().unwrap_or_default(), out);
    }
    if !message.mine {
        state.live.stop_typing(chat);
    }
    // What is told of a community with topics is kept nowhere, and holds all the same.
    if wire.is_system_msg == Some(1) {
        mute::told(state, chat, &wire);
        group_news::tip(state, chat, &wire, out);
    }
    let Some(place) = message.place else {
        if let Some(on) = crate::state::message::typing(&wire).filter(|_| !chat.is_group()) {
            if !message.mine {
                typing::told(state, chat, on);
            }
            return;
        }
        // Neither stored nor counted: signals between programs are not shown, a text is, for a moment.
        if !message.mine
            && matches!(&message.body, crate::state::message::Body::Parts(parts) if matches!(parts[..], [crate::state::message::Part::Text(_)]))
        {
            let text = format!("{}: {}", state.sender_name(&message), message.abstract_line());
            state.say(Tone::Neutral, text);
        }
        return;
    };
    composer::found(state, chat, &message.msg_id, out);
    // Groups of some types count nothing.
    let kind = wire.group_info.as_ref().and_then(|info| GroupKind::parse(&info.group_type));
    let counts = !message.mine && wire.no_unread != Some(1) && kind.is_none_or(GroupKind::counts_unread);
    let known_before = state.conversations.get(chat).map_or(0, |conversation| conversation.last_place);
    let is_new = place > known_before;
    let shows = wire.no_last_msg != Some(1);
    let group_name = wire.group_info.as_ref().map(|info| clean_line(&info.group_name)).filter(|name| !name.is_empty());
    let nick = wire.nick.as_deref().map(clean_line).filter(|nick| !nick.is_empty() && !message.mine);
    let line = line_of(&message);
    state.conversations.change(chat, |conversation| {
        if let Some(name) = if chat.is_group() { group_name } else { nick } {
            conversation.name = name;
        }
        if is_new {
            conversation.last_place = place;
            if shows {
                conversation.last = Some(line);
                conversation.gone = false;
            }
            if counts && place > conversation.read_place {
                conversation.unread += 1;
                conversation.at_type |= message.at_type;
            }
        }
    });
    out.push(Effect::Store(StoreOp::Messages { chat: chat.clone(), messages: vec![wire], held: Some((place, place)) }));
    if is_new && shows {
        super::conversation::touched(state, chat, out);
    }
    let at_me = message.at_type != 0;
    let line = message.abstract_line();
    let preview = match message.body {
        // A tip says itself who it is about.
        crate::state::message::Body::Tip(_) => line,
        _ => format!("{}: {line}", state.sender_name(&message)),
    };
    let shown = timeline::take_live(state, chat, message, out);
    save(state, chat, out);
    timeline::see_open(state, out);
    if is_new && counts && shown == Inserted::New {
        announce(state, chat, &preview, at_me, out);
    }
}

/// Bell, desktop notice and a line at the bottom for what is not on the screen.
fn announce(state: &mut State, chat: &ChatId, preview: &str, at_me: bool, out: &mut Vec<Effect>) {
    let receive = state.conversations.get(chat).map_or(Receive::Notify, |conversation| conversation.receive);
    let muted = receive != Receive::Notify;
    let at_me = at_me && receive != Receive::Block;
    let on_screen = state.in_front && state.open.as_ref() == Some(chat);
    if (muted && !at_me) || on_screen || state.sees(chat) {
        return;
    }
    if state.now.mono_ms >= state.quiet_until_ms {
        // One ring for a burst.
        state.quiet_until_ms = state.now.mono_ms + 2000;
        if state.settings.bell {
            out.push(Effect::Bell);
        }
        if state.settings.notices && !state.in_front {
            out.push(Effect::Notice { title: state.name_of(chat).to_owned(), text: fit(preview, 200).into_owned() });
        }
    }
    if state.in_front && state.open.as_ref() != Some(chat) {
        let text = if chat.is_group() { format!("{} · {preview}", state.name_of(chat)) } else { preview.to_owned() };
        state.say(Tone::Neutral, text);
    }
}
