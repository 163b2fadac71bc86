//! Who is calling: the bearer key of a request, looked up and remembered for a moment.

use std::{
    collections::HashMap,
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use actix_web::{FromRequest, HttpRequest, dev::Payload, http::header, web};

use super::problem::ApiError;
use crate::{
    domain::access::{Caller, Permission},
    store::{KeyHash, Store, StoreError},
};

/// How long a key found valid is not looked up again. A key revoked through another replica works
/// this much longer; through this one it stops at once.
const REMEMBERED: Duration = Duration::from_secs(1);
/// Keys remembered at most.
const MOST_REMEMBERED: usize = 10_000;
/// The longest key that is looked at, in bytes.
const LONGEST_KEY: usize = 512;

/// Looks callers up by their key.
#[derive(Clone)]
pub struct Authenticator {
    store: Store,
    remembered: Arc<Mutex<HashMap<KeyHash, (Instant, Caller)>>>,
}

impl Authenticator {
    /// Looks keys up in `store`.
    pub fn new(store: Store) -> Self {
        Self {
            store,
            remembered: Arc::default(),
        }
    }

    /// Forgets every key, so that a revoked one stops at once.
    pub fn forget(&self) {
        self.lock().clear();
    }

    async fn caller(&self, key: &str) -> Result<Option<Caller>, StoreError> {
        let hash = KeyHash::of(key);
        if let Some((since, caller)) = self.lock().get(&hash)
            && since.elapsed() < REMEMBERED
        {
            return Ok(Some(caller.clone()));
        }
        let asked = Instant::now();
        let caller = self.store.caller(hash).await?;
        let mut remembered = self.lock();
        if remembered.len() >= MOST_REMEMBERED {
            remembered.clear();
        }
        match &caller {
            Some(caller) => remembered.insert(hash, (asked, caller.clone())),
            None => remembered.remove(&hash),
        };
        Ok(caller)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<KeyHash, (Instant, Caller)>> {
        self.remembered
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// The caller of a request; asking for it demands a valid key.
pub struct Authenticated(Caller);

impl Authenticated {
    /// The caller, if a role of theirs gives the permission.
    ///
    /// # Errors
    /// [`ApiError::Forbidden`] otherwise.
    pub fn allowed(self, permission: Permission) -> Result<Caller, ApiError> {
        if self.0.roles.allow(permission) {
            Ok(self.0)
        } else {
            Err(ApiError::Forbidden(permission))
        }
    }
}

impl FromRequest for Authenticated {
    type Error = ApiError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, ApiError>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let key = bearer(request).map(str::to_owned);
        let authenticator = request.app_data::<web::Data<Authenticator>>().cloned();
        Box::pin(async move {
            let key = key.ok_or(ApiError::Unauthenticated)?;
            let authenticator = authenticator
                .ok_or_else(|| ApiError::Internal("the application has no authenticator".into()))?;
            let caller = authenticator.caller(&key).await?;
            caller.map(Self).ok_or(ApiError::Unauthenticated)
        })
    }
}

/// The key of `Authorization: Bearer <key>`.
fn bearer(request: &HttpRequest) -> Option<&str> {
    let value = request
        .headers()
        .get(header::AUTHORIZATION)?
        .to_str()
        .ok()?;
    let (scheme, key) = value.split_once(' ')?;
    let key = key.trim();
    let sound =
        scheme.eq_ignore_ascii_case("bearer") && !key.is_empty() && key.len() <= LONGEST_KEY;
    sound.then_some(key)
}
