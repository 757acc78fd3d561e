//! Settings that match nothing: a setting that applies to a person is never told as one of them.

use crate::model::{Attributes, Field, Udf, UdfKind};
use crate::reconcile::worlds::*;
use crate::reconcile::{Decision, ExcludeOn, Exclusion, Rule, Stated, TypeRule, link};

/// Says in the configuration, on a line of its own, that there is this rule.
fn state(world: &mut World, rule: Rule) {
    let stated = &mut world.policy().stated;
    stated.push(Stated { file: "crsync.toml".to_owned(), line: stated.len() + 1, rule });
}

fn exclude(world: &mut World, on: ExcludeOn, pattern: &str) {
    let rule = Exclusion { on, pattern: pattern.to_owned(), reason: None };
    world.policy().exclude.push(rule.clone());
    state(world, Rule::Exclude(rule));
}

fn findings(world: &World) -> Vec<String> {
    link(&world.input()).findings().into_iter().map(|one| one.setting).collect()
}

#[test]
fn an_exclusion_that_excludes_is_none_however_it_is_typed() {
    for (on, pattern) in [
        (ExcludeOn::Field(Field::Title), "Contractor "),
        (ExcludeOn::Field(Field::Title), "Con\u{200b}tractor"),
        (ExcludeOn::Field(Field::Department), "Entrepo\u{302}t"),
        (ExcludeOn::Attribute("office"), "2nd floor"),
        (ExcludeOn::Email, "jo@bücher.example"),
    ] {
        let mut jo = user(1, "jo@xn--bcher-kva.example");
        jo.fields.set(Field::Title, "Contractor");
        jo.fields.set(Field::Department, "Entrepôt");
        jo.attributes = Attributes::new(Some("2nd\u{a0}floor"), None);
        let mut world = World::with([Piece::User(jo)]);
        exclude(&mut world, on, pattern);
        assert_eq!(world.only().excluded.len(), 1, "{pattern:?}");
        assert_eq!(findings(&world), [""; 0], "{pattern:?}");
    }
    let mut world = World::with([Piece::User(user(1, "jo"))]);
    exclude(&mut world, ExcludeOn::Field(Field::Title), "Contractor ");
    assert_eq!(findings(&world), ["[[exclude]] title = \"Contractor \""], "this one excludes no person");
}

#[test]
fn a_type_that_contacts_have_is_none_however_it_is_typed() {
    for (own, name) in [("VIP", " VIP"), ("VIP", "V\u{200b}IP"), ("Élève", "E\u{301}le\u{300}ve")] {
        let mut ann = contact(7, "ann");
        ann.fields.set(Field::Udf(Udf::TypeMapping), own);
        let mut world = World::with([Piece::Contact(ann)]);
        world.psa_shape = world.psa_shape.with_udf(udf(Udf::TypeMapping, UdfKind::Text(None)));
        world.policy().types = vec![TypeRule { sync: false, ..TypeRule::new(name) }];
        state(&mut world, Rule::Type(name.to_owned()));
        assert_eq!(world.only().excluded[0].reason, "type is not synced", "{name:?}");
        assert_eq!(findings(&world), [""; 0], "{name:?}");
    }
}

#[test]
fn an_address_that_is_ignored_is_none_however_its_domain_is_spelled() {
    for (own, ignored) in [
        ("jo@xn--bcher-kva.example", "jo@bücher.example"),
        ("jo@bücher.example", "Jo@XN--bcher-kva.example"),
        ("jo@contoso.example", "jo@contoso.example\u{200b}"),
    ] {
        let mut world = World::with([Piece::User(user(1, own))]);
        let decision = Decision::Ignore(ignored.to_owned());
        world.decisions.extend([decision.clone()]);
        let rule = Rule::Decision(decision);
        world.decisions.stated.push(Stated { file: "decisions.toml".to_owned(), line: 1, rule });
        assert_eq!(world.only().changes, [], "{ignored:?}");
        assert_eq!(findings(&world), [""; 0], "{ignored:?}");
    }
}

#[test]
fn a_protected_pattern_protects_however_it_is_typed() {
    let mut world = World::with([Piece::User(user(1, "rené"))]);
    world.policy().protected = vec!["rene\u{301}@*".to_owned()];
    let breaches = world.plan().breaches;
    assert!(breaches.iter().any(|breach| breach.measure == crate::plan::Measure::Protected), "{breaches:?}");
}
