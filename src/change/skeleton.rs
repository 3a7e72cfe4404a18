//! One form for all spellings of a name: names that a person cannot distinguish on a screen are
//! equal here.
//!
//! The API ignores only letter case when it compares names. Guards ignore more, so that another
//! spelling of a name does not bypass them. Skeletons are only compared, never shown or sent.
//!
//! Sources: Unicode UAX 15 (NFKC), UTS 39 (confusables), UTS 46 (domain names).

use std::borrow::Cow;
use unicode_normalization::UnicodeNormalization;
use unicode_security::confusable_detection;
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// Returns the form that all spellings of a name share.
///
/// These make no difference: letter case, NFC or NFD, full-width letters, blanks at the ends and
/// repeated ones, characters without a width, the ASCII form of a domain (`xn--…`), and letters of
/// other scripts that look like Latin ones. ASCII letters and digits stay different from each other
/// (`l` and `1`, `O` and `0`), because they are in too many names of different people.
pub(crate) fn skeleton(name: &str) -> String {
    let plain = plain(name);
    if plain.is_ascii() && !plain.contains("xn--") {
        match plain.strip_suffix('.') {
            Some(bare) => bare.to_owned(),
            None => plain,
        }
    } else {
        skeleton_of_any(&plain)
    }
}

/// Returns the skeleton of a name in any script, and of a domain in any form.
fn skeleton_of_any(plain: &str) -> String {
    match plain.rsplit_once('@') {
        Some((local, domain)) => {
            format!("{}@{}", look_alikes(local), look_alikes(&unicode_domain(domain)))
        }
        None => look_alikes(&unicode_domain(plain)).into_owned(),
    }
}

/// Returns a hash of the [`skeleton`] of a name. `seed` separates kinds of names.
pub(crate) fn skeleton_hash(name: &str, seed: u64) -> u64 {
    xxh3_64_with_seed(skeleton(name).as_bytes(), seed)
}

/// Returns a name in NFKC, in lower case, without characters that have no width, with single
/// blanks.
pub(super) fn plain(name: &str) -> String {
    if name.bytes().all(|byte| byte.is_ascii_graphic()) {
        return name.to_ascii_lowercase();
    }
    plain_of_any(name)
}

/// Returns the plain form of a text with blanks, or beyond ASCII.
fn plain_of_any(name: &str) -> String {
    let mut plain = String::with_capacity(name.len());
    let mut blank = false;
    let mut take = |c: char| match c {
        c if c.is_whitespace() => blank = true,
        c if is_ignorable(c) => {}
        c => {
            if std::mem::take(&mut blank) && !plain.is_empty() {
                plain.push(' ');
            }
            plain.push(c);
        }
    };
    if name.is_ascii() {
        name.chars().map(|c| c.to_ascii_lowercase()).for_each(take);
    } else {
        // Lower case may split a letter (`İ`), and characters without a width keep letters from
        // joining.
        let visible = name.nfkc().filter(|c| !is_ignorable(*c)).flat_map(char::to_lowercase);
        visible.nfkc().for_each(&mut take);
    }
    plain
}

/// Whether it has no width: Unicode's property `Default_Ignorable_Code_Point`, and control
/// characters.
fn is_ignorable(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{3164}' | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}' | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}')
}

/// Returns a domain in the letters that people read, without the dot at its end.
fn unicode_domain(domain: &str) -> Cow<'_, str> {
    let domain = domain.strip_suffix('.').unwrap_or(domain);
    if domain.is_ascii() && !domain.contains("xn--") {
        return Cow::Borrowed(domain);
    }
    match idna::domain_to_unicode(domain) {
        (unicode, Ok(())) => Cow::Owned(unicode),
        _ => Cow::Borrowed(domain),
    }
}

/// Returns the text with Latin letters in place of others that look like them.
pub(super) fn look_alikes(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let mut latin = String::with_capacity(text.len());
    for c in text.nfd() {
        if c.is_ascii() { latin.push(c) } else { latin.push_str(&look_alike(c)) }
    }
    Cow::Owned(latin)
}

/// Returns the Latin letter that a character looks like. Names are compared without regard to
/// letter case, so its upper case counts as well: `К` looks like `K`, although `к` does not look
/// like `k`.
fn look_alike(c: char) -> String {
    let prototype =
        |text: &str| confusable_detection::skeleton(text).collect::<String>().to_lowercase();
    let small = prototype(c.encode_utf8(&mut [0; 4]));
    if small.is_ascii() {
        return small;
    }
    let capital = prototype(&c.to_uppercase().collect::<String>());
    if capital.is_ascii() { capital } else { small }
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn names_in_ascii_have_the_skeleton_of_any(name in "[ -~\t]{0,12}|[a-cA.@ \
            ]{0,8}|xn--[a-c.@]{0,6}") {
            proptest::prop_assert_eq!(plain(&name), plain_of_any(&name));
            proptest::prop_assert_eq!(skeleton(&name), skeleton_of_any(&plain(&name)));
        }
    }

    #[test]
    fn all_spellings_of_a_name_share_a_skeleton() {
        for (spelling, name) in [
            ("BOSS@X.com", "boss@x.com"),
            (" boss@x.com\u{a0}", "boss@x.com"),
            ("bo\u{ad}ss@x.com", "boss@x.com"),
            ("\u{2066}boss@x.com\u{2069}", "boss@x.com"),
            ("bo\u{200d}ss\u{fe0f}@x.com", "boss@x.com"),
            ("ｂｏｓｓ＠ｘ．ｃｏｍ", "boss@x.com"),
            ("bоss@x.com", "boss@x.com"),
            ("bοss@х.com", "boss@x.com"),
            ("ВОЅЅ@x.com", "boss@x.com"),
            ("МАRK@x.com", "mark@x.com"),
            ("марк@x.com", "mapk@x.com"),
            ("zoe\u{308}@x.com", "zo\u{eb}@x.com"),
            ("ann@xn--bcher-kva.de", "ann@Bücher.de"),
            ("ann@XN--BCHER-KVA.de.", "ann@bu\u{308}cher.de"),
            ("xn--bcher-kva.de", "bücher.de"),
            ("Team  \u{2003}A", "team a"),
            ("GRÖSSE Ⅻ", "größe XII".replace('ß', "ss").as_str()),
        ] {
            assert_eq!(skeleton(spelling), skeleton(name), "{spelling:?} {name:?}");
        }
    }

    #[test]
    fn names_that_people_tell_apart_keep_apart() {
        for (one, other) in [
            ("ann1@x.com", "annl@x.com"),
            ("a0@x.com", "ao@x.com"),
            ("am@x.com", "arn@x.com"),
            ("zoe@x.com", "zoë@x.com"),
            ("ann@x.com", "ann@x.co"),
            ("teama", "team a"),
            ("アンナ", "ハンナ"),
            ("Größe", "Grosse"),
        ] {
            assert_ne!(skeleton(one), skeleton(other), "{one:?} {other:?}");
        }
    }

    #[test]
    fn a_skeleton_is_its_own_skeleton() {
        for name in [
            "Bоss@Bücher.de",
            "ＭＡＲＩＡ",
            "zoe\u{308}",
            "  a  b ",
            "İstanbul",
            "ﬁn",
            "xn--a",
            "xn--bcher-kva.de",
            "ŉ@ß.de",
            "\u{ad}",
        ] {
            let once = skeleton(name);
            assert_eq!(skeleton(&once), once, "{name:?}");
        }
    }
}
