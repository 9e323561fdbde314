//! `open_msg_svc.get_history`: an hour's messages as a file (`contract/rest-api.md` section 21). The file itself is made by
//! [`crate::history_file`], before the command is answered where that does not take long.

use super::message::view::Names;
use super::{AreaError, Context, Outcome};
use crate::store::TinyId;
use crate::store::conversation::Ends;
use crate::store::engine::{StoreError, Tx};
use crate::store::group;
use crate::store::history_file::{self as store, FileKey, FileRow, Places};
use crate::store::message::{self, Stored, flag};
use serde::Serialize;
use serde_json::value::RawValue;
use tern_protocol::api::history_file::{GetHistory, HistoryFile, HistoryFiles};
use tern_protocol::{ErrorCode, GroupId, SdkAppId, limits};

/// Seconds after its end at which an hour's file can be made.
pub(crate) const DUE_SECONDS: i64 = 300;
const HOUR: i64 = 3_600;
const DAY: i64 = 86_400;

/// Why there is no file.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HistoryFileError {
    /// A field has no possible value.
    #[error("{0} {1}")]
    Field(&'static str, &'static str),
    /// The hour is not over, its file is being made, or nobody said anything.
    #[error("the file is not made yet, or there are no messages in that hour")]
    NotMade,
    /// More than 7 days ago.
    #[error("files are kept for 7 days; this one has expired")]
    Expired,
    /// Below the rules.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl AreaError for HistoryFileError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Field(..) => ErrorCode::DOWNLOAD_BAD_PARAMETER_NOT_ADMIN,
            Self::NotMade => ErrorCode::DOWNLOAD_FILE_NOT_MADE_YET,
            Self::Expired => ErrorCode::DOWNLOAD_FILE_EXPIRED,
            Self::Store(_) => ErrorCode::DOWNLOAD_SYSTEM_ERROR,
        }
    }

    fn store(&self) -> Option<&StoreError> {
        match self {
            Self::Store(error) => Some(error),
            Self::Field(..) | Self::NotMade | Self::Expired => None,
        }
    }
}

/// The file that a request means, if it may be made or be there.
pub(crate) fn key_of(app: SdkAppId, request: &GetHistory, now: i64) -> Result<FileKey, HistoryFileError> {
    let of_groups = match request.chat_type.as_str() {
        "C2C" => false,
        "Group" => true,
        _ => return Err(HistoryFileError::Field("ChatType", "must be C2C or Group")),
    };
    let hour = parse_hour(&request.msg_time).ok_or(HistoryFileError::Field("MsgTime", "must be an hour as YYYYMMDDHH"))?;
    if now >= expire_time(hour) {
        return Err(HistoryFileError::Expired);
    }
    if now < hour + HOUR + DUE_SECONDS {
        return Err(HistoryFileError::NotMade);
    }
    Ok(FileKey { app, of_groups, hour })
}

/// Unix seconds at which an hour's file expires.
pub(crate) fn expire_time(hour: i64) -> i64 {
    hour + HOUR + limits::HISTORY_FILE_DAYS * DAY
}

/// `open_msg_svc.get_history`
pub(crate) fn get_history(tx: &Tx<'_>, cx: &Context, request: GetHistory) -> Result<Outcome<HistoryFiles>, HistoryFileError> {
    let key = key_of(cx.app.id, &request, cx.now_seconds())?;
    let row = store::get(tx, key)?.filter(|row| row.gzip_size > 0).ok_or(HistoryFileError::NotMade)?;
    let file = HistoryFile {
        url: address(&row),
        expire_time: date_text(row.expire_time),
        file_size: row.file_size,
        file_md5: row.file_md5,
        gzip_size: row.gzip_size,
        gzip_md5: row.gzip_md5,
    };
    Ok(Outcome::reply(HistoryFiles { files: vec![file] }))
}

/// A file's name on disk and in its address.
pub(crate) fn file_name(key: FileKey) -> String {
    format!("{}_{}.gz", chat_type(key), hour_text(key.hour))
}

/// The file that a name means.
pub(crate) fn key_of_name(app: SdkAppId, name: &str) -> Option<FileKey> {
    let (kind, hour) = name.strip_suffix(".gz")?.split_once('_')?;
    let of_groups = match kind {
        "C2C" => false,
        "Group" => true,
        _ => return None,
    };
    Some(FileKey { app, of_groups, hour: parse_hour(hour)? })
}

fn chat_type(key: FileKey) -> &'static str {
    if key.of_groups { "Group" } else { "C2C" }
}

fn signed_text(key: FileKey, expire_time: i64) -> String {
    format!("{}/{}?e={expire_time}", key.app, file_name(key))
}

fn address(row: &FileRow) -> String {
    let text = signed_text(row.key, row.expire_time);
    let signing = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, &row.secret);
    let tag = ring::hmac::sign(&signing, text.as_bytes());
    let hex = tern_protocol::hex(tag.as_ref());
    format!("{}/history/{text}&s={hex}", row.base)
}

/// Whether an address is one that [`get_history`] gave out.
pub(crate) fn is_signed(row: &FileRow, expire_time: i64, signature: &str) -> bool {
    let digits = signature.as_bytes().chunks(2).map(|pair| {
        let text = std::str::from_utf8(pair).ok().filter(|text| text.len() == 2)?;
        u8::from_str_radix(text, 16).ok()
    });
    let Some(tag) = digits.collect::<Option<Vec<u8>>>() else { return false };
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, &row.secret);
    ring::hmac::verify(&key, signed_text(row.key, expire_time).as_bytes(), &tag).is_ok()
}

/// Begins a file: its first line, without the end of the line.
pub(crate) fn head(key: FileKey) -> String {
    let (app, kind, hour) = (key.app, chat_type(key), hour_text(key.hour));
    format!(r#"{{"SdkAppId":{app},"ChatType":"{kind}","MsgTime":"{hour}","MsgList":["#)
}

/// Ends a file: its last line.
pub(crate) const END: &str = "]}";

#[derive(Serialize)]
struct Line<'a> {
    #[serde(rename = "From_Account")]
    from: &'a str,
    #[serde(rename = "To_Account", skip_serializing_if = "Option::is_none")]
    to: Option<&'a str>,
    #[serde(rename = "GroupId", skip_serializing_if = "Option::is_none")]
    group: Option<&'a str>,
    #[serde(rename = "MsgTimestamp")]
    time: i64,
    #[serde(rename = "MsgSeq")]
    seq: u64,
    #[serde(rename = "TopicId", skip_serializing_if = "Option::is_none")]
    topic: Option<&'a str>,
    #[serde(rename = "MsgRandom")]
    random: u64,
    #[serde(rename = "MsgBody")]
    body: &'a RawValue,
}

/// Lines of up to `limit` messages from the first place on, and what is left. Tips and what was recalled are no messages here.
pub(crate) fn lines(tx: &Tx<'_>, places: Places, limit: i64) -> Result<(Vec<String>, Option<Places>), StoreError> {
    let stored = message::oldest_first(tx, places.thread, places.low, places.high, limit)?;
    let rest = stored.last().map(|last| Places { low: last.pos + 1, ..places }).filter(|rest| rest.low <= rest.high);
    let group_id = match places.ends {
        Ends::Group(no) => group::id_of(tx, no)?,
        Ends::Pair(..) => None,
    };
    let mut names = Names::new(tx);
    let mut lines = Vec::with_capacity(stored.len());
    for stored in stored.iter().filter(|stored| !stored.has(flag::TIP) && !stored.has(flag::RECALLED)) {
        let from = names.of(stored.sender)?.user_id.clone();
        let to = receiver(places.ends, stored.sender).map(|to| names.of(to).map(|words| words.user_id.clone())).transpose()?;
        lines.push(line(stored, &from, to.as_deref(), group_id.as_deref())?);
    }
    Ok((lines, rest))
}

fn receiver(ends: Ends, sender: TinyId) -> Option<TinyId> {
    ends.peer_of(sender)
}

fn line(stored: &Stored, from: &str, to: Option<&str>, group: Option<&str>) -> Result<String, StoreError> {
    let broken = |error: serde_json::Error| StoreError::Corrupt(format!("message body: {error}"));
    // A body stands as its sender wrote it, ends of lines between the values included.
    let body = match stored.body.contains('\n') {
        false => RawValue::from_string(stored.body.clone()),
        true => serde_json::from_str::<serde_json::Value>(&stored.body).and_then(|value| serde_json::value::to_raw_value(&value)),
    };
    // A topic is named beside its community.
    let community = group.and_then(GroupId::community_of);
    let line = Line {
        from,
        to,
        topic: community.and(group),
        group: community.or(group),
        time: stored.time(),
        seq: if group.is_some() { stored.pos.cast_unsigned() } else { stored.seq },
        random: stored.random,
        body: &body.map_err(broken)?,
    };
    serde_json::to_string(&line).map_err(broken)
}

/// Unix seconds at which the hour `YYYYMMDDHH` (UTC) begins.
fn parse_hour(text: &str) -> Option<i64> {
    if text.len() != 10 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let part = |from: usize, to: usize| text[from..to].parse::<i64>().ok();
    let (year, month, day, hour) = (part(0, 4)?, part(4, 6)?, part(6, 8)?, part(8, 10)?);
    let start = days_of(year, month, day) * DAY + hour * HOUR;
    // A 31st of June is a 1st of July, and so not what was written.
    (hour < 24 && hour_text(start) == text).then_some(start)
}

fn hour_text(seconds: i64) -> String {
    let (year, month, day) = date_of(seconds.div_euclid(DAY));
    format!("{year:04}{month:02}{day:02}{:02}", seconds.rem_euclid(DAY) / HOUR)
}

/// `YYYY-MM-DD hh:mm:ss`
fn date_text(seconds: i64) -> String {
    let (year, month, day) = date_of(seconds.div_euclid(DAY));
    let rest = seconds.rem_euclid(DAY);
    format!("{year:04}-{month:02}-{day:02} {:02}:{:02}:{:02}", rest / HOUR, rest % HOUR / 60, rest % 60)
}

/// Days since 1970 of a date. Years begin in March here, so that a leap day is the last of one.
fn days_of(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

fn date_of(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("1970010100", Some(0))]
    #[case("2023111422", Some(1_699_999_200))]
    #[case("2024022923", Some(1_709_247_600))]
    #[case("2023022900", None)]
    #[case("2023130100", None)]
    #[case("2023060024", None)]
    #[case("20230601", None)]
    #[case("２０２３", None)]
    #[case("-023060112", None)]
    fn an_hour_is_ten_digits_of_a_day_that_there_was(#[case] text: &str, #[case] wanted: Option<i64>) {
        assert_eq!(parse_hour(text), wanted);
        if let Some(seconds) = wanted {
            assert_eq!(hour_text(seconds), text);
        }
    }

    #[test]
    fn a_date_is_written_as_the_contract_has_it() {
        assert_eq!(date_text(1_700_000_000), "2023-11-14 22:13:20");
        assert_eq!(date_text(951_782_399), "2000-02-28 23:59:59");
    }

    #[test]
    fn a_name_is_read_back_and_others_are_none() {
        let key = FileKey { app: SdkAppId(7), of_groups: true, hour: 1_699_999_200 };
        assert_eq!(key_of_name(SdkAppId(7), &file_name(key)), Some(key));
        for name in ["", "C2C_.gz", "../C2C_2023111422.gz", "X_2023111422.gz", "C2C_2023111422"] {
            assert_eq!(key_of_name(SdkAppId(7), name), None, "{name}");
        }
    }
}
