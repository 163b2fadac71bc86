//! `/v1/api-keys`: the API keys of a clinic.

use actix_web::{HttpResponse, delete, get, post};

use crate::app::access::{permissions::ManageKeys, service::CreatedKey};
use crate::http::boundary::{
    call::{Answer, Call},
    documented::LastKey,
    paging::{Listing, Paging},
};
use payerline_domain::{
    access::{ApiKey, Role, Roles},
    parse::{decode::note_duplicates, fault_code::FaultCode, json::Node, record::record},
    values::{ids::KeyId, text::Label},
};

/// There are as many roles.
const MAX_ROLES: usize = 5;

record! {
    /// An API key to be created.
    #[derive(Debug)]
    pub struct NewKey {
        /// What it is for.
        #[schema(value_type = String, min_length = 1, max_length = 64, example = "front desk")]
        pub name: Label,
        /// What it may do, if that is one role.
        pub role: Option<Role>,
        /// What it may do, as the key is answered: its roles. Give either `role` or `roles`.
        #[schema(min_items = 1, max_items = 5, example = json!(["billing"]))]
        pub roles: Option<Vec<Role>> [1..=MAX_ROLES],
    }
    check(node, at, faults) {
        let is_given = |name| !matches!(node.get(name), None | Some(Node::Null));
        match (is_given("role"), is_given("roles")) {
            (false, false) => faults.missing(&at.field("role")),
            (true, true) => {
                let detail = "must not be given beside `role`; leave one of them out";
                faults.shape(FaultCode::OneOf, &at.field("roles"), detail);
            }
            _ => {}
        }
        if let Some(roles) = &roles {
            note_duplicates(roles, &at.field("roles"), faults);
        }
    }
}

impl NewKey {
    /// The roles, whichever way they were given.
    fn roles(&self) -> Roles {
        let listed = self.roles.iter().flatten();
        Roles::new(self.role.iter().chain(listed).copied().collect())
    }
}

/// Create an API key
///
/// The key is in the answer, once. Give each system and each person a key of their own, so that one
/// can be revoked without the others. A key with the role `operator` can be created by an operator only. Give its `role`, or
/// several as `roles`.
#[utoipa::path(
    tag = "Keys and clinics",
    request_body(content = NewKey, content_type = "application/json"),
    responses((status = 201, description = "Created; the key is shown this once.", body = CreatedKey)),
)]
#[post("/v1/api-keys")]
pub async fn create_api_key(mut call: Call<ManageKeys>) -> Answer {
    let new: NewKey = call.json().await?;
    let created = call
        .app
        .access
        .create_key(&call.actor, new.name.clone(), new.roles())
        .await?;
    Ok(HttpResponse::Created().json(created))
}

/// List API keys
///
/// Newest first, revoked ones included. The keys themselves are not shown.
#[utoipa::path(
    tag = "Keys and clinics",
    params(Paging),
    responses((status = 200, description = "A page of keys.", body = Listing<ApiKey>)),
)]
#[get("/v1/api-keys")]
pub async fn list_api_keys(call: Call<ManageKeys>) -> Answer {
    let paged = call.paging()?;
    let page = call
        .app
        .access
        .list_keys(&call.actor, paged.request)
        .await?;
    Ok(paged.answer(page))
}

/// Revoke an API key
///
/// From then on the key is unknown: requests with it answer 401. Revoking it again changes nothing. The last `admin`
/// key of a clinic and the last `operator` key of all cannot be revoked: create another one first.
#[utoipa::path(
    tag = "Keys and clinics",
    params(("id" = KeyId, Path, description = "The id of the key, as in the list.")),
    responses((status = 204, description = "Revoked."), LastKey),
)]
#[delete("/v1/api-keys/{id}")]
pub async fn revoke_api_key(call: Call<ManageKeys>) -> Answer {
    let id = call.id(KeyId::parse, "API key")?;
    call.app.access.revoke_key(&call.actor, id).await?;
    Ok(HttpResponse::NoContent().finish())
}
