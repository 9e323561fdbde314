//! What came to messages after they were said: pins, reactions, votes, and taking one back.

use super::DemoError;
use super::clock::ShiftedClock;
use super::populate::{Sessions, failed, session, stored};
use super::script::Mark;
use super::world::{Said, World};
use crate::act::{Act, Acted, Named};
use crate::edge::acting::act;
use crate::state::conversation::ChatId;
use serde_json::json;
use tern_protocol::api::annotation::{Extension, PinMessage, React, SetKeyValues};
use tern_protocol::api::command;
use tern_protocol::clock::Clock as _;

/// Does all that stands below a line of a group.
pub(super) async fn make(
    world: &World,
    sessions: &Sessions<'_>,
    said: &Said<'_>,
    place: u64,
    clock: &ShiftedClock,
) -> Result<(), DemoError> {
    let chat = ChatId::group(said.chat);
    let group_id = || Some(said.chat.to_owned());
    let what = format!("what came to a message in {}", said.chat);
    if !said.line.marks.is_empty() && world.group(said.chat).is_none() {
        return Err(DemoError::World(format!("{what}: only groups have marks")));
    }
    for mark in &said.line.marks {
        match mark {
            Mark::Pin { who } => {
                let request = PinMessage { group_id: group_id(), msg_seq: Some(place), pinner_account: None };
                session(sessions, who)?.call::<command::PinMessage>(&request).await.map_err(failed(&what))?;
            }
            Mark::React { emoji, who } => {
                for user in who {
                    let request = React { id: chat.to_wire(), place, reaction: emoji.clone(), operation: 1 };
                    session(sessions, user)?.call::<command::React>(&request).await.map_err(failed(&what))?;
                }
            }
            Mark::Vote { option, who } => {
                for user in who {
                    let value = json!({"options": [option], "time": clock.wall_seconds()}).to_string();
                    let request = SetKeyValues {
                        extension_list: vec![Extension { key: user.clone(), value, seq: 0 }],
                        group_id: group_id(),
                        msg_seq: Some(place),
                        operate_type: Some(1),
                        ..SetKeyValues::default()
                    };
                    session(sessions, user)?.call::<command::GroupSetKeyValues>(&request).await.map_err(failed(&what))?;
                }
            }
            Mark::Recall => {
                let who = said.line.who.as_str();
                let session = session(sessions, who)?;
                let message = stored(session, &chat, place, who).await.map_err(failed(&what))?;
                let named = message.as_ref().and_then(Named::of);
                let Some(message) = named else { return Err(DemoError::World(format!("{what}: it is not there"))) };
                let recalled = act(session, Act::Recall { chat: chat.clone(), message, thread: None }, who, clock).await;
                if let Acted::Recalled { result: Err(error), .. } = recalled {
                    return Err(DemoError::World(format!("{what}: {error}")));
                }
            }
        }
    }
    Ok(())
}
