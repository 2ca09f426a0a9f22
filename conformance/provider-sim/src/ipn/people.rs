//! Payers who do not exist, with the letters of their charset: what a receiver that guesses the charset breaks.

use super::charset::{Charset, windows_1252};
use crate::dice::Dice;

/// A made-up payer. Texts are bytes in the notification's charset.
#[derive(Clone)]
pub(super) struct Person {
    pub(super) first: Vec<u8>,
    pub(super) last: Vec<u8>,
    /// ASCII in any charset.
    pub(super) email: &'static str,
    pub(super) street: Vec<u8>,
    pub(super) city: Vec<u8>,
    pub(super) state: Vec<u8>,
    pub(super) zip: &'static str,
    pub(super) country: &'static str,
    pub(super) country_code: &'static str,
    pub(super) item: Vec<u8>,
}

struct Western {
    name: (&'static str, &'static str),
    email: &'static str,
    street: &'static str,
    city: (&'static str, &'static str, &'static str),
    country: (&'static str, &'static str),
    item: &'static str,
}

const fn western(
    name: (&'static str, &'static str),
    email: &'static str,
    street: &'static str,
    city: (&'static str, &'static str, &'static str),
    country: (&'static str, &'static str),
    item: &'static str,
) -> Western {
    Western { name, email, street, city, country, item }
}

/// Whose names windows-1252 can hold.
const WESTERN: [Western; 8] = [
    western(
        ("Jürgen", "Müller"),
        "j.mueller@example.com",
        "Königstraße 12",
        ("München", "Bayern", "80331"),
        ("Germany", "DE"),
        "Kaffeemühle, grün",
    ),
    western(
        ("François", "Lefèvre"),
        "f.lefevre@example.com",
        "8 rue de l'Œuvre",
        ("Besançon", "", "25000"),
        ("France", "FR"),
        "Thé d’été, 20 €",
    ),
    western(
        ("Søren", "Kjærgård"),
        "s.kjaergaard@example.com",
        "Nørregade 3",
        ("Århus", "", "8000"),
        ("Denmark", "DK"),
        "Smørkniv",
    ),
    western(
        ("Begoña", "Núñez"),
        "b.nunez@example.com",
        "Calle Señorío 4",
        ("A Coruña", "A Coruña", "15001"),
        ("Spain", "ES"),
        "Jamón “Ibérico”",
    ),
    western(
        ("Siobhán", "O’Rourke"),
        "s.orourke@example.com",
        "5 Station Road",
        ("Galway", "Co. Galway", "H91 E6K2"),
        ("Ireland", "IE"),
        "Tea & Biscuits 50%",
    ),
    western(
        ("Mary", "Smith"),
        "mary.smith@example.com",
        "1 Main St",
        ("San Jose", "CA", "95131"),
        ("United States", "US"),
        "Widget #42; large=yes",
    ),
    western(
        ("Test", "User"),
        "payer+test@example.com",
        "4 Elm Street",
        ("Portland", "OR", "97205"),
        ("United States", "US"),
        "Two+Three = Five",
    ),
    western(
        ("Žofie", "Šimková"),
        "z.simkova@example.com",
        "Plzenská 7",
        ("Praha", "", "15000"),
        ("Czech Republic", "CZ"),
        "Sklenice",
    ),
];

/// Whose names need UTF-8.
const ANYWHERE: [Western; 3] = [
    western(
        ("Łukasz", "Żółkiewski"),
        "l.zolkiewski@example.com",
        "ul. Świętokrzyska 14",
        ("Łódź", "", "90-001"),
        ("Poland", "PL"),
        "Gęśla jaźń",
    ),
    western(
        ("Ελένη", "Παπαδάκη"),
        "e.papadaki@example.com",
        "Οδός Ερμού 3",
        ("Αθήνα", "", "105 63"),
        ("Greece", "GR"),
        "Ελαιόλαδο",
    ),
    western(
        ("太郎", "山田"),
        "t.yamada@example.com",
        "千代田1-1",
        ("東京", "", "100-0001"),
        ("Japan", "JP"),
        "お茶 ☕",
    ),
];

/// Zhang Wei, Li Na and Wang Fang, in gb2312: given name, family name.
const CHINESE: [(&[u8], &[u8], &str); 3] = [
    (b"\xce\xb0", b"\xd5\xc5", "zhang.wei@example.com"),
    (b"\xc4\xc8", b"\xc0\xee", "li.na@example.com"),
    (b"\xb7\xbc", b"\xcd\xf5", "wang.fang@example.com"),
];

impl Person {
    /// One whose name the charset can write.
    pub(super) fn draw(dice: &mut Dice, charset: Charset) -> Self {
        match charset {
            Charset::Windows1252 => Self::of(dice.pick(&WESTERN), windows_1252),
            Charset::Utf8 => {
                let all = WESTERN.len() as u64 + 2 * ANYWHERE.len() as u64;
                let index = dice.below(all) as usize;
                let known = WESTERN.get(index).unwrap_or(&ANYWHERE[index % ANYWHERE.len()]);
                Self::of(known, |text| text.as_bytes().to_vec())
            }
            Charset::Gb2312 => {
                let &(first, last, email) = dice.pick(&CHINESE);
                Self {
                    first: first.to_vec(),
                    last: last.to_vec(),
                    email,
                    // Renmin Road 88.
                    street: b"\xc8\xcb\xc3\xf1\xc2\xb788".to_vec(),
                    // Beijing.
                    city: b"\xb1\xb1\xbe\xa9".to_vec(),
                    state: Vec::new(),
                    zip: "100000",
                    country: "China",
                    country_code: "CN",
                    // China.
                    item: b"\xd6\xd0\xb9\xfa".to_vec(),
                }
            }
        }
    }

    fn of(known: &Western, encode: impl Fn(&str) -> Vec<u8>) -> Self {
        Self {
            first: encode(known.name.0),
            last: encode(known.name.1),
            email: known.email,
            street: encode(known.street),
            city: encode(known.city.0),
            state: encode(known.city.1),
            zip: known.city.2,
            country: known.country.0,
            country_code: known.country.1,
            item: encode(known.item),
        }
    }
}
