//! When to connect, log in, knock, give up: no socket and no timer, only what goes in and what comes out.

use rand::RngCore;

use super::{Backoff, ClientEvent, End, Kick};
use crate::ErrorCode;

/// A link counts as dead when nothing is heard for so long after something was asked.
pub(super) const ANSWER_LIMIT_MS: i64 = 10_000;
/// Limit on connecting and logging in together.
pub(super) const CONNECT_LIMIT_MS: i64 = 15_000;
/// Limit on finishing open calls after a close was asked for.
pub(super) const DRAIN_LIMIT_MS: i64 = 5_000;
/// A link that lived so long was a good one: after it the delays start over.
const GOOD_LINK_MS: i64 = 30_000;
/// Least wait after the server said that too many signatures failed (70050).
const THROTTLED_MS: i64 = 60_000;

/// Refusals of a login that speak of the server's state, not of the credentials: worth another try.
#[rustfmt::skip]
const PASSING: &[ErrorCode] = &[
    ErrorCode::REST_TIMEOUT, ErrorCode::REST_BUSY, ErrorCode::REST_TOO_MANY_REQUESTS_RETRY, ErrorCode::REST_RATE_EXCEEDED,
    ErrorCode::SIG_THROTTLED, ErrorCode::ACCOUNT_LOGIN_RATE_LIMITED_SECURITY, ErrorCode::ACCOUNT_BACKEND_TIMEOUT,
    ErrorCode::ACCOUNT_BACKEND_TIMEOUT_70202, ErrorCode::ACCOUNT_INTERNAL,
];

#[derive(Debug)]
pub(super) enum Input {
    /// The socket is open.
    Linked,
    /// The socket could not be opened, or ended.
    LinkLost(String),
    /// The login was answered well; heartbeats are wanted at this distance.
    LoggedIn { heartbeat_ms: i64 },
    /// The login was refused.
    LoginRefused { code: ErrorCode, info: String },
    /// The server forces this session off.
    Kicked(Kick),
    /// An answer said that the UserSig is no longer valid.
    SigExpired,
    /// Any frame came in.
    Heard,
    /// A frame that will be answered went out.
    Sent,
    /// See [`Machine::due`].
    Time,
    /// The owner wants to leave.
    Close,
    /// Nothing is open any more after [`Input::Close`].
    Drained,
}

#[derive(Debug, PartialEq)]
pub(super) enum Action {
    Connect,
    LogIn,
    Beat,
    /// Finish what is open, then say [`Input::Drained`].
    Drain,
    /// Close the socket or stop opening it; what was in flight is lost.
    Unlink,
    Tell(ClientEvent),
    /// The session is over.
    Finish(End),
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum State {
    Offline { retry_at_ms: i64 },
    Connecting { give_up_at_ms: i64 },
    Online(Online),
    Draining { until_ms: i64 },
    Ended,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Online {
    since_ms: i64,
    heartbeat_ms: i64,
    sent_at_ms: i64,
    /// Oldest question since which nothing was heard.
    asked_at_ms: Option<i64>,
    /// A heartbeat since which nothing was heard.
    beat_at_ms: Option<i64>,
}

#[derive(Debug)]
pub(super) struct Machine {
    state: State,
    backoff: Backoff,
    attempt: u32,
}

impl Machine {
    /// A session that connects at its first [`Input::Time`].
    pub(super) fn new(backoff: Backoff, now_ms: i64) -> Self {
        Self { state: State::Offline { retry_at_ms: now_ms }, backoff, attempt: 0 }
    }

    pub(super) fn state(&self) -> State {
        self.state
    }

    /// Whether an answer is awaited that the state depends on.
    pub(super) fn is_waiting(&self) -> bool {
        match self.state {
            State::Connecting { .. } => true,
            State::Online(online) => online.beat_at_ms.is_some(),
            State::Offline { .. } | State::Draining { .. } | State::Ended => false,
        }
    }

    /// When [`Input::Time`] would do something.
    pub(super) fn due(&self) -> Option<i64> {
        match self.state {
            State::Offline { retry_at_ms } => Some(retry_at_ms),
            State::Connecting { give_up_at_ms } => Some(give_up_at_ms),
            State::Online(online) => Some(online.due()),
            State::Draining { until_ms } => Some(until_ms),
            State::Ended => None,
        }
    }

    pub(super) fn step(&mut self, input: Input, now_ms: i64, rng: &mut dyn RngCore) -> Vec<Action> {
        match (self.state, input) {
            (State::Ended, _) => vec![],
            (_, Input::Kicked(kick)) => self.end(End::Kicked(kick)),
            (_, Input::SigExpired) => self.end(End::SigExpired),
            (State::Online(_), Input::Close) => {
                self.state = State::Draining { until_ms: now_ms + DRAIN_LIMIT_MS };
                vec![Action::Drain]
            }
            (State::Draining { .. }, Input::Drained | Input::LinkLost(_)) => self.end(End::Closed),
            (State::Draining { until_ms }, Input::Time) if now_ms >= until_ms => self.end(End::Closed),
            (State::Draining { .. }, _) => vec![],
            (_, Input::Close) => self.end(End::Closed),
            (State::Offline { retry_at_ms }, Input::Time) if now_ms >= retry_at_ms => {
                self.state = State::Connecting { give_up_at_ms: now_ms + CONNECT_LIMIT_MS };
                vec![Action::Tell(ClientEvent::Connecting { attempt: self.attempt }), Action::Connect]
            }
            (State::Offline { .. }, _) => vec![],
            (State::Connecting { .. }, Input::Linked) => vec![Action::LogIn],
            (State::Connecting { .. }, Input::LoggedIn { heartbeat_ms }) => {
                let online = Online { since_ms: now_ms, heartbeat_ms, sent_at_ms: now_ms, asked_at_ms: None, beat_at_ms: None };
                self.state = State::Online(online);
                vec![]
            }
            (State::Connecting { .. }, Input::LoginRefused { code, info }) => self.refused(code, info, now_ms, rng),
            (State::Connecting { give_up_at_ms }, Input::Time) if now_ms >= give_up_at_ms => {
                self.offline("the server did not answer in time".to_owned(), 0, now_ms, rng)
            }
            (State::Connecting { .. }, Input::LinkLost(reason)) => self.offline(reason, 0, now_ms, rng),
            (State::Online(online), input) => self.online(online, input, now_ms, rng),
            (State::Connecting { .. }, _) => vec![],
        }
    }

    fn online(&mut self, mut online: Online, input: Input, now_ms: i64, rng: &mut dyn RngCore) -> Vec<Action> {
        let mut actions = vec![];
        match input {
            Input::LinkLost(reason) => {
                if now_ms - online.since_ms >= GOOD_LINK_MS {
                    self.attempt = 0;
                }
                return self.offline(reason, 0, now_ms, rng);
            }
            Input::Heard => (online.asked_at_ms, online.beat_at_ms) = (None, None),
            Input::Sent => {
                online.sent_at_ms = now_ms;
                online.asked_at_ms = online.asked_at_ms.or(Some(now_ms));
            }
            Input::Time if online.beat_at_ms.is_some_and(|at_ms| now_ms - at_ms >= ANSWER_LIMIT_MS) => {
                return self.online(online, Input::LinkLost("the server does not answer any more".to_owned()), now_ms, rng);
            }
            Input::Time if online.beat_at_ms.is_none() && now_ms >= online.due() => {
                online.beat_at_ms = Some(now_ms);
                actions.push(Action::Beat);
            }
            _ => {}
        }
        self.state = State::Online(online);
        actions
    }

    fn refused(&mut self, code: ErrorCode, info: String, now_ms: i64, rng: &mut dyn RngCore) -> Vec<Action> {
        match code {
            ErrorCode::SIG_EXPIRED => self.end(End::SigExpired),
            code if PASSING.contains(&code) => {
                let least_ms = if code == ErrorCode::SIG_THROTTLED { THROTTLED_MS } else { 0 };
                self.offline(format!("login refused for now ({}): {info}", code.0), least_ms, now_ms, rng)
            }
            code => self.end(End::Refused { code, info }),
        }
    }

    fn offline(&mut self, reason: String, least_ms: i64, now_ms: i64, rng: &mut dyn RngCore) -> Vec<Action> {
        let retry_in_ms = self.backoff.delay_ms(self.attempt, rng).max(least_ms);
        self.attempt = self.attempt.saturating_add(1);
        self.state = State::Offline { retry_at_ms: now_ms + retry_in_ms };
        vec![Action::Unlink, Action::Tell(ClientEvent::Offline { reason, retry_in_ms })]
    }

    fn end(&mut self, end: End) -> Vec<Action> {
        self.state = State::Ended;
        vec![Action::Unlink, Action::Finish(end)]
    }
}

impl Online {
    fn due(&self) -> i64 {
        match (self.beat_at_ms, self.asked_at_ms) {
            (Some(beat_ms), _) => beat_ms + ANSWER_LIMIT_MS,
            (None, Some(asked_ms)) => (asked_ms + ANSWER_LIMIT_MS).min(self.sent_at_ms + self.heartbeat_ms),
            (None, None) => self.sent_at_ms + self.heartbeat_ms,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{Just, Strategy, prop_assert, prop_oneof, proptest};
    use rand::{SeedableRng, rngs::StdRng};
    use rstest::rstest;

    use super::{Action, Input, Machine, State};
    use crate::ErrorCode;
    use crate::client::{Backoff, ClientEvent, End, Kick};
    use crate::model::presence::KickType;

    struct Run {
        machine: Machine,
        rng: StdRng,
        now_ms: i64,
    }

    impl Run {
        fn start() -> Self {
            Self { machine: Machine::new(Backoff::default(), 0), rng: StdRng::seed_from_u64(7), now_ms: 0 }
        }

        fn online() -> Self {
            let mut run = Self::start();
            run.step(Input::Time);
            run.step(Input::Linked);
            run.step(Input::LoggedIn { heartbeat_ms: 120_000 });
            run
        }

        fn step(&mut self, input: Input) -> Vec<Action> {
            self.machine.step(input, self.now_ms, &mut self.rng)
        }

        fn time_passes(&mut self) -> Vec<Action> {
            self.now_ms = self.machine.due().unwrap();
            self.step(Input::Time)
        }

        fn wait_ms(&mut self) -> i64 {
            self.machine.due().unwrap() - self.now_ms
        }
    }

    #[test]
    fn a_session_connects_logs_in_and_then_wakes_only_for_the_heartbeat() {
        let mut run = Run::start();
        assert_eq!(run.step(Input::Time), [Action::Tell(ClientEvent::Connecting { attempt: 0 }), Action::Connect]);
        assert_eq!(run.step(Input::Linked), [Action::LogIn]);
        assert_eq!(run.step(Input::LoggedIn { heartbeat_ms: 120_000 }), []);
        for _ in 0..3 {
            assert_eq!(run.wait_ms(), 120_000);
            assert_eq!(run.time_passes(), [Action::Beat]);
            run.step(Input::Sent);
            run.step(Input::Heard);
        }
    }

    #[test]
    fn a_heartbeat_that_is_not_answered_for_ten_seconds_ends_the_link() {
        let mut run = Run::online();
        run.time_passes();
        run.step(Input::Sent);
        assert_eq!(run.wait_ms(), 10_000);
        let actions = run.time_passes();
        assert!(matches!(&actions[..], [Action::Unlink, Action::Tell(ClientEvent::Offline { .. })]), "{actions:?}");
        assert!((250..=500).contains(&run.wait_ms()));
    }

    #[test]
    fn a_call_that_gets_no_answer_makes_the_session_knock() {
        let mut run = Run::online();
        run.now_ms = 50_000;
        run.step(Input::Sent);
        assert_eq!(run.wait_ms(), 10_000);
        assert_eq!(run.time_passes(), [Action::Beat]);
        assert_eq!(run.wait_ms(), 10_000);
        run.step(Input::Heard);
        assert_eq!(run.machine.due(), Some(170_000));
    }

    #[rstest]
    #[case(Input::Kicked(Kick { kick_type: Some(KickType::MultipleDevice), platform: "iPhone".into() }))]
    #[case(Input::SigExpired)]
    fn a_forced_end_does_not_reconnect(#[case] input: Input) {
        let mut run = Run::online();
        let actions = run.step(input);
        assert!(matches!(&actions[..], [Action::Unlink, Action::Finish(End::Kicked(_) | End::SigExpired)]), "{actions:?}");
        assert_eq!(run.machine.due(), None);
        assert_eq!(run.step(Input::LinkLost(String::new())), []);
        assert_eq!(run.step(Input::Time), []);
    }

    #[rstest]
    #[case(ErrorCode::SIG_EXPIRED, true)]
    #[case(ErrorCode::SIG_MISMATCH, true)]
    #[case(ErrorCode::SDK_APP_ID_UNKNOWN, true)]
    #[case(ErrorCode::ACCOUNT_INTERNAL, false)]
    #[case(ErrorCode::SIG_THROTTLED, false)]
    fn only_refusals_that_speak_of_the_server_are_tried_again(#[case] code: ErrorCode, #[case] ends: bool) {
        let mut run = Run::start();
        run.step(Input::Time);
        run.step(Input::Linked);
        run.step(Input::LoginRefused { code, info: String::new() });
        assert_eq!(run.machine.state() == State::Ended, ends);
        if code == ErrorCode::SIG_THROTTLED {
            assert!(run.wait_ms() >= 60_000);
        }
    }

    #[test]
    fn delays_grow_while_links_do_not_last_and_start_over_after_a_good_one() {
        let mut run = Run::start();
        let mut waits = vec![];
        for _ in 0..6 {
            run.time_passes();
            run.step(Input::Linked);
            run.step(Input::LoggedIn { heartbeat_ms: 120_000 });
            run.step(Input::LinkLost("reset".into()));
            waits.push(run.wait_ms());
        }
        assert!(waits[5] >= 8_000 && waits.is_sorted(), "{waits:?}");
        run.time_passes();
        run.step(Input::LoggedIn { heartbeat_ms: 120_000 });
        run.now_ms += 30_000;
        run.step(Input::LinkLost("reset".into()));
        assert!(run.wait_ms() <= 500);
    }

    #[test]
    fn leaving_finishes_open_calls_but_not_for_ever() {
        let mut run = Run::online();
        assert_eq!(run.step(Input::Close), [Action::Drain]);
        assert_eq!(run.wait_ms(), 5_000);
        assert_eq!(run.time_passes(), [Action::Unlink, Action::Finish(End::Closed)]);
        let mut unconnected = Run::start();
        assert_eq!(unconnected.step(Input::Close), [Action::Unlink, Action::Finish(End::Closed)]);
    }

    fn inputs() -> impl Strategy<Value = Vec<(Option<Input>, i64)>> {
        let input = prop_oneof![Just(0_u8), Just(1), Just(2), Just(3), Just(4), Just(5), Just(6)];
        let input = input.prop_map(|kind| match kind {
            0 => Some(Input::Linked),
            1 => Some(Input::LinkLost("lost".into())),
            2 => Some(Input::LoggedIn { heartbeat_ms: 120_000 }),
            3 => Some(Input::Heard),
            4 => Some(Input::Sent),
            5 => Some(Input::LoginRefused { code: ErrorCode::REST_BUSY, info: String::new() }),
            _ => None,
        });
        proptest::collection::vec((input, 0_i64..200_000), 0..60)
    }

    proptest! {
        #[test]
        fn whatever_happens_the_session_goes_on_and_never_waits_more_than_two_minutes(inputs in inputs()) {
            let mut run = Run::start();
            for (input, pause_ms) in inputs {
                run.now_ms += pause_ms;
                run.step(input.unwrap_or(Input::Time));
                // A timer that is due is due once: time alone must not spin.
                for _ in 0..4 {
                    if run.wait_ms() <= 0 {
                        run.step(Input::Time);
                    }
                }
                prop_assert!(run.wait_ms() > 0 && run.wait_ms() <= 120_000, "{:?}", run.machine);
            }
        }
    }
}
