//! Request bodies: media type, encoding, size limit and timeout.

use std::{io, time::Duration};

use actix_web::{
    HttpRequest,
    http::header,
    web::{Buf, Bytes, BytesMut, Payload},
};
use async_compression::{
    tokio::bufread::{GzipDecoder, ZstdDecoder},
    zstd::DParameter,
};
use futures_util::{StreamExt, TryStreamExt, stream::LocalBoxStream};
use tokio::time::timeout;
use tokio_util::io::{ReaderStream, StreamReader};

use super::{held_bytes::HeldBytes, problem::ApiError};

/// The limit of a JSON body, and of a line of a batch: 1 MiB.
pub const MAX_BODY_BYTES: usize = 1 << 20;
pub const JSON: &str = "application/json";
pub const NDJSON: &str = "application/x-ndjson";
/// Bytes of any kind.
pub const OCTETS: &str = "application/octet-stream";
pub const HTML: &str = "text/html";
pub const HTML_UTF_8: &str = "text/html; charset=utf-8";
pub const PLAIN_TEXT: &str = "text/plain";
pub const PLAIN_TEXT_UTF_8: &str = "text/plain; charset=utf-8";

const DECOMPRESSION_CHUNK_BYTES: usize = 64 << 10;
/// The largest window of a zstd body, as a power of two: 8 MiB, which RFC 8878 recommends that every decoder
/// supports.
const MAX_ZSTD_WINDOW_LOG: u32 = 23;

/// U+FEFF in UTF-8, with which some programs begin a text. It is no part of it.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

const JSON_BODY_TIMEOUT: Duration = Duration::from_secs(30);
/// A body over the limit is still read up to here, so that the client sees the answer instead of a broken connection.
const MAX_READ_BYTES: usize = 16 << 20;

/// Reads a whole JSON body, without a byte order mark.
pub async fn json(request: &HttpRequest, mut payload: Payload) -> Result<Bytes, ApiError> {
    let headers = require_media_type(request, JSON).and_then(|()| refuse_encoding(request));
    let body = timeout(JSON_BODY_TIMEOUT, read_limited(&mut payload)).await;
    headers?;
    let mut body = body.unwrap_or(Err(ApiError::SlowBody))?;
    skip_byte_order_mark(&mut body);
    Ok(body)
}

/// Passes over a byte order mark at the beginning of a text.
pub fn skip_byte_order_mark(text: &mut (impl Buf + AsRef<[u8]>)) {
    if text.as_ref().starts_with(BYTE_ORDER_MARK) {
        text.advance(BYTE_ORDER_MARK.len());
    }
}

async fn read_limited(payload: &mut Payload) -> Result<Bytes, ApiError> {
    let mut body = BytesMut::new();
    let mut length = 0_usize;
    let mut held = HeldBytes::default();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| ApiError::UnreadableBody)?;
        length += chunk.len();
        if length <= MAX_BODY_BYTES {
            body.extend_from_slice(&chunk);
            if !held.hold(body.len()) {
                return Err(ApiError::busy());
            }
        } else if length > MAX_READ_BYTES {
            break;
        }
    }
    if length > MAX_BODY_BYTES {
        return Err(ApiError::TooLarge(MAX_BODY_BYTES));
    }
    Ok(body.freeze())
}

/// Streams a body of any length, decompressed if its `Content-Encoding` is `gzip` or `zstd`. It uses constant memory,
/// whatever the ratio of compression.
pub fn stream(
    request: &HttpRequest,
    payload: Payload,
) -> Result<LocalBoxStream<'static, io::Result<Bytes>>, ApiError> {
    let sent = payload.map_err(io::Error::other);
    let stream = match content_encoding(request).as_str() {
        "" | "identity" => sent.boxed_local(),
        "gzip" | "x-gzip" => {
            let mut decoder = GzipDecoder::new(StreamReader::new(sent));
            decoder.multiple_members(true);
            ReaderStream::with_capacity(decoder, DECOMPRESSION_CHUNK_BYTES).boxed_local()
        }
        "zstd" => {
            let parameters = [DParameter::window_log_max(MAX_ZSTD_WINDOW_LOG)];
            let mut decoder = ZstdDecoder::with_params(StreamReader::new(sent), &parameters);
            decoder.multiple_members(true);
            ReaderStream::with_capacity(decoder, DECOMPRESSION_CHUNK_BYTES).boxed_local()
        }
        _ => return Err(ApiError::UnsupportedEncoding(Some("gzip, zstd"))),
    };
    Ok(stream)
}

fn refuse_encoding(request: &HttpRequest) -> Result<(), ApiError> {
    match content_encoding(request).as_str() {
        "" | "identity" => Ok(()),
        _ => Err(ApiError::UnsupportedEncoding(None)),
    }
}

/// Returns all `Content-Encoding` values in lower case; an empty text if there is none.
fn content_encoding(request: &HttpRequest) -> String {
    let values = request.headers().get_all(header::CONTENT_ENCODING);
    let values: Vec<&str> = values
        .map(|value| value.to_str().unwrap_or("?").trim())
        .collect();
    values.join(", ").to_ascii_lowercase()
}

/// Checks the `Content-Type`; parameters such as `charset=utf-8` do not count.
pub fn require_media_type(request: &HttpRequest, wanted: &'static str) -> Result<(), ApiError> {
    if has_media_type(request, wanted) {
        Ok(())
    } else {
        Err(ApiError::UnsupportedMediaType(wanted))
    }
}

pub fn has_media_type(request: &HttpRequest, wanted: &str) -> bool {
    let value = request.headers().get(header::CONTENT_TYPE);
    let essence = value
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .unwrap_or_default();
    essence.trim().eq_ignore_ascii_case(wanted)
}
