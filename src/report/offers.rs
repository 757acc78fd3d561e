//! Which document there is in which format.

/// What a command shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Document {
    /// What a sync would change: `diff`.
    Plan,
    /// What became of every change: `sync`, `undo`, `push-udfs`, `self-service`, `log RUN`.
    Run,
    /// The runs of the journal: `log`.
    Runs,
    /// Linked, conflicting and unmatched people: `match`.
    People,
    /// One person explained: `explain`.
    Person,
    /// The user-defined fields: `push-udfs --check`.
    Fields,
    /// What each PSA can serve: `capabilities`.
    Capabilities,
    /// What the configured PSA lets its account do: `capabilities --live`.
    Rights,
    /// Everything that a run can trip over: `doctor`.
    Doctor,
    /// Where each secret comes from: `login --list`.
    Secrets,
    /// Questions to the person at the terminal: `match --resolve`.
    Questions,
}

/// How a document is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For a terminal.
    Table,
    /// For programs.
    Json,
    /// For a ticket.
    Markdown,
    /// For a browser.
    Html,
    /// For a spreadsheet.
    Csv,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 5] = [Self::Table, Self::Json, Self::Markdown, Self::Html, Self::Csv];

    /// Returns the word for `--format`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Json => "json",
            Self::Markdown => "markdown",
            Self::Html => "html",
            Self::Csv => "csv",
        }
    }
}

/// Why a document does not exist in a format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refusal {
    /// Why, in one sentence.
    pub reason: &'static str,
    /// The next step.
    pub next: &'static str,
}

/// The pairs that do not exist. All others do.
const LACKING: [(Document, &[Format], Refusal); 2] = [
    (
        Document::Secrets,
        &[Format::Markdown, Format::Html, Format::Csv],
        Refusal {
            reason: "the places of secrets are for this machine, so they are not written for a ticket, a browser or a spreadsheet",
            next: "use --format table or --format json",
        },
    ),
    (
        Document::Questions,
        &[Format::Json, Format::Markdown, Format::Html, Format::Csv],
        Refusal {
            reason: "--resolve talks to a person, so it takes neither --format nor --output nor --report",
            next: "run `crsync match --unmatched --format json` for a program",
        },
    ),
];

/// Passes if `document` exists in `format`.
///
/// # Errors
/// Why not, and what to use instead.
pub fn offers(document: Document, format: Format) -> Result<(), Refusal> {
    let lacks =
        |(one, formats, _): &&(Document, &[Format], Refusal)| *one == document && formats.contains(&format);
    LACKING.iter().find(lacks).map_or(Ok(()), |(_, _, refusal)| Err(*refusal))
}
