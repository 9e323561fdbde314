//! From a row of the outbox to a job: all that the push of one message to one person needs.

use super::is_pushable;
use crate::service::group::topic;
use crate::service::message::view::{Names, filled};
use crate::service::{Context, conversation};
use crate::store::conversation::Ends;
use crate::store::engine::{StoreError, Tx};
use crate::store::presence::DeviceState;
use crate::store::push_outbox::OutboxRow;
use crate::store::{TinyId, group, message, presence as devices};
use std::collections::HashMap;
use tern_protocol::api::conversation::ConversationId;
use tern_protocol::api::push::{PushDevice, PushJob};
use tern_protocol::model::group::ReceiveOption;

/// Makes jobs of rows; what many jobs share is looked up once.
pub(super) struct JobMaker<'a> {
    tx: &'a Tx<'a>,
    cx: &'a Context,
    names: Names<'a>,
    unread: HashMap<TinyId, i64>,
}

impl<'a> JobMaker<'a> {
    pub(super) fn new(tx: &'a Tx<'a>, cx: &'a Context) -> Self {
        Self { tx, cx, names: Names::new(tx), unread: HashMap::new() }
    }

    /// The job, unless nobody wants it any more.
    pub(super) fn job(&mut self, row: &OutboxRow) -> Result<Option<PushJob>, StoreError> {
        let Some(receiver) = row.receiver else { return Ok(None) };
        if row.expire_time < self.cx.now_seconds() || self.cx.presence.has_phone_in_sight(receiver) {
            return Ok(None);
        }
        let (Some(thread), Some(stored)) =
            (crate::store::conversation::by_id(self.tx, row.thread)?, message::at(self.tx, row.thread, row.pos)?)
        else {
            return Ok(None);
        };
        let devices = self.devices(receiver)?;
        if devices.is_empty() || !is_pushable(&stored) {
            return Ok(None);
        }
        let Some(own) = conversation::own_or_default(self.tx, &thread, receiver)? else { return Ok(None) };
        if own.read_pos >= row.pos {
            return Ok(None);
        }
        let sender = self.names.of(stored.sender)?.clone();
        let to_account = self.names.of(receiver)?.user_id.clone();
        let mut job = PushJob {
            job_id: row.id.to_string(),
            sdk_app_id: row.app.0,
            to_account,
            from_account: sender.user_id.clone(),
            conversation: ConversationId::c2c(sender.user_id),
            place: row.pos.cast_unsigned(),
            msg_seq: stored.seq,
            msg_random: stored.random,
            msg_time: stored.time(),
            expire_time: row.expire_time,
            msg_flag: ReceiveOption::from_number(own.msg_flag).unwrap_or_default().wire().to_owned(),
            unread_total: self.unread_total(receiver)?.cast_unsigned(),
            devices,
            from_nick: filled(&sender.nick),
            msg_body: serde_json::value::RawValue::from_string(stored.body.clone()).ok(),
            offline_push_info: stored.extra.push_info.clone(),
            cloud_custom_data: stored.custom.clone(),
            ..PushJob::default()
        };
        if let Ends::Group(no) = thread.ends {
            let (Some(group), Some(member)) = (group::by_number(self.tx, no)?, group::member(self.tx, no, receiver)?) else {
                return Ok(None);
            };
            if member.role.is_none() {
                return Ok(None);
            }
            job.conversation = ConversationId::group(group.group_id);
            job.group_name = filled(&group.name);
            job.msg_seq = row.pos.cast_unsigned();
            job.msg_flag = topic::receive_option(self.tx, no, &member)?.wire().to_owned();
            let names_me = |at: &tern_protocol::api::message::GroupAt| {
                at.all_flag == 1 || at.account.as_deref() == Some(job.to_account.as_str())
            };
            job.at_me = stored.extra.mentions.iter().any(names_me).then_some(1);
        }
        match ReceiveOption::parse(&job.msg_flag).unwrap_or_default() {
            ReceiveOption::AcceptAndNotify => {}
            ReceiveOption::AcceptNotNotifyExceptAt if job.at_me == Some(1) => {}
            _ => return Ok(None),
        }
        Ok(Some(job))
    }

    fn devices(&mut self, receiver: TinyId) -> Result<Vec<PushDevice>, StoreError> {
        let unread_total = self.unread_total(receiver)?;
        let rows = devices::devices(self.tx, receiver)?;
        let away = rows.into_iter().filter(devices::DeviceRow::wants_push);
        Ok(away
            .map(|row| PushDevice {
                install: row.install,
                platform: row.platform.name().to_owned(),
                cert_id: row.cert_id,
                token: row.token,
                registered_at_ms: row.registered_ms,
                status: if row.state == DeviceState::Linked { "Online" } else { "PushOnline" }.to_owned(),
                badge: (row.badge_offset != 0).then(|| unread_total.saturating_add(row.badge_offset).max(0).cast_unsigned()),
            })
            .collect())
    }

    fn unread_total(&mut self, user: TinyId) -> Result<i64, StoreError> {
        if let Some(known) = self.unread.get(&user) {
            return Ok(*known);
        }
        let total = conversation::unread_total(self.tx, user)?;
        self.unread.insert(user, total);
        Ok(total)
    }
}
