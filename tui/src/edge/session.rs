//! The session with the server: what it tells becomes events, what effects ask for becomes calls.

mod attached;
mod community;
mod entry;
mod group_page;
mod room;

use super::acting;
use super::arrange;
use super::media::Link as MediaLink;
use super::profile::ProfileFolder;
use super::search;
use crate::effect::{Ask, LoginRequest, Page, RoomAsk};
use crate::event::{Answer, Delivered, Event, LinkEvent, Refusal, RoomAnswer};
use crate::state::Me;
use crate::state::composer::Outgoing;
use crate::state::conversation::ChatId;
use crate::state::modal::MembersPage;
use crate::state::timeline::WindowAt;
use crate::state::{sane_count, sane_s};
use crate::update::MEMBERS_PAGE;
use rand::rngs::StdRng;
use rand::{RngCore, SeedableRng};
use serde_json::value::RawValue;
use std::path::PathBuf;
use std::sync::Arc;
use tern_protocol::api::{command, conversation, group, message, profile};
use tern_protocol::client::{CallError, CatchUp, ClientEvent, End, Identity, ServerAddress, Session, SessionConfig, Trust};
use tern_protocol::clock::{self, Clock};
use tern_protocol::model::presence::{KickType, LoginMode, Platform};
use tern_protocol::model::saved_profile::SavedProfile;
use tern_protocol::{ErrorCode, SdkAppId, UserId, limits, usersig};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// Conversations in one page of catching up: the first screen needs one.
const SYNC_PAGE: u64 = 100;
/// Messages in one page of history.
const HISTORY_PAGE: u64 = limits::HISTORY_PAGE as u64;
/// How long leaving waits for the server.
const CLOSE_LIMIT_MS: i64 = 500;
/// Hexadecimal digits of an application's key.
const KEY_DIGITS: usize = 64;

/// The session, or none.
#[derive(Debug)]
pub(crate) struct SessionEdge {
    clock: Arc<dyn Clock>,
    rng: StdRng,
    events: mpsc::Sender<Event>,
    /// Where a login by hand is saved.
    folder: ProfileFolder,
    profile: Option<SavedProfile>,
    session: Option<Session>,
    forwarder: Option<JoinHandle<()>>,
}

/// A login by hand is saved once the server took it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Save {
    Yes,
    No,
}

impl SessionEdge {
    /// No session yet.
    pub(crate) fn new(clock: Arc<dyn Clock>, rng: StdRng, events: mpsc::Sender<Event>, folder: ProfileFolder) -> Self {
        Self { clock, rng, events, folder, profile: None, session: None, forwarder: None }
    }

    /// Logs in with a saved login.
    pub(crate) fn start(&mut self, profile: SavedProfile, rev: u64) {
        self.begin(profile, rev, Save::No);
    }

    /// Logs in with what a person typed.
    pub(crate) fn log_in(&mut self, request: LoginRequest) {
        let Ok(user) = UserId::parse(request.user.as_str()) else { return };
        let sdk_app_id = SdkAppId(request.sdk_app_id);
        let user_sig = user_sig_of(&request.secret, sdk_app_id, user.as_str(), self.clock.as_ref());
        // The same install again, or the server would see another device.
        let (install, ca_file) = match &self.profile {
            Some(profile) => (profile.install.clone(), profile.ca_file.clone()),
            None => (uuid::Uuid::new_v4().to_string(), None),
        };
        let profile = SavedProfile { server: request.server, sdk_app_id, user, user_sig, install, ca_file };
        self.begin(profile, request.rev, Save::Yes);
    }

    /// Logs in as the same person again.
    pub(crate) fn log_in_again(&mut self, user_sig: Option<String>, rev: u64) {
        let Some(mut profile) = self.profile.clone() else { return };
        let save = if user_sig.is_some() { Save::Yes } else { Save::No };
        if let Some(secret) = user_sig {
            profile.user_sig = user_sig_of(&secret, profile.sdk_app_id, profile.user.as_str(), self.clock.as_ref());
        }
        self.begin(profile, rev, save);
    }

    /// What is known before the first login by hand: install and address.
    pub(crate) fn know(&mut self, profile: SavedProfile) {
        self.profile = Some(profile);
    }

    fn begin(&mut self, profile: SavedProfile, rev: u64, save: Save) {
        if let Some(forwarder) = self.forwarder.take() {
            forwarder.abort();
        }
        self.session = None;
        self.profile = Some(profile.clone());
        let address = match ServerAddress::parse(&profile.server) {
            Ok(address) => address,
            Err(error) => {
                let events = self.events.clone();
                let refusal = Refusal { code: 0, text: error.to_string() };
                tokio::spawn(async move {
                    let _ = events.send(Event::Link(LinkEvent::Refused(refusal))).await;
                });
                return;
            }
        };
        let identity = Identity::User {
            sdk_app_id: profile.sdk_app_id,
            user: profile.user.clone(),
            user_sig: profile.user_sig.clone(),
            platform: Platform::of_this_host(),
            install: profile.install.clone(),
            mode: LoginMode::Interactive,
        };
        let mut config = SessionConfig::new(address, identity);
        config.catch_up = Some(CatchUp { rev, page: SYNC_PAGE });
        if let Some(file) = &profile.ca_file {
            config.trust = Trust::CaFile(PathBuf::from(file));
        }
        let rng = StdRng::seed_from_u64(self.rng.next_u64());
        let (session, told) = Session::start(config, Arc::clone(&self.clock), rng);
        self.session = Some(session);
        let hand = (save == Save::Yes).then(|| (profile, self.folder.clone()));
        self.forwarder = Some(tokio::spawn(forward(told, self.events.clone(), hand)));
    }

    /// Ends the session and forgets the UserSig.
    pub(crate) async fn log_out(&mut self) {
        if let Some(session) = self.session.take() {
            let _ = clock::timeout(self.clock.as_ref(), CLOSE_LIMIT_MS, session.log_out()).await;
        }
        if let Some(forwarder) = self.forwarder.take() {
            forwarder.abort();
        }
        if let Some(profile) = &mut self.profile {
            profile.user_sig.clear();
            if let Err(error) = self.folder.write(profile) {
                tracing::error!(%error, "the saved login could not be changed");
            }
        }
    }

    /// Leaves the server without logging out.
    pub(crate) async fn close(&mut self) {
        if let Some(session) = self.session.take() {
            let _ = clock::timeout(self.clock.as_ref(), CLOSE_LIMIT_MS, session.close()).await;
        }
    }

    /// Goes out of a live room before the program ends.
    pub(crate) async fn leave_room(&self, group: String) {
        if let Some(session) = &self.session {
            let _ = clock::timeout(self.clock.as_ref(), CLOSE_LIMIT_MS, room::leave(session, group)).await;
        }
    }

    /// What files need of the session.
    pub(crate) fn link(&self) -> Option<MediaLink> {
        Some(MediaLink { session: self.session.clone()?, profile: self.profile.clone()? })
    }

    /// Asks the server; the answer comes as an event.
    pub(crate) fn ask(&self, ask: Ask) {
        let (session, events, clock) = (self.session.clone(), self.events.clone(), Arc::clone(&self.clock));
        let me = self.profile.as_ref().map(|profile| profile.user.to_string()).unwrap_or_default();
        tokio::spawn(async move {
            let answer = answer(session, ask, me, clock.as_ref(), &events).await;
            let _ = events.send(Event::Answer(answer)).await;
        });
    }
}

/// A UserSig as it is, or made with an application's key.
pub(crate) fn user_sig_of(secret: &str, app: SdkAppId, user: &str, clock: &dyn Clock) -> String {
    if is_key(secret) {
        usersig::generate(app, secret, user, limits::USER_SIG_EXPIRE_SECONDS, None, clock.wall_seconds())
    } else {
        secret.to_owned()
    }
}

/// An application's key; a UserSig is longer and starts otherwise.
fn is_key(secret: &str) -> bool {
    secret.len() == KEY_DIGITS && secret.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Hands on what the session tells, in order.
async fn forward(
    mut told: mpsc::Receiver<ClientEvent>,
    events: mpsc::Sender<Event>,
    mut hand: Option<(SavedProfile, ProfileFolder)>,
) {
    while let Some(event) = told.recv().await {
        let event = match event {
            ClientEvent::Connecting { .. } => Event::Link(LinkEvent::Connecting),
            ClientEvent::Online(info) => {
                let time = LinkEvent::Server {
                    offset_ms: info.server_offset_ms,
                    recall_s: info.recall_seconds,
                    custom_status: info.custom_status,
                };
                if events.send(Event::Link(time)).await.is_err() {
                    return;
                }
                let me = hand.take().map(|(profile, folder)| saved(&profile, &folder));
                Event::Link(LinkEvent::Online { tiny_id: info.tiny_id, rev: info.rev, me })
            }
            ClientEvent::Offline { reason, .. } => Event::Link(LinkEvent::Lost { reason }),
            ClientEvent::SyncPage(page) => Event::Link(LinkEvent::SyncPage(page)),
            ClientEvent::SyncDone { rev } => Event::Link(LinkEvent::SyncDone { rev }),
            ClientEvent::SyncFailed { error } => Event::Link(LinkEvent::SyncFailed { reason: refusal(&error).to_string() }),
            ClientEvent::Event(event) => Event::Server(*event),
            ClientEvent::Ended(end) => match end {
                End::Closed => return,
                End::Kicked(kick) => {
                    let kick_type = kick.kick_type.map_or(0, KickType::number);
                    Event::Link(LinkEvent::Kicked { kick_type, platform: kick.platform })
                }
                End::SigExpired => Event::Link(LinkEvent::SigExpired),
                End::Refused { code, info } => Event::Link(LinkEvent::Refused(Refusal { code: code.0, text: info })),
            },
        };
        if events.send(event).await.is_err() {
            return;
        }
    }
}

fn saved(profile: &SavedProfile, folder: &ProfileFolder) -> Me {
    if let Err(error) = folder.write(profile) {
        tracing::error!(%error, "the login could not be saved");
    }
    me_of(profile)
}

/// Who a saved login is.
pub(crate) fn me_of(profile: &SavedProfile) -> Me {
    Me { user: profile.user.to_string(), server: profile.server.clone(), sdk_app_id: profile.sdk_app_id.0, tiny_id: String::new() }
}

/// Why a call failed, as a person is told.
pub(super) fn refusal(error: &CallError) -> Refusal {
    match error {
        CallError::Refused { code, info } => {
            let text = if info.is_empty() { code.text().to_owned() } else { info.clone() };
            Refusal { code: code.0, text }
        }
        other => Refusal { code: 0, text: other.to_string() },
    }
}

async fn answer(session: Option<Session>, ask: Ask, me: String, clock: &dyn Clock, events: &mpsc::Sender<Event>) -> Answer {
    let Some(session) = session else { return no_session(ask) };
    match ask {
        Ask::Pull { rev, before } => {
            let request = conversation::SyncPull { rev, limit: SYNC_PAGE, before };
            let result = session.call::<command::SyncPull>(&request).await;
            Answer::Pulled { first: before.is_none(), result: result.map(Box::new).map_err(|error| refusal(&error)) }
        }
        Ask::History { chat, page } => {
            let before = match page {
                Page::Newest => None,
                Page::Before(place) => Some(place),
            };
            let request = conversation::History { id: chat.to_wire(), limit: HISTORY_PAGE, before, ..Default::default() };
            let result = session.call::<command::History>(&request).await;
            Answer::History { chat, result: result.map(Box::new).map_err(|error| refusal(&error)) }
        }
        Ask::Window { chat, at } => {
            let id = chat.to_wire();
            let request = match at {
                WindowAt::Around(place) => conversation::History { id, around: Some(place), ..Default::default() },
                WindowAt::AroundTime(time_s) => conversation::History { id, around_time: Some(time_s), ..Default::default() },
                WindowAt::Before(place) => conversation::History { id, before: Some(place), ..Default::default() },
                WindowAt::After(place) => conversation::History { id, after: Some(place), ..Default::default() },
            };
            let request = conversation::History { limit: HISTORY_PAGE, ..request };
            let result = session.call::<command::History>(&request).await;
            Answer::Window { chat, at, result: result.map(Box::new).map_err(|error| refusal(&error)) }
        }
        Ask::Deliver(outgoing) => deliver(&session, outgoing, clock, events).await,
        Ask::Act(act) => Answer::Acted(acting::act(&session, act, &me, clock).await),
        Ask::Read { chat, place, time_s } => {
            let result = match &chat {
                ChatId::User(user) => {
                    let item = message::C2cMsgReadedItem {
                        to_account: user.to_string(),
                        lasted_msg_time: Some(time_s),
                        pos: Some(place),
                        receipt: None,
                    };
                    let body = message::C2cMsgReaded { items: vec![item], cookie: None };
                    session.call::<command::MsgReaded>(&message::MsgReaded { c2c_msg_readed: body }).await
                }
                ChatId::Group(group) => {
                    let request =
                        message::MsgReadReport { group_id: group.to_string(), msg_readed_seq: place, ..Default::default() };
                    session.call::<command::MsgReadReport>(&request).await
                }
            };
            Answer::ReadReported { chat, place, ok: result.is_ok() }
        }
        Ask::Set { chat, setting } => {
            let result = arrange::set(&session, &chat, setting).await;
            Answer::ConversationSet { chat, setting, result: result.map_err(|error| refusal(&error)) }
        }
        Ask::Search(query) => {
            let result = search::ask(&session, &query).await.map_err(|error| refusal(&error));
            Answer::Searched { query, result }
        }
        Ask::Arrange(what) => {
            let result = arrange::arrange(&session, &what).await.map_err(|error| refusal(&error));
            Answer::Arranged { what, result }
        }
        Ask::FindPerson { user } => {
            let result = find_person(&session, &user, me).await.map_err(|error| refusal(&error));
            Answer::PersonFound { user, result }
        }
        Ask::CreateGroup(group) => {
            let result = entry::create(&session, &group, me).await.map_err(|error| refusal(&error));
            Answer::GroupCreated { group, result }
        }
        Ask::LookUp { group } => {
            let result = entry::look_up(&session, &group).await.map_err(|error| refusal(&error));
            Answer::LookedUp { group, result }
        }
        Ask::JoinGroup { group, text } => {
            let request = group::ApplyJoinGroup { group_id: Some(group.clone()), apply_msg: Some(text), web_push_flag: None };
            let result = session.call::<command::ApplyJoinGroup>(&request).await;
            Answer::GroupJoined { group, result: result.map(|answer| answer.joined_status).map_err(|error| refusal(&error)) }
        }
        Ask::LeaveGroup { group } => {
            let result = session.call::<command::LeaveGroup>(&group::GroupName { group_id: Some(group.clone()) }).await;
            Answer::GroupLeft { group, result: result.map(|_| ()).map_err(|error| refusal(&error)) }
        }
        Ask::Group(ask) => {
            let result = group_page::answer(&session, &ask, &me).await;
            Answer::Group { ask, result: result.map_err(|error| refusal(&error)) }
        }
        Ask::Attached(ask) => Answer::Attached(attached::answer(&session, ask, me).await),
        Ask::Room(ask) => Answer::Room(room::answer(&session, ask).await),
        Ask::Community(ask) => Answer::Community(community::answer(&session, ask).await),
        Ask::Mentionable { group, from } => {
            let result = members(&session, &group, &from, Vec::new()).await;
            Answer::Mentionable { group, from, result: result.map(Box::new).map_err(|error| refusal(&error)) }
        }
    }
}

/// Every request has an answer, so that no dialog waits for ever.
fn no_session(ask: Ask) -> Answer {
    let refusal = || Refusal { code: 0, text: "there is no link to the server".into() };
    match ask {
        Ask::Pull { before, .. } => Answer::Pulled { first: before.is_none(), result: Err(refusal()) },
        Ask::History { chat, .. } => Answer::History { chat, result: Err(refusal()) },
        Ask::Window { chat, at } => Answer::Window { chat, at, result: Err(refusal()) },
        Ask::Deliver(outgoing) => Answer::DeliveryLost { key: outgoing.key() },
        Ask::Act(act) => Answer::Acted(acting::unanswered(act, refusal())),
        Ask::Read { chat, place, .. } => Answer::ReadReported { chat, place, ok: false },
        Ask::Set { chat, setting } => Answer::ConversationSet { chat, setting, result: Err(refusal()) },
        Ask::Search(query) => Answer::Searched { query, result: Err(refusal()) },
        Ask::Arrange(what) => Answer::Arranged { what, result: Err(refusal()) },
        Ask::FindPerson { user } => Answer::PersonFound { user, result: Err(refusal()) },
        Ask::CreateGroup(group) => Answer::GroupCreated { group, result: Err(refusal()) },
        Ask::LookUp { group } => Answer::LookedUp { group, result: Err(refusal()) },
        Ask::JoinGroup { group, .. } => Answer::GroupJoined { group, result: Err(refusal()) },
        Ask::LeaveGroup { group } => Answer::GroupLeft { group, result: Err(refusal()) },
        Ask::Group(ask) => Answer::Group { ask, result: Err(refusal()) },
        Ask::Attached(ask) => Answer::Attached(attached::no_session(ask, refusal())),
        Ask::Community(ask) => Answer::Community(community::no_session(ask, refusal())),
        Ask::Room(ask) => Answer::Room(match ask {
            RoomAsk::Enter { group } => RoomAnswer::Entered { group, result: Err(refusal()) },
            RoomAsk::Leave { .. } => RoomAnswer::Left,
            RoomAsk::Count { group } => RoomAnswer::Counted { group, result: Err(refusal()) },
            RoomAsk::Say { group, key, .. } => RoomAnswer::Said { group, key, result: Err(refusal()) },
            RoomAsk::Keep { .. } => RoomAnswer::Kept { says: String::new(), result: Err(refusal()) },
        }),
        Ask::Mentionable { group, from } => Answer::Mentionable { group, from, result: Err(refusal()) },
    }
}

/// Sends a message of the outbox, with what must be done before and after it.
pub(crate) async fn deliver(session: &Session, outgoing: Outgoing, clock: &dyn Clock, events: &mpsc::Sender<Event>) -> Answer {
    let key = outgoing.key();
    let outgoing = match acting::prepared(session, outgoing).await {
        Ok(outgoing) => outgoing,
        Err(error) => return undelivered(key, &error),
    };
    let patience_ms = outgoing.given_up_ms().saturating_sub(clock.wall_ms()).max(1);
    let msg_body = RawValue::from_string(outgoing.body_json()).ok();
    let (random, client_time) = (i64::from(outgoing.random), outgoing.client_time_s);
    let result = match outgoing.chat_id() {
        Some(ChatId::User(user)) => {
            let request = message::SendMsg {
                to_account: Some(user.to_string()),
                msg_seq: Some(i64::from(outgoing.seq())),
                cloud_custom_data: outgoing.custom.clone(),
                msg_random: Some(random),
                msg_client_time: Some(client_time),
                msg_body,
                is_need_read_receipt: outgoing.receipt.then_some(1),
                support_message_extension: outgoing.extensible.then_some(1),
                ..Default::default()
            };
            let sent = session.send_message::<command::SendMsg>(request, patience_ms).await;
            sent.map(|sent| Delivered { time_s: sane_s(sent.msg_time), place: sent.pos.map(sane_count) })
        }
        Some(ChatId::Group(group)) => {
            let request = message::SendGroupMsg {
                group_id: Some(group.to_string()),
                cloud_custom_data: outgoing.custom.clone(),
                group_at_info: outgoing.group_at_info(),
                random: Some(random),
                msg_client_time: Some(client_time),
                msg_body,
                need_read_receipt: outgoing.receipt.then_some(1),
                support_message_extension: outgoing.extensible.then_some(1),
                ..Default::default()
            };
            session.send_message::<command::SendGroupMsg>(request, patience_ms).await.and_then(group_delivery)
        }
        None => Err(CallError::Malformed("the outbox names no conversation".into())),
    };
    match result {
        Ok(delivered) => match acting::after_sending(session, &outgoing, &delivered, clock, events).await {
            Ok(()) => Answer::Delivered { key, result: Ok(delivered) },
            Err(error) => undelivered(key, &error),
        },
        Err(error) => undelivered(key, &error),
    }
}

/// Refused for good, or to be tried again.
fn undelivered(key: String, error: &CallError) -> Answer {
    match error {
        CallError::Refused { .. } | CallError::Malformed(_) => Answer::Delivered { key, result: Err(refusal(error)) },
        // Whether the server has it is not known: it goes out again under the same name.
        error => {
            tracing::info!(%error, "a message goes back to the outbox");
            Answer::DeliveryLost { key }
        }
    }
}

/// What the server dropped is answered with success.
fn group_delivery(sent: message::GroupMsgSent) -> Result<Delivered, CallError> {
    match sent.msg_drop_reason {
        Some(reason) if !reason.is_empty() => {
            let info = format!("the group has too many messages at this moment ({reason}): send it again a little later");
            Err(CallError::Refused { code: ErrorCode::GROUP_MESSAGE_RATE_EXCEEDED, info })
        }
        _ => Ok(Delivered { time_s: sane_s(sent.msg_time), place: (sent.msg_seq > 0).then_some(sane_count(sent.msg_seq)) }),
    }
}

/// A page of a group's members.
async fn members(
    session: &Session,
    group: &str,
    from: &MembersPage,
    fields: Vec<String>,
) -> Result<group::GroupMembers, CallError> {
    let (offset, next) = match from {
        MembersPage::Offset(offset) => (Some(*offset), None),
        MembersPage::Cursor(next) => (None, Some(next.clone())),
    };
    let request = group::GetGroupMemberInfo {
        group_id: Some(group.to_owned()),
        limit: Some(MEMBERS_PAGE),
        offset,
        next,
        member_info_filter: Some(fields).filter(|fields| !fields.is_empty()),
        ..Default::default()
    };
    session.call::<command::GetGroupMemberInfo>(&request).await
}

/// The nick of a person, if the server knows the person.
async fn find_person(session: &Session, user: &str, me: String) -> Result<Option<String>, CallError> {
    const NICK: &str = "Tag_Profile_IM_Nick";
    let request =
        profile::PortraitGet { to_account: vec![user.to_owned()], tag_list: vec![NICK.to_owned()], from_account: Some(me) };
    let answer = session.call::<command::PortraitGet>(&request).await?;
    let Some(found) = answer.user_profile_item.first() else { return Ok(None) };
    if found.result_code != 0 {
        let info = if found.result_info.is_empty() { format!("there is no user {user}") } else { found.result_info.clone() };
        return Err(CallError::Refused { code: tern_protocol::ErrorCode(found.result_code), info });
    }
    let nick = found.profile_item.iter().find(|item| item.tag == NICK);
    Ok(nick.and_then(|item| item.value.as_str()).map(str::to_owned))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_makes_a_user_sig_and_a_user_sig_is_used_as_it_is() {
        let clock = tern_protocol::clock::VirtualClock::new(1_700_000_000_000);
        let key = "0123456789abcdef".repeat(4);
        let made = user_sig_of(&key, SdkAppId(1_400_000_001), "ann", &clock);
        let verify = usersig::VerifyKey::Hmac(key.clone());
        assert!(usersig::verify(&made, SdkAppId(1_400_000_001), "ann", &verify, clock.wall_seconds(), 0).is_ok());
        assert_eq!(user_sig_of(&made, SdkAppId(1_400_000_001), "ann", &clock), made);
    }
}
