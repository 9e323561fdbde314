use std::cell::RefCell;
use std::rc::Rc;

use anyhow::{Context as _, bail};
use serde_json::json;

use crate::args::Args;
use crate::c2c::{LAST_ONES_US, WARM_UP_US, wait_for_the_last};
use crate::messages::Ledger;
use crate::probe::{self, Stopwatch};
use crate::report::Report;
use crate::target::Target;
use crate::wire::{self, Conn, Meaning};

const DEFAULT_CONNECTIONS: usize = 5000;
const DEFAULT_RATE: f64 = 40.0;
/// Microseconds in which each connection says once that it lives.
const HEARTBEAT_US: u64 = 120_000_000;

/// One of many people in a live room writes to all others, at a fixed rate.
pub(crate) async fn run(args: &Args) -> anyhow::Result<()> {
    let target = Target::start(args).await?;
    let people: Vec<String> = (0..args.connections.unwrap_or(DEFAULT_CONNECTIONS).max(2)).map(|at| format!("fan{at}")).collect();
    target.import(&people).await?;
    let created = json!({"Owner_Account": people[0], "Type": "AVChatRoom", "Name": "load"});
    let created = target.rest("group_open_http_svc/create_group", &created).await?;
    let room = created["GroupId"].as_str().context("create_group names no group")?.to_owned();

    let clock = Stopwatch::start();
    let receivers = u32::try_from(people.len() - 1)?;
    let ledger = Rc::new(RefCell::new(Ledger::new(clock, receivers)));
    let seen = Rc::new(RefCell::new(Seen::default()));
    let connections = fill(&target, &room, &people, &ledger, &seen).await?;

    let start_us = clock.us();
    let end_us = start_us + WARM_UP_US + args.seconds * 1_000_000;
    let speaker = Rc::clone(&connections[0]);
    let priority = args.priority.as_deref().unwrap_or("Normal");
    let feeding = feed(&speaker, &room, priority, &ledger, clock, start_us, end_us, args.rate.unwrap_or(DEFAULT_RATE));
    let living = stay_alive(&connections, clock, end_us);
    let measuring = async {
        clock.reach(start_us + WARM_UP_US).await;
        let before = target.read(clock).await?;
        ledger.borrow_mut().measure(true);
        let first = target.pid().map(probe::rss_of).transpose()?;
        clock.reach(start_us + WARM_UP_US + args.seconds * 500_000).await;
        let middle = target.pid().map(probe::rss_of).transpose()?;
        clock.reach(end_us).await;
        ledger.borrow_mut().measure(false);
        let last = target.pid().map(probe::rss_of).transpose()?;
        anyhow::Ok((before, target.read(clock).await?, [first, middle, last]))
    };
    let (measured, (), ()) = tokio::join!(measuring, feeding, living);
    let (before, after, memory) = measured?;
    wait_for_the_last(&ledger, clock, end_us + LAST_ONES_US).await;

    let mut report = Report { scenario: "room", ..Report::default() };
    ledger.borrow_mut().finish(&mut report, &before, &after);
    report.server_cpu_us_per_message = None;
    report.expected_deliveries = Some(ledger.borrow().total() * u64::from(receivers));
    report.all_deliveries = Some(ledger.borrow().total_delivered());
    report.server_cpu_cores = Some(crate::report::round(after.cpu_us_since(&before) / 1e6 / after.seconds_since(&before)));
    [report.server_rss_start_bytes, report.server_rss_middle_bytes, report.server_rss_bytes] = memory;
    let broken = connections.iter().filter(|conn| conn.is_broken()).count();
    if broken > 0 {
        eprintln!("load: the server closed {broken} connections");
    }
    target.finish(&mut report)?;
    report.print()
}

/// Logs everybody in and into the room; each reads from then on.
async fn fill(
    target: &Target,
    room: &str,
    people: &[String],
    ledger: &Rc<RefCell<Ledger>>,
    seen: &Rc<RefCell<Seen>>,
) -> anyhow::Result<Vec<Rc<Conn>>> {
    let join = format!(r#"{{"head":{{"servcmd":"group_open_http_svc.apply_join_group","seq":2}},"body":{{"GroupId":"{room}"}}}}"#);
    let scratch = wire::scratch();
    let mut connections = Vec::with_capacity(people.len());
    for people in people.chunks(32) {
        let entering = people.iter().map(async |person| {
            let conn = target.log_in_as(person, "Linux").await?;
            let answer = conn.ask(&join).await?;
            if !answer.contains("JoinedSuccess") {
                bail!("{person} cannot join: {answer:.300}");
            }
            Ok(conn)
        });
        for conn in futures_util::future::try_join_all(entering).await? {
            let (ledger, seen, scratch) = (Rc::clone(ledger), Rc::clone(seen), Rc::clone(&scratch));
            let reading = Rc::clone(&conn);
            tokio::task::spawn_local(
                async move { reading.read_frames(&scratch, |payload| arrived(&ledger, &seen, payload)).await },
            );
            connections.push(conn);
        }
    }
    Ok(connections)
}

/// The last frame of events and the messages in it: most connections get the same bytes, so most need no second look.
#[derive(Default)]
struct Seen {
    payload: Vec<u8>,
    numbers: Vec<u64>,
}

fn arrived(ledger: &RefCell<Ledger>, seen: &RefCell<Seen>, payload: &[u8]) {
    let mut seen = seen.borrow_mut();
    if seen.payload != payload {
        if let Meaning::Answer { seq, ok } = wire::meaning(payload) {
            ledger.borrow_mut().acknowledged(seq, ok);
            return;
        }
        seen.payload.clear();
        seen.payload.extend_from_slice(payload);
        seen.numbers.clear();
        let numbers = &mut seen.numbers;
        wire::each_random(payload, |number| numbers.push(number));
    }
    let mut ledger = ledger.borrow_mut();
    for number in &seen.numbers {
        ledger.delivered(*number);
    }
}

#[expect(clippy::too_many_arguments, reason = "what a speaker needs to know")]
async fn feed(
    speaker: &Conn,
    room: &str,
    priority: &str,
    ledger: &RefCell<Ledger>,
    clock: Stopwatch,
    start_us: u64,
    end_us: u64,
    rate: f64,
) {
    for at in 0_u64.. {
        let due_us = start_us + (at as f64 * 1e6 / rate) as u64;
        if due_us >= end_us || speaker.is_broken() {
            return;
        }
        clock.reach(due_us).await;
        let number = ledger.borrow_mut().begin(due_us);
        let seconds = Stopwatch::wall_seconds();
        let text = format!(
            r#"{{"head":{{"servcmd":"group_open_http_svc.send_group_msg","seq":{number}}},"body":{{"GroupId":"{room}","Random":{number},"MsgClientTime":{seconds},"MsgPriority":"{priority}","MsgBody":[{{"MsgType":"TIMTextElem","MsgContent":{{"Text":"{number:0100}"}}}}]}}}}"#,
        );
        speaker.send(&wire::text_frame(&text));
    }
}

/// Connections that only listen must say now and then that they live.
async fn stay_alive(connections: &[Rc<Conn>], clock: Stopwatch, end_us: u64) {
    let beat = wire::text_frame(r#"{"head":{"servcmd":"heartbeat.alive","seq":3},"body":{}}"#);
    let pause_us = (HEARTBEAT_US / connections.len() as u64).max(1);
    let mut due_us = clock.us();
    for conn in connections.iter().cycle() {
        due_us += pause_us;
        if due_us >= end_us {
            return;
        }
        clock.reach(due_us).await;
        conn.send(&beat);
    }
}
