//! Applications to join one's groups, and invitations that wait for consent.

use super::State;
use super::rights::{Right, may};
use crate::text::clean_line;
use tern_protocol::api::group_application::{Application, Applications, apply_type};

/// Applications that are kept; the server has 50 for a person.
const KEPT: usize = 200;

/// An application or invitation, cleaned.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Request {
    pub(crate) group: String,
    pub(crate) group_name: String,
    /// [`apply_type`] numbers.
    pub(crate) kind: i64,
    pub(crate) from: String,
    pub(crate) from_name: String,
    /// The invitee; of an application empty.
    pub(crate) to: String,
    pub(crate) time_s: i64,
    pub(crate) words: String,
    /// 0 nobody yet, 1 by somebody else, 2 by oneself.
    pub(crate) handled: i64,
    pub(crate) agreed: bool,
    pub(crate) answer: String,
    /// As the server gave them.
    pub(crate) authentication: String,
    pub(crate) msg_key: u64,
}

impl Request {
    fn from_wire(wire: &Application) -> Self {
        Self {
            group: wire.group_id.clone(),
            group_name: clean_line(&wire.group_name),
            kind: wire.apply_type,
            from: wire.from_account.clone(),
            from_name: clean_line(if wire.from_nick.is_empty() { &wire.from_account } else { &wire.from_nick }),
            to: wire.to_account.clone(),
            time_s: wire.add_time,
            words: clean_line(&wire.message),
            handled: wire.handle_status,
            agreed: wire.handle_result == 1,
            answer: clean_line(&wire.handled_message),
            authentication: wire.authentication.clone(),
            msg_key: wire.msg_key,
        }
    }

    /// Nobody has decided it.
    pub(crate) fn waits(&self) -> bool {
        self.handled == 0
    }

    /// The name of the group.
    pub(crate) fn group_shown(&self) -> &str {
        if self.group_name.is_empty() { &self.group } else { &self.group_name }
    }

    /// What is wanted, in a sentence.
    pub(crate) fn says(&self) -> String {
        let (from, group) = (&self.from_name, self.group_shown());
        match self.kind {
            apply_type::INVITED => format!("{from} invites you to {group}"),
            apply_type::INVITE => format!("{from} wants to bring {} into {group}", self.to),
            _ => format!("{from} asks to join {group}"),
        }
    }

    /// Who is let in or not: the name that the decision goes by.
    pub(crate) fn applicant(&self) -> &str {
        if self.to.is_empty() { &self.from } else { &self.to }
    }
}

/// All of them, the newest first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Requests {
    pub(crate) list: Vec<Request>,
    /// Those that came after what was looked at.
    pub(crate) unread: u64,
}

impl Requests {
    /// As the server has them.
    pub(crate) fn take(&mut self, wire: &Applications) {
        self.list = wire.applications.iter().take(KEPT).map(Request::from_wire).collect();
        self.unread = wire.unread_num;
    }

    /// Joining requests of a group that wait for its owner and administrators.
    pub(crate) fn waiting_in(&self, group: &str) -> usize {
        let waits = |request: &&Request| request.group == group && request.waits() && request.kind != apply_type::INVITED;
        self.list.iter().filter(waits).count()
    }
}

impl State {
    /// Joining requests of a group that wait for this person's decision.
    pub(crate) fn requests_in(&self, group: &str) -> usize {
        let decides = self.groups.get(group).is_some_and(|group| may(group, Right::Decide, ""));
        if decides { self.requests.waiting_in(group) } else { 0 }
    }

    /// Whether a request waits for this person's decision.
    pub(crate) fn decides(&self, request: &Request) -> bool {
        let manages = || self.groups.get(&request.group).is_some_and(|group| may(group, Right::Decide, ""));
        request.waits() && (request.kind == apply_type::INVITED || manages())
    }

    /// All requests and invitations that wait for this person's decision.
    pub(crate) fn requests_waiting(&self) -> u64 {
        self.requests.list.iter().filter(|request| self.decides(request)).count() as u64
    }
}

/// The page of them.
#[derive(Clone, Debug, Default)]
pub(crate) struct RequestPage {
    /// Only those of this group.
    pub(crate) group: Option<String>,
    pub(crate) chosen: usize,
}

impl RequestPage {
    /// What the page shows.
    pub(crate) fn rows<'a>(&self, requests: &'a Requests) -> Vec<&'a Request> {
        requests.list.iter().filter(|request| self.group.as_ref().is_none_or(|group| *group == request.group)).collect()
    }
}
