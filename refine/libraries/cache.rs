//! The loader's cache, `/etc/ld.so.cache`, in the format `glibc-ld.so.cache1.1`: by it the loader finds libraries in folders
//! that are not its own defaults. It is written here since images without a shell have no `ldconfig`.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::path::Path;

use crate::elf::{Kind, Target};
use crate::tree::{self, Tree};

use super::world::Files;

const MAGIC: &[u8] = b"glibc-ld.so.cache1.1";
const HEADER: usize = 48;
const ENTRY: usize = 24;

/// One library: its name, the loader's word for its machine, and its path.
struct Known {
    name: String,
    flags: u32,
    path: String,
}

/// Writes the cache of all libraries in these folders of an image, which are searched in this order.
#[must_use]
pub fn cache(image: &Tree, folders: &[String]) -> Vec<u8> {
    let mut files = Files::default();
    let mut seen = std::collections::BTreeSet::new();
    let mut known = vec![];
    for folder in folders {
        if let Some(real) = image.follow(folder).filter(|real| seen.insert(real.clone())) {
            known.extend(libraries(image, &mut files, folder, &real));
        }
    }
    known.sort_by(|a, b| order(&b.name, &a.name).then_with(|| b.flags.cmp(&a.flags)));
    write(&known)
}

/// The libraries of a folder by their sonames.
fn libraries(image: &Tree, files: &mut Files, folder: &str, real: &str) -> Vec<Known> {
    let mut found = BTreeMap::<(String, u32), String>::new();
    for (path, entry) in image.below(real) {
        let Some(name) = path.strip_prefix(real).and_then(|p| p.strip_prefix('/')).filter(|name| is_library(name)) else { continue };
        let Some(target) = image.follow(path).and_then(|path| image.get(&path)).filter(|e| e.is_file()) else { continue };
        let Some(elf) = files.elf(Path::new(&target.disk)).filter(|elf| elf.kind == Kind::Shared) else { continue };
        let Some(flags) = flags(elf.target) else { continue };
        let soname = elf.soname.as_deref().unwrap_or(name);
        // A link for linkers, `libz.so` for `libz.so.1`, is a name of its own, which programs open too.
        let is_link = matches!(entry.kind, tree::Kind::Link { .. });
        let key = if is_link && name.strip_suffix(".so").is_some() && soname.starts_with(name) { name } else { soname };
        let file = found.entry((key.to_owned(), flags)).or_insert_with(|| name.to_owned());
        // The name itself is the surest way to it; of others the newest.
        if file != key && (name == key || order(name, file) == Ordering::Greater) {
            name.clone_into(file);
        }
    }
    found.into_iter().map(|((name, flags), file)| Known { name, flags, path: format!("{folder}/{file}") }).collect()
}

fn is_library(name: &str) -> bool {
    (name.starts_with("lib") || name.starts_with("ld-") || name.starts_with("ld.so")) && name.contains(".so") && !name.contains('/')
}

/// What the loader of a machine looks for; none where it is not known.
fn flags(target: Target) -> Option<u32> {
    Some(match (target.machine, target.wide) {
        (3, false) => 0x3,
        (62, true) => 0x303,
        (62, false) => 0x803,
        (183, true) => 0xa03,
        (40, false) if target.flags & 0x200 != 0 => 0xb03,
        (40, false) => 0x903,
        (21, true) => 0x503,
        (22, true) => 0x403,
        (243, true) if target.flags & 0x6 == 0x4 => 0x1003,
        (243, true) => 0xf03,
        (258, true) if target.flags & 0x7 == 0x3 => 0x1203,
        _ => return None,
    })
}

/// The loader's own order of names, by which it searches the cache: numbers count as numbers, and are more than letters.
fn order(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a.as_bytes(), b.as_bytes());
    while let Some(&x) = a.first() {
        match (x, b.first()) {
            (b'0'..=b'9', Some(b'0'..=b'9')) => {
                let (m, n) = (digits(&mut a), digits(&mut b));
                if m != n {
                    return m.cmp(&n);
                }
            }
            (b'0'..=b'9', _) => return Ordering::Greater,
            (_, Some(b'0'..=b'9')) => return Ordering::Less,
            (x, Some(&y)) if x == y => (a, b) = (&a[1..], &b[1..]),
            (x, y) => return x.cmp(&y.copied().unwrap_or(0)),
        }
    }
    if b.is_empty() { Ordering::Equal } else { Ordering::Less }
}

/// Takes a number off the front; the loader counts in 32 bits, and overflows in silence.
fn digits(text: &mut &[u8]) -> i32 {
    let mut value = 0_i32;
    while let Some(digit) = text.first().filter(|d| d.is_ascii_digit()) {
        value = value.wrapping_mul(10).wrapping_add(i32::from(digit - b'0'));
        *text = &text[1..];
    }
    value
}

fn write(known: &[Known]) -> Vec<u8> {
    let number = |n: usize| u32::try_from(n).expect("a cache is far smaller than 4 GB").to_le_bytes();
    let start = HEADER + known.len() * ENTRY;
    let mut strings = vec![];
    let mut places = BTreeMap::<&str, usize>::new();
    let place = |text: &'_ str, strings: &mut Vec<u8>| {
        let at = start + strings.len();
        strings.extend_from_slice(text.as_bytes());
        strings.push(0);
        at
    };
    let mut entries = vec![];
    for library in known {
        let path = place(&library.path, &mut strings);
        // A path that ends in the name holds it already.
        let key = match library.path.strip_suffix(&library.name) {
            Some(folder) => path + folder.len(),
            None => *places.entry(&library.name).or_insert_with(|| place(&library.name, &mut strings)),
        };
        entries.extend_from_slice(&library.flags.to_le_bytes());
        entries.extend_from_slice(&number(key));
        entries.extend_from_slice(&number(path));
        entries.extend_from_slice(&[0; 12]);
    }
    let mut cache = MAGIC.to_vec();
    cache.extend_from_slice(&number(known.len()));
    cache.extend_from_slice(&number(strings.len()));
    // Numbers are stored with the low byte first; there are no extensions.
    cache.push(2);
    cache.resize(HEADER, 0);
    cache.extend_from_slice(&entries);
    cache.extend_from_slice(&strings);
    cache
}
