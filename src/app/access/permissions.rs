//! Permissions. A use case takes an [`Allowed`] of its grant, which proves that the actor was checked.

use std::{marker::PhantomData, ops::Deref};

use payerline_domain::{
    access::{Actor, Permission, Role},
    values::closed_enum::ClosedEnum,
};

use crate::app::error::AppError;

/// The permissions that a use case demands of its actor.
pub trait Grant: 'static {
    /// The actor needs all of them; each can come from another role.
    const PERMISSIONS: &'static [Permission];

    /// The roles that give all of the permissions.
    fn roles() -> Vec<Role> {
        let gives_all = |role: &Role| {
            Self::PERMISSIONS
                .iter()
                .all(|permission| role.allows(*permission))
        };
        Role::ALL.iter().copied().filter(gives_all).collect()
    }
}

/// Declares grants, each with the permissions that it stands for.
macro_rules! grants {
    ($($grant:ident: $($permission:ident)&*;)+) => {
        $(
            #[derive(Debug)]
            pub enum $grant {}

            impl Grant for $grant {
                const PERMISSIONS: &'static [Permission] = &[$(Permission::$permission),*];
            }
        )+
    };
}

grants! {
    // Whoever has a valid key.
    Identify: ;
    SubmitClaims: SubmitClaims;
    ReadClaims: ReadClaims;
    RedecideClaims: RedecideClaims;
    ReviewClaims: ReviewClaims;
    SendClaims: SendClaims;
    EnterRemittances: EnterRemittances;
    ReadPreauthorizations: ReadPreauthorizations;
    ReadPatients: ReadClaims & ReadPreauthorizations;
    ReadReports: ReadClaims & ReadPreauthorizations;
    ReadWorkQueue: ReadClaims & ReadPreauthorizations;
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
            Some(permission) => Err(AppError::Forbidden {
                missing: *permission,
                needed: G::roles(),
                given: actor.roles,
            }),
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
        let Err(AppError::Forbidden {
            missing, needed, ..
        }) = staff
        else {
            panic!("{staff:?}");
        };
        assert_eq!(missing, Permission::ManageRulebooks);
        assert_eq!(needed, [Role::Admin]);
        let operator = Allowed::<ReadBacktests>::check(actor(vec![Role::Operator]));
        assert!(matches!(operator, Err(AppError::Forbidden { .. })));
        assert!(Allowed::<Identify>::check(actor(vec![Role::Operator])).is_ok());
    }
}
