//! The most common short forms and spellings of first names in English, German and Spanish.

use crate::change::name_words;
use std::collections::HashMap;
use std::sync::LazyLock;

/// The forms of one name in each line. A form may be in several lines: `Alex` is short for two
/// names, which are not forms of each other. A beginning of a name (`Rob`) has no entry if the name
/// has at least three more letters. `Joey` has no entry, because it cannot be distinguished from
/// `Joy`.
const FORMS: &str = "\
abigail gail
albert bert bertie
alejandro jandro
alexander sandy xander sasha alec
alexandra sandra sasha alex
alfred fred alfie
andrew drew andy
andreas andi
ann anne anna annie
anthony tony
antonio toni tony toño
barbara babs bärbel
bernhard bernd
bernard bernie
catherine cathy kate katie kathryn katherine
katherine kathy kate katie kit kathryn
katharina kathi käthe katrin kathrin
charles charlie chuck chas
charlotte charlie lottie lotte
christian chris
christina chris tina chrissie
christine chris tina chrissie
christopher kit topher
cynthia cindy
daniel danny dani
david dave
deborah debbie debra deb
dominic nick
dorothy dot dottie dolly
eduardo lalo edu
edward ted eddie ned teddy ed
edmund ted ed
edwin ed eddie
eleanor ellie nell nora
elizabeth liz beth betty lizzie betsy libby lisa elisabeth
elisabeth lisa liesel else
enrique quique kike
eric erik
ernesto neto
eugene gene
frances fran frankie
francis frank
francisco paco pancho curro
franklin frank
franziska franzi
frederick rick freddie fred
friedrich fritz
gabriel gabe
gabriele gabi
geoffrey geoff jeff
george georgie
georg schorsch jörg
gerald gerry jerry
guadalupe lupe
guillermo memo
günter günther
hannelore lore hanne
harold harry hal
heinrich heiner heinz
henry harry hank hal
ignacio nacho
isabella bella
jacob jake
jacqueline jackie
james jim jimmy jamie
jennifer jenny jen
joachim achim jochen
joanna joanne jo
johannes hans hannes johann
john jack johnny jon
jonathan jonny jon
josef sepp jupp
jose pepe
josefa pepa
joseph joe jo
josephine josie jo
joshua josh
judith judy
karl carl
kenneth kenny
lawrence larry laurie
leonard lenny
louis lou
luis lucho
ludwig lutz
manfred manni
manuel manolo
margaret maggie meg peggy marge margie
margarete grete gretel margret
mark marc
martin marty
mary molly polly
matthew matt
matthias matze hias
megan meg
mercedes merche
michael mike mick mickey
michelle shelly
montserrat montse
nathaniel nate
nathan nate
nicholas nicky
nikolaus klaus
patricia patty tricia trish
patrick paddy
peter pete
philip phillip phil
rebecca becky becca
richard dick rick ricky
robert bob bobby bert robbie
roberto beto
ronald ronnie
rosario charo
rudolf rudi
sara sarah
sebastian basti bastian
siegfried sigi
stefan stef
stephen steve steven stevie steph
susan sue suzy susie
susanne sanne susi
theodore ted teddy
theresa teresa terry tess tessa
thomas tommy
timothy timmy
ulrich uli
ursula uschi ulla
vicente chente
victor vic
victoria vicky tori
vincent vince
walter wally walt
wilhelm willi
william bill billy liam willy
zachary zack";

/// A form, by its word.
#[derive(Debug, Default)]
struct Form {
    /// The lines with this form.
    lines: Vec<usize>,
    /// The initials of the forms in these lines.
    letters: Vec<char>,
}

static BY_WORD: LazyLock<HashMap<String, Form>> = LazyLock::new(|| {
    let mut all: HashMap<String, Form> = HashMap::new();
    for (number, line) in FORMS.lines().enumerate() {
        let words = name_words(line);
        let letters: Vec<char> = words.iter().filter_map(|word| word.chars().next()).collect();
        for word in words {
            let form = all.entry(word).or_default();
            form.lines.push(number);
            form.letters.extend(&letters);
            form.letters.sort_unstable();
            form.letters.dedup();
        }
    }
    all
});

/// Whether two words, in the form of [`name_words`], are forms of one first name according to the
/// table.
pub(super) fn are_forms_of_one_name(one: &str, other: &str) -> bool {
    let lines = |word: &str| BY_WORD.get(word).map_or(&[][..], |form| &form.lines);
    lines(one).iter().any(|line| lines(other).contains(line))
}

/// Returns the initials of the forms of a word.
pub(super) fn initials(word: &str) -> Vec<char> {
    BY_WORD.get(word).map_or_else(|| word.chars().take(1).collect(), |form| form.letters.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn are_forms(one: &str, other: &str) -> bool {
        let [one, other] = [one, other].map(|name| name_words(name).join(" "));
        are_forms_of_one_name(&one, &other)
    }

    #[test]
    fn short_names_are_forms_of_the_long_one() {
        for (one, other) in [
            ("Jim", "James"),
            ("Bob", "Robert"),
            ("Mike", "Michael"),
            ("Paco", "Francisco"),
            ("Uschi", "Ursula"),
            ("Käthe", "Katharina"),
            ("Jörg", "Georg"),
            ("Toño", "Antonio"),
        ] {
            assert!(are_forms(one, other) && are_forms(other, one), "{one} {other}");
        }
    }

    #[test]
    fn two_long_names_of_one_short_name_are_two() {
        assert!(are_forms("Alex", "Alexandra") && !are_forms("Alexander", "Alexandra"));
        assert!(!are_forms("Jim", "Robert") && !are_forms("Zoe", "Zoe"), "no entry is no form");
    }

    #[test]
    fn initials_are_those_of_all_forms() {
        assert_eq!(initials("mick"), ['m']);
        assert_eq!(initials("bob"), ['b', 'r']);
        assert_eq!(initials("zoe"), ['z']);
    }
}
