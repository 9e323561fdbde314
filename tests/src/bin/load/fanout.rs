use std::cell::RefCell;
use std::rc::Rc;

use anyhow::Context as _;
use serde_json::json;

use crate::args::Args;
use crate::c2c::{LAST_ONES_US, WARM_UP_US, wait_for_the_last};
use crate::messages::Ledger;
use crate::probe::Stopwatch;
use crate::report::Report;
use crate::target::Target;
use crate::wire::{self, Conn, Meaning};

const DEFAULT_MEMBERS: usize = 1000;
const DEFAULT_WINDOW: usize = 4;
const NEXT_SECOND_US: u64 = 1_100_000;

/// One member writes to a group whose other members are all online.
pub(crate) async fn run(args: &Args) -> anyhow::Result<()> {
    let target = Target::start(args).await?;
    let members: Vec<String> = (0..args.connections.unwrap_or(DEFAULT_MEMBERS).max(2)).map(|at| format!("member{at}")).collect();
    target.import(&members).await?;
    let group = make_group(&target, &members).await?;
    let mut connections = target.log_in_all(&members).await?;
    let speaker = connections.remove(0);
    let place = format!(r#""GroupId":"{group}""#);
    let window = args.window.unwrap_or(DEFAULT_WINDOW);
    let plan = Plan { place, rate: args.rate, window, seconds: args.seconds };
    let mut report = Report { scenario: "fanout", ..drive(&target, &speaker, &connections, &plan).await? };
    report.server_cpu_us_per_message = None;
    target.finish(&mut report)?;
    report.print()
}

/// What one member says, and how often.
pub(crate) struct Plan {
    /// The fields of the request that name the group.
    pub(crate) place: String,
    /// Messages per second; `None`: `window` of them are open at a time.
    pub(crate) rate: Option<f64>,
    pub(crate) window: usize,
    pub(crate) seconds: u64,
}

/// One member writes, all others that are connected read: what was measured. The connections can be used again.
pub(crate) async fn drive(target: &Target, speaker: &Rc<Conn>, readers: &[Rc<Conn>], plan: &Plan) -> anyhow::Result<Report> {
    // Numbers begin anew: within one second of those before, the server would take them for repeats.
    Stopwatch::start().reach(NEXT_SECOND_US).await;
    let clock = Stopwatch::start();
    let ledger = Rc::new(RefCell::new(Ledger::new(clock, u32::try_from(readers.len())?)));
    let run = Rc::new(Run {
        conn: Rc::clone(speaker),
        place: plan.place.clone(),
        ledger: Rc::clone(&ledger),
        clock,
        closed_loop: plan.rate.is_none(),
        over: false.into(),
        last: RefCell::default(),
    });
    let scratch = wire::scratch();
    let mut tasks = vec![tokio::task::spawn_local(read_speaker(Rc::clone(&run), Rc::clone(&scratch)))];
    for conn in readers {
        tasks.push(tokio::task::spawn_local(read_member(Rc::clone(&run), Rc::clone(conn), Rc::clone(&scratch))));
    }

    let end_us = WARM_UP_US + plan.seconds * 1_000_000;
    let feeding = feed(plan, &run, end_us);
    let measuring = async {
        clock.reach(WARM_UP_US).await;
        let before = target.read(clock).await?;
        ledger.borrow_mut().measure(true);
        clock.reach(end_us).await;
        ledger.borrow_mut().measure(false);
        run.over.set(true);
        anyhow::Ok((before, target.read(clock).await?))
    };
    let (measured, ()) = tokio::join!(measuring, feeding);
    let (before, after) = measured?;
    wait_for_the_last(&ledger, clock, end_us + LAST_ONES_US).await;
    tasks.iter().for_each(tokio::task::JoinHandle::abort);
    let mut report = Report::default();
    ledger.borrow_mut().finish(&mut report, &before, &after);
    Ok(report)
}

async fn make_group(target: &Target, members: &[String]) -> anyhow::Result<String> {
    let owner = members.first().context("a group needs members")?;
    let create = json!({"Owner_Account": owner, "Type": "Public", "Name": "load", "MaxMemberCount": members.len().max(200)});
    let created = target.rest("group_open_http_svc/create_group", &create).await?;
    let group = created["GroupId"].as_str().context("create_group names no group")?.to_owned();
    for members in members[1..].chunks(100) {
        let list: Vec<_> = members.iter().map(|member| json!({"Member_Account": member})).collect();
        let add = json!({"GroupId": group, "Silence": 1, "MemberList": list});
        target.rest("group_open_http_svc/add_group_member", &add).await?;
    }
    Ok(group)
}

struct Run {
    conn: Rc<Conn>,
    place: String,
    ledger: Rc<RefCell<Ledger>>,
    clock: Stopwatch,
    closed_loop: bool,
    over: std::cell::Cell<bool>,
    /// The last frame of events and the message in it: all members get the same bytes, so most need no second look.
    last: RefCell<(Vec<u8>, u64)>,
}

impl Run {
    fn send(&self, from_us: u64) {
        let number = self.ledger.borrow_mut().begin(from_us);
        let seconds = Stopwatch::wall_seconds();
        let text = format!(
            r#"{{"head":{{"servcmd":"group_open_http_svc.send_group_msg","seq":{number}}},"body":{{{},"Random":{number},"MsgClientTime":{seconds},"MsgBody":[{{"MsgType":"TIMTextElem","MsgContent":{{"Text":"{number:0100}"}}}}]}}}}"#,
            self.place,
        );
        self.conn.send(&wire::text_frame(&text));
    }

    fn done(&self) {
        if self.closed_loop && !self.over.get() {
            self.send(self.clock.us());
        }
    }

    fn arrived(&self, payload: &[u8]) {
        let mut last = self.last.borrow_mut();
        if last.0 != payload {
            let mut numbers = Vec::new();
            wire::each_random(payload, |number| numbers.push(number));
            let [number] = numbers[..] else {
                // Several messages in one frame: counted one by one.
                drop(last);
                return numbers.into_iter().for_each(|number| self.delivered(number));
            };
            last.0.clear();
            last.0.extend_from_slice(payload);
            last.1 = number;
        }
        let number = last.1;
        drop(last);
        self.delivered(number);
    }

    fn delivered(&self, number: u64) {
        let done = self.ledger.borrow_mut().delivered(number);
        if done {
            self.done();
        }
    }
}

async fn read_speaker(run: Rc<Run>, scratch: wire::Scratch) {
    let conn = Rc::clone(&run.conn);
    conn.read_frames(&scratch, |payload| {
        if let Meaning::Answer { seq, ok } = wire::meaning(payload) {
            let done = run.ledger.borrow_mut().acknowledged(seq, ok);
            if done {
                run.done();
            }
        }
    })
    .await;
}

async fn read_member(run: Rc<Run>, conn: Rc<Conn>, scratch: wire::Scratch) {
    conn.read_frames(&scratch, |payload| {
        if let Meaning::Events = wire::meaning(payload) {
            run.arrived(payload);
        }
    })
    .await;
}

async fn feed(plan: &Plan, run: &Rc<Run>, end_us: u64) {
    let Some(rate) = plan.rate else {
        for _ in 0..plan.window {
            run.send(run.clock.us());
        }
        return;
    };
    let mut at = 0_u64;
    loop {
        let due_us = (at as f64 * 1e6 / rate) as u64;
        if due_us >= end_us || run.conn.is_broken() {
            return;
        }
        run.clock.reach(due_us).await;
        run.send(due_us);
        at += 1;
    }
}
