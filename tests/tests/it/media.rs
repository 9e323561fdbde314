//! Files: uploads in pieces, signed addresses, pictures' sizes, expiry, and the backend's word over them.

mod address;
mod picture;
mod upload;

use std::io::Cursor;
use std::path::{Path, PathBuf};

use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use serde_json::{Value, json};
use tern_protocol::clock::VirtualClock;
use tern_server_lite::config::Config;
use tern_tests::link::Link;
use tern_tests::server::{Access, TestServer};
use tern_tests::wait::{eventually, soon};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

const DAY: i64 = 86_400;

struct Answer {
    status: u16,
    head: String,
    body: Vec<u8>,
}

impl Answer {
    async fn read(mut stream: TcpStream) -> Self {
        let mut bytes = Vec::new();
        soon("an answer", stream.read_to_end(&mut bytes)).await.unwrap();
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").expect("a head");
        let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Self { status, head, body: bytes[end + 4..].to_vec() }
    }

    fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.filter(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value).next()
    }

    fn code(&self) -> i64 {
        let body: Value = serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("{} {:?}", self.head, self.body));
        body["ErrorCode"].as_i64().unwrap()
    }
}

/// Path and query of an address of this server.
fn path_of(url: &str) -> &str {
    let rest = url.strip_prefix("http://").unwrap();
    &rest[rest.find('/').unwrap()..]
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text"))
}

fn sha256(bytes: &[u8]) -> String {
    ring::digest::digest(&ring::digest::SHA256, bytes).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn picture(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
    let drawn = RgbImage::from_fn(width, height, |x, y| Rgb([(x % 251) as u8, (y % 241) as u8, 90]));
    let mut bytes = Cursor::new(Vec::new());
    DynamicImage::from(drawn).write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// A server, its clock and its data folder.
struct Place {
    clock: VirtualClock,
    access: Access,
    data: PathBuf,
    _server: TestServer,
}

impl Place {
    async fn start() -> Self {
        Self::with(Config::for_test()).await
    }

    async fn with(config: Config) -> Self {
        let clock = VirtualClock::starting_now();
        let server = TestServer::start_with(config, clock.clone()).await;
        Self { clock, access: server.access.clone(), data: server.data.clone(), _server: server }
    }

    async fn link(&self, user: &str) -> Link {
        Link::log_in(&self.access, user, json!({"State": "Online"})).await
    }

    async fn pass(&self, seconds: i64) {
        self.clock.advance(seconds * 1_000).await;
    }

    async fn send(&self, method: &str, url: &str, headers: &[&str], body: &[u8]) -> Answer {
        send(&self.access.address, method, url, headers, body).await
    }

    async fn get(&self, url: &str) -> Answer {
        self.send("GET", url, &[], b"").await
    }

    async fn upload(&self, link: &mut Link, name: &str, kind: &str, bytes: &[u8]) -> Value {
        let begun = begin(link, name, kind, bytes).await;
        let put = self.send("PUT", text(&begun["UploadUrl"]), &["Upload-Offset: 0"], bytes).await;
        assert_eq!((put.status, put.code()), (200, 0), "{}", String::from_utf8_lossy(&put.body));
        link.must("tern_media.finish", json!({"Object": begun["Object"]})).await
    }

    /// Files on disk: unfinished, and contents.
    fn on_disk(&self) -> (usize, usize) {
        on_disk(&self.data)
    }
}

fn on_disk(data: &Path) -> (usize, usize) {
    let names = |path: &Path| std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()).collect::<Vec<_>>();
    let folders = names(&data.join("media"));
    let (uploads, contents): (Vec<_>, Vec<_>) = folders.iter().partition(|path| path.ends_with("up"));
    let count = |folders: Vec<&PathBuf>| folders.iter().map(|folder| names(folder).len()).sum();
    (count(uploads), count(contents))
}

async fn begin(link: &mut Link, name: &str, kind: &str, bytes: &[u8]) -> Value {
    let body = json!({"Name": name, "Size": bytes.len(), "Kind": kind, "ContentType": "", "Sha256": sha256(bytes)});
    link.must("tern_media.begin", body).await
}

fn head_of(method: &str, url: &str, headers: &[&str]) -> String {
    let lines: String = headers.iter().map(|line| format!("{line}\r\n")).collect();
    format!("{method} {} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{lines}", path_of(url))
}

async fn send(address: &str, method: &str, url: &str, headers: &[&str], body: &[u8]) -> Answer {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let head = format!("{}Content-Length: {}\r\n\r\n", head_of(method, url, headers), body.len());
    stream.write_all(head.as_bytes()).await.unwrap();
    // A server that refuses early may close before all was written.
    let _ = stream.write_all(body).await;
    Answer::read(stream).await
}

/// A request whose body stops after some bytes; the connection stays open.
async fn stalled_put(address: &str, url: &str, offset: usize, announced: usize, bytes: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let offset = format!("Upload-Offset: {offset}");
    let head = format!("{}Content-Length: {announced}\r\n\r\n", head_of("PUT", url, &[&offset]));
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    stream
}

async fn wait_for_offset(place: &Place, url: &str, wanted: usize) {
    eventually("the bytes on the server", async || {
        let head = place.send("HEAD", url, &[], b"").await;
        (head.header("upload-offset") == Some(wanted.to_string().as_str())).then_some(())
    })
    .await;
}

fn sizes(file: &Value) -> Vec<(i64, i64, i64)> {
    let list = file["ImageInfoArray"].as_array().unwrap();
    let number = |entry: &Value, field: &str| entry[field].as_i64().unwrap();
    list.iter().map(|entry| (number(entry, "Type"), number(entry, "Width"), number(entry, "Height"))).collect()
}
