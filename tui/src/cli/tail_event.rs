//! Lines of `tern tail --json` about what happens to messages after they were sent.

use super::tail::{abstract_of, conversation_name, conversation_of};
use serde::Serialize;
use tern_protocol::api::message::{Message, RawJson};
use tern_protocol::event::{Event, pin};

/// One line: which conversation, and what happened there.
#[derive(Debug, Serialize)]
pub(super) struct TailEvent {
    pub(super) conversation: String,
    #[serde(flatten)]
    what: What,
}

/// What happened; `event` names it.
#[derive(Debug, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
enum What {
    Recall {
        #[serde(skip_serializing_if = "Option::is_none")]
        place: Option<u64>,
        from: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        by: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    Modify {
        place: u64,
        from: String,
        id: String,
        version: i64,
        text: String,
        body: Option<RawJson>,
        #[serde(skip_serializing_if = "Option::is_none")]
        cloud_custom_data: Option<String>,
    },
    /// The other side has read up to here.
    PeerRead {
        time: i64,
        #[serde(skip_serializing_if = "Option::is_none")]
        place: Option<u64>,
    },
    /// This person has read up to here, on another device.
    OwnRead {
        #[serde(skip_serializing_if = "Option::is_none")]
        place: Option<u64>,
    },
    Reaction {
        place: u64,
        user: String,
        reaction: String,
        added: bool,
        count: u64,
    },
    Receipt {
        place: u64,
        read: u64,
        unread: u64,
    },
    Pin {
        place: u64,
        by: String,
        pinned: bool,
    },
    Extensions {
        place: u64,
        by: String,
        keys: Vec<String>,
    },
    /// This person deleted them for itself, on another device.
    Delete {
        places: Vec<u64>,
    },
    Typing {
        from: String,
        on: bool,
    },
}

impl TailEvent {
    /// The lines of an event; none for what is no message's business.
    pub(super) fn of(event: Event, me: &str) -> Vec<Self> {
        let c2c = |user: &str| format!("c2c_{user}");
        let group = |group: &str| format!("group_{group}");
        let one = |conversation: String, what: What| vec![Self { conversation, what }];
        match event {
            Event::RecalledC2c(recalled) => {
                let peer = if recalled.from_account == me { &recalled.to_account } else { &recalled.from_account };
                let (by, reason) = (recalled.revoker, recalled.reason);
                one(c2c(peer), What::Recall { place: recalled.pos, from: recalled.from_account, by, reason })
            }
            Event::RecalledGroup(list) => {
                let line = |recalled: tern_protocol::event::RecalledGroup| Self {
                    conversation: group(&recalled.group_id),
                    what: What::Recall {
                        place: Some(recalled.msg_seq),
                        from: recalled.from_account,
                        by: recalled.revoker,
                        reason: recalled.reason,
                    },
                };
                list.into_iter().map(line).collect()
            }
            Event::ModifiedC2c(message) | Event::ModifiedGroup(message) => Self::modified(&message, me).into_iter().collect(),
            Event::PeerRead(read) => one(c2c(&read.to_account), What::PeerRead { time: read.last_read_time, place: read.pos }),
            Event::OwnReadC2c(read) => one(c2c(&read.from_account), What::OwnRead { place: read.pos }),
            Event::OwnReadGroup(read) => one(group(&read.group_id), What::OwnRead { place: Some(read.last_read_msg_seq) }),
            Event::Reaction(notice) => {
                let Some(conversation) = conversation_name(&notice.id) else { return Vec::new() };
                let (added, count) = (notice.operation == 1, notice.reaction.count);
                let what =
                    What::Reaction { place: notice.place, user: notice.user, reaction: notice.reaction.reaction, added, count };
                one(conversation, what)
            }
            Event::Receipt(notice) => {
                let Some(conversation) = conversation_name(&notice.id) else { return Vec::new() };
                let line = |receipt: tern_protocol::api::receipt::Receipt| Self {
                    conversation: conversation.clone(),
                    what: What::Receipt { place: receipt.place, read: receipt.read_num, unread: receipt.unread_num },
                };
                notice.receipts.into_iter().map(line).collect()
            }
            Event::Pin(notice) => {
                let (place, pinned) = (notice.pin.message.msg_seq, notice.op_type == pin::PINNED);
                one(group(&notice.group_id), What::Pin { place, by: notice.operator, pinned })
            }
            Event::Extension(notice) => {
                let Some(conversation) = conversation_name(&notice.id) else { return Vec::new() };
                let keys = notice.extensions.into_iter().map(|extension| extension.key).collect();
                one(conversation, What::Extensions { place: notice.place, by: notice.operator, keys })
            }
            Event::Deleted(deleted) => match conversation_name(&deleted.id) {
                Some(conversation) => one(conversation, What::Delete { places: deleted.places }),
                None => Vec::new(),
            },
            _ => Vec::new(),
        }
    }

    /// A peer types, or not any more.
    pub(super) fn typing(conversation: String, from: &str, on: bool) -> Self {
        Self { conversation, what: What::Typing { from: from.to_owned(), on } }
    }

    /// What became of a message while there was no link.
    pub(super) fn missed(message: &Message, me: &str) -> Option<Self> {
        let recalled = message.is_place_msg == Some(2) || message.msg_flag_bits.is_some_and(|bits| bits & 8 != 0);
        if !recalled {
            return Self::modified(message, me);
        }
        let (place, from) = (message.place(), message.from_account.clone());
        let what = What::Recall { place, from, by: message.revoker.clone(), reason: message.revoke_reason.clone() };
        Some(Self { conversation: conversation_of(message, me), what })
    }

    fn modified(message: &Message, me: &str) -> Option<Self> {
        let what = What::Modify {
            place: message.place()?,
            from: message.from_account.clone(),
            id: message.msg_id(),
            version: message.msg_version.filter(|version| *version > 0)?,
            text: abstract_of(message),
            body: message.msg_body.clone(),
            cloud_custom_data: message.cloud_custom_data.clone(),
        };
        Some(Self { conversation: conversation_of(message, me), what })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::fixture::{group_text, text};
    use serde_json::{Value, json};
    use tern_protocol::api::annotation::{Pin, ReactionCount};
    use tern_protocol::api::conversation::ConversationId;
    use tern_protocol::api::receipt::Receipt;
    use tern_protocol::event::{DeletedMessages, PeerRead, PinNotice, ReactionNotice, RecalledC2c, RecalledGroup, ReceiptNotice};

    fn lines(event: Event) -> Vec<Value> {
        TailEvent::of(event, "me").iter().map(|line| serde_json::to_value(line).unwrap()).collect()
    }

    #[test]
    fn everything_that_happens_to_messages_has_its_line() {
        let recalled = RecalledC2c {
            from_account: "bob".into(),
            to_account: "me".into(),
            pos: Some(4),
            revoker: Some("bob".into()),
            ..Default::default()
        };
        assert_eq!(
            lines(Event::RecalledC2c(recalled)),
            [json!({"conversation": "c2c_bob", "event": "recall", "place": 4, "from": "bob", "by": "bob"})]
        );
        let recalled = |msg_seq| RecalledGroup { group_id: "g".into(), msg_seq, from_account: "bob".into(), ..Default::default() };
        assert_eq!(lines(Event::RecalledGroup(vec![recalled(1), recalled(2)])).len(), 2);

        let mut changed = group_text("bob", "g", 7, 0, "better");
        changed.msg_version = Some(2);
        let line = &lines(Event::ModifiedGroup(changed))[0];
        assert_eq!(
            (&line["event"], &line["text"], &line["version"], &line["place"]),
            (&json!("modify"), &json!("better"), &json!(2), &json!(7))
        );

        let read = PeerRead { to_account: "bob".into(), last_read_time: 9, pos: None };
        assert_eq!(lines(Event::PeerRead(read)), [json!({"conversation": "c2c_bob", "event": "peer_read", "time": 9})]);

        let reaction = ReactionCount { reaction: "👍".into(), count: 2, ..Default::default() };
        let notice = ReactionNotice { id: ConversationId::group("g"), place: 7, reaction, user: "li".into(), operation: 2 };
        let wanted = json!({"conversation": "group_g", "event": "reaction", "place": 7, "user": "li", "reaction": "👍", "added": false, "count": 2});
        assert_eq!(lines(Event::Reaction(notice)), [wanted]);

        let receipts = vec![Receipt { place: 7, read_num: 1, unread_num: 3 }];
        let line = lines(Event::Receipt(ReceiptNotice { id: ConversationId::group("g"), receipts }));
        assert_eq!(line, [json!({"conversation": "group_g", "event": "receipt", "place": 7, "read": 1, "unread": 3})]);

        let pin = Pin { message: group_text("bob", "g", 7, 0, "x"), ..Pin::default() };
        let notice = PinNotice { group_id: "g".into(), op_type: pin::PINNED, operator: "ann".into(), pin };
        assert_eq!(
            lines(Event::Pin(notice)),
            [json!({"conversation": "group_g", "event": "pin", "place": 7, "by": "ann", "pinned": true})]
        );

        let deleted = DeletedMessages { id: ConversationId::c2c("bob"), places: vec![1, 2] };
        assert_eq!(lines(Event::Deleted(deleted)), [json!({"conversation": "c2c_bob", "event": "delete", "places": [1, 2]})]);
    }

    #[test]
    fn what_was_missed_is_told_as_if_it_had_come_live() {
        let mut recalled = text("bob", "me", 3, 0, "");
        (recalled.msg_flag_bits, recalled.revoker) = (Some(8), Some("bob".into()));
        let line = serde_json::to_value(TailEvent::missed(&recalled, "me").unwrap()).unwrap();
        assert_eq!((&line["event"], &line["place"]), (&json!("recall"), &json!(3)));
        assert!(TailEvent::missed(&text("bob", "me", 3, 0, "only reacted to"), "me").is_none());
    }
}
