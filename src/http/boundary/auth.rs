//! Who is calling: the bearer key of a request, and what it allows.

use std::{future::Future, pin::Pin};

use actix_web::{FromRequest, HttpRequest, dev::Payload, http::header, web::Data};

use super::problem::ApiError;
use crate::app::{
    access::permissions::{Allowed, Grant},
    application::App,
};

/// A handler that asks for an [`Allowed`] is called for actors with its grant only.
impl<G: Grant> FromRequest for Allowed<G> {
    type Error = ApiError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, ApiError>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let key = bearer_key(request).map(<[u8]>::to_vec);
        let app = request.app_data::<Data<App>>().cloned();
        Box::pin(async move {
            let key = key.ok_or(ApiError::Unauthenticated)?;
            let app = app.ok_or_else(|| ApiError::internal("the server has no application"))?;
            let actor = app.access.authenticate(&key).await?;
            Ok(Self::check(actor.ok_or(ApiError::Unauthenticated)?)?)
        })
    }
}

/// The key of `Authorization: Bearer <key>`, any bytes: a configured key need not be ASCII.
fn bearer_key(request: &HttpRequest) -> Option<&[u8]> {
    let value = request.headers().get(header::AUTHORIZATION)?.as_bytes();
    let (scheme, key) = value.split_at_checked("Bearer ".len())?;
    let sound = scheme.eq_ignore_ascii_case(b"Bearer ") && !key.is_empty();
    sound.then_some(key)
}
