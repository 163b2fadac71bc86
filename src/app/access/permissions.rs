//! Permissions. A use case takes an [`Allowed`] of its grant, which proves that the actor was checked.

use std::{marker::PhantomData, ops::Deref};

use payerline_domain::access::{Actor, Permission};

use crate::app::error::AppError;

/// The permissions that a use case demands of its actor.
pub trait Grant: 'static {
    /// The actor needs all of them; each can come from another role.
    const PERMISSIONS: &'static [Permission];
}

/// Declares grants, each with the permissions that it stands for.
macro_rules! grants {
    ($($grant:ident: $($permission:ident)&+;)+) => {
        $(
            #[derive(Debug)]
            pub enum $grant {}

            impl Grant for $grant {
                const PERMISSIONS: &'static [Permission] = &[$(Permission::$permission),+];
            }
        )+
    };
}

grants! {
    SubmitClaims: SubmitClaims;
    ReadClaims: ReadClaims;
    RedecideClaims: RedecideClaims;
    ReadPreauthorizations: ReadPreauthorizations;
    WritePreauthorizations: WritePreauthorizations;
    ReadRulebooks: ReadRulebooks;
    ManageRulebooks: ManageRulebooks;
    ReadBacktests: ReadRulebooks & ReadClaims;
    RedecideBacktests: ManageRulebooks & RedecideClaims;
    ManageKeys: ManageKeys;
    ManageClinics: ManageClinics;
}

/// An actor whose roles give the permissions of `G`. Only [`Allowed::check`] creates one.
#[derive(Debug)]
pub struct Allowed<G> {
    actor: Actor,
    grant: PhantomData<fn() -> G>,
}

impl<G: Grant> Allowed<G> {
    /// Refuses an actor with the first permission that is missing.
    pub fn check(actor: Actor) -> Result<Self, AppError> {
        let missing = |permission: &&Permission| !actor.roles.allow(**permission);
        match G::PERMISSIONS.iter().find(missing) {
            Some(permission) => Err(AppError::Forbidden(*permission)),
            None => Ok(Self {
                actor,
                grant: PhantomData,
            }),
        }
    }
}

impl<G> Clone for Allowed<G> {
    fn clone(&self) -> Self {
        Self {
            actor: self.actor.clone(),
            grant: PhantomData,
        }
    }
}

impl<G> Deref for Allowed<G> {
    type Target = Actor;

    fn deref(&self) -> &Actor {
        &self.actor
    }
}

#[cfg(test)]
mod tests {
    use payerline_domain::access::{Role, Roles};
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_grant_of_two_permissions_needs_both() {
        let actor = |roles: Vec<Role>| Actor {
            clinic: Uuid::nil().into(),
            key: Uuid::nil().into(),
            roles: Roles::new(roles),
        };
        assert!(Allowed::<ReadBacktests>::check(actor(vec![Role::Auditor])).is_ok());
        let staff = Allowed::<RedecideBacktests>::check(actor(vec![Role::Staff]));
        assert!(matches!(
            staff,
            Err(AppError::Forbidden(Permission::ManageRulebooks))
        ));
        let operator = Allowed::<ReadBacktests>::check(actor(vec![Role::Operator]));
        assert!(matches!(operator, Err(AppError::Forbidden(_))));
    }
}
