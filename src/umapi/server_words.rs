//! Decides which parts of a server's text are shown and stored. Pure.
//!
//! A server that knows a secret can return it in any encoding, so only text that cannot contain a
//! secret is kept. The token service knows the client secret: only words of a vocabulary are kept.
//! The API knows the token, and names users and groups: everything is kept except runs that are too
//! long to be words or names.

use std::borrow::Cow;

/// Replaces text that is not kept.
const BLOT: &str = "***";

/// The words of token services: their codes (RFC 6749, 5.2) and the usual descriptions.
const VOCABULARY: &str = "
    a about absent accept acceptable accepted access account active adobe after again allow \
    allowed already an and any api app
    application are as at audience auth authentication authenticate authenticated authorisation \
    authorised authorization authorize
    authorized available bad be because been before blocked body but by can cannot certificate \
    changed check client code condition
    configuration configured connection console contact contains correct could credential \
    credentials deactivated decline declined
    deleted denied deprecated developer did disabled does empty enabled error exceeded exist \
    exists expired failed failure field
    for forbidden format found from gateway grant granted has have header host id identifier if \
    ims in incorrect integration
    internal into invalid is issued issuer it jwt key later length limit limited limits locked \
    log login long malformed many match
    maximum may method mismatch missing more must name needed needs no not now of oauth on only \
    openid or org organization
    organisation other parameter parameters parse password permission permitted please policy \
    post present processed product
    profile project proper provided quota rate received recognized refused registered reject \
    rejected removed request requested
    requests require required requires resource response retired retry revoked scope scopes \
    secret secrets sdk server service
    session short should signature sorry state status still supported suspended system technical \
    temporarily that the there this
    throttled time timeout timed to token too try type unable unauthorised unauthorized \
    unavailable unexpected unknown unsupported
    url use used user valid value version was were what when which with without wrong you your \
    management server_to_server
";

/// The most words that are kept of a message.
const MOST_WORDS: usize = 40;

/// Returns the text of a token service, with `***` in place of every unknown word.
pub(super) fn known_words(text: &str) -> String {
    let mut shown: Vec<&str> = Vec::new();
    for word in text.split_whitespace() {
        let word = if is_known(word) && shown.len() < MOST_WORDS { word } else { BLOT };
        if word != BLOT || shown.last() != Some(&BLOT) {
            shown.push(word);
        }
    }
    shown.join(" ")
}

/// Whether it is a word of the vocabulary, or several joined by one sign (`invalid_client`). There
/// may be a sign on either side.
fn is_known(word: &str) -> bool {
    let signs = |c: char| "_-/'".contains(c);
    let bare = word.strip_prefix(['(', '\'', '"', '`']).unwrap_or(word);
    let bare = bare.strip_suffix(['.', ',', ':', ';', '!', '?']).unwrap_or(bare);
    let bare = bare.strip_suffix([')', '\'', '"', '`']).unwrap_or(bare);
    bare.split(signs).all(|part| {
        let is_word = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphabetic());
        is_word && VOCABULARY.split_ascii_whitespace().any(|known| known.eq_ignore_ascii_case(part))
    })
}

/// Words and names are not longer than this.
const LONGEST: usize = 64;
/// The most consecutive numbers that are kept.
const MOST_NUMBERS: usize = 16;
/// The longest gap between two numbers of one list.
const LONGEST_GAP: usize = 4;

/// Returns the text of the API, without unbroken runs that are too long to be words or names, and
/// without long lists of numbers.
pub(super) fn without_long_runs(text: &str) -> Cow<'_, str> {
    let mut found = long_words(text);
    found.extend(lists_of_numbers(text));
    if found.is_empty() {
        return Cow::Borrowed(text);
    }
    found.sort_unstable();
    let (mut shown, mut at) = (String::new(), 0);
    for (begin, end) in found {
        if begin >= at {
            shown.push_str(&text[at..begin]);
            shown.push_str(BLOT);
        }
        at = at.max(end);
    }
    shown.push_str(&text[at..]);
    Cow::Owned(shown)
}

fn long_words(text: &str) -> Vec<(usize, usize)> {
    let begin = |word: &str| word.as_ptr() as usize - text.as_ptr() as usize;
    let long = text.split_whitespace().filter(|word| word.chars().nth(LONGEST - 1).is_some());
    long.map(|word| (begin(word), begin(word) + word.len())).collect()
}

fn lists_of_numbers(text: &str) -> Vec<(usize, usize)> {
    let mut lists = Vec::new();
    // The beginning and the end of a list, and its number of numbers.
    let (mut begin, mut end, mut numbers) = (0, 0, 0);
    let mut at = 0;
    let mut close = |begin, end, numbers| {
        if numbers > MOST_NUMBERS {
            lists.push((begin, end));
        }
    };
    while at < text.len() {
        let rest = &text[at..];
        let digits = rest.find(|c: char| !c.is_numeric()).unwrap_or(rest.len());
        if digits == 0 {
            let letter = rest.chars().next();
            if letter.is_some_and(char::is_alphabetic) {
                close(begin, end, numbers);
                numbers = 0;
            }
            at += letter.map_or(1, char::len_utf8);
            continue;
        }
        if numbers == 0 || text[end..at].chars().count() > LONGEST_GAP {
            close(begin, end, numbers);
            (begin, numbers) = (at, 0);
        }
        numbers += 1;
        at += digits;
        end = at;
    }
    close(begin, end, numbers);
    lists
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ordinary_words_of_a_token_host_are_shown() {
        for text in [
            "invalid_client invalid client_secret parameter",
            "invalid_scope Invalid scope: not allowed for this client.",
            "unauthorized_client JWT credentials are retired",
            "invalid_request scope is required",
            "server_error Service temporarily unavailable, please try again later.",
            "access_denied The technical account is disabled (contact your organization).",
            "unsupported_grant_type",
        ] {
            assert_eq!(known_words(text), text);
        }
    }

    #[test]
    fn what_is_no_known_word_of_a_token_host_is_blotted_out_once() {
        for (text, expected) in [
            ("invalid client c8r-Zk9 given", "invalid client ***"),
            ("bad p 8 e - x secret", "bad *** secret"),
            ("112 56 101 45", "***"),
            ("invalid __client", "invalid ***"),
            ("\u{1b}[31m invalid", "*** invalid"),
            ("", ""),
        ] {
            assert_eq!(known_words(text), expected);
        }
        assert!(known_words(&"invalid client ".repeat(100)).len() < 600);
    }

    #[test]
    fn words_of_the_api_stay_and_long_runs_do_not() {
        for text in [
            "Group Design Team 2024 was not found",
            "You tried to add the group `PROD-2024-01` to ann.lee@example.com",
            "at most 10 commands, 10 steps and 10 names in 60 s: 1, 2, 3, 4",
            "",
        ] {
            assert_eq!(without_long_runs(text), text);
        }
        let long = "x".repeat(64);
        assert_eq!(
            without_long_runs(&format!("you said {long}, and {long} again")),
            "you said *** and *** again"
        );
        let numbers = (100..120).map(|number| number.to_string()).collect::<Vec<_>>();
        for between in [" ", ",", ", ", "; ", "-"] {
            let list = numbers.join(between);
            assert_eq!(
                without_long_runs(&format!("you said {list} and 7 more")),
                "you said *** and 7 more",
                "{between}"
            );
        }
    }

    proptest! {
        /// Whatever a token service makes of a secret, only known words are kept.
        #[test]
        fn nothing_but_known_words_is_left(text in "(\\PC|\\p{C}){0,40}") {
            let shown = known_words(&text);
            prop_assert!(shown.split(' ').all(|word| word.is_empty() || word == BLOT
                || is_known(word)), "{}", shown);
            prop_assert!(!shown.chars().any(|c| c.is_ascii_digit()));
        }

        #[test]
        fn nothing_long_is_left(text in "([a-z0-9 ,é]|[0-9]{3} ){0,120}") {
            prop_assert!(without_long_runs(&text).split_whitespace().all(|word|
                word.chars().count() < LONGEST));
        }
    }
}
