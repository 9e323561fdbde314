//! A WebSocket client that costs next to nothing, because it shares the processors with the server that is measured: frames are
//! written as they are (a mask of zeros changes no byte) and answers are looked through for the few words that matter.

use std::cell::{Cell, RefCell};
use std::io;
use std::rc::Rc;

use anyhow::{Context as _, bail};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, Interest};
use tokio::net::TcpStream;
use tokio::sync::Notify;

/// Read room that all connections share: one thread reads.
pub(crate) type Scratch = Rc<RefCell<Vec<u8>>>;

/// A buffer for [`Conn::read_frames`].
pub(crate) fn scratch() -> Scratch {
    Rc::new(RefCell::new(vec![0; 256 * 1024]))
}

/// One connection after its upgrade.
pub(crate) struct Conn {
    stream: TcpStream,
    /// The beginning of a frame whose rest has not come.
    partial: RefCell<Vec<u8>>,
    /// What the system did not take at once.
    unwritten: RefCell<Vec<u8>>,
    has_unwritten: Notify,
    broken: Cell<bool>,
}

impl Conn {
    pub(crate) async fn open(address: &str) -> anyhow::Result<Rc<Self>> {
        let mut stream = TcpStream::connect(address).await.with_context(|| format!("cannot reach {address}"))?;
        stream.set_nodelay(true)?;
        let upgrade = format!(
            "GET /ws HTTP/1.1\r\nHost: {address}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        );
        stream.write_all(upgrade.as_bytes()).await?;
        let mut answer = Vec::new();
        let end = loop {
            if let Some(at) = find(&answer, b"\r\n\r\n") {
                break at + 4;
            }
            if stream.read_buf(&mut answer).await? == 0 || answer.len() > 16_384 {
                bail!("{address} closed the connection during the upgrade");
            }
        };
        if !answer.starts_with(b"HTTP/1.1 101") {
            bail!("{address} does not upgrade: {}", String::from_utf8_lossy(&answer[..end.min(80)]));
        }
        Ok(Rc::new(Self {
            stream,
            partial: RefCell::new(answer.split_off(end)),
            unwritten: RefCell::default(),
            has_unwritten: Notify::new(),
            broken: Cell::new(false),
        }))
    }

    pub(crate) fn is_broken(&self) -> bool {
        self.broken.get()
    }

    /// Sends bytes that are a frame, see [`text_frame`].
    pub(crate) fn send(&self, frame: &[u8]) {
        let mut unwritten = self.unwritten.borrow_mut();
        let mut rest = frame;
        if unwritten.is_empty() {
            match self.stream.try_write(frame) {
                Ok(written) => rest = &frame[written..],
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(_) => self.broken.set(true),
            }
        }
        if !rest.is_empty() {
            unwritten.extend_from_slice(rest);
            self.has_unwritten.notify_one();
        }
    }

    /// Hands each frame's payload to `take` until the connection ends.
    pub(crate) async fn read_frames(&self, scratch: &Scratch, mut take: impl FnMut(&[u8])) {
        let mut first = std::mem::take(&mut *self.partial.borrow_mut());
        self.take_frames(&mut first, &mut take);
        loop {
            let blocked = !self.unwritten.borrow().is_empty();
            let interest = if blocked { Interest::READABLE | Interest::WRITABLE } else { Interest::READABLE };
            let ready = tokio::select! {
                ready = self.stream.ready(interest) => ready,
                () = self.has_unwritten.notified() => continue,
            };
            let Ok(ready) = ready else { break };
            if ready.is_writable() {
                let mut unwritten = self.unwritten.borrow_mut();
                if let Ok(written) = self.stream.try_write(&unwritten) {
                    unwritten.drain(..written);
                }
            }
            if !ready.is_readable() {
                continue;
            }
            let mut scratch = scratch.borrow_mut();
            match self.stream.try_read(&mut scratch) {
                Ok(0) => break,
                Ok(count) => {
                    let mut partial = self.partial.borrow_mut();
                    if partial.is_empty() {
                        let used = each_frame(&scratch[..count], &mut |opcode, payload| self.frame(opcode, payload, &mut take));
                        partial.extend_from_slice(&scratch[used..count]);
                    } else {
                        partial.extend_from_slice(&scratch[..count]);
                        drop(scratch);
                        let mut bytes = std::mem::take(&mut *partial);
                        drop(partial);
                        self.take_frames(&mut bytes, &mut take);
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(_) => break,
            }
        }
        self.broken.set(true);
    }

    fn take_frames(&self, bytes: &mut Vec<u8>, take: &mut impl FnMut(&[u8])) {
        let used = each_frame(bytes, &mut |opcode, payload| self.frame(opcode, payload, take));
        bytes.drain(..used);
        *self.partial.borrow_mut() = std::mem::take(bytes);
    }

    fn frame(&self, opcode: u8, payload: &[u8], take: &mut impl FnMut(&[u8])) {
        match opcode {
            1 | 2 => take(payload),
            9 => self.send(&frame(10, payload)),
            _ => {}
        }
    }

    /// Sends a frame and waits for the first one that comes back: for the steps before a measurement.
    pub(crate) async fn ask(&self, text: &str) -> anyhow::Result<String> {
        self.send(&text_frame(text));
        let mut bytes = std::mem::take(&mut *self.partial.borrow_mut());
        loop {
            let mut answer = None;
            let used = each_frame(&bytes, &mut |opcode, payload| {
                let is_event = find(&payload[..payload.len().min(80)], b"im_open_push").is_some();
                if answer.is_none() && opcode < 3 && !is_event {
                    answer = Some(String::from_utf8_lossy(payload).into_owned());
                }
            });
            bytes.drain(..used);
            if let Some(answer) = answer {
                *self.partial.borrow_mut() = bytes;
                return Ok(answer);
            }
            self.stream.readable().await?;
            let mut chunk = [0; 8192];
            match self.stream.try_read(&mut chunk) {
                Ok(0) => bail!("the server closed the connection"),
                Ok(count) => bytes.extend_from_slice(&chunk[..count]),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}

/// A client's text frame.
pub(crate) fn text_frame(text: &str) -> Vec<u8> {
    frame(1, text.as_bytes())
}

fn frame(opcode: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(payload.len() + 14);
    bytes.push(0x80 | opcode);
    match payload.len() {
        length @ 0..126 => bytes.push(0x80 | length as u8),
        length @ 126..0x1_0000 => {
            bytes.push(0x80 | 126);
            bytes.extend_from_slice(&(length as u16).to_be_bytes());
        }
        length => {
            bytes.push(0x80 | 127);
            bytes.extend_from_slice(&(length as u64).to_be_bytes());
        }
    }
    bytes.extend_from_slice(&[0; 4]);
    bytes.extend_from_slice(payload);
    bytes
}

/// Calls `take` with opcode and payload of each whole frame; says how many bytes they were. A server sends no masks and, to this
/// client, no fragments.
fn each_frame(bytes: &[u8], take: &mut impl FnMut(u8, &[u8])) -> usize {
    let mut used = 0;
    while let [first, second, rest @ ..] = &bytes[used..] {
        let (header, length) = match (second & 0x7f, rest) {
            (126, [a, b, ..]) => (4, usize::from(u16::from_be_bytes([*a, *b]))),
            (127, [a, b, c, d, e, f, g, h, ..]) => {
                (10, usize::try_from(u64::from_be_bytes([*a, *b, *c, *d, *e, *f, *g, *h])).unwrap_or(usize::MAX))
            }
            (126 | 127, _) => break,
            (length, _) => (2, usize::from(length)),
        };
        let Some(payload) = bytes.get(used + header..).and_then(|rest| rest.get(..length)) else { break };
        take(first & 0x0f, payload);
        used += header + length;
    }
    used
}

/// Where `needle` begins in `hay`.
pub(crate) fn find(hay: &[u8], needle: &[u8]) -> Option<usize> {
    hay.windows(needle.len()).position(|window| window == needle)
}

/// The number that follows `key` (which ends with a colon), and what comes after it.
pub(crate) fn number_after<'a>(hay: &'a [u8], key: &[u8]) -> Option<(u64, &'a [u8])> {
    let rest = &hay[find(hay, key)? + key.len()..];
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let number = rest[..digits].iter().fold(0_u64, |number, digit| number.wrapping_mul(10).wrapping_add(u64::from(digit - b'0')));
    (digits > 0).then_some((number, &rest[digits..]))
}

/// What a frame of the server is to a driver.
pub(crate) enum Meaning {
    /// An answer, by the number of its request.
    Answer { seq: u64, ok: bool },
    /// Events: hand each message's `MsgRandom` on with [`each_random`].
    Events,
}

/// Looks at the first bytes of a frame.
pub(crate) fn meaning(payload: &[u8]) -> Meaning {
    let start = &payload[..payload.len().min(256)];
    if find(&start[..start.len().min(80)], b"im_open_push.msg_push").is_some() {
        return Meaning::Events;
    }
    let seq = number_after(start, b"\"seq\":").map_or(0, |(seq, _)| seq);
    let ok = find(start, b"\"ErrorCode\":0").is_some();
    Meaning::Answer { seq, ok }
}

/// The `MsgRandom` of each message in a frame of events.
pub(crate) fn each_random(mut payload: &[u8], mut take: impl FnMut(u64)) {
    while let Some((random, rest)) = number_after(payload, b"\"MsgRandom\":") {
        take(random);
        payload = rest;
    }
}

#[cfg(test)]
mod tests {
    use super::{Meaning, each_frame, each_random, frame, meaning};

    fn server_frame(payload: &[u8]) -> Vec<u8> {
        let mut bytes = frame(1, payload);
        let mask = bytes.len() - payload.len() - 4;
        bytes.drain(mask..mask + 4);
        bytes[1] &= 0x7f;
        bytes
    }

    #[test]
    fn frames_of_each_length_are_found_wherever_the_bytes_are_cut() {
        for length in [0, 125, 126, 70_000] {
            let payload = vec![b'x'; length];
            let mut bytes = server_frame(&payload);
            bytes.extend(server_frame(b"end"));
            for cut in [0, 1, 2, 3, 5, length, bytes.len()] {
                let mut seen = vec![];
                let used = each_frame(&bytes[..cut.min(bytes.len())], &mut |_, payload| seen.push(payload.len()));
                each_frame(&bytes[used..], &mut |_, payload| seen.push(payload.len()));
                assert_eq!(seen, [length, 3]);
            }
        }
    }

    #[test]
    fn answers_and_events_are_told_apart() {
        let answer = br#"{"head":{"servcmd":"openim.sendmsg","seq":42},"body":{"ActionStatus":"OK","ErrorCode":0}}"#;
        assert!(matches!(meaning(answer), Meaning::Answer { seq: 42, ok: true }));
        let refusal = br#"{"head":{"servcmd":"openim.sendmsg","seq":42},"body":{"ActionStatus":"FAIL","ErrorCode":20003}}"#;
        assert!(matches!(meaning(refusal), Meaning::Answer { seq: 42, ok: false }));
        let events =
            br#"{"head":{"servcmd":"im_open_push.msg_push","seq":0},"body":{"EventArray":[{"MsgRandom":7},{"MsgRandom":81}]}}"#;
        assert!(matches!(meaning(events), Meaning::Events));
        let mut seen = vec![];
        each_random(events, |random| seen.push(random));
        assert_eq!(seen, [7, 81]);
    }
}
