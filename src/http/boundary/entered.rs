//! The answer to a request that enters a record under a number or name of the client's choice.

use actix_web::{HttpResponse, HttpResponseBuilder, http::header::HeaderName};

use crate::app::changed::Entered;

pub const IDEMPOTENCY_REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// Begins the answer: 201, or 200 with `Idempotency-Replayed` if an earlier request entered the same record.
pub fn begin_response<T>(entered: Entered<T>) -> (HttpResponseBuilder, T) {
    match entered {
        Entered::New(stored) => (HttpResponse::Created(), stored),
        Entered::Replayed(stored) => {
            let mut response = HttpResponse::Ok();
            response.insert_header((IDEMPOTENCY_REPLAYED, "true"));
            (response, stored)
        }
    }
}
