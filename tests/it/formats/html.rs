//! HTML: balanced, without scripts, and nothing that leads elsewhere.

use super::{show, world};

/// Elements without an end.
const VOID: [&str; 3] = ["meta", "br", "!doctype"];

/// The tags of a page, without what is between them. The style has none.
fn tags(text: &str) -> Vec<&str> {
    text.split('<').skip(1).map(|rest| rest.split_once('>').expect("a tag that ends").0).collect()
}

pub(super) fn check(text: &str) {
    let mut open: Vec<&str> = Vec::new();
    for tag in tags(text) {
        let name = tag.split_whitespace().next().unwrap_or_default();
        if let Some(name) = name.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name), "{tag}");
        } else if !VOID.contains(&name) {
            open.push(name);
        }
        assert_ne!(name, "script");
        for word in ["http:", "https:", "//", "javascript", "src=", "href=", "onclick", "url("] {
            assert!(!tag.contains(word), "{tag}");
        }
    }
    assert_eq!(open, [""; 0]);
    assert!(!text.contains("<script"));
    let style =
        text.split_once("<style>").and_then(|(_, rest)| rest.split_once("</style>")).expect("a style").0;
    assert!(!style.contains("url(") && !style.contains("@import"), "{style}");
    assert!(text.contains("http-equiv=\"Content-Security-Policy\" content=\"default-src 'none';"));
    assert!(text.contains("<meta name=\"viewport\""));
}

#[test]
fn a_name_is_text() {
    let text = show(&world(), &["diff"], &["--format", "html"]).out;
    check(&text);
    assert!(text.contains("Pia | &lt;b&gt;Bold&lt;/b&gt; O&#39;Neil &quot;Tag&quot; &amp; Co"), "{text}");
    assert!(!text.contains("<b>") && !text.contains("O'Neil"));
}
