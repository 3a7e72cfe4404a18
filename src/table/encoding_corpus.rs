//! The same two hundred names in all encodings that people's files are in: each is read right or
//! refused, and no other name comes out.

use std::io::Write;

use encoding_rs::Encoding;

use super::charset::{Charset, EncodingChoice};
use super::encoding::{Guess, declared, detect};
use super::misread::misread;
use super::mojibake::repaired;
use super::seven_bit::in_seven_bits;
use super::text::Utf8Text;
use super::wide::decode_utf32;

/// Names in the scripts and languages of the encodings.
pub(crate) const NAMES: [&str; 13] = [
    "Zoë José Renée Jürgen Søren Åsa François Núñez Muñoz Groß Müller Öberg Þór Aðalheiður Noël \
     André Håkon Bjørn Inés Ángel Lefèvre Conceição João Cécile Hélène Weiß Peña Gonçalves Björk \
     Fägerström Brontë Ødegård Ibáñez Castañeda Schröder Bäcker Köhler Jørgensen Nygård Lindström \
     Ångström Côté Lévesque Bélanger Gagné Hébert Ménard Thériault Fernández Gutiérrez Hernández \
     Jiménez Pérez Sánchez O’Brien",
    "Łukasz Małgorzata Jiří Dvořák Šimůnek Žižka Čapek Gąsior Wójcik Kovács Szűcs Erdős Ioniţă \
     Đorđe Ľubomír Ťažký Świątek Żółć Ćwik Űrhajós",
    "Jānis Kārlis Līga Ēriks Šķēle Ģirts Žaneta Ūdris Ąžuolas Čiurlionis Šarūnas Õnne Ülle Bērziņš \
     Kalniņš Stankevičius",
    "Ayşe İbrahim Gülşen Çağrı Öztürk Yıldız Şahin Doğan Işık Müşerref Ümit Kılıç Güneş Bağcı \
     Ertuğrul",
    "Иван Анна Пётр Ольга Дмитрий Юлия Сергей Наталья Фёдор Щукин Петров Орлова Сидоров Чехова \
     Жуков Эдуард Хабаров Цветаева",
    "Ελένη Γιώργος Παπαδοπούλου Νικολάου Μαρία Ανδρέας Ιωάννης Σοφία Κώστας Δημήτρης Ευαγγελία \
     Χρήστος",
    "אברהם שרה דוד רחל יוסף מרים כהן מזרחי שלום חיים",
    "محمد أحمد فاطمة علي خديجة يوسف مريم حسن زينب إبراهيم",
    "สมชาย สมหญิง ประยุทธ ทักษิณ",
    "山田 太郎 佐藤 花子 鈴木 健一 高橋 美咲 田中 伊藤 さくら 渡辺 ケンジ 中村 小林",
    "김민수 이영희 박지훈 최수진 정하늘 강동원 조은별 윤서연 장미란 임꺽정",
    "王伟 李娜 张敏 刘洋 陈静 杨秀英 赵建国 黄丽 周杰 吴芳",
    "陳大文 林志玲 黃美麗 張學友 李連傑 王建民 劉德華 蔡依林",
];

/// Encodings of one byte for a Latin letter, and of two or more for others.
const ENCODINGS: [&str; 38] = [
    "windows-1250",
    "windows-1251",
    "windows-1252",
    "windows-1253",
    "windows-1254",
    "windows-1255",
    "windows-1256",
    "windows-1257",
    "windows-1258",
    "windows-874",
    "iso-8859-2",
    "iso-8859-4",
    "iso-8859-5",
    "iso-8859-7",
    "iso-8859-13",
    "iso-8859-15",
    "koi8-u",
    "cp437",
    "cp850",
    "cp852",
    "cp855",
    "cp857",
    "cp866",
    "cp775",
    "macintosh",
    "x-mac-cyrillic",
    "x-mac-ce",
    "x-mac-turkish",
    "x-mac-greek",
    "shift_jis",
    "euc-jp",
    "iso-2022-jp",
    "gbk",
    "gb18030",
    "big5",
    "euc-kr",
    "utf-7",
    "hz-gb-2312",
];

/// Returns a text in an encoding; `None` if it lacks a letter.
fn encoded(text: &str, charset: Charset) -> Option<Vec<u8>> {
    if text.is_ascii() {
        return Some(text.as_bytes().to_vec());
    }
    match charset {
        Charset::Standard(encoding) => {
            let (bytes, _, has_gaps) = encoding.encode(text);
            (!has_gaps).then(|| bytes.into_owned())
        }
        Charset::Page(page) => text
            .chars()
            .map(|c| match u8::try_from(c) {
                Ok(byte) if byte.is_ascii() => Some(byte),
                _ => page
                    .upper
                    .chars()
                    .position(|own| own == c)
                    .and_then(|at| u8::try_from(0x80 + at).ok()),
            })
            .collect(),
        Charset::SevenBit(encoding) if encoding.name() == "UTF-7" => {
            Some(in_utf7(text).into_bytes())
        }
        Charset::SevenBit(_) => {
            let (bytes, _, has_gaps) = Encoding::for_label(b"gbk")?.encode(text);
            let has_others = bytes.iter().any(|byte| matches!(byte, 0x40..=0xa0));
            let inside: Vec<u8> = bytes.iter().map(|byte| byte & 0x7f).collect();
            (!has_gaps && !has_others).then(|| [b"~{", &inside[..], b"~}"].concat())
        }
    }
}

/// Returns a text in UTF-7. A delimiter closes the Base64 of the last letters.
fn in_utf7(text: &str) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut encoded = String::new();
    let chars: Vec<char> = text.chars().collect();
    for run in chars.chunk_by(|one, other| one.is_ascii() == other.is_ascii()) {
        let run: String = run.iter().collect();
        if run.is_ascii() {
            encoded += if encoded.is_empty() { "" } else { "-" };
            encoded += &run;
            continue;
        }
        let bits: String = run.encode_utf16().map(|unit| format!("{unit:016b}")).collect();
        encoded.push('+');
        for six in bits.as_bytes().chunks(6) {
            let six = format!("{:0<6}", String::from_utf8_lossy(six));
            let at = usize::from_str_radix(&six, 2).unwrap();
            encoded.push(char::from(LETTERS[at]));
        }
    }
    encoded
}

/// Returns the text of a file, if it is taken without a question or with `--encoding auto`.
fn taken(bytes: &[u8]) -> Option<String> {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    let choice = declared(&bytes[..bytes.len().min(1024)], None).or_else(|| {
        match detect(&Utf8Text::new(file).unwrap()).unwrap() {
            Guess::Utf8 => Some(EncodingChoice::Utf8 { mark: 0 }),
            Guess::Western { .. } => {
                Some(EncodingChoice::decode(Charset::Standard(encoding_rs::WINDOWS_1252)))
            }
            Guess::Other(charset, unconfirmed) if unconfirmed.is_certain => {
                Some(EncodingChoice::decode(charset))
            }
            Guess::Other(..) | Guess::Mixed { .. } | Guess::None(_) => None,
        }
    })?;
    let mut text = Vec::new();
    match choice {
        EncodingChoice::Utf8 { mark } => text.extend_from_slice(&bytes[mark..]),
        EncodingChoice::Decode { charset, mark } => {
            charset.decode(&bytes[mark..], &mut text).unwrap();
        }
        EncodingChoice::Utf32 { big_endian } => drop(decode_utf32(bytes, big_endian, &mut text)),
    }
    Some(String::from_utf8(text).unwrap())
}

fn is_refused(name: &str) -> bool {
    let is_lost = name.contains(|c: char| c.is_control() || c == char::REPLACEMENT_CHARACTER);
    is_lost || repaired(name).is_some() || in_seven_bits(name).is_some() || misread(name).is_some()
}

/// Asserts that a file with these names is read right or refused. Returns how many of them are
/// read.
fn check(label: &str, file: &[u8], names: &[&str]) -> usize {
    let Some(text) = taken(file) else { return 0 };
    let cells: Vec<&str> =
        text.lines().skip(1).map(|line| line.split(',').nth(1).unwrap_or_default()).collect();
    assert_eq!(cells.len(), names.len(), "{label}: {text}");
    let read = cells.iter().zip(names).filter(|(cell, _)| !is_refused(cell));
    read.inspect(|(cell, name)| assert_eq!(cell, name, "{label}")).count()
}

fn file_of(names: &[&str], encode: impl Fn(&str) -> Vec<u8>) -> Vec<u8> {
    let mut file = encode("email,firstname,lastname,country\n");
    for (number, name) in names.iter().enumerate() {
        file.extend(encode(&format!("u{number}@example.com,")));
        file.extend(encode(name));
        file.extend(encode(",Lee,US\n"));
    }
    file
}

#[test]
fn names_in_all_encodings_are_read_right_or_refused() {
    let names: Vec<&str> = NAMES.iter().flat_map(|line| line.split(' ')).collect();
    assert!(names.len() > 199);
    let mut all_read = Vec::new();
    for label in ENCODINGS {
        let charset = Charset::from_label(label).unwrap();
        let own: Vec<&str> =
            names.iter().copied().filter(|name| encoded(name, charset).is_some()).collect();
        let encode = |text: &str| encoded(text, charset).unwrap();
        let read = check(label, &file_of(&own, encode), &own);
        if read == own.len() {
            all_read.push(label);
        }
        // The people of one country, and each person alone.
        for line in NAMES {
            let own: Vec<&str> =
                line.split(' ').filter(|name| encoded(name, charset).is_some()).collect();
            check(label, &file_of(&own, encode), &own);
        }
        for name in own {
            check(label, &file_of(&[name], encode), &[name]);
        }
    }
    for label in ["windows-1252", "windows-1253", "iso-8859-15", "cp850", "macintosh"] {
        assert!(all_read.contains(&label), "{label}: {all_read:?}");
    }
}

#[test]
fn names_in_all_forms_of_unicode_are_read() {
    let names: Vec<&str> = NAMES.iter().flat_map(|line| line.split(' ')).collect();
    let utf32 = |bytes: fn(u32) -> [u8; 4]| {
        move |text: &str| text.chars().flat_map(|c| bytes(u32::from(c))).collect::<Vec<u8>>()
    };
    let utf16 = |bytes: fn(u16) -> [u8; 2]| {
        move |text: &str| text.encode_utf16().flat_map(bytes).collect::<Vec<u8>>()
    };
    let gb18030 = |text: &str| encoded(text, Charset::Standard(encoding_rs::GB18030)).unwrap();
    type Encode<'e> = &'e dyn Fn(&str) -> Vec<u8>;
    let forms: [(&str, Encode<'_>); 6] = [
        ("UTF-8", &|text| text.as_bytes().to_vec()),
        ("UTF-16LE", &utf16(u16::to_le_bytes)),
        ("UTF-16BE", &utf16(u16::to_be_bytes)),
        ("UTF-32LE", &utf32(u32::to_le_bytes)),
        ("UTF-32BE", &utf32(u32::to_be_bytes)),
        ("GB18030", &gb18030),
    ];
    for (label, encode) in forms {
        let file = file_of(&names, encode);
        let marked = [encode("\u{feff}"), file.clone()].concat();
        assert_eq!(check(label, &marked, &names), names.len(), "{label} with a mark");
        if label != "GB18030" {
            assert_eq!(check(label, &file, &names), names.len(), "{label}");
        }
    }
    let utf7 = file_of(&names, |text| in_utf7(text).into_bytes());
    let marked = [b"+/v8-", &utf7[..]].concat();
    assert_eq!(check("UTF-7", &marked, &names), names.len());
}

/// The countries where Windows-1252 is usual.
const WESTERN_COUNTRIES: [&str; 24] = [
    "AT", "AR", "BE", "BR", "CH", "CL", "CO", "DE", "DK", "ES", "FI", "FR", "GB", "IE", "IS", "IT",
    "LU", "MX", "NL", "NO", "PE", "PT", "SE", "US",
];

/// Returns a file with one person beyond ASCII, and two others.
fn file_of_one(name: &str, country: &str, charset: Charset) -> Vec<u8> {
    let rows = format!(
        "email,firstname,lastname,country\na@example.com,{name},Lee,{country}\n\
         b@example.com,Peter,Smith,{country}\nc@example.com,Anna,Berg,{country}\n"
    );
    encoded(&rows, charset).unwrap()
}

#[test]
fn names_of_other_regions_are_not_read_as_western_in_any_country() {
    for (label, names) in [
        (
            "windows-1257",
            "Eglė Giedrė Petraitienė Kazlauskienė Birutė Kazlauskė Juozėnas Stasė Austėja Gėlė \
             Kārlis Māris Tamāra Māra Ādolfs Žanis",
        ),
        ("windows-1254", "Aydın Ertuğrul Kağan Hakkı Bahadır Buğra Yıldız Şahin Doğan Uğur"),
        ("windows-1250", "Srđan Nađa Slađana Břetislav Koč Klokoč Dvořák Jiří Cătălin Szűcs"),
    ] {
        let charset = Charset::from_label(label).unwrap();
        for (name, country) in
            names.split(' ').flat_map(|name| WESTERN_COUNTRIES.map(|country| (name, country)))
        {
            check(
                &format!("{label} {country}"),
                &file_of_one(name, country, charset),
                &[name, "Peter", "Anna"],
            );
        }
    }
}

#[test]
fn western_names_are_read_without_a_question() {
    let charset = Charset::from_label("windows-1252").unwrap();
    let names = "Noël Zoë Joëlle Raphaël Gaël Maël Michaël Daniël Daniëlle Gabriël Emiël Ariën \
                 Anaïs Loïc Thaïs Maïlys Hélène François Françoise René Renée Chloé Zoé Benoît \
                 Jérôme Gaëlle Maëlle Nathanaël Müller Groß Weiß Köhler Schröder Jürgen Jörg Søren \
                 Jørgen Bjørn Åsa Håkon Märta Öberg Björk José Núñez Muñoz Peña Ibáñez Iñigo \
                 Begoña João Conceição Gonçalves Magalhães Niccolò Sinéad Síle Róisín Siobhán \
                 Ståle Pääkkönen Niinistö Hämäläinen Eléonore Aurélie Geneviève Mélanie Citroën \
                 Saïd Aïcha Ángel";
    let mut asked = Vec::new();
    for (name, country) in
        names.split_whitespace().flat_map(|name| ["BE", "DE", "FR", "NL"].map(|of| (name, of)))
    {
        let file = file_of_one(name, country, charset);
        if check("windows-1252", &file, &[name, "Peter", "Anna"]) < 3 {
            asked.push(name);
        }
    }
    asked.dedup();
    assert_eq!(asked, [""; 0]);
}
