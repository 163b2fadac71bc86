//! Draws charts with plotters. Text keeps its letters, so a browser's own fonts show it.

use plotters::{
    chart::{ChartBuilder, ChartContext},
    coord::{Shift, types::RangedCoordf64},
    drawing::{DrawingArea, DrawingAreaErrorKind, IntoDrawingArea},
    element::Rectangle,
    prelude::{Cartesian2d, SVGBackend},
    style::{
        Color, IntoFont, RGBColor, TextStyle, WHITE,
        text_anchor::{HPos, Pos, VPos},
    },
};

use super::chart::{Chart, Panel};

pub const SVG: &str = "image/svg+xml";

const WIDTH: u32 = 960;
const HEADER_HEIGHT: i32 = 96;
const PANEL_HEIGHT: u32 = 380;
const LEFT: i32 = 24;

const INK: RGBColor = RGBColor(0x22, 0x22, 0x22);
const FAINT: RGBColor = RGBColor(0x55, 0x55, 0x55);
const GRID: RGBColor = RGBColor(0xdd, 0xdd, 0xdd);
/// Colours that people who do not tell all colours apart do tell apart (Okabe and Ito).
const COLOURS: [RGBColor; 6] = [
    RGBColor(0x00, 0x72, 0xb2),
    RGBColor(0xe6, 0x9f, 0x00),
    RGBColor(0x00, 0x9e, 0x73),
    RGBColor(0xd5, 0x5e, 0x00),
    RGBColor(0x56, 0xb4, 0xe9),
    RGBColor(0xcc, 0x79, 0xa7),
];

/// About how wide a letter of a label is.
const LETTER_WIDTH: u32 = 7;
/// Labels of groups that are this narrow are left out by turns.
const LEAST_LABEL_WIDTH: u32 = 58;
/// The share of a group that its bars fill, and of how few groups they fill less: one bar is no wall.
const BARS_SHARE: f64 = 0.72;
const FEW_GROUPS: f64 = 4.0;
/// The scale goes as far at least, so that a few claims have no fractions beside them.
const LEAST_SCALE: f64 = 5.0;

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
type Axes<'a, 'b> = ChartContext<'a, SVGBackend<'b>, Cartesian2d<RangedCoordf64, RangedCoordf64>>;

#[derive(Debug, thiserror::Error)]
#[error("a chart cannot be drawn: {0}")]
pub struct ChartError(String);

impl<E: std::error::Error + Send + Sync> From<DrawingAreaErrorKind<E>> for ChartError {
    fn from(error: DrawingAreaErrorKind<E>) -> Self {
        Self(error.to_string())
    }
}

/// Draws a chart as an SVG that says to screen readers what it is.
pub fn draw(chart: &Chart) -> Result<String, ChartError> {
    let mut text = String::new();
    draw_into(chart, &mut text)?;
    let title = format!("{}, {}", chart.title, chart.subtitle);
    // The title must be the first element, and plotters writes none.
    let parts = text
        .strip_prefix("<svg ")
        .and_then(|rest| rest.split_once('>'));
    let (attributes, content) = parts.ok_or_else(|| ChartError("it is no SVG".to_owned()))?;
    Ok(format!(
        "<svg role=\"img\" {attributes}>\n<title>{}</title>{content}",
        escape(&title)
    ))
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

fn draw_into(chart: &Chart, text: &mut String) -> Result<(), ChartError> {
    let panels = chart.panels.len();
    let height = HEADER_HEIGHT.unsigned_abs() + PANEL_HEIGHT * count(panels);
    let root = SVGBackend::with_string(text, (WIDTH, height)).into_drawing_area();
    root.fill(&WHITE)?;
    draw_header(&root, chart)?;
    let (_, body) = root.split_vertically(HEADER_HEIGHT);
    for (panel, area) in chart.panels.iter().zip(body.split_evenly((panels, 1))) {
        draw_panel(&root, &area, panel, chart.nothing.as_deref())?;
    }
    root.present()?;
    Ok(())
}

/// Title, period and legend.
fn draw_header(root: &Area<'_>, chart: &Chart) -> Result<(), ChartError> {
    let top_left = Pos::new(HPos::Left, VPos::Top);
    let title = letters(25, &INK).pos(top_left);
    root.draw_text(chart.title, &title, (LEFT, 16))?;
    let small = letters(17, &FAINT).pos(top_left);
    root.draw_text(&chart.subtitle, &small, (LEFT, 44))?;
    let mut x = LEFT;
    let series = chart.panels.first().map_or(&[][..], |it| &it.series);
    for (series, colour) in series.iter().zip(COLOURS.iter().cycle()) {
        let square = [(x, 73), (x + 12, 85)];
        root.draw(&Rectangle::new(square, colour.filled()))?;
        root.draw_text(series.name, &small, (x + 18, 72))?;
        let width = count(series.name.chars().count()) * LETTER_WIDTH;
        x += 18 + width.cast_signed() + 26;
    }
    Ok(())
}

fn draw_panel(
    root: &Area<'_>,
    area: &Area<'_>,
    panel: &Panel,
    nothing: Option<&str>,
) -> Result<(), ChartError> {
    let groups = f64::from(count(panel.groups.len().max(1)));
    let mut axes = ChartBuilder::on(area)
        .margin_top(18)
        .margin_right(24)
        .margin_bottom(8)
        .margin_left(12)
        .x_label_area_size(52)
        .y_label_area_size(96)
        .build_cartesian_2d(0.0..groups, 0.0..find_scale_end(panel))?;
    axes.configure_mesh()
        .disable_x_mesh()
        .x_labels(0)
        .y_labels(6)
        .y_max_light_lines(0)
        .bold_line_style(GRID)
        .axis_style(FAINT)
        .label_style(letters(16, &INK))
        .axis_desc_style(letters(17, &INK))
        .x_desc(panel.x_label)
        .y_desc(panel.y_label)
        .y_label_formatter(&|value| write_number(*value))
        .draw()?;
    draw_bars(root, &mut axes, panel)?;
    draw_group_labels(root, &axes, panel)?;
    if let Some(nothing) = nothing {
        let middle = axes
            .plotting_area()
            .map_coordinate(&(groups / 2.0, find_scale_end(panel) / 2.0));
        let style = letters(20, &FAINT).pos(Pos::new(HPos::Center, VPos::Center));
        root.draw_text(nothing, &style, middle)?;
    }
    Ok(())
}

struct Bar {
    left: f64,
    right: f64,
    bottom: f64,
    top: f64,
    colour: RGBColor,
}

fn place_bars(panel: &Panel) -> Vec<Bar> {
    let mut bars = Vec::new();
    let series = f64::from(count(panel.series.len().max(1)));
    let groups = f64::from(count(panel.groups.len()));
    let share = BARS_SHARE * (groups / FEW_GROUPS).min(1.0);
    let width = match panel.is_stacked {
        true => share,
        false => share / series,
    };
    for group in 0..panel.groups.len() {
        let mut left = f64::from(count(group)) + (1.0 - share) / 2.0;
        let mut bottom = 0.0;
        for (series, colour) in panel.series.iter().zip(COLOURS.iter().cycle()) {
            let value = series.values.get(group).copied().flatten();
            if let Some(value) = value {
                bars.push(Bar {
                    left,
                    right: left + width,
                    bottom,
                    top: bottom + value,
                    colour: *colour,
                });
            }
            match panel.is_stacked {
                true => bottom += value.unwrap_or(0.0),
                false => left += width,
            }
        }
    }
    bars
}

fn draw_bars(root: &Area<'_>, axes: &mut Axes<'_, '_>, panel: &Panel) -> Result<(), ChartError> {
    let bars = place_bars(panel);
    let is_seen = |bar: &&Bar| bar.top > bar.bottom;
    axes.draw_series(bars.iter().filter(is_seen).map(|bar| {
        let corners = [(bar.left, bar.bottom), (bar.right, bar.top)];
        Rectangle::new(corners, bar.colour.filled())
    }))?;
    if panel.is_stacked {
        return Ok(());
    }
    let style = letters(15, &INK).pos(Pos::new(HPos::Center, VPos::Bottom));
    for bar in &bars {
        let over = ((bar.left + bar.right) / 2.0, bar.top);
        let (x, y) = axes.plotting_area().map_coordinate(&over);
        root.draw_text(&write_number(bar.top), &style, (x, y - 2))?;
    }
    Ok(())
}

/// Writes the name of each group below its bars; of very many groups, of every second or third.
fn draw_group_labels(
    root: &Area<'_>,
    axes: &Axes<'_, '_>,
    panel: &Panel,
) -> Result<(), ChartError> {
    let (width, _) = axes.plotting_area().dim_in_pixel();
    let groups = count(panel.groups.len().max(1));
    let every = (LEAST_LABEL_WIDTH * groups).div_ceil(width.max(1)).max(1);
    let longest = width * every / groups / LETTER_WIDTH;
    let style = letters(15, &INK).pos(Pos::new(HPos::Center, VPos::Top));
    for (number, name) in (0..).zip(&panel.groups) {
        if number % every == 0 {
            let below = (f64::from(number) + 0.5, 0.0);
            let (x, y) = axes.plotting_area().map_coordinate(&below);
            root.draw_text(&shorten(name, longest), &style, (x, y + 8))?;
        }
    }
    Ok(())
}

fn find_scale_end(panel: &Panel) -> f64 {
    let highest = place_bars(panel)
        .iter()
        .map(|bar| bar.top)
        .fold(0.0, f64::max);
    // The values over the bars need a little room.
    panel.scale_end.unwrap_or(highest * 1.08).max(LEAST_SCALE)
}

fn letters(size: u32, colour: &'static RGBColor) -> TextStyle<'static> {
    let font = ("sans-serif", size).into_font();
    TextStyle::from(font).color(colour)
}

/// Counts and dollars have commas, means one decimal.
fn write_number(value: f64) -> String {
    if value.fract() != 0.0 && value < 100.0 {
        return format!("{value:.1}");
    }
    let digits = format!("{value:.0}");
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Cuts a name off that is longer than so many letters. XML knows two characters as no characters at all.
fn shorten(name: &str, longest: u32) -> String {
    let longest = usize::try_from(longest).unwrap_or(usize::MAX).max(4);
    let name = name.replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}");
    if name.chars().count() <= longest {
        return name;
    }
    let mut short: String = name.chars().take(longest - 1).collect();
    short.push('…');
    short
}

/// Groups, panels and letters are few.
fn count(things: usize) -> u32 {
    u32::try_from(things).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_people_read_them() {
        for (value, text) in [
            (0.0, "0"),
            (4.2, "4.2"),
            (100.5, "100"),
            (999.0, "999"),
            (1000.0, "1,000"),
            (1_234_567.0, "1,234,567"),
        ] {
            assert_eq!(write_number(value), text);
        }
    }

    #[test]
    fn long_names_are_cut_off() {
        assert_eq!(shorten("45", 6), "45");
        assert_eq!(shorten("Not covered", 6), "Not c…");
        assert_eq!(shorten("Not covered", 0), "Not…");
        assert_eq!(shorten("\u{ffff}", 6), "\u{fffd}");
    }
}
