//! Plots as inline SVG: lines over an axis, and bars of parts of a whole.
//!
//! A plot is as wide as its place: positions along x are percentages, positions along y are pixels, and lines keep
//! their width while they are stretched. So the text has the size of the page's text on a phone, on a screen and on
//! paper, and it is real text. Colours are classes (`s1`, `s2`, …) that the page's style sheet gives a value for light,
//! dark and print. Nothing here knows what is plotted.

mod axis;
mod bars;
mod line;
mod thin;

#[cfg(test)]
mod tests;

pub(crate) use axis::{Axis, log, spectrum, time, upright};
pub(crate) use bars::{Bar, Part, bars};
pub(crate) use line::{Line, LineChart, line_chart};
pub(crate) use thin::thin;

/// A position as a percentage of the plot's width.
fn percent(share: f64) -> String {
    format!("{:.2}%", share * 100.0)
}
