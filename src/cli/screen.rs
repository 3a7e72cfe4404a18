//! The progress of a long operation, on standard error: a bar with words on a terminal, lines
//! elsewhere.

use crate::cli::args::shared::ProgressArg;
use crate::cli::say::status_line;
use crate::cli::verbosity::Verbosity;
use crate::clock::local_time;
use crate::number::about;
use crate::number::minutes;
use crate::number::{count, count_thousands, noun, thousands};
use crate::umapi::{Wait, WaitReason};
use crate::visible::visible;
use console::{Term, measure_text_width};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;
use std::time::{Duration, SystemTime};

/// What is shown at one moment.
#[derive(Debug, Clone, Default)]
pub(crate) struct View {
    /// Rows or pages that are done.
    pub(crate) done: u64,
    /// The number of all rows or pages; `None` while unknown.
    pub(crate) of: Option<u64>,
    /// What is counted: `rows`, `pages`.
    pub(crate) noun: &'static str,
    /// Their outcomes, such as `117 ok`.
    pub(crate) outcomes: Vec<String>,
    /// The work: `12 requests sent`, `about 9 min left`.
    pub(crate) work: Vec<String>,
    /// The reason of a wait.
    pub(crate) waiting: Option<Waiting>,
    /// The time since the start.
    pub(crate) elapsed: Duration,
}

impl View {
    /// Returns the view without control characters, which a server may have sent.
    fn visible(&self) -> Self {
        let all = |texts: &[String]| texts.iter().map(|text| visible(text).into_owned()).collect();
        let waiting = self
            .waiting
            .clone()
            .map(|waiting| Waiting { words: visible(&waiting.words).into_owned(), ..waiting });
        Self { outcomes: all(&self.outcomes), work: all(&self.work), waiting, ..self.clone() }
    }
}

/// A wait, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Waiting {
    /// The problem, which stays the same as long as the reason does; `None` if there is no problem.
    trouble: Option<String>,
    words: String,
    until: SystemTime,
}

impl Waiting {
    /// Describes a wait.
    pub(crate) fn new(wait: &Wait, now: SystemTime) -> Self {
        let Wait { until, why } = wait;
        let left = until.duration_since(now).ok().filter(|left| *left >= Duration::from_secs(1));
        let at = clock(*until, now);
        let (trouble, words) = match why {
            WaitReason::Quota => {
                let when = left
                    .map_or_else(|| "now".to_owned(), |left| format!("in {}", whole_seconds(left)));
                (None, format!("the limit is used up: the next request is sent {when}"))
            }
            WaitReason::ServerPause { why } => {
                let left =
                    left.map_or_else(String::new, |left| format!(", {} left", whole_seconds(left)));
                (
                    Some(format!("pause until {at}")),
                    format!("the server asks for a pause until {at} ({why}){left}"),
                )
            }
            WaitReason::ReadPause { why } => {
                let left =
                    left.map_or_else(String::new, |left| format!(", {} left", whole_seconds(left)));
                let words = format!(
                    "the server asks for a pause of reads until {at} ({why}){left}; changes are \
                     not held up"
                );
                (Some(format!("pause of reads until {at}")), words)
            }
            WaitReason::Token { cause } => {
                let when = left
                    .map_or_else(|| "now".to_owned(), |left| format!("in {}", whole_seconds(left)));
                (Some(cause.clone()), format!("the token service {cause}; next try {when}"))
            }
            WaitReason::LateEffect => {
                let left =
                    left.map_or_else(String::new, |left| format!(", {} left", whole_seconds(left)));
                let words = format!(
                    "an earlier request may still be carried out: rows that could collide with it \
                     wait until {at}{left}"
                );
                (Some("late effect".to_owned()), words)
            }
            WaitReason::Retry { cause } => {
                let what = if cause.starts_with("HTTP ") {
                    format!("the server answers {cause}")
                } else {
                    cause.clone()
                };
                let when = if *until > now { format!("at {at}") } else { "now".to_owned() };
                let words = format!("{what}; sent again {when}");
                (Some(what), words)
            }
        };
        Self { trouble, words, until: *until }
    }
}

impl Waiting {
    /// Describes a run that stops and waits for the responses to requests in flight.
    pub(crate) fn stopping(why: &str, answers: u64, now: SystemTime) -> Self {
        let words = format!(
            "stopping ({why}): waiting for {} in flight; press Ctrl-C again to stop at once",
            count(answers, "answer")
        );
        Self { trouble: Some("stopping".to_owned()), words, until: now + Plain::SHORT }
    }
}

/// Returns the time of day, with the day unless it is certainly today.
fn clock(at: SystemTime, now: SystemTime) -> String {
    let is_far = at.duration_since(now).is_ok_and(|ahead| ahead > Duration::from_secs(72_000));
    local_time(at, if is_far { "%a %d %b %H:%M" } else { "%H:%M:%S" })
}

/// Returns a countdown that changes once a second: `8 s`, `12 min`.
fn whole_seconds(time: Duration) -> String {
    if time.as_secs() < 120 { format!("{} s", time.as_secs()) } else { minutes(time) }
}

/// Describes the time left: `about 9 min left, done by 14:05:10`.
pub(crate) fn time_left(left: Duration, now: SystemTime) -> String {
    format!("{} left, done by {}", about(left), clock(now + left, now))
}

/// A display that shows a [`View`] again and again.
pub(crate) enum Screen {
    Bar(ProgressBar),
    Plain(Plain),
    Silent,
}

impl Screen {
    /// Creates the display that suits the terminal and what was asked for.
    pub(crate) fn new(wanted: ProgressArg, verbosity: Verbosity) -> Self {
        match wanted {
            ProgressArg::None => Self::Silent,
            _ if verbosity.is_quiet() => Self::Silent,
            ProgressArg::Auto if std::io::stderr().is_terminal() => {
                let bar =
                    ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(10));
                if let Ok(style) = ProgressStyle::with_template("{msg}") {
                    bar.set_style(style);
                }
                Self::Bar(bar)
            }
            ProgressArg::Auto | ProgressArg::Plain => Self::Plain(Plain::default()),
        }
    }

    /// Shows a view in place of the last one.
    pub(crate) fn show(&mut self, view: &View) {
        match self {
            Self::Bar(bar) => bar.set_message(lines(&view.visible(), columns()).join("\n")),
            Self::Plain(plain) => {
                plain.lines(view, SystemTime::now()).iter().for_each(|line| status_line(line));
            }
            Self::Silent => {}
        }
    }

    /// Shows the reason of a wait before there is anything to count.
    pub(crate) fn wait(&mut self, what: &str, waiting: Option<Waiting>, elapsed: Duration) {
        match self {
            Self::Bar(bar) if waiting.is_some() || elapsed >= Duration::from_secs(1) => {
                let words = waiting.map_or_else(|| what.to_owned(), |waiting| waiting.words);
                bar.set_message(
                    packed(&[running(elapsed), visible(&words).into_owned()], columns()).join("\n"),
                );
            }
            Self::Plain(plain) => {
                let view = View { waiting, elapsed, ..View::default() };
                plain.trouble(&view, SystemTime::now()).iter().for_each(|line| status_line(line));
            }
            Self::Bar(_) | Self::Silent => {}
        }
    }

    /// Prints a line above the bar.
    pub(crate) fn say(&self, text: &str) {
        match self {
            Self::Bar(bar) => bar.suspend(|| status_line(text)),
            Self::Plain(_) | Self::Silent => status_line(text),
        }
    }

    /// Ends the display. The bar stays, without the time left.
    pub(crate) fn finish(&self, view: Option<&View>) {
        if let Self::Bar(bar) = self {
            match view {
                Some(view) => {
                    bar.set_message(head(&view.visible(), columns()).join("\n"));
                    bar.abandon();
                }
                None => bar.finish_and_clear(),
            }
        }
    }
}

/// Returns the usable columns: some terminals begin a new line after the last one.
fn columns() -> usize {
    Term::stderr()
        .size_checked()
        .map_or(80, |(_, columns)| usize::from(columns))
        .saturating_sub(1)
        .max(20)
}

/// The widths of the widest bar and of the narrowest useful one.
const BAR: (usize, usize) = (30, 8);

/// Returns the lines for a terminal of this width. The bar becomes shorter before words are
/// wrapped, and the words are wrapped before any is cut.
fn lines(view: &View, columns: usize) -> Vec<String> {
    let work: Vec<String> =
        std::iter::once(running(view.elapsed)).chain(view.work.iter().cloned()).collect();
    let waiting = view.waiting.iter().flat_map(|waiting| wrap(&waiting.words, columns));
    head(view, columns).into_iter().chain(packed(&work, columns)).chain(waiting).collect()
}

/// Returns the elapsed time such as `0:12:07`, which changes every second.
fn running(elapsed: Duration) -> String {
    let seconds = elapsed.as_secs();
    format!("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

/// Returns the bar, the progress, and the outcomes.
fn head(view: &View, columns: usize) -> Vec<String> {
    let mut lines = packed(&counted(view), columns);
    let Some(of) = view.of else { return lines };
    let room = columns.saturating_sub(measure_text_width(&lines[0]) + "[] ".len()).min(BAR.0);
    if room >= BAR.1 {
        let full = usize::try_from(u128::from(view.done) * room as u128 / u128::from(of.max(1)))
            .unwrap_or(room)
            .min(room);
        let tip = if full < room { ">" } else { "" };
        lines[0] = format!(
            "[{}{tip}{}] {}",
            "=".repeat(full),
            " ".repeat(room - full - tip.len()),
            lines[0]
        );
    }
    lines
}

/// Returns the counts: `117 of 120 rows: 110 ok`, `7 failed`.
fn counted(view: &View) -> Vec<String> {
    let done = match view.of {
        Some(of) => {
            format!("{} of {} {}", thousands(view.done), thousands(of), noun(of, view.noun))
        }
        None => count_thousands(view.done, view.noun),
    };
    let mut parts = view.outcomes.clone();
    match parts.first_mut() {
        Some(first) => *first = format!("{done}: {first}"),
        None => parts.push(done),
    }
    parts
}

/// Joins parts by commas, in as few lines as possible.
fn packed(parts: &[String], columns: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for part in parts {
        match lines.last_mut() {
            Some(line)
                if measure_text_width(line) + ", ".len() + measure_text_width(part) <= columns =>
            {
                *line += ", ";
                *line += part;
            }
            _ => lines.extend(wrap(part, columns)),
        }
    }
    lines
}

/// Wraps a text between words. A word that is wider than a line is broken.
fn wrap(text: &str, columns: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if measure_text_width(line) + 1 + measure_text_width(word) <= columns => {
                line.push(' ');
                line.push_str(word);
            }
            _ => {
                let mut rest = String::new();
                for letter in word.chars() {
                    if measure_text_width(&rest)
                        + measure_text_width(letter.encode_utf8(&mut [0; 4]))
                        > columns
                    {
                        lines.push(std::mem::take(&mut rest));
                    }
                    rest.push(letter);
                }
                lines.push(rest);
            }
        }
    }
    lines
}

/// The lines if there is no terminal: the progress from time to time, and each problem when it
/// begins.
#[derive(Debug, Default)]
pub(crate) struct Plain {
    /// When the last line was written, in elapsed time.
    last: Duration,
    /// The last problem that was reported, and when.
    named: Option<(String, Duration)>,
}

impl Plain {
    /// The time between two lines: at first, and after the first minute.
    const EVERY: (Duration, Duration) = (Duration::from_secs(5), Duration::from_secs(60));
    /// The least time between two reports of problems.
    const NAMED_EVERY: Duration = Duration::from_secs(60);
    /// A problem that is shorter than this is not reported.
    const SHORT: Duration = Duration::from_millis(200);

    fn lines(&mut self, view: &View, now: SystemTime) -> Vec<String> {
        let mut lines: Vec<String> = self.trouble(view, now).into_iter().collect();
        let every = if view.elapsed < Self::EVERY.1 { Self::EVERY.0 } else { Self::EVERY.1 };
        if view.elapsed >= self.last + every {
            self.last = view.elapsed;
            let waiting = view.waiting.iter().map(|waiting| waiting.words.clone());
            let parts: Vec<String> = view.work.iter().cloned().chain(waiting).collect();
            lines.push(format!("{}; {}", counted(view).join(", "), parts.join(", ")));
        }
        lines
    }

    /// Returns a problem that has just begun, or that was not reported while another one was.
    fn trouble(&mut self, view: &View, now: SystemTime) -> Option<String> {
        let Some((waiting, trouble)) =
            view.waiting.as_ref().and_then(|waiting| Some((waiting, waiting.trouble.as_ref()?)))
        else {
            // The same problem counts as a new one when it comes back.
            self.named.iter_mut().for_each(|(known, _)| known.clear());
            return None;
        };
        let lasts = waiting.until.duration_since(now).is_ok_and(|left| left >= Self::SHORT);
        let is_due = match &self.named {
            None => true,
            Some((known, at)) => known != trouble && view.elapsed >= *at + Self::NAMED_EVERY,
        };
        (lasts && is_due).then(|| {
            self.named = Some((trouble.clone(), view.elapsed));
            waiting.words.clone()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000)
    }

    fn wait(why: WaitReason, seconds: u64) -> Option<Waiting> {
        Some(Waiting::new(&Wait { until: now() + Duration::from_secs(seconds), why }, now()))
    }

    fn view() -> View {
        View {
            done: 1_200,
            of: Some(10_000),
            noun: "row",
            outcomes: vec![
                "1,180 ok".to_owned(),
                "20 failed (14 error.user.belongs_to_another_org)".to_owned(),
            ],
            work: [
                "120 requests sent",
                "about 880 to go",
                "limit 10/60s",
                "about 88 min left, done by 15:32:10",
            ]
            .map(ToOwned::to_owned)
            .into(),
            waiting: wait(WaitReason::Quota, 53),
            elapsed: Duration::from_secs(727),
        }
    }

    #[test]
    fn bar_makes_room_before_words_are_cut() {
        let view = view();
        let words: Vec<String> =
            lines(&view, 1000).join(" ").split(' ').map(ToOwned::to_owned).collect();
        let letters = |lines: &[String]| {
            lines.concat().chars().filter(char::is_ascii_alphanumeric).collect::<String>()
        };
        for columns in [20, 79, 119, 199] {
            let lines = lines(&view, columns);
            assert!(
                lines.iter().all(|line| measure_text_width(line) <= columns),
                "{columns}: {lines:#?}"
            );
            assert_eq!(letters(&lines), letters(&words), "{columns}: {lines:#?}");
        }
    }

    #[test]
    fn screen_at_80_120_and_200_columns() {
        let shown: Vec<String> =
            [79, 119, 199].iter().map(|columns| lines(&view(), *columns).join("\n")).collect();
        insta::assert_snapshot!(shown.join("\n\n"), @r"
        [===>                          ] 1,200 of 10,000 rows: 1,180 ok
        20 failed (14 error.user.belongs_to_another_org)
        0:12:07, 120 requests sent, about 880 to go, limit 10/60s
        about 88 min left, done by 15:32:10
        the limit is used up: the next request is sent in 53 s

        [===>                          ] 1,200 of 10,000 rows: 1,180 ok, 20 failed (14 error.user.belongs_to_another_org)
        0:12:07, 120 requests sent, about 880 to go, limit 10/60s, about 88 min left, done by 15:32:10
        the limit is used up: the next request is sent in 53 s

        [===>                          ] 1,200 of 10,000 rows: 1,180 ok, 20 failed (14 error.user.belongs_to_another_org)
        0:12:07, 120 requests sent, about 880 to go, limit 10/60s, about 88 min left, done by 15:32:10
        the limit is used up: the next request is sent in 53 s
        ");
    }

    #[test]
    fn words_of_a_server_are_escaped_in_the_bar() {
        let waiting = wait(WaitReason::ServerPause { why: "\u{1b}[2J".to_owned() }, 50);
        let view =
            View { outcomes: vec!["1 failed (error.\u{202e}x\n)".to_owned()], waiting, ..view() };
        let shown = lines(&view.visible(), 1000).concat();
        assert!(shown.contains("\\u001b[2J") && shown.contains("error.\\u202ex\\n"), "{shown}");
        assert!(!shown.contains(crate::visible::is_hidden), "{shown}");
    }

    #[test]
    fn bar_is_empty_at_first_and_full_at_the_end() {
        let bar = |done, of| {
            head(&View { done, of: Some(of), noun: "row", ..View::default() }, 60).concat()
        };
        assert_eq!(bar(0, 10), format!("[>{}] 0 of 10 rows", " ".repeat(29)));
        assert_eq!(bar(10, 10), format!("[{}] 10 of 10 rows", "=".repeat(30)));
        assert_eq!(bar(0, 0), format!("[>{}] 0 of 0 rows", " ".repeat(29)));
    }

    #[test]
    fn troubles_are_named_while_they_last() {
        let words = |why, seconds| wait(why, seconds).unwrap().words;
        let token = WaitReason::Token { cause: "answers HTTP 503".to_owned() };
        assert_eq!(words(token.clone(), 8), "the token service answers HTTP 503; next try in 8 s");
        assert_eq!(words(token, 0), "the token service answers HTTP 503; next try now");
        let time = local_time(now() + Duration::from_secs(50), "%H:%M:%S");
        let retry = |cause: &str| WaitReason::Retry { cause: cause.to_owned() };
        assert_eq!(
            words(retry("HTTP 504"), 50),
            format!("the server answers HTTP 504; sent again at {time}")
        );
        assert_eq!(
            words(retry("no connection (refused)"), 50),
            format!("no connection (refused); sent again at {time}")
        );
        let late = words(WaitReason::LateEffect, 50);
        assert_eq!(
            late,
            format!(
                "an earlier request may still be carried out: rows that could collide with it \
                 wait until {time}, 50 s left"
            )
        );
        let pause = WaitReason::ServerPause { why: "HTTP 429".to_owned() };
        assert_eq!(
            words(pause, 50),
            format!("the server asks for a pause until {time} (HTTP 429), 50 s left")
        );
        assert_eq!(
            words(WaitReason::Quota, 50),
            "the limit is used up: the next request is sent in 50 s"
        );
    }

    /// Returns the lines without a terminal while a problem lasts, each with its second.
    fn written(
        seconds: impl Iterator<Item = u64>,
        trouble: impl Fn(u64) -> Option<WaitReason>,
    ) -> Vec<(u64, String)> {
        let mut plain = Plain::default();
        let lines = |second: u64| {
            let waiting = trouble(second).and_then(|why| wait(why, 2));
            let view = View { waiting, elapsed: Duration::from_secs(second), ..view() };
            plain
                .lines(&view, now())
                .into_iter()
                .map(move |line| (second, line))
                .collect::<Vec<_>>()
        };
        seconds.flat_map(lines).collect()
    }

    #[test]
    fn changed_trouble_is_one_line_a_minute_without_a_terminal() {
        let cause = |second| match second {
            1..=100 => Some("HTTP 504"),
            101..=103 => Some("HTTP 503"),
            104..=200 => None,
            201..=260 => Some("HTTP 503"),
            _ => None,
        };
        let lines = written(0..300, |second| {
            cause(second).map(|cause| WaitReason::Retry { cause: cause.to_owned() })
        });
        let troubles: Vec<(u64, bool)> = lines
            .iter()
            .filter(|(_, line)| line.starts_with("the server"))
            .map(|(second, line)| (*second, line.contains("503")))
            .collect();
        assert_eq!(troubles, [(1, false), (101, true), (201, true)]);
        let flapping = written(0..120, |second| {
            (second % 2 == 0)
                .then(|| WaitReason::Retry { cause: format!("HTTP {}", 500 + second % 4) })
        });
        let troubles: Vec<u64> = flapping
            .iter()
            .filter(|(_, line)| line.starts_with("the server"))
            .map(|(second, _)| *second)
            .collect();
        assert_eq!(troubles, [0, 60]);
    }

    #[test]
    fn progress_lines_become_rarer_without_a_terminal() {
        let lines = written(0..300, |_| None);
        let seconds: Vec<u64> = lines.iter().map(|(second, _)| *second).collect();
        assert_eq!(seconds, [5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55, 115, 175, 235, 295]);
        assert!(
            lines[0].1.starts_with("1,200 of 10,000 rows: 1,180 ok, 20 failed (14 error"),
            "{}",
            lines[0].1
        );
        assert!(lines[0].1.ends_with("15:32:10"), "{}", lines[0].1);
    }
}
