//! What helps where a file is no TOML, told from the line.

/// What tells a mistake that is often made, and what helps.
type Slip = (fn(&str, &str) -> bool, &'static str);

/// The slips, by the line and by what the parser says of it, the more telling ones first.
const SLIPS: [Slip; 7] = [
    (
        |line, _| line.contains(['“', '”', '„', '‘', '’', '«', '»']),
        "write straight quotes, \" or ', not the curved ones of a word processor",
    ),
    (
        |line, says| line.contains('\\') && says.contains("escape"),
        "write a Windows path in single quotes, 'C:\\keys\\app.pem', or with / in place of \\",
    ),
    (|_, says| says.contains("missing comma"), "put a comma between two texts of a list: [\"a\", \"b\"]"),
    (|_, says| says.contains("duplicate key"), "keep one of the two, or write both values into one"),
    (
        |line, _| ["True", "False", "yes", "no", "on", "off"].contains(&value(line)),
        "write true or false, in lower case and without quotes",
    ),
    (|line, _| !line.contains('=') && line.contains(':'), "write `key = value`: a colon is not TOML"),
    (
        |line, _| {
            value(line).starts_with(|c: char| c.is_alphabetic() || matches!(c, '/' | '~' | '@' | '*' | '#'))
        },
        "put texts in quotes: key = \"text\"",
    ),
];

/// Returns the next step for the line where the parser gave up, and for what it says.
pub(super) fn next_step(line: &str, says: &str) -> &'static str {
    let slip = SLIPS.iter().find(|(is_it, _)| is_it(line, says));
    slip.map_or("see https://toml.io for how TOML is written", |(_, next)| next)
}

/// Returns what is behind the first sign of equality.
fn value(line: &str) -> &str {
    line.split_once('=').map_or("", |(_, value)| value.trim())
}
