//! Lines over an axis, each named where it ends.

use maud::{Markup, html};

use super::axis::Axis;
use super::percent;
use super::thin::Point;

/// Width of the coordinates that are stretched to the place.
const WIDTH: f64 = 1_000.0;
/// Least distance of two names at the right edge, pixels.
const NAME_GAP: f64 = 16.0;

/// Lines over one pair of axes.
#[derive(Debug, Clone)]
pub(crate) struct LineChart<'a> {
    /// Unique in the page; names the title and the description.
    pub(crate) id: &'a str,
    /// What is plotted.
    pub(crate) title: &'a str,
    /// What is to be seen, for those who do not see it.
    pub(crate) description: String,
    /// Height of the plot itself, pixels.
    pub(crate) height: f64,
    /// Axis along.
    pub(crate) x: Axis,
    /// Axis up.
    pub(crate) y: Axis,
    /// The lines, the most important last: it is drawn on top.
    pub(crate) lines: Vec<Line>,
    /// A limit to draw across, with its name.
    pub(crate) limit: Option<(f64, String)>,
}

/// One line.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    /// Class of its colour and stroke.
    pub(crate) class: &'static str,
    /// Its name.
    pub(crate) name: &'static str,
    /// What stands beside the name where the line ends, e.g. the last value.
    pub(crate) value: String,
    /// The points, rising in x.
    pub(crate) points: Vec<Point>,
}

/// What stands in a chart beside the lines.
#[derive(Debug, Clone, Default)]
pub(crate) struct Marks {
    /// Upright lines.
    pub(crate) upright: Vec<Mark>,
    /// A part of the axis along that is shaded, e.g. an interval.
    pub(crate) band: Option<(f64, f64)>,
    /// Every point is drawn, not only the lines between them.
    pub(crate) points: bool,
}

/// An upright line with a name at its top.
#[derive(Debug, Clone)]
pub(crate) struct Mark {
    /// Where it stands on the axis along.
    pub(crate) at: f64,
    /// Its name.
    pub(crate) name: String,
}

/// Draws the chart.
pub(crate) fn line_chart(chart: &LineChart<'_>) -> Markup {
    marked_chart(chart, &Marks::default())
}

/// Draws the chart with marks.
pub(crate) fn marked_chart(chart: &LineChart<'_>, marks: &Marks) -> Markup {
    let lines: Vec<&Line> =
        chart.lines.iter().filter(|line| line.points.iter().any(Option::is_some)).collect();
    html! {
        ul.legend {
            @for line in lines.iter().rev() {
                li { i.key.(line.class) {} (line.name) " " b { (line.value) } }
            }
        }
        div.plot {
            svg role="img" width="100%" height=(chart.height) aria-labelledby={ (chart.id) "-t " (chart.id) "-d" } {
                title id={ (chart.id) "-t" } { (chart.title) }
                desc id={ (chart.id) "-d" } { (chart.description) }
                (band(chart, marks))
                (grid(chart))
                (limit_line(chart))
                (uprights(chart, marks))
                svg viewBox={ "0 0 " (WIDTH) " " (chart.height) } preserveAspectRatio="none"
                    width="100%" height=(chart.height) {
                    @for line in &lines { path.line.(line.class) d=(path(chart, &line.points)) {} }
                }
                @if marks.points { @for line in &lines { (dots(chart, line)) } }
                (limit_name(chart))
                (names(chart, &lines))
            }
        }
    }
}

fn grid(chart: &LineChart<'_>) -> Markup {
    html! {
        @for (label, value) in &chart.y.ticks {
            @let y = up(chart, *value);
            line.grid x1="0" x2="100%" y1=(y) y2=(y) {}
            text.tick x="0" dx="-8" y=(y) dy="4" text-anchor="end" { (label) }
        }
        @for (label, value) in &chart.x.ticks {
            @let x = percent(chart.x.at(*value));
            line.grid.up x1=(x) x2=(x) y1="0" y2=(chart.height) {}
            text.tick x=(x) y=(chart.height) dy="18" text-anchor="middle" { (label) }
        }
        line.axis x1="0" x2="100%" y1=(chart.height) y2=(chart.height) {}
    }
}

fn band(chart: &LineChart<'_>, marks: &Marks) -> Markup {
    html! {
        @if let Some((from, to)) = marks.band {
            @let (from, to) = (chart.x.at(from), chart.x.at(to));
            rect.band x=(percent(from)) width=(percent((to - from).max(0.004))) y="0" height=(chart.height) {}
        }
    }
}

/// Names stand below each other at the top, each on the side of its line where there is more room.
fn uprights(chart: &LineChart<'_>, marks: &Marks) -> Markup {
    html! {
        @for (row, mark) in marks.upright.iter().filter(|mark| chart.x.covers(mark.at)).enumerate() {
            @let at = chart.x.at(mark.at);
            @let x = percent(at);
            line.mark x1=(x) x2=(x) y1="0" y2=(chart.height) {}
            text.mark x=(x) dx=(if at > 0.5 { "-6" } else { "6" }) y=(12 + row * 15)
                text-anchor=(if at > 0.5 { "end" } else { "start" }) { (mark.name) }
        }
    }
}

fn dots(chart: &LineChart<'_>, line: &Line) -> Markup {
    html! {
        @for (x, y) in line.points.iter().flatten() {
            circle.dot.(line.class) cx=(percent(chart.x.at(*x))) cy=(up(chart, *y)) r="3.5" {}
        }
    }
}

/// Under the lines.
fn limit_line(chart: &LineChart<'_>) -> Markup {
    html! {
        @if let Some((y, _)) = limit(chart) { line.limit x1="0" x2="100%" y1=(y) y2=(y) {} }
    }
}

/// Over the lines; below its own where there is no room above.
fn limit_name(chart: &LineChart<'_>) -> Markup {
    html! {
        @if let Some((y, name)) = limit(chart) {
            text.limit x="0" dx="6" y=(y) dy=(if y < 16.0 { "15" } else { "-6" }) { (name) }
        }
    }
}

fn limit<'a>(chart: &'a LineChart<'_>) -> Option<(f64, &'a str)> {
    let (value, name) = chart.limit.as_ref()?;
    chart.y.covers(*value).then(|| (up(chart, *value), name.as_str()))
}

/// Each line's name where it ends, moved apart where they would meet.
fn names(chart: &LineChart<'_>, lines: &[&Line]) -> Markup {
    let mut ends: Vec<(&Line, f64, f64)> = lines
        .iter()
        .filter_map(|line| {
            let (x, y) = line.points.iter().rev().flatten().next()?;
            Some((*line, chart.x.at(*x), up(chart, *y)))
        })
        .collect();
    ends.sort_by(|a, b| a.2.total_cmp(&b.2));
    let places = apart(&ends.iter().map(|end| end.2).collect::<Vec<_>>(), chart.height);
    html! {
        g.names {
            @for ((line, x, y), place) in ends.iter().zip(places) {
                circle.dot.(line.class) cx=(percent(*x)) cy=(format!("{y:.1}")) r="3" {}
                text.name.(line.class) x="100%" dx="10" y=(format!("{place:.1}")) dy="4" {
                    (line.name) " " tspan.value { (line.value) }
                }
            }
        }
    }
}

/// Heights at least [`NAME_GAP`] apart and above the floor, in the order given (which rises).
pub(super) fn apart(heights: &[f64], floor: f64) -> Vec<f64> {
    let mut places = heights.to_vec();
    for index in 1..places.len() {
        places[index] = places[index].max(places[index - 1] + NAME_GAP);
    }
    let mut floor = floor;
    for place in places.iter_mut().rev() {
        *place = place.min(floor);
        floor = *place - NAME_GAP;
    }
    places
}

fn path(chart: &LineChart<'_>, points: &[Point]) -> String {
    let mut path = String::with_capacity(points.len() * 13);
    let mut drawing = false;
    for (index, point) in points.iter().enumerate() {
        let Some((x, y)) = point else {
            drawing = false;
            continue;
        };
        let command = if drawing { 'L' } else { 'M' };
        path.push_str(&format!("{command}{:.1} {:.1}", chart.x.at(*x) * WIDTH, up(chart, *y)));
        let alone = !drawing && points.get(index + 1).is_none_or(Option::is_none);
        if alone {
            // A point between two gaps: a line of no length, which the round cap makes a dot.
            path.push_str("h0");
        }
        drawing = true;
    }
    path
}

/// Distance from the plot's top, pixels.
fn up(chart: &LineChart<'_>, value: f64) -> f64 {
    ((1.0 - chart.y.at(value)) * chart.height * 10.0).round() / 10.0
}
