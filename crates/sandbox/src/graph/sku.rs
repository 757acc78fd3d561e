//! The licences that tenants of the sandbox own: part number and SKU id, as Microsoft publishes them.

/// Part numbers and ids.
const SKUS: [(&str, &str); 14] = [
    ("SPB", "cbdc14ab-d96c-4c30-b9f4-6ada7cdc1d46"),
    ("SPE_E3", "05e9a617-0261-4cee-bb44-138d3ef5d965"),
    ("SPE_E5", "06ebc4ee-1bb5-47dd-8120-11324bc54e06"),
    ("SPE_F1", "66b55226-6b4f-492c-910c-a3b7a3c9d993"),
    ("ENTERPRISEPACK", "6fd2c87f-b296-42f0-b197-1e91e994b900"),
    ("O365_BUSINESS_PREMIUM", "f245ecc8-75af-4f8e-b61f-27d8114de5f3"),
    ("O365_BUSINESS_ESSENTIALS", "3b555118-da6a-4418-894f-7df1e2096870"),
    ("DESKLESSPACK", "4b585984-651b-448a-9e53-3b10f069cf7f"),
    ("EXCHANGESTANDARD", "4b9405b0-7788-4568-add1-99614e613b69"),
    ("AAD_PREMIUM", "078d2b04-f1bd-4111-bbd4-b4b1b354cef4"),
    ("VISIOCLIENT", "c5928f49-12ba-48f7-ada3-0d743a3601d5"),
    ("PROJECTPROFESSIONAL", "53818b1b-4a27-454b-8896-0dba576410e6"),
    ("FLOW_FREE", "f30db892-07e9-47e9-837c-80727f46fd3d"),
    ("POWER_BI_STANDARD", "a403ebcc-fae0-4ca2-8c8c-7a907fd6c235"),
];

/// Returns the id of a part number, where the sandbox knows it.
pub(super) fn id(part: &str) -> Option<&'static str> {
    SKUS.iter().find(|(name, _)| *name == part).map(|(_, id)| *id)
}

/// Returns the part number of an id, where the sandbox knows it.
pub(super) fn part(id: &str) -> Option<&'static str> {
    SKUS.iter().find(|(_, own)| own.eq_ignore_ascii_case(id)).map(|(part, _)| *part)
}
