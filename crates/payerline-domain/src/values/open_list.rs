//! Lists of words that grow with the versions, such as codes: described in the OpenAPI document by a table.
//!
//! They are no `enum` of the document, since a generated client refuses a word that its enum lacks.

use serde_json::Value;
use utoipa::openapi::{
    RefOr, Schema,
    schema::{ObjectBuilder, Type},
};

/// A list of words with what is said about each. The first column has the words.
pub struct OpenList<const COLUMNS: usize> {
    pub headings: [&'static str; COLUMNS],
    pub rows: Vec<[String; COLUMNS]>,
}

impl<const COLUMNS: usize> OpenList<COLUMNS> {
    /// The list as a table in Markdown.
    pub fn to_markdown(&self) -> String {
        let headings = self.headings.map(str::to_owned);
        let lines = [headings, [(); COLUMNS].map(|()| "---".to_owned())];
        let rows = self.rows.iter().map(mark_word);
        let lines = lines.into_iter().chain(rows);
        lines
            .map(|cells| format!("| {} |\n", cells.join(" | ")))
            .collect()
    }

    /// The OpenAPI schema of a word.
    pub fn to_schema(&self, about: &str) -> RefOr<Schema> {
        let words = self.rows.iter().filter_map(|cells| cells.first());
        ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some(format!("{about}\n\n{}", self.to_markdown())))
            .examples(words.cloned().map(Value::from))
            .into()
    }
}

fn mark_word<const COLUMNS: usize>(cells: &[String; COLUMNS]) -> [String; COLUMNS] {
    let mut cells = cells.clone();
    if let Some(word) = cells.first_mut() {
        *word = format!("`{word}`");
    }
    cells
}
