//! Changes that wait for what a person asked of 365.

use super::fake::{Call, Wrong};
use super::*;
use crate::plan::FieldChange;

const KEY: &str = "Contoso/365-user/u1";

fn asked(fields: Vec<FieldChange>) -> Change {
    Change {
        key: ChangeKey(KEY.to_owned()),
        record: Record { kind: RecordKind::TenantUser, company: Id::from("t"), id: Some(Id::from("u1")) },
        fields,
        ..promoted("1")
    }
}

/// The company with a change of 365 and one of contact 1 that waits for it.
fn company(asked: Change, waiting: Change) -> CompanyPlan {
    let waits = BTreeMap::from([(waiting.key.clone(), asked.key.clone())]);
    CompanyPlan { waits, ..contoso(&[asked, waiting]) }
}

fn both() -> (Change, Change) {
    let fields =
        vec![field(Field::Title, Some("Clerk"), "Head"), field(Field::Mobile, Some(""), "+1 555 0100")];
    (asked(fields.clone()), Change { fields, ..promoted("1") })
}

fn bench() -> Bench {
    let bench = Bench::new();
    bench.psa.put("1", &[(Field::Title, "Clerk"), (Field::Mobile, "")]);
    bench.tenants.put("u1", &[(Field::Title, "Clerk"), (Field::Mobile, "")]);
    bench
}

#[test]
fn what_waits_is_made_once_the_other_is() {
    let bench = bench();
    let (first, second) = both();
    let report = bench.apply_all(&[company(first, second)], &|| None);
    assert_eq!(ends(&report), [Some(Settlement::Done); 2]);
    assert_eq!(bench.psa.text("1", Field::Title).as_deref(), Some("Head"));
}

#[test]
fn what_waits_for_something_that_failed_or_moved_is_not_tried() {
    for (wrong, how) in [(true, Settlement::NotTried), (false, Settlement::Stale)] {
        let bench = bench();
        if wrong {
            bench.tenants.wrong(Call::Write, 1, Wrong::Fails(Kind::Service));
        } else {
            bench.tenants.set("u1", Field::Title, "Director");
        }
        let (first, second) = both();
        let report = bench.apply_all(&[company(first, second)], &|| None);
        assert_eq!(ends(&report)[1], Some(how));
        assert_eq!(bench.psa.text("1", Field::Title).as_deref(), Some("Clerk"));
    }
}

#[test]
fn only_what_was_taken_goes_on() {
    let bench = bench();
    bench.tenants.guard(Field::Mobile);
    let (first, second) = both();
    let alone = Change {
        key: ChangeKey("Contoso/contact/2".to_owned()),
        record: Record { id: Some(Id::from("2")), ..second.record.clone() },
        fields: vec![field(Field::Mobile, Some(""), "+1 555 0100")],
        ..second.clone()
    };
    let mut plan = company(first.clone(), second);
    plan.waits.insert(alone.key.clone(), first.key);
    plan.changes.push(alone);
    let report = bench.apply_all(&[plan], &|| None);
    // All of it was refused, then the rest was taken; the second contact has nothing left.
    let expected = [Settlement::Failed, Settlement::Done, Settlement::NotTried, Settlement::Done];
    assert_eq!(ends(&report), expected.map(Some));
    assert_eq!(report.entries[1].change.fields.len(), 1);
    assert_eq!(bench.tenants.text("u1", Field::Title).as_deref(), Some("Head"));
    assert_eq!(bench.psa.text("1", Field::Title).as_deref(), Some("Head"));
    assert_eq!(bench.psa.text("1", Field::Mobile), None);
    let why = report.entries[2].settled.as_ref().and_then(|settled| settled.detail.as_deref());
    assert_eq!(why, Some("the 365 user did not take mobile"));
}
