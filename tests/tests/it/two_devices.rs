//! Two devices of one person: whatever happens in whatever order, they end with the same lists, messages and unread counts.
//!
//! A device here keeps what it was told, as a client does: events while its link lives, pages of changes after it was away.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use tern_protocol::MessageKey;
use tern_protocol::api::command;
use tern_protocol::api::conversation::{ChangedMessages, Conversation, ConversationId, History, SyncPull};
use tern_protocol::api::message::{C2cMsgReaded, C2cMsgReadedItem, Message, MsgReadReport, MsgReaded};
use tern_protocol::api::message_change::{ClearHistory, DeleteMessages, GroupMsgRecall, MsgSeqItem, MsgWithdraw, WithdrawnMsg};
use tern_protocol::client::ClientEvent;
use tern_protocol::event::Event;
use tern_protocol::model::presence::Platform;
use tern_tests::user::{Device, User};
use tern_tests::wait::eventually;
use tern_tests::world::World;

const CASES: u32 = 20;
const DEVICES: usize = 2;
/// With ann, with bob, and a group of the three.
const CONVERSATIONS: usize = 3;
const PEERS: [&str; 2] = ["ann", "bob"];

#[derive(Clone, Copy, Debug)]
enum Op {
    PeerSays {
        conversation: usize,
    },
    Say {
        device: usize,
        conversation: usize,
    },
    /// By whoever sent it.
    Recall {
        device: usize,
        conversation: usize,
        pick: usize,
    },
    Read {
        device: usize,
        conversation: usize,
        back: u64,
    },
    Delete {
        device: usize,
        conversation: usize,
        pick: usize,
    },
    Clear {
        device: usize,
        conversation: usize,
    },
    Leave {
        device: usize,
    },
    Return {
        device: usize,
    },
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let (device, conversation) = (0..DEVICES, 0..CONVERSATIONS);
    let (d, c) = (device, conversation);
    let op = prop_oneof![
        6 => c.clone().prop_map(|conversation| Op::PeerSays { conversation }),
        2 => (d.clone(), c.clone()).prop_map(|(device, conversation)| Op::Say { device, conversation }),
        3 => (d.clone(), c.clone(), 0..100usize).prop_map(|(device, conversation, pick)| Op::Recall { device, conversation, pick }),
        3 => (d.clone(), c.clone(), 0..4u64).prop_map(|(device, conversation, back)| Op::Read { device, conversation, back }),
        3 => (d.clone(), c.clone(), 0..100usize).prop_map(|(device, conversation, pick)| Op::Delete { device, conversation, pick }),
        1 => (d.clone(), c).prop_map(|(device, conversation)| Op::Clear { device, conversation }),
        1 => d.clone().prop_map(|device| Op::Leave { device }),
        1 => d.prop_map(|device| Op::Return { device }),
    ];
    proptest::collection::vec(op, 1..40)
}

/// A message as the story knows it to be.
#[derive(Clone, Debug)]
struct Said {
    place: u64,
    is_mine: bool,
    /// One-to-one.
    key: String,
    recalled: bool,
    deleted: bool,
}

/// What must come out for one conversation.
#[derive(Clone, Debug, Default)]
struct Truth {
    said: Vec<Said>,
    last_place: u64,
    read_place: u64,
    cleared_place: u64,
}

impl Truth {
    fn unread(&self) -> u64 {
        let low = self.read_place.max(self.cleared_place);
        let counts = |said: &&Said| said.place > low && !said.is_mine && !said.recalled && !said.deleted;
        self.said.iter().filter(counts).count() as u64
    }

    /// Places that are shown, and which of them are recalled.
    fn shown(&self) -> BTreeMap<u64, bool> {
        let shown = self.said.iter().filter(|said| !said.deleted && said.place > self.cleared_place);
        shown.map(|said| (said.place, said.recalled)).collect()
    }
}

#[derive(Default)]
struct Known {
    /// Place, number of the last change, recalled.
    messages: BTreeMap<u64, (u64, bool)>,
    deleted: BTreeSet<u64>,
    first_place: u64,
}

impl Known {
    fn learn(&mut self, place: u64, rev: u64, recalled: bool) {
        let known = self.messages.entry(place).or_insert((rev, recalled));
        if rev >= known.0 {
            *known = (rev, recalled);
        }
    }

    fn shown(&self, from: u64) -> BTreeMap<u64, bool> {
        let shown =
            self.messages.iter().filter(|(place, _)| **place >= self.first_place.max(from) && !self.deleted.contains(place));
        shown.map(|(place, (_, recalled))| (*place, *recalled)).collect()
    }
}

/// One device: what it keeps outlives its link.
struct Terminal {
    device: Device,
    link: Option<User>,
    rev: u64,
    list: BTreeMap<usize, Conversation>,
    known: [Known; CONVERSATIONS],
}

struct Story {
    world: World,
    group: String,
    /// The group's places up to this one were there before the story.
    group_begin: u64,
    peers: Vec<User>,
    terminals: Vec<Terminal>,
    truth: [Truth; CONVERSATIONS],
}

impl Story {
    async fn begin() -> Self {
        let world = World::start().await;
        let peers = vec![world.user("ann").await, world.user("bob").await];
        drop(world.user("me").await);
        let group = world.group("ann", "Public", &["bob", "me"]).await;
        let mut terminals = Vec::new();
        for (platform, install) in [(Platform::Linux, "terminal"), (Platform::Web, "page")] {
            let device = Device::new(platform, install);
            terminals.push(Terminal { device, link: None, rev: 0, list: BTreeMap::new(), known: Default::default() });
        }
        let mut story = Self { world, group, group_begin: 0, peers, terminals, truth: Default::default() };
        // What making the group said is read before the story begins.
        story.arrive(0).await;
        story.group_begin = story.terminals[0].list.get(&2).map_or(0, |conversation| conversation.last_place);
        story.read(0, 2, story.group_begin).await;
        (story.truth[2].last_place, story.truth[2].read_place) = (story.group_begin, story.group_begin);
        story.arrive(1).await;
        story
    }

    fn id(&self, conversation: usize) -> ConversationId {
        match PEERS.get(conversation) {
            Some(peer) => ConversationId::c2c(*peer),
            None => ConversationId::group(&self.group),
        }
    }

    fn number_of(&self, id: &ConversationId) -> Option<usize> {
        (0..CONVERSATIONS).find(|number| {
            let own = self.id(*number);
            own.to_account == id.to_account && own.group_id == id.group_id
        })
    }

    fn conversation_of(message: &Message) -> Option<usize> {
        if message.to_group_id.is_some() {
            return Some(2);
        }
        let to = message.to_account.as_deref().unwrap_or_default();
        PEERS.iter().position(|peer| message.from_account == *peer || to == *peer)
    }

    /// Logs a device in, if it is away, and catches up.
    async fn arrive(&mut self, device: usize) {
        if self.terminals[device].link.is_some() {
            return;
        }
        let link = User::log_in_on(&self.world.access, "me", self.terminals[device].device.clone()).await;
        self.terminals[device].link = Some(link);
        let since = self.terminals[device].rev;
        for conversation in self.pull(device).await {
            self.fill(device, conversation, since).await;
        }
    }

    fn link(&self, device: usize) -> Option<&User> {
        self.terminals[device].link.as_ref()
    }

    /// What changed since the last time; the conversations it names.
    async fn pull(&mut self, device: usize) -> BTreeSet<usize> {
        let (mut before, mut rev, mut changed) = (None, None, BTreeSet::new());
        loop {
            let request = SyncPull { rev: self.terminals[device].rev, limit: 2, before };
            let Some(link) = self.link(device) else { return changed };
            let page = link.call::<command::SyncPull>(request).await;
            rev.get_or_insert(page.rev);
            for row in page.conversations {
                let Some(number) = self.number_of(&row.id) else { continue };
                let terminal = &mut self.terminals[device];
                terminal.known[number].first_place = terminal.known[number].first_place.max(row.first_place);
                changed.insert(number);
                terminal.list.insert(number, row);
            }
            if page.complete == 1 {
                break;
            }
            before = page.before;
        }
        self.terminals[device].rev = rev.unwrap_or_default();
        changed
    }

    /// Messages that were missed, and changes of those that were not.
    async fn fill(&mut self, device: usize, conversation: usize, since: u64) {
        loop {
            let newest = self.terminals[device].known[conversation].messages.keys().next_back().copied();
            let request = History { id: self.id(conversation), after: Some(newest.unwrap_or(0)), limit: 50, ..History::default() };
            let Some(link) = self.link(device) else { return };
            let page = link.call::<command::History>(request).await;
            page.msg_list.iter().for_each(|message| self.terminals[device].learn(message));
            if page.at_end == 1 {
                break;
            }
        }
        let mut rev = since;
        loop {
            let request = ChangedMessages { id: self.id(conversation), rev, limit: 3 };
            let Some(link) = self.link(device) else { return };
            let page = link.call::<command::ChangedMessages>(request).await;
            page.msg_list.iter().for_each(|message| self.terminals[device].learn(message));
            let known = &mut self.terminals[device].known[conversation];
            page.deleted.iter().flatten().for_each(|range| known.deleted.extend(range.first..=range.last));
            if page.complete == 1 {
                break;
            }
            rev = page.rev;
        }
    }

    /// Takes in what the link has told so far.
    fn hear(&mut self, device: usize) {
        let Some(link) = self.terminals[device].link.as_mut() else { return };
        for event in link.drain() {
            let ClientEvent::Event(event) = event else { continue };
            match *event {
                Event::C2cMessage(message) | Event::GroupMessage(message) => self.terminals[device].learn(&message),
                Event::RecalledC2c(recalled) => {
                    let place = recalled.pos.unwrap_or_default();
                    let is_it = |peer: &str| recalled.from_account == peer || recalled.to_account == peer;
                    let number = PEERS.iter().position(|peer| is_it(peer)).unwrap_or_default();
                    self.terminals[device].known[number].learn(place, recalled.rev.unwrap_or_default(), true);
                }
                Event::RecalledGroup(list) => {
                    for recalled in list {
                        self.terminals[device].known[2].learn(recalled.msg_seq, recalled.rev.unwrap_or_default(), true);
                    }
                }
                Event::Deleted(deleted) => {
                    if let Some(number) = self.number_of(&deleted.id) {
                        self.terminals[device].known[number].deleted.extend(deleted.places);
                    }
                }
                Event::Conversation(row) => {
                    if let Some(number) = self.number_of(&row.id) {
                        let known = &mut self.terminals[device].known[number];
                        known.first_place = known.first_place.max(row.first_place);
                    }
                }
                _ => {}
            }
        }
    }

    async fn do_one(&mut self, op: Op) {
        match op {
            Op::PeerSays { conversation } => {
                let peer = &self.peers[conversation % PEERS.len()];
                self.say(peer, "me", conversation).await.store(&mut self.truth[conversation]);
            }
            Op::Say { device, conversation } => {
                let Some(link) = self.link(device) else { return };
                let to = PEERS.get(conversation).copied().unwrap_or_default();
                let sent = self.say(link, to, conversation).await;
                self.terminals[device].known[conversation].learn(sent.said.place, sent.rev, false);
                Sent { said: Said { is_mine: true, ..sent.said }, rev: sent.rev }.store(&mut self.truth[conversation]);
            }
            Op::Recall { device, conversation, pick } => self.recall(device, conversation, pick).await,
            Op::Read { device, conversation, back } => {
                let place = self.truth[conversation].last_place.saturating_sub(back);
                if self.read(device, conversation, place).await {
                    let truth = &mut self.truth[conversation];
                    truth.read_place = truth.read_place.max(place);
                }
            }
            Op::Delete { device, conversation, pick } => {
                let shown: Vec<u64> = self.truth[conversation].shown().into_keys().collect();
                let (Some(link), Some(place)) = (self.link(device), shown.get(pick % shown.len().max(1)).copied()) else { return };
                link.call::<command::DeleteMessages>(DeleteMessages { id: self.id(conversation), places: vec![place] }).await;
                self.terminals[device].known[conversation].deleted.insert(place);
                self.truth[conversation].said.iter_mut().filter(|said| said.place == place).for_each(|said| said.deleted = true);
            }
            Op::Clear { device, conversation } => {
                let place = self.truth[conversation].last_place;
                let Some(link) = self.link(device).filter(|_| place > 0) else { return };
                link.call::<command::ClearHistory>(ClearHistory { id: self.id(conversation) }).await;
                self.terminals[device].known[conversation].first_place = place + 1;
                let truth = &mut self.truth[conversation];
                (truth.cleared_place, truth.read_place) = (place, truth.read_place.max(place));
            }
            Op::Leave { device } => {
                self.hear(device);
                if let Some(link) = self.terminals[device].link.take() {
                    link.go_offline().await;
                }
            }
            Op::Return { device } => self.arrive(device).await,
        }
    }

    async fn say(&self, link: &User, to: &str, conversation: usize) -> Sent {
        let said = |place, key| Said { place, is_mine: false, key, recalled: false, deleted: false };
        match conversation {
            2 => {
                let sent = link.send_to_group(&self.group, "to all").await;
                Sent { said: said(sent.msg_seq, String::new()), rev: sent.rev.unwrap_or_default() }
            }
            _ => {
                let sent = link.send(to, "to one").await;
                Sent { said: said(sent.pos.unwrap_or_default(), sent.msg_key), rev: sent.rev.unwrap_or_default() }
            }
        }
    }

    /// Whether the device could.
    async fn read(&self, device: usize, conversation: usize, place: u64) -> bool {
        let Some(link) = self.link(device).filter(|_| place > 0) else { return false };
        match PEERS.get(conversation) {
            Some(peer) => {
                let item = C2cMsgReadedItem { to_account: (*peer).to_owned(), pos: Some(place), ..C2cMsgReadedItem::default() };
                let read = MsgReaded { c2c_msg_readed: C2cMsgReaded { items: vec![item], cookie: None } };
                link.call::<command::MsgReaded>(read).await;
            }
            None => {
                link.call::<command::MsgReadReport>(MsgReadReport {
                    group_id: self.group.clone(),
                    msg_readed_seq: place,
                    ..Default::default()
                })
                .await;
            }
        }
        true
    }

    async fn recall(&mut self, device: usize, conversation: usize, pick: usize) {
        let there: Vec<Said> = self.truth[conversation].said.iter().filter(|said| !said.recalled).cloned().collect();
        let Some(said) = there.get(pick % there.len().max(1)) else { return };
        let peer = &self.peers[conversation % PEERS.len()];
        let Some(link) = (if said.is_mine { self.link(device) } else { Some(peer) }) else { return };
        if conversation == 2 {
            let msg_seq_list = vec![MsgSeqItem { msg_seq: said.place }];
            let request = GroupMsgRecall { group_id: Some(self.group.clone()), msg_seq_list, ..GroupMsgRecall::default() };
            let done = link.call::<command::GroupMsgRecall>(request).await;
            assert_eq!(done.recall_ret_list[0].ret_code, 0, "{done:?}");
        } else {
            let key: MessageKey = said.key.parse().unwrap();
            let (from, to) = if said.is_mine { ("me", PEERS[conversation]) } else { (PEERS[conversation], "me") };
            let msg_info = WithdrawnMsg {
                from_account: from.to_owned(),
                to_account: to.to_owned(),
                msg_seq: key.seq.into(),
                msg_random: key.random.into(),
                msg_time_stamp: key.time,
            };
            link.call::<command::MsgWithdraw>(MsgWithdraw { msg_info, reason: None }).await;
        }
        let place = said.place;
        if said.is_mine {
            // The link that recalls is told nothing but that it worked.
            self.terminals[device].known[conversation].learn(place, u64::MAX, true);
        }
        self.truth[conversation].said.iter_mut().filter(|said| said.place == place).for_each(|said| said.recalled = true);
    }

    /// Both are back: what they keep must be what happened, and what somebody finds who comes for the first time.
    async fn end(mut self) {
        for device in 0..DEVICES {
            self.arrive(device).await;
        }
        for device in 0..DEVICES {
            let this = tokio::sync::Mutex::new(&mut self);
            eventually("the messages of a device to be what happened", async || {
                let mut story = this.lock().await;
                story.hear(device);
                let same = |number: usize| story.kept(device, number) == story.truth[number].shown();
                (0..CONVERSATIONS).all(same).then_some(())
            })
            .await;
            self.pull(device).await;
        }
        self.terminals.push(Terminal {
            device: Device::new(Platform::Linux, "new"),
            link: None,
            rev: 0,
            list: BTreeMap::new(),
            known: Default::default(),
        });
        // A third one, of the first one's kind: the same list from nothing.
        if let Some(link) = self.terminals[0].link.take() {
            link.go_offline().await;
        }
        self.arrive(DEVICES).await;
        let list = |terminal: &Terminal| -> Vec<String> {
            terminal.list.values().map(|row| serde_json::to_string(row).unwrap()).collect()
        };
        let fresh = list(&self.terminals[DEVICES]);
        for device in 0..DEVICES {
            assert_eq!(list(&self.terminals[device]), fresh, "the list of device {device}");
        }
        for (number, truth) in self.truth.iter().enumerate() {
            let Some(row) = self.terminals[0].list.get(&number) else {
                assert!(truth.said.is_empty(), "conversation {number} is missing");
                continue;
            };
            assert_eq!((row.unread, row.last_place), (truth.unread(), truth.last_place), "conversation {number}: {truth:?}");
            assert_eq!(self.kept(DEVICES, number), truth.shown(), "conversation {number} read from nothing");
        }
    }

    fn kept(&self, device: usize, number: usize) -> BTreeMap<u64, bool> {
        let begin = if number == 2 { self.group_begin + 1 } else { 0 };
        self.terminals[device].known[number].shown(begin)
    }
}

impl Terminal {
    fn learn(&mut self, message: &Message) {
        if let (Some(number), Some(place)) = (Story::conversation_of(message), message.place()) {
            self.known[number].learn(place, message.rev.unwrap_or_default(), message.msg_flag_bits == Some(8));
        }
    }
}

struct Sent {
    said: Said,
    rev: u64,
}

impl Sent {
    fn store(self, truth: &mut Truth) {
        truth.last_place = truth.last_place.max(self.said.place);
        truth.said.push(self.said);
    }
}

#[test]
fn any_order_of_what_two_devices_do_ends_with_equal_lists_messages_and_unread_counts() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let config = Config { cases: CASES, max_shrink_iters: 100, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new(config);
    let done = runner.run(&ops(), |ops| {
        runtime.block_on(async {
            let mut story = Story::begin().await;
            for op in ops {
                story.do_one(op).await;
            }
            story.end().await;
        });
        Ok(())
    });
    done.unwrap();
}
