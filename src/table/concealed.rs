//! What an excerpt may show of a line whose value may be a secret: the key, or the header of a table.

/// What a value looks like that is not shown.
pub(super) const CONCEALED: char = '…';

/// Returns the line that begins at `start` of `text`, without any value.
pub(super) fn shown(text: &str, start: usize) -> String {
    let line = text[start..].lines().next().unwrap_or_default();
    let may_be_key = is_between_keys(&text[..start]);
    if let Some(end) = header(line).filter(|_| may_be_key) {
        let rest = line[end..].trim();
        return if rest.is_empty() { line.to_owned() } else { format!("{} {CONCEALED}", &line[..end]) };
    }
    let indent = line.len() - line.trim_start().len();
    match key(line).filter(|_| may_be_key) {
        Some(key) => format!("{key}= {CONCEALED}"),
        None => format!("{}{CONCEALED}", &line[..indent]),
    }
}

/// Returns what is before the sign of equality, where that is a bare key.
fn key(line: &str) -> Option<&str> {
    let (key, _) = line.split_once('=')?;
    is_bare(key.trim()).then_some(key)
}

/// Returns where the header of a table ends that the line begins with. One with quotes may be a list of texts.
fn header(line: &str) -> Option<usize> {
    let end = line.find(']')?;
    let name = line[..end].trim_start().strip_prefix('[')?;
    let (name, closing) = match name.strip_prefix('[') {
        Some(name) => (name, "]]"),
        None => (name, "]"),
    };
    (is_bare(name.trim()) && line[end..].starts_with(closing)).then_some(end + closing.len())
}

fn is_bare(key: &str) -> bool {
    !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
}

/// Reports whether a key may follow `text`: not in a list, nor in a text of several lines.
fn is_between_keys(text: &str) -> bool {
    let (mut open_brackets, mut quotes) = (Vec::new(), None);
    for line in text.split_inclusive('\n') {
        if open_brackets.is_empty() && quotes.is_none() && header(line).is_some() {
            continue;
        }
        let mut rest = line;
        while let Some(c) = rest.chars().next() {
            if let Some(open) = quotes {
                let Some(end) = closing(rest, open) else { break };
                (rest, quotes) = (&rest[end..], None);
                continue;
            }
            let opened = ["\"\"\"", "'''", "\"", "'"].into_iter().find(|open| rest.starts_with(open));
            match (c, opened) {
                (_, Some(open)) => quotes = Some(open),
                ('#', _) => break,
                ('[' | '{', _) => open_brackets.push(c),
                (']' | '}', _) => drop(open_brackets.pop()),
                _ => {}
            }
            rest = &rest[opened.map_or(c.len_utf8(), str::len)..];
        }
        // A text in single quotes ends with its line, even if its end is forgotten.
        quotes = quotes.filter(|open| open.len() == 3);
    }
    quotes.is_none() && open_brackets.last() != Some(&'[')
}

/// Returns where a text in these quotes ends.
fn closing(text: &str, quotes: &str) -> Option<usize> {
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        if text[at..].starts_with(quotes) {
            return Some(at + quotes.len());
        }
        at += c.len_utf8();
        if c == '\\' && quotes.starts_with('"') {
            at += text[at..].chars().next().map_or(0, char::len_utf8);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::shown;

    /// Returns what is shown of every line of `text`.
    fn all(text: &str) -> Vec<String> {
        let starts = text.match_indices('\n').map(|(at, _)| at + 1);
        std::iter::once(0).chain(starts).map(|start| shown(text, start)).collect()
    }

    #[test]
    fn keys_and_headers_are_shown_and_no_value() {
        let text = "[desk] # ours\n[[company]]\nsecret-command = [\n  \"op\",\n  \"--token=abc\"\n  's3cret'\n]\nuser = \"a\"";
        let expected =
            ["[desk] …", "[[company]]", "secret-command = …", "  …", "  …", "  …", "…", "user = …"];
        assert_eq!(all(text), expected);
    }

    #[test]
    fn a_text_of_several_lines_has_no_keys() {
        for quotes in ["\"\"\"", "'''"] {
            let text = format!("a = {quotes}\n# [\nabcd1234==\n[x]\n{quotes}\nb = 1");
            assert_eq!(all(&text), ["a = …", "…", "…", "…", "…", "b = …"]);
        }
    }

    #[test]
    fn a_list_whose_bracket_or_quote_is_forgotten_shows_no_value() {
        assert_eq!(all("a-command =\n[\"op\", \"s3cret\"]\nb = 1"), ["a-command = …", "…", "b = …"]);
        assert_eq!(all("a = [\"x\", \"s3cret\nb = 1\ns3cret=\n's3cret'"), ["a = …", "…", "…", "…"]);
        assert_eq!(
            all("a = {\n  b = 1,\n  c = [\n    s3cret= ]\n}"),
            ["a = …", "  b = …", "  c = …", "    …", "…"]
        );
        assert_eq!(all("s3cret\n\"s3cret\" = 1\n'[]' # \"\nc = 1"), ["…", "…", "…", "c = …"]);
        assert_eq!(all("a = \"\\\"[\" # [\nb = '\\' # it's\nc = 1"), ["a = …", "b = …", "c = …"]);
    }
}
