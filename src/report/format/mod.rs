//! How a document is written. Markdown, HTML and CSV know nothing of what it is about; the terminal's table has code for
//! each document, and JSON is the data itself.

pub(super) mod csv;
pub(super) mod html;
pub(super) mod json;
pub(super) mod markdown;
pub(super) mod table;
