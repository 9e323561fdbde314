use std::path::Path;
use std::rc::Rc;

use anyhow::{Context as _, bail};
use serde_json::json;

use crate::args::Args;
use crate::fanout::{Plan, drive};
use crate::http;
use crate::report::{Report, per, round};
use crate::target::Target;
use crate::wire::Conn;

const DEFAULT_ONLINE: usize = 1_000;
/// Members of the community that the large one is compared with.
const SMALL: usize = 1_000;
/// Messages that are open at a time while the server is saturated.
const DEFAULT_WINDOW: usize = 4;
/// Messages per second at the low rate.
const LOW_RATE: f64 = 4.0;
/// A certificate of the push settings; nobody fetches these pushes.
const CERTIFICATE: i64 = 1;

/// One member writes to a topic of a large community: with nobody else online, to tell what a message costs up to its answer, once in
/// a community of a thousand and once in the large one; then with some online, at a low rate and saturated.
pub(crate) async fn run(args: &Args) -> anyhow::Result<()> {
    let target = Target::start(args).await?;
    if target.pid().is_none() {
        bail!("community counts rows in its own server's database: --url is not possible");
    }
    let members: Vec<String> = (0..args.members.max(2)).map(|at| format!("member{at}")).collect();
    target.import(&members).await?;
    // The last member's phone is away and wants pushes, so each message leaves a row for them.
    let away = members.last().context("a community needs members")?;
    put_phone_away(&target, away).await?;
    let speaker = target.log_in(&members[0]).await?;

    let small = make_community(&target, "small", &members[..SMALL.min(members.len())]).await?;
    let small = drive(&target, &speaker, &[], &alone(args, &small)).await?;
    let large = make_community(&target, "large", &members).await?;
    let before = rows(&target)?;
    let quiet = drive(&target, &speaker, &[], &alone(args, &large)).await?;
    let sent_alone = rows(&target)?;

    let online = args.connections.unwrap_or(DEFAULT_ONLINE).clamp(1, members.len() - 2);
    let readers = target.log_in_all(&members[1..=online]).await?;
    let roster_bytes = roster_bytes(&target).await?;
    let plan = Plan { place: large.clone(), rate: Some(LOW_RATE), window: 1, seconds: args.seconds };
    let low = drive(&target, &speaker, &readers, &plan).await?;
    let window = args.window.unwrap_or(DEFAULT_WINDOW);
    let plan = Plan { place: large, rate: None, window, seconds: args.seconds };
    let busy = drive(&target, &speaker, &readers, &plan).await?;

    let written = (sent_alone.messages - before.messages) as f64;
    let mut report = Report {
        scenario: "community",
        members: Some(members.len()),
        online: Some(readers.len() + 1),
        server_cpu_us_per_send: quiet.server_cpu_us_per_message,
        server_cpu_us_per_send_of_1000: small.server_cpu_us_per_message,
        server_cpu_us_per_delivery_low_rate: low.server_cpu_us_per_delivery,
        server_cpu_us_per_message: None,
        message_rows_per_message: Some(round(written / (sent_alone.places - before.places).max(1) as f64)),
        outbox_rows_per_message: per((sent_alone.outbox - before.outbox) as f64, sent_alone.messages - before.messages),
        roster_bytes_per_online_member: Some(round(roster_bytes / (readers.len() + 1) as f64)),
        roster_bytes_per_member: Some(round(roster_bytes / members.len() as f64)),
        lost: Some([&small, &quiet, &low, &busy].iter().filter_map(|part| part.lost).sum()),
        duplicated: Some([&small, &quiet, &low, &busy].iter().filter_map(|part| part.duplicated).sum()),
        ..busy
    };
    target.finish(&mut report)?;
    report.print()
}

/// One message at a time.
fn alone(args: &Args, place: &str) -> Plan {
    Plan { place: place.to_owned(), rate: None, window: 1, seconds: args.seconds }
}

/// A community with one topic; the fields that name the topic.
async fn make_community(target: &Target, name: &str, members: &[String]) -> anyhow::Result<String> {
    let owner = members.first().context("a community needs members")?;
    let create = json!({"Owner_Account": owner, "Type": "Community", "Name": name, "SupportTopic": 1});
    let created = target.rest("group_open_http_svc/create_group", &create).await?;
    let group = created["GroupId"].as_str().context("create_group names no group")?.to_owned();
    for members in members[1..].chunks(300) {
        let list: Vec<_> = members.iter().map(|member| json!({"Member_Account": member})).collect();
        let add = json!({"GroupId": group, "Silence": 1, "MemberList": list});
        target.rest("group_open_http_svc/add_group_member", &add).await?;
    }
    let create = json!({"GroupId": group, "TopicName": "talk", "From_Account": owner});
    let created = target.rest("million_group_open_http_svc/create_topic", &create).await?;
    let topic = created["TopicId"].as_str().context("create_topic names no topic")?;
    Ok(format!(r#""GroupId":"{group}","TopicId":"{topic}""#))
}

async fn put_phone_away(target: &Target, user: &str) -> anyhow::Result<()> {
    let conn: Rc<Conn> = target.log_in_as(user, "iPhone").await?;
    let token =
        format!(r#"{{"head":{{"servcmd":"tern_push.set_token","seq":2}},"body":{{"CertId":{CERTIFICATE},"Token":"{:064x}"}}}}"#, 7);
    let answer = conn.ask(&token).await?;
    if !answer.contains("\"ErrorCode\":0") {
        bail!("the token was refused: {answer:.300}");
    }
    Ok(())
}

/// Rows that messages leave.
struct Rows {
    messages: u64,
    places: u64,
    outbox: u64,
}

fn rows(target: &Target) -> anyhow::Result<Rows> {
    let path = target.folder().join("server").join("tern.db");
    let database = open(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let count = |sql: &str| database.query_row(sql, [], |row| row.get::<_, i64>(0)).map(|count| u64::try_from(count).unwrap_or(0));
    Ok(Rows {
        messages: count("SELECT COUNT(*) FROM message")?,
        places: count("SELECT COALESCE(SUM(last_pos), 0) FROM thread")?,
        outbox: count("SELECT COUNT(*) FROM push_outbox")?,
    })
}

fn open(path: &Path) -> rusqlite::Result<rusqlite::Connection> {
    rusqlite::Connection::open_with_flags(path, rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY)
}

/// What the server says it keeps of who is online in which group.
async fn roster_bytes(target: &Target) -> anyhow::Result<f64> {
    let metrics = http::get(&target.ready.address, "/metrics").await?;
    let line = metrics.lines().find(|line| line.starts_with("tern_roster_bytes "));
    line.and_then(|line| line.rsplit(' ').next()?.parse().ok()).context("the server does not tell the bytes of its roster")
}
