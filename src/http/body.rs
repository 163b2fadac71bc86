//! Request bodies: the right media type, at most so many bytes, in time.

use std::time::Duration;

use actix_web::{
    HttpRequest,
    http::header,
    web::{Bytes, BytesMut, Payload},
};
use futures_util::StreamExt;
use tokio::time::timeout;

use super::problem::ApiError;

/// The largest JSON body, and the longest line of a batch: 1 MiB.
pub const LARGEST: usize = 1 << 20;
/// JSON.
pub const JSON: &str = "application/json";
/// Newline-delimited JSON.
pub const NDJSON: &str = "application/x-ndjson";

/// How long a whole JSON body may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// How much of a body that is too large is still read, so that the client sees the answer instead
/// of a broken connection.
const READ_AWAY: usize = 16 << 20;

/// Reads a JSON body whole.
///
/// # Errors
/// Another media type, too many bytes, too slow, or broken off.
pub async fn json(request: &HttpRequest, mut payload: Payload) -> Result<Bytes, ApiError> {
    let media_type = demand(request, JSON);
    let body = timeout(PATIENCE, read(&mut payload)).await;
    media_type?;
    body.unwrap_or(Err(ApiError::SlowBody))
}

async fn read(payload: &mut Payload) -> Result<Bytes, ApiError> {
    let mut body = BytesMut::new();
    let mut length = 0_usize;
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| ApiError::UnreadableBody)?;
        length += chunk.len();
        if length <= LARGEST {
            body.extend_from_slice(&chunk);
        } else if length > READ_AWAY {
            break;
        }
    }
    if length > LARGEST {
        return Err(ApiError::TooLarge(LARGEST));
    }
    Ok(body.freeze())
}

/// Demands a media type; parameters such as `charset=utf-8` do not count.
///
/// # Errors
/// [`ApiError::UnsupportedMediaType`] for another one or none.
pub fn demand(request: &HttpRequest, wanted: &'static str) -> Result<(), ApiError> {
    let value = request.headers().get(header::CONTENT_TYPE);
    let essence = value
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .unwrap_or_default();
    if essence.trim().eq_ignore_ascii_case(wanted) {
        Ok(())
    } else {
        Err(ApiError::UnsupportedMediaType(wanted))
    }
}
