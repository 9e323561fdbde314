use super::{LoginMode, PUSH_ONLINE_MS, Platform, Status};
use crate::clock::Clock;

/// A moment on both faces of the clock: silence is measured on `mono_ms`, days away on `wall_ms`, because they outlive the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// [`Clock::mono_ms`].
    pub mono_ms: i64,
    /// [`Clock::wall_ms`].
    pub wall_ms: i64,
}

impl Moment {
    /// The clock's present.
    pub fn now(clock: &dyn Clock) -> Self {
        Self { mono_ms: clock.mono_ms(), wall_ms: clock.wall_ms() }
    }
}

/// What happens to a device after its login ([`Device::logged_in`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    /// Bytes came over its link: a heartbeat or anything else.
    Heard,
    /// Its link ended without a logout: closed, reset, or its server went away.
    LinkClosed,
    /// It logged out.
    LogOut,
    /// It was displaced by another login, or by REST.
    Kicked,
    /// Time passed; see [`Device::due`].
    TimePassed,
}

/// Why a status changed; the first four are the words of `contract/webhooks.md` section 3.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// A login.
    Register,
    /// A logout.
    Unregister,
    /// The link ended.
    LinkClose,
    /// Nothing was heard for too long.
    TimeOut,
    /// Displaced; the webhook tells of the login that displaced it instead.
    Kicked,
    /// PushOnline for 7 days without a login.
    Expired,
}

impl Reason {
    /// The word in events; the first four are `Info.Reason` of the state webhook.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Register => "Register",
            Self::Unregister => "Unregister",
            Self::LinkClose => "LinkClose",
            Self::TimeOut => "TimeOut",
            Self::Kicked => "Kicked",
            Self::Expired => "Expired",
        }
    }
}

/// How a device is connected: what a store must keep of it besides platform and mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Connection {
    /// A link is thought to live.
    Linked {
        /// When something was last heard.
        heard: Moment,
    },
    /// A phone without a link: pushes reach it.
    Away {
        /// Wall time, in milliseconds, at which it was last heard; the 7 days run from here.
        heard_wall_ms: i64,
    },
    /// Nothing reaches it.
    Gone,
}

/// When time alone changes a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// On [`Clock::mono_ms`].
    Mono(i64),
    /// On [`Clock::wall_ms`].
    Wall(i64),
}

/// A change of one device's status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// Before.
    pub from: Status,
    /// After.
    pub to: Status,
    /// Why.
    pub reason: Reason,
    /// Set when the link was lost by silence: nothing sent after this wall time is known to have arrived, so a phone is pushed it.
    pub unheard_since_wall_ms: Option<i64>,
}

/// One install that logged in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Device {
    platform: Platform,
    mode: LoginMode,
    connection: Connection,
}

impl Device {
    /// A device that logs in now.
    pub fn logged_in(platform: Platform, mode: LoginMode, now: Moment) -> Self {
        Self { platform, mode, connection: Connection::Linked { heard: now } }
    }

    /// A device from a store. Its link did not survive: [`Input::LinkClosed`] comes next if it was [`Connection::Linked`].
    pub fn restored(platform: Platform, mode: LoginMode, connection: Connection) -> Self {
        Self { platform, mode, connection }
    }

    /// What it runs on.
    pub fn platform(&self) -> Platform {
        self.platform
    }

    /// What its login was for.
    pub fn mode(&self) -> LoginMode {
        self.mode
    }

    /// Link or away.
    pub fn connection(&self) -> Connection {
        self.connection
    }

    /// What it adds to its person: a command adds nothing, a push link never more than PushOnline.
    pub fn status(&self) -> Status {
        match (self.mode, self.connection) {
            (LoginMode::Command, _) | (_, Connection::Gone) => Status::Offline,
            (LoginMode::Interactive, Connection::Linked { .. }) => Status::Online,
            (LoginMode::Push, Connection::Linked { .. }) | (_, Connection::Away { .. }) => Status::PushOnline,
        }
    }

    /// When [`Input::TimePassed`] would change something.
    pub fn due(&self) -> Option<Due> {
        match self.connection {
            Connection::Linked { heard } => Some(Due::Mono(heard.mono_ms + self.platform.silence_ms())),
            Connection::Away { heard_wall_ms } => Some(Due::Wall(heard_wall_ms + PUSH_ONLINE_MS)),
            Connection::Gone => None,
        }
    }

    /// Applies what happened; says how the status changed, if it did. A device that lost its link for any mode is told by
    /// [`Device::connection`], also where its status never counted.
    pub fn apply(&mut self, input: Input, now: Moment) -> Option<Change> {
        let from = self.status();
        let (next, reason) = self.next(input, now)?;
        let unheard_since_wall_ms = match (reason, self.connection) {
            (Reason::TimeOut, Connection::Linked { heard }) => Some(heard.wall_ms),
            _ => None,
        };
        self.connection = next;
        let to = self.status();
        (from != to).then_some(Change { from, to, reason, unheard_since_wall_ms })
    }

    fn next(&self, input: Input, now: Moment) -> Option<(Connection, Reason)> {
        use Connection::{Away, Gone, Linked};
        let without_link = |heard: Moment| match (self.mode, self.platform.stays_push_online()) {
            (LoginMode::Interactive, true) => Away { heard_wall_ms: heard.wall_ms },
            _ => Gone,
        };
        match (self.connection, input) {
            (Gone, _) => None,
            (Linked { .. } | Away { .. }, Input::LogOut) => Some((Gone, Reason::Unregister)),
            (Linked { .. } | Away { .. }, Input::Kicked) => Some((Gone, Reason::Kicked)),
            (Linked { .. }, Input::Heard) => Some((Linked { heard: now }, Reason::Register)),
            (Linked { heard }, Input::LinkClosed) => Some((without_link(heard), Reason::LinkClose)),
            (Linked { heard }, Input::TimePassed) => {
                let silent_ms = now.mono_ms - heard.mono_ms;
                (silent_ms >= self.platform.silence_ms()).then(|| (without_link(heard), Reason::TimeOut))
            }
            (Away { heard_wall_ms }, Input::TimePassed) => {
                (now.wall_ms - heard_wall_ms >= PUSH_ONLINE_MS).then_some((Gone, Reason::Expired))
            }
            // A link that is gone says nothing more.
            (Away { .. }, Input::Heard | Input::LinkClosed) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{Just, Strategy, any, prop_assert, prop_assert_eq, prop_oneof, proptest};
    use rstest::rstest;

    use super::{Change, Device, Due, Input, Moment, Reason};
    use crate::model::presence::{LoginMode, PUSH_ONLINE_MS, Platform, Status};

    const START: Moment = Moment { mono_ms: 5_000, wall_ms: 1_000_000 };

    fn after(ms: i64) -> Moment {
        Moment { mono_ms: START.mono_ms + ms, wall_ms: START.wall_ms + ms }
    }

    #[rstest]
    #[case(Platform::Android, Status::PushOnline)]
    #[case(Platform::IPhone, Status::PushOnline)]
    #[case(Platform::IPad, Status::PushOnline)]
    #[case(Platform::Windows, Status::Offline)]
    #[case(Platform::Mac, Status::Offline)]
    #[case(Platform::Linux, Status::Offline)]
    #[case(Platform::Web, Status::Offline)]
    #[case(Platform::MiniProgram, Status::Offline)]
    fn a_closed_link_leaves_phones_reachable_by_push(#[case] platform: Platform, #[case] to: Status) {
        let mut device = Device::logged_in(platform, LoginMode::Interactive, START);
        let change = device.apply(Input::LinkClosed, after(1)).unwrap();
        assert_eq!(change, Change { from: Status::Online, to, reason: Reason::LinkClose, unheard_since_wall_ms: None });
    }

    #[rstest]
    #[case(Platform::Android, 400_000, Status::PushOnline)]
    #[case(Platform::Linux, 400_000, Status::Offline)]
    #[case(Platform::Web, 60_000, Status::Offline)]
    #[case(Platform::MiniProgram, 60_000, Status::Offline)]
    fn silence_loses_a_link_at_its_very_moment(#[case] platform: Platform, #[case] silence_ms: i64, #[case] to: Status) {
        let mut device = Device::logged_in(platform, LoginMode::Interactive, START);
        device.apply(Input::Heard, after(120_000));
        assert_eq!(device.due(), Some(Due::Mono(after(120_000 + silence_ms).mono_ms)));
        assert_eq!(device.apply(Input::TimePassed, after(120_000 + silence_ms - 1)), None);
        let change = device.apply(Input::TimePassed, after(120_000 + silence_ms)).unwrap();
        assert_eq!((change.from, change.to, change.reason), (Status::Online, to, Reason::TimeOut));
        assert_eq!(change.unheard_since_wall_ms, Some(after(120_000).wall_ms));
    }

    #[test]
    fn a_phone_is_reachable_by_push_for_seven_days_from_when_it_was_heard() {
        let mut phone = Device::logged_in(Platform::IPhone, LoginMode::Interactive, START);
        phone.apply(Input::LinkClosed, after(50)).unwrap();
        assert_eq!(phone.due(), Some(Due::Wall(START.wall_ms + PUSH_ONLINE_MS)));
        assert_eq!(phone.apply(Input::TimePassed, after(PUSH_ONLINE_MS - 1)), None);
        let change = phone.apply(Input::TimePassed, after(PUSH_ONLINE_MS)).unwrap();
        assert_eq!((change.to, change.reason), (Status::Offline, Reason::Expired));
        assert_eq!(phone.due(), None);
    }

    #[rstest]
    #[case(Input::LogOut, Reason::Unregister)]
    #[case(Input::Kicked, Reason::Kicked)]
    fn a_phone_that_logged_out_or_was_displaced_gets_no_push(#[case] input: Input, #[case] reason: Reason) {
        for away in [false, true] {
            let mut phone = Device::logged_in(Platform::Android, LoginMode::Interactive, START);
            if away {
                phone.apply(Input::LinkClosed, after(1));
            }
            let change = phone.apply(input, after(2)).unwrap();
            assert_eq!((change.to, change.reason), (Status::Offline, reason));
        }
    }

    #[test]
    fn a_push_link_shows_push_online_and_a_command_shows_nothing() {
        let mut agent = Device::logged_in(Platform::Linux, LoginMode::Push, START);
        assert_eq!(agent.status(), Status::PushOnline);
        assert_eq!(agent.apply(Input::LinkClosed, after(1)).unwrap().to, Status::Offline);
        let mut command = Device::logged_in(Platform::Android, LoginMode::Command, START);
        assert_eq!(command.status(), Status::Offline);
        assert_eq!(command.apply(Input::LinkClosed, after(1)), None);
        assert_eq!(command.due(), None);
    }

    fn inputs() -> impl Strategy<Value = Vec<(Input, i64)>> {
        let input = prop_oneof![
            Just(Input::Heard),
            Just(Input::LinkClosed),
            Just(Input::LogOut),
            Just(Input::Kicked),
            Just(Input::TimePassed)
        ];
        proptest::collection::vec((input, 0_i64..PUSH_ONLINE_MS / 3), 0..30)
    }

    proptest! {
        #[test]
        fn a_device_never_comes_back_without_a_login_and_nothing_is_overdue(
            platform in any::<proptest::sample::Index>(), mode in any::<proptest::sample::Index>(), inputs in inputs()
        ) {
            let platforms: Vec<_> = Platform::all().collect();
            let mut device = Device::logged_in(
                *platform.get(&platforms), *mode.get(&[LoginMode::Interactive, LoginMode::Command, LoginMode::Push]), START);
            let mut at = 0;
            for (input, pause) in inputs {
                at += pause;
                let before = device.status();
                let change = device.apply(input, after(at));
                prop_assert!(device.status() <= before);
                prop_assert_eq!(change.map(|change| (change.from, change.to)), (before != device.status()).then_some((before, device.status())));
                device.apply(Input::TimePassed, after(at));
                match device.due() {
                    Some(Due::Mono(due)) => prop_assert!(due > after(at).mono_ms),
                    Some(Due::Wall(due)) => prop_assert!(due > after(at).wall_ms || device.apply(Input::TimePassed, after(at)).is_some()),
                    None => prop_assert_eq!(device.status(), Status::Offline),
                }
            }
        }
    }
}
