//! Masking (RFC 6455 section 5.3): payload byte `i` is XORed with byte `i mod 4` of the key. Safe code whose
//! loops over eight bytes at a time the compiler turns into vector instructions.

/// Bytes masked in registers on their way from payload to buffer.
const BLOCK: usize = 64;

/// Masks `data` in place; `offset` is its position in the payload.
#[inline]
pub fn apply(key: [u8; 4], offset: usize, data: &mut [u8]) {
    let [a, b, c, d] = turned(key, offset);
    let key = [a, b, c, d, a, b, c, d];
    let mut words = data.chunks_exact_mut(8);
    for word in words.by_ref().filter_map(<[u8]>::first_chunk_mut) {
        *word = (u64::from_ne_bytes(*word) ^ u64::from_ne_bytes(key)).to_ne_bytes();
    }
    for (byte, key_byte) in words.into_remainder().iter_mut().zip(key) {
        *byte ^= key_byte;
    }
}

/// Appends `payload` masked, in one pass; `offset` is its position in the payload of the frame.
#[inline]
pub fn append(key: [u8; 4], offset: usize, payload: &[u8], out: &mut Vec<u8>) {
    out.reserve(payload.len());
    let key = turned(key, offset);
    // Appending whole blocks is what keeps this at the speed of a copy: no byte is written twice.
    let mut blocks = payload.chunks_exact(BLOCK);
    for block in blocks.by_ref().filter_map(<[u8]>::first_chunk::<BLOCK>) {
        let mut block = *block;
        apply(key, 0, &mut block);
        out.extend_from_slice(&block);
    }
    let start = out.len();
    out.extend_from_slice(blocks.remainder());
    apply(key, 0, out.get_mut(start..).unwrap_or_default());
}

/// Returns the key as it stands at `offset`.
#[inline]
fn turned(mut key: [u8; 4], offset: usize) -> [u8; 4] {
    key.rotate_left(offset % 4);
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: [u8; 4] = [0x37, 0xFA, 0x21, 0x3D];

    fn by_bytes(offset: usize, data: &[u8]) -> Vec<u8> {
        data.iter().enumerate().map(|(i, byte)| byte ^ KEY[offset.wrapping_add(i) % 4]).collect()
    }

    fn sample(len: usize) -> Vec<u8> {
        (0..len).map(|i| (i * 31 + i / 256) as u8).collect()
    }

    #[test]
    fn every_length_and_offset_equals_the_byte_loop() {
        for len in (0..=3 * BLOCK + 9).chain([65_535, 65_536]) {
            for offset in (0..9).chain([usize::MAX - 1]) {
                let data = sample(len);
                let expected =
                    data.iter().enumerate().map(|(i, byte)| byte ^ KEY[offset.wrapping_add(i) % 4]);
                let expected: Vec<u8> = expected.collect();
                let mut in_place = data.clone();
                apply(KEY, offset, &mut in_place);
                assert_eq!(in_place, expected, "apply, {len} bytes at {offset}");
                let mut out = b"before".to_vec();
                append(KEY, offset, &data, &mut out);
                assert_eq!(out, [b"before", &expected[..]].concat(), "append, {len} bytes at {offset}");
            }
        }
    }

    #[test]
    fn alignment_in_memory_does_not_matter() {
        for skip in 0..8 {
            let mut data = sample(100);
            let expected = by_bytes(0, &data[skip..]);
            apply(KEY, 0, &mut data[skip..]);
            assert_eq!(data[skip..], expected);
        }
    }

    #[test]
    fn pieces_give_the_same_as_the_whole() {
        let data = sample(50);
        for at in 0..=data.len() {
            let mut out = Vec::new();
            append(KEY, 0, &data[..at], &mut out);
            append(KEY, at, &data[at..], &mut out);
            assert_eq!(out, by_bytes(0, &data), "split at {at}");
        }
    }
}
