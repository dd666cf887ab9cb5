//! Packing: the same bytes for the same content, the strongest that browsers know, and kept between builds by content. What is kept is
//! where other builds can write, so it is unpacked and compared before it is believed.

use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use flate2::{Compression, GzBuilder};

/// Below so many bytes packing brings nothing that a packet does not take anyway.
pub const SMALLEST: usize = 1024;
/// What has to be left of a file, in percent, at most.
const WORTH: usize = 95;
/// What brotli is asked for, which names what is kept.
const QUALITY: i32 = 11;
const WINDOW: i32 = 22;
const KEPT_AS: &str = "br-11-22-1";

/// A file's two packed forms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packed {
    /// By brotli.
    pub brotli: Vec<u8>,
    /// By gzip.
    pub gzip: Vec<u8>,
}

/// The packed forms of a file; `None` where they are not worth it. `kept` is the folder of earlier builds, `name` the content's.
#[must_use]
pub fn pack(bytes: &[u8], name: &str, kept: Option<&Path>) -> Option<Packed> {
    if bytes.len() < SMALLEST {
        return None;
    }
    let worth = |packed: &[u8]| packed.len() * 100 <= bytes.len() * WORTH;
    // The quick one says whether the slow one is worth its time.
    let gzip = gzip(bytes)?;
    if !worth(&gzip) {
        return None;
    }
    let place = kept.map(|kept| kept.join(KEPT_AS).join(name));
    let brotli = place.as_deref().and_then(|place| again(bytes, place)).or_else(|| {
        let packed = brotli(bytes)?;
        if let Some(place) = &place {
            keep(&packed, place);
        }
        Some(packed)
    })?;
    worth(&brotli).then_some(Packed { brotli, gzip })
}

fn gzip(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut writer = GzBuilder::new().write(vec![], Compression::best());
    writer.write_all(bytes).ok()?;
    writer.finish().ok()
}

fn brotli(bytes: &[u8]) -> Option<Vec<u8>> {
    let asked = brotli::enc::BrotliEncoderParams { quality: QUALITY, lgwin: WINDOW, size_hint: bytes.len(), ..Default::default() };
    let mut packed = vec![];
    brotli::BrotliCompress(&mut &*bytes, &mut packed, &asked).ok()?;
    Some(packed)
}

/// What an earlier build has packed, where it is what it says.
fn again(bytes: &[u8], place: &Path) -> Option<Vec<u8>> {
    let packed = fs::read(place).ok()?;
    let mut unpacked = vec![];
    // One byte more than it may be tells a longer one.
    let most = bytes.len() as u64 + 1;
    brotli::Decompressor::new(&packed[..], 1 << 16).take(most).read_to_end(&mut unpacked).ok()?;
    (unpacked == bytes).then_some(packed)
}

/// Keeps what was packed, as well as that can be done: another build may do the same at this moment.
fn keep(packed: &[u8], place: &Path) {
    let Some(folder) = place.parent() else { return };
    let own = PathBuf::from(format!("{}.{}", place.display(), std::process::id()));
    let written = fs::create_dir_all(folder).and_then(|()| fs::write(&own, packed)).and_then(|()| fs::rename(&own, place));
    if written.is_err() {
        let _ = fs::remove_file(&own);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text() -> Vec<u8> {
        (0..400).flat_map(|number| format!("line {number} of a text\n").into_bytes()).collect()
    }

    #[test]
    fn packing_is_undone_by_unpacking_and_always_the_same() {
        let text = text();
        let packed = pack(&text, "x", None).unwrap();
        assert!(packed.brotli.len() < packed.gzip.len() && packed.gzip.len() < text.len() / 2);
        let mut unpacked = vec![];
        flate2::read::GzDecoder::new(&packed.gzip[..]).read_to_end(&mut unpacked).unwrap();
        assert_eq!(unpacked, text);
        assert_eq!(packed.gzip[4..8], [0; 4], "a time is in there");
        assert_eq!(pack(&text, "x", None).unwrap(), packed);
    }

    #[test]
    fn what_is_small_or_chance_is_left_alone() {
        assert_eq!(pack(&text()[..1000], "x", None), None);
        let mut state = 1_u32;
        let chance: Vec<u8> = (0..4000)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                state.to_be_bytes()[0]
            })
            .collect();
        assert_eq!(pack(&chance, "x", None), None);
    }

    #[test]
    fn what_is_kept_is_believed_only_where_it_is_right() {
        let disk = tempfile::tempdir().unwrap();
        let text = text();
        let packed = pack(&text, "x", Some(disk.path())).unwrap();
        let place = disk.path().join(KEPT_AS).join("x");
        assert_eq!(fs::read(&place).unwrap(), packed.brotli);
        let other = brotli(&text[..2000]).unwrap();
        for wrong in [&b"nonsense"[..], b"", &other, &packed.brotli[..20]] {
            fs::write(&place, wrong).unwrap();
            assert_eq!(pack(&text, "x", Some(disk.path())).unwrap(), packed);
            assert_eq!(fs::read(&place).unwrap(), packed.brotli, "it is put right");
        }
    }
}
