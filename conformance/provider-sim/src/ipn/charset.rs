//! The charsets that notifications come in. A merchant chooses one in the account's settings; windows-1252 is what
//! accounts have that never chose.

/// An encoding of the text in a notification, named by its field `charset`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Charset {
    /// Western Europe in one byte a character: `Müller` is `M%FCller`.
    Windows1252,
    /// `Müller` is `M%C3%BCller`.
    Utf8,
    /// Simplified Chinese in two bytes a character.
    Gb2312,
}

impl Charset {
    /// Every charset.
    pub const ALL: [Self; 3] = [Self::Windows1252, Self::Utf8, Self::Gb2312];

    /// The name as PayPal writes it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Windows1252 => "windows-1252",
            Self::Utf8 => "UTF-8",
            Self::Gb2312 => "gb2312",
        }
    }
}

/// A text of Western Europe in windows-1252. A character that the charset does not have becomes `?`, as it does at PayPal.
pub(super) fn windows_1252(text: &str) -> Vec<u8> {
    text.chars()
        .map(|character| match character {
            '€' => 0x80,
            'Š' => 0x8a,
            'Œ' => 0x8c,
            'Ž' => 0x8e,
            '‘' => 0x91,
            '’' => 0x92,
            '“' => 0x93,
            '”' => 0x94,
            '–' => 0x96,
            'š' => 0x9a,
            'œ' => 0x9c,
            'ž' => 0x9e,
            // 0x80 to 0x9F mean something else in windows-1252 than in Unicode.
            other => u8::try_from(u32::from(other))
                .ok()
                .filter(|byte| byte.is_ascii() || *byte >= 0xa0)
                .unwrap_or(b'?'),
        })
        .collect()
}
