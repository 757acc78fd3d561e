//! How each PSA's part of the sandbox's state is looked at and edited: the only file here that a further PSA has
//! to be added to.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use crsync::model::{Field, Udf};
use crsync_sandbox::System;
use serde_json::{Value, json};

/// Makes a record that no page had before out of one that a page has, if there is one.
pub(crate) type Fresh<'a> = dyn Fn(Option<&Value>) -> Value + 'a;

/// The environment of a run, with its secrets.
pub(crate) type Env = BTreeMap<String, String>;

/// Makes addresses of one that is elsewhere.
pub(crate) type Zones = fn(&str) -> Vec<String>;

/// How many people a long listing takes, and whether a line asks for a page behind its first.
pub(crate) type LaterPage = (usize, fn(&str) -> bool);

/// A field of a record, and its value there.
pub(crate) type Valued = (&'static str, fn() -> Value);

/// One PSA, as the suite sees it.
#[allow(clippy::struct_excessive_bools)] // each is a fact of its own
#[derive(Debug)]
pub(crate) struct Kit {
    /// Its id in the registry.
    pub(crate) id: &'static str,
    /// Its emulator.
    pub(crate) system: System,
    /// The name its requests are counted under.
    pub(crate) service: &'static str,
    /// Its key in the sandbox's state.
    pub(crate) part: &'static str,
    /// The environment variable of a secret.
    pub(crate) secret: &'static str,
    /// Whether wrong secrets lock the account.
    pub(crate) locks: bool,
    /// Whether listings say when a contact was last changed.
    pub(crate) dates: bool,
    /// A text in the path of what is asked without credentials.
    pub(crate) open: Option<&'static str>,
    /// A text in the path and query of every request that lists contacts.
    pub(crate) listing: &'static str,
    /// The end of the path that a contact is made at; `{}` stands for the company.
    pub(crate) create: &'static str,
    /// A text in the path and query of every page of the listing that contacts come with, and what in the PSA's part
    /// of the state makes it one of several pages for 2,500 people.
    pub(crate) pages: (&'static str, fn(&mut Value)),
    /// How many people a client needs for a listing whose pages are asked for at the same time, and whether the first
    /// line of a request asks for a page behind the first of it; `None` where no server can be put in between.
    pub(crate) later_page: Option<LaterPage>,
    /// The requests of a first diff, of a second one and of a sync that finds nothing left to do: of the PSA and of the
    /// portal, for the six small clients.
    pub(crate) runs: [(usize, usize); 3],
    /// How many contacts the service takes writes of at the same time, and a text in the paths of these.
    pub(crate) writes: (usize, &'static str),
    /// What the state's `denied` says when contacts cannot be read.
    pub(crate) not_read: &'static str,
    /// What it says when contacts cannot be changed in any way.
    pub(crate) not_written: &'static [&'static str],
    /// Where a contact says which company it belongs to.
    pub(crate) company: &'static str,
    /// Where a company keeps its tenant; `{}` stands for the company.
    pub(crate) tenant: &'static str,
    /// Where a company says that it is inactive, and how; `{}` stands for the company.
    pub(crate) past: Valued,
    /// A line of the PSA's table in the configuration that switches `tenant-id` on where it is not served else.
    pub(crate) tenant_switch: Option<&'static str>,
    /// Where a contact says whether it is active, and how; `None` where it does not.
    pub(crate) active: Option<(&'static str, Flag)>,
    /// Whether first and last name are one field.
    pub(crate) joined_name: bool,
    /// Whether a contact may have a last name alone.
    pub(crate) last_name_will_do: bool,
    /// What the service itself changes of a contact with every write.
    pub(crate) stamps: &'static [&'static str],
    /// The place of a field in a contact; a blank one where there is none yet.
    pub(crate) slot: fn(&mut Value, Field) -> &mut Value,
    /// The place of the extension of a contact's telephone; `None` where it has no field of its own.
    pub(crate) extension: Option<fn(&mut Value) -> &mut Value>,
    /// Whether the field of the telephone takes one number alone.
    pub(crate) short_phone: bool,
    /// Lets the service keep the digits of contacts' numbers alone; `None` where it keeps them as they are written.
    pub(crate) keep_digits: Option<fn(&mut Value)>,
    /// Gives a contact another id, and what it holds as well.
    pub(crate) renumber: fn(&mut Value, i64),
    /// Gives a contact the type of this name, or number where the PSA has types of its own; a blank name takes it away.
    pub(crate) give_type: fn(&mut Value, &str, i64),
    /// Defines a contact's user-defined text of this name in the PSA's part of the state.
    pub(crate) define: fn(&mut Value, &str),
    /// The part of a contact that holds its own fields.
    pub(crate) home: &'static str,
    /// The part of a contact that holds user-defined fields by their name.
    pub(crate) udfs: &'static str,
    /// Whether contacts have types of the PSA's own.
    pub(crate) own_types: bool,
    /// Whether a field that no record shows is there because the configuration names it.
    pub(crate) trusts_names: bool,
    /// Whether a value that is missing in an answer is a blank one.
    pub(crate) blank_when_missing: bool,
    /// The fields of an address that contacts lack.
    pub(crate) lacking: &'static str,
    /// Makes a page of contacts one that announces another one, with the record that it is given for one of its own.
    pub(crate) endless: fn(&mut Value, &Fresh<'_>),
    /// Where a page of contacts says how many there are.
    pub(crate) count: Option<fn(&mut Value) -> &mut Value>,
    /// Where a page of contacts has its first one.
    pub(crate) first: &'static str,
    /// Makes a page of contacts an empty one that announces more.
    pub(crate) hollow: fn(&mut Value),
    /// The key of an address that an answer without credentials names, and addresses that would lead elsewhere if they
    /// were taken for the one to ask; one elsewhere is given.
    pub(crate) wrong_zones: Option<(&'static str, Zones)>,
    /// Moves Contoso to the territory Coast in the PSA's part of the state; `None` where there are no territories.
    pub(crate) move_company: Option<fn(&mut Value)>,
    /// A text in the path of what carries credentials, and what a server that shows what it was sent would repeat of it.
    pub(crate) carries: (&'static str, fn(&Env) -> String),
    /// What the client makes of several secrets and sends.
    pub(crate) made_of_secrets: Option<fn(&Env) -> String>,
    /// The tokens that the PSA's part of the state has given out.
    pub(crate) tokens: fn(&Value) -> Vec<String>,
    /// Lifts the limits of the PSA's part of the state.
    pub(crate) unlimited: fn(&mut Value),
    /// Habits of the service that its installations differ in: the key in the PSA's part of the state, and another value.
    pub(crate) habits: &'static [(&'static str, &'static str)],
    /// What reading and writing cost, to the request.
    pub(crate) figures: Figures,
}

/// What requests were made for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Figures {
    /// A plan of Contoso.
    pub(crate) one: u64,
    /// A plan of all the small clients.
    pub(crate) all: u64,
    /// A sync of Contoso, its plan included.
    pub(crate) sync: u64,
}

/// How a flag is written.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Flag {
    /// 1 for yes.
    Number,
    /// `true` for yes.
    Plain,
    /// `true` for no.
    Inverted,
}

impl Flag {
    /// How the flag says that a contact is active, or not.
    pub(crate) fn says(self, active: bool) -> Value {
        match self {
            Self::Number => json!(i64::from(active)),
            Self::Plain => json!(active),
            Self::Inverted => json!(!active),
        }
    }
}

/// About how many people the largest client of the sandbox has.
pub(crate) const LARGE: usize = 2_500;

/// The number behind `key` in the first line of a request; 0 where there is none.
fn number(line: &str, key: &str) -> usize {
    let digits = line.split(key).nth(1).unwrap_or_default().chars().take_while(char::is_ascii_digit);
    digits.collect::<String>().parse().unwrap_or_default()
}

/// Every PSA of the registry.
pub(crate) static KITS: [Kit; 5] = [
    Kit {
        id: "autotask",
        system: System::AUTOTASK,
        service: "autotask",
        part: "autotask",
        secret: "CRSYNC_AUTOTASK_SECRET",
        locks: true,
        dates: true,
        open: Some("zoneInformation"),
        listing: "Contacts/query",
        create: "/Companies/{}/Contacts",
        pages: ("Contacts/query", |_| {}),
        // Its zone leads past what is between: where its listings are split is tested beside the code.
        later_page: None,
        runs: [(9, 8), (9, 4), (9, 3)],
        writes: (3, "Companies/26"),
        not_read: "Contacts",
        not_written: &["Contacts/create", "Contacts/update"],
        company: "/fields/companyID",
        tenant: "/companies/{}/udf/Tenant365Id",
        past: ("/companies/{}/fields/isActive", || json!(false)),
        tenant_switch: None,
        active: Some(("/fields/isActive", Flag::Number)),
        joined_name: false,
        last_name_will_do: false,
        stamps: &["/fields/lastModifiedDate", "/fields/lastActivityDate"],
        slot: autotask,
        extension: Some(|contact| &mut contact["fields"]["extension"]),
        short_phone: true,
        keep_digits: None,
        renumber: |contact, id| contact["fields"]["id"] = json!(id),
        give_type: |contact, name, _| contact["udf"]["TypeMapping"] = json!(name),
        define: |part, name| {
            copy_definition(&mut part["definitions"], "/fields/name", "/fields/id", name);
        },
        home: "/fields",
        udfs: "/udf",
        own_types: false,
        trusts_names: false,
        blank_when_missing: false,
        lacking: "country",
        endless: |page, fresh| {
            page["items"] = json!([fresh(page.pointer("/items/0"))]);
            page["pageDetails"]["nextPageUrl"] = json!("https://webservices3.autotask.net/next");
        },
        count: None,
        first: "/items/0",
        hollow: |page| {
            page["items"] = json!([]);
            page["pageDetails"]["nextPageUrl"] = json!("https://webservices3.autotask.net/next");
        },
        move_company: Some(|part| part["companies"]["174"]["fields"]["territoryID"] = json!(3)),
        carries: ("query", |env| {
            format!(
                "UserName: api@msp.example\nSecret: {}\nApiIntegrationCode: {}",
                env["CRSYNC_AUTOTASK_SECRET"], env["CRSYNC_AUTOTASK_INTEGRATION_CODE"]
            )
        }),
        made_of_secrets: None,
        tokens: |_| Vec::new(),
        wrong_zones: Some(("url", |elsewhere| {
            vec![
                elsewhere.to_owned(),
                "https://webservices3.autotask.net.elsewhere.example/".to_owned(),
                "https://api@webservices3.autotask.net/".to_owned(),
                "file:///etc/passwd".to_owned(),
                "no address".to_owned(),
                String::new(),
            ]
        })),
        unlimited: |_| {},
        habits: &[("list_values", "Number")],
        // Zone, threshold, companies, contacts, fields and user-defined fields of both, resources: whatever the number
        // of companies. A write is one request, and answers with an id alone: the five are looked at together before
        // and after, so are the two; the new one is searched by addresses and by id, which cannot be one query, and
        // looked at.
        figures: Figures { one: 9, all: 9, sync: 9 + (1 + 5 + 1) + (2 + 1 + 1) + (1 + 2 + 1) },
    },
    Kit {
        id: "connectwise",
        system: System::CONNECTWISE,
        service: "connectwise",
        part: "connectwise",
        secret: "CRSYNC_CONNECTWISE_PRIVATE_KEY",
        locks: false,
        dates: true,
        open: Some("companyinfo"),
        listing: "company/contacts?",
        create: "/company/contacts",
        pages: ("company/contacts?", |_| {}),
        later_page: Some((6_500, |line| {
            line.contains("company/contacts?") && (line.contains("id%20%3E") || line.contains("&page="))
        })),
        runs: [(11, 8), (7, 4), (4, 3)],
        writes: (4, "contacts/"),
        not_read: "Contacts",
        not_written: &["Contacts/add", "Contacts/edit"],
        company: "/fields/company/id",
        tenant: "/companies/{}/udf/Tenant365Id",
        past: ("/companies/{}/fields/status", || json!({"id": 2, "name": "Not-Active"})),
        tenant_switch: None,
        active: Some(("/fields/inactiveFlag", Flag::Inverted)),
        joined_name: false,
        last_name_will_do: false,
        stamps: &["/fields/_info/lastUpdated", "/fields/_info/updatedBy"],
        slot: connectwise,
        extension: Some(|contact| {
            let items = contact["fields"]["communicationItems"].as_array_mut().expect("items");
            &mut items.iter_mut().find(|item| item["type"]["id"] == 2).expect("a telephone")["extension"]
        }),
        short_phone: false,
        keep_digits: None,
        renumber: |contact, id| {
            contact["fields"]["id"] = json!(id);
            renumber_all(&mut contact["fields"]["communicationItems"], id);
            contact["types"] = json!({});
        },
        give_type: |contact, name, number| {
            contact["types"] = if name.is_empty() { json!({}) } else { json!({"9900001": number}) };
        },
        define: |part, name| {
            copy_definition(&mut part["definitions"], "/fields/caption", "/fields/id", name);
        },
        home: "/fields",
        udfs: "/udf",
        own_types: true,
        trusts_names: false,
        blank_when_missing: true,
        lacking: "country",
        endless: |page, fresh| *page = json!([fresh(page.pointer("/0"))]),
        count: None,
        first: "/0",
        hollow: |page| *page = json!([]),
        move_company: Some(|part| part["companies"]["174"]["fields"]["territory"] = json!({"id": 3})),
        carries: ("apis", |env| {
            format!(
                "Authorization: Basic {}\nclientId: {}\npassword {}",
                basic(env),
                env["CRSYNC_CONNECTWISE_CLIENT_ID"],
                env["CRSYNC_CONNECTWISE_PRIVATE_KEY"]
            )
        }),
        made_of_secrets: Some(basic),
        tokens: |_| Vec::new(),
        wrong_zones: Some(("Codebase", |elsewhere| {
            vec![
                "../../elsewhere/".to_owned(),
                format!("@{elsewhere}"),
                elsewhere.to_owned(),
                "v4?x=".to_owned(),
                "..".to_owned(),
                ".".to_owned(),
            ]
        })),
        unlimited: |_| {},
        habits: &[("codebase", "v2026_4/"), ("customfields_required", "everybody")],
        // Codebase, communication types, companies, contacts, members, and the team of every company, for which there
        // is no list. A write answers with the record: the five are looked at before, and the two of them whose number
        // changed, each a request of its own, once more after it; the new one is searched in two ways.
        figures: Figures { one: 6, all: 5 + 6, sync: 6 + (1 + 3 + 2 + 1) + (2 + 1) + (1 + 2) },
    },
    Kit {
        id: "bms",
        system: System::KASEYA_BMS,
        service: "kaseya-bms",
        part: "bms",
        secret: "CRSYNC_BMS_PASSWORD",
        locks: true,
        dates: true,
        open: None,
        listing: "crm/contacts/summary?",
        create: "/crm/contacts/summary",
        pages: ("crm/contacts/summary?", |_| {}),
        later_page: Some((LARGE, |line| number(line, "PageNumber=") > 1)),
        runs: [(244, 2 + 1), (84, 3), (84, 3)],
        writes: (4, "crm/contacts/"),
        not_read: "Contacts",
        not_written: &["Contacts/modify", "CustomFields/modify"],
        company: "/accountId",
        tenant: "/accounts/{}/customFields/Tenant365Id",
        past: ("/accounts/{}/isActive", || json!(false)),
        tenant_switch: None,
        active: Some(("/isActive", Flag::Plain)),
        joined_name: false,
        last_name_will_do: true,
        stamps: &["/modifiedOn", "/modifiedBy"],
        slot: kaseya_bms,
        extension: None,
        short_phone: false,
        keep_digits: None,
        renumber: |contact, id| {
            contact["id"] = json!(id);
            renumber_all(&mut contact["emails"], id);
            renumber_all(&mut contact["phones"], id);
        },
        give_type: |contact, name, _| contact["customFields"]["TypeMapping"] = json!(name),
        define: |part, name| {
            copy_definition(&mut part["modules"]["31"]["fields"], "/name", "", name);
        },
        home: "",
        udfs: "/customFields",
        own_types: false,
        trusts_names: false,
        blank_when_missing: false,
        lacking: "street, city, state, postal-code, country",
        // One that tells how many there are has no end if it tells of more than can be.
        endless: |page, _| page["totalRecords"] = json!(1_i64 << 60),
        count: Some(|page| &mut page["totalRecords"]),
        first: "/result/0",
        hollow: |page| {
            page["result"] = json!([]);
            page["totalRecords"] = json!(40);
        },
        move_company: None,
        carries: ("authenticate", |env| {
            format!("grantType=password&password={}", env["CRSYNC_BMS_PASSWORD"])
        }),
        made_of_secrets: None,
        tokens: |part| {
            let sessions = part["sessions"].as_object().expect("sessions").iter();
            let both = |(access, session): (&String, &Value)| {
                [access.clone(), session["refresh"].as_str().expect("a refresh token").to_owned()]
            };
            sessions.flat_map(both).collect()
        },
        wrong_zones: None,
        unlimited: |part| part["limit"] = json!(1_000_000),
        habits: &[],
        // Sign-in, companies, active and inactive contacts, the 79 numbers that a module may have (none where the
        // configuration says which), and the custom fields of every company and contact. The 154 contacts of all
        // companies come in three pages together. Each of the seven contacts is looked at, with its custom fields,
        // before and after it is written; custom fields, own fields and numbers are written apart (four, three and two
        // of them). The new one is searched in its company's contacts (active ones, inactive ones), made at the
        // company's location, which has to be asked for, completed by its title and two custom fields, and looked at.
        figures: Figures {
            one: 1 + 1 + 2 + 79 + (1 + 31),
            all: 1 + 1 + 3 + 79 + (6 + 154),
            sync: 115 + 4 * 7 + (4 + 3 + 2) + (2 + 2 + 3 + 2) + 1,
        },
    },
    Kit {
        id: "syncro",
        system: System::SYNCRO,
        service: "syncro",
        part: "syncro",
        secret: "CRSYNC_SYNCRO_TOKEN",
        locks: false,
        dates: true,
        open: None,
        listing: "contacts?",
        create: "/contacts",
        // Contacts come along inside customers.
        pages: ("customers?", |part| part["customers_per_page"] = json!(2)),
        later_page: Some((LARGE, |line| line.contains("customers?") && number(line, "&page=") > 1)),
        runs: [(3, 2 + 1), (3, 3), (3, 3)],
        writes: (4, "contacts/"),
        not_read: "Customers - View Detail",
        not_written: &["Customers - Edit"],
        company: "/customer_id",
        tenant: "/customers/{}/properties/Tenant365Id",
        past: ("/customers/{}/disabled", || json!(true)),
        tenant_switch: Some("experimental-company-udf = true"),
        active: None,
        joined_name: true,
        last_name_will_do: true,
        stamps: &["/updated_at"],
        slot: syncro,
        extension: Some(|contact| &mut contact["extension"]),
        short_phone: true,
        keep_digits: Some(|part| part["contact_phones"] = json!("Digits")),
        renumber: |contact, id| contact["id"] = json!(id),
        give_type: |contact, name, _| contact["properties"]["TypeMapping"] = json!(name),
        define: |part, name| {
            let field = part["contact_fields"]["SupportPIN"].clone();
            part["contact_fields"][name] = field;
        },
        home: "",
        udfs: "/properties",
        own_types: false,
        trusts_names: true,
        blank_when_missing: false,
        lacking: "country",
        endless: |page, _| {
            page["meta"]["total_pages"] = json!(1_i64 << 60);
            page["meta"]["total_entries"] = json!(1_i64 << 62);
        },
        count: Some(|page| &mut page["meta"]["total_entries"]),
        first: "/contacts/0",
        hollow: |page| {
            page["contacts"] = json!([]);
            page["meta"] = json!({"total_pages": 9, "total_entries": 40, "page": 1});
        },
        move_company: None,
        carries: ("", |env| format!("Authorization: {}", env["CRSYNC_SYNCRO_TOKEN"])),
        made_of_secrets: None,
        tokens: |_| Vec::new(),
        wrong_zones: None,
        unlimited: |part| part["limit"] = Value::Null,
        habits: &[],
        // Customers with their contacts inside, and the number of contacts before and after, which proves them whole. A
        // write answers with the record: the five are looked at together in the company's one page, and the new one is
        // searched there.
        figures: Figures { one: 3, all: 3, sync: 3 + (1 + 5) + (1 + 1) },
    },
    Kit {
        id: "halopsa",
        system: System::HALOPSA,
        service: "halopsa",
        part: "halopsa",
        secret: "CRSYNC_HALOPSA_CLIENT_SECRET",
        locks: false,
        dates: false,
        open: Some("authinfo"),
        listing: "api/Users?",
        create: "/api/Users",
        pages: ("api/Users?", |_| {}),
        later_page: Some((LARGE, |line| line.contains("/api/Users?") && number(line, "page_no=") > 1)),
        runs: [(25, 8), (5, 4), (5, 3)],
        writes: (4, "api/Users"),
        not_read: "read:customers",
        not_written: &["edit:customers"],
        company: "/client_id",
        tenant: "/clients/{}/customfields/Tenant365Id",
        past: ("/clients/{}/inactive", || json!(true)),
        tenant_switch: None,
        active: Some(("/inactive", Flag::Inverted)),
        joined_name: false,
        last_name_will_do: true,
        stamps: &["/ulastupdate"],
        slot: halopsa,
        extension: None,
        short_phone: false,
        keep_digits: None,
        renumber: |contact, id| contact["id"] = json!(id),
        give_type: |contact, name, _| contact["customfields"]["TypeMapping"] = json!(name),
        define: |part, name| copy_definition(&mut part["fields"], "/name", "/id", name),
        home: "",
        udfs: "/customfields",
        own_types: false,
        trusts_names: false,
        blank_when_missing: false,
        lacking: "street, city, state, postal-code, country",
        endless: |page, _| page["record_count"] = json!(1_i64 << 60),
        count: Some(|page| &mut page["record_count"]),
        first: "/users/0",
        hollow: |page| {
            page["users"] = json!([]);
            page["record_count"] = json!(40);
        },
        move_company: Some(|part| part["clients"]["174"]["toplevel_name"] = json!("Coast")),
        carries: ("token", |env| {
            format!(
                "client_id={}&client_secret={}",
                env["CRSYNC_HALOPSA_CLIENT_ID"], env["CRSYNC_HALOPSA_CLIENT_SECRET"]
            )
        }),
        made_of_secrets: None,
        tokens: |part| part["tokens"].as_object().expect("tokens").keys().cloned().collect(),
        wrong_zones: Some(("auth_url", |elsewhere| {
            vec![
                elsewhere.to_owned(),
                "https://msp.halopsa.com/auth".to_owned(),
                "http://127.0.0.1.elsewhere.example/auth".to_owned(),
                "file:///etc/passwd".to_owned(),
                "no address".to_owned(),
            ]
        })),
        unlimited: |part| part["limit"] = Value::Null,
        habits: &[],
        // Where to sign in, the sign-in, clients, users, and the records of those users who store no 365 id: all users of
        // the six clients come in two pages together. Each record is looked at before it is written, and the answer shows
        // it afterwards; the new one is searched in its client's page, and in the own records of the 23 users who store an
        // id and were not written, and its site is asked whose it is.
        figures: Figures { one: 4 + 4, all: 5 + 20, sync: 8 + 2 * (5 + 2) + (1 + 1 + 1) + 23 },
    },
];

/// The header that ConnectWise PSA's client makes of its keys.
fn basic(env: &Env) -> String {
    let (user, password) = (&env["CRSYNC_CONNECTWISE_PUBLIC_KEY"], &env["CRSYNC_CONNECTWISE_PRIVATE_KEY"]);
    STANDARD.encode(format!("sandbox+{user}:{password}"))
}

fn autotask(contact: &mut Value, field: Field) -> &mut Value {
    let name = match field {
        Field::FirstName => "firstName",
        Field::LastName => "lastName",
        Field::Email => "emailAddress",
        Field::Title => "title",
        Field::Phone => "phone",
        Field::Mobile => "mobilePhone",
        field => return &mut contact["udf"][udf(field)],
    };
    &mut contact["fields"][name]
}

fn connectwise(contact: &mut Value, field: Field) -> &mut Value {
    let kind = match field {
        Field::FirstName => return &mut contact["fields"]["firstName"],
        Field::LastName => return &mut contact["fields"]["lastName"],
        Field::Title => return &mut contact["fields"]["title"],
        Field::Email => 1,
        Field::Phone => 2,
        Field::Mobile => 4,
        field => return &mut contact["udf"][udf(field)],
    };
    let id = json!(contact["fields"]["id"].as_i64().unwrap_or_default() * 10 + kind);
    let new = json!({"id": id, "type": {"id": kind}, "value": "", "defaultFlag": kind == 1});
    let items = &mut contact["fields"]["communicationItems"];
    let place = position(items, |item| item["type"]["id"] == kind, new);
    &mut items[place]["value"]
}

fn kaseya_bms(contact: &mut Value, field: Field) -> &mut Value {
    let (list, key, kind) = match field {
        Field::FirstName => return &mut contact["firstName"],
        Field::LastName => return &mut contact["lastName"],
        Field::Title => return &mut contact["jobTitle"],
        Field::Email => ("emails", "emailAddress", 1),
        Field::Phone => ("phones", "phone", 1),
        Field::Mobile => ("phones", "phone", 3),
        field => return &mut contact["customFields"][udf(field)],
    };
    let is_email = list == "emails";
    let kind_key = if is_email { "emailTypeId" } else { "phoneTypeId" };
    let id = json!(contact["id"].as_i64().unwrap_or_default() * 10 + kind + 5);
    let new = json!({"id": id, key: "", kind_key: kind, "isDefault": is_email});
    let rows = &mut contact[list];
    let fits = |row: &Value| if is_email { row["isDefault"] == true } else { row[kind_key] == kind };
    let place = position(rows, fits, new);
    &mut rows[place][key]
}

fn syncro(contact: &mut Value, field: Field) -> &mut Value {
    match field {
        Field::DisplayName => &mut contact["name"],
        Field::Email => &mut contact["email"],
        Field::Title => &mut contact["properties"]["title"],
        Field::Phone => &mut contact["phone"],
        Field::Mobile => &mut contact["mobile"],
        field => &mut contact["properties"][udf(field)],
    }
}

fn halopsa(contact: &mut Value, field: Field) -> &mut Value {
    let name = match field {
        Field::FirstName => "firstname",
        Field::LastName => "surname",
        Field::Email => "emailaddress",
        Field::Title => "title",
        Field::Phone => "phonenumber",
        Field::Mobile => "mobilenumber",
        field => return &mut contact["customfields"][udf(field)],
    };
    &mut contact[name]
}

fn udf(field: Field) -> &'static str {
    match field {
        Field::Udf(udf) => Udf::default_name(udf),
        field => panic!("a contact has no {field}"),
    }
}

/// The place of the row that `fits` in `rows`, where `new` is put if there is none.
fn position(rows: &mut Value, fits: impl Fn(&Value) -> bool, new: Value) -> usize {
    if rows.is_null() {
        *rows = json!([]);
    }
    let rows = rows.as_array_mut().expect("rows");
    rows.iter().position(fits).unwrap_or_else(|| {
        rows.push(new);
        rows.len() - 1
    })
}

fn renumber_all(rows: &mut Value, id: i64) {
    for (row, place) in rows.as_array_mut().into_iter().flatten().zip(0..) {
        row["id"] = json!(id * 10 + place);
    }
}

/// Adds a definition like that of the contact's support PIN; `name` and `id` say where it keeps its own.
fn copy_definition(definitions: &mut Value, name: &str, id: &str, new: &str) {
    const ID: i64 = 990;
    let definitions = definitions.as_object_mut().expect("definitions by id");
    let pin = definitions.values().find(|one| one.pointer(name) == Some(&json!("SupportPIN")));
    let mut definition = pin.expect("a support PIN").clone();
    *definition.pointer_mut(name).expect("a name") = json!(new);
    if !id.is_empty() {
        *definition.pointer_mut(id).expect("an id") = json!(ID);
    }
    definitions.insert(ID.to_string(), definition);
}

impl Kit {
    /// Returns whether the sandbox's configuration chooses this PSA.
    pub(crate) fn is_default(&self) -> bool {
        self.id == KITS[0].id
    }

    /// What a contact says in `field`.
    pub(crate) fn get(&self, contact: &Value, field: Field) -> String {
        match (self.slot)(&mut contact.clone(), field) {
            Value::Null => String::new(),
            Value::String(text) => text.clone(),
            other => other.to_string(),
        }
    }

    /// Lets a contact say `text` in `field`.
    pub(crate) fn set(&self, contact: &mut Value, field: Field, text: &str) {
        *(self.slot)(contact, field) = json!(text);
    }

    /// A contact's whole name.
    pub(crate) fn name(&self, contact: &Value) -> String {
        if self.joined_name {
            return self.get(contact, Field::DisplayName);
        }
        let halves = [Field::FirstName, Field::LastName].map(|field| self.get(contact, field));
        halves.join(" ").trim().to_owned()
    }

    /// Gives a contact a name.
    pub(crate) fn set_name(&self, contact: &mut Value, first: &str, last: &str) {
        if self.joined_name {
            return self.set(contact, Field::DisplayName, &format!("{first} {last}"));
        }
        self.set(contact, Field::FirstName, first);
        self.set(contact, Field::LastName, last);
    }

    /// Whether a contact is active, where it says so.
    pub(crate) fn is_active(&self, contact: &Value) -> Option<bool> {
        let (place, flag) = self.active?;
        let value = contact.pointer(place)?;
        Some(match flag {
            Flag::Number => value == 1,
            Flag::Plain => value == true,
            Flag::Inverted => value != true,
        })
    }

    /// The contacts of a company, by id.
    pub(crate) fn contacts<'s>(&self, state: &'s Value, company: i64) -> Vec<(&'s str, &'s Value)> {
        let contacts = state[self.part]["contacts"].as_object().expect("contacts by id").iter();
        let own = contacts.filter(|(_, contact)| contact.pointer(self.company) == Some(&json!(company)));
        own.map(|(id, contact)| (id.as_str(), contact)).collect()
    }

    /// The contacts whose main address is this one, of whatever company.
    pub(crate) fn with_email<'s>(&self, state: &'s Value, email: &str) -> Vec<(&'s str, &'s Value)> {
        self.with(state, Field::Email, |held| held.trim().eq_ignore_ascii_case(email))
    }

    /// The contacts that store this 365 id.
    pub(crate) fn with_user<'s>(&self, state: &'s Value, user: &str) -> Vec<(&'s str, &'s Value)> {
        self.with(state, Field::Udf(Udf::Office365Id), |held| held.eq_ignore_ascii_case(user))
    }

    fn with<'s>(
        &self,
        state: &'s Value,
        field: Field,
        fits: impl Fn(&str) -> bool,
    ) -> Vec<(&'s str, &'s Value)> {
        let contacts = state[self.part]["contacts"].as_object().expect("contacts by id").iter();
        let own = contacts.filter(|(_, contact)| fits(&self.get(contact, field)));
        own.map(|(id, contact)| (id.as_str(), contact)).collect()
    }

    /// The only contact with this main address.
    #[track_caller]
    pub(crate) fn contact<'s>(&self, state: &'s Value, email: &str) -> (&'s str, &'s Value) {
        match self.with_email(state, email).as_slice() {
            [one] => *one,
            found => panic!("{}: {} contacts have {email}", self.id, found.len()),
        }
    }

    /// The same, to be changed.
    #[track_caller]
    pub(crate) fn contact_mut<'s>(&self, state: &'s mut Value, email: &str) -> &'s mut Value {
        let id = self.contact(state, email).0.to_owned();
        &mut state[self.part]["contacts"][id]
    }

    /// Lets a company keep this as its tenant.
    pub(crate) fn keep_tenant(&self, state: &mut Value, company: i64, text: &str) {
        let place = self.tenant.replace("{}", &company.to_string());
        let (holder, key) = place.rsplit_once('/').expect("a path");
        state[self.part].pointer_mut(holder).expect("a company")[key] = json!(text);
    }

    /// Makes a company inactive.
    pub(crate) fn make_past(&self, state: &mut Value, company: i64) {
        let (place, value) = self.past;
        let place = place.replace("{}", &company.to_string());
        let (holder, key) = place.rsplit_once('/').expect("a path");
        state[self.part].pointer_mut(holder).expect("a company")[key] = value();
    }

    /// The tenant that a company keeps.
    pub(crate) fn tenant_of<'s>(&self, state: &'s Value, company: i64) -> Option<&'s str> {
        state[self.part].pointer(&self.tenant.replace("{}", &company.to_string()))?.as_str()
    }
}
