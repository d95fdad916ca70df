//! MD5 (RFC 1321), which Digest authentication still asks for. It protects nothing else here.

/// How far each step rotates, by round and by step within four.
const ROTATIONS: [[u32; 4]; 4] = [[7, 12, 17, 22], [5, 9, 14, 20], [4, 11, 16, 23], [6, 10, 15, 21]];

const BLOCK: usize = 64;

/// Returns the hash of `bytes`.
pub(super) fn md5(bytes: &[u8]) -> [u8; 16] {
    let mut padded = bytes.to_vec();
    padded.push(0x80);
    while padded.len() % BLOCK != BLOCK - 8 {
        padded.push(0);
    }
    padded.extend_from_slice(&(bytes.len() as u64).wrapping_mul(8).to_le_bytes());

    let mut state: [u32; 4] = [0x6745_2301, 0xEFCD_AB89, 0x98BA_DCFE, 0x1032_5476];
    let constants = constants();
    for block in padded.chunks_exact(BLOCK) {
        state = compress(state, block, &constants);
    }
    let mut hash = [0; 16];
    for (place, byte) in hash.iter_mut().zip(state.iter().flat_map(|word| word.to_le_bytes())) {
        *place = byte;
    }
    hash
}

/// The integer parts of 2^32 |sin(n)|, n from 1 to 64.
fn constants() -> Vec<u32> {
    (1..=64).map(|n| (f64::from(n).sin().abs() * 4_294_967_296.0) as u32).collect()
}

fn compress(state: [u32; 4], block: &[u8], constants: &[u32]) -> [u32; 4] {
    let words: Vec<u32> = block
        .chunks_exact(4)
        .map(|bytes| bytes.iter().rev().fold(0, |word, &byte| (word << 8) | u32::from(byte)))
        .collect();
    let [mut a, mut b, mut c, mut d] = state;
    for (step, constant) in constants.iter().enumerate() {
        let (mixed, word) = match step / 16 {
            0 => ((b & c) | (!b & d), step),
            1 => ((d & b) | (!d & c), 5 * step + 1),
            2 => (b ^ c ^ d, 3 * step + 5),
            _ => (c ^ (b | !d), 7 * step),
        };
        let word = words.get(word % 16).copied().unwrap_or_default();
        let rotation =
            ROTATIONS.get(step / 16).and_then(|round| round.get(step % 4)).copied().unwrap_or_default();
        let sum = a.wrapping_add(mixed).wrapping_add(*constant).wrapping_add(word);
        (a, d, c, b) = (d, c, b, b.wrapping_add(sum.rotate_left(rotation)));
    }
    let [a0, b0, c0, d0] = state;
    [a0.wrapping_add(a), b0.wrapping_add(b), c0.wrapping_add(c), d0.wrapping_add(d)]
}

#[cfg(test)]
mod tests {
    use super::md5;

    /// RFC 1321 appendix A.5.
    #[test]
    fn rfc_1321_test_suite() {
        for (text, hash) in [
            ("", "d41d8cd98f00b204e9800998ecf8427e"),
            ("a", "0cc175b9c0f1b6a831c399e269772661"),
            ("abc", "900150983cd24fb0d6963f7d28e17f72"),
            ("message digest", "f96b697d7cb7938d525a2f31aaf161d0"),
            ("abcdefghijklmnopqrstuvwxyz", "c3fcd3d76192e4007dfb496cca67e13b"),
            (
                "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
                "d174ab98d277d9f5a5611c2c9f419d9f",
            ),
            (
                "12345678901234567890123456789012345678901234567890123456789012345678901234567890",
                "57edf4a22be3c955ac49da2e2107b67a",
            ),
        ] {
            let bytes = md5(text.as_bytes());
            let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(hex, hash, "{text}");
        }
    }
}
