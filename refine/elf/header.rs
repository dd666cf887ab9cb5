//! The tables at the edges of an ELF file: its header, program headers and section headers, of either width and byte order.

use super::{Malformed, Source, Target};

pub(super) const OBJECT: u16 = 1;
pub(super) const PROGRAM: u16 = 2;
pub(super) const SHARED: u16 = 3;

/// Program header kinds.
pub(super) const LOAD: u32 = 1;
pub(super) const DYNAMIC: u32 = 2;
pub(super) const INTERPRETER: u32 = 3;

/// Section kinds and flags.
pub(super) const NULL: u32 = 0;
pub(super) const STRINGS: u32 = 3;
pub(super) const NO_BITS: u32 = 8;
pub(super) const ALLOCATED: u64 = 2;

/// The processor whose flags say how floating point numbers are passed, by their mask.
const FLAGS: &[(u16, u32)] = &[(40, 0x600), (243, 0x6), (258, 0x7)];

/// Width and byte order, which every number of a file is read by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    pub(super) wide: bool,
    pub(super) big: bool,
}

/// Reads numbers one after the other. Past the end everything is zero; callers take tables of the right length.
pub(super) struct Numbers<'b> {
    layout: Layout,
    bytes: &'b [u8],
}

impl Layout {
    pub(super) fn numbers(self, bytes: &[u8]) -> Numbers<'_> {
        Numbers { layout: self, bytes }
    }

    pub(super) const fn word(self) -> usize {
        if self.wide { 8 } else { 4 }
    }

    /// Writes a number into as many bytes as there are.
    pub(super) fn put(self, into: &mut [u8], value: u64) {
        let length = into.len();
        let bytes = value.to_le_bytes();
        for (index, byte) in into.iter_mut().enumerate() {
            *byte = bytes.get(if self.big { length - 1 - index } else { index }).copied().unwrap_or(0);
        }
    }
}

impl Numbers<'_> {
    fn number(&mut self, length: usize) -> u64 {
        let (now, rest) = self.bytes.split_at(length.min(self.bytes.len()));
        self.bytes = rest;
        let add = |sum: u64, byte: &u8| (sum << 8) | u64::from(*byte);
        if self.layout.big { now.iter().fold(0, add) } else { now.iter().rev().fold(0, add) }
    }

    pub(super) fn half(&mut self) -> u16 {
        u16::try_from(self.number(2)).unwrap_or_default()
    }

    pub(super) fn long(&mut self) -> u32 {
        u32::try_from(self.number(4)).unwrap_or_default()
    }

    pub(super) fn word(&mut self) -> u64 {
        self.number(self.layout.word())
    }
}

/// The file header.
#[derive(Clone, Debug)]
pub(super) struct Header {
    pub(super) layout: Layout,
    pub(super) kind: u16,
    pub(super) machine: u16,
    pub(super) flags: u32,
    pub(super) segments_at: u64,
    pub(super) segment_count: u16,
    pub(super) sections_at: u64,
    pub(super) section_count: u16,
    pub(super) names_index: u16,
}

/// A program header, and the bytes of the file that it names.
#[derive(Clone, Debug)]
pub(super) struct Segment {
    pub(super) kind: u32,
    pub(super) offset: u64,
    pub(super) address: u64,
    pub(super) filled: u64,
}

/// A section header.
#[derive(Clone, Debug)]
pub(super) struct Section {
    pub(super) name: u32,
    pub(super) kind: u32,
    pub(super) flags: u64,
    pub(super) address: u64,
    pub(super) offset: u64,
    pub(super) size: u64,
    pub(super) link: u32,
    pub(super) info: u32,
    pub(super) align: u64,
    pub(super) entry: u64,
}

impl Header {
    /// The header; `None` when the file does not start like ELF.
    pub(super) fn read<S: Source + ?Sized>(source: &S) -> Result<Option<Self>, Malformed> {
        if source.length()? < 4 || source.take(0, 4, "header")?.as_ref() != b"\x7fELF" {
            return Ok(None);
        }
        let start = source.take(0, 16, "header")?;
        let wide = match start[4] {
            1 => false,
            2 => true,
            _ => return Err(Malformed::Odd("width")),
        };
        let big = match start[5] {
            1 => false,
            2 => true,
            _ => return Err(Malformed::Odd("byte order")),
        };
        let layout = Layout { wide, big };
        let bytes = source.take(16, Self::length(layout) - 16, "header")?;
        let mut numbers = layout.numbers(&bytes);
        let (kind, machine, _version, _entry) = (numbers.half(), numbers.half(), numbers.long(), numbers.word());
        let (segments_at, sections_at, flags, _size) = (numbers.word(), numbers.word(), numbers.long(), numbers.half());
        let (segment_size, segment_count) = (numbers.half(), numbers.half());
        let (section_size, section_count, names_index) = (numbers.half(), numbers.half(), numbers.half());
        if segment_count > 0 && usize::from(segment_size) != Segment::length(layout) || segment_count == u16::MAX {
            return Err(Malformed::Odd("program header table"));
        }
        if section_count > 0 && usize::from(section_size) != Section::length(layout) {
            return Err(Malformed::Odd("section header table"));
        }
        Ok(Some(Self { layout, kind, machine, flags, segments_at, segment_count, sections_at, section_count, names_index }))
    }

    pub(super) const fn length(layout: Layout) -> usize {
        if layout.wide { 64 } else { 52 }
    }

    pub(super) fn target(&self) -> Target {
        let mask = FLAGS.iter().find(|(machine, _)| *machine == self.machine).map_or(0, |(_, mask)| *mask);
        Target { wide: self.layout.wide, big: self.layout.big, machine: self.machine, flags: self.flags & mask }
    }

    /// The program headers.
    pub(super) fn segments<S: Source + ?Sized>(&self, source: &S) -> Result<Vec<Segment>, Malformed> {
        let (count, size) = (usize::from(self.segment_count), Segment::length(self.layout));
        if count == 0 {
            return Ok(vec![]);
        }
        let table = source.take(self.segments_at, count * size, "program header table")?;
        Ok(table.chunks_exact(size).map(|bytes| Segment::read(self.layout, bytes)).collect())
    }

    /// The section headers, of which the first is always empty.
    pub(super) fn sections(&self, bytes: &[u8]) -> Result<Vec<Section>, Malformed> {
        let size = Section::length(self.layout);
        let table = bytes.take(self.sections_at, usize::from(self.section_count) * size, "section header table")?;
        let sections: Vec<_> = table.chunks_exact(size).map(|bytes| Section::read(self.layout, bytes)).collect();
        if sections.iter().any(|s| s.end().is_none_or(|end| end > bytes.len() as u64)) {
            return Err(Malformed::Outside("section"));
        }
        Ok(sections)
    }
}

impl Segment {
    pub(super) const fn length(layout: Layout) -> usize {
        if layout.wide { 56 } else { 32 }
    }

    fn read(layout: Layout, bytes: &[u8]) -> Self {
        let mut numbers = layout.numbers(bytes);
        let kind = numbers.long();
        if layout.wide {
            numbers.long();
        }
        let (offset, address, _physical, filled) = (numbers.word(), numbers.word(), numbers.word(), numbers.word());
        Self { kind, offset, address, filled }
    }

    /// The byte after its last, when that is a number at all.
    pub(super) const fn end(&self) -> Option<u64> {
        self.offset.checked_add(self.filled)
    }
}

impl Section {
    pub(super) const fn length(layout: Layout) -> usize {
        if layout.wide { 64 } else { 40 }
    }

    fn read(layout: Layout, bytes: &[u8]) -> Self {
        let mut n = layout.numbers(bytes);
        let (name, kind, flags, address, offset, size) = (n.long(), n.long(), n.word(), n.word(), n.word(), n.word());
        Self { name, kind, flags, address, offset, size, link: n.long(), info: n.long(), align: n.word(), entry: n.word() }
    }

    pub(super) fn write(&self, layout: Layout, into: &mut Vec<u8>) {
        let (long, word) = (4, layout.word());
        let fields = [
            (long, u64::from(self.name)),
            (long, u64::from(self.kind)),
            (word, self.flags),
            (word, self.address),
            (word, self.offset),
            (word, self.size),
            (long, u64::from(self.link)),
            (long, u64::from(self.info)),
            (word, self.align),
            (word, self.entry),
        ];
        for (length, value) in fields {
            let at = into.len();
            into.resize(at + length, 0);
            layout.put(&mut into[at..], value);
        }
    }

    /// Whether it has bytes in the file.
    pub(super) const fn has_bytes(&self) -> bool {
        self.kind != NO_BITS && self.kind != NULL
    }

    pub(super) const fn is_allocated(&self) -> bool {
        self.flags & ALLOCATED != 0
    }

    /// The byte after its last in the file, zero when it has none there.
    pub(super) fn end(&self) -> Option<u64> {
        if self.has_bytes() { self.offset.checked_add(self.size) } else { Some(0) }
    }
}

/// The text before the first NUL.
pub(super) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes.split(|b| *b == 0).next().unwrap_or_default()).into_owned()
}
