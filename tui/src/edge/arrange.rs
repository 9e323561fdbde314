//! Conversations and their groups, as the server is told about them.

use crate::effect::{Arrange, Setting};
use crate::state::conversation::ChatId;
use tern_protocol::api::{command, conversation, message_change, receipt, recent_contact};
use tern_protocol::client::{CallError, Session};

/// Conversations in one command: the contract's limit.
const AT_ONCE: usize = 100;

/// Keeps a setting of one conversation.
pub(crate) async fn set(session: &Session, chat: &ChatId, setting: Setting) -> Result<(), CallError> {
    let id = chat.to_wire();
    match setting {
        Setting::Pinned(on) => {
            session.call::<command::ConversationTop>(&conversation::SetTop { id, top_flag: i64::from(on) }).await.map(|_| ())
        }
        Setting::Receive(receive) => {
            let msg_flag = Some(receive.word().to_owned());
            session.call::<command::SetConversation>(&recent_contact::SetConversation { id, msg_flag }).await.map(|_| ())
        }
        Setting::Mark { bit, on } => {
            let bits = Some(vec![i64::from(bit)]);
            let (set_mark, clear_mark) = if on { (bits, None) } else { (None, bits) };
            let item = recent_contact::MarkItem {
                contact_item: id,
                opt_type: Some(1),
                clear_mark,
                set_mark,
                ..recent_contact::MarkItem::default()
            };
            let request = recent_contact::MarkContact { mark_item: vec![item], from_account: None };
            let answer = session.call::<command::MarkContact>(&request).await?;
            first_failure(&answer.result_item)
        }
    }
}

fn first_failure(results: &[recent_contact::ContactResult]) -> Result<(), CallError> {
    match results.iter().find(|result| result.result_code != 0) {
        Some(failed) => {
            Err(CallError::Refused { code: tern_protocol::ErrorCode(failed.result_code), info: failed.result_info.clone() })
        }
        None => Ok(()),
    }
}

/// Does what a person asked for, in as many commands as the limits want.
pub(crate) async fn arrange(session: &Session, what: &Arrange) -> Result<(), CallError> {
    match what {
        Arrange::Delete(chats) => {
            for part in chats.chunks(AT_ONCE) {
                let contact_item = part.iter().map(ChatId::to_wire).collect();
                let request = recent_contact::BatchDelete { contact_item, from_account: None, clear_ramble: Some(1) };
                session.call::<command::BatchDelete>(&request).await?;
            }
            Ok(())
        }
        Arrange::Clear(chat) => {
            session.call::<command::ClearHistory>(&message_change::ClearHistory { id: chat.to_wire() }).await.map(|_| ())
        }
        Arrange::ReadAll => {
            let request = receipt::ReadAll { group_read_info: Vec::new(), c2c_read_all: Some(1), group_read_all: Some(1) };
            session.call::<command::ReadAll>(&request).await.map(|_| ())
        }
        Arrange::LabelNew { name, chats } => {
            let contact_item = chats.iter().take(AT_ONCE).map(ChatId::to_wire).collect();
            let item = recent_contact::GroupContactItem { group_name: name.clone(), contact_item };
            let request = recent_contact::CreateContactGroup { group_contact_item: vec![item], from_account: None };
            let answer = session.call::<command::CreateContactGroup>(&request).await?;
            answer.group_result_item.iter().try_for_each(|group| first_failure(&group.result_item))
        }
        Arrange::LabelRename { name, to } => {
            let group = recent_contact::UpdateGroup {
                update_group_type: 1,
                old_group_name: name.clone(),
                contact_update_item: Vec::new(),
                new_group_name: Some(to.clone()),
            };
            update(session, group).await
        }
        Arrange::LabelDelete(name) => {
            let request = recent_contact::DelContactGroup { group_name: vec![name.clone()], from_account: None };
            session.call::<command::DelContactGroup>(&request).await.map(|_| ())
        }
        Arrange::LabelPut { name, chats, on } => {
            for part in chats.chunks(AT_ONCE) {
                let contact_opt_type = if *on { 1 } else { 2 };
                let items =
                    part.iter().map(|chat| recent_contact::ContactUpdateItem { contact_opt_type, contact_item: chat.to_wire() });
                let group = recent_contact::UpdateGroup {
                    update_group_type: 2,
                    old_group_name: name.clone(),
                    contact_update_item: items.collect(),
                    new_group_name: None,
                };
                update(session, group).await?;
            }
            Ok(())
        }
    }
}

async fn update(session: &Session, update_group: recent_contact::UpdateGroup) -> Result<(), CallError> {
    let request = recent_contact::UpdateContactGroup { update_type: 1, update_group, from_account: None };
    let answer = session.call::<command::UpdateContactGroup>(&request).await?;
    first_failure(&answer.update_group_result.contact_result_item)
}
