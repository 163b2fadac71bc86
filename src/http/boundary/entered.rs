//! The answer to a request that enters a record under a number or name of the client's choice.

use actix_web::{HttpResponse, HttpResponseBuilder};

use crate::app::changed::Entered;

/// Begins the answer: 201, or 200 with `Idempotency-Replayed` if an earlier request entered the same record.
pub fn begin_response<T>(entered: Entered<T>) -> (HttpResponseBuilder, T) {
    match entered {
        Entered::New(stored) => (HttpResponse::Created(), stored),
        Entered::Replayed(stored) => {
            let mut response = HttpResponse::Ok();
            response.insert_header(("Idempotency-Replayed", "true"));
            (response, stored)
        }
    }
}
