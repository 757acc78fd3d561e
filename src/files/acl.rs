//! Access control lists of Windows, as text: which accounts a list lets use a file, besides the account itself, the
//! system and its administrators.
//!
//! The text is that of security descriptors (SDDL), which is the same in every language that Windows speaks. `icacls`
//! saves it, and `whoami` tells which account runs.

/// The accounts that could read every file anyway, as root could elsewhere. The owner is none of them: the list does not
/// say who that is.
const TRUSTED: [&str; 2] = ["S-1-5-18", "S-1-5-32-544"];

/// Accounts that a list names by two letters, which are the same on every machine.
const NAMES: [(&str, &str); 25] = [
    ("AC", "S-1-15-2-1"),
    ("AN", "S-1-5-7"),
    ("AO", "S-1-5-32-548"),
    ("AU", "S-1-5-11"),
    ("BA", "S-1-5-32-544"),
    ("BG", "S-1-5-32-546"),
    ("BO", "S-1-5-32-551"),
    ("BU", "S-1-5-32-545"),
    ("CG", "S-1-3-1"),
    ("CO", "S-1-3-0"),
    ("ED", "S-1-5-9"),
    ("IU", "S-1-5-4"),
    ("LS", "S-1-5-19"),
    ("NS", "S-1-5-20"),
    ("NU", "S-1-5-2"),
    ("OW", "S-1-3-4"),
    ("PO", "S-1-5-32-550"),
    ("PU", "S-1-5-32-547"),
    ("RC", "S-1-5-12"),
    ("RD", "S-1-5-32-555"),
    ("RU", "S-1-5-32-554"),
    ("SO", "S-1-5-32-549"),
    ("SU", "S-1-5-6"),
    ("SY", "S-1-5-18"),
    ("WD", "S-1-1-0"),
];

/// Accounts of a machine or a domain that a list names by two letters, with the last number of their identifiers.
const RELATIVE: [(&str, u32); 8] =
    [("CA", 517), ("DA", 512), ("DC", 515), ("DD", 516), ("DG", 514), ("DU", 513), ("LA", 500), ("LG", 501)];

/// Everyone, who may do everything where a file has no list.
const EVERYONE: &str = "S-1-1-0";

/// Returns the accounts and groups that the list lets do anything with the file, or with a folder and what is made in it,
/// besides the account `own` and those that every file is open to; `None` where the text is no list, or says more than is
/// known here.
pub(super) fn others(list: &str, own: &str, is_folder: bool) -> Option<Vec<String>> {
    let at = list.find("D:")?;
    let (flags, entries) = entries(&list[at + 2..])?;
    if flags.contains("NO_ACCESS_CONTROL") {
        return Some(vec![EVERYONE.to_owned()]);
    }
    let mut others = Vec::new();
    for entry in entries {
        let fields: Vec<&str> = entry.splitn(7, ';').collect();
        let [kind, inherited, rights, _, _, account, ..] = fields.as_slice() else { return None };
        match *kind {
            "A" | "OA" | "XA" | "ZA" => {}
            "D" | "OD" | "XD" => continue,
            _ => return None,
        }
        // Such an entry is for what a folder will hold, where the one who makes it may be this account alone.
        let is_handed_on = inherited.as_bytes().chunks(2).any(|flag| flag == b"IO");
        let is_nothing = is_handed_on && (!is_folder || *account == "CO");
        let is_administrator = *account == "LA";
        let account = full(account, own);
        let is_own =
            account.eq_ignore_ascii_case(own) || TRUSTED.contains(&account.as_str()) || is_administrator;
        if !is_nothing && !is_own && !matches!(*rights, "" | "0x0") && !others.contains(&account) {
            others.push(account);
        }
    }
    Some(others)
}

/// Returns the flags of a list, and its entries without their parentheses. A condition in an entry has some of its own.
fn entries(list: &str) -> Option<(&str, Vec<&str>)> {
    let flags = list.split(['(', ':']).next()?;
    let (mut depth, mut start, mut entries) = (0_u32, 0, Vec::new());
    for (at, c) in list.char_indices().skip_while(|(_, c)| *c != '(') {
        match c {
            '(' if depth == 0 => (depth, start) = (1, at + 1),
            '(' => depth += 1,
            ')' if depth == 1 => {
                depth = 0;
                entries.push(&list[start..at]);
            }
            ')' => depth = depth.checked_sub(1)?,
            // The next part of the descriptor begins.
            _ if depth == 0 => break,
            _ => {}
        }
    }
    (depth == 0).then_some((flags, entries))
}

/// Returns the identifier of an account that a list may name by two letters. Those of a domain are taken for those of the
/// domain that the account `own` is of: the command that takes their rights away has to name them.
fn full(account: &str, own: &str) -> String {
    if let Some((_, full)) = NAMES.iter().find(|(short, _)| *short == account) {
        return (*full).to_owned();
    }
    let relative = RELATIVE.iter().find(|(short, _)| *short == account);
    match (relative, own.rsplit_once('-')) {
        (Some((_, number)), Some((domain, _))) => format!("{domain}-{number}"),
        _ => account.to_owned(),
    }
}

/// Returns the list in what `icacls FILE /save` wrote: the file's name, and the list on the next line, in UTF-16.
pub(super) fn saved(bytes: &[u8]) -> Option<String> {
    let units = bytes.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]]));
    let wide = bytes.contains(&0);
    let text = if wide {
        char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
    } else {
        String::from_utf8_lossy(bytes).into_owned()
    };
    text.lines().rev().find(|line| line.starts_with("D:")).map(ToOwned::to_owned)
}

/// Returns the account in what `whoami /user /fo csv /nh` prints: its name, and its identifier.
pub(super) fn account(printed: &str) -> Option<String> {
    let fields = printed.trim().rsplit('"').map(str::trim);
    fields.filter(|field| field.starts_with("S-1-")).map(ToOwned::to_owned).next()
}

/// Returns the command that leaves a file, or a folder with what is in it, to the account `own` alone, where these others
/// may use it.
pub(super) fn closing(path: &str, own: &str, others: &[String], is_folder: bool) -> String {
    let removed = others.iter().filter(|other| other.starts_with("S-1-"));
    let removed: Vec<String> = removed.map(|other| format!(" /remove *{other}")).collect();
    // PowerShell takes parentheses without quotes for an expression.
    let (granted, also) =
        if is_folder { (format!("\"*{own}:(OI)(CI)F\""), " /t") } else { (format!("*{own}:F"), "") };
    format!("icacls \"{path}\" /inheritance:r /grant:r {granted}{}{also}", removed.concat())
}

/// Returns what helps where these others may use a file or a folder: the command `closing`.
///
/// If one of them is an account that runs could work as, the file may be for that account, and an administrator may be
/// looking at it. The command would shut that account out, so it is not named then.
pub(super) fn remedy(kind: &str, others: &[String], closing: &str) -> String {
    let accounts: Vec<&str> = others.iter().map(String::as_str).filter(|other| is_account(other)).collect();
    if accounts.is_empty() {
        return format!("run `{closing}`");
    }
    format!("run crsync as {} if the {kind} is for that account", accounts.join(" or "))
}

/// Reports whether an identifier may be that of a person or of a service. Groups that every machine or domain has are
/// none; one that a person made has an identifier like a person's.
fn is_account(identifier: &str) -> bool {
    let begins = |start: &str| identifier.starts_with(start);
    let is_service = matches!(identifier, "S-1-5-19" | "S-1-5-20") || begins("S-1-5-80-");
    let number = identifier.rsplit_once('-').and_then(|(_, number)| number.parse::<u32>().ok());
    // Those below 1000 were there before any account was made, the administrator's own (500) among them.
    let is_made = begins("S-1-5-21-") && number.is_some_and(|number| number == 500 || number >= 1000);
    is_service || is_made || begins("S-1-12-1-")
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: &str = "S-1-5-21-1004336348-1177238915-682003330-1001";

    fn says(list: &str) -> Option<Vec<String>> {
        others(list, OWN, false)
    }

    #[test]
    fn a_folder_is_closed_if_what_is_made_in_it_is() {
        let new =
            format!("D:AI(A;OICIID;FA;;;SY)(A;OICIID;FA;;;BA)(A;OICIIOID;GA;;;CO)(A;OICIID;FA;;;{OWN})");
        assert_eq!(others(&new, OWN, true), Some(Vec::new()));
        let handed_on = format!("D:P(A;OICI;FA;;;{OWN})(A;OICIIO;GR;;;BU)");
        assert_eq!(others(&handed_on, OWN, true), Some(vec!["S-1-5-32-545".to_owned()]));
        let usual = "icacls \"C:\\ProgramData\\crsync\" /inheritance:r /grant:r \"*S-1-5-18:(OI)(CI)F\" \
                     /remove *S-1-5-32-545 /t";
        assert_eq!(closing("C:\\ProgramData\\crsync", "S-1-5-18", &["S-1-5-32-545".to_owned()], true), usual);
    }

    #[test]
    fn a_file_of_its_account_the_system_and_administrators_is_closed() {
        for list in [
            format!("D:PAI(A;;FA;;;{OWN})"),
            format!("D:AI(A;ID;FA;;;SY)(A;ID;FA;;;BA)(A;ID;FA;;;{OWN})"),
            format!("O:{OWN}G:BUD:P(A;;0x1f01ff;;;{OWN})(A;;FA;;;S-1-5-18)S:AI(ML;;NW;;;LW)"),
            format!("D:P(D;;FA;;;WD)(A;;FR;;;{})(A;;FA;;;LA)", OWN.to_lowercase()),
            // For what a folder will hold, or without any right.
            format!("D:(A;OICIIO;GA;;;CO)(A;;0x0;;;BU)(A;;FA;;;{OWN})"),
            "D:P".to_owned(),
        ] {
            assert_eq!(says(&list), Some(Vec::new()), "{list}");
        }
    }

    #[test]
    fn any_other_account_that_is_let_in_is_named_once() {
        let users = ["S-1-5-11".to_owned(), "S-1-5-32-545".to_owned()];
        let list = format!("D:AI(A;ID;0x1301bf;;;AU)(A;ID;FA;;;SY)(A;ID;FR;;;BU)(A;;GR;;;BU)(A;;FA;;;{OWN})");
        assert_eq!(says(&list), Some(users.to_vec()));
        assert_eq!(says("D:P(XA;;FX;;;WD;(@User.Title==\"PM\"))"), Some(vec![EVERYONE.to_owned()]));
        assert_eq!(says("D:P(A;;FA;;;S-1-5-21-7-8-9-1002)"), Some(vec!["S-1-5-21-7-8-9-1002".to_owned()]));
        // Administrators of a domain are not those of this machine.
        let domain = OWN.strip_suffix("-1001").expect("an account of a domain");
        assert_eq!(says("D:P(A;;FA;;;DA)"), Some(vec![format!("{domain}-512")]));
        // The owner may be any account, and what these letters mean is not known here.
        assert_eq!(says("D:P(A;;FA;;;OW)(A;;FA;;;QQ)"), Some(vec!["S-1-3-4".to_owned(), "QQ".to_owned()]));
    }

    #[test]
    fn no_list_at_all_is_open_to_everyone_and_what_is_not_understood_is_not_closed() {
        assert_eq!(says("D:NO_ACCESS_CONTROL"), Some(vec![EVERYONE.to_owned()]));
        for text in ["", "(A;;FA;;;SY)", "D:(A;;FA;;;SY", "D:(A;;FA)", "D:(QQ;;FA;;;SY)", "D:())"] {
            assert_eq!(says(text), None, "{text}");
        }
    }

    #[test]
    fn what_the_tools_of_the_system_print_is_taken_apart() {
        let text = format!("secret.txt\r\nD:PAI(A;;FA;;;{OWN})\r\n");
        let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let list = format!("D:PAI(A;;FA;;;{OWN})");
        assert_eq!(saved(&wide), Some(list.clone()));
        assert_eq!(saved(&[&[0xff, 0xfe][..], &wide].concat()), Some(list.clone()));
        assert_eq!(saved(text.as_bytes()), Some(list));
        assert_eq!(saved(b"secret.txt\r\n"), None);
        assert_eq!(account(&format!("\"contoso\\ann\",\"{OWN}\"\r\n")), Some(OWN.to_owned()));
        assert_eq!(account("ERROR: Access is denied.\r\n"), None);
    }

    #[test]
    fn the_command_that_closes_a_file_names_what_it_takes_away() {
        let others = says("D:P(A;;FA;;;WD)(A;;FA;;;DU)").expect("a list");
        let users = OWN.replace("-1001", "-513");
        let expected = format!(
            "icacls \"C:\\keys\\a b\" /inheritance:r /grant:r *{OWN}:F /remove *S-1-1-0 /remove *{users}"
        );
        assert_eq!(closing("C:\\keys\\a b", OWN, &others, false), expected);
        assert_eq!(remedy("file", &others, &expected), format!("run `{expected}`"));
    }

    #[test]
    fn no_command_shuts_out_an_account_that_a_folder_may_be_for() {
        let service = "S-1-5-21-7-8-9-1002";
        for users in ["", "(A;OICIID;FR;;;BU)"] {
            let list = format!("D:P(A;OICI;FA;;;{service})(A;OICI;FA;;;SY)(A;OICI;FA;;;BA){users}");
            let others = others(&list, OWN, true).expect("a list");
            let closing = closing("C:\\ProgramData\\crsync", OWN, &others, true);
            let expected = format!("run crsync as {service} if the folder is for that account");
            assert_eq!(remedy("folder", &others, &closing), expected, "{list}");
        }
        for account in ["S-1-5-19", "S-1-5-80-7-8-9-10-11", "S-1-5-21-7-8-9-500", "S-1-12-1-7-8-9-10"] {
            assert!(is_account(account), "{account}");
        }
        for group in [EVERYONE, "S-1-5-11", "S-1-5-32-545", "S-1-5-21-7-8-9-513", "QQ"] {
            assert!(!is_account(group), "{group}");
        }
    }
}
