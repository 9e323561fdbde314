//! The front door: `POST /v4/<service>/<command>?sdkappid&identifier&usersig&random&contenttype=json`
//! (`contract/rest-api.md` section 1). HTTP 200 whatever happens; the envelope says what did.

use super::caller::Credentials;
use super::discard::discard;
use super::dispatch::{Answer, Prepared};
use crate::app::Server;
use crate::application::Application;
use crate::history_file;
use crate::service::{Admin, Caller, Fault};
use crate::store::engine::StoreError;
use axum::body::{Body, HttpBody, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::Response;
use std::borrow::Cow;
use std::net::SocketAddr;
use std::sync::Arc;
use tern_protocol::clock::{SystemClock, timeout};
use tern_protocol::{ErrorCode, SdkAppId, UserId, limits};

/// Real milliseconds that a body may take to arrive.
const BODY_MS: i64 = 30_000;

/// Answers everything that has no route of its own.
pub(super) async fn handle(
    State(server): State<Arc<Server>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response {
    if request.method() == Method::OPTIONS {
        return with_cors(StatusCode::OK, Body::empty());
    }
    let (head, body) = request.into_parts();
    // The contract wants POST; an older public SDK sends some commands as GET with a body, which is as good.
    let is_call = head.method == Method::POST || (head.method == Method::GET && HttpBody::size_hint(&body).lower() > 0);
    let answer = match enter(&server, is_call, head.uri.path(), head.uri.query().unwrap_or(""), peer).await {
        Ok(entered) => call(&server, entered, body).await,
        Err(fault) => {
            discard(&mut body.into_data_stream(), BODY_MS).await;
            refuse(head.uri.path(), &fault)
        }
    };
    server.metrics.rest(answer.code);
    let mut response = with_cors(StatusCode::OK, Body::from(answer.body));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// CORS as in the contract's samples.
fn with_cors(status: StatusCode, body: Body) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("X-Requested-With"));
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("POST"));
    response
}

fn refuse(path: &str, fault: &Fault) -> Answer {
    Answer::refused(&command_name(path).unwrap_or_default(), fault)
}

/// A caller whose credentials are good, and what it calls.
struct Entered {
    command: &'static str,
    app: Arc<Application>,
    caller: Caller,
}

/// `service.command` of a path.
fn command_name(path: &str) -> Option<String> {
    let (service, command) = path.strip_prefix("/v4/")?.split_once('/')?;
    let is_word = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    (is_word(service) && is_word(command)).then(|| format!("{service}.{command}"))
}

/// The checks before the body, in the contract's order: path, method, application, UserSig, admin.
async fn enter(server: &Server, is_call: bool, path: &str, query: &str, peer: SocketAddr) -> Result<Entered, Fault> {
    let nothing = |what| Fault::new(ErrorCode::REST_NOT_FOUND, what);
    let name = command_name(path).ok_or_else(|| nothing("the request path names no command".to_owned()))?;
    let command = server.dispatcher.find(&name).ok_or_else(|| nothing(format!("there is no command {name:.100}")))?;
    if !is_call {
        return Err(Fault::new(ErrorCode::REST_BAD_REQUEST_LINE, "only POST is answered"));
    }
    let query = Query::parse(query)?;
    if query.sdkappid.is_empty() {
        return Err(Fault::new(ErrorCode::REST_SDK_APP_ID_MISSING, "sdkappid is missing in the URL"));
    }
    let id = query.sdkappid.parse().ok().filter(|id: &SdkAppId| id.0 != 0);
    let id = id.ok_or_else(|| Fault::new(ErrorCode::REST_SDK_APP_ID_INVALID, "sdkappid is no SDKAppID"))?;
    let app = server.application(id).await.map_err(|error| below(&error))?;
    let app = app.ok_or_else(|| Fault::new(ErrorCode::SDK_APP_ID_UNKNOWN, format!("SDKAppID {id} is unknown")))?;
    if app.settings.disabled {
        return Err(Fault::of(ErrorCode::REST_APP_DISABLED));
    }
    if !query.contenttype.is_empty() && query.contenttype != "json" {
        return Err(Fault::new(ErrorCode::REST_BAD_PARAMETERS, "contenttype must be json"));
    }
    let user_id = UserId::parse(query.identifier.as_ref())
        .map_err(|_| Fault::new(ErrorCode::REST_BAD_PARAMETERS, "identifier must be 1 to 32 bytes of printable ASCII"))?;
    let is_admin = app.is_admin(user_id.as_str());
    let not_before = match is_admin {
        true => server.admin_not_before(id, user_id.as_str()).await.map_err(|error| below(&error))?,
        false => 0,
    };
    let credentials = Credentials { user: user_id.as_str(), usersig: &query.usersig, address: peer.ip() };
    let clock = server.clock();
    let checked = server.credentials.check(&app, credentials, clock.wall_seconds(), not_before, clock.mono_ms());
    checked.map_err(|error| Fault::new(error.code(), error.to_string()))?;
    if !is_admin {
        return Err(Fault::new(ErrorCode::REST_ADMIN_REQUIRED, format!("{user_id} is no admin of this application")));
    }
    Ok(Entered { command, app, caller: Caller::Admin(Arc::new(Admin { user_id })) })
}

fn below(error: &StoreError) -> Fault {
    match error {
        StoreError::Busy => Fault::of(ErrorCode::REST_BUSY),
        error => {
            tracing::error!(%error, "the front door could not read the database");
            Fault::of(ErrorCode::ACCOUNT_INTERNAL)
        }
    }
}

async fn call(server: &Arc<Server>, entered: Entered, body: Body) -> Answer {
    let Entered { command, app, caller } = entered;
    let prepared: Result<Prepared, Fault> = match read(body).await {
        Ok(bytes) => match server.dispatcher.prepare(command, &app, caller, &bytes) {
            Ok(prepared) => {
                if command == "open_msg_svc.get_history" {
                    history_file::prepare(server, &app, &bytes).await;
                }
                Ok(prepared)
            }
            Err(fault) => Err(fault),
        },
        Err(fault) => Err(fault),
    };
    match prepared {
        Ok(prepared) => {
            let answer = server.dispatcher.call(prepared).await;
            if matches!(command, "im_open_login_svc.kick" | "im_open_login_svc.account_delete") {
                server.forget_not_before();
            }
            answer
        }
        Err(fault) => Answer::refused(command, &fault),
    }
}

async fn read(body: Body) -> Result<axum::body::Bytes, Fault> {
    let too_long = HttpBody::size_hint(&body).lower() > limits::REQUEST_BYTES as u64;
    if too_long {
        discard(&mut body.into_data_stream(), BODY_MS).await;
        return Err(Fault::new(ErrorCode::REST_BAD_REQUEST_LINE, "the body is longer than 1 MiB"));
    }
    match timeout(&SystemClock::new(), BODY_MS, to_bytes(body, limits::REQUEST_BYTES)).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(_)) => Err(Fault::new(ErrorCode::REST_BAD_REQUEST_LINE, "the body is longer than 1 MiB or was cut off")),
        Err(_) => Err(Fault::new(ErrorCode::REST_TIMEOUT, "the body did not arrive in time")),
    }
}

/// The parameters that count, percent-decoded once; the first of a repeated name holds.
#[derive(Debug, Default, PartialEq, Eq)]
struct Query<'a> {
    sdkappid: Cow<'a, str>,
    identifier: Cow<'a, str>,
    usersig: Cow<'a, str>,
    contenttype: Cow<'a, str>,
}

impl<'a> Query<'a> {
    fn parse(text: &'a str) -> Result<Self, Fault> {
        let mut query = Self::default();
        for (name, value) in text.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, ""))) {
            let slot = match name {
                "sdkappid" => &mut query.sdkappid,
                "identifier" => &mut query.identifier,
                "usersig" => &mut query.usersig,
                "contenttype" => &mut query.contenttype,
                _ => continue,
            };
            if slot.is_empty() {
                let decoded = percent_decode(value);
                *slot = decoded.ok_or_else(|| {
                    Fault::new(ErrorCode::REST_BAD_REQUEST_LINE, format!("{name} is not percent-encoded rightly"))
                })?;
            }
        }
        Ok(query)
    }
}

/// Decodes `%xx` and `+`; `None` when what comes out is no text.
fn percent_decode(text: &str) -> Option<Cow<'_, str>> {
    if !text.bytes().any(|byte| byte == b'%' || byte == b'+') {
        return Some(Cow::Borrowed(text));
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let mut digit = || rest.next().and_then(|byte| char::from(byte).to_digit(16));
                let (high, low) = (digit()?, digit()?);
                u8::try_from(high * 16 + low).ok()?
            }
            other => other,
        });
    }
    String::from_utf8(bytes).ok().map(Cow::Owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("/v4/openim/sendmsg", Some("openim.sendmsg"))]
    #[case("/v4/ConfigSvc/GetIPList", Some("ConfigSvc.GetIPList"))]
    #[case("/v4/openim", None)]
    #[case("/v4/openim/sendmsg/", None)]
    #[case("/v4/openim/send.msg", None)]
    #[case("/v3/openim/sendmsg", None)]
    #[case("/", None)]
    fn a_path_names_a_command(#[case] path: &str, #[case] wanted: Option<&str>) {
        assert_eq!(command_name(path).as_deref(), wanted);
    }

    #[rstest]
    #[case("a*b-c_", "a*b-c_")]
    #[case("a%2Ab%2dc%5F", "a*b-c_")]
    #[case("a+b%2B", "a b+")]
    fn a_parameter_may_be_raw_or_percent_encoded(#[case] text: &str, #[case] wanted: &str) {
        assert_eq!(percent_decode(text).as_deref(), Some(wanted));
    }

    #[rstest]
    #[case("%")]
    #[case("%4")]
    #[case("%zz")]
    #[case("%ff")]
    fn broken_percent_encoding_is_refused(#[case] text: &str) {
        assert_eq!(percent_decode(text), None);
        assert_eq!(Query::parse(&format!("usersig={text}")).unwrap_err().code, ErrorCode::REST_BAD_REQUEST_LINE);
    }

    #[test]
    fn parameters_come_in_any_order_and_unknown_ones_are_skipped() {
        let query = Query::parse("x=%zz&usersig=u&random=1&identifier=i&sdkappid=7&contenttype=json&sdkappid=8").unwrap();
        assert_eq!((query.sdkappid.as_ref(), query.identifier.as_ref(), query.usersig.as_ref()), ("7", "i", "u"));
    }
}
