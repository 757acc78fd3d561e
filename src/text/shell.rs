//! Words of a command line: taken apart, and put in quotes, as a shell does it.

/// What a shell acts on between double quotes.
const ACTIVE: [char; 3] = ['"', '$', '`'];

/// Returns the words of a command line. Quotes keep white space, and nothing else is special.
pub fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None::<char>);
    for c in line.chars() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '"' | '\'') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, c) if c.is_whitespace() => words.extend(word.take()),
            (_, c) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

/// Returns a word as a shell takes it for one. An empty word is a pair of quotes.
pub fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "-_./=:@".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    // On Windows a backslash is part of a path, and the older shell there knows no single quotes.
    let is_active = |c: char| ACTIVE.contains(&c) || (c == '\\' && !cfg!(windows));
    if !word.contains(is_active) {
        return format!("\"{word}\"");
    }
    if !word.contains('\'') {
        return format!("'{word}'");
    }
    let mut quoted = String::from("\"");
    for c in word.chars() {
        if is_active(c) {
            quoted.push('\\');
        }
        quoted.push(c);
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_command_line_is_taken_apart_at_white_space_outside_of_quotes() {
        for (line, expected) in [
            ("op read 'op://msp/a b/c'  \"\"", &["op", "read", "op://msp/a b/c", ""][..]),
            ("less -R", &["less", "-R"]),
            ("\"C:\\Program Files\\less.exe\" -R  -X", &["C:\\Program Files\\less.exe", "-R", "-X"]),
            ("less '+/a b' ''", &["less", "+/a b", ""]),
            ("  ", &[]),
        ] {
            assert_eq!(words(line), expected, "{line}");
        }
    }

    #[test]
    fn a_word_is_quoted_where_a_shell_would_take_it_apart_or_act_on_it() {
        for (word, expected) in [
            ("ann@contoso.example", "ann@contoso.example"),
            ("--company=Contoso", "--company=Contoso"),
            ("Big Co", "\"Big Co\""),
            ("O'Neil", "\"O'Neil\""),
            ("", "\"\""),
            ("The \"Best\" Co", "'The \"Best\" Co'"),
            ("$HOME", "'$HOME'"),
            ("`id`", "'`id`'"),
            ("it's $5", "\"it's \\$5\""),
        ] {
            assert_eq!(quoted(word), expected, "{word}");
        }
    }

    proptest! {
        #[test]
        fn a_quoted_word_is_one_word(word in "[a-zé \"$`|;&*-]{0,8}|[a-z' |;&*-]{0,8}") {
            prop_assert_eq!(words(&quoted(&word)), [word]);
        }
    }
}
