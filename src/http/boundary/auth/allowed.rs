//! Authentication: the bearer key of a request becomes an [`Allowed`] actor.

use std::{future::Future, pin::Pin};

use actix_web::{FromRequest, HttpRequest, dev::Payload, http::header, web::Data};

use payerline_domain::access::Actor;

use super::failed_logins::FailedLogins;
use crate::{
    app::{
        access::permissions::{Allowed, Grant},
        application::App,
    },
    http::boundary::{problem::ApiError, request::note_caller},
};

/// A handler that takes an [`Allowed`] runs only for actors with its grant.
impl<G: Grant> FromRequest for Allowed<G> {
    type Error = ApiError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, ApiError>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let credentials = Credentials::from_request(request);
        let request = request.clone();
        Box::pin(async move {
            let app = request.app_data::<Data<App>>();
            let app = app.ok_or_else(|| ApiError::internal("the server has no application"))?;
            match credentials?.find_actor(app).await? {
                Some(actor) => {
                    note_caller(&request, &actor);
                    Ok(Self::check(actor)?)
                }
                // Only now, so that a valid key is never refused.
                None => Err(FailedLogins::count_failure(&request)),
            }
        })
    }
}

/// The key that a request was sent with, for requests that go on so long that it may be revoked meanwhile.
pub struct Credentials(Vec<u8>);

impl Credentials {
    pub fn from_request(request: &HttpRequest) -> Result<Self, ApiError> {
        let key = bearer_key(request).ok_or(ApiError::Unauthenticated)?;
        Ok(Self(key.to_vec()))
    }

    /// Returns the actor if the key is valid now and gives the permissions.
    pub async fn allow<G: Grant>(&self, app: &App) -> Result<Allowed<G>, ApiError> {
        let actor = self.find_actor(app).await?;
        Ok(Allowed::check(actor.ok_or(ApiError::Unauthenticated)?)?)
    }

    async fn find_actor(&self, app: &App) -> Result<Option<Actor>, ApiError> {
        Ok(app.access.authenticate(&self.0).await?)
    }
}

/// Returns the key of `Authorization: Bearer <key>` as bytes, since a configured key need not be ASCII.
fn bearer_key(request: &HttpRequest) -> Option<&[u8]> {
    let value = request.headers().get(header::AUTHORIZATION)?.as_bytes();
    let (scheme, key) = value.split_at_checked("Bearer ".len())?;
    let is_bearer = scheme.eq_ignore_ascii_case(b"Bearer ") && !key.is_empty();
    is_bearer.then_some(key)
}
