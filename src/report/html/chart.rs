//! Drawings in SVG: rows and requests over time, bars.

use super::frame::time;
use crate::number::{count_thousands, thousands};
use jiff::Timestamp;
use maud::{Markup, html};

const WIDTH: f64 = 960.0;
const HEIGHT: f64 = 240.0;
const LEFT: f64 = 64.0;
const RIGHT: f64 = 8.0;
const BOTTOM: f64 = 28.0;
const TOP: f64 = 14.0;
/// The most columns of a drawing.
const COLUMNS: usize = 120;

/// What happened in a second: its time in seconds since 1970, the rows that were completed, the
/// requests that completed rows.
pub(crate) type Second = (i64, u64, u64);

/// Returns the rows and requests over time, with the pauses that the server asked for: from, until,
/// in seconds since 1970. `None` if nothing happened.
pub(super) fn over_time(seconds: &[Second], pauses: &[(i64, i64)]) -> Option<Markup> {
    let timeline = Timeline::of(seconds, pauses)?;
    Some(html! {
        div.scroll { (timeline.drawing()) }
        (timeline.legend())
    })
}

/// What is drawn over time.
struct Timeline {
    /// Seconds since 1970.
    first: i64,
    last: i64,
    /// The rows that were completed in each column of the drawing.
    rows: Vec<u64>,
    /// The requests that completed rows, in each column.
    requests: Vec<u64>,
    /// The pauses within this time: from, until.
    pauses: Vec<(i64, i64)>,
}

impl Timeline {
    fn of(seconds: &[Second], pauses: &[(i64, i64)]) -> Option<Self> {
        let first = seconds.first()?.0;
        let last = seconds.last()?.0 + 1;
        let inside = |at: i64| at.clamp(first, last);
        let pauses = pauses
            .iter()
            .map(|(from, until)| (inside(*from), inside(*until)))
            .filter(|(from, until)| from < until)
            .collect();
        let span = last - first;
        let columns = COLUMNS.min(usize::try_from(span).unwrap_or(COLUMNS)).max(1);
        let (mut rows, mut requests) = (vec![0_u64; columns], vec![0_u64; columns]);
        for (at, of_rows, of_requests) in seconds {
            let column = usize::try_from((at - first) * columns as i64 / span).unwrap_or(0);
            let column = column.min(columns - 1);
            rows[column] += of_rows;
            requests[column] += of_requests;
        }
        Some(Self { first, last, rows, requests, pauses })
    }

    fn seconds(&self) -> f64 {
        (self.last - self.first) as f64
    }

    fn all_rows(&self) -> u64 {
        self.rows.iter().sum()
    }

    /// Returns the requests of the column with most of them; at least 1.
    fn most_requests(&self) -> u64 {
        self.requests.iter().copied().max().unwrap_or(0).max(1)
    }

    /// Returns the place of a time from the left.
    fn x_of(&self, at: i64) -> f64 {
        x((at - self.first) as f64 / self.seconds())
    }

    /// Returns the place of a column from the left. The one after the last column is the end.
    fn x_of_column(&self, column: usize) -> f64 {
        x(column as f64 / self.rows.len() as f64)
    }

    /// Returns the points of the line that grows with the completed rows.
    fn line(&self) -> String {
        let all = self.all_rows().max(1) as f64;
        let mut sum = 0;
        let mut line = format!("{:.1},{:.1}", x(0.0), y(0.0));
        for (column, of_rows) in self.rows.iter().enumerate() {
            sum += of_rows;
            line += &format!(" {:.1},{:.1}", self.x_of_column(column + 1), y(sum as f64 / all));
        }
        line
    }

    /// Returns the drawing in words.
    fn label(&self) -> String {
        format!(
            "{} and {} from {} to {}{}",
            count_thousands(self.all_rows(), "completed row"),
            count_thousands(self.requests.iter().sum(), "request"),
            moment(self.first),
            moment(self.last),
            match self.pauses.len() {
                0 => String::new(),
                several => format!(", with {}", count_thousands(several as u64, "pause")),
            }
        )
    }

    fn drawing(&self) -> Markup {
        html! {
            svg.time viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) role="img"
                aria-label=(self.label()) {
                @for (from, until) in &self.pauses { (self.pause(*from, *until)) }
                @for (column, number) in
                    self.requests.iter().enumerate().filter(|(_, number)| **number > 0) {
                    (self.column_of_requests(column, *number))
                }
                polyline.rows points=(self.line()) {}
                (self.axis())
            }
        }
    }

    fn pause(&self, from: i64, until: i64) -> Markup {
        html! {
            rect.pause x=(px(self.x_of(from))) y=(px(TOP))
                width=(px((self.x_of(until) - self.x_of(from)).max(1.0)))
                height=(px(HEIGHT - BOTTOM - TOP)) {
                title {
                    "The server asked for a pause from " (moment(from)) " to " (moment(until))
                }
            }
        }
    }

    /// Returns the column of a number of requests: the highest has half of the height.
    fn column_of_requests(&self, column: usize, number: u64) -> Markup {
        let top = y(number as f64 / self.most_requests() as f64 * 0.5);
        let width = (WIDTH - LEFT - RIGHT) / self.requests.len() as f64;
        html! {
            rect.requests x=(px(self.x_of_column(column))) y=(px(top))
                width=(px((width - 0.6).max(0.6))) height=(px(y(0.0) - top)) {}
        }
    }

    fn axis(&self) -> Markup {
        let all = self.all_rows();
        html! {
            path.axis d=(format!("M{LEFT},{TOP} V{} H{}", y(0.0), WIDTH - RIGHT)) {}
            @for (share, rows) in [(1.0, all), (0.5, all.div_ceil(2)), (0.0, 0)] {
                text x=(px(LEFT - 8.0)) y=(px(y(share) + 4.0)) text-anchor="end" {
                    (thousands(rows))
                }
            }
            text x=(px(LEFT)) y=(px(HEIGHT - 6.0)) { (moment(self.first)) }
            text x=(px(WIDTH - RIGHT)) y=(px(HEIGHT - 6.0)) text-anchor="end" {
                (moment(self.last))
            }
        }
    }

    fn legend(&self) -> Markup {
        let seconds_of_a_column = self.seconds() / self.rows.len() as f64;
        html! {
            ul.legend {
                li {
                    svg viewBox="0 0 22 10" aria-hidden="true" { path.rows d="M0,5 H22" {} }
                    "rows completed, in sum"
                }
                li {
                    svg viewBox="0 0 22 10" aria-hidden="true" {
                        rect.requests width="22" height="10" {}
                    }
                    "requests that completed rows, at most " (thousands(self.most_requests()))
                    " in " (seconds_words(seconds_of_a_column))
                }
                @if !self.pauses.is_empty() {
                    li {
                        svg viewBox="0 0 22 10" aria-hidden="true" {
                            rect.pause width="22" height="10" {}
                        }
                        "pauses that the server asked for"
                    }
                }
            }
        }
    }
}

/// Returns a share of the width as a place from the left.
fn x(share: f64) -> f64 {
    LEFT + share * (WIDTH - LEFT - RIGHT)
}

/// Returns a share of the height as a place from the top.
fn y(share: f64) -> f64 {
    HEIGHT - BOTTOM - share * (HEIGHT - BOTTOM - TOP)
}

fn moment(seconds: i64) -> String {
    Timestamp::from_second(seconds).map(time).unwrap_or_default()
}

fn seconds_words(seconds: f64) -> String {
    match seconds {
        seconds if seconds < 90.0 => format!("{} s", seconds.round().max(1.0)),
        seconds if seconds < 5_400.0 => format!("{} min", (seconds / 60.0).round()),
        seconds => format!("{} h", (seconds / 3_600.0).round()),
    }
}

/// Returns a number of the drawing with one decimal.
fn px(number: f64) -> String {
    format!("{number:.1}")
}

/// Returns a bar of members against licences. `most` is the longest bar of the page.
pub(super) fn licence_bar(members: u64, quota: Option<u64>, most: u64) -> Markup {
    let scale = |number: u64| number as f64 / most.max(1) as f64 * 300.0;
    let within = quota.map_or(members, |quota| members.min(quota));
    html! {
        svg viewBox="0 0 302 18" aria-hidden="true" preserveAspectRatio="none" {
            @if let Some(quota) = quota {
                rect.track x="1" y="2" width=(px(scale(quota))) height="14" {}
            }
            rect.members x="1" y="4" width=(px(scale(within))) height="10" {}
            @if members > within {
                rect.beyond x=(px(1.0 + scale(within))) y="4" width=(px(scale(members - within)))
                    height="10" {}
            }
            @if let Some(quota) = quota {
                path.limit d=(format!("M{0:.1},1 V17", 1.0 + scale(quota))) {}
            }
        }
    }
}

/// Returns a bar of what was gained and one of what was lost.
pub(super) fn moves_bar(gained: u64, lost: u64, most: u64) -> Markup {
    let scale = |number: u64| number as f64 / most.max(1) as f64 * 300.0;
    html! {
        svg viewBox="0 0 302 18" aria-hidden="true" preserveAspectRatio="none" {
            rect.gained x="1" y="2" width=(px(scale(gained))) height="6" {}
            rect.lost x="1" y="10" width=(px(scale(lost))) height="6" {}
        }
    }
}

/// Returns one bar with parts: the name of the style of each, and its number.
pub(super) fn parts_bar(parts: &[(&str, u64)], label: &str) -> Markup {
    let all: u64 = parts.iter().map(|(_, number)| number).sum();
    let mut at = 0.0;
    let placed: Vec<(&str, f64, f64)> = parts
        .iter()
        .filter(|(_, number)| *number > 0)
        .map(|(style, number)| {
            let width = *number as f64 / all.max(1) as f64 * 960.0;
            let from = at;
            at += width;
            (*style, from, width)
        })
        .collect();
    html! {
        svg viewBox="0 0 960 20" role="img" aria-label=(label) preserveAspectRatio="none" {
            @for (style, from, width) in placed {
                rect class=(style) x=(px(from)) y="0" width=(px(width)) height="20" {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drawing_has_its_pauses_and_sums() {
        assert!(over_time(&[], &[]).is_none());
        let seconds = [(100, 10, 1), (101, 20, 2), (400, 30, 3)];
        let drawing = over_time(&seconds, &[(150, 350), (90, 95)]).unwrap().into_string();
        assert!(drawing.contains("60 completed rows and 6 requests"), "{drawing}");
        assert!(drawing.contains("with 1 pause"), "{drawing}");
        assert_eq!(drawing.matches("class=\"pause\"").count(), 2);
        let short = over_time(&[(7, 1, 1)], &[]).unwrap().into_string();
        assert!(short.contains("1 completed row and 1 request"), "{short}");
    }

    #[test]
    fn bars_show_what_is_beyond_the_licences() {
        let over = licence_bar(15, Some(10), 15).into_string();
        assert!(over.contains("beyond") && over.contains("limit"), "{over}");
        let under = licence_bar(5, None, 15).into_string();
        assert!(!under.contains("beyond") && !under.contains("limit"), "{under}");
        assert!(!moves_bar(0, 0, 0).into_string().contains("NaN"));
        assert!(!parts_bar(&[("ok", 0)], "").into_string().contains("NaN"));
    }
}
