//! A server that tells anything: no event, no answer and no order of them stops the terminal, and nothing it says drives the screen.

use super::update;
use crate::event::{Answer, Event, LinkEvent};
use crate::state::conversation::ChatId;
use crate::state::fixture::lively;
use crate::state::{Now, State};
use crate::text::is_unsafe;
use crate::view;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{Rng as _, SeedableRng as _};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};
use tern_protocol::event::decode;

/// Runs, and what happens in each.
const RUNS: u64 = 10;
const STEPS: usize = 50;
/// The screen is drawn after so many.
const DRAWN: usize = 3;

/// Members of events and answers, by the kind of value that they hold when all is well.
const NUMBERS: &[&str] = &[
    "MsgSeq",
    "MsgRandom",
    "MsgTimeStamp",
    "MsgClientTime",
    "TernPos",
    "MsgVersion",
    "LastReadTime",
    "LastReadMsgSeq",
    "Unread",
    "ReadPlace",
    "LastPlace",
    "FirstPlace",
    "PeerReadPlace",
    "Rev",
    "TopFlag",
    "AtType",
    "Gone",
    "MemberNum",
    "MuteUntil",
    "OpType",
    "ReportType",
    "ShutupTime",
    "Status",
    "FromPlace",
    "ToPlace",
    "AtStart",
    "AtEnd",
    "Complete",
    "Before",
    "First",
    "Last",
    "Event",
    "IsPlaceMsg",
    "MsgFlagBits",
    "Count",
    "Total",
    "ReadNum",
    "UnreadNum",
    "PinRev",
    "DefaultPermission",
    "MsgPriority",
    "Size",
    "Width",
    "Height",
    "Second",
    "Latitude",
    "MsgNum",
    "Index",
    "GroupAtAllFlag",
    "Type",
    "NoUnread",
    "NoLastMsg",
    "IsSystemMsg",
    "TernRev",
    "TernReacted",
    "IsNeedReadReceipt",
];
const TEXTS: &[&str] = &[
    "From_Account",
    "To_Account",
    "ToGroupId",
    "GroupId",
    "TopicId",
    "TinyId",
    "CloudCustomData",
    "From_AccountNick",
    "ShowName",
    "MsgFlag",
    "StandardMark",
    "Name",
    "Role",
    "NameCard",
    "GroupName",
    "Operator_Account",
    "NickName",
    "UserId",
    "Introduction",
    "Notification",
    "Owner_Account",
    "Tag",
    "Value",
    "CustomStatus",
    "Reaction",
    "TernRevokeReason",
    "TernRevoker",
    "GroupAt_Account",
    "Text",
    "Data",
    "Desc",
    "URL",
    "FileName",
    "Title",
    "PermissionGroupId",
    "Member_Account",
    "MuteAllMember",
    "Profile_Account",
];

struct Hostile {
    rng: StdRng,
}

impl Hostile {
    fn number(&mut self) -> Value {
        let numbers = [0, 1, 2, 3, 4, 5, 7, 39, 40, 41, 100, -1, 1_795_528_920, 4_294_967_295, i64::MAX, i64::MIN];
        match self.rng.random_range(0..12) {
            0 => json!(u64::MAX),
            _ => json!(numbers.choose(&mut self.rng).unwrap()),
        }
    }

    fn text(&mut self) -> Value {
        const WORDS: &[&str] = &[
            "",
            "me",
            "bob",
            "li",
            "rust",
            "rust",
            "bob",
            "@TGS#_club",
            "@TGS#_club@TOPIC#_a",
            "On",
            "Owner",
            "Member",
            "Public",
            "Community",
            "AVChatRoom",
            "AcceptAndNotify",
            "Discard",
            "1111",
            "\u{1b}]0;x\u{7}\u{1b}[2J\r\n\u{9b}31m",
            "a\u{202e}b\u{2066}c\u{200f}",
            "e\u{301}\u{301}\u{301}👨‍👩‍👧‍👦🏳️‍🌈한국어漢字",
            "{\"businessID\":\"user_typing_status\",\"typingStatus\":1}",
            "{\"businessID\":\"group_poll\",\"title\":\"t\",\"options\":[\"a\",{}]}",
            "{\"messageReply\":{\"messageID\":\"144-1-1\",\"messageTime\":-9}}",
            "{\"version\":4,\"businessID\":1,\"inviteID\":\"x\",\"actionType\":1,\"data\":\"{\\\"businessID\\\":\\\"av_call\\\"}\"}",
            "144-1-1",
            "1_1_1",
        ];
        match self.rng.random_range(0..20) {
            0 => json!("漢\u{1b}[31m ".repeat(300)),
            _ => json!(WORDS.choose(&mut self.rng).unwrap()),
        }
    }

    /// What a member may hold if nobody looks; mostly of its kind, so that it comes further.
    fn value(&mut self, name: &str, depth: usize) -> Value {
        if self.rng.random_bool(0.03) {
            return [json!(null), json!(true), json!(1e300), json!([]), json!({}), json!("x")]
                .choose(&mut self.rng)
                .unwrap()
                .clone();
        }
        match name {
            "MsgBody" => self.body(depth),
            _ if NUMBERS.contains(&name) => self.number(),
            _ if TEXTS.contains(&name) => self.text(),
            _ => self.object(depth + 1),
        }
    }

    fn body(&mut self, depth: usize) -> Value {
        const KINDS: &[&str] = &[
            "TIMTextElem",
            "TIMTextElem",
            "TIMCustomElem",
            "TIMFaceElem",
            "TIMLocationElem",
            "TIMImageElem",
            "TIMSoundElem",
            "TIMVideoFileElem",
            "TIMFileElem",
            "TIMRelayElem",
            "TIMGroupTipElem",
            "TIMOther",
        ];
        if self.rng.random_bool(0.3) {
            return self.object(depth + 1);
        }
        let count = self.rng.random_range(0..4);
        let element = |hostile: &mut Self| json!({"MsgType": KINDS.choose(&mut hostile.rng).unwrap(), "MsgContent": hostile.object(depth + 1)});
        Value::from((0..count).map(|_| element(self)).collect::<Vec<_>>())
    }

    /// A conversation's name; mostly one that is open or known.
    fn id(&mut self) -> Value {
        match self.rng.random_range(0..4) {
            0 => json!({"Type": 2, "GroupId": "rust"}),
            1 => json!({"Type": 2, "GroupId": self.text()}),
            2 => json!({"Type": 1, "To_Account": "bob"}),
            _ => json!({"Type": self.number(), "To_Account": self.text(), "GroupId": self.text()}),
        }
    }

    fn list(&mut self, depth: usize) -> Value {
        let count = *[0, 1, 1, 2, 9].choose(&mut self.rng).unwrap();
        Value::from((0..count).map(|_| self.object(depth + 1)).collect::<Vec<_>>())
    }

    /// An object with any of the members; deep down only plain ones.
    fn object(&mut self, depth: usize) -> Value {
        let mut object = Map::new();
        for name in NUMBERS.iter().chain(TEXTS) {
            if self.rng.random_bool(0.4) {
                object.insert((*name).to_owned(), self.value(name, depth));
            }
        }
        if depth < 3 {
            const OBJECTS: &[&str] =
                &["GroupInfo", "Id", "MsgGroupNewInfo", "MsgOperatorMemberExtraInfo", "LastMsg", "OwnRights", "Message"];
            const LISTS: &[&str] =
                &["GroupAtInfo", "List", "MsgList", "UinPairReadArray", "ImageInfoArray", "MsgMemberInfo", "Reactions", "Places"];
            for name in OBJECTS.iter().filter(|_| depth < 2) {
                if self.rng.random_bool(0.3) {
                    object.insert((*name).to_owned(), self.object(depth + 1));
                }
            }
            for name in LISTS {
                if self.rng.random_bool(0.1) {
                    object.insert((*name).to_owned(), self.list(depth + 2));
                }
            }
            object.insert("MsgBody".into(), self.value("MsgBody", depth));
        }
        Value::Object(object)
    }

    /// Events as the server tells them, each with its own members and any others.
    fn frame(&mut self) -> Value {
        let items = [
            (9, "C2cMsgArray"),
            (3, "GroupMsgArray"),
            (4, "GroupTips"),
            (5, "GroupTips"),
            (6, "GroupTips"),
            (12, "GroupTips"),
            (10, "C2cNotifyMsgArray"),
            (22, "C2cMsgModNotifys"),
            (22, "GroupMsgModNotifys"),
            (8, "ProfileDataMod"),
            (20, "UserStatusList"),
            (15, "RecentContactMod"),
            (7, "FriendListMod"),
            (14, "C2CReadAllMsg"),
            (9001, "TernConv"),
            (9002, "TernGroup"),
            (9004, "TernConvGroup"),
            (9005, "TernGroupInfo"),
            (9006, "TernTopic"),
            (9020, "TernReceipt"),
            (9021, "TernReaction"),
            (9022, "TernPin"),
            (9023, "TernDeleted"),
            (9024, "TernExtension"),
            (9030, "TernPermission"),
        ];
        let (event, key) = *items.choose(&mut self.rng).unwrap();
        let value = match key {
            "C2CReadAllMsg" => json!(1),
            "TernDeleted" => json!({"Id": self.id(), "Places": [self.number(), self.number()]}),
            "TernPin" | "TernExtension" | "TernPermission" => {
                let mut object = self.object(0);
                object["Id"] = self.id();
                object["Place"] = self.number();
                object
            }
            "C2cNotifyMsgArray" => {
                let pairs = json!({"UinPairReadArray": [self.object(2)]});
                let withdrawn = json!({"C2cWithdrawInfoArray": [self.object(2), self.object(2)]});
                let mut readed = pairs.clone();
                readed["To_Account"] = self.text();
                json!([{"C2cReadedReceipt": readed}, {"ReadC2cMsgNotify": pairs}, {"WithdrawC2cMsgNotify": withdrawn}])
            }
            "TernGroup" | "TernGroupInfo" | "TernTopic" => {
                let mut group = self.object(0);
                group["Type"] = self.text();
                json!([group])
            }
            "TernReceipt" => json!([{"Id": self.id(), "Receipts": [self.object(2)]}]),
            "TernReaction" => {
                json!([{"Id": self.id(), "Place": self.number(), "Reaction": self.object(2), "User": self.text(), "Operation": self.number()}])
            }
            "TernConv" => {
                let mut conversation = self.object(0);
                conversation["Id"] = self.id();
                json!([conversation])
            }
            "GroupTips" if self.rng.random_bool(0.3) => {
                let mut tip = self.object(0);
                let name = if self.rng.random_bool(0.5) { "GroupWithdrawInfoArray" } else { "GroupReadInfoArray" };
                tip["MsgBody"] = json!({name: [self.object(2), self.object(2)], "ReportType": 15});
                json!([tip])
            }
            _ => json!([self.object(0)]),
        };
        json!({"EventArray": [{"Event": event, key: value}]})
    }

    fn answer(&mut self, chat: ChatId) -> Option<Event> {
        let mut page = self.object(0);
        page["MsgList"] = self.list(1);
        let text = page.to_string();
        Some(match self.rng.random_range(0..4) {
            0 => Event::Answer(Answer::History { chat, result: Ok(Box::new(serde_json::from_str(&text).ok()?)) }),
            1 => {
                page["Conversations"] = self.list(0);
                for conversation in page["Conversations"].as_array_mut().unwrap() {
                    conversation["Id"] = self.id();
                }
                for name in ["Groups", "Topics"] {
                    page[name] = self.list(1);
                    for group in page[name].as_array_mut().unwrap() {
                        group["Type"] = self.text();
                    }
                }
                Event::Answer(Answer::Pulled { first: true, result: Ok(Box::new(serde_json::from_str(&page.to_string()).ok()?)) })
            }
            2 => {
                page["Deleted"] = json!([{"First": self.number(), "Last": self.number()}]);
                let result = Ok(Box::new(serde_json::from_str(&page.to_string()).ok()?));
                Event::Answer(Answer::Attached(crate::event::AttachedAnswer::Changes { chat, result }))
            }
            _ => Event::Link(LinkEvent::Server {
                offset_ms: self.number().as_i64()?,
                recall_s: self.number().as_i64(),
                custom_status: self.text().as_str()?.to_owned(),
            }),
        })
    }
}

fn draw(state: &State) -> String {
    let mut terminal = Terminal::new(TestBackend::new(state.size.0, state.size.1)).unwrap();
    terminal.draw(|frame| view::draw(frame, state)).unwrap();
    terminal.backend().buffer().content().iter().map(|cell| cell.symbol()).collect()
}

fn press(code: KeyCode) -> Event {
    Event::Key(KeyEvent::new(code, KeyModifiers::NONE))
}

#[test]
fn whatever_a_server_tells_the_terminal_goes_on_and_nothing_of_it_drives_the_screen() {
    let mut told = 0;
    for run in 0..RUNS {
        let mut hostile = Hostile { rng: StdRng::seed_from_u64(run) };
        let mut state = lively();
        state.size = (90, 26);
        let mut now = crate::state::fixture::now();
        let chats = [ChatId::user("bob"), ChatId::group("rust"), ChatId::user("li")];
        super::timeline::open(&mut state, &chats[run as usize % 3], &mut Vec::new());
        for step in 0..STEPS {
            now = Now { wall_ms: now.wall_ms + 700, mono_ms: now.mono_ms + 700 };
            match hostile.rng.random_range(0..10) {
                0..7 => {
                    let text = hostile.frame().to_string();
                    let body = RawValue::from_string(text).unwrap();
                    let events = decode(&body).unwrap_or_default();
                    for event in events {
                        told += usize::from(!matches!(event, tern_protocol::event::Event::Unknown(_)));
                        update(&mut state, Event::Server(event), now);
                    }
                }
                7..9 => {
                    let chat = chats.choose(&mut hostile.rng).unwrap().clone();
                    if let Some(event) = hostile.answer(chat) {
                        update(&mut state, event, now);
                    }
                }
                _ => {
                    let codes = [
                        KeyCode::Up,
                        KeyCode::Down,
                        KeyCode::Esc,
                        KeyCode::PageUp,
                        KeyCode::Tab,
                        KeyCode::Enter,
                        KeyCode::Char('1'),
                    ];
                    update(&mut state, press(*codes.choose(&mut hostile.rng).unwrap()), now);
                }
            }
            if step % DRAWN > 0 {
                continue;
            }
            let shown = draw(&state);
            let bad: Vec<char> = shown.chars().filter(|c| is_unsafe(*c) && !"\u{200d}".contains(*c)).collect();
            assert!(bad.is_empty(), "run {run}: {bad:?} on the screen");
        }
    }
    assert!(told > 150, "only {told} events could be read");
}
