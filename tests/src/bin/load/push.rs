use std::cell::{Cell, RefCell};
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::rc::Rc;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use tern_daemon::sandbox::{Pushed, Sandbox, SandboxConfig};
use tern_protocol::clock::SystemClock;

use crate::args::Args;
use crate::c2c::{LAST_ONES_US, WARM_UP_US, wait_for_the_last};
use crate::messages::Ledger;
use crate::probe::{self, Stopwatch};
use crate::report::{Report, per};
use crate::target::{Target, program, stop};
use crate::wire::{self, Conn, Meaning};

const DEFAULT_PHONES: usize = 100;
const DEFAULT_WINDOW: usize = 200;
const SENDERS: usize = 10;
/// Certificate that the sandbox's settings give to APNs.
const APNS_CERTIFICATE: i64 = 1;
/// How often the gateway's takings are looked at.
const LOOK_US: u64 = 1_000;

/// Messages to phones that are away, through a bridge in a process of its own to an APNs gateway in this one.
pub(crate) async fn run(args: &Args) -> anyhow::Result<()> {
    let target = Target::start(args).await?;
    if target.pid().is_none() {
        bail!("push starts a server of its own: --url is not possible");
    }
    let sandbox_config = SandboxConfig { dir: Some(target.folder().join("sandbox")), ..SandboxConfig::default() };
    let sandbox = Sandbox::start(sandbox_config, Arc::new(SystemClock::new())).await?;
    let bridge = Bridge::start(&target, sandbox.write_config()?)?;
    let phones: Vec<String> = (0..args.connections.unwrap_or(DEFAULT_PHONES)).map(|at| format!("phone{at}")).collect();
    put_phones_away(&target, &phones).await?;
    let senders: Vec<String> = (0..SENDERS).map(|at| format!("sender{at}")).collect();
    let senders = target.log_in_all(&senders).await?;

    let clock = Stopwatch::start();
    let ledger = Rc::new(RefCell::new(Ledger::new(clock, 1)));
    let run = Rc::new(Run {
        senders,
        phones,
        ledger,
        clock,
        next: Cell::new(0),
        closed_loop: args.rate.is_none(),
        over: Cell::new(false),
    });
    let scratch = wire::scratch();
    for sender in &run.senders {
        tokio::task::spawn_local(read_answers(Rc::clone(&run), Rc::clone(sender), Rc::clone(&scratch)));
    }
    let watching = tokio::task::spawn_local(watch_gateway(Rc::clone(&run), sandbox.clone()));

    let end_us = WARM_UP_US + args.seconds * 1_000_000;
    let measuring = async {
        clock.reach(WARM_UP_US).await;
        let before = (target.read(clock).await?, probe::cpu_of(bridge.pid())?);
        run.ledger.borrow_mut().measure(true);
        clock.reach(end_us).await;
        run.ledger.borrow_mut().measure(false);
        run.over.set(true);
        anyhow::Ok((before, (target.read(clock).await?, probe::cpu_of(bridge.pid())?)))
    };
    let (measured, ()) = tokio::join!(measuring, feed(args, &run, end_us));
    let (before, after) = measured?;
    wait_for_the_last(&run.ledger, clock, end_us + LAST_ONES_US).await;
    watching.abort();

    let mut report = Report { scenario: "push", ..Report::default() };
    run.ledger.borrow_mut().finish(&mut report, &before.0, &after.0);
    report.server_cpu_us_per_delivery = None;
    let daemon_cpu_us = (after.1 - before.1).as_micros() as f64;
    report.daemon_cpu_us_per_push = per(daemon_cpu_us, report.deliveries.unwrap_or(0));
    for refused in sandbox.refusals().iter().take(3) {
        eprintln!("load: the gateway refused a push: {} {}", refused.status, refused.reason);
    }
    bridge.end()?;
    sandbox.stop().await;
    target.finish(&mut report)?;
    report.print()
}

struct Bridge(Option<Child>);

impl Bridge {
    fn start(target: &Target, config: PathBuf) -> anyhow::Result<Self> {
        let mut command = program("ternd")?;
        command.args(["bridge", "--log", "warn", "--status", "off", "--config"]).arg(config);
        command.args(["--server", &format!("http://{}", target.ready.address)]);
        command.arg("--token-file").arg(target.folder().join("server").join("bridge.token"));
        command.arg("--data").arg(target.folder().join("bridge"));
        Ok(Self(Some(command.stdout(Stdio::null()).spawn().context("cannot start ternd")?)))
    }

    fn pid(&self) -> u32 {
        self.0.as_ref().map_or(0, Child::id)
    }

    fn end(mut self) -> anyhow::Result<()> {
        self.0.take().map_or(Ok(()), |mut child| stop(&mut child))
    }
}

impl Drop for Bridge {
    fn drop(&mut self) {
        if let Some(mut child) = self.0.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Each phone logs in, says where its pushes go, and closes its link.
async fn put_phones_away(target: &Target, phones: &[String]) -> anyhow::Result<()> {
    for (at, phone) in phones.iter().enumerate() {
        let conn = target.log_in_as(phone, "iPhone").await?;
        let body = format!(r#"{{"CertId":{APNS_CERTIFICATE},"Token":"{at:064x}"}}"#);
        let answer = conn.ask(&tern_protocol::frame::request("tern_push.set_token", 2, &body)).await?;
        if !answer.contains("\"ErrorCode\":0") {
            bail!("set_token of {phone} was refused: {answer:.300}");
        }
    }
    Ok(())
}

struct Run {
    senders: Vec<Rc<Conn>>,
    phones: Vec<String>,
    ledger: Rc<RefCell<Ledger>>,
    clock: Stopwatch,
    next: Cell<usize>,
    closed_loop: bool,
    over: Cell<bool>,
}

impl Run {
    fn send(&self, from_us: u64) {
        let at = self.next.replace(self.next.get() + 1);
        let (Some(sender), Some(phone)) =
            (self.senders.get(at % self.senders.len().max(1)), self.phones.get(at % self.phones.len().max(1)))
        else {
            return;
        };
        let number = self.ledger.borrow_mut().begin(from_us);
        let seconds = Stopwatch::wall_seconds();
        let text = format!(
            r#"{{"head":{{"servcmd":"openim.sendmsg","seq":{number}}},"body":{{"To_Account":"{phone}","MsgRandom":{number},"MsgClientTime":{seconds},"MsgBody":[{{"MsgType":"TIMTextElem","MsgContent":{{"Text":"{number}"}}}}]}}}}"#,
        );
        sender.send(&wire::text_frame(&text));
    }

    fn done(&self) {
        if self.closed_loop && !self.over.get() {
            self.send(self.clock.us());
        }
    }
}

async fn read_answers(run: Rc<Run>, conn: Rc<Conn>, scratch: wire::Scratch) {
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

async fn watch_gateway(run: Rc<Run>, sandbox: Sandbox) {
    loop {
        for number in sandbox.take_deliveries().iter().filter_map(number_of) {
            let done = run.ledger.borrow_mut().delivered(number);
            if done {
                run.done();
            }
        }
        run.clock.reach(run.clock.us() + LOOK_US).await;
    }
}

/// The message's number stands in its text.
fn number_of(push: &Pushed) -> Option<u64> {
    let (_, text) = push.shown();
    let digits = text.rsplit(|character: char| !character.is_ascii_digit()).next()?;
    digits.parse().ok()
}

async fn feed(args: &Args, run: &Rc<Run>, end_us: u64) {
    let Some(rate) = args.rate else {
        for _ in 0..args.window.unwrap_or(DEFAULT_WINDOW) {
            run.send(run.clock.us());
        }
        return;
    };
    let mut at = 0_u64;
    loop {
        let due_us = (at as f64 * 1e6 / rate) as u64;
        if due_us >= end_us {
            return;
        }
        run.clock.reach(due_us).await;
        run.send(due_us);
        at += 1;
    }
}
