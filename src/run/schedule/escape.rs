//! Values as the files of schedulers take them, so that each arrives as it is.

use std::fmt::Write as _;

/// Quotes a word for a POSIX shell.
pub(super) fn shell(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@,+".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}

/// Quotes a word for a shell that cron starts: to cron `%` is the end of a line.
pub(super) fn cron(word: &str) -> String {
    shell(word).replace('%', "\\%")
}

/// Quotes a value for a unit of systemd, where `%` begins a specifier.
pub(super) fn systemd(value: &str) -> String {
    format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\"").replace('%', "%%"))
}

/// Quotes an argument of a command of a unit, where `$` begins a variable too.
pub(super) fn systemd_argument(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@,+".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    systemd(word).replace('$', "$$")
}

/// Writes a path that a unit of systemd takes without quotes, to the end of the line.
pub(super) fn systemd_path(path: &str) -> String {
    path.replace('%', "%%")
}

/// Quotes an argument as Windows programs take their command line apart.
pub(super) fn windows(word: &str) -> String {
    if !word.is_empty() && !word.contains([' ', '\t', '"']) {
        return word.to_owned();
    }
    let (mut quoted, mut slashes) = (String::from("\""), 0);
    for c in word.chars() {
        // Backslashes are themselves, except in front of a quote.
        match c {
            '\\' => slashes += 1,
            '"' => {
                quoted.push_str(&"\\".repeat(slashes + 1));
                slashes = 0;
            }
            _ => slashes = 0,
        }
        quoted.push(c);
    }
    quoted.push_str(&"\\".repeat(slashes));
    quoted.push('"');
    quoted
}

/// Writes a text of an XML file in ASCII alone, so that the file means the same in every encoding.
pub(super) fn xml(text: &str) -> String {
    let mut escaped = String::new();
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            c if c.is_ascii() => escaped.push(c),
            c => {
                // A text takes whatever is written to it.
                let _ = write!(escaped, "&#x{:X};", u32::from(c));
            }
        }
    }
    escaped
}

/// Writes a text for a comment of an XML file, which has no escapes and must not hold two hyphens.
pub(super) fn xml_comment(text: &str) -> String {
    let ascii: String = text.chars().map(|c| if c.is_ascii() { c } else { '?' }).collect();
    let mut text = ascii;
    while text.contains("--") {
        text = text.replace("--", "- -");
    }
    if text.ends_with('-') {
        text.push(' ');
    }
    text
}

/// Quotes a text for YAML: a JSON string is one of YAML's too.
pub(super) fn yaml(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_format_gets_a_value_in_its_own_quotes() {
        let value = r#"/o'e "a" 5% $b & <c>\"#;
        assert_eq!(shell(value), r#"'/o'\''e "a" 5% $b & <c>\'"#);
        assert_eq!(cron(value), r#"'/o'\''e "a" 5\% $b & <c>\'"#);
        assert_eq!(systemd(value), r#""/o'e \"a\" 5%% $b & <c>\\""#);
        assert_eq!(systemd_argument(value), r#""/o'e \"a\" 5%% $$b & <c>\\""#);
        assert_eq!(systemd_path(value), r#"/o'e "a" 5%% $b & <c>\"#);
        assert_eq!(windows(value), r#""/o'e \"a\" 5% $b & <c>\\""#);
        assert_eq!(xml(value), r"/o'e &quot;a&quot; 5% $b &amp; &lt;c&gt;\");
        assert_eq!(yaml(value), r#""/o'e \"a\" 5% $b & <c>\\""#);
        assert_eq!(xml("Jürgen"), "J&#xFC;rgen");
        assert_eq!(xml_comment("a---b --c-"), "a- - -b - -c- ");
    }

    #[test]
    fn plain_words_stay_as_they_are() {
        for quote in [shell, cron, systemd_argument, windows] {
            assert_eq!(quote("--deadline"), "--deadline");
            assert_ne!(quote(""), "");
        }
    }
}
