//! What is known of the entities: fields with their types, lengths and marks.

/// An entity.
#[derive(Debug)]
pub(super) struct Entity {
    /// Its name in paths.
    pub(super) path: &'static str,
    /// Its name in messages.
    pub(super) name: &'static str,
    /// Where its records are.
    pub(super) set: Set,
    /// Its standard fields.
    pub(super) fields: &'static [Field],
    /// The kind of its user-defined fields, for entities that have them.
    pub(super) udf: Option<i64>,
    /// Methods that its own path takes.
    pub(super) writes: &'static [&'static str],
}

impl Entity {
    /// Returns the standard field of that name; in questions the service does not mind the case.
    pub(super) fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.name.eq_ignore_ascii_case(name))
    }
}

/// A table of records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Set {
    /// Companies.
    Companies,
    /// Contacts.
    Contacts,
    /// Resources.
    Resources,
    /// Definitions of user-defined fields.
    Definitions,
    /// Items of user-defined lists.
    ListItems,
}

/// A standard field.
#[derive(Debug, Clone, Copy)]
#[allow(clippy::struct_excessive_bools)] // the service's own marks, each independent of the others
pub(super) struct Field {
    /// Its name on the wire.
    pub(super) name: &'static str,
    /// What it holds.
    pub(super) kind: Kind,
    /// Values come from a picklist.
    pub(super) picklist: bool,
    /// A record needs it.
    pub(super) required: bool,
    /// It cannot be written.
    pub(super) fixed: bool,
    /// It cannot be asked for in a filter.
    pub(super) hidden: bool,
    /// The entity that it refers to.
    pub(super) reference: Option<&'static str>,
}

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Text of at most so many characters.
    Text(usize),
    /// A whole number.
    Int,
    /// A number.
    Decimal,
    /// True or false.
    Bool,
    /// A point in time.
    Date,
}

/// The type of a company's user-defined field.
///
/// The real number is not published; this one is made up.
pub(super) const OF_COMPANY: i64 = 27;
/// The type of a contact's user-defined field, made up as well.
pub(super) const OF_CONTACT: i64 = 28;

/// Returns the entity of that (lower-case) path segment.
pub(super) fn entity(segment: &str) -> Option<&'static Entity> {
    ENTITIES.iter().find(|entity| entity.path.eq_ignore_ascii_case(segment))
}

/// Companies.
pub(super) const COMPANIES: Entity = Entity {
    path: "Companies",
    name: "Company",
    set: Set::Companies,
    fields: COMPANY,
    udf: Some(OF_COMPANY),
    writes: &["POST", "PATCH", "PUT"],
};
/// Contacts; they are written below their company.
pub(super) const CONTACTS: Entity = Entity {
    path: "Contacts",
    name: "Contact",
    set: Set::Contacts,
    fields: CONTACT,
    udf: Some(OF_CONTACT),
    writes: &[],
};
const RESOURCES: Entity = Entity {
    path: "Resources",
    name: "Resource",
    set: Set::Resources,
    fields: RESOURCE,
    udf: None,
    writes: &[],
};
/// Definitions of user-defined fields.
pub(super) const DEFINITIONS: Entity = Entity {
    path: "UserDefinedFieldDefinitions",
    name: "UserDefinedFieldDefinition",
    set: Set::Definitions,
    fields: DEFINITION,
    udf: None,
    writes: &["POST", "PATCH", "PUT"],
};
/// Items of user-defined lists; they are written below their definition.
pub(super) const LIST_ITEMS: Entity = Entity {
    path: "UserDefinedFieldListItems",
    name: "UserDefinedFieldListItem",
    set: Set::ListItems,
    fields: LIST_ITEM,
    udf: None,
    writes: &[],
};
const ENTITIES: &[Entity] = &[COMPANIES, CONTACTS, RESOURCES, DEFINITIONS, LIST_ITEMS];

const fn field(name: &'static str, kind: Kind) -> Field {
    Field { name, kind, picklist: false, required: false, fixed: false, hidden: false, reference: None }
}

const fn text(name: &'static str, length: usize) -> Field {
    field(name, Kind::Text(length))
}

const fn int(name: &'static str) -> Field {
    field(name, Kind::Int)
}

const fn decimal(name: &'static str) -> Field {
    field(name, Kind::Decimal)
}

const fn bool(name: &'static str) -> Field {
    field(name, Kind::Bool)
}

const fn date(name: &'static str) -> Field {
    field(name, Kind::Date)
}

impl Field {
    const fn picklist(self) -> Self {
        Self { picklist: true, ..self }
    }

    const fn required(self) -> Self {
        Self { required: true, ..self }
    }

    const fn fixed(self) -> Self {
        Self { fixed: true, ..self }
    }

    const fn hidden(self) -> Self {
        Self { hidden: true, ..self }
    }

    const fn of(self, entity: &'static str) -> Self {
        Self { reference: Some(entity), ..self }
    }
}

const COMPANY: &[Field] = &[
    int("id").fixed(),
    text("additionalAddressInformation", 100),
    text("address1", 128),
    text("address2", 128),
    text("alternatePhone1", 25),
    text("alternatePhone2", 25),
    int("apiVendorID").picklist().fixed(),
    decimal("assetValue").hidden(),
    int("billToCompanyLocationID").of("CompanyLocations"),
    text("billToAdditionalAddressInformation", 100).fixed(),
    text("billToAddress1", 150).fixed(),
    text("billToAddress2", 150).fixed(),
    int("billToAddressToUse").picklist().fixed(),
    text("billToAttention", 50),
    text("billToCity", 50).fixed(),
    int("billToCountryID").fixed().of("Countries"),
    text("billToState", 128).fixed(),
    text("billToZipCode", 50).fixed(),
    text("city", 30),
    int("classification").picklist(),
    text("companyName", 100).required(),
    text("companyNumber", 50),
    int("companyType").picklist().required(),
    int("competitorID").picklist(),
    int("countryID").of("Countries"),
    date("createDate").fixed(),
    int("createdByResourceID").fixed().of("Resources"),
    int("currencyID").of("Currency"),
    text("fax", 25),
    int("impersonatorCreatorResourceID").fixed().of("Resources"),
    int("invoiceEmailMessageID"),
    int("invoiceMethod").picklist(),
    bool("invoiceNonContractItemsToParentCompany"),
    int("invoiceTemplateID").of("InvoiceTemplate"),
    bool("isActive"),
    bool("isClientPortalActive").fixed(),
    bool("isEnabledForComanaged"),
    bool("isTaskFireActive").fixed(),
    bool("isTaxExempt"),
    date("lastActivityDate").fixed(),
    date("lastTrackedModifiedDateTime").fixed(),
    int("marketSegmentID").picklist(),
    int("ownerResourceID").required().of("Resources"),
    int("parentCompanyID").of("Companies"),
    text("phone", 25).required(),
    text("postalCode", 10),
    int("quoteEmailMessageID"),
    int("quoteTemplateID").of("QuoteTemplate"),
    text("sicCode", 32).hidden(),
    text("state", 40),
    text("stockMarket", 10).hidden(),
    text("stockSymbol", 10).hidden(),
    decimal("surveyCompanyRating").fixed(),
    text("taxID", 50),
    int("taxRegionID").of("TaxRegion"),
    int("territoryID").picklist(),
    text("webAddress", 255),
    int("companyCategoryID"),
];

const CONTACT: &[Field] = &[
    int("id").fixed(),
    text("additionalAddressInformation", 100),
    text("addressLine", 128),
    text("addressLine1", 128),
    text("alternatePhone", 32),
    int("apiVendorID").picklist().fixed(),
    date("bulkEmailOptOutTime").fixed(),
    text("city", 32),
    int("companyID").required().fixed().of("Companies"),
    int("companyLocationID").of("CompanyLocations"),
    int("countryID").of("Countries"),
    date("createDate").fixed(),
    text("emailAddress", 254),
    text("emailAddress2", 254),
    text("emailAddress3", 254),
    text("extension", 10),
    text("externalID", 50),
    text("facebookUrl", 200),
    text("faxNumber", 25),
    text("firstName", 50).required(),
    int("impersonatorCreatorResourceID").fixed().of("Resources"),
    int("isActive").required(),
    bool("isOptedOutFromBulkEmail").hidden(),
    date("lastActivityDate").fixed(),
    date("lastModifiedDate").fixed(),
    text("lastName", 50).required(),
    text("linkedInUrl", 200),
    text("middleInitial", 50),
    text("mobilePhone", 25),
    int("namePrefix").picklist(),
    int("nameSuffix").picklist(),
    text("note", 50),
    bool("receivesEmailNotifications"),
    text("phone", 25),
    bool("primaryContact"),
    text("roomNumber", 50),
    bool("solicitationOptOut").fixed().hidden(),
    date("solicitationOptOutTime").fixed(),
    text("state", 40),
    bool("surveyOptOut").fixed().hidden(),
    text("title", 50),
    text("twitterUrl", 200),
    text("zipCode", 16),
];

const RESOURCE: &[Field] = &[
    int("id").fixed(),
    text("accountingReferenceID", 100),
    text("dateFormat", 20).picklist().fixed(),
    int("defaultServiceDeskRoleID").hidden().of("Role"),
    text("email", 254).required(),
    text("email2", 254),
    text("email3", 254),
    text("emailTypeCode", 20).picklist().required(),
    text("emailTypeCode2", 20).picklist(),
    text("emailTypeCode3", 20).picklist(),
    text("firstName", 50).required(),
    text("gender", 1).picklist(),
    int("greeting").picklist(),
    date("hireDate").required().fixed(),
    text("homePhone", 25),
    text("initials", 32),
    decimal("internalCost").fixed(),
    bool("isActive").required(),
    text("lastName", 50).required(),
    int("licenseType").picklist().required().fixed(),
    int("locationID").picklist().required().fixed(),
    text("middleName", 50),
    text("mobilePhone", 25),
    text("numberFormat", 20).picklist().required(),
    text("officeExtension", 10),
    text("officePhone", 25),
    int("payrollType").picklist().required(),
    text("resourceType", 15).picklist().required(),
    int("suffix").picklist(),
    decimal("surveyResourceRating").fixed(),
    text("timeFormat", 20).picklist().fixed(),
    text("title", 50),
    text("travelAvailabilityPct", 15).picklist(),
    text("userName", 32).required(),
    int("userType").picklist().required().fixed(),
];

const DEFINITION: &[Field] = &[
    int("id").fixed(),
    date("createDate").fixed(),
    int("crmToProjectUdfId"),
    int("dataType").picklist().required(),
    text("defaultValue", 1024),
    text("description", 128),
    int("displayFormat").picklist(),
    bool("isActive"),
    bool("isEncrypted"),
    bool("isFieldMapping").fixed(),
    bool("isPrivate"),
    bool("isProtected"),
    bool("isRequired"),
    bool("isVisibleToClientPortal"),
    text("mergeVariableName", 100),
    text("name", 45).required(),
    int("numberOfDecimalPlaces"),
    int("sortOrder"),
    int("udfType").picklist().required(),
];

const LIST_ITEM: &[Field] = &[
    int("id").fixed(),
    date("createDate").fixed(),
    int("udfFieldId").required().of("UserDefinedFieldDefinition"),
    text("valueForDisplay", 128).required(),
    text("valueForExport", 128).required(),
    bool("isActive"),
];
