//! The frame of a page: head, policy, title, footer; and the parts that pages share.

use super::table_data::TableData;
use crate::number::thousands;
use crate::visible::visible;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use ring::digest::{SHA256, digest};

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("table.js");

/// The name of the data of the page's table.
const ROWS: &str = "rows";

/// Returns a text as the page shows it: what nobody would see is escaped.
pub(super) fn shown(text: &str) -> String {
    visible(text).into_owned()
}

/// Returns an address or a name as the page shows it: it may wrap after a mark. The rule of the
/// tables is in `table.js`.
pub(super) fn breakable(text: &str) -> Markup {
    let shown = shown(text);
    html! {
        @for piece in shown.split_inclusive(['@', '.', '_', '-']) { (piece) wbr; }
    }
}

/// Returns a time as the page shows it: in the time zone of this computer, as on its screen, with
/// the zone for readers elsewhere. Names of zones alone are not unique: `CST` is one in America and
/// one in China.
pub(super) fn time(at: Timestamp) -> String {
    let zoned = at.to_zoned_datetime(TimeZone::system());
    let form = match zoned.offset().is_zero() {
        true => "%Y-%m-%d %H:%M:%S %Z",
        false => "%Y-%m-%d %H:%M:%S %Z (UTC%:z)",
    };
    zoned.strftime(form).to_string()
}

/// Returns a whole page. `now` is when it is made; `table` has the rows of its table.
pub(super) fn page(
    (title, subtitle): (&str, &str),
    now: Timestamp,
    body: &Markup,
    table: Option<&TableData>,
) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy());
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="referrer" content="no-referrer";
                meta name="robots" content="noindex";
                title { (shown(title)) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                header {
                    h1 { (shown(title)) }
                    p.muted { (shown(subtitle)) }
                }
                main { (*body) }
                footer {
                    "Made by umbulk " (env!("CARGO_PKG_VERSION")) " on " (time(now))
                    ". The file holds names of people: keep it as you keep the list."
                }
                @if let Some(table) = table {
                    script type="application/json" id=(ROWS) { (PreEscaped(table.to_json())) }
                    script { (PreEscaped(SCRIPT)) }
                }
            }
        }
    };
    page.into_string()
}

/// Returns the policy of the page: it loads nothing, and runs this script and this style alone.
fn policy() -> String {
    let hash = |text: &str| STANDARD.encode(digest(&SHA256, text.as_bytes()));
    format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; \
         form-action 'none'",
        hash(STYLE),
        hash(SCRIPT)
    )
}

/// Returns names with their values.
pub(super) fn facts<'f>(facts: impl IntoIterator<Item = (&'f str, String)>) -> Markup {
    html! {
        dl.facts {
            @for (name, value) in facts {
                dt { (shown(name)) }
                dd { (shown(&value)) }
            }
        }
    }
}

/// Returns a table that is searched, sorted and turned over by the script of the page.
pub(super) fn search_table(table: &TableData, about: &str) -> Markup {
    html! {
        div data-rows=(ROWS) {
            div.tools {
                label {
                    "Search in all columns" br;
                    input type="search" autocomplete="off" spellcheck="false";
                }
                span aria-live="polite" {}
            }
            div.scroll {
                table.stack aria-label=(about) {
                    thead {
                        tr {
                            @for (column, is_shown) in table.columns_shown() {
                                th scope="col" aria-sort="none" hidden[!is_shown] {
                                    button type="button" { (column) }
                                }
                            }
                        }
                    }
                    tbody {}
                }
            }
            div.tools.pager {
                button.plain type="button" { "Previous page" }
                button.plain type="button" { "Next page" }
            }
            noscript { p { "This table needs JavaScript." } }
        }
    }
}

/// Says how many entries of a list are not shown, and where they are.
pub(super) fn and_more(all: usize, shown: usize, place: &str) -> Markup {
    html! {
        @if all > shown {
            p.muted { "and " (thousands((all - shown) as u64)) " more: " (place) "." }
        }
    }
}

/// Returns a button that searches the table of the page for these words.
pub(super) fn search_button(words: &str, label: &str) -> Markup {
    html! {
        button.plain type="button" data-search=(ROWS) data-words=(shown(words)) { (label) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn page_has_one_heading_and_the_hashes_of_its_style_and_script() {
        let table = TableData::new(&["Row"]);
        let body = html! { h2 { "Rows" } (search_table(&table, "Rows")) };
        let text = page(("<b>\u{202e}", "x & y"), Timestamp::UNIX_EPOCH, &body, Some(&table));
        assert_eq!((text.matches("<h1>").count(), text.matches("<b>").count()), (1, 0));
        assert!(text.contains("<h1>&lt;b&gt;\\u202e</h1>"), "{text}");
        let inside = |open: &str, close: &str| {
            let (_, rest) = text.split_once(open).unwrap();
            rest.split_once(close).unwrap().0.to_owned()
        };
        let hash = |text: &str| STANDARD.encode(digest(&SHA256, text.as_bytes()));
        let policy = inside("http-equiv=\"Content-Security-Policy\" content=\"", "\"");
        assert!(policy.contains("default-src 'none'"), "{policy}");
        for part in [inside("<style>", "</style>"), inside("<script>", "</script>")] {
            assert!(policy.contains(&format!("'sha256-{}'", hash(&part))), "{policy}");
        }
        for outside in ["http://", "https://", "src=", "@import", "url(", " style="] {
            assert!(!text.contains(outside), "{outside}");
        }
    }

    /// The relative luminance and the contrast are those of WCAG 2.2.
    #[test]
    fn text_has_enough_contrast_in_light_and_dark() {
        let luminance = |hex: &str| {
            let part = |at: usize| {
                let value = f64::from(u8::from_str_radix(&hex[at..at + 2], 16).unwrap()) / 255.0;
                if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
            };
            0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5)
        };
        let schemes: Vec<&str> = STYLE.split(":root").skip(1).take(2).collect();
        assert_eq!(schemes.len(), 2);
        for scheme in schemes {
            let colour = |name: &str| {
                let (_, rest) = scheme.split_once(&format!("--{name}: ")).unwrap();
                luminance(&rest[..7])
            };
            for back in ["back", "card"] {
                for text in ["text", "muted", "link"] {
                    let (a, b) = (colour(back), colour(text));
                    let contrast = (a.max(b) + 0.05) / (a.min(b) + 0.05);
                    assert!(contrast >= 4.5, "{text} on {back}: {contrast}");
                }
            }
        }
    }
}
