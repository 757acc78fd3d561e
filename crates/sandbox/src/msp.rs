//! The MSP that the emulated systems start from, and its clients as the fixture files describe them.

use std::collections::BTreeMap;

use serde::Deserialize;

/// Everything the emulated systems start from.
#[derive(Debug, Clone)]
pub(crate) struct Msp {
    /// The MSP's own people, who own companies.
    pub(crate) staff: Vec<Staff>,
    /// Territories: number and name.
    pub(crate) territories: Vec<(i64, String)>,
    /// The clients.
    pub(crate) clients: Vec<Client>,
}

/// A person who works for the MSP.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Staff {
    /// PSA resource id.
    pub(crate) id: i64,
    /// First name.
    pub(crate) first: String,
    /// Last name.
    pub(crate) last: String,
    /// Email.
    pub(crate) email: String,
}

/// One client: a company on three sides.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Client {
    /// Name on every side.
    pub(crate) name: String,
    /// Whether the sandbox's configuration serves it without being asked by name.
    #[serde(default = "yes")]
    pub(crate) enabled: bool,
    /// Tenant id. Clients with the same one share the tenant.
    pub(crate) tenant: String,
    /// Verified domains of the tenant besides its onmicrosoft.com one.
    pub(crate) domains: Vec<String>,
    /// Whether the configuration must name the domains because the tenant is shared.
    #[serde(default)]
    pub(crate) shared: bool,
    /// Part numbers of the licences the tenant owns.
    #[serde(default)]
    pub(crate) skus: Vec<String>,
    /// CloudRadial's company id.
    pub(crate) cloudradial: i64,
    /// The company's id in the PSA, whichever it is.
    pub(crate) psa: i64,
    /// Territory in the PSA, by number.
    pub(crate) territory: Option<i64>,
    /// Owner in the PSA, by staff id.
    pub(crate) owner: i64,
    /// Territory that the portal shows now.
    #[serde(default)]
    pub(crate) portal_territory: String,
    /// Account manager that the portal shows now.
    #[serde(default)]
    pub(crate) portal_account_manager: String,
    /// Lines added to the company's table in the configuration.
    #[serde(default)]
    pub(crate) config: String,
    /// Everybody.
    #[serde(default)]
    pub(crate) person: Vec<Person>,
}

impl Client {
    /// Returns the domain that its tenant began with.
    pub(crate) fn initial_domain(&self) -> String {
        let letters: String = self.name.chars().filter(char::is_ascii_alphanumeric).collect();
        format!("{}.onmicrosoft.com", letters.to_lowercase())
    }
}

/// One human, or one record, on up to three sides.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Person {
    /// The 365 user.
    pub(crate) user: Option<User>,
    /// The PSA contact.
    pub(crate) contact: Option<Contact>,
    /// The portal user.
    pub(crate) portal: Option<PortalUser>,
}

/// A 365 user; what the file leaves out is null.
#[allow(clippy::struct_excessive_bools)] // independent facts of one record, as the file states them
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct User {
    /// Object id; if the file leaves it out, it is made from the client and the position.
    pub(crate) id: Option<String>,
    /// User principal name.
    pub(crate) upn: String,
    /// Primary email; null when absent.
    pub(crate) mail: Option<String>,
    pub(crate) first: Option<String>,
    pub(crate) last: Option<String>,
    pub(crate) display: Option<String>,
    pub(crate) title: Option<String>,
    pub(crate) department: Option<String>,
    pub(crate) office: Option<String>,
    pub(crate) company_name: Option<String>,
    pub(crate) phone: Option<String>,
    pub(crate) mobile: Option<String>,
    pub(crate) street: Option<String>,
    pub(crate) city: Option<String>,
    pub(crate) state: Option<String>,
    pub(crate) postal_code: Option<String>,
    pub(crate) country: Option<String>,
    pub(crate) employee_id: Option<String>,
    pub(crate) fax: Option<String>,
    /// Two letters of the country whose law decides on the licences.
    pub(crate) usage_location: Option<String>,
    /// Sign-in blocked.
    pub(crate) disabled: bool,
    /// Guest rather than member.
    pub(crate) guest: bool,
    /// Mastered on the premises.
    pub(crate) on_premises: bool,
    /// Neither member nor guest: the type of some old synchronised objects is null.
    pub(crate) untyped: bool,
    /// Holds an administrator role, so that sensitive properties cannot be written by an application.
    pub(crate) admin: bool,
    /// Part numbers of the licences assigned; empty for none.
    pub(crate) licences: Vec<String>,
    /// Further smtp addresses.
    pub(crate) aliases: Vec<String>,
    /// Other mails.
    pub(crate) other_mails: Vec<String>,
    /// User principal name of the manager.
    pub(crate) manager: Option<String>,
    /// What the photo service has; if the file leaves it out, the position chooses.
    pub(crate) picture: Option<Picture>,
}

/// A picture of a 365 user, or the way in which there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Picture {
    /// A JPEG in all sizes.
    Jpeg,
    /// A JPEG of 240 by 240 pixels and less.
    Portrait,
    /// A JPEG of 96 by 96 pixels and less.
    Small,
    /// A PNG that is announced as a JPEG.
    Png,
    ImageNotFound,
    NoMailbox,
    NoUser,
    NoProfile,
    EntityNotFound,
    ItemNotFound,
    Blank,
}

/// A PSA contact; what the file leaves out is blank.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct Contact {
    /// Id; unique in the MSP.
    pub(crate) id: i64,
    pub(crate) first: String,
    pub(crate) last: String,
    pub(crate) email: String,
    pub(crate) email2: String,
    pub(crate) email3: String,
    pub(crate) title: String,
    pub(crate) phone: String,
    pub(crate) mobile: String,
    pub(crate) street: String,
    pub(crate) city: String,
    pub(crate) state: String,
    pub(crate) postal_code: String,
    /// Not active.
    pub(crate) inactive: bool,
    /// User-defined fields, by their usual name.
    pub(crate) udf: BTreeMap<String, String>,
}

/// A portal user; what the file leaves out is blank.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct PortalUser {
    /// Id; unique in the MSP.
    pub(crate) id: String,
    pub(crate) first: String,
    pub(crate) last: String,
    pub(crate) email: String,
    pub(crate) user_name: String,
    pub(crate) phone: String,
    pub(crate) mobile: String,
    pub(crate) department: String,
    pub(crate) title: String,
    pub(crate) street: String,
    pub(crate) city: String,
    pub(crate) state: String,
    pub(crate) postal_code: String,
    pub(crate) country: String,
    /// PSA contact id; 0 for none.
    pub(crate) psa_key: i64,
    /// Support PIN, if one is set.
    pub(crate) support_pin: Option<String>,
    /// Deleted softly.
    pub(crate) deleted: bool,
}

fn yes() -> bool {
    true
}
