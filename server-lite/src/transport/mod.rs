//! Bytes to typed requests and back: REST, WebSocket, control, TLS.

pub mod caller;
pub(crate) mod dispatch;
pub mod tls;
