//! `payerline keys`: API keys without a running service.

use std::{error::Error, process::ExitCode};

use clap::{Args, Subcommand};

use crate::{
    app::access::owner::DatabaseOwner,
    store::{DatabaseUrl, Store},
};
use payerline_domain::{
    access::{ApiKey, Clinic, Role, Roles},
    values::{closed_enum::ClosedEnum, ids::KeyId, text::Label},
};

const HELP: &str = "\
It works on the database directly, beside a running service or without one, so it helps a clinic that has no valid \
key any more. A running service takes notice within a second.

Exit status: 0 done; 1 it could not be done, such as revoking the last key with the role `admin` of a clinic or \
the last one with the role `operator` of all; 2 the command line is wrong.";

#[derive(Debug, Args)]
#[command(after_long_help = HELP)]
pub struct KeysCommand {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Create a key and print it, this once.
    Create {
        #[command(flatten)]
        clinic: OneClinic,
        /// What it may do: `billing`, `staff`, `admin`, `auditor` or `operator`; give it again for another role.
        #[arg(long = "role", required = true, value_name = "ROLE", value_parser = parse_role)]
        roles: Vec<Role>,
        /// What it is for.
        #[arg(long, default_value = "created on the command line", value_parser = parse_name)]
        name: Label,
    },
    /// List the keys of a clinic, or of all; the keys themselves are not shown.
    List {
        /// The name or the id of a clinic. Left out: all clinics.
        #[arg(long, value_name = "NAME|ID")]
        clinic: Option<String>,
    },
    /// Revoke a key.
    Revoke {
        #[command(flatten)]
        clinic: OneClinic,
        /// The id of the key, as `payerline keys list` shows it.
        #[arg(value_parser = parse_key_id)]
        id: KeyId,
    },
}

#[derive(Debug, Args)]
struct OneClinic {
    /// The name or the id of the clinic.
    #[arg(long, default_value = "default", value_name = "NAME|ID")]
    clinic: String,
}

fn parse_role(text: &str) -> Result<Role, String> {
    Role::from_word(text).ok_or_else(|| format!("one of: {}", Role::list()))
}

fn parse_name(text: &str) -> Result<Label, String> {
    Label::parse(text).map_err(|(_, detail)| detail)
}

fn parse_key_id(text: &str) -> Result<KeyId, &'static str> {
    KeyId::parse(text).ok_or("must be the id of a key, a UUID")
}

impl KeysCommand {
    pub async fn run(self, database_url: &str) -> Result<ExitCode, Box<dyn Error>> {
        let store = Store::attach(&DatabaseUrl::parse(database_url)?).await?;
        let done = self.action.run(&DatabaseOwner::new(store.clone())).await;
        store.close().await;
        done.map(|()| ExitCode::SUCCESS)
    }
}

impl Action {
    async fn run(self, owner: &DatabaseOwner) -> Result<(), Box<dyn Error>> {
        match self {
            Self::Create {
                clinic,
                roles,
                name,
            } => {
                let clinic = owner.find_clinic(&clinic.clinic).await?;
                let roles = Roles::new(roles);
                let created = owner.create_key(clinic.id, name, roles).await?;
                println!("Key     {}", created.key);
                println!("        It is shown this once: keep it.");
                println!("Id      {}", created.listed.id);
                println!("Roles   {}", created.listed.roles.stored());
                println!("Clinic  {} {}", clinic.id, clinic.name);
            }
            Self::List { clinic } => {
                let clinics = match clinic {
                    Some(clinic) => vec![owner.find_clinic(&clinic).await?],
                    None => owner.list_clinics().await?,
                };
                for clinic in clinics {
                    print_keys(&clinic, &owner.list_keys(clinic.id).await?);
                }
            }
            Self::Revoke { clinic, id } => {
                let clinic = owner.find_clinic(&clinic.clinic).await?;
                let revoked = owner.revoke_key(clinic.id, id).await?;
                println!("{}", describe(&revoked));
            }
        }
        Ok(())
    }
}

fn print_keys(clinic: &Clinic, keys: &[ApiKey]) {
    println!("{} {}", clinic.id, clinic.name);
    for key in keys {
        println!("  {}", describe(key));
    }
}

fn describe(key: &ApiKey) -> String {
    let state = match key.revoked_at {
        Some(at) => format!("revoked {at}"),
        None => format!("created {}", key.created_at),
    };
    format!("{} {state} {} {}", key.id, key.roles.stored(), key.name)
}
