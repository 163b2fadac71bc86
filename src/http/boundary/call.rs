//! The call of an operation that needs a key: who calls, and what the request says.

use std::{future::Future, pin::Pin};

use actix_web::{
    FromRequest, HttpRequest, HttpResponse, dev,
    http::header,
    web::{Bytes, Data, Path, Payload},
};
use payerline_domain::parse::decode::Decode;
use serde::Deserialize;

use super::{
    body, etag,
    paging::{self, Paged},
    problem::ApiError,
    query::Query,
};
use crate::app::{
    access::permissions::{Allowed, Grant},
    application::App,
    error::AppError,
    expected_version::ExpectedVersion,
};

/// What a handler returns.
pub type Answer = Result<HttpResponse, ApiError>;

/// A call by an actor with the grant `G`. Its methods read the rest of the request; each refuses what is wrong with its
/// part, so a handler's order of reading decides which fault is answered.
pub struct Call<G> {
    pub app: Data<App>,
    pub actor: Allowed<G>,
    pub request: HttpRequest,
    pub path: PathParameters,
    payload: dev::Payload,
}

/// The parameters that paths have; those that a path lacks are empty.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct PathParameters {
    pub id: String,
    pub version: String,
}

impl<G: Grant> FromRequest for Call<G> {
    type Error = ApiError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, ApiError>>>>;

    fn from_request(request: &HttpRequest, payload: &mut dev::Payload) -> Self::Future {
        let (request, mut payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let actor = Allowed::from_request(&request, &mut payload).await?;
            let app = request.app_data::<Data<App>>().cloned();
            let path = Path::<PathParameters>::from_request(&request, &mut payload).await;
            Ok(Self {
                app: app.ok_or_else(|| ApiError::internal("the server has no application"))?,
                actor,
                path: path
                    .map_err(|_| ApiError::internal("the path cannot be read"))?
                    .into_inner(),
                request,
                payload,
            })
        })
    }
}

impl<G> Call<G> {
    /// Reads the id in the path. Any other text answers 404, since nothing has it as its id.
    pub fn id<T>(
        &self,
        parse: impl FnOnce(&str) -> Option<T>,
        what: &'static str,
    ) -> Result<T, AppError> {
        parse(&self.path.id).ok_or(AppError::NotFound(what))
    }

    /// Reads the parameters of a list that has no filters.
    pub fn paging(&self) -> Result<Paged, ApiError> {
        let mut query = Query::parse(&self.request);
        let paged = paging::read(&mut query);
        query.finish()?;
        Ok(paged)
    }

    /// Reads the version that a change is based on.
    pub fn expected_version(&self) -> Result<ExpectedVersion, ApiError> {
        etag::parse_if_match(&self.request)
    }

    /// Reads a whole JSON body.
    pub async fn body(&mut self) -> Result<Bytes, ApiError> {
        let payload = Payload::from_request(&self.request, &mut self.payload).await;
        body::json(
            &self.request,
            payload.map_err(|_| ApiError::UnreadableBody)?,
        )
        .await
    }

    /// Reads and parses a JSON body.
    pub async fn json<T: Decode>(&mut self) -> Result<T, ApiError> {
        Ok(T::parse(&self.body().await?)?)
    }

    /// Reads and parses a JSON body that may be left out.
    pub async fn optional_json<T: Decode>(&mut self) -> Result<Option<T>, ApiError> {
        let headers = self.request.headers();
        let is_sent = headers.contains_key(header::TRANSFER_ENCODING)
            || headers
                .get(header::CONTENT_LENGTH)
                .is_some_and(|length| length != "0");
        if !is_sent {
            return Ok(None);
        }
        let body = self.body().await?;
        if body.is_empty() {
            return Ok(None);
        }
        Ok(Option::parse(&body)?)
    }
}
