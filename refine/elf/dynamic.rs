//! The dynamic section: what a file needs, where it searches, and the versions of symbols it wants and offers.

use super::header::{self, Header, Layout, Segment};
use super::{Elf, Malformed, Source, Wanted};

/// The longest name or path that is believed.
pub(super) const MAX_NAME: usize = 4096;
/// The largest version table that is believed; the largest real ones have a few thousand bytes.
const TABLE: u64 = 1 << 18;
/// How many entries a dynamic section or version table may have.
const ENTRIES: usize = 1 << 14;

const NEEDED: u64 = 1;
const STRINGS: u64 = 5;
const STRINGS_SIZE: u64 = 10;
const SONAME: u64 = 14;
const RPATH: u64 = 15;
const RUNPATH: u64 = 29;
const DEFINED: u64 = 0x6fff_fffc;
const WANTED: u64 = 0x6fff_fffe;

/// A version that the file can do without, or that stands for the file itself.
const WEAK: u16 = 2;
const BASE: u16 = 1;

/// Fills in what the dynamic section says; nothing where there is none.
pub(super) fn read<S: Source + ?Sized>(source: &S, header: &Header, segments: &[Segment], elf: &mut Elf) -> Result<(), Malformed> {
    let Some(segment) = segments.iter().find(|s| s.kind == header::DYNAMIC && s.filled > 0) else { return Ok(()) };
    let size = 2 * header.layout.word();
    let count = usize::try_from(segment.filled).unwrap_or(usize::MAX) / size;
    if count > ENTRIES {
        return Err(Malformed::Odd("dynamic section"));
    }
    let bytes = source.take(segment.offset, count * size, "dynamic section")?;
    let mut numbers = header.layout.numbers(&bytes);
    let pairs = (0..count).map(|_| (numbers.word(), numbers.word()));
    let pairs: Vec<_> = pairs.take_while(|(tag, _)| *tag != 0).collect();
    let value = |wanted| pairs.iter().find(|(tag, _)| *tag == wanted).map(|(_, value)| *value);
    let Some(address) = value(STRINGS) else {
        let speaks = pairs.iter().any(|(tag, _)| matches!(*tag, NEEDED | SONAME | RPATH | RUNPATH | DEFINED | WANTED));
        return if speaks { Err(Malformed::Odd("dynamic section")) } else { Ok(()) };
    };
    let (start, room) = place(segments, address).ok_or(Malformed::Outside("table of strings"))?;
    let end = start + value(STRINGS_SIZE).unwrap_or(room).min(room);
    let table = Strings { source, start, end };

    for (tag, value) in &pairs {
        match *tag {
            NEEDED => elf.needed.push(table.at(*value)?),
            SONAME => elf.soname = Some(table.at(*value)?),
            RPATH => elf.rpath = paths(&table.at(*value)?),
            RUNPATH => elf.runpath = paths(&table.at(*value)?),
            _ => {}
        }
    }
    if let Some(address) = value(WANTED) {
        let (bytes, mut budget) = (versions(source, segments, address)?, ENTRIES);
        walk(header.layout, &bytes, 0, 16, 12, &mut budget, |entry, at, budget| {
            let mut numbers = header.layout.numbers(entry);
            let (_version, _count, file, first) = (numbers.half(), numbers.half(), numbers.long(), numbers.long());
            let mut wanted = Wanted { library: table.at(u64::from(file))?, versions: vec![] };
            walk(header.layout, &bytes, next(at, first)?, 16, 12, budget, |entry, _, _| {
                let mut numbers = header.layout.numbers(entry);
                let (_hash, flags, _other, name) = (numbers.long(), numbers.half(), numbers.half(), numbers.long());
                if flags & WEAK == 0 {
                    wanted.versions.push(table.at(u64::from(name))?);
                }
                Ok(())
            })?;
            elf.wanted.push(wanted);
            Ok(())
        })?;
    }
    if let Some(address) = value(DEFINED) {
        let (bytes, mut budget) = (versions(source, segments, address)?, ENTRIES);
        walk(header.layout, &bytes, 0, 20, 16, &mut budget, |entry, at, _| {
            let mut numbers = header.layout.numbers(entry);
            let (_version, flags, _index, _count) = (numbers.half(), numbers.half(), numbers.half(), numbers.half());
            let (_hash, first) = (numbers.long(), numbers.long());
            let name = bytes.get(next(at, first)?..).and_then(|b| b.get(..4)).ok_or(Malformed::Outside("table of versions"))?;
            if flags & BASE == 0 {
                elf.defined.push(table.at(u64::from(header.layout.numbers(name).long()))?);
            }
            Ok(())
        })?;
    }
    Ok(())
}

/// Walks a chain of entries of which each says how far the next is; zero ends it. Offsets only grow, so it always ends.
fn walk(
    layout: Layout,
    bytes: &[u8],
    mut at: usize,
    size: usize,
    link: usize,
    budget: &mut usize,
    mut each: impl FnMut(&[u8], usize, &mut usize) -> Result<(), Malformed>,
) -> Result<(), Malformed> {
    loop {
        let entry = bytes.get(at..).and_then(|b| b.get(..size)).ok_or(Malformed::Outside("table of versions"))?;
        *budget = budget.checked_sub(1).ok_or(Malformed::Odd("table of versions"))?;
        each(entry, at, budget)?;
        match layout.numbers(&entry[link..]).long() {
            0 => return Ok(()),
            step => at = next(at, step)?,
        }
    }
}

fn next(at: usize, step: u32) -> Result<usize, Malformed> {
    usize::try_from(step).ok().and_then(|step| at.checked_add(step)).ok_or(Malformed::Odd("table of versions"))
}

/// The bytes from an address to the end of what is loaded there.
fn versions<'s, S: Source + ?Sized>(source: &'s S, segments: &[Segment], address: u64) -> Result<std::borrow::Cow<'s, [u8]>, Malformed> {
    let (start, room) = place(segments, address).ok_or(Malformed::Outside("table of versions"))?;
    let room = room.min(TABLE).min(source.length()?.saturating_sub(start));
    source.take(start, usize::try_from(room).unwrap_or_default(), "table of versions")
}

/// Where an address is in the file, and how many bytes are loaded from there.
fn place(segments: &[Segment], address: u64) -> Option<(u64, u64)> {
    let loads = segments.iter().filter(|s| s.kind == header::LOAD);
    let (segment, inside) = loads.filter_map(|s| Some((s, address.checked_sub(s.address)?))).find(|(s, inside)| *inside < s.filled)?;
    segment.end()?;
    Some((segment.offset + inside, segment.filled - inside))
}

fn paths(list: &str) -> Vec<String> {
    list.split(':').filter(|p| !p.is_empty()).map(str::to_owned).collect()
}

struct Strings<'s, S: Source + ?Sized> {
    source: &'s S,
    start: u64,
    end: u64,
}

impl<S: Source + ?Sized> Strings<'_, S> {
    fn at(&self, offset: u64) -> Result<String, Malformed> {
        let what = "table of strings";
        let at = self.start.checked_add(offset).filter(|at| *at < self.end).ok_or(Malformed::Outside(what))?;
        let room = usize::try_from(self.end - at).unwrap_or(usize::MAX);
        for length in [128, MAX_NAME] {
            let bytes = self.source.take(at, room.min(length), what)?;
            if bytes.contains(&0) {
                return Ok(header::text(&bytes));
            }
        }
        Err(Malformed::Odd(what))
    }
}
