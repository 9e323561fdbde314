//! MD5 (RFC 1321), a piece at a time. A sum that the contract names; nothing here trusts it.

const SHIFTS: [[u32; 4]; 4] = [[7, 12, 17, 22], [5, 9, 14, 20], [4, 11, 16, 23], [6, 10, 15, 21]];

/// A sum in the making.
pub(crate) struct Md5 {
    state: [u32; 4],
    bytes: u64,
    block: Vec<u8>,
    table: [u32; 64],
}

impl Md5 {
    /// Of nothing yet.
    pub(crate) fn new() -> Self {
        let mut table = [0; 64];
        for (at, slot) in table.iter_mut().enumerate() {
            // The whole part of 2^32 times the sine, as the RFC defines its table.
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 2^32")]
            let value = ((at as f64 + 1.0).sin().abs() * 4_294_967_296.0) as u32;
            *slot = value;
        }
        Self { state: [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476], bytes: 0, block: Vec::with_capacity(64), table }
    }

    /// Goes on with these bytes.
    pub(crate) fn update(&mut self, mut bytes: &[u8]) {
        self.bytes = self.bytes.wrapping_add(bytes.len() as u64);
        if !self.block.is_empty() {
            let (now, later) = bytes.split_at(bytes.len().min(64 - self.block.len()));
            self.block.extend_from_slice(now);
            bytes = later;
            if self.block.len() < 64 {
                return;
            }
            let block = std::mem::take(&mut self.block);
            self.step(&block);
        }
        let whole = bytes.len() / 64 * 64;
        for block in bytes[..whole].chunks_exact(64) {
            self.step(block);
        }
        self.block.extend_from_slice(&bytes[whole..]);
    }

    /// The sum in hexadecimal.
    pub(crate) fn finish(mut self) -> String {
        let bits = self.bytes.wrapping_mul(8);
        let padding = if self.block.len() < 56 { 56 - self.block.len() } else { 120 - self.block.len() };
        let mut tail = vec![0; padding];
        tail[0] = 0x80;
        tail.extend_from_slice(&bits.to_le_bytes());
        self.update(&tail);
        self.state.iter().flat_map(|word| word.to_le_bytes()).map(|byte| format!("{byte:02x}")).collect()
    }

    fn step(&mut self, block: &[u8]) {
        let mut words = [0u32; 16];
        for (word, bytes) in words.iter_mut().zip(block.chunks_exact(4)) {
            *word = u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
        }
        let [mut a, mut b, mut c, mut d] = self.state;
        for at in 0..64 {
            let (mixed, word) = match at / 16 {
                0 => ((b & c) | (!b & d), at),
                1 => ((d & b) | (!d & c), (5 * at + 1) % 16),
                2 => (b ^ c ^ d, (3 * at + 5) % 16),
                _ => (c ^ (b | !d), (7 * at) % 16),
            };
            let sum = a.wrapping_add(mixed).wrapping_add(self.table[at]).wrapping_add(words[word]);
            (a, d, c) = (d, c, b);
            b = b.wrapping_add(sum.rotate_left(SHIFTS[at / 16][at % 4]));
        }
        for (state, more) in self.state.iter_mut().zip([a, b, c, d]) {
            *state = state.wrapping_add(more);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("", "d41d8cd98f00b204e9800998ecf8427e")]
    #[case("abc", "900150983cd24fb0d6963f7d28e17f72")]
    #[case("abcdefghijklmnopqrstuvwxyz", "c3fcd3d76192e4007dfb496cca67e13b")]
    #[case("12345678901234567890123456789012345678901234567890123456789012345678901234567890", "57edf4a22be3c955ac49da2e2107b67a")]
    fn the_sums_of_the_rfc_come_out_however_the_text_is_cut(#[case] text: &str, #[case] wanted: &str) {
        for piece in [1, 7, 63, 64, 65, 1_000] {
            let mut sum = Md5::new();
            text.as_bytes().chunks(piece).for_each(|bytes| sum.update(bytes));
            assert_eq!(sum.finish(), wanted, "{piece}");
        }
    }
}
