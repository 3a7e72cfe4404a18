//! Cells that hold no value, and cells that do.

use super::*;
use crate::change::check;

fn reason(field: Field, cell: &str) -> &'static str {
    no_value(field, cell).err().map_or("", |fault| fault.reason)
}

#[test]
fn letter_whose_last_byte_looks_like_a_blank_is_no_margin() {
    for (cell, meant) in [
        ("NicolÃ\u{a0}", "Nicolà"),
        ("JiÅ™Ã\u{ad}", "Jiří"),
        (" NicolÃ\u{a0} ", "Nicolà"),
        ("AnnÂ\u{a0}", "Ann"),
        ("ANNÂ\u{a0}", "ANN"),
        ("Design,NicolÃ\u{a0},Video", "Nicolà"),
    ] {
        let advice = no_margin(Field::Groups, cell).unwrap_err().advice;
        assert!(advice.contains(&format!("`{meant}`")), "{cell}: {advice}");
    }
    for cell in
        ["Ann\u{a0}", "Zoë\u{a0}", "ROMÃ\u{a0}", "Weiß\u{a0}", "Анна\u{a0}", "\u{a0}", "山田\u{a0}"]
    {
        assert!(no_margin(Field::Lastname, cell).is_ok(), "{cell}");
    }
}

#[test]
fn what_programs_leave_in_cells_is_no_name() {
    for (cell, expected) in [
        ("#N/A", "excel_error"),
        ("#BEZUG!", "excel_error"),
        ("#MERGED!", "merged"),
        ("#VALUE", "excel_error"),
        ("'#N/A", "excel_error"),
        ("Fehler:502", "excel_error"),
        ("N.A.", "placeholder"),
        ("n.a.", "placeholder"),
        ("nil", "placeholder"),
        ("NaT", "placeholder"),
        ("k.A.", "placeholder"),
        ("<null>", "placeholder"),
        ("(null)", "placeholder"),
        ("(None)", "placeholder"),
        ("<nil>", "placeholder"),
        ("[object Object]", "placeholder"),
        ("M\\u00fcller", "escaped"),
        ("M%C3%BCller", "escaped"),
        ("M=C3=BCller", "escaped"),
        ("System.Object[]", "placeholder"),
        ("System.Collections.Generic.List`1[System.String]", "placeholder"),
        ("Microsoft.ActiveDirectory.Management.ADPropertyValueCollection", "placeholder"),
        ("=A1", "formula"),
        ("+1", "formula"),
        ("@x", "formula"),
        ("{=A1}", "formula"),
        ("{=A1}@x.com", "formula"),
        ("#REF!$A$1", "formula"),
        ("#REF!A1", "formula"),
        ("Sheet1!A1", "formula"),
        ("Err:502", "excel_error"),
        ("РђРЅРЅР°", "mojibake"),
        ("Zo√´", "mojibake"),
        ("J├╝rgen", "mojibake"),
        ("╨б╨╡╤А╨│╨╡╨╣", "mojibake"),
        ("OΓÇÖBrien", "mojibake"),
        ("OÔÇÖBrien", "mojibake"),
        ("┼¢liwa", "mojibake"),
        ("ZoĂ«", "mojibake"),
        ("MĂĽller", "mojibake"),
        ("MГјller", "mojibake"),
        ("+BCEENQRABDMENQQ5", "mojibake"),
        ("Jos+AOk", "mojibake"),
        ("Jos+AOk-", "mojibake"),
        ("~{MuN0~}", "mojibake"),
        ("JosŽ", "mojibake"),
        ("MŸller", "mojibake"),
        ("J¸rgen", "mojibake"),
        ("‘¾˜Y", "mojibake"),
        ("ŽR“c", "mojibake"),
        ("Andr‚", "mojibake"),
        ("H‚lŠne", "mojibake"),
        ("Fran‡ois", "mojibake"),
        ("£ukasz", "mojibake"),
        ("W¢jcik", "mojibake"),
        ("Èâàí", "mojibake"),
        ("Ïåòðîâ", "mojibake"),
        ("Ayþe", "mojibake"),
        ("Mьller", "mojibake"),
        ("Mšller", "mojibake"),
        ("M‘hle", "mojibake"),
        ("Gro§", "implausible"),
        ("…berg", "mojibake"),
        ("Dvoއk", "implausible"),
        ("C™tŽ", "mojibake"),
        ("A\u{2800}nn", "invisible"),
        ("NULL", "placeholder"),
        ("nan", "placeholder"),
        ("N/A", "placeholder"),
        ("None", "placeholder"),
        ("1.23E+05", "scientific"),
        ("1,23E+05", "scientific"),
        ("1.0012345E7", "scientific"),
        ("1.23456789012E11", "scientific"),
        ("1.0012345e7", "scientific"),
        ("1.E+05", "scientific"),
        ("1E+15", "scientific"),
        ("-1.2E-05", "scientific"),
        ("−1.2E-05", "scientific"),
        (".5E+3", "scientific"),
        ("１.２E+15", "scientific"),
        ("１．２Ｅ＋１５", "scientific"),
        ("1.23E 15", "scientific"),
        ("#Н/Д", "excel_error"),
        ("########", "excel_error"),
        ("true", "placeholder"),
        ("[\"A\"]", "list"),
        ("[\"A\", \"B\"]", "list"),
        ("[]", "list"),
        ("M?ller", "lost_letters"),
        ("M\u{fffd}ller", "lost_letters"),
        ("\"Ann\"", "quoted"),
        ("“Ann”", "quoted"),
        ("'Ann'", "quoted"),
        ("‚Ann‘", "quoted"),
        ("‹Ann›", "quoted"),
        ("»Ann«", "quoted"),
        ("»Ann»", "quoted"),
        ("”Ann”", "quoted"),
        ("’Ann’", "quoted"),
        ("「Ann」", "quoted"),
        ("『Ann』", "quoted"),
        ("´Ann´", "quoted"),
        ("`Ann´", "quoted"),
        ("`Ann`", "quoted"),
        ("``Ann''", "quoted"),
        ("″Ann″", "quoted"),
        ("＂Ann＂", "quoted"),
        ("〝Ann〟", "quoted"),
        ("M&uuml;ller", "html"),
        ("ZoÃ«", "mojibake"),
        ("Oâ€™Brien", "mojibake"),
        ("Ma\u{ad}rsh", "invisible"),
        ("van\u{a0}Dyk", "invisible"),
    ] {
        assert_eq!(reason(Field::Lastname, cell), expected, "{cell}");
    }
}

#[test]
fn what_does_not_belong_to_a_name_is_shown() {
    for (name, shown) in [
        ("JosŽ", "is probably `José`"),
        ("‘¾˜Y", "is probably `太郎`"),
        ("Dvoއk", "contains U+0787 (އ), which no name has in this place"),
        ("Gro§", "contains U+00A7 (§)"),
        ("Jos+AOk", "means `José`: write that, or use --encoding utf-7"),
    ] {
        let advice = no_value(Field::Lastname, name).unwrap_err().advice;
        assert!(advice.contains(shown), "{name}: {advice}");
    }
    for group in ["Photoshop™", "M²", "Größe «A»", "Team • Nord", "50€", "Straße®"] {
        assert_eq!(no_name(group), Ok(()), "{group}");
    }
}

#[test]
fn names_of_many_languages_are_not_refused() {
    for names in [
        "Žiga Žižek Šarec Čeferin Urška Špela Žnidaršič Boštjan",
        "L’Haÿ Louÿs L'Haÿ-les-Roses Croÿ Aÿ Œuvrard Lœtitia Lecœur Noël",
        "Groß Weiß Mößner Strauß Schröder Öztürk Ägidius Übel Jäger-Höß",
        "Søren Kjær Mæhle Ødegård Åse Færch Ærø Blåbjerg",
        "Þór Ægir Guðrún Dufþakur Sigþór Bergþóra Steinþór Ísþór Alþýða Þórður",
        "Ó hÓgáin hÉigeartaigh Máirín MacÉibhir Ní Dhónaill",
        "Łukasz Źródłowski Święcicka Żółć Małgorzata Ąk Ćwik",
        "Dvořák Šťovíček Žďárský Řehoř Ďáblice Ťuhýk Ňouma Všetečka Mšeno Pšenička",
        "Ľubomír Škvarenina Kňažko Ôsma Mĺkvy Vŕba",
        "Szűcs Erdős Őri Űrhajós Győző Fűrész",
        "Ștefănescu Şerban Țiriac Ţurcanu Brâncuși Înger Ioniță",
        "Đorđe Đoković Ćosić Žarko Šćepanović Hadžić",
        "Jānis Mekšs Šķēle Ģirts Ķēniņš Ļaudams Ņikita Bērziņš",
        "Šarūnas Žydrūnas Čiurlionis Ąžuolas Kęstutis Jūratė",
        "Õnne Ülle Tõnu Põder Öpik Žanna Õõrd Jõõrd Äär",
        "Ayşe İbrahim Işık Müşerref Çağrı Öğüt Ağaoğlu Şükrü Kâmil",
        "Əliyev Günəş Çiçək İlqar Şəhla",
        "Nguyễn Đặng Ấn Ưng Phượng Trương Ỷ Đỗ",
        "Siân Tŵm Llŷr Gwenllïan",
        "Íñigo Ñáñez Güell Núñez Muñiz Óscar Mª",
        "João Conceição Ângela Íris Ônix",
        "Núria Àngel Marcel·lí Gal·la Lluïsa",
        "Çelë Gëzim Përparim Hëna",
        "Иван Щукин Ёлкин Їжак Ґалаґан Ђорђе Ќулафковска",
        "Ελένη Γιώργος Ύδρα Άγγελος",
        "אברהם שרה מרים",
        "محمد فاطمة خديجة",
        "สมชาย ยิ่งลักษณ์",
        "नेहा अंकित",
        "გიორგი ნინო",
        "Արամ Անի",
        "山田 さくら ケンジ 佐々木",
        "김민수 박지훈",
        "王伟 𠮷田 陳大文",
        "Ọ̀ṣọ́ Ṣẹ́gun Adébáyọ̀",
        "O’Brien D’Angelo ’t Hooft Hawai‘i Ulug‘bek Hawaiʻi Kaʻiulani Sant’Anna",
        "Mary Jane",
        "Jean–Luc",
        "DeÁngelis",
        "Zoë2",
    ] {
        for name in names.split(' ') {
            assert_eq!(reason(Field::Lastname, name), "", "{name}");
        }
        assert_eq!(reason(Field::Firstname, names), "", "{names}");
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { cases: 2048, failure_persistence: None,
        ..Default::default() })]

    #[test]
    fn plain_cells_break_no_rule(
        cell in "[a-zA-ZnuNU \
             .@',&0-9À-ɏΆ-ώЀ-ԯء-يḀ-ỿぁ-ヺ一-龥가-힣«»“‘¿€\u{ad}\u{200b}\u{a0}\u{301}?#\"]{1,8}"
    ) {
        if is_plain(&cell) {
            for kind in [FieldKind::Person, FieldKind::Identity, FieldKind::Name, FieldKind::List,
                FieldKind::Word, FieldKind::Text] {
                let closely = check_closely(kind, &cell).map_err(|fault| fault.reason);
                proptest::prop_assert_eq!(closely, Ok(()), "{}", &cell);
            }
            proptest::prop_assert!(unicode_normalization::is_nfc(&cell), "{}", &cell);
            proptest::prop_assert_eq!(no_margin(Field::Lastname, &cell), Ok(()), "{}", &cell);
            for check in [check::person, check::group, check::description, check::membership,
                check::profile] {
                proptest::prop_assert_eq!(check(&cell), Ok(()), "{}", &cell);
            }
        }
    }
}

#[test]
fn names_of_people_everywhere_are_names() {
    for name in [
        "O'Brien",
        "O’Brien",
        "Nuñez",
        "Đặng",
        "山田",
        "山田　太郎",
        "Ann-Marie",
        "A",
        "X Æ A-12",
        "D'Angelo",
        "'t Hooft",
        "van der Berg",
        "Nan",
        "NAN",
        "Nil",
        "NIL",
        "Nat",
        "Na",
        "Null",
        "Null-Meyer",
        "K.A.",
        "Smith, Jr.",
        "Müller",
        "Łukasz",
        "Šimůnek",
        "Ångström",
        "Ünal",
        "İpek",
        "Þór",
        "Ægir",
        "Çelik",
        "ÇAĞRI",
        "AÇÃO",
        "Ñandú",
        "Ærø",
        "Ÿ",
        "Иван",
        "Ґалаґан",
        "Ελένη",
        "محمد",
        "علی\u{200c}رضا",
        "नेहा",
        "กานต์",
        "김",
        "Nguyễn Thị",
        "Mary \"Molly\" Jones",
        "#1",
        "E",
        "1E5",
        "12e",
        "e7",
        "True",
        "TRUE",
        "[Ann]",
        "’t Hooft",
        "ʻAlaʻ",
        "O`Neil",
        "Tr\u{0061}\u{0302}\u{0300}n",
        "ʻOkina",
        "Nguye\u{0302}\u{0303}n",
        "Siân",
        "Zoë",
        "François",
        "Ã",
        "PÉREZ",
        "ÅŸe",
        "Renée",
        "Håkon",
        "Ömer",
        "Ďuro",
        "Đà",
        "Hồ",
        "Strauß",
        "d’Été",
        "-",
        ".",
        "Ann (Annie)",
        "M&S",
        "Jean‑Luc",
    ] {
        if name == "ÅŸe" {
            continue;
        }
        assert_eq!(reason(Field::Lastname, name), "", "{name}");
    }
}

#[test]
fn groups_may_ask_a_question_and_must_not_have_lost_letters() {
    for (name, expected) in [
        ("Questions?", ""),
        ("Who? What?", ""),
        ("M?nchen", "lost_letters"),
        ("????", "lost_letters"),
        ("N/A", "placeholder"),
        ("\"Design\"", "quoted"),
        ("De\u{200b}sign", "invisible"),
    ] {
        assert_eq!(no_name(name).err().map_or("", |fault| fault.reason), expected, "{name}");
    }
    assert_eq!(reason(Field::Description, "N/A"), "");
    for name in ["1E5", "e7", "12e", "1e5", "2e3f", "1.2e", "1.2e5x"] {
        assert_eq!(reason(Field::Username, name), "", "{name}");
    }
    assert_eq!(reason(Field::HardDelete, "true"), "");
    assert_eq!(reason(Field::Groups, "[\"A\"]"), "");
    assert_eq!(formula().unwrap_err().reason, "formula");
}
