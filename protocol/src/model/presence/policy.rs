use serde::{Deserialize, Serialize};

use super::Platform;

/// Which of a person's devices may be logged in together (`contract/client-semantics.md` section 1.3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LoginPolicy {
    /// One device.
    Single,
    /// Web and one other.
    #[default]
    Dual,
    /// Web, one phone or tablet, one computer.
    Triple,
    /// Each platform.
    Multi,
}

/// A set of platforms that share their places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    Any,
    Web,
    Native,
    Mobile,
    Desktop,
    Each(Platform),
}

/// The product's table, one row per platform. A mini program is a Web instance, Linux counts with Windows and Mac.
#[rustfmt::skip]
const CLASSES: &[(Platform, /* single */ Class, /* dual */ Class, /* triple */ Class, /* multi */ Class)] = &[
    (Platform::Android,     Class::Any, Class::Native, Class::Mobile,  Class::Each(Platform::Android)),
    (Platform::IPhone,      Class::Any, Class::Native, Class::Mobile,  Class::Each(Platform::IPhone)),
    (Platform::IPad,        Class::Any, Class::Native, Class::Mobile,  Class::Each(Platform::IPad)),
    (Platform::Windows,     Class::Any, Class::Native, Class::Desktop, Class::Each(Platform::Windows)),
    (Platform::Mac,         Class::Any, Class::Native, Class::Desktop, Class::Each(Platform::Mac)),
    (Platform::Linux,       Class::Any, Class::Native, Class::Desktop, Class::Each(Platform::Linux)),
    (Platform::Web,         Class::Any, Class::Web,    Class::Web,     Class::Web),
    (Platform::MiniProgram, Class::Any, Class::Web,    Class::Web,     Class::Web),
];

fn class(policy: LoginPolicy, platform: Platform) -> Class {
    let row = &CLASSES[platform as usize];
    match policy {
        LoginPolicy::Single => row.1,
        LoginPolicy::Dual => row.2,
        LoginPolicy::Triple => row.3,
        LoginPolicy::Multi => row.4,
    }
}

/// How many logins a class holds: settings of an application.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Instances {
    /// Web instances, 1 to 10, in every edition; all but the policy `single`.
    pub web: u8,
    /// Instances of each native platform, 1 to 3, under the policy `multi` of edition Premium.
    pub native: u8,
}

impl Default for Instances {
    fn default() -> Self {
        Self { web: 1, native: 1 }
    }
}

impl Instances {
    fn of(self, class: Class) -> usize {
        match class {
            Class::Web => usize::from(self.web.clamp(1, 10)),
            Class::Each(_) => usize::from(self.native.clamp(1, 3)),
            Class::Any | Class::Native | Class::Mobile | Class::Desktop => 1,
        }
    }
}

/// Why a session was ended by the server, with its number on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "i64", into = "i64")]
pub enum KickType {
    /// Another instance of the same platform logged in.
    MultipleAccount = 1,
    /// Another platform logged in, and the policy allows one of them.
    MultipleDevice = 2,
    /// `im_open_login_svc.kick`, or the account was deleted.
    RestApi = 3,
}

impl KickType {
    /// 1, 2 or 3.
    pub const fn number(self) -> i64 {
        self as i64
    }

    /// The word of the JavaScript SDK's `KICKED_OUT` event.
    pub const fn name(self) -> &'static str {
        match self {
            Self::MultipleAccount => "multipleAccount",
            Self::MultipleDevice => "multipleDevice",
            Self::RestApi => "REST_API_Kick",
        }
    }
}

impl From<KickType> for i64 {
    fn from(kick: KickType) -> Self {
        kick.number()
    }
}

impl TryFrom<i64> for KickType {
    type Error = String;
    fn try_from(number: i64) -> Result<Self, String> {
        [Self::MultipleAccount, Self::MultipleDevice, Self::RestApi]
            .into_iter()
            .find(|kick| kick.number() == number)
            .ok_or_else(|| format!("unknown kick type {number}"))
    }
}

/// An interactive login that is in force: linked, or a phone that is away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Login<K> {
    /// The caller's key.
    pub key: K,
    /// What it runs on.
    pub platform: Platform,
    /// A number that rises with each login: the earliest goes first.
    pub order: u64,
}

/// Whom a new interactive login on `platform` displaces: the earliest of its class, until there is room for it.
/// `others` are the person's interactive logins without the new one and without an older link of the same install.
pub fn displaced<K: Copy>(
    policy: LoginPolicy,
    instances: Instances,
    others: &[Login<K>],
    platform: Platform,
) -> Vec<(K, KickType)> {
    let class_of_new = class(policy, platform);
    let mut same_class: Vec<&Login<K>> = others.iter().filter(|login| class(policy, login.platform) == class_of_new).collect();
    same_class.sort_by_key(|login| login.order);
    let surplus = (same_class.len() + 1).saturating_sub(instances.of(class_of_new));
    let kick = |login: &&Login<K>| {
        let kick = if login.platform == platform { KickType::MultipleAccount } else { KickType::MultipleDevice };
        (login.key, kick)
    };
    same_class.iter().take(surplus).map(kick).collect()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::{CLASSES, Instances, KickType, Login, LoginPolicy, displaced};
    use crate::model::presence::Platform::{self, Android, IPad, IPhone, Linux, Mac, MiniProgram, Web, Windows};

    fn others(platforms: &[Platform]) -> Vec<Login<usize>> {
        platforms.iter().enumerate().map(|(key, platform)| Login { key, platform: *platform, order: key as u64 }).collect()
    }

    #[test]
    fn the_table_has_a_row_for_each_platform_in_order() {
        assert!(CLASSES.iter().map(|row| row.0).eq(Platform::all()));
    }

    #[rstest]
    #[case(LoginPolicy::Single, &[Web], Android, &[(0, KickType::MultipleDevice)])]
    #[case(LoginPolicy::Single, &[Web], Web, &[(0, KickType::MultipleAccount)])]
    #[case(LoginPolicy::Dual, &[Web, Linux], Linux, &[(1, KickType::MultipleAccount)])]
    #[case(LoginPolicy::Dual, &[Web, Linux], IPhone, &[(1, KickType::MultipleDevice)])]
    #[case(LoginPolicy::Dual, &[Web, Linux], MiniProgram, &[(0, KickType::MultipleDevice)])]
    #[case(LoginPolicy::Triple, &[Web, Android, Windows], Linux, &[(2, KickType::MultipleDevice)])]
    #[case(LoginPolicy::Triple, &[Web, Android, Windows], IPad, &[(1, KickType::MultipleDevice)])]
    #[case(LoginPolicy::Multi, &[Web, Android, IPhone, IPad, Windows, Mac], Linux, &[])]
    #[case(LoginPolicy::Multi, &[Web, Android], Android, &[(1, KickType::MultipleAccount)])]
    fn a_new_login_displaces_its_class(
        #[case] policy: LoginPolicy,
        #[case] there: &[Platform],
        #[case] new: Platform,
        #[case] kicked: &[(usize, KickType)],
    ) {
        assert_eq!(displaced(policy, Instances::default(), &others(there), new), kicked);
    }

    #[test]
    fn the_earliest_goes_until_there_is_room() {
        let instances = Instances { web: 3, native: 3 };
        assert_eq!(displaced(LoginPolicy::Dual, instances, &others(&[Web, Web]), Web), []);
        let mut three = others(&[Web, Web, Web]);
        three.reverse();
        assert_eq!(displaced(LoginPolicy::Dual, instances, &three, Web), [(0, KickType::MultipleAccount)]);
        let five = others(&[Web, Web, Web, Web, Web]);
        let kicked: Vec<_> = displaced(LoginPolicy::Dual, instances, &five, Web).into_iter().map(|(key, _)| key).collect();
        assert_eq!(kicked, [0, 1, 2]);
        assert_eq!(displaced(LoginPolicy::Multi, instances, &others(&[Mac, Mac]), Mac), []);
        assert_eq!(displaced(LoginPolicy::Dual, instances, &others(&[Mac]), Mac).len(), 1);
    }

    #[test]
    fn kick_types_have_the_numbers_of_the_wire() {
        assert_eq!(serde_json::to_string(&KickType::RestApi).unwrap(), "3");
        assert_eq!(serde_json::from_str::<KickType>("1").unwrap(), KickType::MultipleAccount);
        assert!(serde_json::from_str::<KickType>("4").is_err());
    }
}
