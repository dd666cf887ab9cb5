//! Where the bytes of an ELF file come from: memory, or a file of which only the parts that matter are read.

use std::borrow::Cow;
use std::fs::File;
use std::os::unix::fs::FileExt;

use super::Malformed;

/// Bytes that can be read piece by piece.
pub trait Source {
    /// A piece; `what` names it when it is not there.
    fn take(&self, at: u64, length: usize, what: &'static str) -> Result<Cow<'_, [u8]>, Malformed>;

    /// How many bytes there are.
    fn length(&self) -> Result<u64, Malformed>;
}

impl Source for [u8] {
    fn take(&self, at: u64, length: usize, what: &'static str) -> Result<Cow<'_, [u8]>, Malformed> {
        let at = usize::try_from(at).map_err(|_| Malformed::Outside(what))?;
        let end = at.checked_add(length).ok_or(Malformed::Outside(what))?;
        self.get(at..end).map(Cow::Borrowed).ok_or(Malformed::Outside(what))
    }

    fn length(&self) -> Result<u64, Malformed> {
        Ok(self.len() as u64)
    }
}

impl Source for File {
    fn take(&self, at: u64, length: usize, what: &'static str) -> Result<Cow<'_, [u8]>, Malformed> {
        let end = at.checked_add(length as u64).ok_or(Malformed::Outside(what))?;
        if end > self.length()? {
            return Err(Malformed::Outside(what));
        }
        let mut bytes = vec![0; length];
        self.read_exact_at(&mut bytes, at)?;
        Ok(Cow::Owned(bytes))
    }

    fn length(&self) -> Result<u64, Malformed> {
        Ok(self.metadata()?.len())
    }
}
