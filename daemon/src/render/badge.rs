//! The number on the app's icon.

/// `BadgeMode` 0: the receiver's unread total, this message counted. 1: the badge is left as it is.
pub(super) fn number(badge_mode: i64, unread_total: u64) -> Option<u64> {
    (badge_mode != 1).then_some(unread_total)
}
