//! A server of files for tests: as little HTTP as uploads and downloads need, and connections that break where they are told to.

use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What the server has and does.
#[derive(Debug, Default)]
pub(super) struct Files {
    /// Bytes that arrived by `PUT`; a `GET` answers with them.
    pub(super) bytes: Vec<u8>,
    /// Requests as they came: method and the header that says from where.
    pub(super) requests: Vec<String>,
    /// The connection of each of the next requests breaks after so many bytes of its body.
    pub(super) breaks: Vec<usize>,
    /// Answered instead of doing anything: status line and body.
    pub(super) answers: Vec<(&'static str, &'static str)>,
    /// `GET` ignores ranges.
    pub(super) whole_only: bool,
    /// `GET` says no length.
    pub(super) no_length: bool,
}

/// Starts it; returns its address.
pub(super) async fn serve(files: Arc<Mutex<Files>>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(one(stream, Arc::clone(&files)));
        }
    });
    address
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines()
        .find_map(|line| line.split_once(':').filter(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim()))
}

/// One connection, one request.
async fn one(mut stream: TcpStream, files: Arc<Mutex<Files>>) -> Option<()> {
    let mut read = Vec::new();
    let head_end = loop {
        if let Some(at) = read.windows(4).position(|window| window == b"\r\n\r\n") {
            break at + 4;
        }
        if stream.read_buf(&mut read).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8_lossy(&read[..head_end]).into_owned();
    let method = head.split(' ').next()?.to_owned();
    let from = header(&head, "upload-offset").or_else(|| header(&head, "range")).unwrap_or_default().to_owned();
    let length: usize = header(&head, "content-length").and_then(|text| text.parse().ok()).unwrap_or(0);
    let (breaks, answer) = {
        let mut files = files.lock().unwrap();
        files.requests.push(format!("{method} {from}").trim().to_owned());
        let breaks = if method == "HEAD" || files.breaks.is_empty() { None } else { Some(files.breaks.remove(0)) };
        let answer = if files.answers.is_empty() { None } else { Some(files.answers.remove(0)) };
        (breaks, answer)
    };
    let mut body = read[head_end..].to_vec();
    while body.len() < length && answer.is_none() && breaks.is_none_or(|most| body.len() < most) {
        if stream.read_buf(&mut body).await.ok()? == 0 {
            break;
        }
    }
    let text = match (answer, method.as_str()) {
        (Some((status, body)), _) => reply(status, "", body.as_bytes(), body.len()),
        (None, "PUT") => {
            let mut files = files.lock().unwrap();
            let offset: usize = from.parse().unwrap_or(0);
            if offset != files.bytes.len() {
                let at = format!("Upload-Offset: {}\r\n", files.bytes.len());
                reply("409 Conflict", &at, b"", 0)
            } else {
                body.truncate(breaks.unwrap_or(length).min(length));
                files.bytes.extend(&body);
                if breaks.is_some() {
                    return None;
                }
                reply("200 OK", &format!("Upload-Offset: {}\r\n", files.bytes.len()), b"{}", 2)
            }
        }
        (None, "HEAD") => {
            let files = files.lock().unwrap();
            reply("200 OK", &format!("Upload-Offset: {}\r\n", files.bytes.len()), b"", 0)
        }
        _ => {
            let files = files.lock().unwrap();
            let at = from.strip_prefix("bytes=").and_then(|rest| rest.strip_suffix('-')).and_then(|at| at.parse::<usize>().ok());
            let at = at.filter(|_| !files.whole_only);
            let rest = &files.bytes[at.unwrap_or(0).min(files.bytes.len())..];
            let (status, range) = match at {
                Some(at) => (
                    "206 Partial Content",
                    format!("Content-Range: bytes {at}-{}/{}\r\n", files.bytes.len() - 1, files.bytes.len()),
                ),
                None => ("200 OK", String::new()),
            };
            let sent = &rest[..breaks.unwrap_or(rest.len()).min(rest.len())];
            if files.no_length {
                [format!("HTTP/1.1 {status}\r\nConnection: close\r\n\r\n").as_bytes(), sent].concat()
            } else {
                reply(status, &range, sent, rest.len())
            }
        }
    };
    stream.write_all(&text).await.ok()?;
    stream.shutdown().await.ok()
}

fn reply(status: &str, headers: &str, body: &[u8], length: usize) -> Vec<u8> {
    let head = format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n");
    [head.as_bytes(), body].concat()
}
