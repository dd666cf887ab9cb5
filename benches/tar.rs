//! Reads tar archives as they stream by: each entry's name, kind and size, and its content when it is wanted.

use std::io::{self, Read};

const BLOCK: usize = 512;

/// One entry's header.
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) size: u64,
    pub(crate) is_file: bool,
}

/// Calls `each` for every entry with a reader of its content; what it leaves unread is skipped.
pub(crate) fn read<R: Read>(mut archive: R, mut each: impl FnMut(&Entry, &mut io::Take<&mut R>) -> io::Result<()>) -> io::Result<()> {
    let mut header = [0; BLOCK];
    loop {
        if let Err(error) = archive.read_exact(&mut header) {
            return if error.kind() == io::ErrorKind::UnexpectedEof { Ok(()) } else { Err(error) };
        }
        if header.iter().all(|byte| *byte == 0) {
            // Two empty blocks and padding end it; what writes it must not find its pipe closed.
            return io::copy(&mut archive, &mut io::sink()).map(drop);
        }
        let entry = Entry { name: word(&header[..100]), size: size(&header[124..136])?, is_file: matches!(header[156], b'0' | 0) };
        let padded = entry.size.next_multiple_of(BLOCK as u64);
        let mut content = (&mut archive).take(entry.size);
        each(&entry, &mut content)?;
        let rest = content.limit() + padded - entry.size;
        let skipped = io::copy(&mut (&mut archive).take(rest), &mut io::sink())?;
        if skipped < rest {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
}

fn word(field: &[u8]) -> String {
    String::from_utf8_lossy(field).trim_end_matches('\0').to_owned()
}

/// Octal digits, or with the top bit set a number in base 256.
fn size(field: &[u8]) -> io::Result<u64> {
    if field[0] & 0x80 != 0 {
        return Ok(field[1..].iter().fold(0, |n, byte| n << 8 | u64::from(*byte)));
    }
    let digits = String::from_utf8_lossy(field);
    u64::from_str_radix(digits.trim_matches(['\0', ' ']), 8).map_err(io::Error::other)
}
