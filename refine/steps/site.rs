//! Built files become a static site: what only developers need is left out, the rest is packed and typed, and the table that the
//! server reads is written.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use data_encoding::HEXLOWER;
use distil_serve::table::{self, Table};
use sha2::{Digest, Sha256};

use crate::diag::codes;
use crate::proof::Finding;
use crate::requests::Site;
use crate::site::maps::{self, Integrity};
use crate::site::pack::{self, Packed};
use crate::site::{names, types};
use crate::tree::{Kind, Tree};

use super::Problem;
use super::notes::megabytes;
use super::output::{Output, about};

/// The page that a folder is answered with.
const INDEX: &str = "/index.html";
/// The layer of all of it: the step makes one folder.
const LAYER: &str = "";
/// Headers of every answer, where the spec does not say others.
const HEADERS: &[(&str, &str)] =
    &[("referrer-policy", "strict-origin-when-cross-origin"), ("x-content-type-options", "nosniff"), ("x-frame-options", "SAMEORIGIN")];
/// Headers that are the server's own: they say what it sends, or how.
const OURS: &[&str] = &[
    "accept-ranges",
    "age",
    "allow",
    "connection",
    "content-encoding",
    "content-length",
    "content-range",
    "content-type",
    "date",
    "etag",
    "keep-alive",
    "last-modified",
    "location",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "vary",
];
/// Of the hash of a file so many digits are its validator.
const ETAG_DIGITS: usize = 32;

/// What became of a folder of files.
#[derive(Debug, Default, PartialEq, Eq)]
struct Count {
    files: u64,
    bytes: u64,
    packed: u64,
    brotli: u64,
    gzip: u64,
    maps: u64,
    map_bytes: u64,
}

/// The lines that a person should know; the files and the table are written to `request.out`.
pub(super) fn site(request: &Site) -> Result<Vec<String>, Problem> {
    let mut files = read(&request.folder)?;
    let before: u64 = files.values().map(|bytes| bytes.len() as u64).sum();
    let mut count = Count::default();
    let mut lines = vec![];
    leave_out(request, &mut files, &mut count, &mut lines);
    if !files.contains_key(INDEX) {
        let message = format!(
            "there is no `index.html` in `{}`, so the site has no first page\n  help: name the folder that the built site is in under `serve`",
            request.folder
        );
        return Err(Finding::new(codes::NO_FIRST_PAGE, INDEX, message).into());
    }
    let headers = headers(&request.headers)?;
    let cache = request.cache.as_deref().map(Path::new).filter(|folder| folder.is_dir());
    super::progress(before * 100, &format!("packing a site of {}", megabytes(before)));
    let output = Output::new(&request.out)?;
    let rows = pack_all(&files, cache)?;
    let mut table = Table {
        port: request.port,
        fallback: request.spa.then(|| INDEX.to_owned()),
        clean: request.clean,
        env: request.env.clone(),
        headers,
        files: BTreeMap::new(),
    };
    for ((path, bytes), row) in files.iter().zip(rows) {
        let size = bytes.len() as u64;
        let mut packed = None;
        if let Some(Packed { brotli, gzip }) = &row.packed {
            output.text(LAYER, &format!("{}{path}", table::BROTLI), brotli)?;
            output.text(LAYER, &format!("{}{path}", table::GZIP), gzip)?;
            let sizes = table::Packed { br: brotli.len() as u64, gzip: gzip.len() as u64 };
            count.packed += size;
            count.brotli += sizes.br;
            count.gzip += sizes.gzip;
            packed = Some(sizes);
        } else {
            output.text(LAYER, &format!("{}{path}", table::PLAIN), bytes)?;
        }
        count.files += 1;
        count.bytes += size;
        let immutable = names::is_hashed(path, &request.immutable);
        table.files.insert(path.clone(), table::File { media: row.media.into(), etag: row.etag, size, immutable, packed });
    }
    let json = serde_json::to_string_pretty(&table).map_err(io::Error::other)?;
    output.text(LAYER, table::PLACE, (json + "\n").as_bytes())?;
    lines.extend(said(&count));
    Ok(lines)
}

/// The files of a folder by the paths that they are asked for by. Links inside of the folder are followed, those that lead out are
/// refused; names that begin with a dot are nobody's to read, but for `.well-known`.
fn read(folder: &str) -> Result<BTreeMap<String, Vec<u8>>, Problem> {
    let disk = match fs::canonicalize(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let message = format!("there is no `{folder}` in this stage\n  help: name the folder that the built site is in under `serve`");
            return Err(Finding::new(codes::NOTHING_TO_GATHER, folder, message).into());
        }
        found => found.map_err(|error| about(folder.as_ref(), &error))?,
    };
    let tree = Tree::read(&disk, "/")?;
    let mut files = BTreeMap::new();
    for (path, entry) in tree.iter() {
        let is_hidden = path.split('/').any(|name| name.starts_with('.') && name != ".well-known");
        if is_hidden {
            continue;
        }
        match &entry.kind {
            Kind::File { .. } => _ = files.insert(path.to_owned(), entry.bytes()?),
            Kind::Directory => {}
            Kind::Link { target } => {
                let leads_out = || {
                    let message = format!(
                        "`{path}` of the site is a link to `{target}`, which is not in the site\n  help: put the file itself there when it is built"
                    );
                    Finding::new(codes::LINK_OUT_OF_SITE, path, message)
                };
                let to = tree.follow(path).ok_or_else(leads_out)?;
                for (below, entry) in tree.iter().filter(|(other, entry)| entry.is_file() && is_at_or_below(other, &to)) {
                    files.insert(format!("{path}{}", &below[to.len()..]), entry.bytes()?);
                }
            }
        }
    }
    Ok(files)
}

fn is_at_or_below(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Takes out maps, the comments that name them, and what a builder has packed already.
fn leave_out(request: &Site, files: &mut BTreeMap<String, Vec<u8>>, count: &mut Count, lines: &mut Vec<String>) {
    let texts = || {
        let texts = files.iter().filter(|(path, _)| types::TEXTS.contains(&types::extension(path).as_str()));
        texts.filter_map(|(path, bytes)| Some((path.as_str(), std::str::from_utf8(bytes).ok()?)))
    };
    let mut integrity = Integrity::default();
    texts().for_each(|(_, text)| integrity.read(text));
    let workers: Vec<(&str, &str)> = texts().filter(|(path, text)| path.ends_with("js") && maps::is_worker(text)).collect();
    // A list of files that a worker loads ahead breaks where one of them is gone.
    let listed: BTreeSet<String> = files
        .keys()
        .filter(|path| workers.iter().any(|(worker, text)| worker == path || text.contains(path.trim_start_matches('/'))))
        .cloned()
        .collect();
    let named = |name: &str| texts().any(|(_, text)| text.contains(name));
    let is_packed_twin = |path: &String| {
        let twin = [".br", ".gz", ".zst"].iter().find_map(|end| path.strip_suffix(end)).filter(|twin| files.contains_key(*twin));
        twin.is_some() && !listed.contains(path) && !named(path.rsplit('/').next().unwrap_or(path))
    };
    let gone: Vec<String> = files
        .keys()
        .filter(|path| (!request.maps && maps::is_map(path) && !listed.contains(*path)) || is_packed_twin(path))
        .cloned()
        .collect();
    for path in gone {
        let bytes = files.remove(&path).unwrap_or_default();
        if maps::is_map(&path) {
            count.maps += 1;
            count.map_bytes += bytes.len() as u64;
        }
    }
    if request.maps {
        return;
    }
    let held: Vec<String> = files
        .iter_mut()
        .filter_map(|(path, bytes)| {
            let without = maps::without_comment(path, bytes)?;
            if listed.contains(path) || integrity.holds(bytes) {
                return Some(path.clone());
            }
            *bytes = without;
            None
        })
        .collect();
    if !held.is_empty() {
        lines.push(format!(
            "still naming their maps, since their bytes are held to a hash or listed by a service worker: {}",
            held.join(", ")
        ));
    }
}

/// A file as it is served.
struct Row {
    media: &'static str,
    etag: String,
    packed: Option<Packed>,
}

/// Types, validators and packed forms, in the order of the files.
fn pack_all(files: &BTreeMap<String, Vec<u8>>, cache: Option<&Path>) -> io::Result<Vec<Row>> {
    let open: Vec<(&String, &Vec<u8>)> = files.iter().collect();
    let next = AtomicUsize::new(0);
    let rows: Mutex<BTreeMap<usize, Row>> = Mutex::default();
    let ended_early = || io::Error::other("a thread ended early");
    let work = || -> io::Result<()> {
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some((path, bytes)) = open.get(index) else { return Ok(()) };
            let hash = HEXLOWER.encode(&Sha256::digest(bytes));
            let found = types::of(path, bytes);
            let packed = if found.packs { pack::pack(bytes, &hash, cache) } else { None };
            let row = Row { media: found.media, etag: hash[..ETAG_DIGITS].to_owned(), packed };
            rows.lock().map_err(|_| ended_early())?.insert(index, row);
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(8);
    std::thread::scope(|scope| {
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        running.into_iter().try_for_each(|thread| thread.join().unwrap_or_else(|_| Err(ended_early())))
    })?;
    Ok(rows.into_inner().map_err(|_| ended_early())?.into_values().collect())
}

/// The headers of every answer: ours, and the spec's over them; one without a value is not sent.
fn headers(said: &[(String, String)]) -> Result<BTreeMap<String, String>, Problem> {
    let mut headers: BTreeMap<String, String> = HEADERS.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    for (name, value) in said {
        let name = name.to_ascii_lowercase();
        let is_name = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b));
        let is_value = value.bytes().all(|b| (b' '..=b'~').contains(&b));
        if !is_name || !is_value || OURS.contains(&name.as_str()) {
            let why = if OURS.contains(&name.as_str()) { "the server says that itself" } else { "it is not a header" };
            return Err(Finding::new(codes::BAD_STEP, &name, format!("`{name}: {value}` cannot be sent with every answer: {why}")).into());
        }
        if value.is_empty() {
            headers.remove(&name);
        } else {
            headers.insert(name, value.clone());
        }
    }
    Ok(headers)
}

fn said(count: &Count) -> Vec<String> {
    let Count { files, bytes, packed, brotli, gzip, maps, map_bytes } = count;
    let mut lines = vec![format!(
        "the site: {files} files, {}; of these {} ship packed, as {} with brotli and {} with gzip",
        megabytes(*bytes),
        megabytes(*packed),
        megabytes(*brotli),
        megabytes(*gzip)
    )];
    if *maps > 0 {
        lines.push(format!("left out: {maps} source maps, {}", megabytes(*map_bytes)));
    }
    lines
}

#[cfg(test)]
#[path = "site_tests.rs"]
mod tests;
