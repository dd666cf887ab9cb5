//! The proof that a stripped file loads as the original does, by reading both again; it shares no decision with `strip`.

use super::header::{Header, Section};
use super::strip::{Reason, Table, index};

/// Makes sure that `after` is `before` without some sections that are never loaded:
/// - headers, segments and everything in front of the end of the last are the same bytes at the same places, but for the
///   three fields that say where the section headers are;
/// - every section of `after` is one of `before`, in the same order and with the same content and attributes;
/// - every allocated section is still there, under the same index.
pub fn verify(before: &[u8], after: &[u8]) -> Result<(), Reason> {
    let (Some(old), Some(new)) = (Header::read(before)?, Header::read(after)?) else { return Err(Reason::Changed("header")) };
    if after.len() > before.len() {
        return Err(Reason::Changed("length"));
    }
    let (was, is) = (Table::read(before, &old)?, Table::read(after, &new)?);
    let (start, fixed) = (Header::length(old.layout), index(was.fixed));
    if old.layout != new.layout || masked(before, &old)? != masked(after, &new)? {
        return Err(Reason::Changed("header"));
    }
    if after.len() < fixed || before[start..fixed] != after[start..fixed] {
        return Err(Reason::Changed("loaded part"));
    }
    if is.fixed != was.fixed || super::read(before)? != super::read(after)? {
        return Err(Reason::Changed("dynamic section"));
    }
    let pairs = pairs(before, after, &was, &is)?;
    links(&was, &is, &pairs)
}

/// The file header without the fields that may differ.
fn masked(bytes: &[u8], header: &Header) -> Result<Vec<u8>, Reason> {
    let mut start = bytes.get(..Header::length(header.layout)).ok_or(Reason::Changed("header"))?.to_vec();
    let (table, counts) = if header.layout.wide { (40..48, 60..64) } else { (32..36, 48..52) };
    start[table].fill(0);
    start[counts].fill(0);
    Ok(start)
}

/// For every section of the new table the index that it had; `None` for empty headers.
fn pairs(before: &[u8], after: &[u8], was: &Table<'_>, is: &Table<'_>) -> Result<Vec<Option<usize>>, Reason> {
    let mut pairs = vec![];
    let mut next = 0;
    for (i, section) in is.sections.iter().enumerate() {
        if !section.has_bytes() && section.size == 0 && is.names[i].is_empty() {
            pairs.push(None);
            continue;
        }
        let names = i == is.names_index;
        let same = |j: &usize| {
            let old = &was.sections[*j];
            was.names[*j] == is.names[i]
                && alike(old, section)
                && (names || old.size == section.size && content(before, old, was) == content(after, section, was))
                && (!section.is_allocated() || *j == i && old.offset == section.offset)
        };
        let found = (next..was.sections.len()).find(same).ok_or(Reason::Changed("list of sections"))?;
        if was.sections[next..found].iter().any(Section::is_allocated) {
            return Err(Reason::Changed("list of sections"));
        }
        next = found + 1;
        pairs.push(Some(found));
    }
    if was.sections[next..].iter().any(Section::is_allocated) {
        return Err(Reason::Changed("list of sections"));
    }
    Ok(pairs)
}

fn alike(old: &Section, new: &Section) -> bool {
    let of = |s: &Section| (s.kind, s.flags, s.address, s.align, s.entry);
    of(old) == of(new)
}

/// What a section holds: its place where that is part of what has been compared already, else its bytes.
fn content<'b>(bytes: &'b [u8], section: &Section, was: &Table<'_>) -> (u64, &'b [u8]) {
    let compared = !section.has_bytes() || section.end().is_some_and(|end| end <= was.fixed);
    if compared { (section.offset, &[]) } else { (0, &bytes[index(section.offset)..][..index(section.size)]) }
}

/// Makes sure that sections that are kept refer to the same sections, or to none where that one is gone.
fn links(was: &Table<'_>, is: &Table<'_>, pairs: &[Option<usize>]) -> Result<(), Reason> {
    let at = |link: u32| pairs.get(index(u64::from(link))).copied().flatten();
    let mut left = vec![false; was.sections.len()];
    for old in pairs.iter().flatten() {
        left[*old] = true;
    }
    for (section, old) in is.sections.iter().zip(pairs) {
        let Some(old) = old.map(|old| &was.sections[old]) else { continue };
        let target = index(u64::from(old.link));
        let same = if section.link == 0 { old.link == 0 || left.get(target) == Some(&false) } else { at(section.link) == Some(target) };
        let target = index(u64::from(old.info));
        let info = section.info == old.info || at(section.info) == Some(target) || section.info == 0 && left.get(target) == Some(&false);
        if !same || !info {
            return Err(Reason::Changed("links between sections"));
        }
    }
    Ok(())
}
