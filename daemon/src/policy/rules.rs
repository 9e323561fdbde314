//! The rules, in order: the first that stops a push gives the reason.

use tern_protocol::api::push::{PushDevice, PushJob};

/// What a rule looks at.
pub(super) struct Facts<'a> {
    pub(super) job: &'a PushJob,
    pub(super) device: &'a PushDevice,
    pub(super) now_ms: i64,
    pub(super) expires_at_ms: i64,
    pub(super) known_certificate: bool,
    pub(super) quarantined: bool,
}

/// A reason not to push.
pub(super) struct Rule {
    /// Label of counters.
    pub(super) word: &'static str,
    /// For people.
    pub(super) why: &'static str,
    /// Whether it stops this push.
    pub(super) stops: fn(&Facts<'_>) -> bool,
}

#[rustfmt::skip]
pub(super) const RULES: &[Rule] = &[
    Rule { word: "OwnMessage",    why: "one's own message",                                      stops: |f| f.job.from_account == f.job.to_account },
    Rule { word: "Expired",       why: "the message is too old",                                 stops: |f| f.expires_at_ms <= f.now_ms },
    Rule { word: "ReceiveOption", why: "the receiver's option for the conversation allows none", stops: |f| !option_allows(f.job) },
    Rule { word: "NoToken",       why: "the device has registered no token",                     stops: |f| f.device.token.is_empty() },
    Rule { word: "NoCertificate", why: "no credential serves the device's certificate",          stops: |f| !f.known_certificate },
    Rule { word: "Quarantine",    why: "the device's token was called wrong by the provider",    stops: |f| f.quarantined },
];

/// Receive options of `contract/client-semantics.md` section 6.6: the word, whether it pushes, whether it pushes for @.
#[rustfmt::skip]
const OPTIONS: &[(&str, bool, bool)] = &[
    ("",                        true,  true),
    ("AcceptAndNotify",         true,  true),
    ("Discard",                 false, false),
    ("AcceptNotNotify",         false, false),
    ("AcceptNotNotifyExceptAt", false, true),
    ("NotReceiveMsgExceptAt",   false, true),
];

/// An option of another version pushes: silence would be noticed too late.
fn option_allows(job: &PushJob) -> bool {
    let row = OPTIONS.iter().find(|row| row.0 == job.msg_flag);
    row.is_none_or(|row| row.1 || (row.2 && job.at_me == Some(1)))
}
