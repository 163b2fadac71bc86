//! The answer to something that a request entered under a number or name of its own.

use actix_web::{HttpResponse, HttpResponseBuilder};

use crate::app::changed::Entered;

/// Begins the answer: 201, or 200 with `Idempotency-Replayed` if an earlier request entered the same.
pub fn begin<T>(entered: Entered<T>) -> (HttpResponseBuilder, T) {
    match entered {
        Entered::New(stored) => (HttpResponse::Created(), stored),
        Entered::Replayed(stored) => {
            let mut response = HttpResponse::Ok();
            response.insert_header(("Idempotency-Replayed", "true"));
            (response, stored)
        }
    }
}
