//! Charts of reports as SVG. `reports` says what each shows, `drawing` draws a `chart`.

mod chart;
pub mod drawing;
pub mod reports;
