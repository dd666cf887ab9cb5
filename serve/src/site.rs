//! A site that is read once: its table with the headers of every answer made ahead, and what the pages get of the environment.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use hyper::body::Bytes;
use hyper::header::{ACCEPT_RANGES, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, HeaderMap, HeaderName, HeaderValue, VARY};

use crate::env;
use crate::negotiate::Coding;
use crate::path::encode;
use crate::table::{BROTLI, File, GZIP, PLACE, PLAIN, Packed, Table};

/// How long a file may be kept whose name changes with its content, and that other files are asked about each time.
const FOR_EVER: &str = "public, max-age=31536000, immutable";
const ASK: &str = "no-cache";
/// Files of up to so many bytes are kept in memory once they were asked for, as long as all of them together are below the limit.
const KEPT_BYTES: u64 = 1 << 20;
const KEPT_BYTES_IN_ALL: usize = 32 << 20;

/// A site, ready to be served.
#[derive(Debug)]
pub struct Site {
    /// Headers of answers that are no file.
    pub(crate) headers: HeaderMap,
    /// The script with values of the environment, where any are asked for.
    pub(crate) script: Option<Bytes>,
    /// The port of the table.
    pub port: u16,
    /// Variables that pages are to get, and that are not set.
    pub unset: Vec<String>,
    files: BTreeMap<String, Entry>,
    folders: BTreeSet<String>,
    fallback: Option<String>,
    clean: bool,
    kept: AtomicUsize,
}

/// A file in the forms that it is sent in.
#[derive(Debug)]
pub(crate) struct Entry {
    /// As it is; unpacked where it ships only packed.
    pub(crate) plain: Form,
    /// Packed with brotli and with gzip, where it is.
    pub(crate) packed: Option<(Form, Form)>,
}

/// A form of a file.
#[derive(Debug)]
pub(crate) struct Form {
    /// Where its bytes are.
    pub(crate) disk: PathBuf,
    /// Its bytes as they are sent.
    pub(crate) size: u64,
    /// Whether it has to be unpacked for that.
    pub(crate) unpack: bool,
    /// Its validator.
    pub(crate) etag: String,
    /// The headers of every answer with it.
    pub(crate) headers: HeaderMap,
    kept: OnceLock<Bytes>,
}

/// What a path leads to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Found<'s> {
    /// A file.
    File(&'s str),
    /// Another path, encoded.
    Elsewhere(String),
    /// The page that answers for pages that are no files.
    Fallback(&'s str),
    /// Nothing, and perhaps a page that says so.
    Nothing(Option<&'s str>),
}

impl Site {
    /// Reads the table below a root, and the environment.
    pub fn read(root: &Path) -> io::Result<Self> {
        let place = root.join(PLACE.trim_start_matches('/'));
        let text = std::fs::read(&place).map_err(|e| io::Error::new(e.kind(), format!("{}: {e}", place.display())))?;
        let table = serde_json::from_slice(&text).map_err(|e| io::Error::other(format!("{}: {e}", place.display())))?;
        Self::new(root, &table)
    }

    /// A site of a table.
    pub fn new(root: &Path, table: &Table) -> io::Result<Self> {
        let mut headers = HeaderMap::new();
        for (name, value) in &table.headers {
            let bad = |_| io::Error::other(format!("`{name}: {value}` is not a header"));
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|e| bad(e.to_string()))?;
            headers.insert(name, HeaderValue::from_str(value).map_err(|e| bad(e.to_string()))?);
        }
        let mut files = BTreeMap::new();
        for (path, file) in &table.files {
            // A table that names files elsewhere was not made by the build.
            if !path.starts_with('/') || path.split('/').skip(1).any(|name| ["", ".", ".."].contains(&name)) {
                return Err(io::Error::other(format!("`{path}` is not a path of a site")));
            }
            files.insert(path.clone(), Entry::new(root, path, file, &headers)?);
        }
        let above = |path: &String| path.match_indices('/').map(|(at, _)| path[..at].to_owned()).collect::<Vec<_>>();
        let values = env::values(&table.env);
        Ok(Self {
            script: (!table.env.is_empty()).then(|| env::script(&values).into()),
            port: table.port,
            unset: table.env.iter().filter(|name| !values.contains_key(*name)).cloned().collect(),
            folders: table.files.keys().flat_map(above).collect(),
            fallback: table.fallback.clone().filter(|page| files.contains_key(page)),
            clean: table.clean,
            kept: AtomicUsize::new(0),
            headers,
            files,
        })
    }

    /// How many files there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.files.len()
    }

    /// A file of the table.
    pub(crate) fn entry(&self, path: &str) -> Option<&Entry> {
        self.files.get(path)
    }

    /// What a decoded path leads to. `page` says whether a browser goes there, and not a part of a page.
    pub(crate) fn find(&self, path: &str, page: bool) -> Found<'_> {
        let file = |path: &str| self.files.get_key_value(path).map(|(path, _)| path.as_str());
        if let Some(found) = file(path) {
            return Found::File(found);
        }
        let bare = path.trim_end_matches('/');
        let page_of_bare = || self.clean.then(|| file(&format!("{bare}.html"))).flatten();
        if path.ends_with('/') {
            if let Some(found) = file(&format!("{path}index.html")) {
                return Found::File(found);
            }
            if page_of_bare().is_some() {
                return Found::Elsewhere(encode(bare));
            }
        } else if let Some(found) = page_of_bare() {
            return Found::File(found);
        } else if self.folders.contains(path) && file(&format!("{path}/index.html")).is_some() {
            return Found::Elsewhere(encode(&format!("{path}/")));
        }
        let name = path.rsplit('/').next().unwrap_or_default();
        match self.fallback.as_deref().filter(|_| page && !name.contains('.')) {
            Some(fallback) => Found::Fallback(fallback),
            None => Found::Nothing(file("/404.html")),
        }
    }

    /// Whether what a path leads to depends on who asks.
    pub(crate) fn depends(&self) -> bool {
        self.fallback.is_some()
    }

    /// A form's bytes in memory, where it is small and there is room.
    pub(crate) fn kept<'f>(&self, form: &'f Form) -> Option<&'f Bytes> {
        if let Some(kept) = form.kept.get() {
            return Some(kept);
        }
        if form.unpack || form.size > KEPT_BYTES {
            return None;
        }
        let size = usize::try_from(form.size).ok()?;
        if self.kept.fetch_add(size, Ordering::Relaxed) + size > KEPT_BYTES_IN_ALL {
            self.kept.fetch_sub(size, Ordering::Relaxed);
            return None;
        }
        let bytes = std::fs::read(&form.disk).ok().filter(|bytes| bytes.len() == size)?;
        Some(form.kept.get_or_init(|| bytes.into()))
    }
}

impl Entry {
    fn new(root: &Path, path: &str, file: &File, headers: &HeaderMap) -> io::Result<Self> {
        let form = |coding: Coding, size: u64, packed: bool| {
            let (folder, name, unpack) = match coding {
                Coding::Brotli => (BROTLI, Some("br"), false),
                Coding::Gzip => (GZIP, Some("gzip"), false),
                Coding::Identity if packed => (GZIP, None, true),
                Coding::Identity => (PLAIN, None, false),
            };
            let etag = name.map_or_else(|| format!("\"{}\"", file.etag), |name| format!("\"{}-{name}\"", file.etag));
            let mut all = headers.clone();
            let mut set = |name: HeaderName, value: &str| {
                let value = HeaderValue::from_str(value).map_err(|e| io::Error::other(format!("{path}: {e}")))?;
                // What the site says of its headers stays.
                all.entry(name).or_insert(value);
                Ok::<_, io::Error>(())
            };
            set(CONTENT_TYPE, &file.media)?;
            set(ETAG, &etag)?;
            set(CACHE_CONTROL, if file.immutable { FOR_EVER } else { ASK })?;
            // Parts are given of every file; to say so is of use where players and downloads ask for them.
            if packed {
                set(VARY, "Accept-Encoding")?;
            } else {
                set(ACCEPT_RANGES, "bytes")?;
            }
            if let Some(name) = name {
                set(CONTENT_ENCODING, name)?;
            }
            let disk = root.join(folder.trim_start_matches('/')).join(path.trim_start_matches('/'));
            Ok::<_, io::Error>(Form { disk, size, unpack, etag, headers: all, kept: OnceLock::new() })
        };
        let packed = match file.packed {
            Some(Packed { br, gzip }) => Some((form(Coding::Brotli, br, true)?, form(Coding::Gzip, gzip, true)?)),
            None => None,
        };
        Ok(Self { plain: form(Coding::Identity, file.size, packed.is_some())?, packed })
    }

    /// The form for a client.
    pub(crate) fn form(&self, coding: Coding) -> &Form {
        match (&self.packed, coding) {
            (Some((brotli, _)), Coding::Brotli) => brotli,
            (Some((_, gzip)), Coding::Gzip) => gzip,
            _ => &self.plain,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site(paths: &[&str], fallback: Option<&str>, clean: bool) -> Site {
        let file = File { media: "text/html".into(), etag: "0".into(), ..File::default() };
        let files = paths.iter().map(|path| ((*path).to_owned(), file.clone())).collect();
        Site::new(Path::new("/"), &Table { fallback: fallback.map(str::to_owned), clean, files, ..Table::default() }).unwrap()
    }

    #[test]
    fn a_path_leads_to_a_file_a_folder_or_nothing() {
        let site = site(&["/index.html", "/docs/index.html", "/docs/a b/index.html", "/about.html", "/app.js", "/404.html"], None, false);
        for (path, found) in [
            ("/", Found::File("/index.html")),
            ("/app.js", Found::File("/app.js")),
            ("/docs/", Found::File("/docs/index.html")),
            ("/docs", Found::Elsewhere("/docs/".into())),
            ("/docs/a b", Found::Elsewhere("/docs/a%20b/".into())),
            ("/about", Found::Nothing(Some("/404.html"))),
            ("/about.html/", Found::Nothing(Some("/404.html"))),
            ("//docs", Found::Nothing(Some("/404.html"))),
            ("//", Found::Nothing(Some("/404.html"))),
            ("/missing", Found::Nothing(Some("/404.html"))),
        ] {
            assert_eq!(site.find(path, true), found, "{path}");
        }
    }

    #[test]
    fn pages_need_no_extension_where_that_is_asked_for() {
        let site = site(&["/index.html", "/about.html", "/about/data.json", "/docs/index.html"], None, true);
        assert_eq!(site.find("/about", true), Found::File("/about.html"));
        assert_eq!(site.find("/about/", true), Found::Elsewhere("/about".into()));
        assert_eq!(site.find("/docs", true), Found::Elsewhere("/docs/".into()));
    }

    #[test]
    fn only_pages_fall_back() {
        let site = site(&["/index.html"], Some("/index.html"), false);
        assert_eq!(site.find("/users/7", true), Found::Fallback("/index.html"));
        assert_eq!(site.find("/users/7", false), Found::Nothing(None));
        assert_eq!(site.find("/assets/missing.js", true), Found::Nothing(None));
    }

    #[test]
    fn a_table_names_nothing_outside_of_the_site() {
        for path in ["index.html", "/../etc/passwd", "/a//b", "/a/", "/./a"] {
            let files = BTreeMap::from([(path.to_owned(), File::default())]);
            assert!(Site::new(Path::new("/"), &Table { files, ..Table::default() }).is_err(), "{path}");
        }
    }
}
