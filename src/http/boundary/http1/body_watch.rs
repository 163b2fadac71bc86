//! A body whose chunks are malformed. actix ends its connection at once, and what the request is answered by then is the
//! last that the client reads. So the request is answered at that moment, whatever its handler waits for.

use std::{
    cell::RefCell,
    collections::VecDeque,
    future::poll_fn,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, ready},
};

use actix_web::{
    HttpMessage,
    dev::{Payload, ServiceRequest},
    error::PayloadError,
    http::header,
    web::Bytes,
};
use futures_util::Stream;

/// Bounds what is held of a body that its handler does not read yet.
const MAX_READ_AHEAD_BYTES: usize = 64 << 10;

pub struct BodyWatch(Rc<RefCell<WatchedBody>>);

struct WatchedBody {
    payload: Payload,
    /// What was read ahead of the handler, oldest first.
    read_ahead: VecDeque<Bytes>,
    read_ahead_bytes: usize,
    has_ended: bool,
}

impl BodyWatch {
    /// Watches the body of a request if it comes in chunks. No other body can be malformed.
    pub fn begin(request: &mut ServiceRequest) -> Option<Self> {
        if !request.headers().contains_key(header::TRANSFER_ENCODING) {
            return None;
        }
        let watched = Rc::new(RefCell::new(WatchedBody {
            payload: request.take_payload(),
            read_ahead: VecDeque::new(),
            read_ahead_bytes: 0,
            has_ended: false,
        }));
        let payload = Box::pin(HandlersBody(watched.clone()));
        request.set_payload(Payload::Stream { payload });
        Some(Self(watched))
    }

    /// Completes when the body cannot be read any further, and never otherwise.
    pub async fn find_break(self) {
        poll_fn(|context| self.0.borrow_mut().poll_break(context)).await;
    }
}

impl WatchedBody {
    fn poll_break(&mut self, context: &mut Context<'_>) -> Poll<()> {
        while !self.has_ended && self.read_ahead_bytes < MAX_READ_AHEAD_BYTES {
            match ready!(Pin::new(&mut self.payload).poll_next(context)) {
                Some(Ok(chunk)) => {
                    self.read_ahead_bytes += chunk.len();
                    self.read_ahead.push_back(chunk);
                }
                Some(Err(_)) => return Poll::Ready(()),
                None => self.has_ended = true,
            }
        }
        Poll::Pending
    }

    fn poll_chunk(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, PayloadError>>> {
        if let Some(chunk) = self.read_ahead.pop_front() {
            self.read_ahead_bytes -= chunk.len();
            return Poll::Ready(Some(Ok(chunk)));
        }
        if self.has_ended {
            return Poll::Ready(None);
        }
        Pin::new(&mut self.payload).poll_next(context)
    }
}

/// The body as the handler reads it.
struct HandlersBody(Rc<RefCell<WatchedBody>>);

impl Stream for HandlersBody {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.borrow_mut().poll_chunk(context)
    }
}
