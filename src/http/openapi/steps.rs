//! What the document says of each step of a claim's life, from the one table of steps.

use payerline_domain::{
    access::{self, Role},
    claims::lifecycle::{STEPS, StepRule, Target},
    values::closed_enum::ClosedEnum,
};
use utoipa::openapi::{OpenApi as Document, path::Operation};

use crate::http::boundary::documented;

const REPEATED: &str = "The same request again, with the same body and `If-Match`, answers 200 with \
    `Idempotency-Replayed: true`; while no other step followed, also with another `If-Match` or none.";
const DECIDED_AGAIN: &str = "The same request again, with the same `If-Match`, answers 200 with \
    `Idempotency-Replayed: true` if it changed the claim.";

/// Adds to the description of each step's operation when the step is legal, where it leads and who may take it.
pub fn describe_steps(document: &mut Document) {
    for (path, item) in &mut document.paths.paths {
        for operation in documented::list_operations(item) {
            let posted = format!("POST {path}");
            let steps = STEPS.iter().filter(|rule| rule.operation == posted);
            // A new claim that replaces another is no step of its own.
            for rule in steps.filter(|_| path.contains('{')) {
                describe(rule, operation);
            }
        }
    }
}

fn describe(rule: &StepRule, operation: &mut Operation) {
    let from: Vec<String> = rule
        .from
        .iter()
        .map(|it| format!("`{}`", it.word()))
        .collect();
    let to = match rule.to {
        Target::Decided => "the disposition that is decided".to_owned(),
        Target::Reviewed => "the disposition of the reviewed items".to_owned(),
        Target::Answered => "`paid`, `partially_paid` or `denied`, by what is paid".to_owned(),
        Target::Status(status) => format!("`{}`", status.word()),
    };
    let roles = Role::ALL.iter().filter(|role| role.allows(rule.permission));
    let roles: Vec<Role> = roles.copied().collect();
    let text = format!(
        "\n\n**From** {}. **To** {to}. **Who:** a key with {}. **Needs** {}. **Changes** {}. Any other status answers 409, \
         which names the steps that are legal. {}",
        from.join(", "),
        access::quote(&roles, "or"),
        rule.needs,
        rule.changes,
        match rule.to {
            Target::Decided => DECIDED_AGAIN,
            Target::Answered => "",
            Target::Reviewed | Target::Status(_) => REPEATED,
        },
    );
    if let Some(description) = &mut operation.description {
        description.push_str(&text);
    }
}
