//! The progress on a terminal: a line with the bar and the times, and a line with what happens now.

use super::view::View;
use super::waiting::{TimeLeft, Waiting, running};
use crate::cli::wrap::between_words;
use crate::number::{count_thousands, noun, thousands};
use console::{Style, measure_text_width};
use std::borrow::Cow;
use std::time::Duration;

/// The widths of the widest bar and of the narrowest useful one.
const BAR: (usize, usize) = (30, 8);
/// From this width on, requests and the limit are shown as well.
const WIDE: usize = 119;

/// What a terminal can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Look {
    /// Whether it shows letters of all scripts, and so lines.
    unicode: bool,
}

impl Look {
    /// Returns what the terminal of this process can show.
    pub(super) fn here() -> Self {
        let names = ["LC_ALL", "LC_CTYPE", "LANG"];
        let locale = names.map(|name| std::env::var(name).unwrap_or_default());
        Self { unicode: is_unicode(&locale) }
    }
}

/// Whether a locale is one of UTF-8: the first variable that is not empty counts (POSIX, 8.2).
fn is_unicode(locale: &[String; 3]) -> bool {
    let locale = locale.iter().find(|value| !value.is_empty());
    locale.is_some_and(|value| {
        let plain = value.to_ascii_lowercase().replace('-', "");
        plain.contains("utf8")
    })
}

/// How a part of a line is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tone {
    Plain,
    /// Rows that somebody must look at.
    Wrong,
    /// Nothing is sent for now.
    Wait,
}

#[derive(Debug, Clone)]
struct LinePart {
    text: String,
    tone: Tone,
}

impl LinePart {
    fn plain(text: impl Into<String>) -> Self {
        Self { text: text.into(), tone: Tone::Plain }
    }

    fn painted(&self) -> String {
        let style = Style::new().for_stderr();
        match self.tone {
            Tone::Plain => self.text.clone(),
            Tone::Wrong => style.red().apply_to(&self.text).to_string(),
            Tone::Wait => style.yellow().apply_to(&self.text).to_string(),
        }
    }
}

/// Returns the lines for a terminal of this width. The bar becomes shorter before words are
/// wrapped, and the words are wrapped before any is cut.
pub(super) fn lines(view: &View, columns: usize, look: Look) -> Vec<String> {
    let mut first = vec![LinePart::plain(counted(view))];
    first.extend(percent(view).map(LinePart::plain));
    first.push(LinePart::plain(running(view.elapsed)));
    first.extend(view.left.as_ref().map(TimeLeft::end).map(LinePart::plain));
    let is_wide = columns >= WIDE;
    if is_wide {
        first.extend(view.work.iter().map(LinePart::plain));
    }
    let happens =
        |waiting: fn(&Waiting) -> &str| packed(&happens_now(view, waiting, columns), columns);
    let below = match happens(|waiting| &waiting.next) {
        lines if lines.len() > 1 => happens(|waiting| &waiting.short),
        lines => lines,
    };
    let below = below.iter().map(|line| painted(line));
    with_bar(view, &first, columns, look).into_iter().chain(below).collect()
}

/// Returns why nothing is sent, and the outcomes: if some rows are wrong and the terminal is not
/// wide, only those.
fn happens_now(view: &View, words: fn(&Waiting) -> &str, columns: usize) -> Vec<LinePart> {
    let waiting = view.waiting.iter().map(|waiting| {
        let tone = if waiting.trouble.is_some() { Tone::Wait } else { Tone::Plain };
        LinePart { text: words(waiting).to_owned(), tone }
    });
    let shows_fine = columns >= WIDE || view.wrong.is_empty();
    let fine = view.outcomes.iter().filter(|outcome| !view.wrong.contains(outcome));
    let fine = fine.filter(|_| shows_fine).map(LinePart::plain);
    let wrong = view.wrong.iter().map(|text| LinePart { text: text.clone(), tone: Tone::Wrong });
    waiting.chain(fine).chain(wrong).collect()
}

/// Returns the lines that stay when everything has ended.
pub(super) fn last_lines(view: &View, columns: usize, look: Look) -> Vec<String> {
    let outcomes = view.outcomes.iter().map(|text| LinePart {
        text: text.clone(),
        tone: if view.wrong.contains(text) { Tone::Wrong } else { Tone::Plain },
    });
    let parts: Vec<LinePart> =
        std::iter::once(LinePart::plain(counted(view))).chain(outcomes).collect();
    with_bar(view, &parts, columns, look)
}

/// Returns the lines while there is nothing to count yet.
pub(super) fn waiting_lines(elapsed: Duration, words: &str, columns: usize) -> Vec<String> {
    let parts = [LinePart::plain(running(elapsed)), LinePart::plain(words)];
    packed(&parts, columns).iter().map(|line| painted(line)).collect()
}

/// Returns lines of these parts, the bar before the first one.
fn with_bar(view: &View, parts: &[LinePart], columns: usize, look: Look) -> Vec<String> {
    // The bar needs room beside the counts only: other words go below it.
    let room = view.of.map_or(0, |_| {
        let all: usize = parts.iter().map(|part| measure_text_width(&part.text) + GAP.len()).sum();
        let counts = parts.first().map_or(0, |part| measure_text_width(&part.text) + GAP.len());
        let beside = |words: usize| columns.saturating_sub(words + FRAME).min(BAR.0);
        if beside(all) >= BAR.1 { beside(all) } else { beside(counts) }
    });
    let Some(of) = view.of.filter(|_| room >= BAR.1) else {
        return packed(parts, columns).iter().map(|line| painted(line)).collect();
    };
    let bar = bar(view.done, of, room, look);
    let beside = columns - room - FRAME - GAP.len();
    let mut lines = Vec::new();
    let mut rest = parts.to_vec();
    let mut here = Vec::new();
    let mut width = 0;
    while let Some(part) = rest.first() {
        let more = measure_text_width(&part.text) + if here.is_empty() { 0 } else { GAP.len() };
        if width + more > beside && !here.is_empty() {
            break;
        }
        width += more;
        here.push(rest.remove(0));
    }
    lines.push(format!("{bar}{GAP}{}", painted(&here)));
    lines.extend(packed(&rest, columns).iter().map(|line| painted(line)));
    lines
}

/// What is between the parts of a line.
const GAP: &str = "  ";
/// The width of the ends of a bar.
const FRAME: usize = 2;

/// Returns a bar of this many columns between its ends.
fn bar(done: u64, of: u64, room: usize, look: Look) -> String {
    let share = |width: usize| {
        let full = u128::from(done) * width as u128 / u128::from(of.max(1));
        usize::try_from(full).unwrap_or(width).min(width)
    };
    let style = Style::new().for_stderr().green();
    if look.unicode {
        let width = room + FRAME;
        let filled = style.apply_to("━".repeat(share(width))).to_string();
        let empty = Style::new().for_stderr().dim();
        return filled + &empty.apply_to("─".repeat(width - share(width))).to_string();
    }
    let full = share(room);
    let tip = if full < room { ">" } else { "" };
    let filled = style.apply_to(format!("{}{tip}", "=".repeat(full))).to_string();
    format!("[{filled}{}]", " ".repeat(room - full - tip.len()))
}

/// Returns the counts: `117 of 120 rows`.
pub(super) fn counted(view: &View) -> String {
    match view.of {
        Some(of) => {
            format!("{} of {} {}", thousands(view.done), thousands(of), noun(of, view.noun))
        }
        None => count_thousands(view.done, view.noun),
    }
}

/// Returns how much is done: `97 %`. Only the end is 100 %.
fn percent(view: &View) -> Option<String> {
    let of = view.of.filter(|of| *of > 0)?;
    let done = u128::from(view.done.min(of)) * 100 / u128::from(of);
    Some(format!("{done} %"))
}

/// Puts parts side by side, in as few lines as possible.
fn packed(parts: &[LinePart], columns: usize) -> Vec<Vec<LinePart>> {
    let mut lines: Vec<Vec<LinePart>> = Vec::new();
    let mut width = 0;
    for part in parts {
        let own = measure_text_width(&part.text);
        match lines.last_mut() {
            Some(line) if width + GAP.len() + own <= columns => {
                line.push(part.clone());
                width += GAP.len() + own;
            }
            _ => {
                let pieces = wrap(&part.text, columns);
                width = pieces.last().map_or(0, |piece| measure_text_width(piece));
                lines.extend(
                    pieces.into_iter().map(|text| vec![LinePart { text, tone: part.tone }]),
                );
            }
        }
    }
    lines
}

fn painted(line: &[LinePart]) -> String {
    line.iter().map(LinePart::painted).collect::<Vec<_>>().join(GAP)
}

/// Wraps a text between words. A word that is wider than a line is broken.
fn wrap(text: &str, columns: usize) -> Vec<String> {
    textwrap::wrap(text, between_words(columns)).into_iter().map(Cow::into_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::screen::examples::{view, wait};
    use crate::umapi::WaitReason;

    const ASCII: Look = Look { unicode: false };

    #[test]
    fn bar_makes_room_before_words_are_cut() {
        let view = view();
        let letters = |lines: &[String]| {
            lines.concat().chars().filter(char::is_ascii_alphanumeric).collect::<String>()
        };
        for columns in [20, 40, 60, 79, 118, 119, 199] {
            let lines = lines(&view, columns, ASCII);
            assert!(
                lines.iter().all(|line| measure_text_width(line) <= columns),
                "{columns}: {lines:#?}"
            );
            let mut short = view.clone();
            short.waiting.iter_mut().for_each(|waiting| waiting.next = waiting.short.clone());
            let wide = if columns < WIDE { 118 } else { 1000 };
            let whole = [&view, &short].map(|view| letters(&super::lines(view, wide, ASCII)));
            assert!(whole.contains(&letters(&lines)), "{columns}: {lines:#?}");
        }
    }

    #[test]
    fn screen_at_40_80_120_and_200_columns() {
        let at = |text: String| {
            let end = view().left.map(|left| left.end()).unwrap_or_default();
            text.replace(&end, "done by TIME----")
        };
        let shown: Vec<String> = [39, 79, 119, 199]
            .iter()
            .map(|columns| at(lines(&view(), *columns, ASCII).join("\n")))
            .collect();
        insta::assert_snapshot!(shown.join("\n\n"), @r"
        [=>             ]  1,200 of 10,000 rows
        12 %  0:12:07  done by TIME----
        next rows in 0:53 (limit)
        20 failed (14
        error.user.belongs_to_another_org)

        [==>                   ]  1,200 of 10,000 rows  12 %  0:12:07  done by TIME----
        next rows in 0:53 (limit)  20 failed (14 error.user.belongs_to_another_org)

        [=>          ]  1,200 of 10,000 rows  12 %  0:12:07  done by TIME----  120 requests sent  about 880 to go  limit 10/60s
        next rows in 0:53: the limit is used up  1,180 ok  20 failed (14 error.user.belongs_to_another_org)

        [===>                          ]  1,200 of 10,000 rows  12 %  0:12:07  done by TIME----  120 requests sent  about 880 to go  limit 10/60s
        next rows in 0:53: the limit is used up  1,180 ok  20 failed (14 error.user.belongs_to_another_org)
        ");
    }

    #[test]
    fn last_line_has_the_outcomes_and_no_time() {
        let lines = last_lines(&View { done: 10_000, ..view() }, 79, ASCII);
        insta::assert_snapshot!(lines.join("\n"), @"
        [==============================]  10,000 of 10,000 rows  1,180 ok
        20 failed (14 error.user.belongs_to_another_org)
        ");
    }

    #[test]
    fn words_of_a_server_are_escaped_in_the_bar() {
        let waiting = Some(wait(WaitReason::ServerPause { why: "\u{1b}[2J".to_owned() }, 50));
        let wrong = vec!["1 failed (error.\u{202e}x\n)".to_owned()];
        let view = View { outcomes: wrong.clone(), wrong, waiting, ..view() };
        let shown = lines(&view.visible(), 1000, ASCII).concat();
        assert!(shown.contains("\\u001b[2J") && shown.contains(".\\u202ex\\n"), "{shown}");
        assert!(!shown.contains(crate::visible::is_hidden), "{shown}");
    }

    #[test]
    fn bar_is_empty_at_first_and_full_at_the_end() {
        let shown = |done, of, look| bar(done, of, 30, look);
        assert_eq!(shown(0, 10, ASCII), format!("[>{}]", " ".repeat(29)));
        assert_eq!(shown(10, 10, ASCII), format!("[{}]", "=".repeat(30)));
        assert_eq!(shown(0, 0, ASCII), format!("[>{}]", " ".repeat(29)));
        let unicode = Look { unicode: true };
        for done in 0..=10 {
            assert_eq!(measure_text_width(&shown(done, 10, unicode)), 32);
            assert_eq!(measure_text_width(&shown(done, 10, ASCII)), 32);
        }
    }

    #[test]
    fn locale_decides_whether_lines_are_drawn() {
        let is = |all: &str, ctype: &str, lang: &str| {
            is_unicode(&[all, ctype, lang].map(ToOwned::to_owned))
        };
        assert!(is("", "", "de_DE.UTF-8"));
        assert!(is("", "C.utf8", "C"));
        assert!(!is("C", "", "en_US.UTF-8"));
        assert!(!is("", "", ""));
        assert!(!is("", "de_DE.ISO-8859-1", "de_DE.UTF-8"));
    }
}
