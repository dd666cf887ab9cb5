//! Small ELF files for tests, written byte by byte, so that tests need no compiler.

use super::header::{DYNAMIC, INTERPRETER, LOAD, Layout, Section};

/// What to write. The loaded part comes first; behind it come sections for debuggers, names and section headers.
#[derive(Clone, Debug)]
pub(crate) struct Build {
    pub wide: bool,
    pub big: bool,
    pub kind: u16,
    pub machine: u16,
    pub interpreter: Option<&'static str>,
    pub soname: Option<&'static str>,
    pub needed: Vec<&'static str>,
    pub rpath: Option<&'static str>,
    pub runpath: Option<&'static str>,
    pub wanted: Vec<(&'static str, Vec<&'static str>)>,
    pub defined: Vec<&'static str>,
    /// Bytes of `.debug_info`.
    pub debug: usize,
    /// Whether something is loaded behind that.
    pub tail: bool,
    /// Bytes that no header names, in front of the section headers.
    pub between: &'static [u8],
    /// Bytes behind everything.
    pub appended: &'static [u8],
}

impl Default for Build {
    fn default() -> Self {
        Self {
            wide: true,
            big: false,
            kind: 3,
            machine: 62,
            interpreter: None,
            soname: None,
            needed: vec![],
            rpath: None,
            runpath: None,
            wanted: vec![],
            defined: vec![],
            debug: 0,
            tail: false,
            between: b"",
            appended: b"",
        }
    }
}

struct Out {
    layout: Layout,
    bytes: Vec<u8>,
}

impl Out {
    fn put(&mut self, fields: &[(usize, u64)]) {
        for (length, value) in fields {
            let at = self.bytes.len();
            self.bytes.resize(at + length, 0);
            self.layout.put(&mut self.bytes[at..], *value);
        }
    }
}

struct Strings(Vec<u8>);

impl Strings {
    fn add(&mut self, text: &str) -> u64 {
        let at = self.0.len() as u64;
        self.0.extend_from_slice(text.as_bytes());
        self.0.push(0);
        at
    }
}

impl Build {
    /// A shared library of a name that needs others.
    pub(crate) fn library(soname: &'static str, needed: &[&'static str]) -> Self {
        Self { soname: Some(soname), needed: needed.to_vec(), ..Self::default() }
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let layout = Layout { wide: self.wide, big: self.big };
        let (word, header) = (layout.word(), if self.wide { 64 } else { 52 });
        let segment_size = if self.wide { 56 } else { 32 };
        let segments = 2 + usize::from(self.interpreter.is_some()) + usize::from(self.tail);
        let mut out = Out { layout, bytes: vec![0; header + segments * segment_size] };
        let mut strings = Strings(vec![0]);
        let mut tags: Vec<(u64, u64)> = vec![];
        tags.extend(self.needed.iter().map(|name| (1, strings.add(name))));
        for (tag, text) in [(14, self.soname), (15, self.rpath), (29, self.runpath)] {
            tags.extend(text.map(|text| (tag, strings.add(text))));
        }
        let mut sections: Vec<(&str, Section)> = vec![];
        let section = |kind, flags, address, offset, size, link| Section {
            name: 0,
            kind,
            flags,
            address,
            offset,
            size,
            link,
            info: 0,
            align: 1,
            entry: 0,
        };

        let (wanted_at, defined_at) = self.versions(&mut out, &mut strings);
        tags.extend((!self.wanted.is_empty()).then_some((0x6fff_fffe, wanted_at)));
        tags.extend((!self.defined.is_empty()).then_some((0x6fff_fffc, defined_at)));
        let strings_at = out.bytes.len() as u64;
        out.bytes.extend_from_slice(&strings.0);
        sections.push((".dynstr", section(3, 2, strings_at, strings_at, strings.0.len() as u64, 0)));
        tags.extend([(5, strings_at), (10, strings.0.len() as u64), (0, 0)]);
        let dynamic = (out.bytes.len() as u64, (tags.len() * 2 * word) as u64);
        for (tag, value) in tags {
            out.put(&[(word, tag), (word, value)]);
        }
        sections.push((".dynamic", section(6, 2, dynamic.0, dynamic.0, dynamic.1, 1)));
        let interpreter_at = out.bytes.len() as u64;
        let interpreter = self.interpreter.map(|path| {
            out.bytes.extend_from_slice(path.as_bytes());
            out.bytes.push(0);
            (INTERPRETER, interpreter_at, path.len() as u64 + 1)
        });
        let loaded = out.bytes.len() as u64;

        if self.debug > 0 {
            let index = u32::try_from(sections.len()).unwrap() + 3;
            sections.push((".debug_info", section(1, 0, 0, out.bytes.len() as u64, self.debug as u64, 0)));
            out.bytes.resize(out.bytes.len() + self.debug, 7);
            sections.push((".symtab", section(2, 0, 0, out.bytes.len() as u64, 24, index)));
            out.bytes.resize(out.bytes.len() + 24, 0);
            sections.push((".strtab", section(3, 0, 0, out.bytes.len() as u64, 9, 0)));
            out.bytes.extend_from_slice(b"\0symbols\0");
            sections.push((".note.probe", section(7, 0, 0, out.bytes.len() as u64, 5, 0)));
            out.bytes.extend_from_slice(b"probe");
        }
        let tail = self.tail.then(|| {
            let at = out.bytes.len() as u64;
            out.bytes.extend_from_slice(b"loaded too");
            sections.push((".data", section(1, 2, 0x10_0000 + at, at, 10, 0)));
            (LOAD, at, 10)
        });
        out.bytes.extend_from_slice(self.between);
        let mut names = Strings(vec![0]);
        sections.push((".shstrtab", section(3, 0, 0, out.bytes.len() as u64, 0, 0)));
        for (name, section) in &mut sections {
            section.name = u32::try_from(names.add(name)).unwrap();
        }
        sections.last_mut().unwrap().1.size = names.0.len() as u64;
        out.bytes.extend_from_slice(&names.0);
        let table = out.bytes.len() as u64;
        section(0, 0, 0, 0, 0, 0).write(layout, &mut out.bytes);
        for (_, section) in &sections {
            section.write(layout, &mut out.bytes);
        }
        out.bytes.extend_from_slice(self.appended);

        let mut head = Out { layout, bytes: b"\x7fELF".to_vec() };
        head.put(&[(1, if self.wide { 2 } else { 1 }), (1, if self.big { 2 } else { 1 }), (1, 1), (9, 0)]);
        head.put(&[(2, u64::from(self.kind)), (2, u64::from(self.machine)), (4, 1), (word, 0), (word, header as u64), (word, table)]);
        head.put(&[(4, 0), (2, header as u64), (2, segment_size as u64), (2, segments as u64)]);
        let section_size = if self.wide { 64 } else { 40 };
        head.put(&[(2, section_size), (2, sections.len() as u64 + 1), (2, sections.len() as u64)]);
        for (kind, at, size) in [(LOAD, 0, loaded), (DYNAMIC, dynamic.0, dynamic.1)].into_iter().chain(interpreter).chain(tail) {
            let address = if at > loaded { at + 0x10_0000 } else { at };
            let sizes = [(word, at), (word, address), (word, address), (word, size), (word, size)];
            head.put(&[(4, u64::from(kind))]);
            if self.wide {
                head.put(&[(4, 5)]);
                head.put(&sizes);
            } else {
                head.put(&sizes);
                head.put(&[(4, 5)]);
            }
            head.put(&[(word, 1)]);
        }
        out.bytes[..head.bytes.len()].copy_from_slice(&head.bytes);
        out.bytes
    }

    /// Writes the tables of versions, and says where each is.
    fn versions(&self, out: &mut Out, strings: &mut Strings) -> (u64, u64) {
        let wanted_at = out.bytes.len() as u64;
        for (i, (library, versions)) in self.wanted.iter().enumerate() {
            let next = if i + 1 == self.wanted.len() { 0 } else { 16 * (versions.len() as u64 + 1) };
            out.put(&[(2, 1), (2, versions.len() as u64), (4, strings.add(library)), (4, 16), (4, next)]);
            for (j, version) in versions.iter().enumerate() {
                let next = if j + 1 == versions.len() { 0 } else { 16 };
                out.put(&[(4, 0), (2, 0), (2, 2), (4, strings.add(version)), (4, next)]);
            }
        }
        let defined_at = out.bytes.len() as u64;
        for (i, version) in self.defined.iter().enumerate() {
            let next = if i + 1 == self.defined.len() { 0 } else { 28 };
            out.put(&[(2, 1), (2, 0), (2, i as u64), (2, 1), (4, 0), (4, 20), (4, next), (4, strings.add(version)), (4, 0)]);
        }
        (wanted_at, defined_at)
    }
}
