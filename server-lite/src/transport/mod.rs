//! Bytes to typed requests and back: REST, WebSocket, control, TLS.

pub mod caller;
pub mod tls;
pub(crate) mod dispatch;
