//! `ternd status`: asks the daemons of this user and prints what they say.

use super::Failure;
use crate::admin::STATUS_FILE;
use crate::channel::real_time_limit;
use crate::config::{Settings, data_folder};
use bytes::Bytes;
use http_body_util::{BodyExt, Empty, Limited};
use hyper::{Request, client::conn::http1};
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use serde_json::Value;
use std::{fmt::Write as _, fs, path::Path, path::PathBuf, time::Duration};
use tern_protocol::clock::Clock;
use tokio::net::TcpStream;

/// A daemon of this host answers at once, or not at all.
const ANSWER_LIMIT: Duration = Duration::from_secs(5);
const ANSWER_BYTES: usize = 16 * 1024 * 1024;
/// People printed at most; `--json` has all.
const PEOPLE: usize = 50;

#[derive(Debug, clap::Args)]
pub(super) struct Flags {
    /// Print JSON.
    #[arg(long)]
    json: bool,
    /// Data folder of the daemon asked [default: this user's bridge and agents].
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Only this person, and why their pushes did not arrive.
    #[arg(long, value_name = "USER")]
    user: Option<String>,
}

#[derive(Deserialize)]
struct Place {
    address: String,
    token: String,
}

pub(super) async fn print(flags: Flags, settings: &Settings, clock: &dyn Clock) -> Result<(), Failure> {
    let folders = match flags.data.clone().or_else(|| settings.data.clone()) {
        Some(folder) => vec![folder],
        None => default_folders()?,
    };
    let mut answers = Vec::new();
    let mut why = "no ternd runs for this user: start `ternd bridge` or `ternd agent`, or name its folder with --data".to_owned();
    for folder in folders.iter().filter(|folder| folder.join(STATUS_FILE).exists()) {
        match ask(folder, flags.user.as_deref()).await {
            Ok(answer) => answers.push(answer),
            Err(error) => why = format!("the ternd of {} does not answer: {error}", folder.display()),
        }
    }
    if answers.is_empty() {
        return Err(Failure::Failed(why));
    }
    for answer in answers {
        if flags.json {
            println!("{answer}");
        } else {
            print!("{}", text(&answer, clock.wall_ms()));
        }
    }
    Ok(())
}

fn default_folders() -> Result<Vec<PathBuf>, Failure> {
    let mut folders = vec![data_folder("bridge")?];
    let agents = fs::read_dir(data_folder("agent")?).into_iter().flatten().flatten();
    folders.extend(agents.map(|entry| entry.path()));
    Ok(folders)
}

async fn ask(folder: &Path, user: Option<&str>) -> Result<Value, String> {
    let place = fs::read(folder.join(STATUS_FILE)).map_err(|error| error.to_string())?;
    let place: Place = serde_json::from_slice(&place).map_err(|_| format!("{STATUS_FILE} cannot be read"))?;
    let answer = real_time_limit(ANSWER_LIMIT, fetch(&place, user)).await;
    let body = answer.unwrap_or_else(|| Err("no answer within 5 s".into()))?;
    serde_json::from_slice(&body).map_err(|_| "its answer is no JSON".into())
}

async fn fetch(place: &Place, user: Option<&str>) -> Result<Bytes, String> {
    let stream = TcpStream::connect(&place.address).await.map_err(|error| format!("{}: {error}", place.address))?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(|error| error.to_string())?;
    tokio::spawn(connection);
    let path = user.map_or_else(|| "/status".to_owned(), |user| format!("/status?user={}", percent(user)));
    let request = Request::get(path)
        .header("host", &place.address)
        .header("authorization", format!("Bearer {}", place.token))
        .body(Empty::<Bytes>::new())
        .map_err(|error| error.to_string())?;
    let response = sender.send_request(request).await.map_err(|error| error.to_string())?;
    if response.status() != 200 {
        return Err(format!("it answers {}", response.status()));
    }
    let body = Limited::new(response.into_body(), ANSWER_BYTES).collect().await.map_err(|error| error.to_string())?;
    Ok(body.to_bytes())
}

fn percent(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        match byte {
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'-' | b'_' | b'.' | b'~' => out.push(byte.into()),
            other => {
                let _ = write!(out, "%{other:02X}");
            }
        }
        out
    })
}

/// The answer for people.
fn text(status: &Value, now_ms: i64) -> String {
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut out = String::new();
    let why = match word(&status["link"]["why"]) {
        why if why.is_empty() => String::new(),
        why => format!(" ({why})"),
    };
    let since = ago(status["link"]["since_ms"].as_i64().unwrap_or(now_ms), now_ms);
    let _ = writeln!(
        out,
        "{} of {}: {} for {since}{why}",
        word(&status["role"]),
        word(&status["server"]),
        word(&status["link"]["state"])
    );
    people(&mut out, status);
    let queue = counts(&status["queue"]);
    let _ = writeln!(out, "waiting   {}", if queue.is_empty() { "nothing".into() } else { queue });
    for (state, words) in status["ended"].as_object().into_iter().flatten() {
        let _ = writeln!(out, "{:<9} {}", state.to_lowercase(), counts(words));
    }
    for channel in status["channels"].as_array().into_iter().flatten() {
        let why = word(&channel["why"]);
        let why = if why.is_empty() { why } else { format!(": {why}") };
        let _ = writeln!(
            out,
            "channel   {} {} {}{why}",
            word(&channel["credential"]),
            word(&channel["channel"]),
            word(&channel["state"])
        );
    }
    let troubles = status["did_not_arrive"].as_array().map(Vec::as_slice).unwrap_or_default();
    if !troubles.is_empty() {
        let _ = writeln!(out, "did not arrive, newest first:");
    }
    for trouble in troubles {
        let when = ago(trouble["time_ms"].as_i64().unwrap_or(now_ms), now_ms);
        let _ = writeln!(
            out,
            "  {when:>6} ago  {} of {}, certificate {}: {} ({})",
            word(&trouble["user"]),
            trouble["sdk_app_id"],
            trouble["cert_id"],
            word(&trouble["reason"]),
            word(&trouble["state"]),
        );
    }
    out
}

fn people(out: &mut String, status: &Value) {
    let people = status["presence"].as_array().map(Vec::as_slice).unwrap_or_default();
    if status["role"] != "bridge" {
        return;
    }
    let number = counts(&status["people"]);
    let more = if status["presence_truncated"] == true { " and more" } else { "" };
    let _ = writeln!(out, "people    {}{more}", if number.is_empty() { "nobody known".into() } else { number });
    for person in people.iter().take(PEOPLE) {
        let text = |key: &str| person[key].as_str().unwrap_or_default();
        let _ = writeln!(out, "  {:<10} {} of {}", text("Status"), text("To_Account"), person["SdkAppId"]);
    }
    if people.len() > PEOPLE {
        let _ = writeln!(out, "  and {} others (--json lists them)", people.len() - PEOPLE);
    }
}

/// `3 Queued, 1 Received`, without zeros.
fn counts(value: &Value) -> String {
    let counts = value.as_object().into_iter().flatten().filter(|(_, count)| count.as_u64() != Some(0));
    counts.map(|(word, count)| format!("{count} {word}")).collect::<Vec<_>>().join(", ")
}

fn ago(moment_ms: i64, now_ms: i64) -> String {
    let seconds = (now_ms - moment_ms).max(0) / 1000;
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        7_200..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} days", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_text_says_who_is_where_and_why_a_push_did_not_arrive() {
        let status = json!({
            "role": "bridge", "server": "http://127.0.0.1:8640",
            "link": {"state": "online", "why": "", "since_ms": 0},
            "people": {"Online": 1, "PushOnline": 1},
            "presence": [
                {"SdkAppId": 7, "To_Account": "ann", "Status": "Online"},
                {"SdkAppId": 7, "To_Account": "bob", "Status": "PushOnline"}
            ],
            "presence_truncated": false,
            "queue": {"Received": 0, "Queued": 2},
            "ended": {"Sent": {"Accepted": 12}, "Failed": {"TokenInvalid": 1}},
            "channels": [{"credential": "*/1", "channel": "apns", "state": "stopped", "why": "403 InvalidProviderToken"}],
            "did_not_arrive": [
                {"sdk_app_id": 7, "user": "bob", "cert_id": 1, "state": "Failed", "reason": "410 Unregistered", "time_ms": 60_000}
            ],
        });
        insta::assert_snapshot!(text(&status, 90_000), @r"
        bridge of http://127.0.0.1:8640: online for 90 s
        people    1 Online, 1 PushOnline
          Online     ann of 7
          PushOnline bob of 7
        waiting   2 Queued
        failed    1 TokenInvalid
        sent      12 Accepted
        channel   */1 apns stopped: 403 InvalidProviderToken
        did not arrive, newest first:
            30 s ago  bob of 7, certificate 1: 410 Unregistered (Failed)
        ");
    }

    #[test]
    fn names_travel_in_the_address_as_they_are() {
        assert_eq!(percent("ann b&c/~"), "ann%20b%26c%2F~");
    }
}
