//! What a provider's answer means: the one vocabulary of `contract/push-providers.md` section 0, and what follows from each word.

use rand::Rng;
use serde::{Deserialize, Serialize};

/// How much a throttle covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Scope {
    /// One device.
    Device,
    /// One application at the provider.
    App,
    /// The whole project or key.
    Project,
}

/// What a provider's answer means (`contract/push-providers.md` section 0). All policy hangs off this, none off raw codes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The provider took it, under this id.
    Accepted {
        /// The provider's id of the push.
        id: Option<String>,
    },
    /// The token will never work again, unless it was registered after `since_ms`.
    TokenInvalid {
        /// Wall clock milliseconds.
        since_ms: Option<i64>,
    },
    /// The token belongs to another app, project or environment.
    TokenMismatch,
    /// A passing fault.
    Retry {
        /// What the provider asked for, in milliseconds from now.
        after_ms: Option<i64>,
    },
    /// Rate or quota.
    Throttled {
        /// What the provider asked for, in milliseconds from now.
        after_ms: Option<i64>,
        /// What it covers.
        scope: Scope,
    },
    /// The daily allowance is used up.
    QuotaDay,
    /// The short-lived credential expired.
    AuthRefresh,
    /// Key, certificate, topic or permission is wrong.
    ChannelFatal,
    /// This message is malformed or too large.
    PayloadRejected,
    /// Accepted, but merged by the provider on purpose.
    Collapsed,
}

impl Outcome {
    /// The word of the contract, as reports and counters carry it.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Accepted { .. } => "Accepted",
            Self::TokenInvalid { .. } => "TokenInvalid",
            Self::TokenMismatch => "TokenMismatch",
            Self::Retry { .. } => "Retry",
            Self::Throttled { .. } => "Throttled",
            Self::QuotaDay => "QuotaDay",
            Self::AuthRefresh => "AuthRefresh",
            Self::ChannelFatal => "ChannelFatal",
            Self::PayloadRejected => "PayloadRejected",
            Self::Collapsed => "Collapsed",
        }
    }
}

/// Whether the provider was reached at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// It answered.
    Answered,
    /// The link broke while a request was under way: it may or may not have been taken.
    Lost,
    /// No link could be made: the fault is the channel's, and no message pays for it.
    Unreachable,
}

/// A provider's answer, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// What it means.
    pub outcome: Outcome,
    /// The provider's own words, for people.
    pub reason: String,
    /// Whether the provider was reached.
    pub reach: Reach,
}

impl Answer {
    /// An answer that came from the provider.
    pub fn new(outcome: Outcome, reason: impl Into<String>) -> Self {
        Self { outcome, reason: reason.into(), reach: Reach::Answered }
    }

    /// No link could be made.
    pub fn unreachable(reason: impl Into<String>) -> Self {
        Self { outcome: Outcome::Retry { after_ms: None }, reason: reason.into(), reach: Reach::Unreachable }
    }

    /// The link broke under way.
    pub fn lost(reason: impl Into<String>) -> Self {
        Self { outcome: Outcome::Retry { after_ms: None }, reason: reason.into(), reach: Reach::Lost }
    }
}

/// Delays between attempts: exponential with full jitter, per provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// No delay is shorter, milliseconds.
    pub floor_ms: i64,
    /// First jitter window, milliseconds; doubles with each attempt.
    pub first_ms: i64,
    /// No delay is longer, milliseconds.
    pub ceiling_ms: i64,
    /// A push older than this is not retried, milliseconds.
    pub give_up_ms: Option<i64>,
    /// How long a throttle without `Retry-After` lasts, milliseconds.
    pub throttle_ms: i64,
}

impl Backoff {
    /// Section 1.6: first delay 1 s, factor 2, ceiling 15 min.
    pub const APNS: Self = Self { floor_ms: 0, first_ms: 1_000, ceiling_ms: 900_000, give_up_ms: None, throttle_ms: 1_000 };
    /// Section 2.4: first delay at least 10 s, factor 2, ceiling and total age 60 min; 60 s for a throttle without `Retry-After`.
    pub const FCM: Self =
        Self { floor_ms: 10_000, first_ms: 10_000, ceiling_ms: 3_600_000, give_up_ms: Some(3_600_000), throttle_ms: 60_000 };

    /// The delay after `attempts` failed ones (from 1).
    pub fn delay_ms(&self, attempts: u32, rng: &mut impl Rng) -> i64 {
        let window = self.first_ms.saturating_mul(1_i64 << attempts.saturating_sub(1).min(30)).min(self.ceiling_ms);
        (self.floor_ms + rng.random_range(0..=window)).min(self.ceiling_ms)
    }
}

/// What becomes of the message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MessageStep {
    /// It is Sent.
    Done,
    /// It is Failed and not tried again.
    Drop,
    /// It waits until this wall clock moment, milliseconds.
    Again {
        /// Wall clock milliseconds.
        due_at_ms: i64,
        /// Whether this try counts as an attempt.
        counts: bool,
    },
    /// Renew the credential and send again at once.
    Renew,
}

/// What becomes of the device token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenStep {
    /// Nothing.
    Keep,
    /// It works.
    Good,
    /// It is dead, unless registered after this wall clock moment.
    Invalidate {
        /// Wall clock milliseconds.
        since_ms: Option<i64>,
    },
    /// It is held aside, not deleted (section 0.1).
    Quarantine,
    /// Nothing goes to it until then, wall clock milliseconds.
    Hold {
        /// Wall clock milliseconds.
        until_ms: i64,
    },
}

/// What becomes of the channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChannelStep {
    /// Nothing.
    Keep,
    /// It works.
    Healthy,
    /// One more failure in a row for the circuit breaker.
    Strike,
    /// It rests until then, wall clock milliseconds.
    Pause {
        /// Wall clock milliseconds.
        until_ms: i64,
    },
    /// It stops, is reported, and is probed at intervals.
    Fatal,
}

/// Everything that follows from one answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// For the message.
    pub message: MessageStep,
    /// For the token.
    pub token: TokenStep,
    /// For the channel.
    pub channel: ChannelStep,
}

/// What is known of a push when its answer is judged. Moments are wall clock milliseconds.
#[derive(Clone, Copy, Debug)]
pub struct Attempt {
    /// Now.
    pub now_ms: i64,
    /// When the push came to the ledger.
    pub received_at_ms: i64,
    /// When it is worth nothing any more.
    pub expires_at_ms: i64,
    /// When the provider's next day begins.
    pub next_day_ms: i64,
    /// Attempts that counted, this one included.
    pub attempts: u32,
    /// Whether the credential was renewed for this very try.
    pub renewed: bool,
}

/// The table of section 0: what an answer means for message, token and channel.
pub fn judge(answer: &Answer, attempt: Attempt, backoff: Backoff, rng: &mut impl Rng) -> Verdict {
    let now = attempt.now_ms;
    // A provider's wait is a lower bound: jitter is only added.
    let mut asked = |after_ms: i64| now.saturating_add(after_ms.max(0)).saturating_add(rng.random_range(0..=250));
    let verdict = |message, token, channel| Verdict { message, token, channel };
    match &answer.outcome {
        Outcome::Accepted { .. } => verdict(MessageStep::Done, TokenStep::Good, ChannelStep::Healthy),
        Outcome::Collapsed => verdict(MessageStep::Done, TokenStep::Keep, ChannelStep::Keep),
        Outcome::TokenInvalid { since_ms } => {
            verdict(MessageStep::Drop, TokenStep::Invalidate { since_ms: *since_ms }, ChannelStep::Keep)
        }
        Outcome::TokenMismatch => verdict(MessageStep::Drop, TokenStep::Quarantine, ChannelStep::Keep),
        Outcome::PayloadRejected => verdict(MessageStep::Drop, TokenStep::Keep, ChannelStep::Keep),
        Outcome::Retry { after_ms } => {
            let counts = answer.reach != Reach::Unreachable;
            let due_at_ms = match after_ms {
                Some(after_ms) => asked(*after_ms),
                None if counts => now + backoff.delay_ms(attempt.attempts, rng),
                None => now,
            };
            verdict(again(attempt, backoff, due_at_ms, counts), TokenStep::Keep, ChannelStep::Strike)
        }
        Outcome::Throttled { after_ms, scope } => {
            let until_ms = asked(after_ms.unwrap_or(backoff.throttle_ms));
            let counts = *scope == Scope::Device;
            let due_at_ms = match after_ms {
                None if counts => until_ms.max(now + backoff.delay_ms(attempt.attempts, rng)),
                _ => until_ms,
            };
            let message = again(attempt, backoff, due_at_ms, counts);
            match scope {
                Scope::Device => verdict(message, TokenStep::Hold { until_ms: due_at_ms }, ChannelStep::Keep),
                Scope::App | Scope::Project => verdict(message, TokenStep::Keep, ChannelStep::Pause { until_ms }),
            }
        }
        Outcome::QuotaDay => {
            let until_ms = attempt.next_day_ms;
            verdict(again(attempt, backoff, until_ms, false), TokenStep::Keep, ChannelStep::Pause { until_ms })
        }
        Outcome::AuthRefresh if !attempt.renewed => verdict(MessageStep::Renew, TokenStep::Keep, ChannelStep::Keep),
        Outcome::AuthRefresh | Outcome::ChannelFatal => {
            verdict(again(attempt, backoff, now, false), TokenStep::Keep, ChannelStep::Fatal)
        }
    }
}

/// A retry past the push's end is none (section 0.2).
fn again(attempt: Attempt, backoff: Backoff, due_at_ms: i64, counts: bool) -> MessageStep {
    let too_old = counts && backoff.give_up_ms.is_some_and(|age_ms| due_at_ms.saturating_sub(attempt.received_at_ms) > age_ms);
    if due_at_ms >= attempt.expires_at_ms || too_old { MessageStep::Drop } else { MessageStep::Again { due_at_ms, counts } }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{SeedableRng, rngs::StdRng};
    use rstest::rstest;

    const NOW: i64 = 1_700_000_000_000;

    fn attempt() -> Attempt {
        Attempt {
            now_ms: NOW,
            received_at_ms: NOW - 5,
            expires_at_ms: NOW + 86_400_000,
            next_day_ms: NOW + 3_600_000,
            attempts: 1,
            renewed: false,
        }
    }

    fn run(outcome: Outcome) -> Verdict {
        judge(&Answer::new(outcome, ""), attempt(), Backoff::APNS, &mut StdRng::seed_from_u64(1))
    }

    #[rstest]
    #[case(Outcome::Accepted { id: None }, MessageStep::Done, TokenStep::Good, ChannelStep::Healthy)]
    #[case(Outcome::Collapsed, MessageStep::Done, TokenStep::Keep, ChannelStep::Keep)]
    #[case(Outcome::TokenInvalid { since_ms: Some(7) }, MessageStep::Drop, TokenStep::Invalidate { since_ms: Some(7) }, ChannelStep::Keep)]
    #[case(Outcome::TokenMismatch, MessageStep::Drop, TokenStep::Quarantine, ChannelStep::Keep)]
    #[case(Outcome::PayloadRejected, MessageStep::Drop, TokenStep::Keep, ChannelStep::Keep)]
    #[case(Outcome::AuthRefresh, MessageStep::Renew, TokenStep::Keep, ChannelStep::Keep)]
    #[case(Outcome::ChannelFatal, MessageStep::Again { due_at_ms: NOW, counts: false }, TokenStep::Keep, ChannelStep::Fatal)]
    #[case(Outcome::QuotaDay, MessageStep::Again { due_at_ms: NOW + 3_600_000, counts: false }, TokenStep::Keep, ChannelStep::Pause { until_ms: NOW + 3_600_000 })]
    fn each_outcome_has_its_row(
        #[case] outcome: Outcome,
        #[case] message: MessageStep,
        #[case] token: TokenStep,
        #[case] channel: ChannelStep,
    ) {
        assert_eq!(run(outcome), Verdict { message, token, channel });
    }

    #[test]
    fn a_second_expired_credential_in_a_row_stops_the_channel() {
        let verdict = judge(
            &Answer::new(Outcome::AuthRefresh, ""),
            Attempt { renewed: true, ..attempt() },
            Backoff::APNS,
            &mut StdRng::seed_from_u64(1),
        );
        assert_eq!(verdict.channel, ChannelStep::Fatal);
        assert_eq!(verdict.message, MessageStep::Again { due_at_ms: NOW, counts: false }, "the message stays queued");
    }

    #[test]
    fn a_wait_that_the_provider_asked_for_is_a_lower_bound() {
        for seed in 0..200 {
            let mut rng = StdRng::seed_from_u64(seed);
            for outcome in [
                Outcome::Retry { after_ms: Some(30_000) },
                Outcome::Throttled { after_ms: Some(30_000), scope: Scope::Device },
                Outcome::Throttled { after_ms: Some(30_000), scope: Scope::Project },
            ] {
                let verdict = judge(&Answer::new(outcome, ""), attempt(), Backoff::FCM, &mut rng);
                let MessageStep::Again { due_at_ms, .. } = verdict.message else { panic!("{verdict:?}") };
                assert!((NOW + 30_000..=NOW + 30_250).contains(&due_at_ms));
            }
        }
    }

    #[test]
    fn a_device_throttle_holds_the_device_and_a_project_throttle_the_channel() {
        let device = run(Outcome::Throttled { after_ms: Some(1_000), scope: Scope::Device });
        assert!(matches!(device.token, TokenStep::Hold { .. }) && device.channel == ChannelStep::Keep);
        let project = run(Outcome::Throttled { after_ms: None, scope: Scope::Project });
        assert!(matches!(project.channel, ChannelStep::Pause { .. }) && project.token == TokenStep::Keep);
    }

    #[test]
    fn a_retry_past_the_expiry_is_a_drop() {
        let verdict = judge(
            &Answer::new(Outcome::Retry { after_ms: Some(90_000_000) }, ""),
            attempt(),
            Backoff::APNS,
            &mut StdRng::seed_from_u64(1),
        );
        assert_eq!(verdict.message, MessageStep::Drop);
        let old = Attempt { received_at_ms: NOW - 3_600_000, ..attempt() };
        let verdict = judge(&Answer::new(Outcome::Retry { after_ms: None }, ""), old, Backoff::FCM, &mut StdRng::seed_from_u64(1));
        assert_eq!(verdict.message, MessageStep::Drop, "FCM gives up after 60 minutes");
    }

    #[test]
    fn an_unreachable_provider_costs_no_attempt() {
        let verdict = judge(&Answer::unreachable("no route"), attempt(), Backoff::APNS, &mut StdRng::seed_from_u64(1));
        assert_eq!(verdict.message, MessageStep::Again { due_at_ms: NOW, counts: false });
        assert_eq!(verdict.channel, ChannelStep::Strike);
    }

    #[test]
    fn delays_grow_to_the_ceiling_and_start_where_the_provider_says() {
        let mut rng = StdRng::seed_from_u64(3);
        for attempts in 1..80 {
            let apns = Backoff::APNS.delay_ms(attempts, &mut rng);
            assert!((0..=900_000).contains(&apns));
            assert!((10_000..=3_600_000).contains(&Backoff::FCM.delay_ms(attempts, &mut rng)));
        }
        assert!((0..200).any(|_| Backoff::APNS.delay_ms(20, &mut rng) > 600_000));
    }
}
