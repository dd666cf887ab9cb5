//! Requests and their answers, without a socket.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use hyper::body::Body as _;
use proptest::prelude::*;

use crate::table::{File, Packed, Table};

use super::*;

/// A script that is packed, in two forms that only the table knows to be of it.
const SCRIPT_TEXT: &[u8] = b"console.log('0123456789')";
const BROTLI_BYTES: &[u8] = b"not looked into";

struct Folder {
    site: Site,
    _disk: tempfile::TempDir,
}

fn put(root: &Path, path: &str, bytes: &[u8]) -> u64 {
    let place = root.join(path);
    std::fs::create_dir_all(place.parent().unwrap()).unwrap();
    std::fs::write(place, bytes).unwrap();
    bytes.len() as u64
}

fn folder(change: impl FnOnce(&mut Table)) -> Folder {
    let disk = tempfile::tempdir().unwrap();
    let root = disk.path().join("site");
    let mut gzip = flate2::write::GzEncoder::new(vec![], flate2::Compression::best());
    gzip.write_all(SCRIPT_TEXT).unwrap();
    let packed =
        Packed { br: put(&root, "br/app-0123abcd.js", BROTLI_BYTES), gzip: put(&root, "gzip/app-0123abcd.js", &gzip.finish().unwrap()) };
    let mut files = BTreeMap::new();
    let script = File {
        media: "text/javascript; charset=utf-8".into(),
        etag: "s".into(),
        size: SCRIPT_TEXT.len() as u64,
        immutable: true,
        packed: Some(packed),
    };
    files.insert("/app-0123abcd.js".to_owned(), script);
    for (path, text) in
        [("index.html", "home"), ("404.html", "gone"), ("docs/index.html", "docs"), ("digits.bin", "0123456789"), ("none.txt", "")]
    {
        let size = put(&root, &format!("plain/{path}"), text.as_bytes());
        let media = if path.ends_with("html") { "text/html; charset=utf-8" } else { "application/octet-stream" };
        files.insert(format!("/{path}"), File { media: media.into(), etag: format!("e{text}"), size, ..File::default() });
    }
    let headers = BTreeMap::from([("x-content-type-options".to_owned(), "nosniff".to_owned())]);
    let mut table = Table { port: 8080, files, headers, ..Table::default() };
    change(&mut table);
    Folder { site: Site::new(disk.path(), &table).unwrap(), _disk: disk }
}

/// The status, the headers, and the bytes of an answer.
fn ask(folder: &Folder, method: &str, path: &str, headers: &[(&str, &str)]) -> (u16, HeaderMap, Vec<u8>) {
    let request = headers.iter().fold(Request::builder().method(method).uri(path).header("host", "x"), |r, (n, v)| r.header(*n, *v));
    let (head, body) = answer(&folder.site, &request.body(()).unwrap()).into_parts();
    let (mut bytes, mut body) = (vec![], pin!(body));
    while let Poll::Ready(Some(frame)) = body.as_mut().poll_frame(&mut Context::from_waker(Waker::noop())) {
        bytes.extend_from_slice(&frame.unwrap().into_data().unwrap());
    }
    let length = head.headers.get("content-length").map(|length| length.to_str().unwrap().parse::<usize>().unwrap());
    if method != "HEAD" && head.status != StatusCode::NOT_MODIFIED {
        assert_eq!(length, Some(bytes.len()), "{method} {path}");
    }
    assert_eq!(head.headers["x-content-type-options"], "nosniff");
    (head.status.as_u16(), head.headers, bytes)
}

fn get<'h>(headers: &'h HeaderMap, name: &str) -> &'h str {
    headers.get(name).map_or("", |value| value.to_str().unwrap())
}

#[test]
fn a_file_is_sent_in_the_form_that_the_client_takes() {
    let folder = folder(|_| {});
    for (takes, coding, etag, bytes) in
        [("gzip, br", "br", "\"s-br\"", BROTLI_BYTES), ("br;q=0", "", "\"s\"", SCRIPT_TEXT), ("", "", "\"s\"", SCRIPT_TEXT)]
    {
        let (status, headers, found) = ask(&folder, "GET", "/app-0123abcd.js", &[("accept-encoding", takes)]);
        assert_eq!((status, get(&headers, "content-encoding"), get(&headers, "etag"), &found[..]), (200, coding, etag, bytes), "{takes}");
        assert_eq!(get(&headers, "vary"), "Accept-Encoding");
        assert_eq!(get(&headers, "cache-control"), "public, max-age=31536000, immutable");
        assert_eq!(get(&headers, "last-modified"), "");
    }
    let (_, headers, found) = ask(&folder, "GET", "/app-0123abcd.js", &[("accept-encoding", "gzip")]);
    assert_eq!((get(&headers, "content-encoding"), &found[..2]), ("gzip", &[0x1f, 0x8b][..]));
    let (_, headers, _) = ask(&folder, "GET", "/", &[("accept-encoding", "br")]);
    assert_eq!((get(&headers, "content-encoding"), get(&headers, "vary"), get(&headers, "cache-control")), ("", "", "no-cache"));
    assert_eq!(get(&headers, "accept-ranges"), "bytes");
}

#[test]
fn what_a_client_has_is_not_sent_again() {
    let folder = folder(|_| {});
    let (status, headers, bytes) = ask(&folder, "GET", "/", &[("if-none-match", "\"x\", W/\"ehome\"")]);
    assert_eq!((status, bytes.len(), get(&headers, "etag"), get(&headers, "cache-control")), (304, 0, "\"ehome\"", "no-cache"));
    assert_eq!((get(&headers, "content-type"), get(&headers, "content-length")), ("", ""));
    // A form that the client does not ask for is not what it has.
    let has = [("if-none-match", "\"s-br\""), ("accept-encoding", "gzip")];
    assert_eq!(ask(&folder, "GET", "/app-0123abcd.js", &has).0, 200);
    assert_eq!(ask(&folder, "GET", "/", &[("if-modified-since", "Tue, 01 Jan 2030 00:00:00 GMT")]).0, 200);
    assert_eq!(ask(&folder, "GET", "/", &[("if-match", "\"other\"")]).0, 412);
    assert_eq!(ask(&folder, "GET", "/", &[("if-match", "*")]).0, 200);
    // What is not there has no validator that could be right.
    assert_eq!(ask(&folder, "GET", "/gone", &[("if-none-match", "*")]).0, 404);
}

#[test]
fn one_part_of_a_file_is_sent() {
    let folder = folder(|_| {});
    let part = |range: &str| {
        let (status, headers, bytes) = ask(&folder, "GET", "/digits.bin", &[("range", range)]);
        (status, get(&headers, "content-range").to_owned(), String::from_utf8(bytes).unwrap())
    };
    assert_eq!(part("bytes=2-4"), (206, "bytes 2-4/10".into(), "234".into()));
    assert_eq!(part("bytes=-2"), (206, "bytes 8-9/10".into(), "89".into()));
    assert_eq!(part("bytes=0-1,4-5"), (200, String::new(), "0123456789".into()));
    assert_eq!(part("bytes=10-").0, 416);
    assert_eq!(part("bytes=10-").1, "bytes */10");
    // Of what is unpacked, too.
    let (status, headers, bytes) = ask(&folder, "GET", "/app-0123abcd.js", &[("range", "bytes=13-15")]);
    assert_eq!((status, get(&headers, "content-range"), &bytes[..]), (206, "bytes 13-15/25", &b"012"[..]));
    for (validator, status) in
        [("\"e0123456789\"", 206), ("W/\"e0123456789\"", 200), ("\"other\"", 200), ("Tue, 01 Jan 1980 00:00:00 GMT", 200)]
    {
        assert_eq!(ask(&folder, "GET", "/digits.bin", &[("range", "bytes=1-2"), ("if-range", validator)]).0, status, "{validator}");
    }
    assert_eq!(ask(&folder, "HEAD", "/digits.bin", &[("range", "bytes=1-2")]).0, 200);
    assert_eq!(ask(&folder, "GET", "/none.txt", &[]).0, 200);
    assert_eq!(ask(&folder, "GET", "/none.txt", &[("range", "bytes=0-")]).0, 416);
}

#[test]
fn only_reading_is_answered() {
    let folder = folder(|_| {});
    let (status, headers, bytes) = ask(&folder, "HEAD", "/digits.bin", &[]);
    assert_eq!((status, get(&headers, "content-length"), bytes.len()), (200, "10", 0));
    for method in ["POST", "PUT", "DELETE", "OPTIONS", "TRACE", "CONNECT", "BREW"] {
        let path = if method == "CONNECT" { "x:80" } else { "/" };
        let (status, headers, _) = ask(&folder, method, path, &[]);
        assert_eq!((status, get(&headers, "allow")), (405, "GET, HEAD"), "{method}");
    }
    assert_eq!(ask(&folder, "GET", "/%2e%2e/etc/passwd", &[]).0, 400);
    assert_eq!(ask(&folder, "GET", "/", &[("host", "y")]).0, 400);
    assert_eq!(ask(&folder, "GET", "http://x/digits.bin", &[]).0, 200);
}

#[test]
fn what_is_not_there_is_not_found_and_says_so_in_pages() {
    let folder = folder(|_| {});
    let (status, headers, bytes) = ask(&folder, "GET", "/missing", &[("accept", "text/html,*/*")]);
    assert_eq!((status, &bytes[..], get(&headers, "cache-control")), (404, &b"gone"[..], "no-cache"));
    assert_eq!(ask(&folder, "GET", "/missing", &[]).2, b"gone");
    let (status, _, bytes) = ask(&folder, "GET", "/missing.js", &[("accept", "*/*"), ("sec-fetch-dest", "script")]);
    assert_eq!((status, &bytes[..]), (404, &b"there is no such page\n"[..]));
    let (status, headers, _) = ask(&folder, "GET", "/docs?a=1&b", &[]);
    assert_eq!((status, get(&headers, "location")), (308, "/docs/?a=1&b"));
}

#[test]
fn pages_that_are_made_in_the_browser_fall_back() {
    let folder = folder(|table| table.fallback = Some("/index.html".into()));
    let browser = [("accept", "text/html,application/xhtml+xml,*/*;q=0.8")];
    let (status, headers, bytes) = ask(&folder, "GET", "/users/7", &browser);
    assert_eq!((status, &bytes[..], get(&headers, "cache-control")), (200, &b"home"[..], "no-cache"));
    assert!(get(&headers, "vary").contains("Accept,"));
    assert_eq!(ask(&folder, "GET", "/users/7", &[("accept", "application/json")]).0, 404);
    assert_eq!(ask(&folder, "GET", "/assets/missing.js", &browser).0, 404);
    assert_eq!(ask(&folder, "GET", "/users/7", &[("accept", "text/html"), ("sec-fetch-dest", "script")]).0, 404);
}

#[test]
fn what_is_no_file_is_never_kept() {
    let folder = folder(|table| table.env = vec!["A_VARIABLE_THAT_NOBODY_SETS".into()]);
    assert_eq!(folder.site.unset, ["A_VARIABLE_THAT_NOBODY_SETS"]);
    let (status, headers, bytes) = ask(&folder, "GET", "/env.js", &[]);
    assert_eq!((status, &bytes[..]), (200, &b"window.ENV = Object.freeze({});\n"[..]));
    assert_eq!((get(&headers, "cache-control"), get(&headers, "content-type")), ("no-store", "text/javascript; charset=utf-8"));
    let (status, headers, bytes) = ask(&folder, "GET", "/healthz", &[]);
    assert_eq!((status, &bytes[..], get(&headers, "cache-control")), (200, &b"ok\n"[..], "no-store"));
}

proptest! {
    /// Whatever is asked for, the answer is whole: its length is what it says (`ask` looks at that), and it is of the site.
    #[test]
    fn every_answer_is_whole(
        path in "/[a-z0-9%./\\-]{0,12}|/app-0123abcd.js|/digits.bin|/docs",
        method in "GET|HEAD|POST",
        range in "(bytes)?=?[0-9,\\-]{0,8}",
        takes in "((br|gzip|identity|\\*)(;q=0(\\.5)?)?,?){0,3}",
        has in "\\*|W?/?\"(s|s-br|ehome)\"|x",
    ) {
        let folder = folder(|_| {});
        prop_assume!(path.parse::<hyper::Uri>().is_ok());
        let (status, _, _) = ask(&folder, &method, &path, &[("range", &range), ("accept-encoding", &takes), ("if-none-match", &has)]);
        prop_assert!([200, 206, 304, 308, 400, 404, 405, 416].contains(&status), "{status}");
    }
}
