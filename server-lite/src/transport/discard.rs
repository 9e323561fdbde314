//! What a peer goes on sending after its request was refused.

use axum::body::BodyDataStream;
use futures_util::StreamExt as _;
use tern_protocol::clock::{SystemClock, timeout};

/// Bytes read at most; who sends more has the link closed.
const DISCARD_BYTES: usize = 4 * 1024 * 1024;

/// Reads the rest of a body and forgets it, so that the answer is not lost in a reset; for `limit_ms` at most.
pub(super) async fn discard(stream: &mut BodyDataStream, limit_ms: i64) {
    let mut left = DISCARD_BYTES;
    let all = async {
        while let Some(Ok(bytes)) = stream.next().await {
            left = left.saturating_sub(bytes.len());
            if left == 0 {
                break;
            }
        }
    };
    // Whether it arrived in time does not matter any more.
    let _ = timeout(&SystemClock::new(), limit_ms, all).await;
}
