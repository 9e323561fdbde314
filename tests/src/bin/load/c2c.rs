use std::cell::RefCell;
use std::rc::Rc;

use crate::args::Args;
use crate::messages::Ledger;
use crate::probe::Stopwatch;
use crate::report::Report;
use crate::target::Target;
use crate::wire::{self, Conn, Meaning};

/// Before the window opens: caches fill and the processor finds its clock.
pub(crate) const WARM_UP_US: u64 = 2_000_000;
/// What may take a message after the last one was sent.
pub(crate) const LAST_ONES_US: u64 = 10_000_000;
const DEFAULT_CONNECTIONS: usize = 100;
const DEFAULT_WINDOW: usize = 10;

/// Half of the connections write to the other half.
pub(crate) async fn run(args: &Args) -> anyhow::Result<()> {
    let target = Target::start(args).await?;
    let connections = args.connections.unwrap_or(DEFAULT_CONNECTIONS).max(2);
    let pairs = connections / 2;
    let senders: Vec<String> = (0..pairs).map(|at| format!("sender{at}")).collect();
    let receivers: Vec<String> = (0..pairs).map(|at| format!("receiver{at}")).collect();
    target.import(&[senders.clone(), receivers.clone()].concat()).await?;
    let receiving = target.log_in_all(&receivers).await?;
    let sending = target.log_in_all(&senders).await?;

    let clock = Stopwatch::start();
    let ledger = Rc::new(RefCell::new(Ledger::new(clock, 1)));
    let shared = Rc::new(Shared { ledger: Rc::clone(&ledger), clock, closed_loop: args.rate.is_none(), over: false.into() });
    let scratch = wire::scratch();
    let senders: Vec<Rc<Sender>> = sending
        .iter()
        .zip(&receivers)
        .map(|(conn, to)| Rc::new(Sender { conn: Rc::clone(conn), to: to.clone(), shared: Rc::clone(&shared) }))
        .collect();
    for (sender, receiving) in senders.iter().zip(receiving) {
        tokio::task::spawn_local(read_sender(Rc::clone(sender), Rc::clone(&scratch)));
        tokio::task::spawn_local(read_receiver(Rc::clone(sender), receiving, Rc::clone(&scratch)));
    }

    let end_us = WARM_UP_US + args.seconds * 1_000_000;
    let feeding = feed(args, &senders, clock, end_us);
    let measuring = async {
        clock.reach(WARM_UP_US).await;
        let before = target.read(clock).await?;
        ledger.borrow_mut().measure(true);
        clock.reach(end_us).await;
        ledger.borrow_mut().measure(false);
        shared.over.set(true);
        anyhow::Ok((before, target.read(clock).await?))
    };
    let (measured, ()) = tokio::join!(measuring, feeding);
    let (before, after) = measured?;
    wait_for_the_last(&ledger, clock, end_us + LAST_ONES_US).await;

    let mut report = Report { scenario: "c2c", ..Report::default() };
    ledger.borrow_mut().finish(&mut report, &before, &after);
    report.server_cpu_us_per_delivery = None;
    target.finish(&mut report)?;
    report.print()
}

/// Waits until nothing is open any more, or `until_us`.
pub(crate) async fn wait_for_the_last(ledger: &RefCell<Ledger>, clock: Stopwatch, until_us: u64) {
    while ledger.borrow().open() > 0 && clock.us() < until_us {
        clock.reach(clock.us() + 20_000).await;
    }
}

struct Shared {
    ledger: Rc<RefCell<Ledger>>,
    clock: Stopwatch,
    closed_loop: bool,
    over: std::cell::Cell<bool>,
}

struct Sender {
    conn: Rc<Conn>,
    to: String,
    shared: Rc<Shared>,
}

impl Sender {
    fn send(&self, from_us: u64) {
        let number = self.shared.ledger.borrow_mut().begin(from_us);
        let seconds = Stopwatch::wall_seconds();
        // The number is also the frame's, so that the answer tells whose it is. The text makes 100 bytes.
        let text = format!(
            r#"{{"head":{{"servcmd":"openim.sendmsg","seq":{number}}},"body":{{"To_Account":"{}","MsgRandom":{number},"MsgSeq":{},"MsgClientTime":{seconds},"MsgBody":[{{"MsgType":"TIMTextElem","MsgContent":{{"Text":"{number:0100}"}}}}]}}}}"#,
            self.to,
            number & 0xffff_ffff,
        );
        self.conn.send(&wire::text_frame(&text));
    }

    fn done(&self) {
        if self.shared.closed_loop && !self.shared.over.get() {
            self.send(self.shared.clock.us());
        }
    }
}

async fn read_sender(sender: Rc<Sender>, scratch: wire::Scratch) {
    let conn = Rc::clone(&sender.conn);
    conn.read_frames(&scratch, |payload| {
        if let Meaning::Answer { seq, ok } = wire::meaning(payload) {
            let done = sender.shared.ledger.borrow_mut().acknowledged(seq, ok);
            if done {
                sender.done();
            }
        }
    })
    .await;
}

async fn read_receiver(sender: Rc<Sender>, receiving: Rc<Conn>, scratch: wire::Scratch) {
    receiving
        .read_frames(&scratch, |payload| {
            if let Meaning::Events = wire::meaning(payload) {
                wire::each_random(payload, |number| {
                    let done = sender.shared.ledger.borrow_mut().delivered(number);
                    if done {
                        sender.done();
                    }
                });
            }
        })
        .await;
}

/// Starts the closed loop, or keeps the schedule of an open one.
async fn feed(args: &Args, senders: &[Rc<Sender>], clock: Stopwatch, end_us: u64) {
    let Some(rate) = args.rate else {
        for sender in senders {
            for _ in 0..args.window.unwrap_or(DEFAULT_WINDOW) {
                sender.send(clock.us());
            }
        }
        return;
    };
    let mut at = 0_usize;
    loop {
        let due_us = (at as f64 * 1e6 / rate) as u64;
        if due_us >= end_us || senders.iter().all(|sender| sender.conn.is_broken()) {
            return;
        }
        clock.reach(due_us).await;
        if let Some(sender) = senders.get(at % senders.len().max(1)) {
            sender.send(due_us);
        }
        at += 1;
    }
}
