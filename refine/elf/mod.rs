//! ELF files: what one needs and offers, and how one is made smaller without harm.
//!
//! [`read`] goes by program headers and the dynamic section alone, as the loader does, so files without section headers are
//! read too. [`strip()`] follows three rules:
//! - no byte that a program header names is moved or changed, nor anything before the last of them;
//! - only sections that are known to serve debuggers are dropped, and only where that shortens the file;
//! - the result is read again and compared ([`verify()`]); whatever is odd leaves the file as it was, with a reason.
//!
//! Nothing here touches the disk, except through a [`Source`] that is a file.
//!
//! By hand: `object` could do the reading of headers, which is the smaller part; stripping goes byte by byte, by the rules above.

mod dynamic;
mod header;
mod source;
mod strip;
mod verify;

#[cfg(test)]
pub(crate) mod build;
#[cfg(test)]
mod tests;

pub use source::Source;
pub use strip::{Stripped, strip};
pub use verify::verify;

use header::Header;

/// What the loader sees of an ELF file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Elf {
    /// The width of its addresses, byte order, processor and processor flags: only files that agree in it are loaded together.
    pub target: Target,
    /// What kind of file it is.
    pub kind: Kind,
    /// The program that loads it, when it is one that is started.
    pub interpreter: Option<String>,
    /// The name that others need it by.
    pub soname: Option<String>,
    /// The libraries it needs, in order.
    pub needed: Vec<String>,
    /// Where it and what it loads search first; without effect beside a run path.
    pub rpath: Vec<String>,
    /// Where its own needs are searched after `LD_LIBRARY_PATH`.
    pub runpath: Vec<String>,
    /// The symbol versions it needs, by library.
    pub wanted: Vec<Wanted>,
    /// The symbol versions it offers.
    pub defined: Vec<String>,
}

/// Which machine and which convention a file is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Target {
    /// Whether addresses have 64 bits.
    pub wide: bool,
    /// Whether numbers are stored with the high byte first.
    pub big: bool,
    /// The processor, `e_machine`.
    pub machine: u16,
    /// The processor's own flags, `e_flags`, as far as they keep files apart.
    pub flags: u32,
}

/// What an ELF file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A program at a fixed address.
    Program,
    /// A shared library, or a program that can stand anywhere.
    Shared,
    /// An object file for a linker.
    Object,
    /// A memory dump or something else that is not loaded.
    Other,
}

/// The versions that a file needs of one library.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The library's soname.
    pub library: String,
    /// The versions, those left out that the file can do without.
    pub versions: Vec<String>,
}

/// Why an ELF file cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum Malformed {
    /// Something should be where the file has no bytes.
    #[error("its {0} lies outside the file")]
    Outside(&'static str),
    /// Something contradicts itself.
    #[error("its {0} makes no sense")]
    Odd(&'static str),
    /// The disk did not answer.
    #[error("{0}")]
    Unread(#[from] std::io::Error),
}

/// Reads what the loader sees of a file; `None` when it is not ELF.
pub fn read<S: Source + ?Sized>(source: &S) -> Result<Option<Elf>, Malformed> {
    let Some(header) = Header::read(source)? else { return Ok(None) };
    let kind = match header.kind {
        header::OBJECT => Kind::Object,
        header::PROGRAM => Kind::Program,
        header::SHARED => Kind::Shared,
        _ => Kind::Other,
    };
    let segments = header.segments(source)?;
    let mut elf = Elf {
        target: header.target(),
        kind,
        interpreter: None,
        soname: None,
        needed: vec![],
        rpath: vec![],
        runpath: vec![],
        wanted: vec![],
        defined: vec![],
    };
    if let Some(segment) = segments.iter().find(|s| s.kind == header::INTERPRETER) {
        let length = usize::try_from(segment.filled).unwrap_or(usize::MAX);
        if length > dynamic::MAX_NAME {
            return Err(Malformed::Odd("interpreter"));
        }
        let path = source.take(segment.offset, length, "interpreter")?;
        elf.interpreter = Some(header::text(&path));
    }
    dynamic::read(source, &header, &segments, &mut elf)?;
    Ok(Some(elf))
}
