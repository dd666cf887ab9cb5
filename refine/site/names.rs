//! Which files have a name that changes with their content, so that a browser may keep them for good. A file that is taken for one
//! and is none is stale for a year, and one that is not recognized costs a question: so a name has to look like chance.

use crate::prune::glob::matches;

/// Folders in which builders put such files and nothing else.
const FOLDERS: &[&str] = &["/_app/immutable/", "/_next/static/"];
/// How long the part is that comes from the content.
const SHORTEST: usize = 8;
const LONG: usize = 20;
const LONGEST: usize = 64;

/// Whether a file's name changes with its content: by its folder, by its name, or since the spec says so.
#[must_use]
pub fn is_hashed(path: &str, said: &[String]) -> bool {
    if said.iter().any(|pattern| matches(pattern, path.trim_start_matches('/'))) {
        return true;
    }
    let name = path.rsplit('/').next().unwrap_or_default();
    let (stem, extension) = name.split_once('.').unwrap_or((name, ""));
    if ["htm", "html", "xml", "txt", "webmanifest"].contains(&super::types::extension(path).as_str()) {
        return false;
    }
    if FOLDERS.iter().any(|folder| path.contains(folder)) {
        return true;
    }
    // `main.3f2a1b9c.chunk.js`, `index-BfK3x9aQ.js`, `3f2a1b9c….svg`: a part between dots, or what ends the first, or all of it.
    let mut parts = extension.split('.').collect::<Vec<_>>();
    parts.pop();
    parts.into_iter().any(is_chance) || is_hexadecimal(stem) || ends_with_chance(stem)
}

/// Whether what follows a `-` at the end of a name is chance; it may hold `-` itself, and is then of the usual length.
fn ends_with_chance(stem: &str) -> bool {
    let after_last = stem.rsplit_once('-').map(|(_, rest)| rest);
    let usual = stem.len().checked_sub(SHORTEST).filter(|at| *at > 0 && stem.is_char_boundary(*at) && stem[..*at].ends_with('-'));
    after_last.is_some_and(is_chance) || usual.is_some_and(|at| is_chance(&stem[at..]))
}

/// Whether a text is the digits of a hash in base 16.
fn is_hexadecimal(text: &str) -> bool {
    let has = |kind: fn(&u8) -> bool| text.bytes().any(|b| kind(&b));
    (SHORTEST..=LONGEST).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
        && has(u8::is_ascii_digit)
        && has(u8::is_ascii_lowercase)
}

/// Whether a text looks like a hash: digits of one in base 16 or 32, or, as long as builders make them, letters of both cases and digits as
/// chance mixes them.
fn is_chance(text: &str) -> bool {
    if is_hexadecimal(text) {
        return true;
    }
    let usual = text.len() == SHORTEST || (LONG..=LONGEST).contains(&text.len());
    if !usual || !text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_') || is_words(text) {
        return false;
    }
    let has = |kind: fn(&u8) -> bool| text.bytes().any(|b| kind(&b));
    match (has(u8::is_ascii_uppercase), has(u8::is_ascii_lowercase), has(u8::is_ascii_digit)) {
        (true, true, _) => true,
        (true, false, true) => text.bytes().all(|b| b.is_ascii_alphanumeric()),
        _ => false,
    }
}

/// Whether a text is made of words with numbers and signs between them, such as `iPhone15Pro` or `COVID2020`.
fn is_words(text: &str) -> bool {
    let word = |part: &str| {
        let bytes = part.as_bytes();
        let short = |at: usize| bytes.get(at + 1..at + 3).is_some_and(|next| next.iter().all(u8::is_ascii_lowercase));
        let capitals = || (0..bytes.len()).filter(|at| bytes[*at].is_ascii_uppercase()).all(short);
        bytes.len() > 2 && (bytes.iter().all(u8::is_ascii_uppercase) || capitals())
    };
    text.split(|c: char| !c.is_ascii_alphabetic()).filter(|part| !part.is_empty()).all(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_look_like_chance_are_hashed() {
        for path in [
            "/assets/index-BfK3x9aQ.js",
            "/assets/index-B_x-9aQ1.js",
            "/assets/Some-Page-DxZqLmBw.css",
            "/static/js/main.3f2a1b9c.js",
            "/static/js/453.3f2a1b9c.chunk.js",
            "/main-5SZRYJ3K.js",
            "/_app/immutable/entry/start.js",
            "/_next/static/chunks/webpack.js",
            "/fonts/0a1b2c3d4e5f.woff2",
        ] {
            assert!(is_hashed(path, &[]), "{path}");
        }
    }

    #[test]
    fn names_that_people_give_are_not() {
        for path in [
            "/index.html",
            "/_next/static/index.html",
            "/sw.js",
            "/service-worker.js",
            "/registerSW.js",
            "/jquery-3.7.1.min.js",
            "/img/photo-iphone15.jpg",
            "/img/DataView.png",
            "/img/icon-iPhone15Pro.png",
            "/setup-Win10Pro.zip",
            "/jquery.someThingXY.js",
            "/img/My-DataView.png",
            "/img/icon-512x512.png",
            "/img/apple-touch-icon.png",
            "/report-20240131.pdf",
            "/report-2024-01-31.pdf",
            "/COVID2020.csv",
            "/a-VERSION2.csv",
            "/docs/internationalization.js",
            "/vendor/bootstrap.bundle.min.js",
            "/my-defaced.js",
            "/x-SOME_NAME.js",
            "/assets/Page-É3x9aQb1.js",
        ] {
            assert!(!is_hashed(path, &[]), "{path}");
        }
        assert!(is_hashed("/pictures/one.png", &["pictures/**".into()]));
    }
}
