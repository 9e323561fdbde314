//! One `Range` of a file (RFC 9110 section 14). Several are answered with the whole, which a client must take.

/// What part of a file is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// Everything.
    Whole,
    /// From a byte on, so many.
    Some {
        /// First byte.
        from: u64,
        /// How many.
        length: u64,
    },
    /// None of its bytes.
    Outside,
}

/// Reads the header; what it does not understand is as if it were not there.
pub(super) fn part(header: Option<&str>, size: u64) -> Part {
    let Some((first, last)) =
        header.and_then(|text| text.trim().strip_prefix("bytes=")).and_then(|range| range.trim().split_once('-'))
    else {
        return Part::Whole;
    };
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number(first) || !is_number(last) {
        return Part::Whole;
    }
    // A number that is too large is behind every end.
    let number = |text: &str| text.parse::<u64>().unwrap_or(u64::MAX);
    match (first.is_empty(), last.is_empty()) {
        (true, true) => Part::Whole,
        (true, false) => match number(last).min(size) {
            0 => Part::Outside,
            length => Part::Some { from: size - length, length },
        },
        (false, _) => {
            let from = number(first);
            let end = if last.is_empty() { u64::MAX } else { number(last) };
            if end < from {
                return Part::Whole;
            }
            match from < size {
                true => Part::Some { from, length: end.min(size - 1) - from + 1 },
                false => Part::Outside,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(None, Part::Whole)]
    #[case(Some("bytes=0-0"), Part::Some { from: 0, length: 1 })]
    #[case(Some("bytes=2-4"), Part::Some { from: 2, length: 3 })]
    #[case(Some("bytes=2-"), Part::Some { from: 2, length: 8 })]
    #[case(Some("bytes=2-99"), Part::Some { from: 2, length: 8 })]
    #[case(Some("bytes=-3"), Part::Some { from: 7, length: 3 })]
    #[case(Some("bytes=-99"), Part::Some { from: 0, length: 10 })]
    #[case(Some("bytes=0-99999999999999999999999"), Part::Some { from: 0, length: 10 })]
    #[case(Some("bytes=10-"), Part::Outside)]
    #[case(Some("bytes=-0"), Part::Outside)]
    #[case(Some("bytes=99999999999999999999999-"), Part::Outside)]
    #[case(Some("bytes=4-2"), Part::Whole)]
    #[case(Some("bytes=-"), Part::Whole)]
    #[case(Some("bytes=0-1,4-5"), Part::Whole)]
    #[case(Some("lines=0-1"), Part::Whole)]
    #[case(Some("bytes=+1-2"), Part::Whole)]
    fn a_range_of_ten_bytes(#[case] header: Option<&str>, #[case] wanted: Part) {
        assert_eq!(part(header, 10), wanted);
    }
}
