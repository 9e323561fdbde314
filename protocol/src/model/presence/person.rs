use std::collections::BTreeMap;

use super::{Change, Device, Due, Input, LoginMode, Moment, Platform, Reason, Status};

/// Whether a live link of mode `push` shows its person as PushOnline: an application's switch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PushLinks {
    /// It does.
    #[default]
    Shown,
    /// It counts for nothing, as in the cloud, which has no such client.
    Hidden,
}

/// What happened to a person through one device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PersonChange {
    /// The person before.
    pub from: Status,
    /// The person after; equal to `from` when another device kept the status.
    pub to: Status,
    /// The device's own change.
    pub device: Change,
}

/// A person's devices by the key that the caller gives them (an instance id). Devices that nothing reaches are forgotten.
#[derive(Clone, Debug)]
pub struct Person<K> {
    devices: BTreeMap<K, Device>,
    push_links: PushLinks,
    logged_out: bool,
}

impl<K: Ord + Copy> Person<K> {
    /// Nobody has logged in yet.
    pub fn new(push_links: PushLinks) -> Self {
        Self { devices: BTreeMap::new(), push_links, logged_out: true }
    }

    /// The most reachable of the devices.
    pub fn status(&self) -> Status {
        self.devices.values().map(|device| self.counted(device)).max().unwrap_or_default()
    }

    /// `Status` of the client event `UserStatusList` (`contract/web-frames.md` section 2.11): 1 online, 2 not, 3 never logged in
    /// or logged out.
    pub fn number(&self) -> i32 {
        match (self.status(), self.devices.is_empty() && self.logged_out) {
            (Status::Online, _) => 1,
            (_, false) => 2,
            (_, true) => 3,
        }
    }

    /// Devices that count, with their own status, as `Detail` of `query_online_status` lists them.
    pub fn devices(&self) -> impl Iterator<Item = (K, &Device)> {
        self.devices.iter().map(|(key, device)| (*key, device))
    }

    /// Status per platform as REST names them, the most reachable device of each.
    pub fn by_platform(&self) -> BTreeMap<&'static str, Status> {
        let mut platforms = BTreeMap::new();
        for device in self.devices.values() {
            let status = self.counted(device);
            if status > Status::Offline {
                let entry = platforms.entry(device.platform().rest_name()).or_insert(status);
                *entry = status.max(*entry);
            }
        }
        platforms
    }

    /// A login on `key`; a device that was there (the same install) is replaced.
    pub fn log_in(&mut self, key: K, platform: Platform, mode: LoginMode, now: Moment) -> PersonChange {
        let from = self.status();
        let device = Device::logged_in(platform, mode, now);
        let to = device.status();
        let before = self.devices.insert(key, device).map_or(Status::Offline, |old| old.status());
        self.logged_out = false;
        PersonChange {
            from,
            to: self.status(),
            device: Change { from: before, to, reason: Reason::Register, unheard_since_wall_ms: None },
        }
    }

    /// A device out of a store, see [`Device::restored`].
    pub fn restore(&mut self, key: K, device: Device) {
        self.logged_out = false;
        self.devices.insert(key, device);
    }

    /// Applies what happened to one device; unknown keys are nobody's. `None`: nobody sees a difference.
    pub fn apply(&mut self, key: K, input: Input, now: Moment) -> Option<PersonChange> {
        let from = self.status();
        let device = self.devices.get_mut(&key)?;
        let change = device.apply(input, now);
        if device.due().is_none() {
            self.devices.remove(&key);
            self.logged_out = matches!(input, Input::LogOut) && self.devices.is_empty();
        }
        change.map(|device| PersonChange { from, to: self.status(), device })
    }

    /// Applies passed time to every device.
    pub fn pass_time(&mut self, now: Moment) -> Vec<(K, PersonChange)> {
        let keys: Vec<K> = self.devices.keys().copied().collect();
        keys.into_iter().filter_map(|key| Some((key, self.apply(key, Input::TimePassed, now)?))).collect()
    }

    /// When time next changes a device, on each face of the clock.
    pub fn due(&self) -> impl Iterator<Item = (K, Due)> {
        self.devices.iter().filter_map(|(key, device)| Some((*key, device.due()?)))
    }

    fn counted(&self, device: &Device) -> Status {
        match (device.mode(), self.push_links) {
            (LoginMode::Push, PushLinks::Hidden) => Status::Offline,
            _ => device.status(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Person, PushLinks};
    use crate::model::presence::{Input, LoginMode, Moment, PUSH_ONLINE_MS, Platform, Status};

    fn at(ms: i64) -> Moment {
        Moment { mono_ms: ms, wall_ms: 1_000_000 + ms }
    }

    #[test]
    fn a_person_is_as_reachable_as_the_best_device() {
        let mut person = Person::new(PushLinks::Shown);
        assert_eq!((person.status(), person.number()), (Status::Offline, 3));
        person.log_in(1, Platform::IPhone, LoginMode::Interactive, at(0));
        person.log_in(2, Platform::Web, LoginMode::Interactive, at(0));
        let phone_lost = person.apply(1, Input::LinkClosed, at(1)).unwrap();
        assert_eq!((phone_lost.from, phone_lost.to, phone_lost.device.to), (Status::Online, Status::Online, Status::PushOnline));
        assert_eq!(person.by_platform().into_iter().collect::<Vec<_>>(), [("Web", Status::Online), ("iPhone", Status::PushOnline)]);
        let page_closed = person.apply(2, Input::LinkClosed, at(2)).unwrap();
        assert_eq!((page_closed.from, page_closed.to), (Status::Online, Status::PushOnline));
        assert_eq!(person.number(), 2);
        let changes = person.pass_time(at(PUSH_ONLINE_MS));
        assert_eq!(changes.len(), 1);
        assert_eq!((person.status(), person.number(), person.due().count()), (Status::Offline, 2, 0));
    }

    #[test]
    fn a_logout_is_told_from_a_lost_link() {
        let mut person = Person::new(PushLinks::Shown);
        person.log_in(1, Platform::Linux, LoginMode::Interactive, at(0));
        person.apply(1, Input::LinkClosed, at(1));
        assert_eq!(person.number(), 2);
        person.log_in(1, Platform::Linux, LoginMode::Interactive, at(2));
        person.apply(1, Input::LogOut, at(3));
        assert_eq!(person.number(), 3);
    }

    #[test]
    fn side_logins_do_not_make_a_person_online() {
        for (push_links, expected) in [(PushLinks::Shown, Status::PushOnline), (PushLinks::Hidden, Status::Offline)] {
            let mut person = Person::new(push_links);
            person.log_in(1, Platform::Linux, LoginMode::Command, at(0));
            assert_eq!(person.status(), Status::Offline);
            person.log_in(2, Platform::Linux, LoginMode::Push, at(0));
            assert_eq!(person.status(), expected);
        }
    }

    #[test]
    fn a_command_whose_link_ends_is_forgotten() {
        let mut person = Person::new(PushLinks::Shown);
        person.log_in(1, Platform::Linux, LoginMode::Command, at(0));
        assert_eq!(person.apply(1, Input::LinkClosed, at(1)), None);
        assert_eq!(person.devices().count(), 0);
    }
}
