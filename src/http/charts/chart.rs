//! A chart: what is to be drawn.

/// Bars in one panel or several, one below the other.
pub struct Chart {
    pub title: &'static str,
    /// The period, and what else must be known to read it.
    pub subtitle: String,
    /// All have the same series, which the legend names.
    pub panels: Vec<Panel>,
    /// What stands in the place of bars where there is nothing to show.
    pub nothing: Option<String>,
}

/// Axes with groups of bars.
pub struct Panel {
    pub x_label: &'static str,
    pub y_label: &'static str,
    /// The name of each group of bars.
    pub groups: Vec<String>,
    pub series: Vec<Series>,
    /// Whether the bars of a group stand on each other, or side by side with their values.
    pub is_stacked: bool,
    /// The end of a scale that has one.
    pub scale_end: Option<f64>,
}

/// The bars of one colour.
pub struct Series {
    pub name: &'static str,
    /// A value for each group; none has no bar.
    pub values: Vec<Option<f64>>,
}
