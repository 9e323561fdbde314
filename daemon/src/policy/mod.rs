//! Who gets a push, and why not.

mod rules;

use crate::job::{Fate, NewPush, conversation_key, push_id};
use crate::render::{self, Incoming, Nothing, Notification};
use rules::{Facts, RULES};
use std::sync::Arc;
use tern_protocol::{
    api::push::{PushDevice, PushJob},
    limits,
    model::message::{Element, OfflinePushInfo},
};

/// What policy asks the daemon about.
pub(crate) trait Surroundings {
    /// The lane that serves a certificate of an application.
    fn lane(&self, app: u32, cert_id: i64) -> Option<Arc<str>>;
    /// Whether a token is held aside, and was not registered again since.
    fn quarantined(&self, lane: &str, token: &str, registered_at_ms: i64) -> bool;
}

/// Decides about each device of a job. A job without devices is one row that says so.
pub(crate) fn decide(job: &PushJob, now_ms: i64, around: &impl Surroundings) -> Vec<NewPush> {
    let rendered = render(job).map(Arc::new);
    let nobody = PushDevice::default();
    match job.devices.as_slice() {
        [] => vec![row(job, &nobody, None, Fate::Skip("NoDevice", "the receiver has no device that can be pushed to".into()))],
        devices => devices.iter().map(|device| one(job, device, &rendered, now_ms, around)).collect(),
    }
}

fn one(
    job: &PushJob,
    device: &PushDevice,
    rendered: &Result<Arc<Notification>, Nothing>,
    now_ms: i64,
    around: &impl Surroundings,
) -> NewPush {
    let lane = around.lane(job.sdk_app_id, device.cert_id);
    let quarantined = lane.as_ref().is_some_and(|lane| around.quarantined(lane, &device.token, device.registered_at_ms));
    let facts = Facts { job, device, now_ms, expires_at_ms: expires_at_ms(job), known_certificate: lane.is_some(), quarantined };
    let fate = match (RULES.iter().find(|rule| (rule.stops)(&facts)), rendered) {
        (Some(rule), _) => Fate::Skip(rule.word, rule.why.into()),
        (None, Err(nothing)) => Fate::Skip(nothing.word(), nothing.to_string()),
        (None, Ok(notification)) => Fate::Send(with_own_badge(notification, device.badge)),
    };
    row(job, device, lane, fate)
}

/// An app that told its own count shows that one, unless the message leaves the icon alone.
fn with_own_badge(notification: &Arc<Notification>, badge: Option<u64>) -> Arc<Notification> {
    match badge {
        Some(own) if notification.badge.is_some_and(|badge| badge != own) => {
            Arc::new(Notification { badge: Some(own), ..Notification::clone(notification) })
        }
        _ => notification.clone(),
    }
}

fn row(job: &PushJob, device: &PushDevice, lane: Option<Arc<str>>, fate: Fate) -> NewPush {
    NewPush {
        push_id: push_id(job, &device.install),
        job_id: job.job_id.clone(),
        app: job.sdk_app_id,
        user: job.to_account.clone(),
        conversation: conversation_key(&job.conversation),
        place: job.place,
        install: device.install.clone(),
        cert_id: device.cert_id,
        token: device.token.clone(),
        registered_at_ms: device.registered_at_ms,
        lane: lane.unwrap_or_else(|| Arc::from("")),
        expires_at_ms: expires_at_ms(job),
        fate,
    }
}

/// A message that names no end is kept for 7 days.
fn expires_at_ms(job: &PushJob) -> i64 {
    let seconds = match job.expire_time {
        0 => job.msg_time.saturating_add(limits::MSG_LIFE_TIME_SECONDS),
        end => end,
    };
    seconds.saturating_mul(1000)
}

fn render(job: &PushJob) -> Result<Notification, Nothing> {
    let text = |raw: &Option<Box<serde_json::value::RawValue>>| raw.as_ref().map(|raw| raw.get().to_owned());
    // The server has checked both; what cannot be read all the same counts as absent.
    let elements: Vec<Element> = text(&job.msg_body).and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
    let push_info: Option<OfflinePushInfo> = text(&job.offline_push_info).and_then(|text| serde_json::from_str(&text).ok());
    let to_group = job.conversation.group_id.as_deref();
    render::render(Incoming {
        nick: job.from_nick.as_deref().unwrap_or_default(),
        group_name: to_group.map(|id| job.group_name.as_deref().filter(|name| !name.is_empty()).unwrap_or(id)),
        elements: &elements,
        push_info: push_info.as_ref(),
        unread_total: job.unread_total,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::{json, value::to_raw_value};
    use tern_protocol::api::conversation::ConversationId;

    const NOW: i64 = 1_700_000_000_000;

    struct Around;

    impl Surroundings for Around {
        fn lane(&self, _app: u32, cert_id: i64) -> Option<Arc<str>> {
            (cert_id == 1).then(|| Arc::from("*/1"))
        }
        fn quarantined(&self, _lane: &str, token: &str, _registered_at_ms: i64) -> bool {
            token == "held"
        }
    }

    fn job() -> PushJob {
        PushJob {
            sdk_app_id: 1,
            to_account: "bob".into(),
            from_account: "ann".into(),
            conversation: ConversationId::c2c("ann"),
            msg_time: NOW / 1000,
            msg_flag: "AcceptAndNotify".into(),
            unread_total: 4,
            from_nick: Some("Ann".into()),
            msg_body: Some(to_raw_value(&json!([{"MsgType": "TIMTextElem", "MsgContent": {"Text": "hi"}}])).unwrap()),
            devices: vec![device()],
            ..PushJob::default()
        }
    }

    fn device() -> PushDevice {
        PushDevice { install: "phone".into(), cert_id: 1, token: "ab".into(), status: "PushOnline".into(), ..PushDevice::default() }
    }

    fn fate(job: PushJob) -> String {
        match decide(&job, NOW, &Around).remove(0).fate {
            Fate::Send(notification) => format!("{}: {}", notification.speaker, notification.body),
            Fate::Skip(word, _) => word.into(),
        }
    }

    fn info(value: serde_json::Value) -> Option<Box<serde_json::value::RawValue>> {
        Some(to_raw_value(&value).unwrap())
    }

    #[rstest]
    #[case(job(), "Ann: hi")]
    #[case(PushJob { from_account: "bob".into(), ..job() }, "OwnMessage")]
    #[case(PushJob { expire_time: NOW / 1000, ..job() }, "Expired")]
    #[case(PushJob { msg_time: NOW / 1000 - 604_801, ..job() }, "Expired")]
    #[case(PushJob { msg_flag: "Discard".into(), ..job() }, "ReceiveOption")]
    #[case(PushJob { msg_flag: "AcceptNotNotify".into(), ..job() }, "ReceiveOption")]
    #[case(PushJob { msg_flag: "AcceptNotNotifyExceptAt".into(), ..job() }, "ReceiveOption")]
    #[case(PushJob { msg_flag: "AcceptNotNotifyExceptAt".into(), at_me: Some(1), ..job() }, "Ann: hi")]
    #[case(PushJob { msg_flag: "NotReceiveMsgExceptAt".into(), ..job() }, "ReceiveOption")]
    #[case(PushJob { msg_flag: "NotReceiveMsgExceptAt".into(), at_me: Some(1), ..job() }, "Ann: hi")]
    #[case(PushJob { msg_flag: String::new(), ..job() }, "Ann: hi")]
    #[case(PushJob { devices: vec![], ..job() }, "NoDevice")]
    #[case(PushJob { devices: vec![PushDevice { token: String::new(), ..device() }], ..job() }, "NoToken")]
    #[case(PushJob { devices: vec![PushDevice { cert_id: 9, ..device() }], ..job() }, "NoCertificate")]
    #[case(PushJob { devices: vec![PushDevice { token: "held".into(), ..device() }], ..job() }, "Quarantine")]
    #[case(PushJob { offline_push_info: info(json!({"PushFlag": 1})), ..job() }, "PushFlag")]
    #[case(PushJob { msg_body: info(json!([{"MsgType": "TIMCustomElem", "MsgContent": {"Data": "x"}}])), ..job() }, "CustomWithoutDesc")]
    #[case(PushJob { msg_body: info(json!([])), ..job() }, "NothingToShow")]
    #[case(PushJob { conversation: ConversationId::group("g1"), group_name: Some("Sailors".into()), ..job() }, "Ann (Sailors): hi")]
    #[case(PushJob { conversation: ConversationId::group("g1"), ..job() }, "Ann (g1): hi")]
    fn each_rule_says_why_not(#[case] job: PushJob, #[case] expected: &str) {
        assert_eq!(fate(job), expected);
    }

    #[test]
    fn each_device_of_a_job_is_decided_for_itself() {
        let dead = PushDevice { install: "tablet".into(), token: String::new(), ..device() };
        let rows = decide(&PushJob { devices: vec![device(), dead], ..job() }, NOW, &Around);
        assert!(matches!((&rows[0].fate, &rows[1].fate), (Fate::Send(_), Fate::Skip("NoToken", _))));
        assert_ne!(rows[0].push_id, rows[1].push_id);
        assert_eq!(rows[0].expires_at_ms, NOW + 604_800_000);
    }
}
