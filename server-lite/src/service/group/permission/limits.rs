//! How many: members, groups, groups per user. The numbers per edition are the plan table of `tern_protocol::limits::Edition`
//! (`contract/rest-api.md` section 11, `contract/product-requirements.md` 15.5), raised by the application's settings.

use crate::application::Application;
use tern_protocol::limits::Edition;
use tern_protocol::model::group::GroupKind;

/// A limit of members; 0: none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Members {
    /// What a new group has unless it asks for less.
    pub(crate) default: u64,
    /// What a group may be set to.
    pub(crate) most: u64,
}

/// Members of a group of a type.
pub(crate) fn members(app: &Application, kind: GroupKind) -> Members {
    let plan = app.limits();
    match kind {
        // Developer 20; Standard 200, to 2,000; Premium 2,000, to 6,000.
        GroupKind::Work | GroupKind::Public | GroupKind::Meeting => {
            Members { default: u64::from(plan.group_members), most: u64::from(plan.group_members_paid) }
        }
        GroupKind::AvChatRoom => Members { default: 0, most: 0 },
        // Premium alone: 100,000.
        GroupKind::Community => Members { default: u64::from(plan.community_members), most: u64::from(plan.community_members) },
    }
}

/// Whether a type can be made at all: communities need the switch and the plan.
pub(crate) fn is_offered(app: &Application, kind: GroupKind) -> bool {
    kind != GroupKind::Community || (app.settings.features.community && app.limits().communities > 0)
}

/// What of existing groups is counted against which number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Count {
    /// All types together (10058).
    All(u32),
    /// AVChatRooms (10036).
    LiveRooms(u32),
    /// Communities (10058).
    Communities(u32),
}

/// Which numbers of existing groups one more of a type must keep.
pub(crate) fn existing(app: &Application, kind: GroupKind) -> Vec<Count> {
    let plan = app.limits();
    let mut counts = Vec::new();
    counts.extend(plan.groups.map(Count::All));
    match kind {
        GroupKind::AvChatRoom => counts.extend(plan.av_chat_rooms.map(Count::LiveRooms)),
        GroupKind::Community => counts.push(Count::Communities(plan.communities)),
        GroupKind::Work | GroupKind::Public | GroupKind::Meeting => {}
    }
    counts
}

/// Net new groups a day (10006); `None`: not limited. Communities are counted apart, and Developer has its 100.
pub(crate) fn net_growth(app: &Application, kind: GroupKind) -> Option<i64> {
    let counted = kind != GroupKind::Community && app.edition != Edition::Developer;
    counted.then_some(i64::from(app.settings.groups.new_groups_per_day))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::application::{AppSettings, Features};
    use rstest::rstest;
    use tern_protocol::SdkAppId;
    use tern_protocol::model::group::GroupKind::{AvChatRoom, Community, Meeting, Public, Work};

    fn app(edition: Edition) -> Application {
        let settings = AppSettings { features: Features::all_paid(), ..AppSettings::default() };
        Application { id: SdkAppId(1), name: String::new(), edition, created_at: 0, settings }
    }

    #[rstest]
    #[case(Edition::Developer, Work, 20, 20)]
    #[case(Edition::Developer, Public, 20, 20)]
    #[case(Edition::Developer, Meeting, 20, 20)]
    #[case(Edition::Standard, Work, 200, 2_000)]
    #[case(Edition::Standard, Public, 200, 2_000)]
    #[case(Edition::Standard, Meeting, 200, 2_000)]
    #[case(Edition::Premium, Work, 2_000, 6_000)]
    #[case(Edition::Premium, Public, 2_000, 6_000)]
    #[case(Edition::Premium, Meeting, 2_000, 6_000)]
    #[case(Edition::Premium, Community, 100_000, 100_000)]
    #[case(Edition::Developer, AvChatRoom, 0, 0)]
    #[case(Edition::Standard, AvChatRoom, 0, 0)]
    #[case(Edition::Premium, AvChatRoom, 0, 0)]
    fn members_per_edition(#[case] edition: Edition, #[case] kind: GroupKind, #[case] default: u64, #[case] most: u64) {
        assert_eq!(members(&app(edition), kind), Members { default, most });
    }

    #[rstest]
    #[case(Edition::Developer, Work, true, vec![Count::All(100)], None)]
    #[case(Edition::Developer, AvChatRoom, true, vec![Count::All(100), Count::LiveRooms(10)], None)]
    #[case(Edition::Developer, Community, false, vec![Count::All(100), Count::Communities(0)], None)]
    #[case(Edition::Standard, Public, true, vec![], Some(10_000))]
    #[case(Edition::Standard, AvChatRoom, true, vec![Count::LiveRooms(50)], Some(10_000))]
    #[case(Edition::Standard, Community, false, vec![Count::Communities(0)], None)]
    #[case(Edition::Premium, Meeting, true, vec![], Some(10_000))]
    #[case(Edition::Premium, AvChatRoom, true, vec![], Some(10_000))]
    #[case(Edition::Premium, Community, true, vec![Count::Communities(100_000)], None)]
    fn groups_per_edition(
        #[case] edition: Edition,
        #[case] kind: GroupKind,
        #[case] offered: bool,
        #[case] counts: Vec<Count>,
        #[case] growth: Option<i64>,
    ) {
        let app = app(edition);
        assert_eq!((is_offered(&app, kind), existing(&app, kind), net_growth(&app, kind)), (offered, counts, growth));
    }

    #[rstest]
    #[case(Edition::Developer, 50, 50)]
    #[case(Edition::Standard, 500, 1_000)]
    #[case(Edition::Premium, 3_000, 3_000)]
    fn groups_per_user(#[case] edition: Edition, #[case] default: u32, #[case] most: u32) {
        let mut app = app(edition);
        assert_eq!(app.limits().groups_per_user, default);
        app.settings.groups.groups_per_user = Some(1_000_000);
        assert_eq!(app.limits().groups_per_user, most);
    }

    #[test]
    fn standard_buys_any_number_of_live_rooms_and_developer_does_not() {
        for (edition, left) in [(Edition::Standard, None), (Edition::Developer, Some(10))] {
            let mut app = app(edition);
            app.settings.groups.live_rooms = Some(0);
            assert_eq!(app.limits().av_chat_rooms, left);
        }
    }
}
