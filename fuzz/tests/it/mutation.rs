//! Small random changes to an input.

/// A sequence that depends on its seed alone (xorshift64*, Vigna 2016).
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        // The sequence that starts with 0 stays there.
        Self(seed.max(1))
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    /// Less than `bound`, or 0 where there is nothing less.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        let bound = u64::try_from(bound).unwrap_or(u64::MAX).max(1);
        usize::try_from(self.next() % bound).unwrap_or(0)
    }

    pub(crate) fn choose<'a, T>(&mut self, some: &'a [T]) -> &'a T {
        &some[self.below(some.len())]
    }
}

const LONGEST: usize = 4 << 10;

/// What byte-wise changes rarely come up with.
const WORDS: [&str; 24] = [
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    "\"",
    "\\",
    "null",
    "true",
    "-1",
    "1e309",
    "18446744073709551615",
    "\u{feff}",
    "\u{202e}",
    "//",
    "/*",
    "*/",
    "<",
    ">",
    "</",
    "\\ud800",
    "\r\n",
    "@",
];

/// One of `seeds` after one to eight changes.
pub(crate) fn mutated(seeds: &[Vec<u8>], random: &mut Random) -> Vec<u8> {
    let mut input = random.choose(seeds).clone();
    for _ in 0..=random.below(8) {
        change(&mut input, seeds, random);
    }
    input.truncate(LONGEST);
    input
}

fn change(input: &mut Vec<u8>, seeds: &[Vec<u8>], random: &mut Random) {
    let (at, end) = range(input, random);
    match random.below(8) {
        0 => flip(input, random),
        1 => insert(input, at, &[u8::try_from(random.below(256)).unwrap_or(0)]),
        2 => insert(input, at, random.choose(&WORDS).as_bytes()),
        3 => drop(input.drain(at..end)),
        4 => {
            let copy = input[at..end].to_vec();
            insert(input, at, &copy);
        }
        5 => input.truncate(at),
        6 => digit(input, random),
        _ => {
            let other = random.choose(seeds);
            let (from, to) = range(other, random);
            insert(input, at, &other[from..to]);
        }
    }
}

/// Mostly a short one.
fn range(input: &[u8], random: &mut Random) -> (usize, usize) {
    let at = random.below(input.len() + 1);
    let longest = if random.below(4) == 0 { input.len() } else { 16 };
    let length = random.below(longest + 1).min(input.len() - at);
    (at, at + length)
}

fn insert(input: &mut Vec<u8>, at: usize, bytes: &[u8]) {
    input.splice(at..at, bytes.iter().copied());
}

fn flip(input: &mut [u8], random: &mut Random) {
    let at = random.below(input.len());
    if let Some(byte) = input.get_mut(at) {
        *byte ^= 1 << random.below(8);
    }
}

fn digit(input: &mut [u8], random: &mut Random) {
    let digits: Vec<usize> = (0..input.len()).filter(|it| input[*it].is_ascii_digit()).collect();
    if !digits.is_empty() {
        let at = *random.choose(&digits);
        input[at] = b'0' + u8::try_from(random.below(10)).unwrap_or(0);
    }
}

/// The smallest input found that still fails, by leaving parts out.
pub(crate) fn minimized(input: &[u8], fails: impl Fn(&[u8]) -> bool) -> Vec<u8> {
    let mut input = input.to_vec();
    let mut size = input.len() / 2;
    while size > 0 {
        let mut at = 0;
        while at < input.len() {
            let mut shorter = input.clone();
            shorter.drain(at..(at + size).min(shorter.len()));
            if fails(&shorter) {
                input = shorter;
            } else {
                at += size;
            }
        }
        size /= 2;
    }
    input
}
