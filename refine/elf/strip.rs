//! Drops what only debuggers read of a program or shared library: sections at the end of the file that are never loaded.
//! All bytes up to the last that is loaded stay where they are; behind them come the sections that are kept, their names
//! and a new section header table. A file whose symbols lie between loaded parts, as patchelf makes them, keeps those.

use super::header::{self, Header, Section};
use super::{Malformed, verify};

/// What came of a file.
#[derive(Debug)]
pub enum Stripped {
    /// A shorter file that loads as the same.
    Smaller(Vec<u8>),
    /// There is nothing to drop.
    Nothing,
    /// The file stays as it is.
    Unsafe(Reason),
}

/// Why a file is not touched.
#[derive(Debug, thiserror::Error)]
pub enum Reason {
    /// It cannot be read.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// It is for a processor that no image is for, a graphics card's for one; its own loader may read the symbols.
    #[error("it is for a processor whose loader is not known")]
    Processor,
    /// There are bytes behind all that its headers name.
    #[error("it has data appended")]
    Appended,
    /// There are bytes between its sections that no header names.
    #[error("it has data between its sections")]
    Between,
    /// Its sections refer to each other in a way that linkers do not write.
    #[error("its {0} is not as linkers write it")]
    Unusual(&'static str),
    /// The shorter file is not the same in this.
    #[error("its {0} would change")]
    Changed(&'static str),
}

/// Processors that images are for: x86, ARM, x86-64, `AArch64`, POWER, S/390, MIPS, RISC-V and `LoongArch`.
const PROCESSORS: &[u16] = &[3, 8, 20, 21, 22, 40, 62, 183, 243, 258];

const SYMBOLS: u32 = 2;
const WITH_ADDENDS: u32 = 4;
const RELOCATIONS: u32 = 9;
const SYMBOL_INDEXES: u32 = 18;

/// How often the end of what stays may move up before a file counts as odd.
const MAX_ROUNDS: usize = 8;

/// Makes a program or shared library shorter, or says why not. Everything else that is ELF, and what is not, is `Nothing`.
#[must_use]
pub fn strip(bytes: &[u8]) -> Stripped {
    let shorter = rebuild(bytes).and_then(|after| match after {
        Some(after) => verify(bytes, &after).map(|()| Some(after)),
        None => Ok(None),
    });
    match shorter {
        Ok(Some(after)) => Stripped::Smaller(after),
        Ok(None) => Stripped::Nothing,
        Err(reason) => Stripped::Unsafe(reason),
    }
}

fn rebuild(bytes: &[u8]) -> Result<Option<Vec<u8>>, Reason> {
    let Some(header) = Header::read(bytes)? else { return Ok(None) };
    if !matches!(header.kind, header::PROGRAM | header::SHARED) || header.sections_at == 0 {
        return Ok(None);
    }
    if !PROCESSORS.contains(&header.machine) {
        return Err(Reason::Processor);
    }
    let table = Table::read(bytes, &header)?;
    let Some((kept, end)) = table.kept()? else { return Ok(None) };
    table.account(bytes, &header, end)?;
    let after = table.write(bytes, &header, &kept, end)?;
    Ok((after.len() < bytes.len()).then_some(after))
}

/// The sections of a file with their names, and where the last byte is that has to stay.
pub(super) struct Table<'b> {
    pub(super) sections: Vec<Section>,
    pub(super) names: Vec<&'b [u8]>,
    pub(super) names_index: usize,
    /// The end of headers, segments and allocated sections.
    pub(super) fixed: u64,
    /// The end of everything that a header names.
    known: u64,
}

impl<'b> Table<'b> {
    pub(super) fn read(bytes: &'b [u8], header: &Header) -> Result<Self, Reason> {
        let sections = header.sections(bytes)?;
        let names_index = usize::from(header.names_index);
        let strings = sections.get(names_index).filter(|s| s.kind == header::STRINGS && !s.is_allocated());
        let strings = strings.ok_or(Reason::Unusual("table of section names"))?;
        let strings = &bytes[index(strings.offset)..][..index(strings.size)];
        let mut names = Vec::with_capacity(sections.len());
        for section in &sections {
            let rest = strings.get(index(u64::from(section.name)).min(strings.len())..).unwrap_or_default();
            // A name is short; the limit keeps a table of garbage from being searched again and again.
            let end = rest.iter().take(512).position(|b| *b == 0);
            names.push(&rest[..end.ok_or(Reason::Unusual("table of section names"))?]);
        }
        let mut fixed = Header::length(header.layout) as u64;
        let segments = header.segments(bytes)?;
        fixed = fixed.max(header.segments_at + (segments.len() * header::Segment::length(header.layout)) as u64);
        for segment in &segments {
            fixed = fixed.max(segment.end().ok_or(Malformed::Outside("segment"))?);
        }
        for section in sections.iter().filter(|s| s.is_allocated()) {
            fixed = fixed.max(section.end().unwrap_or_default());
        }
        if fixed > bytes.len() as u64 {
            return Err(Malformed::Outside("segment").into());
        }
        let table_end = header.sections_at + (sections.len() * Section::length(header.layout)) as u64;
        let known = sections.iter().filter_map(Section::end).fold(fixed.max(table_end), u64::max);
        Ok(Self { sections, names, names_index, fixed, known })
    }

    /// Which sections are kept, and the end of those that do not move; `None` when nothing can go.
    fn kept(&self) -> Result<Option<(Vec<bool>, u64)>, Reason> {
        let mut end = self.fixed;
        for _ in 0..MAX_ROUNDS {
            let kept = self.kept_behind(end);
            let stays = |i: &usize| kept[*i] && *i != self.names_index && !is_movable(self.names[*i]);
            let next = (0..kept.len()).filter(stays).filter_map(|i| self.sections[i].end()).fold(end, u64::max);
            if next == end {
                return Ok(kept.contains(&false).then_some((kept, end)));
            }
            end = next;
        }
        Err(Reason::Unusual("order of sections"))
    }

    fn kept_behind(&self, end: u64) -> Vec<bool> {
        let loose = |s: &Section| !s.is_allocated() && s.has_bytes() && s.offset >= end;
        let mut kept: Vec<bool> = self.sections.iter().zip(&self.names).map(|(s, n)| !(loose(s) && is_for_debuggers(s, n))).collect();
        // What only speaks of dropped sections goes too: relocations and indexes of symbols, and the names of symbols.
        for (i, section) in self.sections.iter().enumerate() {
            let speaks = matches!(section.kind, WITH_ADDENDS | RELOCATIONS | SYMBOL_INDEXES);
            if loose(section) && speaks && kept.get(index(u64::from(section.link))) == Some(&false) {
                kept[i] = false;
            }
        }
        let mut used = vec![(false, false); kept.len()];
        for (section, kept) in self.sections.iter().zip(&kept) {
            if let Some((by_kept, by_dropped)) = used.get_mut(index(u64::from(section.link))) {
                *by_kept |= *kept && section.link != 0;
                *by_dropped |= !*kept;
            }
        }
        for (i, section) in self.sections.iter().enumerate() {
            if section.kind == header::STRINGS && i != self.names_index && loose(section) && used[i] == (false, true) {
                kept[i] = false;
            }
        }
        kept
    }

    /// Makes sure that all bytes that would go are named by a header, or empty.
    fn account(&self, bytes: &[u8], header: &Header, end: u64) -> Result<(), Reason> {
        let is_empty = |from: u64, to: u64| bytes[index(from)..index(to)].iter().all(|b| *b == 0);
        let length = bytes.len() as u64;
        if length - self.known > 4096 || !is_empty(self.known, length) {
            return Err(Reason::Appended);
        }
        let table = header.sections_at;
        let table = (table, table + (self.sections.len() * Section::length(header.layout)) as u64);
        let mut ranges: Vec<_> = self.sections.iter().filter(|s| s.has_bytes()).map(|s| (s.offset, s.offset + s.size)).collect();
        ranges.push(table);
        ranges.sort_unstable();
        let mut seen = end;
        for (from, to) in ranges {
            if from > seen && !is_empty(seen, from) {
                return Err(Reason::Between);
            }
            seen = seen.max(to);
        }
        Ok(())
    }

    fn write(&self, bytes: &[u8], header: &Header, kept: &[bool], end: u64) -> Result<Vec<u8>, Reason> {
        // Dynamic symbols name their section by its index, so a section header that goes leaves an empty one in its place
        // where something that is loaded comes behind it.
        let last = self.sections.iter().rposition(Section::is_allocated).unwrap_or(0);
        let mut renumbered = vec![None; kept.len()];
        let mut order = vec![];
        for i in 0..kept.len() {
            if kept[i] {
                renumbered[i] = u32::try_from(order.len()).ok();
                order.push(Some(i));
            } else if i < last {
                order.push(None);
            }
        }
        let renumber = |old: u32| renumbered.get(index(u64::from(old))).copied().flatten().unwrap_or(0);

        let mut after = bytes[..index(end)].to_vec();
        let (mut names, mut headers) = (vec![0], vec![]);
        for i in &order {
            let Some(i) = *i else {
                headers.push(None);
                continue;
            };
            let mut section = self.sections[i].clone();
            section.name = if self.names[i].is_empty() { 0 } else { u32::try_from(names.len()).unwrap_or_default() };
            if section.name != 0 {
                names.extend_from_slice(self.names[i]);
                names.push(0);
            }
            if section.link != 0 && index(u64::from(section.link)) == self.names_index {
                return Err(Reason::Unusual("table of section names"));
            }
            section.link = renumber(section.link);
            if section.flags & 0x40 != 0 || matches!(section.kind, WITH_ADDENDS | RELOCATIONS) {
                section.info = renumber(section.info);
            }
            if section.has_bytes() && section.offset >= end && i != self.names_index {
                let offset = pad(&mut after, section.align);
                let copy = &bytes[index(section.offset)..][..index(section.size)];
                if after.len() + copy.len() > bytes.len() {
                    return Ok(bytes.to_vec());
                }
                after.extend_from_slice(copy);
                section.offset = offset;
            }
            headers.push(Some((i, section)));
        }
        let names_at = after.len() as u64;
        after.extend_from_slice(&names);
        let table_at = pad(&mut after, 8);
        for entry in &mut headers {
            let Some((i, section)) = entry else {
                after.resize(after.len() + Section::length(header.layout), 0);
                continue;
            };
            if *i == self.names_index {
                (section.offset, section.size) = (names_at, names.len() as u64);
            }
            section.write(header.layout, &mut after);
        }
        let layout = header.layout;
        let (table_field, count_field) = if layout.wide { (40, 60) } else { (32, 48) };
        layout.put(&mut after[table_field..table_field + layout.word()], table_at);
        layout.put(&mut after[count_field..count_field + 2], headers.len() as u64);
        let names_index = u32::try_from(self.names_index).unwrap_or_default();
        layout.put(&mut after[count_field + 2..count_field + 4], u64::from(renumber(names_index)));
        Ok(after)
    }
}

/// Fills up with zeros to a multiple.
fn pad(bytes: &mut Vec<u8>, align: u64) -> u64 {
    let align = if align.is_power_of_two() && align <= 4096 { index(align) } else { 1 };
    bytes.resize(bytes.len().next_multiple_of(align), 0);
    bytes.len() as u64
}

/// Offsets are checked against the file's length, which memory holds, when headers are read.
pub(super) fn index(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// Whether a section that is not loaded serves debuggers and linkers only. Probe points (`.note.stapsdt`) and the way to a
/// separate file with symbols (`.gnu_debuglink`) stay: they are small and meant for a running service.
fn is_for_debuggers(section: &Section, name: &[u8]) -> bool {
    const NAMES: &[&[u8]] = &[b".comment", b".gnu_debugdata", b".gdb_index", b".stab", b".stabstr"];
    const STARTS: &[&[u8]] = &[b".debug_", b".zdebug_", b".gnu.build.attributes", b".rela.debug_", b".rel.debug_", b".gnu.debuglto_"];
    section.kind == SYMBOLS || NAMES.contains(&name) || name == b".debug" || STARTS.iter().any(|start| name.starts_with(start))
}

/// Whether a section that is not loaded may come to lie elsewhere in the file; of an unknown one something may know the place.
fn is_movable(name: &[u8]) -> bool {
    const NAMES: &[&[u8]] = &[b".gnu_debuglink", b".gnu_debugaltlink", b".ARM.attributes", b".riscv.attributes", b".gnu.attributes"];
    NAMES.contains(&name) || name.starts_with(b".note.")
}
