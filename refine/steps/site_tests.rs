//! The step on small sites that are written here.

use super::*;
use crate::requests::Out;

struct Case {
    disk: tempfile::TempDir,
    request: Site,
}

/// A script that is worth packing, and whose comment names its map.
fn script() -> String {
    "console.log(0);\n".repeat(200) + "//# sourceMappingURL=app-0a1b2c3d.js.map\n"
}

impl Case {
    fn new(files: &[(&str, &str)]) -> Self {
        let disk = tempfile::tempdir().unwrap();
        let request = Site {
            folder: disk.path().join("built").display().to_string(),
            spa: false,
            clean: false,
            maps: false,
            env: vec![],
            headers: vec![],
            immutable: vec![],
            port: 8080,
            cache: None,
            out: Out(disk.path().join("out")),
        };
        let case = Self { disk, request };
        case.put("index.html", "<p>home");
        for (path, text) in files {
            case.put(path, text);
        }
        case
    }

    fn put(&self, path: &str, text: &str) {
        let place = self.disk.path().join("built").join(path);
        fs::create_dir_all(place.parent().unwrap()).unwrap();
        fs::write(place, text).unwrap();
    }

    fn run(&self) -> (Table, Vec<String>) {
        let lines = site(&self.request).unwrap();
        let table = fs::read(self.disk.path().join("out/site.json")).unwrap();
        (serde_json::from_slice(&table).unwrap(), lines)
    }

    fn shipped(&self) -> Vec<String> {
        let tree = Tree::read(&self.disk.path().join("out/site"), "/").unwrap();
        tree.iter().filter(|(_, entry)| entry.is_file()).map(|(path, _)| path.to_owned()).collect()
    }
}

#[test]
fn a_site_is_packed_and_its_table_written() {
    let script = script();
    let case = Case::new(&[
        ("assets/app-0a1b2c3d.js", &script),
        ("assets/app-0a1b2c3d.js.map", "{}"),
        ("assets/app-0a1b2c3d.js.gz", "packed by somebody else"),
        (".git/config", "secret"),
        (".well-known/security.txt", "Contact: x"),
        ("small.css", "b{}"),
    ]);
    let (table, lines) = case.run();
    let paths: Vec<&str> = table.files.keys().map(String::as_str).collect();
    assert_eq!(paths, ["/.well-known/security.txt", "/assets/app-0a1b2c3d.js", "/index.html", "/small.css"]);
    assert_eq!(
        case.shipped(),
        [
            "/br/assets/app-0a1b2c3d.js",
            "/gzip/assets/app-0a1b2c3d.js",
            "/plain/.well-known/security.txt",
            "/plain/index.html",
            "/plain/small.css"
        ]
    );
    let app = &table.files["/assets/app-0a1b2c3d.js"];
    let (text, _) = script.split_once("//#").unwrap();
    assert_eq!((app.media.as_str(), app.size, app.immutable), ("text/javascript; charset=utf-8", text.len() as u64, true));
    assert_eq!(app.etag, HEXLOWER.encode(&Sha256::digest(text))[..32]);
    assert!(app.packed.is_some_and(|packed| packed.br < packed.gzip && packed.gzip * 2 < app.size));
    assert!(!table.files["/index.html"].immutable);
    assert_eq!((table.port, table.fallback, table.headers["x-content-type-options"].as_str()), (8080, None, "nosniff"));
    assert!(lines[0].starts_with("the site: 4 files, 3.2 kB; of these 3.2 kB ship packed"), "{lines:?}");
    assert_eq!(lines[1], "left out: 1 source maps, 2 B");
    // The server takes it.
    assert_eq!(distil_serve::site::Site::read(&case.request.out).unwrap().count(), 4);
}

#[test]
fn the_same_files_give_the_same_bytes_also_from_what_is_kept() {
    let text = script();
    let mut case = Case::new(&[("app.js", &text)]);
    let all = |case: &Case| {
        case.run();
        let tree = Tree::read(&case.request.out, "/").unwrap();
        tree.iter().filter(|(_, entry)| entry.is_file()).map(|(path, entry)| (path.to_owned(), entry.bytes().unwrap())).collect::<Vec<_>>()
    };
    let first = all(&case);
    let cache = case.disk.path().join("cache");
    fs::create_dir(&cache).unwrap();
    case.request.cache = Some(cache.display().to_string());
    assert_eq!(all(&case), first);
    assert_eq!(all(&case), first);
    assert!(cache.read_dir().unwrap().next().is_some(), "nothing is kept");
}

#[test]
fn a_changed_page_of_the_same_size_has_another_validator() {
    let case = Case::new(&[]);
    let before = case.run().0.files["/index.html"].clone();
    case.put("index.html", "<p>home".replace("home", "hone").as_str());
    let after = case.run().0.files["/index.html"].clone();
    assert_eq!(before.size, after.size);
    assert_ne!(before.etag, after.etag);
}

#[test]
fn what_is_held_to_its_bytes_keeps_them() {
    let text = script();
    let hash = data_encoding::BASE64.encode(&Sha256::digest(&text));
    let case = Case::new(&[
        ("held.js", &text),
        ("held.html", &format!("<script src=/held.js integrity='sha256-{hash}'></script>")),
        ("listed.js", "x();\n//# sourceMappingURL=listed.js.map\n"),
        ("listed.js.map", "{}"),
        (
            "sw.js",
            "precacheAndRoute([{url:\"listed.js\",revision:\"1\"},{url:\"listed.js.map\",revision:\"2\"}]);\n//# sourceMappingURL=sw.js.map\n",
        ),
        ("sw.js.map", "{}"),
    ]);
    let (table, lines) = case.run();
    assert_eq!(table.files["/held.js"].size, text.len() as u64);
    assert!(table.files.contains_key("/listed.js.map") && !table.files["/sw.js"].immutable);
    assert_eq!(fs::read_to_string(case.request.out.join("site/plain/listed.js")).unwrap().lines().count(), 2);
    assert!(lines[0].ends_with("/held.js, /listed.js, /sw.js"), "{lines:?}");
}

#[test]
fn links_are_followed_inside_and_refused_outside() {
    let case = Case::new(&[("docs/a.txt", "a")]);
    let built = case.disk.path().join("built");
    std::os::unix::fs::symlink("docs", built.join("latest")).unwrap();
    std::os::unix::fs::symlink("docs/a.txt", built.join("b.txt")).unwrap();
    let (table, _) = case.run();
    assert!(["/latest/a.txt", "/b.txt", "/docs/a.txt"].iter().all(|path| table.files.contains_key(*path)), "{:?}", table.files);
    for target in ["/etc/passwd", "../secret", "nowhere"] {
        fs::write(case.disk.path().join("secret"), "s").unwrap();
        std::os::unix::fs::symlink(target, built.join("out.txt")).unwrap();
        let said = site(&case.request).unwrap_err().to_string();
        assert!(said.starts_with(&format!("error[link-out-of-site]: `/out.txt` of the site is a link to `{target}`")), "{said}");
        fs::remove_file(built.join("out.txt")).unwrap();
    }
}

#[test]
fn what_cannot_be_served_is_refused() {
    let case = Case::new(&[]);
    fs::remove_file(case.disk.path().join("built/index.html")).unwrap();
    let said = site(&case.request).unwrap_err().to_string();
    assert!(said.starts_with("error[no-first-page]: there is no `index.html` in"), "{said}");
    let mut case = Case::new(&[]);
    case.request.headers = vec![("Content-Security-Policy".into(), "default-src 'self'".into()), ("X-Frame-Options".into(), String::new())];
    let (table, _) = case.run();
    assert_eq!(table.headers["content-security-policy"], "default-src 'self'");
    assert!(!table.headers.contains_key("x-frame-options"));
    for (name, value) in [("ETag", "x"), ("a b", "x"), ("x", "a\r\nb"), ("", "x")] {
        case.request.headers = vec![(name.into(), value.into())];
        assert!(site(&case.request).unwrap_err().to_string().contains("cannot be sent"), "{name}");
    }
    case.request.folder = "/no/such/folder".into();
    assert!(site(&case.request).unwrap_err().to_string().starts_with("error[nothing-to-gather]"));
}
