//! Who is calling: the bearer key of a request, looked up and remembered for a moment.

use std::{
    collections::HashMap,
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use actix_web::{FromRequest, HttpRequest, dev::Payload, http::header, web};

use super::problem::ApiError;
use crate::store::{KeyHash, Store, StoreError};
use payerline_domain::access::{Actor, Permission};

/// How long a key found valid is not looked up again. A key revoked through another replica works
/// this much longer; through this one it stops at once.
const REMEMBERED: Duration = Duration::from_secs(1);
/// Keys remembered at most.
const MOST_REMEMBERED: usize = 10_000;
/// Looks callers up by their key.
#[derive(Clone)]
pub struct Authenticator {
    store: Store,
    remembered: Arc<Mutex<Remembered>>,
}

#[derive(Default)]
struct Remembered {
    callers: HashMap<KeyHash, (Instant, Actor)>,
    /// How often everything was forgotten: what was asked before is not remembered after.
    generation: u64,
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
        let mut remembered = self.lock();
        remembered.callers.clear();
        remembered.generation += 1;
    }

    async fn caller(&self, key: &[u8]) -> Result<Option<Actor>, StoreError> {
        let hash = KeyHash::of(key);
        let generation = {
            let remembered = self.lock();
            if let Some((since, caller)) = remembered.callers.get(&hash)
                && since.elapsed() < REMEMBERED
            {
                return Ok(Some(caller.clone()));
            }
            remembered.generation
        };
        let asked = Instant::now();
        let caller = self.store.caller(hash).await?;
        let mut remembered = self.lock();
        if remembered.callers.len() >= MOST_REMEMBERED {
            remembered.callers.clear();
        }
        match &caller {
            Some(caller) if remembered.generation == generation => {
                remembered.callers.insert(hash, (asked, caller.clone()));
            }
            _ => {
                remembered.callers.remove(&hash);
            }
        }
        Ok(caller)
    }

    fn lock(&self) -> MutexGuard<'_, Remembered> {
        self.remembered
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// The caller of a request; asking for it demands a valid key.
pub struct Authenticated(Actor);

impl Authenticated {
    /// The caller, if a role of theirs gives the permission.
    ///
    /// # Errors
    /// [`ApiError::Forbidden`] otherwise.
    pub fn allowed(self, permission: Permission) -> Result<Actor, ApiError> {
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
        let key = bearer(request).map(<[u8]>::to_vec);
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

/// The key of `Authorization: Bearer <key>`, any bytes: a configured key need not be ASCII.
fn bearer(request: &HttpRequest) -> Option<&[u8]> {
    let value = request.headers().get(header::AUTHORIZATION)?.as_bytes();
    let (scheme, key) = value.split_at_checked("Bearer ".len())?;
    let sound = scheme.eq_ignore_ascii_case(b"Bearer ") && !key.is_empty();
    sound.then_some(key)
}
