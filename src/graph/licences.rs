//! The names people know licences by.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use super::wire::SubscribedSku;
use crate::model::{Sku, User};
use crate::text::packed::packed;

/// Part number and product name by SKU id, from Microsoft's published table.
static NAMES: LazyLock<BTreeMap<&'static str, (&'static str, &'static str)>> = LazyLock::new(|| {
    static TABLE: LazyLock<String> = LazyLock::new(|| packed!("data/sku-names.tsv").text());
    let table: &'static str = &TABLE;
    let mut names = BTreeMap::new();
    for line in table.lines().filter(|line| !line.starts_with('#')) {
        let mut columns = line.split('\t');
        if let (Some(id), Some(part), Some(name)) = (columns.next(), columns.next(), columns.next()) {
            names.insert(id, (part, name));
        }
    }
    names
});

/// Every licence of the table.
pub fn products() -> &'static [Sku] {
    static PRODUCTS: LazyLock<Vec<Sku>> = LazyLock::new(|| NAMES.keys().map(|id| sku(id, None)).collect());
    &PRODUCTS
}

/// The licences the tenant owns, and after them those that users still carry although it owns them no more
/// (vendor documents), so that every licence of a user has a name.
pub(super) fn skus(owned: &[SubscribedSku], users: &[User]) -> Vec<Sku> {
    let mut skus: Vec<Sku> =
        owned.iter().map(|owned| sku(&owned.sku_id, owned.sku_part_number.as_deref())).collect();
    let known: BTreeSet<String> = skus.iter().map(|sku| sku.id.clone()).collect();
    let carried: BTreeSet<&String> = users
        .iter()
        .flat_map(|user| user.licences.as_deref().into_iter().flatten())
        .filter(|id| !known.contains(*id))
        .collect();
    skus.extend(carried.into_iter().map(|id| sku(id, None)));
    skus
}

/// The licence with this id: lower-cased and trimmed, since Graph and its documents spell GUIDs both ways. The
/// tenant's own part number counts before the table's.
fn sku(id: &str, part_number: Option<&str>) -> Sku {
    let id = id.trim().to_lowercase();
    let known = NAMES.get(id.as_str());
    let part_number = part_number.or(known.map(|(part, _)| *part)).unwrap_or(&id).to_owned();
    let name = known.map_or_else(|| part_number.clone(), |(_, name)| (*name).to_owned());
    Sku { id, part_number, name }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::convert::{self, Shared};

    #[test]
    fn a_licence_has_its_friendly_name_however_its_id_is_spelled() {
        let sku = sku(" 05E9A617-0261-4CEE-BB44-138D3EF5D965 ", None);
        assert_eq!((sku.part_number.as_str(), sku.name.as_str()), ("SPE_E3", "Microsoft 365 E3"));
    }

    #[test]
    fn an_unknown_licence_is_called_by_its_part_number_or_its_id() {
        assert_eq!(sku("00000000-0000-0000-0000-00000000beef", Some("NEW_SKU")).name, "NEW_SKU");
        assert_eq!(
            sku("00000000-0000-0000-0000-00000000beef", None).name,
            "00000000-0000-0000-0000-00000000beef"
        );
    }

    #[test]
    fn a_licence_that_only_users_still_carry_has_its_name_too() {
        let owned = [SubscribedSku {
            sku_id: "05E9A617-0261-4CEE-BB44-138D3EF5D965".to_owned(),
            sku_part_number: Some("SPE_E3".to_owned()),
        }];
        let carries = |ids: &[&str]| {
            let licences: Vec<_> = ids.iter().map(|id| serde_json::json!({"skuId": id})).collect();
            let user = serde_json::json!({"id": "1", "assignedLicenses": licences});
            convert::user(serde_json::from_value(user).expect("Graph's shape"), &[], &Shared::default())
        };
        let lapsed = "f30db892-07e9-47e9-837c-80727f46fd3d";
        let users =
            [carries(&["05e9a617-0261-4cee-bb44-138d3ef5d965", lapsed]), carries(&[&lapsed.to_uppercase()])];
        let parts: Vec<_> = skus(&owned, &users).into_iter().map(|sku| sku.part_number).collect();
        assert_eq!(parts, ["SPE_E3", "FLOW_FREE"]);
    }

    #[test]
    fn the_whole_table_is_read() {
        assert!(NAMES.len() > 600);
        assert!(NAMES.keys().all(|id| id.len() == 36 && id.chars().all(|c| !c.is_uppercase())));
    }
}
