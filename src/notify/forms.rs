//! The forms of a notice: a pure function for each, from the event to JSON.

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::event::{Company, Counts, Details, Event, What};
use super::words;

/// Name and version of the document that webhooks and commands get.
const SCHEMA: &str = "crsync.notice/1";

/// The most characters of a headline in Slack.
const SLACK_TITLE: usize = 150;

/// The most bytes of a message in Teams, which takes 28 KB with what it adds itself.
const TEAMS: usize = 27 * 1024;

/// The most characters of one text in Slack.
const SLACK_TEXT: usize = 3000;

/// What programs get: webhooks by POST, commands on standard input.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Document<'e> {
    pub(super) schema: &'static str,
    pub(super) event: What,
    /// Version of the program.
    pub(super) tool: &'static str,
    /// The command: sync.
    pub(super) command: &'e str,
    /// The run's id; null if there was none.
    pub(super) run: Option<&'e str>,
    /// Null of a run that died.
    pub(super) exit_code: Option<u8>,
    /// What the exit code means.
    pub(super) meaning: &'e str,
    /// The gravest of failure, conflicts and changes that holds; clean if none does, or test.
    pub(super) result: &'static str,
    /// All of it in one line.
    pub(super) title: String,
    /// The command to run next.
    pub(super) next: &'e str,
    pub(super) counts: &'e Counts,
    /// The companies of which there is something to tell; none with --redact.
    pub(super) companies: &'e [Company],
    /// People and reasons, where the configuration asks for them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) details: Option<&'e Details>,
}

/// Returns the document for programs.
pub(super) fn document(event: &Event) -> Value {
    let Event { what, command, run, code, meaning, next, counts, companies, details } = event;
    json!(Document {
        schema: SCHEMA,
        event: *what,
        tool: env!("CARGO_PKG_VERSION"),
        command,
        run: run.as_deref(),
        exit_code: *code,
        meaning,
        result: event.result(),
        title: words::title(event),
        next,
        counts,
        companies,
        details: details.as_ref(),
    })
}

/// Returns the message for an incoming webhook of Slack. Its texts are plain: nothing in them is a mention or a link.
pub(super) fn slack(event: &Event) -> Value {
    let plain = |text: &str| json!({"type": "plain_text", "text": text, "emoji": false});
    let title = words::title(event);
    let mut blocks = vec![json!({"type": "header", "text": plain(&first(&title, SLACK_TITLE))})];
    let counts = words::counts(&event.counts);
    if !counts.is_empty() {
        let fields: Vec<Value> =
            counts.iter().map(|(what, count)| plain(&format!("{what}: {count}"))).collect();
        blocks.push(json!({"type": "section", "fields": fields}));
    }
    let mut text = String::new();
    for line in words::lines(event).into_iter().chain(ends(event)) {
        if text.chars().count() + line.chars().count() >= SLACK_TEXT {
            blocks.push(json!({"type": "section", "text": plain(text.trim_end())}));
            text.clear();
        }
        text.push_str(&line);
        text.push('\n');
    }
    blocks.push(json!({"type": "section", "text": plain(text.trim_end())}));
    // What phones and other places without blocks show is marked up, so it holds no word from outside.
    let entity = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    json!({"text": entity(&title), "blocks": blocks})
}

/// Returns the message for a workflow of Teams that posts a card when a webhook request is received: an adaptive card in
/// an attachment.
pub(super) fn teams(event: &Event) -> Value {
    let color = match (event.what, event.is_failure()) {
        (_, true) => "Attention",
        (What::Test, _) => "Accent",
        (_, false) if event.result() == "conflicts" => "Warning",
        (_, false) => "Good",
    };
    let mut body =
        vec![text(&words::title(event), json!({"weight": "Bolder", "size": "Medium", "color": color}))];
    let counts = words::counts(&event.counts);
    if !counts.is_empty() {
        let facts: Vec<Value> =
            counts.iter().map(|(what, count)| json!({"title": what, "value": count.to_string()})).collect();
        body.push(json!({"type": "FactSet", "facts": facts}));
    }
    let mut lines: Vec<Value> = words::lines(event).iter().map(|line| text(line, json!({}))).collect();
    let ends: Vec<Value> =
        ends(event).iter().map(|line| text(line, json!({"fontType": "Monospace"}))).collect();
    let bytes = |value: &Value| value.to_string().len() + 1;
    let more = text("and more than Teams takes", json!({}));
    let around = [&card(&[]), &more].into_iter().chain(body.iter().chain(&ends)).map(bytes).sum();
    let room = TEAMS.saturating_sub(around);
    let mut taken = 0;
    let fitting = lines.iter().take_while(|line| {
        taken += bytes(line);
        taken <= room
    });
    let fitting = fitting.count();
    if fitting < lines.len() {
        lines.truncate(fitting);
        lines.push(more);
    }
    body.extend(lines);
    body.extend(ends);
    card(&body)
}

/// Returns the message that holds a card.
fn card(body: &[Value]) -> Value {
    json!({
        "type": "message",
        "attachments": [{
            "contentType": "application/vnd.microsoft.card.adaptive",
            "contentUrl": null,
            "content": {
                "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
                "type": "AdaptiveCard",
                "version": "1.4",
                "msteams": {"width": "Full"},
                "body": body,
            },
        }],
    })
}

/// Returns a line of a card in which nothing is marked up, whatever the text holds.
fn text(text: &str, look: Value) -> Value {
    let mut run = Map::from_iter([("type".to_owned(), json!("TextRun")), ("text".to_owned(), json!(text))]);
    if let Value::Object(look) = look {
        run.extend(look);
    }
    json!({"type": "RichTextBlock", "inlines": [run]})
}

/// Returns the lines that every notice ends with.
fn ends(event: &Event) -> Vec<String> {
    let run = event.run.as_ref().map(|run| format!("run {run}"));
    run.into_iter().chain([format!("next: {}", event.next)]).collect()
}

fn first(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}

#[cfg(test)]
mod tests {
    use super::super::event::tests::failed;
    use super::super::event::{Company, Details};
    use super::*;

    fn told() -> Event {
        let details = Details {
            operator: "sync".to_owned(),
            host: "desk".to_owned(),
            error: None,
            lines: vec![
                "Contoso: update contact Ann Lee <ann@contoso.example>: failed: it is locked".to_owned(),
            ],
            more: 0,
        };
        Event { details: Some(details), ..failed() }
    }

    #[test]
    fn every_form_of_a_failed_night() {
        let event = told();
        let all = json!({
            "webhook, command": document(&event), "slack": slack(&event), "teams": teams(&event)
        });
        insta::assert_snapshot!(format!("{all:#}"));
    }

    #[test]
    fn what_others_wrote_is_neither_a_mention_nor_a_link() {
        let event = failed();
        let sent = slack(&event);
        assert_eq!(sent["text"], "crsync sync: some changes failed (exit code 7)");
        let blocks = sent["blocks"].as_array().expect("blocks");
        let fields = blocks.iter().filter_map(|block| block["fields"].as_array()).flatten();
        let texts = fields.chain(blocks.iter().filter_map(|block| block.get("text")));
        let kinds: Vec<&str> = texts.filter_map(|text| text["type"].as_str()).collect();
        assert!(kinds.len() > 3 && kinds.iter().all(|kind| *kind == "plain_text"), "{sent}");
        let card = teams(&event)["attachments"][0]["content"]["body"].clone();
        let kinds: Vec<&str> =
            card.as_array().expect("blocks").iter().filter_map(|block| block["type"].as_str()).collect();
        assert!(kinds.iter().all(|kind| ["RichTextBlock", "FactSet"].contains(kind)), "{card}");
    }

    #[test]
    fn the_longest_notice_is_within_what_slack_and_teams_take() {
        // A letter of each length in bytes, and signs that JSON writes with a backslash.
        for letter in ["a", "é", "山", "🦀", "\""] {
            let line = letter.repeat(300);
            let company = Company { name: line.clone(), ..failed().companies.remove(0) };
            let details = Details { lines: vec![line; 500], more: 500, ..Details::default() };
            let event = Event { companies: vec![company; 500], details: Some(details), ..failed() };
            let sent = slack(&event);
            let blocks = sent["blocks"].as_array().expect("blocks");
            assert!(blocks.len() <= 50);
            let longest = blocks
                .iter()
                .filter_map(|block| block["text"]["text"].as_str())
                .map(|text| text.chars().count());
            assert!(longest.max().is_some_and(|longest| longest <= SLACK_TEXT));
            let card = teams(&event).to_string();
            assert!(card.len() < 28 * 1024 && card.contains("next: "), "{letter}: {}", card.len());
            assert_eq!(card.contains("than Teams takes"), "山🦀".contains(letter), "{letter}");
        }
    }
}
