//! Authentication: the bearer key of a request becomes an [`Allowed`] actor.

use std::{future::Future, pin::Pin};

use actix_web::{FromRequest, HttpRequest, dev::Payload, http::header, web::Data};

use super::failed_logins::FailedLogins;
use crate::{
    app::{
        access::permissions::{Allowed, Grant},
        application::App,
    },
    http::boundary::problem::ApiError,
};

/// A handler that takes an [`Allowed`] runs only for actors with its grant.
impl<G: Grant> FromRequest for Allowed<G> {
    type Error = ApiError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, ApiError>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let key = bearer_key(request).map(<[u8]>::to_vec);
        let request = request.clone();
        Box::pin(async move {
            let key = key.ok_or(ApiError::Unauthenticated)?;
            let app = request.app_data::<Data<App>>();
            let app = app.ok_or_else(|| ApiError::internal("the server has no application"))?;
            match app.access.authenticate(&key).await? {
                Some(actor) => Ok(Self::check(actor)?),
                // Only now, so that a valid key is never refused.
                None => Err(FailedLogins::count_failure(&request)),
            }
        })
    }
}

/// Returns the key of `Authorization: Bearer <key>` as bytes, since a configured key need not be ASCII.
fn bearer_key(request: &HttpRequest) -> Option<&[u8]> {
    let value = request.headers().get(header::AUTHORIZATION)?.as_bytes();
    let (scheme, key) = value.split_at_checked("Bearer ".len())?;
    let is_bearer = scheme.eq_ignore_ascii_case(b"Bearer ") && !key.is_empty();
    is_bearer.then_some(key)
}
