//! How a request that is no plain one is read and answered: by `HEAD`, by HTTP/1.0, or for another protocol.

use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll},
};

use actix_web::{
    HttpMessage,
    body::{BodySize, BoxBody, MessageBody},
    dev::{Payload, ServiceRequest, ServiceResponse},
    error::PayloadError,
    http::{ConnectionType, Method, Version, header},
    web::Bytes,
};
use futures_util::{StreamExt, stream};

/// What of a request decides how its answer is framed.
pub struct Framing {
    is_head: bool,
    is_http_10: bool,
    asks_for_upgrade: bool,
}

impl Framing {
    /// Reads it off a request, makes a `HEAD` the `GET` whose head it asks for, and ends the body where it ends.
    pub fn take(request: &mut ServiceRequest) -> Self {
        end_body_of_websocket(request);
        let head = request.head_mut();
        let framing = Self {
            is_head: head.method == Method::HEAD,
            is_http_10: head.version == Version::HTTP_10,
            asks_for_upgrade: head.headers.contains_key(header::UPGRADE)
                || head.connection_type() == ConnectionType::Upgrade,
        };
        if framing.is_head {
            head.method = Method::GET;
        }
        framing
    }

    pub fn apply(&self, mut response: ServiceResponse<BoxBody>) -> ServiceResponse<BoxBody> {
        let is_stream = response.response().body().size() == BodySize::Stream;
        // The end of the connection ends such a stream: HTTP/1.0 has no chunks, and actix sends none after it was
        // asked for another protocol.
        let ends_by_closing = is_stream && (self.is_http_10 || self.asks_for_upgrade);
        if ends_by_closing {
            response.response_mut().head_mut().no_chunking(true);
        }
        // actix would answer `Connection: upgrade` and close the connection all the same.
        if ends_by_closing || self.asks_for_upgrade {
            announce_close(&mut response);
        }
        if self.is_head {
            response.map_body(|_, body| BoxBody::new(NoBytes(body.size())))
        } else {
            response
        }
    }
}

/// Ends the body of a request for a WebSocket after its `Content-Length`. actix reads on until the connection ends, because
/// it expects the WebSocket's messages there.
fn end_body_of_websocket(request: &mut ServiceRequest) {
    let headers = request.headers();
    let upgrade = headers.get(header::UPGRADE).map(|value| value.as_bytes());
    let is_websocket =
        upgrade.is_some_and(|value| value.trim_ascii().eq_ignore_ascii_case(b"websocket"));
    if !is_websocket || headers.contains_key(header::TRANSFER_ENCODING) {
        return;
    }
    let length = headers.get(header::CONTENT_LENGTH);
    let length = length.and_then(|value| value.to_str().ok()?.trim().parse::<usize>().ok());
    let payload = request.take_payload();
    let body = stream::try_unfold(
        (payload, length.unwrap_or(0)),
        |(mut payload, left)| async move {
            if left == 0 {
                return Ok(None);
            }
            let broken_off = PayloadError::Incomplete(None);
            let mut chunk = payload.next().await.unwrap_or(Err(broken_off))?;
            chunk.truncate(left);
            let left = left - chunk.len();
            Ok(Some((chunk, (payload, left))))
        },
    );
    let payload = Box::pin(body);
    request.set_payload(Payload::Stream { payload });
}

/// Makes an answer say `Connection: close`, which closes the connection after it.
pub fn announce_close(response: &mut ServiceResponse<BoxBody>) {
    let head = response.response_mut().head_mut();
    head.set_connection_type(ConnectionType::Close);
}

/// The body of an answer to `HEAD`: it has the length of the body that `GET` would have, and no bytes.
struct NoBytes(BodySize);

impl MessageBody for NoBytes {
    type Error = Infallible;

    fn size(&self) -> BodySize {
        self.0
    }

    fn poll_next(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Infallible>>> {
        Poll::Ready(None)
    }
}
