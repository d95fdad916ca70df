//! Which characters of foreign text a log shows as themselves, whatever it is written in.

/// Returns whether a reader would not see `character`, or would see others elsewhere because of it: control characters,
/// what Unicode calls default ignorable (zero-width characters and those that set the direction of writing, UAX #44),
/// and the separators of lines and paragraphs. A log spells them out, so that no peer can disguise its lines.
pub(super) fn misleads(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}'..='\u{1160}' | '\u{17B4}'..='\u{17B5}'
            | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}'
            | '\u{FFF0}'..='\u{FFFB}' | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}'
            | '\u{E0000}'..='\u{E0FFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directions_and_what_has_no_width_mislead() {
        for character in
            "\u{7}\u{200E}\u{200F}\u{202A}\u{202E}\u{2066}\u{2069}\u{200B}\u{200D}\u{FEFF}\u{E0041}".chars()
        {
            assert!(misleads(character), "{}", character.escape_unicode());
        }
        for character in "a €אب語\u{301}\u{A0}\u{3000}\u{1F600}".chars() {
            assert!(!misleads(character), "{}", character.escape_unicode());
        }
    }
}
