//! `decisions.toml`: what people decided where evidence cannot.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use jiff::civil::Date;
use toml::de::DeValue;

use crate::error::Result;
use crate::model::{Id, Side};
use crate::reconcile::{Decision, Pin, Replaced, Split};
use crate::table::{AskedKey, Located, Source, Table, integer, unread};
use crate::text::email;
use crate::text::tenant::{Named, named};

/// Holds a decision and its place in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What was decided.
    pub decision: Decision,
    /// The line it begins on, from 1.
    pub line: usize,
}

/// A decision that is to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided {
    /// What is decided.
    pub decision: Decision,
    /// Who it is about, for people to read; written above the entry as a comment.
    pub remark: String,
}

/// Whose records `[[ignore]]` can name one by one.
const RECORDS: [(&str, Side); 3] =
    [("user", Side::Tenant), ("contact", Side::Psa), ("portal-user", Side::Portal)];

type Reader = fn(&mut Table<'_>) -> Result<Decision>;

/// Reads `text` as the decisions file at `path`, in the order of the lines.
pub(super) fn read(path: &Path, text: &str) -> Result<Vec<Entry>> {
    read_from(&Source::new(path, text))
}

/// Reads the file of `source`, in the order of the lines.
fn read_from<'t>(source: &'t Source<'t>) -> Result<Vec<Entry>> {
    source.read(|file| {
        let mut entries = Vec::new();
        for (key, decision) in
            [("pin", pin as Reader), ("split", split), ("ignore", ignore), ("company", company)]
        {
            for mut table in file.tables(key) {
                let line = source.line(&table.span);
                let decision = decision(&mut table);
                entries.extend(table.keep(decision).map(|decision| Entry { decision, line }));
                remarks(&mut table);
            }
        }
        file.finish();
        entries.sort_by_key(|entry| entry.line);
        contradictions(file, source, &entries);
        Ok(entries)
    })
}

/// A file that has every table.
const PROBE: &str = "[[pin]]\nuser = \"x\"\ncontact = 1\n[[split]]\nuser = \"x\"\ncontact = 2\n[[ignore]]\nid = 1\n\
                     [[company]]\nname = \"x\"\nreplaces-psa-key = 1\nwho = \"x\"\nwhen = 2026-01-01\n";

/// Returns the keys that the reader asks each table for, by the table's name in messages.
pub(super) fn asked() -> BTreeMap<String, BTreeMap<String, AskedKey>> {
    let source = Source::new(Path::new("decisions.toml"), PROBE);
    // Only the keys that were asked for matter.
    let _ = read_from(&source);
    source.keys()
}

/// Keeps a mistake for every pair that one decision puts together and another one keeps apart.
fn contradictions(file: &Table<'_>, source: &Source<'_>, entries: &[Entry]) {
    for (at, entry) in entries.iter().enumerate() {
        let Decision::Split(Split { user, contact }) = &entry.decision else { continue };
        let pin = Decision::Pin(Pin { user: user.clone(), contact: contact.clone() });
        if let Some(other) = entries.iter().find(|other| other.decision == pin) {
            let (first, second) = (entry.line.min(other.line), entries[at].line.max(other.line));
            let message = format!(
                "user {user} and contact {contact} are one person on line {first} and two on line {second}, or the \
                 other way round"
            );
            file.kept(source.error_of_line(second, message).hint("keep the one of the two that is right"));
        }
    }
}

fn pin(table: &mut Table<'_>) -> Result<Decision> {
    pair(table).map(|(user, contact)| Decision::Pin(Pin { user, contact }))
}

fn split(table: &mut Table<'_>) -> Result<Decision> {
    pair(table).map(|(user, contact)| Decision::Split(Split { user, contact }))
}

fn pair(table: &mut Table<'_>) -> Result<(Id, Id)> {
    let user = required_id(table, "user", "user = \"the 365 object id\"");
    let contact = required_id(table, "contact", "contact = 2001");
    let (user, contact) = user.zip(contact).ok_or_else(unread)?;
    Ok((lower(&user), contact))
}

fn ignore(table: &mut Table<'_>) -> Result<Decision> {
    let keys = ["email", "id"].into_iter().chain(RECORDS.map(|(key, _)| key));
    let stated = keys.filter(|key| table.place(key).is_some()).count();
    let email = table.text("email").and_then(|email| {
        let form = "an address, such as \"kiosk@contoso.example\"";
        let blank = || table.wrong_type("email", &email.span, form);
        let address = Some(email::normalise(&email.value).into_owned());
        table.keep(address.filter(|address| !address.is_empty()).ok_or_else(blank))
    });
    let mut named: Vec<Decision> = email.into_iter().map(Decision::Ignore).collect();
    named.extend(id(table, "id").map(|id| Decision::Ignore(id.to_string())));
    for (key, side) in RECORDS {
        let id = id(table, key).map(|id| if side == Side::Tenant { lower(&id) } else { id });
        named.extend(id.map(|id| Decision::IgnoreRecord(side, id)));
    }
    if named.len() < stated {
        return Err(unread());
    }
    let hint = "name one: email = \"…\", user = \"the 365 object id\", contact = 2001, portal-user = 7 or id = \"…\"";
    match (named.pop(), named.is_empty()) {
        (Some(one), true) => Ok(one),
        (Some(_), false) => {
            Err(table.error(&table.span, "[[ignore]] names several: write one for each").hint(hint))
        }
        (None, _) => Err(table.error(&table.span, "[[ignore]] names no person").hint(hint)),
    }
}

/// Returns what records of a company may hold of an earlier time. It lets records be written that contradict the
/// configuration, so that who decided it and when must be known.
fn company(table: &mut Table<'_>) -> Result<Decision> {
    let company = table.required_text("name");
    let company = table.keep(company);
    let is_named = ["replaces-tenant", "replaces-psa-key"].iter().any(|key| table.place(key).is_some());
    let tenant = table.text("replaces-tenant").and_then(|text| {
        let blank = || table.wrong_type("replaces-tenant", &text.span, "what the PSA company stores now");
        table.keep(if named(&text.value) == Named::Nothing { Err(blank()) } else { Ok(text.value) })
    });
    let psa_key = id(table, "replaces-psa-key");
    if !is_named {
        table.kept(table.error(&table.span, "[[company]] names nothing that may be replaced").hint(
            "add replaces-tenant = \"…\" or replaces-psa-key = 174, with the value that is stored now",
        ));
    }
    let who = table.required_text("who");
    let who = table.keep(who);
    let when = day(table);
    let ((company, who), when) = company.zip(who).zip(table.keep(when)).ok_or_else(unread)?;
    let (company, who) = (company.value, who.value);
    Ok(Decision::Replaced(Replaced { company, tenant, psa_key, who, when }))
}

/// Reads the day of a decision.
fn day(table: &mut Table<'_>) -> Result<Date> {
    let example = "when = 2026-11-02";
    let found = table.any("when").ok_or_else(|| table.missing("when", example))?;
    let text = match &found.value {
        DeValue::Datetime(day) => day.to_string(),
        value => value.as_str().unwrap_or_default().to_owned(),
    };
    let day = text.get(..10).and_then(|day| day.parse().ok());
    day.ok_or_else(|| table.wrong_type("when", &found.span, "a day, such as 2026-11-02"))
}

fn lower(id: &Id) -> Id {
    Id::new(id.as_str().to_lowercase())
}

/// Reads an id that must be there, such as in `example`.
fn required_id(table: &mut Table<'_>, key: &'static str, example: &str) -> Option<Id> {
    let is_there = table.place(key).is_some();
    let id = id(table, key);
    if !is_there {
        table.kept(table.missing(key, example));
    }
    id
}

/// Reads an id, as a number or a text. One of another form is kept as a mistake.
fn id(table: &mut Table<'_>, key: &'static str) -> Option<Id> {
    let Located { value, span } = table.any(key)?;
    let id = match &value {
        DeValue::String(text) if !text.trim().is_empty() => Some(Id::new(text.trim())),
        value => integer(value).map(Id::from),
    };
    table.keep(id.ok_or_else(|| table.wrong_type(key, &span, "an id: a number, or a text in quotes")))
}

/// Who decided, when and why: for people.
fn remarks(table: &mut Table<'_>) {
    for key in ["who", "when", "reason"] {
        let _ = table.any(key);
    }
    table.finish();
}

/// Returns `text` with `decided` added at its end, by `who` on the day `when`. The rest stays as it is.
pub(super) fn append(text: &str, decided: &[Decided], who: &str, when: Date) -> String {
    let end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let mut all = text.to_owned();
    if !text.is_empty() && !text.ends_with('\n') {
        all.push_str(end);
    }
    for Decided { decision, remark } in decided {
        if !all.is_empty() {
            all.push_str(end);
        }
        let (table, keys) = keys(decision);
        let mut lines = vec![format!("# {}", plain(remark)), format!("[[{table}]]")];
        lines.extend(keys.into_iter().map(|(key, value)| format!("{key} = {value}")));
        // A decision of a company says itself who made it and when.
        if !matches!(decision, Decision::Replaced(_)) {
            lines.extend([format!("who = {}", quoted(&plain(who))), format!("when = {when}")]);
        }
        for line in lines {
            let _ = write!(all, "{line}{end}"); // writing to a String cannot fail
        }
    }
    all
}

fn keys(decision: &Decision) -> (&'static str, Vec<(&'static str, String)>) {
    let pair = |user: &Id, contact: &Id| vec![("user", quoted(user.as_str())), ("contact", value(contact))];
    match decision {
        Decision::Pin(Pin { user, contact }) => ("pin", pair(user, contact)),
        Decision::Split(Split { user, contact }) => ("split", pair(user, contact)),
        Decision::Ignore(who) => ("ignore", vec![("id", quoted(who))]),
        Decision::IgnoreRecord(side, id) => {
            let named = RECORDS.into_iter().find(|(_, of)| of == side).map_or("id", |(key, _)| key);
            ("ignore", vec![(named, value(id))])
        }
        Decision::Replaced(Replaced { company, tenant, psa_key, who, when }) => {
            let tenant = tenant.as_ref().map(|tenant| ("replaces-tenant", quoted(tenant)));
            let psa_key = psa_key.as_ref().map(|key| ("replaces-psa-key", value(key)));
            let mut keys = vec![("name", quoted(company))];
            keys.extend(tenant.into_iter().chain(psa_key));
            keys.extend([("who", quoted(who)), ("when", when.to_string())]);
            ("company", keys)
        }
    }
}

/// Returns a number where the id is one in its usual form, else a text.
fn value(id: &Id) -> String {
    match id.number() {
        Some(number) if number.to_string() == id.as_str() => number.to_string(),
        _ => quoted(id.as_str()),
    }
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// Returns `text` on one line, without what a comment may not hold.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect::<String>().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;
    use proptest::prelude::*;

    const FORMER: &str = "# what the service desk decided\n\n\n[[pin]] # by phone\nuser = \"8F2C\"\ncontact = 2001\n\n  # kiosks\n[[ignore]]\nemail = \"Kiosk@contoso.example\" # two of them\n[[pin]]\nuser = 'x'\ncontact = \"C-7\"\nreason = \"\"\"\nlong\n\"\"\"";

    fn read_all(text: &str) -> Vec<Decision> {
        let entries =
            read(Path::new("decisions.toml"), text).unwrap_or_else(|error| panic!("{error}\n{text}"));
        entries.into_iter().map(|entry| entry.decision).collect()
    }

    fn any_id() -> impl Strategy<Value = Id> {
        prop_oneof![
            any::<i64>().prop_map(Id::from),
            "[0-9a-f]{8}-[0-9a-f]{4}".prop_map(Id::new),
            "0[0-9]{3}".prop_map(Id::new),
            "[!-~]([ -~é山\u{202e}\"\\\\]{0,12}[!-~])?".prop_map(Id::new),
        ]
    }

    fn any_decision() -> impl Strategy<Value = Decision> {
        let side = prop::sample::select(vec![Side::Tenant, Side::Psa, Side::Portal]);
        prop_oneof![
            (any_id(), any_id())
                .prop_map(|(user, contact)| Decision::Pin(Pin { user: lower(&user), contact })),
            (any_id(), any_id())
                .prop_map(|(user, contact)| Decision::Split(Split { user: lower(&user), contact })),
            (side, any_id()).prop_map(|(side, id)| {
                let id = if side == Side::Tenant { lower(&id) } else { id };
                Decision::IgnoreRecord(side, id)
            }),
            any_id().prop_map(|id| Decision::Ignore(id.to_string())),
            (any_id(), any_id(), prop::option::of(any_id())).prop_map(|(company, tenant, psa_key)| {
                Decision::Replaced(Replaced {
                    company: company.to_string(),
                    tenant: Some(tenant.to_string()),
                    psa_key,
                    who: "ann".to_owned(),
                    when: jiff::civil::date(2026, 11, 2),
                })
            }),
        ]
    }

    proptest! {
        #[test]
        fn what_is_added_is_read_back_and_what_stood_there_stays(
            former in prop::sample::select(vec![String::new(), "# nothing yet".to_owned(), FORMER.to_owned(), FORMER.replace('\n', "\r\n"), format!("{FORMER}\n\n\n")]),
            decided in prop::collection::vec((any_decision(), any::<String>()), 1..5),
            who in any::<String>(),
        ) {
            let decided: Vec<Decided> =
                decided.into_iter().map(|(decision, remark)| Decided { decision, remark }).collect();
            let text = append(&former, &decided, &who, jiff::civil::date(2026, 11, 2));
            prop_assert!(text.starts_with(&former));
            let mut expected = read_all(&former);
            expected.extend(decided.into_iter().map(|one| one.decision));
            prop_assert_eq!(read_all(&text), expected);
            prop_assert!(text.ends_with('\n'));
        }
    }

    #[test]
    fn an_entry_reads_like_this() {
        let decided = [
            Decided {
                decision: Decision::Pin(Pin { user: "8f2c".into(), contact: 2001.into() }),
                remark: "Contoso: Ann Lee <ann@contoso.example> is\ncontact 2001".into(),
            },
            Decided {
                decision: Decision::IgnoreRecord(Side::Portal, 7.into()),
                remark: "Contoso: portal user 7, Kiosk".into(),
            },
        ];
        insta::assert_snapshot!(append("# ours\n", &decided, "ann", jiff::civil::date(2026, 11, 2)), @r#"
        # ours

        # Contoso: Ann Lee <ann@contoso.example> is contact 2001
        [[pin]]
        user = "8f2c"
        contact = 2001
        who = "ann"
        when = 2026-11-02

        # Contoso: portal user 7, Kiosk
        [[ignore]]
        portal-user = 7
        who = "ann"
        when = 2026-11-02
        "#);
    }

    #[test]
    fn every_decision_knows_its_line() {
        let lines = |text: &str| -> Vec<usize> {
            read(Path::new("decisions.toml"), text).expect("good").iter().map(|entry| entry.line).collect()
        };
        assert_eq!(lines(FORMER), [4, 9, 11]);
        assert_eq!(lines(&FORMER.replace('\n', "\r\n")), [4, 9, 11]);
    }

    #[test]
    fn a_company_names_an_old_value_and_says_who_decided_and_when() {
        let whole =
            "[[company]]\nname = \"Alder\"\nreplaces-psa-key = 174\nwho = \"ann\"\nwhen = 2026-11-02\n";
        let read = read_all(whole);
        let [Decision::Replaced(one)] = &read[..] else { panic!("{read:?}") };
        assert_eq!((one.psa_key.as_ref().map(Id::as_str), &one.tenant), (Some("174"), &None));
        for (text, message) in [
            (whole.replace("replaces-psa-key = 174\n", ""), "[[company]] names nothing that may be replaced"),
            (whole.replace("who = \"ann\"\n", ""), "[[company]] lacks `who`"),
            (whole.replace("when = 2026-11-02\n", ""), "[[company]] lacks `when`"),
            (whole.replace("2026-11-02", "\"soon\""), "a day, such as 2026-11-02"),
            (whole.replace("replaces-psa-key", "replaces"), "names nothing that may be replaced"),
            (format!("{whole}until = 3\n"), "`until`"),
            (format!("{whole}replaces-tenant = \" \"\n"), "replaces-tenant"),
        ] {
            let error = super::read(Path::new("decisions.toml"), &text).expect_err("not whole");
            let told =
                |error: &Error| format!("{} {}\n", error.message(), error.next_step().unwrap_or_default());
            let all: String = std::iter::once(&error).chain(error.further()).map(told).collect();
            assert!(all.contains(message), "{all}");
        }
    }

    #[test]
    fn every_mistake_of_an_entry_is_told_and_its_keys_are_known() {
        for (text, expected) in [
            ("[[pin]]\ncontact = 2001\n", &["[[pin]] lacks `user`"][..]),
            ("[[split]]\n", &["[[split]] lacks `user`", "[[split]] lacks `contact`"]),
            (
                "[[pin]]\nuser = 1.5\ncontact = true\n",
                &["`user` of [[pin]] has the wrong form", "`contact` of [[pin]] has the wrong form"],
            ),
            (
                "[[ignore]]\nemail = \" \"\nid = 0.5\ncontact = 7\n",
                &["`email` of [[ignore]] has the wrong form", "`id` of [[ignore]] has the wrong form"],
            ),
            (
                "[[company]]\nreplaces-tenant = \"\"\nwhen = \"soon\"\n",
                &[
                    "[[company]] lacks `name`",
                    "`replaces-tenant` of [[company]] has the wrong form",
                    "[[company]] lacks `who`",
                    "`when` of [[company]] has the wrong form",
                ],
            ),
        ] {
            let error = read(Path::new("decisions.toml"), text).expect_err("mistakes");
            let all: Vec<&str> = std::iter::once(&error).chain(error.further()).map(Error::message).collect();
            let said = all.iter().map(|message| message.splitn(4, ':').last().unwrap_or_default().trim());
            assert_eq!(said.collect::<Vec<_>>(), expected, "{text}");
        }
    }

    #[test]
    fn an_ignore_names_exactly_one() {
        for (text, message) in [
            ("[[ignore]]\n", "decisions.toml:1:1: [[ignore]] names no person"),
            (
                "\n[[ignore]]\nuser = \"a\"\ncontact = 7\n",
                "decisions.toml:2:1: [[ignore]] names several: write one for each",
            ),
        ] {
            let error = read(Path::new("decisions.toml"), text).expect_err("not one");
            assert_eq!(error.message(), message);
        }
    }
}
