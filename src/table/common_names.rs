//! Common names whose letters could stand so in Western languages after Windows in the West has
//! read them: `Oğuz` became `Oðuz`, in which only a whole name is evidence.

use std::collections::HashMap;
use std::sync::LazyLock;

use encoding_rs::{Encoding, WINDOWS_1250, WINDOWS_1252, WINDOWS_1254, WINDOWS_1257};

/// Common names, by the encoding of their country in Windows.
static NAMES: [(&Encoding, &str); 3] = [
    (
        WINDOWS_1254,
        "Akdağ Akın Aktaş Altuğ Anıl Asım Aslı Aslıhan Atılgan Aydın Ayşe Ayşegül Ayşenur Bahadır \
         Barış Başak Bektaş Bozdağ Buğra Coşkun Çağla Çağlar Çağrı Demirtaş Doğan Doğu Doğukan \
         Durmuş Erdoğan Ertuğrul Fadıl Fazıl Gülşah Gülşen Güneş Hakkı Hıdır Işık Işıl İbrahim \
         İlhan İlkay İlker İlknur İnan İnci İpek İrem İsmail İsmet Kağan Karadağ Karataş Kılıç \
         Menekşe Nazlı Oğuz Özdağ Paşa Rıdvan Sağlam Sıla Şaban Şahin Şakir Şeker Şen Şener Şengül \
         Şentürk Şerif Şevket Şimşek Şükran Şükrü Taşkın Tuğba Tuğçe Uğur Uğurlu Yağmur Yaşar \
         Yıldız Yıldırım Yılmaz",
    ),
    (
        WINDOWS_1257,
        "Adelė Agnė Aistė Arūnas Artūras Audronė Augustė Aušra Austėja Birutė Danguolė Danutė \
         Dovilė Eglė Elžbieta Emilė Ernestė Gabrielė Giedrė Gintarė Gražina Indrė Jolantė Kamilė \
         Kęstutis Laimutė Miglė Onutė Regimantė Saulė Skaistė Snieguolė Šarūnas Ugnė Urtė Viltė \
         Živilė Žydrūnas Ainārs Dārta Dāvis Einārs Elmārs Gunārs Ināra Ingmārs Jānis Kārlis Mārcis \
         Māris Pēteris Renārs Tālis Vilmārs Voldemārs",
    ),
    (
        WINDOWS_1250,
        "Andřej Bedřich Bořivoj Břetislav Jindřich Naďa Oldřich Ondřej Přemysl Ćiril Feđa Mićo \
         Mlađan Nađa Neđeljko Slađan Slađana Srđan Srećko Tonći Kopeć Smętek Anişoara Ancuţa \
         Aurică Cătălin Costică Crişan Gavrilă Ionuţ Luminiţa Mihăiţă Nicuşor Petrică Petrişor",
    ),
];

/// Endings that many family names have, by the encoding of their country in Windows.
static ENDINGS: [(&Encoding, &str); 2] =
    [(WINDOWS_1254, "oğlu"), (WINDOWS_1257, "ienė aitė ytė iutė ūtė iņa")];

/// Returns what a name was before Windows in the West has read it, if each of its words beyond
/// ASCII was a common name.
pub(super) fn common_name_misread(name: &str) -> Option<String> {
    if name.is_ascii() {
        return None;
    }
    let is_apart = |c: char| !c.is_alphabetic();
    let words = name.split_inclusive(is_apart).map(|word| match word.is_ascii() {
        true => Some(word.to_owned()),
        false => common_word(word),
    });
    words.collect()
}

/// Returns what a word was, with the mark behind it, if it was a common name.
fn common_word(word: &str) -> Option<String> {
    const SHORTEST: usize = 8;
    static NAMES_MISREAD: LazyLock<HashMap<String, &Encoding>> =
        LazyLock::new(|| misread(&NAMES).collect());
    static ENDINGS_MISREAD: LazyLock<Vec<(String, &Encoding)>> =
        LazyLock::new(|| misread(&ENDINGS).collect());
    let bare = word.trim_end_matches(|c: char| !c.is_alphabetic());
    let by_ending = || {
        let mut endings = ENDINGS_MISREAD.iter().filter(|_| bare.len() >= SHORTEST);
        endings.find(|(ending, _)| bare.ends_with(ending)).map(|(_, encoding)| *encoding)
    };
    let encoding = NAMES_MISREAD.get(bare).copied().or_else(by_ending)?;
    let (bytes, _, has_gaps) = WINDOWS_1252.encode(word);
    (!has_gaps).then(|| encoding.decode_without_bom_handling(&bytes).0.into_owned())
}

/// Returns names as Windows in the West reads them, each with its encoding.
fn misread(
    names: &'static [(&Encoding, &str)],
) -> impl Iterator<Item = (String, &'static Encoding)> {
    names.iter().flat_map(|&(encoding, names)| {
        names.split_whitespace().map(move |name| {
            let bytes = encoding.encode(name).0;
            (WINDOWS_1252.decode_without_bom_handling(&bytes).0.into_owned(), encoding)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_names_are_known_as_windows_in_the_west_reads_them() {
        for (misread, name) in [
            ("Oðuz", "Oğuz"),
            ("Þahin", "Şahin"),
            ("Ýbrahim Yaþar", "İbrahim Yaşar"),
            ("Ann-Eglë Lee", "Ann-Eglė Lee"),
            ("Petraitienë", "Petraitienė"),
            ("Hacýoðlu", "Hacıoğlu"),
            ("Criºan", "Crişan"),
        ] {
            assert_eq!(common_name_misread(misread).as_deref(), Some(name), "{misread}");
        }
        for name in ["Oğuz", "Zoë", "Guðrún", "Þahin Zoë", "Ann", "", "Þór"] {
            assert_eq!(common_name_misread(name), None, "{name}");
        }
    }

    /// A name that Windows in the West reads as it is would refuse itself.
    #[test]
    fn no_name_is_its_own_misreading() {
        for (_, names) in &NAMES {
            for name in names.split_whitespace() {
                assert_eq!(common_name_misread(name), None, "{name}");
            }
        }
    }
}
