//! Moments as a person reads them.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

fn zoned(time_s: i64, zone: &TimeZone) -> Option<Zoned> {
    Timestamp::from_second(time_s).ok().map(|moment| moment.to_zoned(zone.clone()))
}

/// The day of a moment.
pub(crate) fn date(time_s: i64, zone: &TimeZone) -> Date {
    zoned(time_s, zone).map_or(Date::ZERO, |moment| moment.date())
}

/// `14:02`.
pub(crate) fn clock(time_s: i64, zone: &TimeZone) -> String {
    zoned(time_s, zone).map_or_else(String::new, |moment| format!("{:02}:{:02}", moment.hour(), moment.minute()))
}

fn days_ago(day: Date, today: Date) -> Option<i32> {
    today.since(day).ok().map(|span| span.get_days())
}

/// A day as a heading: `Today`, `Yesterday`, `Tuesday 24 November`, with the year when it is another one.
pub(crate) fn day(time_s: i64, now_s: i64, zone: &TimeZone) -> String {
    let (day, today) = (date(time_s, zone), date(now_s, zone));
    match days_ago(day, today) {
        Some(0) => "Today".into(),
        Some(1) => "Yesterday".into(),
        _ if day.year() == today.year() => day.strftime("%A %-d %B").to_string(),
        _ => day.strftime("%A %-d %B %Y").to_string(),
    }
}

/// A moment in the list: `14:02`, `Yesterday`, `Tue`, `24 Nov`, `2025-11-24`.
pub(crate) fn short(time_s: i64, now_s: i64, zone: &TimeZone) -> String {
    if time_s <= 0 {
        return String::new();
    }
    let (day, today) = (date(time_s, zone), date(now_s, zone));
    match days_ago(day, today) {
        Some(0) => clock(time_s, zone),
        Some(1) => "Yesterday".into(),
        Some(2..=6) => day.strftime("%a").to_string(),
        _ if day.year() == today.year() => day.strftime("%-d %b").to_string(),
        _ => day.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    /// 2026-11-24 14:02:00 UTC, a Tuesday.
    const NOW_S: i64 = 1_795_528_920;

    #[rstest]
    #[case(0, "14:02", "Today")]
    #[case(24, "Yesterday", "Yesterday")]
    #[case(3 * 24, "Sat", "Saturday 21 November")]
    #[case(30 * 24, "25 Oct", "Sunday 25 October")]
    #[case(365 * 24, "2025-11-24", "Monday 24 November 2025")]
    fn moments_read_well(#[case] hours_ago: i64, #[case] in_list: &str, #[case] heading: &str) {
        let time_s = NOW_S - hours_ago * 3600;
        assert_eq!(short(time_s, NOW_S, &TimeZone::UTC), in_list);
        assert_eq!(day(time_s, NOW_S, &TimeZone::UTC), heading);
    }

    #[test]
    fn a_day_is_the_readers_own() {
        let zone = TimeZone::fixed(jiff::tz::offset(10));
        assert_eq!(clock(NOW_S, &zone), "00:02");
        assert_eq!(day(NOW_S - 3600, NOW_S, &zone), "Yesterday");
    }
}
