//! `/v1/api-keys`: the clinic's API keys.

use actix_web::{
    HttpRequest, HttpResponse, delete, get, post,
    web::{Data, Path, Payload},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::boundary::{
    auth::{Authenticated, Authenticator},
    body,
    documented::{Listed, OfOne, Secured, WithBody},
    paging::{self, Listing, Paging},
    problem::ApiError,
    query::Query,
};
use crate::{
    app::clock::{self, NoRandomness},
    store::{KeyHash, Store},
};
use payerline_domain::{
    access::{ApiKey, Permission, Role, Roles},
    parse::{
        decode::{self, Decode, Fields},
        fault::{At, Faults, Refusal},
        json::Node,
    },
    values::{ids::KeyId, text::Label},
};

/// How every key made here begins, so that leaked ones can be found by scanners.
const PREFIX: &str = "pl_";
/// Random bytes of a key.
const ENTROPY: usize = 32;

/// An API key to be created.
#[derive(Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewKey {
    /// What it is for.
    #[schema(value_type = String, min_length = 1, max_length = 64, example = "front desk")]
    pub name: Label,
    /// What it may do.
    pub role: Role,
}

impl Decode for NewKey {
    fn decode(node: &Node<'_>, at: &At<'_>, faults: &mut Faults) -> Option<Self> {
        let mut fields = Fields::of(node, at, faults)?;
        let (name, role) = (fields.required("name"), fields.required("role"));
        fields.finish();
        Some(Self {
            name: name?,
            role: role?,
        })
    }
}

/// A key just created. It is shown this once; only its hash is stored.
#[derive(Debug, Serialize, ToSchema)]
pub struct CreatedKey {
    /// What lists show of it.
    #[serde(flatten)]
    pub listed: ApiKey,
    /// The key. Keep it now: it is not shown again.
    #[schema(example = "pl_3q2-7wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    pub key: String,
}

/// A new random key.
///
/// # Errors
/// When the operating system gives no random bytes.
pub fn generate() -> Result<String, NoRandomness> {
    let random = clock::random::<ENTROPY>()?;
    Ok(format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(random)))
}

/// A new key with its entry in the list.
///
/// # Errors
/// When the operating system gives no random bytes.
pub fn create_now(name: Label, roles: Roles) -> Result<CreatedKey, NoRandomness> {
    let now = clock::now();
    Ok(CreatedKey {
        listed: ApiKey {
            id: clock::new_id(now)?.into(),
            name,
            roles,
            created_at: now,
            revoked_at: None,
        },
        key: generate()?,
    })
}

/// Reads a small body.
pub(crate) fn parse<T: Decode>(body: &[u8]) -> Result<T, Refusal> {
    let node = decode::tree(body)?;
    let mut faults = Faults::default();
    let value = T::decode(&node, &At::ROOT, &mut faults);
    faults.settle(value)
}

/// Create an API key
///
/// The key is in the answer, once. Give each system and each person a key of their own, so that one
/// can be revoked without the others. A key with the role `operator` can be created by an operator only.
#[utoipa::path(
    tag = "Keys and clinics",
    operation_id = "create_api_key",
    request_body(content = NewKey, content_type = "application/json"),
    responses(
        (status = 201, description = "Created; the key is shown this once.", body = CreatedKey),
        Secured, WithBody,
    ),
)]
#[post("/v1/api-keys")]
pub async fn create(
    request: HttpRequest,
    payload: Payload,
    caller: Authenticated,
    store: Data<Store>,
) -> Result<HttpResponse, ApiError> {
    let caller = caller.allowed(Permission::ManageKeys)?;
    let body = body::json(&request, payload).await?;
    let new: NewKey = parse(&body)?;
    if new.role == Role::Operator && !caller.roles.allow(Permission::ManageClinics) {
        return Err(ApiError::OperatorOnly);
    }
    let created = create_now(new.name, Roles::new(vec![new.role]))?;
    let hash = KeyHash::of(&created.key);
    let listed = created.listed.clone();
    store
        .create_key(caller.clinic, Some(caller.key), listed, hash)
        .await?;
    Ok(HttpResponse::Created().json(created))
}

/// List API keys
///
/// Newest first, revoked ones included. The keys themselves are not shown.
#[utoipa::path(
    tag = "Keys and clinics",
    operation_id = "list_api_keys",
    params(Paging),
    responses(
        (status = 200, description = "A page of keys.", body = Listing<ApiKey>),
        Secured, Listed,
    ),
)]
#[get("/v1/api-keys")]
pub async fn list(
    request: HttpRequest,
    caller: Authenticated,
    store: Data<Store>,
) -> Result<HttpResponse, ApiError> {
    let caller = caller.allowed(Permission::ManageKeys)?;
    let mut query = Query::of(&request);
    let paged = paging::read(&mut query);
    query.finish()?;
    let page = store.keys(caller.clinic, paged.request).await?;
    Ok(HttpResponse::Ok().json(paged.listing(page)))
}

/// Revoke an API key
///
/// From then on the key is unknown: requests with it answer 401. Revoking it again changes nothing.
#[utoipa::path(
    tag = "Keys and clinics",
    operation_id = "revoke_api_key",
    params(("id" = KeyId, Path, description = "The id of the key, as in the list.")),
    responses(
        (status = 204, description = "Revoked."),
        Secured, OfOne,
    ),
)]
#[delete("/v1/api-keys/{id}")]
pub async fn revoke(
    id: Path<String>,
    caller: Authenticated,
    store: Data<Store>,
    authenticator: Data<Authenticator>,
) -> Result<HttpResponse, ApiError> {
    let caller = caller.allowed(Permission::ManageKeys)?;
    let missing = || ApiError::NotFound("API key");
    let id = KeyId::parse(&id).ok_or_else(missing)?;
    let revoked = store
        .revoke_key(caller.clinic, caller.key, id, clock::now())
        .await?;
    authenticator.forget();
    revoked.ok_or_else(missing)?;
    Ok(HttpResponse::NoContent().finish())
}
