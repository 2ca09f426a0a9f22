//! Bars below each other over one axis, each under its name, with upright lines through all of them: limits against what is needed.

use maud::{Markup, html};

use super::axis::Axis;
use super::line::Mark;
use super::percent;

/// Height of a row, pixels: the name, then the bar.
const ROW: usize = 38;
/// Height of the bar in it, pixels.
const BAR: usize = 12;
/// Height above the rows for each name of an upright line, pixels.
const NAME: usize = 16;

/// One bar.
#[derive(Debug, Clone)]
pub(crate) struct Rung {
    /// Class of its colour.
    pub(crate) class: &'static str,
    /// Its name.
    pub(crate) name: String,
    /// What stands at its end.
    pub(crate) value: String,
    /// How far it goes; absent: over the whole axis, without an end.
    pub(crate) to: Option<f64>,
}

/// Draws bars. `id`, `title` and `description` as for a line chart.
pub(crate) fn ladder(
    id: &str,
    title: &str,
    description: &str,
    axis: &Axis,
    rungs: &[Rung],
    marks: &[Mark],
) -> Markup {
    let top = marks.len() * NAME + 4;
    let height = top + rungs.len() * ROW;
    html! {
        div.ladder {
            svg role="img" width="100%" height=(height) aria-labelledby={ (id) "-t " (id) "-d" } {
                title id={ (id) "-t" } { (title) }
                desc id={ (id) "-d" } { (description) }
                @for (label, value) in &axis.ticks {
                    @let at = axis.at(*value);
                    line.grid x1=(percent(at)) x2=(percent(at)) y1=(top) y2=(height) {}
                    // At the ends, inside.
                    @let anchor = if at < 0.05 { "start" } else if at > 0.95 { "end" } else { "middle" };
                    text.tick x=(percent(at)) y=(height) dy="16" text-anchor=(anchor) { (label) }
                }
                @for (row, rung) in rungs.iter().enumerate() {
                    @let y = top + row * ROW;
                    rect.rung.(rung.class) x="0" width=(percent(reach(axis, rung).max(0.004))) y=(y + 20) height=(BAR) rx="2" {}
                }
                @for (row, mark) in marks.iter().enumerate() {
                    @let x = percent(axis.at(mark.at));
                    line.mark x1=(x) x2=(x) y1=((row + 1) * NAME - 4) y2=(height) {}
                }
                @for (row, rung) in rungs.iter().enumerate() {
                    @let (y, share) = (top + row * ROW, reach(axis, rung));
                    text.rung-name x="0" y=(y + 14) { (rung.name) }
                    @if share > 0.7 {
                        text.inside x=(percent(share)) dx="-6" y=(y + 30) text-anchor="end" { (rung.value) }
                    } @else {
                        text.total x=(percent(share)) dx="6" y=(y + 30) { (rung.value) }
                    }
                }
                @for (row, mark) in marks.iter().enumerate() {
                    @let at = axis.at(mark.at);
                    text.mark x=(percent(at)) dx=(if at > 0.5 { "-6" } else { "6" }) y=((row + 1) * NAME - 4) dy="2"
                        text-anchor=(if at > 0.5 { "end" } else { "start" }) { (mark.name) }
                }
            }
        }
    }
}

fn reach(axis: &Axis, rung: &Rung) -> f64 {
    rung.to.map_or(1.0, |to| axis.at(to))
}
