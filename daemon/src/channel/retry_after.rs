//! `Retry-After` in both forms: seconds, and an HTTP date.

use hyper::header::{HeaderMap, RETRY_AFTER};

/// Longer waits are not believed: a push is worth nothing by then.
const MOST_SECONDS: i64 = 7 * 24 * 3600;

/// Milliseconds from now that the provider asks to wait.
pub(crate) fn read_ms(headers: &HeaderMap, now_ms: i64) -> Option<i64> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let wait_ms = match text.parse::<i64>() {
        Ok(seconds) => seconds.clamp(0, MOST_SECONDS) * 1000,
        Err(_) => {
            let moment = jiff::fmt::rfc2822::parse(text).ok()?.timestamp().as_millisecond();
            moment.saturating_sub(now_ms).clamp(0, MOST_SECONDS * 1000)
        }
    };
    Some(wait_ms)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    const NOW: i64 = 1_700_000_000_000; // Tue, 14 Nov 2023 22:13:20 GMT

    #[rstest]
    #[case("30", Some(30_000))]
    #[case("0", Some(0))]
    #[case("-5", Some(0))]
    #[case("99999999999", Some(604_800_000))]
    #[case("Tue, 14 Nov 2023 22:15:20 GMT", Some(120_000))]
    #[case("Tue, 14 Nov 2023 22:00:00 GMT", Some(0))]
    #[case("soon", None)]
    fn both_forms_are_read(#[case] text: &str, #[case] wait_ms: Option<i64>) {
        let headers = HeaderMap::from_iter([(RETRY_AFTER, text.parse().unwrap())]);
        assert_eq!(read_ms(&headers, NOW), wait_ms);
    }

    #[test]
    fn no_header_is_no_wish() {
        assert_eq!(read_ms(&HeaderMap::new(), NOW), None);
    }
}
