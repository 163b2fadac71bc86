//! Who may do what: the roles of an API key.

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::values::{
    closed_enum::{ClosedEnum, string_enum},
    ids::{ClinicId, KeyId},
    text::Label,
    time::Timestamp,
};

string_enum! {
    /// What a key may do.
    Role {
        /// Submit, read and send claims, enter remittances, read preauthorizations.
        Billing = "billing",
        /// All that `billing` may, and reviews, preauthorizations and documents.
        Staff = "staff",
        /// All that `staff` may, and the clinic's keys, rulebooks and webhooks.
        Admin = "admin",
        /// Read everything of the clinic; change nothing.
        Auditor = "auditor",
        /// Clinics and their first keys; no patient data.
        Operator = "operator",
    }
}

string_enum! {
    /// Something that an operation of the API needs.
    Permission {
        /// Submit claims and try them out.
        SubmitClaims = "submit_claims",
        /// Read claims.
        ReadClaims = "read_claims",
        /// Read preauthorizations.
        ReadPreauthorizations = "read_preauthorizations",
        /// Create and change preauthorizations.
        WritePreauthorizations = "write_preauthorizations",
        /// Decide claims again.
        RedecideClaims = "redecide_claims",
        /// Review, appeal and withdraw claims.
        ReviewClaims = "review_claims",
        /// Send claims to payers.
        SendClaims = "send_claims",
        /// Enter what payers answer.
        EnterRemittances = "enter_remittances",
        /// Read rulebooks, prove them and see what back-tests found.
        ReadRulebooks = "read_rulebooks",
        /// Draft, back-test and activate rulebooks.
        ManageRulebooks = "manage_rulebooks",
        /// Create, list and revoke the clinic's keys.
        ManageKeys = "manage_keys",
        /// Create and list clinics.
        ManageClinics = "manage_clinics",
    }
}

impl Role {
    pub fn allows(self, permission: Permission) -> bool {
        use Permission as P;
        match self {
            Self::Billing => matches!(
                permission,
                P::SubmitClaims
                    | P::ReadClaims
                    | P::SendClaims
                    | P::EnterRemittances
                    | P::ReadPreauthorizations
                    | P::ReadRulebooks
            ),
            Self::Staff => {
                Self::Billing.allows(permission)
                    || matches!(
                        permission,
                        P::WritePreauthorizations | P::RedecideClaims | P::ReviewClaims
                    )
            }
            Self::Admin => {
                Self::Staff.allows(permission)
                    || matches!(permission, P::ManageRulebooks | P::ManageKeys)
            }
            Self::Auditor => matches!(
                permission,
                P::ReadClaims | P::ReadPreauthorizations | P::ReadRulebooks
            ),
            Self::Operator => permission == P::ManageClinics,
        }
    }
}

/// The roles of one key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Roles(Vec<Role>);

impl Roles {
    /// A set of roles; order and repetition do not count.
    pub fn new(mut roles: Vec<Role>) -> Self {
        roles.sort_unstable();
        roles.dedup();
        Self(roles)
    }

    /// Reads the form of [`Roles::stored`]; `None` when a word is unknown.
    pub fn from_stored(text: &str) -> Option<Self> {
        let roles: Option<Vec<Role>> = text.split(' ').map(Role::from_word).collect();
        roles.map(Self::new)
    }

    /// The words, separated by blanks, as the database keeps them.
    pub fn stored(&self) -> String {
        let words: Vec<&str> = self.0.iter().map(|role| role.word()).collect();
        words.join(" ")
    }

    /// Whether the key has this role itself.
    pub fn include(&self, role: Role) -> bool {
        self.0.contains(&role)
    }

    /// The words as a sentence quotes them: `admin` and `operator`.
    pub fn quoted(&self) -> String {
        quote(&self.0, "and")
    }

    /// Whether any of the roles gives a permission.
    pub fn allow(&self, permission: Permission) -> bool {
        self.0.iter().any(|role| role.allows(permission))
    }
}

/// Quotes the words of some roles and joins them, as in: `staff` or `admin`.
pub fn quote(roles: &[Role], conjunction: &str) -> String {
    let words: Vec<String> = roles.iter().map(|it| format!("`{}`", it.word())).collect();
    match words.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} {conjunction} {last}", others.join(", ")),
        None => "none".to_owned(),
    }
}

/// Who is calling: the clinic and the roles of the key that was sent.
#[derive(Debug, Clone)]
pub struct Actor {
    /// The clinic of the key: every row read or written belongs to it.
    pub clinic: ClinicId,
    /// The key.
    pub key: KeyId,
    /// What it may do.
    pub roles: Roles,
}

impl Actor {
    /// Who is recorded as the cause of a change.
    pub fn id(&self) -> ActorId {
        ActorId::Key(self.key)
    }
}

/// Who caused a change, as events record it: 16 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ActorId {
    /// An API key.
    Key(KeyId),
}

impl ActorId {
    /// The bytes that are stored and hashed.
    pub fn as_bytes(&self) -> &[u8; 16] {
        match self {
            Self::Key(id) => id.as_bytes(),
        }
    }

    /// The id that is stored.
    pub fn uuid(self) -> Uuid {
        match self {
            Self::Key(id) => id.uuid(),
        }
    }
}

/// An API key as lists show it. The key itself is shown once, when it is created.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ApiKey {
    /// The id of the key, for revoking it.
    pub id: KeyId,
    /// What it is for.
    #[schema(value_type = String, min_length = 1, max_length = 64, example = "front desk")]
    pub name: Label,
    /// What it may do.
    #[schema(value_type = Vec<Role>)]
    pub roles: Roles,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was revoked; null while it is valid.
    pub revoked_at: Option<Timestamp>,
}

/// A clinic: the tenant that owns claims, approvals and keys.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Clinic {
    /// The id of the clinic.
    pub id: ClinicId,
    /// Its name.
    #[schema(value_type = String, min_length = 1, max_length = 64, example = "Lakeshore Sports Medicine")]
    pub name: Label,
    /// When it was created.
    pub created_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows: permissions; columns: billing, staff, admin, auditor, operator.
    const MATRIX: [(Permission, [bool; 5]); 12] = [
        (Permission::SubmitClaims, [true, true, true, false, false]),
        (Permission::ReadClaims, [true, true, true, true, false]),
        (
            Permission::ReadPreauthorizations,
            [true, true, true, true, false],
        ),
        (
            Permission::WritePreauthorizations,
            [false, true, true, false, false],
        ),
        (
            Permission::RedecideClaims,
            [false, true, true, false, false],
        ),
        (Permission::ReviewClaims, [false, true, true, false, false]),
        (Permission::SendClaims, [true, true, true, false, false]),
        (
            Permission::EnterRemittances,
            [true, true, true, false, false],
        ),
        (Permission::ReadRulebooks, [true, true, true, true, false]),
        (
            Permission::ManageRulebooks,
            [false, false, true, false, false],
        ),
        (Permission::ManageKeys, [false, false, true, false, false]),
        (
            Permission::ManageClinics,
            [false, false, false, false, true],
        ),
    ];

    #[test]
    fn each_role_may_what_the_contract_says_and_nothing_else() {
        assert_eq!(MATRIX.len(), Permission::ALL.len());
        for (permission, row) in MATRIX {
            for (role, allowed) in Role::ALL.iter().zip(row) {
                assert_eq!(role.allows(permission), allowed, "{role:?} {permission:?}");
            }
        }
    }

    #[test]
    fn roles_are_quoted_in_sentences() {
        use Role::{Admin, Billing, Staff};
        assert_eq!(quote(&[Admin], "or"), "`admin`");
        let three = [Billing, Staff, Admin];
        assert_eq!(quote(&three, "or"), "`billing`, `staff` or `admin`");
        assert_eq!(
            Roles::new(vec![Staff, Billing]).quoted(),
            "`billing` and `staff`"
        );
        assert_eq!(Roles::new(Vec::new()).quoted(), "none");
    }

    #[test]
    fn roles_are_stored_as_words() {
        let roles = Roles::new(vec![Role::Operator, Role::Admin, Role::Admin]);
        assert_eq!(roles.stored(), "admin operator");
        assert_eq!(Roles::from_stored("admin operator"), Some(roles));
        assert_eq!(Roles::from_stored("root"), None);
    }
}
