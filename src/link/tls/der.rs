//! Reading DER (X.690): an item's tag, its content, and what follows it.

pub(super) const BOOLEAN: u8 = 0x01;
pub(super) const INTEGER: u8 = 0x02;
pub(super) const BIT_STRING: u8 = 0x03;
pub(super) const OCTET_STRING: u8 = 0x04;
pub(super) const OID: u8 = 0x06;
pub(super) const SEQUENCE: u8 = 0x30;
pub(super) const SET: u8 = 0x31;

/// Returns the content of the first item, which has to have this tag.
pub(super) fn only(der: &[u8], tag: u8) -> Option<&[u8]> {
    first(der).filter(|(found, _, _)| *found == tag).map(|(_, content, _)| content)
}

/// Tag and content of each item.
pub(super) fn items(mut der: &[u8]) -> impl Iterator<Item = (u8, &[u8])> {
    std::iter::from_fn(move || {
        let (tag, content, rest) = first(der)?;
        der = rest;
        Some((tag, content))
    })
}

/// Each item with its tag and length.
pub(super) fn elements(mut der: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let (_, _, rest) = first(der)?;
        let (element, rest) = der.split_at_checked(der.len() - rest.len())?;
        der = rest;
        Some(element)
    })
}

/// Tag and content of the first item, and what follows it.
pub(super) fn first(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&[tag, length], rest) = der.split_first_chunk()?;
    let (length, rest) = match length {
        0..0x80 => (usize::from(length), rest),
        // The number of bytes that the length takes.
        _ => {
            let (digits, rest) = rest.split_at_checked(usize::from(length & 0x7F))?;
            (
                digits
                    .iter()
                    .try_fold(0_usize, |sum, &digit| sum.checked_mul(256)?.checked_add(digit.into()))?,
                rest,
            )
        }
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((tag, content, rest))
}
