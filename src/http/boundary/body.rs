//! Request bodies: the right media type, at most so many bytes, in time.

use std::{io, time::Duration};

use actix_web::{
    HttpRequest,
    http::header,
    web::{Bytes, BytesMut, Payload},
};
use async_compression::{
    tokio::bufread::{GzipDecoder, ZstdDecoder},
    zstd::DParameter,
};
use futures_util::{StreamExt, TryStreamExt, stream::LocalBoxStream};
use tokio::time::timeout;
use tokio_util::io::{ReaderStream, StreamReader};

use super::problem::ApiError;

/// The largest JSON body, and the longest line of a batch: 1 MiB.
pub const LARGEST: usize = 1 << 20;
/// JSON.
pub const JSON: &str = "application/json";
/// Newline-delimited JSON.
pub const NDJSON: &str = "application/x-ndjson";

/// Bytes that are decompressed at once.
const DECOMPRESSED: usize = 64 << 10;
/// Memory that a zstd body may ask for to be decompressed, as a power of two: 8 MiB, which RFC 8878
/// recommends that every decoder grants.
const ZSTD_WINDOW_LOG: u32 = 23;

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
    let media_type = demand(request, JSON).and_then(|()| plain(request));
    let body = timeout(PATIENCE, read(&mut payload)).await;
    media_type?;
    body.unwrap_or(Err(ApiError::SlowBody))
}

/// Reads a JSON body that may be left out; empty then.
///
/// # Errors
/// As [`json`].
pub async fn json_or_nothing(request: &HttpRequest, payload: Payload) -> Result<Bytes, ApiError> {
    let is_sent = request.headers().contains_key(header::TRANSFER_ENCODING)
        || request
            .headers()
            .get(header::CONTENT_LENGTH)
            .is_some_and(|it| it != "0");
    if is_sent {
        json(request, payload).await
    } else {
        Ok(Bytes::new())
    }
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

/// A body of any length, piece by piece, decompressed when it came with `Content-Encoding: gzip` or
/// `zstd`. However little it was compressed to, memory stays constant.
///
/// # Errors
/// Another encoding.
pub fn pieces(
    request: &HttpRequest,
    payload: Payload,
) -> Result<LocalBoxStream<'static, io::Result<Bytes>>, ApiError> {
    let sent = payload.map_err(io::Error::other);
    let pieces = match encoding(request).as_str() {
        "" | "identity" => sent.boxed_local(),
        "gzip" | "x-gzip" => {
            let mut decoder = GzipDecoder::new(StreamReader::new(sent));
            decoder.multiple_members(true);
            ReaderStream::with_capacity(decoder, DECOMPRESSED).boxed_local()
        }
        "zstd" => {
            let parameters = [DParameter::window_log_max(ZSTD_WINDOW_LOG)];
            let mut decoder = ZstdDecoder::with_params(StreamReader::new(sent), &parameters);
            decoder.multiple_members(true);
            ReaderStream::with_capacity(decoder, DECOMPRESSED).boxed_local()
        }
        _ => return Err(ApiError::UnsupportedEncoding(Some("gzip, zstd"))),
    };
    Ok(pieces)
}

/// Refuses a compressed body where none is taken.
fn plain(request: &HttpRequest) -> Result<(), ApiError> {
    match encoding(request).as_str() {
        "" | "identity" => Ok(()),
        _ => Err(ApiError::UnsupportedEncoding(None)),
    }
}

/// How a body is compressed, in lower case; empty when it is not said.
fn encoding(request: &HttpRequest) -> String {
    let values = request.headers().get_all(header::CONTENT_ENCODING);
    let values: Vec<&str> = values
        .map(|value| value.to_str().unwrap_or("?").trim())
        .collect();
    values.join(", ").to_ascii_lowercase()
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
