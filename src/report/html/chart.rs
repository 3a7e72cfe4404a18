//! Drawings in SVG: rows and requests over time, bars.

use super::frame::time;
use crate::number::{count_thousands, thousands};
use jiff::Timestamp;
use maud::{Markup, html};

const WIDTH: f64 = 960.0;
const HEIGHT: f64 = 240.0;
const LEFT: f64 = 64.0;
const BOTTOM: f64 = 28.0;
const TOP: f64 = 14.0;
/// The most columns of a drawing.
const COLUMNS: usize = 120;

/// What happened in a second: its time in seconds since 1970, the rows that were completed, the
/// requests that completed rows.
pub(crate) type Second = (i64, u64, u64);

/// Returns the rows and requests over time, with the pauses that the server asked for: from, until,
/// in seconds since 1970. `None` if nothing happened.
#[expect(clippy::too_many_lines, reason = "the parts of one drawing")]
pub(super) fn over_time(seconds: &[Second], pauses: &[(i64, i64)]) -> Option<Markup> {
    let first = seconds.first()?.0;
    let last = seconds.last()?.0 + 1;
    let inside = |at: i64| at.clamp(first, last);
    let pauses: Vec<(i64, i64)> = pauses
        .iter()
        .map(|(from, until)| (inside(*from), inside(*until)))
        .filter(|(from, until)| from < until)
        .collect();
    let span = (last - first).max(1);
    let columns = COLUMNS.min(usize::try_from(span).unwrap_or(COLUMNS)).max(1);
    let (mut rows, mut requests) = (vec![0_u64; columns], vec![0_u64; columns]);
    for (at, of_rows, of_requests) in seconds {
        let column = usize::try_from((at - first) * columns as i64 / span).unwrap_or(0);
        let column = column.min(columns - 1);
        rows[column] += of_rows;
        requests[column] += of_requests;
    }
    let all_rows: u64 = rows.iter().sum();
    let all_requests: u64 = requests.iter().sum();
    let x = |share: f64| LEFT + share * (WIDTH - LEFT - 8.0);
    let y = |share: f64| HEIGHT - BOTTOM - share * (HEIGHT - BOTTOM - TOP);
    let of_time = |at: i64| x((at - first) as f64 / span as f64);
    let mut sum = 0;
    let mut line = format!("{:.1},{:.1}", x(0.0), y(0.0));
    for (column, of_rows) in rows.iter().enumerate() {
        sum += of_rows;
        let share = sum as f64 / all_rows.max(1) as f64;
        line += &format!(" {:.1},{:.1}", x((column + 1) as f64 / columns as f64), y(share));
    }
    let most = requests.iter().copied().max().unwrap_or(0).max(1);
    let width = (WIDTH - LEFT - 8.0) / columns as f64;
    let label = format!(
        "{} and {} from {} to {}{}",
        count_thousands(all_rows, "completed row"),
        count_thousands(all_requests, "request"),
        moment(first),
        moment(last),
        match pauses.len() {
            0 => String::new(),
            several => format!(", with {}", count_thousands(several as u64, "pause")),
        }
    );
    Some(html! {
        div.scroll { svg.time viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) role="img"
            aria-label=(label) {
            @for (from, until) in &pauses {
                rect.pause x=(px(of_time(*from))) y=(px(TOP))
                    width=(px((of_time(*until) - of_time(*from)).max(1.0)))
                    height=(px(HEIGHT - BOTTOM - TOP)) {
                    title {
                        "The server asked for a pause from " (moment(*from)) " to "
                        (moment(*until))
                    }
                }
            }
            @for (column, number) in
                requests.iter().enumerate().filter(|(_, number)| **number > 0) {
                rect.requests x=(px(x(column as f64 / columns as f64)))
                    y=(px(y(*number as f64 / most as f64 * 0.5)))
                    width=(px((width - 0.6).max(0.6)))
                    height=(px(y(0.0) - y(*number as f64 / most as f64 * 0.5))) {}
            }
            polyline.rows points=(line) {}
            path.axis d=(format!("M{LEFT},{TOP} V{} H{}", y(0.0), WIDTH - 8.0)) {}
            text x=(px(LEFT - 8.0)) y=(px(y(1.0) + 4.0)) text-anchor="end" { (thousands(all_rows)) }
            text x=(px(LEFT - 8.0)) y=(px(y(0.5) + 4.0)) text-anchor="end" {
                (thousands(all_rows.div_ceil(2)))
            }
            text x=(px(LEFT - 8.0)) y=(px(y(0.0) + 4.0)) text-anchor="end" { "0" }
            text x=(px(LEFT)) y=(px(HEIGHT - 6.0)) { (moment(first)) }
            text x=(px(WIDTH - 8.0)) y=(px(HEIGHT - 6.0)) text-anchor="end" { (moment(last)) }
        } }
        ul.legend {
            li {
                svg viewBox="0 0 22 10" aria-hidden="true" { path.rows d="M0,5 H22" {} }
                "rows completed, in sum"
            }
            li {
                svg viewBox="0 0 22 10" aria-hidden="true" {
                    rect.requests width="22" height="10" {}
                }
                "requests that completed rows, at most " (thousands(most)) " in "
                (seconds_words(span as f64 / columns as f64))
            }
            @if !pauses.is_empty() {
                li {
                    svg viewBox="0 0 22 10" aria-hidden="true" {
                        rect.pause width="22" height="10" {}
                    }
                    "pauses that the server asked for"
                }
            }
        }
    })
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
