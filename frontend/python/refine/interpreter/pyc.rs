//! Files of bytecode, judged without an interpreter: whether one is whole, and made of the very source that it lies beside.
//! Bytecode that is checked against nothing when it is loaded (PEP 552) has to be right before it ships.

use super::marshal;

/// What is wrong with a file of bytecode.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Wrong {
    /// It was made of another source.
    OtherSource,
    /// It is cut short, or nothing that Python could load.
    Broken,
}

/// The minor version in the word of an interpreter: 13 of `cpython-313`; `None` for what is not `CPython`.
#[must_use]
pub(crate) fn minor(tag: &str) -> Option<u32> {
    tag.strip_prefix("cpython-3")?.trim_end_matches('t').parse().ok()
}

/// Judges a file of bytecode by the source that ships, for an interpreter of Python 3.`minor`.
pub(crate) fn check(pyc: &[u8], source: &[u8], minor: u32) -> Result<(), Wrong> {
    let (Some((magic, rest)), Some(code)) = (pyc.split_first_chunk::<4>(), pyc.get(16..)) else { return Err(Wrong::Broken) };
    // The flags say whether a hash follows, or a time.
    if rest[0] & 1 == 1 && pyc[8..16] != source_hash(u32::from_le_bytes(*magic), source, minor) {
        return Err(Wrong::OtherSource);
    }
    if marshal::is_whole(code, minor) { Ok(()) } else { Err(Wrong::Broken) }
}

/// Python's own hash of a source.
fn source_hash(magic: u32, source: &[u8], minor: u32) -> [u8; 8] {
    let rounds = if minor >= 11 { (1, 3) } else { (2, 4) };
    siphash([u64::from(magic), 0], source, rounds).to_le_bytes()
}

/// `SipHash`, with so many rounds for each word and at the end.
fn siphash(key: [u64; 2], bytes: &[u8], (each, last): (u32, u32)) -> u64 {
    let mut state =
        [key[0] ^ 0x736f_6d65_7073_6575, key[1] ^ 0x646f_7261_6e64_6f6d, key[0] ^ 0x6c79_6765_6e65_7261, key[1] ^ 0x7465_6462_7974_6573];
    let mut words = bytes.chunks_exact(8);
    for word in words.by_ref() {
        take(&mut state, word.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte)), each);
    }
    let tail = words.remainder().iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte));
    take(&mut state, (bytes.len() as u64) << 56 | tail, each);
    state[2] ^= 0xff;
    for _ in 0..last {
        turn(&mut state);
    }
    state[0] ^ state[1] ^ state[2] ^ state[3]
}

fn take(state: &mut [u64; 4], word: u64, rounds: u32) {
    state[3] ^= word;
    for _ in 0..rounds {
        turn(state);
    }
    state[0] ^= word;
}

fn turn([a, b, c, d]: &mut [u64; 4]) {
    *a = a.wrapping_add(*b);
    *b = b.rotate_left(13) ^ *a;
    *a = a.rotate_left(32);
    *c = c.wrapping_add(*d);
    *d = d.rotate_left(16) ^ *c;
    *a = a.wrapping_add(*d);
    *d = d.rotate_left(21) ^ *a;
    *c = c.wrapping_add(*b);
    *b = b.rotate_left(17) ^ *c;
    *c = c.rotate_left(32);
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::python::refine::interpreter::bytecode::{Source, compile, word};
    use crate::python::refine::interpreter::testing;

    #[test]
    fn the_hash_is_the_published_one() {
        let key = [0x0706_0504_0302_0100, 0x0f0e_0d0c_0b0a_0908];
        let bytes: Vec<u8> = (0..15).collect();
        assert_eq!(siphash(key, &bytes, (2, 4)), 0xa129_ca61_49be_45e5);
    }

    #[test]
    fn what_is_cut_changed_or_of_another_source_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let text =
            "import os\nX = {'a': (1, 2.5, None), 'b': frozenset((b'x', 'y'))}\nclass C:\n    def f(self, *a): return [x for x in a]\n";
        let disk = folder.path().join("a.py");
        fs::write(&disk, text).unwrap();
        for python in testing::pythons() {
            let output = folder.path().join("a.pyc");
            let source = Source { disk: disk.clone(), image: "/app/a.py".into(), output: output.clone() };
            compile(&python, &[source], 1).unwrap();
            let minor = minor(&word(&python).unwrap().0).unwrap();
            let pyc = fs::read(&output).unwrap();
            assert_eq!(check(&pyc, text.as_bytes(), minor), Ok(()), "{}", python.program.display());
            assert_eq!(check(&pyc, b"import os\n", minor), Err(Wrong::OtherSource));
            for length in 0..pyc.len() {
                assert!(check(&pyc[..length], text.as_bytes(), minor).is_err(), "{length}");
            }
            let mut longer = pyc.clone();
            longer.push(b'N');
            assert_eq!(check(&longer, text.as_bytes(), minor), Err(Wrong::Broken));
        }
        assert_eq!([minor("cpython-313"), minor("cpython-314t"), minor("pypy311")], [Some(13), Some(14), None]);
    }
}
