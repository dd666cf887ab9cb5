//! Media types of files, by their names, and which of them become smaller when they are packed.

/// What a file is sent as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Type {
    /// Its media type, with the encoding of text.
    pub media: &'static str,
    /// Whether packing is tried: formats that are packed in themselves are not.
    pub packs: bool,
}

/// What is text to the server in which scripts and styles refer to files.
pub const TEXTS: &[&str] = &["css", "htm", "html", "js", "json", "mjs", "webmanifest", "xml"];

const TYPES: &[(&str, &str, bool)] = &[
    ("aac", "audio/aac", false),
    ("apng", "image/apng", false),
    ("atom", "application/atom+xml; charset=utf-8", true),
    ("avif", "image/avif", false),
    ("bmp", "image/bmp", true),
    ("br", "application/octet-stream", false),
    ("cjs", "text/javascript; charset=utf-8", true),
    ("css", "text/css; charset=utf-8", true),
    ("csv", "text/csv; charset=utf-8", true),
    ("eot", "application/vnd.ms-fontobject", true),
    ("flac", "audio/flac", false),
    ("geojson", "application/geo+json", true),
    ("gif", "image/gif", false),
    ("glb", "model/gltf-binary", true),
    ("gltf", "model/gltf+json", true),
    ("gz", "application/gzip", false),
    ("heic", "image/heic", false),
    ("htm", "text/html; charset=utf-8", true),
    ("html", "text/html; charset=utf-8", true),
    ("ico", "image/vnd.microsoft.icon", true),
    ("ics", "text/calendar; charset=utf-8", true),
    ("jpeg", "image/jpeg", false),
    ("jpg", "image/jpeg", false),
    ("js", "text/javascript; charset=utf-8", true),
    ("json", "application/json", true),
    ("jsonld", "application/ld+json", true),
    ("jxl", "image/jxl", false),
    ("m4a", "audio/mp4", false),
    ("m4v", "video/mp4", false),
    ("map", "application/json", true),
    ("md", "text/markdown; charset=utf-8", true),
    ("mjs", "text/javascript; charset=utf-8", true),
    ("mov", "video/quicktime", false),
    ("mp3", "audio/mpeg", false),
    ("mp4", "video/mp4", false),
    ("oga", "audio/ogg", false),
    ("ogg", "audio/ogg", false),
    ("ogv", "video/ogg", false),
    ("opus", "audio/ogg", false),
    ("otf", "font/otf", true),
    ("pdf", "application/pdf", false),
    ("png", "image/png", false),
    ("rss", "application/rss+xml; charset=utf-8", true),
    ("svg", "image/svg+xml; charset=utf-8", true),
    ("tar", "application/x-tar", true),
    ("tif", "image/tiff", false),
    ("tiff", "image/tiff", false),
    ("ttf", "font/ttf", true),
    ("txt", "text/plain; charset=utf-8", true),
    ("vtt", "text/vtt; charset=utf-8", true),
    ("wasm", "application/wasm", true),
    ("wav", "audio/wav", true),
    ("weba", "audio/webm", false),
    ("webm", "video/webm", false),
    ("webmanifest", "application/manifest+json", true),
    ("webp", "image/webp", false),
    ("woff", "font/woff", false),
    ("woff2", "font/woff2", false),
    ("xhtml", "application/xhtml+xml; charset=utf-8", true),
    ("xml", "application/xml; charset=utf-8", true),
    ("yaml", "application/yaml", true),
    ("yml", "application/yaml", true),
    ("zip", "application/zip", false),
    ("zst", "application/zstd", false),
];

/// The extension of a path, in small letters; empty where it has none.
#[must_use]
pub fn extension(path: &str) -> String {
    let name = path.rsplit('/').next().unwrap_or_default();
    name.rsplit_once('.').filter(|(stem, _)| !stem.is_empty()).map(|(_, extension)| extension.to_ascii_lowercase()).unwrap_or_default()
}

/// The type of a file. One without extension is text where its bytes are; what is unknown is bytes, and packing is tried.
#[must_use]
pub fn of(path: &str, bytes: &[u8]) -> Type {
    let extension = extension(path);
    let known = TYPES.iter().find(|(known, ..)| *known == extension).map(|(_, media, packs)| Type { media, packs: *packs });
    let is_text = || std::str::from_utf8(bytes).is_ok();
    match known {
        // A page in another encoding says so itself.
        Some(found) if found.media.starts_with("text/html") && !is_text() => Type { media: "text/html", ..found },
        Some(found) => found,
        None if extension.is_empty() && is_text() => Type { media: "text/plain; charset=utf-8", packs: true },
        None => Type { media: "application/octet-stream", packs: true },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_is_told_by_the_name() {
        for (path, media) in [
            ("/index.html", "text/html; charset=utf-8"),
            ("/a/app.JS", "text/javascript; charset=utf-8"),
            ("/a.b/CNAME", "text/plain; charset=utf-8"),
            ("/x.unheard-of", "application/octet-stream"),
            ("/.well-known/security", "text/plain; charset=utf-8"),
            ("/font.woff2", "font/woff2"),
        ] {
            assert_eq!(of(path, b"text").media, media, "{path}");
        }
        assert_eq!(of("/index.html", b"\xff").media, "text/html");
        assert_eq!(of("/bytes", b"\xff").media, "application/octet-stream");
        assert!(TYPES.is_sorted_by(|a, b| a.0 < b.0));
    }
}
