//! One form for compiled code: the same code gives the same bytes, in whatever process and company it was compiled.
//!
//! `CPython`'s `marshal` marks an object for later reference when something else happens to hold it at that moment, writes the
//! members of a frozenset in the order of their hashes (up to 3.10) and says of a one-letter string whether anybody interned
//! it. Here the stream is read into values, equal constants become one, and it is written again with marks exactly where
//! there is a reference. What comes out loads as the same code, and is a little smaller.

use std::collections::BTreeMap;

/// How deep values may lie in one another; `CPython` stops there as well.
const DEEPEST: usize = 1500;
/// The bit that marks an object for later reference.
const MARK: u8 = 0x80;

/// A value in the stream.
#[derive(Debug)]
struct Node {
    /// Its type's letter, without the mark.
    letter: u8,
    /// What follows the letter, up to the first value inside.
    head: Vec<u8>,
    /// The values inside.
    inside: Vec<usize>,
}

struct Reader<'b> {
    bytes: &'b [u8],
    at: usize,
    /// Whether code is laid out as from 3.11 on.
    modern: bool,
    nodes: Vec<Node>,
    /// Values that are the same when their bytes are.
    known: BTreeMap<(u8, Vec<u8>, Vec<usize>), usize>,
    marked: Vec<Option<usize>>,
}

/// Brings marshalled code into its one form; `None` when the stream is not understood. `minor` is that of Python 3.
pub(super) fn normal(bytes: &[u8], minor: u32) -> Option<Vec<u8>> {
    let mut reader = Reader { bytes, at: 0, modern: minor >= 11, nodes: vec![], known: BTreeMap::new(), marked: vec![] };
    let root = reader.value(0)?;
    if reader.at != bytes.len() {
        return None;
    }
    let nodes = reader.nodes;
    let mut uses = vec![0; nodes.len()];
    count(&nodes, root, &mut uses);
    let mut writer = Writer { nodes: &nodes, uses: &uses, numbers: BTreeMap::new(), out: Vec::with_capacity(bytes.len()) };
    writer.write(root);
    Some(writer.out)
}

/// Whether marshalled code is one whole value that Python could load, as far as its form tells.
pub(super) fn is_whole(bytes: &[u8], minor: u32) -> bool {
    let mut reader = Reader { bytes, at: 0, modern: minor >= 11, nodes: vec![], known: BTreeMap::new(), marked: vec![] };
    reader.pass(0).is_some() && reader.at == bytes.len()
}

impl Reader<'_> {
    /// Goes past a value and keeps nothing of it but how many were marked.
    fn pass(&mut self, depth: usize) -> Option<()> {
        if depth > DEEPEST {
            return None;
        }
        let letter = *self.take(1)?.first()?;
        let (letter, mark) = (letter & !MARK, letter & MARK != 0);
        if letter == b'r' {
            let number = self.number()?;
            // Nothing refers to what it lies in.
            return self.marked.get(number)?.map(drop);
        }
        let slot = self.marked.len();
        if mark {
            self.marked.push(None);
        }
        self.pass_inside(letter, depth)?;
        if let Some(slot) = self.marked.get_mut(slot).filter(|_| mark) {
            *slot = Some(0);
        }
        Some(())
    }

    fn pass_inside(&mut self, letter: u8, depth: usize) -> Option<()> {
        if letter == b'c' {
            let (numbers, before, after) = self.code_shape();
            self.take(4 * numbers)?;
            for _ in 0..before {
                self.pass(depth + 1)?;
            }
            self.take(4)?;
            for _ in 0..after {
                self.pass(depth + 1)?;
            }
            return Some(());
        }
        for _ in 0..self.head(letter)? {
            self.pass(depth + 1)?;
        }
        Some(())
    }

    /// How code is laid out: so many numbers, values, one more number, values.
    const fn code_shape(&self) -> (usize, usize, usize) {
        if self.modern { (5, 8, 2) } else { (6, 8, 1) }
    }

    fn take(&mut self, length: usize) -> Option<&[u8]> {
        let taken = self.bytes.get(self.at..self.at.checked_add(length)?)?;
        self.at += length;
        Some(taken)
    }

    fn number(&mut self) -> Option<usize> {
        usize::try_from(u32::from_le_bytes(self.take(4)?.try_into().ok()?)).ok()
    }

    fn value(&mut self, depth: usize) -> Option<usize> {
        if depth > DEEPEST {
            return None;
        }
        let letter = *self.take(1)?.first()?;
        let (letter, mark) = (letter & !MARK, letter & MARK != 0);
        if letter == b'r' {
            let number = self.number()?;
            return *self.marked.get(number)?;
        }
        let slot = self.marked.len();
        if mark {
            self.marked.push(None);
        }
        let node = self.node(letter, depth)?;
        if let Some(slot) = self.marked.get_mut(slot).filter(|_| mark) {
            *slot = Some(node);
        }
        Some(node)
    }

    /// Goes past what follows a letter, and says how many values lie inside.
    fn head(&mut self, letter: u8) -> Option<usize> {
        match letter {
            b'N' | b'T' | b'F' | b'S' | b'.' => {}
            b'i' => drop(self.take(4)?),
            b'g' => drop(self.take(8)?),
            b'y' => drop(self.take(16)?),
            b'l' => {
                let digits = i32::from_le_bytes(self.take(4)?.try_into().ok()?).unsigned_abs();
                self.take(usize::try_from(digits).ok()?.checked_mul(2)?)?;
            }
            b's' | b't' | b'u' | b'a' | b'A' => {
                let length = self.number()?;
                self.take(length)?;
            }
            b'z' | b'Z' => {
                let length = usize::from(*self.take(1)?.first()?);
                self.take(length)?;
            }
            b'(' | b'>' => return self.number(),
            b')' => return Some(usize::from(*self.take(1)?.first()?)),
            b':' => return Some(3),
            _ => return None,
        }
        Some(0)
    }

    fn node(&mut self, letter: u8, depth: usize) -> Option<usize> {
        if letter == b'c' {
            return self.code(depth);
        }
        let start = self.at;
        let inside = self.head(letter)?;
        let head = self.bytes.get(start..self.at)?.to_vec();
        let mut values = Vec::new();
        for _ in 0..inside {
            values.push(self.value(depth + 1)?);
        }
        if letter == b'>' {
            values.sort_by_cached_key(|value| plain(&self.nodes, *value));
        }
        Some(self.intern(interned(letter, &head), head, values))
    }

    /// Code is never one with other code: it carries what the interpreter learns while it runs.
    fn code(&mut self, depth: usize) -> Option<usize> {
        let (numbers, before, after) = self.code_shape();
        let mut head = self.take(4 * numbers)?.to_vec();
        let mut inside = vec![];
        for _ in 0..before {
            inside.push(self.value(depth + 1)?);
        }
        head.extend_from_slice(self.take(4)?);
        for _ in 0..after {
            inside.push(self.value(depth + 1)?);
        }
        self.nodes.push(Node { letter: b'c', head, inside });
        Some(self.nodes.len() - 1)
    }

    fn intern(&mut self, letter: u8, head: Vec<u8>, inside: Vec<usize>) -> usize {
        let next = self.nodes.len();
        let at = *self.known.entry((letter, head.clone(), inside.clone())).or_insert(next);
        if at == next {
            self.nodes.push(Node { letter, head, inside });
        }
        at
    }
}

/// The letter of a string with no more than one character is that of an interned one: there is only one such string anyway.
fn interned(letter: u8, head: &[u8]) -> u8 {
    let one = |text: &[u8]| std::str::from_utf8(text).is_ok_and(|t| t.chars().count() <= 1);
    match letter {
        b'z' if head.len() <= 2 => b'Z',
        b'a' if head.len() <= 5 => b'A',
        b'u' if head.get(4..).is_some_and(one) => b't',
        _ => letter,
    }
}

/// A value written without any reference, to sort by.
fn plain(nodes: &[Node], value: usize) -> Vec<u8> {
    let node = &nodes[value];
    let mut out = vec![node.letter];
    out.extend_from_slice(&node.head);
    for inside in &node.inside {
        out.extend(plain(nodes, *inside));
    }
    out
}

/// Whether a value is as short as a reference to it, and so cheap to make that it is written out each time.
fn short(node: &Node) -> bool {
    node.inside.is_empty() && node.head.len() <= 4 && !matches!(node.letter, b'z' | b'Z' | b't' | b'u' | b'a' | b'A' | b's')
}

fn count(nodes: &[Node], value: usize, uses: &mut [u32]) {
    uses[value] += 1;
    if uses[value] == 1 {
        for inside in &nodes[value].inside {
            count(nodes, *inside, uses);
        }
    }
}

struct Writer<'n> {
    nodes: &'n [Node],
    uses: &'n [u32],
    numbers: BTreeMap<usize, u32>,
    out: Vec<u8>,
}

impl Writer<'_> {
    fn write(&mut self, value: usize) {
        let node = &self.nodes[value];
        if let Some(number) = self.numbers.get(&value) {
            self.out.push(b'r');
            self.out.extend(number.to_le_bytes());
            return;
        }
        let mark = self.uses[value] > 1 && !short(node);
        if mark {
            let number = u32::try_from(self.numbers.len()).unwrap_or(u32::MAX);
            self.numbers.insert(value, number);
        }
        self.out.push(if mark { node.letter | MARK } else { node.letter });
        if node.letter == b'c' {
            // The line that the code starts at stands between its values.
            let (numbers, line) = node.head.split_at(node.head.len() - 4);
            let (before, after) = node.inside.split_at(8);
            self.out.extend_from_slice(numbers);
            for inside in before {
                self.write(*inside);
            }
            self.out.extend_from_slice(line);
            for inside in after {
                self.write(*inside);
            }
        } else {
            self.out.extend_from_slice(&node.head);
            for inside in &node.inside {
                self.write(*inside);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_without_references_go_and_equal_constants_become_one() {
        // ("ab", "ab", "cd", None, 7, 7) with marks everywhere and the second "ab" written again.
        let loose = b"\xa9\x06\xda\x02ab\xda\x02ab\xda\x02cdN\xe9\x07\0\0\0r\x04\0\0\0";
        let tight = b")\x06\xda\x02abr\0\0\0\0Z\x02cdNi\x07\0\0\0i\x07\0\0\0";
        assert_eq!(normal(loose, 13).as_deref(), Some(&tight[..]));
        assert_eq!(normal(tight, 13).as_deref(), Some(&tight[..]));
        assert!(is_whole(loose, 13) && is_whole(tight, 13));
    }

    #[test]
    fn frozensets_are_sorted_and_letters_interned() {
        let one = b">\x03\0\0\0z\x01bNz\x01a";
        let other = b">\x03\0\0\0Nz\x01aZ\x01b";
        assert_eq!(normal(one, 9), normal(other, 9));
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for bytes in [&b""[..], b"r\0\0\0\0", b"?", b")\x02N", b"s\xff\xff\xff\xffx", b"NN", b"\xa9\x01r\0\0\0\0", &[b')'; 4000]] {
            assert_eq!(normal(bytes, 13), None, "{bytes:?}");
            assert!(!is_whole(bytes, 13), "{bytes:?}");
        }
    }
}
