//! Adding to a configuration: a table, companies, remarks. What it holds stays as it is, byte for byte.

use std::fmt::Write as _;

use crate::files::MARK;
use crate::model::Id;
use crate::text::visible;

/// A company that is to be added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCompany {
    /// How the configuration calls it.
    pub name: String,
    /// The portal's company.
    pub portal: Id,
    /// The PSA's company.
    pub psa: Id,
    /// The tenant's id.
    pub tenant: String,
    /// Its own domains, where the tenant is shared.
    pub domains: Vec<String>,
    /// What it rests on, for people: a comment.
    pub remark: String,
}

/// Reports whether `text` has this key or table at its top; what is no TOML has none.
pub fn has_key(text: &str, key: &str) -> bool {
    text.trim_start_matches(MARK).parse::<toml::Table>().is_ok_and(|table| table.contains_key(key))
}

/// Returns `text` with the PSA chosen above everything but the remarks at its top.
pub fn with_psa(text: &str, psa: &str) -> String {
    let end = line_end(text);
    let is_remark = |line: &&str| line.trim_start_matches(MARK).starts_with('#');
    let remarks: usize = text.split_inclusive('\n').take_while(is_remark).map(str::len).sum();
    let (before, after) = text.split_at(remarks);
    // A byte order mark stays first.
    let (mark, after) = match after.strip_prefix(MARK).filter(|_| before.is_empty()) {
        Some(rest) => (MARK.to_string(), rest),
        None => (String::new(), after),
    };
    let gap = if before.is_empty() || before.ends_with('\n') { "" } else { end };
    format!("{before}{gap}{mark}psa = {}{end}{after}", quoted(psa))
}

/// Returns `text` with the table `name` at its end, of these keys and values as TOML writes them.
pub fn with_table(text: &str, name: &str, lines: &[(String, String)]) -> String {
    let mut table = vec![format!("[{name}]")];
    table.extend(lines.iter().map(|(key, value)| format!("{key} = {value}")));
    added(text, &table)
}

/// Returns `text` with the companies at its end, and with these remarks behind them.
pub fn with_companies(text: &str, companies: &[NewCompany], remarks: &[String]) -> String {
    let mut all = text.to_owned();
    for NewCompany { name, portal, psa, tenant, domains, remark } in companies {
        let mut lines = vec![
            format!("# {}", visible::shown(remark)),
            "[[company]]".to_owned(),
            format!("name = {}", quoted(name)),
            format!("cloudradial = {portal}"),
            format!("psa = {psa}"),
            format!("tenant = {}", quoted(tenant)),
        ];
        if !domains.is_empty() {
            let domains: Vec<String> = domains.iter().map(|domain| quoted(domain)).collect();
            lines.push("# The tenant is shared; these domains are this company's.".to_owned());
            lines.push(format!("domains = [{}]", domains.join(", ")));
        }
        all = added(&all, &lines);
    }
    if remarks.is_empty() {
        return all;
    }
    let mut lines = vec!["# Left to do, as `crsync init` saw it:".to_owned()];
    lines.extend(remarks.iter().map(|remark| format!("# * {}", visible::shown(remark))));
    added(&all, &lines)
}

/// Returns `text` with an empty line and these lines at its end.
fn added(text: &str, lines: &[String]) -> String {
    let end = line_end(text);
    let mut all = text.to_owned();
    if !text.is_empty() && !text.ends_with('\n') {
        all.push_str(end);
    }
    if !all.is_empty() {
        all.push_str(end);
    }
    for line in lines {
        let _ = write!(all, "{line}{end}"); // writing to a String cannot fail
    }
    all
}

fn line_end(text: &str) -> &'static str {
    if text.contains("\r\n") { "\r\n" } else { "\n" }
}

/// Returns `text` as a TOML string on one line.
pub(super) fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            c if c.is_control() => {
                let _ = write!(quoted, "\\u{:04X}", u32::from(c)); // writing to a String cannot fail
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn company() -> NewCompany {
        NewCompany {
            name: "Con\"toso\n[x]".to_owned(),
            portal: Id::from(9),
            psa: Id::from(174),
            tenant: "a".to_owned(),
            domains: vec!["contoso.example".to_owned()],
            remark: "line\n[[company]]".to_owned(),
        }
    }

    #[test]
    fn what_is_there_stays_and_what_is_added_is_toml() {
        for text in ["", "# x", "psa = 1\r\n[a]\r\nb = 2", "\u{feff}[a]\n", "# x\n#:schema y\n\n[a]\n"] {
            let all = with_companies(text, &[company()], &["one\r\n[a]".to_owned()]);
            assert!(all.starts_with(text), "{all:?}");
            let table: toml::Table = all.trim_start_matches(MARK).parse().expect("TOML");
            assert_eq!(table["company"].as_array().map(Vec::len), Some(1));
            assert_eq!(table["company"][0]["name"].as_str(), Some("Con\"toso\n[x]"));
            assert_eq!(all.contains("\r\n"), text.contains("\r\n"), "{all:?}");
        }
    }

    #[test]
    fn a_psa_is_chosen_above_the_first_table() {
        for text in ["", "# x", "[a]\r\nb = 2", "\u{feff}[a]\n", "#:schema y\n\n[a]\n"] {
            let all = with_psa(text, "desk");
            let table: toml::Table = all.trim_start_matches(MARK).parse().expect("TOML");
            assert_eq!(table["psa"].as_str(), Some("desk"), "{all:?}");
            assert!(all.starts_with(
                text.split('\n').next().filter(|line| line.starts_with('#')).unwrap_or_default()
            ));
            assert_eq!(all.starts_with(MARK), text.starts_with(MARK));
        }
    }
}
