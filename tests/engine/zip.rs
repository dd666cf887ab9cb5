//! Archives with files as they are, which wheels made by hand are.

/// An archive of files, by path.
pub(crate) fn archive(files: &[(String, Vec<u8>)]) -> Vec<u8> {
    let (mut out, mut directory) = (vec![], vec![]);
    let long = |n: usize| u32::try_from(n).expect("archives are below 4 GB").to_le_bytes();
    let short = |n: usize| u16::try_from(n).expect("names are short").to_le_bytes();
    for (path, content) in files {
        // Version 2.0, no flags, stored, 1980-01-01; then checksum, two sizes, and the name's length.
        let mut common = vec![20, 0, 0, 0, 0, 0, 0, 0, 33, 0];
        common.extend(crc32(content).to_le_bytes());
        common.extend([long(content.len()), long(content.len())].concat());
        common.extend([short(path.len()), short(0)].concat());
        let start = out.len();
        out.extend(b"PK\x03\x04");
        out.extend_from_slice(&common);
        out.extend_from_slice(path.as_bytes());
        out.extend_from_slice(content);
        directory.extend(b"PK\x01\x02\x14\x03");
        directory.extend(common);
        // No comment, first disk, content unknown, mode 0644.
        directory.extend([0, 0, 0, 0, 0, 0, 0, 0, 0xa4, 0x81]);
        directory.extend(long(start));
        directory.extend(path.as_bytes());
    }
    let (start, size) = (out.len(), directory.len());
    out.extend(directory);
    out.extend(b"PK\x05\x06\0\0\0\0");
    out.extend([short(files.len()), short(files.len())].concat());
    out.extend([long(size), long(start)].concat());
    out.extend(short(0));
    out
}

fn crc32(data: &[u8]) -> u32 {
    let bits = |byte: u32| (0..8).fold(byte, |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xEDB8_8320 } else { crc >> 1 });
    let table: Vec<u32> = (0..256).map(bits).collect();
    !data.iter().fold(!0, |crc: u32, byte| crc >> 8 ^ table[usize::from(crc.to_le_bytes()[0] ^ byte)])
}

#[test]
fn checksums_are_right() {
    assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
}
